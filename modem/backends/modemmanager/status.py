"""A modem's health from ModemManager's properties (interfaces Modem and Modem.Modem3gpp)."""

from __future__ import annotations

from modem.api import LineState, Status
from modem.backends.modemmanager.messages import Properties, number, words
from modem.backends.modemmanager.opening import DISABLED, DISABLING, ENABLED, FAILED, LOCKED, failure

_AT_HOME, _ROAMING = (1, 6, 9), (5, 7, 10)  # MMModem3gppRegistrationState, with "SMS only" and CSFB
_DENIED = (3, 8, 11)
_QMI, _MBIM = 6, 7  # MMModemPortType: these read by the message's number and overlook none
_TECHNOLOGIES = (  # MMModemAccessTechnology, the newest first
    *((1 << 15, "5G"), (1 << 17, "NB-IoT"), (1 << 16, "LTE-M"), (1 << 14, "LTE")),
    *((1 << 9, "HSPA+"), (0b111 << 6, "HSPA"), (1 << 5, "UMTS")),
    *((1 << 4, "EDGE"), (1 << 3, "GPRS"), (0b110, "GSM")),
)
_WORDS = {
    LineState.SEARCHING: "The modem is looking for its network.",
    LineState.DENIED: "The network does not let this SIM in. Ask the operator.",
}


def status_of(told: Properties, network: Properties, overdue: int = 0) -> Status:
    """The state of the line, from the properties of the two interfaces.

    ``overdue`` is how many long texts wait in vain for their parts.
    """
    state, detail, action = _state(told, network)
    hint = ""
    if state is LineState.READY:
        hint, action = _hint(told, overdue)
    return Status(
        state,
        detail=detail,
        hint=hint,
        action=action,
        operator=words(network, "OperatorName"),
        technology=technology(number(told, "AccessTechnologies")),
        signal_dbm=signal_dbm(told.get("SignalQuality")),
    )


def _state(told: Properties, network: Properties) -> tuple[LineState, str, str]:
    state = number(told, "State")
    if state in (FAILED, LOCKED):
        detail, line = failure(told)
        return LineState(line), detail, ""
    if state in (DISABLED, DISABLING):
        return (
            LineState.FAILED,
            "Another program has switched the modem off in ModemManager.",
            "Switch mobile broadband on, or take the line off and on again.",
        )
    if state < ENABLED:
        return LineState.CONNECTING, "ModemManager is starting the modem.", ""
    registration = number(network, "RegistrationState")
    if registration in _AT_HOME + _ROAMING:
        return LineState.READY, "", ""
    line = LineState.DENIED if registration in _DENIED else LineState.SEARCHING
    return line, _WORDS[line], ""


def _hint(told: Properties, overdue: int) -> tuple[str, str]:
    """What ModemManager loses sight of, and what helps."""
    if overdue:
        return (
            f"{overdue} long {'text lacks' if overdue == 1 else 'texts lack'} a part. ModemManager shows "
            "nothing of it before the part comes; it stays in the modem.",
            "Switch mobile broadband off and on: ModemManager reads the whole memory again then.",
        )
    ports = told.get("Ports")
    if isinstance(ports, list) and not any(_kind(port) in (_QMI, _MBIM) for port in ports):
        return (
            "ModemManager may overlook a text that comes while it reads or deletes another one. It stays in "
            "the modem until ModemManager reads the whole memory again.",
            "Use the modem's own port instead, with ModemManager kept off it.",
        )
    return "", ""


def _kind(port: object) -> object:
    return port[1] if isinstance(port, list | tuple) and len(port) == 2 else None


def technology(bits: int) -> str:
    """The newest of the radio technologies in use; "" when none is told."""
    return next((name for mask, name in _TECHNOLOGIES if bits > 0 and bits & mask), "")


def signal_dbm(quality: object) -> int | None:
    """The signal from ModemManager's percent, None when it has none.

    It makes the percent of +CSQ's 0..31 (27.007 8.5), which stand for -113 to -51 dBm in steps of 2.
    """
    if not isinstance(quality, list | tuple) or not quality or not isinstance(quality[0], int):
        return None
    percent = quality[0]
    return None if not 0 < percent <= 100 else round(-113 + 62 * percent / 100)
