"""The process that holds python-gammu, seen from outside: nonsense, silence, death, and what is left behind."""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from modem.api import Hooks, Outcome, Outgoing, TraceLine
from modem.backends.gammu import link as gammu_link
from modem.backends.gammu.backend import Address, GammuModem, Pace, parse
from modem.backends.gammu.link import GammuError, Link, LinkLostError
from modem.errors import ModemError, NotReadyError, PortError, UnsupportedError
from modem.factory import open_modem

TO = "+15550123"
SHORT = Pace(open=5.0, ask=5.0, send=0.5, read=5.0, tick=0.05, sweep=5.0)
Stand = Callable[[str], None]

# A stand-in that answers the questions on the way to a text; what it does then is the test's.
_GOOD = """
import json, sys, os, signal, time
ANSWERS = {"open": {"lock": ""}, "begin": {"announces": True}, "tick": {"counts": {}}, "read": {"rows": []}}
def say(octets):
    sys.stdout.buffer.write(octets + b"\\n"); sys.stdout.buffer.flush()
for line in sys.stdin:
    asked = json.loads(line)
    number, name = asked["id"], asked["do"]
    if name == "encode":
        sys.path[:0] = os.environ["PYTHONPATH"].split(os.pathsep)
        from modem.sms import encode_submit
        sms = asked["with"]["sms"]
        pdu = encode_submit(sms["Number"], sms["Text"], report=True, smsc="+15550009").hex
        say(json.dumps({"id": number, "ok": {"pdu": pdu}}).encode())
    elif name == "send":
        BODY
    else:
        say(json.dumps({"id": number, "ok": ANSWERS.get(name, {})}).encode())
"""


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    """Puts a program of the test's in the place of the child."""

    def put(program: str) -> None:
        monkeypatch.setattr(gammu_link, "child_command", lambda: [sys.executable, "-c", program])

    return put


def modem(hooks: Hooks | None = None) -> GammuModem:
    return GammuModem(Address("/dev/none"), hooks, SHORT)


@pytest.mark.parametrize(
    "body",
    [
        'say(b"nonsense")',
        'say(b"[1, 2]")',
        'say(b"[" * 100000)',
        'say(json.dumps({"id": number - 1, "ok": {"reference": 7}}).encode())',
        'say(json.dumps({"id": number, "ok": 7}).encode())',
        'say(json.dumps({"id": number, "ok": {"reference": 700}}).encode())',
        'say(json.dumps({"id": number, "ok": {"reference": "7"}}).encode())',
        'say(json.dumps({"id": number, "error": "ERR_UNKNOWN", "text": "Unknown error."}).encode())',
        'say(json.dumps({"id": number, "error": ["x"], "text": {"y": 1}}).encode())',
        'say(b"\\xff\\xfe\\x00")',
        'sys.stdout.buffer.write(b"x" * 9_000_000); sys.stdout.buffer.flush()',
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "sys.exit(0)",
        "time.sleep(60)",
    ],
)
def test_whatever_goes_wrong_behind_the_hand_over_is_unknown(stand: Stand, body: str) -> None:
    stand(_GOOD.replace("BODY", body))
    line = modem()
    line.open()
    begun = time.monotonic()
    result = line.send(Outgoing(TO, "hello"))
    assert time.monotonic() - begun < 5.0
    assert (result.outcome, result.references) == (Outcome.UNKNOWN, ())
    assert "may have left" in result.detail
    line.close()


@pytest.mark.parametrize(
    "error", ["ERR_EMPTYSMSC", "ERR_NOTCONNECTED", "ERR_SECURITYERROR", "ERR_NOSIM", "ERR_FULL"]
)
def test_only_what_comes_before_every_hand_over_is_not_sent(stand: Stand, error: str) -> None:
    stand(
        _GOOD.replace("BODY", f'say(json.dumps({{"id": number, "error": "{error}", "text": "x"}}).encode())')
    )
    line = modem()
    line.open()
    assert line.send(Outgoing(TO, "hello")).outcome is Outcome.NOT_SENT
    line.close()


def test_a_text_that_gammu_would_change_never_leaves(stand: Stand) -> None:
    stand(_GOOD.replace('sms["Text"], report', '"other words", report').replace("BODY", "raise SystemExit"))
    line = modem()
    line.open()
    asked: list[int] = []
    result = line.send(Outgoing(TO, "hello"), lambda part: asked.append(part) is None)
    assert (result.outcome, asked) == (Outcome.NOT_SENT, [])
    assert "change its words" in result.detail
    assert line.send(Outgoing(TO, "other words"), lambda part: False).outcome is Outcome.NOT_SENT
    line.close()


def test_a_process_that_answers_nothing_is_not_waited_for(stand: Stand) -> None:
    stand("import time; time.sleep(60)")
    line = GammuModem(Address("/dev/none"), None, Pace(open=0.3))
    begun = time.monotonic()
    with pytest.raises(NotReadyError, match="did not answer"):
        line.open()
    assert time.monotonic() - begun < 5.0
    assert line.send(Outgoing(TO, "x")).outcome is Outcome.NOT_SENT


def test_a_message_that_makes_no_sense_is_left_alone_and_said(stand: Stand) -> None:
    rows = [None, 7, {}, {"sms": {}, "place": None}, {"sms": {"Type": "Deliver"}, "place": {"location": "x"}}]
    good = {
        "sms": {"Type": "Deliver", "Number": "+15550188", "Text": "ok", "Coding": "Unicode_No_Compression"}
        | {"DateTime": None, "Class": -1, "ReplaceMessage": 0, "MessageReference": 0},
        "place": {"memory": "SM", "location": 3},
    }
    stand(_GOOD.replace('{"rows": []}', repr({"rows": [*rows, good]})).replace("BODY", "pass"))
    traced: list[TraceLine] = []
    line = modem(Hooks(on_trace=traced.append))
    line.open()
    (item,) = line.poll(0.0)
    assert item.message is not None
    assert getattr(item.message, "text", "") == "ok"
    assert item.pdu.startswith('{"Class":-1')
    assert sum("cannot be understood" in said.text for said in traced) == len(rows)
    assert "gammu cannot read 5" in line.status().hint
    line.close()


def test_a_text_without_a_copy_survives_the_end_of_the_connection(stand: Stand) -> None:
    row = {
        "sms": {"Type": "Deliver", "Number": "+15550188", "Text": "ok", "Coding": "Unicode_No_Compression"}
        | {"DateTime": "2026-11-22T05:06:07+00:00", "Class": 0, "ReplaceMessage": 0},
        "place": None,
    }
    program = _GOOD.replace('{"counts": {}}', repr({"counts": {}, "aside": [row]}))
    stand(
        program.replace(
            '    elif name == "send":',
            '    elif name == "read":\n        sys.exit(0)\n    elif name == "send":',
        ).replace("BODY", "pass")
    )
    line = modem()
    line.open()
    (item,) = line.poll(0.0)
    assert item.slot is None
    assert line.delete(item)
    with pytest.raises(PortError):
        line.poll(0.0)


def test_settings_are_private_and_gone_once_read(tmp_path: Path) -> None:
    link = Link(str(tmp_path), "none", "dummy", Hooks())
    folder = link._folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert f"device = {tmp_path}\n" in (folder / "gammurc").read_text()
    assert link.open(10.0) == {"lock": ""}
    assert not folder.exists()
    assert link.ask("begin", 5.0)["GetManufacturer"] == "Gammu"
    link.close()
    link.close()
    with pytest.raises(LinkLostError, match="closed"):
        link.ask("begin", 5.0)


def test_an_unopened_link_leaves_nothing_behind(tmp_path: Path) -> None:
    link = Link(str(tmp_path), "none", "dummy", Hooks())
    folder = link._folder
    link.kill()
    assert not folder.exists()


def test_a_request_that_does_not_exist_is_an_error_and_no_end(tmp_path: Path) -> None:
    link = Link(str(tmp_path), "none", "dummy", Hooks())
    with pytest.raises(GammuError):
        link.ask("__init__", 10.0, gammu=1)
    with pytest.raises(GammuError):
        link.ask("tick", 5.0)  # not open yet
    assert link.open(10.0) == {"lock": ""}
    link.close()


def test_a_missing_library_is_a_sentence(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    stand(
        "import sys; sys.modules['gammu'] = None\n"
        "from modem.backends.gammu.child import main; sys.exit(main())"
    )
    with pytest.raises(UnsupportedError, match="The other lines work without it"):
        modem().open()
    monkeypatch.setitem(sys.modules, "gammu", None)
    with pytest.raises(UnsupportedError, match="no library for gammu lines"):
        open_modem("gammu:/dev/ttyUSB0")


@pytest.mark.parametrize(
    "url",
    [
        "gammu:",
        "gammu: /dev/x",
        "gammu:/dev/x\nmodel = dummy",
        "gammu:/dev/x?model=a%0Alogfile=/etc/passwd",
        "gammu:/dev/x?logfile=y",
        "gammu:" + "x" * 600,
    ],
)
def test_an_address_cannot_smuggle_settings(url: str) -> None:
    with pytest.raises(ValueError, match="gammu line"):
        parse(url)


def test_an_address_names_device_connection_and_model() -> None:
    assert parse("gammu:/dev/ttyUSB0") == Address("/dev/ttyUSB0", "at", "")
    assert parse("gammu:COM5?connection=fbususb&model=6510") == Address("COM5", "fbususb", "6510")


def test_gammu_is_asked_to_send_in_one_place() -> None:
    senders = ("SendSMS", "SendSavedSMS", "SendFile", "SendFilePart", "AddSMS", "DialVoice")
    folder = Path(gammu_link.__file__).parent
    found = [
        (path.name, node.attr)
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in senders
    ]
    assert found == [("child.py", "SendSMS")]


def test_a_bundle_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert gammu_link.child_command() == [sys.executable, "gammu-child"]


def test_the_hidden_command_serves_the_process(stand: Stand, tmp_path: Path) -> None:
    stand("from app.main import main; main(['gammu-child'])")
    line = GammuModem(Address(str(tmp_path), "none", "dummy"), None, SHORT)
    assert line.open().manufacturer == "Gammu"
    line.close()
    with pytest.raises(ModemError):
        line.poll(0.0)
