"""What the practice modem answers to commands, octet for octet where a driver depends on it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modem.emulator.atline import Command, Form, split_line
from modem.sms import encode_submit


def test_echo_is_on_at_power_on_and_off_after_ate0(bench):
    assert bench.type("AT\r") == "AT\r\r\nOK\r\n"
    assert bench.type("ATE0\r") == "ATE0\r\r\nOK\r\n"
    assert bench.type("AT\r") == "\r\nOK\r\n"


def test_result_codes_follow_atv_and_atq(bench):
    bench.type("ATE0\r")
    assert bench.type("ATV0\r") == "0\r"
    assert bench.type("AT+CSQ\r") == "+CSQ: 21,99\r\n0\r"
    assert bench.type("AT+NOPE\r") == "4\r"
    assert bench.type("ATV1Q1\r") == ""
    assert bench.type("AT\r") == ""
    assert bench.type("ATQ0\r") == "\r\nOK\r\n"


def test_an_unknown_command_is_an_error_in_the_form_that_cmee_asks_for(bench):
    assert bench.at("+NOPE=1") == "\r\nERROR\r\n"
    assert bench.at("+CMEE=1", "+NOPE=1") == "\r\n+CME ERROR: 4\r\n"
    assert bench.at("+CMEE=2", "+NOPE=1") == "\r\n+CME ERROR: operation not supported\r\n"
    assert bench.lines("+CMEE?") == ["+CMEE: 2", "OK"]


def test_commands_on_one_line_run_in_order_and_stop_at_the_first_error(bench):
    assert bench.lines("E0V1+CMEE=1;+CMGF=1;+CMGF?") == ["+CMGF: 1", "OK"]
    assert bench.lines("+CMGF=0;+NOPE;+CMGF=1") == ["+CME ERROR: 4"]
    assert bench.lines("+CMGF?") == ["+CMGF: 0", "OK"]


def test_a_line_in_any_pieces_is_the_same_line(bench):
    bench.type("ATE0\r")
    for octet in "AT+CMEE":
        assert bench.type(octet) == ""
    assert bench.type("?\r") == "\r\n+CMEE: 0\r\n\r\nOK\r\n"


def test_backspace_escape_and_control_characters_are_no_part_of_a_command(bench):
    bench.type("ATE0\r")
    assert bench.type("\x1b\r") == ""
    assert bench.type("\x1aATX\x08\r") == "\r\nOK\r\n"
    assert bench.type("not for a modem\r") == ""


def test_a_repeats_the_last_line(bench):
    bench.at("+CSQ")
    assert bench.type("A/\r") == "\r\n+CSQ: 21,99\r\n\r\nOK\r\n"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("+CPIN?", "+CPIN: READY"),
        ("+CSQ", "+CSQ: 21,99"),
        ("+CREG?", "+CREG: 0,1"),
        ("+CREG=2;+CREG?", '+CREG: 2,1,"00C3","0001A2B3"'),
        ("+CEREG?", "+CEREG: 0,1"),
        ("+CGREG=?", "+CGREG: (0-2)"),
        ("+COPS?", '+COPS: 0,0,"p2ptext practice",7'),
        ("+COPS=3,2;+COPS?", '+COPS: 0,2,"00101",7'),
        ("+CSCA?", '+CSCA: "+15550009",145'),
        ("+CIMI", "001010000000001"),
        ("+CGSN", "356938035643809"),
        ("+CCID", "8901010000000000017"),
        ("+CNUM", '+CNUM: "p2ptext","+15550100",145'),
        ("+CGMI", "p2ptext"),
        ("+CSCS=?", '+CSCS: ("GSM","IRA","UCS2","HEX","8859-1","UTF-8")'),
        ("+CSMS=1", "+CSMS: 1,1,1"),
        ("+CMGF=?", "+CMGF: (0,1)"),
        ("+CNMI=?", "+CNMI: (0-2),(0-3),(0),(0-2),(0,1)"),
        ("+CNMI=2,1,0,1,0;+CNMI?", "+CNMI: 2,1,0,1,0"),
        ("+CNMI=1;+CNMI?", "+CNMI: 1,0,0,0,0"),
        ("+CPMS?", '+CPMS: "SM",0,20,"SM",0,20,"SM",0,20'),
        ('+CPMS="ME"', "+CPMS: 0,20,0,20,0,20"),
        ("+CMMS=1;+CMMS?", "+CMMS: 1"),
        ("+CSMP=49,167,0,0;+CSMP?", "+CSMP: 49,167,0,0"),
        ("+CFUN?", "+CFUN: 1"),
        ("+CPAS", "+CPAS: 0"),
        ("+CBC", "+CBC: 0,100"),
        ("+CLIP?", "+CLIP: 0"),
        ("+CCLK?", '+CCLK: "26/11/22,12:00:00+00"'),
    ],
)
def test_answers(bench, command, answer):
    assert bench.lines(command) == [answer, "OK"]


@pytest.mark.parametrize(
    "command", ["H", "X4", "&C1&D2", "Z", "&F", "S0=0", "+CLIP=1", "+CMEE=1", "+CSCB=1", "+CMGL=4"]
)
def test_harmless_commands_are_accepted(bench, command):
    assert bench.lines(command) == ["OK"]


@pytest.mark.parametrize(
    "command", ["+CNMI=2,9", '+CPMS="XX"', "+CMGF=7", "+CMGD=0", "+CMGR=99", "D5551234;"]
)
def test_what_cannot_be_is_refused(bench, command):
    assert "ERROR" in bench.lines(command)[-1]


def test_ussd_answers_unasked(bench):
    assert bench.at('+CUSD=1,"*100#",15').startswith('\r\nOK\r\n\r\n+CUSD: 0,"Balance of +15550100')


def test_a_sim_that_asks_for_its_pin(bench):
    bench.modem.faults.arm(["sim-pin", "4321"])
    assert bench.lines("+CMEE=1;+CPIN?") == ["+CPIN: SIM PIN", "OK"]
    assert bench.lines("+CIMI") == ["+CME ERROR: 11"]
    assert bench.lines("+CMGL=4") == ["+CMS ERROR: 311"]
    assert bench.lines('+CPIN="1111"') == ["+CME ERROR: 16"]
    assert bench.lines("+CPINR")[0] == "+CPINR: SIM PIN,2,3"
    assert bench.lines('+CPIN="4321"') == ["OK"]
    assert bench.lines("+CPIN?") == ["+CPIN: READY", "OK"]


def test_three_wrong_pins_block_the_sim(bench):
    bench.modem.faults.arm(["sim-pin", "4321"])
    for _ in range(3):
        bench.at('+CPIN="0000"')
    assert bench.lines("+CPIN?") == ["+CPIN: SIM PUK", "OK"]
    assert "ERROR" in bench.at('+CPIN="4321"')


def test_atz_puts_the_profile_back(bench):
    bench.at("+CNMI=2,1,0,1,0;+CMGF=1")
    bench.type("ATZ\r")
    assert bench.type("AT+CNMI?\r") == "AT+CNMI?\r\r\n+CNMI: 0,0,0,0,0\r\n\r\nOK\r\n"


def test_what_is_typed_while_the_network_is_asked_waits_its_turn(make_bench):
    bench = make_bench(latency=2.0)
    assert bench.send("+15550123", "Hello") == [""]
    assert bench.type("AT+CSQ\r") == ""
    assert bench.pass_time(2.0) == "\r\n+CMGS: 1\r\n\r\nOK\r\n\r\n+CSQ: 21,99\r\n\r\nOK\r\n"


def test_escape_at_the_prompt_cancels_with_ok(bench):
    pdu = encode_submit("+15550123", "Hello")
    bench.at(f"+CMGS={pdu.tpdu_length}")
    assert bench.type(pdu.hex[:20] + "\x1b") == "\r\nOK\r\n"
    assert bench.type("AT\r") == "\r\nOK\r\n"
    assert bench.ledger("submit") == []


def test_a_pdu_of_another_length_than_announced_is_refused(bench):
    pdu = encode_submit("+15550123", "Hello")
    bench.at(f"+CMGS={pdu.tpdu_length + 1}")
    assert bench.type(pdu.hex + "\x1a") == "\r\n+CMS ERROR: 304\r\n"
    bench.at("+CMGS=20")
    assert bench.type("no hexadecimal\x1a") == "\r\n+CMS ERROR: 304\r\n"
    assert bench.ledger("submit") == []


def test_an_unasked_line_waits_while_the_prompt_is_open(bench):
    pdu = encode_submit("+15550123", "Hello")
    bench.at("+CNMI=2,1", f"+CMGS={pdu.tpdu_length}")
    bench.network.deliver(bench.modem, "+15550124", "Hi")
    assert bench.type(pdu.hex) == ""
    assert bench.type("\x1a") == '\r\n+CMTI: "SM",1\r\n\r\n+CMGS: 1\r\n\r\nOK\r\n'


def test_text_mode_sends_and_reads(bench):
    bench.at("+CMGF=1;+CSMP=49,167,0,0", '+CMGS="+15550123"')
    assert bench.type("Hello there\x1a") == "\r\n+CMGS: 1\r\n\r\nOK\r\n"
    (row,) = bench.ledger("submit")
    assert (row["to"], row["text"], row["report"]) == ("+15550123", "Hello there", True)
    bench.network.deliver(bench.modem, "+15550123", "Hi")
    assert bench.lines('+CMGL="ALL"') == [
        '+CMGL: 1,"REC UNREAD","+15550123",,"26/11/22,12:00:00+00"',
        "Hi",
        "OK",
    ]
    assert bench.lines("+CMGR=1")[0] == '+CMGR: "REC READ","+15550123",,"26/11/22,12:00:00+00"'


def test_text_mode_in_ucs2(bench):
    bench.at('+CMGF=1;+CSCS="UCS2";+CSMP=17,167,0,8')
    number = "+15550123".encode("utf-16-be").hex()
    bench.at(f'+CMGS="{number}"')
    bench.type("Ключ".encode("utf-16-be").hex() + "\x1a")
    assert [(row["to"], row["text"]) for row in bench.ledger("submit")] == [("+15550123", "Ключ")]


def test_a_draft_can_be_stored_and_sent_from_the_sim(bench):
    pdu = encode_submit("+15550123", "Later")
    bench.at(f"+CMGW={pdu.tpdu_length}")
    assert bench.type(pdu.hex + "\x1a") == "\r\n+CMGW: 1\r\n\r\nOK\r\n"
    assert bench.ledger("submit") == []
    assert bench.lines("+CMSS=1") == ["+CMSS: 1", "OK"]
    assert [row["text"] for row in bench.ledger("submit")] == ["Later"]


def test_split_line_keeps_what_is_in_quotes():
    assert split_line('+CSCA="a;b,c",145;E0&F') == [
        Command("+CSCA", Form.SET, '"a;b,c",145'),
        Command("E", Form.RUN, "0"),
        Command("&F", Form.RUN, ""),
    ]
    assert split_line('+CSCA="a;b,c",145')[0].args() == ["a;b,c", "145"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from(
                [
                    b"AT+CMGS=20\r",
                    b"AT+CMGF=1\r",
                    b'AT+CMGS="1"\r',
                    b"\x1a",
                    b"\x1b",
                    b"AT+CPMS=\r",
                    b"AT+CNMI=,,,,\r",
                    b"AT+CMGD=,\r",
                    b"AT+CSMP=,\r",
                    b"AT+CMGL=\r",
                    b'AT+CSCS="UCS2"\r',
                    b"AT+COPS=3,9\r",
                    b"AT+CUSD=1,1\r",
                ]
            ),
        ),
        max_size=12,
    )
)
def test_no_octets_break_it(bench, pieces):
    for piece in pieces:
        bench.type(piece)
    bench.type(b"\x1b\r")
    assert bench.type("ATQ0V1E0\r").endswith("\r\nOK\r\n")
