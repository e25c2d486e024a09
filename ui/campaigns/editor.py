"""One campaign: its people, first message, preview, checks and hours; starting, pausing and resuming it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.campaigns import campaign as campaigns
from app.campaigns.campaign import Check, MergePreview
from app.campaigns.hours import Policy
from app.campaigns.wordings import FIRST, Variant
from app.workspace import Workspace
from ui import background, theme, wording
from ui.campaigns.about import AboutPanel
from ui.campaigns.beginning import Beginning
from ui.campaigns.checks import ChecksPanel, Looker, PeopleDialog
from ui.campaigns.dialogs import TextDialogs
from ui.campaigns.header import STATES, EditorHeader
from ui.campaigns.hours_panel import HoursDialog
from ui.campaigns.loading import Loaded, apply_changes, load, text_of, texts_of
from ui.campaigns.menu import CampaignMenu
from ui.campaigns.panels import Panels
from ui.campaigns.preview import PreviewPanel
from ui.campaigns.starting import Starter, StartingStrip
from ui.campaigns.template_edit import MessagePanel
from ui.campaigns.variants import count_words
from ui.lane import Lane
from ui.widgets import ErrorPanel, Notice, one_line, scrolled

#: A pause in typing of this many milliseconds saves the draft and looks at it again.
PAUSE_MS = 500


class CampaignEditor(QWidget):
    """See the module. ``closed`` asks to go back to the list of campaigns."""

    closed = Signal()
    import_asked = Signal()

    def __init__(
        self, workspace: Workspace, lines: Any, navigate: Callable[..., None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.workspace, self.lines, self.navigate = workspace, lines, navigate
        self.campaign_id: int | None = None
        self.state = "draft"
        self._unsaved = False
        self._saving = 0
        self._looked_at: object = None  # what the checks on screen speak of
        self._waiting = 0  # texts on the desk
        self._kept: dict[tuple[int | None, str], str] = {}  # texts, by label, that are not or cannot be saved
        self._texts: dict[str, Variant] = {}
        self.own_fields: tuple[tuple[str, str], ...] = ()
        self._quiet = False
        self._turn = 0
        self._lane = Lane(self)
        self._build()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.save)

    # -- looks ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.header = head = EditorHeader(self)
        self.back_button, self.pause_button = head.back_button, head.pause_button
        self.start_button, self.desk_button = head.start_button, head.desk_button
        self.error = ErrorPanel(action="Close", parent=self)
        self.error.hide()
        self.notice = Notice("", "good", parent=self)
        self.starting = StartingStrip(self)
        self.starter = Starter(self.workspace, self.starting)
        self.menu = CampaignMenu(self.workspace, self.header.more_button)
        self.dialogs = TextDialogs(self)
        self.beginning = Beginning(self)
        self.about = AboutPanel(self)
        self.message = MessagePanel(self)
        self.preview = PreviewPanel(self._merged, self)
        self.checks = ChecksPanel(self)
        self._looker = Looker(self.workspace, self.checks, self._looked, self.failed)
        self.panels = Panels(self)
        self.hours = self.panels.hours
        space = theme.em(self, 1)
        left = scrolled(self._fill_left, self)
        self._right = scrolled(self._fill_right, self)
        body = QHBoxLayout()
        body.setContentsMargins(space, space, space, space)
        body.setSpacing(space)
        body.addWidget(left, 1)
        body.addWidget(self._right)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self.header, self.error, self.notice, self.starting):
            layout.addWidget(widget)
        layout.addLayout(body, 1)
        self._wire()

    def _fill_left(self, layout: QVBoxLayout) -> None:
        layout.setSpacing(theme.em(self, 1))
        layout.setContentsMargins(0, 0, theme.em(self, 0.4), 0)
        layout.addWidget(self.about)
        layout.addWidget(self.message, 4)
        for panel in self.panels.below:
            layout.addWidget(panel)
        layout.addStretch(1)

    def _fill_right(self, layout: QVBoxLayout) -> None:
        layout.setSpacing(theme.em(self, 1))
        layout.setContentsMargins(0, 0, theme.em(self, 0.4), 0)
        for panel in (self.preview, self.checks, *self.panels.beside):
            layout.addWidget(panel)
        layout.addStretch(1)

    def _wire(self) -> None:
        self.back_button.clicked.connect(self._leave)
        self.beginning.wire()
        self.desk_button.clicked.connect(lambda: self.navigate("desk", campaign_id=self.campaign_id))
        self.menu.said.connect(lambda words: self.notice.say(words, "good"))
        self.menu.failed.connect(self.failed)
        self.about.changed.connect(self._typed)
        self.about.list_chosen.connect(self._choose_list)
        self.about.import_asked.connect(self.import_asked)
        self.message.changed.connect(self._typed)
        self.message.variants.chosen.connect(self._choose_text)
        self.message.variants.another.connect(self._another_text)
        self.message.audience.remove_asked.connect(self._remove_text)
        self.message.save_button.clicked.connect(self.save)
        self.message.undo_button.clicked.connect(self._undo)
        self.checks.show_asked.connect(self.show_people)
        self.hours.change_asked.connect(self._ask_hours)
        self.dialogs.wire()
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.activated.connect(self._leave)

    # -- what is shown --------------------------------------------------------------------------

    def open(self, campaign_id: int) -> None:
        """Show a campaign."""
        self.campaign_id = campaign_id
        self.state = ""
        self._unsaved = False
        self.message.variants.label = FIRST
        self.error.hide()
        self.notice.say("")
        self.preview.begin()
        self.checks.show_checks(())
        self._looked_at = None
        self.reload()

    def people_changed(self) -> None:
        """Contacts or opt-outs changed: the checks may say something else now."""
        self._looked_at = None

    def reload(self) -> None:
        """Read it again; what is being typed stays."""
        if self.campaign_id is None:
            return
        store, campaign_id = self.workspace.store, self.campaign_id
        self._turn += 1
        turn = self._turn

        def done(loaded: Loaded) -> None:
            if turn == self._turn:
                self._show(loaded)

        background.run(self, lambda _job: load(store, campaign_id), done, self.failed)

    def _show(self, loaded: Loaded) -> None:
        found, summary = loaded.campaign, loaded.summary
        began = self.state != found.state
        self.state = found.state
        draft = found.state == "draft"
        people = wording.count(summary.people, "person", "people")
        of = f"{people} from {one_line(summary.list_name)}" if summary.list_name else "no people chosen yet"
        self.header.set_words(one_line(found.name) or "New campaign", f"{STATES[found.state]} · {of}")
        self._quiet = True
        if not self._unsaved and not self._saving:
            self.about.show_values(found.name, found.texter, loaded.lists, found.list_id)
            self._show_texts(loaded)
        self._quiet = False
        self.own_fields = found.fields
        self.menu.campaign_id, self.menu.state = found.id, found.state
        self.menu.lists, self.menu.left = loaded.lists, summary.sent
        self.about.lock(not draft)
        self._waiting = summary.queued
        unsaved = not draft and (self._unsaved or (found.id, self.label) in self._kept)
        self._unsaved = self._unsaved or unsaved
        self.message.ask_to_save(summary.queued if unsaved else None)
        self.message.show_fields(loaded.fields)
        self.hours.show_hours(found.policy, found.hours_reason, self._line_names())
        self._policy = found.policy
        self.panels.show_campaign(loaded)
        self.header.show_state(found.state)
        self.checks.setVisible(draft)
        if loaded.counts:
            self.message.segments.setText(count_words(loaded.counts))
        self.preview.show_people(summary.people)
        looked_at = (found, summary.people)
        if draft and self._looked_at != looked_at:
            self._looked_at = looked_at
            self.look_again()
        if began and draft and not found.template:
            (self.message.edit if found.list_id else self.about.people).setFocus()

    @property
    def label(self) -> str:
        """Which of the campaign's texts is in view."""
        return self.message.variants.label

    def _show_texts(self, loaded: Loaded) -> None:
        found = loaded.campaign
        started = found.state != "draft"
        self._texts = texts_of(found)
        self.message.show_texts(self._texts, loaded.fields, started=started)
        self.message.set_text(self._kept.get((found.id, self.label), self._texts[self.label].text))

    def _choose_text(self, _label: str) -> None:
        self._unsaved = False
        self.reload()

    def _another_text(self, label: str) -> None:
        self.save()
        self.message.variants.label = label
        self._update(variant=Variant(label, self.message.text()))

    def _remove_text(self) -> None:
        workspace, campaign_id, label = self.workspace, self.campaign_id or 0, self.label
        self._pause.stop()
        self._unsaved = False
        self._kept.pop((campaign_id, label), None)
        self._lane.run(
            lambda: campaigns.remove_variant(workspace.store, campaign_id, label),
            lambda _none: self.reload(),
            self.failed,
        )

    def _line_names(self) -> list[str]:
        return [str(view.name) for view in self.lines.states()]

    def _merged(self, index: int) -> MergePreview | None:
        """Off the GUI thread."""
        workspace = self.workspace
        label = self.label if len(self._texts) > 1 else ""
        return campaigns.merged(
            workspace.store, self.campaign_id or 0, index, label, now=workspace.clock.now()
        )

    def look_again(self) -> None:
        """Make the checks anew."""
        if self.campaign_id is not None:
            self._looker.look(self.campaign_id)

    def _looked(self, found: tuple[Check, ...]) -> None:
        self.checks.show_checks(found)
        self.message.segments.setText(next((check.text for check in found if "segment" in check.text), ""))

    def show_people(self, check: Check) -> None:
        """The people that a check speaks of."""
        dialog = PeopleDialog(self.workspace, check.text, check.people, self)
        dialog.chosen.connect(lambda contact: self.navigate("contacts", contact_id=contact))
        dialog.open()

    # -- changing -------------------------------------------------------------------------------

    def _typed(self) -> None:
        if not self._quiet and self.campaign_id is not None:
            self._unsaved = True
            self.error.hide()
            if self.state == "draft":
                self._pause.start()
            else:  # half a message must not reach the desk: a started campaign is saved by hand
                self.message.ask_to_save(self._waiting)

    def save(self) -> None:
        """Keep what was typed, then look at it again."""
        self._pause.stop()
        if not self._unsaved or self.campaign_id is None:
            return
        self._unsaved = False
        self._update(**self._written())

    def _written(self) -> dict[str, Any]:
        text = self.message.text()
        about = {"name": self.about.name.text().strip(), "texter": self.about.texter.text().strip()}
        if self.label == FIRST:
            return {**about, "template": text}
        return {**about, "variant": Variant(self.label, text, *self.message.audience.condition())}

    def _update(self, **changes: Any) -> None:
        workspace, campaign_id = self.workspace, self.campaign_id
        self._turn += 1  # what is being read now is old
        self._saving += 1
        self._lane.run(
            lambda: apply_changes(workspace, campaign_id or 0, changes),
            lambda _none: self._saved(campaign_id, changes),
            lambda error: self._not_saved(campaign_id, changes, error),
        )

    def _saved(self, campaign_id: int | None, changes: dict[str, Any]) -> None:
        self._saving -= 1
        if (written := text_of(changes)) is not None:
            self._kept.pop((campaign_id, written[0]), None)
        if campaign_id == self.campaign_id:
            self.message.say_problem("")
            self.reload()

    def _not_saved(self, campaign_id: int | None, changes: dict[str, Any], error: Exception) -> None:
        self._saving -= 1
        if (written := text_of(changes)) is not None:  # it stays as typed until it can be read
            self._kept[campaign_id, written[0]] = written[1]
        if campaign_id == self.campaign_id:
            self.message.say_problem(wording.sentence(error))
            self.reload()

    def change(self, **changes: Any) -> None:
        """Save what a dialog says, after what was typed."""
        self.save()
        self._update(**changes)

    def after_saving(self, act: Callable[[], None]) -> None:
        """Do something once everything typed so far is saved."""
        self._lane.run(lambda: None, lambda _none: act())

    def _choose_list(self, list_id: int) -> None:
        self.change(list_id=list_id)

    def take_list(self, list_id: int) -> None:
        """A list was imported for this campaign."""
        self._choose_list(list_id)

    def _ask_hours(self) -> None:
        self._hours_dialog = dialog = HoursDialog(getattr(self, "_policy", Policy()), self)
        dialog.accepted.connect(lambda: self._update(hours=dialog.policy(), hours_reason=dialog.reason()))
        dialog.open()

    def _undo(self) -> None:
        self._unsaved = False
        self._kept.pop((self.campaign_id, self.label), None)
        self.message.ask_to_save(None)
        self.message.say_problem("")
        self.reload()

    def _leave(self) -> None:
        if self.state == "draft":
            self.save()
        elif self._unsaved:
            self._kept[self.campaign_id, self.label] = self.message.text()
        self.closed.emit()

    def save_all(self) -> None:
        """Save what is on screen, typed or not: it is what starts."""
        if self.campaign_id is not None:
            self._unsaved = True
            self.save()

    def has_unsaved_text(self, campaign_id: int) -> bool:
        """Whether a text of the campaign stands on screen that could not be saved."""
        return any(key[0] == campaign_id for key in self._kept)

    def failed(self, error: Exception) -> None:
        """Say what went wrong."""
        self.beginning.forget()
        self.error.show_error(wording.sentence(error), action="Close")

    # -- Qt's events ----------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._right.setFixedWidth(min(theme.em(self, 21), round(self.width() * 0.41)))
        super().resizeEvent(event)
