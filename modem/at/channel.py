"""One command at a time over a transport. What comes by itself meanwhile is kept for later."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeGuard

from modem.api import TraceLine, ignore_trace
from modem.at.parser import Final, Parser, Prompt, Reply, Unsolicited, Value
from modem.at.timing import Timeouts
from modem.at.unsolicited import RESTARTS, name_of
from modem.errors import AnswerTimeoutError, PortError
from modem.masking import without_pin
from modem.transport import Transport

_ESC = b"\x1b"
_CTRL_Z = b"\x1a"
_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command gave: its lines, and the result that ended it."""

    lines: tuple[str, ...]
    final: Final

    @property
    def ok(self) -> bool:
        return self.final.ok


@dataclass(frozen=True, slots=True)
class Submission:
    """What followed Ctrl-Z. ``line`` is the +CMGS line; ``final`` None when none came in time.

    ``lost`` is the port's error when it went away, ``restarted`` tells that the modem began anew.
    """

    line: str | None
    final: Final | None
    restarted: bool = False
    lost: PortError | None = None


class Channel:
    """A dialogue with a modem. Used by one thread.

    ``dirty`` means that the last dialogue did not end cleanly: the next command first finds the thread
    again with :meth:`resync`, so that a late answer is never taken for the new command's.
    """

    def __init__(
        self,
        transport: Transport,
        timeouts: Timeouts | None = None,
        on_trace: Callable[[TraceLine], None] = ignore_trace,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.timeouts = timeouts or Timeouts()
        self.clock = clock
        self.dirty = False
        # Bounded: a flood loses its oldest lines, and a sweep finds what they announced.
        self.unsolicited: deque[Unsolicited] = deque(maxlen=_KEPT)
        self.piece = 0  # octets of a PDU written at a time, for slow handsets; 0 for all
        self.piece_pause = 0.0
        self._transport = transport
        self._parser = Parser()
        self._on_trace = None if on_trace is ignore_trace else on_trace
        self._lost: PortError | None = None
        self._strays = 0
        self._heard = 0

    def run(
        self, command: str, timeout: float | None = None, *, everything: bool = False, rows: bool = False
    ) -> Answer:
        """Write ``command`` and wait up to ``timeout`` s for its result, an error result included.

        ``rows`` starts the time anew with each line of the answer. Raises ``AnswerTimeoutError``.
        """
        if self.dirty:
            self.resync()
        self._parser.expect(command, everything=everything)
        self._command(command)
        return self._collect(command, self.timeouts.command if timeout is None else timeout, rows)

    def _collect(self, command: str, timeout: float, rows: bool) -> Answer:
        lines: list[str] = []
        final: Final | None = None
        deadline = self.clock() + timeout
        while final is None:
            left = deadline - self.clock()
            if left <= 0:
                self._give_up()
                raise UnfinishedAnswerError(without_pin(command), tuple(lines))
            before = len(lines)
            for value in self._receive(left):
                if final is None and isinstance(value, Reply):
                    lines.append(value.text)
                elif final is None and isinstance(value, Final):
                    final = value
                else:
                    self._keep(value)
            if rows and len(lines) > before:
                deadline = self.clock() + timeout
        return Answer(tuple(lines), final)

    # -- a text ------------------------------------------------------------------------------------

    def prompt(self, command: str, on_written: Callable[[], None]) -> Final | None:
        """Write a command that asks for a PDU. None when the ``>`` came, else the result that came instead;
        the line of a restart, where one came behind the ``>`` and so took it away.

        ``on_written`` is called when the command is out. Raises ``AnswerTimeoutError``.
        """
        if self.dirty:
            self.resync()
        self._parser.expect_prompt(command)
        self._command(command)
        on_written()
        deadline = self.clock() + self.timeouts.prompt
        while (left := deadline - self.clock()) > 0:
            result: Final | Prompt | None = None
            for value in self._receive(left):
                if result is None and isinstance(value, Final | Prompt):
                    result = value
                    continue
                if isinstance(result, Prompt) and _is_restart(value):
                    result = Final(value.text, False)
                self._keep(value)
            if result is not None:
                return result if isinstance(result, Final) else None
        self._give_up()
        raise UnfinishedAnswerError(command, ())

    def write_pdu(self, pdu: str, on_half: Callable[[], None]) -> None:
        """Write a PDU in two pieces, without what ends it; ``on_half`` is called between them."""
        octets = pdu.encode("ascii")
        half = len(octets) // 2
        self._write_slowly(octets[:half])
        on_half()
        self._write_slowly(octets[half:])
        self._trace(">", pdu)

    def drain(self) -> Final | None:
        """Take in what has already arrived, so that nothing older is read as the answer to what follows.

        A final result or a restart among it means that the prompt is no longer open: it is given back.
        """
        final: Final | None = None
        for value in self._receive(0.0):
            if isinstance(value, Final):
                final = value
            elif _is_restart(value):
                final = Final(value.text, False)
            self._keep(value)
        return final

    def submit(self, pdu: str, on_written: Callable[[], None]) -> Submission:
        """Write Ctrl-Z, the octet that cannot be called back, and wait for what becomes of the text.

        A port that goes away is part of the answer; nothing is raised but what ``on_written`` raises.
        """
        self._parser.expect_submitted(pdu)
        line: str | None = None
        try:
            self._write(_CTRL_Z)
        except PortError as error:
            return Submission(None, None, lost=error)
        on_written()
        deadline = self.clock() + self.timeouts.submit
        while (left := deadline - self.clock()) > 0:
            try:
                values = self._receive(left)
            except PortError as error:
                return Submission(line, None, lost=error)
            seen, final, restarted = self._after_ctrl_z(values)
            if seen is not None and line is None:
                line = seen
                deadline = min(deadline, self.clock() + self.timeouts.grace)
            if final is not None:
                return Submission(line, final)
            if restarted:
                break
        else:
            restarted = False
        self._give_up()
        return Submission(line, None, restarted)

    def _after_ctrl_z(self, values: list[Value]) -> tuple[str | None, Final | None, bool]:
        line: str | None = None
        final: Final | None = None
        restarted = False
        for value in values:
            if final is None and isinstance(value, Reply):
                line = line if line is not None else value.text
            elif final is None and isinstance(value, Final):
                final = value
            else:
                restarted |= _is_restart(value)
                self._keep(value)
        return line, final, restarted

    def escape(self) -> None:
        """Leave an open prompt with ESC (27.005 4.3): nothing leaves. The next command resyncs first."""
        self._parser.idle()
        self.dirty = True
        self._trace(">", "<ESC>")
        self._write(_ESC)

    # -- finding the thread again ------------------------------------------------------------------

    def resync(self) -> None:
        """ESC, then AT until one clean OK. Never Ctrl-Z: that would send what lies at a stale prompt.

        Raises ``AnswerTimeoutError`` when the modem stays silent.
        """
        self.dirty = True
        self._parser.idle()
        self._trace(">", "<ESC>")
        self._write(_ESC + b"\r")
        self._quiet()
        for _ in range(self.timeouts.wake_tries):
            self._strays = 0
            self._parser.expect("AT")
            self._command("AT")
            try:
                answer = self._collect("AT", self.timeouts.wake, False)
            except AnswerTimeoutError:
                continue
            if answer.ok and self._strays == 0 and self._quiet():
                self.dirty = False
                return
        raise AnswerTimeoutError(
            "The modem does not answer. Unplug it, wait ten seconds and plug it in again."
        )

    def _quiet(self) -> bool:
        """Read until nothing came for a moment. True when no late result was among it."""
        self._strays = 0
        deadline = self.clock() + max(1.0, 10 * self.timeouts.settle)
        while self.clock() < deadline:
            heard = self._heard
            self.listen(self.timeouts.settle)
            if self._heard == heard:
                break
        return self._strays == 0

    def listen(self, timeout: float) -> bool:
        """Wait up to ``timeout`` s for something to come by itself; True when a line did."""
        values = self._receive(timeout)
        for value in values:
            self._keep(value)
        return bool(values)

    def pause(self, seconds: float) -> None:
        """Let time go by while listening."""
        deadline = self.clock() + seconds
        while (left := deadline - self.clock()) > 0:
            self.listen(left)

    # -- octets ------------------------------------------------------------------------------------

    def _give_up(self) -> None:
        self._parser.idle()
        self.dirty = True

    def _keep(self, value: Value) -> None:
        if isinstance(value, Unsolicited):
            self.unsolicited.append(value)
        elif isinstance(value, Final | Prompt):
            self._strays += 1
            self.remark(f"late or unasked: {value.text}")

    def _command(self, command: str) -> None:
        self._trace(">", command)
        self._write(command.encode("latin-1", "replace") + b"\r")

    def _write(self, data: bytes) -> None:
        if self._lost is not None:
            raise self._lost
        try:
            self._transport.write(data)
        except PortError as error:
            self._lost = error
            raise

    def _write_slowly(self, data: bytes) -> None:
        size = self.piece or len(data)
        for at in range(0, len(data), size):
            self._write(data[at : at + size])
            if self.piece_pause:
                time.sleep(self.piece_pause)

    def _receive(self, timeout: float) -> list[Value]:
        """The values in what arrives next, perhaps none."""
        if self._lost is not None:
            raise self._lost
        try:
            data = self._transport.read(timeout)
        except PortError as error:
            self._lost = error
            raise
        if not data:
            return []
        self._heard += len(data)
        values = self._parser.feed(data)
        if self._on_trace is not None:
            for value in values:
                if isinstance(value, Unsolicited):
                    self._trace("+", value.text)
                    if value.data:
                        self._trace("+", value.data)
                else:
                    self._trace("<", value.text)
        return values

    def remark(self, text: str) -> None:
        """Put a remark of our own into the trace."""
        self._trace("!", text)

    def _trace(self, direction: str, text: str) -> None:
        if self._on_trace is not None:
            self._on_trace(TraceLine(time.time(), direction, without_pin(text)))


class UnfinishedAnswerError(AnswerTimeoutError):
    """No result came in time. ``lines`` are what came before that (Wavecom's +CPIN has no OK)."""

    def __init__(self, command: str, lines: tuple[str, ...]) -> None:
        self.lines = lines
        super().__init__(f"The modem did not answer {command} in time.")


def _is_restart(value: Value) -> TypeGuard[Unsolicited]:
    return isinstance(value, Unsolicited) and name_of(value.text) in RESTARTS
