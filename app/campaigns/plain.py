"""Plain letters: what makes a text UCS-2 for no good reason, and what to write in its place.

Typographic quotes, dashes, dots and spaces have a plain counterpart; what cannot be seen is left out; letters
with marks that the GSM alphabet lacks lose their marks; emoji go, save a few with a plain form. Letters of
other scripts stay: they are what the text is written in. Fields are left alone, their fallbacks are not.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from app.campaigns import sizes
from modem import sms

_PIECES = re.compile(r"\{\{|\}\}|\{([^{}|]*)(\|[^{}]*)?\}")
_TABLE = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "ʼ": "'", "ʻ": "'", "´": "'", "`": "'", "′": "'",
    "‹": "'", "›": "'", "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"',
    "＂": '"', "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "•": "-",
    "·": "-", "‧": "-", "▪": "-", "…": "...", "⁄": "/", "∕": "/", "×": "x", "÷": "/", "±": "+/-",
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "→": "->", "⇒": "=>", "←": "<-", "↔": "<->",
    "✓": "v", "✔": "v", "★": "*", "☆": "*", "™": "(TM)", "©": "(C)", "®": "(R)", "№": "No.",
    "°": " deg.", "½": "1/2", "¼": "1/4", "¾": "3/4", "²": "2", "³": "3", "¹": "1", "ﬁ": "fi",
    "ﬂ": "fl", "ﬀ": "ff", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i",
    "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "ħ": "h", "Ħ": "H", "¢": "c", "\t": " ", "🙂": ":)",
    "😊": ":)", "😀": ":)", "😃": ":)", "😄": ":)", "☺": ":)", "🙁": ":(", "☹": ":(", "😞": ":(",
    "😉": ";)", "❤": "<3", "♥": "<3",
}  # fmt: skip
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\U0001f1e6-\U0001f1ff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff\u2190-\u21ff]"
)
_UNSEEN = frozenset("\ufe0e\ufe0f\u20e3") | {chr(code) for code in range(0xE0020, 0xE0080)}


@dataclass(frozen=True, slots=True)
class Change:
    """One place: characters ``start`` to ``end`` of the text become ``plain``; both counted as characters."""

    start: int
    end: int
    old: str
    plain: str


@dataclass(frozen=True, slots=True)
class Plain:
    """A cleaned text. ``left`` are letters outside GSM-7 that have no plain form and stay."""

    text: str
    changes: tuple[Change, ...]
    left: tuple[str, ...]


def clean(template: str) -> Plain:
    """The template in plain letters."""
    changes: list[Change] = []
    last = 0
    for piece in _PIECES.finditer(template):
        _look(template, last, piece.start(), changes)
        if piece[2]:
            _look(template, piece.start(2), piece.end(2), changes)
        last = piece.end()
    _look(template, last, len(template), changes)
    parts: list[str] = []
    last = 0
    for change in changes:
        parts += (template[last : change.start], change.plain)
        last = change.end
    parts.append(template[last:])
    text = "".join(parts)
    return Plain(text, tuple(changes), _left(text))


def _look(template: str, start: int, end: int, changes: list[Change]) -> None:
    at = start
    alone = True  # nothing but what was left out stands between here and the space before
    while at < end:
        letter = template[at]
        plain = None if _is_gsm(letter) else _plain(letter)
        if plain is None:
            alone = letter.isspace()
            at += 1
            continue
        until = at + 1
        if plain == "" and alone and _EMOJI.match(letter) and until < end and template[until] == " ":
            until += 1  # "Hi 🎉 there" keeps one space
        changes.append(Change(at, until, template[at:until], plain))
        alone = alone and plain == ""
        at = until


def _is_gsm(letter: str) -> bool:
    return (letter.isascii() and letter not in "`\t") or not sizes.of(letter).offending


def _plain(letter: str) -> str | None:
    """What stands for a letter outside GSM-7; None where nothing does."""
    if letter in _TABLE:
        return _TABLE[letter]
    category = unicodedata.category(letter)
    if category == "Zs":
        return " "
    if category in ("Zl", "Zp"):
        return "\n"
    if letter in _UNSEEN or category in ("Cf", "Cc", "Cs", "Co", "Cn"):
        return ""
    if _EMOJI.match(letter):
        return ""
    bare = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    if category == "Mn" and not bare:
        return ""
    return bare if bare and bare != letter and bare.isascii() else None


def _left(text: str) -> tuple[str, ...]:
    shown = _PIECES.sub(lambda piece: piece[2] or "", text)
    return tuple(dict.fromkeys(letter for letter in shown if not _is_gsm(letter)))[:20]


def segments(text: str) -> int:
    """How many segments a merged text takes."""
    return len(sms.split(text).segments)
