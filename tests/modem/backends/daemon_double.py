"""A double of ModemManager's D-Bus interface on a private bus, for what the real daemon cannot be made to do:
polkit's refusals, a SIM with a PIN, a death between two answers, objects numbered anew.

Interfaces as in ModemManager 1.20 (introspection/*.xml). It needs the program dbus-daemon and nothing more.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

MM = "org.freedesktop.ModemManager1"
ROOT = "/org/freedesktop/ModemManager1"
MODEM, SIM = f"{ROOT}/Modem/0", f"{ROOT}/SIM/0"
IMEI = "356938035643809"
SILENT = object()  # what a method gives that never answers


class Refused(Exception):
    """What a method raises to answer with a D-Bus error: its name and its words."""


def private_bus(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """A bus of our own and its address."""
    process = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:path={folder}/bus"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def sms(state: int, kind: int, number: str, text: str, **more: Variant) -> dict[str, Variant]:
    """The properties of a message that matter here."""
    told = {"State": Variant("u", state), "PduType": Variant("u", kind), "Number": Variant("s", number)}
    told |= {"Text": Variant("s", text), "Storage": Variant("u", 1), "MessageReference": Variant("u", 5)}
    return told | {"Timestamp": Variant("s", "2026-11-22T05:47:06+01"), "Class": Variant("i", -1)} | more


class Double:
    """One life of the daemon. ``answers`` overrides a method by its interface's last word and its name."""

    def __init__(self, address: str, first: int = 0) -> None:
        self.answers: dict[str, Callable[[Message], Any]] = {}
        self.called: list[str] = []
        self.bodies: dict[str, list[Any]] = {}
        self.sent: list[str] = []
        self.objects: dict[str, dict[str, dict[str, Variant]]] = {
            MODEM: {
                f"{MM}.Modem": {
                    "State": Variant("i", 8),
                    "EquipmentIdentifier": Variant("s", IMEI),
                    "Model": Variant("s", "Double"),
                    "Sim": Variant("o", SIM),
                    "UnlockRequired": Variant("u", 1),
                    "UnlockRetries": Variant("a{uu}", {}),
                    "Ports": Variant("a(su)", [["ttyUSB2", 3], ["wwan0", 2]]),
                    "Device": Variant("s", "/sys/devices/usb1/1-1"),
                    "SignalQuality": Variant("(ub)", [50, True]),
                },
                f"{MM}.Modem.Modem3gpp": {"RegistrationState": Variant("u", 1)},
                f"{MM}.Modem.Modem3gpp.Ussd": {"State": Variant("u", 1)},
                f"{MM}.Modem.Messaging": {},
            },
            SIM: {f"{MM}.Sim": {"SimIdentifier": Variant("s", "8900100000000000001")}},
        }
        self._next = first
        self._address = address
        self._ready = threading.Event()
        self._over: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bus: MessageBus | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    # its life

    async def _live(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._bus = await MessageBus(bus_address=self._address).connect()
        self._bus.add_message_handler(self._handle)
        await self._bus.request_name(MM)
        self._ready.set()
        await self._over.wait()
        self._bus.disconnect()
        with contextlib.suppress(Exception):
            await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    def die(self) -> None:
        """Leave the bus without a word."""
        if self._thread.is_alive():
            assert self._loop is not None
            assert self._over is not None
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(10)

    def signal(self, path: str, interface: str, member: str, signature: str, *body: Any) -> None:
        """Emit one."""
        assert self._loop is not None
        assert self._bus is not None
        message = Message(
            message_type=MessageType.SIGNAL,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        self._loop.call_soon_threadsafe(self._bus.send, message)

    # its modem

    def change(self, path: str, interface: str, **properties: Variant) -> None:
        """Change properties and say so."""
        self.objects[path][interface].update(properties)
        changed = "org.freedesktop.DBus.Properties"
        self.signal(path, changed, "PropertiesChanged", "sa{sv}as", interface, properties, [])

    def receive(self, properties: dict[str, Variant]) -> str:
        """A message comes in; its path."""
        path = self._add(properties)
        self.signal(MODEM, f"{MM}.Modem.Messaging", "Added", "ob", path, True)
        return path

    def _add(self, properties: dict[str, Variant]) -> str:
        path = f"{ROOT}/SMS/{self._next}"
        self._next += 1
        self.objects[path] = {f"{MM}.Sms": properties}
        return path

    def messages(self) -> list[str]:
        """The paths on its list."""
        return [path for path in self.objects if "/SMS/" in path]

    # its answers

    def _handle(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL or not str(message.path).startswith(ROOT):
            return None
        name = f"{str(message.interface).rpartition('.')[2]}.{message.member}"
        self.called.append(name)
        self.bodies[name] = list(message.body)
        try:
            if message.path not in self.objects and message.path != ROOT:
                raise Refused("org.freedesktop.DBus.Error.UnknownMethod", "No such object path")
            signature, body = self._answer(name, message)
        except Refused as error:
            return Message.new_error(message, *error.args)
        if body is SILENT:
            return True
        return Message.new_method_return(message, signature, body)

    def _answer(self, name: str, message: Message) -> tuple[str, Any]:
        if name in self.answers:
            given = self.answers[name](message)
            return given if isinstance(given, tuple) else ("", SILENT if given is SILENT else [])
        method = getattr(self, "_" + name.replace(".", "_").lower(), None)
        return ("", []) if method is None else method(message)

    def _objectmanager_getmanagedobjects(self, message: Message) -> tuple[str, Any]:
        return "a{oa{sa{sv}}}", [{path: told for path, told in self.objects.items() if path == MODEM}]

    def _properties_getall(self, message: Message) -> tuple[str, Any]:
        interfaces = self.objects[str(message.path)]
        if message.body[0] not in interfaces:
            raise Refused("org.freedesktop.DBus.Error.InvalidArgs", "No such interface")
        return "a{sv}", [interfaces[message.body[0]]]

    def _messaging_list(self, message: Message) -> tuple[str, Any]:
        return "ao", [self.messages()]

    def _messaging_create(self, message: Message) -> tuple[str, Any]:
        wanted = message.body[0]
        return "o", [self._add(sms(0, 2, wanted["number"].value, wanted["text"].value))]

    def _messaging_delete(self, message: Message) -> tuple[str, Any]:
        if self.objects.pop(message.body[0], None) is None:
            raise Refused(f"{MM}.Error.Core.NotFound", "No SMS found")
        return "", []

    def _sms_send(self, message: Message) -> tuple[str, Any]:
        told = self.objects[str(message.path)][f"{MM}.Sms"]
        self.sent.append(told["Text"].value)
        told["State"] = Variant("u", 5)
        return "", []
