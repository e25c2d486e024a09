"""The commands that the emulator reads while it runs, one a line, for the first modem or ``@N``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from modem.emulator.device import Device
from modem.emulator.faults_kinds import seconds
from modem.emulator.network import Network
from modem.emulator.replay import ReplayDevice
from modem.errors import PduError

HELP = (
    "deliver NUMBER TEXT | deliver-parts NUMBER order=2,1,1 TEXT | deliver-pdu HEX | "
    "fault NAME [ARGUMENTS] [xN|always] [after=K] [for=SECONDS] | fault clear | hangup [SECONDS] | reboot | "
    "status | quit; "
    "@N before it names a modem"
)


class ConsoleError(ValueError):
    """A command that cannot be carried out; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Console:
    """``run`` carries out one line and gives the answer to print. ``quit`` ends the server."""

    network: Network
    devices: Sequence[Device]
    quit: Callable[[], None]

    def run(self, line: str) -> str:
        """One command. Never raises: what is wrong is in the answer, which begins with ok or error."""
        words = line.split()
        if not words:
            return ""
        try:
            return self._run(line.strip())
        except (ConsoleError, PduError, ValueError) as error:
            return f"error {error}"

    def _run(self, line: str) -> str:
        device = self.devices[0]
        if line.startswith("@"):
            place, _, line = line.partition(" ")
            device = self._device(place[1:])
            line = line.strip()
        name, _, rest = line.partition(" ")
        action = _ACTIONS.get(name.lower())
        if action is None:
            raise ConsoleError(f"There is no command {name!r}. Known: {HELP}")
        answer = action(self, device, rest)
        return f"ok {name.lower()} {answer}".rstrip()

    def _device(self, place: str) -> Device:
        if not place.isdigit() or not 1 <= int(place) <= len(self.devices):
            raise ConsoleError(f"There are modems 1 to {len(self.devices)}, not {place!r}.")
        return self.devices[int(place) - 1]


def _deliver(console: Console, device: Device, rest: str) -> str:
    number, _, text = rest.strip().partition(" ")
    if not number:
        raise ConsoleError("Write: deliver NUMBER TEXT")
    console.network.deliver(device, number, _unescaped(text))
    return ""


def _deliver_parts(console: Console, device: Device, rest: str) -> str:
    number, _, tail = rest.strip().partition(" ")
    order, _, text = tail.partition(" ")
    parts = order.removeprefix("order=").split(",")
    if not order.startswith("order=") or not all(part.isdigit() for part in parts):
        raise ConsoleError("Write: deliver-parts NUMBER order=2,1,1 TEXT")
    console.network.deliver(device, number, _unescaped(text), [int(part) for part in parts])
    return ""


def _deliver_pdu(console: Console, device: Device, rest: str) -> str:
    console.network.deliver_pdu(device, rest.strip())
    return ""


def _fault(console: Console, device: Device, rest: str) -> str:
    device.faults.arm(rest.split())
    return rest.split()[0]


def _hangup(console: Console, device: Device, rest: str) -> str:
    seconds = float(rest) if rest.strip() else 1.0
    if not 0 <= seconds <= 3600:
        raise ConsoleError("A port can be gone for 0 to 3600 seconds.")
    device.hang_up(seconds)
    return ""


def _reboot(console: Console, device: Device, rest: str) -> str:
    device.reboot()
    return ""


def _status(console: Console, device: Device, rest: str) -> str:
    memory = device.memories["SM"]
    return f"sim {memory.used}/{memory.total} waiting {console.network.waiting(device)}"


def _quit(console: Console, device: Device, rest: str) -> str:
    console.quit()
    return ""


def _unescaped(text: str) -> str:
    r"""``\n`` and ``\\`` in a text typed on one line."""
    return "\\".join(piece.replace("\\n", "\n") for piece in text.split("\\\\"))


class ReplayConsole:
    """The commands that make sense for a transcript: what arrives is written in it."""

    HELP = "hangup [SECONDS] | quit"

    def __init__(self, device: ReplayDevice, quit: Callable[[], None]) -> None:
        self._device = device
        self._quit = quit

    def run(self, line: str) -> str:
        """One command. Never raises: what is wrong is in the answer, which begins with ok or error."""
        name, _, rest = line.strip().partition(" ")
        if name == "quit":
            self._quit()
        elif name == "hangup":
            try:
                self._device.hang_up(seconds(rest.split(), 1.0))
            except ValueError as error:
                return f"error {error}"
        elif name:
            return f"error A modem that replays a transcript knows only: {self.HELP}"
        return f"ok {name}" if name else ""


_ACTIONS: dict[str, Callable[[Console, Device, str], str]] = {
    "deliver": _deliver,
    "deliver-parts": _deliver_parts,
    "deliver-pdu": _deliver_pdu,
    "fault": _fault,
    "hangup": _hangup,
    "reboot": _reboot,
    "status": _status,
    "quit": _quit,
}
