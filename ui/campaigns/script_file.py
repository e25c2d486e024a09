"""Answers that are known only later, read from a table: who came, who gave, who voted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.campaigns import answers_file
from app.campaigns.answers_file import AnswersImport
from app.people import reading
from app.workspace import Workspace
from ui import background, dialogs, theme, wording
from ui.widgets import KeyButton, PlainLabel, one_line

#: Refused rows that are shown.
SHOWN = 8


class AnswersFileDialog(QDialog):
    """Choose the question and the file, then see what was kept and what was refused, with why."""

    def __init__(
        self, workspace: Workspace, campaign_id: int, questions: Sequence[tuple[int, str]], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._workspace, self._campaign_id = workspace, campaign_id
        self.setWindowTitle("Read answers from a file")
        self.setMinimumWidth(theme.em(self, 32))
        self.which = QComboBox(self)
        self.which.setAccessibleName("Question")
        for key, text in questions:
            self.which.addItem(one_line(text, 80), key)
        self.outcome = PlainLabel("", self, bold=True, wrap=True)
        self.refused = PlainLabel("", self, quiet=True, wrap=True)
        self.problem = PlainLabel("", self, tone="bad", wrap=True)
        self.close_button = KeyButton("Close", "Esc", self)
        self.file_button = KeyButton("Choose a file…", parent=self, primary=True)
        self.close_button.clicked.connect(self.reject)
        self.file_button.clicked.connect(self._choose)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.file_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.7))
        layout.addWidget(PlainLabel(self.windowTitle(), self, bold=True, size="title", wrap=True))
        words = (
            "A table with a number and an answer in each row. The column is called “answer”, “outcome” or as "
            "the question is. Answers that differ from what is kept take its place."
        )
        layout.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        for widget in (self.which, self.outcome, self.refused, self.problem):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        self.which.setFocus()

    def _choose(self) -> None:
        path = dialogs.open_file(self, self.windowTitle(), "Tables (*.csv *.txt *.xlsx);;All files (*)")
        if path is not None:
            self.load(path)

    def load(self, path: Path) -> None:
        """Read a file and say what became of it."""
        workspace, campaign_id, question = self._workspace, self._campaign_id, self.which.currentData()
        self.file_button.setEnabled(False)

        def work(_job: background.Job) -> AnswersImport:
            return answers_file.load_file(
                workspace.store, workspace.clock, reading.open_source(path), campaign_id, int(question),
                country=workspace.settings.country, operator=workspace.operator,
            )  # fmt: skip

        background.run(self, work, self._done, self._failed)

    def _done(self, found: AnswersImport) -> None:
        self.file_button.setEnabled(True)
        self.problem.setText("")
        self.outcome.setText(
            f"{wording.count(found.kept, 'answer')} kept, {found.same:,} there already, "
            f"{found.rejected_count:,} of {wording.count(found.total, 'row')} refused."
        )
        lines = [
            f"line {each.line}: {one_line(each.value, 30)} · {one_line(each.reason, 160)}"
            for each in found.rejects[:SHOWN]
        ]
        if found.rejected_count > SHOWN:
            lines.append(f"and {found.rejected_count - SHOWN:,} more")
        self.refused.setText("\n".join(lines))

    def _failed(self, error: Exception) -> None:
        self.file_button.setEnabled(True)
        self.outcome.setText("")
        self.refused.setText("")
        self.problem.setText(wording.sentence(error))
