"""What the window asks of a line's modem: run on the line's thread, one at a time, between two polls."""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from app.texting import logs
from modem.api import Modem
from modem.errors import ModemError, PortError

log = logging.getLogger(__name__)
T = TypeVar("T")

#: What a request may wait for its turn: a long text that is being sent goes first.
TURN_SECONDS = 150.0
COMMAND_SECONDS = 10.0
USSD_SECONDS = 30.0
_CENTRE = re.compile(r"\+?[0-9]{3,15}", re.ASCII)
_NOT_CONNECTED = "The line is not connected, so nothing was asked. Connect it first."
_STOPPED = "The line stopped before this could be asked."
_LATE = "The line is busy; nothing was asked. Try again in a moment."


class RequestError(Exception):
    """What was asked of a line did not come about; the text is a sentence for a person."""


@dataclass(slots=True)
class _Request:
    work: Callable[[Modem], Any]
    future: Future[Any]


class Requests:
    """The requests that wait for one line's thread. It takes them only while a modem is there."""

    def __init__(self) -> None:
        self._waiting: deque[_Request] = deque()
        self._open = False
        self._lock = threading.Lock()

    # -- from any thread ----------------------------------------------------------------------

    def put(self, work: Callable[[Modem], T]) -> Future[T]:
        """Ask for ``work(modem)``. Without a modem the answer is a :class:`RequestError` at once."""
        future: Future[T] = Future()
        with self._lock:
            if self._open:
                self._waiting.append(_Request(work, future))
                return future
        future.set_exception(RequestError(_NOT_CONNECTED))
        return future

    def __bool__(self) -> bool:
        return bool(self._waiting)

    # -- the line's thread --------------------------------------------------------------------

    def open(self) -> None:
        """A modem is there."""
        with self._lock:
            self._open = True

    def close(self) -> None:
        """No modem any more: what waits is cancelled."""
        with self._lock:
            self._open = False
            left = tuple(self._waiting)
            self._waiting.clear()
        for request in left:
            if request.future.set_running_or_notify_cancel():
                request.future.set_exception(RequestError(_STOPPED))

    def run_one(self, modem: Modem) -> bool:
        """Run the oldest request; False when none waits. Raises ``PortError`` when the port went away."""
        with self._lock:
            request = self._waiting.popleft() if self._waiting else None
        if request is None:
            return False
        if not request.future.set_running_or_notify_cancel():
            return True
        try:
            request.future.set_result(request.work(modem))
        except PortError as error:
            request.future.set_exception(error)
            raise
        except Exception as error:  # noqa: BLE001 - whoever asked gets it, and the line goes on
            request.future.set_exception(error)
        return True


def answer(future: Future[T], seconds: float) -> T:
    """Wait for a request's answer; every failure is a :class:`RequestError` with a sentence."""
    try:
        return future.result(TURN_SECONDS + seconds)
    except RequestError:
        raise
    except (ModemError, ValueError) as error:
        raise RequestError(_sentence(str(error))) from error
    except TimeoutError as error:
        future.cancel()
        raise RequestError(_LATE) from error
    except CancelledError as error:
        raise RequestError(_STOPPED) from error
    except Exception as error:
        log.exception("a request to a line failed")
        words = logs.masked(str(error)) or type(error).__name__
        raise RequestError(f"That did not work ({words}). The line goes on.") from error


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


# -- the requests themselves ----------------------------------------------------------------------


def set_centre(number: str) -> Callable[[Modem], list[str]]:
    """AT+CSCA with a number that is surely one (27.005 3.3.1). Raises ``ValueError`` for another."""
    number = re.sub(r"[ ()\-]", "", number)
    if _CENTRE.fullmatch(number) is None:
        raise ValueError("The centre's number has 3 to 15 digits, with + in front for the country.")
    kind = 145 if number.startswith("+") else 129
    line = f'AT+CSCA="{number}",{kind}'

    def work(modem: Modem) -> list[str]:
        lines = modem.command(line)
        if not lines or lines[-1] != "OK":
            raise RequestError("The modem did not take the number; its old one stays.")
        return lines

    return work


def danger(text: str) -> Callable[[Modem], str]:
    """What could go wrong with a command, as the modem layer knows it; "" for nothing."""

    def work(modem: Modem) -> str:
        return modem.danger(text)

    return work


def network_time(modem: Modem) -> datetime | None:
    """The network's clock, or None."""
    return modem.network_time()
