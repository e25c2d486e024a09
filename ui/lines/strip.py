"""The last day of a line as a strip of bars: tall where the signal was good, marked where it was away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.texting import history
from app.texting.history import HistoryRow, Slot
from ui import theme, wording

_KINDS = {
    "ready": "ready",
    "waiting": "waiting for its network or PIN",
    "offline": "not usable",
    "": "not running",
}


def slot_words(slot: Slot) -> str:
    """ "10:15: ready, signal 3 of 4"."""
    words = _KINDS[slot.kind] + (f", signal {slot.bars} of 4" if slot.kind == "ready" else "")
    return f"{wording.local(slot.start):%H:%M}: {words}"


class HistoryStrip(QWidget):
    """Works as a button where ``pressable``: ``opened`` on a click, Enter or Space."""

    opened = Signal()

    def __init__(self, parent: QWidget | None = None, *, height: float = 1.4, pressable: bool = True) -> None:
        super().__init__(parent)
        self._slots: tuple[Slot, ...] = ()
        self._words = ""
        self._height = height
        self._pressable = pressable
        self._axis = not pressable
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if pressable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.show_rows((), 0.0)

    def show_rows(self, rows: Sequence[HistoryRow], now: float) -> None:
        """Show the day that ends ``now`` (UTC epoch seconds)."""
        self._slots = history.slots(rows, now)
        self._words = history.words(rows, now)
        self.setAccessibleName(self._words)
        self.setAccessibleDescription("Enter shows it larger" if self._pressable else "")
        self.update()

    def words(self) -> str:
        """What the strip says, in words."""
        return self._words

    def slot_at(self, x: float) -> Slot | None:
        """The piece of the day under ``x``."""
        index = int(x / max(self.width(), 1) * len(self._slots))
        return self._slots[index] if 0 <= index < len(self._slots) else None

    def sizeHint(self) -> QSize:
        return QSize(theme.em(self, 12), theme.em(self, self._height + (1.2 if self._axis else 0)))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.em(self, 6), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        height = float(theme.em(self, self._height))
        width = self.width() / max(len(self._slots), 1)
        painter.fillRect(QRectF(0, height - 1, self.width(), 1), QColor(colours.border))
        for index, slot in enumerate(self._slots):
            left, wide = index * width, max(width - 1.0, 1.0)
            if slot.kind == "ready":
                tall = max((height - 2) * max(slot.bars, 0.5) / 4, 2.0)
                painter.fillRect(QRectF(left, height - 1 - tall, wide, tall), QColor(colours.accent_fill))
            elif slot.kind:  # a mark at the foot, of another shape and colour than a bar
                painter.fillRect(QRectF(left, height - 4, wide, 4), QColor(self._mark(slot.kind)))
                if slot.kind == "offline":
                    painter.fillRect(QRectF(left, 0, wide, 3), QColor(self._mark(slot.kind)))
        if self._axis:
            self._paint_hours(painter, height)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 1.5))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    @staticmethod
    def _mark(kind: str) -> str:
        return theme.current().dot("warn" if kind == "waiting" else "bad")

    def _paint_hours(self, painter: QPainter, top: float) -> None:
        painter.setPen(QColor(theme.current().muted))
        font = self.font()
        font.setPointSizeF(theme.points("small"))
        painter.setFont(font)
        for index, slot in enumerate(self._slots):
            then = wording.local(slot.start)
            if then.hour % 4 == 0 and then.minute < 15:
                left = index * self.width() / len(self._slots)
                room = QRectF(left, top + 2, theme.em(self, 3), theme.em(self, 1.1))
                if room.right() <= self.width():
                    painter.drawText(room, f"{then:%H}:00")

    # -- as a button --------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            slot = self.slot_at(event.pos().x())
            QToolTip.showText(event.globalPos(), slot_words(slot) if slot is not None else self._words, self)
            return True
        return super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressable and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._pressable and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit()
        else:
            super().keyPressEvent(event)
