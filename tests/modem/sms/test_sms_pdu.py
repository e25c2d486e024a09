"""DELIVER, SUBMIT and STATUS-REPORT: every field, every limit, every refusal."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from modem.errors import PduError
from modem.sms import (
    Address,
    Alphabet,
    Concat,
    Deliver,
    StatusReport,
    decode_incoming,
    decode_submit,
    encode_deliver,
    encode_deliver_message,
    encode_message,
    encode_status_report,
    encode_submit,
)

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=timezone(timedelta(hours=-5)))


def received(text="hello", sender="+15551234567", **more):
    message = decode_incoming(encode_deliver(sender, text, timestamp=NOW, **more).hex)
    assert isinstance(message, Deliver)
    return message


def raw(hex_digits):
    return decode_incoming(hex_digits.replace(" ", ""))


# -- what leaves ---------------------------------------------------------------------------------


def test_a_plain_text_is_the_pdu_that_everybody_writes():
    # linux-mobile-broadband/ModemManager src/tests/test-sms-part-3gpp.c test_create_pdu_gsm_no_validity
    pdu = encode_submit("+15556661234", "This is really cool ΔΔΔΔΔ")
    assert pdu.hex == "0001000B915155661632F400001954747A0E4ACF41F27298CDCE83C6EF371B0481402010"
    assert pdu.tpdu_length == len(pdu.hex) // 2 - 1


def test_the_length_for_cmgs_leaves_the_centre_out():
    plain, via = encode_submit("123", "x"), encode_submit("123", "x", smsc="+4477")
    assert via.tpdu_length == plain.tpdu_length
    assert via.hex == "03914477" + plain.hex[2:]


def test_every_option_of_a_submit_is_read_again():
    pdu = encode_submit(
        "+15551234567",
        "x" * 100,
        concat=Concat(300, 16, 3, 2),
        report=True,
        validity_minutes=61,
        reference=77,
        reject_duplicates=True,
        flash=True,
        pid=0x41,
    )
    found = decode_submit(pdu.hex)
    assert found.destination == Address("+15551234567", 1, 1)
    assert (found.reference, found.pid, found.dcs, found.message_class) == (77, 0x41, 0x10, 0)
    assert found.concat == Concat(300, 16, 3, 2)
    assert (found.wants_report, found.rejects_duplicates, found.validity) == (True, True, 65)
    assert (found.alphabet, found.text, found.smsc, found.valid_until) == (
        Alphabet.GSM7,
        "x" * 100,
        None,
        None,
    )


def test_a_whole_message_has_parts_with_one_8_bit_reference():
    parts = [decode_submit(pdu.hex) for pdu in encode_message("+1555", "ж" * 150, reference=200, report=True)]
    assert [part.concat for part in parts] == [Concat(200, 8, 3, n) for n in (1, 2, 3)]
    assert all(part.wants_report and part.alphabet is Alphabet.UCS2 for part in parts)
    (alone,) = encode_message("+1555", "short", reference=200, report=False, validity_minutes=5)
    assert decode_submit(alone.hex).concat is None


def test_a_last_part_in_plain_letters_keeps_the_alphabet_of_the_whole():
    parts = encode_message("+1555", "ж" + "a" * 80, reference=1, report=False)
    assert {decode_submit(part.hex).alphabet for part in parts} == {Alphabet.UCS2}


def test_no_text_needs_more_than_255_parts():
    assert len(encode_message("+1555", "a" * 153 * 255, reference=0, report=False)) == 255
    with pytest.raises(PduError, match="255"):
        encode_message("+1555", "a" * (153 * 255 + 1), reference=0, report=False)


@pytest.mark.parametrize(
    ("minutes", "octet"),
    # babca/python-gsmmodem TestRelativeValidityPeriod, pmarti/python-messaging TestEncodingFunctions
    [
        (1, 0),
        (5, 0),
        (6, 1),
        (10, 1),
        (30, 5),
        (12 * 60, 143),
        (12 * 60 + 1, 144),
        (13 * 60, 145),
        (16 * 60, 151),
        (24 * 60, 167),
        (24 * 60 + 1, 168),
        (2 * 1440, 168),
        (3 * 1440, 169),
        (30 * 1440, 196),
        (30 * 1440 + 1, 197),
        (5 * 10080, 197),
        (63 * 10080, 255),
    ],
)
def test_validity_is_the_shortest_period_that_is_long_enough(minutes, octet):
    pdu = encode_submit("123", "x", validity_minutes=minutes)
    assert pdu.hex[-6:-4] == f"{octet:02X}"
    assert decode_submit(pdu.hex).validity >= minutes


@pytest.mark.parametrize("minutes", [0, -1, 63 * 10080 + 1])
def test_a_validity_out_of_range_is_refused(minutes):
    with pytest.raises(PduError, match="63 weeks"):
        encode_submit("123", "x", validity_minutes=minutes)


@pytest.mark.parametrize(
    ("field", "minutes"),
    # 3GPP TS 23.040 9.2.3.12.3
    [
        ("00000000000000", None),
        ("01A70000000000", 1440),
        ("023D0000000000", 2),
        ("03103254000000", 1 * 60 + 23 + 1),
        ("03103200000000", 1 * 60 + 23),
        ("03A03200000000", None),
        ("04FF0000000000", None),
        ("8100A700000000", 1440),
    ],
)
def test_enhanced_validity_is_read(field, minutes):
    found = decode_submit(f"0009000381 21F30000{field}01 78".replace(" ", ""))
    assert (found.validity, found.valid_until, found.text) == (minutes, None, "x")


def test_a_validity_that_ends_at_a_moment_is_read():
    found = decode_submit("0019000381 21F30000 62112230405000 0178".replace(" ", ""))
    assert (found.validity, found.valid_until) == (None, datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    "number",
    ["", "+", "abc", "+abc", "1" * 21, "12 34", "12\r34", "ACME", "1+2", "١٢٣", "++1"],
)
def test_what_is_no_number_is_not_dialled(number):
    with pytest.raises(PduError):
        encode_submit(number, "x")


@pytest.mark.parametrize("number", ["123", "+1" + "5" * 19, "*100#", "12a", "0" * 20, "55#c"])
def test_every_dialable_number_is_read_again(number):
    assert decode_submit(encode_submit(number, "x").hex).destination.number == number


@pytest.mark.parametrize(
    ("address", "digits"),
    [
        (Address("0126541234", 2, 1), "0AA11062452143"),
        (Address("15125551234", 1, 1), "0B915121551532F4"),
        (Address("", 0, 1), "0081"),
        # babca/python-gsmmodem TestSmsPduAddressFields
        (Address("FRANCOIS", 5, 0), "0ED04669D0397C26A7"),
        (Address("a[]{}€", 5, 0), "14D0E10D6FE3DBA036A94D19"),
    ],
)
def test_addresses_are_written_with_their_type(address, digits):
    assert encode_submit(address, "x").hex == f"000100{digits}00000178"


@pytest.mark.parametrize(
    "address",
    [
        Address("1", 8, 1),
        Address("1", 0, 16),
        Address("1", -1, 1),
        Address("12 3", 0, 1),
        Address("+123", 0, 1),
        Address("++123", 1, 1),
        Address("TWELVE CHARS", 5, 0),
        Address("ACME€ACME€AC", 5, 0),
        Address("Жук", 5, 0),
    ],
)
def test_addresses_that_do_not_exist_are_refused(address):
    with pytest.raises(PduError):
        encode_deliver(address, "x", timestamp=NOW)


# -- limits of what is written -------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"text": "a" * 161},
        {"text": "€" * 81},
        {"text": "ж" * 71},
        {"text": "a" * 154, "concat": Concat(1, 8, 2, 1)},
        {"text": "ж" * 68, "concat": Concat(1, 8, 2, 1)},
        {"text": "", "data": bytes(141)},
        {"text": "ж", "alphabet": Alphabet.GSM7},
        {"text": "x", "alphabet": Alphabet.BINARY},
        {"text": "\ud83d"},
        {"text": "x", "dcs": 0x20},
        {"text": "x", "dcs": 256},
        {"text": "x", "pid": -1},
        {"text": "x", "concat": Concat(256, 8, 2, 1)},
        {"text": "x", "concat": Concat(1, 7, 2, 1)},
        {"text": "x", "concat": Concat(-1, 16, 2, 1)},
        {"text": "x", "concat": Concat(1, 8, 2, 0)},
        {"text": "x", "concat": Concat(1, 8, 2, 3)},
        {"text": "x", "concat": Concat(1, 8, 256, 1)},
        {"text": "x", "smsc": "1" * 21},
        {"text": "x", "udh": ((0x70, bytes(256)),)},
        {"text": "x", "udh": ((256, b""),)},
        {"text": "x", "udh": ((0x70, bytes(200)), (0x71, bytes(200)))},
        {"text": "", "data": b"\x80", "dcs": 0},
    ],
)
def test_what_does_not_fit_is_refused(options):
    with pytest.raises(PduError):
        encode_deliver("+1555", timestamp=NOW, **options)
    with pytest.raises(PduError):
        encode_submit("+1555", **options)


@pytest.mark.parametrize("reference", [-1, 256])
def test_a_reference_is_one_octet(reference):
    with pytest.raises(PduError):
        encode_submit("1", "x", reference=reference)
    with pytest.raises(PduError):
        encode_status_report("1", reference=reference, submitted=NOW, discharged=NOW, status=0)
    with pytest.raises(PduError):
        encode_status_report("1", reference=0, submitted=NOW, discharged=NOW, status=reference)


# -- what arrives --------------------------------------------------------------------------------


def test_every_field_of_a_deliver_is_read_again():
    found = received("héllo", smsc="+447700900000", concat=Concat(5, 8, 2, 1), pid=0x42, flash=True)
    assert found.smsc == Address("+447700900000", 1, 1)
    assert (found.sender, found.text, found.timestamp) == (Address("+15551234567", 1, 1), "héllo", NOW)
    assert (found.pid, found.dcs, found.alphabet, found.message_class) == (0x42, 0x10, Alphabet.GSM7, 0)
    assert (found.concat, found.ports, found.udh) == (Concat(5, 8, 2, 1), None, ((0, b"\x05\x02\x01"),))
    assert (found.is_flash, found.is_silent, found.replace_type) == (True, False, 2)
    assert not found.sender.alphanumeric


def test_a_whole_message_may_have_16_bit_references():
    pdus = encode_deliver_message("ACME", "a" * 200, timestamp=NOW, reference=0xABCD, bits=16)
    assert [decode_incoming(p.hex).concat for p in pdus] == [Concat(0xABCD, 16, 2, n) for n in (1, 2)]
    with pytest.raises(PduError):
        encode_deliver_message("ACME", "a" * 200, timestamp=NOW, reference=1, bits=12)


@pytest.mark.parametrize(
    "name", ["A", "AB", "ABC", "ABCD", "ABCDE", "ABCDEF", "ABCDEFG", "ABCDEFGH", "Info SMS 24"]
)
def test_names_of_every_length_are_read_again(name):
    found = received(sender=name)
    assert found.sender == Address(name, 5, 0)
    assert found.sender.alphanumeric


def test_a_name_that_ends_with_an_at_sign_keeps_it():
    assert received(sender="ABCDEFG@").sender.number == "ABCDEFG@"


@pytest.mark.parametrize("length", [6, 7, 8, 14, 15, 16, 151, 152, 159, 160])
@pytest.mark.parametrize("end", ["@", "\r", "x"])
def test_text_around_whole_octets_neither_gains_nor_loses_its_last_character(length, end):
    text = "a" * (length - 1) + end
    assert received(text).text == text


@pytest.mark.parametrize(
    ("dcs", "alphabet", "message_class", "waiting"),
    [
        (0x00, "GSM-7", None, None),
        (0x03, "GSM-7", None, None),
        (0x04, "8-bit", None, None),
        (0x08, "UCS-2", None, None),
        (0x0C, "GSM-7", None, None),
        (0x10, "GSM-7", 0, None),
        (0x15, "8-bit", 1, None),
        (0x1A, "UCS-2", 2, None),
        (0x1F, "GSM-7", None, None),
        (0x40, "GSM-7", None, None),
        (0x58, "UCS-2", 0, None),
        (0x80, "GSM-7", None, None),
        (0xBF, "GSM-7", None, None),
        (0xC0, "GSM-7", None, 0),
        (0xC8, "GSM-7", None, 0),
        (0xD1, "GSM-7", None, 1),
        (0xE8, "UCS-2", None, 0),
        (0xEB, "UCS-2", None, 3),
        (0xF0, "GSM-7", 0, None),
        (0xF6, "8-bit", 2, None),
        (0xF9, "GSM-7", 1, None),
    ],
)
def test_every_group_of_data_coding_schemes(dcs, alphabet, message_class, waiting):
    found = received(
        "" if alphabet == "8-bit" else "xy", dcs=dcs, data=b"xy" if alphabet == "8-bit" else None
    )
    assert (found.dcs, str(found.alphabet)) == (dcs, alphabet)
    assert (found.message_class, found.waiting, found.is_voicemail) == (message_class, waiting, waiting == 0)
    assert (found.text, found.data) == (
        ("", b"xy") if alphabet == "8-bit" else ("xy", b"xy" if alphabet == "GSM-7" else b"\0x\0y")
    )


@pytest.mark.parametrize("dcs", [0x20, 0x2A, 0x3F, 0x60, 0x7F])
def test_compressed_text_is_refused(dcs):
    with pytest.raises(PduError, match="compressed"):
        raw(f"00 04 03 81 21F3 00 {dcs:02X} 62112230405000 01 78")


def test_voice_mail_is_told_by_header_or_protocol_identifier_too():
    assert received(udh=((0x01, b"\x80\x02"),)).is_voicemail
    assert received(udh=((0x01, b"\x01\x02"),)).waiting == 1
    assert not received(udh=((0x01, b"\x80"),)).is_voicemail
    assert received(pid=0x5F).is_voicemail
    assert not received().is_voicemail


@pytest.mark.parametrize(
    ("pid", "silent", "replaces"),
    [(0x40, True, None), (0x41, False, 1), (0x47, False, 7), (0x48, False, None)],
)
def test_silent_and_replacing_texts_are_known(pid, silent, replaces):
    found = received(pid=pid)
    assert (found.is_silent, found.replace_type) == (silent, replaces)


PUSH = (0x05, bytes.fromhex("0B8423F0"))
MMS = bytes.fromhex("0106226170706C69636174696F6E2F766E642E7761702E6D6D732D6D65737361676500AF84")


def test_an_mms_notification_is_known_by_its_port_and_type():
    found = received("", data=MMS, udh=(PUSH,))
    assert found.ports == (2948, 9200)
    assert (found.is_wap_push, found.is_mms_notification, found.text) == (True, True, "")
    assert received("", data=b"\x01\x06\x01\xbe\x8c\x82", udh=(PUSH,)).is_mms_notification
    assert received("", data=b"rest", udh=(PUSH,), concat=Concat(1, 8, 2, 2)).is_mms_notification


@pytest.mark.parametrize("data", [b"", b"\x01\x06\x01", b"\x01\x06\x01\xae\x02", b"\x01\x07\x01\xbe"])
def test_another_push_is_no_mms(data):
    found = received("", data=data, udh=(PUSH,))
    assert (found.is_wap_push, found.is_mms_notification) == (True, False)


def test_a_text_to_no_port_or_another_is_no_push():
    assert not received().is_wap_push
    assert not received().is_mms_notification
    assert received(udh=((0x04, b"\xf0\x01"),)).ports == (0xF0, 1)
    assert not received(udh=((0x04, b"\xf0\x01"),)).is_wap_push
    assert received(udh=((0x05, b"\xf0\x01"), (0x04, b"\x01"))).ports is None


# -- user data headers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("udh", "concat"),
    [
        (((0x00, b"\x01\x02\x01"),), Concat(1, 8, 2, 1)),
        (((0x08, b"\x01\x00\x02\x02"),), Concat(256, 16, 2, 2)),
        (((0x00, b"\x01\x02\x00"),), None),
        (((0x00, b"\x01\x02\x03"),), None),
        (((0x00, b"\x01\x00\x00"),), None),
        (((0x00, b"\x01\x02"),), None),
        (((0x08, b"\x01\x02\x01"),), None),
        (((0x70, b"abc"), (0x00, b"\x01\x02\x01")), Concat(1, 8, 2, 1)),
        (((0x00, b"\x01\x02\x01"), (0x00, b"\x07\x03\x03")), Concat(7, 8, 3, 3)),
        (((0x00, b"\x01\x02\x01"), (0x00, b"\x07\x03\x04")), Concat(1, 8, 2, 1)),
        (((0x70, b""),), None),
    ],
)
def test_concatenation_is_read_or_ignored(udh, concat):
    found = received("text", udh=udh)
    assert (found.concat, found.udh, found.text) == (concat, udh, "text")


@pytest.mark.parametrize("header", ["050003010203"[:10] + "FF", "0400030102", "0100", "03240200", "0000"])
def test_a_header_whose_elements_do_not_fit_is_ignored_as_a_whole(header):
    octets = bytes.fromhex(header)
    size = octets[0] + 1
    header = octets[:size]
    body = header + "ok".encode("utf-16-be")
    found = raw(f"00 44 03 81 21F3 00 08 62112230405000 {len(body):02X} {body.hex()}")
    assert found.text == "ok"
    assert found.concat is None


@pytest.mark.parametrize(
    ("size", "text"), [(1, "a"), (6, "ab"), (7, "abc"), (8, "abcd"), (12, "abcde"), (13, "x" * 100)]
)
def test_text_begins_on_a_septet_boundary_after_any_header(size, text):
    udh = ((0x70, bytes(size)),)
    found = received(text, udh=udh)
    assert (found.text, found.udh) == (text, udh)


def test_a_header_that_fills_every_octet_leaves_no_text():
    # seven septets are seven octets, and the header takes all of them
    found = raw("00 44 03 81 21F3 00 00 62112230405000 07 06 70 04 01020304")
    assert (found.text, found.data, found.udh) == ("", b"", ((0x70, b"\x01\x02\x03\x04"),))


def test_a_header_announced_in_an_empty_text_is_none():
    found = raw("00 44 03 81 21F3 00 00 62112230405000 00")
    assert (found.text, found.udh) == ("", ())


def test_half_a_character_does_not_lose_the_rest():
    found = raw("00 04 03 81 21F3 00 08 62112230405000 07 0416 D83D 0021 04")
    assert (found.text, found.data.hex()) == ("Ж\ufffd!", "0416d83d002104")


# -- time stamps ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        # pmarti/python-messaging TestEncodingFunctions, babca/python-gsmmodem TestTimestamp
        ("99202150750321", "1999-02-12T05:57:30+03:00"),
        ("99202150750300", "1999-02-12T05:57:30+00:00"),
        ("99202150750329", "1999-02-12T05:57:30-03:00"),
        ("51117200000080", "2015-11-27T00:00:00+02:00"),
        ("7040213252242B", "2007-04-12T23:25:42-08:00"),
        ("62112230405032", "2026-11-22T03:04:05+05:45"),
    ],
)
def test_time_stamps_keep_their_zone(stamp, moment):
    found = raw(f"00 04 03 81 21F3 00 00 {stamp} 01 78")
    assert found.timestamp.isoformat() == moment
    assert stamp in encode_deliver("123", "x", timestamp=datetime.fromisoformat(moment)).hex


@pytest.mark.parametrize(
    "stamp", ["FFFFFFFFFFFFFF", "62132230405000", "62112242405000", "621122304050AF", "00000000000000"]
)
def test_a_nonsense_time_stamp_does_not_lose_the_text(stamp):
    found = raw(f"00 04 03 81 21F3 00 00 {stamp} 01 78")
    assert (found.timestamp, found.text) == (None, "x")


def test_a_zone_that_sms_cannot_say_becomes_utc():
    odd = datetime(2026, 1, 1, 12, 0, 0, tzinfo=timezone(timedelta(minutes=7)))
    far = datetime(2026, 1, 1, 12, 0, 0, tzinfo=timezone(timedelta(hours=23)))
    for moment in (odd, far):
        found = decode_incoming(encode_deliver("1", "x", timestamp=moment).hex)
        assert found.timestamp == moment
        assert found.timestamp.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 1),
        datetime(1989, 12, 31, tzinfo=UTC),
        datetime(2090, 1, 1, tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(minutes=7))),
    ],
)
def test_a_moment_without_zone_or_outside_a_century_is_refused(moment):
    with pytest.raises(PduError):
        encode_deliver("1", "x", timestamp=moment)


# -- status reports ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (0x00, "delivered"),
        (0x02, "delivered"),
        (0x1F, "delivered"),
        (0x20, "pending"),
        (0x3F, "pending"),
        (0x40, "failed"),
        (0x7F, "failed"),
        (0x80, "failed"),
        (0xFF, "failed"),
    ],
)
def test_a_status_report_is_read_again(status, state):
    later = NOW + timedelta(seconds=9)
    pdu = encode_status_report(
        "+1555", reference=9, submitted=NOW, discharged=later, status=status, smsc="+44"
    )
    found = decode_incoming(pdu.hex)
    assert found == StatusReport(Address("+44", 1, 1), 9, Address("+1555", 1, 1), NOW, later, status)
    assert [name for name in ("delivered", "pending", "failed") if getattr(found, name)] == [state]


# -- the centre's part ---------------------------------------------------------------------------


def test_octets_after_the_message_are_ignored():
    pdu = encode_deliver("+1555", "hi", timestamp=NOW, smsc="+44").hex
    assert decode_incoming(pdu + "FFFF").text == "hi"


def test_a_missing_centre_is_noticed_when_everything_fits():
    report = encode_status_report("+1555", reference=1, submitted=NOW, discharged=NOW, status=0)
    for pdu in (
        encode_deliver("+1555", "hi", timestamp=NOW),
        encode_deliver("ACME", "ж", timestamp=NOW),
        report,
    ):
        assert decode_incoming(pdu.hex[2:]) == decode_incoming(pdu.hex)


@pytest.mark.parametrize(
    "pdu",
    [
        encode_deliver("+1555", "hi", timestamp=NOW).hex[2:] + "00",
        encode_deliver("+1555", "hi", timestamp=NOW).hex[2:].replace("0491", "0411"),
        encode_deliver(Address(""), "hi", timestamp=NOW).hex[2:],
        "07" + encode_deliver("+1555", "hi", timestamp=NOW).hex[4:],
        encode_deliver("+1555", "hi", timestamp=NOW).hex[2:].replace("62", "FF", 1),
    ],
)
def test_a_missing_centre_is_not_guessed(pdu):
    with pytest.raises(PduError):
        decode_incoming(pdu)


def test_a_centre_with_a_type_but_no_digits_is_none():
    assert raw("01 81 04 03 81 21F3 00 00 62112230405000 01 78").smsc is None
    assert raw("02 91 FF 04 03 81 21F3 00 00 62112230405000 01 78").smsc is None


def test_a_reserved_message_type_is_read_as_a_text():
    assert raw("00 03 03 81 21F3 00 00 62112230405000 01 78").text == "x"


# -- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pdu", "why"),
    [
        ("", "empty"),
        ("0", "hex"),
        ("zz", "hex"),
        ("００", "hex"),
        (b"00", "hex"),
        ("00" * 189, "hex digits"),
        ("00", "too soon"),
        ("0004", "too soon"),
        ("0100", "centre"),
        ("0C91" + "11" * 20, "centre"),
        ("0791", "centre"),
        ("0004158121", "21 digits"),
        ("00040381", "inside the address"),
        ("0004038121F3", "too soon"),
        ("0004038121F30000621122304050", "too soon"),
        ("0004038121F3000062112230405000", "too soon"),
        ("0004038121F300006211223040500002C8", "inside its user data"),
        ("0004038121F30008621122304050008D" + "00" * 141, "at most 140"),
        ("0004038121F3000062112230405000A1" + "00" * 141, "at most 140"),
        ("0044038121F30008621122304050000202FF", "header is longer"),
        ("0004" + "00" * 176, "176"),
        ("0001000381 21F30000 0178".replace(" ", ""), "outgoing"),
        ("0006 01 0381 21F3 62112230405000".replace(" ", ""), "too soon"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(pdu, why):
    with pytest.raises(PduError, match=why):
        decode_incoming(pdu)


CUT_SHORT = """
00
0001
000100
00010003
0001000381
000100038121F3
000100038121F300
001100038121F30000
000900038121F3000001
001900038121F30000621122304050
0004038121F3
010100038121F300000178
000100038121F30000
000100038121F300200178
"""


@pytest.mark.parametrize("pdu", ["", *CUT_SHORT.split()])
def test_an_outgoing_text_cut_short_is_refused(pdu):
    with pytest.raises(PduError):
        decode_submit(pdu)
