"""CSV files of Google Contacts, Outlook, Spoke and ThruText: their columns brought into one form.

Every number that can get a text goes into "Mobile" (the likeliest) and "Other numbers"; groups and categories
into "Tags"; what is left keeps its name. Fax and pager numbers are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.people.reading import BadRow, Row

SEVERAL = " ::: "  # Google parts values in one cell with it, and so do we
_GOOGLE = re.compile(r"phone (\d+) - (value|type|label)")
_KIND_COLUMN = re.compile(
    r"(?:e-mail|address|organization|im|website|event|relation|custom field) \d+ - (?:type|label)"
)
#: Outlook's columns of numbers, the likeliest to get a text first.
_OUTLOOK = (
    "mobile phone", "primary phone", "home phone", "home phone 2", "business phone", "business phone 2",
    "other phone", "car phone",
)  # fmt: skip
_OUTLOOK_NOT = frozenset((
    "business fax", "home fax", "other fax", "pager", "telex", "tty/tdd phone", "isdn", "callback",
    "radio phone", "company main phone", "assistant's phone",
))  # fmt: skip
_NAMES = {
    "given name": "First name",
    "first name": "First name",
    "family name": "Last name",
    "last name": "Last name",
}
_SPOKE = {
    "contact[firstname]": "First name", "contact[lastname]": "Last name", "contact[cell]": "Mobile",
    "contact[optout]": "Opted out", "contact[tags]": "Tags", "contact[messagestatus]": "Message status",
    "contact[errorcode]": "Error code", "contact[external_id]": "External id", "tags": "Tags",
}  # fmt: skip
_SPOKE_NOT = ("texter[", "campaignid", "assignmentid")
_THRUTEXT = {
    "contact first name": "First name", "contact last name": "Last name", "contact phone": "Mobile",
    "contact phone number": "Mobile", "phone": "Mobile", "phone number": "Mobile", "first name": "First name",
    "last name": "Last name", "opted out": "Opted out", "contact opted out": "Opted out",
    "opt out": "Opted out", "tags": "Tags", "contact tags": "Tags", "contact id": "External id",
}  # fmt: skip
_THRUTEXT_NOT = ("sender", "texter", "account ", "conversation ", "campaign id", "group id")
_THRUTEXT_MARKS = ("opted out", "contact opted out", "sender first name", "sender name", "conversation id",
                   "conversation status", "van id", "survey")  # fmt: skip

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    value: Callable[[Cells], str]


def recognise(header: Cells) -> str:
    """The program that wrote a CSV with this header; "" for none that is known."""
    names = {cell.strip().casefold() for cell in header}
    if "contact[cell]" in names:
        return "spoke"
    if any(_GOOGLE.fullmatch(name) for name in names):
        return "google"
    if "mobile phone" in names and "business phone" in names:
        return "outlook"
    phone = not names.isdisjoint(("contact phone", "contact phone number", "phone", "phone number"))
    marks = sum(any(name.startswith(mark) for name in names) for mark in _THRUTEXT_MARKS)
    if phone and ("contact phone" in names or "contact phone number" in names or marks >= 2):
        return "thrutext"
    return ""


def adapt(kind: str, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows of a CSV of ``kind`` with the columns of a list; the first row must be the header."""
    first = next(rows, None)
    if first is None:
        return
    line, header = first
    columns = _PLANS[kind]([cell.strip() for cell in header])
    yield line, [column.name for column in columns]
    for number, cells in rows:
        yield number, cells if isinstance(cells, BadRow) else [column.value(cells) for column in columns]


def _cell(cells: Cells, index: int) -> str:
    return cells[index] if index < len(cells) else ""


def _kept(name: str, index: int) -> _Column:
    return _Column(name, lambda cells: _cell(cells, index))


def _split(text: str) -> list[str]:
    return [piece.strip() for piece in text.split(":::") if piece.strip()]


# -- Google ---------------------------------------------------------------------------------------


def _google(header: list[str]) -> list[_Column]:
    values: dict[str, int] = {}
    kinds: dict[str, int] = {}
    columns: list[_Column] = []
    for index, name in enumerate(header):
        folded = name.casefold()
        match = _GOOGLE.fullmatch(folded)
        if match:
            (values if match[2] == "value" else kinds)[match[1]] = index
        elif folded in ("group membership", "labels"):
            columns.append(_Column("Tags", lambda cells, i=index: _groups(_cell(cells, i))))  # type: ignore[misc]
        elif not _KIND_COLUMN.fullmatch(folded) and folded not in ("photo", "yomi name"):
            columns.append(_kept(_NAMES.get(folded, name), index))
    places = [
        (index, kinds.get(number, -1)) for number, index in sorted(values.items(), key=lambda v: int(v[0]))
    ]

    def numbers(cells: Cells) -> list[str]:
        found = [(_cell(cells, kind) if kind >= 0 else "", _cell(cells, value)) for value, kind in places]
        return _likeliest(found)

    return [*_number_columns(numbers), *columns]


def _groups(text: str) -> str:
    """The groups that a person made; those with a star are Google's own."""
    return SEVERAL.join(group for group in _split(text) if not group.startswith("*"))


def _likeliest(found: list[tuple[str, str]]) -> list[str]:
    """Numbers of (type, cell), mobiles first, no fax; a cell may hold several."""
    ranked: list[tuple[int, str]] = []
    for kind, cell in found:
        words = kind.casefold()
        if not ("fax" in words or "pager" in words):
            mobile = any(word in words for word in ("mobil", "cell", "iphone", "handy", "móvil", "portable"))
            ranked += [(0 if mobile or words.startswith("*") else 1, number) for number in _split(cell)]
    return list(dict.fromkeys(number for _, number in sorted(ranked, key=lambda item: item[0])))


def _number_columns(numbers: Callable[[Cells], list[str]]) -> list[_Column]:
    return [
        _Column("Mobile", lambda cells: next(iter(numbers(cells)), "")),
        _Column("Other numbers", lambda cells: SEVERAL.join(numbers(cells)[1:])),
    ]


# -- Outlook --------------------------------------------------------------------------------------


def _outlook(header: list[str]) -> list[_Column]:
    places = {name.casefold(): index for index, name in enumerate(header)}
    numbers_at = [places[name] for name in _OUTLOOK if name in places]
    columns = []
    for index, name in enumerate(header):
        folded = name.casefold()
        if folded == "categories":
            columns.append(
                _Column("Tags", lambda cells, i=index: _cell(cells, i).replace(";", SEVERAL))  # type: ignore[misc]
            )
        elif folded not in _OUTLOOK and folded not in _OUTLOOK_NOT:
            columns.append(_kept("Job title" if folded == "title" else name, index))

    def numbers(cells: Cells) -> list[str]:
        return _likeliest([("", _cell(cells, index)) for index in numbers_at])

    return [*_number_columns(numbers), *columns]


# -- peers ----------------------------------------------------------------------------------------


def _spoke(header: list[str]) -> list[_Column]:
    """Spoke's campaign export; the texter's own columns are not the person's."""
    columns = []
    for index, name in enumerate(header):
        folded = name.casefold()
        if folded.startswith(_SPOKE_NOT):
            continue
        inner = re.fullmatch(r"(?:contact|question)\[(.+)\]", name)
        columns.append(_kept(_SPOKE.get(folded) or (inner[1] if inner else name), index))
    return columns


def _thrutext(header: list[str]) -> list[_Column]:
    return [
        _kept(_THRUTEXT.get(name.casefold(), name), index)
        for index, name in enumerate(header)
        if not name.casefold().startswith(_THRUTEXT_NOT)
    ]


_PLANS: dict[str, Callable[[list[str]], list[_Column]]] = {
    "google": _google,
    "outlook": _outlook,
    "spoke": _spoke,
    "thrutext": _thrutext,
}
