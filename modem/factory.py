"""Makes the right backend for an address. Nothing is opened yet."""

from __future__ import annotations

from modem.api import Hooks
from modem.at.timing import Timeouts
from modem.backends.at import AtModem
from modem.transport import open_transport


def open_modem(url: str, hooks: Hooks | None = None, timeouts: Timeouts | None = None) -> AtModem:
    """A modem at ``url``: a port's path or name, or any pyserial URL. Its ``open`` opens the port.

    Raises ``ValueError`` for an empty address, and nothing else.
    """
    if not url.strip():
        raise ValueError("A line needs a port, such as /dev/ttyUSB2, COM5 or socket://127.0.0.1:7000.")
    return AtModem(lambda: open_transport(url.strip()), hooks, timeouts)
