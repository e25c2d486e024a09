"""What the desk reads, off the GUI thread: values, no widgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.workspace import Workspace

if TYPE_CHECKING:
    from app.campaigns.campaign import CampaignSummary
    from app.campaigns.desk import Card, NextUp, OutboxItem
    from app.campaigns.lanes import LinePace, WayOut
    from app.conversations.threads import ThreadRow
    from app.texting.lines import LineManager
    from app.texting.views import LineView

REPLIES_SHOWN = 3
NEXT_SHOWN = 8
OUTBOX_SHOWN = 30


@dataclass(frozen=True, slots=True)
class News:
    """Everything around the card, as it is now."""

    campaigns: tuple[CampaignSummary, ...] = ()
    campaign: CampaignSummary | None = None
    outbox: tuple[OutboxItem, ...] = ()
    replies: tuple[ThreadRow, ...] = ()
    replies_total: int = 0
    coming: tuple[NextUp, ...] = ()
    held: int = 0
    eta_seconds: float | None = None
    lines: tuple[LineView, ...] = ()
    urgent: tuple[CampaignSummary, ...] = ()  # running, with a card that may go now
    way: WayOut | None = None  # of the card on the desk
    paces: tuple[LinePace, ...] = ()
    due_now: int = 0
    now: float = 0.0  # UTC seconds, when this was read


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be read: the campaign asked for, the card on the desk, and the campaigns as last read.

    ``known`` is there when none of them was started, paused or edited since: then only the one on the desk
    is counted again.
    """

    wanted: int | None = None
    position: int = -1
    message_id: int | None = None
    known: tuple[CampaignSummary, ...] | None = None


@dataclass(frozen=True, slots=True)
class Dealt:
    """Cards read for one campaign; ``mark`` is the deck's when the reading began."""

    campaign_id: int
    cards: tuple[Card, ...] = ()
    mark: int = 0
    whole: bool = field(default=False)


def choose(campaigns: tuple[CampaignSummary, ...], wanted: int | None) -> CampaignSummary | None:
    """The campaign for the desk: the one asked for, else the newest that runs, is paused, or is a draft."""
    for campaign in campaigns:
        if campaign.id == wanted and campaign.state != "done":
            return campaign
    for state in ("running", "paused", "draft", "done"):
        found = [campaign for campaign in campaigns if campaign.state == state]
        if found:
            return max(found, key=lambda campaign: campaign.id)
    return None


def read_news(workspace: Workspace, lines: LineManager, wish: Wish) -> News:
    """Read what stands around the card."""
    from app.campaigns import campaign as campaign_module
    from app.campaigns import desk, lanes
    from app.conversations import threads

    store, clock = workspace.store, workspace.clock
    if wish.known is None:
        campaigns = tuple(campaign_module.overview(store))
        here = choose(campaigns, wish.wanted)
    else:
        campaigns, here = wish.known, choose(wish.known, wish.wanted)
        here = campaign_module.summary(store, here.id) if here is not None else None
    running = here.id if here is not None and here.state == "running" else None
    first = lanes.urgent(store, clock)
    return News(
        campaigns=campaigns,
        campaign=here,
        outbox=tuple(desk.outbox(store, limit=OUTBOX_SHOWN)),
        replies=tuple(threads.page(store, filter="waiting", limit=REPLIES_SHOWN)),
        replies_total=int(threads.counts(store).get("waiting", 0)),
        coming=()
        if running is None
        else tuple(desk.next_up(store, clock, running, wish.position, limit=NEXT_SHOWN)),
        held=0 if running is None else desk.held_count(store, clock, running),
        eta_seconds=None if running is None else desk.eta(store, clock, running),
        lines=lines.views(),
        urgent=tuple(each for each in campaigns if each.id in first),
        way=None if wish.message_id is None else lanes.way_out(store, clock, wish.message_id),
        paces=lanes.paces(store, clock),
        due_now=0 if running is None else lanes.due_now(store, clock, running),
        now=clock.now(),
    )


def read_cards(workspace: Workspace, campaign_id: int, after: int, limit: int) -> tuple[Card, ...]:
    """The next ``limit`` cards behind ``after``, and from the start again when the end was reached."""
    from app.campaigns import desk

    cards = tuple(
        desk.cards(workspace.store, workspace.clock, campaign_id, after_position=after, limit=limit)
    )
    if len(cards) < limit and after >= 0:
        cards += tuple(
            desk.cards(workspace.store, workspace.clock, campaign_id, after_position=-1, limit=limit)
        )
    return cards


def duration(seconds: float) -> str:
    """A duration in words for the header: "about 1 h 10 min"."""
    minutes = max(round(seconds / 60), 1)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"about {round(hours / 24)} days"
    if hours:
        return f"about {hours} h {minutes:02d} min" if minutes else f"about {hours} h"
    return f"about {minutes} min"


def line_words(news: News) -> str:
    """Which line the card's text would leave by, or why none can take it now."""
    views = [view for view in news.lines if not view.paused]
    ready = [view for view in views if str(view.state) == "ready"]
    if not news.lines:
        return "no line: add one on the Lines page"
    if not views:
        itself = " by itself" if news.lines[0].paused_why else ""
        return f"{news.lines[0].name} paused{itself}: resume it on the Lines page"
    if not ready:
        return f"waits: {views[0].name} – {views[0].state_text}"
    free = [view for view in ready if not view.hold]
    if not free:
        return f"from {ready[0].name} · {ready[0].hold}"
    return f"from {free[0].name}" if len(ready) == 1 else f"from one of {len(ready)} lines"


def ago(seconds: float) -> str:
    """How long somebody waits: "40 s" (in steps of 10), "12 min", "3 h", "2 days"."""
    if seconds < 90:
        return f"{max(round(seconds / 10), 1) * 10} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h" if seconds < 48 * 3600 else f"{round(seconds / 86400)} days"
