"""Who works here now, at the rail's foot: their name, and what they may do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from app.workspace import Workspace
from ui.pages import PageKind
from ui.rail import RailButton
from ui.widgets import isolated

if TYPE_CHECKING:
    from ui.shell import MainWindow

_LONGEST = 16


class WhoButton(RailButton):
    """A name with a menu: hand over, somebody else. Hidden where nobody is asked who they are."""

    def __init__(self, workspace: Workspace, window: MainWindow) -> None:
        super().__init__(PageKind("who", "", "user", "L", "", ""), window)
        self._workspace = workspace
        self._main = window
        self.setCheckable(False)
        self.choices = QMenu(self)
        self.choices.addAction("Hand over…").triggered.connect(self.hand_over)
        self.choices.addAction("Somebody else\tCtrl+L").triggered.connect(self.lock)
        if workspace.training_room is not None:
            self.choices.addAction("Training…").triggered.connect(self.train)
        self.clicked.connect(self.show_menu)
        self.show_who()

    def show_who(self) -> None:
        """Show who is signed in."""
        here = self._workspace.signed_in
        self.setVisible(here is not None and self._workspace.asks_who)
        if here is None:
            return
        short = here.name if len(here.name) <= _LONGEST else here.name[: _LONGEST - 1] + "…"
        self.setText(isolated(short, _LONGEST + 1).replace("&", "+"))
        self.setAccessibleName(f"{here.name}, {here.role}")
        self.setAccessibleDescription("Hand over, or let somebody else sign in (Ctrl+L)")
        self.setToolTip("" if not self.compact else "Hand over, or somebody else (Ctrl+L)")

    def set_compact(self, compact: bool) -> None:
        """Show the icon alone."""
        super().set_compact(compact)
        self.show_who()

    def show_menu(self) -> None:
        """Open the menu beside the name."""
        height = self.choices.sizeHint().height()
        self.choices.popup(self.mapToGlobal(QPoint(self.width(), self.height() - height)))
        self.choices.setActiveAction(self.choices.actions()[0])

    def lock(self) -> None:
        """Let somebody else sign in; clicks that wait for their line stay as they are."""
        if self._main.locker is not None:
            self._main.locker.lock()
            self._main.activateWindow()

    def train(self) -> None:
        """Open the training."""
        from ui.training.window import open_training

        open_training(self._workspace, self._main, None)

    def hand_over(self) -> None:
        """Write a note for whoever comes next."""
        from ui.operators.handover import HandoverDialog

        here = self._workspace.signed_in
        if here is None:
            return
        dialog = HandoverDialog(self._workspace, here, self._main)
        dialog.accepted.connect(self.lock)
        dialog.open()
