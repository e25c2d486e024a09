"""Phone numbers in every way that people and spreadsheets write them."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.people import numbers
from app.people.numbers import NumberError, display, parse, same_number, zones

READ = [
    ("+13125550187", "US", "+13125550187"),
    ("(312) 555-0187", "US", "+13125550187"),
    ("312.555.0187", "US", "+13125550187"),
    ("1 312 555 0187", "US", "+13125550187"),
    ("+1 (312) 555-0187", "GB", "+13125550187"),
    ("3125550187", "CA", "+13125550187"),
    ("+1\u00a0312\u00a0555\u00a00187", "US", "+13125550187"),
    ("\u202d+1 312 555 0187\u202c", "US", "+13125550187"),
    ("\u200e312-555-0187\u200f", "US", "+13125550187"),
    ("３１２ ５５５ ０１８７", "US", "+13125550187"),
    ("3125550187.0", "US", "+13125550187"),
    ("13125550187.0", "US", "+13125550187"),
    ("'+13125550187", "US", "+13125550187"),
    ("'+1 (312) 555-0187", "GB", "+13125550187"),
    ("'3125550187", "US", "+13125550187"),
    ("tel:+1-312-555-0187", "US", "+13125550187"),
    ("0044 7400 123456", "US", "+447400123456"),
    ("0044 7400 123456", "GB", "+447400123456"),
    ("(07400) 123456", "GB", "+447400123456"),
    ("07400123456", "GB", "+447400123456"),
    ("+44 (0)7400 123456", "US", "+447400123456"),
    ("447400123456", "GB", "+447400123456"),
    ("011 44 7400 123456", "US", "+447400123456"),
    ("024 312 3456", "GH", "+233243123456"),
    ("0151 23456789", "DE", "+4915123456789"),
    ("(11) 96123-4567", "BR", "+5511961234567"),
]


@pytest.mark.parametrize(("raw", "country", "expected"), READ)
def test_reads_what_people_write(raw: str, country: str, expected: str) -> None:
    assert parse(raw, country) == expected


@pytest.mark.parametrize(
    ("raw", "country", "reason"),
    [
        ("", "US", "empty"),
        ("   ", "US", "empty"),
        ("\u202d\u202c", "US", "empty"),
        ("n/a", "US", "letters"),
        ("1-800-FLOWERS", "US", "letters"),
        ("Maria Lopez", "US", "letters"),
        ("312-555-0187 x12", "US", "extension"),
        ("312-555-0187 ext. 12", "US", "extension"),
        ("312-555-0187x12", "US", "extension"),
        ("312-555-0187 #12", "US", "extension"),
        ("1.23E+11", "US", "spreadsheet"),
        ("1,23E+11", "US", "spreadsheet"),
        ("4,47400E+11", "GB", "spreadsheet"),
        ("312-555-0187 / 312-555-0188", "US", "several"),
        ("3125550187|3125550188", "US", "several"),
        ("3125550187 ::: 3125550188", "US", "several"),
        ("12345", "US", "too_short"),
        ("555-0187", "US", "too_short"),
        ("+1312555018", "US", "too_short"),
        ("31255501877777777777", "US", "too_long"),
        ("112-555-0187", "US", "invalid"),
        ("999-555-0187", "US", "invalid"),
        ("50355501000", "US", "too_long"),  # one digit too many is no number in El Salvador
        ("07400 123456", "", "country"),
        ("312-555-0187", "XX", "country"),
    ],
)
def test_says_why_it_is_no_number(raw: str, country: str, reason: str) -> None:
    with pytest.raises(NumberError) as error:
        parse(raw, country)
    assert error.value.reason == reason
    assert str(error.value).endswith(".")


@given(
    st.from_regex(r"(\+?1)?[2-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["{}", "  {} ", "({0:.3s}) {0:s}"]),
    st.sampled_from(["US", "CA", "GB", "JM"]),
)
def test_the_short_way_for_north_america_agrees_with_the_library(
    digits: str, shape: str, country: str
) -> None:
    raw = shape.format(digits)
    try:
        mine = parse(raw, country)
    except NumberError:
        mine = None
    try:
        theirs = phonenumbers.parse(raw, country)
    except phonenumbers.NumberParseException:
        assert mine is None
        return
    valid = phonenumbers.is_valid_number(theirs)
    assert mine == (
        phonenumbers.format_number(theirs, phonenumbers.PhoneNumberFormat.E164) if valid else None
    )


@given(st.text(max_size=40), st.sampled_from(["US", "GB", "DE", "GH", ""]))
def test_any_text_is_a_valid_number_or_an_error_with_a_reason(raw: str, country: str) -> None:
    try:
        number = parse(raw, country)
    except NumberError as error:
        said = error.reason
    else:
        assert phonenumbers.is_valid_number(phonenumbers.parse(number, None))
        return
    assert said in numbers._SENTENCES


@given(st.integers(2_000_000_000, 9_999_999_999), st.sampled_from(["US", "GB"]))
def test_reading_a_number_again_in_any_shape_gives_the_same(national: int, country: str) -> None:
    try:
        number = parse(f"+1{national}", country)
    except NumberError:
        return
    assert parse(number, country) == parse(display(number), country) == parse(f"'{number}", country) == number
    assert same_number(number, country) == number


@pytest.mark.parametrize(
    ("raw", "country", "expected"),
    [
        ("+13125550187", "US", "+13125550187"),
        ("13125550187", "US", "+13125550187"),
        ("3125550187", "US", "+13125550187"),
        ("447400123456", "US", "+447400123456"),
        ("07400123456", "GB", "+447400123456"),
        ("+15550100", "US", "+15550100"),  # unknown to the plan, yet it wrote
        ("32665", "US", None),
        ("HMRC", "GB", None),
        ("Vodafone1", "GB", None),
        ("", "US", None),
        ("+0", "US", None),
    ],
)
def test_a_sender_is_the_number_that_the_list_knows(raw: str, country: str, expected: str | None) -> None:
    assert same_number(raw, country) == expected


@given(st.text(max_size=30))
def test_no_sender_raises(raw: str) -> None:
    found = same_number(raw, "US")
    assert found is None or found.startswith("+")
    assert isinstance(display(raw), str)
    assert isinstance(zones(raw), tuple)


def test_shows_numbers_as_people_read_them() -> None:
    assert display("+13125550187") == "+1 (312) 555-0187"
    assert display("+447400123456") == "+44 7400 123456"
    assert display("HMRC") == "HMRC"


def test_knows_the_zones() -> None:
    assert zones("+13125550187") == ("America/Chicago",)
    assert zones("+15035550187") == ("America/Los_Angeles",)
    assert len(zones("+18005550187")) > 10
    assert zones("+9999999999") == ()
