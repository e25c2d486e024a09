"""One walk over a period's texts in the order of time: who was texted, who answered, how soon, when."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from app.store import tables as t
from app.store.stopping import Stopped
from app.texting.budgets import LEFT

#: Every zone is whole quarters of an hour off UTC, so a text's quarter tells its hour and its day.
QUARTER = 900
#: Threads with the most texts that are looked at for the list of people; some are no people's.
CANDIDATES = 60
_CHUNK = 5_000

# What a text is to the figures, made in SQL: a whole number is quick to look at a million times.
ANSWER, _MACHINE, _OPT_OUT, _SYSTEM, _FAILED = 0, 1, 2, 3, 4
#: From here on texts that left or may have: OURS + 8 * state + 2 * delivery + (1 for one's own phone).
OURS = 16
FIRST = 64  # more, for a campaign's first message
_STATES = LEFT
_DELIVERY = ("", "pending", "delivered", "failed")
_KINDS = range(2 * FIRST)
#: Those that say nothing of the person of their thread.
_NOBODYS = frozenset({_SYSTEM, _FAILED, *(what for what in _KINDS if what >= OURS and what & 1)})
_REACHED = frozenset(what for what in _KINDS if what >= OURS and (what >> 1) & 3 == 2)
#: 0 = sent, 1 = received, 2 = neither.
_SIDES = tuple(0 if what >= OURS else 1 if what <= _OPT_OUT else 2 for what in _KINDS)

_m, _j = t.message.c, t.judgement.c


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` until before ``end``, UTC seconds."""

    start: float
    end: float


#: All there is.
ALWAYS = Period(0.0, 1e12)


@dataclass(frozen=True, slots=True)
class Delays:
    """How long it took, in seconds; None where it was never."""

    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: a period, one campaign or all, and no line of ``practice``."""

    period: Period
    campaign_id: int | None
    practice: tuple[int, ...]

    @classmethod
    def of(cls, conn: sa.Connection, period: Period, campaign_id: int | None) -> Scope:
        """With the practice lines that there are."""
        lines = conn.execute(sa.select(t.line.c.id).where(t.line.c.practice).order_by(t.line.c.id)).scalars()
        return cls(period, campaign_id, tuple(lines))

    def texts(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on message. Its created_at is when it left or came in."""
        found = [_m.created_at >= self.period.start, _m.created_at < self.period.end]
        if self.campaign_id is not None:
            found.append(_m.campaign_id == self.campaign_id)
        if self.practice:
            found.append(sa.func.coalesce(_m.line_id, 0).not_in(self.practice))
        return found


@dataclass(slots=True)
class Walked:
    """What the walk counted. People are ids of conversations."""

    sent: int = 0
    unknown: int = 0
    not_sent: int = 0
    asked_report: int = 0
    delivered: int = 0
    undelivered: int = 0
    received: int = 0
    by_machines: int = 0
    segments: dict[int, tuple[int, int]] = field(default_factory=dict)  # line (0 = gone) -> texts, segments
    texted: set[int] = field(default_factory=set)
    reached: set[int] = field(default_factory=set)  # of those, who a report says has a text
    answered: set[int] = field(default_factory=set)
    theirs: Delays = Delays(0, None, None)
    ours: Delays = Delays(0, None, None)
    heat_sent: tuple[tuple[int, ...], ...] = ()
    heat_received: tuple[tuple[int, ...], ...] = ()
    days: dict[dt.date, tuple[int, int]] = field(default_factory=dict)
    top: tuple[tuple[int, int, int], ...] = ()  # conversation, texts to them, texts of theirs


def midnight(day: dt.date, zone: dt.tzinfo | None) -> float:
    """When a day begins, in UTC seconds; where clocks skip its midnight, the moment they do."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def walk(
    conn: sa.Connection,
    scope: Scope,
    zone: dt.tzinfo | None = None,
    *,
    earlier: float | None = None,
    also: Callable[[Sequence[Sequence[Any]]], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Walked:
    """Walk over the texts of ``scope``. ``progress`` gets thousandths, up to 900. Raises ``Stopped``.

    ``also`` is given all of them too (thread, time, what it is, line, segments, campaign), and those since
    ``earlier``, which are not counted here.
    """
    walker, first = _Walker(), scope.period.start
    if earlier is not None:
        scope = replace(scope, period=replace(scope.period, start=earlier))
    start, end = _span(conn, scope.period) if progress is not None else (0.0, 1.0)
    for chunk in chunks(conn, _query(scope), stopped):
        if also is not None:
            also(chunk)
        counted = chunk if chunk[0][1] >= first else chunk[bisect_left(chunk, first, key=itemgetter(1)) :]
        walker.take(counted)
        if progress is not None:
            progress(max(0, min(900, int(900 * (chunk[-1][1] - start) / (end - start)))), 1000)
    return walker.done(zone)


def chunks(
    conn: sa.Connection, query: sa.Select[Any], stopped: Callable[[], bool] | None
) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows of ``query`` as plain tuples, some thousand at a time. Raises ``Stopped``."""
    cursor: Any = conn.execute(query).cursor  # SQLAlchemy's own rows would take as long again
    try:
        while chunk := cursor.fetchmany(_CHUNK):
            yield chunk
            if stopped is not None and stopped():
                raise Stopped
    except Exception as error:
        if stopped is not None and stopped():
            raise Stopped from error
        raise
    finally:
        cursor.close()


def _span(conn: sa.Connection, period: Period) -> tuple[float, float]:
    """From the first text that there may be to the last; never nothing."""
    # Two questions: asked together, they would look at every text.
    first = conn.execute(sa.select(sa.func.min(_m.created_at))).scalar()
    last = conn.execute(sa.select(sa.func.max(_m.created_at))).scalar()
    start = max(period.start, first or 0.0)
    return start, max(min(period.end, last or 0.0), start + 1.0)


def _kind_of_text() -> sa.ColumnElement[int]:
    """What a text is to the figures, of message and its judgement."""
    state = sa.case(*((_m.state == name, 8 * n) for n, name in enumerate(_STATES)), else_=0)
    delivery = sa.case(*((_m.delivery == name, 2 * n) for n, name in enumerate(_DELIVERY) if n), else_=0)
    kind = sa.case((_m.kind == "forward", 1), (_m.kind == "first", FIRST), else_=0)
    return sa.case(
        (_m.state == "not_sent", _FAILED),
        (_m.direction == "out", OURS + state + delivery + kind),
        (_m.kind == "system", _SYSTEM),
        (_j.tier == "HARD", _OPT_OUT),
        (sa.func.coalesce(_j.corrected, _j.labels) == "automatic", _MACHINE),
        else_=ANSWER,
    )


def _query(scope: Scope) -> sa.Select[Any]:
    counted = sa.or_(_m.direction == "in", _m.state.in_((*LEFT, "not_sent")))
    return (
        sa.select(
            _m.conversation_id, _m.created_at, _kind_of_text(), _m.line_id, _m.parts_sent, _m.campaign_id
        )
        .select_from(t.message.outerjoin(t.judgement, sa.and_(_j.message_id == _m.id, _m.direction == "in")))
        .where(counted, *scope.texts())
        .order_by(_m.created_at, _m.id)
    )


class _Walker:
    def __init__(self) -> None:
        self.kinds: Counter[Any] = Counter()  # what it is, its line, its segments
        self.quarters: Counter[float] = Counter()  # four times which, and _SIDES
        # Plain numbers by thread: the garbage collector, which stops all else, need not look at them.
        self.to: dict[int, int] = {}
        self.of: dict[int, int] = {}
        #: When our last text left; where theirs is the last that counts, since when it waits, with a minus.
        self.last: dict[int, float] = {}
        self.reached: set[int] = set()
        self.answered: set[int] = set()
        self.delays: tuple[list[float], list[float]] = ([], [])  # theirs, ours

    def take(self, chunk: Sequence[Sequence[Any]]) -> None:
        """Texts in the order of time."""
        self.kinds.update([row[2:5] for row in chunk])
        self.quarters.update([row[1] // QUARTER * 4 + _SIDES[row[2]] for row in chunk])
        to, of, last = self.to, self.of, self.last
        theirs, ours = self.delays[0].append, self.delays[1].append
        for thread, at, what, _line, _parts, _campaign in chunk:
            if thread is None or what in _NOBODYS:
                continue
            before = last.get(thread)
            if what >= OURS:
                to[thread] = to.get(thread, 0) + 1
                if what in _REACHED:
                    self.reached.add(thread)
                if before is not None and before < 0 and what < FIRST:
                    ours(at + before)
                last[thread] = at
            else:
                of[thread] = of.get(thread, 0) + 1
                if what == ANSWER and (before is None or before >= 0):
                    if before is not None:
                        theirs(at - before)
                        self.answered.add(thread)
                    last[thread] = -at

    def done(self, zone: dt.tzinfo | None) -> Walked:
        """What came of it."""
        found = Walked(texted=set(self.to), reached=self.reached, answered=self.answered)
        found.theirs, found.ours = delays(self.delays[0]), delays(self.delays[1])
        for (what, line, parts), count in self.kinds.items():
            _add(found, what, line, parts, count)
        to, of = self.to.get, self.of.get
        best = nsmallest(CANDIDATES, ((-to(each, 0) - of(each, 0), each) for each in {**self.of, **self.to}))
        found.top = tuple((each, to(each, 0), of(each, 0)) for _, each in best)
        _by_clock(found, self.quarters, zone)
        return found


def _add(found: Walked, what: int, line: int | None, parts: int, count: int) -> None:
    if what >= OURS:
        state, delivery = _STATES[(what - OURS) % FIRST // 8], _DELIVERY[(what >> 1) & 3]
        if state == "unknown":
            found.unknown += count
        else:
            found.sent += count
            found.asked_report += count if delivery else 0
            found.delivered += count if delivery == "delivered" else 0
            found.undelivered += count if delivery == "failed" else 0
        texts, segments = found.segments.get(line or 0, (0, 0))
        found.segments[line or 0] = (texts + count, segments + count * max(parts, 1))
    elif what == _FAILED:
        found.not_sent += count
    elif what != _SYSTEM:
        found.received += count
        found.by_machines += count if what == _MACHINE else 0


def _by_clock(found: Walked, quarters: Mapping[float, int], zone: dt.tzinfo | None) -> None:
    heat = ([[0] * 24 for _ in range(7)], [[0] * 24 for _ in range(7)])
    days: tuple[dict[int, int], dict[int, int]] = ({}, {})
    offsets: dict[int, int | None] = {}
    for key, count in quarters.items():
        quarter, side = divmod(int(key), 4)
        if side > 1:
            continue
        utc_day = quarter // 96
        if utc_day not in offsets:
            offsets[utc_day] = _offset(utc_day, zone)
        offset = offsets[utc_day]
        at = quarter * QUARTER
        at += _offset_at(at, zone) if offset is None else offset
        day = at // 86_400
        heat[side][(day + 3) % 7][at % 86_400 // 3600] += count  # 1 January 1970 was a Thursday
        days[side][day] = days[side].get(day, 0) + count
    found.heat_sent, found.heat_received = (tuple(tuple(row) for row in each) for each in heat)
    epoch = dt.date(1970, 1, 1).toordinal()
    sent, received = days
    found.days = {
        dt.date.fromordinal(epoch + day): (sent.get(day, 0), received.get(day, 0))
        for day in {**sent, **received}
    }


def _offset(utc_day: int, zone: dt.tzinfo | None) -> int | None:
    """The seconds between UTC and the clock on a day of UTC's; None on a day on which that changes."""
    ends = {_offset_at(utc_day * 86_400 + second, zone) for second in (0, 86_399)}
    return ends.pop() if len(ends) == 1 else None


def _offset_at(at: float, zone: dt.tzinfo | None) -> int:
    found = dt.datetime.fromtimestamp(at, dt.UTC).astimezone(zone).utcoffset()
    return int(found.total_seconds()) if found is not None else 0


def delays(found: Sequence[float]) -> Delays:
    """Median and 90th percentile (nearest rank); a clock that was set back makes no negative ones."""
    if not found:
        return Delays(0, None, None)
    values, count = list(found), len(found)
    if min(values) < 0:
        values = [max(0.0, each) for each in values]
    median = _nth(values, count // 2)
    if not count % 2:
        median = (median + _nth(values, count // 2 - 1)) / 2
    return Delays(count, median, _nth(values, math.ceil(0.9 * count) - 1))


def _nth(values: list[float], place: int) -> float:
    """The value that would stand at ``place`` if they were sorted; sorting them all would stop the window."""
    while len(values) > _CHUNK:
        pivot = values[len(values) // 2]
        less = [value for value in values if value < pivot]
        more = [value for value in values if value > pivot]
        if place < len(less):
            values = less
        elif place >= len(values) - len(more):
            place -= len(values) - len(more)
            values = more
        else:
            return pivot
    return sorted(values)[place]
