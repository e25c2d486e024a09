"""The Opt-outs page: look a number up, add one by hand, lift one with a reason, import and export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.people import holds, numbers, optouts, stories
from app.people.optouts import OptOutRow
from app.workspace import Workspace
from ui import background, dialogs, theme, wording
from ui.bridge import Bridge
from ui.listrows import RowDelegate, RowWords
from ui.operators.guard import allowed
from ui.optouts.adding import OptOutDialog, Told, opt_out
from ui.optouts.checking import CheckDialog
from ui.optouts.files import Files
from ui.optouts.holding import Deciding, chip_words, hold_list
from ui.optouts.story import NOTHING, StoryPanel
from ui.optouts.words import SOURCES, said
from ui.paged import PagedList, PagedModel
from ui.widgets import (
    ChipButton,
    EmptyState,
    ErrorPanel,
    KeyButton,
    Notice,
    PageHeader,
    Panel,
    SearchBox,
    one_line,
    row,
)

SENTENCE = "Nothing is sent to these numbers, by any campaign or line. STOP by text adds to it by itself."


def row_words(entry: OptOutRow) -> RowWords:
    """One row of the list."""
    chips = [(SOURCES.get(entry.source, entry.source), "neutral")]
    if entry.lifted_at is not None:
        chips.append(("lifted", "good"))
    shown = numbers.display(entry.number)
    title = f"{one_line(entry.name)} · {shown}" if entry.name else shown
    return RowWords(title, said(entry), wording.day(entry.created_at), chips=tuple(chips))


def row_spoken(entry: OptOutRow) -> str:
    """One row for a screen reader."""
    words = row_words(entry)
    return f"{words.title}, {words.second}, {words.right}" + (", lifted" if entry.lifted_at else "")


class OptOutsPage(QWidget):
    """See the module."""

    def __init__(
        self, workspace: Workspace, lines: object, bridge: Bridge, navigate: Callable[..., None]
    ) -> None:
        super().__init__()
        self.workspace, self._navigate = workspace, navigate
        self._query, self._lifted, self._deciding = "", False, False
        self.model = PagedModel(
            self._reader("", False), key=lambda entry: entry.id, text=row_spoken, page=100, parent=self
        )
        self._build()
        self.deciding = Deciding(self)
        self._counts = background.Refresher(self, self._read_count, self._show_count)
        self.model.loaded.connect(self._look)
        self.model.failed.connect(self.failed)
        for each in (self.list, self.hold_list):
            each.selectionModel().currentChanged.connect(lambda *_, each=each: self._choose(each))
        self.hold_list.activated_row.connect(lambda _hold: self.story.hold.setFocus())
        self.hold_list.paged.loaded.connect(self._look)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(100)
        self._later.timeout.connect(self.refresh)
        bridge.opt_out_changed.connect(lambda _event: self._soon())
        bridge.changed_elsewhere.connect(lambda _event: self._soon())
        self._started = False

    # -- looks ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.header = PageHeader("Opt-outs", SENTENCE, self)
        self.import_button = KeyButton("Import…", parent=self)
        self.export_button = KeyButton("Export…", parent=self)
        self.add_button = KeyButton("Opt out a number…", "Ctrl+N", self, primary=True)
        self.check_button = KeyButton("Check the chain", parent=self)
        for button in (self.check_button, self.import_button, self.export_button, self.add_button):
            self.header.buttons.addWidget(button)
        self.files = Files(self)
        self.check_button.clicked.connect(self.check_chain)
        self.import_button.clicked.connect(self.files.ask_import)
        self.export_button.clicked.connect(self.files.ask_export)
        self.add_button.clicked.connect(lambda: self.ask_add(self._query))
        self.search = SearchBox("Look up a number or a name", self)
        self.search.searched.connect(self._searched)
        self.lifted_chip = ChipButton("With lifted ones", parent=self, checkable=True)
        self.lifted_chip.toggled.connect(self._toggle_lifted)
        self.hold_chip = ChipButton("Nothing to decide", parent=self, checkable=True)
        self.hold_chip.toggled.connect(self._toggle_deciding)
        self.hold_list = hold_list(self.workspace, self)
        self.list = PagedList(self.model, "Opt-outs", self)
        self.list.setItemDelegate(RowDelegate(row_words, self.list))
        self.empty = EmptyState("", "", "", icon="ban")
        self.empty.acted.connect(lambda: self.ask_add(self._query))
        self.story = StoryPanel(self)
        self.story.lift_asked.connect(self.ask_lift)
        self.story.add_asked.connect(self.ask_add)
        self.notice = Notice("", "good", "Close", self)
        self.notice.acted.connect(self.files.notice_acted)
        self.error = ErrorPanel(action="Close", parent=self)
        self.error.acted.connect(self.error.hide)
        self.error.hide()
        self._lay_out()
        for keys, action in (
            ("Ctrl+K", self.search.setFocus),
            ("Ctrl+N", self.add_button.click),
            ("Ctrl+D", self.hold_chip.click),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(action)
        self.setFocusProxy(self.search)

    def _lay_out(self) -> None:
        space = theme.em(self, 1)
        left = Panel(self, margin=0)
        top = QVBoxLayout()
        top.setSpacing(theme.em(self, 0.5))
        top.setContentsMargins(space, space, space, theme.em(self, 0.3))
        top.addWidget(self.search)
        top.addLayout(row(self.hold_chip, self.lifted_chip))
        left.body.addLayout(top)
        under = QWidget(left)
        self._under = QStackedLayout(under)
        self._under.addWidget(self.list)
        self._under.addWidget(self.hold_list)
        self._under.addWidget(self.empty)
        left.body.addWidget(under, 1)
        left.body.addLayout(row(self.story.hold, stretch=0))
        left.body.setContentsMargins(1, 0, 1, theme.em(self, 0.6))  # the corners stay round
        self.story.setFixedWidth(theme.em(self, 17))
        body = QHBoxLayout()
        body.setContentsMargins(space, space, space, space)
        body.setSpacing(space)
        body.addWidget(left, 1)
        body.addWidget(self.story)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self.header, self.error, self.notice, self.files.progress):
            layout.addWidget(widget)
        layout.addLayout(body, 1)

    # -- the page -------------------------------------------------------------------------------

    def title(self) -> str:
        """The window's title."""
        return "Opt-outs"

    def _soon(self) -> None:
        if not self._later.isActive():
            self._later.start()

    def refresh(self) -> None:
        """Read again what is shown."""
        if not self.isVisible():
            return
        if not self._started:
            self._started = True
            self.model.restart()
        else:
            self.model.refresh()
        if self._deciding:
            self.hold_list.paged.refresh()
        self._counts.again()
        if self.story.number:
            self.tell(self.story.number)

    def open_at(self, number: str = "") -> None:
        """Show one number's story."""
        self.hold_chip.setChecked(False)
        self.search.setText(number)
        self._searched(number)

    def _reader(self, query: str, lifted: bool) -> Callable[[Any, int], Sequence[OptOutRow]]:
        def read(after: OptOutRow | None, limit: int) -> Sequence[OptOutRow]:
            return optouts.page(
                self.workspace.store,
                query=query,
                after=after.id if after else None,
                limit=limit,
                lifted=lifted,
            )

        return read

    def _read_count(self, _job: background.Job) -> tuple[int, tuple[int, int]]:
        store = self.workspace.store
        return optouts.count(store), holds.counts(store, self.workspace.clock.now())

    def _show_count(self, counted: tuple[int, tuple[int, int]]) -> None:
        count, waiting = counted
        self.header.set_words(
            "Opt-outs", f"{wording.count(count, 'number')}. {SENTENCE}" if count else SENTENCE
        )
        self.hold_chip.setText(chip_words(waiting))

    def _searched(self, text: str) -> None:
        self._query = text.strip()
        self._started = True
        self.hold_chip.setChecked(False)
        self.model.restart(self._reader(self._query, self._lifted))
        self._tell_searched()

    def _tell_searched(self) -> None:
        number = self._as_number(self._query)
        if number:
            self.tell(number)
        else:
            self._wanted = ""
            self.story.show_story(NOTHING)

    def _as_number(self, text: str) -> str:
        try:
            return numbers.parse(text, self.workspace.settings.country)
        except numbers.NumberError:
            return ""

    def _toggle_lifted(self, on: bool) -> None:
        self._lifted = on
        self.model.restart(self._reader(self._query, on))

    def _toggle_deciding(self, on: bool) -> None:
        self._deciding = on
        if on:
            self.hold_list.paged.restart()
            self.hold_list.setFocus()
        else:  # the question of a number in that list does not stay below another one
            self._tell_searched()
        self._look()

    def _look(self) -> None:
        if self._deciding:
            self._look_at_holds()
        elif self.model.rowCount():
            self._under.setCurrentWidget(self.list)
        else:
            self._under.setCurrentWidget(self.empty)
            self._say_empty()

    def _look_at_holds(self) -> None:
        if self.hold_list.paged.rowCount():
            self._under.setCurrentWidget(self.hold_list)
            if not self.hold_list.currentIndex().isValid():
                self.hold_list.step(1)
            return
        self._under.setCurrentWidget(self.empty)
        self.empty.show_words(
            "Nothing to decide",
            "A text that may be an opt-out, and may be none, freezes its number until a person decides. "
            "Such numbers stand here, with the words and the rule.",
        )

    def _say_empty(self) -> None:
        if self._query:
            self.empty.show_words(
                "Nothing here by that number or name",
                "It is not opted out: it may be texted.",
                "Opt out a number…",
            )
        else:
            self.empty.show_words(
                "Nobody has opted out",
                "When someone texts STOP, their number stands here at once. Numbers that told you by phone "
                "or on paper can be added by hand, and a list you already keep can be imported.",
                "Opt out a number…",
            )

    def _choose(self, chosen: PagedList) -> None:
        entry = chosen.current_row()
        if entry is not None and (chosen is self.hold_list) is self._deciding:
            self.tell(entry.number)

    def tell(self, number: str) -> None:
        """Show the story of ``number`` (E.164)."""
        store, clock = self.workspace.store, self.workspace.clock
        self._wanted = number

        def done(story: stories.Story) -> None:
            if story.number == self._wanted:
                self.story.show_story(story)

        background.run(self, lambda _job: stories.of_number(store, number, clock.now()), done, self.failed)

    def check_chain(self) -> None:
        """Say whether the story of the list is whole."""
        self.checking = CheckDialog(self.workspace, self)
        self.checking.open()

    def failed(self, error: Exception) -> None:
        """Say what went wrong."""
        self.error.show_error(wording.sentence(error), action="Close")

    # -- adding and lifting ---------------------------------------------------------------------

    def ask_add(self, number: str = "") -> None:
        """Ask for a number, how they said it, in which words and when."""
        self._adding = dialog = OptOutDialog(self, self.workspace)
        dialog.fields[0].setText(numbers.display(number) if self._as_number(number) else "")
        dialog.accepted.connect(lambda: self._add(dialog.told()))
        dialog.open()

    def _add(self, told: Told) -> None:
        workspace = self.workspace
        background.run(
            self, lambda _job: opt_out(workspace, told), partial(self._added, told.number), self.failed
        )

    def _added(self, number: str, blocked: int) -> None:
        stopped = f" {wording.count(blocked, 'waiting text')} will not be sent." if blocked else ""
        self.notice.say(f"{numbers.display(number)} is opted out.{stopped}", "good", "Close")
        self.tell(number)
        self.refresh()

    def ask_lift(self, number: str) -> None:
        """Ask why an opt-out is to end."""
        if not allowed(self, self.workspace, "opt-out undo", lambda: self.ask_lift(number)):
            return
        self._dialog = dialog = dialogs.FormDialog(
            self,
            f"Lift the opt-out of {numbers.display(number)}?",
            "Only when the person asked for it. What you type, your name and the time are kept.",
            (
                ("Why", "They asked on the phone to be texted again", dialogs.LEAST_REASON),
                ("What shows it", "Their e-mail of 3 May, the form they signed…", dialogs.LEAST_REASON),
            ),
            "Lift",
            danger=True,
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._lift(number, *dialog.values()))
        dialog.open()

    def _lift(self, number: str, why: str, shown_by: str) -> None:
        workspace = self.workspace

        def work(_job: background.Job) -> bool:
            with workspace.store.write() as unit:
                return optouts.lift(
                    unit,
                    workspace.clock,
                    number,
                    source="operator",
                    reason=why,
                    evidence=shown_by,
                    operator=workspace.operator,
                )

        def done(_lifted: bool) -> None:
            self.notice.say(f"{numbers.display(number)} may be texted again.", "good", "Close")
            self.tell(number)
            self.refresh()

        background.run(self, work, done, self.failed)
