"""The strip that is seen while a campaign starts: how far it is, and Cancel."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from app.campaigns import campaign as campaigns
from app.campaigns.campaign import StartResult
from app.workspace import Workspace
from ui import background, theme, wording
from ui.campaigns.checks import left_out_words
from ui.widgets import KeyButton, PlainLabel


class StartingStrip(QWidget):
    """Progress of a start; hidden while there is none."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = PlainLabel("Writing everybody's text…", self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Texts written")
        self.cancel_button = KeyButton("Cancel", parent=self)
        self.cancel_button.clicked.connect(self._cancel)
        layout = QHBoxLayout(self)
        side = theme.em(self, 1.4)
        layout.setContentsMargins(side, side // 2, side, 0)
        layout.addWidget(self.words)
        layout.addWidget(self.bar, 1)
        layout.addWidget(self.cancel_button)
        self.hide()

    def begin(self) -> None:
        """It begins."""
        self.words.setText("Writing everybody's text…")
        self.bar.setRange(0, 0)
        self.cancel_button.setEnabled(True)
        self.show()

    def show_progress(self, done: int, total: int) -> None:
        """``done`` of ``total`` people."""
        self.bar.setRange(0, max(1, total))
        self.bar.setValue(done)
        if self.cancel_button.isEnabled():
            self.words.setText(f"Writing everybody's text: {done:,} of {total:,}")

    def end(self) -> None:
        """It is over."""
        self.hide()

    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self.words.setText("Cancelling…")
        self.cancelled.emit()


class Starter(QObject):
    """Starts a campaign off the GUI thread, with the strip. ``said`` carries words and a tone."""

    said = Signal(str, str)
    refused = Signal(object)
    over = Signal()

    def __init__(self, workspace: Workspace, strip: StartingStrip) -> None:
        super().__init__(strip)
        self._workspace, self._strip = workspace, strip
        self._job: background.Job | None = None
        strip.cancelled.connect(lambda: self._job.cancel() if self._job is not None else None)

    @property
    def busy(self) -> bool:
        """Whether a start is under way."""
        return self._job is not None and not self._job.finished

    def run(self, campaign_id: int) -> None:
        """Queue everybody's text on the desk. No text leaves by this."""
        workspace = self._workspace

        def work(job: background.Job) -> tuple[StartResult, bool]:
            result = campaigns.start(
                workspace.store,
                workspace.clock,
                campaign_id,
                progress=job.progress,
                cancelled=job.is_cancelled,
            )
            return result, job.cancelled

        self._job = background.run(self, work, self._started, self._failed, self._strip.show_progress)

    def _started(self, outcome: tuple[StartResult, bool]) -> None:
        self._strip.end()
        result, cancelled = outcome
        if cancelled and not result.queued:
            self.said.emit("The start was cancelled. Nothing was queued.", "accent")
        else:
            texts = wording.count(result.queued, "text waits", "texts wait")
            words = f"{texts} on the desk. Each leaves on its own press of Send."
            if not result.queued and not result.left_out:
                words = "It runs. Nothing is due yet: texts come to the desk when their moment comes."
            left_out = left_out_words(dict(result.left_out))
            self.said.emit(f"{words} Left out: {left_out}." if left_out else words, "good")
        self.over.emit()

    def _failed(self, error: Exception) -> None:
        self._strip.end()
        self.refused.emit(error)
        self.over.emit()
