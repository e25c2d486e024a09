"""What differs from maker to maker, as a row of a table. The code around it has no branch for any maker.

The rows stand in :mod:`modem.at.vendors`. ``GENERIC`` is the row for whatever nobody knows: its ladders
believe what a modem does over what it says, and fit most modems anyway.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from modem.api import Identity, Refusal

STATUS_WORD = -1
"""As :attr:`Counter.position`: the count is in the status word 63Cx of a SIM (ETSI TS 102.221 11.1.9)."""


@dataclass(frozen=True, slots=True)
class Counter:
    """A command that tells how many tries a code has left, and where its answer says so.

    ``position`` counts the fields behind the name from 0. With ``row`` only lines whose first field is that.
    """

    command: str
    position: int
    row: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a maker means by an error number of its own (27.005 3.2.5: 512 and above).

    Only numbers that prove that nothing left stand in the table. ``refusal`` is what they ask for.
    """

    sentence: str
    refusal: Refusal


CPINR = Counter('AT+CPINR="SIM PIN"', 1, "SIM PIN")  # 27.007 8.65
CPINR_PUK = Counter('AT+CPINR="SIM PUK"', 1, "SIM PUK")
QPINC = Counter('AT+QPINC="SC"', 1, "SC")
QPINC_PUK = Counter('AT+QPINC="SC"', 2, "SC")
HUAWEI_PIN = Counter("AT^CPIN?", 3)
HUAWEI_PUK = Counter("AT^CPIN?", 2)
# An empty VERIFY asks a SIM for its counter and takes no try (ETSI TS 102.221 11.1.9). ModemManager
# src/mm-broadband-modem.c sends the same.
VERIFY = Counter('AT+CSIM=10,"0020000100"', STATUS_WORD)
UNBLOCK = Counter('AT+CSIM=10,"002C000100"', STATUS_WORD)

# READ BINARY of EF-ICCID (ETSI TS 102.221 13.2), for firmware without a command of its own.
READ_ICCID = "AT+CRSM=176,12258,0,0,10"

# Stored texts announced with +CMTI; reports handed over or stored (27.005 3.4.1). Test commands lie, so
# the set command decides. Those that end with 1 are for firmware that drops what it held back (<bfr> 1).
ROUTINGS = (
    "2,1,0,1,0",
    "2,1,0,2,0",
    "1,1,0,1,0",
    "2,1,0,2,1",
    "2,1,0,1,1",
    "1,1,0,0,0",
    "2,1,0,0,0",
    "2,1,0,0,1",
    "3,1,0,1,0",
    "3,1,0,0,0",
)


@dataclass(frozen=True, slots=True)
class Quirks:
    """One row. Patterns are searched without regard to case, and all that are given must be found.

    - ``quiet``: commands after identity that silence a flood or point announcements at this port; a refusal
      of them does not matter.
    - ``routings``: values for +CNMI in the order in which they are tried.
    - ``memories``: the memory for reading and receiving, best first; ``swept``: those looked through.
    - ``acknowledge``: commands that acknowledge a directly delivered text, tried in order (27.005 3.4.4);
      none for firmware that does not know them: then +CSMS=1 is never asked for.
    - ``pin_tries``, ``puk_tries``, ``iccid``: commands tried in order.
    - ``lone_pin``: no result follows +CPIN, so none is waited for.
    - ``codes``: the maker's own +CMS numbers.
    - ``piece`` octets of a PDU are written at a time, ``piece_pause`` s apart; 0 writes all at once.
    - ``ussd_packed``: USSD goes both ways as GSM 7-bit packed into hexadecimal.
    - ``handset``: a phone; where texts cannot be had over AT, gammu is the way to it.
    - ``hilink``: without any command for texts this is a small router, not a modem.
    """

    name: str
    sources: tuple[str, ...]
    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    quiet: tuple[str, ...] = ()
    routings: tuple[str, ...] = ROUTINGS
    memories: tuple[str, ...] = ("SM", "ME", "MT")
    swept: tuple[str, ...] = ("SM", "ME", "SR")
    acknowledge: tuple[str, ...] = ("AT+CNMA=0", "AT+CNMA")
    pin_tries: tuple[Counter, ...] = (CPINR, QPINC, HUAWEI_PIN, VERIFY)
    puk_tries: tuple[Counter, ...] = (CPINR_PUK, QPINC_PUK, HUAWEI_PUK, UNBLOCK)
    iccid: tuple[str, ...] = (
        *("AT+CCID", "AT+ICCID", "AT^ICCID?", "AT+QCCID", "AT#CCID", "AT+CICCID"),
        READ_ICCID,
    )
    codes: Mapping[int, Meaning] = field(default_factory=lambda: MappingProxyType({}))
    lone_pin: bool = False
    piece: int = 0
    piece_pause: float = 0.0
    ussd_packed: bool = False
    handset: bool = False
    hilink: bool = False

    def fits(self, identity: Identity) -> bool:
        """Whether this row is of that device."""
        pairs = (
            (self.manufacturer, identity.manufacturer),
            (self.model, identity.model),
            (self.firmware, identity.firmware),
        )
        return all(re.search(pattern, said, re.IGNORECASE) for pattern, said in pairs if pattern)


GENERIC = Quirks("unknown maker", ("3GPP TS 27.005", "3GPP TS 27.007"))
