"""What the ones before left: their notes, with the figures of their shifts."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.operators import shifts
from app.operators.profiles import Profile
from app.operators.shifts import Note
from app.workspace import Workspace
from ui import background, theme
from ui.unlock import buttons_row
from ui.widgets import IconSign, KeyButton, Panel, PlainLabel, isolated, scrolled
from ui.wording import count, day_and_time, local


class NotesForm(QWidget):
    """Notes that are shown until somebody says that they were read. ``read`` then."""

    read = Signal()

    def __init__(self, workspace: Workspace, who: Profile, notes: tuple[Note, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace, self._who, self.notes = workspace, who, notes
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(IconSign("file-text", 2.0, self), 0, Qt.AlignmentFlag.AlignLeft)
        title = "A note for you" if len(notes) == 1 else f"{len(notes)} notes for you"
        layout.addWidget(PlainLabel(title, self, size="title", bold=True))
        area = scrolled(self._fill, self)
        area.setMinimumHeight(theme.em(self, 12))
        layout.addWidget(area, 1)
        self.later = KeyButton("Show it again next time", "Esc", self)
        self.button = KeyButton("I have read it", "Enter", self, primary=True)
        layout.addLayout(buttons_row(self.later, self.button))
        self.later.clicked.connect(self.read)
        self.button.clicked.connect(self._mark)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _fill(self, layout: QVBoxLayout) -> None:
        layout.setContentsMargins(0, 0, theme.em(self, 0.4), 0)
        for note in self.notes:
            panel = Panel(self, margin=0.8, inset=True)
            when = f"{day_and_time(note.started_at)} to {local(note.ended_at):%H:%M}"
            panel.body.addWidget(PlainLabel(isolated(note.name, 60), panel, bold=True))
            done = f"{count(note.sent, 'text')} sent, {count(note.answered, 'reply', 'replies')} answered"
            panel.body.addWidget(PlainLabel(f"{when} · {done}", panel, quiet=True, size="small", wrap=True))
            panel.body.addWidget(PlainLabel(note.text, panel, wrap=True))
            layout.addWidget(panel)
        layout.addStretch(1)

    def _mark(self) -> None:
        if not self.button.isEnabled():
            return
        workspace, who, notes = self._workspace, self._who, self.notes
        self.button.setEnabled(False)
        background.run(
            self,
            lambda _job: shifts.mark_read(workspace.store, workspace.clock, who, notes),
            lambda _result: self.read.emit(),
            lambda _error: self.read.emit(),  # they come again next time, which loses nothing
            urgent=True,
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._mark()
        elif event.key() == Qt.Key.Key_Escape:
            self.read.emit()
        else:
            super().keyPressEvent(event)
