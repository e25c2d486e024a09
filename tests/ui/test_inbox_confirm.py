"""What waits in a thread for one press, with real keys: confirming an opt-out, answering HELP, one answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.people import confirming
from app.people.confirming import Texts
from app.store import tables as t
from app.texting import arrivals
from app.texting.arrivals import Arrival
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.inbox.page import InboxPage
from ui.press import DWELL

NOW = 1_794_585_600.0
OFFICE = Texts(True, "Lakeside Clinic", "We text about your appointments.")
ANA = "+13125550001"


class Office:
    """An office whose line hands on texts as it does in life, and a person at its inbox."""

    def __init__(self, workspace: Workspace, lines: Any, build: Any, settle: Any, clock: Any) -> None:
        self.workspace, self.settle, self.clock = workspace, settle, clock
        self._lines, self._build = lines, build
        self.page: InboxPage
        confirming.save(workspace.store, OFFICE)
        with workspace.store.write() as unit:
            insert = sa.insert(t.line).values(name="Office SIM", url="/dev/null", created_at=NOW)
            self.line = unit.conn.execute(insert).inserted_primary_key[0]
            row = {"number": ANA, "name": "Ana Ruiz", "first_name": "Ana"}
            unit.conn.execute(sa.insert(t.contact).values(**row, created_at=NOW, updated_at=NOW))

    def says(self, text: str, ago: float = 0.0, sent_ago: float | None = None) -> None:
        before, self.clock.fixed = self.clock.fixed, self.clock.fixed - ago
        sent_at = None if sent_ago is None else before - sent_ago
        arrival = Arrival(ANA, ANA, "number", text, self.line, is_person=True, sent_at=sent_at)
        with self.workspace.store.write() as unit:
            arrivals.store(unit, self.clock, arrival)
        self.clock.fixed = before

    def open(self) -> InboxPage:
        bridge = Bridge(self.workspace.store)
        self.page = InboxPage(self.workspace, self._lines, bridge, lambda *_a, **_k: None)
        bridge.setParent(self.page)
        self._build(self.page, 1240, 800)
        self.page.refresh()
        self.page.setFocus()
        self.page.open_at(number=ANA)
        self.read()
        self.page.threads.list.setFocus()
        return self.page

    def read(self) -> None:
        self.settle()
        self.clock.ahead += DWELL + 0.01

    def press(self, *keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(QApplication.focusWidget() or self.page, key)
            self.read()

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), text)
        self.read()

    def clicked(self) -> list[tuple[str, str]]:
        """The texts that were clicked, with the device of each click."""
        query = sa.select(t.message.c.text, t.click.c.device).join(
            t.click, t.click.c.id == t.message.c.click_id
        )
        with self.workspace.store.read() as conn:
            return [(row.text, row.device) for row in conn.execute(query.order_by(t.message.c.id))]


@pytest.fixture
def office(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None], clock: Any
) -> Office:
    return Office(workspace, lines, build, settle, clock)


def test_a_confirmation_by_keys_alone_and_once(office: Office) -> None:
    office.says("STOP", ago=30)
    page = office.open()
    panel = page.pane.confirm
    assert panel.isVisible()
    assert "4:30 left" in panel.title.text()
    assert panel.text.text() == "Lakeside Clinic: you are opted out and will get no more texts from us."
    assert "1 segment" in panel.cost.text()
    assert panel.hint.text() == "H leads here"
    assert page.pane.composer.locked
    office.press(Qt.Key.Key_Y)  # means nothing until the panel has the keyboard
    assert office.clicked() == []
    office.press(Qt.Key.Key_H)
    assert panel.hasFocus()
    assert panel.hint.text() == "Y sends it"
    office.press(Qt.Key.Key_Return)  # and Enter, which led into the thread, sends nothing
    assert office.clicked() == []
    QTest.keyPress(panel, Qt.Key.Key_Y)
    QTest.keyPress(panel, Qt.Key.Key_Y)
    office.read()
    said = "Lakeside Clinic: you are opted out and will get no more texts from us."
    assert office.clicked() == [(said, "key:Y")]
    assert not panel.isVisible()
    assert QApplication.focusWidget() is page.threads.list
    assert page.pane.composer.locked


def test_the_time_runs_out_in_view_and_the_button_is_greyed(office: Office) -> None:
    office.says("STOP", ago=298)
    page = office.open()
    panel = page.pane.confirm
    assert panel.send_button.isEnabled()
    assert "0:02 left" in panel.title.text()
    page.confirming.focus()
    office.clock.pass_time(2.0)
    panel._tick.timeout.emit()
    assert not panel.send_button.isEnabled()
    office.read()
    assert "five minutes" in panel.why.text()
    assert panel.why.isVisible()
    assert "No confirmation can go" in panel.title.text()
    assert not panel._tick.isActive()
    assert "opted out. Nothing can be sent to this number" in page.pane.composer.locked_notice.label.text()
    office.press(Qt.Key.Key_Y)
    QTest.mouseClick(panel.send_button, Qt.MouseButton.LeftButton)
    office.read()
    assert office.clicked() == []


def test_what_arrived_late_is_greyed_from_the_start_with_the_reason(office: Office) -> None:
    office.says("STOP", sent_ago=80_000)
    panel = office.open().pane.confirm
    assert panel.isVisible()
    assert not panel.send_button.isEnabled()
    assert "network's time stamp" in panel.why.text()
    assert not panel.actionable


def test_a_refusal_is_said_and_the_press_may_be_repeated(office: Office) -> None:
    with office.workspace.store.write() as unit:
        unit.conn.execute(sa.update(t.line).values(enabled=False))
    office.says("STOP")
    panel = office.open().pane.confirm
    office.press(Qt.Key.Key_H, Qt.Key.Key_Y)
    assert office.clicked() == []
    assert panel.why.isVisible()
    assert panel.why.text()
    with office.workspace.store.write() as unit:
        unit.conn.execute(sa.update(t.line).values(enabled=True))
    office.press(Qt.Key.Key_Y)
    assert len(office.clicked()) == 1


def test_help_in_another_language_beside_an_answer_that_is_typed(office: Office) -> None:
    office.says("HELP", ago=60)
    page = office.open()
    panel, composer = page.pane.confirm, page.pane.composer
    assert panel.language_button.text() == "English"
    page.to_composer()
    office.type("Hello")
    assert composer.text() == "Hello"
    panel.setFocus()
    office.press(Qt.Key.Key_L)
    assert panel.language_button.text() == "Spanish"
    assert "darse de baja" in panel.text.text()
    office.press(Qt.Key.Key_Y)
    assert office.clicked() == [(OFFICE.text("help", "es"), "key:Y")]
    assert composer.text() == "Hello"
    assert not panel.isVisible()


def test_one_answer_is_opened_sent_and_closed_again(office: Office) -> None:
    office.says("STOP", ago=4_000)
    office.says("When was my appointment?", ago=100)
    page = office.open()
    panel, composer = page.pane.confirm, page.pane.composer
    assert composer.locked
    assert "“When was my appointment?”" in panel.said.text()
    assert panel.answer_button.text() == "They wrote first and asked for an answer"
    office.press(Qt.Key.Key_H, Qt.Key.Key_O)
    assert not composer.locked
    assert composer.edit.hasFocus()
    assert "One answer may go" in composer.hint.text()
    office.type("At nine.")
    office.press(Qt.Key.Key_Return)
    assert office.clicked() == [("At nine.", "key:Return")]
    assert composer.locked
    assert page.pane.one_answer is None
    assert not panel.answer_button.isVisible()


def test_a_new_stop_closes_the_answer_that_is_being_typed(office: Office) -> None:
    office.says("STOP", ago=4_000)
    office.says("When was my appointment?", ago=100)
    page = office.open()
    office.press(Qt.Key.Key_H, Qt.Key.Key_O)
    office.type("At ni")
    office.says("STOP")
    office.read()
    assert page.pane.composer.locked
    assert page.pane.one_answer is None
    office.press(Qt.Key.Key_Return)
    assert office.clicked() == []


def test_an_opened_answer_does_not_follow_into_another_thread(office: Office) -> None:
    office.says("STOP", ago=4_000)
    office.says("When was my appointment?", ago=100)
    page = office.open()
    office.press(Qt.Key.Key_H, Qt.Key.Key_O)
    other = "+13125550002"
    arrival = Arrival(other, other, "number", "STOP", office.line, is_person=True)
    with office.workspace.store.write() as unit:
        arrivals.store(unit, office.clock, arrival)
    page.open_at(number=other)
    office.read()
    assert page.pane.one_answer is None
    assert page.pane.composer.locked
    page.open_at(number=ANA)
    office.read()
    assert page.pane.composer.locked  # and is asked for anew


def test_hostile_words_are_shown_as_words(office: Office) -> None:
    office.says("STOP", ago=4_000)
    office.says("<b>now</b>\n\u202egnp.exe Call me?", ago=100)
    panel = office.open().pane.confirm
    assert "<b>now</b>" in panel.said.text()
    assert "\u202e" not in panel.said.text()


def test_a_text_whose_words_are_not_set_is_left_out_and_the_notice_says_no_other(office: Office) -> None:
    confirming.save(office.workspace.store, Texts(False, "", ""))
    office.says("HELP", ago=30)
    page = office.open()
    panel, notice = page.pane.confirm, page.pane.composer.locked_notice
    assert panel.isVisible()
    assert panel.why.text().startswith("Nobody has set who is writing")
    for part in (panel.text, panel.cost, panel.send_button, panel.language_button):
        assert not part.isVisible()
    assert not panel.actionable
    confirming.save(office.workspace.store, OFFICE)
    office.says("STOP", ago=20)
    office.read()
    assert "4:40 left" in panel.title.text()
    assert panel.send_button.isEnabled()
    assert "Apart from what is offered above, nothing can be sent to this number" in notice.label.text()
