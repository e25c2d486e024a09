"""SMS-DELIVER, SMS-SUBMIT and SMS-STATUS-REPORT to and from hex (3GPP TS 23.040 9.2.2, 27.005 3.1).

Everything is bounded before it is read, and every failure is a ``PduError``.
"""

from __future__ import annotations

from datetime import datetime

from modem.errors import PduError
from modem.sms import address, gsm7, times, userdata
from modem.sms.address import Address
from modem.sms.coding import Alphabet, read_coding, write_coding
from modem.sms.segments import split
from modem.sms.userdata import Concat, Elements
from modem.sms.values import Deliver, Pdu, StatusReport, Submit

MOST_TPDU_OCTETS = 176
_MOST_PDU_OCTETS = MOST_TPDU_OCTETS + 12
_DELIVER, _SUBMIT, _STATUS_REPORT = 0, 1, 2  # by direction: what comes in, what goes out
_REJECT_DUPLICATES, _NO_MORE_MESSAGES, _RELATIVE_VALIDITY = 0x04, 0x04, 0x10
_REPORT, _HEADER = 0x20, 0x40


def decode_incoming(hex: str) -> Deliver | StatusReport:
    """What a modem hands up: a text that arrived or a status report, with the centre's part before it.

    Where that part is missing or garbled, the octets are read as a bare TPDU if that is unambiguous:
    everything fits to the last octet. Octets after the message are ignored otherwise.
    Raises ``PduError`` for anything else, a stored outgoing text included.
    """
    octets = _octets(hex)
    try:
        centre, at = address.read_centre(octets)
        return _read_incoming(octets, at, centre)[0]
    except PduError:
        message = _read_bare(octets)
        if message is None:
            raise
        return message


def decode_submit(hex: str) -> Submit:
    """An outgoing text, with the centre's part before it. Raises ``PduError`` for anything else."""
    octets = _octets(hex)
    centre, at = address.read_centre(octets)
    _bound(octets, at, 2)
    first, reference = octets[at], octets[at + 1]
    if first & 0x03 != _SUBMIT:
        raise PduError("the PDU is no outgoing text (SMS-SUBMIT)")
    destination, at = address.read(octets, at + 2)
    _bound(octets, at, 3)
    pid, dcs = octets[at], octets[at + 1]
    coding = read_coding(dcs)
    validity, until, at = _read_validity(first >> 3 & 3, octets, at + 2)
    udh, data, _ = userdata.read(octets, at, coding.alphabet, bool(first & _HEADER))
    return Submit(
        smsc=centre,
        reference=reference,
        destination=destination,
        pid=pid,
        dcs=dcs,
        alphabet=coding.alphabet,
        message_class=coding.message_class,
        concat=userdata.read_concat(udh),
        text=userdata.read_text(coding.alphabet, data, udh),
        data=data,
        udh=udh,
        wants_report=bool(first & _REPORT),
        rejects_duplicates=bool(first & _REJECT_DUPLICATES),
        validity=validity,
        valid_until=until,
    )


def _octets(hex: str) -> bytes:
    if len(hex) > 2 * _MOST_PDU_OCTETS:
        raise PduError(f"{len(hex)} hex digits: no SMS PDU is longer than {2 * _MOST_PDU_OCTETS}")
    try:
        return bytes.fromhex(hex)
    except (ValueError, TypeError):
        raise PduError("the PDU is not hex: two digits 0-9, A-F for each octet") from None


def _bound(octets: bytes, at: int, needed: int) -> None:
    """Raise unless ``needed`` octets are there and the TPDU is not longer than it may be."""
    if at + needed > len(octets):
        raise PduError("the PDU ends too soon")
    if len(octets) - at > MOST_TPDU_OCTETS:
        raise PduError(f"a TPDU of {len(octets) - at} octets: at most {MOST_TPDU_OCTETS} are allowed")


def _read_incoming(octets: bytes, at: int, centre: Address | None) -> tuple[Deliver | StatusReport, int]:
    """The message and where it ends."""
    _bound(octets, at, 2)
    kind = octets[at] & 0x03
    if kind == _SUBMIT:
        raise PduError("the PDU is an outgoing text (SMS-SUBMIT), not one that arrived")
    if kind == _STATUS_REPORT:
        return _read_report(octets, at, centre)
    return _read_deliver(octets, at, centre)  # the reserved kind 3 too, as 23.040 9.2.3.1 asks


def _read_deliver(octets: bytes, at: int, centre: Address | None) -> tuple[Deliver, int]:
    first = octets[at]
    sender, at = address.read(octets, at + 1)
    _bound(octets, at, 3 + times.STAMP_OCTETS)
    pid, dcs = octets[at], octets[at + 1]
    coding = read_coding(dcs)
    at += 2
    timestamp = times.read_stamp(octets[at : at + times.STAMP_OCTETS])
    at += times.STAMP_OCTETS
    alphabet = coding.alphabet
    udh, data, end = userdata.read(octets, at, alphabet, bool(first & _HEADER))
    text = userdata.read_text(alphabet, data, udh)
    concat = userdata.read_concat(udh) if udh else None
    ports = userdata.read_ports(udh) if udh else None
    message_class = coding.message_class
    message = Deliver(
        centre, sender, timestamp, pid, dcs, alphabet, message_class, concat, text, data, udh, ports
    )
    return message, end


def _read_report(octets: bytes, at: int, centre: Address | None) -> tuple[StatusReport, int]:
    reference = octets[at + 1]
    recipient, at = address.read(octets, at + 2)
    _bound(octets, at, 2 * times.STAMP_OCTETS + 1)
    middle = at + times.STAMP_OCTETS
    end = middle + times.STAMP_OCTETS
    submitted = times.read_stamp(octets[at:middle])
    discharged = times.read_stamp(octets[middle:end])
    return StatusReport(centre, reference, recipient, submitted, discharged, octets[end]), end + 1


def _read_bare(octets: bytes) -> Deliver | StatusReport | None:
    """The message in octets without a centre's part, if there can be no doubt; else None."""
    try:
        message, end = _read_incoming(octets, 0, None)
    except PduError:
        return None
    if isinstance(message, Deliver):
        kind, other, time = octets[2], message.sender, message.timestamp
    else:
        kind, other, time = octets[3], message.recipient, message.submitted
    certain = end == len(octets) and kind >= 0x80 and other.number and time and octets[0] & 0x03 != 3
    return message if certain else None


def _read_validity(form: int, octets: bytes, at: int) -> tuple[int | None, datetime | None, int]:
    """Minutes, moment and the end of a validity period (23.040 9.2.3.3: 2 relative, 1 enhanced, 3 moment)."""
    if form == 0:
        return None, None, at
    end = at + (1 if form == 2 else times.STAMP_OCTETS)
    _bound(octets, end, 1)
    if form == 2:
        return times.read_relative(octets[at]), None, end
    if form == 1:
        return times.read_enhanced(octets[at:end]), None, end
    return None, times.read_stamp(octets[at:end]), end


def _choose(text: str) -> Alphabet:
    return Alphabet.GSM7 if gsm7.first_foreign(text) is None else Alphabet.UCS2


def _body(
    text: str,
    data: bytes | None,
    alphabet: Alphabet | None,
    dcs: int | None,
    flash: bool,
    concat: Concat | None,
    udh: Elements,
) -> tuple[int, int, bytes]:
    """The header flag, the data coding scheme and the user data with its length."""
    if dcs is not None:
        alphabet = read_coding(_octet(dcs, "a data coding scheme")).alphabet
    elif alphabet is None:
        alphabet = _choose(text) if data is None else Alphabet.BINARY
    if concat is not None:
        udh = (userdata.write_concat(concat), *udh)
    if data is None:
        data = userdata.text_data(alphabet, text)
    scheme = write_coding(alphabet, flash) if dcs is None else dcs
    return _HEADER if udh else 0, scheme, userdata.write(alphabet, data, udh)


def _octet(value: int, what: str) -> int:
    if not 0 <= value <= 255:
        raise PduError(f"{what} must be from 0 to 255, not {value}")
    return value


def _finish(smsc: str | Address, tpdu: bytes) -> Pdu:
    return Pdu((address.write_centre(smsc) + tpdu).hex().upper(), len(tpdu))


def _destination(number: str | Address) -> Address:
    if not isinstance(number, str):
        return number
    to = address.parse(number)
    if to.alphanumeric:
        raise PduError("that is no number: up to 20 digits, with a + before them when international")
    return to


def encode_submit(
    number: str | Address,
    text: str,
    *,
    alphabet: Alphabet | None = None,
    concat: Concat | None = None,
    report: bool = False,
    validity_minutes: int | None = None,
    reference: int = 0,
    reject_duplicates: bool = False,
    flash: bool = False,
    smsc: str | Address = "",
    pid: int = 0,
    dcs: int | None = None,
    data: bytes | None = None,
    udh: Elements = (),
) -> Pdu:
    """One part of an outgoing text. The alphabet is the smallest that holds the text, unless named.

    ``pid``, ``dcs``, ``data`` and ``udh`` (further information elements) as in :func:`encode_deliver`.
    Raises ``PduError`` where the number cannot be dialled or the text does not fit into one part.
    """
    to = _destination(number)
    header, scheme, body = _body(text, data, alphabet, dcs, flash, concat, udh)
    first = _SUBMIT | header | (_REPORT if report else 0)
    if reject_duplicates:
        first |= _REJECT_DUPLICATES
    validity = b""
    if validity_minutes is not None:
        first |= _RELATIVE_VALIDITY
        validity = bytes((times.write_relative(validity_minutes),))
    start = bytes((first, _octet(reference, "a message reference")))
    middle = bytes((_octet(pid, "a protocol identifier"), scheme))
    return _finish(smsc, start + address.write(to) + middle + validity + body)


def encode_message(
    number: str | Address, text: str, *, reference: int, report: bool, validity_minutes: int | None = None
) -> tuple[Pdu, ...]:
    """A whole outgoing text, in as many parts as it takes; ``reference`` (0..255) names the parts.

    Raises ``PduError`` as :func:`encode_submit` does, and for more than 255 parts.
    """
    to = _destination(number)
    parts = split(text)
    total = len(parts.segments)
    return tuple(
        encode_submit(
            to,
            segment,
            alphabet=parts.alphabet,
            concat=Concat(reference, 8, total, part) if total > 1 else None,
            report=report,
            validity_minutes=validity_minutes,
        )
        for part, segment in enumerate(parts.segments, 1)
    )


def encode_deliver(
    sender: str | Address,
    text: str,
    *,
    timestamp: datetime,
    smsc: str | Address = "",
    alphabet: Alphabet | None = None,
    concat: Concat | None = None,
    flash: bool = False,
    pid: int = 0,
    dcs: int | None = None,
    data: bytes | None = None,
    udh: Elements = (),
) -> Pdu:
    """One part of a text as a centre hands it to a phone; ``timestamp`` must be aware.

    ``dcs`` overrides what ``alphabet`` and ``flash`` ask for. ``data`` instead of ``text`` is user data
    as in :class:`~modem.sms.values.Deliver`, 8-bit unless said otherwise. ``sender`` may be a name.
    """
    who = address.parse(sender) if isinstance(sender, str) else sender
    header, scheme, body = _body(text, data, alphabet, dcs, flash, concat, udh)
    first = bytes((_DELIVER | _NO_MORE_MESSAGES | header,))
    middle = bytes((_octet(pid, "a protocol identifier"), scheme))
    return _finish(smsc, first + address.write(who) + middle + times.write_stamp(timestamp) + body)


def encode_deliver_message(
    sender: str | Address,
    text: str,
    *,
    timestamp: datetime,
    reference: int,
    bits: int = 8,
    smsc: str | Address = "",
) -> tuple[Pdu, ...]:
    """A whole incoming text, in as many parts as it takes; ``bits`` is the reference's width, 8 or 16."""
    parts = split(text, bits)
    total = len(parts.segments)
    return tuple(
        encode_deliver(
            sender,
            segment,
            timestamp=timestamp,
            smsc=smsc,
            alphabet=parts.alphabet,
            concat=Concat(reference, bits, total, part) if total > 1 else None,
        )
        for part, segment in enumerate(parts.segments, 1)
    )


def encode_status_report(
    recipient: str | Address,
    *,
    reference: int,
    submitted: datetime,
    discharged: datetime,
    status: int,
    smsc: str | Address = "",
) -> Pdu:
    """A status report as a centre hands it to a phone; times must be aware, ``status`` 0..255."""
    who = address.parse(recipient) if isinstance(recipient, str) else recipient
    start = bytes((_STATUS_REPORT | _NO_MORE_MESSAGES, _octet(reference, "a message reference")))
    stamps = times.write_stamp(submitted) + times.write_stamp(discharged)
    return _finish(smsc, start + address.write(who) + stamps + bytes((_octet(status, "a status"),)))
