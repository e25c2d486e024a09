"""Hostile text made showable: what has no shape of its own gets a visible badge.

A direction override or a zero-width character in a name or a text makes the screen say something
else than the data does; the texter must see that it is there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

FSI, PDI = "\u2068", "\u2069"
#: What a badge is written between. Neither is in the GSM alphabet, and both are plain to read.
OPEN, CLOSE = "⟦", "⟧"

_NAMES = {
    0x00AD: "SHY",
    0x034F: "CGJ",
    0x061C: "ALM",
    0x115F: "FILLER",
    0x1160: "FILLER",
    0x180E: "MVS",
    0x200B: "ZWSP",
    0x200C: "ZWNJ",
    0x200D: "ZWJ",
    0x200E: "LRM",
    0x200F: "RLM",
    0x2028: "LINE",
    0x2029: "PARA",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2060: "WJ",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
    0x3164: "FILLER",
    0xFEFF: "BOM",
    0xFFA0: "FILLER",
}
_KEPT = "\n\t"
#: How many characters of one text are laid out; the rest is cut with a word.
DISPLAY_LIMIT = 5000


def badge(character: str) -> str | None:
    """The badge of a character that cannot be seen, or None where it may stand as it is."""
    code = ord(character)
    if character in _KEPT or 0x20 <= code < 0x7F:
        return None
    name = _NAMES.get(code)
    if name is not None:
        return OPEN + name + CLOSE
    category = unicodedata.category(character)
    if category in ("Cc", "Cs") or (category == "Cf" and not 0xE0020 <= code <= 0xE007F):
        return f"{OPEN}U+{code:04X}{CLOSE}"
    return None


def _joins(text: str, index: int) -> bool:
    """True for a joiner that does its job: between two letters or signs that are not ASCII."""
    if text[index] not in "\u200c\u200d" or not 0 < index < len(text) - 1:
        return False
    before, after = text[index - 1], text[index + 1]
    return ord(before) > 0x2FF and ord(after) > 0x2FF and badge(after) is None


def pieces(text: str) -> list[tuple[str, bool]]:
    """``text`` as (piece, is a badge), in order; the pieces that are no badges are the text's own."""
    result: list[tuple[str, bool]] = []
    start = 0
    for index, character in enumerate(text):
        mark = None if character.isascii() and character.isprintable() else badge(character)
        if mark is None or _joins(text, index):
            continue
        if start < index:
            result.append((text[start:index], False))
        result.append((mark, True))
        start = index + 1
    if start < len(text):
        result.append((text[start:], False))
    return result


def visible(text: str, limit: int = DISPLAY_LIMIT) -> str:
    """``text`` with a badge for everything that cannot be seen, cut at ``limit`` characters."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    cut = "" if len(text) <= limit else f"… ({len(text) - limit} more characters)"
    return "".join(piece for piece, _ in pieces(text[:limit])) + cut


def one_line(text: str, limit: int = 200) -> str:
    """``text`` for a row of a list: white space folded, badges shown, isolated, cut."""
    return isolated(" ".join(text[: limit * 2].split()), limit)


def isolated(text: str, limit: int = DISPLAY_LIMIT) -> str:
    """``text`` made visible and kept from turning the words that stand beside it around."""
    shown = visible(text, limit)
    return shown if shown.isascii() else FSI + shown + PDI


def label_text(text: str) -> str:
    """What a label shows: as :func:`visible`, but the balanced isolates of :func:`isolated` stay."""
    if text.isascii() and text.isprintable():
        return text
    depth, balanced = 0, True
    for character in text:
        depth += (character == FSI) - (character == PDI)
        balanced &= depth >= 0
    if depth or not balanced or FSI not in text:
        return visible(text)
    return "".join(
        part if part in (FSI, PDI) else visible(part) for part in _split_isolates(text[: DISPLAY_LIMIT * 2])
    )


def _split_isolates(text: str) -> Iterable[str]:
    word = ""
    for character in text:
        if character in (FSI, PDI):
            yield word
            yield character
            word = ""
        else:
            word += character
    yield word


def shown_spans(text: str, spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """``spans`` of ``text`` (start, end in characters) as UTF-16 spans of ``visible(text)``, for Qt."""
    places = [0]
    for piece, is_badge in pieces(text[:DISPLAY_LIMIT]):
        if is_badge:
            places.append(places[-1] + len(piece))
        else:
            for character in piece:
                places.append(places[-1] + (2 if ord(character) > 0xFFFF else 1))
    last = len(places) - 1
    return tuple((places[min(a, last)], places[min(b, last)]) for a, b in spans if 0 <= a <= b)


def badge_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the badges stand in ``visible(text)``, in UTF-16 units."""
    result, place = [], 0
    for piece, is_badge in pieces(text[:DISPLAY_LIMIT]):
        length = sum(2 if ord(character) > 0xFFFF else 1 for character in piece)
        if is_badge:
            result.append((place, place + length))
        place += length
    return tuple(result)
