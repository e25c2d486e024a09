"""The question before an opt-out that a reply or an answer asked for: Y does it, Esc keeps the person."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.widgets import KeyButton, Panel, PlainLabel, one_line


class SurePanel(Panel):
    """``sure`` opts out, ``dropped`` does not."""

    sure = Signal()
    dropped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0.7)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.words = PlainLabel("", self, wrap=True, tone="bad")
        self.sure_button = KeyButton("Opt out", "Y", self, danger=True)
        self.keep_button = KeyButton("Keep", "Esc", self)
        self.body.addWidget(self.words)
        row = QHBoxLayout()
        row.addWidget(self.sure_button)
        row.addWidget(self.keep_button)
        row.addStretch(1)
        self.body.addLayout(row)
        self.sure_button.clicked.connect(self._do)
        self.keep_button.clicked.connect(self.drop)
        self.hide()

    def ask(self, name: str) -> None:
        """Put the question for a person."""
        who = one_line(name, 80)
        self.words.setText(f"Opt {who} out? Nothing will go to them any more, from any campaign or line.")
        self.setAccessibleName(self.words.text())
        self.show()
        self.setFocus()

    def drop(self) -> None:
        """Nobody is opted out."""
        if self.isVisible():
            self.hide()
            self.dropped.emit()

    def _do(self) -> None:
        self.hide()
        self.sure.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Y and not event.isAutoRepeat():
            self._do()
        elif event.key() == Qt.Key.Key_Escape:
            self.drop()
        else:
            super().keyPressEvent(event)
            return
        event.accept()
