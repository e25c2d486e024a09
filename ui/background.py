"""The one way to work off the GUI thread.

``run(owner, work, done)`` calls ``work(job)`` on a thread of a small pool and ``done(result)`` on the GUI
thread; both ``done`` and ``failed`` are dropped when ``owner`` is gone by then. :class:`Refresher` is for
what a page reads again on every change: one reading at a time, and the newest wins.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, QRunnable, Qt, QThreadPool, Signal, Slot

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds between two progress reports that reach the window.
PROGRESS_EVERY = 0.05
THREADS = 3
#: The longest that a busy thread keeps the interpreter from the window.
SWITCH_SECONDS = 0.0005


class Job:
    """One piece of work under way."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._last_report = 0.0
        self._report: Callable[[int, int], None] | None = None
        self.finished = False

    def cancel(self) -> None:
        """Ask the work to stop; its result, if one still comes, is delivered (it may say "cancelled")."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """True once :meth:`cancel` was called; the work asks this between its steps."""
        return self._cancelled.is_set()

    def is_cancelled(self) -> bool:
        """As :attr:`cancelled`, to be handed on as a callable."""
        return self._cancelled.is_set()

    def progress(self, done: int, total: int) -> None:
        """Say how far it is; called on the work's thread, thinned out on the way to the window."""
        now = time.monotonic()
        if self._report is not None and (now - self._last_report >= PROGRESS_EVERY or done >= total):
            self._last_report = now
            self._report(done, total)


class _Relay(QObject):
    """Lives on the GUI thread; calls what it is sent there."""

    call = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.call.connect(self._run, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def _run(self, function: Callable[[], None]) -> None:
        function()


class _Task(QRunnable):
    def __init__(self, function: Callable[[], None]) -> None:
        super().__init__()
        self._function = function

    def run(self) -> None:
        self._function()


_relay: _Relay | None = None
_pool: QThreadPool | None = None
_lane: QThreadPool | None = None
_running: set[Job] = set()
_on_failure: Callable[[Exception], None] | None = None


def on_failure(handler: Callable[[Exception], None] | None) -> None:
    """Set what is done with an error whose caller gave no ``failed``; the shell shows a panel."""
    global _on_failure
    _on_failure = handler


def call_on_gui(function: Callable[[], None]) -> None:
    """Call ``function`` on the GUI thread, soon. Safe from any thread."""
    _the_relay().call.emit(function)


def _the_relay() -> _Relay:
    global _relay
    if _relay is None or not shiboken6.isValid(_relay):
        _relay = _Relay()
        app = QCoreApplication.instance()
        if app is not None:
            _relay.moveToThread(app.thread())
    return _relay


def _the_pool() -> QThreadPool:
    global _pool
    if _pool is None or not shiboken6.isValid(_pool):
        # Each Python paint event may have to wait this long for a thread that is busy reading; with the
        # usual 5 ms a window of many small widgets would stall for a tenth of a second.
        sys.setswitchinterval(SWITCH_SECONDS)
        _pool = QThreadPool()
        _pool.setMaxThreadCount(THREADS)
    return _pool


def _the_lane() -> QThreadPool:
    global _lane
    if _lane is None or not shiboken6.isValid(_lane):
        _lane = QThreadPool()
        _lane.setMaxThreadCount(1)
        _lane.setExpiryTimeout(-1)
    return _lane


def run(
    owner: QObject,
    work: Callable[[Job], T],
    done: Callable[[T], None] | None = None,
    failed: Callable[[Exception], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    urgent: bool = False,
) -> Job:
    """Run ``work(job)`` on a thread and hand its result to ``done`` on the GUI thread.

    ``urgent`` work (a click) has a thread of its own: it waits for no reading, and is done in order.

    ``work`` must touch no widget. An exception goes to ``failed``, or to the handler of
    :func:`on_failure`. ``progress`` gets (done, total) on the GUI thread.
    """
    job = Job()
    relay = _the_relay()
    if progress is not None:
        job._report = lambda a, b: relay.call.emit(lambda: _deliver(owner, progress, a, b))
    _running.add(job)

    def task() -> None:
        try:
            result = work(job)
        except Exception as error:  # noqa: BLE001 - every failure is handed to a person
            failure = error
            _hand_over(relay, lambda: _finish(job, owner, failed or _report_failure, failure))
        else:
            _hand_over(relay, lambda: _finish(job, owner, done, result))

    (_the_lane() if urgent else _the_pool()).start(_Task(task))
    return job


def _hand_over(relay: _Relay, function: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the application is gone: nobody is left to tell
        relay.call.emit(function)


def _finish(job: Job, owner: QObject, receiver: Callable[[Any], None] | None, value: Any) -> None:
    job.finished = True
    _running.discard(job)
    if receiver is not None:
        _deliver(owner, receiver, value)


def _deliver(owner: QObject, receiver: Callable[..., None], *values: Any) -> None:
    if shiboken6.isValid(owner):
        receiver(*values)


def _report_failure(error: Exception) -> None:
    log.error("work in the background failed", exc_info=error)
    if _on_failure is not None:
        _on_failure(error)


def busy() -> bool:
    """True while any work is under way; for tests and for closing the window."""
    return bool(_running)


def stop_all(timeout: float = 5.0) -> bool:
    """Ask all work to stop and wait for it; True if it did within ``timeout`` seconds."""
    for job in tuple(_running):
        job.cancel()
    milliseconds = round(timeout * 1000)
    return _the_lane().waitForDone(milliseconds) and _the_pool().waitForDone(milliseconds)


class Refresher(QObject, Generic[T]):
    """Reads again when told, one reading at a time; a call during a reading leads to one more after it."""

    def __init__(
        self,
        owner: QObject,
        work: Callable[[Job], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        super().__init__(owner)
        self._owner = owner
        self._work = work
        self._done = done
        self._failed = failed
        self._job: Job | None = None
        self._again = self._over = False

    def stop(self) -> None:
        """Read no more: the window closes, and nothing may open the data again behind it."""
        self._over = True

    def again(self) -> None:
        """Read (again)."""
        if self._over:
            return
        if self._job is not None:
            self._again = True
            return
        self._job = run(self._owner, self._work, self._arrived, self._broke)

    @property
    def reading(self) -> bool:
        """True while a reading is under way."""
        return self._job is not None

    def _arrived(self, result: T) -> None:
        self._next()
        self._done(result)

    def _broke(self, error: Exception) -> None:
        self._next()
        (self._failed or _report_failure)(error)

    def _next(self) -> None:
        self._job = None
        if self._again:
            self._again = False
            self.again()
