"""The last lines that a modem and this program said to each other, for a person to read.

The ring keeps them as they came, so that sending pays for one append a line. Hiding people's numbers and
texts and explaining PDUs is done when somebody reads.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from app.texting.meaning import LOOK_BACK, body_of_a_text, explain, is_pdu, short_number
from modem.api import TraceLine

__all__ = ["TraceRing", "TraceRow", "explain", "hidden", "rows"]

MOST_LINES = 2_000
MOST_CHARACTERS = 1_000_000
#: A longer line is cut; the longest PDU is 352 characters.
LONGEST = 4_000
SHOWN_OF_A_PDU = 10

_SECRET = re.compile(r'(\+?(?:CPIN2?|CLCK|CPWD)\s*=)[^;\r\n"]*(?:"[^"]*"[^;\r\n"]*)*', re.IGNORECASE)
_HEX = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[A-Fa-f])(?:[0-9A-Fa-f]{2}){10,}(?![0-9A-Za-z])")
# Grouped or not, with the separators that people and operators write.
_NUMBER = re.compile(r"(?<![\w.])\+?[0-9](?:[ \-()]?[0-9]){6,}(?![\w])")
_SPOKEN = re.compile(r'("(?:text|message|body|content|textMessage|data)"\s*:\s*)"(?:[^"\\]|\\.)*"?', re.I)
_QUOTED = re.compile(r'"(?=[^"]*\s)[^"]{16,}"|\'(?=[^\']*\s)[^\']{16,}\'')
# Answers whose words are the operator's or the maker's.
_PLAIN = re.compile(r"(?:AT)?\+(?:COPS|CUSD|CPMS|CGM[IMR]|GM[IMR])\b", re.I)


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One line as it is shown. ``at`` in UTC epoch seconds; ``meaning`` in plain words or "".

    ``direction`` is ">" to the modem, "<" from it, "+" from it and unasked, "!" a remark.
    """

    id: int
    at: float
    direction: str
    text: str
    meaning: str


class TraceRing:
    """The last lines of one line's conversation, numbered from 1. Usable from any thread."""

    def __init__(self, lines: int = MOST_LINES, characters: int = MOST_CHARACTERS) -> None:
        self._lines: deque[TraceLine] = deque()
        self._most, self._most_characters = lines, characters
        self._characters = 0
        self._last = 0
        self._lock = threading.Lock()

    def append(self, line: TraceLine) -> None:
        """Keep a line, and let go of the oldest where there is no room."""
        if len(line.text) > LONGEST:
            line = TraceLine(line.at, line.direction, line.text[:LONGEST] + "…")
        with self._lock:
            self._lines.append(line)
            self._last += 1
            self._characters += len(line.text)
            while len(self._lines) > self._most or self._characters > self._most_characters:
                self._characters -= len(self._lines.popleft().text)

    @property
    def last(self) -> int:
        """The number of the newest line; 0 before the first."""
        return self._last

    def lines(self) -> tuple[TraceLine, ...]:
        """Every line that is kept, oldest first."""
        with self._lock:
            return tuple(self._lines)

    def after(self, number: int) -> tuple[tuple[TraceLine, ...], tuple[TraceLine, ...], int]:
        """What stands before, the lines after ``number``, and the number of the first of them."""
        with self._lock:
            oldest = self._last - len(self._lines) + 1
            first = max(number + 1, oldest)
            skip = first - oldest
            before = tuple(islice(self._lines, max(skip - LOOK_BACK, 0), skip))
            return before, tuple(islice(self._lines, skip, None)), first


def rows(ring: TraceRing, after: int = 0, *, numbers: bool = False) -> tuple[TraceRow, ...]:
    """The lines after the one numbered ``after``, explained; ``numbers`` shows what is hidden else."""
    before, new, first = ring.after(after)
    whole = before + new
    found = []
    for index, line in enumerate(new):
        previous = whole[max(len(before) + index - LOOK_BACK, 0) : len(before) + index]
        text = _without_secrets(line.text) if numbers else hidden(line, previous)
        meaning = explain(line, previous, numbers=numbers)
        found.append(TraceRow(first + index, line.at, line.direction, text, meaning))
    return tuple(found)


def hidden(line: TraceLine, previous: Sequence[TraceLine] = ()) -> str:
    """The line's text without numbers, texts and PINs; a PDU keeps its first octets."""
    if body_of_a_text(line, previous):
        return f"({len(line.text)} characters of a text, hidden)"
    text = _without_secrets(line.text)
    if is_pdu(line.text):
        return line.text[:SHOWN_OF_A_PDU] + "…"
    text = _HEX.sub(lambda match: match[0][:SHOWN_OF_A_PDU] + "…", text)
    text = _SPOKEN.sub(r'\1"…"', text)
    if not _PLAIN.match(text):
        text = _QUOTED.sub(lambda match: f"{match[0][0]}…{match[0][0]}", text)
    return _NUMBER.sub(lambda match: short_number(match[0]), text)


def _without_secrets(text: str) -> str:
    return _SECRET.sub(r"\1****", text)
