"""Who in the queue is held for now: how many, and when the first of them may be texted."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import gate, hours
from app.campaigns.hours import HoursError, Policy
from app.clock import Clock
from app.store.engine import Store
from app.store.tables import campaign, contact, message

#: People of the queue that are looked at, and those inside their hours whose other rules are asked.
LOOKED_AT = 20_000
ASKED = 500
CHUNK = 500
#: At most this share of the time is spent on looking; in a small queue that is always.
_SHARE = 1 / 30


@dataclass(frozen=True, slots=True)
class Held:
    """``count`` of the first 20,000 are held; ``until`` is when the first of them may go (UTC seconds).

    ``until`` is None when nobody is held, or when only a person can help (a time zone that is not known).
    """

    count: int = 0
    until: float | None = None


def queue(conn: sa.Connection, campaign_id: int, after: int) -> Iterator[Mapping[Any, Any]]:
    """What is queued behind a place, in order: id, number, position and the person's own time zone."""
    wanted = (
        sa.select(message.c.id, message.c.number, message.c.position, contact.c.time_zone)
        .outerjoin(contact, contact.c.id == message.c.contact_id)
        .where(message.c.campaign_id == campaign_id, message.c.state == "queued")
        .order_by(message.c.position)
        .limit(CHUNK)
    )
    while True:
        rows = conn.execute(wanted.where(message.c.position > after)).mappings().all()
        yield from rows
        if len(rows) < CHUNK:
            return
        after = rows[-1]["position"]


def policy_of(conn: sa.Connection, campaign_id: int) -> Policy:
    """The campaign's hours; hours that cannot be read are closed ones, as they are to the gate."""
    stored = conn.execute(sa.select(campaign.c.hours).where(campaign.c.id == campaign_id)).scalar()
    try:
        return hours.from_json(stored or "")
    except HoursError:
        return Policy((None,) * 7)


_kept: weakref.WeakKeyDictionary[Store, dict[int, tuple[int, float, Held]]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def held(store: Store, clock: Clock, campaign_id: int) -> Held:
    """Who is held now. What was found in a long queue is good for a moment, at most until the minute ends."""
    minute, began = int(clock.now() // 60), time.monotonic()
    with _lock:
        known = _kept.setdefault(store, {}).get(campaign_id)
    if known is not None and known[0] == minute and began < known[1]:
        return known[2]
    with store.read() as conn:
        found = _look(conn, campaign_id, clock.now())
    ended = time.monotonic()
    with _lock:
        _kept.setdefault(store, {})[campaign_id] = (minute, ended + (ended - began) / _SHARE, found)
    return found


def _look(conn: sa.Connection, campaign_id: int, now: float) -> Held:
    policy = policy_of(conn, campaign_id)
    count = 0
    moments: set[float | None] = set()
    inside: list[Mapping[Any, Any]] = []
    for number, row in enumerate(queue(conn, campaign_id, -1)):
        if number >= LOOKED_AT:
            break
        verdict = hours.check(policy, hours.zones_of(row["number"], row["time_zone"] or ""), now)
        if not verdict.allowed:
            count += 1
            moments.add(verdict.until)
        elif len(inside) < ASKED:
            inside.append(
                {
                    "id": row["id"],
                    "number": row["number"],
                    "campaign_id": campaign_id,
                    "kind": "first",
                    "resend_of": None,
                }
            )
    for found in gate.check_many(conn, now, inside):
        if found.verdict == "hold" and found.rule == "caps":
            count += 1
            moments.add(found.until)
    return Held(count, min((moment for moment in moments if moment is not None), default=None))
