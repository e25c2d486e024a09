"""Makes ``resources/triage/model.json`` from the texts beside this file: ``python tools/triage/train.py``.

Logistic regression, one for each class, by stochastic descent with AdaGrad, in plain Python; the same texts
give the same weights. ``--check`` prints how each class does on texts that were left out, in five turns.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import multiprocessing
import os
import random
import re
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
LEAST = 3  # a feature of fewer texts is left out
SCALE = 0.002


Row = tuple[list[str], frozenset[str]]
Pair = tuple[str, frozenset[str]]
#: How many texts are made of a line with choices, where the line does not say.
MADE = 8
_CHOICE = re.compile(r"\{([^{}]*)\}")


def texts() -> list[Pair]:
    """Every text with its classes; a line with choices gives several."""
    found = []
    for path in sorted(HERE.glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            head, bar, text = line.partition("|")
            if bar and not line.startswith("#"):
                letters = head.rstrip("0123456789")
                labels = {LETTERS[letter] for letter in letters.strip("-")}
                if labels & PERSON:
                    labels.add("person")
                many = int(head[len(letters) :] or MADE)
                found += [(said, frozenset(labels)) for said in chosen(text, many)]
    return list(dict.fromkeys(found))


def chosen(line: str, many: int) -> list[str]:
    """``many`` ways to read a line with choices ({a|b|c}), each once; the line alone where it has none."""
    if "{" not in line:
        return [line]
    chance = random.Random(line)
    made = [
        " ".join(_CHOICE.sub(lambda choice: chance.choice(choice[1].split("|")), line).split())
        for _ in range(many * 2)
    ]
    return list(dict.fromkeys(made))[:many]


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


def joined(pairs: list[Pair]) -> list[Pair]:
    """Two texts that stand near each other said in one breath, so that length alone means nothing."""
    chance = random.Random(5)
    found = []
    for place, (text, labels) in enumerate(pairs):
        other, more = pairs[chance.randrange(max(0, place - 300), min(len(pairs), place + 300))]
        both = labels | more
        if place % 3 or "automatic" in both or {"positive", "negative"} <= both or len(text + other) > 250:
            continue
        found.append((f"{text.rstrip('.')}{chance.choice(('. ', ', ', ' ', '! '))}{other}", both))
    return found


def rows(pairs: list[Pair], *, more: bool) -> list[Row]:
    """Features and classes; ``more`` adds each text once more with slips, and some of them two by two."""
    chance = random.Random(7)
    alone = pairs + (joined(pairs) if more else [])
    found = [(sorted(model.features(words.plain(text))), labels) for text, labels in alone]
    if more:
        found += [
            (unruled(model.features(words.plain(slips(text, chance)))), labels) for text, labels in pairs
        ]
    return found


def unruled(found: set[str]) -> list[str]:
    """Without what the rules see: so that the words learn to speak where no rule finds anything."""
    return sorted(name for name in found if not name.startswith(("=rule", "=first")))


def train(examples: list[Row]) -> dict[str, list[float]]:
    """The weights of every feature, in the order of ``model.CLASSES``."""
    counts: dict[str, int] = {}
    for found, _ in examples:
        for name in found:
            counts[name] = counts.get(name, 0) + 1
    index = {name: place for place, name in enumerate(sorted(n for n, c in counts.items() if c >= LEAST))}
    data = [([index[name] for name in found if name in index], labels) for found, labels in examples]
    told = {place for name, place in index.items() if name.startswith("=")}
    with multiprocessing.get_context("fork").Pool(min(4, os.cpu_count() or 1)) as pool:
        columns = pool.map(functools.partial(_descend, data, size=len(index), told=told), model.CLASSES, 1)
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


def check(pairs: list[Pair]) -> None:
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
