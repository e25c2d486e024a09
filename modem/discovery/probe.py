"""Asks one port who is behind it. Reads facts only: no setting of the device is changed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from modem.at import replies
from modem.errors import PortBusyError, PortError, PortPermissionError
from modem.transport import Transport

Opener = Callable[[str], Transport]
Clock = Callable[[], float]

AT_SECONDS = 3.0
ASK_SECONDS = 3.0
_AGAIN = 1.0  # seconds until AT is written once more
_MOST = 8_192  # octets read for one answer
_FINAL = re.compile(rb"(?:^|[\r\n])(OK|ERROR|\+CM[ES] ERROR:[^\r\n]*|COMMAND NOT SUPPORT)[\r\n]")
_ICCID = ("AT+CCID", "AT+ICCID", "AT^ICCID?", "AT+QCCID")
# What ports say that are no AT ports (ModemManager, src/mm-port-probe.c).
_STRANGE = (b"os_logids.h", b"option/faema_", b"NETWORK SERVICE CHANGE")
_NULS = bytes(32)
# 27.007 9.2.1 and 27.005 3.2.5, in figures and in words.
_NO_SIM = re.compile(rb"\+CME ERROR: *(10|SIM not inserted) *|\+CMS ERROR: *310 *", re.IGNORECASE)
ABSENT = "ABSENT"  # what stands for the SIM where the modem says that it has none


@dataclass(frozen=True, slots=True)
class Probed:
    """What a port answered. ``outcome``: "at", "silent", "strange" (it speaks, but no AT), "held",
    "forbidden", "absent". ``sim`` is the answer to +CPIN? ("READY", "SIM PIN" ...),
    ``ABSENT``, or "" where it is not told.
    """

    outcome: str
    imei: str = ""
    iccid: str = ""
    manufacturer: str = ""
    model: str = ""
    sim: str = ""
    announces: bool = False  # it answers +CNMI?, so texts can be announced on it
    words: str = ""  # the sentence of an error

    @property
    def answers(self) -> bool:
        """Whether AT commands work there."""
        return self.outcome == "at"


def probe(port: str, opener: Opener, clock: Clock = time.monotonic) -> Probed:
    """Open ``port``, ask, and close it again. Never raises; takes at most about 3 s where nothing answers."""
    try:
        transport = opener(port)
    except PortBusyError as error:
        return Probed("held", words=str(error))
    except PortPermissionError as error:
        return Probed("forbidden", words=str(error))
    except PortError as error:
        return Probed("absent", words=str(error))
    try:
        return _Asker(transport, clock).run()
    except PortError as error:
        return Probed("absent", words=str(error))
    finally:
        transport.close()


def is_strange(data: bytes) -> bool:
    """Whether octets come from a diagnosis port, a satellite receiver or a log rather than from AT."""
    # 7E frames QCDM packets; a sentence of NMEA 0183 begins with $G (GPS, GLONASS, Galileo ...).
    head = data.lstrip(b"\r\n")
    return (
        data.startswith(_NULS)
        or head.startswith(b"\x7e")
        or re.search(rb"(?:^|[\r\n])\$G[A-Z]{4},", data) is not None
        or any(word in data for word in _STRANGE)
    )


class _Asker:
    """One conversation of questions."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport, self._clock = transport, clock

    def run(self) -> Probed:
        outcome = self._wake()
        if outcome != "at":
            return Probed(outcome)
        about = self._ask("ATI")
        imei = replies.long_digits(self._ask("AT+CGSN"))[:15]
        maker = replies.plain_text(self._ask("AT+CGMI"), "+CGMI")
        model = replies.plain_text(self._ask("AT+CGMM"), "+CGMM")
        if not imei:  # some give it in ATI alone
            imei = replies.long_digits(line for line in about if "IMEI" in line.upper())[:15]
        if not maker and about:
            maker = replies.plain_text(about[:1], "ATI")
        sim = self._sim()
        return Probed("at", imei, self._iccid(), maker, model, sim, announces=bool(self._ask("AT+CNMI?")))

    def _sim(self) -> str:
        final, lines = self._exchange("AT+CPIN?")
        if lines:  # Wavecom puts no OK behind it
            return replies.plain_text(lines, "+CPIN").upper()
        return ABSENT if _NO_SIM.fullmatch(final) else ""

    def _iccid(self) -> str:
        for command in _ICCID:
            if found := replies.sim_number(self._ask(command, any_name=True)):
                return found
        return ""

    def _wake(self) -> str:
        """AT until it answers; ESC before a repetition leaves a prompt that somebody left open."""
        deadline = self._clock() + AT_SECONDS
        heard, first = b"", True
        while self._clock() < deadline:
            self._transport.write(b"AT\r" if first else b"\x1b\rAT\r")
            first = False
            heard = (heard + self._hear(min(_AGAIN, max(0.0, deadline - self._clock()))))[-_MOST:]
            if is_strange(heard):
                return "strange"
            if _FINAL.search(heard):
                return "at"
        return "strange" if heard.strip(b"\x00\r\n") and b"AT" not in heard else "silent"

    def _ask(self, command: str, any_name: bool = False) -> list[str]:
        """The lines of a positive answer; [] for any other."""
        final, lines = self._exchange(command, any_name)
        return lines if final == b"OK" else []

    def _exchange(self, command: str, any_name: bool = False) -> tuple[bytes, list[str]]:
        """The result (b"" for none) and the lines before it, without the echo and what came unasked."""
        self._hear(0.0)  # what came late belongs to no question
        self._transport.write(command.encode("ascii") + b"\r")
        data = self._hear(ASK_SECONDS)
        match = _FINAL.search(data)
        text = data[: match.start(1)] if match else data
        lines = [line.strip() for line in re.split(r"[\r\n]+", text.decode("latin-1"))]
        name = command[2:].rstrip("?")
        # Another name in front is news that came between, such as ^RSSI. ICCIDs come under several names.
        return match[1] if match else b"", [
            line
            for line in lines
            if line and line != command and (any_name or line[0] not in "+^*#%$" or line.startswith(name))
        ]

    def _hear(self, seconds: float) -> bytes:
        """What comes until a final result, the end of the time or the bound."""
        deadline = self._clock() + seconds
        data = b""
        while len(data) < _MOST:
            piece = self._transport.read(max(0.0, deadline - self._clock()))
            data += piece
            # A transport may return early with nothing: the clock decides.
            if _FINAL.search(data) or (not piece and self._clock() >= deadline):
                break
        return data
