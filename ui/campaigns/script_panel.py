"""The script in the campaign's editor: questions as cards, one below and inside the other as they follow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import shiboken6
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app import undo
from app.campaigns import script as scripts
from app.campaigns import script_edit
from app.campaigns.script import Question, Script, ScriptError
from app.store.engine import Store
from app.undo import Undo
from app.workspace import Workspace
from ui import background, theme
from ui.campaigns.loading import Loaded
from ui.campaigns.panels import EditorPanel
from ui.campaigns.script_dialog import KIND_WORDS, QuestionDialog
from ui.lane import Lane
from ui.widgets import Chip, ElidedLabel, KeyButton, Panel, PlainLabel, clear_layout, one_line, repolish, row

ADD_KEY = "Ctrl+Shift+Q"
_INDENT, _DEEPEST = 2.0, 4


class QuestionCard(Panel):
    """One question. Enter changes it, Delete takes it out, Alt with Up or Down moves it."""

    edit_asked = Signal()
    remove_asked = Signal()
    moved = Signal(int)

    def __init__(self, script: Script, question: Question, parent: QWidget) -> None:
        super().__init__(parent, margin=0.8, inset=True)
        self.question = question
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(one_line(question.text))
        self.setAccessibleDescription("Enter changes it, Delete takes it out, Alt with Up or Down moves it")
        self.body.setSpacing(theme.em(self, 0.35))
        self.edit_button = KeyButton("Change…", "Enter", self, flat=True)
        self.edit_button.setAccessibleName(f"Change the question {one_line(question.text)}")
        self.edit_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the card itself has the focus
        self.edit_button.clicked.connect(self.edit_asked)
        title = PlainLabel(one_line(question.text), self, bold=True, wrap=True)
        self.body.addLayout(row(title, self.edit_button, stretch=0))
        notes = [f"answered with {KIND_WORDS[question.kind]}"] if question.kind != "choice" else []
        if question.field:
            notes.append(f"written to the contact's {{{question.field}}}")
        if question in script.unreached:
            notes.append("no answer leads here: texters do not see it, a file can fill it in")
        if notes:
            self.body.addWidget(PlainLabel(" · ".join(notes), self, quiet=True, size="small", wrap=True))
        self._answers(script)

    def _answers(self, script: Script) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.em(self, 0.6))
        grid.setVerticalSpacing(theme.em(self, 0.3))
        grid.setColumnStretch(1, 1)
        question = self.question
        if question.kind != "choice":
            grid.addWidget(Chip(KIND_WORDS[question.kind], "neutral", self), 0, 0)
            words = _what_follows(script, question.next_text, question.next_id)
            grid.addWidget(PlainLabel(words, self, wrap=True), 0, 1)
        for place, option in enumerate(question.choices):
            grid.addWidget(Chip(option.label, option.tone or "accent", self), place, 0)
            words = _what_follows(script, option.next_text, option.next_id)
            more = [f"tag {option.tag}"] if option.tag else []
            more += ["opts out"] if option.opts_out else []
            words += f"  ({', '.join(more)})" if more else ""
            grid.addWidget(PlainLabel(words, self, wrap=True), place, 1)
        if question.kind == "choice" and not question.choices:
            grid.addWidget(PlainLabel("No answers yet: Enter adds them.", self, quiet=True), 0, 0, 1, 2)
        self.body.addLayout(grid)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        acts: dict[int, Callable[[], None]] = {
            int(Qt.Key.Key_Return): self.edit_asked.emit,
            int(Qt.Key.Key_Enter): self.edit_asked.emit,
            int(Qt.Key.Key_Delete): self.remove_asked.emit,
        }
        if alt:
            acts = {
                int(Qt.Key.Key_Up): lambda: self.moved.emit(-1),
                int(Qt.Key.Key_Down): lambda: self.moved.emit(1),
            }
        if key in acts and not event.isAutoRepeat():
            acts[key]()
            event.accept()
            return
        super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.edit_asked.emit()
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._here(on=True)
        QTimer.singleShot(0, self._come_into_view)  # once it has its place
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._here(on=False)
        super().focusOutEvent(event)

    def _come_into_view(self) -> None:
        above: QWidget | None = self if shiboken6.isValid(self) else None
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            above.ensureWidgetVisible(self)

    def _here(self, *, on: bool) -> None:
        self.setProperty("here", on)
        repolish(self)


def _what_follows(script: Script, text: str, next_id: int | None) -> str:
    following = script.get(next_id)
    said = one_line(text, 300) or ("" if following is not None else "—")
    return f"{said} → {one_line(following.text)}".strip() if following is not None else said


class ScriptPanel(EditorPanel):
    """See the module."""

    def __init__(
        self, workspace: Workspace, lines: Any, navigate: Callable[..., None], parent: QWidget
    ) -> None:
        super().__init__(workspace, lines, navigate, parent)
        self._campaign_id: int | None = None
        self._fields: tuple[str, ...] = ()
        self._contact_fields: tuple[str, ...] = ()
        self._script: Script | None = None
        self._wanted: int | None = None  # the question to put the focus on
        self.cards: list[QuestionCard] = []
        self._lane = Lane(self)
        self._reader = background.Refresher(self, self._read, self._arrived, self.failed.emit)
        head = QHBoxLayout()
        head.addWidget(PlainLabel("Script", self, bold=True))
        head.addWidget(
            ElidedLabel("what the texter asks next, and where answers are kept", self, quiet=True), 1
        )
        self.add_button = KeyButton("Add a question", ADD_KEY, self, flat=True)
        QShortcut(QKeySequence(ADD_KEY), self).activated.connect(self.add)
        self.add_button.clicked.connect(self.add)
        head.addWidget(self.add_button)
        words = (
            "No questions yet. With one, whoever answers in the inbox sees it beside the thread, keeps what "
            "the person said with one key, and gets the next text to send."
        )
        self.empty = PlainLabel(words, self, quiet=True, wrap=True)
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.em(self, 0.5))
        self.body.addLayout(head)
        self.body.addWidget(self.empty)
        self.body.addLayout(self._list)

    # -- what is shown --------------------------------------------------------------------------

    def show_campaign(self, loaded: Loaded) -> None:
        self._fields = loaded.fields
        if self._campaign_id != loaded.campaign.id:
            self._campaign_id = loaded.campaign.id
            self._script = None
            self._fill(Script(loaded.campaign.id))
        self._reader.again()

    def _read(self, _job: background.Job) -> tuple[Script, tuple[str, ...]]:
        store, key = self.workspace.store, self._campaign_id or 0
        return scripts.get(store, key), scripts.fields_for(store, key)

    def _arrived(self, found: tuple[Script, tuple[str, ...]]) -> None:
        script, self._contact_fields = found
        if script.campaign_id != self._campaign_id:
            self._reader.again()
        elif script != self._script:
            self._script = script
            self._fill(script)

    def _fill(self, script: Script) -> None:
        here = next((card.question.id for card in self.cards if card.hasFocus()), None)
        wanted, self._wanted = self._wanted or here, None
        clear_layout(self._list)
        self.cards = []
        for question in _in_order(script):
            card = QuestionCard(script, question, self)
            card.edit_asked.connect(lambda key=question.id: self.edit(key))
            card.remove_asked.connect(lambda key=question.id: self.remove(key))
            card.moved.connect(lambda by, key=question.id: self.move_question(key, by))
            self.cards.append(card)
            line = QHBoxLayout()
            line.addSpacing(theme.em(self, _INDENT * min(script.depth(question.id), _DEEPEST)))
            line.addWidget(card, 1)
            self._list.addLayout(line)
        self.empty.setVisible(not script.questions)
        for card in self.cards:
            if card.question.id == wanted:
                card.show()
                card.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- changing -------------------------------------------------------------------------------

    def _may(self) -> bool:
        why = self.workspace.why_not("start")
        if why:
            self.failed.emit(ScriptError(why))
        return not why

    def add(self) -> None:
        """Write a new question."""
        self._ask(None)

    def edit(self, question_id: int) -> None:
        """Change a question and its answers."""
        self._ask(self._script.get(question_id) if self._script is not None else None)

    def _ask(self, question: Question | None) -> None:
        if self._script is None or not self._may():
            return
        self.dialog = dialog = QuestionDialog(
            self.workspace, self._script, question, self._fields, self._contact_fields, self.window()
        )
        before = self._script
        dialog.stored.connect(self._stored)
        dialog.stored.connect(lambda key: self._can_undo(before, key))
        dialog.open()

    def _can_undo(self, before: Script, question_id: int) -> None:
        """Ctrl+Z brings the question back as it was, and takes out what was made with it."""
        workspace, known = self.workspace, {each.id for each in before.every}
        old = before.get(question_id)
        label = f"Changed the question {one_line(old.text, 50)}" if old is not None else "Added a question"

        def act(made: tuple[int, ...], store: Store) -> str:
            try:
                if old is not None:
                    script_edit.save(store, workspace.clock, before.campaign_id, old)
            except ScriptError as error:
                return str(error)
            for key in made:
                script_edit.remove(store, workspace.clock, key)
            return ""

        def push(now: Script) -> None:
            made = tuple(each.id for each in now.every if each.id not in known)
            undo.of(workspace.store).push(Undo(label, partial(act, made), operator=workspace.operator))

        self._lane.run(lambda: scripts.get(workspace.store, before.campaign_id), push, self.failed.emit)

    def _stored(self, question_id: int) -> None:
        self._wanted = question_id
        self._reader.again()
        self.changed.emit()

    def remove(self, question_id: int) -> None:
        """Take a question out; Ctrl+Z puts it back, with its answers."""
        found = self._script.get(question_id) if self._script is not None else None
        if found is None or not self._may():
            return
        workspace = self.workspace

        def done(gone: bool) -> None:
            if gone:
                undo.of(workspace.store).push(
                    Undo(
                        f"Took the question {one_line(found.text, 50)} out",
                        lambda store: _restored(store, question_id),
                        operator=workspace.operator,
                    )
                )
            self.changed.emit()

        self._lane.run(
            lambda: script_edit.remove(workspace.store, workspace.clock, question_id), done, self.failed.emit
        )

    def move_question(self, question_id: int, by: int) -> None:
        """Ask a question earlier or later."""
        if self._may():
            store = self.workspace.store
            self._lane.run(
                lambda: script_edit.move(store, question_id, by),
                lambda _moved: self._stored(question_id),
                self.failed.emit,
            )


def _restored(store: Store, question_id: int) -> str:
    try:
        return "" if script_edit.restore(store, question_id) else "It is there already."
    except ScriptError as error:
        return str(error)


def _in_order(script: Script) -> tuple[Question, ...]:
    """The first question, each followed by those that its answers lead to; then the ones beside."""
    found: dict[int, Question] = {}

    def take(question: Question | None) -> None:
        if question is not None and question.id not in found:
            found[question.id] = question
            for key in question.following:
                take(script.get(key))

    for question in script.questions:
        take(question)
    return tuple(found.values())
