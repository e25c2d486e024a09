"""Choosing people for a campaign, leaving people of a check out, and numbers that are taken for bad ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.campaigns import campaign as campaigns
from app.people import audiences, importing
from app.people.audiences import Rule, Rules
from app.store import tables as t
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.campaigns import CampaignsPage
from ui.campaigns.people_dialog import PeopleChoice
from ui.contacts.page import ContactsPage

CTRL = Qt.KeyboardModifier.ControlModifier


def brought(workspace: Workspace, name: str, rows: str) -> int:
    source = importing.open_source("first name,phone\n" + rows)
    mapping = importing.preview(workspace.store, source, "US").mapping
    return importing.run(workspace.store, workspace.clock, source, mapping, "US", name=name).list_id or 0


@pytest.fixture
def page(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None]
) -> CampaignsPage:
    brought(workspace, "May", "Maria,(312) 555-0187\nJon,(312) 555-0119\n")
    brought(workspace, "June", "Jon,(312) 555-0119\nCleo,(312) 555-0142\n")
    audiences.save(workspace.store, workspace.clock, "Everybody", Rules((Rule("language", "is_not", "xx"),)))
    bridge = Bridge(workspace.store)
    made = CampaignsPage(workspace, lines, bridge, lambda *_a, **_k: None)
    bridge.setParent(made)
    build(made, 1000, 700)
    made.make()
    settle()
    return made


def failed(workspace: Workspace, number: str, at: float, code: str = "CMS 1") -> None:
    """A text to ``number`` that was refused for good at ``at``."""
    with workspace.store.write() as unit:
        key = unit.conn.execute(
            sa.insert(t.message).values(
                direction="out", number=number, text="x", state="queued", created_at=at
            )
        ).inserted_primary_key[0]
        pressed = unit.conn.execute(
            sa.insert(t.click).values(
                message_id=key, operator="D", at=at, monotonic=at, device="key:Return", text_hash=""
            )
        ).inserted_primary_key[0]
        given = {"state": "not_sent", "error_code": code, "settled_at": at, "claimed_at": at}
        unit.conn.execute(sa.update(t.message).where(t.message.c.id == key).values(click_id=pressed, **given))


def asked(page: CampaignsPage, settle: Callable[[], None]) -> PeopleChoice:
    page.editor.about.name.setFocus()
    QTest.keyClick(page.editor.about.name, Qt.Key.Key_O, CTRL)
    settle()
    dialog = page.editor.findChild(PeopleChoice)
    assert dialog is not None
    return dialog


def test_two_lists_are_chosen_by_keyboard_and_counted_without_doubles(
    page: CampaignsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    dialog = asked(page, settle)
    rows = [dialog.list.item(place).text() for place in range(dialog.list.count())]
    assert rows == ["Everybody · audience · 3 people", "June · list · 2 people", "May · list · 2 people"]
    assert not dialog.take_button.isEnabled()
    for keys in ((Qt.Key.Key_Down, Qt.Key.Key_Space), (Qt.Key.Key_Down, Qt.Key.Key_Space)):
        for key in keys:
            QTest.keyClick(dialog.list, key)
    settle()
    assert dialog.total.text() == "3 people get a text"
    assert dialog.doubles.text() == "3 chosen. 1 double taken once."
    QTest.keyClick(dialog.list, Qt.Key.Key_Return, CTRL)
    settle()
    found = campaigns.get(workspace.store, page.editor.campaign_id or 0)
    assert campaigns.summary(workspace.store, found.id).people == 3
    assert "June + May" in page.editor.about.people.currentText()
    QTest.mouseClick(page.editor.about.choose_button, Qt.MouseButton.LeftButton)
    settle()
    again = page.editor.findChildren(PeopleChoice)[-1]
    assert len(again.choice().sources) == 2
    QTest.keyClicks(again.search, "every")
    assert [again.list.item(place).isHidden() for place in range(3)] == [False, True, True]


def test_who_is_left_out_is_counted_first(
    page: CampaignsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    failed(workspace, "+13125550187", workspace.clock.now() - 50)
    dialog = asked(page, settle)
    QTest.keyClick(dialog.list, Qt.Key.Key_Space)
    settle()
    assert dialog.unreachable.text() == "Numbers that failed for good, landlines (1)"
    dialog.unreachable.setFocus()
    QTest.keyClick(dialog.unreachable, Qt.Key.Key_Space)
    settle()
    assert dialog.total.text() == "2 people get a text"
    QTest.keyClick(dialog, Qt.Key.Key_Return, CTRL)
    settle()
    assert campaigns.summary(workspace.store, page.editor.campaign_id or 0).people == 2


def test_the_people_of_a_check_are_left_out_with_a_key(
    page: CampaignsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    failed(workspace, "+13125550187", workspace.clock.now() - 50)
    editor = page.editor
    editor.take_list(1)
    editor.about.name.setFocus()
    editor.message.replace("Hi, this is {sender}. Reply STOP to opt out.")
    editor.save()
    settle()
    button = next(
        button for button in editor.checks.findChildren(QWidget)
        if button.accessibleName().startswith("Leave these people out") and "failed for good" in button.accessibleName()
    )  # fmt: skip
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    settle()
    assert campaigns.summary(workspace.store, editor.campaign_id or 0).people == 1
    assert "1 person is left out" in editor.notice.label.text()
    assert not any("failed for good" in check.text for check in editor.checks.checks)


def test_a_person_is_said_to_be_reachable(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None]
) -> None:
    brought(workspace, "May", "Maria,(312) 555-0187\n")
    failed(workspace, "+13125550187", workspace.clock.now() - 50)
    bridge = Bridge(workspace.store)
    page = ContactsPage(workspace, lines, bridge, lambda *_a, **_k: None)
    bridge.setParent(page)
    build(page, 1000, 700)
    page.refresh()
    settle()
    page.list.setCurrentIndex(page.model.index(0))
    settle()
    assert "no such number" in page.person.reach.label.text()
    page.person.reach.button.setFocus()
    QTest.keyClick(page.person.reach.button, Qt.Key.Key_Space)
    settle()
    assert not page.person.reach.isVisible()
