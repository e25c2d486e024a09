from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.at.parser import (
    Echo,
    Final,
    Parser,
    Prompt,
    Reply,
    Unknown,
    Unsolicited,
    Value,
    final_result,
    names_in,
)

PDU = "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07"  # 3GPP TS 23.040 shape


def feed(parser: Parser, data: bytes, size: int) -> list[Value]:
    values: list[Value] = []
    for at in range(0, len(data), size):
        values += parser.feed(data[at : at + size])
    return values


@pytest.fixture(params=[1, 2, 3, 5, 7, 1000])
def size(request: pytest.FixtureRequest) -> int:
    return int(request.param)


# The echo, success and error strings of ModemManager's src/tests/test-at-serial-port.c, as facts.
MM_ECHO = [
    b"\r\n",
    b"\r",
    b"\n",
    b"this is a string that ends just with <CR>\r",
    b"this is a string that ends just with <CR>\n",
    b"\r\nthis is valid",
    b"a\r\nthis is valid",
    b"a\r\n",
    b"all this string is to be considered echo\r\n",
    b"all this string is to be considered echo\r\nthis is valid",
    b"echo echo\r\nthis is valid\r\nand so is this",
    b"\r\nthis is valid\r\nand so is this",
    b"\r\nthis is valid\r\nand so is this\r\n",
    b"\nNO CARRIER\r\n",
    b"\nCONNECT\r\n",
]
MM_OK = [
    (b"\r\nOK\r\n", True),
    (b'\r\nOK\r\n\r\n+CMTI: "ME",1\r\n', True),
    (b'\r\nOK\r\n\r\n+CIEV: 7,1\r\n\r\n+CRING: VOICE\r\n\r\n+CLIP: "+0123456789",145,,,,0\r\n', True),
    (b"\r\nUNKNOWN COMMAND\r\n", False),
]
MM_ERROR: list[tuple[bytes, Final | None]] = [
    (b"\r\nUNKNOWN COMMAND\r\n", None),
    (b"\r\nERROR\r\n", Final("ERROR", False)),
    (b"\r\nERROR\r\n\r\noooops\r\n", Final("ERROR", False)),
    (b"\r\n+CME ERROR: raspberry\r\n", Final("+CME ERROR: raspberry", False, "CME", None, "raspberry")),
    (b"\r\n+CME ERROR: 123\r\n", Final("+CME ERROR: 123", False, "CME", 123)),
    (b"\r\n+CME ERROR: \r\n", Final("+CME ERROR:", False, "CME")),
    # ModemManager waits on for a number in this and three more below; for us a line that says ERROR
    # has ended its command, and after Ctrl-Z it proves nothing.
    (b"\r\n+CME ERROR:\r\n", Final("+CME ERROR:", False, "CME")),
    (b"\r\n+CMS ERROR: bananas\r\n", Final("+CMS ERROR: bananas", False, "CMS", None, "bananas")),
    (b"\r\n+CMS ERROR: 456\r\n", Final("+CMS ERROR: 456", False, "CMS", 456)),
    (b"\r\n+CMS ERROR: \r\n", Final("+CMS ERROR:", False, "CMS")),
    (b"\r\n+CMS ERROR:\r\n", Final("+CMS ERROR:", False, "CMS")),
    (b"\r\nMODEM ERROR: 5\r\n", Final("MODEM ERROR: 5", False, "", None, "5")),
    (b"\r\nMODEM ERROR: apple\r\n", Final("MODEM ERROR: apple", False, "", None, "apple")),
    (b"\r\nMODEM ERROR: \r\n", Final("MODEM ERROR:", False)),
    (b"\r\nMODEM ERROR:\r\n", Final("MODEM ERROR:", False)),
    (b"\r\nCOMMAND NOT SUPPORT\r\n", Final("COMMAND NOT SUPPORT", False)),
    (b"\r\nCOMMAND NOT SUPPORT\r\n\r\nSomething extra\r\n", Final("COMMAND NOT SUPPORT", False)),
    (b"\r\nNO CARRIER\r\n", Final("NO CARRIER", False, "CALL")),
    (b"\r\nNO CARRIER\r\n\r\nSomething extra\r\n", Final("NO CARRIER", False, "CALL")),
    (b"\r\nBUSY\r\n", Final("BUSY", False, "CALL")),
    (b"\r\nBUSY\r\n\r\nSomething extra\r\n", Final("BUSY", False, "CALL")),
    (b"\r\nNO ANSWER\r\n", Final("NO ANSWER", False, "CALL")),
    (b"\r\nNO ANSWER\r\n\r\nSomething extra\r\n", Final("NO ANSWER", False, "CALL")),
    (b"\r\nNO DIALTONE\r\n", Final("NO DIALTONE", False, "CALL")),
    (b"\r\nNO DIALTONE\r\n\r\nSomething extra\r\n", Final("NO DIALTONE", False, "CALL")),
]


@pytest.mark.parametrize("data", MM_ECHO)
def test_what_stands_before_an_answer_never_hides_it(data: bytes, size: int) -> None:
    parser = Parser()
    parser.expect("AT+CSQ")
    values = feed(parser, data, size)
    if not any(isinstance(value, Final) for value in values):
        values += feed(parser, b"\r\n+CSQ: 9,99\r\n\r\nOK\r\n", size)
        assert Reply("+CSQ: 9,99") in values
        assert values[-1] == Final("OK", True)


@pytest.mark.parametrize(("data", "ends"), MM_OK)
def test_success_is_found(data: bytes, ends: bool, size: int) -> None:
    parser = Parser()
    parser.expect("AT+FOO")
    values = feed(parser, data, size)
    assert (values[0] == Final("OK", True)) is ends
    assert all(isinstance(value, Unsolicited) for value in values[1:])


@pytest.mark.parametrize(("data", "final"), MM_ERROR)
def test_errors_are_found(data: bytes, final: Final | None, size: int) -> None:
    parser = Parser()
    parser.expect("AT+FOO")
    values = feed(parser, data, size)
    assert values[0] == (final or Unknown("UNKNOWN COMMAND"))
    assert all(isinstance(value, Unknown) for value in values[1:])


def test_the_tables_are_whole() -> None:
    assert (len(MM_ECHO), len(MM_OK), len(MM_ERROR)) == (15, 4, 25)


@pytest.mark.parametrize(
    "text", ["OKAY see you", "ok", "ERROR 3", "+CMS ERRORS", "A +CMS ERROR: 5", "BUSY bee", ""]
)
def test_only_a_whole_line_is_a_result(text: str) -> None:
    assert final_result(text) is None


@pytest.mark.parametrize(
    ("text", "code"), [("+CMS ERROR : 5", 5), ("+CMS ERROR: 1234567", None), ("+CMS ERROR: ٣", None)]
)
def test_codes_are_plain_numbers(text: str, code: int | None) -> None:
    final = final_result(text)
    assert final is not None
    assert final.code == code


def test_connect_and_too_many_parameters_end_a_command() -> None:
    assert final_result("CONNECT 9600") == Final("CONNECT 9600", True, "CALL")
    assert final_result("TOO MANY PARAMETERS") == Final("TOO MANY PARAMETERS", False)


def test_a_dialogue_with_everything_in_it(size: int) -> None:
    parser = Parser()
    parser.expect("AT+CMGR=3")
    data = (
        b"\x00\x00AT+CMGR=3\r\r\n^RSSI: 12\r\n\r\r\n+CMGR: 1,,37\r\n^HCSQ: 1\r\n"
        + PDU.encode()
        + b'\r\n+FOOBAR: 1\r\n\xff\xfe\r\n\r\nOK\r\n\r\n+CMTI: "SM",4\r\n'
    )
    assert feed(parser, data, size) == [
        Echo("AT+CMGR=3"),
        Unsolicited("^RSSI: 12"),
        Reply("+CMGR: 1,,37"),
        Unsolicited("^HCSQ: 1"),
        Reply(PDU),
        Unknown("+FOOBAR: 1"),
        Unknown("\xff\xfe"),
        Final("OK", True),
        Unsolicited('+CMTI: "SM",4'),
    ]


def test_hexadecimal_is_an_answer_only_behind_a_header() -> None:
    parser = Parser()
    parser.expect("AT+CMGR=3")
    assert parser.feed(b"0791\r\n+CMGR: 0,,1\r\n0791\r\n") == [
        Unknown("0791"),
        Reply("+CMGR: 0,,1"),
        Reply("0791"),
    ]


def test_a_free_answer_takes_all_but_what_is_unasked() -> None:
    parser = Parser()
    parser.expect("AT+CGMM", everything=True)
    assert parser.feed(b"\r\nE1752\r\nRING\r\n+CREG: 1\r\n\r\nOK\r\n") == [
        Reply("E1752"),
        Unsolicited("RING"),
        Unsolicited("+CREG: 1"),
        Final("OK", True),
    ]


# Both forms of the registration lines of ModemManager's src/tests/test-modem-helpers.c, as facts.
ASKED = [
    "+CREG: 1,3",
    "+CREG: 1,1,84CD,00D30173",
    '+CREG: 2,1,"CE00","01CEAD8F"',
    "+CREG: 2,0,00,0",
    '+CREG:002,001,"18d8","ffff"',
    "+CREG:2,1,0001,0010",
    '+CREG: 2,6,"8B37","0A265185",7',
    "+CREG: 2,11,003F,8FE3, B, C2816",
    "+CREG: 2,1,  0 5, 2715",
    "+CGREG:2,10,ebbd,f025",
    '+CGREG: 2, 1, "0426", "F00F"',
    "+CEREG: 2,1, 1F00, 79D903 ,7",
    '+CEREG: 2,10,"8d83","671f98a",7',
    "+CEREG: 1, 2, 0001, 00000100, 7",
]
BY_ITSELF = [
    "+CREG: 3",
    "+CREG: 11",
    "+CREG: 1,84CD,00D30156",
    '+CREG: 11,"33FE","a3fb477"',
    "+CREG: 2,,",
    "+CREG: 1,0001,0010,0",
    '+CREG: 001,"0001","0010",000',
    '+CREG: 6,"8B37","0A265185",7',
    '+CGREG: 5,"0502","0404736D",2',
    "+CEREG: 11, 78FE, 20 ,14419E ,7",
    "+CEREG: 2, 0001, 00000100, 7",
    '+CGREG: 1, "0426", "F00F"',
]


@pytest.mark.parametrize("line", ASKED + BY_ITSELF)
def test_registration_asked_for_or_not(line: str) -> None:
    parser = Parser()
    parser.expect(f"AT{line.partition(':')[0]}?")
    kind = Reply if line in ASKED else Unsolicited
    assert parser.feed(line.encode() + b"\r\n") == [kind(line)]


@pytest.mark.parametrize(
    "prompt", [b"\r\n> ", b"\r\n>", b">", b"AT+CMGS=9\r\r\n> ", b"AT+CMGS=9>", b"AT+CMGS=9 > "]
)
def test_the_prompt_in_every_form(prompt: bytes, size: int) -> None:
    parser = Parser()
    parser.expect_prompt("AT+CMGS=9")
    values = feed(parser, prompt, size)
    assert values[-1] == Prompt()
    parser.expect_submitted("00AA")
    assert feed(parser, b"00AA\x1a\r\n+CMGS: 4\r\n\r\nOK\r\n", size) == [
        Echo("00AA"),
        Reply("+CMGS: 4"),
        Final("OK", True),
    ]


def test_a_prompt_that_nobody_waits_for_is_nothing() -> None:
    parser = Parser()
    parser.expect("AT")
    assert parser.feed(b"> \r\n> OK\r\n") == [Final("OK", True)]


def test_a_reference_before_ctrl_z_belongs_to_an_earlier_text() -> None:
    parser = Parser()
    parser.expect_prompt("AT+CMGS=9")
    assert parser.feed(b"\r\n+CMGS: 3\r\n\r\n> ") == [Unknown("+CMGS: 3"), Prompt()]


def test_a_call_that_ends_is_no_answer_to_a_text() -> None:
    parser = Parser()
    parser.expect_prompt("AT+CMGS=9")
    parser.expect_submitted("00")
    assert parser.feed(b"NO CARRIER\r\n+CMGS: 3\r\nOK\r\n") == [
        Unsolicited("NO CARRIER"),
        Reply("+CMGS: 3"),
        Final("OK", True),
    ]


def test_data_behind_a_header_is_not_read_as_an_answer(size: int) -> None:
    parser = Parser()
    parser.expect_prompt("AT+CMGS=9")
    parser.feed(b">")
    parser.expect_submitted("00")
    data = (
        b"+CMT: ,37\r\n^RSSI: 3\r\n\r\n" + PDU.encode() + b"\r\n+CDS: 25\r\n0791\r\n+CDS: ,25\r\n0792\r\n"
        b'+CMT: "+15550123",,"26/11/22,10:00:00+00"\r\n+CMGS: 99\r\n'
        b'+CMT: "+15550123",,"26/11/22,10:00:00+00"\r\n> OK\r\n'
        b'+CBM: 1,2,3,1,1\r\nOK\r\n+CDS: 6,12,"+1555",145,"","",0\r\n+CMT: ,5\r\nhello\r\n+CMGS: 8\r\nOK\r\n'
    )
    assert feed(parser, data, size) == [
        Unsolicited("^RSSI: 3"),
        Unsolicited("+CMT: ,37", PDU),
        Unsolicited("+CDS: 25", "0791"),
        Unsolicited("+CDS: ,25", "0792"),
        Unsolicited('+CMT: "+15550123",,"26/11/22,10:00:00+00"', "+CMGS: 99"),
        Unsolicited('+CMT: "+15550123",,"26/11/22,10:00:00+00"', "> OK"),
        Unsolicited("+CBM: 1,2,3,1,1", "OK"),
        Unsolicited('+CDS: 6,12,"+1555",145,"","",0'),
        Unsolicited("+CMT: ,5"),
        Unknown("hello"),
        Reply("+CMGS: 8"),
        Final("OK", True),
    ]


def test_a_stranger_cannot_write_a_prompt(size: int) -> None:
    parser = Parser()
    parser.expect_prompt("AT+CMGS=9")
    data = b'+CMT: "+15550123",,"26/11/22,10:00:00+00"\r\n> give me your PDU\r\n\r\n> '
    assert feed(parser, data, size) == [
        Unsolicited('+CMT: "+15550123",,"26/11/22,10:00:00+00"', "> give me your PDU"),
        Prompt(),
    ]


def test_the_lines_of_a_ussd_text_are_no_answers(size: int) -> None:
    parser = Parser()
    parser.expect_prompt("AT+CMGS=9")
    parser.feed(b">")
    parser.expect_submitted("00")
    data = b'+CUSD: 1,"Menu\r\n> 1\r\n+CMGS: 99\r\nOK\r\n\r\nhe said "ok"",15\r\n+CMGS: 8\r\nOK\r\n'
    assert feed(parser, data, size) == [
        Unsolicited('+CUSD: 1,"Menu\n> 1\n+CMGS: 99\nOK\nhe said "ok"",15'),
        Reply("+CMGS: 8"),
        Final("OK", True),
    ]


def test_the_lines_of_a_ussd_text_do_not_open_a_prompt(size: int) -> None:
    parser = Parser()
    parser.expect_prompt("AT+CMGS=9")
    assert feed(parser, b'+CUSD: 1,"Menu\r\n> 1",15\r\n> ', size) == [
        Unsolicited('+CUSD: 1,"Menu\n> 1",15'),
        Prompt(),
    ]


def test_a_quote_that_never_closes_hides_no_more_than_a_text(size: int) -> None:
    parser = Parser()
    parser.expect("AT+CSQ")
    values = feed(parser, b'+CUSD: 0,"' + b"abcdefghi\r\n" * 60 + b"OK\r\n", size)
    assert isinstance(values[0], Unsolicited)
    assert 400 <= len(values[0].text) < 420
    assert values[-1] == Final("OK", True)


def test_a_pdu_waits_for_its_line_over_a_ussd_text(size: int) -> None:
    data = b'+CMT: ,37\r\n+CUSD: 1,"a\r\nb",15\r\n' + PDU.encode() + b"\r\n"
    assert feed(Parser(), data, size) == [
        Unsolicited('+CUSD: 1,"a\nb",15'),
        Unsolicited("+CMT: ,37", PDU),
    ]


def test_results_that_depend_on_what_was_asked() -> None:
    parser = Parser()
    assert parser.feed(b"NA\r0\r") == [Unknown("NA"), Unknown("0")]
    parser.expect("AT")
    assert parser.feed(b"0\r") == [Final("0", True)]
    parser.expect("AT")
    assert parser.feed(b"4\r") == [Final("4", False)]
    parser.expect("AT+CSQ")
    assert parser.feed(b"0\rNA\r") == [Unknown("0"), Final("NA", False)]


@pytest.mark.parametrize("length", [50, 51, 52, 500])
def test_an_overlong_line_is_cut_and_the_next_one_read(length: int, size: int) -> None:
    parser = Parser(line_cap=50)
    parser.expect("AT")
    data = b"x" * length + b"\r\nOK\r\n"
    assert feed(parser, data, size) == [Unknown("x" * 50), Final("OK", True)]


def test_an_endless_line_takes_no_memory() -> None:
    parser = Parser(line_cap=100)
    for _ in range(1000):
        parser.feed(b"y" * 100)
    assert len(parser._buffer) <= 200


def test_names_in_a_command_line() -> None:
    assert names_in('AT+CPMS="SM";^CPIN?') == ("+CPMS", "^CPIN")
    assert names_in("ATI") == ()


_PIECES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [
                b"\r\n",
                b"OK",
                b"ERROR",
                b"> ",
                b">",
                b"+CMT: ,5",
                b"+CMGS: 3",
                b"+CMGR: 1,,2",
                b"0791",
                b"RING",
                b"+CREG: 1",
                b"+CREG: 2,1",
                b'+CMTI: "SM",1',
                b'+CMT: "+1",,"x"',
                b"AT+CMGS=9",
                b"\x00",
                b"\x1a",
            ]
        ),
    ),
    max_size=30,
)


@given(_PIECES, st.integers(1, 20), st.sampled_from(["", "AT+CMGR=1", "AT+CREG?", "AT+CMGS=9", "all"]))
def test_noise_raises_nothing_and_cuts_change_nothing(pieces: list[bytes], size: int, pending: str) -> None:
    data = b"".join(pieces)

    def made() -> Parser:
        parser = Parser(line_cap=30)
        if pending == "AT+CMGS=9":
            parser.expect_prompt(pending)
        elif pending:
            parser.expect(pending, everything=pending == "all")
        return parser

    assert feed(made(), data, size) == feed(made(), data, max(1, len(data)))


def test_an_overlong_line_behind_a_header_is_not_its_data(size: int) -> None:
    parser = Parser(line_cap=20)
    data = b"+CMT: ,5\r\n" + b"z" * 30 + b"\r\n0791\r\n"
    assert feed(parser, data, size) == [Unknown("z" * 20), Unsolicited("+CMT: ,5", "0791")]
