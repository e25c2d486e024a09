"""One question of the script in the person's pane: its answers as chips, or a field for words and numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.campaigns.script import Option
from app.conversations.answers import MAX_VALUE
from app.conversations.asked import Asked
from ui import theme
from ui.widgets import ChipButton, PlainLabel, one_line, repolish, row
from ui.widgets_flow import FlowLayout

#: Answers of the question whose turn it is that have a key of their own: Alt and a digit.
KEYS = 9


class AnswerChip(ChipButton):
    """One answer. The chosen one has a tick and an outline; the key stands before the word."""

    def __init__(
        self, label: str, tone: str, parent: QWidget, *, key: str, chosen: bool, guess: bool
    ) -> None:
        words = f"{'✓ ' if chosen else ''}{one_line(label)}{'?' if guess else ''}"
        super().__init__(f"{key} · {words}" if key else words, tone, parent)
        said = "chosen" if chosen else "suggested by their last text" if guess else ""
        self.setAccessibleName(", ".join(part for part in (one_line(label), said) if part))
        self.setAccessibleDescription(f"Key: {key}" if key else "")
        if chosen or guess:
            self.setProperty("chosen", "true" if chosen else "guess")
            repolish(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.click()
            event.accept()
            return
        super().keyPressEvent(event)


class AnswerEdit(QLineEdit):
    """Where words or a number are typed. Enter keeps them, Esc leaves."""

    kept = Signal(str)
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.kept.emit(self.text())
            event.accept()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            event.accept()
            return
        super().keyPressEvent(event)


class QuestionBox(QWidget):
    """One question. ``chosen(option id)`` or ``typed(words)`` is an answer; ``left``: back to the text."""

    chosen = Signal(int)
    typed = Signal(str)
    cleared = Signal()
    left = Signal()

    def __init__(self, asked: Asked, parent: QWidget, *, turn: bool, draft: str) -> None:
        super().__init__(parent)
        self.asked = asked
        self.chips: list[AnswerChip] = []
        self.options: list[Option] = []
        self.edit: AnswerEdit | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.3))
        title = PlainLabel(one_line(asked.question.text), self, quiet=not turn, bold=turn, wrap=True)
        layout.addWidget(title)
        if asked.question.kind == "choice":
            layout.addWidget(self._choices(turn))
        else:
            layout.addWidget(self._field(turn, draft))
        for words, tone in self._notes():
            layout.addWidget(PlainLabel(words, self, size="small", quiet=not tone, tone=tone, wrap=True))
        if turn and asked.answer is not None:
            self.clear_chip = ChipButton("Alt+0 · Take the answer back", parent=self)
            self.clear_chip.clicked.connect(self.cleared)
            layout.addLayout(row(self.clear_chip))

    def _choices(self, turn: bool) -> QWidget:
        question, answer = self.asked.question, self.asked.answer
        self.options = list(question.choices)
        given = question.option(answer.option_id) if answer is not None else None
        if given is not None and given not in self.options:  # it was taken out of the script since
            self.options.append(given)
        holder = QWidget(self)
        flow = FlowLayout(holder, gap=theme.em(self, 0.3))
        for place, option in enumerate(self.options, start=1):
            chosen = answer is not None and option.id == answer.option_id
            guess = option.id == self.asked.suggested
            tone = (option.tone or "accent") if chosen or guess else "neutral"
            label = answer.value if chosen and answer is not None else option.label
            key = f"Alt+{place}" if turn and place <= KEYS else ""
            chip = AnswerChip(label, tone, holder, key=key, chosen=chosen, guess=guess)
            chip.clicked.connect(lambda _on=False, key=option.id: self.chosen.emit(key))
            flow.addWidget(chip)
            self.chips.append(chip)
        return holder

    def _field(self, turn: bool, draft: str) -> QWidget:
        question = self.asked.question
        self.edit = edit = AnswerEdit(self)
        edit.setMaxLength(MAX_VALUE)
        edit.setAccessibleName(one_line(question.text))
        words = "Number" if question.kind == "number" else "Answer"
        edit.setPlaceholderText(f"{words}{': Alt+1, then Enter keeps it' if turn else ', Enter keeps it'}")
        edit.setText(draft or self.stored)
        edit.kept.connect(self.typed)
        edit.left.connect(self.left)
        return edit

    def _notes(self) -> list[tuple[str, str]]:
        notes = []
        if self.asked.suggested is not None:
            notes.append(("? is what their last text suggests. Nothing is kept until you press it.", ""))
        if self.asked.offer:
            notes.append(("Taken from their last text. Enter keeps it.", ""))
        if self.asked.missing:
            lacking = ", ".join(one_line(name, 40) for name in self.asked.missing)
            notes.append((f"No {lacking} for this person, so the next text is not filled in.", "warn"))
        return notes

    @property
    def stored(self) -> str:
        """What the field has when nobody typed."""
        return self.asked.answer.value if self.asked.answer is not None else self.asked.offer

    def forget(self) -> None:
        """What was typed is no draft any more."""
        if self.edit is not None:
            self.edit.setText(self.stored)

    def act(self, place: int) -> None:
        """Alt and a digit: the answer of that place, or the field."""
        if self.edit is not None:
            if place == 1:
                self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
                self.edit.selectAll()
        elif 1 <= place <= len(self.options):
            self.chosen.emit(self.options[place - 1].id)

    def focus_place(self) -> int:
        """Which of its controls has the focus, from 0; -1 for none."""
        controls: list[QWidget] = [*self.chips] if self.edit is None else [self.edit]
        return next((place for place, each in enumerate(controls) if each.hasFocus()), -1)

    def take_focus(self, place: int = 0) -> None:
        """Put the focus on one of its controls."""
        controls: list[QWidget] = [*self.chips] if self.edit is None else [self.edit]
        if controls:
            controls[min(place, len(controls) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)
