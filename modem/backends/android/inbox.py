"""The phone's inbox. The phone keeps its texts; each is handed up once by a poll, and all of them by a sweep.

The app orders and filters by the message centre's time, not by when a text came in (MessagesReceiver.kt):
one that waited at the centre while the phone was off comes in below newer ones. So the whole window is
looked through, and it is as long as centres keep texts.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from modem.api import Incoming, Slot
from modem.backends.android.http import Gateway, TooLongError
from modem.backends.android.values import Text, number_of, read_text, stamp
from modem.errors import PortError

WINDOW = timedelta(days=7)
STORAGE = "PHONE"
#: The most that the app gives at once (InboxRoutes.kt), and how many of these are read.
PAGE, PAGES = 500, 10
#: How many a poll asks for: when all of them are news it asks for more. A late one below them comes with the
#: next sweep.
_GLANCE = 50
_AHEAD = timedelta(days=1)  # a centre's clock may run ahead of ours


class Inbox:
    """The inbox of one phone, of the last days. Used by one thread."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._seen: set[str] = set()
        #: Whether the window holds more than is read.
        self.overflows = False

    def sweep(self, now: datetime) -> list[Incoming]:
        """Everything in the window, oldest first. Raises ``PortError``."""
        found = self._read(now)
        self._seen = {item.key for item in found}
        return [_incoming(item) for item in found]

    def poll(self, now: datetime) -> list[Incoming]:
        """What came since the last look, oldest first. Raises ``PortError``."""
        newest = self._page(now, 0, _GLANCE)
        found = list({item.key: item for item in reversed(newest)}.values())
        if len(newest) == _GLANCE and self._seen.isdisjoint(item.key for item in newest):
            found = self._read(now)
        news = [item for item in found if item.key not in self._seen]
        self._seen.update(item.key for item in news)
        return [_incoming(item) for item in news]

    def _read(self, now: datetime) -> list[Text]:
        """The window, oldest first, each entry once: a text that comes meanwhile moves the pages."""
        found: dict[str, Text] = {}
        for page in range(PAGES):
            items = self._page(now, page * PAGE, PAGE)
            for item in items:
                found.setdefault(item.key, item)
            if len(items) < PAGE:
                self.overflows = False
                break
        else:
            self.overflows = True
        return list(reversed(found.values()))

    def _page(self, now: datetime, offset: int, limit: int) -> list[Text]:
        try:
            return self._ask(now, offset, limit)
        except TooLongError:
            if limit == 1:
                raise
        half = limit // 2
        return [*self._page(now, offset, half), *self._page(now, offset + half, limit - half)]

    def _ask(self, now: datetime, offset: int, limit: int) -> list[Text]:
        answer = self._gateway.get(
            "/inbox",
            {
                "from": stamp(now - WINDOW),
                "to": stamp(now + _AHEAD),
                "limit": str(limit),
                "offset": str(offset),
            },
        )
        if answer.status != 200 or not isinstance(answer.value, list):
            raise PortError(
                f"The phone does not give its inbox (HTTP {answer.status}). Open the app and look at its log."
            )
        return [read_text(value) for value in answer.value[:limit]]


def _incoming(item: Text) -> Incoming:
    return Incoming(item.raw, Slot(STORAGE, number_of(item.key)), False, item.message)
