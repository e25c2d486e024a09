"""The opt-out list with real keys: look up, add by hand, lift with a reason, import and export."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.people import optouts
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.optouts import OptOutsPage

MARIA = "+13125550187"


@pytest.fixture
def page(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None]
) -> OptOutsPage:
    bridge = Bridge(workspace.store)
    page = OptOutsPage(workspace, lines, bridge, lambda *_a, **_k: None)
    bridge.setParent(page)
    build(page, 900, 560)
    page.refresh()
    settle()
    return page


def opt_out(workspace: Workspace, number: str, **values: Any) -> None:
    with workspace.store.write() as unit:
        optouts.opt_out(unit, workspace.clock, number, **{"source": "sms", "evidence": "STOP", **values})


def standing(workspace: Workspace, number: str) -> bool:
    with workspace.store.read() as conn:
        return optouts.active(conn, number)


def said(page: OptOutsPage) -> str:
    return "\n".join(label.text() for label in page.story.findChildren(QLabel) if label.isVisible())


def test_an_empty_list_says_what_comes_here(page: OptOutsPage) -> None:
    assert page.empty.isVisible()
    assert page.empty.title_label.text() == "Nobody has opted out"
    assert page.empty.button.isVisible()


def test_a_stop_appears_by_itself_with_its_words(
    page: OptOutsPage, workspace: Workspace, wait: Callable[..., None], settle: Callable[[], None]
) -> None:
    opt_out(workspace, MARIA, rule="H1")
    wait(lambda: page.model.rowCount() == 1)
    QTest.keyClick(page.list, Qt.Key.Key_J)
    settle()
    assert "“STOP” by text" in said(page)
    assert "rule H1" in said(page)
    assert page.header.subtitle.full_text().startswith("1 number.")


def test_a_number_is_looked_up_in_any_form(
    page: OptOutsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    opt_out(workspace, MARIA)
    page.search.setFocus()
    QTest.keyClicks(page.search, "(312) 555-0187")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    settle()
    assert "⊘ Opted out" in said(page)
    page.search.clear()
    QTest.keyClicks(page.search, "3125550142")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    settle()
    assert "It may be texted" in said(page)
    assert page.empty.isVisible()


def test_a_number_is_added_by_hand_with_how_and_when_it_was_said(
    page: OptOutsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    QTest.keyClick(page, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    dialog = page._adding
    dialog.activateWindow()
    settle()
    number, words, day = dialog.fields
    QTest.keyClicks(number, "12345")
    QTest.keyClicks(words, "no more, to Ben")
    QTest.keyClick(words, Qt.Key.Key_Return)
    assert dialog.isVisible()  # how they said it is still to be chosen
    assert not dialog.ok_button.isEnabled()
    QTest.keyClick(number, Qt.Key.Key_Tab)
    assert dialog.channel.hasFocus()
    QTest.keyClicks(dialog.channel, "e")
    assert dialog.channel.currentData() == "email"
    QTest.keyClick(dialog.channel, Qt.Key.Key_Tab)
    assert words.hasFocus()
    QTest.keyClick(words, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert dialog.problem.text()  # 12345 is no number
    number.setText("(312) 555-0187")
    for wrong, why in (("soon", "is no date"), ("2026-12-01", "still to come")):
        day.setText(wrong)
        QTest.keyClick(day, Qt.Key.Key_Return)
        assert why in dialog.problem.text()
    day.setText("11/9/2026")  # the country's own way
    QTest.keyClick(day, Qt.Key.Key_Return)
    settle()
    assert standing(workspace, MARIA)
    row = optouts.lookup(workspace.store, MARIA)[0]
    assert (row.source, row.evidence, row.operator) == ("email", "no more, to Ben", "Dana")
    assert row.said_at == datetime(2026, 11, 9, tzinfo=UTC).timestamp()
    assert "opted out" in page.notice.label.text()
    assert "by e-mail on 9 Nov 2026: no more, to Ben, noted by Dana" in said(page)


def test_lifting_needs_a_reason_and_what_shows_it_and_keeps_the_story(
    page: OptOutsPage, workspace: Workspace, settle: Callable[[], None], wait: Callable[..., None]
) -> None:
    opt_out(workspace, MARIA)
    wait(lambda: page.model.rowCount() == 1)
    page.open_at(number=MARIA)
    settle()
    QTest.mouseClick(page.story.lift_button, Qt.MouseButton.LeftButton)
    dialog = page._dialog
    QTest.keyClick(dialog.fields[0], Qt.Key.Key_Return)
    assert standing(workspace, MARIA)
    QTest.keyClicks(dialog.fields[0], "Asked in person on Monday")
    QTest.keyClick(dialog.fields[0], Qt.Key.Key_Return)
    assert standing(workspace, MARIA)  # what shows it has to be said too
    QTest.keyClicks(dialog.fields[1], "the form she signed")
    QTest.keyClick(dialog.fields[1], Qt.Key.Key_Return)
    settle()
    assert not standing(workspace, MARIA)
    assert "lifted by Dana: Asked in person on Monday; shown by: the form she signed" in said(page)


def test_a_list_is_imported_and_exported(
    page: OptOutsPage, workspace: Workspace, settle: Callable[[], None], tmp_path: Path, monkeypatch: Any
) -> None:
    source = tmp_path / "old.csv"
    source.write_text("phone\n(312) 555-0187\n(312) 555-0142\n=nonsense\n")
    page.files.read(source)
    settle()
    assert standing(workspace, MARIA)
    assert not page.files.progress.isVisible()
    assert "2 numbers opted out" in page.notice.label.text()
    assert "line 4" in page.notice.label.text()
    refused = tmp_path / "refused.csv"
    monkeypatch.setattr("ui.dialogs.save_file", lambda *_args: refused)
    QTest.mouseClick(page.notice.button, Qt.MouseButton.LeftButton)
    settle()
    assert refused.read_text("utf-8-sig").splitlines()[1].startswith("4,'=nonsense,")
    target = tmp_path / "out.csv"
    page.files.write(target)
    settle()
    assert MARIA in target.read_text()
    assert "2 opt-outs written to out.csv" in page.notice.label.text()
    page.files.write(tmp_path / "out.masked.csv")
    settle()
    told = (tmp_path / "out.masked.csv").read_text("utf-8-sig")
    assert "•••187" in told
    assert MARIA not in told
    assert "old.csv" not in told


def test_an_import_can_be_stopped_and_changes_nothing_then(
    page: OptOutsPage,
    workspace: Workspace,
    settle: Callable[[], None],
    wait: Callable[..., None],
    tmp_path: Path,
) -> None:
    source = tmp_path / "long.csv"
    source.write_text("phone\n" + "\n".join(f"+1312{n:07d}" for n in range(2_000_000, 2_060_000)))
    page.files.read(source)
    wait(lambda: page.files.progress.isVisible() and page.files.progress.bar.value() > 0)
    assert "rows read" in page.files.progress.words.text()
    QTest.keyClick(page, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    settle()
    assert page.notice.label.text() == "The import was stopped. The opt-out list is as it was."
    assert optouts.count(workspace.store) == 0
    assert not page.files.progress.isVisible()
