"""How texts are cut into parts and joined again."""

from datetime import UTC, datetime

import pytest
import regex

from modem.sms import (
    Alphabet,
    Concat,
    decode_incoming,
    encode_deliver,
    encode_deliver_message,
    join,
    segments,
    split,
)

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)

# pmarti/python-messaging messaging/test/test_sms.py TestSubmitPduCounts
COUNTS = [
    ("x" * 160, 1),
    ("x" * 161, 2),
    ("x" * 306, 2),
    ("x" * 307, 3),
    ("x" * 459, 3),
    ("x" * 460, 4),
    ("€" * 80, 1),
    ("€" * 79 + "x", 1),
    ("€" * 153, 3),
    ("€" * 229 + "x", 4),
    ("ő" * 70, 1),
    ("ő" * 70 + "x", 2),
    ("ő" * 134, 2),
    ("ő" * 134 + "x", 3),
    ("ő" * 201, 3),
    ("ő" * 201 + "x", 4),
]


@pytest.mark.parametrize(("text", "parts"), COUNTS)
def test_number_of_parts(text, parts):
    assert len(split(text).segments) == parts


@pytest.mark.parametrize(
    ("text", "units", "limit", "lengths"),
    [
        ("", 0, 160, [0]),
        ("a" * 160, 160, 160, [160]),
        ("a" * 161, 161, 306, [153, 8]),
        ("a" * 152 + "€" + "b" * 10, 164, 306, [152, 11]),
        ("a" * 152 + "\r\n" + "b" * 10, 164, 306, [152, 12]),
        ("ж" * 70, 70, 70, [70]),
        ("ж" * 71, 71, 134, [67, 4]),
        ("ж" * 66 + "😀" + "ж" * 5, 73, 134, [66, 6]),
        ("ж" * 65 + "👍🏽" + "ж" * 5, 74, 134, [65, 7]),
        ("ж" * 66 + "e\u0301" + "ж" * 5, 73, 134, [66, 7]),
    ],
)
def test_units_limit_and_where_it_is_cut(text, units, limit, lengths):
    found = split(text)
    assert (found.units, found.limit) == (units, limit)
    assert [len(part) for part in found.segments] == lengths
    assert "".join(found.segments) == text


def test_a_16_bit_reference_leaves_less_room():
    assert [len(part) for part in split("a" * 161, 16).segments] == [152, 9]
    assert [len(part) for part in split("ж" * 71, 16).segments] == [66, 5]


# rilmodem/ofono unit/test-sms.c: the surrogate pairs and the 30+ segments of test_prepare_concat
def test_surrogate_pairs_stay_whole_over_many_parts():
    found = split("😀" * 1000)
    assert len(found.segments) == 31
    assert {len(part) for part in found.segments[:-1]} == {33}


def test_a_grapheme_longer_than_a_part_is_cut_between_characters():
    giant = "e" + "\u0301" * 100
    found = split("ab" + giant + "c")
    assert [len(part) for part in found.segments] == [67, 37]
    assert "".join(found.segments) == "ab" + giant + "c"
    family = "👩🏽" + "\u200d👩🏽" * 30
    assert all(len(part.encode("utf-16-be")) <= 134 for part in split(family).segments)


@pytest.mark.parametrize(
    ("text", "offending", "at"),
    [
        ("naïve", "ï", 2),
        ("ok 👍🏽!", "👍🏽", 3),
        ("e\u0301", "e\u0301", 0),
        ("`", "`", 0),
        ("\r\nж", "ж", 2),
        ("\r\u0301", "\u0301", 1),
        ("ab\u200d\u00e7", "b\u200d", 1),
        ("me & e\u0301 & e\u0301", "e\u0301", 5),
    ],
)
def test_the_first_grapheme_outside_gsm_is_named(text, offending, at):
    found = split(text)
    assert (found.alphabet, found.offending, found.offending_at) == (Alphabet.UCS2, offending, at)


def test_a_gsm_text_names_no_offender():
    found = split("€uro [ok]")
    assert (found.alphabet, found.offending, found.offending_at) == (Alphabet.GSM7, None, None)


def test_simple_characters_never_join_with_their_like():
    every = "".join(map(chr, range(0x10000)))
    simple = "".join(segments._SIMPLE.findall(every))
    assert len(simple) > 30_000
    assert regex.findall(r"\X", simple) == list(simple)
    assert regex.findall(r"\X", simple[::-1]) == list(simple[::-1])


def deliver(text, part, total, **more):
    pdu = encode_deliver(
        "+15551234567", text, timestamp=NOW, concat=Concat(9, 8, total, part) if total else None, **more
    )
    return decode_incoming(pdu.hex)


def test_parts_are_joined_in_order_of_their_numbers():
    text = "long story " * 40
    parts = [
        decode_incoming(p.hex) for p in encode_deliver_message("+1555", text, timestamp=NOW, reference=1)
    ]
    assert len(parts) == 3
    assert join(parts[::-1]) == text
    assert join(parts[:1]) == parts[0].text
    assert join([]) == ""


def test_a_pair_cut_in_two_by_its_sender_is_whole_again():
    high, low = "😀".encode("utf-16-be")[:2], "😀".encode("utf-16-be")[2:]
    first = deliver("", 1, 2, data="Hi ".encode("utf-16-be") + high, dcs=8)
    second = deliver("", 2, 2, data=low + "!".encode("utf-16-be"), dcs=8)
    assert (first.text, second.text) == ("Hi \ufffd", "\ufffd!")
    assert join([second, first]) == "Hi 😀!"
    assert join([first]) == "Hi \ufffd"


def test_an_escape_cut_in_two_by_its_sender_is_whole_again():
    first = deliver("", 1, 2, data=b"5 \x1b", dcs=0)
    second = deliver("", 2, 2, data=b"e", dcs=0)
    assert join([first, second]) == "5 €"


def test_parts_of_different_alphabets_join_and_8_bit_has_no_text():
    parts = [deliver("plain ", 1, 3), deliver("", 2, 3, data=b"\x01\x02"), deliver("ж", 3, 3)]
    assert join(parts) == "plain ж"


def test_of_parts_with_one_number_the_first_counts_and_odd_octets_are_left_out():
    odd = deliver("", 1, 2, data="ж".encode("utf-16-be") + b"\x04", dcs=8)
    assert odd.text == "ж"
    assert join([odd, deliver("x", 1, 2), deliver("я", 2, 2)]) == "жя"


def test_parts_with_different_tables_are_read_each_with_its_own():
    turkish = deliver("", 1, 2, data=b"\x1bS", dcs=0, udh=((0x24, b"\x01"),))
    plain = deliver("", 2, 2, data=b"\x1bS", dcs=0)
    assert join([turkish, plain]) == "ŞS"
