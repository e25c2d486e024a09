"""The rhythm of one person's work at the desk: pace, when to lead to a reply, when to suggest a break.

No widgets and no database: it lives in this window alone, and nothing of it is kept or shown to others.
"""

from __future__ import annotations

from collections import deque

#: Seconds that the pace is counted over.
MINUTE = 60.0
#: A pause of so many seconds is a rest: the work before it counts no more.
REST = 300.0


class Rhythm:
    """Times are seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._clicks: deque[float] = deque()
        self._cards = 0
        self._began: float | None = None
        self._last: float | None = None

    def clicked(self, now: float) -> None:
        """A press was taken as a click."""
        self._clicks.append(now)

    def per_minute(self, now: float) -> int:
        """Clicks in the last minute."""
        while self._clicks and self._clicks[0] <= now - MINUTE:
            self._clicks.popleft()
        return len(self._clicks)

    def card_done(self, now: float) -> None:
        """A card was sent, skipped or opted out."""
        if self._last is None or now - self._last >= REST:
            self._began = now
        self._last = now
        self._cards += 1

    def leads(self, every: int) -> bool:
        """Whether so many cards are done that a waiting reply comes first; ``every`` 0: never."""
        return 0 < every <= self._cards

    def led(self) -> None:
        """The desk led to the replies, or was told to go on: the count begins anew."""
        self._cards = 0

    def wants_break(self, now: float, minutes: int) -> bool:
        """Whether there were ``minutes`` of work without a rest; 0: never."""
        return minutes > 0 and self._began is not None and now - self._began >= minutes * 60

    def worked(self, now: float) -> float:
        """Seconds since the last rest."""
        return 0.0 if self._began is None else now - self._began

    def rested(self, now: float) -> None:
        """A break was taken, or declined: the time begins anew."""
        self._began = now
        self._last = now
