"""The rig of the comparison: one emulated modem, one program on it, and what both of them saw."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


def wait_for(condition: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Look again and again until it is so; False when it never came."""
    deadline = time.monotonic() + seconds
    while True:
        if condition():
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)


class Emulator:
    """Our emulator in a process of its own: 0 ms network, 20 places on the SIM; reports after the run."""

    def __init__(self, folder: Path, report_ms: int = 60_000) -> None:
        self.link = folder / "m"
        self._ledger = folder / "ledger.jsonl"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "modem.emulator", "--link", self.link, "--ledger", self._ledger),
                *("--until-eof", "--report-ms", str(report_ms)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._answers: list[str] = []
        self._read_to = 0
        self._counted: Counter[str] = Counter()
        assert self._process.stdout is not None
        self._process.stdout.readline()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.append(line.strip())

    def tell(self, *commands: str) -> None:
        """Commands whose answers nobody waits for."""
        assert self._process.stdin is not None
        self._process.stdin.write("".join(command + "\n" for command in commands))
        self._process.stdin.flush()

    def ask(self, command: str) -> str:
        """One command and the last answer that came."""
        before = len(self._answers)
        self.tell(command)
        wait_for(lambda: len(self._answers) > before, 10)
        return self._answers[-1] if self._answers else ""

    def empty(self) -> bool:
        """Whether nothing lies on the SIM and nothing waits in the network."""
        return self.ask("status") == "ok status sim 0/20 waiting 0"

    def count(self, event: str) -> int:
        """How many of one kind the ledger has; reads only what is new, so that watching costs nothing."""
        if self._ledger.exists():
            with self._ledger.open("rb") as file:
                file.seek(self._read_to)
                new = file.read()
            new = new[: new.rfind(b"\n") + 1]
            self._read_to += len(new)
            for row in new.splitlines():
                self._counted[row[11 : row.index(b'"', 11)].decode()] += 1
        return self._counted[event]

    def seen(self, event: str) -> list[dict[str, Any]]:
        """What the network's ledger has of one kind."""
        if not self._ledger.exists():
            return []
        rows = []
        for line in self._ledger.read_text("utf-8").splitlines():
            row = json.loads(line)
            if row["event"] == event:
                rows.append(row)
        return rows

    def submits(self) -> Counter[str]:
        """How many times the network took each text."""
        return Counter(row["text"] for row in self.seen("submit"))

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()


def span(rows: list[dict[str, Any]]) -> float:
    """Seconds from the first to the last of the network's events."""
    times = [datetime.fromisoformat(row["at"]).timestamp() for row in rows]
    return max(times) - min(times) if times else 0.0


class Child:
    """A program of the comparison, with the processor time that it and its children took."""

    def __init__(self, command: list[str | Path], **environment: str) -> None:
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            start_new_session=True,
        )
        self.cpu = 0.0
        self.wall = 0.0
        self._ended = False

    def end(self, number: int = signal.SIGTERM, patience: float = 20.0) -> None:
        """Signal it and take its account; killed when it does not go."""
        if self._ended:
            return
        self._signal(number)
        if not wait_for(self._reap, patience):
            self._signal(signal.SIGKILL)
            wait_for(self._reap, 10)

    def cpu_now(self) -> float:
        """Processor seconds so far, of every process it started."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[2]) == self._process.pid:
                    ticks += sum(int(value) for value in fields[11:15])
        return ticks / os.sysconf("SC_CLK_TCK")

    def finished(self, seconds: float) -> bool:
        """Wait for its own end."""
        return wait_for(self._reap, seconds)

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def _reap(self) -> bool:
        if self._ended:
            return True
        done, status, usage = os.wait4(self._process.pid, os.WNOHANG)
        if done == 0:
            return False
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = usage.ru_utime + usage.ru_stime
        self.wall = time.monotonic() - self._began
        self._ended = True
        return True
