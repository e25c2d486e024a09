"""libgammu's decoder as a second opinion on what arrives.

Where gammu is wrong (1.45.1), and what we compare instead:
- A text with extension characters is as long as it has septets: behind its end stands memory that
  was never written. We compare its beginning.
- Names with letters outside ASCII are read as ASCII ("ä", septet 0x7B, as "{"): see MISREAD.
"""

import random
import tomllib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from modem.sms import (
    decode_incoming,
    encode_deliver,
    encode_deliver_message,
    encode_status_report,
    gsm7,
)

gammu = pytest.importorskip("gammu", reason="python-gammu is not installed: no second opinion on the codec")

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))
GSM = gsm7.ALPHABET.replace("\x1b", "") + "^{}\\[~]|€"


def second_opinion(pdu):
    return gammu.DecodePDU(bytes.fromhex(pdu))


def units(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def made_up(seed):
    chance = random.Random(seed)
    kind = chance.choice([GSM, GSM, "Жизнь прекрасна ёжик", "日本語テキスト", "ok 😀👍 fine"])
    return "".join(chance.choice(kind) for _ in range(chance.randint(1, 300)))


@pytest.mark.parametrize("seed", range(150))
def test_gammu_reads_our_texts_as_we_do(seed):
    text = made_up(seed)
    sender = random.Random(seed).choice(["+15551234567", "12345", "ACME Shop", "Info 24"])
    for pdu in encode_deliver_message(sender, text, timestamp=NOW, reference=seed, smsc="+447700900000"):
        ours, theirs = decode_incoming(pdu.hex), second_opinion(pdu.hex)
        # In UTF-16 units, as gammu counts: what lies behind the end may look like half of a pair.
        assert units(theirs["Text"]) == (
            gsm7.count(ours.text) if ours.alphabet == "GSM-7" else units(ours.text)
        )
        assert theirs["Text"].startswith(ours.text)
        assert theirs["Number"] == ours.sender.number
        assert theirs["SMSC"]["Number"] == ours.smsc.number
        assert theirs["DateTime"] == ours.timestamp
        if ours.concat:
            udh = theirs["UDH"]
            assert (udh["ID8bit"], udh["AllParts"], udh["PartNumber"]) == (
                ours.concat.reference,
                ours.concat.total,
                ours.concat.part,
            )


@pytest.mark.parametrize("status", [0, 1, 0x20, 0x30, 0x40, 0x46, 0x60])
def test_gammu_reads_our_status_reports_as_we_do(status):
    pdu = encode_status_report(
        "+15551234567", reference=42, submitted=NOW, discharged=NOW, status=status, smsc="+44"
    )
    theirs = second_opinion(pdu.hex)
    assert (theirs["Type"], theirs["MessageReference"], theirs["DeliveryStatus"]) == (
        "Status_Report",
        42,
        status,
    )
    assert theirs["Number"] == "+15551234567"


@pytest.mark.parametrize("data_class", [None, 0, 1, 2, 3])
def test_gammu_reads_message_classes_as_we_do(data_class):
    dcs = 0 if data_class is None else 0x10 | data_class
    pdu = encode_deliver("+1555", "x", timestamp=NOW, dcs=dcs).hex
    assert second_opinion(pdu)["Class"] == (-1 if data_class is None else data_class)
    assert decode_incoming(pdu).message_class == data_class


SMSLIB = "frontlinesms/smslib src/test/java/org/smslib/IncomingTextSmsTestData.java"
MISREAD = {"rilmodem/ofono unit/test-sms.c unicode_deliver", f"{SMSLIB} from_Orange"}
NO_NATIONAL_TABLES = {f"{SMSLIB} Turkish"}
VECTORS = tomllib.loads((Path(__file__).parent / "vectors.toml").read_text(encoding="utf-8"))["vector"]


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["kind"] == "deliver"], ids=lambda v: v["source"])
def test_gammu_reads_public_vectors_as_we_do(vector):
    ours, theirs = decode_incoming(vector["pdu"]), second_opinion(vector["pdu"])
    if ours.alphabet != "8-bit":
        assert theirs["Text"].startswith(ours.text) is (vector["source"] not in NO_NATIONAL_TABLES)
    assert theirs["SMSC"]["Number"] == (ours.smsc.number if ours.smsc else "")
    assert theirs["DateTime"] == ours.timestamp
    assert theirs["Class"] == (-1 if ours.message_class is None else ours.message_class)
    assert (theirs["Number"] == ours.sender.number) is (vector["source"] not in MISREAD)
