"""A small linear model over words and pieces of words; its weights are ``resources/triage/model.json``.

It sorts and suggests: it never decides about an opt-out. ``tools/triage/train.py`` makes the weights.
"""

from __future__ import annotations

import itertools
import json
import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from app.conversations.triage import words
from app.conversations.triage.words import Plain

#: What the model tells apart; "opt_out" and "person" are for its own use in sorting.
CLASSES = (
    "positive", "negative", "question", "wrong_number", "hostile", "automatic", "safety", "opt_out", "person",
)  # fmt: skip
SHORTEST, LONGEST_PIECE = 2, 5
_LOOKED_AT = 300  # characters: what a person means is said by then
_FACES = {
    "good": frozenset("👍❤😊🙏🙌✅💯😀😃😄😁😍🥰🎉👏😉🙂👌💪♥🥳😇🤗✌🤝💕💙💚"),
    "bad": frozenset("👎😡🤬🖕🤮😠💩😤🙄🤡"),
    "stop": frozenset("🛑✋🚫⛔"),
}
_KINDS = ("hold", "hints", "wrong", "hostile", "safety", "yes", "no", "asks", "needs")


_OPT_OUT = CLASSES.index("opt_out")


@dataclass(frozen=True, slots=True)
class Guess:
    """How likely each class is (0 to 1), and for each the pieces of the text that spoke most for it.

    ``worded``: how much whole words, and not pieces of them, spoke for an opt-out (log odds).
    """

    likely: dict[str, float]
    because: dict[str, tuple[str, ...]]
    worded: float = 0.0


def features(form: Plain) -> set[str]:
    """What the model sees of a text."""
    text = form.words[:_LOOKED_AT]
    tokens = text.split()
    found = {"=bias"}
    found.update(f"w {token}" for token in tokens)
    found.update(f"b {one} {other}" for one, other in itertools.pairwise(tokens))
    if tokens:
        found.add(f"f {tokens[0]}")
        found.add(f"l {tokens[-1]}")
    padded = f" {text} "
    for size in range(SHORTEST, LONGEST_PIECE + 1):
        found.update("c" + padded[i : i + size] for i in range(len(padded) - size + 1))
    found.update(_signs(form, tokens))
    return found


def _signs(form: Plain, tokens: list[str]) -> Iterable[str]:
    yield f"=words {min(len(tokens), 3) if len(tokens) < 4 else 5 if len(tokens) < 9 else 9}"
    if "?" in form.folded:
        yield "=?"
    if form.folded.endswith("?"):
        yield "=?end"
    if "!" in form.folded:
        yield "=!"
    if any(token.isdigit() for token in tokens):
        yield "=digits"
    for name, faces in _FACES.items():
        if faces.intersection(form.folded):
            yield f"=face {name}"
    yield from _rules(form)


def _rules(form: Plain) -> Iterable[str]:
    known = words.languages()
    tongues = [known[name] for name in words.spoken(form.words)]
    for language in tongues:
        for kind in _KINDS:
            hits = len(getattr(language, kind).findall(form.words))
            if hits:
                yield f"=rule {kind}"
            if hits > 1:
                yield f"=rule {kind} more"
        if language.yes.match(form.words):
            yield "=first yes"
        elif language.no.match(form.words):
            yield "=first no"
        if language.asks.match(form.words):
            yield "=first asks"
        if language.automatic.search(form.folded):
            yield "=rule automatic"


@cache
def _weights() -> dict[str, Sequence[float]]:
    stored = (files("resources") / "triage" / "model.json").read_text("utf-8")
    start = stored.index('"weights":') + len('"weights":')
    head = json.loads(stored[:start] + "{}}")
    if tuple(head["classes"]) != CLASSES:
        raise ValueError("the model was made for other classes")
    scale = float(head["scale"])
    # An array takes a third of what a list of numbers does, and there are half a million of them.
    return {name: array("d", [value * scale for value in values]) for name, values in entries(stored, start)}


def entries(stored: str, at: int) -> Iterable[tuple[str, list[int]]]:
    """The pairs of the JSON object that begins at ``at``, which ends the file, one by one.

    Read in one go, the whole would keep the window waiting for a fifth of a second: the interpreter lets no
    other thread in meanwhile.
    """
    read = json.JSONDecoder().raw_decode
    at += 1
    while stored[at] == '"':
        name, at = read(stored, at)
        values, at = read(stored, at + 1)  # behind the colon
        yield name, values
        at += stored[at] == ","


def guess(form: Plain) -> Guess:
    """What the text is likely to be."""
    return weigh(features(form), _weights())


def weigh(found: Iterable[str], weights: Mapping[str, Sequence[float]]) -> Guess:
    """The same for features that are known already."""
    rows = {name: weights[name] for name in found if name in weights}
    totals = [sum(column) for column in zip(*rows.values(), strict=True)] or [-30.0] * len(CLASSES)
    likely = {
        label: 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))
        for label, total in zip(CLASSES, totals, strict=True)
    }
    because = {}
    for index, label in enumerate(CLASSES):
        if likely[label] >= 0.3:
            words_alone = (
                (values[index], name) for name, values in rows.items() if name[0] in "wb" and "." not in name
            )
            told = sorted(words_alone, reverse=True)
            because[label] = tuple(name[2:] for value, name in told[:3] if value > 0.1)
    worded = sum(values[_OPT_OUT] for name, values in rows.items() if name[0] in "wbfl")
    return Guess(likely, because, worded)
