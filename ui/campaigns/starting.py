"""The strip that is seen while a campaign starts: how far it is, and Cancel."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from ui import theme
from ui.widgets import KeyButton, PlainLabel


class StartingStrip(QWidget):
    """Progress of a start; hidden while there is none."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = PlainLabel("Writing everybody's text…", self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Texts written")
        self.cancel_button = KeyButton("Cancel", parent=self)
        self.cancel_button.clicked.connect(self._cancel)
        layout = QHBoxLayout(self)
        side = theme.em(self, 1.4)
        layout.setContentsMargins(side, side // 2, side, 0)
        layout.addWidget(self.words)
        layout.addWidget(self.bar, 1)
        layout.addWidget(self.cancel_button)
        self.hide()

    def begin(self) -> None:
        """It begins."""
        self.words.setText("Writing everybody's text…")
        self.bar.setRange(0, 0)
        self.cancel_button.setEnabled(True)
        self.show()

    def show_progress(self, done: int, total: int) -> None:
        """``done`` of ``total`` people."""
        self.bar.setRange(0, max(1, total))
        self.bar.setValue(done)
        if self.cancel_button.isEnabled():
            self.words.setText(f"Writing everybody's text: {done:,} of {total:,}")

    def end(self) -> None:
        """It is over."""
        self.hide()

    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self.words.setText("Cancelling…")
        self.cancelled.emit()
