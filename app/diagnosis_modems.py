"""The doctor's look at what is plugged in, who holds it, and which libraries for lines are there."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from importlib import metadata

from app.diagnosis_words import Finding, finding
from app.finding import ending
from modem.discovery.discover import FoundDevice, Machine, State, discover, group_of
from modem.discovery.holders import MODEM_MANAGER, ignore_rule

#: States whose findings have the same key.
_SAME = (State.CDROM, State.RECOVERY, State.NETWORK, State.BROADBAND, State.SILENT)


def libraries() -> Iterator[Finding]:
    """What is optional, and whether it is there. Nothing is loaded: gammu is for a process of its own."""
    if importlib.util.find_spec("gammu") is None:
        yield finding("no-gammu")
    else:
        yield finding("gammu", version=_version("python-gammu"))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "(version unknown)"


def modems(machine: Machine, *, asking: bool = False) -> Iterator[Finding]:
    """One finding for each device that is or could be a modem, and for the services that take modems."""
    devices = discover(machine, asking=asking)
    if all(device.state is State.STRANGER for device in devices):
        yield finding("no-modem")
    for device in devices:
        yield of_device(device, asked=asking)
    if machine.modem_manager:
        yield finding("modemmanager")
    if machine.brltty:
        # It takes USB adapters, most of which no list of modems has.
        hindered = any(device.state in (State.HELD, State.SILENT, State.STRANGER) for device in devices)
        yield finding("brltty" if hindered else "brltty-idle")


def of_device(device: FoundDevice, *, asked: bool = False) -> Finding:
    """What there is to say of one device."""
    port = device.best_port or "no port"
    name = f"modem {device.name}"
    if device.state is State.READY:
        if asked:
            return finding("modem-answers", name=device.name, port=port, imei=ending(device.imei))
        return finding("modem", name=device.name, port=port)
    if device.state is State.FORBIDDEN:
        return finding("no-permission", name=name, port=port, group=group_of(port))
    if device.state is State.HELD:
        return _held(device, name, port)
    if device.state in _SAME:
        return finding(device.state.value, name=name)
    return finding("stranger", name=f"device {device.name}", port=port)


def _held(device: FoundDevice, name: str, port: str) -> Finding:
    if device.holder is not None and device.holder.name == MODEM_MANAGER:
        rule = ignore_rule(device.vid or 0, device.pid or 0)
        return finding(
            "modemmanager-holds", name=name, port=port, imei=device.imei or "(the modem's IMEI)", rule=rule
        )
    return finding("port-held", name=name, port=port, holder=device.holder or "another program")
