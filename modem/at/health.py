"""A line's health: the network's clock as a modem tells it (+CCLK, 3GPP TS 27.007 8.15)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

# "yy/MM/dd,hh:mm:ss±zz", the zone in quarters of an hour; some leave it out, some write years in full.
_CLOCK = re.compile(r"(\d{2,4})/(\d{1,2})/(\d{1,2})\s*,\s*(\d{1,2}):(\d{1,2}):(\d{1,2})\s*([+-]\d{1,2})?")
# A clock that was never set counts from 1970, 1980, 2000, 2004 or the year of the firmware.
_FIRST_YEAR, _LAST_YEAR = 2020, 2069


def clock(line: str) -> datetime | None:
    """The aware time of ``+CCLK: "yy/MM/dd,hh:mm:ss±zz"``, or None: no zone, no sense, or never set.

    Without a zone it is the device's own wall clock, which says nothing of the network.
    """
    match = _CLOCK.search(line)
    if match is None or match[7] is None:
        return None
    year = int(match[1]) if len(match[1]) == 4 else 2000 + int(match[1])
    quarters = int(match[7])
    if not (_FIRST_YEAR <= year <= _LAST_YEAR and abs(quarters) <= 56):
        return None
    zone = timezone(timedelta(minutes=15 * quarters))
    month, day, hour, minute, second = (int(match[at]) for at in range(2, 7))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
