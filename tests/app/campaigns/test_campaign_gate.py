"""The gate and the caps: who may be texted at this moment, and why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.campaigns import caps, gate, hours
from app.campaigns.gate import Gate
from app.clock import FixedClock
from app.people import optouts
from app.store.engine import Store, open_store
from app.store.tables import campaign, click, contact, conversation, message

MARIA = "+13125550187"  # Chicago
NOON = datetime(2026, 4, 24, 12, tzinfo=ZoneInfo("America/Chicago")).timestamp()
HOUR = 3600.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def add(store: Store) -> Callable[..., dict[str, Any]]:
    """Insert a row of any table; an outgoing message that needs a click gets one."""

    def run(table: sa.Table, **values: Any) -> dict[str, Any]:
        with store.write() as unit:
            key = unit.conn.execute(sa.insert(table).values(**values)).inserted_primary_key[0]
            return dict(unit.conn.execute(sa.select(table).where(table.c.id == key)).mappings().one())

    return run


@pytest.fixture
def text(store: Store, add: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """An outgoing message in any state."""

    def run(state: str = "queued", **values: Any) -> dict[str, Any]:
        row = {
            "direction": "out",
            "number": MARIA,
            "text": "Hi",
            "state": "queued",
            "created_at": NOON,
            **values,
        }
        made = add(message, **row)
        if state == "queued":
            return made
        pressed = add(
            click, message_id=made["id"], operator="D", at=0, monotonic=0, device="key", text_hash=""
        )
        with store.write() as unit:
            unit.conn.execute(
                sa.update(message)
                .where(message.c.id == made["id"])
                .values(state=state, click_id=pressed["id"])
            )
            return dict(
                unit.conn.execute(sa.select(message).where(message.c.id == made["id"])).mappings().one()
            )

    return run


def ask(store: Store, row: dict[str, Any], now: float = NOON) -> Gate:
    with store.read() as conn:
        return gate.check(conn, now, row)


def running(add: Callable[..., dict[str, Any]], **values: Any) -> int:
    return int(add(campaign, **{"name": "Spring", "state": "running", "created_at": 0.0, **values})["id"])


# -- one rule after the other ---------------------------------------------------------------------


def test_inside_every_rule_a_text_may_go(store: Store, add: Any, text: Any) -> None:
    assert ask(store, text(kind="first", campaign_id=running(add))) == gate.GO


def test_an_opt_out_blocks_whatever_else_holds(store: Store, add: Any, text: Any) -> None:
    row = text(kind="first", campaign_id=running(add, state="paused"))
    with store.write() as unit:
        optouts.opt_out(unit, FixedClock(NOON), MARIA, source="operator")
    verdict = ask(store, row, NOON + 12 * HOUR)
    assert (verdict.verdict, verdict.rule) == ("blocked", "optout")
    with store.write() as unit:
        optouts.lift(
            unit,
            FixedClock(NOON),
            MARIA,
            source="operator",
            reason="asked by phone",
            evidence="the note of it",
        )
    assert ask(store, row).rule == "campaign"


@pytest.mark.parametrize(("state", "verdict"), [("draft", "hold"), ("paused", "hold"), ("done", "hold")])
def test_a_campaign_that_does_not_run_holds(
    store: Store, add: Any, text: Any, state: str, verdict: str
) -> None:
    held = ask(store, text(kind="first", campaign_id=running(add, state=state)))
    assert (held.verdict, held.rule, held.until) == (verdict, "campaign", None)
    assert held.why


def test_a_text_sent_again_is_past_the_end_of_its_campaign_but_not_past_a_pause(
    store: Store, add: Any, text: Any
) -> None:
    first = text(kind="first")
    done, paused = running(add, state="done"), running(add, state="paused")
    assert ask(store, text(kind="first", campaign_id=done, resend_of=first["id"])).verdict == "go"
    assert ask(store, text(kind="first", campaign_id=paused, resend_of=first["id"])).verdict == "hold"


def test_hours_are_those_of_the_campaign(store: Store, add: Any, text: Any) -> None:
    night = NOON + 10 * HOUR
    usual = text(kind="first", campaign_id=running(add))
    open_ones = text(kind="first", campaign_id=running(add, hours=hours.parse("0:00-24:00").to_json()))
    held = ask(store, usual, night)
    assert (held.verdict, held.rule) == ("hold", "hours")
    assert held.until == NOON + 21 * HOUR  # Saturday 9:00
    assert "Chicago" in held.why
    assert ask(store, open_ones, night) == gate.GO


def test_hours_that_cannot_be_read_hold(store: Store, add: Any, text: Any) -> None:
    held = ask(store, text(kind="first", campaign_id=running(add, hours="{]")))
    assert (held.verdict, held.rule) == ("hold", "hours")


def test_the_person_s_own_zone_wins_over_the_number(store: Store, add: Any, text: Any) -> None:
    add(contact, number=MARIA, time_zone="Asia/Tokyo", created_at=0, updated_at=0)
    held = ask(store, text(kind="first", campaign_id=running(add)))
    assert (held.verdict, held.rule) == ("hold", "hours")
    assert "Tokyo" in held.why
    with store.read() as conn:
        assert gate.zones_of(conn, MARIA) == ("Asia/Tokyo",)
        assert gate.zones_of(conn, "+13125550100") == ("America/Chicago",)


def test_an_unknown_zone_asks(store: Store, add: Any, text: Any) -> None:
    held = ask(store, text(kind="first", number="+88213312345", campaign_id=running(add)))
    assert (held.verdict, held.until) == ("hold", None)
    assert "unknown" in held.why


@pytest.mark.parametrize(
    ("wrote", "verdict"), [(None, "hold"), (23.9, "go"), (24.1, "hold")], ids=["never", "today", "yesterday"]
)
def test_a_reply_at_night_goes_to_whom_wrote_within_a_day(
    store: Store, add: Any, text: Any, wrote: float | None, verdict: str
) -> None:
    night = NOON + 11 * HOUR
    wrote_at = None if wrote is None else night - wrote * HOUR
    add(conversation, number=MARIA, last_at=0, last_in_at=wrote_at)
    found = ask(store, text(kind="reply"), night)
    assert found.verdict == verdict
    assert "23:00" in found.why  # a warning, or the reason
    # The campaign's looser hours are not the conversation's.
    assert ask(store, text(kind="first"), night).verdict == "hold"


def test_a_reply_does_not_wait_for_its_campaign(store: Store, add: Any, text: Any) -> None:
    assert ask(store, text(kind="reply", campaign_id=running(add, state="paused"))) == gate.GO


def test_many_rows_are_answered_in_order(store: Store, add: Any) -> None:
    open_ones, paused = running(add), running(add, state="paused")
    values = {"direction": "out", "text": "Hi", "state": "queued", "kind": "first", "created_at": NOON}
    numbers = [f"+1312555{n:04d}" for n in range(900)]  # more than one statement can bind
    with store.write() as unit:
        for n, number in enumerate(numbers):
            place = open_ones if n % 2 else paused
            unit.conn.execute(sa.insert(message).values(number=number, campaign_id=place, **values))
        rows = unit.conn.execute(sa.select(message).order_by(message.c.id)).mappings().all()
    with store.write() as unit:
        optouts.opt_out(unit, FixedClock(NOON), "+13125550007", source="operator")
    with store.read() as conn:
        verdicts = [found.verdict for found in gate.check_many(conn, NOON, rows)]
    assert verdicts == ["blocked" if n == 7 else "go" if n % 2 else "hold" for n in range(900)]


# -- caps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["sending", "sent", "unknown"])
def test_after_three_texts_without_an_answer_the_fourth_waits(store: Store, text: Any, state: str) -> None:
    times = [NOON - 20 * HOUR, NOON - 3 * HOUR, NOON - HOUR]
    for left in times[:2]:
        text(state, claimed_at=left)
    fourth = text(kind="first")
    assert ask(store, fourth) == gate.GO
    text(state, claimed_at=times[2])
    held = ask(store, fourth)
    assert (held.verdict, held.rule, held.until) == ("hold", "caps", times[0] + 24 * HOUR)
    with store.read() as conn:
        assert caps.check(conn, MARIA, NOON).until == held.until
        assert caps.check(conn, MARIA, NOON, limit=4).allowed
        assert caps.check(conn, "+13125550188", NOON).allowed
    assert ask(store, fourth, times[0] + 24 * HOUR) == gate.GO


@pytest.mark.parametrize("state", ["clicked", "not_sent"])
def test_what_did_not_leave_is_not_counted(store: Store, text: Any, state: str) -> None:
    for _ in range(5):
        text(state, claimed_at=NOON - HOUR)
    assert ask(store, text(kind="reply")) == gate.GO


def test_an_answer_begins_the_count_anew(store: Store, add: Any, text: Any) -> None:
    for back in (5, 4, 3):
        text("sent", claimed_at=NOON - back * HOUR)
    thread = add(conversation, number=MARIA, last_at=0, last_in_at=NOON - 6 * HOUR)
    row = text(kind="reply")
    assert ask(store, row).rule == "caps"
    with store.write() as unit:
        unit.conn.execute(
            sa.update(conversation)
            .where(conversation.c.id == thread["id"])
            .values(last_in_at=NOON - 4.5 * HOUR)
        )
    assert ask(store, row) == gate.GO


def test_a_text_is_not_counted_against_itself(store: Store, text: Any) -> None:
    for back in (3, 2):
        text("sent", claimed_at=NOON - back * HOUR)
    claimed = text("sending", claimed_at=NOON, kind="reply")
    assert ask(store, claimed) == gate.GO
    with store.read() as conn:
        assert caps.check(conn, MARIA, NOON, but=claimed["id"]).allowed
        assert not caps.check(conn, MARIA, NOON).allowed


def test_a_clock_put_back_forgets_no_text(store: Store, text: Any) -> None:
    for back in (3, 2, 1):
        text("sent", claimed_at=NOON - back * HOUR)
    assert ask(store, text(kind="first"), NOON - 3.5 * HOUR + 0.0).rule == "caps"
