"""Importing in the window: a file or a paste, the columns, progress and cancel, what was refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.people import contacts, importing
from app.workspace import Workspace
from ui.contacts.import_dialog import ImportDialog

LIST = """First Name,Last Name,Mobile,Due Month
Maria,Ortega,(312) 555-0187,May
Jon,Park,312-555-0119,June
Bad,Number,12345,May
Maria,Twice,(312) 555-0187,July
"""


@pytest.fixture
def dialog(workspace: Workspace, build: Callable[..., QWidget]) -> ImportDialog:
    dialog = ImportDialog(workspace)
    build(dialog, 760, 520)
    return dialog


def test_a_pasted_list_is_imported_by_keyboard(
    dialog: ImportDialog, workspace: Workspace, settle: Callable[[], None]
) -> None:
    imported: list[int] = []
    dialog.imported.connect(imported.append)
    assert not dialog.source_page.paste_button.isEnabled()
    dialog.source_page.pasted.setFocus()
    dialog.source_page.pasted.insertPlainText(LIST)
    QTest.keyClick(dialog.source_page.pasted, Qt.Key.Key_Tab)
    QTest.keyClick(dialog.source_page.paste_button, Qt.Key.Key_Space)
    settle()
    page = dialog.mapping_page
    assert [box.currentText() for box in page.table.boxes] == [
        "First name", "Last name", "Phone number", "Field {due_month}",
    ]  # fmt: skip
    assert page.table.item(2, 0).text() == "Maria"
    assert page.country.code() == "US"
    QTest.keyClick(page.import_button, Qt.Key.Key_Space)
    settle()
    result = dialog.result_page
    assert result.isVisible()
    assert result.title.text() == "2 people imported"
    assert "1 duplicate" in result.counts.text()
    assert result.table.item(0, 0).text() == "4"
    assert result.table.item(0, 1).text() == "12345"
    assert contacts.count(workspace.store) == 2
    assert imported == [contacts.lists(workspace.store)[0].id]


def test_rejects_are_saved_and_a_campaign_can_follow(
    dialog: ImportDialog, settle: Callable[[], None], tmp_path: Path
) -> None:
    asked: list[int] = []
    dialog.campaign_asked.connect(asked.append)
    dialog.read(LIST)
    settle()
    QTest.mouseClick(dialog.mapping_page.import_button, Qt.MouseButton.LeftButton)
    settle()
    dialog.save_rejects(tmp_path / "rejects.csv")
    settle()
    assert "12345" in (tmp_path / "rejects.csv").read_text()
    assert "rejects.csv" in dialog.result_page.notice.label.text()
    QTest.mouseClick(dialog.result_page.campaign_button, Qt.MouseButton.LeftButton)
    assert asked == [dialog.result_page.report.list_id]
    assert not dialog.isVisible()


def test_a_meaning_belongs_to_one_column(dialog: ImportDialog, settle: Callable[[], None]) -> None:
    dialog.read(LIST)
    settle()
    table, page = dialog.mapping_page.table, dialog.mapping_page
    last = table.boxes[3]
    last.setCurrentIndex(last.findData("number"))
    assert table.mapping().number == 3
    assert table.boxes[2].currentText() == "Field {mobile}"
    last.setCurrentIndex(last.findData("nothing"))
    assert not page.import_button.isEnabled()
    assert page.problem.isVisible()


def test_the_columns_are_remembered_for_the_same_header(
    dialog: ImportDialog, workspace: Workspace, build: Callable[..., QWidget], settle: Callable[[], None]
) -> None:
    dialog.read(LIST)
    settle()
    box = dialog.mapping_page.table.boxes[3]
    box.setCurrentIndex(box.findData("nothing"))
    QTest.mouseClick(dialog.mapping_page.import_button, Qt.MouseButton.LeftButton)
    settle()
    again = ImportDialog(workspace)
    build(again, 760, 520)
    again.read(LIST)
    settle()
    assert again.mapping_page.table.boxes[3].currentData() == "nothing"
    assert "those of last time" in again.mapping_page.about.text()


def test_another_country_reads_the_numbers_anew(
    dialog: ImportDialog, workspace: Workspace, settle: Callable[[], None]
) -> None:
    dialog.read("phone\n07400 123456\n")
    settle()
    dialog.mapping_page.country.set_code("GB")
    QTest.mouseClick(dialog.mapping_page.import_button, Qt.MouseButton.LeftButton)
    settle()
    assert contacts.page(workspace.store)[0].number == "+447400123456"


def test_which_one_stays_is_chosen(
    dialog: ImportDialog, workspace: Workspace, settle: Callable[[], None]
) -> None:
    contacts.add(workspace.store, workspace.clock, "(312) 555-0187", "Known Name", country="US")
    dialog.read("name,phone\nFile Name,3125550187\n")
    settle()
    keep = dialog.mapping_page.keep
    keep.setCurrentIndex(keep.findData("file"))
    QTest.mouseClick(dialog.mapping_page.import_button, Qt.MouseButton.LeftButton)
    settle()
    assert contacts.page(workspace.store)[0].name == "File Name"
    assert "replace" in dialog.result_page.rule.text()


def test_progress_is_shown_and_cancel_keeps_nothing(
    dialog: ImportDialog, workspace: Workspace, settle: Callable[[], None], wait: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    at_half, go_on = threading.Event(), threading.Event()
    run = importing.run

    def slow(*args: Any, progress: Callable[[int, int], None], **more: Any) -> Any:
        def step(done: int, total: int) -> None:
            progress(done, total)
            at_half.set()
            assert go_on.wait(10)

        return run(*args, progress=step, **more)

    monkeypatch.setattr(importing, "run", slow)
    rows = "\n".join(f"Person {i},(312) 555-{i:04d}" for i in range(3000))
    dialog.read(f"name,phone\n{rows}\n")
    settle()
    QTest.mouseClick(dialog.mapping_page.import_button, Qt.MouseButton.LeftButton)
    wait(at_half.is_set)
    wait(lambda: "%" in dialog.progress_page.counted.text())
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    go_on.set()
    settle()
    assert contacts.count(workspace.store) == 0
    assert dialog.mapping_page.isVisible()
    assert "Nothing of this list was kept" in dialog.error.label.text()


def test_a_file_is_dropped_in(dialog: ImportDialog, settle: Callable[[], None], tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"\xef\xbb\xbfName;Telefon\r\nM\xc3\xbcller;+49 30 901820\r\n")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    dialog.dropEvent(
        QDropEvent(
            QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip
    settle()
    assert dialog.mapping_page.title.text() == "people.csv"
    assert dialog.mapping_page.name.text() == "people"
    assert "Müller" in dialog.mapping_page.table.item(2, 0).text()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "nothing in this list"), (b"\xd0\xcf\x11\xe0old", ".xlsx"), (b"a\0b", "binary")],
)
def test_what_is_no_list_is_said(
    dialog: ImportDialog, settle: Callable[[], None], tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "x.xls"
    path.write_bytes(content)
    dialog.read(path)
    settle()
    assert words in dialog.error.label.text()
    assert dialog.source_page.isVisible()
