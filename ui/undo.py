"""Ctrl+Z and the small word at the top that says what it would undo. It never makes a click."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QWidget

from app import undo
from app.undo import Undo
from app.workspace import Workspace
from ui import background, theme
from ui.widgets import ElidedLabel, KeyButton, one_line, repolish

#: How long the word stays.
SHOWN_MS = 8000
#: About the rail's width, and the height of a page's heading, in em.
RAIL, HEADING = 13, 4.2


class UndoBar(QFrame):
    """Stands where the page in view has a place for it (``slot``), where it covers nothing; on other pages
    it lies in the gap below the heading, where no button is, and takes no room from anything.

    In a text field Ctrl+Z is the field's own; everywhere else it undoes the latest act of who is signed in.
    """

    def __init__(
        self,
        workspace: Workspace,
        window: QWidget,
        slot: Callable[[], QBoxLayout | None] = lambda: None,
    ) -> None:
        super().__init__(window)
        self._window, self._slot = window, slot
        self._workspace = workspace
        self._stack = undo.of(workspace.store)
        self.setObjectName("notice")
        self.setProperty("tone", "accent")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.em(self, 0.8), 2, theme.em(self, 0.4), 2)
        self.label = ElidedLabel("", self)
        self.button = KeyButton("Undo", "Ctrl+Z", self, flat=True)
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.clicked.connect(self.undo)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.button)
        self._timer = QTimer(self)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self._gone)
        shortcut = QShortcut(QKeySequence("Ctrl+Z"), window)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(self.undo)
        stop = self._stack.subscribe(self._pushed)
        self.destroyed.connect(lambda _gone=None: stop())
        window.installEventFilter(self)
        self.hide()

    def _pushed(self, done: Undo) -> None:
        """Somebody did something that can be undone; called on any thread."""
        background.call_on_gui(lambda: self._say_done(done))

    def _say_done(self, done: Undo) -> None:
        if shiboken6.isValid(self) and done.operator == self._workspace.operator:
            self.say(done.label, undoable=True)

    def say(self, words: str, *, undoable: bool = False, tone: str = "accent") -> None:
        """Show ``words`` for a moment."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            repolish(self)
        self.label.setText(one_line(words, 160))
        self.setAccessibleName(f"{words}. Ctrl+Z undoes it." if undoable else words)
        self.button.setVisible(undoable)
        self._place()
        self.show()
        self.raise_()
        self._timer.start()

    def undo(self) -> None:
        """Undo the latest act of who is signed in."""
        if self._workspace.store.locked or not self._workspace.settings.first_run_done:
            return
        done = self._stack.take(self._workspace.operator)
        if done is None:
            self.say("Nothing to undo. A text that left stays sent.")
            return
        background.run(
            self,
            lambda _job: done.act(self._workspace.store),
            lambda why: self._undone(done, why),
            lambda error: self.say(f"Not undone ({error}). Nothing was changed.", tone="bad"),
            urgent=True,
        )

    def _undone(self, done: Undo, why: str) -> None:
        if why:
            self.say(f"{done.label}: too late. {why}", tone="warn")
            return
        self.say(f"Undone: {done.label}")
        if done.after is not None:
            done.after()

    def _gone(self) -> None:
        self._timer.stop()
        self.hide()

    def place_again(self) -> None:
        """Another page came into view."""
        if not self.isHidden():
            self._place()
            self.show()
            self.raise_()

    def _place(self) -> None:
        window, slot = self._window, self._slot()
        if slot is not None:
            if slot.indexOf(self) < 0:
                slot.insertWidget(0, self)
            return
        if self.parentWidget() is not window:
            self.setParent(window)  # which takes it out of the layout
        wanted = self.label.sizeHint().width() + theme.em(self, 2)
        wanted += self.button.sizeHint().width() if not self.button.isHidden() else 0
        width = min(wanted, window.width() // 2)
        middle = (window.width() + theme.em(self, RAIL)) // 2  # of what is beside the rail
        self.setGeometry(middle - width // 2, theme.em(self, HEADING) + 2, width, self.sizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)
