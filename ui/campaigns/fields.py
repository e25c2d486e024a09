"""The fields of a campaign itself: values that are the same for everyone, such as the place of an event."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.campaigns import merging, templates
from ui import theme
from ui.widgets import KeyButton, PlainLabel, scrolled

#: Empty rows that wait at the end.
_SPARE = 2
_MOST = 20


class FieldsDialog(QDialog):
    """Rows of name and value. ``fields()`` after ``accepted``."""

    def __init__(self, fields: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Fields of this campaign")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        height = parent.window().height() if parent is not None else 700
        self.resize(theme.em(self, 36), min(theme.em(self, 28), height - 60))
        self.rows: list[tuple[QLineEdit, QLineEdit]] = []
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel("Fields of this campaign", self, bold=True, size="title"))
        words = "The same for everyone, unless the list has a value: {place}, {event}, {link} …"
        layout.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 2)
        self._grid.setColumnStretch(0, 1)
        layout.addWidget(scrolled(self._fill, self), 1)
        self.problem = PlainLabel("", self, tone="bad", wrap=True)
        self.problem.hide()
        layout.addWidget(self.problem)
        self.ok_button = KeyButton("Use these", "Enter", self, primary=True)
        self.cancel_button = KeyButton("Cancel", "Esc", self)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.ok_button)
        layout.addLayout(buttons)
        self.cancel_button.clicked.connect(self.reject)
        self.ok_button.clicked.connect(self._accept)
        for name, value in fields:
            self._add(name, value)
        self._spare()
        next(name for name, _value in self.rows if not name.text()).setFocus()

    def _fill(self, layout: QVBoxLayout) -> None:
        layout.addLayout(self._grid)
        layout.addStretch(1)

    def _add(self, name: str = "", value: str = "") -> None:
        place = len(self.rows)
        edits = QLineEdit(name, self), QLineEdit(value, self)
        for column, (edit, words, most) in enumerate(
            zip(edits, ("Name", "Value"), (60, templates.MAX_VALUE), strict=True)
        ):
            edit.setMaxLength(most)
            edit.setPlaceholderText(words)
            edit.setAccessibleName(f"{words} of field {place + 1}")
            edit.textEdited.connect(self._spare)
            edit.returnPressed.connect(self._accept)
            self._grid.addWidget(edit, place, column)
        self.rows.append(edits)

    def _spare(self) -> None:
        empty = sum(not name.text() and not value.text() for name, value in self.rows)
        while empty < _SPARE and len(self.rows) < _MOST + _SPARE:
            self._add()
            empty += 1

    def fields(self) -> dict[str, str]:
        """What was typed, by name; rows without a name are none."""
        return {name.text().strip(): value.text().strip() for name, value in self.rows if name.text().strip()}

    def _accept(self) -> None:
        problem = self._problem()
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        if not problem:
            self.accept()

    def _problem(self) -> str:
        seen: set[str] = set()
        for name, value in self.rows:
            text = name.text().strip()
            if not text:
                if value.text().strip():
                    return "A value has no name: what is its field called?"
                continue
            known = templates.key(text)
            if not known:
                return f"“{text}” is no name for a field: use letters and digits."
            if known in merging.OWN_FIELDS:
                return f"{{{known}}} is a person's own field. Choose another name."
            if known in seen:
                return f"{{{known}}} is there twice."
            seen.add(known)
        return ""
