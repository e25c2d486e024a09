from __future__ import annotations

from typing import Any

import pytest

from modem.api import TraceLine
from modem.at.channel import Answer, Channel, UnfinishedAnswerError
from modem.at.parser import Final, Unsolicited
from modem.at.timing import Timeouts
from modem.errors import AnswerTimeoutError, PortError

OK = b"\r\nOK\r\n"


def nothing() -> None:
    """For the moments that these tests do not look at."""


def test_a_command_gives_its_lines_and_result(port: Any, channel: Channel) -> None:
    port.rules["AT+CSQ"] = b'\r\n+CMTI: "SM",3\r\n\r\n+CSQ: 9,99\r\n\r\nOK\r\n\r\nRING\r\n'
    assert channel.run("AT+CSQ") == Answer(("+CSQ: 9,99",), Final("OK", True))
    assert list(channel.unsolicited) == [Unsolicited('+CMTI: "SM",3'), Unsolicited("RING")]


@pytest.mark.parametrize("chunk", [1, 2, 3])
def test_pieces_of_any_size(port: Any, channel: Channel, chunk: int) -> None:
    port.chunk = chunk
    port.rules["AT+CSQ"] = b"\r\n+CSQ: 9,99\r\n\r\nOK\r\n"
    assert channel.run("AT+CSQ").lines == ("+CSQ: 9,99",)


def test_an_error_is_an_answer_too(port: Any, channel: Channel) -> None:
    port.rules["AT+CPIN"] = b"\r\n+CME ERROR: 16\r\n"
    answer = channel.run('AT+CPIN="1234"')
    assert not answer.ok
    assert (answer.final.kind, answer.final.code) == ("CME", 16)


def test_silence_is_found_out_and_the_late_answer_is_not_the_next_ones(port: Any, channel: Channel) -> None:
    port.rules["AT+COPS?"] = b'\r\n+COPS: 0,0,"slow"\r\n'
    with pytest.raises(UnfinishedAnswerError) as caught:
        channel.run("AT+COPS?", 5.0)
    assert caught.value.lines == ('+COPS: 0,0,"slow"',)
    assert port.now >= 1005.0
    port.say(OK + b'\r\n+COPS: 0,0,"late"\r\n' + OK)
    port.rules["AT+CSQ"] = b"\r\n+CSQ: 9,99\r\n\r\nOK\r\n"
    assert channel.run("AT+CSQ").lines == ("+CSQ: 9,99",)
    assert port.escapes == 1
    assert port.ctrl_z == 0


def test_a_listing_may_take_long_while_rows_come(port: Any, channel: Channel) -> None:
    port.rules["AT+CMGL=4"] = None
    for row in range(5):
        port.say_later(8.0 * (row + 1), b"\r\n+CMGL: %d,1,,1\r\n07\r\n" % row)
    port.say_later(45.0, OK)
    assert len(channel.run("AT+CMGL=4", 10.0, rows=True).lines) == 10


def test_finding_the_thread_takes_a_clean_ok(port: Any, channel: Channel) -> None:
    answers = [b"\r\n+CMS ERROR: 500\r\n", OK + OK, None, OK]
    port.rules["AT"] = lambda command: answers.pop(0)
    channel.resync()
    assert answers == []  # an error, two at once and a silence are no clean OK
    assert channel.dirty is False


def test_finding_the_thread_waits_for_late_results(port: Any, channel: Channel) -> None:
    answers = [OK, OK]

    def late(command: str) -> bytes:
        if len(answers) == 2:
            port.say_later(0.05, b"\r\n+CMGS: 9\r\n\r\nOK\r\n")
        return answers.pop()

    port.rules["AT"] = late
    channel.resync()
    assert answers == []


def test_a_modem_that_never_is_quiet_is_usable_all_the_same(port: Any, channel: Channel) -> None:
    class Chatty:
        def read(self, timeout: float) -> bytes:
            data: bytes = port.read(0.0)
            port.now += 0.05
            return data + b"^RSSI: 3\r\n"

        def __getattr__(self, name: str) -> Any:
            return getattr(port, name)

    chatty = Channel(Chatty(), clock=port.clock)  # type: ignore[arg-type]
    chatty.resync()
    assert chatty.run("AT+CSQ").ok


def test_a_silent_modem_is_said_to_be_silent(port: Any, channel: Channel) -> None:
    port.rules["AT"] = None
    with pytest.raises(AnswerTimeoutError, match="does not answer"):
        channel.resync()
    with pytest.raises(AnswerTimeoutError, match="does not answer"):
        channel.run("AT+CSQ")
    assert "AT+CSQ" not in port.commands
    assert port.ctrl_z == 0


def test_the_trace_has_all_but_the_pin(port: Any) -> None:
    seen: list[TraceLine] = []
    channel = Channel(port, on_trace=seen.append, clock=port.clock)
    port.rules["AT+CPIN="] = b'AT+CPIN="1234"\r\r\n+CMT: ,1\r\n07\r\nfoo\r\n' + OK
    channel.run('AT+CPIN="1234"')
    channel.escape()
    channel.remark("a remark")
    assert [(line.direction, line.text) for line in seen] == [
        (">", 'AT+CPIN="****"'),
        ("<", 'AT+CPIN="****"'),
        ("+", "+CMT: ,1"),
        ("+", "07"),
        ("<", "foo"),
        ("<", "OK"),
        (">", "<ESC>"),
        ("!", "a remark"),
    ]


def test_a_lost_port_stays_lost(port: Any, channel: Channel) -> None:
    port.hang_up_after = 2
    with pytest.raises(PortError):
        channel.run("AT+CSQ")
    with pytest.raises(PortError):
        channel.run("AT+CSQ")
    with pytest.raises(PortError):
        channel.listen(1.0)


def test_a_port_lost_while_writing(port: Any, channel: Channel) -> None:
    port.fail_write = b"AT+CSQ"
    with pytest.raises(PortError):
        channel.run("AT+CSQ")


def test_listening_and_pausing_keep_what_comes(port: Any, channel: Channel) -> None:
    port.say(b"RING\r\n")
    assert channel.listen(1.0)
    assert not channel.listen(1.0)
    port.say_later(2.0, b"RING\r\n")
    channel.pause(5.0)
    assert len(channel.unsolicited) == 2
    assert port.now >= 1006.0


def test_a_prompt_and_what_came_with_it(port: Any, channel: Channel) -> None:
    port.prompt = b'\r\n+CMTI: "SM",1\r\n\r\n> \r\nRING\r\n'
    assert channel.prompt("AT+CMGS=9", nothing) is None
    assert len(channel.unsolicited) == 2
    channel.write_pdu("00AABB", nothing)
    assert channel.drain() is None
    submission = channel.submit("00AABB", nothing)
    assert (submission.line, submission.final) == ("+CMGS: 7", Final("OK", True))
    assert port.submitted == ["00AABB"]


def test_a_prompt_that_does_not_come(port: Any, channel: Channel) -> None:
    port.prompt = None
    with pytest.raises(AnswerTimeoutError):
        channel.prompt("AT+CMGS=9", nothing)
    assert channel.dirty
    port.prompt = b"\r\n+CMS ERROR: 310\r\n"
    assert channel.prompt("AT+CMGS=9", nothing) == Final("+CMS ERROR: 310", False, "CMS", 310)


def test_a_result_before_ctrl_z_is_seen(port: Any, channel: Channel) -> None:
    channel.prompt("AT+CMGS=9", nothing)
    port.say(b"\r\n+CMS ERROR: 304\r\nRING\r\n")
    assert channel.drain() == Final("+CMS ERROR: 304", False, "CMS", 304)


def test_more_lines_after_ctrl_z_than_expected(port: Any, channel: Channel) -> None:
    channel.prompt("AT+CMGS=9", nothing)
    port.after_text = b"\r\n+CMGS: 7\r\n\r\n+CMGS: 8\r\n\r\nOK\r\n\r\nOK\r\n\r\nRING\r\n"
    submission = channel.submit("00", nothing)
    assert (submission.line, submission.final) == ("+CMGS: 7", Final("OK", True))


def test_no_time_at_all_is_no_answer(port: Any) -> None:
    channel = Channel(port, Timeouts(submit=0.0), clock=port.clock)
    channel.prompt("AT+CMGS=9", nothing)
    submission = channel.submit("00", nothing)
    assert (submission.line, submission.final, submission.restarted) == (None, None, False)
    assert channel.dirty
