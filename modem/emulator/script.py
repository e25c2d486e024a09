"""A transcript as something to answer from: what was said to each command, and what came by itself.

Commands are looked up in order, a few ahead at most, so that a terminal that asks a little differently from
the one that was recorded keeps its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from modem.transcript import TranscriptLine

WINDOW = 25  # exchanges looked ahead before the command is taken for one out of order
PAYLOAD = "<payload>"
_ASKS_FOR_PAYLOAD = ("AT+CMGS=", "AT+CMGW=", "AT+CNMA=1,", "AT+CMGC=")
_CONTENT = re.compile(r"(\+CMG[SWC]=|\+CPIN=|\+CNMA=1,)[^;]*")
_RESULT = re.compile(r"OK|ERROR|\+CM[ES] ERROR.*|COMMAND NOT SUPPORT|NO CARRIER|CONNECT.*|\s*>\s*")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_HEADERS = ("+CMGL:", "+CMGR:", "+CMT:", "+CDS:", "+CBM:")
_STORED = re.compile(r"\+CMGL:\s*(\d+)\s*,\s*(\d)\s*,[^,]*,\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Said:
    """Something the modem said, ``delay`` seconds after what was written to it."""

    delay: float
    octets: bytes
    unasked: bool = False


@dataclass(slots=True)
class Exchange:
    """What was written, as a key, and what was said to it. ``key`` "" is what came before anything."""

    key: str
    at: float
    said: list[Said] = field(default_factory=list)
    answered: bool = False

    @property
    def answer(self) -> list[Said]:
        """What was asked for."""
        return [one for one in self.said if not one.unasked]

    @property
    def prompts(self) -> bool:
        """Whether it ends in a prompt."""
        return any(one.octets.rstrip().endswith(b">") for one in self.answer[-1:])

    @property
    def sends(self) -> bool:
        """Whether it is part of sending: nothing that follows it can come without it."""
        return self.key == PAYLOAD or self.key.startswith(_ASKS_FOR_PAYLOAD)


def key_of(command: str) -> str:
    """What a command is looked up by: capitals, no spaces, and without what differs from text to text."""
    outside = re.split(r'("[^"]*")', command.strip())
    bare = "".join(part if part.startswith('"') else "".join(part.split()).upper() for part in outside)
    return _CONTENT.sub(lambda match: match[1] + "*", bare)


def exchanges(lines: Sequence[TranscriptLine]) -> list[Exchange]:
    """The dialogue in a transcript, command by command."""
    found = [Exchange("", 0.0)]
    header = False  # the line before announced a data line
    for line in lines:
        now = found[-1]
        if line.direction == ">":
            found.extend(_written(line, now))
            header = False
        elif line.direction in "<+":
            unasked = line.direction == "+" or now.answered or not now.key
            now.said.append(Said(line.at - now.at, framed(line.text, behind=header), unasked))
            now.answered |= (
                not unasked and _RESULT.fullmatch(line.text.strip().rpartition("\n")[2]) is not None
            )
            header = line.text.startswith(_HEADERS) and "\n" not in line.text
    for exchange in found:
        if exchange.key.startswith(_ASKS_FOR_PAYLOAD) and not exchange.answer:
            exchange.said.insert(0, Said(0.0, framed("> ", behind=False)))
    return found


def _written(line: TranscriptLine, before: Exchange) -> Iterator[Exchange]:
    """The commands in one written line; octets that end a prompt or wake a modem are none."""
    text = line.text.strip("\r\n")
    if text in ("<ESC>", "\x1b", "\x1a", "<CTRL-Z>", ""):
        return
    asked = before.prompts or before.key.startswith(_ASKS_FOR_PAYLOAD)
    if asked and (text.endswith("\x1a") or _HEX.fullmatch(text) or not text.upper().startswith("AT")):
        yield Exchange(PAYLOAD, line.at)
        return
    for command in text.replace("\x1b", "").replace("\n", "\r").split("\r"):
        if command:
            yield Exchange(key_of(command), line.at)


def framed(text: str, *, behind: bool) -> bytes:
    """A recorded line as octets; what was recorded with its line ends is given as it was.

    ``behind`` a header stands its data, without an empty line between them (27.005 3.4.2).
    """
    octets = text.encode("latin-1", "replace")
    if "\r" in text or "\n" in text:
        return octets
    if text.strip() == ">":
        return b"\r\n> "
    return octets + b"\r\n" if behind else b"\r\n" + octets + b"\r\n"


class Script:
    """A place in a transcript. ``deleted`` are the slots that the terminal has emptied."""

    def __init__(self, lines: Sequence[TranscriptLine]) -> None:
        self._all = exchanges(lines)
        self._next = 1
        self._rows = dict(_rows(lines))
        self.deleted: set[int] = set()

    @property
    def opening(self) -> Exchange:
        """What the modem said before anything was written."""
        return self._all[0]

    def find(self, key: str) -> tuple[list[Said], list[Said]]:
        """The answer to a command, with what came by itself until the next one, and what was passed over.

        Answers from elsewhere in the transcript come without what came by itself there.
        """
        sends = key == PAYLOAD or key.startswith(_ASKS_FOR_PAYLOAD)
        for place in range(self._next, len(self._all)):
            if not sends and (place >= self._next + WINDOW or self._all[place].sends):
                break  # what follows a text that was sent cannot come before it
            if self._all[place].key == key:
                passed = [one for early in self._all[self._next : place] for one in early.said if one.unasked]
                self._next = place + 1
                return self._all[place].said, passed
        return self._elsewhere(key), []

    def _elsewhere(self, key: str) -> list[Said]:
        number = _slot(key)
        if key.startswith("AT+CMGR=") and number in self.deleted:
            return [Said(0.0, framed("OK", behind=False))]
        same = [exchange for exchange in self._all if exchange.key == key and exchange.answer]
        earlier = [exchange for exchange in self._all[: self._next] if exchange in same]
        if same:
            chosen = (earlier or same)[-1 if earlier else 0]
            return self._still_there(chosen.answer) if "+CMGL" in key else chosen.answer
        if key.startswith("AT+CMGR=") and number in self._rows:
            return [Said(0.0, f"\r\n{self._rows[number]}\r\n\r\nOK\r\n".encode("latin-1"))]
        return [Said(0.0, framed(_guess(key), behind=False))]

    def _still_there(self, answer: list[Said]) -> list[Said]:
        """A recorded listing without the rows of slots that are empty now."""
        kept: list[Said] = []
        gone = False
        for one in answer:
            match = _STORED.match(one.octets.decode("latin-1").strip())
            if match:
                gone = int(match[1]) in self.deleted
            elif one.octets.startswith(b"\r\n"):
                gone = False
            if not gone:
                kept.append(one)
        return kept

    def jump(self) -> list[Said]:
        """The terminal says nothing: what came by itself next, unless a text was sent before that."""
        for place in range(self._next, len(self._all)):
            exchange = self._all[place]
            if exchange.sends:
                return []
            unasked = [one for one in exchange.said if one.unasked]
            if unasked:
                self._next = place + 1
                first = unasked[0].delay
                return [Said(one.delay - first, one.octets, True) for one in unasked]
        return []

    def done_with(self, key: str, answer: Sequence[Said]) -> None:
        """Note what a command changed."""
        number = _slot(key)
        if key.startswith("AT+CMGD=") and number is not None and any(b"OK" in one.octets for one in answer):
            self.deleted.add(number)


def _slot(key: str) -> int | None:
    match = re.fullmatch(r"AT\+CMG[RD]=(\d{1,5})(?:,0?)?", key)
    return int(match[1]) if match else None


def _rows(lines: Sequence[TranscriptLine]) -> Iterator[tuple[int | None, str]]:
    """What listings showed of each slot, as +CMGR would show it."""
    header: re.Match[str] | None = None
    for line in lines:
        if header is not None and _HEX.fullmatch(line.text):
            yield int(header[1]), f"+CMGR: {header[2]},,{header[3]}\r\n{line.text}"
        header = _STORED.fullmatch(line.text.strip()) if line.direction == "<" else None


def _guess(key: str) -> str:
    """The result of a command that was never recorded: settings are taken, questions and texts are not."""
    if key == PAYLOAD:
        return "+CMS ERROR: 500"
    setting = "=" in key and not key.endswith("=?") and not key.startswith((*_ASKS_FOR_PAYLOAD, "AT+CMSS"))
    plain = re.fullmatch(r"AT[A-Z&0-9]*", key) and "D" not in key[2:]
    return "OK" if setting or plain else "ERROR"
