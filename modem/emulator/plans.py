"""How the next answer is to go: made plain by the device, bent by faults, then carried out."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class LinePlan:
    """One command line. ``insert`` puts octets at an offset of the answer; ``silent`` swallows it."""

    silent: bool = False
    before: list[bytes] = field(default_factory=list)
    insert: list[tuple[int, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class PromptPlan:
    """The ``>`` of +CMGS. ``hangup``: seconds that the port is gone after it; ``reboot``: a restart."""

    text: bytes = b"\r\n> "
    delay: float = 0.0
    silent: bool = False
    before: list[bytes] = field(default_factory=list)
    hangup: float | None = None
    reboot: bool = False


@dataclass(slots=True)
class SubmitPlan:
    """What follows Ctrl-Z. ``taken``: the network gets the text, whatever the terminal is told."""

    taken: bool = True
    code: int | None = None  # CMS code told to the terminal
    bare_error: bool = False
    extra_delay: float = 0.0
    before: list[bytes] = field(default_factory=list)  # ahead of +CMGS
    between: list[bytes] = field(default_factory=list)  # between +CMGS and the result
    show_reference: bool = True
    show_result: bool = True
    hangup: float | None = None
    reboot: bool = False


@dataclass(slots=True)
class StorePlan:
    """One incoming PDU on its way to the SIM. ``index_shown`` and ``tail`` bend +CMTI alone."""

    notify: bool = True
    index_shown: str = ""
    tail: str = ""


@dataclass(slots=True)
class ReportPlan:
    """One delivery report. ``shift`` is added to its TP-MR."""

    drop: bool = False
    shift: int = 0
    delay: float | None = None


@dataclass(slots=True)
class MessagePlan:
    """One incoming text. ``order`` names the parts (1-based) as they are to come; None is as they are."""

    parts: int
    order: list[int] | None = None
