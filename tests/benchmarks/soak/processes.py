"""The two processes of the soak, spoken to by lines."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
END_SECONDS = 20.0


class Process:
    """A child that answers each line with one line."""

    def __init__(self, *arguments: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._read()

    def _read(self) -> str:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._child.args} ended with {self._child.wait(END_SECONDS)}")
        return line.strip()

    def ask(self, command: str) -> str:
        """One line and its answer. Raises ``RuntimeError`` when the child has ended."""
        assert self._child.stdin is not None
        self._child.stdin.write(command + "\n")
        self._child.stdin.flush()
        return self._read()

    def end(self) -> None:
        """Close its input, which ends it."""
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        self._child.wait(END_SECONDS)


class Emulator(Process):
    """A modem with people who answer, and the faults of a soak."""

    def __init__(self, folder: Path, seed: int, latency_ms: str) -> None:
        self.link, self._ledger = folder / "modem", folder / "ledger.jsonl"
        self._counted: dict[str, int] = {}
        self._position = 0
        super().__init__(
            *("-m", "modem.emulator", "--link", str(self.link), "--ledger", str(self._ledger)),
            *("--until-eof", "--people", "default", "--faults", "soak"),
            *("--latency-ms", latency_ms, "--seed", str(seed), "--report-ms", "1500"),
        )

    def count(self, event: str) -> int:
        """How many events of a kind the network has seen; reads only what is new."""
        with self._ledger.open("rb") as file:
            file.seek(self._position)
            lines = file.read().splitlines(keepends=True)
        for line in lines:
            if line.endswith(b"\n"):
                self._position += len(line)
                name = json.loads(line)["event"]
                self._counted[name] = self._counted.get(name, 0) + 1
        return self._counted.get(event, 0)

    def events(self) -> list[dict[str, Any]]:
        """All that the network saw."""
        return [json.loads(line) for line in self._ledger.read_text("utf-8").splitlines()]


class App(Process):
    """The app without its window. Its figures are those of the kernel."""

    def __init__(self, folder: Path, link: Path, per_second: float) -> None:
        super().__init__("-m", "tests.benchmarks.soak.presser", str(folder), str(link), str(per_second))

    def figures(self) -> tuple[int, int, int, int]:
        """Resident memory in KiB, open files of the database, other descriptors, threads."""
        process = Path("/proc") / str(self._child.pid)
        fields = dict(
            line.split(":", 1) for line in (process / "status").read_text("ascii", "replace").splitlines()
        )
        rss = int(fields["VmRSS"].split()[0])
        links = []
        for each in (process / "fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                links.append(each.readlink().name)
        files = sum(name.startswith("p2ptext.db") for name in links)
        return rss, files, len(links) - files, int(fields["Threads"])
