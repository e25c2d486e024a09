"""What only a manager may do: asked at the moment when somebody wants to do it.

A texter is told so, and a manager at the same counter can allow it this once with their own PIN.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QDialog, QVBoxLayout, QWidget

from app.operators import profiles
from app.operators.profiles import Profile
from app.operators.roles import MANAGER, MANAGERS_ONLY
from app.workspace import Workspace
from ui import background, theme
from ui.operators.pinfield import PinField, Waiting
from ui.unlock import buttons_row
from ui.widgets import IconSign, KeyButton, PlainLabel, isolated


def allowed(page: QWidget, workspace: Workspace, act: str, again: Callable[[], object]) -> bool:
    """Whether who is signed in may do ``act`` (of ``roles.MANAGERS_ONLY``) now.

    When not, a dialog says so; ``again()`` is called when a manager allows it this once, and then this
    function says yes.
    """
    why = workspace.why_not(act)
    if why:
        ManagerDialog(workspace, act, why, again, page).open()
    return not why


class ManagerDialog(QDialog):
    """A manager's PIN for one act."""

    def __init__(
        self, workspace: Workspace, act: str, why: str, again: Callable[[], object], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._workspace, self._act, self._again = workspace, act, again
        self._busy = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("For a manager – p2ptext")
        self.setMinimumWidth(theme.em(self, 28))
        layout = QVBoxLayout(self)
        space = theme.em(self, 1.2)
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(IconSign("lock", 1.8, self), 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(PlainLabel("This is for a manager", self, size="title", bold=True))
        layout.addWidget(PlainLabel(why, self, wrap=True))
        words = "A manager who is here can allow it this once. It is written down with both names."
        layout.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        self.managers = QComboBox(self)
        self.managers.setAccessibleName("Manager")
        self.managers.setMinimumHeight(theme.em(self, 2))
        self._people = tuple(p for p in workspace.people if p.active and p.role == MANAGER)
        for each in self._people:
            self.managers.addItem(isolated(each.name, profiles.MAX_NAME))
        self.pin = PinField(self, "The manager's PIN")
        self.label = PlainLabel("PIN", self, bold=True)
        self.label.setBuddy(self.pin)
        for widget in (self.managers, self.label, self.pin):
            layout.addWidget(widget)
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        self.problem.setMinimumHeight(theme.em(self, 1.6))
        layout.addWidget(self.problem)
        self.cancel = KeyButton("Leave it", "Esc", self)
        self.button = KeyButton("Allow this once", "Enter", self, primary=True)
        layout.addLayout(buttons_row(self.cancel, self.button))
        self.waiting = Waiting(workspace.clock, self)
        self.waiting.changed.connect(self._say)
        self.cancel.clicked.connect(self.reject)
        self.button.clicked.connect(self.try_it)
        self.managers.currentIndexChanged.connect(lambda _index: self._chosen())
        self.pin.textChanged.connect(lambda _text: self._look())
        self._look()
        (self.pin if self._needs_pin() else self.managers).setFocus()

    def _manager(self) -> Profile | None:
        index = self.managers.currentIndex()
        return self._people[index] if 0 <= index < len(self._people) else None

    def _needs_pin(self) -> bool:
        who = self._manager()
        return who is not None and who.has_pin

    def _chosen(self) -> None:
        self.pin.clear()
        self.waiting.forget()

    def _say(self, words: str) -> None:
        self.problem.setText(words)
        self._look()

    def _look(self) -> None:
        needs = self._needs_pin()
        self.label.setVisible(needs)
        self.pin.setVisible(needs)
        ready = self._manager() is not None and (bool(self.pin.text()) or not needs)
        self.button.setEnabled(ready and not self._busy and not self.waiting.waits)

    def try_it(self) -> None:
        """Look whether the PIN is the manager's."""
        who, pin = self._manager(), self.pin.text()
        if who is None or not self.button.isEnabled():
            return
        self._busy = True
        self.problem.setText("")
        self._look()
        workspace, texter, what = self._workspace, self._workspace.operator, MANAGERS_ONLY[self._act]

        def work(_job: background.Job) -> None:
            found = profiles.check_pin(workspace.store, workspace.clock, who.id, pin)
            profiles.manager_of(workspace.store, found.name)  # is still one
            profiles.allowed_once(workspace.store, workspace.clock, found, texter, what)

        background.run(self, work, lambda _result: self._right(), self._wrong, urgent=True)

    def _right(self) -> None:
        workspace, again = self._workspace, self._again
        self.pin.clear()
        self.accept()
        workspace.allowed_once = self._act
        try:
            again()
        finally:
            workspace.allowed_once = ""

    def _wrong(self, error: Exception) -> None:
        self._busy = False
        self.pin.selectAll()
        self.waiting.after(error)
        self.pin.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.try_it()
        elif event.key() == Qt.Key.Key_Escape:
            self.reject()
