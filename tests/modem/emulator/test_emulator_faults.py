"""Each fault has its effect, once, n times or always, and on the occasion asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modem.emulator.cli import parser
from modem.emulator.faults import FAULTS, FaultError
from modem.sms import decode_incoming, decode_submit, encode_submit
from modem.transcript import HEAD, read

ACCEPTED = "\r\n+CMGS: {}\r\n\r\nOK\r\n"


def _send(bench) -> str:
    (answer,) = bench.send("+15550123", "Hello")
    return answer


def _prompt(bench) -> str:
    return bench.at(f"+CMGS={encode_submit('+15550123', 'Hello').tpdu_length}")


@pytest.mark.parametrize(
    ("fault", "answer", "taken"),
    [
        ("cms 38", "\r\n+CMS ERROR: 38\r\n", 0),
        ("cms-taken 332", "\r\n+CMS ERROR: 332\r\n", 1),
        ("error", "\r\nERROR\r\n", 0),
        ("error-taken", "\r\nERROR\r\n", 1),
        ("lose-ok", "\r\n+CMGS: 1\r\n", 1),
        ("lose-cmgs", "\r\nOK\r\n", 1),
        ("silence", "", 1),
        ("silence lost", "", 0),
        ("urc-inside before rssi", "\r\n^RSSI: 18\r\n\r\n+CMGS: 1\r\n\r\nOK\r\n", 1),
        ("urc-inside between unknown", "\r\n+CMGS: 1\r\n\r\n+FOOBAR: 1\r\n\r\nOK\r\n", 1),
        ("urc-inside between cmti", '\r\n+CMGS: 1\r\n\r\n+CMTI: "SM",1\r\n\r\nOK\r\n', 1),
    ],
)
def test_faults_after_ctrl_z_happen_once(bench, fault, answer, taken):
    bench.modem.faults.arm(fault.split())
    assert _send(bench) == answer
    assert len(bench.ledger("submit")) == taken
    assert len(bench.ledger("reject")) == 1 - taken
    assert _send(bench) == ACCEPTED.format(2)


@pytest.mark.parametrize(
    ("first", "second"), [("silence lost", "cmgs-doubled"), ("cmgs-doubled", "silence lost")]
)
def test_a_text_that_did_not_leave_is_not_said_to_have_left_twice(bench, first, second):
    bench.modem.faults.arm(first.split())
    bench.modem.faults.arm(second.split())
    assert _send(bench) == ""
    assert not bench.ledger("submit")


def test_a_slow_network_answers_in_the_end(bench):
    bench.modem.faults.arm(["slow", "90"])
    assert _send(bench) == ""
    assert bench.pass_time(89) == ""
    assert bench.pass_time(2) == ACCEPTED.format(1)


def test_counts_and_occasions(bench):
    bench.modem.faults.arm(["cms", "38", "x2", "after=1"])
    codes = [re.search(r"\d+", _send(bench)).group() for _ in range(4)]
    assert codes == ["1", "38", "38", "4"]
    bench.modem.faults.arm(["lose-ok", "always"])
    assert ["OK" in _send(bench) for _ in range(3)] == [False, False, False]
    bench.modem.faults.arm(["clear"])
    assert "OK" in _send(bench)


def test_no_prompt_comes_and_the_modem_goes_on(bench):
    bench.modem.faults.arm(["no-prompt"])
    assert _prompt(bench) == ""
    assert bench.type("\x1b\r") == ""
    assert bench.at("") == "\r\nOK\r\n"
    assert _send(bench) == ACCEPTED.format(1)


def test_a_late_prompt_comes_late(bench):
    bench.modem.faults.arm(["late-prompt", "4"])
    assert _prompt(bench) == ""
    assert bench.pass_time(3.9) == ""
    assert bench.pass_time(0.2) == "\r\n> "


def test_a_bare_prompt_has_no_space(bench):
    bench.modem.faults.arm(["bare-prompt"])
    assert _prompt(bench) == "\r\n>"


def test_lines_before_the_prompt(bench):
    bench.modem.faults.arm(["urc-at-prompt", "okay"])
    assert _prompt(bench) == "\r\nOKAY see you\r\n\r\n> "


@pytest.mark.parametrize("fault", ["hangup-at-prompt", "hangup-at-prompt 3"])
def test_the_port_goes_at_the_prompt_and_nothing_leaves(bench, fault):
    gone = []
    bench.modem.hang_up = lambda seconds: (gone.append(seconds), bench.modem.unplug())
    bench.modem.faults.arm(fault.split())
    assert _prompt(bench) == "\r\n> "
    assert bench.type(encode_submit("+15550123", "Hello").hex + "\x1a") == ""
    assert gone == [float(fault.split()[1]) if " " in fault else 1.0]
    bench.modem.plug_in()
    assert bench.type("AT\r") == "AT\r\r\nOK\r\n"
    assert bench.ledger("submit") == []


def test_the_port_goes_after_ctrl_z_and_the_text_has_left(bench):
    bench.modem.hang_up = lambda seconds: bench.modem.unplug()
    bench.modem.faults.arm(["hangup-after-ctrl-z"])
    assert _send(bench) == ""
    assert bench.modem.gone
    assert len(bench.ledger("submit")) == 1


def test_a_restart_at_the_prompt_forgets_the_settings_and_the_text(bench):
    bench.at("+CNMI=2,1,0,1,0")
    bench.modem.faults.arm(["reboot-at-prompt"])
    boot = "".join(f"\r\n{line}\r\n" for line in ("RDY", "+CPIN: READY", "Call Ready", "SMS Ready"))
    assert _prompt(bench) == "\r\n> " + boot
    bench.type(encode_submit("+15550123", "Hello").hex + "\x1a\r")
    assert bench.ledger("submit") == []
    assert bench.lines("+CNMI?") == ["+CNMI: 0,0,0,0,0", "OK"]


def test_a_restart_after_ctrl_z_has_sent_the_text(bench):
    bench.modem.faults.arm(["reboot-after-ctrl-z"])
    assert _send(bench).startswith("\r\nRDY\r\n")
    assert len(bench.ledger("submit")) == 1


def test_a_mute_command_line_is_carried_out_without_answer(bench):
    bench.at("")
    bench.modem.faults.arm(["mute"])
    assert bench.type("AT+CMEE=1\r") == ""
    assert bench.lines("+CMEE?") == ["+CMEE: 1", "OK"]


def test_noise_and_lines_at_a_given_octet(bench):
    bench.at("")
    bench.modem.faults.arm(["noise"])
    assert bench.type("AT\r") == "\x00\xff\x00\xfe\r\nOK\r\n"
    bench.modem.faults.arm(["urc-at", "4", "rssi"])
    assert bench.type("AT+CSQ\r") == "\r\n+C\r\n^RSSI: 18\r\nSQ: 21,99\r\n\r\nOK\r\n"


def test_echo_stays_on_in_spite_of_ate0(bench):
    bench.modem.faults.arm(["echo-on"])
    bench.type("ATE0\r")
    assert bench.type("AT\r") == "AT\r\r\nOK\r\n"


def test_a_deaf_modem_takes_everything_and_says_nothing(bench):
    bench.modem.faults.arm(["deaf"])
    assert bench.type("AT\r") == ""
    bench.modem.faults.arm(["clear"])
    assert "OK" in bench.type("AT\r")


def test_one_byte_asks_the_port_for_single_octets(bench):
    bench.modem.faults.arm(["one-byte"])
    assert bench.modem.chunk == 1
    bench.modem.faults.arm(["clear"])
    assert bench.modem.chunk == 0


def test_full_slots_keep_texts_in_the_network_until_they_are_cleared(bench):
    bench.at("+CNMI=2,1")
    bench.modem.faults.arm(["slots-full"])
    bench.network.deliver(bench.modem, "+15550123", "Hi")
    assert bench.lines("+CPMS?")[0].startswith('+CPMS: "SM",20,20')
    assert bench.network.waiting(bench.modem) == 1
    bench.modem.faults.arm(["clear"])
    assert bench.pass_time(0) == '\r\n+CMTI: "SM",1\r\n'


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("cmti-minus-one", '\r\n+CMTI: "SM",-1\r\n'),
        ("mms-push", '\r\n+CMTI: "SM",1,"MMS PUSH",2,1\r\n'),
        ("cmti-lost", ""),
    ],
)
def test_odd_announcements_of_a_text_that_is_stored(bench, fault, line):
    bench.at("+CNMI=2,1")
    bench.modem.faults.arm([fault])
    bench.network.deliver(bench.modem, "+15550123", "Hi")
    assert bench.modem.take_output().decode() == line
    assert len(bench.lines("+CMGL=4")) == 3


@pytest.mark.parametrize(
    ("fault", "order"),
    [("parts-shuffled", [3, 2, 1]), ("parts-doubled", [1, 1, 2, 2, 3, 3]), ("part-missing", [1, 2])],
)
def test_parts_out_of_order_doubled_and_missing(bench, fault, order):
    bench.modem.faults.arm([fault])
    bench.network.deliver(bench.modem, "+15550123", "x" * 400)
    rows = bench.lines("+CMGL=4")[1::2]
    assert [decode_incoming(row).concat.part for row in rows if row != "OK"] == order


def test_a_report_before_the_answer_for_another_reference_or_never(bench):
    bench.at("+CNMI=2,1,0,1,0")
    bench.modem.faults.arm(["report-first"])
    (answer,) = bench.send("+15550123", "Hello", report=True)
    assert answer.startswith("\r\n+CDS: ")
    assert answer.endswith(ACCEPTED.format(1))
    bench.modem.faults.arm(["report-wrong", "5"])
    bench.send("+15550123", "Hello", report=True)
    bench.modem.faults.arm(["report-lost"])
    bench.send("+15550123", "Hello", report=True)
    bench.pass_time(1)
    assert [row["reference"] for row in bench.ledger("report")] == [1, 7]


@pytest.mark.parametrize(
    ("state", "answer"), [("searching", 2), ("denied", 3), ("roaming", 5), ("sms-only", 6), ("none", 0)]
)
def test_states_of_registration(bench, state, answer):
    bench.modem.faults.arm(["registration", state])
    assert bench.lines("+CEREG?") == [f"+CEREG: 0,{answer}", "OK"]
    accepted = state in ("roaming", "sms-only")
    assert _send(bench) == (ACCEPTED.format(1) if accepted else "\r\n+CMS ERROR: 331\r\n")


@pytest.mark.parametrize(
    ("fault", "answer", "taken"),
    [
        ("cmgs-doubled", "\r\n+CMGS: 1\r\n\r\n+CMGS: 1\r\n\r\nOK\r\n", 1),
        ("cmgs-urc-at 4 rssi", "\r\n+C\r\n^RSSI: 18\r\nMGS: 1\r\n\r\nOK\r\n", 1),
        ("cmgs-noise", "\x00\xff\x00\xfe" + ACCEPTED.format(1), 1),
        ("cmgs-garbage 3", "\r\n+\x00\xff\x15\xfe\x80CMGS: 1\r\n\r\nOK\r\n", 1),
        ("cmgs-merged", "\r\n+CMGS: 1OK\r\n", 1),
        ("cmgs-cut 5", "\r\n+CM", 1),
        ("reference-same", ACCEPTED.format(0), 1),
        ("reference-at 255", ACCEPTED.format(255), 1),
        ("registration-lost 5", "\r\n+CMS ERROR: 331\r\n", 0),
    ],
)
def test_more_faults_after_ctrl_z(bench, fault, answer, taken):
    bench.modem.faults.arm(fault.split())
    assert _send(bench) == answer
    assert len(bench.ledger("submit")) == taken
    assert [row["name"] for row in bench.ledger("fault")] == [fault]


def test_references_wrap_and_repeat(bench):
    bench.modem.faults.arm(["reference-at", "254"])
    bench.modem.faults.arm(["reference-same", "after=3"])
    answers = [_send(bench) for _ in range(4)]
    assert answers == [ACCEPTED.format(reference) for reference in (254, 255, 0, 0)]


def test_an_answer_after_the_driver_gave_up(bench):
    bench.modem.faults.arm(["late-cmgs", "20"])
    assert _send(bench) == ""
    assert bench.at("+CSQ") == "\r\n+CSQ: 21,99\r\n\r\nOK\r\n"
    assert bench.pass_time(21) == ACCEPTED.format(1)


def test_the_network_goes_with_the_text_and_comes_back(bench):
    bench.at("+CREG=1")
    bench.modem.faults.arm(["registration-lost", "5"])
    assert _send(bench).startswith("\r\n+CREG: 2\r\n")
    assert bench.lines("+CREG?") == ["+CREG: 1,2", "OK"]
    assert bench.pass_time(6) == "\r\n+CREG: 1\r\n"
    assert _send(bench) == ACCEPTED.format(2)


@pytest.mark.parametrize("octets", ["0", "7", "20"])
def test_a_restart_in_the_middle_of_a_text(bench, octets):
    bench.modem.faults.arm(["reboot-in-pdu", octets])
    prompt = _prompt(bench)
    rest = bench.type(encode_submit("+15550123", "Hello").hex + "\x1a\r")
    assert "\r\nRDY\r\n" in prompt + rest
    assert bench.ledger("submit") == []
    assert bench.at("") == "\r\nOK\r\n"
    assert _send(bench) == ACCEPTED.format(1)


def test_the_port_goes_in_the_middle_of_a_text(bench):
    gone = []
    bench.modem.hang_up = lambda seconds: (gone.append(seconds), bench.modem.unplug())
    bench.modem.faults.arm(["hangup-in-pdu", "10", "3"])
    _prompt(bench)
    assert bench.type(encode_submit("+15550123", "Hello").hex[:9]) == ""
    assert gone == []
    bench.type(encode_submit("+15550123", "Hello").hex[9:] + "\x1a")
    assert gone == [3.0]
    assert bench.ledger("submit") == []


def test_a_text_that_ends_before_the_restart_is_a_text(bench):
    bench.modem.faults.arm(["reboot-in-pdu", "300"])
    assert _send(bench) == ACCEPTED.format(1)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("garbage 3", "\r\n+\x00\xff\x15\xfe\x80CSQ: 21,99\r\n\r\nOK\r\n"),
        ("merged", "\r\n+CSQ: 21,99OK\r\n"),
        ("cut 9", "\r\n+CSQ: 2"),
        ("ok-lost", "\r\n+CSQ: 21,99\r\n"),
    ],
)
def test_answers_that_are_not_whole(bench, fault, answer):
    bench.at("")
    bench.modem.faults.arm(fault.split())
    assert bench.type("AT+CSQ\r") == answer
    assert bench.type("AT+CSQ\r") == "\r\n+CSQ: 21,99\r\n\r\nOK\r\n"


def test_commands_that_read_the_sim_go_wrong(bench):
    bench.at("+CMEE=1")
    bench.network.deliver(bench.modem, "+15550123", "Hi")
    faults = bench.modem.faults
    for words, command, answer in (
        (["cmgr-empty"], "+CMGR=1", ["OK"]),
        (["cmgl-short", "18"], "+CMGL=4", ["+CMGL: 1,0,,19", "05", "OK"]),
        (["cmgd-fails"], "+CMGD=1", ["+CMS ERROR: 500"]),
        (["cmgd-fails", "320"], "+CMGD=1", ["+CMS ERROR: 320"]),
        (["read-error"], "+CMGR=1", ["+CMS ERROR: 320"]),
        (["read-error", "322"], "+CMGL=4", ["+CMS ERROR: 322"]),
        (["sim-busy"], "+CMGL=4", ["+CMS ERROR: 314"]),
        (["sim-busy"], "+CPIN?", ["+CME ERROR: 14"]),
        (["ussd-silent"], '+CUSD=1,"*100#"', ["OK"]),
    ):
        faults.arm(words)
        assert [line[:15] for line in bench.lines("+CSQ")] == ["+CSQ: 21,99", "OK"]
        assert bench.lines(command) == answer
        assert not faults.armed
    assert bench.pass_time(5) == ""
    assert bench.lines("+CMGD=?")[0] == "+CMGD: (1),(0-4)"


def test_announcements_twice_and_for_another_memory(bench):
    bench.at("+CNMI=2,1")
    bench.modem.faults.arm(["cmti-twice"])
    bench.network.deliver(bench.modem, "+15550123", "Hi")
    assert bench.modem.take_output().decode() == '\r\n+CMTI: "SM",1\r\n' * 2
    bench.modem.faults.arm(["cmti-elsewhere", "mt"])
    bench.network.deliver(bench.modem, "+15550123", "Hi")
    assert bench.modem.take_output().decode() == '\r\n+CMTI: "MT",2\r\n'


def test_two_long_texts_with_one_reference(bench):
    bench.network.deliver(bench.modem, "+15550123", "x" * 200)
    bench.network.deliver(bench.modem, "+15550123", "between")
    bench.modem.faults.arm(["concat-reused"])
    bench.network.deliver(bench.modem, "+15550123", "y" * 200)
    rows = [decode_incoming(row) for row in bench.lines("+CMGL=4")[1::2] if row != "OK"]
    references = {row.concat.reference for row in rows if row.concat}
    assert len(references) == 1
    assert "".join(row.text for row in rows) == "x" * 200 + "between" + "y" * 200


def test_reports_twice_and_first_pending(bench):
    bench.at("+CNMI=2,1,0,1,0")
    bench.modem.faults.arm(["report-doubled"])
    bench.send("+15550123", "Hello", report=True)
    bench.pass_time(1)
    bench.modem.faults.arm(["report-pending", "48"])
    bench.send("+15550123", "Hello", report=True)
    bench.pass_time(1)
    told = [(row["reference"], row["status"]) for row in bench.ledger("report")]
    assert told == [(1, 0), (1, 0), (2, 48), (2, 0)]


def test_a_report_in_the_middle_of_the_next_answer(bench):
    bench.at("+CNMI=2,1,0,1,0")
    bench.modem.faults.arm(["report-between"])
    bench.send("+15550123", "Hello", report=True)
    assert bench.pass_time(5) == ""
    (answer,) = bench.send("+15550123", "Hello")
    assert re.fullmatch(r"\r\n\+CMGS: 2\r\n\r\n\+CDS: \d+\r\n[0-9A-F]+\r\n\r\nOK\r\n", answer)


def test_what_was_set_is_forgotten_without_a_word(bench):
    bench.at("+CNMI=2,1,0,1,0")
    bench.at("+CMEE=1")
    bench.modem.faults.arm(["cnmi-forgotten"])
    assert bench.modem.take_output() == b""
    assert bench.lines("+CNMI?;+CMEE?") == ["+CNMI: 0,0,0,0,0", "+CMEE: 1", "OK"]
    bench.modem.faults.arm(["settings-forgotten"])
    assert bench.lines("+CMEE?") == ["+CMEE: 0", "OK"]


def test_at_once(bench):
    bench.modem.faults.arm(["unasked", "ring", "creg"])
    assert bench.modem.take_output() == b"\r\nRING\r\n\r\n+CREG: 1\r\n"
    gone = []
    bench.modem.hang_up = gone.append
    bench.modem.faults.arm(["port-gone", "2.5"])
    assert gone == [2.5]
    bench.modem.faults.arm(["reboot"])
    assert bench.modem.take_output().startswith(b"\r\nRDY\r\n")


def test_a_state_for_a_time(bench):
    bench.modem.faults.arm(["no-sim", "for=5"])
    assert bench.lines("+CMEE=1;+CPIN?") == ["+CME ERROR: 10"]
    bench.pass_time(6)
    assert bench.lines("+CPIN?") == ["+CPIN: READY", "OK"]
    bench.modem.faults.arm(["mute", "for=5"])
    assert bench.at("") == ""
    bench.pass_time(6)
    assert bench.at("") == "\r\nOK\r\n"
    assert [(row["name"], row.get("over", False)) for row in bench.ledger("fault")][-1] == ("mute", True)


def test_a_modem_without_a_sim(bench):
    bench.modem.faults.arm(["no-sim"])
    assert bench.lines("+CMEE=1;+CPIN?") == ["+CME ERROR: 10"]
    assert _prompt(bench) == "\r\n+CMS ERROR: 310\r\n"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["cms"],
        ["cms", "x"],
        ["urc-at"],
        ["urc-at", "4", "nonsense"],
        ["slow", "-1"],
        ["one-byte", "0"],
        ["silence", "perhaps"],
        ["cmti-elsewhere", "S?"],
        ["report-pending", "0"],
        ["mute", "for=x"],
    ],
)
def test_a_fault_asked_for_wrongly_says_how(bench, words):
    with pytest.raises(FaultError, match="fault"):
        bench.modem.faults.arm(words)
    assert _send(bench) == ACCEPTED.format(1)


def test_the_handbook_has_every_fault_and_no_other():
    page = (Path(__file__).parents[3] / "docs" / "handbook" / "emulator.md").read_text("utf-8")
    tables = page.partition("## Faults\n")[2].partition("### By chance")[0]
    cells = [line.split(" | ")[0] for line in tables.splitlines() if line.startswith("| `")]
    told = [re.split(r"[ `]", usage)[0] for cell in cells for usage in re.findall(r"`([^`]+)`", cell)]
    assert sorted(told) == sorted(FAULTS)


def test_the_handbook_has_every_option_and_its_transcript_is_one():
    page = (Path(__file__).parents[3] / "docs" / "handbook" / "emulator.md").read_text("utf-8")
    listed = set(re.findall(r"^\| `(--[a-z-]+)", page, re.MULTILINE))
    assert listed == set(re.findall(r"--[a-z-]+", parser().format_usage())) - {"--help"}
    (example,) = re.findall(rf"```\n({HEAD}\n.*?)```", page, re.DOTALL)
    payload = read(example)[-3].text
    assert decode_submit(payload.removesuffix("\x1a")).text == "Hello"


def test_each_fault_says_how_it_is_written():
    assert [name for name, fault in FAULTS.items() if fault.usage.split()[0] != name] == []
