"""The emulator as a process of its own, over a real pseudo-terminal and over TCP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serial

from modem.emulator.cli import main
from modem.sms import encode_submit

termios = pytest.importorskip("termios", reason="pseudo-terminals are POSIX")
ROOT = Path(__file__).parents[3]


def _until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 10
    pause = socket.socketpair()
    pause[0].settimeout(0.01)
    try:
        while not condition():
            assert time.monotonic() < deadline, f"never: {what}"
            try:
                pause[0].recv(1)
            except TimeoutError:
                continue
    finally:
        for end in pause:
            end.close()


class Emulator:
    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "modem.emulator", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        self.ready = self.answer()

    def answer(self) -> str:
        return self.process.stdout.readline().rstrip("\n")

    def say(self, line: str) -> str:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()

    def ledger(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in (self.folder / "ledger.jsonl").read_text().splitlines()]

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(10)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()
        return code


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., Emulator]]:
    running: list[Emulator] = []

    def run(*options: str) -> Emulator:
        running.append(Emulator(tmp_path, "--ledger", str(tmp_path / "ledger.jsonl"), *options))
        return running[-1]

    yield run
    for emulator in running:
        emulator.end()


@pytest.fixture
def link(tmp_path) -> Path:
    return tmp_path / "modem"


def _ask(port: serial.Serial, command: str, end: bytes = b"OK\r\n") -> str:
    port.write(command.encode("latin-1"))
    answer = port.read_until(end)
    assert answer.endswith(end), answer
    return answer.decode("latin-1")


def _open(link: Path) -> serial.Serial:
    port = serial.Serial(str(link), 115200, timeout=5)
    _ask(port, "ATE0\r")
    return port


def _is_gone(port: serial.Serial) -> bool:
    """Whether the other side of an open port hung up."""
    try:
        port.write(b"AT\r")
        port.reset_input_buffer()
    except (OSError, termios.error):
        return True
    return False


def test_it_says_ready_serves_delivers_and_quits(start, link):
    emulator = start("--link", str(link))
    assert emulator.ready == f"ready {link}"
    with _open(link) as port:
        _ask(port, "AT+CNMI=2,1,0,1,0\r")
        pdu = encode_submit("+15550123", "Hello")
        _ask(port, f"AT+CMGS={pdu.tpdu_length}\r", b"> ")
        assert _ask(port, pdu.hex + "\x1a") == "\r\n+CMGS: 1\r\n\r\nOK\r\n"
        assert emulator.say(r"deliver +15550123 Hé 🙂\nyou") == "ok deliver"
        assert port.read_until(b'"SM",1\r\n') == b'\r\n+CMTI: "SM",1\r\n'
        assert emulator.say("status") == "ok status sim 1/20 waiting 0"
    assert [(row["event"], row["text"]) for row in emulator.ledger()] == [
        ("submit", "Hello"),
        ("deliver", "Hé 🙂\nyou"),
    ]
    assert emulator.say("quit") == "ok quit"
    assert emulator.process.wait(10) == 0
    assert not os.path.lexists(link)


def test_the_port_can_be_closed_and_opened_again_and_keeps_the_sim(start, link):
    emulator = start("--link", str(link))
    for n in range(3):
        with _open(link) as port:
            assert "READY\r\n\r\nOK" in _ask(port, "AT+CPIN?\r")
        emulator.say(f"deliver +15550123 Text {n}")
    with _open(link) as port:
        assert _ask(port, "AT+CMGL=4\r").count("+CMGL:") == 3


def test_a_terminal_that_writes_and_leaves_at_once_is_heard(start, link):
    emulator = start("--link", str(link))
    descriptor = os.open(link, os.O_RDWR | os.O_NOCTTY)
    os.write(descriptor, b"AT+CFUN=4\r")
    os.close(descriptor)

    def radio_is_off() -> bool:
        with _open(link) as port:
            return "+CFUN: 4" in _ask(port, "AT+CFUN?\r")

    _until(radio_is_off, "the command of a terminal that left")
    assert emulator.say("status").startswith("ok")


def test_hangup_takes_the_port_away_and_brings_it_back_on_the_same_link(start, link):
    emulator = start("--link", str(link))
    port = _open(link)
    emulator.say("deliver +15550123 Kept on the SIM")
    assert emulator.say("hangup 0.2") == "ok hangup"
    _until(lambda: _is_gone(port), "the port gone")
    port.close()
    _until(lambda: os.path.lexists(link), "the link again")
    with _open(link) as again:
        assert "+CMGL: 1," in _ask(again, "AT+CMGL=4\r")


def test_hangup_after_ctrl_z_the_network_has_the_text(start, link):
    emulator = start("--link", str(link))
    assert emulator.say("fault hangup-after-ctrl-z 0") == "ok fault hangup-after-ctrl-z"
    with _open(link) as port:
        pdu = encode_submit("+15550123", "Hello")
        _ask(port, f"AT+CMGS={pdu.tpdu_length}\r", b"> ")
        port.write(pdu.hex.encode() + b"\x1a")
        _until(lambda: _is_gone(port), "the port gone")
    assert [row["event"] for row in emulator.ledger()] == ["fault", "submit"]
    _until(lambda: os.path.lexists(link), "the link again")
    with _open(link) as again:
        assert _ask(again, "AT\r") == "\r\nOK\r\n"


def test_several_modems_in_a_folder(start, link):
    emulator = start("--link", str(link), "--count", "2")
    assert emulator.ready == f"ready {link}"
    with _open(link / "modem1") as one, _open(link / "modem2") as two:
        assert '"+15550100"' in _ask(one, "AT+CNUM\r")
        assert '"+15550101"' in _ask(two, "AT+CNUM\r")
        _ask(two, "AT+CNMI=2,1\r")
        emulator.say("@2 deliver +15550123 For the second")
        two.read_until(b'"SM",1\r\n')
    assert [row["line"] for row in emulator.ledger()] == [2]
    assert emulator.say("@3 status").startswith("error There are modems 1 to 2")


def test_sigterm_takes_the_link_away(start, link):
    emulator = start("--link", str(link))
    emulator.process.send_signal(signal.SIGTERM)
    assert emulator.process.wait(10) == 0
    assert not os.path.lexists(link)


def test_end_of_input_stops_it_only_when_asked_to(start, link):
    emulator = start("--link", str(link), "--until-eof")
    emulator.process.stdin.close()
    assert emulator.process.wait(10) == 0
    assert not os.path.lexists(link)


def test_end_of_input_leaves_it_running_otherwise(start, link):
    emulator = start("--link", str(link))
    emulator.process.stdin.close()
    with _open(link) as port:
        for _ in range(20):
            assert _ask(port, "AT\r") == "\r\nOK\r\n"
    assert emulator.process.poll() is None


def test_a_reader_that_does_not_read_is_no_trouble_for_the_rest(start, link):
    emulator = start("--link", str(link), "--count", "2", "--sim-slots", "255")
    slow = os.open(link / "modem1", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        for n in range(200):
            emulator.say(f"deliver +15550123 {n} " + "x" * 150)
        for _ in range(100):
            try:
                os.write(slow, b"AT+CMGL=4\r")
            except BlockingIOError:
                break
        with _open(link / "modem2") as port:
            for _ in range(20):
                assert _ask(port, "AT\r") == "\r\nOK\r\n"
        assert emulator.say("status") == "ok status sim 200/255 waiting 0"
    finally:
        os.close(slow)
    with serial.Serial(str(link / "modem1"), timeout=0.1) as port:
        port.write(b"AT+CMGD=1,4\r")
        _until(lambda: port.read(1 << 20) is None or "sim 0/" in emulator.say("status"), "an empty SIM")


def test_answers_cut_into_single_octets_are_whole(start, link):
    emulator = start("--link", str(link))
    emulator.say("fault one-byte")
    with _open(link) as port:
        assert _ask(port, "AT+CGSN\r") == "\r\n356938035643809\r\n\r\nOK\r\n"


def test_it_serves_loopback_tcp(start):
    emulator = start("--tcp", "127.0.0.1:0")
    assert emulator.ready.startswith("ready socket://127.0.0.1:")
    with serial.serial_for_url(emulator.ready.split()[1], timeout=5) as port:
        assert _ask(port, "ATE0\r") == "ATE0\r\r\nOK\r\n"
        assert "p2ptext" in _ask(port, "ATI\r")


@pytest.mark.parametrize(
    "address", ["0.0.0.0:7000", "192.168.1.5:7000", "[::]:7000", "example.org:7000", "7000"]
)
def test_it_serves_nobody_else(address, capsys):
    assert main(["--tcp", address]) == 2
    said = capsys.readouterr().err
    assert "127.0.0.1:" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "--link"),
        (["--link", "{folder}/no/such/folder/modem"], "cannot be made"),
        (["--link", "{folder}/file"], "is no link"),
        (["--link", "{folder}/m", "--people", "{folder}/none.toml"], "cannot be read"),
        (["--link", "{folder}/m", "--ledger", "{folder}/no/ledger"], "No such file"),
        (["--link", "{folder}/m", "--number", "Bob"], "phone number"),
        (["--link", "{folder}/m", "--latency-ms", "soon"], "milliseconds"),
        (["--link", "{folder}/m", "--fault", "nonsense"], "no fault 'nonsense'"),
        (["--link", "{folder}/m", "--fault", "@2 deaf"], "modems 1 to 1"),
        (["--link", "{folder}/m", "--faults", "{folder}/none.toml"], "cannot be read"),
        (["--link", "{folder}/m", "--faults", "{folder}/file"], "no valid TOML"),
        (["--link", "{folder}/m", "--replay", "{folder}/file"], "is no transcript. Line 1"),
        (["--link", "{folder}/m", "--replay", "{folder}/none"], "No such file"),
        (["--link", "{folder}/m", "--replay", "{folder}/file", "--count", "2"], "without --count"),
    ],
)
def test_what_cannot_start_says_why(tmp_path, capsys, options, says):
    (tmp_path / "file").write_text("mine")
    assert main([option.format(folder=tmp_path) for option in options]) == 2
    assert says in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"
    assert not os.path.lexists(tmp_path / "m")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nonsense", "no command 'nonsense'"),
        ("deliver", "deliver NUMBER TEXT"),
        ("deliver-parts +1 2,1 text", "order="),
        ("deliver-parts +15550123 order=1,2 short", "1 parts"),
        ("deliver-pdu zz", "error"),
        ("fault", "Say which fault"),
        ("fault lose-everything", "no fault"),
        ("hangup never", "error"),
    ],
)
def test_a_wrong_command_is_answered_and_harmless(start, link, line, says):
    emulator = start("--link", str(link))
    answer = emulator.say(line)
    assert answer.startswith("error ")
    assert says in answer
    assert emulator.say("status") == "ok status sim 0/20 waiting 0"


def test_faults_from_the_command_line_are_for_every_modem_or_one(start, link):
    options = ("--link", str(link), "--count", "2", "--fault", "cms 38 x2", "--fault", "@2 bare-prompt")
    start(*options)
    pdu = encode_submit("+15550123", "Hello")
    for name, prompt in (("modem1", "\r\n> "), ("modem2", "\r\n>")):
        with _open(link / name) as port:
            assert _ask(port, f"AT+CMGS={pdu.tpdu_length}\r", prompt.encode()) == prompt
            assert _ask(port, pdu.hex + "\x1a", b"38\r\n") == "\r\n+CMS ERROR: 38\r\n"


def test_faults_by_chance_are_in_the_ledger_and_clear_ends_them(start, link, tmp_path):
    path = tmp_path / "faults.toml"
    path.write_text('[[fault]]\nfault = "error"\nchance = 1.0\n')
    emulator = start("--link", str(link), "--faults", str(path), "--seed", "3")
    pdu = encode_submit("+15550123", "Hello")
    with _open(link) as port:
        for answer in ("\r\nERROR\r\n", "\r\n+CMGS: 2\r\n\r\nOK\r\n"):
            _ask(port, f"AT+CMGS={pdu.tpdu_length}\r", b"> ")
            assert _ask(port, pdu.hex + "\x1a", answer[-4:].encode()) == answer
            emulator.say("fault clear")
    assert [row["event"] for row in emulator.ledger()] == ["fault", "reject", "submit"]


def test_the_soak_file_is_with_the_program(start, link):
    emulator = start("--link", str(link), "--faults", "soak")
    assert emulator.ready == f"ready {link}"
    assert emulator.say("fault clear") == "ok fault clear"


def test_a_replayed_modem_takes_few_commands(start, link):
    transcript = ROOT / "tests" / "transcripts" / "huawei-k3715.txt"
    emulator = start("--link", str(link), "--replay", str(transcript), "--speed", "20")
    with _open(link) as port:
        assert "huawei" in _ask(port, "AT+CGMI\r")
        assert emulator.say("hangup 0") == "ok hangup"
        _until(lambda: _is_gone(port), "the port gone")
    _until(lambda: os.path.lexists(link), "the link again")
    with _open(link) as port:
        assert "K3715" in _ask(port, "AT+CGMM\r")
    assert emulator.say("hangup never").startswith("error")
    assert emulator.say("deliver +15550123 Hi").startswith("error A modem that replays")
    assert emulator.say("quit") == "ok quit"
    assert emulator.process.wait(10) == 0


def test_a_link_left_by_an_emulator_that_was_killed_is_replaced(start, link):
    killed = start("--link", str(link))
    killed.process.kill()
    killed.process.wait(10)
    assert os.path.lexists(link)
    start("--link", str(link))
    with _open(link) as port:
        assert _ask(port, "AT\r") == "\r\nOK\r\n"


def test_a_link_to_something_else_is_left_alone(tmp_path, link, capsys):
    (tmp_path / "device").write_text("mine")
    link.symlink_to(tmp_path / "device")
    assert main(["--link", str(link)]) == 2
    assert "no link of an emulator" in capsys.readouterr().err
    assert link.read_text() == "mine"
