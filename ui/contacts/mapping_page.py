"""Importing a list: what it is taken for, column by column, and what is odd about it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.people import formats, reading
from app.people.columns import folded
from app.people.suspicions import Survey
from ui import theme, wording
from ui.contacts.mapping import MappingTable
from ui.countries import CountryBox
from ui.widgets import KeyButton, Notice, PlainLabel, one_line

KEEP = (("existing", "what is saved already"), ("file", "what this list says"))
HOUSEHOLD = (("first", "the first name"), ("last", "the last name"), ("merge", "both: “Ana and Ben”"))


class MappingPage(QWidget):
    """Name, country, format, what each column is, which of two stays."""

    accepted = Signal()
    back = Signal()
    reread = Signal()  # another country, header or format: look at the list again
    changed = Signal()  # another meaning of a column: count again

    def __init__(self, country: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._remembered = ""
        self.title = PlainLabel("", self, size="title", bold=True)
        self.about = PlainLabel("", self, quiet=True, wrap=True)
        self.name = QLineEdit(self)
        self.name.setMaxLength(120)
        self.name.setAccessibleName("Name of the list")
        self.country = CountryBox(country, self)
        self.format = _box("The file is", tuple(formats.NAMES.items()), self)
        self.keep = _box("When a person is known already, keep", KEEP, self)
        self.household = _box("When a number has two names, keep", HOUSEHOLD, self)
        self.header = QCheckBox("The first row names the columns", self)
        self.history = QCheckBox("Put the old texts into their threads, to be read", self)
        self.history.setChecked(True)
        self.table = MappingTable(self)
        self.odd = Notice("", "warn", parent=self)
        self.problem = PlainLabel("", self, tone="warn", wrap=True)
        self.back_button = KeyButton("Back", parent=self)
        self.import_button = KeyButton("Import", parent=self, primary=True)
        self._lay_out()
        self.table.changed.connect(self._look)
        self.table.changed.connect(self.changed)
        self.country.activated.connect(lambda _index: self.reread.emit())
        self.format.activated.connect(lambda _index: self.reread.emit())
        self.header.clicked.connect(lambda _on: self.reread.emit())
        self.import_button.clicked.connect(self.accepted)
        self.back_button.clicked.connect(self.back)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.5))
        layout.addWidget(self.title)
        layout.addWidget(self.about)
        grid = QGridLayout()
        grid.setVerticalSpacing(theme.em(self, 0.2))
        grid.setHorizontalSpacing(theme.em(self, 0.8))
        fields: tuple[tuple[str, QWidget], ...] = (
            ("Name of the list", self.name),
            ("The file is", self.format),
            ("Country of plain numbers", self.country),
            ("A known person: keep", self.keep),
            ("A number with two names: keep", self.household),
        )
        for place, (words, field) in enumerate(fields):
            label = PlainLabel(words, self, quiet=True)
            label.setBuddy(field)
            grid.addWidget(label, place // 3 * 2, place % 3)
            grid.addWidget(field, place // 3 * 2 + 1, place % 3)
            field.setMinimumWidth(theme.em(self, 8))
            grid.setColumnStretch(place % 3, 1)
        grid.addWidget(self.header, 3, 2)
        layout.addLayout(grid)
        layout.addWidget(self.history)
        layout.addWidget(self.odd)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.problem)
        last = QHBoxLayout()
        last.addWidget(self.back_button)
        last.addStretch(1)
        last.addWidget(self.import_button)
        layout.addLayout(last)

    def show_preview(self, source: reading.Source, preview: Any) -> None:
        """Show what was found in the list."""
        self.title.setText(one_line(source.name))
        self._remembered = (
            " These columns were imported before: the choices are those of last time."
            if preview.remembered
            else ""
        )
        rows = wording.count(preview.total_rows_estimate, "row")
        self.about.setText(f"{formats.NAMES[preview.format]}. About {rows}.{self._remembered}")
        if not self.name.text():
            self.name.setText(source.name.rsplit(".", 1)[0][:120])
        self.format.setCurrentIndex(self.format.findData(preview.format))
        self.header.setChecked(preview.has_header)
        self.header.setVisible(preview.format == "table")
        self.history.setVisible(preview.format in formats.HISTORIES)
        self.odd.say("")
        self.table.show_preview(preview.columns, preview.rows, preview.mapping, field_names(preview.columns))
        self._look()

    def show_survey(self, survey: Survey | None) -> None:
        """Say how many doubles and households the whole list has, and what is odd about it."""
        if survey is None:
            return
        words = [
            f"{wording.count(survey.people, 'person', 'people')} in {wording.count(survey.total, 'row')}."
        ]
        if survey.doubles:
            words.append(f"{wording.count(survey.doubles, 'double')}.")
        if survey.refused:
            words.append(f"{survey.refused:,} without a number that can be texted.")
        if survey.households:
            words.append(
                f"{wording.count(survey.households, 'number')} with two names "
                f"(both would be “{one_line(survey.example, 60)}”)."
            )
        self.about.setText(" ".join((f"{self.format.currentText()}.", *words)) + self._remembered)
        found = survey.findings()
        self.odd.say("Look at this list again. " + " ".join(found) if found else "", "warn")

    def _look(self) -> None:
        missing = self.table.mapping().number is None
        self.problem.setText("Choose the column that has the phone numbers." if missing else "")
        self.problem.setVisible(missing)
        self.import_button.setEnabled(not missing)


def _box(name: str, choices: tuple[tuple[str, str], ...], parent: QWidget) -> QComboBox:
    box = QComboBox(parent)
    for value, words in choices:
        box.addItem(words, value)
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box


def field_names(columns: tuple[str, ...]) -> dict[int, str]:
    """What each column would be called as a field in a message: "Due month" is due_month."""
    names: dict[int, str] = {}
    for index, column in enumerate(columns):
        base = folded(column).replace(" ", "_")[:60] or f"column_{index + 1}"
        name, suffix = base, 2
        while name in names.values():
            name, suffix = f"{base}_{suffix}", suffix + 1
        names[index] = name
    return names
