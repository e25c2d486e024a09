"""What the network takes, keeps, delivers and writes down, and how the SIM fills and empties."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime

import pytest

from modem.emulator.ledger import Ledger
from modem.emulator.people import People, Person, Rule
from modem.errors import PduError
from modem.sms import Deliver, StatusReport, decode_incoming, encode_deliver, join

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LONG = "A text of some length that needs more than one part. " * 6 + "🙂"


def _stored(bench) -> list[Deliver | StatusReport]:
    return [decode_incoming(line) for line in bench.lines("+CMGL=4")[1::2] if line != "OK"]


def test_a_sent_text_is_in_the_ledger_as_the_network_saw_it(bench):
    assert bench.send("+15550123", "Héllo €5", report=True) == ["\r\n+CMGS: 1\r\n\r\nOK\r\n"]
    (row,) = bench.ledger("submit")
    assert row == {
        "event": "submit",
        "to": "+15550123",
        "text": "Héllo €5",
        "parts": 1,
        "references": [1],
        "report": True,
        "at": "2026-11-22T12:00:00.000+00:00",
    }


def test_a_national_number_stays_as_it_was_dialled(bench):
    bench.send("0301234567", "Hello")
    assert [row["to"] for row in bench.ledger("submit")] == ["0301234567"]


@pytest.mark.parametrize("text", [LONG, "x" * 400, "🙂" * 70])
def test_a_long_text_is_one_submit_when_its_last_part_is_in(bench, text):
    answers = bench.send("+15550123", text)
    (row,) = bench.ledger("submit")
    assert row["text"] == text
    assert row["parts"] == len(answers)
    assert row["references"] == list(range(1, len(answers) + 1))
    assert [part["part"] for part in bench.ledger("part")] == list(range(1, len(answers) + 1))


def test_a_long_text_that_stops_half_way_leaves_parts_and_no_submit(bench):
    bench.modem.faults.arm(["cms", "38", "after=1"])
    answers = bench.send("+15550123", "x" * 400)
    assert answers[1] == "\r\n+CMS ERROR: 38\r\n"
    assert [part["part"] for part in bench.ledger("part")] == [1, 3]
    assert bench.ledger("submit") == []
    assert [row["code"] for row in bench.ledger("reject")] == [38]


def test_sending_the_same_long_text_again_is_a_second_submit(bench):
    bench.send("+15550123", "x" * 200)
    bench.send("+15550123", "x" * 200)
    assert [row["references"] for row in bench.ledger("submit")] == [[1, 2], [3, 4]]


def test_references_wrap_at_256(bench):
    for _ in range(257):
        bench.send("+15550123", "Hello")
    references = [row["references"][0] for row in bench.ledger("submit")]
    assert references[254:] == [255, 0, 1]


def test_a_number_out_of_service_is_rejected_with_its_code(make_bench):
    bench = make_bench(People(rules=(Rule(("+1555019*",), reject=1),)))
    assert bench.send("+15550199", "Hello") == ["\r\n+CMS ERROR: 1\r\n"]
    assert bench.ledger("submit") == []
    (row,) = bench.ledger("reject")
    assert (row["to"], row["text"], row["code"]) == ("+15550199", "Hello", 1)


def test_nothing_leaves_without_registration(bench):
    bench.modem.faults.arm(["registration", "searching"])
    assert bench.send("+15550123", "Hello") == ["\r\n+CMS ERROR: 331\r\n"]
    assert bench.ledger("submit") == []
    assert bench.lines("+CREG?") == ["+CREG: 0,2", "OK"]


# delivery reports


def test_a_report_comes_as_cds_when_it_is_asked_for(bench):
    bench.at("+CNMI=2,1,0,1,0")
    bench.send("+15550123", "Hello", report=True)
    assert bench.ledger("report") == []
    head, pdu = [line for line in bench.pass_time(0.3).split("\r\n") if line]
    report = decode_incoming(pdu)
    assert isinstance(report, StatusReport)
    assert head == f"+CDS: {len(pdu) // 2 - 1 - int(pdu[:2], 16)}"
    assert (report.reference, report.recipient.number, report.delivered) == (1, "+15550123", True)
    (row,) = bench.ledger("report")
    assert (row["to"], row["reference"], row["status"]) == ("+15550123", 1, 0)


def test_no_report_comes_unasked(bench):
    bench.at("+CNMI=2,1,0,1,0")
    bench.send("+15550123", "Hello", report=False)
    assert bench.pass_time(5) == ""


def test_a_report_can_be_stored_and_announced(bench):
    bench.at("+CNMI=2,1,0,2,0")
    bench.send("+15550123", "Hello", report=True)
    assert bench.pass_time(0.3) == '\r\n+CDSI: "SM",1\r\n'
    assert isinstance(_stored(bench)[0], StatusReport)


def test_the_network_can_report_failure_or_nothing(make_bench):
    bench = make_bench(People(rules=(Rule(("+15550150",), report=0x46), Rule(("+15550151",), report=None))))
    bench.at("+CNMI=2,1,0,1,0")
    bench.send("+15550150", "Hello", report=True)
    bench.send("+15550151", "Hello", report=True)
    bench.pass_time(1)
    assert [(row["to"], row["status"]) for row in bench.ledger("report")] == [("+15550150", 0x46)]


# the SIM


def test_a_text_is_stored_announced_listed_read_and_deleted(bench):
    bench.at("+CNMI=2,1,0,1,0")
    bench.network.deliver(bench.modem, "+15550123", "Hi there")
    assert bench.modem.take_output() == b'\r\n+CMTI: "SM",1\r\n'
    first = bench.lines("+CMGL=4")
    message = decode_incoming(first[1])
    assert isinstance(message, Deliver)
    assert (message.sender.number, message.text, message.timestamp) == ("+15550123", "Hi there", START)
    assert first[0] == f"+CMGL: 1,0,,{len(first[1]) // 2 - 1 - int(first[1][:2], 16)}"
    assert bench.lines("+CMGR=1")[0].startswith("+CMGR: 1,,")
    assert bench.lines("+CMGL=0") == ["OK"]
    assert bench.lines("+CMGD=?") == ["+CMGD: (1),(0-4)", "OK"]
    assert bench.lines("+CMGD=1") == ["OK"]
    assert bench.lines("+CMGR=1") == ["+CMS ERROR: 321"]
    (row,) = bench.ledger("deliver")
    assert (row["from"], row["text"], row["parts"]) == ("+15550123", "Hi there", 1)


def test_without_cnmi_a_text_is_stored_in_silence(bench):
    bench.network.deliver(bench.modem, "+15550123", "Hi")
    assert bench.modem.take_output() == b""
    assert len(_stored(bench)) == 1


def test_a_full_sim_makes_the_network_wait_and_a_free_slot_lets_it_go_on(make_bench):
    bench = make_bench(slots=2)
    bench.at("+CNMI=2,1,0,1,0")
    for n in range(4):
        bench.network.deliver(bench.modem, "+15550123", f"Text {n}")
    assert bench.lines("+CPMS?")[0].startswith('+CPMS: "SM",2,2')
    assert bench.network.waiting(bench.modem) == 2
    assert [row["text"] for row in bench.ledger("deliver")] == ["Text 0", "Text 1"]
    assert bench.lines("+CMGD=2") == ["OK", '+CMTI: "SM",2']
    assert [row["text"] for row in bench.ledger("deliver")] == ["Text 0", "Text 1", "Text 2"]


@pytest.mark.parametrize(("flag", "left"), [(1, [1, 3]), (3, [1]), (4, [])])
def test_cmgd_flags(bench, flag, left):
    for n in range(2):
        bench.network.deliver(bench.modem, "+15550123", f"Text {n}")
    bench.at("+CMGR=2")
    bench.modem.faults.arm(["slots-full"])
    for index in range(4, 21):
        bench.at(f"+CMGD={index}")
    assert bench.lines(f"+CMGD=1,{flag}") == ["OK"]
    expected = "+CMGD: (" + ",".join(str(index) for index in left) + "),(0-4)"
    assert bench.lines("+CMGD=?")[0] == expected


def test_a_text_can_be_routed_and_must_be_acknowledged_in_phase_2(bench):
    bench.at("+CSMS=1", "+CNMI=2,2,0,0,0")
    bench.network.deliver(bench.modem, "+15550123", "One")
    bench.network.deliver(bench.modem, "+15550123", "Two")
    assert bench.modem.take_output().count(b"+CMT: ,") == 1
    assert bench.at("+CNMA").count("+CMT: ,") == 1
    assert bench.lines("+CNMA") == ["OK"]
    assert bench.lines("+CNMA") == ["+CMS ERROR: 340"]
    assert _stored(bench) == []


def test_routing_ends_when_nothing_is_acknowledged(bench):
    bench.at("+CSMS=1", "+CNMI=2,2,0,1,0")
    bench.network.deliver(bench.modem, "+15550123", "One")
    bench.network.deliver(bench.modem, "+15550123", "Two")
    bench.pass_time(15)
    assert bench.lines("+CNMI?") == ["+CNMI: 2,0,0,0,0", "OK"]
    assert [message.text for message in _stored(bench)] == ["Two"]


def test_the_memory_for_arriving_texts_can_be_another(bench):
    bench.at('+CPMS="SM","SM","ME";+CNMI=2,1')
    bench.network.deliver(bench.modem, "+15550123", "Hi")
    assert bench.modem.take_output() == b'\r\n+CMTI: "ME",1\r\n'
    assert _stored(bench) == []
    bench.at('+CPMS="ME"')
    assert len(_stored(bench)) == 1


# incoming texts of several parts


def test_parts_come_in_the_order_asked_for_and_can_be_joined(bench):
    bench.network.deliver(bench.modem, "+15550123", LONG, [2, 1, 1, 3, 4, 5])
    messages = _stored(bench)
    assert [m.concat.part for m in messages] == [2, 1, 1, 3, 4, 5]
    assert join(messages[0:2] + messages[3:]) == LONG
    (row,) = bench.ledger("deliver")
    assert (row["parts"], row["order"]) == (5, [2, 1, 1, 3, 4, 5])


def test_a_part_that_does_not_exist_cannot_be_ordered(bench):
    with pytest.raises(PduError, match="1 parts"):
        bench.network.deliver(bench.modem, "+15550123", "short", [1, 2])


def test_a_pdu_is_delivered_as_it_is_even_when_it_is_none(bench):
    pdu = encode_deliver("+15550123", "As it is", timestamp=START)
    bench.network.deliver_pdu(bench.modem, pdu.hex)
    bench.network.deliver_pdu(bench.modem, "00FFFFFF")
    assert bench.lines("+CMGL=4")[1::2][:2] == [pdu.hex, "00FFFFFF"]
    rows = bench.ledger("deliver")
    assert (rows[0]["text"], rows[0]["from"]) == ("As it is", "+15550123")
    assert "undecodable" in rows[1]


# several modems


def test_modems_on_one_network_text_each_other(make_bench):
    bench = make_bench(count=2)
    second = bench.modems[1]
    assert second.sim.number == "+15550101"
    bench.type("AT+CNMI=2,1\r", second)
    bench.send("+15550101", "From one to two")
    bench.pass_time(1)
    assert second.take_output().endswith(b'+CMTI: "SM",1\r\n')
    assert [row["line"] for row in bench.ledger("submit")] == [1]
    (row,) = bench.ledger("deliver")
    assert (row["line"], row["from"], row["text"]) == (2, "+15550100", "From one to two")


def test_each_modem_counts_its_own_references(make_bench):
    bench = make_bench(count=2)
    for modem in (*bench.modems, bench.modems[0]):
        bench.send("+15550123", "Hello", modem=modem)
    assert [(row["line"], row["references"]) for row in bench.ledger("submit")] == [
        (1, [1]),
        (2, [1]),
        (1, [2]),
    ]


# people


def test_people_answer_from_their_number_after_their_delay(make_bench):
    person = Person("p", after=(5.0, 5.0), replies=(("Who is this?",), ("STOP",)))
    bench = make_bench(People((person,)))
    bench.send("+15550123", "Hello")
    bench.pass_time(4.9)
    assert bench.ledger("deliver") == []
    bench.pass_time(0.2)
    bench.send("+15550123", "It is me")
    bench.pass_time(5.1)
    bench.send("+15550123", "Still there?")
    bench.pass_time(60)
    answers = [(row["from"], row["text"]) for row in bench.ledger("deliver")]
    assert answers == [("+15550123", "Who is this?"), ("+15550123", "STOP")]


# the ledger


def test_the_ledger_is_private_and_each_line_is_there_at_once(tmp_path):
    path = tmp_path / "l.jsonl"
    ledger = Ledger(path)
    ledger.write("submit", 2, to="+1", text="a\nb\ud83d")
    row = json.loads(path.read_text("utf-8"))
    assert (row["event"], row["line"], row["text"]) == ("submit", 2, "a\nb?")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ledger.close()
    ledger.close()
