"""What goes wrong with what comes in: how it is announced, in what order, and which report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modem.emulator import faults_kinds as kinds
from modem.emulator.faults_kinds import Fault
from modem.emulator.plans import MessagePlan, ReportPlan, StorePlan

if TYPE_CHECKING:
    from modem.emulator.device import Device

MMS_TAIL = ',"MMS PUSH",2,1'
STILL_TRYING = 0x20  # congestion (23.040 9.2.3.15)


def _cmti_minus_one(device: Device, plan: StorePlan, args: list[str]) -> None:
    plan.index_shown = "-1"


def _cmti_lost(device: Device, plan: StorePlan, args: list[str]) -> None:
    plan.copies = 0


def _cmti_twice(device: Device, plan: StorePlan, args: list[str]) -> None:
    plan.copies = 2


def _cmti_elsewhere(device: Device, plan: StorePlan, args: list[str]) -> None:
    name = args[0] if args else "ME"
    if not name.isalnum() or len(name) != 2:
        raise ValueError("a memory's name")
    plan.memory_shown = name.upper()


def _mms_push(device: Device, plan: StorePlan, args: list[str]) -> None:
    plan.tail = MMS_TAIL


def _parts_shuffled(device: Device, plan: MessagePlan, args: list[str]) -> None:
    plan.order = list(range(plan.parts, 0, -1))


def _parts_doubled(device: Device, plan: MessagePlan, args: list[str]) -> None:
    plan.order = [part for part in range(1, plan.parts + 1) for _ in (0, 1)]


def _part_missing(device: Device, plan: MessagePlan, args: list[str]) -> None:
    plan.order = list(range(1, plan.parts))


def _concat_reused(device: Device, plan: MessagePlan, args: list[str]) -> None:
    plan.old_reference = True


def _report_first(device: Device, plan: ReportPlan, args: list[str]) -> None:
    plan.delay = 0.0


def _report_wrong(device: Device, plan: ReportPlan, args: list[str]) -> None:
    plan.shift = int(args[0]) if args else 1


def _report_lost(device: Device, plan: ReportPlan, args: list[str]) -> None:
    plan.drop = True


def _report_doubled(device: Device, plan: ReportPlan, args: list[str]) -> None:
    plan.copies = 2


def _report_pending(device: Device, plan: ReportPlan, args: list[str]) -> None:
    status = kinds.count(args, STILL_TRYING)
    if not 0x20 <= status < 0x40:
        raise ValueError("a status of one that is still tried: 32 to 63")
    plan.first = status


def _report_between(device: Device, plan: ReportPlan, args: list[str]) -> None:
    plan.hold = True


FAULTS: dict[str, Fault] = {
    "cmti-minus-one": Fault("store", _cmti_minus_one, "cmti-minus-one"),
    "cmti-lost": Fault("store", _cmti_lost, "cmti-lost"),
    "cmti-twice": Fault("store", _cmti_twice, "cmti-twice"),
    "cmti-elsewhere": Fault("store", _cmti_elsewhere, "cmti-elsewhere [MEMORY]"),
    "mms-push": Fault("store", _mms_push, "mms-push"),
    "parts-shuffled": Fault("message", _parts_shuffled, "parts-shuffled"),
    "parts-doubled": Fault("message", _parts_doubled, "parts-doubled"),
    "part-missing": Fault("message", _part_missing, "part-missing"),
    "concat-reused": Fault("message", _concat_reused, "concat-reused"),
    "report-first": Fault("report", _report_first, "report-first"),
    "report-wrong": Fault("report", _report_wrong, "report-wrong [SHIFT]"),
    "report-lost": Fault("report", _report_lost, "report-lost"),
    "report-doubled": Fault("report", _report_doubled, "report-doubled"),
    "report-pending": Fault("report", _report_pending, "report-pending [STATUS]"),
    "report-between": Fault("report", _report_between, "report-between"),
}
