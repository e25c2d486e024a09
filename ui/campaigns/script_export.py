"""Where the answers of a campaign are written: whose file it is, and whether numbers are masked in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.reports import answers_out
from app.workspace import Workspace
from ui import background, dialogs, theme, wording
from ui.widgets import KeyButton, PlainLabel, one_line


class ExportDialog(QDialog):
    """``path`` and ``mask`` after ``accepted``; says how many rows it has."""

    def __init__(
        self, workspace: Workspace, campaign_id: int, name: str, failed: Callable[[Exception], None],
        parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._workspace, self._campaign_id, self._failed = workspace, campaign_id, failed
        self._suggested = (
            f"answers-{''.join(c if c.isalnum() else '-' for c in name)[:40] or campaign_id}.csv"
        )
        self.setWindowTitle("Export answers")
        self.setMinimumWidth(theme.em(self, 28))
        self.masking = QCheckBox("Mask numbers, and leave names and words out", self)
        self.words = PlainLabel("", self, wrap=True)
        self.close_button = KeyButton("Close", "Esc", self)
        self.save_button = KeyButton("Choose a file…", parent=self, primary=True)
        self.close_button.clicked.connect(self.reject)
        self.save_button.clicked.connect(self._choose)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.save_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.7))
        title = f"Export the answers of {one_line(name) or 'this campaign'}"
        layout.addWidget(PlainLabel(title, self, bold=True, size="title", wrap=True))
        words = "One row for each person, one column for each question; only you can read the file."
        layout.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        layout.addWidget(self.masking)
        layout.addWidget(self.words)
        layout.addLayout(buttons)

    def _choose(self) -> None:
        path = dialogs.save_file(self, "Export answers", self._suggested, "CSV (*.csv)")
        if path is not None:
            self.write(path)

    def write(self, path: Path) -> None:
        """Write the file and say how many rows it has."""
        store, key, mask = self._workspace.store, self._campaign_id, self.masking.isChecked()
        background.run(
            self,
            lambda _job: answers_out.export(store, key, path, mask=mask),
            lambda rows: self._written(rows, path),
            self._failed,
        )

    def _written(self, rows: int, path: Path) -> None:
        people = wording.count(rows, "person", "people")
        self.words.setText(f"{people} written to {one_line(path.name)}.")


def ask_export(
    parent: QWidget, workspace: Workspace, campaign_id: int, name: str, failed: Callable[[Exception], None]
) -> ExportDialog:
    """Open the dialog."""
    dialog = ExportDialog(workspace, campaign_id, name, failed, parent.window())
    dialog.open()
    return dialog
