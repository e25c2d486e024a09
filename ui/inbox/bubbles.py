"""How a text looks in its thread: a bubble, the line under it, the day above it.

Height and drawing come from one :class:`Shape`, made from one width, so they cannot differ.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.conversations.bubbles import Bubble
from app.conversations.forwarding_phones import FORWARD
from ui import painting, theme
from ui.inbox import words
from ui.inbox.window import DAY_ROLE, LINE_ROLE
from ui.paged import ROW_ROLE
from ui.widgets import one_line, visible

Index = QModelIndex | QPersistentModelIndex
MARGIN = 28
PAD_X, PAD_Y = 13, 8
FOOT_GAP, BELOW = 4, 12
LEADING = 3  # between the lines of one text
CACHE = 600

#: What can be done with a text in this state: the word shown under the bubble.
ACTIONS = {"clicked": "take back", "unknown": "decide", "not_sent": "send again"}


def action_of(bubble: Bubble) -> str:
    """The action word of a bubble, "" for none. What a person decided already is no question any more."""
    if bubble.direction == "in" or bubble.resolution:
        return ""
    return ACTIONS.get(bubble.state, "")


@dataclass(slots=True)
class Shape:
    """Where everything of one row goes, for a row of ``width`` pixels; y from the row's top."""

    width: int
    height: int
    day: str
    day_rect: QRectF
    layout: QTextLayout
    bubble: QRectF
    foot: str
    foot_rect: QRectF
    action: str
    action_rect: QRectF
    folded: bool = False


class BubbleDelegate(QStyledItemDelegate):
    """Paints bubbles and tells when their action word is clicked."""

    action = Signal(object)

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        self._shapes: OrderedDict[tuple[object, ...], Shape] = OrderedDict()
        self._unfolded: set[int] = set()

    def toggle(self, index: Index) -> None:
        """Unfold a machine's text, or fold it again."""
        bubble = index.data(ROW_ROLE)
        if bubble is not None and bubble.noise:
            self._unfolded ^= {bubble.id}
            self.sizeHintChanged.emit(index)

    # -- geometry -------------------------------------------------------------------------------

    def shape(self, index: Index, base: QFont) -> Shape:
        """The shape of a row at the view's present width."""
        bubble, day = index.data(ROW_ROLE), index.data(DAY_ROLE) or ""
        width = self._view.viewport().width()
        folded = bubble.noise and bubble.id not in self._unfolded
        line = index.data(LINE_ROLE) or ""
        key = (bubble, day, line, width, base.toString(), folded)
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = _measure(bubble, day, width, base, line=line, folded=folded)
            if len(self._shapes) > CACHE:
                self._shapes.popitem(last=False)
        else:
            self._shapes.move_to_end(key)
        return shape

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        shape = self.shape(index, option.font)
        return QSize(shape.width, shape.height)

    # -- drawing --------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        bubble = index.data(ROW_ROLE)
        shape, colours = self.shape(index, option.font), theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(QPointF(option.rect.topLeft()))
        small = painting.font(option.font, "small")
        painter.setFont(small)
        painter.setPen(QColor(colours.muted))
        if shape.day:
            painter.drawText(shape.day_rect, int(Qt.AlignmentFlag.AlignCenter), shape.day)
        side = Qt.AlignmentFlag.AlignLeft if bubble.direction == "in" else Qt.AlignmentFlag.AlignRight
        painter.setPen(QColor(_foot_ink(bubble)))
        painter.drawText(
            shape.foot_rect, int(side | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap), shape.foot
        )
        if option.state & (QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_MouseOver):
            _why(painter, bubble, shape, small)
        if shape.action:
            small.setUnderline(True)
            painter.setFont(small)
            painter.setPen(QColor(colours.accent))
            painter.drawText(shape.action_rect, int(side | Qt.AlignmentFlag.AlignTop), shape.action)
        self._bubble(painter, bubble, shape)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painting.focus_ring(painter, shape.bubble.toRect().adjusted(-5, -5, 5, 5), colours)
        painter.restore()

    def _bubble(self, painter: QPainter, bubble: Bubble, shape: Shape) -> None:
        colours = theme.current()
        if shape.folded:
            painter.setPen(QColor(colours.muted))
            shape.layout.draw(painter, shape.bubble.topLeft())
            return
        gone = bubble.direction == "in" or bubble.state in ("sent", "sending", "clicked", "unknown")
        painter.setPen(Qt.PenStyle.NoPen)
        if bubble.direction == "in" or not gone or bubble.kind == FORWARD:  # not said to whom this is with
            painter.setBrush(QColor(colours.bubble_in))
            ink = colours.bubble_in_ink
        else:
            painter.setBrush(QColor(colours.bubble_out))
            ink = colours.bubble_out_ink
        if not gone:  # nothing left: an outline, so that it cannot be taken for a sent one
            painter.setBrush(QColor(colours.panel))
            painter.setPen(QColor(colours.border))
        painter.drawRoundedRect(shape.bubble, 12, 12)
        painter.setPen(QColor(ink))
        shape.layout.draw(painter, shape.bubble.topLeft() + QPointF(PAD_X, PAD_Y))

    # -- pointing -------------------------------------------------------------------------------

    def editorEvent(self, event: QEvent, model: QObject, option: QStyleOptionViewItem, index: Index) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            shape = self.shape(index, option.font)
            point = event.position() - QPointF(option.rect.topLeft())
            if (
                shape.action
                and shape.action_rect.contains(point)
                and event.button() == Qt.MouseButton.LeftButton
            ):
                self.action.emit(index.data(ROW_ROLE))
                return True
            if shape.bubble.contains(point) and event.button() == Qt.MouseButton.LeftButton:
                self.toggle(index)
        return False

    def helpEvent(
        self, _event: QHelpEvent, _view: QAbstractItemView, _option: QStyleOptionViewItem, _index: Index
    ) -> bool:
        return True  # no tooltips: they would show a stranger's text as markup


def _foot_ink(bubble: Bubble) -> str:
    colours = theme.current()
    if bubble.direction == "out" and (bubble.state in ("not_sent", "blocked") or bubble.delivery == "failed"):
        return colours.bad.ink
    if bubble.direction == "out" and bubble.state == "unknown":
        return colours.warn.ink
    return colours.muted


def _why(painter: QPainter, bubble: Bubble, shape: Shape, small: QFont) -> None:
    """Why a text was judged as it was, on the line under it: nothing moves for it."""
    if bubble.direction != "in" or not bubble.why or shape.folded:
        return
    taken = QFontMetricsF(small).horizontalAdvance(shape.foot) + 2 * FOOT_GAP
    place = shape.foot_rect.adjusted(taken, 0, 0, 0).toRect()
    painting.line(painter, place, f"· {one_line(bubble.why, 300)}", small, theme.current().accent)


def _measure(
    bubble: Bubble, day: str, width: int, base: QFont, *, line: str = "", folded: bool = False
) -> Shape:
    small = QFontMetricsF(painting.font(base, "small"))
    room = max(80, width - 2 * MARGIN)
    day_height = small.height() + 14 if day else 0.0
    text_room = min(room * 0.76, base.pointSizeF() * 42) - 2 * PAD_X
    if folded:
        layout, *size = _lay_out(words.folded(bubble), painting.font(base, "small"), text_room)
    else:
        layout, text_width, text_height = _lay_out(visible(bubble.text), base, text_room)
        size = [text_width + 2 * PAD_X, text_height + 2 * PAD_Y]
    left = MARGIN if bubble.direction == "in" else width - MARGIN - size[0]
    box = QRectF(left, day_height, *size)
    foot, action = "" if folded else words.foot(bubble, line), action_of(bubble)
    wrap = int(Qt.TextFlag.TextWordWrap)
    foot_size = small.boundingRect(QRectF(0, 0, room, 10_000), wrap, foot).size()
    foot_rect = QRectF(MARGIN, box.bottom() + FOOT_GAP, room, foot_size.height())
    bottom = foot_rect.bottom()
    action_rect = QRectF()
    if action:
        action_width = small.horizontalAdvance(action) + 4
        x = MARGIN if bubble.direction == "in" else width - MARGIN - action_width
        action_rect = QRectF(x, bottom, action_width, small.height() + 4)
        bottom = action_rect.bottom()
    return Shape(
        width=width,
        height=round(bottom + BELOW),
        day=day,
        day_rect=QRectF(0, 0, width, day_height - 4 if day else 0),
        layout=layout,
        bubble=box,
        foot=foot,
        foot_rect=foot_rect,
        action=action,
        action_rect=action_rect,
        folded=folded,
    )


def _lay_out(text: str, base: QFont, room: float) -> tuple[QTextLayout, float, float]:
    text = text.replace("\n", "\u2028")
    layout = QTextLayout(text or " ", base)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    height = used = 0.0
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(room)
        line.setPosition(QPointF(0, height))
        height += line.height() + LEADING
        used = max(used, line.naturalTextWidth())
    layout.endLayout()
    return layout, min(used, room) + 1, height - LEADING
