"""The desktop's message bus: notifications where there is no tray, and whether the screen is locked.

A thread of its own speaks D-Bus (the desktop notifications specification, and the screen savers' signal), so
the window never waits for a desktop that does not answer. Qt's own binding cannot be used: it has no way to
write the unsigned integer that ``Notify`` asks for. Where there is no bus, nothing here does anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from ui import background

if TYPE_CHECKING:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

log = logging.getLogger(__name__)

SERVICE, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
_DAEMON, _DAEMON_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
_RULES = (
    f"type='signal',interface='{SERVICE}'",
    "type='signal',member='ActiveChanged',interface='org.freedesktop.ScreenSaver'",
    "type='signal',member='ActiveChanged',interface='org.gnome.ScreenSaver'",
    "type='signal',member='ActiveChanged',interface='org.cinnamon.ScreenSaver'",
    "type='signal',member='ActiveChanged',interface='org.mate.ScreenSaver'",
)
_WAIT = 5.0  # seconds for the bus, or for one answer
#: The urgencies of the specification: normal, critical.
_NORMAL, _CRITICAL = 1, 2


def session_bus() -> str:
    """The address of this session's bus, "" where there is none."""
    return os.environ.get("DBUS_SESSION_BUS_ADDRESS", "") if sys.platform.startswith("linux") else ""


class DesktopBus(QObject):
    """One connection. ``ready`` says that notifications can be shown; signals come on the window's thread.

    ``clicked`` when our notification was pressed, ``locked`` when the screen is locked or no longer.
    """

    ready = Signal()
    clicked = Signal()
    locked = Signal(bool)

    def __init__(self, address: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.can_notify = False
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._bus: MessageBus | None = None
        self._shown = 0  # the desktop's number of our notification; 0: none
        self._order = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._work, name="desktop bus", daemon=True)
        self._thread.start()

    # -- from the window's thread ---------------------------------------------------------------

    def show(self, title: str, body: str, *, urgent: bool) -> None:
        """Show a notification in the place of the one before."""
        self._soon(lambda: self._notify(title, body, urgent=urgent))

    def withdraw(self) -> None:
        """Take the notification away: somebody came to read."""
        self._soon(self._close)

    def close(self) -> None:
        """Hang up. Waits for the thread, which ends at once."""
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_WAIT)

    def _soon(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._begin, work)

    # -- on the thread of the bus ---------------------------------------------------------------

    def _begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = self._loop.create_task(self._safely(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _safely(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - a desktop that does not answer is no failure of ours
            log.info("the desktop took no notification: %s", type(error).__name__)

    def _work(self) -> None:
        try:
            self._loop.run_until_complete(self._live())
        except Exception as error:  # noqa: BLE001 - a desktop without notifications is no failure of ours
            log.info("no desktop notifications: %s", type(error).__name__)
        finally:
            self._end()

    def _end(self) -> None:
        rest = asyncio.all_tasks(self._loop)
        for task in rest:
            task.cancel()
        if rest:
            self._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        self._loop.close()

    async def _live(self) -> None:
        from dbus_fast.aio import MessageBus

        bus = await asyncio.wait_for(MessageBus(bus_address=self._address).connect(), _WAIT)
        self._bus = bus
        try:
            bus.add_message_handler(self._hear)
            for rule in _RULES:
                await self._call(_DAEMON, _DAEMON_PATH, _DAEMON, "AddMatch", "s", [rule])
            if await self._call(SERVICE, PATH, SERVICE, "GetCapabilities") is not None:
                self.can_notify = True
                self._tell(self.ready.emit)
            gone = asyncio.ensure_future(bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
            over = asyncio.ensure_future(self._over.wait())
            await asyncio.wait((gone, over), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.can_notify, self._bus = False, None
            bus.disconnect()

    async def _call(
        self, to: str, path: str, interface: str, member: str, signature: str = "", body: Any = ()
    ) -> list[Any] | None:
        """The answer's values; None where there is no answer but an error."""
        from dbus_fast import Message, MessageType

        if self._bus is None:
            return None
        asked = Message(
            destination=to, path=path, interface=interface, member=member, signature=signature,
            body=list(body),
        )  # fmt: skip
        answer = await asyncio.wait_for(self._bus.call(asked), _WAIT)
        return None if answer is None or answer.message_type is MessageType.ERROR else answer.body

    async def _notify(self, title: str, body: str, *, urgent: bool) -> None:
        from dbus_fast import Variant

        hints = {
            "urgency": Variant("y", _CRITICAL if urgent else _NORMAL),
            "category": Variant("s", "im.received"),
            "desktop-entry": Variant("s", "p2ptext"),
            "suppress-sound": Variant("b", True),  # ours is told by its own settings
        }
        async with self._order:
            values = ["p2ptext", self._shown, "", title, body, ["default", "Open"], hints, -1]
            answer = await self._call(SERVICE, PATH, SERVICE, "Notify", "susssasa{sv}i", values)
            self._shown = int(answer[0]) if answer else 0

    async def _close(self) -> None:
        async with self._order:
            shown, self._shown = self._shown, 0
            if shown:
                await self._call(SERVICE, PATH, SERVICE, "CloseNotification", "u", [shown])

    def _hear(self, message: Message) -> None:
        """A signal. What does not look as the specification says is not listened to."""
        body = message.body
        if message.member == "ActiveChanged" and message.signature == "b":
            self._tell(lambda: self.locked.emit(bool(body[0])))
        elif message.interface != SERVICE or not body or body[0] != self._shown or not self._shown:
            return
        elif message.member == "ActionInvoked" and message.signature == "us":
            self._tell(self.clicked.emit)
        elif message.member == "NotificationClosed":
            self._shown = 0

    def _tell(self, function: Callable[..., None]) -> None:
        import shiboken6

        with contextlib.suppress(RuntimeError):  # the window is gone
            background.call_on_gui(lambda: function() if shiboken6.isValid(self) else None)
