"""Importing a list: where it comes from, what its columns mean, progress, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.people import importing, reading
from app.people.columns import folded
from app.workspace import Workspace
from resources import SAMPLE_PEOPLE
from ui import background, dialogs, theme, wording
from ui.contacts.mapping import MappingTable
from ui.contacts.result import ResultPage
from ui.countries import CountryBox
from ui.widgets import ErrorPanel, KeyButton, PlainLabel, one_line

KINDS = "Lists (*.csv *.tsv *.txt *.xlsx);;All files (*)"
KEEP = (("existing", "what is saved already"), ("file", "what this list says"))


class SourcePage(QWidget):
    """A file, or a pasted list."""

    chosen = Signal(object)  # Path or str

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel("Import a list", self, size="title", bold=True))
        words = (
            "CSV, a spreadsheet (.xlsx), or numbers typed or pasted below. One column of numbers is enough."
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
        self.paste_button = KeyButton("Use the pasted list", parent=self)
        self.paste_button.setEnabled(False)
        self.paste_button.clicked.connect(lambda: self.chosen.emit(self.pasted.toPlainText()))
        self.pasted.textChanged.connect(self._typed)
        last = QHBoxLayout()
        last.addStretch(1)
        last.addWidget(self.paste_button)
        layout.addLayout(last)

    def _typed(self) -> None:
        self.paste_button.setEnabled(self.pasted.document().characterCount() > 1)

    def _ask(self) -> None:
        path = dialogs.open_file(self, "Import a list", KINDS)
        if path is not None:
            self.chosen.emit(path)


class MappingPage(QWidget):
    """Name, country, what each column is, which of two stays."""

    accepted = Signal()
    back = Signal()
    reread = Signal()  # another country: look at the list again

    def __init__(self, country: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = PlainLabel("", self, size="title", bold=True)
        self.about = PlainLabel("", self, quiet=True, wrap=True)
        self.name = QLineEdit(self)
        self.name.setMaxLength(120)
        self.name.setAccessibleName("Name of the list")
        self.country = CountryBox(country, self)
        self.keep = QComboBox(self)
        for value, words in KEEP:
            self.keep.addItem(words, value)
        self.keep.setAccessibleName("When a person is known already, keep")
        self.header = QCheckBox("The first row names the columns", self)
        self.table = MappingTable(self)
        self.problem = PlainLabel("", self, tone="warn", wrap=True)
        self.back_button = KeyButton("Back", parent=self)
        self.import_button = KeyButton("Import", parent=self, primary=True)
        self._lay_out()
        self.table.changed.connect(self._look)
        self.country.activated.connect(lambda _index: self.reread.emit())
        self.header.clicked.connect(lambda _on: self.reread.emit())
        self.import_button.clicked.connect(self.accepted)
        self.back_button.clicked.connect(self.back)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(self.title)
        layout.addWidget(self.about)
        for words, field in (
            ("Name of the list", self.name),
            ("Numbers without a country code are from", self.country),
            ("When a person is known already, keep", self.keep),
        ):
            line = QHBoxLayout()
            label = PlainLabel(words, self)
            label.setBuddy(field)
            label.setMinimumWidth(theme.em(self, 16))
            line.addWidget(label)
            line.addWidget(field, 1)
            layout.addLayout(line)
        layout.addWidget(self.header)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.problem)
        last = QHBoxLayout()
        last.addWidget(self.back_button)
        last.addStretch(1)
        last.addWidget(self.import_button)
        layout.addLayout(last)

    def show_preview(self, source: reading.Source, preview: Any) -> None:
        """Show what was found in the list."""
        self.title.setText(one_line(source.name))
        about = f"About {wording.count(preview.total_rows_estimate, 'row')}."
        if preview.remembered:
            about += " These columns were imported before: the choices are those of last time."
        self.about.setText(about)
        if not self.name.text():
            self.name.setText(source.name.rsplit(".", 1)[0][:120])
        self.header.setChecked(preview.has_header)
        self.table.show_preview(preview.columns, preview.rows, preview.mapping, field_names(preview.columns))
        self._look()

    def _look(self) -> None:
        missing = self.table.mapping().number is None
        self.problem.setText("Choose the column that has the phone numbers." if missing else "")
        self.problem.setVisible(missing)
        self.import_button.setEnabled(not missing)


def field_names(columns: tuple[str, ...]) -> dict[int, str]:
    """What each column would be called as a field in a message: "Due month" is due_month."""
    names: dict[int, str] = {}
    for index, column in enumerate(columns):
        base = folded(column).replace(" ", "_")[:60] or f"column_{index + 1}"
        name, suffix = base, 2
        while name in names.values():
            name, suffix = f"{base}_{suffix}", suffix + 1
        names[index] = name
    return names


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


class ImportDialog(QDialog):
    """The four steps. ``imported`` carries the list's id; ``campaign_asked`` too, for a new campaign."""

    imported = Signal(int)
    campaign_asked = Signal(int)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.setWindowTitle("Import a list")
        self.resize(theme.em(self, 44), theme.em(self, 30))
        self.setAcceptDrops(True)
        self._source: reading.Source | None = None
        self._job: background.Job | None = None
        self.error = ErrorPanel(action="Close", parent=self)
        self.error.acted.connect(self.error.hide)
        self.error.hide()
        self.source_page = SourcePage(self)
        self.mapping_page = MappingPage(workspace.settings.country, self)
        self.progress_page = ProgressPage(self)
        self.result_page = ResultPage(self)
        self.stack = QStackedWidget(self)
        for page in (self.source_page, self.mapping_page, self.progress_page, self.result_page):
            self.stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.addWidget(self.error)
        layout.addWidget(self.stack, 1)
        self.source_page.chosen.connect(self.read)
        self.mapping_page.accepted.connect(self._start)
        self.mapping_page.back.connect(lambda: self.stack.setCurrentWidget(self.source_page))
        self.mapping_page.reread.connect(self._reread)
        self.progress_page.cancelled.connect(self._cancel)
        self.result_page.closed.connect(self.accept)
        self.result_page.save_asked.connect(self._ask_rejects)
        self.result_page.campaign_asked.connect(self._ask_campaign)

    # -- looking at the list --------------------------------------------------------------------

    def read(self, path_or_text: Path | str) -> None:
        """Look at a file or a pasted text and show its first rows."""
        self.error.hide()
        self.mapping_page.name.setText("")
        self._preview(lambda: reading.open_source(path_or_text))

    def _reread(self) -> None:
        source = self._source
        if source is not None:
            self._preview(lambda: source, keep_header=True)

    def _preview(self, open_source: Callable[[], reading.Source], *, keep_header: bool = False) -> None:
        store, country = self.workspace.store, self.mapping_page.country.code()
        header = self.mapping_page.header.isChecked() if keep_header else None

        def work(_job: background.Job) -> tuple[reading.Source, Any]:
            source = open_source()
            return source, importing.preview(store, source, country, has_header=header)

        background.run(self, work, self._previewed, self._unreadable)

    def _previewed(self, found: tuple[reading.Source, Any]) -> None:
        self._source, preview = found
        self.mapping_page.show_preview(self._source, preview)
        self.stack.setCurrentWidget(self.mapping_page)
        self.mapping_page.import_button.setFocus()

    def _unreadable(self, error: Exception) -> None:
        self.error.show_error(wording.sentence(error), action="Close")

    # -- the work -------------------------------------------------------------------------------

    def _start(self) -> None:
        source, page, workspace = self._source, self.mapping_page, self.workspace
        if source is None or self._busy:
            return
        mapping, country = page.table.mapping(), page.country.code()
        name = page.name.text().strip() or source.name
        keep = str(page.keep.currentData())
        self.error.hide()
        self.progress_page.begin(name)
        self.stack.setCurrentWidget(self.progress_page)

        def work(job: background.Job) -> Any:
            return importing.run(
                workspace.store, workspace.clock, source, mapping, country,
                name=name, keep=keep, progress=job.progress, cancelled=job.is_cancelled,
            )  # fmt: skip

        self._job = background.run(self, work, self._finished, self._failed, self.progress_page.show_progress)

    @property
    def _busy(self) -> bool:
        return self._job is not None and not self._job.finished

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self.progress_page.cancel_button.setEnabled(False)
        self.progress_page.counted.setText("Cancelling…")

    def _finished(self, report: Any) -> None:
        if report.cancelled:
            self.stack.setCurrentWidget(self.mapping_page)
            self.error.show_error(
                "The import was cancelled.",
                "Nothing of this list was kept.",
                "Import it again when you like.",
                "Close",
            )
            return
        self.result_page.show_report(report)
        self.stack.setCurrentWidget(self.result_page)
        self.imported.emit(report.list_id)

    def _failed(self, error: Exception) -> None:
        self.stack.setCurrentWidget(self.mapping_page)
        self.error.show_error(wording.sentence(error), "Nothing of this list was kept.", action="Close")

    # -- what comes of it -----------------------------------------------------------------------

    def _ask_rejects(self) -> None:
        path = dialogs.save_file(self, "Save rejects", "rejects.csv", "CSV (*.csv)")
        if path is not None:
            self.save_rejects(path)

    def save_rejects(self, path: Path) -> None:
        """Write the refused rows, with line and reason, to ``path``."""
        report = self.result_page.report
        background.run(
            self,
            lambda _job: importing.save_rejects(report, path),
            lambda _result: self.result_page.saved(path),
            self._unreadable,
        )

    def _ask_campaign(self) -> None:
        if self.result_page.report is not None:
            self.accept()
            self.campaign_asked.emit(self.result_page.report.list_id)

    # -- Qt's events ----------------------------------------------------------------------------

    def reject(self) -> None:
        """Esc and the window's cross: an import under way is asked to stop first."""
        if self._busy:
            self._cancel()
            return
        super().reject()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths and not self._busy:
            self.read(Path(paths[0]))
