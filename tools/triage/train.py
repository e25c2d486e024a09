"""Makes ``resources/triage/model.json`` from the texts beside this file: ``python tools/triage/train.py``.

Logistic regression, one for each class, by stochastic descent with AdaGrad, in plain Python; the same texts
give the same weights. ``--check`` prints how each class does on texts that were left out, in five turns.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from app.conversations.triage import model, words  # noqa: E402

LETTERS = {
    "p": "positive", "n": "negative", "q": "question", "w": "wrong_number", "h": "hostile", "a": "automatic",
    "s": "safety", "o": "opt_out", "d": "person", "i": "person",
}  # fmt: skip
#: Whatever these say, a person should look.
PERSON = frozenset({"question", "wrong_number", "hostile", "safety", "opt_out", "person"})
ROUNDS, RATE, DECAY, FADE = 14, 0.25, 1e-5, 0.35
TOLD = 2.5  # what the rules see is learnt so much faster than pieces of words
LEAST = 2  # a feature of fewer texts is left out
SCALE = 0.002


def texts() -> list[tuple[str, frozenset[str]]]:
    """Every text with its classes."""
    found = []
    for path in sorted(HERE.glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            letters, bar, text = line.partition("|")
            if bar and not line.startswith("#"):
                labels = {LETTERS[letter] for letter in letters.strip("-")}
                if labels & PERSON:
                    labels.add("person")
                found.append((text, frozenset(labels)))
    return found


def slips(text: str, chance: random.Random) -> str:
    """The text as somebody in a hurry types it."""
    kind = chance.randrange(4)
    if kind == 0:
        return text.rstrip(".!?")
    if kind == 1:
        return text.replace("'", "").replace(",", "")
    letters = list(text)
    if len(letters) > 5:
        place = chance.randrange(1, len(letters) - 1)
        if kind == 2:
            del letters[place]
        else:
            letters[place], letters[place - 1] = letters[place - 1], letters[place]
    return "".join(letters)


Row = tuple[list[str], frozenset[str]]


def rows(pairs: list[tuple[str, frozenset[str]]], *, more: bool) -> list[Row]:
    """Features and classes; ``more`` adds each text once more with slips."""
    chance = random.Random(7)
    found = [(sorted(model.features(words.plain(text))), labels) for text, labels in pairs]
    if more:
        found += [
            (sorted(model.features(words.plain(slips(text, chance)))), labels) for text, labels in pairs
        ]
    return found


def train(examples: list[Row]) -> dict[str, list[float]]:
    """The weights of every feature, in the order of ``model.CLASSES``."""
    counts: dict[str, int] = {}
    for found, _ in examples:
        for name in found:
            counts[name] = counts.get(name, 0) + 1
    index = {name: place for place, name in enumerate(sorted(n for n, c in counts.items() if c >= LEAST))}
    data = [([index[name] for name in found if name in index], labels) for found, labels in examples]
    told = {place for name, place in index.items() if name.startswith("=")}
    columns = []
    for label in model.CLASSES:
        columns.append(_descend(data, label, len(index), told))
    return {
        name: [column[place] for column in columns]
        for name, place in index.items()
        if any(abs(column[place]) > SCALE for column in columns)
    }


def _descend(
    data: list[tuple[list[int], frozenset[str]]], label: str, size: int, told: set[int]
) -> list[float]:
    weights, past = [0.0] * size, [1e-6] * size
    rates = [RATE * (TOLD if place in told else 1.0) for place in range(size)]
    chance = random.Random(11)
    order = list(range(len(data)))
    many = sum(label in labels for _, labels in data)
    heavier = min(4.0, math.sqrt((len(data) - many) / max(1, many)))
    for _ in range(ROUNDS):
        chance.shuffle(order)
        for place in order:
            found, labels = data[place]
            length = math.sqrt(len(found))
            total = sum([weights[i] for i in found])
            wanted = label in labels
            error = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total)))) - wanted
            if abs(error) < 0.02:
                continue
            slope = error * (heavier if wanted else 1.0) / length
            square = slope * slope
            for i in found:
                past[i] += square
                weights[i] -= rates[i] * (slope / math.sqrt(past[i]) * FADE + DECAY * weights[i])
    return weights


def check(pairs: list[tuple[str, frozenset[str]]]) -> None:
    """Five turns: four fifths teach, one is asked."""
    chance = random.Random(3)
    pairs = pairs[:]
    chance.shuffle(pairs)
    told: dict[str, list[tuple[float, bool, str]]] = {label: [] for label in model.CLASSES}
    for turn in range(5):
        taught = [pair for place, pair in enumerate(pairs) if place % 5 != turn]
        weights = train(rows(taught, more=True))
        for place, (text, labels) in enumerate(pairs):
            if place % 5 == turn:
                guess = model.weigh(model.features(words.plain(text)), weights)
                for label in model.CLASSES:
                    told[label].append((guess.likely[label], label in labels, text))
    for label, found in told.items():
        for limit in (0.3, 0.5, 0.7):
            right = sum(p >= limit and is_so for p, is_so, _ in found)
            said = sum(p >= limit for p, _, _ in found)
            all_ = sum(is_so for _, is_so, _ in found)
            precision, recall = right / max(1, said), right / max(1, all_)
            print(f"{label:13} at {limit}: precision {precision:.3f} recall {recall:.3f} of {all_}")


def main() -> None:
    """Train and write, or check."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        check(texts())
        return
    weights = train(rows(texts(), more=True))
    stored = {
        "classes": list(model.CLASSES),
        "scale": SCALE,
        "weights": {name: [round(v / SCALE) for v in values] for name, values in sorted(weights.items())},
    }
    path = ROOT / "resources" / "triage" / "model.json"
    path.write_text(json.dumps(stored, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"{len(weights):,} features, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
