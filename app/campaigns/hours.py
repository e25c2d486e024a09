"""Quiet hours: when a person may be texted, by the clock where they live.

A policy is a window for each weekday on the recipient's wall clock. Where only the number is known it may
lie in several time zones, and every one of them must be inside its window; where none is known, nobody may
be texted until a person says which it is. The zone database (zoneinfo, tzdata) decides on summer time: an
hour that comes twice counts by what the wall clock shows both times, and one that is left out never comes.
"""

from __future__ import annotations

import json
import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.people import numbers

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * DAY_MINUTES
_LOOK_AHEAD_DAYS = 9
_WEEKDAY_SAYS = 6 * 86400

#: Minutes after midnight: the first that is open and the first that is closed again. An end that is not
#: after the start lies on the next day: (1320, 360) is 22:00 to 6:00. (0, 1440) is the whole day.
Span = tuple[int, int]

_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–—]\s*([0-9]{1,2}):([0-9]{2})")
_CLAUSE = re.compile(r"(?:([a-z]+)(?:\s*[-–—]\s*([a-z]+))?\s+)?([0-9][^a-z]*)")


class HoursError(ValueError):
    """Hours that cannot be read; the text says which and how they are written."""


def _default_days() -> tuple[Span | None, ...]:
    return (*(((9 * 60, 20 * 60),) * 6), (12 * 60, 20 * 60))


@dataclass(frozen=True, slots=True)
class Policy:
    """A window for each weekday, Monday first; None closes the day. The default is 9-20, Sunday 12-20."""

    days: tuple[Span | None, ...] = _default_days()

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            raise HoursError("Hours need one window, or none, for each of the seven days.")
        for span in self.days:
            if span is not None and not (
                0 <= span[0] < DAY_MINUTES and 0 <= span[1] <= DAY_MINUTES and span[0] != span[1]
            ):
                raise HoursError(
                    "A window of hours begins and ends between 0:00 and 24:00, and has a length."
                )

    @staticmethod
    def from_json(text: str) -> Policy:
        """The policy kept in ``campaign.hours``; "" is the default. Raises :class:`HoursError`."""
        return from_json(text)

    def to_json(self) -> str:
        """For ``campaign.hours``; "" for the default."""
        return "" if self == Policy() else json.dumps(self.days)

    def is_looser_than(self, other: Policy) -> bool:
        """True when some minute of the week is open here and closed in ``other``."""
        return bool(_open_minutes(self) & ~_open_minutes(other))

    def words(self) -> str:
        """ "Mon-Sat 9:00-20:00, Sun 12:00-20:00"."""
        runs: list[tuple[int, int, Span]] = []
        for day, span in enumerate(self.days):
            if span is None:
                continue
            if runs and runs[-1][1:] == (day - 1, span):
                runs[-1] = (runs[-1][0], day, span)
            else:
                runs.append((day, day, span))
        return ", ".join(f"{_days_words(a, b)} {clock(s[0])}-{clock(s[1])}" for a, b, s in runs) or "never"


def _days_words(first: int, last: int) -> str:
    names = [name.capitalize() for name in DAY_NAMES]
    return names[first] if first == last else f"{names[first]}-{names[last]}"


def _open_minutes(policy: Policy) -> int:
    """The week as bits, one a minute from Monday 0:00; what passes Sunday midnight comes round."""
    bits = 0
    for day, span in enumerate(policy.days):
        if span is not None:
            bits |= ((1 << _length(span)) - 1) << (day * DAY_MINUTES + span[0])
    return (bits | bits >> _WEEK_MINUTES) & ((1 << _WEEK_MINUTES) - 1)


def _length(span: Span) -> int:
    return span[1] - span[0] + (DAY_MINUTES if span[1] < span[0] else 0)


def clock(minute: int) -> str:
    """Minutes after midnight as "9:00"; 1440 is "24:00"."""
    return f"{minute // 60}:{minute % 60:02d}"


# -- reading --------------------------------------------------------------------------------------


def from_json(text: str) -> Policy:
    """The policy kept in a campaign; "" is the default. Raises :class:`HoursError`."""
    if not text:
        return Policy()
    try:
        days = json.loads(text)
        return Policy(tuple(None if span is None else (int(span[0]), int(span[1])) for span in days))
    except (ValueError, TypeError, IndexError, KeyError, RecursionError) as error:
        raise HoursError("The kept hours cannot be read. Set them again.") from error


def parse(text: str) -> Policy:
    """Hours as typed: "00:00-24:00" for every day, or "Mon-Fri 9:00-18:00, Sat 10:00-17:00".

    Days that are not named are closed. Raises :class:`HoursError` with a sentence.
    """
    days: list[Span | None] = [None] * 7
    for clause in text.lower().split(","):
        match = _CLAUSE.fullmatch(clause.strip())
        if match is None:
            raise _unreadable(clause)
        span = _parse_span(match[3].strip())
        for day in _parse_days(match[1], match[2]):
            days[day] = span
    return Policy(tuple(days))


def _parse_span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise _unreadable(text)
    hour, minute, end_hour, end_minute = (int(group) for group in match.groups())
    if minute > 59 or end_minute > 59 or hour > 23 or end_hour * 60 + end_minute > DAY_MINUTES:
        raise _unreadable(text)
    return hour * 60 + minute, end_hour * 60 + end_minute


def _parse_days(first: str | None, last: str | None) -> Iterable[int]:
    if first is None:
        return range(7)
    start = _day(first)
    end = _day(last) if last else start
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]


def _day(word: str) -> int:
    for number, name in enumerate(DAY_NAMES):
        if word[:3] == name:
            return number
    raise _unreadable(word)


def _unreadable(text: str) -> HoursError:
    return HoursError(
        f"“{text.strip()[:40]}” is no window of hours. Write 9:00-20:00 for every day, "
        "or Mon-Fri 9:00-20:00, Sat 10:00-17:00."
    )


# -- asking ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HoursVerdict:
    """Whether a person may be texted now.

    ``until`` is the next moment at which they may (UTC seconds), None when they may now or when no such
    moment is known. ``why`` is a sentence, "" when they may. ``local`` has ("America/Chicago", "10:42")
    for each zone they may be in.
    """

    allowed: bool
    until: float | None = None
    why: str = ""
    local: tuple[tuple[str, str], ...] = ()


UNKNOWN_ZONE = HoursVerdict(
    False, why="Time zone unknown: set the time zone on this person's page, then they come back to the desk."
)


def check(policy: Policy, zones: tuple[str, ...], now: float) -> HoursVerdict:
    """Ask whether every one of ``zones`` (IANA names) is inside its window at ``now`` (UTC seconds).

    No zone, or one that the zone database does not know, is an unknown zone.
    """
    # Every offset in use is a whole number of minutes, so that nothing changes within a minute.
    return _check_minute(policy, tuple(zones), int(now // 60))


#: The zones of North American exchanges ("+1312555") as they are met: the numbering plan goes no further than
#: these digits, and a hundred thousand people live in a few thousand of them. At most 800 x 800.
_exchanges: dict[str, tuple[str, ...]] = {}
_EXCHANGE_DIGITS = 8


def zones_of(number: str, time_zone: str) -> tuple[str, ...]:
    """The zones a person may be in: their own where it is known, else every one that the number may have."""
    if time_zone:
        return (time_zone,)
    if len(number) != 12 or not number.startswith("+1"):
        return numbers.zones(number)
    exchange = number[:_EXCHANGE_DIGITS]
    found = _exchanges.get(exchange)
    if found is None:
        found = numbers.zones(number)
        if found:
            _exchanges[exchange] = found
    return found


@lru_cache(maxsize=16384)
def _check_minute(policy: Policy, zones: tuple[str, ...], minute: int) -> HoursVerdict:
    infos = [_zone(name) for name in zones]
    known = [info for info in infos if info is not None]
    if not known or len(known) < len(infos):
        return UNKNOWN_ZONE
    now = minute * 60
    local = tuple((name, f"{_local(now, info):%H:%M}") for name, info in zip(zones, known, strict=True))
    closed = [name for name, info in zip(zones, known, strict=True) if not _is_open(policy, info, now)]
    if not closed:
        return HoursVerdict(True, local=local)
    until = _next_open(policy, tuple(known), now)
    return HoursVerdict(False, until, _why(dict(local)[closed[0]], closed[0], known, until, now), local)


def _why(local: str, closed: str, zones: list[ZoneInfo], until: float | None, now: int) -> str:
    words = f"It is {local} in {place(closed)}"
    if len(zones) > 1:
        words += ", where this number may be"
    if until is None:
        return f"{words}, and these hours never open: set other hours for the campaign."
    opens = _local(int(until), _zone(closed) or zones[0])
    # The name of a weekday stands for the next one alone.
    day = f"{opens:%a}" if until - now < _WEEKDAY_SAYS else f"{opens:%a} {opens.day} {opens:%b}"
    return f"{words}: held until {day} {opens:%H:%M} there."


def place(zone: str) -> str:
    """The town of a zone's name: "Chicago" of "America/Chicago"."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def local_time(zone: str, now: float) -> datetime | None:
    """The wall clock of ``zone`` (IANA) at ``now`` (UTC seconds); None for a zone that is not known."""
    info = _zone(zone)
    return None if info is None else _local(int(now), info)


def _local(now: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(now, zone)


def _is_open(policy: Policy, zone: ZoneInfo, now: int) -> bool:
    local = _local(now, zone)
    minute = local.hour * 60 + local.minute
    today, before = policy.days[local.weekday()], policy.days[local.weekday() - 1]
    if today is not None and today[0] <= minute < today[0] + _length(today):
        return True
    # A window of yesterday that goes past midnight.
    return before is not None and minute + DAY_MINUTES < before[0] + _length(before)


@lru_cache(maxsize=4096)
def _next_open(policy: Policy, zones: tuple[ZoneInfo, ...], now: int) -> float | None:
    """The first moment after ``now`` at which every zone is open."""
    moments: set[int] = set()
    for zone in zones:
        moments.update(_openings(policy, zone, now))
        moments.update(_clock_changes(zone, now))
    for moment in sorted(moments):
        if moment > now and all(_is_open(policy, zone, moment) for zone in zones):
            return float(moment)
    return None


def _openings(policy: Policy, zone: ZoneInfo, now: int) -> Iterable[int]:
    """Where windows begin in the coming days, for both turns of an hour that comes twice."""
    midnight = _local(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for ahead in range(-1, _LOOK_AHEAD_DAYS):
        day = midnight + timedelta(days=ahead)
        # Midnight itself may open: a window of the day before that a change of the clock cut off.
        starts = {0}
        span = policy.days[day.weekday()]
        if span is not None:
            starts.add(span[0])
        for start in starts:
            wall = day + timedelta(minutes=start)
            for fold in (0, 1):
                yield int(wall.replace(fold=fold, tzinfo=zone).timestamp())


def _clock_changes(zone: ZoneInfo, now: int) -> Iterable[int]:
    """The moments in the coming days at which the zone's clock is changed."""
    for day in range(_LOOK_AHEAD_DAYS):
        low, high = now + day * 86400, now + (day + 1) * 86400
        if _offset(zone, low) == _offset(zone, high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if _offset(zone, middle) == _offset(zone, low):
                low = middle
            else:
                high = middle
        yield high


def _offset(zone: ZoneInfo, moment: int) -> timedelta | None:
    return datetime.fromtimestamp(moment, UTC).astimezone(zone).utcoffset()
