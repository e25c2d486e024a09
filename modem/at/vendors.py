"""The table of makers: one row for each, or for a family of its modems (:class:`modem.at.quirks.Quirks`).

A row is chosen by what the device says of itself (:func:`select`). Every row names its sources: files of
public programs by their path, makers' manuals by their title. ``docs/handbook/vendors.md`` tells how to add
one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from modem.api import Identity, Refusal
from modem.at.quirks import (
    CPINR,
    CPINR_PUK,
    GENERIC,
    HUAWEI_PIN,
    HUAWEI_PUK,
    QPINC,
    QPINC_PUK,
    READ_ICCID,
    ROUTINGS,
    UNBLOCK,
    VERIFY,
    Counter,
    Meaning,
    Quirks,
)


def _codes(**named: Mapping[int, str]) -> Mapping[int, Meaning]:
    """``later={512: "..."}`` and so on, as one mapping by number."""
    kinds = {"later": Refusal.LATER, "not_ready": Refusal.NOT_READY, "person": Refusal.PERSON}
    kinds["permanent"] = Refusal.PERMANENT
    return MappingProxyType(
        {code: Meaning(text, kinds[kind]) for kind, texts in named.items() for code, text in texts.items()}
    )


_HUAWEI = Quirks(
    "Huawei",
    (
        "gammu libgammu/phone/at/atgen.c (HUAWEI_INIT), tests/at-ussd/01-E160.dump, 02-E160.dump",
        "ModemManager src/plugins/huawei/mm-broadband-modem-huawei.c (^CPIN?, unsolicited lines)",
        "oFono drivers/atmodem/sms.c, sim.c",
        "python-gsmmodem test/fakemodems.py (^USSDMODE)",
        "asterisk-chan-dongle issue 121 (^PORTSEL)",
    ),
    manufacturer=r"huawei|brovi",
    quiet=("AT^CURC=0", "AT^PORTSEL=1"),
    pin_tries=(HUAWEI_PIN, CPINR, VERIFY),
    puk_tries=(HUAWEI_PUK, CPINR_PUK, UNBLOCK),
    iccid=("AT^ICCID?", "AT+CCID", "AT+ICCID", READ_ICCID),
    ussd_packed=True,
    hilink=True,
)

_SIMCOM = Quirks(
    "SIMCom 7x00, A76xx",
    (
        "oFono drivers/atmodem/sms.c (no +CNMA), sim.c (+SPIC)",
        "ModemManager src/plugins/simtech/mm-broadband-modem-simtech.c",
        "SIMCom SIM7600 Series AT Command Manual (+CICCID)",
    ),
    manufacturer="simcom|simtech|^qualcomm",
    model=r"SIM7|A76|SIMCOM",
    acknowledge=(),
    pin_tries=(Counter("AT+SPIC", 0), CPINR, VERIFY),
    puk_tries=(Counter("AT+SPIC", 1), CPINR_PUK, UNBLOCK),
    iccid=("AT+CICCID", "AT+CCID", "AT+ICCID", READ_ICCID),
)

_QUECTEL = Quirks(
    "Quectel EC2x, EG2x, BG9x",
    (
        "ModemManager src/plugins/quectel/mm-shared-quectel.c",
        "oFono drivers/atmodem/sim.c (+QPINC)",
        "Quectel EC25&EC21 AT Commands Manual V1.3 21.6, as listed in gammu libgammu/phone/at/at-error.c",
    ),
    manufacturer="quectel",
    # Modules that can, speak on every port then; the others refuse and stay with "usbat", their default.
    quiet=('AT+QURCCFG="urcport","all"',),
    pin_tries=(QPINC, CPINR, VERIFY),
    puk_tries=(QPINC_PUK, CPINR_PUK, UNBLOCK),
    iccid=("AT+QCCID", "AT+ICCID", "AT+CCID", READ_ICCID),
    codes=_codes(
        not_ready={512: "The SIM is not ready yet. Try again in a moment."},
        permanent={513: "The modem finds the text too long.", 514: "The modem does not accept the text."},
        person={
            515: "The modem's message memory failed. Unplug it and plug it in again.",
            529: "The modem is not allowed to send texts. Ask the operator.",
            531: "The modem's message memory is full. Messages must be read from it first.",
        },
        later={530: "The network holds data back at the moment. It can be sent again later."},
    ),
)

_CINTERION = Quirks(
    "Cinterion, Siemens modules",
    (
        "ModemManager src/plugins/cinterion/mm-broadband-modem-cinterion.c (^SPIC, +CNMI=2,..,1)",
        "Siemens TC65 AT Command Set V02.000 2.12, as listed in gammu libgammu/phone/at/at-error.c",
    ),
    manufacturer=r"cinterion|siemens|gemalto|thales",
    routings=("2,1,0,1,1", "2,1,0,2,1", "2,1,0,0,1", *ROUTINGS),
    pin_tries=(Counter('AT^SPIC="SC"', 0), Counter("AT^SPIC", 0), CPINR, VERIFY),
    puk_tries=(Counter('AT^SPIC="SC",1', 0), Counter("AT^SPIC", 0), CPINR_PUK, UNBLOCK),
    iccid=("AT^SCID", "AT+CCID", "AT^SCID?", READ_ICCID),
    codes=_codes(
        later={512: "The modem broke the sending off before it began. It can be sent again."},
        not_ready={
            522: "The modem does not allow it just now. Try again in a moment.",
            532: "The SIM is not ready yet. Try again in a moment.",
            535: "The modem is busy. Try again in a moment.",
        },
        permanent=dict.fromkeys(
            (515, 516, 517, 519, 520, 549, 550, 551, 553, 554), "The modem does not accept the text's format."
        ),
    ),
)

_WAVECOM = Quirks(
    "Wavecom",
    (
        "python-gsmmodem test/fakemodems.py (+CPIN without OK, +CPMS in double brackets)",
        "gammu libgammu/gsmphones.c (CPIN_NO_OK), tests/at-model/01.dump",
        "smstools3 src/smsd.c (reports read from SR have a broken tail)",
        "Wavecom AT commands interface 8.1 16.3",
    ),
    manufacturer="wavecom",
    swept=("SM",),
    lone_pin=True,
    iccid=("AT+CCID", "AT+CCID?", READ_ICCID),
    codes=_codes(
        later={512: "No connection to the network came about. It can be sent again."},
        not_ready={515: "The modem is still starting. Try again in a moment."},
    ),
)

_NOKIA = Quirks(
    "Nokia",
    (
        "Kannel gw/smsc/smsc_at.c (nokiaphone: 18 octets, 10 ms)",
        "python-gsmmodem test/fakemodems.py (N79: no +CNMI, +CPMS empty)",
        "ModemManager src/plugins/nokia (no messaging)",
    ),
    manufacturer="nokia",
    piece=18,
    piece_pause=0.01,
    handset=True,
)

_SONY_ERICSSON = Quirks(
    "Sony Ericsson",
    (
        "gammu libgammu/phone/at/at-sms.c, tests/at-cnmi (mode 3)",
        "ModemManager src/plugins/mbm/mm-broadband-modem-mbm.c (*EMRDY and its like)",
        "oFono drivers/atmodem/sim.c (*EPIN)",
    ),
    manufacturer="ericsson",
    routings=("3,1,0,1,0", "3,1,0,2,0", "3,1,0,0,0", *ROUTINGS),
    pin_tries=(Counter("AT*EPIN?", 0), CPINR, VERIFY),
    puk_tries=(Counter("AT*EPIN?", 1), CPINR_PUK, UNBLOCK),
    handset=True,
)

ROWS: tuple[Quirks, ...] = (
    # One model before its maker.
    replace(
        _SIMCOM,
        name="SIMCom 800, 900",
        # Manual and headers disagree about 512 to 516, so these prove nothing.
        sources=(
            *_SIMCOM.sources,
            "SIM800 Series AT Command Manual V1.01 19.2, and the EAT headers of its kit",
        ),
        manufacturer="simcom|simtech",
        model=r"SIM ?[389]\d\d",
        iccid=("AT+CCID", "AT+ICCID", READ_ICCID),
        codes=_codes(not_ready={517: "The modem is not ready for texts yet. Try again in a moment."}),
    ),
    _SIMCOM,
    replace(_SIMCOM, name="SIMCom", manufacturer="simcom|simtech", model=""),
    _HUAWEI,
    Quirks(
        "ZTE",
        (
            "gammu libgammu/phone/at/atgen.c (ZTE_INIT)",
            "ModemManager src/plugins/zte/mm-broadband-modem-zte.c (+CPMS? stops +ZUSIMR)",
            "oFono drivers/atmodem/sms.c (mode 1, +CDS: ,<length>), sim.c (+ZPINPUK)",
        ),
        manufacturer=r"\bzte\b",
        quiet=("AT+ZCDRUN=8", "AT+ZOPRT=5", "AT+CPMS?"),
        routings=("1,1,0,1,0", "1,1,0,2,0", *ROUTINGS),
        pin_tries=(Counter("AT+ZPINPUK=?", 0), CPINR, VERIFY),
        puk_tries=(Counter("AT+ZPINPUK=?", 1), CPINR_PUK, UNBLOCK),
        iccid=("AT+CCID", "AT+ZGETICCID", "AT+ICCID", READ_ICCID),
    ),
    replace(
        _QUECTEL,
        name="Quectel M95, M66, M35 (GSM)",
        sources=("Quectel M95 AT Commands Manual (+QCCID, +QPINC)",),
        model=r"\bM\d\d\b|quectel_M",
        quiet=(),
        codes=_codes(),
    ),
    _QUECTEL,
    Quirks(
        "Telit",
        (
            "oFono drivers/atmodem/sim.c (#PCT)",
            "ModemManager src/plugins/telit (#QSS, #PORTCFG)",
            "Telit AT Commands Reference Guide 80617ST10991A 3.2.2.2",
        ),
        manufacturer="telit",
        quiet=("AT#STIA=0",),
        # #PCT counts for the code that is asked for just now.
        pin_tries=(Counter("AT#PCT", 0), CPINR, VERIFY),
        puk_tries=(Counter("AT#PCT", 0), CPINR_PUK, UNBLOCK),
        iccid=("AT#CCID", "AT+CCID", "AT+ICCID", READ_ICCID),
        codes=_codes(later={512: "The modem has no room for the text just now. It can be sent again."}),
    ),
    Quirks(
        "u-blox",
        (
            "ModemManager src/plugins/ublox/mm-modem-helpers-ublox.c (+UPINCNT)",
            "u-blox LENA-R8 AT Commands Manual UBX-22016905 A.2",
        ),
        manufacturer="u-?blox",
        pin_tries=(Counter("AT+UPINCNT", 0), CPINR, VERIFY),
        puk_tries=(Counter("AT+UPINCNT", 2), CPINR_PUK, UNBLOCK),
        iccid=("AT+CCID", "AT+ICCID", READ_ICCID),
        codes=_codes(
            not_ready={
                539: "The modem still has another text under way. Try again in a moment.",
                604: "There is no network at the moment. It can be sent again later.",
                606: "The modem is busy. Try again in a moment.",
            },
            permanent=dict.fromkeys(
                (521, 523, 524, 527, 528, 529, 530), "The modem does not accept the text's format."
            ),
            person=dict.fromkeys(
                (544, 545, 546), "The SIM allows texts to fixed numbers only. Change that in a phone."
            ),
        ),
    ),
    Quirks(
        "Sierra Wireless",
        (
            "ModemManager src/plugins/sierra/mm-common-sierra.c (+PACSP)",
            "Sierra HL78xx AT Commands Interface Guide 41111821 14.3.3",
        ),
        manufacturer=r"sierra|airprime",
        iccid=("AT+ICCID", "AT!ICCID?", "AT+CCID", READ_ICCID),
        codes=_codes(not_ready={606: "The modem is busy. Try again in a moment."}),
    ),
    Quirks(
        "Option",
        ("oFono drivers/atmodem/sim.c (_OERCN)", "gammu libgammu/gsmphones.c (GlobeTrotter: first slot 0)"),
        manufacturer=r"\boption\b",
        pin_tries=(Counter("AT_OERCN?", 0), CPINR, VERIFY),
        puk_tries=(Counter("AT_OERCN?", 1), CPINR_PUK, UNBLOCK),
    ),
    Quirks(
        "Novatel",
        ("oFono drivers/atmodem/sms.c (refuses to have +CDS acknowledged)",),
        manufacturer="novatel",
        routings=("1,1,0,2,0", "1,1,0,0,0", *ROUTINGS),
    ),
    _CINTERION,
    _WAVECOM,
    replace(_WAVECOM, name="Wavecom (by its model)", manufacturer="", model=r"MULTIBAND\s+900E"),
    _NOKIA,
    _SONY_ERICSSON,
    Quirks(
        "Motorola",
        ("gammu libgammu/phone/at/motorola.c, atgen.c (+MODE=2), gsmphones.c (USE_SMSTEXTMODE)",),
        manufacturer="motorola",
        quiet=("AT+MODE=2",),
        handset=True,
    ),
    Quirks(
        "Samsung",
        ("gammu libgammu/phone/at/samsung.c, at-sms.c, tests/at-cpms/samsung-j700.dump (+CPMS empty)",),
        manufacturer="samsung",
        handset=True,
    ),
    Quirks(
        "Qualcomm",
        (
            "oFono drivers/atmodem/sms.c (offers mode 2 and refuses it)",
            "python-gsmmodem test/fakemodems.py (M6280: SIM busy at +CSCA?)",
        ),
        manufacturer="qualcomm",
        routings=("1,1,0,1,0", "1,1,0,2,0", "1,1,0,0,0", *ROUTINGS),
    ),
)


def select(identity: Identity) -> Quirks:
    """The first row that fits, else ``GENERIC``."""
    return next((row for row in ROWS if row.fits(identity)), GENERIC)


def handbook() -> list[str]:
    """The rows of the handbook's table of makers, in the order in which they are looked through."""
    return [
        " | ".join(
            (
                f"| {row.name}",
                _listed(row.quiet),
                f"`{row.routings[0]}`",
                _listed((row.pin_tries[0].command,)),
                _listed((row.iccid[0],)),
                ", ".join(str(code) for code in sorted(row.codes)) or "none",
                _listed(row.acknowledge),
                "; ".join(row.sources) + " |",
            )
        )
        for row in (*ROWS, GENERIC)
    ]


def _listed(commands: tuple[str, ...]) -> str:
    return ", ".join(f"`{command}`" for command in commands) or "nothing"
