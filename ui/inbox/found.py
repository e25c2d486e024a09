"""What a search found: texts with the words marked, painted as plain text; and the filters in one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyleOptionViewItem, QVBoxLayout, QWidget

from app.conversations import search
from app.conversations.search import Hit, Stopped
from app.workspace import Workspace
from ui import painting, theme
from ui.inbox import words
from ui.listrows import GAP, MARGIN, TOP, RowDelegate, RowWords
from ui.paged import ROW_ROLE, PagedList, PagedModel
from ui.widgets import EmptyState, PlainLabel, one_line

HINT = "Also tag: label: campaign: answer: error: after:2026-05-01 until:2026-05-31 from:them"
#: So many characters before the first mark are shown.
LEAD = 14


def shown(hit: Hit) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The snippet cut so that its first mark stands on the first line, and where the marks are then."""
    text, marks = one_line(hit.snippet, 10_000), hit.marks
    if text != hit.snippet:
        marks = ()  # characters were replaced, so the places are no longer true
    start = marks[0][0] - LEAD if marks else 0
    lead = "…" if start > 1 else ""
    if not lead:
        start = 0
    who = "You: " if hit.direction == "out" else ""
    by = len(who) + len(lead) - start
    return f"{who}{lead}{text[start:]}", tuple((a + by, b + by) for a, b in marks)


class FoundDelegate(RowDelegate):
    """A row of the list whose text has its marks."""

    def __init__(self, row_words: Callable[[Any], RowWords], parent: QWidget) -> None:
        super().__init__(row_words, parent, chip_line=True)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        hit = index.data(ROW_ROLE)
        if hit is None:
            return
        height = QFontMetrics(option.font).height()
        left = option.rect.left() + MARGIN + round(height * 2) + GAP
        top = option.rect.top() + TOP + height + 3
        room = QRect(left, top, option.rect.right() - MARGIN - left, 2 * height)
        painter.save()
        _draw(painter, room, hit, option.font)
        painter.restore()


def _draw(painter: QPainter, room: QRect, hit: Hit, base: QFont) -> None:
    colours = theme.current()
    text, marks = shown(hit)
    layout = QTextLayout(text, painting.font(base))
    wrap = QTextOption()
    wrap.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(wrap)
    layout.beginLayout()
    y = whole = 0.0  # ``whole``: where the last line that has room ends
    while (line := layout.createLine()).isValid() and y <= room.height():
        line.setLineWidth(room.width())
        line.setPosition(QPointF(0, y))
        y += line.height()
        whole = y if y <= room.height() + 4 else whole
    if line.isValid():  # it would be painted over the first one
        line.setPosition(QPointF(0, y))
    layout.endLayout()
    marked = QTextCharFormat()
    marked.setBackground(QColor(colours.warn.fill))
    marked.setForeground(QColor(colours.warn.ink))
    ranges = []
    for start, end in marks:
        each = QTextLayout.FormatRange()
        each.start, each.length, each.format = start, end - start, marked
        ranges.append(each)
    painter.setPen(QColor(colours.ink))
    painter.setClipRect(QRect(room.x(), room.y() - 2, room.width(), round(whole) + 2))
    layout.draw(painter, QPointF(room.topLeft()), ranges)


class FoundPane(QWidget):
    """``chosen`` carries the hit that Enter or a click was given on."""

    chosen = Signal(object)
    failed = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._newest = 0  # the search that is wanted; those before it end by themselves
        self.model = PagedModel(
            self._reader(""), key=lambda hit: (hit.conversation_id, hit.message_id), text=self._spoken,
            parent=self,
        )  # fmt: skip
        self.list = PagedList(self.model, "Found", self)
        self.list.setItemDelegate(FoundDelegate(self._row_words, self.list))
        self.empty = EmptyState("Nothing found", "Try fewer letters, or another filter.", icon="inbox")
        self.problems = PlainLabel("", self, wrap=True, tone="warn")
        self.problems.setContentsMargins(theme.em(self, 0.9), 0, theme.em(self, 0.9), 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.problems)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)
        self.list.activated_row.connect(self.chosen)
        self.list.clicked.connect(lambda index: self.chosen.emit(index.data(ROW_ROLE)))
        self.model.loaded.connect(self._look)
        self.model.failed.connect(self._failed)
        self.empty.hide()

    def look_for(self, text: str) -> None:
        """Find something else; the old rows stay until the new ones are here."""
        self.problems.setText(" ".join(search.parse(text).problems))
        self.problems.setVisible(bool(self.problems.text()))
        self._newest += 1
        self.model.restart(self._reader(text))

    def stop(self) -> None:
        """Nobody waits for a result any more."""
        self._newest += 1

    def _reader(self, text: str) -> Callable[[Hit | None, int], Sequence[Hit]]:
        store, mine = self._workspace.store, self._newest

        def read(after: Hit | None, limit: int) -> Sequence[Hit]:
            before = after.message_id if after else None
            return search.search(
                store, text, before=before, limit=limit, stopped=lambda: self._newest != mine
            )

        return read

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, Stopped):  # which is no failure: the list was left meanwhile
            self.failed.emit(error)

    def _look(self) -> None:
        there = self.model.rowCount() > 0
        self.list.setVisible(there)
        self.empty.setVisible(not there)

    def _row_words(self, hit: Hit) -> RowWords:
        return RowWords(
            title=one_line(hit.name or hit.number_display),
            right=words.list_time(hit.at, self._workspace.clock.now()),
            initials=hit.initials,
        )

    @staticmethod
    def _spoken(hit: Hit) -> str:
        campaign = f", {one_line(hit.campaign, 60)}" if hit.campaign else ""
        return f"{one_line(hit.name or hit.number_display)}{campaign}: {shown(hit)[0]}"

    def enter(self) -> bool:
        """Give the keyboard to the first result; False where there is none."""
        if not self.model.rowCount():
            return False
        if not self.list.currentIndex().isValid():
            self.list.step(1)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        return True
