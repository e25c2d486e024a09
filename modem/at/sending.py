"""Hands one text to the network, part by part, and says truly what became of it.

The physics: a modem submits on Ctrl-Z and on nothing else, and ESC before it abandons the text. So
whatever ends the dialogue before Ctrl-Z is *not sent*; after it only the modem's word counts, and where
there is none the text is *unknown*. Nothing here ever tries again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from modem.api import Outcome, Outgoing, Refusal, SendResult, Step
from modem.at import codes, replies
from modem.at.channel import Channel, Submission
from modem.at.parser import Final
from modem.at.unsolicited import RESTARTS, name_of
from modem.errors import AnswerTimeoutError, ModemError, PduError, PortError
from modem.sms import Pdu, encode_message

_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_STOPPED = "It was stopped before it left."
_NO_PROMPT = "The modem did not ask for the text in time. Nothing left."
_NO_ANSWER = "The modem took the text and then did not say what became of it. It may have left."
_BEGAN_ANEW = "The modem restarted before it took the text. Nothing left."
_RESTARTED = "The modem restarted after it took the text. It may have left."
_NO_REFERENCE = "The modem said OK without a reference for the text. It may have left."
_LOST = "The connection broke after the modem took the text. It may have left."


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one PDU. ``reference`` None where SENT without one (CMS 197) or not sent."""

    outcome: Outcome
    reference: int | None = None
    kind: str = ""
    code: int | None = None
    detail: str = ""
    refusal: Refusal = Refusal.NONE


class Sender:
    """The sending half of the driver; used by the line's thread. ``own`` are the maker's error codes."""

    def __init__(
        self, channel: Channel, on_step: Callable[[Step], None], own: codes.OwnCodes | None = None
    ) -> None:
        self._channel = channel
        self._on_step = on_step
        self._own = own or {}
        self._link_refused = False

    def send(
        self, outgoing: Outgoing, proceed: Callable[[int], bool], on_part: Callable[[int, int], None]
    ) -> SendResult:
        """As :meth:`modem.api.Modem.send`. An exception of ``proceed`` leaves the prompt and goes on."""
        if _NUMBER.fullmatch(outgoing.number) is None:
            return SendResult(Outcome.NOT_SENT, 0, detail="This is no telephone number. Nothing left.")
        try:
            pdus = encode_message(
                outgoing.number,
                outgoing.text,
                reference=outgoing.concat_reference,
                report=outgoing.want_report,
                validity_minutes=outgoing.validity_minutes,
            )
        except PduError as error:
            return SendResult(Outcome.NOT_SENT, 0, detail=f"The text cannot be sent as it is: {error}")
        return self._send_all(pdus, proceed, on_part)

    def _send_all(
        self, pdus: tuple[Pdu, ...], proceed: Callable[[int], bool], on_part: Callable[[int, int], None]
    ) -> SendResult:
        references: list[int] = []
        last = Part(Outcome.NOT_SENT, detail="There was nothing to send.")
        if len(pdus) > 1:
            self._keep_link()
        for number, pdu in enumerate(pdus, start=1):
            last = self._send_part(pdu, number, proceed)
            if last.reference is not None:
                references.append(last.reference)
                on_part(number, last.reference)
            if last.outcome is not Outcome.SENT:
                break
        return SendResult(
            last.outcome, len(pdus), tuple(references), last.kind, last.code, last.detail, last.refusal
        )

    def _keep_link(self) -> None:
        """AT+CMMS=1: the parts go over one radio link (27.005 3.5.6). It turns itself off when idle."""
        if self._link_refused:
            return
        try:
            self._link_refused = not self._channel.run("AT+CMMS=1").ok
        except ModemError:
            self._link_refused = True  # a convenience only; a dead port shows itself in the next command

    def _send_part(self, pdu: Pdu, number: int, proceed: Callable[[int], bool]) -> Part:
        stop = self._open_prompt(pdu)
        if stop is not None:
            return stop
        stop = self._write_and_ask(pdu, number, proceed)
        if stop is not None:
            return stop
        # From here on the text may leave.
        submission = self._channel.submit(pdu.hex, lambda: self._on_step(Step.SUBMITTED))
        return self._judge(submission)

    def _open_prompt(self, pdu: Pdu) -> Part | None:
        """AT+CMGS until the prompt: None when it is open, else why nothing left."""
        try:
            final = self._channel.prompt(
                f"AT+CMGS={pdu.tpdu_length}", lambda: self._on_step(Step.COMMAND_WRITTEN)
            )
        except AnswerTimeoutError:
            self._leave()
            return Part(Outcome.NOT_SENT, detail=_NO_PROMPT)
        except PortError as error:
            return Part(Outcome.NOT_SENT, detail=f"{error} Nothing left.", refusal=Refusal.NOT_READY)
        if final is None:
            return None
        if final.ok:  # a late OK of an earlier dialogue: the prompt may still come
            self._leave()
            return Part(Outcome.NOT_SENT, detail=_NO_PROMPT)
        if name_of(final.text) in RESTARTS:
            self._channel.dirty = True
        return self._refused(final)

    def _write_and_ask(self, pdu: Pdu, number: int, proceed: Callable[[int], bool]) -> Part | None:
        """The PDU, then the last question: None when Ctrl-Z may follow, else why nothing left."""
        channel = self._channel
        asked = False
        try:
            channel.write_pdu(pdu.hex, lambda: self._on_step(Step.PDU_HALF_WRITTEN))
            asked = proceed(number)
            closed = channel.drain()
        except PortError as error:
            return Part(Outcome.NOT_SENT, detail=f"{error} Nothing left.", refusal=Refusal.NOT_READY)
        except BaseException:
            self._leave()
            raise
        if not asked:
            self._leave()
            return Part(Outcome.NOT_SENT, detail=_STOPPED)
        if closed is not None:
            self._leave()
            return self._refused(closed)
        return None

    def _leave(self) -> None:
        try:
            self._channel.escape()
        except PortError as error:
            self._channel.remark(str(error))

    def _refused(self, final: Final) -> Part:
        self._on_step(Step.REFUSED)
        if name_of(final.text) in RESTARTS:
            return Part(Outcome.NOT_SENT, detail=_BEGAN_ANEW, refusal=Refusal.NOT_READY)
        words, refusal = codes.sentence(final, self._own), codes.refusal(final, self._own)
        return Part(Outcome.NOT_SENT, None, final.kind, final.code, words, refusal)

    def _judge(self, submission: Submission) -> Part:
        """What the words after Ctrl-Z prove."""
        final = submission.final
        if final is not None and not final.ok:
            return self._judge_error(final)
        if submission.line is not None:
            reference = replies.reference(submission.line)
            if reference is not None:
                # The reference is the network's answer; a lost OK takes nothing from it.
                self._on_step(Step.ACCEPTED)
                return Part(Outcome.SENT, reference)
        return Part(Outcome.UNKNOWN, detail=self._why_unknown(submission))

    def _judge_error(self, final: Final) -> Part:
        if codes.is_taken_before(final):
            self._on_step(Step.ACCEPTED)
            return Part(Outcome.SENT, None, final.kind, final.code, codes.sentence(final))
        if codes.is_refusal(final, self._own):
            return self._refused(final)
        # Not clean: the modem may still say more.
        self._channel.dirty = True
        self._on_step(Step.REFUSED)
        detail = f"{codes.sentence(final, self._own)} The text may have left."
        return Part(Outcome.UNKNOWN, None, final.kind, final.code, detail)

    def _why_unknown(self, submission: Submission) -> str:
        if submission.lost is not None:
            return f"{submission.lost} {_LOST}"
        if submission.restarted:
            return _RESTARTED
        if submission.final is not None:
            self._channel.dirty = True
            return _NO_REFERENCE
        return _NO_ANSWER
