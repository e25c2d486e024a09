"""What the desk reads, and when: it keeps the deck filled and goes through the campaigns in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.store.events import CampaignChanged, ChangedElsewhere, MessageChanged, OptOutChanged
from app.workspace import Workspace
from ui import background
from ui.desk.deck import AHEAD, Deck
from ui.desk.reading import Dealt, News, Wish, read_cards, read_news
from ui.desk.rhythm import Rhythm
from ui.desk.room import Room
from ui.widgets import isolated

if TYPE_CHECKING:
    from app.campaigns.counting import CampaignSummary
    from app.campaigns.desk import Card
    from app.texting.lines import LineManager

#: More changed cards than this at once: the deck is read anew.
MANY = 10
#: News is read at most every so many milliseconds.
NEWS_EVERY_MS = 120


class Dealing(QObject):
    """``card_changed()`` when another card is to be shown, ``news(News)``, ``said(text, tone)``.

    ``between()`` comes between two cards: the one before was acted on, the next is not shown yet.
    """

    card_changed = Signal()
    news = Signal(object)
    said = Signal(str, str)
    between = Signal()
    room_changed = Signal()

    def __init__(self, workspace: Workspace, lines: LineManager, parent: QObject) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.lines = lines
        self.deck = Deck()
        self.rhythm = Rhythm()
        self.room = Room()
        self.wanted: int | None = None
        self.campaign_id: int | None = None
        self.loaded = False
        self._lane: int | None = None  # the urgent campaign that the desk changed to by itself
        self._next_lane: CampaignSummary | None = None  # the one that comes after this card
        self._declined: set[int] = set()
        self._exhausted = False
        self._reading = False
        self._again: str = ""
        self._news_timer = QTimer(self)
        self._news_timer.setSingleShot(True)
        self._news_timer.setInterval(NEWS_EVERY_MS)
        self._refresher = background.Refresher(self, self._read_news, self._show_news)
        self._news_timer.timeout.connect(self._refresher.again)
        self._wish = Wish()
        self._position = -1
        self._campaigns: tuple[CampaignSummary, ...] | None = None

    # -- around the card ----------------------------------------------------------------------

    def refresh(self) -> None:
        """Read everything around the card now."""
        self._campaigns = None
        self._ask()
        self._refresher.again()

    def refresh_soon(self) -> None:
        """The same, after a moment, once for many calls."""
        self._ask()
        if not self._news_timer.isActive():
            self._news_timer.start()

    def _ask(self) -> None:
        card = self.deck.current
        self._position = self.deck.position
        self._wish = Wish(
            self._lane or self.wanted,
            self._position,
            card.message_id if card is not None else None,
            self._campaigns,
        )

    def _read_news(self, _job: background.Job) -> News:
        return read_news(self.workspace, self.lines, self._wish)

    def _show_news(self, news: News) -> None:
        campaign = news.campaign
        self._campaigns = news.campaigns
        self.room.read(news.way)
        if self._change_lane(news):
            return
        running = campaign.id if campaign is not None and campaign.state == "running" else None
        if running != self.campaign_id:
            self.campaign_id = running
            self.deck.clear()
            self._exhausted = False
            self.loaded = False
        self.loaded = self.loaded or running is None
        self.news.emit(news)
        if running is None:
            self.card_changed.emit()
        else:
            if campaign is not None and campaign.queued and not len(self.deck):
                self._exhausted = False  # somebody came back into the queue
            self.refill()

    # -- an urgent campaign comes first -------------------------------------------------------

    def choose(self, campaign_id: int | None) -> None:
        """A person chose a campaign; an urgent one that they leave does not take the desk again."""
        if self._lane is not None and campaign_id != self._lane:
            self._declined.add(self._lane)
        if campaign_id is not None:
            self._declined.discard(campaign_id)
        self._lane = self._next_lane = None
        self.wanted = campaign_id
        self.refresh()

    def _change_lane(self, news: News) -> bool:
        """Go to an urgent campaign, or back from one that has no card left; True when all is read anew."""
        urgent = next((each for each in news.urgent if each.id not in self._declined), None)
        if urgent is None:
            self._next_lane = None
            if self._lane is None:
                return False
            self._lane = None
            self.refresh()
            return True
        here = news.campaign.id if news.campaign is not None else None
        if urgent.id in (here, self._lane):
            return False
        if self.deck.current is None:
            self._enter(urgent)
            return True
        if self._next_lane is None or self._next_lane.id != urgent.id:
            self.said.emit(f"Urgent: {isolated(urgent.name, 80)} comes after this card.", "warn")
        self._next_lane = urgent  # what is painted stays until it was acted on
        return False

    def _enter(self, urgent: CampaignSummary) -> None:
        self._lane, self._next_lane = urgent.id, None
        self.campaign_id = urgent.id
        self.deck.clear()
        self._exhausted = self.loaded = False
        self.said.emit(f"Urgent: {isolated(urgent.name, 80)}. It goes before everything else.", "warn")
        self.card_changed.emit()
        self.refill()
        self.refresh()

    # -- the deck -----------------------------------------------------------------------------

    def refill(self, *, whole: bool = False) -> None:
        """Read ahead if it is time; ``whole`` reads the deck anew."""
        if self.campaign_id is None:
            return
        if self._reading:
            self._again = "whole" if whole or self._again == "whole" else "more"
            return
        if not whole and (self._exhausted or not self.deck.needs_more):
            return
        self._reading = True
        campaign_id, mark = self.campaign_id, self.deck.mark()
        after = max(self.deck.position - 1, -1) if whole else self.deck.last_position
        count = AHEAD if whole else AHEAD - len(self.deck)
        background.run(
            self,
            lambda _job: Dealt(
                campaign_id, read_cards(self.workspace, campaign_id, after, count), mark, whole
            ),
            self._dealt,
            self._not_dealt,
        )

    def _dealt(self, dealt: Dealt) -> None:
        self._reading = False
        again, self._again = self._again, ""
        if dealt.campaign_id == self.campaign_id:
            self.loaded = True
            if dealt.whole:
                self.deck.reset(dealt.cards, dealt.mark)
            else:
                self._exhausted = self.deck.add(dealt.cards, dealt.mark) == 0
            self.card_changed.emit()
            if self.deck.position != self._position:
                self.refresh_soon()
        if again or dealt.campaign_id != self.campaign_id:
            self.refill(whole=again == "whole")

    def _not_dealt(self, error: Exception) -> None:
        self._reading = False
        self.said.emit(f"The queue could not be read ({error}). Nothing was sent. Try again.", "bad")

    def time_passed(self) -> None:
        """Called now and then: hours open and close, texts fall due, and people return to the queue."""
        self._exhausted = False
        current = self.deck.current
        if current is not None:
            self.read_again(current.message_id)
        self.refill(whole=current is None)
        self.refresh_soon()

    def events(self, events: tuple[Any, ...]) -> None:
        """What was committed since the last time."""
        changed: set[int] = set()
        whole = False
        in_deck = set(self.deck.ids)
        for event in events:
            if isinstance(event, MessageChanged):
                changed |= {event.message_id} & in_deck
            elif isinstance(event, CampaignChanged):
                self._campaigns = None
                whole |= event.campaign_id == self.campaign_id
            elif isinstance(event, (ChangedElsewhere, OptOutChanged)):
                self._campaigns = None
                whole = True
        if whole or len(changed) > MANY:
            self._exhausted = False
            self.refill(whole=True)
        else:
            for message_id in changed:
                self.read_again(message_id)
        self.refresh_soon()

    def read_again(self, message_id: int) -> None:
        """Read one card of the deck again."""
        background.run(
            self, lambda _job: self.card_of(message_id), lambda card: self._replace(message_id, card)
        )

    def card_of(self, message_id: int) -> Card | None:
        """One card as it stands in the database; not for the GUI thread."""
        from app.campaigns import desk

        return desk.card(self.workspace.store, self.workspace.clock, message_id)

    def _replace(self, message_id: int, card: Card | None) -> None:
        if message_id in self.deck.ids or self.deck.review is not None:
            first = message_id in self.deck.ids[:1]
            self.deck.replace(message_id, card)
            self.card_changed.emit()
            if first and message_id not in self.deck.ids:
                self.refill(whole=True)  # its time is over, and perhaps that of those behind it

    def show_next(self) -> None:
        """The card before was acted on: what is next comes into view."""
        if self._next_lane is not None:
            self._enter(self._next_lane)
            return
        self.between.emit()
        self.card_changed.emit()
        self.refill()
