"""Two small pictures of counts that arrow keys walk through: hours of the week, and bars over time."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QBrush,
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import painting, theme
from ui.palette import Colours

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NOBODY = ((0,) * 24,) * 7
READABLE = 4.5


def short(count: int) -> str:
    """ "7", "1.2k", "34k", "2M": four letters at most."""
    if count < 1_000:
        return str(count)
    if count < 9_950:
        return f"{count / 1_000:.1f}k"
    return f"{count / 1_000:.0f}k" if count < 999_500 else f"{count / 1_000_000:.0f}M"


def shade(colours: Colours, strength: float) -> QColor:
    """A colour between the panel's (0) and the accent's (1)."""
    low, high = QColor(colours.panel), QColor(colours.accent_fill)

    def mixed(a: int, b: int) -> int:
        return round(a + (b - a) * strength)

    return QColor(
        mixed(low.red(), high.red()), mixed(low.green(), high.green()), mixed(low.blue(), high.blue())
    )


def ink_on(colours: Colours, ground: QColor) -> QColor:
    """An ink that can be read on ``ground``: one of the theme's, else black or white."""
    inks = [QColor(each) for each in (colours.ink, colours.accent_ink, "#000000", "#ffffff")]
    for ink in inks:
        if contrast(ink, ground) >= READABLE:
            return ink
    return max(inks, key=lambda ink: contrast(ink, ground))


def contrast(one: QColor, other: QColor) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    a, b = sorted((_luminance(one), _luminance(other)))
    return (b + 0.05) / (a + 0.05)


def _luminance(colour: QColor) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


class _Chart(QWidget):
    """A place in it is chosen by arrows or the mouse; its words go to ``told`` and to screen readers."""

    told = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.chosen = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def places(self) -> int:
        """How many there are."""
        raise NotImplementedError

    def words(self, place: int) -> str:
        """What stands in one of them."""
        raise NotImplementedError

    def place_at(self, point: QPointF) -> int | None:
        """Which one is there."""
        raise NotImplementedError

    def steps(self) -> dict[Qt.Key, int]:
        """How far each key goes."""
        raise NotImplementedError

    def choose(self, place: int) -> None:
        """Go to one of them and say it."""
        if not self.places():
            self.setAccessibleName(self._name)
            self.told.emit("")
            return
        self.chosen = max(0, min(place, self.places() - 1))
        words = self.words(self.chosen)
        self.setAccessibleName(f"{self._name}. {words}")
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))
        self.told.emit(words)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: self.places() - 1}
        if key in ends:
            self.choose(ends[key])
        elif key in self.steps():
            place = self.chosen + self.steps()[key]
            if 0 <= place < self.places():
                self.choose(place)
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if place is not None:
            self.choose(place)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.choose(self.chosen)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


class HeatMap(_Chart):
    """Hours of the week; the count stands in each field, and the fuller the darker.

    ``show_counts(sent, received, which)``: ``which`` is "sent", "received" or "both".
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Texts by weekday and hour", parent)
        self._sent: Sequence[Sequence[int]] = NOBODY
        self._received: Sequence[Sequence[int]] = NOBODY
        self.which = "both"
        self.chosen = 9  # Monday, nine

    def show_counts(
        self, sent: Sequence[Sequence[int]], received: Sequence[Sequence[int]], which: str
    ) -> None:
        """Show others."""
        self._sent, self._received, self.which = sent, received, which
        self.choose(self.chosen)

    def count(self, day: int, hour: int) -> int:
        """What one field shows."""
        sent, received = self._sent[day][hour], self._received[day][hour]
        return {"sent": sent, "received": received}.get(self.which, sent + received)

    def places(self) -> int:
        return 7 * 24

    def steps(self) -> dict[Qt.Key, int]:
        key = Qt.Key
        return {key.Key_Left: -1, key.Key_Right: 1, key.Key_Up: -24, key.Key_Down: 24}

    def words(self, place: int) -> str:
        day, hour = divmod(place, 24)
        sent, received = self._sent[day][hour], self._received[day][hour]
        return f"{DAYS[day]} {hour:02d}:00 to {hour + 1:02d}:00: {sent:,} sent, {received:,} received"

    def _left(self) -> int:
        return painting_width(self, "Wed ")

    def _row(self) -> int:
        return theme.em(self, 1.55)

    def sizeHint(self) -> QSize:
        return QSize(theme.em(self, 40), self._row() * 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.em(self, 20), self._row() * 8)

    def _field(self, place: int) -> QRectF:
        day, hour = divmod(place, 24)
        left = self._left()
        width = (self.width() - left) / 24
        return QRectF(left + hour * width, (day + 1) * self._row(), width, self._row())

    def place_at(self, point: QPointF) -> int | None:
        return next((place for place in range(7 * 24) if self._field(place).contains(point)), None)

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = painting.font(self.font(), "small")
        painter.setFont(small)
        most = max((self.count(day, hour) for day in range(7) for hour in range(24)), default=0)
        self._paint_heads(painter, colours)
        for place in range(7 * 24):
            self._paint_field(painter, colours, place, most, QFontMetrics(small))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.ink), 2))
            painter.drawRoundedRect(self._field(self.chosen).adjusted(0, 0, 0, 0), 4, 4)

    def _paint_heads(self, painter: QPainter, colours: Colours) -> None:
        painter.setPen(QColor(colours.muted))
        for day, name in enumerate(DAYS):
            field = self._field(day * 24)
            words = QRectF(0, field.top(), self._left(), field.height())
            painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), name)
        for hour in range(24):
            field = self._field(hour)
            painter.drawText(field.translated(0, -self._row()), int(Qt.AlignmentFlag.AlignCenter), str(hour))

    def _paint_field(
        self, painter: QPainter, colours: Colours, place: int, most: int, metrics: QFontMetrics
    ) -> None:
        count = self.count(*divmod(place, 24))
        # By the root, so that a quiet hour differs from an empty one beside a very busy one.
        ground = shade(colours, 0.12 + 0.88 * math.sqrt(count / most)) if count else QColor(colours.hover)
        field = self._field(place).adjusted(1, 1, -1, -1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(field, 3, 3)
        words = short(count)
        if count and metrics.horizontalAdvance(words) <= field.width():
            painter.setPen(ink_on(colours, ground))
            painter.drawText(field, int(Qt.AlignmentFlag.AlignCenter), words)


class Bars(_Chart):
    """Sent and received side by side, over time. ``show_bars`` takes (name, sent, received)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Texts over time", parent)
        self._bars: Sequence[tuple[str, int, int]] = ()

    def show_bars(self, bars: Sequence[tuple[str, int, int]]) -> None:
        """Show others, the newest chosen."""
        self._bars = bars
        self.choose(len(bars) - 1)
        self.update()

    def places(self) -> int:
        return len(self._bars)

    def steps(self) -> dict[Qt.Key, int]:
        return {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}

    def words(self, place: int) -> str:
        name, sent, received = self._bars[place]
        return f"{name}: {sent:,} sent, {received:,} received"

    def sizeHint(self) -> QSize:
        return QSize(theme.em(self, 40), theme.em(self, 9))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.em(self, 20), theme.em(self, 9))

    def _left(self, most: int) -> int:
        return painting_width(self, short(most) + " ")

    def _most(self) -> int:
        return max((max(sent, received) for _, sent, received in self._bars), default=0)

    def place_at(self, point: QPointF) -> int | None:
        left = self._left(self._most())
        if not self._bars or point.x() < left:
            return None
        place = int((point.x() - left) / (self.width() - left) * len(self._bars))
        return place if 0 <= place < len(self._bars) else None

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._bars:
            return
        colours, most = theme.current(), max(self._most(), 1)
        painter = QPainter(self)
        painter.setFont(painting.font(self.font(), "small"))
        line = QFontMetrics(painter.font()).height()
        left, top, bottom = self._left(most), line // 2, self.height() - line - 4
        painter.setPen(QColor(colours.muted))
        painter.drawText(QRectF(0, 0, left, line), int(Qt.AlignmentFlag.AlignLeft), short(most))
        painter.drawText(QRectF(0, bottom - line / 2, left, line), int(Qt.AlignmentFlag.AlignLeft), "0")
        painter.setPen(QColor(colours.border))
        for y in (top, bottom):
            painter.drawLine(left, y, self.width(), y)
        width = (self.width() - left) / len(self._bars)
        for place, (_name, sent, received) in enumerate(self._bars):
            box = QRectF(left + place * width, top, width, bottom - top)
            self._paint_bar(painter, colours, box, sent / most, received / most)
            if self.hasFocus() and place == self.chosen:
                painter.setPen(QPen(QColor(colours.ink), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box)
        self._paint_ends(painter, colours, left, bottom + 4, line)

    def _paint_bar(
        self, painter: QPainter, colours: Colours, box: QRectF, sent: float, received: float
    ) -> None:
        half = box.width() * 0.44
        painter.setPen(Qt.PenStyle.NoPen)
        for place, (share, colour) in enumerate(
            ((sent, QColor(colours.accent_fill)), (received, QColor(colours.muted)))
        ):
            height = box.height() * share
            bar = QRectF(box.left() + box.width() * 0.06 + place * half, box.bottom() - height, half, height)
            painter.fillRect(bar, colour)
            if place and half >= 3:  # told apart by its stripes too
                painter.fillRect(bar, QBrush(QColor(colours.panel), Qt.BrushStyle.BDiagPattern))

    def _paint_ends(self, painter: QPainter, colours: Colours, left: int, top: int, line: int) -> None:
        painter.setPen(QColor(colours.muted))
        whole = QRectF(left, top, self.width() - left, line)
        painter.drawText(whole, int(Qt.AlignmentFlag.AlignLeft), self._bars[0][0])
        if len(self._bars) > 1:
            painter.drawText(whole, int(Qt.AlignmentFlag.AlignRight), self._bars[-1][0])


def painting_width(widget: QWidget, words: str) -> int:
    """How wide ``words`` are in small letters."""
    return QFontMetrics(painting.font(widget.font(), "small")).horizontalAdvance(words) + 4
