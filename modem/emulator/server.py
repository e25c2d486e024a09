"""The emulator's process: one loop over ports, timers and standard input."""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Protocol

from modem.emulator.agenda import Agenda
from modem.emulator.ports import LOOK_AGAIN, Port, TcpPort

MAX_COMMAND = 65536
CLOSE_AFTER = 0.05  # seconds in which the last octets reach the reader before the port goes


class Served(Protocol):
    """A modem as its ports see it."""

    chunk: int
    gone: bool
    hang_up: Callable[[float], None]

    def feed(self, data: bytes) -> bytes:
        """Take what the terminal wrote; what the modem says by now."""
        ...

    def take_output(self) -> bytes:
        """What the modem has said since the last call."""
        ...

    def unplug(self) -> None:
        """The cable goes."""
        ...

    def plug_in(self) -> None:
        """The cable is back."""
        ...


@dataclass(slots=True)
class Line:
    """One modem and the ports it is reached by."""

    device: Served
    ports: list[Port]

    def received(self, port: Port, data: bytes) -> None:
        """Octets from a terminal; the answer goes to the port they came by."""
        port.chunk = self.device.chunk
        answer = self.device.feed(data)
        if answer:
            port.write(answer)

    def drain(self) -> None:
        """What the modem says unasked goes to every port."""
        data = self.device.take_output()
        for port in self.ports if data else ():
            port.chunk = self.device.chunk
            port.write(data)


class Server:
    """Runs until ``stop``. ``commands`` carries out a typed line and gives what is to be printed."""

    def __init__(self, agenda: Agenda, *, until_eof: bool = False) -> None:
        self.selector = selectors.DefaultSelector()
        self._agenda = agenda
        self._until_eof = until_eof
        self._lines: list[Line] = []
        self._ports: list[Port] = []
        self.commands: Callable[[str], str] = lambda line: ""
        self._typed = bytearray()
        self._stopping = False

    def add(self, line: Line) -> None:
        """Serve one more modem."""
        self._lines.append(line)
        self._ports.extend(line.ports)
        line.device.hang_up = lambda seconds: self._hang_up(line, seconds)

    def stop(self) -> None:
        """End the loop after this turn."""
        self._stopping = True

    def open(self) -> None:
        """Open every port. Raises :class:`PortProblemError`; what was opened is closed by ``run``'s end."""
        for port in self._ports:
            port.open()

    def tcp_addresses(self) -> list[tuple[str, int]]:
        """Host and port of every modem served by TCP, in order."""
        return [port.address for port in self._ports if isinstance(port, TcpPort)]

    def close(self) -> None:
        """Close every port and take the links away."""
        for port in self._ports:
            port.close()
        self.selector.close()

    def run(self, ready: str) -> None:
        """Say ``ready``, then serve until told to stop."""
        self._watch_input()
        with _signals(self.selector, self.stop):
            announce(ready)
            while not self._stopping:
                self._turn()

    def _turn(self) -> None:
        wait = self._agenda.wait()
        absent = [port for port in self._ports if not port.connected]
        if absent:
            wait = LOOK_AGAIN if wait is None else min(wait, LOOK_AGAIN)
        for key, events in self.selector.select(wait):
            key.data(events)
        if wait is not None:
            self._agenda.turn()
        for port in absent:
            port.look()
        for line in self._lines:
            line.drain()

    # the port goes and comes back

    def _hang_up(self, line: Line, seconds: float) -> None:
        if not line.device.gone:
            line.device.unplug()
            for port in line.ports:
                port.hide()
            self._agenda.later(CLOSE_AFTER, lambda: self._gone(line, seconds))

    def _gone(self, line: Line, seconds: float) -> None:
        for port in line.ports:
            port.close()
        self._agenda.later(seconds, lambda: self._back(line))

    def _back(self, line: Line) -> None:
        for port in line.ports:
            port.open()
        line.device.plug_in()

    # standard input

    def _watch_input(self) -> None:
        if sys.platform == "win32":
            ours, theirs = socket.socketpair()
            threading.Thread(target=_pump, args=(theirs,), daemon=True).start()
            self.selector.register(
                ours, selectors.EVENT_READ, lambda events: self._input(ours, ours.recv(4096))
            )
            return
        with contextlib.suppress(ValueError, OSError):  # no standard input at all
            descriptor = sys.stdin.fileno()
            try:
                self.selector.register(
                    descriptor,
                    selectors.EVENT_READ,
                    lambda events: self._input(descriptor, os.read(descriptor, 4096)),
                )
            except PermissionError:  # a plain file or /dev/null: epoll takes neither
                while data := os.read(descriptor, 4096):
                    self._take_typed(data)
                self._end_of_input()

    def _input(self, source: int | socket.socket, data: bytes) -> None:
        if data:
            self._take_typed(data)
        else:
            self.selector.unregister(source)
            self._end_of_input()

    def _take_typed(self, data: bytes) -> None:
        self._typed += data
        while (end := self._typed.find(b"\n")) >= 0:
            line = self._typed[:end].decode("utf-8", "replace")
            del self._typed[: end + 1]
            answer = self.commands(line)
            if answer:
                announce(answer)
        del self._typed[MAX_COMMAND:]

    def _end_of_input(self) -> None:
        if self._until_eof:
            self.stop()


def announce(line: str) -> None:
    """One line on standard output, unless nobody reads it any more: serving goes on."""
    with contextlib.suppress(OSError, ValueError):
        if sys.platform == "win32" or select.select([], [sys.stdout], [], 0)[1]:
            print(line.encode("utf-8", "replace").decode("utf-8"), flush=True)


def _pump(theirs: socket.socket) -> None:
    """Windows cannot select on standard input: a thread reads it."""
    for line in sys.stdin.buffer:
        theirs.sendall(line)
    theirs.close()


class _signals:
    """SIGTERM and SIGINT end the loop instead of the process, so that links are taken away."""

    def __init__(self, selector: selectors.BaseSelector, stop: Callable[[], None]) -> None:
        self._selector = selector
        self._stop = stop
        self._before: dict[int, object] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._ours, self._theirs = socket.socketpair()
        for one in (self._ours, self._theirs):
            one.setblocking(False)
        self._selector.register(self._ours, selectors.EVENT_READ, lambda events: self._ours.recv(64))
        signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._stop()

    def __exit__(self, *error: object) -> None:
        if not self._before:
            return
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        signal.set_wakeup_fd(-1)
        self._selector.unregister(self._ours)
        self._ours.close()
        self._theirs.close()
