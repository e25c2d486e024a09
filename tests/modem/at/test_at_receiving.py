from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modem.api import Hooks, Incoming, LineState, Outcome, Outgoing, Slot, TraceLine
from modem.errors import AnswerTimeoutError, PortError

OK = b"\r\nOK\r\n"
A, B = "0791AA", "0791BB"


def stored(pdu: str, stat: int = 0) -> bytes:
    return f"\r\n+CMGR: {stat},,{len(pdu) // 2}\r\n{pdu}\r\n".encode() + OK


def test_an_announced_text_is_read_and_left_where_it_is(port: Any, modem: Any) -> None:
    port.rules["AT+CMGR=0"] = stored(A.lower())
    port.say(b'\r\n+CMTI: "SM",0\r\n')
    assert modem.poll(1.0) == [Incoming(A, Slot("SM", 0))]
    assert port.commands == ["AT+CMGR=0"]
    assert modem.poll(0.0) == []


def test_a_burst_of_announcements_is_read_whole(port: Any, modem: Any) -> None:
    for index in range(30):
        port.rules[f"AT+CMGR={index}"] = stored(f"{index:04X}")
        port.say(f'\r\n+CMTI: "SM",{index}\r\n'.encode())
    port.say(b'\r\n+CMTI: "SM",29\r\n')
    assert [item.pdu for item in modem.poll(1.0)] == [f"{index:04X}" for index in range(30)]


def test_the_other_memory_is_selected_once(port: Any, modem: Any) -> None:
    port.rules["AT+CMGR="] = stored(A)
    port.say(b'\r\n+CDSI: "SR",1\r\n+CDSI: "SR",2\r\n+CMTI: "SM",1,"MMS PUSH",2,1\r\n')
    assert modem.poll(1.0) == [
        Incoming(A, Slot("SR", 1), True),
        Incoming(A, Slot("SR", 2), True),
        Incoming(A, Slot("SM", 1)),
    ]
    assert port.commands == ['AT+CPMS="SR"', "AT+CMGR=1", "AT+CMGR=2", 'AT+CPMS="SM"', "AT+CMGR=1"]


@pytest.mark.parametrize(
    "note", [b'+CMTI: "SM",-1', b"+CMTI: ,-1", b"+CMTI:", b'+CMTI: "SM",x', b'+CMTI: "",3']
)
def test_an_announcement_without_a_place_leads_to_a_sweep(port: Any, modem: Any, note: bytes) -> None:
    port.rules["AT+CMGL=4"] = f"\r\n+CMGL: 4,0,,3\r\n{A}\r\n+CMGL: 5,2,,3\r\n{B}\r\n".encode() + OK
    port.say(b"\r\n" + note + b"\r\n")
    assert modem.poll(1.0) == [Incoming(A, Slot("SM", 4))]


@pytest.mark.parametrize(
    ("answer", "swept"),
    [
        (OK, False),
        (b"\r\n+CMS ERROR: 321\r\n", False),
        (b"\r\n+CMS ERROR: 500\r\n", True),
        (b"\r\n+CMGR: 0,,3\r\n" + OK, True),
        (None, True),
    ],
)
def test_what_cannot_be_read_is_found_by_a_sweep(
    port: Any, modem: Any, answer: bytes | None, swept: bool
) -> None:
    port.rules["AT+CMGR=3"] = answer
    port.rules["AT+CMGL=4"] = f"\r\n+CMGL: 3,0,,3\r\n{A}\r\n".encode() + OK
    port.say(b'\r\n+CMTI: "SM",3\r\n')
    assert modem.poll(1.0) == []
    assert modem.poll(5.0) == ([Incoming(A, Slot("SM", 3))] if swept else [])


def test_a_memory_that_cannot_be_selected(port: Any, modem: Any) -> None:
    port.rules['AT+CPMS="SR"'] = b"\r\n+CMS ERROR: 302\r\n"
    port.say(b'\r\n+CDSI: "SR",3\r\n')
    assert modem.poll(1.0) == []
    assert modem.delete(Incoming(A, Slot("SR", 3))) is False
    modem._receiver.setup.storages = ("SR", "SM")
    assert modem.sweep() == []
    assert "AT+CMGL=4" in port.commands


def test_directly_handed_over_texts_are_acknowledged_when_deleted(port: Any, modem: Any) -> None:
    port.say(f"\r\n+CMT: ,3\r\n{A}\r\n\r\n+CDS: 25\r\n{B}\r\n".encode())
    first, second = modem.poll(1.0)
    assert (first, second) == (Incoming(A, None), Incoming(B, None, True))
    assert port.commands == []
    assert modem.delete(first)
    assert modem.delete(first)
    assert port.commands == ["AT+CNMA=0"]
    port.rules["AT+CNMA=0"] = b"\r\nERROR\r\n"
    port.rules["AT+CNMA"] = None
    assert modem.delete(second)
    assert port.commands[1:] == ["AT+CNMA=0", "AT+CNMA"]


def test_no_acknowledgement_without_csms_1(port: Any, new_modem: Callable[..., Any]) -> None:
    port.rules["AT+CSMS?"] = b"\r\n+CSMS: 0,1,1,1\r\n" + OK
    modem = new_modem(port)
    port.say(f"\r\n+CDS: 25\r\n{B}\r\n".encode())
    (report,) = modem.poll(1.0)
    assert modem.delete(report)
    assert port.commands == []


@pytest.mark.parametrize(
    ("read", "remove", "gone", "removed"),
    [
        (stored(A), OK, True, True),
        (stored(A.lower()), OK, True, True),
        (stored(B), OK, False, False),
        (OK, OK, True, False),
        (b"\r\n+CMS ERROR: 321\r\n", OK, True, False),
        (b"\r\n+CMS ERROR: 500\r\n", OK, False, False),
        (None, OK, False, False),
        (stored(A), b"\r\n+CMS ERROR: 500\r\n", False, True),
        (stored(A), None, False, True),
    ],
)
def test_nothing_is_deleted_that_was_not_read_again(
    port: Any, modem: Any, read: bytes | None, remove: bytes | None, gone: bool, removed: bool
) -> None:
    port.rules["AT+CMGR=3"] = read
    port.rules["AT+CMGD=3"] = remove
    assert modem.delete(Incoming(A, Slot("SM", 3))) is gone
    assert ("AT+CMGD=3" in port.commands) is removed
    assert not any(command.startswith("AT+CMGD=") and "," in command for command in port.commands)


def test_a_sweep_reads_each_memory(port: Any, new_modem: Callable[..., Any]) -> None:
    port.rules["AT+CPMS=?"] = b'\r\n+CPMS: ("ME","SM","SR","MT"),("ME","SM"),("ME","SM")\r\n' + OK
    port.rules["AT+CMGL=4"] = f"\r\n+CMGL: 0,1,,3\r\n{A}\r\n".encode() + OK
    modem = new_modem(port)
    assert modem.sweep() == [
        Incoming(A, Slot("SM", 0)),
        Incoming(A, Slot("ME", 0)),
        Incoming(A, Slot("SR", 0), True),
    ]


def test_a_modem_that_announces_nothing_is_swept_now_and_then(
    port: Any, new_modem: Callable[..., Any]
) -> None:
    port.rules["AT+CNMI="] = b"\r\nERROR\r\n"
    port.rules["AT+CMGL=4"] = f"\r\n+CMGL: 4,0,,3\r\n{A}\r\n".encode() + OK
    modem = new_modem(port)
    assert modem.poll(1.0) == []
    found = [item for _ in range(20) for item in modem.poll(2.0)]
    assert len(found) == 4
    assert modem.status().state is LineState.SEARCHING


def test_a_sweep_that_meets_silence_is_tried_later(port: Any, modem: Any) -> None:
    port.rules["AT+CMGL=4"] = None
    port.say(b"+CMTI:\r\n")
    assert modem.poll(1.0) == []
    with pytest.raises(AnswerTimeoutError):
        modem.sweep()
    port.rules["AT+CMGL=4"] = f"\r\n+CMGL: 4,0,,3\r\n{A}\r\n".encode() + OK
    found = [item for _ in range(10) for item in modem.poll(2.0)]
    assert found == [Incoming(A, Slot("SM", 4))]


@pytest.mark.parametrize(
    "line",
    [
        b"RDY",
        b"^SYSSTART",
        b"SMS DONE",
        b"+PBREADY",
        b"Call Ready",
        b"+CPIN: READY",
        b'+CMT: "+1555",,"x"\r\nhi',
        b"SMS Ready",
    ],
)
def test_a_modem_that_restarted_is_set_up_again_and_swept(port: Any, modem: Any, line: bytes) -> None:
    port.rules["AT+CMGL=4"] = f"\r\n+CMGL: 4,0,,3\r\n{A}\r\n".encode() + OK
    port.say(b"\r\n" + line + b"\r\n")
    assert modem.poll(1.0) == [Incoming(A, Slot("SM", 4))]
    assert "AT+CNMI=2,1,0,1,0" in port.commands
    assert modem.send(Outgoing("+15550123", "x")).outcome is Outcome.SENT


def test_a_modem_that_restarted_into_its_pin_is_a_lost_port(port: Any, modem: Any) -> None:
    port.rules["AT+CPIN?"] = b"\r\n+CPIN: SIM PIN\r\n" + OK
    port.say(b"\r\nRDY\r\n")
    with pytest.raises(PortError, match="PIN"):
        modem.poll(1.0)
    assert not any(command.startswith("AT+CPIN=") for command in port.commands)


def test_what_was_handed_over_is_not_lost_with_the_port(port: Any, modem: Any) -> None:
    port.say(f'\r\n+CMT: ,3\r\n{A}\r\n+CMTI: "SM",3\r\n'.encode())
    port.hang_up_after = len(port.out)
    assert modem.poll(1.0) == [Incoming(A, None)]
    with pytest.raises(PortError):
        modem.poll(1.0)


def test_waiting_ends_with_what_comes_and_not_before(port: Any, modem: Any) -> None:
    before = port.now
    port.say_later(1.0, b"^RSSI: 3\r\n")
    port.say_later(3.0, f"\r\n+CMT: ,3\r\n{A}\r\n".encode())
    assert len(modem.poll(60.0)) == 1
    assert 3.0 <= port.now - before < 4.0
    assert modem.poll(5.0) == []
    assert port.now - before >= 8.0


def test_a_wake_ends_one_poll(port: Any, modem: Any) -> None:
    modem.wake()
    before = port.now
    assert port.woken
    assert modem.poll(60.0) == []
    assert port.now == before
    assert modem.poll(1.0) == []
    assert port.now > before


def test_a_wake_on_a_closed_line_is_nothing(modem: Any) -> None:
    modem.close()
    modem.wake()
    for call in (lambda: modem.poll(1.0), modem.sweep, modem.status, lambda: modem.command("AT")):
        with pytest.raises(PortError, match="closed"):
            call()


def test_status(port: Any, modem: Any) -> None:
    port.rules |= {
        "AT+CREG?": b"\r\n+CREG: 2,0\r\n" + OK,
        "AT+CGREG?": b"\r\n+CGREG: 1,nonsense\r\n" + OK,
        "AT+CEREG?": b'\r\n+CEREG: 2,6,"00C3","0001A2B3",7\r\n' + OK,
        "AT+CSQ": b"\r\n+CSQ: 21,99\r\n" + OK,
        "AT+COPS?": b'\r\n+COPS: 0,0,"Some, Operator"\r\n' + OK,
    }
    status = modem.status()
    assert status.state is LineState.READY
    assert (status.operator, status.technology, status.signal_dbm) == ("Some, Operator", "LTE", -71)
    assert (status.storage_used, status.storage_total) == (1, 20)
    port.rules["AT+CEREG?"] = port.rules["AT+CREG?"] = b"\r\n+CREG: 2,3\r\n+CEREG: 2,3\r\n" + OK
    assert modem.status().state is LineState.DENIED
    port.say(b"\r\n+CREG: 5\r\n")
    modem.poll(0.0)
    port.rules["AT+CREG?"] = b"\r\nERROR\r\n"
    assert modem.status().state is LineState.READY
    port.rules["AT+CSQ"] = None
    assert modem.status().state is LineState.FAILED


def test_bare_answers_give_a_bare_status(port: Any, modem: Any) -> None:
    for command in ("AT+CREG?", "AT+CSQ", "AT+COPS?", "AT+CPMS?", "AT+CNMI?"):
        port.rules[command] = b"\r\nERROR\r\n"
    status = modem.status()
    assert (status.state, status.operator, status.signal_dbm) == (LineState.SEARCHING, "", None)
    assert (status.storage_used, status.storage_total) == (0, 0)
    port.rules["AT+CSQ"] = b"\r\n+CSQ: 99,99\r\n" + OK
    port.rules["AT+CPMS?"] = b"\r\n+CPMS: nonsense\r\n" + OK
    assert modem.status().signal_dbm is None


def test_a_forgotten_routing_is_set_again(port: Any, modem: Any) -> None:
    port.rules["AT+CNMI?"] = b"\r\n+CNMI: 0,0,0,0,0\r\n" + OK
    modem.status()
    modem.poll(0.0)
    assert "AT+CNMI=2,1,0,1,0" in port.commands


def test_a_technicians_command(port: Any, new_modem: Callable[..., Any]) -> None:
    seen: list[TraceLine] = []
    modem = new_modem(port, Hooks(on_trace=seen.append))
    port.rules["ATI"] = b"\r\nManufacturer: x\r\n+GCAP: +CGSM\r\nRING\r\n" + OK
    assert modem.command("ATI") == ["Manufacturer: x", "+GCAP: +CGSM", "OK"]
    port.rules["AT+XYZ"] = b"\r\nERROR\r\n"
    assert modem.command("AT+XYZ") == ["ERROR"]
    assert any(line.text == "RING" for line in seen)
    port.rules["AT+SLOW"] = None
    with pytest.raises(AnswerTimeoutError):
        modem.command("AT+SLOW", 3.0)


def test_a_command_that_changes_settings_is_mended(port: Any, modem: Any) -> None:
    modem.command("at+cmgf = 1")
    modem.poll(0.0)
    assert "AT+CMGF=0" in port.commands


@pytest.mark.parametrize(
    "line",
    [
        "AT+CMGS=5",
        "at+cmgs=5",
        "AT+CSQ;+CMGS=5",
        "AT+C MGS=5",
        "AT+CMSS=1",
        "AT+CMGC=1",
        "AT+CMGW=5",
        "AT+CSQ\x1a",
        "AT\rAT+CMGS=5",
        "AT\x1b",
        "A/",
        "a/",
        "",
        "hello",
        "AT+QCMGS=5",
        "AT#CMGS=1",
        "AT^SCMS=1",
        "AT^SCMW=1",
        "AT+CSQ\n",
        "AT+ＣＭＧＳ=5",
        "AT+CM\u200bGS=5",
    ],
)
def test_nothing_that_sends_is_run(port: Any, modem: Any, line: str) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        modem.command(line)
    assert port.written == b""


def test_a_silent_modem_is_not_asked_for_each_announcement(port: Any, modem: Any) -> None:
    port.rules["AT+CMGR="] = port.rules["AT"] = None
    for index in range(100):
        port.say(f'\r\n+CMTI: "SM",{index}\r\n'.encode())
    before = port.now
    assert modem.poll(1.0) == []
    assert port.now - before < 30.0


def test_lines_that_mean_nothing_are_nothing(port: Any, modem: Any) -> None:
    port.say(b"\r\n+CREG: x\r\nRING\r\n+CPIN: SIM PIN\r\n+FOO: 1\r\n")
    assert modem.poll(1.0) == []
    assert port.commands == []


# A text for the modem: the same in every place, cut short where something came by itself in its middle.
WHOLE = "059151550090040B913121551522F2000062118111327200151B5EDA0DB26D7CA06C79CE029DD961323BEF02"
CUT = WHOLE[:30]


def in_pieces(header: str) -> bytes:
    """What a modem says that puts a line of its own into the middle of a PDU."""
    return f"\r\n{header}\r\n{CUT}\r\n+FOOBAR: 1\r\n{WHOLE[30:]}\r\n".encode() + OK


def test_half_a_text_is_neither_handed_up_nor_deleted(port: Any, modem: Any) -> None:
    length = len(WHOLE) // 2 - 6
    port.rules["AT+CMGR=1"] = in_pieces(f"+CMGR: 0,,{length}")
    port.rules["AT+CMGL=4"] = in_pieces(f"+CMGL: 1,0,,{length}")
    port.say(b'\r\n+CMTI: "SM",1\r\n')
    assert modem.poll(1.0) == []
    assert modem.sweep() == []
    assert not modem.delete(Incoming(CUT, Slot("SM", 1)))
    assert "AT+CMGD=1" not in port.commands
    port.rules["AT+CMGL=4"] = f"\r\n+CMGL: 1,0,,{length}\r\n{WHOLE}\r\n".encode() + OK
    assert modem.poll(20.0) == [Incoming(WHOLE, Slot("SM", 1))]


@pytest.mark.parametrize("length", ["38", "44", "7", ""], ids=["TPDU", "all of it", "wrong", "none"])
def test_a_text_that_is_whole_needs_no_right_length(port: Any, modem: Any, length: str) -> None:
    port.rules["AT+CMGL=4"] = f"\r\n+CMGL: 1,0,,{length}\r\n{WHOLE}\r\n".encode() + OK
    assert modem.sweep() == [Incoming(WHOLE, Slot("SM", 1))]


def test_what_stays_cut_short_is_taken_as_it_is_in_the_end(port: Any, modem: Any) -> None:
    port.rules["AT+CMGL=4"] = f"\r\n+CMGL: 1,0,,38\r\n{CUT}\r\n".encode() + OK
    port.rules["AT+CMGR=1"] = stored(CUT).replace(b",,15", b",,38")
    assert [len(modem.sweep()) for _ in range(6)] == [0, 0, 0, 0, 1, 1]
    assert modem.delete(Incoming(CUT, Slot("SM", 1)))


def test_each_sweep_selects_its_memory_as_a_restart_may_have_gone_unheard(port: Any, modem: Any) -> None:
    modem.sweep()
    modem.sweep()
    assert port.commands == ['AT+CPMS="SM"', "AT+CMGL=4"] * 2


def test_a_modem_that_restarted_is_set_up_before_its_memories_are_read(port: Any, modem: Any) -> None:
    port.say(b"\r\n+PBREADY\r\n")
    modem.command("AT+CSQ")  # it came before this answer, and nobody has looked yet
    port.commands.clear()
    modem.sweep()
    assert port.commands.index("AT+CMGF=0") < port.commands.index("AT+CMGL=4")
