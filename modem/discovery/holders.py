"""Who holds a serial port, and which services take modems for themselves. Linux; elsewhere nobody is seen."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
LOCKS = Path("/var/lock")
MODEM_MANAGER = "ModemManager"
BRLTTY = "brltty"
ANOTHER = "another program"


@dataclass(frozen=True, slots=True)
class Holder:
    """A program that has a port open. ``pid`` 0 where it could not be told."""

    name: str
    pid: int = 0

    @property
    def ours(self) -> bool:
        """Whether it is this very process: one of our own lines."""
        return self.pid == os.getpid()

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})" if self.pid else self.name


def holder_of(port: str, proc: Path = PROC, locks: Path = LOCKS) -> Holder | None:
    """Who has ``port`` open, or holds a lock file for it; None when nobody is seen.

    Without administrator rights only the own processes' open files can be seen, so None is no proof: the
    port is still opened exclusively, and that fails when another has it.
    """
    target = os.path.realpath(port)
    for pid in _processes(proc):
        if _has_open(proc / str(pid) / "fd", target):
            return Holder(_name(proc, pid) or ANOTHER, pid)
    return _lock_holder(Path(port).name, proc, locks) or _lock_holder(Path(target).name, proc, locks)


def running(name: str, proc: Path = PROC) -> bool:
    """Whether a process of that name runs, whoever started it."""
    return any(_name(proc, pid) == name for pid in _processes(proc))


def ignore_rule(vid: int, pid: int) -> str:
    """The udev rule that keeps ModemManager away from one kind of modem."""
    return (
        f'ACTION!="remove", SUBSYSTEMS=="usb", ATTRS{{idVendor}}=="{vid:04x}", '
        f'ATTRS{{idProduct}}=="{pid:04x}", ENV{{ID_MM_DEVICE_IGNORE}}="1"'
    )


def _processes(proc: Path) -> Iterator[int]:
    try:
        names = os.listdir(proc)
    except OSError:
        return
    yield from (int(name) for name in names if name.isascii() and name.isdigit())


def _name(proc: Path, pid: int) -> str:
    try:
        return (proc / str(pid) / "comm").read_bytes()[:64].decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _has_open(folder: Path, target: str) -> bool:
    try:
        names = os.listdir(folder)
    except OSError:
        return False  # another user's, or it has just ended
    for name in names:
        try:
            if os.readlink(folder / name) == target:
                return True
        except OSError:
            continue  # closed meanwhile
    return False


def _lock_holder(name: str, proc: Path, locks: Path) -> Holder | None:
    """The living owner of ``LCK..ttyUSB0`` (Filesystem Hierarchy Standard 5.9)."""
    try:
        written = (locks / f"LCK..{name}").read_bytes()[:64]
    except OSError:
        return None
    if len(written) == 4:  # the old binary form
        pid = struct.unpack("=i", written)[0]
    else:
        word = written.split()[0].decode("ascii", "replace") if written.split() else ""
        pid = int(word) if word.isascii() and word.isdigit() else 0
    if pid <= 0 or not (proc / str(pid)).exists():
        return None
    return Holder(_name(proc, pid) or ANOTHER, pid)
