"""What ModemManager's errors prove. Names and words as ModemManager 1.20.4 gives them (include/
ModemManager-errors.h, src/mm-error-helpers.c; the marked ones were seen from the daemon itself)."""

from __future__ import annotations

import pytest

pytest.importorskip("dbus_fast", reason="ModemManager and its library are for Linux")

from modem.api import Outcome, Refusal
from modem.backends.modemmanager.bus import BusError
from modem.backends.modemmanager.errors import code_of, is_absent, raised, verdict
from modem.errors import PortError, PortPermissionError

MM = "org.freedesktop.ModemManager1.Error."
BUS = "org.freedesktop.DBus.Error."
SENT, NOT_SENT, UNKNOWN = Outcome.SENT, Outcome.NOT_SENT, Outcome.UNKNOWN

AFTER_SEND = [
    # refusals of the network, seen from the daemon: codes that it does not name
    (f"{MM}Message.Unknown", "Unknown message error: 38", NOT_SENT, Refusal.LATER, ("CMS", 38)),
    (f"{MM}Message.Unknown", "Unknown message error: 42", NOT_SENT, Refusal.LATER, ("CMS", 42)),
    (f"{MM}Message.Unknown", "Unknown message error: 1", NOT_SENT, Refusal.PERMANENT, ("CMS", 1)),
    (f"{MM}Message.Unknown", "Unknown message error: 197", SENT, Refusal.NONE, ("CMS", 197)),
    (f"{MM}Message.NoNetwork", "No network", NOT_SENT, Refusal.NOT_READY, ("CMS", 331)),
    (f"{MM}Message.SimBusy", "SIM busy", NOT_SENT, Refusal.NOT_READY, ("CMS", 314)),
    (f"{MM}Message.SmscAddressUnknown", "SMSC address unknown", NOT_SENT, Refusal.PERSON, ("CMS", 330)),
    (f"{MM}MobileEquipment.SimPuk", "SIM PUK required", NOT_SENT, Refusal.PERSON, ("CME", 12)),
    # what proves nothing
    (f"{MM}Message.NetworkTimeout", "Network timeout", UNKNOWN, Refusal.NONE, ("CMS", 332)),
    (f"{MM}Message.Unknown", "Unknown", UNKNOWN, Refusal.NONE, ("CMS", 500)),
    (f"{MM}Message.Unknown", "Unknown message error: 513", UNKNOWN, Refusal.NONE, ("CMS", 513)),
    (f"{MM}Message.Unknown", "Unknown message error: 38 and more", UNKNOWN, Refusal.NONE, ("CMS", 500)),
    (f"{MM}Message.NewInLaterVersions", "?", UNKNOWN, Refusal.NONE, ("CMS", None)),
    (f"{MM}MobileEquipment.Unknown", "Unknown error", UNKNOWN, Refusal.NONE, ("CME", 100)),
    (f"{MM}MobileEquipment.NetworkTimeout", "Network timeout", UNKNOWN, Refusal.NONE, ("CME", 31)),
    (f"{MM}Serial.ResponseTimeout", "Serial command timed out", UNKNOWN, Refusal.NONE, ("", None)),
    (f"{MM}Serial.SendFailed", "Serial port is now closed", UNKNOWN, Refusal.NONE, ("", None)),
    (f"{MM}Core.Failed", "Couldn't read message reference", UNKNOWN, Refusal.NONE, ("", None)),
    (f"{MM}Core.Cancelled", "cancelled", UNKNOWN, Refusal.NONE, ("", None)),
    (f"{BUS}NoReply", "Message recipient disconnected", UNKNOWN, Refusal.NONE, ("", None)),
    (f"{BUS}Timeout", "", UNKNOWN, Refusal.NONE, ("", None)),
    ("", "", UNKNOWN, Refusal.NONE, ("", None)),
    # what never reached the modem
    (f"{MM}Core.Unauthorized", "PolicyKit authorization failed", NOT_SENT, Refusal.PERSON, ("", None)),
    (f"{MM}Core.Failed", "PolicyKit authorization error: 'x'", NOT_SENT, Refusal.PERSON, ("", None)),
    (f"{BUS}AccessDenied", "rejected", NOT_SENT, Refusal.PERSON, ("", None)),
    (f"{BUS}ServiceUnknown", "not provided", NOT_SENT, Refusal.NOT_READY, ("", None)),
    (f"{BUS}UnknownMethod", "No such object path", NOT_SENT, Refusal.NOT_READY, ("", None)),
    (f"{MM}Core.TooMany", "Text or Data too long", NOT_SENT, Refusal.PERMANENT, ("", None)),
]


@pytest.mark.parametrize(
    ("name", "text", "outcome", "refusal", "code"),
    AFTER_SEND,
    ids=[f"{row[0].rpartition('Error.')[2]}-{row[1][:28]}" for row in AFTER_SEND],
)
def test_each_error_proves_what_it_proves(
    name: str, text: str, outcome: Outcome, refusal: Refusal, code: tuple[str, int | None]
) -> None:
    error = BusError(name, text)
    found = verdict(error, one_part=True)
    assert (found.outcome, found.refusal, code_of(error)) == (outcome, refusal, code)
    assert found.detail.endswith((".", ")"))


@pytest.mark.parametrize("row", [row for row in AFTER_SEND if row[4][0]], ids=lambda row: row[1])
def test_of_several_parts_a_refusal_proves_nothing(row: tuple[str, str, Outcome, Refusal, object]) -> None:
    found = verdict(BusError(row[0], row[1]), one_part=False)
    assert (found.outcome, found.refusal) == (UNKNOWN, Refusal.NONE)


def test_hostile_words_of_an_error_are_cut_and_cleaned() -> None:
    error = BusError(f"{MM}Core.Failed", "\x1b[2J\r\n" + "x" * 100_000)
    found = verdict(error, one_part=True)
    assert len(found.detail) < 400
    assert found.detail.isprintable()


def test_other_calls_raise_what_the_line_understands() -> None:
    assert type(raised(BusError(f"{MM}Core.Unauthorized", ""))) is PortPermissionError
    assert type(raised(BusError(f"{BUS}NoReply", ""))) is PortError
    failed = BusError(f"{MM}Core.Failed", "")
    assert raised(failed) is failed
    assert is_absent(BusError(f"{BUS}InvalidArgs", "No such interface “x” on object at path /y"))
    assert not is_absent(failed)
