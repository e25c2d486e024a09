"""Transcripts are read as they were written, and an anonymous one has nobody in it and is still a dialogue."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.api import TraceLine
from modem.sms import (
    Concat,
    decode_incoming,
    decode_submit,
    encode_deliver,
    encode_status_report,
    encode_submit,
)
from modem.transcript import HEAD, TranscriptError, TranscriptLine, anonymous, read, write

NOW = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)
NUMBER = "+436601234567"
DELIVER = encode_deliver(NUMBER, "Call me, {Peter} at 5", timestamp=NOW, smsc="+43660990")
UNICODE = encode_deliver("Acme Bank", "привет", timestamp=NOW, concat=Concat(7, 8, 2, 1))
SUBMIT = encode_submit(NUMBER, "Hello Peter", report=True, validity_minutes=60)
REPORT = encode_status_report(NUMBER, reference=9, submitted=NOW, discharged=NOW, status=0x30)
MMS = encode_deliver(
    NUMBER,
    "",
    timestamp=NOW,
    data=b"\x01\x06\x01\xbehttp://mmsc/secret",
    udh=((5, b"\x0b\x84\x23\xf0"),),
)


def _hidden(*spoken: tuple[str, str]) -> list[tuple[str, str]]:
    lines = [TranscriptLine(float(at), direction, text) for at, (direction, text) in enumerate(spoken)]
    return [(line.direction, line.text) for line in anonymous(lines)]


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1000),
            st.sampled_from("<>+!"),
            st.text(st.characters(codec="latin-1") | st.sampled_from("\u2028\u202e\ud800😀"), max_size=30),
        )
    )
)
def test_what_was_written_is_read_again(rows):
    rows.sort(key=lambda row: row[0])
    lines = [TraceLine(1_000_000.0 + at, direction, text) for at, direction, text in rows]
    found = read(write(lines))
    assert [(line.direction, line.text) for line in found] == [(row[1], row[2]) for row in rows]
    assert [line.at for line in found] == pytest.approx([row[0] - rows[0][0] for row in rows], abs=0.001)


def test_the_format_is_the_one_people_read():
    lines = [TraceLine(5.0, ">", "AT+CMGS=20"), TraceLine(5.25, "<", "> "), TraceLine(5.5, ">", "00AA\x1a")]
    assert write(lines) == f"{HEAD}\n0.000 > AT+CMGS=20\n0.250 < >\\x20\n0.500 > 00AA\\x1a\n"
    assert read(f"{HEAD}\r\n\r\n# a word\r\n1.5 < a\\\\b\\r\\n\r\n2 !\r\n") == (
        TranscriptLine(1.5, "<", "a\\b\r\n"),
        TranscriptLine(2.0, "!", ""),
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("1.0 > AT", 1),
        (f"{HEAD}\nAT", 2),
        (f"{HEAD}\n1.0 > AT\n0.9 < OK", 3),
        (f"{HEAD}\n1.0 ? AT", 2),
        (f"{HEAD}\n1.0 < a\\qb", 2),
        (f"{HEAD}\n-1 < a", 2),
        (f"{HEAD}\n# fine\n1.0 < {'x' * 80_000}", 3),
    ],
)
def test_what_is_no_transcript_says_where(text, line):
    with pytest.raises(TranscriptError, match=f"^Line {line}: ") as caught:
        read(text)
    assert caught.value.line == line


def test_a_time_that_goes_back_is_written_as_standing_still():
    assert [line.at for line in read(write([TraceLine(9.0, ">", "a"), TraceLine(8.0, "<", "b")]))] == [0, 0]


def test_pdus_keep_their_shape_and_lose_their_people():
    (_, deliver), (_, other), (_, submit), (_, report), (_, mms) = _hidden(
        ("<", DELIVER.hex), ("<", UNICODE.hex), (">", SUBMIT.hex + "\x1a"), ("+", REPORT.hex), ("<", MMS.hex)
    )
    assert [len(text) for text in (deliver, other, submit, report, mms)] == [
        len(pdu.hex) + extra
        for pdu, extra in ((DELIVER, 0), (UNICODE, 0), (SUBMIT, 1), (REPORT, 0), (MMS, 0))
    ]
    first, second = decode_incoming(deliver), decode_incoming(other)
    number = first.sender.number
    assert number.startswith("+1555010")
    assert len(number) == len(NUMBER)
    assert (first.timestamp, first.alphabet, len(first.data)) == (NOW, "GSM-7", 23)
    assert "Peter" not in first.text
    assert (second.concat, second.alphabet, len(second.data)) == (Concat(7, 8, 2, 1), "UCS-2", 12)
    assert second.sender.alphanumeric
    assert second.sender.number != "Acme Bank"
    sent = decode_submit(submit.removesuffix("\x1a"))
    assert (sent.destination.number, sent.wants_report, sent.validity) == (number, True, 60)
    told = decode_incoming(report)
    assert (told.recipient.number, told.reference, told.status) == (number, 9, 0x30)
    assert decode_incoming(mms).is_mms_notification
    assert b"secret" not in decode_incoming(mms).data


def test_different_texts_stay_different_and_the_same_text_the_same():
    one, two, again = (
        text
        for _, text in _hidden(
            *[("<", encode_deliver(NUMBER, word, timestamp=NOW).hex) for word in ("abcd", "efgh", "abcd")]
        )
    )
    assert one == again != two


@pytest.mark.parametrize(
    ("before", "line", "kept"),
    [
        ("AT+CGSN", "356938035643809", r"35693803\d{7}"),
        ("AT+CIMI", "232019876543210", r"00101\d{10}"),
        ("AT+CCID", "+CCID: 89430301234567890123", r"\+CCID: 8901\d{16}"),
        ("AT^ICCID?", "^ICCID: 9843021032547698103F", r"\^ICCID: \d{19}F"),
        ("AT+CCID", "8943030123456789012F", r"8901\d{15}F"),
        ("AT+CCID", "8943030123456789012f", r"8901\d{15}f"),
        ("AT+CNUM", '+CNUM: "Peter K","+436601234567",145', r'\+CNUM: "[^"P]{7}","\+1555010\d{5}",145'),
        ("AT+CSCA?", '+CSCA: "+43660990",145', r'\+CSCA: "\+1555\d{4}",145'),
        ("AT+CREG?", '+CREG: 2,1,"1A2B","0F00BA12",2', r'\+CREG: 2,1,"0000","00000000",2'),
        ("AT", "+CREG: 1, 1A2B, 0F00BA12", r"\+CREG: 1, 0000, 00000000"),
        ("AT+CUSD=1", '+CUSD: 0,"Peter has 12.34",15', r'\+CUSD: 0,"[^P]{15}",15'),
        ("AT+CSQ", "+CSQ: 21,99", r"\+CSQ: 21,99"),
        ("AT+COPS?", '+COPS: 0,2,"23201",7', r'\+COPS: 0,2,"23201",7'),
        ("AT+CGMR", "11.609.10.02.00", r"11\.609\.10\.02\.00"),
    ],
)
def test_lines_about_somebody(before, line, kept):
    (_, (_, hidden)) = _hidden((">", before), ("<", line))
    assert len(hidden) == len(line)
    assert re.fullmatch(kept, hidden), hidden


@given(
    st.lists(
        st.tuples(
            st.sampled_from("<>+"),
            st.sampled_from(
                ("", "+CMGL: 1,1,,", "+CMT: ", "+CNUM: ", "+CUSD: 0,", "+CREG: ", "AT+CMGS=", DELIVER.hex)
            ),
            st.text(st.sampled_from('0123456789ABCDEFabf",:+ \r\n\x1a\xe9'), max_size=40),
        ),
        max_size=6,
    )
)
def test_whatever_was_said_keeps_its_length_or_becomes_a_remark(rows):
    lines = [TranscriptLine(0.0, direction, start + rest) for direction, start, rest in rows]
    found = anonymous(lines)
    assert len(found) == len(lines)
    for before, after in zip(lines, found, strict=True):
        assert after.direction in (before.direction, "!")
        if after.direction == before.direction:
            assert len(after.text) == len(before.text)
        assert NUMBER[1:] not in after.text


def test_text_mode_is_hidden_too():
    hidden = _hidden(
        (">", 'AT+CMGS="+436601234567"'),
        ("<", "> "),
        (">", "See you at five, Peter\x1a"),
        ("<", "+CMGS: 5"),
        ("<", "OK"),
        (">", 'AT+CMGL="ALL"'),
        ("<", '+CMGL: 1,"REC READ","+436601234567","Peter","26/11/22,05:30:00+00"'),
        ("<", "OK, Peter, at my place"),
        ("<", "+436601234567 is mine"),
        ("<", "OK"),
        ("+", '+CMT: "+436601234567",,"26/11/22,05:30:00+00"'),
        ("+", "Late"),
        ("<", "+CSQ: 21,99"),
    )
    text = "\n".join(line for _, line in hidden)
    assert "Peter" not in text
    assert "66012" not in text
    assert [line for _, line in hidden if "five" in line or "place" in line or "Late" in line] == []
    assert (hidden[3][1], hidden[4][1], hidden[9][1], hidden[12][1]) == (
        "+CMGS: 5",
        "OK",
        "OK",
        "+CSQ: 21,99",
    )
    assert hidden[2][1].endswith("\x1a")


def test_what_is_no_pdu_becomes_a_remark_and_a_pin_is_gone():
    garbage = "FF" * 30
    assert _hidden(("<", garbage), (">", 'AT+CPIN="4711"')) == [
        ("!", "left out: 60 characters, no PDU"),
        (">", 'AT+CPIN="****"'),
    ]


def test_octets_of_several_lines_are_taken_apart():
    raw = f"\r\n+CMGR: 1,,{DELIVER.tpdu_length}\r\n{DELIVER.hex}\r\n\r\nOK\r\n"
    ((_, hidden),) = _hidden(("<", raw))
    assert len(hidden) == len(raw)
    assert hidden.endswith("\r\n\r\nOK\r\n")
    assert DELIVER.hex not in hidden
