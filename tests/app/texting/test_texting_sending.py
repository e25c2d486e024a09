"""Claim, send, settle: what may go, what becomes of it, and what a stopped program leaves."""

from __future__ import annotations

import json
import os
import stat
import threading

import pytest
import sqlalchemy as sa

from app.people import optouts
from app.store.tables import campaign, click, conversation, line, message, message_part
from app.texting import clicks, crash, recovery, sending, settling
from app.texting.clicks import Clicked
from app.texting.recovery import Recovered
from modem.api import Capabilities, Outcome, Refusal, SendResult, Step
from modem.errors import PortError

LONG = "A long text, " * 30  # three parts


def opt_out(world, number):
    with world.store.write() as unit:
        optouts.opt_out(unit, world.clock, number, source="operator", operator="Ana")


# -- outcomes -------------------------------------------------------------------------------------


def test_a_clicked_text_is_sent_once(world, people):
    message_id = world.clicked()
    assert world.send()
    row = world.row(message_id)
    assert (row["state"], row["parts"], row["parts_sent"], row["delivery"]) == ("sent", 1, 1, "pending")
    assert (row["claimed_at"], row["created_at"], row["reason"]) == (world.clock.now(), world.clock.now(), "")
    assert world.modem.accepted == [(people[0], "Hello", 1)]
    assert world.one(sa.select(message_part))["reference"] == 1
    assert not world.send()
    assert len(world.modem.accepted) == 1


def test_a_sent_text_heads_its_thread(world, people):
    world.clicked(people[0], "x" * 300)
    world.send()
    thread = world.thread(people[0])
    assert (thread["last_direction"], thread["last_text"], thread["line_id"]) == (
        "out",
        "x" * 200,
        world.line_id,
    )


def test_texts_leave_in_the_order_of_their_clicks(world, people):
    first, second, third = (world.queue(number) for number in people[:3])
    for message_id in (second, third, first):
        world.click(message_id)
        world.clock.jump(-60)  # the wall clock is no order
    while world.send():
        pass
    assert [number for number, _, _ in world.modem.accepted] == [people[1], people[2], people[0]]


def test_a_refused_text_is_not_sent(world):
    world.modem.script.append(Outcome.NOT_SENT)
    message_id = world.clicked()
    assert world.send()
    row = world.row(message_id)
    assert (row["state"], row["reason"], row["error_code"]) == (
        "not_sent",
        "The network refused it.",
        "CMS 21",
    )
    assert row["delivery"] == ""
    assert not world.send()


# -- what a refusal asks for -----------------------------------------------------------------------


def refusal(kind, code, asks, detail="The modem said no."):
    return SendResult(Outcome.NOT_SENT, 1, (), kind, code, detail, asks)


def answers(world, *results):
    """Let the modem give these results, whatever it is asked to send."""
    waiting = list(results)

    def send(outgoing, proceed, on_part):
        world.modem.log.append(outgoing)
        assert proceed(1)
        result = waiting.pop(0)
        for part, reference in enumerate(result.references, start=1):
            on_part(part, reference)
        return result

    world.modem.send = send


def test_a_modem_that_is_not_ready_gives_the_text_back_to_the_desk(world, people):
    answers(
        world,
        refusal("CMS", 331, Refusal.NOT_READY, "There is no network."),
        SendResult(Outcome.SENT, 1, (7,)),
    )
    message_id = world.clicked()
    told = []
    assert world.send(refused=told.append)
    assert told == [Refusal.NOT_READY]
    row = world.row(message_id)
    assert (row["state"], row["reason"], row["click_id"], row["line_id"]) == (
        "queued",
        "There is no network.",
        None,
        None,
    )
    assert (row["claimed_at"], row["settled_at"], row["parts"]) == (None, None, 0)
    voided = world.one(sa.select(click))
    assert (voided["voided_at"], voided["void_reason"]) == (world.clock.now(), "There is no network.")
    # No thread without a text, nothing more by itself, and a new press sends it.
    assert world.rows(sa.select(conversation)) == []
    assert not world.send()
    assert isinstance(world.click(message_id), Clicked)
    assert world.send(refused=told.append)
    assert world.row(message_id)["state"] == "sent"
    assert told == [Refusal.NOT_READY]


def test_a_thread_with_something_in_it_stays_when_its_text_comes_back(world, people):
    answers(world, refusal("CMS", 314, Refusal.NOT_READY))
    world.receive(world.pdu())
    message_id = world.clicked()
    assert world.send()
    assert world.row(message_id)["state"] == "queued"
    assert world.thread(people[0])["last_text"] == "Hi"


def test_a_reply_that_the_modem_was_not_ready_for_is_in_its_draft(world, people):
    answers(world, refusal("CME", 14, Refusal.NOT_READY))
    world.receive(world.pdu())
    done = world.reply(people[0], "Coming")
    assert world.send()
    assert world.row(done.message_id)["state"] == "removed"
    thread = world.thread(people[0])
    assert (thread["draft"], thread["waiting_since"] is not None) == ("Coming", True)


def test_who_opted_out_while_the_modem_was_not_ready_is_blocked(world, people):
    def send(outgoing, proceed, on_part):
        opt_out(world, people[0])
        return refusal("CMS", 331, Refusal.NOT_READY)

    world.modem.send = send
    message_id = world.clicked()
    assert world.send()
    assert world.row(message_id)["state"] == "blocked"
    assert world.rows(sa.select(click).where(click.c.voided_at.is_(None))) == []


def test_a_text_that_left_in_part_is_not_given_back(world):
    answers(
        world,
        SendResult(Outcome.NOT_SENT, 3, (9,), "CMS", 331, "There is no network.", Refusal.NOT_READY),
    )
    message_id = world.clicked(text=LONG)
    told = []
    assert world.send(refused=told.append)
    row = world.row(message_id)
    assert (row["state"], row["parts"], row["parts_sent"]) == ("unknown", 3, 1)
    assert row["reason"].startswith("1 of 3 parts left, then it stopped: There is no network.")
    assert told == [Refusal.NOT_READY]


@pytest.mark.parametrize("asks", [Refusal.LATER, Refusal.PERMANENT, Refusal.PERSON])
def test_other_refusals_stay_not_sent_with_their_sentence(world, asks):
    answers(world, refusal("CMS", 28, asks, "The network does not know this number."))
    message_id = world.clicked()
    told = []
    assert world.send(refused=told.append)
    row = world.row(message_id)
    assert (row["state"], row["reason"], row["error_code"]) == (
        "not_sent",
        "The network does not know this number.",
        "CMS 28",
    )
    assert told == [asks]


def test_a_refusal_that_asks_for_nothing_is_told_to_nobody(world):
    answers(world, refusal("", None, Refusal.NONE))
    told = []
    world.clicked()
    assert world.send(refused=told.append)
    assert told == []


def test_a_return_in_the_emergency_log_is_applied_at_the_start(world, monkeypatch):
    answers(world, refusal("CMS", 331, Refusal.NOT_READY, "There is no network."))
    message_id = world.clicked()
    failing(monkeypatch, world.store, 1)
    assert world.send()
    assert world.row(message_id)["state"] == "sending"
    world.reopen()
    assert recovery.recover(world.store, world.clock) == Recovered(settled=1)
    assert world.row(message_id)["state"] == "queued"


def test_a_return_with_a_part_that_left_is_unknown(world):
    message_id = world.clicked(text=LONG)
    claimed = sending.claim(world.store, world.clock, world.line_id)
    settling.settle(
        world.store,
        settling.Settlement(
            message_id, settling.RETURNED, 3, (4,), "Not ready.", "CMS 331", world.clock.now()
        ),
    )
    assert claimed is not None
    row = world.row(message_id)
    assert (row["state"], row["parts_sent"]) == ("unknown", 1)


# -- what the modem is given -----------------------------------------------------------------------


def test_each_click_has_a_token_of_its_own(world, people):
    answers(world, refusal("CMS", 38, Refusal.LATER), SendResult(Outcome.SENT, 1, (1,)))
    message_id = world.clicked()
    assert world.send()
    first_click = world.row(message_id)["click_id"]
    again = clicks.send_again(world.store, world.clock, message_id, press=world.press(), operator="Ana")
    assert world.send()
    tokens = [outgoing.token for outgoing in world.modem.log]
    assert tokens == [
        f"{message_id}-{first_click}",
        f"{again.message_id}-{world.row(again.message_id)['click_id']}",
    ]


def test_a_backend_that_takes_whole_texts_sends_one_part(world, people):
    world.modem.capabilities = Capabilities(parts=False)
    answers(world, SendResult(Outcome.SENT, 1, (70_000,)))
    message_id = world.clicked(text=LONG)
    assert world.send()
    row = world.row(message_id)
    assert (row["state"], row["parts"], row["parts_sent"], row["delivery"]) == ("sent", 1, 1, "pending")
    assert world.modem.log[0].concat_reference == 0


def test_a_backend_that_says_one_part_has_the_last_word(world, people):
    answers(world, SendResult(Outcome.SENT, 1, (70_000,)))
    message_id = world.clicked(text=LONG)
    assert world.send()
    row = world.row(message_id)
    assert (row["state"], row["parts"], row["parts_sent"]) == ("sent", 1, 1)


def test_a_text_that_never_reached_the_modems_codec_keeps_its_own_count(world):
    answers(world, SendResult(Outcome.NOT_SENT, 0, detail="The line is closed."))
    message_id = world.clicked(text=LONG)
    assert world.send()
    assert world.row(message_id)["parts"] == 3


def test_an_unanswered_text_is_unknown_and_stays_so(world):
    world.modem.script.append(Outcome.UNKNOWN)
    message_id = world.clicked()
    assert world.send()
    assert world.row(message_id)["state"] == "unknown"
    assert not world.send()
    assert world.modem.submitted == 1


def test_a_modem_that_raises_leaves_unknown_behind(world):
    for error, words in (
        (PortError("The port went away."), "went away"),
        (RuntimeError("x"), "program failed"),
    ):
        world.modem.script.append(error)
        message_id = world.clicked()
        with pytest.raises(type(error)):
            world.send()
        assert world.row(message_id)["state"] == "unknown"
        assert words in world.row(message_id)["reason"]
        clicks.resolve_sent(world.store, world.clock, message_id, "Ana")
        world.clock.advance(86400)
        world.set(message, message_id, kind="reply")


def test_the_parts_of_a_long_text_are_kept_as_they_leave(world):
    seen = []
    message_id = world.clicked(text=LONG)

    def look():
        seen.append((world.row(message_id)["state"], world.row(message_id)["parts_sent"]))
        return Outcome.SENT

    world.modem.script.extend([look, look, look])
    world.send()
    assert seen == [("sending", 0), ("sending", 1), ("sending", 2)]
    assert world.row(message_id)["parts_sent"] == 3
    assert world.one(sa.select(line))["concat_reference"] == 1


def test_concatenation_references_count_on(world, people):
    world.set(line, world.line_id, concat_reference=255)
    taken = []
    for number in people[:2]:
        world.clicked(number, LONG)
        taken.append(sending.claim(world.store, world.clock, world.line_id).outgoing.concat_reference)
    assert taken == [0, 1]


def test_a_text_that_left_in_part_is_unknown_and_says_so(world):
    world.modem.script.extend([Outcome.SENT, Outcome.NOT_SENT])
    message_id = world.clicked(text=LONG)
    world.send()
    row = world.row(message_id)
    assert (row["state"], row["parts"], row["parts_sent"]) == ("unknown", 3, 1)
    assert row["reason"].startswith("1 of 3 parts left, then it stopped: The network refused it.")
    assert len(world.modem.accepted) == 1


def test_what_they_wrote_after_the_click_still_waits(world, people):
    world.receive(world.pdu(people[0], "One?"))
    taken = world.reply(world.thread(people[0])["id"], "Answer")
    assert world.thread(people[0])["waiting_since"] is None
    world.clock.advance(5)
    world.receive(world.pdu(people[0], "Two?"))
    world.send()
    assert world.row(taken.message_id)["state"] == "sent"
    assert world.thread(people[0])["waiting_since"] == world.clock.now()


def test_a_reply_that_did_not_leave_waits_again(world, people):
    world.receive(world.pdu(people[0], "One?"))
    waited = world.thread(people[0])["waiting_since"]
    world.modem.script.append(Outcome.NOT_SENT)
    world.reply(world.thread(people[0])["id"], "Answer")
    world.send()
    assert world.thread(people[0])["waiting_since"] == waited


# -- the claim ------------------------------------------------------------------------------------


def test_nothing_leaves_on_a_paused_line(world):
    message_id = world.clicked()
    world.set(line, world.line_id, paused=True)
    assert not world.send()
    assert world.row(message_id)["state"] == "clicked"
    world.set(line, world.line_id, paused=False)
    assert world.send()


def test_an_opt_out_between_click_and_claim_blocks(world, people):
    message_id = world.clicked()
    opt_out(world, people[0])
    assert not world.send()
    assert world.row(message_id)["state"] == "blocked"
    # Even where the opt-out was written by a program that knows nothing of clicks.
    other = world.clicked(people[1])
    with world.store.write() as unit:
        unit.conn.execute(
            sa.insert(optouts.t.opt_out).values(number=people[1], created_at=0.0, source="import")
        )
    assert not world.send()
    assert world.row(other)["state"] == "blocked"
    assert world.modem.submitted == 0


def test_what_the_gate_holds_waits_for_a_new_click(world, people, monkeypatch):
    message_id = world.clicked()
    reply = world.reply(people[1], "Sure")
    monkeypatch.setattr(
        sending.gate, "judge", lambda *a, **k: sending.gate.Gate("hold", "It is night.", None)
    )
    assert not world.send()
    row = world.row(message_id)
    assert (row["state"], row["reason"], row["click_id"]) == ("queued", "It is night.", None)
    assert (
        world.one(sa.select(click).where(click.c.message_id == message_id))["void_reason"] == "It is night."
    )
    assert world.row(reply.message_id)["state"] == "removed"
    assert world.thread(people[1])["draft"] == "Sure"


def test_a_text_that_changed_after_the_press_goes_back(world):
    message_id = world.clicked()
    world.set(message, message_id, text="Something else")
    assert not world.send()
    assert world.row(message_id)["state"] == "queued"
    other = world.queue(text="One", number="+13125550190")
    world.click(other)
    world.set(message, other, text="Two", text_hash=clicks.text_hash("Two"))
    assert not world.send()
    assert world.modem.submitted == 0


def test_a_voided_click_sends_nothing(world):
    message_id = world.clicked()
    world.set(click, world.row(message_id)["click_id"], voided_at=1.0)
    assert not world.send()
    assert world.row(message_id)["state"] == "queued"


def test_a_number_that_could_be_a_command_is_blocked(world):
    message_id = world.clicked()
    world.set(message, message_id, number="+1312\x1a555")
    assert not world.send()
    assert world.row(message_id)["state"] == "blocked"


def test_claiming_uses_the_small_index(world):
    query = (
        "EXPLAIN QUERY PLAN SELECT id FROM message WHERE line_id = 1 AND state = 'clicked' AND "
        + clicks.UNDER_WAY
    )
    with world.store.read() as conn:
        plan = " ".join(str(row[3]) for row in conn.exec_driver_sql(query))
    assert "ix_message_line_click" in plan


# -- the last question ----------------------------------------------------------------------------


def test_an_opt_out_between_claim_and_ctrl_z_stops_it(world, people):
    message_id = world.clicked()
    world.modem.hooks.on_step = lambda step: (
        opt_out(world, people[0]) if step is Step.PDU_HALF_WRITTEN else None
    )
    assert world.send()
    assert (world.row(message_id)["state"], world.modem.submitted) == ("not_sent", 0)
    assert world.row(message_id)["reason"]


def test_an_opt_out_between_two_parts_stops_the_rest(world, people):
    message_id = world.clicked(text=LONG)
    world.modem.hooks.on_step = lambda step: opt_out(world, people[0]) if step is Step.ACCEPTED else None
    world.send()
    assert (world.row(message_id)["state"], world.modem.submitted) == ("unknown", 1)
    assert "1 of 3 parts left" in world.row(message_id)["reason"]


@pytest.mark.parametrize("gone", [True, False])
def test_a_pause_before_ctrl_z_stops_it(world, gone):
    message_id = world.clicked()

    def pause(step):
        if step is Step.PDU_HALF_WRITTEN:
            world.set(line, world.line_id, paused=True)

    world.modem.hooks.on_step = pause
    world.send()
    assert world.row(message_id)["state"] == "not_sent"
    assert world.row(message_id)["reason"] == "The line was paused before this text was sent."
    assert world.modem.submitted == 0


def test_a_campaign_that_is_paused_before_ctrl_z_stops_it(world):
    message_id = world.clicked()

    def pause(step):
        if step is Step.PDU_HALF_WRITTEN:
            world.set(campaign, world.campaign_id, state="paused")

    world.modem.hooks.on_step = pause
    world.send()
    assert (world.row(message_id)["state"], world.modem.submitted) == ("not_sent", 0)


def test_closing_the_program_stops_what_has_not_left(world):
    message_id = world.clicked()
    world.send(stopping=lambda: True)
    assert (world.row(message_id)["state"], world.modem.submitted) == ("not_sent", 0)
    assert "closed" in world.row(message_id)["reason"]


def test_a_database_that_cannot_be_read_stops_it(world, monkeypatch):
    message_id = world.clicked()

    def broken(*_):
        raise sa.exc.OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(sending, "_objection", broken)
    world.send()
    assert (world.row(message_id)["state"], world.modem.submitted) == ("not_sent", 0)


# -- an outcome is never lost ---------------------------------------------------------------------


def failing(monkeypatch, store, times):
    """Let the next ``times`` vital writes fail as on a full disk, and the outcomes written beside a claim."""
    real, real_apply = store.write_vital, settling.apply_to
    left, vital = [times], []
    full = sa.exc.OperationalError("INSERT", {}, Exception("database or disk is full"))

    def write(work):
        if left[0]:
            left[0] -= 1
            raise full
        vital.append(True)
        try:
            return real(work)
        finally:
            vital.pop()

    def apply_to(*args):
        if left[0] and not vital:
            raise full
        return real_apply(*args)

    monkeypatch.setattr(store, "write_vital", write)
    monkeypatch.setattr(settling, "apply_to", apply_to)


def test_a_reference_that_cannot_be_kept_at_once_is_kept_with_the_outcome(world, monkeypatch):
    message_id = world.clicked(text="Long enough for two parts. " * 8)
    failing(monkeypatch, world.store, 1)
    assert world.send()
    assert world.row(message_id)["state"] == "sent"
    assert [row["reference"] for row in world.rows(sa.select(message_part))] == [1, 2]


def test_an_outcome_that_the_database_does_not_take_waits_in_the_emergency_log(world, monkeypatch):
    message_id = world.clicked()
    failing(monkeypatch, world.store, 1)
    assert world.send()
    assert world.row(message_id)["state"] == "sending"
    path = world.folder / settling.EMERGENCY_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text(path.read_text() + '{"half a li\n{}\n')
    world.reopen()
    assert recovery.recover(world.store, world.clock) == Recovered(settled=1)
    assert world.row(message_id)["state"] == "sent"
    assert not path.exists()
    assert recovery.recover(world.store, world.clock) == Recovered()


def test_an_outcome_that_nothing_takes_is_told(world, monkeypatch):
    message_id = world.clicked()
    failing(monkeypatch, world.store, 1)
    monkeypatch.setattr(settling.os, "open", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(settling.SettleError):
        world.send()
    monkeypatch.undo()
    recovery.recover(world.store, world.clock)
    assert world.row(message_id)["state"] == "unknown"


def test_an_outcome_is_applied_once(world):
    message_id = world.clicked()
    world.send()
    settlement = settling.Settlement(message_id, "unknown", 1, (), "late", "", world.clock.now())
    with world.store.write() as unit:
        assert not settling.apply(unit, settlement)
        assert not settling.apply(unit, settling.Settlement(999, "sent", 1, (), "", "", 0.0))
    assert world.row(message_id)["state"] == "sent"


def test_an_outcome_can_be_settled_without_a_thread(world):
    message_id = world.clicked()
    sending.claim(world.store, world.clock, world.line_id)
    world.set(message, message_id, conversation_id=None)
    with world.store.write() as unit:
        assert settling.apply(unit, settling.Settlement(message_id, "not_sent", 1, (), "x", "", 0.0))


# -- a start after a stop -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "accepted", "state"),
    [
        (Step.COMMAND_WRITTEN, 0, "unknown"),
        (Step.PDU_HALF_WRITTEN, 0, "unknown"),
        (Step.SUBMITTED, 1, "unknown"),
        (Step.ACCEPTED, 1, "unknown"),
    ],
)
def test_a_program_that_dies_while_sending_leaves_unknown(world, died, step, accepted, state):
    message_id = world.clicked()

    def die(at):
        if at is step:
            raise died

    world.modem.hooks.on_step = die
    with pytest.raises(died):
        world.send()
    world.reopen()
    assert recovery.recover(world.store, world.clock) == Recovered(unknown=1)
    row = world.row(message_id)
    assert row["state"] == state
    assert row["reason"].startswith("p2ptext stopped while this text was being sent; 0 of 1 part known")
    assert len(world.modem.accepted) == accepted
    world.modem.hooks.on_step = lambda at: None
    assert not world.send()


def test_a_long_text_that_was_cut_off_says_how_much_left(world, died):
    message_id = world.clicked(text=LONG)
    world.modem.script.extend([Outcome.SENT, Outcome.SENT, died()])
    with pytest.raises(died):
        world.send()
    world.reopen()
    recovery.recover(world.store, world.clock)
    row = world.row(message_id)
    assert (row["state"], row["parts_sent"]) == ("unknown", 2)
    assert "2 of 3 parts known to have left" in row["reason"]


def test_a_text_with_every_reference_in_hand_is_sent(world, died, monkeypatch):
    message_id = world.clicked()
    monkeypatch.setattr(settling, "apply_to", lambda *_: (_ for _ in ()).throw(died()))
    with pytest.raises(died):
        world.send()
    monkeypatch.undo()
    row = world.row(message_id)
    with world.store.write() as unit:
        settling.add_part(unit.conn, row, 1, 77, world.clock.now())
    world.reopen()
    assert recovery.recover(world.store, world.clock) == Recovered(sent=1)
    assert (world.row(message_id)["state"], world.row(message_id)["delivery"]) == ("sent", "pending")


def test_clicks_do_not_outlive_the_program(world, people):
    first = world.clicked(people[0])
    world.receive(world.pdu(people[1], "Well?"))
    thread = world.thread(people[1])["id"]
    one, two = world.reply(thread, "First."), world.reply(thread, "Second.")
    unknown = world.clicked(people[2])
    world.set(message, unknown, state="unknown")
    again = clicks.send_again(world.store, world.clock, unknown, press=world.press(), operator="Ana")
    world.reopen()
    assert recovery.recover(world.store, world.clock) == Recovered(returned=4)
    assert not world.send()
    row = world.row(first)
    assert (row["state"], row["reason"], row["click_id"]) == ("queued", recovery.PRESS_AGAIN, None)
    assert world.thread(people[1])["draft"] == "First.\nSecond."
    assert world.thread(people[1])["waiting_since"] is not None
    assert {world.row(one.message_id)["state"], world.row(two.message_id)["state"]} == {"removed"}
    assert world.row(again.message_id)["state"] == "removed"
    assert world.row(unknown)["resolution"] == ""
    assert all(row["voided_at"] for row in world.rows(sa.select(click).where(click.c.id != 4)))
    # A new press sends it.
    assert isinstance(world.click(first), Clicked)
    assert world.send()


def test_a_line_settles_its_own_leftovers_and_keeps_its_clicks(world, people, monkeypatch):
    recovery.recover_line(world.store, world.clock, world.line_id)
    sending_id, waiting_id = world.clicked(people[0]), world.clicked(people[1])
    failing(monkeypatch, world.store, 1)
    world.send()
    monkeypatch.undo()
    recovery.recover_line(world.store, world.clock, world.line_id)
    assert world.row(sending_id)["state"] == "sent"
    assert world.row(waiting_id)["state"] == "clicked"
    sending.claim(world.store, world.clock, world.line_id)
    recovery.recover_line(world.store, world.clock, world.line_id)
    assert world.row(waiting_id)["state"] == "unknown"


def test_a_reply_without_a_thread_loses_nothing_but_its_click(world):
    message_id = world.clicked()
    world.set(message, message_id, kind="reply", conversation_id=None)
    assert clicks.take_back(world.store, world.clock, message_id)
    assert world.row(message_id)["text"] == "Hello"


def test_a_resend_whose_first_is_gone_can_be_taken_back(world):
    message_id = world.clicked()
    world.set(message, message_id, resend_of=999)
    assert clicks.take_back(world.store, world.clock, message_id)
    assert world.row(message_id)["state"] == "removed"


# -- crash points ---------------------------------------------------------------------------------


def test_crash_points_do_nothing_unless_asked(monkeypatch):
    deaths = []
    monkeypatch.setattr(crash, "die", lambda: deaths.append(1))
    monkeypatch.delenv(crash.VARIABLE, raising=False)
    crash.reach("P2")
    crash.on_step(Step.SUBMITTED)
    assert deaths == []
    crash._reached.clear()
    monkeypatch.setenv(crash.VARIABLE, "P5:3")
    for _ in range(4):
        crash.on_step(Step.SUBMITTED)
    crash.reach("P2")
    assert deaths == [1]
    crash._reached.clear()


def test_a_crash_point_kills_at_once(monkeypatch):
    killed = []
    monkeypatch.setattr(crash.os, "kill", lambda pid, signal: killed.append((pid, signal)))
    crash.die()
    assert killed == [(os.getpid(), 9)]


def test_an_emergency_line_holds_no_text(world, monkeypatch):
    world.clicked(text="Very private words")
    failing(monkeypatch, world.store, 1)
    world.send()
    written = (world.folder / settling.EMERGENCY_NAME).read_text()
    assert "private" not in written
    assert json.loads(written)["references"] == [1]
    assert world.one(sa.select(conversation))["last_text"] == ""


# -- one text after the other ---------------------------------------------------------------------


def commits(world, monkeypatch):
    """Counts the write transactions from now on."""
    real, seen = world.store.write, []

    def write():
        seen.append(1)
        return real()

    monkeypatch.setattr(world.store, "write", write)
    return seen


def test_a_text_is_settled_and_the_next_claimed_in_one_transaction(world, people, monkeypatch):
    ids = [world.clicked(number) for number in people[:3]]
    seen = commits(world, monkeypatch)
    assert world.send()
    assert [world.row(key)["state"] for key in ids] == ["sent"] * 3
    assert len(seen) == 4  # the first claim, two of both, the last settlement and a look for more
    assert world.modem.submitted == 3


def test_what_came_between_two_texts_comes_first(world, people):
    ids = [world.clicked(number) for number in people[:3]]
    asked = []

    def meanwhile():
        asked.append([world.row(key)["state"] for key in ids])
        return len(asked) == 1

    sent = sending.send_next(world.store, world.clock, world.modem, world.line_id, meanwhile=meanwhile)
    assert sent
    # Asked while the first was not settled yet, and nothing more was claimed after it said yes.
    assert asked == [["sending", "clicked", "clicked"]]
    assert [world.row(key)["state"] for key in ids] == ["sent", "clicked", "clicked"]


def test_a_line_that_breaks_between_two_texts_has_settled_the_first(world, people):
    ids = [world.clicked(number) for number in people[:2]]

    def gone():
        raise PortError("unplugged")

    with pytest.raises(PortError):
        sending.send_next(world.store, world.clock, world.modem, world.line_id, meanwhile=gone)
    assert [world.row(key)["state"] for key in ids] == ["sent", "clicked"]


@pytest.mark.parametrize("how", ["opted out", "paused", "nothing"])
def test_news_between_the_claim_and_the_last_question_is_seen_on_an_own_connection(world, people, how):
    message_id = world.clicked(people[0])

    def elsewhere():
        if how == "opted out":
            world.receive(world.pdu(people[0], "STOP"))
        elif how == "paused":
            world.set(line, world.line_id, paused=True)

    def news(proceed):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join(10)
        return proceed(1)

    real = world.modem.send
    world.modem.send = lambda outgoing, proceed, on_part: real(outgoing, lambda part: news(proceed), on_part)
    with world.store.own_connection():
        world.send()
    wanted = "sent" if how == "nothing" else "not_sent"
    assert world.row(message_id)["state"] == wanted
    assert world.modem.submitted == (1 if how == "nothing" else 0)
