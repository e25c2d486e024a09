"""What comes in on a phone, and how a phone's line opens and tells how it is."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from gateway_stub import PASSWORD, USER, ZONE, Phone, stamp

from modem.api import Hooks, Incoming, LineState, Outgoing
from modem.backends.android import backend as android
from modem.backends.android.http import PLAIN_HINT, Timing, read_place
from modem.backends.android.values import read_health, read_phone, read_text, read_told
from modem.errors import NotReadyError, PduError, PortError
from modem.factory import open_modem
from modem.sms import Deliver, decode_incoming, join

QUICK = Timing(
    connect=1.0, read=1.0, send=0.4, settle=0.1, quickest=0.01, pause=0.05, inbox=0.0, reports=0.02
)


@pytest.fixture
def phone() -> Iterator[Phone]:
    made = Phone()
    yield made
    made.end()


@pytest.fixture
def modem(phone: Phone) -> Iterator[android.AndroidModem]:
    made = line(phone)
    made.open()
    yield made
    made.close()


def line(phone: Phone, secret: str = f"{USER}:{PASSWORD}", timing: Timing = QUICK) -> android.AndroidModem:
    return android.make(phone.address, Hooks(), lambda name: secret, timing)


def deliver(item: Incoming) -> Deliver:
    assert isinstance(item.message, Deliver)
    return item.message


def texts(found: list[Incoming]) -> list[str]:
    """The texts, which are what they are joined from too: the store keeps that."""
    for item in found:
        assert join([deliver(item)]) == deliver(item).text
    return [deliver(item).text for item in found]


# -- the inbox ---------------------------------------------------------------------------------


def test_each_text_is_handed_up_once_and_swept_each_time(phone: Phone, modem: android.AndroidModem) -> None:
    phone.deliver("+15550188", "one")
    phone.deliver("+15550188", "two")
    assert texts(modem.poll(0.0)) == ["one", "two"]
    assert modem.poll(0.0) == []
    assert texts(modem.sweep()) == texts(modem.sweep()) == ["one", "two"]
    phone.deliver("+15550188", "three")
    assert texts(modem.sweep()) == ["one", "two", "three"]
    assert modem.poll(0.0) == []


def test_what_was_swept_is_not_polled_again(phone: Phone, modem: android.AndroidModem) -> None:
    phone.deliver("+15550188", "overnight")
    assert texts(modem.sweep()) == ["overnight"]
    assert modem.poll(0.05) == []


def test_twelve_hundred_texts_come_in_pages(phone: Phone, modem: android.AndroidModem) -> None:
    start = phone.now() - timedelta(hours=2)
    for number in range(1200):
        phone.deliver("+15550188", f"text {number}", at=start + timedelta(seconds=number))
    expected = [f"text {number}" for number in range(1200)]
    assert texts(modem.poll(0.0)) == expected
    assert texts(modem.sweep()) == expected
    assert modem.poll(0.0) == []


def test_long_texts_that_fill_an_answer_come_in_smaller_ones(
    phone: Phone, modem: android.AndroidModem
) -> None:
    words = [f"{number} " + "x" * 39_000 for number in range(150)]
    for one in words:
        phone.deliver("+15550188", one)
    assert texts(modem.sweep()) == words


def test_a_text_that_waited_at_the_centre_is_found(phone: Phone, modem: android.AndroidModem) -> None:
    """The phone was off for days: its texts come with the centre's time, below newer ones."""
    for number in range(60):
        phone.deliver("+15550188", f"newer {number}")
    assert len(modem.sweep()) == 60
    phone.deliver("+15550189", "STOP", at=phone.now() - timedelta(days=4))
    assert "STOP" in texts(modem.sweep())


def test_a_text_of_long_ago_stays_on_the_phone(phone: Phone, modem: android.AndroidModem) -> None:
    phone.deliver("+15550188", "old", at=phone.now() - timedelta(days=8))
    phone.deliver("+15550188", "new")
    assert texts(modem.sweep()) == ["new"]


def test_the_phones_time_zone_changes_nothing(phone: Phone, modem: android.AndroidModem) -> None:
    phone.deliver("+15550188", "one")
    (before,) = modem.sweep()
    at = datetime.fromisoformat(phone.inbox[0]["createdAt"])
    phone.inbox[0]["createdAt"] = at.astimezone().isoformat(timespec="milliseconds")
    phone.inbox[0]["attachments"] = [{"partId": 1}]  # and a newer app tells more
    (after,) = modem.sweep()
    assert (before.pdu, before.slot) == (after.pdu, after.slot)
    assert deliver(before).timestamp == at


def test_a_named_sender_and_a_number(phone: Phone, modem: android.AndroidModem) -> None:
    phone.deliver("Bank 24", "a")
    phone.deliver("+15550188", "b")
    phone.deliver("", "c")
    found = [deliver(item).sender for item in modem.poll(0.0)]
    assert [(one.number, one.alphanumeric) for one in found] == [
        ("Bank 24", True),
        ("+15550188", False),
        ("", True),
    ]


def test_picture_messages_and_data(phone: Phone, modem: android.AndroidModem) -> None:
    phone.deliver("+15550188", "MMS notification", "MMS")
    phone.deliver("+15550188", "STOP", "MMS_DOWNLOADED")
    phone.deliver("+15550188", "MMS content", "MMS_DOWNLOADED")
    phone.deliver("+15550188", "00ff", "DATA_SMS")
    phone.deliver("+15550188", "a kind that comes later", "RCS")
    note, words, picture, data, other = [deliver(item) for item in modem.poll(0.0)]
    assert note.is_mms_notification
    assert words.text == "STOP"  # a person's words, which must count
    assert "Picture" in picture.text
    assert (data.text, data.ports, data.is_wap_push) == ("", (53739, 0), False)
    assert other.text == "a kind that comes later"


STRANGE: list[Any] = [
    5,
    None,
    [],
    {},
    {"id": 5, "type": "SMS", "contentPreview": "x"},
    {"id": "a", "type": "SMS", "sender": "+1", "contentPreview": {"x": 1}, "createdAt": "now"},
    {"id": "b" * 100_000, "type": "SMS"},
]


def test_what_makes_no_sense_is_kept_raw_and_stops_nothing(phone: Phone, modem: android.AndroidModem) -> None:
    phone.deliver("+15550188", "between")
    listed = json.dumps([STRANGE[0], phone.inbox[0], *STRANGE[1:]]).encode()
    phone.instead = lambda what: (200, listed, {}) if what == "GET /inbox" else None
    found = modem.sweep()
    unread = [item for item in found if item.message is None]
    assert len(unread) == len(STRANGE)
    assert len({item.pdu for item in found}) == len(STRANGE) + 1
    for item in unread:
        assert len(item.pdu) <= 64 * 1024
        with pytest.raises(PduError):
            decode_incoming(item.pdu)


@pytest.mark.parametrize(
    "words",
    [
        "\ud800 alone",
        "\x00\x1b[31m\u202e",
        "x" * 100_000,
        '"; DROP TABLE message; --',
        "\U0001f469\u200d\U0001f680",
    ],
)
def test_hostile_texts_can_be_stored(words: str) -> None:
    entry = {"id": words, "type": words, "sender": words, "contentPreview": words, "createdAt": words}
    text = read_text(entry)
    assert text.message is not None
    assert text.message.text == words[:40_000].replace("\ud800", "\ufffd")
    for kept in (text.raw, text.message.text, text.message.sender.number):
        assert len(kept.encode()) <= 64 * 1024
    assert read_text(entry) == text


def test_nothing_but_values_comes_of_nonsense() -> None:
    deep: Any = {}
    for _ in range(50):
        deep = {"recipients": [deep], "checks": deep, "id": deep}
    for value in (*STRANGE, deep, [deep], True, 1e999, "x", {"checks": {"battery:level": 5}}):
        assert read_told(value) is None
        assert read_phone(value) is None
        health = read_health(value)
        assert health is None or health.battery is None


# -- opening -----------------------------------------------------------------------------------


def test_who_it_is(phone: Phone, modem: android.AndroidModem) -> None:
    identity = modem.open()
    assert (identity.manufacturer, identity.model) == ("samsung", "dreamltexx")
    assert identity.firmware == "SMS Gateway 1.68.0"
    phone.sims = [{"slotIndex": 0, "iccid": "8949012345678901234", "phoneNumber": "+15550100"}]
    identity = modem.open()
    assert (identity.iccid, identity.number) == ("8949012345678901234", "+15550100")
    phone.sims *= 2
    assert modem.open().iccid == ""  # which of them sends is the phone's choice


@pytest.mark.parametrize("secret", ["", f"{USER}:wrong", "wrong"])
def test_without_the_password_a_person_is_asked(phone: Phone, secret: str) -> None:
    with pytest.raises(NotReadyError) as caught:
        line(phone, secret).open()
    assert caught.value.state == LineState.FAILED
    assert "password" in caught.value.action


def test_the_password_alone_is_the_apps_users(phone: Phone) -> None:
    phone.password = "abcdefgh"
    made = line(phone, "abcdefgh")
    assert made.open().model
    made.close()


def test_the_secret_is_asked_for_by_the_address(phone: Phone) -> None:
    asked: list[str] = []

    def secrets(name: str) -> str:
        asked.append(name)
        return f"{USER}:{PASSWORD}"

    made = open_modem(f" {phone.address} ", secrets=secrets)
    assert made.open().model
    made.close()
    assert asked == [phone.address]


def test_an_app_that_is_too_old(phone: Phone) -> None:
    phone.lists_inbox = False
    with pytest.raises(NotReadyError, match=r"1\.59"):
        line(phone).open()


@pytest.mark.parametrize("path", ["/device", "/health", "/inbox"])
@pytest.mark.parametrize("octets", [b"<html>", b"{}", b"[[]]", b"x" * (5 * 1024 * 1024)])
def test_something_else_that_answers(phone: Phone, path: str, octets: bytes) -> None:
    phone.instead = lambda what: (200, octets, {}) if what == f"GET {path}" else None
    made = line(phone)
    if path == "/inbox" and octets == b"[[]]":
        made.open()  # an inbox with one strange entry
        made.close()
        return
    with pytest.raises((NotReadyError, PortError)):
        made.open()
    with pytest.raises(PortError):
        made.poll(0.0)


def test_a_phone_that_is_off(phone: Phone) -> None:
    phone.stop()
    with pytest.raises(PortError, match="does not answer"):
        line(phone).open()
    phone.start()
    made = line(phone)
    assert made.open().model
    made.close()


def test_an_answer_that_drips_ends_in_time(phone: Phone) -> None:
    """A byte a moment would keep each wait short and the whole endless."""
    server = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def drip() -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            try:
                while not done.wait(0.02):
                    connection.sendall(b"x")
            except OSError:
                pass

    thread = threading.Thread(target=drip)
    thread.start()
    phone.address = f"android:http://127.0.0.1:{server.getsockname()[1]}"
    begun = time.monotonic()
    with pytest.raises(PortError):
        line(phone, timing=Timing(connect=0.3, read=0.3)).open()
    assert time.monotonic() - begun < 5.0
    done.set()
    server.close()
    thread.join(5)


def test_a_session_outlives_a_broken_connection(phone: Phone, modem: android.AndroidModem) -> None:
    phone.cut()
    phone.deliver("+15550188", "hello")
    assert texts(modem.poll(1.0)) == ["hello"]


def test_a_phone_that_goes_away_is_a_port_error(phone: Phone, modem: android.AndroidModem) -> None:
    phone.away = True
    phone.cut()
    for call in (lambda: modem.poll(0.0), modem.sweep, modem.status):
        with pytest.raises(PortError):
            call()
    phone.away = False


def test_the_phone_is_not_asked_between_two_texts(phone: Phone) -> None:
    made = line(phone, timing=Timing(inbox=60.0))
    made.open()
    made.poll(0.0)
    before = len(phone.requests)
    for _ in range(20):
        assert made.poll(0.0) == []
    assert len(phone.requests) == before
    made.close()


# -- the status --------------------------------------------------------------------------------


def test_the_status_of_a_healthy_phone(phone: Phone, modem: android.AndroidModem) -> None:
    """The app calls a phone without internet failed (HTTP 500); for texts that is nothing."""
    status = modem.status()
    assert (status.state, status.hint) == (LineState.READY, "")
    assert (status.operator, status.technology) == ("Example Mobile", "4G")


@pytest.mark.parametrize(
    ("level", "charging", "warns"), [(24, 0, True), (24, 5, False), (9, 5, True), (25, 0, False)]
)
def test_the_battery(
    phone: Phone, modem: android.AndroidModem, level: int, charging: int, warns: bool
) -> None:
    phone.battery, phone.charging = level, charging
    assert (f"{level} %" in modem.status().hint) is warns


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("android:http://127.0.0.1:8080", True),
        ("android:http://localhost:8080", True),
        ("android:http://[::1]:8080", True),
        ("ANDROID:https://phone.local", True),
        ("android:http://192.168.1.20:8080", False),
        ("android:http://phone.local:8080/", False),
        ("android:http://127.0.0.1.example.org:8080", False),
    ],
)
def test_who_can_listen(address: str, private: bool) -> None:
    assert read_place(address).private is private


def test_a_plain_network_is_warned_of(
    phone: Phone, modem: android.AndroidModem, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PLAIN_HINT not in modem.status().hint
    elsewhere = read_place("android:http://192.168.1.20:8080")
    monkeypatch.setattr(modem, "_place", elsewhere)
    assert PLAIN_HINT in modem.status().hint


@pytest.mark.parametrize(
    "address",
    [
        "android:http://sms:secret@192.168.1.20:8080",
        "android:https://:secret@phone.local",
        "android:ftp://phone.local",
        "android:phone.local",
        "android:",
        "android:http://",
        "android:http://phone.local:8080/?token=secret",
        "android:http://phone.local:99999",
        "android:http://phone.local/a b",
        "android:http://phone.local/\r\nX: secret",
        "android:http://pho\nne.local/",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match="android:http") as caught:
        open_modem(address)
    assert "secret" not in str(caught.value)


def test_an_unknown_certificate_is_not_trusted(phone: Phone, tmp_path: Path) -> None:
    (tmp_path / "both.pem").write_text(SELF_SIGNED)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard: list[bytes] = []

        def serve() -> None:
            for _ in range(2):  # a question is asked once more where the first got no answer
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    heard.append(context.wrap_socket(connection, server_side=True).recv(1000))

        thread = threading.Thread(target=serve)
        thread.start()
        phone.address = f"android:https://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(PortError, match="could not be trusted"):
            line(phone).open()
        thread.join(5)
    assert heard == []


#: For 127.0.0.1, made for this test and used nowhere else.
SELF_SIGNED = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgR1gCfdygfc7VgirW
aZ4e6Cim6onTuWPHJoSe02BqJY+hRANCAASjJ1HWPxOdZdLs58EfG54JdetUbcei
PsQspzCDABcI+7/QIoAvWXJiigQyDfXA/6iEp+ONqToUZMgWIUl2xpjW
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBjzCCATagAwIBAgIUec8Xfov7HeCrG/0pFr4myB6l5FEwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMjA1NTk0OFoYDzIxMjYxMDI5
MDU1OTQ4WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASjJ1HWPxOdZdLs58EfG54JdetUbceiPsQspzCDABcI+7/QIoAvWXJi
igQyDfXA/6iEp+ONqToUZMgWIUl2xpjWo2QwYjAdBgNVHQ4EFgQUSbi7YFUy0OtB
uzJgLxXs39nBr6AwHwYDVR0jBBgwFoAUSbi7YFUy0OtBuzJgLxXs39nBr6AwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0cAMEQC
IEepfBgSU4XZLrnEDmgQihxrq+Qq3JW7E3ClvFF408wgAiAVTafEIuDurgqucS6Y
To1HjqXXf6/E6Y59VQsXk66/3A==
-----END CERTIFICATE-----
"""


# -- the rest ----------------------------------------------------------------------------------


def test_times_are_written_as_the_app_reads_them(phone: Phone, modem: android.AndroidModem) -> None:
    """yyyy-MM-dd'T'HH:mm:ss[.SSS]XXX (DateTimeParser.kt)."""
    modem.sweep()
    asked = [path for method, path in phone.requests if path.startswith("/inbox?from=")]
    begin = asked[-1].partition("from=")[2].partition("&")[0].replace("%3A", ":")
    assert datetime.strptime(begin, "%Y-%m-%dT%H:%M:%S.%f%z") < phone.now()
    assert stamp(phone.now()).endswith("+02:00")
    assert ZONE.utcoffset(None) == timedelta(hours=2)


def test_a_call_ends_the_wait_even_before_it_begins(phone: Phone) -> None:
    made = line(phone, timing=Timing(inbox=60.0))
    made.open()
    made.poll(0.0)
    made.wake()
    begun = time.monotonic()
    assert made.poll(30.0) == []
    assert time.monotonic() - begun < 5.0
    made.close()


def test_a_line_without_a_click_to_send_is_closed_quietly(phone: Phone) -> None:
    made: Callable[[], None] = line(phone).close
    made()
    assert line(phone).send(Outgoing("+15550123", "x", token="1-1")).detail
    assert line(phone).danger("AT+CFUN=0") == ""
