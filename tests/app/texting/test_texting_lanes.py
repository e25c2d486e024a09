"""The order in which a line takes its clicks, and the grace in which it leaves one alone."""

from __future__ import annotations

import pytest

from app.people import optouts
from app.store.tables import campaign, line
from app.texting import clicks, sending
from app.texting.clicks import Clicked


def accepted(world, number, **options):
    message_id = world.queue(number)
    assert isinstance(world.click(message_id, **options), Clicked)
    return message_id


def drained(world):
    while world.send():
        pass
    return [number for number, _, _ in world.modem.accepted]


def test_urgent_goes_first_then_replies_then_the_rest(world, people):
    with world.store.write() as unit:
        urgent = unit.conn.execute(
            campaign.insert().values(name="Storm", state="running", created_at=0.0, urgent=True)
        ).inserted_primary_key[0]
    accepted(world, people[0])
    accepted(world, people[1])
    assert isinstance(world.reply(people[2]), Clicked)
    late = world.queue(people[3], campaign_id=urgent)
    world.click(late)
    accepted(world, people[4])
    assert [world.row(key)["lane"] for key in (1, 2, 3, late)] == [2, 2, 1, 0]
    assert drained(world) == [people[3], people[2], people[0], people[1], people[4]]


def test_a_hundred_that_wait_need_no_sorting(world):
    with world.store.read() as conn:
        sending._OLDEST._compile(conn)
        values = tuple(1 for _ in sending._OLDEST._order)
        plan = " ".join(
            row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sending._OLDEST._sql}", values)
        )
    assert "ix_message_line_click" in plan
    assert "TEMP B-TREE" not in plan


def test_a_click_is_left_alone_during_its_grace(world, people):
    kept = accepted(world, people[0], grace=5.0)
    assert world.row(kept)["not_before"] == world.clock.now() + 5
    assert not world.send()
    assert not world.send(called=True)
    assert sending.next_at(world.store, world.clock, world.line_id) == world.clock.now() + 5
    second = accepted(world, people[1])
    assert drained(world) == [people[1]]
    world.clock.advance(5)
    assert drained(world) == [people[1], people[0]]
    assert [world.row(key)["state"] for key in (kept, second)] == ["sent", "sent"]


def test_it_can_be_taken_back_in_its_grace(world, people):
    kept = accepted(world, people[0], grace=5.0)
    world.clock.advance(4.9)
    assert clicks.take_back(world.store, world.clock, kept)
    row = world.row(kept)
    assert (row["state"], row["not_before"]) == ("queued", None)
    world.clock.advance(60)
    assert drained(world) == []


def test_stop_and_pause_work_in_the_grace(world, people):
    first = accepted(world, people[0], grace=5.0)
    second = accepted(world, people[1], grace=5.0)
    with world.store.write() as unit:
        optouts.opt_out(unit, world.clock, people[0], source="operator", operator="Ana")
    world.set(line, world.line_id, paused=True)
    world.clock.advance(6)
    assert drained(world) == []
    assert sending.next_at(world.store, world.clock, world.line_id) is None
    world.set(line, world.line_id, paused=False)
    assert drained(world) == [people[1]]
    assert [world.row(key)["state"] for key in (first, second)] == ["blocked", "sent"]


def test_replies_and_second_sends_have_a_grace_too(world, people):
    press = world.press()
    replied = clicks.compose(
        world.store, world.clock, people[0], "Yes", press=press, operator="Ana", grace=3.0
    )
    assert not world.send()
    world.clock.advance(3)
    assert world.send()
    world.set(clicks.message, replied.message_id, state="unknown")
    again = clicks.send_again(
        world.store, world.clock, replied.message_id, press=world.press(), operator="Ana", grace=3.0
    )
    assert isinstance(again, Clicked)
    assert not world.send()
    world.clock.advance(3)
    assert world.send()


@pytest.mark.parametrize("grace", [1e9, 61.0])
def test_a_grace_is_a_minute_at_most(world, people, grace):
    kept = accepted(world, people[0], grace=grace)
    assert world.row(kept)["not_before"] == world.clock.now() + 60


def test_a_clock_that_was_set_back_does_not_make_it_hours(world, people):
    accepted(world, people[0], grace=5.0)
    world.clock.jump(-3600)
    assert drained(world) == [people[0]]
