"""Makes the right backend for an address. Nothing is opened yet."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from modem.api import Hooks, Modem
from modem.at.timing import Timeouts
from modem.backends.at import AtModem
from modem.errors import UnsupportedError
from modem.transport import open_transport

#: Looks a secret up by its name, such as ``android:http://phone:8080``; "" when none is kept.
Secrets = Callable[[str], str]

#: What an address begins with -> the module whose ``make(url, hooks, secrets)`` gives it. Imported only
#: when asked for: the libraries behind are not there on every platform.
BACKENDS = {
    "gammu": "modem.backends.gammu.backend",
    "modemmanager": "modem.backends.modemmanager.backend",
    "android": "modem.backends.android.backend",
}


def no_secrets(name: str) -> str:
    """The :data:`Secrets` that knows none."""
    return ""


def open_modem(
    url: str, hooks: Hooks | None = None, timeouts: Timeouts | None = None, secrets: Secrets = no_secrets
) -> Modem:
    """A modem at ``url``: a port's path or name, any pyserial URL, or ``gammu:``, ``modemmanager:`` and
    ``android:`` addresses. Its ``open`` opens the port.

    Raises ``ValueError`` for an empty address, ``UnsupportedError`` where a backend's library is missing.
    """
    url = url.strip()
    if not url:
        raise ValueError("A line needs a port, such as /dev/ttyUSB2, COM5 or socket://127.0.0.1:7000.")
    name = url.partition(":")[0].lower()
    if name not in BACKENDS:
        return AtModem(lambda: open_transport(url), hooks, timeouts)
    try:
        make: Callable[[str, Hooks, Secrets], Modem] = importlib.import_module(BACKENDS[name]).make
    except ImportError as error:
        raise UnsupportedError(
            f"This computer has no library for {name} lines ({error}). The other lines work without it."
        ) from error
    return make(url, hooks or Hooks(), secrets)
