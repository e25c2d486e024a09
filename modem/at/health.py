"""A line's health: registration, signal, memory, the clock, and what will go wrong though it is ready."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from modem.api import LineState, Status
from modem.at import replies
from modem.at.channel import Channel
from modem.at.receiving import Receiver
from modem.at.replies import Registration, Storage
from modem.at.unsolicited import fields_of

_NEWEST_FIRST = ("+C5GREG", "+CEREG", "+CGREG", "+CREG")
# States of 3GPP TS 27.007 7.2 in which texts can go: at home, roaming, texts only, without fallback to calls.
_REGISTERED = frozenset({1, 5, 6, 7, 9, 10})
_FULL_VOICE = frozenset({1, 5})
_NOT_SEARCHING, _UNKNOWN, _EMERGENCY = 0, 4, 8
_SMS_OVER_IMS = 0x4  # <ext_info> of +CIREG (27.007 8.71)
_NEARLY = 0.8
_UNSUPPORTED = frozenset({None, 4, 303})  # plain ERROR, "not supported"

# "yy/MM/dd,hh:mm:ss±zz", the zone in quarters of an hour; some leave it out, some write years in full.
_CLOCK = re.compile(r"(\d{2,4})/(\d{1,2})/(\d{1,2})\s*,\s*(\d{1,2}):(\d{1,2}):(\d{1,2})\s*([+-]\d{1,2})?")
# A clock that was never set counts from 1970, 1980, 2000, 2004 or the year of the firmware.
_FIRST_YEAR, _LAST_YEAR = 2020, 2069


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence and the one thing that helps."""

    text: str = ""
    action: str = ""


NOTHING = Words()
_SEARCHING = Words("The modem is looking for its network.")
_DENIED = Words("The network does not let this SIM in. Ask the operator.")
_ONLY_EMERGENCY = Words(
    "The network allows emergency calls only: the SIM is not valid here, or its plan has ended.",
    "Ask the operator",
)
_HEARS_NOTHING = Words(
    "The modem hears no network of its own here.", "Check the aerial, or try another place"
)
_LIMITED = Words(
    "The modem has given up looking for a network: its service is limited.", "Check the aerial and the SIM"
)
_RADIO_OFF = Words("The modem's radio is switched off.", "Connect again")
_NO_CENTRE = Words(
    "The number of the message centre is missing, so no text can leave.", "Set the centre's number"
)
_FULL = Words(
    "The SIM is full, so nothing more can arrive. p2ptext removes what it has stored; what is left was not "
    "made to be read.",
    "Remove old messages with a phone",
)
_LTE_ONLY = Words(
    "The modem is on LTE alone, and this network has not taken it up for texts. They may neither leave nor "
    "arrive.",
    "Ask the operator for texts on LTE, or let the modem use 2G or 3G",
)
_WRONG_WAY = Words(
    "The modem is set to send texts on a way that the network does not offer now.",
    "Let the modem use both ways (AT+CGSMS=3)",
)


class Health:
    """The looking-after half of the driver; used by the line's thread."""

    def __init__(self, channel: Channel, receiver: Receiver) -> None:
        self._channel = channel
        self._receiver = receiver
        self._refused: set[str] = set()  # questions that this modem does not know

    def status(self) -> Status:
        """Everything asked now. Raises ``AnswerTimeoutError`` and ``PortError``."""
        channel, stats, setup = self._channel, self._receiver.stats, self._receiver.setup
        if setup.routing:
            self._check_routing()
        self._ask_registration()
        state = replies.line_state(item.stat for item in stats.values())
        signal = next((replies.signal_dbm(line) for line in channel.run("AT+CSQ").lines), None)
        operator, technology = next(
            (replies.operator(line) for line in channel.run("AT+COPS?", channel.timeouts.network).lines),
            ("", ""),
        )
        told = (stats[name].technology for name in _NEWEST_FIRST if name in stats)
        lines = channel.run("AT+CPMS?").lines
        memory = replies.sim_memory(replies.storages_now(lines[0]) if lines else ())
        why = NOTHING if state is LineState.READY else self._why(state)
        hint = self._hint(state, memory)
        return Status(
            state,
            detail=why.text,
            hint=hint.text,
            action=why.action or hint.action,
            operator=operator,
            technology=technology or next(filter(None, told), ""),
            signal_dbm=signal,
            storage_used=memory.used if memory else 0,
            storage_total=memory.total if memory else 0,
        )

    def network_time(self) -> datetime | None:
        """As :meth:`modem.api.Modem.network_time`."""
        return next(filter(None, map(clock, self._ask("AT+CCLK?"))), None)

    def _ask(self, command: str) -> tuple[str, ...]:
        """The answer's lines; a command that the modem does not know is not asked again."""
        if command in self._refused:
            return ()
        answer = self._channel.run(command)
        if not answer.ok and answer.final.code in _UNSUPPORTED:
            self._refused.add(command)
        return answer.lines

    def _ask_registration(self) -> None:
        for name in self._receiver.setup.registrations:
            for line in self._channel.run(f"AT{name}?").lines:
                found = replies.registration(line, asked=True)
                if found is not None:
                    self._receiver.stats[name] = found

    def _check_routing(self) -> None:
        """Some modems lose +CNMI without a word; then nothing is announced any more."""
        lines = self._channel.run("AT+CNMI?").lines
        if not lines:
            return
        now = lines[0].partition(":")[2].replace(" ", "")
        if not now.startswith(self._receiver.setup.routing[:5]):
            self._channel.remark("the modem forgot how to announce texts")
            self._receiver.restarted = True

    # -- words --------------------------------------------------------------------------------

    def _why(self, state: LineState) -> Words:
        """Why the line is not ready."""
        if state is LineState.DENIED:
            return _DENIED
        seen = {item.stat for item in self._receiver.stats.values()}
        if _EMERGENCY in seen:
            return _ONLY_EMERGENCY
        if seen and seen <= {_NOT_SEARCHING, _UNKNOWN}:
            if self._radio_is_off():
                return _RADIO_OFF
            return _HEARS_NOTHING if _UNKNOWN in seen else _LIMITED
        return _SEARCHING

    def _radio_is_off(self) -> bool:
        lines = self._ask("AT+CFUN?")
        return bool(lines) and replies.number(fields_of(lines[0])[0]) in (0, 4)

    def _hint(self, state: LineState, memory: Storage | None) -> Words:
        """The first thing that will go wrong though the line is ready."""
        setup = self._receiver.setup
        if setup.hint:
            return Words(setup.hint, setup.action)
        if not setup.identity.smsc and self._centre_is_missing():
            return _NO_CENTRE
        if memory is not None and memory.total and memory.used >= memory.total:
            return _FULL
        if state is LineState.READY and (found := self._about_lte()):
            return found
        if memory is not None and memory.total and memory.used >= _NEARLY * memory.total:
            return Words(f"The SIM is nearly full: {memory.used} of {memory.total} messages.")
        return NOTHING

    def _centre_is_missing(self) -> bool:
        """True for +CSCA with nothing in it. A number that was set meanwhile is taken over."""
        setup = self._receiver.setup
        for line in self._ask("AT+CSCA?"):
            told = fields_of(line)[0].strip('" ')
            number = replies.quoted_number(line, 0)
            setup.identity = replace(setup.identity, smsc=number)
            return not told
        return False

    def _about_lte(self) -> Words | None:
        """LTE carries texts only where the network took the modem up for them too (SGs), or over IMS."""
        stats = self._receiver.stats
        if not lte_alone(stats):
            return None
        if any(sms_over_ims(line) for line in self._ask("AT+CIREG?")):
            return None
        ways = (replies.number(fields_of(line)[0]) for line in self._ask("AT+CGSMS?"))
        return _WRONG_WAY if 1 in ways else _LTE_ONLY


def lte_alone(stats: Mapping[str, Registration]) -> bool:
    """Registered by +CEREG, and told by +CREG that it is not for calls or texts (27.007 7.2, 10.1.22)."""
    circuit, packet, lte = (stats.get(name) for name in ("+CREG", "+CGREG", "+CEREG"))
    if circuit is None or lte is None or lte.stat not in _FULL_VOICE:
        return False
    return circuit.stat not in _REGISTERED and (packet is None or packet.stat not in _REGISTERED)


def sms_over_ims(line: str) -> bool:
    """Whether ``+CIREG: <n>,<reg_info>[,<ext_info>]`` says that texts go over IMS (27.007 8.71)."""
    fields = fields_of(line)
    if len(fields) < 2 or replies.number(fields[1]) != 1:
        return False
    if len(fields) == 2:
        return True
    try:
        return bool(int(fields[2].strip('" '), 16) & _SMS_OVER_IMS)
    except ValueError:
        return False


def clock(line: str) -> datetime | None:
    """The aware time of ``+CCLK: "yy/MM/dd,hh:mm:ss±zz"`` (27.007 8.15); None: no zone, or never set.

    Without a zone it is the device's own wall clock, which says nothing of the network.
    """
    match = _CLOCK.search(line)
    if match is None or match[7] is None:
        return None
    year = int(match[1]) if len(match[1]) == 4 else 2000 + int(match[1])
    quarters = int(match[7])
    if not (_FIRST_YEAR <= year <= _LAST_YEAR and abs(quarters) <= 56):
        return None
    zone = timezone(timedelta(minutes=15 * quarters))
    month, day, hour, minute, second = (int(match[at]) for at in range(2, 7))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
