"""The interface that every backend keeps. Synchronous, and used by one thread: the line's.

``send`` blocks until the outcome is known or known to be unknowable; ``poll`` returns what arrived.
What comes unasked during a command is kept for the next ``poll``. Nothing here deletes a message
unless ``delete`` is called, and ``delete`` is called only after the message is stored.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from modem.sms import Deliver, StatusReport


class LineState(enum.StrEnum):
    """What a line is doing, from the person's point of view."""

    OFFLINE = "offline"  # port absent or closed
    CONNECTING = "connecting"
    NEEDS_PIN = "needs_pin"
    NEEDS_PUK = "needs_puk"
    NO_SIM = "no_sim"
    SEARCHING = "searching"  # not registered yet
    DENIED = "denied"  # registration denied
    READY = "ready"
    FAILED = "failed"  # something a person must look at; see the detail


class Outcome(enum.StrEnum):
    """The three outcomes of a send, never two."""

    SENT = "sent"  # the network took every part: references in hand
    NOT_SENT = "not_sent"  # surely nothing left after the parts counted in ``references``
    UNKNOWN = "unknown"  # it may have left


class Refusal(enum.StrEnum):
    """What a modem's refusal asks for (3GPP TS 27.005 3.2.5, 27.007 9.2)."""

    NONE = ""  # not refused, or nothing is known of it
    LATER = "later"  # the network did not take it now: a person may press again
    NOT_READY = "not_ready"  # not now: the line waits, and the text goes back to the desk
    PERMANENT = "permanent"  # this text will never go to this number from this SIM
    PERSON = "person"  # somebody must do something first: PIN, SIM, centre's number, full memory


class Step(enum.StrEnum):
    """Moments inside ``send``, in order, for the trace and for tests that die there."""

    COMMAND_WRITTEN = "command_written"  # AT+CMGS is out, no prompt yet
    PDU_HALF_WRITTEN = "pdu_half_written"  # in the middle of the PDU
    SUBMITTED = "submitted"  # Ctrl-Z is out
    ACCEPTED = "accepted"  # +CMGS: read
    REFUSED = "refused"  # +CMS ERROR read


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One logical message. ``number`` matches ``^\\+?[0-9]{3,15}$``; ``text`` is any Unicode.

    ``concat_reference`` (0..255) names the parts of a long text (3GPP TS 23.040 9.2.3.24.1).
    ``validity_minutes`` asks the centre to drop the text after that time; None leaves it the default.
    ``token`` names this one click for backends that can refuse a second hand-over of it; "" elsewhere.
    """

    number: str
    text: str
    concat_reference: int = 0
    want_report: bool = True
    validity_minutes: int | None = None
    token: str = ""


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one logical message.

    ``references`` has one TP-MR (0..255) for each part that the network took, in order; with fewer of
    them than ``parts`` the text left in part. A backend that hands over whole texts counts one part, and
    where it has no TP-MR its reference is any number from 0 to 2**31-1 that its reports repeat.
    ``kind``/``code`` are the modem's error where it gave one, ``refusal`` what that asks for.
    ``detail`` is a sentence for a person.
    """

    outcome: Outcome
    parts: int
    references: tuple[int, ...] = ()
    kind: str = ""
    code: int | None = None
    detail: str = ""
    refusal: Refusal = Refusal.NONE


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a stored message lies: ``storage`` "SM", "ME" ...; ``index`` as the modem counts, 0 valid.

    Backends without numbered places give any stable number; together with the raw text it names one message.
    """

    storage: str
    index: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """A PDU that came in, raw and undecoded: upper-case hex with its SMSC part.

    ``slot`` is None for what was routed directly (+CMT, +CDS) and has no copy on the SIM.
    ``is_report`` says that the modem announced it as a status report; the PDU decides in the end.

    A backend that never sees PDUs (``Capabilities.pdu`` False) gives ``message``, decoded and joined, and
    puts what it was told, as canonical JSON, where the PDU would stand: that is the raw text which is kept
    and by which the message is recognised when it is offered again.
    """

    pdu: str
    slot: Slot | None = None
    is_report: bool = False
    message: Deliver | StatusReport | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the modem and its SIM are. Empty strings where the device does not tell."""

    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    imei: str = ""
    imsi: str = ""
    iccid: str = ""
    number: str = ""
    smsc: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """A line's health. ``signal_dbm`` None when unknown; storage counts are messages on the SIM.

    ``hint`` is a sentence about what will go wrong though the line is ready: no centre's number, LTE without
    texts; ``action`` the one thing that helps against it or against the state, "" for the state's usual one.
    """

    state: LineState
    detail: str = ""
    hint: str = ""
    action: str = ""
    operator: str = ""
    technology: str = ""
    signal_dbm: int | None = None
    storage_used: int = 0
    storage_total: int = 0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do; the window shows what is missing."""

    reports: bool = True  # delivery reports come back
    pdu: bool = True  # texts come as PDUs, so that the raw one is kept
    ussd: bool = True
    storage: bool = True  # a memory that fills and is counted
    commands: bool = True  # a technician may type AT commands
    parts: bool = True  # each part of a long text is accounted for by itself
    delete: bool = True  # what is stored here can be removed there


@dataclass(frozen=True, slots=True)
class UssdReply:
    """What the network said to a USSD code. ``more``: it waits for an answer (27.007 7.15, <m>=1)."""

    text: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One line of the conversation with the device.

    ``direction`` is ">" to it, "<" from it, "+" from it and unasked, "!" a remark of ours.
    """

    at: float  # seconds since the epoch
    direction: str
    text: str


def always(part: int) -> bool:
    """The ``proceed`` that never objects."""
    return True


def ignore_part(part: int, reference: int) -> None:
    """The ``on_part`` that keeps nothing."""


def ignore_step(step: Step) -> None:
    """The ``on_step`` that does nothing."""


def ignore_trace(line: TraceLine) -> None:
    """The ``on_trace`` that keeps nothing."""


@dataclass(slots=True)
class Hooks:
    """Observers given to a backend when it is made; called on the line's thread."""

    on_step: Callable[[Step], None] = field(default=ignore_step)
    on_trace: Callable[[TraceLine], None] = field(default=ignore_trace)


class Modem(Protocol):
    """What ``app.texting.line`` needs of a device. Every call may raise :class:`modem.errors.PortError`."""

    capabilities: Capabilities

    def open(self, pin: str | None = None) -> Identity:
        """Open the port and make the modem ready to text.

        Raises ``PortError`` where the port cannot be used and ``NotReadyError`` where the modem
        answers but cannot text yet. A PIN is entered at most once, and only when given.
        """
        ...

    def close(self) -> None:
        """Let go of the port. Never raises."""
        ...

    def send(
        self,
        outgoing: Outgoing,
        proceed: Callable[[int], bool] = always,
        on_part: Callable[[int, int], None] = ignore_part,
    ) -> SendResult:
        """Hand one text to the network; every failure is a result, never an exception.

        ``proceed(part)`` is asked after the prompt and before the octets that cannot be called back,
        once for each part (1-based); False leaves the prompt with ESC and ends as *not sent*.
        ``on_part(part, reference)`` is called as each part is accepted.
        """
        ...

    def poll(self, timeout: float) -> list[Incoming]:
        """What arrived since the last call, waiting up to ``timeout`` seconds for the first of it."""
        ...

    def sweep(self) -> list[Incoming]:
        """Everything that lies on the SIM (and the modem's own memory) now. Deletes nothing."""
        ...

    def delete(self, incoming: Incoming) -> bool:
        """Remove one stored message, after reading the slot again: True when it is gone.

        False when the slot now holds something else, which is left alone.
        """
        ...

    def status(self) -> Status:
        """Registration, signal, operator and storage, asked now."""
        ...

    def ussd(self, code: str, timeout: float = 30.0) -> UssdReply:
        """Ask the network by USSD, such as ``*100#`` for the balance, or answer its question.

        ``code`` is 1 to 182 of ``0-9 * # +``. Raises ``ValueError`` for another code, ``AnswerTimeoutError``,
        ``CommandError`` with a sentence, and ``UnsupportedError`` where the backend has no USSD.
        """
        ...

    def network_time(self) -> datetime | None:
        """The network's clock, aware, where the modem knows it (27.007 8.15); None elsewhere."""
        ...

    def command(self, line: str, timeout: float = 10.0) -> list[str]:
        """Run one AT command for a technician and return its answer lines, the final result last.

        Refuses (``ValueError``) whatever sends: CMGS, CMSS, CMGC, CMGW and Ctrl-Z. Raises
        ``UnsupportedError`` where the backend knows no AT commands.
        """
        ...

    def danger(self, line: str) -> str:
        """A sentence about what an AT command could break, "" for nothing: ask before :meth:`command`.

        Says nothing of what is refused anyway, and asks no device.
        """
        ...
