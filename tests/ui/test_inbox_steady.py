"""Fifty texts come in while somebody reads, has scrolled and half written an answer: nothing of theirs moves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.conversations import search as searching
from app.store import tables as t
from app.texting import arrivals
from app.texting.arrivals import Arrival
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.inbox.page import InboxPage

NOW = 1_794_585_600.0
PEOPLE, TEXTS = 90, 40


def number(n: int) -> str:
    return f"+1312555{n:04d}"


@pytest.fixture
def says(workspace: Workspace, clock: Any) -> Callable[[str, str], None]:
    """A text comes in as a line hands it on, on whatever thread this is called."""
    with workspace.store.write() as unit:
        unit.conn.execute(sa.insert(t.line).values(name="Office SIM", url="/dev/null", created_at=NOW))

    def come(who: str, text: str) -> None:
        with workspace.store.write() as unit:
            arrivals.store(unit, clock, Arrival(who, who, "number", text, 1, is_person=True))

    return come


@pytest.fixture
def page(
    workspace: Workspace,
    lines: Any,
    build: Callable[..., QWidget],
    settle: Callable[[], None],
    clock: Any,
    says: Callable[[str, str], None],
) -> InboxPage:
    """Ninety people wait, the first for longest; the sixtieth has written forty texts. ``All`` is listed."""
    with workspace.store.write() as unit:
        for n in range(PEOPLE):
            clock.fixed = NOW - 90_000 + n * 60
            for text in range(TEXTS if n == 60 else 1):
                words = f"Text {text} of person {n}, about as long as texts are in life, or nearly so."
                arrivals.store(unit, clock, Arrival(number(n), number(n), "number", words, 1, is_person=True))
    clock.fixed = NOW
    bridge = Bridge(workspace.store)
    made = InboxPage(workspace, lines, bridge, lambda *_args, **_where: None)
    bridge.setParent(made)
    build(made, 1240, 700)
    made.threads.set_filter("all")
    made.refresh()
    settle()
    made.threads.list.setFocus()
    return made


def seen(page: InboxPage) -> dict[str, Any]:
    """Everything that must stay where it is."""
    rows, view = page.threads.list, page.pane.view
    bubble = view.indexAt(QPoint(view.viewport().width() // 2, 5))
    cursor = page.pane.composer.edit.textCursor()
    return {
        "person": page.row.number if page.row else None,
        "row": rows.current_row().number,
        "row at": rows.viewport().mapTo(page, rows.visualRect(rows.currentIndex()).topLeft()).y(),
        "bubble": (page.pane.model.rows[bubble.row()].id, view.visualRect(bubble).top()),
        "written": page.pane.composer.edit.toPlainText(),
        "cursor": (cursor.anchor(), cursor.position()),
        "keyboard": QApplication.focusWidget(),
        "filter": page.threads.filter,
    }


def test_fifty_texts_move_nothing_that_somebody_is_on(
    page: InboxPage, settle: Callable[[], None], wait: Callable[..., None], says: Callable[[str, str], None]
) -> None:
    rows = page.threads.list
    while rows.current_row() is None or rows.current_row().number != number(60):
        QTest.keyClick(rows, Qt.Key.Key_J)
        settle() if rows.paged.busy else QApplication.processEvents()
    settle()
    rows.verticalScrollBar().setValue(
        rows.verticalScrollBar().value() + 130
    )  # by hand, the row stays in view
    edit = page.pane.composer.edit
    edit.setFocus()
    QTest.keyClicks(edit, "See you on Tuesdy then")
    for _ in range(6):
        QTest.keyClick(edit, Qt.Key.Key_Left)
    view = page.pane.view
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    settle()
    before = seen(page)
    assert before["row"] == before["person"] == number(60)

    def come() -> None:
        for n in range(50):
            who = number(60) if n % 5 == 0 else number(n * 3 % PEOPLE if n % 2 else 1000 + n)
            says(who, f"News {n}")

    line = threading.Thread(target=come)
    line.start()
    moved: list[dict[str, Any]] = []

    def over() -> bool:
        now = seen(page)
        moved.extend([now] if now != before else [])
        return not line.is_alive()

    wait(over)
    settle()
    assert seen(page) == before
    assert moved == []
    QTest.keyClick(edit, Qt.Key.Key_A)  # the letter that was missing goes where the cursor stood
    settle()
    assert edit.toPlainText() == "See you on Tuesday then"
    assert page.pane.newest_button.isVisible()
    # What came is there all the same: above in the list, and below in the thread.
    above = [rows.paged.row(place) for place in range(rows.currentIndex().row())]
    assert "News 49" in {row.last_text for row in above}
    page.pane.newest_button.click()
    settle()
    assert [bubble.text for bubble in page.pane.model.rows][-10:] == [f"News {n}" for n in range(0, 50, 5)]


def test_the_next_person_is_not_swapped_under_the_key(
    page: InboxPage, settle: Callable[[], None], says: Callable[[str, str], None]
) -> None:
    rows = page.threads.list
    for _ in range(4):
        QTest.keyClick(rows, Qt.Key.Key_J)
        settle()
    below = rows.paged.row(rows.currentIndex().row() + 1).number
    here = rows.current_row().number
    for n in range(6):  # some of them move above what is open, one is the open one itself
        says(number(n * 5), f"Again {n}")
        says(here, f"And again {n}")
    settle()
    assert (rows.current_row().number, page.row.number if page.row else "") == (here, here)
    QTest.keyClick(rows, Qt.Key.Key_J)
    settle()
    assert rows.current_row().number == below


def test_what_was_found_stays_under_the_cursor_while_texts_come_in(
    page: InboxPage, settle: Callable[[], None], says: Callable[[str, str], None]
) -> None:
    QTest.keyClicks(page.threads.search, "person 4")
    settle()
    QTest.keyClick(page.threads.search, Qt.Key.Key_Down)
    found = page.threads.found.list
    QTest.keyClick(found, Qt.Key.Key_Down)
    before = (found.current_row(), found.visualRect(found.currentIndex()).top())
    for n in range(8):
        says(number(40 + n), f"I am person {40 + n} still")
    settle()
    assert (found.current_row(), found.visualRect(found.currentIndex()).top()) == before
    assert QApplication.focusWidget() is found


def test_a_letter_ends_the_search_before_it(
    page: InboxPage, settle: Callable[[], None], wait: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    real = searching.search

    def slow(store: Any, text: str, *, stopped: Callable[[], bool], **options: Any) -> Any:
        if text in ("p", "z"):  # half a million texts, say
            while not stopped():
                threading.Event().wait(0.001)
            ended.append(text)
        return real(store, text, stopped=stopped, **options)

    monkeypatch.setattr("ui.inbox.found.search.search", slow)
    found = page.threads.found.model
    QTest.keyClicks(page.threads.search, "p")
    wait(lambda: found.busy)
    QTest.keyClicks(page.threads.search, "erson 41")
    settle()
    assert ended == ["p"]
    assert found.rowCount() == 1
    assert not page.pane.error.isVisible()
    page.threads.search.clear()
    QTest.keyClicks(page.threads.search, "z")
    wait(lambda: page.threads.searching and found.busy)
    QTest.keyClick(page.threads.search, Qt.Key.Key_Escape)
    settle()
    assert ended == ["p", "z"]
    assert not page.threads.searching
    assert not page.pane.error.isVisible()
