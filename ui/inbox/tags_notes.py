"""Tags and notes of the person that the open thread is with: added, taken away and written by keyboard."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCompleter, QPlainTextEdit, QVBoxLayout, QWidget

from app.conversations.opened import Opened
from app.people import beside
from app.people.person import MAX_NOTES
from ui import theme
from ui.inbox.details import PlaceEdit, take_escape
from ui.widgets import ChipButton, KeyButton, PlainLabel, one_line
from ui.widgets_flow import FlowLayout

#: A pause in typing of this many milliseconds saves the notes.
PAUSE_MS = 800


class TagChip(ChipButton):
    """A tag; a press, Delete or Backspace takes it away."""

    removed = Signal()

    def __init__(self, tag: str, parent: QWidget) -> None:
        super().__init__(f"{one_line(tag, 40)} ✕", parent=parent)
        self.setAccessibleName(f"Take away the tag {one_line(tag, 60)}")
        self.clicked.connect(self.removed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not event.isAutoRepeat():
            self.removed.emit()
            event.accept()
            return
        super().keyPressEvent(event)


class NotesEdit(QPlainTextEdit):
    """Notes; leaving saves them, and so does a pause. Esc leads back to the answer."""

    left_by_key = Signal()
    to_save = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Notes")
        self.setPlaceholderText("What whoever texts next should know")
        self.setTabChangesFocus(True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.to_save)
        self.textChanged.connect(self._pause.start)

    def event(self, event: QEvent) -> bool:
        return take_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            event.accept()
            self.left_by_key.emit()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._pause.stop()
        self.to_save.emit()

    def put(self, text: str) -> None:
        """Show notes without calling them typed."""
        self.blockSignals(True)
        self.setPlainText(text)
        self.blockSignals(False)
        self._pause.stop()


class TagsNotes(QWidget):
    """``tag_added``, ``tag_removed`` and ``notes_changed`` (thread, text) are for the page to keep."""

    tag_added = Signal(int, str)
    tag_removed = Signal(int, str)
    notes_changed = Signal(int, str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._person: int | None = None
        self._stored = ""
        self.tags: tuple[str, ...] = ()
        self.chips: list[TagChip] = []
        self.add_button = KeyButton("Add a tag", "T", self, flat=True)
        self.edit = PlaceEdit("", "New tag", self, keeps_on_leaving=False)
        self.edit.setMaxLength(beside.MAX_TAG)
        self.edit.setPlaceholderText("Tag")
        self._known = QStringListModel(self)
        completer = QCompleter(self._known, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.InlineCompletion)
        self.edit.setCompleter(completer)
        self.notes = NotesEdit(self)
        self.notes.setFixedHeight(theme.em(self, 6))
        self._holder = QWidget(self)
        self._flow = FlowLayout(self._holder, gap=theme.em(self, 0.3))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.35))
        layout.addWidget(PlainLabel("Tags", self, bold=True))
        layout.addWidget(self._holder)
        layout.addWidget(self.edit)
        layout.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        words = PlainLabel("Notes (N)", self, bold=True)
        words.setBuddy(self.notes)
        layout.addWidget(words)
        layout.addWidget(self.notes)
        self.add_button.clicked.connect(self.ask_tag)
        self.edit.done.connect(self._tag_typed)
        self.edit.kept.connect(self._tag_kept)
        self.notes.to_save.connect(self.save)
        self.notes.left_by_key.connect(self.left)
        self.hide()

    def show_person(self, here: Opened | None) -> None:
        """Another person, or the same after a change; None for nobody."""
        self.save()
        there = here is not None and here.thread.row.kind == "number"
        self.setVisible(there)
        if here is None or not there:
            self._person, self._stored = None, ""
            return
        contact = here.contact
        self._show_tags(here.thread.id, contact.tags if contact is not None else ())
        if self._known.stringList() != list(here.tags):
            self._known.setStringList(list(here.tags))
        notes = contact.notes if contact is not None else ""
        if here.thread.id != self._person:
            self.edit.hide()
            self.add_button.show()
        elif self.notes.toPlainText() != self._stored:
            return  # words that are being typed stay
        self._person, self._stored = here.thread.id, notes
        if self.notes.toPlainText() != notes:
            self.notes.put(notes)

    def _show_tags(self, thread: int, tags: tuple[str, ...]) -> None:
        if tags == self.tags and thread == self._person:
            return
        had = next((place for place, chip in enumerate(self.chips) if chip.hasFocus()), None)
        while (item := self._flow.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.tags, self.chips = tags, []
        for tag in tags:
            chip = TagChip(tag, self._holder)
            chip.removed.connect(partial(self.tag_removed.emit, thread, tag))
            self._flow.addWidget(chip)
            chip.show()
            self.chips.append(chip)
        self._holder.setVisible(bool(tags))
        self._flow.invalidate()
        if had is not None:
            (self.chips[min(had, len(self.chips) - 1)] if self.chips else self.add_button).setFocus()

    # -- what a person does ---------------------------------------------------------------------

    def ask_tag(self) -> None:
        """Type a tag; Enter adds it."""
        if self._person is not None:
            self.add_button.hide()
            self.edit.show_value("")
            self.edit.clear()
            self.edit.show()
            self.edit.setFocus()

    def _tag_kept(self, text: str) -> None:
        tag = beside.tidy(text)
        if tag and self._person is not None:
            self.tag_added.emit(self._person, tag)

    def _tag_typed(self) -> None:
        self.edit.hide()
        self.add_button.show()
        self.left.emit()

    def write_note(self) -> None:
        """To the notes."""
        if self._person is not None:
            self.notes.setFocus()

    def save(self) -> None:
        """Keep what is written."""
        text = self.notes.toPlainText()[:MAX_NOTES]
        if self._person is not None and text != self._stored:
            self._stored = text
            self.notes_changed.emit(self._person, text)
