"""A transcript served as a modem: ``p2ptext emulate --replay FILE``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from modem.emulator.agenda import Agenda
from modem.emulator.script import PAYLOAD, Said, Script, framed, key_of
from modem.transcript import TranscriptLine

LONGEST_WAIT = 120.0  # seconds that anything recorded may take
IDLE = 3.0  # seconds of silence of the terminal after which the story goes on without it
MOST_OCTETS = 65_536
_END_OF_MESSAGE = re.compile(rb"[\x1a\x1b]")


class ReplayDevice:
    """Answers as a recorded modem did. ``speed`` divides every recorded time.

    What is written while an answer is still coming waits until it has come.
    """

    def __init__(self, lines: Sequence[TranscriptLine], agenda: Agenda, *, speed: float = 1.0) -> None:
        self.chunk = 0
        self.gone = False
        self.hang_up: Callable[[float], None] = lambda seconds: None
        self._script = Script(lines)
        self._agenda = agenda
        self._speed = speed
        self._out = bytearray()
        self._typed = bytearray()
        self._prompted = False
        self._coming = 0  # pieces of the present answer that have not come yet
        self._turn = 0  # grows with each thing that happens, so that an old wait is void
        self._say(self._script.opening.said)
        self._wait()

    def feed(self, data: bytes) -> bytes:
        """Take what the terminal wrote; what the modem says by now."""
        if not self.gone:
            self._typed += data[: MOST_OCTETS - len(self._typed)]
            self._work()
        return self.take_output()

    def take_output(self) -> bytes:
        """What the modem has said since the last call."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def unplug(self) -> None:
        """The cable goes; the place in the transcript stays."""
        self.gone, self._prompted, self._coming = True, False, 0
        self._turn += 1
        self._typed.clear()

    def plug_in(self) -> None:
        """The cable is back."""
        self.gone = False

    # -- what is written

    def _work(self) -> None:
        while not self._coming and self._typed:
            command = self._payload() if self._prompted else self._line()
            if command is None:
                return
            if command:
                self._answer(command)

    def _line(self) -> str | None:
        """The key of the next command line, "" for an empty one, None while it is not whole."""
        end = self._typed.find(b"\r")
        if end < 0:
            return None
        text = bytes(self._typed[:end]).decode("latin-1")
        del self._typed[: end + 1]
        start = text.upper().find("AT")
        return key_of(text[start:]) if start >= 0 else ""

    def _payload(self) -> str | None:
        end = _END_OF_MESSAGE.search(self._typed)
        if end is None:
            return None
        left = end[0] == b"\x1b"
        del self._typed[: end.end()]
        self._prompted = False
        if left:
            self._out += framed("OK", behind=False)
        return "" if left else PAYLOAD

    def _answer(self, key: str) -> None:
        self._turn += 1
        said, passed = self._script.find(key)
        self._script.done_with(key, said)
        self._say([Said(0.0, one.octets, True) for one in passed])
        self._say(said)
        self._wait()

    # -- what is said

    def _say(self, said: Sequence[Said]) -> None:
        answer = [one for one in said if not one.unasked]
        self._coming += len(answer)
        for one in said:
            self._later(one.delay, one)

    def _later(self, delay: float, one: Said) -> None:
        wait = min(delay, LONGEST_WAIT) / self._speed
        if wait > 0:
            turn = self._turn
            self._agenda.later(wait, lambda: self._now(one) if one.unasked or turn == self._turn else None)
        else:
            self._now(one)

    def _now(self, one: Said) -> None:
        if self.gone:
            return
        self._out += one.octets
        if not one.unasked:
            self._coming = max(0, self._coming - 1)
            self._prompted = one.octets.rstrip().endswith(b">")
            if not self._coming:
                self._work()

    def _wait(self) -> None:
        """Go on with the story when the terminal stays silent."""
        turn = self._turn
        self._agenda.later(IDLE / self._speed, lambda: self._idle() if turn == self._turn else None)

    def _idle(self) -> None:
        if self._coming or self._prompted or self.gone:
            self._wait()
            return
        said = self._script.jump()
        if said:
            self._say(said)
            self._wait()
