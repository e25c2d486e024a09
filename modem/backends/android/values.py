"""What the phone's app answers, checked field by field. Everything here may be wrong, long or hostile.

The interface is that of capcom6/android-sms-gateway, 1.59.0 to 1.68.0: routes in
``localserver/WebService.kt`` and ``localserver/routes``, a message in
``localserver/domain/messages/Message.kt``, a received text in ``InboxRoutes.kt``, times as
``yyyy-MM-dd'T'HH:mm:ss.SSSXXX`` in the phone's zone (``GsonBuilder.kt``).
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from modem.errors import PduError
from modem.sms import Address, Alphabet, Deliver
from modem.sms.address import ALPHANUMERIC, parse

#: Texts, names and errors longer than this are cut; 255 parts hold less (3GPP TS 23.040 9.2.3.24.1).
MOST_TEXT = 40_000
MOST_NAME = 64
_MOST_ERROR = 300
_MOST_ENTRY = 20_000
_SURROGATE = re.compile("[\ud800-\udfff]")
_ICCID = re.compile(r"[0-9]{18,22}")
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
#: The WAP push port and the type of an MMS notification: what the app calls MMS was that on the air.
_MMS_PORTS, _MMS_DATA = (2948, 0), b"\x00\x06\x00\xbe"
#: The one port whose data messages the app takes (MessagesReceiver.kt).
_DATA_PORTS = (53739, 0)
#: What the app writes where a picture message has no words (IncomingMessagesService.kt).
_NO_WORDS = "MMS content"
_ONLY_PICTURE = "(Picture message without words. It is on the phone.)"


def clean(value: object, most: int) -> str:
    """A text that can be stored: no lone surrogates, no more than ``most`` characters; "" for others."""
    if not isinstance(value, str):
        return ""
    return _SURROGATE.sub("\ufffd", value[:most])


def moment(value: object) -> datetime | None:
    """A time of the app's, in UTC; None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        told = datetime.fromisoformat(value)
        return told.astimezone(UTC) if told.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def stamp(at: datetime) -> str:
    """A time as the app reads it (DateTimeParser.kt), in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def number_of(name: str) -> int:
    """A stable number, 0 to 2**31-1, for something that has a name only."""
    return zlib.crc32(name.encode("utf-8", "replace")) & 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class Told:
    """What the phone says of one text that was handed to it. ``times`` are by state, on the phone's clock."""

    id: str
    number: str
    state: str
    error: str = ""
    times: dict[str, datetime] = field(default_factory=dict)

    def reached(self, state: str) -> bool:
        """Whether it ever came so far: a later state can hide it (the app writes them in any order)."""
        return self.state == state or state in self.times


def read_told(value: object) -> Told | None:
    """A text's state, or None where this is none."""
    if not isinstance(value, dict):
        return None
    name, state, recipients = value.get("id"), value.get("state"), value.get("recipients")
    if not isinstance(name, str) or not isinstance(state, str) or not isinstance(recipients, list):
        return None
    first = recipients[0] if len(recipients) == 1 and isinstance(recipients[0], dict) else {}
    states = value.get("states")
    times = {
        key: at
        for key, told in (list(states.items())[:20] if isinstance(states, dict) else ())
        if (at := moment(told)) is not None
    }
    return Told(
        clean(name, MOST_NAME),
        clean(first.get("phoneNumber"), MOST_NAME),
        clean(state, MOST_NAME),
        clean(first.get("error"), _MOST_ERROR),
        times,
    )


@dataclass(frozen=True, slots=True)
class Text:
    """One entry of the phone's inbox. ``raw`` is canonical JSON and always the same for the same entry.

    ``message`` is None where the entry makes no sense; ``at`` is the centre's time.
    """

    key: str
    raw: str
    at: datetime | None
    message: Deliver | None


def read_text(value: object) -> Text:
    """An entry of the inbox. What cannot be understood is kept as it came, without a message."""
    if isinstance(value, dict):
        name, kind, sender = value.get("id"), value.get("type"), value.get("sender")
        words, at = value.get("contentPreview"), moment(value.get("createdAt"))
        if isinstance(name, str) and name and isinstance(kind, str) and isinstance(words, str):
            sim = value.get("simNumber")
            known = {
                "id": clean(name, MOST_NAME),
                "type": clean(kind, MOST_NAME),
                "sender": clean(sender, MOST_NAME),
                "simNumber": sim if isinstance(sim, int) else None,
                "contentPreview": clean(words, MOST_TEXT),
                # The phone tells the same moment in another zone after a journey.
                "createdAt": None if at is None else stamp(at),
            }
            message = _message(known["type"] or "", str(known["sender"]), str(known["contentPreview"]), at)
            return Text(str(known["id"]), _canonical(known), at, message)
    raw = clean(_canonical(value), _MOST_ENTRY)
    return Text(raw, raw, None, None)


def _canonical(value: object) -> str:
    return clean(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")), 2 * MOST_TEXT)


def _message(kind: object, sender: str, words: str, at: datetime | None) -> Deliver:
    """The entry as the text that it was on the air, as far as the phone tells."""
    text, data, ports = words, b"", None
    alphabet = Alphabet.UCS2
    if kind == "MMS":
        text = "" if words == "MMS notification" else words
        data, ports, alphabet = _MMS_DATA, _MMS_PORTS, Alphabet.BINARY
    elif kind == "DATA_SMS":
        text, ports, alphabet = "", _DATA_PORTS, Alphabet.BINARY
    elif kind == "MMS_DOWNLOADED" and words == _NO_WORDS:
        text = _ONLY_PICTURE
    if alphabet is Alphabet.UCS2:
        data = text.encode("utf-16-be", "replace")  # what texts are joined from
    return Deliver(
        smsc=None,
        sender=_sender(sender),
        timestamp=at,
        pid=0,
        dcs=0x08 if alphabet is Alphabet.UCS2 else 0x04,
        alphabet=alphabet,
        message_class=None,
        concat=None,
        text=text,
        data=data,
        udh=(),
        ports=ports,
    )


def _sender(name: str) -> Address:
    try:
        return parse(name)
    except PduError:
        return Address(name, ALPHANUMERIC, 0)


@dataclass(frozen=True, slots=True)
class Phone:
    """The phone and, where it has one SIM and tells of it, that SIM."""

    manufacturer: str = ""
    model: str = ""
    operator: str = ""
    iccid: str = ""
    number: str = ""


def read_phone(value: object) -> Phone | None:
    """GET /device: a list of one device; its name is "maker/product". None where this is none."""
    device = value[0] if isinstance(value, list) and len(value) == 1 else None
    if not isinstance(device, dict) or not isinstance(device.get("name"), str):
        return None
    maker, _, product = clean(device["name"], MOST_NAME).partition("/")
    cards = device.get("simCards")
    card = cards[0] if isinstance(cards, list) and len(cards) == 1 and isinstance(cards[0], dict) else {}
    iccid, number = clean(card.get("iccid"), 22), clean(card.get("phoneNumber"), 17)
    return Phone(
        maker,
        product,
        clean(card.get("carrierName"), MOST_NAME),
        iccid if _ICCID.fullmatch(iccid) else "",
        number if _NUMBER.fullmatch(number) else "",
    )


@dataclass(frozen=True, slots=True)
class Health:
    """GET /health: the app's version, the battery in percent (None unknown), and the kind of network."""

    version: str
    battery: int | None = None
    charging: bool = True
    technology: str = ""


#: CellularNetworkType.kt, by its place.
_TECHNOLOGY = {2: "2G", 3: "3G", 4: "4G", 5: "5G"}


def read_health(value: object) -> Health | None:
    """The app's health, or None where this is none."""
    checks = value.get("checks") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(checks, dict):
        return None
    battery, charging = _observed(checks, "battery:level"), _observed(checks, "battery:charging")
    return Health(
        clean(value.get("version"), 20),
        battery if battery is not None and 0 <= battery <= 100 else None,
        charging is None or bool(charging & 1),
        _TECHNOLOGY.get(_observed(checks, "connection:cellular") or 0, ""),
    )


def _observed(checks: dict[str, object], name: str) -> int | None:
    check = checks.get(name)
    value = check.get("observedValue") if isinstance(check, dict) else None
    return value if isinstance(value, int) and abs(value) < 1_000_000 else None
