from __future__ import annotations

from typing import Any

import pytest

from modem.api import Hooks, Identity, LineState, TraceLine
from modem.at.timing import Timeouts
from modem.backends.at import AtModem
from modem.errors import NotReadyError, PortError

OK = b"\r\nOK\r\n"
ERROR = b"\r\nERROR\r\n"


def made(port: Any, hooks: Hooks | None = None) -> AtModem:
    return AtModem(lambda: port, hooks, Timeouts(), port.clock)


def said(port: Any, start: str) -> list[str]:
    return [command for command in port.commands if command.startswith(start)]


def test_the_ladder(port: Any) -> None:
    port.rules |= {
        "AT+CGMI": b'\r\n+CGMI: "ACME"\r\n' + OK,
        "AT+CGMM": b"\r\nAT+CGMM\r\nM1\r\n" + OK,
        "AT+CGMR": b"\r\n1.2\r\n" + OK,
        "AT+CIMI": b"\r\n001010000000001\r\n" + OK,
        "AT+CCID": ERROR,
        "AT+ICCID": b"\r\n+ICCID: 98101000000000007151F\r\n" + OK,
        "AT+CNUM": b'\r\n+CNUM: "me","+15550100",145\r\n' + OK,
        "AT+CSCA?": b'\r\n+CSCA: "+15550009",145\r\n' + OK,
    }
    identity = made(port).open()
    assert identity == Identity(
        "ACME",
        "M1",
        "1.2",
        "490154203237518",
        "001010000000001",
        "89010100000000001715",
        "+15550100",
        "+15550009",
    )
    assert port.written.startswith(b"\x1b\rAT\r")
    assert b"\x1a" not in port.written
    assert "ATZ" not in port.commands
    assert said(port, "AT+CMGF") == ["AT+CMGF=0"]
    assert said(port, "AT+CNMI") == ["AT+CNMI=2,1,0,1,0"]
    assert said(port, "AT+CPMS=") == ["AT+CPMS=?", 'AT+CPMS="SM","SM","SM"']


def test_a_stale_prompt_is_left_with_escape(port: Any) -> None:
    port.at_prompt = True
    port._line += b"0011AB"
    made(port).open()
    assert (port.ctrl_z, port.submitted) == (0, [])


def test_boot_noise_and_a_device_that_tells_nothing(port: Any) -> None:
    port.say(b"\x00\x00\xff\xf0RDY\r\n+CFUN: 1\r\n+CPIN: READY\r\n")
    port.rules |= dict.fromkeys(["AT+CG", "AT+CIMI", "AT+CCID", "AT+CNUM", "AT+CSCA?", "AT+CSMS=?"], ERROR)
    port.rules |= {"AT+CGSN": ERROR, "AT+CGMI": ERROR, "AT+CREG=2": None}
    modem = made(port)
    identity = modem.open()
    assert identity == Identity()
    assert modem.poll(0.0) == []


def test_numeric_results_are_left_behind(port: Any) -> None:
    port.rules |= {"AT": lambda command: b"0\r" if command in ("AT", "ATE0V1") else OK}
    made(port).open()


def test_echo_and_verbose_errors_have_second_ways(port: Any) -> None:
    port.rules |= {"ATE0V1": ERROR, "AT+CMEE=1": ERROR}
    made(port).open()
    assert "ATE0" in port.commands
    assert "AT+CMEE=2" in port.commands


def test_a_modem_in_flight_mode_is_switched_on(port: Any) -> None:
    port.rules["AT+CFUN?"] = b"\r\n+CFUN: 4\r\n" + OK
    made(port).open()
    assert "AT+CFUN=1" in port.commands


def test_a_silent_port_is_not_ready_and_let_go(port: Any) -> None:
    port.rules = {"AT": None}
    with pytest.raises(NotReadyError, match="does not answer") as caught:
        made(port).open()
    assert caught.value.state == LineState.FAILED
    assert port.closed
    assert port.now < 1010.0


def test_a_port_that_goes_is_let_go(port: Any) -> None:
    port.hang_up_after = 30
    with pytest.raises(PortError):
        made(port).open()
    assert port.closed


def test_a_port_that_cannot_be_opened() -> None:
    def connect() -> Any:
        raise PortError("There is no such port.")

    with pytest.raises(PortError):
        AtModem(connect).open()


# -- the PIN ---------------------------------------------------------------------------------------


def locked(port: Any, good: str = "1234", tries: bytes = b"+CPINR: SIM PIN,3,3\r\n") -> None:
    state = {"open": False}

    def enter(command: str) -> bytes:
        state["open"] = command == f'AT+CPIN="{good}"'
        return OK if state["open"] else b"\r\n+CME ERROR: 16\r\n"

    port.rules["AT+CPIN="] = enter
    port.rules["AT+CPINR"] = b"\r\n" + tries + OK
    port.rules["AT+CPIN?"] = lambda command: (
        b"\r\n+CPIN: READY\r\n" + OK if state["open"] else b"\r\n+CPIN: SIM PIN\r\n" + OK
    )


def test_a_pin_is_entered_once_and_not_traced(port: Any) -> None:
    locked(port)
    seen: list[TraceLine] = []
    made(port, Hooks(on_trace=seen.append)).open("1234")
    assert said(port, "AT+CPIN=") == ['AT+CPIN="1234"']
    assert not any("1234" in line.text for line in seen)


def test_no_pin_given(port: Any) -> None:
    locked(port)
    with pytest.raises(NotReadyError, match="PIN") as caught:
        made(port).open()
    assert caught.value.state == LineState.NEEDS_PIN
    assert said(port, "AT+CPIN=") == []


def test_a_wrong_pin_is_never_entered_again(port: Any, new_port: Any) -> None:
    locked(port)
    modem = made(port)
    for _ in range(3):
        port.closed = False
        with pytest.raises(NotReadyError) as caught:
            modem.open("9999")
        assert caught.value.state == LineState.NEEDS_PIN
        assert "9999" not in str(caught.value)
    assert said(port, "AT+CPIN=") == ['AT+CPIN="9999"']
    port.closed = False
    modem.open("1234")


def test_a_pin_that_met_silence_is_not_entered_again(port: Any) -> None:
    locked(port)
    port.rules["AT+CPIN="] = None
    modem = made(port)
    for _ in range(2):
        port.closed = False
        with pytest.raises(NotReadyError):
            modem.open("1234")
    assert len(said(port, "AT+CPIN=")) == 1


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ("AT+CPINR", b"+CPINR: SIM PIN,1,3\r\n"),
        ("AT+QPINC", b'+QPINC: "SC",1,10\r\n'),
        ("AT^CPIN?", b"^CPIN: SIM PIN,1,10,1,10,3\r\n"),
    ],
)
def test_the_last_try_is_left_to_the_person(port: Any, rule: str, answer: bytes) -> None:
    locked(port)
    port.rules |= {"AT+CPINR": ERROR, "AT+QPINC": ERROR, "AT^CPIN?": ERROR}
    port.rules[rule] = b"\r\n" + answer + OK
    with pytest.raises(NotReadyError, match="one try"):
        made(port).open("1234")
    assert said(port, "AT+CPIN=") == []


def test_unknown_tries_do_not_hinder(port: Any) -> None:
    locked(port)
    port.rules |= {"AT+CPINR": ERROR, "AT+QPINC": b"\r\n+QPINC\r\n" + OK, "AT^CPIN?": ERROR}
    made(port).open("1234")


@pytest.mark.parametrize("pin", ["", "12", "123456789", "12;4", '1"+CMGD'])
def test_what_is_no_pin_is_not_entered(port: Any, pin: str) -> None:
    locked(port)
    with pytest.raises(NotReadyError):
        made(port).open(pin)
    assert said(port, "AT+CPIN=") == []


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (b"\r\n+CPIN: SIM PUK\r\n" + OK, LineState.NEEDS_PUK),
        (b"\r\n+CPIN: PH-NET PIN\r\n" + OK, LineState.FAILED),
        (b"\r\n+CME ERROR: 10\r\n", LineState.NO_SIM),
        (ERROR, LineState.NO_SIM),
        (b"\r\n+CME ERROR: 14\r\n", LineState.NO_SIM),
        (None, LineState.NO_SIM),
    ],
)
def test_sims_that_a_person_must_look_at(port: Any, answer: bytes | None, state: LineState) -> None:
    port.rules["AT+CPIN?"] = answer
    with pytest.raises(NotReadyError) as caught:
        made(port).open("1234")
    assert caught.value.state == state
    assert port.now < 1200.0


def test_a_pin_entered_that_changes_nothing(port: Any) -> None:
    locked(port)
    port.rules["AT+CPIN="] = OK
    with pytest.raises(NotReadyError, match="did not get ready"):
        made(port).open("1234")
    assert len(said(port, "AT+CPIN=")) == 1


def test_a_puk_after_the_pin(port: Any) -> None:
    locked(port)
    port.rules["AT+CPIN="] = b"\r\n+CME ERROR: 12\r\n"
    with pytest.raises(NotReadyError) as caught:
        made(port).open("1234")
    assert caught.value.state == LineState.NEEDS_PUK


@pytest.mark.parametrize("late", [b"\r\n+CPIN: READY\r\n", b"\r\n+CPIN: SIM PIN2\r\n" + OK])
def test_ready_without_ok_and_second_pins(port: Any, late: bytes) -> None:
    port.rules["AT+CPIN?"] = late
    made(port).open()


def test_a_sim_that_takes_its_time(port: Any) -> None:
    answers = [b"\r\n+CME ERROR: 10\r\n", b"\r\n+CME ERROR: 14\r\n", b"\r\n+CPIN: READY\r\n" + OK]
    port.rules["AT+CPIN?"] = lambda command: answers.pop(0)
    modes = [b"\r\n+CMS ERROR: 314\r\n", b"\r\n+CMS ERROR: 314\r\n", OK]
    port.rules["AT+CMGF=0"] = lambda command: modes.pop(0)
    made(port).open()
    assert answers == modes == []


# -- texting ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refused", "taken"),
    [
        (["2,1,0,1,0"], "2,1,0,2,0"),
        (["2,"], "1,1,0,1,0"),
        (["2,", "1,1,0,1"], "1,1,0,0,0"),
        (["2,", "1,"], "3,1,0,1,0"),
        (["2,", "1,", "3,1,0,1"], "3,1,0,0,0"),
        (["2,1,0,1,0", "2,1,0,2,0", "1,", "2,1,0,0,0", "2,1,0,1,1", "2,1,0,2,1"], "2,1,0,0,1"),
        (["2,", "1,", "3,"], ""),
    ],
)
def test_the_set_command_decides(port: Any, refused: list[str], taken: str) -> None:
    port.rules |= {f"AT+CNMI={value}": b"\r\n+CMS ERROR: 303\r\n" for value in refused}
    modem = made(port)
    modem.open()
    assert said(port, "AT+CNMI=")[-1] == f"AT+CNMI={taken or '3,1,0,0,0'}"
    assert modem.capabilities.reports is (taken not in ("1,1,0,0,0", "2,1,0,0,1", "3,1,0,0,0"))


@pytest.mark.parametrize(
    ("offered", "refused", "taken"),
    [
        (b'+CPMS: ("ME","MT"),("ME","SM","MT"),("SM","MT")\r\n', [], '"MT","MT","MT"'),
        (b'+CPMS: "ME","MT","SM"\r\n', [], None),
        (b"+CPMS: (),(),()\r\n", [], None),
        (b'+CPMS: (("SM","BM","SR"),("SM"))\r\n', ['"SM",'], '"SM"'),
        (b'+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")\r\n', ['"SM"'], '"ME","ME","ME"'),
        (b'+CPMS: ("SM"),("SM"),("SM")\r\n', ['"SM","SM","SM"'], '"SM","SM"'),
    ],
)
def test_memories(port: Any, offered: bytes, refused: list[str], taken: str | None) -> None:
    port.rules["AT+CPMS=?"] = b"\r\n" + offered + OK
    port.rules |= {f"AT+CPMS={value}": ERROR for value in refused}
    modem = made(port)
    modem.open()
    if taken is None:
        assert said(port, "AT+CPMS=") == ["AT+CPMS=?"]
    else:
        assert said(port, "AT+CPMS=")[-1] == f"AT+CPMS={taken}"
    assert modem.sweep() == []


def test_no_words_about_memories_at_all(port: Any) -> None:
    port.rules |= {"AT+CPMS=?": ERROR, "AT+CPMS?": ERROR}
    port.rules["AT+CMGL=4"] = b"\r\n+CMGL: 1,1,,2\r\n0791\r\n" + OK
    modem = made(port)
    modem.open()
    (incoming,) = modem.sweep()
    port.rules["AT+CMGR=1"] = b"\r\n+CMGR: 1,,2\r\n0791\r\n" + OK
    assert modem.delete(incoming)


def test_a_device_without_pdu_mode(port: Any) -> None:
    port.rules["AT+CMGF=0"] = ERROR
    with pytest.raises(NotReadyError, match="PDU") as caught:
        made(port).open()
    assert caught.value.state == LineState.FAILED


@pytest.mark.parametrize(("maker", "command"), [(b"huawei", "AT^CURC=0"), (b"ZTE CORPORATION", "AT+ZOPRT=5")])
def test_makers_are_quieted(port: Any, maker: bytes, command: str) -> None:
    port.rules["AT+CGMI"] = b"\r\n" + maker + b"\r\n" + OK
    port.rules[command] = ERROR
    made(port).open()
    assert command in port.commands


def test_simcom_is_not_asked_to_wait_for_acknowledgements(port: Any) -> None:
    port.rules["AT+CGMI"] = b"\r\nSIMCOM_Ltd\r\n" + OK
    made(port).open()
    assert said(port, "AT+CSMS") == []


@pytest.mark.parametrize("rule", ["AT+CSMS=1", "AT+CSMS?"])
def test_a_refused_message_service(port: Any, rule: str) -> None:
    port.rules[rule] = ERROR
    modem = made(port)
    modem.open()
    assert modem._receiver is not None
    assert modem._receiver.setup.acknowledges is False


def test_opening_again_closes_first(port: Any, new_port: Any) -> None:
    ports = [port, new_port()]
    queue = list(ports)
    modem = AtModem(lambda: queue.pop(0), None, Timeouts(), port.clock)
    modem.open()
    modem.open()
    assert [one.closed for one in ports] == [True, False]
    modem.close()
    modem.close()
