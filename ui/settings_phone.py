"""My phone: the number that texts can be forwarded to, of who is signed in."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.conversations import forwarding_phones as phones
from app.conversations.forwarding_phones import Phone, PhoneError, SomebodysError
from app.workspace import Workspace
from ui import background, theme, wording
from ui.operators.guard import allowed
from ui.widgets import KeyButton, Notice, Panel, PlainLabel, row

WORDS = (
    "In the inbox, F forwards a text to this number: one press each, and each is a text that your line "
    "sends. Nothing is forwarded by itself. Empty: none."
)


class PhonePanel(Panel):
    """A panel for the settings page. Setting the number is a manager's, since words of people leave by it."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.2)
        self._workspace = workspace
        self._kept = ""
        self.setAccessibleName("My phone")
        self.body.addWidget(PlainLabel("My phone", self, bold=True, size="title"))
        self.number = _NumberField(self)
        self.number.setMaxLength(60)
        self.number.setAccessibleName("The number of my phone")
        self.number.setPlaceholderText("+1 312 555 0187")
        self.number.setMinimumHeight(theme.em(self, 2))
        self.number.textEdited.connect(lambda _text: self._edited())
        self.save_button = KeyButton("Keep", "Enter", self)
        self.save_button.clicked.connect(lambda _on=False: self.save())
        self.number.entered = self.save
        self.body.addLayout(row(self.number, self.save_button, stretch=0))
        self.body.addWidget(PlainLabel(WORDS, self, quiet=True, size="small", wrap=True))
        self.notice = Notice("", "warn", parent=self)
        self.notice.acted.connect(lambda: self.save(sure=True))
        self.body.addWidget(self.notice)
        self._reader = background.Refresher(self, lambda _job: self._read(), self._arrived)
        self._show(None)

    @property
    def _who(self) -> int | None:
        here = self._workspace.signed_in
        return None if here is None else here.id

    def refresh(self) -> None:
        """Show what is kept for who is signed in."""
        if self._who != self.number.property("who"):
            self.number.setProperty("who", self._who)
            self._show(None)
        self._reader.again()

    def _read(self) -> tuple[int | None, Phone | None]:
        who = self._who
        return who, phones.get(self._workspace.store, who)

    def _arrived(self, found: tuple[int | None, Phone | None]) -> None:
        who, phone = found
        if who == self._who and self.number.text() == self._kept:
            self._show(phone)

    def _show(self, phone: Phone | None) -> None:
        self._kept = phone.display if phone is not None else ""
        self.number.setText(self._kept)
        self._edited()

    def _edited(self) -> None:
        self.notice.say("")
        self.save_button.setEnabled(self.number.text().strip() != self._kept)

    def save(self, *, sure: bool = False) -> None:
        """Keep what is typed; a number of somebody who is texted is asked about first."""
        if self.number.text().strip() == self._kept and not sure:
            return
        if not allowed(self, self._workspace, "settings", lambda: self.save(sure=sure)):
            return
        workspace, who, typed = self._workspace, self._who, self.number.text()

        def work(_job: background.Job) -> Phone | None:
            return phones.save(
                workspace.store, workspace.clock, who, typed, workspace.settings.country,
                workspace.operator, sure=sure,
            )  # fmt: skip

        def done(phone: Phone | None) -> None:
            self._show(phone)
            self.notice.say("Kept." if phone is not None else "Removed: nothing can be forwarded.", "good")

        def failed(error: Exception) -> None:
            if isinstance(error, SomebodysError):
                self.notice.say(str(error), "warn", "It is mine")
            elif isinstance(error, PhoneError):
                self.notice.say(f"{error} The one before is kept.", "warn")
            else:
                self.notice.say(f"It could not be kept. {wording.sentence(error)}", "bad")

        background.run(self, work, done, failed, urgent=True)


class _NumberField(QLineEdit):
    """Enter keeps what is typed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entered: Callable[[], None] = lambda: None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.entered()
            event.accept()
            return
        super().keyPressEvent(event)
