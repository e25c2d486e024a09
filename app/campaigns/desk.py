"""The desk's queue: cards in order, who is passed over and why, and what became of the last clicks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import changing, gate, holding, hours
from app.campaigns.acts import edit, skip, unskip
from app.campaigns.cards import NO_ENDING, Card, Maker
from app.campaigns.ending import Ending, ending
from app.campaigns.gate import Gate
from app.campaigns.local import local
from app.clock import Clock, SystemClock
from app.people import numbers
from app.store.engine import Store
from app.store.tables import OUT_STATES, campaign, contact, message, wording
from modem import sms

__all__ = [
    "Card",
    "NextUp",
    "OutboxItem",
    "card",
    "cards",
    "edit",
    "eta",
    "held_count",
    "held_until",
    "next_up",
    "outbox",
    "previous",
    "skip",
    "unskip",
]

#: Texts that the pace is taken from, and the longest pause in seconds that still counts as work.
PACE_OF = 20
PACE_PAUSE = 120.0


@dataclass(frozen=True, slots=True)
class NextUp:
    """Somebody who comes after the card. ``badge`` is "held until 8:00", "2 segments" or ""."""

    message_id: int
    name: str
    local_time: str
    badge: str
    held: Ending = NO_ENDING


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A click and what became of it."""

    message_id: int
    name: str
    number_display: str
    state: str
    delivery: str
    reason: str
    parts: int
    parts_sent: int
    text: str
    can_take_back: bool
    leaves_at: float | None = None  # its grace ends then (UTC seconds)


# -- cards ----------------------------------------------------------------------------------------


def cards(
    store: Store, clock: Clock, campaign_id: int, *, after_position: int = -1, limit: int = 50
) -> tuple[Card, ...]:
    """The next ``limit`` cards that may be sent now, in the list's order; the held ones are passed over."""
    found, old = _deal(store, clock.now(), campaign_id, after_position, limit)
    if old:  # texts that name a day which is over: written anew, then read again
        changing.freshen(store, clock, campaign_id, old)
        found, _old = _deal(store, clock.now(), campaign_id, after_position, limit)
    return tuple(found)


def _deal(store: Store, now: float, campaign_id: int, after: int, limit: int) -> tuple[list[Card], list[int]]:
    """Cards that may be sent, and the ids of texts among them whose day is over."""
    found: list[Card] = []
    old: list[int] = []
    with store.read() as conn:
        maker = Maker(conn, now)
        for row in _sendable(conn, campaign_id, now, after):
            verdict = gate.check(conn, now, row)
            if verdict.verdict == "go":
                found.append(maker.card(row, verdict))
            elif verdict.rule == "day" and not row["edited"]:
                old.append(row["id"])
            if len(found) + len(old) >= limit:
                break
    return found, old


def card(store: Store, clock: Clock, message_id: int) -> Card | None:
    """One card as it stands, in whatever state; None when it is gone."""
    found = _one(store, clock.now(), message_id)
    if found is not None and found.gate.rule == "day" and found.campaign_id is not None:
        with store.read() as conn:  # those behind it as well: the day is over for all of them
            behind = changing.stale(conn, found.campaign_id, clock.now(), found.position)
        changing.freshen(store, clock, found.campaign_id, (message_id, *behind))
        found = _one(store, clock.now(), message_id)
    return found


def _one(store: Store, now: float, message_id: int) -> Card | None:
    with store.read() as conn:
        row = _rows(conn, message.c.id == message_id).first()
        return None if row is None else Maker(conn, now).card(row, gate.check(conn, now, row))


def roll(store: Store, clock: Clock, campaign_id: int) -> None:
    """Write anew what stands at the head of the queue and names a day that is over."""
    with store.read() as conn:
        old = changing.stale(conn, campaign_id, clock.now(), -1)
    if old:
        changing.freshen(store, clock, campaign_id, old)


def previous(store: Store, campaign_id: int, before_position: int, clock: Clock | None = None) -> Card | None:
    """The card before a place in the queue, in whatever state; None at the start."""
    with store.read() as conn:
        # One look into the index for each state, since the index is ordered by state before position.
        at = max(
            (
                int(place)
                for state in OUT_STATES
                if (place := conn.execute(_last_before(campaign_id, state, before_position)).scalar())
                is not None
            ),
            default=None,
        )
        if at is None:
            return None
        key = conn.execute(
            sa.select(message.c.id)
            .where(
                message.c.campaign_id == campaign_id,
                message.c.state.in_(OUT_STATES),
                message.c.position == at,
            )
            .order_by(message.c.id.desc())
            .limit(1)
        ).scalar_one()
    return card(store, clock or SystemClock(), int(key))


def _last_before(campaign_id: int, state: str, position: int) -> sa.Select[Any]:
    return sa.select(sa.func.max(message.c.position)).where(
        message.c.campaign_id == campaign_id, message.c.state == state, message.c.position < position
    )


def _rows(conn: sa.Connection, *where: sa.ColumnExpressionArgument[bool] | sa.TextClause) -> sa.MappingResult:
    return conn.execute(
        sa.select(
            message,
            contact.c.name,
            contact.c.first_name,
            contact.c.last_name,
            contact.c.language,
            contact.c.time_zone,
            contact.c.consent_source,
            contact.c.consent_at,
            contact.c.consent_until,
            contact.c.consent_frequency,
            contact.c.fields,
            campaign.c.name.label("campaign_name"),
            sa.func.coalesce(wording.c.template, campaign.c.template).label("template"),
            campaign.c.texter,
            campaign.c.fields.label("campaign_fields"),
        )
        .outerjoin(contact, contact.c.id == message.c.contact_id)
        .outerjoin(campaign, campaign.c.id == message.c.campaign_id)
        .outerjoin(wording, wording.c.id == message.c.wording_id)
        .where(*where)
    ).mappings()


def _sendable(conn: sa.Connection, campaign_id: int, now: float, after: int) -> Iterator[Mapping[Any, Any]]:
    """Queued messages that neither hours nor caps hold, in order; the gate is still to be asked."""
    for light in holding.sendable(conn, campaign_id, now, after):
        row = _rows(conn, message.c.id == light["id"]).first()
        if row is not None:
            yield row


def _zones(row: Mapping[Any, Any]) -> tuple[str, ...]:
    return hours.zones_of(row["number"], row["time_zone"] or "")


# -- who comes next -------------------------------------------------------------------------------


def next_up(
    store: Store, clock: Clock, campaign_id: int, after_position: int, limit: int = 8
) -> tuple[NextUp, ...]:
    """Who stands behind the card, the held ones with their reason."""
    now = clock.now()
    found: list[NextUp] = []
    with store.read() as conn:
        for light in holding.queue(conn, campaign_id, after_position):
            row = _rows(conn, message.c.id == light["id"]).first()
            if row is not None:
                found.append(_next(conn, now, row, _zones(light)))
            if len(found) >= limit:
                break
    return tuple(found)


def _next(conn: sa.Connection, now: float, row: Mapping[Any, Any], zones: tuple[str, ...]) -> NextUp:
    verdict = gate.check(conn, now, row)
    badge = _held_words(verdict, zones)
    if not badge:
        size = len(sms.split(row["text"]).segments)
        badge = f"{size} segments" if size > 1 else ""
    name = row["name"] or numbers.display(row["number"])
    held = ending(zones, verdict.until, now) if verdict.verdict == "hold" else NO_ENDING
    return NextUp(row["id"], name, local(zones, now).time, badge, held)


def _held_words(verdict: Gate, zones: tuple[str, ...]) -> str:
    if verdict.verdict == "blocked":
        return "opted out"
    if verdict.verdict == "go" or verdict.rule == "day":
        return ""
    if verdict.until is None:
        return "held: no time zone" if not zones else "held"
    return f"held until {local(zones[:1], verdict.until).time}"


def held_count(store: Store, clock: Clock, campaign_id: int) -> int:
    """How many of the first 20,000 in the queue are outside their hours, or were texted enough for now."""
    roll(store, clock, campaign_id)
    return holding.held(store, clock, campaign_id).count


def held_until(store: Store, clock: Clock, campaign_id: int) -> float | None:
    """When the first of those who are held may be texted (UTC seconds); None when that is not known."""
    return holding.held(store, clock, campaign_id).until


def eta(store: Store, clock: Clock, campaign_id: int) -> float | None:
    """Seconds until the queue is empty at the pace of the last texts; None without a pace."""
    with store.read() as conn:
        latest = (
            sa.select(message.c.claimed_at)
            .where(message.c.campaign_id == campaign_id, message.c.state == "sent")
            .order_by(message.c.position.desc())
            .limit(PACE_OF)
        )
        times = sorted(float(at) for at in conn.execute(latest).scalars() if at is not None)
        gaps = [b - a for a, b in itertools.pairwise(times) if 0 <= b - a <= PACE_PAUSE]
        if not gaps:
            return None
        queued = conn.execute(
            sa.select(sa.func.count())
            .select_from(message)
            .where(message.c.campaign_id == campaign_id, message.c.state == "queued")
        ).scalar_one()
    return sum(gaps) / len(gaps) * int(queued)


# -- the outbox -----------------------------------------------------------------------------------

_OPEN = "message.direction = 'out' AND message.state IN ('unknown', 'sending', 'clicked', 'not_sent')"


def outbox(store: Store, limit: int = 30) -> tuple[OutboxItem, ...]:
    """What is under way or undecided, all of it first (as far as ``limit``), then the latest that left."""
    with store.read() as conn:
        undecided = list(
            _rows(
                conn, sa.text(_OPEN), message.c.resolution == "", message.c.click_id.is_not(None)
            ).fetchmany(limit)
        )
        left = limit - len(undecided)
        latest = conn.execute(
            sa.select(message.c.id)
            .where(message.c.click_id.is_not(None), message.c.state == "sent")
            .order_by(message.c.click_id.desc())
            .limit(max(0, left))
        ).scalars()
        rows = [*undecided, *_rows(conn, message.c.id.in_(list(latest)))]
    rows.sort(key=lambda row: -(row["click_id"] or 0))
    return tuple(map(_item, rows))


def _item(row: Mapping[Any, Any]) -> OutboxItem:
    return OutboxItem(
        message_id=row["id"],
        name=row["name"] or "",
        number_display=numbers.display(row["number"]),
        state=row["state"],
        delivery=row["delivery"],
        reason=row["reason"],
        parts=row["parts"],
        parts_sent=row["parts_sent"],
        text=row["text"],
        can_take_back=row["state"] == "clicked",
        leaves_at=row["not_before"] if row["state"] == "clicked" else None,
    )
