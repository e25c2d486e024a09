"""What may leave on a line: so many texts in a minute, an hour and a day, so many people in a month.

A text counts from the moment its line took it, sent or unknown; one that surely did not leave does not. A
minute and an hour are the last 60 seconds and 60 minutes. A day is this computer's local day, a month begins
on a day of one's choice; both are as long as the clocks make them when they change.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from app.store.engine import Store
from app.store.events import CampaignChanged
from app.store.prepared import Prepared
from app.store.tables import campaign_line, line, message
from app.texting.rows import UNDER_WAY

MINUTE, HOUR = 60.0, 3600.0
#: The states of a text that left, or may have.
LEFT = ("sending", "sent", "unknown")
#: The most that a limit can be: beyond it, it is none.
MOST = 1_000_000

Rule = Literal["", "minute", "hour", "day", "people"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one line; 0 is no limit. ``month_day`` (1-31) is the day its month begins.

    In a shorter month than that, its last day counts.
    """

    per_minute: int = 0
    per_hour: int = 0
    per_day: int = 0
    people_month: int = 0
    month_day: int = 1

    @property
    def any(self) -> bool:
        """Whether there is a limit at all."""
        return bool(self.per_minute or self.per_hour or self.per_day or self.people_month)

    @property
    def words(self) -> str:
        """ "20 a minute, 400 a day", or "no limit set"."""
        parts = (
            (self.per_minute, "a minute"),
            (self.per_hour, "an hour"),
            (self.per_day, "a day"),
            (self.people_month, "people a month"),
        )
        return ", ".join(f"{count:,} {of}" for count, of in parts if count) or "no limit set"


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Usage:
    """What left on a line; ``people`` of its month, None where nobody asked for it."""

    minute: int = 0
    hour: int = 0
    day: int = 0
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one more text may leave; else the rule, the sentence ``why``, and ``until`` (UTC seconds)."""

    allowed: bool = True
    rule: Rule = ""
    why: str = ""
    until: float | None = None


#: No limit is in the way.
GO = Verdict()


def limits_of(row: Mapping[Any, Any]) -> Limits:
    """The limits in a row of ``line``."""
    return Limits(row["per_minute"], row["per_hour"], row["per_day"], row["people_month"], row["month_day"])


# -- days and months --------------------------------------------------------------------------------


def day_start(now: float) -> float:
    """When this computer's local day began, in UTC seconds."""
    return _midnight(_local(now).date())


def day_end(now: float) -> float:
    """When the next local day begins."""
    return _midnight(_local(now).date() + timedelta(days=1))


def month_start(now: float, month_day: int) -> float:
    """When the month began that ``now`` lies in."""
    return _midnight(_month(now, month_day)[0])


def month_end(now: float, month_day: int) -> float:
    """When the next month begins."""
    return _midnight(_month(now, month_day)[1])


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at).astimezone()


def _midnight(day: date) -> float:
    # The naive time of that day: with the offset of another hour it would be wrong when clocks change.
    found = datetime(day.year, day.month, day.day).astimezone()
    if found.date() < day:  # clocks go forward at midnight, so there is none: the day begins after the gap
        found = datetime(day.year, day.month, day.day, fold=1).astimezone()
    return found.timestamp()


def _month(now: float, month_day: int) -> tuple[date, date]:
    today = _local(now).date()
    begin = _day_in(today.year, today.month, month_day)
    if begin > today:
        year, month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
        return _day_in(year, month, month_day), begin
    year, month = (today.year, today.month + 1) if today.month < 12 else (today.year + 1, 1)
    return begin, _day_in(year, month, month_day)


def _day_in(year: int, month: int, day: int) -> date:
    return date(year, month, min(max(day, 1), calendar.monthrange(year, month)[1]))


def clock_words(at: float, now: float, *, seconds: bool = False) -> str:
    """ "10:42", "10:42:15", or "1 December" where that is more than a day away."""
    then = _local(at)
    if at - now > 36 * HOUR:
        return date_words(at)
    return f"{then:%H:%M:%S}" if seconds else f"{then:%H:%M}"


def date_words(at: float) -> str:
    """ "1 December"."""
    then = _local(at)
    return f"{then.day} {then:%B}"


# -- counting -----------------------------------------------------------------------------------------

# The words of ix_message_line_left: counted from the index alone.
_HERE = (
    message.c.line_id == sa.bindparam("line_id", type_=sa.Integer),
    message.c.direction == sa.literal_column("'out'"),
    message.c.state.in_([sa.literal_column(f"'{state}'") for state in LEFT]),
    message.c.claimed_at >= sa.bindparam("since", type_=sa.Float),
)
_COUNT = Prepared(sa.select(sa.func.count()).select_from(message).where(*_HERE))
_PEOPLE = Prepared(sa.select(sa.func.count(sa.distinct(message.c.number))).where(*_HERE))
_NTH = Prepared(
    sa.select(message.c.claimed_at)
    .where(*_HERE)
    .order_by(message.c.claimed_at)
    .limit(sa.literal_column("1"))
    .offset(sa.bindparam("before", type_=sa.Integer))
)
# By the number's own index: one person has few texts. The + keeps the other one out of it.
_KNOWN = Prepared(
    sa.select(message.c.id)
    .where(
        message.c.number == sa.bindparam("number", type_=sa.Text),
        message.c.direction == sa.literal_column("'out'"),
        message.c.claimed_at >= sa.bindparam("since", type_=sa.Float),
        message.c.state.in_([sa.literal_column(f"'{state}'") for state in LEFT]),
        sa.text("+message.line_id = :line_id").bindparams(sa.bindparam("line_id", type_=sa.Integer)),
    )
    .limit(sa.literal_column("1"))
)
_WAITING = Prepared(
    sa.select(message.c.number)
    .where(
        message.c.line_id == sa.bindparam("line_id", type_=sa.Integer),
        message.c.state == sa.literal_column("'clicked'"),
        sa.text(UNDER_WAY),
    )
    .distinct()
)
_SEGMENTS = Prepared(sa.select(sa.func.sum(sa.func.max(message.c.parts_sent, 1))).where(*_HERE))


def left_since(conn: sa.Connection, line_id: int, since: float) -> int:
    """How many texts left on a line since then (UTC seconds): sent, unknown, or being sent now."""
    return int(_COUNT.rows(conn, line_id=line_id, since=since)[0][0])


def people_since(conn: sa.Connection, line_id: int, since: float) -> int:
    """How many numbers those went to."""
    return int(_PEOPLE.rows(conn, line_id=line_id, since=since)[0][0])


def segments_since(conn: sa.Connection, line_id: int, since: float) -> int:
    """How many segments those were, as far as it is known: at least one for each text."""
    return int(_SEGMENTS.rows(conn, line_id=line_id, since=since)[0][0] or 0)


def usage(conn: sa.Connection, line_id: int, now: float, *, month_day: int = 1, people: bool = True) -> Usage:
    """What left on a line in its minute, hour, day and month up to ``now``."""
    return Usage(
        left_since(conn, line_id, now - MINUTE),
        left_since(conn, line_id, now - HOUR),
        left_since(conn, line_id, day_start(now)),
        people_since(conn, line_id, month_start(now, month_day)) if people else None,
    )


# -- the rules ----------------------------------------------------------------------------------------


def pace(conn: sa.Connection, line_id: int, limits: Limits, now: float) -> float | None:
    """When the next text may leave by the limit of a minute (UTC seconds); None where that is now."""
    return _rolling(conn, line_id, limits.per_minute, MINUTE, now, 0)


def verdict(
    conn: sa.Connection,
    line_id: int,
    name: str,
    limits: Limits,
    now: float,
    number: str,
    *,
    waiting: int = 0,
) -> Verdict:
    """Whether a text to ``number`` fits the limits of an hour, a day and a month. Reads only.

    ``waiting`` is how many clicks wait for the line; they count as if they had left. The pace of a minute is
    no refusal: :func:`pace`.
    """
    if limits.per_day:
        day = left_since(conn, line_id, day_start(now))
        if day + waiting >= limits.per_day:
            until = day_end(now)
            return Verdict(False, "day", _said(name, limits.per_day, "today", day, until, now), until)
    if limits.per_hour:
        later = _rolling(conn, line_id, limits.per_hour, HOUR, now, waiting)
        if later is not None:
            hour = left_since(conn, line_id, now - HOUR)
            return Verdict(False, "hour", _said(name, limits.per_hour, "this hour", hour, later, now), later)
    if limits.people_month:
        return _people(conn, line_id, name, limits, now, number, bool(waiting))
    return GO


def _rolling(
    conn: sa.Connection, line_id: int, most: int, window: float, now: float, waiting: int
) -> float | None:
    """When one more fits into ``most`` in ``window`` seconds; None where it does now."""
    if not most:
        return None
    # A clock that was set back leaves times ahead of now: they count, and hold no longer than the window.
    left = left_since(conn, line_id, now - window)
    over = left + waiting - most + 1
    if over <= 0:
        return None
    if over > left:
        return now + window
    (row,) = _NTH.rows(conn, line_id=line_id, since=now - window, before=over - 1)
    return min(float(row[0]), now) + window


def _people(
    conn: sa.Connection, line_id: int, name: str, limits: Limits, now: float, number: str, waiting: bool
) -> Verdict:
    since = month_start(now, limits.month_day)
    if number and _KNOWN.first(conn, number=number, since=since, line_id=line_id) is not None:
        return GO
    people = people_since(conn, line_id, since)
    if waiting:
        others = {each for (each,) in _WAITING.rows(conn, line_id=line_id)}
        if number in others:
            return GO
        people += sum(
            _KNOWN.first(conn, number=each, since=since, line_id=line_id) is None for each in others
        )
    if people < limits.people_month:
        return GO
    until = month_end(now, limits.month_day)
    why = (
        f"{name} has its {limits.people_month:,} people of this month; it texts new ones again from "
        f"{clock_words(until, now)} on."
    )
    return Verdict(False, "people", why, until)


def _said(name: str, most: int, of: str, left: int, until: float, now: float) -> str:
    goes_on = f"it goes on at {clock_words(until, now)}."
    if left >= most:
        return f"{name} has sent its {most:,} for {of}; {goes_on}"
    return f"{name} has its {most:,} for {of}: {left:,} sent, the rest waits to leave; {goes_on}"


def pace_words(limits: Limits, until: float, now: float) -> str:
    """ "20 a minute: next at 10:42:15"."""
    return f"{limits.per_minute:,} a minute: next at {clock_words(until, now, seconds=True)}"


def hold(conn: sa.Connection, line_id: int, name: str, limits: Limits, now: float, waiting: int) -> str:
    """What the limits say now, for everyone to read; "" while nothing is held."""
    if not limits.any:
        return ""
    found = verdict(conn, line_id, name, limits, now, "")
    if not found.allowed:
        return found.why
    later = pace(conn, line_id, limits, now) if limits.per_minute and waiting else None
    return "" if later is None else pace_words(limits, later, now) + "."


# -- setting them ---------------------------------------------------------------------------------------


def check(limits: Limits) -> str:
    """What is wrong with limits that were typed, as a sentence; "" for nothing."""
    counts = (limits.per_minute, limits.per_hour, limits.per_day, limits.people_month)
    if any(not 0 <= count <= MOST for count in counts):
        return f"A limit is a whole number from 0, which is none, to {MOST:,}."
    return "" if 1 <= limits.month_day <= 31 else "A month begins on a day from 1 to 31."


# -- the lines of a campaign ----------------------------------------------------------------------------


def lines_of(store: Store, campaign_id: int) -> tuple[int, ...]:
    """The lines that were chosen for a campaign; () where it may leave by all of them."""
    with store.read() as conn:
        return chosen(conn, campaign_id)


def chosen(conn: sa.Connection, campaign_id: int) -> tuple[int, ...]:
    """The same on an open connection."""
    query = sa.select(campaign_line.c.line_id).where(campaign_line.c.campaign_id == campaign_id)
    return tuple(conn.execute(query.order_by(campaign_line.c.line_id)).scalars())


def set_lines(store: Store, campaign_id: int, line_ids: Iterable[int]) -> None:
    """Choose the lines of a campaign; none is all of them. Unknown ids are left out."""
    wanted = set(line_ids)
    with store.write() as unit:
        there = unit.conn.execute(sa.select(line.c.id).where(line.c.id.in_(wanted))).scalars().all()
        unit.conn.execute(sa.delete(campaign_line).where(campaign_line.c.campaign_id == campaign_id))
        if there:
            rows = [{"campaign_id": campaign_id, "line_id": key} for key in there]
            unit.conn.execute(sa.insert(campaign_line), rows)
        unit.publish(CampaignChanged(campaign_id))


@dataclass(frozen=True, slots=True)
class LineLeft:
    """A line to choose: ``left_today`` is None where it has no limit of a day."""

    id: int
    name: str
    number: str
    practice: bool
    sent_today: int
    per_day: int

    @property
    def left_today(self) -> int | None:
        """How many more may leave today."""
        return max(self.per_day - self.sent_today, 0) if self.per_day else None


def lines_left(store: Store, now: float) -> tuple[LineLeft, ...]:
    """Every line that is not taken out, with what left on it today."""
    since = day_start(now)
    with store.read() as conn:
        rows = conn.execute(sa.select(line).where(line.c.enabled).order_by(line.c.id)).mappings()
        return tuple(
            LineLeft(
                row["id"],
                row["name"],
                row["number"],
                row["practice"],
                left_since(conn, row["id"], since),
                row["per_day"],
            )
            for row in rows.all()
        )
