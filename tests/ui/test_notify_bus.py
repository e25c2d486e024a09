"""The desktop's message bus: a private one, with a double of the notification service and of a screen saver."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageType, NameFlag
from dbus_fast.aio import MessageBus
from PySide6.QtWidgets import QApplication

from ui.notify_bus import PATH, SERVICE, DesktopBus

pytestmark = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="there is no dbus-daemon here")


class Service:
    """Answers as the specification says, and keeps what it was asked."""

    def __init__(self, address: str) -> None:
        self.asked: list[tuple[str, list[Any]]] = []
        self._loop = asyncio.new_event_loop()
        self._bus = self._loop.run_until_complete(self._connect(address))
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def _connect(self, address: str) -> MessageBus:
        bus = await MessageBus(bus_address=address).connect()
        bus.add_message_handler(self._answer)
        await bus.request_name(SERVICE, NameFlag.DO_NOT_QUEUE)
        return bus

    def _answer(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL or message.interface != SERVICE:
            return None
        self.asked.append((message.member, message.body))
        if message.member == "Notify":
            assert message.signature == "susssasa{sv}i"
            return Message.new_method_return(message, "u", [41])
        if message.member == "GetCapabilities":
            return Message.new_method_return(message, "as", [["actions", "body"]])
        return Message.new_method_return(message)

    def signal(self, interface: str, member: str, signature: str, body: list[Any]) -> None:
        message = Message.new_signal(PATH, interface, member, signature, body)
        self._loop.call_soon_threadsafe(self._bus.send, message)

    def close(self) -> None:
        async def hang_up() -> None:
            self._bus.disconnect()
            await self._bus.wait_for_disconnect()

        asyncio.run_coroutine_threadsafe(hang_up(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    process = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:path={tmp_path}/bus"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(5)
    process.stdout.close()


def test_a_notification_is_shown_replaced_pressed_and_taken_away(
    qapp: QApplication, address: str, wait: Callable[..., None]
) -> None:
    service = Service(address)
    bus = DesktopBus(address)
    pressed: list[int] = []
    locked: list[bool] = []
    bus.clicked.connect(lambda: pressed.append(1))
    bus.locked.connect(locked.append)
    wait(lambda: bus.can_notify)
    bus.show("Somebody wrote", "It waits in the inbox.", urgent=False)
    bus.show("Somebody may be in danger", "Read it now.", urgent=True)
    wait(lambda: len(service.asked) == 3)
    (_, first), (_, second) = service.asked[1:]
    assert (first[0], first[1], first[3], first[5]) == ("p2ptext", 0, "Somebody wrote", ["default", "Open"])
    assert first[6]["urgency"].value == 1
    assert (second[1], second[3]) == (41, "Somebody may be in danger")  # in the place of the first
    assert second[6]["urgency"].value == 2
    service.signal(SERVICE, "ActionInvoked", "us", [40, "default"])  # of another program
    service.signal(SERVICE, "ActionInvoked", "s", ["41"])  # as nobody should say it
    service.signal(SERVICE, "ActionInvoked", "us", [41, "default"])
    service.signal("org.gnome.ScreenSaver", "ActiveChanged", "b", [True])
    service.signal("org.freedesktop.ScreenSaver", "ActiveChanged", "b", [False])
    wait(lambda: len(locked) == 2)
    assert pressed == [1]
    assert locked == [True, False]
    bus.withdraw()
    wait(lambda: len(service.asked) == 4)
    assert service.asked[3] == ("CloseNotification", [41])
    bus.close()
    assert not bus.can_notify
    service.close()


def test_where_there_is_no_service_or_no_bus_nothing_happens(
    qapp: QApplication, address: str, tmp_path: Path
) -> None:
    for where in (address, f"unix:path={tmp_path}/nothing", "what is this"):
        bus = DesktopBus(where)
        bus.show("Somebody wrote", "It waits.", urgent=False)
        bus.close()
        assert not bus._thread.is_alive()
        assert not bus.can_notify
        bus.show("Somebody wrote", "It waits.", urgent=False)  # after its end
        bus.withdraw()
