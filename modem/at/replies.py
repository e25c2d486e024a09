"""Answers of a modem, taken apart. Every function takes what real devices say and gives a value or None.

None of them raises: what cannot be read is as if the modem had not said it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from modem.api import LineState
from modem.at.parser import is_hex
from modem.at.unsolicited import fields_of, looks_asked_for, name_of

_MEMORY = re.compile(r"[A-Za-z][A-Za-z_]+")
_GROUP = re.compile(r'\(([^()]*)\)|"[^"]*"')
_DIGITS = re.compile(r"\+?[0-9]+")
_TECHNOLOGY = re.compile(r"[0-9]{1,3}")
_LONG_DIGITS = re.compile(r"[0-9]{14,22}")
_SIM_DIGITS = re.compile(r"[0-9]{14,22}(?:[Ff][0-9]?)?")
# Some operators have letters in the number of their SIMs (ModemManager src/tests/test-modem-helpers.c).
_SIM_LETTERS = re.compile(r"(?<![0-9A-Fa-f])89[0-9A-Fa-f]{17,18}(?![0-9A-Fa-f])")
_UTF16_HEX = re.compile(r"(?:[0-9A-Fa-f]{4}){2,}")
_WITH_PDU = re.compile(r",[0-9]{1,3} +((?:[0-9A-Fa-f]{2}){8,})$")
_SHORT_HEADER = 30
_LAST_ALPHABET = 0x1000
_STATUS_WORD = re.compile(r"63C([0-9A-F])")
_TECHNOLOGIES = {
    0: "GSM",
    1: "GSM",
    2: "UMTS",
    3: "EDGE",
    4: "HSDPA",
    5: "HSUPA",
    6: "HSPA",
    7: "LTE",
    8: "LTE-M",
    9: "NB-IoT",
    10: "LTE",
    11: "5G",
    12: "5G",
    13: "LTE",
}


@dataclass(frozen=True, slots=True)
class StoredPdu:
    """One row of +CMGL, or the answer to +CMGR (``index`` -1). ``stat``: 0 and 1 received, 2 and 3 ours.

    ``length`` is what the header says of the PDU: its octets without the SMSC part (27.005 3.1), None where
    it says nothing.
    """

    index: int
    stat: int
    pdu: str
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """+CREG and its sisters (3GPP TS 27.007 7.2). ``technology`` "" where not told."""

    stat: int
    technology: str = ""


@dataclass(frozen=True, slots=True)
class Storage:
    """One memory of +CPMS: what lies in it and what it holds."""

    name: str
    used: int
    total: int


def number(field: str) -> int | None:
    """A decimal number, perhaps quoted or with leading zeros; None for anything else."""
    field = field.strip().strip('"').strip()
    if field.startswith("-") and field[1:].isascii() and field[1:].isdigit():
        return int(field[:10])
    return int(field[:10]) if field.isascii() and field.isdigit() else None


def announced(text: str) -> tuple[str, int] | None:
    """Storage and index of ``+CMTI`` and ``+CDSI``; None where they cannot be read (a sweep finds it then).

    Index 0 is valid (Huawei), -1 is not (SIM7000); SIMCom puts fields for MMS behind them.
    """
    fields = fields_of(text)
    if len(fields) < 2:
        return None
    index = number(fields[1])
    storage = fields[0].strip('" ')
    if index is None or index < 0 or not storage.isalnum():
        return None
    return storage.upper(), index


def reference(text: str) -> int | None:
    """TP-MR of ``+CMGS: <mr>[,<ackpdu>]`` (0..255), or None."""
    value = number(fields_of(text)[0])
    return value if value is not None and 0 <= value <= 255 else None


def stored_pdus(lines: Sequence[str], listing: bool) -> list[StoredPdu]:
    """The messages of a +CMGL (``listing``) or +CMGR answer; a row that cannot be read is left out.

    ZTE leaves out the state, others the length or the name: what counts is the index in front of a
    listing's row and the hexadecimal line behind it.
    """
    found: list[StoredPdu] = []
    header: list[str] | None = None
    name = "+CMGL" if listing else "+CMGR"
    for line in _apart(lines, name):
        if name_of(line) == name:
            header = fields_of(line)
        elif header is not None and is_hex(line):
            index = number(header.pop(0)) if listing else -1
            stat = number(header[0]) if header else None
            if index is not None and (index >= 0 or not listing):
                length = number(header[-1]) if len(header) > 1 else None
                found.append(StoredPdu(index, stat if stat is not None else 1, line.upper(), length))
            header = None
    return found


def _apart(lines: Sequence[str], name: str) -> Iterator[str]:
    """The lines, with a PDU that stands behind its header in one line given a line of its own."""
    for line in lines:
        yield line
        if len(line) > _SHORT_HEADER and name_of(line) == name and (match := _WITH_PDU.search(line)):
            yield match[1]


def storages_offered(text: str) -> tuple[tuple[str, ...], ...]:
    """``+CPMS=?``: the names in each list.

    Double brackets (Wavecom), bare names, empty lists (Nokia, Samsung) and a lost quote are fine, and so are
    three lists in a row without brackets (Thuraya).
    """
    rest = text.partition(":")[2]
    names = tuple(name.upper() for name in _MEMORY.findall(rest))
    third = len(names) // 3
    if "(" not in rest and third > 1 and names == names[:third] * 3:
        return (names[:third],) * 3
    return tuple(tuple(name.upper() for name in _MEMORY.findall(group[0])) for group in _GROUP.finditer(rest))


def storages_now(text: str) -> tuple[Storage, ...]:
    """``+CPMS?``: name, used and total of each memory."""
    fields = fields_of(text)
    found = []
    for at in range(0, len(fields) - 2, 3):
        used, total = number(fields[at + 1]), number(fields[at + 2])
        if used is not None and total is not None:
            found.append(Storage(fields[at].strip('" ').upper(), used, total))
    return tuple(found)


def sim_memory(memories: Sequence[Storage]) -> Storage | None:
    """The SIM's memory among those of ``+CPMS?``, else the one that receives, which stands last."""
    on_sim = [memory for memory in memories if memory.name == "SM"]
    return next(iter(on_sim or memories[-1:]), None)


def registration(text: str, asked: bool) -> Registration | None:
    """State of a ``+CREG`` line; ``asked`` tells the answer (with <n> first) from what came by itself.

    Sony Ericsson, Alcatel and Samsung put <n> in front of the latter as well. Novatel has a routing area in
    front of the cell, so that the technology stands one further.
    """
    fields = fields_of(text)[1 if asked or looks_asked_for(name_of(text), text) else 0 :]
    stat = number(fields[0]) if fields else None
    if stat is None:
        return None
    technology = next((field for field in fields[3:5] if _TECHNOLOGY.fullmatch(field)), "")
    return Registration(stat, _TECHNOLOGIES.get(int(technology), "") if technology else "")


def line_state(stats: Iterable[int]) -> LineState:
    """The best of the states of the circuit, packet and EPS domains (27.007 7.2).

    1 home, 5 roaming, 6 and 7 text only, 9 and 10 without fallback; 3 denied; all else is searching.
    """
    seen = set(stats)
    if seen & {1, 5, 6, 7, 9, 10}:
        return LineState.READY
    return LineState.DENIED if 3 in seen and 2 not in seen else LineState.SEARCHING


def signal_dbm(text: str) -> int | None:
    """``+CSQ: <rssi>,<ber>`` in dBm (27.007 8.5), None for "not known"."""
    value = number(fields_of(text)[0])
    return -113 + 2 * value if value is not None and 0 <= value <= 31 else None


def operator(text: str) -> tuple[str, str]:
    """``+COPS: <mode>[,<format>,<oper>[,<AcT>]]``: the operator's name and the technology."""
    fields = fields_of(text)
    name = _from_utf16(fields[2].strip('" ')) if len(fields) > 2 else ""
    technology = number(fields[3]) if len(fields) > 3 else None
    return name, _TECHNOLOGIES.get(technology, "") if technology is not None else ""


def quoted_number(text: str, position: int) -> str:
    """The telephone number in field ``position`` of +CSCA or +CNUM, "" when there is none."""
    fields = fields_of(text)
    if len(fields) <= position:
        return ""
    said = fields[position].strip('" ')
    return next((found for found in (_from_utf16(said), said) if _DIGITS.fullmatch(found)), "")


def _from_utf16(field: str) -> str:
    """Words that a modem whose +CSCS is "UCS2" writes as hexadecimal; all else as it is."""
    if _UTF16_HEX.fullmatch(field) is None:
        return field
    found = bytes.fromhex(field).decode("utf-16-be", "replace")
    return found if found.isprintable() and all(ord(char) < _LAST_ALPHABET for char in found) else field


def lock(text: str) -> str:
    """What ``+CPIN`` asks for: READY, SIM PIN, SIM PUK ... (3GPP TS 27.007 8.3), quoted or not."""
    return text.partition(":")[2].strip().strip('"').strip().upper()


def long_digits(lines: Iterable[str]) -> str:
    """The first run of 14 to 22 digits: an IMEI, IMSI or ICCID, with or without a name in front."""
    for line in lines:
        if match := _LONG_DIGITS.search(line):
            return match[0]
    return ""


def sim_number(lines: Iterable[str]) -> str:
    """An ICCID (ITU-T E.118: it begins with 89). Some devices, and EF-ICCID itself, swap its digits in pairs.

    The answer of AT+CRSM (27.007 8.18), which begins with a status, is read as well.
    """
    for line in lines:
        if match := _SIM_LETTERS.search(line) or _SIM_DIGITS.search(line):
            found = match[0].upper()
            if found.startswith("98"):
                swapped = (second + first for first, second in zip(found[::2], found[1::2], strict=False))
                found = "".join(swapped)
            return found.rstrip("F")
    return ""


def tries(lines: Iterable[str], position: int, row: str = "") -> int | None:
    """How many tries a code has left: field ``position`` of a line, which begins with ``row``.

    A negative ``position`` reads the status word 63Cx at the end of +CSIM (27.007 8.17, ETSI TS 102.221
    11.1.9). None where the answer does not tell.
    """
    for line in lines:
        fields = [field.strip('" ') for field in fields_of(line)]
        if position < 0:
            match = _STATUS_WORD.fullmatch(fields[-1][-4:].upper())
            return int(match[1], 16) if match else None
        if len(fields) > position and (not row or fields[0].upper() == row):
            count = number(fields[position])
            if count is not None and 0 <= count <= 99:
                return count
    return None


def plain_text(lines: Iterable[str], name: str) -> str:
    """What a free answer says (+CGMI and its like): name and quotes taken off, at most 80 characters."""
    for line in lines:
        text = line.partition(":")[2] if name_of(line) == name else line
        text = "".join(char for char in text if char.isprintable()).strip().strip('"').strip()
        if text and not text.upper().startswith("AT+"):
            return text[:80]
    return ""
