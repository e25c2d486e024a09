"""The messages of one open thread: a window of about 200 over any number, read in chunks as one scrolls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.conversations.bubbles import Bubble
from ui import background
from ui.inbox import words
from ui.paged import ROW_ROLE

Index = QModelIndex | QPersistentModelIndex
Cursor = tuple[float, int]
#: ``read(before, limit)``: messages older than ``before`` (None: the newest), the newest last.
Reader = Callable[[Cursor | None, int], Sequence[Bubble]]

CHUNK = 50
WINDOW = 200
#: How many of the newest are read again when something changed; more than may come in one burst.
TAIL = 200

DAY_ROLE = ROW_ROLE + 1  # the day separator above a bubble, "" for none
LINE_ROLE = ROW_ROLE + 2  # the line a text came or left by, where several are read together; else ""


def cursor(bubble: Bubble) -> Cursor:
    """Where ``bubble`` stands in its thread."""
    return (bubble.at, bubble.id)


class BubbleModel(QAbstractListModel):
    """At most ``WINDOW`` bubbles, oldest first. Chunks that fall out at the end are remembered by cursor."""

    opened = Signal()  # a thread's newest messages are here
    about_to_prepend = Signal()  # rows come or go above what is read
    prepended = Signal()
    about_to_merge = Signal()
    merged = Signal()
    failed = Signal(object)

    def __init__(self, today: Callable[[], date], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._today = today
        self._read: Reader | None = None
        self._rows: list[Bubble] = []
        self._below: list[tuple[Cursor | None, int]] = []  # chunks dropped at the end: (before, count)
        self._next: Cursor | None = (
            None  # the first message below the window; None: the window has the newest
        )
        self._generation = 0
        self._busy = self._tail_busy = self._tail_again = False
        self._lines: set[str] = set()  # of the texts that were loaded
        self.has_older = False
        self.target = -1  # the place of the message that the thread was opened at; -1: at its end

    # -- what the view asks ---------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        bubble = self._rows[index.row()]
        if role == ROW_ROLE:
            return bubble
        if role == DAY_ROLE:
            return self._day(index.row())
        if role == LINE_ROLE:
            return self._line(bubble)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return words.spoken(bubble, self._line(bubble))
        return None

    def _day(self, position: int) -> str:
        day = words.local(self._rows[position].at).date()
        if position and words.local(self._rows[position - 1].at).date() == day:
            return ""
        return words.day_words(day, self._today())

    def _line(self, bubble: Bubble) -> str:
        return bubble.line_name if len(self._lines) > 1 else ""

    def _look_at_lines(self) -> None:
        """Once a second line is seen in a thread, every text of it says its own."""
        before = len(self._lines)
        self._lines |= {row.line_name for row in self._rows if row.line_name}
        if self._rows and before < 2 <= len(self._lines):
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    # -- what the page asks ---------------------------------------------------------------------

    @property
    def rows(self) -> tuple[Bubble, ...]:
        """What is loaded, oldest first."""
        return tuple(self._rows)

    @property
    def has_newer(self) -> bool:
        """True while newer messages than the last loaded one are out of the window."""
        return bool(self._below)

    def open(self, read: Reader | None, at: Cursor | None = None) -> None:
        """Show another thread, None for none: its newest chunk, or the one that has the message ``at``."""
        self._generation += 1
        self._busy = self._tail_busy = self._tail_again = False
        self._read = read
        self._below, self._next = [], None
        if read is None:
            self._reset([])
            return
        self._busy, self.target = True, -1
        if at is None:
            self._run(lambda: read(None, CHUNK), self._opened)
            return
        below: list[tuple[Cursor | None, int]] = []
        self._run(lambda: _down_to(read, at, below), lambda rows: self._opened_at(rows, at, below))

    def reopen(self) -> None:
        """Back to the newest chunk of the same thread."""
        self.open(self._read)

    def load_older(self) -> None:
        """Read the chunk above the first row."""
        if self._busy or not self.has_older or self._read is None or not self._rows:
            return
        self._busy = True
        read, before = self._read, cursor(self._rows[0])
        self._run(lambda: read(before, CHUNK), self._prepend)

    def load_newer(self) -> None:
        """Read again the chunk that fell out below the last row."""
        if self._busy or not self._below or self._read is None:
            return
        self._busy = True
        read, (before, count) = self._read, self._below[-1]
        self._run(lambda: read(before, count if before else TAIL), self._append)

    def update_tail(self) -> None:
        """Something changed: read the loaded messages again, and append what is new."""
        if self._read is None or self._busy:
            self._tail_again = self._busy
            return
        if self._tail_busy:
            self._tail_again = True
            return
        self._tail_busy = True
        read = self._read
        before = self._next
        limit = max(CHUNK, len(self._rows)) + CHUNK
        self._run(lambda: read(before, limit), self._merge)

    # -- how messages come in -------------------------------------------------------------------

    def _run(self, work: Callable[[], Sequence[Bubble]], then: Callable[[list[Bubble]], None]) -> None:
        generation = self._generation

        def done(rows: list[Bubble]) -> None:
            if generation == self._generation:
                then(rows)
                self._once_more()

        def failed(error: Exception) -> None:
            if generation == self._generation:
                self._busy = self._tail_busy = False
                self.failed.emit(error)

        background.run(self, lambda _job: list(work()), done, failed)

    def _once_more(self) -> None:
        if self._tail_again and not self._busy and not self._tail_busy:
            self._tail_again = False
            self.update_tail()

    def _reset(self, rows: list[Bubble]) -> None:
        self.beginResetModel()
        self._rows = rows
        self._lines = {row.line_name for row in rows if row.line_name}
        self._below, self._next = [], None
        self.has_older = len(rows) >= CHUNK
        self.endResetModel()

    def _opened(self, rows: list[Bubble]) -> None:
        self._busy = False
        self._reset(rows)
        self.opened.emit()

    def _opened_at(self, rows: list[Bubble], at: Cursor, below: list[tuple[Cursor | None, int]]) -> None:
        self._busy = False
        self._reset(rows)
        self._next = below.pop()[0]
        self._below = below
        self.target = next((place for place, row in enumerate(rows) if row.id == at[1]), -1)
        self.opened.emit()

    def _prepend(self, rows: list[Bubble]) -> None:
        self._busy = False
        self.has_older = len(rows) >= CHUNK
        if not rows:
            return
        self.about_to_prepend.emit()
        self.beginInsertRows(QModelIndex(), 0, len(rows) - 1)
        self._rows[:0] = rows
        self.endInsertRows()
        self._look_at_lines()
        if len(rows) < len(self._rows):  # the former first row may have lost its day separator
            self.dataChanged.emit(self.index(len(rows)), self.index(len(rows)))
        self._trim_end()
        self.prepended.emit()

    def _trim_end(self) -> None:
        extra = len(self._rows) - WINDOW
        if extra < CHUNK:
            return
        start = len(self._rows) - extra
        self.beginRemoveRows(QModelIndex(), start, len(self._rows) - 1)
        gone = self._rows[start:]
        del self._rows[start:]
        self.endRemoveRows()
        self._below.append((self._next, len(gone)))
        self._next = cursor(gone[0])

    def _append(self, rows: list[Bubble]) -> None:
        self._busy = False
        self._next = self._below.pop()[0]
        self._insert([row for row in rows if not self._rows or cursor(row) > cursor(self._rows[-1])])
        extra = len(self._rows) - WINDOW
        if extra >= CHUNK:
            self.about_to_prepend.emit()
            self.beginRemoveRows(QModelIndex(), 0, extra - 1)
            del self._rows[:extra]
            self.endRemoveRows()
            self.has_older = True
            self.prepended.emit()

    def _insert(self, rows: list[Bubble]) -> None:
        if rows:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
            self._rows.extend(rows)
            self.endInsertRows()
            self._look_at_lines()

    def _merge(self, rows: list[Bubble]) -> None:
        self._tail_busy = False
        if not self._rows or (rows and cursor(rows[0]) > cursor(self._rows[-1])):
            self._reset(rows)  # nothing loaded, or so much came that there is a gap: begin anew
            self.opened.emit()
            return
        self.about_to_merge.emit()
        fresh = {row.id: row for row in rows}
        oldest = cursor(rows[0]) if rows else None
        for position in range(len(self._rows) - 1, -1, -1):
            row = self._rows[position]
            if row.id in fresh:
                if fresh[row.id] != row:
                    self._rows[position] = fresh[row.id]
                    self.dataChanged.emit(self.index(position), self.index(position))
            elif oldest is None or cursor(row) >= oldest:
                self.beginRemoveRows(QModelIndex(), position, position)
                del self._rows[position]
                self.endRemoveRows()
        last = cursor(self._rows[-1]) if self._rows else (float("-inf"), 0)
        self._insert([row for row in rows if cursor(row) > last] if self._next is None else [])
        self._look_at_lines()  # a text that waited may have left by another line
        self.merged.emit()


def _down_to(read: Reader, at: Cursor, below: list[tuple[Cursor | None, int]]) -> Sequence[Bubble]:
    """The chunk that has ``at``; it and those that are newer come into ``below``, the newest first."""
    before: Cursor | None = None
    rows = read(None, CHUNK)
    while rows and cursor(rows[0]) > at:
        below.append((before, len(rows)))
        before = cursor(rows[0])
        rows = read(before, CHUNK)
    if before is not None and len(rows) < CHUNK // 2:
        # Little stands above it: with the chunk below it, it has something around it.
        before, count = below.pop()
        rows = (*rows, *read(before, count))
    below.append((before, len(rows)))
    return rows
