"""The head of an open campaign: its name, how it stands, and what can be done with it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.widgets import KeyButton, PageHeader

STATES = {"draft": "Draft", "running": "Running", "paused": "Paused", "done": "Done"}


class EditorHeader(PageHeader):
    """Buttons that fit the state are shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self.back_button = KeyButton("All campaigns", "Esc", self)
        self.more_button = KeyButton("More…", parent=self)
        self.pause_button = KeyButton("Pause", parent=self)
        self.desk_button = KeyButton("Go to the desk", "Ctrl+Enter", self, primary=True)
        self.start_button = KeyButton("Start campaign", "Ctrl+Enter", self, primary=True)
        self.more_button.setAccessibleName("More to do with this campaign")
        for button in (
            self.back_button,
            self.more_button,
            self.pause_button,
            self.desk_button,
            self.start_button,
        ):
            self.buttons.addWidget(button)

    def show_state(self, state: str) -> None:
        """Show the buttons of a state."""
        self.start_button.setVisible(state == "draft")
        self.desk_button.setVisible(state == "running")
        self.pause_button.setVisible(state in ("running", "paused", "done"))
        self.pause_button.set_text("Pause" if state == "running" else "Resume")
