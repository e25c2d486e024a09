"""Audiences: those that are saved, the rules of one, and how many people it has while it is edited."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.people import answered, audiences, beside, contacts, fieldtypes
from app.people.audiences import Audience, Counts, Rule, Rules
from app.workspace import Workspace
from ui import background, theme, wording
from ui.contacts.audience_rules import Offers, RuleRow
from ui.widgets import ErrorPanel, KeyButton, PlainLabel, one_line, scrolled


def offers(workspace: Workspace) -> Offers:
    """What the rules can name now."""
    store = workspace.store
    return Offers(
        tag=tuple((row.name, f"{row.name} ({row.people:,})") for row in beside.tags(store)),
        list=tuple((str(row.id), f"{row.name} ({row.people:,})") for row in contacts.lists(store)),
        campaign=tuple((str(key), name) for key, name in audiences.campaigns(store)),
        fields=tuple(row.name for row in fieldtypes.every(store)),
        questions=answered.questions(store),
    )


class AudiencesDialog(QDialog):
    """``campaign_asked`` carries the id of a list of the audience's people."""

    campaign_asked = Signal(int)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.setWindowTitle("Audiences")
        self.resize(theme.em(self, 56), theme.em(self, 32))
        self.rows: list[RuleRow] = []
        self._offers = Offers()
        self._all: tuple[Audience, ...] = ()
        self._id: int | None = None
        self._rules = Rules()
        self._build()
        self._lay_out()
        self._counting = background.Refresher(self, self._count, self._show_count)
        self._reading = background.Refresher(self, self._read, self._show_all)
        self._reading.again()

    # -- looks ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.list = QListWidget(self)
        self.list.setAccessibleName("Audiences")
        self.list.setFixedWidth(theme.em(self, 14))
        self.list.setSpacing(theme.em(self, 0.2))
        self.list.currentRowChanged.connect(self._choose)
        self.new_button = KeyButton("New audience", "Ctrl+N", self)
        self.new_button.setShortcut("Ctrl+N")
        self.new_button.clicked.connect(self.begin)
        self.name = QLineEdit(self)
        self.name.setMaxLength(120)
        self.name.setPlaceholderText("Name of the audience")
        self.name.setAccessibleName("Name of the audience")
        self.name.textEdited.connect(lambda _text: self._look())
        self.every = QComboBox(self)
        self.every.addItem("People for whom all of this holds", True)
        self.every.addItem("People for whom any of this holds", False)
        self.every.setAccessibleName("All or any")
        self.every.activated.connect(lambda _index: self._changed())
        self.add_button = KeyButton("Add a rule", parent=self, flat=True)
        self.add_button.clicked.connect(lambda: self._add(Rule("tag", "is"), focus=True))
        self.rest = QSpinBox(self)
        self.rest.setRange(0, 365)
        self.rest.setMinimumWidth(theme.em(self, 5))
        self.rest.setAccessibleName("Leave out who was texted within so many days")
        self.rest.valueChanged.connect(lambda _value: self._changed())
        self.counted = PlainLabel("", self, bold=True, wrap=True)
        self.left_out = PlainLabel("", self, quiet=True, wrap=True)
        self.shared = PlainLabel("", self, quiet=True, wrap=True)
        self.error = ErrorPanel(action="Close", parent=self)
        self.error.acted.connect(self.error.hide)
        self.error.hide()
        self.delete_button = KeyButton("Delete", parent=self, danger=True)
        self.close_button = KeyButton("Close", "Esc", self)
        self.save_button = KeyButton("Save", "Ctrl+S", self)
        self.save_button.setShortcut("Ctrl+S")
        self.use_button = KeyButton("Make a campaign with these people", parent=self, primary=True)
        self.delete_button.clicked.connect(self._delete)
        self.close_button.clicked.connect(self.reject)
        self.save_button.clicked.connect(self._save)
        self.use_button.clicked.connect(self._use)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self.list, 1)
        left.addWidget(self.new_button)
        right = QVBoxLayout()
        right.setSpacing(theme.em(self, 0.6))
        right.addWidget(self.name)
        right.addWidget(self.every)

        def fill(layout: QVBoxLayout) -> None:
            self._rules_layout = layout
            layout.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
            layout.addStretch(1)

        right.addWidget(scrolled(fill, self), 1)
        rest = QHBoxLayout()
        rest.addWidget(PlainLabel("Leave out who was texted within the last", self))
        rest.addWidget(self.rest)
        rest.addWidget(PlainLabel("days (0: nobody)", self))
        rest.addStretch(1)
        right.addLayout(rest)
        for widget in (self.counted, self.left_out, self.shared, self.error):
            right.addWidget(widget)
        body = QHBoxLayout()
        body.setSpacing(theme.em(self, 1))
        body.addLayout(left)
        body.addLayout(right, 1)
        last = QHBoxLayout()
        last.addWidget(self.delete_button)
        last.addStretch(1)
        for button in (self.close_button, self.save_button, self.use_button):
            last.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.8))
        layout.addWidget(PlainLabel("Audiences", self, size="title", bold=True))
        layout.addLayout(body, 1)
        layout.addLayout(last)

    # -- reading --------------------------------------------------------------------------------

    def _read(self, _job: background.Job) -> tuple[tuple[Audience, ...], Offers]:
        return audiences.every(self.workspace.store), offers(self.workspace)

    def _show_all(self, found: tuple[tuple[Audience, ...], Offers]) -> None:
        first = not self._all and not self.rows
        self._all, self._offers = found
        self.list.blockSignals(True)
        self.list.clear()
        for audience in self._all:
            self.list.addItem(QListWidgetItem(one_line(audience.name, 60)))
        place = next((i for i, audience in enumerate(self._all) if audience.id == self._id), -1)
        self.list.setCurrentRow(place)
        self.list.blockSignals(False)
        if first and self._all:
            self.list.setCurrentRow(0)
        elif first:
            self.begin()
        self._look()

    def _choose(self, place: int) -> None:
        if 0 <= place < len(self._all):
            chosen = self._all[place]
            self._show(chosen.id, chosen.name, chosen.rules)

    def begin(self) -> None:
        """A new audience: everybody, until there is a rule."""
        self.list.setCurrentRow(-1)
        self._show(None, "", Rules())
        self.name.setFocus()

    def _show(self, audience_id: int | None, name: str, rules: Rules) -> None:
        self._id = audience_id
        self.name.setText(name)
        self.every.setCurrentIndex(0 if rules.every else 1)
        self.rest.blockSignals(True)
        self.rest.setValue(rules.rest_days)
        self.rest.blockSignals(False)
        for row in self.rows:
            row.deleteLater()
        self.rows = []
        for rule in rules.rules:
            self._add(rule)
        self._changed()

    def _add(self, rule: Rule, *, focus: bool = False) -> None:
        row = RuleRow(rule, self._offers, self)
        self._rules_layout.insertWidget(len(self.rows), row)
        self.rows.append(row)
        row.changed.connect(self._changed)
        row.dropped.connect(lambda: self._drop(row))
        if focus:
            row.kind.setFocus()
            self._changed()

    def _drop(self, row: RuleRow) -> None:
        self.rows.remove(row)
        row.hide()
        row.deleteLater()
        self.add_button.setFocus()
        self._changed()

    # -- counting -------------------------------------------------------------------------------

    def rules(self) -> Rules:
        """What is shown; rows without a value do not count yet."""
        rules = tuple(row.rule() for row in self.rows if row.complete())
        return Rules(rules, bool(self.every.currentData()), self.rest.value())

    def _changed(self) -> None:
        self._rules = self.rules()
        self._counting.again()
        self._look()

    def _count(self, _job: background.Job) -> tuple[Rules, Counts, list[tuple[str, int]]]:
        rules, store, clock = self._rules, self.workspace.store, self.workspace.clock
        others = [one for one in self._all if one.id != self._id][:3]
        shared = [(one.name, audiences.overlap(store, clock, rules, one.rules)) for one in others]
        return rules, audiences.count(store, clock, rules), shared

    def _show_count(self, counted: tuple[Rules, Counts, list[tuple[str, int]]]) -> None:
        rules, counts, shared = counted
        if rules != self._rules:
            return
        self.counted.setText(wording.count(counts.people, "person", "people"))
        words = []
        if counts.opted_out:
            words.append(f"{counts.opted_out:,} opted out")
        if counts.rested:
            words.append(f"{counts.rested:,} texted within {wording.count(rules.rest_days, 'day')}")
        left = f"Left out: {', '.join(words)}." if words else ""
        if counts.waiting:
            left += f" {counts.waiting:,} of them wait on the desk in another campaign."
        self.left_out.setText(left.strip())
        also = [f"{count:,} also in {one_line(name, 30)}" for name, count in shared if count]
        self.shared.setText(f"Overlap: {', '.join(also)}." if also else "")
        self.use_button.setEnabled(bool(counts.people))

    def _look(self) -> None:
        self.save_button.setEnabled(bool(self.name.text().strip()))
        self.delete_button.setVisible(self._id is not None)

    # -- doing ----------------------------------------------------------------------------------

    def _save(self) -> None:
        store, clock, name, rules, key = (
            self.workspace.store, self.workspace.clock, self.name.text(), self.rules(), self._id,
        )  # fmt: skip

        def saved(audience_id: int) -> None:
            self._id = audience_id
            self._reading.again()

        self._run(lambda _job: audiences.save(store, clock, name, rules, key), saved)

    def _delete(self) -> None:
        key, store = self._id, self.workspace.store
        if key is None:
            return

        def gone(_nothing: None) -> None:
            self.begin()
            self._reading.again()

        self._run(lambda _job: audiences.remove(store, key), gone)

    def _use(self) -> None:
        store, clock, rules = self.workspace.store, self.workspace.clock, self.rules()
        name = self.name.text().strip() or "Audience"

        def made(list_id: int) -> None:
            self.accept()
            self.campaign_asked.emit(list_id)

        self._run(lambda _job: audiences.as_list(store, clock, name, rules), made)

    def _run(self, work: Any, done: Any) -> None:
        self.error.hide()
        background.run(
            self, work, done, lambda error: self.error.show_error(wording.sentence(error), action="Close")
        )
