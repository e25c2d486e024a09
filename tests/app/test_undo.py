"""Undo: the stack, and what each act of the desk undoes in the database. None of it makes a click."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import undo
from app.campaigns import acts
from app.campaigns import campaign as campaigns
from app.clock import FixedClock
from app.people import optouts
from app.store import tables as t
from app.store.engine import Store, open_store
from app.texting.clicks import text_hash
from app.undo import Undo, UndoStack

NOW = 1_794_585_600.0
NUMBER = "+13125550100"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def message_id(store: Store) -> int:
    """One queued first message of a running campaign."""
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(t.campaign).values(id=1, name="Spring", state="running", created_at=NOW, started_at=NOW)
        )
        return int(
            unit.conn.execute(
                sa.insert(t.message).values(
                    direction="out",
                    number=NUMBER,
                    campaign_id=1,
                    kind="first",
                    text="Hi Maria",
                    text_hash=text_hash("Hi Maria"),
                    state="queued",
                    fresh_until=NOW + 3600,
                    created_at=NOW,
                )
            ).inserted_primary_key[0]
        )


def row_of(store: Store, message_id: int) -> dict[str, Any]:
    with store.read() as conn:
        query = sa.select(t.message).where(t.message.c.id == message_id)
        return dict(conn.execute(query).mappings().one())


def clicks(store: Store) -> int:
    with store.read() as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(t.click)).scalar_one())


# -- the stack --------------------------------------------------------------------------------------


def act(label: str, operator: str = "Dana") -> Undo:
    return Undo(label, lambda _store: "", operator)


def test_the_latest_act_is_undone_first_and_once() -> None:
    stack = UndoStack()
    stack.push(act("one"))
    stack.push(act("two"))
    assert [stack.take("Dana").label, stack.take("Dana").label] == ["two", "one"]  # type: ignore[union-attr]
    assert stack.take("Dana") is None


def test_everybody_undoes_their_own() -> None:
    stack = UndoStack()
    stack.push(act("mine"))
    stack.push(act("theirs", "Lee"))
    assert stack.take("Dana").label == "mine"  # type: ignore[union-attr]
    assert stack.take("Dana") is None
    assert len(stack) == 1


def test_the_oldest_are_forgotten_and_listeners_are_told() -> None:
    stack, told = UndoStack(limit=3), []
    stop = stack.subscribe(lambda done: told.append(done.label))
    for number in range(5):
        stack.push(act(str(number)))
    stop()
    stack.push(act("unheard"))
    assert told == ["0", "1", "2", "3", "4"]
    assert len(stack) == 3


def test_a_store_has_one_stack(store: Store) -> None:
    assert undo.of(store) is undo.of(store)


# -- the acts ---------------------------------------------------------------------------------------


def test_skip_and_its_way_back(store: Store, message_id: int) -> None:
    assert acts.skip(store, message_id, "  wrong number? ")
    assert not acts.skip(store, message_id, "")
    assert [(row.message_id, row.reason) for row in acts.skipped(store, 1)] == [(message_id, "wrong number?")]
    assert acts.unskip(store, message_id)
    assert not acts.unskip(store, message_id)
    assert acts.skipped(store, 1) == ()


def test_a_text_comes_back_as_it_was(store: Store, message_id: int) -> None:
    before = row_of(store, message_id)
    changed = acts.change_text(store, message_id, "Hi Mary")
    assert changed is not None
    assert row_of(store, message_id)["edited"]
    assert acts.restore_text(store, message_id, changed) == ""
    assert row_of(store, message_id) == before


def test_a_text_that_was_changed_again_is_left_alone(store: Store, message_id: int) -> None:
    changed = acts.change_text(store, message_id, "Hi Mary")
    assert changed is not None
    acts.edit(store, message_id, "Hi M.")
    assert "no longer as you left it" in acts.restore_text(store, message_id, changed)
    assert row_of(store, message_id)["text"] == "Hi M."


def test_an_opt_out_by_hand_is_lifted_and_its_card_comes_back(
    store: Store, clock: FixedClock, message_id: int
) -> None:
    made = acts.opt_out_person(store, clock, NUMBER, "Dana")
    assert made is not None
    assert row_of(store, message_id)["state"] == "blocked"
    assert acts.undo_opt_out(store, clock, made, "Dana") == ""
    back = row_of(store, message_id)
    assert (back["state"], back["reason"], back["settled_at"]) == ("queued", "", None)
    (story,) = optouts.lookup(store, NUMBER)
    assert (story.lifted_source, story.lifted_by) == ("undo", "Dana")
    with store.read() as conn:
        actions = conn.execute(sa.select(t.audit.c.action)).scalars().all()
    assert actions == ["opted out by hand", "opt-out lifted"]
    assert acts.undo_opt_out(store, clock, made, "Dana") != ""


def test_a_clicked_text_comes_back_without_its_click(
    store: Store, clock: FixedClock, message_id: int
) -> None:
    with store.write() as unit:
        key = unit.conn.execute(
            sa.insert(t.click).values(
                message_id=message_id, operator="Dana", at=NOW, monotonic=0, device="mouse", text_hash="x"
            )
        ).inserted_primary_key[0]
        unit.conn.execute(
            sa.update(t.message).where(t.message.c.id == message_id).values(state="clicked", click_id=key)
        )
    made = acts.opt_out_person(store, clock, NUMBER, "Dana")
    assert made is not None
    assert acts.undo_opt_out(store, clock, made, "Dana") == ""
    back = row_of(store, message_id)
    assert (back["state"], back["click_id"]) == ("queued", None)
    with store.read() as conn:
        assert conn.execute(sa.select(t.click.c.voided_at)).scalars().all() == [NOW]


def test_an_opt_out_is_not_lifted_once_the_person_wrote(
    store: Store, clock: FixedClock, message_id: int
) -> None:
    made = acts.opt_out_person(store, clock, NUMBER, "Dana")
    assert made is not None
    with store.write() as unit:  # STOP adds no second opt-out: the operator's row stands for it
        unit.conn.execute(
            sa.insert(t.message).values(
                direction="in", number=NUMBER, text="STOP", state="received", created_at=NOW + 1
            )
        )
        optouts.opt_out(unit, clock, NUMBER, source="sms", evidence="STOP")
    assert "themselves" in acts.undo_opt_out(store, clock, made, "Dana")
    with store.read() as conn:
        assert optouts.active(conn, NUMBER)
    assert row_of(store, message_id)["state"] == "blocked"


def test_an_opt_out_is_not_lifted_once_a_list_was_added(
    store: Store, clock: FixedClock, message_id: int
) -> None:
    made = acts.opt_out_person(store, clock, NUMBER, "Dana")
    assert made is not None
    with store.write() as unit:
        optouts.opt_out_many(unit, clock, [NUMBER], source="import", evidence="suppressed.csv")
    assert acts.undo_opt_out(store, clock, made, "Dana") != ""
    with store.read() as conn:
        assert optouts.active(conn, NUMBER)


def test_an_opt_out_that_stood_before_cannot_be_undone(
    store: Store, clock: FixedClock, message_id: int
) -> None:
    with store.write() as unit:
        optouts.opt_out(unit, clock, NUMBER, source="sms", evidence="STOP")
    assert acts.opt_out_person(store, clock, NUMBER, "Dana") is None


def test_pause_and_resume_are_undone_while_nobody_changed_it_since(
    store: Store, clock: FixedClock, message_id: int
) -> None:
    campaigns.pause(store, clock, 1, "Dana")
    assert acts.undo_pause(store, clock, 1, "Dana", paused=True) == ""
    assert campaigns.get(store, 1).state == "running"
    assert acts.undo_pause(store, clock, 1, "Dana", paused=True) != ""
    assert campaigns.get(store, 1).state == "running"
    assert clicks(store) == 0
