"""What gammu says of a message, as ours; and our parts of a text as gammu wants them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from modem.api import Incoming, Outgoing, Slot
from modem.errors import PduError
from modem.sms import (
    Address,
    Alphabet,
    Concat,
    Deliver,
    StatusReport,
    decode_submit,
    encode_deliver,
    encode_status_report,
    split,
)
from modem.sms import address as addresses
from modem.sms.times import read_relative, write_relative
from modem.sms.userdata import Elements, read_concat, read_elements, read_ports, write_concat

Values = dict[str, Any]

_CODINGS = {
    "Default_No_Compression": Alphabet.GSM7,
    "Unicode_No_Compression": Alphabet.UCS2,
    "8bit": Alphabet.BINARY,
}
_SCHEMES = {Alphabet.GSM7: 0x00, Alphabet.BINARY: 0x04, Alphabet.UCS2: 0x08}
_WRITTEN = {Alphabet.GSM7: "Default_No_Compression", Alphabet.UCS2: "Unicode_No_Compression"}
# Longer periods come out wrong in python-gammu: five weeks as five days.
_LONGEST_VALIDITY = 30 * 24 * 60
_MOST_PARTS = 255


class NotSoError(ValueError):
    """gammu would send something else than was asked; the text says what. Nothing left."""


def parts_of(outgoing: Outgoing, smsc: str) -> list[Values]:
    """One dict for ``SendSMS`` a part, cut by our own rules. Raises ``PduError`` for what cannot be sent."""
    if "\0" in outgoing.text:
        raise PduError("it holds a NUL character, and gammu would cut it there.")
    cut = split(outgoing.text)
    total = len(cut.segments)
    if total > _MOST_PARTS:
        raise PduError(f"it is too long: {total} parts, and a text has at most {_MOST_PARTS}.")
    coding = _WRITTEN[cut.alphabet]
    centre: Values = {"Location": 0, "Number": smsc} if smsc else {"Location": 1}
    # Without a period gammu asks for one of five minutes; "Max" leaves it to the message centre.
    centre["Validity"] = _period(outgoing.validity_minutes)
    found = []
    for number, segment in enumerate(cut.segments, 1):
        part: Values = {
            "Number": outgoing.number,
            "Text": segment,
            "Coding": coding,
            "Class": -1,
            "SMSC": dict(centre),
            "Folder": 0,
            "Type": "Status_Report" if outgoing.want_report else "Submit",
        }
        if total > 1:
            kind, octets = write_concat(Concat(outgoing.concat_reference, 8, total, number))
            element = bytes((kind, len(octets))) + octets
            part["UDH"] = (bytes((len(element),)) + element).hex()
        found.append(part)
    return found


def _period(minutes: int | None) -> str:
    if minutes is None:
        return "Max"
    return f"{read_relative(write_relative(min(minutes, _LONGEST_VALIDITY)))}M"


def check(pdu: str, part: Values, outgoing: Outgoing) -> None:
    """Whether the PDU that gammu makes of ``part`` says what was asked. Raises :class:`NotSoError`."""
    try:
        made = decode_submit(pdu)
    except PduError as error:
        raise NotSoError(f"gammu makes no valid text of it ({error}).") from None
    header = bytes.fromhex(part.get("UDH", ""))
    if made.text != part["Text"]:
        raise NotSoError(f"gammu would change its words{_where(made.text, part['Text'])}.")
    if made.destination.number != outgoing.number:
        raise NotSoError("gammu would send it to another number.")
    if made.udh != read_elements(header[1:]) or made.wants_report is not outgoing.want_report:
        raise NotSoError("gammu would send it with other settings.")


def _where(made: str, asked: str) -> str:
    """libgammu writes "~" as U+0001 in every text that needs UCS-2, after the habit of old Nokia phones."""
    changed = next((char for now, char in zip(made, asked, strict=False) if now != char), "")
    return f' at the character "{changed}"; write it without' if changed.isprintable() and changed else ""


def raw_of(sms: Values) -> str:
    """Canonical JSON of what gammu said."""
    return json.dumps(sms, sort_keys=True, separators=(",", ":"))


def incoming(told: Values) -> Incoming:
    """One row of the child as ours. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for garbage.

    gammu hides the PDU. What it says is written as one again, so that parts join as everywhere; where no
    PDU can say it, the message is given decoded with its canonical JSON.
    """
    sms, place = told["sms"], told["place"]
    slot = None if place is None else Slot(str(place["memory"])[:20], int(place["location"]))
    is_report = sms["Type"] == "Status_Report"
    try:
        return Incoming(_report_pdu(sms) if is_report else _deliver_pdu(sms), slot, is_report)
    except PduError:
        message = _report(sms) if is_report else _deliver(sms)
        return Incoming(raw_of(sms), slot, is_report, message)


def _time(told: Any) -> datetime | None:
    moment = datetime.fromisoformat(told) if isinstance(told, str) else None
    return moment.astimezone() if moment is not None and moment.tzinfo is None else moment


def _aware(told: Any) -> datetime:
    moment = _time(told)
    if moment is None:
        raise PduError("it has no time")
    return moment


def _centre(sms: Values) -> Address | None:
    number = str(sms.get("SMSC") or "")
    return addresses.parse(number) if number else None


def _report_pdu(sms: Values) -> str:
    return encode_status_report(
        str(sms["Number"]),
        reference=int(sms["MessageReference"]),
        submitted=_aware(sms.get("DateTime")),
        discharged=_aware(sms.get("SMSCDateTime")),
        status=int(sms["DeliveryStatus"]),
        smsc=_centre(sms) or "",
    ).hex


def _report(sms: Values) -> StatusReport:
    return StatusReport(
        _centre(sms),
        int(sms["MessageReference"]) & 0xFF,
        addresses.parse(str(sms["Number"])),
        _time(sms.get("DateTime")),
        _time(sms.get("SMSCDateTime")),
        int(sms["DeliveryStatus"]) & 0xFF,
    )


def _elements(sms: Values) -> Elements:
    return read_elements(bytes.fromhex(str(sms.get("UDH") or ""))[1:])


def _scheme(sms: Values, alphabet: Alphabet) -> int:
    kind = int(sms["Class"])
    return _SCHEMES[alphabet] | (0x10 | kind if 0 <= kind <= 3 else 0)


def _pid(sms: Values) -> int:
    kind = int(sms["ReplaceMessage"])
    return 0x40 + kind if 1 <= kind <= 7 else 0


def _alphabet(sms: Values) -> Alphabet:
    try:
        return _CODINGS[sms["Coding"]]
    except KeyError:
        raise PduError(f"it is coded as {str(sms.get('Coding'))[:40]}") from None


def _deliver_pdu(sms: Values) -> str:
    alphabet = _alphabet(sms)
    text = str(sms["Text"])
    data = bytes.fromhex(text) if alphabet is Alphabet.BINARY else None
    return encode_deliver(
        addresses.parse(str(sms["Number"])),
        "" if data is not None else text,
        timestamp=_aware(sms.get("DateTime")),
        smsc=_centre(sms) or "",
        pid=_pid(sms),
        dcs=_scheme(sms, alphabet),
        data=data,
        udh=_elements(sms),
    ).hex


def _deliver(sms: Values) -> Deliver:
    """Decoded, for what no PDU can say, such as a letter that gammu read from a table of its own."""
    udh = _elements(sms)
    alphabet = _CODINGS.get(sms["Coding"], Alphabet.UCS2)
    text = str(sms["Text"])
    if alphabet is Alphabet.BINARY:
        text, data = "", bytes.fromhex(text)
    else:
        alphabet = Alphabet.UCS2
        data = text.encode("utf-16-be", "surrogatepass")
    kind = int(sms["Class"])
    return Deliver(
        smsc=_centre(sms),
        sender=addresses.parse(str(sms["Number"])),
        timestamp=_time(sms.get("DateTime")),
        pid=_pid(sms),
        dcs=_scheme(sms, alphabet),
        alphabet=alphabet,
        message_class=kind if 0 <= kind <= 3 else None,
        concat=read_concat(udh),
        text=data.decode("utf-16-be", "replace") if alphabet is Alphabet.UCS2 else text,
        data=data,
        udh=udh,
        ports=read_ports(udh),
    )
