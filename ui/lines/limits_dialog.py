"""The limits of one line: texts in a minute, an hour, a day, people in a month, and what a segment costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.texting import budgets
from app.texting.budgets import NO_LIMITS, Limits
from ui import theme
from ui.lines.words import price_of
from ui.widgets import ChipButton, KeyButton, PlainLabel, isolated, one_line, scrolled
from ui.widgets_flow import FlowLayout

if TYPE_CHECKING:
    from app.texting.budgets import Usage
    from app.texting.views import LineView

#: What many lines can be given with one press: words, and the limits behind them.
PRESETS = (
    ("Careful: 20 an hour, 200 a day", Limits(per_minute=4, per_hour=20, per_day=200)),
    ("Steady: 10 a minute, 400 a day", Limits(per_minute=10, per_day=400)),
    ("Plan with 100 people a month", Limits(per_minute=6, people_month=100)),
    ("Plan with 200 texts a day", Limits(per_day=200)),
    ("No limit", NO_LIMITS),
)
_TEXT = (
    "Many plans end a SIM that texts faster, or more people, than a person would. A limit holds the next "
    "text back and says until when. Nothing leaves that nobody pressed."
)
_COUNTS = (
    ("per_minute", "Texts a minute", "the next one waits its turn"),
    ("per_hour", "Texts an hour", "the last 60 minutes"),
    ("per_day", "Texts a day", "from midnight on this computer"),
    ("people_month", "People a month", "a person counts once"),
)


class LimitsDialog(QDialog):
    """``limits()``, ``price()`` and ``currency()`` after ``accepted``."""

    def __init__(self, view: LineView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Limits of a line – p2ptext")
        height = parent.window().height() if parent is not None else 700
        self.resize(theme.em(self, 36), min(theme.em(self, 37), height - 40))
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(
            PlainLabel(f"Limits of {isolated(view.name, 60)}", self, size="title", bold=True, wrap=True)
        )
        self.counts: dict[str, QLineEdit] = {}
        layout.addWidget(scrolled(lambda inner: self._fill(inner, view), self), 1)
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        self.problem.hide()
        layout.addWidget(self.problem)
        self.cancel = KeyButton("Cancel", "Esc", self)
        self.keep = KeyButton("Keep", "Enter", self, primary=True)
        self.cancel.clicked.connect(self.reject)
        self.keep.clicked.connect(self._accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.keep)
        layout.addLayout(buttons)
        self.counts["per_minute"].setFocus()

    def _fill(self, layout: QVBoxLayout, view: LineView) -> None:
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel(_TEXT, self, quiet=True, wrap=True))
        chips = QWidget(self)
        flow = FlowLayout(chips, gap=theme.em(self, 0.4))
        self.presets = []
        for words, limits in PRESETS:
            chip = ChipButton(words, parent=chips)
            chip.clicked.connect(lambda _checked=False, limits=limits: self.show_limits(limits))
            flow.addWidget(chip)
            self.presets.append(chip)
        layout.addWidget(chips)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.em(self, 0.8))
        grid.setVerticalSpacing(theme.em(self, 0.4))
        grid.setColumnStretch(2, 1)
        for name, words, hint in _COUNTS:
            self._add(grid, words, self._count(name, "no limit"), hint)
        self.month_day = self._count("month_day", "1")
        self._add(grid, "The month begins on day", self.month_day, "as on the plan's bill")
        self.price_field = QLineEdit(f"{view.price:g}" if view.price is not None else "", self)
        self.price_field.setPlaceholderText("0.05, or nothing")
        self.price_field.setMaxLength(20)
        self.currency_field = QLineEdit(view.currency, self)
        self.currency_field.setPlaceholderText("USD")
        self.currency_field.setMaxLength(8)
        if not view.practice:
            self._add(grid, "Price of a segment", self.price_field, "a long text has several segments")
            self._add(grid, "Currency", self.currency_field, "of every line")
        self.price_field.setVisible(not view.practice)
        self.currency_field.setVisible(not view.practice)
        layout.addLayout(grid)
        self.so_far = PlainLabel("", self, quiet=True, wrap=True, size="small")
        layout.addWidget(self.so_far)
        layout.addStretch(1)
        self.show_limits(view.limits)
        self.month_day.setText(str(view.limits.month_day))

    def _count(self, name: str, nothing: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setPlaceholderText(nothing)
        field.setMaxLength(10)
        self.counts[name] = field
        return field

    def _add(self, grid: QGridLayout, words: str, field: QWidget, hint: str) -> None:
        place = grid.rowCount()
        label = PlainLabel(words, self)
        label.setBuddy(field)
        field.setAccessibleName(words)
        field.setAccessibleDescription(hint)
        grid.addWidget(label, place, 0)
        grid.addWidget(field, place, 1)
        grid.addWidget(PlainLabel(hint, self, quiet=True, size="small"), place, 2)

    def show_limits(self, limits: Limits) -> None:
        """Fill the fields; the day on which the month begins is the plan's own and stays."""
        for name, _words, _hint in _COUNTS:
            self.counts[name].setText(str(getattr(limits, name) or ""))

    def say_usage(self, used: Usage) -> None:
        """What left up to now."""
        people = f", {used.people:,} people this month" if used.people is not None else ""
        self.so_far.setText(
            f"So far: {used.hour:,} in the last hour, {used.day:,} today{people}. Unknown outcomes count; "
            "texts that did not leave do not."
        )

    def limits(self) -> Limits:
        """What was set. Raises ``ValueError`` with a sentence for what is no limit."""
        typed = {name: _number(field.text()) for name, field in self.counts.items()}
        found = Limits(**typed | {"month_day": typed["month_day"] or 1})
        why = budgets.check(found)
        if why:
            raise ValueError(why)
        return found

    def price(self) -> float | None:
        """The price of a segment; None for none. Raises ``ValueError`` with a sentence."""
        return price_of(self.price_field.text())

    def currency(self) -> str:
        """The currency, as it was typed."""
        return self.currency_field.text().strip()

    def _accept(self) -> None:
        try:
            self.limits()
            self.price()
        except ValueError as error:
            self.problem.setText(str(error))
            self.problem.show()
            return
        self.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            focus = self.focusWidget()
            if isinstance(focus, ChipButton | KeyButton):
                focus.click()
            else:
                self._accept()
        else:
            super().keyPressEvent(event)


def _number(text: str) -> int:
    plain = text.strip().replace(",", "").replace(" ", "")
    if not plain:
        return 0
    if not (plain.isascii() and plain.isdigit()):
        raise ValueError(f"“{one_line(text, 20)}” is no number. Write it as 400, or nothing for no limit.")
    return int(plain)
