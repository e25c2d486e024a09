"""Tags, notes, numbers, consent, fields by kind and audiences in the window, with real keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.people import audiences, beside, contacts, fieldtypes, importing
from app.people.audiences import Rule, Rules
from app.people.reading import open_source
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.contacts import ContactsPage

LIST = """Name,Phone,Tags,Other numbers,Due,Amount
Ana Ortega,(312) 555-0187,choir;board,312-555-0100,2026-03-05,"$1,200"
Ben Park,312-555-0119,choir,,2025-12-24,$80
Cy Lee,312-555-0142,,,2026-01-01,$9.50
"""
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def went() -> list[tuple[str, dict[str, Any]]]:
    return []


@pytest.fixture
def page(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None],
    went: list[tuple[str, dict[str, Any]]],
) -> ContactsPage:  # fmt: skip
    source = open_source(LIST)
    preview = importing.preview(workspace.store, source, "US")
    importing.run(workspace.store, workspace.clock, source, preview.mapping, "US", name="clinic")
    bridge = Bridge(workspace.store)
    page = ContactsPage(workspace, lines, bridge, lambda name, **where: went.append((name, where)))
    bridge.setParent(page)
    build(page, 1200, 800)
    page.refresh()
    settle()
    return page


def names(page: ContactsPage) -> list[str]:
    return [page.model.row(i).name for i in range(page.model.rowCount())]


def active(window: QWidget) -> None:
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)


def type_over(edit: Any, text: str) -> None:
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)


@pytest.mark.parametrize(
    ("words", "found"),
    [("choir", ["Ana Ortega", "Ben Park"]), ("5550100", ["Ana Ortega"]), ("board", ["Ana Ortega"]), ("vegan", ["Cy Lee"])],
)  # fmt: skip
def test_search_finds_tags_notes_and_any_number(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None], words: str, found: list[str]
) -> None:
    cy = next(page.model.row(i).id for i in range(3) if page.model.row(i).name == "Cy Lee")
    contacts.save(workspace.store, workspace.clock, cy, {"notes": "Vegan, calls back"})
    settle()
    QTest.keyClicks(page.search, words)
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    settle()
    assert names(page) == found
    assert page.header.subtitle.full_text() == f"{len(found)} of 3 people"


def test_everything_of_a_person_is_changed_by_keyboard(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    page.list.setFocus()
    page.list.setCurrentIndex(page.model.index(0))
    settle()
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    person = page.person
    assert person.edits["tags"].text() == "board, choir"
    assert person.edits["other_numbers"].text() == "+1 (312) 555-0100"
    person.suggest_tags(())  # the offscreen platform cannot raise its list
    for key, text in (
        ("tags", "choir, driver"), ("language", "es"), ("other_numbers", "312-555-0101, +44 7400 123456"),
        ("consent_source", "web form"), ("consent_at", "3/5/2026"), ("consent_wording", "Texts about visits"),
        ("consent_frequency", "2 a month"), ("consent_until", "2027-03-05"),
    ):  # fmt: skip
        type_over(person.edits[key], text)
    person.notes.setFocus()
    QTest.keyClicks(person.notes, "Prefers mornings")
    QTest.keyClick(person.notes, Qt.Key.Key_S, CTRL)
    QTest.qWait(150)  # Qt shows the press of a shortcut for a tenth of a second
    settle()
    saved = contacts.get(workspace.store, person.contact.id)
    assert saved is not None
    assert (saved.tags, saved.language, saved.notes) == (("choir", "driver"), "es", "Prefers mornings")
    assert set(saved.other_numbers) == {"+13125550101", "+447400123456"}
    assert (saved.consent_source, saved.consent_wording, saved.consent_frequency) == (
        "web form", "Texts about visits", "2 a month",
    )  # fmt: skip
    assert person.edits["consent_at"].text() == "5 Mar 2026"
    assert person.edits["consent_until"].text() == "5 Mar 2027"
    assert not person.save_button.isEnabled()


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [("consent_at", "soon", "is no date"), ("other_numbers", "12", "too few digits"), ("time_zone", "Mars", "no time zone")],
)  # fmt: skip
def test_what_cannot_be_kept_stays_typed_and_says_why(
    page: ContactsPage, settle: Callable[[], None], key: str, text: str, words: str
) -> None:
    page.list.setCurrentIndex(page.model.index(0))
    settle()
    page.person.edits["time_zone"].setCompleter(None)
    type_over(page.person.edits[key], text)
    QTest.keyClick(page.person.edits[key], Qt.Key.Key_Return)
    settle()
    assert words in page.person.problem.label.text()
    assert page.person.edits[key].text() == text


def test_a_tag_is_filtered_by_and_fields_order_by_their_kind(
    page: ContactsPage, settle: Callable[[], None]
) -> None:
    bar = page.filters
    assert [bar.tag.itemText(i) for i in range(bar.tag.count())] == ["Any tag", "board (1)", "choir (2)"]
    bar.tag.setFocus()
    QTest.keyClicks(bar.tag, "ch")
    QTest.keyClick(bar.tag, Qt.Key.Key_Return)
    bar.tag.activated.emit(bar.tag.currentIndex())
    settle()
    assert names(page) == ["Ana Ortega", "Ben Park"]
    bar.tag.setCurrentIndex(0)
    for words, order in (
        ("By due", ["Ben Park", "Cy Lee", "Ana Ortega"]),
        ("By amount", ["Cy Lee", "Ben Park", "Ana Ortega"]),
    ):
        bar.order.setCurrentIndex(bar.order.findText(words))
        bar.order.activated.emit(bar.order.currentIndex())
        settle()
        assert names(page) == order
    assert [page.model.row(i).value for i in range(3)] == ["$9.50", "$80", "$1,200"]


def test_a_selection_is_tagged_and_everybody_shown(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    page.list.setFocus()
    page.list.setCurrentIndex(page.model.index(1))
    QTest.keyClick(page.list, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert "2" in page.tag_button.text()
    QTest.keyClick(page, Qt.Key.Key_T, CTRL)
    dialog = page._tags
    assert [dialog.whom.itemText(i) for i in range(2)] == ["2 people selected", "Everybody shown (3)"]
    QTest.keyClicks(dialog.fields[0], "drivers, Choir")
    QTest.keyClick(dialog.fields[0], Qt.Key.Key_Return)
    settle()
    assert {row.name: row.people for row in beside.tags(workspace.store)} == {
        "board": 1,
        "choir": 3,
        "drivers": 2,
    }
    active(page)
    QTest.keyClick(page, Qt.Key.Key_T, CTRL)
    dialog = page._tags
    dialog.whom.setCurrentIndex(1)
    QTest.keyClicks(dialog.fields[1], "choir")
    QTest.keyClick(dialog.fields[1], Qt.Key.Key_Return)
    settle()
    assert {row.name: row.people for row in beside.tags(workspace.store)} == {"board": 1, "drivers": 2}
    assert "3 people: no longer tagged choir" in page.notice.label.text()


def test_an_empty_tag_dialog_says_what_is_missing(page: ContactsPage) -> None:
    dialog = page.ask_tags()
    assert dialog is not None
    QTest.keyClick(dialog.fields[0], Qt.Key.Key_Return)
    assert "Type a tag" in dialog.problem.text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_fields_kind_is_changed_and_the_words_are_kept(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    ana = contacts.page(workspace.store)[0].id
    before = contacts.get(workspace.store, ana)
    assert before is not None
    assert (before.fields["due"], before.raw_fields["due"]) == ("Mar 5, 2026", "2026-03-05")
    dialog = page.ask_fields()
    settle()
    box = dialog.boxes["due"]
    box.setFocus()
    box.setCurrentIndex(box.findData("text"))
    box.activated.emit(box.currentIndex())
    settle()
    after = contacts.get(workspace.store, ana)
    assert after is not None
    assert after.fields["due"] == "2026-03-05"
    assert fieldtypes.kinds(workspace.store)["due"] == "text"
    box.setCurrentIndex(box.findData("date"))
    box.activated.emit(box.currentIndex())
    settle()
    assert contacts.get(workspace.store, ana).fields == before.fields
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_another_number_is_texted_from_now_on(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    page.list.setCurrentIndex(page.model.index(0))
    settle()
    assert page.person.instead_button.isVisible()
    (action,) = page.person.instead_menu().actions()  # the offscreen platform cannot raise it
    assert action.text() == "Text +1 (312) 555-0100 from now on"
    action.trigger()
    settle()
    saved = contacts.get(workspace.store, page.person.contact.id)
    assert saved is not None
    assert (saved.number, saved.other_numbers) == ("+13125550100", ("+13125550187",))


# -- audiences ------------------------------------------------------------------------------------


def test_an_audience_is_made_counted_and_used(
    page: ContactsPage,
    workspace: Workspace,
    settle: Callable[[], None],
    went: list[tuple[str, dict[str, Any]]],
) -> None:
    QTest.mouseClick(page.audiences_button, Qt.MouseButton.LeftButton)
    dialog = page._audiences
    settle()
    assert dialog.counted.text() == "3 people"
    assert not dialog.save_button.isEnabled()
    QTest.keyClicks(dialog.name, "Singers")
    QTest.mouseClick(dialog.add_button, Qt.MouseButton.LeftButton)
    row = dialog.rows[0]
    assert row.kind.hasFocus()
    row.choice.setCurrentIndex(row.choice.findData("choir"))
    row.choice.activated.emit(row.choice.currentIndex())
    settle()
    assert dialog.counted.text() == "2 people"
    QTest.mouseClick(dialog.add_button, Qt.MouseButton.LeftButton)
    row = dialog.rows[1]
    row.kind.setCurrentIndex(row.kind.findData("field"))
    row.kind.activated.emit(row.kind.currentIndex())
    row.field.setCurrentIndex(row.field.findData("amount"))
    row.ask.setCurrentIndex(row.ask.findData("more"))
    row.ask.activated.emit(row.ask.currentIndex())
    QTest.keyClicks(row.words, "100")
    settle()
    assert dialog.counted.text() == "1 person"
    active(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_S, CTRL)
    QTest.qWait(150)  # Qt shows the press of a shortcut for a tenth of a second
    settle()
    (kept,) = audiences.every(workspace.store)
    assert (kept.name, kept.rules) == (
        "Singers", Rules((Rule("tag", "is", "choir"), Rule("field", "more", "100", "amount"))),
    )  # fmt: skip
    QTest.mouseClick(row.drop, Qt.MouseButton.LeftButton)
    settle()
    assert dialog.counted.text() == "2 people"
    QTest.mouseClick(dialog.use_button, Qt.MouseButton.LeftButton)
    settle()
    made = contacts.lists(workspace.store)[0]
    assert (made.name, made.people) == ("Singers", 2)
    assert went == [("campaigns", {"list_id": made.id})]


def test_a_saved_audience_opens_again_and_is_deleted(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    rules = Rules((Rule("tag", "is_not", "board"), Rule("language", "is", "es")), every=False, rest_days=7)
    audiences.save(workspace.store, workspace.clock, "Quiet ones", rules)
    dialog = page.ask_audiences()
    settle()
    assert dialog.name.text() == "Quiet ones"
    assert dialog.rules() == rules
    assert dialog.counted.text() == "2 people"
    QTest.mouseClick(dialog.delete_button, Qt.MouseButton.LeftButton)
    settle()
    assert audiences.every(workspace.store) == ()
    assert not dialog.delete_button.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_second_of_the_same_name_is_refused(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    audiences.save(workspace.store, workspace.clock, "Singers", Rules())
    dialog = page.ask_audiences()
    settle()
    active(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_N, CTRL)
    QTest.qWait(150)
    QTest.keyClicks(dialog.name, "singers")
    active(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_S, CTRL)
    QTest.qWait(150)  # Qt shows the press of a shortcut for a tenth of a second
    settle()
    assert "already" in dialog.error.label.text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_those_who_are_shown_are_written_to_print(
    page: ContactsPage, settle: Callable[[], None], tmp_path: Path
) -> None:
    page.search.setFocus()
    QTest.keyClicks(page.search, "ana")
    settle()
    page.exporting.write(tmp_path / "people.html")
    settle()
    assert page.notice.label.text() == "1 person written to people.html. Open it in a browser to print it."
    text = (tmp_path / "people.html").read_text("utf-8")
    assert "Ana Ortega" in text
    assert "Ben Park" not in text
    page.exporting.write(tmp_path / "people.csv")
    settle()
    assert "Ben Park" in (tmp_path / "people.csv").read_text("utf-8-sig")
