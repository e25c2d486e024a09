"""The opt-out list: what it blocks, and that it never forgets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.people import consents, contacts, examining, optouts, stories
from app.store import tables as t
from app.store.engine import Store, Unit, open_store
from app.store.events import CampaignChanged, Event, MessageChanged, OptOutChanged

NUMBER, OTHER = "+13125550187", "+15035550101"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def _campaign(unit: Unit) -> int:
    key = unit.conn.execute(
        sa.insert(t.campaign).values(name="C", state="running", created_at=0.0)
    ).inserted_primary_key
    assert key is not None
    return int(key[0])


def _message(unit: Unit, number: str, state: str, campaign: int | None = None) -> int:
    key = unit.conn.execute(
        sa.insert(t.message).values(
            direction="out",
            number=number,
            text="hi",
            state="queued",
            created_at=0.0,
            campaign_id=campaign,
            kind="reply",
        )
    ).inserted_primary_key
    assert key is not None
    message = int(key[0])
    if state != "queued":
        click = unit.conn.execute(
            sa.insert(t.click).values(
                message_id=message, operator="A", at=0.0, monotonic=0.0, device="mouse", text_hash=""
            )
        ).inserted_primary_key
        assert click is not None
        unit.conn.execute(
            sa.update(t.message)
            .where(t.message.c.id == message)
            .values(state=state, click_id=click[0], clicked_at=1.0)
        )
    return message


def _states(store: Store) -> list[tuple[str, str]]:
    with store.read() as conn:
        return [
            tuple(row)
            for row in conn.execute(sa.select(t.message.c.state, t.message.c.reason).order_by(t.message.c.id))
        ]


def test_blocks_what_waits_and_nothing_else(store: Store, clock: FixedClock) -> None:
    seen: list[Event] = []
    with store.write() as unit:
        campaign = _campaign(unit)
        for state in ("queued", "clicked", "sending", "sent", "unknown"):
            _message(unit, NUMBER, state, campaign)
        _message(unit, OTHER, "queued")
    store.subscribe(seen.append)
    with store.write() as unit:
        assert optouts.opt_out(unit, clock, NUMBER, source="sms", evidence="STOP", rule="H1") == 2
    assert _states(store) == [
        ("blocked", "opted out"), ("blocked", "opted out"), ("sending", ""), ("sent", ""), ("unknown", ""), ("queued", ""),
    ]  # fmt: skip
    with store.read() as conn:
        assert optouts.active(conn, NUMBER)
        assert not optouts.active(conn, OTHER)
        assert optouts.active_set(conn, [NUMBER, OTHER]) == {NUMBER}
        voided = (
            conn.execute(sa.select(t.click.c.void_reason).where(t.click.c.voided_at.is_not(None)))
            .scalars()
            .all()
        )
    assert voided == ["opted out"]
    assert [type(event) for event in seen] == [MessageChanged, MessageChanged, CampaignChanged, OptOutChanged]
    assert seen[-1] == OptOutChanged(NUMBER, active=True)


def test_a_second_opt_out_adds_no_row_but_blocks_again(store: Store, clock: FixedClock) -> None:
    with store.write() as unit:
        assert optouts.opt_out(unit, clock, NUMBER, source="sms") == 0
        _message(unit, NUMBER, "queued")
    with store.write() as unit:
        assert (
            optouts.opt_out(unit, clock, NUMBER, source="operator", evidence="said so", operator="Ana") == 1
        )
    assert optouts.count(store) == 1
    assert optouts.page(store)[0].source == "sms"


def test_lifting_keeps_the_story(store: Store, clock: FixedClock) -> None:
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(t.contact).values(number=NUMBER, name="Maria", created_at=0.0, updated_at=0.0)
        )
        optouts.opt_out(unit, clock, NUMBER, source="sms", evidence="STOP", rule="H1", message_id=7)
        blocked = _message(unit, NUMBER, "queued")
        optouts.opt_out(unit, clock, NUMBER, source="sms")
    clock.advance(60)
    with store.write() as unit:
        assert optouts.lift(unit, clock, NUMBER, source="sms", reason="START")
        assert not optouts.lift(unit, clock, NUMBER, source="sms", reason="START")
    with store.write() as unit:
        assert not optouts.active(unit.conn, NUMBER)
        optouts.opt_out(unit, clock, NUMBER, source="operator", evidence="by phone", operator="Ana")
        assert (
            unit.conn.execute(sa.select(t.message.c.state).where(t.message.c.id == blocked)).scalar()
            == "blocked"
        )
        consent = unit.conn.execute(sa.select(t.contact.c.consent_source, t.contact.c.consent_at)).one()
    assert tuple(consent) == ("their text: START", clock.now())
    story = optouts.lookup(store, NUMBER)
    assert [row.source for row in story] == ["operator", "sms"]
    assert story[1].lifted_reason == "START"
    assert story[1].message_id == 7
    assert story[0].name == "Maria"
    with store.read() as conn:
        actions = conn.execute(sa.select(t.audit.c.action).order_by(t.audit.c.id)).scalars().all()
    assert actions == ["opt-out lifted", "opted out by hand"]


def test_by_hand_needs_a_reason(store: Store, clock: FixedClock) -> None:
    with store.write() as unit:
        optouts.opt_out(unit, clock, NUMBER, source="sms")
        with pytest.raises(ValueError, match="reason"):
            optouts.lift(unit, clock, NUMBER, source="operator", reason="  ")
        with pytest.raises(ValueError, match="source"):
            optouts.opt_out(unit, clock, NUMBER, source="guess")
        for shown in ("", "  "):
            with pytest.raises(ValueError, match="what shows"):
                optouts.lift(unit, clock, NUMBER, source="operator", reason="asked in person", evidence=shown)
        assert optouts.active(unit.conn, NUMBER)
        assert optouts.lift(
            unit,
            clock,
            NUMBER,
            source="operator",
            reason="asked in person",
            evidence="a form",
            operator="Ana",
        )
    row = optouts.lookup(store, NUMBER)[0]
    assert (row.lifted_reason, row.lifted_evidence, row.lifted_by) == ("asked in person", "a form", "Ana")


def test_another_channel_is_kept_with_its_day(store: Store, clock: FixedClock) -> None:
    contacts.add(store, clock, NUMBER, "Maria")
    for source in optouts.CHANNELS:
        clock.advance(60)
        with store.write() as unit:
            optouts.opt_out(
                unit,
                clock,
                NUMBER,
                source=source,
                evidence="no more",
                operator="Ana",
                said_at=clock.now() - 86400,
            )
            assert optouts.active(unit.conn, NUMBER)
        row = optouts.lookup(store, NUMBER)[0]
        assert (row.source, row.said_at) == (source, clock.now() - 86400)
        step = stories.of_number(store, NUMBER, clock.now()).steps[0]
        assert (step.source, step.said, step.said_at) == (source, "no more", clock.now() - 86400)
        told = consents.of_number(store, NUMBER)[0]
        assert (told.kind, told.source) == ("withdrawn", f"opted out, {optouts.HOW[source]}")
        assert told.given_at == clock.now() - 86400
        with store.write() as unit:
            optouts.lift(unit, clock, NUMBER, source="sms", reason="START")
    assert examining.examine(store, clock).problems == ()


def test_many_at_once_are_one_event_and_none_is_no_event(store: Store, clock: FixedClock) -> None:
    seen: list[Event] = []
    store.subscribe(seen.append)
    with store.write() as unit:
        assert optouts.opt_out_many(unit, clock, [], source="import", evidence="empty") == 0
    assert seen == []
    with store.write() as unit:
        assert optouts.opt_out_many(unit, clock, [NUMBER, OTHER, NUMBER], source="import", evidence="x") == 2
        assert optouts.opt_out_many(unit, clock, [NUMBER], source="import", evidence="x") == 0
    assert seen == [OptOutChanged("", active=True)] * 2
    assert optouts.count(store) == 2


def test_pages_and_searches(store: Store, clock: FixedClock) -> None:
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(t.contact).values(number=NUMBER, name="Maria 100%", created_at=0.0, updated_at=0.0)
        )
        for i in range(25):
            optouts.opt_out(unit, clock, f"+1503555{i:04d}", source="import")
        optouts.opt_out(unit, clock, NUMBER, source="sms")
        optouts.lift(unit, clock, "+15035550003", source="undo", reason="mistake")
    first = optouts.page(store, limit=10)
    second = optouts.page(store, after=first[-1].id, limit=10)
    third = optouts.page(store, after=second[-1].id, limit=10)
    assert [len(p) for p in (first, second, third)] == [10, 10, 5]
    assert first[0].number == NUMBER
    assert optouts.count(store) == 25
    assert optouts.count(store, lifted=True) == 26
    assert [row.number for row in optouts.page(store, query="maria")] == [NUMBER]
    assert [row.number for row in optouts.page(store, query="100%")] == [NUMBER]
    assert optouts.page(store, query="%nobody") == ()
    assert [row.number for row in optouts.page(store, query="(312) 555")] == [NUMBER]
    assert optouts.count(store, query="555-0187") == 1
    with store.write() as unit:
        optouts.opt_out(unit, clock, "+447400123456", source="sms")
    assert [row.number for row in optouts.page(store, query="07400 123")] == ["+447400123456"]
