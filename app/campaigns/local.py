"""Where a person's clock stands, in words: for cards and lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.campaigns import hours

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Local:
    """The wall clock of a person: "10:42", or "07:42–10:42" where it may be any; "" if unknown."""

    time: str
    place: str


def local(zones: tuple[str, ...], now: float) -> Local:
    """The clock in the candidate zones at ``now`` (UTC seconds); the place only where there is one."""
    times = [at for zone in zones if (at := hours.local_time(zone, now)) is not None]
    clocks = list(dict.fromkeys(f"{at:%H:%M}" for at in times))
    if not clocks:
        return Local("", "")
    if len(clocks) > 1:
        # Candidates are listed by name; around the world the span may pass midnight, so both ends are said.
        return Local(f"{min(clocks)}–{max(clocks)}", "")
    return Local(clocks[0], hours.place(zones[0]) if len(zones) == 1 else "")


def here(at: float) -> datetime:
    """The wall clock of this computer at ``at`` (UTC seconds)."""
    return datetime.fromtimestamp(at, UTC).astimezone()


def moment(at: float, now: float) -> str:
    """A moment by this computer's clock: "14:05 today", "9:00 tomorrow", "Mon 27 Apr 9:00"."""
    try:
        return _moment(here(at), here(now))
    except (ValueError, OverflowError, OSError):
        return "a day that no calendar has"


def moment_there(at: float, now: float, zone: str) -> str:
    """The same by the clock of ``zone`` (IANA); by this computer's where the zone is not known."""
    there, then = hours.local_time(zone, at), hours.local_time(zone, now)
    return moment(at, now) if there is None or then is None else _moment(there, then)


def day(when: date) -> str:
    """A day as "Mon 27 Apr"."""
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]}"


def _moment(at: datetime, now: datetime) -> str:
    time = f"{at.hour}:{at.minute:02d}"
    if at.date() == now.date():
        return f"{time} today"
    if at.date() == now.date() + timedelta(days=1):
        return f"{time} tomorrow"
    year = f" {at.year}" if at.year != now.year else ""
    return f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]}{year} {time}"
