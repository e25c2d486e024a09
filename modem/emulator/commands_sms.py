"""Message commands of 3GPP TS 27.005, in PDU and in text mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from modem.emulator import textmode
from modem.emulator.atline import Command, Form
from modem.emulator.commands_general import number_in
from modem.emulator.results import Refusal, cms
from modem.emulator.sim import ALL, READ, SENT, STATUS_WORDS, UNREAD, UNSENT, Memory, Stored
from modem.errors import PduError
from modem.sms import Pdu, Submit, decode_submit

if TYPE_CHECKING:
    from modem.emulator.device import Device

Handler = Callable[["Device", Command], list[str]]


def need_sim(device: Device) -> None:
    """Refuse with CMS 310, 311 or 316 while there is no open SIM."""
    if not device.sim.present:
        raise cms(310)
    if device.sim.lock != "READY":
        raise cms(311 if device.sim.lock == "SIM PIN" else 316)


def _memory(device: Device, position: int) -> Memory:
    need_sim(device)
    return device.memories[device.settings.memories[position]]


def _csms(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return [f"+CSMS: {_values(device.habits.persona.services)}"]
    if command.form is Form.READ:
        return [f"+CSMS: {device.settings.service},1,1,1"]
    service = number_in(command, 0, 1)
    if service not in device.habits.persona.services:
        raise cms(302)
    device.settings.service = service
    return ["+CSMS: 1,1,1"]


def _cmgf(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return ["+CMGF: (0,1)"]
    if command.form is Form.READ:
        return [f"+CMGF: {0 if device.settings.pdu_mode else 1}"]
    device.settings.pdu_mode = number_in(command, 0, 1) == 0
    return []


def _csca(device: Device, command: Command) -> list[str]:
    need_sim(device)
    if command.form is Form.TEST:
        return []
    if command.form is Form.READ:
        number = device.sim.smsc
        return [f'+CSCA: "{number}",{145 if number.startswith("+") else 129}']
    number = textmode.number_from(command.args()[0], device.settings.charset)
    kind = command.args()[1] if len(command.args()) > 1 else ""
    device.sim.smsc = "+" + number if kind == "145" and not number.startswith("+") else number
    return []


def _cpms(device: Device, command: Command) -> list[str]:
    need_sim(device)
    chosen = device.settings.memories
    if command.form is Form.TEST:
        names = "(" + ",".join(f'"{name}"' for name in device.memories) + ")"
        return [f"+CPMS: {names},{names},{names}"]
    if command.form is Form.READ:
        rows = [f'"{name}",{device.memories[name].used},{device.memories[name].total}' for name in chosen]
        return ["+CPMS: " + ",".join(rows)]
    names_given = [name.upper() for name in command.args()]
    allowed = device.habits.persona.arguments
    if len(names_given) not in allowed or any(name not in device.memories for name in names_given):
        raise cms(302)
    chosen[: len(names_given)] = names_given
    device.room()
    counts = [f"{device.memories[name].used},{device.memories[name].total}" for name in chosen]
    return ["+CPMS: " + ",".join(counts)]


def _values(values: tuple[int, ...]) -> str:
    """``(0-2)`` for more than two in a row, else each by itself."""
    if len(values) > 2 and values[-1] - values[0] == len(values) - 1:
        return f"({values[0]}-{values[-1]})"
    return "(" + ",".join(map(str, values)) + ")"


def _cnmi(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        lists = (_values(values) for values in device.habits.persona.cnmi)
        return ["+CNMI: " + ",".join(lists)]
    if command.form is Form.READ:
        return ["+CNMI: " + ",".join(str(value) for value in device.settings.notify)]
    values = [int(arg) if arg else None for arg in command.args()]
    persona = device.habits.persona
    if len(values) > len(persona.cnmi):
        raise cms(303)
    fresh = list(device.settings.notify)
    for position, value in enumerate(values):
        if value is not None:
            if value not in persona.cnmi[position]:
                raise Refusal("", words=persona.cnmi_error)
            fresh[position] = value
    device.settings.notify = fresh
    device.room()
    return []


def _cmgl(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        if device.settings.pdu_mode:
            return ["+CMGL: (0-4)"]
        return ["+CMGL: (" + ",".join(f'"{word}"' for word in STATUS_WORDS) + ")"]
    memory = _memory(device, 0)
    rows = memory.rows(_wanted_status(device, command))
    answer: list[str] = []
    for index, message in rows:
        if device.settings.pdu_mode:
            answer.append(f"+CMGL: {index},{message.status},,{message.length}\r\n{message.hex}")
        else:
            answer.append(textmode.listed(device, index, message))
        _now_read(memory, index, message)
    # The rows of one listing follow each other without an empty line between them (27.005 3.4.2).
    return ["\r\n".join(answer)] if answer else []


def _wanted_status(device: Device, command: Command) -> int:
    if command.form is Form.RUN:
        return UNREAD
    wanted = command.args()[0].upper()
    if device.settings.pdu_mode:
        return number_in(command, 0, 4)
    if wanted not in STATUS_WORDS:
        raise cms(305)
    return STATUS_WORDS.index(wanted)


def _now_read(memory: Memory, index: int, message: Stored) -> None:
    if message.status == UNREAD:
        memory.mark(index, READ)


def _cmgr(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return []
    memory = _memory(device, 0)
    index = int(command.args()[0])
    message = memory.get(index)
    if message is None:
        raise cms(321)
    if device.settings.pdu_mode:
        row = f"+CMGR: {message.status},,{message.length}\r\n{message.hex}"
    else:
        row = textmode.read(device, message)
    _now_read(memory, index, message)
    return [row]


def _cmgd(device: Device, command: Command) -> list[str]:
    memory = _memory(device, 0)
    if command.form is Form.TEST:
        used = ",".join(str(index) for index, _ in memory.rows())
        return [f"+CMGD: ({used}),(0-4)"]
    args = command.args()
    index, flag = int(args[0]), int(args[1]) if len(args) > 1 and args[1] else 0
    if not 0 <= flag <= 4 or (flag == 0 and not memory.valid(index)):
        raise cms(321)
    doomed = {1: (READ,), 2: (READ, SENT), 3: (READ, UNSENT, SENT), 4: (UNREAD, READ, UNSENT, SENT)}
    if flag == 0:
        memory.delete(index)
    for position, message in memory.rows(ALL):
        if message.status in doomed.get(flag, ()):
            memory.delete(position)
    device.room()
    return []


def _cmgs(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return []
    need_sim(device)
    settings = device.settings
    if settings.pdu_mode:
        length = number_in(command, 8, 176)
        device.open_prompt(lambda payload: device.submit(_from_pdu(payload, length)[1]))
    else:
        number = textmode.number_from(command.args()[0], settings.charset)
        device.open_prompt(lambda payload: device.submit(textmode.submitted(device, number, payload)))
    return []


def _from_pdu(payload: bytes, length: int) -> tuple[Pdu, Submit]:
    """What was typed at the prompt. Raises CMS 304 where it is no SMS-SUBMIT of ``length`` octets."""
    text = "".join(payload.decode("latin-1").split()).upper()
    try:
        smsc_octets = int(text[:2], 16)
        submit = decode_submit(text)
    except (PduError, ValueError):
        raise cms(304) from None
    if len(text) // 2 - smsc_octets - 1 != length:
        raise cms(304)
    return Pdu(text, length), submit


def _cmgw(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return []
    memory = _memory(device, 1)
    if not device.settings.pdu_mode:
        raise cms(303)
    length = number_in(command, 8, 176)

    def take(payload: bytes) -> None:
        pdu, _ = _from_pdu(payload, length)
        index = memory.put(Stored(pdu.hex, length, UNSENT))
        if index is None:
            raise cms(322)
        device.info(f"+CMGW: {index}")
        device.result("OK")

    device.open_prompt(take)
    return []


def _cmss(device: Device, command: Command) -> list[str]:
    memory = _memory(device, 1)
    index = int(command.args()[0])
    message = memory.get(index)
    if message is None or message.status not in (UNSENT, SENT):
        raise cms(321)
    memory.mark(index, SENT)
    device.submit(decode_submit(message.hex), prefix="+CMSS")
    return []


def _cnma(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return ["+CNMA: (0-2)"]
    if command.form is Form.SET and len(command.args()) > 1:
        device.open_prompt(lambda payload: _acknowledged(device))
        return []
    device.arrivals.acknowledge()
    return []


def _acknowledged(device: Device) -> None:
    device.arrivals.acknowledge()
    device.result("OK")


def _csmp(device: Device, command: Command) -> list[str]:
    values = device.settings.text_parameters
    if command.form is Form.TEST:
        return []
    if command.form is Form.READ:
        return ["+CSMP: " + ",".join(str(value) for value in values)]
    for position, arg in enumerate(command.args()[:4]):
        if arg:
            values[position] = number_in(command, 0, 255, position)
    return []


def _csdh(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return ["+CSDH: (0,1)"]
    if command.form is Form.READ:
        return [f"+CSDH: {int(device.settings.show_header)}"]
    device.settings.show_header = number_in(command, 0, 1) == 1
    return []


def _cmms(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return ["+CMMS: (0-2)"]
    if command.form is Form.READ:
        return [f"+CMMS: {device.settings.more_to_send}"]
    device.settings.more_to_send = number_in(command, 0, 2)
    return []


def _refused(device: Device, command: Command) -> list[str]:
    raise Refusal("CMS", 303)


HANDLERS: dict[str, Handler] = {
    "+CSMS": _csms,
    "+CMGF": _cmgf,
    "+CSCA": _csca,
    "+CPMS": _cpms,
    "+CNMI": _cnmi,
    "+CMGL": _cmgl,
    "+CMGR": _cmgr,
    "+CMGD": _cmgd,
    "+CMGS": _cmgs,
    "+CMGW": _cmgw,
    "+CMSS": _cmss,
    "+CNMA": _cnma,
    "+CSMP": _csmp,
    "+CSDH": _csdh,
    "+CMMS": _cmms,
    "+CMGC": _refused,
}
