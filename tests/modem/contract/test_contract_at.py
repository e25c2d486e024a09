"""The AT backend against the emulator, over a pty and over TCP, as another program would meet it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benches import AtBench

from modem.api import Incoming, LineState, Modem, Outcome, Outgoing, Refusal, Step
from modem.errors import ModemError, NotReadyError, PortError
from modem.sms import Deliver, StatusReport, decode_incoming, join

TO = "+15550123"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[AtBench]:
    made = AtBench(tmp_path)
    yield made
    made.end()


@pytest.fixture
def modem(bench: AtBench) -> Iterator[Modem]:
    made = bench.modem()
    made.open()
    yield made
    made.close()


def collect(modem: Modem, count: int, keep: bool = False) -> list[Incoming]:
    """Poll until ``count`` came, deleting each as the line does once it is stored."""
    found: list[Incoming] = []
    deadline = time.monotonic() + 10
    while len(found) < count and time.monotonic() < deadline:
        for incoming in modem.poll(0.2):
            found.append(incoming)
            assert keep or modem.delete(incoming)
    return found


def texts(found: list[Incoming]) -> list[str]:
    decoded = [decode_incoming(item.pdu) for item in found]
    return [item.text for item in decoded if isinstance(item, Deliver)]


def test_it_says_who_it_is(modem: Modem) -> None:
    identity = modem.open()
    assert len(identity.imei) == 15
    assert identity.iccid.startswith("89")
    assert identity.number == "+15550100"


def test_a_text_arrives_as_it_was(bench: AtBench, modem: Modem) -> None:
    words = 'Hello {you} — 20 € "quoted"\r\nAT+CMGS=5\x1a \U0001f600'
    result = modem.send(Outgoing(TO, words))
    assert result.outcome is Outcome.SENT
    (submit,) = bench.seen("submit")
    assert (submit["to"], submit["text"], submit["references"]) == (TO, words, list(result.references))
    assert bench.steps == [Step.COMMAND_WRITTEN, Step.PDU_HALF_WRITTEN, Step.SUBMITTED, Step.ACCEPTED]


def test_a_long_text_is_one_message(bench: AtBench, modem: Modem) -> None:
    words = "A long one \U0001f469\u200d\U0001f680. " * 20
    parts: list[tuple[int, int]] = []
    result = modem.send(
        Outgoing(TO, words, 77), on_part=lambda part, reference: parts.append((part, reference))
    )
    assert result.outcome is Outcome.SENT
    assert result.parts == len(result.references) > 1
    assert parts == list(enumerate(result.references, start=1))
    (submit,) = bench.seen("submit")
    assert (submit["text"], submit["parts"]) == (words, result.parts)


def test_a_report_comes_back_for_what_wanted_one(bench: AtBench, modem: Modem) -> None:
    quiet = modem.send(Outgoing(TO, "no report", want_report=False))
    result = modem.send(Outgoing(TO, "hello"))
    (incoming,) = collect(modem, 1)
    report = decode_incoming(incoming.pdu)
    assert isinstance(report, StatusReport)
    assert (report.reference, report.delivered) == (result.references[0], True)
    assert quiet.references != result.references
    assert modem.poll(0.1) == []


def test_no_means_that_nothing_left(bench: AtBench, modem: Modem) -> None:
    assert modem.send(Outgoing(TO, "no"), lambda part: False).outcome is Outcome.NOT_SENT
    assert bench.seen("submit") == []
    assert modem.send(Outgoing(TO, "yes")).outcome is Outcome.SENT
    assert [entry["text"] for entry in bench.seen("submit")] == ["yes"]


def test_what_comes_is_kept_until_it_is_deleted(bench: AtBench, modem: Modem) -> None:
    bench.tell("deliver +15550188 first")
    bench.tell("deliver +15550188 second")
    found = collect(modem, 2, keep=True)
    assert texts(found) == ["first", "second"]
    assert sorted(texts(modem.sweep())) == ["first", "second"]
    assert modem.status().storage_used == 2
    assert modem.delete(found[0])
    assert modem.delete(found[0])  # gone already
    assert texts(modem.sweep()) == ["second"]


def test_a_slot_that_holds_something_else_is_left_alone(bench: AtBench, modem: Modem) -> None:
    bench.tell("deliver +15550188 old")
    (old,) = collect(modem, 1)
    bench.tell("deliver +15550188 new")
    (new,) = collect(modem, 1, keep=True)
    assert new.slot == old.slot
    assert modem.delete(old) is False
    assert texts(modem.sweep()) == ["new"]


def test_more_than_the_sim_holds_gets_through(bench: AtBench, modem: Modem) -> None:
    for number in range(60):
        bench.tell(f"deliver +15550188 text {number}")
    assert sorted(texts(collect(modem, 60))) == sorted(f"text {number}" for number in range(60))
    assert modem.status().storage_used == 0


def test_a_long_text_comes_in_parts(bench: AtBench, modem: Modem) -> None:
    words = "part of something longer " * 10
    bench.tell(f"deliver-parts +15550188 order=2,1,1 {words.strip()}")
    found = [decode_incoming(item.pdu) for item in collect(modem, 3)]
    unique = {item.concat: item for item in found if isinstance(item, Deliver)}
    assert join(list(unique.values())) == words.strip()


def test_announcements_inside_a_dialogue_are_not_lost(bench: AtBench, modem: Modem) -> None:
    bench.tell("fault urc-inside before between cmti always")
    bench.tell("fault urc-at-prompt okay always")
    results = [modem.send(Outgoing(TO, f"text {number}", want_report=False)) for number in range(5)]
    assert {result.outcome for result in results} == {Outcome.SENT}
    bench.tell("fault clear")
    bench.tell("deliver +15550188 hello")
    assert "hello" in texts(collect(modem, 1))
    assert [entry["text"] for entry in bench.seen("submit")] == [f"text {number}" for number in range(5)]


FAULTS = [
    ("cms 38", Outcome.NOT_SENT, 0),
    ("cms 500", Outcome.UNKNOWN, 0),
    ("cms-taken 500", Outcome.UNKNOWN, 1),
    ("error", Outcome.UNKNOWN, 0),
    ("error-taken", Outcome.UNKNOWN, 1),
    ("lose-ok", Outcome.SENT, 1),
    ("lose-cmgs", Outcome.UNKNOWN, 1),
    ("silence", Outcome.UNKNOWN, 1),
    ("silence lost", Outcome.UNKNOWN, 0),
    ("no-prompt", Outcome.NOT_SENT, 0),
    ("late-prompt 0.3", Outcome.SENT, 1),
    ("bare-prompt", Outcome.SENT, 1),
    ("slow 0.5", Outcome.SENT, 1),
    # We answer a prompt sooner than a port goes: Ctrl-Z is out by then.
    ("hangup-at-prompt", Outcome.UNKNOWN, 0),
    ("hangup-after-ctrl-z", Outcome.UNKNOWN, 1),
    ("reboot-after-ctrl-z", Outcome.UNKNOWN, 1),
    ("reboot-at-prompt", Outcome.UNKNOWN, 0),
    ("echo-on", Outcome.SENT, 1),
    ("one-byte 1", Outcome.SENT, 1),
]


@pytest.mark.parametrize(("fault", "outcome", "taken"), FAULTS, ids=[fault for fault, _, _ in FAULTS])
def test_each_fault_has_its_one_true_outcome(
    bench: AtBench, fault: str, outcome: Outcome, taken: int
) -> None:
    modem = bench.modem()
    modem.open()
    bench.tell(f"fault {fault}")
    result = modem.send(Outgoing(TO, "once"))
    allowed = {outcome, Outcome.NOT_SENT} if fault.endswith("-at-prompt") else {outcome}
    assert result.outcome in allowed, result
    assert len(bench.seen("submit")) == taken
    # The next text goes out, perhaps over a new port, and the first one never does again.
    again = send_again(bench, modem)
    assert again is Outcome.SENT
    assert [entry["text"] for entry in bench.seen("submit")] == ["once"] * taken + ["twice"]
    modem.close()


def send_again(bench: AtBench, modem: Any) -> Outcome:
    """What the line does after a fault: poll, open again when the port went, then the next click."""
    deadline = time.monotonic() + 15
    outcome = Outcome.NOT_SENT
    while outcome is not Outcome.SENT and time.monotonic() < deadline:
        try:
            modem.poll(0.05)
            outcome = modem.send(Outgoing(TO, "twice")).outcome
        except ModemError:
            with contextlib.suppress(ModemError):
                modem.open()
    return outcome


@pytest.mark.parametrize(
    ("step", "taken"), [(Step.COMMAND_WRITTEN, 0), (Step.PDU_HALF_WRITTEN, 0), (Step.SUBMITTED, 1)]
)
def test_a_program_that_dies_leaves_nothing_that_a_later_text_completes(
    bench: AtBench, step: Step, taken: int
) -> None:
    def die(now: Step) -> None:
        if now is step:
            first.close()  # no farewell, as with kill -9

    first = bench.modem(die)
    first.open()
    assert first.send(Outgoing(TO, "dead")).outcome is (Outcome.UNKNOWN if taken else Outcome.NOT_SENT)
    second = bench.modem()
    second.open()
    assert second.send(Outgoing(TO, "alive")).outcome is Outcome.SENT
    assert [entry["text"] for entry in bench.seen("submit")] == ["dead"] * taken + ["alive"]
    second.close()


def test_from_a_wake_to_the_command_takes_less_than_ten_milliseconds(bench: AtBench) -> None:
    """The line's own way: blocked in poll, woken by a click, and AT+CMGS is out."""
    out: list[float] = []
    modem = bench.modem(
        lambda step: out.append(time.perf_counter()) if step is Step.COMMAND_WRITTEN else None
    )
    modem.open()
    clicks: list[float] = []

    def click() -> None:
        clicks.append(time.perf_counter())
        modem.wake()

    for _ in range(30):
        clicker = threading.Timer(0.005, click)
        clicker.start()
        while len(clicks) == len(out):
            modem.poll(5.0)
        assert modem.send(Outgoing(TO, "hello", want_report=False)).outcome is Outcome.SENT
        clicker.join()
    waits = sorted(after - before for before, after in zip(clicks, out, strict=True))
    assert waits[len(waits) // 2] < 0.010
    modem.close()


def test_the_same_over_tcp(tmp_path: Path) -> None:
    bench = AtBench(tmp_path)
    bench.address = bench.tcp
    modem = bench.modem()
    modem.open()
    assert modem.send(Outgoing(TO, "hello")).outcome is Outcome.SENT
    bench.tell("deliver +15550188 hi")
    assert texts(collect(modem, 2)) == ["hi"]
    bench.tell("fault hangup-after-ctrl-z")
    assert modem.send(Outgoing(TO, "once")).outcome is Outcome.UNKNOWN
    assert send_again(bench, modem) is Outcome.SENT
    assert [entry["text"] for entry in bench.seen("submit")] == ["hello", "once", "twice"]
    modem.close()
    bench.end()


@pytest.mark.parametrize("fault", ["cmti-minus-one", "mms-push"])
def test_odd_announcements(bench: AtBench, modem: Modem, fault: str) -> None:
    bench.tell(f"fault {fault}")
    bench.tell("deliver +15550188 hello")
    assert texts(collect(modem, 1)) == ["hello"]


def test_a_lost_announcement_is_found_by_a_sweep(bench: AtBench, modem: Modem) -> None:
    bench.tell("fault cmti-lost")
    bench.tell("deliver +15550188 hello")
    assert modem.poll(0.1) == []
    assert texts(modem.sweep()) == ["hello"]


def test_a_modem_that_restarts_still_tells_what_comes(bench: AtBench, modem: Modem) -> None:
    bench.tell("reboot")
    deadline = time.monotonic() + 10
    delivered = False
    while time.monotonic() < deadline:
        found = modem.poll(0.2)
        if found:
            break
        if not delivered:
            delivered = bool(bench.tell("deliver +15550188 hello"))
    assert texts(found) == ["hello"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [("searching", LineState.SEARCHING), ("denied", LineState.DENIED), ("sms-only", LineState.READY)],
)
def test_the_network_in_the_status(bench: AtBench, modem: Modem, fault: str, state: LineState) -> None:
    bench.tell(f"fault registration {fault}")
    assert modem.status().state is state


@pytest.mark.parametrize(
    ("code", "outcome", "refusal"),
    [
        (38, Outcome.NOT_SENT, Refusal.LATER),
        (331, Outcome.NOT_SENT, Refusal.NOT_READY),
        (28, Outcome.NOT_SENT, Refusal.PERMANENT),
        (330, Outcome.NOT_SENT, Refusal.PERSON),
        (332, Outcome.UNKNOWN, Refusal.NONE),
        (513, Outcome.UNKNOWN, Refusal.NONE),
        (599, Outcome.UNKNOWN, Refusal.NONE),
    ],
)
def test_what_a_refusal_asks_for(
    bench: AtBench, modem: Modem, code: int, outcome: Outcome, refusal: Refusal
) -> None:
    bench.tell(f"fault cms {code}")
    result = modem.send(Outgoing(TO, "refused"))
    assert (result.outcome, result.refusal, result.code) == (outcome, refusal, code)
    assert send_again(bench, modem) is Outcome.SENT
    assert [entry["text"] for entry in bench.seen("submit")] == ["twice"]


@pytest.mark.parametrize("charset", ["GSM", "IRA", "UCS2", "HEX"])
def test_ussd_in_every_character_set(modem: Modem, charset: str) -> None:
    modem.command(f'AT+CSCS="{charset}"')
    reply = modem.ussd("*100#")
    assert "12.34. This is a practice network." in reply.text
    assert not reply.more


def test_the_networks_clock_is_near_ours(modem: Modem) -> None:
    told = modem.network_time()
    assert told is not None
    assert abs(told.timestamp() - time.time()) < 120


def test_a_dangerous_command_is_named_and_a_question_is_not(modem: Modem) -> None:
    assert "radio" in modem.danger("AT+CFUN=0")
    assert modem.danger("AT+CFUN?") == ""
    assert modem.status().state is LineState.READY


def test_a_sim_that_asks_for_its_pin(bench: AtBench) -> None:
    bench.tell("fault sim-pin 4321")
    modem = bench.modem()
    for pin in (None, "1111", "1111"):
        with pytest.raises(NotReadyError) as caught:
            modem.open(pin)
        assert caught.value.state == LineState.NEEDS_PIN
    modem.open("4321")
    assert modem.send(Outgoing(TO, "hello")).outcome is Outcome.SENT
    modem.close()


def test_no_sim(bench: AtBench) -> None:
    bench.tell("fault no-sim")
    modem = bench.modem()
    with pytest.raises(NotReadyError) as caught:
        modem.open()
    assert caught.value.state == LineState.NO_SIM


def test_a_wake_ends_a_poll_at_once(modem: Modem) -> None:
    waker = threading.Timer(0.05, modem.wake)  # type: ignore[attr-defined]
    waker.start()
    begun = time.monotonic()
    assert modem.poll(30.0) == []
    assert time.monotonic() - begun < 5.0
    waker.join()


def test_a_closed_modem(modem: Modem) -> None:
    modem.close()
    modem.close()
    assert modem.send(Outgoing(TO, "x")).outcome is Outcome.NOT_SENT
    with pytest.raises(PortError):
        modem.poll(0.0)
    assert modem.open().imei


@pytest.mark.parametrize(
    "line", ["AT+CMGS=5", "AT+CSQ;+CMGS=5", "AT+CMSS=1", "AT+CMGC=1", "AT+CMGW=5", "AT\x1a"]
)
def test_a_technician_cannot_send(bench: AtBench, modem: Modem, line: str) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        modem.command(line)
    assert modem.command("AT+CSQ")[-1] == "OK"
    assert bench.seen("submit") == []


def test_a_poll_without_patience_looks_at_the_port_all_the_same(bench: AtBench) -> None:
    modem = bench.modem()
    modem.open()
    bench.tell("deliver +15550188 hello")
    found: list[Incoming] = []
    deadline = time.monotonic() + 10
    while not found and time.monotonic() < deadline:
        found = modem.poll(0.0)
    assert texts(found) == ["hello"]
    bench.tell("hangup 5")

    def look() -> None:
        while time.monotonic() < deadline:
            modem.poll(0.0)

    with pytest.raises(PortError):
        look()
    # What is pressed now meets a dead port: nothing leaves, and it goes back to where it was.
    result = modem.send(Outgoing(TO, "x"))
    assert (result.outcome, result.refusal) == (Outcome.NOT_SENT, Refusal.NOT_READY)
    modem.close()


def test_quiet_sees_what_came_and_asks_the_modem_nothing(bench: AtBench) -> None:
    said: list[str] = []
    modem = bench.modem()
    modem._hooks.on_trace = lambda line: said.append(line.direction)
    modem.open()
    assert modem.quiet()
    bench.tell("deliver +15550188 hello")
    deadline = time.monotonic() + 10
    said.clear()
    while modem.quiet() and time.monotonic() < deadline:
        pass
    assert not modem.quiet()
    assert ">" not in said
    assert texts(modem.poll(0.0)) == ["hello"]
    modem.close()
