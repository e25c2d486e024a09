"""A phone's line, whole: what is stored, settled and proven when texts come and go without PDUs."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from app.people import optouts
from app.store.tables import message
from app.texting.lines import LineManager
from app.workspace import Workspace
from modem.backends.android import backend as android
from modem.backends.android.http import Timing

sys.path.insert(0, str(Path(__file__).parents[2] / "modem" / "backends"))
from gateway_stub import PASSWORD, USER, Phone

QUICK = Timing(send=0.4, settle=0.1, quickest=0.01, pause=0.05, inbox=0.02, reports=0.02)


def until(condition, seconds=10.0):
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


class Clock(SystemClock):
    """Runs as the computer's does, from a noon on which people may be texted."""

    def __init__(self, world):
        self.skew = world.clock.now() - time.time()

    def now(self):
        return time.time() + self.skew


@pytest.fixture
def phone(world):
    made = Phone()
    made.skew = timedelta(seconds=Clock(world).skew)
    yield made
    made.end()


@pytest.fixture
def running(world, phone):
    """Starts the world's line on the phone, and stops it."""
    started = []
    clock = Clock(world)

    def open_modem(url, hooks):
        return android.make(
            phone.address,
            hooks,
            lambda name: f"{USER}:{PASSWORD}",
            QUICK,
            lambda: datetime.fromtimestamp(clock.now(), UTC),
        )

    def start():
        manager = LineManager(Workspace(world.folder, world.store, clock=clock), open_modem, backoff=(0.01,))
        started.append(manager)
        manager.start_all()
        until(lambda: manager.view(world.line_id).state == "ready")
        return manager

    yield start
    for manager in started:
        assert manager.stop_all(10)


def sweeps(manager, world, count=2):
    """Let the line look through the phone's inbox some more times."""
    thread = manager._threads[world.line_id]
    for _ in range(count):
        before = thread._sweep_due
        thread._sweep_due = 0.0
        thread.wake()
        until(lambda: thread._sweep_due > before)  # noqa: B023 -- read at once


def test_a_text_goes_out_and_its_report_comes_back(world, phone, running):
    running()
    message_id = world.clicked()
    until(lambda: world.row(message_id)["delivery"] == "delivered")
    row = world.row(message_id)
    assert (row["state"], row["parts"], row["parts_sent"]) == ("sent", 1, 1)
    assert [sent["text"] for sent in phone.sent] == ["Hello"]


def test_a_long_text_is_sent_whole(world, phone, running):
    running()
    message_id = world.clicked(text="A long one. " * 40)
    until(lambda: world.row(message_id)["delivery"] == "delivered")
    assert world.row(message_id)["state"] == "sent"


def test_what_the_phone_keeps_is_stored_once(world, phone, running, people):
    phone.deliver(people[0], "STOP")
    manager = running()
    phone.deliver(people[1], "Hi \U0001f600")
    phone.deliver("Bank", "5" * 30)
    phone.deliver(people[2], "MMS notification", "MMS")
    until(lambda: len(world.inbound()) == 4)
    sweeps(manager, world)
    assert sorted(row["kind"] for row in world.inbound()) == ["system", "text", "text", "text"]
    rows = world.rows(
        sa.select(message.c.text).where(message.c.direction == "in").order_by(message.c.sent_at)
    )
    *texts, picture = [row["text"] for row in rows]
    assert texts == ["STOP", "Hi \U0001f600", "5" * 30]
    assert picture.startswith("Picture message (MMS)")
    with world.store.read() as conn:
        assert optouts.active(conn, people[0])


def test_what_the_phone_keeps_is_known_after_a_restart(world, phone, running, people):
    phone.deliver(people[1], "Hi")
    assert running().stop_all(10)
    manager = running()
    sweeps(manager, world)
    assert [row["kind"] for row in world.inbound()] == ["text"]


def test_an_unknown_text_is_proven_by_the_phone(world, phone, running):
    manager = running()
    phone.plan = ((0.0, "Processed", ""),)
    message_id = world.clicked()
    until(lambda: world.row(message_id)["state"] == "unknown")
    assert manager.stop_all(10)
    (told,) = phone.messages.values()
    told.plan = [(0.0, "Sent", "")]
    running()
    until(lambda: world.row(message_id)["state"] == "sent")
    assert world.row(message_id)["resolution"] == "report"
    assert len(phone.sent) == 1


def test_a_phone_without_network_holds_the_line(world, phone, running):
    """The text goes back to the desk, and nothing is pressed for anybody."""
    error = "Send result: RESULT_ERROR_NO_SERVICE (Failed because service is currently unavailable)"
    phone.plan = ((0.0, "Failed", error),)
    running()
    message_id = world.clicked()
    until(lambda: world.row(message_id)["state"] not in ("clicked", "sending"))
    row = world.row(message_id)
    assert (row["state"], row["click_id"]) == ("queued", None)
    assert row["reason"] == "The phone has no network at the moment."
    assert len(phone.bodies) == 1
    assert phone.sent == []
