"""When a person's text is due: a rule of the campaign, a date of theirs, and the clock where they live.

A moment of the day is counted on the wall clock of every zone that the person may be in, and the last of them
counts. An hour that comes twice is its first turn; one that is left out in spring comes as much later.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from app.campaigns import dates, gate, hours, local
from app.campaigns.refusing import CampaignError

EVERYONE: Final = "everyone"
DATE: Final = "date"
BIRTHDAY: Final = "birthday"
JOINED: Final = "joined"
SILENCE: Final = "silence"
KINDS: Final = (EVERYONE, DATE, BIRTHDAY, JOINED, SILENCE)
#: How the reason of a text begins whose time passed.
PASSED = "its time passed"
#: For a birthday on 29 February, in years that have none.
LEAP: Final = ("28 Feb", "1 Mar")
#: What ``joined`` counts from.
SINCE: Final = ("consent", "added")
MOST_DAYS, MOST_HOURS = 3650, 24 * 31
_DAY = 86400.0
_DAY_MINUTES = 24 * 60
_BARE = re.compile(r"-?-?([0-9]{1,2})[-/.]?([0-9]{2})")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """``days`` after the date (before it where negative), at ``at`` minutes after midnight where they live.

    ``stale_hours`` later it is too late, with 0 at the end of that day. ``deadline`` is a date field after
    which a text leaves the desk, whatever the kind. ``field`` is the field of ``DATE`` and ``BIRTHDAY``,
    ``since`` is for ``JOINED``, ``source`` the campaign whose silent people ``SILENCE`` writes to.
    """

    kind: str = EVERYONE
    field: str = ""
    days: int = 0
    at: int = 10 * 60
    stale_hours: int = 0
    leap: str = LEAP[0]
    since: str = SINCE[0]
    source: int = 0
    deadline: str = ""

    @property
    def waits(self) -> bool:
        """Whether texts are made one by one as they become due, and not all at the start."""
        return self.kind != EVERYONE

    def to_json(self) -> str:
        """For ``campaign.due``; "" where everyone is written to at once, without a deadline."""
        plain = Rule()
        return (
            ""
            if self == plain
            else json.dumps(
                {key: value for key, value in asdict(self).items() if value != getattr(plain, key)}
                | {"kind": self.kind}
            )
        )

    def problem(self) -> str:
        """Why this rule cannot be used, as a sentence; "" when it can."""
        if self.kind not in KINDS or self.leap not in LEAP or self.since not in SINCE:
            return "This rule is not known. Set it again."
        if self.kind in (DATE, BIRTHDAY) and not self.field:
            return "Choose the field that has the date."
        if self.kind == SILENCE and not self.source:
            return "Choose the campaign whose silent people are written to."
        if not (-MOST_DAYS <= self.days <= MOST_DAYS and 0 <= self.stale_hours <= MOST_HOURS):
            return f"At most {MOST_DAYS:,} days, and {MOST_HOURS} hours until it is too late."
        if self.kind in (JOINED, SILENCE) and self.days < 0:
            return "This is counted in days after, not before."
        if self.kind == SILENCE and self.days < 1:
            return "Give people at least one day to answer."
        return "" if 0 <= self.at < _DAY_MINUTES else "The time of day lies between 0:00 and 23:59."


@lru_cache(maxsize=256)
def from_json(stored: str) -> Rule:
    """The rule kept in ``campaign.due``; raises :class:`CampaignError` for one that cannot be read."""
    if not stored:
        return Rule()
    plain = Rule()
    try:
        found = json.loads(stored)
        known = {each.name for each in fields(Rule)}
        values = {key: type(getattr(plain, key))(value) for key, value in found.items() if key in known}
        rule = replace(plain, **values)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CampaignError("The kept rule for what is due cannot be read. Set it again.") from error
    if problem := rule.problem():
        raise CampaignError(problem)
    return rule


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time that a text is due; moments in UTC seconds. ``key`` keeps it from being made twice."""

    key: str
    due_at: float
    expires_at: float


# -- dates of a person ----------------------------------------------------------------------------


def day_in(value: str, month_first: bool) -> tuple[date, time | None] | None:
    """The date in a field's value, and the time where one stands behind it."""
    return dates.read(value, month_first)


def birthday_in(value: str, month_first: bool) -> tuple[int, int] | None:
    """Month and day of a birthday, which needs no year ("24 April", "04-24", "--0424")."""
    found = dates.read(value, month_first) or dates.read(f"{value[:_LONGEST].strip()} 2000", month_first)
    if found is not None:
        return found[0].month, found[0].day
    match = _BARE.fullmatch(value.strip()[:_LONGEST])
    if match is None:
        return None
    month, day = int(match[1]), int(match[2])
    try:
        date(2000, month, day)
    except ValueError:
        return None
    return month, day


def wall(day: date, minute: int, zones: tuple[str, ...]) -> float:
    """UTC seconds of a moment on the wall clocks of ``zones`` (IANA), the last of them; 1440 ends the day.

    Without a known zone this computer's clock counts. Raises ``OverflowError`` beyond the calendar.
    """
    moment = datetime.combine(day, time()) + timedelta(minutes=minute)
    found = [moment.replace(tzinfo=zone).timestamp() for name in zones if (zone := _zone(name)) is not None]
    return max(found) if found else moment.astimezone().timestamp()


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return None


def dated(rule: Rule, value: str, month_first: bool, zones: tuple[str, ...]) -> Occasion | None:
    """When a text about the date in ``value`` is due; None where there is no such date."""
    # Without a zone this computer's counts, which may be changed while the program runs.
    return _dated(rule, value, month_first, zones) if zones else _reckon(rule, value, month_first, zones)


def _reckon(rule: Rule, value: str, month_first: bool, zones: tuple[str, ...]) -> Occasion | None:
    found = day_in(value, month_first)
    if found is None:
        return None
    day, clock = found
    try:
        due, expires = _due(rule, day + timedelta(days=rule.days), zones)
        if rule.days <= 0:  # what is about a date is of no use behind it
            minute = clock.hour * 60 + clock.minute if clock is not None else _DAY_MINUTES
            expires = min(expires, wall(day, minute, zones))
    except (OverflowError, ValueError):
        return None
    return Occasion(day.isoformat(), due, expires)


#: A hundred thousand people share a few thousand days and zones.
_dated = lru_cache(maxsize=32768)(_reckon)


@lru_cache(maxsize=32768)
def deadline(value: str, number: str, zones: tuple[str, ...]) -> float | None:
    """When the date in ``value`` is over (UTC seconds): at its time, or at the end of that day."""
    found = day_in(value, dates.month_first(number))
    if found is None:
        return None
    day, clock = found
    try:
        return wall(day, clock.hour * 60 + clock.minute if clock is not None else _DAY_MINUTES, zones)
    except (OverflowError, ValueError):
        return None


def birthdays(
    rule: Rule, value: str, month_first: bool, zones: tuple[str, ...], years: range
) -> tuple[Occasion, ...]:
    """The birthdays of some years; () where ``value`` names none."""
    return (_birthdays if zones else _reckon_years)(rule, value, month_first, zones, years)


def _reckon_years(
    rule: Rule, value: str, month_first: bool, zones: tuple[str, ...], years: range
) -> tuple[Occasion, ...]:
    found = birthday_in(value, month_first)
    if found is None:
        return ()
    kept = []
    for year in years:
        day = birthday(found, year, rule.leap)
        try:
            kept.append(Occasion(day.isoformat(), *_due(rule, day + timedelta(days=rule.days), zones)))
        except (OverflowError, ValueError):
            continue
    return tuple(kept)


_birthdays = lru_cache(maxsize=32768)(_reckon_years)


def birthday(found: tuple[int, int], year: int, leap: str) -> date:
    """The day on which a birthday (month, day) is kept in ``year``."""
    if found == (2, 29) and not _is_leap(year):
        return date(year, 2, 28) if leap == LEAP[0] else date(year, 3, 1)
    return date(year, *found)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def after(rule: Rule, key: str, at: float, zones: tuple[str, ...]) -> Occasion | None:
    """So many days after a moment (UTC seconds); on the same day not before it."""
    try:
        day = _day_of(at, zones)
        due, expires = _due(rule, day + timedelta(days=rule.days), zones)
    except (OverflowError, ValueError, OSError):
        return None
    if due < at:  # on the very day, later than the time of day that was set
        due = at
        if rule.stale_hours:
            expires = at + rule.stale_hours * 3600.0
    return Occasion(key, due, expires)


def _day_of(at: float, zones: tuple[str, ...]) -> date:
    moment = datetime.fromtimestamp(at, UTC)
    if at % _DAY == 0:  # a date without a time, as lists bring it
        return moment.date()
    known = [found for zone in zones if (found := hours.local_time(zone, at)) is not None]
    return max(each.date() for each in known) if known else local.here(at).date()


def _due(rule: Rule, day: date, zones: tuple[str, ...]) -> tuple[float, float]:
    due = wall(day, rule.at, zones)
    if rule.stale_hours:
        return due, due + rule.stale_hours * 3600.0
    return due, wall(day, _DAY_MINUTES, zones)


def silence_key(campaign_id: int) -> str:
    """The occasion of a follow-up to those who did not answer a campaign."""
    return f"{gate.SILENCE}{campaign_id}"


# -- in words -------------------------------------------------------------------------------------


def words(rule: Rule, source_name: str = "") -> str:
    """The rule as a sentence without its full stop, for the campaign's panel."""
    if rule.kind == EVERYONE:
        return ""
    at = hours.clock(rule.at)
    if rule.kind == SILENCE:
        what = f"{_count(rule.days)} after “{source_name or 'a campaign'}”, to those who did not answer"
    elif rule.kind == JOINED:
        since = "they agreed" if rule.since == "consent" else "they were added"
        what = f"{_count(rule.days)} after {since}" if rule.days else f"On the day that {since}"
    else:
        of = f"{{{rule.field}}}" if rule.kind == DATE else f"their birthday {{{rule.field}}}"
        when = "before" if rule.days < 0 else "after"
        what = f"{_count(abs(rule.days))} {when} {of}" if rule.days else f"On {of}"
    late = (
        f"{rule.stale_hours} h later it leaves the desk"
        if rule.stale_hours
        else "it leaves the desk that midnight"
    )
    return f"{what}, at {at} where they live; {late}"


def _count(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"
