"""A line as the window shows it: plain words, one thing to do, and a few figures."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from modem.api import Identity, LineState, Status

#: A SIM is called almost full at this share of its places.
ALMOST_FULL = 0.8


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

    def with_status(self, status: Status) -> Live:
        """The same modem with a newer status."""
        return replace(
            self,
            state=status.state.value,
            detail=status.detail,
            action="",
            operator=status.operator,
            technology=status.technology,
            signal_dbm=status.signal_dbm,
            storage_used=status.storage_used,
            storage_total=status.storage_total,
        )

    def failed(self, state: str, detail: str, action: str = "") -> Live:
        """The modem is not there to text with; ``detail`` is a sentence."""
        return replace(self, state=state, detail=detail, action=action, signal_dbm=None)


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


OFF = "off"
SIM_CHANGED = "Use this SIM"

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


def bars(signal_dbm: int | None) -> int:
    """Signal bars, 0 to 4, from dBm; 0 when it is unknown."""
    if signal_dbm is None:
        return 0
    return sum(signal_dbm >= limit for limit in (-107, -97, -87, -77))


def words(live: Live, *, paused: bool) -> tuple[str, str]:
    """What a line's state means, and the one thing to do about it ("" for nothing)."""
    text, action = _WORDS.get(live.state, (live.state, ""))
    if live.state == LineState.READY.value:
        if paused:
            return "Paused", "Resume"
        if live.storage_total and live.storage_used >= ALMOST_FULL * live.storage_total:
            full = f"Ready, but its SIM is almost full ({live.storage_used} of {live.storage_total})"
            return full, "Remove old texts from the SIM with a phone"
    return text, live.action or action
