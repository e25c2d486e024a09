"""Choosing people for a campaign: lists and audiences together, who is left out, with counts that follow."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.campaigns import choosing
from app.campaigns.choosing import AUDIENCE, Choice, Counts, Offer, Source
from app.workspace import Workspace
from ui import background, theme, wording
from ui.widgets import ErrorPanel, KeyButton, PlainLabel, one_line

_SOURCE = int(Qt.ItemDataRole.UserRole)
_HOURS = (0, 24, 168)


class PeopleChoice(QDialog):
    """See the module. ``taken`` once the draft has its people; "Audiences…" opens their dialog over this."""

    taken = Signal()

    def __init__(self, workspace: Workspace, campaign_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace, self._campaign = workspace, campaign_id
        self.setWindowTitle("Choose people")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(theme.em(self, 50), theme.em(self, 32))
        self._wanted = Choice()
        self._began = False
        self._build()
        self._lay_out()
        self._counting = background.Refresher(self, self._count, self._show_counts, self._failed)
        self._reading = background.Refresher(self, self._read, self._show_offers, self._failed)
        self._reading.again()

    # -- looks ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Find a list or an audience")
        self.search.setAccessibleName("Find a list or an audience")
        self.search.textEdited.connect(self._find)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Lists and audiences: Space takes one in or out")
        self.list.setSpacing(theme.em(self, 0.2))
        self.list.itemChanged.connect(lambda _item: self._changed())
        self.audiences_button = KeyButton("Audiences…", parent=self)
        self.audiences_button.clicked.connect(self._ask_audiences)
        self.total = PlainLabel("", self, bold=True, size="title", wrap=True)
        self.doubles = PlainLabel("", self, quiet=True, wrap=True)
        self.rest = QComboBox(self)
        self.rest.setAccessibleName("Leave out who was texted")
        self.rest.activated.connect(lambda _index: self._changed())
        self.waiting = QCheckBox(self)
        self.unreachable = QCheckBox(self)
        for box in (self.waiting, self.unreachable):
            box.toggled.connect(lambda _on: self._changed())
        self.campaigns = PlainLabel("", self, quiet=True, wrap=True)
        self.error = ErrorPanel(action="Close", parent=self)
        self.error.acted.connect(self.error.hide)
        self.error.hide()
        self.cancel_button = KeyButton("Cancel", "Esc", self)
        self.cancel_button.clicked.connect(self.reject)
        self.take_button = KeyButton("Use these people", "Ctrl+Enter", self, primary=True)
        self.take_button.clicked.connect(self.take)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.take)
        self._say(Counts())

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        left.addWidget(self.audiences_button)
        right = QVBoxLayout()
        right.setSpacing(theme.em(self, 0.6))
        right.addWidget(self.total)
        right.addWidget(self.doubles)
        right.addSpacing(theme.em(self, 0.6))
        right.addWidget(PlainLabel("Leave out", self, bold=True))
        for widget in (self.rest, self.waiting, self.campaigns, self.unreachable):
            right.addWidget(widget)
        right.addStretch(1)
        words = (
            "Who opted out is left out anyway. The people stay as they are now; choose again for newer ones."
        )
        right.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        right.addWidget(self.error)
        body = QHBoxLayout()
        body.setSpacing(theme.em(self, 1))
        body.addLayout(left, 1)
        body.addLayout(right, 1)
        last = QHBoxLayout()
        last.addStretch(1)
        last.addWidget(self.cancel_button)
        last.addWidget(self.take_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.8))
        layout.addWidget(PlainLabel("Choose people", self, size="title", bold=True))
        layout.addLayout(body, 1)
        layout.addLayout(last)

    # -- reading --------------------------------------------------------------------------------

    def _read(self, _job: background.Job) -> tuple[tuple[Offer, ...], Choice]:
        store, clock = self.workspace.store, self.workspace.clock
        return choosing.offers(store, clock), choosing.chosen(store, self._campaign)

    def _show_offers(self, read: tuple[tuple[Offer, ...], Choice]) -> None:
        found, before = read
        picked = set(self.choice().sources) if self._began else set(before.sources)
        self.list.blockSignals(True)
        self.list.clear()
        for offer in found:
            kind = "audience" if offer.source.kind == AUDIENCE else "list"
            people = wording.count(offer.people, "person", "people")
            item = QListWidgetItem(f"{one_line(offer.name, 60)} · {kind} · {people}")
            item.setData(_SOURCE, offer.source)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            taken = offer.source in picked
            item.setCheckState(Qt.CheckState.Checked if taken else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.blockSignals(False)
        if not self._began:
            self._began = True
            self.rest.setCurrentIndex(
                _HOURS.index(before.texted_hours) if before.texted_hours in _HOURS else 0
            )
            self.waiting.setChecked(before.waiting)
            self.unreachable.setChecked(before.unreachable)
            self.list.setFocus()
            self.list.setCurrentRow(0)
        self._find(self.search.text())
        self._changed()

    def _find(self, words: str) -> None:
        for place in range(self.list.count()):
            item = self.list.item(place)
            item.setHidden(words.strip().casefold() not in item.text().casefold())

    def choice(self) -> Choice:
        """What is marked now."""
        items = (self.list.item(place) for place in range(self.list.count()))
        sources: tuple[Source, ...] = tuple(
            item.data(_SOURCE) for item in items if item.checkState() == Qt.CheckState.Checked
        )
        hours = _HOURS[max(0, self.rest.currentIndex())]
        return Choice(sources, hours, self.waiting.isChecked(), self.unreachable.isChecked())

    # -- counting -------------------------------------------------------------------------------

    def _changed(self) -> None:
        self._wanted = self.choice()
        self.take_button.setEnabled(False)
        self._counting.again()

    def _count(self, _job: background.Job) -> tuple[Choice, Counts]:
        wanted = self._wanted
        return wanted, choosing.count(self.workspace.store, self.workspace.clock, wanted, self._campaign)

    def _show_counts(self, counted: tuple[Choice, Counts]) -> None:
        wanted, counts = counted
        if wanted == self._wanted:
            self._say(counts)
            self.take_button.setEnabled(bool(counts.people))

    def _say(self, counts: Counts) -> None:
        self.total.setText(wording.count(counts.people, "person gets a text", "people get a text"))
        words = []
        if counts.doubles:
            words.append(f"{wording.count(counts.doubles, 'double')} taken once")
        if counts.opted_out:
            words.append(f"{counts.opted_out:,} opted out")
        gone = counts.every - counts.opted_out - counts.people
        if gone:
            words.append(f"{gone:,} left out")
        self.doubles.setText(f"{counts.every:,} chosen. {', '.join(words)}." if words else "")
        place = max(0, self.rest.currentIndex())
        self.rest.clear()
        self.rest.addItem("Nobody because of earlier texts")
        self.rest.addItem(f"Who was texted in the last 24 hours ({counts.today:,})")
        self.rest.addItem(f"Who was texted in the last 7 days ({counts.week:,})")
        self.rest.setCurrentIndex(place)
        self.waiting.setText(f"Who waits in another campaign ({counts.waiting:,})")
        self.unreachable.setText(f"Numbers that failed for good, landlines ({counts.unreachable:,})")
        also = [f"{count:,} in “{one_line(name, 40) or 'no name'}”" for name, count in counts.campaigns[:4]]
        self.campaigns.setText(f"{', '.join(also)} too." if also else "")
        self.campaigns.setVisible(bool(also))

    # -- doing ----------------------------------------------------------------------------------

    def _ask_audiences(self) -> None:
        from ui.contacts.audiences_dialog import AudiencesDialog

        dialog = AudiencesDialog(self.workspace, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.use_button.hide()
        dialog.finished.connect(lambda _code: self._reading.again())
        dialog.open()

    def take(self) -> None:
        """Give the draft these people."""
        if not self.take_button.isEnabled():
            return
        wanted, store, clock = self._wanted, self.workspace.store, self.workspace.clock
        self.take_button.setEnabled(False)

        def taken(_list_id: int) -> None:
            self.taken.emit()
            self.accept()

        background.run(
            self, lambda _job: choosing.take(store, clock, self._campaign, wanted), taken, self._failed
        )

    def _failed(self, error: Exception) -> None:
        self.error.show_error(wording.sentence(error), action="Close")
        self.take_button.setEnabled(True)
