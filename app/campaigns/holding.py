"""Who in the queue is held for now: how many, why, and when the first of them may be texted."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.campaigns import caps, gate, hours
from app.campaigns.caps import Limits
from app.campaigns.gate import Gate
from app.campaigns.hours import HoursError, Policy
from app.clock import Clock
from app.store.engine import Store
from app.store.tables import campaign, contact, conversation, message

#: People of the queue that are looked at.
LOOKED_AT = 20_000
CHUNK = 500
#: People whose caps are asked at a time: first few, since the next card is wanted soon, then more.
_FIRST_ASKED, _MOST_ASKED = 50, 400
#: At most this share of the time is spent on looking; in a small queue that is always.
_SHARE = 1 / 30
#: Who is capped for days is asked about again after so many seconds.
_ASKED_AGAIN = 600.0
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Held:
    """``count`` of the first 20,000 are held; ``until`` is when the first of them may go (UTC seconds).

    ``until`` is None when nobody is held, or when only a person can help: a time zone that is not known, a
    campaign that is paused or has ended. ``why`` says what holds all of them, "" where each has a reason.
    """

    count: int = 0
    until: float | None = None
    why: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a campaign asks of all its texts."""

    policy: Policy
    starts_at: float | None = None
    state: str = "running"
    ends_at: float | None = None
    texts: int = 0
    days: int = 0
    keeps_promises: bool = True

    def limits(self, promised: str | None) -> Limits:
        """How often a person who was promised this may be texted."""
        return Limits(self.texts, self.days, (promised or "") if self.keeps_promises else "")

    def held(self, now: float) -> Gate | None:
        """What holds the whole campaign."""
        return gate.of_campaign(self.state, self.starts_at, self.ends_at, now)


def terms_of(conn: sa.Connection, campaign_id: int) -> Terms:
    """The campaign's terms; hours that cannot be read are closed ones, as they are to the gate."""
    c = campaign.c
    query = sa.select(
        c.hours, c.state, c.starts_at, c.ends_at, c.cap_texts, c.cap_days, c.promise_reason
    ).where(c.id == campaign_id)
    row = conn.execute(query).first()
    if row is None:
        return Terms(Policy(), state="")
    return Terms(
        _policy(row.hours), row.starts_at, row.state, row.ends_at, row.cap_texts, row.cap_days,
        not row.promise_reason,
    )  # fmt: skip


def _policy(stored: str) -> Policy:
    try:
        return hours.from_json(stored or "")
    except HoursError:
        return Policy((None,) * 7)


def queue(conn: sa.Connection, campaign_id: int, after: int) -> Iterator[Mapping[Any, Any]]:
    """What is queued behind a place, in order: number, position, the person's zone, and when it is stale."""
    wanted = (
        sa.select(
            message.c.id, message.c.number, message.c.position, message.c.due_at, message.c.expires_at,
            contact.c.time_zone, contact.c.consent_frequency,
        )
        .outerjoin(contact, contact.c.id == message.c.contact_id)
        .where(message.c.campaign_id == campaign_id, message.c.state == "queued")
        .order_by(message.c.position)
        .limit(CHUNK)
    )  # fmt: skip
    while True:
        rows = conn.execute(wanted.where(message.c.position > after)).mappings().all()
        yield from rows
        if len(rows) < CHUNK:
            return
        after = rows[-1]["position"]


def sendable(conn: sa.Connection, campaign_id: int, now: float, after: int) -> Iterator[Mapping[Any, Any]]:
    """Of the queue, who is inside their hours and under every cap; the gate is still to be asked.

    Nobody, at once, where the whole campaign is held. Who is held by a cap is found for many at a time.
    """
    terms = terms_of(conn, campaign_id)
    if terms.held(now) is not None:
        return
    known = _known_capped(conn, campaign_id, terms, now)
    size = _FIRST_ASKED
    some: list[Mapping[Any, Any]] = []
    for row in queue(conn, campaign_id, after):
        if known.get(row["id"], 0.0) <= now and _in_time(row, now) and _hours(terms, row, now).allowed:
            some.append(row)
        if len(some) >= size:
            yield from _under_caps(conn, terms, some, now, known)
            some, size = [], min(2 * size, _MOST_ASKED)
    yield from _under_caps(conn, terms, some, now, known)


def _in_time(row: Mapping[Any, Any], now: float) -> bool:
    due, expires = row["due_at"], row["expires_at"]
    return (due is None or due <= now) and (expires is None or expires > now)


def _hours(terms: Terms, row: Mapping[Any, Any], now: float) -> hours.HoursVerdict:
    return hours.check(terms.policy, hours.zones_of(row["number"], row["time_zone"] or ""), now)


def _under_caps(
    conn: sa.Connection, terms: Terms, rows: Sequence[Mapping[Any, Any]], now: float, known: dict[int, float]
) -> Iterable[Mapping[Any, Any]]:
    held = capped(conn, terms, rows, now, lasting=known)
    return [row for row in rows if row["id"] not in held]


_Known = tuple[tuple[Terms, int], dict[int, float]]
_capped: weakref.WeakKeyDictionary[sa.Engine, dict[int, _Known]] = weakref.WeakKeyDictionary()


def _known_capped(conn: sa.Connection, campaign_id: int, terms: Terms, now: float) -> dict[int, float]:
    """Message id -> until when, of those who were found to be capped in these ten minutes.

    So that a hundred thousand of them are asked about once and not at every look.
    """
    key = (terms, int(now // _ASKED_AGAIN))
    with _lock:
        mine = _capped.setdefault(conn.engine, {})
        before = mine.get(campaign_id)
        if before is None or before[0] != key:
            before = mine[campaign_id] = (key, {})
        return before[1]


def capped(
    conn: sa.Connection,
    terms: Terms,
    rows: Sequence[Mapping[Any, Any]],
    now: float,
    *,
    campaign_only: bool = False,
    lasting: dict[int, float] | None = None,
) -> dict[int, float | None]:
    """Id -> until when, of the rows (id, number, consent_frequency) whom a cap or a promise holds.

    ``campaign_only``: by what the campaign and the promise say alone, not for want of an answer.
    ``lasting`` is filled with those whom no answer frees.
    """
    limits = {row["id"]: terms.limits(row["consent_frequency"]) for row in rows}
    window = max((each.window for each in set(limits.values())), default=caps.WINDOW_SECONDS)
    left = caps.recent(conn, {row["number"] for row in rows}, now - window)
    answered = _answered(conn, list(left)) if left else {}
    found: dict[int, float | None] = {}
    for row in rows:
        mine = tuple(each for key, each in left.get(row["number"], ()) if key != row["id"])
        if not mine:
            continue
        until, lasts = caps.held_until(
            mine, answered.get(row["number"]), limits[row["id"]], now, campaign_only=campaign_only
        )
        if until is not None:
            found[row["id"]] = until
            if lasts and lasting is not None:
                lasting[row["id"]] = until
    return found


def _answered(conn: sa.Connection, numbers: Sequence[str]) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for start in range(0, len(numbers), _MOST_ASKED):
        some = numbers[start : start + _MOST_ASKED]
        rows = conn.execute(
            sa.select(conversation.c.number, conversation.c.last_in_at).where(conversation.c.number.in_(some))
        )
        found.update((number, at) for number, at in rows)
    return found


_kept: weakref.WeakKeyDictionary[Store, dict[int, tuple[int, float, Held]]] = weakref.WeakKeyDictionary()


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
    terms = terms_of(conn, campaign_id)
    whole = terms.held(now)
    # Before its start a campaign is looked at as it will stand then.
    at = max(now, terms.starts_at or now)
    moments: set[float | None] = set()
    count = 0
    inside: list[Mapping[Any, Any]] = []
    for place, row in enumerate(queue(conn, campaign_id, -1)):
        if place >= LOOKED_AT:
            break
        held, until = _of_the_clock(terms, row, at)
        if held or whole is not None:
            count += 1
            moments.add(until if held else at)
        else:
            inside.append(row)
    if whole is not None and whole.until is None:
        return Held(count, None, whole.why if count else "")
    for start in range(0, len(inside), _MOST_ASKED):
        some = capped(conn, terms, inside[start : start + _MOST_ASKED], now)
        count += len(some)
        moments.update(some.values())
    first = min((moment for moment in moments if moment is not None), default=None)
    return Held(count, first, whole.why if whole is not None and count else "")


def _of_the_clock(terms: Terms, row: Mapping[Any, Any], at: float) -> tuple[bool, float | None]:
    """Whether hours or its own moment hold a text at ``at``, and until when."""
    if row["expires_at"] is not None and row["expires_at"] <= at:
        return True, None
    then = max(at, row["due_at"] or at)
    verdict = _hours(terms, row, then)
    return then > at or not verdict.allowed, then if verdict.allowed else verdict.until
