"""Where a modem can be reached: a pseudo-terminal behind a link, or a loopback TCP port. POSIX and sockets.

A port never blocks: what the reader does not take waits in a bounded buffer.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import select
import selectors
import socket
import sys
from collections.abc import Callable
from pathlib import Path

READ_SIZE = 65536
MAX_UNREAD = 1 << 20  # octets kept for a reader that does not read; more are lost, as on a real line
PAUSE_AT = 1 << 16  # no more commands are taken while this much waits to be read
LOOK_AGAIN = 0.02  # seconds between looks for a terminal that opens the link


class PortProblemError(Exception):
    """A port that cannot be served; the text is a sentence for a person."""


class Port:
    """One descriptor at a time, its octets in and out. ``received`` is called with what came in."""

    def __init__(self, selector: selectors.BaseSelector, received: Callable[[bytes], None]) -> None:
        self._selector = selector
        self._received = received
        self._out = bytearray()
        self._watched = 0  # selector events asked for
        self.chunk = 0  # octets a write, 0 for as many as go

    # for the loop

    def write(self, data: bytes) -> None:
        """Send, now or as soon as the reader takes it. Without a reader it is lost."""
        if not self.connected:
            return
        self._out += data[: max(0, MAX_UNREAD - len(self._out))]
        self._flush()

    @property
    def connected(self) -> bool:
        """Whether somebody is there to read."""
        raise NotImplementedError

    def open(self) -> None:
        """Make the port reachable. Raises :class:`PortProblemError`."""
        raise NotImplementedError

    def close(self) -> None:
        """Make it unreachable, whoever is using it."""
        raise NotImplementedError

    def hide(self) -> None:
        """Let nobody new in; who is there stays until ``close``."""

    def look(self) -> None:
        """Called now and then: notice who came or went."""

    # for the two kinds

    def _descriptor(self) -> int | socket.socket | None:
        raise NotImplementedError

    def _read(self) -> bytes:
        raise NotImplementedError

    def _send(self, data: bytes) -> int:
        raise NotImplementedError

    def _lost(self) -> None:
        """The reader went away."""
        raise NotImplementedError

    def _ready(self, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._flush()
        if events & selectors.EVENT_READ and self.connected:
            try:
                data = self._read()
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                self._received(data)
            else:
                self._lost()

    def _flush(self) -> None:
        sent = 0
        try:
            while sent < len(self._out):
                step = self.chunk or len(self._out)
                taken = self._send(bytes(self._out[sent : sent + step]))
                if taken == 0:
                    break
                sent += taken
        except BlockingIOError:
            pass
        except OSError:
            self._lost()
            return
        del self._out[:sent]
        self._watch()

    def _watch(self) -> None:
        """Ask the selector for what matters now: reading unless too much is unread, writing if some is."""
        descriptor = self._descriptor()
        wanted = 0
        if descriptor is not None and self.connected:
            wanted = selectors.EVENT_READ if len(self._out) < PAUSE_AT else 0
            wanted |= selectors.EVENT_WRITE if self._out else 0
        if wanted == self._watched or descriptor is None:
            return
        if not self._watched:
            self._selector.register(descriptor, wanted, self._ready)
        elif wanted:
            self._selector.modify(descriptor, wanted, self._ready)
        else:
            self._selector.unregister(descriptor)
        self._watched = wanted

    def _unwatch(self) -> None:
        descriptor = self._descriptor()
        if self._watched and descriptor is not None:
            self._selector.unregister(descriptor)
        self._watched = 0
        self._out.clear()


class PtyPort(Port):
    """A pseudo-terminal in raw mode, reachable by a symbolic link."""

    def __init__(
        self, selector: selectors.BaseSelector, received: Callable[[bytes], None], link: Path
    ) -> None:
        super().__init__(selector, received)
        self.link = link
        self._master: int | None = None
        self._target = ""
        self._open_there = False

    @property
    def connected(self) -> bool:
        return self._open_there

    def open(self) -> None:
        if sys.platform == "win32":
            raise PortProblemError(
                "Windows has no pseudo-terminals: use --tcp 127.0.0.1:PORT instead of --link."
            )
        if os.path.lexists(self.link) and not self._is_ours_to_replace():
            raise PortProblemError(f"{self.link} exists and is no link of an emulator; give another --link.")
        master, slave = os.openpty()
        try:
            _make_raw(slave)
            self._target = os.ttyname(slave)
        finally:
            os.close(slave)
        os.set_blocking(master, False)
        self._master = master
        try:
            self._place_link()
        except OSError as error:
            os.close(master)
            self._master = None
            raise PortProblemError(f"The link {self.link} cannot be made: {error.strerror}.") from error

    def _is_ours_to_replace(self) -> bool:
        """Whether it is what an emulator left behind: a link to a pseudo-terminal (Linux, macOS)."""
        return self.link.is_symlink() and os.readlink(self.link).startswith(("/dev/pts/", "/dev/ttys"))

    def _place_link(self) -> None:
        fresh = self.link.with_name(f".{self.link.name}.{os.getpid()}")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        fresh.symlink_to(self._target)
        fresh.replace(self.link)

    def close(self) -> None:
        if self._master is None:
            return
        self.hide()
        self._unwatch()
        self._open_there = False
        os.close(self._master)
        self._master = None

    def hide(self) -> None:
        with contextlib.suppress(OSError):
            if os.readlink(self.link) == self._target:
                self.link.unlink()

    def look(self) -> None:
        """A terminal that opened the link is seen by the hang-up condition that ended."""
        if self._master is None or self._open_there:
            return
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        seen = sum(events for _, events in poll.poll(0))
        if seen & select.POLLIN or not seen & select.POLLHUP:
            self._open_there = True
            self._watch()

    def _descriptor(self) -> int | None:
        return self._master

    def _read(self) -> bytes:
        assert self._master is not None
        try:
            return os.read(self._master, READ_SIZE)
        except OSError as error:
            if error.errno == errno.EIO:
                return b""
            raise

    def _send(self, data: bytes) -> int:
        assert self._master is not None
        return os.write(self._master, data)

    def _lost(self) -> None:
        self._unwatch()
        self._open_there = False


def _make_raw(descriptor: int) -> None:
    """No echo, no signals, no translation: eight bits through (as cfmakeraw)."""
    import termios
    import tty

    tty.setraw(descriptor, termios.TCSANOW)


class TcpPort(Port):
    """A listening socket on loopback; one terminal at a time, a second is turned away."""

    def __init__(
        self, selector: selectors.BaseSelector, received: Callable[[bytes], None], host: str, port: int
    ) -> None:
        super().__init__(selector, received)
        self.address = (host, port)
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None

    @property
    def connected(self) -> bool:
        return self._client is not None

    def open(self) -> None:
        family = socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(self.address)
            listener.listen(4)
        except OSError as error:
            listener.close()
            where = f"{self.address[0]}:{self.address[1]}"
            raise PortProblemError(f"Nothing can be served at {where}: {error.strerror}.") from error
        listener.setblocking(False)
        self.address = (self.address[0], listener.getsockname()[1])
        self._listener = listener
        self._selector.register(listener, selectors.EVENT_READ, self._accept)

    def close(self) -> None:
        self._lost()
        self.hide()

    def hide(self) -> None:
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def _accept(self, events: int) -> None:
        assert self._listener is not None
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        if self._client is not None:
            client.close()
            return
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        self._watch()

    def _descriptor(self) -> socket.socket | None:
        return self._client

    def _read(self) -> bytes:
        assert self._client is not None
        return self._client.recv(READ_SIZE)

    def _send(self, data: bytes) -> int:
        assert self._client is not None
        return self._client.send(data)

    def _lost(self) -> None:
        self._unwatch()
        if self._client is not None:
            self._client.close()
            self._client = None


def loopback(text: str) -> tuple[str, int]:
    """``HOST:PORT`` where the host is this machine alone. Raises :class:`PortProblemError` on any other."""
    host, colon, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdigit() or not 0 <= int(port) <= 65535 or not colon:
        raise PortProblemError(f"--tcp needs an address and a port such as 127.0.0.1:7000, not {text!r}.")
    name = "127.0.0.1" if host == "localhost" else host
    try:
        inside = ipaddress.ip_address(name).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise PortProblemError(
            f"The emulator serves this machine alone: --tcp {text} would be open to others. "
            "Use 127.0.0.1:PORT, and ssh -L for another machine."
        )
    return name, int(port)
