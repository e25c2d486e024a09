"""The opt-out desk with real keys: decide what may be an opt-out, read a whole story, check the chain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app import undo
from app.people import contacts, holds, optouts, privacy
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.optouts import OptOutsPage

MARIA, BEN, CY = "+13125550187", "+13125550142", "+13125550143"
DAY = 86_400.0
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None]
) -> OptOutsPage:
    now = workspace.clock.now()
    contacts.add(workspace.store, workspace.clock, BEN, "Ben <b>Park</b>")
    with workspace.store.write() as unit:
        holds.put(
            unit, now - 12 * DAY, BEN, rule="S1", said="stop texting me before 9", why="A condition.",
            message_id=None,
        )  # fmt: skip
        holds.put(unit, now - 60, CY, rule="S5", said="wrong number", why="Not theirs.", message_id=None)
        optouts.opt_out(unit, workspace.clock, MARIA, source="sms", evidence="STOP", rule="H1")
    bridge = Bridge(workspace.store)
    page = OptOutsPage(workspace, lines, bridge, lambda *_a, **_k: None)
    bridge.setParent(page)
    build(page, 1200, 700)
    page.refresh()
    settle()
    return page


def waiting(workspace: Workspace) -> list[str]:
    return [each.number for each in holds.waiting(workspace.store, workspace.clock.now())]


def standing(workspace: Workspace, number: str) -> bool:
    with workspace.store.read() as conn:
        return optouts.active(conn, number)


def said(page: OptOutsPage) -> str:
    labels = page.story.findChildren(QLabel) + page.story.hold.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if label.isVisible())


def open_holds(page: OptOutsPage, settle: Callable[[], None]) -> None:
    QTest.keyClick(page, Qt.Key.Key_D, CTRL)
    settle()
    assert page.hold_list.isVisible()


def test_what_waits_is_counted_and_the_oldest_comes_first(
    page: OptOutsPage, settle: Callable[[], None]
) -> None:
    assert page.hold_chip.text() == "To decide: 2 · 1 near the deadline"
    open_holds(page, settle)
    assert page.hold_list.currentIndex().row() == 0
    assert "May have opted out" in said(page)
    assert "“stop texting me before 9”" in said(page)
    assert "deadline of ten working days is near" in said(page)
    assert "Ben <b>Park</b>" in said(page)  # as text


@pytest.mark.parametrize(
    ("key", "out", "words"),
    [(Qt.Key.Key_Y, True, "is opted out"), (Qt.Key.Key_K, False, "may be texted again")],
)
def test_one_key_decides_about_one_number(
    page: OptOutsPage, workspace: Workspace, settle: Callable[[], None], key: Qt.Key, out: bool, words: str
) -> None:
    open_holds(page, settle)
    QTest.keyClick(page.hold_list, key)  # in the list it decides nothing
    settle()
    assert waiting(workspace) == [BEN, CY]
    page.hold_list.setCurrentIndex(page.hold_list.paged.index(0))
    QTest.keyClick(page.hold_list, Qt.Key.Key_Return)
    QTest.keyClick(page.story.hold, key)
    settle()
    assert waiting(workspace) == [CY]
    assert standing(workspace, BEN) is out
    assert words in page.notice.label.text()
    assert page.hold_chip.text() == "To decide: 1"


def test_not_an_opt_out_can_be_undone(
    page: OptOutsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    open_holds(page, settle)
    QTest.keyClick(page.hold_list, Qt.Key.Key_Return)
    QTest.keyClick(page.story.hold, Qt.Key.Key_K)
    settle()
    act = undo.of(workspace.store).take("Dana")
    assert act is not None
    assert act.act(workspace.store) == ""
    assert waiting(workspace) == [BEN, CY]
    page.tell(BEN)
    settle()
    story = said(page)
    assert "Decided by Dana: not an opt-out" in story or "Held" in story
    assert story.count("Held, may be an opt-out") == 2


def test_a_wrong_number_is_removed_with_its_own_key(
    page: OptOutsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    open_holds(page, settle)
    QTest.keyClick(page.hold_list, Qt.Key.Key_J)
    settle()
    QTest.keyClick(page.hold_list, Qt.Key.Key_Return)
    QTest.keyClick(page.story.hold, Qt.Key.Key_W)
    settle()
    assert standing(workspace, CY)
    assert page.hold_list.hasFocus()  # the next one is shown, and no key decides about it yet
    page.tell(CY)
    settle()
    assert "wrong number: wrong number" in said(page)


def test_a_number_in_any_spelling_tells_all_that_was_done(
    page: OptOutsPage, workspace: Workspace, clock: Any, settle: Callable[[], None]
) -> None:
    clock.pass_time(60)
    with workspace.store.write() as unit:
        optouts.lift(unit, workspace.clock, MARIA, source="sms", reason="START")
    clock.pass_time(60)
    with workspace.store.write() as unit:
        holds.put(unit, clock.now(), MARIA, rule="S2", said="stop it", why="Few words.", message_id=None)
    clock.pass_time(60)
    holds.decide(workspace.store, workspace.clock, MARIA, "kept", "Ana")
    clock.pass_time(60)
    with workspace.store.write() as unit:
        optouts.opt_out(
            unit, workspace.clock, MARIA, source="operator", evidence="voicemail: no more", operator="Ben"
        )
    page.search.setFocus()
    QTest.keyClicks(page.search, "1 312.555.0187")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    settle()
    told = said(page)
    parts = [
        "⊘ Opted out: voicemail: no more, noted by Ben", "✓ Decided by Ana: not an opt-out",
        "◌ Held, may be an opt-out: “stop it”", "✓ Back in by their text: “START”",
        "⊘ Opted out: “STOP” by text",
    ]  # fmt: skip
    places = [told.index(part) for part in parts]
    assert places == sorted(places)  # the newest first


def test_who_was_erased_is_told_by_number_alone(
    page: OptOutsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    privacy.erase(workspace.store, workspace.clock, MARIA, "Ana")
    page.open_at(number=MARIA)
    settle()
    assert "a code keeps them out" in said(page)
    assert "✕ Erased by Ana" in said(page)
    assert "STOP" not in said(page)
    assert page.story.lift_button.isVisible()


def test_the_chain_is_checked_kept_and_compared(
    page: OptOutsPage,
    workspace: Workspace,
    settle: Callable[[], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page.check_button.setFocus()
    QTest.keyClick(page.check_button, Qt.Key.Key_Space)
    settle()
    dialog = page.checking
    dialog.activateWindow()
    settle()
    assert "✓" in dialog.words.text()
    assert "whole: 3 rows" in dialog.words.text()
    assert not dialog.accept_button.isVisible()
    kept = tmp_path / "story.csv"
    monkeypatch.setattr("ui.dialogs.save_file", lambda *_args: kept)
    monkeypatch.setattr("ui.dialogs.open_file", lambda *_args: kept)
    QTest.keyClick(dialog, Qt.Key.Key_S, CTRL)
    settle()
    assert dialog.note.text() == "3 rows written to story.csv."
    QTest.keyClick(dialog, Qt.Key.Key_O, CTRL)
    settle()
    assert "Every row of story.csv is in it." in dialog.words.text()

    with workspace.store.engine.connect() as conn:  # the end goes: only a head that was kept tells
        conn.exec_driver_sql(f"DELETE FROM opt_out WHERE number = '{MARIA}'")
        conn.exec_driver_sql("DELETE FROM opt_out_log WHERE id = 3")
        conn.commit()
    dialog.check()
    settle()
    assert "newest rows are gone" in dialog.words.text()
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    QTest.keyClicks(dialog._reason.fields[0], "put back after the disk failed")
    QTest.keyClick(dialog._reason.fields[0], Qt.Key.Key_Return)
    settle()
    assert "whole: 2 rows" in dialog.words.text()
    dialog.activateWindow()
    settle()
    QTest.keyClick(dialog, Qt.Key.Key_O, CTRL)
    settle()
    assert "newest rows are gone" in dialog.words.text()  # what was kept elsewhere still knows

    with workspace.store.engine.connect() as conn:
        conn.exec_driver_sql("UPDATE opt_out_log SET operator = 'Eve' WHERE id = 2")
        conn.commit()
    dialog.check()
    settle()
    assert "✕ Row 2 does not fit" in dialog.words.text()
    assert not dialog.accept_button.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert page.isVisible()


def test_the_question_goes_with_its_list(page: OptOutsPage, settle: Callable[[], None]) -> None:
    open_holds(page, settle)
    assert page.story.hold.isVisible()
    QTest.keyClick(page, Qt.Key.Key_D, CTRL)
    settle()
    assert not page.story.hold.isVisible()
    assert page.story.number not in (BEN, CY)


def test_with_nothing_to_decide_the_page_says_what_comes_here(
    page: OptOutsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    for number in (BEN, CY):
        holds.decide(workspace.store, workspace.clock, number, "kept", "Ana")
    page.hold_chip.setFocus()
    QTest.keyClick(page.hold_chip, Qt.Key.Key_Space)
    page.refresh()
    settle()
    assert page.empty.title_label.text() == "Nothing to decide"
