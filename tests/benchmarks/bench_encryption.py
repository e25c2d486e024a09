"""An encrypted data folder beside a plain one: opening it, and a press with its claim and outcome on disk.

Both folders are used in turn, so that a busy machine slows both.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from app.clock import FixedClock
from app.store import encrypting, keys
from app.store.engine import Store, open_store
from app.store.tables import contact, line, message
from app.texting import clicks, sending, settling
from app.texting.clicks import Press, text_hash

NOW = 1_800_036_000.0
PASSPHRASE = "four plain words here"
_CHUNK = 10_000


def fill(folder: Path, people: int, texts: int) -> None:
    """People in Chicago, and texts that wait for a press."""
    store = open_store(folder)
    with store.write() as unit:
        unit.conn.execute(sa.insert(line).values(id=1, name="Line", url="x", created_at=0.0, enabled=True))
        for start in range(0, people, _CHUNK):
            unit.conn.execute(
                sa.insert(contact),
                [
                    {"number": f"+1312{5_000_000 + n}", "time_zone": "America/Chicago"}
                    | {"created_at": 0.0, "updated_at": 0.0}
                    for n in range(start, min(start + _CHUNK, people))
                ],
            )
        row = {"direction": "out", "text": "Hi", "text_hash": text_hash("Hi"), "state": "queued"}
        unit.conn.execute(
            sa.insert(message),
            [
                row | {"number": f"+1312{5_000_000 + n}", "kind": "reply", "created_at": 0.0}
                for n in range(texts)
            ],
        )
    store.close()


def milliseconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def open_it(folder: Path, key: bytes | None) -> None:
    """What the start of the program does before it reads anything."""
    store = open_store(folder, key)
    with store.read() as conn:
        conn.exec_driver_sql("SELECT count(*) FROM line").all()
    store.close()


def send(store: Store, clock: FixedClock, message_id: int) -> None:
    """One press, claimed and settled: three transactions that are on the disk."""
    press = Press("key:Return", 0.0, NOW)
    taken = clicks.accept(
        store, clock, message_id, text_hash=text_hash("Hi"), press=press, operator="Ana", line_id=1
    )
    assert isinstance(taken, clicks.Clicked), taken
    assert sending.claim(store, clock, 1) is not None
    settling.settle(store, settling.Settlement(message_id, "sent", 1, (1,), "", "", NOW))


def run(people: int = 50_000, texts: int = 400, openings: int = 15) -> dict[str, float]:
    """Print and return the figures, medians in milliseconds."""
    clock = FixedClock(NOW)
    took: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as place:
        plain, encrypted = Path(place) / "plain", Path(place) / "encrypted"
        fill(plain, people, texts)
        fill(encrypted, people, texts)
        size = (encrypted / "p2ptext.db").stat().st_size / 1e6
        setting = milliseconds(lambda: encrypting.encrypt(encrypted, PASSPHRASE))
        unlocking = milliseconds(lambda: keys.unlock(encrypted, PASSPHRASE))
        sides = {"plain": (plain, None), "encrypted": (encrypted, keys.unlock(encrypted, PASSPHRASE))}
        for _ in range(openings):
            for name, (folder, key) in sides.items():
                took.setdefault(f"{name} open", []).append(
                    milliseconds(lambda f=folder, k=key: open_it(f, k))
                )
        stores = {name: open_store(folder, key) for name, (folder, key) in sides.items()}
        for message_id in range(1, texts + 1):
            for name, store in stores.items():
                took.setdefault(f"{name} send", []).append(
                    milliseconds(lambda s=store, m=message_id: send(s, clock, m))
                )
        for store in stores.values():
            store.close()
    figures = {name: statistics.median(times) for name, times in took.items()}
    figures["more to open"] = figures["encrypted open"] - figures["plain open"]
    figures["send ratio"] = figures["encrypted send"] / figures["plain send"]
    print(
        f"setting a passphrase on {size:.1f} MB: {setting / 1000:.2f} s; a passphrase is tried in {unlocking:.0f} ms"
    )
    print(
        f"opening: plain {figures['plain open']:.1f} ms, encrypted {figures['encrypted open']:.1f} ms, "
        f"{figures['more to open']:.1f} ms more  (aim: under 50)"
    )
    print(
        f"a press, claimed and settled: plain {figures['plain send']:.2f} ms, "
        f"encrypted {figures['encrypted send']:.2f} ms, ratio {figures['send ratio']:.2f}"
    )
    return figures


if __name__ == "__main__":
    run()
