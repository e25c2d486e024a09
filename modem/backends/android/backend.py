"""An Android phone with the app "SMS Gateway for Android" and its local server, over the network or a cable.

Addresses are ``android:http://192.168.1.20:8080``, or ``android:http://127.0.0.1:8080`` behind ``adb
forward tcp:8080 tcp:8080``. User and password come from the keyring, under the address.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from modem.api import (
    Capabilities,
    Hooks,
    Identity,
    Incoming,
    LineState,
    Outcome,
    Outgoing,
    Refusal,
    SendResult,
    Status,
    UssdReply,
    always,
    ignore_part,
)
from modem.backends.android.http import (
    PASSWORD_ACTION,
    PLAIN_HINT,
    Answer,
    Gateway,
    Timing,
    read_place,
)
from modem.backends.android.inbox import Inbox
from modem.backends.android.reports import Reports, now_utc
from modem.backends.android.sending import Sender, own_ids
from modem.backends.android.values import Health, Phone, read_health, read_phone
from modem.errors import NotReadyError, PortError, UnsupportedError

Secrets = Callable[[str], str]

_LOW_BATTERY, _EMPTY_BATTERY = 25, 10


class AndroidModem:
    """:class:`modem.api.Modem` over the app's local server (1.59.0 or later).

    Used by one thread, except :meth:`wake`. The phone keeps its texts, counts no parts of long ones, and
    gives no PDUs, USSD or AT.
    """

    def __init__(
        self, address: str, hooks: Hooks, secrets: Secrets, timing: Timing, clock: Callable[[], datetime]
    ) -> None:
        self.capabilities = Capabilities(
            reports=True, pdu=False, ussd=False, storage=False, commands=False, parts=False, delete=False
        )
        self._address, self._place = address, read_place(address)
        self._hooks, self._secrets, self._timing, self._now = hooks, secrets, timing, clock
        self._session: _Session | None = None
        self._woken = threading.Event()

    def open(self, pin: str | None = None) -> Identity:
        """As :meth:`modem.api.Modem.open`. The phone knows its SIM's PIN; ``pin`` is not used.

        Raises ``NotReadyError`` where the password is missing or not accepted, or the app is too old.
        """
        self.close()
        secret = self._secrets(self._address)
        if not secret:
            raise NotReadyError(
                "p2ptext does not know this phone's user and password. They stand on the app's first page.",
                LineState.FAILED,
                action=PASSWORD_ACTION,
            )
        gateway = Gateway(self._place, secret, self._timing, self._hooks.on_trace)
        try:
            phone = _meet(gateway)
            health = _health(gateway)
            session = _Session(gateway, phone, self._address, self._hooks, self._timing)
            session.ready = session.reports.look_back(self._now())
        except BaseException:
            gateway.close()
            raise
        self._session = session
        firmware = f"SMS Gateway {health.version}" if health.version else ""
        return Identity(
            manufacturer=phone.manufacturer,
            model=phone.model,
            firmware=firmware,
            iccid=phone.iccid,
            number=phone.number,
        )

    def close(self) -> None:
        """Let go of the connection. Never raises."""
        session, self._session = self._session, None
        if session is not None:
            session.gateway.close()

    def wake(self) -> None:
        """End a :meth:`poll` that waits. The one method that any thread may call, at any time."""
        self._woken.set()

    def send(
        self,
        outgoing: Outgoing,
        proceed: Callable[[int], bool] = always,
        on_part: Callable[[int, int], None] = ignore_part,
    ) -> SendResult:
        """As :meth:`modem.api.Modem.send`; ``outgoing.token`` is needed. ``validity_minutes`` is not: the app
        cannot ask the centre for it."""
        if self._session is None:
            return SendResult(
                Outcome.NOT_SENT, 1, detail="The line is closed. Nothing left.", refusal=Refusal.NOT_READY
            )
        return self._session.sender.send(outgoing, proceed, on_part)

    def poll(self, timeout: float) -> list[Incoming]:
        """As :meth:`modem.api.Modem.poll`; ends at once, perhaps with nothing, after :meth:`wake`.

        The phone is asked at most every few seconds, so that a poll between two texts costs nothing.
        """
        session = self._open_session()
        session.reports.confirm()
        deadline = time.monotonic() + timeout
        while True:
            found = session.look(self._now())
            left = deadline - time.monotonic()
            if found or left <= 0 or self._woken.is_set():
                break
            self._woken.wait(min(left, session.due_in()))
        self._woken.clear()
        return found

    def sweep(self) -> list[Incoming]:
        """As :meth:`modem.api.Modem.sweep`: the phone's inbox of the last seven days, at most 5,000 texts."""
        session = self._open_session()
        session.reports.confirm()
        return session.inbox.sweep(self._now())

    def delete(self, incoming: Incoming) -> bool:
        """False: the phone keeps its texts."""
        return False

    def status(self) -> Status:
        """As :meth:`modem.api.Modem.status`. The app tells nothing of the phone's signal or registration."""
        session = self._open_session()
        health = _health(session.gateway)
        hints = [session.sender.trouble, _battery(health)]
        if session.inbox.overflows:
            hints.append(
                "The phone holds more texts of the last week than are read; the oldest are left out."
            )
        if not self._place.private:
            hints.append(PLAIN_HINT)
        return Status(
            LineState.READY,
            hint=" ".join(filter(None, hints)),
            operator=session.phone.operator,
            technology=health.technology,
        )

    def ussd(self, code: str, timeout: float = 30.0) -> UssdReply:
        """Raises ``UnsupportedError``: the app has no USSD."""
        raise UnsupportedError("A phone's app cannot ask by USSD. Dial the code on the phone itself.")

    def network_time(self) -> datetime | None:
        """None: the app does not tell the network's clock."""
        return None

    def danger(self, line: str) -> str:
        """ "": there is no command that could harm."""
        return ""

    def command(self, line: str, timeout: float = 10.0) -> list[str]:
        """Raises ``UnsupportedError``: the phone knows no AT commands."""
        raise UnsupportedError("A phone's app knows no AT commands.")

    def _open_session(self) -> _Session:
        if self._session is None:
            raise PortError("The line is closed.")
        return self._session


class _Session:
    """What lives from ``open`` to ``close``."""

    def __init__(self, gateway: Gateway, phone: Phone, address: str, hooks: Hooks, timing: Timing) -> None:
        self.gateway, self.phone = gateway, phone
        self.inbox = Inbox(gateway)
        self.reports = Reports(gateway, timing, own_ids())
        self.sender = Sender(gateway, address, timing, hooks, self.reports.watch)
        self.ready: list[Incoming] = []
        self._every, self._inbox_due = timing.inbox, 0.0

    def due_in(self) -> float:
        """Seconds until there is something to ask the phone for."""
        return max(0.0, min(self._inbox_due - time.monotonic(), self.reports.due_in()))

    def look(self, now: datetime) -> list[Incoming]:
        """Ask for what is due. What was found before an error is not lost with it."""
        try:
            if self.reports.due_in() <= 0:
                self.ready += self.reports.ask()
            if time.monotonic() >= self._inbox_due:
                self.ready += self.inbox.poll(now)
                self._inbox_due = time.monotonic() + self._every
        except PortError:
            if not self.ready:
                raise
        found, self.ready = self.ready, []
        return found


def _meet(gateway: Gateway) -> Phone:
    """Who is there, and whether the app has an inbox to ask for (since 1.59.0)."""
    answer = gateway.get("/device")
    phone = read_phone(answer.value) if answer.status == 200 else None
    if phone is None:
        raise NotReadyError(_NOT_THE_APP, LineState.FAILED, action=_CHECK_ACTION)
    inbox = gateway.get("/inbox", {"limit": "1"})
    if inbox.status in (404, 405):
        raise NotReadyError(
            "The app on the phone is too old: p2ptext needs its version 1.59 or later.",
            LineState.FAILED,
            action="Update the app on the phone",
        )
    if inbox.status != 200 or not isinstance(inbox.value, list):
        raise NotReadyError(_NOT_THE_APP, LineState.FAILED, action=_CHECK_ACTION)
    return phone


def _health(gateway: Gateway) -> Health:
    """500 with a health in it is the app's way to say that something is amiss, such as no internet."""
    answer: Answer = gateway.get("/health")
    health = read_health(answer.value) if answer.status in (200, 500) else None
    if health is None:
        raise NotReadyError(_NOT_THE_APP, LineState.FAILED, action=_CHECK_ACTION)
    return health


def _battery(health: Health) -> str:
    if health.battery is None:
        return ""
    if health.battery < _EMPTY_BATTERY or (health.battery < _LOW_BATTERY and not health.charging):
        return f"The phone's battery is at {health.battery} %. Plug it in."
    return ""


_NOT_THE_APP = (
    "Something answers at this address, but not as the app SMS Gateway for Android does. Check the address "
    "and the port on the app's first page."
)
_CHECK_ACTION = "Check the phone's address"


def make(
    url: str,
    hooks: Hooks,
    secrets: Secrets,
    timing: Timing | None = None,
    clock: Callable[[], datetime] = now_utc,
) -> AndroidModem:
    """The modem at ``android:http(s)://host:port``. ``secrets(url)`` gives its "user:password".

    Raises ``ValueError`` with a sentence for an address that is none, or that holds a password.
    """
    return AndroidModem(url.strip(), hooks, secrets, timing or Timing(), clock)
