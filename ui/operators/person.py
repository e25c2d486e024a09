"""One person who works here: name, role, PIN, and whether they still do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QLineEdit, QVBoxLayout, QWidget

from app.operators import profiles
from app.operators.profiles import Profile
from app.operators.roles import MANAGER, TEXTER
from app.workspace import Workspace
from ui import background, theme
from ui.operators.pinfield import PinField
from ui.unlock import buttons_row
from ui.widgets import KeyButton, PlainLabel
from ui.wording import sentence

ROLES = (
    (TEXTER, "Texter: the desk and the inbox"),
    (MANAGER, "Manager: everything, also lists, campaigns, exports, lines and people"),
)


class PersonDialog(QDialog):
    """Adds somebody, or changes ``who``. ``kept`` once it is saved."""

    kept = Signal()

    def __init__(self, workspace: Workspace, who: Profile | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace, self._who = workspace, who
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = "Add somebody" if who is None else "Change somebody"
        self.setWindowTitle(f"{title} – p2ptext")
        self.setMinimumWidth(theme.em(self, 30))
        self._column = QVBoxLayout(self)
        space = theme.em(self, 1.2)
        self._column.setContentsMargins(space, space, space, space)
        self._column.setSpacing(theme.em(self, 0.45))
        self._column.addWidget(PlainLabel(title, self, size="title", bold=True))
        self.name = QLineEdit(who.name if who is not None else "", self)
        self.name.setMaxLength(profiles.MAX_NAME)
        self._add("Name", self.name, "Kept with each press of Send")
        self.role = QComboBox(self)
        for role, words in ROLES:
            self.role.addItem(words, role)
        self.role.setCurrentIndex(self.role.findData(who.role if who is not None else TEXTER))
        self._add("Role", self.role, "")
        self.pin = PinField(self)
        self.again = PinField(self, "The same PIN again")
        old = who is not None and who.has_pin
        self._add("New PIN" if old else "PIN", self.pin, self._pin_words(old))
        self._add("The same again", self.again, "")
        self.no_pin = QCheckBox("No PIN any more", self)
        self.no_pin.setVisible(old)
        self._column.addWidget(self.no_pin)
        self.works = QCheckBox("Works here", self)
        self.works.setChecked(who is None or who.active)
        self.works.setVisible(who is not None)
        self.works.setAccessibleDescription("Who left keeps their name in what they did")
        self._column.addWidget(self.works)
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        self.problem.setMinimumHeight(theme.em(self, 2.4))
        self._column.addWidget(self.problem)
        self.cancel = KeyButton("Cancel", "Esc", self)
        self.button = KeyButton("Add" if who is None else "Keep", "Enter", self, primary=True)
        self._column.addLayout(buttons_row(self.cancel, self.button))
        self.cancel.clicked.connect(self.reject)
        self.button.clicked.connect(self.keep)
        self.name.setFocus()

    @staticmethod
    def _pin_words(old: bool) -> str:
        return "4 to 12 digits. " + ("Empty: the old one stays" if old else "May stay empty")

    def _add(self, words: str, field: QWidget, hint: str) -> None:
        label = PlainLabel(words, self, bold=True)
        label.setBuddy(field)
        field.setAccessibleName(words)
        field.setAccessibleDescription(hint)
        field.setMinimumHeight(theme.em(self, 2))
        self._column.addWidget(label)
        self._column.addWidget(field)
        if hint:
            self._column.addWidget(PlainLabel(hint, self, quiet=True, size="small", wrap=True))

    def keep(self) -> None:
        """Save what is filled in."""
        if not self.button.isEnabled():
            return
        if self.pin.text() != self.again.text():
            self._say("The two PINs are not the same. Type the PIN again.")
            self.again.setFocus()
            return
        here = self._workspace.signed_in
        if (
            self._who is not None
            and here is not None
            and here.id == self._who.id
            and not self.works.isChecked()
        ):
            self._say("You are signed in. Let another manager take you out.")
            return
        self.button.setEnabled(False)
        work = self._work()
        background.run(self, lambda _job: work(), lambda _result: self._done(), self._failed, urgent=True)

    def _work(self) -> Callable[[], None]:
        workspace, who, by = self._workspace, self._who, self._workspace.operator
        name, role, pin = self.name.text(), str(self.role.currentData()), self.pin.text()
        active, remove = self.works.isChecked(), self.no_pin.isChecked() and not pin

        def work() -> None:
            if who is None:
                profiles.add(workspace.store, workspace.clock, name, role, pin=pin, by=by)
                return
            if pin or (remove and who.has_pin):
                profiles.set_pin(workspace.store, workspace.clock, who.id, pin, by=by)
            profiles.change(
                workspace.store, workspace.clock, who.id, name=name, role=role, active=active, by=by
            )

        return work

    def _done(self) -> None:
        self.kept.emit()
        self.accept()

    def _failed(self, error: Exception) -> None:
        self.button.setEnabled(True)
        self._say(sentence(error))

    def _say(self, words: str) -> None:
        self.problem.setText(words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.keep()
        elif event.key() == Qt.Key.Key_Escape:
            self.reject()
