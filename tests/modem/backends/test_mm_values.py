"""ModemManager's properties as values: texts, reports, times, health. The properties are those that the
daemon of Debian (1.20.4) gave for texts of our emulator."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

pytest.importorskip("dbus_fast", reason="ModemManager and its library are for Linux")

from modem.api import Hooks, LineState, Slot
from modem.backends.modemmanager import messages as mm_messages
from modem.backends.modemmanager.backend import fits_in_one, make
from modem.backends.modemmanager.status import signal_dbm, status_of, technology
from modem.errors import PortError, UnsupportedError
from modem.factory import open_modem
from modem.sms import Alphabet, Deliver, StatusReport

PATH = "/org/freedesktop/ModemManager1/SMS/7"
TEXT: dict[str, Any] = {
    "State": 3,
    "PduType": 1,
    "Number": "+15550188",
    "Text": "first €",
    "Data": b"",
    "SMSC": "+15550009",
    "Validity": [0, False],
    "Class": -1,
    "TeleserviceId": 0,
    "ServiceCategory": 0,
    "Storage": 3,
    "DeliveryReportRequest": False,
    "MessageReference": 0,
    "Timestamp": "2026-11-22T05:47:06Z",
    "DischargeTimestamp": "",
    "DeliveryState": 256,
}
REPORT = TEXT | {
    "PduType": 3,
    "Text": "",
    "MessageReference": 6,
    "DeliveryState": 0x41,
    "Storage": 0,
    "Timestamp": "2026-11-22T05:47:06+02",
    "DischargeTimestamp": "2026-11-22T05:47:07+02",
}


def deliver(**changed: Any) -> Deliver:
    found = mm_messages.incoming(PATH, TEXT | changed)
    assert found is not None
    assert isinstance(found.message, Deliver)
    return found.message


def report(**changed: Any) -> StatusReport:
    found = mm_messages.incoming(PATH, REPORT | changed)
    assert found is not None
    assert found.is_report
    assert isinstance(found.message, StatusReport)
    return found.message


def test_a_text_keeps_everything_that_was_told() -> None:
    found = mm_messages.incoming(PATH, TEXT)
    assert found is not None
    assert found.slot == Slot("MT", 7)
    assert mm_messages.path_of(found.slot) == PATH
    message = deliver()
    assert (message.sender.number, message.text, message.alphabet) == ("+15550188", "first €", Alphabet.GSM7)
    assert message.smsc is not None
    assert message.smsc.number == "+15550009"
    assert message.timestamp == datetime(2026, 11, 22, 5, 47, 6, tzinfo=UTC)
    assert message.concat is None
    assert not message.is_flash


def test_the_raw_text_is_canonical_and_names_the_message_not_its_place() -> None:
    found = mm_messages.incoming(PATH, TEXT)
    moved = mm_messages.incoming(PATH[:-1] + "99", dict(reversed(TEXT.items())))
    other = mm_messages.incoming(PATH, TEXT | {"Text": "second"})
    assert found is not None
    assert moved is not None
    assert other is not None
    assert found.pdu == moved.pdu != other.pdu
    assert json.loads(found.pdu)["Text"] == "first €"


@pytest.mark.parametrize("state", [0, 1, 2, 4, 5, 99, "3", None])
def test_only_what_was_received_whole_is_handed_up(state: Any) -> None:
    assert mm_messages.incoming(PATH, TEXT | {"State": state}) is None


@pytest.mark.parametrize("kind", [0, 2, 33, 37])
def test_what_is_no_text_for_us_is_not_handed_up(kind: int) -> None:
    assert mm_messages.incoming(PATH, TEXT | {"PduType": kind}) is None


def test_the_kinds_of_text() -> None:
    assert deliver(Text="Zażółć \U0001f600").alphabet is Alphabet.UCS2
    assert deliver(Class=0).is_flash
    assert deliver(Class=2).message_class == 2
    assert deliver(Number="Bank").sender.alphanumeric
    binary = deliver(Text="", Data=b"\x01\xff")
    assert (binary.alphabet, binary.text, binary.data) == (Alphabet.BINARY, "", b"\x01\xff")


def test_a_report_has_the_status_of_its_octet() -> None:
    found = report()
    assert (found.reference, found.recipient.number, found.status, found.failed) == (
        6,
        "+15550188",
        0x41,
        True,
    )
    assert found.discharged is not None
    assert found.discharged.utcoffset() == timedelta(hours=2)
    assert report(DeliveryState=0).delivered
    assert report(DeliveryState=0x30).pending


@pytest.mark.parametrize(("state", "failed"), [(0x100, False), (0x201, True), (0x326, False), (-5, False)])
def test_a_state_beyond_the_octet_never_says_delivered(state: int, failed: bool) -> None:
    found = report(DeliveryState=state)
    assert (found.failed, found.pending, found.delivered) == (failed, not failed, False)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2013-02-03T14:05:06+02", 2.0),
        ("2013-02-03T14:05:06-03:30", -3.5),
        ("2013-02-03T14:05:06Z", 0.0),
        ("2013-02-03T14:05:06", 0.0),
    ],
)
def test_times_have_a_zone(text: str, hours: float) -> None:
    found = mm_messages.moment(text)
    assert found is not None
    assert found.utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2013-13-03T14:05:06+02", "0001-01-01T00:00:00+12", "9" * 9999]
)
def test_nonsense_is_no_time(text: str) -> None:
    assert mm_messages.moment(text) is None


def test_hostile_properties_cost_nobody_the_text() -> None:
    for name in TEXT:
        if name in ("State", "PduType"):
            continue
        for value in (None, -1, 2**31, "\x00\U0010ffff" * 9, b"\xff", [], {}, True):
            assert mm_messages.incoming(PATH, TEXT | {name: value}) is not None, (name, value)


def test_only_paths_of_messages_are_asked_about() -> None:
    assert mm_messages.is_path(PATH)
    for other in (
        "/",
        PATH + "/x",
        PATH[:-1],
        PATH[:-1] + "../0",
        "/org/freedesktop/ModemManager1/Modem/0",
        7,
    ):
        assert not mm_messages.is_path(other)


# health: MMModemState, MMModem3gppRegistrationState, MMModemAccessTechnology, SignalQuality

STATES = [
    ({"State": -1, "StateFailedReason": 2}, {}, LineState.NO_SIM),
    ({"State": -1, "StateFailedReason": 1}, {}, LineState.FAILED),
    ({"State": 2, "UnlockRequired": 2}, {}, LineState.NEEDS_PIN),
    ({"State": 2, "UnlockRequired": 4}, {}, LineState.NEEDS_PUK),
    ({"State": 3}, {}, LineState.FAILED),
    ({"State": 5}, {}, LineState.CONNECTING),
    ({"State": 6}, {"RegistrationState": 0}, LineState.SEARCHING),
    ({"State": 7}, {"RegistrationState": 2}, LineState.SEARCHING),
    ({"State": 6}, {"RegistrationState": 3}, LineState.DENIED),
    ({"State": 8}, {"RegistrationState": 1}, LineState.READY),
    ({"State": 8}, {"RegistrationState": 6}, LineState.READY),  # LTE, texts only
    ({"State": 11}, {"RegistrationState": 5}, LineState.READY),
]


@pytest.mark.parametrize(("told", "network", "state"), STATES)
def test_the_daemons_states_are_the_lines(told: Any, network: Any, state: LineState) -> None:
    found = status_of(told, network)
    assert found.state is state
    assert found.detail or state is LineState.READY


def test_what_the_daemon_may_overlook_is_told() -> None:
    """AT modems are read by announcement, which ModemManager drops while it is busy; QMI and MBIM are not."""
    ready = {"State": 8, "Ports": [["ttyUSB2", 3], ["wwan0", 2]]}
    home = {"RegistrationState": 1}
    told = status_of(ready, home)
    assert "overlook" in told.hint
    assert told.action
    assert status_of(ready | {"Ports": [["ttyUSB2", 3], ["cdc-wdm0", 6]]}, home).hint == ""
    assert status_of(ready, {"RegistrationState": 3}).hint == ""
    assert "1 long text lacks" in status_of(ready, home, overdue=1).hint


def test_signal_and_technology() -> None:
    assert signal_dbm([67, True]) == -71  # +CSQ: 21 is -71 dBm
    assert signal_dbm([100, True]) == -51
    assert signal_dbm([0, False]) is signal_dbm(None) is signal_dbm(["x", True]) is None
    assert technology(1 << 14) == "LTE"
    assert technology(1 << 14 | 1 << 15) == "5G"
    assert technology(1 << 1) == "GSM"
    assert technology(0) == technology(-1) == ""


# the address, and what is one part


def test_the_address_names_a_modem_or_any() -> None:
    assert open_modem("modemmanager:").capabilities.pdu is False
    make("modemmanager: 356938035643809", Hooks(), str)
    for wrong in ("modemmanager:/dev/ttyUSB2", "modemmanager:12345", "modemmanager:3569380356438090001"):
        with pytest.raises(ValueError, match="IMEI"):
            make(wrong, Hooks(), str)


def test_one_part_is_what_the_daemon_sends_as_one() -> None:
    assert fits_in_one("x" * 160)
    assert not fits_in_one("x" * 161)
    assert fits_in_one("€" * 80)
    assert not fits_in_one("€" * 80 + "x")
    assert fits_in_one("ż" * 70)
    assert not fits_in_one("ż" * 71)
    assert not fits_in_one("\U0001f600" * 36)


def test_without_a_bus_it_says_so() -> None:
    modem = make("modemmanager:", Hooks(), str)
    with pytest.raises(UnsupportedError):
        modem.command("AT")
    with pytest.raises(PortError, match="closed"):
        modem.poll(0.0)
