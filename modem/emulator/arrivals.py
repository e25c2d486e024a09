"""How a text reaches the terminal: stored and announced, or routed to it (3GPP TS 27.005 3.4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modem.emulator import textmode
from modem.emulator.plans import StorePlan
from modem.emulator.results import cms
from modem.emulator.sim import Stored
from modem.sms import Pdu

if TYPE_CHECKING:
    from modem.emulator.device import Device

ACKNOWLEDGE_SECONDS = 15.0


class Arrivals:
    """The receiving half of one modem, from one power-on to the next."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._unacknowledged = 0  # a count that names the +CMT or +CDS waited for, 0 for none
        self._routed = 0

    def offer(self, pdu: Pdu, *, report: bool) -> bool:
        """Take one PDU as +CNMI says. False when it cannot be taken now."""
        mode, routing, _, reports, _ = self._device.settings.notify
        if report and reports != 2:
            # Without a route a report is gone: 27.005 stores none with ds=0.
            return self._route("+CDS", pdu) if reports == 1 and mode else True
        if not report and routing == 2:
            return self._route("+CMT", pdu) if mode else False
        notify = mode > 0 and (report or routing in (1, 3))
        return self._store(pdu, "+CDSI" if report else "+CMTI", notify)

    def _store(self, pdu: Pdu, prefix: str, notify: bool) -> bool:
        device = self._device
        name = device.settings.memories[2]
        index = device.memories[name].put(Stored(pdu.hex, pdu.tpdu_length))
        if index is None:
            return False
        plan = StorePlan(copies=int(notify), tail=device.habits.tail(pdu))
        if notify:
            device.faults.bend("store", plan)
        for _ in range(plan.copies):
            device.unasked(f'{prefix}: "{plan.memory_shown or name}",{plan.index_shown or index}{plan.tail}')
        return True

    def _route(self, prefix: str, pdu: Pdu) -> bool:
        if self._unacknowledged:
            return False
        if self._device.settings.service == 1:
            self._routed += 1
            token = self._unacknowledged = self._routed
            self._device.after(ACKNOWLEDGE_SECONDS, lambda: self._no_acknowledgement(token))
        self._device.unasked(textmode.routed(self._device, prefix, pdu))
        return True

    def acknowledge(self) -> None:
        """+CNMA: the terminal has what was routed to it (27.005 3.4.4). Raises CMS 340 when nothing was."""
        if not self._unacknowledged:
            raise cms(340)
        self._unacknowledged = 0
        self._device.room()

    def _no_acknowledgement(self, token: int) -> None:
        """Routing ends by itself when a terminal does not acknowledge (27.005 3.4.4)."""
        if self._unacknowledged == token:
            self._unacknowledged = 0
            notify = self._device.settings.notify
            notify[1] = notify[3] = 0
            self._device.room()
