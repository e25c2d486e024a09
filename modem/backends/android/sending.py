"""One click, one text: handed to the phone at most once, and followed until it is known what became of it.

What proves what:

- The id is made of the click, so the phone itself refuses a second hand-over (409, its table's primary
  key).
- Before the hand-over the id is asked for on the same connection. A phone that is away, or does not take
  the password, is so found while nothing has left.
- The text is valid for a minute on the phone's own clock (``validUntil``). A request that was lost on the
  way and arrives later is refused there ("message already expired"), and a text that still waits is
  dropped. So once that clock has passed the minute, an id that the phone does not know will never leave.
  Before that, 404 proves nothing: a request can lie in a cable's or an operating system's buffer after the
  connection broke.
- A text that still waits then is cancelled, and counts as not sent when it stays cancelled.
- An app that was killed between calling Android and noting so calls a text pending that left. So what it
  says of waiting texts counts only if it answered all the time.
"""

from __future__ import annotations

import hashlib
import platform
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from modem import sms
from modem.api import Hooks, Outcome, Outgoing, Refusal, SendResult, Step
from modem.backends.android.failures import judge
from modem.backends.android.http import Answer, Gateway, NotReachedError, Timing
from modem.backends.android.values import Told, number_of, read_told, stamp
from modem.errors import ModemError, NotReadyError, PortError

_NUMBER = re.compile(r"\+?[0-9]{3,15}", re.ASCII)
_MARK = "p2ptext-"
#: A text with this click's id that is older was another click's, of a database that is gone.
_SAME_CLICK = timedelta(minutes=15)
#: The Date header counts whole seconds, and is behind by less than one.
_TICK = timedelta(seconds=1)
_SURELY_OVER = 2 * _TICK.total_seconds()
_ALREADY = frozenset({200, 201, 202, 409})
#: A proxy between us and the app speaks: the app may still get the request.
_PROXY = frozenset({502, 503, 504})


def own_ids() -> str:
    """What the ids of this computer's user begin with: another p2ptext may use the same phone."""
    place = f"{platform.node()}\0{Path.home()}"
    return f"{_MARK}{hashlib.sha256(place.encode('utf-8', 'replace')).hexdigest()[:6]}-"


def text_id(address: str, outgoing: Outgoing) -> str:
    """The id of one click's text, 36 characters (the interface's most)."""
    what = "\0".join((address, outgoing.token, outgoing.number, outgoing.text))
    return own_ids() + hashlib.sha256(what.encode("utf-8", "replace")).hexdigest()[:21]


@dataclass(slots=True)
class _Text:
    """A text on its way. ``unbroken`` ends with the first question that the app does not answer."""

    id: str
    one_part: bool
    valid_until: datetime | None = None
    handed: bool = False  # the app said that it has it
    unbroken: bool = True
    told: Told | None = None
    clock: datetime | None = None
    cancelled_at: float | None = None
    deadline: float = field(default=0.0)

    @property
    def expired(self) -> bool:
        """Whether the phone's clock has surely passed the time until which it may send."""
        return self.valid_until is not None and self.clock is not None and self.clock >= self.valid_until


class Sender:
    """Sends texts through one phone. ``watch`` is told of each text whose state is worth asking for later:
    its id, number, reference, whether a report is wanted, and whether it is known to have left.
    """

    def __init__(
        self,
        gateway: Gateway,
        address: str,
        timing: Timing,
        hooks: Hooks,
        watch: Callable[[str, str, bool, bool], None],
    ) -> None:
        self._gateway, self._address, self._timing = gateway, address, timing
        self._hooks, self._watch = hooks, watch
        #: Why the last text could not leave, for the line's status; "" after one that did.
        self.trouble = ""

    def send(
        self, outgoing: Outgoing, proceed: Callable[[int], bool], on_part: Callable[[int, int], None]
    ) -> SendResult:
        """As :meth:`modem.api.Modem.send`. ``outgoing.token`` names the click and must not be empty."""
        wrong = _what_is_wrong(outgoing)
        if wrong:
            return _not_sent(wrong, Refusal.PERMANENT)
        text = _Text(text_id(self._address, outgoing), len(sms.split(outgoing.text).segments) == 1)
        text.deadline = time.monotonic() + self._timing.send
        result = self._before(text)
        if result is None and not text.handed:
            if not proceed(1):
                return _not_sent("It was held back before it left.", Refusal.NONE)
            self._hooks.on_step(Step.SUBMITTED)
            result = self._hand_over(text, outgoing)
        result = result or self._follow(text)
        return self._close(text, outgoing, result, on_part)

    # -- handing over -------------------------------------------------------------------------

    def _before(self, text: _Text) -> SendResult | None:
        """Look whether the phone is there and has this click's text already. Nothing leaves by this."""
        try:
            answer = self._gateway.get(f"/messages/{text.id}")
        except NotReadyError as error:
            return _not_sent(str(error), Refusal.PERSON)
        except PortError as error:
            return _not_sent(f"{error} Nothing left.", Refusal.NOT_READY)
        text.clock = answer.clock
        if answer.clock is not None:
            text.valid_until = answer.clock + _TICK + timedelta(seconds=self._timing.send)
        if answer.status == 404:
            return None
        text.told = read_told(answer.value)
        if answer.status != 200 or text.told is None:
            return _not_sent(
                "What answers at the phone's address does not behave like the app. Nothing left.",
                Refusal.PERSON,
            )
        text.handed, text.unbroken = True, False  # nobody watched it since it was handed over
        return self._stale(text)

    def _hand_over(self, text: _Text, outgoing: Outgoing) -> SendResult | None:
        body: dict[str, object] = {
            "id": text.id,
            "textMessage": {"text": outgoing.text},
            "phoneNumbers": [outgoing.number],
            "withDeliveryReport": outgoing.want_report,
        }
        if text.valid_until is not None:
            body["validUntil"] = stamp(text.valid_until)
        else:
            body["ttl"] = max(5, round(self._timing.send))
        try:
            # The number is the one that was clicked: the app would read a national one by its own rules.
            answer = self._gateway.ask("POST", "/messages?skipPhoneValidation=true", body)
        except NotReadyError as error:
            return _not_sent(str(error), Refusal.PERSON)
        except NotReachedError as error:
            return _not_sent(f"{error} Nothing left.", Refusal.NOT_READY)
        except PortError:
            text.unbroken = False
            return None
        text.handed = answer.status in _ALREADY
        if text.handed:
            return self._look_at_twin(text) if answer.status == 409 else None
        return self._confirm(text, answer)

    def _look_at_twin(self, text: _Text) -> SendResult | None:
        """409: the phone had this id. It is this click's text, unless it is an old one."""
        text.unbroken = False  # nobody watched it since it was handed over
        self._look(text)
        return self._stale(text)

    def _stale(self, text: _Text) -> SendResult | None:
        begun = text.told.times.get("Pending") if text.told is not None else None
        if begun is None or text.clock is None or text.clock - begun <= _SAME_CLICK:
            return None
        return _not_sent(
            "The phone has an older text under this click's number, so it did not take this one. "
            "Press again to send it.",
            Refusal.LATER,
        )

    def _confirm(self, text: _Text, answer: Answer) -> SendResult | None:
        """A refusal proves nothing by itself (the app can fail after it took a text): the phone is asked."""
        if answer.status in _PROXY or not self._look(text):
            text.unbroken = False
            return None
        if text.told is not None:
            text.handed = True
            return None
        if answer.status == 400:
            return _not_sent("The app does not accept this text or this number.", Refusal.PERMANENT)
        return _not_sent(
            f"The app failed and did not take the text (HTTP {answer.status}). It can be sent again later.",
            Refusal.LATER,
        )

    # -- following ----------------------------------------------------------------------------

    def _look(self, text: _Text) -> bool:
        """Ask for the text's state; False when the phone did not tell."""
        try:
            # Not ``get``: its second try would hide that the app was away.
            answer = self._gateway.ask("GET", f"/messages/{text.id}")
        except ModemError:
            text.unbroken = False
            return False
        text.clock = answer.clock or text.clock
        if answer.status == 404:
            text.told = None
            return True
        told = read_told(answer.value) if answer.status == 200 else None
        if told is None:
            text.unbroken = False
            return False
        text.told, text.handed = told, True
        return True

    def _follow(self, text: _Text) -> SendResult:
        pause = self._timing.quickest
        while True:
            if self._look(text) and (result := self._verdict(text)) is not None:
                return result
            if time.monotonic() > text.deadline + (0.0 if text.handed else _SURELY_OVER):
                return self._give_up(text)
            time.sleep(pause)
            pause = min(pause * 1.5, self._timing.pause)

    def _verdict(self, text: _Text) -> SendResult | None:
        told = text.told
        if told is None:
            if not text.handed and text.expired:
                return _not_sent(
                    "The connection broke, and the text did not reach the phone. It can be sent again.",
                    Refusal.LATER,
                )
            return None
        if told.reached("Sent") or (told.reached("Delivered") and text.one_part):
            return SendResult(Outcome.SENT, 1)
        if told.state == "Failed":
            return _failed(text, told)
        if told.state == "Cancelled":
            return self._cancelled(text)
        text.cancelled_at = None
        return None

    def _cancelled(self, text: _Text) -> SendResult | None:
        now = time.monotonic()
        text.cancelled_at = text.cancelled_at or now
        if now - text.cancelled_at < self._timing.settle:
            return None
        if not text.unbroken:
            return _unknown("The text was cancelled on the phone, whose app started anew meanwhile.")
        return _not_sent(
            "The phone did not come to send it, and it was cancelled there. It can be sent again.",
            Refusal.LATER,
        )

    def _give_up(self, text: _Text) -> SendResult:
        """Time is over. What still waits is called back."""
        told = text.told
        if told is not None and told.state == "Pending":
            return self._call_back(text)
        if told is not None:
            return _unknown(
                "The phone gave the text to Android, which does not say what became of it. It may have left, "
                "or leave later."
            )
        if text.handed:
            return _unknown("The phone took the text and does not know it any more.")
        return _unknown(
            "The connection broke while the phone was given the text. It may have it, and send it."
        )

    def _call_back(self, text: _Text) -> SendResult:
        """DELETE /messages/{id}, since 1.67.0; an older app drops the text itself when its time is over."""
        try:
            answer = self._gateway.ask("DELETE", f"/messages/{text.id}")
        except ModemError:
            return _unknown(_STILL_THERE)
        end = time.monotonic() + 2 * self._timing.settle + (0.0 if answer.status == 200 else _SURELY_OVER)
        while time.monotonic() < end:
            if self._look(text) and (result := self._verdict(text)) is not None:
                return result
            time.sleep(self._timing.quickest)
        waits = text.told is not None and text.told.state == "Pending"
        if waits and text.expired and text.unbroken:
            return _not_sent(
                "The phone did not come to send it in time, and drops it. It can be sent again.",
                Refusal.LATER,
            )
        return _unknown(_STILL_THERE)

    # -- the end ------------------------------------------------------------------------------

    def _close(
        self,
        text: _Text,
        outgoing: Outgoing,
        result: SendResult,
        on_part: Callable[[int, int], None],
    ) -> SendResult:
        if result.outcome is Outcome.NOT_SENT:
            self.trouble = result.detail if result.refusal in (Refusal.NOT_READY, Refusal.PERSON) else ""
            if text.handed:
                self._hooks.on_step(Step.REFUSED)
            return result
        sent = result.outcome is Outcome.SENT
        if outgoing.want_report or not sent:
            self._watch(text.id, outgoing.number, outgoing.want_report, sent)
        if not sent:
            return result
        self.trouble = ""
        reference = number_of(text.id)
        self._hooks.on_step(Step.ACCEPTED)
        on_part(1, reference)
        return SendResult(Outcome.SENT, 1, (reference,))


def _what_is_wrong(outgoing: Outgoing) -> str:
    if not outgoing.token:
        return "This text has no click of its own. Nothing left."
    if not _NUMBER.fullmatch(outgoing.number):
        return "This is no number that a text can be sent to. Nothing left."
    if not outgoing.text:
        return "The phone sends no empty text. Nothing left."
    return ""


def _failed(text: _Text, told: Told) -> SendResult:
    seconds = None
    if (failed := told.times.get("Failed")) is not None:
        # Without "Processed" it failed before Android's call came back.
        seconds = (failed - told.times.get("Processed", failed)).total_seconds()
    failure = judge(told.error, one_part=text.one_part, seconds=seconds, unbroken=text.unbroken)
    if failure.left:
        return SendResult(Outcome.SENT, 1)
    if failure.sure:
        return SendResult(
            Outcome.NOT_SENT, 1, kind=failure.name, detail=failure.sentence, refusal=failure.refusal
        )
    left = "It may have left." if text.one_part else "Some or all of its parts may have left."
    return SendResult(Outcome.UNKNOWN, 1, kind=failure.name, detail=f"{failure.sentence} {left}")


def _not_sent(detail: str, refusal: Refusal) -> SendResult:
    return SendResult(Outcome.NOT_SENT, 1, detail=detail, refusal=refusal)


def _unknown(detail: str) -> SendResult:
    return SendResult(Outcome.UNKNOWN, 1, detail=detail)


_STILL_THERE = (
    "The text still waits on the phone, which may send it later. Look into the app's list of messages."
)
