"""What can be made to go wrong, by name. A fault bends one plan, or changes the state of the modem.

``fault NAME [ARGUMENTS] [xN|always] [after=K] [for=SECONDS]``: once, N times, until ``fault clear`` or for a
time; K occasions go by first. To add one, write a function for its point (``line``, ``command``, ``prompt``,
``submit``, ``store``, ``report``, ``message`` or ``state``) and put it into that file's table.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modem.emulator import faults_answers, faults_incoming, faults_sending, faults_states
from modem.emulator.atline import Command, Form
from modem.emulator.faults_kinds import Fault, seconds
from modem.emulator.mishaps import Mishap
from modem.emulator.plans import (
    CommandPlan,
    LinePlan,
    MessagePlan,
    PromptPlan,
    ReportPlan,
    StorePlan,
    SubmitPlan,
)

if TYPE_CHECKING:
    from modem.emulator.device import Device

FAULTS: dict[str, Fault] = {
    **faults_sending.FAULTS,
    **faults_answers.FAULTS,
    **faults_incoming.FAULTS,
    **faults_states.FAULTS,
}
_PLANS: dict[str, Callable[[], object]] = {
    "line": LinePlan,
    "command": lambda: CommandPlan(""),
    "prompt": PromptPlan,
    "submit": SubmitPlan,
    "store": StorePlan,
    "report": ReportPlan,
    "message": lambda: MessagePlan(3),
}


class FaultError(ValueError):
    """A fault that does not exist or is asked for wrongly; the text is a sentence for a person."""


@dataclass(slots=True)
class Armed:
    """A fault that waits. ``left`` None is always; ``chance`` is for each occasion."""

    name: str
    fault: Fault
    args: list[str]
    left: int | None = 1
    skip: int = 0
    lasts: float | None = None
    chance: float = 1.0

    @classmethod
    def read(cls, words: Sequence[str]) -> Armed:
        """A fault by name, arguments and how often. Raises :class:`FaultError`."""
        if not words:
            raise FaultError("Say which fault: " + ", ".join(sorted(FAULTS)) + ", or clear.")
        name = words[0].lower()
        if name not in FAULTS:
            raise FaultError(f"There is no fault {name!r}. Known: " + ", ".join(sorted(FAULTS)) + ".")
        armed = cls(name, FAULTS[name], [])
        for word in words[1:]:
            if not armed._how_often(word):
                armed.args.append(word)
        return armed

    def _how_often(self, word: str) -> bool:
        if word == "always":
            self.left = None
        elif word[0] == "x" and word[1:].isdigit():
            self.left = int(word[1:])
        elif word.startswith("after=") and word[6:].isdigit():
            self.skip = int(word[6:])
        elif word.startswith("for="):
            try:
                self.left, self.lasts = None, seconds([word[4:]], 0.0)
            except ValueError:
                raise FaultError("A fault lasts for=SECONDS, from 0 to 3600.") from None
        else:
            return False
        return True

    def try_out(self, device: Device) -> None:
        """Bend a plan that nobody uses, to find bad arguments early. Raises :class:`FaultError`."""
        if self.fault.point != "state":
            self.apply(device, _PLANS[self.fault.point]())

    def apply(self, device: Device, plan: object) -> None:
        """Let it act. Raises :class:`FaultError` for bad arguments."""
        try:
            self.fault.bend(device, plan, self.args)
        except (ValueError, IndexError):
            raise FaultError(f"Write it so: fault {self.fault.usage}.") from None


class FaultBox:
    """The faults that one modem has in store. ``armed`` is False while nothing can go wrong."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._waiting: list[Armed] = []
        self._mishaps: list[Mishap] = []
        self._chances: list[Armed] = []
        self._random = random.Random(0)
        self._season = 0  # grows when mishaps begin or end, so that old timers are void
        self.armed = False

    def arm(self, words: Sequence[str]) -> None:
        """Take a fault by name and arguments. Raises :class:`FaultError`."""
        if words and words[0].lower() == "clear":
            self.clear()
            return
        self._take(Armed.read(words))

    def _take(self, armed: Armed) -> None:
        armed.try_out(self._device)
        if armed.fault.point == "state":
            armed.apply(self._device, None)
            self._struck(armed)
        else:
            self._waiting.append(armed)
        self._update()
        if armed.lasts is not None:
            self._device.agenda.later(armed.lasts, lambda: self._over(armed))

    def _over(self, armed: Armed) -> None:
        """The time of a fault is up."""
        if armed.fault.undo is not None:
            armed.fault.undo(self._device)
        if armed in self._waiting:
            self._waiting.remove(armed)
            self._update()
        self._device.gateway.struck(self._device, armed.name, over=True)

    def clear(self) -> None:
        """No faults any more; the state they changed is as it was, the drafts of ``slots-full`` are gone."""
        self._waiting.clear()
        self.befall((), 0)
        for fault in FAULTS.values():
            if fault.undo is not None:
                fault.undo(self._device)

    # -- by chance

    def befall(self, mishaps: Sequence[Mishap], seed: int | str) -> None:
        """Let these happen by chance from now on, and no others; none ends that.

        The same seed gives the same mishaps to the same dialogue.
        """
        self._season += 1
        self._random = random.Random(f"{seed}/faults")
        self._mishaps = list(mishaps)
        self._chances = []
        for mishap in mishaps:
            armed = Armed.read(mishap.words)
            armed.left, armed.chance = mishap.most, mishap.chance
            armed.try_out(self._device)
            if mishap.per_minute:
                self._await(mishap, mishap.most, self._season)
            else:
                self._chances.append(armed)
        self._update()

    def _await(self, mishap: Mishap, left: int | None, season: int) -> None:
        """Draw when a mishap that comes by the clock comes next."""
        wait = self._random.expovariate(mishap.per_minute / 60)
        self._device.agenda.later(wait, lambda: self._come(mishap, left, season))

    def _come(self, mishap: Mishap, left: int | None, season: int) -> None:
        if season != self._season:
            return
        armed = Armed.read(mishap.words)
        lasts = self._random.uniform(*mishap.seconds)
        if armed.fault.undo is not None or armed.fault.point != "state":
            armed.left, armed.lasts = None, lasts
        elif armed.name == "port-gone":
            armed.args = [str(lasts)]
        self._take(armed)
        left = None if left is None else left - 1
        if left != 0:
            self._device.agenda.later(lasts, lambda: self._again(mishap, left, season))

    def _again(self, mishap: Mishap, left: int | None, season: int) -> None:
        if season == self._season:
            self._await(mishap, left, season)

    # -- occasions

    def bend(self, point: str, plan: object, command: str = "") -> None:
        """Let every fault armed for this point act on the plan."""
        if not self.armed:
            return
        for armed in [one for one in self._waiting + self._chances if _meant(one, point, command)]:
            if armed.skip > 0:
                armed.skip -= 1
            elif armed.chance >= 1 or self._random.random() < armed.chance:
                self._strike(armed, plan)

    def _strike(self, armed: Armed, plan: object) -> None:
        armed.apply(self._device, plan)
        self._struck(armed)
        if armed.left is not None:
            armed.left -= 1
            if armed.left <= 0:
                (self._waiting if armed in self._waiting else self._chances).remove(armed)
                self._update()

    def carry_out(self, command: Command, handler: Callable[[Device, Command], list[str]]) -> list[str]:
        """The answer to one command, bent. Raises :class:`~modem.emulator.results.Refusal`."""
        plan = CommandPlan(command.name)
        if command.form is not Form.TEST:
            self.bend("command", plan, command.name)
        if plan.refusal is not None:
            raise plan.refusal
        lines = handler(self._device, command) if plan.lines is None else plan.lines
        return plan.alter(lines) if plan.alter is not None else lines

    def _struck(self, armed: Armed) -> None:
        self._device.gateway.struck(self._device, " ".join([armed.name, *armed.args]))

    def _update(self) -> None:
        self.armed = bool(self._waiting or self._chances)


def _meant(armed: Armed, point: str, command: str) -> bool:
    fault = armed.fault
    return fault.point == point and (not fault.commands or command in fault.commands)
