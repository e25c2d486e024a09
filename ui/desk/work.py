"""The desk's hands: it reads ahead, takes presses to the store, and brings refused cards back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.store.events import CampaignChanged, ChangedElsewhere, MessageChanged, OptOutChanged
from app.workspace import Workspace
from ui import background
from ui.desk.deck import AHEAD, Deck
from ui.desk.reading import Dealt, News, read_cards, read_news

if TYPE_CHECKING:
    from app.campaigns.counting import CampaignSummary
    from app.campaigns.desk import Card, OutboxItem
    from app.texting.clicks import Press
    from app.texting.lines import LineManager

#: More changed cards than this at once: the deck is read anew.
MANY = 10
#: News is read at most every so many milliseconds.
NEWS_EVERY_MS = 120
#: A place behind every place in the queue.
BEYOND = 2**40
#: Milliseconds that a click has the computer to itself before the next card is painted.
SETTLE_MS = 15


class DeskWork(QObject):
    """``card_changed()`` when another card is to be shown, ``news(News)``, ``said(text, tone)``."""

    card_changed = Signal()
    news = Signal(object)
    said = Signal(str, str)

    def __init__(self, workspace: Workspace, lines: LineManager, parent: QObject) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.lines = lines
        self.deck = Deck()
        self.wanted: int | None = None
        self.campaign_id: int | None = None
        self.loaded = False
        self._exhausted = False
        self._reading = False
        self._again: str = ""
        self._news_timer = QTimer(self)
        self._news_timer.setSingleShot(True)
        self._news_timer.setInterval(NEWS_EVERY_MS)
        self._refresher = background.Refresher(self, self._read_news, self._show_news)
        self._news_timer.timeout.connect(self._refresher.again)
        self._position = -1
        self._campaigns: tuple[CampaignSummary, ...] | None = None

    # -- reading ------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read everything around the card now."""
        self._position = self.deck.position
        self._campaigns = None
        self._refresher.again()

    def refresh_soon(self) -> None:
        """The same, after a moment, once for many calls."""
        self._position = self.deck.position
        if not self._news_timer.isActive():
            self._news_timer.start()

    def _read_news(self, _job: background.Job) -> News:
        return read_news(self.workspace, self.lines, self.wanted, self._position, self._campaigns)

    def _show_news(self, news: News) -> None:
        campaign = news.campaign
        self._campaigns = news.campaigns
        running = campaign.id if campaign is not None and campaign.state == "running" else None
        if running != self.campaign_id:
            self.campaign_id = running
            self.deck.clear()
            self._exhausted = False
            self.loaded = running is None
        self.news.emit(news)
        if running is None:
            self.card_changed.emit()
        else:
            if campaign is not None and campaign.queued and not len(self.deck):
                self._exhausted = False  # somebody came back into the queue
            self.refill()

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
        """Called now and then: hours open and close, and people return to the queue."""
        self._exhausted = False
        current = self.deck.current
        if current is not None:
            self._read_again(current.message_id)
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
                self._read_again(message_id)
        self.refresh_soon()

    def _read_again(self, message_id: int) -> None:
        background.run(
            self, lambda _job: self._card(message_id), lambda card: self._replace(message_id, card)
        )

    def _card(self, message_id: int) -> Card | None:
        from app.campaigns import desk

        return desk.card(self.workspace.store, self.workspace.clock, message_id)

    def _replace(self, message_id: int, card: Card | None) -> None:
        if message_id in self.deck.ids or self.deck.review is not None:
            self.deck.replace(message_id, card)
            self.card_changed.emit()

    # -- what a person does -------------------------------------------------------------------

    def press(self, card: Card, press: Press) -> None:
        """Take a real press on ``card``: the next one is shown at once, the click is saved behind it."""
        self._act(card, lambda: self._accept(card, press), self._accepted)

    def _accept(self, card: Card, press: Press) -> str:
        from app.texting import clicks

        result = clicks.accept(
            self.workspace.store,
            self.workspace.clock,
            card.message_id,
            text_hash=card.text_hash,
            press=press,
            operator=self.workspace.operator,
        )
        if isinstance(result, clicks.Refused):
            return result.why
        self.lines.wake(result.line_id)
        return ""

    def _accepted(self, card: Card, why: str, fresh: Card | None) -> None:
        if not why:
            self.deck.settled(card.message_id)
        elif fresh is not None and fresh.state == "queued" and fresh.gate.verdict == "go":
            self.deck.put_back(fresh, why)
            self.card_changed.emit()
        else:
            self.deck.settled(card.message_id)
            self.said.emit(f"Not sent to {card.name or card.number_display}: {why}", "warn")

    def skip(self, card: Card) -> None:
        """Pass a person over; they can be put back."""
        from app.campaigns import desk

        self._act(
            card, lambda: _nothing(desk.skip(self.workspace.store, card.message_id, "")), self._accepted
        )

    def opt_out(self, card: Card) -> None:
        """Opt a person out of everything."""
        self._act(card, lambda: self._opt_out(card), self._accepted)

    def _opt_out(self, card: Card) -> str:
        from app.people import optouts

        with self.workspace.store.write() as unit:
            optouts.opt_out(
                unit,
                self.workspace.clock,
                card.number,
                source="operator",
                evidence="on the desk",
                operator=self.workspace.operator,
            )
        return ""

    def _act(
        self, card: Card, work: Callable[[], str], done: Callable[[Card, str, Card | None], None]
    ) -> None:
        """Do ``work`` behind the next card; it returns why not, or "". An error brings the card back."""
        self.deck.take(card.message_id)
        # Painting the next card would hold up the click on its way to the modem; nobody sees this pause.
        QTimer.singleShot(SETTLE_MS, self, self._show_next)

        def behind(_job: background.Job) -> tuple[str, Card | None]:
            why = work()
            return why, self._card(card.message_id) if why else None

        def broken(error: Exception) -> None:
            self.deck.put_back(card, f"it could not be saved ({error}). Nothing left. Try again.")
            self.card_changed.emit()

        background.run(self, behind, lambda result: done(card, *result), broken, urgent=True)

    def _show_next(self) -> None:
        self.card_changed.emit()
        self.refill()

    def put_back_skipped(self, card: Card) -> None:
        """A skipped person returns to the queue, and to the desk."""
        from app.campaigns import desk

        self._behind(lambda: desk.unskip(self.workspace.store, card.message_id), card.message_id)

    def take_back(self, message_id: int) -> None:
        """Undo a click that has not left."""
        from app.texting import clicks

        def undo() -> bool:
            return clicks.take_back(self.workspace.store, self.workspace.clock, message_id)

        self._behind(undo, message_id, "It is on its way already; it can no longer be taken back.")

    def _behind(self, work: Callable[[], object], message_id: int, too_late: str = "") -> None:
        def both(_job: background.Job) -> Card | None:
            return None if work() is False else self._card(message_id)

        def done(card: Card | None) -> None:
            self.deck.review = None
            if card is not None and card.state == "queued" and card.campaign_id == self.campaign_id:
                self.deck.put_back(card, "")
            elif card is None and too_late:
                self.said.emit(too_late, "warn")
            self.card_changed.emit()

        background.run(self, both, done, urgent=True)

    def keep_edit(self, card: Card, text: str) -> None:
        """Keep another text for this one person; the card is shown again with it."""
        from app.campaigns import desk

        def both(_job: background.Job) -> Card | None:
            desk.edit(self.workspace.store, card.message_id, text)
            return self._card(card.message_id)

        def failed(error: Exception) -> None:
            self.said.emit(f"The text was not changed: {error}", "warn")

        background.run(self, both, lambda fresh: self._edited(card, fresh), failed, urgent=True)

    def _edited(self, card: Card, fresh: Card | None) -> None:
        self.deck.replace(card.message_id, fresh)
        self.card_changed.emit()

    def previous(self) -> None:
        """Look back at the card before the one on the desk."""
        from app.campaigns import desk

        campaign_id = self.campaign_id
        if campaign_id is None:
            return
        position = self.deck.position if self.deck.current is not None else BEYOND

        background.run(
            self,
            lambda _job: desk.previous(self.workspace.store, campaign_id, position, self.workspace.clock),
            self._show_previous,
            urgent=True,
        )

    def _show_previous(self, card: Card | None) -> None:
        if card is None:
            self.said.emit("This is the first card of the campaign.", "accent")
            return
        self.deck.review = card
        self.card_changed.emit()

    def leave_review(self) -> None:
        """Back to the queue."""
        if self.deck.review is not None:
            self.deck.review = None
            self.card_changed.emit()

    def toggle_pause(self, news: News) -> None:
        """Pause the campaign that is shown, or resume it."""
        from app.campaigns import campaign

        here = news.campaign
        if here is None:
            return
        change = campaign.resume if here.state == "paused" else campaign.pause
        background.run(
            self,
            lambda _job: change(self.workspace.store, self.workspace.clock, here.id, self.workspace.operator),
            lambda _result: self.refresh(),
            urgent=True,
        )

    def resolve_sent(self, message_id: int) -> None:
        """A person says that an unknown text did leave."""
        from app.texting import clicks

        workspace = self.workspace
        background.run(
            self,
            lambda _job: clicks.resolve_sent(
                workspace.store, workspace.clock, message_id, workspace.operator
            ),
            lambda _done: self.refresh(),
            urgent=True,
        )

    def send_again(self, item: OutboxItem, press: Press) -> None:
        """A real press sends a text again: a new message with its own click."""
        from app.texting import clicks

        def work(_job: background.Job) -> str:
            result = clicks.send_again(
                self.workspace.store,
                self.workspace.clock,
                item.message_id,
                press=press,
                operator=self.workspace.operator,
            )
            if isinstance(result, clicks.Refused):
                return result.why
            self.lines.wake(result.line_id)
            return ""

        def done(why: str) -> None:
            if why:
                self.said.emit(f"Not sent to {item.name or item.number_display}: {why}", "warn")
            self.refresh()

        background.run(self, work, done, urgent=True)


def _nothing(_value: object) -> str:
    return ""
