"""The trace: what is kept, what is hidden, and what a line means."""

from __future__ import annotations

import threading

import pytest

from app.texting import trace
from app.texting.meaning import TYPED, short_number
from app.texting.trace import TraceRing, explain, hidden, rows
from modem import sms
from modem.api import TraceLine

WORDS = "the secret of Alice"


def ring(*lines, start=100.0):
    """A ring of "> text" lines, one a second."""
    made = TraceRing()
    for step, line in enumerate(lines):
        made.append(TraceLine(start + step, line[0], line[2:]))
    return made


def shown(*lines, numbers=False):
    return [(row.direction, row.text, row.meaning) for row in rows(ring(*lines), numbers=numbers)]


def submit(text=WORDS, number="+13125550187"):
    return sms.encode_submit(number, text, report=True).hex


def deliver(text=WORDS, sender="+13125550119"):
    from datetime import UTC, datetime

    return sms.encode_deliver(sender, text, timestamp=datetime(2026, 3, 1, tzinfo=UTC)).hex


def report(reference=118, status=0):
    from datetime import UTC, datetime

    at = datetime(2026, 3, 1, tzinfo=UTC)
    return sms.encode_status_report(
        "+13125550187", reference=reference, submitted=at, discharged=at, status=status
    ).hex


def test_a_text_sent_and_one_received_read_like_a_story():
    seen = shown(
        "> AT+CMGS=33",
        "< >",
        f"> {submit()}",
        '+ +CMTI: "SM",3',
        "< +CMGS: 118",
        "< OK",
        "> AT+CMGR=3",
        "< +CMGR: 0,,31",
        f"< {deliver()}",
        "< OK",
        "> AT+CMGD=3",
        "< OK",
        "+ +CDS: 25",
        f"+ {report()}",
    )
    assert [(text, meaning) for _, text, meaning in seen if meaning or "…" in text] == [
        (f"{submit()[:10]}…", "SUBMIT to +1 312 ••• 0187, 19 septets, report asked"),
        ('+CMTI: "SM",3', "unsolicited: new message in slot 3"),
        ("+CMGS: 118", "the network took it as 118"),
        ("OK", "3.00 s"),
        (f"{deliver()[:10]}…", "DELIVER from +1 312 ••• 0119, 19 septets"),
        ("AT+CMGD=3", "saved first, then removed from the SIM"),
        ("+CDS: 25", "unsolicited: a report follows"),
        (f"{report()[:10]}…", "STATUS REPORT 118: delivered"),
    ]


def test_nobodys_number_or_words_stand_in_what_is_hidden():
    lines = (
        f"> {submit()}",
        f"< {deliver()}",
        f"< +CMGL: 1,1,,40 {deliver()}",
        '< +CMT: "+13125550119",,"26/03/01,10:00:00+00"',
        f"< {WORDS}",
        '< +CMGR: "REC READ","+13125550119","Alice Example Person","26/03/01,10:00:00+00"',
        f"< {WORDS}, and more",
        "< on a second line",
        "< OK",
        '< +CUSD: 0,"Call 1 312-555-0187 for help",15',
        "> AT+CGSN",
        "< 356938035643809",
        '> AT+CPIN="1234"',
        '> AT+CLCK="SC",1,"1234"',
        '< {"message": "' + WORDS + '", "phoneNumbers": ["+13125550119"]}',
        f"< '{WORDS}' to +13125550187",
    )
    whole = "\n".join(f"{text} {meaning}" for _, text, meaning in shown(*lines))
    for part in (
        "secret",
        "Alice",
        "second line",
        "5550119",
        "5550187",
        "555-0187",
        "35643809",
        "1234",
        submit(),
        deliver(),
    ):
        assert part not in whole, part
    assert "(19 characters of a text, hidden)" in whole
    assert "the modem's IMEI" in whole


def test_what_the_operator_says_of_itself_stays():
    assert hidden(TraceLine(0, "<", '+COPS: 0,0,"p2ptext practice network",7')).endswith('network",7')
    assert hidden(TraceLine(0, "<", "+CSQ: 21,99")) == "+CSQ: 21,99"
    assert hidden(TraceLine(0, "<", "11.126.85.00.209")) == "11.126.85.00.209"


def test_shown_numbers_still_hide_pins():
    seen = shown(f"> {submit()}", '> AT+CPIN="1234"', "< +CLIP: +13125550187", numbers=True)
    assert seen[0][1:] == (submit(), "SUBMIT to +13125550187, 19 septets, report asked")
    assert seen[1][1] == "AT+CPIN=****"
    assert "+13125550187" in seen[2][1]


@pytest.mark.parametrize(
    ("number", "short"),
    [
        ("+13125550187", "+1 312 ••• 0187"),
        ("+447911123456", "+4479 ••• 456"),
        ("07911123456", "0791 ••• 456"),
        ("3125550", "••• 550"),
        ("356938035643809", "••• 3809"),
    ],
)
def test_numbers_keep_their_ends(number, short):
    assert short_number(number) == short


@pytest.mark.parametrize(
    ("before", "line", "meaning"),
    [
        ("> AT+CREG?", "+CREG: 2,1", "registered at home"),
        ("! x", "+CREG: 5", "unsolicited: registered, roaming"),
        ("> AT+CEREG?", '+CEREG: 0,6,"00C3"', "registered for texts alone, at home"),
        ("> AT+CSQ", "+CSQ: 99,99", "signal unknown"),
        ("> AT+CSQ", "+CSQ: 31,0", "signal -51 dBm"),
        ("> AT+CPMS?", '+CPMS: "SM",41,50,"SM",41,50', "41 of 50 places in SM taken"),
        ("> AT+CPIN?", "+CPIN: SIM PIN", "the SIM asks for its PIN"),
        ("> AT+CMGS=20", "+CMS ERROR: 38", "refused, code 38"),
        ("! x", '+CMTI: "SM",-1', "unsolicited: new message, the modem does not say where"),
        ("! x", '+CDSI: "SR",7', "unsolicited: new report in slot 7"),
        ("! x", '+CUSD: 1,"1 Balance",15', "the network asks for an answer"),
        ("> AT+CCID", "8901260123456789012", "the SIM's number (ICCID)"),
        ("> AT", "RING", "unsolicited: a call comes in"),
        ("> AT+CREG?", "+CREG: 9999999999999", ""),
        ("> AT", "SYSSTART", ""),
    ],
)
def test_what_lines_mean(before, line, meaning):
    previous = (TraceLine(0, before[0], before[2:]),)
    assert explain(TraceLine(1, "<", line), previous) == meaning


def test_reports_and_pdus_of_all_kinds():
    assert explain(TraceLine(0, "<", report(7, 0x30))) == "STATUS REPORT 7: not yet"
    assert explain(TraceLine(0, "<", report(7, 0x46))) == "STATUS REPORT 7: failed"
    assert explain(TraceLine(0, "<", submit())).startswith("stored SUBMIT to")
    assert explain(TraceLine(0, "<", "00FF" * 20)) == "a PDU that cannot be read; it is kept"
    assert explain(TraceLine(0, ">", "00FF" * 20)) == "a PDU that cannot be read"
    assert "UCS-2 characters" in explain(TraceLine(0, "<", deliver("Привет")))
    parts = sms.encode_message("+13125550187", "x" * 200, reference=3, report=True)
    assert explain(TraceLine(0, ">", parts[1].hex)).endswith("part 2 of 2, report asked")


def test_what_a_technician_removes_is_told_from_what_the_line_does():
    assert shown(f"! {TYPED}", "> AT+CMGD=3")[1][2] == "removed by hand"


def test_the_ring_is_bounded_in_lines_and_in_characters():
    made = TraceRing(lines=100, characters=5_000)
    for number in range(1, 301):
        made.append(TraceLine(float(number), "<", str(number)))
    found = rows(made)
    assert (found[0].id, found[-1].id, len(found), made.last) == (201, 300, 100, 300)
    for _ in range(3):
        made.append(TraceLine(0.0, "<", "y" * 100_000))
    assert len(made.lines()) == 1
    assert len(made.lines()[0].text) == trace.LONGEST + 1


def test_only_new_rows_are_given_and_with_their_past():
    made = ring(f"> {submit()}", "< +CMGS: 5")
    assert [row.id for row in rows(made)] == [1, 2]
    made.append(TraceLine(105.0, "<", "OK"))
    (last,) = rows(made, 2)
    assert (last.id, last.meaning) == (3, "5.00 s")
    assert rows(made, 3) == ()


def test_reading_while_the_line_writes_loses_nothing():
    made, seen = TraceRing(lines=500), []
    writer = threading.Thread(
        target=lambda: [made.append(TraceLine(float(n), "<", "OK")) for n in range(400)]
    )
    writer.start()
    while writer.is_alive() or made.last > len(seen):
        seen.extend(row.id for row in rows(made, len(seen)))
    writer.join()
    assert seen == list(range(1, 401))
