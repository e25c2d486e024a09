"""Finds modems: the ports of one device together, the best one first, and who answers there.

Asked are the ports of known makers and those that a person names, never a port that somebody holds. What is
found is named by its IMEI and ICCID, never by a port's name, which changes with the next plug.
"""

from __future__ import annotations

import enum
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from modem.discovery import devices
from modem.discovery.devices import Kind, Role
from modem.discovery.holders import BRLTTY, LOCKS, MODEM_MANAGER, PROC, Holder, holder_of, running
from modem.discovery.probe import Clock, Opener, Probed, probe
from modem.discovery.usb import SYSFS, UsbDevice, scan
from modem.transport import open_transport

#: Interfaces are told as "1-1.4:1.2" on Linux and "1-4:x.2" on Windows.
_INTERFACE = re.compile(r"^(?P<device>.+):(?:x|\d+)\.(?P<number>\d+)$")


class State(enum.StrEnum):
    """What stands between a found device and its first text."""

    READY = "ready"  # a port answers, or is there and was not asked
    HELD = "held"
    FORBIDDEN = "forbidden"
    SILENT = "silent"
    CDROM = "cdrom"
    RECOVERY = "recovery"
    NETWORK = "network"
    BROADBAND = "broadband"
    STRANGER = "stranger"  # not known as a modem: not asked


#: state -> (what is the matter, the one thing that helps)
WORDS: dict[State, tuple[str, str]] = {
    State.READY: ("", ""),
    State.HELD: (
        "{holder} uses the port {port}.",
        "Close that program, then try again.",
    ),
    State.FORBIDDEN: (
        "You may not open {port}.",
        "sudo usermod -aG {group} $USER, then log out and in again.",
    ),
    State.SILENT: (
        "Its ports do not answer to AT.",
        "Unplug the modem, wait ten seconds, plug it in and wait half a minute; then try again.",
    ),
    State.CDROM: (
        "It still shows its driver CD-ROM instead of the modem.",
        "Install the package usb-modeswitch, then unplug the modem and plug it in again.",
    ),
    State.RECOVERY: (
        "It is in recovery mode and waits for firmware.",
        "Unplug it for ten seconds. If it comes back the same way, its firmware must be written anew.",
    ),
    State.NETWORK: (
        "It is a network stick (HiLink): it has a web page, but no texts over AT commands.",
        "Use an Android phone as a line, or put stick firmware on this device.",
    ),
    State.BROADBAND: (
        "It speaks MBIM or QMI only, so it has no port for AT commands.",
        "Use it through ModemManager.",
    ),
    State.STRANGER: (
        "It is not known as a modem, so it was not asked: some devices restart when their port is opened.",
        "If it is a modem, add the port {port} as a line by hand.",
    ),
}


@dataclass(frozen=True, slots=True)
class FoundPort:
    """One serial port, as the system lists it."""

    path: str
    vid: int | None = None
    pid: int | None = None
    serial: str = ""
    location: str = ""  # of the device, without the interface
    interface: int | None = None
    product: str = ""
    role: Role = Role.UNKNOWN

    @property
    def device_key(self) -> tuple[object, ...]:
        """The same for all ports of one device."""
        if self.vid is None:
            return (self.path,)
        if self.location:
            return (self.vid, self.pid, self.location)
        return (self.vid, self.pid, self.serial) if self.serial else (self.vid, self.pid, self.path)


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """One device. ``best_port`` "" where none can be used; ``problem`` and ``action`` are sentences."""

    name: str
    state: State = State.READY
    vid: int | None = None
    pid: int | None = None
    ports: tuple[str, ...] = ()  # the best first, without those for diagnosis, GPS and audio
    best_port: str = ""
    imei: str = ""
    iccid: str = ""
    manufacturer: str = ""
    model: str = ""
    sim: str = ""
    holder: Holder | None = None
    problem: str = ""
    action: str = ""

    def stopped(self, state: State, port: str = "", holder: Holder | None = None) -> FoundDevice:
        """The same device with what stands in the way."""
        problem, action = WORDS[state]
        who = "This program" if holder is not None and holder.ours else holder or "Another program"
        values = {"port": port, "holder": who, "group": group_of(port)}
        return replace(
            self,
            state=state,
            holder=holder,
            problem=problem.format(**values),
            action=action.format(**values),
        )


def _list_ports() -> Iterable[Any]:
    from serial.tools import list_ports

    return list_ports.comports()


def _may_open(path: str) -> bool:
    # Windows has no such right, and COM5 is no file there.
    return os.name != "posix" or not os.path.exists(path) or os.access(path, os.R_OK | os.W_OK)


@dataclass(frozen=True, slots=True)
class Machine:
    """This computer, as far as it is looked at; tests give folders and functions of their own."""

    list_ports: Callable[[], Iterable[Any]] = _list_ports
    opener: Opener = open_transport
    may_open: Callable[[str], bool] = _may_open
    sysfs: Path = SYSFS
    proc: Path = PROC
    locks: Path = LOCKS
    clock: Clock = field(default=time.monotonic)

    def ports(self) -> tuple[FoundPort, ...]:
        """Every serial port with what USB tells of it."""
        usb = {device.location: device for device in scan(self.sysfs)}
        return tuple(_found_port(info, usb) for info in self.list_ports())

    def holder(self, path: str) -> Holder | None:
        """Who has the port open, as far as can be seen."""
        return holder_of(path, self.proc, self.locks)

    def runs(self, name: str) -> bool:
        """Whether a program of that name runs."""
        return running(name, self.proc)

    def probe(self, path: str) -> Probed:
        """Ask a port who it is."""
        return probe(path, self.opener, self.clock)

    @property
    def modem_manager(self) -> bool:
        """Whether ModemManager runs, which takes every modem for itself."""
        return self.runs(MODEM_MANAGER)

    @property
    def brltty(self) -> bool:
        """Whether the Braille service runs, which takes serial adapters for itself."""
        return self.runs(BRLTTY)


def discover(
    machine: Machine | None = None,
    *,
    asking: bool = True,
    named: Sequence[str] = (),
    ask: Callable[[str], Probed] | None = None,
    progress: Callable[[str], None] = lambda words: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[FoundDevice, ...]:
    """Every device that is or could be a modem.

    ``asking`` False opens no port. ``named`` are ports that a person named: they are asked whatever they are.
    ``ask`` replaces the probe (a cache). ``progress`` gets a sentence before each wait; ``cancelled`` ends
    the search early with what was found.
    """
    machine = machine or Machine()
    ask = ask or machine.probe
    groups: dict[tuple[object, ...], list[FoundPort]] = {}
    for port in sorted(machine.ports(), key=lambda port: _natural(port.path)):
        groups.setdefault(port.device_key, []).append(port)
    listed = {os.path.realpath(port.path) for ports in groups.values() for port in ports}
    for path in named:
        if os.path.realpath(path) not in listed:
            groups[path,] = [FoundPort(path)]
    found = []
    wanted = {os.path.realpath(path) for path in named}
    for ports in groups.values():
        if cancelled():
            break
        device = _as_listed(ports)
        is_named = any(os.path.realpath(path) in wanted for path in device.ports)
        if device.vid is None and not is_named:
            continue  # built-in and Bluetooth ports: every computer has some, and hardly one a modem
        if asking and (device.state is State.READY or is_named):
            progress(f"Asking {device.name}")
        found.append(_asked(device, machine, ask if asking else None, is_named))
    return (*_merged(found), *_without_ports(machine))


# -- one device -----------------------------------------------------------------------------------


def _found_port(info: Any, usb: dict[str, UsbDevice]) -> FoundPort:
    location = info.location or ""
    match = _INTERFACE.match(location)
    place = match["device"] if match else location
    number = int(match["number"]) if match else None
    device = usb.get(place)
    role = Role.UNKNOWN
    if info.vid is not None and info.pid is not None:
        role = devices.role(info.vid, info.pid, number, device.triple_of(number) if device else None)
    product = (device.product if device else "") or info.product or ""
    return FoundPort(
        info.device, info.vid, info.pid, info.serial_number or "", place, number, _plain(product), role
    )


def _as_listed(ports: list[FoundPort]) -> FoundDevice:
    """A device and its ports, best first, before any is opened."""
    first = ports[0]
    if first.vid is None or first.pid is None:
        return FoundDevice(first.path, State.STRANGER, ports=(first.path,), best_port=first.path)
    vid = first.vid
    ranked = sorted(ports, key=lambda port: devices.rank(vid, port.interface, port.role))
    usable = tuple(port.path for port in ranked if port.role is not Role.OTHER)
    maker = devices.maker(vid, first.pid)
    device = FoundDevice(
        " ".join(word for word in (maker, first.product) if word) or first.path,
        vid=vid,
        pid=first.pid,
        ports=usable,
        best_port=usable[0] if usable else "",
        manufacturer=maker,
        model=first.product,
    )
    kind = devices.kind(vid, first.pid, frozenset(), has_ports=True)
    if kind is Kind.RECOVERY:
        return replace(device.stopped(State.RECOVERY), ports=(), best_port="")
    if kind is Kind.STRANGER:
        return device.stopped(State.STRANGER, device.best_port)
    return device if usable else device.stopped(State.SILENT)


def _asked(
    device: FoundDevice, machine: Machine, ask: Callable[[str], Probed] | None, named: bool
) -> FoundDevice:
    """The device with what its ports answer, unless somebody holds it or it must not be asked."""
    if device.state is not State.READY and not (named and device.state is State.STRANGER and device.ports):
        return device
    device = replace(device, state=State.READY, problem="", action="")
    for port in device.ports:
        if (holder := machine.holder(port)) is not None:
            return device.stopped(State.HELD, port, holder)
    if not machine.may_open(device.best_port):
        return device.stopped(State.FORBIDDEN, device.best_port)
    if ask is None:
        return device
    answers = _answers(device.ports, ask)
    if not any(probed.answers for _, probed in answers):
        return _unanswered(device, answers, machine)
    return _best(device, answers)


def _answers(ports: Iterable[str], ask: Callable[[str], Probed]) -> list[tuple[str, Probed]]:
    """The ports' answers in order, up to the first port that is all that texts need."""
    answers = []
    for port in ports:
        answers.append((port, ask(port)))
        if answers[-1][1].announces and answers[-1][1].imei:
            break
    return answers


def _best(device: FoundDevice, answers: list[tuple[str, Probed]]) -> FoundDevice:
    """The port that answers and announces texts, the earlier one among equals."""
    good = [(port, probed) for port, probed in answers if probed.answers]
    port, probed = next(((port, each) for port, each in good if each.announces), good[0])

    def told(name: str) -> str:
        """From the best port, else from any other of the same device."""
        values = [getattr(probed, name), *(getattr(each, name) for _, each in good)]
        return next((value for value in values if value), "")

    manufacturer, model = told("manufacturer") or device.manufacturer, told("model") or device.model
    return replace(
        device,
        name=" ".join(word for word in (manufacturer, model) if word) or device.name,
        best_port=port,
        imei=told("imei"),
        iccid=told("iccid"),
        manufacturer=manufacturer,
        model=model,
        sim=told("sim"),
    )


def _unanswered(device: FoundDevice, answers: list[tuple[str, Probed]], machine: Machine) -> FoundDevice:
    for outcome, state in (("held", State.HELD), ("forbidden", State.FORBIDDEN)):
        for port, probed in answers:
            if probed.outcome == outcome:
                # Its open files cannot be seen, but who else would hold a modem's port?
                holder = Holder(MODEM_MANAGER) if outcome == "held" and machine.modem_manager else None
                return device.stopped(state, port, holder)
    return device.stopped(State.SILENT)


def _merged(found: list[FoundDevice]) -> tuple[FoundDevice, ...]:
    """One entry for each IMEI: some sticks show themselves as several devices."""
    kept: dict[str, FoundDevice] = {}
    for device in found:
        known = kept.get(device.imei) if device.imei else None
        if known is None:
            kept[device.imei or f"#{len(kept)}"] = device
        else:
            kept[device.imei] = replace(known, ports=(*known.ports, *device.ports))
    return tuple(kept.values())


def _without_ports(machine: Machine) -> Iterable[FoundDevice]:
    """Modems that the system gave no serial port."""
    for usb in scan(machine.sysfs):
        kind = devices.kind(usb.vid, usb.pid, usb.classes, usb.has_ports)
        if usb.has_ports or kind in (Kind.MODEM, Kind.STRANGER):
            continue
        maker = devices.maker(usb.vid, usb.pid) or usb.maker
        name = " ".join(word for word in (maker, usb.product) if word) or f"USB {usb.vid:04x}:{usb.pid:04x}"
        device = FoundDevice(name, vid=usb.vid, pid=usb.pid, manufacturer=maker, model=usb.product)
        yield device.stopped(State(kind.value))


def group_of(path: str) -> str:
    """The group that owns a port; "dialout" where it cannot be told."""
    try:
        import grp

        name = grp.getgrgid(os.stat(path).st_gid).gr_name
    except (ImportError, OSError, KeyError):
        return "dialout"
    return name if name != "root" else "dialout"  # nobody should join that one


def _natural(path: str) -> list[tuple[int, str]]:
    """ttyUSB9 before ttyUSB10."""
    return [(int(word), "") if word.isdigit() else (0, word) for word in re.split(r"([0-9]+)", path)]


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:80]
