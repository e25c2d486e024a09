"""Whether the story of the list is whole: what was found, a copy to keep, and one to compare with."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QProgressBar, QVBoxLayout, QWidget

from app.people import examining
from app.people.examining import Examined, Head
from app.workspace import Workspace
from ui import background, dialogs, theme, wording
from ui.operators.guard import allowed
from ui.unlock import buttons_row
from ui.widgets import KeyButton, PlainLabel

CANNOT = (
    "The chain finds rows that were changed, taken out from between others, moved or put in, and opt-outs "
    "that ended without a row. That rows at its end are gone shows only in a head that was kept: this "
    "computer keeps one at each check. Write the story to a file now and then, and keep it where nobody who "
    "works here can change it."
)


class CheckDialog(QDialog):
    """Checks as it opens. Nothing on the list is changed here."""

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.found: Examined | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("The story of the opt-out list – p2ptext")
        self.setMinimumWidth(theme.em(self, 44))
        layout = QVBoxLayout(self)
        space = theme.em(self, 1.2)
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel("The story of the opt-out list", self, size="title", bold=True))
        self.words = PlainLabel("", self, wrap=True)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Checking the chain")
        self.note = PlainLabel("", self, wrap=True, tone="good")
        self.note.hide()
        for widget in (self.progress, self.words, self.note, PlainLabel(CANNOT, self, quiet=True, wrap=True)):
            layout.addWidget(widget)
        self.accept_button = KeyButton("Go on from here…", parent=self)
        self.compare_button = KeyButton("Compare with a kept story…", "Ctrl+O", self)
        self.write_button = KeyButton("Write the story to a file…", "Ctrl+S", self)
        self.close_button = KeyButton("Close", "Esc", self)
        for keys, button in (("Ctrl+O", self.compare_button), ("Ctrl+S", self.write_button)):
            QShortcut(QKeySequence(keys), self).activated.connect(button.click)
        layout.addLayout(
            buttons_row(self.accept_button, self.compare_button, self.write_button, self.close_button)
        )
        self.accept_button.clicked.connect(self.ask_accept)
        self.compare_button.clicked.connect(self.ask_compare)
        self.write_button.clicked.connect(self.ask_write)
        self.close_button.clicked.connect(self.reject)
        self.check()

    def check(self, against: tuple[Head, ...] = (), name: str = "") -> None:
        """Go through the whole story; ``against`` are rows of an older one, called ``name``."""
        workspace = self._workspace
        self._busy(True)

        def done(found: Examined) -> None:
            self.found = found
            compared = f" Every row of {name} is in it." if name and found.whole else ""
            self._busy(False)
            self.words.setText(("✓ " if found.whole else "✕ ") + found.sentence + compared)
            self.words.set_tone("good" if found.whole else "bad")
            self.accept_button.setVisible(found.cut)
            self._fit()

        background.run(
            self,
            lambda _job: examining.examine(workspace.store, workspace.clock, against),
            done,
            self._failed,
        )

    def _fit(self) -> None:
        """As high as the words need at this width."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.setMinimumHeight(layout.totalHeightForWidth(self.width()))
            self.resize(self.width(), self.minimumHeight())

    def _busy(self, on: bool) -> None:
        self.progress.setVisible(on)
        self.accept_button.setVisible(False)
        if on:
            self.words.setText("Going through every row…")
            self.words.set_tone("")
        for button in (self.compare_button, self.write_button):
            button.setEnabled(not on)

    def ask_compare(self) -> None:
        """Ask which file holds an older story."""
        path = dialogs.open_file(self, "Compare with a kept story", "Stories (*.csv)")
        if path is not None:
            self.compare(path)

    def compare(self, path: Path) -> None:
        """Check against the rows of a file."""

        def done(heads: list[Head]) -> None:
            self.check(tuple(heads), path.name)

        background.run(self, lambda _job: examining.heads_of(path), done, self._failed)

    def ask_write(self) -> None:
        """Ask where to; a manager's."""
        if not allowed(self, self._workspace, "export", self.ask_write):
            return
        path = dialogs.save_file(self, "Write the story", "opt-out-story.csv", "CSV (*.csv)")
        if path is not None:
            self.write(path)

    def write(self, path: Path) -> None:
        """Write the story to a file."""
        store = self._workspace.store

        def done(rows: int) -> None:
            self._say(f"{wording.count(rows, 'row')} written to {path.name}.", "good")

        background.run(self, lambda _job: examining.write_story(store, path), done, self._failed)

    def ask_accept(self) -> None:
        """An older copy of the data was put back on purpose: ask why; a manager's."""
        if not allowed(self, self._workspace, "opt-out undo", self.ask_accept):
            return
        self._reason = dialog = dialogs.ask_reason(
            self,
            "Go on from here?",
            "Only when an older copy of the data was put back on purpose. Merge the newer list first, if "
            "there is one (“p2ptext optouts merge”). Your reason is kept.",
            "Go on from here",
        )
        dialog.accepted.connect(lambda: self._accept(dialog.values()[0]))

    def _accept(self, reason: str) -> None:
        workspace = self._workspace
        background.run(
            self,
            lambda _job: examining.accept(workspace.store, workspace.clock, reason, workspace.operator),
            lambda _none: self.check(),
            self._failed,
        )

    def _say(self, words: str, tone: str) -> None:
        self.note.setText(words)
        self.note.set_tone(tone)
        self.note.show()
        self._fit()

    def _failed(self, error: Exception) -> None:
        self._busy(False)
        self._say(wording.sentence(error), "bad")
