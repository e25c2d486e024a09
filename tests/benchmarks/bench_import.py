"""Import of a list, beside a bare loop over the same file that reads, parses, validates and formats.

``run()`` measures both in turn, so that a busy machine slows both, and takes the best of some runs.
"""

from __future__ import annotations

import csv
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import phonenumbers

from app.clock import SystemClock
from app.people import importing
from app.store.engine import open_store

_AREAS = (212, 312, 415, 503, 602, 617, 702, 713, 808, 904, 907, 917)
_SHAPES = ("({}) {}-{}", "{}-{}-{}", "+1{}{}{}", "{}.{}.{}", "{}{}{}")


@dataclass(frozen=True)
class Figures:
    """Seconds of both, their ratio, and how late a waiting thread was woken at worst (milliseconds)."""

    rows: int
    ours: float
    bare: float
    late_ms: float
    late_bare_ms: float

    @property
    def ratio(self) -> float:
        """Ours over bare."""
        return self.ours / self.bare


def write_list(path: Path, rows: int, seed: int = 7) -> None:
    """A list of distinct people with names, numbers in five shapes, and two columns of their own."""
    chance = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["First Name", "Last Name", "Phone", "Due Month", "Slot"])
        for i in range(rows):
            line = chance.choice(_SHAPES).format(
                _AREAS[i % 12], 200 + i // 12 // 10_000, f"{i // 12 % 10_000:04d}"
            )
            writer.writerow([f"First{i % 977}", f"Last{i % 4999}", line, "October", f"{i % 12}:30"])


def bare(path: Path) -> int:
    """What cannot be done without: the file, and each number through the library."""
    valid = 0
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            number = phonenumbers.parse(row["Phone"], "US")
            if phonenumbers.is_valid_number(number):
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                valid += 1
    return valid


@contextmanager
def heartbeat(every: float = 0.005) -> Iterator[list[float]]:
    """A thread that wants to run every 5 ms and notes how late it was (seconds), as a window's thread is."""
    late: list[float] = []
    stop = threading.Event()

    def beat() -> None:
        while True:
            before = time.perf_counter()
            if stop.wait(every):
                return
            late.append(time.perf_counter() - before - every)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield late
    finally:
        stop.set()
        thread.join()


def ours(path: Path, folder: Path) -> int:
    """The whole import into a new database: read, map, parse, leave out doubles, store, make the list."""
    store = open_store(folder)
    try:
        source = importing.open_source(path)
        mapping = importing.preview(store, source, "US").mapping
        return importing.run(store, SystemClock(), source, mapping, "US").imported
    finally:
        store.close()


def run(rows: int = 100_000, rounds: int = 3) -> Figures:
    """Measure, the best of ``rounds`` of each; the lateness is the worst of all rounds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "list.csv"
        write_list(path, rows)
        best = {"ours": float("inf"), "bare": float("inf")}
        late = {"ours": 0.0, "bare": 0.0}
        for i in range(rounds):
            for kind in best:
                with heartbeat() as beats:
                    before = time.perf_counter()
                    done = bare(path) if kind == "bare" else ours(path, folder / f"data{i}")
                    best[kind] = min(best[kind], time.perf_counter() - before)
                assert done == rows, (kind, done)
                late[kind] = max(late[kind], *beats) * 1.0
        return Figures(rows, best["ours"], best["bare"], late["ours"] * 1000, late["bare"] * 1000)


def main() -> None:
    """Measure and print."""
    found = run()
    print(
        f"import of {found.rows:,} rows: {found.ours:.2f} s, bare loop {found.bare:.2f} s: "
        f"{found.ratio:.2f} times (at most 2.0); a waiting thread at most {found.late_ms:.0f} ms late "
        f"(beside the bare loop: {found.late_bare_ms:.0f} ms)"
    )


if __name__ == "__main__":
    main()
