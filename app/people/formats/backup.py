"""SMS Backup & Restore's XML: the texts of an Android phone, read as a stream and within bounds.

``<sms address date type body contact_name/>``; date in milliseconds since 1970 UTC; type 1 received, 2 sent,
3 draft, 4 outbox, 5 failed, 6 queued. Emoji stand there as two references to halves of a pair (``&#55357;``
``&#56846;``), which no XML parser takes: they are put together before it reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from app.people.formats.oldtext import MAX_CHARS, MAX_TEXTS, OldText
from app.people.reading import ImportFailure

MAX_BYTES = 200 * 1024 * 1024
_CHUNK = 256 * 1024
_LONGEST = 16  # of a reference with zeros before its digits
_PARTIAL = re.compile(rb"&[#xX0-9A-Fa-f]*\Z")
_LAST_HIGH = re.compile(
    rb"&#(?:[xX]0*[dD][89aAbB][0-9A-Fa-f]{2}|0*(?:55[2-9]|56[0-3])[0-9]{2});\Z"
)  # U+D800 to U+DBFF
_REFERENCES = re.compile(rb"(?:&#(?:[0-9]{1,9}|[xX][0-9A-Fa-f]{1,8});)+")
_ONE = re.compile(rb"&#([xX]?)([0-9A-Fa-f]+);")
_HEAD = 64 * 1024
_KINDS = {"1": (True, False), "2": (False, False), "5": (False, True)}  # (received, failed)
_NO_NAMES = frozenset(("(unknown)", "null", "unknown"))


def recognise(head: str) -> bool:
    """True for the beginning of such a file."""
    return bool(re.search(r"<smses[\s>]", head[:_HEAD]))


def texts(path: Path) -> Iterator[OldText]:
    """Every text in the file's order; drafts, waiting ones and pictures are passed over.

    Raises :class:`ImportFailure` for what is damaged, out of bounds, or has a document type in it.
    """
    reader = _Reader(path)
    try:
        with path.open("rb") as file:
            left = b""
            while chunk := file.read(_CHUNK):
                data = left + chunk
                cut = _safe_cut(data)
                data, left = data[:cut], data[cut:]
                yield from reader.feed(data)
            yield from reader.feed(left, last=True)
    except OSError as error:
        raise ImportFailure(f"{path.name} cannot be read: {error.strerror}.") from error


def _safe_cut(data: bytes) -> int:
    """Where ``data`` can be parted without parting a reference, or a pair of them."""
    partial = _PARTIAL.search(data, max(0, len(data) - _LONGEST))
    end = partial.start() if partial else len(data)
    half = _LAST_HIGH.search(data, max(0, end - _LONGEST), end)
    return half.start() if half else end


def whole_references(data: bytes) -> bytes:
    """``data`` with pairs of references made one, and those that name no character made U+FFFD."""
    return _REFERENCES.sub(_joined, data) if b"&#" in data else data


def _joined(match: re.Match[bytes]) -> bytes:
    units = [int(digits, 16 if x else 10) for x, digits in _ONE.findall(match[0])]
    found: list[int] = []
    for unit in units:
        if found and 0xD800 <= found[-1] < 0xDC00 <= unit < 0xE000:
            found[-1] = 0x10000 + ((found[-1] - 0xD800) << 10) + unit - 0xDC00
        else:
            found.append(unit)
    return b"".join(b"&#%d;" % (unit if _is_character(unit) else 0xFFFD) for unit in found)


def _is_character(unit: int) -> bool:
    """XML 1.0 2.2: what a character reference may name."""
    return (
        unit in (9, 10, 13) or 0x20 <= unit < 0xD800 or 0xE000 <= unit < 0xFFFE or 0x10000 <= unit < 0x110000
    )


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: list[OldText] = []
        self._count = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse

    def feed(self, data: bytes, *, last: bool = False) -> list[OldText]:
        """The texts that end in the next piece of the file."""
        try:
            self._parser.Parse(whole_references(data), last)
        except expat.ExpatError as error:
            raise ImportFailure(
                f"{self._path.name} is damaged at line {error.lineno:,}, or it is cut off. Make the backup "
                "again. Nothing was imported."
            ) from error
        found, self._found = self._found, []
        return found

    def _refuse(self, *_: object) -> None:
        raise ImportFailure(
            f"{self._path.name} declares a document type, which no backup does. It was not read any "
            "further, and nothing was imported."
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name != "sms":
            return
        kind = _KINDS.get(attributes.get("type", ""))
        at = _seconds(attributes.get("date", ""))
        if kind is None or at is None:
            return
        self._count += 1
        if self._count > MAX_TEXTS:
            raise ImportFailure(
                f"{self._path.name} has over {MAX_TEXTS:,} texts. Make a backup of fewer. "
                "Nothing was imported."
            )
        called = attributes.get("contact_name", "")
        self._found.append(
            OldText(
                line=self._parser.CurrentLineNumber,
                address=attributes.get("address", "")[:200],
                name="" if called.casefold() in _NO_NAMES else called[:200],
                received=kind[0],
                failed=kind[1],
                text=attributes.get("body", "")[:MAX_CHARS],
                at=at,
            )
        )


def _seconds(milliseconds: str) -> float | None:
    if not (milliseconds.isascii() and milliseconds.isdigit() and len(milliseconds) <= 14):
        return None
    return int(milliseconds) / 1000
