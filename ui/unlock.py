"""The passphrase that opens the data: the dialog before the window, and the form that the lock uses too."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.store import keys
from app.store.engine import StoreError
from ui import background, theme
from ui.widgets import IconSign, KeyButton, PlainLabel

LEAVE = "Leave"


def passphrase_field(name: str, parent: QWidget) -> QLineEdit:
    """A field whose text is dots until a person wants to see it; nothing of it can be copied as dots."""
    field = QLineEdit(parent)
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setMaxLength(keys.MOST_CHARACTERS)
    field.setAccessibleName(name)
    field.setMinimumHeight(theme.em(parent, 2))
    return field


def show_box(fields: tuple[QLineEdit, ...], parent: QWidget) -> QCheckBox:
    """ "Show": the letters of the fields instead of dots."""
    box = QCheckBox("Show", parent)

    def toggle(on: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password
        for field in fields:
            field.setEchoMode(mode)

    box.toggled.connect(toggle)
    return box


def buttons_row(*buttons: KeyButton) -> QHBoxLayout:
    """A dialog's buttons, at its right."""
    layout = QHBoxLayout()
    layout.addStretch(1)
    for button in buttons:
        layout.addWidget(button)
    return layout


class UnlockForm(QWidget):
    """Asks for the passphrase of ``folder``. ``unlocked(key)`` carries the database's key."""

    unlocked = Signal(object)

    def __init__(
        self, folder: Path, title: str, text: str, parent: QWidget, *, others: tuple[KeyButton, ...] = ()
    ) -> None:
        super().__init__(parent)
        self._folder = folder
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(IconSign("lock", 2.0, self), 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(PlainLabel(title, self, size="title", bold=True, wrap=True))
        layout.addWidget(PlainLabel(text, self, quiet=True, wrap=True))
        self.field = passphrase_field("Passphrase", self)
        label = PlainLabel("Passphrase", self, bold=True)
        label.setBuddy(self.field)
        layout.addWidget(label)
        layout.addWidget(self.field)
        self.show_letters = show_box((self.field,), self)
        layout.addWidget(self.show_letters)
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        self.problem.setMinimumHeight(theme.em(self, 1.6))  # nothing jumps when a sentence comes
        layout.addWidget(self.problem)
        self.button = KeyButton("Unlock", "Enter", self, primary=True)
        layout.addLayout(buttons_row(*others, self.button))
        self.field.returnPressed.connect(self.try_it)
        self.button.clicked.connect(self.try_it)
        self.field.textChanged.connect(lambda _text: self._look())
        self.setFocusProxy(self.field)
        self._busy = False
        self._look()

    def clear(self) -> None:
        """Forget what was typed."""
        self.field.clear()
        self.show_letters.setChecked(False)
        self.problem.setText("")

    def try_it(self) -> None:
        """Try what is typed, off the GUI thread: stretching a passphrase takes half a second by design."""
        passphrase = self.field.text()
        if not passphrase or self._busy:
            return
        self._busy = True
        self.problem.setText("")
        self._look()
        background.run(
            self, lambda _job: keys.unlock(self._folder, passphrase), self._right, self._wrong, urgent=True
        )

    def _right(self, key: bytes) -> None:
        self._busy = False
        self.clear()
        self._look()
        self.unlocked.emit(key)

    def _wrong(self, error: Exception) -> None:
        self._busy = False
        self._look()
        words = str(error) if isinstance(error, StoreError) else f"That did not work ({error})."
        self.problem.setText(words)
        self.field.setFocus()
        self.field.selectAll()

    def _look(self) -> None:
        self.field.setReadOnly(self._busy)
        self.button.setEnabled(bool(self.field.text()) and not self._busy)
        self.button.set_text("Unlocking…" if self._busy else "Unlock")


class UnlockDialog(QDialog):
    """Shown before the window. ``key`` is what opens the database once it was accepted."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key: bytes | None = None
        self.setWindowTitle("Locked – p2ptext")
        self.setMinimumWidth(theme.em(self, 30))
        layout = QVBoxLayout(self)
        space = theme.em(self, 1.4)
        layout.setContentsMargins(space, space, space, space)
        self.leave = KeyButton(LEAVE, "Esc", self)
        self.form = UnlockForm(
            folder,
            "The data is locked",
            f"The data in {folder} is locked. Its passphrase opens it.",
            self,
            others=(self.leave,),
        )
        layout.addWidget(self.form)
        self.form.unlocked.connect(self._open)
        self.leave.clicked.connect(self.reject)
        self.form.setFocus()

    def _open(self, key: bytes) -> None:
        self.key = key
        self.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.reject()


def ask(folder: Path) -> bytes | None:
    """The database's key, from a person; None when they leave instead."""
    dialog = UnlockDialog(folder)
    dialog.exec()
    key = dialog.key
    dialog.deleteLater()
    return key
