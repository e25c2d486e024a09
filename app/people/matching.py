"""Which texts take a person out at once, and which bring one back: the HARD tier and START/UNSTOP.

The words and phrases are in ``resources/optout``, one file a language. Only what is beyond doubt counts
here: an opt-out is made without a person's click. The raw text is never changed.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from typing import Any

HARD, LIFT, NONE = "HARD", "LIFT", "NONE"
H3_MAX_CHARS = 200  # of the message: a longer one is for a person to judge
H2_MAX_WORDS = 6

_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'}
)
_EFFECT = re.compile(r"\(?\bsent with [\w ]{1,30}?effect\b\)?")
_TAPBACK = re.compile(
    r"(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned"
    r"|reacted .{1,12} to|removed an? [\w ]{3,20} from)\s+[\"']"
)
_SENTENCE_END = re.compile(r"[.!?;\n\r…。！？]+")
_RUN = re.compile(r"([^\W\d_])\1{2,}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a text asks for. ``span`` is where in the raw text it says so, ``why`` a sentence for people."""

    tier: str
    rule: str = ""
    span: tuple[int, int] = (0, 0)
    why: str = ""


_NOTHING = Verdict(NONE)


@dataclass(frozen=True, slots=True)
class _Words:
    keywords: frozenset[str]
    longest_keyword: int
    fillers: frozenset[tuple[str, ...]]
    leads: frozenset[tuple[str, ...]]
    tails: frozenset[tuple[str, ...]]
    longest_side: int
    phrases: frozenset[str]
    vetoes: re.Pattern[str]
    veto_words: frozenset[str]
    lifts: frozenset[str]
    signature: re.Pattern[str]


def classify(text: str) -> Verdict:
    """The verdict on one inbound text: "HARD" (opt out now), "LIFT" (bring back) or "NONE"."""
    return _remembered(text) if len(text) <= H3_MAX_CHARS else _classified(text)


@lru_cache(maxsize=256)
def _remembered(text: str) -> Verdict:
    """Each text is asked about more than once while it is stored, and people use the same few words."""
    return _classified(text)


def _classified(text: str) -> Verdict:
    words = _load()
    body = _without_machine_lines(text, words)
    folded = _fold(body)
    if _TAPBACK.match(folded.strip()):
        return _NOTHING
    tokens = _tokens(folded)
    if not tokens:
        return _NOTHING
    span = _trimmed_span(body)
    if " ".join(tokens) in words.lifts:
        return Verdict(LIFT, "START", span, "The whole message asks to be back in.")
    if any(candidate in words.keywords for candidate in _spellings(tokens)):
        return Verdict(HARD, "H1", span, "The whole message is an opt-out word.")
    short = len(tokens) <= H2_MAX_WORDS or len(set(tokens)) == 1
    if short and _only_keywords_and_fillers(tokens, words):
        return Verdict(HARD, "H2", span, "The message is an opt-out word with only polite words beside it.")
    return _by_sentence(body, words)


def keyword(text: str) -> bool:
    """True when a reply of just ``text`` would opt a person out; for checking what a template asks for."""
    return classify(text).rule == "H1"


def opt_out_phrases() -> frozenset[str]:
    """The phrases of H3 in every language, as words without marks; alone in a sentence each fires."""
    return _load().phrases


def plain(text: str) -> str:
    """A text as words are compared: no case, accents, signs or invisible characters; one space between."""
    return _plain(text)


# -- normalising --------------------------------------------------------------------------------


def _fold(text: str) -> str:
    """NFKC, no format characters, no marks, no case, straight quotes; line ends stay."""
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = unicodedata.normalize("NFD", text.casefold())
    # Cf: zero-width, bidi, soft hyphen. Mn, Me: accents, variation selectors, keycaps.
    return "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn", "Me"))


def _tokens(folded: str) -> list[str]:
    """The words: apostrophes are dropped (don't = dont), all else that is no letter or digit parts them."""
    joined = folded.replace("'", "")
    return "".join(c if c.isalnum() else " " for c in joined).split()


def _spellings(tokens: list[str]) -> Iterable[str]:
    """The message as the keyword test may read it: S T O P, ST0P, STOOOP."""
    if len(tokens) >= 3 and all(len(token) == 1 for token in tokens):
        tokens = ["".join(tokens)]
    letters = [_zero_to_o(token) for token in tokens]
    plain = " ".join(tokens)
    for candidate in dict.fromkeys((plain, " ".join(letters))):
        yield candidate
        if _RUN.search(candidate):
            yield _RUN.sub(r"\1", candidate)
            yield _RUN.sub(r"\1\1", candidate)


def _zero_to_o(token: str) -> str:
    return token.replace("0", "o") if any(c.isalpha() for c in token) else token


def _without_machine_lines(text: str, words: _Words) -> str:
    """Without a signature at the end and without "(Sent with Slam Effect)"; offsets before them stay true."""
    # Every character is folded alone here, so that a place in the folded text is a place in the raw one.
    shadow = "".join(_one(c) for c in text)
    signature = words.signature.search(shadow)
    end = signature.start() if signature and signature.start() > 0 else len(text)
    kept = list(text[:end])
    for effect in _EFFECT.finditer(shadow, 0, end):
        kept[effect.start() : effect.end()] = " " * (effect.end() - effect.start())
    return "".join(kept)


def _one(character: str) -> str:
    folded = unicodedata.normalize("NFD", character.casefold())
    return folded[0] if folded and folded[0].isprintable() else character


def _trimmed_span(body: str) -> tuple[int, int]:
    start = len(body) - len(body.lstrip())
    return start, max(start, len(body.rstrip()))


# -- the tests ----------------------------------------------------------------------------------


def _only_keywords_and_fillers(tokens: list[str], words: _Words) -> bool:
    """True when the tokens are keywords and fillers and nothing else, with one keyword at least."""
    # seen[i]: how the first i tokens can be read: not at all, fillers alone, with a keyword
    reached: list[set[bool]] = [{False}, *(set() for _ in tokens)]
    for end in range(1, len(tokens) + 1):
        for start in range(max(0, end - words.longest_keyword), end):
            if not reached[start]:
                continue
            part = tokens[start:end]
            if tuple(part) in words.fillers:
                reached[end] |= reached[start]
            if any(candidate in words.keywords for candidate in _spellings(part)):
                reached[end].add(True)
    return True in reached[-1]


def _by_sentence(body: str, words: _Words) -> Verdict:
    if len(body.strip()) > H3_MAX_CHARS:
        return _NOTHING
    found: Verdict | None = None
    start = 0
    for end, next_start in _sentence_bounds(body):
        sentence = " ".join(_tokens(_fold(body[start:end])))
        if words.vetoes.match(sentence) or not words.veto_words.isdisjoint(sentence.split()):
            return _NOTHING
        if found is None and _asks_for_no_more(sentence.split(), words):
            span = _trimmed_span(body[start:end])
            found = Verdict(HARD, "H3", (start + span[0], start + span[1]), "It asks for no more texts.")
        start = next_start
    return found or _NOTHING


def _asks_for_no_more(tokens: list[str], words: _Words) -> bool:
    """True when the sentence is leads, one phrase, tails, and nothing else."""
    starts = _beyond(tokens, words.leads, words.longest_side)
    backwards = frozenset(tail[::-1] for tail in words.tails)
    ends = [len(tokens) - n for n in _beyond(tokens[::-1], backwards, words.longest_side)]
    return any(
        " ".join(tokens[start:end]) in words.phrases for start in starts for end in ends if start < end
    )


def _beyond(tokens: list[str], parts: frozenset[tuple[str, ...]], longest: int) -> list[int]:
    """How many tokens from the front can be read as ``parts``: 0 and more."""
    reached = [0]
    for start in reached:
        for length in range(1, longest + 1):
            end = start + length
            if end not in reached and tuple(tokens[start:end]) in parts:
                reached.append(end)
    return reached


def _sentence_bounds(body: str) -> Iterable[tuple[int, int]]:
    for match in _SENTENCE_END.finditer(body):
        yield match.start(), match.end()
    yield len(body), len(body)


# -- the word lists -----------------------------------------------------------------------------


@cache
def _load() -> _Words:
    folder = files("resources") / "optout"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    languages = [tomllib.loads((folder / name).read_text("utf-8")) for name in names]

    def all_of(key: str) -> list[str]:
        return [_plain(entry) for language in languages for entry in language[key]]

    keywords = frozenset(all_of("keywords"))
    fillers = frozenset(tuple(filler.split()) for filler in all_of("fillers"))
    longest = max(len(entry) for entry in (*fillers, *(k.split() for k in keywords)))
    leads = frozenset(tuple(lead.split()) for lead in all_of("leads"))
    tails = frozenset(tuple(tail.split()) for tail in all_of("tails"))
    vetoes = "|".join(re.escape(veto) for veto in all_of("vetoes"))
    signatures = "|".join(_shadow(s) for language in languages for s in language["signatures"])
    return _Words(
        keywords=keywords,
        longest_keyword=longest,
        fillers=fillers,
        leads=leads,
        tails=tails,
        longest_side=max(len(part) for part in (*leads, *tails)),
        phrases=frozenset(phrase for language in languages for phrase in _phrases(language)),
        vetoes=re.compile(rf"(?:{vetoes})\b"),
        veto_words=frozenset(all_of("veto_words")),
        lifts=frozenset(all_of("lifts")),
        signature=re.compile(
            rf"(?:^|[\n\r]|(?<=[.!?-])\s|\s--?\s)\s*(?:{signatures})\b(?:\s+\S{{1,40}}){{0,5}}\s*\Z"
        ),
    )


def _plain(entry: str) -> str:
    return " ".join(_tokens(_fold(entry)))


def _shadow(entry: str) -> str:
    return re.escape("".join(_one(c) for c in entry))


def _phrases(language: dict[str, Any]) -> Iterable[str]:
    groups = {name: [_plain(entry) for entry in entries] for name, entries in language["groups"].items()}
    for phrase in language["phrases"]:
        yield from _expanded(phrase, groups)


def _expanded(phrase: str, groups: dict[str, list[str]]) -> Iterable[str]:
    pieces = re.split(r"\{(\w+)\}", phrase)
    choices = [groups[piece] if i % 2 else [_plain(piece)] for i, piece in enumerate(pieces)]
    for combination in product(*choices):
        yield " ".join(part for part in combination if part)
