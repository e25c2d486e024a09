"""Transcripts as modems: what the script answers, and our own driver against every transcript we have."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modem.api import LineState, Modem, Outcome, Outgoing
from modem.at.timing import Timeouts
from modem.emulator.agenda import Agenda
from modem.emulator.replay import ReplayDevice
from modem.emulator.script import Script, exchanges, key_of
from modem.factory import open_modem
from modem.sms import StatusReport, decode_incoming, encode_submit
from modem.transcript import HEAD, anonymous, read, write

pytest.importorskip("termios", reason="pseudo-terminals are POSIX")
ROOT = Path(__file__).parents[3]
TRANSCRIPTS = sorted((ROOT / "tests" / "transcripts").glob("*.txt"))
QUICK = Timeouts(identity=0.4, wake=0.5, settle=0.02, prompt=5.0, submit=10.0, pause=0.05, grace=0.5)
SECONDS = 20.0

#: model, TP-MR of the first text, then what arrives: letters for texts (t) and reports (r).
FACTS = {
    "brovi-e3372-325": ("E3372-325", 255, "t"),
    "huawei-e1752": ("E1752", 46, "t"),
    "huawei-k3715": ("K3715", 14, "t"),
    "modemmanager-generic": ("Some model", 91, "t"),
    "nokia-n79": ("Nokia N79", 3, ""),
    "qualcomm-m6280": ("M6280", 0, "t"),
    "quectel-m26": ("Quectel_M26", 232, "rt"),
    "recorded-huawei-e1752": ("E1752", 1, "rt"),
    "recorded-quectel-ec25": ("EC25", 1, "rt"),
    "recorded-simcom-sim800": ("SIMCOM_SIM800L", 1, "rt"),
    "recorded-faults": ("Practice modem", 1, "t"),
    "recorded-practice": ("Practice modem", 1, "r"),
    "wavecom-900e1800": ("MULTIBAND  900E  1800", 7, "t"),
    "zte-k3565-z": ("K3565-Z", 231, "t"),
}

DIALOGUE = f"""{HEAD}
0.000 + RDY
1.000 > ATE0
1.010 < OK
2.000 > AT+CSQ
2.500 < +CSQ: 7,99
2.500 < OK
3.000 + +CMTI: "SM",4
4.000 > AT+CMGL=4
4.100 < +CMGL: 4,0,,23
4.100 < 07912374151616F6040B912374786468F30000201003024550400B54C29E2E1F8300A0800B
4.100 < +CMGL: 5,1,,23
4.100 < 07912374151616F6040B912374786468F30000201003024550400B54C29E2E1F8300A0800B
4.100 < OK
5.000 > AT+CMGD=4
5.100 < OK
6.000 > AT+CMGS=20
6.100 < >
6.200 > 0001000A8121436587090000\\x1a
7.000 < \\r\\n+CMGS: 77\\r\\n\\r\\nOK\\r\\n
8.000 + +CDS: 24
8.000 + 07912658050000F006010D91265817373754F501010161705382010101617083820000
9.000 > AT+CSQ
9.100 < +CSQ: 12,99
9.100 < OK
"""


class Clock:
    """A replayed modem whose time is turned by hand."""

    def __init__(self, text: str, speed: float = 1.0) -> None:
        self.now = 0.0
        self.agenda = Agenda(lambda: self.now)
        self.modem = ReplayDevice(read(text), self.agenda, speed=speed)

    def type(self, text: str) -> str:
        return self.modem.feed(text.encode("latin-1")).decode("latin-1")

    def wait(self, seconds: float) -> str:
        end = self.now + seconds
        while (due := self.agenda.wait()) is not None and self.now + due <= end:
            self.now += due
            self.agenda.turn()
        self.now = end
        return self.modem.take_output().decode("latin-1")


@pytest.fixture
def clock() -> Clock:
    return Clock(DIALOGUE)


@pytest.mark.parametrize(
    ("command", "key"),
    [
        ("at+csq ", "AT+CSQ"),
        ('AT+CPMS="SM", "me"', 'AT+CPMS="SM","me"'),
        ("AT+CMGS=153", "AT+CMGS=*"),
        ('AT+CMGS="+15550100"', "AT+CMGS=*"),
        ('AT+CPIN="1234"', "AT+CPIN=*"),
        ("AT+CPIN?", "AT+CPIN?"),
    ],
)
def test_a_command_is_looked_up_by_what_it_asks(command, key):
    assert key_of(command) == key


def test_a_transcript_is_taken_apart():
    found = exchanges(read(DIALOGUE))
    assert [exchange.key for exchange in found] == [
        *("", "ATE0", "AT+CSQ", "AT+CMGL=4", "AT+CMGD=4", "AT+CMGS=*", "<payload>", "AT+CSQ")
    ]
    assert [one.unasked for one in found[2].said] == [False, False, True]
    assert found[5].prompts


def test_it_answers_in_its_time_and_speaks_unasked_in_its_place(clock):
    assert clock.modem.take_output() == b"\r\nRDY\r\n"
    assert clock.type("ATE0\r") == ""
    assert clock.wait(0.02) == "\r\nOK\r\n"
    assert clock.type("AT+CSQ\r") == ""
    assert clock.wait(0.49) == ""
    assert clock.wait(0.02) == "\r\n+CSQ: 7,99\r\n\r\nOK\r\n"
    assert clock.wait(0.5) == '\r\n+CMTI: "SM",4\r\n'


def test_speed_divides_every_time():
    quick = Clock(DIALOGUE, speed=100)
    assert quick.type("AT+CSQ\r") == "\r\nRDY\r\n"
    assert quick.wait(0.006) == "\r\n+CSQ: 7,99\r\n\r\nOK\r\n"


def test_what_is_written_during_an_answer_waits_for_its_end(clock):
    clock.modem.take_output()
    clock.type("AT+CSQ\rATE0\r")
    assert clock.wait(0.52) == "\r\n+CSQ: 7,99\r\n\r\nOK\r\n\r\nOK\r\n"


def test_a_text_is_taken_whatever_it_says_and_reported(clock):
    clock.modem.take_output()
    pdu = encode_submit("+15550123", "Something else")
    clock.type(f"AT+CMGS={pdu.tpdu_length}\r")
    assert clock.wait(0.11).endswith("\r\n> ")
    assert clock.type(pdu.hex + "\x1a") == ""
    assert clock.wait(0.81) == "\r\n+CMGS: 77\r\n\r\nOK\r\n"
    assert clock.wait(1.1).startswith("\r\n+CDS: 24\r\n0791")


def test_leaving_the_prompt_sends_nothing(clock):
    clock.modem.take_output()
    clock.type("AT+CMGS=20\r")
    clock.wait(0.2)
    assert clock.type("0011\x1b") == "\r\nOK\r\n"
    assert "+CMGS" not in clock.wait(2)


def test_where_no_text_was_recorded_none_is_taken():
    short = Clock(f"{HEAD}\n0 > AT+CMGS=20\n0 < >\n")
    short.type("AT+CMGS=20\r")
    assert short.type("00AA\x1a") == "\r\n+CMS ERROR: 500\r\n"
    assert Clock(HEAD).type("AT+CMGS=20\r") == "\r\nERROR\r\n"


def test_commands_that_were_not_recorded(clock):
    clock.modem.take_output()
    assert clock.type("AT\r") == "\r\nOK\r\n"
    assert clock.type("AT+FANCY=1\r") == "\r\nOK\r\n"
    assert clock.type("AT+FANCY?\r") == "\r\nERROR\r\n"
    assert clock.type("AT+FANCY=?\r") == "\r\nERROR\r\n"


def test_after_its_end_it_answers_from_what_came_before(clock):
    clock.modem.take_output()
    for command in ("AT+CMGS=20\r", "00AA\x1a", "AT+CSQ\r"):
        clock.type(command)
        clock.wait(3)
    clock.type("AT+CSQ\r")
    assert clock.wait(1) == "\r\n+CSQ: 12,99\r\n\r\nOK\r\n"


def test_a_listing_is_read_slot_by_slot_and_what_is_deleted_is_gone(clock):
    clock.modem.take_output()
    assert clock.type("AT+CMGR=5\r").startswith("\r\n+CMGR: 1,,23\r\n0791")
    clock.type("AT+CMGL=4\r")
    assert clock.wait(0.2).count("+CMGL") == 2
    clock.type("AT+CMGD=4\r")
    clock.wait(0.2)
    assert clock.type("AT+CMGR=4\r") == "\r\nOK\r\n"
    clock.type("AT+CMGL=4\r")
    listing = clock.wait(0.2)
    assert listing.count("+CMGL") == 1
    assert listing.count("07912374") == 1


def test_the_story_goes_on_when_nobody_asks_but_never_past_a_text(clock):
    clock.modem.take_output()
    assert '+CMTI: "SM",4' in clock.wait(5)
    assert "+CDS" not in clock.wait(60)


def test_a_cable_that_was_pulled_keeps_the_place(clock):
    assert clock.type("AT+CSQ\r") == "\r\nRDY\r\n"
    clock.modem.unplug()
    assert clock.wait(2) == ""
    assert clock.type("AT\r") == ""
    clock.modem.plug_in()
    assert clock.type("AT\r") == "\r\nOK\r\n"


# -- our own driver


class Replayed:
    def __init__(self, folder: Path, transcript: Path) -> None:
        link = folder / "modem"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "modem.emulator", "--link", str(link), "--until-eof"),
                *("--replay", str(transcript), "--speed", "50"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == f"ready {link}\n"
        self.modem: Modem = open_modem(str(link), timeouts=QUICK)

    def end(self) -> None:
        self.modem.close()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._process.wait(10)


@pytest.fixture
def replayed(tmp_path: Path) -> Iterator[Callable[[Path], Replayed]]:
    made: list[Replayed] = []

    def make(transcript: Path) -> Replayed:
        made.append(Replayed(tmp_path, transcript))
        return made[-1]

    yield make
    for one in made:
        one.end()


def _arrivals(modem: Modem, wanted: int) -> str:
    found = ""
    deadline = time.monotonic() + SECONDS
    while len(found) < wanted and time.monotonic() < deadline:
        for incoming in modem.poll(0.1):
            found += "r" if isinstance(decode_incoming(incoming.pdu), StatusReport) else "t"
            assert modem.delete(incoming)
    return found


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_driver_opens_sends_and_receives(replayed, path):
    model, reference, arrives = FACTS[path.stem]
    modem = replayed(path).modem
    identity = modem.open()
    assert identity.model == model
    assert identity.imei.startswith(("35693803", "1555010", "012345"))
    result = modem.send(Outgoing("+15550123", "Not what was recorded"))
    assert (result.outcome, result.references) == (Outcome.SENT, (reference,)), result
    assert _arrivals(modem, len(arrives)) == arrives
    assert modem.status().state in (LineState.READY, LineState.SEARCHING)


def test_every_transcript_names_its_source_and_nobody():
    assert {path.stem for path in TRANSCRIPTS} == set(FACTS)
    for path in TRANSCRIPTS:
        lines = read(path.read_text("utf-8"))
        assert lines[0].direction == "!"
        assert "made up" in lines[0].text or "recorded" in lines[0].text
        assert read(write(anonymous(lines))) == read(write(anonymous(anonymous(lines))))
        assert len(anonymous(lines)) == len(lines)
        assert not [line for line in anonymous(lines) if line.text.startswith("left out")]


def test_a_script_looks_ahead_only_so_far():
    script = Script(read(DIALOGUE))
    _, passed = script.find("AT+CMGS=*")
    assert [one.octets for one in passed] == [b'\r\n+CMTI: "SM",4\r\n']
