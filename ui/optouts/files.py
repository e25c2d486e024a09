"""The opt-out list as files: other people's lists in, the whole list out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.people import optouts, reading
from app.reports import exports
from ui import background, dialogs, wording
from ui.operators.guard import allowed

if TYPE_CHECKING:
    from ui.optouts.page import OptOutsPage


def import_words(report: optouts.OptOutImport) -> str:
    """What came of an import of opt-outs."""
    words = f"{wording.count(report.added, 'number')} opted out, {report.already:,} were on the list already."
    if report.rejected_count:
        lines = ", ".join(str(reject[0]) for reject in report.rejects[:5])
        words += (
            f" {wording.count(report.rejected_count, 'row')} had no number that can be read (line {lines})."
        )
    return words


class Files(QObject):
    """Asks for the file, and reads or writes it off the GUI thread."""

    def __init__(self, page: OptOutsPage) -> None:
        super().__init__(page)
        self._page, self._workspace = page, page.workspace

    def ask_import(self) -> None:
        """Ask which file; a manager's."""
        page = self._page
        if not allowed(page, self._workspace, "import", self.ask_import):
            return
        path = dialogs.open_file(page, "Import opt-outs", "Lists (*.csv *.txt *.tsv *.xlsx);;All files (*)")
        if path is not None:
            self.read(path)

    def read(self, path: Path) -> None:
        """Read numbers from a file into the list, with progress."""
        page, workspace = self._page, self._workspace
        page.error.hide()
        page.progress.show()
        page.progress.setRange(0, 0)

        def work(_job: background.Job) -> optouts.OptOutImport:
            source = reading.open_source(path)
            return optouts.import_numbers(
                workspace.store, workspace.clock, source, workspace.settings.country, workspace.operator
            )

        background.run(page, work, self._done, self._failed)

    def _done(self, report: optouts.OptOutImport) -> None:
        page = self._page
        page.progress.hide()
        page.notice.say(import_words(report), "warn" if report.rejected_count else "good", "Close")
        page.refresh()

    def _failed(self, error: Exception) -> None:
        page = self._page
        page.progress.hide()
        page.error.show_error(wording.sentence(error), "The opt-out list is as it was.", action="Close")

    def ask_export(self) -> None:
        """Ask where to; a manager's."""
        page = self._page
        if not allowed(page, self._workspace, "export", self.ask_export):
            return
        path = dialogs.save_file(page, "Export opt-outs", "opt-outs.csv", "CSV (*.csv);;JSON (*.json)")
        if path is not None:
            self.write(path)

    def write(self, path: Path) -> None:
        """Write the whole list to a file."""
        page, store = self._page, self._workspace.store
        kind = "json" if path.suffix.lower() == ".json" else "csv"

        def done(count: int) -> None:
            page.notice.say(f"{wording.count(count, 'opt-out')} written to {path.name}.", "good", "Close")

        background.run(page, lambda _job: exports.export(store, "optouts", path, kind), done, page.failed)
