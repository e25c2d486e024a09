"""Figures of triage on labelled replies: ``python tests/triage/score.py dev|test|unseen [--misses]``."""

from __future__ import annotations

import csv
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from app.conversations.triage import LABELS, Judgement, judge  # noqa: E402


@dataclass(frozen=True)
class Reply:
    """One labelled reply."""

    language: str
    tier: str
    labels: frozenset[str]
    person: bool
    text: str


@dataclass(frozen=True)
class Rate:
    """``hits`` of ``of``, with Wilson's 95 % interval."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        if not self.of:
            return (0.0, 1.0)
        z, n, p = 1.96, self.of, self.value
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.3f} ({low:.3f}-{high:.3f}) {self.hits}/{self.of}"


def load(name: str) -> list[Reply]:
    """The replies of ``dev`` or ``test``."""
    with (HERE / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            Reply(
                row["language"],
                row["tier"],
                frozenset(filter(None, row["labels"].split(","))),
                row["person"] == "1",
                row["text"],
            )
            for row in rows
        ]


Pairs = list[tuple[Reply, Judgement]]


def rates(pairs: Pairs, so: Callable[[Reply], bool], said: Callable[[Judgement], bool]) -> tuple[Rate, Rate]:
    """Precision and recall."""
    both = sum(so(reply) and said(found) for reply, found in pairs)
    return Rate(both, sum(said(f) for _, f in pairs)), Rate(both, sum(so(r) for r, _ in pairs))


def f1(precision: Rate, recall: Rate) -> float:
    """The harmonic mean of both."""
    total = precision.value + recall.value
    return 2 * precision.value * recall.value / total if total else 0.0


def figures(pairs: Pairs) -> dict[str, tuple[Rate, Rate]]:
    """Precision and recall of everything that is measured, by name."""
    out = ("HARD", "HOLD")
    found = {
        "HARD": rates(pairs, lambda r: r.tier == "HARD", lambda f: f.tier == "HARD"),
        # An opt-out that fires at once where a person should look is no false alarm; one on NONE or HINT is.
        "HARD is an opt-out": rates(pairs, lambda r: r.tier in out, lambda f: f.tier == "HARD"),
        "HARD+HOLD": rates(pairs, lambda r: r.tier in out, lambda f: f.tier in out),
        "any tier": rates(pairs, lambda r: r.tier != "NONE", lambda f: f.tier != "NONE"),
        "needs a person": rates(pairs, lambda r: r.person, lambda f: f.needs_person or f.tier in out),
    }
    for label in LABELS:
        found[label] = rates(
            pairs, lambda r, label=label: label in r.labels, lambda f, label=label: label in f.labels
        )
    return found


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "dev"
    replies = load(name)
    judge("warm")
    times, pairs = [], []
    for reply in replies:
        began = time.perf_counter()
        pairs.append((reply, judge(reply.text)))
        times.append((time.perf_counter() - began) * 1000)
    found = figures(pairs)
    for what, (precision, recall) in found.items():
        print(f"{what:20} precision {precision}   recall {recall}   F1 {f1(precision, recall):.3f}")
    three = [f1(*found[label]) for label in ("positive", "negative", "question")]
    print(f"macro-F1 of positive, negative, question: {sum(three) / 3:.3f}")
    for language in ("en", "es", "fr", "de", "pt"):
        some = [pair for pair in pairs if pair[0].language == language]
        print(
            f"{language}: HARD+HOLD recall {figures(some)['HARD+HOLD'][1]}, person {figures(some)['needs a person'][1]}"
        )
    times.sort()
    print(f"ms: p50 {times[len(times) // 2]:.2f}, p99 {times[int(len(times) * 0.99)]:.2f}")
    if "--misses" in sys.argv:
        for reply, got in pairs:
            wrong = []
            if reply.tier != got.tier:
                wrong.append(f"{reply.tier}->{got.tier} {got.rule}")
            if reply.labels != set(got.labels):
                wrong.append(f"{','.join(sorted(reply.labels)) or '-'}->{','.join(got.labels) or '-'}")
            if reply.person and not got.needs_person and got.tier != "HARD":
                wrong.append("PERSON")
            if wrong:
                print(f"{reply.language} {' | '.join(wrong)} | {reply.text}")


if __name__ == "__main__":
    main()
