"""From the press of Enter on the real desk to AT+CMGS on an idle line: the median and the 99th percentile.

The clock starts before the key event is handed to Qt and stops when the driver writes AT+CMGS. Beside it, in
the same run: one small commit to the same database, of which a press needs two (the click and the claim).
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

AREAS = ("312", "503", "212", "415", "617")


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def run(presses: int = 300) -> dict[str, float]:
    """Print and return the figures, in milliseconds."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app import wiring
    from modem.api import Hooks, Modem, TraceLine

    written: list[float] = []
    answered: list[float] = []

    def watch(line: TraceLine) -> None:
        if line.direction == ">" and line.text.startswith("AT+CMGS"):
            written.append(time.perf_counter())
        elif line.text.startswith("+CMGS"):
            answered.append(time.perf_counter())

    class Opener(wiring.ModemOpener):
        def __call__(self, url: str, hooks: Hooks) -> Modem:
            hooks.on_trace = watch
            return super().__call__(url, hooks)

    application = wiring.make_application()
    with tempfile.TemporaryDirectory() as folder:
        options = argparse.Namespace(country="US", texter="Dana", line=[], practice=True)
        opener = Opener(Path(folder), ("--people", "none", "--report-ms", "60"))
        with wiring.opened(Path(folder), options, opener) as running:
            prepare(running.workspace, presses)
            running.window.show()
            running.window.activateWindow()
            settle(application, running.window.isActiveWindow, 10)
            running.window.go("desk")
            settle(application, lambda: running.window.page("desk").card_view.send.gate.armed, 10)
            settle(application, lambda: running.lines.states()[0].state == "ready", 20)
            latencies = press_all(application, running.window, presses, written, answered)
            commits = commit_times(running.workspace)
    figures = {
        "p50": statistics.median(latencies),
        "p99": percentile(latencies, 0.99),
        "worst": max(latencies),
        "commit": statistics.median(commits),
    }
    print(
        f"Enter to AT+CMGS, {presses} presses: p50 {figures['p50']:.1f} ms, p99 {figures['p99']:.1f} ms, "
        f"worst {figures['worst']:.1f} ms; one commit beside it: {figures['commit']:.2f} ms; "
        f"ratio p50 to a commit {figures['p50'] / figures['commit']:.1f}  (aim: p99 under 10 ms)"
    )
    return figures


def prepare(workspace: Any, people: int) -> None:
    """A campaign of ``people`` on the desk."""
    from app.campaigns import campaign, hours
    from app.people import importing

    rows = [f"P{i},+1{AREAS[i // 100 % 5]}55501{i % 100:02d}" for i in range(people)]
    store, clock = workspace.store, workspace.clock
    source = importing.open_source("\n".join(["first_name,phone", *rows]))
    seen = importing.preview(store, source, "US")
    report = importing.run(store, clock, source, seen.mapping, "US", name="bench", keep="existing")
    made = campaign.create(
        store,
        clock,
        name="bench",
        list_id=report.list_id,
        template="Hi {first_name}",
        texter="Dana",
        hours=hours.parse("00:00-24:00"),
        hours_reason="bench",
        operator="Dana",
    )
    campaign.start(store, clock, made)


def press_all(
    application: Any, window: Any, presses: int, written: list[float], answered: list[float]
) -> list[float]:
    """Press Enter on each card when the line is idle; returns milliseconds from key to command."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    latencies = []
    for number in range(presses):
        settle(application, lambda n=number: len(answered) == n, 20)
        live(application, 0.25)  # the next card is there and was there long enough to be read
        began = time.perf_counter()
        QTest.keyClick(application.focusWidget() or window, Qt.Key.Key_Return)
        idle(60)  # as the program does: in Qt's own loop, not in a loop of ours that takes the interpreter
        settle(application, lambda n=number: len(written) > n, 5)
        latencies.append((written[number] - began) * 1000)
    return latencies


def commit_times(workspace: Any, count: int = 50) -> list[float]:
    """Milliseconds of one-row commits."""
    import sqlalchemy as sa

    from app.store.tables import audit

    times = []
    for _ in range(count):
        began = time.perf_counter()
        with workspace.store.write() as unit:
            unit.conn.execute(sa.insert(audit).values(at=0.0, action="bench"))
        times.append((time.perf_counter() - began) * 1000)
    return times


def live(_application: Any, seconds: float) -> None:
    """Let the window live."""
    idle(round(seconds * 1000))


def idle(milliseconds: int) -> None:
    """Stay in Qt's event loop."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def settle(application: Any, done: Callable[[], bool], seconds: float) -> None:
    """Let the window live until ``done``."""
    deadline = time.monotonic() + seconds
    while not done():
        application.processEvents()
        if time.monotonic() > deadline:
            raise TimeoutError("the desk did not send")
        time.sleep(0.0003)


if __name__ == "__main__":
    run()
