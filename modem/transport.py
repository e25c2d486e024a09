"""Ports, opened by path or by any pyserial URL, with plain words for what goes wrong.

Where the port has a file descriptor (POSIX serial ports, ptys, sockets) reading waits in ``select`` on it
and on a wake-up socket, so it returns with the first octet and can be ended by another thread at once.
Elsewhere (Windows serial ports, rfc2217) it waits in short slices.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import sys
import threading
import time
from typing import Any, Protocol

import serial

from modem.errors import PortBusyError, PortError, PortPermissionError

_BAUD = 115_200
_PIECE = 65_536
_WRITE_TIMEOUT = 10.0  # seconds in which a port must take some of what is written
_SLICE = 0.008  # seconds; the longest a wake-up can take where there is no descriptor
_BUSY = frozenset({errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
_ABSENT = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO})

# SerialException is an OSError; termios has an error of its own.
_OPENING: tuple[type[Exception], ...] = (OSError, ValueError)
if sys.platform != "win32":
    import fcntl
    import termios

    _OPENING = (*_OPENING, termios.error)


class Transport(Protocol):
    """Octets to and from a device. Every method but ``wake`` belongs to the line's thread."""

    def read(self, timeout: float) -> bytes:
        """What has arrived, waiting up to ``timeout`` s for the first octet; b"" after that or a wake.

        Raises ``PortError`` when the port is gone.
        """
        ...

    def write(self, data: bytes) -> None:
        """Write all of ``data``. Raises ``PortError`` when the port is gone or does not take it."""
        ...

    def wake(self) -> None:
        """End a ``read`` that waits in another thread. May be called from any thread, at any time."""
        ...

    def close(self) -> None:
        """Let go of the port. Never raises."""
        ...


def open_transport(url: str) -> Transport:
    """Open a port: ``/dev/ttyUSB2``, ``COM5``, ``socket://host:port``, ``rfc2217://host:port``.

    115200 8N1, exclusive where the platform has it. Raises ``PortError`` and its kinds.
    """
    try:
        # A timeout of 0 keeps pyserial from waiting by itself.
        port = serial.serial_for_url(
            url, baudrate=_BAUD, timeout=0, write_timeout=_WRITE_TIMEOUT, exclusive=True
        )
    except _OPENING as error:
        raise port_error(url, error) from error
    descriptor = _descriptor(port)
    if descriptor is None:
        return SlicedTransport(url, port)
    _claim(url, descriptor)
    return DescriptorTransport(url, port, descriptor)


def port_error(url: str, error: Exception) -> PortError:
    """The sentence for a port that cannot be opened."""
    number = getattr(error, "errno", None)
    words = str(error)
    windows_busy = "PermissionError" in words or "Access is denied" in words
    if number in _FORBIDDEN:
        return PortPermissionError(
            f"You may not use {url}. Add yourself to the group that owns it (often dialout) and log in again."
        )
    if number in _BUSY or windows_busy:
        return PortBusyError(f"Another program uses {url}. Close it, then connect the line again.")
    if number in _ABSENT or "FileNotFoundError" in words:
        return PortError(f"There is no {url}. Is the modem plugged in?")
    return PortError(f"{url} cannot be opened ({words}).")


def _descriptor(port: Any) -> int | None:
    """The port's file descriptor where ``select``, ``os.read`` and ``os.write`` work on it."""
    if sys.platform == "win32":
        return None
    try:
        found = port.fileno()
    except (AttributeError, OSError):  # io.UnsupportedOperation is an OSError
        return None
    return found if isinstance(found, int) and found >= 0 else None


def _claim(url: str, descriptor: int) -> None:
    """Keep programs out that do not look at pyserial's lock (ModemManager).

    Not for a pty: there the mark would stay for as long as the other end lives.
    """
    if sys.platform == "win32":
        return
    if "://" in url or os.path.realpath(url).startswith("/dev/pts/"):
        return
    try:
        fcntl.ioctl(descriptor, termios.TIOCEXCL)
    except OSError:
        return  # pyserial's lock holds all the same


class DescriptorTransport:
    """A port with a file descriptor. ``wake`` may be called from any thread."""

    def __init__(self, url: str, port: Any, descriptor: int) -> None:
        self._url = url
        self._port = port
        self._descriptor = descriptor
        self._open = True
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        os.set_blocking(descriptor, False)
        self._watched: list[Any] = [descriptor, self._woken]

    def read(self, timeout: float) -> bytes:
        """As :meth:`Transport.read`."""
        self._check()
        try:
            ready, _, _ = select.select(self._watched, [], [], max(0.0, timeout))
            if self._woken in ready:
                self._woken.recv(4096)
            if self._descriptor not in ready:
                return b""
            data = os.read(self._descriptor, _PIECE)
        except (BlockingIOError, InterruptedError):
            return b""
        except (OSError, ValueError) as error:
            raise self._gone(error) from error
        if not data:
            raise self._gone(None)
        return data

    def write(self, data: bytes) -> None:
        """As :meth:`Transport.write`."""
        self._check()
        rest = data
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                self._wait_writable()
            except (OSError, ValueError) as error:
                raise self._gone(error) from error

    def _wait_writable(self) -> None:
        try:
            _, ready, _ = select.select([], [self._descriptor], [], _WRITE_TIMEOUT)
        except (OSError, ValueError) as error:
            raise self._gone(error) from error
        if not ready:
            raise PortError(
                f"{self._url} does not take what is written. Unplug the modem and plug it in again."
            )

    def wake(self) -> None:
        """As :meth:`Transport.wake`."""
        try:
            self._waker.send(b"w")
        except OSError:
            return  # closed, or so many wake-ups waiting that one more says nothing

    def close(self) -> None:
        """As :meth:`Transport.close`."""
        self._open = False
        _close_quietly(self._port)
        self._waker.close()
        self._woken.close()

    def _check(self) -> None:
        if not self._open:
            raise PortError(f"{self._url} is closed.")

    def _gone(self, error: Exception | None) -> PortError:
        words = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
        return PortError(f"{self._url} went away{words}. Is the modem still plugged in?")


class SlicedTransport:
    """A port without a usable descriptor: waits in slices of a few milliseconds."""

    def __init__(self, url: str, port: Any) -> None:
        self._url = url
        self._port = port
        self._woken = threading.Event()
        self._open = True

    def read(self, timeout: float) -> bytes:
        """As :meth:`Transport.read`."""
        deadline = time.monotonic() + timeout
        try:
            while self._open:
                left = max(0.0, deadline - time.monotonic())
                self._port.timeout = min(left, _SLICE)
                data: bytes = self._port.read(1)
                if data:
                    return data + bytes(self._port.read(self._port.in_waiting or 0))
                if self._woken.is_set() or left <= 0:
                    self._woken.clear()
                    return b""
        except (OSError, TypeError, AttributeError, ValueError) as error:
            # Windows raises several of these when a port is pulled out.
            raise PortError(f"{self._url} went away. Is the modem still plugged in?") from error
        raise PortError(f"{self._url} is closed.")

    def write(self, data: bytes) -> None:
        """As :meth:`Transport.write`."""
        if not self._open:
            raise PortError(f"{self._url} is closed.")
        try:
            self._port.write(data)
        except (OSError, TypeError, AttributeError, ValueError) as error:
            raise PortError(f"{self._url} went away. Is the modem still plugged in?") from error

    def wake(self) -> None:
        """As :meth:`Transport.wake`."""
        self._woken.set()

    def close(self) -> None:
        """As :meth:`Transport.close`."""
        self._open = False
        _close_quietly(self._port)


def _close_quietly(port: Any) -> None:
    try:
        port.close()
    except (OSError, TypeError, AttributeError, ValueError):
        return  # what cannot be closed is gone already
