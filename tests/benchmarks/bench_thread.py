"""Opening a thread of 100,000 messages beside one of 100, and the list of 20,000 conversations.

Both threads lie in one database and are opened in turn, so that a busy machine slows both.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from app.clock import FixedClock
from app.conversations import threads
from app.store.engine import Store, open_store
from app.store.tables import conversation, message

NOW = 1_800_036_000.0
SHORT, LONG = "+13125550100", "+13125550199"
_CHUNK = 5_000


def fill(store: Store, number: str, messages: int) -> int:
    """A thread that goes back and forth, one text a quarter of an hour, the last of them now."""
    with store.write() as unit:
        key = int(
            unit.conn.execute(
                sa.insert(conversation).values(
                    number=number, last_at=NOW, last_text="See you", last_in_at=NOW
                )
            ).inserted_primary_key[0]
        )
        for start in range(0, messages, _CHUNK):
            unit.conn.execute(
                sa.insert(message),
                [
                    {
                        "direction": "in",
                        "state": "received",
                        "kind": "text",
                        "number": number,
                        "conversation_id": key,
                        "text": f"Text number {n}, about as long as texts are.",
                        "created_at": NOW - (messages - n) * 900.0,
                        "settled_at": NOW,
                    }
                    for n in range(start, min(start + _CHUNK, messages))
                ],
            )
    return key


def crowd(store: Store, count: int) -> None:
    """Many other conversations, every tenth of them waiting."""
    with store.write() as unit:
        for start in range(0, count, _CHUNK):
            unit.conn.execute(
                sa.insert(conversation),
                [
                    {
                        "number": f"+1415{2_000_000 + n}",
                        "last_at": NOW - n,
                        "last_text": "Yes, thank you",
                        "waiting_since": NOW - n if n % 10 == 0 else None,
                        "unread": int(n % 10 == 0),
                    }
                    for n in range(start, min(start + _CHUNK, count))
                ],
            )


def open_thread(store: Store, clock: FixedClock, key: int) -> None:
    """What the window reads when a thread is opened, and one page further up."""
    assert threads.get(store, key, clock) is not None
    newest = threads.messages(store, key, limit=50)
    older = threads.messages(store, key, before=(newest[0].at, newest[0].id), limit=50)
    assert len(newest) == len(older) == 50


def milliseconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def run(messages: int = 100_000, conversations: int = 20_000, rounds: int = 60) -> dict[str, float]:
    """Print and return the figures, medians in milliseconds."""
    clock = FixedClock(NOW)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "data")
        try:
            short, long = fill(store, SHORT, 100), fill(store, LONG, messages)
            crowd(store, conversations)
            took: dict[str, list[float]] = {"short": [], "long": [], "page": [], "counts": []}
            for _ in range(rounds):
                took["short"].append(milliseconds(lambda: open_thread(store, clock, short)))
                took["long"].append(milliseconds(lambda: open_thread(store, clock, long)))
                took["page"].append(milliseconds(lambda: threads.page(store, filter="all")))
                took["counts"].append(milliseconds(lambda: threads.counts(store)))
        finally:
            store.close()
    figures = {name: statistics.median(times) for name, times in took.items()}
    figures["ratio"] = figures["long"] / figures["short"]
    print(
        f"open a thread of 100: {figures['short']:.2f} ms, of {messages:,}: {figures['long']:.2f} ms, "
        f"ratio {figures['ratio']:.2f}  (aim: as fast)"
    )
    print(
        f"list of {conversations:,} conversations: a page {figures['page']:.2f} ms, "
        f"its counts {figures['counts']:.2f} ms"
    )
    return figures


if __name__ == "__main__":
    run()
