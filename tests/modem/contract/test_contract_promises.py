"""What every backend must keep, asked of each of them. The promises are numbered in ARCHITECTURE.md."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import benches
import pytest

from modem.api import Incoming, LineState, Modem, Outcome, Outgoing, Refusal
from modem.errors import ModemError, PortError, UnsupportedError
from modem.sms import Deliver, StatusReport, decode_incoming, join

TO = "+15550123"
REFUSED = "+15550177"


@pytest.fixture(params=list(benches.ALL))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[benches.Bench]:
    cls = benches.bench_class(request.param)
    if cls.missing():
        pytest.skip(cls.missing())
    made = cls(tmp_path)  # type: ignore[call-arg]
    yield made
    made.end()


@pytest.fixture
def modem(bench: benches.Bench) -> Iterator[Modem]:
    made = bench.modem()
    made.open()
    yield made
    made.close()


def need(bench: benches.Bench, *what: str) -> None:
    """Leave a promise out where the bench cannot bring it about; the backend's own tests do."""
    for one in what:
        if one not in bench.can:
            pytest.skip(f"{type(bench).__name__} has no {one}")


def decoded(item: Incoming) -> Deliver | StatusReport:
    return item.message if item.message is not None else decode_incoming(item.pdu)


def texts(found: list[Incoming]) -> list[str]:
    """The whole texts among what came, parts joined, in order of their first part."""
    groups: dict[object, list[Deliver]] = {}
    for number, item in enumerate(found):
        message = decoded(item)
        if isinstance(message, Deliver):
            concat = message.concat
            key = number if concat is None else (message.sender.number, concat.reference, concat.total)
            groups.setdefault(key, []).append(message)
    return [join(group) if group[0].concat else group[0].text for group in groups.values()]


def collect(
    bench: benches.Bench, modem: Modem, enough: Callable[[list[Incoming]], bool], keep: bool = False
) -> list[Incoming]:
    """Poll until it is enough, deleting each as the line does once it is stored."""
    found: list[Incoming] = []
    deadline = time.monotonic() + bench.patience
    while not enough(found) and time.monotonic() < deadline:
        for incoming in modem.poll(0.2):
            found.append(incoming)
            if not keep:
                modem.delete(incoming)
    return found


# 1: open


def test_it_says_who_it_is_and_that_it_is_ready(modem: Modem) -> None:
    identity = modem.open()
    assert identity.imei or identity.iccid or identity.model
    assert modem.status().state is LineState.READY


def test_a_closed_modem_says_so_and_opens_again(modem: Modem) -> None:
    modem.close()
    modem.close()
    assert modem.send(Outgoing(TO, "x", token="c1")).outcome is Outcome.NOT_SENT
    with pytest.raises(PortError):
        modem.poll(0.0)
    modem.open()
    assert modem.status().state is LineState.READY


# 2: send


@pytest.mark.parametrize(
    "words",
    ["Hello", 'Line one\nline two {you} "quoted" 20 € [x]', "Zażółć \U0001f600 \U0001f469\u200d\U0001f680"],
)
def test_a_text_arrives_as_it_was(bench: benches.Bench, modem: Modem, words: str) -> None:
    result = modem.send(Outgoing(TO, words, token="c1"))
    assert result.outcome is Outcome.SENT, result
    assert len(result.references) == result.parts == 1
    (submit,) = bench.submits()
    assert (submit["to"], submit["text"]) == (TO, words)


def test_a_long_text_is_one_message(bench: benches.Bench, modem: Modem) -> None:
    words = "A long one \U0001f469\u200d\U0001f680. " * 20
    told: list[tuple[int, int]] = []
    result = modem.send(
        Outgoing(TO, words, 77, token="c1"), on_part=lambda part, reference: told.append((part, reference))
    )
    assert result.outcome is Outcome.SENT, result
    assert told == list(enumerate(result.references, start=1))
    assert len(result.references) == result.parts
    assert (result.parts > 1) is modem.capabilities.parts
    assert [submit["text"] for submit in bench.submits()] == [words]


def test_each_text_has_a_reference_of_its_own(bench: benches.Bench, modem: Modem) -> None:
    results = [modem.send(Outgoing(TO, f"text {number}", token=f"c{number}")) for number in range(3)]
    assert {result.outcome for result in results} == {Outcome.SENT}
    assert len({result.references for result in results}) == 3
    assert [submit["text"] for submit in bench.submits()] == [f"text {number}" for number in range(3)]


def test_no_means_that_nothing_left(bench: benches.Bench, modem: Modem) -> None:
    asked: list[int] = []

    def refuse(part: int) -> bool:
        asked.append(part)
        return False

    result = modem.send(Outgoing(TO, "no", token="c1"), refuse)
    assert (result.outcome, result.references, asked) == (Outcome.NOT_SENT, (), [1])
    assert bench.submits() == []
    assert modem.send(Outgoing(TO, "yes", token="c2")).outcome is Outcome.SENT
    assert [submit["text"] for submit in bench.submits()] == ["yes"]


def test_a_question_that_fails_sends_nothing(bench: benches.Bench, modem: Modem) -> None:
    def fail(part: int) -> bool:
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError):
        modem.send(Outgoing(TO, "no", token="c1"), fail)
    assert bench.submits() == []
    assert modem.send(Outgoing(TO, "yes", token="c2")).outcome is Outcome.SENT
    assert [submit["text"] for submit in bench.submits()] == ["yes"]


@pytest.mark.parametrize("number", ["", "12", "+1555\r0123", "+15550123;AT+CMGS=9", "Mum"])
def test_what_is_no_number_is_not_sent(bench: benches.Bench, modem: Modem, number: str) -> None:
    assert modem.send(Outgoing(number, "x", token="c1")).outcome is Outcome.NOT_SENT
    assert bench.submits() == []


def test_a_refusal_is_never_called_sent(bench: benches.Bench, modem: Modem) -> None:
    need(bench, "refuse")
    result = modem.send(Outgoing(REFUSED, "refused", token="c1"))
    assert result.outcome in (Outcome.NOT_SENT, Outcome.UNKNOWN)
    assert result.detail.endswith((".", ")"))
    if "faults" in bench.can:
        assert (result.outcome, result.refusal) == (Outcome.NOT_SENT, Refusal.LATER)
    assert bench.submits() == []
    assert modem.send(Outgoing(TO, "next", token="c2")).outcome is Outcome.SENT


def test_a_device_that_goes_leaves_no_second_text(bench: benches.Bench, modem: Modem) -> None:
    need(bench, "hangup")
    bench.hang_up()
    outcome = None
    deadline = time.monotonic() + 3 * bench.patience
    count = 0
    while outcome is not Outcome.SENT and time.monotonic() < deadline:
        try:
            count += 1
            outcome = modem.send(Outgoing(TO, f"try {count}", token=f"c{count}")).outcome
            modem.poll(0.1)
        except ModemError:
            with contextlib.suppress(ModemError):
                modem.open()
    assert outcome is Outcome.SENT
    seen = [submit["text"] for submit in bench.submits()]
    assert len(seen) == len(set(seen))
    assert f"try {count}" in seen


def test_a_report_comes_back_for_what_wanted_one(bench: benches.Bench, modem: Modem) -> None:
    if not modem.capabilities.reports:
        pytest.skip("this backend says that it has no reports")
    result = modem.send(Outgoing(TO, "hello", token="c1"))
    found = collect(bench, modem, lambda found: bool(found))
    (report,) = [decoded(item) for item in found]
    assert isinstance(report, StatusReport)
    assert (report.reference, report.delivered) == (result.references[-1], True)
    assert report.recipient.number == TO


# 3 and 4: what arrives


def test_what_comes_is_handed_up_once(bench: benches.Bench, modem: Modem) -> None:
    need(bench, "deliver")
    bench.deliver("+15550188", "first €")
    bench.deliver("+15550189", "second \U0001f600")
    found = collect(bench, modem, lambda found: len(found) >= 2)
    assert sorted(texts(found)) == ["first €", "second \U0001f600"]
    senders = [message.sender.number for item in found if isinstance(message := decoded(item), Deliver)]
    assert sorted(senders) == ["+15550188", "+15550189"]
    assert texts(modem.poll(0.3)) == []


def test_a_long_text_comes_whole(bench: benches.Bench, modem: Modem) -> None:
    need(bench, "deliver")
    words = ("part of something longer \U0001f600 " * 10).strip()
    bench.deliver("+15550188", words)
    found = collect(bench, modem, lambda found: words in texts(found))
    assert texts(found) == [words]


def test_what_is_not_deleted_stays(bench: benches.Bench, modem: Modem) -> None:
    need(bench, "deliver")
    bench.deliver("+15550188", "first")
    bench.deliver("+15550188", "second")
    found = collect(bench, modem, lambda found: len(found) >= 2, keep=True)
    first = next(item for item in found if texts([item]) == ["first"])
    modem.close()
    modem.open()
    again = modem.sweep()
    assert sorted(texts(again)) == ["first", "second"]
    # The same message is recognised by its place and its raw text.
    assert {(item.slot, item.pdu) for item in again} == {(item.slot, item.pdu) for item in found}
    if modem.capabilities.delete:
        assert modem.delete(first)
        assert texts(modem.sweep()) == ["second"]
        assert modem.delete(first)  # gone already
    else:
        assert not modem.delete(first)


def test_what_came_while_nobody_listened_is_found(bench: benches.Bench) -> None:
    need(bench, "deliver")
    bench.deliver("+15550188", "overnight")
    modem = bench.modem()
    modem.open()
    found: list[Incoming] = []
    deadline = time.monotonic() + bench.patience
    while not found and time.monotonic() < deadline:
        found = modem.sweep() or modem.poll(0.2)
    assert texts(found) == ["overnight"]
    modem.close()


# 6: wake


def test_a_wake_ends_a_poll_at_once(modem: Modem) -> None:
    wake = getattr(modem, "wake", None)
    assert wake is not None
    waker = threading.Timer(0.05, wake)
    waker.start()
    begun = time.monotonic()
    modem.poll(30.0)
    assert time.monotonic() - begun < 5.0
    waker.join()


# 7: a technician


@pytest.mark.parametrize(
    "line", ["AT+CMGS=5", "AT+CSQ;+CMGS=5", "AT+CMSS=1", "AT+CMGC=1", "AT+CMGW=5", "AT\x1a"]
)
def test_a_technician_cannot_send(bench: benches.Bench, modem: Modem, line: str) -> None:
    with pytest.raises((ValueError, UnsupportedError)):
        modem.command(line)
    assert bench.submits() == []


def test_ussd_answers_or_says_that_it_cannot(bench: benches.Bench, modem: Modem) -> None:
    if modem.capabilities.ussd:
        assert "12.34" in modem.ussd("*100#").text
        with pytest.raises(ValueError):
            modem.ussd("call me\r")
    else:
        with pytest.raises(UnsupportedError):
            modem.ussd("*100#")


def test_the_network_time_is_aware_or_unknown(modem: Modem) -> None:
    told = modem.network_time()
    assert told is None or told.tzinfo is not None


def test_a_command_answers_or_says_that_it_cannot(modem: Modem) -> None:
    if modem.capabilities.commands:
        assert modem.command("AT+CSQ")[-1] == "OK"
    else:
        with pytest.raises(UnsupportedError):
            modem.command("AT+CSQ")
