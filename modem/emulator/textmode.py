"""Messages as text mode shows and takes them (3GPP TS 27.005 3.1, 3.4.1-3.4.3 and 3.5.1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from modem.emulator.results import cms
from modem.emulator.sim import STATUS_WORDS, Stored
from modem.errors import PduError
from modem.sms import (
    Alphabet,
    Deliver,
    Pdu,
    StatusReport,
    Submit,
    decode_incoming,
    decode_submit,
    encode_submit,
)

if TYPE_CHECKING:
    from modem.emulator.device import Device

_REPORT_ASKED = 0x20


def in_charset(text: str, charset: str) -> str:
    """Text as the terminal's +CSCS wants it; the result is written to the line as Latin-1."""
    if charset == "UCS2":
        return text.encode("utf-16-be", "surrogatepass").hex().upper()
    if charset == "HEX":
        return text.encode("latin-1", "replace").hex().upper()
    if charset == "UTF-8":
        return text.encode("utf-8", "replace").decode("latin-1")
    return text


def from_charset(octets: bytes, charset: str) -> str:
    """What the terminal typed, by its +CSCS. Raises CMS 305 on broken hexadecimal."""
    typed = octets.decode("latin-1")
    try:
        if charset == "UCS2":
            return bytes.fromhex(typed).decode("utf-16-be", "replace")
        if charset == "HEX":
            return bytes.fromhex(typed).decode("latin-1")
    except ValueError:
        raise cms(305) from None
    return octets.decode("utf-8", "replace") if charset == "UTF-8" else typed


def number_from(argument: str, charset: str) -> str:
    """An address argument; with +CSCS="UCS2" it may be hexadecimal."""
    if charset == "UCS2" and len(argument) % 4 == 0 and argument.startswith("00"):
        return from_charset(argument.encode("latin-1", "replace"), charset)
    return argument


def submitted(device: Device, number: str, payload: bytes) -> Submit:
    """The SMS-SUBMIT that a text-mode +CMGS makes."""
    settings = device.settings
    text = from_charset(payload.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), settings.charset)
    first, _, _, coding = settings.text_parameters
    alphabet = Alphabet.UCS2 if coding & 0x0C == 0x08 else None
    try:
        pdu = encode_submit(number, text, alphabet=alphabet, report=bool(first & _REPORT_ASKED))
        return decode_submit(pdu.hex)
    except PduError:
        raise cms(305) from None


def _stamp(moment: datetime | None) -> str:
    if moment is None:
        return "00/00/00,00:00:00+00"
    quarters = round((moment.utcoffset() or moment - moment).total_seconds() / 900)
    return moment.strftime("%y/%m/%d,%H:%M:%S") + f"{quarters:+03d}"


def _decoded(stored: Stored) -> Deliver | StatusReport | Submit | None:
    try:
        return decode_submit(stored.hex) if stored.status >= 2 else decode_incoming(stored.hex)
    except PduError:
        return None


def _report_fields(report: StatusReport) -> str:
    toa = 145 if report.recipient.number.startswith("+") else 129
    stamps = f'"{_stamp(report.submitted)}","{_stamp(report.discharged)}"'
    return f'6,{report.reference},"{report.recipient.number}",{toa},{stamps},{report.status}'


def _address(device: Device, number: str) -> str:
    return f'"{in_charset(number, device.settings.charset)}"'


def _body(device: Device, text: str) -> str:
    return in_charset(text, device.settings.charset)


def listed(device: Device, index: int, stored: Stored) -> str:
    """One row of +CMGL with the text behind it."""
    status = f'"{STATUS_WORDS[stored.status]}"'
    message = _decoded(stored)
    if isinstance(message, StatusReport):
        return f"+CMGL: {index},{status},{_report_fields(message)}"
    if isinstance(message, Deliver):
        tail = f",145,{len(message.text)}" if device.settings.show_header else ""
        number, stamp = _address(device, message.sender.number), _stamp(message.timestamp)
        return f'+CMGL: {index},{status},{number},,"{stamp}"{tail}\r\n{_body(device, message.text)}'
    if isinstance(message, Submit):
        number = _address(device, message.destination.number)
        return f"+CMGL: {index},{status},{number},,\r\n{_body(device, message.text)}"
    return f'+CMGL: {index},{status},"",,\r\n{stored.hex}'


def read(device: Device, stored: Stored) -> str:
    """The answer to +CMGR."""
    status = f'"{STATUS_WORDS[stored.status]}"'
    message = _decoded(stored)
    if isinstance(message, StatusReport):
        return f"+CMGR: {status},{_report_fields(message)}"
    if isinstance(message, Deliver):
        tail = _read_header(device, message) if device.settings.show_header else ""
        number, stamp = _address(device, message.sender.number), _stamp(message.timestamp)
        return f'+CMGR: {status},{number},,"{stamp}"{tail}\r\n{_body(device, message.text)}'
    if isinstance(message, Submit):
        number = _address(device, message.destination.number)
        return f"+CMGR: {status},{number},\r\n{_body(device, message.text)}"
    return f'+CMGR: {status},"",,\r\n{stored.hex}'


def _read_header(device: Device, message: Deliver) -> str:
    first = 0x44 if message.udh else 0x04
    return f',145,{first},{message.pid},{message.dcs},"{device.sim.smsc}",145,{len(message.text)}'


def routed(device: Device, prefix: str, pdu: Pdu) -> str:
    """A +CMT or +CDS line with what follows it, in the mode that is set."""
    if device.settings.pdu_mode:
        before = device.habits.persona.report if prefix == "+CDS" else ","
        return f"{prefix}: {before}{pdu.tpdu_length}\r\n{pdu.hex}"
    message = _decoded(Stored(pdu.hex, pdu.tpdu_length))
    if isinstance(message, StatusReport):
        return f"+CDS: {_report_fields(message)}"
    if isinstance(message, Deliver):
        number = _address(device, message.sender.number)
        return f'+CMT: {number},,"{_stamp(message.timestamp)}"\r\n{_body(device, message.text)}'
    return f'{prefix}: "",,\r\n{pdu.hex}'
