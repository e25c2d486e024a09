"""Long lists: a list model that reads keyset pages off the GUI thread, and a view that stays put.

The model never moves what a person has selected: a refresh removes, moves and inserts rows by their keys,
so selection and current row survive, and :class:`PagedList` gives the row that was looked at its old place
on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from ui import background

Row = Any
Index = QModelIndex | QPersistentModelIndex
Reader = Callable[[Row | None, int], Sequence[Row]]
#: Rows, and whether more follow.
Found = tuple[list[Row], bool]

#: A refresh goes as far as these last rows, but no more than so many rows farther than before.
TAIL, FARTHEST = 10, 2_000

ROW_ROLE = int(Qt.ItemDataRole.UserRole)


class PagedModel(QAbstractListModel):
    """Rows of ``read(after_row, limit)``, newest page first; ``key`` tells rows apart, ``text`` says them.

    ``read`` runs on a worker thread. ``text`` is what a screen reader says of a row.
    """

    loaded = Signal()
    failed = Signal(object)
    about_to_settle = Signal()
    settled = Signal()

    def __init__(
        self,
        read: Reader,
        *,
        key: Callable[[Row], Hashable],
        text: Callable[[Row], str],
        page: int = 50,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._read, self._key, self._text, self._page = read, key, text, page
        self._rows: list[Row] = []
        self._exhausted = True  # nothing is asked for before the first restart()
        self._generation = 0
        self._busy = False
        self._again = False
        self.pinned: Hashable | None = None  # this row keeps its place whatever a refresh says

    # -- what a view asks -----------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(row)
        return None

    def canFetchMore(self, parent: Index) -> bool:
        return not (parent.isValid() or self._exhausted or self._busy)

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._load(self._rows[-1] if self._rows else None, self._page, self._append)

    # -- what a page asks -----------------------------------------------------------------------

    def row(self, position: int) -> Row | None:
        """The row at ``position``, None where there is none."""
        return self._rows[position] if 0 <= position < len(self._rows) else None

    def position(self, key: Hashable) -> int:
        """Where the row with ``key`` is; -1 where it is not loaded."""
        return next((i for i, row in enumerate(self._rows) if self._key(row) == key), -1)

    def put(self, row: Row) -> None:
        """Show a row anew where it stands; one that is not loaded is left out."""
        place = self.position(self._key(row))
        if place >= 0 and self._rows[place] != row:
            self._rows[place] = row
            self.dataChanged.emit(self.index(place), self.index(place))

    def restart(self, read: Reader | None = None) -> None:
        """Read from the top (another filter or search); the old rows stay until the new ones are here."""
        if read is not None:
            self._read = read
        self._generation += 1
        self._busy = self._again = False
        self._load(None, self._page, self._replace)

    def refresh(self) -> None:
        """Read again what is shown, without moving anything that is looked at."""
        if self._busy:
            self._again = True
            return
        limit = max(self._page, len(self._rows))
        tail = frozenset(self._key(row) for row in self._rows[-TAIL:])
        read = self._read
        self._run(lambda: self._reach(read, limit, tail), self._settle)

    @property
    def busy(self) -> bool:
        """True while a page is being read."""
        return self._busy

    def _load(self, after: Row | None, limit: int, then: Callable[[list[Row], bool], None]) -> None:
        read = self._read

        def work() -> Found:
            rows = list(read(after, limit))
            return rows, len(rows) >= limit

        self._run(work, then)

    def _reach(self, read: Reader, limit: int, tail: frozenset[Hashable]) -> Found:
        """What is shown, read again as far as the last rows there were, and whether more follow.

        What came in above pushes them down; were they left out, the list would end under the one who reads.
        """
        size = limit + self._page
        while True:
            rows = list(read(None, size))
            more = len(rows) >= size
            there = [place for place, row in enumerate(rows) if self._key(row) in tail]
            if not more or 2 * len(there) >= len(tail) or size >= limit + FARTHEST:
                break
            size *= 2
        end = max(limit, there[-1] + 1 if there else 0)
        return rows[:end], more or end < len(rows)

    def _run(
        self, read: Callable[[], tuple[list[Row], bool]], then: Callable[[list[Row], bool], None]
    ) -> None:
        self._busy = True
        generation = self._generation

        def done(found: Found) -> None:
            if generation == self._generation:
                self._busy = False
                then(*found)
                self.loaded.emit()
                self._once_more()

        def failed(error: Exception) -> None:
            if generation == self._generation:
                self._busy, self._exhausted = False, True
                self.failed.emit(error)

        background.run(self, lambda _job: read(), done, failed)

    def _once_more(self) -> None:
        if self._again:
            self._again = False
            self.refresh()

    # -- how rows come in -----------------------------------------------------------------------

    def _replace(self, rows: list[Row], more: bool) -> None:
        self.beginResetModel()
        self._rows, self._exhausted = rows, not more
        self.endResetModel()

    def _append(self, rows: list[Row], more: bool) -> None:
        known = {self._key(row) for row in self._rows}
        new = [row for row in rows if self._key(row) not in known]
        self._exhausted = not more
        if new:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(new) - 1)
            self._rows.extend(new)
            self.endInsertRows()

    def _settle(self, rows: list[Row], more: bool) -> None:
        self._exhausted = not more
        target = self._with_pinned(rows)
        self.about_to_settle.emit()
        keys = [self._key(row) for row in target]
        wanted = set(keys)
        for position in range(len(self._rows) - 1, -1, -1):
            if self._key(self._rows[position]) not in wanted:
                self.beginRemoveRows(QModelIndex(), position, position)
                del self._rows[position]
                self.endRemoveRows()
        self._reorder({key: place for place, key in enumerate(keys)})
        self._insert_and_update(target, keys)
        self.settled.emit()

    def _with_pinned(self, rows: list[Row]) -> list[Row]:
        """``rows`` with the pinned row where it was: before the row it stood before, else after."""
        old = self.position(self.pinned) if self.pinned is not None else -1
        if old < 0:
            return rows
        current = next((row for row in rows if self._key(row) == self.pinned), self._rows[old])
        others = [row for row in rows if self._key(row) != self.pinned]
        places = {self._key(row): place for place, row in enumerate(others)}
        for row in self._rows[old + 1 :]:
            if (place := places.get(self._key(row))) is not None:
                return [*others[:place], current, *others[place:]]
        for row in reversed(self._rows[:old]):
            if (place := places.get(self._key(row))) is not None:
                return [*others[: place + 1], current, *others[place + 1 :]]
        return [current, *others]

    def _reorder(self, order: dict[Hashable, int]) -> None:
        ordered = sorted(self._rows, key=lambda row: order[self._key(row)])
        if all(a is b for a, b in zip(ordered, self._rows, strict=True)):
            return
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        keys = [self._key(self._rows[index.row()]) for index in old]
        self._rows = ordered
        places = {self._key(row): place for place, row in enumerate(ordered)}
        self.changePersistentIndexList(old, [self.index(places[key]) for key in keys])
        self.layoutChanged.emit()

    def _insert_and_update(self, target: list[Row], keys: list[Hashable]) -> None:
        for place, row in enumerate(target):
            if place < len(self._rows) and self._key(self._rows[place]) == keys[place]:
                if self._rows[place] != row:
                    self._rows[place] = row
                    self.dataChanged.emit(self.index(place), self.index(place))
                continue
            self.beginInsertRows(QModelIndex(), place, place)
            self._rows.insert(place, row)
            self.endInsertRows()


class PagedList(QListView):
    """A list over a :class:`PagedModel`: keys J and K as Down and Up; a refresh moves nothing on screen."""

    activated_row = Signal(object)

    def __init__(self, model: PagedModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.paged = model
        self.setModel(model)
        self.setAccessibleName(name)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFrameShape(QListView.Shape.NoFrame)
        self._anchor: tuple[QPersistentModelIndex, int] | None = None
        self._shifted = 0
        model.about_to_settle.connect(self._remember)
        model.settled.connect(self._restore)
        self.activated.connect(self._activate)

    def shift(self, by: int) -> None:
        """What stands above grew by so many pixels, and the list is made smaller: its rows stay on the screen
        where they are."""
        self._shifted += by

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        shifted, self._shifted = self._shifted, 0
        if shifted:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + shifted)

    def current_row(self) -> Row | None:
        """The row the cursor is on."""
        return self.paged.row(self.currentIndex().row()) if self.currentIndex().isValid() else None

    def step(self, by: int) -> None:
        """Move the cursor ``by`` rows; from nowhere to the first row."""
        here = self.currentIndex().row() if self.currentIndex().isValid() else -1
        there = max(0, min(here + by, self.paged.rowCount() - 1)) if here >= 0 else 0
        if self.paged.rowCount():
            self.setCurrentIndex(self.paged.index(there))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() == Qt.KeyboardModifier.NoModifier and event.key() in (
            Qt.Key.Key_J,
            Qt.Key.Key_K,
        ):
            self.step(1 if event.key() == Qt.Key.Key_J else -1)
            event.accept()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat() and self.current_row() is not None:
                self.activated_row.emit(self.current_row())
            event.accept()
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are shortcuts here, never a search by first letter."""

    def _activate(self, index: QModelIndex) -> None:
        if (row := self.paged.row(index.row())) is not None:
            self.activated_row.emit(row)

    def _remember(self) -> None:
        index = self.currentIndex()
        if not (index.isValid() and self.visualRect(index).intersects(self.viewport().rect())):
            index = self.indexAt(self.viewport().rect().topLeft())
        self._anchor = (
            (QPersistentModelIndex(index), self.visualRect(index).top()) if index.isValid() else None
        )

    def _restore(self) -> None:
        if self._anchor is None:
            return
        index, top = self._anchor
        self._anchor = None
        if index.isValid():
            self.doItemsLayout()
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.visualRect(self.paged.index(index.row())).top() - top)
