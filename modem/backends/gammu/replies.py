"""What gammu's answers and errors mean for a line and for a person."""

from __future__ import annotations

from typing import Any

from modem.api import Identity, LineState, Status, UssdReply
from modem.backends.gammu.link import GammuError
from modem.errors import (
    CommandError,
    ModemError,
    NotReadyError,
    PortBusyError,
    PortError,
    PortPermissionError,
    UnsupportedError,
)

UNSUPPORTED = frozenset({"ERR_NOTSUPPORTED", "ERR_NOTIMPLEMENTED"})
_MOST_WORDS = 500
_COUNTS = ("SIMUsed", "PhoneUsed", "SIMUnRead", "PhoneUnRead")
_STATES = {
    "HomeNetwork": LineState.READY,
    "RoamingNetwork": LineState.READY,
    "NoNetwork": LineState.SEARCHING,
    "RequestingNetwork": LineState.SEARCHING,
    "RegistrationDenied": LineState.DENIED,
}
_WORDS = {
    LineState.SEARCHING: "The phone is looking for its network.",
    LineState.DENIED: "The network does not let this SIM in. Ask the operator.",
}
_LOCKS = {
    "PUK": (
        "The SIM is blocked and asks for its PUK. Put it into a phone and enter the PUK there.",
        LineState.NEEDS_PUK,
    ),
    "PIN": ("The SIM did not take the PIN. It will not be tried again.", LineState.NEEDS_PIN),
}


def is_gone(error: GammuError) -> bool:
    """Whether the connection is lost for good."""
    return error.name.startswith("ERR_DEVICE") or error.name in ("ERR_NOTCONNECTED", "ERR_TIMEOUT")


def locked(lock: str) -> NotReadyError:
    """Why a phone that asks for this code cannot text."""
    words, state = _LOCKS.get(
        lock, (f"The phone asks for its {_text(lock)}. Enter it on the phone itself.", LineState.FAILED)
    )
    return NotReadyError(words, state)


def open_error(error: GammuError, device: str) -> ModemError:
    """What to tell where the phone could not be opened."""
    name = error.name
    if name == "MISSING":
        return UnsupportedError("This computer cannot load python-gammu. The other lines work without it.")
    if name == "ERR_DEVICENOPERMISSION":
        return PortPermissionError(f"This user may not open {device}. Ask for the group that owns it.")
    if name in ("ERR_DEVICEBUSY", "ERR_DEVICELOCKED"):
        return PortBusyError(f"Another program holds {device}. Close it, then connect again.")
    if name in ("ERR_DEVICENOTEXIST", "ERR_DEVICEOPENERROR", "ERR_DEVICENODRIVER"):
        return PortError(f"{device} cannot be opened ({error}). Is the phone plugged in?")
    if name in ("ERR_UNKNOWNCONNECTIONTYPESTRING", "ERR_UNKNOWNMODELSTRING", "ERR_SOURCENOTAVAILABLE"):
        return PortError(f"gammu knows no such connection or model ({error}). Correct the line's address.")
    if name == "ERR_NOSIM":
        return NotReadyError("There is no SIM in the phone, or it cannot be read.", LineState.NO_SIM)
    if name == "ERR_SECURITYERROR":
        return NotReadyError("The phone asks for a code. Enter it on the phone itself.", LineState.NEEDS_PIN)
    return NotReadyError(
        f"The phone does not answer as gammu expects ({error}). Try another connection or model.",
        LineState.FAILED,
    )


def _text(value: Any, most: int = 60) -> str:
    """A string of the phone's for a person: bounded, without control characters."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return "".join(char for char in value[:most] if char.isprintable()) if isinstance(value, str) else ""


def identity(told: dict[str, Any]) -> Identity:
    """The child's ``begin``."""
    model = told.get("GetModel")
    smsc = told.get("GetSMSC")
    number = _text(smsc.get("Number")) if isinstance(smsc, dict) else ""
    return Identity(
        manufacturer=_text(told.get("GetManufacturer")),
        model=_text(model[1] or model[0]) if isinstance(model, list) and len(model) > 1 else _text(model),
        firmware=_text(told.get("GetFirmware")),
        imei=_text(told.get("GetIMEI")),
        imsi=_text(told.get("GetSIMIMSI")),
        smsc=number if number.removeprefix("+").isdecimal() else "",
    )


def counts(told: Any) -> dict[str, int] | None:
    """How many messages each memory holds; None where the phone does not count."""
    if not isinstance(told, dict):
        return None
    return {name: told[name] for name in _COUNTS if isinstance(told.get(name), int)}


def status(told: dict[str, Any], bad: int) -> Status:
    """The child's ``status``. ``bad`` messages lie on the phone that gammu cannot read."""
    network = told.get("GetNetworkInfo")
    network = network if isinstance(network, dict) else {}
    # Where gammu cannot tell, a text shows it: the line is ready.
    state = _STATES.get(str(network.get("State")), LineState.READY)
    hint = ""
    if bad:
        hint = f"gammu cannot read {bad} of the phone's messages. They stay there: read them on the phone."
    used, total = _fullest(told.get("GetSMSStatus"))
    signal = told.get("GetSignalQuality")
    strength = signal.get("SignalStrength") if isinstance(signal, dict) else None
    return Status(
        state,
        detail=_WORDS.get(state, ""),
        hint=hint,
        operator=_text(network.get("NetworkName")),
        signal_dbm=strength if isinstance(strength, int) and -150 <= strength < -1 else None,
        storage_used=used,
        storage_total=total,
    )


def _fullest(told: Any) -> tuple[int, int]:
    """Used and total of the memory that is nearest to full: the phone keeps what comes in either."""
    found = []
    for name in ("SIM", "Phone"):
        used, total = (
            told.get(f"{name}{what}") if isinstance(told, dict) else None for what in ("Used", "Size")
        )
        if isinstance(used, int) and isinstance(total, int) and total > 0:
            found.append((used / total, used, total))
    return max(found)[1:] if found else (0, 0)


def ussd(code: str, said: Any) -> UssdReply:
    """The network's answer. Raises ``CommandError`` where it is none."""
    kind = said.get("Status") if isinstance(said, dict) else None
    if kind not in ("NoActionNeeded", "ActionNeeded", "Terminated", "Unknown"):
        raise CommandError(code, detail=f"The network did not carry it out ({_text(kind)}).")
    words = said.get("Text")
    text = (
        "".join(char for char in words if char.isprintable() or char == "\n")
        if isinstance(words, str)
        else ""
    )
    return UssdReply(text[:_MOST_WORDS], kind == "ActionNeeded")
