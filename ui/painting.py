"""What list delegates share: fonts by name, a round avatar, a chip, an elided line."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from ui import theme
from ui.palette import Colours


def font(base: QFont, size: str = "body", *, bold: bool = False) -> QFont:
    """``base`` at a size of ``theme.SIZES``."""
    made = QFont(base)
    made.setPointSizeF(theme.points(size))
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return made


def line(painter: QPainter, rect: QRect, text: str, made: QFont, colour: str, align: str = "left") -> None:
    """One line of ``text``, cut with "…" where it is too long."""
    painter.setFont(made)
    painter.setPen(QColor(colour))
    side = Qt.AlignmentFlag.AlignRight if align == "right" else Qt.AlignmentFlag.AlignLeft
    flags = int(side | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
    cut = QFontMetrics(made).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, flags, cut)


def avatar(painter: QPainter, rect: QRect, initials: str, base: QFont, colours: Colours) -> None:
    """Initials in a disc."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.accented.fill))
    painter.drawEllipse(rect)
    painter.setPen(QColor(colours.accented.ink))
    painter.setFont(font(base, "small", bold=True))
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), initials)


def chip_size(text: str, base: QFont) -> tuple[int, int]:
    """Width and height of a chip in pixels."""
    metrics = QFontMetrics(font(base, "small"))
    return metrics.horizontalAdvance(text) + metrics.height(), metrics.height() + 4


def chip(painter: QPainter, at: QPoint, text: str, tone: str, base: QFont, colours: Colours) -> None:
    """A rounded word with its tone; ``at`` is its upper left corner."""
    width, height = chip_size(text, base)
    rect = QRect(at.x(), at.y(), width, height)
    pair = colours.tone(tone)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(pair.fill))
    painter.drawRoundedRect(rect, height / 2, height / 2)
    painter.setPen(QColor(pair.ink))
    painter.setFont(font(base, "small"))
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), text)


def focus_ring(painter: QPainter, rect: QRect, colours: Colours) -> None:
    """The mark of the row that has the keyboard."""
    painter.setPen(QPen(QColor(colours.accent), 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(2, 2, -2, -2), 6, 6)
