"""What goes wrong around a text that is sent: at the prompt, and after Ctrl-Z (3GPP TS 27.005 4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modem.emulator import faults_kinds as kinds
from modem.emulator.faults_kinds import BACK_AFTER, KIND_WORDS, Fault
from modem.emulator.faults_states import lose_network
from modem.emulator.plans import PromptPlan, SubmitPlan

if TYPE_CHECKING:
    from modem.emulator.device import Device

_IN_PDU = 20  # octets, well before the end of the shortest text


# Ctrl-Z and what follows it


def _cms(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.taken, plan.code = False, kinds.code(args)


def _cms_taken(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.code = kinds.code(args)


def _error_taken(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.bare_error = True


def _error(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.taken, plan.bare_error = False, True


def _lose_ok(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.show_result = False


def _lose_cmgs(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.copies = 0


def _cmgs_doubled(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.copies *= 2  # of nothing, where there is none


def _silence(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    kinds.only(args, "lost")
    plan.copies, plan.show_result = 0, False
    plan.taken = plan.taken and not args


def _slow(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.extra_delay += kinds.seconds(args, 30.0)


def _late_cmgs(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.late = kinds.seconds(args, 30.0)


def _hangup_after_ctrl_z(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.hangup = kinds.seconds(args, BACK_AFTER)


def _reboot_after_ctrl_z(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.reboot = True


def _urc_inside(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    kinds.only(args, "before", "between", *kinds.KINDS)
    where = [word for word in args if word in ("before", "between")] or ["before", "between"]
    if "before" in where:
        plan.before.append(kinds.unasked_lines(args))
    if "between" in where:
        plan.between.append(kinds.unasked_lines(args))


def _cmgs_urc_at(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    kinds.only(args[1:], *kinds.KINDS)
    plan.alter.append(kinds.inserted(int(args[0]), kinds.unasked_lines(args[1:])))


def _cmgs_noise(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.alter.append(kinds.inserted(0, b"\x00\xff\x00\xfe"))


def _cmgs_garbage(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.alter.append(kinds.garbage(args))


def _cmgs_merged(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.alter.append(kinds.merged)


def _cmgs_cut(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.alter.append(kinds.cut(args))


def _reference_same(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.reference_step = 0


def _reference_at(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.reference = kinds.count(args, 255) % 256


def _registration_lost(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    back = kinds.seconds(args, 5.0)
    plan.taken, plan.code = False, 331
    plan.then.append(lambda: lose_network(device, back))


# the prompt


def _no_prompt(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.silent = True


def _late_prompt(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.delay = kinds.seconds(args, 3.0)


def _bare_prompt(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.text = b"\r\n>"


def _urc_at_prompt(device: Device, plan: PromptPlan, args: list[str]) -> None:
    kinds.only(args, *kinds.KINDS)
    plan.before.append(kinds.unasked_lines(args))


def _hangup_at_prompt(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.hangup = kinds.seconds(args, BACK_AFTER)


def _reboot_at_prompt(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.reboot = True


def _hangup_in_pdu(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.hangup = kinds.seconds(args, BACK_AFTER, 1)
    plan.octets = kinds.count(args, _IN_PDU)


def _reboot_in_pdu(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.reboot, plan.octets = True, kinds.count(args, _IN_PDU)


FAULTS: dict[str, Fault] = {
    "cms": Fault("submit", _cms, "cms CODE"),
    "cms-taken": Fault("submit", _cms_taken, "cms-taken CODE"),
    "error": Fault("submit", _error, "error"),
    "error-taken": Fault("submit", _error_taken, "error-taken"),
    "lose-ok": Fault("submit", _lose_ok, "lose-ok"),
    "lose-cmgs": Fault("submit", _lose_cmgs, "lose-cmgs"),
    "cmgs-doubled": Fault("submit", _cmgs_doubled, "cmgs-doubled"),
    "silence": Fault("submit", _silence, "silence [lost]"),
    "slow": Fault("submit", _slow, "slow [SECONDS]"),
    "late-cmgs": Fault("submit", _late_cmgs, "late-cmgs [SECONDS]"),
    "hangup-after-ctrl-z": Fault("submit", _hangup_after_ctrl_z, "hangup-after-ctrl-z [SECONDS]"),
    "reboot-after-ctrl-z": Fault("submit", _reboot_after_ctrl_z, "reboot-after-ctrl-z"),
    "urc-inside": Fault("submit", _urc_inside, f"urc-inside [before] [between] {KIND_WORDS}"),
    "cmgs-urc-at": Fault("submit", _cmgs_urc_at, f"cmgs-urc-at OFFSET {KIND_WORDS}"),
    "cmgs-noise": Fault("submit", _cmgs_noise, "cmgs-noise"),
    "cmgs-garbage": Fault("submit", _cmgs_garbage, "cmgs-garbage [OFFSET]"),
    "cmgs-merged": Fault("submit", _cmgs_merged, "cmgs-merged"),
    "cmgs-cut": Fault("submit", _cmgs_cut, "cmgs-cut [OCTETS]"),
    "reference-same": Fault("submit", _reference_same, "reference-same"),
    "reference-at": Fault("submit", _reference_at, "reference-at [REFERENCE]"),
    "registration-lost": Fault("submit", _registration_lost, "registration-lost [SECONDS]"),
    "no-prompt": Fault("prompt", _no_prompt, "no-prompt"),
    "late-prompt": Fault("prompt", _late_prompt, "late-prompt [SECONDS]"),
    "bare-prompt": Fault("prompt", _bare_prompt, "bare-prompt"),
    "urc-at-prompt": Fault("prompt", _urc_at_prompt, f"urc-at-prompt {KIND_WORDS}"),
    "hangup-at-prompt": Fault("prompt", _hangup_at_prompt, "hangup-at-prompt [SECONDS]"),
    "reboot-at-prompt": Fault("prompt", _reboot_at_prompt, "reboot-at-prompt"),
    "hangup-in-pdu": Fault("prompt", _hangup_in_pdu, "hangup-in-pdu [OCTETS] [SECONDS]"),
    "reboot-in-pdu": Fault("prompt", _reboot_in_pdu, "reboot-in-pdu [OCTETS]"),
}
