"""One object of ModemManager's on a bus, and the names of its interfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modem.backends.modemmanager.bus import CALL, PROPERTIES, SERVICE, Bus
from modem.backends.modemmanager.messages import Properties

MODEM = f"{SERVICE}.Modem"
THREE_GPP = f"{MODEM}.Modem3gpp"
MESSAGING = f"{MODEM}.Messaging"
USSD = f"{THREE_GPP}.Ussd"
TIME = f"{MODEM}.Time"
SIM = f"{SERVICE}.Sim"


@dataclass(frozen=True, slots=True)
class Remote:
    """An object. ``owner`` is the daemon's unique name, which a daemon that started anew does not have."""

    bus: Bus
    owner: str
    path: str

    def call(self, member: str, signature: str = "", *body: Any, timeout: float = CALL) -> list[Any]:
        """Call a method, interface and name. Raises as :meth:`modem.backends.modemmanager.bus.Bus.finish`."""
        return self.bus.call(self.owner, self.path, member, signature, body, timeout)

    def properties(self, interface: str) -> Properties:
        """Every property of one of its interfaces. Raises as :meth:`call`."""
        (found,) = self.call(f"{PROPERTIES}.GetAll", "s", interface)
        return found if isinstance(found, dict) else {}

    def at(self, path: str) -> Remote:
        """Another object of the same daemon."""
        return Remote(self.bus, self.owner, path)
