"""Reads libgammu's own log while it talks, for the trace and for what it proves about a text.

libgammu hides the network's error codes ("Unknown error"), but its log has every frame that it writes, said
before it is written, and every frame that it read, as a hex dump. The log comes through a pipe, so that
nobody's words are written to a disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from modem.at.parser import Final, final_result
from modem.at.replies import reference as read_reference

_FRAME = re.compile(rb"(SENDING|RECEIVED) frame type 0x[0-9A-F]+/length 0x[0-9A-F]+/([0-9]{1,5})\s*")
_COLUMNS, _WIDTH = 16, 4
_MOST_LINE = 4096
_MOST_FRAME = 20_000
_CTRL_Z = "\x1a"  # as read here: it is libgammu that writes it
# Only libgammu's AT driver says these. Others begin with an AT command too, and then leave that language.
_ABOUT_TEXTS = ("AT+CPMS", "AT+CMGF", "AT+CSCA", "AT+CMGS")


@dataclass(slots=True)
class Evidence:
    """What was seen since the hand-over of one part: Ctrl-Z on its way, and the answer after it."""

    prompted: bool = False  # AT+CMGS went out
    submitted: bool = False
    final: Final | None = None
    reference: int | None = None


class Log:
    """Takes octets of the log in pieces of any size; calls ``tell(direction, text)`` for each line said."""

    def __init__(self, tell: Callable[[str, str], None]) -> None:
        self._tell = tell
        self._rest = b""
        self._sent = True
        self._left = 0
        self._frame = b""
        self._asked = ""
        #: True once gammu spoke of texts in AT commands: then the log proves what left and what did not.
        self.speaks_at = False
        self.evidence = Evidence()

    def expect(self) -> None:
        """A part is about to be handed over."""
        self.evidence = Evidence()

    def feed(self, octets: bytes) -> None:
        """The next piece. Raises nothing, whatever it holds."""
        *lines, rest = (self._rest + octets).split(b"\n")
        self._rest = rest[:_MOST_LINE]
        for line in lines:
            self._line(line)

    def _line(self, line: bytes) -> None:
        if self._left:
            self._dump(line)
        elif match := _FRAME.fullmatch(line):
            length = int(match[2])
            self._sent, self._frame = match[1] == b"SENDING", b""
            self._left = length if length <= _MOST_FRAME else 0

    def _dump(self, line: bytes) -> None:
        count = min(_COLUMNS, self._left)
        try:
            piece = bytes(int(line[at * _WIDTH : at * _WIDTH + 2], 16) for at in range(count))
        except ValueError:
            self._left = 0  # no dump after all
            return
        self._frame += piece
        self._left -= count
        if not self._left:
            self._whole()

    def _whole(self) -> None:
        lines = [line for line in re.split(r"[\r\n]+", self._frame.decode("latin-1")) if line]
        if self._sent:
            self._note_sent(lines)
        else:
            self._note_read(lines)
            if lines and lines[0] == self._asked:  # the phone's echo
                lines = lines[1:]
        for line in lines:
            self._tell(">" if self._sent else "<", line)

    def _note_sent(self, lines: list[str]) -> None:
        self._asked = lines[0] if lines else ""
        if self._asked.startswith(_ABOUT_TEXTS):
            self.speaks_at = True
        if self._asked.startswith("AT+CMGS="):
            self.evidence.prompted = True
        elif lines == [_CTRL_Z]:
            self.evidence.submitted = True

    def _note_read(self, lines: list[str]) -> None:
        evidence = self.evidence
        if not evidence.submitted:
            return
        for line in lines:
            if line.startswith("+CMGS:") and evidence.reference is None:
                evidence.reference = read_reference(line)
            elif evidence.final is None:
                evidence.final = final_result(line)
