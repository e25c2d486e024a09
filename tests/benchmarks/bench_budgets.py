"""Limits of a line, counted with a million messages in the database: milliseconds for what a press asks."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from app.clock import FixedClock
from app.store.engine import Store, open_store
from app.store.tables import line
from app.texting import budgets, routing
from app.texting.budgets import Limits

DAY = 86400.0
NOW = 1_800_036_000.0
LIMITS = Limits(per_minute=60, per_hour=1_000, per_day=5_000, people_month=100_000, month_day=1)

# A clicked text needs a click; a count does not look at it.
_FILL = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1)
INSERT INTO message (direction, number, text, state, created_at, claimed_at, settled_at, line_id, parts_sent)
SELECT 'out', '+1312' || printf('%07d', i % {people}), 'Hello', 'sent', {start} + i * {step},
       {start} + i * {step}, {start} + i * {step}, {line}, 1 FROM n
"""


def fill(store: Store, messages: int, month: int) -> None:
    """``month`` texts of this month on line 1, 4,000 of them today; the rest is older, on two lines."""
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(line), [{"name": f"L{n}", "url": str(n), "created_at": 0} for n in (1, 2)]
        )
        unit.conn.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        begin, today = budgets.month_start(NOW, 1), budgets.day_start(NOW)
        old = messages - month
        for count, people, start, end, key in (
            (old // 2, 200_000, NOW - 300 * DAY, begin, 1),
            (old - old // 2, 200_000, NOW - 300 * DAY, NOW, 2),
            (month - 4_000, 20_000, begin, today, 1),
            (4_000, 4_000, today, NOW, 1),
        ):
            unit.conn.exec_driver_sql(
                _FILL.format(count=count, people=people, start=start, step=(end - start) / count, line=key)
            )
        unit.conn.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


def timed(work: Callable[[], object], rounds: int) -> float:
    """The median of ``rounds`` runs in milliseconds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def run(messages: int = 1_000_000, month: int = 30_000, rounds: int = 30) -> dict[str, float]:
    """Print and return the figures, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        store, clock = open_store(Path(folder)), FixedClock(NOW)
        fill(store, messages, month)
        now = clock.now()
        with store.read() as conn:
            figures = {
                "today": timed(lambda: budgets.left_since(conn, 1, budgets.day_start(now)), rounds),
                "people": timed(lambda: budgets.people_since(conn, 1, budgets.month_start(now, 1)), rounds),
                "new": timed(lambda: budgets.verdict(conn, 1, "L1", LIMITS, now, "+15035550100"), rounds),
                "known": timed(lambda: budgets.verdict(conn, 1, "L1", LIMITS, now, "+13120000001"), rounds),
                "day": timed(
                    lambda: budgets.verdict(conn, 1, "L1", Limits(60, 0, 5_000), now, "+15035550100"), rounds
                ),
                "pace": timed(lambda: budgets.pace(conn, 1, LIMITS, now), rounds),
                "none": timed(
                    lambda: routing.way_of(
                        conn, now, {"campaign_id": None, "number": "+13120000001", "kind": "reply"}
                    ),
                    rounds,
                ),
            }
        store.close()
    print(
        f"{messages:,} messages, {month:,} of them this month on the line: sent today {figures['today']:.2f} ms, "
        f"people of the month {figures['people']:.2f} ms; a press against limits of an hour and a day "
        f"{figures['day']:.2f} ms, of a month too: known person {figures['known']:.2f} ms, new person "
        f"{figures['new']:.2f} ms; the pace {figures['pace']:.2f} ms; a press without limits (the choice of a "
        f"line) {figures['none']:.2f} ms"
    )
    return figures


if __name__ == "__main__":
    run()
