"""The opt-out list as files: other people's lists in, the whole list out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from app.people import optout_list, reading
from app.reports import exports
from ui import background, dialogs, theme, wording
from ui.operators.guard import allowed
from ui.widgets import KeyButton, PlainLabel

if TYPE_CHECKING:
    from ui.optouts.page import OptOutsPage


_MASKED = (".masked.csv", ".masked.json")
_KINDS = "CSV (*.csv);;JSON (*.json);;CSV without names and words, three digits of numbers (*.masked.csv)"


def import_words(report: optout_list.OptOutImport) -> str:
    """What came of an import of opt-outs."""
    if report.stopped and not report.added:
        return "The import was stopped. The opt-out list is as it was."
    if report.stopped:
        return f"The import was stopped. {wording.count(report.added, 'number')} opted out by then stay out."
    words = f"{wording.count(report.added, 'number')} opted out, {report.already:,} were on the list already."
    if report.rejected_count:
        lines = ", ".join(str(reject[0]) for reject in report.rejects[:5])
        words += (
            f" {wording.count(report.rejected_count, 'row')} had no number that can be read (line {lines})."
        )
    return words


class ImportProgress(QWidget):
    """How far an import is, with a button that stops it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = PlainLabel("", self, quiet=True)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Import of opt-outs")
        self.stop_button = KeyButton("Stop", "Ctrl+.", self)
        QShortcut(QKeySequence("Ctrl+."), self).activated.connect(self.stop_button.click)
        layout = QHBoxLayout(self)
        side = theme.em(self, 1)
        layout.setContentsMargins(side, theme.em(self, 0.5), side, theme.em(self, 0.5))
        layout.addWidget(self.words)
        layout.addWidget(self.bar, 1)
        layout.addWidget(self.stop_button)
        self.hide()

    def begin(self, words: str) -> None:
        """Show it, at its start."""
        self.words.setText(words)
        self.bar.setRange(0, 0)
        self.show()

    def show_rows(self, done: int, total: int) -> None:
        """``done`` of about ``total`` steps: the first half is reading, the second storing."""
        self.bar.setRange(0, max(1, total))
        self.bar.setValue(done)
        self.words.setText("Storing them…" if 2 * done > total else f"{done:,} rows read")


class Files(QObject):
    """Asks for the file, and reads or writes it off the GUI thread."""

    def __init__(self, page: OptOutsPage) -> None:
        super().__init__(page)
        self._page, self._workspace = page, page.workspace
        self._job: background.Job | None = None
        self.report: optout_list.OptOutImport | None = None
        self.progress = ImportProgress(page)
        self.progress.stop_button.clicked.connect(self.stop)

    def ask_import(self) -> None:
        """Ask which file; a manager's."""
        page = self._page
        if not allowed(page, self._workspace, "import", self.ask_import):
            return
        path = dialogs.open_file(page, "Import opt-outs", "Lists (*.csv *.txt *.tsv *.xlsx);;All files (*)")
        if path is not None:
            self.read(path)

    def read(self, path: Path) -> None:
        """Read numbers from a file into the list, with progress; it can be stopped."""
        page, workspace = self._page, self._workspace
        if self._job is not None:
            return
        page.error.hide()
        page.notice.hide()
        self.progress.begin(f"Reading {path.name}")

        def work(job: background.Job) -> optout_list.OptOutImport:
            source = reading.open_source(path)
            return optout_list.import_numbers(
                workspace.store,
                workspace.clock,
                source,
                workspace.settings.country,
                workspace.operator,
                progress=job.progress,
                cancelled=job.is_cancelled,
            )

        self._job = background.run(page, work, self._done, self._failed, self.progress.show_rows)

    def stop(self) -> None:
        """Stop the import that is under way."""
        if self._job is not None:
            self._job.cancel()

    def _done(self, report: optout_list.OptOutImport) -> None:
        page, self._job = self._page, None
        self.progress.hide()
        self.report = report
        bad = report.rejected_count > 0 or report.stopped
        # The rows that could not be read are a list of their own, for whoever mends the file.
        action = "Write the refused rows…" if report.rejects else "Close"
        page.notice.say(import_words(report), "warn" if bad else "good", action)
        page.refresh()

    def notice_acted(self) -> None:
        """The notice's button: the refused rows as a file, or nothing more than to close it."""
        report, page = self.report, self._page
        self.report = None
        if report is None or not report.rejects:
            page.notice.hide()
            return
        path = dialogs.save_file(page, "Refused rows", "refused-rows.csv", "CSV (*.csv)")
        if path is not None:
            self.write_rejects(report, path)

    def write_rejects(self, report: optout_list.OptOutImport, path: Path) -> None:
        """Write the refused rows to a file."""

        def done(rows: int) -> None:
            self._page.notice.say(f"{wording.count(rows, 'row')} written to {path.name}.", "good", "Close")

        background.run(
            self._page, lambda _job: optout_list.save_rejects(report, path), done, self._page.failed
        )

    def _failed(self, error: Exception) -> None:
        page, self._job = self._page, None
        self.progress.hide()
        page.error.show_error(wording.sentence(error), "The opt-out list is as it was.", action="Close")

    def ask_export(self) -> None:
        """Ask where to; a manager's."""
        page = self._page
        if not allowed(page, self._workspace, "export", self.ask_export):
            return
        path = dialogs.save_file(page, "Export opt-outs", "opt-outs.csv", _KINDS)
        if path is not None:
            self.write(path)

    def write(self, path: Path) -> None:
        """Write the whole list to a file."""
        page, store = self._page, self._workspace.store
        kind = "json" if path.suffix.lower() == ".json" else "csv"
        mask = path.name.lower().endswith(_MASKED)

        def done(count: int) -> None:
            how = ", without names and words" if mask else ""
            page.notice.say(
                f"{wording.count(count, 'opt-out')} written to {path.name}{how}.", "good", "Close"
            )

        background.run(
            page, lambda _job: exports.export(store, "optouts", path, kind, mask=mask), done, page.failed
        )
