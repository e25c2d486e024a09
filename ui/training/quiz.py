"""Ten questions, one at a time, and what was wrong with why."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QStackedLayout, QVBoxLayout, QWidget

from app.operators import training
from app.operators.training import ASKED, TO_PASS, Drawn, Result
from app.workspace import Workspace
from ui import background, theme
from ui.unlock import buttons_row
from ui.widgets import KeyButton, Notice, Panel, PlainLabel, clear_layout, scrolled
from ui.wording import sentence

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Answers(QWidget):
    """The answers to one question: 1 to 4 chooses, so do the arrows."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.em(self, 0.7))
        self._group = QButtonGroup(self)
        self._group.idToggled.connect(lambda place, on: self.chosen.emit(place) if on else None)
        self.buttons: list[QRadioButton] = []

    def show_answers(self, answers: tuple[str, ...]) -> None:
        """Put these answers, none of them chosen."""
        clear_layout(self._column)
        for button in self.buttons:
            self._group.removeButton(button)
        self.buttons = []
        for place, words in enumerate(answers):
            button = QRadioButton(str(place + 1), self)
            button.setAccessibleName(f"{place + 1}: {words}")
            label = PlainLabel(words, self, wrap=True)
            label.setBuddy(button)
            line = QWidget(self)
            across = _across(line)
            across.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            across.addWidget(label, 1)
            self._column.addWidget(line)
            self._group.addButton(button, place)
            self.buttons.append(button)

    def choose(self, place: int) -> None:
        """Choose the answer at ``place``."""
        if 0 <= place < len(self.buttons):
            self.buttons[place].setChecked(True)
            self.buttons[place].setFocus()


def _beside(layout: QVBoxLayout, panel: Panel) -> None:
    """A panel no wider than can be read, whose wrapped words get the height of that width."""
    panel.setMaximumWidth(theme.em(panel, 46))
    across = QHBoxLayout()
    across.addWidget(panel, 100)
    across.addStretch(1)
    layout.addLayout(across)
    layout.addStretch(1)


def _across(holder: QWidget) -> QHBoxLayout:
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(theme.em(holder, 0.6))
    return layout


class Quiz(QWidget):
    """The questions, then the result. ``over`` when the person is through with it."""

    over = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.asked: tuple[Drawn, ...] = ()
        self.given: list[int] = []
        self.result: Result | None = None
        self._chosen = -1
        self._stack = QStackedLayout(self)
        self._stack.addWidget(scrolled(self._fill_question, self))
        self._stack.addWidget(scrolled(self._fill_result, self))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _fill_question(self, layout: QVBoxLayout) -> None:
        self._margins(layout)
        panel = Panel(self, margin=1.4)
        self.place = PlainLabel("", panel, quiet=True)
        self.question = PlainLabel("", panel, size="title", bold=True, wrap=True)
        self.answers = Answers(panel)
        self.answers.chosen.connect(self._choose)
        panel.body.setSpacing(theme.em(self, 0.9))
        for widget in (self.place, self.question, self.answers):
            panel.body.addWidget(widget)
        self.next = KeyButton("Next", "Enter", panel, primary=True)
        self.next.clicked.connect(self.go_on)
        panel.body.addLayout(buttons_row(self.next))
        words = "1 to 4 chooses. There is no hurry, and you may take it as often as you like."
        panel.body.addWidget(PlainLabel(words, panel, quiet=True, size="small", wrap=True))
        _beside(layout, panel)

    def _fill_result(self, layout: QVBoxLayout) -> None:
        self._margins(layout)
        panel = Panel(self, margin=1.4)
        self.verdict = Notice("", "good", parent=panel)
        panel.body.addWidget(self.verdict)
        self._wrong = QVBoxLayout()
        self._wrong.setSpacing(theme.em(self, 0.8))
        panel.body.addLayout(self._wrong)
        self.again = KeyButton("Other questions", "A", panel)
        self.done = KeyButton("Done", "Enter", panel, primary=True)
        self.again.clicked.connect(self.begin)
        self.done.clicked.connect(self.over)
        panel.body.addLayout(buttons_row(self.again, self.done))
        _beside(layout, panel)

    def _margins(self, layout: QVBoxLayout) -> None:
        space = theme.em(self, 1.4)
        layout.setContentsMargins(space, space, space, space)

    # -- asking -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Ask ten questions."""
        self.asked, self.given, self.result = training.draw(), [], None
        self._stack.setCurrentIndex(0)
        self._ask()

    def _ask(self) -> None:
        number = len(self.given)
        drawn = self.asked[number]
        self._chosen = -1
        self.place.setText(f"Question {number + 1} of {len(self.asked)}")
        self.question.setText(drawn.question.text)
        self.answers.show_answers(drawn.answers)
        self.next.set_text("Next" if number + 1 < len(self.asked) else "See the result")
        self.next.setEnabled(False)
        self.setFocus()

    def _choose(self, place: int) -> None:
        self._chosen = place
        self.next.setEnabled(True)

    def go_on(self) -> None:
        """Take the answer, and ask the next question."""
        if self._chosen < 0 or self.result is not None or len(self.given) >= len(self.asked):
            return
        self.given.append(self._chosen)
        if len(self.given) < len(self.asked):
            self._ask()
        else:
            self.next.setEnabled(False)
            self._keep()

    def _keep(self) -> None:
        workspace, who = self._workspace, self._workspace.signed_in
        asked, given = self.asked, tuple(self.given)

        def work(_job: background.Job) -> Result:
            right = sum(each.right == place for each, place in zip(asked, given, strict=True))
            if who is None:  # nobody to keep it for
                return Result(workspace.clock.now(), len(asked), right, right >= TO_PASS)
            return training.record(workspace.store, workspace.clock, who.id, asked, given)

        background.run(self, work, self._show, self._failed, urgent=True)

    def _failed(self, error: Exception) -> None:
        self.place.setText(f"The result could not be kept. {sentence(error)}")
        self.given.pop()
        self.next.setEnabled(True)

    # -- the result ---------------------------------------------------------------------------

    def _show(self, result: Result) -> None:
        self.result = result
        clear_layout(self._wrong)
        how = f"{result.right} of {result.asked} are right."
        if result.passed:
            self.verdict.say(f"{how} You passed.", "good")
        else:
            self.verdict.say(f"{how} {TO_PASS} of {ASKED} are needed. Read why, then try again.", "warn")
        for drawn, place in zip(self.asked, self.given, strict=True):
            if place != drawn.right:
                self._wrong.addWidget(self._mistake(drawn, place))
        self._stack.setCurrentIndex(1)
        self.setFocus()

    def _mistake(self, drawn: Drawn, place: int) -> QWidget:
        panel = Panel(self, margin=0.8, inset=True)
        panel.body.addWidget(PlainLabel(drawn.question.text, panel, bold=True, wrap=True))
        panel.body.addWidget(
            PlainLabel(f"✗ Your answer: {drawn.answers[place]}", panel, wrap=True, tone="bad")
        )
        right = drawn.answers[drawn.right]
        panel.body.addWidget(PlainLabel(f"✓ Right: {right}", panel, wrap=True, tone="good"))
        panel.body.addWidget(PlainLabel(drawn.question.why, panel, wrap=True))
        return panel

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        key = event.key()
        if key in _ENTER:
            self.go_on() if self.result is None else self.over.emit()
        elif self.result is not None and key == Qt.Key.Key_A:
            self.begin()
        elif self.result is None and Qt.Key.Key_1 <= key <= Qt.Key.Key_4:
            self.answers.choose(key - Qt.Key.Key_1)
        else:
            super().keyPressEvent(event)
