"""HTTP to the phone: bounded, checked, and exact about what may have reached it.

Errors are sentences. :class:`NotReachedError` means that not one octet of the request left; after any other
``PortError`` the phone may have got it.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

import urllib3
from urllib3 import exceptions
from urllib3.util import parse_url

from modem.api import LineState, TraceLine
from modem.errors import NotReadyError, PortError

SCHEME = "android:"
#: What the app names its user when nobody changes it (LocalServerSettings.kt).
USER = "sms"
#: The longest answer that is read. A page of 500 texts of ten parts is below it.
MOST_OCTETS = 4 * 1024 * 1024
PASSWORD_ACTION = "Enter the phone's password"  # noqa: S105 -- what a person is asked to do
PLAIN_HINT = "Not encrypted: everyone on this network can read the texts and the password."

_FORM = "Write it as android:http://192.168.1.20:8080, or android:http://127.0.0.1:8080 with the cable."
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")
_CHUNK = 65536


class NotReachedError(PortError):
    """No connection came about, so nothing of the request left."""


class TooLongError(PortError):
    """The answer is longer than :data:`MOST_OCTETS`."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the backend waits for what, in seconds."""

    connect: float = 5.0
    read: float = 10.0  # one answer, whole
    send: float = 60.0  # a text that has not left by then shall not leave: the phone is told so
    settle: float = 2.0  # how long a cancelled text is watched before it counts as not sent
    quickest: float = 0.1  # the first pause between two looks at a text's state; it grows to ``pause``
    pause: float = 1.0
    inbox: float = 3.0  # between two looks into the inbox
    reports: float = 2.0  # the shortest time between two looks for one delivery report


@dataclass(frozen=True, slots=True)
class Place:
    """Where the phone's server is. ``path`` ends without a slash; ``private``: nobody can listen."""

    scheme: str
    host: str
    port: int
    path: str
    private: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. ``value`` is its JSON, None where it has none; ``clock`` the phone's in seconds."""

    status: int
    value: object
    clock: datetime | None = None


def read_place(address: str) -> Place:
    """Take ``android:http://host:port`` apart.

    Raises ``ValueError`` with a sentence for anything else, and for an address with a password in it: that
    would lie in the database and in logs.
    """
    given = address.strip()
    if given[: len(SCHEME)].lower() == SCHEME:
        given = given[len(SCHEME) :]
    if "@" in given:
        raise ValueError(
            "The phone's address must not hold its user and password: they belong into the keyring, and "
            f"p2ptext asks for them. {_FORM}"
        )
    try:
        url = parse_url(given)
    except exceptions.LocationParseError:
        raise ValueError(f"This is no address of a phone. {_FORM}") from None
    if (
        url.scheme not in ("http", "https")
        or not url.host
        or url.query is not None
        or url.fragment is not None
    ):
        raise ValueError(f"This is no address of a phone. {_FORM}")
    path = url.path or ""
    if not _PATH.fullmatch(path):
        raise ValueError(f"This is no address of a phone: nothing like that comes after its port. {_FORM}")
    port = url.port or (443 if url.scheme == "https" else 80)
    return Place(
        url.scheme, url.host, port, path.rstrip("/"), url.scheme == "https" or _is_this_computer(url.host)
    )


def _is_this_computer(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Gateway:
    """The phone's server. Used by one thread; keeps one connection and never follows a redirect.

    ``secret`` is "user:password", or the password alone for the app's own user.
    """

    def __init__(
        self, place: Place, secret: str, timing: Timing, on_trace: Callable[[TraceLine], None]
    ) -> None:
        self._place, self._timing, self._on_trace = place, timing, on_trace
        login = secret if ":" in secret else f"{USER}:{secret}"
        self._headers = {
            "Authorization": "Basic " + base64.b64encode(login.encode("utf-8", "replace")).decode("ascii"),
            "Accept": "application/json",
        }
        timeout = urllib3.Timeout(connect=timing.connect, read=timing.read)
        if place.scheme == "https":
            self._pool: urllib3.HTTPConnectionPool = urllib3.HTTPSConnectionPool(
                place.host, place.port, timeout=timeout, maxsize=1, retries=False, cert_reqs="CERT_REQUIRED"
            )
        else:
            self._pool = urllib3.HTTPConnectionPool(
                place.host, place.port, timeout=timeout, maxsize=1, retries=False
            )

    def close(self) -> None:
        """Let go of the connection."""
        self._pool.close()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Ask for something. A connection that had gone stale is made anew once."""
        if query:
            path = f"{path}?{urlencode(query)}"
        try:
            return self.ask("GET", path)
        except (NotReachedError, TooLongError):
            raise
        except PortError:
            return self.ask("GET", path)

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """One request, tried once. Raises ``PortError``, :class:`NotReachedError`, or ``NotReadyError`` where
        the phone does not take the password (401, 403): then it has not looked at the rest either.
        """
        headers, data = self._headers, None
        if body is not None:
            headers = headers | {"Content-Type": "application/json; charset=utf-8"}
            data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        shown = path.partition("?")[0]
        self._trace(">", f"{method} {shown}")
        try:
            status, octets, clock = self._exchange(method, path, data, headers)
        except (exceptions.NewConnectionError, exceptions.ConnectTimeoutError) as error:
            self._trace("!", f"no connection: {type(error).__name__}")
            raise NotReachedError(_NOT_REACHED) from error
        except exceptions.SSLError as error:
            self._trace("!", "the certificate or the encryption is not in order")
            raise PortError(_NOT_TRUSTED) from error
        except (exceptions.HTTPError, OSError) as error:
            self._trace("!", f"no answer: {type(error).__name__}")
            raise PortError(_NO_ANSWER) from error
        self._trace("<", f"{status} ({len(octets)} octets)")
        if status in (401, 403):
            raise NotReadyError(_NO_ENTRY, LineState.FAILED, action=PASSWORD_ACTION)
        return Answer(status, _read_json(octets), clock)

    def _exchange(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes, datetime | None]:
        response = self._pool.urlopen(
            method,
            self._place.path + path,
            body=data,
            headers=headers,
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            octets = self._read(response)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return response.status, octets, _read_clock(response.headers.get("Date", ""))

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """The whole body, however slowly it drips, within the time and the size that are allowed."""
        deadline = time.monotonic() + self._timing.read
        octets = b""
        while piece := response.read1(_CHUNK):
            octets += piece
            if len(octets) > MOST_OCTETS:
                raise TooLongError(_TOO_LONG)
            if time.monotonic() > deadline:
                raise exceptions.ProtocolError("the answer takes too long")
        return octets

    def _trace(self, direction: str, text: str) -> None:
        self._on_trace(TraceLine(time.time(), direction, text))


def _read_json(octets: bytes) -> object:
    try:
        value: object = json.loads(octets.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value


def _read_clock(header: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)


_NOT_REACHED = (
    "The phone does not answer at this address. Is it on, in the same network or on its cable, and does the "
    "app's local server run?"
)
_NO_ANSWER = (
    "The phone did not answer, or broke off. Is it still in the network, and is the app allowed to run in "
    "the background?"
)
_TOO_LONG = "The phone's answer is longer than any of the app's. It was not read."
_NOT_TRUSTED = (
    "The encrypted connection to the phone could not be trusted: its certificate is not in order. Nothing is "
    "sent over it."
)
_NO_ENTRY = "The phone does not accept this user and password. They stand on the app's first page."
