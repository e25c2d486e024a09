"""Ports, as the operating system gives them."""

from __future__ import annotations

import contextlib
import errno
import os
import pty
import select
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from modem import factory, transport
from modem.errors import PortBusyError, PortError, PortPermissionError
from modem.transport import DescriptorTransport, SlicedTransport, open_transport, port_error


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    os.close(slave)
    yield master, name
    with contextlib.suppress(OSError):  # a test may have closed it
        os.close(master)


def written(master: int, size: int) -> bytes:
    data = b""
    while len(data) < size and select.select([master], [], [], 5.0)[0]:
        data += os.read(master, 4096)
    return data


def test_a_terminal(terminal: tuple[int, str]) -> None:
    master, name = terminal
    port = open_transport(name)
    assert port.read(0.0) == b""
    port.write(b"AT\r")
    assert written(master, 3) == b"AT\r"
    os.write(master, b"\r\nOK\r\n\x00\xff")
    assert port.read(5.0) == b"\r\nOK\r\n\x00\xff"
    port.close()
    port.close()
    port.wake()
    with pytest.raises(PortError, match="closed"):
        port.read(0.0)
    with pytest.raises(PortError, match="closed"):
        port.write(b"x")


def test_a_link_to_a_terminal(terminal: tuple[int, str], tmp_path: Path) -> None:
    link = tmp_path / "modem"
    link.symlink_to(terminal[1])
    for _ in range(2):  # what is let go can be opened again
        port = open_transport(str(link))
        port.write(b"x")
        port.close()
    assert written(terminal[0], 2) == b"xx"


def test_reading_ends_with_the_first_octet(terminal: tuple[int, str]) -> None:
    port = open_transport(terminal[1])
    writer = threading.Timer(0.05, os.write, (terminal[0], b"R"))
    writer.start()
    begun = time.monotonic()
    assert port.read(30.0) == b"R"
    assert time.monotonic() - begun < 10.0
    writer.join()
    port.close()


def test_a_wake_ends_reading_and_counts_once(terminal: tuple[int, str]) -> None:
    port = open_transport(terminal[1])
    waker = threading.Timer(0.05, port.wake)
    waker.start()
    begun = time.monotonic()
    assert port.read(30.0) == b""
    assert time.monotonic() - begun < 10.0
    waker.join()
    for _ in range(100_000):  # more than a socket holds
        port.wake()
    os.write(terminal[0], b"R")
    data = b""
    while not data:
        data = port.read(1.0)
    assert data == b"R"
    port.close()


def test_a_terminal_that_goes(terminal: tuple[int, str]) -> None:
    master, name = terminal
    port = open_transport(name)
    os.close(master)
    with pytest.raises(PortError, match="went away"):
        port.read(5.0)
    with pytest.raises(PortError, match="went away"):
        port.write(b"x")
    port.close()


def test_a_terminal_in_use(terminal: tuple[int, str]) -> None:
    port = open_transport(terminal[1])
    with pytest.raises(PortBusyError, match="Another program"):
        open_transport(terminal[1])
    port.close()


def test_a_port_that_takes_nothing_more(terminal: tuple[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_WRITE_TIMEOUT", 0.01)
    port = open_transport(terminal[1])
    with pytest.raises(PortError, match="does not take"):
        port.write(b"x" * 1_000_000)
    port.close()


def test_much_is_written_in_pieces(terminal: tuple[int, str]) -> None:
    port = open_transport(terminal[1])
    seen: list[bytes] = []
    reader = threading.Thread(target=lambda: seen.append(written(terminal[0], 100_000)))
    reader.start()
    port.write(b"x" * 100_000)
    reader.join(20.0)
    assert seen == [b"x" * 100_000]
    port.close()


def test_a_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = open_transport(f"socket://127.0.0.1:{server.getsockname()[1]}")
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"\r\nRING\r\n")
            assert port.read(5.0) == b"\r\nRING\r\n"
            port.write(b"ATA\r")
            assert peer.recv(10) == b"ATA\r"
        with pytest.raises(PortError, match="went away"):
            port.read(5.0)
        port.close()


@pytest.mark.parametrize(
    "url", ["/no/such/port", "socket://127.0.0.1:1", "socket://nowhere", "nonsense://x", "/etc/hostname"]
)
def test_what_cannot_be_opened(url: str) -> None:
    with pytest.raises(PortError) as caught:
        open_transport(url)
    assert url in str(caught.value)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (serial.SerialException(errno.EACCES, "denied"), PortPermissionError),
        (PermissionError(errno.EPERM, "denied"), PortPermissionError),
        (serial.SerialException(errno.EBUSY, "busy"), PortBusyError),
        (serial.SerialException(errno.EWOULDBLOCK, "locked"), PortBusyError),
        (
            serial.SerialException("could not open port 'COM5': PermissionError(13, 'Access is denied.')"),
            PortBusyError,
        ),
        (serial.SerialException("could not open port 'COM5': FileNotFoundError(2, 'x')"), PortError),
        (ValueError("invalid URL"), PortError),
    ],
)
def test_words_for_errors(error: Exception, kind: type[PortError]) -> None:
    found = port_error("COM5", error)
    assert type(found) is kind
    assert "COM5" in str(found)


def test_the_makers_lock_keeps_others_out_of_real_ports(
    terminal: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def ioctl(descriptor: int, request: int) -> None:
        asked.append(request)
        raise OSError(errno.ENOTTY, "no")

    monkeypatch.setattr(transport.fcntl, "ioctl", ioctl)
    transport._claim("/dev/ttyUSB0", 3)
    transport._claim("socket://127.0.0.1:1", 3)
    transport._claim(terminal[1], 3)
    assert asked == [transport.termios.TIOCEXCL]


class Pulled:
    """A Windows port that was pulled out."""

    timeout = 0.0
    in_waiting = 0

    def read(self, size: int) -> bytes:
        raise TypeError("byref() argument must be a ctypes instance")

    def write(self, data: bytes) -> None:
        raise OSError("gone")

    def close(self) -> None:
        raise AttributeError("gone")


def test_a_port_without_a_descriptor() -> None:
    port = SlicedTransport("loop://", serial.serial_for_url("loop://", timeout=0))
    assert port.read(0.02) == b""
    port.write(b"hello")
    data = b""
    while len(data) < 5:
        data += port.read(5.0)
    assert data == b"hello"
    port.wake()
    assert port.read(30.0) == b""
    port.close()
    with pytest.raises(PortError, match="closed"):
        port.read(1.0)
    with pytest.raises(PortError, match="closed"):
        port.write(b"x")


def test_a_port_without_a_descriptor_that_goes() -> None:
    port = SlicedTransport("COM5", Pulled())
    with pytest.raises(PortError, match="went away"):
        port.read(1.0)
    with pytest.raises(PortError, match="went away"):
        port.write(b"x")
    port.close()


def test_which_way_a_port_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(open_transport("loop://"), SlicedTransport)
    monkeypatch.setattr(transport.sys, "platform", "win32")
    assert transport._descriptor(Pulled()) is None
    transport._claim("COM5", 3)


def test_errors_of_the_descriptor(terminal: tuple[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    port = open_transport(terminal[1])
    assert isinstance(port, DescriptorTransport)

    def fails(error: Exception) -> Any:
        def select_(*args: Any) -> Any:
            raise error

        return select_

    monkeypatch.setattr(transport.select, "select", fails(InterruptedError()))
    assert port.read(1.0) == b""
    monkeypatch.setattr(transport.select, "select", fails(ValueError("descriptor too large")))
    with pytest.raises(PortError):
        port.read(1.0)
    with pytest.raises(PortError):
        port._wait_writable()
    monkeypatch.undo()
    port.close()


def test_the_factory_opens_nothing() -> None:
    modem = factory.open_modem(" /no/such/port ")
    with pytest.raises(PortError, match="There is no /no/such/port"):
        modem.open()
    with pytest.raises(ValueError, match="port"):
        factory.open_modem("  ")
