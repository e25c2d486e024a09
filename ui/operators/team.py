"""The settings' list of who works here, and the training that they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QVBoxLayout, QWidget

from app.operators import shifts, training
from app.operators.profiles import MAX_NAME, Profile
from app.operators.roles import MANAGER
from app.operators.training import Result
from app.workspace import Workspace
from ui import background, theme
from ui.operators.guard import allowed
from ui.operators.person import PersonDialog
from ui.widgets import Chip, KeyButton, Notice, Panel, PlainLabel, clear_layout, isolated, row
from ui.wording import day, sentence

NO_PIN = (
    "Anybody can sign in as {names}, who may do everything: there is no PIN. "
    "A PIN keeps colleagues apart; it does not keep a thief out. The passphrase below does that."
)


@dataclass(frozen=True, slots=True)
class Team:
    """What the panel shows."""

    people: tuple[Profile, ...]
    results: Mapping[int, Result]
    required: bool


class TeamPanel(Panel):
    """Who works here. ``changed`` when somebody was added or changed."""

    changed = Signal()
    training_asked = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.2)
        self._workspace = workspace
        self._quiet = False
        self.body.addWidget(PlainLabel("Who works here", self, bold=True, size="title"))
        words = (
            "With several people p2ptext asks at the start, and after Ctrl+L, who is there. "
            "Texters have the desk and the inbox; the rest is for managers."
        )
        self.body.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme.em(self, 0.3))
        self.body.addLayout(self._rows)
        self.buttons: dict[int, KeyButton] = {}
        self.warning = Notice("", "warn", parent=self)
        self.warning.say("")
        self.body.addWidget(self.warning)
        self.add_button = KeyButton("Add somebody…", parent=self)
        self.add_button.clicked.connect(lambda: self.ask(None))
        self.training_button = KeyButton("Training…", parent=self)
        self.training_button.clicked.connect(self.training_asked)
        self.training_button.setVisible(workspace.training_room is not None)
        self.body.addLayout(row(self.add_button, self.training_button))
        self.required = QCheckBox("Texters have to pass the training before they text real people", self)
        self.required.toggled.connect(self._require)
        self.body.addWidget(self.required)
        self._reader = background.Refresher(self, lambda _job: self._read(), self._show)

    def refresh(self) -> None:
        """Read again."""
        self._reader.again()

    def _read(self) -> Team:
        store = self._workspace.store
        people = self._workspace.read_people()
        return Team(people, training.results(store), training.is_required(store))

    def _show(self, team: Team) -> None:
        had = next((key for key, button in self.buttons.items() if button.hasFocus()), None)
        clear_layout(self._rows)
        self.buttons = {}
        holder = QWidget(self)
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.em(self, 0.7))
        grid.setColumnStretch(0, 1)
        for index, each in enumerate(team.people):
            self._put(grid, index, each, team.results.get(each.id))
        self._rows.addWidget(holder)
        if had in self.buttons:
            self.buttons[had].setFocus()
        open_to_all = [p.name for p in team.people if p.active and p.role == MANAGER and not p.has_pin]
        several = self._workspace.asks_who and bool(open_to_all)
        names = ", ".join(isolated(name, MAX_NAME) for name in open_to_all[:3])
        self.warning.say(NO_PIN.format(names=names) if several else "", "warn")
        self._quiet = True
        self.required.setChecked(team.required)
        self._quiet = False
        self.changed.emit()

    def _put(self, grid: QGridLayout, index: int, who: Profile, result: Result | None) -> None:
        label = PlainLabel(
            isolated(who.name, MAX_NAME), self, bold=who.active, quiet=not who.active, wrap=True
        )
        grid.addWidget(label, index, 0)
        left = "left" if not who.active else who.role
        tone = "neutral" if not who.active else "accent" if who.role == MANAGER else "good"
        grid.addWidget(Chip(left, tone, self), index, 1)
        grid.addWidget(Chip("PIN" if who.has_pin else "no PIN", "neutral", self), index, 2)
        grid.addWidget(PlainLabel(trained(result), self, quiet=True, size="small"), index, 3)
        button = self.buttons[who.id] = KeyButton("Change…", parent=self, flat=True)
        button.setAccessibleName(f"Change {who.name}")
        button.clicked.connect(lambda _checked=False, who=who: self.ask(who))
        grid.addWidget(button, index, 4)

    def ask(self, who: Profile | None) -> None:
        """Open the dialog that adds somebody or changes ``who``."""
        if not allowed(self, self._workspace, "operators", lambda: self.ask(who)):
            return
        dialog = PersonDialog(self._workspace, who, self)
        dialog.kept.connect(self._kept)
        dialog.open()

    def _kept(self) -> None:
        workspace = self._workspace

        def work(_job: background.Job) -> None:
            alone = workspace.signed_in
            workspace.read_people()
            if alone is None and workspace.signed_in is None and workspace.asks_who:
                # Until now nobody was asked: who did this is the person of the settings.
                first = min((p for p in workspace.people if p.active), key=lambda p: p.id)
                workspace.sign_in(first)
            if workspace.signed_in is not None and workspace.asks_who:
                shifts.begin(workspace.store, workspace.clock, workspace.signed_in)

        background.run(self, work, lambda _result: self.refresh(), urgent=True)

    def _require(self, wanted: bool) -> None:
        if self._quiet:
            return
        if not allowed(self, self._workspace, "settings", lambda: self.required.setChecked(wanted)):
            self._quiet = True
            self.required.setChecked(not wanted)
            self._quiet = False
            return
        workspace = self._workspace
        background.run(
            self,
            lambda _job: training.set_required(
                workspace.store, workspace.clock, wanted, by=workspace.operator
            ),
            lambda _result: self.refresh(),
            lambda error: self.warning.say(sentence(error), "bad"),
            urgent=True,
        )


def trained(result: Result | None) -> str:
    """What became of somebody's training, in a few words."""
    if result is None:
        return "no training yet"
    how = "passed" if result.passed else "not passed"
    return f"training {how}: {result.right} of {result.asked}, {day(result.at)}"
