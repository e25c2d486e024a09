"""A layout that fills rows from the left and goes on below, as words do."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Rows of widgets at their own size. ``rows`` is the most rows that are shown; 0 for all.

    What does not fit into them is hidden and counted in :attr:`left_out`.
    """

    def __init__(self, parent: QWidget | None = None, *, gap: int = 6, rows: int = 0) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.rows = rows
        self.left_out = 0
        self._heights: dict[int, int] = {}  # asked many times for each layout of a window
        self.setContentsMargins(0, 0, 0, 0)

    def invalidate(self) -> None:
        self._heights.clear()
        super().invalidate()

    def addItem(self, item: QLayoutItem) -> None:
        self._heights.clear()
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        self._heights.clear()
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        height = self._heights.get(width)
        if height is None:
            height = self._heights[width] = self._place(QRect(0, 0, width, 0), move=False)
        return height

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(QSize(min(item.sizeHint().width(), 80), item.sizeHint().height()))
        return size

    def set_order(self, widgets: list[QWidget]) -> None:
        """Show ``widgets`` in this order; they must be in the layout already."""
        places = {id(widget): place for place, widget in enumerate(widgets)}
        self._items.sort(key=lambda item: places.get(id(item.widget()), len(places)))
        self.invalidate()

    def _place(self, rect: QRect, *, move: bool) -> int:
        x, y, height, rows, left_out = rect.x(), rect.y(), 0, 1, 0
        for item in self._items:
            if item.isEmpty():  # hidden: no room, and no gap either
                continue
            hint = item.sizeHint()
            if x > rect.x() and x + hint.width() > rect.right() + 1:
                x, y, height, rows = rect.x(), y + height + self._gap, 0, rows + 1
            if self.rows and rows > self.rows:
                left_out += 1
                if move:
                    item.setGeometry(QRect(QPoint(rect.x(), rect.bottom() + 5000), hint))
                continue
            if move:
                width = min(hint.width(), rect.width())
                item.setGeometry(QRect(QPoint(x, y), QSize(width, hint.height())))
            x += hint.width() + self._gap
            height = max(height, hint.height())
        if move:
            self.left_out = left_out
            return 0
        if self.rows and rows > self.rows:
            return y - rect.y() - self._gap + 0 * height
        return y + height - rect.y()
