"""Names are found without their accents, and in either case of any alphabet: "maria" finds "María"."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

import sqlalchemy as sa

#: Latin with its extensions, Greek, Cyrillic, and Latin once more.
_RANGES = ((0x41, 0x5B), (0x61, 0x7B), (0xC0, 0x250), (0x370, 0x530), (0x1E00, 0x2000))
#: Letters whose stroke is no accent for Unicode.
_STROKES = str.maketrans("łøđħŧıß", "lodhtis")
#: What is looked for is cut here, so that the pattern stays within what SQLite compares (50,000 octets).
MOST = 100


def folded(text: str) -> str:
    """A text without accents and case, composed or not."""
    plain = unicodedata.normalize("NFD", text.casefold().translate(_STROKES))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@cache
def _families() -> dict[str, str]:
    """Every way of writing a letter, by the letter alone."""
    found: dict[str, str] = {}
    for begin, end in _RANGES:
        for letter in map(chr, range(begin, end)):
            alone = folded(letter)
            if len(alone) == 1:
                found[alone] = found.get(alone, "") + letter
    return found


def _pattern(plain: str) -> str:
    """What GLOB compares: a class for each letter; nothing typed is a pattern itself."""
    families = _families()
    return (
        "*"
        + "".join(f"[{families[c]}]" if c in families else f"[{c}]" if c in "*?[" else c for c in plain)
        + "*"
    )


def found_in(column: Any, words: str) -> sa.ColumnElement[bool]:
    """SQL: whether ``words`` stand in ``column``, whatever accents either of them has.

    Plain names are compared as ever; only one with a letter outside ASCII (more octets than characters) is
    compared by its families, so that hundreds of thousands are read in a fraction of a second.
    """
    plain = folded(words[:MOST])
    if not plain:
        return sa.false()
    accented = sa.func.length(sa.cast(column, sa.LargeBinary)) != sa.func.length(column)
    return sa.or_(
        column.icontains(plain, autoescape=True),
        sa.and_(accented, column.op("GLOB")(_pattern(plain))),
    )
