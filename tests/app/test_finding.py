"""A line finds its modem again, whatever the port is called now, and a person is shown what can be a line."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from app import finding
from app.finding import Finder, Found, find_modems
from app.modemmanager import HoldOff
from modem.discovery.discover import Machine
from modem.discovery.probe import Opener
from modem.errors import PortBusyError, PortError
from modem.transport import Transport

IMEI, OTHER = "356938035643809", "356938035643817"
SIM = "8901010000000000017"


class Answering:
    """The transport of a modem that knows its numbers."""

    def __init__(self, imei: str, iccid: str) -> None:
        self.facts = {"AT": "", "AT+CGSN": imei, "AT+CCID": iccid, "AT+CGMI": "Quectel", "AT+CGMM": "EC25"}
        self.facts |= {"AT+CPIN?": "+CPIN: READY", "AT+CNMI?": "+CNMI: 0,0,0,0,0"}
        self.waiting = b""

    def read(self, timeout: float) -> bytes:
        said, self.waiting = self.waiting, b""
        return said

    def write(self, data: bytes) -> None:
        fact = self.facts.get(data.strip(b"\x1b\r").decode().rpartition("\r")[2])
        self.waiting += b"\r\nERROR\r\n" if fact is None else f"\r\n{fact}\r\n\r\nOK\r\n".encode()

    def wake(self) -> None: ...

    def close(self) -> None: ...


class Silent(Answering):
    """A port that takes everything and says nothing."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("", "")
        self.desk = desk

    def read(self, timeout: float) -> bytes:
        self.desk.now += max(0.01, timeout)
        return b""


class Desk:
    """A computer with ports in a folder; modems are plugged in and out."""

    def __init__(self, folder: Path) -> None:
        self.dev, self.proc = folder / "dev", folder / "proc"
        self.dev.mkdir()
        self.proc.mkdir()
        self.now = 1000.0
        self.modems: dict[str, Callable[[], Transport]] = {}
        self.ids: dict[str, tuple[int, int]] = {}
        self.opened: list[str] = []
        opener: Opener = self._open
        self.machine = Machine(
            list_ports=self._list,
            opener=opener,
            may_open=lambda path: True,
            sysfs=folder / "usb",
            proc=self.proc,
            locks=folder / "locks",
            clock=lambda: self.now,
        )

    def plug(
        self, tty: str, imei: str = IMEI, iccid: str = SIM, ids: tuple[int, int] = (0x1199, 0x0025)
    ) -> str:
        path = self.dev / tty
        path.unlink(missing_ok=True)
        path.touch()
        os.utime(path)
        self.modems[str(path)] = lambda: Answering(imei, iccid)
        self.ids[str(path)] = ids
        return str(path)

    def plug_silent(self, tty: str) -> str:
        path = self.plug(tty)
        self.modems[path] = lambda: Silent(self)
        return path

    def unplug(self, *ttys: str) -> None:
        for tty in ttys:
            (self.dev / tty).unlink()
            del self.modems[str(self.dev / tty)]

    def hold(self, path: str, pid: int, name: str) -> None:
        (self.proc / str(pid) / "fd").mkdir(parents=True, exist_ok=True)
        (self.proc / str(pid) / "comm").write_text(name)
        link = self.proc / str(pid) / "fd" / os.path.basename(path)
        link.unlink(missing_ok=True)
        link.symlink_to(path)

    def _open(self, path: str) -> Transport:
        self.opened.append(os.path.basename(path))
        if path not in self.modems:
            raise PortError(f"There is no {path}.")
        return self.modems[path]()

    def _list(self) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(
                device=path,
                vid=self.ids[path][0],
                pid=self.ids[path][1],
                location=f"1-{path}",
                product="",
                serial_number="",
            )
            for path in sorted(self.modems)
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "practice:",
        "socket://127.0.0.1:7000",
        "rfc2217://host:7",
        "gammu:/dev/ttyACM0?connection=at",
        "modemmanager:356938035643809",
        "android:http://phone:8080",
    ],
)
def test_other_addresses_pass_through_untouched(desk: Desk, url: str) -> None:
    assert Finder(desk.machine)(url, IMEI) == url
    assert desk.opened == []


def test_a_line_that_never_met_its_modem_takes_the_port_as_it_is_written(desk: Desk) -> None:
    path = desk.plug("ttyUSB0")
    assert Finder(desk.machine)(path, "") == path
    assert desk.opened == []


def test_the_port_is_asked_once_and_then_remembered(desk: Desk) -> None:
    path = desk.plug("ttyUSB0")
    find = Finder(desk.machine)
    assert [find(path, IMEI) for _ in range(3)] == [path] * 3
    assert desk.opened == ["ttyUSB0"]


def test_after_another_plug_the_modem_is_found_at_its_new_name(desk: Desk) -> None:
    path = desk.plug("ttyUSB0")
    find = Finder(desk.machine)
    assert find(path, IMEI) == path
    desk.unplug("ttyUSB0")
    with pytest.raises(PortError, match=r"IMEI ending 3809\) is not plugged in"):
        find(path, IMEI)
    new = desk.plug("ttyUSB3")
    assert find(path, IMEI) == new


def test_two_modems_that_changed_names_are_both_found(desk: Desk) -> None:
    first, second = desk.plug("ttyUSB0", IMEI), desk.plug("ttyUSB1", OTHER, "8902")
    find = Finder(desk.machine)
    assert (find(first, IMEI), find(second, OTHER)) == (first, second)
    desk.unplug("ttyUSB0", "ttyUSB1")
    desk.plug("ttyUSB0", OTHER, "8902")
    desk.plug("ttyUSB1", IMEI)
    assert (find(first, IMEI), find(second, OTHER)) == (second, first)


def test_another_modem_at_the_port_is_named_and_left_alone(desk: Desk) -> None:
    path = desk.plug("ttyUSB0", OTHER, "8902")
    with pytest.raises(PortError) as caught:
        Finder(desk.machine)(path, IMEI)
    assert "3809" in str(caught.value)
    assert "3817" in str(caught.value)
    assert IMEI not in str(caught.value)


def test_the_lines_sim_in_another_modem_is_still_the_line(desk: Desk) -> None:
    path = desk.plug("ttyUSB0", OTHER, SIM)
    find = Finder(desk.machine, sim_of=lambda imei: SIM if imei == IMEI else "")
    assert find(path, IMEI) == path
    desk.unplug("ttyUSB0")
    new = desk.plug("ttyUSB5", OTHER, SIM)
    assert find(path, IMEI) == new


def test_a_line_by_imei_is_wherever_its_modem_is(desk: Desk) -> None:
    desk.plug("ttyUSB0", OTHER, "8902")
    path = desk.plug("ttyUSB9", IMEI)
    find = Finder(desk.machine)
    assert find(f"imei:{IMEI}", "") == path
    assert find(f"IMEI:{IMEI}", OTHER) == str(desk.dev / "ttyUSB0"), "what the line knows is newer"
    with pytest.raises(PortError, match="not plugged in"):
        find("imei:111111111111111", "")


def test_strangers_are_never_opened_in_the_search(desk: Desk) -> None:
    desk.plug("ttyACM0", ids=(0x2341, 0x0043))
    with pytest.raises(PortError):
        Finder(desk.machine)(f"imei:{IMEI}", "")
    assert desk.opened == []


def test_a_board_that_took_the_name_is_not_restarted_while_the_modem_is_elsewhere(desk: Desk) -> None:
    path = desk.plug("ttyACM0")
    find = Finder(desk.machine)
    assert find(path, IMEI) == path
    desk.unplug("ttyACM0")
    desk.plug("ttyACM0", "", ids=(0x2341, 0x0043))
    new = desk.plug("ttyACM1")
    assert find(path, IMEI) == new
    assert desk.opened == ["ttyACM0", "ttyACM1"]


def test_a_modem_behind_an_unknown_adapter_stays_the_line_that_a_person_made(desk: Desk) -> None:
    path = desk.plug("ttyUSB0", ids=(0x1A86, 0x7523))
    assert Finder(desk.machine)(path, IMEI) == path


def test_a_port_given_to_one_line_is_not_opened_for_another(desk: Desk) -> None:
    first = desk.plug("ttyUSB0", IMEI)
    find = Finder(desk.machine)
    find(first, IMEI)
    desk.hold(first, os.getpid(), "python")
    with pytest.raises(PortError, match="not plugged in"):
        find(f"imei:{OTHER}", "")
    with pytest.raises(PortError, match=r"ending 3817\) is not plugged in; another one \(IMEI ending 3809"):
        find(first, OTHER)
    assert desk.opened == ["ttyUSB0"]


def test_a_port_that_a_program_holds_is_named_with_the_program(desk: Desk) -> None:
    path = desk.plug("ttyUSB0")
    desk.hold(path, 4711, "minicom")
    for imei in ("", IMEI):
        with pytest.raises(PortBusyError, match=r"minicom \(process 4711\) uses"):
            Finder(desk.machine)(path, imei)
    assert desk.opened == []


def test_what_modemmanager_took_says_how_to_have_it_back(desk: Desk) -> None:
    path = desk.plug("ttyUSB0")
    desk.hold(path, 4711, "ModemManager")
    with pytest.raises(PortBusyError, match=f"modemmanager:{IMEI}"):
        Finder(desk.machine)(path, IMEI)


def test_a_silent_port_is_opened_by_the_line_itself_and_asked_again_later(desk: Desk) -> None:
    path = desk.plug_silent("ttyUSB0")
    find = Finder(desk.machine)
    assert [find(path, IMEI) for _ in range(2)] == [path] * 2
    assert desk.opened == ["ttyUSB0"]
    desk.now += finding.SILENT_SECONDS
    assert find(path, IMEI) == path
    assert desk.opened == ["ttyUSB0"] * 2


# -- Find modems ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    name: str
    url: str
    imei: str = ""


def look(desk: Desk, *lines: Line, managed: Callable[[], list[object]] = list) -> list[Found]:
    return list(find_modems(lines=lines, machine=desk.machine, managed=managed))


def test_a_new_modem_can_be_added_by_its_imei(desk: Desk) -> None:
    desk.plug("ttyUSB0")
    heard: list[str] = []
    (found,) = find_modems(heard.append, machine=desk.machine, managed=list)
    assert (found.title, found.address) == ("Quectel EC25", f"imei:{IMEI}")
    assert "IMEI ending 3809" in found.words
    assert heard[0].startswith("Asking ")


def test_a_modem_that_is_a_line_already_says_so(desk: Desk) -> None:
    desk.plug("ttyUSB0")
    (found,) = look(desk, Line("Office", "/dev/elsewhere", IMEI))
    assert (found.line, found.address) == ("Office", "")
    (found,) = look(desk, Line("Office", f"imei:{IMEI}"))
    assert found.line == "Office"


def test_a_modem_that_a_line_holds_is_known_by_its_port(desk: Desk) -> None:
    path = desk.plug("ttyUSB0")
    desk.hold(path, os.getpid(), "python")
    (found,) = look(desk, Line("Office", path))
    assert found.line == "Office"
    (found,) = look(desk)
    assert found.words == "A line of this program uses it."
    assert desk.opened == []


def test_what_cannot_be_a_line_says_why(desk: Desk) -> None:
    desk.hold(desk.plug("ttyUSB0"), 12, "minicom")
    stranger = desk.plug("ttyUSB1", ids=(0x1A86, 0x7523))
    held, unknown = look(desk)
    assert (held.address, held.state) == ("", "held")
    assert "minicom" in held.words
    assert (unknown.address, unknown.state) == (stranger, "stranger")


def test_modemmanagers_modems_are_listed_too(desk: Desk) -> None:
    theirs = [SimpleNamespace(imei=IMEI, manufacturer="QUECTEL", model="EC25", ports=())]
    (found,) = look(desk, managed=lambda: theirs)
    assert (found.address, found.title) == (f"modemmanager:{IMEI}", "QUECTEL EC25")
    (found,) = look(desk, Line("Office", f"modemmanager:{IMEI}", IMEI), managed=lambda: theirs)
    assert (found.line, found.address) == ("Office", "")


def test_without_modemmanager_nothing_is_missing(desk: Desk) -> None:
    def absent() -> list[object]:
        raise ImportError("no dbus_fast")

    assert look(desk, managed=absent) == []


def test_a_search_that_is_given_up_asks_nobody_more(desk: Desk) -> None:
    desk.plug("ttyUSB0")
    assert (
        find_modems(cancelled=lambda: True, machine=desk.machine, managed=lambda: pytest.fail("asked")) == ()
    )


# -- holding ModemManager off ---------------------------------------------------------------------


class Inhibited:
    """What ModemManager was asked."""

    def __init__(self, device: str, told: list[str]) -> None:
        self.device, self.told, self.held = device, told, False

    def hold(self) -> None:
        self.told.append(f"off {self.device}")
        self.held = True

    def release(self) -> None:
        self.told.append(f"take {self.device}")
        self.held = False


def test_modemmanager_is_held_off_the_lines_modem_alone() -> None:
    told: list[str] = []
    theirs = [
        SimpleNamespace(imei=OTHER, ports=("ttyUSB7",), device="/sys/other"),
        SimpleNamespace(imei=IMEI, ports=("ttyUSB1", "ttyUSB2"), device="/sys/ours"),
    ]
    hold_off = HoldOff(lambda: theirs, lambda device: Inhibited(device, told))
    assert hold_off("/dev/ttyUSB2", "")
    assert not hold_off("/dev/ttyUSB9", "111111111111111")
    assert hold_off("", IMEI)
    assert told == ["off /sys/ours"] * 2
    hold_off.release()
    assert told[2:] == ["take /sys/ours"]


def test_a_modemmanager_that_refuses_leaves_the_line_to_say_so(desk: Desk) -> None:
    def refuse(device: str) -> Inhibited:
        raise PortError("polkit forbids it")

    theirs = [SimpleNamespace(imei=IMEI, ports=("ttyUSB0",), device="/sys/ours")]
    path = desk.plug("ttyUSB0")
    assert Finder(desk.machine, hold_off=HoldOff(lambda: theirs, refuse))(path, IMEI) == path
