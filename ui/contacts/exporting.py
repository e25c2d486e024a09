"""Export… of the Contacts page: everybody as a table, or those who are shown as a list to print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.campaigns.local import here
from app.people import contacts
from app.reports import exports, printed
from ui import background, dialogs, wording
from ui.operators.guard import allowed
from ui.widgets import one_line

if TYPE_CHECKING:
    from ui.contacts.page import ContactsPage

_KINDS = "CSV (*.csv);;JSON (*.json);;A list to print, of those shown (*.html)"


class Exporting(QObject):
    """Asks for the file, and writes it off the GUI thread."""

    def __init__(self, page: ContactsPage) -> None:
        super().__init__(page)
        self._page = page

    def ask(self) -> None:
        """Ask where to; a manager's."""
        page = self._page
        if not allowed(page, page.workspace, "export", self.ask):
            return
        path = dialogs.save_file(page, "Export contacts", "contacts.csv", _KINDS)
        if path is not None:
            self.write(path)

    def write(self, path: Path) -> None:
        """Write the file that its name says."""
        page, kind = self._page, path.suffix.lower()
        store = page.workspace.store
        if kind in (".html", ".htm"):
            wanted, order = page.wanted(), page.filters.chosen_order()
            now = page.workspace.clock.now()

            def work(_job: background.Job) -> int:
                each = next((one for one in contacts.lists(store) if one.id == wanted.list_id), None)
                title = one_line(each.name, 120) if each is not None else "People"
                fields = each.columns if each is not None else ()
                day = f"Printed {here(now):%Y-%m-%d %H:%M}"
                return printed.write(store, path, title, wanted, order=order, fields=fields, day=day)

        else:

            def work(_job: background.Job) -> int:
                return exports.export(store, "contacts", path, "json" if kind == ".json" else "csv")

        background.run(page, work, lambda count: self._done(count, path), page.failed)

    def _done(self, count: int, path: Path) -> None:
        words = f"{wording.count(count, 'person', 'people')} written to {path.name}."
        if path.suffix.lower() in (".html", ".htm"):
            words += " Open it in a browser to print it."
        self._page.notice.say(words, "good", "Close")
