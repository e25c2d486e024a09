"""The gammu backend on gammu's own dummy phone: what arrives, in every form, and that it stays until deleted."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modem.api import Incoming, LineState, Modem, Outcome, Outgoing
from modem.errors import PortError, UnsupportedError
from modem.factory import open_modem
from modem.sms import Deliver, StatusReport, decode_incoming, join

# A second program on the same dummy phone: what it adds to the inbox is what arrives.
_ADD = """
import json, sys, datetime, gammu
machine = gammu.StateMachine()
machine.SetConfig(0, {"Model": "dummy", "Connection": "none", "Device": sys.argv[1]})
machine.Init()
for sms in json.load(sys.stdin):
    sms["UDH"] = {"Type": "UserUDH", "Text": bytes.fromhex(sms["UDH"])} if sms.get("UDH") else None
    if sms.get("Coding") == "8bit":
        sms["Text"] = bytes.fromhex(sms["Text"])
    sms["DateTime"] = datetime.datetime(2026, 11, 22, 5, 6, 7)
    machine.AddSMS({"SMSC": {"Number": "+15550009"}, "Folder": 1, "Type": "Deliver", "State": "UnRead"} | sms)
"""


@pytest.fixture
def phone(tmp_path: Path) -> Path:
    folder = tmp_path / "phone"
    for name in ("1", "2", "3", "4", "5"):
        (folder / "sms" / name).mkdir(parents=True)
    return folder


@pytest.fixture
def modem(phone: Path) -> Iterator[Modem]:
    made = open_modem(f"gammu:{phone}?model=dummy&connection=none")
    made.open()
    yield made
    made.close()


def arrive(phone: Path, *messages: dict[str, Any]) -> None:
    subprocess.run(
        [sys.executable, "-c", _ADD, str(phone)],
        input=json.dumps(messages),
        text=True,
        check=True,
        timeout=20,
    )


def plain(number: str, text: str, **more: Any) -> dict[str, Any]:
    coding = "Default_No_Compression" if text.isascii() else "Unicode_No_Compression"
    return {"Number": number, "Text": text, "Coding": coding} | more


def decoded(item: Incoming) -> Deliver | StatusReport:
    return item.message if item.message is not None else decode_incoming(item.pdu)


def collect(modem: Modem, count: int) -> list[Incoming]:
    found: list[Incoming] = []
    deadline = time.monotonic() + 15
    while len(found) < count and time.monotonic() < deadline:
        found += modem.poll(0.5)
    return found


def test_it_opens_without_reports_and_commands(modem: Modem) -> None:
    assert modem.status().state is LineState.READY
    able = modem.capabilities
    assert (able.reports, able.pdu, able.commands, able.parts, able.delete) == (
        False,
        False,
        False,
        True,
        True,
    )
    with pytest.raises(UnsupportedError):
        modem.command("AT")
    assert modem.network_time() is None


def test_a_text_is_handed_over_part_by_part(modem: Modem) -> None:
    assert modem.send(Outgoing("+15550123", "hello")).references == (255,)
    result = modem.send(Outgoing("+15550123", "long " * 100))
    assert (result.outcome, result.parts, len(result.references)) == (Outcome.SENT, 4, 4)


def test_what_arrives_is_handed_up_once_and_stays_until_deleted(phone: Path, modem: Modem) -> None:
    arrive(phone, plain("+15550188", "first"), plain("+15550189", "zażółć \U0001f600"))
    found = collect(modem, 2)
    assert [
        (said.text, said.sender.number) for item in found if isinstance(said := decoded(item), Deliver)
    ] == [
        ("first", "+15550188"),
        ("zażółć \U0001f600", "+15550189"),
    ]
    assert modem.poll(0.0) == []
    assert modem.sweep() == found
    assert modem.delete(found[0])
    assert modem.sweep() == found[1:]
    assert modem.delete(found[0])  # gone already
    modem.close()
    modem.open()
    assert collect(modem, 1) == found[1:]


def test_another_text_in_the_same_place_is_not_deleted(phone: Path, modem: Modem) -> None:
    arrive(phone, plain("+15550188", "first"))
    (first,) = collect(modem, 1)
    assert first.slot is not None
    (phone / "sms" / "1" / str(first.slot.index % 10_000)).unlink()
    arrive(phone, plain("+15550188", "second"))
    (second,) = modem.sweep()
    assert second.slot == first.slot
    assert not modem.delete(first)
    assert modem.sweep() == [second]


def test_a_text_that_takes_a_deleted_ones_place_is_found(phone: Path, modem: Modem) -> None:
    arrive(phone, plain("+15550188", "first"))
    (first,) = collect(modem, 1)
    assert modem.delete(first)
    arrive(phone, plain("+15550188", "second"))  # as many as before
    (second,) = collect(modem, 1)
    assert second.slot == first.slot


def test_parts_of_a_long_text_join(phone: Path, modem: Modem) -> None:
    words = "part of something longer, " * 8
    arrive(
        phone,
        plain("+15550188", words[150:], UDH="050003d40202"),
        plain("+15550188", words[:150], UDH="050003d40201"),
    )
    parts = [said for item in collect(modem, 2) if isinstance(said := decoded(item), Deliver)]
    assert {(part.concat.reference, part.concat.total) for part in parts if part.concat} == {(0xD4, 2)}
    assert join(parts) == words


def test_a_flash_a_name_and_octets_are_told_as_such(phone: Path, modem: Modem) -> None:
    arrive(
        phone,
        plain("+15550188", "flash", Class=0),
        plain("My Bank", "your code"),
        {"Number": "+15550188", "Text": "00ff7f1a0d0a", "Coding": "8bit"},
    )
    flash, name, octets = (decoded(item) for item in collect(modem, 3))
    assert isinstance(flash, Deliver)
    assert flash.is_flash
    assert isinstance(name, Deliver)
    assert (name.sender.number, name.sender.alphanumeric) == ("My Bank", True)
    assert isinstance(octets, Deliver)
    assert (octets.text, octets.data) == ("", bytes.fromhex("00ff7f1a0d0a"))


@pytest.mark.parametrize(
    "words",
    ['"}\n{"id": 1, "ok": {}}', "line\r\nAT+CMGS=5\r", "\x1b[2J <b>x</b>", "\u202eevil\u202c", "x" * 160],
)
def test_hostile_words_are_only_words(phone: Path, modem: Modem, words: str) -> None:
    arrive(phone, plain("+15550188", words, Coding="Unicode_No_Compression" if len(words) < 70 else None))
    (item,) = collect(modem, 1)
    message = decoded(item)
    assert isinstance(message, Deliver)
    assert message.text == words
    assert modem.delete(item)


def test_drafts_and_sent_texts_are_not_ours(phone: Path, modem: Modem) -> None:
    arrive(
        phone,
        plain("+15550188", "my draft", Folder=2, Type="Submit", State="UnSent"),
        plain("+15550188", "from outside"),
    )
    (item,) = collect(modem, 1)
    assert getattr(decoded(item), "text", "") == "from outside"
    assert modem.sweep() == [item]


def test_a_wake_before_the_poll_counts(modem: Modem) -> None:
    modem.poll(0.0)
    modem.wake()  # type: ignore[attr-defined]
    begun = time.monotonic()
    modem.poll(30.0)
    waker = threading.Timer(0.1, modem.wake)  # type: ignore[attr-defined]
    waker.start()
    modem.poll(30.0)
    waker.join()
    assert time.monotonic() - begun < 5.0


def test_a_phone_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    modem = open_modem(f"gammu:{tmp_path}/nothing?connection=dku2at&model=at")
    with pytest.raises(PortError, match="cannot be opened"):
        modem.open()
    unknown = open_modem(f"gammu:{tmp_path}/nothing?connection=carrier-pigeon")
    with pytest.raises(PortError, match="Correct the line's address"):
        unknown.open()
