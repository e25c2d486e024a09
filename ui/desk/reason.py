"""One line that asks why somebody is skipped. An empty one is an answer too."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ui import theme
from ui.widgets import KeyButton, PlainLabel


class _Line(QLineEdit):
    """Enter and Esc end here: the desk never sees them."""

    kept = Signal()
    dropped = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.kept.emit()
            event.accept()
        elif event.key() == Qt.Key.Key_Escape:
            self.dropped.emit()
            event.accept()
        else:
            super().keyPressEvent(event)


class ReasonLine(QWidget):
    """``kept(reason)`` or ``dropped()``."""

    kept = Signal(str)
    dropped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel("Skip, because", self))
        self.field = _Line(self)
        self.field.setMaxLength(200)
        self.field.setAccessibleName("Why this person is skipped")
        self.field.setPlaceholderText("a few words, or none")
        layout.addWidget(self.field, 1)
        self.skip_button = KeyButton("Skip", "Enter", self)
        self.drop_button = KeyButton("Keep", "Esc", self)
        for button in (self.skip_button, self.drop_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            layout.addWidget(button)
        self.field.kept.connect(self._keep)
        self.field.dropped.connect(self.dropped)
        self.skip_button.clicked.connect(self._keep)
        self.drop_button.clicked.connect(self.dropped)
        self.hide()

    def ask(self) -> None:
        """Show it, empty, with the cursor in it."""
        self.field.clear()
        self.show()
        self.field.setFocus()

    def _keep(self) -> None:
        self.kept.emit(self.field.text().strip())
