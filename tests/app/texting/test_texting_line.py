"""The line's thread: what is on the SIM first, then one text after another, and never deaf without a word."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from app.people import optouts
from app.store.events import LineChanged
from app.store.tables import line, message
from app.texting import budgets, recovery, sending
from app.texting import line as line_module
from app.texting.line import LineThread
from app.texting.lines import LineManager
from app.texting.views import Live, bars, words
from app.workspace import Workspace
from modem.api import LineState, Outcome, Status, TraceLine
from modem.errors import AnswerTimeoutError, CommandError, NotReadyError, PortError

QUICK = (0.01,)


def until(condition, seconds=10.0):
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


class Clock(SystemClock):
    """Runs as the computer's does, from a noon on which people may be texted."""

    def __init__(self, world):
        self._world, self._start = world, time.monotonic()

    def now(self):
        return self._world.clock.now() + time.monotonic() - self._start


@pytest.fixture
def running(world):
    """Starts lines on the world's modem, and stops them."""
    started = []

    def open_modem(url, hooks):
        world.modem.hooks = hooks
        return world.modem

    def start(**options):
        workspace = Workspace(world.folder, world.store, clock=Clock(world))
        manager = LineManager(workspace, options.pop("open_modem", open_modem), backoff=QUICK)
        started.append(manager)
        manager.start_all()
        return manager

    yield start
    for manager in started:
        assert manager.stop_all(10)


def state(manager, world):
    return manager.view(world.line_id).state


def test_a_click_wakes_the_line_and_the_text_leaves(world, running):
    manager = running()
    until(lambda: state(manager, world) == "ready")
    message_id = world.clicked()
    until(lambda: world.row(message_id)["state"] == "sent")
    view = manager.view(world.line_id)
    assert (view.state_text, view.action_text, view.bars, view.sent_today, view.waiting) == (
        "Ready",
        "",
        4,
        1,
        0,
    )
    assert (view.model, view.imei, view.iccid) == ("Fake", "356938035643809", "8901")
    assert manager.states() == manager.views()
    assert manager.view(999) is None
    assert LineChanged(world.line_id) in world.events


def test_the_sim_is_emptied_before_the_first_text_leaves(world, running, people):
    world.modem.put(world.pdu(people[0], "STOP"))
    world.modem.put(world.pdu(people[1], "Hi"))
    world.modem.arrived.clear()
    first, second = world.clicked(people[0]), world.clicked(people[1])
    running()
    until(lambda: world.row(second)["state"] == "sent")
    assert world.row(first)["state"] == "blocked"
    assert world.modem.log.index("sweep") < world.modem.log.index(f"send {people[1]}")
    assert world.modem.sim == {}
    assert [number for number, _, _ in world.modem.accepted] == [people[1]]


def test_what_arrives_between_two_texts_counts(world, running, people):
    ids = [world.clicked(number) for number in people[:5]]
    world.modem.script.append(lambda: world.modem.put(world.pdu(people[3], "stop")) and Outcome.SENT)
    running()
    until(lambda: world.row(ids[4])["state"] == "sent")
    assert [world.row(key)["state"] for key in ids] == ["sent", "sent", "sent", "blocked", "sent"]


def test_a_message_is_deleted_after_it_is_stored(world, running, people):
    manager = running()
    until(lambda: state(manager, world) == "ready")
    world.modem.put(world.pdu(people[0], "Hello"))
    until(lambda: world.modem.deleted)
    until(lambda: world.parts()[0]["deleted_at"] is not None)
    assert len(world.inbound()) == 1


@pytest.mark.parametrize(
    "failure", [False, CommandError("AT+CMGD=1", "CMS", 500), AnswerTimeoutError("The modem did not answer.")]
)
def test_a_delete_that_fails_is_tried_once_a_sweep(world, running, people, failure):
    world.modem.delete_answers.append(failure)
    world.modem.put(world.pdu(people[0], "Hello"))
    world.modem.arrived.clear()
    manager = running()
    until(lambda: state(manager, world) == "ready")
    assert world.parts()[0]["deleted_at"] is None
    assert len(world.modem.sim) == 1
    manager._threads[world.line_id]._sweep_due = 0.0
    manager.wake(world.line_id)
    until(lambda: not world.modem.sim)
    assert len(world.inbound()) == 1


def test_nothing_is_sent_before_the_sim_was_read(world, running):
    world.modem.sweeps.extend([AnswerTimeoutError("late"), CommandError("AT+CMGL=4")])
    message_id = world.clicked()
    manager = running()
    until(lambda: state(manager, world) == "ready")
    assert "could not be read yet" in manager.view(world.line_id).detail
    thread = manager._threads[world.line_id]
    for times in (2, 3):
        assert world.row(message_id)["state"] == "clicked"
        thread._sweep_due = 0.0
        manager.wake(world.line_id)
        until(lambda count=times: world.modem.log.count("sweep") >= count)
    until(lambda: world.row(message_id)["state"] == "sent")
    thread._status_due = 0.0
    manager.wake(world.line_id)
    until(lambda: manager.view(world.line_id).detail == "")


def test_a_port_that_goes_away_is_opened_again(world, running):
    manager = running()
    until(lambda: state(manager, world) == "ready")
    seen = []
    world.store.subscribe(lambda event: seen.append(state(manager, world)))
    world.modem.polls.append(PortError("The modem was unplugged."))
    manager.wake(world.line_id)
    until(lambda: "offline" in seen and seen[-1] == "ready")
    assert world.modem.log.count("open") == 2
    message_id = world.clicked()
    until(lambda: world.row(message_id)["state"] == "sent")


def test_an_unexpected_error_is_shown_and_the_line_goes_on(world, running, caplog):
    shown = []
    manager = running()
    until(lambda: state(manager, world) == "ready")
    world.store.subscribe(lambda event: shown.append(manager.view(world.line_id)))
    world.modem.polls.append(ZeroDivisionError("about +13125550123"))
    manager.wake(world.line_id)
    until(lambda: shown and shown[-1].state == "ready")
    failed = next(view for view in shown if view.state == "failed")
    assert failed.detail == "about +•••123 The line tries again by itself."
    assert "stopped on an error" in caplog.text


def test_a_text_that_was_under_way_when_the_thread_failed_is_unknown(world, running):
    world.modem.script.append(ZeroDivisionError())
    message_id = world.clicked()
    manager = running()
    until(lambda: world.row(message_id)["state"] == "unknown")
    until(lambda: state(manager, world) == "ready" and world.modem.log.count("open") == 2)


def test_a_database_that_takes_nothing_stops_the_line_with_words(world, running, people, monkeypatch, caplog):
    manager = running()
    until(lambda: state(manager, world) == "ready")
    real = world.store.write_vital

    def full(work):
        raise sa.exc.OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(world.store, "write_vital", full)
    world.modem.put(world.pdu(people[0], "Important"))
    until(lambda: state(manager, world) == "failed")
    assert "still on the SIM" in manager.view(world.line_id).detail
    assert world.modem.sim
    monkeypatch.setattr(world.store, "write_vital", real)
    until(lambda: state(manager, world) == "ready")
    until(lambda: world.inbound())
    assert len(world.inbound()) == 1


def test_a_pin_is_asked_for_and_used_once(world, running):
    world.modem.locked_with = "1234"
    manager = running()
    until(lambda: state(manager, world) == "needs_pin")
    assert manager.view(world.line_id).action_text == "Enter the PIN"
    manager.retry(world.line_id, "9999")
    until(lambda: "9999" in world.modem.pins and state(manager, world) == "needs_pin")
    manager.retry(999)
    manager.retry(world.line_id, "1234")
    until(lambda: state(manager, world) == "ready")
    assert [pin for pin in world.modem.pins if pin] == ["9999", "1234"]


def test_a_locked_sim_waits_for_a_person(world, running):
    world.modem.opens.append(NotReadyError("The SIM is locked.", LineState.NEEDS_PUK))
    manager = running()
    until(lambda: state(manager, world) == "needs_puk")
    assert manager.view(world.line_id).action_text == "Put it into a phone and enter the PUK there"
    manager.retry(world.line_id)
    until(lambda: state(manager, world) == "ready")


def test_another_sim_stops_the_line_and_asks(world, running):
    world.set(line, world.line_id, iccid="8900")
    message_id = world.clicked()
    manager = running()
    until(lambda: state(manager, world) == "failed")
    view = manager.view(world.line_id)
    assert (view.action_text, view.detail.startswith("Another SIM")) == ("Use this SIM", True)
    assert "sweep" not in world.modem.log
    manager.use_this_sim(world.line_id)
    until(lambda: world.row(message_id)["state"] == "sent")
    assert world.one(sa.select(line))["iccid"] == "8901"


def test_a_line_that_is_not_ready_receives_and_does_not_send(world, running, people):
    world.modem.state = Status(LineState.SEARCHING, "The modem is looking for its network.")
    manager = running()
    until(lambda: state(manager, world) == "searching")
    message_id = world.clicked()
    world.modem.put(world.pdu(people[0], "Hi"))
    until(lambda: world.inbound())
    assert world.row(message_id)["state"] == "clicked"
    world.modem.state = Status(LineState.READY)
    manager._threads[world.line_id]._status_due = 0.0
    manager.wake(world.line_id)
    until(lambda: world.row(message_id)["state"] == "sent")


def test_pause_holds_and_resume_sends(world, running):
    manager = running()
    until(lambda: state(manager, world) == "ready")
    manager.pause(world.line_id)
    message_id = world.clicked()
    view = manager.view(world.line_id)
    assert (view.state_text, view.action_text, view.waiting) == ("Paused", "Resume", 1)
    assert world.row(message_id)["state"] == "clicked"
    manager.resume(world.line_id)
    until(lambda: world.row(message_id)["state"] == "sent")


def test_lines_are_added_renamed_and_taken_out(world, running, new_modem):
    modems = {"fake:1": world.modem}

    def open_modem(url, hooks):
        return modems.setdefault(url, new_modem())

    manager = running(open_modem=open_modem)
    other = manager.add(" fake:2 ")
    until(lambda: manager.view(other).state == "ready")
    assert manager.view(other).name == "fake:2"
    manager.rename(other, "Blue stick")
    manager.rename(world.line_id, " ")
    assert [view.name for view in manager.views()] == ["Line", "Blue stick"]
    manager.pause(other)
    clicked = world.queue()
    world.click(clicked, line_id=other)
    manager.remove(other)
    assert world.row(clicked)["state"] == "queued"
    assert not modems["fake:2"].is_open
    assert [view.id for view in manager.views()] == [world.line_id]
    assert manager.add("fake:2") == other
    practice = manager.add("practice:", "Practice line", practice=True)
    assert manager.view(practice).practice
    manager.remove(999)


def test_lines_are_shown_before_they_run(world):
    manager = LineManager(Workspace(world.folder, world.store, clock=world.clock), lambda *_: world.modem)
    assert [(view.state, view.state_text) for view in manager.views()] == [("off", "Not running")]
    manager.add("fake:9")
    manager.wake(world.line_id)
    assert world.modem.log == []
    assert manager.stop_all()


def test_stopping_waits_for_the_network_and_says_when_it_is_late(world, running):
    answers = []

    def slow():
        until(lambda: answers)
        return Outcome.SENT

    world.modem.script.append(slow)
    message_id = world.clicked()
    manager = running()
    until(lambda: world.modem.asked)
    thread = manager._threads[world.line_id]
    assert not manager.stop_all(0.01)
    answers.append(1)
    assert thread.join(10)
    assert world.row(message_id)["state"] == "sent"
    assert thread.live.state == "off"


def test_a_stopped_line_sends_nothing_more(world, running, people):
    thread = LineThread(world.store, world.clock, world.line_id, lambda *_: world.modem, country=lambda: "US")
    world.modem.script.append(lambda: thread.stop() or Outcome.SENT)
    one, two = world.clicked(people[0]), world.clicked(people[1])
    thread.start()
    assert thread.join(10)
    assert (world.row(one)["state"], world.row(two)["state"]) == ("sent", "clicked")
    assert not thread.is_this_thread


def test_a_modem_that_cannot_be_woken_is_polled_shortly(world):
    class Deaf:
        def __init__(self, inner):
            self.inner, self.capabilities, self.timeouts = inner, inner.capabilities, []

        def __getattr__(self, name):
            if name == "wake":
                raise AttributeError(name)
            return getattr(self.inner, name)

        def poll(self, timeout):
            self.timeouts.append(timeout)
            return self.inner.poll(0.0)

    modem = Deaf(world.modem)
    thread = LineThread(world.store, world.clock, world.line_id, lambda *_: modem, country=lambda: "US")
    thread.start()
    thread.wake()
    message_id = world.clicked()
    until(lambda: world.row(message_id)["state"] == "sent")
    thread.stop()
    assert thread.join(10)
    assert max(modem.timeouts) == line_module.SHORT_POLL_SECONDS


def test_the_trace_can_be_watched(world):
    thread = LineThread(world.store, world.clock, world.line_id, lambda *_: world.modem, country=lambda: "US")
    thread._trace(TraceLine(0.0, ">", "AT"))
    seen = []
    thread.on_trace = seen.append
    thread._trace(TraceLine(0.0, ">", "AT"))
    assert [item.text for item in seen] == ["AT"]


def test_waits_grow_between_attempts(world):
    thread = LineThread(world.store, world.clock, world.line_id, lambda *_: world.modem, country=lambda: "US")
    assert [thread._wait() for _ in range(7)] == [1.0, 2.0, 5.0, 10.0, 30.0, 30.0, 30.0]


def test_the_sim_is_known_by_what_the_modem_tells(world):
    thread = LineThread(world.store, world.clock, world.line_id, lambda *_: world.modem, country=lambda: "US")
    identity = world.modem.identity
    thread._meet(type(identity)(number="+13125550199"))
    row = world.one(sa.select(line))
    assert (row["iccid"], row["imei"], row["number"]) == ("8901", "", "+13125550199")
    world.set(line, world.line_id, iccid="")
    thread._meet(type(identity)(imsi="00101"))
    assert world.one(sa.select(line))["iccid"] == "00101"


# -- words and figures ----------------------------------------------------------------------------


def test_signal_bars():
    assert [bars(dbm) for dbm in (None, -113, -107, -97, -87, -77, -51)] == [0, 0, 1, 2, 3, 4, 4]


def test_every_state_has_plain_words():
    for each in LineState:
        text, _ = words(Live(state=each.value), paused=False)
        assert text
        assert text != each.value
    assert words(Live(state="odd"), paused=False) == ("odd", "")
    full = Live(state="ready", storage_used=16, storage_total=20)
    assert words(full, paused=False)[0] == "Ready, but its SIM is almost full (16 of 20)"
    full = Live(state="ready", storage_used=20, storage_total=20, hint="The SIM is full. Remove some.")
    assert words(full, paused=False) == ("Ready, but its SIM is full (20 of 20)", "")


def test_sent_today_counts_this_line_since_midnight(world, people):
    for number in people[:4]:
        world.clicked(number)
        world.send()
    world.clock.advance(86400)
    since = world.clock.now()
    for number in people[4:12]:
        world.clicked(number)
        world.send()
    world.modem.script.extend([Outcome.UNKNOWN, Outcome.NOT_SENT])
    for number in people[12:14]:
        world.clicked(number)
        world.send()
    with world.store.read() as conn:
        assert budgets.left_since(conn, world.line_id, since) == 9
        assert budgets.left_since(conn, 999, since) == 0
        assert budgets.left_since(conn, world.line_id, since + 86400) == 0


def test_a_start_leaves_nothing_under_way(world, running, people):
    world.clicked(people[0])
    sending.claim(world.store, world.clock, world.line_id)
    world.clicked(people[1])
    recovery.recover(world.store, world.clock)
    manager = running()
    until(lambda: state(manager, world) == "ready")
    assert world.modem.submitted == 0
    assert {row["state"] for row in world.rows(sa.select(message))} == {"unknown", "queued"}
    with world.store.read() as conn:
        assert not optouts.active(conn, people[0])
