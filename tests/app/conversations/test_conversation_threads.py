"""Conversations: found or made, listed by what waits, and read in pages from their end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.conversations import threads, who
from app.people import optouts
from app.store.engine import Store, open_store
from app.store.events import ConversationChanged, Event
from app.store.tables import campaign, click, contact, conversation, line, message

MARIA = "+13125550187"
NOON = datetime(2026, 4, 24, 12, tzinfo=ZoneInfo("America/Chicago")).timestamp()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def events(store: Store) -> list[Event]:
    seen: list[Event] = []
    store.subscribe(seen.append)
    return seen


def add(store: Store, table: sa.Table, **values: Any) -> int:
    with store.write() as unit:
        return int(unit.conn.execute(sa.insert(table).values(**values)).inserted_primary_key[0])


def thread(store: Store, number: str, **values: Any) -> int:
    return add(store, conversation, number=number, **{"last_at": NOON, **values})


def received(store: Store, thread_id: int, text: str, at: float, **values: Any) -> int:
    row = {
        "direction": "in",
        "state": "received",
        "kind": "text",
        "number": MARIA,
        "settled_at": at,
        **values,
    }
    return add(store, message, conversation_id=thread_id, text=text, created_at=at, **row)


def row_of(store: Store, thread_id: int) -> Any:
    with store.read() as conn:
        return conn.execute(sa.select(conversation).where(conversation.c.id == thread_id)).one()


# -- found or made --------------------------------------------------------------------------------


def test_a_number_has_one_conversation(store: Store, clock: FixedClock, events: list[Event]) -> None:
    person = add(store, contact, number=MARIA, name="Maria Ortega", created_at=0, updated_at=0)
    with store.write() as unit:
        first = threads.ensure(unit, clock, MARIA, "number", None, None)
        assert threads.ensure(unit, clock, MARIA, "number", None, None) == first
    made = row_of(store, first)
    assert (made.contact_id, made.line_id, made.last_at, made.waiting_since) == (person, None, NOON, None)
    assert events == [ConversationChanged(first)]


def test_a_person_keeps_their_line(store: Store, clock: FixedClock) -> None:
    office, field = (add(store, line, name=name, url=name, created_at=0) for name in ("Office", "Field"))
    with store.write() as unit:
        key = threads.ensure(unit, clock, MARIA, "number", None, office)
        threads.ensure(unit, clock, MARIA, "number", None, field)
    assert row_of(store, key).line_id == office


def test_a_contact_who_comes_later_is_tied_to_the_conversation(store: Store, clock: FixedClock) -> None:
    with store.write() as unit:
        key = threads.ensure(unit, clock, MARIA, "number", None, None)
    person = add(store, contact, number=MARIA, created_at=0, updated_at=0)
    with store.write() as unit:
        threads.ensure(unit, clock, MARIA, "number", None, None)
    assert row_of(store, key).contact_id == person


def test_a_sender_with_a_name_is_nobody_s_contact(store: Store, clock: FixedClock) -> None:
    add(store, contact, number="HMRC", created_at=0, updated_at=0)
    with store.write() as unit:
        key = threads.ensure(unit, clock, "HMRC", "sender", None, None)
    assert (row_of(store, key).contact_id, row_of(store, key).kind) == (None, "sender")


# -- the list -------------------------------------------------------------------------------------


def filled(store: Store) -> dict[str, int]:
    """One conversation of each sort."""
    jon = add(store, contact, number="+13125550119", name="Jon Park", created_at=0, updated_at=0)
    made = {
        "asks": thread(store, "+13125550119", contact_id=jon, last_at=NOON - 60, waiting_since=NOON - 60,
                       last_in_at=NOON - 60, unread=2, last_text="Is it ok if my daughter comes?",
                       last_direction="in"),
        "asks_longer": thread(store, "+13125550133", last_at=NOON - 30, waiting_since=NOON - 900,
                              last_in_at=NOON - 30, unread=1, last_text="Wrong 100% number_",
                              last_direction="in"),
        "answered": thread(store, "+447400123456", last_at=NOON - 10, last_in_at=NOON - 50,
                           last_text="See you!", last_direction="out"),
        "stopped": thread(store, "+13125550144", last_at=NOON - 5, waiting_since=NOON - 5, unread=1,
                          last_in_at=NOON - 5, last_text="STOP", last_direction="in"),
        "system": thread(store, "system", kind="system", last_at=NOON - 99, last_text="Balance 3 EUR"),
        "sender": thread(store, "HMRC", kind="sender", last_at=NOON - 98, last_text="Code 1234",
                         waiting_since=NOON - 98),
    }  # fmt: skip
    with store.write() as unit:
        optouts.opt_out(unit, FixedClock(NOON), "+13125550144", source="sms")
    return made


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("waiting", ["asks_longer", "asks"]),  # who waits longest is first; who opted out waits for nothing
        ("all", ["stopped", "answered", "asks_longer", "asks", "sender", "system"]),
        ("unread", ["stopped", "asks_longer", "asks"]),
        ("optout", ["stopped"]),
        ("system", ["sender", "system"]),
    ],
)
def test_each_filter_lists_what_it_counts(store: Store, filter: str, expected: list[str]) -> None:
    made = filled(store)
    rows = threads.page(store, filter=filter)
    assert [row.id for row in rows] == [made[name] for name in expected]
    assert threads.counts(store)[filter] == len(expected)


def test_a_row_says_who_and_what(store: Store) -> None:
    made = filled(store)
    rows = {row.id: row for row in threads.page(store, filter="all")}
    asks = rows[made["asks"]]
    assert (asks.name, asks.initials, asks.number_display) == ("Jon Park", "JP", "+1 (312) 555-0119")
    assert (asks.unread, asks.waiting_since, asks.done, asks.opted_out) == (2, NOON - 60, False, False)
    answered = rows[made["answered"]]
    assert (answered.name, answered.number_display, answered.done) == ("", "+44 7400 123456", True)
    assert rows[made["stopped"]].opted_out
    assert threads.by_number(store, "+13125550119") == asks
    assert threads.by_number(store, "+15035550000") is None


@pytest.mark.parametrize("filter", ["all", "waiting"])
def test_pages_join_without_gap_or_repeat(store: Store, filter: str) -> None:
    with store.write() as unit:
        for n in range(57):  # many share their times
            unit.conn.execute(
                sa.insert(conversation).values(
                    number=f"+1312555{n:04d}", last_at=NOON + n // 10, waiting_since=NOON - n // 7
                )
            )
    seen: list[int] = []
    after = None
    while page := threads.page(store, filter=filter, after=after, limit=10):
        seen += [row.id for row in page]
        after = page[-1]
    assert len(seen) == len(set(seen)) == 57
    assert seen == [row.id for row in threads.page(store, filter=filter, limit=100)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("jon", {"asks"}),
        ("DAUGHTER", {"asks"}),
        ("(312) 555-01", {"asks", "asks_longer", "stopped"}),
        ("0119", {"asks"}),
        ("100%", {"asks_longer"}),  # signs of the query language are plain characters
        ("number_", {"asks_longer"}),
        ("_", {"asks_longer"}),
        ("' OR 1=1 --", set()),
    ],
)
def test_names_numbers_and_last_texts_are_found(store: Store, query: str, expected: set[str]) -> None:
    made = filled(store)
    found = {row.id for row in threads.page(store, filter="all", query=query)}
    assert found == {made[name] for name in expected}
    assert threads.counts(store, query)["all"] == len(expected)


def test_what_a_person_does_with_a_thread(store: Store, events: list[Event]) -> None:
    key = filled(store)["asks"]
    assert threads.unread_total(store) == 4
    events.clear()
    threads.mark_read(store, key)
    threads.mark_read(store, key)  # nothing changes the second time, and nothing is said
    assert (threads.unread_total(store), events) == (2, [ConversationChanged(key)])
    threads.mark_done(store, key)
    assert [row.id for row in threads.page(store)] == [key + 1]
    threads.reopen(store, key)
    assert row_of(store, key).waiting_since == NOON - 60  # since their text, not since the press
    threads.save_draft(store, key, "Of course")
    threads.save_draft(store, key, "Of course")
    assert events == [ConversationChanged(key)] * 4
    found = threads.get(store, key)
    assert found is not None
    assert found.draft == "Of course"


# -- one thread -----------------------------------------------------------------------------------


def test_an_opened_thread_knows_its_person(store: Store, clock: FixedClock) -> None:
    person = add(
        store, contact, number=MARIA, name="Maria Ortega", first_name="Maria", last_name="Ortega",
        fields='{"slot": "10:30", "n": 3}', consent_source="web form", consent_at=1_772_496_000.0,
        created_at=0, updated_at=0,
    )  # fmt: skip
    office = add(store, line, name="Office SIM", url="x", created_at=0)
    key = thread(store, MARIA, contact_id=person, line_id=office)
    for name in ("Autumn", "Spring"):
        campaign_id = add(store, campaign, name=name, state="running", created_at=0)
        add(store, message, direction="out", state="queued", kind="first", number=MARIA, text="Hi",
            campaign_id=campaign_id, created_at=0)  # fmt: skip
    add(store, campaign, name="Not theirs", created_at=0)
    found = threads.get(store, key, clock)
    assert found is not None
    assert (found.id, found.contact_id, found.first_name, found.row.name) == (
        key, person, "Maria", "Maria Ortega",
    )  # fmt: skip
    assert found.fields == {"slot": "10:30", "n": "3"}
    assert found.consent == "web form, 3 Mar 2026"
    assert (found.local_time, found.place, found.line_name) == ("12:00", "Chicago", "Office SIM")
    assert found.campaigns == ("Spring", "Autumn")
    assert found.gate.verdict == "go"
    clock.advance(12 * 3600)
    night = threads.get(store, key, clock)
    assert night is not None
    assert (night.gate.verdict, night.gate.rule) == ("hold", "hours")
    assert threads.get(store, key + 1, clock) is None


def test_a_thread_without_a_person_opens_too(store: Store, clock: FixedClock) -> None:
    for number, kind in (("HMRC", "sender"), ("system", "system"), ("+88213312345", "number")):
        found = threads.get(store, thread(store, number, kind=kind), clock)
        assert found is not None
        assert (found.row.name, found.fields, found.local_time, found.zones) == ("", {}, "", ())


def test_messages_come_from_the_end_in_pages(store: Store) -> None:
    key = thread(store, MARIA)
    ids = [received(store, key, f"text {n}", NOON + n // 3) for n in range(25)]  # three share a time
    other = thread(store, "+13125550188")
    received(store, other, "somebody else's", NOON + 5)
    pages = []
    before = None
    while page := threads.messages(store, key, before=before, limit=10):
        pages.append(page)
        before = (page[0].at, page[0].id)
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [bubble.id for page in reversed(pages) for bubble in page] == ids


def test_a_thread_shows_what_was_written_and_not_what_waits(store: Store) -> None:
    key = thread(store, MARIA)
    shown = {received(store, key, "whole", NOON)}
    received(store, key, "part 1 …", NOON, complete=False, settled_at=None)
    shown.add(received(store, key, "late …", NOON, complete=False, note="part 2 of 2 missing"))
    for state in ("queued", "removed", "skipped", "blocked", "clicked", "sent", "unknown", "not_sent"):
        made = add(store, message, direction="out", state="queued", number=MARIA, text=state,
                   conversation_id=key, created_at=NOON)  # fmt: skip
        pressed = add(
            store, click, message_id=made, operator="D", at=0, monotonic=0, device="key", text_hash=""
        )
        with store.write() as unit:
            unit.conn.execute(
                sa.update(message).where(message.c.id == made).values(state=state, click_id=pressed)
            )
        if state not in ("queued", "removed", "skipped"):
            shown.add(made)
    assert {bubble.id for bubble in threads.messages(store, key)} == shown


def test_a_bubble_names_its_campaign_and_line(store: Store) -> None:
    key = thread(store, MARIA)
    office = add(store, line, name="Office SIM", url="x", created_at=0)
    spring = add(store, campaign, name="Spring", created_at=0)
    received(store, key, "Yes", NOON, line_id=office, campaign_id=spring, parts=2, note="repeat", kind="text")
    (bubble,) = threads.messages(store, key)
    assert (bubble.campaign_name, bubble.line_name, bubble.parts) == ("Spring", "Office SIM", 2)
    assert (bubble.direction, bubble.kind, bubble.note, bubble.at) == ("in", "text", "repeat", NOON)


def test_the_pages_of_a_thread_are_read_from_an_index(store: Store) -> None:
    from app.conversations.bubbles import _BUBBLES

    wanted = _BUBBLES.where(
        message.c.conversation_id == 1, sa.tuple_(message.c.created_at, message.c.id) < sa.tuple_(1.0, 2)
    ).limit(50)
    with store.read() as conn:
        statement = wanted.compile(conn, compile_kwargs={"literal_binds": True})
        plan = [str(row[3]) for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    assert any("ix_message_thread (conversation_id=? AND created_at<?)" in step for step in plan), plan
    assert not any("TEMP B-TREE" in step or "SCAN message" in step for step in plan), plan


# -- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("Maria Ortega", MARIA, "MO"),
        ("  ana  ", MARIA, "A"),
        ("Maria de la Cruz", MARIA, "MC"),
        ("(Dr) “Éva” Nagy", MARIA, "DN"),
        ("", MARIA, "87"),
        ("👍 🎉", MARIA, "87"),
        ("", "HMRC", "?"),
        ("x" * 10_000, MARIA, "X"),
    ],
)
def test_initials(name: str, number: str, expected: str) -> None:
    assert who.initials(name, number) == expected


@pytest.mark.parametrize(
    ("source", "at", "expected"),
    [
        ("web form", 1_772_496_000.0, "web form, 3 Mar 2026"),
        ("", None, ""),
        (" card ", None, "card"),
        ("", 1e99, ""),
    ],
)
def test_consent_in_words(source: str, at: float | None, expected: str) -> None:
    assert who.consent(source, at) == expected
