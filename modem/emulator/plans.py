"""How the next answer is to go: made plain by the device, bent by faults, then carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from modem.emulator.results import Refusal

Alter = Callable[[bytes], bytes]


@dataclass(slots=True)
class LinePlan:
    """One command line. ``alter`` changes the octets of the answer, in order; ``silent`` swallows it."""

    silent: bool = False
    alter: list[Alter] = field(default_factory=list)

    def altered(self, answer: bytes) -> bytes:
        """What is said in place of ``answer``."""
        return b"" if self.silent else _altered(self.alter, answer)


@dataclass(slots=True)
class CommandPlan:
    """One command of a line: ``lines`` instead of carrying it out, ``refusal`` in place of its result."""

    name: str
    refusal: Refusal | None = None
    lines: list[str] | None = None
    alter: Callable[[list[str]], list[str]] | None = None


@dataclass(slots=True)
class PromptPlan:
    """The ``>`` of +CMGS. ``hangup``: seconds that the port is gone after it; ``reboot``: a restart.

    Both happen when so many ``octets`` of the text are in.
    """

    text: bytes = b"\r\n> "
    delay: float = 0.0
    silent: bool = False
    before: list[bytes] = field(default_factory=list)
    hangup: float | None = None
    reboot: bool = False
    octets: int = 0

    @property
    def breaks(self) -> bool:
        """Whether the modem does not live to see the end of the text."""
        return self.reboot or self.hangup is not None


@dataclass(slots=True)
class SubmitPlan:
    """What follows Ctrl-Z. ``taken``: the network gets the text, whatever the terminal is told.

    ``late``: seconds until the answer, while the modem takes commands as if nothing were under way.
    """

    taken: bool = True
    code: int | None = None  # CMS code told to the terminal
    bare_error: bool = False
    extra_delay: float = 0.0
    before: list[bytes] = field(default_factory=list)  # ahead of +CMGS
    between: list[bytes] = field(default_factory=list)  # between +CMGS and the result
    copies: int = 1  # of the +CMGS line
    show_result: bool = True
    hangup: float | None = None
    reboot: bool = False
    late: float | None = None
    reference: int | None = None  # TP-MR; else the last one and ``reference_step``
    reference_step: int = 1
    alter: list[Alter] = field(default_factory=list)
    then: list[Callable[[], None]] = field(default_factory=list)

    def altered(self, answer: bytes) -> bytes:
        """What is said in place of ``answer``."""
        return _altered(self.alter, answer)


@dataclass(slots=True)
class StorePlan:
    """One incoming PDU on its way to the SIM. All of it bends +CMTI alone; ``copies`` 0 says nothing."""

    copies: int = 1
    memory_shown: str = ""
    index_shown: str = ""
    tail: str = ""


@dataclass(slots=True)
class ReportPlan:
    """One delivery report. ``shift`` is added to its TP-MR; ``first`` is the status of one before it.

    ``hold`` keeps it for the middle of the next text's answer.
    """

    drop: bool = False
    shift: int = 0
    delay: float | None = None
    copies: int = 1
    first: int | None = None
    hold: bool = False


@dataclass(slots=True)
class MessagePlan:
    """One incoming text. ``order`` names the parts (1-based) as they are to come; None is as they are.

    ``old_reference`` gives its parts the reference of the long text before it (23.040 9.2.3.24.1).
    """

    parts: int
    order: list[int] | None = None
    old_reference: bool = False


def _altered(alter: list[Alter], answer: bytes) -> bytes:
    for change in alter:
        answer = change(answer)
    return answer


# How it goes when nothing goes wrong. Nobody changes these.
PLAIN_LINE = LinePlan()
PLAIN_PROMPT = PromptPlan()
PLAIN_SUBMIT = SubmitPlan()
