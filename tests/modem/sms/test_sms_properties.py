"""What holds for every text, number and octet: round trips, limits, and nothing raised but PduError."""

import contextlib
import random
import tomllib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import regex
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from modem.errors import PduError
from modem.sms import (
    Address,
    Alphabet,
    Concat,
    Deliver,
    decode_incoming,
    decode_submit,
    encode_deliver,
    encode_deliver_message,
    encode_message,
    encode_status_report,
    encode_submit,
    gsm7,
    join,
    split,
)

thorough = settings(max_examples=400, deadline=None)
usual = settings(deadline=None)
NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
GSM = gsm7.ALPHABET.replace("\x1b", "") + "\f^{}\\[~]|€"
PUBLIC = [
    v["pdu"]
    for v in tomllib.loads((Path(__file__).parent / "vectors.toml").read_text(encoding="utf-8"))["vector"]
    if v["kind"] != "refused"
]

# What breaks codecs: extension characters, line ends, pairs, joiners, flags, marks, conjoining jamo.
AWKWARD = [
    "€",
    "\r\n",
    "\r",
    "😀",
    "👩\u200d👩\u200d👧",
    "🇩🇪",
    "🇩",
    "e\u0301",
    "\u0301",
    "\u200d",
    "각",
    "न्य",
    "Ж",
]
gsm_texts = st.text(GSM, max_size=700)
any_texts = st.lists(
    st.one_of(
        st.text(max_size=80),
        st.sampled_from(AWKWARD).flatmap(lambda s: st.integers(1, 90).map(lambda n: s * n)),
    ),
    max_size=6,
).map("".join)
texts = st.one_of(gsm_texts, any_texts).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text))
numbers = st.one_of(
    st.from_regex(r"\A\+?[0-9*#][0-9*#abc]{0,19}\Z"), st.from_regex(r"\A[abc]{1,5}[0-9*#]{1,15}\Z")
)
names = st.text(gsm7.ALPHABET.replace("\x1b", ""), min_size=1, max_size=11)
zones = st.integers(-79, 79).map(lambda n: timezone(timedelta(minutes=15 * n)))
moments = st.datetimes(datetime(1990, 1, 2), datetime(2089, 12, 30), timezones=zones).map(
    lambda moment: moment.replace(microsecond=0)
)
concats = st.builds(
    lambda bits, reference, total, part: Concat(reference % (1 << bits), bits, total, 1 + part % total),
    st.sampled_from([8, 16]),
    st.integers(0, 65535),
    st.integers(1, 255),
    st.integers(0, 254),
)


def boundaries(pieces):
    at = 0
    for piece in pieces:
        at += len(piece)
        yield at


def units(text, alphabet):
    return gsm7.count(text) if alphabet is Alphabet.GSM7 else len(text.encode("utf-16-be")) // 2


@thorough
@given(texts, st.sampled_from([8, 16]))
@example("\u0600" * 66 + "🇩" + "🇩🇪" * 30, 8)
def test_a_text_is_cut_into_parts_that_fit_and_only_between_graphemes(text, bits):
    found = split(text, bits)
    assert "".join(found.segments) == text
    assert found.units == units(text, found.alphabet)
    alone, room = {
        (Alphabet.GSM7, 8): (160, 153),
        (Alphabet.GSM7, 16): (160, 152),
        (Alphabet.UCS2, 8): (70, 67),
        (Alphabet.UCS2, 16): (70, 66),
    }[found.alphabet, bits]
    several = len(found.segments) > 1
    assert several is (found.units > alone)
    assert found.limit == (room * len(found.segments) if several else alone)
    assert all(0 < units(part, found.alphabet) <= found.limit for part in found.segments) or not text
    if not several:
        return
    assert all(units(part, found.alphabet) <= room for part in found.segments)
    graphemes = regex.findall(r"\X", text)
    allowed = set(boundaries(graphemes))
    for end, grapheme in zip(boundaries(graphemes), graphemes, strict=True):
        if units(grapheme, found.alphabet) > room:
            allowed.update(range(end - len(grapheme) + 1, end))
    assert set(boundaries(found.segments)) <= allowed


@usual
@given(st.text(max_size=400))
def test_the_offender_is_the_first_grapheme_outside_gsm(text):
    found = split(text)
    at = next((i for i, char in enumerate(text) if char not in GSM), None)
    assert (found.alphabet is Alphabet.GSM7) is (at is None)
    if at is not None:
        begins = [
            end - len(g)
            for end, g in zip(boundaries(regex.findall(r"\X", text)), regex.findall(r"\X", text), strict=True)
        ]
        assert found.offending_at == max(begin for begin in begins if begin <= at)
        assert text.startswith(found.offending, found.offending_at)
        assert at < found.offending_at + len(found.offending)


@thorough
@given(numbers, texts, st.integers(0, 255), st.booleans(), st.none() | st.integers(1, 63 * 10080))
def test_what_leaves_is_read_as_it_was_meant(number, text, reference, report, validity):
    pdus = encode_message(number, text, reference=reference, report=report, validity_minutes=validity)
    parts = [decode_submit(pdu.hex) for pdu in pdus]
    assert "".join(part.text for part in parts) == text
    for n, (pdu, part) in enumerate(zip(pdus, parts, strict=True), 1):
        assert part.destination.number == number
        assert part.wants_report is report
        assert part.concat == (Concat(reference, 8, len(pdus), n) if len(pdus) > 1 else None)
        assert (part.validity is None) is (validity is None)
        assert validity is None or validity <= part.validity < validity * 2 + 5
        assert pdu.tpdu_length == len(pdu.hex) // 2 - 1 <= 176
        assert pdu.hex == pdu.hex.upper()


@thorough
@given(
    st.one_of(numbers, names.map(lambda n: Address(n, 5, 0))),
    texts,
    moments,
    st.sampled_from([8, 16]),
    st.randoms(),
)
def test_what_arrives_is_joined_to_what_was_sent(sender, text, moment, bits, shuffle):
    parts = [
        decode_incoming(pdu.hex)
        for pdu in encode_deliver_message(sender, text, timestamp=moment, reference=200, bits=bits)
    ]
    shuffle.shuffle(parts)
    assert join(parts) == text
    assert {part.sender.number for part in parts} == {
        sender.number if isinstance(sender, Address) else sender
    }
    assert {part.timestamp for part in parts} == {moment}
    assert {part.timestamp.utcoffset() for part in parts} == {moment.utcoffset()}


@usual
@given(st.text(GSM.replace("€", ""), max_size=76), concats, st.integers(0, 255))
def test_any_part_of_any_text(text, concat, pid):
    found = decode_incoming(encode_deliver("1", text, timestamp=NOW, concat=concat, pid=pid).hex)
    assert (found.text, found.concat, found.pid) == (text, concat, pid)


@usual
@given(st.binary(max_size=100), st.lists(st.tuples(st.integers(9, 0x23), st.binary(max_size=8)), max_size=3))
def test_any_octets_under_any_header(data, elements):
    udh = tuple(elements)
    found = decode_incoming(encode_deliver("1", "", timestamp=NOW, data=data, udh=udh).hex)
    assert (found.data, found.udh, found.text) == (data, udh, "")


@usual
@given(numbers, st.integers(0, 255), moments, moments, st.integers(0, 255))
def test_any_status_report(number, reference, submitted, discharged, status):
    pdu = encode_status_report(
        number, reference=reference, submitted=submitted, discharged=discharged, status=status
    )
    found = decode_incoming(pdu.hex)
    assert (found.recipient.number, found.reference, found.status) == (number, reference, status)
    assert (found.submitted, found.discharged) == (submitted, discharged)
    assert found.delivered + found.pending + found.failed == 1


@usual
@given(st.text(max_size=200), st.text(max_size=30), st.integers(-5, 300), st.integers(-5, 700_000))
def test_writing_refuses_with_a_pdu_error_only(text, number, reference, validity):
    for write in (
        lambda: encode_message(number, text, reference=reference, report=True, validity_minutes=validity),
        lambda: encode_submit(number, text, reference=reference, validity_minutes=validity),
        lambda: encode_deliver(number, text, timestamp=NOW, smsc=number),
        lambda: encode_deliver(number, text, timestamp=NOW, dcs=reference, pid=reference),
    ):
        with contextlib.suppress(PduError):
            write()


def read_anything(pdu):
    found = []
    for decode in (decode_incoming, decode_submit):
        with contextlib.suppress(PduError):
            found.append(decode(pdu))
    return found


@thorough
@given(st.one_of(st.binary(max_size=200).map(bytes.hex), st.text(max_size=60), st.binary(max_size=60)))
def test_reading_anything_raises_a_pdu_error_only(pdu):
    read_anything(pdu)


@thorough
@given(st.sampled_from(PUBLIC), st.data())
def test_reading_a_damaged_pdu_raises_a_pdu_error_only(pdu, data):
    octets = bytearray(bytes.fromhex(pdu if len(pdu) % 2 == 0 else pdu[:-1]))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(octets) - 1))
        octets[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
        assume(octets)
    for message in read_anything(octets.hex()):
        if isinstance(message, Deliver) and message.timestamp:
            assert rewritten(message) == message


def rewritten(message):
    """Written and read again; the message itself where its address or zone cannot be written."""
    try:
        pdu = encode_deliver(
            message.sender,
            "",
            timestamp=message.timestamp,
            smsc=message.smsc or "",
            pid=message.pid,
            dcs=message.dcs,
            data=message.data,
            udh=message.udh,
        )
    except PduError:
        return message
    return decode_incoming(pdu.hex)


def test_a_hundred_thousand_damaged_pdus():
    chance = random.Random(20261122)
    whole = [bytes.fromhex(pdu) for pdu in PUBLIC]
    read = 0
    for _ in range(50_000):
        octets = bytearray(chance.choice(whole))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(octets))
            if chance.random() < 0.6:
                octets[at] = chance.randrange(256)
            elif chance.random() < 0.5:
                octets.insert(at, chance.randrange(256))
            elif len(octets) > 1:
                del octets[at]
        read += len(read_anything(octets.hex()))
    assert 20_000 < read < 80_000  # the damage is neither nothing nor everything
