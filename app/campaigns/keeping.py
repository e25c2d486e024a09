"""Figures of campaigns in which nothing happens any more, kept so that years of them need no counting.

Only what is quiet is kept: a campaign that still has texts to send is counted anew each time. What is kept is
dropped by the event of any change that may concern it, and after a minute in any case.
"""

from __future__ import annotations

import threading
import time
import weakref
from typing import Generic, TypeVar

import sqlalchemy as sa

from app.store.engine import Store
from app.store.events import CampaignChanged, ChangedElsewhere, Event, MessageChanged, OptOutChanged
from app.store.tables import message

KEEP_SECONDS = 60.0
_MANY = 200  # numbers that are looked up; for more, everything is dropped

T = TypeVar("T")


class Kept(Generic[T]):
    """Figures by campaign. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._figures: dict[int, tuple[float, T]] = {}
        self._numbers: set[str] = set()
        self._turn = 0

    def receive(self, event: Event) -> None:
        """Note what changed; called on the thread that committed it."""
        with self._lock:
            if isinstance(event, MessageChanged):
                # Somebody who writes may have been in other campaigns than the one that is answered.
                self._numbers.add(event.number)
                self._figures.pop(event.campaign_id or 0, None)
            elif isinstance(event, CampaignChanged):
                self._figures.pop(event.campaign_id, None)
            elif isinstance(event, OptOutChanged) and event.number:
                self._numbers.add(event.number)
            elif isinstance(event, (ChangedElsewhere, OptOutChanged)):
                self._figures.clear()
            else:
                return
            self._turn += 1
            if len(self._numbers) > _MANY:
                self._numbers.clear()
                self._figures.clear()

    def begin(self, conn: sa.Connection) -> int:
        """Take this before reading; returns what :meth:`keep` asks for."""
        with self._lock:
            turn, numbers = self._turn, self._numbers
            self._numbers = set()
        concerned = _campaigns_of(conn, numbers)
        with self._lock:
            for key in concerned:
                self._figures.pop(key, None)
        return turn

    def get(self, campaign_id: int) -> T | None:
        """What is kept of it, None for nothing."""
        with self._lock:
            found = self._figures.get(campaign_id)
        return found[1] if found is not None and time.monotonic() - found[0] < KEEP_SECONDS else None

    def keep(self, campaign_id: int, figures: T, turn: int) -> None:
        """Keep what was read, unless something changed since ``turn``."""
        with self._lock:
            if turn == self._turn:
                self._figures[campaign_id] = (time.monotonic(), figures)


def _campaigns_of(conn: sa.Connection, numbers: set[str]) -> set[int]:
    if not numbers:
        return set()
    rows = conn.execute(
        sa.select(message.c.campaign_id)
        .where(
            message.c.number.in_(numbers), message.c.direction == "out", message.c.campaign_id.is_not(None)
        )
        .distinct()
    )
    return {int(key) for key in rows.scalars()}


_all: weakref.WeakKeyDictionary[Store, Kept[object]] = weakref.WeakKeyDictionary()
_making = threading.Lock()


def of(store: Store) -> Kept[object]:
    """The figures kept of one store."""
    with _making:
        found = _all.get(store)
        if found is None:
            found = _all[store] = Kept()
            store.subscribe(found.receive)
        return found
