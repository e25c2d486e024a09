"""What a technician may not type, anything that sends a text, and what is to be asked about first."""

from __future__ import annotations

import re
from collections.abc import Iterator

# With what some makers call the same: AT+QCMGS, AT#CMGS, AT+CMGSEX, AT^SCMS; and picture messages. V.250 5.2
# lets a modem ignore spaces and letter case, so both are taken away before looking.
_SENDS = re.compile(r"CMGS|CMSS|CMGC|CMGW|\^SCM[SW]|MMSSEND|QMMSEND")
_SETTINGS = re.compile(
    r"ATZ|AT&|\+CFUN|\+CMGF|\+CNMI|\+CPMS|\+CSMS|ATE|ATV|ATQ|\+CMEE|\+CSCS|\+CSCA=|\+C[EG]?REG="
)

_PIN = "It spends one of the few tries of a PIN or changes a lock. A blocked SIM needs its PUK."
_DELETE = "It removes messages from the SIM, also those that p2ptext has not stored yet."
_CALL = "It makes or answers a call, which may cost money and keeps texts waiting."
_OFF = "It switches the modem or its radio off, or restarts it. What is under way is lost."
_SET = "It changes how texts are handled. p2ptext sets the modem up again after it."
_KEEP = "It changes settings that the modem keeps, also for other programs."
_FIRMWARE = "It changes the modem's firmware or its inner memory. A wrong value can make it useless."
_IMEI = "It changes the modem's serial number (IMEI), which is against the law in many countries."
_SIM = "It speaks to the SIM itself, or to a program on it, which may change it or send something."
_COST = "It asks the network by a code. Some codes cost money or change the plan."
_FORWARD = "It changes what the operator does with calls to this SIM."
_BOOK = "It changes the phone book of the SIM."
_NETWORK = "It changes the network or how it is searched. The line may lose it."
_PORT = "It changes how the computer speaks to the modem. The line may be lost until it is plugged in again."

# One command of a line, without spaces and in capitals; the first that fits counts.
_DANGERS: tuple[tuple[str, str], ...] = (
    (r"[+^*]\w*GMR=|\+SIMEI=|\^PHYNUM=|\^CIMEI=|\^DATALOCK=", _IMEI),
    (r"\+CPINR|\+QPINC", ""),  # they count the tries
    (r"[+^#*]E?PIN|[+^#*%]CPIN|[+^#*]CPWD|\+CLCK|\^SPIC=|\^CARDLOCK|\+CPUK|\^SPWD|\^SLCK", _PIN),
    (r"\+CUSD=.*\*\*0[45]2?\*|D\*\*0[45]2?\*", _PIN),
    (r"[+#]\w*CMGD|\+QMGDA|\^SMGD", _DELETE),
    (r"(?:&[A-Z]\d*|[BCE-Z]\d*(?:=\d+)?)*D|A$", _CALL),
    (r"\+CFUN|[+^!#*]\w*(?:RESET|REBOOT|POWD|CPOF|SHDN|QRST|SMSO|ENHRST)|\+CPWROFF", _OFF),
    (r"\+CMGF|\+CNMI|\+CPMS|\+CSMS|\+CSCS|\+CSMP|\+CSCA|\+CSDH|\+CRES|\+CNMA|\+CGSMS|\^USSDMODE", _SET),
    (r"(?:[BCE-Y]\d*)*(?:Z|&F)", _SET),
    (r"&W|\+CSAS|[+^#!]\w*(?:CFG|FACTORY)|\^SYSINFOEX=|\+CMEC", _KEEP),
    (r"[+^$!#]\w*(?:NV|FOTA|FWUP|DWL|SFSR|OTA|QFLST|QFDEL|UPGRADE|FLASH|ENTERCND|BOOT|GODLOAD)", _FIRMWARE),
    (r"!|\$Q", _FIRMWARE),
    (r"\+CSIM|\+CRSM=(?!176|178|192|242)|\+CGLA|\+CCHO|[+^#*]\w*(?:STK|STGR|STGI|STI)", _SIM),
    (r"\+CUSD=", _COST),
    (r"\+CCFC|\+CCWA=|\+CHUP|\+CLIR=", _FORWARD),
    (r"\+CPBW", _BOOK),
    (r"\+COPS=|\^SYSCFG|\+CNMP|\+CPOL=|\+QNWPREF|\+CNBP|\+CBAND|\+QBAND|\+WS46=|\+CGATT=", _NETWORK),
    (r"\+IPR|\+ICF|\+IFC|\+CMUX|\^U2DIAG|\^SETPORT|\+ZCDRUN=|\+ZOPRT|\^SETMODE|\\Q", _PORT),
)
_COMPILED = tuple((re.compile(pattern), reason) for pattern, reason in _DANGERS)


def refuse_if_it_sends(line: str) -> None:
    """Raise ``ValueError`` for a command line that sends or prepares a text, or repeats the last one."""
    if any(not char.isprintable() for char in line):
        raise ValueError("A command is one line of printable characters.")
    try:
        line.encode("ascii")
    except UnicodeEncodeError:
        raise ValueError("A command is written in plain ASCII characters.") from None
    bare = line.replace(" ", "").upper()
    if _SENDS.search(bare):
        raise ValueError("Commands that send a text are not run from here: texts leave only by a click.")
    if bare.startswith("A/"):
        raise ValueError("Repeating the last command is not possible here. Type it in full.")
    if not bare.startswith("AT"):
        raise ValueError("A command begins with AT.")


def danger(line: str) -> str:
    """A sentence about what a command line could break, for a question before it runs; "" when harmless.

    What sends a text is not asked about but refused (:func:`refuse_if_it_sends`).
    """
    for command in _commands(line):
        if command.endswith("?"):  # it only asks
            continue
        for pattern, reason in _COMPILED:
            if pattern.match(command):
                if reason:
                    return reason
                break
    return ""


def _commands(line: str) -> Iterator[str]:
    """The commands of a line (V.250 5.2.1), without spaces and in capitals; quotes may hold a ``;``."""
    bare = line.replace(" ", "").upper().removeprefix("AT")
    start = 0
    quoted = False
    for at, char in enumerate(bare):
        quoted ^= char == '"'
        if char == ";" and not quoted:
            yield bare[start:at]
            start = at + 1
    yield bare[start:]


def changes_settings(line: str) -> bool:
    """True when the modem must be set up again after this command."""
    return _SETTINGS.search(line.replace(" ", "").upper()) is not None
