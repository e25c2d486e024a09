"""Makes a modem ready to text: who it is, its SIM, PDU mode, memories, and how texts are announced.

Each step believes what the modem does over what it says it can do, and a step that only improves
things may fail. Raised is ``NotReadyError`` where a person must act.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from modem.api import Identity, LineState
from modem.at import codes, replies
from modem.at.channel import Answer, Channel, UnfinishedAnswerError
from modem.at.parser import Final
from modem.errors import NotReadyError

# Tried in this order (27.005 3.4.1): stored texts announced with +CMTI, reports handed over or stored.
# Test commands lie, so the set command decides. Sony Ericsson knows mode 3 only.
_ROUTINGS = ("2,1,0,1,0", "2,1,0,2,0", "1,1,0,1,0", "1,1,0,0,0", "3,1,0,0,0")
_REGISTRATIONS = ("+CREG", "+CGREG", "+CEREG")
_ICCID = ("AT+CCID", "AT+ICCID", "AT^ICCID?", "AT+QCCID", "AT#CCID", "AT+CICCID")
_PIN = re.compile(r"[0-9]{4,8}")
# The second PIN guards other things than texts.
_OPEN = frozenset({"READY", "SIM PIN2", "SIM PUK2"})
_TRIES = re.compile(r"\d+")
# What makes a maker's device quiet or speak on this port. Refusals do not matter.
_QUIRKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("HUAWEI", ("AT^CURC=0", "AT^PORTSEL=1")),
    ("ZTE", ("AT+ZCDRUN=8", "AT+ZOPRT=5", "AT+CPMS?")),
    ("TELIT", ("AT#STIA=0",)),
    ("MOTOROLA", ("AT+MODE=2",)),
)
_NO_ACK = ("SIMCOM",)


@dataclass(slots=True)
class Setup:
    """What the ladder found and set. ``selected`` is the memory that reading and deleting act on."""

    identity: Identity = field(default_factory=Identity)
    storages: tuple[str, ...] = ()
    selected: str = ""
    routing: str = ""  # what +CNMI took; "" when the modem announces nothing
    acknowledges: bool = False  # +CSMS=1: directly delivered texts want AT+CNMA (27.005 3.2.1)
    registrations: tuple[str, ...] = ()


class Startup:
    """One run of the ladder over a channel. ``refused_pins`` outlives it: none of them is entered again."""

    def __init__(self, channel: Channel, refused_pins: set[str]) -> None:
        self._channel = channel
        self._timeouts = channel.timeouts
        self._refused_pins = refused_pins

    def run(self, pin: str | None) -> Setup:
        """Every step, in order. ``PortError``, ``NotReadyError`` and ``AnswerTimeoutError`` come out."""
        self._channel.resync()
        self._plain_dialogue()
        device = self._device()
        self._radio_on()
        self._unlock(pin)
        maker = f"{device.manufacturer} {device.model}".upper()
        for name, commands in _QUIRKS:
            if name in maker:
                for command in commands:
                    self._try(command)
        setup = Setup()
        setup.registrations = tuple(name for name in _REGISTRATIONS if self._try(f"AT{name}=2"))
        setup.acknowledges = self._service(maker)
        self._pdu_mode()
        self._memories(setup)
        setup.routing = next((value for value in _ROUTINGS if self._try(f"AT+CNMI={value}")), "")
        setup.identity = self._with_sim(device)
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
        """Run a command again while the SIM is busy, up to ``sim_busy`` s."""
        deadline = self._channel.clock() + self._timeouts.sim_busy
        while True:
            answer = self._channel.run(command)
            if answer.ok or not codes.is_sim_busy(answer.final) or self._channel.clock() > deadline:
                return answer
            self._channel.pause(self._timeouts.pause)

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

    def _with_sim(self, device: Identity) -> Identity:
        iccid = ""
        for command in _ICCID:
            iccid = replies.sim_number(self._ask(command, everything=True))
            if iccid:
                break
        own = next((found for line in self._ask("AT+CNUM") if (found := replies.quoted_number(line, 1))), "")
        centre = self._ask("AT+CSCA?")
        return Identity(
            manufacturer=device.manufacturer,
            model=device.model,
            firmware=device.firmware,
            imei=device.imei,
            imsi=replies.long_digits(self._ask("AT+CIMI", everything=True))[:15],
            iccid=iccid,
            number=own,
            smsc=replies.quoted_number(centre[0], 0) if centre else "",
        )

    # -- the SIM ----------------------------------------------------------------------------------

    def _unlock(self, pin: str | None) -> None:
        """Wait for +CPIN: READY; enter the PIN when asked, once."""
        begun = self._channel.clock()
        entered = False
        while True:
            state = self._pin_state(self._channel.clock() - begun)
            if state in _OPEN:
                return
            if state == "SIM PIN" and not entered:
                self._enter(pin)
                entered = True
            elif state.endswith("PUK"):
                raise NotReadyError(
                    "The SIM is blocked and asks for its PUK. Put it into a phone and enter the PUK there.",
                    LineState.NEEDS_PUK,
                )
            elif state and state != "SIM PIN":
                raise NotReadyError(
                    f"The modem asks for {state[:20]}, a lock of its maker or operator.", LineState.FAILED
                )
            elif self._channel.clock() - begun > self._timeouts.sim_busy:
                raise NotReadyError("The SIM did not get ready. Take it out and put it in again.", "no_sim")
            else:
                self._channel.pause(self._timeouts.pause)

    def _pin_state(self, waited: float) -> str:
        """READY, SIM PIN, SIM PUK ...; "" for "ask again soon"."""
        try:
            answer = self._channel.run("AT+CPIN?", self._timeouts.identity)
        except UnfinishedAnswerError as error:  # Wavecom: no OK behind it
            answer = Answer(error.lines, Final("", True))
        for line in answer.lines:
            return line.partition(":")[2].strip().upper()
        absent = not answer.ok and not codes.is_sim_busy(answer.final)
        if absent and waited >= self._timeouts.sim_absent:
            reason = codes.sentence(answer.final)
            if codes.is_sim_absent(answer.final):
                raise NotReadyError(reason, LineState.NO_SIM)
            raise NotReadyError(f"The SIM cannot be read. {reason}", LineState.NO_SIM)
        return ""

    def _enter(self, pin: str | None) -> None:
        if pin is None:
            raise NotReadyError("The SIM asks for its PIN. Enter it on the Lines page.", LineState.NEEDS_PIN)
        if _PIN.fullmatch(pin) is None:
            raise NotReadyError("A PIN has four to eight digits. Nothing was entered.", LineState.NEEDS_PIN)
        if pin in self._refused_pins:
            raise NotReadyError(
                "The SIM refused this PIN before. It was not entered again.", LineState.NEEDS_PIN
            )
        left = self._tries_left()
        if left is not None and left <= 1:
            raise NotReadyError(
                "Only one try is left before the SIM is blocked. Nothing was entered: put the SIM into a "
                "phone and enter the PIN there.",
                LineState.NEEDS_PIN,
            )
        # Held as refused until the modem takes it: a silence after this must not lead to a second try.
        self._refused_pins.add(pin)
        answer = self._channel.run(f'AT+CPIN="{pin}"', self._timeouts.network)
        if not answer.ok:
            puk = answer.final.kind == "CME" and answer.final.code == 12
            raise NotReadyError(
                f"The SIM did not take the PIN. {codes.sentence(answer.final)} It will not be tried again.",
                LineState.NEEDS_PUK if puk else LineState.NEEDS_PIN,
            )
        self._refused_pins.discard(pin)

    def _tries_left(self) -> int | None:
        """How many tries the PIN has (27.007 8.65, and makers' own commands); None when not told."""
        for command, position in (('AT+CPINR="SIM PIN"', 1), ('AT+QPINC="SC"', 1), ("AT^CPIN?", 3)):
            for line in self._ask(command):
                fields = line.partition(":")[2].split(",")
                if len(fields) > position and (match := _TRIES.search(fields[position])):
                    return int(match[0])
        return None

    # -- texting ----------------------------------------------------------------------------------

    def _service(self, maker: str) -> bool:
        """+CSMS=1 where offered; True when it reads back, and only then texts must be acknowledged."""
        if any(name in maker for name in _NO_ACK):
            return False
        offered = self._ask("AT+CSMS=?")
        if not offered or "1" not in offered[0] or not self._try("AT+CSMS=1"):
            return False
        now = self._ask("AT+CSMS?")
        return bool(now) and replies.number(now[0].partition(":")[2].partition(",")[0]) == 1

    def _pdu_mode(self) -> None:
        answer = self._insist("AT+CMGF=0")
        if not answer.ok:
            raise NotReadyError(
                "This device does not offer texts in PDU mode over its serial port. "
                f"{codes.sentence(answer.final)}",
                LineState.FAILED,
            )

    def _memories(self, setup: Setup) -> None:
        """+CPMS: one memory for reading, writing and receiving, and all that are worth a sweep."""
        lines = self._ask("AT+CPMS=?", self._timeouts.command)
        lists = replies.storages_offered(lines[0]) if lines else ()
        readable = lists[0] if lists else ()
        receiving = lists[2] if len(lists) > 2 else readable
        setup.storages = tuple(name for name in ("SM", "ME", "SR") if name in readable)
        if not setup.storages and "MT" in readable:
            setup.storages = ("MT",)
        for name in ("SM", "ME", "MT"):
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
