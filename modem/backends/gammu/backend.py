"""Phones and modems through gammu, for handsets that AT commands do not reach.

An address is ``gammu:DEVICE?connection=at115200&model=``: gammu's own names for the connection and the model.
gammu runs in a process of its own and is asked for what came: it is never relied upon to say so.
"""

from __future__ import annotations

import importlib.util
import re
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modem.api import (
    Capabilities,
    Hooks,
    Identity,
    Incoming,
    LineState,
    Outcome,
    Outgoing,
    SendResult,
    Status,
    TraceLine,
    UssdReply,
    always,
    ignore_part,
)
from modem.backends.gammu import replies
from modem.backends.gammu.link import GammuError, Link, LinkLostError
from modem.backends.gammu.sending import Sender
from modem.backends.gammu.values import incoming as incoming_of
from modem.errors import AnswerTimeoutError, CommandError, NotReadyError, PortError, UnsupportedError

_CLOSED = "The line is closed."
_NAME = re.compile(r"[A-Za-z0-9_.+-]{0,40}")
_PIN = re.compile(r"[0-9]{4,8}")
_USSD = re.compile(r"[0-9*#+]{1,182}")
_MOST_FAILURES = 3  # in a row, until the connection counts as lost


@dataclass(frozen=True, slots=True)
class Pace:
    """Waiting times in seconds. The defaults suit real phones; tests make them small."""

    open: float = 60.0  # some phones are written to octet by octet, with pauses
    ask: float = 20.0
    send: float = 120.0  # one part; gammu itself gives up after about 100
    read: float = 180.0  # everything that is stored; old handsets take minutes
    tick: float = 2.0  # between two looks at the counts
    sweep: float = 60.0  # between two readings although nothing seems to have changed


@dataclass(frozen=True, slots=True)
class Address:
    """Where the phone is: gammu's ``device``, ``connection`` and ``model``."""

    device: str
    connection: str = "at"
    model: str = ""


def parse(url: str) -> Address:
    """The parts of a ``gammu:`` address. Raises ``ValueError`` with a sentence."""
    place, _, query = url.partition(":")[2].partition("?")
    if not place or len(place) > 500 or place != place.strip() or not place.isprintable():
        raise ValueError("A gammu line needs a device, such as gammu:/dev/ttyUSB0?connection=at115200.")
    told = dict(urllib.parse.parse_qsl(query, keep_blank_values=True, max_num_fields=8))
    for name, value in told.items():
        if name not in ("connection", "model") or _NAME.fullmatch(value) is None:
            raise ValueError(f"A gammu line has connection= and model=, not {name[:40]!r} of {value[:40]!r}.")
    return Address(place, told.get("connection") or "at", told.get("model", ""))


def make(url: str, hooks: Hooks, secrets: Callable[[str], str]) -> GammuModem:
    """A modem at a ``gammu:`` address. Raises ``UnsupportedError`` without python-gammu."""
    try:
        found = importlib.util.find_spec("gammu") is not None
    except ValueError:
        found = False
    if not found:
        raise UnsupportedError(
            "This computer has no library for gammu lines (python-gammu). The other lines work without it."
        )
    return GammuModem(parse(url), hooks)


class GammuModem:
    """:class:`modem.api.Modem` over a process that holds python-gammu. One thread's, except :meth:`wake`."""

    def __init__(self, address: Address, hooks: Hooks | None = None, pace: Pace | None = None) -> None:
        self.capabilities = Capabilities(pdu=False, commands=False)
        self._address = address
        self._hooks = hooks or Hooks()
        self._pace = pace or Pace()
        self._link: Link | None = None
        self._smsc = ""
        self._refused_pins: set[str] = set()
        self._woken = threading.Event()
        self._forget()

    def _forget(self) -> None:
        self._ready: list[Incoming] = []
        self._seen: set[Incoming] = set()
        self._counts: dict[str, int] | None = None
        self._bad = self._failures = 0
        self._next_tick = self._next_sweep = 0.0

    def open(self, pin: str | None = None) -> Identity:
        """As :meth:`modem.api.Modem.open`; an open connection is closed first.

        Raises ``UnsupportedError`` where python-gammu cannot be loaded.
        """
        self.close()
        self._forget()
        try:
            link = Link(self._address.device, self._address.connection, self._address.model, self._hooks)
        except OSError as error:
            raise PortError(f"gammu cannot be started ({error}). Nothing was sent.") from error
        try:
            self._unlock(link, str(link.open(self._pace.open).get("lock", "")), pin)
            told = link.ask("begin", self._pace.ask)
        except GammuError as error:
            link.kill()
            raise replies.open_error(error, self._address.device) from error
        except LinkLostError as error:
            link.kill()
            raise NotReadyError(
                f"{error} Is the phone on, and is the right connection named?", "failed"
            ) from error
        except BaseException:
            link.kill()
            raise
        self._link = link
        self.capabilities = Capabilities(
            reports=told.get("announces") is True and not self._is_dummy,
            pdu=False,
            ussd=told.get("ussd") is True,
            commands=False,
        )
        identity = replies.identity(told)
        self._smsc = identity.smsc
        return identity

    @property
    def _is_dummy(self) -> bool:
        return self._address.model == "dummy"

    def _unlock(self, link: Link, lock: str, pin: str | None) -> None:
        """Enter the PIN where one is asked for and given: once, and none that was refused before."""
        if lock in ("", "PIN2", "PUK2"):  # texts need neither
            return
        if lock != "PIN":
            raise replies.locked(lock)
        if pin is None:
            raise NotReadyError("The SIM asks for its PIN.", LineState.NEEDS_PIN)
        if _PIN.fullmatch(pin) is None:
            raise NotReadyError("A PIN has four to eight digits. Nothing was entered.", LineState.NEEDS_PIN)
        if pin in self._refused_pins:
            raise NotReadyError(
                "The SIM refused this PIN before. It was not entered again.", LineState.NEEDS_PIN
            )
        # Held as refused until the phone takes it: a silence after this must not lead to a second try.
        self._refused_pins.add(pin)
        try:
            lock = str(link.ask("enter", self._pace.ask, pin=pin).get("lock", ""))
        except GammuError as error:
            raise NotReadyError(
                f"The SIM did not take the PIN ({error}). It will not be tried again.", LineState.NEEDS_PIN
            ) from error
        if lock not in ("", "PIN2", "PUK2"):
            raise replies.locked(lock)
        self._refused_pins.discard(pin)

    def close(self) -> None:
        """Let go of the phone. Never raises."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def wake(self) -> None:
        """End a :meth:`poll` that waits. The one method that any thread may call, at any time."""
        self._woken.set()

    def send(
        self,
        outgoing: Outgoing,
        proceed: Callable[[int], bool] = always,
        on_part: Callable[[int, int], None] = ignore_part,
    ) -> SendResult:
        """As :meth:`modem.api.Modem.send`. After an unknown outcome the connection may be gone."""
        link = self._link
        if link is None:
            return SendResult(Outcome.NOT_SENT, 0, detail=f"{_CLOSED} Nothing left.")
        sender = Sender(link, self._smsc, self._hooks.on_step, self._pace.ask, self._pace.send)
        try:
            return sender.send(outgoing, proceed, on_part)
        finally:
            if not link.process_id:
                self._link = None

    def poll(self, timeout: float) -> list[Incoming]:
        """As :meth:`modem.api.Modem.poll`; ends at once, perhaps with nothing, after :meth:`wake`."""
        self._opened()
        deadline = time.monotonic() + timeout
        while True:
            now = time.monotonic()
            if now >= self._next_tick:
                self._tick_unless_lost()
                now = time.monotonic()
                self._next_tick = now + self._pace.tick
            if self._ready or now >= deadline:
                break
            if self._woken.wait(min(deadline, self._next_tick) - now):
                break
        self._woken.clear()
        found, self._ready = self._ready, []
        return found

    def _tick_unless_lost(self) -> None:
        """What came past the phone's memory is handed up first: there is no copy of it."""
        try:
            self._tick()
        except PortError:
            if not self._ready:
                raise

    def _tick(self) -> None:
        """Look at the counts, and read where they say that something changed, or nobody looked for long."""
        try:
            told = self._ask("tick", self._pace.ask)
        except GammuError as error:
            if error.name not in replies.UNSUPPORTED:
                self._failed(error)
                return
            told = {}  # no counts: read each time
        self._take(told.get("aside"))
        counts = replies.counts(told.get("counts"))
        news = counts is None or counts != self._counts or told.get("arrived") is True
        if not news and time.monotonic() < self._next_sweep:
            return
        try:
            found = self.sweep(again=False)
        except GammuError as error:
            self._failed(error)
            return
        self._ready += found
        self._counts = counts
        self._failures = 0

    def _failed(self, error: GammuError) -> None:
        """Not every error is the end: an unsolicited line that gammu does not know is one too."""
        self._remark(str(error))
        self._failures += 1
        if self._failures >= _MOST_FAILURES:
            self._drop()
            raise PortError(f"The phone no longer answers ({error}).")

    def _take(self, rows: Any) -> list[Incoming]:
        """Rows of the child as ours; what cannot be understood is left where it is and counted."""
        found: list[Incoming] = []
        for told in rows if isinstance(rows, list) else []:
            try:
                item = incoming_of(told)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self._bad += 1
                self._remark(f"a message that cannot be understood ({type(error).__name__})")
                continue
            if item.slot is None:
                self._ready.append(item)  # the phone has no copy of it
            else:
                found.append(item)
        return found

    def sweep(self, again: bool = True) -> list[Incoming]:
        """As :meth:`modem.api.Modem.sweep`; ``again`` False leaves out what was handed up before."""
        told = self._ask("read", self._pace.read)
        self._bad = int(told.get("bad") or 0)
        found = self._take(told.get("rows"))
        fresh = [item for item in found if again or item not in self._seen]
        self._seen = set(found)
        self._next_sweep = time.monotonic() + self._pace.sweep
        return fresh

    def delete(self, incoming: Incoming) -> bool:
        """As :meth:`modem.api.Modem.delete`; also False where the phone will not tell or delete."""
        slot = incoming.slot
        if slot is None:
            return True
        try:
            told = self._ask("look", self._pace.ask, location=slot.index)
            if told.get("row") is not None:
                # By its words, not by its memory: some drivers leave that out when asked for one place.
                if [item.pdu for item in self._take([told["row"]])] != [incoming.pdu]:
                    return False
                self._ask("delete", self._pace.ask, location=slot.index)
        except GammuError as error:
            self._remark(str(error))
            return False
        self._seen.discard(incoming)
        self._counts = None  # one that comes now makes as many as before
        return True

    def status(self) -> Status:
        """As :meth:`modem.api.Modem.status`."""
        try:
            return replies.status(self._ask("status", self._pace.ask), self._bad)
        except GammuError as error:
            return Status(LineState.FAILED, str(error))

    def ussd(self, code: str, timeout: float = 30.0) -> UssdReply:
        """As :meth:`modem.api.Modem.ussd`."""
        if not self.capabilities.ussd:
            raise UnsupportedError("This phone takes no USSD codes through gammu.")
        if _USSD.fullmatch(code) is None:
            raise ValueError("A USSD code is 1 to 182 of the digits, * # and +.")
        try:
            told = self._ask("ussd", timeout + self._pace.ask, code=code, patience=timeout)
        except GammuError as error:
            if error.name in replies.UNSUPPORTED:
                raise UnsupportedError("This phone takes no USSD codes through gammu.") from error
            raise CommandError(code, detail=str(error)) from error
        if told.get("said") is None:
            raise AnswerTimeoutError(f"The network did not answer for {timeout:.0f} seconds.")
        return replies.ussd(code, told["said"])

    def network_time(self) -> datetime | None:
        """None: gammu tells the phone's own clock, and not whether the network ever set it."""
        return None

    def command(self, line: str, timeout: float = 10.0) -> list[str]:
        """Never: gammu speaks for itself. Raises ``UnsupportedError``."""
        raise UnsupportedError("A line through gammu takes no AT commands. Use the port's own line for that.")

    def danger(self, line: str) -> str:
        """What a technician's command would do; "" since there are none here."""
        return ""

    def _opened(self) -> Link:
        if self._link is None:
            raise PortError(_CLOSED)
        return self._link

    def _ask(self, what: str, seconds: float, **arguments: Any) -> dict[str, Any]:
        """One request. Raises ``PortError`` and is closed where the connection is lost."""
        link = self._opened()
        try:
            return link.ask(what, seconds, **arguments)
        except LinkLostError as error:
            self._drop()
            raise PortError(str(error)) from error
        except GammuError as error:
            if replies.is_gone(error):
                self._drop()
                raise PortError(f"The connection to the phone broke ({error}).") from error
            raise

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.kill()

    def _remark(self, text: str) -> None:
        self._hooks.on_trace(TraceLine(time.time(), "!", text))
