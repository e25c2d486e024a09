"""The fields of the person that the open thread is with, changed where they stand; and their consent."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.conversations import who
from app.conversations.opened import Opened
from app.people.contacts import Contact
from ui import theme
from ui.widgets import ElidedLabel, KeyButton, PlainLabel, one_line

#: The most fields that are shown; the page of the person has all of them.
MOST = 40
MAX_NAME, MAX_VALUE = 60, 1_000


def take_escape(event: QEvent) -> bool:
    """Take Esc before the page does, which has one of its own; True if it was asked for it."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    if event.key() != Qt.Key.Key_Escape:
        return False
    event.accept()
    return True


class PlaceEdit(QLineEdit):
    """A value that is changed in its place: Enter or leaving keeps it, Esc takes it back."""

    kept = Signal(str)
    done = Signal()  # Enter or Esc: the answer is next

    def __init__(self, value: str, name: str, parent: QWidget, *, keeps_on_leaving: bool = True) -> None:
        super().__init__(value, parent)
        self._keeps_on_leaving = keeps_on_leaving
        self.setMaxLength(MAX_VALUE)
        self.setAccessibleName(name)
        self.setCursorPosition(0)
        self._value = value

    def event(self, event: QEvent) -> bool:
        return take_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.keep()
                self.done.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.setText(self._value)
            self.done.emit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._keeps_on_leaving:
            self.keep()

    def keep(self) -> None:
        """Say what is typed, if it is another value."""
        if self.text() != self._value:
            self._value = self.text()
            self.kept.emit(self._value)

    @property
    def busy(self) -> bool:
        """True while somebody types in it."""
        return self.hasFocus() and self.text() != self._value

    def show_value(self, value: str) -> None:
        """What is stored; words that are being typed stay."""
        if not self.busy and value != self.text():
            self.setText(value)
            self.setCursorPosition(0)
        if not self.busy:
            self._value = value


class Details(QWidget):
    """``changed(thread, field, value)`` is for the page to keep; ``left`` leads back to the answer."""

    changed = Signal(int, str, str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Details")
        self._person: int | None = None  # the thread
        self.edits: dict[str, PlaceEdit] = {}
        self.consent = PlainLabel("", self, quiet=True, wrap=True)
        self.add_button = KeyButton("Add a detail", parent=self, flat=True)
        self.change_button = KeyButton("Change", "E", self, flat=True)
        self.new_name = QLineEdit(self)
        self.new_value = QLineEdit(self)
        self._grid = QGridLayout()
        self._build()
        self.add_button.clicked.connect(self.ask_new)
        self.change_button.clicked.connect(self.change)
        self.hide()

    def _build(self) -> None:
        for edit, words in ((self.new_name, "Name of the detail"), (self.new_value, "Its value")):
            edit.setPlaceholderText(words)
            edit.setAccessibleName(words)
            edit.returnPressed.connect(self._add)
            edit.installEventFilter(self)
            edit.hide()
        self.new_name.setMaxLength(MAX_NAME)
        self.new_value.setMaxLength(MAX_VALUE)
        self._grid.setColumnStretch(1, 1)
        self._grid.setHorizontalSpacing(theme.em(self, 0.5))
        self._grid.setVerticalSpacing(theme.em(self, 0.25))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.35))
        head = QHBoxLayout()
        head.addWidget(PlainLabel("Details", self, bold=True), 1)
        head.addWidget(self.change_button)
        layout.addLayout(head)
        layout.addLayout(self._grid)
        layout.addWidget(self.new_name)
        layout.addWidget(self.new_value)
        layout.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.consent)

    # -- what is shown --------------------------------------------------------------------------

    def show_person(self, here: Opened | None) -> None:
        """Another person, or the same after a change; None for nobody."""
        there = here is not None and here.thread.row.kind == "number"
        self.setVisible(there)
        if here is None or not there:
            self._person = None
            self._forget()
            return
        contact = here.contact
        fields = dict(list(contact.fields.items())[:MOST]) if contact is not None else {}
        if here.thread.id != self._person or list(fields) != list(self.edits):
            if here.thread.id != self._person:
                self._close_new()
            self._forget()
            for name in fields:
                self._row(here.thread.id, name, here.kinds.get(name, "text"))
        self._person = here.thread.id
        for name, value in fields.items():
            self.edits[name].show_value(value)
        self.consent.setText(consent_words(contact))

    def _forget(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.edits = {}

    def _row(self, thread: int, name: str, kind: str) -> None:
        words = one_line(name.replace("_", " ").capitalize(), 40)
        label = ElidedLabel(words, self, quiet=True)
        label.setMaximumWidth(theme.em(self, 6))
        edit = self.edits[name] = PlaceEdit("", words, self)
        edit.setPlaceholderText("" if kind == "text" else kind)
        label.setBuddy(edit)
        edit.kept.connect(lambda value: self.changed.emit(thread, name, value))
        edit.done.connect(self.left)
        place = self._grid.rowCount()
        self._grid.addWidget(label, place, 0)
        self._grid.addWidget(edit, place, 1)

    # -- what a person does ---------------------------------------------------------------------

    def change(self) -> None:
        """To the first detail, or to a new one where there is none."""
        if self._person is None:
            return
        first = next(iter(self.edits.values()), None)
        if first is None:
            self.ask_new()
        else:
            first.setFocus(Qt.FocusReason.ShortcutFocusReason)
            first.selectAll()

    def ask_new(self) -> None:
        """A detail that no list brought: its name, then its value."""
        self.new_name.show()
        self.new_value.show()
        self.add_button.hide()
        self.new_name.setFocus()

    def _add(self) -> None:
        name = " ".join(self.new_name.text().split())
        if not name:
            self.new_name.setFocus()
        elif not self.new_value.text().strip():
            self.new_value.setFocus()
        elif self._person is not None:
            self.changed.emit(self._person, name, self.new_value.text().strip())
            self._close_new()
            self.left.emit()

    def _close_new(self) -> None:
        for edit in (self.new_name, self.new_value):
            edit.clear()
            edit.hide()
        self.add_button.show()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Esc in a new detail gives it up."""
        if take_escape(event):
            return True
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() != Qt.Key.Key_Escape:
            return False
        self._close_new()
        self.left.emit()
        return True


def consent_words(contact: Contact | None) -> str:
    """Source, day, wording, frequency and end of a consent, as far as they are known."""
    said = who.consent(contact.consent_source, contact.consent_at) if contact is not None else ""
    if contact is None or not said:
        return "Consent · none on record"
    parts = [said]
    parts += [f"“{contact.consent_wording}”"] if contact.consent_wording else []
    parts += [f"promised: {contact.consent_frequency}"] if contact.consent_frequency else []
    parts += [f"until {who.day(contact.consent_until)}"] if contact.consent_until is not None else []
    return f"Consent · {one_line('; '.join(parts), 400)}"
