"""Starting a campaign of 100,000 people: the checks, the start itself, proofs, and a change of the text."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.campaigns import campaign, proof
from app.clock import FixedClock
from app.store.engine import open_store
from tests.benchmarks.bench_desk import _OPEN, NOW, TEMPLATE, people


def seconds(work: Callable[[], Any]) -> float:
    """How long ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def run(count: int = 100_000) -> dict[str, float]:
    """Seconds for each step."""
    with tempfile.TemporaryDirectory() as folder:
        store, clock = open_store(Path(folder) / "data"), FixedClock(NOW)
        try:
            key = campaign.create(
                store,
                clock,
                name="b",
                list_id=people(store, count, _OPEN, 1),
                template=TEMPLATE,
                texter="Dana",
            )
            return {
                "checks": seconds(lambda: campaign.checks(store, clock, key)),
                "proofs": seconds(lambda: proof.look(store, clock, key)),
                "one proof": seconds(lambda: proof.read(store, clock, key, count - 1)),
                "start": seconds(lambda: campaign.start(store, clock, key)),
                "change": seconds(
                    lambda: campaign.update(store, key, template="Now: " + TEMPLATE, clock=clock)
                ),
            }
        finally:
            store.close()


def main() -> None:
    """Print them."""
    for name, figure in run().items():
        print(f"{name:10} {figure:6.2f} s")


if __name__ == "__main__":
    main()
