"""What can be made to go wrong, by name. A fault bends one plan, or changes the state of the modem.

``fault NAME [ARGUMENTS] [xN|always] [after=K]``: once, N times or until ``fault clear``; K occasions go by
first. To add one, write a function for its point (``line``, ``prompt``, ``submit``, ``store``, ``report``,
``message`` or ``state``) and put it into ``FAULTS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modem.emulator.plans import LinePlan, MessagePlan, PromptPlan, ReportPlan, StorePlan, SubmitPlan
from modem.emulator.sim import UNSENT, Stored
from modem.sms import encode_submit

if TYPE_CHECKING:
    from modem.emulator.device import Device

Bend = Callable[["Device", Any, list[str]], None]
BACK_AFTER = 1.0  # seconds that a port is gone
MMS_TAIL = ',"MMS PUSH",2,1'


class FaultError(ValueError):
    """A fault that does not exist or is asked for wrongly; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of the table: where it acts, what it does, how to ask for it."""

    point: str
    bend: Bend
    usage: str


@dataclass(slots=True)
class _Armed:
    name: str
    fault: Fault
    args: list[str]
    left: int | None  # None is always
    skip: int


class FaultBox:
    """The faults that one modem has in store."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._armed: list[_Armed] = []

    def arm(self, words: list[str]) -> None:
        """Take a fault by name and arguments. Raises :class:`FaultError`."""
        if not words:
            raise FaultError("Say which fault: " + ", ".join(sorted(FAULTS)) + ", or clear.")
        name, args, left, skip = words[0].lower(), [], 1, 0
        if name == "clear":
            self.clear()
            return
        fault = FAULTS.get(name)
        if fault is None:
            raise FaultError(f"There is no fault {name!r}. Known: " + ", ".join(sorted(FAULTS)) + ".")
        always = False
        for word in words[1:]:
            if word == "always":
                always = True
            elif word[0] == "x" and word[1:].isdigit():
                left = int(word[1:])
            elif word.startswith("after=") and word[6:].isdigit():
                skip = int(word[6:])
            else:
                args.append(word)
        armed = _Armed(name, fault, args, None if always else left, skip)
        self._try_out(armed)
        if fault.point != "state":
            self._armed.append(armed)

    def _try_out(self, armed: _Armed) -> None:
        """Carry out a state fault, or bend a plan that nobody uses to find bad arguments early."""
        plans: dict[str, object] = {
            "line": LinePlan(),
            "prompt": PromptPlan(),
            "submit": SubmitPlan(),
            "store": StorePlan(),
            "report": ReportPlan(),
            "message": MessagePlan(3),
            "state": None,
        }
        try:
            armed.fault.bend(self._device, plans[armed.fault.point], armed.args)
        except (ValueError, IndexError):
            raise FaultError(f"Write it so: fault {armed.fault.usage}.") from None

    def clear(self) -> None:
        """No faults any more; the state they changed is as it was, the drafts of ``slots-full`` are gone."""
        self._armed.clear()
        device = self._device
        draft, memory = _draft(), device.memories["SM"]
        for index, message in memory.rows(UNSENT):
            if message == draft:
                memory.delete(index)
        device.chunk, device.keep_echo, device.deaf = 0, False, False
        device.sim.registered, device.sim.present, device.sim.pin, device.sim.signal = 1, True, "", 21
        device.room()

    def bend(self, point: str, plan: object) -> None:
        """Let every fault armed for this point act on the plan."""
        if not self._armed:
            return
        for armed in [one for one in self._armed if one.fault.point == point]:
            if armed.skip > 0:
                armed.skip -= 1
                continue
            armed.fault.bend(self._device, plan, armed.args)
            if armed.left is not None:
                armed.left -= 1
                if armed.left <= 0:
                    self._armed.remove(armed)


def _seconds(args: list[str], default: float, position: int = 0) -> float:
    value = float(args[position]) if len(args) > position else default
    if not 0 <= value <= 3600:
        raise ValueError("from 0 to 3600 seconds")
    return value


def _code(args: list[str], position: int = 0) -> int:
    code = int(args[position])
    if not 0 <= code <= 999:
        raise ValueError("from 0 to 999")
    return code


# Ctrl-Z and what follows it


def _cms(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.taken, plan.code = False, _code(args)


def _cms_taken(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.code = _code(args)


def _error_taken(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.bare_error = True


def _error(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.taken, plan.bare_error = False, True


def _lose_ok(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.show_result = False


def _lose_cmgs(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.show_reference = False


def _silence(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.show_reference = plan.show_result = False
    plan.taken = args[:1] != ["lost"]


def _slow(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.extra_delay += _seconds(args, 30.0)


def _hangup_after_ctrl_z(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.hangup = _seconds(args, BACK_AFTER)


def _reboot_after_ctrl_z(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    plan.reboot = True


def _unasked_lines(args: list[str]) -> bytes:
    kinds = {
        "unknown": b"\r\n+FOOBAR: 1\r\n",
        "rssi": b"\r\n^RSSI: 18\r\n",
        "cmti": b'\r\n+CMTI: "SM",1\r\n',
        "okay": b"\r\nOKAY see you\r\n",
    }
    chosen = [word for word in args if word in kinds] or ["unknown", "rssi", "cmti"]
    return b"".join(kinds[word] for word in chosen)


def _urc_inside(device: Device, plan: SubmitPlan, args: list[str]) -> None:
    unknown = set(args) - {"before", "between", "unknown", "rssi", "cmti", "okay"}
    if unknown:
        raise ValueError("where and which")
    where = [word for word in args if word in ("before", "between")] or ["before", "between"]
    if "before" in where:
        plan.before.append(_unasked_lines(args))
    if "between" in where:
        plan.between.append(_unasked_lines(args))


# the prompt


def _no_prompt(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.silent = True


def _late_prompt(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.delay = _seconds(args, 3.0)


def _bare_prompt(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.text = b"\r\n>"


def _urc_at_prompt(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.before.append(_unasked_lines(args))


def _hangup_at_prompt(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.hangup = _seconds(args, BACK_AFTER)


def _reboot_at_prompt(device: Device, plan: PromptPlan, args: list[str]) -> None:
    plan.reboot = True


# any command line


def _mute(device: Device, plan: LinePlan, args: list[str]) -> None:
    plan.silent = True


def _noise(device: Device, plan: LinePlan, args: list[str]) -> None:
    plan.before.append(b"\x00\xff\x00\xfe")


def _urc_at(device: Device, plan: LinePlan, args: list[str]) -> None:
    plan.insert.append((int(args[0]), _unasked_lines(args[1:])))


# incoming


def _cmti_minus_one(device: Device, plan: StorePlan, args: list[str]) -> None:
    plan.index_shown = "-1"


def _cmti_lost(device: Device, plan: StorePlan, args: list[str]) -> None:
    plan.notify = False


def _mms_push(device: Device, plan: StorePlan, args: list[str]) -> None:
    plan.tail = MMS_TAIL


def _parts_shuffled(device: Device, plan: MessagePlan, args: list[str]) -> None:
    plan.order = list(range(plan.parts, 0, -1))


def _parts_doubled(device: Device, plan: MessagePlan, args: list[str]) -> None:
    plan.order = [part for part in range(1, plan.parts + 1) for _ in (0, 1)]


def _part_missing(device: Device, plan: MessagePlan, args: list[str]) -> None:
    plan.order = list(range(1, plan.parts))


def _report_first(device: Device, plan: ReportPlan, args: list[str]) -> None:
    plan.delay = 0.0


def _report_wrong(device: Device, plan: ReportPlan, args: list[str]) -> None:
    plan.shift = int(args[0]) if args else 1


def _report_lost(device: Device, plan: ReportPlan, args: list[str]) -> None:
    plan.drop = True


# how things stand, until "clear"


def _echo_on(device: Device, plan: None, args: list[str]) -> None:
    device.keep_echo = device.settings.echo = True


def _one_byte(device: Device, plan: None, args: list[str]) -> None:
    device.chunk = int(args[0]) if args else 1
    if device.chunk < 1:
        raise ValueError("at least one octet")


def _deaf(device: Device, plan: None, args: list[str]) -> None:
    device.deaf = True


def _slots_full(device: Device, plan: None, args: list[str]) -> None:
    """Drafts that were saved long ago fill the SIM: no text of anybody's is lost when they go."""
    memory = device.memories["SM"]
    while memory.put(_draft()) is not None:
        pass


def _draft() -> Stored:
    pdu = encode_submit("+15550199", "An old draft")
    return Stored(pdu.hex, pdu.tpdu_length, UNSENT)


def _registration(device: Device, plan: None, args: list[str]) -> None:
    words = {"none": 0, "home": 1, "searching": 2, "denied": 3, "unknown": 4, "roaming": 5, "sms-only": 6}
    word = args[0] if args else "searching"
    if word not in words:
        raise ValueError("a state of registration")
    device.sim.registered = words[word]
    device.sim.signal = 21 if device.sim.registered in (1, 5, 6) else 99
    device.room()


def _sim_pin(device: Device, plan: None, args: list[str]) -> None:
    device.sim.pin, device.sim.pin_tries = args[0] if args else "1234", 3


def _no_sim(device: Device, plan: None, args: list[str]) -> None:
    device.sim.present = False


FAULTS: dict[str, Fault] = {
    "cms": Fault("submit", _cms, "cms CODE"),
    "cms-taken": Fault("submit", _cms_taken, "cms-taken CODE"),
    "error": Fault("submit", _error, "error"),
    "error-taken": Fault("submit", _error_taken, "error-taken"),
    "lose-ok": Fault("submit", _lose_ok, "lose-ok"),
    "lose-cmgs": Fault("submit", _lose_cmgs, "lose-cmgs"),
    "silence": Fault("submit", _silence, "silence [lost]"),
    "slow": Fault("submit", _slow, "slow [SECONDS]"),
    "hangup-after-ctrl-z": Fault("submit", _hangup_after_ctrl_z, "hangup-after-ctrl-z [SECONDS]"),
    "reboot-after-ctrl-z": Fault("submit", _reboot_after_ctrl_z, "reboot-after-ctrl-z"),
    "urc-inside": Fault("submit", _urc_inside, "urc-inside [before] [between] [unknown|rssi|cmti|okay]"),
    "no-prompt": Fault("prompt", _no_prompt, "no-prompt"),
    "late-prompt": Fault("prompt", _late_prompt, "late-prompt [SECONDS]"),
    "bare-prompt": Fault("prompt", _bare_prompt, "bare-prompt"),
    "urc-at-prompt": Fault("prompt", _urc_at_prompt, "urc-at-prompt [unknown|rssi|cmti|okay]"),
    "hangup-at-prompt": Fault("prompt", _hangup_at_prompt, "hangup-at-prompt [SECONDS]"),
    "reboot-at-prompt": Fault("prompt", _reboot_at_prompt, "reboot-at-prompt"),
    "mute": Fault("line", _mute, "mute"),
    "noise": Fault("line", _noise, "noise"),
    "urc-at": Fault("line", _urc_at, "urc-at OFFSET [unknown|rssi|cmti|okay]"),
    "cmti-minus-one": Fault("store", _cmti_minus_one, "cmti-minus-one"),
    "cmti-lost": Fault("store", _cmti_lost, "cmti-lost"),
    "mms-push": Fault("store", _mms_push, "mms-push"),
    "parts-shuffled": Fault("message", _parts_shuffled, "parts-shuffled"),
    "parts-doubled": Fault("message", _parts_doubled, "parts-doubled"),
    "part-missing": Fault("message", _part_missing, "part-missing"),
    "report-first": Fault("report", _report_first, "report-first"),
    "report-wrong": Fault("report", _report_wrong, "report-wrong [SHIFT]"),
    "report-lost": Fault("report", _report_lost, "report-lost"),
    "echo-on": Fault("state", _echo_on, "echo-on"),
    "one-byte": Fault("state", _one_byte, "one-byte [OCTETS]"),
    "deaf": Fault("state", _deaf, "deaf"),
    "slots-full": Fault("state", _slots_full, "slots-full"),
    "registration": Fault("state", _registration, "registration none|home|searching|denied|roaming|sms-only"),
    "sim-pin": Fault("state", _sim_pin, "sim-pin [PIN]"),
    "no-sim": Fault("state", _no_sim, "no-sim"),
}
