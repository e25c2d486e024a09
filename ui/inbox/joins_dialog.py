"""The keywords that people join by: the word, the list, what they agree to, and the welcome."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.campaigns import templates
from app.conversations import joins
from app.conversations.joins import Join
from app.people import contacts
from app.workspace import Workspace
from ui import background, theme, wording
from ui.lane import Lane
from ui.paged import ROW_ROLE
from ui.widgets import KeyButton, Notice, PlainLabel, one_line, row

#: attribute -> (label, hint, the most characters)
FIELDS = {
    "keyword": ("Keyword", "JOIN", joins.MAX_WORD),
    "list_name": ("Adds to the list", "News", joins.MAX_NAME),
    "source": ("Where they read of it", "Poster, web page, Instagram post…", joins.MAX_NAME),
    "wording": ("What they agree to", "The words that stood there", 2_000),
    "frequency": ("How often, as promised", "2 texts a month", 200),
}


class JoinsDialog(QDialog):
    """See the module. ``changed`` is emitted after every change; a texter only reads."""

    changed = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Join keywords")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        width = parent.window().width() if parent is not None else 1000
        height = parent.window().height() if parent is not None else 700
        self.resize(min(theme.em(self, 56), width - 40), min(theme.em(self, 38), height - 60))
        self._workspace = workspace
        self._lane = Lane(self)
        self._joins: tuple[Join, ...] = ()
        self.list = QListWidget(self)
        self.list.setAccessibleName("Join keywords")
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.edits = {key: QLineEdit(self) for key in FIELDS}
        self.welcome = QPlainTextEdit(self)
        self.notice = Notice("", "accent", parent=self)
        self._build()
        self.list.currentRowChanged.connect(lambda _row: self._look())
        self.new_button.clicked.connect(self.new)
        self.save_button.clicked.connect(self.save)
        self.delete_button.clicked.connect(self.delete)
        self.close_button.clicked.connect(self.reject)
        for keys, act in (("Ctrl+N", self.new), ("Ctrl+S", self.save), ("Ctrl+Del", self.delete)):
            QShortcut(QKeySequence(keys), self).activated.connect(act)
        self.again()

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for place, (key, (words, hint, most)) in enumerate(FIELDS.items()):
            edit = self.edits[key]
            edit.setMaxLength(most)
            edit.setPlaceholderText(hint)
            edit.setAccessibleName(words)
            label = PlainLabel(words, self, quiet=True)
            label.setBuddy(edit)
            grid.addWidget(label, place, 0)
            grid.addWidget(edit, place, 1)
        self.welcome.setAccessibleName("Welcome")
        self.welcome.setTabChangesFocus(True)
        self.welcome.setPlaceholderText(
            "Welcome, {first_name|friend}! This is {sender}. 2 texts a month. Reply STOP to opt out."
        )
        self.new_button = KeyButton("New", "Ctrl+N", self)
        self.delete_button = KeyButton("Delete", "Ctrl+Del", self, danger=True)
        self.close_button = KeyButton("Close", "Esc", self)
        self.save_button = KeyButton("Save", "Ctrl+S", self, primary=True)
        right = QVBoxLayout()
        right.addLayout(grid)
        said = PlainLabel(
            "Welcome: filled into the answer, sent by nobody but you", self, quiet=True, wrap=True
        )
        said.setBuddy(self.welcome)
        right.addWidget(said)
        right.addWidget(self.welcome, 1)
        body = QHBoxLayout()
        body.addWidget(self.list, 2)
        body.addLayout(right, 4)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(
            PlainLabel(
                "Who texts just this word is suggested for the list. Nobody is added until you say so.",
                self, quiet=True, wrap=True,
            )
        )  # fmt: skip
        layout.addWidget(self.notice)
        layout.addLayout(body, 1)
        layout.addLayout(row(self.new_button, self.delete_button, self.close_button, self.save_button))

    # -- what is shown --------------------------------------------------------------------------

    def again(self, wanted: str = "") -> None:
        """Read the keywords anew; ``wanted`` is the one to be in view."""
        store = self._workspace.store

        def work(_job: background.Job) -> tuple[tuple[Join, ...], list[str]]:
            return joins.get(store), [each.name for each in contacts.lists(store)]

        background.run(self, work, lambda found: self._show(*found, wanted), self._failed)

    def _show(self, found: tuple[Join, ...], lists: list[str], wanted: str) -> None:
        self._joins = found
        completer = QCompleter(list(dict.fromkeys(lists)), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.edits["list_name"].setCompleter(completer)
        self.list.blockSignals(True)
        self.list.clear()
        for each in found:
            item = QListWidgetItem(f"{one_line(each.keyword)} → {one_line(each.list_name)}", self.list)
            item.setData(ROW_ROLE, each)
        places = [each.keyword for each in found]
        self.list.setCurrentRow(places.index(wanted) if wanted in places else 0)
        self.list.blockSignals(False)
        self._look()

    def current(self) -> Join | None:
        """The keyword in view; None where a new one is written."""
        item = self.list.currentItem()
        each = item.data(ROW_ROLE) if item is not None else None
        return each if isinstance(each, Join) else None

    def _look(self) -> None:
        each, why = self.current(), self._workspace.why_not("settings")
        shown = each if each is not None else Join("", "")
        for key, edit in self.edits.items():
            edit.setText(getattr(shown, key))
            edit.setCursorPosition(0)
            edit.setReadOnly(bool(why))
        self.welcome.setPlainText(shown.welcome)
        self.welcome.setReadOnly(bool(why))
        self.delete_button.setEnabled(each is not None and not why)
        for button in (self.new_button, self.save_button):
            button.setEnabled(not why)
        if why:
            self.notice.say(why, "warn")

    # -- what a person does ---------------------------------------------------------------------

    def new(self) -> None:
        """Write another keyword."""
        if not self._workspace.why_not("settings"):
            self.list.setCurrentRow(-1)
            self.edits["keyword"].setFocus()

    def draft(self) -> Join:
        """What is written."""
        values = {key: edit.text() for key, edit in self.edits.items()}
        return replace(
            Join("", ""), **values, welcome=self.welcome.toPlainText()[: templates.MAX_TEMPLATE + 1]
        )

    def save(self) -> None:
        """Keep what is written."""
        draft, before = self.draft(), self.current()
        if before is None:
            self._keep((*self._joins, draft), " ".join(draft.keyword.split()).upper())
        else:
            every = tuple(draft if each == before else each for each in self._joins)
            self._keep(every, " ".join(draft.keyword.split()).upper())

    def delete(self) -> None:
        """Take the keyword in view out; who joined by it stays where they are."""
        gone = self.current()
        if gone is not None:
            self._keep(tuple(each for each in self._joins if each != gone), "")

    def _keep(self, every: tuple[Join, ...], wanted: str) -> None:
        if self._workspace.why_not("settings"):
            return
        store = self._workspace.store

        def done(_kept: tuple[Join, ...]) -> None:
            self.notice.say("Kept.", "good")
            self.again(wanted)
            self.changed.emit()

        self._lane.run(lambda: joins.save(store, every), done, self._failed)

    def _failed(self, error: Exception) -> None:
        self.notice.say(wording.sentence(error), "bad")
