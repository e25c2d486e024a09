"""A person's correction is kept beside the program's own judgement, moves this office's sorting, never a tier."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from app.conversations import threads
from app.conversations.triage import correcting, judge, learning
from app.people import optouts
from app.store import tables as t
from app.store.engine import Store, open_store
from app.texting import arrivals
from app.texting.arrivals import Arrival

ANA = "+13125550001"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    with store.write() as unit:
        unit.conn.execute(sa.insert(t.line).values(id=1, name="One", url="x", created_at=1.0))
    yield store
    store.close()


def says(store: Store, text: str, number: str = ANA) -> int:
    with store.write() as unit:
        return arrivals.store(unit, SystemClock(), Arrival(number, number, "number", text, 1, is_person=True))


def learned(store: Store) -> learning.Learned:
    with store.read() as conn:
        return learning.load(conn)


def judged(store: Store, key: int) -> tuple[object, ...]:
    with store.read() as conn:
        j = t.judgement.c
        query = sa.select(j.tier, j.labels, j.corrected, j.corrected_by).where(j.message_id == key)
        return tuple(conn.execute(query).one())


def test_a_correction_stands_beside_the_judgement_and_the_thread_follows(store: Store) -> None:
    key = says(store, "Where is it?")
    before = correcting.correct(store, SystemClock(), key, ("hostile", "question"), "Ana")
    assert before is not None
    assert before.labels == ("question",)
    assert judged(store, key) == ("NONE", "question", "hostile question", "Ana")
    (row,) = threads.page(store)
    assert row.labels == ("hostile", "question")
    assert correcting.take_back(store, key, before)
    assert judged(store, key) == ("NONE", "question", None, "")
    assert threads.page(store)[0].labels == ("question",)
    assert learned(store) == {}  # and nothing of it stays learned


def test_an_older_text_leaves_the_thread_as_it_is(store: Store) -> None:
    old = says(store, "Where is it?")
    says(store, "Yes, works for me, thanks!")
    correcting.correct(store, SystemClock(), old, (), "Ana")
    assert threads.page(store)[0].labels == ("positive",)


def test_what_a_machine_did_not_write_waits_after_all(store: Store) -> None:
    key = says(store, "I'm driving with Do Not Disturb While Driving turned on. I'll see your message later.")
    assert threads.page(store) == ()
    correcting.correct(store, SystemClock(), key, ("positive",), "Ana")
    assert len(threads.page(store)) == 1


def test_corrections_move_the_labels_of_like_texts_here(store: Store) -> None:
    """In this office "gazebo seven" is a yes; nobody could know."""
    assert "positive" not in judge("gazebo seven").labels
    for tail in range(4):
        key = says(store, "gazebo seven", f"+1312555{tail:04d}")
        correcting.correct(store, SystemClock(), key, ("positive",), "Ana")
    assert "positive" in judge("gazebo seven", learned=learned(store)).labels
    assert "positive" not in judge("gazebo seven").labels  # nowhere else
    says(store, "gazebo seven", "+13125559999")
    assert [row.number for row in threads.page(store, filter="positive")][-1] == "+13125559999"


@pytest.mark.parametrize(
    "text", ["STOP", "stop texting me before 9", "please remove my number", "who gave you my number"]
)
def test_no_correction_moves_a_tier(store: Store, text: str) -> None:
    alone = judge(text)
    for turn in range(12):
        key = says(store, text, f"+1312555{turn:04d}")
        correcting.correct(store, SystemClock(), key, ("automatic", "positive"), "Ana")
    taught = judge(text, learned=learned(store))
    assert (taught.tier, taught.rule) == (alone.tier, alone.rule)
    if alone.tier != "NONE":
        assert not taught.noise
    with store.read() as conn:
        assert optouts.active(conn, "+13125550011") == (alone.tier == "HARD")


def test_safety_words_cannot_be_taught_away_and_every_weight_is_bounded(store: Store) -> None:
    text = "I want to kill myself"
    for turn in range(20):
        key = says(store, text, f"+1312555{turn:04d}")
        correcting.correct(store, SystemClock(), key, (), "Ana")
    found = learned(store)
    assert "safety" in judge(text, learned=found).labels
    assert all(abs(w) <= learning.MOST_A_WORD for each in found.values() for w in each.values())


def test_a_table_that_cannot_be_read_teaches_nothing(store: Store) -> None:
    with store.write() as unit:
        unit.conn.execute(sa.insert(t.office_setting).values(key=learning.KEY, value='{"a": ["b"]}'))
    assert learned(store) == {}
    key = says(store, "Where is it?")
    assert correcting.correct(store, SystemClock(), key, (), "Ana") is not None
    assert correcting.correct(store, SystemClock(), 999, (), "Ana") is None
