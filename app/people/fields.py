"""Typed fields: what a cell of a list is, how it is shown and merged, and what it is sorted by.

The text as written is always kept. A value that its kind cannot read is shown as written and sorted last.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

KINDS = ("text", "number", "date", "time", "money", "link")
#: Where people write the month before the day.
MONTH_FIRST = frozenset(("US", "PH", "FM", "MH", "PW", "PR", "GU"))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMERIC = re.compile(r"(\d{1,4})([/.-])(\d{1,2})\2(\d{2,4})")
_ORDINAL = r"(\d{1,2})(?:st|nd|rd|th)?"
_WORDED = re.compile(
    rf"(?:{_ORDINAL}\.?\s+([a-z]{{3,9}})|([a-z]{{3,9}})\.?\s+{_ORDINAL})\.?,?\s+(\d{{4}})", re.IGNORECASE
)
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d\d))?(?::\d\d(?:\.\d+)?)?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)
_PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,8})(?:\.\d+)?")
_AMOUNT = re.compile(r"-?\d[\d.,'  ]*")
_CURRENCY = re.compile(r"[$£€¥₹]|\b(?:USD|EUR|GBP|CAD|AUD|NZD|CHF|INR|KES|NGN|ZAR)\b")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_SHARE = 0.95  # of a column's cells that must be of a kind
Shown = tuple[str, float | None]


def convert(kind: str, raw: str, month_first: bool) -> Shown:
    """What ``raw`` is shown as, and the number that it is sorted by (None: none).

    Dates sort by days (``date.toordinal``), times by minutes since midnight.
    """
    if kind == "text" or kind not in _READERS or not raw:
        return raw, None
    return _READERS[kind](raw.strip(), month_first)


def guess(values: Iterable[str], month_first: bool) -> str:
    """The kind of a column by its filled cells; "text" where they say nothing else."""
    filled = [value.strip() for value in values if value.strip()]
    if len(filled) < 2:
        return "text"
    for kind, test in _TESTS.items():
        if sum(test(value, month_first) for value in filled) >= _SHARE * len(filled):
            return kind
    return "text"


# -- dates and times ------------------------------------------------------------------------------


@lru_cache(maxsize=16384)
def _date(raw: str, month_first: bool) -> Shown:
    when = day_of(raw, month_first)
    if when is None:
        return raw, None
    day, clock = when.date(), when.time()
    month = _MONTHS[day.month - 1].capitalize()
    shown = f"{month} {day.day}, {day.year}" if month_first else f"{day.day} {month} {day.year}"
    if clock != dt.time(0):
        shown += f", {clock:%H:%M}"
    return shown, day.toordinal() + round((clock.hour * 60 + clock.minute) / 1440, 6)


def day_of(raw: str, month_first: bool) -> dt.datetime | None:
    """The day (and time, where it is written) that ``raw`` names, without a zone; None: not understood."""
    text = raw.strip()
    try:
        found: dt.datetime | None = dt.datetime.fromisoformat(text) if len(text) >= 8 else None
    except ValueError:
        found = None
    found = found or _numeric(text, month_first) or _worded(text)
    return found.replace(tzinfo=None) if found is not None and 1850 < found.year < 2300 else None


def _numeric(text: str, month_first: bool) -> dt.datetime | None:
    match = _NUMERIC.fullmatch(text)
    if match is None:
        return None
    a, mark, b, c = int(match[1]), match[2], int(match[3]), int(match[4])
    if len(match[1]) == 4:
        return _made(a, b, c)
    year = c + (2000 if c < 70 else 1900) if c < 100 else c
    return _made(year, a, b) if month_first and mark != "." else _made(year, b, a)


def _worded(text: str) -> dt.datetime | None:
    match = _WORDED.fullmatch(text)
    if match is None:
        return None
    word = (match[2] or match[3])[:3].casefold()
    return (
        _made(int(match[5]), _MONTHS.index(word) + 1, int(match[1] or match[4])) if word in _MONTHS else None
    )


def _made(year: int, month: int, day: int) -> dt.datetime | None:
    try:
        return dt.datetime(year, month, day)  # noqa: DTZ001  a day has no zone
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _time(raw: str, _month_first: bool) -> Shown:
    match = _TIME.fullmatch(raw)
    if match is None or not (match[2] or match[3]):
        return raw, None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if minute > 59 or hour > (12 if half else 23) or (half and not hour):
        return raw, None
    whole = hour % 12 + (12 if half == "p" else 0) if half else hour
    shown = f"{hour}:{minute:02} {half}m" if half else f"{hour:02}:{minute:02}"
    return shown, float(whole * 60 + minute)


# -- numbers --------------------------------------------------------------------------------------


def amount(raw: str) -> float | None:
    """The number in "1,234.50", "1.234,50", "1 234" or "-3"; None where there is none or more than one."""
    found = _AMOUNT.findall(raw)
    if len(found) != 1:
        return None
    digits = re.sub(r"[\s' ]", "", found[0]).rstrip(".,")
    last = max(digits.rfind("."), digits.rfind(","))
    marks = digits.count(".") + digits.count(",")
    whole_groups = marks and len(digits) - last - 1 == 3 and digits[last] == ","
    if last >= 0 and not whole_groups and (marks == 1 or digits[last] not in digits[:last]):
        digits = re.sub(r"[.,]", "", digits[:last]) + "." + digits[last + 1 :]
    else:
        digits = re.sub(r"[.,]", "", digits)
    try:
        return float(digits)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _number(raw: str, _month_first: bool) -> Shown:
    value = amount(raw)
    if value is not None and re.fullmatch(r"-?\d+\.0+", raw):
        return raw.partition(".")[0], value  # what a spreadsheet made of a whole number
    return raw, value


@lru_cache(maxsize=4096)
def _money(raw: str, _month_first: bool) -> Shown:
    value = amount(raw)
    sign = raw[:1]
    if value is None or sign not in "$£€":
        return raw, value
    return (f"{sign}{value:,.0f}" if value.is_integer() else f"{sign}{value:,.2f}"), value


_READERS: dict[str, Callable[[str, bool], Shown]] = {
    "number": _number,
    "date": _date,
    "time": _time,
    "money": _money,
}
_TESTS: dict[str, Callable[[str, bool], bool]] = {
    "link": lambda value, _first: bool(_LINK.fullmatch(value)),
    "date": lambda value, first: day_of(value, first) is not None,
    "time": lambda value, first: ":" in value and _time(value, first)[1] is not None,
    "money": lambda value, _first: bool(_CURRENCY.search(value)) and amount(value) is not None,
    "number": lambda value, _first: bool(_PLAIN.fullmatch(value)),
}
