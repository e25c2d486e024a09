"""Everything the list knows of one number, newest first."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.people import numbers
from app.people.optouts import OptOutRow
from ui import theme, wording
from ui.widgets import KeyButton, Panel, PlainLabel, clear_layout, one_line, row, scrolled

SOURCES = {"sms": "by text", "operator": "by hand", "import": "from a file"}


def said(entry: OptOutRow) -> str:
    """How the opt-out was said: "“STOP” by text", "phone call, noted by Dana"."""
    how = SOURCES.get(entry.source, entry.source)
    if entry.source == "sms":
        return f"“{one_line(entry.evidence, 300)}” {how}" if entry.evidence else how
    by = f"noted by {one_line(entry.operator)}" if entry.operator else how
    return f"{one_line(entry.evidence, 300)}, {by}" if entry.evidence else by


class StoryPanel(Panel):
    """The number, whether it may be texted, and each opt-out with how it ended."""

    lift_asked = Signal(str)
    add_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = ""
        self.title = PlainLabel("", self, size="title", bold=True, wrap=True)
        self.verdict = PlainLabel("", self, wrap=True)
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.em(self, 0.3))
        area = scrolled(lambda layout: layout.addLayout(self._list), self)
        self.lift_button = KeyButton("Lift…", parent=self)
        self.add_button = KeyButton("Opt out…", parent=self)
        self.body.addWidget(self.title)
        self.body.addWidget(self.verdict)
        self.body.addWidget(area, 1)
        self.body.addLayout(row(self.lift_button, self.add_button))
        self.lift_button.clicked.connect(lambda: self.lift_asked.emit(self.number))
        self.add_button.clicked.connect(lambda: self.add_asked.emit(self.number))
        self.show_story("", ())

    def show_story(self, number: str, story: tuple[OptOutRow, ...]) -> None:
        """Tell the story of ``number``; "" shows what the page is for."""
        self.number = number
        standing = any(entry.lifted_at is None for entry in story)
        clear_layout(self._list)
        self.lift_button.setVisible(bool(number) and standing)
        self.add_button.setVisible(bool(number) and not standing)
        if not number:
            self.title.setText("Look up a number")
            self.verdict.setText("Type it in any form. What is known of it is shown here.")
            self.verdict.set_tone("")
            return
        self.title.setText(numbers.display(number))
        name = next((entry.name for entry in story if entry.name), "")
        words = "⊘ Opted out. Nothing is sent to it." if standing else "✓ Not opted out. It may be texted."
        self.verdict.setText(f"{one_line(name)}\n{words}" if name else words)
        self.verdict.set_tone("bad" if standing else "good")
        for entry in story:
            self._tell(entry)
        self._list.addStretch(1)

    def _tell(self, entry: OptOutRow) -> None:
        self._list.addWidget(PlainLabel(wording.day_and_time(entry.created_at), self, bold=True))
        self._list.addWidget(PlainLabel(f"Opted out: {said(entry)}", self, wrap=True))
        if entry.rule:
            self._list.addWidget(PlainLabel(f"Recognised by rule {one_line(entry.rule)}", self, quiet=True))
        if entry.lifted_at is not None:
            by = f" by {one_line(entry.lifted_by)}" if entry.lifted_by else ""
            how = "by their text" if entry.lifted_source == "sms" else f"lifted{by}"
            reason = f": {one_line(entry.lifted_reason, 300)}" if entry.lifted_reason else ""
            ended = f"Ended {wording.day_and_time(entry.lifted_at)}, {how}{reason}"
            self._list.addWidget(PlainLabel(ended, self, wrap=True, quiet=True))
