"""When a conversation that is put aside comes back: the times that are offered."""

from __future__ import annotations

import datetime as dt

HOUR = 3600.0
#: When the day's work begins, on this computer's clock.
MORNING = dt.time(9)


def choices(now: float) -> tuple[tuple[str, float], ...]:
    """What to call a time, and the time (UTC seconds): in an hour, tomorrow and Monday at nine."""
    today = dt.datetime.fromtimestamp(now).astimezone().date()
    tomorrow = today + dt.timedelta(days=1)
    monday = today + dt.timedelta(days=7 - today.weekday())
    found = [("In an hour", now + HOUR), ("Tomorrow, 9:00", _at(tomorrow))]
    if monday != tomorrow:
        found.append(("Monday, 9:00", _at(monday)))
    return tuple(found)


def _at(day: dt.date) -> float:
    return dt.datetime.combine(day, MORNING).astimezone().timestamp()
