"""Every public vector in vectors.toml: what other projects and real phones wrote, as our codec reads it."""

import re
import tomllib
from collections import Counter
from datetime import UTC
from pathlib import Path

import pytest

from modem.errors import PduError
from modem.sms import (
    Deliver,
    StatusReport,
    Submit,
    decode_incoming,
    decode_submit,
    encode_deliver,
    encode_message,
    encode_submit,
    gsm7,
    join,
)

PUBLIC = tomllib.loads((Path(__file__).parent / "vectors.toml").read_text(encoding="utf-8"))
VECTORS = PUBLIC["vector"]
READ = [v for v in VECTORS if v["kind"] in ("deliver", "submit", "report")]
KINDS = {"deliver": Deliver, "submit": Submit, "report": StatusReport}


def name(vector):
    return f"{vector['source']} {vector['kind']}"


def other(message):
    if isinstance(message, Deliver):
        return message.sender
    return message.destination if isinstance(message, Submit) else message.recipient


def clock(message):
    return message.submitted if isinstance(message, StatusReport) else message.timestamp


def concat_of(message):
    c = message.concat
    return None if c is None else [c.reference, c.bits, c.total, c.part]


FACTS = {
    "number": lambda m: other(m).number,
    "smsc": lambda m: m.smsc.number if m.smsc else "",
    "text": lambda m: m.text,
    "data": lambda m: m.data.hex(),
    "pid": lambda m: m.pid,
    "dcs": lambda m: m.dcs,
    "concat": concat_of,
    "multipart": lambda m: m.concat is not None,
    "waiting": lambda m: m.waiting,
    "port": lambda m: m.ports[0],
    "timestamp": lambda m: clock(m).isoformat(),
    "utc": lambda m: clock(m).astimezone(UTC).isoformat(),
    "local": lambda m: clock(m).replace(tzinfo=None).isoformat(),
    "discharged": lambda m: m.discharged.isoformat(),
    "status": lambda m: m.status,
    "reference": lambda m: m.reference,
    "validity": lambda m: m.validity,
    "valid_until": lambda m: m.valid_until.isoformat(),
    "rejects": lambda m: m.rejects_duplicates,
    "wants_report": lambda m: m.wants_report,
}
NOT_FACTS = {"source", "note", "kind", "direction", "pdu", "whole", "text_begins", "rewritten"}


@pytest.mark.parametrize("vector", READ, ids=name)
def test_a_public_vector_says_what_its_source_says(vector):
    message = decode_submit(vector["pdu"]) if vector["kind"] == "submit" else decode_incoming(vector["pdu"])
    assert isinstance(message, KINDS[vector["kind"]])
    wanted = {key: value for key, value in vector.items() if key not in NOT_FACTS}
    assert {key: FACTS[key](message) for key in wanted} == wanted
    if "text_begins" in vector:
        assert message.text.startswith(vector["text_begins"])
        assert len(message.text) in (70, 160)


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["kind"] == "septets"], ids=name)
def test_national_tables_read_as_in_ofono(vector):
    septets = decode_submit(vector["pdu"]).data
    assert gsm7.decode(septets, vector["locking"], vector["single"]) == vector["text"]


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["kind"] == "parses"], ids=name)
def test_what_real_phones_said_is_read(vector):
    try:
        message = decode_incoming(vector["pdu"])
    except PduError:
        message = decode_submit(vector["pdu"])
    assert other(message) is not None


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["kind"] == "refused"], ids=name)
def test_what_is_broken_is_refused(vector):
    directions = {"in": [decode_incoming], "out": [decode_submit]}
    for decode in directions.get(vector.get("direction"), [decode_incoming, decode_submit]):
        with pytest.raises(PduError):
            decode(vector["pdu"])


def test_long_texts_leave_as_gsmmodem_and_python_messaging_cut_them():
    wholes = {v["whole"] for v in VECTORS if "whole" in v}
    assert len(wholes) == 2
    for whole in wholes:
        theirs = [decode_submit(v["pdu"]) for v in VECTORS if v.get("whole") == whole]
        ours = [
            decode_submit(pdu.hex)
            for pdu in encode_message(
                theirs[0].destination, whole, reference=theirs[0].concat.reference, report=False
            )
        ]
        assert [(m.text, m.concat, m.data) for m in ours] == [(m.text, m.concat, m.data) for m in theirs]


def test_a_text_in_three_parts_is_joined_as_in_ofono():
    parts = [decode_incoming(v["pdu"]) for v in VECTORS if "assembly_pdu" in v["source"]]
    text = join(parts[::-1])
    assert text.startswith("Итак, Александр  слушал за дверью  и  все больше преисполнялся  гневом.\n")
    assert text.endswith("он стремительно вбежал в комнату, позабыв\nдаже, что  был наг.")
    assert len(text) == sum(len(part.data) for part in parts) // 2


def test_every_source_is_there():
    sources = {v["source"].split()[0] for v in VECTORS}
    assert sources == {
        "babca/python-gsmmodem",
        "frontlinesms/smslib",
        "gammu/gammu",
        "linux-mobile-broadband/ModemManager",
        "pkot/gnokii",
        "pmarti/python-messaging",
        "rilmodem/ofono",
        "tdelenikas/smslib-v3",
        "warthog618/sms",
    }


def again(message):
    """The message encoded once more from what was read."""
    common = {
        "data": message.data,
        "dcs": message.dcs,
        "pid": message.pid,
        "udh": message.udh,
        "smsc": message.smsc or "",
    }
    if isinstance(message, Deliver):
        return encode_deliver(message.sender, "", timestamp=message.timestamp, **common)
    return encode_submit(
        message.destination,
        "",
        report=message.wants_report,
        validity_minutes=message.validity,
        reference=message.reference,
        reject_duplicates=message.rejects_duplicates,
        **common,
    )


# Flags that we do not keep: more messages to come (a DELIVER's bit 2), status report asked (bit 5),
# reply path (bit 7).
FORGOTTEN = {Deliver: 0xA4, Submit: 0x80}


def bare(pdu, kind):
    octets = bytearray.fromhex(pdu)
    octets[octets[0] + 1] &= ~FORGOTTEN[kind]
    return octets.hex()


@pytest.mark.parametrize("vector", [v for v in READ if v["kind"] != "report"], ids=name)
def test_a_public_vector_is_written_as_it_was_read(vector):
    kind = KINDS[vector["kind"]]
    message = decode_submit(vector["pdu"]) if kind is Submit else decode_incoming(vector["pdu"])
    same = bare(again(message).hex, kind) == bare(vector["pdu"], kind)
    assert same is ("rewritten" not in vector)


@pytest.mark.parametrize("vector", PUBLIC["packed"], ids=lambda v: v["source"])
def test_septets_are_packed_as_elsewhere(vector):
    octets, septets = bytes.fromhex(vector["octets"]), bytes.fromhex(vector["septets"])
    fill = vector.get("fill", 0)
    assert gsm7.unpack(octets, len(septets), fill) == septets
    assert gsm7.pack(septets, fill) == octets


@pytest.mark.parametrize("vector", PUBLIC["alphabet"], ids=lambda v: v["source"])
def test_the_alphabet_is_as_elsewhere(vector):
    septets = gsm7.encode(vector["text"])
    assert gsm7.decode(septets) == vector["text"]
    assert septets == bytes.fromhex(vector.get("septets", septets.hex()))


def pdu_section():
    page = Path(__file__).parents[3] / "docs" / "handbook" / "vectors.md"
    return page.read_text(encoding="utf-8").partition("\n## PDUs\n")[2].partition("\n## ")[0]


def test_the_handbook_counts_the_pdus_as_they_are():
    rows = re.findall(r"^\| `([^`]+)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", pdu_section(), re.MULTILINE)
    totals = [0] * 4
    for source, *cells in rows:
        there, *told = map(int, cells)
        mine = [v for v in VECTORS if v["source"].startswith(source)]
        different = sum("note" in v for v in mine)
        assert told == [len(mine), len(mine) - different, different], source
        assert there >= len(mine)
        totals = [total + cell for total, cell in zip(totals, (there, *told), strict=True)]
    assert totals[1] == len(VECTORS)
    assert f"| all | {' | '.join(map(str, totals))} |" in pdu_section()


def test_the_handbook_gives_every_reason_for_a_pdu():
    told = re.findall(r"^\| (\d+) \| (.+) \|$", pdu_section(), re.MULTILINE)
    assert {reason: int(count) for count, reason in told} == Counter(
        v["note"] for v in VECTORS if "note" in v
    )
