"""Audiences: each rule against people who fit and who do not, counts, overlap, and lists made of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from app.people import audiences, beside, contacts, importing, optouts
from app.people.audiences import AudienceError, Rule, Rules
from app.people.reading import open_source
from app.store import tables as t
from app.store.engine import Store, open_store

NOW = 1_794_585_600.0
DAY = 86_400.0
PEOPLE = """Name,Phone,Tags,Due,Amount,Language,Consent
Ana,312-555-0187,choir;board,2026-03-05,$1200,es,web form
Ben,312-555-0119,choir,2026-12-24,$80,en,
Cy,312-555-0142,,2025-01-01,,es,
Di,312-555-0155,board,,$9.50,,paper
"""


class Clock(SystemClock):
    def now(self) -> float:
        return NOW


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "data")
    source = open_source(PEOPLE)
    importing.run(store, Clock(), source, importing.preview(store, source, "US").mapping, "US", name="first")
    with store.write() as unit:
        campaign = sa.insert(t.campaign).values(
            id=5, name="Spring", state="done", created_at=1.0, started_at=2.0
        )
        unit.conn.execute(campaign)
        for place, (number, days, state) in enumerate(
            (("+13125550187", 2, "sent"), ("+13125550119", 10, "unknown"), ("+13125550142", 1, "not_sent")), 1
        ):
            send(unit.conn, place, number, NOW - days * DAY, state)
        unit.conn.execute(
            sa.insert(t.message).values(
                direction="in", number="+13125550187", text="yes", state="received", created_at=NOW - DAY
            )
        )
    yield store
    store.close()


def send(conn: sa.Connection, key: int, number: str, at: float, state: str) -> None:
    made = {
        "direction": "out",
        "number": number,
        "campaign_id": 5,
        "kind": "first",
        "text": "Hi",
        "created_at": at,
    }
    conn.execute(sa.insert(t.message).values(id=key, state="queued", **made))
    conn.execute(
        sa.insert(t.click).values(
            id=key, message_id=key, operator="Dana", at=at, monotonic=1.0, device="key:Return", text_hash="x"
        )
    )
    conn.execute(
        sa.update(t.message).where(t.message.c.id == key).values(state=state, click_id=key, claimed_at=at)
    )


def names(store: Store, rules: Rules) -> list[str]:
    with store.read() as conn:
        ids = audiences.people(conn, rules, NOW)
        found = {row.id: row.name for row in conn.execute(sa.select(t.contact.c.id, t.contact.c.name))}
    return [found[key] for key in ids]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (Rule("tag", "is", "Choir"), "Ana Ben"), (Rule("tag", "is_not", "choir"), "Cy Di"),
        (Rule("tag", "is", "nobody's"), ""), (Rule("list", "is", "1"), "Ana Ben Cy Di"),
        (Rule("list", "is_not", "1"), ""), (Rule("list", "is", "x"), ""),
        (Rule("field", "is", "$9.5", "amount"), "Di"), (Rule("field", "is_not", "80", "amount"), "Ana Cy Di"),
        (Rule("field", "more", "50", "amount"), "Ana Ben"), (Rule("field", "less", "$50", "amount"), "Di"),
        (Rule("field", "more", "2026-01-01", "due"), "Ana Ben"), (Rule("field", "less", "1 Jan 2026", "due"), "Cy"),
        (Rule("field", "is", "5 Mar 2026", "due"), "Ana"), (Rule("field", "contains", "dec", "due"), "Ben"),
        (Rule("field", "filled", "", "amount"), "Ana Ben Di"), (Rule("field", "empty", "", "amount"), "Cy"),
        (Rule("field", "more", "much", "amount"), ""), (Rule("field", "is", "x", 'no"such'), ""),
        (Rule("campaign", "was", "5"), "Ana Ben"), (Rule("campaign", "was_not", "5"), "Cy Di"),
        (Rule("campaign", "replied", "5"), "Ana"), (Rule("campaign", "silent", "5"), "Ben"),
        (Rule("texted", "within", "7"), "Ana"), (Rule("texted", "not_within", "7"), "Ben Cy Di"),
        (Rule("texted", "never"), "Cy Di"), (Rule("consent", "has"), "Ana Di"), (Rule("consent", "lacks"), "Ben Cy"),
        (Rule("language", "is", "ES"), "Ana Cy"), (Rule("language", "is_not", "es"), "Ben Di"),
    ],
)  # fmt: skip
def test_each_rule(store: Store, rule: Rule, found: str) -> None:
    assert names(store, Rules((rule,))) == found.split()


def test_all_any_and_nobody_who_opted_out(store: Store) -> None:
    two = (Rule("tag", "is", "choir"), Rule("language", "is", "es"))
    assert names(store, Rules(two)) == ["Ana"]
    assert names(store, Rules(two, every=False)) == ["Ana", "Ben", "Cy"]
    with store.write() as unit:
        optouts.opt_out(unit, Clock(), "+13125550187", source="operator", evidence="said so")
    assert names(store, Rules(two, every=False)) == ["Ben", "Cy"]
    counts = audiences.count(store, Clock(), Rules(two, every=False))
    assert (counts.people, counts.opted_out, counts.rested) == (2, 1, 0)


def test_who_was_texted_lately_is_left_out_and_counted(store: Store) -> None:
    rules = Rules((), rest_days=7)
    assert names(store, rules) == ["Ben", "Cy", "Di"]
    assert audiences.count(store, Clock(), rules) == audiences.Counts(
        people=3, opted_out=0, rested=1, waiting=0
    )


def test_who_waits_in_another_campaign_is_counted(store: Store) -> None:
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(t.message).values(
                direction="out",
                number="+13125550155",
                campaign_id=5,
                kind="first",
                text="Hi",
                state="queued",
                created_at=NOW,
            )
        )
    assert audiences.count(store, Clock(), Rules()).waiting == 1


def test_consent_that_is_over(store: Store) -> None:
    ana = contacts.page(store, query="Ana")[0].id
    contacts.save(store, Clock(), ana, {"consent_until": NOW - 1})
    assert names(store, Rules((Rule("consent", "expired"),))) == ["Ana"]
    assert names(store, Rules((Rule("consent", "has"),))) == ["Di"]


def test_overlap_is_of_those_who_can_be_texted(store: Store) -> None:
    choir, board = Rules((Rule("tag", "is", "choir"),)), Rules((Rule("tag", "is", "board"),))
    assert audiences.overlap(store, Clock(), choir, board) == 1
    assert audiences.overlap(store, Clock(), choir, Rules()) == 2


def test_members_and_a_list_of_them(store: Store) -> None:
    key = audiences.save(store, Clock(), "Board", Rules((Rule("tag", "is", "board"),)))
    with store.read() as conn:
        assert len(audiences.members(conn, key, NOW)) == 2
        assert audiences.members(conn, 99, NOW) == []
    made = audiences.as_list(store, Clock(), "Board", audiences.every(store)[0].rules)
    newest = contacts.lists(store)[0]
    assert (newest.id, newest.name, newest.people, newest.columns) == (made, "Board", 2, ("due", "amount"))
    with pytest.raises(AudienceError, match="Nobody"):
        audiences.as_list(store, Clock(), "None", Rules((Rule("tag", "is", "nobody"),)))
    audiences.remove(store, key)
    assert contacts.lists(store)[0].people == 2


def test_names_are_needed_and_used_once(store: Store) -> None:
    with pytest.raises(AudienceError, match="name"):
        audiences.save(store, Clock(), "  ", Rules())
    key = audiences.save(store, Clock(), "Board", Rules())
    assert audiences.save(store, Clock(), "BOARD", Rules(rest_days=3), key) == key
    with pytest.raises(AudienceError, match="already"):
        audiences.save(store, Clock(), "board", Rules())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"rules": [{"kind": "sql", "ask": "is"}], "every": 1, "rest_days": "x"}',
        '{"rules": 5}',
    ],
)
def test_kept_rules_that_mean_nothing_are_none(text: str) -> None:
    assert Rules.from_json(text) == Rules()


def test_rules_survive_being_kept() -> None:
    rules = Rules(
        (Rule("field", "contains", "a'b%", "x y"), Rule("texted", "never")), every=False, rest_days=9
    )
    assert Rules.from_json(rules.to_json()) == rules


def test_tags_of_many_at_once(store: Store) -> None:
    everybody: list[Any] = [row.id for row in contacts.page(store)]
    beside.tag_people(store, everybody, add=["new", " New ", ""], remove=["choir"])
    assert {row.name: row.people for row in beside.tags(store)} == {"board": 2, "new": 4}
    assert contacts.page(store)[0].tags == ("board", "new")
