"""People by page, by name and by number; changed and added by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.people import contacts, optouts
from app.people.contacts import ContactError
from app.people.numbers import NumberError
from app.store import tables as t
from app.store.engine import Store, open_store
from app.store.events import ContactsChanged, Event


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def test_pages_go_through_everyone_once_by_name(store: Store, clock: FixedClock) -> None:
    for i in range(23):
        contacts.add(store, clock, f"+1312555{i:04d}", f"Name {i % 5}")
    seen: list[contacts.ContactRow] = []
    after = None
    while page := contacts.page(store, after=after, limit=4):
        seen.extend(page)
        after = (page[-1].name, page[-1].id)
    assert len({row.id for row in seen}) == 23 == contacts.count(store)
    assert [(row.name, row.id) for row in seen] == sorted((row.name, row.id) for row in seen)


def test_finds_people(store: Store, clock: FixedClock) -> None:
    contacts.add(store, clock, "+13125550187", "Maria 100% Lopez")
    contacts.add(store, clock, "+15035550101", "José_Ruiz")
    found = {
        query: [row.number for row in contacts.page(store, query=query)]
        for query in ("maria", "100%", "%", "_", "(312) 555", "0101", "nobody", "  ")
    }
    assert found == {
        "maria": ["+13125550187"],
        "100%": ["+13125550187"],
        "%": ["+13125550187"],
        "_": ["+15035550101"],
        "(312) 555": ["+13125550187"],
        "0101": ["+15035550101"],
        "nobody": [],
        "  ": ["+15035550101", "+13125550187"],
    }
    assert contacts.count(store, "maria") == 1


def test_a_row_says_who_is_out_and_when_they_last_wrote(store: Store, clock: FixedClock) -> None:
    contacts.add(store, clock, "+13125550187", "Maria")
    with store.write() as unit:
        optouts.opt_out(unit, clock, "+13125550187", source="sms")
        unit.conn.execute(sa.insert(t.conversation).values(number="+13125550187", last_at=5.0))
    assert contacts.page(store)[0].opted_out
    assert contacts.page(store)[0].last_at == 5.0
    with store.write() as unit:
        optouts.lift(unit, clock, "+13125550187", source="sms", reason="START")
        found = contacts.by_number(unit.conn, "+13125550187")
    assert found is not None
    assert not found.opted_out
    assert contacts.get(store, 99) is None


def test_changes_are_checked_and_published(store: Store, clock: FixedClock) -> None:
    contact_id = contacts.add(
        store, clock, "(312) 555-0187", "Lopez, Maria", country="US", fields={"slot": "9:30"}
    )
    seen: list[Event] = []
    store.subscribe(seen.append)
    clock.advance(5)
    saved = contacts.save(
        store, clock, contact_id, {"first_name": " Mia\u202e ", "time_zone": "Pacific", "fields": {"a": "b"}}
    )
    assert (saved.name, saved.first_name, saved.time_zone, saved.fields) == (
        "Mia Lopez", "Mia", "America/Los_Angeles", {"a": "b"},
    )  # fmt: skip
    assert saved.updated_at == clock.now()
    assert seen == [ContactsChanged()]
    for bad in ({"number": "+1"}, {"id": 3}, {"time_zone": "Nowhere"}):
        with pytest.raises(ContactError):
            contacts.save(store, clock, contact_id, bad)
    with pytest.raises(ContactError):
        contacts.save(store, clock, 99, {"name": "x"})
    assert contacts.get(store, contact_id) == saved


def test_one_number_is_one_person(store: Store, clock: FixedClock) -> None:
    contacts.add(store, clock, "3125550187", "Maria Lopez", country="US")
    with pytest.raises(ContactError, match="known already: Maria Lopez"):
        contacts.add(store, clock, "+1 312 555 0187", "Mario")
    with pytest.raises(NumberError):
        contacts.add(store, clock, "12", "Nobody", country="US")
    assert contacts.count(store) == 1
