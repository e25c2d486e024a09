"""The GSM 7-bit alphabet: packing, the extension, the national tables (3GPP TS 23.038 6)."""

import pytest

from modem.errors import PduError
from modem.sms import gsm7, national

# warthog618/sms encoding/gsm7/7bit_test.go: fill bits, octets, septets
PACKED = [
    (0, "", b""),
    (0, "0D", b"\r"),
    (0, "31", b"1"),
    (0, "3019", b"02"),
    (0, "EDF27C1E3E9701", b"message"),
    (0, "F0309D5E96BB01", b"pattern"),
    (0, "F0309D5E96BB7F", b"pattern?"),
    (0, "F0309D5E96BB4321", b"pattern!!"),
    (0, "6190BD2CCF83D86FF719442FCFE92078984E2FCBDD", b"a very long test pattern"),
    (1, "FE", b"\x7f"),
    (2, "FC01", b"\x7f"),
    (3, "F803", b"\x7f"),
    (4, "F007", b"\x7f"),
    (5, "E00F", b"\x7f"),
    (6, "C01F", b"\x7f"),
    # babca/python-gsmmodem test/test_pdu.py TestGsm7
    (0, "31D98C56B3DD7039584C36A3D56C375C0E1693CD6835DB0D978301", b"123456789012345678901234567890"),
    (0, "C8329BFD065DDF72363904", b"Hello World!"),
]


@pytest.mark.parametrize(("fill", "octets", "septets"), PACKED)
def test_septets_are_packed_and_unpacked(fill, octets, septets):
    assert gsm7.pack(septets, fill).hex().upper() == octets
    assert gsm7.unpack(bytes.fromhex(octets), len(septets), fill) == septets


@pytest.mark.parametrize("length", range(0, 257, 7))
@pytest.mark.parametrize("fill", range(7))
def test_packing_agrees_with_the_definition(length, fill):
    septets = bytes((i * 37 + 11) % 128 for i in range(length))
    plain = sum(septet << (7 * i + fill) for i, septet in enumerate(septets))
    octets = plain.to_bytes((7 * length + fill + 7) // 8, "little")
    assert gsm7.pack(septets, fill) == octets
    assert gsm7.unpack(octets, length, fill) == septets


# babca/python-gsmmodem test/test_pdu.py TestGsm7
@pytest.mark.parametrize(
    ("text", "septets"),
    [
        ("[{abc}]~", "1B3C1B286162631B291B3E1B3D"),
        ("{åΦΓΛΩΠΨΣΘ€}", "1B280F12131415161718191B651B29"),
        ("a[]{}€", "611B3C1B3E1B281B291B65"),
        ("\f^\\|", "1B0A1B141B2F1B40"),
    ],
)
def test_the_extension_takes_two_septets(text, septets):
    assert gsm7.encode(text).hex().upper() == septets
    assert gsm7.decode(bytes.fromhex(septets)) == text
    assert gsm7.count(text) == len(septets) // 2


def test_every_character_of_the_alphabet_is_written_as_read():
    whole = gsm7.ALPHABET.replace("\x1b", "") + "".join(national.EXTENSION.values())
    assert len(set(whole)) == 137
    assert gsm7.decode(gsm7.encode(whole)) == whole
    assert gsm7.first_foreign(whole) is None


@pytest.mark.parametrize("char", "`\x1b\tçŞ😀\ud800\x00\x7f")
def test_a_foreign_character_is_found_and_refused(char):
    assert gsm7.first_foreign(f"ab{char}c") == 2
    with pytest.raises(PduError, match="character 2"):
        gsm7.encode(f"ab{char}c")


# warthog618/sms encoding/gsm7/gsm7_test.go TestDecode; 23.038 6.2.1.1 note 1
@pytest.mark.parametrize(
    ("septets", "text"),
    [
        (b"mes\x1b\x40sage", "mes|sage"),
        (b"mes\x1b\x1b\x40sage", "mes ¡sage"),
        (b"message\x1b", "message "),
        (b"\x1bA\x1b\x00", "A@"),
        (b"\x1b", " "),
    ],
)
def test_escapes_without_a_meaning_read_as_the_standard_says(septets, text):
    assert gsm7.decode(septets) == text


# A few places in each table, from 3GPP TS 23.038 annex A as other phones print it
# (GsmAlphabet.java of Android): language, locking septet and character, single shift septet and character.
NATIONAL = [
    (1, 0x07, "ı", 0x53, "Ş"),
    (3, 0x15, "∞", 0x16, "Π"),
    (4, 0x00, "ঁ", 0x19, "০"),
    (5, 0x60, "ૐ", 0x1C, "૦"),
    (6, 0x00, "ँ", 0x2C, "\u0958"),
    (7, 0x01, "ಂ", 0x2A, "ೲ"),
    (8, 0x7F, "൹", 0x34, "ൿ"),
    (9, 0x05, "ଇ", 0x27, "\u0b5d"),
    (10, 0x7F, "ੴ", 0x2D, "ੵ"),
    (11, 0x3C, "ன", 0x2E, "௺"),
    (12, 0x60, "ౕ", 0x32, "౿"),
    (13, 0x00, "ا", 0x3F, "۔"),
]


@pytest.mark.parametrize(("language", "septet", "char", "shifted", "behind"), NATIONAL)
def test_national_tables(language, septet, char, shifted, behind):
    assert gsm7.decode(bytes((septet,)), language, language) == char
    assert gsm7.decode(bytes((0x1B, shifted)), 0, language) == behind
    assert gsm7.decode(b"\x1be", 0, language) == "€"


def test_spanish_has_a_single_shift_only_and_an_unknown_language_means_the_default():
    assert gsm7.decode(b"\x07\x1bA", 2, 2) == "ìÁ"
    assert gsm7.decode(b"\x07\x1b\x3c", 99, 99) == "ì["


@pytest.mark.parametrize("language", sorted(national.LOCKING))
def test_a_locking_table_has_128_places_and_keeps_line_ends_digits_and_escape(language):
    table = national.LOCKING[language]
    assert len(table) == 128
    assert (table[0x0A], table[0x0D], table[0x1B], table[0x20]) == ("\n", "\r", "\x1b", " ")
    assert table[0x30:0x3A] == "0123456789"
    assert "\ufffe" not in table


def test_only_thirteen_languages_are_named():
    assert sorted(national.SINGLE) == list(range(1, 14))
    assert sorted(national.LOCKING) == [1, *range(3, 14)]
