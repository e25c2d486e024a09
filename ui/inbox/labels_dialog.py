"""The small question what a text says: a digit sets a label, Enter keeps, Esc leaves it as it was."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.conversations.bubbles import Bubble
from app.conversations.triage import LABELS
from ui import theme
from ui.inbox.labels import WORDS
from ui.widgets import KeyButton, PlainLabel, one_line


class LabelsDialog(QDialog):
    """The caller reads :meth:`chosen` after ``accepted``."""

    def __init__(self, parent: QWidget, bubble: Bubble) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("What does this text say?")
        self.setMinimumWidth(theme.em(self, 24))
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.5))
        layout.addWidget(PlainLabel("What does this text say?", self, size="title", bold=True))
        layout.addWidget(PlainLabel(f"“{one_line(bubble.text, 200)}”", self, wrap=True))
        if bubble.why:
            layout.addWidget(PlainLabel(one_line(bubble.why, 300), self, quiet=True, wrap=True))
        self.boxes: dict[str, QCheckBox] = {}
        for place, label in enumerate(LABELS, 1):
            box = QCheckBox(f"{place}  {WORDS[label][0]}", self)
            box.setAccessibleName(WORDS[label][0])
            box.setAccessibleDescription(f"Key: {place}")
            box.setChecked(label in (bubble.labels or ()))
            layout.addWidget(box)
            self.boxes[label] = box
        note = "It sorts what comes later in this office. It changes no opt-out and sends nothing."
        layout.addWidget(PlainLabel(note, self, quiet=True, wrap=True, size="small"))
        row = QHBoxLayout()
        row.addStretch(1)
        self.cancel_button = KeyButton("Leave it", "Esc", self)
        self.keep_button = KeyButton("Keep", "Enter", self, primary=True)
        self.cancel_button.clicked.connect(self.reject)
        self.keep_button.clicked.connect(self.accept)
        row.addWidget(self.cancel_button)
        row.addWidget(self.keep_button)
        layout.addLayout(row)
        next(iter(self.boxes.values())).setFocus()

    def chosen(self) -> tuple[str, ...]:
        """The labels that are set."""
        return tuple(label for label in LABELS if self.boxes[label].isChecked())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place = event.key() - Qt.Key.Key_1
        if 0 <= place < len(LABELS) and not event.isAutoRepeat():
            self.boxes[LABELS[place]].toggle()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.reject() if self.cancel_button.hasFocus() else self.accept()
        else:
            super().keyPressEvent(event)
            return
        event.accept()
