"""At the top of the window: this data was handed over, and how a manager goes on with it here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.workspace import Workspace
from ui import background, theme
from ui.operators.guard import allowed
from ui.widgets import Notice

if TYPE_CHECKING:
    from ui.campaigns.menu import AskDialog

WORDS = (
    "This data was handed over to another computer: no text leaves from here. What comes in is still shown."
)
QUESTION = "Was the package never unpacked?"
SURE = (
    "Take the data back only if nobody works with the package, and delete its file. If it is in use on "
    "another computer, people would get the same text from both. Campaigns stay paused until you resume them."
)
AGAIN = "Taken back: presses are taken here again. Campaigns stay paused until somebody resumes them."


class AwayNotice(Notice):
    """Shown while ``store.away`` says so. ``failed`` is told what went wrong."""

    def __init__(self, workspace: Workspace, failed: Callable[[Exception], None], parent: QWidget) -> None:
        super().__init__(parent=parent)
        self._workspace, self._failed = workspace, failed
        self.dialog: AskDialog | None = None
        space = theme.em(self, 0.7)
        self.setContentsMargins(space, 0, space, 0)
        self.acted.connect(self._acted)
        self.look()

    def look(self) -> None:
        """Show what holds now."""
        self.say(WORDS if self._workspace.store.away else "", "warn", "Take back…")

    def _acted(self) -> None:
        if not self._workspace.store.away:  # what it says has been read
            self.look()
        else:
            self.ask()

    def ask(self) -> None:
        """Ask whether the package was used; a manager's."""
        if not allowed(self, self._workspace, "settings", self.ask):
            return
        from ui.campaigns.menu import AskDialog

        self.dialog = dialog = AskDialog(QUESTION, SURE, "It was not: take back", self.window())
        dialog.accepted.connect(self._take_back)
        dialog.open()

    def _take_back(self) -> None:
        from app import handover

        workspace = self._workspace
        who = workspace.operator

        def work(_job: background.Job) -> bool:
            return handover.take_back(workspace.store, workspace.clock, who)

        background.run(self, work, lambda _was: self.say(AGAIN, "good", "Close"), self._failed, urgent=True)
