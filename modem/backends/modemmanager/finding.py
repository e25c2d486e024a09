"""ModemManager's modems, and keeping it away from one while this program uses the modem's own port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from modem.backends.modemmanager import bus as mm_bus
from modem.backends.modemmanager.bus import MANAGER, OBJECTS, Bus, BusError
from modem.backends.modemmanager.errors import raised
from modem.backends.modemmanager.messages import words
from modem.backends.modemmanager.remote import MODEM
from modem.errors import AnswerTimeoutError, ModemError, PortError

_STATES = (  # MMModemState, from -1
    *("failed", "unknown", "initializing", "locked", "disabled", "disabling", "enabling", "enabled"),
    *("searching", "registered", "disconnecting", "connecting", "connected"),
)
_MOST_PORTS = 32
_PASSWORD = 60.0  # seconds in which an administrator's password can be typed, where polkit asks for it
_LISTS = 5.0  # seconds; the daemon answers this from what it knows


@dataclass(frozen=True, slots=True)
class MmModem:
    """A modem that ModemManager holds. ``ports`` are names such as ttyUSB2 and cdc-wdm0.

    ``state`` is ModemManager's word, such as "registered" or "locked"; ``device`` names the whole device to
    :class:`Inhibition`; ``path`` is its place on the bus, good until it is plugged in again.
    """

    path: str
    imei: str
    manufacturer: str
    model: str
    ports: tuple[str, ...]
    state: str
    device: str = ""


def found_modems(bus: str = "") -> tuple[MmModem, ...]:
    """What ModemManager holds now; nothing where it does not run. It is not started for this.

    ``bus`` is a D-Bus address, "" for the system bus. Never raises.
    """
    connection = Bus(bus)
    try:
        connection.open()
        name = mm_bus.owner(connection)
        return modems(connection, name) if name else ()
    except ModemError:
        return ()
    finally:
        connection.close()


def modems(bus: Bus, owner: str) -> tuple[MmModem, ...]:
    """ModemManager's modems, in the order in which they came. Raises as :meth:`Bus.finish`."""
    (objects,) = bus.call(owner, MANAGER, f"{OBJECTS}.GetManagedObjects", timeout=_LISTS)
    found = [_modem(path, interfaces[MODEM]) for path, interfaces in objects.items() if MODEM in interfaces]
    return tuple(sorted(found, key=lambda modem: (len(modem.path), modem.path)))


def _modem(path: str, told: Mapping[str, Any]) -> MmModem:
    ports = told.get("Ports", [])[:_MOST_PORTS]
    return MmModem(
        path,
        words(told, "EquipmentIdentifier"),
        words(told, "Manufacturer"),
        words(told, "Model"),
        tuple(str(port[0]) for port in ports if port),
        _state(told),
        words(told, "Device"),
    )


def _state(told: Mapping[str, Any]) -> str:
    value = told.get("State")
    return _STATES[value + 1] if isinstance(value, int) and -1 <= value < len(_STATES) - 1 else "unknown"


class Inhibition:
    """ModemManager keeps off one device while this is held, so that its ports can be opened here.

    ModemManager lets the device go when it is released, and also when this program ends in any way: it
    watches the connection. ``device`` is :attr:`MmModem.device`; an inhibited modem is not listed.
    """

    def __init__(self, device: str, bus: str = "") -> None:
        self._device = device
        self._address = bus
        self._bus: Bus | None = None

    @property
    def held(self) -> bool:
        """Whether ModemManager keeps off now, as far as is known."""
        return self._bus is not None and not self._bus.lost

    def hold(self) -> None:
        """Ask ModemManager to keep off (method InhibitDevice).

        Raises ``PortError`` where it does not run, does not know the device or another program has
        inhibited it; ``PortPermissionError`` where polkit forbids it.
        """
        self.release()
        connection = Bus(self._address)
        try:
            connection.open()
            owner = mm_bus.owner(connection)
            if not owner:
                raise PortError("ModemManager does not run: nothing has to be kept off the modem.")
            member = "org.freedesktop.ModemManager1.InhibitDevice"
            connection.call(owner, MANAGER, member, "sb", [self._device, True], _PASSWORD)
        except BusError as error:
            connection.close()
            told = raised(error)
            if told is error:
                told = PortError(f"ModemManager does not let go of the modem ({error}).")
            raise told from error
        except AnswerTimeoutError as error:
            connection.close()
            raise PortError("Nobody allowed in time that ModemManager lets go of the modem.") from error
        except BaseException:
            connection.close()
            raise
        self._bus = connection

    def release(self) -> None:
        """Let ModemManager have the device again. Never raises."""
        connection, self._bus = self._bus, None
        if connection is not None:
            connection.close()

    def __enter__(self) -> Inhibition:
        self.hold()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
