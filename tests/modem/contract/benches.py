"""Benches: a modem of one backend with a network behind it that remembers, the same for every backend.

To put a backend under the contract, write ``bench_<name>.py`` beside this file with a class that keeps
:class:`Bench`, and name it in ``ALL``. ``can`` lists what its network can be told to do.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from modem.api import Hooks, Modem, Step
from modem.at.timing import Timeouts
from modem.factory import open_modem

SHORT = Timeouts(
    prompt=0.8, submit=0.8, grace=0.3, wake=0.3, settle=0.05, sim_busy=1.0, sim_absent=0.2, pause=0.2
)
#: name -> module and class. A module that cannot be imported fails the suite: every backend is a dependency.
ALL = {
    "at": "benches:AtBench",
    "android": "bench_android:AndroidBench",
    "gammu": "bench_gammu:GammuBench",
    "modemmanager": "bench_modemmanager:MmBench",
}


class Bench:
    """A network with one modem. ``needs`` names programs without which the bench is skipped, with its reason."""

    #: What can be made to happen here, of: "faults" (the emulator's console), "deliver" (texts from outside),
    #: "deliver-parts", "refuse" (the network refuses +15550177 with CMS 38), "silence" (the outcome of a text
    #: to +15550178 never comes), "hangup" (the device goes and comes back), "pin", "steps" (every Step is told)
    can: ClassVar[frozenset[str]] = frozenset()
    #: How long the backend may take for one thing, in seconds.
    patience: ClassVar[float] = 10.0

    @classmethod
    def missing(cls) -> str:
        """Why this bench cannot be set up on this machine; "" when it can."""
        return ""

    def modem(self, on_step: Callable[[Step], None] | None = None) -> Modem:
        """A modem of the backend, not opened yet."""
        raise NotImplementedError

    def deliver(self, number: str, text: str) -> None:
        """A text from outside, which the network splits and hands over."""
        raise NotImplementedError

    def submits(self) -> list[dict[str, Any]]:
        """Every whole text that the network took, in order: "to", "text", "parts", "references"."""
        raise NotImplementedError

    def hang_up(self) -> None:
        """The device goes away for a moment."""
        raise NotImplementedError

    def end(self) -> None:
        """Take everything down."""


class EmulatorBench(Bench):
    """Our emulator in a process of its own, on a pty and a TCP port."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._ledger = folder / "ledger.jsonl"
        people = folder / "people.toml"
        people.write_text('[[network]]\nnumbers = ["+15550177"]\nreject = 38\n')
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "modem.emulator", "--until-eof", "--report-ms", "20"),
                *("--link", str(folder / "modem"), "--tcp", "127.0.0.1:0", "--ledger", str(self._ledger)),
                *("--people", str(people), *arguments),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        _, self.pty, self.tcp = self._process.stdout.readline().split()
        self.steps: list[Step] = []

    def tell(self, words: str) -> str:
        """One command to the emulator; its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def seen(self, event: str) -> list[dict[str, Any]]:
        """What the network's ledger has of one kind."""
        lines = self._ledger.read_text().splitlines() if self._ledger.exists() else []
        return [entry for line in lines if (entry := json.loads(line))["event"] == event]

    def deliver(self, number: str, text: str) -> None:
        escaped = text.replace("\\", "\\\\").replace("\n", "\\n")
        assert self.tell(f"deliver {number} {escaped}").startswith("ok")

    def submits(self) -> list[dict[str, Any]]:
        return self.seen("submit")

    def hang_up(self) -> None:
        self.tell("hangup 0.2")

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class AtBench(EmulatorBench):
    """The AT backend on the emulator's pty."""

    can = frozenset({"faults", "deliver", "deliver-parts", "refuse", "silence", "hangup", "pin", "steps"})

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.address = self.pty

    def modem(self, on_step: Callable[[Step], None] | None = None) -> Any:
        return open_modem(self.address, Hooks(on_step=on_step or self.steps.append), SHORT)


def bench_class(name: str) -> type[Bench]:
    """The bench of one backend."""
    module, _, cls = ALL[name].partition(":")
    found: type[Bench] = getattr(importlib.import_module(module), cls)
    return found
