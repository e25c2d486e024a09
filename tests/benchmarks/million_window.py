"""The whole window over a million texts: from a key to the moment when its result is painted and the loop is free."""

from __future__ import annotations

import argparse
import os
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.conversations.search import Hit
from app.store.tables import conversation
from tests.benchmarks import million
from tests.benchmarks.bench_enter import idle
from tests.benchmarks.bench_million import QUERIES, Table, memory

#: Without a paint after the rows are there (nothing in view changed) the rows' own time counts.
NO_PAINT_MS = 60


class Stopwatch:
    """From ``start`` until ``seen`` was called, something was painted after it, and the window waits again."""

    def __init__(self, table: Table) -> None:
        from PySide6.QtCore import QAbstractEventDispatcher, QCoreApplication, QEvent, QObject

        watch = self

        class Filter(QObject):
            def eventFilter(self, watched: QObject, event: QEvent) -> bool:
                if event.type() == QEvent.Type.Paint and watch._seen_at is not None:
                    watch._painted = True
                return False

        self.table = table
        self._filter = Filter()
        application = QCoreApplication.instance()
        assert application is not None
        application.installEventFilter(self._filter)
        dispatcher = QAbstractEventDispatcher.instance()
        assert dispatcher is not None
        dispatcher.awake.connect(self._awake)
        dispatcher.aboutToBlock.connect(self._blocks)
        self._loop: Any = None
        self._since = time.perf_counter()
        self._reset()

    def _reset(self) -> None:
        self._seen_at: float | None = None
        self._painted = self._over = False
        self._end = self._cpu_end = self._worst = 0.0

    def _awake(self) -> None:
        self._since = time.perf_counter()

    def _blocks(self) -> None:
        now = time.perf_counter()
        self._worst = max(self._worst, now - self._since)
        self._since = now
        if self._painted and not self._over:
            self._finish(now)

    def _finish(self, at: float) -> None:
        self._over, self._end, self._cpu_end = True, at, time.thread_time()
        if self._loop is not None:
            self._loop.quit()

    def seen(self, *_: object) -> None:
        """What was waited for is in the model; only its painting is missing."""
        if self._seen_at is None and not self._over:
            from PySide6.QtCore import QTimer

            self._seen_at = time.perf_counter()
            QTimer.singleShot(NO_PAINT_MS, lambda at=self._seen_at: self._unpainted(at))

    def _unpainted(self, at: float) -> None:
        if not self._over and self._seen_at == at:
            self._finish(at)

    def time(self, name: str, act: Callable[[], object], *, seconds: float = 30.0) -> float:
        """Do ``act`` and wait; returns the milliseconds."""
        from PySide6.QtCore import QEventLoop, QTimer

        self._reset()
        began = self._since = time.perf_counter()
        worked = time.thread_time()
        act()
        self._worst = time.perf_counter() - began
        if not self._over:
            self._loop = QEventLoop()
            patience = QTimer()
            patience.setSingleShot(True)
            patience.timeout.connect(self._loop.quit)
            patience.start(round(seconds * 1000))
            self._loop.exec()
            self._loop = None
        if not self._over:
            raise TimeoutError(name)
        samples, took = self.table.of(name), (self._end - began) * 1000
        samples.wall.append(took)
        samples.cpu.append((self._cpu_end - worked) * 1000)
        samples.stall.append(self._worst * 1000)
        return took


def run(folder: Path, samples: int = 200) -> Table:
    """Open the window and measure."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app import wiring

    table, application = Table(), wiring.make_application()
    options = argparse.Namespace(country="US", texter="Dana", line=[], practice=False)
    with wiring.opened(folder, options) as program:
        window = program.window
        window.workspace.clock = _Now(window.workspace.clock)
        window.show()
        window.activateWindow()
        idle(3000)  # the program's own start is over
        before = memory()
        print("-- what a person waits for in the window")
        Walk(application, window, table, samples).all()
        idle(1000)
        print(f"resident memory: before the inbox {before:.0f}, after everything {memory():.0f} MB")
    return table


class _Now:
    """The moment that the database was made for; the monotonic clock goes on."""

    def __init__(self, real: Any) -> None:
        self._real, self._began = real, time.time()

    def now(self) -> float:
        """UTC seconds."""
        return million.NOW + time.time() - self._began

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Walk:
    """What a person does, step by step."""

    def __init__(self, application: Any, window: Any, table: Table, samples: int) -> None:
        self.application, self.window, self.samples = application, window, samples
        self.watch, self.rng = Stopwatch(table), random.Random(2)
        self.store = window.workspace.store

    def all(self) -> None:
        """Every step; the inbox is made in the first."""
        for step in (
            self.open_inbox, self.filters, self.page_down, self.threads, self.done_and_next, self.search,
            self.arrivals,
        ):  # fmt: skip
            step()
            self.watch.table.say_new()

    def key(self, key: Any, widget: Any = None) -> None:
        """A real key event."""
        from PySide6.QtTest import QTest

        QTest.keyClick(widget or self.application.focusWidget() or self.window, key)

    def letter(self, letter: str) -> None:
        """A letter into the search field; QTest itself knows only ASCII."""
        from PySide6.QtCore import QEvent, Qt
        from PySide6.QtGui import QKeyEvent

        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter)
            self.application.sendEvent(self.page.threads.search, event)

    def rest(self, milliseconds: int = 90) -> None:
        """Until everything that follows an action is over, and a moment more."""
        from ui import background

        idle(milliseconds)
        deadline = time.monotonic() + 20
        while background.busy() and time.monotonic() < deadline:
            idle(5)

    # -- steps --------------------------------------------------------------------------------

    def open_inbox(self) -> None:
        """The first time the page is made; then again from another page."""
        window = self.window

        def first() -> None:
            window.page("inbox").threads.model.loaded.connect(self.watch.seen)
            window.go("inbox")

        self.watch.time("inbox, the first time", first)
        self.page = window.page("inbox")
        self.list = self.page.threads.list
        self.rest(500)
        for _ in range(self.samples):
            window.go("contacts")
            self.rest()
            self.watch.time("inbox, again", lambda: window.go("inbox"))
            self.rest(30)

    def filters(self) -> None:
        """A click on every chip."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        pane = self.page.threads
        for _ in range(self.samples):
            for name, chip in pane.chips.items():
                if chip.isVisible() and name != pane.filter:
                    self.watch.time(
                        f"filter {name}", lambda c=chip: QTest.mouseClick(c, Qt.MouseButton.LeftButton)
                    )
        self.rest()

    def page_down(self) -> None:
        """Down through the list, page by page, from the top whenever 1,500 rows were passed."""
        from PySide6.QtCore import Qt

        pane = self.page.threads
        for _ in range(self.samples):
            if self.list.currentIndex().row() < 0 or pane.model.rowCount() > 1_500:
                self.watch.time("filter all, from far down", lambda: pane.set_filter("all"))
                self.list.setFocus()
                self.key(Qt.Key.Key_Home, self.list)
                self.rest()
            self.watch.time("page down", self._one_page)
            self.rest(60)

    def _one_page(self) -> None:
        from PySide6.QtCore import Qt

        rows = self.page.threads.model.rowCount()
        self.key(Qt.Key.Key_PageDown, self.list)
        if self.page.threads.model.rowCount() == rows and not self.page.threads.model.busy:
            self.watch.seen()  # they were loaded already

    def threads(self) -> None:
        """By key to the next one; a found one of 5,000 texts; one of 200 at random."""
        from PySide6.QtCore import Qt

        pane, model = self.page.threads, self.page.pane.model
        model.opened.connect(self.watch.seen)
        self.watch.time("list", lambda: pane.set_filter("waiting"))
        pane.model.loaded.disconnect(self.watch.seen)
        self.list.setFocus()
        self.key(Qt.Key.Key_Home, self.list)
        self.rest()
        with self.store.read() as conn:
            count = conn.execute(sa.select(sa.func.count()).select_from(conversation)).scalar_one()
        some = [self.rng.randrange(million.LONG + 1, count - 60) for _ in range(200)]
        for n in range(self.samples):
            self.watch.time("thread, the next by J", lambda: self.key(Qt.Key.Key_J, self.list))
            self.rest(120)
            for name, key in (("5,000 texts", 1 + n % 5), ("one of 200", some[n % 200])):
                hit = Hit(key, None, "", "", "", 0.0, "in", "")
                self.watch.time(f"thread, {name}", lambda h=hit: self.page._open_found(h))
                self.rest(120)
            self.list.setFocus()

    def done_and_next(self) -> None:
        """D until the thread says so; J to the next."""
        from PySide6.QtCore import Qt

        page, model = self.page, self.page.pane.model
        model.opened.disconnect(self.watch.seen)
        reader = page._reader
        shown = reader._done

        def show(result: Any) -> None:
            shown(result)
            if page._thread is not None and page._thread.row.done:
                self.watch.seen()

        reader._done = show
        for _ in range(self.samples):
            self.list.setFocus()
            self.key(Qt.Key.Key_J, self.list)
            self.rest(100)
            if page._thread is None or page._thread.row.done:
                continue
            self.watch.time("done", lambda: self.key(Qt.Key.Key_D, self.list))
            self.rest(60)
        reader._done = shown

    def search(self) -> None:
        """Each letter, waited for; then as fast as people type, until the last letter's result."""
        from PySide6.QtCore import Qt

        pane = self.page.threads
        found = pane.found.model
        found.loaded.connect(self.watch.seen)
        for query in QUERIES:
            pane.search.setFocus()
            for n, letter in enumerate(query):
                if query[: n + 1].strip() == query[:n].strip():
                    self.letter(letter)
                    continue
                self.watch.time("search, each letter", lambda c=letter: self.letter(c))
            self.key(Qt.Key.Key_Escape, pane.search)
            self.rest(60)
            found.loaded.disconnect(self.watch.seen)
            pane.search.setFocus()
            for letter in query[:-1]:
                self.letter(letter)
                idle(70)
            found.loaded.connect(lambda q=query: self.watch.seen() if pane._query == q else None)
            self.watch.time("search, typed fast: the last letter", lambda q=query: self.letter(q[-1]))
            found.loaded.disconnect()
            found.loaded.connect(pane.found._look)
            found.loaded.connect(self.watch.seen)
            self.key(Qt.Key.Key_Escape, pane.search)
            self.rest(60)
        found.loaded.disconnect(self.watch.seen)

    def arrivals(self) -> None:
        """A text comes in on another thread; the row under the cursor stays where it is."""
        from PySide6.QtCore import Qt

        from app.texting import arrivals
        from app.texting.arrivals import Arrival

        pane, clock = self.page.threads, self.window.workspace.clock
        pane.set_filter("all")
        self.rest(200)
        self.list.setFocus()
        for _ in range(8):
            self.key(Qt.Key.Key_PageDown, self.list)
            self.rest(40)
        pane.model.settled.connect(self.watch.seen)
        moved = 0
        for _ in range(self.samples):
            who = million.number(self.rng.randrange(100, 100_000))
            arrival = Arrival(who, who, "number", "Can I come at ten?", 1, is_person=True)

            def come(a: Arrival = arrival) -> None:
                with self.store.write() as unit:
                    arrivals.store(unit, clock, a)

            row, top = self.list.current_row(), self.list.visualRect(self.list.currentIndex()).top()
            self.watch.time("a text comes in", lambda: threading.Thread(target=come).start())
            self.rest(80)
            now = self.list.current_row()
            moved += now.id != row.id or self.list.visualRect(self.list.currentIndex()).top() != top
        print(f"{self.samples} texts came in: the row under the cursor moved {moved} times")
