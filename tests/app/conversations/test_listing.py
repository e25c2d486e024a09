"""The list by what replies say: filters, counts, safety words first, snooze, whose it is, and machines' texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from app.conversations import threads
from app.people import holds
from app.store import tables as t
from app.store.engine import Store, open_store
from app.texting import arrivals
from app.texting.arrivals import Arrival

NOON = 1_794_000_000.0


class Clock(SystemClock):
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    with store.write() as unit:
        unit.conn.execute(sa.insert(t.line).values(id=1, name="One", url="x", created_at=NOON))
    yield store
    store.close()


def number(tail: int) -> str:
    return f"+1312555{tail:04d}"


def says(
    store: Store, clock: Clock, tail: int, text: str, ago: float = 0.0, *, sent_ago: float | None = None
) -> None:
    clock.at = NOON - ago
    sent_at = None if sent_ago is None else NOON - sent_ago
    arrival = Arrival(number(tail), number(tail), "number", text, 1, is_person=True, sent_at=sent_at)
    with store.write() as unit:
        arrivals.store(unit, clock, arrival)
    clock.at = NOON


def listed(store: Store, filter: str, now: float = NOON, operator: str = "") -> list[int]:
    rows = threads.page(store, filter=filter, now=now, operator=operator)
    assert threads.counts(store, now=now, operator=operator)[filter] == len(rows)
    return [int(row.number[-4:]) for row in rows]


def test_each_label_lists_who_waits_with_it(store: Store, clock: Clock) -> None:
    says(store, clock, 1, "Where is it?", 900)
    says(store, clock, 2, "Yes, works for me, thanks!", 800)
    says(store, clock, 3, "No thanks, not interested", 700)
    says(store, clock, 4, "stop texting me before 9", 600)
    says(store, clock, 5, "STOP", 500)
    assert listed(store, "question") == [1]
    assert listed(store, "positive") == [2]
    assert 3 in listed(store, "negative")
    assert listed(store, "hold") == [4]
    assert listed(store, "optout") == [5]
    assert listed(store, "waiting") == [1, 2, 3, 4]
    (stopped,) = threads.page(store, filter="optout", now=NOON)
    assert stopped.opted_out
    assert stopped.labels == ()
    holds.decide(store, clock, number(4), "opted out", "Ana")
    assert listed(store, "hold") == []
    assert listed(store, "waiting") == [1, 2, 3]


def test_safety_words_stand_first_and_pages_go_on_behind_them(store: Store, clock: Clock) -> None:
    for tail in range(1, 8):
        says(store, clock, tail, "Where is it?", 1000 - tail)
    says(store, clock, 8, "I want to kill myself", 10)
    says(store, clock, 9, "i am going to end my life", 5)
    seen: list[int] = []
    after = None
    while page := threads.page(store, after=after, limit=2, now=NOON):
        seen += [int(row.number[-4:]) for row in page]
        after = page[-1]
    assert seen == [8, 9, 1, 2, 3, 4, 5, 6, 7]


def test_a_machines_text_makes_nobody_wait_and_hides_no_question(store: Store, clock: Clock) -> None:
    auto = "I'm driving with Do Not Disturb While Driving turned on. I'll see your message when I get there."
    says(store, clock, 1, auto, 60)
    assert listed(store, "waiting") == []
    (row,) = threads.page(store, filter="all", now=NOON)
    assert row.labels == ("automatic",)
    says(store, clock, 2, "Where is it?", 60)
    says(store, clock, 2, auto, 30)
    assert listed(store, "waiting") == [2]
    assert listed(store, "question") == [2]  # what waits is still the question


def test_snoozed_comes_back_by_itself_and_by_a_new_text(store: Store, clock: Clock) -> None:
    says(store, clock, 1, "Where is it?", 900)
    (row,) = threads.page(store, now=NOON)
    threads.snooze(store, row.id, NOON + 3600)
    assert listed(store, "waiting") == []
    assert listed(store, "snoozed") == [1]
    assert listed(store, "waiting", NOON + 3600) == [1]
    assert listed(store, "snoozed", NOON + 3600) == []
    says(store, clock, 1, "Hello?")
    assert listed(store, "waiting") == [1]
    threads.snooze(store, row.id, NOON + 3600)
    threads.mark_done(store, row.id)
    assert listed(store, "waiting", NOON + 7200) == []
    threads.snooze(store, row.id, NOON + 3600)  # what was done is put aside, and waits then
    assert listed(store, "waiting", NOON + 3600) == [1]


def test_mine_are_those_that_were_given_to_me(store: Store, clock: Clock) -> None:
    says(store, clock, 1, "Where is it?", 900)
    says(store, clock, 2, "When is it?", 800)
    threads.assign(store, threads.page(store, now=NOON)[0].id, "Ana")
    assert listed(store, "mine", operator="Ana") == [1]
    assert listed(store, "mine", operator="Bo") == []
    assert listed(store, "mine", operator="") == []
    assert listed(store, "waiting", operator="Bo") == [1, 2]


@pytest.mark.parametrize(
    ("filter", "index"),
    [
        ("waiting", "ix_conversation_waiting"),
        ("danger", "ix_conversation_waiting"),
        ("question", "ix_conversation_waiting"),
        ("mine", "ix_conversation_waiting"),
        ("unread", "ix_conversation_unread"),
        ("system", "ix_conversation_system"),
        ("all", "ix_conversation_last"),
    ],
)
def test_a_list_of_hundreds_of_thousands_is_read_by_its_index(store: Store, filter: str, index: str) -> None:
    asked: list[tuple[str, Any]] = []

    def listen(_conn: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        asked.append((sql, values))

    sa.event.listen(store.engine, "before_cursor_execute", listen)
    try:
        threads.page(store, filter=filter, now=1.0, operator="Dana")
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", listen)
    sql, values = next(each for each in asked if "FROM conversation" in each[0])
    with store.read() as conn:
        plan = [str(row[3]) for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert any(index in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan


def stopped(store: Store, clock: Clock, tail: int, ago: float, *, sent_ago: float | None = None) -> None:
    says(store, clock, tail, "STOP", ago, sent_ago=sent_ago)


def test_who_writes_again_after_an_opt_out_is_seen_until_done(store: Store, clock: Clock) -> None:
    says(store, clock, 1, "Where is it?", 900)
    stopped(store, clock, 1, 800)
    assert listed(store, "waiting") == []  # the question came before the opt-out
    stopped(store, clock, 1, 700)
    says(store, clock, 1, "I am driving and will see your text later. Sent automatically.", 690)
    assert listed(store, "waiting") == []
    says(store, clock, 1, "Why do you have my number?", 600)
    says(store, clock, 2, "When does it open?", 650)
    assert listed(store, "waiting") == [2, 1]
    assert listed(store, "question") == [2, 1]
    row = threads.page(store, now=NOON)[1]
    assert (row.opted_out, row.wrote_again, row.waiting_since) == (True, True, NOON - 600)
    threads.snooze(store, row.id, NOON + 60)
    assert (listed(store, "waiting"), listed(store, "snoozed")) == ([2], [1])
    threads.snooze(store, row.id, None)
    threads.mark_done(store, row.id)
    assert listed(store, "waiting") == [2]
    assert listed(store, "optout") == [1]
    stopped(store, clock, 1, 500)
    assert listed(store, "waiting") == [2]
    threads.reopen(store, row.id, NOON - 600)
    assert listed(store, "waiting") == [2, 1]


def test_a_sim_gives_a_stop_and_what_came_before_and_after_it_in_any_order(
    store: Store, clock: Clock
) -> None:
    for tail, sent_ago in ((1, 5000), (2, 3000)):  # an hour before the STOP was written, and after it
        stopped(store, clock, tail, 900, sent_ago=4000)
        says(store, clock, tail, "Where is it?", 899, sent_ago=sent_ago)
    assert listed(store, "waiting") == [2]
    assert threads.page(store, now=NOON)[0].waiting_since == pytest.approx(NOON - 900, abs=0.01)
    says(store, clock, 1, "START", 100, sent_ago=100)
    assert listed(store, "waiting") == [1, 2]


def test_words_of_danger_have_a_filter_of_their_own(store: Store, clock: Clock) -> None:
    says(store, clock, 1, "When is it?", 900)
    assert listed(store, "danger") == []
    says(store, clock, 2, "I want to die", 5)
    assert listed(store, "danger") == [2]
    assert listed(store, "waiting") == [2, 1]
    threads.mark_done(store, threads.page(store, now=NOON)[0].id)
    assert listed(store, "danger") == []


def test_a_draft_is_told_in_the_list(store: Store, clock: Clock) -> None:
    says(store, clock, 1, "When is it?", 900)
    (row,) = threads.page(store, now=NOON)
    assert not row.draft
    threads.save_draft(store, row.id, "On Tuesday")
    assert threads.page(store, now=NOON)[0].draft
