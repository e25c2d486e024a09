"""vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350): a tolerant reader of what an import needs of a card.

A card that is damaged is told by itself and the next one is read. Pictures, sounds and keys are passed over
unread, so that none of them can spoil or swell anything.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from app.people.reading import BadRow, Row

HEADER = [
    "Name", "First name", "Last name", "Mobile", "Other numbers", "Email", "Organisation", "Job title",
    "City", "Birthday", "Tags", "Notes", "Language", "Time zone",
]  # fmt: skip
MAX_LINES = 5_000  # of one card
MAX_VALUE = 32 * 1024  # characters of one property
_SKIPPED = frozenset(("PHOTO", "LOGO", "SOUND", "KEY", "PRODID", "REV", "UID"))
_WANTED = frozenset(
    ("FN", "N", "TEL", "EMAIL", "ORG", "TITLE", "ADR", "BDAY", "CATEGORIES", "NOTE", "LANG", "TZ", "NICKNAME")
)
_NO_TEXTS = frozenset(("FAX", "PAGER", "MODEM", "BBS", "TEXTPHONE"))
_MOBILE = frozenset(("CELL", "MOBILE", "IPHONE", "TEXT", "SMS"))
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T.*)?")


@dataclass(slots=True)
class _Card:
    line: int
    values: dict[str, str] = field(default_factory=dict)
    numbers: list[tuple[int, str]] = field(default_factory=list)  # (how unlikely to get a text, as written)
    tags: list[str] = field(default_factory=list)
    size: int = 0


def rows(lines: Iterable[str]) -> Iterator[Row]:
    """The header, then a row for each card by the line of its BEGIN; a damaged card is a ``BadRow``."""
    yield 1, list(HEADER)
    card: _Card | None = None
    for number, content in _unfolded(lines):
        mark = content.strip().upper() if len(content) < 40 else ""
        if mark == "BEGIN:VCARD":
            if card is not None:
                yield card.line, _bad(card, "The card has no end.")
            card = _Card(number)
        elif mark == "END:VCARD":
            if card is not None:
                yield card.line, _cells(card)
            card = None
        elif card is not None:
            problem = _take(card, content)
            if problem:
                yield card.line, _bad(card, problem)
                card = None
    if card is not None:
        yield card.line, _bad(card, "The card has no end: the file may be cut off.")


def _bad(card: _Card, reason: str) -> BadRow:
    cells = _cells(card)
    return BadRow(cells, reason, cells[3] or cells[0])


# -- lines ----------------------------------------------------------------------------------------


def _unfolded(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Logical lines with the number of their first one: folds joined, quoted-printable breaks joined.

    RFC 6350 3.2: a line that begins with white space goes on with the one before. vCard 2.1 breaks
    quoted-printable values with "=" at the end, and those go on without a space.
    """
    start, pieces, size = 1, [""], 0
    for number, content in enumerate(lines, 1):
        text = content.rstrip("\r\n")
        if pieces[-1].endswith("=") and _quoted_printable(pieces[0]):
            pieces[-1] = pieces[-1][:-1]
            more = text
        elif text[:1] in (" ", "\t"):
            more = text[1:]
        else:
            if pieces[0]:
                yield start, "".join(pieces)
            start, pieces, size = number, [text], len(text)
            continue
        size += len(more)
        if size <= 2 * MAX_VALUE:  # a picture's lines are counted and let go
            pieces.append(more)
    if pieces[0]:
        yield start, "".join(pieces)


def _quoted_printable(first: str) -> bool:
    return "QUOTED-PRINTABLE" in first.partition(":")[0].upper()


# -- properties -----------------------------------------------------------------------------------


def _take(card: _Card, content: str) -> str:
    """Take one property in. Returns why the card cannot be read, or ""."""
    card.size += 1
    if card.size > MAX_LINES:
        return f"The card has over {MAX_LINES:,} lines."
    head, value = _split(content)
    name, *parameters = head.split(";")
    name = name.rpartition(".")[2].strip().upper()
    if name in _SKIPPED or name not in _WANTED:
        return ""
    kinds = _kinds(parameters)
    text = value[:MAX_VALUE]
    if "QUOTED-PRINTABLE" in kinds:
        text = _from_quoted_printable(text, parameters)
    elif not kinds.isdisjoint(("BASE64", "B")):
        text = _from_base64(text)
    _keep(card, name, kinds, text)
    return ""


def _split(content: str) -> tuple[str, str]:
    """What is before and after the colon; one inside quotation marks belongs to a parameter."""
    head, _, value = content.partition(":")
    while head.count('"') % 2 and value:
        more, _, value = value.partition(":")
        head = f"{head}:{more}"
    return head, value


def _kinds(parameters: list[str]) -> frozenset[str]:
    """Every type and value of the parameters in capitals: TYPE="cell,voice", CELL and PREF=1 alike."""
    found: list[str] = []
    for parameter in parameters:
        key, equals, value = parameter.partition("=")
        if equals:
            found += [f"{key.strip().upper()}="]
            found += [piece.strip().upper() for piece in value.strip('" ').split(",")]
        else:
            found.append(key.strip().upper())
    return frozenset(found)


def _from_quoted_printable(text: str, parameters: list[str]) -> str:
    octets = quopri.decodestring(text.encode("utf-8", "replace"))
    charset = next(
        (p.partition("=")[2].strip('" ') for p in parameters if p.upper().startswith("CHARSET=")), ""
    )
    for encoding in (charset, "utf-8"):
        try:
            return octets.decode(encoding) if encoding else octets.decode("utf-8")
        except (LookupError, UnicodeError, ValueError):
            continue
    return octets.decode("cp1252", "replace")


def _from_base64(text: str) -> str:
    try:
        return binascii.a2b_base64(text).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _keep(card: _Card, name: str, kinds: frozenset[str], text: str) -> None:
    if name == "TEL":
        if kinds.isdisjoint(_NO_TEXTS) or not kinds.isdisjoint(_MOBILE):
            number = unquote(text.strip()).replace("\\", "").replace(";ext=", " x")  # RFC 3966 5.1.2
            if number:
                card.numbers.append((_unlikely(kinds), number))
    elif name == "CATEGORIES":
        card.tags += [plain(piece) for piece in _pieces(text, ",")]
    elif name in ("N", "ADR", "ORG"):
        card.values.setdefault(name, text)
    elif text.strip():
        card.values.setdefault(name, plain(text))


def _unlikely(kinds: frozenset[str]) -> int:
    """Smaller for what is likelier to get texts: a preferred mobile first, then mobiles, then the others."""
    preferred = not kinds.isdisjoint(("PREF", "PREF="))
    if not kinds.isdisjoint(_MOBILE):
        return 0 if preferred else 1
    return 2 if preferred else 3


def plain(text: str) -> str:
    r"""A value without its escapes: ``\n`` is a line end, ``\,`` a comma (RFC 6350 3.4)."""
    if "\\" not in text:
        return text.strip()
    return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], text).strip()


def _pieces(text: str, mark: str) -> list[str]:
    """``text`` parted at every ``mark`` that is not escaped."""
    if "\\" not in text:
        return text.split(mark)
    return re.split(rf"(?<!\\)(?:\\\\)*{re.escape(mark)}", text)


# -- a card as a row ------------------------------------------------------------------------------


def _cells(card: _Card) -> list[str]:
    values = card.values
    family, given = ([plain(p) for p in _pieces(values.get("N", ""), ";")] + ["", ""])[:2]
    address = [plain(p) for p in _pieces(values.get("ADR", ""), ";")]
    numbers = [number for _, number in sorted(card.numbers, key=lambda found: found[0])]
    numbers = list(dict.fromkeys(numbers))
    birthday = _PLAIN_DATE.fullmatch(values.get("BDAY", ""))
    return [
        values.get("FN", "") or f"{given} {family}".strip() or values.get("NICKNAME", ""),
        given,
        family,
        numbers[0] if numbers else "",
        " ::: ".join(numbers[1:]),
        values.get("EMAIL", ""),
        " ".join(plain(p) for p in _pieces(values.get("ORG", ""), ";")).strip(),
        values.get("TITLE", ""),
        address[3] if len(address) > 3 else "",
        "-".join(birthday.groups()) if birthday else values.get("BDAY", ""),
        " ::: ".join(tag for tag in card.tags if tag),
        values.get("NOTE", ""),
        values.get("LANG", ""),
        values.get("TZ", ""),
    ]
