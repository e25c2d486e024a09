"""Finding modems: which ports belong together, which is asked first, and what is never opened."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from modem.discovery import devices
from modem.discovery.devices import Kind, Role
from modem.discovery.discover import FoundDevice, Machine, State, discover
from modem.discovery.holders import Holder, holder_of, ignore_rule, running
from modem.discovery.probe import Probed, is_strange, probe
from modem.discovery.usb import scan
from modem.emulator import persona
from modem.emulator.agenda import Agenda
from modem.emulator.device import Device
from modem.emulator.ledger import Ledger
from modem.emulator.network import Network
from modem.emulator.settings import sim_for
from modem.errors import PortBusyError, PortError, PortPermissionError

IMEI = "356938035643809"
ROOT = Path(__file__).resolve().parents[2]
QUECTEL = ("ff/00/00 ttyUSB0", "ff/00/00 ttyUSB1", "ff/00/00 ttyUSB2", "ff/00/00 ttyUSB3", "ff/ff/ff")


class Computer:
    """A computer made of folders: what is plugged in, who runs, and what each port answers."""

    def __init__(self, folder: Path) -> None:
        self.sysfs, self.proc, self.locks, self.dev = (
            folder / name for name in ("usb", "proc", "locks", "dev")
        )
        for made in (self.sysfs, self.proc, self.locks, self.dev):
            made.mkdir()
        self.infos: list[SimpleNamespace] = []
        self.answers: dict[str, Probed] = {}
        self.asked: list[str] = []
        self.forbidden: set[str] = set()
        self.machine = Machine(
            list_ports=lambda: self.infos,
            opener=lambda port: pytest.fail(f"{port} was opened"),
            may_open=lambda path: os.path.basename(path) not in self.forbidden,
            sysfs=self.sysfs,
            proc=self.proc,
            locks=self.locks,
        )

    def plug(self, location: str, ids: str, product: str, *interfaces: str, serial: str = "") -> None:
        """``interfaces``: "class/subclass/protocol" and the tty's name, in the order of their numbers."""
        vid, pid = ids.split(":")
        facts = {
            "idVendor": vid,
            "idProduct": pid,
            "product": product,
            "serial": serial,
            "bDeviceClass": "00",
        }
        device = self.sysfs / location
        device.mkdir()
        for name, value in facts.items():
            (device / name).write_text(value + "\n")
        for number, words in enumerate(interfaces):
            triple, _, tty = words.partition(" ")
            folder = self.sysfs / f"{location}:1.{number}"
            folder.mkdir()
            (folder / "bInterfaceNumber").write_text(f"{number:02x}\n")
            for name, value in zip(("Class", "SubClass", "Protocol"), triple.split("/"), strict=True):
                (folder / f"bInterface{name}").write_text(value + "\n")
            if tty:
                (folder / tty).mkdir()
                self.port(tty, int(vid, 16), int(pid, 16), f"{location}:1.{number}", product, serial)

    def port(
        self, tty: str, vid: int | None, pid: int | None, location: str, product: str, serial: str
    ) -> None:
        (self.dev / tty).touch()
        self.infos.append(
            SimpleNamespace(
                device=str(self.dev / tty),
                vid=vid,
                pid=pid,
                location=location,
                product=product,
                serial_number=serial,
            )
        )

    def program(self, pid: int, name: str, *open_ports: str) -> None:
        folder = self.proc / str(pid)
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text(name + "\n")
        for number, tty in enumerate(open_ports):
            (folder / "fd" / str(number)).symlink_to(self.dev / tty)

    def look(self, **options: object) -> tuple[FoundDevice, ...]:
        def ask(path: str) -> Probed:
            self.asked.append(os.path.basename(path))
            return self.answers.get(os.path.basename(path), Probed("silent"))

        return discover(self.machine, ask=ask, **options)  # type: ignore[arg-type]


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


def at(imei: str = IMEI, *, announces: bool = True) -> Probed:
    return Probed("at", imei, "8901010000000000017", "Quectel", "EC25", "READY", announces)


def names(device: FoundDevice) -> list[str]:
    return [os.path.basename(port) for port in device.ports]


# -- the table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "interface", "role"),
    [  # ModemManager, src/plugins/{quectel,simtech,zte,telit,cinterion}/77-mm-*-port-types.rules
        ((0x2C7C, 0x0125), 2, Role.FIRST),
        ((0x2C7C, 0x0125), 3, Role.SECOND),
        ((0x2C7C, 0x0125), 0, Role.OTHER),
        ((0x1E0E, 0x9001), 2, Role.FIRST),
        ((0x1E0E, 0x9011), 4, Role.FIRST),
        ((0x1E0E, 0x9011), 2, Role.OTHER),
        ((0x1E0E, 0x9206), 5, Role.DATA),
        ((0x19D2, 0x0031), 3, Role.FIRST),
        ((0x1BC7, 0x1201), 4, Role.FIRST),
        ((0x1E2D, 0x0061), 0, Role.DATA),
        ((0x2C7C, 0x9999), 2, Role.UNKNOWN),
        ((0x2C7C, 0x0125), None, Role.UNKNOWN),
    ],
)
def test_the_table_knows_what_a_port_is_for(ids: tuple[int, int], interface: int | None, role: Role) -> None:
    assert devices.role(*ids, interface) is role


@pytest.mark.parametrize(
    ("triple", "role"),
    [
        ((0xFF, 0x02, 0x02), Role.FIRST),
        ((0xFF, 0x03, 0x12), Role.FIRST),
        ((0xFF, 0x02, 0x01), Role.DATA),
        ((0xFF, 0x01, 0x05), Role.OTHER),
        ((0xFF, 0xFF, 0xFF), Role.UNKNOWN),
    ],
)
def test_huaweis_ports_are_told_by_their_class(triple: tuple[int, int, int], role: Role) -> None:
    assert devices.role(0x12D1, 0x1506, 0, triple) is role


def test_the_table_is_wide_and_without_contradiction() -> None:
    assert len(devices.PORTS) > 200
    assert len(devices.CDROM) > 150
    for ids, roles in devices.PORTS.items():
        assert list(roles.values()).count(Role.FIRST) <= 1, ids
        assert devices.maker(*ids), ids


@pytest.mark.parametrize(
    "ids",
    [
        (0x2341, 0x0043),  # Arduino Uno
        (0x2A03, 0x0043),
        (0x1A86, 0x7523),  # CH340: any gadget
        (0x0403, 0x6001),  # FTDI
        (0x10C4, 0xEA60),  # CP210x
        (0x1D50, 0x6029),  # Marlin 3-D printers
        (0x0E8D, 0x2000),  # MediaTek's boot loader
        (0x05C6, 0x9008),
        (0x1546, 0x01A8),  # u-blox satellite receiver
        (None, None),
    ],
)
def test_what_is_not_surely_a_modem_is_never_asked(ids: tuple[int | None, int | None]) -> None:
    assert not devices.may_ask(*ids)


# -- what is plugged in ---------------------------------------------------------------------------


def test_the_ports_of_one_device_are_one_modem_asked_in_the_order_of_the_table(computer: Computer) -> None:
    computer.plug("1-1.4", "2c7c:0125", "EC25", *QUECTEL)
    computer.answers["ttyUSB2"] = at()
    (device,) = computer.look()
    assert names(device) == ["ttyUSB2", "ttyUSB3"], "the diagnosis and satellite ports are left alone"
    assert computer.asked == ["ttyUSB2"], "the first that can do all is enough"
    assert os.path.basename(device.best_port) == "ttyUSB2"
    assert (device.state, device.imei, device.iccid) == (State.READY, IMEI, "8901010000000000017")
    assert device.name == "Quectel EC25"


def test_two_modems_of_one_kind_stay_two(computer: Computer) -> None:
    computer.plug("1-1", "2c7c:0125", "EC25", *QUECTEL)
    computer.plug("1-2", "2c7c:0125", "EC25", *(words.replace("USB", "USB1") for words in QUECTEL))
    computer.answers |= {"ttyUSB2": at(), "ttyUSB12": at("356938035643817")}
    assert [device.imei for device in computer.look()] == [IMEI, "356938035643817"]


def test_one_imei_on_two_devices_is_one_modem(computer: Computer) -> None:
    computer.plug("1-1", "1199:0025", "598", "ff/ff/ff ttyUSB0")
    computer.plug("1-2", "1199:0025", "598", "ff/ff/ff ttyUSB1")
    computer.answers |= {"ttyUSB0": at(), "ttyUSB1": at()}
    (device,) = computer.look()
    assert names(device) == ["ttyUSB0", "ttyUSB1"]


def test_the_port_that_announces_texts_is_better_than_the_one_that_answers_first(computer: Computer) -> None:
    computer.plug("1-1", "2c7c:0125", "EC25", *QUECTEL)
    computer.answers |= {"ttyUSB2": at(announces=False), "ttyUSB3": at("")}
    (device,) = computer.look()
    assert os.path.basename(device.best_port) == "ttyUSB3"
    assert device.imei == IMEI, "what one port does not tell the other does"


def test_an_old_huawei_is_asked_from_its_last_port(computer: Computer) -> None:
    computer.plug("1-1", "12d1:1001", "E1752", *(f"ff/ff/ff ttyUSB{number}" for number in range(3)))
    computer.answers |= {"ttyUSB0": at(), "ttyUSB2": at()}
    (device,) = computer.look()
    assert os.path.basename(device.best_port) == "ttyUSB2"
    assert computer.asked == ["ttyUSB2"]


def test_windows_tells_interfaces_its_own_way(computer: Computer) -> None:
    for number in range(5):
        computer.port(f"COM{number + 3}", 0x2C7C, 0x0125, f"1-4:x.{number}", "Quectel USB AT Port", "")
    computer.answers["COM5"] = at()
    (device,) = computer.look()
    assert names(device)[:2] == ["COM5", "COM6"]
    assert "COM3" not in names(device)


def test_a_stranger_is_shown_and_not_opened_until_a_person_names_it(computer: Computer) -> None:
    computer.plug("1-1", "1a86:7523", "USB Serial", "ff/01/02 ttyUSB0")
    computer.answers["ttyUSB0"] = at()
    (device,) = computer.look()
    assert device.state is State.STRANGER
    assert computer.asked == []
    (device,) = computer.look(named=[str(computer.dev / "ttyUSB0")])
    assert (device.state, device.imei) == (State.READY, IMEI)


def test_built_in_ports_are_no_news_unless_named(computer: Computer) -> None:
    computer.port("ttyS0", None, None, "", "", "")
    assert computer.look() == ()
    computer.answers["ttyS0"] = at()
    (device,) = computer.look(named=[str(computer.dev / "ttyS0")])
    assert device.imei == IMEI


def test_a_named_port_that_is_in_no_list_is_asked_too(computer: Computer) -> None:
    computer.answers["gsm"] = at()
    (device,) = computer.look(named=[str(computer.dev / "gsm")])
    assert (device.best_port, device.imei) == (str(computer.dev / "gsm"), IMEI)


def test_looking_without_asking_opens_nothing(computer: Computer) -> None:
    computer.plug("1-1", "2c7c:0125", "EC25", *QUECTEL)
    (device,) = computer.look(asking=False)
    assert computer.asked == []
    assert device.best_port.endswith("ttyUSB2")
    assert device.state is State.READY


def test_ports_without_interfaces_are_asked_in_the_order_of_their_names(computer: Computer) -> None:
    for number in (10, 9, 2):
        computer.port(f"cu.usbmodem{number}", 0x1BC7, 0x0036, "20-2", "HE910", "")
    (device,) = computer.look()
    assert names(device) == ["cu.usbmodem2", "cu.usbmodem9", "cu.usbmodem10"]


def test_a_search_can_be_given_up(computer: Computer) -> None:
    computer.plug("1-1", "2c7c:0125", "EC25", *QUECTEL)
    assert computer.look(cancelled=lambda: True) == ()


@pytest.mark.parametrize(
    ("ids", "interfaces", "state"),
    [
        ("12d1:1f01", ("08/06/50",), State.CDROM),
        ("19d2:2000", ("08/06/50",), State.CDROM),
        ("1c9e:f000", ("08/06/50",), State.CDROM),
        ("2c7c:7777", ("08/06/50",), State.CDROM),
        ("05c6:9008", ("ff/ff/ff",), State.RECOVERY),
        ("05c6:9008", ("ff/ff/ff ttyUSB0",), State.RECOVERY),
        ("12d1:14dc", ("02/06/00", "0a/00/00", "08/06/50"), State.NETWORK),
        ("12d1:14db", ("02/06/00", "0a/00/00"), State.NETWORK),
        ("19d2:1405", ("02/06/00", "0a/00/00"), State.NETWORK),
        ("1199:9079", ("02/0e/00", "0a/00/02"), State.BROADBAND),
        ("2c7c:0801", ("ff/ff/ff",), State.BROADBAND),
    ],
)
def test_a_device_without_a_port_for_texts_says_why(
    computer: Computer, ids: str, interfaces: tuple[str, ...], state: State
) -> None:
    computer.plug("1-1", ids, "Stick", *interfaces)
    (device,) = computer.look()
    assert device.state is state
    assert device.best_port == ""
    assert device.problem
    assert device.action
    assert computer.asked == []


def test_a_keyboard_is_no_news(computer: Computer) -> None:
    computer.plug("1-1", "046d:c31c", "Keyboard", "03/01/01")
    computer.plug("1-2", "046d:0825", "Webcam", "0e/01/00")
    assert computer.look() == ()


def test_silent_ports_are_one_silent_modem(computer: Computer) -> None:
    computer.plug("1-1", "2c7c:0125", "EC25", *QUECTEL)
    (device,) = computer.look()
    assert device.state is State.SILENT
    assert computer.asked == ["ttyUSB2", "ttyUSB3"]


def test_what_a_device_says_of_itself_is_bounded_and_printable(computer: Computer) -> None:
    computer.plug("1-1", "2c7c:0125", "EC\x1b[2J25" + "x" * 5000, *QUECTEL)
    (device,) = computer.look(asking=False)
    assert device.name.isprintable()
    assert len(device.name) < 150


def test_kinds_without_any_interface() -> None:
    assert devices.kind(0x2C7C, 0x0125, frozenset(), has_ports=False) is Kind.STRANGER


# -- who holds a port -----------------------------------------------------------------------------


def test_a_port_that_a_program_holds_is_not_opened_and_the_program_is_named(computer: Computer) -> None:
    computer.plug("1-1", "2c7c:0125", "EC25", *QUECTEL)
    computer.program(812, "ModemManager", "ttyUSB3")
    computer.program(813, "bash")
    (device,) = computer.look()
    assert computer.asked == [], "one port held is the whole modem held"
    assert device.holder == Holder("ModemManager", 812)
    assert device.problem.startswith("ModemManager (process 812) uses the port")
    assert computer.machine.modem_manager
    assert not computer.machine.brltty


def test_a_lock_file_counts_while_its_owner_lives(computer: Computer) -> None:
    computer.plug("1-1", "2c7c:0125", "EC25", *QUECTEL)
    computer.program(77, "minicom")
    lock = computer.locks / "LCK..ttyUSB2"
    port = str(computer.dev / "ttyUSB2")
    for written in (b"        77\n", b"77 minicom user\n", struct.pack("=i", 77)):
        lock.write_bytes(written)
        assert holder_of(port, computer.proc, computer.locks) == Holder("minicom", 77)
    for written in (b"        78\n", b"", b"rubbish\n", struct.pack("=i", -5)):
        lock.write_bytes(written)
        assert holder_of(port, computer.proc, computer.locks) is None


def test_our_own_open_files_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    path.touch()
    assert holder_of(str(path)) is None
    with path.open():
        found = holder_of(str(path))
    if Path("/proc/self/fd").exists():
        assert found is not None
        assert found.ours
    assert not running("a program that nobody ever wrote")


def test_a_port_that_this_user_may_not_open_says_which_group_may(computer: Computer) -> None:
    computer.plug("1-1", "2c7c:0125", "EC25", *QUECTEL)
    computer.forbidden = {"ttyUSB2"}
    (device,) = computer.look()
    assert device.state is State.FORBIDDEN
    assert "usermod -aG" in device.action
    assert "root" not in device.action


def test_the_udev_rule_names_the_kind_of_modem() -> None:
    assert ignore_rule(0x12D1, 0x1F) == (
        'ACTION!="remove", SUBSYSTEMS=="usb", ATTRS{idVendor}=="12d1", ATTRS{idProduct}=="001f", '
        'ENV{ID_MM_DEVICE_IGNORE}="1"'
    )


def test_no_tree_is_no_device(tmp_path: Path) -> None:
    assert scan(tmp_path / "absent") == ()
    (tmp_path / "1-1").mkdir()
    (tmp_path / "1-1" / "idVendor").write_text("zz\n")
    assert scan(tmp_path) == ()


# -- asking one port ------------------------------------------------------------------------------


class Wire:
    """A transport with a clock: ``answer`` gives what the other end says to what is written."""

    now = 0.0

    def __init__(self, answer: Callable[[bytes], bytes], before: bytes = b"") -> None:
        self.answer, self.waiting, self.now = answer, before, 0.0
        self.written: list[bytes] = []
        self.closed = False

    def read(self, timeout: float) -> bytes:
        piece, self.waiting = self.waiting[:7], self.waiting[7:]
        if not piece:
            self.now += max(timeout, 0.001)
        return piece

    def write(self, data: bytes) -> None:
        self.written.append(data)
        self.waiting += self.answer(data)

    def wake(self) -> None: ...

    def close(self) -> None:
        self.closed = True


def asked(wire: Wire) -> Probed:
    found = probe("x", lambda port: wire, lambda: wire.now)
    assert wire.closed
    return found


@pytest.mark.parametrize(
    "said",
    [
        bytes(40),
        b"\x7e\x00\x12\x34\x7e",
        b"$GPGGA,092750.000,5321.6802,N,00630.3372,W,1,8,1.03,61.7,M,55.2,M,,*76\r\n",
        b"\r\n$GNRMC,,V,,,,,,,,,,N*4D\r\n",
        b"faultd: os_logids.h missing\r\n",
        b"option/faema_v1",
        b"NETWORK SERVICE CHANGE\r\n",
        b"Marlin 2.1 ready\r\n",
    ],
)
def test_a_port_that_speaks_something_else_is_left_at_once(said: bytes) -> None:
    wire = Wire(lambda data: said if b"AT" in data else b"")
    assert asked(wire).outcome == "strange"
    assert all(data.strip(b"\x1b\r") == b"AT" for data in wire.written), "nothing but AT was written"


def test_a_silent_port_takes_three_seconds() -> None:
    wire = Wire(lambda data: b"")
    assert asked(wire).outcome == "silent"
    assert wire.now == pytest.approx(3.0, abs=0.1)


def test_text_that_only_looks_like_nmea_is_fine() -> None:
    assert not is_strange(b"AT\r\r\nOK\r\n")
    assert not is_strange(b"^BOOT:$GOOD\r\n")
    assert not is_strange(b"\x00\x00\r\nRDY\r\n")


def test_a_modem_behind_an_open_prompt_and_boot_text_is_found() -> None:
    state = {"prompt": True}

    def answer(data: bytes) -> bytes:
        if data.startswith(b"\x1b"):
            state["prompt"] = False
        if state["prompt"]:
            return b""
        command = data.strip(b"\x1b\r").decode()
        said = {
            "AT": "OK",
            "ATI": "Manufacturer: huawei\r\nIMEI: 356938035643809\r\n+GCAP: +CGSM\r\n\r\nOK",
            "AT+CPIN?": "+CPIN: SIM PIN\r\n\r\nOK",
            "AT+CGSN": "ERROR",
            "AT^ICCID?": "^ICCID: 98101000000000000071\r\n\r\nOK",
            "AT+CNMI?": "+CNMI: 2,1,0,0,0\r\n\r\nOK",
        }.get(command, "+CME ERROR: 11" if "ICCID" not in command and "CCID" not in command else "ERROR")
        return f"{command}\r\r\n^RSSI:17\r\n\r\n{said}\r\n".encode()

    found = asked(Wire(answer, b"^BOOT:1,0,0,0,7\r\n"))
    assert found.answers
    assert found.imei == IMEI
    assert found.iccid == "89010100000000000017"
    assert found.sim == "SIM PIN"
    assert found.announces


@pytest.mark.parametrize(
    ("said", "sim"),
    [
        ("+CME ERROR: 10", "ABSENT"),
        ("+CME ERROR: SIM not inserted", "ABSENT"),
        ("+CMS ERROR: 310", "ABSENT"),
        ("+CME ERROR: 14", ""),
        ("ERROR", ""),
        ("+CPIN: READY", "READY"),  # Wavecom: no OK behind it
        ("+CPIN: SIM PUK\r\n\r\nOK", "SIM PUK"),
    ],
)
def test_a_sim_is_there_absent_or_not_told(said: str, sim: str) -> None:
    def answer(data: bytes) -> bytes:
        return f"\r\n{said}\r\n".encode() if b"CPIN" in data else b"\r\nOK\r\n"

    assert asked(Wire(answer)).sim == sim


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (PortBusyError("busy"), "held"),
        (PortPermissionError("no"), "forbidden"),
        (PortError("gone"), "absent"),
    ],
)
def test_a_port_that_cannot_be_opened_is_an_outcome(error: PortError, outcome: str) -> None:
    def opener(port: str) -> Wire:
        raise error

    assert probe("x", opener).outcome == outcome


def test_a_port_that_goes_away_while_asked_is_an_outcome() -> None:
    def answer(data: bytes) -> bytes:
        raise PortError("gone")

    assert asked(Wire(answer)).outcome == "absent"


def test_a_port_that_never_stops_talking_is_left() -> None:
    class Flood(Wire):
        def read(self, timeout: float) -> bytes:
            self.now += 0.001
            return b"x" * 100

    assert not asked(Flood(lambda data: b"")).answers


class Behind(Wire):
    """A transport to an emulated device whose network's clock goes with the reader's."""

    def __init__(self, folder: Path, who: str) -> None:
        self.agenda = Agenda(lambda: self.now, lambda: datetime(2026, 11, 22, tzinfo=UTC))
        network = Network(self.agenda, Ledger(folder / "ledger.jsonl", self.agenda.wall), None)
        self.device = Device(sim_for(1, "+15550100"), network, self.agenda, persona=persona.load(who))
        network.attach(self.device)
        super().__init__(self._answer)

    def _answer(self, data: bytes) -> bytes:
        said = self.device.feed(data)
        self.agenda.turn()
        return said + self.device.take_output()

    def read(self, timeout: float) -> bytes:
        piece = super().read(timeout)
        self.agenda.turn()
        self.waiting += self.device.take_output()
        return piece


@pytest.mark.parametrize("who", persona.names())
def test_every_persona_tells_who_it_is(tmp_path: Path, who: str) -> None:
    """Boot text, noise and odd answers included; the makers' names are from public transcripts."""
    found = asked(Behind(tmp_path, who))
    assert found.answers
    assert found.imei == IMEI
    assert found.iccid == "8901010000000000017"
    assert found.manufacturer
    assert found.model
    assert not found.model.startswith(("^", "+", "*"))


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Path]:
    link = tmp_path / "ttyUSB7"
    process = subprocess.Popen(
        [sys.executable, "-m", "app.main", "emulate", "--link", str(link), "--until-eof"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline().startswith("ready")
    yield link
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


def test_the_emulator_is_found_and_left_as_it_was(emulator: Path) -> None:
    (device,) = discover(Machine(list_ports=lambda: ()), named=[str(emulator)])
    assert device.state is State.READY
    assert (device.imei, device.best_port) == (IMEI, str(emulator))
    assert device.iccid.startswith("89")
    assert device.sim == "READY"
    (again,) = discover(Machine(list_ports=lambda: ()), named=[str(emulator)])
    assert again == device
