"""The contacts with real keys: search over pages, details that are saved, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.people import contacts, optouts
from app.store import tables as t
from app.store.events import ContactsChanged
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.contacts import ContactsPage


@pytest.fixture
def went() -> list[tuple[str, dict[str, Any]]]:
    return []


@pytest.fixture
def page(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None],
    went: list[tuple[str, dict[str, Any]]],
) -> ContactsPage:  # fmt: skip
    bridge = Bridge(workspace.store)
    page = ContactsPage(workspace, lines, bridge, lambda name, **where: went.append((name, where)))
    bridge.setParent(page)
    build(page, 900, 600)
    page.refresh()
    settle()
    return page


def fill(workspace: Workspace, count: int) -> None:
    with workspace.store.write() as unit:
        rows = [
            {"number": f"+1312555{i:04d}", "name": f"Person {i:04}", "created_at": 1.0, "updated_at": 1.0}
            for i in range(count)
        ]
        unit.conn.execute(sa.insert(t.contact), rows)
        unit.publish(ContactsChanged())


def test_an_empty_page_says_to_import(page: ContactsPage) -> None:
    assert page.empty.isVisible()
    QTest.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert page._import.isVisible()
    QTest.keyClick(page._import, Qt.Key.Key_Escape)
    assert not page._import.isVisible()


def test_pages_are_read_as_one_scrolls(
    page: ContactsPage, workspace: Workspace, wait: Callable[..., None], settle: Callable[[], None]
) -> None:
    fill(workspace, 350)
    wait(lambda: page.model.rowCount() == 100)
    wait(lambda: page.header.subtitle.full_text() == "350 people")
    for _ in range(4):
        page.list.verticalScrollBar().setValue(page.list.verticalScrollBar().maximum())
        settle()
    assert page.model.rowCount() == 350
    assert [page.model.row(i).name for i in range(350)] == [f"Person {i:04}" for i in range(350)]
    assert not page.model.canFetchMore(page.list.rootIndex())


def test_a_refresh_moves_nothing_on_screen(
    page: ContactsPage, workspace: Workspace, wait: Callable[..., None], settle: Callable[[], None]
) -> None:
    fill(workspace, 90)
    wait(lambda: page.model.rowCount() == 90)
    page.list.setCurrentIndex(page.model.index(40))
    settle()
    place = page.list.visualRect(page.list.currentIndex()).top()
    contacts.add(workspace.store, workspace.clock, "(312) 555-9999", "Aaron First", country="US")
    wait(lambda: page.model.rowCount() == 91)
    assert page.model.row(0).name == "Aaron First"
    assert page.list.current_row().name == "Person 0040"
    assert page.list.visualRect(page.list.currentIndex()).top() == place


def test_search_by_name_and_by_digits(
    page: ContactsPage, workspace: Workspace, wait: Callable[..., None], settle: Callable[[], None]
) -> None:
    fill(workspace, 50)
    QTest.keyClick(page, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    for words, found in (("person 0007", "Person 0007"), ("5550042", "Person 0042")):
        page.search.clear()
        QTest.keyClicks(page.search, words)
        QTest.keyClick(page.search, Qt.Key.Key_Return)
        wait(lambda found=found: page.model.rowCount() == 1 and page.model.row(0).name == found)
    page.search.setText("nobody of that name")
    wait(page.empty.isVisible)
    assert not page.empty.button.isVisible()


def test_details_are_changed_by_keyboard_and_saved(
    page: ContactsPage, workspace: Workspace, wait: Callable[..., None], settle: Callable[[], None]
) -> None:
    fill(workspace, 1)
    wait(lambda: page.model.rowCount() == 1)
    QTest.keyClick(page.list, Qt.Key.Key_J)
    settle()
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    person = page.person
    assert person.edits["name"].hasFocus()
    assert not person.save_button.isEnabled()
    person.edits["name"].selectAll()
    QTest.keyClicks(person.edits["name"], "Maria Ortega")
    person.edits["time_zone"].setCompleter(None)  # the offscreen platform cannot raise its list
    QTest.keyClicks(person.edits["time_zone"], "America/New_York")
    QTest.mouseClick(person.add_field_button, Qt.MouseButton.LeftButton)
    person.fields.item(0, 0).setText("slot")
    person.fields.item(0, 1).setText("10:30")
    assert person.save_button.isEnabled()
    QTest.keyClick(person.edits["name"], Qt.Key.Key_Return)
    settle()
    key = page.model.row(0).id
    saved = contacts.get(workspace.store, key)
    assert saved is not None
    assert (saved.name, saved.time_zone, saved.fields) == (
        "Maria Ortega",
        "America/New_York",
        {"slot": "10:30"},
    )
    assert not person.save_button.isEnabled()
    wait(lambda: page.model.row(0).name == "Maria Ortega")


def test_a_zone_that_is_none_is_refused_and_stays_typed(
    page: ContactsPage, workspace: Workspace, wait: Callable[..., None], settle: Callable[[], None]
) -> None:
    fill(workspace, 1)
    wait(lambda: page.model.rowCount() == 1)
    page.open_at(contact_id=1)
    settle()
    page.person.edits["time_zone"].setCompleter(None)  # the offscreen platform cannot raise its list
    page.person.edits["time_zone"].setFocus()
    QTest.keyClicks(page.person.edits["time_zone"], "Nowhere/Land")
    page.person._save()
    settle()
    assert "no time zone" in page.person.problem.label.text()
    assert page.person.edits["time_zone"].text() == "Nowhere/Land"
    page.refresh()
    settle()
    assert page.person.edits["time_zone"].text() == "Nowhere/Land"
    QTest.mouseClick(page.person.undo_button, Qt.MouseButton.LeftButton)
    assert page.person.edits["time_zone"].text() == ""


def test_an_opted_out_person_is_marked_and_leads_to_the_list(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None],
    went: list[tuple[str, dict[str, Any]]],
) -> None:  # fmt: skip
    fill(workspace, 1)
    with workspace.store.write() as unit:
        optouts.opt_out(unit, workspace.clock, "+13125550000", source="sms", evidence="STOP")
    page.open_at(contact_id=1)
    settle()
    assert page.person.banner.isVisible()
    QTest.mouseClick(page.person.banner.button, Qt.MouseButton.LeftButton)
    assert went == [("optouts", {"number": "+13125550000"})]


@pytest.mark.qt_log_ignore(
    "does not support raise", "does not support grabbing", "does not support propagateSizeHints"
)
def test_a_small_window_has_the_whole_heading_and_more_has_the_rest(
    window: Callable[..., Any], settle: Callable[[], None]
) -> None:
    shell = window(1024, 600)
    QTest.keyClick(shell, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    settle()
    page = shell.page("contacts")
    title = page.header.title
    assert title.fontMetrics().horizontalAdvance("Contacts") <= title.width()
    QTest.mouseClick(page.more_button, Qt.MouseButton.LeftButton)
    assert [each.text() for each in page.more.actions()] == ["Fields…", "Export…"]
    QTest.keyClick(page.more, Qt.Key.Key_Return)
    settle()
    assert page._fields.isVisible()
    page._fields.close()


def test_one_person_is_added(page: ContactsPage, workspace: Workspace, settle: Callable[[], None]) -> None:
    QTest.mouseClick(page.add_button, Qt.MouseButton.LeftButton)
    dialog = page._dialog
    QTest.keyClicks(dialog.fields[0], "(312) 555-0187")
    QTest.keyClicks(dialog.fields[1], "Maria Ortega")
    QTest.keyClick(dialog.fields[1], Qt.Key.Key_Return)
    settle()
    assert contacts.count(workspace.store) == 1
    assert page.person.edits["first_name"].text() == "Maria"
