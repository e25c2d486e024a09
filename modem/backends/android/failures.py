"""What a failure that the phone tells proves about the text, and what it asks for.

The app writes ``Send result: RESULT_... (...)`` for what Android's SmsManager answers, ``Delivery result
from SC ...: n`` for a status report, and its own words before it called Android (MessagesService.kt,
1.68.0).

Android tells NO_SERVICE and RADIO_OFF before it tries, and also when an attempt broke because the network
went away (SMSDispatcher.handleSendComplete). So these prove something only when they come at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from modem.api import Refusal

#: "At once": no radio gives a text up so quickly once it has begun (24.011: TC1 and TR1 are tens of seconds).
AT_ONCE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Failure:
    """``sure``: nothing left. ``left``: it surely left, and was not delivered."""

    sentence: str
    refusal: Refusal = Refusal.NONE
    sure: bool = False
    left: bool = False
    name: str = ""


_LATER = "It can be sent again later."
_ALLOW = "Someone must answer on the phone, or allow it there."
#: Told before Android gives the text to the radio, whenever that is.
_BEFORE: dict[str, tuple[Refusal, str]] = {
    "RESULT_ERROR_NULL_PDU": (Refusal.PERMANENT, "The phone could not make a text of it."),
    "RESULT_ERROR_LIMIT_EXCEEDED": (
        Refusal.LATER,
        f"Android lets an app send only so many texts in half an hour. {_ALLOW}",
    ),
    "RESULT_ERROR_FDN_CHECK_FAILURE": (
        Refusal.PERMANENT,
        "The SIM may text fixed numbers only (FDN), and this is none of them.",
    ),
    "RESULT_ERROR_SHORT_CODE_NOT_ALLOWED": (
        Refusal.PERSON,
        f"Texts to this short number cost extra. {_ALLOW}",
    ),
    "RESULT_ERROR_SHORT_CODE_NEVER_ALLOWED": (
        Refusal.PERSON,
        "The phone was told never to text short numbers that cost extra.",
    ),
    "RESULT_UNEXPECTED_EVENT_STOP_SENDING": (Refusal.PERSON, "Someone said no to it on the phone."),
    "RESULT_NO_DEFAULT_SMS_APP": (Refusal.PERSON, "The phone has no app for texts that is its default."),
    "RESULT_SMS_BLOCKED_DURING_EMERGENCY": (Refusal.LATER, f"The phone is in an emergency call. {_LATER}"),
}
#: Prove something only when they come at once.
_AT_ONCE: dict[str, tuple[Refusal, str]] = {
    "RESULT_ERROR_NO_SERVICE": (Refusal.NOT_READY, "The phone has no network at the moment."),
    "RESULT_ERROR_RADIO_OFF": (Refusal.NOT_READY, "The phone is in flight mode. Turn that off."),
    "RESULT_RADIO_NOT_AVAILABLE": (Refusal.NOT_READY, "The phone's radio is not ready."),
    "RESULT_RIL_RADIO_NOT_AVAILABLE": (Refusal.NOT_READY, "The phone's radio is not ready."),
    "RESULT_RIL_NETWORK_NOT_READY": (Refusal.NOT_READY, "The phone's network is not ready."),
    "RESULT_RIL_SIM_ABSENT": (Refusal.PERSON, "There is no SIM in the phone."),
    "RESULT_RIL_REQUEST_RATE_LIMITED": (Refusal.LATER, f"The phone was asked too often. {_LATER}"),
    "RESULT_INVALID_SMSC_ADDRESS": (
        Refusal.PERSON,
        "The number of the message centre is wrong in the phone.",
    ),
    "RESULT_RIL_INVALID_SMSC_ADDRESS": (
        Refusal.PERSON,
        "The number of the message centre is wrong in the phone.",
    ),
}
#: The app's own words before Android was called, or Android's refusal to be called.
_OWN: tuple[tuple[re.Pattern[str], Refusal, str], ...] = (
    (
        re.compile(r"TTL expired"),
        Refusal.LATER,
        f"The phone did not come to send it in time, and dropped it. {_LATER}",
    ),
    (
        re.compile(r"sendSMS: .{0,200}android\.permission\.SEND_SMS.{0,80}"),
        Refusal.PERSON,
        "The app may not send texts. Allow SMS for it in the phone's settings.",
    ),
    (
        re.compile(r"sendSMS: Invalid phone number( type)?"),
        Refusal.PERMANENT,
        "The phone says that this is no number of a mobile phone.",
    ),
    (
        re.compile(r"sendSMS: Invalid (destinationAddress|message body)"),
        Refusal.PERMANENT,
        "The phone does not accept this number or text.",
    ),
    (
        re.compile(r"Can't send message: (No SIMs found|SIM \d not found)"),
        Refusal.PERSON,
        "The phone has no SIM.",
    ),
    (
        re.compile(r"Can't send message: SIM selection requires.{0,80}"),
        Refusal.PERSON,
        "The app may not choose a SIM. Allow Phone for it in the phone's settings.",
    ),
)
_RESULT = re.compile(r"Send result: (RESULT_[A-Z_]{3,60}) .*", re.DOTALL)
_REPORT = re.compile(r"Delivery result(?: from SC .{0,40})?: (\d{1,3})", re.DOTALL)


def judge(error: str, *, one_part: bool, seconds: float | None, unbroken: bool) -> Failure:
    """What ``error`` proves of a failed text.

    ``one_part``: it surely was one on the air, else some parts may have left before the one that failed.
    ``seconds`` passed between Android's taking it and the failure, None where the phone does not tell.
    ``unbroken``: the app answered all the time since it took the text, so it did not start anew in between.
    """
    for pattern, refusal, sentence in _OWN:
        if pattern.fullmatch(error):
            return Failure(sentence, refusal, sure=unbroken)
    report = _REPORT.fullmatch(error)
    if report is not None:
        words = "It left and was not delivered." if one_part else "A part of it was not delivered."
        return Failure(words, left=one_part)
    result = _RESULT.fullmatch(error)
    if result is None:
        return Failure("The phone failed and gives no reason that is known here.")
    name = result[1]
    refusal, sentence = _BEFORE.get(name) or _AT_ONCE.get(name) or (Refusal.NONE, "")
    at_once = seconds is not None and seconds <= AT_ONCE_SECONDS
    sure = one_part and (name in _BEFORE or (name in _AT_ONCE and at_once))
    return Failure(sentence or "The phone failed while it sent the text.", refusal, sure=sure, name=name)


def status_of(error: str) -> int | None:
    """The TP-ST in a failure that is a status report, 0x40 where it names none that failed; else None."""
    report = _REPORT.fullmatch(error)
    return None if report is None else _status(int(report[1]))


def _status(told: int) -> int:
    return told if 0x40 <= told <= 0xFF else 0x40
