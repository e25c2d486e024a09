"""One person's details, to read and to change."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.people import numbers
from app.people.contacts import Contact
from ui import theme, wording
from ui.widgets import KeyButton, Notice, Panel, PlainLabel, one_line, scrolled

#: attribute -> words
NAMES = {"name": "Name", "first_name": "First name", "last_name": "Last name", "time_zone": "Time zone"}


class PersonPanel(Panel):
    """Shows a :class:`Contact`. ``save_asked(id, changes)`` carries what differs from what was read."""

    save_asked = Signal(int, object)
    write_asked = Signal(str)
    opt_outs_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.contact: Contact | None = None
        self.title = PlainLabel("", self, size="title", bold=True, wrap=True)
        self.title.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.number = PlainLabel("", self, quiet=True)
        self.number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.banner = Notice("", "bad", "See why", self)
        self.banner.acted.connect(lambda: self._with_number(self.opt_outs_asked))
        self.problem = Notice("", "bad", parent=self)
        self.edits: dict[str, QLineEdit] = {}
        self.fields = QTableWidget(0, 2, self)
        self.add_field_button = KeyButton("Add a field", parent=self, flat=True)
        self.consent = PlainLabel("", self, quiet=True, wrap=True)
        self.save_button = KeyButton("Save", "Ctrl+S", self, primary=True)
        self.undo_button = KeyButton("Undo changes", parent=self)
        self.write_button = KeyButton("Write", parent=self, icon="message-circle")
        self.save_button.setShortcut("Ctrl+S")
        self._lay_out()
        self._wire()
        self.show_contact(None)

    def _lay_out(self) -> None:
        for widget in (self.title, self.number, self.banner, self.problem):
            self.body.addWidget(widget)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for place, (key, words) in enumerate(NAMES.items()):
            edit = QLineEdit(self)
            edit.setMaxLength(200)
            edit.setAccessibleName(words)
            label = PlainLabel(words, self, quiet=True)
            label.setBuddy(edit)
            grid.addWidget(label, place, 0)
            grid.addWidget(edit, place, 1)
            self.edits[key] = edit
        zones = QCompleter(sorted(available_timezones()), self)
        zones.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        zones.setFilterMode(Qt.MatchFlag.MatchContains)
        self.edits["time_zone"].setCompleter(zones)
        self.fields.setAccessibleName("Fields")
        self.fields.setHorizontalHeaderLabels(["Field", "Value"])
        self.fields.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.fields.verticalHeader().hide()
        self.fields.setTabKeyNavigation(False)
        self.fields.setMinimumHeight(theme.em(self, 8))
        triggers = QAbstractItemView.EditTrigger
        self.fields.setEditTriggers(
            triggers.AnyKeyPressed
            | triggers.DoubleClicked
            | triggers.EditKeyPressed
            | triggers.SelectedClicked
        )

        def fill(layout: QVBoxLayout) -> None:
            layout.setSpacing(theme.em(self, 0.6))
            layout.addLayout(grid)
            layout.addWidget(self.fields, 1)
            layout.addWidget(self.add_field_button, 0, Qt.AlignmentFlag.AlignLeft)
            layout.addWidget(self.consent)

        self._area = scrolled(fill, self)
        self.body.addWidget(self._area, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.write_button)
        buttons.addStretch(1)
        buttons.addWidget(self.undo_button)
        buttons.addWidget(self.save_button)
        self.body.addLayout(buttons)

    def _wire(self) -> None:
        for edit in self.edits.values():
            edit.textEdited.connect(self._look)
            edit.returnPressed.connect(self._save)
        self.fields.itemChanged.connect(self._look)
        self.add_field_button.clicked.connect(self._add_field)
        self.save_button.clicked.connect(self._save)
        self.undo_button.clicked.connect(lambda: self.show_contact(self.contact))
        self.write_button.clicked.connect(lambda: self._with_number(self.write_asked))

    def _with_number(self, signal: Any) -> None:
        if self.contact is not None:
            signal.emit(self.contact.number)

    # -- showing --------------------------------------------------------------------------------

    def show_contact(self, contact: Contact | None) -> None:
        """Show a person; None says what to do."""
        self.contact = contact
        self.problem.say("")
        there = contact is not None
        for widget in (self.number, self._area, self.save_button, self.undo_button, self.write_button):
            widget.setVisible(there)
        if contact is None:
            self.title.setText("Choose a person")
            self.banner.say("")
            return
        shown = numbers.display(contact.number)
        self.title.setText(one_line(contact.name) or shown)
        self.number.setText(shown)
        self.banner.say(
            "Opted out: nothing is sent to this number." if contact.opted_out else "", "bad", "See why"
        )
        for key, edit in self.edits.items():
            edit.setText(getattr(contact, key))
        zones = ", ".join(numbers.zones(contact.number)[:3])
        hint = f"By the number: {zones}" if zones else "Unknown: set it, or texts to them wait"
        self.edits["time_zone"].setPlaceholderText(hint)
        self._show_fields(contact.fields)
        self.consent.setText(consent_words(contact.consent_source, contact.consent_at))
        self._look()

    def _show_fields(self, fields: dict[str, str]) -> None:
        self.fields.blockSignals(True)
        self.fields.setRowCount(len(fields))
        for place, (name, value) in enumerate(fields.items()):
            self.fields.setItem(place, 0, QTableWidgetItem(name))
            self.fields.setItem(place, 1, QTableWidgetItem(value))
        self.fields.blockSignals(False)

    def _add_field(self) -> None:
        place = self.fields.rowCount()
        self.fields.insertRow(place)
        name = QTableWidgetItem("")
        self.fields.setItem(place, 0, name)
        self.fields.setItem(place, 1, QTableWidgetItem(""))
        self.fields.setCurrentCell(place, 0)
        self.fields.editItem(name)

    # -- changing -------------------------------------------------------------------------------

    def typed_fields(self) -> dict[str, str]:
        """The fields as they stand in the table; rows without a name do not count."""
        found: dict[str, str] = {}
        for place in range(self.fields.rowCount()):
            name, value = self.fields.item(place, 0), self.fields.item(place, 1)
            if name is not None and name.text().strip():
                found[name.text().strip()[:60]] = value.text()[:1000] if value is not None else ""
        return found

    def changes(self) -> dict[str, Any]:
        """What differs from what was read."""
        if self.contact is None:
            return {}
        found: dict[str, Any] = {
            key: edit.text().strip()
            for key, edit in self.edits.items()
            if edit.text().strip() != getattr(self.contact, key)
        }
        fields = self.typed_fields()
        if fields != self.contact.fields:
            found["fields"] = fields
        return found

    def _look(self, *_: object) -> None:
        changed = bool(self.changes())
        self.save_button.setEnabled(changed)
        self.undo_button.setEnabled(changed)

    def _save(self) -> None:
        changes = self.changes()
        if self.contact is not None and changes:
            self.save_asked.emit(self.contact.id, changes)

    def say_problem(self, text: str) -> None:
        """It was not saved: why. What was typed stays."""
        self.problem.say(text, "bad")


def consent_words(source: str, at: float | None) -> str:
    """ "Consent: web form, 3 Mar 2026", or that there is none on record."""
    if not source and at is None:
        return "Consent: none on record"
    pieces = [one_line(source)] if source else []
    if at is not None:
        pieces.append(wording.day(at))
    return f"Consent: {', '.join(pieces)}"
