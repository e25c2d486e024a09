"""The network behind the modems: takes texts, joins their parts, reports, rejects, and delivers.

What it saw goes to the ledger. Modems on one network can text each other; other numbers are people's.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from modem.emulator.agenda import Agenda
from modem.emulator.device import Device
from modem.emulator.ledger import Ledger
from modem.emulator.people import People
from modem.emulator.plans import MessagePlan, ReportPlan
from modem.errors import PduError
from modem.sms import (
    Alphabet,
    Deliver,
    Pdu,
    StatusReport,
    Submit,
    decode_incoming,
    encode_deliver_message,
    encode_status_report,
)

MOST_UNFINISHED = 1000  # long texts whose other parts are awaited; the oldest is given up
_Key = tuple[int, str, int, int, int]


@dataclass(slots=True)
class _Collecting:
    """The parts so far of one long outbound text: part -> (its submit, TP-MR)."""

    parts: dict[int, tuple[Submit, int]] = field(default_factory=dict)


@dataclass(slots=True)
class _Inbound:
    """One text on its way to a modem; ``left`` PDUs have not been taken yet."""

    fields: dict[str, object]
    left: int
    report: bool = False


@dataclass(frozen=True, slots=True)
class _Waiting:
    pdu: Pdu
    inbound: _Inbound


class Network:
    """Every modem of one emulator hangs on this. ``report_delay`` is in seconds."""

    def __init__(
        self,
        agenda: Agenda,
        ledger: Ledger,
        people: People | None = None,
        *,
        seed: int = 0,
        report_delay: float = 0.3,
    ) -> None:
        self._agenda = agenda
        self._ledger = ledger
        self._people = people if people is not None else People()
        self._report_delay = report_delay
        self._random = random.Random(f"{seed}/network")
        self._reference = self._random.randrange(256)
        self._devices: list[Device] = []
        self._by_number: dict[str, Device] = {}
        self._queues: dict[int, deque[_Waiting]] = {}
        self._collecting: dict[_Key, _Collecting] = {}
        self._last_long = self._reference

    def attach(self, device: Device) -> None:
        """Give a modem its place; the first is line 1."""
        self._devices.append(device)
        self._by_number[device.sim.number] = device
        self._queues[id(device)] = deque()

    def waiting(self, device: Device) -> int:
        """How many PDUs the network keeps for a modem that has no room for them."""
        return len(self._queues[id(device)])

    def _line(self, device: Device) -> int | None:
        return self._devices.index(device) + 1 if len(self._devices) > 1 else None

    # from a modem

    def submit(self, device: Device, submit: Submit, reference: int) -> int | None:
        """Take one SMS-SUBMIT (a part or a whole text): None, or the CMS code of the refusal."""
        number = submit.destination.number
        rule = self._people.rule(number)
        if rule is not None and rule.reject is not None:
            self.refuse(device, submit, rule.reject)
            return rule.reject
        if submit.wants_report and (rule is None or rule.report is not None):
            status = 0 if rule is None or rule.report is None else rule.report
            self._report_later(device, number, reference, status)
        if submit.concat is None or submit.concat.total <= 1:
            self._taken(device, submit, [(submit, reference)])
        else:
            self._collect(device, submit, reference)
        return None

    def refuse(self, device: Device, submit: Submit, code: int) -> None:
        """Note a text (or part) that the network did not take."""
        self._ledger.write(
            "reject", self._line(device), to=submit.destination.number, text=submit.text, code=code
        )

    def struck(self, device: Device, fault: str, *, over: bool = False) -> None:
        """Note that a fault happened, or that one which lasts is over."""
        fields = {"over": True} if over else {}
        self._ledger.write("fault", self._line(device), name=fault, **fields)

    def _collect(self, device: Device, submit: Submit, reference: int) -> None:
        concat = submit.concat
        assert concat is not None
        number = submit.destination.number
        self._ledger.write(
            "part",
            self._line(device),
            to=number,
            part=concat.part,
            parts=concat.total,
            reference=reference,
            text=submit.text,
        )
        key = (id(device), number, concat.reference, concat.bits, concat.total)
        collecting = self._collecting.setdefault(key, _Collecting())
        if len(self._collecting) > MOST_UNFINISHED:
            del self._collecting[next(iter(self._collecting))]
        collecting.parts[concat.part] = (submit, reference)
        if len(collecting.parts) == concat.total:
            del self._collecting[key]
            self._taken(device, submit, [collecting.parts[part] for part in sorted(collecting.parts)])

    def _taken(self, device: Device, submit: Submit, parts: list[tuple[Submit, int]]) -> None:
        number, text = submit.destination.number, _whole([part for part, _ in parts])
        self._ledger.write(
            "submit",
            self._line(device),
            to=number,
            text=text,
            parts=len(parts),
            references=[reference for _, reference in parts],
            report=any(part.wants_report for part, _ in parts),
        )
        receiver = self._by_number.get(number)
        if receiver is not None:
            self._agenda.later(self._report_delay, lambda: self.deliver(receiver, device.sim.number, text))
            return
        reply = self._people.hears(number)
        if reply is not None:
            self._agenda.later(reply.delay, lambda: self.deliver(device, number, reply.text))

    def _report_later(self, device: Device, number: str, reference: int, status: int) -> None:
        plan = ReportPlan(delay=self._report_delay)
        device.faults.bend("report", plan)
        if plan.drop:
            return
        shown = (reference + plan.shift) % 256
        submitted = self._agenda.wall()

        def report(status: int) -> None:
            pdu = encode_status_report(
                number,
                reference=shown,
                submitted=submitted,
                discharged=self._agenda.wall(),
                status=status,
                smsc=device.sim.smsc,
            )
            fields: dict[str, object] = {"to": number, "reference": shown, "status": status}
            self._queue(device, [pdu], _Inbound(fields, 1, report=True))

        for turn, told in enumerate([status] if plan.first is None else [plan.first, status], 1):
            for _ in range(plan.copies):
                self._come(device, plan, turn, partial(report, told))

    def _come(self, device: Device, plan: ReportPlan, turn: int, report: Callable[[], None]) -> None:
        if plan.hold:
            self._agenda.later(self._report_delay, lambda: device.at_answer(report))
        elif plan.delay:
            self._agenda.later(plan.delay * turn, report)
        else:
            report()

    # to a modem

    def deliver(self, device: Device, sender: str, text: str, order: Sequence[int] | None = None) -> None:
        """Offer one text to a modem. ``order`` lists the parts (1-based) as they come, again or not at all.

        Raises ``PduError`` where the sender or the text cannot be put into PDUs.
        """
        self._reference = (self._reference + 1) % 256
        written = partial(
            encode_deliver_message, sender, text, timestamp=self._agenda.wall(), smsc=device.sim.smsc
        )
        pdus = written(reference=self._reference)
        plan = MessagePlan(len(pdus), list(order) if order is not None else None)
        device.faults.bend("message", plan)
        if plan.old_reference:
            self._reference = self._last_long
            pdus = written(reference=self._reference)
        if len(pdus) > 1:
            self._last_long = self._reference
        wanted = plan.order if plan.order is not None else list(range(1, len(pdus) + 1))
        if any(not 1 <= part <= len(pdus) for part in wanted):
            raise PduError(f"this text has {len(pdus)} parts: an order of {wanted} cannot be")
        fields: dict[str, object] = {"from": sender, "text": text, "parts": len(pdus)}
        if wanted != list(range(1, len(pdus) + 1)):
            fields["order"] = wanted
        self._queue(device, [pdus[part - 1] for part in wanted], _Inbound(fields, len(wanted)))

    def deliver_pdu(self, device: Device, hexadecimal: str) -> None:
        """Offer one PDU as it is given, well formed or not, SMSC part included."""
        octets = bytes.fromhex(hexadecimal)
        if not 2 <= len(octets) <= 190:
            raise PduError("a PDU has from 2 to 190 octets")
        pdu = Pdu(octets.hex().upper(), max(0, len(octets) - octets[0] - 1))
        fields: dict[str, object] = {"pdu": pdu.hex}
        report = False
        try:
            message = decode_incoming(pdu.hex)
        except PduError as error:
            fields["undecodable"] = str(error)
        else:
            report = isinstance(message, StatusReport)
            fields.update(_described(message))
        self._queue(device, [pdu], _Inbound(fields, 1, report=report))

    def _queue(self, device: Device, pdus: list[Pdu], inbound: _Inbound) -> None:
        if pdus:
            self._queues[id(device)].extend(_Waiting(pdu, inbound) for pdu in pdus)
            self.room(device)

    def room(self, device: Device) -> None:
        """Offer what waits, in order, until the modem has no room."""
        queue = self._queues[id(device)]
        while queue and device.offer(queue[0].pdu, report=queue[0].inbound.report):
            inbound = queue.popleft().inbound
            inbound.left -= 1
            if inbound.left == 0:
                self._ledger.write(
                    "report" if inbound.report else "deliver", self._line(device), **inbound.fields
                )


def _whole(parts: list[Submit]) -> str:
    """The text of all parts; UTF-16 joined before it is decoded, for a split surrogate pair."""
    if all(part.alphabet is Alphabet.UCS2 for part in parts):
        return b"".join(part.data for part in parts).decode("utf-16-be", "replace")
    if any(part.alphabet is Alphabet.BINARY for part in parts):
        return b"".join(part.data for part in parts).hex()
    return "".join(part.text for part in parts)


def _described(message: Deliver | StatusReport) -> dict[str, object]:
    if isinstance(message, StatusReport):
        return {"to": message.recipient.number, "reference": message.reference, "status": message.status}
    described: dict[str, object] = {"from": message.sender.number, "text": message.text, "parts": 1}
    if message.concat is not None:
        described.update(parts=message.concat.total, part=message.concat.part)
    return described
