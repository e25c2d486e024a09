"""Importing other programs' files in the window: the format's name, what is odd, kinds, households, old texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.conversations import threads
from app.people import contacts, fieldtypes
from app.workspace import Workspace
from ui.contacts.import_dialog import ImportDialog

CARDS = """BEGIN:VCARD
VERSION:3.0
FN:Maria Ortega
TEL;TYPE=CELL:(312) 555-0187
CATEGORIES:Choir
END:VCARD
BEGIN:VCARD
FN:Broken
"""
HOUSE = "Name,Phone,Due\nAna Ortega,312-555-0187,2026-03-05\nBen Ortega,312-555-0187,2026-03-06\n"
BACKUP = """<?xml version='1.0' encoding='UTF-8'?>
<smses count="2">
<sms address="3125550187" date="1790000000000" type="1" body="Hello &#55357;&#56846;" contact_name="Maria" />
<sms address="3125550187" date="1790000060000" type="2" body="Hi" contact_name="Maria" />
</smses>
"""


@pytest.fixture
def dialog(workspace: Workspace, build: Callable[..., QWidget]) -> ImportDialog:
    dialog = ImportDialog(workspace)
    build(dialog, 800, 544)
    return dialog


def choose(box: Any, value: object) -> None:
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def press(button: QWidget) -> None:
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)


def test_cards_are_named_imported_and_the_broken_one_is_told(
    dialog: ImportDialog, workspace: Workspace, settle: Callable[[], None], tmp_path: Path
) -> None:
    path = tmp_path / "phone.vcf"
    path.write_text(CARDS)
    dialog.read(path)
    settle()
    page = dialog.mapping_page
    assert page.format.currentData() == "vcard"
    assert page.about.text().startswith("vCard contacts (.vcf).")
    assert not page.header.isVisible()
    assert not page.history.isVisible()
    press(page.import_button)
    settle()
    result = dialog.result_page
    assert result.title.text() == "1 person imported"
    assert "no end" in result.table.item(0, 2).text()
    assert contacts.page(workspace.store)[0].tags == ("Choir",)


def test_another_format_is_chosen(dialog: ImportDialog, settle: Callable[[], None]) -> None:
    dialog.read("Given Name,Phone 1 - Type,Phone 1 - Value\nAna,Mobile,312-555-0187\n")
    settle()
    page = dialog.mapping_page
    assert page.format.currentData() == "google"
    columns = [page.table.horizontalHeaderItem(i).text() for i in range(page.table.columnCount())]
    assert columns == ["Mobile", "Other numbers", "First name"]
    choose(page.format, "table")
    settle()
    columns = [page.table.horizontalHeaderItem(i).text() for i in range(page.table.columnCount())]
    assert columns == ["Given Name", "Phone 1 - Type", "Phone 1 - Value"]
    assert page.header.isVisible()


def test_what_does_not_fit_the_chosen_format_says_so(
    dialog: ImportDialog, settle: Callable[[], None], tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Name,Phone\nAna,312-555-0187\n")
    dialog.read(path)
    settle()
    choose(dialog.mapping_page.format, "smsd")
    settle()
    assert "a database that cannot be read" in dialog.error.label.text()
    assert dialog.mapping_page.format.currentData() == "table"


def test_households_are_counted_before_and_kept_as_chosen(
    dialog: ImportDialog, workspace: Workspace, settle: Callable[[], None]
) -> None:
    dialog.read(HOUSE)
    settle()
    page = dialog.mapping_page
    assert "1 number with two names (both would be “Ana and Ben Ortega”)" in page.about.text()
    choose(page.household, "merge")
    press(page.import_button)
    settle()
    assert "1 number with two names" in dialog.result_page.counts.text()
    assert contacts.page(workspace.store)[0].name == "Ana and Ben Ortega"


def test_odd_lists_are_pointed_out(dialog: ImportDialog, settle: Callable[[], None]) -> None:
    dialog.read("Name,Phone\n" + "".join(f"MARIA {chr(65 + i)},312555{i:04}\n" for i in range(20)))
    settle()
    words = dialog.mapping_page.odd.label.text()
    assert dialog.mapping_page.odd.isVisible()
    assert "20 numbers follow one another" in words
    assert "20 names are all in capitals" in words


def test_the_kind_of_a_field_is_guessed_and_changed(
    dialog: ImportDialog, workspace: Workspace, settle: Callable[[], None]
) -> None:
    dialog.read(HOUSE.replace("0187,2026-03-06", "0119,2026-03-06"))
    settle()
    table = dialog.mapping_page.table
    assert [(box.currentData(), box.isEnabled()) for box in table.kinds] == [
        ("text", False), ("text", False), ("date", True),
    ]  # fmt: skip
    choose(table.kinds[2], "text")
    press(dialog.mapping_page.import_button)
    settle()
    assert fieldtypes.kinds(workspace.store) == {"due": "text"}
    person = contacts.get(workspace.store, contacts.page(workspace.store)[0].id)
    assert person is not None
    assert person.fields == {"due": "2026-03-05"}


@pytest.mark.parametrize(("wanted", "count"), [(True, 2), (False, 0)])
def test_a_phones_texts_come_if_wanted(
    dialog: ImportDialog,
    workspace: Workspace,
    settle: Callable[[], None],
    tmp_path: Path,
    wanted: bool,
    count: int,
) -> None:
    path = tmp_path / "sms.xml"
    path.write_text(BACKUP)
    dialog.read(path)
    settle()
    page = dialog.mapping_page
    assert page.history.isVisible()
    assert page.history.isChecked()
    if not wanted:
        page.history.setFocus()
        QTest.keyClick(page.history, Qt.Key.Key_Space)
    press(page.import_button)
    settle()
    row = threads.by_number(workspace.store, "+13125550187")
    assert (len(threads.messages(workspace.store, row.id)) if row else 0) == count
    assert ("2 old texts in their threads" in dialog.result_page.counts.text()) is wanted


def test_a_bomb_is_refused_in_words(dialog: ImportDialog, settle: Callable[[], None], tmp_path: Path) -> None:
    path = tmp_path / "sms.xml"
    path.write_text(
        '<!DOCTYPE a [<!ENTITY b "c">]><smses><sms address="1" type="1" date="1" body="&b;"/></smses>'
    )
    dialog.read(path)
    settle()
    assert "document type" in dialog.error.label.text()
    assert dialog.source_page.isVisible()
