"""Brings a SIM to +CPIN: READY. A PIN is entered once, only when given, and never on its last try."""

from __future__ import annotations

import re
from collections.abc import Callable

from modem.api import LineState
from modem.at import codes, replies
from modem.at.channel import Answer, Channel, UnfinishedAnswerError
from modem.at.parser import Final
from modem.at.quirks import Counter, Quirks
from modem.errors import NotReadyError

_PIN = re.compile(r"[0-9]{4,8}")
# The second PIN guards other things than texts.
_OPEN = frozenset({"READY", "SIM PIN2", "SIM PUK2"})
_PUK_CME = 12
_IN_A_PHONE = "Put the SIM into a phone and enter the PIN there"

Ask = Callable[..., tuple[str, ...]]


class Unlocking:
    """One way from whatever the SIM asks for to READY, or a ``NotReadyError`` that says what it asks for.

    ``refused`` are PINs that are never entered again; it outlives this object. ``ask`` runs a command and
    gives its lines, none when it was refused.
    """

    def __init__(self, channel: Channel, refused: set[str], quirks: Quirks, ask: Ask) -> None:
        self._channel = channel
        self._timeouts = channel.timeouts
        self._refused = refused
        self._quirks = quirks
        self._ask = ask

    def run(self, pin: str | None) -> None:
        """Wait for +CPIN: READY; enter the PIN when asked, once (3GPP TS 27.007 8.3)."""
        begun = self._channel.clock()
        entered = False
        while True:
            state = self._state(self._channel.clock() - begun)
            if state in _OPEN:
                return
            if state == "SIM PIN" and not entered:
                self._enter(pin)
                entered = True
                continue
            if state == "SIM PUK":
                raise self._puk()
            if state and state != "SIM PIN":
                raise NotReadyError(
                    f"The modem asks for {state[:20]}, a lock of its maker or operator.", LineState.FAILED
                )
            if self._channel.clock() - begun > self._timeouts.sim_busy:
                raise NotReadyError(
                    "The SIM did not get ready. Take it out and put it in again.", LineState.NO_SIM
                )
            self._channel.pause(self._timeouts.pause)

    def _state(self, waited: float) -> str:
        """READY, SIM PIN, SIM PUK ...; "" for "ask again soon"."""
        try:
            limit = self._timeouts.grace if self._quirks.lone_pin else self._timeouts.identity
            answer = self._channel.run("AT+CPIN?", limit)
        except UnfinishedAnswerError as error:  # perhaps there is no OK behind it
            answer = Answer(error.lines, Final("", True))
        for line in answer.lines:
            return replies.lock(line)
        absent = not answer.ok and not codes.is_sim_busy(answer.final)
        if absent and waited >= self._timeouts.sim_absent:
            reason = codes.sentence(answer.final)
            if codes.is_sim_absent(answer.final):
                raise NotReadyError(reason, LineState.NO_SIM)
            raise NotReadyError(f"The SIM cannot be read. {reason}", LineState.NO_SIM)
        return ""

    def _enter(self, pin: str | None) -> None:
        left = self._count(self._quirks.pin_tries)
        if pin is None:
            words = f"The SIM asks for its PIN.{_tries_words(left)}"
            raise self._pin(f"{words} Here it is not entered." if _is_last(left) else words, left)
        if _PIN.fullmatch(pin) is None:
            raise self._pin("A PIN has four to eight digits. Nothing was entered.", left)
        if pin in self._refused:
            raise self._pin(
                f"The SIM refused this PIN before. It was not entered again.{_tries_words(left)}", left
            )
        if _is_last(left):
            raise self._pin(
                "Only one try is left before the SIM is blocked and asks for its PUK. Nothing was entered.",
                left,
            )
        # Held as refused until the modem takes it: a silence after this must not lead to a second try.
        self._refused.add(pin)
        answer = self._channel.run(f'AT+CPIN="{pin}"', self._timeouts.network)
        if answer.ok:
            self._refused.discard(pin)
            return
        if answer.final.kind == "CME" and answer.final.code == _PUK_CME:
            raise self._puk()
        left = self._count(self._quirks.pin_tries)
        raise self._pin(
            f"The SIM did not take the PIN. {codes.sentence(answer.final)} It will not be tried again."
            f"{_tries_words(left)}",
            left,
        )

    def _pin(self, sentence: str, left: int | None) -> NotReadyError:
        action = _IN_A_PHONE if _is_last(left) else ""
        return NotReadyError(sentence, LineState.NEEDS_PIN, action=action, iccid=self._iccid(), tries=left)

    def _puk(self) -> NotReadyError:
        left = self._count(self._quirks.puk_tries)
        words = _tries_words(left, "the SIM is dead for good")
        return NotReadyError(
            f"The SIM is blocked and asks for its PUK.{words} Put it into a phone and enter the PUK there.",
            LineState.NEEDS_PUK,
            iccid=self._iccid(),
            tries=left,
        )

    def _count(self, counters: tuple[Counter, ...]) -> int | None:
        """How many tries are left, by the first command that tells; None when none does."""
        for counter in counters:
            left = replies.tries(self._ask(counter.command), counter.position, counter.row)
            if left is not None:
                return left
        return None

    def _iccid(self) -> str:
        """The SIM's number, which many modems read while it is locked; "" elsewhere."""
        numbers = (replies.sim_number(self._ask(command, everything=True)) for command in self._quirks.iccid)
        return next(filter(None, numbers), "")


def _is_last(left: int | None) -> bool:
    return left is not None and left <= 1


def _tries_words(left: int | None, end: str = "it asks for its PUK") -> str:
    if left is None:
        return ""
    return f" {left} {'try is' if left == 1 else 'tries are'} left; after the last {end}."
