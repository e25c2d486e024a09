"""The ground of the panes at the left and right: the panel's colour, and a line towards the thread."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui import theme


class SidePane(QWidget):
    """A plain pane; ``line`` is the side its border is on: "left" or "right"."""

    def __init__(self, line: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._border = line

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().panel))
        x = 0 if self._border == "left" else self.width() - 1
        painter.fillRect(x, 0, 1, self.height(), QColor(theme.current().border))
