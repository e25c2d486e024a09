"""Takes in what comes: announced texts are read, handed-over ones passed on, memories swept.

An announcement is a hint and no more. Whatever cannot be read now is found by a sweep, and nothing is
deleted but what the caller names, after reading it again.
"""

from __future__ import annotations

from collections import deque

from modem.api import Incoming, Slot
from modem.at import replies
from modem.at.channel import Channel
from modem.at.parser import Unsolicited, is_hex
from modem.at.replies import StoredPdu
from modem.at.startup import Setup
from modem.at.unsolicited import REGISTRATION, is_ready_again, name_of
from modem.errors import AnswerTimeoutError, PduError
from modem.sms import decode_incoming

_EMPTY_SLOT = 321
#: A PDU that looks cut short is taken as it is when so many sweeps have shown the very same.
_PATIENCE = 5


class Receiver:
    """The receiving half of the driver; used by the line's thread."""

    def __init__(self, channel: Channel, setup: Setup) -> None:
        self._channel = channel
        self.setup = setup
        self.ready: list[Incoming] = []  # read and not yet handed up
        self.restarted = False  # the modem began anew: it must be set up again
        self.stats: dict[str, replies.Registration] = {}
        self._announced: deque[tuple[Slot, bool]] = deque()  # where, and whether it is a report
        self._sweep_at: float | None = None
        self._odd: dict[tuple[Slot, str], int] = {}  # cut short, it seems, and in how many sweeps
        self._owed: list[str] = []  # PDUs handed over directly and not yet acknowledged
        self.schedule()

    def schedule(self) -> None:
        """Without announcements the memories are looked at now and then."""
        if not self.setup.routing:
            self._sweep_in(self._channel.timeouts.resweep)

    def sweep_now(self) -> None:
        """Look at the memories in the next :meth:`fetch`."""
        self._sweep_in(0.0)

    def sweep_later(self) -> None:
        """Look at the memories after a while: something could not be read."""
        self._sweep_in(self._channel.timeouts.resweep)

    def _sweep_in(self, seconds: float) -> None:
        at = self._channel.clock() + seconds
        self._sweep_at = at if self._sweep_at is None else min(at, self._sweep_at)

    def sort(self) -> None:
        """Go through what came by itself since the last time."""
        while self._channel.unsolicited:
            self._sort_one(self._channel.unsolicited.popleft())

    def _sort_one(self, line: Unsolicited) -> None:
        name = name_of(line.text)
        if name in ("+CMTI", "+CDSI"):
            place = replies.announced(line.text)
            if place is None:
                self._sweep_in(0.0)
            else:
                self._announced.append((Slot(*place), name == "+CDSI"))
        elif name in ("+CMT", "+CDS"):
            self._take_direct(line, name == "+CDS")
        elif name in REGISTRATION:
            state = replies.registration(line.text, asked=False)
            if state is not None:
                self.stats[name] = state
        elif is_ready_again(name, line.text):
            self.restarted = True

    def _take_direct(self, line: Unsolicited, is_report: bool) -> None:
        if is_hex(line.data):
            pdu = line.data.upper()
            self.ready.append(Incoming(pdu, None, is_report))
            if self.setup.acknowledges:
                self._owed.append(pdu)
            return
        # Text mode: the modem has lost what was set in it.
        self._channel.remark(f"not a PDU behind {name_of(line.text)}")
        self.restarted = True

    def waiting(self) -> bool:
        """True when there is something to hand up or to fetch now."""
        due = self._sweep_at is not None and self._sweep_at <= self._channel.clock()
        return bool(self.ready or self._announced or self.restarted or due)

    def fetch(self) -> None:
        """Read what was announced, and sweep when that is due."""
        try:
            self._read_announced()
        except AnswerTimeoutError as error:
            # Not one silence for each of them: a sweep finds them all.
            self._channel.remark(str(error))
            self._announced.clear()
            self._sweep_in(self._channel.timeouts.pause)
        if self._sweep_at is not None and self._sweep_at <= self._channel.clock():
            self._sweep_at = None
            self.schedule()
            known = {item.slot for item in self.ready}
            self.ready += [item for item in self.sweep() if item.slot not in known]

    def _read_announced(self) -> None:
        seen: set[Slot] = set()
        while self._announced:
            slot, is_report = self._announced[0]
            if slot not in seen:
                seen.add(slot)
                pdu = self._read(slot)
                if pdu:
                    self.ready.append(Incoming(pdu, slot, is_report))
                elif pdu is None:
                    self._sweep_in(self._channel.timeouts.pause)
            self._announced.popleft()

    def _read(self, slot: Slot) -> str | None:
        """The PDU in a slot; "" when the slot is empty, None when the modem would not say."""
        if not self._select(slot.storage):
            return None
        answer = self._channel.run(f"AT+CMGR={slot.index}")
        found = replies.stored_pdus(answer.lines, listing=False)
        if found:
            return found[0].pdu if self._is_whole(slot, found[0]) else None
        if answer.lines:
            return None  # a header without its PDU: noise
        empty = answer.final.kind == "CMS" and answer.final.code == _EMPTY_SLOT
        return "" if answer.ok or empty else None

    def _select(self, storage: str) -> bool:
        """Make ``storage`` the one that reading and deleting act on (27.005 3.2.2)."""
        if storage in ("", self.setup.selected):
            return True
        if not self._channel.run(f'AT+CPMS="{storage}"').ok:
            return False
        self.setup.selected = storage
        return True

    def sweep(self) -> list[Incoming]:
        """Every received message in every memory. Our own drafts (stat 2 and 3) are not among them."""
        found: list[Incoming] = []
        self.setup.selected = ""  # a modem that started anew unnoticed has another one selected
        for storage in self.setup.storages:
            if not self._select(storage):
                continue
            answer = self._channel.run("AT+CMGL=4", self._channel.timeouts.row, rows=True)
            name = storage or self.setup.selected
            rows = replies.stored_pdus(answer.lines, listing=True)
            received = [(Slot(name, row.index), row) for row in rows if row.stat < 2]
            self._count_odd(storage or name, received)
            found += [
                Incoming(row.pdu, slot, storage == "SR")
                for slot, row in received
                if self._is_whole(slot, row)
            ]
        return found

    def _count_odd(self, storage: str, rows: list[tuple[Slot, StoredPdu]]) -> None:
        """Note what looks cut short: something that came by itself may have fallen into the listing."""
        odd = {(slot, row.pdu) for slot, row in rows if not _fits(row)}
        kept = {key: times for key, times in self._odd.items() if key[0].storage != storage or key in odd}
        self._odd = kept | {key: self._odd.get(key, 0) + 1 for key in odd}
        if odd:
            self._channel.remark(f"{len(odd)} of {len(rows)} messages look cut short: looking again")
            self.sweep_later()

    def _is_whole(self, slot: Slot, row: StoredPdu) -> bool:
        """Whether it is all there. Half a PDU that is handed up would be deleted on the SIM with its rest."""
        return _fits(row) or self._odd.get((slot, row.pdu), 0) >= _PATIENCE

    def delete(self, incoming: Incoming) -> bool:
        """As :meth:`modem.api.Modem.delete`. A directly delivered text is acknowledged instead."""
        if incoming.slot is None:
            self._acknowledge(incoming.pdu)
            return True
        try:
            now = self._read(incoming.slot)
            if now is None:
                return False
            if now == "":
                return True
            if now != incoming.pdu.upper():
                return False
            return self._channel.run(f"AT+CMGD={incoming.slot.index}").ok
        except AnswerTimeoutError as error:
            # Not known to be gone: a sweep will show it.
            self._channel.remark(str(error))
            return False

    def _acknowledge(self, pdu: str) -> None:
        """AT+CNMA (27.005 3.4.4). Without it the modem would stop handing over."""
        if pdu not in self._owed:
            return
        self._owed.remove(pdu)
        try:
            any(self._channel.run(command).ok for command in self.setup.quirks.acknowledge)
        except AnswerTimeoutError as error:
            self._channel.remark(str(error))


def _fits(row: StoredPdu) -> bool:
    """Whether a PDU is as long as its header says, with or without its SMSC part, or whole in itself."""
    octets = len(row.pdu) // 2
    if row.length is None or row.length in (octets, octets - 1 - int(row.pdu[:2], 16)):
        return True
    try:
        decode_incoming(row.pdu)
    except PduError:
        return False
    return True
