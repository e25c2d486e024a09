"""A modem made of rules, on a clock that does not tick by itself: nothing here waits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modem.api import Hooks
from modem.at.channel import Channel
from modem.at.timing import Timeouts
from modem.backends.at import AtModem
from modem.errors import PortError

OK = b"\r\nOK\r\n"
ERROR = b"\r\nERROR\r\n"

Rule = bytes | None | Callable[[str], bytes | None]


class FakePort:
    """The other end of the line. ``rules`` maps the start of a command to its answer (None: silence).

    It keeps what the network would have taken in ``submitted`` and counts Ctrl-Z.
    """

    def __init__(self) -> None:
        self.now = 1000.0
        self.rules: dict[str, Rule] = {
            "AT+CPIN?": b"\r\n+CPIN: READY\r\n" + OK,
            "AT+CSMS=?": b"\r\n+CSMS: (0,1)\r\n" + OK,
            "AT+CSMS?": b"\r\n+CSMS: 1,1,1,1\r\n" + OK,
            "AT+CPMS=?": b'\r\n+CPMS: ("SM"),("SM"),("SM")\r\n' + OK,
            "AT+CPMS?": b'\r\n+CPMS: "SM",1,20,"SM",1,20,"SM",1,20\r\n' + OK,
            "AT+CGSN": b"\r\n490154203237518\r\n" + OK,
            "AT+CGMI": b"\r\nFAKE\r\n" + OK,
            "AT+CNMI?": b"\r\n+CNMI: 2,1,0,1,0\r\n" + OK,
        }
        self.prompt: bytes | None = b"\r\n> "
        self.after_text: bytes | None = b"\r\n+CMGS: 7\r\n\r\nOK\r\n"
        self.echo = False
        self.chunk = 0  # octets in one read; 0 all
        self.written = bytearray()
        self.commands: list[str] = []
        self.submitted: list[str] = []
        self.ctrl_z = 0
        self.escapes = 0
        self.at_prompt = False
        self.hang_up_after: int | None = None  # octets read until the port goes away
        self.fail_write: bytes | None = None  # the port goes when this is written
        self.woken = False
        self.closed = False
        self.heard = 0
        self.out = bytearray()
        self._line = bytearray()
        self._later: list[tuple[float, bytes]] = []
        self._gone = False

    # what the driver uses

    def read(self, timeout: float) -> bytes:
        if self._gone or self.closed:
            raise PortError("The fake port went away.")
        self._release(timeout)
        if not self.out:
            self.now += max(timeout, 0.0) if not self._later else 0.0
            return b""
        size = self.chunk or len(self.out)
        if self.hang_up_after is not None:
            size = min(size, self.hang_up_after - self.heard)
            if size <= 0:
                self._gone = True
                raise PortError("The fake port went away.")
        data = bytes(self.out[:size])
        del self.out[:size]
        self.heard += len(data)
        return data

    def write(self, data: bytes) -> None:
        if self._gone or (self.fail_write is not None and self.fail_write in data):
            self._gone = True
            raise PortError("The fake port went away.")
        self.written += data
        for octet in data:
            self._take(octet)

    def wake(self) -> None:
        self.woken = True

    def close(self) -> None:
        self.closed = True

    # what a test uses

    def clock(self) -> float:
        return self.now

    def say(self, data: bytes) -> None:
        self.out += data

    def say_later(self, seconds: float, data: bytes) -> None:
        self._later.append((self.now + seconds, data))

    # inside

    def _release(self, timeout: float) -> None:
        if self.out or not self._later:
            return
        at, data = min(self._later)
        if at <= self.now + timeout:
            self._later.remove((at, data))
            self.now = max(self.now, at)
            self.out += data
        else:
            self.now += timeout

    def _take(self, octet: int) -> None:
        if octet == 0x1B:
            self.escapes += 1
            self._line.clear()
            if self.at_prompt:
                self.at_prompt = False
                self.out += OK
        elif octet == 0x1A and self.at_prompt:
            self.ctrl_z += 1
            self.at_prompt = False
            self._end_text(self._line.decode("latin-1"))
            self._line.clear()
        elif octet == 0x1A:
            self.ctrl_z += 1
        elif octet == 0x0D and not self.at_prompt:
            self._end_command(self._line.decode("latin-1"))
            self._line.clear()
        else:
            self._line.append(octet)

    def _end_text(self, pdu: str) -> None:
        self.submitted.append(pdu)
        if self.echo:
            self.out += pdu.encode("latin-1") + b"\x1a"
        if self.after_text is not None:
            self.out += self.after_text

    def _end_command(self, command: str) -> None:
        if not command:
            return
        self.commands.append(command)
        if self.echo:
            self.out += command.encode("latin-1") + b"\r"
        if command.startswith("AT+CMGS="):
            self.at_prompt = self.prompt is not None and b">" in self.prompt
            self.out += self.prompt or b""
            return
        rule: Rule = OK
        for start in sorted(self.rules, key=len, reverse=True):
            if command.startswith(start):
                rule = self.rules[start]
                break
        answer = rule(command) if callable(rule) else rule
        self.out += answer or b""


@pytest.fixture
def port() -> FakePort:
    return FakePort()


@pytest.fixture
def channel(port: FakePort) -> Channel:
    return Channel(port, Timeouts(), clock=port.clock)


@pytest.fixture
def new_port() -> type[FakePort]:
    """For tests that need many modems."""
    return FakePort


@pytest.fixture
def new_modem() -> Callable[..., AtModem]:
    """An opened driver over a port, its trace of the ladder forgotten."""

    def make(port: FakePort, hooks: Hooks | None = None, **timeouts: float) -> AtModem:
        modem = AtModem(lambda: port, hooks, Timeouts(**timeouts), port.clock)  # type: ignore[arg-type]
        modem.open()
        port.commands.clear()
        port.written.clear()
        port.escapes = port.heard = 0
        return modem

    return make


@pytest.fixture
def modem(port: FakePort, new_modem: Callable[..., AtModem]) -> AtModem:
    return new_modem(port)
