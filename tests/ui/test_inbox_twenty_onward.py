"""From one answer to the next in a full inbox: keys that come sooner than the reading, and who is next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.store import tables as t
from app.texting import arrivals
from app.texting.arrivals import Arrival
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.inbox.page import InboxPage
from ui.press import DWELL

NOW = 1_794_585_600.0
CONTROL = Qt.KeyboardModifier.ControlModifier
#: Who wrote what, in order: the first waits longest.
SAID = {
    "Ana": "stop texting me before 9",
    "Bo": "Where is it?",
    "Cy": "Yes, works for me, thanks!",
    "Dee": "When do you open?",
    "Eve": "Yes please",
    "Fay": "STOP",
}


class Desk:
    """An inbox of five who wait, and somebody with a keyboard."""

    def __init__(self, page: InboxPage, settle: Callable[[], None], clock: Any) -> None:
        self.page, self._settle, self._clock = page, settle, clock

    def settle(self) -> None:
        self._settle()
        self._clock.ahead += DWELL + 0.01

    def press(
        self, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier, *, wait: bool = True
    ) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.page, key, modifier)
        if wait:
            self.settle()

    def answer(self) -> None:
        QTest.keyClicks(QApplication.focusWidget(), "Well then.")
        self.settle()
        self.press(Qt.Key.Key_Return, CONTROL)

    @property
    def name(self) -> str:
        assert self.page.row is not None
        return self.page.row.name


@pytest.fixture
def desk(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None], clock: Any
) -> Desk:
    with workspace.store.write() as unit:
        insert = sa.insert(t.line).values(name="Office SIM", url="/dev/null", created_at=NOW)
        line = unit.conn.execute(insert).inserted_primary_key[0]
        for place, (name, text) in enumerate(SAID.items()):
            number = f"+1312555{place:04d}"
            row = {"number": number, "name": name, "first_name": name, "created_at": NOW, "updated_at": NOW}
            unit.conn.execute(sa.insert(t.contact).values(**row))
            clock.fixed = NOW - 3600 + place * 60
            arrivals.store(unit, clock, Arrival(number, number, "number", text, line, is_person=True))
    clock.fixed = NOW
    bridge = Bridge(workspace.store)
    page = InboxPage(workspace, lines, bridge, lambda *_, **__: None)
    bridge.setParent(page)
    build(page, 1240, 800)
    page.refresh()
    page.setFocus()
    found = Desk(page, settle, clock)
    found.settle()
    return found


def test_keys_sooner_than_the_reading_and_who_is_next(desk: Desk) -> None:
    page = desk.page
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Down, wait=False)
    assert not page.ready
    desk.press(Qt.Key.Key_Return, wait=False)  # sooner than the conversation is read
    desk.settle()
    assert desk.name == "Bo"
    assert QApplication.focusWidget() is page.pane.composer.edit
    desk.answer()
    assert desk.name == "Ana"  # who waits longest
    assert QApplication.focusWidget() is page.pane.hold
    desk.press(Qt.Key.Key_Escape)  # this one decides nothing about her
    desk.press(Qt.Key.Key_J)
    desk.press(Qt.Key.Key_Return)
    assert desk.name == "Cy"
    desk.answer()
    assert desk.name == "Dee"  # Ana was passed over
    desk.answer()
    desk.answer()
    assert desk.name == "Ana"  # all the others were answered


def test_the_list_marks_who_was_found_and_is_open(desk: Desk) -> None:
    page = desk.page
    desk.press(Qt.Key.Key_Down)
    assert desk.name == "Ana"
    for name, marked in (("Dee", ["Dee"]), ("Fay", [])):  # nobody waits for an answer to Fay
        desk.press(Qt.Key.Key_K, CONTROL)
        page.threads.search.clear()
        QTest.keyClicks(QApplication.focusWidget(), name)
        desk.settle()
        desk.press(Qt.Key.Key_Down)
        desk.press(Qt.Key.Key_Return)
        assert desk.name == name
        desk.press(Qt.Key.Key_Escape)
        rows = page.threads.list.selectionModel().selectedIndexes()
        assert [page.threads.model.row(each.row()).name for each in rows] == marked


def test_one_goes_on_in_the_list_that_is_shown_and_danger_comes_first(desk: Desk, clock: Any) -> None:
    page = desk.page
    page.threads.set_filter("question")
    desk.settle()
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Return)
    assert desk.name == "Bo"
    desk.answer()
    assert desk.name == "Dee"
    desk.answer()
    assert page.pane.next_notice.label.text() == "Nobody else waits for an answer in this list."
    page.threads.set_filter("waiting")
    desk.settle()
    page.threads.list.setFocus()
    page.threads.select(page.threads.model.row(0).id)
    desk.settle()
    with page.workspace.store.write() as unit:
        text = "I want to end my life"
        arrivals.store(
            unit, clock, Arrival("+13125550004", "+13125550004", "number", text, 1, is_person=True)
        )
    page.threads.list.step(1)
    desk.settle()
    assert desk.name == "Cy"
    page.to_composer()
    desk.answer()
    assert desk.name == "Eve"
