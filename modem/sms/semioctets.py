"""Semi-octets: two digits an octet, the first in the low half (3GPP TS 23.040 9.1.2.3)."""

from __future__ import annotations

_SWAPPED = bytes((i & 0x0F) << 4 | i >> 4 for i in range(256))
_READ = str.maketrans("abcde", "*#abc")
_WRITE = str.maketrans("*#abc", "abcde")


def read_digits(octets: bytes) -> str:
    """The digits in these octets, up to the first filler (0xF): 0-9, ``*``, ``#``, a, b, c."""
    digits = octets.translate(_SWAPPED).hex()
    if digits.isdecimal():
        return digits
    return digits.partition("f")[0].translate(_READ)


def write_digits(digits: str) -> bytes:
    """Digits (0-9, ``*``, ``#``, a, b, c) as octets, filled up with 0xF where their number is odd."""
    text = digits.translate(_WRITE)
    return bytes.fromhex(text + "f" if len(text) % 2 else text).translate(_SWAPPED)


def read_number(octet: int) -> int:
    """Two decimal digits as 0..99. Raises ``ValueError`` where a half is no digit."""
    tens, units = octet & 0x0F, octet >> 4
    if tens > 9 or units > 9:
        raise ValueError(f"{octet:02X} holds no two decimal digits")
    return tens * 10 + units


def write_number(number: int) -> int:
    """0..99 as one octet."""
    return number % 10 << 4 | number // 10
