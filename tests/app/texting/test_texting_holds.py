"""What may be an opt-out freezes its number in the write that stores it, until a person has decided."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.campaigns import gate
from app.people import holds, optouts
from app.store.tables import conversation, hold, judgement, opt_out
from app.texting.clicks import Clicked, Refused

SOFT = "stop texting me before 9"


def rows(world, query):
    with world.store.read() as conn:
        return conn.execute(query).mappings().all()


def test_the_number_is_frozen_and_the_click_comes_back(world, people):
    message_id = world.queue(people[0])
    assert isinstance(world.click(message_id), Clicked)
    world.receive(world.pdu(people[0], SOFT))
    (frozen,) = rows(world, sa.select(hold))
    assert (frozen["number"], frozen["rule"], frozen["decided_at"]) == (people[0], "S1", None)
    assert frozen["said"] == "stop texting"
    world.send()
    assert world.modem.accepted == []
    row = world.row(message_id)
    assert (row["state"], row["reason"]) == ("queued", gate.MAY_BE_OUT)
    refused = world.click(message_id)
    assert isinstance(refused, Refused)
    assert "Decide in the inbox" in refused.why


def test_others_are_not_held_up(world, people):
    world.receive(world.pdu(people[0], SOFT))
    message_id = world.queue(people[1])
    assert isinstance(world.click(message_id), Clicked)
    world.send()
    assert [number for number, _, _ in world.modem.accepted] == [people[1]]


@pytest.mark.parametrize(("decision", "standing"), [("kept", 0), ("opted out", 1), ("wrong number", 1)])
def test_a_person_decides(world, people, decision, standing):
    message_id = world.queue(people[0])
    world.receive(world.pdu(people[0], SOFT))
    assert holds.decide(world.store, world.clock, people[0], decision, "Ana")
    assert not holds.decide(world.store, world.clock, people[0], decision, "Ana")
    assert holds.waiting(world.store, world.clock.now()) == ()
    (row,) = rows(world, sa.select(hold))
    assert (row["decided_by"], row["decision"]) == ("Ana", decision)
    assert len(rows(world, sa.select(opt_out))) == standing
    assert isinstance(world.click(message_id), Refused if standing else Clicked)


def test_one_hold_a_number_and_none_where_they_are_out_already(world, people):
    world.receive(world.pdu(people[0], SOFT))
    world.receive(world.pdu(people[0], "I said stop it"))
    assert len(rows(world, sa.select(hold))) == 1
    world.receive(world.pdu(people[1], "STOP"))
    world.receive(world.pdu(people[1], "stop it!!"))
    assert len(rows(world, sa.select(hold))) == 1
    world.receive(world.pdu(people[0], "STOP"))
    with world.store.read() as conn:
        assert optouts.active(conn, people[0])
    # The question is answered by it: a lift later does not ask it again.
    assert holds.waiting(world.store, world.clock.now()) == ()


def test_a_hold_turns_red_before_the_legal_deadline(world, people):
    world.receive(world.pdu(people[0], SOFT))
    (found,) = holds.waiting(world.store, world.clock.now())
    assert not found.red
    world.clock.advance(11 * 86400)  # from a Friday: seven working days
    assert not holds.waiting(world.store, world.clock.now())[0].red
    world.clock.advance(86400)
    assert holds.waiting(world.store, world.clock.now())[0].red


def test_working_days_are_those_of_the_week():
    friday = 1_800_036_000.0
    days = [holds.working_days(friday, friday + n * 86400) for n in range(15)]
    assert days == [0, 0, 0, 1, 2, 3, 4, 5, 5, 5, 6, 7, 8, 9, 10]
    assert holds.working_days(friday, friday - 5) == 0


def test_a_reply_is_judged_where_it_is_stored(world, people):
    world.receive(world.pdu(people[0], "What time is it?"))
    (found,) = rows(world, sa.select(judgement))
    assert (found["tier"], found["labels"], found["needs_person"]) == ("NONE", "question", True)
    assert "question" in found["reason"]
    (thread,) = rows(world, sa.select(conversation))
    assert (thread["labels"], thread["urgency"] < 2) == ("question", True)


def test_words_of_danger_stay_first_until_somebody_answers(world, people):
    world.receive(world.pdu(people[0], "call 911 he is not breathing"))
    world.receive(world.pdu(people[0], "ok"))
    (thread,) = rows(world, sa.select(conversation))
    assert thread["urgency"] == 2.0


def test_a_digit_that_our_last_text_offered_as_a_way_out_holds(world, people):
    message_id = world.queue(people[0], text="Will you come? Reply 1 for yes, 2 to opt out.")
    world.click(message_id)
    world.send()
    world.receive(world.pdu(people[0], "2"))
    (frozen,) = rows(world, sa.select(hold))
    assert frozen["rule"] == "S6"
    world.receive(world.pdu(people[1], "2"))
    assert len(rows(world, sa.select(hold))) == 1


@pytest.mark.parametrize(("ago", "red"), [(0, False), (12 * 86_400, True), (400 * 86_400, False)])
def test_the_days_to_decide_count_from_when_they_wrote(world, people, ago, red):
    world.receive(world.pdu(people[0], SOFT, ago=ago))
    (frozen,) = holds.waiting(world.store, world.clock.now())
    assert frozen.created_at == world.clock.now() - (ago if red else 0)
    assert frozen.red is red
    assert holds.counts(world.store, world.clock.now()) == (1, int(red))
