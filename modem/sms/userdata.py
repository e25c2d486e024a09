"""User data and its header: length, information elements, text (3GPP TS 23.040 9.2.3.16, 9.2.3.24)."""

from __future__ import annotations

from dataclasses import dataclass

from modem.errors import PduError
from modem.sms import gsm7
from modem.sms.coding import Alphabet

Elements = tuple[tuple[int, bytes], ...]
"""Information elements in order: (identifier, data)."""

MOST_OCTETS = 140
MOST_SEPTETS = 160
CONCAT_8, PORTS_8, PORTS_16, CONCAT_16 = 0x00, 0x04, 0x05, 0x08
SPECIAL_MESSAGE, SINGLE_SHIFT, LOCKING_SHIFT = 0x01, 0x24, 0x25


@dataclass(frozen=True, slots=True)
class Concat:
    """Which part of a long text this is: ``part`` of ``total``, both from 1.

    ``reference`` names the text, in ``bits`` (8 or 16); references of different width differ.
    """

    reference: int
    bits: int
    total: int
    part: int


def read_elements(header: bytes) -> Elements:
    """The elements of a header without its length octet; none at all where they do not fit into it.

    A header whose last element is cut short is ignored as a whole (9.2.3.24).
    """
    elements = []
    at = 0
    while at < len(header):
        end = at + 2 + header[at + 1] if at + 1 < len(header) else len(header) + 1
        if end > len(header):
            return ()
        elements.append((header[at], header[at + 2 : end]))
        at = end
    return tuple(elements)


def read_concat(elements: Elements) -> Concat | None:
    """The part that the last valid concatenation element names; part 0 or part > total is ignored."""
    found = None
    for kind, data in elements:
        if kind == CONCAT_8 and len(data) == 3:
            concat = Concat(data[0], 8, data[1], data[2])
        elif kind == CONCAT_16 and len(data) == 4:
            concat = Concat(data[0] << 8 | data[1], 16, data[2], data[3])
        else:
            continue
        if 1 <= concat.part <= concat.total:
            found = concat
    return found


def read_ports(elements: Elements) -> tuple[int, int] | None:
    """The application ports (destination, source) that the header names, if any."""
    found = None
    for kind, data in elements:
        if kind == PORTS_16 and len(data) == 4:
            found = (data[0] << 8 | data[1], data[2] << 8 | data[3])
        elif kind == PORTS_8 and len(data) == 2:
            found = (data[0], data[1])
    return found


def languages(elements: Elements) -> tuple[int, int]:
    """The national languages (locking shift, single shift) that the header names; 0 is the default."""
    named = {kind: data[0] for kind, data in elements if len(data) == 1}
    return named.get(LOCKING_SHIFT, 0), named.get(SINGLE_SHIFT, 0)


def write_concat(concat: Concat) -> tuple[int, bytes]:
    """The element of a part. Raises ``PduError`` for numbers that do not fit into it."""
    if concat.bits not in (8, 16) or not 0 <= concat.reference < 1 << concat.bits:
        raise PduError(f"no {concat.bits}-bit reference can be {concat.reference}")
    if not 1 <= concat.part <= concat.total <= 255:
        raise PduError(f"part {concat.part} of {concat.total}: a long text has at most 255 parts")
    name = concat.reference.to_bytes(concat.bits // 8, "big")
    return CONCAT_16 if concat.bits == 16 else CONCAT_8, name + bytes((concat.total, concat.part))


def read_text(alphabet: Alphabet, data: bytes, elements: Elements) -> str:
    """The text of user data: septets one an octet, or UTF-16BE; "" for 8-bit data.

    Half a surrogate pair reads as U+FFFD and half a code unit is left out.
    """
    if alphabet is Alphabet.GSM7:
        return gsm7.decode(data, *languages(elements)) if elements else gsm7.decode(data)
    if alphabet is Alphabet.UCS2:
        return data[: len(data) & ~1].decode("utf-16-be", "replace")
    return ""


def read(octets: bytes, at: int, alphabet: Alphabet, has_header: bool) -> tuple[Elements, bytes, int]:
    """Elements, data without the header and the end of the user data whose length octet is at ``at``.

    Data is septets one an octet for GSM 7-bit. Raises ``PduError`` where lengths contradict; the
    caller has seen that the length octet is there.
    """
    length = octets[at]
    at += 1
    packed = alphabet is Alphabet.GSM7
    size = (length * 7 + 7) // 8 if packed else length
    if size > MOST_OCTETS:
        raise PduError(f"user data of {size} octets: at most {MOST_OCTETS} fit")
    end = at + size
    if end > len(octets):
        raise PduError(f"the PDU ends inside its user data: {len(octets) - at} of {size} octets are there")
    if not has_header or not size:  # some phones announce a header in an empty text
        body = octets[at:end]
        return (), gsm7.unpack(body, length) if packed else body, end
    if octets[at] >= size:
        raise PduError("the user data header is longer than the user data")
    start = at + 1 + octets[at]
    elements = read_elements(octets[at + 1 : start])
    body = octets[start:end]
    if not packed:
        return elements, body, end
    used, fill = _header_septets(start - at)
    return elements, gsm7.unpack(body, max(0, length - used), fill), end


def _header_septets(octets: int) -> tuple[int, int]:
    """Septets that a header of so many octets takes up, and the fill bits after it."""
    used = (octets * 8 + 6) // 7
    return used, used * 7 - octets * 8


def text_data(alphabet: Alphabet, text: str) -> bytes:
    """A text as septets one an octet, or as UTF-16BE. Raises ``PduError`` where it cannot be said."""
    if alphabet is Alphabet.GSM7:
        return gsm7.encode(text)
    if alphabet is Alphabet.BINARY:
        raise PduError("8-bit user data is given as octets, not as text")
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        raise PduError("the text holds half a character (a lone surrogate)") from None


def _write_elements(elements: Elements) -> bytes:
    """The header, its length octet first."""
    octets = b""
    for kind, value in elements:
        if not 0 <= kind <= 255 or len(octets) + len(value) + 3 > MOST_OCTETS:
            raise PduError(f"the user data header holds at most {MOST_OCTETS - 1} octets, elements 0 to 255")
        octets += bytes((kind, len(value))) + value
    return bytes((len(octets),)) + octets


def write(alphabet: Alphabet, data: bytes, elements: Elements) -> bytes:
    """Length octet, header and data; ``data`` as from :func:`text_data`, or octets for 8-bit.

    Raises ``PduError`` for more than 160 septets or 140 octets, header included.
    """
    header = _write_elements(elements) if elements else b""
    if alphabet is not Alphabet.GSM7:
        if len(header) + len(data) > MOST_OCTETS:
            raise PduError(f"{len(header) + len(data)} octets: one part holds at most {MOST_OCTETS}")
        return bytes((len(header) + len(data),)) + header + data
    if not data.isascii():
        raise PduError("user data in GSM 7-bit is given as septets, one an octet")
    used, fill = _header_septets(len(header))
    length = used + len(data)
    if length > MOST_SEPTETS:
        raise PduError(f"{length} characters of GSM 7-bit: one part holds at most {MOST_SEPTETS}")
    return bytes((length,)) + header + gsm7.pack(data, fill)
