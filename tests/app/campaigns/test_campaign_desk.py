"""The desk's queue: cards in order, who is passed over and why, and what became of the clicks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.campaigns import campaign, desk, holding
from app.clock import FixedClock
from app.people import optouts
from app.store.engine import Store, open_store
from app.store.events import Event, MessageChanged
from app.store.tables import campaign as campaigns
from app.store.tables import click, contact, conversation, line, list_member, message, people_list
from app.texting import clicks
from app.texting.clicks import Clicked, Press

#: A Friday, 10:42 in Chicago, 8:42 in Los Angeles.
NOW = datetime(2026, 4, 24, 10, 42, tzinfo=ZoneInfo("America/Chicago")).timestamp()
CHICAGO, LOS_ANGELES, NOWHERE = "+1312555{:04d}", "+1213555{:04d}", "+8821331{:04d}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    with opened.write() as unit:
        unit.conn.execute(sa.insert(line).values(name="Office", url="x", created_at=0))
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def running(store: Store, clock: FixedClock, *numbers: str, name: str = "Spring", **values: Any) -> int:
    """A running campaign to those numbers; the people are called P0, P1 …"""
    with store.write() as unit:
        key = unit.conn.execute(
            sa.insert(people_list).values(name="l", created_at=0, columns='["slot"]')
        ).inserted_primary_key[0]
        for position, number in enumerate(numbers):
            person = unit.conn.execute(sa.select(contact.c.id).where(contact.c.number == number)).scalar()
            if person is None:
                row = {
                    "number": number,
                    "name": f"P{position} Lee",
                    "first_name": f"P{position}",
                    "fields": json.dumps({"slot": "10:30"}),
                    "created_at": 0,
                    "updated_at": 0,
                    **values,
                }
                person = unit.conn.execute(sa.insert(contact).values(**row)).inserted_primary_key[0]
            unit.conn.execute(
                sa.insert(list_member).values(list_id=key, position=position, contact_id=person)
            )
    made = campaign.create(
        store,
        clock,
        name=name,
        list_id=key,
        template="Hi {first_name}, {slot}?",
        texter="Dana",
        operator="Dana",
    )
    campaign.start(store, clock, made)
    return made


def names(cards: tuple[desk.Card, ...]) -> list[str]:
    return [card.name.split()[0] for card in cards]


def press(store: Store, clock: FixedClock, card: desk.Card) -> Clicked:
    taken = clicks.accept(
        store,
        clock,
        card.message_id,
        text_hash=card.text_hash,
        press=Press("key:Return", 0.0, 0.0),
        operator="D",
    )
    assert isinstance(taken, Clicked)
    return taken


def become(store: Store, message_id: int, **values: Any) -> None:
    with store.write() as unit:
        unit.conn.execute(sa.update(message).where(message.c.id == message_id).values(**values))


# -- cards ----------------------------------------------------------------------------------------


def test_a_card_says_all_that_one_should_know(store: Store, clock: FixedClock) -> None:
    key = running(
        store, clock, "+13125550187", name="Spring", consent_source="form", consent_at=1_772_496_000.0
    )
    (card,) = desk.cards(store, clock, key)
    assert (card.name, card.initials, card.number, card.number_display) == (
        "P0 Lee", "PL", "+13125550187", "+1 (312) 555-0187",
    )  # fmt: skip
    assert (card.text, card.text_hash) == ("Hi P0, 10:30?", clicks.text_hash("Hi P0, 10:30?"))
    assert card.spans == ((3, 5, "first_name"), (7, 12, "slot"))
    assert (card.segments, card.units, card.limit, card.alphabet) == (1, 13, 160, "GSM-7")
    assert (card.local_time, card.place, card.consent) == ("10:42", "Chicago", "consent 3 Mar 2026")
    assert (card.gate.verdict, card.state, card.edited, card.history) == ("go", "queued", False, ())
    assert "first text" in card.badge
    assert desk.card(store, clock, card.message_id) == card
    assert desk.card(store, clock, 10_000) is None


def test_cards_come_in_order_and_from_any_place(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, *[CHICAGO.format(n) for n in range(7)])
    assert names(desk.cards(store, clock, key)) == [f"P{n}" for n in range(7)]
    assert names(desk.cards(store, clock, key, after_position=2, limit=3)) == ["P3", "P4", "P5"]
    assert desk.cards(store, clock, key, after_position=6) == ()


def test_the_held_are_passed_over_and_come_back_when_their_hours_open(
    store: Store, clock: FixedClock
) -> None:
    key = running(
        store, clock, LOS_ANGELES.format(1), CHICAGO.format(2), NOWHERE.format(3), LOS_ANGELES.format(4),
        CHICAGO.format(5),
    )  # fmt: skip
    assert names(desk.cards(store, clock, key)) == ["P1", "P4"]
    assert names(desk.cards(store, clock, key, limit=1)) == ["P1"]
    assert desk.held_count(store, clock, key) == 3
    coming = desk.next_up(store, clock, key, -1)
    assert [(each.name.split()[0], each.local_time, each.badge) for each in coming] == [
        ("P0", "08:42", "held until 09:00"),
        ("P1", "10:42", ""),
        ("P2", "", "held: no time zone"),
        ("P3", "08:42", "held until 09:00"),
        ("P4", "10:42", ""),
    ]
    clock.advance(18 * 60)
    assert names(desk.cards(store, clock, key)) == ["P0", "P1", "P3", "P4"]
    assert desk.held_count(store, clock, key) == 1


def test_when_everybody_is_held_there_is_no_card_and_next_says_why(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, *[LOS_ANGELES.format(n) for n in range(3)])
    assert desk.cards(store, clock, key) == ()
    assert desk.held_count(store, clock, key) == 3
    assert desk.held_until(store, clock, key) == NOW + 18 * 60
    assert {each.badge for each in desk.next_up(store, clock, key, -1)} == {"held until 09:00"}
    one = desk.card(store, clock, desk.next_up(store, clock, key, -1)[0].message_id)
    assert one is not None
    assert (one.gate.verdict, one.gate.until) == ("hold", NOW + 18 * 60)


def test_a_long_run_of_held_people_is_passed_over_too(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, *[LOS_ANGELES.format(n) for n in range(1_203)], CHICAGO.format(1))
    assert names(desk.cards(store, clock, key)) == ["P1203"]


def test_who_had_three_texts_today_is_passed_over(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, CHICAGO.format(1), CHICAGO.format(2))
    with store.write() as unit:
        for back in (1, 2, 3):
            made = unit.conn.execute(
                sa.insert(message).values(
                    direction="out", state="queued", number=CHICAGO.format(1), text="x", created_at=0
                )
            ).inserted_primary_key[0]
            pressed = unit.conn.execute(
                sa.insert(click).values(
                    message_id=made, operator="D", at=0, monotonic=0, device="key", text_hash=""
                )
            ).inserted_primary_key[0]
            unit.conn.execute(
                sa.update(message)
                .where(message.c.id == made)
                .values(state="sent", click_id=pressed, claimed_at=NOW - back * 3600)
            )
    assert names(desk.cards(store, clock, key)) == ["P1"]
    first = desk.next_up(store, clock, key, -1)[0]
    assert first.badge.startswith("held until")
    # The oldest of the three left three hours ago.
    assert holding.held(store, clock, key) == holding.Held(1, NOW + 21 * 3600)


def test_nobody_is_held_where_everybody_may_be_texted(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, CHICAGO.format(1))
    assert holding.held(store, clock, key) == holding.Held()


def test_only_a_person_can_help_where_the_zone_is_unknown(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, NOWHERE.format(1))
    assert holding.held(store, clock, key) == holding.Held(1, None)


def test_hours_that_cannot_be_read_show_no_card(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, CHICAGO.format(1))
    with store.write() as unit:
        unit.conn.execute(sa.update(campaigns).values(hours="{]"))
    assert desk.cards(store, clock, key) == ()
    assert holding.held(store, clock, key).count == 1


def test_an_opt_out_takes_the_card_away(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, CHICAGO.format(1), CHICAGO.format(2))
    first = desk.cards(store, clock, key)[0]
    with store.write() as unit:
        optouts.opt_out(unit, clock, first.number, source="sms", evidence="STOP")
    assert names(desk.cards(store, clock, key)) == ["P1"]
    gone = desk.card(store, clock, first.message_id)
    assert gone is not None
    assert (gone.state, gone.gate.verdict) == ("blocked", "blocked")
    assert campaign.summary(store, key).opted_out == 1


def test_the_last_words_with_this_number_are_on_the_card(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, CHICAGO.format(1))
    with store.write() as unit:
        thread = unit.conn.execute(
            sa.insert(conversation).values(number=CHICAGO.format(1), last_at=NOW - 60)
        ).inserted_primary_key[0]
        for n in range(9):
            unit.conn.execute(
                sa.insert(message).values(
                    direction="in", state="received", number=CHICAGO.format(1), text=f"text {n}", kind="text",
                    conversation_id=thread, created_at=NOW - 100 + n, settled_at=NOW,
                )
            )  # fmt: skip
    (card,) = desk.cards(store, clock, key)
    assert [bubble.text for bubble in card.history] == [f"text {n}" for n in range(3, 9)]


def test_the_badge_says_when_and_in_what_they_were_texted(store: Store, clock: FixedClock) -> None:
    before = running(store, clock, CHICAGO.format(1), name="Autumn reminders")
    (old,) = desk.cards(store, clock, before)
    press(store, clock, old)
    become(store, old.message_id, state="sent", claimed_at=NOW - 3 * 86400, settled_at=NOW)
    (card,) = desk.cards(store, clock, running(store, clock, CHICAGO.format(1)))
    assert card.badge == "texted 3 days ago in Autumn reminders"


# -- what a person does with a card ---------------------------------------------------------------


def test_skip_and_put_back(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, CHICAGO.format(1), CHICAGO.format(2))
    first = desk.cards(store, clock, key)[0]
    events: list[Event] = []
    store.subscribe(events.append)
    assert desk.skip(store, first.message_id, "wrong person")
    assert not desk.skip(store, first.message_id, "")
    assert names(desk.cards(store, clock, key)) == ["P1"]
    assert campaign.summary(store, key).skipped == 1
    assert desk.unskip(store, first.message_id)
    assert not desk.unskip(store, first.message_id)
    assert names(desk.cards(store, clock, key)) == ["P0", "P1"]
    assert [type(event) for event in events] == [MessageChanged, MessageChanged]


def test_an_edit_is_for_this_one_person_and_voids_what_was_painted(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, CHICAGO.format(1), CHICAGO.format(2))
    first = desk.cards(store, clock, key)[0]
    assert desk.edit(store, first.message_id, "Hello P0 {slot}")
    edited, other = desk.cards(store, clock, key)
    assert (edited.text, edited.edited, edited.spans) == ("Hello P0 {slot}", True, ())
    assert other.text == "Hi P1, 10:30?"
    refused = clicks.accept(
        store,
        clock,
        first.message_id,
        text_hash=first.text_hash,
        press=Press("mouse", 0.0, 0.0),
        operator="D",
    )
    assert isinstance(refused, clicks.Refused)
    press(store, clock, edited)
    assert not desk.edit(store, first.message_id, "too late")


@pytest.mark.parametrize("text", ["", " \n ", "x" * 40_000])
def test_a_text_that_cannot_be_sent_is_not_kept(store: Store, clock: FixedClock, text: str) -> None:
    (card,) = desk.cards(store, clock, running(store, clock, CHICAGO.format(1)))
    with pytest.raises(ValueError, match="Nothing was changed"):
        desk.edit(store, card.message_id, text)
    assert desk.card(store, clock, card.message_id) == card


def test_previous_goes_back_over_every_state(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, *[CHICAGO.format(n) for n in range(4)])
    cards = desk.cards(store, clock, key)
    press(store, clock, cards[0])
    desk.skip(store, cards[1].message_id, "")
    seen = []
    position = 2**40
    while (back := desk.previous(store, key, position)) is not None:
        seen.append((back.name.split()[0], back.state))
        position = back.position
    assert seen == [("P3", "queued"), ("P2", "queued"), ("P1", "skipped"), ("P0", "clicked")]


# -- what became of the clicks --------------------------------------------------------------------


def test_the_outbox_has_what_is_undecided_first(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, *[CHICAGO.format(n) for n in range(6)])
    cards = desk.cards(store, clock, key)
    for card in cards:
        press(store, clock, card)
    for card, state in zip(cards, ("unknown", "sent", "not_sent", "sending", "sent", "clicked"), strict=True):
        become(store, card.message_id, state=state, settled_at=NOW, claimed_at=NOW)
    become(store, cards[4].message_id, delivery="delivered")
    items = {item.name.split()[0]: item for item in desk.outbox(store)}
    assert {name: item.state for name, item in items.items()} == {
        "P0": "unknown", "P1": "sent", "P2": "not_sent", "P3": "sending", "P4": "sent", "P5": "clicked",
    }  # fmt: skip
    assert [name for name, item in items.items() if item.can_take_back] == ["P5"]
    assert items["P4"].delivery == "delivered"
    few = {item.state for item in desk.outbox(store, limit=4)}
    assert few == {"unknown", "not_sent", "sending", "clicked"}
    assert clicks.resolve_sent(store, clock, cards[0].message_id, "Dana")
    assert {item.state for item in desk.outbox(store) if item.message_id == cards[0].message_id} == {"sent"}


def test_the_counts_follow_the_states(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, *[CHICAGO.format(n) for n in range(8)])
    cards = desk.cards(store, clock, key)
    for card in cards[:6]:
        press(store, clock, card)
    states = ("unknown", "sent", "not_sent", "sending", "sent", "clicked")
    for card, state in zip(cards[:6], states, strict=True):
        become(store, card.message_id, state=state, settled_at=NOW, claimed_at=NOW)
    become(store, cards[1].message_id, delivery="delivered")
    become(store, cards[4].message_id, delivery="failed")
    desk.skip(store, cards[6].message_id, "")
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(conversation).values(number=cards[1].number, last_at=NOW, last_in_at=NOW + 60)
        )
        unit.conn.execute(
            sa.insert(message).values(
                direction="in", state="received", kind="text", number=cards[1].number, campaign_id=key,
                text="Yes", created_at=NOW + 60,
            )
        )  # fmt: skip
    found = campaign.summary(store, key)
    assert (found.queued, found.clicked, found.skipped, found.unknown, found.failed) == (1, 1, 1, 1, 1)
    assert (found.sent, found.delivered, found.undelivered, found.replies) == (3, 1, 1, 1)
    assert found.people == 8
    assert campaign.overview(store) == (found,)


def test_the_time_left_is_that_of_the_pace(store: Store, clock: FixedClock) -> None:
    key = running(store, clock, *[CHICAGO.format(n) for n in range(10)])
    assert desk.eta(store, clock, key) is None
    for n, card in enumerate(desk.cards(store, clock, key)[:4]):
        press(store, clock, card)
        become(store, card.message_id, state="sent", claimed_at=NOW + 5 * n)
    assert desk.eta(store, clock, key) == pytest.approx(30.0)
