"""Time stamps and validity periods (3GPP TS 23.040 9.2.3.11, 9.2.3.12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from modem.errors import PduError
from modem.sms.semioctets import read_number, write_number

STAMP_OCTETS = 7
_FIRST_YEAR = 1990  # two digits: 90..99 are of the last century, when SMS began
_QUARTER = timedelta(minutes=15)
_MOST_QUARTERS = 79
LONGEST_VALIDITY = 63 * 7 * 24 * 60
"""Minutes in the longest relative validity period, 63 weeks."""


@lru_cache(maxsize=256)
def _zone(octet: int) -> timezone:
    quarters = read_number(octet & 0xF7)
    return timezone((-quarters if octet & 0x08 else quarters) * _QUARTER)


def read_stamp(octets: bytes) -> datetime | None:
    """The moment that seven octets name, with its zone; None where they name none.

    A nonsense time stamp must not cost anybody the text that it came with.
    """
    try:
        year, month, day, hour, minute, second = map(read_number, octets[:6])
        year += 1900 if year >= _FIRST_YEAR - 1900 else 2000
        return datetime(year, month, day, hour, minute, second, tzinfo=_zone(octets[6]))
    except ValueError:
        return None


def write_stamp(moment: datetime) -> bytes:
    """Seven octets for an aware moment, in its own zone where that is whole quarters of an hour.

    Seconds are cut, not rounded. Raises ``PduError`` for a naive time or a year outside 1990..2089.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise PduError("the time of a text needs its zone")
    quarters, rest = divmod(offset, _QUARTER)
    if rest or abs(quarters) > _MOST_QUARTERS:
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise PduError("a text's time must lie in 1990 to 2089") from None
        quarters = 0
    if not _FIRST_YEAR <= moment.year < _FIRST_YEAR + 100:
        raise PduError(f"year {moment.year}: a text's time must lie in 1990 to 2089")
    parts = (moment.year % 100, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    zone = write_number(abs(quarters)) | (0x08 if quarters < 0 else 0)
    return bytes([*map(write_number, parts), zone])


def read_relative(octet: int) -> int:
    """Minutes that a relative validity octet means (9.2.3.12.1)."""
    if octet <= 143:
        return (octet + 1) * 5
    if octet <= 167:
        return 12 * 60 + (octet - 143) * 30
    if octet <= 196:
        return (octet - 166) * 24 * 60
    return (octet - 192) * 7 * 24 * 60


def write_relative(minutes: int) -> int:
    """The octet of the shortest relative period that is at least ``minutes`` (1 to 63 weeks)."""
    if not 1 <= minutes <= LONGEST_VALIDITY:
        raise PduError(f"a validity of {minutes} minutes: it must be from 1 minute to 63 weeks")
    if minutes <= 12 * 60:
        return -(-minutes // 5) - 1
    if minutes <= 24 * 60:
        return -(-(minutes - 12 * 60) // 30) + 143
    if minutes <= 30 * 24 * 60:
        return -(-minutes // (24 * 60)) + 166
    return max(197, -(-minutes // (7 * 24 * 60)) + 192)


def read_enhanced(octets: bytes) -> int | None:
    """Minutes (rounded up) that a seven-octet enhanced period means (9.2.3.12.3); None where none."""
    start = 2 if octets[0] & 0x80 else 1  # an extension octet may follow the indicator
    kind = octets[0] & 0x07
    if kind == 1:
        return read_relative(octets[start])
    if kind == 2:
        return -(-octets[start] // 60)
    if kind == 3:
        try:
            hours, minutes, seconds = map(read_number, octets[start : start + 3])
        except ValueError:
            return None
        return hours * 60 + minutes + (seconds > 0)
    return None
