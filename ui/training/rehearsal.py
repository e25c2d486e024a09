"""A campaign tried on the emulator: the real desk and inbox with its texts, and nothing leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from app.operators.room import Room
from app.workspace import Workspace
from ui import background
from ui.training.window import TrainingWindow


class RehearsalWindow(TrainingWindow):
    """The desk and the inbox of a room; without steps and without questions, so nothing is recorded."""

    WORDS = (
        "Rehearsal: nothing leaves this computer. The names and texts are this campaign's first ones, "
        "the numbers and the answers are made up.",
        "Close the rehearsal",
        "That page is not part of the rehearsal.",
        "Rehearsal",
    )

    def __init__(self, workspace: Workspace, room: Room, parent: QWidget) -> None:
        super().__init__(workspace, room, parent)
        self.steps.hide()

    def ask_questions(self) -> None:
        """There are none."""


def open_rehearsal(
    workspace: Workspace,
    campaign_id: int,
    window: QWidget,
    failed: Callable[[Exception], None],
    ready: Callable[[], None],
) -> None:
    """Make the room off the window's thread, then open the rehearsal over ``window``."""
    make = workspace.rehearsal_room
    if make is None:
        return

    def made(found: Any) -> None:
        RehearsalWindow(workspace, found, window).open()
        ready()

    background.run(window, lambda _job: make(campaign_id), made, failed)
