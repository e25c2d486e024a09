"""How long until the window is up and how much memory it takes, beside a bare PySide6 window in the same run.

Both are whole processes, started turn by turn; the time runs from the start of the process to the first paint.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MEASURE = """
def rss_mb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024

def wait_for_paint(app, window):
    window.show()
    window.repaint()
    app.processEvents()
"""

BARE = (
    MEASURE
    + """
import json, sys, time
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
app = QApplication([])
window = QMainWindow()
window.setCentralWidget(QLabel("bare"))
window.resize(1200, 800)
wait_for_paint(app, window)
print(json.dumps([time.time(), rss_mb()]))
"""
)

OURS = (
    MEASURE
    + """
import argparse, json, sys, time
from pathlib import Path
from app import wiring
app = wiring.make_application()
options = argparse.Namespace(country="US", texter="Dana", line=[sys.argv[2]], practice=False)
with wiring.opened(Path(sys.argv[1]), options) as running:
    wait_for_paint(app, running.window)
    print(json.dumps([time.time(), rss_mb()]), flush=True)
"""
)


def once(script: str, *arguments: str) -> tuple[float, float]:
    """One process: (seconds to the first paint, resident megabytes then)."""
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # warm means compiled
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    at, rss = json.loads(done.stdout.strip().splitlines()[-1])
    return at - began, rss


def run(rounds: int = 7) -> dict[str, float]:
    """Print and return the medians and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        ours_arguments = (str(Path(folder) / "data"), str(Path(folder) / "no-modem"))
        once(BARE)
        once(OURS, *ours_arguments)  # makes the database, warms the caches
        bare = [once(BARE) for _ in range(rounds)]
        ours = [once(OURS, *ours_arguments) for _ in range(rounds)]
    figures = {
        "window_s": statistics.median(t for t, _ in ours),
        "bare_s": statistics.median(t for t, _ in bare),
        "window_mb": statistics.median(m for _, m in ours),
        "bare_mb": statistics.median(m for _, m in bare),
    }
    print(
        f"window up: {figures['window_s']:.2f} s and {figures['window_mb']:.0f} MB; "
        f"bare PySide6 window: {figures['bare_s']:.2f} s and {figures['bare_mb']:.0f} MB; "
        f"ratios {figures['window_s'] / figures['bare_s']:.1f} and "
        f"{figures['window_mb'] / figures['bare_mb']:.1f}  (aims: 0.7 s, 130 MB)"
    )
    return figures


if __name__ == "__main__":
    run()
