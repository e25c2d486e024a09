"""The receiving half of a modem that ModemManager holds: announced texts are read, its list swept.

An announcement is a hint and no more: what cannot be read now is found by a sweep. Nothing is deleted but
what the caller names, through ModemManager alone, and after reading it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from dbus_fast import Message

from modem.api import Incoming
from modem.backends.modemmanager import messages as mm_messages
from modem.backends.modemmanager.bus import BusError
from modem.backends.modemmanager.errors import as_port_errors, is_absent
from modem.backends.modemmanager.messages import INTERFACE, Properties, State, number
from modem.backends.modemmanager.remote import MESSAGING, Remote
from modem.errors import AnswerTimeoutError

_PATIENCE = 600.0  # seconds for the parts of one text, as for texts that come as PDUs


class Receiver:
    """What comes to one modem, for as long as it is open. Used by the line's thread."""

    def __init__(self, modem: Remote, clock: Callable[[], float] = time.monotonic) -> None:
        self._modem = modem
        self._clock = clock
        self._fresh: dict[str, None] = {}  # paths that were announced and not looked at yet, in order
        self._partial: dict[str, float] = {}  # paths of texts that miss parts, and since when we know
        self._given: dict[str, str] = {}  # path -> raw text of what was handed up

    def hear(self, message: Message) -> None:
        """A signal of ModemManager's. Nothing is asked here: the loop must not wait inside itself."""
        body, path = message.body, str(message.path)
        if message.member == "Added" and path == self._modem.path and len(body) == 2:
            if mm_messages.is_path(body[0]) and body[1] is True:
                self._fresh[body[0]] = None
        elif message.member == "PropertiesChanged" and path in self._partial:
            self._fresh[path] = None

    def look(self) -> list[Incoming]:
        """The complete ones among what was announced. Raises ``PortError``."""
        found: list[Incoming] = []
        while self._fresh:
            path = next(iter(self._fresh))
            found += self._read(path) if path not in self._given else ()
            self._fresh.pop(path)
        return found

    def sweep(self) -> list[Incoming]:
        """Every complete received text on ModemManager's list, the oldest first. Raises ``PortError``."""
        return [incoming for path in self._paths() for incoming in self._read(path)]

    def overdue(self) -> int:
        """How many long texts have missed parts for ten minutes. ModemManager shows nothing of them."""
        return sum(self._clock() - since > _PATIENCE for since in self._partial.values())

    def _read(self, path: str) -> Sequence[Incoming]:
        """The complete text at a path; none for another, which is noted when it still misses parts."""
        told = self._properties(path)
        if number(told, "State") == State.RECEIVING:
            self._partial.setdefault(path, self._clock())
        else:
            self._partial.pop(path, None)
        incoming = mm_messages.incoming(path, told)
        if incoming is None:
            return ()
        self._given[path] = incoming.pdu
        return (incoming,)

    def _properties(self, path: str) -> Properties:
        """The properties of a message, none when it is gone."""
        with as_port_errors():
            try:
                return self._modem.at(path).properties(INTERFACE)
            except BusError as error:
                if not is_absent(error):
                    raise
                return {}

    def _paths(self) -> list[str]:
        with as_port_errors():
            (paths,) = self._modem.call(f"{MESSAGING}.List")
        return sorted(filter(mm_messages.is_path, paths), key=lambda path: (len(path), path))

    def delete(self, incoming: Incoming) -> bool:
        """As :meth:`modem.api.Modem.delete`. Raises ``PortError``.

        A message that this ModemManager did not hand up is looked for by what it says: its number is that
        of a daemon which ran before.
        """
        if incoming.slot is None:
            return True
        path = mm_messages.path_of(incoming.slot)
        ours = self._given.get(path) == incoming.pdu
        for one in [path] if ours else [path, *self._paths()]:
            told = self._properties(one)
            if told and mm_messages.raw(told) == incoming.pdu:
                return self._remove(one)
        return not (ours and self._properties(path))

    def _remove(self, path: str) -> bool:
        with as_port_errors():
            try:
                self._modem.call(f"{MESSAGING}.Delete", "o", path)
            except BusError as error:
                if not is_absent(error):
                    raise
            except AnswerTimeoutError:
                return False  # not known to be gone: a sweep will show it
        return True
