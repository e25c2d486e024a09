"""The place of the card: the card itself, an empty desk's words, or what stands there for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from app.workspace import Workspace
from ui import background
from ui.desk.asides import BreakPanel, LeadPanel, SkippedPanel
from ui.desk.card import CardView
from ui.desk.outbox import DecidePanel
from ui.desk.reading import News
from ui.desk.work import DeskWork
from ui.widgets import EmptyState, Panel

if TYPE_CHECKING:
    from app.campaigns.acts import SkippedRow
    from app.campaigns.desk import OutboxItem

#: What may stand in the card's place.
Takes = DecidePanel | LeadPanel | BreakPanel | SkippedPanel


class Stage(QStackedWidget):
    """``closed()``: the card is in its place again and has to be shown anew. ``answer(conversation_id)``."""

    opened = Signal()
    closed = Signal()
    answer = Signal(int)

    def __init__(self, workspace: Workspace, work: DeskWork, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._work = work
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        clock = workspace.clock
        self.card_view = CardView(clock, self)
        self.empty_panel = Panel(self)
        self.empty = EmptyState("", "", parent=self.empty_panel, icon="send")
        self.empty_panel.body.addWidget(self.empty)
        self.decide = DecidePanel(clock, self)
        self.lead = LeadPanel(clock, self)
        self.rest = BreakPanel(clock, self)
        self.skipped = SkippedPanel(self)
        self._asides: tuple[Takes, ...] = (self.decide, self.lead, self.rest, self.skipped)
        for widget in (self.card_view, self.empty_panel, *self._asides):
            self.addWidget(widget)
        self.decide.was_sent.connect(self._was_sent)
        self.decide.again.connect(self._again)
        self.decide.later.connect(self.close_aside)
        self.lead.answer.connect(self._answer)
        self.lead.closed.connect(self.go_on)
        self.rest.rested.connect(self.opened)
        self.rest.closed.connect(self._break_over)
        self.skipped.closed.connect(self.close_aside)
        self.skipped.put_back.connect(self._put_back)

    @property
    def aside(self) -> Takes | None:
        """What stands in the card's place and takes the keys; None while it is the card, or nothing."""
        here = self.currentWidget()
        return next((each for each in self._asides if each is here), None)

    @property
    def on_card(self) -> bool:
        """True while the card is in view."""
        return self.currentWidget() is self.card_view

    def open_aside(self, aside: QWidget) -> None:
        """Put ``aside`` into the card's place; Send takes no press until the card was shown anew."""
        self.card_view.send.disarm()
        self.card_view.ask_second(wanted=False)
        self.setCurrentWidget(aside)
        self.opened.emit()

    def close_aside(self) -> None:
        """Back to the card, which has to be read anew before a press on it counts."""
        self.decide.again_button.disarm()
        self.setCurrentWidget(self.card_view if self.card_view.card is not None else self.empty_panel)
        self.card_view.send.disarm()
        self.closed.emit()

    def show_card(self) -> None:
        """The card comes into view, unless something else stands there."""
        if self.aside is None:
            self.setCurrentWidget(self.card_view)

    def show_empty(self) -> None:
        """There is no card."""
        if self.aside is None:
            self.setCurrentWidget(self.empty_panel)

    # -- between two cards --------------------------------------------------------------------

    def between(self, news: News) -> None:
        """The card before was acted on: a break, or a reply that waits, if it is time."""
        rhythm, settings = self._work.rhythm, self._workspace.settings
        now = self._workspace.clock.monotonic()
        if self._work.deck.current is None or self.aside is not None:
            return
        if rhythm.wants_break(now, settings.break_minutes):
            self.rest.suggest(round(rhythm.worked(now) / 60))
            self.open_aside(self.rest)
        elif news.replies and rhythm.leads(settings.lead_every):
            self.lead.show_waiting(news.replies, news.replies_total, self._workspace.clock.now())
            self.open_aside(self.lead)

    def time_passed(self) -> None:
        """Called now and then: a break may be over."""
        if self.aside is self.rest and self.rest.over():
            self._break_over()

    def came_back(self) -> None:
        """The page came into view again: whoever was led to the replies has been there."""
        if self.aside is self.lead:
            self.go_on()

    def go_on(self) -> None:
        """The replies can wait, or were seen to."""
        self._work.rhythm.led()
        self.close_aside()

    def _answer(self, conversation_id: int) -> None:
        self.go_on()
        self.answer.emit(conversation_id)

    def _break_over(self) -> None:
        self._work.rhythm.rested(self._workspace.clock.monotonic())
        self.close_aside()

    # -- who was skipped ----------------------------------------------------------------------

    def show_skipped(self) -> None:
        """Who was passed over in this campaign."""
        if self._work.campaign_id is not None:
            self.open_aside(self.skipped)
            self.read_skipped()

    def read_skipped(self) -> None:
        """Read the list again, if it is in view."""
        from app.campaigns import acts

        key, store = self._work.campaign_id, self._workspace.store
        if key is not None and self.aside is self.skipped:
            background.run(self, lambda _job: acts.skipped(store, key), self.skipped.show_rows, urgent=True)

    def _put_back(self, row: SkippedRow) -> None:
        self._work.put_back_skipped(row.message_id, row.name or row.number, row.reason)
        self.read_skipped()

    # -- what became of a text ----------------------------------------------------------------

    def ask_about(self, item: OutboxItem) -> None:
        """A person says what became of a text, or sends it again."""
        self.decide.show_item(item)
        self.open_aside(self.decide)

    def _was_sent(self, message_id: int) -> None:
        self._work.resolve_sent(message_id)
        self.close_aside()

    def _again(self, _message_id: int, press: Any) -> None:
        if self.decide.item is not None:
            self._work.send_again(self.decide.item, press)
        self.close_aside()
