"""Long texts: how a text is cut into parts, and parts joined again (3GPP TS 23.040 9.2.3.24.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from modem.sms import gsm7
from modem.sms.coding import Alphabet
from modem.sms.userdata import languages, read_text
from modem.sms.values import Deliver

# Room in septets or UTF-16 code units: alone, in a part with an 8-bit and with a 16-bit reference.
_ROOM = {
    (Alphabet.GSM7, 8): (160, 153),
    (Alphabet.GSM7, 16): (160, 152),
    (Alphabet.UCS2, 8): (70, 67),
    (Alphabet.UCS2, 16): (70, 66),
}
# Characters that never join with one of their own kind to one grapheme: letters of the great
# alphabets, without CR, combining marks, joiners and conjoining jamo.
_SIMPLE = re.compile(
    "[\x00-\x0c\x0e-\u02ff\u0370-\u0482\u048a-\u052f\u05d0-\u05ea\u0620-\u064a\u1e00-\u1fff"
    "\u2010-\u2027\u20a0-\u20bf\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fff\uac00-\ud7a3]*"
)


@cache
def _graphemes() -> Any:
    """The pattern of one grapheme. Its library costs a start 30 ms, and most texts never need it."""
    import regex

    return regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Segmentation:
    """How a text goes out.

    ``units`` counts septets (GSM 7-bit) or UTF-16 code units of the whole text; ``limit`` is the room
    in as many segments as there are: 160 or 70 in one, 153 or 67 in each of several. ``offending`` is
    the first grapheme outside GSM 7-bit, the reason for UCS-2, and ``offending_at`` its place in the
    text; both None in GSM 7-bit.
    """

    alphabet: Alphabet
    segments: tuple[str, ...]
    units: int
    limit: int
    offending: str | None
    offending_at: int | None


def split(text: str, bits: int = 8) -> Segmentation:
    """Cut a text into parts, never inside an ESC pair, a surrogate pair or a grapheme.

    A grapheme too long for one part by itself is cut between its characters. ``bits`` is the width of
    the parts' reference, 8 or 16. "" gives one empty segment. Any text is allowed; what cannot be sent
    (lone surrogates, more than 255 parts) is refused when it is encoded.
    """
    foreign = gsm7.first_foreign(text)
    if foreign is None:
        alphabet, units = Alphabet.GSM7, gsm7.count(text)
    else:
        alphabet, units = Alphabet.UCS2, _utf16_units(text)
    alone, room = _ROOM[alphabet, 16 if bits == 16 else 8]
    if units <= alone:
        segments: tuple[str, ...] = (text,)
    else:
        segments = tuple(_cut(text, alphabet, units, room))
    limit = alone if len(segments) == 1 else room * len(segments)
    if foreign is None:
        return Segmentation(alphabet, segments, units, limit, None, None)
    offending, at = _grapheme_at(text, foreign)
    return Segmentation(alphabet, segments, units, limit, offending, at)


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _grapheme_at(text: str, index: int) -> tuple[str, int]:
    """The grapheme that holds the character at ``index``, and where it begins."""
    if index == 0 or (text[index - 1] != "\r" and _SIMPLE.fullmatch(text, index - 1, index + 1)):
        return _graphemes().match(text, index)[0], index
    found = next(found for found in _graphemes().finditer(text) if found.end() > index)
    return found[0], found.start()


def _cut(text: str, alphabet: Alphabet, units: int, room: int) -> Iterator[str]:
    if units == len(text) and _SIMPLE.fullmatch(text):
        for start in range(0, len(text), room):
            yield text[start : start + room]
        return
    start = end = used = 0
    for piece, size in _pieces(text, alphabet, room):
        if used + size > room:
            yield text[start:end]
            start, used = end, 0
        end += piece
        used += size
    yield text[start:end]


def _size(char: str, alphabet: Alphabet) -> int:
    return 2 if (gsm7.is_double(char) if alphabet is Alphabet.GSM7 else char > "\uffff") else 1


def _pieces(text: str, alphabet: Alphabet, room: int) -> Iterator[tuple[int, int]]:
    """What must stay together, in order: (characters, units). None is larger than ``room``."""
    for grapheme in _graphemes().findall(text):
        if len(grapheme) == 1:
            yield 1, _size(grapheme, alphabet)
            continue
        sizes = [_size(char, alphabet) for char in grapheme]
        whole = sum(sizes)
        if whole <= room:
            yield len(sizes), whole
        else:
            for size in sizes:
                yield 1, size


def join(parts: Sequence[Deliver]) -> str:
    """The text of the parts of one long text, in the order of their numbers.

    Neighbours of one alphabet are joined before they are decoded, so that a character cut in two by
    its sender is whole again; a lone surrogate reads as U+FFFD. Of parts with the same number the
    first counts, and 8-bit parts have no text.
    """
    ordered: dict[int, Deliver] = {}
    for part in parts:
        ordered.setdefault(part.concat.part if part.concat else 0, part)
    text = ""
    for (alphabet, _), run in groupby((ordered[n] for n in sorted(ordered)), _written_in):
        same = list(run)
        whole = 1 if alphabet is Alphabet.UCS2 else 0  # half a code unit at a part's end is left out
        data = b"".join(part.data[: len(part.data) & ~whole] for part in same)
        text += read_text(alphabet, data, same[0].udh)
    return text


def _written_in(part: Deliver) -> tuple[Alphabet, tuple[int, int]]:
    return part.alphabet, languages(part.udh)
