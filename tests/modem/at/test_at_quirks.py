"""The table of makers: which row a device gets, and what the driver does because of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modem.api import Identity, LineState, Outcome, Outgoing, Refusal
from modem.at import replies
from modem.at.quirks import GENERIC, Quirks
from modem.at.timing import Timeouts
from modem.at.vendors import ROWS, handbook, select
from modem.backends.at import AtModem
from modem.errors import NotReadyError

OK = b"\r\nOK\r\n"
ERROR = b"\r\nERROR\r\n"

# What devices say of themselves: ModemManager src/tests/test-modem-helpers.c (ATI), python-gsmmodem
# test/fakemodems.py, gammu libgammu/gsmphones.c and tests/at-model, public transcripts.
DEVICES = [
    ("huawei", "E1752", "11.126.13.00.00", "Huawei"),
    ("HUAWEI INCORPORATED", "E220", "11.100.17.00.114", "Huawei"),
    ("Huawei Technologies Co., Ltd.", "ME909s-120", "11.617.09.00.00", "Huawei"),
    ("Brovi", "E3372-325", "", "Huawei"),
    ("ZTE INCORPORATED", "MF626", "BD_3GHAP673A4V1.0.0B02", "ZTE"),
    ("ZTE CORPORATION", "MF190", "", "ZTE"),
    ("SIMCOM_Ltd", "SIMCOM_SIM800L", "Revision:1418B05SIM800L24", "SIMCom 800, 900"),
    ("SIMCOM_Ltd", "SIMCOM_SIM900", "", "SIMCom 800, 900"),
    ("SIMCOM INCORPORATED", "SIMCOM_SIM7600G-H", "LE20B04SIM7600G22", "SIMCom 7x00, A76xx"),
    ("QUALCOMM INCORPORATED", "SIMCOM_SIM7600E-H", "10000", "SIMCom 7x00, A76xx"),
    ("SIMCOM_Ltd", "A7670E-FASE", "", "SIMCom 7x00, A76xx"),
    ("SIMCOM_Ltd", "SIMX", "", "SIMCom"),
    ("QUALCOMM INCORPORATED", "M6280", "M6280_V1.0.0 M6280_V1.0.0 1", "Qualcomm"),
    ("Quectel", "EC25", "EC25EFAR06A06M4G", "Quectel EC2x, EG2x, BG9x"),
    ("Quectel", "BG96", "BG96MAR02A07M1G", "Quectel EC2x, EG2x, BG9x"),
    ("Quectel_Ltd", "Quectel_M95", "M95FAR02A08", "Quectel M95, M66, M35 (GSM)"),
    ("Telit", "HE910", "12.00.225", "Telit"),
    ("u-blox", "SARA-U270", "23.60", "u-blox"),
    ("Sierra Wireless, Incorporated", "MC7455", "SWI9X30C_02.33.03.00", "Sierra Wireless"),
    ("Sierra Wireless, Inc.", "AirCard 881", "J1_0_1_26AP", "Sierra Wireless"),
    ("Option N.V.", "GlobeTrotter HSDPA Modem", "2.5.21Hd", "Option"),
    ("Novatel Wireless Incorporated", "S720", "9.5.05.01-02", "Novatel"),
    ("Cinterion", "EHS5-E", "REVISION 03.001", "Cinterion, Siemens modules"),
    ("SIEMENS", "TC65", "REVISION 02.000", "Cinterion, Siemens modules"),
    ("WAVECOM MODEM", "MULTIBAND  900E  1800", "651_09gg.Q2406B", "Wavecom"),
    ("", "MULTIBAND  900E  1800", "", "Wavecom (by its model)"),
    ("Nokia", "Nokia N79", "V ICPR72_08w44.1", "Nokia"),
    ("Sony Ericsson", "AAD-3022031-BV", "R8BF003", "Sony Ericsson"),
    ("Motorola", "L7", "", "Motorola"),
    ("SAMSUNG", "SGH-E250", "", "Samsung"),
    ("", "", "", "unknown maker"),
    ("Example Radio", "ER-1", "1.0", "unknown maker"),
    ("Aztech", "AZ1", "", "unknown maker"),
]


def made(port: Any) -> AtModem:
    return AtModem(lambda: port, None, Timeouts(), port.clock)


def said(port: Any, start: str) -> list[str]:
    return [command for command in port.commands if command.startswith(start)]


def is_a(port: Any, maker: str, model: str = "X") -> None:
    port.rules["AT+CGMI"] = b"\r\n" + maker.encode() + b"\r\n" + OK
    port.rules["AT+CGMM"] = b"\r\n" + model.encode() + b"\r\n" + OK


@pytest.mark.parametrize(("manufacturer", "model", "firmware", "row"), DEVICES)
def test_each_device_gets_its_row(manufacturer: str, model: str, firmware: str, row: str) -> None:
    assert select(Identity(manufacturer, model, firmware)).name == row


def test_every_row_is_somebodys() -> None:
    reached = {row for *_, row in DEVICES}
    assert {row.name for row in (*ROWS, GENERIC)} == reached
    assert len(ROWS) + 1 == len(reached)


@pytest.mark.parametrize("row", [*ROWS, GENERIC], ids=lambda row: row.name)
def test_a_row_is_well_formed(row: Quirks) -> None:
    assert row.sources
    assert row is GENERIC or row.manufacturer or row.model
    for routing in row.routings:
        mode, stored, broadcast, reports, buffer = (int(value) for value in routing.split(","))
        # Stored and announced: a text that is only handed over would be lost with us.
        assert (stored, broadcast) == (1, 0)
        assert (mode in (1, 2, 3), reports in (0, 1, 2), buffer in (0, 1)) == (True, True, True)
    assert row.routings[-1] == "3,1,0,0,0"
    for command in (*row.quiet, *row.acknowledge, *row.iccid):
        assert re.fullmatch(r"AT[+^#*!_][!-~]+", command)
        assert not re.search("CMG[SCW]|CMSS|CMGD|CFUN|CPIN|CRES|&W", command)
    for counter in (*row.pin_tries, *row.puk_tries):
        assert re.fullmatch(r"AT[+^#*_][A-Z]+(\?|=\?|=[A-Z0-9\", ]+)?", counter.command)
        assert "CPIN=" not in counter.command
    assert all(code >= 512 for code in row.codes)
    assert all(meaning.refusal is not Refusal.NONE for meaning in row.codes.values())
    assert set(row.swept) <= {"SM", "ME", "SR"}
    assert (row.piece > 0) is (row.piece_pause > 0)


def test_the_handbook_has_every_row() -> None:
    page = Path(__file__).parents[3] / "docs" / "handbook" / "vendors.md"
    lines = page.read_text("utf-8").splitlines()
    assert [row for row in handbook() if row not in lines] == []


# -- tries -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("maker", "rule", "line", "pin", "puk"),
    [
        # garronej/ts-gsm-modem, src/test: "^CPIN: SIM PIN,3,10,3,10,3"; Huawei manuals, ^CPIN.
        ("huawei", "AT^CPIN?", "^CPIN: SIM PIN,3,10,3,10,3", 3, 10),
        ("huawei", "AT^CPIN?", "^CPIN: SIM PUK,9,9,0,10,3", 0, 9),
        ("huawei", "AT^CPIN?", "^CPIN: READY,,10,2,10,3", 2, 10),
        # ModemManager src/plugins/ublox/tests/test-modem-helpers-ublox.c
        ("u-blox", "AT+UPINCNT", "+UPINCNT: 3,3,10,10", 3, 10),
        ("u-blox", "AT+UPINCNT", "+UPINCNT: 0,3,5,5", 0, 5),
        ("u-blox", "AT+UPINCNT", "+UPINCNT: 0,0,0,0", 0, 0),
        # ModemManager src/plugins/cinterion/mm-broadband-modem-cinterion.c
        ("Cinterion", 'AT^SPIC="SC"', "^SPIC: 3", 3, None),
        # oFono drivers/atmodem/sim.c
        ("Telit", "AT#PCT", "#PCT: 2", 2, 2),
        ("SIMCOM_Ltd", "AT+SPIC", "+SPIC: 3,10,0,10", 3, 10),
        ("Quectel", 'AT+QPINC="SC"', '+QPINC: "SC",3,10', 3, 10),
        ("ZTE", "AT+ZPINPUK=?", "+ZPINPUK: 3,10", 3, 10),
        ("Option", "AT_OERCN?", "_OERCN: 3, 10", 3, 10),
        ("Sony Ericsson", "AT*EPIN?", "*EPIN: 3,10,3,10", 3, 10),
        # 27.007 8.65
        ("nobody", "AT+CPINR", "+CPINR: SIM PIN,3,3", 3, None),
        ("nobody", "AT+CPINR", "+CPINR: SIM PUK,10,10", None, 10),
        # ModemManager src/mm-broadband-modem.c: an empty VERIFY
        ("nobody", "AT+CSIM", '+CSIM: 4,"63C3"', 3, 3),
        ("nobody", "AT+CPINR", "+CPINR: SIM PIN2,3,3", None, None),
    ],
)
def test_tries_that_makers_tell(
    new_port: Callable[[], Any], maker: str, rule: str, line: str, pin: int | None, puk: int | None
) -> None:
    told = {}
    for lock, state in (("SIM PIN", LineState.NEEDS_PIN), ("SIM PUK", LineState.NEEDS_PUK)):
        port = new_port()
        is_a(port, maker)
        port.rules |= dict.fromkeys(["AT+CPINR", "AT+QPINC", "AT^", "AT+CSIM", "AT#", "AT*", "AT_"], ERROR)
        port.rules |= dict.fromkeys(["AT+SPIC", "AT+UPINCNT", "AT+ZPINPUK"], ERROR)
        port.rules[rule] = b"\r\n" + line.encode() + b"\r\n" + OK
        port.rules["AT+CPIN?"] = f"\r\n+CPIN: {lock}\r\n\r\nOK\r\n".encode()
        with pytest.raises(NotReadyError) as caught:
            made(port).open()
        assert caught.value.state == state
        told[lock] = caught.value.tries
        assert said(port, "AT+CPIN=") == []
    assert told["SIM PIN"] == pin
    if rule != 'AT^SPIC="SC"':
        assert told["SIM PUK"] == puk


@pytest.mark.parametrize(
    ("line", "left"),
    [
        # ModemManager src/tests/test-modem-helpers.c, csim_response_test_list
        ('+CSIM:8,"000063C1"', 1),
        ('+CSIM:8,"000063CA"', 10),
        ('+CSIM:8,"000063CF"', 15),
        ('+CSIM:8, "000063C1"', 1),
        ('+CSIM: 8, "000063C1"', 1),
        ('+CSIM: 10, "63CF"', 15),
        ('+CSIM: 4, "6300"', None),
        ('+CSIM: 4, "6983"', None),
        ('+CSIM: 4, "6984"', None),
        ('+CSIM: 4, "6A86"', None),
        ('+CSIM: 4, "6A88"', None),
        ('+CSIM: 4, "63BF"', None),
        ('+CSIM: 4, "63D0"', None),
    ],
)
def test_a_status_word_counts_tries(line: str, left: int | None) -> None:
    assert replies.tries([line], -1) == left


@pytest.mark.parametrize(
    ("field", "left"), [("-1", None), ("x", None), ("100", None), ("99", 99), ('"3"', 3)]
)
def test_what_is_no_count_of_tries(field: str, left: int | None) -> None:
    assert replies.tries([f"+UPINCNT: {field},3"], 0) == left
    assert replies.tries(["+UPINCNT: 3"], 4) is None


# -- the SIM's number and the memories -------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "iccid"),
    [
        ('+CRSM: 144,0,"98101010000000000010"', "89010101000000000001"),
        ('+CRSM: 144,0,"981010100000000000F1"', "8901010100000000001"),
        ("^ICCID: 8901010000000000017", "8901010000000000017"),
        ("8901010000000000017f", "8901010000000000017"),
        ('+CCID: "8901010000000000017"', "8901010000000000017"),
        ("!ICCID: 8901010000000000017F", "8901010000000000017"),
        ("+CME ERROR: 10", ""),
    ],
)
def test_sim_numbers(line: str, iccid: str) -> None:
    assert replies.sim_number([line]) == iccid


@pytest.mark.parametrize(
    ("line", "lists"),
    [
        # gammu tests/at-cpms, at-cpms-sm, at-cpms-sr; ModemManager src/tests/test-modem-helpers.c
        ('+CPMS: (ME", "SR"), ("ME", "SR"), ("ME")', (("ME", "SR"), ("ME", "SR"), ("ME",))),
        ('+CPMS: "SM","SM","SM"', (("SM",), ("SM",), ("SM",))),
        ("+CPMS: ", ()),
        ("+CPMS: (),(),()", ((), (), ())),
        ('+CPMS: ("SM", "ME", "SM_P"), ("SM"), ("MT")', (("SM", "ME", "SM_P"), ("SM",), ("MT",))),
        ('+CPMS:     (  "ME"  ,  "MT"  )   ,  "ME" ,   (  "SM"  )', (("ME", "MT"), ("ME",), ("SM",))),
        ('+CPMS: (("SM","BM","SR"),("SM"))', (("SM", "BM", "SR"), ("SM",))),
    ],
)
def test_memories_offered(line: str, lists: tuple[tuple[str, ...], ...]) -> None:
    assert replies.storages_offered(line) == lists


# -- what the driver does with it ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("maker", "code", "outcome", "refusal"),
    [
        ("Quectel", 512, Outcome.NOT_SENT, Refusal.NOT_READY),
        ("Quectel", 531, Outcome.NOT_SENT, Refusal.PERSON),
        ("WAVECOM MODEM", 512, Outcome.NOT_SENT, Refusal.LATER),
        ("WAVECOM MODEM", 513, Outcome.UNKNOWN, Refusal.NONE),
        ("SIEMENS", 549, Outcome.NOT_SENT, Refusal.PERMANENT),
        ("Telit", 515, Outcome.UNKNOWN, Refusal.NONE),
        ("SIMCOM_Ltd", 512, Outcome.UNKNOWN, Refusal.NONE),
        ("nobody", 512, Outcome.UNKNOWN, Refusal.NONE),
    ],
)
def test_a_makers_own_number_proves_what_its_manual_says(
    port: Any, maker: str, code: int, outcome: Outcome, refusal: Refusal
) -> None:
    is_a(port, maker)
    modem = made(port)
    modem.open()
    port.after_text = f"\r\n+CMS ERROR: {code}\r\n".encode()
    result = modem.send(Outgoing("+15550199", "hello"))
    assert (result.outcome, result.refusal, result.code) == (outcome, refusal, code)


def test_a_nokia_is_written_to_in_small_pieces(port: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("modem.at.channel.time.sleep", pauses.append)
    is_a(port, "Nokia")
    modem = made(port)
    modem.open()
    sizes: list[int] = []
    write = port.write
    port.write = lambda data: (sizes.append(len(data)), write(data))[1]
    result = modem.send(Outgoing("+15550199", "x" * 100))
    assert result.outcome is Outcome.SENT
    written = sizes[1:-1]  # the command before, Ctrl-Z behind
    assert sum(written) == len(port.submitted[0])
    assert max(written) == 18
    assert pauses == [0.01] * len(written)


@pytest.mark.parametrize(
    ("maker", "model", "commands"),
    [("SIMCOM_Ltd", "SIM800L", []), ("nobody", "X", ["AT+CNMA=0", "AT+CNMA"])],
)
def test_acknowledging_as_the_maker_knows_it(port: Any, maker: str, model: str, commands: list[str]) -> None:
    is_a(port, maker, model)
    port.rules["AT+CNMA"] = ERROR
    modem = made(port)
    modem.open()
    port.say(
        b"\r\n+CMT: ,26\r\n0791448720003023240DD0E474D81C0EBB010000111011315214000BE474D81C0EBB5DE3771B\r\n"
    )
    (incoming,) = modem.poll(1.0)
    assert modem.delete(incoming)
    assert said(port, "AT+CNMA") == commands


@pytest.mark.parametrize(("step", "runs"), [("AT+CGMI", 1), ("AT+CMGF=0", 2), ("AT+CSCA?", 2)])
def test_a_start_in_the_middle_of_the_ladder_means_one_more(port: Any, step: str, runs: int) -> None:
    answer = port.rules.get(step, OK)
    told = []

    def once(command: str) -> bytes:
        if told:
            return answer
        told.append(command)
        return b"\r\nSMS Ready\r\n" + answer

    port.rules[step] = once
    modem = made(port)
    modem.open()
    for _ in range(3):
        modem.poll(0.1)
    assert len(said(port, "AT+CMGF=0")) == runs


@pytest.mark.parametrize(("maker", "longest"), [("WAVECOM MODEM", 3.0), ("nobody", 6.0)])
def test_a_result_that_never_comes_behind_cpin_is_not_waited_for_long(
    port: Any, maker: str, longest: float
) -> None:
    is_a(port, maker)
    port.rules["AT+CPIN?"] = b"\r\n+CPIN: READY\r\n"
    begun = port.now
    made(port).open()
    assert port.now - begun < longest


def test_quieting_follows_identity_and_the_pin(port: Any) -> None:
    is_a(port, "huawei", "E1752")
    made(port).open()
    order = [port.commands.index(name) for name in ("AT+CGMI", "AT+CPIN?", "AT^CURC=0", "AT+CNMI=2,1,0,1,0")]
    assert order == sorted(order)
    assert said(port, "AT^PORTSEL") == ["AT^PORTSEL=1"]


def test_a_maker_that_is_named_only_after_the_pin(port: Any) -> None:
    state = {"open": False}

    def enter(command: str) -> bytes:
        state["open"] = True
        return OK

    def maker(command: str) -> bytes:
        return b"\r\nZTE INCORPORATED\r\n" + OK if state["open"] else b"\r\n+CME ERROR: 11\r\n"

    port.rules |= {"AT+CPIN=": enter, "AT+CGMI": maker, "AT+CSIM": ERROR, "AT+CPINR": ERROR}
    port.rules["AT+CPIN?"] = lambda command: (
        b"\r\n+CPIN: " + (b"READY" if state["open"] else b"SIM PIN") + b"\r\n" + OK
    )
    modem = made(port)
    assert modem.open("1234").manufacturer == "ZTE INCORPORATED"
    assert said(port, "AT+ZOPRT") == ["AT+ZOPRT=5"]


def test_a_locked_sim_says_who_it_is(port: Any) -> None:
    port.rules |= {
        "AT+CPIN?": b"\r\n+CPIN: SIM PIN\r\n" + OK,
        "AT+CPINR": b"\r\n+CPINR: SIM PIN,2,3\r\n" + OK,
        "AT+CCID": b"\r\n+CCID: 8901010000000000017\r\n" + OK,
    }
    with pytest.raises(NotReadyError, match="2 tries are left; after the last it asks for its PUK") as caught:
        made(port).open()
    assert (caught.value.tries, caught.value.iccid) == (2, "8901010000000000017")


def test_a_blocked_sim_says_how_often_its_puk_may_be_wrong(port: Any) -> None:
    port.rules |= {
        "AT+CPIN?": b"\r\n+CPIN: SIM PUK\r\n" + OK,
        "AT+CPINR": b"\r\n+CPINR: SIM PUK,1,10\r\n" + OK,
    }
    with pytest.raises(NotReadyError, match="1 try is left; after the last the SIM is dead for good"):
        made(port).open("1234")
    assert said(port, "AT+CPIN=") == []


@pytest.mark.parametrize("lock", ["SIM PUK2", "PH-SIM PUK", "PH-NET PUK"])
def test_other_puks_are_not_the_sims(port: Any, lock: str) -> None:
    port.rules["AT+CPIN?"] = f"\r\n+CPIN: {lock}\r\n\r\nOK\r\n".encode()
    if lock == "SIM PUK2":
        made(port).open()
        return
    with pytest.raises(NotReadyError, match=lock) as caught:
        made(port).open()
    assert caught.value.state == LineState.FAILED


# -- devices that cannot text this way -------------------------------------------------------------


@pytest.mark.parametrize(
    ("maker", "rules", "words", "action"),
    [
        (
            "huawei",
            {"AT+CSMS=?": ERROR, "AT+CMGF": ERROR},
            "HiLink firmware",
            "Switch the stick to stick mode.",
        ),
        ("huawei", {"AT+CMGF": ERROR, "AT+CSMS=?": b"\r\n+CSMS: (0,1)\r\n" + OK}, "does not offer texts", ""),
        ("nobody", {"AT+CMGF": ERROR, "AT+CSMS=?": ERROR}, "does not offer texts", ""),
        ("SAMSUNG", {"AT+CMGF": ERROR}, "gammu", "Add this phone as a gammu line instead."),
        (
            "Motorola",
            {"AT+CMGF=0": b"\r\n+CMS ERROR: 303\r\n", "AT+CMGF=?": b"\r\n+CMGF: (1)\r\n" + OK},
            "text mode only.*gammu",
            "Add this phone as a gammu line instead.",
        ),
    ],
)
def test_devices_without_pdu_mode(
    port: Any, maker: str, rules: dict[str, bytes], words: str, action: str
) -> None:
    is_a(port, maker)
    port.rules |= rules
    with pytest.raises(NotReadyError, match=words) as caught:
        made(port).open()
    assert (caught.value.state, caught.value.action) == (LineState.FAILED, action)


def test_pdu_mode_is_asked_for_again_after_a_bare_error(port: Any) -> None:
    answers = [ERROR, b"\r\n+CMS ERROR: 314\r\n", ERROR, OK]
    port.rules["AT+CMGF=0"] = lambda command: answers.pop(0)
    made(port).open()
    assert answers == []


def test_a_busy_sim_is_waited_for_once_a_run(port: Any) -> None:
    begun = port.now
    port.rules |= {"AT+CNMI": b"\r\n+CMS ERROR: 314\r\n", "AT+CSCA?": b"\r\n+CME ERROR: 14\r\n"}
    made(port).open()
    assert port.now - begun < 2 * Timeouts().sim_busy


@pytest.mark.parametrize(("maker", "action"), [("Nokia", "gammu"), ("nobody", "another device")])
def test_texts_that_stay_in_the_device_are_no_secret(port: Any, maker: str, action: str) -> None:
    is_a(port, maker)
    port.rules |= {
        "AT+CNMI": ERROR,
        "AT+CPMS=?": b"\r\n+CPMS: (),(),()\r\n" + OK,
        "AT+CPMS?": b"\r\n+CPMS: ,,,,,,,,\r\n" + OK,
        "AT+CMGL": ERROR,
    }
    modem = made(port)
    modem.open()
    status = modem.status()
    assert "stay in it" in status.hint
    assert action in status.action
    port.rules["AT+CMGL"] = OK
    modem.close()
    port.closed = False
    modem = made(port)
    modem.open()
    assert modem.status().hint == ""


@pytest.mark.parametrize(("silent", "lost"), [("AT+CNMI=", "routing"), ("AT+CSCA?", ""), ("AT+CPMS=?", "")])
def test_silence_of_what_may_fail_is_borne(port: Any, silent: str, lost: str) -> None:
    port.rules[silent] = None
    modem = made(port)
    modem.open()
    assert modem._receiver is not None
    assert (modem._receiver.setup.routing == "") is (lost == "routing")


# -- lines after a restart -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        *("RDY", "^SYSSTART", "^SYSSTART AIRPLANE MODE", "^SHUTDOWN", "+PBREADY", "SMS Ready", "Call Ready"),
        *("SMS DONE", "PB DONE", "+QIND: SMS DONE", "+CPIN: READY", "+WIND: 4", "#QSS: 3", "*EMRDY: 1"),
        *("NORMAL POWER DOWN", "POWERED DOWN"),
    ],
)
def test_a_modem_that_started_anew_is_set_up_anew(port: Any, line: str) -> None:
    modem = made(port)
    modem.open()
    port.commands.clear()
    port.say(f"\r\n{line}\r\n".encode())
    modem.poll(1.0)
    assert said(port, "AT+CNMI=") == ["AT+CNMI=2,1,0,1,0"]


@pytest.mark.parametrize(
    "line", ["^BOOT:20952548,0,0,0,72", "+WIND: 2", "#QSS: 1", "+CPIN: NOT READY", '+QIND: "csq",1,1']
)
def test_noise_is_no_restart(port: Any, line: str) -> None:
    modem = made(port)
    modem.open()
    port.commands.clear()
    port.say(f"\r\n{line}\r\n".encode())
    assert modem.poll(1.0) == []
    assert said(port, "AT+CNMI=") == []
