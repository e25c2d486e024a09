"""Every way a text can end, and that it ends in the one true outcome of three."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modem.api import Hooks, Outcome, Outgoing, Refusal, SendResult, Slot, Step
from modem.errors import ModemError, PortError
from modem.sms import encode_message

HELLO = Outgoing("+15550123", "hello")
LONG = Outgoing("+15550123", "word " * 80, concat_reference=9)
OK = b"\r\nOK\r\n"
ACCEPTED = b"\r\n+CMGS: 7\r\n\r\nOK\r\n"


def pdu_of(outgoing: Outgoing) -> str:
    (pdu,) = encode_message(outgoing.number, outgoing.text, reference=0, report=True)
    return pdu.hex


def ctrl_z_is_alone(port: Any) -> bool:
    return bool(port.ctrl_z == len(port.submitted))


def test_a_text_goes_out(port: Any, new_modem: Callable[..., Any]) -> None:
    steps: list[Step] = []
    asked: list[int] = []
    parts: list[tuple[int, int]] = []
    modem = new_modem(port, Hooks(on_step=steps.append))

    def proceed(part: int) -> bool:
        asked.append(part)
        assert port.ctrl_z == 0
        return True

    result = modem.send(HELLO, proceed, lambda part, reference: parts.append((part, reference)))
    assert result == SendResult(Outcome.SENT, 1, (7,))
    assert port.submitted == [pdu_of(HELLO)]
    assert steps == [Step.COMMAND_WRITTEN, Step.PDU_HALF_WRITTEN, Step.SUBMITTED, Step.ACCEPTED]
    assert asked == [1]
    assert parts == [(1, 7)]
    assert port.commands == [f"AT+CMGS={len(pdu_of(HELLO)) // 2 - 1}"]
    assert port.escapes == 0


@pytest.mark.parametrize("prompt", [b"\r\n> ", b"\r\n>", b">", b"\r\n\r\n>   ", b"\r\r\n> "])
@pytest.mark.parametrize("echo", [True, False])
@pytest.mark.parametrize("chunk", [0, 1, 3])
def test_prompts_and_echo(
    port: Any, new_modem: Callable[..., Any], prompt: bytes, echo: bool, chunk: int
) -> None:
    port.echo, port.chunk = echo, chunk
    modem = new_modem(port)
    port.prompt = prompt
    assert modem.send(HELLO) == SendResult(Outcome.SENT, 1, (7,))
    assert modem.send(HELLO) == SendResult(Outcome.SENT, 1, (7,))
    assert port.escapes == 0


def test_a_late_prompt_is_waited_for(port: Any, modem: Any) -> None:
    port.prompt = b""
    port.say_later(9.0, b"\r\n> ")
    port.at_prompt = True

    def open_late(step: Step) -> None:
        port.at_prompt = True

    modem._sender._on_step = open_late
    assert modem.send(HELLO).outcome is Outcome.SENT


REFUSALS = [
    1,
    8,
    10,
    17,
    21,
    22,
    28,
    29,
    30,
    38,
    41,
    42,
    47,
    50,
    69,
    81,
    96,
    193,
    208,
    300,
    310,
    322,
    330,
    331,
]
NO_PROOF = [0, 27, 111, 127, 255, 332, 500, 512, 513, 514, 515, 999]


@pytest.mark.parametrize("code", REFUSALS)
def test_an_explicit_refusal_is_not_sent(port: Any, modem: Any, code: int) -> None:
    port.after_text = b"\r\n+CMS ERROR: %d\r\n" % code
    result = modem.send(HELLO)
    assert (result.outcome, result.kind, result.code) == (Outcome.NOT_SENT, "CMS", code)
    assert result.references == ()
    assert result.detail.endswith(f"(the modem said +CMS ERROR: {code})")
    assert modem.send(HELLO).outcome is Outcome.NOT_SENT
    assert port.escapes == 0


@pytest.mark.parametrize("code", NO_PROOF)
def test_an_answer_that_proves_nothing_is_unknown(port: Any, modem: Any, code: int) -> None:
    port.after_text = b"\r\n+CMS ERROR: %d\r\n" % code
    result = modem.send(HELLO)
    assert (result.outcome, result.kind, result.code) == (Outcome.UNKNOWN, "CMS", code)
    assert "may have left" in result.detail


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"\r\nERROR\r\n", Outcome.UNKNOWN),
        (b"\r\n+CMS ERROR: SIM busy\r\n", Outcome.UNKNOWN),
        (b"\r\nCOMMAND NOT SUPPORT\r\n", Outcome.UNKNOWN),
        (b"\r\n+CME ERROR: 31\r\n", Outcome.UNKNOWN),
        (b"\r\n+CME ERROR: 100\r\n", Outcome.UNKNOWN),
        (b"\r\n+CME ERROR: 30\r\n", Outcome.NOT_SENT),
        (b"\r\n+CME ERROR: 10\r\n", Outcome.NOT_SENT),
        (b"\r\n+CMS ERROR: 197\r\n", Outcome.SENT),
        (b"\r\nOK\r\n", Outcome.UNKNOWN),
        (b"\r\n+CMGS: 7\r\n", Outcome.SENT),
        (b"\r\n+CMGS: 0,0791\r\n\r\nOK\r\n", Outcome.SENT),
        (b"\r\n+CMGS: 7\r\n\r\nNO CARRIER\r\n\r\nOK\r\n", Outcome.SENT),
        (b"\r\n+CMGS: 7\r\n\r\n+CMS ERROR: 332\r\n", Outcome.UNKNOWN),
        (b"\r\n+CMGS: \xb7\r\n\r\nOK\r\n", Outcome.UNKNOWN),
        (b"\r\n+CMGS: 256\r\n\r\nOK\r\n", Outcome.UNKNOWN),
        (b"\r\n+CMGS:\r\n\r\nOK\r\n", Outcome.UNKNOWN),
        (b"\r\nRDY\r\n", Outcome.UNKNOWN),
        (b"\r\n+CMGS: 7\r\n\r\nRDY\r\n", Outcome.SENT),
        (b"", Outcome.UNKNOWN),
        (b"\r\nOKAY\r\n", Outcome.UNKNOWN),
    ],
)
def test_what_follows_ctrl_z(port: Any, modem: Any, answer: bytes, outcome: Outcome) -> None:
    port.after_text = answer
    result = modem.send(HELLO)
    assert result.outcome is outcome
    assert len(port.submitted) == 1
    assert bool(result.detail) is (result.references == ())


def test_silence_lasts_150_seconds_and_then_is_unknown(port: Any, modem: Any) -> None:
    port.after_text = None
    before = port.now
    assert modem.send(HELLO).outcome is Outcome.UNKNOWN
    assert 150.0 <= port.now - before < 151.0


def test_an_answer_after_149_seconds_counts(port: Any, modem: Any) -> None:
    port.after_text = None
    port.say_later(149.0, ACCEPTED)
    assert modem.send(HELLO).outcome is Outcome.SENT


def test_a_lost_ok_costs_two_seconds_not_150(port: Any, modem: Any) -> None:
    port.after_text = b"\r\n+CMGS: 7\r\n"
    before = port.now
    assert modem.send(HELLO) == SendResult(Outcome.SENT, 1, (7,))
    assert port.now - before < 3.0
    port.after_text = ACCEPTED
    port.say(OK)  # it comes at last, and must not be read as the next text's
    assert modem.send(HELLO) == SendResult(Outcome.SENT, 1, (7,))
    assert port.escapes == 1


def test_a_late_reference_is_not_the_next_texts(port: Any, modem: Any) -> None:
    port.after_text = None
    assert modem.send(HELLO).outcome is Outcome.UNKNOWN
    port.say(b"\r\n+CMGS: 7\r\n\r\nOK\r\n")
    assert modem.send(HELLO).outcome is Outcome.UNKNOWN
    assert len(port.submitted) == 2


def test_no_prompt_leaves_with_escape(port: Any, modem: Any) -> None:
    port.prompt = None
    result = modem.send(HELLO)
    assert result.outcome is Outcome.NOT_SENT
    assert port.ctrl_z == 0
    assert port.escapes == 1
    port.prompt = b"\r\n> "
    assert modem.send(HELLO).outcome is Outcome.SENT
    assert port.commands[-2] == "AT"  # the thread was found again first


@pytest.mark.parametrize(
    "answer", [b"\r\n+CMS ERROR: 330\r\n", b"\r\nERROR\r\n", b"\r\n+CMS ERROR: 500\r\n", OK]
)
def test_a_refusal_instead_of_the_prompt_is_not_sent(port: Any, modem: Any, answer: bytes) -> None:
    port.prompt = answer
    assert modem.send(HELLO).outcome is Outcome.NOT_SENT
    assert port.ctrl_z == 0


def test_a_prompt_that_closes_before_ctrl_z(port: Any, modem: Any) -> None:
    def close(part: int) -> bool:
        port.say(b"\r\n+CMS ERROR: 305\r\n")
        return True

    result = modem.send(HELLO, close)
    assert (result.outcome, result.code) == (Outcome.NOT_SENT, 305)
    assert port.ctrl_z == 0


def test_a_modem_that_restarts_before_ctrl_z(port: Any, modem: Any) -> None:
    def restart(part: int) -> bool:
        port.say(b"\r\nRDY\r\n")
        return True

    result = modem.send(HELLO, restart)
    assert (result.outcome, result.refusal) == (Outcome.NOT_SENT, Refusal.NOT_READY)
    assert "restarted" in result.detail
    assert port.ctrl_z == 0
    modem.poll(0.0)
    assert "AT+CNMI=2,1,0,1,0" in port.commands


def test_a_restart_behind_the_prompt_takes_it_away(port: Any, modem: Any) -> None:
    port.prompt = b"\r\n> \r\nRDY\r\n"
    result = modem.send(HELLO)
    assert (result.outcome, result.refusal) == (Outcome.NOT_SENT, Refusal.NOT_READY)
    assert "restarted" in result.detail
    assert port.ctrl_z == 0


def test_a_modem_silent_when_the_thread_is_sought(port: Any, modem: Any) -> None:
    port.after_text = None
    modem.send(HELLO)
    port.rules["AT"] = None
    assert modem.send(HELLO).outcome is Outcome.NOT_SENT
    assert len(port.submitted) == 1


def test_no_means_no(port: Any, modem: Any) -> None:
    assert modem.send(HELLO, lambda part: False).outcome is Outcome.NOT_SENT
    assert (port.ctrl_z, port.escapes, port.submitted) == (0, 1, [])
    assert modem.send(HELLO).outcome is Outcome.SENT


def test_an_exception_of_the_last_question_leaves_the_prompt(port: Any, modem: Any) -> None:
    def broken(part: int) -> bool:
        raise RuntimeError("no database")

    with pytest.raises(RuntimeError):
        modem.send(HELLO, broken)
    assert (port.ctrl_z, port.escapes) == (0, 1)
    assert modem.send(HELLO).outcome is Outcome.SENT


@pytest.mark.parametrize(
    "number", ["", "+", "12", "+1234567890123456", "+1555 0123", "15550123;", "+1٥550123", "ACME", "1555\n"]
)
def test_what_is_no_number_is_not_sent(port: Any, modem: Any, number: str) -> None:
    assert modem.send(Outgoing(number, "x")).outcome is Outcome.NOT_SENT
    assert port.written == b""


def test_what_the_codec_refuses_is_not_sent(port: Any, modem: Any) -> None:
    result = modem.send(Outgoing("+15550123", "x" * 60_000))
    assert result.outcome is Outcome.NOT_SENT
    assert port.written == b""


def test_a_closed_line_sends_nothing(port: Any, modem: Any) -> None:
    modem.close()
    assert modem.send(HELLO).outcome is Outcome.NOT_SENT


# -- several parts ---------------------------------------------------------------------------------


def references(port: Any, answers: list[bytes | None]) -> None:
    """One answer for each part."""
    take = port._end_text

    def end(pdu: str) -> None:
        port.after_text = answers.pop(0)
        take(pdu)

    port._end_text = end


def test_parts_go_in_order_over_one_link(port: Any, modem: Any) -> None:
    references(port, [b"\r\n+CMGS: %d\r\n\r\nOK\r\n" % n for n in (254, 255, 0)])
    parts: list[tuple[int, int]] = []
    asked: list[int] = []
    result = modem.send(
        LONG,
        lambda part: not asked.append(part),
        lambda part, reference: parts.append((part, reference)),  # type: ignore[func-returns-value]
    )
    assert result == SendResult(Outcome.SENT, 3, (254, 255, 0))
    assert parts == [(1, 254), (2, 255), (3, 0)]
    assert asked == [1, 2, 3]
    assert port.commands[0] == "AT+CMMS=1"
    assert port.submitted == [
        pdu.hex for pdu in encode_message(LONG.number, LONG.text, reference=9, report=True)
    ]


@pytest.mark.parametrize("answer", [b"\r\nERROR\r\n", None])
def test_a_refused_link_is_no_failure(port: Any, modem: Any, answer: bytes | None) -> None:
    port.rules["AT+CMMS=1"] = answer
    assert modem.send(LONG).outcome is Outcome.SENT
    assert modem.send(LONG).outcome is Outcome.SENT
    assert port.commands.count("AT+CMMS=1") == 1


@pytest.mark.parametrize(
    ("second", "outcome"),
    [(b"\r\n+CMS ERROR: 38\r\n", Outcome.NOT_SENT), (b"\r\nERROR\r\n", Outcome.UNKNOWN)],
)
def test_the_first_part_that_fails_is_the_last(
    port: Any, modem: Any, second: bytes, outcome: Outcome
) -> None:
    references(port, [b"\r\n+CMGS: 4\r\n\r\nOK\r\n", second])
    result = modem.send(LONG)
    assert (result.outcome, result.parts, result.references) == (outcome, 3, (4,))
    assert len(port.submitted) == 2


def test_no_in_the_middle_keeps_what_left(port: Any, modem: Any) -> None:
    result = modem.send(LONG, lambda part: part < 3)
    assert (result.outcome, result.references) == (Outcome.NOT_SENT, (7, 7))
    assert len(port.submitted) == 2


# -- interruptions ---------------------------------------------------------------------------------


def dialogue_length(new_port: Any, new_modem: Callable[..., Any]) -> int:
    port = new_port()
    port.echo = True
    new_modem(port).send(HELLO)
    return int(port.heard)


def test_an_announcement_at_every_place_of_the_dialogue(new_port: Any, new_modem: Callable[..., Any]) -> None:
    note = b'\r\n+CMTI: "SM",3\r\n'
    whole = [b"\r\n", b"+CMGS: 7\r\n", b"\r\nOK\r\n"]
    clean = {0, 2, 12, 14, 18}  # between lines of ACCEPTED
    assert b"".join(whole) == ACCEPTED
    for at in range(len(ACCEPTED) + 1):
        for chunk in (0, 1):
            port = new_port()
            port.chunk = chunk
            modem = new_modem(port)
            port.after_text = ACCEPTED[:at] + note + ACCEPTED[at:]
            port.rules["AT+CMGR=3"] = b"\r\n+CMGR: 0,,2\r\n0791\r\n\r\nOK\r\n"
            result = modem.send(HELLO)
            assert result.outcome in (Outcome.SENT, Outcome.UNKNOWN)
            if at in clean:
                assert result.outcome is Outcome.SENT
            if result.outcome is Outcome.SENT:
                assert result.references == (7,)
            (incoming,) = modem.poll(1.0)
            assert incoming.slot == Slot("SM", 3)


@pytest.mark.parametrize("at", range(5))
def test_an_announcement_around_the_prompt(port: Any, modem: Any, at: int) -> None:
    prompt = b"\r\n> "
    port.prompt = prompt[:at] + b'\r\n+CMTI: "SM",3\r\n' + prompt[at:]
    port.rules["AT+CMGR=3"] = b"\r\n+CMGR: 0,,2\r\n0791\r\n\r\nOK\r\n"
    assert modem.send(HELLO) == SendResult(Outcome.SENT, 1, (7,))
    assert [item.pdu for item in modem.poll(0.0)] == ["0791"]


def test_a_port_that_goes_at_each_octet(new_port: Any, new_modem: Callable[..., Any]) -> None:
    outcomes = []
    for at in range(dialogue_length(new_port, new_modem) + 1):
        port = new_port()
        port.echo = True
        modem = new_modem(port)
        port.hang_up_after = at
        result = modem.send(HELLO)
        outcomes.append(result.outcome)
        if port.ctrl_z == 0:
            assert result.outcome is Outcome.NOT_SENT
        else:
            assert result.outcome in (Outcome.UNKNOWN, Outcome.SENT)
        if result.outcome is Outcome.SENT:
            assert result.references == (7,)
        if at + 1 <= dialogue_length(new_port, new_modem):
            with pytest.raises(PortError):
                modem.poll(1.0)
    assert set(outcomes) == set(Outcome)
    assert sorted(outcomes, key=["not_sent", "unknown", "sent"].index) == outcomes


@pytest.mark.parametrize(
    ("octets", "outcome"),
    [
        (b"AT+CMGS", Outcome.NOT_SENT),
        (b"0021", Outcome.NOT_SENT),
        (b"\x1a", Outcome.UNKNOWN),
        (b"\x1b", Outcome.NOT_SENT),
    ],
)
def test_a_port_that_goes_while_writing(port: Any, modem: Any, octets: bytes, outcome: Outcome) -> None:
    port.fail_write = octets
    assert modem.send(HELLO, lambda part: octets != b"\x1b").outcome is outcome


_NOISE = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [
                b"\r\nOK\r\n",
                b"\r\nERROR\r\n",
                b"\r\n+CMGS: 3\r\n",
                b"> ",
                b"\r\nRDY\r\n",
                b'+CMTI: "SM",0\r\n',
                b"+CMT: ,3\r\n0791\r\n",
                b"+CDS: 3\r\n",
                b"RING\r\n",
                b"\r\n+CMS ERROR: 38\r\n",
                b"+CREG: 1\r\n",
                b'+CMTI: "SM",-1\r\n',
                b"+CMGL: 1,1,,2\r\n0791\r\n",
                b"+CPIN: READY\r\n",
                b"+CPMS: 1,2\r\n",
            ]
        ),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(noise=_NOISE, before=_NOISE, after=_NOISE, chunk=st.integers(0, 4))
def test_noise_lets_nothing_but_modem_errors_out(
    new_port: Any,
    new_modem: Callable[..., Any],
    noise: list[bytes],
    before: list[bytes],
    after: list[bytes],
    chunk: int,
) -> None:
    port = new_port()
    modem = new_modem(port)
    port.chunk = chunk
    port.prompt = b"".join(before) + b"\r\n> "
    port.after_text = b"".join(after)
    port.say(b"".join(noise))
    for call in (
        lambda: modem.send(HELLO),
        lambda: modem.poll(0.5),
        modem.sweep,
        modem.status,
        lambda: modem.command("AT+CSQ"),
        lambda: modem.send(HELLO),
    ):
        with contextlib.suppress(ModemError):
            call()
    assert ctrl_z_is_alone(port)
    assert len(port.submitted) <= 2
