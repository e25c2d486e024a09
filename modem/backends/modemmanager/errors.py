"""What ModemManager's errors prove about a text: its names are 3GPP's numbers (TS 27.005 3.2.5, 27.007 9.2).

The daemon names the codes that it knows (``Error.Message.NoNetwork`` is CMS 331) and gives all others,
the network's own causes among them, as ``Unknown`` with the number in its words. Facts of ModemManager
1.20: ModemManager-errors.h, mm-error-helpers.c, mm-base-sms.c.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dbus_fast import ErrorType

from modem.api import Outcome, Refusal
from modem.at import codes
from modem.at.parser import Final
from modem.backends.modemmanager.bus import SERVICE, BusError
from modem.errors import AnswerTimeoutError, ModemError, PortError, PortPermissionError

_MESSAGE, _EQUIPMENT, _CORE = (f"{SERVICE}.Error.{kind}." for kind in ("Message", "MobileEquipment", "Core"))
_NUMBER = re.compile(r"Unknown (?:message|mobile equipment) error: ([0-9]{1,5})")


def _table(rows: str) -> dict[str, int]:
    """The daemon's name -> the number, of "number name" pairs."""
    words = rows.split()
    return dict(zip(words[1::2], map(int, words[::2]), strict=True))


_CMS = _table(
    """
    300 MeFailure 301 SmsServiceReserved 302 NotAllowed 303 NotSupported 304 InvalidPduParameter
    305 InvalidTextParameter 310 SimNotInserted 311 SimPin 312 PhSimPin 313 SimFailure 314 SimBusy
    315 SimWrong 316 SimPuk 317 SimPin2 318 SimPuk2 320 MemoryFailure 321 InvalidIndex 322 MemoryFull
    330 SmscAddressUnknown 331 NoNetwork 332 NetworkTimeout 340 NoCnmaAckExpected 500 Unknown
    """
)
_CME = _table(
    """
    0 PhoneFailure 1 NoConnection 2 LinkReserved 3 NotAllowed 4 NotSupported 5 PhSimPin 6 PhFsimPin
    7 PhFsimPuk 10 SimNotInserted 11 SimPin 12 SimPuk 13 SimFailure 14 SimBusy 15 SimWrong
    16 IncorrectPassword 17 SimPin2 18 SimPuk2 20 MemoryFull 21 InvalidIndex 22 NotFound
    23 MemoryFailure 24 TextTooLong 25 InvalidChars 26 DialStringTooLong 27 DialStringInvalid
    30 NoNetwork 31 NetworkTimeout 32 NetworkNotAllowed 100 Unknown
    """
)

# Errors that say that the call never reached ModemManager's modem: the object is not there, or polkit or
# the bus forbids it. The daemon looks at all of them before it speaks to the modem.
_NOT_REACHED = frozenset(
    error.value
    for error in (
        ErrorType.SERVICE_UNKNOWN,
        ErrorType.NAME_HAS_NO_OWNER,
        ErrorType.UNKNOWN_METHOD,
        ErrorType.UNKNOWN_OBJECT,
        ErrorType.UNKNOWN_INTERFACE,
    )
)
_FORBIDDEN = frozenset(
    {
        f"{_CORE}Unauthorized",
        ErrorType.ACCESS_DENIED.value,
        ErrorType.AUTH_FAILED.value,
        ErrorType.INTERACTIVE_AUTHORIZATION_REQUIRED.value,
    }
)
_POLKIT = "PolicyKit authorization "  # the daemon gives Failed where polkit itself does not answer
_BAD_TEXT = frozenset({f"{_CORE}InvalidArgs", f"{_CORE}TooMany"})

_ABSENT = _NOT_REACHED | {f"{_CORE}NotFound"}
_NO_INTERFACE = "No such interface"  # GDBus says this as InvalidArgs

FORBIDDEN = (
    "This user may not use the modem through ModemManager: polkit allows that to whoever sits at this "
    "computer, and not over ssh. Ask its administrator for a polkit rule, or use the modem's own port."
)
WENT = "ModemManager, or its modem, went away. The line opens again when it is back."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an error after ``Sms.Send`` proves. ``kind`` and ``code`` as in :class:`modem.api.SendResult`."""

    outcome: Outcome
    refusal: Refusal
    kind: str
    code: int | None
    detail: str


def _is_forbidden(error: BusError) -> bool:
    return error.name in _FORBIDDEN or (error.name == f"{_CORE}Failed" and error.text.startswith(_POLKIT))


def code_of(error: BusError) -> tuple[str, int | None]:
    """("CMS" or "CME", the number) that an error stands for; ("", None) for another kind of error."""
    for kind, prefix, table in (("CMS", _MESSAGE, _CMS), ("CME", _EQUIPMENT, _CME)):
        if error.name.startswith(prefix):
            told = _NUMBER.fullmatch(error.text)
            return kind, int(told[1]) if told else table.get(error.name.removeprefix(prefix))
    return "", None


def verdict(error: BusError, one_part: bool) -> Verdict:
    """What became of a text for which ``Send`` answered with an error.

    Only a refusal that 3GPP defines proves that nothing left, and only for a text of one part: with
    several, those before the refused one have left, and the daemon does not say how many.
    """
    if _is_forbidden(error):
        return Verdict(Outcome.NOT_SENT, Refusal.PERSON, "", None, f"{FORBIDDEN} Nothing left.")
    if error.name in _NOT_REACHED:
        return Verdict(Outcome.NOT_SENT, Refusal.NOT_READY, "", None, f"{WENT} Nothing left.")
    if error.name in _BAD_TEXT:
        detail = f"ModemManager cannot make a text of this ({error.text}). Nothing left."
        return Verdict(Outcome.NOT_SENT, Refusal.PERMANENT, "", None, detail)
    kind, code = code_of(error)
    final = Final(error.text, False, kind, code)
    meaning = codes.sentence(final) if kind else f"ModemManager could not send it (it said {error})."
    if one_part and codes.is_taken_before(final):
        return Verdict(Outcome.SENT, Refusal.NONE, kind, code, meaning)
    refusal = codes.refusal(final) if kind else Refusal.NONE
    if refusal is Refusal.NONE:
        return Verdict(Outcome.UNKNOWN, Refusal.NONE, kind, code, f"{meaning} The text may have left.")
    if not one_part:
        detail = f"{meaning} The text has several parts: some may have left before."
        return Verdict(Outcome.UNKNOWN, Refusal.NONE, kind, code, detail)
    return Verdict(Outcome.NOT_SENT, refusal, kind, code, meaning)


def raised(error: BusError) -> ModemError:
    """The error to raise for one that a call met which sends nothing."""
    if _is_forbidden(error):
        return PortPermissionError(FORBIDDEN)
    if error.name in _NOT_REACHED or error.name == ErrorType.NO_REPLY.value:
        return PortError(WENT)
    return error


@contextlib.contextmanager
def as_port_errors() -> Iterator[None]:
    """Whatever goes wrong with ModemManager in here is a ``PortError``: the line opens again."""
    try:
        yield
    except BusError as error:
        told = raised(error)
        if told is error:
            told = PortError(f"ModemManager cannot do its work with this modem ({error}).")
        raise told from error
    except AnswerTimeoutError as error:
        raise PortError(str(error)) from error


def is_absent(error: BusError) -> bool:
    """Whether the object that was asked for is not, or no longer, there."""
    return error.name in _ABSENT or _NO_INTERFACE in error.text
