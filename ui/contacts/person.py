"""One person's details, to read and to change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any
from zoneinfo import available_timezones

from PySide6.QtCore import QMetaObject, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.conversations import who
from app.people import fields, numbers
from app.people.contacts import Contact
from app.people.fields import KINDS
from app.people.reach import Failure
from ui import theme
from ui.widgets import KeyButton, Notice, Panel, PlainLabel, one_line, scrolled

#: attribute -> words
NAMES = {
    "name": "Name",
    "first_name": "First name",
    "last_name": "Last name",
    "tags": "Tags",
    "language": "Language",
    "time_zone": "Time zone",
    "other_numbers": "Other numbers",
}
CONSENT = {
    "consent_source": "Source",
    "consent_at": "Date",
    "consent_wording": "Wording",
    "consent_frequency": "How often",
    "consent_until": "Until",
}
HINTS = {
    "tags": "With commas between",
    "other_numbers": "Listed, not texted",
    "language": "Such as es, or Spanish",
    "consent_source": "Such as web form",
    "consent_at": "None on record",
    "consent_wording": "What they agreed to",
    "consent_frequency": "What was promised",
    "consent_until": "No end",
}
_DAYS = ("consent_at", "consent_until")
_SEVERAL = ("tags", "other_numbers")


class PersonPanel(Panel):
    """Shows a :class:`Contact`. ``save_asked(id, changes)`` carries what differs from what was read."""

    save_asked = Signal(int, object)
    write_asked = Signal(str)
    opt_outs_asked = Signal(str)
    text_instead_asked = Signal(int, str)
    shown = Signal(int)
    works_asked = Signal(int)  # the number can be texted, whatever failed before

    def __init__(self, parent: QWidget | None = None, *, month_first: bool = False) -> None:
        super().__init__(parent)
        self._month_first = month_first
        self.kinds: dict[str, str] = {}  # of the fields, for the order that they are shown in
        self.contact: Contact | None = None
        self.title = PlainLabel("", self, size="title", bold=True, wrap=True)
        self.title.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.number = PlainLabel("", self, quiet=True)
        self.number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.banner = Notice("", "bad", "See why", self)
        self.banner.acted.connect(lambda: self._with_number(self.opt_outs_asked))
        self.reach = Notice("", "warn", "It works", self)
        self.reach.acted.connect(lambda: self.contact and self.works_asked.emit(self.contact.id))
        self.problem = Notice("", "bad", parent=self)
        self.edits: dict[str, QLineEdit] = {}
        self._completing: QMetaObject.Connection | None = None
        self.fields = QTableWidget(0, 2, self)
        self.add_field_button = KeyButton("Add a field", parent=self, flat=True)
        self.notes = QPlainTextEdit(self)
        self.consent = PlainLabel("Consent", self, bold=True)
        self.below = QVBoxLayout()  # for what others put under the consent
        self.instead_button = KeyButton("Text another number…", parent=self, flat=True)
        self.save_button = KeyButton("Save", "Ctrl+S", self, primary=True)
        self.undo_button = KeyButton("Undo changes", parent=self)
        self.write_button = KeyButton("Write", parent=self, icon="message-circle")
        self.save_button.setShortcut("Ctrl+S")
        self._lay_out()
        self._wire()
        self.show_contact(None)

    def _lay_out(self) -> None:
        for widget in (self.title, self.number, self.banner, self.reach, self.problem):
            self.body.addWidget(widget)
        grid = self._grid(NAMES)
        consent = self._grid(CONSENT)
        zones = QCompleter(sorted(available_timezones()), self)
        zones.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        zones.setFilterMode(Qt.MatchFlag.MatchContains)
        self.edits["time_zone"].setCompleter(zones)
        self.notes.setAccessibleName("Notes")
        self.notes.setPlaceholderText("Notes")
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(theme.em(self, 5))
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
            layout.addWidget(self.instead_button, 0, Qt.AlignmentFlag.AlignLeft)
            layout.addWidget(self.notes)
            layout.addWidget(self.fields, 1)
            layout.addWidget(self.add_field_button, 0, Qt.AlignmentFlag.AlignLeft)
            layout.addWidget(self.consent)
            layout.addLayout(consent)
            layout.addLayout(self.below)

        self._area = scrolled(fill, self)
        self.body.addWidget(self._area, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.write_button)
        buttons.addStretch(1)
        buttons.addWidget(self.undo_button)
        buttons.addWidget(self.save_button)
        self.body.addLayout(buttons)

    def _grid(self, rows: dict[str, str]) -> QGridLayout:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, theme.em(self, 6.5))
        for place, (key, words) in enumerate(rows.items()):
            edit = QLineEdit(self)
            edit.setMaxLength(2000 if key == "consent_wording" else 400)
            edit.setAccessibleName(words if key in NAMES else f"Consent: {words.lower()}")
            edit.setPlaceholderText(HINTS.get(key, ""))
            label = PlainLabel(words, self, quiet=True)
            label.setBuddy(edit)
            grid.addWidget(label, place, 0)
            grid.addWidget(edit, place, 1)
            self.edits[key] = edit
        return grid

    def suggest_tags(self, tags: Sequence[str]) -> None:
        """Complete the tag that is being typed from those that are known."""
        completer = QCompleter(list(tags), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        edit = self.edits["tags"]
        completer.setWidget(edit)

        def typed(text: str) -> None:
            word = text[: edit.cursorPosition()].rpartition(",")[2].strip()
            completer.setCompletionPrefix(word)
            if word and completer.completionCount() and completer.currentCompletion() != word:
                completer.complete()
            elif (popup := completer.popup()) is not None:
                popup.hide()

        def take(tag: str) -> None:
            before = edit.text()[: edit.cursorPosition()].rpartition(",")[0]
            after = edit.text()[edit.cursorPosition() :]
            edit.setText(f"{before}, {tag}{after}" if before else f"{tag}{after}")
            self._look()

        completer.activated.connect(take)
        if self._completing is not None:
            edit.textEdited.disconnect(self._completing)
        self._completing = edit.textEdited.connect(typed)

    def _wire(self) -> None:
        for edit in self.edits.values():
            edit.textEdited.connect(self._look)
            edit.returnPressed.connect(self._save)
        self.notes.textChanged.connect(self._look)
        self.instead_button.clicked.connect(self._ask_instead)
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
        self.show_failure(None)
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
            edit.setText(self._shown(contact, key))
            edit.setCursorPosition(0)
        self.notes.blockSignals(True)
        self.notes.setPlainText(contact.notes)
        self.notes.blockSignals(False)
        self.instead_button.setVisible(bool(contact.other_numbers))
        zones = ", ".join(numbers.zones(contact.number)[:3])
        hint = f"By the number: {zones}" if zones else "Unknown: set it, or texts to them wait"
        self.edits["time_zone"].setPlaceholderText(hint)
        self._show_fields(contact.fields, contact.raw_fields)
        self._look()
        self.shown.emit(contact.id)

    def show_failure(self, found: Failure | None) -> None:
        """Why the person's number is taken for one that cannot be texted; None where it is not."""
        when = f" on {who.day(found.at)}" if found is not None and found.at else ""
        words = f"Checks point this number out: {found.why}{when}." if found is not None else ""
        self.reach.say(words, "warn", "It works")

    def _shown(self, contact: Contact, key: str) -> str:
        value = getattr(contact, key)
        if key in _DAYS:
            return who.day(value) if value is not None else ""
        if key == "other_numbers":
            return ", ".join(map(numbers.display, value))
        return ", ".join(value) if key in _SEVERAL else str(value)

    def _ask_instead(self) -> None:
        self.instead_menu().popup(self.instead_button.mapToGlobal(self.instead_button.rect().bottomLeft()))

    def instead_menu(self) -> QMenu:
        """Which of the further numbers is to be texted from now on."""
        contact = self.contact
        self._menu = menu = QMenu(self)
        if contact is None:
            return menu
        for number in contact.other_numbers:
            action = menu.addAction(f"Text {numbers.display(number)} from now on")
            action.triggered.connect(lambda _on, n=number: self.text_instead_asked.emit(contact.id, n))
        return menu

    def _show_fields(self, shown: dict[str, str], raw: dict[str, str]) -> None:
        """By kind, then in the lists' order; what was written differently is told by the tip."""
        order = {kind: place for place, kind in enumerate(KINDS)}
        named = sorted(shown.items(), key=lambda item: order.get(self.kinds.get(item[0], "text"), 0))
        self.fields.blockSignals(True)
        self.fields.setRowCount(len(shown))
        for place, (name, value) in enumerate(named):
            self.fields.setItem(place, 0, QTableWidgetItem(name))
            item = QTableWidgetItem(value)
            item.setToolTip(f"Written: {one_line(raw[name])}" if name in raw else "")
            if self.kinds.get(name) in ("number", "money"):
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.fields.setItem(place, 1, item)
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
        contact = self.contact
        found: dict[str, Any] = {
            key: self._typed(key, edit.text().strip())
            for key, edit in self.edits.items()
            if edit.text().strip() != self._shown(contact, key)
        }
        if self.notes.toPlainText() != contact.notes:
            found["notes"] = self.notes.toPlainText()
        given = self.typed_fields()
        if given != contact.fields:
            found["fields"] = given
        return found

    def _typed(self, key: str, text: str) -> Any:
        """What an edit says: a day as UTC seconds, several things parted; a day that is none stays text."""
        if key in _SEVERAL:
            return [part.strip() for part in text.split(",") if part.strip()]
        if key in _DAYS:
            day = fields.day_of(text, self._month_first) if text else None
            return day.replace(tzinfo=UTC).timestamp() if day is not None else (text or None)
        return text

    def _look(self, *_: object) -> None:
        changed = bool(self.changes())
        self.save_button.setEnabled(changed)
        self.undo_button.setEnabled(changed)

    def _save(self) -> None:
        changes = self.changes()
        wrong = next((changes[key] for key in _DAYS if isinstance(changes.get(key), str)), "")
        if wrong:
            self.say_problem(f"“{one_line(wrong, 40)}” is no date. Write one like 2026-09-30.")
        elif self.contact is not None and changes:
            self.save_asked.emit(self.contact.id, changes)

    def say_problem(self, text: str) -> None:
        """It was not saved: why. What was typed stays."""
        self.problem.say(text, "bad")
