"""``p2ptext emulate``: arguments in, a running emulator out."""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

from modem.emulator import persona
from modem.emulator.agenda import Agenda
from modem.emulator.console import HELP, Console, ReplayConsole
from modem.emulator.device import Device
from modem.emulator.faults import FaultError
from modem.emulator.ledger import Ledger
from modem.emulator.mishaps import MishapError, load_mishaps
from modem.emulator.network import Network
from modem.emulator.people import People, PeopleError, load_people
from modem.emulator.ports import Port, PortProblemError, PtyPort, TcpPort, loopback
from modem.emulator.replay import ReplayDevice
from modem.emulator.server import Line, Served, Server
from modem.emulator.settings import sim_for
from modem.transcript import TranscriptError, read

MOST_MODEMS = 64
MOST_TRANSCRIPT = 64 * 1024 * 1024  # octets


def parser() -> argparse.ArgumentParser:
    """The command line of the emulator."""
    made = argparse.ArgumentParser(
        prog="p2ptext emulate",
        description="A practice modem: AT commands on a pseudo-terminal, with a network behind it.",
        epilog=f"Commands on standard input: {HELP}",
    )
    made.add_argument("--link", type=Path, metavar="PATH", help="link to the terminal; with --count a folder")
    made.add_argument(
        "--tcp", metavar="127.0.0.1:PORT", help="serve on this loopback port too (0: any free one)"
    )
    made.add_argument(
        "--persona",
        default="",
        metavar="NAME",
        help="the device to be; 'list' names them, or a file of yours",
    )
    made.add_argument("--number", default="+15550100", help="the SIM's own number (default %(default)s)")
    made.add_argument("--count", type=_from(1, MOST_MODEMS), default=1, help="how many modems (default 1)")
    made.add_argument(
        "--sim-slots", type=_from(1, 255), metavar="N", help="messages a memory can hold (default 20)"
    )
    made.add_argument(
        "--latency-ms", default="0", metavar="N|N-M", help="from Ctrl-Z to the network's answer (default 0)"
    )
    made.add_argument(
        "--report-ms",
        type=_from(0, 3_600_000),
        default=300,
        metavar="N",
        help="until a delivery report comes",
    )
    made.add_argument("--ledger", type=Path, metavar="FILE.jsonl", help="write what the network saw")
    made.add_argument(
        "--people", default="none", metavar="FILE.toml", help="who answers; 'default' or 'none' (default)"
    )
    made.add_argument(
        "--fault", action="append", default=[], metavar="'NAME ARGUMENTS'", help="go wrong; can be repeated"
    )
    made.add_argument(
        "--faults", metavar="FILE.toml", help="go wrong by chance, as the file says; 'soak' for long runs"
    )
    made.add_argument("--replay", type=Path, metavar="FILE", help="serve this transcript as the modem")
    made.add_argument("--speed", type=float, default=1.0, help="people and transcripts are so much faster")
    made.add_argument("--seed", type=int, default=0, help="the same seed, the same people, delays and faults")
    made.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    return made


def _from(low: int, high: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"from {low} to {high}")
        return value

    return number


def main(argv: Sequence[str]) -> int:
    """Serve until ``quit``, a signal, or the end of input with ``--until-eof``. 2 when it cannot start."""
    made = parser()
    options = made.parse_args(list(argv))
    if options.persona == "list":
        sys.stdout.write("".join(f"{name}\n" for name in persona.names()))
        return 0
    try:
        _check(options)
        return _serve(options)
    except (PortProblemError, PeopleError, persona.PersonaError, MishapError, FaultError) as error:
        sys.stderr.write(f"{error}\n")
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'The emulator'}: {error.strerror}\n")
    return 2


def _check(options: argparse.Namespace) -> None:
    if options.link is None and options.tcp is None:
        raise PortProblemError(
            "Say where the modem is to be reached: --link PATH, --tcp 127.0.0.1:PORT, or both."
        )
    if not re.fullmatch(r"\+?[0-9]{3,15}", options.number):
        raise PortProblemError(
            f"--number {options.number!r} is no phone number: 3 to 15 digits, + before them or not."
        )
    if not re.fullmatch(r"[0-9]{1,7}(-[0-9]{1,7})?", options.latency_ms):
        raise PortProblemError(
            "--latency-ms needs milliseconds, such as 50, or from and to, such as 500-2500."
        )
    if not options.speed > 0:
        raise PortProblemError("--speed needs a number above 0.")
    if options.replay is not None and (options.count > 1 or options.fault or options.faults):
        raise PortProblemError("--replay serves one modem as it was recorded, without --count and faults.")


def _people(options: argparse.Namespace) -> People:
    if options.people == "none":
        return People(seed=options.seed)
    if options.people == "default":
        with resources.as_file(resources.files("resources") / "people.toml") as path:
            return load_people(path, seed=options.seed, speed=options.speed)
    return load_people(Path(options.people), seed=options.seed, speed=options.speed)


def _latency(options: argparse.Namespace) -> Callable[[], float]:
    low, _, high = options.latency_ms.partition("-")
    shortest, longest = int(low) / 1000, int(high or low) / 1000
    if shortest == longest:
        return lambda: shortest
    chance = random.Random(f"{options.seed}/latency")
    return lambda: chance.uniform(shortest, longest)


def _serve(options: argparse.Namespace) -> int:
    agenda = Agenda()
    ledger = Ledger(options.ledger, agenda.wall)
    server = Server(agenda, until_eof=options.until_eof)
    try:
        devices = [] if options.replay is not None else _modems(options, agenda, ledger, server)
        if options.replay is not None:
            _replayed(options, agenda, server)
        server.open()
        _begin_faults(options, devices)
        server.run("ready " + _where(options, server))
    finally:
        server.close()
        ledger.close()
    return 0


def _modems(options: argparse.Namespace, agenda: Agenda, ledger: Ledger, server: Server) -> list[Device]:
    """The modems of one network, served."""
    network = Network(
        agenda, ledger, _people(options), seed=options.seed, report_delay=options.report_ms / 1000
    )
    latency = _latency(options)
    who = persona.load(options.persona) if options.persona else persona.PRACTICE
    devices: list[Device] = []
    for number in range(1, options.count + 1):
        sim = sim_for(number, options.number)
        device = Device(sim, network, agenda, slots=options.sim_slots, latency=latency, persona=who)
        network.attach(device)
        devices.append(device)
        _serve_at(options, number, server, device)
    server.commands = Console(network, devices, server.stop).run
    return devices


def _replayed(options: argparse.Namespace, agenda: Agenda, server: Server) -> None:
    """One modem that answers as a transcript says. Raises :class:`PortProblemError` where it says nothing."""
    try:
        if options.replay.stat().st_size > MOST_TRANSCRIPT:
            raise PortProblemError(f"{options.replay}: a transcript has at most {MOST_TRANSCRIPT} octets.")
        lines = read(options.replay.read_text("utf-8"))
    except (TranscriptError, UnicodeDecodeError) as error:
        raise PortProblemError(f"{options.replay} is no transcript. {error}") from error
    device = ReplayDevice(lines, agenda, speed=options.speed)
    _serve_at(options, 1, server, device)
    server.commands = ReplayConsole(device, server.stop).run


def _begin_faults(options: argparse.Namespace, devices: list[Device]) -> None:
    """Every ``--fault`` for every modem, or for the one that ``@N`` before it names, and ``--faults``."""
    for words in options.fault:
        place, _, rest = words.partition(" ") if words.startswith("@") else ("", "", words)
        if place and not (place[1:].isdigit() and 1 <= int(place[1:]) <= len(devices)):
            raise FaultError(f"--fault {words!r}: there are modems 1 to {len(devices)}.")
        for device in [devices[int(place[1:]) - 1]] if place else devices:
            device.faults.arm(rest.split())
    if options.faults is None:
        return
    if options.faults == "soak":
        with resources.as_file(resources.files("resources") / "faults" / "soak.toml") as path:
            mishaps = load_mishaps(path)
    else:
        mishaps = load_mishaps(Path(options.faults))
    for number, device in enumerate(devices, 1):
        device.faults.befall(mishaps, f"{options.seed}/{number}")


def _serve_at(options: argparse.Namespace, number: int, server: Server, device: Served) -> None:
    line = Line(device, [])
    line.ports.extend(_ports(options, number, server, line))
    server.add(line)


def _ports(options: argparse.Namespace, number: int, server: Server, line: Line) -> list[Port]:
    ports: list[Port] = []

    def receiver(place: int) -> Callable[[bytes], None]:
        return lambda data: line.received(ports[place], data)

    if options.link is not None:
        link = options.link
        if options.count > 1:
            link.mkdir(mode=0o700, parents=True, exist_ok=True)
            link = link / f"modem{number}"
        ports.append(PtyPort(server.selector, receiver(len(ports)), link))
    if options.tcp is not None:
        host, first = loopback(options.tcp)
        ports.append(TcpPort(server.selector, receiver(len(ports)), host, first + number - 1 if first else 0))
    return ports


def _where(options: argparse.Namespace, server: Server) -> str:
    """What a program has to open: the link, or the addresses where there is no link."""
    addresses = " ".join(f"socket://{host}:{port}" for host, port in server.tcp_addresses())
    return " ".join(part for part in (str(options.link or ""), addresses) if part)
