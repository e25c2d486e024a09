"""The GSM 7-bit default alphabet: characters to septets and septets to octets (3GPP TS 23.038 6).

Septets are handled as ``bytes``, one septet (0..127) an octet. Packing works on one big integer in
three masked shifts instead of a loop over bits: 8-bit lanes become 14-, 28- and 56-bit lanes.
"""

from __future__ import annotations

import codecs
import re

from modem.errors import PduError
from modem.sms.national import EXTENSION, LOCKING, SINGLE

ESC = 0x1B

ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The 128 characters of the default alphabet, by septet (23.038 6.2.1); 0x1B is the escape."""

_UNSENDABLE = "\u0100"  # not in Latin-1, so that encoding the translated text fails there


class _ToSeptets(dict[int, str]):
    """A ``str.translate`` table that marks every character it does not hold."""

    def __missing__(self, key: int) -> str:
        return _UNSENDABLE


_TO_SEPTETS = _ToSeptets({ord(c): chr(i) for i, c in enumerate(ALPHABET) if i != ESC})
_TO_SEPTETS.update({ord(c): chr(ESC) + chr(i) for i, c in EXTENSION.items()})
_DOUBLE = "".join(re.escape(c) for c in EXTENSION.values())
_FOREIGN = re.compile(f"[^{re.escape(ALPHABET.replace(chr(ESC), ''))}{_DOUBLE}]")
_TWO_SEPTETS = re.compile(f"[{_DOUBLE}]")
_ESCAPED = re.compile(b"\x1b(.?)", re.DOTALL)

_LANES = 256  # septets that one masked shift handles; far more than a TPDU holds


def _mask(lane: int, low: int, width: int) -> int:
    """``width`` ones from bit ``low`` in every ``lane`` bits, over all lanes."""
    ones = ((1 << width) - 1) << low
    return int.from_bytes(ones.to_bytes(lane // 8, "little") * (_LANES * 8 // lane), "little")


_LOW7, _HIGH7 = _mask(16, 0, 7), _mask(16, 8, 7)
_LOW14, _HIGH14 = _mask(32, 0, 14), _mask(32, 16, 14)
_LOW28, _HIGH28 = _mask(64, 0, 28), _mask(64, 32, 28)
_WIDE7, _WIDE14, _WIDE28 = _mask(16, 7, 7), _mask(32, 14, 14), _mask(64, 28, 28)


def first_foreign(text: str) -> int | None:
    """Where the first character stands that GSM 7-bit (with its extension) cannot say, or None."""
    found = _FOREIGN.search(text)
    return None if found is None else found.start()


def is_double(char: str) -> bool:
    """Whether this one character takes two septets (ESC and a code)."""
    return _TWO_SEPTETS.match(char) is not None


def count(text: str) -> int:
    """Septets that a text takes; the text must hold only GSM 7-bit characters."""
    return len(text) + len(_TWO_SEPTETS.findall(text))


def encode(text: str) -> bytes:
    """The septets of a text, one an octet. Raises ``PduError`` for a character outside GSM 7-bit."""
    try:
        return text.translate(_TO_SEPTETS).encode("latin-1")
    except UnicodeEncodeError:
        at = first_foreign(text)
        raise PduError(f"character {at} of the text is not in the GSM 7-bit alphabet") from None


def decode(septets: bytes, locking: int = 0, single: int = 0) -> str:
    """The text of septets, with the national tables that the header names (23.038 6.2.1.2).

    An unknown language means the default table. A code that the table behind ESC lacks reads as in
    the main table; ESC ESC and a last, lonely ESC read as a space (6.2.1.1, note 1).
    """
    main = LOCKING.get(locking, ALPHABET)
    if ESC not in septets:
        return codecs.charmap_decode(septets, "strict", main)[0]
    behind = SINGLE.get(single, EXTENSION)
    text = ""
    last = 0
    for found in _ESCAPED.finditer(septets):
        code = found[1][0] if found[1] else ESC
        text += codecs.charmap_decode(septets[last : found.start()], "strict", main)[0]
        text += " " if code == ESC else behind.get(code, main[code])
        last = found.end()
    return text + codecs.charmap_decode(septets[last:], "strict", main)[0]


def pack(septets: bytes, fill: int = 0) -> bytes:
    """Septets into octets, the first septet in the lowest bits (23.038 6.1.2.1).

    ``fill`` zero bits (0..6) go before the first septet: text after a user data header begins on a
    septet boundary (23.040 9.2.3.24). At most 256 septets.
    """
    lanes = int.from_bytes(septets, "little")
    lanes = lanes & _LOW7 | (lanes & _HIGH7) >> 1
    lanes = lanes & _LOW14 | (lanes & _HIGH14) >> 2
    lanes = lanes & _LOW28 | (lanes & _HIGH28) >> 4
    octets = bytearray(lanes.to_bytes((len(septets) + 7) // 8 * 8, "little"))
    del octets[7::8]
    size = (len(septets) * 7 + fill + 7) // 8
    if fill:
        return (int.from_bytes(octets, "little") << fill).to_bytes(len(octets) + 1, "little")[:size]
    return bytes(octets[:size])


def unpack(octets: bytes, length: int, fill: int = 0) -> bytes:
    """``length`` septets (at most 256) out of octets, after ``fill`` bits; the reverse of ``pack``.

    The octets must hold that many.
    """
    if fill:
        octets = (int.from_bytes(octets, "little") >> fill).to_bytes(len(octets), "little")
    groups = (length + 7) // 8
    padded = octets[: groups * 7].ljust(groups * 7, b"\0")
    wide = bytearray(groups * 8)
    for i in range(7):
        wide[i::8] = padded[i::7]
    lanes = int.from_bytes(wide, "little")
    lanes = lanes & _LOW28 | (lanes & _WIDE28) << 4
    lanes = lanes & _LOW14 | (lanes & _WIDE14) << 2
    lanes = lanes & _LOW7 | (lanes & _WIDE7) << 1
    return lanes.to_bytes(groups * 8, "little")[:length]
