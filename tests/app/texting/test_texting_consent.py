"""A consent that ended, or was taken back, after a text was prepared or even pressed: nothing leaves."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.campaigns import gate
from app.people import contacts, optouts
from app.store.tables import contact, message

DAY = 86_400.0


@pytest.fixture
def person(world, people):
    """The number of somebody in a running campaign who agreed until tomorrow."""
    contacts.add(world.store, world.clock, people[0], "Maria", consent_source="paper form")
    change(world, people[0], consent_until=world.clock.now() + DAY)
    return people[0]


def change(world, number, **changes):
    with world.store.read() as conn:
        key = conn.execute(sa.select(contact.c.id).where(contact.c.number == number)).scalar_one()
    contacts.save(world.store, world.clock, key, changes)


def first(world, number, occasion=""):
    """A text of a campaign, prepared for that number."""
    return world.queue(number, occasion=occasion)


def verdicts(world, message_id):
    """What one question and the question about many say; they must be the same."""
    with world.store.read() as conn:
        row = conn.execute(sa.select(message).where(message.c.id == message_id)).mappings().one()
        one = gate.check(conn, world.clock.now(), row)
        assert gate.check_many(conn, world.clock.now(), [row, row]) == [one, one]
    return one


def test_a_consent_that_ended_holds_a_campaign_s_text_and_no_answer(world, person):
    message_id, answer = first(world, person), world.queue(person, kind="reply", campaign_id=None)
    assert verdicts(world, message_id).verdict == "go"
    world.clock.jump(DAY)
    held = verdicts(world, message_id)
    assert (held.verdict, held.rule) == ("hold", "consent")
    assert held.why.startswith("Their consent ended on ")
    assert "Note a new one on their page" in held.why
    assert verdicts(world, answer).rule != "consent"
    change(world, person, consent_until=world.clock.now() + DAY)
    assert verdicts(world, message_id).verdict == "go"


def test_a_consent_that_was_taken_back_without_an_opt_out_holds_too(world, person):
    message_id = first(world, person)
    nothing = {"consent_source": "", "consent_until": None}
    change(world, person, **nothing)
    held = verdicts(world, message_id)
    assert (held.verdict, held.rule) == ("hold", "consent")
    assert held.why.startswith("They took their consent back on ")
    with world.store.write() as unit:
        optouts.opt_out(unit, world.clock, person, source="sms", evidence="STOP")
        optouts.lift(unit, world.clock, person, source="sms", reason="START")
    again = first(world, person, "2026-05-12")
    assert verdicts(world, again).verdict == "go"  # START is a new consent


def test_nobody_s_consent_is_guessed(world, people):
    assert verdicts(world, first(world, people[1])).verdict == "go"  # none on record is a warning, no hold


@pytest.mark.parametrize("how", ["ended", "taken back"])
def test_after_the_press_the_claim_asks_again(world, person, how):
    message_id = first(world, person)
    world.click(message_id)
    if how == "ended":
        world.clock.advance(DAY)
    else:
        change(world, person, consent_source="", consent_until=None)
    world.send()
    assert world.modem.accepted == []
    row = world.row(message_id)
    assert row["state"] == "queued"
    assert row["click_id"] is None  # a new press is needed
