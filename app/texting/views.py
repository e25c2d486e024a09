"""A line as the window shows it: plain words, one thing to do, and a few figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from app.texting.budgets import NO_LIMITS, Limits
from modem.api import Capabilities, Identity, LineState, Status
from modem.errors import PortBusyError, PortPermissionError

#: A SIM is called almost full at this share of its places.
ALMOST_FULL = 0.8
#: A PC clock that is off by more than so many seconds is told: quiet hours and reports go by it.
CLOCK_OFF_SECONDS = 120.0
#: Why a port could not be opened, where there is something to explain.
BUSY, FORBIDDEN = "busy", "forbidden"


@dataclass(frozen=True, slots=True)
class Live:
    """What a line's thread knows of its modem now."""

    state: str = LineState.OFFLINE.value
    detail: str = ""
    action: str = ""  # overrides the state's own
    operator: str = ""
    technology: str = ""
    signal_dbm: int | None = None
    storage_used: int = 0
    storage_total: int = 0
    identity: Identity = field(default_factory=Identity)
    hint: str = ""  # what will go wrong though the line is ready
    hint_action: str = ""
    note: str = ""  # something of this program's own to tell
    cause: str = ""  # BUSY or FORBIDDEN
    capabilities: Capabilities = field(default_factory=Capabilities)
    clock_off: float | None = None  # the network's clock minus this computer's, in seconds

    def with_status(self, status: Status) -> Live:
        """The same modem with a newer status."""
        return replace(
            self,
            state=status.state.value,
            detail=status.detail,
            action="" if status.state is LineState.READY else status.action,
            cause="",
            hint=status.hint,
            hint_action=status.action if status.state is LineState.READY else "",
            operator=status.operator,
            technology=status.technology,
            signal_dbm=status.signal_dbm,
            storage_used=status.storage_used,
            storage_total=status.storage_total,
        )

    def failed(self, state: str, detail: str, action: str = "") -> Live:
        """The modem is not there to text with; ``detail`` is a sentence."""
        return replace(
            self,
            state=state,
            detail=detail,
            action=action,
            signal_dbm=None,
            hint="",
            hint_action="",
            cause="",
        )

    def unreachable(self, error: Exception) -> Live:
        """The port cannot be used, as the error says."""
        cause = FORBIDDEN if isinstance(error, PortPermissionError) else ""
        cause = BUSY if isinstance(error, PortBusyError) else cause
        return replace(self.failed(LineState.OFFLINE.value, str(error)), cause=cause)


@dataclass(frozen=True, slots=True)
class LineView:
    """One line. ``state`` is ``modem.api.LineState``'s word, or "off" when it is not running."""

    id: int
    name: str
    url: str
    number: str
    state: str
    state_text: str
    action_text: str
    detail: str
    operator: str
    technology: str
    signal_dbm: int | None
    bars: int  # 0-4
    storage_used: int
    storage_total: int
    sent_today: int
    waiting: int  # clicked texts that wait for this line
    paused: bool
    practice: bool
    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    imei: str = ""
    iccid: str = ""
    smsc: str = ""
    hint: str = ""
    note: str = ""
    lacks: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    commands: bool = True  # a technician may type AT commands
    ussd: bool = True
    balance_code: str = ""
    balance_text: str = ""
    balance_at: float | None = None
    clock_off: float | None = None
    limits: Limits = NO_LIMITS
    people: int | None = None  # texted in its month; None where no limit asks for it
    hold: str = ""  # a sentence: why nothing leaves now though the line is ready, and until when
    paused_why: str = ""  # of a line that paused by itself
    price: float | None = None  # of a segment, in the office's currency
    currency: str = ""
    cost_today: float | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A button that helps: ``name`` is one of the words below, ``words`` what stands on it."""

    name: str
    words: str


class FoundModem(Protocol):
    """A modem that was found. ``address`` is "" where it cannot be added; the rest is for people."""

    @property
    def title(self) -> str: ...

    @property
    def words(self) -> str: ...

    @property
    def action(self) -> str: ...

    @property
    def address(self) -> str: ...


#: Gets words about what is looked at, and whether to stop; gives what was found, in order.
Finder = Callable[[Callable[[str], None], Callable[[], bool]], Sequence[FoundModem]]

PIN = Action("pin", "Enter PIN…")
PASSWORD = Action("password", "Enter password…")
USE_SIM = Action("use_sim", "Use this SIM")
RETRY = Action("retry", "Try again")
MODEM_MANAGER = Action("modemmanager", "Use it through ModemManager")
RELEASE = Action("release", "How to release it")
PERMISSION = Action("permission", "How to get permission")
CENTRE = Action("centre", "Set centre number…")

OFF = "off"
SIM_CHANGED = "Use this SIM"

#: What a line's thread says when it cannot go on by itself, or not yet.
NO_DISK = (
    "The database could not be used, perhaps because the disk is full. What came in is still on the SIM, and "
    "nothing more is sent. Make room on the disk; the line tries again by itself."
)
NOT_READ = "The SIM could not be read yet. Nothing is sent before that; the line tries again by itself."
TRYING = "The line tries again by itself."
OTHER_SIM = (
    "Another SIM is in this modem. Nothing was sent or taken from it. "
    "Put the first one back, or say that this line uses the new one."
)
STILL_BUSY = "The line is busy with its last text; it connects again as soon as that is over."

#: state -> (what it means, what to do)
_WORDS: dict[str, tuple[str, str]] = {
    OFF: ("Not running", ""),
    "offline": ("Not connected", "Plug the modem in, or choose another port"),
    "connecting": ("Connecting", ""),
    "needs_pin": ("The SIM asks for its PIN", "Enter the PIN"),
    "needs_puk": ("The SIM is locked", "Put it into a phone and enter the PUK there"),
    "no_sim": ("No SIM", "Put a SIM into the modem"),
    "searching": ("Looking for a network", "Move the modem to a window if this lasts"),
    "denied": ("The network refuses this SIM", "Ask the SIM's operator"),
    "ready": ("Ready", ""),
    "failed": ("Needs a look", "Read what happened, then try again"),
}


_LACKS = (
    ("reports", "No delivery reports on this line: a sent text stays “sent”."),
    ("pdu", "Texts come in already decoded, so the raw text as it was on the air is not kept."),
    ("parts", "A long text counts as one: its parts are not accounted for one by one."),
    ("delete", "Texts that are stored here stay on the device too."),
    ("storage", "The device does not tell how full its memory is."),
    ("ussd", "No balance check on this line."),
    ("commands", "No console commands on this line."),
)


def lacks(capabilities: Capabilities) -> tuple[str, ...]:
    """What this way to the modem cannot do, as sentences."""
    return tuple(words for name, words in _LACKS if not getattr(capabilities, name))


def actions(live: Live) -> tuple[Action, ...]:
    """The buttons that help now, the best first; none where nothing has to be done."""
    if live.action == SIM_CHANGED:
        return (USE_SIM, RETRY)
    said = f"{live.detail} {live.action} {live.hint} {live.hint_action}".lower()
    if live.state == LineState.READY.value or live.state == LineState.SEARCHING.value:
        return (CENTRE,) if "centre" in f"{live.hint} {live.hint_action}".lower() else ()
    if "password" in live.action.lower():
        return (PASSWORD, RETRY)
    if live.state == LineState.NEEDS_PIN.value:
        # The last try is for a phone: here it would be refused.
        return (RETRY,) if live.action else (PIN,)
    if live.cause == FORBIDDEN:
        return (PERMISSION, RETRY)
    if live.cause == BUSY or "modemmanager holds" in said:
        return (MODEM_MANAGER, RELEASE, RETRY) if "modemmanager" in said else (RELEASE, RETRY)
    return () if live.state in (OFF, LineState.CONNECTING.value) else (RETRY,)


def short_words(live: Live, *, paused: bool) -> str:
    """What a line's state means in two or three words, for a chip."""
    if live.cause == BUSY:
        return "In use by ModemManager" if "modemmanager" in live.detail.lower() else "In use elsewhere"
    return "No permission" if live.cause == FORBIDDEN else words(live, paused=paused)[0]


def bars(signal_dbm: int | None) -> int:
    """Signal bars, 0 to 4, from dBm; 0 when it is unknown."""
    if signal_dbm is None:
        return 0
    return sum(signal_dbm >= limit for limit in (-107, -97, -87, -77))


#: What went wrong in these states comes with its own advice; a general one behind it would only confuse.
_SAYS_IT_ITSELF = frozenset({LineState.OFFLINE.value, LineState.FAILED.value, LineState.DENIED.value})


def words(live: Live, *, paused: bool) -> tuple[str, str]:
    """What a line's state means, and the one thing to do about it ("" for nothing)."""
    text, action = _WORDS.get(live.state, (live.state, ""))
    if live.cause or (live.detail and live.state in _SAYS_IT_ITSELF):
        action = ""
    if live.state == LineState.READY.value:
        if paused:
            return "Paused", "Resume"
        if live.storage_total and live.storage_used >= ALMOST_FULL * live.storage_total:
            almost = "almost " if live.storage_used < live.storage_total else ""
            full = f"Ready, but its SIM is {almost}full ({live.storage_used} of {live.storage_total})"
            return full, "" if live.hint else "Remove old texts from the SIM with a phone"
    return text, live.action or action
