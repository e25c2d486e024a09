"""Delivery reports: whose they are, and what they prove."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.store.tables import inbound_part, message, message_part
from app.texting import delivery, recovery, sending
from modem.api import Outcome, Step

LONG = "A long text, " * 30  # three parts


def sent(world, number="+13125550100", text="Hello"):
    message_id = world.clicked(number, text)
    world.send()
    return message_id


def test_a_report_makes_a_sent_text_delivered(world, people):
    message_id = sent(world)
    world.clock.advance(3)
    received = world.receive(world.report(people[0], 1, ago=3))
    assert (received.kind, received.message_id) == ("report", message_id)
    row = world.row(message_id)
    assert (row["delivery"], row["delivered_at"], row["state"]) == ("delivered", world.clock.now(), "sent")
    assert world.one(sa.select(message_part))["report_status"] == 0


def test_a_failed_report_says_why(world, people):
    message_id = sent(world)
    world.receive(world.report(people[0], 1, 0x46))
    row = world.row(message_id)
    assert (row["state"], row["delivery"]) == ("sent", "failed")
    assert row["reason"] == "Not delivered: the phone was off or away for too long (status 70)."
    assert "gave up" in delivery.words(0x7F)


def test_a_pending_report_changes_nothing_yet(world, people):
    message_id = sent(world)
    world.receive(world.report(people[0], 1, 0x20))
    assert world.row(message_id)["delivery"] == "pending"
    world.receive(world.report(people[0], 1, 0x00))
    assert world.row(message_id)["delivery"] == "delivered"


def test_a_long_text_is_delivered_when_every_part_is(world, people):
    message_id = sent(world, text=LONG)
    for reference, state in ((3, "pending"), (1, "pending"), (2, "delivered")):
        world.receive(world.report(people[0], reference))
        assert world.row(message_id)["delivery"] == state


def test_a_long_text_fails_with_one_part(world, people):
    message_id = sent(world, text=LONG)
    for reference, status in ((1, 0), (2, 0x43), (3, 0)):
        world.receive(world.report(people[0], reference, status))
    assert world.row(message_id)["delivery"] == "failed"


@pytest.mark.parametrize("written", ["+13125550100", "13125550100", "3125550100"])
def test_a_recipient_may_be_written_in_other_ways(world, written):
    message_id = sent(world, "+13125550100")
    world.receive(world.report(written, 1))
    assert world.row(message_id)["delivery"] == "delivered"


def test_digits_are_compared_from_the_end():
    assert delivery.same_digits("+1 312", "1312")
    assert delivery.same_digits("07700900123", "+447700900123")
    assert not delivery.same_digits("00123", "+447700900123")
    assert not delivery.same_digits("", "")
    assert not delivery.same_digits("+13125550100", "+13125550101")


def test_a_report_for_somebody_else_is_kept_and_tied_to_nothing(world, people):
    message_id = sent(world)
    world.receive(world.report(people[1], 1))
    world.receive(world.report(people[0], 2))
    assert world.row(message_id)["delivery"] == "pending"
    assert [part["message_id"] for part in world.parts()] == [None, None]


def test_a_reference_that_comes_round_again_is_the_newest_texts(world, people):
    old = sent(world)
    world.modem._reference = 0
    world.clock.advance(7200)
    new = sent(world, text="Again") if world.set(message, old, kind="reply") is None else 0
    world.receive(world.report(people[0], 1))
    assert [world.row(key)["delivery"] for key in (old, new)] == ["pending", "delivered"]
    # The report of the old one is still to come.
    world.receive(world.report(people[0], 1, ago=7200))
    assert world.row(old)["delivery"] == "delivered"


def test_a_report_of_another_day_is_no_report_of_this_text(world, people):
    message_id = sent(world)
    world.clock.advance(60)
    world.receive(world.report(people[0], 1, ago=2 * 86400))
    assert world.row(message_id)["delivery"] == "pending"
    world.clock.advance(delivery.WINDOW_SECONDS)
    world.receive(world.report(people[0], 1))
    assert world.row(message_id)["delivery"] == "pending"


def test_a_repeated_report_is_kept_and_not_counted(world, people):
    sent(world)
    pdu = world.report(people[0], 1)
    world.receive(pdu)
    assert world.receive(pdu).kind == "repeat"


def test_a_report_that_comes_before_its_text_is_settled_counts(world, people):
    message_id = world.clicked()

    def early(step):
        if step is Step.ACCEPTED:
            world.receive(world.report(people[0], 1))
            world.receive(world.report(people[1], 1))

    world.modem.hooks.on_step = early
    world.send()
    assert world.row(message_id)["delivery"] == "delivered"
    assert [part["message_id"] for part in world.parts()] == [message_id, None]


# -- proof ----------------------------------------------------------------------------------------


def unknown(world, number="+13125550100", text="Hello", before=()):
    world.modem.script.extend([*before, Outcome.UNKNOWN])
    message_id = world.clicked(number, text)
    world.send()
    assert world.row(message_id)["state"] == "unknown"
    return message_id


def test_a_report_proves_that_an_unknown_text_left(world, people):
    message_id = unknown(world)
    world.clock.advance(10)
    world.receive(world.report(people[0], 77, ago=10))
    row = world.row(message_id)
    assert (row["state"], row["resolution"], row["delivery"], row["parts_sent"]) == (
        "sent",
        "report",
        "delivered",
        1,
    )
    assert row["reason"] == "A delivery report shows that it left."


def test_a_failed_report_proves_it_too(world, people):
    message_id = unknown(world)
    world.receive(world.report(people[0], 77, 0x43))
    assert (world.row(message_id)["state"], world.row(message_id)["delivery"]) == ("sent", "failed")


def test_two_unknown_texts_are_not_told_apart(world, people):
    one = unknown(world)
    world.set(message, one, kind="reply")
    two = unknown(world, text="Other")
    world.receive(world.report(people[0], 77))
    assert {world.row(key)["state"] for key in (one, two)} == {"unknown"}


@pytest.mark.parametrize("ago", [-delivery.PROOF_AFTER - 60, delivery.PROOF_BEFORE + 60])
def test_a_report_of_another_time_proves_nothing(world, people, ago):
    message_id = unknown(world)
    world.receive(world.report(people[0], 77, ago=ago))
    assert world.row(message_id)["state"] == "unknown"


def test_a_report_without_a_time_proves_nothing(world, people):
    message_id = unknown(world)
    with world.store.write() as unit:
        key = unit.conn.execute(
            sa.insert(inbound_part).values(
                line_id=world.line_id, pdu="", sha256="", kind="report", received_at=world.clock.now(),
                sender=people[0], reference=5, note="0",
            )
        ).inserted_primary_key[0]  # fmt: skip
        row = unit.conn.execute(sa.select(inbound_part).where(inbound_part.c.id == key)).mappings().one()
        assert delivery.match(unit, row) is None
    assert world.row(message_id)["state"] == "unknown"


def test_a_report_proves_one_part_and_not_the_whole(world, people):
    message_id = unknown(world, text=LONG, before=[Outcome.SENT])
    world.receive(world.report(people[0], 77))
    row = world.row(message_id)
    assert (row["state"], row["parts_sent"]) == ("unknown", 2)


def test_a_report_that_came_before_the_stop_proves_it_at_the_start(world, people):
    message_id = world.clicked()
    sending.claim(world.store, world.clock, world.line_id)
    world.receive(world.report(people[0], 9))
    assert world.row(message_id)["state"] == "sending"
    recovery.recover(world.store, world.clock)
    assert (world.row(message_id)["state"], world.row(message_id)["resolution"]) == ("sent", "report")


def test_a_persons_decision_stays_beside_the_proof(world, people):
    message_id = unknown(world)
    world.set(message, message_id, resolution="person_again")
    world.receive(world.report(people[0], 77))
    row = world.row(message_id)
    assert (row["state"], row["resolution"]) == ("sent", "person_again")
