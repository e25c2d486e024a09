"""The training: the real desk and inbox on an emulated line, steps beside them, and the questions."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.operators import steps
from app.operators.room import Room
from app.operators.steps import Step
from app.workspace import Workspace
from ui import background, pages, theme
from ui.bridge import Bridge
from ui.training.quiz import Quiz
from ui.training.steps_panel import StepsPanel
from ui.undo import UndoBar
from ui.widgets import ChipButton, Notice

BANNER = "Training: nothing leaves this computer. These people are made up, and so is the network."
ELSEWHERE = "That page is not part of the training."
#: The pages find room in this beside the steps.
SMALLEST = QSize(800, 520)
_PAGES = (("desk", "Desk", "Ctrl+1"), ("inbox", "Inbox", "Ctrl+2"))


class TrainingWindow(QDialog):
    """One training in ``room``; its result is kept in ``workspace``. ``ended`` when it is closed."""

    ended = Signal()
    #: What the strip at the top says, the button in it, what is said of other pages, and the window's name.
    WORDS = (BANNER, "", ELSEWHERE, "Training")

    def __init__(self, workspace: Workspace, room: Room, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("training")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{self.WORDS[3]} – p2ptext")
        self.setModal(True)
        self.room = room
        self._closed = False
        self.bridge = Bridge(room.workspace.store, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.banner = Notice(self.WORDS[0], "warn", self.WORDS[1], self)
        self.banner.acted.connect(self.close)
        layout.addWidget(self.banner)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        self.steps = StepsPanel(self)
        self.steps.questions_asked.connect(self.ask_questions)
        self.steps.leave_asked.connect(self.close)
        middle.addWidget(self.steps)
        right = QVBoxLayout()
        right.setSpacing(0)
        bar = QHBoxLayout()
        bar.setContentsMargins(theme.em(self, 1), theme.em(self, 0.4), 0, theme.em(self, 0.4))
        self.tabs: dict[str, ChipButton] = {}
        self._stack = QStackedWidget(self)
        for name, words, key in _PAGES:
            tab = self.tabs[name] = ChipButton(f"{words}  {key}", "neutral", self, checkable=True)
            tab.clicked.connect(lambda _checked=False, name=name: self.go(name))
            QShortcut(QKeySequence(key), self).activated.connect(lambda name=name: self.go(name))
            bar.addWidget(tab)
        bar.addStretch(1)
        right.addLayout(bar)
        right.addWidget(self._stack, 1)
        middle.addLayout(right, 1)
        layout.addLayout(middle, 1)
        self._pages = {kind.name: self._make(kind) for kind in pages.PAGES if kind.name in self.tabs}
        self.quiz = Quiz(workspace, self)
        self.quiz.over.connect(self.close)
        self._stack.addWidget(self.quiz)
        self._reader = background.Refresher(
            self, lambda _job: steps.look(room.workspace.store), self._show, lambda _error: None
        )
        self.bridge.changed.connect(lambda _events: self._reader.again())
        self.undo_bar = UndoBar(room.workspace, self)
        self.setMinimumSize(SMALLEST)
        self.resize(parent.size())
        self.go("desk")
        self._reader.again()

    def _make(self, kind: pages.PageKind) -> QWidget:
        page = pages.make(kind, self.room.workspace, self.room.lines, self.bridge, self.go)
        self._stack.addWidget(page)
        return page

    def page(self, name: str) -> Any:
        """The training's desk or inbox."""
        return self._pages[name]

    def go(self, name: str, **where: Any) -> None:
        """Show the desk or the inbox; other pages are not part of this."""
        page = self._pages.get(name)
        if self._stack.currentWidget() is self.quiz:
            return
        if page is None:
            self._say(f"{self.WORDS[0]} {self.WORDS[2]}")
            return
        self._say(self.WORDS[0])
        self._stack.setCurrentWidget(page)
        for each, tab in self.tabs.items():
            tab.setChecked(each == name)
        open_at = getattr(page, "open_at", None)
        if where and callable(open_at):
            open_at(**where)
        refresh = getattr(page, "refresh", None)
        if callable(refresh):
            refresh()
        page.setFocus()

    def _say(self, words: str) -> None:
        self.banner.say(words, "warn", self.WORDS[1])

    def _show(self, found: tuple[Step, ...]) -> None:
        self.steps.show_steps(found)

    def ask_questions(self) -> None:
        """The practice is over: ten questions."""
        for tab in self.tabs.values():
            tab.hide()
        self.steps.hide()
        self._stack.setCurrentWidget(self.quiz)
        self.quiz.begin()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Neither Escape nor Enter closes this window by itself."""
        event.ignore()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.finish()
        super().closeEvent(event)

    def finish(self) -> None:
        """End the emulator and remove what it left, off the window's thread. Once."""
        if self._closed:
            return
        self._closed = True
        self.bridge.close()
        owner = self.parentWidget() or self
        background.run(owner, lambda _job: self.room.close(), lambda _result: None, lambda _error: None)
        self.ended.emit()


def open_training(workspace: Workspace, window: QWidget, failed: Any, ready: Any = None) -> None:
    """Make the room off the window's thread, then open the training over ``window``."""
    make = workspace.training_room
    if make is None:
        return

    def made(room: Room) -> None:
        training = TrainingWindow(workspace, room, window)
        training.open()
        if ready is not None:
            ready(training)

    background.run(window, lambda _job: make(), made, failed)
