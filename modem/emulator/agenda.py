"""What is to happen later, and what time it is: one heap that the server's loop or a test turns."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Agenda:
    """Calls to make at a given moment, in order of time and then of asking.

    ``clock`` gives seconds that never go back; ``wall`` the aware time of day that messages carry.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall: Callable[[], datetime] = _utc_now
    ) -> None:
        self._clock = clock
        self.wall = wall
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call ``call`` once, ``seconds`` from now (at the next turn when 0 or less)."""
        heapq.heappush(self._heap, (self._clock() + max(0.0, seconds), next(self._order), call))

    def wait(self) -> float | None:
        """Seconds until the next call is due, 0 when one is overdue, None when there is none."""
        if not self._heap:
            return None
        return max(0.0, self._heap[0][0] - self._clock())

    def turn(self) -> int:
        """Make the calls that are due, not those they ask for meanwhile; how many were made."""
        now = self._clock()
        due: list[Callable[[], None]] = []
        while self._heap and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[2])
        for call in due:
            call()
        return len(due)
