"""The inbox over a million texts and 200,000 threads: what the program reads, and what a person waits for.

``python -m tests.benchmarks.bench_million [--messages N] [--folder DIR] [--samples N] [--only app|window]``

The first part asks the app as the screens do. The second opens the whole window and measures from the key event
until the event loop is free again after the list was painted; the longest stretch in which the window's thread took
no other event stands beside it ("stall"), and how much processor time that thread took.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.clock import FixedClock
from app.conversations import listing, opened, search, threads
from app.store.engine import Store, open_store
from tests.benchmarks import million
from tests.benchmarks.bench_enter import percentile

QUERIES = (
    "maria garcia", "garc", "4155200", "+1 212 200", "quxzolander", "thank", "stop", "clinic street", "see you at",
    "tag:volunteer", "tag:vip yes", 'campaign:"Monday clinic"', "campaign:survey ok", "answer:maybe",
    'answer:"Strong supporter"', "after:2026-04-20", "until:2023-08-01 yes", "error:38", "error:busy sofía", "straße",
    "tag:rare stop", "answer:bus see you", "campaign:none", "error:77 yes",
)  # fmt: skip


@dataclass(slots=True)
class Samples:
    """Milliseconds of one thing: ``wall`` on the clock, ``cpu`` of the asking thread, ``stall`` the longest."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    stall: list[float] = field(default_factory=list)

    def say(self, name: str) -> None:
        """One line."""
        if not self.wall:
            return
        words = (
            f"{name:44s} n {len(self.wall):5d}  p50 {statistics.median(self.wall):8.1f}  "
            f"p99 {percentile(self.wall, 0.99):8.1f}  worst {max(self.wall):8.1f} ms"
        )
        if self.cpu:
            words += f"   cpu p50 {statistics.median(self.cpu):6.1f} p99 {percentile(self.cpu, 0.99):6.1f}"
        if self.stall:
            words += f"   stall p99 {percentile(self.stall, 0.99):6.1f} worst {max(self.stall):6.1f}"
        print(words, flush=True)


class Table:
    """Samples by name, said in the order in which they came."""

    def __init__(self) -> None:
        self.rows: dict[str, Samples] = {}
        self._said: set[str] = set()

    def of(self, name: str) -> Samples:
        """Those of one thing."""
        return self.rows.setdefault(name, Samples())

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Measure a block of this thread."""
        began, worked = time.perf_counter(), time.thread_time()
        yield
        self.of(name).wall.append((time.perf_counter() - began) * 1000)
        self.of(name).cpu.append((time.thread_time() - worked) * 1000)

    def say_new(self) -> None:
        """Print what was measured since the last time."""
        print(f"   load {os.getloadavg()[0]:.1f}, {memory():.0f} MB")
        for name, samples in self.rows.items():
            if name not in self._said:
                samples.say(name)
        self._said.update(self.rows)


def memory() -> float:
    """Resident megabytes of this process."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


# -- what the app reads ---------------------------------------------------------------------------


def app_layer(folder: Path, samples: int = 200) -> Table:
    """Ask the app as the screens do."""
    table, rng = Table(), random.Random(1)
    store = open_store(folder)
    clock = FixedClock(million.NOW)
    try:
        with store.read() as conn:
            count = conn.exec_driver_sql(
                "SELECT count(*) FROM conversation WHERE kind = 'number'"
            ).scalar_one()
        before = memory()
        _lists(store, table, samples)
        table.say_new()
        _threads(store, clock, table, samples, int(count), rng)
        table.say_new()
        _searches(store, table, samples)
        table.say_new()
        print(f"resident memory: before {before:.0f}, after {memory():.0f} MB")
    finally:
        store.close()
    return table


def _lists(store: Store, table: Table, samples: int) -> None:
    names = [name for name in listing.FILTERS if name != "join"]
    for _ in range(max(20, samples // 4)):
        with table.timed("counts of all filters"):
            threads.counts(store, now=million.NOW, operator="Dana")
        with table.timed("texts nobody has read"):
            threads.unread_total(store)
        for name in names:
            with table.timed(f"list {name}"):
                page = threads.page(store, filter=name, now=million.NOW, operator="Dana")
            if page:
                with table.timed(f"list {name}, the next page"):
                    threads.page(store, filter=name, after=page[-1], now=million.NOW, operator="Dana")


def _threads(
    store: Store, clock: FixedClock, table: Table, samples: int, count: int, rng: random.Random
) -> None:
    for n in range(samples):
        for name, key in (
            ("ordinary", rng.randrange(million.LONG + 1, count + 1)),
            ("5,000 texts", 1 + n % 5),
        ):
            with table.timed(f"thread {name}: head and person"):
                opened.read(store, clock, key, "Dana")
            with table.timed(f"thread {name}: texts"):
                threads.messages(store, key, limit=50)


def _searches(store: Store, table: Table, samples: int) -> None:
    for n in range(max(2, samples // 20)):
        for query in QUERIES:
            for end in range(1, len(query) + 1):
                with table.timed("a keystroke's search, all"):
                    found = search.search(store, query[:end])
                if end == len(query):
                    table.of(f"search {query}").wall.append(table.of("a keystroke's search, all").wall[-1])
            if found and n == 0:
                with table.timed(f"search {query}, the next page"):
                    search.search(store, query, before=found[-1].message_id)


# -- the window -----------------------------------------------------------------------------------


def command(arguments: list[str] | None = None) -> None:
    """Build what is asked for and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the database here (default: a new one each time)")
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--only", choices=("app", "window"))
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as spare:
        folder = options.folder or Path(spare) / "data"
        took = million.made(folder, options.messages)
        size = (folder / "p2ptext.db").stat().st_size / 1e6
        print(f"{options.messages:,} texts, {size:.0f} MB, built in {took:.0f} s")
        if options.only in (None, "app"):
            print("-- what the app reads")
            app_layer(folder, options.samples)
        if options.only in (None, "window"):
            from tests.benchmarks import million_window

            million_window.run(folder, options.samples)


def run() -> None:
    """As ``make bench`` would."""
    command([])


if __name__ == "__main__":
    command()
