"""JOIN and its like: a suggestion until somebody says so; then list, consent and a welcome that waits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.campaigns import campaign as campaigns
from app.campaigns import checking
from app.campaigns.templates import TemplateError
from app.clock import FixedClock
from app.conversations import joins, threads
from app.conversations.joins import Join, JoinError
from app.people import contacts, optouts
from app.store.engine import Store, open_store
from app.store.tables import (
    contact,
    conversation,
    list_member,
    message,
    office_setting,
    people_list,
)

NOON = datetime(2026, 4, 24, 12, tzinfo=ZoneInfo("America/Chicago")).timestamp()
ANA = "+13125550140"
NEWS = Join(
    "join", "News", "Poster in the hall", "Text JOIN for our news.", "2 a month",
    "Welcome, {first_name|friend}! {sender}, 2 texts a month. Reply STOP to opt out.",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


def add(store: Store, table: sa.Table, **values: Any) -> int:
    with store.write() as unit:
        return int(unit.conn.execute(sa.insert(table).values(**values)).inserted_primary_key[0])


def wrote(store: Store, text: str, number: str = ANA, at: float = NOON - 60) -> int:
    """A conversation whose newest text is ``text``."""
    key = add(
        store, conversation, number=number, last_at=at, last_text=text, last_direction="in",
        waiting_since=at, last_in_at=at,
    )  # fmt: skip
    says(store, key, text, number, at)
    return key


def says(store: Store, key: int, text: str, number: str = ANA, at: float = NOON) -> None:
    add(
        store, message, direction="in", number=number, conversation_id=key, kind="text", text=text,
        state="received", created_at=at,
    )  # fmt: skip


def wish(store: Store, key: int) -> joins.Wish | None:
    with store.read() as conn:
        return joins.wish(conn, key)


def members(store: Store, name: str) -> list[str]:
    with store.read() as conn:
        query = (
            sa.select(contact.c.number)
            .join(list_member, list_member.c.contact_id == contact.c.id)
            .join(people_list, people_list.c.id == list_member.c.list_id)
            .where(people_list.c.name == name)
            .order_by(list_member.c.position)
        )
        return list(conn.execute(query).scalars())


def known(store: Store, number: str = ANA) -> contacts.Contact | None:
    with store.read() as conn:
        return contacts.by_number(conn, number)


# -- the keywords ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["JOIN", "join", " Join! ", "“Join”.", "JÓIN", "jo\u200bin"])
def test_the_whole_text_is_the_keyword_whatever_its_dress(store: Store, text: str) -> None:
    joins.save(store, (NEWS,))
    found = wish(store, wrote(store, text))
    assert found is not None
    assert found.join.list_name == "News"


@pytest.mark.parametrize("text", ["I want to join", "join us?", "rejoin", "", "JOIN " * 40, "STOP"])
def test_anything_else_is_no_keyword(store: Store, text: str) -> None:
    joins.save(store, (NEWS,))
    assert wish(store, wrote(store, text)) is None


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (Join("STOP", "News"), "STOP opts people out"),
        (Join("quit", "News"), "QUIT opts people out"),
        (Join("START", "News"), "START lifts an opt-out"),
        (Join("!!!", "News"), "a word that people text"),
        (Join("JOIN", " "), "Name the list"),
    ],
)
def test_what_cannot_be_a_keyword_says_why(store: Store, bad: Join, words: str) -> None:
    with pytest.raises(JoinError, match=words):
        joins.save(store, (NEWS, bad))
    assert joins.get(store) == ()


def test_a_keyword_leads_to_one_list_and_its_welcome_is_a_template(store: Store) -> None:
    with pytest.raises(JoinError, match="twice"):
        joins.save(store, (NEWS, Join("Join", "Other")))
    with pytest.raises(TemplateError):
        joins.save(store, (Join("JOIN", "News", welcome="Hi {oops"),))
    (kept,) = joins.save(store, (NEWS,))
    assert kept.keyword == "JOIN"
    assert joins.get(store) == (kept,)


def test_settings_that_cannot_be_read_count_as_none(store: Store) -> None:
    with store.write() as unit:
        row = {"key": "joins", "value": '[{"keyword": 3}, 5]'}
        unit.conn.execute(sa.insert(office_setting).values(**row))
    assert joins.get(store) == ()
    assert wish(store, wrote(store, "JOIN")) is None


# -- saying so ------------------------------------------------------------------------------------


def test_nothing_happens_until_somebody_says_so(store: Store, clock: FixedClock) -> None:
    joins.save(store, (NEWS,))
    key = wrote(store, "JOIN")
    assert known(store) is None
    assert members(store, "News") == []
    asked = wish(store, key)
    assert asked is not None
    welcome = joins.accept(store, clock, key, asked, "Dana")
    assert welcome.text == "Welcome, friend! Dana, 2 texts a month. Reply STOP to opt out."
    ana = known(store)
    assert ana is not None
    assert (ana.consent_source, ana.consent_at) == ("Poster in the hall: JOIN", NOON)
    assert (ana.consent_wording, ana.consent_frequency) == ("Text JOIN for our news.", "2 a month")
    assert members(store, "News") == [ANA]
    with store.read() as conn:  # nothing was sent, and nothing waits to be
        assert conn.execute(sa.select(message.c.id).where(message.c.direction == "out")).first() is None
    assert wish(store, key) is None
    with pytest.raises(JoinError, match="done already"):
        joins.accept(store, clock, key, asked, "Dana")


def test_a_contact_keeps_what_is_known_and_joins_once(store: Store, clock: FixedClock) -> None:
    joins.save(store, (NEWS,))
    add(
        store, contact, number=ANA, name="Ana Lopez", first_name="Ana", fields=json.dumps({"slot": "9:00"}),
        consent_until=NOON - 5, created_at=0, updated_at=0,
    )  # fmt: skip
    old = add(store, people_list, name="News", created_at=0)
    add(store, people_list, name="Other", created_at=0)
    key = wrote(store, "join")
    for _ in range(2):  # a later JOIN renews the consent and adds no second place
        asked = wish(store, key)
        assert asked is not None
        assert joins.accept(store, clock, key, asked, "Dana").text.startswith("Welcome, Ana!")
        clock.advance(3600)
        says(store, key, "Join", at=clock.now())
    assert members(store, "News") == [ANA]
    ana = known(store)
    assert ana is not None
    assert (ana.name, ana.fields, ana.consent_until) == ("Ana Lopez", {"slot": "9:00"}, None)
    with store.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(people_list)).scalar_one() == 2
        assert conn.execute(sa.select(list_member.c.list_id)).scalars().all() == [old]


def test_who_opted_out_comes_back_by_start_alone(store: Store, clock: FixedClock) -> None:
    joins.save(store, (NEWS,))
    key = wrote(store, "JOIN")
    with store.write() as unit:
        optouts.opt_out(unit, clock, ANA, source="sms", evidence="STOP")
    asked = wish(store, key)
    assert asked is not None
    assert asked.opted_out
    with pytest.raises(JoinError, match="only START"):
        joins.accept(store, clock, key, asked, "Dana")
    assert members(store, "News") == []
    with store.read() as conn:
        assert optouts.active(conn, ANA)


def test_another_text_since_is_looked_at_first(store: Store, clock: FixedClock) -> None:
    joins.save(store, (NEWS,))
    key = wrote(store, "JOIN")
    asked = wish(store, key)
    assert asked is not None
    says(store, key, "no wait, sorry", at=NOON + 1)
    assert wish(store, key) is None
    with pytest.raises(JoinError, match="something else since"):
        joins.accept(store, clock, key, asked, "Dana")
    assert known(store) is None


def test_a_welcome_that_lacks_a_field_names_it(store: Store, clock: FixedClock) -> None:
    joins.save(store, (Join("JOIN", "News", welcome="See you at {place}"),))
    key = wrote(store, "JOIN")
    asked = wish(store, key)
    assert asked is not None
    welcome = joins.accept(store, clock, key, asked, "Dana")
    assert (welcome.text, welcome.missing) == ("", ("place",))
    assert members(store, "News") == [ANA]


# -- who wants to join ----------------------------------------------------------------------------


def test_the_filter_lists_who_wants_to_join(store: Store, clock: FixedClock) -> None:
    late = wrote(store, "Join!", "+13125550141", NOON - 10)
    early = wrote(store, "JOIN", "+13125550142", NOON - 500)
    wrote(store, "Is it far?", "+13125550143")
    assert "join" not in threads.counts(store)
    joins.save(store, (NEWS,))
    assert [row.id for row in threads.page(store, filter="join")] == [early, late]
    assert [row.id for row in threads.page(store, filter="join", limit=1)] == [early]
    first = threads.page(store, filter="join", limit=1)[0]
    assert [row.id for row in threads.page(store, filter="join", after=first)] == [late]
    assert threads.counts(store)["join"] == 2
    asked = wish(store, early)
    assert asked is not None
    joins.accept(store, clock, early, asked, "Dana")
    assert [row.id for row in threads.page(store, filter="join")] == [late]
    threads.mark_done(store, late)
    assert threads.counts(store)["join"] == 0


# -- campaigns ------------------------------------------------------------------------------------


def test_a_campaign_that_asks_for_a_keyword_is_told(store: Store, clock: FixedClock) -> None:
    joins.save(store, (NEWS, Join("VIP", "Insiders")))
    with store.write() as unit:  # a word list that grew since the keyword was kept
        stored = json.dumps([{"keyword": "JOIN", "list_name": "News"}, {"keyword": "QUIT", "list_name": "X"}])
        unit.conn.execute(sa.update(office_setting).values(value=stored))
    key = campaigns.create(
        store, clock, name="Spring", list_id=None, texter="Dana", operator="Dana",
        template="This is {sender}. Reply YES or JOIN for more. Reply STOP to opt out.",
    )  # fmt: skip
    said = [check.text for check in checking.checks(store, clock, key) if check.level == "warn"]
    assert any(words.startswith("Whoever answers JOIN is offered for the list News") for words in said)
    assert any("QUIT opts people out" in words for words in said)
    assert not any("VIP" in words for words in said)
