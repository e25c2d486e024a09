"""What is plugged in, as Linux shows it below ``/sys/bus/usb/devices``. Reads only; opens no device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SYSFS = Path("/sys/bus/usb/devices")
_MOST_TEXT = 100


@dataclass(frozen=True, slots=True)
class UsbInterface:
    """One interface: its number and its class, subclass and protocol (USB 2.0, 9.6.5)."""

    number: int
    triple: tuple[int, int, int]
    ports: tuple[str, ...] = ()  # names such as "ttyUSB2"


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """One device. ``location`` is the bus and the way through the hubs, such as "1-1.4"."""

    location: str
    vid: int
    pid: int
    serial: str = ""
    maker: str = ""
    product: str = ""
    interfaces: tuple[UsbInterface, ...] = ()

    @property
    def classes(self) -> frozenset[tuple[int, int]]:
        """The (class, subclass) pairs of the interfaces."""
        return frozenset(interface.triple[:2] for interface in self.interfaces)

    @property
    def has_ports(self) -> bool:
        """Whether the system made a serial port of any interface."""
        return any(interface.ports for interface in self.interfaces)

    def triple_of(self, number: int | None) -> tuple[int, int, int] | None:
        """Class, subclass and protocol of an interface; None when it is not here."""
        return next((item.triple for item in self.interfaces if item.number == number), None)


def scan(root: Path = SYSFS) -> tuple[UsbDevice, ...]:
    """Every USB device but hubs, by location; () where there is no such tree (no Linux, no USB)."""
    try:
        names = sorted(entry.name for entry in root.iterdir() if ":" not in entry.name)
    except OSError:
        return ()
    found = (_device(root, name) for name in names)
    return tuple(device for device in found if device is not None)


def _device(root: Path, name: str) -> UsbDevice | None:
    folder = root / name
    vid, pid = _hex(folder / "idVendor"), _hex(folder / "idProduct")
    if vid is None or pid is None or _hex(folder / "bDeviceClass") == 0x09:
        return None
    try:
        entries = sorted(path for path in root.iterdir() if path.name.startswith(f"{name}:"))
    except OSError:
        entries = []
    interfaces = tuple(found for path in entries if (found := _interface(path)) is not None)
    return UsbDevice(
        name,
        vid,
        pid,
        _text(folder / "serial"),
        _text(folder / "manufacturer"),
        _text(folder / "product"),
        interfaces,
    )


def _interface(folder: Path) -> UsbInterface | None:
    number = _hex(folder / "bInterfaceNumber")
    major, minor, protocol = (
        _hex(folder / f"bInterface{name}") for name in ("Class", "SubClass", "Protocol")
    )
    if number is None or major is None or minor is None or protocol is None:
        return None
    ports = {path.name for path in _children(folder) if path.name.startswith("ttyUSB")}
    ports |= {path.name for path in _children(folder / "tty")}  # cdc_acm hangs it one lower
    return UsbInterface(number, (major, minor, protocol), tuple(sorted(ports)))


def _children(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _text(path: Path) -> str:
    """A short file's text; "" when it is not there. What a device says of itself is bounded and printable."""
    try:
        words = path.read_bytes()[:400].decode("utf-8", "replace")
    except OSError:
        return ""
    return "".join(letter for letter in words.strip() if letter.isprintable())[:_MOST_TEXT]


def _hex(path: Path) -> int | None:
    try:
        return int(_text(path), 16)
    except ValueError:
        return None
