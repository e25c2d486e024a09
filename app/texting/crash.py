"""Places where tests end the process, as a power cut would. Without the variable they do nothing.

``P2PTEXT_CRASH=P5`` kills the process the first time it reaches P5, ``P5:3`` the third time. The names are
those of the crash table in the handbook's page on outcomes.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

from modem.api import Step

VARIABLE = "P2PTEXT_CRASH"
STEPS = {
    Step.COMMAND_WRITTEN: "P3",
    Step.PDU_HALF_WRITTEN: "P4",
    Step.SUBMITTED: "P5",
    Step.ACCEPTED: "P6",
    Step.REFUSED: "P7",
}

_reached: Counter[str] = Counter()


def die() -> None:
    """End the process at once: nothing is flushed, closed or unwound."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def reach(point: str) -> None:
    """Say that the process is at ``point`` now; it dies here if the variable asks for it."""
    wanted, _, count = os.environ.get(VARIABLE, "").partition(":")
    if wanted != point:
        return
    _reached[point] += 1
    if _reached[point] == int(count or 1):
        die()


def on_step(step: Step) -> None:
    """The modem's steps as crash points, for ``modem.api.Hooks``."""
    reach(STEPS[step])
