"""The consent ledger: a row in the same write wherever a consent is given, changed or taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.conversations import joins
from app.people import consents, contacts, importing, optouts
from app.store import tables as t
from app.store.engine import Store, open_store

NUMBER, OTHER = "+13125550187", "+15035550101"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def told(store: Store, number: str = NUMBER) -> list[tuple[str, str, str]]:
    """Kind, source and who, the oldest first."""
    return [(each.kind, each.source, each.operator) for each in consents.of_number(store, number)][::-1]


def read_in(store: Store, clock: FixedClock, table: str, **options: str) -> None:
    source = importing.open_source(table)
    preview = importing.preview(store, source, "US")
    importing.run(store, clock, source, preview.mapping, "US", **options)


def test_by_hand_every_change_is_a_row_with_who_made_it(store: Store, clock: FixedClock) -> None:
    key = contacts.add(
        store, clock, NUMBER, "Maria", consent_source="paper form", consent_at=5.0, operator="Ana"
    )
    first = clock.now()
    clock.advance(60)
    changes = {"consent_frequency": "2 a month", "consent_until": 99.0}
    contacts.save(store, clock, key, changes, operator="Ben")
    contacts.save(store, clock, key, {"notes": "likes jazz"}, operator="Ben")  # of no consent
    nothing = {"consent_source": "", "consent_at": None, "consent_frequency": "", "consent_until": None}
    contacts.save(store, clock, key, nothing, operator="Ben")
    assert told(store) == [
        ("given", "paper form", "Ana"),
        ("changed", "paper form", "Ben"),
        ("withdrawn", "taken off the contact", "Ben"),
    ]
    last, middle, oldest = consents.of_number(store, NUMBER)
    assert (oldest.at, oldest.given_at, oldest.until) == (first, 5.0, None)
    assert (middle.at, middle.frequency, middle.until) == (first + 60, "2 a month", 99.0)
    assert middle.over(99.0)
    assert not middle.over(98.0)
    assert not last.over(1e12)


def test_who_comes_without_a_consent_has_no_row(store: Store, clock: FixedClock) -> None:
    contacts.add(store, clock, NUMBER, "Maria")
    read_in(store, clock, f"number,name\n{OTHER},Paul\n")
    assert told(store) == told(store, OTHER) == []


def test_a_list_brings_its_consents_and_changes_only_what_it_changes(store: Store, clock: FixedClock) -> None:
    contacts.add(store, clock, NUMBER, "Maria", consent_source="paper form", operator="Ana")
    table = f"number,name,consent source\n{NUMBER},Maria,web form\n{OTHER},Paul,web form\n"
    read_in(store, clock, table, operator="Ben")
    assert told(store) == [("given", "paper form", "Ana")]  # what is known stays
    assert told(store, OTHER) == [("given", "web form", "Ben")]
    read_in(store, clock, table, keep="file", operator="Ben")
    assert told(store)[1:] == [("changed", "web form", "Ben")]
    assert len(told(store, OTHER)) == 1  # a second import of the same adds nothing


def test_an_import_that_is_stopped_leaves_no_row(store: Store, clock: FixedClock) -> None:
    rows = "".join(f"+1312555{n:04d},web form\n" for n in range(100, 2_600))
    source = importing.open_source(f"number,consent source\n{rows}")
    preview = importing.preview(store, source, "US")
    done_of: list[int] = []
    report = importing.run(
        store, clock, source, preview.mapping, "US",
        progress=lambda done, total: done_of.append(done),
        cancelled=lambda: bool(done_of) and done_of[-1] > 3_000,  # some thousand are stored by then
    )  # fmt: skip
    assert report.cancelled
    with store.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(t.consent)).scalar() == 0


def test_stop_and_start_are_rows_with_their_words(store: Store, clock: FixedClock) -> None:
    contacts.add(store, clock, NUMBER, "Maria", consent_source="paper form")
    with store.write() as unit:
        optouts.opt_out(unit, clock, NUMBER, source="sms", evidence="Stop please", rule="H2")
        optouts.opt_out(unit, clock, NUMBER, source="sms", evidence="STOP", rule="H1")  # is out already
    with store.write() as unit:
        optouts.lift(unit, clock, NUMBER, source="sms", reason="START")
    with store.write() as unit:
        optouts.opt_out_many(
            unit, clock, [NUMBER, OTHER], source="import", evidence="old.csv", operator="Ben"
        )
        optouts.lift(
            unit,
            clock,
            NUMBER,
            source="operator",
            reason="asked on the phone",
            evidence="the note",
            operator="Ana",
        )
    assert told(store)[1:] == [
        ("withdrawn", "opted out, by text", ""),
        ("given", "their text: START", ""),
        ("withdrawn", "opted out, from a list", "Ben"),
        ("given", "opt-out lifted by hand", "Ana"),
    ]
    assert [each.wording for each in consents.of_number(store, NUMBER)][:4] == [
        "asked on the phone; shown by: the note", "old.csv", "START", "Stop please",
    ]  # fmt: skip
    assert told(store, OTHER) == [("withdrawn", "opted out, from a list", "Ben")]


def test_a_write_that_fails_leaves_neither_opt_out_nor_row(store: Store, clock: FixedClock) -> None:
    def write() -> None:
        with store.write() as unit:
            optouts.opt_out(unit, clock, NUMBER, source="sms", evidence="STOP", rule="H1")
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        write()
    assert told(store) == []


def test_a_keyword_that_was_accepted_is_a_consent(store: Store, clock: FixedClock) -> None:
    join = joins.Join("JAZZ", "Jazz club", "SMS", "Texts about jazz", "2 a month", "Welcome!")
    joins.save(store, (join,))
    with store.write() as unit:
        thread = unit.conn.execute(
            sa.insert(t.conversation)
            .values(number=NUMBER, last_at=clock.now(), last_text="jazz", last_in_at=clock.now())
            .returning(t.conversation.c.id)
        ).scalar_one()
        unit.conn.execute(
            sa.insert(t.message).values(
                direction="in", state="received", number=NUMBER, conversation_id=thread, text="jazz",
                created_at=clock.now(), kind="text",
            )
        )  # fmt: skip
    with store.read() as conn:
        asked = joins.wish(conn, thread)
    assert asked is not None
    joins.accept(store, clock, thread, asked, "Ana")
    (row,) = consents.of_number(store, NUMBER)
    assert (row.kind, row.source, row.wording, row.frequency, row.operator) == (
        "given", join.consent_source, "Texts about jazz", "2 a month", "Ana",
    )  # fmt: skip


def test_the_number_that_is_texted_instead_takes_the_consent_along(store: Store, clock: FixedClock) -> None:
    key = contacts.add(store, clock, NUMBER, "Maria", consent_source="paper form")
    contacts.save(store, clock, key, {"other_numbers": [OTHER]})
    contacts.text_instead(store, clock, key, OTHER, "Ana")
    assert told(store, OTHER) == [("given", "paper form", "Ana")]
