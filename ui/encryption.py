"""The settings' part on encryption: what is so, in plain words, and the passphrase set, changed, removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from app.store import driver, keys
from app.store.engine import StoreError
from app.workspace import PassphraseWish, Workspace
from ui import background, theme
from ui.locking import CHOICES
from ui.unlock import buttons_row, passphrase_field, show_box
from ui.widgets import KeyButton, Notice, Panel, PlainLabel, row

if TYPE_CHECKING:
    from app.texting.lines import LineManager

NOT_ENCRYPTED = (
    "Not encrypted. Whoever can read this folder can read the texts: anyone who uses your account, or takes "
    "the disk out of this computer. Set a passphrase, or use disk encryption on a laptop."
)
ENCRYPTED = (
    "Encrypted. The texts, people and numbers in the database and its backups can be read with the "
    "passphrase only. Write it down and keep it safe: nobody can recover it."
)
WRITE_DOWN = (
    "Write it down and keep it where you keep papers that matter. Nobody can recover it: without the "
    "passphrase the data is lost."
)
CLOSES = (
    "The window closes and the lines stop for a moment while the data is written anew. Nothing that arrives "
    "meanwhile is lost: it waits in the modem."
)
_MINUTES = {0: "Never", 5: "After 5 minutes", 15: "After 15 minutes", 60: "After 60 minutes"}
REMEMBER = "Open without asking on this computer"


class PassphraseDialog(QDialog):
    """Fields for passphrases; ``check(old, new)`` runs off the GUI thread and says in words what is wrong."""

    def __init__(
        self, parent: QWidget, title: str, text: str, action: str, *, old: bool, new: bool,
        danger: bool = False, check: Callable[[str, str], object] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._check = check
        self.setWindowTitle(title)
        self.setMinimumWidth(theme.em(self, 32))
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(theme.em(self, 0.6))
        self._layout.addWidget(PlainLabel(title, self, size="title", bold=True, wrap=True))
        self._layout.addWidget(PlainLabel(text, self, quiet=True, wrap=True))
        self.old = self._field("Passphrase now") if old else None
        self.new = self._field("New passphrase") if new else None
        self.strength = PlainLabel(keys.hint(""), self, quiet=True, wrap=True, size="small")
        self.strength.setVisible(new)
        if new:
            self._layout.addWidget(self.strength)
        self.again = self._field("The same again") if new else None
        self.show_letters = show_box(self._fields(), self)
        self._layout.addWidget(self.show_letters)
        self.remember = QCheckBox(REMEMBER, self)
        self.remember.setVisible(new and not old)
        if new:
            self._layout.addWidget(self.remember)
            self._layout.addWidget(Notice(WRITE_DOWN, "warn", parent=self))
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        self._layout.addWidget(self.problem)
        self.cancel_button = KeyButton("Cancel", "Esc", self)
        self.cancel_button.clicked.connect(self.reject)
        self.ok_button = KeyButton(action, "Enter", self, primary=not danger, danger=danger)
        self.ok_button.clicked.connect(self._accept)
        self._layout.addLayout(buttons_row(self.cancel_button, self.ok_button))
        self._busy = False
        self._look()

    def _field(self, name: str) -> QLineEdit:
        field = passphrase_field(name, self)
        label = PlainLabel(name, self, bold=True)
        label.setBuddy(field)
        self._layout.addWidget(label)
        self._layout.addWidget(field)
        field.textChanged.connect(lambda _text: self._look())
        field.returnPressed.connect(self._accept)
        return field

    def _fields(self) -> tuple[QLineEdit, ...]:
        return tuple(field for field in (self.old, self.new, self.again) if field is not None)

    def passphrase(self) -> str:
        """The new passphrase; "" where none was asked for."""
        return self.new.text() if self.new is not None else ""

    def _missing(self) -> bool:
        if self.old is not None and not self.old.text():
            return True
        return self.new is not None and len(self.new.text()) < keys.LEAST_CHARACTERS

    def _look(self) -> None:
        if not hasattr(self, "ok_button"):
            return
        self.strength.setText(keys.hint(self.passphrase()))
        self.ok_button.setEnabled(not self._missing() and not self._busy)

    def _accept(self) -> None:
        if self._missing() or self._busy:
            return
        if self.new is not None and self.again is not None and self.new.text() != self.again.text():
            self.problem.setText("The two are not the same. Type the new passphrase again.")
            self.again.setFocus()
            self.again.selectAll()
            return
        check = self._check
        if check is None:
            self.accept()
            return
        self._busy = True
        self.problem.setText("")
        self._look()
        old, new = self.old.text() if self.old is not None else "", self.passphrase()
        background.run(
            self, lambda _job: check(old, new), lambda _done: self.accept(), self._wrong, urgent=True
        )

    def _wrong(self, error: Exception) -> None:
        self._busy = False
        self._look()
        known = isinstance(error, StoreError)
        self.problem.setText(str(error) if known else f"That did not work ({error}). Nothing was changed.")
        first = self._fields()[0]
        first.setFocus()
        first.selectAll()

    def done(self, result: int) -> None:
        # Nothing of it stays in a widget that may live on.
        wish = PassphraseWish(self.passphrase(), self.remember.isChecked())
        for field in self._fields():
            field.clear()
        self.wish = wish
        super().done(result)


class EncryptionPanel(Panel):
    """The panel on the Settings page. ``wanted(wish)``: the window is to close and have it done."""

    wanted = Signal(object)
    said = Signal(str, str)  # a sentence and its tone
    locks_after = Signal(int)  # minutes

    def __init__(self, workspace: Workspace, lines: LineManager, parent: QWidget) -> None:
        super().__init__(parent, margin=1.2)
        self._workspace = workspace
        self._lines = lines
        self._quiet = True
        self.body.addWidget(PlainLabel("Encryption", self, bold=True, size="title"))
        self.state = Notice(NOT_ENCRYPTED, "warn", parent=self)
        self.body.addWidget(self.state)
        self.set_button = KeyButton("Set a passphrase…", parent=self)
        self.change_button = KeyButton("Change passphrase…", parent=self)
        self.remove_button = KeyButton("Remove passphrase…", parent=self)
        self.body.addLayout(row(self.set_button, self.change_button, self.remove_button))
        self.remember = QCheckBox(REMEMBER, self)
        self.remember.setAccessibleDescription("The key is kept by the desktop's keyring")
        self.body.addWidget(self.remember)
        self.lock_words = PlainLabel("Lock the window (Ctrl+L locks at once)", self)
        self.lock_after = QComboBox(self)
        for minutes in CHOICES:
            self.lock_after.addItem(_MINUTES[minutes], minutes)
        self.lock_words.setBuddy(self.lock_after)
        self.lock_after.setAccessibleName("Lock the window")
        self.body.addLayout(row(self.lock_words, self.lock_after))
        self.set_button.clicked.connect(self.ask_set)
        self.change_button.clicked.connect(self.ask_change)
        self.remove_button.clicked.connect(self.ask_remove)
        self.remember.clicked.connect(self._remember)
        self.lock_after.currentIndexChanged.connect(self._lock_changed)

    def refresh(self) -> None:
        """Show what is so."""
        self._quiet = True
        on = self._workspace.encrypted
        if on:
            self.state.say(ENCRYPTED, "good")
        elif driver.can_encrypt():
            self.state.say(NOT_ENCRYPTED, "warn")
        else:
            self.state.say(f"Not encrypted. {driver.NO_CIPHER}", "warn")
        self.set_button.setVisible(not on and driver.can_encrypt())
        for widget in (self.change_button, self.remove_button, self.remember):
            widget.setVisible(on)
        self.lock_words.setVisible(on or self._workspace.asks_who)
        self.lock_after.setVisible(on or self._workspace.asks_who)
        minutes = max(self._workspace.settings.lock_minutes, 0)
        if self.lock_after.findData(minutes) < 0:  # written into settings.toml by hand
            self.lock_after.addItem(f"After {minutes:,} minutes", minutes)
        self.lock_after.setCurrentIndex(self.lock_after.findData(minutes))
        self._quiet = False
        if on:
            folder = self._workspace.folder
            background.run(self, lambda _job: keys.read(folder).remembered, self.remember.setChecked)

    def _lock_changed(self, _index: int) -> None:
        if not self._quiet:
            self.locks_after.emit(int(self.lock_after.currentData()))

    # -- the three dialogs --------------------------------------------------------------------

    def ask_set(self) -> PassphraseDialog:
        """Ask for a first passphrase."""
        dialog = PassphraseDialog(
            self, "Set a passphrase", f"It will be asked for each time p2ptext starts. {CLOSES}",
            "Encrypt", old=False, new=True,
        )  # fmt: skip
        dialog.accepted.connect(lambda: self.wanted.emit(dialog.wish))
        return self._open(dialog)

    def ask_change(self) -> PassphraseDialog:
        """Ask for another passphrase; the data itself stays as it is, so this is done at once."""
        folder = self._workspace.folder
        dialog = PassphraseDialog(
            self, "Change the passphrase", "The old one opens nothing any more, except copies made before.",
            "Change", old=True, new=True, check=lambda old, new: keys.change(folder, old, new),
        )  # fmt: skip
        dialog.accepted.connect(lambda: self.said.emit("The passphrase was changed.", "good"))
        return self._open(dialog)

    def ask_remove(self) -> PassphraseDialog:
        """Ask for the passphrase once more, and take it away."""
        folder = self._workspace.folder
        dialog = PassphraseDialog(
            self, "Remove the passphrase",
            f"The data will be readable for whoever can read its folder. {CLOSES}", "Remove",
            old=True, new=False, danger=True, check=lambda old, _new: keys.unlock(folder, old),
        )  # fmt: skip
        dialog.accepted.connect(lambda: self.wanted.emit(PassphraseWish("")))
        return self._open(dialog)

    def _open(self, dialog: PassphraseDialog) -> PassphraseDialog:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def _remember(self, on: bool) -> None:
        folder, key, keyring = self._workspace.folder, self._workspace.key, self._lines.secrets
        if key is None:
            return

        def work(_job: object) -> str:
            if not on:
                keys.forget(folder, keyring)
                return "The passphrase is asked for at each start again."
            if keys.remember(folder, key, keyring):
                return "This computer opens the data without asking. The passphrase always works too."
            return keyring.why or "The keyring did not take it, so the passphrase is asked for each time."

        def told(words: str) -> None:
            self.said.emit(words, "good")
            self.refresh()

        def failed(error: Exception) -> None:
            self.said.emit(f"This could not be changed ({error}). It is as it was.", "bad")
            self.refresh()

        background.run(self, work, told, failed, urgent=True)


class WritingDialog(QDialog):
    """Shown while the data is written anew: how far it is, and Cancel until nothing can be taken back."""

    def __init__(
        self, title: str, work: Callable[[background.Job], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.result_value: object = None
        self.error: Exception | None = None
        self._over = False
        self.setWindowTitle("p2ptext")
        self.setMinimumWidth(theme.em(self, 28))
        layout = QVBoxLayout(self)
        space = theme.em(self, 1.4)
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(theme.em(self, 0.8))
        layout.addWidget(PlainLabel(title, self, size="title", bold=True, wrap=True))
        layout.addWidget(
            PlainLabel(
                "The old data is kept until the new is complete and was compared.",
                self,
                quiet=True,
                wrap=True,
            )
        )
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 100)
        self.bar.setTextVisible(False)
        layout.addWidget(self.bar)
        self.cancel_button = KeyButton("Cancel", "Esc", self)
        layout.addLayout(buttons_row(self.cancel_button))
        self.cancel_button.clicked.connect(self._cancel)
        self._job = background.run(self, work, self._ended, self._failed, self._progress, urgent=True)

    def _progress(self, done: int, total: int) -> None:
        self.bar.setValue(done * 100 // max(total, 1))

    def _ended(self, value: object) -> None:
        self.result_value = value
        self._over = True
        self.accept()

    def _failed(self, error: Exception) -> None:
        self.error = error
        self._over = True
        self.reject()

    def _cancel(self) -> None:
        self._job.cancel()
        self.cancel_button.setEnabled(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._cancel()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._over:
            self._cancel()
            event.ignore()
