"""A computer that slept, clocks that disagree, and ports that come back."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from app.clock import Clock
from modem.api import Modem
from modem.errors import AnswerTimeoutError, CommandError, PortError, UnsupportedError

log = logging.getLogger(__name__)

#: The wall clock ran ahead by so much, or a wait took so much longer than asked: the computer slept.
SLEPT_SECONDS = 20.0
#: How often a port that is not there is looked for while its line waits.
LOOK_SECONDS = 0.5
#: A modem whose clock was never set tells a year of its own.
_SENSE_SECONDS = 5 * 365 * 86_400.0


class SleptError(PortError):
    """The computer slept: what was known of the modem no longer holds."""

    def __init__(self) -> None:
        super().__init__("The computer was asleep. The line connects again and reads its SIM first.")


class ClockWatch:
    """Tells a sleep by two clocks that should go alike: one may stand still while the computer sleeps."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall = self._steady = self._end = 0.0

    def start(self) -> None:
        """Begin anew."""
        self._wall, self._steady = self._clock.now(), self._clock.monotonic()

    def turn(self) -> None:
        """Once a turn. Raises :class:`SleptError` when the wall clock ran ahead since the last one."""
        wall, steady = self._wall, self._steady
        self.start()
        if (self._wall - wall) - (self._steady - steady) > SLEPT_SECONDS:
            raise SleptError

    def wait_begins(self, seconds: float) -> None:
        """A wait of up to ``seconds`` follows."""
        self._end = self._clock.monotonic() + seconds

    def overslept(self) -> bool:
        """Whether that wait took far longer: where the monotonic clock goes on during a sleep, this tells."""
        return self._clock.monotonic() > self._end + SLEPT_SECONDS


def clock_off(modem: Modem, clock: Clock) -> float | None:
    """The network's clock minus this computer's in seconds, None where it is not known."""
    try:
        told = modem.network_time()
    except (UnsupportedError, CommandError, AnswerTimeoutError) as error:
        log.info("the network's clock is not known: %s", error)
        return None
    if told is None or told.tzinfo is None:
        return None
    off = told.timestamp() - clock.now()
    return off if abs(off) < _SENSE_SECONDS else None


def wait_out(nudge: threading.Event, url: str, seconds: float | None) -> bool:
    """Wait for a nudge, without end where ``seconds`` is None; False when the time was over first.

    A port that is a file and not there now ends the wait as soon as it comes back.
    """
    port = Path(url)
    if seconds is None or not port.is_absolute() or port.exists():
        return nudge.wait(seconds)
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if nudge.wait(min(left, LOOK_SECONDS)) or port.exists():
            return True
    return False
