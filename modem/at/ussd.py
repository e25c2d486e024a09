"""USSD: asks the network by a code such as ``*100#`` and reads what it says (3GPP TS 27.007 7.15).

Nothing here is tried twice: a code may buy something. How the answer is written depends on the data coding
scheme (3GPP TS 23.038 5), on the terminal's character set (+CSCS) and on the maker, and devices are not
honest about the first two; so the scheme proposes readings and the first plausible one is taken.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from modem.api import UssdReply
from modem.at import codes
from modem.at.channel import Channel
from modem.at.replies import number
from modem.at.unsolicited import fields_of, name_of
from modem.errors import AnswerTimeoutError, CommandError, ModemError
from modem.sms import gsm7

_CODE = re.compile(r"[0-9*#+]{1,182}")
# 3GPP TS 22.030 6.6.2: change of PIN and PUK. A wrong one costs a try, so they are not entered from here.
_PIN_CODE = re.compile(r"\*\*0[45]2?\*")
_HEX = re.compile(r"[0-9A-Fa-f]{2,}")
_FEW = 8  # hexadecimal digits that may well be a number in a text
_UNSAID = "The network ended the dialogue without a word."
_WHY = {
    3: "Another program on this device answered the network.",
    4: "The network does not support this code, or this device does not.",
    5: "The network did not answer this code in time. Try it again in a minute.",
}
# The scripts that USSD menus are written in; their code points lie below, the signs of 0x20xx excepted.
_LAST_SCRIPT = 0x10
_SIGNS = 0x20
_LIKELY = 0.85


class UssdError(CommandError):
    """The network or the device did not do what the code asks; the text is a sentence."""

    def __init__(self, code: str, sentence: str, kind: str = "", number: int | None = None) -> None:
        super().__init__(f'AT+CUSD=1,"{code}"', kind, number, sentence)
        self.args = (sentence,)


@dataclass(frozen=True, slots=True)
class Said:
    """One +CUSD line. ``status`` is <m>, ``text`` stands between the quotes, ``dcs`` None where absent."""

    status: int
    text: str = ""
    dcs: int | None = None


class Ussd:
    """The USSD half of the driver; used by the line's thread. ``packed`` is the maker's habit of packing."""

    def __init__(self, channel: Channel, packed: Callable[[], bool] = lambda: False) -> None:
        self._channel = channel
        self._packed = packed
        self._open = False  # the network waits for an answer of ours

    def ask(self, code: str, timeout: float) -> UssdReply:
        """As :meth:`modem.api.Modem.ussd`."""
        if _CODE.fullmatch(code) is None:
            raise ValueError("A USSD code is 1 to 182 of the characters 0-9 * # +.")
        if _PIN_CODE.match(code):
            raise ValueError("Codes that change a PIN are not sent from here: use a phone.")
        channel = self._channel
        begun = channel.clock()
        if self._open and code[0] in "*#" and code.endswith("#"):
            self._cancel()  # a new question and no answer
        charset = self._charset()
        packed = self._packed()
        self._forget_old()
        command = f'AT+CUSD=1,"{_written(code, charset, packed)}",15'
        try:
            answer = channel.run(command, timeout)
        except AnswerTimeoutError:
            self._cancel()
            raise
        if not answer.ok:
            final = answer.final
            raise UssdError(code, codes.sentence(final), final.kind, final.code)
        came = [said for said in map(read, answer.lines) if said is not None]
        said = self._best(came) or self._wait(code, begun + timeout)
        if _is_release(said):
            said = self._after_release(said)
        return self._judge(code, said, charset, packed)

    def _best(self, came: list[Said]) -> Said | None:
        """The answer among several: not the notice that the dialogue was let go."""
        return next((said for said in came if not _is_release(said)), came[0] if came else None)

    def _after_release(self, release: Said) -> Said:
        """Some modems tell first that the dialogue ended, and then what was said in it."""
        deadline = self._channel.clock() + self._channel.timeouts.grace
        while (left := deadline - self._channel.clock()) > 0:
            said = self._take()
            if said is not None and not _is_release(said):
                return said
            if said is None:
                self._channel.listen(left)
        return release

    def _charset(self) -> str:
        """What +CSCS is now; "" where the device does not tell."""
        return next(
            (fields_of(line)[0].strip('" ').upper() for line in self._channel.run("AT+CSCS?").lines), ""
        )

    def _forget_old(self) -> None:
        """What the network said before this question is no answer to it."""
        kept = [line for line in self._channel.unsolicited if name_of(line.text) != "+CUSD"]
        self._channel.unsolicited.clear()
        self._channel.unsolicited.extend(kept)

    def _take(self) -> Said | None:
        """The first +CUSD among what came by itself."""
        for line in self._channel.unsolicited:
            said = read(line.text)
            if said is not None:
                self._channel.unsolicited.remove(line)
                return said
        return None

    def _wait(self, code: str, deadline: float) -> Said:
        while True:
            said = self._take()
            if said is not None:
                return said
            left = deadline - self._channel.clock()
            if left <= 0:
                self._cancel()
                raise AnswerTimeoutError(f"The network did not answer {code} in time. Try again in a minute.")
            self._channel.listen(left)

    def _judge(self, code: str, said: Said, charset: str, packed: bool) -> UssdReply:
        self._open = said.status == 1
        text = decode(said.text, said.dcs, charset, packed=packed)
        if said.status == 5:
            raise AnswerTimeoutError(_WHY[5])
        if said.status in _WHY or _is_release(said):
            raise UssdError(code, _WHY.get(said.status, _UNSAID))
        return UssdReply(text, self._open)

    def _cancel(self) -> None:
        """AT+CUSD=2: end what may still be open, as far as the device takes it."""
        self._open = False
        with contextlib.suppress(ModemError):
            self._channel.run("AT+CUSD=2")


def _is_release(said: Said) -> bool:
    return said.status == 3 or (said.status == 2 and said.text.strip().lower() in ("", "initiating release"))


def read(line: str) -> Said | None:
    """One ``+CUSD: <m>[,<str>[,<dcs>]]`` line; None for any other. Quotes may lack, the text hold lines."""
    if name_of(line) != "+CUSD":
        return None
    fields = fields_of(line)
    status = number(fields[0])
    if status is None:
        return None
    if '"' not in line:
        return Said(
            status, fields[1] if len(fields) > 1 else "", number(fields[2]) if len(fields) > 2 else None
        )
    _, _, tail = line.partition('"')
    text, quote, behind = tail.rpartition('"')
    return Said(status, text if quote else tail, number(behind.strip(" ,")) if quote else None)


def decode(text: str, dcs: int | None, charset: str = "", *, packed: bool = False) -> str:
    """What the network said. ``text`` is as the device wrote it, ``dcs`` its data coding scheme.

    ``charset`` is +CSCS ("" not known), ``packed`` that this maker packs 7-bit text as in the air.
    """
    if _HEX.fullmatch(text) is None:
        return _tidy(_plain(text, charset))
    octets = bytes.fromhex(text[: len(text) // 2 * 2])
    scheme = 0x0F if dcs is None or not 0 <= dcs <= 255 else dcs
    for reading, sure in _readings(scheme, charset.upper(), packed):
        if sure:
            return _tidy(reading(octets))
        if reading is not _packed_text or _may_be_packed(text, packed):
            found = reading(octets)
            if _plausible(found):
                return _tidy(found)
    return _tidy(_plain(text, charset))


def _readings(scheme: int, charset: str, packed: bool) -> Iterator[tuple[Callable[[bytes], str], bool]]:
    """Ways to read octets, the likeliest first, and whether the first word on it is the last."""
    if scheme == 0x11:
        yield _with_language, True
    if scheme & 0xCC == 0x48 or charset == "UCS2":
        yield _ucs2, True
    if scheme & 0xCC == 0x44 or scheme & 0xF4 == 0xF4:
        yield _eight_bit, True
    if charset == "HEX" and not packed:
        yield _ascii, False
    yield _ucs2, False
    if packed:
        yield _packed_text, False
    yield _ascii, False
    yield _packed_text, False


def _ucs2(octets: bytes) -> str:
    return octets[: len(octets) // 2 * 2].decode("utf-16-be", "replace")


def _with_language(octets: bytes) -> str:
    """UCS-2 behind a language: two packed septets (23.038 5, group 0001)."""
    return _ucs2(octets[2:])


def _eight_bit(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


def _ascii(octets: bytes) -> str:
    return octets.decode("ascii", "replace")


def _packed_text(octets: bytes) -> str:
    """Septets as they go through the air; a CR fills up what would read as "@" (23.038 6.1.2.3.1)."""
    octets = octets[:160]
    text = gsm7.decode(gsm7.unpack(octets, len(octets) * 8 // 7))
    return text.removesuffix("\r") if len(octets) % 7 == 0 else text


def _may_be_packed(text: str, packed: bool) -> bool:
    """A number is no packed text; only a maker that packs everything means it so."""
    return packed or (len(text) > _FEW and not text.isdecimal())


def _plausible(text: str) -> bool:
    """Whether people write like this: letters of one or two scripts, figures, signs, no control octets."""
    if not text:
        return False
    body = text.split("\0")[0]
    good = sum(
        char in "\n\r\t"
        or (char.isprintable() and (ord(char) >> 8 < _LAST_SCRIPT or ord(char) >> 8 == _SIGNS))
        for char in body
    )
    common = sum(char.isalnum() or char in " \n\r.,:;!?*#+-/()&%$'\"=<>@_€£" for char in body)
    return len(body) > 1 and good == len(body) and common >= _LIKELY * len(body)


def _plain(text: str, charset: str) -> str:
    """Text that is not hexadecimal. The line was read as Latin-1; it may be UTF-8 or the GSM alphabet."""
    if not text.isascii():
        with contextlib.suppress(UnicodeError):
            return text.encode("latin-1").decode("utf-8")
        return text
    text = "".join(gsm7.ALPHABET[ord(c)] if ord(c) < 0x20 and c not in _KEPT else c for c in text)
    return _IN_WORD.sub(lambda found: _LETTERS[found[0]], text) if charset.upper() in ("", "GSM") else text


# What the GSM alphabet has where ASCII has brackets. Devices that say "GSM" often mean ASCII, so only a
# bracket inside a word is taken for a letter.
_LETTERS = {"[": "Ä", "\\": "Ö", "]": "Ñ", "^": "Ü", "{": "ä", "|": "ö", "}": "ñ", "~": "ü"}
_IN_WORD = re.compile(r"(?<=[A-Za-z])[\[\\\]^{|}~](?=[a-z])")
_KEPT = "\r\n\t\x1b"


def _tidy(text: str) -> str:
    """What is shown: up to the first NUL (some devices hand over what lay behind), plain line ends."""
    text = text.split("\0")[0].replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if char == "\n" or char.isprintable()).strip()


def _written(code: str, charset: str, packed: bool) -> str:
    """The code as this device wants it; its characters are the same in ASCII and the GSM alphabet."""
    if packed:
        septets = gsm7.encode(code)
        return gsm7.pack(septets + (b"\r" if len(septets) % 8 == 7 else b"")).hex().upper()
    if charset == "UCS2":
        return code.encode("utf-16-be").hex().upper()
    if charset == "HEX":
        return code.encode("ascii").hex().upper()
    return code
