"""When a campaign's people must be looked at again for what is due, kept for one store while it is open."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass

from app.store.engine import Store
from app.store.events import (
    CampaignChanged,
    ChangedElsewhere,
    ContactsChanged,
    Event,
    MessageReceived,
    OptOutChanged,
)

#: Everybody is looked at again after so many seconds, even if nothing seems to have changed.
LOOK_AGAIN = 3600.0


@dataclass(frozen=True, slots=True)
class _Look:
    turn: int
    at: float
    next_at: float | None


class Memory:
    """Safe from any thread. A turn goes by with each change that may make something due or undo it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = 0
        self._texts = 0
        self._looks: dict[int, _Look] = {}
        self._mine = threading.local()

    @contextlib.contextmanager
    def own_changes(self) -> Iterator[None]:
        """What this thread commits meanwhile is known already, and no reason to look again."""
        self._mine.writes = True
        try:
            yield
        finally:
            self._mine.writes = False

    def receive(self, event: Event) -> None:
        """Note what changed; called on the thread that committed it."""
        if isinstance(event, CampaignChanged) and getattr(self._mine, "writes", False):
            return
        with self._lock:
            if isinstance(event, (CampaignChanged, ChangedElsewhere, ContactsChanged, OptOutChanged)):
                self._turn += 1
            elif isinstance(event, MessageReceived):
                self._texts += 1

    def turn(self, answers_count: bool) -> int:
        """A number that changes with the data; ``answers_count``: also with each received text."""
        with self._lock:
            return self._turn + (self._texts if answers_count else 0)

    def must_look(self, campaign_id: int, turn: int, now: float) -> bool:
        """Whether anything may have become due, or be so no more, since the last look."""
        with self._lock:
            last = self._looks.get(campaign_id)
        if last is None or last.turn != turn or not last.at <= now < last.at + LOOK_AGAIN:
            return True
        return last.next_at is not None and last.next_at <= now

    def looked(self, campaign_id: int, turn: int, now: float, next_at: float | None) -> None:
        """Everybody was looked at; ``turn`` as it was before. Moments in UTC seconds."""
        with self._lock:
            self._looks[campaign_id] = _Look(turn, now, next_at)


_all: weakref.WeakKeyDictionary[Store, Memory] = weakref.WeakKeyDictionary()
_making = threading.Lock()


def of(store: Store) -> Memory:
    """The memory of one store."""
    with _making:
        found = _all.get(store)
        if found is None:
            found = _all[store] = Memory()
            store.subscribe(found.receive)
        return found
