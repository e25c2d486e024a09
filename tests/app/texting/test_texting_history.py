"""A line's last day: when rows are written, when they go, and what they say."""

from __future__ import annotations

import dataclasses

import pytest
import sqlalchemy as sa

from app.store.tables import line_history
from app.texting import history
from app.texting.history import History, HistoryRow
from app.texting.views import Live

NOW = 1_800_036_000.0
READY = Live(state="ready", operator="T-Mobile", technology="LTE", signal_dbm=-71)


@pytest.fixture
def book(world):
    return History(world.store, world.clock, world.line_id)


def written(world):
    return world.rows(sa.select(line_history).order_by(line_history.c.id))


def test_a_row_when_something_changes_and_every_five_minutes(world, book):
    book.note(READY)
    book.note(dataclasses.replace(READY, signal_dbm=-72))  # the same bars
    world.clock.advance(10)
    book.note(dataclasses.replace(READY, signal_dbm=-100))
    book.note(READY.failed("offline", "gone"))
    assert [(row["state"], row["signal_dbm"]) for row in written(world)] == [
        ("ready", -71),
        ("ready", -100),
        ("offline", None),
    ]
    world.clock.advance(299)
    book.note(READY.failed("offline", "gone"))
    assert len(written(world)) == 3
    world.clock.advance(2)
    book.note(READY.failed("offline", "gone"))
    assert len(written(world)) == 4


def test_a_day_is_kept_and_no_more(world, book):
    for _ in range(28):
        book.note(READY)
        world.clock.advance(3600)
    assert len(written(world)) == 27
    with world.store.read() as conn:
        found = history.day(conn, world.line_id, world.clock.now())
        assert history.day(conn, 999, world.clock.now()) == ()
    assert 24 <= len(found) <= 26
    assert [row.at for row in found] == sorted(row.at for row in found)


def test_a_full_disk_does_not_stop_the_line(world, book, monkeypatch, caplog):
    def full():
        raise sa.exc.OperationalError("INSERT", {}, Exception("disk is full"))

    monkeypatch.setattr(world.store, "write", full)
    book.note(READY)
    assert "history could not be written" in caplog.text


def at(minutes_ago, state, dbm=-71):
    return HistoryRow(NOW - minutes_ago * 60, state, dbm)


def test_the_strip_shows_the_worst_of_each_quarter_of_an_hour():
    rows = [at(m, "ready", -71 if m > 20 else -105) for m in range(60, 0, -5)] + [at(3, "offline", None)]
    last = history.slots(rows, NOW)[-4:]
    assert [(slot.kind, slot.bars) for slot in last] == [
        ("ready", 4),
        ("ready", 4),
        ("ready", 1),
        ("offline", 1),
    ]
    assert history.slots((), NOW)[0].kind == ""
    assert len(history.slots((), NOW)) == history.SLOTS


def test_a_program_that_did_not_run_leaves_a_gap():
    rows = [at(600, "ready"), at(30, "ready"), at(20, "off")]
    kinds = [slot.kind for slot in history.slots(rows, NOW)]
    assert kinds.count("ready") <= 3
    assert kinds[-1] == ""
    assert "ready for 21 min" in history.words(rows, NOW)


def test_the_day_in_words():
    rows = [at(m, "ready", -71) for m in range(180, 60, -5)]
    rows += [at(m, "searching", None) for m in range(60, 30, -5)]
    rows += [at(m, "offline", None) for m in range(30, 0, -5)]
    assert history.words(rows, NOW) == (
        "In the last 24 hours: ready for 2 h, waiting for 30 min, not usable for 30 min. Signal -71 dBm."
    )
    assert history.words((), NOW) == "Nothing is known of the last 24 hours yet."
    assert [row.state for row in history.changes(rows, NOW)] == ["offline", "searching", "ready"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "less than a minute"), (61, "1 min"), (3600, "1 h"), (79_800, "22 h 10 min")],
)
def test_durations(seconds, words):
    assert history.duration(seconds) == words
