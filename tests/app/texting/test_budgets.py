"""Limits of a line: what counts, days and months, at the press, at the claim, and the pace of a minute."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from app.store.tables import click, conversation, line
from app.texting import budgets, sending
from app.texting.budgets import Limits
from app.texting.clicks import Clicked, Refused
from modem.api import Outcome


@pytest.fixture
def zone(monkeypatch):
    """Set this computer's time zone for a test."""

    def choose(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield choose
    monkeypatch.undo()
    time.tzset()


def at(*parts):
    return datetime(*parts, tzinfo=UTC).timestamp()


def limit(world, **limits):
    world.set(line, world.line_id, **limits)


def verdict(world, number="+13125550999", **options):
    with world.store.read() as conn:
        row = conn.execute(sa.select(line).where(line.c.id == world.line_id)).mappings().one()
        found = budgets.limits_of(row)
        return budgets.verdict(conn, world.line_id, row["name"], found, world.clock.now(), number, **options)


def left(world, count, start=0):
    for index in range(start, start + count):
        world.clicked(f"+1312555{200 + index:04d}")
        assert world.send()


# -- days and months --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "now", "begins", "ends"),
    [
        # Chicago: clocks go forward on 8 March 2026 at 2:00, back on 1 November 2026.
        ("America/Chicago", at(2026, 3, 8, 20), at(2026, 3, 8, 6), at(2026, 3, 9, 5)),
        ("America/Chicago", at(2026, 11, 1, 20), at(2026, 11, 1, 5), at(2026, 11, 2, 6)),
        ("Europe/Berlin", at(2026, 3, 29, 12), at(2026, 3, 28, 23), at(2026, 3, 29, 22)),
        # Santiago: on 6 September 2026 midnight does not exist, and the day begins at 1:00; on 5 April
        # clocks go back from midnight, so that the day before has two hours from 23:00.
        ("America/Santiago", at(2026, 4, 5, 2, 59), at(2026, 4, 4, 3), at(2026, 4, 5, 4)),
        ("America/Santiago", at(2026, 9, 6, 12), at(2026, 9, 6, 4), at(2026, 9, 7, 3)),
        ("Asia/Kolkata", at(2026, 5, 5, 20), at(2026, 5, 5, 18, 30), at(2026, 5, 6, 18, 30)),
        ("UTC", at(2026, 5, 5), at(2026, 5, 5), at(2026, 5, 6)),
    ],
)
def test_a_day_is_this_computers_day_also_when_clocks_change(zone, name, now, begins, ends):
    zone(name)
    assert (budgets.day_start(now), budgets.day_end(now)) == (begins, ends)


@pytest.mark.parametrize(
    ("now", "day", "begins", "ends"),
    [
        (at(2026, 5, 5, 12), 1, at(2026, 5, 1), at(2026, 6, 1)),
        (at(2026, 5, 5, 12), 17, at(2026, 4, 17), at(2026, 5, 17)),
        (at(2026, 1, 5, 12), 17, at(2025, 12, 17), at(2026, 1, 17)),
        (at(2026, 12, 20), 17, at(2026, 12, 17), at(2027, 1, 17)),
        (at(2026, 2, 28, 12), 31, at(2026, 2, 28), at(2026, 3, 31)),
        (at(2028, 2, 28, 12), 30, at(2028, 1, 30), at(2028, 2, 29)),
        (at(2026, 3, 1), 31, at(2026, 2, 28), at(2026, 3, 31)),
    ],
)
def test_a_month_begins_on_its_day(zone, now, day, begins, ends):
    zone("UTC")
    assert (budgets.month_start(now, day), budgets.month_end(now, day)) == (begins, ends)


# -- what counts --------------------------------------------------------------------------------------


def test_unknown_texts_count_and_refused_ones_do_not(world):
    world.modem.script.extend([Outcome.SENT, Outcome.UNKNOWN, Outcome.NOT_SENT])
    left(world, 3)
    with world.store.read() as conn:
        used = budgets.usage(conn, world.line_id, world.clock.now())
    assert used == budgets.Usage(2, 2, 2, 2)
    world.clock.advance(61)
    with world.store.read() as conn:
        assert budgets.usage(conn, world.line_id, world.clock.now(), people=False) == budgets.Usage(
            0, 2, 2, None
        )


def test_it_is_counted_from_the_index_alone(world):
    with world.store.read() as conn:
        plans = [
            " ".join(row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values))
            for sql, values in (
                _sql(conn, budgets._COUNT),
                _sql(conn, budgets._PEOPLE),
                _sql(conn, budgets._NTH),
            )
        ]
    assert all("COVERING INDEX ix_message_line_left" in plan for plan in plans), plans


def _sql(conn, prepared):
    prepared._compile(conn)
    return prepared._sql, tuple(1 for _ in prepared._order)


# -- at the press -------------------------------------------------------------------------------------


def test_a_press_beyond_the_day_is_refused_and_the_card_stays(world, people, zone):
    zone("UTC")
    limit(world, per_day=2, name="Office SIM")
    left(world, 2)
    kept = world.queue(people[0])
    refused = world.click(kept)
    assert refused == Refused("Office SIM has sent its 2 for today; it goes on at 00:00.")
    assert (world.row(kept)["state"], world.row(kept)["click_id"]) == ("queued", None)
    world.clock.advance(budgets.day_end(world.clock.now()) - world.clock.now())
    world.clock.advance(15 * 3600)  # and into the hours of texting
    assert isinstance(world.click(kept), Clicked)


def test_clicks_that_wait_count_as_if_they_had_left(world, people, zone):
    zone("UTC")
    limit(world, per_hour=2, name="Office SIM")
    left(world, 1)
    world.clicked(people[0])
    late = world.queue(people[1])
    refused = world.click(late)
    assert refused == Refused(
        "Office SIM has its 2 for this hour: 1 sent, the rest waits to leave; it goes on at 19:00."
    )
    assert world.send()
    world.clock.advance(3601)
    assert isinstance(world.click(late), Clicked)


def test_an_hour_is_the_last_sixty_minutes(world):
    limit(world, per_hour=3)
    left(world, 1)
    world.clock.advance(1800)
    left(world, 2, 1)
    first = world.clock.now() - 1800
    assert verdict(world).until == first + 3600
    assert verdict(world, waiting=1).until == first + 1800 + 3600
    assert verdict(world, waiting=3).until == world.clock.now() + 3600
    world.clock.advance(1801)
    assert verdict(world).allowed
    assert not verdict(world, waiting=1).allowed


def test_a_person_texted_already_this_month_does_not_count_again(world, people, zone):
    zone("UTC")
    limit(world, people_month=2, month_day=16, name="Plan")
    world.clicked(people[0])
    world.send()
    world.clicked(people[1])  # waits
    refused = world.click(world.queue(people[2]))
    assert refused == Refused("Plan has its 2 people of this month; it texts new ones again from 00:00 on.")
    assert isinstance(world.reply(people[0]), Clicked)
    assert isinstance(world.reply(people[1]), Clicked)
    while world.send():
        pass
    assert isinstance(world.reply(people[1], "And more"), Clicked)
    assert verdict(world, people[3]).rule == "people"


def test_a_person_without_a_line_gets_another_one_that_has_something_left(world, people):
    limit(world, per_day=1)
    with world.store.write() as unit:
        other = unit.conn.execute(
            sa.insert(line).values(name="Field", url="fake:2", created_at=0.0, per_day=5)
        ).inserted_primary_key[0]
    left(world, 1)
    clicked = world.click(world.queue(people[0]))
    assert isinstance(clicked, Clicked)
    assert clicked.line_id == other
    # Who has a line keeps it, and waits for it.
    with world.store.write() as unit:
        unit.conn.execute(
            sa.insert(conversation).values(number=people[1], line_id=world.line_id, last_at=0.0)
        )
    refused = world.click(world.queue(people[1]))
    assert isinstance(refused, Refused)
    assert "has sent its 1 for today" in refused.why


# -- at the claim -------------------------------------------------------------------------------------


def test_a_limit_that_was_set_after_the_press_gives_the_text_back(world, people, zone):
    zone("UTC")
    left(world, 1)
    waiting = world.clicked(people[0])
    limit(world, per_day=1, name="Office SIM")
    assert not world.send()
    row = world.row(waiting)
    assert (row["state"], row["reason"], row["claimed_at"]) == (
        "queued",
        "Office SIM has sent its 1 for today; it goes on at 00:00.",
        None,
    )
    assert world.modem.submitted == 1


def test_a_limit_of_a_minute_is_a_pace_and_the_click_stays_the_same(world, people):
    limit(world, per_minute=2)
    ids = [world.clicked(number) for number in people[:3]]
    assert world.send()
    assert world.modem.submitted == 2
    clicked = world.row(ids[2])["click_id"]
    assert not world.send()
    row = world.row(ids[2])
    assert (row["state"], row["click_id"]) == ("clicked", clicked)
    at_last = world.clock.now() + 60
    assert sending.next_at(world.store, world.clock, world.line_id) == at_last
    with world.store.read() as conn:
        held = budgets.hold(conn, world.line_id, "Line", Limits(2), world.clock.now(), 1)
    assert held == f"2 a minute: next at {datetime.fromtimestamp(at_last).astimezone():%H:%M:%S}."
    world.clock.advance(59.9)
    assert not world.send()
    world.clock.advance(0.2)
    assert world.send()
    assert world.row(ids[2])["state"] == "sent"
    assert world.one(sa.select(click).where(click.c.id == clicked))["voided_at"] is None


def test_a_clock_that_was_set_back_holds_no_longer_than_the_window(world):
    limit(world, per_minute=1, per_hour=1)
    left(world, 1)
    world.clock.jump(-7200)
    with world.store.read() as conn:
        until = budgets.pace(conn, world.line_id, Limits(per_minute=1), world.clock.now())
    assert until == world.clock.now() + 60
    assert verdict(world).until == world.clock.now() + 3600


def test_no_limit_asks_nothing(world, people, monkeypatch):
    monkeypatch.setattr(budgets, "verdict", None)  # a call would fail
    monkeypatch.setattr(budgets, "pace", None)
    world.clicked(people[0])
    assert world.send()


# -- the lines of a campaign ----------------------------------------------------------------------------


def test_a_campaign_leaves_by_its_lines(world, people):
    with world.store.write() as unit:
        field = unit.conn.execute(
            sa.insert(line).values(name="Field", url="fake:2", created_at=0.0)
        ).inserted_primary_key[0]
    assert budgets.lines_of(world.store, world.campaign_id) == ()
    budgets.set_lines(world.store, world.campaign_id, [field, 999])
    assert budgets.lines_of(world.store, world.campaign_id) == (field,)
    assert {world.click(world.queue(number)).line_id for number in people[:3]} == {field}
    # A reply belongs to no campaign; a person keeps their line even where the campaign has others.
    assert world.reply(people[3]).line_id == world.line_id
    with world.store.write() as unit:
        unit.conn.execute(
            sa.insert(conversation).values(number=people[4], line_id=world.line_id, last_at=0.0)
        )
    assert world.click(world.queue(people[4])).line_id == world.line_id
    world.set(line, field, enabled=False)
    late = world.queue(people[5])
    refused = world.click(late)
    assert isinstance(refused, Refused)
    assert "chosen for this campaign" in refused.why
    budgets.set_lines(world.store, world.campaign_id, [])
    assert world.click(late).line_id == world.line_id


def test_where_there_is_a_real_line_the_practice_line_takes_what_it_was_chosen_for(world, people):
    world.set(line, world.line_id, practice=True)
    tried = world.queue(people[0])
    assert world.click(tried).line_id == world.line_id, "alone it is the line"
    assert world.send()
    with world.store.write() as unit:
        office = unit.conn.execute(
            sa.insert(line).values(name="Office", url="fake:2", created_at=0.0)
        ).inserted_primary_key[0]
        unit.conn.execute(
            sa.insert(conversation).values(number=people[3], line_id=world.line_id, last_at=0.0)
        )
    assert {world.click(world.queue(number)).line_id for number in people[1:3]} == {office}
    assert world.click(world.queue(people[3])).line_id == office, "also for who was practised with"
    assert world.reply(people[0]).line_id == world.line_id, "a reply goes where they wrote"
    world.set(line, office, paused=True)
    assert world.click(world.queue(people[4])).line_id == office
    budgets.set_lines(world.store, world.campaign_id, [world.line_id])
    assert world.click(world.queue(people[5])).line_id == world.line_id


def test_a_paused_line_is_chosen_last(world, people):
    world.set(line, world.line_id, paused=True)
    with world.store.write() as unit:
        field = unit.conn.execute(
            sa.insert(line).values(name="Field", url="fake:2", created_at=0.0)
        ).inserted_primary_key[0]
    for number in people[:3]:
        assert world.click(world.queue(number)).line_id == field


# -- figures ----------------------------------------------------------------------------------------------


def test_limits_in_words_and_what_is_no_limit():
    assert Limits().words == "no limit set"
    assert Limits(20, 0, 1400, 100).words == "20 a minute, 1,400 a day, 100 people a month"
    assert budgets.check(Limits(per_day=-1)).startswith("A limit is")
    assert budgets.check(Limits(month_day=32)).startswith("A month")
    assert budgets.check(Limits(1, 2, 3, 4, 31)) == ""


def test_what_is_left_today(world):
    limit(world, per_day=5)
    left(world, 2)
    (found,) = budgets.lines_left(world.store, world.clock.now())
    assert (found.sent_today, found.left_today, found.name) == (2, 3, "Line")
    limit(world, per_day=0)
    assert budgets.lines_left(world.store, world.clock.now())[0].left_today is None
