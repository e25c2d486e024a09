"""Hand over: how the shift went, how things stand, and a note for whoever comes next."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QGridLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.operators import shifts
from app.operators.profiles import Profile
from app.operators.shifts import Figures
from app.workspace import Workspace
from ui import background, theme
from ui.unlock import buttons_row
from ui.widgets import KeyButton, Panel, PlainLabel
from ui.wording import sentence


class HandoverDialog(QDialog):
    """Accepted when the shift has ended and the note is kept."""

    def __init__(self, workspace: Workspace, who: Profile, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace, self._who = workspace, who
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Hand over – p2ptext")
        self.setMinimumWidth(theme.em(self, 32))
        layout = QVBoxLayout(self)
        space = theme.em(self, 1.2)
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(theme.em(self, 0.7))
        layout.addWidget(PlainLabel("Hand over", self, size="title", bold=True))
        words = (
            "Whoever signs in next reads your note first. Texts that wait for their line still leave: "
            "you pressed them."
        )
        layout.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        panel = Panel(self, margin=0.8, inset=True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.em(self, 1.5))
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(3, 1)
        panel.body.addLayout(self._grid)
        self.values: dict[str, PlainLabel] = {}
        self._show(Figures())
        layout.addWidget(panel)
        label = PlainLabel("For whoever comes next", self, bold=True)
        self.note = QPlainTextEdit(self)
        self.note.setTabChangesFocus(True)
        self.note.setAccessibleName("For whoever comes next")
        self.note.setPlaceholderText(
            "Mrs Lee asked to be called back at four. The Tuesday list is half done."
        )
        self.note.setFixedHeight(theme.em(self, 7))
        label.setBuddy(self.note)
        layout.addWidget(label)
        layout.addWidget(self.note)
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        self.problem.hide()
        layout.addWidget(self.problem)
        self.cancel = KeyButton("Go on working", "Esc", self)
        self.button = KeyButton("Hand over", "Ctrl+Enter", self, primary=True)
        layout.addLayout(buttons_row(self.cancel, self.button))
        self.cancel.clicked.connect(self.reject)
        self.button.clicked.connect(self.finish)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.finish)
        self.note.setFocus()
        background.run(
            self, lambda _job: shifts.figures(workspace.store, workspace.clock, who), self._show, self._failed
        )

    def _show(self, figures: Figures) -> None:
        for index, (words, value) in enumerate(figures.lines()):
            if words in self.values:
                self.values[words].setText(f"{value:,}")
                continue
            self.values[words] = PlainLabel("…", self, bold=True)
            row, column = divmod(index, 2)
            self._grid.addWidget(PlainLabel(words, self, quiet=True), row, column * 2)
            self._grid.addWidget(self.values[words], row, column * 2 + 1)

    def finish(self) -> None:
        """End the shift and keep the note."""
        if not self.button.isEnabled():
            return
        note = self.note.toPlainText()
        if len(note) > shifts.MAX_NOTE:
            self._say(f"The note has {len(note):,} letters; {shifts.MAX_NOTE:,} are kept. Shorten it.")
            return
        self.button.setEnabled(False)
        workspace, who = self._workspace, self._who
        background.run(
            self,
            lambda _job: shifts.end(workspace.store, workspace.clock, who, note),
            lambda _result: self.accept(),
            self._failed,
            urgent=True,
        )

    def _failed(self, error: Exception) -> None:
        self.button.setEnabled(True)
        self._say(sentence(error))

    def _say(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.reject()
