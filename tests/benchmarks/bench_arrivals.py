"""What it costs to judge a text in the write that stores it: beside the same write without, in turn.

Texts of five languages come to a database of ``--messages`` (made as bench_million does), each as its PDU in a commit
of its own, as a line hands them on. An office that has corrected much has 2,000 learned words.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.clock import FixedClock
from app.conversations.triage import learning
from app.store.engine import Store, open_store
from app.texting import arrivals, inbox
from app.texting.inbox import LineInfo
from modem import sms
from modem.api import Incoming, Slot
from tests.benchmarks import million
from tests.benchmarks.bench_enter import percentile


def texts(count: int) -> list[str]:
    """As people answer."""
    rng = random.Random(3)
    every = sum(million.IN.values(), ())
    fill = {"first": "Ana", "word": "miranda", "word2": "kento"}
    return [rng.choice(every).format(**fill, n=n) for n in range(count)]


def pdu(sender: str, text: str, second: int) -> Incoming:
    """A text as the modem gives it."""
    at = datetime.fromtimestamp(million.NOW + second, UTC)
    return Incoming(sms.encode_deliver(sender, text, timestamp=at).hex, Slot("SM", second))


def learned(store: Store, words: int) -> None:
    """Corrections over many different texts."""
    with store.write() as unit:
        for start in range(0, words, 20):
            learning.learn(unit, " ".join(f"word{n}" for n in range(start, start + 20)), ["positive"], [])


def receive(
    store: Store, line: LineInfo, come: list[Incoming], *, judged: bool
) -> tuple[list[float], list[float]]:
    """Milliseconds of each write, on the clock and of the processor."""
    clock, wall, cpu = FixedClock(million.NOW), [], []
    real: Any = arrivals.read
    if not judged:
        arrivals.read = lambda _unit, _arrival: None
    try:
        for one in come:
            began, worked = time.perf_counter(), time.thread_time()
            inbox.receive(store, clock, line, one)
            wall.append((time.perf_counter() - began) * 1000)
            cpu.append((time.thread_time() - worked) * 1000)
    finally:
        arrivals.read = real
    return wall, cpu


def run(messages: int = 100_000, count: int = 1_000, folder: Path | None = None) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as spare:
        data = folder or Path(spare) / "data"
        million.made(data, messages)
        store = open_store(data)
        line = LineInfo(1, "8901", "US")
        began = time.thread_time()
        arrivals.warm()
        print(
            f"the first judgement of a process: {(time.thread_time() - began) * 1000:.0f} ms, before any write"
        )
        words, rows = texts(count * 3), {}
        with store.read() as conn:  # a text that is there already would be no new one
            first = int(conn.exec_driver_sql("SELECT max(id) FROM inbound_part").scalar_one())
        for name, start, judged in (
            ("judged", 0, True),
            ("not judged", 1, False),
            ("2,000 words learned", 2, True),
        ):
            if start == 2:
                learned(store, 2_000)
            come = [
                pdu(f"+1503777{n % 10_000:04d}", text, first + start * count + n)
                for n, text in enumerate(words[start::3])
            ]
            rows[name] = receive(store, line, come, judged=judged)
        for name, (wall, cpu) in rows.items():
            print(
                f"{name:22s} {count:,} texts: p50 {statistics.median(wall):5.1f}  p99 {percentile(wall, 0.99):6.1f} ms; "
                f"processor p50 {statistics.median(cpu):5.2f}  p99 {percentile(cpu, 0.99):5.2f} ms; "
                f"{count / sum(wall) * 1000:.0f} a second"
            )
        store.close()


def command(arguments: list[str] | None = None) -> None:
    """``python -m tests.benchmarks.bench_arrivals [--messages N] [--folder DIR]``"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args(arguments)
    run(options.messages, options.count, options.folder)


if __name__ == "__main__":
    command()
