"""When a hold ends, in words: on the clock of the person, and on the texter's own where that differs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from app.campaigns import hours

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK = 6 * 86400.0


@dataclass(frozen=True, slots=True)
class Ending:
    """``there`` and ``here`` are "08:00", "Mon 08:00" or "3 May 08:00".

    ``here`` is "" where both clocks show the same, ``there`` where nobody knows the person's clock.
    """

    there: str = ""
    here: str = ""

    @property
    def words(self) -> str:
        """ "until 08:00", "until 08:00 there, 10:00 here"; "" for a hold whose end is not known."""
        if self.there and self.here:
            return f"until {self.there} there, {self.here} here"
        one = self.there or (f"{self.here} here" if self.here else "")
        return f"until {one}" if one else ""


def ending(zones: tuple[str, ...], until: float | None, now: float) -> Ending:
    """The end of a hold (UTC seconds) for somebody who may be in ``zones``; of several the first counts."""
    if until is None:
        return Ending()
    here = _clock(_here(until), _here(now), until - now)
    at = hours.local_time(zones[0], until) if zones else None
    today = hours.local_time(zones[0], now) if zones else None
    if at is None or today is None:
        return Ending("", here)
    there = _clock(at, today, until - now)
    return Ending(there, "" if there == here else here)


def _here(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone()


def _clock(at: datetime, now: datetime, seconds: float) -> str:
    clock = f"{at:%H:%M}"
    if at.date() == now.date():
        return clock
    return (
        f"{_DAYS[at.weekday()]} {clock}" if seconds < _WEEK else f"{at.day} {_MONTHS[at.month - 1]} {clock}"
    )
