"""What stands around the desk's queue: an urgent campaign, the way a text would take, the lines' pace."""

from __future__ import annotations

import threading
import time
import weakref
from dataclasses import dataclass

import sqlalchemy as sa

from app.campaigns import desk
from app.clock import Clock
from app.store.engine import Store
from app.store.tables import campaign, line, message

#: Seconds that a line's pace is counted over.
PACE_SECONDS = 60.0
#: At most this share of the time is spent on looking for urgent cards.
_SHARE = 1 / 30
#: Seconds of looking in vain from which on that counts.
_SLOW = 0.1


@dataclass(frozen=True, slots=True)
class WayOut:
    """The line that a card's text would leave by and the clicks that wait there, or why there is none."""

    message_id: int
    line_id: int = 0
    line_name: str = ""
    waiting: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class LinePace:
    """Texts that left by a line in the last minute."""

    name: str
    per_minute: int


def way_out(store: Store, clock: Clock, message_id: int) -> WayOut | None:
    """Where the text of a card would go if it were pressed now; None when the message is gone."""
    from app.texting import routing

    with store.read() as conn:
        row = conn.execute(sa.select(message).where(message.c.id == message_id)).mappings().first()
        if row is None:
            return None
        found = routing.way_of(conn, clock.now(), row)
        if isinstance(found, str):
            return WayOut(message_id, why=found)
        name = conn.execute(sa.select(line.c.name).where(line.c.id == found.line_id)).scalar_one()
        return WayOut(message_id, found.line_id, name, found.ahead)


_resting: weakref.WeakKeyDictionary[Store, dict[int, float]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def urgent(store: Store, clock: Clock) -> tuple[int, ...]:
    """Running campaigns that are urgent and have a card that may be sent now; the newest first."""
    with store.read() as conn:
        keys = conn.execute(
            sa.select(campaign.c.id)
            .where(campaign.c.urgent, campaign.c.state == "running")
            .order_by(campaign.c.id.desc())
        ).scalars()
        found = tuple(int(key) for key in keys)
    return tuple(key for key in found if _has_cards(store, clock, key))


def _has_cards(store: Store, clock: Clock, campaign_id: int) -> bool:
    """Whether a card may be sent. A long queue of held people is not gone through again at once."""
    began = time.monotonic()
    with _lock:
        rests_until = _resting.setdefault(store, {}).get(campaign_id, 0.0)
    if began < rests_until:
        return False
    if desk.cards(store, clock, campaign_id, limit=1):
        return True
    ended = time.monotonic()
    if ended - began > _SLOW:
        with _lock:
            _resting.setdefault(store, {})[campaign_id] = ended + (ended - began) / _SHARE
    return False


def paces(store: Store, clock: Clock) -> tuple[LinePace, ...]:
    """How many texts left in the last minute, for each line by which one did."""
    m = message.c
    since = clock.now() - PACE_SECONDS
    left = (
        sa.select(sa.func.count())
        .select_from(message)
        .where(
            m.line_id == line.c.id,
            m.direction == "out",
            m.claimed_at > since,
            m.claimed_at.is_not(None),
            m.state == "sent",
        )
        .correlate(line)
        .scalar_subquery()
    )
    query = sa.select(line.c.name, left).where(line.c.enabled).order_by(line.c.id)
    with store.read() as conn:
        return tuple(LinePace(name, int(count)) for name, count in conn.execute(query) if count)


def due_now(store: Store, clock: Clock, campaign_id: int) -> int:
    """How many queued texts of a campaign are due and not yet stale; 0 where nothing ever falls due."""
    m, now = message.c, clock.now()
    query = (
        sa.select(sa.func.count())
        .select_from(message)
        .where(
            m.campaign_id == campaign_id,
            m.state == "queued",
            m.due_at <= now,
            sa.or_(m.expires_at.is_(None), m.expires_at > now),
        )
    )
    with store.read() as conn:
        rule = conn.execute(sa.select(campaign.c.due).where(campaign.c.id == campaign_id)).scalar()
        return int(conn.execute(query).scalar_one()) if rule else 0
