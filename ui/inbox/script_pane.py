"""The script beside the thread: what to ask this person, what they answered, what to say next.

An answer is kept when it is pressed. The text that it brings is offered to the composer; sending it is a
click of its own, as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app import undo
from app.conversations import answers
from app.conversations import asked as asking
from app.conversations.answers import Change
from app.conversations.asked import Sheet
from app.conversations.threads import Thread
from app.store.events import AnswerChanged, CampaignChanged
from app.undo import Undo
from app.workspace import Workspace
from ui import background, theme, wording
from ui.bridge import Bridge
from ui.inbox.script_parts import KEYS, QuestionBox
from ui.lane import Lane
from ui.widgets import Notice, PlainLabel, Rule, clear_layout, one_line


@dataclass(frozen=True, slots=True)
class Shown:
    """What was read for one person: their campaigns with a script, and the sheet of one of them."""

    number: str
    campaigns: tuple[tuple[int, str], ...] = ()
    sheet: Sheet | None = None


class ScriptPane(QWidget):
    """See the module. ``host`` is the page in which Alt and a digit answer."""

    suggested = Signal(str)  # the text that follows the answer just given; "" for none
    opt_out_wanted = Signal(bool)  # an answer asks to be taken out
    left = Signal()  # back to the composer
    reveal = Signal()  # a key was pressed while the pane is hidden

    def __init__(self, workspace: Workspace, bridge: Bridge, host: QWidget) -> None:
        super().__init__(host)
        self.setAccessibleName("Script")
        self._workspace = workspace
        self._number = self._who = ""
        self._campaign: int | None = None  # chosen by hand
        self._turn: int | None = None  # the question that the keys speak to, chosen by hand
        self._shown: Shown | None = None
        self._drafts: dict[int, str] = {}
        self._opted_out = False
        self._wanted = False
        self.boxes: list[QuestionBox] = []
        self._lane = Lane(self)
        self._reader = background.Refresher(self, self._read, self._arrived, self._failed)
        self._build()
        self._keys(host)
        bridge.answer_changed.connect(self._answer_changed)
        bridge.campaign_changed.connect(self._campaign_changed)
        bridge.changed_elsewhere.connect(lambda _event: self._again())
        self.hide()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.4))
        self.title = PlainLabel("", self, bold=True, wrap=True)
        self.which = QComboBox(self)
        self.which.setAccessibleName("Which campaign's script")
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.which.activated.connect(self._choose)
        self.problem = Notice("", "bad", parent=self)
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.em(self, 0.6))
        layout.addWidget(self.title)
        layout.addWidget(self.which)
        layout.addWidget(PlainLabel("Script", self, quiet=True))
        layout.addWidget(self.problem)
        layout.addLayout(self._list)
        layout.addSpacing(theme.em(self, 0.4))
        layout.addWidget(Rule(self))

    def _keys(self, host: QWidget) -> None:
        acts: list[tuple[str, Callable[[], None]]] = [
            (f"Alt+{digit}", partial(self._key, digit)) for digit in range(1, KEYS + 1)
        ]
        acts += [
            ("Alt+0", self.take_back),
            ("Alt+Up", lambda: self.step(-1)),
            ("Alt+Down", lambda: self.step(1)),
        ]
        for keys, act in acts:
            shortcut = QShortcut(QKeySequence(keys), host)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(act)

    # -- what is shown --------------------------------------------------------------------------

    def show_thread(self, thread: Thread | None) -> None:
        """Whose script it is; None for nobody's."""
        number = thread.row.number if thread is not None and thread.row.kind == "number" else ""
        self._opted_out = thread is not None and thread.row.opted_out
        if thread is not None:
            self._who = one_line(thread.row.name or thread.row.number_display, 60)
        if number != self._number:
            self._number = number
            self._campaign = self._turn = self._shown = None
            self._drafts = {}
            self.problem.say("")
            self.hide()
            self._want(on=False)
        self._again()

    @property
    def sheet(self) -> Sheet | None:
        """The script with the person in view."""
        return self._shown.sheet if self._shown is not None else None

    def _again(self) -> None:
        if self._number:
            self._reader.again()

    def _read(self, _job: background.Job) -> Shown:
        return self._look(self._number, self._campaign)

    def _look(self, number: str, wanted: int | None) -> Shown:
        """Off the GUI thread."""
        workspace = self._workspace
        with workspace.store.read() as conn:
            campaigns = asking.campaigns(conn, number)
            keys = [key for key, _name in campaigns]
            chosen = wanted if wanted in keys else next(iter(keys), None)
            sheet = asking.read(conn, workspace.clock.now(), chosen, number) if chosen is not None else None
        return Shown(number, campaigns, sheet)

    def _arrived(self, found: Shown) -> None:
        sheet = found.sheet
        wanted = found.number == self._number and self._campaign in (
            None,
            sheet.campaign_id if sheet else None,
        )
        if not wanted:
            self._again()
            return
        if not self._lane.idle:
            return  # an answer is being kept, and brings what is newer
        self._show(found)

    def _show(self, found: Shown) -> None:
        sheet = found.sheet
        self._want(on=sheet is not None and sheet.opts_out and not self._opted_out)
        if found == self._shown and self.boxes:
            return
        self._shown = found
        self.setVisible(sheet is not None)
        if sheet is None:
            self._fill(())
            return
        self.title.setText(one_line(sheet.name) or "Campaign")
        several = len(found.campaigns) > 1
        self.title.setVisible(not several)
        self.which.setVisible(several)
        self.which.clear()
        for key, name in found.campaigns:
            self.which.addItem(one_line(name, 60) or "Campaign", key)
        self.which.setCurrentIndex(self.which.findData(sheet.campaign_id))
        self._draw()

    def _want(self, *, on: bool) -> None:
        if on != self._wanted:
            self._wanted = on
            self.opt_out_wanted.emit(on)

    def _draw(self) -> None:
        sheet = self.sheet
        if sheet is None:
            return
        turn = self.turn
        had = next(((box, box.focus_place()) for box in self.boxes if box.focus_place() >= 0), None)
        self._keep_typed()
        self._fill(
            tuple(
                QuestionBox(each, self, turn=place == turn, draft=self._drafts.get(each.question.id, ""))
                for place, each in enumerate(sheet.asked)
            )
        )
        if had is not None and self.boxes:
            self._focus_again(*had)

    def _keep_typed(self) -> None:
        for box in self.boxes:
            if box.edit is not None and box.edit.text() != box.stored:
                self._drafts[box.asked.question.id] = box.edit.text()

    def _fill(self, boxes: tuple[QuestionBox, ...]) -> None:
        clear_layout(self._list)
        self.boxes = list(boxes)
        for box in boxes:
            key = box.asked.question.id
            box.chosen.connect(lambda option, key=key: self.answer(key, option_id=option))
            box.typed.connect(lambda words, key=key: self.answer(key, value=words))
            box.cleared.connect(self.take_back)
            box.left.connect(self.left)
            self._list.addWidget(box)

    def _focus_again(self, old: QuestionBox, place: int) -> None:
        """Where the focus was; after an answer, on the question whose turn it is then."""
        answered = next((box for box in self.boxes if box.asked.question.id == old.asked.question.id), None)
        if answered is not None and answered.asked.answer == old.asked.answer:
            answered.take_focus(place)
        else:
            self.boxes[self.turn].take_focus()

    @property
    def turn(self) -> int:
        """The place of the question that the keys speak to."""
        sheet = self.sheet
        if sheet is None:
            return -1
        places = {each.question.id: place for place, each in enumerate(sheet.asked)}
        return places.get(self._turn or 0, sheet.turn)

    def _choose(self, index: int) -> None:
        self._campaign = int(self.which.itemData(index))
        self._turn = None
        self._again()

    # -- answering ------------------------------------------------------------------------------

    def _key(self, place: int) -> None:
        if self.boxes and not self.isVisible():
            self.reveal.emit()
        elif self.boxes:
            self.boxes[self.turn].act(place)

    def step(self, by: int) -> None:
        """The keys speak to the question before or after."""
        sheet = self.sheet
        if sheet is not None and 0 <= self.turn + by < len(sheet.asked):
            self._turn = sheet.asked[self.turn + by].question.id
            self._draw()

    def answer(self, question_id: int, *, option_id: int | None = None, value: str = "") -> None:
        """Keep an answer, then show what follows from it."""
        sheet, workspace = self.sheet, self._workspace
        if sheet is None:
            return
        number, campaign_id, country = sheet.number, sheet.campaign_id, workspace.settings.country
        who = self._who

        def work() -> tuple[Change, Shown]:
            change = answers.give(
                workspace.store, workspace.clock, workspace.operator, campaign_id, number, question_id,
                option_id=option_id, value=value, country=country,
            )  # fmt: skip
            return change, self._look(number, campaign_id)

        self._lane.run(work, lambda done: self._answered(question_id, who, *done), self._failed)

    def take_back(self) -> None:
        """Clear the answer of the question that the keys speak to, and what followed from it."""
        sheet, workspace = self.sheet, self._workspace
        if sheet is None or not self.isVisible() or sheet.asked[self.turn].answer is None:
            return
        key, number, campaign_id = sheet.asked[self.turn].question.id, sheet.number, sheet.campaign_id
        who = self._who

        def work() -> tuple[Change, Shown]:
            change = answers.clear(
                workspace.store, workspace.clock, campaign_id, number, key,
                country=workspace.settings.country,
            )  # fmt: skip
            return change, self._look(number, campaign_id)

        self._lane.run(work, lambda done: self._answered(key, who, *done), self._failed)

    def _answered(self, question_id: int, who: str, change: Change, found: Shown) -> None:
        if not change.nothing:
            undo.of(self._workspace.store).push(
                Undo(
                    f"Answered {one_line(change.label, 60)}: {who}",
                    lambda store: "" if change.restore(store) else "Another answer was given since.",
                    operator=self._workspace.operator,
                    after=lambda: self._taken_back(change),
                )
            )
        if found.number != self._number:
            return
        self._drafts.pop(question_id, None)
        self._turn = None
        self.problem.say(change.note, "warn")
        for box in self.boxes:
            if box.asked.question.id == question_id:
                box.forget()
        self._show(found)
        if self._wanted:  # they are to be taken out: nothing more is said to them
            return
        here = found.sheet.find(question_id) if found.sheet is not None else None
        self.suggested.emit(here.text if here is not None else "")

    def _taken_back(self, change: Change) -> None:
        if change.number == self._number:
            self.suggested.emit("")
            self._again()

    def _failed(self, error: Exception) -> None:
        self.problem.say(wording.sentence(error), "bad")

    # -- what changed ---------------------------------------------------------------------------

    def _answer_changed(self, event: AnswerChanged) -> None:
        if event.number in ("", self._number):
            self._again()

    def _campaign_changed(self, event: CampaignChanged) -> None:
        shown = self._shown.campaigns if self._shown is not None else ()
        if event.campaign_id in [key for key, _name in shown]:
            self._again()
