"""A double of the desktop's notification service on a private message bus. It needs the program dbus-daemon."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dbus_fast import Message, MessageType, NameFlag
from dbus_fast.aio import MessageBus

from ui.notify_bus import PATH, SERVICE


@contextmanager
def private_bus(folder: Path) -> Iterator[str]:
    """A bus of our own; gives its address."""
    process = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:path={folder}/bus"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(5)
    process.stdout.close()


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
