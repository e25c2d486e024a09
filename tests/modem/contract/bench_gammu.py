"""The gammu backend on the emulator's pty."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benches import EmulatorBench

from modem.api import Hooks, Step
from modem.backends.gammu.backend import GammuModem, Pace, parse

SHORT = Pace(open=20.0, ask=5.0, send=6.0, read=10.0, tick=0.1, sweep=5.0)


class GammuBench(EmulatorBench):
    """python-gammu's AT driver. "dku2at" is the same dialogue as "at" without its pauses for slow phones."""

    can = frozenset({"deliver", "deliver-parts", "refuse", "silence", "hangup", "pin", "steps"})
    patience = 15.0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.address = f"gammu:{self.pty}?connection=dku2at&model=at"

    def modem(self, on_step: Callable[[Step], None] | None = None, pace: Pace = SHORT) -> Any:
        return GammuModem(parse(self.address), Hooks(on_step=on_step or self.steps.append), pace)
