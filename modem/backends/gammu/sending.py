"""Hands one text to gammu, part by part, and says truly what became of it.

gammu hides most of what the network said, so its word alone proves little: "Unknown error" stands for a text
that was refused as for one that left. Its log proves more where it shows AT commands: no Ctrl-Z in it means
that nothing left, and the code behind it is judged as everywhere. Nothing here ever tries again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from modem.api import Outcome, Outgoing, Refusal, SendResult, Step
from modem.at import codes
from modem.at.parser import Final
from modem.backends.gammu.link import GammuError, Link, LinkLostError
from modem.backends.gammu.values import NotSoError, check, parts_of
from modem.errors import ModemError, PduError

_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_STOPPED = "It was stopped before it left."
_MAY_HAVE_LEFT = "The text may have left."
_NO_REFERENCE = "The phone gave no reference for the text. It may have left."
# Without a log: what gammu says before it hands anything to a phone, and what only a refusal leads to
# (27.005 3.2.5: 302, 310 to 318, 322).
_NOTHING_LEFT = frozenset(
    {"ERR_EMPTYSMSC", "ERR_GETTING_SMSC", "ERR_NOTCONNECTED", "ERR_UNCONFIGURED", "ERR_SECURITYERROR"}
    | {"ERR_NOSIM", "ERR_FULL", "ERR_DEVICEOPENERROR", "ERR_DEVICENOTEXIST", "MISSING"}
)


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one part."""

    outcome: Outcome
    reference: int | None = None
    kind: str = ""
    code: int | None = None
    detail: str = ""
    refusal: Refusal = Refusal.NONE


@dataclass(frozen=True, slots=True)
class Sender:
    """The sending half. ``ask_seconds`` bounds a question to the child, ``send_seconds`` one part."""

    link: Link
    smsc: str
    on_step: Callable[[Step], None]
    ask_seconds: float
    send_seconds: float

    def send(
        self, outgoing: Outgoing, proceed: Callable[[int], bool], on_part: Callable[[int, int], None]
    ) -> SendResult:
        """As :meth:`modem.api.Modem.send`."""
        if _NUMBER.fullmatch(outgoing.number) is None:
            return SendResult(Outcome.NOT_SENT, 0, detail="This is no telephone number. Nothing left.")
        try:
            parts = parts_of(outgoing, self.smsc)
        except PduError as error:
            return SendResult(Outcome.NOT_SENT, 0, detail=f"The text cannot be sent as it is: {error}")
        refused = self._check(parts, outgoing)
        if refused:
            return SendResult(Outcome.NOT_SENT, len(parts), detail=f"{refused} Nothing left.")
        references: list[int] = []
        last = Part(Outcome.NOT_SENT, detail="There was nothing to send.")
        for number, part in enumerate(parts, start=1):
            last = self._send_part(part, number, proceed)
            if last.reference is not None:
                references.append(last.reference)
                on_part(number, last.reference)
            if last.outcome is not Outcome.SENT:
                break
        return SendResult(
            last.outcome, len(parts), tuple(references), last.kind, last.code, last.detail, last.refusal
        )

    def _check(self, parts: list[dict[str, Any]], outgoing: Outgoing) -> str:
        """What gammu makes of each part, read again before anything leaves: why not, or ""."""
        try:
            for part in parts:
                made = self.link.ask("encode", self.ask_seconds, sms=part)
                check(str(made.get("pdu", "")), part, outgoing)
        except (ModemError, NotSoError) as error:
            return str(error)
        return ""

    def _send_part(self, part: dict[str, Any], number: int, proceed: Callable[[int], bool]) -> Part:
        self.on_step(Step.COMMAND_WRITTEN)
        if not proceed(number):
            return Part(Outcome.NOT_SENT, detail=_STOPPED)
        self.link.log.expect()
        # From here on the text may leave.
        self.on_step(Step.SUBMITTED)
        try:
            told = self.link.ask("send", self.send_seconds, sms=part)
        except (GammuError, LinkLostError) as error:
            return self._judge(error)
        return self._accepted(told.get("reference"))

    def _accepted(self, reference: object) -> Part:
        log = self.link.log
        if not isinstance(reference, int) or not 0 <= reference <= 255:
            return Part(Outcome.UNKNOWN, detail=_NO_REFERENCE)
        if log.speaks_at and log.evidence.reference != reference:
            # An answer that was due to an earlier text: gammu is out of step with the phone.
            self.link.kill()
            return Part(Outcome.UNKNOWN, detail=_NO_REFERENCE)
        self.on_step(Step.ACCEPTED)
        return Part(Outcome.SENT, reference)

    def _judge(self, error: GammuError | LinkLostError) -> Part:
        """What a failure proves."""
        log = self.link.log
        if log.speaks_at and not log.evidence.submitted:
            return Part(Outcome.NOT_SENT, detail=f"{error} Nothing left.")
        final = log.evidence.final
        if final is not None and not final.ok:
            return self._judge_answer(final)
        if isinstance(error, GammuError) and error.name in _NOTHING_LEFT:
            return Part(Outcome.NOT_SENT, detail=f"{error} Nothing left.")
        return Part(Outcome.UNKNOWN, detail=f"{error} {_MAY_HAVE_LEFT}")

    def _judge_answer(self, final: Final) -> Part:
        """The phone's own error behind Ctrl-Z, as the AT driver judges it."""
        if codes.is_taken_before(final):
            self.on_step(Step.ACCEPTED)
            return Part(Outcome.SENT, None, final.kind, final.code, codes.sentence(final))
        self.on_step(Step.REFUSED)
        refusal = codes.refusal(final)
        if refusal is not Refusal.NONE:
            return Part(Outcome.NOT_SENT, None, final.kind, final.code, codes.sentence(final), refusal)
        detail = f"{codes.sentence(final)} {_MAY_HAVE_LEFT}"
        return Part(Outcome.UNKNOWN, None, final.kind, final.code, detail)
