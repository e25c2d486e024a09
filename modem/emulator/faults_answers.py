"""What goes wrong with answers to commands: with any line, or with the commands that read the SIM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modem.emulator import faults_kinds as kinds
from modem.emulator.faults_kinds import KIND_WORDS, Fault
from modem.emulator.plans import CommandPlan, LinePlan
from modem.emulator.results import cme, cms

if TYPE_CHECKING:
    from modem.emulator.device import Device

_OF_MESSAGES = ("+CMGL", "+CMGR", "+CMGD", "+CMGS", "+CMGW", "+CMSS", "+CPMS", "+CSCA")
_OF_THE_SIM = ("+CPIN", "+CIMI", "+CCID", "+ICCID", "^ICCID", "#CCID", "+QCCID", "+CICCID", "+CNUM")


def _mute(device: Device, plan: LinePlan, args: list[str]) -> None:
    plan.silent = True


def _noise(device: Device, plan: LinePlan, args: list[str]) -> None:
    plan.alter.append(kinds.inserted(0, b"\x00\xff\x00\xfe"))


def _urc_at(device: Device, plan: LinePlan, args: list[str]) -> None:
    kinds.only(args[1:], *kinds.KINDS)
    plan.alter.append(kinds.inserted(int(args[0]), kinds.unasked_lines(args[1:])))


def _garbage(device: Device, plan: LinePlan, args: list[str]) -> None:
    plan.alter.append(kinds.garbage(args))


def _merged(device: Device, plan: LinePlan, args: list[str]) -> None:
    plan.alter.append(kinds.merged)


def _cut(device: Device, plan: LinePlan, args: list[str]) -> None:
    plan.alter.append(kinds.cut(args))


def _ok_lost(device: Device, plan: LinePlan, args: list[str]) -> None:
    plan.alter.append(kinds.without_ok)


# commands by name


def _cmgr_empty(device: Device, plan: CommandPlan, args: list[str]) -> None:
    plan.lines = []


def _cmgl_short(device: Device, plan: CommandPlan, args: list[str]) -> None:
    kept = kinds.count(args, -1) if args else None
    plan.alter = lambda lines: [line[: len(line) // 2 if kept is None else kept] for line in lines]


def _cmgd_fails(device: Device, plan: CommandPlan, args: list[str]) -> None:
    plan.refusal = cms(kinds.code(args, 500))


def _read_error(device: Device, plan: CommandPlan, args: list[str]) -> None:
    plan.refusal = cms(kinds.code(args, 320))


def _sim_busy(device: Device, plan: CommandPlan, args: list[str]) -> None:
    plan.refusal = cms(314) if plan.name in _OF_MESSAGES else cme(14)


def _ussd_silent(device: Device, plan: CommandPlan, args: list[str]) -> None:
    plan.lines = []


FAULTS: dict[str, Fault] = {
    "mute": Fault("line", _mute, "mute"),
    "noise": Fault("line", _noise, "noise"),
    "urc-at": Fault("line", _urc_at, f"urc-at OFFSET {KIND_WORDS}"),
    "garbage": Fault("line", _garbage, "garbage [OFFSET]"),
    "merged": Fault("line", _merged, "merged"),
    "cut": Fault("line", _cut, "cut [OCTETS]"),
    "ok-lost": Fault("line", _ok_lost, "ok-lost"),
    "cmgr-empty": Fault("command", _cmgr_empty, "cmgr-empty", commands=("+CMGR",)),
    "cmgl-short": Fault("command", _cmgl_short, "cmgl-short [OCTETS]", commands=("+CMGL",)),
    "cmgd-fails": Fault("command", _cmgd_fails, "cmgd-fails [CODE]", commands=("+CMGD",)),
    "read-error": Fault("command", _read_error, "read-error [CODE]", commands=("+CMGR", "+CMGL")),
    "sim-busy": Fault("command", _sim_busy, "sim-busy", commands=_OF_MESSAGES + _OF_THE_SIM),
    "ussd-silent": Fault("command", _ussd_silent, "ussd-silent", commands=("+CUSD",)),
}
