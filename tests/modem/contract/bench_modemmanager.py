"""The real ModemManager on a bus of its own, with the emulator behind it.

``tools/modemmanager.sh`` unpacks Debian's daemon; nothing is installed, and neither root nor udev nor a real
bus is touched. The daemon's start and the modem's take seconds, so that one of each serves every test; what a
test leaves behind is taken away after it.

The daemon's test port is an abstract unix socket, so a thread carries octets between that and the emulator's
TCP port, and speaks for a SIM's file that the emulator does not have (EF-ICCID by +CRSM): without it the
daemon asks three times with a second in between. It also leaves cell broadcasts out of the daemon's +CNMI,
and announces texts one at a time: while it reads or deletes one, the daemon drops the announcement of
another ("SMS storage currently locked" in mm-broadband-modem.c, a limit that the handbook names).
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import os
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benches import EmulatorBench

from modem.api import Hooks, Modem, Step
from modem.errors import ModemError

if sys.platform == "linux":  # elsewhere the library is not a dependency, and ``missing`` says so
    from dbus_fast import Message, MessageType
    from dbus_fast.aio import MessageBus

    from modem.backends.modemmanager.backend import MmBackend, found_modems
    from modem.backends.modemmanager.bus import Bus

UNPACKED = Path(__file__).parents[3] / ".venv" / "modemmanager"
PROGRAM = UNPACKED / "usr/sbin/ModemManager"
SERVICE = "org.freedesktop.ModemManager1"
MANAGER = "/org/freedesktop/ModemManager1"
ICCID = "89001010000000000017"
_WAIT = 20.0  # seconds for what should take one
_QUIET = 0.1  # seconds without a command, before the next announcement
_ANNOUNCED = re.compile(rb"\r\n\+C(?:MTI|DSI): [^\r\n]*\r\n")
_FLUSH = "+15550999"


@functools.cache
def missing() -> str:
    """Why the daemon cannot run here; "" when it can."""
    if sys.platform != "linux":
        return "ModemManager runs on Linux"
    if not PROGRAM.exists():
        return "no ModemManager: run tools/modemmanager.sh"
    if shutil.which("dbus-daemon") is None:
        return "no dbus-daemon: install the package dbus-daemon"
    tried = subprocess.run(
        [PROGRAM, "--version"], env=environment(), capture_output=True, text=True, check=False
    )
    return "" if tried.returncode == 0 else f"ModemManager does not start here: {tried.stderr.strip()[:200]}"


def environment(bus: str = "") -> dict[str, str]:
    """What the unpacked daemon needs; ``bus`` stands for both of its buses."""
    libraries = ":".join(str(path.parent) for path in (UNPACKED / "usr/lib").glob("*/ModemManager"))
    buses = dict.fromkeys(("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"), bus) if bus else {}
    return {**os.environ, **buses, "LD_LIBRARY_PATH": libraries}


def wait_for(look: Callable[[], Any], what: str) -> Any:
    """What ``look`` gives once it gives something."""
    deadline = time.monotonic() + _WAIT
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come")


class Wire:
    """Carries octets between the daemon's abstract socket and the emulator."""

    def __init__(self, name: str, emulator: tuple[str, int]) -> None:
        self._emulator = emulator
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"\0{name}")
        self._listener.listen(1)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Nobody is let in any more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(_WAIT)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                daemon, _ = self._listener.accept()
            except OSError:
                return
            with daemon, contextlib.suppress(OSError), self._modem() as modem:
                self._carry(daemon, modem)

    def _modem(self) -> socket.socket:
        """The emulator's port, which may be away for a moment."""
        until = time.monotonic() + 2.0
        while True:
            try:
                return socket.create_connection(self._emulator)
            except ConnectionRefusedError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def _carry(self, daemon: socket.socket, modem: socket.socket) -> None:
        typed = b""
        held: list[bytes] = []
        quiet_since = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for one in (daemon, modem, self._listener):
                selector.register(one, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select(_QUIET if held else None):
                    if key.fileobj is self._listener:
                        return  # the daemon opens anew, or we are closed
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    if not data:
                        return
                    if key.fileobj is modem:
                        held += _ANNOUNCED.findall(data)
                        daemon.sendall(_ANNOUNCED.sub(b"", data))
                    else:
                        typed = self._typed(typed + data, daemon, modem)
                        quiet_since = time.monotonic()
                if held and time.monotonic() - quiet_since >= _QUIET:
                    daemon.sendall(held.pop(0))
                    quiet_since = time.monotonic()

    def _typed(self, typed: bytes, daemon: socket.socket, modem: socket.socket) -> bytes:
        """Hand on whole commands; what is left of ``typed``."""
        while end := max(typed.find(b"\n"), typed.find(b"\x1a")) + 1:
            line, typed = typed[:end], typed[end:]
            if line.startswith(b"AT+CRSM=176,12258,"):
                swapped = "".join(ICCID[at + 1] + ICCID[at] for at in range(0, 20, 2))
                daemon.sendall(b'\r\n+CRSM: 144,0,"%s"\r\n\r\nOK\r\n' % swapped.encode())
            else:
                modem.sendall(line.replace(b"+CNMI=2,1,2,", b"+CNMI=2,1,0,"))
        return typed


class Authority:
    """Stands for polkit on the private bus: the daemon asks it before it inhibits a device.

    Interface org.freedesktop.PolicyKit1.Authority, method CheckAuthorization (polkit 122).
    """

    def __init__(self, address: str) -> None:
        self.allows = True
        self._address = address
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), daemon=True)
        self._thread.start()
        assert self._ready.wait(_WAIT)

    async def _live(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        bus = await MessageBus(bus_address=self._address).connect()
        bus.add_message_handler(self._answer)
        await bus.request_name("org.freedesktop.PolicyKit1")
        self._ready.set()
        await self._over.wait()
        bus.disconnect()

    def _answer(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if message.member == "CheckAuthorization":
            return Message.new_method_return(message, "(bba{ss})", [[self.allows, False, {}]])
        return Message.new_method_return(message, "a{sv}", [{}]) if message.member == "GetAll" else None

    def close(self) -> None:
        """Leave the bus."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_WAIT)


class Rig:
    """A bus, the daemon, the emulator and a client of our own to tidy up with."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="p2ptext-mm-"))
        self.network = EmulatorBench(self.folder)
        host, _, port = self.network.tcp.removeprefix("socket://").partition(":")
        self._name = f"abstract:p2ptext-{os.getpid()}-{time.monotonic_ns()}"
        self._wire = Wire(self._name, (host, int(port)))
        self._bus = subprocess.Popen(
            [
                *("dbus-daemon", "--session", "--nofork", "--print-address=1"),
                f"--address=unix:path={self.folder}/bus",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._bus.stdout is not None
        self.address = self._bus.stdout.readline().strip()
        self.polkit = Authority(self.address)
        self._daemon: subprocess.Popen[bytes] | None = None
        self.start_daemon()

    def start_daemon(self) -> None:
        """Start the daemon and wait until it has the modem."""
        (plugins,) = (UNPACKED / "usr/lib").glob("*/ModemManager")
        with (self.folder / "daemon.log").open("ab") as log:
            self._daemon = subprocess.Popen(
                [
                    *(str(PROGRAM), "--debug", "--test-session", "--test-enable"),
                    *("--test-no-udev", "--test-no-suspend-resume", "--test-no-qrtr"),
                    f"--test-plugin-dir={plugins}",
                ],
                env=environment(self.address),
                stdout=log,
                stderr=log,
            )
        wait_for(self._set_profile, "ModemManager")
        wait_for(
            lambda: [one for one in found_modems(self.address) if one.state != "initializing"], "The modem"
        )

    def _set_profile(self) -> bool:
        try:
            self.call(MANAGER, f"{SERVICE}.Test.SetProfile", "ssas", ["p2ptext", "generic", [self._name]])
        except ModemError:
            return False
        return True

    def call(
        self, path: str, member: str, signature: str = "", body: tuple[Any, ...] | list[Any] = ()
    ) -> Any:
        """Call the daemon over a connection of its own."""
        bus = Bus(self.address)
        try:
            bus.open()
            return bus.call(SERVICE, path, member, signature, body)
        finally:
            bus.close()

    def stop_daemon(self) -> None:
        """End the daemon at once, as a crash would."""
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon.wait(_WAIT)

    def tidy(self) -> None:
        """Wait for the reports that are still on their way, then empty the daemon's list."""
        wanted = sum(1 for entry in self.network.seen("submit") if entry["report"])  # for the last part alone
        wait_for(lambda: len(self.network.seen("report")) >= wanted, "A report")
        (modem,) = found_modems(self.address)
        if modem.state not in ("enabled", "searching", "registered"):
            return
        # What the network hands over after all the rest has passed when this has.
        self.network.deliver(_FLUSH, "flush")
        wait_for(lambda: _FLUSH in self._senders(modem.path), "The last text")
        for path in self._messages(modem.path):
            self.call(modem.path, f"{SERVICE}.Modem.Messaging.Delete", "o", [path])

    def _messages(self, modem: str) -> list[str]:
        (paths,) = self.call(modem, f"{SERVICE}.Modem.Messaging.List")
        return list(paths)

    def _senders(self, modem: str) -> list[str]:
        get = "org.freedesktop.DBus.Properties.Get"
        return [self.call(path, get, "ss", [f"{SERVICE}.Sms", "Number"])[0] for path in self._messages(modem)]

    def end(self) -> None:
        """Take everything down."""
        self.stop_daemon()
        self.polkit.close()
        self._wire.close()
        self.network.end()
        self._bus.terminate()
        self._bus.wait(_WAIT)
        assert self._bus.stdout is not None
        self._bus.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


_rigs: list[Rig] = []


def rig() -> Rig:
    """The one that serves every test."""
    if not _rigs:
        _rigs.append(Rig())
        atexit.register(drop)
    return _rigs[0]


def drop() -> None:
    """Take it down; the next test gets a new one."""
    while _rigs:
        _rigs.pop().end()


class MmBench(EmulatorBench):
    """The ModemManager backend on the real daemon."""

    can = frozenset({"faults", "deliver", "deliver-parts", "refuse", "hangup"})

    @classmethod
    def missing(cls) -> str:
        return missing()

    def __init__(self, folder: Path) -> None:
        self.rig = rig()
        self._before = {event: len(self.rig.network.seen(event)) for event in ("submit", "report", "part")}
        self._return: threading.Thread | None = None
        self.steps: list[Step] = []

    def modem(self, on_step: Callable[[Step], None] | None = None) -> Modem:
        return MmBackend(hooks=Hooks(on_step=on_step or self.steps.append), bus=self.rig.address)

    def tell(self, words: str) -> str:
        return self.rig.network.tell(words)

    def seen(self, event: str) -> list[dict[str, Any]]:
        return self.rig.network.seen(event)[self._before.get(event, 0) :]

    def hang_up(self) -> None:
        """The port goes for a moment, and the daemon with it: the modem comes back as that of a new one."""
        self.tell("hangup 0.2")
        self.rig.stop_daemon()
        self._return = threading.Thread(target=self.rig.start_daemon)
        self._return.start()

    def end(self) -> None:
        if self._return is not None:
            self._return.join(_WAIT)
        self.tell("fault clear")
        try:
            self.rig.tidy()
        except BaseException:
            drop()
            raise
