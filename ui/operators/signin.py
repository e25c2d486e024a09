"""Who is there? A list of names, a PIN where one is set, and what the one before left to read."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedLayout, QVBoxLayout, QWidget

from app.operators import profiles, shifts
from app.operators.profiles import Profile
from app.operators.shifts import Note
from app.workspace import Workspace
from ui import background, theme
from ui.operators.notes import NotesForm
from ui.operators.pinfield import PinField, Waiting
from ui.unlock import buttons_row
from ui.widgets import IconSign, KeyButton, PlainLabel, isolated

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class WhoForm(QWidget):
    """The list of names and the PIN. ``right(Profile, notes)`` when somebody is who they say."""

    right = Signal(object, object)

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._busy = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(IconSign("users", 2.0, self), 0, Qt.AlignmentFlag.AlignLeft)
        title = PlainLabel("Who is there?", self, size="title", bold=True)
        layout.addWidget(title)
        words = "Each text that you send is kept with your name. Texts are received meanwhile."
        layout.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        self.names = QListWidget(self)
        self.names.setAccessibleName("Who is there?")
        self.names.setUniformItemSizes(True)
        font = self.names.font()
        font.setPointSizeF(theme.points("title"))
        self.names.setFont(font)
        self.names.setMinimumHeight(theme.em(self, 6.6))
        self.names.setMaximumHeight(theme.em(self, 13))
        title.setBuddy(self.names)
        layout.addWidget(self.names)
        self.label = PlainLabel("PIN", self, bold=True)
        self.pin = PinField(self)
        self.label.setBuddy(self.pin)
        layout.addWidget(self.label)
        layout.addWidget(self.pin)
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        self.problem.setMinimumHeight(theme.em(self, 2.6))  # nothing jumps when a sentence comes
        layout.addWidget(self.problem)
        self.button = KeyButton("Sign in", "Enter", self, primary=True)
        layout.addLayout(buttons_row(self.button))
        self.waiting = Waiting(workspace.clock, self)
        self.waiting.changed.connect(self._say)
        self.names.currentRowChanged.connect(lambda _row: self._chosen())
        self.names.itemActivated.connect(lambda _item: self._go())
        self.names.itemClicked.connect(lambda _item: self._to_pin())
        self.names.installEventFilter(self)
        self.pin.installEventFilter(self)
        self.pin.returnPressed.connect(self.try_it)
        self.pin.textChanged.connect(lambda _text: self._look())
        self.button.clicked.connect(self.try_it)
        self.setFocusProxy(self.names)
        self._fill()

    def _fill(self) -> None:
        self._people = tuple(each for each in self._workspace.people if each.active)
        for each in self._people:
            lock = " · PIN" if each.has_pin else ""
            item = QListWidgetItem(f"{isolated(each.name, profiles.MAX_NAME)}  ·  {each.role}{lock}")
            item.setSizeHint(QSize(0, theme.em(self, 2.1)))
            self.names.addItem(item)
        here = self._workspace.signed_in
        rows = [i for i, each in enumerate(self._people) if here is not None and each.id == here.id]
        self.names.setCurrentRow(rows[0] if rows else 0)

    def chosen(self) -> Profile | None:
        """Whose name is chosen."""
        row = self.names.currentRow()
        return self._people[row] if 0 <= row < len(self._people) else None

    def _chosen(self) -> None:
        self.pin.clear()
        self.waiting.forget()
        self._look()

    def _say(self, words: str) -> None:
        self.problem.setText(words)
        self._look()

    def _look(self) -> None:
        who = self.chosen()
        needs = who is not None and who.has_pin
        self.label.setVisible(needs)
        self.pin.setVisible(needs)
        ready = who is not None and (bool(self.pin.text()) or not needs)
        self.button.setEnabled(ready and not self._busy and not self.waiting.waits)
        self.pin.setReadOnly(self._busy)

    def _to_pin(self) -> None:
        who = self.chosen()
        if who is not None and who.has_pin:
            self.pin.setFocus()

    def _go(self) -> None:
        who = self.chosen()
        if who is not None and who.has_pin and not self.pin.text():
            self.pin.setFocus()
        else:
            self.try_it()

    def try_it(self) -> None:
        """Look whether the PIN is right, off the GUI thread: that takes a moment by design."""
        who, pin = self.chosen(), self.pin.text()
        if who is None or self._busy or self.waiting.waits or (who.has_pin and not pin):
            return
        self._busy = True
        self.problem.setText("")
        self._look()
        workspace, key = self._workspace, who.id

        def work(_job: background.Job) -> tuple[Profile, tuple[Note, ...]]:
            found = profiles.check_pin(workspace.store, workspace.clock, key, pin)
            before = workspace.signed_in
            if before is not None and before.id != found.id:
                shifts.end(workspace.store, workspace.clock, before)
            profiles.signed_in(workspace.store, workspace.clock, found)
            shifts.begin(workspace.store, workspace.clock, found)
            return found, shifts.unread(workspace.store, found)

        background.run(self, work, self._right, self._wrong, urgent=True)

    def _right(self, result: tuple[Profile, tuple[Note, ...]]) -> None:
        self._busy = False
        self.pin.clear()
        self.right.emit(*result)

    def _wrong(self, error: Exception) -> None:
        self._busy = False
        self.pin.selectAll()
        self.waiting.after(error)
        self.pin.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self.names:
                return self._key_in_names(event)
            if watched is self.pin and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                step = -1 if event.key() == Qt.Key.Key_Up else 1
                self.names.setCurrentRow(max(0, min(self.names.count() - 1, self.names.currentRow() + step)))
                self.names.setFocus()
                return True
        return False

    def _key_in_names(self, event: QKeyEvent) -> bool:
        """Enter goes on; a digit is the PIN's first."""
        if event.key() in _ENTER:
            if not event.isAutoRepeat():
                self._go()
            return True
        who = self.chosen()
        if who is not None and who.has_pin and event.text().isdigit():
            self.pin.setFocus()
            self.pin.setText(event.text())
            return True
        return False


class SignIn(QWidget):
    """Who is there, then what the others left to read. ``done(Profile)`` when both are over."""

    done = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self.who = WhoForm(workspace, self)
        self.notes: NotesForm | None = None
        self._stack.addWidget(self.who)
        self.who.right.connect(self._right)
        self.setFocusProxy(self.who)

    def _right(self, who: Profile, notes: tuple[Note, ...]) -> None:
        if not notes:
            self.done.emit(who)
            return
        form = self.notes = NotesForm(self._workspace, who, notes, self)
        form.read.connect(lambda: self.done.emit(who))
        self._stack.addWidget(form)
        self._stack.setCurrentWidget(form)
        self.setFocusProxy(form)
        form.setFocus()
