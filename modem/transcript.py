r"""Conversations with modems as plain text: written by a line's trace, read by people, replayed as a modem.

UTF-8. The first line is ``# p2ptext transcript 1``; empty lines and lines that begin with ``#`` say nothing.
Every other line is ``<seconds from the start, 3 decimals> <direction> <text>``, direction ``>`` to the
modem, ``<`` from it, ``+`` from it and unasked, ``!`` a remark. What cannot be seen is written ``\r``,
``\n``, ``\xNN`` or ``\uNNNN``, the backslash ``\\``.

A text without ``\r`` and ``\n`` is one line of the dialogue, framed as usual; with them it is these octets
and no others. ``>`` followed by a PDU stands for the PDU and its Ctrl-Z, whether ``\x1a`` is written or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from modem.disguise import Disguise

HEAD = "# p2ptext transcript 1"
MOST_LINES = 500_000
MOST_CHARACTERS = 70_000  # in one line
MOST_SECONDS = 10_000_000.0
_LINE = re.compile(r"([0-9]{1,8}(?:\.[0-9]{1,6})?) ([<>+!])(?: (.*))?")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.?))", re.DOTALL)
_NAMED = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}
_NAMES = {char: "\\" + name for name, char in _NAMED.items()}


class TranscriptError(ValueError):
    """A file that is no transcript; the text names the line and is a sentence for a person."""

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        super().__init__(f"Line {line}: {reason}")


class Spoken(Protocol):
    """What :func:`write` needs of a line; ``modem.api.TraceLine`` and :class:`TranscriptLine` have it."""

    @property
    def at(self) -> float:
        """Seconds, from whatever moment."""
        ...

    @property
    def direction(self) -> str:
        """One of ``>``, ``<``, ``+``, ``!``."""
        ...

    @property
    def text(self) -> str:
        """Octets as the characters of the same number, in remarks any text."""
        ...


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One line of a conversation. ``at`` is in seconds from its start; ``text`` has no escapes."""

    at: float
    direction: str
    text: str


def write(lines: Iterable[Spoken]) -> str:
    """The lines as a transcript. Times count from the first line and never go back."""
    written = [HEAD]
    start: float | None = None
    last = 0.0
    for line in lines:
        start = line.at if start is None else start
        last = min(max(last, line.at - start), MOST_SECONDS)
        written.append(f"{last:.3f} {line.direction} {_escaped(line.text)}".rstrip())
    return "\n".join(written) + "\n"


def read(text: str) -> tuple[TranscriptLine, ...]:
    """The lines of a transcript. Raises :class:`TranscriptError` with the number of the first bad line."""
    rows = text.removeprefix("\ufeff").split("\n")
    if rows[0].rstrip() != HEAD:
        raise TranscriptError(1, f"a transcript begins with {HEAD!r}.")
    if len(rows) > MOST_LINES:
        raise TranscriptError(MOST_LINES, "a transcript has no more lines than this.")
    found: list[TranscriptLine] = []
    for number, row in enumerate(rows[1:], 2):
        row = row.rstrip("\r")
        if row.strip() and not row.startswith("#"):
            found.append(_read_line(number, row, found[-1].at if found else 0.0))
    return tuple(found)


def _read_line(number: int, row: str, last: float) -> TranscriptLine:
    if len(row) > MOST_CHARACTERS:
        raise TranscriptError(number, f"longer than {MOST_CHARACTERS} characters.")
    match = _LINE.fullmatch(row)
    if match is None:
        raise TranscriptError(number, "write seconds, then one of > < + !, then the text.")
    at = float(match[1])
    if at < last:
        raise TranscriptError(number, f"{match[1]} s is earlier than the line before it.")
    return TranscriptLine(at, match[2], _unescaped(number, match[3] or ""))


def anonymous(lines: Iterable[Spoken]) -> tuple[TranscriptLine, ...]:
    """The same conversation without anybody's numbers, texts, PIN, IMEI, IMSI, ICCID or place.

    The same thing becomes the same made-up thing of the same length throughout, and PDUs stay valid PDUs
    of the same shape, so that the result can be replayed. What looks like a PDU and is none becomes a remark.
    """
    disguise = Disguise()
    found: list[TranscriptLine] = []
    for line in lines:
        hidden = disguise.line(line.direction, line.text)
        if hidden is None:
            found.append(TranscriptLine(line.at, "!", f"left out: {len(line.text)} characters, no PDU"))
        else:
            found.append(TranscriptLine(line.at, line.direction, hidden))
    return tuple(found)


def _escaped(text: str) -> str:
    if text.isprintable() and "\\" not in text and not text.endswith(" "):
        return text
    body, tail = (text[:-1], "\\x20") if text.endswith(" ") else (text, "")
    return "".join(map(_escape, body)) + tail


def _escape(char: str) -> str:
    if char in _NAMES:
        return _NAMES[char]
    if char.isprintable():
        return char
    code = ord(char)
    # Beyond the basic plane nothing unseen is needed to replay: it is shown by its code alone.
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else "\ufffd"


def _unescaped(number: int, text: str) -> str:
    def meant(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        if code:
            return chr(int(code, 16))
        if match[3] not in _NAMED:
            raise TranscriptError(number, f"{match[0]!r} stands for nothing; write \\\\ for a backslash.")
        return _NAMED[match[3]]

    return _ESCAPE.sub(meant, text) if "\\" in text else text
