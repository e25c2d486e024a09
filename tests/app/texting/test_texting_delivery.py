"""Delivery reports: whose they are, and what they prove."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.store.tables import inbound_part, message, message_part
from app.texting import clicks, delivery, inbox, recovery, sending
from modem import sms
from modem.api import Incoming, Outcome, SendResult, Step

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


# -- which part -----------------------------------------------------------------------------------

FINAL, FAILED, TRYING = 0x00, 0x46, 0x30


@pytest.mark.parametrize(
    ("reports", "delivery_now", "reason"),
    [
        # (reference, status) in the order of arrival, for a text of three parts with references 1, 2, 3
        ([(1, FINAL), (2, FINAL), (3, FINAL)], "delivered", ""),
        ([(3, FINAL), (2, FINAL), (1, FINAL)], "delivered", ""),
        ([(1, FINAL), (3, FINAL)], "pending", ""),
        ([(1, TRYING), (2, TRYING), (3, TRYING)], "pending", ""),
        ([(1, TRYING), (1, FINAL), (2, FINAL), (3, TRYING), (3, TRYING), (3, FINAL)], "delivered", ""),
        ([(1, FINAL), (2, FINAL), (3, FINAL), (2, TRYING)], "delivered", ""),  # late and intermediate
        ([(1, FINAL), (2, FAILED), (3, FINAL)], "failed", "status 70"),
        ([(2, FAILED)], "failed", "status 70"),
        ([(1, TRYING), (1, FAILED)], "failed", "status 70"),
        ([(1, FINAL), (1, FAILED), (2, FINAL), (3, FINAL)], "delivered", ""),  # the first final one counts
        ([(1, 0x01), (2, 0x02), (3, 0x1F)], "delivered", ""),  # 23.040 9.2.3.15: completed, whatever else
        ([(1, FINAL), (2, FINAL), (4, FINAL)], "pending", ""),
        ([(1, FINAL), (1, FINAL), (1, FINAL)], "pending", ""),
    ],
)
def test_a_text_of_three_parts(world, people, reports, delivery_now, reason):
    message_id = sent(world, text=LONG)
    for reference, status in reports:
        world.clock.advance(1)
        world.receive(world.report(people[0], reference, status, ago=1))
    row = world.row(message_id)
    assert (row["state"], row["delivery"]) == ("sent", delivery_now)
    assert reason in row["reason"]


@pytest.mark.parametrize("order", ["old first", "new first"])
def test_references_that_came_round_are_told_apart_by_their_time(world, people, order):
    old = sent(world)
    world.modem._reference = 0  # 256 texts later
    world.clock.advance(1800)
    with world.store.write() as unit:
        unit.conn.execute(sa.update(message).where(message.c.id == old).values(kind="reply"))
    new = sent(world, text="Again")
    assert [part["reference"] for part in world.rows(sa.select(message_part))] == [1, 1]
    world.clock.advance(5)
    reports = [(old, world.report(people[0], 1, FAILED, ago=1805)), (new, world.report(people[0], 1, ago=5))]
    if order == "new first":
        reports.reverse()
    for meant, pdu in reports:
        assert world.receive(pdu).message_id == meant
    assert [world.row(key)["delivery"] for key in (old, new)] == ["failed", "delivered"]


def test_a_centre_in_another_zone_is_understood(world, people):
    message_id = sent(world)
    world.receive(world.report(people[0], 1, ago=-12 * 3600))
    assert world.row(message_id)["delivery"] == "delivered"


def test_another_line_with_the_same_reference_is_not_meant(world, people):
    message_id = sent(world)
    world.set(message, message_id, line_id=world.line_id)
    with world.store.write() as unit:
        unit.conn.execute(sa.update(message_part).values(line_id=world.line_id + 1))
    assert world.receive(world.report(people[0], 1)).message_id is None
    assert world.row(message_id)["delivery"] == "pending"


def test_a_modem_that_gives_every_part_the_same_reference(world, people):
    message_id = sent(world, text=LONG)
    with world.store.write() as unit:
        unit.conn.execute(sa.update(message_part).values(reference=0))
    for number, state in enumerate(("pending", "pending", "delivered")):
        world.clock.advance(1)
        assert world.receive(world.report(people[0], 0, ago=number)).message_id == message_id
        assert world.row(message_id)["delivery"] == state


def test_reports_between_the_parts_count_when_the_text_is_settled(world, people):
    message_id = world.clicked(text=LONG)
    steps = []

    def early(step):
        # The report of each part comes before the answer to the next one, and the last before our OK.
        if step is Step.ACCEPTED:
            steps.append(step)
            world.receive(world.report(people[0], len(steps)))

    world.modem.hooks.on_step = early
    world.send()
    assert len(steps) == 3
    assert world.row(message_id)["delivery"] == "delivered"


def test_a_failed_part_that_is_reported_before_the_text_is_settled(world, people):
    message_id = world.clicked(text=LONG)
    steps = []

    def early(step):
        if step is Step.ACCEPTED:
            steps.append(step)
            world.receive(world.report(people[0], len(steps), FAILED if len(steps) == 1 else FINAL))

    world.modem.hooks.on_step = early
    world.send()
    assert world.row(message_id)["delivery"] == "failed"


def test_the_reports_of_a_text_and_of_its_second_sending_are_told_apart(world, people):
    first = unknown(world)
    world.clock.advance(60)
    again = clicks.send_again(world.store, world.clock, first, press=world.press(), operator="Ana")
    world.send()
    assert world.row(again.message_id)["state"] == "sent"
    world.clock.advance(5)
    # The network gave the first one reference 200, which nobody saw.
    assert world.receive(world.report(people[0], 200, ago=65)).message_id == first
    assert world.receive(world.report(people[0], 1, ago=5)).message_id == again.message_id
    assert [world.row(key)["delivery"] for key in (first, again.message_id)] == ["delivered", "delivered"]


def test_a_report_that_comes_again_proves_nothing_about_another_text(world, people):
    known = sent(world)
    world.clock.advance(30)
    with world.store.write() as unit:
        unit.conn.execute(sa.update(message).where(message.c.id == known).values(kind="reply"))
    lost = unknown(world, text="Lost")
    for ago in (60, 30):  # the same text's report, in two different octet strings
        world.clock.advance(30)
        world.receive(world.report(people[0], 1, ago=ago))
    assert world.row(known)["delivery"] == "delivered"
    assert world.row(lost)["state"] == "unknown"


def test_a_whole_text_of_a_backend_without_parts_is_delivered_by_one_report(world, people):
    def send(outgoing, proceed, on_part):
        on_part(1, 70_000)
        return SendResult(Outcome.SENT, 1, (70_000,))

    world.modem.send = send
    message_id = sent(world, text=LONG)
    report = sms.StatusReport(None, 70_000, sms.Address(people[0], 1, 1), world.stamp(), world.stamp(), 0)
    inbox.receive(world.store, world.clock, world.info, Incoming("{}", message=report))
    row = world.row(message_id)
    assert (row["parts"], row["parts_sent"], row["delivery"]) == (1, 1, "delivered")


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
