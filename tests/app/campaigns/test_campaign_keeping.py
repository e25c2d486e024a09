"""The figures of quiet campaigns are kept, and dropped by whatever may concern them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.campaigns import campaign, keeping
from app.clock import FixedClock
from app.people import optouts
from app.store.engine import Store, open_store
from app.store.events import CampaignChanged, ChangedElsewhere, Event, MessageChanged
from app.store.tables import campaign as campaigns
from app.store.tables import click, conversation, message

ANA = "+13125550187"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def quiet(store: Store, state: str = "running", message_state: str = "sent") -> int:
    """A campaign whose one text left."""
    with store.write() as unit:
        run = unit.conn.execute
        key = run(
            sa.insert(campaigns).values(name="Old", state=state, created_at=0, started_at=1.0)
        ).inserted_primary_key[0]
        made = run(
            sa.insert(message).values(direction="out", state="queued", kind="first", number=ANA, text="Hi",
                                      campaign_id=key, created_at=0)
        ).inserted_primary_key[0]  # fmt: skip
        pressed = run(
            sa.insert(click).values(
                message_id=made, operator="D", at=0, monotonic=0, device="k", text_hash=""
            )
        ).inserted_primary_key[0]
        run(
            sa.update(message)
            .where(message.c.id == made)
            .values(state=message_state, click_id=pressed, claimed_at=2.0)
        )
        unit.publish(CampaignChanged(key))
    return int(key)


def change(store: Store, table: sa.Table, *events: Event, **values: Any) -> None:
    with store.write() as unit:
        unit.conn.execute(sa.update(table).values(**values))
        unit.publish(*events)


def only(store: Store) -> campaign.CampaignSummary:
    (found,) = campaign.overview(store)
    return found


@pytest.mark.parametrize("state", ["running", "paused", "done"])
def test_a_quiet_campaign_is_not_counted_again_until_something_is_said_of_it(
    store: Store, state: str
) -> None:
    key = quiet(store, state)
    assert only(store).delivered == 0
    change(store, message, delivery="delivered")  # nobody says so: what is kept stays
    assert only(store).delivered == 0
    assert campaign.summary(store, key).delivered == 1  # one alone is always counted
    change(store, campaigns, CampaignChanged(key), hours_reason="x")
    assert only(store).delivered == 1


@pytest.mark.parametrize("message_state", ["queued", "clicked"])
def test_a_campaign_with_work_left_is_counted_each_time(store: Store, message_state: str) -> None:
    quiet(store, message_state=message_state)
    assert only(store).unknown == 0
    change(store, message, state="unknown")
    assert only(store).unknown == 1


def test_a_message_s_own_change_is_seen(store: Store) -> None:
    key = quiet(store)
    only(store)
    change(store, message, MessageChanged(1, ANA, key), delivery="failed")
    assert only(store).undelivered == 1


def test_an_answer_counts_in_every_campaign_the_person_was_in(store: Store) -> None:
    quiet(store)
    assert only(store).replies == 0
    with store.write() as unit:
        unit.conn.execute(sa.insert(conversation).values(number=ANA, last_at=3.0, last_in_at=3.0))
        unit.publish(MessageChanged(2, ANA, campaign_id=None))
    assert only(store).replies == 1


def test_an_opt_out_is_seen(store: Store) -> None:
    quiet(store)
    assert only(store).opted_out == 0
    with store.write() as unit:
        optouts.opt_out(unit, FixedClock(5.0), ANA, source="sms")
    assert only(store).opted_out == 1


def test_another_program_s_writing_drops_everything(store: Store) -> None:
    quiet(store)
    only(store)
    change(store, message, ChangedElsewhere(), delivery="delivered")
    assert only(store).delivered == 1


def test_what_was_read_before_a_change_is_not_kept_after_it(store: Store) -> None:
    key = quiet(store)
    kept = keeping.Kept[str]()
    with store.read() as conn:
        turn = kept.begin(conn)
        kept.receive(MessageChanged(1, ANA, key))
        kept.keep(key, "old", turn)
        assert kept.get(key) is None
        kept.keep(key, "new", kept.begin(conn))
        assert kept.get(key) == "new"


def test_very_many_changes_drop_everything_and_are_not_hoarded(store: Store) -> None:
    kept = keeping.Kept[str]()
    with store.read() as conn:
        kept.keep(7, "figures", kept.begin(conn))
        for n in range(10_000):
            kept.receive(MessageChanged(n, f"+1312{n:07d}"))
        assert kept.get(7) is None
        assert len(kept._numbers) <= 201
        kept.begin(conn)


def test_nothing_is_kept_for_ever(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(store)
    only(store)
    change(store, message, delivery="delivered")
    monkeypatch.setattr(keeping, "KEEP_SECONDS", 0.0)
    assert only(store).delivered == 1
