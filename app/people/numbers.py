"""Phone numbers: what a person or a file wrote, made E.164; and E.164 made readable.

Contacts, opt-outs and inbound senders all pass through here, so that one person is one number whatever
the way it was written.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NoReturn

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat
from phonenumbers.timezone import time_zones_for_number

_SENTENCES = {
    "empty": "There is no number.",
    "letters": "It has letters in it.",
    "extension": "It has an extension; a text cannot reach one.",
    "spreadsheet": "A spreadsheet has cut it short (as in 1.23E+11); export the column as text.",
    "several": "There is more than one number.",
    "country": "It has no country code, and no default country is set.",
    "too_short": "It has too few digits.",
    "too_long": "It has too many digits.",
    "invalid": "No such number can exist in that country.",
}

_MAX_RAW = 100  # no phone number is written in more characters; the rest is not looked at
_PLAIN = str.maketrans("", "", "' ()-.\u00a0\u202f\u2007\u2009\u2011\u2013")
_NANP = re.compile(r"(?:\+?1)?([2-9][0-9]{9})")
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?\s*[eE]\s*\+?[0-9]{1,3}")
_FLOAT = re.compile(r"([0-9]{6,15})\.0+")
_EXTENSION = re.compile(
    r"(?:\b|(?<=[0-9]))(?:ext(?:ension|n)?|xt?|anexo|poste|durchwahl)[.:]?\s*[0-9]", re.IGNORECASE
)
_HASH_EXTENSION = re.compile(r"[0-9]\s*[#;,]+\s*(?:ext=)?[0-9]")
_SEVERAL = re.compile(r"[0-9][-0-9 ().]{5,}[/|&;,]+\s*\+?[-0-9 ().]{7,}")
_DIGITS = re.compile(r"[0-9]")
_GUARD = re.compile(r"^'(?=[\s=+\-@\t\r\n\0＝＋－＠])")


class NumberError(ValueError):
    """Not a number that can be texted. ``reason`` is a short key, the text a sentence for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(_SENTENCES[reason])
        self.reason = reason

    def __reduce__(self) -> tuple[type[NumberError], tuple[str]]:
        return (NumberError, (self.reason,))


@lru_cache(maxsize=64)
def _country_code(country: str) -> int:
    return phonenumbers.country_code_for_region(country.upper()) if country else 0


def known_country(country: str) -> bool:
    """True for an ISO 3166 code that has phone numbers ("US")."""
    return _country_code(country) != 0


def parse(raw: str, country: str) -> str:
    """The E.164 form of ``raw`` ("+13125550187"), read with the default ``country`` (ISO 3166, or "").

    Only numbers that can exist are let through. Raises :class:`NumberError` otherwise. What a person can
    type is understood: no-break spaces, direction marks, 0044 for +44, (07...), +44 (0)7...
    """
    # Nearly every row of a North American list takes this way: the library's parser would find the same
    # country code and national number in it (a test compares them), only ten times more slowly.
    match = _NANP.fullmatch(raw.translate(_PLAIN))
    if match is not None and (_country_code(country) == 1 or raw.lstrip(" '\u00a0").startswith("+")):
        if phonenumbers.is_valid_number(PhoneNumber(country_code=1, national_number=int(match[1]))):
            return "+1" + match[1]
        raise NumberError("invalid")
    return _parse_any(raw, country)


def _parse_any(raw: str, country: str) -> str:
    text = _clean(raw)
    _refuse_what_is_no_number(text)
    candidates = [text]
    if text.startswith("00"):
        # The international prefix of most of the world, also where the default country dials another.
        candidates.append("+" + text[2:])
    # A plus sign that is missing is never guessed for another country than the default one: one digit too
    # many in a number here would become a stranger there.
    reason = ""
    for candidate in candidates:
        found, why = _e164(candidate, country)
        if found:
            return found
        reason = reason or why
    raise NumberError(reason or "invalid")


def _clean(raw: str) -> str:
    text = unicodedata.normalize("NFKC", raw[:_MAX_RAW])
    text = "".join(_ascii(c) for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c.isspace())
    text = _GUARD.sub("", text.strip(), count=1).strip()
    if text[:4].lower() == "tel:":
        text = text[4:].strip()
    whole = _FLOAT.fullmatch(text)
    return whole[1] if whole else text


def _ascii(character: str) -> str:
    if character.isspace():
        return " "
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


def _refuse_what_is_no_number(text: str) -> None:
    if not text:
        _fail("empty")
    if _SCIENTIFIC.fullmatch(text):
        _fail("spreadsheet")
    if ":::" in text or _SEVERAL.search(text):
        _fail("several")
    if _DIGITS.search(text) and (_EXTENSION.search(text) or _HASH_EXTENSION.search(text)):
        _fail("extension")
    if any(c.isalpha() for c in text):
        _fail("letters")


def _e164(text: str, country: str) -> tuple[str, str]:
    """The number, or "" and why not."""
    digits = sum(c.isdigit() for c in text)
    if digits > 17:
        return "", "too_long"
    try:
        number = phonenumbers.parse(text, country.upper() or None)
    except phonenumbers.NumberParseException as error:
        return "", _parse_reason(error.error_type, text, country, digits)
    if number.extension:
        return "", "extension"
    if not phonenumbers.is_valid_number(number):
        return "", _length_reason(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), ""


def _parse_reason(error_type: int, text: str, country: str, digits: int) -> str:
    kinds = phonenumbers.NumberParseException
    if error_type == kinds.INVALID_COUNTRY_CODE and not text.startswith("+") and not known_country(country):
        return "country"
    if error_type == kinds.TOO_LONG:
        return "too_long"
    return "too_short" if digits < 7 else "invalid"


def _length_reason(number: PhoneNumber) -> str:
    kinds = phonenumbers.ValidationResult
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible in (kinds.TOO_SHORT, kinds.IS_POSSIBLE_LOCAL_ONLY):
        return "too_short"
    return "too_long" if possible == kinds.TOO_LONG else "invalid"


def _fail(reason: str) -> NoReturn:
    raise NumberError(reason)


def same_number(raw_sender: str, country: str) -> str | None:
    """The E.164 number that an inbound text's sender address means, or None for what has no number.

    A SIM may report a sender as +1312..., 1312..., or in the national form, which the default ``country``
    completes. Short codes and names ("HMRC") give None: nothing of theirs may be tied to a person. A full
    international number that the numbering plan here does not know yet is kept as it came.
    """
    try:
        return parse(raw_sender, country)
    except NumberError:
        pass
    text = _clean(raw_sender)
    if re.fullmatch(r"[1-9][0-9]{10,14}", text):
        text = "+" + text  # the network's own digits, of a type of number that says nothing
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}", text):
        return None
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    return text if phonenumbers.is_possible_number(number) else None


@lru_cache(maxsize=8192)
def display(number: str) -> str:
    """``number`` as people read it: "+1 (312) 555-0187", "+44 7400 123456"; what is no E.164 as it is."""
    if re.fullmatch(r"\+1[2-9][0-9]{9}", number):
        return f"+1 ({number[2:5]}) {number[5:8]}-{number[8:]}"
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
        return number
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)


@lru_cache(maxsize=65536)
def zones(number: str) -> tuple[str, ...]:
    """The IANA time zones that an E.164 number may be in; () when its prefix tells none."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return ()
    found: tuple[str, ...] = tuple(time_zones_for_number(parsed))
    return tuple(zone for zone in found if zone != "Etc/Unknown")
