"""``python -m tests.benchmarks.soak.schedules --count 2000``: random fault schedules, and their figures.

The schedules of ``tests/e2e/test_fault_schedules.py``. The exit code is 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.e2e.fault_judge import Result
from tests.e2e.fault_schedules import Stage, make

_CHUNK = 20


def some(seeds: Sequence[int]) -> list[Result]:
    """Run these, in a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="schedules") as folder:
        stage = Stage(Path(folder))
        return [stage.run(make(seed)) for seed in seeds]


def run(seeds: Sequence[int], jobs: int) -> Iterator[Result]:
    """Run all, ``jobs`` at a time."""
    chunks = [seeds[start : start + _CHUNK] for start in range(0, len(seeds), _CHUNK)]
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for results in pool.imap(some, chunks):
            yield from results


def percent(values: list[float], share: float) -> float:
    """The value that so many of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main(argv: list[str]) -> int:
    """Run, print, judge."""
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak.schedules", description=__doc__)
    made.add_argument("--count", type=int, default=2000)
    made.add_argument("--first", type=int, default=0, help="the first seed")
    made.add_argument("--jobs", type=int, default=2)
    options = made.parse_args(argv)
    began = time.monotonic()
    results: list[Result] = []
    for result in run(range(options.first, options.first + options.count), options.jobs):
        results.append(result)
        if result.broken:
            print(result, flush=True)
    broken = sum(bool(result.broken) for result in results)
    print(f"{len(results)} schedules in {time.monotonic() - began:.0f} s, {broken} with a broken promise")
    print(f"{sum(result.virtual for result in results) / 3600:.1f} hours of the line's own time")
    report(results)
    return 1 if broken else 0


def report(results: list[Result]) -> None:
    """What happened, in sums."""
    states = sum((result.states for result in results), Counter[str]())
    print("outgoing: " + ", ".join(f"{n} {state}" for state, n in states.most_common()))
    print(
        f"incoming: {sum(r.delivered for r in results)} given to the modem in full, {sum(r.shown for r in results)} "
        f"shown, {sum(r.unreadable for r in results)} besides as unreadable"
    )
    died = Counter(where for result in results for where in result.died)
    print(f"{sum(died.values())} deaths: " + ", ".join(f"{n} {where}" for where, n in sorted(died.items())))
    for name, values in (
        ("in step after its first command", [result.resync for result in results]),
        ("in step, waits that were under way included", [result.heard_from for result in results]),
    ):
        shown = ", ".join(f"{share:.0%} {percent(values, share):.2f}" for share in (0.5, 0.9, 0.99, 1.0))
        print(f"{name}, seconds: {shown}")
    faults = sum((result.faults for result in results), Counter[str]())
    print(f"{sum(faults.values())} faults: " + ", ".join(f"{name} {n}" for name, n in faults.most_common()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
