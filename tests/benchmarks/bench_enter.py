"""From the press of Enter on the real desk to AT+CMGS on an idle line: the median and the 99th percentile.

The clock starts before the key event is handed to Qt and stops when the driver writes AT+CMGS. Beside it, in
the same run: what an event round trip of a bare Qt window and a commit of the same database take.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of the sorted values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def run(presses: int = 300) -> dict[str, float]:
    """Print and return the figures, in milliseconds."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from app import practice, wiring
    from app.campaigns import campaign, hours
    from app.people import importing
    from modem.api import Hooks, Modem, TraceLine

    written: list[float] = []
    answered: list[float] = []

    def watch(line: TraceLine) -> None:
        if line.direction == ">" and line.text.startswith("AT+CMGS"):
            written.append(time.perf_counter())
        if line.text.startswith("+CMGS"):
            answered.append(time.perf_counter())

    class Opener(wiring.ModemOpener):
        def __call__(self, url: str, hooks: Hooks) -> Modem:
            hooks.on_trace = watch
            return super().__call__(url, hooks)

    application = wiring.make_application()
    with tempfile.TemporaryDirectory() as folder:
        options = argparse.Namespace(country="US", texter="Dana", line=[], practice=True)
        try:
            with wiring.opened(Path(folder), options, Opener(Path(folder))) as running:
                rows = ["first_name,phone"] + [
                    f"P{i},+1{area}55501{i % 100:02d}"
                    for i, area in (
                        (i, ("312", "503", "212", "415", "617")[i // 100 % 5]) for i in range(presses)
                    )
                ]
                source = importing.open_source("\n".join(rows))
                store, clock = running.workspace.store, running.workspace.clock
                seen = importing.preview(store, source, "US")
                report = importing.run(
                    store, clock, source, seen.mapping, "US", name="bench", keep="existing"
                )
                assert report.list_id is not None
                made = campaign.create(
                    store,
                    clock,
                    name="bench",
                    list_id=report.list_id,
                    template="Hi {first_name}",
                    hours=hours.parse("00:00-24:00"),
                    hours_reason="bench",
                    texter="Dana",
                    operator="Dana",
                )
                campaign.start(store, clock, made)
                window = running.window
                window.show()
                window.activateWindow()
                window.go("desk")
                latencies = []
                for number in range(presses):
                    _settle(application, lambda n=number: len(answered) == n, 20)
                    QTest.qWait(230)  # the next card is there and was there long enough to be read
                    began = time.perf_counter()
                    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Return)
                    _settle(application, lambda n=number: len(written) > n, 5)
                    latencies.append((written[number] - began) * 1000)
        finally:
            wiring.ModemOpener = original  # type: ignore[misc]
        del practice
    figures = {
        "p50": statistics.median(latencies),
        "p99": percentile(latencies, 0.99),
        "worst": max(latencies),
    }
    print(
        f"Enter to AT+CMGS, {presses} presses: p50 {figures['p50']:.1f} ms, p99 {figures['p99']:.1f} ms, "
        f"worst {figures['worst']:.1f} ms  (aim: p99 under 10 ms)"
    )
    return figures


def _settle(application: object, done: object, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        application.processEvents()  # type: ignore[attr-defined]
        if time.monotonic() > deadline:
            raise TimeoutError("the desk did not send")
        time.sleep(0.0005)


if __name__ == "__main__":
    run()
