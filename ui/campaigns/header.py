"""The head of an open campaign: its name, how it stands, and what can be done with it."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from ui import theme
from ui.widgets import KeyButton, PageHeader

_ROOMY = 62  # em: from this width on there is room for all buttons
STATES = {"draft": "Draft", "running": "Running", "paused": "Paused", "done": "Done"}


class EditorHeader(PageHeader):
    """Buttons that fit the state are shown.

    Where there is little room the menu of *More…* alone leads to the emulator; ``can_try``: it can be had.
    """

    can_try = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self.back_button = KeyButton("All campaigns", "Esc", self)
        self.more_button = KeyButton("More…", parent=self)
        self.try_button = KeyButton("Try it on the emulator…", parent=self)
        self.try_button.hide()
        self._draft = False
        self.pause_button = KeyButton("Pause", parent=self)
        self.desk_button = KeyButton("Go to the desk", "Ctrl+Enter", self, primary=True)
        self.start_button = KeyButton("Start campaign", "Ctrl+Enter", self, primary=True)
        self.more_button.setAccessibleName("More to do with this campaign")
        for button in (
            self.back_button,
            self.more_button,
            self.try_button,
            self.pause_button,
            self.desk_button,
            self.start_button,
        ):
            self.buttons.addWidget(button)

    def show_state(self, state: str) -> None:
        """Show the buttons of a state."""
        self._draft = state == "draft"
        self._look_at_room()
        self.start_button.setVisible(state == "draft")
        self.desk_button.setVisible(state == "running")
        self.pause_button.setVisible(state in ("running", "paused", "done"))
        self.pause_button.set_text("Pause" if state == "running" else "Resume")

    def _look_at_room(self) -> None:
        self.try_button.setVisible(self.can_try and self._draft and self.width() > theme.em(self, _ROOMY))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._look_at_room()
