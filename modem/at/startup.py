"""Makes a modem ready to text: who it is, its SIM, PDU mode, memories, and how texts are announced.

Each step believes what the modem does over what it says it can do, and a step that only improves
things may fail. What differs between makers stands in :mod:`modem.at.vendors`. Raised is
``NotReadyError`` where a person must act.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from modem.api import Identity, LineState
from modem.at import codes, replies
from modem.at.channel import Answer, Channel, UnfinishedAnswerError
from modem.at.parser import Final
from modem.at.quirks import GENERIC, Quirks
from modem.at.unlocking import Unlocking
from modem.at.unsolicited import is_ready_again, name_of
from modem.at.vendors import select
from modem.errors import NotReadyError

_REGISTRATIONS = ("+CREG", "+CGREG", "+CEREG")
_NO_PDU_TRIES = 3  # just after its start a modem may say ERROR where it means "SIM busy"
_USE_GAMMU = "Add this phone as a gammu line instead."
_UNREADABLE = "This device does not show the texts that it receives over this port: they stay in it."


@dataclass(slots=True)
class Setup:
    """What the ladder found and set. ``selected`` is the memory that reading and deleting act on.

    ``hint`` is a sentence about what will not work though the line is ready, ``action`` what helps.
    """

    identity: Identity = field(default_factory=Identity)
    quirks: Quirks = GENERIC
    storages: tuple[str, ...] = ()
    selected: str = ""
    routing: str = ""  # what +CNMI took; "" when the modem announces nothing
    acknowledges: bool = False  # +CSMS=1: directly delivered texts want AT+CNMA (27.005 3.2.1)
    registrations: tuple[str, ...] = ()
    hint: str = ""
    action: str = ""

    @property
    def reports(self) -> bool:
        """Whether delivery reports can come: <ds> of +CNMI (27.005 3.4.1), or a sweep that finds them."""
        return not self.routing or self.routing.split(",")[3] != "0"


class Startup:
    """One run of the ladder over a channel. ``refused_pins`` outlives it: none of them is entered again."""

    def __init__(self, channel: Channel, refused_pins: set[str]) -> None:
        self._channel = channel
        self._timeouts = channel.timeouts
        self._refused_pins = refused_pins
        self._busy_until: float | None = None

    def run(self, pin: str | None) -> Setup:
        """Every step, in order. ``PortError``, ``NotReadyError`` and ``AnswerTimeoutError`` come out."""
        self._channel.resync()
        self._plain_dialogue()
        device = self._device()
        self._radio_on()
        Unlocking(self._channel, self._refused_pins, select(device), self._ask).run(pin)
        if not device.manufacturer:  # some tell nothing before the PIN
            device = self._device()
        setup = Setup(quirks=select(device))
        self._channel.piece, self._channel.piece_pause = setup.quirks.piece, setup.quirks.piece_pause
        for command in setup.quirks.quiet:
            self._try(command)
        setup.registrations = tuple(name for name in _REGISTRATIONS if self._try(f"AT{name}=2"))
        self._forget_start()
        setup.acknowledges = self._service(setup.quirks)
        self._pdu_mode(setup.quirks)
        self._memories(setup)
        routings = (f"AT+CNMI={value}" for value in setup.quirks.routings)
        taken = next((command for command in routings if self._patiently(command).ok), "")
        setup.routing = taken.removeprefix("AT+CNMI=")
        self._check_reading(setup)
        setup.identity = self._with_sim(device, setup.quirks)
        return setup

    # -- small steps ------------------------------------------------------------------------------

    def _ask(self, command: str, timeout: float | None = None, everything: bool = False) -> tuple[str, ...]:
        """The answer's lines; () when the modem refuses or stays silent."""
        try:
            limit = self._timeouts.identity if timeout is None else timeout
            answer = self._channel.run(command, limit, everything=everything)
        except UnfinishedAnswerError as error:
            return error.lines
        return answer.lines if answer.ok else ()

    def _try(self, command: str) -> bool:
        try:
            return self._channel.run(command).ok
        except UnfinishedAnswerError:
            return False

    def _insist(self, command: str) -> Answer:
        """Run a command again while the SIM is busy; ``sim_busy`` s of that are the measure of one run."""
        while True:
            answer = self._channel.run(command)
            if answer.ok or not codes.is_sim_busy(answer.final):
                return answer
            now = self._channel.clock()
            if self._busy_until is None:
                self._busy_until = now + self._timeouts.sim_busy
            if now > self._busy_until:
                return answer
            self._channel.pause(self._timeouts.pause)

    def _patiently(self, command: str) -> Answer:
        """The same for what may fail: silence is a refusal, with the lines that came before it."""
        try:
            return self._insist(command)
        except UnfinishedAnswerError as error:
            return Answer(error.lines, Final("", False))

    def _plain_dialogue(self) -> None:
        if not self._try("ATE0V1"):
            self._try("ATE0")
        if not self._try("AT+CMEE=1"):
            self._try("AT+CMEE=2")

    def _device(self) -> Identity:
        def free(command: str) -> str:
            return replies.plain_text(self._ask(command, everything=True), command.removeprefix("AT"))

        return Identity(
            manufacturer=free("AT+CGMI"),
            model=free("AT+CGMM"),
            firmware=free("AT+CGMR"),
            imei=replies.long_digits(self._ask("AT+CGSN", everything=True))[:15],
        )

    def _radio_on(self) -> None:
        lines = self._ask("AT+CFUN?")
        state = replies.number(lines[0].partition(":")[2].partition(",")[0]) if lines else None
        if state in (0, 4):
            self._ask("AT+CFUN=1", self._timeouts.network)

    def _with_sim(self, device: Identity, quirks: Quirks) -> Identity:
        numbers = (replies.sim_number(self._ask(command, everything=True)) for command in quirks.iccid)
        own = next((found for line in self._ask("AT+CNUM") if (found := replies.quoted_number(line, 1))), "")
        centre = self._patiently("AT+CSCA?").lines
        return replace(
            device,
            imsi=replies.long_digits(self._ask("AT+CIMI", everything=True))[:15],
            iccid=next(filter(None, numbers), ""),
            number=own,
            smsc=replies.quoted_number(centre[0], 0) if centre else "",
        )

    def _forget_start(self) -> None:
        """Lines of the start that brought us here. Those that come from now on mean one more run."""
        waiting = self._channel.unsolicited
        kept = [line for line in waiting if not is_ready_again(name_of(line.text), line.text)]
        waiting.clear()
        waiting.extend(kept)

    # -- texting ----------------------------------------------------------------------------------

    def _service(self, quirks: Quirks) -> bool:
        """+CSMS=1 where offered; True when it reads back, and only then texts must be acknowledged."""
        if not quirks.acknowledge:
            return False
        offered = self._ask("AT+CSMS=?")
        if not offered or "1" not in offered[0] or not self._try("AT+CSMS=1"):
            return False
        now = self._ask("AT+CSMS?")
        return bool(now) and replies.number(now[0].partition(":")[2].partition(",")[0]) == 1

    def _pdu_mode(self, quirks: Quirks) -> None:
        for _ in range(_NO_PDU_TRIES):
            answer = self._insist("AT+CMGF=0")
            if answer.ok:
                return
            if answer.final.kind:
                break
            self._channel.pause(self._timeouts.pause)
        if self._ask("AT+CMGF=?"):
            problem = "This device takes texts in text mode only, which cannot carry them safely."
        elif quirks.hilink and not self._ask("AT+CSMS=?"):
            raise NotReadyError(
                "This stick runs HiLink firmware: it is a small router and takes no texts over its serial "
                "port. Switch it to stick mode, which its maker calls debug mode, or use another modem.",
                LineState.FAILED,
                action="Switch the stick to stick mode.",
            )
        else:
            problem = "This device does not offer texts in PDU mode over its serial port."
        raise NotReadyError(
            f"{problem} {_USE_GAMMU if quirks.handset else codes.sentence(answer.final)}",
            LineState.FAILED,
            action=_USE_GAMMU if quirks.handset else "",
        )

    def _memories(self, setup: Setup) -> None:
        """+CPMS: one memory for reading, writing and receiving, and all that are worth a sweep."""
        lines = self._patiently("AT+CPMS=?").lines
        lists = replies.storages_offered(lines[0]) if lines else ()
        readable = lists[0] if lists else ()
        receiving = lists[2] if len(lists) > 2 else readable
        setup.storages = tuple(name for name in setup.quirks.swept if name in readable)
        if not setup.storages and "MT" in readable:
            setup.storages = ("MT",)
        for name in setup.quirks.memories:
            if name in readable and name in receiving and self._select_all(name):
                setup.selected = name
                return
        current = self._ask("AT+CPMS?", self._timeouts.command)
        memories = replies.storages_now(current[0]) if current else ()
        setup.selected = memories[0].name if memories else ""
        setup.storages = setup.storages or ((setup.selected,) if setup.selected else ("",))

    def _select_all(self, name: str) -> bool:
        """Three, two or one argument, whichever the modem takes."""
        return any(self._insist("AT+CPMS=" + ",".join([f'"{name}"'] * count)).ok for count in (3, 2, 1))

    def _check_reading(self, setup: Setup) -> None:
        """A device that announces nothing and names no memory may not let its texts be read at all."""
        if setup.routing or setup.selected:
            return
        if not self._channel.run("AT+CMGL=4", self._timeouts.row, rows=True).ok:
            setup.hint = _UNREADABLE
            setup.action = _USE_GAMMU if setup.quirks.handset else "Use another device to receive texts."
