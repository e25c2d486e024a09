"""A text that names a day: at midnight it is written anew, and what was painted before can be pressed no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.campaigns import campaign, desk, gate, hours
from app.campaigns.desk import Card
from app.clock import FixedClock
from app.store.engine import Store
from app.store.events import CampaignChanged, Event, MessageChanged
from app.store.tables import contact, message
from app.texting import clicks
from app.texting.clicks import Clicked, Press, Refused

MIDNIGHT = datetime(2026, 4, 25, tzinfo=ZoneInfo("America/Chicago")).timestamp()
TEXT = "{sender}: see you {visit:relative}. Reply STOP to opt out."
ANA = {"first_name": "Ana", "visit": "2026-04-25", "time_zone": "America/Chicago"}


def press(store: Store, clock: FixedClock, card: Card) -> Clicked | Refused:
    return clicks.accept(
        store, clock, card.message_id, text_hash=card.text_hash, press=Press("key:Return", 0.0, 0.0),
        operator="D",
    )  # fmt: skip


@pytest.fixture
def running(store: Store, clock: FixedClock, crowd: Callable[..., int], drafted: Callable[..., int]) -> Any:
    def make(*people: dict[str, Any], text: str = TEXT) -> int:
        key = drafted(
            crowd(*people), text, hours=hours.parse("00:00-24:00"), hours_reason="they asked for it"
        )
        campaign.start(store, clock, key)
        return key

    return make


def test_at_midnight_the_card_is_written_anew(store: Store, clock: FixedClock, running: Any) -> None:
    key = running(ANA, ANA)
    first, second = desk.cards(store, clock, key)
    assert first.text.startswith("Dana: see you tomorrow.")
    assert first.spans == ((0, 4, "sender"), (14, 22, "visit"))
    clock.jump(MIDNIGHT - 1 - clock.now())
    assert [card.text_hash for card in desk.cards(store, clock, key)] == [first.text_hash, second.text_hash]
    clock.jump(MIDNIGHT - clock.now())
    refused = press(store, clock, first)
    assert isinstance(refused, Refused)
    assert refused.why == gate.DAY_OVER
    events: list[Event] = []
    store.subscribe(events.append)
    again = desk.card(store, clock, first.message_id)
    assert again is not None
    assert (again.text[:18], again.gate.verdict) == ("Dana: see you toda", "go")
    assert again.text_hash == clicks.text_hash(again.text) != first.text_hash
    assert events == [CampaignChanged(key)]  # the one behind it as well
    assert isinstance(press(store, clock, first), Refused)
    assert isinstance(press(store, clock, again), Clicked)
    assert [card.text[:18] for card in desk.cards(store, clock, key)] == ["Dana: see you toda"]


def test_a_click_that_waits_over_midnight_is_given_back(
    store: Store, clock: FixedClock, running: Any
) -> None:
    key = running(ANA)
    (card,) = desk.cards(store, clock, key)
    assert isinstance(press(store, clock, card), Clicked)
    with store.read() as conn:
        row = conn.execute(sa.select(message)).mappings().one()
        assert gate.check(conn, MIDNIGHT - 1, row).verdict == "go"
        verdict = gate.check(conn, MIDNIGHT, row)
        assert (verdict.verdict, verdict.rule) == ("hold", "day")
        assert gate.check_many(conn, MIDNIGHT, [row]) == [verdict]


def test_the_queue_is_written_anew_as_it_is_dealt(store: Store, clock: FixedClock, running: Any) -> None:
    key = running(*[ANA] * 5)
    clock.jump(MIDNIGHT + 60 - clock.now())
    assert {card.text[:19] for card in desk.cards(store, clock, key, limit=3)} == {"Dana: see you today"}
    desk.roll(store, clock, key)
    with store.read() as conn:
        assert all("today" in text for text in conn.execute(sa.select(message.c.text)).scalars())


def test_one_alone_tells_of_itself(store: Store, clock: FixedClock, running: Any) -> None:
    key = running(ANA)
    clock.jump(MIDNIGHT - clock.now())
    events: list[Event] = []
    store.subscribe(events.append)
    (card,) = desk.cards(store, clock, key)
    assert events == [MessageChanged(card.message_id, card.number, key)]


def test_who_lost_the_date_is_skipped_with_the_reason(store: Store, clock: FixedClock, running: Any) -> None:
    key = running(ANA)
    with store.write() as unit:
        unit.conn.execute(sa.update(contact).values(fields='{"visit": ""}'))
    clock.jump(MIDNIGHT - clock.now())
    assert desk.cards(store, clock, key) == ()
    with store.read() as conn:
        row = conn.execute(sa.select(message)).one()
    assert (row.state, row.reason) == ("skipped", "There is no visit for this person any more.")


def test_a_text_without_a_day_never_moves(store: Store, clock: FixedClock, running: Any) -> None:
    key = running(ANA, text="{sender}: {visit:weekday}. STOP")
    (card,) = desk.cards(store, clock, key)
    clock.jump(MIDNIGHT + 1 - clock.now())
    assert desk.card(store, clock, card.message_id) is not None
    assert isinstance(press(store, clock, card), Clicked)


def test_an_edit_by_hand_is_kept_as_it_is(store: Store, clock: FixedClock, running: Any) -> None:
    key = running(ANA)
    (card,) = desk.cards(store, clock, key)
    assert desk.edit(store, card.message_id, "See you on Saturday, Ana. Dana")
    clock.jump(MIDNIGHT - clock.now())
    (edited,) = desk.cards(store, clock, key)
    assert edited.text == "See you on Saturday, Ana. Dana"


def test_without_a_zone_it_is_written_when_the_zone_is_known(
    store: Store, clock: FixedClock, running: Any
) -> None:
    late = datetime(2026, 4, 24, 22, tzinfo=ZoneInfo("America/Chicago")).timestamp()  # the 25th in UTC
    clock.jump(late - clock.now())
    key = running({**ANA, "number": "+88213312345", "time_zone": ""})
    assert desk.cards(store, clock, key) == ()
    with store.write() as unit:
        unit.conn.execute(sa.update(contact).values(time_zone="America/Chicago"))
    (card,) = desk.cards(store, clock, key)
    assert "tomorrow" in card.text
