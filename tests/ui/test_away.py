"""Data that was handed over: the window says so on every page, and a manager takes it back there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app import handover
from app.operators import roles
from app.workspace import Workspace
from ui.operators.guard import ManagerDialog
from ui.shell import MainWindow


def test_nothing_is_said_of_data_that_is_here(window: Callable[..., MainWindow]) -> None:
    assert window().away.isHidden()


def test_a_manager_takes_back_what_was_handed_over(
    window: Callable[..., MainWindow], workspace: Workspace, running: Callable[..., Any],
    settle: Callable[[], None], tmp_path: Path,
) -> None:  # fmt: skip
    running(2)
    handover.pack(workspace, tmp_path / "all.p2p")
    main = window(1024, 600)
    for page in ("desk", "inbox", "lines"):
        main.go(page)
        settle()
        assert main.away.isVisible()
    assert "handed over" in main.away.label.text()
    main.away.button.setFocus()
    QTest.keyClick(main.away.button, Qt.Key.Key_Space)
    dialog = main.away.dialog
    assert dialog is not None
    QTest.keyClick(dialog, Qt.Key.Key_Return)  # what has the keyboard is Cancel
    settle()
    assert workspace.store.away
    main.away.ask()
    assert main.away.dialog is not None
    QTest.mouseClick(main.away.dialog.ok_button, Qt.MouseButton.LeftButton)
    settle()
    assert not workspace.store.away
    assert "Taken back" in main.away.label.text()
    QTest.mouseClick(main.away.button, Qt.MouseButton.LeftButton)
    assert main.away.isHidden()


def test_a_texter_is_told_to_ask_a_manager(
    window: Callable[..., MainWindow], workspace: Workspace, settle: Callable[[], None], tmp_path: Path
) -> None:
    handover.pack(workspace, tmp_path / "all.p2p")
    main = window()
    workspace.role = roles.TEXTER
    settle()
    QTest.mouseClick(main.away.button, Qt.MouseButton.LeftButton)
    settle()
    (dialog,) = main.findChildren(ManagerDialog)
    assert main.away.dialog is None
    assert workspace.store.away
    dialog.reject()
