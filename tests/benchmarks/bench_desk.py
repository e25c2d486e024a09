"""The desk with 100,000 people in the queue, beside one with 100: how long it takes until the next card is there.

Both campaigns lie in one database and are asked in turn, so that a busy machine slows both.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.campaigns import campaign, desk
from app.clock import FixedClock
from app.store.engine import Store, open_store
from app.store.tables import contact, list_member, people_list

#: A Friday, 10:42 in Chicago and 8:42 in Los Angeles, where it is too early.
NOW = datetime(2026, 4, 24, 10, 42, tzinfo=ZoneInfo("America/Chicago")).timestamp()
TEMPLATE = "Hi {first_name|there}, this is {sender} from Lakeside Clinic. Does {slot} suit you? Reply STOP to opt out."
_OPEN, _HELD = (312, 773, 212, 718, 617), (213, 415)
_CHUNK = 5_000


def people(store: Store, count: int, areas: tuple[int, ...], first: int) -> int:
    """A list of ``count`` new people with numbers of ``areas``; returns its id."""
    with store.write() as unit:
        conn = unit.conn
        key = int(
            conn.execute(
                sa.insert(people_list).values(name="bench", created_at=NOW, columns='["slot"]')
            ).inserted_primary_key[0]
        )
        for start in range(0, count, _CHUNK):
            some = range(start, min(start + _CHUNK, count))
            conn.execute(
                sa.insert(contact),
                [
                    {
                        "id": first + n,
                        "number": f"+1{areas[n % len(areas)]}{2_000_000 + first + n}",
                        "name": f"First{n % 977} Last{n % 4999}",
                        "first_name": f"First{n % 977}",
                        "fields": f'{{"slot": "{n % 12}:30"}}',
                        "created_at": NOW,
                        "updated_at": NOW,
                    }
                    for n in some
                ],
            )
            conn.execute(
                sa.insert(list_member),
                [{"list_id": key, "position": n, "contact_id": first + n} for n in some],
            )
    return key


def running(store: Store, clock: FixedClock, list_id: int) -> tuple[int, float]:
    """A started campaign of that list, and how many seconds its start took."""
    made = campaign.create(
        store, clock, name="bench", list_id=list_id, template=TEMPLATE, texter="Dana", operator="Dana"
    )
    began = time.perf_counter()
    campaign.start(store, clock, made)
    return made, time.perf_counter() - began


def milliseconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def p99(values: list[float]) -> float:
    """The value that 99 % are not above."""
    return sorted(values)[min(len(values) - 1, int(0.99 * len(values)))]


def run(queued: int = 100_000, rounds: int = 300) -> dict[str, float]:
    """Print and return the figures in milliseconds."""
    clock = FixedClock(NOW)
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "data")
        try:
            small, _ = running(store, clock, people(store, 100, _OPEN, 1))
            large, start_seconds = running(store, clock, people(store, queued, _OPEN, 1_000))
            early, _ = running(store, clock, people(store, queued, _HELD, 1_000 + queued))
            figures = {"start": start_seconds * 1000} | _cards(
                store, clock, small, large, queued, rounds, chance
            )
            figures |= _around(store, clock, large)
            figures["held_cold"] = milliseconds(lambda: desk.cards(store, clock, early, limit=50))
            figures["held"] = statistics.median(
                milliseconds(lambda: desk.cards(store, clock, early, limit=50)) for _ in range(5)
            )
        finally:
            store.close()
    _say(figures, queued)
    return figures


def _cards(
    store: Store, clock: FixedClock, small: int, large: int, queued: int, rounds: int, chance: random.Random
) -> dict[str, float]:
    took: dict[str, list[float]] = {"small": [], "large": [], "fifty": []}
    for _ in range(rounds):
        few, many = chance.randrange(-1, 90), chance.randrange(-1, queued - 60)
        took["small"].append(
            milliseconds(lambda after=few: desk.cards(store, clock, small, after_position=after, limit=1))
        )
        took["large"].append(
            milliseconds(lambda after=many: desk.cards(store, clock, large, after_position=after, limit=1))
        )
    for _ in range(20):
        many = chance.randrange(-1, queued - 60)
        took["fifty"].append(
            milliseconds(lambda after=many: desk.cards(store, clock, large, after_position=after, limit=50))
        )
    return {
        "small_p50": statistics.median(took["small"]),
        "large_p50": statistics.median(took["large"]),
        "small_p99": p99(took["small"]),
        "large_p99": p99(took["large"]),
        "ratio": statistics.median(took["large"]) / statistics.median(took["small"]),
        "fifty": statistics.median(took["fifty"]),
    }


def _around(store: Store, clock: FixedClock, key: int) -> dict[str, float]:
    """What is read around the card."""
    work: dict[str, Callable[[], object]] = {
        "next_up": lambda: desk.next_up(store, clock, key, 1_000, limit=8),
        "summary": lambda: campaign.summary(store, key),
        "overview": lambda: campaign.overview(store),
        "outbox": lambda: desk.outbox(store),
        "eta": lambda: desk.eta(store, clock, key),
        "previous": lambda: desk.previous(store, key, 50_000),
        "held_count": lambda: desk.held_count(store, clock, key),
    }
    return {name: statistics.median(milliseconds(each) for _ in range(9)) for name, each in work.items()}


def _say(figures: dict[str, float], queued: int) -> None:
    print(f"start of {queued:,} people: {figures['start'] / 1000:.1f} s")
    print(
        f"next card with 100 queued: p50 {figures['small_p50']:.1f} ms, p99 {figures['small_p99']:.1f} ms; "
        f"with {queued:,}: p50 {figures['large_p50']:.1f} ms, p99 {figures['large_p99']:.1f} ms; "
        f"ratio {figures['ratio']:.2f}  (aim: as fast)"
    )
    print(f"50 cards ahead: {figures['fifty']:.0f} ms; around the card: ", end="")
    names = ("next_up", "summary", "overview", "outbox", "eta", "previous", "held_count")
    print(", ".join(f"{name} {figures[name]:.1f}" for name in names), "ms")
    print(
        f"all {queued:,} outside their hours: {figures['held_cold']:.0f} ms the first time, "
        f"{figures['held']:.0f} ms then"
    )


if __name__ == "__main__":
    run()
