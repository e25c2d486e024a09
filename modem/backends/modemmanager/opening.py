"""From an address to a modem that ModemManager has ready for texts: found, unlocked, enabled.

Follows the daemon's own states (MMModemState): locked, disabled, enabled, registered. Whatever another
program did to the modem before is left as it is.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from modem.api import Identity, LineState
from modem.backends.modemmanager import bus as mm_bus
from modem.backends.modemmanager.bus import Bus, BusError
from modem.backends.modemmanager.errors import as_port_errors, code_of, is_absent, raised
from modem.backends.modemmanager.finding import MmModem, modems
from modem.backends.modemmanager.messages import Properties, number, words
from modem.backends.modemmanager.remote import MESSAGING, MODEM, SIM, Remote
from modem.errors import AnswerTimeoutError, NotReadyError, PortError

FAILED, INITIALIZING, LOCKED, DISABLED, DISABLING, ENABLING, ENABLED, REGISTERED = -1, 1, 2, 3, 4, 5, 6, 8
_PIN, _PUK, _PUK2 = 2, 4, 5  # MMModemLock
_SIM_MISSING, _SIM_ERROR, _NO_PROFILE = 2, 3, 5  # MMModemStateFailedReason
_ENABLE = 60.0  # seconds; the daemon asks the modem some fifty things
_SETTLE = 40.0  # seconds for the daemon to finish what it began: probing after a PIN takes 10 to 20
_REGISTER = 2.0
_LOOK = 0.2
_PIN_DIGITS = re.compile(r"[0-9]{4,8}")
_BLOCKED = "The SIM is blocked and asks for its PUK. Put it into a phone and enter the PUK there."
_ONE_LEFT = "Only one try is left before the SIM is blocked. Nothing was entered."
_IN_A_PHONE = "Put the SIM into a phone and enter the PIN there"


class Opening:
    """One way up. ``refused`` outlives it: none of these PINs is entered again."""

    def __init__(
        self, bus: Bus, imei: str, refused: set[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bus = bus
        self._imei = imei
        self._refused = refused
        self._clock = clock

    def find(self) -> Remote:
        """The modem. Raises ``PortError`` where ModemManager does not run or does not have it."""
        with as_port_errors():
            return self._find()

    def _find(self) -> Remote:
        owner = mm_bus.owner(self._bus, start=True)
        if not owner:
            raise PortError(
                "ModemManager does not run on this computer. Install the package modemmanager, or give the "
                "modem's own port."
            )
        found = modems(self._bus, owner)
        path = next((one.path for one in _usable_first(found) if self._imei in ("", one.imei)), "")
        if not path:
            which = f"no modem with the IMEI {self._imei}" if self._imei else "no modem"
            raise PortError(
                f"ModemManager has {which}. Look whether it is plugged in; after that it takes half a minute."
            )
        return Remote(self._bus, owner, path)

    def make_ready(self, modem: Remote, pin: str | None) -> Identity:
        """Unlock and enable. Raises ``NotReadyError`` for what a person must do, and ``PortError``."""
        with as_port_errors():
            told = self._unlock(modem, pin)
            if number(told, "State") < ENABLED:
                told = self._enable(modem)
            self._need_messaging(modem)
            return self._identity(modem, told)

    # the SIM's lock

    def _unlock(self, modem: Remote, pin: str | None) -> Properties:
        told = self._settled(modem)
        if number(told, "State") == FAILED:
            raise NotReadyError(*failure(told))
        if number(told, "State") != LOCKED:
            return told
        lock = number(told, "UnlockRequired")
        if lock in (_PUK, _PUK2):
            raise NotReadyError(_BLOCKED, LineState.NEEDS_PUK)
        if lock != _PIN:
            raise NotReadyError("The modem has a lock of its maker or operator.", LineState.FAILED)
        self._enter(modem, told, pin)
        told = self._settled(modem, beyond=LOCKED)
        if number(told, "State") in (FAILED, LOCKED):
            raise NotReadyError(*failure(told))
        return told

    def _enter(self, modem: Remote, told: Properties, pin: str | None) -> None:
        """Enter the PIN once, unless that would risk the SIM."""
        sim = modem.at(words(told, "Sim"))
        iccid = words(self._try_properties(sim, SIM), "SimIdentifier")
        tries = tries_left(told)
        problem = self._why_not(pin, tries)
        if problem or pin is None:
            action = _IN_A_PHONE if tries is not None and tries <= 1 else ""
            raise NotReadyError(problem, LineState.NEEDS_PIN, action=action, iccid=iccid, tries=tries)
        # Held as refused until it is taken: a silence after this must not lead to a second try.
        self._refused.add(pin)
        try:
            sim.call(f"{SIM}.SendPin", "s", pin, timeout=_SETTLE)
        except BusError as error:
            if raised(error) is not error:
                raise
            left = tries_left(self._try_properties(modem, MODEM))
            state = LineState.NEEDS_PUK if code_of(error)[1] in (12, 316) else LineState.NEEDS_PIN
            raise NotReadyError(
                f"The SIM did not take the PIN ({error}). It will not be tried again.",
                state,
                iccid=iccid,
                tries=left,
            ) from error
        self._refused.discard(pin)

    def _why_not(self, pin: str | None, tries: int | None) -> str:
        if pin is None:
            return "The SIM asks for its PIN."
        if _PIN_DIGITS.fullmatch(pin) is None:
            return "A PIN has four to eight digits. Nothing was entered."
        if pin in self._refused:
            return "The SIM refused this PIN before. It was not entered again."
        return _ONE_LEFT if tries is not None and tries <= 1 else ""

    # enabling

    def _enable(self, modem: Remote) -> Properties:
        try:
            modem.call(f"{MODEM}.Enable", "b", True, timeout=_ENABLE)
        except BusError as error:
            if raised(error) is not error:
                raise
            if number(self._settled(modem), "State") < ENABLED:
                raise NotReadyError(
                    f"ModemManager could not switch the modem on ({error}).", LineState.FAILED
                ) from error
        except AnswerTimeoutError as error:
            raise NotReadyError(str(error), LineState.FAILED) from error
        return self._registered(modem)

    def _registered(self, modem: Remote) -> Properties:
        """The properties once it has its network, or after a moment without one: that may take long."""
        until = self._clock() + _REGISTER
        while True:
            told = modem.properties(MODEM)
            if not ENABLED <= number(told, "State") < REGISTERED or self._clock() > until:
                return told
            self._bus.listen(_LOOK)

    def _settled(self, modem: Remote, beyond: int | None = None) -> Properties:
        """The modem's properties once it is not on its way between two states, or the time is over."""
        until = self._clock() + _SETTLE
        while True:
            told = modem.properties(MODEM)
            state = number(told, "State")
            if state not in (0, INITIALIZING, DISABLING, ENABLING, beyond) or self._clock() > until:
                return told
            self._bus.listen(_LOOK)

    def _need_messaging(self, modem: Remote) -> None:
        try:
            modem.properties(MESSAGING)
        except BusError as error:
            if not is_absent(error):
                raise
            raise NotReadyError(
                "ModemManager offers no texts for this modem. Its own port may do, with ModemManager kept "
                "off it.",
                LineState.FAILED,
            ) from error

    # who it is

    def _identity(self, modem: Remote, told: Properties) -> Identity:
        sim = self._try_properties(modem.at(words(told, "Sim")), SIM)
        numbers = told.get("OwnNumbers") or [""]
        return Identity(
            manufacturer=words(told, "Manufacturer"),
            model=words(told, "Model"),
            firmware=words(told, "Revision"),
            imei=words(told, "EquipmentIdentifier"),
            imsi=words(sim, "Imsi"),
            iccid=words(sim, "SimIdentifier"),
            number=str(numbers[0])[:20],
        )

    def _try_properties(self, remote: Remote, interface: str) -> Properties:
        try:
            return remote.properties(interface) if remote.path.startswith("/org/") else {}
        except BusError:
            return {}


def _usable_first(found: tuple[MmModem, ...]) -> list[MmModem]:
    return sorted(found, key=lambda one: one.state in ("failed", "unknown"))


def tries_left(told: Properties) -> int | None:
    """How many tries the PIN has (property UnlockRetries); None where the modem does not tell."""
    retries = told.get("UnlockRetries")
    left = retries.get(_PIN) if isinstance(retries, dict) else None
    return left if isinstance(left, int) and left < 100 else None


def failure(told: Properties) -> tuple[str, str]:
    """Why a modem is failed or still locked, as a sentence, and the state of the line."""
    if number(told, "State") == LOCKED:
        if number(told, "UnlockRequired") in (_PUK, _PUK2):
            return _BLOCKED, LineState.NEEDS_PUK
        return "The SIM still asks for its PIN.", LineState.NEEDS_PIN
    reason = number(told, "StateFailedReason")
    if reason == _SIM_MISSING:
        return "There is no SIM in the modem.", LineState.NO_SIM
    if reason == _SIM_ERROR:
        return "The SIM does not work. Take it out and put it in again.", LineState.NO_SIM
    if reason == _NO_PROFILE:
        return "The modem's eSIM has no profile. Load one with the operator's program.", LineState.NO_SIM
    return "ModemManager could not start this modem. Unplug it and plug it in again.", LineState.FAILED
