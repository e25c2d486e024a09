"""Importing a list: where it comes from, what its columns mean, progress, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.people import importing, reading, suspicions
from app.workspace import Workspace
from ui import background, dialogs, theme, wording
from ui.contacts.import_pages import ProgressPage, SourcePage
from ui.contacts.mapping_page import MappingPage
from ui.contacts.result import ResultPage
from ui.widgets import ErrorPanel

__all__ = ["ImportDialog"]


class ImportDialog(QDialog):
    """The four steps. ``imported`` carries the list's id; ``campaign_asked`` too, for a new campaign."""

    imported = Signal(int)
    campaign_asked = Signal(int)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.setWindowTitle("Import a list")
        self.resize(theme.em(self, 50), theme.em(self, 34))
        self.setAcceptDrops(True)
        self._source: reading.Source | None = None
        self._format = "table"
        self._job: background.Job | None = None
        self._survey: background.Job | None = None
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
        self.mapping_page.changed.connect(self._look_closer)
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
        source, page = self._source, self.mapping_page
        if source is None:
            return
        chosen = str(page.format.currentData())
        other = chosen != self._format
        source = replace(source, format=chosen if other or source.format else "")
        self._preview(lambda: source, keep_header=not other)

    def _preview(self, open_source: Callable[[], reading.Source], *, keep_header: bool = False) -> None:
        store, country = self.workspace.store, self.mapping_page.country.code()
        header = self.mapping_page.header.isChecked() if keep_header else None

        def work(_job: background.Job) -> tuple[reading.Source, Any]:
            source = open_source()
            return source, importing.preview(store, source, country, has_header=header)

        background.run(self, work, self._previewed, self._not_previewed)

    def _previewed(self, found: tuple[reading.Source, Any]) -> None:
        self._source, preview = found
        self._format = preview.format
        self.mapping_page.show_preview(self._source, preview)
        if self.stack.currentWidget() is not self.mapping_page:
            self.stack.setCurrentWidget(self.mapping_page)
            self.mapping_page.import_button.setFocus()
        self._look_closer()

    def _look_closer(self) -> None:
        """Go through the whole list for what the first rows do not show; a look before this one stops."""
        source, page = self._source, self.mapping_page
        if source is None:
            return
        if self._survey is not None:
            self._survey.cancel()
        mapping, country = page.table.mapping(), page.country.code()

        def work(job: background.Job) -> suspicions.Survey | None:
            return suspicions.survey(source, mapping, country, cancelled=job.is_cancelled)

        # What cannot be read is said by the import itself.
        self._survey = background.run(self, work, page.show_survey, lambda _error: None)

    def _not_previewed(self, error: Exception) -> None:
        """The list that was shown before is the one that an import would take: say so."""
        box = self.mapping_page.format
        box.setCurrentIndex(box.findData(self._format))
        self._unreadable(error)

    def _unreadable(self, error: Exception) -> None:
        self.error.show_error(wording.sentence(error), action="Close")

    # -- the work -------------------------------------------------------------------------------

    def _start(self) -> None:
        source, page, workspace = self._source, self.mapping_page, self.workspace
        if source is None or self._busy:
            return
        mapping, country = page.table.mapping(), page.country.code()
        name = page.name.text().strip() or source.name
        keep, household = str(page.keep.currentData()), str(page.household.currentData())
        history = page.history.isChecked()
        if self._survey is not None:
            self._survey.cancel()
        self.error.hide()
        self.progress_page.begin(name)
        self.stack.setCurrentWidget(self.progress_page)

        def work(job: background.Job) -> Any:
            return importing.run(
                workspace.store, workspace.clock, source, mapping, country,
                name=name, keep=keep, household=household, history=history, operator=workspace.operator,
                progress=job.progress, cancelled=job.is_cancelled,
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
        if self._survey is not None:
            self._survey.cancel()
        super().reject()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the keyboard, as Space does; what is pasted is a list."""
        focused = self.focusWidget()
        if event.matches(QKeySequence.StandardKey.Paste) and self.stack.currentWidget() is self.source_page:
            self.source_page.paste()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QPushButton):
            if not event.isAutoRepeat():
                focused.click()
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths and not self._busy:
            self.read(Path(paths[0]))
