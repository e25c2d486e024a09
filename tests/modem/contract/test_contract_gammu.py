"""The gammu backend against the emulator: what is peculiar to a library that hides, hangs and crashes."""

from __future__ import annotations

import dataclasses
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from bench_gammu import SHORT, GammuBench

from modem.api import Hooks, Incoming, LineState, Outcome, Outgoing, Refusal, SendResult, Step, TraceLine
from modem.backends.gammu.backend import GammuModem, parse
from modem.errors import NotReadyError, PortError
from modem.sms import decode_incoming, decode_submit, encode_message

TO = "+15550123"


class SharedBench(GammuBench):
    """One emulator for many tests: each sees what the network took since it began."""

    begun = 0

    def submits(self) -> list[dict[str, Any]]:
        return super().submits()[self.begun :]

    def begin(self) -> None:
        self.tell("fault clear")
        self.begun += len(self.submits())


class Watched:
    """An open modem whose conversation is kept, and which can be killed at a line of it."""

    def __init__(self, bench: SharedBench, **pace: float) -> None:
        self.lines: list[TraceLine] = []
        self.kill_at = ""
        self.modem = GammuModem(
            parse(bench.address), Hooks(on_trace=self._trace), dataclasses.replace(SHORT, **pace)
        )

    def _trace(self, line: TraceLine) -> None:
        self.lines.append(line)
        if self.kill_at and line.direction == ">" and line.text.startswith(self.kill_at):
            self.kill_at = ""
            link: Any = self.modem._link
            os.kill(link.process_id, signal.SIGKILL)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SharedBench, Watched]]:
    bench = SharedBench(tmp_path_factory.mktemp("gammu"))
    watched = Watched(bench, send=2.0)
    yield bench, watched
    watched.modem.close()
    bench.end()


@pytest.fixture
def bench(shared: tuple[SharedBench, Watched]) -> SharedBench:
    shared[0].begin()
    return shared[0]


@pytest.fixture
def watched(bench: SharedBench, shared: tuple[SharedBench, Watched]) -> Watched:
    """An open modem of its own process, without anything stored."""
    made = shared[1]
    if made.modem._link is None:
        made.modem.open()
    for item in made.modem.sweep():
        assert made.modem.delete(item)
    made.modem.poll(0.0)
    made.lines.clear()
    return made


def sent(bench: SharedBench) -> list[str]:
    return [submit["text"] for submit in bench.submits()]


def wait_for(bench: SharedBench, count: int) -> list[str]:
    deadline = time.monotonic() + 5
    while len(sent(bench)) < count and time.monotonic() < deadline:
        bench.tell("status")
    return sent(bench)


def fault(bench: SharedBench, words: str) -> None:
    assert bench.tell(f"fault {words}").startswith("ok")


def lost(modem: GammuModem) -> None:
    """The line notices at its next poll, and opens again."""
    with pytest.raises(PortError):
        modem.poll(0.0)
    assert modem.send(Outgoing(TO, "while closed")).outcome is Outcome.NOT_SENT
    modem.open()


# What a failure proves


def test_a_process_killed_behind_ctrl_z_leaves_the_text_unknown(bench: SharedBench, watched: Watched) -> None:
    watched.kill_at = "\\x1a"
    result = watched.modem.send(Outgoing(TO, "killed"))
    assert (result.outcome, result.references) == (Outcome.UNKNOWN, ())
    assert "may have left" in result.detail
    lost(watched.modem)
    assert watched.modem.send(Outgoing(TO, "next")).outcome is Outcome.SENT
    seen = sent(bench)
    assert seen[-1] == "next"
    assert seen.count("killed") <= 1


def test_a_process_killed_before_ctrl_z_sent_nothing(bench: SharedBench, watched: Watched) -> None:
    watched.kill_at = "AT+CMGS="
    result = watched.modem.send(Outgoing(TO, "killed"))
    assert result.outcome is Outcome.NOT_SENT
    assert result.detail.endswith("Nothing left.")
    lost(watched.modem)
    assert watched.modem.send(Outgoing(TO, "next")).outcome is Outcome.SENT
    assert sent(bench) == ["next"]


@pytest.mark.parametrize("words", ["lose-ok", "silence"])
def test_a_silent_phone_is_waited_for_so_long_and_no_longer(
    bench: SharedBench, watched: Watched, words: str
) -> None:
    fault(bench, words)
    begun = time.monotonic()
    result = watched.modem.send(Outgoing(TO, "first"))
    assert time.monotonic() - begun < 10.0  # gammu alone waits for 99 seconds
    assert result.outcome is Outcome.UNKNOWN
    lost(watched.modem)
    assert watched.modem.send(Outgoing(TO, "next")).outcome is Outcome.SENT
    assert wait_for(bench, 2) == ["first", "next"]


def test_an_answer_without_a_reference_proves_nothing(bench: SharedBench, watched: Watched) -> None:
    fault(bench, "lose-cmgs")
    assert watched.modem.send(Outgoing(TO, "first")).outcome is Outcome.UNKNOWN
    assert watched.modem.send(Outgoing(TO, "next")).outcome is Outcome.SENT
    assert sent(bench) == ["first", "next"]


@pytest.mark.slow
def test_a_late_answer_is_not_taken_for_the_next_texts(bench: SharedBench, watched: Watched) -> None:
    fault(bench, "slow 3.3")
    assert watched.modem.send(Outgoing(TO, "first")).outcome is Outcome.UNKNOWN
    fault(bench, "cms 38")
    result = None
    deadline = time.monotonic() + 20
    while (result is None or "closed" in result.detail) and time.monotonic() < deadline:
        try:
            watched.modem.open()
            result = watched.modem.send(Outgoing(TO, "next"))
        except (NotReadyError, PortError):
            continue
    assert result is not None
    assert result.outcome is not Outcome.SENT, result
    assert wait_for(bench, 1) == ["first"]


def test_a_phone_that_does_not_ask_for_the_text_got_none(bench: SharedBench, watched: Watched) -> None:
    fault(bench, "no-prompt")
    result = watched.modem.send(Outgoing(TO, "first"))
    assert result.outcome is Outcome.NOT_SENT, result
    watched.modem.open()
    assert watched.modem.send(Outgoing(TO, "next")).outcome is Outcome.SENT
    assert sent(bench) == ["next"]


@pytest.mark.parametrize(
    ("words", "outcome", "code", "refusal"),
    [
        ("cms 38", Outcome.NOT_SENT, 38, Refusal.LATER),
        ("cms 21", Outcome.NOT_SENT, 21, Refusal.PERMANENT),
        ("cms 332", Outcome.UNKNOWN, 332, Refusal.NONE),
        ("cms-taken 500", Outcome.UNKNOWN, 500, Refusal.NONE),
        ("error-taken", Outcome.UNKNOWN, None, Refusal.NONE),
    ],
)
def test_the_code_that_gammu_hides_is_told(
    bench: SharedBench, watched: Watched, words: str, outcome: Outcome, code: int | None, refusal: Refusal
) -> None:
    fault(bench, words)
    result = watched.modem.send(Outgoing(TO, "first"))
    assert (result.outcome, result.code, result.refusal) == (outcome, code, refusal), result
    assert watched.modem.send(Outgoing(TO, "next")).outcome is Outcome.SENT
    assert sent(bench)[-1] == "next"


@pytest.mark.parametrize("words", ["unknown", "cmti", "okay", "between unknown"])
def test_news_inside_the_answer_never_makes_a_sent_text_unsent(
    bench: SharedBench, watched: Watched, words: str
) -> None:
    fault(bench, f"urc-inside {words}")
    result = watched.modem.send(Outgoing(TO, "first"))
    assert sent(bench) == ["first"]
    assert result.outcome in (Outcome.SENT, Outcome.UNKNOWN), result


def test_a_long_text_may_stop_between_its_parts(bench: SharedBench, watched: Watched) -> None:
    result = watched.modem.send(Outgoing(TO, "x" * 400, 9), lambda part: part < 2)
    assert (result.outcome, result.parts, len(result.references)) == (Outcome.NOT_SENT, 3, 1)
    assert sent(bench) == []


# What leaves is what we cut


@pytest.mark.parametrize(
    "words",
    [
        "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "`") + "€ÄÖÑÜ§äöñüàåæøèéùìòÇ",
        "ΔΦΓΛΩΠΨΣΘΞ¡¿£¤¥\n\r",
        "`zażółć\n",
        "[]{}" * 100,
        "\U0001f469‍\U0001f680 " * 30,
    ],
)
def test_what_leaves_is_our_own_cut(bench: SharedBench, watched: Watched, words: str) -> None:
    result = watched.modem.send(Outgoing(TO, words, 77, want_report=False, validity_minutes=60))
    assert result.outcome is Outcome.SENT, result
    ours = encode_message(TO, words, reference=77, report=False, validity_minutes=60)
    written = [line.text for line in watched.lines if line.direction == ">" and line.text.startswith("0591")]
    assert [pdu[12:] for pdu in written] == [pdu.hex[2:] for pdu in ours]
    assert sent(bench) == [words]


def test_a_text_without_a_period_is_not_dropped_in_five_minutes(bench: SharedBench, watched: Watched) -> None:
    watched.modem.send(Outgoing(TO, "hello"))
    (written,) = [line.text for line in watched.lines if line.text.startswith("0591")]
    made = decode_submit(written)
    assert made.wants_report
    assert made.validity == 63 * 7 * 24 * 60


def test_half_a_character_and_nul_are_not_sent(bench: SharedBench, watched: Watched) -> None:
    for words in ("a\0b", "half \ud83d"):
        result = watched.modem.send(Outgoing(TO, words))
        assert result.outcome is Outcome.NOT_SENT, words
    assert sent(bench) == []


def test_a_text_that_gammu_would_change_is_not_sent(bench: SharedBench, watched: Watched) -> None:
    # libgammu 1.45 writes "~" as U+0001 where a text needs UCS-2.
    result = watched.modem.send(Outgoing(TO, "zażółć" * 12 + "~"))
    assert (result.outcome, result.parts, result.references) == (Outcome.NOT_SENT, 2, ())
    assert '"~"' in result.detail
    assert sent(bench) == []
    assert watched.modem.send(Outgoing(TO, "~")).outcome is Outcome.SENT


def test_steps_are_told_in_order(bench: SharedBench, watched: Watched) -> None:
    watched.modem.close()
    modem = bench.modem()
    modem.open()
    modem.send(Outgoing(TO, "hello"))
    assert bench.steps == [Step.COMMAND_WRITTEN, Step.SUBMITTED, Step.ACCEPTED]
    modem.close()


# What arrives


def poll(modem: GammuModem, count: int) -> list[Incoming]:
    found: list[Incoming] = []
    deadline = time.monotonic() + 10
    while len(found) < count and time.monotonic() < deadline:
        found += modem.poll(0.2)
    return found


def test_another_message_in_the_same_place_is_left_alone(bench: SharedBench, watched: Watched) -> None:
    bench.deliver("+15550188", "first")
    (first,) = poll(watched.modem, 1)
    assert watched.modem.delete(first)
    bench.deliver("+15550188", "second")
    (second,) = poll(watched.modem, 1)
    assert not watched.modem.delete(dataclasses.replace(first, slot=second.slot))
    assert watched.modem.sweep() == [second]


def test_escaped_letters_are_read_without_what_lay_behind(bench: SharedBench, watched: Watched) -> None:
    words = ["an older and longer text", "[€]{x}", "a\u20acb\u20acc"]
    for text in words:
        bench.deliver("+15550188", text)
    found = poll(watched.modem, 3)
    assert [getattr(decode_incoming(item.pdu), "text", "") for item in found] == words


def test_the_gauge_shows_the_memory_that_fills(bench: SharedBench, watched: Watched) -> None:
    bench.deliver("+15550188", "one")
    poll(watched.modem, 1)
    status = watched.modem.status()
    assert (status.state, status.storage_used, status.storage_total) == (LineState.READY, 1, 20)
    assert status.signal_dbm == -71
    assert status.operator


# PIN


@pytest.mark.slow
def test_a_pin_is_entered_once_and_never_shown(bench: SharedBench, watched: Watched) -> None:
    watched.modem.close()
    fault(bench, "sim-pin 4711")
    states = []
    for pin in (None, "1234", "1234"):
        with pytest.raises(NotReadyError) as caught:
            watched.modem.open(pin)
        states.append(caught.value.state)
    assert set(states) == {LineState.NEEDS_PIN}
    entered = [line.text for line in watched.lines if "CPIN=" in line.text and line.direction == ">"]
    assert len(entered) == 1
    watched.modem.open("4711")
    assert watched.modem.send(Outgoing(TO, "hello")).outcome is Outcome.SENT
    assert not any("4711" in line.text or "1234" in line.text for line in watched.lines)


def test_a_result_names_what_was_taken(watched: Watched) -> None:
    told: list[tuple[int, int]] = []
    result = watched.modem.send(
        Outgoing(TO, "hello"), on_part=lambda part, reference: told.append((part, reference))
    )
    assert result == SendResult(Outcome.SENT, 1, (told[0][1],))
