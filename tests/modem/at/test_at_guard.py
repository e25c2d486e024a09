"""What a technician may type: nothing that sends, and a question before what can break something."""

from __future__ import annotations

from typing import Any

import pytest

from modem.at import guard
from modem.masking import without_pin


@pytest.mark.parametrize(
    "line",
    [
        *("AT+CMGS=5", "at+cmgs=5", "AT + C M G S = 5", "AT+CSQ;+CMGS=5", 'AT+CMGS="+15550123"', "AT+CMGS?"),
        *("AT+CMSS=1", "AT+CMGC=1", "AT+CMGW=5", "AT#CMGS=1", "AT+QCMGS=1", "AT+CMGSEX=1", "AT^SCMS=5"),
        *("AT+CMMSSEND", "AT+QMMSEND=1", "AT\x1a", "AT+CSQ\r", "AT+CSQ\nAT", "AT\x1b", "AT+CSQ\u2028", "A/"),
        *("a/", "+CSQ", "", " ", "AT+CSQ é"),
    ],
)
def test_what_sends_or_is_no_command_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        guard.refuse_if_it_sends(line)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("AT+CFUN=0", "radio"),
        ("at + cfun = 1,1", "radio"),
        ("AT+CSQ;+CFUN=4", "radio"),
        ("AT^RESET", "restart"),
        ("AT!RESET", "restart"),
        ("AT+QPOWD=1", "restart"),
        ("AT+CPOF", "restart"),
        ("AT#REBOOT", "restart"),
        ('AT+CPIN="1234"', "tries"),
        ('AT+CPWD="SC","1234","5678"', "tries"),
        ('AT+CLCK="SC",1,"1234"', "tries"),
        ('AT+CSQ;+CLCK="SC",0,"1234"', "tries"),
        ("AT**042*1234*5678*5678#", ""),  # no command of AT: it has a star and nothing behind it
        ("ATD**04*1234*5678*5678#", "tries"),
        ('AT+CUSD=1,"**04*1234*5678*5678#",15', "tries"),
        ("AT+CMGD=1", "removes messages"),
        ("AT+CMGD=1,4", "removes messages"),
        ("AT+CMGDA=6", "removes messages"),
        ("AT+QMGDA=6", "removes messages"),
        ('AT+CPMS="ME"', "sets the modem up again"),
        ("AT+CNMI=2,2", "sets the modem up again"),
        ("AT+CMGF=1", "sets the modem up again"),
        ('AT+CSCA="+15550100"', "sets the modem up again"),
        ("AT&F", "sets the modem up again"),
        ("AT&F0", "sets the modem up again"),
        ("ATZ", "sets the modem up again"),
        ("ATE0V1Z", "sets the modem up again"),
        ("AT&W", "keeps"),
        ('AT+QCFG="usbnet",1', "keeps"),
        ('AT^SCFG="x",1', "keeps"),
        ('AT+CPBW=1,"+15550123",145,"Ana"', "phone book"),
        ("AT^NVWR=1,2", "useless"),
        ('AT+QFOTADL="http"', "useless"),
        ('AT!ENTERCND="A710"', "useless"),
        ("AT!BAND=5", "useless"),
        ("AT^SFSR=1", "useless"),
        ("AT$QCPWRDN", "useless"),
        ('AT+EGMR=1,7,"490154203237518"', "IMEI"),
        ("AT+SIMEI=490154203237518", "IMEI"),
        ("ATD5550123;", "call"),
        ("ATDT5550123;", "call"),
        ("ATE0X4D5550123;", "call"),
        ("ATA", "call"),
        ("AT+CSQ;D5550123", "call"),
        ('AT+CSIM=10,"00A4000C02"', "SIM itself"),
        ("AT+CRSM=214,28486,0,0,17", "SIM itself"),
        ('AT+CUSD=1,"*100#",15', "cost"),
        ("AT+CCFC=0,1", "calls"),
        ('AT+COPS=1,2,"00101"', "network"),
        ('AT^SYSCFGEX="03"', "keeps"),
        ("AT+IPR=9600", "computer"),
        ("AT^U2DIAG=0", "computer"),
        # Asking is harmless, whatever it asks.
        *((line, "") for line in ("AT", "ATI", "AT+CSQ", "AT+CREG?", "AT+CFUN?", "AT+CPIN?", "AT+CMGD=?")),
        *(
            (line, "")
            for line in ("AT+CPMS?", "ATE0", "AT&D2", "AT&V", "ATS0=1", "ATH", "AT+CMEE=2", "AT+CMGR=1")
        ),
        *(
            (line, "")
            for line in ("AT+CMGL=4", "AT+GMR", "AT+CGMR", 'AT+CPINR="SIM PIN"', "AT+CLAC", "AT!GSTATUS?")
        ),
        *((line, "") for line in ("AT+CRSM=176,12258,0,0,10", 'AT+QPINC="SC"', 'AT+X="a;+CFUN=0"', "")),
    ],
)
def test_what_can_break_something_is_asked_about(modem: Any, line: str, word: str) -> None:
    reason = modem.danger(line)
    assert word in reason
    assert bool(reason) is bool(word)
    assert not reason or reason.endswith(".")


@pytest.mark.parametrize(
    "line", ["ATZ", "AT&F", "AT+CFUN=1", "AT+CMGF=1", "ATE1", 'AT+CSCS="UCS2"', "AT+CREG=0"]
)
def test_what_changes_settings_is_known(line: str) -> None:
    assert guard.changes_settings(line)
    assert not guard.changes_settings("AT+CSQ")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('AT+CPIN="1234"', 'AT+CPIN="****"'),
        ("at+cpin=1234", 'at+cpin="****"'),
        ('AT+CPIN="12345678","4321"', 'AT+CPIN="****"'),
        ('AT+CPIN2="1234"', 'AT+CPIN2="****"'),
        ('AT+CPWD="SC","1234","56789"', 'AT+CPWD="SC","****","****"'),
        ('AT+CLCK="SC",1,"1234"', 'AT+CLCK="SC",1,"****"'),
        ('AT+CLCK="SC",1,1234;+CSQ', 'AT+CLCK="SC",1,****;+CSQ'),
        ('AT^CPIN="12345678","1234"', 'AT^CPIN="****","****"'),
        ('AT*EPIN=1,"1234"', 'AT*EPIN=1,"****"'),
        ('AT+CUSD=1,"**04*1234*5678*5678#",15', 'AT+CUSD=1,"**04*****#",15'),
        ("ATD**052*12345678*1234*1234#;", "ATD**052*****#;"),
        ('AT+CSIM=26,"0020000108313233343FFFFFFF"', 'AT+CSIM=26,"0020000108****"'),
        ('AT+CSIM=10,"0020000100"', 'AT+CSIM=10,"0020000100"'),
        ('AT+CUSD=1,"*100#",15', 'AT+CUSD=1,"*100#",15'),
        ("+CPIN: SIM PIN", "+CPIN: SIM PIN"),
        ("AT+CMGR=1234", "AT+CMGR=1234"),
    ],
)
def test_no_pin_comes_into_a_trace(line: str, shown: str) -> None:
    assert without_pin(line) == shown
