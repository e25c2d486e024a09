"""Which lines come by themselves, and how to tell them from answers of the same name.

The lists only help: a line that is in none of them is *unknown* and harmless. Names are facts of
3GPP TS 27.005 and 27.007 and of the makers' manuals.
"""

from __future__ import annotations

import re

# A PDU, or in text mode a text, stands on the line behind these (3GPP TS 27.005 3.4.1).
WITH_DATA = frozenset({"+CMT", "+CDS", "+CBM"})

REGISTRATION = frozenset({"+CREG", "+CGREG", "+CEREG", "+C5GREG"})

_STANDARD = """
    +CMTI +CDSI +CBMI +CPIN +CUSD +CRING +CLIP +CCWA +CIEV +CTZV +CTZE +CTZU +CSSU +CSSI +CGEV +CDIP
    +CNAP +CIREPI +CNEMIU
"""
_QUECTEL_SIMCOM = """
    +QIND +QUSIM +QGPSURC +QLWURC +QUSIMDET +QNITZ +QTONEDET +SIMEI +CSMINS *PSUTTZ +CPSI +CNSMOD +NITZ
    +RXDTMF
"""
_HUAWEI = """
    ^BOOT ^RSSI ^HCSQ ^MODE ^DSFLOWRPT ^SIMST ^SRVST ^SMMEMFULL ^NWTIME ^RSSILVL ^STIN ^ANLEVEL ^CSNR
    ^CERSSI ^LTERSRP ^LWURC ^ORIG ^CONF ^CONN ^CEND ^DSDORMANT ^SIMSWITCH ^THERM ^EARST ^RESET ^HRSSILVL
    ^NDISSTAT ^NDISEND ^DDTMF ^PDPDEACT ^RFSWITCH +CUSATP +CUSATEND
"""
_OTHERS = """
    +PBREADY +UUSIMSTAT +AT +WIND +PACSP0 +PACSP1 _OSIGQ _OLCC _OSSYSI _OWCTI #STN #QSS ^SYSSTART ^SCKS
    *E2REG *E2NAP *EMRDY *EMWI *ERINFO *ESIMSR *ESTKSMENU *ESTKSMS +ZUSIMR +ZDONR +ZPASR +ZPSTM +ZEND +ZURDY
    +ZUSTAT +MBAN ^SHUTDOWN _OSSYS _OCTI _OUWCTI +UCALLSTAT +UUDTMFD
"""
_NAMES = REGISTRATION.union(*(names.split() for names in (_STANDARD, _QUECTEL_SIMCOM, _HUAWEI, _OTHERS)))
_WORDS = frozenset(
    {"RING", "RDY", "SMS DONE", "PB DONE", "SMS READY", "CALL READY", "POWERED DOWN", "NORMAL POWER DOWN"}
)

# Huawei's ^BOOT is not among them: it comes again and again by itself, and their restart takes the port away.
# The modem started anew: what was set in it is gone, and a text handed over just now may be as well.
RESTARTS = frozenset({"RDY", "^SYSSTART", "^SHUTDOWN", "NORMAL POWER DOWN", "POWERED DOWN"})
# ... or has now finished starting: time to set it up again.
READY_AGAIN = RESTARTS | {"SMS DONE", "PB DONE", "SMS READY", "CALL READY", "+PBREADY", "*EMRDY"}
# The same, where only this very line says so: Wavecom +WIND (AT commands interface, +WIND), Telit #QSS.
_READY_LINES = frozenset(
    {"+CPIN: READY", "+CPIN:READY", "+WIND: 4", "#QSS: 3", "+QIND: SMS DONE", "+QIND: PB DONE"}
)

_NAME = re.compile(r"[+^#*$%_][A-Za-z0-9_]+")
_STAT = re.compile(r"(?:0{0,3}[0-9]|0{0,2}1[0-9])")
_AREA = 4  # digits of a location area
_LENGTH = re.compile(r"\s*\d{1,4}\s*")


def name_of(text: str) -> str:
    """What a line begins with: ``+CMTI`` of ``+CMTI: "SM",3``; a line without such a name, upper-cased."""
    match = _NAME.match(text)
    return match[0].upper() if match else text.upper()


def is_known(name: str, text: str) -> bool:
    """True for a line that is known to come by itself. ``name`` is ``name_of(text)``."""
    if name in WITH_DATA or name in _WORDS:
        return True
    rest = text[len(name) : len(name) + 1]
    return name in _NAMES and rest in ("", ":", " ")


def is_ready_again(name: str, text: str) -> bool:
    """True for a line after which the modem must be set up again. ``name`` is ``name_of(text)``."""
    return name in READY_AGAIN or text.strip().upper() in _READY_LINES


def fields_of(text: str) -> list[str]:
    """The comma-separated fields behind a line's name, quotes kept; commas inside quotes do not part."""
    rest = text.partition(":")[2]
    fields = [""]
    quoted = False
    for char in rest:
        if char == "," and not quoted:
            fields.append("")
            continue
        quoted ^= char == '"'
        fields[-1] += char
    return [field.strip() for field in fields]


def looks_asked_for(name: str, text: str) -> bool:
    """Tell ``+CREG: <n>,<stat>...``, an answer, from ``+CREG: <stat>[,<lac>...]``, which came by itself.

    The second field decides (3GPP TS 27.007 7.2): a state is a small number, a location area is quoted or
    four hexadecimal digits. Where both could be, quotes behind it tell that it is not the area. Lines of
    other names are answers when their command is pending.
    """
    if name not in REGISTRATION:
        return True
    fields = fields_of(text)
    if len(fields) < 2 or _STAT.fullmatch(fields[1]) is None:
        return False
    quoted_behind = len(fields) > 2 and fields[2].startswith('"')
    return len(fields[1]) < _AREA or quoted_behind


def data_follows(name: str, text: str) -> tuple[bool, bool]:
    """Whether a data line follows this header, and whether that line is data whatever it looks like.

    In PDU mode a length ends the header and the line behind it is hexadecimal. In text mode (a modem
    that forgot its settings) the line behind +CMT is what a stranger wrote, and it must never be read
    as an answer of the modem. A +CDS of text mode is whole by itself.
    """
    fields = fields_of(text)
    if len(fields) <= 2 and _LENGTH.fullmatch(fields[-1]):
        return True, False
    return name != "+CDS", name != "+CDS"
