"""Importing a list: where it comes from, and how far it is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QProgressBar, QVBoxLayout, QWidget

from resources import SAMPLE_PEOPLE
from ui import dialogs, theme
from ui.widgets import KeyButton, PlainLabel, one_line

KINDS = "Lists and contacts (*.csv *.tsv *.txt *.xlsx *.vcf *.xml *.db *.sqlite *.sqlite3);;All files (*)"


class SourcePage(QWidget):
    """A file, or a pasted list."""

    chosen = Signal(object)  # Path or str

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel("Import a list", self, size="title", bold=True))
        words = (
            "CSV, a spreadsheet (.xlsx), contacts (.vcf; Google, Outlook, Spoke, ThruText), a phone's texts "
            "(SMS Backup & Restore, gammu-smsd), or numbers typed or pasted below. One column is enough."
        )
        layout.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        self.file_button = KeyButton("Choose a file…", parent=self, primary=True, icon="upload")
        self.file_button.clicked.connect(self._ask)
        file_row = QHBoxLayout()
        file_row.addWidget(self.file_button)
        file_row.addWidget(PlainLabel("or drop one here", self, quiet=True))
        file_row.addStretch(1)
        self.sample_button = KeyButton("Use the sample list", parent=self)
        self.sample_button.setToolTip("Made-up people, for trying things on the practice line")
        self.sample_button.clicked.connect(lambda: self.chosen.emit(SAMPLE_PEOPLE))
        file_row.addWidget(self.sample_button)
        layout.addLayout(file_row)
        self.pasted = QPlainTextEdit(self)
        self.pasted.setAccessibleName("Pasted list")
        self.pasted.setPlaceholderText("Name, number\nMaria Ortega, (312) 555-0187")
        self.pasted.setTabChangesFocus(True)
        layout.addWidget(self.pasted, 1)
        self.paste_button = KeyButton("Use the pasted list", "Ctrl+Enter", self)
        self.paste_button.setEnabled(False)
        self.paste_button.clicked.connect(lambda: self.chosen.emit(self.pasted.toPlainText()))
        self.pasted.textChanged.connect(self._typed)
        last = QHBoxLayout()
        last.addStretch(1)
        last.addWidget(self.paste_button)
        layout.addLayout(last)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(self.paste_button.click)

    def paste(self) -> None:
        """Take what is in the clipboard."""
        self.pasted.setFocus()
        self.pasted.paste()

    def _typed(self) -> None:
        self.paste_button.setEnabled(self.pasted.document().characterCount() > 1)

    def _ask(self) -> None:
        path = dialogs.open_file(self, "Import a list", KINDS)
        if path is not None:
            self.chosen.emit(path)


class ProgressPage(QWidget):
    """The import under way."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = PlainLabel("", self, size="title", bold=True)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Rows imported")
        self.counted = PlainLabel("", self, quiet=True)
        self.cancel_button = KeyButton("Cancel", parent=self)
        self.cancel_button.clicked.connect(self.cancelled)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.8))
        layout.addStretch(1)
        for widget in (self.words, self.bar, self.counted):
            layout.addWidget(widget)
        layout.addWidget(self.cancel_button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(2)

    def begin(self, name: str) -> None:
        """Nothing is done yet."""
        self.words.setText(f"Importing {one_line(name)}…")
        self.counted.setText("")
        self.bar.setRange(0, 0)
        self.cancel_button.setEnabled(True)
        self.cancel_button.setFocus()

    def show_progress(self, done: int, total: int) -> None:
        """``done`` of ``total`` steps."""
        whole = max(total, done, 1)
        self.bar.setRange(0, whole)
        self.bar.setValue(done)
        if self.cancel_button.isEnabled():
            self.counted.setText(f"{done * 100 // whole} %. If you cancel, nothing of it is kept.")
