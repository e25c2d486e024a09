"""Clicks: each is one press on one text, and lets only that go."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.people import optouts
from app.store.tables import click, conversation, line, message
from app.texting import clicks
from app.texting.clicks import Clicked, Refused


def test_a_press_becomes_a_click_of_its_own(world):
    message_id = world.queue()
    taken = world.click(message_id)
    assert taken == Clicked(message_id, taken.click_id, world.line_id, 0)
    row = world.one(sa.select(click))
    assert (row["operator"], row["device"], row["text_hash"]) == (
        "Ana",
        "key:Return",
        clicks.text_hash("Hello"),
    )
    assert world.row(message_id)["state"] == "clicked"
    assert world.row(message_id)["click_id"] == row["id"]


def test_the_second_press_on_a_text_is_refused(world):
    message_id = world.clicked()
    assert world.click(message_id) == Refused("This text waits for its line already.")
    assert len(world.rows(sa.select(click))) == 1


def test_a_press_on_another_text_than_the_stored_one_is_refused(world):
    message_id = world.queue()
    refused = world.click(message_id, text_hash=clicks.text_hash("Hello!"))
    assert isinstance(refused, Refused)
    assert "changed" in refused.why
    assert world.row(message_id)["state"] == "queued"


@pytest.mark.parametrize("state", ["skipped", "blocked", "removed"])
def test_only_queued_texts_can_be_pressed(world, state):
    message_id = world.queue(state=state)
    assert isinstance(world.click(message_id), Refused)


def test_a_message_that_is_not_there_is_refused(world):
    assert isinstance(
        clicks.accept(world.store, world.clock, 999, text_hash="", press=world.press(), operator="Ana"),
        Refused,
    )
    message_id = world.receive(world.pdu()).message_id
    assert world.click(message_id) == Refused("This text is no longer there.")


def test_an_opted_out_person_cannot_be_pressed(world, people):
    with world.store.write() as unit:
        optouts.opt_out(unit, world.clock, people[0], source="operator", operator="Ana")
    assert isinstance(world.click(world.queue()), Refused)
    refused = world.reply(people[0])
    assert isinstance(refused, Refused)
    # Nothing of the refused reply is left behind, not even a thread.
    assert world.rows(sa.select(conversation)) == []
    assert len(world.rows(sa.select(message))) == 1


def test_no_more_than_25_clicks_wait_for_a_line(world, people):
    for number in people[:25]:
        world.clicked(number)
    refused = world.click(world.queue(people[25]))
    assert isinstance(refused, Refused)
    assert refused.why.startswith("25 clicks wait")


def test_the_line_is_the_persons_own_or_the_least_busy(world, people):
    with world.store.write() as unit:
        other = unit.conn.execute(
            sa.insert(line).values(name="Two", url="fake:2", created_at=0.0)
        ).inserted_primary_key[0]
    world.receive(world.pdu(people[0]))
    first = world.click(world.queue(people[0]))
    assert first.line_id == world.line_id
    assert world.click(world.queue(people[1])).line_id == other
    assert world.click(world.queue(people[2]), line_id=world.line_id).line_id == world.line_id
    world.set(line, other, enabled=False)
    assert isinstance(world.click(world.queue(people[3]), line_id=other), Refused)
    world.set(line, world.line_id, enabled=False)
    refused = world.click(world.queue(people[4]))
    assert isinstance(refused, Refused)
    assert "no line" in refused.why


def test_a_reply_is_made_with_its_click(world, people):
    world.receive(world.pdu(people[0], "Are you there?"))
    thread = world.thread(people[0])
    world.set(conversation, thread["id"], draft="Yes")
    assert thread["waiting_since"] is not None
    taken = world.reply(thread["id"], "Yes")
    assert isinstance(taken, Clicked)
    row = world.row(taken.message_id)
    assert (row["kind"], row["state"], row["text"], row["conversation_id"]) == (
        "reply",
        "clicked",
        "Yes",
        thread["id"],
    )
    after = world.thread(people[0])
    assert (after["draft"], after["waiting_since"]) == ("", None)


def test_a_number_can_be_texted_without_a_thread(world, people):
    taken = world.reply(people[5], "Hello")
    assert isinstance(taken, Clicked)
    assert world.thread(people[5])["kind"] == "number"


@pytest.mark.parametrize("text", ["", " \n ", "x" * (255 * 153 + 1)])
def test_a_text_that_cannot_be_sent_is_refused(world, people, text):
    assert isinstance(world.reply(people[0], text), Refused)


def test_a_sender_without_a_number_and_a_lost_thread_cannot_be_answered(world):
    world.receive(world.pdu("HMRC", "Pay now"))
    refused = world.reply(world.thread("HMRC")["id"])
    assert refused == Refused("This sender cannot be answered by text.")
    assert isinstance(world.reply(999), Refused)


def test_a_click_can_be_taken_back_until_it_is_claimed(world):
    message_id = world.clicked()
    assert clicks.take_back(world.store, world.clock, message_id)
    row = world.row(message_id)
    assert (row["state"], row["click_id"]) == ("queued", None)
    assert world.one(sa.select(click))["void_reason"] == "taken back"
    assert not clicks.take_back(world.store, world.clock, message_id)
    assert not clicks.take_back(world.store, world.clock, 999)
    assert not world.send()
    # A new press is a new click.
    assert isinstance(world.click(message_id), Clicked)
    assert world.send()
    assert len(world.modem.accepted) == 1


def test_a_reply_that_is_taken_back_is_a_draft_again(world, people):
    world.receive(world.pdu(people[0], "Well?"))
    waited = world.thread(people[0])["waiting_since"]
    taken = world.reply(world.thread(people[0])["id"], "Yes")
    world.set(conversation, world.thread(people[0])["id"], draft="and more")
    clicks.take_back(world.store, world.clock, taken.message_id)
    thread = world.thread(people[0])
    assert thread["draft"] == "Yes\nand more"
    assert thread["waiting_since"] == waited
    assert world.row(taken.message_id)["state"] == "removed"


def test_an_unknown_text_is_resolved_by_a_person(world):
    message_id = world.clicked()
    assert not clicks.resolve_sent(world.store, world.clock, message_id, "Ana")
    world.set(message, message_id, state="unknown")
    assert clicks.resolve_sent(world.store, world.clock, message_id, "Ana")
    row = world.row(message_id)
    assert (row["state"], row["resolution"], row["reason"]) == (
        "sent",
        "person_sent",
        "Ana says it was sent.",
    )
    assert not clicks.resolve_sent(world.store, world.clock, 999, "Ana")


@pytest.mark.parametrize("state", ["unknown", "not_sent"])
def test_send_again_is_a_new_message_with_a_new_click(world, state):
    old = world.clicked()
    world.set(message, old, state=state)
    taken = clicks.send_again(world.store, world.clock, old, press=world.press(), operator="Ana")
    assert isinstance(taken, Clicked)
    new = world.row(taken.message_id)
    assert (new["resend_of"], new["text"], new["kind"], new["click_id"]) == (
        old,
        "Hello",
        "first",
        taken.click_id,
    )
    assert (world.row(old)["state"], world.row(old)["resolution"]) == (state, "person_again")
    again = clicks.send_again(world.store, world.clock, old, press=world.press(), operator="Ana")
    assert again == Refused("This text was decided on already.")
    # Taken back, the decision is open again.
    assert clicks.take_back(world.store, world.clock, taken.message_id)
    assert world.row(old)["resolution"] == ""
    assert world.row(taken.message_id)["state"] == "removed"


def test_a_sent_text_cannot_be_sent_again(world):
    message_id = world.clicked()
    world.send()
    assert isinstance(
        clicks.send_again(world.store, world.clock, message_id, press=world.press(), operator="Ana"), Refused
    )
