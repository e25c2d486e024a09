"""What a line says of itself: why it is not ready, what will go wrong though it is, and the network's time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.api import LineState
from modem.at.health import clock, sms_over_ims

OK = b"\r\nOK\r\n"
ERROR = b"\r\nERROR\r\n"


def says(line: str) -> bytes:
    return f"\r\n{line}\r\n".encode() + OK


def registered(port: Any, circuit: int | None, packet: int | None, lte: int | None) -> None:
    for name, stat in (("+CREG", circuit), ("+CGREG", packet), ("+CEREG", lte)):
        port.rules[f"AT{name}?"] = ERROR if stat is None else says(f"{name}: 2,{stat}")


@pytest.fixture
def ready(port: Any, new_modem: Callable[..., Any]) -> Any:
    """A modem that is registered everywhere, with a centre's number."""
    port.rules["AT+CSCA?"] = says('+CSCA: "+15550100",145')
    registered(port, 1, 1, 1)
    return new_modem(port)


@pytest.mark.parametrize(
    ("circuit", "packet", "lte", "state", "words"),
    [
        (1, 1, 1, LineState.READY, ""),
        (5, 0, 0, LineState.READY, ""),
        (6, 0, 1, LineState.READY, ""),  # texts only, at home
        (7, 0, 5, LineState.READY, ""),  # texts only, roaming
        (6, None, None, LineState.READY, ""),
        (9, None, None, LineState.READY, ""),
        (2, 2, 2, LineState.SEARCHING, "looking for its network"),
        (0, 2, 0, LineState.SEARCHING, "looking for its network"),
        (3, 3, 3, LineState.DENIED, "does not let this SIM in"),
        (3, 0, 0, LineState.DENIED, "does not let this SIM in"),
        (8, 0, 0, LineState.SEARCHING, "emergency calls only"),
        (0, 0, 8, LineState.SEARCHING, "emergency calls only"),
        (0, 0, 0, LineState.SEARCHING, "limited"),
        (0, 4, 4, LineState.SEARCHING, "hears no network"),
        (None, None, None, LineState.SEARCHING, "looking for its network"),
    ],
)
def test_why_a_line_is_not_ready(
    port: Any,
    ready: Any,
    circuit: int | None,
    packet: int | None,
    lte: int | None,
    state: LineState,
    words: str,
) -> None:
    registered(port, circuit, packet, lte)
    status = ready.status()
    assert status.state is state
    assert words in status.detail
    assert bool(status.detail) is bool(words)
    assert not status.detail or status.detail.endswith(".")


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (says("+CFUN: 4"), "radio"),
        (says("+CFUN: 0"), "radio"),
        (says("+CFUN: 1"), "limited"),
        (ERROR, "limited"),
    ],
)
def test_a_radio_that_is_off_is_named(port: Any, ready: Any, answer: bytes, word: str) -> None:
    registered(port, 0, 0, 0)
    port.rules["AT+CFUN?"] = answer
    status = ready.status()
    assert word in status.detail
    assert status.action


def test_a_ready_line_has_nothing_to_say(ready: Any) -> None:
    status = ready.status()
    assert (status.state, status.detail, status.hint, status.action) == (LineState.READY, "", "", "")


@pytest.mark.parametrize(
    ("circuit", "packet", "lte", "ims", "ways", "word"),
    [
        (0, 0, 1, ERROR, ERROR, "LTE alone"),
        (2, 0, 5, ERROR, ERROR, "LTE alone"),
        (3, None, 1, ERROR, ERROR, "LTE alone"),
        (0, 0, 1, says("+CIREG: 0,0"), ERROR, "LTE alone"),
        (0, 0, 1, says("+CIREG: 2,1,3"), ERROR, "LTE alone"),  # voice over IMS and no texts
        (0, 0, 1, says("+CIREG: 2,1,7"), ERROR, ""),
        (0, 0, 1, says("+CIREG: 0,1"), ERROR, ""),
        (0, 0, 1, ERROR, says("+CGSMS: 1"), "AT+CGSMS=3"),
        (0, 0, 1, ERROR, says("+CGSMS: 3"), "LTE alone"),
        (6, 0, 1, ERROR, ERROR, ""),
        (1, 0, 1, ERROR, ERROR, ""),
        (0, 1, 1, ERROR, ERROR, ""),
        (None, 0, 1, ERROR, ERROR, ""),
        (1, 1, None, ERROR, ERROR, ""),
    ],
)
def test_lte_without_texts_is_told(
    port: Any,
    ready: Any,
    circuit: int | None,
    packet: int | None,
    lte: int | None,
    ims: bytes,
    ways: bytes,
    word: str,
) -> None:
    registered(port, circuit, packet, lte)
    port.rules["AT+CIREG?"], port.rules["AT+CGSMS?"] = ims, ways
    status = ready.status()
    assert status.state is LineState.READY
    assert word in f"{status.hint} {status.action}"
    assert bool(status.hint) is bool(word)
    assert bool(status.action) is bool(word)


def test_what_a_modem_does_not_know_is_not_asked_again(port: Any, ready: Any) -> None:
    registered(port, 0, 0, 1)
    port.rules["AT+CIREG?"] = ERROR
    port.rules["AT+CGSMS?"] = b"\r\n+CME ERROR: 14\r\n"
    ready.status()
    ready.status()
    assert port.commands.count("AT+CIREG?") == 1
    assert port.commands.count("AT+CGSMS?") == 2


@pytest.mark.parametrize("empty", ['+CSCA: "",129', "+CSCA: ,", '+CSCA: ""'])
def test_a_missing_centre_is_told_until_it_is_set(
    port: Any, new_modem: Callable[..., Any], empty: str
) -> None:
    port.rules["AT+CSCA?"] = says(empty)
    registered(port, 1, 1, 1)
    modem = new_modem(port)
    status = modem.status()
    assert "message centre is missing" in status.hint
    assert status.action == "Set the centre's number"
    port.rules["AT+CSCA?"] = says('+CSCA: "+15550100",145')
    assert modem.status().hint == ""
    port.commands.clear()
    assert modem.status().hint == ""
    assert "AT+CSCA?" not in port.commands


@pytest.mark.parametrize("answer", [ERROR, b"\r\n+CMS ERROR: 310\r\n", says('+CSCA: "002B0031",145'), OK])
def test_a_centre_that_is_not_told_is_not_called_missing(
    port: Any, new_modem: Callable[..., Any], answer: bytes
) -> None:
    port.rules["AT+CSCA?"] = answer
    registered(port, 1, 1, 1)
    assert new_modem(port).status().hint == ""


@pytest.mark.parametrize(
    ("used", "total", "word"),
    [(20, 20, "full, so"), (25, 20, "full, so"), (16, 20, "16 of 20"), (15, 20, ""), (0, 0, ""), (5, 0, "")],
)
def test_a_memory_that_fills_is_told(port: Any, ready: Any, used: int, total: int, word: str) -> None:
    port.rules["AT+CPMS?"] = says(f'+CPMS: "SM",{used},{total},"SM",{used},{total},"SM",{used},{total}')
    status = ready.status()
    assert word in status.hint
    assert bool(status.hint) is bool(word)


def test_a_line_that_waits_is_told_why_first(port: Any, ready: Any) -> None:
    registered(port, 8, 0, 0)
    port.rules["AT+CPMS?"] = says('+CPMS: "SM",20,20,"SM",20,20,"SM",20,20')
    status = ready.status()
    assert status.action == "Ask the operator"
    assert "full" in status.hint


@pytest.mark.parametrize(
    ("line", "yes"),
    [
        ("+CIREG: 2,1,4", True),
        ("+CIREG: 2,1,0C", True),
        ('+CIREG: 2,1,"4"', True),
        ("+CIREG: 2,1,8", False),
        ("+CIREG: 2,1,x", False),
        ("+CIREG: 1", False),
        ("+CIREG: 1,0", False),
    ],
)
def test_texts_over_ims(line: str, yes: bool) -> None:
    assert sms_over_ims(line) is yes


# -- the clock ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ('+CCLK: "26/11/22,10:00:00+04"', datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)),
        ('+CCLK: "26/11/22,10:00:00-20"', datetime(2026, 11, 22, 15, 0, 0, tzinfo=UTC)),
        ('+CCLK: "26/11/22,10:00:00+22"', datetime(2026, 11, 22, 4, 30, 0, tzinfo=UTC)),  # India
        ('+CCLK: "26/11/22,10:00:00+23"', datetime(2026, 11, 22, 4, 15, 0, tzinfo=UTC)),  # Nepal
        ('+CCLK: "2026/11/22,10:00:00+00"', datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)),
        ("+CCLK: 26/11/22, 10:00:00+00", datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)),
        # Never set: GSM's own epoch, SIMCom, u-blox, Quectel, Unix.
        ('+CCLK: "80/01/06,00:00:10+00"', None),
        ('+CCLK: "80/01/06,00:00:10"', None),
        ('+CCLK: "04/01/01,00:00:10+00"', None),
        ('+CCLK: "00/01/01,00:00:10+00"', None),
        ('+CCLK: "70/01/01,00:00:10+04"', None),
        ('+CCLK: "1980/01/06,00:00:10+00"', None),
        # No zone, or no time at all.
        ('+CCLK: "26/11/22,10:00:00"', None),
        ('+CCLK: "26/13/22,10:00:00+00"', None),
        ('+CCLK: "26/02/30,10:00:00+00"', None),
        ('+CCLK: "26/11/22,25:00:00+00"', None),
        ('+CCLK: "26/11/22,10:00:00+99"', None),
        ('+CCLK: ""', None),
        ("+CCLK:", None),
    ],
)
def test_the_clock(port: Any, modem: Any, line: str, moment: datetime | None) -> None:
    port.rules["AT+CCLK?"] = says(line)
    assert modem.network_time() == moment


def test_a_modem_without_a_clock(port: Any, modem: Any) -> None:
    port.rules["AT+CCLK?"] = ERROR
    assert modem.network_time() is None
    assert modem.network_time() is None
    assert port.commands.count("AT+CCLK?") == 1


@given(st.text(max_size=80))
def test_no_clock_raises(text: str) -> None:
    assert clock(f"+CCLK: {text}") is None or clock(text) is not None
