"""What the checks look for here: own words and links, words that are fine, the cost of a segment."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.campaigns import office
from app.campaigns.office import Office
from ui import theme
from ui.widgets import KeyButton, PlainLabel, one_line, scrolled

_LISTS = (
    ("words", "Words to warn of", "One a line; a word that ends in * stands for its beginning"),
    ("shorteners", "Link shorteners besides the known ones", "One a line, such as go.example"),
    ("allowed", "Fine here: not mentioned any more", "One a line, such as happy hour or bit.ly"),
)


class OfficeDialog(QDialog):
    """``office()`` after ``accepted``."""

    def __init__(self, ours: Office, lines: Sequence[tuple[int, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("What the checks look for")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        height = parent.window().height() if parent is not None else 700
        self.resize(theme.em(self, 38), min(theme.em(self, 44), height - 60))
        self._lines = tuple(lines)
        self.lists: dict[str, QPlainTextEdit] = {}
        self.prices: dict[int, QLineEdit] = {}
        self.asks = QCheckBox("Point out a text that asks for nothing", self)
        self.asks.setChecked(ours.asks)
        self.price = QLineEdit("" if ours.price is None else f"{ours.price:g}", self)
        self.currency = QLineEdit(ours.currency, self)
        self.currency.setMaxLength(8)
        layout = QVBoxLayout(self)
        layout.addWidget(PlainLabel("What the checks look for", self, bold=True, size="title"))
        layout.addWidget(scrolled(lambda inner: self._fill(inner, ours), self), 1)
        self.problem = PlainLabel("", self, tone="bad", wrap=True)
        self.problem.hide()
        layout.addWidget(self.problem)
        self.ok_button = KeyButton("Keep", "Ctrl+S", self, primary=True)
        cancel = KeyButton("Cancel", "Esc", self)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.ok_button)
        layout.addLayout(buttons)
        self.ok_button.clicked.connect(self._accept)
        QShortcut(QKeySequence("Ctrl+S"), self).activated.connect(self._accept)
        cancel.clicked.connect(self.reject)
        self.lists["words"].setFocus()

    def _fill(self, layout: QVBoxLayout, ours: Office) -> None:
        layout.setSpacing(theme.em(self, 0.4))
        for key, title, hint in _LISTS:
            edit = QPlainTextEdit("\n".join(getattr(ours, key)), self)
            edit.setAccessibleName(title)
            edit.setPlaceholderText(hint)
            edit.setTabChangesFocus(True)
            edit.setFixedHeight(theme.em(self, 5))
            self.lists[key] = edit
            label = PlainLabel(title, self, bold=True)
            label.setBuddy(edit)
            layout.addWidget(label)
            layout.addWidget(edit)
        known = ", ".join(category.name for category in office.shipped_categories())
        layout.addWidget(
            PlainLabel(f"Looked for in any case: {known}.", self, quiet=True, wrap=True, size="small")
        )
        layout.addWidget(self.asks)
        layout.addWidget(PlainLabel("What a segment costs", self, bold=True))
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        rows = [("On any line", self.price), ("Currency", self.currency)]
        own = dict(ours.prices)
        for line_id, name in self._lines if len(self._lines) > 1 else ():
            price = QLineEdit(f"{own[line_id]:g}" if line_id in own else "", self)
            self.prices[line_id] = price
            rows.append((f"On {one_line(name, 40)}", price))
        for place, (words, field) in enumerate(rows):
            label = PlainLabel(words, self, quiet=True)
            label.setBuddy(field)
            field.setAccessibleName(f"{words}: cost of a segment" if field is not self.currency else words)
            grid.addWidget(label, place, 0)
            grid.addWidget(field, place, 1)
        self.price.setPlaceholderText("0.05, or nothing")
        layout.addLayout(grid)
        layout.addStretch(1)

    def _accept(self) -> None:
        try:
            self.office()
        except ValueError as error:
            self.problem.setText(str(error))
            self.problem.show()
            return
        self.accept()

    def office(self) -> Office:
        """What was typed. Raises ``ValueError`` with a sentence."""
        lists = {key: tuple(edit.toPlainText().splitlines()) for key, edit in self.lists.items()}
        prices = ((key, _price(edit.text())) for key, edit in self.prices.items())
        return Office(
            **lists,
            price=_price(self.price.text()),
            prices=tuple((key, price) for key, price in prices if price is not None),
            currency=self.currency.text().strip(),
            asks=self.asks.isChecked(),
        )


def _price(text: str) -> float | None:
    plain = text.strip().replace(",", ".")
    if not plain:
        return None
    try:
        price = float(plain)
    except ValueError:
        price = -1.0
    if not 0 <= price <= 1_000:
        raise ValueError(f"“{one_line(text, 20)}” is no price. Write it as 0.05.")
    return price
