"""The local server of "SMS Gateway for Android", for tests: the phone, its app and the radio behind them.

It keeps the interface of capcom6/android-sms-gateway 1.68.0 (Apache-2.0; facts only, no code):
``modules/localserver/WebService.kt`` (routes, basic authentication, the Date header, errors as
``{"message": ...}``), ``routes/MessagesRoutes.kt`` (POST 202, 409; GET, DELETE), ``routes/InboxRoutes.kt`` (limits,
answers), ``domain/messages/PostMessageRequest.kt`` (what is refused), ``domain/messages/Message.kt`` and
``domain/HealthResponse.kt`` (fields), ``modules/messages/MessagesService.kt`` and ``data/dao/MessagesDao.kt``
(states: a failure stays, the newest state hides the others, what waits too long is "TTL expired"),
``extensions/GsonBuilder.kt`` (times in the phone's own zone; fields that are null are left out).
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD = "sms", "s3cret:word"
ZONE = timezone(timedelta(hours=2))
_SENT_AND_DELIVERED = ((0.0, "Processed", ""), (0.02, "Sent", ""), (0.05, "Delivered", ""))


def stamp(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat(timespec="milliseconds")


@dataclass
class Message:
    """A text in the app's table, and the plan of what will become of it: seconds, state, error."""

    id: str
    number: str
    text: str
    begun: float
    created: datetime
    valid_until: datetime | None
    report: bool
    plan: list[tuple[float, str, str]]
    state: str = "Pending"
    error: str = ""
    times: dict[str, datetime] = field(default_factory=dict)

    def domain(self, content: bool) -> dict[str, Any]:
        recipient = {"phoneNumber": self.number, "state": self.state}
        told: dict[str, Any] = {
            "id": self.id,
            "deviceId": "0000000064dac487000001992812d165",
            "state": self.state,
            "isHashed": False,
            "isEncrypted": False,
            "recipients": [recipient | ({"error": self.error} if self.error else {})],
            "states": {state: stamp(at) for state, at in self.times.items()},
        }
        return told | ({"textMessage": {"text": self.text}} if content else {})


class Phone:
    """The phone. ``address`` is where its server answers; everything else is a knob or a record."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.messages: dict[str, Message] = {}
        self.inbox: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []  # what the radio gave to the network
        self.requests: list[tuple[str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.plans: dict[str, tuple[tuple[float, str, str], ...]] = {}  # by number
        self.plan = _SENT_AND_DELIVERED
        self.password = PASSWORD
        self.version = "1.68.0"
        self.battery, self.charging = 80, 5
        self.sims: list[dict[str, Any]] = [{"slotIndex": 0, "simNumber": 1, "carrierName": "Example Mobile"}]
        self.cancels = True  # DELETE, since 1.67.0
        self.lists_inbox = True  # since 1.59.0
        self.skew = timedelta()  # of the phone's clock
        self.dates = True  # whether answers have a Date header that can be read
        #: Given "METHOD /path", may answer in the app's stead: status, octets, headers. None lets the app answer.
        self.instead: Callable[[str], tuple[int, bytes, dict[str, str]] | None] = lambda what: None
        #: Given "METHOD /path": "" answers; "before" breaks off without looking; "after" does the work, then breaks.
        self.breaks: Callable[[str], str] = lambda what: ""
        self.away = False
        self._sockets: set[socket.socket] = set()
        self._server = self._serve(0)
        self.port = self._server.server_address[1]
        self.address = f"android:http://127.0.0.1:{self.port}"
        self._ended = threading.Event()
        threading.Thread(target=self._work, daemon=True).start()

    # -- being there --------------------------------------------------------------------------

    def _serve(self, port: int) -> ThreadingHTTPServer:
        phone = self

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def verify_request(self, request: Any, client_address: Any) -> bool:
                return not phone.away

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that is gone

        server = Server(("127.0.0.1", port), _handler(self))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    def stop(self) -> None:
        """The server is gone: connections are refused."""
        self._server.shutdown()
        self._server.server_close()
        self.cut()

    def start(self) -> None:
        """The server is back, at the same port."""
        self._server = self._serve(self.port)

    def cut(self) -> None:
        """Every connection breaks."""
        with self.lock:
            for one in self._sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def leave(self, seconds: float) -> None:
        """Away for a moment: as behind adb, connections come about and break."""
        self.away = True
        self.cut()

        def back() -> None:
            self.away = False

        threading.Timer(seconds, back).start()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skew

    # -- texts --------------------------------------------------------------------------------

    def deliver(self, sender: str, text: str, kind: str = "SMS", at: datetime | None = None) -> None:
        """A text comes in."""
        with self.lock:
            prefix = {"SMS": "text", "DATA_SMS": "data", "MMS": "mms-header"}.get(kind, "mms")
            self.inbox.append(
                {
                    "id": f"{prefix}:{hash((sender, text, len(self.inbox))) % 2**32 - 2**31}",
                    "type": kind,
                    "sender": sender,
                    "simNumber": 1,
                    "contentPreview": text,
                    "createdAt": stamp(at or self.now() + timedelta(milliseconds=len(self.inbox))),
                    "attachments": [],
                }
            )

    def advance(self) -> None:
        """Do what is due."""
        with self.lock:
            for message in self.messages.values():
                while message.plan and message.begun + message.plan[0][0] <= time.monotonic():
                    self._step(message, *message.plan.pop(0)[1:])

    def _work(self) -> None:
        """SendMessagesWorker: what waits is sent without anybody's asking."""
        while not self._ended.wait(0.01):
            self.advance()

    def _step(self, message: Message, state: str, error: str) -> None:
        if message.state in ("Failed", "Cancelled"):
            return
        if (
            message.state == "Pending"
            and message.valid_until is not None
            and self.now() > message.valid_until
        ):
            state, error, message.plan = "Failed", "TTL expired", []
        if state == "Sent" or (state == "Delivered" and "Sent" not in message.times):
            self.sent.append({"to": message.number, "text": message.text, "parts": 1, "id": message.id})
        if state == "Delivered" and not message.report:
            return
        message.state, message.error = state, error
        message.times.setdefault(state, self.now())

    def enqueue(self, body: dict[str, Any]) -> tuple[int, Any]:
        """POST /messages."""
        words = body.get("textMessage", {}).get("text", "")
        numbers = body.get("phoneNumbers") or []
        until = datetime.fromisoformat(body["validUntil"]) if "validUntil" in body else None
        if "ttl" in body:
            until = self.now() + timedelta(seconds=body["ttl"])
        if not words:
            return 400, {"message": "Text message is empty"}
        if not numbers:
            return 400, {"message": "Empty phone numbers list"}
        if until is not None and until < self.now():
            return 400, {"message": "message already expired"}
        with self.lock:
            if body["id"] in self.messages:
                return 409, {"message": "Message with this ID already exists"}
            message = Message(
                body["id"],
                numbers[0],
                words,
                time.monotonic(),
                self.now(),
                until,
                body.get("withDeliveryReport", True),
                list(self.plans.get(numbers[0], self.plan)),
            )
            told = message.domain(True)
            message.times["Pending"] = message.created
            self.messages[message.id] = message
        return 202, told

    def cancel(self, name: str) -> tuple[int, Any]:
        """DELETE /messages/{id}."""
        if not self.cancels:
            return 405, None
        message = self.messages.get(name)
        if message is None:
            return 404, None
        if message.state != "Pending":
            return 400, {"message": f"Message {name} is not in Pending state"}
        message.state = "Cancelled"
        message.times["Cancelled"] = self.now()
        return 200, message.domain(False)

    def end(self) -> None:
        """Take it down."""
        self._ended.set()
        self.stop()


def _handler(phone: Phone) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # head and body in one packet
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            with phone.lock:
                phone._sockets.add(self.connection)

        def finish(self) -> None:
            with phone.lock:
                phone._sockets.discard(self.connection)
            with contextlib.suppress(OSError):
                super().finish()

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def version_string(self) -> str:
            return "ktor"

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(phone.now(), usegmt=True) if phone.dates else "today"

        def do_GET(self) -> None:
            self._answer()

        do_POST = do_DELETE = do_GET

        def _answer(self) -> None:
            url = urlsplit(self.path)
            octets = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            what = f"{self.command} {url.path}"
            phone.requests.append((self.command, self.path))
            how = phone.breaks(what)
            if how == "before":
                self._break()
                return
            told = phone.instead(what)
            if told is None:
                query = {key: values[-1] for key, values in parse_qs(url.query).items()}
                status, value = self._route(url.path, query, octets)
                data = b"" if value is None else json.dumps(value).encode()
                told = status, data, {"Content-Type": "application/json"}
            if how == "after":
                self._break()
                return
            status, data, headers = told
            self.send_response(status)
            for name, content in headers.items():
                self.send_header(name, content)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _break(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _route(self, path: str, query: dict[str, str], octets: bytes) -> tuple[int, Any]:
            phone.advance()
            if path == "/health":
                return _health(phone)
            login = base64.b64encode(f"{USER}:{phone.password}".encode()).decode()
            if self.headers.get("Authorization") != f"Basic {login}":
                return 401, None
            if path == "/device":
                return 200, [_device(phone)]
            if path == "/inbox" and self.command == "GET" and phone.lists_inbox:
                return _inbox(phone, query)
            if path == "/messages" and self.command == "POST":
                body = json.loads(octets)
                phone.bodies.append(body)
                return phone.enqueue(body)
            if path == "/messages":
                return _listed(phone, query)
            if path.startswith("/messages/"):
                name = path.removeprefix("/messages/")
                if self.command == "DELETE":
                    return phone.cancel(name)
                message = phone.messages.get(name)
                return (404, None) if message is None else (200, message.domain(True))
            return 404, None

    return Handler


def _device(phone: Phone) -> dict[str, Any]:
    at = stamp(phone.now())
    return {
        "id": "0000000064dac487000001992812d165",
        "name": "samsung/dreamltexx",
        "createdAt": at,
        "updatedAt": at,
        "lastSeen": at,
        "simCards": phone.sims,
    }


def _health(phone: Phone) -> tuple[int, Any]:
    """With no internet the app calls itself failed, as most phones on a cable are."""

    def check(status: str, value: int, unit: str) -> dict[str, Any]:
        return {"status": status, "observedValue": value, "observedUnit": unit, "description": ""}

    return 500, {
        "version": phone.version,
        "releaseId": 1550,
        "status": "fail",
        "checks": {
            "messages:failed": check("pass", 0, "messages"),
            "connection:status": check("fail", 0, "boolean"),
            "connection:transport": check("pass", 1, "flags"),
            "connection:cellular": check("pass", 4, "index"),
            "battery:level": check("pass", phone.battery, "percent"),
            "battery:charging": check("pass", phone.charging, "flags"),
        },
    }


def _period(phone: Phone, query: dict[str, str]) -> tuple[datetime, datetime]:
    begin = datetime.fromisoformat(query["from"]) if "from" in query else datetime.fromtimestamp(0, UTC)
    return begin, datetime.fromisoformat(query["to"]) if "to" in query else phone.now()


def _inbox(phone: Phone, query: dict[str, str]) -> tuple[int, Any]:
    limit, offset = int(query.get("limit", "50")), int(query.get("offset", "0"))
    if not 1 <= limit <= 500:
        return 400, {"message": "limit must be between 1 and 500"}
    begin, end = _period(phone, query)
    found = [item for item in phone.inbox if begin <= datetime.fromisoformat(item["createdAt"]) <= end]
    found.sort(key=lambda item: (datetime.fromisoformat(item["createdAt"]), item["id"]), reverse=True)
    return 200, found[offset : offset + limit]


def _listed(phone: Phone, query: dict[str, str]) -> tuple[int, Any]:
    limit, offset = int(query.get("limit", "50")), int(query.get("offset", "0"))
    begin, end = _period(phone, query)
    found = [message for message in phone.messages.values() if begin <= message.created <= end]
    found.sort(key=lambda message: message.created, reverse=True)
    return 200, [message.domain(False) for message in found[offset : offset + limit]]
