from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.api import LineState
from modem.at import replies
from modem.at.replies import Registration, Storage, StoredPdu
from modem.masking import masked, without_pin

# The lines of ModemManager's src/tests/test-modem-helpers.c (+CPMS), as facts.
OFFERED = [
    ('+CPMS: ("ME","MT"),("ME","SM","MT"),("SM","MT")', (("ME", "MT"), ("ME", "SM", "MT"), ("SM", "MT"))),
    ('+CPMS: "ME","MT","SM"', (("ME",), ("MT",), ("SM",))),
    ("+CPMS: (),(),()", ((), (), ())),
    ('+CPMS: ("ME","MT"),"ME",("SM")', (("ME", "MT"), ("ME",), ("SM",))),
    ('+CPMS:     (  "ME"  ,  "MT"  )   ,  "ME" ,   (  "SM"  )', (("ME", "MT"), ("ME",), ("SM",))),
    ("+CPMS: (),,(  )", ((), ())),
    ('+CPMS: (("SM","BM","SR"),("SM"))', (("SM", "BM", "SR"), ("SM",))),
    ("+CPMS:", ()),
    ("nonsense", ()),
]
NOW = [
    ('+CPMS: "ME",1,100,"MT",5,100,"TA",1,100', (("ME", 1, 100), ("MT", 5, 100), ("TA", 1, 100))),
    ('+CPMS: "SM",100,100,"SR",5,10,"TA",1,100', (("SM", 100, 100), ("SR", 5, 10), ("TA", 1, 100))),
    ('+CPMS: "MT", 0, 100, "MT", 0, 100, "MT", 0, 100', (("MT", 0, 100), ("MT", 0, 100), ("MT", 0, 100))),
    ('+CPMS: "SM",x,20', ()),
    ("+CPMS: 3,20", ()),
]


@pytest.mark.parametrize(("line", "lists"), OFFERED)
def test_memories_offered(line: str, lists: tuple[tuple[str, ...], ...]) -> None:
    assert replies.storages_offered(line) == lists


@pytest.mark.parametrize(("line", "memories"), NOW)
def test_memories_now(line: str, memories: tuple[tuple[str, int, int], ...]) -> None:
    assert replies.storages_now(line) == tuple(Storage(*memory) for memory in memories)


def test_the_sims_memory() -> None:
    here, there = Storage("SM", 1, 20), Storage("ME", 5, 100)
    assert replies.sim_memory([there, here, there]) == here
    assert replies.sim_memory([Storage("MT", 6, 120), there]) == there
    assert replies.sim_memory([]) is None


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (
            ["+CMGL: 17,3,35", "07AA", "+CMGL: 15,1,35", "07bb"],
            [StoredPdu(17, 3, "07AA", 35), StoredPdu(15, 1, "07BB", 35)],
        ),
        (["+CMGL: 0,1,,147", "07AA"], [StoredPdu(0, 1, "07AA", 147)]),
        (["+CMGL: 0,1,,147", "+CMGL: 1,1,,147", "07AA"], [StoredPdu(1, 1, "07AA", 147)]),
        (["+CMGL: 0,1,,147", "hello", "07AA"], [StoredPdu(0, 1, "07AA", 147)]),
        (["+CMGL: -1,1,,147", "07AA", "+CMGL:", "07AA"], []),
        (["+CMGL: 4", "07AA"], [StoredPdu(4, 1, "07AA")]),
        (["07AA"], []),
    ],
)
def test_listings(lines: list[str], found: list[StoredPdu]) -> None:
    assert replies.stored_pdus(lines, listing=True) == found


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["+CMGR: 0,,37", "07AA"], [StoredPdu(-1, 0, "07AA", 37)]),
        (["+CMGR: ,37", "07AA"], [StoredPdu(-1, 1, "07AA", 37)]),  # ZTE leaves the state out
        (["+CMGR: 0,,37"], []),
    ],
)
def test_readings(lines: list[str], found: list[StoredPdu]) -> None:
    assert replies.stored_pdus(lines, listing=False) == found


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), (' "007" ', 7), ("-1", -1), ("", None), ("x", None), ("-", None), ("٣", None)],
)
def test_numbers(text: str, value: int | None) -> None:
    assert replies.number(text) == value


@pytest.mark.parametrize(
    ("stats", "state"),
    [
        ([1], LineState.READY),
        ([0, 5], LineState.READY),
        ([2, 6], LineState.READY),
        ([3, 7], LineState.READY),
        ([3, 0], LineState.DENIED),
        ([3, 2], LineState.SEARCHING),
        ([4, 0], LineState.SEARCHING),
        ([], LineState.SEARCHING),
    ],
)
def test_states_of_the_network(stats: list[int], state: LineState) -> None:
    assert replies.line_state(stats) is state


def test_registration_lines() -> None:
    assert replies.registration('+CEREG: 2,1,"1F00","79D903",7', asked=True) == Registration(1, "LTE")
    assert replies.registration('+CREG: 1,"8BE3","2BAF",99', asked=False) == Registration(1, "")
    assert replies.registration("+CREG: 2,,", asked=False) == Registration(2)
    assert replies.registration("+CREG: 2", asked=True) is None


@pytest.mark.parametrize(
    ("line", "dbm"), [("+CSQ: 0,0", -113), ("+CSQ: 31,99", -51), ("+CSQ: 99,99", None), ("+CSQ:", None)]
)
def test_signal(line: str, dbm: int | None) -> None:
    assert replies.signal_dbm(line) == dbm


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('+COPS: 1,0,"CHINA MOBILE"', ("CHINA MOBILE", "")),
        ('+COPS: 1,0,"CHINA MOBILE",7', ("CHINA MOBILE", "LTE")),
        ("+COPS: 0", ("", "")),
        ('+COPS: 0,0,"A, B",99', ("A, B", "")),
    ],
)
def test_operators(line: str, found: tuple[str, str]) -> None:
    assert replies.operator(line) == found


def test_numbers_of_people_and_sims() -> None:
    assert replies.quoted_number('+CSCA: "+15550009",145', 0) == "+15550009"
    assert replies.quoted_number('+CSCA: "",0', 0) == ""
    assert replies.quoted_number("+CNUM: x", 1) == ""
    assert replies.long_digits(["+CGSN: x", '+CGSN: "490154203237518"']) == "490154203237518"
    assert replies.long_digits([]) == ""
    assert replies.plain_text(["AT+CGMI", "  ", '+CGMI: "A\x07B"'], "+CGMI") == "AB"
    assert replies.plain_text([], "+CGMI") == ""


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_reply_breaks_a_reader(rest: str, second: str) -> None:
    for name in ("+CPMS", "+CMGL", "+CMGR", "+CREG", "+CSQ", "+COPS", "+CMTI", "+CMGS", "+CSCA"):
        line = f"{name}: {rest}"
        replies.storages_offered(line)
        replies.storages_now(line)
        replies.stored_pdus([line, second, "0791"], listing=name == "+CMGL")
        replies.registration(line, asked=True)
        replies.signal_dbm(line)
        replies.operator(line)
        place = replies.announced(line)
        assert place is None or place[1] >= 0
        reference = replies.reference(line)
        assert reference is None or 0 <= reference <= 255
        replies.quoted_number(line, 0)
        replies.sim_number([line])
        assert len(replies.plain_text([line, second], name)) <= 80


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("AT+CPIN=1234", 'AT+CPIN="****"'),
        ('at+cpin="1234","5678"', 'at+cpin="****"'),
        ('AT+CPIN="1234";+CSQ', 'AT+CPIN="****";+CSQ'),
        ("AT+CSQ", "AT+CSQ"),
        ("+CPIN: READY", "+CPIN: READY"),
    ],
)
def test_a_pin_is_never_shown(line: str, shown: str) -> None:
    assert without_pin(line) == shown


def test_numbers_and_texts_are_hidden() -> None:
    assert masked('+CNUM: "me","+15550100",145') == '+CNUM: "me","*******00",145'
    assert masked("0791132604000000040B911346610089F600002080629173140800") == "<pdu of 27 octets>"
    assert masked("+CMGS: 7") == "+CMGS: 7"
