"""The last texts with a person, small, under the card's message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme
from ui.widgets import visible

if TYPE_CHECKING:
    from app.conversations.bubbles import Bubble

_STATES = {
    "queued": "not sent yet",
    "clicked": "waiting",
    "sending": "sending",
    "sent": "✓ sent",
    "not_sent": "✕ not sent",
    "unknown": "? outcome unknown",
    "skipped": "skipped",
    "blocked": "blocked",
}


def footer(bubble: Bubble) -> str:
    """The small line under a bubble: where from, when, and what became of it."""
    when = datetime.fromtimestamp(bubble.at).astimezone()
    words = [bubble.campaign_name] if bubble.campaign_name else []
    words.append(f"{when.day} {when:%b %Y}")
    if bubble.direction == "out":
        done = {"delivered": "✓✓ delivered", "failed": "✕ not delivered"}.get(bubble.delivery)
        words.append(done or _STATES.get(bubble.state, bubble.state))
    return visible(" · ".join(words), 120)


class Laid:
    """One bubble, laid out for a width."""

    def __init__(self, bubble: Bubble, width: float, font: QFont, small: QFont) -> None:
        self.out = bubble.direction == "out"
        self.foot = footer(bubble)
        self.small = small
        pad = theme.em() * 0.65
        self.pad = pad
        self.layout = QTextLayout(visible(bubble.text, 1000).replace("\n", "\u2028"), font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.layout.setTextOption(option)
        self.layout.beginLayout()
        height, widest = 0.0, 0.0
        while (line := self.layout.createLine()).isValid():
            line.setLineWidth(max(width * 0.8 - pad * 2, 40))
            line.setPosition(QPointF(0, height))
            height += line.height()
            widest = max(widest, line.naturalTextWidth())
        self.layout.endLayout()
        self.box = QSize(round(widest + pad * 2), round(height + pad * 1.2))
        self.height = self.box.height() + theme.em() * 1.5


class History(QWidget):
    """Paints up to six bubbles, oldest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bubbles: tuple[Bubble, ...] = ()
        self._laid: list[Laid] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bubbles(self, bubbles: Sequence[Bubble]) -> None:
        """Show these."""
        self._bubbles = tuple(bubbles)
        self.setAccessibleName(
            "; ".join(f"{'You' if b.direction == 'out' else 'They'}: {visible(b.text, 300)}" for b in bubbles)
        )
        self._lay()

    def _lay(self) -> None:
        font, small = QFont(self.font()), QFont(self.font())
        small.setPointSizeF(theme.points("small") * 0.95)
        self._laid = [Laid(bubble, self.width(), font, small) for bubble in self._bubbles]
        self.setFixedHeight(max(round(sum(laid.height for laid in self._laid)), 1))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._lay()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        top = 0.0
        for laid in self._laid:
            left = self.width() - laid.box.width() if laid.out else 0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.bubble_out if laid.out else colours.bubble_in))
            painter.drawRoundedRect(QRectF(left, top, laid.box.width(), laid.box.height()), 9, 9)
            painter.setPen(QColor(colours.bubble_out_ink if laid.out else colours.bubble_in_ink))
            laid.layout.draw(painter, QPointF(left + laid.pad, top + laid.pad * 0.6))
            painter.setPen(QColor(colours.muted))
            painter.setFont(laid.small)
            side = Qt.AlignmentFlag.AlignRight if laid.out else Qt.AlignmentFlag.AlignLeft
            place = QRectF(0, top + laid.box.height() + 2, self.width(), theme.em() * 1.2)
            painter.drawText(place, int(side | Qt.AlignmentFlag.AlignTop), laid.foot)
            top += laid.height
