"""The settings of the desk: chosen with real clicks and keys, kept at once and in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app import settings
from app.workspace import Workspace
from ui.desk.desk_settings import DeskSettings


def test_each_choice_is_kept_and_none_undoes_another(
    workspace: Workspace, build: Callable[..., Any], settle: Callable[[], None]
) -> None:
    panel = build(DeskSettings(workspace), 700, 300)
    assert [box.currentData() for box in (panel.grace, panel.lead, panel.rest)] == [0, 20, 50]
    for box in (panel.grace, panel.lead, panel.rest):
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_Down)
    panel.second.setFocus()
    QTest.keyClick(panel.second, Qt.Key.Key_Space)
    settle()
    kept = settings.load(workspace.folder)
    assert (kept.grace_seconds, kept.lead_every, kept.break_minutes) == (3, 50, 90)
    assert kept.second_press
    assert kept.texter == "Dana"


def test_a_value_from_the_file_is_shown_and_not_changed(
    workspace: Workspace, build: Callable[..., Any], settle: Callable[[], None]
) -> None:
    import dataclasses

    workspace.change_settings(dataclasses.replace(workspace.settings, lead_every=7))
    panel = build(DeskSettings(workspace), 700, 300)
    settle()
    assert panel.lead.currentData() == 7
    assert settings.load(workspace.folder).lead_every == 7
