"""What this office's corrections teach: a small table of words that moves the labels, and never the tier.

A label that an operator took away makes the words of that text speak a little against it, one that was added
makes them speak for it. Every weight and every sum is bounded, so that no correction can drown what the rules
and the model know; safety words can only be added to, never taken away.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from functools import lru_cache

import sqlalchemy as sa

from app.conversations.triage import words
from app.conversations.triage.model import Guess
from app.conversations.triage.words import Plain
from app.store.engine import Unit
from app.store.prepared import Prepared
from app.store.tables import office_setting

#: word -> label -> weight, in logits.
Learned = Mapping[str, Mapping[str, float]]
NOTHING: Learned = {}

KEY = "triage learned"
#: One correction moves all words of a text together by so much.
STEP = 1.6
MOST_A_WORD, MOST_A_TEXT = 1.5, 3.0
#: The words that are kept; those that say least go first.
MOST_WORDS = 2_000
#: What no office can teach away.
_ONLY_UP = frozenset({"safety"})
_FORGETTABLE = 0.02


def load(conn: sa.Connection) -> Learned:
    """What was learned so far; nothing where the stored value cannot be read."""
    row = _STORED.first(conn, key=KEY)
    return NOTHING if row is None else _read(str(row[0]))


_STORED = Prepared(sa.select(office_setting.c.value).where(office_setting.c.key == sa.bindparam("key")))


@lru_cache(maxsize=2)
def _read(stored: str) -> Learned:
    """The stored table, read once for as long as it stays the same: every text that comes in asks for it."""
    try:
        found = json.loads(stored)
        return {
            str(word): {str(label): _bounded(float(weight), MOST_A_WORD) for label, weight in each.items()}
            for word, each in found.items()
        }
    except (ValueError, TypeError, AttributeError):
        return NOTHING


def learn(unit: Unit, text: str, added: Iterable[str], removed: Iterable[str]) -> None:
    """Take one correction in, in the caller's transaction; the opposite correction takes it back."""
    tokens = _tokens(words.plain(text))
    ways = {**dict.fromkeys(added, 1.0), **dict.fromkeys(removed, -1.0)}
    if not tokens or not ways:
        return
    known = {word: dict(each) for word, each in load(unit.conn).items()}
    for word in tokens:
        weights = known.setdefault(word, {})
        for label, way in ways.items():
            weights[label] = _bounded(weights.get(label, 0.0) + way * STEP / len(tokens), MOST_A_WORD)
        known[word] = {label: round(w, 4) for label, w in weights.items() if abs(w) >= _FORGETTABLE}
    telling = sorted(known, key=lambda word: -max(map(abs, known[word].values()), default=0.0))
    kept = {word: known[word] for word in telling[:MOST_WORDS] if known[word]}
    value = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    there = sa.update(office_setting).where(office_setting.c.key == KEY).values(value=value)
    if not unit.conn.execute(there).rowcount:
        unit.conn.execute(sa.insert(office_setting).values(key=KEY, value=value))


def forget_words(unit: Unit, gone: Iterable[str], left: Iterable[str]) -> None:
    """Take the words of the texts ``gone`` out of what was learned, but for those of the texts ``left``.

    Of people who were erased no word may stay that only they wrote, such as a name.
    """
    theirs = {word for text in gone for word in _tokens(words.plain(text))}
    theirs -= {word for text in left for word in _tokens(words.plain(text))}
    known = load(unit.conn)
    kept = {word: known[word] for word in known if word not in theirs}
    if len(kept) < len(known):
        value = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
        unit.conn.execute(sa.update(office_setting).where(office_setting.c.key == KEY).values(value=value))


def shifted(guess: Guess, form: Plain, learned: Learned) -> Guess:
    """The model's guess, moved by what was learned; "opt_out" and "person" stay as they are."""
    if not learned:
        return guess
    sums: dict[str, float] = {}
    for word in _tokens(form):
        for label, weight in learned.get(word, {}).items():
            sums[label] = sums.get(label, 0.0) + weight
    likely = dict(guess.likely)
    for label, total in sums.items():
        if label in ("opt_out", "person") or label not in likely:
            continue
        by = _bounded(total, MOST_A_TEXT)
        likely[label] = _moved(likely[label], max(0.0, by) if label in _ONLY_UP else by)
    return dataclasses.replace(guess, likely=likely)


def _tokens(form: Plain) -> list[str]:
    return sorted({word[:40] for word in form.words.split() if word != "."})


def _bounded(value: float, most: float) -> float:
    return max(-most, min(most, value)) if math.isfinite(value) else 0.0


def _moved(likely: float, by: float) -> float:
    odds = min(max(likely, 1e-12), 1 - 1e-12)
    return 1.0 / (1.0 + math.exp(-(math.log(odds / (1 - odds)) + by)))
