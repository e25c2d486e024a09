"""The filters over the list, and what its rows tell: danger, drafts, ages, and who wrote after an opt-out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.conversations import threads
from app.store import tables as t
from app.texting import arrivals
from app.texting.arrivals import Arrival
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.inbox.page import InboxPage
from ui.inbox.threads_pane import ThreadsPane
from ui.inbox.words import thread_spoken

NOW = 1_794_585_600.0
Says = Callable[..., None]


def number(n: int) -> str:
    return f"+1312555{n:04d}"


@pytest.fixture
def says(workspace: Workspace, clock: Any) -> Says:
    """A text comes in as a line hands it on, ``ago`` seconds ago; it was written ``sent`` seconds ago."""
    with workspace.store.write() as unit:
        unit.conn.execute(sa.insert(t.line).values(name="Office SIM", url="/dev/null", created_at=NOW))

    def come(who: int, text: str, ago: float = 0.0, sent: float | None = None) -> None:
        clock.fixed = NOW - ago
        sent_at = None if sent is None else NOW - sent
        arrival = Arrival(number(who), number(who), "number", text, 1, is_person=True, sent_at=sent_at)
        with workspace.store.write() as unit:
            arrivals.store(unit, clock, arrival)
        clock.fixed = NOW

    return come


@pytest.fixture
def page(
    workspace: Workspace,
    lines: Any,
    build: Callable[..., QWidget],
    settle: Callable[[], None],
    clock: Any,
    says: Says,
) -> InboxPage:
    """Thirty people wait; the first wrote at night, the second after an opt-out, to the third is a draft."""
    for n in range(3, 30):
        says(n, f"The folder is blue, number {n}", 3000 - n * 60)
    says(0, "The folder is blue", 30, sent=9 * 3600)
    says(1, "STOP", 9000)
    says(1, "Who gave you my number?", 4000)
    says(2, "When do you open? Is there parking?", 3900)
    clock.fixed = NOW
    (row,) = (each for each in threads.page(workspace.store, now=NOW) if each.number == number(2))
    threads.save_draft(workspace.store, row.id, "On Tuesday")
    bridge = Bridge(workspace.store)
    made = InboxPage(workspace, lines, bridge, lambda *_args, **_where: None)
    bridge.setParent(made)
    build(made, 1024, 600)
    made.refresh()
    settle()
    made.threads.list.setFocus()
    return made


def shown(pane: ThreadsPane) -> list[str]:
    chips = [chip.text().rstrip("0123456789 ") for chip in pane.chips.values() if chip.isVisible()]
    return chips + [pane.more.text()] * pane.more.isVisible()


def chips_of(page: InboxPage, place: int) -> list[str]:
    return [word for word, _tone in page.threads.row_words(page.threads.model.row(place)).chips]


def test_rows_say_how_long_they_wait_and_what_was_begun(page: InboxPage, settle: Callable[[], None]) -> None:
    pane = page.threads
    rows = [pane.model.row(place) for place in range(4)]
    assert [row.number for row in rows] == [number(0), number(1), number(2), number(3)]
    assert [pane.row_words(row).right for row in rows] == ["9 h", "1 h", "1 h", "47 min"]
    assert chips_of(page, 1)[:2] == ["opted out", "wrote again"]
    assert "wrote again" in thread_spoken(rows[1])
    assert chips_of(page, 2)[:2] == ["draft", "question"]
    assert "draft" in thread_spoken(rows[2])
    # Done ends it, and Ctrl+Z gives them their place back.
    assert pane.select(rows[1].id)
    settle()
    assert page.row is not None
    assert page.row.number == number(1)
    QTest.keyClick(pane.list, Qt.Key.Key_D)
    settle()
    assert pane.chips["waiting"].text() == "Needs reply 29"
    pane.set_filter("optout")
    settle()
    assert chips_of(page, 0) == ["opted out"]
    pane.set_filter("all")
    pane.set_filter("waiting")
    settle()
    assert number(1) not in {pane.model.row(place).number for place in range(pane.model.rowCount())}


def test_danger_is_told_among_the_filters_and_moves_nothing(
    page: InboxPage, settle: Callable[[], None], says: Says
) -> None:
    pane = page.threads
    for _ in range(8):
        QTest.keyClick(pane.list, Qt.Key.Key_J)
        settle()

    def seen() -> tuple[str, int]:
        top = pane.list.visualRect(pane.list.currentIndex()).topLeft()
        return pane.list.current_row().number, pane.list.viewport().mapTo(page, QPoint(0, top.y())).y()

    before, height = seen(), pane.list.height()
    assert not pane.chips["danger"].isVisible()
    says(40, "I want to die")
    settle()
    says(41, "Can my daughter come? Yes? Is there parking?")
    settle()
    assert seen() == before
    assert pane.chips["danger"].isVisible()
    assert (pane.chips["danger"].text(), pane.chips["danger"].property("tone")) == ("Danger 1", "bad")
    assert pane.list.height() <= height
    # By the keyboard alone: from the list to the filters, and on.
    QTest.keyClick(pane.list, Qt.Key.Key_Tab)
    for _ in range(12):
        if QApplication.focusWidget() is pane.chips["waiting"]:
            break
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is pane.chips["waiting"]
    QTest.keyClick(pane.chips["waiting"], Qt.Key.Key_Right)
    settle()
    assert pane.filter == "danger"
    assert [pane.model.row(place).number for place in range(pane.model.rowCount())] == [number(40)]
    # What has come to zero stays where it is until another list is asked for.
    with_it, height = shown(pane), pane.list.height()
    threads.mark_done(page.workspace.store, pane.model.row(0).id)
    settle()
    assert pane.chips["danger"].text() == "Danger 0"
    assert pane.chips["danger"].property("tone") == "neutral"
    assert len(shown(pane)) == len(with_it)
    QTest.mouseClick(pane.chips["waiting"], Qt.MouseButton.LeftButton)
    settle()
    assert not pane.chips["danger"].isVisible()


def test_a_low_window_keeps_the_rarer_filters_behind_one_button(
    page: InboxPage, settle: Callable[[], None], says: Says
) -> None:
    pane = page.threads
    assert shown(pane) == ["Needs reply", "Question", "Unread", "All", "More"]
    room = pane.list.height()
    QTest.mouseClick(pane.more, Qt.MouseButton.LeftButton)
    settle()
    assert shown(pane) == ["Needs reply", "Question", "Unread", "All", "Opted out", "Fewer"]
    QTest.mouseClick(pane.chips["optout"], Qt.MouseButton.LeftButton)
    QTest.keyClick(pane.more, Qt.Key.Key_Space)
    settle()
    assert "Opted out" in shown(pane)  # the one that is in use
    assert pane.model.rowCount() == 1
    pane.set_filter("waiting")
    settle()
    assert "Opted out" not in shown(pane)
    assert pane.list.height() == room
    page.resize(1240, 800)
    settle()
    assert shown(pane) == ["Needs reply", "Question", "Unread", "All", "Opted out"]
