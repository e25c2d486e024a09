"""Every persona under the real driver, in one process and on a clock that jumps: nothing here waits."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from modem.api import Incoming, LineState, Outcome, Outgoing
from modem.at.quirks import GENERIC
from modem.backends.at import AtModem
from modem.emulator import cli, persona
from modem.emulator.agenda import Agenda
from modem.emulator.device import Device
from modem.emulator.ledger import Ledger
from modem.emulator.network import Network
from modem.emulator.persona import Persona, PersonaError
from modem.emulator.settings import sim_for
from modem.errors import NotReadyError, PortError
from modem.factory import open_modem
from modem.sms import Deliver, StatusReport, decode_incoming, encode_deliver

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LONG = "A long text with a € in it, to be cut into parts. " * 7
MUTE = ("huawei-hilink", "nokia-n79")
TEXTING = [name for name in persona.names() if name not in MUTE]


class World:
    """One device on a network, and the wire to it; time goes on only where somebody waits."""

    def __init__(self, folder: Path, who: Persona, **options: int) -> None:
        self.now = 0.0
        self.agenda = Agenda(lambda: self.now, lambda: START + timedelta(seconds=self.now))
        self._path = folder / "ledger.jsonl"
        self.book = Ledger(self._path, self.agenda.wall)
        self.network = Network(self.agenda, self.book, report_delay=0.2)
        self.device = Device(sim_for(1, "+15550100"), self.network, self.agenda, persona=who, **options)
        self.device.hang_up = self.pull
        self.network.attach(self.device)
        self.modem = AtModem(lambda: Wire(self), clock=lambda: self.now)

    def pull(self, seconds: float) -> None:
        self.device.unplug()
        self.agenda.later(seconds, self.device.plug_in)

    def seen(self, event: str) -> list[dict[str, object]]:
        rows = [json.loads(line) for line in self._path.read_text("utf-8").splitlines()]
        return [row for row in rows if row["event"] == event]

    def taken(self, wanted: int) -> list[Incoming]:
        """Poll, and take each away as the program does, until so many came or a minute has gone."""
        found: list[Incoming] = []
        deadline = self.now + 60
        while len(found) < wanted and self.now < deadline:
            for item in self.modem.poll(0.5):
                found.append(item)
                assert self.modem.delete(item)
        return found

    def settle(self) -> None:
        """What is still under way comes in, and is nothing new."""
        deadline = self.now + 3
        while self.now < deadline:
            assert self.modem.poll(0.5) == []


class Wire:
    """A transport without a port. What the device says is read when it has been said."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._out = bytearray()
        if world.device.gone:
            raise PortError("There is no such port.")

    def read(self, timeout: float) -> bytes:
        world = self._world
        deadline = world.now + max(0.0, timeout)
        while True:
            world.agenda.turn()
            if world.device.gone:
                raise PortError("The port went away.")
            self._out += world.device.take_output()
            if self._out:
                data = bytes(self._out)
                self._out.clear()
                return data
            wait = world.agenda.wait()
            if wait is None or world.now + wait > deadline:
                world.now = deadline
                return b""
            world.now += wait

    def write(self, data: bytes) -> None:
        if self._world.device.gone:
            raise PortError("The port went away.")
        self._out += self._world.device.feed(data)

    def wake(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[list[World]]:
    made: list[World] = []
    yield made
    for world in made:
        world.book.close()


@pytest.fixture(params=TEXTING)
def world(request: pytest.FixtureRequest, tmp_path: Path, worlds: list[World]) -> World:
    worlds.append(World(tmp_path, persona.load(request.param)))
    return worlds[0]


@pytest.fixture
def named(tmp_path: Path, worlds: list[World]):
    def make(name: str, **options: int) -> World:
        worlds.append(World(tmp_path, persona.load(name), **options))
        return worlds[-1]

    return make


def texts(found: list[Incoming]) -> list[str]:
    """The texts of delivered messages, parts joined."""
    whole: dict[object, dict[int, str]] = {}
    for turn, item in enumerate(found):
        message = decode_incoming(item.pdu)
        if isinstance(message, Deliver):
            concat = message.concat
            key = (concat.reference, concat.total) if concat else ("single", turn)
            whole.setdefault(key, {})[concat.part if concat else 1] = message.text
    return ["".join(text for _, text in sorted(parts.items())) for parts in whole.values()]


def sends_and_is_told(world: World, number: str) -> None:
    reports = world.modem.capabilities.reports
    for text, parts in (("Hello from here", 1), (LONG, 3)):
        before = len(world.seen("submit"))
        result = world.modem.send(Outgoing(number, text, concat_reference=9, want_report=reports))
        assert (result.outcome, result.parts) == (Outcome.SENT, parts)
        assert [row["text"] for row in world.seen("submit")[before:]] == [text]
        told = [decode_incoming(item.pdu) for item in world.taken(parts if reports else 0)]
        assert all(isinstance(report, StatusReport) for report in told)
        assert Counter(report.reference for report in told) == Counter(result.references if reports else ())


def test_it_opens_ready_and_is_named(world: World) -> None:
    who = world.device.habits.persona
    identity = world.modem.open()
    assert identity.manufacturer == who.manufacturer.strip()
    assert (identity.imei, identity.iccid, identity.smsc) == (
        world.device.sim.imei,
        world.device.sim.iccid,
        world.device.sim.smsc,
    )
    assert world.modem._receiver is not None
    quirks = world.modem._receiver.setup.quirks
    assert (quirks is GENERIC) is (who.name == "generic")
    status = world.modem.status()
    assert (status.state, status.hint) == (LineState.READY, "")
    assert status.storage_total > 0


def test_it_sends_and_its_reports_come(world: World) -> None:
    world.modem.open()
    sends_and_is_told(world, "+15550199")
    world.settle()


def test_it_receives_one_many_and_more_than_it_holds(world: World) -> None:
    world.modem.open()
    world.network.deliver(world.device, "+15550142", "one")
    world.network.deliver(world.device, "+15550142", LONG)
    flash = encode_deliver("+15550143", "look up", timestamp=START, flash=True)
    world.network.deliver_pdu(world.device, flash.hex)
    assert texts(world.taken(5)) == ["one", LONG, "look up"]
    held = min(memory.total for memory in world.device.memories.values())
    flood = [f"text {number}" for number in range(held + 30)]
    for text in flood:
        world.network.deliver(world.device, "+15550142", text)
    assert sorted(texts(world.taken(len(flood)))) == sorted(flood)
    world.settle()
    assert all(memory.used == 0 for memory in world.device.memories.values())


def test_a_restart_is_noticed_and_survived(world: World) -> None:
    world.modem.open()
    world.settle()
    world.device.reboot()
    if world.device.gone:  # a stick takes its port with it
        with pytest.raises(PortError):
            world.modem.poll(1.0)
        world.now += 2
        world.agenda.turn()
        world.modem.open()
    for _ in range(4):
        world.modem.poll(1.0)
    world.network.deliver(world.device, "+15550142", "after the restart")
    assert texts(world.taken(1)) == ["after the restart"]
    sends_and_is_told(world, "+15550199")


def test_a_pulled_cable_is_survived(world: World) -> None:
    world.modem.open()
    world.pull(2.0)
    with pytest.raises(PortError):
        world.modem.poll(1.0)
    world.network.deliver(world.device, "+15550142", "while away")
    with pytest.raises(PortError):
        world.modem.open()
    world.now += 3
    world.agenda.turn()
    world.modem.open()
    found = world.modem.sweep()
    assert all(world.modem.delete(item) for item in found)
    assert texts(found or world.taken(1)) == ["while away"]
    sends_and_is_told(world, "+15550199")


@pytest.mark.parametrize("name", TEXTING)
def test_a_locked_sim_says_its_tries_and_opens_with_its_pin(named, name: str) -> None:
    world = named(name)
    world.device.sim.pin, world.device.sim.pin_tries = "1234", 3
    told = name not in ("wavecom-fastrack", "qualcomm-m6280", "zte-k3565")
    for tries, pin in ((3, None), (2, "9999"), (2, "9999")):
        with pytest.raises(NotReadyError) as caught:
            world.modem.open(pin)
        assert caught.value.state == LineState.NEEDS_PIN
        assert caught.value.tries == (tries if told else None)
        assert (f"{tries} tries are left" in str(caught.value)) is told
        assert world.device.sim.pin_tries == tries
    assert world.modem.open("1234").iccid == world.device.sim.iccid
    assert world.device.sim.lock == "READY"


def test_hilink_firmware_is_named(named) -> None:
    with pytest.raises(NotReadyError, match="HiLink") as caught:
        named("huawei-hilink").modem.open()
    assert "stick mode" in caught.value.action


def test_a_phone_that_keeps_its_texts_says_so(named) -> None:
    world = named("nokia-n79")
    world.modem.open()
    status = world.modem.status()
    assert status.state == LineState.READY
    assert "stay in it" in status.hint
    assert "gammu" in status.action
    assert world.modem.sweep() == []
    result = world.modem.send(Outgoing("+15550199", LONG, concat_reference=9, want_report=False))
    assert result.outcome is Outcome.SENT
    assert [row["text"] for row in world.seen("submit")] == [LONG]


# -- what single ones are known for ----------------------------------------------------------------


def typed(world: World, *commands: str) -> bytes:
    return [world.device.feed(f"{command}\r".encode()) for command in ("ATE0", *commands)][-1]


def test_huawei_line_ends_noise_and_index_0(named) -> None:
    world = named("huawei-e1752")
    assert typed(world, "AT+NONSENSE") == b"\r\nCOMMAND NOT SUPPORT\r\n"
    assert b"+CGMM\r\n" not in typed(world, "AT+CGMM")
    assert typed(world, "AT+CGMM").endswith(b"E1752\r\r\n\r\nOK\r\n")
    typed(world, "AT+CNMI=2,1,0,1,0", "AT+CMGF=0")
    world.network.deliver(world.device, "+15550142", "zero")
    assert b'+CMTI: "ME",0' in world.device.take_output()
    assert b"^RSSI:20\r\n" in typed(world, "AT+CMGR=0")
    assert b"^RSSI" not in typed(world, "AT^CURC=0", "AT+CMGR=0")


def test_huawei_ussd_is_packed(named) -> None:
    world = named("huawei-e1752")
    # "*100#" packed: gammu and asterisk-chan-dongle send the same octets.
    assert b"OK" in typed(world, 'AT+CUSD=1,"AA180C3602",15')
    assert typed(world, 'AT+CUSD=1,"*100#",15') == b"\r\nERROR\r\n"
    assert world.modem.open().model == "E1752"
    assert "Balance of +15550100" in world.modem.ussd("*100#").text


def test_seven_septets_at_the_end_are_padded(named) -> None:
    # 3GPP TS 23.038 6.1.2.3.1: a carriage return, lest an @ be read.
    assert named("huawei-e1752").device.habits.ussd_said("1234567") == "31D98C56B3DD1A"


def test_simcom_marks_a_wap_push(named) -> None:
    world = named("simcom-sim800")
    typed(world, "AT+CNMI=2,1,0,1,0")
    # WSP push with User Data Header 0B84 23F0 (port 2948).
    push = encode_deliver(
        "+15550142", "", timestamp=START, data=b"\x01\x06\x03\xbe\xaf\x84", udh=((5, b"\x0b\x84\x23\xf0"),)
    )
    world.network.deliver_pdu(world.device, push.hex)
    assert b'+CMTI: "SM",1,"MMS PUSH",2,1\r\n' in world.device.take_output()
    world.network.deliver(world.device, "+15550142", "plain")
    assert b'+CMTI: "SM",2\r\n' in world.device.take_output()
    world.network.deliver_pdu(world.device, "00FF")
    assert b'+CMTI: "SM",3\r\n' in world.device.take_output()
    assert len(world.modem.open().imei) == 15
    assert len(world.modem.sweep()) == 3


def test_zte_is_quiet_once_its_memories_were_asked(named) -> None:
    world = named("zte-k3565")
    world.now += 1
    world.agenda.turn()
    assert b"+ZUSIMR:2" in world.device.take_output()
    world.modem.open()
    world.now += 1
    world.agenda.turn()
    assert b"+ZUSIMR:2" not in world.device.take_output()


def test_zte_reports_have_a_leading_comma(named) -> None:
    world = named("zte-k3565")
    world.modem.open()
    world.modem.send(Outgoing("+15550199", "hello"))
    world.now += 1
    world.agenda.turn()
    assert b"+CDS: ," in world.device.take_output()


def test_wavecom_gives_no_result_for_cpin(named) -> None:
    world = named("wavecom-fastrack")
    for _ in range(2):
        assert typed(world, "AT+CPIN?") == b"\r\n+CME ERROR: 515\r\n"
    assert typed(world, "AT+CPIN?") == b"\r\n+CPIN: READY\r\n"
    assert typed(world, 'AT+CPMS="SM","SM","SM"') == b"\r\n+CMS ERROR: 302\r\n"
    assert typed(world, "AT+CSMS=1") == b"\r\n+CMS ERROR: 302\r\n"


def test_what_is_advertised_is_refused(named) -> None:
    world = named("qualcomm-m6280")
    assert b"(0,1,2),(0,1,2,3)" in typed(world, "AT+CNMI=?")
    assert typed(world, "AT+CNMI=2,1,0,1,0") == b"\r\n+CMS ERROR: 302\r\n"
    assert b"+CNMI: (3),(0-3)" in typed(named("sonyericsson-k800"), "AT+CNMI=?")


# -- personas as data ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", persona.names())
def test_each_names_its_sources(name: str) -> None:
    who = persona.load(name)
    assert who.sources
    assert who.manufacturer
    assert who.name == name


def test_the_handbook_has_every_persona_and_key() -> None:
    page = (Path(__file__).parents[3] / "docs" / "handbook" / "vendors.md").read_text("utf-8")
    assert [name for name in persona.names() if f"| `{name}` |" not in page] == []
    keys = {item.name for item in fields(Persona)} - {"name"}
    assert [key for key in sorted(keys) if f"`{key}`" not in page and f"`[{key}]`" not in page] == []


def test_slots_of_the_command_line_count(named) -> None:
    assert named("generic", slots=3).device.memories["SM"].total == 3


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('colour = "red"', "'colour'"),
        ("sources = 3", "'sources'"),
        ('sources = "one"', "'sources'"),
        ("echo = 1", "'echo'"),
        ("busy = true", "'busy'"),
        ("memories = 20", "right kind"),
        ('ussd = "spoken"', '"plain" or "packed"'),
        ("this is no TOML", "no valid TOML"),
    ],
)
def test_a_broken_persona_is_a_sentence(tmp_path: Path, written: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(written)
    with pytest.raises(PersonaError, match=words):
        persona.load(str(path))


def test_a_persona_of_ones_own(tmp_path: Path, worlds: list[World]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('manufacturer = "Mine"\nmodel = "M"\nfirmware = "1"\nnoise_every = 2\n')
    who = persona.load(str(path))
    assert (who.name, who.noise_every) == ("mine", 2)
    worlds.append(World(tmp_path, who))
    assert worlds[0].modem.open().manufacturer == "Mine"
    with pytest.raises(PersonaError, match="cannot be read"):
        persona.load(str(tmp_path / "none.toml"))
    with pytest.raises(PersonaError, match="There are: cinterion-ehs"):
        persona.load("none")


@pytest.mark.parametrize("name", ["huawei-e1752", "simcom-sim800"])
def test_it_is_served_to_the_program(tmp_path: Path, name: str) -> None:
    ledger = tmp_path / "ledger.jsonl"
    arguments = ["--persona", name, "--tcp", "127.0.0.1:0", "--until-eof", "--ledger", str(ledger)]
    process = subprocess.Popen(
        [sys.executable, "-m", "modem.emulator", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        modem = open_modem(process.stdout.readline().split()[-1])
        assert modem.open().model == persona.load(name).model
        assert modem.send(Outgoing("+15550199", "hello", want_report=False)).outcome is Outcome.SENT
        process.stdin.write("deliver +15550142 good morning\n")
        process.stdin.flush()
        deadline = time.monotonic() + 10
        found: list[Incoming] = []
        while not found and time.monotonic() < deadline:
            found = modem.poll(1.0)
        assert texts(found) == ["good morning"]
        modem.close()
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def test_the_command_line_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--persona", "list"]) == 0
    assert capsys.readouterr().out.split() == list(persona.names())
    assert cli.main(["--persona", "none", "--tcp", "127.0.0.1:0"]) == 2
    assert "no persona" in capsys.readouterr().err
