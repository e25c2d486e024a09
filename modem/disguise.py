"""Takes people out of a modem's conversation and leaves a conversation: numbers, texts and names become
made-up ones of the same length, PDUs stay PDUs (3GPP TS 23.040 9.2.2, 27.005 3.1).

:mod:`modem.masking` hides for the eye; this is for what is given away and replayed.
"""

from __future__ import annotations

import re

from modem.errors import PduError
from modem.masking import without_pin
from modem.sms import Alphabet, decode_incoming, decode_submit, gsm7
from modem.sms.address import ALPHANUMERIC, Address, read, read_centre, write, write_centre
from modem.sms.coding import read_coding
from modem.sms.times import STAMP_OCTETS
from modem.sms.userdata import Elements
from modem.sms.userdata import read as read_user_data
from modem.sms.userdata import write as write_user_data

_FILLER = "of what was written here only the length is kept "
_FILLER_UCS2 = (
    "\u0442\u0435\u043a\u0441\u0442 \u0441\u043a\u0440\u044b\u0442 "  # "text hidden", not GSM 7-bit
)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){10,}")
_SIM_NUMBER = re.compile(r"(?:89|98)[0-9]{15,19}[0-9Ff]{1,3}")  # 98: its digits swapped, as on the SIM
_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9]{7,22}(?![0-9A-EG-Za-eg-z])")
_QUOTED = re.compile(r'"([^"\r\n]*)"')
_PLACE = re.compile(r'"[0-9A-Fa-f]{1,8}"|(?<=,)\s*[0-9A-Fa-f]{3,8}(?=,|$)')
_BREAKS = re.compile(r"([\r\n\x1a\x1b]+)")
_RESULT = re.compile(r"OK|ERROR|\+CM[ES] ERROR.*|COMMAND NOT SUPPORT|NO CARRIER|[04]")
_SECRETS = ("CPIN", "CLCK", "CPWD", "CPUC")
_NAMED_LINES = ("+CNUM", "+CPBR", "+CPBF", "+CLIP", "+CLCC", "+CCWA")
_PLACES = ("+CREG", "+CGREG", "+CEREG", "+C5GREG", "^LWURC")
_KEPT_ELEMENTS = frozenset({0x00, 0x01, 0x04, 0x05, 0x08, 0x24, 0x25})  # parts, ports, waiting, languages
_WSP_PUSH = 0x06


class Disguise:
    """One conversation's made-up names. ``line`` is called for its lines in order."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._texts: dict[bytes, int] = {}
        self._asked = ""  # the command that is being answered, upper case
        self._body = 0  # text-mode texts follow: 1 on the next line, 2 until the result
        self._typing = False  # what is written next goes to a prompt of text mode

    def line(self, direction: str, text: str) -> str | None:
        """``text`` without people in it; None where it cannot be made so."""
        pieces = _BREAKS.split(text)
        for place in range(0, len(pieces), 2):
            if pieces[place]:
                hidden = self._to(pieces[place]) if direction == ">" else self._from(direction, pieces[place])
                if hidden is None:
                    return None
                pieces[place] = hidden
        return "".join(pieces)

    # -- to the modem

    def _to(self, text: str) -> str | None:
        upper = text.upper()
        if upper.startswith("AT"):
            self._asked = upper
            self._typing = '="' in text and upper.startswith(("AT+CMGS", "AT+CMGW"))
            return self._plain(text)
        if _HEX.fullmatch(text) and not self._typing:
            return self._pdu(text, outgoing=True)
        return self._text(text) if self._typing else self._plain(text)

    # -- from the modem

    def _from(self, direction: str, text: str) -> str | None:
        name = text.partition(":")[0].upper()
        if direction == "!":
            return _HEX.sub(lambda match: f"<{len(match[0]) // 2} octets>", self._plain(text))
        if name in ("+CMT", "+CDS", "+CBM"):
            self._body = self._body or 1
            return self._header(text)
        if name in ("+CMGL", "+CMGR"):
            self._body = 2
            return self._header(text)
        if _RESULT.fullmatch(text):
            self._body = 0
            return text
        if _SIM_NUMBER.fullmatch(text):
            return self._sim_number(text)
        if _HEX.fullmatch(text) and (self._body or not text.isdecimal()):
            self._body = 2 if self._body == 2 else 0
            return self._pdu(text, outgoing=False)
        if self._body and text[0] not in "+^>":
            self._body = 2 if self._body == 2 else 0
            return self._text(text)
        return self._plain(text)

    def _header(self, text: str) -> str:
        """A row of a listing; its name field, which is people's, as well."""
        return (
            _QUOTED.sub(self._name, self._plain(text), count=0) if text.count('"') > 2 else self._plain(text)
        )

    def _name(self, match: re.Match[str]) -> str:
        inside = match[1]
        if not re.search(r"[A-Za-z]", inside) or inside.startswith(("REC ", "STO ")):
            return match[0]
        return '"' + self._text(inside) + '"'

    def _plain(self, text: str) -> str:
        """A line that is no text and no PDU."""
        name = text.partition(":")[0].upper()
        if any(word in text.upper() for word in _SECRETS):
            text = re.sub(
                r'"[0-9]{4,8}"', lambda match: '"' + "0" * (len(match[0]) - 2) + '"', without_pin(text)
            )
        if name in _PLACES:
            return _PLACE.sub(lambda match: re.sub(r"[0-9A-Fa-f]", "0", match[0]), text)
        if name == "+CUSD" and text.count('"') >= 2:
            start, end = text.index('"') + 1, text.rindex('"')
            return text[:start] + self._ussd(text[start:end]) + text[end:]
        text = _QUOTED.sub(self._quoted, text)
        if name in _NAMED_LINES:
            text = _QUOTED.sub(self._name, text)
        return _DIGITS.sub(lambda match: self.number(match[0]), text)

    def _quoted(self, match: re.Match[str]) -> str:
        """A number written in UCS-2, as with ``+CSCS="UCS2"`` (27.005 2.1)."""
        inside = match[1]
        if len(inside) < 28 or len(inside) % 4 or not _HEX.fullmatch(inside):
            return match[0]
        meant = bytes.fromhex(inside).decode("utf-16-be", "replace")
        if not re.fullmatch(r"\+?[0-9]{7,20}", meant):
            return match[0]
        hidden = self._number_of(meant)
        return '"' + hidden.encode("utf-16-be").hex().upper() + '"'

    def _ussd(self, text: str) -> str:
        if _HEX.fullmatch(text):
            return (
                ("0078" * len(text))[: len(text)]
                if text.startswith("00")
                else ("78" * len(text))[: len(text)]
            )
        return self._text(text)

    # -- numbers

    def _number_of(self, number: str) -> str:
        plus = "+" if number.startswith("+") else ""
        return plus + self.number(number.removeprefix("+"))

    def number(self, digits: str) -> str:
        """The made-up digits for these, the same every time and as many."""
        found = self._numbers.get(digits)
        if found is None:
            found = self._numbers[digits] = self._invent(digits)
        return found

    def _invent(self, digits: str) -> str:
        serial, size = len(self._numbers) + 1, len(digits)
        if size == 15 and "CIMI" in self._asked:
            return f"00101{serial:010d}"
        if size == 15 and luhn(digits[:-1]) == digits:  # an IMEI: its first eight digits name the model
            return luhn(f"{digits[:8]}{serial % 1_000_000:06d}")
        if size >= 17:
            return luhn("8901" + str(serial).zfill(size - 5))
        prefix = "1555010"[: max(0, size - 4)]
        rest = size - len(prefix)
        return prefix + str(serial % 10**rest).zfill(rest) if rest else prefix

    def _sim_number(self, text: str) -> str:
        """An ICCID, its filling F where it was."""
        digits = iter(self.number(re.sub("[Ff]", "", text)))
        return "".join(char if char in "Ff" else next(digits) for char in text)

    # -- texts

    def _serial(self, content: bytes) -> int:
        return self._texts.setdefault(content, len(self._texts) + 1)

    def _filler(self, content: bytes, size: int, words: str) -> str:
        """``size`` characters that differ for different texts wherever there is room."""
        serial = f"{self._serial(content)} "
        text = (serial if len(serial) < size else "") + words * (size // len(words) + 1)
        return text[:size].rstrip().ljust(size, ".")

    def _text(self, text: str) -> str:
        content = text.encode("utf-8", "replace")
        if _HEX.fullmatch(text) and len(text) % 4 == 0:  # with +CSCS="UCS2"
            return self._filler(content, len(text) // 4, _FILLER_UCS2).encode("utf-16-be").hex().upper()
        return self._filler(content, len(text), _FILLER)

    # -- PDUs

    def _pdu(self, text: str, *, outgoing: bool) -> str | None:
        for submit in (outgoing, not outgoing):
            try:
                octets = self._hidden_pdu(text, submit=submit)
            except (PduError, IndexError):
                continue
            if len(octets) * 2 == len(text):
                return octets.hex().upper()
        return None

    def _hidden_pdu(self, text: str, *, submit: bool) -> bytes:
        (decode_submit if submit else decode_incoming)(text)
        octets = bytes.fromhex(text)
        centre, at = read_centre(octets)
        kind = octets[at] & 0x03
        if centre is None:
            start = octets[:at]
        else:
            start = write_centre(self._address(centre))
            start += octets[len(start) : at]  # filling octets behind the digits
        if submit:
            return start + self._hidden_submit(octets, at)
        if kind == 2:
            who, end = read(octets, at + 2)
            return start + octets[at : at + 2] + write(self._address(who)) + octets[end:]
        who, end = read(octets, at + 1)
        head = octets[at : at + 1] + write(self._address(who))
        body = end + 2 + STAMP_OCTETS
        return start + head + octets[end:body] + self._user_data(octets, body, octets[end + 1], octets[at])

    def _hidden_submit(self, octets: bytes, at: int) -> bytes:
        who, end = read(octets, at + 2)
        head = octets[at : at + 2] + write(self._address(who))
        body = end + 2 + (0, STAMP_OCTETS, 1, STAMP_OCTETS)[octets[at] >> 3 & 3]
        return head + octets[end:body] + self._user_data(octets, body, octets[end + 1], octets[at])

    def _address(self, who: Address) -> Address:
        if who.ton == ALPHANUMERIC:
            size = len(gsm7.encode(who.number))
            return Address(self._filler(who.number.encode(), size, "Somebody Else"), who.ton, who.npi)
        return Address(self._number_of(who.number), who.ton, who.npi) if who.number.strip("+") else who

    def _user_data(self, octets: bytes, at: int, dcs: int, first: int) -> bytes:
        alphabet = read_coding(dcs).alphabet
        udh, data, end = read_user_data(octets, at, alphabet, bool(first & 0x40))
        kept: Elements = tuple(
            (kind, value if kind in _KEPT_ELEMENTS else bytes(len(value))) for kind, value in udh
        )
        return write_user_data(alphabet, self._data(alphabet, data), kept) + octets[end:]

    def _data(self, alphabet: Alphabet, data: bytes) -> bytes:
        if alphabet is Alphabet.GSM7:
            return gsm7.encode(self._filler(data, len(data), _FILLER))
        if alphabet is Alphabet.UCS2:
            return (
                self._filler(data, len(data) // 2, _FILLER_UCS2).encode("utf-16-be") + data[len(data) & ~1 :]
            )
        # What a push is (WAP-230 8.2.4): the kind and the content type stay, the address in it goes.
        head = 3 + data[2] if len(data) > 3 and data[1] == _WSP_PUSH and data[2] < 64 else 0
        return data[:head] + bytes(max(0, len(data) - head))


def luhn(digits: str) -> str:
    """``digits`` with the check digit of an IMEI or ICCID put behind (ISO/IEC 7812-1)."""
    total = 0
    for position, char in enumerate(reversed(digits)):
        value = int(char) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)
