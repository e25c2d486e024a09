"""The editor that takes the text's place on the card."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from ui import theme

#: The longest text that the editor takes: more than 255 parts can hold.
LONGEST = 40_000


class Editor(QPlainTextEdit):
    """Edits the text for this one person. Ctrl+Enter keeps it, Esc drops it."""

    kept = Signal()
    dropped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Text for this person")
        self.setAccessibleDescription("Ctrl+Enter keeps the text, Escape leaves it as it was")
        self.setTabChangesFocus(True)
        self.setObjectName("bare")
        font = self.font()
        font.setPointSizeF(theme.points("message"))
        self.setFont(font)
        self.document().setDocumentMargin(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if not event.isAutoRepeat():
                self.kept.emit()
            event.accept()
        elif event.key() == Qt.Key.Key_Escape:
            self.dropped.emit()
            event.accept()
        else:
            super().keyPressEvent(event)
