"""The data coding scheme octet (3GPP TS 23.038 4)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from modem.errors import PduError


class Alphabet(enum.StrEnum):
    """How the user data of a text is coded."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"  # in practice UTF-16, big endian
    BINARY = "8-bit"


@dataclass(frozen=True, slots=True)
class Coding:
    """What one data coding scheme means.

    ``message_class`` 0..3 or None; ``waiting`` the kind of message that waits elsewhere (0 voice mail,
    1 fax, 2 e-mail, 3 other) or None.
    """

    alphabet: Alphabet
    message_class: int | None = None
    waiting: int | None = None


_GENERAL = (Alphabet.GSM7, Alphabet.BINARY, Alphabet.UCS2, Alphabet.GSM7)


def _meaning(dcs: int) -> Coding | None:
    """None where the text is compressed; reserved schemes read as plain GSM 7-bit, as 23.038 4 asks."""
    group = dcs >> 4
    if group < 0x8:  # general, and marked for automatic deletion (bit 6)
        if dcs & 0x20:
            return None
        if dcs & 0x0C == 0x0C:
            return Coding(Alphabet.GSM7)
        return Coding(_GENERAL[dcs >> 2 & 3], dcs & 3 if dcs & 0x10 else None)
    if group < 0xC:
        return Coding(Alphabet.GSM7)
    if group < 0xF:
        return Coding(Alphabet.UCS2 if group == 0xE else Alphabet.GSM7, waiting=dcs & 3)
    return Coding(Alphabet.BINARY if dcs & 0x04 else Alphabet.GSM7, dcs & 3)


_MEANINGS = tuple(_meaning(dcs) for dcs in range(256))
_SCHEMES = {Alphabet.GSM7: 0x00, Alphabet.BINARY: 0x04, Alphabet.UCS2: 0x08}


def read_coding(dcs: int) -> Coding:
    """What a data coding scheme (0..255) means. Raises ``PduError`` for compressed text."""
    coding = _MEANINGS[dcs]
    if coding is None:
        raise PduError(f"data coding scheme {dcs:02X} is compressed text, which we cannot read")
    return coding


def write_coding(alphabet: Alphabet, flash: bool) -> int:
    """The data coding scheme for an alphabet; ``flash`` makes it class 0, shown at once."""
    return _SCHEMES[alphabet] | (0x10 if flash else 0)
