"""A message bus, used synchronously by one thread: calls wait, and what is said unasked is kept until heard.

The library speaks asyncio, so each connection has a loop of its own, which runs only while a call or
:meth:`Bus.listen` waits. Nothing runs in between, and no thread is started.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from dbus_fast import ErrorType, Message, MessageType, unpack_variants
from dbus_fast.aio import MessageBus

from modem.errors import AnswerTimeoutError, ModemError, PortError

SERVICE = "org.freedesktop.ModemManager1"
MANAGER = "/org/freedesktop/ModemManager1"
DAEMON, DAEMON_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECTS = "org.freedesktop.DBus.ObjectManager"
SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"
_CONNECT = 10.0  # seconds for a bus to greet
CALL = 25.0  # seconds that a call may take, as long as other clients of the bus wait
_GONE = "The connection to the message bus broke."


_T = TypeVar("_T")


class BusError(ModemError):
    """The other side answered with an error: ``name`` as D-Bus names it, ``text`` what it says about it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = "".join(char for char in text[:200] if char.isprintable())
        super().__init__(f"{name.rpartition('.')[2]}: {self.text}")


class Call:
    """A method call that is on its way. See :meth:`Bus.start`."""

    def __init__(self, task: asyncio.Task[Message], words: str) -> None:
        self.task = task
        self.words = words


class Bus:
    """One connection. ``address`` is a D-Bus address, "" for the system bus.

    ``heard`` is given every signal that :meth:`watch` asked for, on the thread that listens or calls.
    """

    def __init__(self, address: str = "", heard: Callable[[Message], None] | None = None) -> None:
        self._address = address or os.environ.get("DBUS_SYSTEM_BUS_ADDRESS") or SYSTEM_BUS
        self._heard = heard
        self._loop = asyncio.new_event_loop()
        self._stirred = asyncio.Event()
        self._bus: MessageBus | None = None
        self._lost: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Connect. Raises ``PortError`` where there is no bus or it does not let us in."""
        try:
            self._run(asyncio.wait_for(self._connect(), _CONNECT))
        except Exception as error:  # the library raises whatever its sockets and parsers do
            self.close()
            raise PortError(f"There is no message bus to reach ModemManager by ({error}).") from error

    async def _connect(self) -> None:
        bus = await MessageBus(bus_address=self._address).connect()
        bus.add_message_handler(self._take)
        self._bus = bus
        self._lost = asyncio.ensure_future(self._until_lost(bus))

    async def _until_lost(self, bus: MessageBus) -> None:
        with contextlib.suppress(Exception):
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        self._stirred.set()

    def _take(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL and self._heard is not None:
            self._heard(message)
            self._stirred.set()

    def close(self) -> None:
        """Disconnect; what the other side held for this connection is let go of there. Never raises."""
        if self._loop.is_closed():
            return
        with contextlib.suppress(Exception):
            self._run(self._disconnect())
        self._loop.close()

    async def _disconnect(self) -> None:
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.disconnect()
        if self._lost is not None:
            self._lost.cancel()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    @property
    def lost(self) -> bool:
        """Whether the connection broke, or is closed."""
        return self._bus is None or self._lost is None or self._lost.done()

    # calls

    def start(
        self, destination: str, path: str, member: str, signature: str = "", body: Sequence[Any] = ()
    ) -> Call:
        """Write a call of ``member`` (interface and method) and do not wait. Raises ``PortError``."""
        if self._bus is None or self.lost:
            raise PortError(_GONE)
        interface, _, method = member.rpartition(".")
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=method,
            signature=signature,
            body=list(body),
        )
        return self._run(self._start(self._bus, message))

    async def _start(self, bus: MessageBus, message: Message) -> Call:
        task = asyncio.ensure_future(bus.call(message))
        await asyncio.sleep(0)  # its first step writes
        return Call(task, str(message.member))

    def finish(self, call: Call, timeout: float = CALL) -> list[Any]:
        """The answer's values, without their variants.

        Raises :class:`BusError`, ``AnswerTimeoutError`` after ``timeout`` seconds, and ``PortError`` when
        the bus went: then nobody knows what became of the call.
        """
        if self._loop.is_closed():
            raise PortError(_GONE)
        if not self._run(self._wait(call, timeout)):
            if self.lost:
                raise PortError(_GONE)
            raise AnswerTimeoutError(
                f"ModemManager did not answer {call.words} within {timeout:.0f} seconds."
            )
        try:
            reply = call.task.result()
        except (Exception, asyncio.CancelledError) as error:
            raise PortError(f"{_GONE} ({error})") from error
        if reply.message_type is MessageType.ERROR:
            words = reply.body[0] if reply.body and isinstance(reply.body[0], str) else ""
            raise BusError(reply.error_name or "", words)
        return list(unpack_variants(reply.body))

    async def _wait(self, call: Call, timeout: float) -> bool:
        """Whether it was answered."""
        both: set[asyncio.Task[Any]] = {call.task}
        if self._lost is not None:
            both.add(self._lost)
        await asyncio.wait(both, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if call.task.done():
            return True
        call.task.cancel()
        await asyncio.sleep(0)
        return False

    def call(
        self,
        destination: str,
        path: str,
        member: str,
        signature: str = "",
        body: Sequence[Any] = (),
        timeout: float = CALL,
    ) -> list[Any]:
        """Call and wait; raises as :meth:`finish`."""
        return self.finish(self.start(destination, path, member, signature, body), timeout)

    # what comes unasked

    def watch(self, rule: str) -> None:
        """Ask the bus for the signals of a match rule. Raises as :meth:`finish`."""
        self.call(DAEMON, DAEMON_PATH, "org.freedesktop.DBus.AddMatch", "s", [rule])

    def listen(self, seconds: float) -> None:
        """Take what was said, waiting up to ``seconds`` for the first of it or for :meth:`wake`."""
        self._run(self._listen(seconds))

    async def _listen(self, seconds: float) -> None:
        for _ in range(2):  # what has come already
            await asyncio.sleep(0)
        if seconds > 0 and not self.lost:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stirred.wait(), seconds)
        self._stirred.clear()

    def wake(self) -> None:
        """End :meth:`listen` early. The one method for other threads."""
        with contextlib.suppress(RuntimeError):  # closed in this moment
            self._loop.call_soon_threadsafe(self._stirred.set)

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self._loop.run_until_complete(work)


def owner(bus: Bus, start: bool = False) -> str:
    """Who is ModemManager on this bus now, by its unique name; "" when nobody. ``start`` asks for it first.

    Calls go to that name and not to the well-known one: a daemon that started anew numbers its objects
    from 0 again, and must not take a call that was meant for another object of the one before.
    """
    try:
        if start:
            bus.call(DAEMON, DAEMON_PATH, "org.freedesktop.DBus.StartServiceByName", "su", [SERVICE, 0])
    except BusError:
        pass  # it cannot be started; it may run all the same
    try:
        return str(bus.call(DAEMON, DAEMON_PATH, "org.freedesktop.DBus.GetNameOwner", "s", [SERVICE])[0])
    except BusError as error:
        if error.name == ErrorType.NAME_HAS_NO_OWNER.value:
            return ""
        raise PortError(f"The message bus does not tell who ModemManager is. {error}") from error
