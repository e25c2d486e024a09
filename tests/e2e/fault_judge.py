"""The judge of one run in :mod:`fault_world`: what must hold whatever happened, and what came of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.store.tables import message, opt_out
from tests.e2e.fault_world import World

MARK = re.compile(r"\[(?:in|out) \d+\]")
RESYNC_SECONDS = 3.0


@dataclass(slots=True)
class Result:
    """What came of one schedule."""

    schedule: object
    broken: list[str]
    states: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    died: tuple[str, ...] = ()
    delivered: int = 0
    shown: int = 0
    unreadable: int = 0
    resync: float = 0.0  # seconds from the first command on the sane line to its clean answer
    heard_from: float = 0.0  # seconds from the sane line to that answer, old waits included
    virtual: float = 0.0
    trace: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = "\n".join(self.broken)
        return f"{told}\n{self.schedule}\n" + "\n".join(self.trace[-200:])


class Judge:
    """What must hold whatever happened."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rows = world.rows(message)
        self._events = world.book.events
        world.close()

    def everything(self) -> list[str]:
        """What was broken, in sentences."""
        return [
            *self._sent(),
            *self._received(),
            *self._stopped(),
            *self._in_step(),
            *(f"logged: {words}" for words in self._world.complaints.said),
        ]

    def _of(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self._events if each["event"] == event]

    def _sent(self) -> Iterable[str]:
        taken = Counter((e["to"], e["text"]) for e in self._of("submit"))
        parts = Counter((e["to"], e["text"], e["part"]) for e in self._of("part"))
        yield from (f"{to} got a text {n} times: {text[:40]}" for (to, text), n in taken.items() if n > 1)
        named = {key: n for key, n in parts.items() if MARK.search(key[1])}  # the end of a text may be any's
        yield from (f"{key[0]} got a part {n} times: {key[1][:40]}" for key, n in named.items() if n > 1)
        for row in self._rows:
            if row["direction"] == "out":
                yield from self._told_right(row, taken, parts)

    def _told_right(self, row: Any, taken: Counter[Any], parts: Counter[Any]) -> Iterable[str]:
        key, state = (row["number"], row["text"]), row["state"]
        began = any(to == key[0] and part == 1 and key[1].startswith(text) for to, text, part in parts)
        what = f"text {row['id']} ({row['text'][:12]}) is {state} ({row['reason']})"
        if state in ("clicked", "sending"):
            yield f"{what} at the end"
        if state == "sent" and not taken[key] and not self._network_lied(row):
            yield f"{what} and did not leave"
        if (taken[key] or began) and state not in ("sent", "unknown"):
            yield f"{what} and left, or a part of it"
        if (taken[key] or began) and row["click_id"] is None:
            yield f"{what} and left without a click"

    def _network_lied(self, row: Any) -> bool:
        """A report that no text of ours asked for, for a number that has an unknown one, proves that one."""
        wrong = any(e["name"].startswith("report-wrong") for e in self._of("fault"))
        return wrong and row["resolution"] == "report"

    def _received(self) -> Iterable[str]:
        whole, twice, partial = Counter[Any](), Counter[Any](), Counter[Any]()
        for each in self._of("deliver"):
            key = (each["from"], each["text"])
            order = each.get("order")
            if order is not None and set(order) != set(range(1, each["parts"] + 1)):
                partial[key] += 1
            else:
                whole[key] += 1
                # Twice on the SIM, and nothing tells it from two equal texts.
                twice[key] += order == [1, 1]
        shown = Counter((r["number"], r["text"]) for r in self._rows if _is_text(r) and r["complete"])
        for key in whole | shown:
            if not whole[key] <= shown[key] <= whole[key] + twice[key]:
                yield f"given {whole[key]} times, shown {shown[key]} times: {key[0]} {key[1][:40]}"
        open_ones = [r for r in self._rows if _is_text(r) and not r["complete"]]
        if len(open_ones) != sum(partial.values()):
            yield f"{sum(partial.values())} came in part, {len(open_ones)} are shown so"

    def _stopped(self) -> Iterable[str]:
        since = {row["number"]: row["created_at"] for row in self._world.last_rows[opt_out.name]}
        for each in self._events:
            if each["event"] not in ("submit", "part"):
                continue
            if self._world.wall_of(each["t"]) > since.get(each["to"], float("inf")):
                yield f"{each['to']} got a text after STOP"

    def _in_step(self) -> Iterable[str]:
        world = self._world
        if world.in_step is None:
            yield "never in step again"
        elif world.in_step - world.first_asked > RESYNC_SECONDS:
            yield f"in step only {world.in_step - world.first_asked:.1f} s after the first command"

    def result(self, schedule: object, broken: list[str]) -> Result:
        world = self._world
        struck = Counter(e["name"].split()[0] for e in self._of("fault") if not e.get("over"))
        sane = world.sane_at or world.now
        return Result(
            schedule,
            broken,
            Counter(row["state"] for row in self._rows if row["direction"] == "out"),
            struck,
            tuple(world.died),
            len(self._of("deliver")),
            sum(1 for row in self._rows if _is_text(row)),
            sum(1 for row in self._rows if row["text"].startswith("Unreadable")),
            (world.in_step or world.now) - (world.first_asked or sane),
            (world.in_step or world.now) - sane,
            world.now - 1000.0,
            tuple(world.trace),
        )


def _is_text(row: Any) -> bool:
    return row["direction"] == "in" and row["kind"] == "text"
