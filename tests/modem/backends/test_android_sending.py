"""One click, one text, over a phone: what is sent, what is surely not, and what stays unknown."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from gateway_stub import PASSWORD, USER, Phone

from modem.api import Hooks, Outcome, Outgoing, Refusal, SendResult, Step, TraceLine
from modem.backends.android import backend as android
from modem.backends.android.failures import judge
from modem.backends.android.http import Timing
from modem.backends.android.sending import text_id
from modem.sms import StatusReport

TO = "+15550123"
LONG = "A long text that goes in parts. " * 10
QUICK = Timing(
    connect=1.0, read=1.0, send=0.4, settle=0.1, quickest=0.01, pause=0.05, inbox=0.02, reports=0.02
)
WAITING = ((60.0, "Processed", ""),)
STUCK = ((0.0, "Processed", ""),)
NO_SERVICE = "Send result: RESULT_ERROR_NO_SERVICE (Failed because service is currently unavailable)"


@pytest.fixture
def phone() -> Iterator[Phone]:
    made = Phone()
    yield made
    made.away = False
    made.end()


Make = Callable[..., android.AndroidModem]


@pytest.fixture
def make(phone: Phone) -> Iterator[Make]:
    made: list[android.AndroidModem] = []

    def _make(timing: Timing = QUICK, hooks: Hooks | None = None) -> android.AndroidModem:
        modem = android.make(phone.address, hooks or Hooks(), lambda name: f"{USER}:{PASSWORD}", timing)
        made.append(modem)
        modem.open()
        return modem

    yield _make
    for modem in made:
        modem.close()


_numbers = itertools.count(1)


def text(words: str = "hello", number: str = TO, report: bool = True) -> Outgoing:
    return Outgoing(number, words, want_report=report, token=f"12-{next(_numbers)}")


def radio(phone: Phone) -> list[str]:
    phone.advance()
    return [sent["text"] for sent in phone.sent]


def posts(phone: Phone) -> int:
    return sum(method == "POST" for method, _ in phone.requests)


def held(result: SendResult) -> tuple[Outcome, Refusal]:
    assert result.references == ()
    assert result.detail.endswith((".", ")"))
    return result.outcome, result.refusal


# -- once --------------------------------------------------------------------------------------


def test_the_request_is_what_the_app_asks_for(phone: Phone, make: Make) -> None:
    outgoing = text('Zażółć "20 €"\n\U0001f600', report=False)
    assert make().send(outgoing).outcome is Outcome.SENT
    (body,) = phone.bodies
    until = datetime.fromisoformat(body.pop("validUntil"))
    assert abs(until - datetime.now(UTC)) < timedelta(seconds=4)
    assert len(body["id"]) == 36  # the interface's most
    assert body == {
        "id": text_id(phone.address, outgoing),
        "textMessage": {"text": outgoing.text},
        "phoneNumbers": [TO],
        "withDeliveryReport": False,
    }
    assert ("POST", "/messages?skipPhoneValidation=true") in phone.requests


def test_the_same_click_never_leaves_twice(phone: Phone, make: Make) -> None:
    modem, outgoing = make(), text()
    first, again = modem.send(outgoing), modem.send(outgoing, lambda part: pytest.fail("asked again"))
    assert (first.outcome, first.references) == (again.outcome, again.references)
    assert again.outcome is Outcome.SENT
    assert (radio(phone), posts(phone)) == (["hello"], 1)


def test_the_same_click_from_a_new_start_of_the_program(phone: Phone, make: Make) -> None:
    outgoing = text()
    assert make().send(outgoing).outcome is make().send(outgoing).outcome is Outcome.SENT
    assert radio(phone) == ["hello"]


def test_another_click_on_the_same_text_sends_it_again(phone: Phone, make: Make) -> None:
    modem = make()
    assert {modem.send(text()).outcome, modem.send(text()).outcome} == {Outcome.SENT}
    assert radio(phone) == ["hello", "hello"]


def test_two_hand_overs_at_once_are_one_text(phone: Phone, make: Make) -> None:
    """The second comes between the first's look and its hand-over: 409 (MessagesRoutes.kt)."""
    first, second, outgoing = make(), make(), text()

    def other_goes_first(part: int) -> bool:
        assert second.send(outgoing).outcome is Outcome.SENT
        return True

    assert first.send(outgoing, other_goes_first).outcome is Outcome.SENT
    assert (radio(phone), posts(phone)) == (["hello"], 2)


@pytest.mark.parametrize("late", [False, True], ids=["seen", "409"])
def test_an_old_text_with_the_same_id_is_not_this_click(phone: Phone, make: Make, late: bool) -> None:
    """A new database counts its clicks from one again, and the phone remembers the old one's."""
    modem, outgoing = make(), text()
    assert make().send(outgoing).outcome is Outcome.SENT
    (old,) = phone.messages.values()
    old.times = {state: at - timedelta(days=1) for state, at in old.times.items()}
    if late:
        looks = iter([(404, b"", {})])
        phone.instead = lambda what: next(looks, None) if what.startswith("GET /messages/") else None
    assert held(modem.send(outgoing)) == (Outcome.NOT_SENT, Refusal.LATER)
    assert radio(phone) == ["hello"]


def test_without_a_click_nothing_leaves(phone: Phone, make: Make) -> None:
    result = make().send(Outgoing(TO, "hello"))
    assert held(result) == (Outcome.NOT_SENT, Refusal.PERMANENT)
    assert make().send(Outgoing(TO, "", token="1-1")).outcome is Outcome.NOT_SENT
    assert posts(phone) == 0


def test_the_steps_in_their_order(phone: Phone, make: Make) -> None:
    seen: list[object] = []
    modem = make(hooks=Hooks(on_step=seen.append))

    def proceed(part: int) -> bool:
        assert posts(phone) == 0
        seen.append(part)
        return True

    result = modem.send(text(), proceed, lambda part, reference: seen.append((part, reference)))
    assert seen == [1, Step.SUBMITTED, Step.ACCEPTED, (1, result.references[0])]


def test_the_trace_tells_neither_words_nor_password(phone: Phone, make: Make) -> None:
    seen: list[TraceLine] = []
    make(hooks=Hooks(on_trace=seen.append)).send(text("my secret words"))
    lines = [f"{line.direction} {line.text}" for line in seen]
    assert any(line.startswith("> POST /messages") for line in lines)
    assert any(line.startswith("< 202") for line in lines)
    for line in lines:
        assert not any(words in line for words in ("secret", "Basic", PASSWORD, "5550123"))


# -- lost on the way ---------------------------------------------------------------------------


def once(what: str, how: str) -> Callable[[str], str]:
    left = [how]
    return lambda asked: left.pop() if asked == what and left else ""


def test_an_answer_that_is_lost_does_not_hide_that_it_left(phone: Phone, make: Make) -> None:
    modem = make()
    phone.breaks = once("POST /messages", "after")
    assert modem.send(text()).outcome is Outcome.SENT
    assert (radio(phone), posts(phone)) == (["hello"], 1)


def test_a_request_that_is_lost_is_not_sent_once_it_can_come_no_more(phone: Phone, make: Make) -> None:
    modem = make()
    phone.breaks = once("POST /messages", "before")
    assert held(modem.send(text())) == (Outcome.NOT_SENT, Refusal.LATER)
    assert (radio(phone), posts(phone)) == ([], 1)
    # What the program counts on: the phone refuses it when it comes so late (PostMessageRequest.kt).
    body = {"id": "late", "textMessage": {"text": "x"}, "phoneNumbers": [TO]}
    until = (phone.now() - timedelta(seconds=1)).isoformat(timespec="milliseconds")
    assert phone.enqueue(body | {"validUntil": until})[0] == 400


def test_without_the_phones_clock_a_lost_request_stays_unknown(phone: Phone, make: Make) -> None:
    modem = make()
    phone.dates = False
    phone.breaks = once("POST /messages", "before")
    assert modem.send(text()).outcome is Outcome.UNKNOWN
    phone.breaks = lambda what: ""
    assert modem.send(text()).outcome is Outcome.SENT
    assert phone.bodies[-1]["ttl"] == 5  # the least that the interface takes


def test_a_phone_that_goes_with_the_text_leaves_it_unknown(phone: Phone, make: Make) -> None:
    modem = make()

    def go(what: str) -> str:
        if what == "POST /messages":
            phone.away = True
            return "after"
        return ""

    phone.breaks = go
    result = modem.send(text())
    assert held(result)[0] is Outcome.UNKNOWN
    assert radio(phone) == ["hello"]


def test_an_unknown_text_that_left_is_proven_later(phone: Phone, make: Make) -> None:
    modem = make()
    phone.plans[TO] = ((0.0, "Processed", ""),)
    result = modem.send(text())
    assert held(result)[0] is Outcome.UNKNOWN
    (message,) = phone.messages.values()
    message.plan = [(0.0, "Sent", "")]
    found = wait_for_report(modem)
    assert (found.pending, found.recipient.number) == (True, TO)
    assert found.submitted is not None
    message.plan = [(0.0, "Delivered", "")]
    assert wait_for_report(modem).delivered


def test_a_phone_that_is_not_there(phone: Phone, make: Make) -> None:
    modem = make()
    phone.stop()
    try:
        result = modem.send(text(), lambda part: pytest.fail("asked though nothing can leave"))
        assert held(result) == (Outcome.NOT_SENT, Refusal.NOT_READY)
    finally:
        phone.start()
    assert modem.send(text("again")).outcome is Outcome.SENT
    assert radio(phone) == ["again"]


def test_a_phone_that_goes_between_the_look_and_the_hand_over(phone: Phone, make: Make) -> None:
    modem = make()

    def stop(part: int) -> bool:
        phone.stop()
        threading.Timer(0.3, phone.start).start()
        return True

    assert modem.send(text(), stop).outcome in (Outcome.NOT_SENT, Outcome.UNKNOWN)
    assert radio(phone) == []
    assert phone.messages == {}


# -- waiting -----------------------------------------------------------------------------------


def test_a_text_that_waits_too_long_is_called_back(phone: Phone, make: Make) -> None:
    phone.plan = WAITING
    assert held(make().send(text())) == (Outcome.NOT_SENT, Refusal.LATER)
    (message,) = phone.messages.values()
    assert message.state == "Cancelled"


def test_an_older_app_drops_what_waits_too_long(phone: Phone, make: Make) -> None:
    """Without DELETE (before 1.67.0) the text's own time is what holds it."""
    phone.cancels, phone.plan = False, WAITING
    assert held(make().send(text())) == (Outcome.NOT_SENT, Refusal.LATER)
    (message,) = phone.messages.values()
    message.plan = [(0.0, "Sent", "")]
    assert radio(phone) == []
    assert message.error == "TTL expired"


def test_a_text_that_leaves_while_it_is_called_back_is_sent(phone: Phone, make: Make) -> None:
    phone.plan = WAITING

    def leave(what: str) -> tuple[int, bytes, dict[str, str]] | None:
        if what.startswith("DELETE"):
            (message,) = phone.messages.values()
            message.valid_until = None
            message.plan = [(0.0, "Processed", ""), (0.0, "Sent", "")]
            phone.advance()
        return None

    phone.instead = leave
    assert make().send(text()).outcome is Outcome.SENT
    assert radio(phone) == ["hello"]


def test_a_cancelled_text_that_comes_back_counts(phone: Phone, make: Make) -> None:
    """The app notes "Processed" after it called Android, over a cancellation that came between."""
    phone.plan = WAITING

    def overwrite(what: str) -> tuple[int, bytes, dict[str, str]] | None:
        if what.startswith("DELETE"):

            def write() -> None:
                (message,) = phone.messages.values()
                message.state = "Processed"

            threading.Timer(0.02, write).start()
        return None

    phone.instead = overwrite
    assert held(make().send(text()))[0] is Outcome.UNKNOWN


def test_an_app_that_was_away_proves_nothing_by_waiting(phone: Phone, make: Make) -> None:
    """An app that was killed after it called Android has the text as pending still."""
    phone.plan = WAITING
    left = [True]

    def restart(what: str) -> str:
        if what.startswith("GET /messages/") and phone.messages and left:
            left.pop()
            return "before"
        return ""

    phone.breaks = restart
    assert held(make().send(text()))[0] is Outcome.UNKNOWN


def test_what_android_never_answers_is_unknown(phone: Phone, make: Make) -> None:
    phone.plan = STUCK
    result = make().send(text())
    assert held(result)[0] is Outcome.UNKNOWN
    assert "Android" in result.detail


def test_processed_may_come_after_sent(phone: Phone, make: Make) -> None:
    phone.plan = ((0.0, "Sent", ""), (0.0, "Processed", ""))
    assert make().send(text()).outcome is Outcome.SENT


def test_a_delivered_part_is_no_sent_text(phone: Phone, make: Make) -> None:
    """Reports of parts come one by one, and the first says Delivered: only "Sent" is said of them all."""
    phone.plan = ((0.0, "Processed", ""),)
    modem = make()
    names: list[str] = []

    def delivered(what: str) -> tuple[int, bytes, dict[str, str]] | None:
        for message in phone.messages.values():
            message.state, message.times["Delivered"] = "Delivered", phone.now()
            names.append(message.id)
        return None

    phone.instead = delivered
    assert modem.send(text(LONG)).outcome is Outcome.UNKNOWN
    assert modem.send(text("short")).outcome is Outcome.SENT
    assert names


# -- failures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "outcome", "refusal"),
    [
        (NO_SERVICE, Outcome.NOT_SENT, Refusal.NOT_READY),
        ("Send result: RESULT_ERROR_RADIO_OFF (Failed because ...)", Outcome.NOT_SENT, Refusal.NOT_READY),
        ("Send result: RESULT_ERROR_NULL_PDU (Failed ...)", Outcome.NOT_SENT, Refusal.PERMANENT),
        ("Send result: RESULT_ERROR_FDN_CHECK_FAILURE (x)", Outcome.NOT_SENT, Refusal.PERMANENT),
        ("Send result: RESULT_ERROR_LIMIT_EXCEEDED (x)", Outcome.NOT_SENT, Refusal.LATER),
        ("Send result: RESULT_UNEXPECTED_EVENT_STOP_SENDING (x)", Outcome.NOT_SENT, Refusal.PERSON),
        ("Send result: RESULT_ERROR_GENERIC_FAILURE (x)", Outcome.UNKNOWN, Refusal.NONE),
        ("Send result: RESULT_MODEM_ERROR (x)", Outcome.UNKNOWN, Refusal.NONE),
        ("Send result: RESULT_RIL_NETWORK_ERR (x)", Outcome.UNKNOWN, Refusal.NONE),
        ("Send result: Unknown error code: 4711.", Outcome.UNKNOWN, Refusal.NONE),
        ("sendSMS: Invalid phone number", Outcome.NOT_SENT, Refusal.PERMANENT),
        ("sendSMS: uid 10234 does not have android.permission.SEND_SMS.", Outcome.NOT_SENT, Refusal.PERSON),
        ("sendSMS: database or disk is full (code 13)", Outcome.UNKNOWN, Refusal.NONE),
        ("Can't send message: No SIMs found", Outcome.NOT_SENT, Refusal.PERSON),
        ("Can't send message: null", Outcome.UNKNOWN, Refusal.NONE),
        ("TTL expired", Outcome.NOT_SENT, Refusal.LATER),
        ("", Outcome.UNKNOWN, Refusal.NONE),
        ("\U0001f4a9" * 5000, Outcome.UNKNOWN, Refusal.NONE),
    ],
)
def test_what_a_failure_proves(
    phone: Phone, make: Make, error: str, outcome: Outcome, refusal: Refusal
) -> None:
    phone.plan = ((0.0, "Processed", ""), (0.01, "Failed", error))
    assert held(make().send(text())) == (outcome, refusal)


def test_a_late_loss_of_the_network_proves_nothing() -> None:
    """Android says NO_SERVICE too when an attempt broke because the network went (handleSendComplete)."""
    for seconds, sure in ((0.0, True), (2.9, True), (3.1, False), (40.0, False), (None, False)):
        assert judge(NO_SERVICE, one_part=True, seconds=seconds, unbroken=True).sure is sure


def test_a_failed_part_proves_nothing_of_the_others(phone: Phone, make: Make) -> None:
    phone.plan = ((0.0, "Processed", ""), (0.01, "Failed", NO_SERVICE))
    result = make().send(text(LONG))
    assert held(result)[0] is Outcome.UNKNOWN
    assert "parts" in result.detail


def test_a_failure_by_report_means_that_it_left(phone: Phone, make: Make) -> None:
    modem = make()
    phone.plan = (
        (0.0, "Processed", ""),
        (0.0, "Sent", ""),
        (0.0, "Failed", "Delivery result from SC +491710760000: 70"),
    )
    result = modem.send(text())
    assert result.outcome is Outcome.SENT
    report = wait_for_report(modem)
    assert (report.status, report.reference) == (70, result.references[0])


def test_the_line_tells_why_a_text_could_not_leave(phone: Phone, make: Make) -> None:
    modem = make()
    phone.plans[TO] = ((0.0, "Failed", NO_SERVICE),)
    modem.send(text())
    assert "no network" in modem.status().hint
    modem.send(text(number="+15550124"))
    assert modem.status().hint == ""


# -- what answers is not the app -----------------------------------------------------------------


def answer(path: str, status: int, octets: bytes, **headers: str) -> Callable[[str], object]:
    return lambda what: (status, octets, headers) if what.startswith(path) else None


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"<html>login</html>", 200),
        (b"[" * 100_000, 200),
        (b'{"id": 5, "state": [], "recipients": {}}', 200),
        (b"x" * (5 * 1024 * 1024), 200),
        (b"", 500),
        (b"", 302),
    ],
    ids=["html", "deep", "types", "huge", "failure", "redirect"],
)
def test_a_strange_answer_before_the_text_left(phone: Phone, make: Make, octets: bytes, status: int) -> None:
    modem = make()
    phone.instead = answer("GET /messages/", status, octets, Location="http://127.0.0.1:9/elsewhere")  # type: ignore[assignment]
    result = modem.send(text(), lambda part: pytest.fail("asked though the phone is strange"))
    assert result.outcome is Outcome.NOT_SENT
    assert posts(phone) == 0


def test_a_password_that_was_changed(phone: Phone, make: Make) -> None:
    modem = make()
    phone.password = "other"
    assert held(modem.send(text())) == (Outcome.NOT_SENT, Refusal.PERSON)
    assert posts(phone) == 0


def test_a_redirect_is_not_followed(phone: Phone, make: Make) -> None:
    other = Phone()
    try:
        modem = make()
        phone.instead = answer("POST /messages", 307, b"", Location=f"http://127.0.0.1:{other.port}/messages")  # type: ignore[assignment]
        assert modem.send(text()).outcome is Outcome.NOT_SENT
        assert other.requests == []
    finally:
        other.end()


@pytest.mark.parametrize(
    ("status", "refusal"), [(400, Refusal.PERMANENT), (404, Refusal.LATER), (500, Refusal.LATER)]
)
def test_a_refusal_that_the_phone_confirms(phone: Phone, make: Make, status: int, refusal: Refusal) -> None:
    modem = make()
    phone.instead = answer("POST /messages", status, b'{"message": "no"}')  # type: ignore[assignment]
    assert held(modem.send(text())) == (Outcome.NOT_SENT, refusal)


@pytest.mark.parametrize("status", [400, 500])
def test_a_refusal_after_the_text_was_taken_is_none(phone: Phone, make: Make, status: int) -> None:
    """The app can fail after its table has the text, and then sends it."""
    modem = make()

    def take_and_fail(what: str) -> tuple[int, bytes, dict[str, str]] | None:
        if what != "POST /messages":
            return None
        phone.enqueue(
            {"id": text_id(phone.address, outgoing), "textMessage": {"text": "hello"}, "phoneNumbers": [TO]}
        )
        return status, json.dumps({"message": "deviceId"}).encode(), {}

    outgoing = text()
    phone.instead = take_and_fail
    assert modem.send(outgoing).outcome is Outcome.SENT
    assert radio(phone) == ["hello"]


def test_a_proxy_that_gives_up_proves_nothing(phone: Phone, make: Make) -> None:
    """502 to 504 are a proxy's: behind it the app may still take the text, and here it does."""
    modem, outgoing = make(), text()

    def gateway_timeout(what: str) -> tuple[int, bytes, dict[str, str]] | None:
        if what != "POST /messages":
            return None
        body = {
            "id": text_id(phone.address, outgoing),
            "textMessage": {"text": "hello"},
            "phoneNumbers": [TO],
        }
        threading.Timer(0.1, phone.enqueue, (body,)).start()
        return 504, b"", {}

    phone.instead = gateway_timeout
    assert modem.send(outgoing).outcome is Outcome.SENT


# -- reports -----------------------------------------------------------------------------------


def wait_for_report(modem: android.AndroidModem) -> StatusReport:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for item in modem.poll(0.05):
            assert isinstance(item.message, StatusReport)
            return item.message
    pytest.fail("no report came")


def test_no_report_where_none_is_wanted(phone: Phone, make: Make) -> None:
    modem = make()
    modem.send(text(report=False))
    modem.send(text(report=True))
    assert wait_for_report(modem).delivered
    assert modem.poll(0.2) == []


def test_a_report_that_came_while_the_program_was_closed(phone: Phone, make: Make) -> None:
    phone.plan = ((0.0, "Sent", ""),)
    first = make()
    result = first.send(text())
    first.close()
    (message,) = phone.messages.values()
    message.plan = [(0.0, "Delivered", "")]
    modem = make()
    report = wait_for_report(modem)
    assert (report.delivered, report.reference) == (True, result.references[0])
    modem.poll(0.0)
    modem.open()
    assert modem.poll(0.1) == []  # it was handed up


def test_one_delivered_part_proves_nothing_of_an_unknown_text(phone: Phone, make: Make) -> None:
    phone.plan = STUCK
    modem = make()
    assert modem.send(text(LONG)).outcome is Outcome.UNKNOWN
    (message,) = phone.messages.values()
    message.state, message.times["Delivered"] = "Delivered", phone.now()
    assert modem.poll(0.2) == []
    message.times["Sent"] = phone.now()
    assert wait_for_report(modem).delivered


def test_texts_of_others_on_the_same_phone_give_no_reports(phone: Phone, make: Make) -> None:
    for name in ("PyDmBQZZXYmyxMwED8Fzy", "p2ptext-000000-aaaaaaaaaaaaaaaaaaaaa"):
        phone.enqueue({"id": name, "textMessage": {"text": "not ours"}, "phoneNumbers": [TO]})
    assert make().poll(0.2) == []


def test_a_thousand_watched_texts_do_not_burden_the_phone(phone: Phone, make: Make) -> None:
    phone.plan = ((0.0, "Sent", ""),)
    modem = make(Timing(quickest=0.0, inbox=60.0, reports=60.0))
    modem.poll(0.0)
    session = modem._open_session()
    for number in range(1000):
        session.reports.watch(f"text-{number}", TO, True, True)
    before = len(phone.requests)
    modem.poll(0.0)
    assert len(phone.requests) - before == 20
