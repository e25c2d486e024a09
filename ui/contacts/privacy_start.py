"""At the start, before a line is open: the file is written anew after an erasure from a large one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QProgressBar, QVBoxLayout, QWidget

from app.people import privacy_file
from app.store.engine import StoreError
from app.workspace import Workspace, open_workspace
from ui import background, theme, wording
from ui.unlock import buttons_row
from ui.widgets import KeyButton, PlainLabel

WHY = (
    "Somebody was erased, or old words were deleted. Now the data is written anew, so that nothing of it is "
    "left in the file. Texts that come in meanwhile wait on the SIM. The old file stays until the new one is "
    "whole."
)


def clean_first(folder: Path, key: bytes | None, workspace: Workspace) -> Workspace:
    """``workspace`` again, or another one on the same data after it was written anew where that is due."""
    if not privacy_file.due(workspace.store):
        return workspace
    workspace.close()
    CleanDialog(folder, key).exec()
    return open_workspace(folder, key=key)


class CleanDialog(QDialog):
    """Writes the file anew while it is open. Esc leaves it to the next start; so does what goes wrong."""

    def __init__(self, folder: Path, key: bytes | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Erasing – p2ptext")
        self.setMinimumWidth(theme.em(self, 30))
        layout = QVBoxLayout(self)
        space = theme.em(self, 1.2)
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel("Writing the data anew", self, size="title", bold=True))
        layout.addWidget(PlainLabel(WHY, self, wrap=True))
        self.words = PlainLabel("Looking…", self, wrap=True)
        self.words.setMinimumHeight(theme.em(self, 1.6))
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Writing the data anew")
        self.progress.setRange(0, 0)
        self.later = KeyButton("Do it at the next start", "Esc", self)
        for widget in (self.words, self.progress):
            layout.addWidget(widget)
        layout.addLayout(buttons_row(self.later))
        self.later.clicked.connect(self.reject)
        self._job = background.run(
            self,
            lambda job: privacy_file.try_write_anew(folder, key, job.progress, job.is_cancelled),
            self._done,
            self._failed,
            self._far,
        )

    def _far(self, done: int, total: int) -> None:
        if not self._job.cancelled:
            self.progress.setRange(0, 1000)
            self.progress.setValue(1000 * done // max(1, total))
            self.words.setText(f"{100 * done // max(1, total)} %")

    def _done(self, problem: str) -> None:
        if problem and not self._job.cancelled:
            self._failed(StoreError(f"{problem} It is tried again at the next start."))
            return
        self.accept()

    def _failed(self, error: Exception) -> None:
        self.progress.hide()
        self.words.setText(wording.sentence(error))
        self.later.setText("Go on")
        self.later.setFocus(Qt.FocusReason.OtherFocusReason)

    def reject(self) -> None:
        """Stop; the window closes once the work has, since the data may be opened only then."""
        if self._job.finished:
            super().reject()
            return
        self._job.cancel()
        self.later.setEnabled(False)
        self.words.setText("Stopping…")
