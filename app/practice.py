"""The practice line: the emulator in a process of its own, reached like any USB modem over a pty.

The emulator ends when this program ends, however it ends: it reads its standard input, and the end of
that is its signal.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

URL = "practice:"
NAME = "Practice line"
READY_SECONDS = 10.0


class PracticeError(Exception):
    """The emulator did not start; the text says why and what to do."""


def emulator_command() -> list[str]:
    """How to start this program's emulator: from source, or from a bundle."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "emulate"]
    return [sys.executable, "-m", "app.main", "emulate"]


class PracticeModem:
    """One running emulator. ``path`` is the pty to open; ``ledger`` what its network saw."""

    def __init__(self, folder: Path, *, extra: tuple[str, ...] = (), noted: bool = True) -> None:
        """``noted``: the network's ledger, numbers and texts in plain words, is written into ``folder``."""
        self._runtime = tempfile.TemporaryDirectory(prefix="p2ptext-practice-")
        self.path = Path(self._runtime.name) / "modem"
        self.ledger = folder / "practice-ledger.jsonl"
        ledger = ("--ledger", str(self.ledger)) if noted else ()
        self._process = self._start((*ledger, *extra))

    def _start(self, extra: tuple[str, ...]) -> subprocess.Popen[str]:
        arguments = ["--link", str(self.path), "--people", "default"]
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p))
        process = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            [*emulator_command(), *arguments, "--until-eof", *extra],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        assert process.stdout is not None
        if not process.stdout.readline().startswith("ready"):
            process.kill()
            process.wait()
            raise PracticeError(
                "The practice line did not start. Nothing was sent and nothing is lost. "
                "Close p2ptext and start it again; `p2ptext doctor` tells more."
            )
        return process

    def tell(self, command: str) -> None:
        """Give the emulator one command line, such as ``deliver +13125550101 Hello``."""
        if self._process.stdin is not None:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()

    @property
    def running(self) -> bool:
        """True while the emulator lives."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the emulator. Idempotent."""
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        deadline = time.monotonic() + 3
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.1, deadline - time.monotonic()))
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        with contextlib.suppress(OSError):
            self._runtime.cleanup()
