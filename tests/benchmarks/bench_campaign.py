"""Starting a campaign of 100,000 people: import, checks, proofs, the start itself, and a change of the text.

Each is the best of some rounds, in seconds on the clock and of the processor: the second moves less with what
else the machine does. Beside the start stands a bare loop: the same people read from SQLite, the same text made
with ``str.format``, one row for each into an indexed table, one commit.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.campaigns import campaign, proof
from app.clock import FixedClock
from app.people import importing
from app.store.engine import Store, open_store
from tests.benchmarks.bench_desk import _OPEN, NOW, TEMPLATE, people
from tests.benchmarks.bench_import import write_list


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds on the clock, and of the processor."""

    wall: float
    cpu: float

    def __or__(self, other: Took) -> Took:
        return Took(min(self.wall, other.wall), min(self.cpu, other.cpu))


def took(work: Callable[[], Any]) -> Took:
    """How long ``work`` takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def bare(folder: Path, rows: list[tuple[str, str, str]]) -> Took:
    """What cannot be done without: people out of SQLite, a text for each, into SQLite again."""
    conn = sqlite3.connect(folder / "bare.db")
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("CREATE TABLE contact (id INTEGER PRIMARY KEY, number TEXT, name TEXT, fields TEXT)")
    conn.executemany("INSERT INTO contact (number, name, fields) VALUES (?, ?, ?)", rows)
    conn.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, contact INTEGER, number TEXT, text TEXT)")
    conn.execute("CREATE INDEX message_number ON message (number)")
    conn.commit()
    text = "Hi {first_name}, this is Dana from Lakeside Clinic. Does {slot} suit you? Reply STOP to opt out."

    def merge() -> None:
        found = conn.execute("SELECT id, number, name, fields FROM contact").fetchall()
        conn.executemany(
            "INSERT INTO message (contact, number, text) VALUES (?, ?, ?)",
            [
                (key, number, text.format(first_name=name.split()[0] or "there", **json.loads(fields)))
                for key, number, name, fields in found
            ],
        )
        conn.commit()

    try:
        return took(merge)
    finally:
        conn.close()


def one_round(folder: Path, count: int) -> dict[str, Took]:
    """Every step once, in a new database."""
    store, clock = open_store(folder / "data"), FixedClock(NOW)
    try:
        figures = {"import": _import(store, folder, count)}
        list_id = people(store, count, _OPEN, count + 1)
        key = campaign.create(store, clock, name="b", list_id=list_id, template=TEMPLATE, texter="Dana")
        figures["checks"] = took(lambda: campaign.checks(store, clock, key))
        figures["proofs"] = took(lambda: proof.look(store, clock, key))
        figures["one proof"] = took(lambda: proof.read(store, clock, key, count - 1))
        figures["start"] = took(lambda: campaign.start(store, clock, key))
        figures["change"] = took(
            lambda: campaign.update(store, key, template="Now: " + TEMPLATE, clock=clock)
        )
    finally:
        store.close()
    return figures


def _import(store: Store, folder: Path, count: int) -> Took:
    write_list(folder / "list.csv", count)
    source = importing.open_source(folder / "list.csv")
    mapping = importing.preview(store, source, "US").mapping
    return took(lambda: importing.run(store, FixedClock(NOW), source, mapping, "US"))


def run(count: int = 100_000, rounds: int = 3) -> dict[str, Took]:
    """The best of ``rounds`` of each step, ours and the bare loop in turn."""
    best: dict[str, Took] = {}
    rows = [
        (f"+1312{n:07d}", f"First{n % 977} Last{n % 4999}", f'{{"slot": "{n % 12}:30"}}')
        for n in range(count)
    ]
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            figures = one_round(Path(name), count)
            figures["bare loop"] = bare(Path(name), rows)
            best = {key: best.get(key, value) | value for key, value in figures.items()}
    return best


def main() -> None:
    """Print them."""
    best = run()
    for name, figure in best.items():
        print(f"{name:10} {figure.wall:6.2f} s   {figure.cpu:6.2f} s of the processor")
    ratio = best["start"].cpu / best["bare loop"].cpu
    print(f"start beside the bare loop: {ratio:.1f} times the processor")


if __name__ == "__main__":
    main()
