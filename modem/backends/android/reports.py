"""Delivery reports: the phone is asked again and again for the texts whose end is not known.

What is watched lies in memory; at each opening the phone's own list of the last days is looked through, so
that a report, and the proof that an unknown text left, is found after a restart too.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from modem.api import Incoming
from modem.backends.android.failures import status_of
from modem.backends.android.http import Gateway, Timing
from modem.backends.android.values import Told, number_of, read_told, stamp
from modem.errors import PortError
from modem.sms import StatusReport
from modem.sms.address import parse

#: The centre still tries (3GPP TS 23.040 9.2.3.15, 0x20..0x2F): for a text that is now known to have left.
PENDING_STATUS = 0x20
DELIVERED_STATUS = 0x00
_LOOK_BACK = timedelta(days=3)
_PAGE, _PAGES = 250, 4
_MOST_WATCHED = 5000
_PER_TURN = 20
#: A text's state is asked for again after a fifth of its age, and not more often nor seldom than so.
_SELDOM_SECONDS = 1800.0
_FORGET_SECONDS = 3 * 86400.0


class Remembered:
    """The newest names that were put in, so that what was handed up is not handed up at each opening."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def add(self, name: str) -> None:
        """Keep one more, and forget the oldest."""
        self._names[name] = None
        if len(self._names) > self._most:
            self._names.popitem(last=False)


_HANDED_UP = Remembered(50_000)


@dataclass(slots=True)
class _Watched:
    number: str
    wanted: bool
    left: bool  # the program knows that it left
    since: float
    due: float


class Reports:
    """The texts of one phone that are watched. Used by one thread. ``own`` begins the ids of our texts."""

    def __init__(
        self,
        gateway: Gateway,
        timing: Timing,
        own: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gateway, self._timing, self._own, self._clock = gateway, timing, own, clock
        self._watched: dict[str, _Watched] = {}
        self._given: list[str] = []

    def watch(self, name: str, number: str, wanted: bool, left: bool) -> None:
        """Ask for this text's state from now on."""
        now = self._clock()
        self._watched[name] = _Watched(number, wanted, left, now, now + self._timing.quickest)
        if len(self._watched) > _MOST_WATCHED:
            del self._watched[next(iter(self._watched))]

    def look_back(self, now: datetime) -> list[Incoming]:
        """What became of our texts of the last days, as far as it was not handed up yet."""
        found: list[Incoming] = []
        query = {"from": stamp(now - _LOOK_BACK), "limit": str(_PAGE)}
        for page in range(_PAGES):
            answer = self._gateway.get("/messages", query | {"offset": str(page * _PAGE)})
            listed = answer.value if answer.status == 200 and isinstance(answer.value, list) else []
            for value in listed:
                told = read_told(value)
                if told is not None and told.id.startswith(self._own) and told.id not in self._watched:
                    self.watch(told.id, told.number, wanted=True, left=False)
                    found += self._learn(told)
            if len(listed) < _PAGE:
                break
        return found

    def due_in(self) -> float:
        """Seconds until the next look; infinite when nothing is watched."""
        return min((item.due for item in self._watched.values()), default=float("inf")) - self._clock()

    def confirm(self) -> None:
        """What was given is stored by now."""
        for name in self._given:
            _HANDED_UP.add(name)
        self._given.clear()

    def ask(self) -> list[Incoming]:
        """Ask for the texts that are due, a few at a time. Raises ``PortError``."""
        now = self._clock()
        due = sorted((item.due, name) for name, item in self._watched.items() if item.due <= now)
        found: list[Incoming] = []
        for _, name in due[:_PER_TURN]:
            try:
                answer = self._gateway.get(f"/messages/{name}")
            except PortError:
                if not found:
                    raise
                break
            told = read_told(answer.value) if answer.status == 200 else None
            item = self._watched[name]
            age = now - item.since
            item.due = now + min(max(age / 5, self._timing.reports), _SELDOM_SECONDS)
            if told is not None and told.id == name:
                found += self._learn(told)
            if age > _FORGET_SECONDS:
                self._watched.pop(name, None)
        return found

    def _learn(self, told: Told) -> Sequence[Incoming]:
        """The report in what the phone says, if it is news."""
        item = self._watched[told.id]
        status = _status(told) if item.left or told.reached("Sent") else None
        if status is None:
            if told.state in ("Failed", "Cancelled"):
                del self._watched[told.id]  # it did not leave, or only in part: no report says so
            return ()
        final = status != PENDING_STATUS
        if final or not item.wanted:
            del self._watched[told.id]
        if not final and item.left:
            return ()
        item.left = True
        news = f"{told.id} {status}"
        if news in _HANDED_UP or news in self._given:
            return ()
        self._given.append(news)
        return (_incoming(told, item.number, status),)


def _status(told: Told) -> int | None:
    """TP-ST for what the phone says; None where it says nothing of the text's having left."""
    if told.state == "Failed":
        failed = status_of(told.error)
        return failed if failed is not None else PENDING_STATUS if told.reached("Sent") else None
    if told.reached("Delivered"):
        return DELIVERED_STATUS
    return PENDING_STATUS if told.reached("Sent") else None


def _incoming(told: Told, number: str, status: int) -> Incoming:
    taken = told.times.get("Pending")
    raw = {
        "id": told.id,
        "phoneNumber": number,
        "status": status,
        "taken": None if taken is None else stamp(taken),
    }
    report = StatusReport(
        smsc=None,
        reference=number_of(told.id),
        recipient=parse(number),
        submitted=taken,
        discharged=told.times.get("Delivered") or told.times.get("Failed"),
        status=status,
    )
    return Incoming(json.dumps(raw, sort_keys=True, separators=(",", ":")), None, True, report)


def now_utc() -> datetime:
    """This computer's time, aware."""
    return datetime.now(UTC)
