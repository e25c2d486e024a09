"""Where fewer people answer than before: said only where the counts are large enough to know it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import sqlalchemy as sa

from app.reports.figures_walk import ANSWER, OURS, chunks
from app.store import tables as t

#: An answer counts for so many seconds after the first text; later ones would favour the period before.
WAIT = 2 * 86400.0
#: The fewest people in either period that anything is said about.
FEWEST = 50
CERTAINTY = 0.95
MOST = 5


@dataclass(frozen=True, slots=True)
class Drop:
    """People who answered within :data:`WAIT`: ``now`` in this period, ``before`` in the one before it.

    ``fewer`` is the difference in percentage points, ``least`` and ``most`` the interval that it lies in.
    ``kind`` is "all", "campaign" or "tag".
    """

    kind: str
    name: str
    answered_now: int
    people_now: int
    answered_before: int
    people_before: int
    least: float
    most: float

    @property
    def fewer(self) -> float:
        """By how many percentage points."""
        return 100 * (self.answered_before / self.people_before - self.answered_now / self.people_now)


def judge(groups: Iterable[tuple[str, str, int, int, int, int]]) -> tuple[Drop, ...]:
    """Of (kind, name, answered now, people now, answered before, people before) those that surely dropped."""
    large = [group for group in groups if min(group[3], group[5]) >= FEWEST]
    found = []
    for group in large:
        # Among many groups one drops by chance: each has to be the surer, the more there are.
        least, most = interval(*group[2:], certainty=1 - (1 - CERTAINTY) / len(large))
        if least > 0:
            found.append(Drop(*group, 100 * least, 100 * most))
    return tuple(
        sorted(found, key=lambda drop: (drop.kind == "tag", drop.kind != "all", -drop.fewer, drop.name))[
            :MOST
        ]
    )


def interval(
    now: int, people_now: int, before: int, people_before: int, *, certainty: float = CERTAINTY
) -> tuple[float, float]:
    """The share before less the share now: Newcombe's interval (Statistics in Medicine 17, 1998, no. 10)."""
    z = NormalDist().inv_cdf(0.5 + certainty / 2)
    here, there = now / people_now, before / people_before
    low_now, high_now = _wilson(here, people_now, z)
    low_before, high_before = _wilson(there, people_before, z)
    gap = there - here
    least = gap - math.hypot(there - low_before, high_now - here)
    return least, gap + math.hypot(high_before - there, here - low_now)


def _wilson(share: float, count: int, z: float) -> tuple[float, float]:
    middle = share + z * z / (2 * count)
    reach = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - reach) / (1 + z * z / count), (middle + reach) / (1 + z * z / count)


class Firsts:
    """Of each person: the first text of ours in each of two periods, and whether they answered it in time."""

    def __init__(self, start: float, last: float) -> None:
        """The newer period begins at ``start``; who was first texted from ``last`` on may still answer."""
        self._start, self._last = start, last
        #: Before, and now: when each thread's first text left, and of which campaign it was.
        self.firsts: tuple[dict[int, float], dict[int, float]] = ({}, {})
        self.campaigns: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.answered: tuple[set[int], set[int]] = (set(), set())

    def take(self, chunk: Sequence[Sequence[Any]]) -> None:
        """Texts in the order of time, as :func:`figures_walk.walk` has them."""
        before, now = self.firsts
        start, last = self._start, self._last
        for thread, at, what, _line, _parts, campaign in chunk:
            if what == ANSWER:
                if at - before.get(thread, -WAIT) <= WAIT:
                    self.answered[0].add(thread)
                if at - now.get(thread, -WAIT) <= WAIT:
                    self.answered[1].add(thread)
            elif what >= OURS and not what & 1 and at < last:
                fresh = at >= start
                firsts = now if fresh else before
                if thread not in firsts and thread is not None:
                    firsts[thread] = at
                    self.campaigns[fresh][thread] = campaign or 0

    def drops(self, conn: sa.Connection) -> tuple[Drop, ...]:
        """The groups of people of whom surely fewer answer, the worst first."""
        groups = list(self._groups(conn))
        campaigns = {group[2:] for group in groups if group[0] == "campaign"}
        # Where there is one campaign alone, everybody is its people: it is said once, by its name.
        return judge(group for group in groups if group[0] != "all" or group[2:] not in campaigns)

    def _groups(self, conn: sa.Connection) -> Iterator[tuple[str, str, int, int, int, int]]:
        """Kind, name, answered and people now, answered and people before."""
        counts: dict[tuple[str, int], list[int]] = {}
        for fresh, place in ((0, 2), (1, 0)):
            said, campaigns = self.answered[fresh], self.campaigns[fresh]
            for thread, campaign in campaigns.items():
                for group in (("all", 0), ("campaign", campaign)):
                    _count(counts, group, place, thread in said)
            for tag, thread in _tagged(conn) if len(campaigns) >= FEWEST else ():
                if thread in campaigns:
                    _count(counts, ("tag", tag), place, thread in said)
        names = {"campaign": _names(conn, t.campaign), "tag": _names(conn, t.tag)}
        for (kind, key), held in counts.items():
            if kind == "all" or key in names[kind]:
                yield kind, names[kind][key] if kind != "all" else "", held[0], held[1], held[2], held[3]


def _count(counts: dict[tuple[str, int], list[int]], group: tuple[str, int], place: int, said: bool) -> None:
    held = counts.setdefault(group, [0, 0, 0, 0])
    held[place] += said
    held[place + 1] += 1


def _names(conn: sa.Connection, table: sa.Table) -> dict[int, str]:
    return {row.id: row.name for row in conn.execute(sa.select(table.c.id, table.c.name))}


def _tagged(conn: sa.Connection) -> Iterator[Sequence[Any]]:
    """Tags and the threads of those who have them."""
    c = t.conversation.c
    query = sa.select(t.contact_tag.c.tag_id, c.id).join(
        t.conversation, c.contact_id == t.contact_tag.c.contact_id
    )
    for chunk in chunks(conn, query, None):
        yield from chunk
