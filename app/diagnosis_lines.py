"""The doctor's look at one line: its modem is opened and asked. No PIN is entered, no text touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from app.diagnosis_words import Finding, finding
from app.finding import Finder, is_plain_port
from app.secrets import Secrets
from modem.api import Hooks, Identity, LineState, Modem, Status
from modem.discovery.discover import Machine, group_of
from modem.discovery.holders import MODEM_MANAGER, ignore_rule
from modem.errors import (
    AnswerTimeoutError,
    ModemError,
    NotReadyError,
    PortBusyError,
    PortError,
    PortPermissionError,
    UnsupportedError,
)
from modem.factory import open_modem

#: The computer's clock may be so far from the network's, in seconds.
CLOCK_SECONDS = 120.0
_LOOK = "Read what happened, then try again."


def _now() -> datetime:
    return datetime.now(UTC)


def line(
    url: str,
    machine: Machine,
    secrets: Secrets,
    *,
    make: Callable[[str], Modem] | None = None,
    now: Callable[[], datetime] = _now,
) -> Iterator[Finding]:
    """Everything there is to say of the modem at ``url``."""
    try:
        place = Finder(machine)(url, "")
        modem = make(place) if make else open_modem(place, Hooks(), secrets=secrets.get)
    except PortBusyError as error:
        yield _busy(url, str(error), machine)
        return
    except ValueError as error:
        yield finding("line-failed", url=url, why=error, help="Correct the address.")
        return
    except ModemError as error:
        yield failed(url, error, machine)
        return
    try:
        identity = modem.open()
        yield from healthy(url, modem, identity, modem.status(), now())
    except ModemError as error:
        yield failed(url, error, machine)
    finally:
        modem.close()


def healthy(url: str, modem: Modem, identity: Identity, status: Status, now: datetime) -> Iterator[Finding]:
    """A modem that opened: its registration, its centre, its storage, its clock."""
    state, why = status.state, status.detail
    bad = {LineState.SEARCHING: "not-registered", LineState.DENIED: "denied", LineState.NO_SIM: "no-sim"}
    if state in bad:
        yield _instead(finding(bad[state], url=url, why=why), status.action)
    elif state is LineState.READY:
        yield finding(
            "line",
            url=url,
            name=" ".join(word for word in (identity.manufacturer, identity.model) if word) or "a modem",
            state=state.value,
            operator=status.operator or "no operator",
            storage=f"{status.storage_used} of {status.storage_total}" if status.storage_total else "unknown",
        )
    else:
        yield finding("line-failed", url=url, why=why or state.value, help=status.action or _LOOK)
    if status.storage_total and status.storage_used >= status.storage_total:
        yield finding("sim-full", url=url, used=status.storage_used, total=status.storage_total)
    elif status.hint:
        yield _hint(url, status)
    yield from _clock(url, modem, now)


def _hint(url: str, status: Status) -> Finding:
    """What will go wrong though the line is ready, as the backend saw it."""
    words = status.hint
    if "centre" in words:
        return finding("no-smsc", url=url)
    if "LTE" in words or "IMS" in words:
        return finding("lte-no-texts", url=url, why=words)
    return finding("trouble" if status.action else "hint", url=url, why=words, help=status.action)


def _instead(found: Finding, action: str) -> Finding:
    """The backend's own advice where it has one: it knows more."""
    return replace(found, action=f"{action}.") if action else found


def _clock(url: str, modem: Modem, now: datetime) -> Iterator[Finding]:
    try:
        told = modem.network_time()
    except ModemError:
        return
    if told is None:
        return
    off = (now - told).total_seconds()
    if abs(off) <= CLOCK_SECONDS:
        yield finding("clock", url=url)
    else:
        direction = "ahead of" if off > 0 else "behind"
        yield finding("clock-off", url=url, minutes=f"{abs(off) / 60:,.0f}", direction=direction)


def failed(url: str, error: ModemError, machine: Machine) -> Finding:
    """What an error of the modem layer means for a line."""
    if isinstance(error.__cause__, AnswerTimeoutError):
        error = error.__cause__
    if isinstance(error, NotReadyError):
        return _not_ready(url, error)
    if isinstance(error, PortPermissionError):
        return finding("line-forbidden", url=url, group=group_of(url))
    if isinstance(error, PortBusyError):
        return _busy(url, str(error), machine)
    for kind, key in (
        (PortError, "no-port"),
        (UnsupportedError, "no-backend"),
        (AnswerTimeoutError, "line-silent"),
    ):
        if isinstance(error, kind):
            said = str(error).startswith("The modem does not answer")  # the finding says it already
            why = "" if said else error
            return finding(key, url=url, why=why)
    return finding("line-failed", url=url, why=error, help=_LOOK)


def _not_ready(url: str, error: NotReadyError) -> Finding:
    state = error.state
    if state == LineState.NEEDS_PIN:
        left = "it does not tell how many tries are left"
        if error.tries is not None:
            left = "one try is left" if error.tries == 1 else f"{error.tries} tries are left"
        return _instead(finding("sim-pin", url=url, tries=left), error.action)
    if state == LineState.NEEDS_PUK:
        return finding("sim-puk", url=url)
    keys = {LineState.NO_SIM: "no-sim", LineState.SEARCHING: "not-registered", LineState.DENIED: "denied"}
    for known, key in keys.items():
        if state == known:
            return finding(key, url=url, why=error)
    return finding("line-failed", url=url, why=error, help=error.action or _LOOK)


def _busy(url: str, why: str, machine: Machine) -> Finding:
    holder = machine.holder(url) if is_plain_port(url) else None
    if (holder and holder.name == MODEM_MANAGER) or (not holder and machine.modem_manager):
        for device in machine.ports():
            if device.path == url and device.vid is not None:
                return _managed(url, device.vid, device.pid or 0)
    return finding("port-held", name=f"line {url}", port=url, holder=holder or "another program")


def _managed(url: str, vid: int, pid: int) -> Finding:
    rule = ignore_rule(vid, pid)
    return finding("modemmanager-holds", name=f"line {url}", port=url, imei="(the modem's IMEI)", rule=rule)
