"""ModemManager beside our lines: what it has, and keeping it off where a person wants that.

Part of the composition root. Everything here is quiet where there is no D-Bus or no ModemManager.
"""

from __future__ import annotations

import importlib
import logging
import os
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from modem.errors import ModemError

log = logging.getLogger(__name__)


def managers_modems() -> Iterable[object]:
    """What ModemManager has, where its backend and the system bus are there."""
    backend = importlib.import_module("modem.backends.modemmanager.finding")
    modems: Iterable[object] = backend.found_modems()
    return modems


def leave_alone(url: str, imei: str) -> bool:
    """The ``hold_off`` that lets ModemManager have what it has."""
    return False


class Held(Protocol):
    """One of ModemManager's modems that it keeps off; ``modem.backends.modemmanager.finding.Inhibition``."""

    @property
    def held(self) -> bool: ...

    def hold(self) -> None: ...

    def release(self) -> None: ...


class HoldOff:
    """Keeps ModemManager off our lines' modems for as long as this program runs, where a person wants that.

    ModemManager takes a modem back by itself when this program ends, however it ends.
    """

    def __init__(
        self,
        managed: Callable[[], Iterable[object]] | None = None,
        inhibit: Callable[[str], Held] | None = None,
    ) -> None:
        self._managed, self._inhibit = managed or managers_modems, inhibit or _inhibition
        self._held: dict[str, Held] = {}
        self._lock = threading.Lock()

    def __call__(self, url: str, imei: str) -> bool:
        """Have ModemManager let go of the modem with this port or IMEI: True when it had it and just did."""
        port = os.path.basename(os.path.realpath(url)) if url else ""
        with self._lock:
            try:
                for modem in self._managed():
                    ports = tuple(getattr(modem, "ports", ()))
                    if (port and port in ports) or (imei and getattr(modem, "imei", "") == imei):
                        return self._hold(str(getattr(modem, "device", "")))
            except (ImportError, AttributeError, OSError, ModemError) as error:
                log.warning("ModemManager was not held off: %s", error)
        return False

    def release(self) -> None:
        """Let ModemManager have them all again."""
        with self._lock:
            for held in self._held.values():
                held.release()
            self._held.clear()

    def _hold(self, device: str) -> bool:
        if not device:
            return False
        held = self._held.get(device)
        if held is None:
            held = self._held[device] = self._inhibit(device)
        held.hold()
        return True


def _inhibition(device: str) -> Held:
    backend = importlib.import_module("modem.backends.modemmanager.finding")
    held: Held = backend.Inhibition(device)
    return held
