"""libgammu's log, read for what it proves. The dumps are libgammu 1.45.1's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modem.backends.gammu.log import Evidence, Log

ASKED = b"""Waiting for modem prompt
SENDING frame type 0x00/length 0x0B/11
41A|54T|2B+|43C|4DM|47G|53S|3D=|311|377|0D                      AT+CMGS=17.
RECEIVED frame type 0x00/length 0x0F/15
41A|54T|2B+|43C|4DM|47G|53S|3D=|311|377|0D |0D |0A |3E>|20      AT+CMGS=17...>
Sending SMS
"""
LEFT = b"""SENDING frame type 0x00/length 0x01/1
1A                                                              .
Leaving GSM_SendSMS
"""
TAKEN = b"""RECEIVED frame type 0x00/length 0x12/18
0D |0A |2B+|43C|4DM|47G|53S|3A:|20 |311|0D |0A |0D |0A |4FO|4BK ..+CMGS: 1....OK
0D |0A                                                          ..
"""
REFUSED = b"""RECEIVED frame type 0x00/length 0x11/17
0D |0A |2B+|43C|4DM|53S|20 |45E|52R|52R|4FO|52R|3A:|20 |333|388 ..+CMS ERROR: 38
0D                                                              .
"""


def read(octets: bytes, step: int = 10_000) -> tuple[Evidence, list[tuple[str, str]]]:
    told: list[tuple[str, str]] = []
    log = Log(lambda direction, text: told.append((direction, text)))
    log.expect()
    for at in range(0, len(octets), step):
        log.feed(octets[at : at + step])
    return log.evidence, told


def test_no_ctrl_z_means_that_nothing_left() -> None:
    evidence, told = read(ASKED)
    assert (evidence.prompted, evidence.submitted, evidence.final) == (True, False, None)
    assert told == [(">", "AT+CMGS=17"), ("<", "> ")]
    assert not read(LEFT[: LEFT.index(b"1A")])[0].submitted


def test_the_reference_and_the_code_behind_ctrl_z_are_read() -> None:
    taken, _ = read(ASKED + LEFT + TAKEN)
    assert (taken.submitted, taken.reference) == (True, 1)
    assert taken.final is not None
    assert taken.final.ok
    refused, _ = read(ASKED + LEFT + REFUSED)
    assert refused.final is not None
    assert (refused.final.kind, refused.final.code, refused.reference) == ("CMS", 38, None)


def test_an_answer_before_ctrl_z_is_another_texts() -> None:
    evidence, _ = read(TAKEN + ASKED + LEFT)
    assert (evidence.reference, evidence.final) == (None, None)


def test_an_at_command_alone_does_not_make_an_at_phone() -> None:
    # "AT*NOKIAFBUS" is what some cables want before FBUS begins, which knows no Ctrl-Z.
    log = Log(lambda direction, text: None)
    log.feed(b"SENDING frame type 0x00/length 0x05/5\n41A|54T|26&|46F|0D \n")
    assert not log.speaks_at
    log.feed(ASKED)
    assert log.speaks_at


@given(st.integers(1, 40))
def test_the_pieces_do_not_matter(step: int) -> None:
    assert read(ASKED + LEFT + TAKEN, step) == read(ASKED + LEFT + TAKEN)


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", ASKED, LEFT[:40], b"SENDING frame type 0x00/length 0x0/99999\n"]),
)
def test_nothing_in_a_log_upsets_it(octets: bytes, before: bytes) -> None:
    evidence, _ = read(before + octets)
    assert evidence.reference is None or evidence.submitted
