"""Find and replace, versions, and the menu of days and conditions, by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.campaigns import campaign as campaigns
from app.campaigns.wordings import Variant
from app.people import importing
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.campaigns import CampaignsPage
from ui.campaigns.replace_dialog import ReplaceDialog
from ui.campaigns.versions_dialog import VersionsDialog

CTRL = Qt.KeyboardModifier.ControlModifier
TEXT = "Hi {first_name}, {sender} here. Tuesday or Friday? Reply STOP to opt out."


@pytest.fixture
def page(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None]
) -> CampaignsPage:
    source = importing.open_source("first name,phone,visit\nMaria,(312) 555-0187,2026-05-01\n")
    mapping = importing.preview(workspace.store, source, "US").mapping
    brought = importing.run(workspace.store, workspace.clock, source, mapping, "US", name="May")
    bridge = Bridge(workspace.store)
    made = CampaignsPage(workspace, lines, bridge, lambda *_a, **_k: None)
    bridge.setParent(made)
    build(made, 1000, 700)
    made.make(brought.list_id)
    settle()
    made.editor.message.replace(TEXT)
    made.editor.save()
    settle()
    return made


def test_every_hit_is_seen_and_only_those_marked_change(
    page: CampaignsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    editor = page.editor
    key = editor.campaign_id or 0
    campaigns.save_variant(
        workspace.store, workspace.clock, key, Variant("B", "Tuesday? {sender}. Reply STOP.")
    )
    settle()
    editor.message.edit.setFocus()
    QTest.keyClick(editor.message.edit, Qt.Key.Key_H, CTRL)
    settle()
    dialog = editor.findChild(ReplaceDialog)
    assert dialog is not None
    QTest.keyClicks(dialog.wanted, "tuesday")
    dialog.put.setFocus()
    QTest.keyClicks(dialog.put, "Monday")
    dialog.look()
    settle()
    assert [dialog.list.item(place).text() for place in range(dialog.list.count())] == ["Text A", "Text B"]
    assert "Tuesday or Friday" in dialog.before.toPlainText()
    assert "Monday or Friday" in dialog.after.toPlainText()
    dialog.list.setFocus()
    QTest.keyClick(dialog.list, Qt.Key.Key_Down)
    QTest.keyClick(dialog.list, Qt.Key.Key_Space)
    assert "Replace in 1 text" in dialog.replace_button.accessibleName()
    QTest.keyClick(dialog.list, Qt.Key.Key_Return, CTRL)
    settle()
    found = campaigns.get(workspace.store, key)
    assert "Monday or Friday" in found.template
    assert found.variants[0].text.startswith("Tuesday?")
    assert "Monday or Friday" in editor.message.edit.toPlainText()


def test_a_change_that_would_break_a_field_cannot_be_marked(
    page: CampaignsPage, settle: Callable[[], None]
) -> None:
    page.editor.dialogs.ask_replace()
    settle()
    dialog = page.editor.findChild(ReplaceDialog)
    assert dialog is not None
    QTest.keyClicks(dialog.wanted, "{first_name}")
    QTest.keyClicks(dialog.put, "{first_name")
    dialog.look()
    settle()
    assert dialog.list.count() == 1
    assert dialog.problem.text()
    assert dialog.chosen() == []
    assert not dialog.replace_button.isEnabled()


def test_versions_show_what_changed(
    page: CampaignsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    key = page.editor.campaign_id or 0
    campaigns.start(workspace.store, workspace.clock, key)
    campaigns.update(workspace.store, key, template=TEXT.replace("Friday", "Saturday"))
    settle()
    assert "Versions of the text…" in [words for words, _act in page.editor.menu.entries()]
    page.editor.dialogs.ask_versions()
    settle()
    dialog = page.editor.findChild(VersionsDialog)
    assert dialog is not None
    assert dialog.list.count() == 2
    assert "Saturday" in dialog.after.toPlainText()
    assert "Friday" in dialog.before.toPlainText()
    assert dialog.counted.text() == "Left with this version: 0. Waiting with it: 1."
    QTest.keyClick(dialog.list, Qt.Key.Key_Down)
    assert not dialog.before.isVisible()


def test_days_and_conditions_are_put_in_by_words(page: CampaignsPage, settle: Callable[[], None]) -> None:
    message = page.editor.message
    message.edit.setFocus()
    message.inserting.fill()
    actions = {action.text(): action for action in message.inserting.menu.actions()}
    edit = message.edit
    edit.selectAll()
    QTest.keyClicks(edit, "Until ")
    actions["The date in 60 days"].trigger()
    assert edit.toPlainText() == "Until {today+60d:date}"
    edit.selectAll()
    rest = actions["Text for those who have"].menu()
    next(action for action in rest.actions() if action.text() == "visit").trigger()
    assert edit.toPlainText() == "{if visit}Until {today+60d:date}{end}"
    QTest.keyClicks(edit, "!")
    assert edit.toPlainText() == "{if visit}Until {today+60d:date}!{end}"
    page.editor.save()
    settle()
    assert not message.problem.isVisible()
    assert page.editor.preview.bubble.label.text().startswith("Until ")
