"""What the texts of a campaign say: who writes, how to stop, links, words that others object to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import sqlalchemy as sa

from app.campaigns import office
from app.campaigns.office import Category, Office
from app.campaigns.wordings import Wording
from app.people import matching

Level = Literal["pass", "warn", "stop"]

_STOP_WORDS = re.compile(
    r"\b(stop|opt[\s-]?out|unsubscribe|stopp|arr[eê]t|alto|baja|parar|sair|pare)\b", re.IGNORECASE
)
#: "Reply CANCEL", "answer with the word END", "text 'quit' to 555": what people are asked to write back.
_ASKED = re.compile(
    r"\b(?:reply|answer|text|respond|send|write|antworten|antworte|responda|responde|répondez|envoyez)\b"
    r"\W+(?:(?:with|back|the|word|us|mit|con|par|com)\W+){0,3}[\"'“‘«]?(\w+)",
    re.IGNORECASE,
)
_OR = re.compile(r"(?:\W+\w+){0,4}?\W+(?:or|oder|ou|o)\W+[\"'“‘«]?(\w+)", re.IGNORECASE)
#: Behind these words, or before them, it is an opt-out that is offered, as it should be.
_OPT_OUT = (
    r"(?:stop|opt|unsubscribe|no more|be removed|be taken off|leave (?:the|this|our) list"
    r"|abmelden|baja|salir|sair|parar"
    r"|(?:end|quit)\W*(?:$|[.!?;])"
    r"|(?:end|quit|cancel\w*|remove\w*)\W+(?:\w+\W+){0,3}(?:texts?|messages?|list|alerts|updates)\b)"
)
_TO_STOP = re.compile(rf"\W+(?:(?:to|for|um|para|pour)\W+)?{_OPT_OUT}", re.IGNORECASE)
_STOP_BEFORE = re.compile(rf"\b(?:to|for|um|para|pour)\W+{_OPT_OUT}[^.!?]{{0,30}}$", re.IGNORECASE)
_ATTACHED = re.compile(r"\b(?:attached|attachment|see the (?:photo|picture|image|file))\b", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.)\S|\b[a-z0-9-]+\.[a-z]{2,}/\S", re.IGNORECASE)
#: What asks a person to do something: a question, a link, or one of these words, the opt-out aside.
_ASKS = re.compile(
    r"\?|\b(?:please|reply|answer|respond|write|tell|let|call|ring|visit|come|join|book|register|sign|click"
    r"|tap|see|show|bring|use|confirm|choose|vote|give|donate|order|check|read|ask|remember|meet"
    r"|bitte|antworten?|ruf|por favor|responda|llame|répondez|appelez)\b",
    re.IGNORECASE,
)
_WAY_OUT = re.compile(
    r"[^.!?]*\b(?:stop|unsubscribe|opt[\s-]?out|abmelden|baja|sair)\b[^.!?]*", re.IGNORECASE
)
_SHOUTED = re.compile(r"\b[A-Z]{4,}\b(?:\W+[A-Z]{4,}\b){3,}")


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list. ``people`` are contact ids, at most ``KEPT``; ``count`` is all of them.

    ``kind`` names them for :func:`app.campaigns.choosing.leave_out`; "" where nobody is to be left out.
    """

    level: Level
    text: str
    people: tuple[int, ...] = ()
    count: int = 0
    kind: str = ""


def of_the_texts(
    conn: sa.Connection, row: Mapping[Any, Any], texts: tuple[Wording, ...]
) -> tuple[Check, ...]:
    """Every text looked at; with several, what is said of one names it."""
    ours = office.load(conn)
    found: dict[Check, list[str]] = {}
    for each in texts:
        for check in _of_one(row, each, ours):
            found.setdefault(check, []).append(each.label)
    checks = []
    for check, labels in found.items():
        if len(labels) == len(texts):
            checks.append(check)
        elif check.level != "pass":
            checks.append(replace(check, text=f"Text {' and '.join(labels)}: {check.text}"))
    return tuple(checks)


def _of_one(row: Mapping[Any, Any], each: Wording, ours: Office) -> tuple[Check, ...]:
    plain = each.template.plain
    found = [_identity(row, each, plain)]
    if _STOP_WORDS.search(plain):
        found.append(Check("pass", "Says how to stop"))
    else:
        found.append(Check("warn", "Does not say how to stop, such as “Reply STOP to opt out”"))
    found.append(_shorteners(each.text, ours))
    found.extend(_restricted(plain, ours))
    found.extend(_clashes(plain))
    if ours.asks and plain.strip() and not (_ASKS.search(_WAY_OUT.sub("", plain)) or _LINK.search(each.text)):
        found.append(Check("warn", "Asks for nothing: a question gets more answers"))
    if _ATTACHED.search(plain) and not _LINK.search(each.text):
        found.append(Check("warn", "Speaks of something attached; a text can carry a link, but no file"))
    if _SHOUTED.search(plain):
        found.append(
            Check("warn", "Whole phrases in capital letters read as shouting, to people and to filters")
        )
    return tuple(found)


def _identity(row: Mapping[Any, Any], each: Wording, plain: str) -> Check:
    texter = str(row["texter"]).strip()
    fields = {"sender", "sender_first"} & set(each.template.fields)
    if fields and not texter:
        return Check("stop", f"{{{sorted(fields)[0]}}} is empty: fill in who is writing")
    names = [name for name in (texter, texter.partition(" ")[0]) if len(name) > 1]
    if fields or any(re.search(rf"\b{re.escape(name)}\b", plain, re.IGNORECASE) for name in names):
        return Check("pass", "Says who is writing")
    return Check("warn", "Does not say who is writing: {sender} puts your name in")


def _shorteners(text: str, ours: Office) -> Check:
    for host in (*office.shipped_shorteners(), *ours.shorteners):
        if host not in ours.allowed and _host(host).search(text):
            return Check("warn", f"Carriers often drop texts with shared link shorteners ({host})")
    return Check("pass", "No shared link shortener")


@lru_cache(maxsize=2048)
def _host(host: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w)", re.IGNORECASE)


def _restricted(plain: str, ours: Office) -> Iterable[Check]:
    own = Category("words of this office", "warn", "On this office's own list of words", ours.words)
    folded = " ".join(plain.replace("’", "'").casefold().split())
    for category in (*office.shipped_categories(), own):
        said = [word for word in category.words if word not in ours.allowed and _word(word).search(folded)]
        if said:
            words = ", ".join(f"“{word.rstrip('*')}”" for word in said[:3])
            yield Check(category.level, f"{category.why} ({words})")


@lru_cache(maxsize=2048)
def _word(word: str) -> re.Pattern[str]:
    plain = word.casefold()
    if plain.endswith("*"):
        return re.compile(rf"(?<!\w){re.escape(plain[:-1])}\w*")
    return re.compile(rf"(?<!\w){re.escape(plain)}(?!\w)")


def _asked(plain: str) -> Iterable[tuple[str, int, int]]:
    """The words that people are asked to answer with: each, where the asking begins, and where it ends."""
    for match in _ASKED.finditer(plain):
        word, end = match[1], match.end()
        yield word, match.start(), end
        while (more := _OR.match(plain, end)) is not None:
            word, end = more[1], more.end()
            yield word, match.start(), end


def asked_words(plain: str) -> tuple[str, ...]:
    """The words that a text asks people to answer with: YES and NO of "Reply YES or NO"."""
    return tuple(dict.fromkeys(word for word, _start, _end in _asked(plain)))


def _clashes(plain: str) -> Iterable[Check]:
    """Words that people are asked to answer with, for another purpose, and that would opt them out or in."""
    said: dict[str, None] = {}
    for asked, start, end in _asked(plain):
        said |= _asked_word(asked, plain, start, end)
    for word in said:
        if matching.classify(word).tier == matching.LIFT:
            yield Check("warn", f"Whoever answers {word} is opted in again: ask for another word")
        else:
            yield Check("warn", f"Whoever answers {word} is opted out: ask for another word")


def _asked_word(word: str, plain: str, start: int, end: int) -> dict[str, None]:
    verdict = matching.classify(word)
    if verdict.tier == matching.NONE or word.casefold() in ("stop", "unsubscribe", "stopp", "arret", "arrêt"):
        return {}
    offered = _TO_STOP.match(plain, end) or _STOP_BEFORE.search(plain[max(0, start - 80) : start])
    if verdict.tier == matching.HARD and offered:
        return {}
    return {word.upper(): None}
