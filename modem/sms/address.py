"""Numbers and names of the two ends and of the centre (3GPP TS 23.040 9.1.2.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from modem.errors import PduError
from modem.sms import gsm7
from modem.sms.semioctets import read_digits, write_digits

UNKNOWN, INTERNATIONAL, NATIONAL, ALPHANUMERIC = 0, 1, 2, 5
ISDN = 1
MOST_DIGITS = 20
MOST_LETTERS = 11
_MOST_CENTRE_OCTETS = 11
_DIGITS = re.compile(r"\+?[0-9*#abc]{1,20}")
_DIALLED = re.compile(r"[0-9*#]")


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a text.

    ``number`` is the digits (also ``*``, ``#``, a, b, c), with a leading + when international, or
    the name when alphanumeric. ``ton`` is the type of number (0 unknown, 1 international,
    2 national, 5 alphanumeric ...), ``npi`` the numbering plan (1 is the telephone's).
    """

    number: str
    ton: int = UNKNOWN
    npi: int = ISDN

    @property
    def alphanumeric(self) -> bool:
        """Whether ``number`` is a name, to which nobody can reply."""
        return self.ton == ALPHANUMERIC


def parse(text: str) -> Address:
    """An address from what people write: digits with or without +, or else a name.

    Raises ``PduError`` for what is neither: more than 20 digits, or a name that does not fit.
    """
    if _DIGITS.fullmatch(text) and _DIALLED.search(text):
        return Address(text, INTERNATIONAL if text[0] == "+" else UNKNOWN)
    return Address(text, ALPHANUMERIC, 0)


def _read(octets: bytes, length: int, type_octet: int) -> Address:
    ton, npi = type_octet >> 4 & 0x07, type_octet & 0x0F
    if ton == ALPHANUMERIC:
        return Address(gsm7.decode(gsm7.unpack(octets, length * 4 // 7)), ton, npi)
    digits = read_digits(octets)[:length]
    return Address("+" + digits if ton == INTERNATIONAL and digits else digits, ton, npi)


def read(octets: bytes, at: int) -> tuple[Address, int]:
    """The address at ``at``, and where it ends. Its length counts semi-octets of digits or packed name.

    Raises ``PduError`` where it is cut short or longer than 20 semi-octets.
    """
    if at + 2 > len(octets):
        raise PduError("the PDU ends before the address")
    length = octets[at]
    if length > MOST_DIGITS:
        raise PduError(f"an address of {length} digits: at most {MOST_DIGITS} are allowed")
    end = at + 2 + (length + 1) // 2
    if end > len(octets):
        raise PduError("the PDU ends inside the address")
    return _read(octets[at + 2 : end], length, octets[at + 1]), end


def read_centre(octets: bytes) -> tuple[Address | None, int]:
    """The service centre's address before the TPDU (27.005 3.1), and where it ends.

    Its length counts octets and includes the type; 0 means none, and so does a type without digits.
    """
    if not octets:
        raise PduError("the PDU is empty")
    length = octets[0]
    if length == 0:
        return None, 1
    if length > _MOST_CENTRE_OCTETS or length + 1 > len(octets) or octets[1] < 0x80:
        raise PduError("the PDU does not begin with a service centre's address")
    centre = _read(octets[2 : length + 1], 2 * length - 2, octets[1])
    return centre if centre.number else None, length + 1


def _write(address: Address) -> tuple[int, int, bytes]:
    """Semi-octets used, type octet, octets."""
    if not (0 <= address.ton <= 7 and 0 <= address.npi <= 15):
        raise PduError(f"an address of type {address.ton}, plan {address.npi} does not exist")
    kind = 0x80 | address.ton << 4 | address.npi
    if address.alphanumeric:
        septets = gsm7.encode(address.number)
        if len(septets) > MOST_LETTERS:
            raise PduError(f"a sender's name has at most {MOST_LETTERS} characters")
        return (len(septets) * 7 + 3) // 4, kind, gsm7.pack(septets)
    digits = address.number.removeprefix("+") if address.ton == INTERNATIONAL else address.number
    if digits and (not _DIGITS.fullmatch(digits) or digits[0] == "+"):
        raise PduError("a number is at most 20 digits, with a + before it only when international")
    return len(digits), kind, write_digits(digits)


def write(address: Address) -> bytes:
    """The address as it stands in a TPDU. Raises ``PduError`` for what does not fit into one."""
    length, kind, octets = _write(address)
    return bytes((length, kind)) + octets


def write_centre(number: str | Address) -> bytes:
    """The service centre's part of a PDU; "" leaves the choice to the SIM ("00")."""
    if not number:
        return b"\0"
    _, kind, octets = _write(parse(number) if isinstance(number, str) else number)
    return bytes((len(octets) + 1, kind)) + octets
