"""The list of groups at the left of the inbox, where conversations stand else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from app.conversations import groups
from app.conversations.groups import GroupRow
from app.workspace import Workspace
from ui import theme
from ui.inbox import words
from ui.listrows import RowDelegate, RowWords
from ui.paged import PagedList, PagedModel
from ui.widgets import EmptyState, KeyButton, one_line

NOTHING = (
    "No groups yet",
    "A group shows several conversations as one. What you write to it is prepared for each person and sent "
    "press by press.",
)


def chips_of(row: GroupRow) -> tuple[tuple[str, str], ...]:
    """The chips under a group's row: words and tones."""
    people = (f"{row.size} {'person' if row.size == 1 else 'people'}", "neutral")
    prepared = ((f"{row.prepared} prepared", "warn"),) if row.prepared else ()
    waiting = ((f"{row.waiting} waiting", "accent"),) if row.waiting else ()
    return (*prepared, *waiting) if prepared else (*waiting, people)  # there is no room for three


def said(row: GroupRow) -> str:
    """The newest text and whose it is."""
    if not row.last_text:
        return ""
    to = "You to " if row.last_direction == "out" else ""
    return f"{to}{one_line(row.last_who, 40)}: {one_line(row.last_text)}"


def spoken(row: GroupRow) -> str:
    """A row for a screen reader."""
    return ", ".join((one_line(row.name), *(word for word, _tone in chips_of(row)), said(row)))


class GroupsList(QWidget):
    """``chosen(row)`` when the cursor comes to a group, ``entered(row)`` for Enter, ``new_asked``."""

    chosen = Signal(object)
    entered = Signal(object)
    new_asked = Signal()
    failed = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.new_button = KeyButton("New group…", "Ctrl+N", self)
        self.model = PagedModel(self._reader(), key=lambda row: row.id, text=spoken, parent=self)
        self.list = PagedList(self.model, "Groups", self)
        self.list.setItemDelegate(RowDelegate(self.row_words, self.list, chip_line=True))
        self.empty = EmptyState(*NOTHING, icon="users")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 1, 0)
        side = theme.em(self, 0.9)
        top = QVBoxLayout()
        top.setContentsMargins(side, 0, side, side)
        top.addWidget(self.new_button)
        layout.addLayout(top)
        under = QWidget(self)
        self._under = QStackedLayout(under)
        self._under.addWidget(self.list)
        self._under.addWidget(self.empty)
        layout.addWidget(under, 1)
        self.new_button.clicked.connect(self.new_asked)
        self.list.selectionModel().currentChanged.connect(lambda *_: self._moved())
        self.list.activated_row.connect(self.entered)
        self.model.loaded.connect(self._look)
        self.model.failed.connect(self.failed)
        self.hide()

    def _reader(self) -> Callable[[GroupRow | None, int], Sequence[GroupRow]]:
        store = self._workspace.store
        return lambda after, limit: groups.page(store, after=after, limit=limit)

    def row_words(self, row: GroupRow) -> RowWords:
        """What a row says."""
        right = words.list_time(row.last_at, self._workspace.clock.now())
        name = one_line(row.name, groups.NAME_LENGTH)
        initials = groups.initials(row.name)
        return RowWords(name, said(row), right, initials, chips_of(row), strong=bool(row.unread))

    def select(self, group_id: int | None) -> bool:
        """Put the cursor on a group, if it is in the list; None for none."""
        position = self.model.position(group_id) if group_id is not None else -1
        if position >= 0:
            self.list.setCurrentIndex(self.model.index(position))
        else:
            self.list.setCurrentIndex(QModelIndex())  # else the cursor opens a neighbour when its row goes
        return position >= 0

    def to_list(self) -> None:
        """The keyboard goes to the list, or to the button where there is none."""
        (self.list if self.model.rowCount() else self.new_button).setFocus()

    def _moved(self) -> None:
        row = self.list.current_row()
        if row is not None and self.list.isVisible():
            self.chosen.emit(row)

    def _look(self) -> None:
        self._under.setCurrentWidget(self.list if self.model.rowCount() else self.empty)
