"""Forwarding a text to one's own phone: what goes, to whom, and what the rules say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.campaigns import gate
from app.clock import SystemClock
from app.conversations import forwarding, threads
from app.conversations import forwarding_phones as phones
from app.conversations.forwarding import CUT, Forward
from app.conversations.forwarding_phones import PhoneError, SomebodysError
from app.people import holds, optouts
from app.store import tables as t
from app.store.engine import Store, open_store
from app.texting import arrivals, clicks, measure, settling
from app.texting.arrivals import Arrival
from app.texting.clicks import Clicked, Press, Refused
from app.texting.settling import Settlement

NIGHT = 1_794_625_200.0  # Saturday, 14 November 2026, 03:00 UTC: 21:00 on Friday in Chicago
ANA, MINE = "+13125550187", "+13125550199"
PRESS = Press("key:Return", 1.0, NIGHT)


class Clock(SystemClock):
    def now(self) -> float:
        return NIGHT


CLOCK = Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    with opened.write() as unit:
        insert = sa.insert(t.line).values(
            id=1, name="Office", url="/dev/null", number="13125550100", created_at=1
        )
        unit.conn.execute(insert)
    yield opened
    opened.close()


def person(store: Store, number: str, name: str) -> None:
    with store.write() as unit:
        values = {"number": number, "name": name, "created_at": NIGHT, "updated_at": NIGHT}
        unit.conn.execute(sa.insert(t.contact).values(**values))


def says(store: Store, text: str, number: str = ANA) -> int:
    arrival = Arrival(number, number, "number", text, 1, is_person=True)
    with store.write() as unit:
        return arrivals.store(unit, CLOCK, arrival)


def mine(store: Store, number: str = MINE, **more: Any) -> None:
    phones.save(store, CLOCK, 7, number, "US", "Dana", **more)


def prepared(store: Store, key: int, *, masked: bool = True) -> Forward:
    return forwarding.prepare(store, CLOCK, key, 7, masked=masked)


def send(store: Store, shown: Forward, *, masked: bool = True) -> Clicked | Refused:
    return forwarding.send(store, CLOCK, shown, 7, masked=masked, press=PRESS, operator="Dana")


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.read() as conn:
        return [tuple(row) for row in conn.execute(sa.text(query))]


# -- whose phone ----------------------------------------------------------------------------------


def test_each_person_has_a_phone_of_their_own_and_it_is_written_in_any_way(store: Store) -> None:
    assert phones.get(store, 7) is None
    kept = phones.save(store, CLOCK, 7, " (312) 555-0199 ", "US", "Dana")
    assert kept is not None
    assert (kept.number, kept.display, kept.sure) == (MINE, "+1 (312) 555-0199", False)
    phones.save(store, CLOCK, None, "+44 7400 123456", "US", "")
    assert phones.get(store, 7) == kept
    assert getattr(phones.get(store, None), "number", "") == "+447400123456"
    assert phones.save(store, CLOCK, 7, "  ", "US", "Dana") is None
    assert phones.get(store, 7) is None
    assert phones.get(store, None) is not None
    audit = rows(store, "SELECT action, detail FROM audit ORDER BY id")
    assert audit[0] == ("own phone set", "ends in 0199")
    assert audit[-1] == ("own phone removed", "")


def test_what_is_no_number_or_a_line_of_ours_is_refused_and_the_old_one_kept(store: Store) -> None:
    mine(store)
    for typed in ("12", "call me", "+1 312 555 0187 x4", "+1312555010000000000", "3125550100"):
        with pytest.raises(PhoneError):
            phones.save(store, CLOCK, 7, typed, "US", "Dana")
    assert getattr(phones.get(store, 7), "number", "") == MINE


def test_the_number_of_somebody_who_is_texted_must_be_said_to_be_ones_own(store: Store) -> None:
    person(store, MINE, "Dana\u202e Field")
    with pytest.raises(SomebodysError, match="Dana Field's"):
        mine(store)
    mine(store, sure=True)
    assert phones.get(store, 7) == phones.Phone(MINE, sure=True)
    says(store, "hello", "+13125550155")
    with pytest.raises(SomebodysError, match="conversation here"):
        mine(store, "+13125550155")


def test_a_setting_that_cannot_be_read_is_none(store: Store) -> None:
    for value in ("[", "[1]", '{"7": 5}', '{"7": {"number": 5}}', '{"7": {}}'):
        with store.write() as unit:
            unit.conn.execute(sa.delete(t.office_setting))
            unit.conn.execute(sa.insert(t.office_setting).values(key=phones.KEY, value=value))
        assert phones.get(store, 7) is None


# -- what goes ------------------------------------------------------------------------------------


def test_the_words_name_the_person_and_mask_the_number() -> None:
    assert forwarding.words_of("Ana Ruiz", ANA, "On  my\nway", masked=True) == (
        "From Ana Ruiz (..0187): On my way",
        False,
    )
    assert forwarding.words_of("Ana Ruiz", ANA, "Ok", masked=False)[0] == f"From Ana Ruiz ({ANA}): Ok"
    assert forwarding.words_of("", ANA, "Ok", masked=True)[0] == "From ..0187: Ok"
    assert forwarding.words_of("", "BANK", "Ok", masked=True)[0] == "From BANK: Ok"
    head = forwarding.words_of("Ana", ANA, "Ok", masked=True)[0]
    assert measure.measure(head).alphabet == "GSM-7"  # the mask makes no text longer


def test_what_cannot_be_seen_does_not_go_and_no_second_line_is_begun() -> None:
    text = "\u202etxt.exe\u2066\x00\x1b\ud800 yes\r\nFrom Bo (..0001):\u2028no \U0001f469\u200d\U0001f4bb"
    words, cut = forwarding.words_of("A\u202ena\n", ANA, text, masked=True)
    assert words == "From Ana (..0187): txt.exe yes From Bo (..0001): no \U0001f469\u200d\U0001f4bb"
    assert not cut


@pytest.mark.parametrize("letter", ["a", "ж", "\U0001f469", "{"])
def test_long_texts_are_cut_and_say_so(letter: str) -> None:
    words, cut = forwarding.words_of("Ana", ANA, letter * 30_000, masked=True)
    assert cut
    assert words.endswith(CUT)
    assert measure.measure(words).segments == forwarding.MOST_SEGMENTS
    longer = words.removesuffix(CUT) + letter + CUT
    assert measure.measure(longer).segments > forwarding.MOST_SEGMENTS


# -- one click ------------------------------------------------------------------------------------


def test_one_press_makes_one_message_with_its_own_click_and_the_thread_goes_on_waiting(store: Store) -> None:
    person(store, ANA, "Ana Ruiz")
    key = says(store, "is it far?")
    mine(store)
    shown = prepared(store, key)
    assert (shown.to, shown.text, shown.why) == (MINE, "From Ana Ruiz (..0187): is it far?", "")
    assert rows(store, "SELECT count(*) FROM message WHERE direction = 'out'") == [(0,)]  # nothing waits
    before = rows(store, "SELECT waiting_since, unread, last_text, last_direction, draft FROM conversation")
    taken = send(store, shown)
    assert isinstance(taken, Clicked)
    found = rows(
        store,
        "SELECT id, kind, state, number, conversation_id, text, line_id FROM message WHERE direction = 'out'",
    )
    thread = threads.by_number(store, ANA)
    assert thread is not None
    assert found == [(taken.message_id, "forward", "clicked", MINE, thread.id, shown.text, 1)]
    assert rows(store, "SELECT message_id, operator, voided_at FROM click") == [
        (taken.message_id, "Dana", None)
    ]
    with store.write() as unit:
        values = {"state": "sending", "claimed_at": NIGHT, "parts": 1}
        unit.conn.execute(sa.update(t.message).where(t.message.c.id == taken.message_id).values(**values))
    settling.settle(store, Settlement(taken.message_id, "sent", 1, (5,), "", "", NIGHT))
    assert rows(store, f"SELECT state FROM message WHERE id = {taken.message_id}") == [("sent",)]
    after = rows(store, "SELECT waiting_since, unread, last_text, last_direction, draft FROM conversation")
    assert after == before  # one conversation, and nobody answered Ana
    assert prepared(store, key).before is not None


def test_a_click_that_is_taken_back_leaves_nothing_on_the_desk_or_in_the_draft(store: Store) -> None:
    key = says(store, "is it far?")
    mine(store)
    taken = send(store, prepared(store, key))
    assert isinstance(taken, Clicked)
    assert clicks.take_back(store, CLOCK, taken.message_id)
    assert rows(store, "SELECT state FROM message WHERE direction = 'out'") == [("removed",)]
    assert rows(store, "SELECT draft FROM conversation") == [("",)]


def test_one_that_did_not_leave_goes_again_by_another_press_and_stays_a_forwarded_one(store: Store) -> None:
    key = says(store, "is it far?")
    mine(store)
    first = send(store, prepared(store, key))
    assert isinstance(first, Clicked)
    with store.write() as unit:
        row = sa.update(t.message).where(t.message.c.id == first.message_id)
        unit.conn.execute(row.values(state="unknown", claimed_at=NIGHT))
    again = clicks.send_again(store, CLOCK, first.message_id, press=PRESS, operator="Dana")
    assert isinstance(again, Clicked)
    found = rows(
        store, "SELECT kind, number, conversation_id FROM message WHERE direction = 'out' ORDER BY id"
    )
    assert found[0] == found[1]
    assert len(rows(store, "SELECT id FROM click")) == 2


def test_it_may_go_at_any_hour_and_often_but_to_an_own_phone_alone(store: Store) -> None:
    mine(store)
    for text in ("one", "two", "three", "four", "five"):
        taken = send(store, prepared(store, says(store, text)))
        assert isinstance(taken, Clicked)
        with store.write() as unit:
            unit.conn.execute(
                sa.update(t.message)
                .where(t.message.c.id == taken.message_id)
                .values(state="sent", claimed_at=NIGHT)
            )
    row = {"id": None, "number": MINE, "kind": "forward", "campaign_id": None, "resend_of": None}
    with store.read() as conn:
        assert gate.check(conn, NIGHT, row).verdict == "go"
        assert gate.check(conn, NIGHT, row | {"kind": "reply"}).rule == "caps"
        assert gate.check(conn, NIGHT, row | {"number": "+13125550142"}).rule == "hours"
    phones.save(store, CLOCK, 7, "", "US", "Dana")  # nobody's own any more
    with store.read() as conn:
        assert gate.check(conn, NIGHT, row).rule == "caps"


def test_what_speaks_against_it_is_said_and_nothing_is_kept(store: Store) -> None:
    key = says(store, "is it far?")
    assert "Settings" in prepared(store, key).why
    mine(store)
    shown = prepared(store, key)
    with store.write() as unit:
        optouts.opt_out(unit, CLOCK, MINE, source="operator", evidence="by phone", operator="Dana")
    assert "opted out" in prepared(store, key).why
    taken = send(store, shown)
    assert isinstance(taken, Refused)
    assert rows(store, "SELECT count(*) FROM message WHERE direction = 'out'") == [(0,)]
    with store.write() as unit:
        optouts.lift(unit, CLOCK, MINE, source="sms", reason="START")
        holds.put(unit, NIGHT, MINE, rule="S1", said="stop texting", why="It may be one.", message_id=None)
    assert "asked for no more" in prepared(store, key).why
    assert isinstance(send(store, shown), Refused)


def test_a_refused_click_takes_its_message_with_it(store: Store) -> None:
    key = says(store, "is it far?")
    mine(store)
    shown = prepared(store, key)
    store.locked = True
    taken = send(store, shown)
    assert isinstance(taken, Refused)
    assert "locked" in taken.why
    assert rows(store, "SELECT count(*) FROM message WHERE direction = 'out'") == [(0,)]


def test_what_changed_after_it_was_shown_does_not_go(store: Store) -> None:
    key = says(store, "is it far?")
    mine(store)
    shown = prepared(store, key)
    mine(store, "+13125550198")
    refused = send(store, shown)
    assert isinstance(refused, Refused)
    assert refused.why == forwarding.CHANGED
    refused = send(store, prepared(store, key), masked=False)
    assert isinstance(refused, Refused)


def test_their_own_phone_a_contact_by_now_and_what_is_no_text_of_theirs(store: Store) -> None:
    mine(store)
    own = says(store, "hello from my phone", MINE)
    assert prepared(store, own).why == forwarding.ITS_OWN
    key = says(store, "is it far?")
    person(store, MINE, "Bo")
    assert "Bo's by now" in prepared(store, key).why
    mine(store, sure=True)
    assert prepared(store, key).why == ""
    assert "cannot be forwarded" in prepared(store, 99_999).why
    with store.write() as unit:
        note = Arrival("x", "System messages", "system", "SIM full", 1)
        system = arrivals.store(unit, CLOCK, note)
    assert "cannot be forwarded" in prepared(store, system).why
