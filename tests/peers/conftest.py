"""The emulator as its own process, for programs that we did not write."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Look again and again until it is so, or fail saying what never came."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(0.02)


class PracticeModem:
    """A running emulator: ``link`` to give to a program, ``say`` for its standard input, ``ledger`` to check."""

    wait_until = staticmethod(wait_until)

    def __init__(self, folder: Path, short: Path) -> None:
        self.link = short / "m"
        self._ledger = folder / "ledger.jsonl"
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "modem.emulator",
                "--link",
                self.link,
                "--ledger",
                self._ledger,
                "--until-eof",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self._answer() == f"ready {self.link}"

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def say(self, command: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._answer()

    def ledger(self, event: str) -> list[dict[str, Any]]:
        rows = [json.loads(line) for line in self._ledger.read_text("utf-8").splitlines()]
        return [row for row in rows if row["event"] == event]

    def sent(self) -> list[tuple[str, str]]:
        return [(row["to"], row["text"]) for row in self.ledger("submit")]

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        assert self.process.wait(10) == 0
        self.process.stdout.close()


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[PracticeModem]:
    # gnokii cuts the name of a port after some fifty characters.
    with tempfile.TemporaryDirectory(prefix="p2p") as short:
        modem = PracticeModem(tmp_path, Path(short))
        yield modem
        modem.stop()


@pytest.fixture
def started() -> Iterator[Callable[[list[str | Path]], subprocess.Popen[bytes]]]:
    """Start a daemon that is ended, politely, when the test is over."""
    running: list[subprocess.Popen[bytes]] = []

    def start(command: list[str | Path]) -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return running[-1]

    yield start
    for process in running:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
