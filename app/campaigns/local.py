"""Where a person's clock stands, in words: for cards and lists."""

from __future__ import annotations

from dataclasses import dataclass

from app.campaigns import hours


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
