"""What is to be done, beside the desk: the step that it is about in words, the others as lines."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.operators import steps
from app.operators.steps import Step
from ui import theme
from ui.widgets import IconSign, KeyButton, PlainLabel, Rule, clear_layout, scrolled


class StepsPanel(QFrame):
    """The steps. ``questions_asked`` once everything is done."""

    questions_asked = Signal()
    leave_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAccessibleName("What to do")
        self.setFixedWidth(theme.em(self, 13.5))
        layout = QVBoxLayout(self)
        space = theme.em(self, 0.8)
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(theme.em(self, 0.5))
        layout.addWidget(PlainLabel("What to do", self, size="title", bold=True))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme.em(self, 0.5))
        area = scrolled(self._fill, self)
        layout.addWidget(area, 1)
        self.questions = KeyButton("To the questions", "Ctrl+3", self, primary=True)
        QShortcut(QKeySequence("Ctrl+3"), self).activated.connect(self._ask)
        self.questions.setEnabled(False)
        self.questions.clicked.connect(self._ask)
        layout.addWidget(self.questions)
        self.leave = KeyButton("Leave the training", parent=self, flat=True)
        self.leave.clicked.connect(self.leave_asked)
        layout.addWidget(self.leave, 0, Qt.AlignmentFlag.AlignLeft)
        self.shown: tuple[Step, ...] = ()

    def _ask(self) -> None:
        if self.questions.isEnabled():
            self.questions_asked.emit()

    def _fill(self, layout: QVBoxLayout) -> None:
        layout.setContentsMargins(0, 0, theme.em(self, 0.3), 0)
        layout.addLayout(self._rows)
        layout.addStretch(1)

    def show_steps(self, found: tuple[Step, ...]) -> None:
        """Show how far it is. The first that can be done and is not is told in words."""
        if found == self.shown:
            return
        self.shown = found
        clear_layout(self._rows)
        here = next((step for step in found if step.open and not step.done), None)
        for step in found:
            if step.needed or step.done:
                self._rows.addWidget(self._row(step, step is here))
        over = steps.finished(found)
        self.questions.setEnabled(over)
        if over:
            self._rows.addWidget(Rule(self))
            words = "Everything is done. Ten questions on the rules are left; eight right ones pass."
            self._rows.addWidget(PlainLabel(words, self, wrap=True, bold=True))
        elif here is None:
            words = "Answers come in within seconds. Look into the inbox when its number grows."
            self._rows.addWidget(PlainLabel(words, self, wrap=True, quiet=True))

    def _row(self, step: Step, here: bool) -> QWidget:
        holder = QWidget(self)
        across = QHBoxLayout(holder)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(theme.em(self, 0.5))
        sign = "check" if step.done else "circle"
        across.addWidget(IconSign(sign, 0.95, holder), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        title = PlainLabel(step.title, holder, bold=here, quiet=step.done or not here, wrap=True)
        title.setAccessibleName(f"{'Done' if step.done else 'To do'}: {step.title}")
        words.addWidget(title)
        if here:
            words.addWidget(PlainLabel(step.words, holder, wrap=True, size="small"))
        if step.hint:
            words.addWidget(PlainLabel(step.hint, holder, wrap=True, size="small", tone="warn"))
        across.addLayout(words, 1)
        return holder
