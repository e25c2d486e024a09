"""The rules of an audience: one row each, made of a kind, a question and a value."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QStackedWidget, QWidget

from app.people.audiences import ASKS, Rule
from ui import theme
from ui.widgets import KeyButton, one_line

KIND_WORDS = {
    "tag": "Tag",
    "list": "List",
    "field": "Field",
    "campaign": "Campaign",
    "answer": "Answer",
    "texted": "Last texted",
    "consent": "Consent",
    "language": "Language",
}
ASK_WORDS = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "more": "is more than, or after",
    "less": "is less than, or before",
    "filled": "is filled",
    "empty": "is empty",
    "was": "got a text of",
    "was_not": "got no text of",
    "replied": "replied to",
    "silent": "got a text of and was silent",
    "within": "within so many days",
    "not_within": "not within so many days",
    "never": "never",
    "has": "is on record",
    "lacks": "is missing or over",
    "expired": "is over",
    "said": "is",
    "said_other": "is another one than",
    "answered": "was given",
    "unanswered": "was not given by who was texted",
}
_NO_VALUE = ("filled", "empty", "never", "has", "lacks", "expired", "answered", "unanswered")
_NAMED = ("field", "answer")  # kinds that name a field or a question
_CHOSEN = ("tag", "list", "campaign")  # kinds whose value is one of those that there are


@dataclass(frozen=True, slots=True)
class Offers:
    """What rules can name: (value, words) of tags, lists and campaigns; field names.

    ``questions`` are (id, words, its answers as (value, words)).
    """

    tag: tuple[tuple[str, str], ...] = ()
    list: tuple[tuple[str, str], ...] = ()
    campaign: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()
    questions: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = ()

    def answers(self, question: str) -> tuple[tuple[str, str], ...]:
        """The answers of a question; () where it is answered with words or a number."""
        return next((found for key, _words, found in self.questions if key == question), ())


class RuleRow(QWidget):
    """One rule. ``changed`` when it says something else, ``dropped`` when it is to go."""

    changed = Signal()
    dropped = Signal()

    def __init__(self, rule: Rule, offers: Offers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offers = offers
        self.kind, self.field, self.ask = QComboBox(self), QComboBox(self), QComboBox(self)
        self.choice, self.words = QComboBox(self), QLineEdit(self)
        self.value = QStackedWidget(self)
        self.value.addWidget(self.choice)
        self.value.addWidget(self.words)
        self.drop = KeyButton("Remove", parent=self, flat=True)
        for kind, said in KIND_WORDS.items():
            self.kind.addItem(said, kind)
        self.words.setMaxLength(200)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.4))
        named = (
            (self.kind, "What"),
            (self.field, "Which field or question"),
            (self.ask, "How"),
            (self.choice, "Which"),
        )
        for box, name in named:
            box.setAccessibleName(name)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(5)
        self.words.setAccessibleName("Value")
        for widget, share in (
            (self.kind, 2),
            (self.field, 2),
            (self.ask, 3),
            (self.value, 3),
            (self.drop, 0),
        ):
            layout.addWidget(widget, share)
        self._show(rule)
        self.kind.activated.connect(lambda _index: self._another_kind())
        self.ask.activated.connect(lambda _index: self._look())
        self.field.activated.connect(lambda _index: self._another_name())
        self.choice.activated.connect(lambda _index: self.changed.emit())
        self.words.textEdited.connect(lambda _text: self.changed.emit())
        self.drop.clicked.connect(self.dropped)

    def _show(self, rule: Rule) -> None:
        self.kind.setCurrentIndex(max(0, self.kind.findData(rule.kind)))
        self._fill()
        self.ask.setCurrentIndex(max(0, self.ask.findData(rule.ask)))
        self.field.setCurrentIndex(max(0, self.field.findData(rule.name)))
        self._fill_choice()
        self.choice.setCurrentIndex(max(0, self.choice.findData(rule.value)))
        self.words.setText("" if self._choosing() else rule.value)
        self._arrange()

    def _fill(self) -> None:
        kind = str(self.kind.currentData())
        self.ask.clear()
        for ask in ASKS[kind]:
            self.ask.addItem(ASK_WORDS[ask], ask)
        self.field.clear()
        named = [(name, "{" + one_line(name, 40) + "}") for name in self._offers.fields]
        if kind == "answer":
            named = [(key, one_line(words, 80)) for key, words, _answers in self._offers.questions]
        for key, words in named:
            self.field.addItem(words, key)
        self._fill_choice()

    def _fill_choice(self) -> None:
        kind = str(self.kind.currentData())
        offered = getattr(self._offers, kind, ()) if kind in _CHOSEN else ()
        if kind == "answer":
            offered = self._offers.answers(str(self.field.currentData() or ""))
        self.choice.clear()
        for value, words in offered:
            self.choice.addItem(one_line(words, 60), value)

    def _another_name(self) -> None:
        if self.kind.currentData() == "answer":
            self._fill_choice()
        self._look()

    def _choosing(self) -> bool:
        """Whether the value is one of those that there are."""
        kind, ask = str(self.kind.currentData()), str(self.ask.currentData())
        return kind in _CHOSEN or (
            kind == "answer" and ask in ("said", "said_other") and self.choice.count() > 0
        )

    def _another_kind(self) -> None:
        self._fill()
        self.words.clear()
        self._look()

    def _look(self) -> None:
        self._arrange()
        self.changed.emit()

    def _arrange(self) -> None:
        kind, ask = str(self.kind.currentData()), str(self.ask.currentData())
        self.field.setVisible(kind in _NAMED)
        self.value.setVisible(ask not in _NO_VALUE)
        self.value.setCurrentWidget(self.choice if self._choosing() else self.words)
        self.words.setPlaceholderText("days" if kind == "texted" else "")

    def rule(self) -> Rule:
        """What the row says now."""
        kind, ask = str(self.kind.currentData()), str(self.ask.currentData())
        value = str(self.choice.currentData() or "") if self._choosing() else self.words.text().strip()
        name = str(self.field.currentData() or "") if kind in _NAMED else ""
        return Rule(kind, ask, "" if ask in _NO_VALUE else value, name)

    def complete(self) -> bool:
        """False while the value is still to be given."""
        rule = self.rule()
        return (rule.ask in _NO_VALUE or bool(rule.value)) and (rule.kind not in _NAMED or bool(rule.name))
