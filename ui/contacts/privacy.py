"""Beside a person: how their consent came and went, all that is kept of them as files, and erasing them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.conversations import who
from app.people import consents, numbers, privacy
from app.people.consents import Entry
from app.workspace import Workspace
from ui import background, dialogs, theme, wording
from ui.contacts.person import PersonPanel
from ui.contacts.privacy_erase import NOT_CLEAN, EraseDialog
from ui.operators.guard import allowed
from ui.widgets import KeyButton, PlainLabel, clear_layout, one_line

_KINDS = {"given": "✓ Consent given", "changed": "✎ Consent changed", "withdrawn": "⊘ Consent withdrawn"}
WARNING = (
    "The two files hold every word and number that is kept of this person. Hand them to nobody else, and "
    "delete them when they were handed over."
)


def consent_words(entry: Entry, now: float) -> tuple[str, str]:
    """One row of the ledger: what happened and when, and the rest of what is known."""
    first = f"{_KINDS[entry.kind]} · {who.day(entry.at)}"
    if entry.over(now):
        first = f"✕{first[1:]} · over"
    parts = [one_line(entry.source, 120)] if entry.source else []
    if entry.given_at is not None:
        parts.append(f"of {who.day(entry.given_at)}")
    if entry.wording:
        parts.append(f"“{one_line(entry.wording, 200)}”")
    if entry.frequency:
        parts.append(f"promised {one_line(entry.frequency, 80)}")
    if entry.until is not None:
        parts.append(f"until {who.day(entry.until)}")
    if entry.operator:
        parts.append(f"noted by {one_line(entry.operator, 60)}")
    return first, " · ".join(parts)


class ConsentHistory(QWidget):
    """The rows of the ledger, the newest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("How consent came and went")
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(theme.em(self, 0.2))

    def show_entries(self, entries: tuple[Entry, ...], now: float) -> None:
        """Show them; () says that none is on record."""
        clear_layout(self._list)
        if not entries:
            self._list.addWidget(PlainLabel("Nothing was noted of it yet.", self, quiet=True))
        for entry in entries:
            first, second = consent_words(entry, now)
            bad = entry.kind == "withdrawn" or entry.over(now)
            self._list.addWidget(PlainLabel(first, self, wrap=True, tone="bad" if bad else ""))
            if second:
                self._list.addWidget(PlainLabel(second, self, quiet=True, wrap=True))


class PersonPrivacy(QWidget):
    """What is put below a person's details. ``erased(words)`` and ``written(words)`` say what was done."""

    erased = Signal(str)
    written = Signal(str)

    def __init__(self, workspace: Workspace, panel: PersonPanel) -> None:
        super().__init__(panel)
        self._workspace, self._panel = workspace, panel
        self.history = ConsentHistory(self)
        self.export_button = KeyButton("Everything about this person…", parent=self)
        self.erase_button = KeyButton("Erase this person…", parent=self, danger=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.4))
        layout.addWidget(self.history)
        layout.addWidget(self.export_button)
        layout.addWidget(self.erase_button)
        panel.below.addWidget(self)
        panel.shown.connect(self._look)
        self.export_button.clicked.connect(self.ask_export)
        self.erase_button.clicked.connect(self.ask_erase)

    def _look(self, _contact_id: int) -> None:
        contact = self._panel.contact
        if contact is None:
            return
        number, workspace = contact.number, self._workspace

        def done(entries: tuple[Entry, ...]) -> None:
            if self._panel.contact is not None and self._panel.contact.number == number:
                self.history.show_entries(entries, workspace.clock.now())

        background.run(self, lambda _job: consents.of_number(workspace.store, number), done, self._failed)

    # -- handing over ----------------------------------------------------------------------------

    def ask_export(self) -> None:
        """Ask where to put the two files; a manager's."""
        contact = self._panel.contact
        if contact is None or not allowed(self, self._workspace, "export", self.ask_export):
            return
        path = dialogs.save_file(
            self,
            "Everything about this person",
            f"person-{contact.number[-4:]}.json",
            "JSON and CSV (*.json)",
        )
        if path is not None:
            self.export_to(path)

    def export_to(self, path: Path) -> None:
        """Write the JSON file ``path``, and the table beside it."""
        contact = self._panel.contact
        if contact is None:
            return
        store, number = self._workspace.store, contact.number

        def done(files: tuple[Path, Path]) -> None:
            self.written.emit(f"Written: {files[0].name} and {files[1].name}. {WARNING}")

        background.run(self, lambda _job: privacy.write_files(store, number, path), done, self._failed)

    # -- erasing ---------------------------------------------------------------------------------

    def ask_erase(self) -> None:
        """Ask whether the person is to be erased; a manager's."""
        contact = self._panel.contact
        if contact is None or not allowed(self, self._workspace, "erase", self.ask_erase):
            return
        self._dialog = dialog = EraseDialog(self._workspace, contact.number, contact.name, self)
        dialog.erased.connect(self._done)
        dialog.open()

    def _done(self, number: str, done: privacy.Erased) -> None:
        self._panel.show_contact(None)
        words = f"{numbers.display(number)[:-2]}•• was erased: {wording.count(done.texts, 'text')}."
        if done.kept_out:
            words += " They stay opted out."
        if not done.clean:
            words += f" {NOT_CLEAN}"
        self.erased.emit(words)

    def _failed(self, error: Exception) -> None:
        self._panel.say_problem(wording.sentence(error))
