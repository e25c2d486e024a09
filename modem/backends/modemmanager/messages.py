"""ModemManager's SMS objects as this program's values (D-Bus interface org.freedesktop.ModemManager1.Sms).

The daemon decodes and joins; what it does not tell (protocol identifier, header, ports, the single parts)
is lost. Everything in the properties comes from the network: each is checked for its type and no more is
believed of it.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from modem.api import Incoming, Slot
from modem.errors import PduError
from modem.sms import Address, Alphabet, Deliver, StatusReport, gsm7
from modem.sms.address import parse

INTERFACE = "org.freedesktop.ModemManager1.Sms"

Properties = Mapping[str, Any]


class State(enum.IntEnum):
    """MMSmsState."""

    UNKNOWN, STORED, RECEIVING, RECEIVED, SENDING, SENT = range(6)


_DELIVER, _REPORT, _CDMA_DELIVER = 1, 3, 32  # MMSmsPduType
_STORAGES = ("", "SM", "ME", "MT", "SR", "BM", "TA")  # MMSmsStorage
_PENDING, _FAILED = 0x30, 0x40  # TP-ST, reserved values of the two kinds
_PATH = re.compile(r"/org/freedesktop/ModemManager1/SMS/([0-9]{1,9})")
#: What names a message, whatever its object path is: paths are numbered anew when the daemon restarts.
_NAMING = ("Class", "DeliveryState", "DischargeTimestamp", "MessageReference", "Number", "PduType", "SMSC")
_MOST_DIGITS = 40


def is_path(path: object) -> bool:
    """Whether this is the path of an SMS object."""
    return isinstance(path, str) and _PATH.fullmatch(path) is not None


def slot(path: str, properties: Properties) -> Slot:
    """The place of a message: its storage (27.005 3.1) and the number in its object path."""
    storage = number(properties, "Storage")
    found = _PATH.fullmatch(path)
    name = _STORAGES[storage] if 0 <= storage < len(_STORAGES) else ""
    return Slot(name, int(found[1]) if found else 0)


def path_of(place: Slot) -> str:
    """The object path that :func:`slot` read."""
    return f"/org/freedesktop/ModemManager1/SMS/{place.index}"


def raw(properties: Properties) -> str:
    """The message as it was told, as canonical JSON: sorted keys, no spaces, octets in hex."""
    told: dict[str, Any] = {name: properties.get(name) for name in _NAMING}
    told |= {"Text": words(properties, "Text"), "Timestamp": words(properties, "Timestamp")}
    told["Data"] = octets(properties).hex()
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def incoming(path: str, properties: Properties) -> Incoming | None:
    """A complete received message; None for one that still misses parts, and for what we send ourselves."""
    kind = number(properties, "PduType")
    if number(properties, "State") != State.RECEIVED or kind not in (_DELIVER, _REPORT, _CDMA_DELIVER):
        return None
    message = _report(properties) if kind == _REPORT else _deliver(properties)
    return Incoming(raw(properties), slot(path, properties), kind == _REPORT, message)


def _deliver(properties: Properties) -> Deliver:
    text, data = words(properties, "Text"), octets(properties)
    binary = bool(data) and not text
    alphabet = Alphabet.BINARY if binary else Alphabet.GSM7
    if not binary and gsm7.first_foreign(text) is not None:
        alphabet = Alphabet.UCS2
    if not binary:
        data = gsm7.encode(text) if alphabet is Alphabet.GSM7 else text.encode("utf-16-be", "replace")
    group = number(properties, "Class")
    message_class = group if 0 <= group <= 3 else None
    scheme = {Alphabet.GSM7: 0x00, Alphabet.BINARY: 0x04, Alphabet.UCS2: 0x08}[alphabet]
    return Deliver(
        smsc=_address(words(properties, "SMSC")),
        sender=_address(words(properties, "Number")) or Address(""),
        timestamp=moment(words(properties, "Timestamp")),
        pid=0,
        dcs=scheme if message_class is None else scheme | 0x10 | message_class,
        alphabet=alphabet,
        message_class=message_class,
        concat=None,
        text="" if binary else text,
        data=data,
        udh=(),
        ports=None,
    )


def _report(properties: Properties) -> StatusReport:
    return StatusReport(
        smsc=_address(words(properties, "SMSC")),
        reference=number(properties, "MessageReference") & 0xFF,
        recipient=_address(words(properties, "Number")) or Address(""),
        submitted=moment(words(properties, "Timestamp")),
        discharged=moment(words(properties, "DischargeTimestamp")),
        status=_status(number(properties, "DeliveryState")),
    )


def _status(state: int) -> int:
    """TP-ST (23.040 9.2.3.15) of an MMSmsDeliveryState, which is TP-ST itself below 0x100.

    Above stand "unknown" (0x100) and the CDMA ones: 0x2xx failed for good, 0x3xx for the moment.
    """
    if 0 <= state <= 0xFF:
        return state
    return _FAILED if 0x200 <= state <= 0x2FF else _PENDING


def _address(text: str) -> Address | None:
    if not text:
        return None
    try:
        return parse(text[:_MOST_DIGITS])
    except PduError:
        return Address(text[:_MOST_DIGITS])


def moment(text: str) -> datetime | None:
    """An aware moment from ISO 8601 as the daemon writes it ("2026-11-22T05:33:41+02"); None for nonsense.

    A time without a zone is taken as UTC.
    """
    try:
        told = datetime.fromisoformat(text)
        aware = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
        aware.astimezone(UTC)  # year 1 or 9999 and a zone
    except (ValueError, OverflowError):
        return None
    return aware


def number(properties: Properties, name: str) -> int:
    """A number among the properties; -1 where there is none."""
    value = properties.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def words(properties: Properties, name: str) -> str:
    """A text among the properties; "" where there is none."""
    value = properties.get(name)
    return value if isinstance(value, str) else ""


def octets(properties: Properties) -> bytes:
    """The octets of a binary message; b"" where there are none."""
    value = properties.get("Data")
    return bytes(value) if isinstance(value, bytes | bytearray) else b""
