"""One piece of work after another, off the GUI thread: a draft is saved before the send that clears it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from ui import background

Done = Callable[[Any], None]
Failed = Callable[[Exception], None]


class Lane(QObject):
    """A queue of work of which one piece runs at a time, in the order it was given."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: deque[tuple[Callable[[], Any], Done | None, Failed | None]] = deque()
        self._running = False
        self.finished = 0  # how many pieces are done; a reader can tell whether it read in between

    @property
    def idle(self) -> bool:
        """True when nothing runs or waits."""
        return not self._running and not self._waiting

    def run(self, work: Callable[[], Any], done: Done | None = None, failed: Failed | None = None) -> None:
        """Do ``work`` after what was given before; then ``done`` or ``failed`` on the GUI thread."""
        self._waiting.append((work, done, failed))
        self._next()

    def _next(self) -> None:
        if self._running or not self._waiting:
            return
        self._running = True
        work, done, failed = self._waiting.popleft()

        def arrived(result: Any) -> None:
            self._over()
            if done is not None:
                done(result)

        def broke(error: Exception) -> None:
            self._over()
            if failed is not None:
                failed(error)

        background.run(self, lambda _job: work(), arrived, broke)

    def _over(self) -> None:
        self._running = False
        self.finished += 1
        self._next()
