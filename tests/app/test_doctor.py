"""The doctor: each thing that can be wrong between a computer and a text has its words and its one action."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keyring.errors
import pytest

from app import diagnosis, diagnosis_lines, diagnosis_modems
from app.diagnosis_words import SENTENCES, Finding, Grade, finding
from app.secrets import Secrets
from modem.api import Capabilities, Hooks, Identity, LineState, Status
from modem.at.timing import Timeouts
from modem.discovery.discover import Machine
from modem.discovery.probe import Probed
from modem.errors import (
    AnswerTimeoutError,
    CommandError,
    NotReadyError,
    PortBusyError,
    PortError,
    PortPermissionError,
    UnsupportedError,
)
from modem.factory import open_modem

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HEALTHY = Status(LineState.READY, operator="Practice", storage_used=2, storage_total=20)
QUICK = Timeouts(
    command=5, identity=5, wake=0.2, settle=0.01, sim_busy=0.3, sim_absent=0.1, pause=0.05, network=5
)


class Nothing:
    """A keyring that is there and empty."""

    def get_password(self, service: str, username: str) -> str | None:
        return None

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class Computer:
    """A computer with one USB device, in folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("usb", "proc", "locks", "dev"):
            (folder / name).mkdir()
        self.infos: list[SimpleNamespace] = []
        self.may_open = True
        self.answer: Any = None
        self.machine = Machine(
            list_ports=lambda: self.infos,
            opener=lambda port: self.answer(port),
            may_open=lambda path: self.may_open,
            sysfs=folder / "usb",
            proc=folder / "proc",
            locks=folder / "locks",
        )

    def plug(self, ids: str, *classes: str, port: str = "") -> str:
        vid, pid = ids.split(":")
        device = self.folder / "usb" / "1-1"
        device.mkdir()
        for name, value in {"idVendor": vid, "idProduct": pid, "product": "Stick"}.items():
            (device / name).write_text(value)
        for number, words in enumerate(classes):
            interface = self.folder / "usb" / f"1-1:1.{number}"
            interface.mkdir()
            (interface / "bInterfaceNumber").write_text(f"{number:02x}")
            for name, value in zip(("Class", "SubClass", "Protocol"), words.split("/"), strict=True):
                (interface / f"bInterface{name}").write_text(value)
            if port and number == len(classes) - 1:
                (interface / port).mkdir()
        path = self.folder / "dev" / port
        if port:
            path.touch()
            self.infos.append(
                SimpleNamespace(
                    device=str(path),
                    vid=int(vid, 16),
                    pid=int(pid, 16),
                    location=f"1-1:1.{len(classes) - 1}",
                    product="Stick",
                    serial_number="",
                )
            )
        return str(path)

    def program(self, name: str, *open_files: str) -> None:
        folder = self.folder / "proc" / str(900 + len(list((self.folder / "proc").iterdir())))
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text(name)
        for path in open_files:
            (folder / "fd" / "5").symlink_to(path)

    def modems(self, *, asking: bool = False) -> dict[str, Finding]:
        return {item.key: item for item in diagnosis_modems.modems(self.machine, asking=asking)}


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


# -- what is plugged in ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "classes", "key"),
    [
        ("12d1:1f01", ("08/06/50",), "cdrom"),
        ("05c6:9008", ("ff/ff/ff",), "recovery"),
        ("12d1:14dc", ("02/06/00", "0a/00/00"), "network"),
        ("1199:9079", ("02/0e/00",), "broadband"),
    ],
)
def test_a_device_in_the_wrong_mode(computer: Computer, ids: str, classes: tuple[str, ...], key: str) -> None:
    computer.plug(ids, *classes)
    found = computer.modems()[key]
    assert found.grade is Grade.PROBLEM
    assert "Stick" in found.what
    assert found.action


def test_no_permission_names_the_group(computer: Computer) -> None:
    computer.plug("2c7c:0125", *["ff/00/00"] * 3, port="ttyUSB2")
    computer.may_open = False
    found = computer.modems()["no-permission"]
    assert "ttyUSB2" in found.what
    assert re.search(r"usermod -aG \w+ \$USER", found.action)


def test_a_port_that_may_be_opened_is_well(computer: Computer) -> None:
    computer.plug("2c7c:0125", *["ff/00/00"] * 3, port="ttyUSB2")
    found = computer.modems()
    assert set(found) == {"modem"}
    assert found["modem"].good


def test_a_port_that_a_program_holds(computer: Computer) -> None:
    path = computer.plug("2c7c:0125", *["ff/00/00"] * 3, port="ttyUSB2")
    computer.program("minicom", path)
    assert "minicom (process 900)" in computer.modems()["port-held"].what


def test_a_port_that_modemmanager_holds_has_three_ways_out(computer: Computer) -> None:
    path = computer.plug("2c7c:0125", *["ff/00/00"] * 3, port="ttyUSB2")
    computer.program("ModemManager", path)
    found = computer.modems()
    action = found["modemmanager-holds"].action
    for way in ("modemmanager:", "--hold-off-modemmanager", 'ATTRS{idProduct}=="0125"'):
        assert way in action
    assert "modemmanager" in found


def test_modemmanager_is_named_when_its_open_files_cannot_be_seen(computer: Computer) -> None:
    def busy(port: str) -> Any:
        raise PortBusyError("busy")

    computer.plug("2c7c:0125", *["ff/00/00"] * 3, port="ttyUSB2")
    computer.answer = busy
    assert "port-held" in computer.modems(asking=True)
    computer.program("ModemManager")
    assert "modemmanager-holds" in computer.modems(asking=True)


def test_brltty_is_a_problem_where_it_is_in_the_way(computer: Computer) -> None:
    computer.program("brltty")
    assert computer.modems()["brltty-idle"].good
    computer.plug("1a86:7523", "ff/01/02", port="ttyUSB0")
    found = computer.modems()
    assert not found["brltty"].good
    assert found["stranger"].good


def test_asking_tells_who_answers_and_who_does_not(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer.plug("2c7c:0125", *["ff/00/00"] * 3, port="ttyUSB2")
    answers = [Probed("at", "356938035643809", announces=True), Probed("silent")]
    monkeypatch.setattr(Machine, "probe", lambda self, path: answers.pop(0))
    found = computer.modems(asking=True)["modem-answers"]
    assert "IMEI ending 3809" in found.what
    assert "silent" in computer.modems(asking=True)


def test_what_a_device_calls_itself_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in finding("silent", name="modem \x1b]0;owned\x07").what


# -- this computer --------------------------------------------------------------------------------


def keys(folder: Path, secrets: Secrets, computer: Computer) -> dict[str, Finding]:
    return {item.key: item for item in diagnosis.examine(folder, machine=computer.machine, secrets=secrets)}


def test_a_keyring_is_there_or_it_is_said_why_not(tmp_path: Path, computer: Computer) -> None:
    folder = tmp_path / "data"
    assert "keyring" in keys(folder, Secrets(Nothing), computer)

    def locked() -> Any:
        raise keyring.errors.KeyringLocked

    found = keys(folder, Secrets(locked), computer)["no-keyring"]
    assert "locked" in found.what
    assert found.good, "without a keyring everything works but remembering"


def test_a_missing_gammu_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis_modems.importlib.util, "find_spec", lambda name: None)
    (found,) = diagnosis_modems.libraries()
    assert (found.key, found.good) == ("no-gammu", True)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of files are told another way here")
def test_a_folder_that_others_can_read_is_a_problem(tmp_path: Path, computer: Computer) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o755)
    assert not keys(folder, Secrets(Nothing), computer)["data-open"].good


def test_a_damaged_database_is_a_problem(tmp_path: Path, computer: Computer) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / "p2ptext.db").write_bytes(b"no database at all" * 1000)
    assert not keys(folder, Secrets(Nothing), computer)["database-unreadable"].good


# -- a line, against the emulator -----------------------------------------------------------------


class Emulator:
    """The practice modem in a process of its own; ``fault`` breaks it."""

    def __init__(self, folder: Path) -> None:
        self.link = folder / "modem"
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "modem.emulator",
                "--link",
                str(self.link),
                "--sim-slots",
                "4",
                "--until-eof",
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("ready")

    def fault(self, words: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"fault {words}\n")
        self.process.stdin.flush()
        # It answers each command, so that what follows finds the fault in place.
        assert not self.process.stdout.readline().startswith("error"), words

    def end(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    made = Emulator(tmp_path)
    yield made
    made.end()


def examined(emulator: Emulator) -> dict[str, Finding]:
    found = diagnosis_lines.line(
        str(emulator.link),
        Machine(list_ports=lambda: ()),
        Secrets(Nothing),
        make=lambda url: open_modem(url, Hooks(), QUICK),
    )
    return {item.key: item for item in found}


def test_a_healthy_modem_is_well(emulator: Emulator) -> None:
    found = examined(emulator)
    assert "line" in found
    assert all(item.good for item in found.values()), found


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ("no-sim", "no-sim"),
        ("sim-pin 1234", "sim-pin"),
        ("registration denied", "denied"),
        ("registration searching", "not-registered"),
        ("slots-full", "sim-full"),
        ("deaf", "line-silent"),
    ],
)
def test_a_fault_of_the_modem_has_its_words(emulator: Emulator, fault: str, key: str) -> None:
    emulator.fault(fault)
    found = examined(emulator)
    assert key in found, found
    assert not found[key].good
    assert found[key].action
    if key == "sim-pin":
        assert "3 tries are left" in found[key].what


def test_a_sim_without_its_centre_is_found(emulator: Emulator) -> None:
    modem = open_modem(str(emulator.link), Hooks(), QUICK)
    modem.open()
    assert modem.command('AT+CSCA=""')[-1] == "OK"
    modem.close()
    found = examined(emulator)
    assert not found["no-smsc"].good
    assert "CSCA" in found["no-smsc"].action


# -- a line, told by its backend ------------------------------------------------------------------


class Told:
    """A modem that says what it is told."""

    def __init__(self, status: Status = HEALTHY, error: Exception | None = None, **facts: Any) -> None:
        self.capabilities = Capabilities()
        self._status, self._error = status, error
        self._time = facts.get("time")
        self.closed = False

    def open(self, pin: str | None = None) -> Identity:
        assert pin is None, "the doctor enters no PIN"
        if self._error is not None:
            raise self._error
        return Identity(model="Told")

    def status(self) -> Status:
        return self._status

    def network_time(self) -> datetime | None:
        return self._time

    def close(self) -> None:
        self.closed = True


def told(modem: Told, url: str = "told:") -> dict[str, Finding]:
    made: Any = modem
    found = diagnosis_lines.line(
        url, Machine(list_ports=lambda: ()), Secrets(Nothing), make=lambda place: made, now=lambda: NOW
    )
    answer = {item.key: item for item in found}
    assert modem.closed
    return answer


@pytest.mark.parametrize(
    ("error", "key", "words"),
    [
        (NotReadyError("It asks.", LineState.NEEDS_PIN, tries=1), "sim-pin", "one try is left"),
        (NotReadyError("It asks.", LineState.NEEDS_PIN), "sim-pin", "does not tell"),
        (NotReadyError("Blocked.", LineState.NEEDS_PUK), "sim-puk", "PUK"),
        (NotReadyError("None.", LineState.NO_SIM), "no-sim", "None."),
        (NotReadyError("Denied.", LineState.DENIED), "denied", "Denied."),
        (NotReadyError("A lock.", LineState.FAILED, action="Ask its maker."), "line-failed", "A lock."),
        (PortPermissionError("no"), "line-forbidden", "may not open"),
        (PortBusyError("busy"), "port-held", "another program"),
        (PortError("There is no port."), "no-port", "There is no port."),
        (UnsupportedError("No library."), "no-backend", "No library."),
        (AnswerTimeoutError("Nothing came."), "line-silent", "Nothing came."),
        (CommandError("AT+CMGF=0"), "line-failed", "AT+CMGF=0"),
    ],
)
def test_an_error_of_a_backend_has_its_words(error: Exception, key: str, words: str) -> None:
    found = told(Told(error=error))
    assert list(found) == [key]
    assert words in found[key].what
    assert found[key].action


def test_the_last_try_is_for_a_phone() -> None:
    error = NotReadyError("It asks.", LineState.NEEDS_PIN, tries=1, action="Put the SIM into a phone")
    assert told(Told(error=error))["sim-pin"].action == "Put the SIM into a phone."


def test_a_memory_of_unknown_size_is_not_called_empty() -> None:
    assert "storage unknown" in told(Told(Status(LineState.READY)))["line"].what


@pytest.mark.parametrize(
    ("modem", "key"),
    [
        (Told(Status(LineState.READY, hint="The number of the message centre is missing.")), "no-smsc"),
        (Told(Status(LineState.READY, hint="Texts do not work over LTE here.")), "lte-no-texts"),
        (Told(Status(LineState.READY, hint="Its memory is odd.", action="Look")), "trouble"),
        (Told(Status(LineState.READY, hint="Nearly full.")), "hint"),
        (Told(Status(LineState.SEARCHING, action="Check the aerial")), "not-registered"),
        (Told(Status(LineState.READY, storage_used=20, storage_total=20)), "sim-full"),
        (Told(time=NOW - timedelta(minutes=10)), "clock-off"),
        (Told(time=NOW + timedelta(hours=3)), "clock-off"),
        (Told(time=NOW + timedelta(seconds=30)), "clock"),
        (Told(Status(LineState.FAILED, "Its cover is open.")), "line-failed"),
    ],
)
def test_what_will_go_wrong_is_said_before(modem: Told, key: str) -> None:
    found = told(modem)
    assert key in found
    assert ("no-smsc" in found) == (key == "no-smsc")
    assert "Check the aerial" not in str(found) or found[key].action == "Check the aerial."
    assert all(item.action for item in found.values() if not item.good)


def test_a_clock_that_is_off_says_which_way() -> None:
    assert "10 minutes ahead of" in told(Told(time=NOW - timedelta(minutes=10)))["clock-off"].what
    assert "180 minutes behind" in told(Told(time=NOW + timedelta(hours=3)))["clock-off"].what


def test_an_address_that_is_none_is_said() -> None:
    found = list(diagnosis_lines.line("", Machine(list_ports=lambda: ()), Secrets(Nothing)))
    assert [item.key for item in found] == ["line-failed"]


def test_a_line_whose_port_modemmanager_holds_shows_the_rule(computer: Computer) -> None:
    path = computer.plug("12d1:1506", "ff/02/02", port="ttyUSB0")
    computer.program("ModemManager", path)
    (found,) = diagnosis_lines.line(path, computer.machine, Secrets(Nothing))
    assert found.key == "modemmanager-holds"
    assert 'ATTRS{idVendor}=="12d1"' in found.action


# -- the handbook ---------------------------------------------------------------------------------


def test_the_handbook_has_every_finding_with_its_action() -> None:
    page = (ROOT / "docs" / "handbook" / "doctor.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \|[^|]*\| (.*) \|$", page, re.M))
    assert set(rows) == {key for key, (grade, _, _) in SENTENCES.items() if grade is not Grade.OK}
    for key, action in rows.items():
        assert action == handbook_words(SENTENCES[key][2]), key


def handbook_words(action: str) -> str:
    """An action as the page has it: on one line, with … for what differs."""
    return re.sub(r"\{\w+\}", "…", " ".join(action.split())) or "Nothing is needed."


def test_every_problem_has_an_action() -> None:
    assert all(action for grade, _, action in SENTENCES.values() if grade is Grade.PROBLEM)
