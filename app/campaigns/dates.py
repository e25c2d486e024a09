"""Dates in texts: a field's date read, and said as seen from the day on which the text is looked at.

Only a date that is surely one is read. Where the day and the month could be taken for each other, the number
of the person decides: +1 writes the month first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

#: What may stand behind the colon of a field.
FORMS = ("weekday", "relative", "date", "time")
#: The longest value that is looked at, and the furthest that "today+60d" may reach, in days.
_LONGEST, _FURTHEST = 60, 3650
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[t ]+(.+))?")
_NUMBERS = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?:[, ]+(.+))?")
_DAY_FIRST = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th)?\.? +([a-z]{3,9})\.?,? +([0-9]{4})(?:[, ]+(?:at +)?(.+))?"
)
_MONTH_FIRST = re.compile(
    r"([a-z]{3,9})\.? +([0-9]{1,2})(?:st|nd|rd|th)?,? +([0-9]{4})(?:[, ]+(?:at +)?(.+))?"
)
_TIME = re.compile(
    r"([0-9]{1,2})(?::([0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?)? *([ap])?\.?(?:m\.?)?(?:z|[+-][0-9:]{4,6})?"
)
_TODAY = re.compile(r"today *(?:([+-]) *([0-9]{1,4}) *d(?:ays?)?)?")


@dataclass(frozen=True, slots=True)
class Day:
    """The day from which a text speaks: ``today`` where the person lives, and how they write dates."""

    today: date
    month_first: bool = False


def month_first(number: str) -> bool:
    """Whether the country of an E.164 number writes the month before the day."""
    return number.startswith("+1")


@lru_cache(maxsize=4096)
def read(text: str, month_before_day: bool) -> tuple[date, time | None] | None:
    """The date, and the time if one follows it; None for what is not surely a date."""
    plain = " ".join(text[:_LONGEST].strip().casefold().split())
    try:
        return _read(plain, month_before_day) if len(text) <= _LONGEST else None
    except ValueError:  # the 30th of February, 25 o'clock
        return None


def _read(plain: str, month_before_day: bool) -> tuple[date, time | None] | None:
    if match := _ISO.fullmatch(plain):
        return date(int(match[1]), int(match[2]), int(match[3])), _time(match[4])
    if match := _NUMBERS.fullmatch(plain):
        first, second = int(match[1]), int(match[3])
        dotted = match[2] == "."
        month, day = (first, second) if month_before_day and not dotted else (second, first)
        if month > 12 >= day and not dotted:
            month, day = day, month
        return date(_year(match[4]), month, day), _time(match[5])
    if match := _DAY_FIRST.fullmatch(plain):
        return date(int(match[3]), _month(match[2]), int(match[1])), _time(match[4])
    if match := _MONTH_FIRST.fullmatch(plain):
        return date(int(match[3]), _month(match[1]), int(match[2])), _time(match[4])
    return None


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _month(word: str) -> int:
    for number, name in enumerate(_MONTHS, start=1):
        if name.casefold().startswith(word) or (word == "sept" and number == 9):
            return number
    raise ValueError(word)


def _time(text: str | None) -> time | None:
    if not text:
        return None
    match = _TIME.fullmatch(text.strip())
    if match is None or (match[2] is None and match[3] is None):
        return None
    hour = int(match[1])
    if match[3]:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if match[3] == "p" else 0)
    return time(hour, int(match[2] or 0))


def shifted(name: str, today: date) -> date | None:
    """The date that "today" or "today+60d" names; None for any other name."""
    match = _TODAY.fullmatch(name.strip().casefold())
    if match is None:
        return None
    days = min(int(match[2] or 0), _FURTHEST)
    return today + timedelta(days=-days if match[1] == "-" else days)


def names_today(name: str) -> bool:
    """Whether a field's name is "today" or "today+60d"."""
    return _TODAY.fullmatch(name.strip().casefold()) is not None


def say(form: str, when: date, at: time | None, day: Day) -> str:
    """A date in words, as one of ``FORMS``: "Tuesday", "tomorrow", "April 24", "10:30 AM"; "" for no time."""
    if form == "weekday":
        return _DAYS[when.weekday()]
    if form == "relative":
        return _relative(when, day)
    if form == "time":
        return _clock(at, day.month_first) if at is not None else ""
    return _date(when, day)


def _relative(when: date, day: Day) -> str:
    ahead = (when - day.today).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if ahead in near:
        return near[ahead]
    return f"on {_DAYS[when.weekday()]}" if 1 < ahead < 7 else f"on {_date(when, day)}"


def _date(when: date, day: Day) -> str:
    month = _MONTHS[when.month - 1]
    words = f"{month} {when.day}" if day.month_first else f"{when.day} {month}"
    if when.year == day.today.year:
        return words
    return f"{words}, {when.year}" if day.month_first else f"{words} {when.year}"


def _clock(at: time, half_days: bool) -> str:
    if not half_days:
        return f"{at.hour}:{at.minute:02d}"
    return f"{at.hour % 12 or 12}:{at.minute:02d} {'AM' if at.hour < 12 else 'PM'}"


def local_day(zone: str, now: float) -> tuple[date, float] | None:
    """The date in ``zone`` (IANA) at ``now`` and when it ends (UTC seconds); None for an unknown zone."""
    from app.campaigns import hours

    local = hours.local_time(zone, now)
    if local is None:
        return None
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=local.tzinfo)
    return local.date(), midnight.timestamp()
