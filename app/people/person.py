"""One row of a list, made a person's values: names, zone, consent and the list's own fields."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
import zoneinfo
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from app.people import fields
from app.people.columns import Mapping

MAX_NOTES = 10_000
MAX_OTHERS = 10
_SEVERAL = re.compile(r"[;,|\n]")
_SEVERAL_NUMBERS = re.compile(r"\s*:::\s*|[;|\n]")
_TITLES = frozenset(
    ("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "rev", "sr", "sra", "herr", "frau", "mme")
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_GUARD = re.compile(r"^'(?='*[=+\-@\t\r\n\0＝＋－＠])")
_encode = json.JSONEncoder(ensure_ascii=False).encode
_DATE = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{2,4})")
#: How people in the one country that writes zones by name write them.
_ZONE_NAMES = {
    "eastern": "America/New_York",
    "et": "America/New_York",
    "est": "America/New_York",
    "edt": "America/New_York",
    "central": "America/Chicago",
    "ct": "America/Chicago",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "mountain": "America/Denver",
    "mt": "America/Denver",
    "mst": "America/Denver",
    "mdt": "America/Denver",
    "pacific": "America/Los_Angeles",
    "pt": "America/Los_Angeles",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
}


_YES = frozenset((
    "yes", "y", "true", "t", "1", "1.0", "x", "stop", "optout", "opted out", "opt out",
    "ja", "oui", "si", "sí", "sim",
))  # fmt: skip


class Person(NamedTuple):
    """A person's values as a list gives them; "" or None where it gives none.

    ``fields`` (as shown), ``raw_fields`` (as written, where that differs) and ``field_keys`` (what is
    sorted by) are JSON objects.
    """

    name: str = ""
    first_name: str = ""
    last_name: str = ""
    time_zone: str = ""
    fields: str = "{}"
    consent_source: str = ""
    consent_at: float | None = None
    notes: str = ""
    language: str = ""
    consent_wording: str = ""
    consent_frequency: str = ""
    consent_until: float | None = None
    raw_fields: str = "{}"
    field_keys: str = "{}"


def clean(cell: str) -> str:
    """A cell without what cannot be seen and without the guard that exports put before formulas."""
    text = cell.strip()
    if text.isascii() and text.isprintable() and text[:1] != "'":
        return text
    text = _GUARD.sub("", text.encode("utf-8", "replace").decode("utf-8"))  # half of an emoji is no text
    return unicodedata.normalize("NFC", _CONTROL.sub("", text.replace("\u00a0", " "))).strip()


class Reader:
    """Reads rows by one mapping."""

    def __init__(self, mapping: Mapping, country: str) -> None:
        self._mapping = mapping
        self._month_first = country.upper() in fields.MONTH_FIRST
        kinds = dict(mapping.kinds)
        self._fields = [(index, name, kinds.get(name, "text")) for index, name in mapping.fields]
        self._typed = any(kind not in ("text", "link") for _, _, kind in self._fields)
        roles = ("time_zone", "consent_source", "consent_at", "notes", "language", "consent_wording")
        self._plain = all(getattr(mapping, r) is None for r in (*roles, "consent_frequency", "consent_until"))

    def person(self, cells: list[str]) -> Person:
        """The person of a row; a cell that is missing is empty."""
        mapping = self._mapping
        first = _cell(cells, mapping.first_name)
        last = _cell(cells, mapping.last_name)
        name = _cell(cells, mapping.name)
        if name and not first:
            first, last = split_name(name, last)
        elif not name:
            name = f"{first} {last}".strip()
        shown, raw, keys = self._values(cells)
        if self._plain:
            return Person(name, first, last, "", shown, raw_fields=raw, field_keys=keys)
        source, at = self._consent(cells)
        return Person(
            name, first, last, zone(_cell(cells, mapping.time_zone)), shown, source, at,
            _cell(cells, mapping.notes)[:MAX_NOTES], _cell(cells, mapping.language)[:60],
            _cell(cells, mapping.consent_wording)[:2000], _cell(cells, mapping.consent_frequency)[:200],
            self._moment(_cell(cells, mapping.consent_until)), raw, keys,
        )  # fmt: skip

    def _values(self, cells: list[str]) -> tuple[str, str, str]:
        """``fields``, ``raw_fields`` and ``field_keys`` of a row."""
        if not self._typed:
            found = {field: value for index, field, _ in self._fields if (value := _cell(cells, index))}
            return (_encode(found) if found else "{}"), "{}", "{}"
        shown, raw, keys = typed(
            ((field, kind, _cell(cells, index)) for index, field, kind in self._fields), self._month_first
        )
        return (
            _encode(shown) if shown else "{}",
            _encode(raw) if raw else "{}",
            _encode(keys) if keys else "{}",
        )

    def opted_out(self, cells: list[str]) -> bool:
        """True when the list itself says that this person has opted out."""
        return _cell(cells, self._mapping.opted_out).casefold() in _YES

    def tags(self, cells: list[str]) -> tuple[str, ...]:
        """The row's tags, each once."""
        text = _cell(cells, self._mapping.tags)
        parts = text.split(":::") if ":::" in text else _SEVERAL.split(text)
        return tuple(dict.fromkeys(part.strip()[:60] for part in parts if part.strip()))

    def others(self, cells: list[str]) -> list[str]:
        """The row's further numbers, as written."""
        text = _cell(cells, self._mapping.other_numbers)
        return (
            [part.strip() for part in _SEVERAL_NUMBERS.split(text) if part.strip()][:MAX_OTHERS]
            if text
            else []
        )

    def _moment(self, text: str) -> float | None:
        return moment(text, month_first=self._month_first) if text else None

    def _consent(self, cells: list[str]) -> tuple[str, float | None]:
        source = _cell(cells, self._mapping.consent_source)
        when = _cell(cells, self._mapping.consent_at)
        at = self._moment(when)
        if when and at is None:
            source = f"{source} ({when})".strip()  # not understood, not lost
        return source, at


def typed(
    values: Iterable[tuple[str, str, str]], month_first: bool
) -> tuple[dict[str, str], dict[str, str], dict[str, float]]:
    """(field, kind, raw) as what is shown, what was written where that differs, and what is sorted by."""
    shown: dict[str, str] = {}
    raws: dict[str, str] = {}
    keys: dict[str, float] = {}
    for field, kind, raw in values:
        if not raw:
            continue
        shown[field], key = fields.convert(kind, raw, month_first)
        if shown[field] != raw:
            raws[field] = raw
        if key is not None:
            keys[field] = key
    return shown, raws, keys


def _cell(cells: list[str], index: int | None) -> str:
    return clean(cells[index]) if index is not None and index < len(cells) else ""


def split_name(name: str, last: str = "") -> tuple[str, str]:
    """First and last name of a whole one: "Lopez, Maria" and "Dr. Maria Lopez" are Maria, Lopez."""
    if "," in name:
        family, _, given = name.partition(",")
        words = given.split() or [""]
        return words[0], last or family.strip()
    words = [word for word in name.split() if word.casefold().rstrip(".") not in _TITLES]
    if not words or (len(words) < len(name.split()) and len(words) == 1):
        return "", last or (words[0] if words else "")  # "Dr. Lopez" has no first name that we know
    return words[0], last or " ".join(words[1:])


@cache
def _all_zones() -> dict[str, str]:
    return {key.casefold(): key for key in zoneinfo.available_timezones()}


@cache
def zone(text: str) -> str:
    """The IANA zone that ``text`` names, or "" (the number's own zones count then)."""
    if not text:
        return ""
    key = text.strip().casefold()
    found = _all_zones().get(key.replace(" ", "_"))
    if found and ("/" in found or found == "UTC"):
        return found
    return _ZONE_NAMES.get(key.removeprefix("us/").removesuffix(" time").strip(), found or "")


def moment(text: str, *, month_first: bool) -> float | None:
    """UTC seconds of a date or a time that a list gives; a day is its midnight UTC. None: not understood."""
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError:
        found = _by_numbers(text, month_first)
        if found is None:
            return None
        when = found
    if not 1970 < when.year < 2200:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).timestamp()


def _by_numbers(text: str, month_first: bool) -> dt.datetime | None:
    match = _DATE.match(text)
    if match is None:
        return None
    a, b, c = (int(part) for part in match.groups())
    if len(match[1]) == 4:
        year, month, day = a, b, c
    else:
        year = c + 2000 if c < 100 else c
        month, day = (a, b) if month_first and "/" in text else (b, a)
    try:
        return dt.datetime(year, month, day, tzinfo=dt.UTC)
    except ValueError:
        return None
