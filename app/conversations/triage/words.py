"""The expressions of ``resources/triage``, one file a language, and the text in the form they speak of."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

#: Characters of a text that are looked at: its beginning, and its end where it is longer.
BEGINNING, END = 500, 200

LANGUAGES = ("en", "es", "fr", "de", "pt", "it", "nl", "pl")

_STRAIGHT = str.maketrans("’‘ʼ`´“”„«»łŁø", "'''''\"\"\"\"\"lLo")
_END = re.compile(r"[.!?;\n\r…。！？]+")
_SPACE = re.compile(r"\s+")
_RUN = re.compile(r"([a-z])\1{2,}")


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in three forms: ``folded`` keeps its signs, ``words`` has only words, " . " between sentences.

    ``sentences`` are the words of each sentence.
    """

    folded: str
    words: str
    sentences: tuple[str, ...]


def plain(text: str) -> Plain:
    """Lower case, no marks, no format characters, straight quotes."""
    if len(text) > BEGINNING + END:
        text = f"{text[:BEGINNING]}. {text[-END:]}"
    folded = unicodedata.normalize("NFKC", text).translate(_STRAIGHT)
    folded = unicodedata.normalize("NFD", folded.casefold())
    folded = "".join(c for c in folded if unicodedata.category(c) not in ("Cf", "Mn", "Me"))
    found = []
    for sentence in _END.split(folded):
        joined = sentence.replace("'", "")
        words = " ".join("".join(c if c.isalnum() else " " for c in joined).split())
        if words:
            found.append(_RUN.sub(r"\1\1", words))
    return Plain(_SPACE.sub(" ", folded).strip(), " . ".join(found), tuple(found))


@dataclass(frozen=True, slots=True)
class Language:
    """One language's expressions, each kind as one."""

    guards: re.Pattern[str]
    hold: re.Pattern[str]
    hints: re.Pattern[str]
    wrong: re.Pattern[str]
    hostile: re.Pattern[str]
    safety: re.Pattern[str]
    automatic: re.Pattern[str]
    yes: re.Pattern[str]
    no: re.Pattern[str]
    asks: re.Pattern[str]
    needs: re.Pattern[str]
    keep: re.Pattern[str]
    about: re.Pattern[str]
    telling: frozenset[str]


@cache
def languages() -> dict[str, Language]:
    """All of them, by their ISO 639-1 code."""
    folder = files("resources") / "triage"
    found = {}
    for name in LANGUAGES:
        kinds = tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
        bound = {kind: _words(kinds[kind]) for kind in kinds if kind not in ("automatic", "telling")}
        found[name] = Language(
            **bound,
            automatic=re.compile("|".join(f"(?:{each})" for each in kinds["automatic"])),
            telling=frozenset(kinds["telling"].split()),
        )
    return found


def _words(expressions: list[str]) -> re.Pattern[str]:
    if not expressions:
        return re.compile(r"(?!)")
    return re.compile(r"(?<!\w)(?:" + "|".join(f"(?:{each})" for each in expressions) + r")(?!\w)")


@lru_cache(maxsize=16)
def spoken(words: str) -> tuple[str, ...]:
    """The languages that a text may be in, the likeliest first; all of them when its words do not tell."""
    tokens = set(words.split())
    scores = {name: len(tokens & known.telling) for name, known in languages().items()}
    best = max(scores.values())
    if best < 2:  # one word is no proof: “en” is Spanish, French and Dutch
        return LANGUAGES
    likely = sorted((name for name, score in scores.items() if score * 2 >= best), key=lambda n: -scores[n])
    return tuple(likely)
