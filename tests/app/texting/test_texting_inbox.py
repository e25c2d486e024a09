"""The inbox: stored before deleted, shown once, and a STOP in force in the same write."""

from __future__ import annotations

import hashlib
import itertools
import json

import pytest
import sqlalchemy as sa

from app.conversations import threads
from app.people import optouts
from app.store.events import MessageReceived, OptOutChanged
from app.store.tables import contact, conversation, inbound_part, message, opt_out
from app.texting import arrivals, clicks, crash, inbox, joining
from modem import sms
from modem.api import Incoming, Slot

HOUR, DAY = 3600, 86_400
LONG = "".join(f"{n:03d} bottles of beer on the wall. " for n in range(15))  # four parts
EMOJI = "\N{GRINNING FACE}" * 90


def active(world, number):
    with world.store.read() as conn:
        return optouts.active(conn, number)


# -- one text -------------------------------------------------------------------------------------


def test_a_text_is_stored_with_its_raw_form_and_heads_its_thread(world, people):
    pdu = world.pdu(people[0], "Hello there", ago=30)
    received = world.receive(pdu, 4, delete=False)
    (row,) = world.inbound()
    assert (row["text"], row["number"], row["kind"], row["complete"], row["note"]) == (
        "Hello there", people[0], "text", True, "",
    )  # fmt: skip
    assert (row["created_at"], row["sent_at"]) == (world.clock.now(), world.clock.now() - 30)
    (part,) = world.parts()
    assert (part["pdu"], part["storage"], part["slot"], part["sim"]) == (pdu, "SM", 4, "8901")
    assert (part["deleted_at"], part["message_id"], part["kind"]) == (None, row["id"], "text")
    thread = world.thread(people[0])
    assert (thread["unread"], thread["last_text"], thread["last_direction"]) == (1, "Hello there", "in")
    # They wait since they wrote; the thread is on top since the text was read.
    assert (thread["waiting_since"], thread["last_in_at"]) == (world.clock.now() - 30, world.clock.now())
    assert MessageReceived(row["id"], people[0], thread["id"]) in world.events
    inbox.deleted(world.store, world.clock, [received.part_id])
    assert world.parts()[0]["deleted_at"] == world.clock.now()


@pytest.mark.parametrize(
    ("ago", "since"),
    [
        (8 * HOUR, 8 * HOUR),  # it lay on the SIM all night
        (14 * DAY, 14 * DAY),
        (14 * DAY + 1, 0),  # absurd: a clock that stands
        (20 * 365 * DAY, 0),
        (-1, 0),  # to come
        (-400 * DAY, 0),
    ],
)
def test_whoever_wrote_first_waits_longest_whenever_the_sim_is_read(world, people, ago, since):
    world.receive(world.pdu(people[1], "Before", ago=60))
    world.receive(world.pdu(people[0], "Here?", ago=ago))
    assert world.thread(people[0])["waiting_since"] == world.clock.now() - since
    assert world.thread(people[0])["last_in_at"] == world.clock.now()
    rows = threads.page(world.store, now=world.clock.now())
    first, second = (0, 1) if since else (1, 0)
    assert [row.number for row in rows] == [people[first], people[second]]


def test_an_older_text_that_is_read_later_makes_them_wait_longer(world, people):
    world.receive(world.pdu(people[0], "Two", ago=10))
    world.receive(world.pdu(people[0], "One", ago=500))
    world.receive(world.pdu(people[0], "Three", ago=5))
    assert world.thread(people[0])["waiting_since"] == world.clock.now() - 500


def test_a_thread_waits_since_the_first_unanswered_text(world, people):
    world.receive(world.pdu(people[0], "One"))
    since = world.clock.now()
    world.clock.advance(60)
    world.receive(world.pdu(people[0], "Two"))
    thread = world.thread(people[0])
    assert (thread["unread"], thread["waiting_since"]) == (2, since)


@pytest.mark.parametrize("sender", ["+13125550100", "13125550100", "3125550100"])
def test_a_sender_is_one_number_however_it_is_written(world, sender):
    world.receive(world.pdu("+13125550100", "One"))
    world.receive(world.pdu(sender, "Two"))
    assert [row["number"] for row in world.inbound()] == ["+13125550100"] * 2


def test_a_text_knows_its_contact_and_the_campaign_it_answers(world, people):
    with world.store.write() as unit:
        unit.conn.execute(
            sa.insert(contact).values(number=people[0], name="Jo", created_at=0.0, updated_at=0.0)
        )
    world.clicked(people[0])
    world.send()
    world.clock.advance(60)
    world.receive(world.pdu(people[0], "Yes!"))
    (row,) = world.inbound()
    assert (row["contact_id"], row["campaign_id"]) == (1, world.campaign_id)


@pytest.mark.parametrize("sender", ["HMRC", "72345"])
def test_a_sender_that_is_no_number_gets_a_thread_without_answers(world, sender):
    world.receive(world.pdu(sender, "STOP"))
    found = world.thread(sender)
    assert (found["kind"], found["unread"], found["waiting_since"]) == ("sender", 1, None)
    assert world.rows(sa.select(opt_out)) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("+13125550100", "\u201c+13125550100\u201d"),  # a name is no number, however it looks
        ("System messages", "System messages (a sender)"),
        (" ", "Unknown sender"),
    ],
)
def test_a_name_cannot_pass_for_something_else(name, shown):
    assert inbox._sender_name(inbox.Address(name, 5, 0)) == shown


# -- STOP and START -------------------------------------------------------------------------------


def test_a_stop_is_in_force_in_the_write_that_stores_it(world, people):
    queued, waiting = world.queue(people[0]), world.reply(people[0], "One more thing")
    world.receive(world.pdu(people[0], "Stop!"))
    assert active(world, people[0])
    (row,) = world.rows(sa.select(opt_out))
    assert (row["source"], row["evidence"], row["message_id"]) == ("sms", "Stop!", world.inbound()[0]["id"])
    assert {world.row(queued)["state"], world.row(waiting.message_id)["state"]} == {"blocked"}
    assert not world.send()
    thread = world.thread(people[0])
    assert (thread["unread"], thread["waiting_since"]) == (1, None)
    assert OptOutChanged(people[0], active=True) in world.events


def test_a_stop_that_is_not_committed_took_no_effect_and_is_read_again(world, people, died, monkeypatch):
    def die(point):
        if point == "R2":
            raise died

    pdu = world.pdu(people[0], "STOP")
    monkeypatch.setattr(crash, "reach", die)
    with pytest.raises(died):
        world.receive(pdu, 1)
    monkeypatch.undo()
    world.reopen()
    assert world.inbound() == []
    assert not active(world, people[0])
    world.receive(pdu, 1)
    assert active(world, people[0])


def test_a_start_lifts_and_the_next_stop_counts_again(world, people):
    world.receive(world.pdu(people[0], "STOP", ago=30))
    world.receive(world.pdu(people[0], "START", ago=20))
    assert not active(world, people[0])
    assert world.thread(people[0])["waiting_since"] is not None
    world.receive(world.pdu(people[0], "stop", ago=10))
    assert active(world, people[0])


def test_an_older_start_that_comes_later_lifts_nothing(world, people):
    world.receive(world.pdu(people[0], "STOP", ago=10))
    world.receive(world.pdu(people[0], "START", ago=20))
    assert active(world, people[0])


def test_a_start_after_an_opt_out_by_hand_lifts_it_and_one_before_does_not(world, people):
    with world.store.write() as unit:
        optouts.opt_out(unit, world.clock, people[0], source="operator", operator="Ana")
    world.receive(world.pdu(people[0], "START", ago=60))
    assert active(world, people[0])
    world.clock.advance(60)
    world.receive(world.pdu(people[0], "START"))
    assert not active(world, people[0])
    world.receive(world.pdu(people[0], "UNSTOP", ago=1))  # nothing stands: nothing happens
    assert not active(world, people[0])


def test_a_stop_counts_in_a_fragment_and_a_start_does_not(world, people):
    part = sms.Concat(1, 8, 2, 1)
    world.receive(sms.encode_deliver(people[0], "Stop", timestamp=world.stamp(), concat=part).hex)
    assert active(world, people[0])
    with world.store.write() as unit:
        optouts.lift(
            unit,
            world.clock,
            people[0],
            source="operator",
            reason="asked",
            evidence="her e-mail",
            operator="Ana",
        )
    pdu = sms.encode_deliver(people[0], "START", timestamp=world.stamp(), concat=sms.Concat(9, 8, 2, 1)).hex
    with world.store.write() as unit:
        optouts.opt_out(unit, world.clock, people[0], source="operator", operator="Ana")
    world.clock.advance(5)
    world.receive(pdu)
    assert active(world, people[0])


# -- again ----------------------------------------------------------------------------------------


def test_the_same_message_in_the_same_place_is_only_deleted(world, people):
    pdu = world.pdu(people[0])
    first = world.receive(pdu, 3, delete=False)
    again = world.receive(pdu, 3, delete=False)
    assert (again.part_id, again.message_id, again.new) == (first.part_id, first.message_id, False)
    assert len(world.inbound()) == len(world.parts()) == 1


def test_two_equal_texts_at_once_are_two(world, people):
    pdu = world.pdu(people[0])
    world.receive(pdu, 3, delete=False)
    world.receive(pdu, 4, delete=False)
    assert len(world.inbound()) == 2
    # And both are recognised after a stop.
    assert not world.receive(pdu, 4, delete=False).new
    assert not world.receive(pdu, 3, delete=False).new


def test_a_redelivery_after_the_delete_is_kept_raw_and_not_shown(world, people):
    pdu = world.pdu(people[0], "STOP")
    world.receive(pdu, 3)
    with world.store.write() as unit:
        optouts.lift(
            unit,
            world.clock,
            people[0],
            source="operator",
            reason="asked",
            evidence="her e-mail",
            operator="Ana",
        )
    assert world.receive(pdu, 3).kind == "repeat"
    assert len(world.inbound()) == 1
    assert [part["kind"] for part in world.parts()] == ["text", "repeat"]
    assert active(world, people[0])


def test_a_repeated_start_lifts_nothing(world, people):
    pdu = world.pdu(people[0], "START")
    world.receive(pdu, 3)
    world.receive(world.pdu(people[0], "STOP"), 4)
    world.clock.advance(60)
    assert world.receive(pdu, 5).kind == "repeat"
    assert active(world, people[0])


def test_a_directly_routed_text_that_comes_twice_is_one(world, people):
    pdu = world.pdu(people[0])
    assert world.direct(pdu).kind == "text"
    assert world.direct(pdu).kind == "repeat"
    assert len(world.inbound()) == 1


def test_another_sim_has_places_of_its_own(world, people):
    pdu = world.pdu(people[0])
    world.receive(pdu, 3, delete=False)
    other = inbox.LineInfo(world.line_id, "8902", "US")
    received = inbox.receive(world.store, world.clock, other, Incoming(pdu, Slot("SM", 3)))
    assert received.new


def test_what_is_gone_from_the_sim_is_found_deleted(world, people):
    one, two = world.pdu(people[0], "One"), world.pdu(people[0], "Two")
    world.receive(one, 1, delete=False)
    world.receive(two, 2, delete=False)
    on_sim = [Incoming(two, Slot("SM", 2)), Incoming(one)]
    assert inbox.reconcile(world.store, world.clock, world.info, on_sim) == 1
    assert [part["deleted_at"] is None for part in world.parts()] == [False, True]
    assert inbox.reconcile(world.store, world.clock, world.info, on_sim) == 0
    assert world.receive(one, 1).kind == "repeat"


def test_a_sims_texts_are_taken_in_the_order_of_the_centre(world, people):
    late, early = world.pdu(people[0], "late"), world.pdu(people[0], "early", ago=60)
    found = [Incoming("00", Slot("SM", 1)), Incoming(late, Slot("SM", 2)), Incoming(early, Slot("SM", 3))]
    assert [item.slot.index for item in inbox.in_order(found)] == [3, 2, 1]


# -- long texts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("bits", [8, 16])
def test_parts_join_in_any_order(world, people, order, bits):
    text = LONG[:400]
    pdus = world.pdus(people[0], text, 7, bits=bits)
    assert len(pdus) == 3
    for index in order:
        world.receive(pdus[index])
    (row,) = world.inbound()
    assert (row["text"], row["complete"], row["note"], row["parts"]) == (text, True, "", 3)
    assert world.thread(people[0])["unread"] == 1


def test_parts_join_over_a_restart(world, people):
    pdus = world.pdus(people[0], EMOJI)
    world.receive(pdus[1])
    world.reopen()
    for pdu in (pdus[2], pdus[0]):
        world.receive(pdu)
    assert world.inbound()[0]["text"] == EMOJI


def test_a_part_that_comes_twice_changes_nothing(world, people):
    pdus = world.pdus(people[0], LONG)
    for index in (1, 0, 1, 0, 3):
        world.receive(pdus[index], delete=index != 0)
    world.receive(pdus[1], delete=False)
    world.receive(pdus[2])
    world.receive(pdus[2], delete=False)
    (row,) = world.inbound()
    assert (row["text"], row["complete"]) == (LONG, True)


def test_a_part_from_another_centre_time_with_the_same_body_is_a_repeat(world, people):
    first, later = world.pdus(people[0], LONG, ago=10), world.pdus(people[0], LONG)
    for pdu in (first[0], later[0], *first[1:]):
        world.receive(pdu)
    (row,) = world.inbound()
    assert row["text"] == LONG
    # Once it is whole, the same text with a new time is another text.
    for pdu in later[1:]:
        world.receive(pdu)
    assert len(world.inbound()) == 2


def test_a_reference_that_is_used_again_begins_a_new_text(world, people):
    old, new = world.pdus(people[0], "a" * 300, 7), world.pdus(people[0], "b" * 300, 7)
    world.receive(old[0])
    world.receive(new[0])
    world.receive(new[1])
    assert [row["text"] for row in world.inbound()] == ["a" * 153, "b" * 300]


def test_texts_are_not_mixed(world, people):
    eight, sixteen = world.pdus(people[0], "a" * 300, 7), world.pdus(people[0], "b" * 300, 7, bits=16)
    other, three = world.pdus(people[1], "c" * 300, 7), world.pdus(people[0], "d" * 450, 7)
    for pdu in (eight[0], sixteen[0], other[0], three[0], three[2], other[1], sixteen[1], eight[1], three[1]):
        world.receive(pdu)
    assert sorted(row["text"] for row in world.inbound()) == ["a" * 300, "b" * 300, "c" * 300, "d" * 450]


def test_a_part_of_another_day_begins_a_new_text(world, people):
    pdus = world.pdus(people[0], LONG)
    world.receive(pdus[0])
    world.clock.advance(joining.GENERATION_SECONDS + 1)
    world.receive(pdus[1])
    assert len(world.inbound()) == 2


def test_a_text_with_a_missing_part_is_shown_after_ten_minutes(world, people):
    pdus = world.pdus(people[0], LONG)
    world.receive(pdus[0])
    world.receive(pdus[2])
    (row,) = world.inbound()
    assert (row["complete"], row["note"]) == (False, "parts 2, 4 of 4 missing")
    assert row["text"] == sms.join([sms.decode_incoming(pdus[0]), sms.decode_incoming(pdus[2])])
    assert world.thread(people[0])["unread"] == 0
    world.clock.advance(599)
    assert inbox.show_overdue(world.store, world.clock) == 0
    world.clock.advance(1)
    assert inbox.show_overdue(world.store, world.clock) == 1
    thread = world.thread(people[0])
    assert (thread["unread"], thread["waiting_since"]) == (1, world.clock.now() - 600)
    assert inbox.show_overdue(world.store, world.clock) == 0
    # A late part still joins, and the text is not counted again.
    world.receive(pdus[1])
    world.receive(pdus[3])
    (row,) = world.inbound()
    assert (row["complete"], row["note"], row["text"]) == (True, "", LONG)
    assert world.thread(people[0])["unread"] == 1


def test_an_incomplete_text_of_somebody_who_opted_out_waits_for_no_answer(world, people):
    world.receive(world.pdus(people[0], "x" * 300)[0])
    world.receive(world.pdu(people[0], "STOP"))
    world.receive(world.pdus("72345", "x" * 300)[0])
    world.clock.advance(600)
    assert inbox.show_overdue(world.store, world.clock) == 2
    assert [world.thread(number)["waiting_since"] for number in (people[0], "72345")] == [None, None]
    assert world.thread(people[0])["unread"] == 2


def test_a_text_that_stays_incomplete_is_closed_after_a_day(world, people):
    world.receive(world.pdus(people[0], "x" * 300)[0])
    world.clock.advance(joining.SHOW_AFTER_SECONDS)
    assert inbox.show_overdue(world.store, world.clock) == 1
    assert not world.inbound()[0]["complete"]
    world.clock.advance(joining.GENERATION_SECONDS)
    assert inbox.show_overdue(world.store, world.clock) == 1
    assert world.thread(people[0])["unread"] == 1
    (row,) = world.inbound()
    assert (row["complete"], row["note"]) == (True, "part 2 of 2 missing")
    world.clock.advance(1)
    assert inbox.show_overdue(world.store, world.clock) == 0


def test_a_flood_of_first_parts_closes_the_oldest(world, people):
    for reference in range(joining.MAX_OPEN_BY_SENDER + 5):
        world.receive(world.pdus(people[0], f"{reference} " + "x" * 200, reference)[0])
    rows = world.inbound()
    assert sum(not row["complete"] for row in rows) == joining.MAX_OPEN_BY_SENDER
    assert all(row["complete"] for row in rows[:5])
    assert world.thread(people[0])["unread"] == 5


def test_a_flood_from_many_senders_closes_the_oldest(world, people, monkeypatch):
    monkeypatch.setattr(joining, "MAX_OPEN", 8)
    for number in people[:10]:
        world.receive(world.pdus(number, "x" * 200)[0])
    assert [row["complete"] for row in world.inbound()] == [True] * 2 + [False] * 8


def test_notes_are_short(world):
    assert joining.note((), 1) == ""
    assert joining.note((2,), 3) == "part 2 of 3 missing"
    assert joining.note(tuple(range(2, 10)), 9) == "parts 2, 3, 4, 5, 6, ... of 9 missing"


# -- what is no text ------------------------------------------------------------------------------


def encode(world, **options):
    return sms.encode_deliver("+13125550100", "Hi", timestamp=world.stamp(), **options).hex


def test_a_flash_text_is_shown_with_a_note(world):
    world.receive(encode(world, flash=True))
    assert world.inbound()[0]["note"] == "flash"


def test_a_silent_message_is_a_system_message_and_never_lost(world):
    world.receive(encode(world, pid=0x40))
    (row,) = world.inbound()
    assert (row["kind"], row["number"]) == ("system", "+13125550100")
    assert row["text"].startswith("Silent message from +13125550100")
    assert row["text"].endswith("Hi")
    thread = world.one(sa.select(conversation))
    assert (thread["kind"], thread["unread"], thread["waiting_since"]) == ("system", 1, None)


def test_a_stop_in_a_silent_message_counts_too(world):
    world.receive(sms.encode_deliver("+13125550100", "STOP", timestamp=world.stamp(), pid=0x40).hex)
    assert active(world, "+13125550100")


def raw(pid="00", dcs="04", udh="", data="00"):
    """A DELIVER from +13125550100 made by hand (TS 23.040 9.2.2.1)."""
    body = udh + data
    first = "44" if udh else "04"
    return f"00{first}0B913121550501F0{pid}{dcs}72105181000000{len(body) // 2:02X}{body}"


@pytest.mark.parametrize(
    ("pdu", "words"),
    [
        (raw(udh="0605040B8423F0", data="0106226170706C69636174696F6E2F766E642E7761702E6D6D732D6D65737361676500"), "(MMS)"),
        (raw(udh="0605040B8423F0", data="01060603AE81EA"), "WAP push"),
        (raw(udh="06050415820000"), "port 5506"),
        (raw(), "Data that is no text"),
        (raw(dcs="C8", data="C834"), "Voice mail"),
    ],
)  # fmt: skip
def test_data_is_named_and_not_run(world, pdu, words):
    world.receive(pdu)
    (row,) = world.inbound()
    assert row["kind"] == "system"
    assert words in row["text"]


# gammu tests/at-sms/33.dump and python-messaging test_wap.py (a push in two parts; the first here).
MMS = (
    "07913307005630F0440BA13307570230F00006017010900412806A0605040B8423F0040603BEAF848C82983132373739373030"
    "3539008D92891980160433333730373532303033302F545950453D504C4D4E009679424F008A808E0122880481020BB8836874"
    "74703A2F2F6D6D73632E6C61626D6374656C2E66723A393039302F6D333300"
)
# AOSP GsmSmsTest.testCPHSVoiceMail: a sender of two odd characters, one space, type 1.
CPHS_SET = "07912160130310F20404D0110041006060627171118A0120"
CPHS_CLEAR = "07912160130310F20404D0100041006021924193352B0120"


@pytest.mark.parametrize(
    ("pdu", "words"),
    [
        (MMS, "Picture message (MMS) from"),
        (CPHS_SET, "Voice mail is reported by the operator."),
        (CPHS_CLEAR, "no voice mail waits"),
        (raw(dcs="C8", data="C834"), "Voice mail is reported"),  # 23.038 4: waiting, discard
        (raw(dcs="D9", data="C834"), "A fax is reported"),  # ... store
        (raw(dcs="EA", data="0041"), "E-mail is reported"),  # ... UCS-2
        (raw(dcs="CB", data="C834"), "Another message is reported"),
        (raw(pid="5F", dcs="00", data="C834"), "Voice mail is reported"),  # return call message
        (raw(pid="7F", dcs="F6", data="027000"), "for the SIM card"),  # 23.048: (U)SIM data download
        (raw(pid="7F", dcs="16", data="027000"), "for the SIM card"),
        (raw(pid="00", dcs="12", data="C834"), "for the SIM card"),  # class 2
        (raw(pid="7C", dcs="00", data="C834"), "for the SIM card"),
        (raw(pid="7D", dcs="11", data="C834"), "for the modem itself"),
        (raw(pid="7E", dcs="F1", data="C834"), "for the modem itself"),
        (raw(pid="40", dcs="00", data="C834"), "Silent message"),
        (raw(udh="0605040B8423F0", data="01060603AE81EA"), "WAP push"),
        (raw(udh="06050423F40000", data="424547494E"), "port 9204"),  # vCard
        (raw(dcs="F5", data="00FF"), "Data that is no text"),
    ],
)
def test_what_no_person_wrote_is_named_kept_raw_and_answered_by_nobody(world, pdu, words):
    received = world.receive(pdu)
    (row,) = world.inbound()
    assert (received.kind, row["kind"]) == ("system", "system")
    assert words in row["text"]
    thread = world.one(sa.select(conversation))
    assert (thread["number"], thread["kind"], thread["waiting_since"]) == (
        inbox.SYSTEM_THREAD,
        "system",
        None,
    )
    assert [part["pdu"] for part in world.parts()] == [pdu]
    assert world.rows(sa.select(message).where(message.c.direction == "out")) == []


def test_a_named_sender_is_read_as_it_is_written(world):
    # python-messaging test_sms.py
    world.receive(
        "07919333852804000412D0F7FBDD454FB75D693A0000903002801153402BCD301E9F0605D9E971191483C140412A35690D52"
        "832063D2F9040599A058EE05A3BD6430580E"
    )
    (row,) = world.inbound()
    assert (row["number"], row["text"]) == ("www.tim.it", "Maxxi Alice 100 ATTIVATA FINO AL 19/04/2009")
    assert world.thread("www.tim.it")["kind"] == "sender"


def test_a_replacing_text_leaves_the_earlier_one_and_says_so(world, people):
    def send(text, pid, sender=people[0], **more):
        return world.receive(
            sms.encode_deliver(sender, text, timestamp=world.stamp(), pid=pid, **more).hex
        ).message_id

    first = send("Gate 1", 0x41)
    other_type = send("Seat 5", 0x42)
    other_person = send("Gate 7", 0x41, people[1])
    plain = send("Hello", 0)
    assert {row["note"] for row in world.inbound()} == {""}
    second = send("Gate 2", 0x41)
    third = send("Gate 3", 0x41, flash=True)
    notes = {row["id"]: row["note"] for row in world.inbound()}
    assert notes == {
        first: "replaced by a later text",
        other_type: "",
        other_person: "",
        plain: "",
        second: "replaces an earlier text; replaced by a later text",
        third: "replaces an earlier text",
    }
    assert [row["text"] for row in world.inbound()] == [
        *("Gate 1", "Seat 5", "Gate 7", "Hello", "Gate 2", "Gate 3")
    ]
    assert world.thread(people[0])["last_text"] == "Gate 3"
    # The same one again replaces nothing.
    world.receive(sms.encode_deliver(people[0], "Gate 3", timestamp=world.stamp(), pid=0x41, flash=True).hex)
    assert {row["id"]: row["note"] for row in world.inbound()} == notes


def test_a_stop_counts_though_it_is_replaced(world, people):
    for text in ("STOP", "Sorry"):
        world.receive(sms.encode_deliver(people[0], text, timestamp=world.stamp(), pid=0x43).hex)
    assert active(world, people[0])


def test_the_parts_of_a_replacing_text_do_not_replace_each_other(world, people):
    for reference in (1, 2):
        for part, text in ((1, "one "), (2, "two")):
            concat = sms.Concat(reference, 8, 2, part)
            world.receive(
                sms.encode_deliver(people[0], text, timestamp=world.stamp(), pid=0x41, concat=concat).hex
            )
    first, second = world.inbound()
    assert (first["text"], first["note"]) == ("one two", "replaced by a later text")
    assert (second["text"], second["note"]) == ("one two", "replaces an earlier text")


# -- backends that never see a PDU ----------------------------------------------------------------


def told(world, text, sender="+13125550100", *, key="a1", **values):
    """What a backend without PDUs hands up: a whole text, and what it was told as JSON."""
    alphanumeric = not sender.lstrip("+").isdigit()
    fields = {
        "smsc": None,
        "sender": sms.Address(sender, 5 if alphanumeric else 1, 0 if alphanumeric else 1),
        "timestamp": world.stamp(),
        "pid": 0,
        "dcs": 0,
        "alphabet": sms.Alphabet.UCS2,
        "message_class": None,
        "concat": None,
        "text": text,
        "data": b"",
        "udh": (),
        "ports": None,
    }
    return Incoming(
        json.dumps({"id": key, "text": text}), Slot("phone", 7), message=sms.Deliver(**fields | values)
    )


def take(world, incoming, delete=True):
    received = inbox.receive(world.store, world.clock, world.info, incoming)
    if delete:
        inbox.deleted(world.store, world.clock, [received.part_id])
    return received


def test_a_long_text_without_pdus_is_stored_whole(world):
    take(world, told(world, LONG * 3))
    (row,) = world.inbound()
    assert (row["text"], row["parts"], row["complete"], row["note"]) == (LONG * 3, 1, True, "")
    (part,) = world.parts()
    assert part["pdu"] == json.dumps({"id": "a1", "text": LONG * 3})
    assert part["sha256"] == hashlib.sha256(part["pdu"].encode()).hexdigest()


def test_a_part_without_a_pdu_is_a_text_of_its_own(world):
    for part in (1, 2):
        take(world, told(world, f"part {part}", key=f"p{part}", concat=sms.Concat(3, 8, 2, part)))
    assert [row["text"] for row in world.inbound()] == ["part 1", "part 2"]
    assert all(row["complete"] for row in world.inbound())


def test_a_stop_without_a_pdu_opts_out(world):
    take(world, told(world, "STOP"))
    assert active(world, "+13125550100")


def test_a_name_without_a_pdu_has_a_thread_without_answers(world):
    take(world, told(world, "Your parcel is here", "DHL"))
    assert world.thread("DHL")["kind"] == "sender"


def test_what_is_offered_again_in_its_place_is_recognised(world):
    first = take(world, told(world, "Hi"), delete=False)
    again = take(world, told(world, "Hi"), delete=False)
    assert (again.part_id, again.new, len(world.inbound())) == (first.part_id, False, 1)
    # JSON that differs in case is another text.
    other = take(world, told(world, "HI"), delete=False)
    assert other.new
    assert len(world.inbound()) == 2
    assert inbox.reconcile(world.store, world.clock, world.info, [told(world, "Hi")]) == 1


def test_a_report_without_a_pdu_matches(world, people):
    world.clicked(people[0])
    world.send()
    report = sms.StatusReport(None, 1, sms.Address(people[0], 1, 1), world.stamp(), world.stamp(), 0)
    take(world, Incoming('{"id":"r1"}', message=report))
    assert world.rows(sa.select(message.c.delivery)) == [{"delivery": "delivered"}]


def test_no_text_is_too_long_or_too_odd_to_store(world):
    take(world, told(world, "x" * 100_000))
    take(world, told(world, "half \ud83d of it\0", "\ud83dname" + "y" * 200, key="a2"))
    first, second = world.inbound()
    assert len(first["text"]) == inbox.MAX_TEXT
    assert second["text"] == "half \N{REPLACEMENT CHARACTER} of it\N{REPLACEMENT CHARACTER}"
    assert len(second["number"]) == 64
    assert max(len(part["pdu"]) for part in world.parts()) == inbox.MAX_PDU
    odd = told(world, "odd", key="a3")
    take(world, Incoming("{\ud83d\0}", odd.slot, message=odd.message))
    assert world.parts()[-1]["pdu"] == "{" + 2 * "\N{REPLACEMENT CHARACTER}" + "}"


def test_an_unreadable_message_is_kept_and_shown_once(world):
    for pdu in ("0004", "ZZ", "", "00" * 40_000):
        world.receive(pdu, 1)
        world.receive(pdu, 1)
    assert len(world.inbound()) == 4
    assert {row["kind"] for row in world.inbound()} == {"system"}
    assert [part["kind"] for part in world.parts()] == ["unreadable", "repeat"] * 4
    assert max(len(part["pdu"]) for part in world.parts()) == inbox.MAX_PDU
    assert world.one(sa.select(conversation))["number"] == inbox.SYSTEM_THREAD


def test_a_fault_of_the_decoder_does_not_make_the_line_deaf(world, monkeypatch):
    monkeypatch.setattr(sms, "decode_incoming", lambda _: (_ for _ in ()).throw(ZeroDivisionError()))
    assert world.receive(world.pdu()).kind == "unreadable"


def test_a_reply_to_a_thread_with_words_of_ours_is_refused(world):
    world.receive(encode(world, pid=0x40))
    thread = world.one(sa.select(conversation))
    assert isinstance(world.reply(thread["id"]), clicks.Refused)


def test_a_text_without_a_time_is_taken_as_it_comes(world):
    pdu = raw(dcs="00", data="C834").replace("72105181000000", "FFFFFFFFFFFFFF")
    world.receive(pdu)
    assert world.inbound()[0]["sent_at"] is None
    assert inbox.in_order([Incoming(pdu)]) == [Incoming(pdu)]


def test_the_judge_lifts_for_a_text_without_a_time(world, people):
    world.receive(world.pdu(people[0], "STOP"))
    arrival = arrivals.Arrival(
        number=people[0], thread=people[0], thread_kind="number", text="START", line_id=1, is_person=True
    )
    with world.store.write() as unit:
        arrivals.judge(unit, world.clock, arrival, message_id=None, whole=True)
    assert not active(world, people[0])


def test_every_part_is_tied_to_its_message(world, people):
    for pdu in world.pdus(people[0], LONG):
        world.receive(pdu)
    assert {part["message_id"] for part in world.rows(sa.select(inbound_part))} == {1}
    assert world.rows(sa.select(message.c.line_id)) == [{"line_id": world.line_id}]


def test_what_came_together_is_stored_in_one_transaction_and_stops_count(world, people, monkeypatch):
    real, written = world.store.write_vital, []

    def write(work):
        written.append(1)
        return real(work)

    monkeypatch.setattr(world.store, "write_vital", write)
    queued = world.queue(people[0])
    pdus = [world.pdu(people[0], "STOP"), world.pdu(people[1], "Hello"), "ZZ", world.pdu(people[1], "Hello")]
    items = [Incoming(pdu, Slot("SM", place)) for place, pdu in enumerate(pdus)]
    info = world.info
    stored = inbox.receive_all(world.store, world.clock, info, items)
    assert [one.kind for one in stored] == ["text", "text", "unreadable", "text"]
    assert len(written) == 1
    assert world.row(queued)["state"] == "blocked"
    # Offered again they are recognised, each in its place.
    again = inbox.receive_all(world.store, world.clock, info, items)
    assert [(one.part_id, one.new) for one in again] == [(one.part_id, False) for one in stored]
    many = [Incoming(world.pdu(people[2], f"Text {n}"), Slot("SM", 100 + n)) for n in range(60)]
    written.clear()
    assert len(inbox.receive_all(world.store, world.clock, info, many)) == 60
    assert len(written) == 3
    assert inbox.receive_all(world.store, world.clock, info, ()) == ()
