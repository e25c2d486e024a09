"""Erasing a person from a million texts beside somebody who stores received texts, and writing the file anew.

``python -m tests.benchmarks.bench_erase --folder DIR`` takes the folder that ``bench_million --folder DIR`` made, and
changes it. A second process stores a text every 20 ms meanwhile; how long each had to wait is what is measured.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from app.clock import SystemClock
from app.people import privacy, privacy_file
from app.store.engine import open_store
from tests.benchmarks import million
from tests.benchmarks.bench_enter import percentile

_WRITER = """
import sys, time
from pathlib import Path
import sqlalchemy as sa
from app.people import optouts
from app.clock import SystemClock
from app.store import tables as t
from app.store.engine import open_store
store, clock, number = open_store(Path(sys.argv[1])), SystemClock(), 0
print("ready", flush=True)
while True:
    number += 1
    began = time.monotonic()
    with store.write() as unit:
        unit.conn.execute(sa.insert(t.message).values(
            direction="in", state="received", number="+15035550101", text=f"STOP {number}", kind="text",
            created_at=1.0))
        optouts.opt_out(unit, clock, f"+1503556{number:04d}", source="sms", evidence="STOP", rule="H1")
    print((time.monotonic() - began) * 1000, flush=True)
    time.sleep(0.02)
"""


def _beside(folder: Path, name: str, work: object) -> None:
    child = subprocess.Popen([sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    waits: list[float] = []
    reader = threading.Thread(target=lambda: waits.extend(float(line) for line in child.stdout or ()))
    reader.start()
    began, used, peak, over = time.monotonic(), time.process_time(), [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            peak[0] = max(peak[0], sum(p.stat().st_size for p in folder.glob("p2ptext.db*")))

    watcher = threading.Thread(target=watch)
    watcher.start()
    done = work() if callable(work) else None
    took, used = time.monotonic() - began, time.process_time() - used
    alive = child.poll() is None
    child.terminate()
    child.wait()
    over.set()
    reader.join()
    watcher.join()
    told = f"{percentile(waits, 0.5):.0f} p99 {percentile(waits, 0.99):.0f} worst {max(waits):.0f} ms"
    print(
        f"{name}: {took:.1f} s ({used:.1f} s of the processor), at most {peak[0] / 1e6:,.0f} MB. Beside it "
        f"{len(waits)} STOPs were stored, each waited p50 {told}; none failed: {alive}. {done}",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--ordinary", type=int, default=5000, help="which person of a few texts")
    parser.add_argument("--thick", type=int, default=1, help="which person of 5,000 texts")
    options = parser.parse_args()
    folder, clock = options.folder, SystemClock()
    print(f"load {os.getloadavg()[0]:.1f}, {(folder / 'p2ptext.db').stat().st_size / 1e6:,.0f} MB")
    store = open_store(folder)
    _beside(folder, "Nothing else", lambda: time.sleep(3))
    for name, number in (("A person of a few texts", options.ordinary), ("One of 5,000", options.thick)):
        _beside(folder, name, lambda n=number: privacy.erase(store, clock, million.number(n), "Dana"))
    store.close()
    began, used = time.monotonic(), time.process_time()
    privacy_file.write_anew(folder, None)
    print(
        f"Written anew: {time.monotonic() - began:.1f} s ({time.process_time() - used:.1f} s of the processor)"
    )
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
