"""The left of the inbox: search, filters with their counts, and the list of threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QStackedLayout, QVBoxLayout, QWidget

from app.conversations import threads
from app.conversations.threads import ThreadRow
from app.workspace import Workspace
from ui import background, theme
from ui.inbox import labels, words
from ui.inbox.found import HINT, FoundPane
from ui.inbox.side import SidePane
from ui.listrows import RowDelegate, RowWords
from ui.paged import PagedList, PagedModel
from ui.widgets import ChipButton, EmptyState, KeyButton, PlainLabel, SearchBox, one_line
from ui.widgets_flow import FlowLayout

FILTERS = {
    "waiting": "Needs reply",
    "danger": "Danger",
    "question": "Question",
    "positive": "Yes",
    "negative": "No",
    "hold": "Opt-out?",
    "mine": "Mine",
    "snoozed": "Snoozed",
    "unread": "Unread",
    "all": "All",
    "optout": "Opted out",
    "system": "System",
}
#: So many milliseconds after a letter it is looked for: a letter typed meanwhile ends the search before it.
SEARCH_MS = 25
#: Shown always; the others while there are any.
MAIN = ("waiting", "unread", "all")
#: Behind "More" where the window is low.
FOLDED = ("positive", "negative", "snoozed", "optout", "system")
LOW_EM = 42
#: Shown where the office has keywords that people join by.
JOIN = "Wants to join"
NOTHING = {
    "waiting": (
        "Nobody waits for an answer",
        "Texts that come in are shown here until you answer them or press Done.",
    ),
    "danger": ("Nobody is in danger", "Whoever uses words of danger and waits is shown here."),
    "question": ("No question waits", "Questions of people who wait for an answer are shown here."),
    "positive": ("No yes waits", "Whoever said yes and waits for an answer is shown here."),
    "negative": ("No no waits", "Whoever said no and waits for an answer is shown here."),
    "hold": ("Nothing to decide", "A text that may be an opt-out is shown here until somebody decides."),
    "mine": ("Nothing of yours waits", "Conversations that were given to you are shown here."),
    "snoozed": ("Nothing is put aside", "What was put aside is shown here until its time comes."),
    "unread": ("Nothing unread", ""),
    "all": ("No conversations yet", "Send a first text from the desk, or wait for someone to write."),
    "join": ("Nobody wants to join", "Whoever texts one of the office's join keywords is shown here."),
    "optout": ("Nobody opted out", "Whoever texts STOP is shown here."),
    "system": ("No notes from the SIM", ""),
}


class ThreadsPane(SidePane):
    """``chosen`` carries the row the cursor came to; ``entered`` the one that Enter was pressed on."""

    chosen = Signal(object)
    entered = Signal(object)
    loaded = Signal()
    failed = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__("right", parent)
        self._workspace = workspace
        self._filter, self._query = "waiting", ""
        self.back_button = KeyButton("Back", "Esc", self, flat=True)
        self.back_button.hide()
        self.search = SearchBox("Search messages, names, numbers", self, delay_ms=SEARCH_MS)
        self.chips: dict[str, ChipButton] = {}
        self.model = PagedModel(
            self._reader(), key=lambda row: row.id, text=words.thread_spoken, page=50, parent=self
        )
        self.list = PagedList(self.model, "Conversations", self)
        self.list.setItemDelegate(RowDelegate(self.row_words, self.list, chip_line=True))
        self.empty = EmptyState("", "", icon="inbox")
        self.found = FoundPane(workspace, self)
        self.hint = PlainLabel(HINT, self, quiet=True, size="small", wrap=True)
        self.hint.hide()
        self._counted: dict[str, int] = {}
        self._tidy, self._low = True, False
        self._counts = background.Refresher(self, self._read_counts, self._show_counts)
        self._build()
        self.search.searched.connect(self._searched)
        self.search.installEventFilter(self)
        self.found.failed.connect(self.failed)
        self.list.selectionModel().currentChanged.connect(lambda *_: self._moved())
        self.list.activated_row.connect(self.entered)
        self.model.loaded.connect(self._look)
        self.model.failed.connect(self.failed)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 1, 0)
        layout.setSpacing(0)
        top = QVBoxLayout()
        side = theme.em(self, 0.9)
        top.setContentsMargins(side, side, side, side)
        top.setSpacing(theme.em(self, 0.6))
        top.addWidget(self.back_button)
        top.addWidget(self.search)
        top.addWidget(self.hint)
        self._holder = holder = QWidget(self)
        self._flow = FlowLayout(holder, gap=theme.em(self, 0.35))
        self._group = QButtonGroup(self)
        for name, label in FILTERS.items():
            self._chip(name, label)
        self.more = ChipButton("More", parent=holder, checkable=True)
        self.more.setAccessibleName("More filters")
        self.more.hide()
        self.more.toggled.connect(self._fold)
        self._flow.addWidget(self.more)
        top.addWidget(holder)
        layout.addLayout(top)
        self._below = under = QWidget(self)
        under.installEventFilter(self)
        self._under = QStackedLayout(under)
        self._under.addWidget(self.list)
        self._under.addWidget(self.empty)
        self._under.addWidget(self.found)
        layout.addWidget(under, 1)

    def _chip(self, name: str, label: str) -> None:
        chip = ChipButton(label, parent=self, checkable=True)
        chip.setChecked(name == self._filter)
        chip.clicked.connect(lambda: self.set_filter(name))
        self._group.addButton(chip)
        self._flow.addWidget(chip)
        chip.setVisible(name in MAIN)
        self.chips[name] = chip

    # -- what the page asks ---------------------------------------------------------------------

    @property
    def filter(self) -> str:
        """The name of the filter in use."""
        return self._filter

    def set_filter(self, name: str) -> None:
        """List other threads."""
        self._filter = name
        self.chips[name].setChecked(True)
        if self._counted:
            self._show_chips(tidy=True)
        self.model.restart(self._reader())

    def restart(self) -> None:
        """Read from the top."""
        self._tidy = True
        self.model.restart(self._reader())
        self._counts.again()

    def refresh(self) -> None:
        """Read again, moving nothing."""
        self.model.refresh()
        self._counts.again()

    def say_back(self, words: str) -> None:
        """The way back to where the inbox was opened from; "" for none."""
        self.back_button.set_text(words)
        self.back_button.setVisible(bool(words))

    def pin(self, thread_id: int | None) -> None:
        """The open thread keeps its place whatever happens to it."""
        self.model.pinned = thread_id

    def select(self, thread_id: int) -> bool:
        """Put the cursor on a thread, if it is in the list."""
        position = self.model.position(thread_id)
        if position >= 0:
            self.list.setCurrentIndex(self.model.index(position))
        return position >= 0

    # -- inside ---------------------------------------------------------------------------------

    def _reader(self) -> Callable[[Any, int], Sequence[ThreadRow]]:
        store, name = self._workspace.store, self._filter
        clock, operator = self._workspace.clock, self._workspace.operator

        def read(after: ThreadRow | None, limit: int) -> Sequence[ThreadRow]:
            return threads.page(
                store, filter=name, after=after, limit=limit, now=clock.now(), operator=operator
            )

        return read

    def _read_counts(self, _job: background.Job) -> dict[str, int]:
        w = self._workspace
        return threads.counts(w.store, now=w.clock.now(), operator=w.operator)

    def _show_counts(self, counts: dict[str, int]) -> None:
        if "join" in counts and "join" not in self.chips:
            self._chip("join", JOIN)
        self._counted = counts
        self._show_chips(tidy=self._tidy)
        self._tidy = False

    def _show_chips(self, *, tidy: bool) -> None:
        """The filters with their counts. One that has come to zero stays until another list is read: it may
        have had a line of its own, and the list would jump up by it."""
        counts = self._counted
        folds = self._low and not self.more.isChecked()
        for name, chip in self.chips.items():
            many = counts.get(name, 0)
            danger = name == "danger" and many
            chip.set(f"{FILTERS.get(name, JOIN)} {many:,}", "bad" if danger else "neutral")
            stays = not chip.isHidden() and (not tidy or chip.hasFocus())
            here = name in MAIN or name == self._filter
            chip.setVisible(here or ((bool(many) or stays) and not (folds and name in FOLDED)))
        self.more.setVisible(self._low and any(counts.get(name) for name in FOLDED))
        self._flow.invalidate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low = self.height() < theme.em(self, LOW_EM)
        if low != self._low:
            self._low = low
            self._fold()

    def _fold(self) -> None:
        self.more.set("Fewer" if self.more.isChecked() else "More")
        self.more.setAccessibleName("Fewer filters" if self.more.isChecked() else "More filters")
        if self._counted:
            self._show_chips(tidy=True)

    @property
    def searching(self) -> bool:
        """Whether the list shows what a search found."""
        return bool(self._query)

    def leave_search(self) -> None:
        """Back to the conversations."""
        self.search.clear()
        self._searched("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down and Enter in the search field lead to what was found; Esc ends the search."""
        if watched is self._below and isinstance(event, QMoveEvent):
            self.list.shift(event.pos().y() - event.oldPos().y())  # the filters take another line
        elif watched is self.search and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.hint.setVisible(event.type() == QEvent.Type.FocusIn or self.searching)
        elif watched is self.search and event.type() == QEvent.Type.KeyPress and self._leads_down(event):
            return True
        return super().eventFilter(watched, event)

    def _leads_down(self, event: QEvent) -> bool:
        """A key that goes on to what was found, once it is there."""
        down = (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not (isinstance(event, QKeyEvent) and event.key() in down and self.searching):
            return False
        read = self.search.text().strip() == self._query and not self.found.model.busy
        return read and self.found.enter()

    def _searched(self, text: str) -> None:
        if text.strip() == self._query:
            return
        self._query = text.strip()
        self.hint.setVisible(self.searching or self.search.hasFocus())
        self._holder.setVisible(not self.searching)
        if self.searching:
            self._under.setCurrentWidget(self.found)
            self.found.look_for(self._query)
        else:
            self.found.stop()
            self._look()

    def _moved(self) -> None:
        row = self.list.current_row()
        if row is not None:
            self.chosen.emit(row)

    def _look(self) -> None:
        if self.searching:
            pass  # what was found stays in view
        elif self.model.rowCount():
            self._under.setCurrentWidget(self.list)
        else:
            title, text = NOTHING[self._filter]
            self.empty.show_words(title, text)
            self._under.setCurrentWidget(self.empty)
        self.loaded.emit()

    def row_words(self, row: ThreadRow) -> RowWords:
        """What a row of the list says."""
        said = one_line(row.last_text)
        if row.last_direction == "out" and row.last_text:
            said = f"You: {said}"
        now = self._workspace.clock.now()
        return RowWords(
            title=one_line(row.name or row.number_display),
            second=said,
            right=labels.row_time(row, now),
            initials=row.initials,
            chips=labels.row_chips(row, now),
            strong=bool(row.unread),
        )
