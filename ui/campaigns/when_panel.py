"""When a campaign's texts may leave and from where: hours, start and end, what is due when, caps, lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.campaigns import campaign as campaigns
from app.campaigns import due, due_views, occasions, schedule
from app.campaigns.linting import Check
from app.campaigns.refusing import CampaignError
from app.campaigns.schedule import Schedule
from app.people import fieldtypes
from app.workspace import Workspace
from ui import background, wording
from ui.campaigns.hours_panel import HoursPanel
from ui.campaigns.lines_choice import LinesChoice
from ui.campaigns.loading import Loaded
from ui.campaigns.panels import EditorPanel
from ui.campaigns.when_dialog import WhenDialog
from ui.widgets import KeyButton, PlainLabel, one_line

_NAMES = ("name", "first_name", "last_name", "organisation")  # never a date


@dataclass(frozen=True, slots=True)
class _Read:
    """What is shown, read in one go."""

    schedule: Schedule
    sources: tuple[tuple[int, str], ...]  # campaigns that a follow-up can be to
    gone: int
    dates: frozenset[str]  # fields that hold dates


class WhenPanel(EditorPanel):
    """See the module. ``hours`` is the part about hours; ``lines_slot`` takes a part about lines."""

    saved = Signal()  # a schedule was stored

    def __init__(
        self, workspace: Workspace, lines: Any, navigate: Callable[..., None], parent: QWidget
    ) -> None:
        super().__init__(workspace, lines, navigate, parent)
        self._campaign_id = 0
        self._fields: tuple[str, ...] = ()
        self._read: _Read | None = None
        self.hours = HoursPanel(self, bare=True)
        self.words = PlainLabel("", self, quiet=True, wrap=True)
        self.gone = PlainLabel("", self, quiet=True, wrap=True)
        self.gone_button = KeyButton("show", parent=self, flat=True)
        self.gone_button.setAccessibleName("Show whose text left the desk because its time passed")
        self.change_button = KeyButton("Start, end, due, how often…", "Ctrl+Shift+D", self)
        self.lines_slot = QVBoxLayout()
        self.lines_choice = LinesChoice(workspace, self)
        self.lines_slot.addWidget(self.lines_choice)
        self.lines_choice.changed.connect(self.changed)
        self.lines_choice.failed.connect(self.failed)
        self.body.addWidget(self.hours)
        self.body.addWidget(self.words)
        gone = QHBoxLayout()
        gone.addWidget(self.gone, 1)
        gone.addWidget(self.gone_button)
        self.body.addLayout(gone)
        self.body.addWidget(self.change_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addLayout(self.lines_slot)
        self.gone_button.clicked.connect(self._show_gone)
        self.change_button.clicked.connect(self._ask)
        shortcut = QShortcut(QKeySequence("Ctrl+Shift+D"), self)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(self._ask)
        self._reader = background.Refresher(self, lambda _job: self._look(), self._show)

    def show_campaign(self, loaded: Loaded) -> None:
        """Read the schedule of what the editor shows."""
        self._campaign_id = loaded.campaign.id
        self._fields = tuple(name for name in loaded.fields if name not in ("sender",))
        self._reader.again()
        self.lines_choice.show_campaign(self._campaign_id)

    def _look(self) -> tuple[int, _Read | None]:
        store, key = self.workspace.store, self._campaign_id
        try:
            found = schedule.get(store, key)
        except LookupError:
            return key, None
        except CampaignError:  # a rule that cannot be read is set anew
            found = Schedule()
        sources = tuple(
            (each.id, each.name)
            for each in campaigns.overview(store)
            if each.state != "draft" and each.id != key
        )
        kinds = fieldtypes.kinds(store)
        dates = frozenset(name for name, kind in kinds.items() if kind == "date")
        return key, _Read(found, sources, due_views.gone_count(store, key), dates)

    def _show(self, found: tuple[int, _Read | None]) -> None:
        key, self._read = found
        if self._read is None or key != self._campaign_id:
            return
        self.words.setText("\n".join(self._sentences(self._read)))
        self.words.setVisible(bool(self.words.text()))
        gone = self._read.gone
        self.gone.setText(f"{gone:,} left the desk because their time passed" if gone else "")
        self.gone.setVisible(bool(gone))
        self.gone_button.setVisible(bool(gone))

    def _sentences(self, found: _Read) -> list[str]:
        plan, now = found.schedule, self.workspace.clock.now()
        source = dict(found.sources).get(plan.rule.source, "")
        said = [
            schedule.times_words(plan, now),
            occasions.words(plan.rule, one_line(source)),
            f"Leaves the desk when {{{plan.rule.deadline}}} has passed" if plan.rule.deadline else "",
            "Urgent: ahead of other campaigns" if plan.urgent else "",
            schedule.cap_words(plan),
        ]
        if plan.promise_reason:
            said.append(f"More than people were promised, because: {one_line(plan.promise_reason)}")
        return [words for words in said if words]

    # -- changing -------------------------------------------------------------------------------

    def _dates_first(self) -> list[str]:
        dates = self._read.dates if self._read is not None else frozenset()
        return sorted(self._fields, key=lambda name: (name not in dates, name in _NAMES))

    def _ask(self) -> None:
        if self._read is None:
            return
        if why := self.workspace.why_not("start"):
            self.failed.emit(CampaignError(why))
            return
        now = self.workspace.clock.now()
        dialog = WhenDialog(self._read.schedule, self._dates_first(), self._read.sources, now, self)
        key = self._campaign_id
        dialog.accepted.connect(lambda: self._keep(key, dialog.schedule()))
        dialog.open()

    def _keep(self, key: int, new: Schedule) -> None:
        workspace = self.workspace

        def work(_job: background.Job) -> None:
            schedule.save(workspace.store, workspace.clock, key, new, workspace.operator)
            due.prepare(workspace.store, workspace.clock)

        background.run(self, work, lambda _none: self._kept(), self.failed.emit)

    def _kept(self) -> None:
        self.saved.emit()
        self.changed.emit()

    def _show_gone(self) -> None:
        store, key = self.workspace.store, self._campaign_id

        def show(found: tuple[due_views.Gone, ...]) -> None:
            people = tuple(dict.fromkeys(each.contact_id for each in found if each.contact_id is not None))
            said = wording.count(len(found), "text", "texts")
            latest = f"; the last one: {one_line(found[0].name)}, {found[0].reason}" if found else ""
            words = f"{said} left the desk because their time passed{latest}"
            self.people_asked.emit(Check("warn", words, people, len(found)))

        background.run(self, lambda _job: due_views.gone(store, key), show, self.failed.emit)
