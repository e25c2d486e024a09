"""The AT interpreter: octets in, octets out, no ports and no clock of its own.

``feed`` takes what the terminal wrote and gives what the modem answers at once; ``take_output`` gives what
came later or unasked. 3GPP TS 27.005 and 27.007, ITU-T V.250.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from dataclasses import dataclass

from modem.emulator import commands_general, commands_sms
from modem.emulator.agenda import Agenda
from modem.emulator.arrivals import Arrivals
from modem.emulator.atline import Command, split_line, typed
from modem.emulator.faults import FaultBox
from modem.emulator.gateway import Gateway
from modem.emulator.habits import Habits
from modem.emulator.persona import PRACTICE, Persona
from modem.emulator.plans import PLAIN_LINE, PLAIN_PROMPT, PLAIN_SUBMIT, LinePlan, PromptPlan, SubmitPlan
from modem.emulator.results import Refusal
from modem.emulator.settings import Sim
from modem.sms import Pdu, Submit

ESC = 0x1B
_END_OF_MESSAGE = re.compile(rb"[\x1a\x1b]")
MAX_LINE = 4096
MAX_PAYLOAD = 8192
HANDLERS = {**commands_general.HANDLERS, **commands_sms.HANDLERS}
_NUMERIC = {"OK": "0", "NO CARRIER": "3", "ERROR": "4"}


class Mode(enum.Enum):
    """What the interpreter is waiting for."""

    COMMAND = enum.auto()
    PROMPT = enum.auto()  # the octets of a message, ended by Ctrl-Z or ESC
    BUSY = enum.auto()  # the network's answer


@dataclass(frozen=True, slots=True)
class Prompt:
    """An open ``>`` and what to do with what is typed there."""

    take: Callable[[bytes], None]


class Device:
    """One modem with its SIM. ``latency`` gives the seconds from Ctrl-Z to the network's answer."""

    def __init__(
        self,
        sim: Sim,
        gateway: Gateway,
        agenda: Agenda,
        *,
        slots: int | None = None,
        latency: Callable[[], float] = lambda: 0.0,
        persona: Persona = PRACTICE,
    ) -> None:
        self.sim: Sim = sim
        self.gateway = gateway
        self.agenda = agenda
        self.latency = latency
        self.habits = Habits(self, persona)
        self.settings = self.habits.settings()
        self.faults = FaultBox(self)
        self.arrivals = Arrivals(self)
        self.memories = self.habits.memories(slots)
        self.chunk = 0  # octets a write, 0 for as many as go
        self.keep_echo = False
        self.deaf = False  # takes octets and never answers
        self.gone = False
        self.hang_up: Callable[[float], None] = lambda seconds: None
        self._mode = Mode.COMMAND
        self._line = bytearray()
        self._payload = bytearray()
        self._backlog = bytearray()
        self._out = bytearray()
        self._held = bytearray()  # unasked lines that wait for an open prompt to close
        self._prompt: Prompt | None = None
        self._breaks: PromptPlan | None = None  # an open prompt that does not live to its end
        self._at_answer: list[Callable[[], None]] = []
        self._last_line = ""
        self._reference = 0
        self._answered = False  # the command that runs has seen to its own result
        self._life = 0  # grows with each restart, so that old timers are void
        self.habits.power_on()

    # octets in

    def feed(self, data: bytes) -> bytes:
        """Take what the terminal wrote; what the modem says by now."""
        if not self.gone and not self.deaf:
            self._consume(data)
        return self.take_output()

    def take_output(self) -> bytes:
        """What the modem has said since the last call."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def _consume(self, data: bytes) -> None:
        pending = data
        while pending and not self.gone:
            if self._mode is Mode.BUSY:
                self._backlog += pending[: MAX_PAYLOAD - len(self._backlog)]
                return
            pending = self._prompted(pending) if self._mode is Mode.PROMPT else self._typed(pending)

    def _typed(self, data: bytes) -> bytes:
        end = data.find(b"\r")
        piece, rest = (data, b"") if end < 0 else (data[: end + 1], data[end + 1 :])
        if self.settings.echo:
            self._out += piece
        self._line += piece[: MAX_LINE - len(self._line)]
        if end >= 0:
            text = typed(bytes(self._line))
            self._line.clear()
            self._run_line(text)
        return rest

    def _prompted(self, data: bytes) -> bytes:
        if self._breaks is not None and self._breaks.octets <= len(self._payload) + len(data):
            return self._broken(self._breaks, data)
        ended = _END_OF_MESSAGE.search(data)
        end = ended.start() if ended else -1
        piece, rest = (data, b"") if end < 0 else (data[:end], data[end + 1 :])
        if self.settings.echo:
            self._out += piece
        self._payload += piece[: MAX_PAYLOAD - len(self._payload)]
        if end >= 0:
            prompt, payload = self._prompt, bytes(self._payload)
            self._leave_prompt()
            if data[end] == ESC:
                self.result("OK")
            elif prompt is not None:
                self._guard(lambda: prompt.take(payload))
        return rest

    def _broken(self, plan: PromptPlan, data: bytes) -> bytes:
        """The cable goes, or the modem restarts, in the middle of a text."""
        rest = data[max(0, plan.octets - len(self._payload)) :]
        self._break(plan)
        return rest

    def _break(self, plan: PromptPlan) -> None:
        if plan.hangup is not None:
            self.hang_up(plan.hangup)
        else:
            self.reboot()

    # command lines

    def _run_line(self, text: str) -> None:
        at = text.upper().find("AT")
        if at < 0:
            if text.upper() == "A/":
                self._run_line(self._last_line)
            return
        self._last_line = text
        plan = PLAIN_LINE
        if self.faults.armed:
            plan = LinePlan()
            self.faults.bend("line", plan)
        start = len(self._out)
        self._guard(lambda: self._run_commands(text[at + 2 :]))
        self._carry_out_line(plan, start)

    def _carry_out_line(self, plan: LinePlan, start: int) -> None:
        if plan.silent or plan.alter:
            self._out[start:] = plan.altered(bytes(self._out[start:]))

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Refusal as refusal:
            self.result(refusal.line(self.settings.error_level))
        except ValueError:
            self.result("ERROR")

    def _run_commands(self, body: str) -> None:
        self._answered = False
        for command in split_line(body):
            if self._mode is not Mode.COMMAND:
                raise Refusal("")
            self._run(command)
        if self._mode is Mode.COMMAND and not self._answered:
            self.result("OK")

    def _run(self, command: Command) -> None:
        if self.habits.carry_out(command):
            return
        handler = HANDLERS.get(command.name)
        if handler is None:
            if command.name[0] == "S" and command.name[1:].isdigit():
                handler = commands_general.register
            else:
                raise self.habits.unknown(command)
        faults = self.faults
        for line in faults.carry_out(command, handler) if faults.armed else handler(self, command):
            self.info(line)

    # what is said

    def info(self, line: str) -> None:
        """One line of an answer (V.250 5.7.1)."""
        octets = self.habits.information(line)
        self._out += octets if self.settings.verbose else octets[2:]

    def result(self, line: str) -> None:
        """A final result; numeric with ATV0, nothing with ATQ1."""
        if self.settings.quiet:
            return
        if self.settings.verbose:
            self._out += b"\r\n" + line.encode("ascii", "replace") + b"\r\n"
        else:
            self._out += _NUMERIC.get(line, line).encode("ascii", "replace") + b"\r"

    def unasked(self, line: str) -> None:
        """An unsolicited line; held back while a prompt is open."""
        octets = self.habits.unasked(line)
        if self._mode is Mode.PROMPT:
            self._held += octets
        else:
            self._out += octets

    def no_result(self) -> None:
        """The command that runs gets no result."""
        self._answered = True

    # prompts and submitting

    def open_prompt(self, take: Callable[[bytes], None]) -> None:
        """Show ``>`` and give what is typed before Ctrl-Z to ``take``."""
        plan = PLAIN_PROMPT
        if self.faults.armed:
            plan = PromptPlan()
            self.faults.bend("prompt", plan)
        for octets in plan.before:
            self._out += octets
        self._answered = True
        if plan.silent:
            return
        self._prompt = Prompt(take)
        if plan.delay:
            self._mode = Mode.BUSY
            self.after(plan.delay, lambda: self._show_prompt(plan))
        else:
            self._show_prompt(plan)

    def _show_prompt(self, plan: PromptPlan) -> None:
        self._mode = Mode.PROMPT
        self._out += plan.text
        if plan.breaks and not plan.octets:
            self._break(plan)
            return
        self._breaks = plan if plan.breaks else None
        self._drain_backlog()

    def _leave_prompt(self) -> None:
        self._mode = Mode.COMMAND
        self._breaks = None
        self._prompt = None
        self._payload.clear()
        self._out += self._held
        self._held.clear()

    def submit(self, submit: Submit, prefix: str = "+CMGS") -> None:
        """Hand one SMS-SUBMIT to the network; the answer comes after the latency."""
        self._answered = True
        plan = PLAIN_SUBMIT
        if self.faults.armed:
            plan = SubmitPlan()
            self.faults.bend("submit", plan)
        self._reference = (self._reference + plan.reference_step) % 256
        if plan.reference is not None:
            self._reference = plan.reference
        reference, code = self._reference, plan.code
        for call in plan.then:
            call()
        if not plan.taken:
            self.gateway.refuse(self, submit, code if code is not None else 500)
        elif not self.sim.on_air:
            code = 331
            self.gateway.refuse(self, submit, code)
        else:
            refused = self.gateway.submit(self, submit, reference)
            code = refused if refused is not None else code
        if plan.hangup is not None:
            self.hang_up(plan.hangup)
        elif plan.reboot:
            self.reboot()
        else:
            self._answer_later(plan, code, f"{prefix}: {reference}")

    def _answer_later(self, plan: SubmitPlan, code: int | None, accepted: str) -> None:
        if plan.late is not None:
            self.after(plan.late, lambda: self._say_submitted(plan, code, accepted))
            return
        self._mode = Mode.BUSY
        delay = self.latency() + plan.extra_delay
        if delay > 0:
            self.after(delay, lambda: self._answer_submit(plan, code, accepted))
        else:
            self._answer_submit(plan, code, accepted)

    def _answer_submit(self, plan: SubmitPlan, code: int | None, accepted: str) -> None:
        self._mode = Mode.COMMAND
        start = len(self._out)
        self._say_submitted(plan, code, accepted)
        if plan.alter:
            self._out[start:] = plan.altered(bytes(self._out[start:]))
        self._drain_backlog()

    def _say_submitted(self, plan: SubmitPlan, code: int | None, accepted: str) -> None:
        for octets in plan.before:
            self._out += octets
        if code is None and not plan.bare_error:
            for _ in range(plan.copies):
                self.info(accepted)
        for octets in plan.between:
            self._out += octets
        waiting, self._at_answer = self._at_answer, []
        for call in waiting:
            call()
        if plan.show_result:
            if plan.bare_error:
                self.result("ERROR")
            elif code is not None:
                self.result(Refusal("CMS", code).line(self.settings.error_level))
            else:
                self.result("OK")

    def at_answer(self, call: Callable[[], None]) -> None:
        """Call in the middle of the next text's answer, between +CMGS and its result."""
        self._at_answer.append(call)

    def _drain_backlog(self) -> None:
        if self._backlog:
            data = bytes(self._backlog)
            self._backlog.clear()
            self._consume(data)

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call later, unless the modem restarts before."""
        life = self._life
        self.agenda.later(seconds, lambda: call() if life == self._life else None)

    # incoming

    def offer(self, pdu: Pdu, *, report: bool) -> bool:
        """Take one PDU from the network. False when there is no room now; the network keeps it."""
        return not self.gone and self.sim.on_air and self.arrivals.offer(pdu, report=report)

    def room(self) -> None:
        """Ask the network for what waits, once the present answer is out."""
        self.after(0.0, lambda: self.gateway.room(self))

    # power

    def unplug(self) -> None:
        """The cable goes: whatever was under way is forgotten, the SIM keeps its messages."""
        self._restart()
        self.gone = True

    def plug_in(self) -> None:
        """The cable is back: a modem fresh from power-on."""
        self.gone = False
        self.habits.power_on()
        self.room()

    def reboot(self) -> None:
        """A restart, and the lines said at boot; the port stays, unless the persona is one that drops it."""
        if self.habits.persona.drops:
            self.hang_up(self.habits.persona.drops)
            return
        self._restart()
        self.habits.boot()
        self.room()

    def _restart(self) -> None:
        self._life += 1
        self.settings = self.habits.settings()
        self.deaf = False
        self._mode = Mode.COMMAND
        self._prompt = self._breaks = None
        self.arrivals = Arrivals(self)
        for buffer in (self._line, self._payload, self._backlog, self._held):
            buffer.clear()
