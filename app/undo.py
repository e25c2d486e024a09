"""What can be undone: everything a person did that is not radio.

A screen pushes an :class:`Undo` after an act is stored; the window's Ctrl+Z takes the latest one of who is
signed in. Nothing here can make a click, so an undo never sends. The stack lives as long as the program does
and is written nowhere.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from app.store.engine import Store

#: So many acts are remembered; older ones are undone where they were done.
LIMIT = 50


@dataclass(frozen=True, slots=True)
class Undo:
    """One act that can be undone.

    ``label`` says what was done ("Skipped Maria"). ``act(store)`` undoes it on a thread of its own and
    returns "", or a sentence when it is too late; it changes nothing then. ``after`` is called on the
    window's thread once it is undone.
    """

    label: str
    act: Callable[[Store], str]
    operator: str = ""
    after: Callable[[], None] | None = None


class UndoStack:
    """The latest acts, the newest last. Safe from every thread."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._acts: list[Undo] = []
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Undo], None]] = []

    def __len__(self) -> int:
        with self._lock:
            return len(self._acts)

    def push(self, undo: Undo) -> None:
        """Remember an act that was done just now; whoever listens is told on this thread."""
        with self._lock:
            self._acts.append(undo)
            del self._acts[: -self._limit]
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(undo)

    def take(self, operator: str) -> Undo | None:
        """The latest act of ``operator``, which is forgotten; None where there is none.

        Acts of other people are left alone: everybody undoes their own.
        """
        with self._lock:
            for index in range(len(self._acts) - 1, -1, -1):
                if self._acts[index].operator == operator:
                    return self._acts.pop(index)
        return None

    def subscribe(self, listener: Callable[[Undo], None]) -> Callable[[], None]:
        """Call ``listener`` with each act that is pushed; the result stops that."""
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop


_stacks: weakref.WeakKeyDictionary[Store, UndoStack] = weakref.WeakKeyDictionary()
_guard = threading.Lock()


def of(store: Store) -> UndoStack:
    """The one stack of an opened workspace."""
    with _guard:
        return _stacks.setdefault(store, UndoStack())
