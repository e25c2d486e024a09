"""How rows of people, threads and opt-outs look: initials, title, second line, a word at the right, chips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui import painting, theme
from ui.paged import ROW_ROLE

MARGIN, GAP, TOP = 16, 10, 11


@dataclass(frozen=True, slots=True)
class RowWords:
    """What one row says. ``chips`` are (word, tone); ``strong`` marks what was not read yet."""

    title: str
    second: str = ""
    right: str = ""
    initials: str = ""
    chips: tuple[tuple[str, str], ...] = ()
    strong: bool = False


class RowDelegate(QStyledItemDelegate):
    """Paints rows of one height. ``chip_line``: chips get a third line; else they stand at the right."""

    def __init__(
        self, words: Callable[[Any], RowWords], parent: QWidget | None = None, *, chip_line: bool = False
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._chip_line = chip_line

    def sizeHint(self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        height = 2 * (QFontMetrics(option.font).height() + 3) + 2 * TOP
        if self._chip_line:
            height += painting.chip_size("x", option.font)[1]
        return QSize(160, height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = index.data(ROW_ROLE)
        if row is None:
            return
        colours = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(colours.accented.fill))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(colours.hover))
        self._content(painter, option, self._words(row))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painting.focus_ring(painter, option.rect, colours)
        painter.restore()

    def _content(self, painter: QPainter, option: QStyleOptionViewItem, words: RowWords) -> None:
        colours, base, rect = theme.current(), option.font, option.rect
        height = QFontMetrics(base).height()
        top, left, right = rect.top() + TOP, rect.left() + MARGIN, rect.right() - MARGIN
        if words.initials:
            size = round(height * 2)
            painting.avatar(painter, QRect(left, top + 1, size, size), words.initials, base, colours)
            left += size + GAP
        small = painting.font(base, "small")
        width = QFontMetrics(small).horizontalAdvance(words.right) + 4 if words.right else 0
        if width:
            painting.line(
                painter, QRect(right - width, top, width, height), words.right, small, colours.muted, "right"
            )
        title = QRect(left, top, right - width - 6 - left, height)
        painting.line(painter, title, words.title, painting.font(base, bold=True), colours.ink)
        second = QRect(left, top + height + 3, right - left, height)
        if not self._chip_line:
            for text, tone in reversed(words.chips):
                chip_width, chip_height = painting.chip_size(text, base)
                second.setRight(second.right() - chip_width)
                at = QPoint(second.right(), second.top() + (height - chip_height) // 2)
                painting.chip(painter, at, text, tone, base, colours)
                second.setRight(second.right() - 6)
        ink = colours.ink if words.strong else colours.muted
        painting.line(painter, second, words.second, painting.font(base, bold=words.strong), ink)
        if self._chip_line:
            self._chips(painter, option, words, QPoint(left, top + 2 * (height + 3) + 1))

    def _chips(self, painter: QPainter, option: QStyleOptionViewItem, words: RowWords, at: QPoint) -> None:
        for text, tone in words.chips:
            painting.chip(painter, at, text, tone, option.font, theme.current())
            at = QPoint(at.x() + painting.chip_size(text, option.font)[0] + 6, at.y())
