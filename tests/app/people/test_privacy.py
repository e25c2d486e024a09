"""Handing over and erasing everything about a person: read in the database file's own bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.campaigns import gate
from app.clock import FixedClock
from app.people import contacts, holds, importing, ledger, optouts, privacy
from app.store import tables as t
from app.store.engine import Store, open_store

NUMBER, OTHER = "+13125550187", "+15035550101"
SECRET = "xylophone-7719"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def fill(
    store: Store, clock: FixedClock, number: str, *, name: str = "Maria Ortega", word: str = SECRET
) -> None:
    contacts.add(store, clock, number, name, fields={"slot": f"=1+{word}"})
    with store.write() as unit:
        thread = unit.conn.execute(
            sa.insert(t.conversation)
            .values(number=number, last_at=1.0, last_text=word, draft=word)
            .returning(t.conversation.c.id)
        ).scalar_one()
        for direction, state in (("in", "received"), ("out", "queued")):
            key = unit.conn.execute(
                sa.insert(t.message)
                .values(
                    direction=direction, state=state, number=number, conversation_id=thread, text=f"about {word}",
                    created_at=1.0, kind="text" if direction == "in" else "reply",
                )
                .returning(t.message.c.id)
            ).scalar_one()  # fmt: skip
        unit.conn.execute(
            sa.insert(t.inbound_part).values(
                pdu=word, sha256="x", kind="text", received_at=1.0, sender=number, message_id=key
            )
        )
        unit.conn.execute(
            sa.insert(t.judgement).values(
                message_id=key, tier="NONE", reason=f"it says {word}", labels="question"
            )
        )
        optouts.record(unit, 1.0, "Ana", "noted", f"{number}: {word}")


def bytes_of(store: Store) -> bytes:
    return b"".join(
        path.read_bytes() for path in sorted(store.folder.rglob("*")) if path.is_file() and "db" in path.name
    )


def standing(store: Store, number: str) -> str:
    asked = {"id": None, "number": number, "kind": "reply", "campaign_id": None, "resend_of": None}
    with store.read() as conn:
        return gate.check(conn, 1_800_036_000.0, asked).rule


def test_the_file_holds_nothing_of_who_was_erased(store: Store, clock: FixedClock) -> None:
    fill(store, clock, NUMBER)
    fill(store, clock, OTHER, name="Paul Kern", word="marimba-4411")
    (store.folder / "backups").mkdir(exist_ok=True)
    (store.folder / "backups" / "before-0004.db").write_bytes(b"a copy that holds " + SECRET.encode())
    before = bytes_of(store)
    assert SECRET.encode() in before
    assert NUMBER.encode() in before
    done = privacy.erase(store, clock, NUMBER, "Ana")
    assert done == privacy.Erased(contact=True, texts=2, kept_out=False, backups=1)
    after = bytes_of(store)
    for gone in (SECRET, "xylophone", "7719", NUMBER, "Maria", "Ortega"):
        assert gone.encode() not in after, gone
    for kept in ("marimba-4411", OTHER, "Paul Kern"):
        assert kept.encode() in after
    assert ledger.check(store) is None


def test_who_opted_out_stays_out_without_a_number(store: Store, clock: FixedClock) -> None:
    fill(store, clock, NUMBER)
    with store.write() as unit:
        optouts.opt_out(unit, clock, NUMBER, source="sms", evidence="STOP please", rule="H2")
    assert privacy.erase(store, clock, NUMBER, "Ana").kept_out
    assert NUMBER.encode() not in bytes_of(store)
    assert b"STOP please" not in bytes_of(store)
    assert standing(store, NUMBER) == "optout"
    contacts.add(store, clock, NUMBER, "Somebody new")  # as an import would
    with store.read() as conn:
        assert optouts.active(conn, NUMBER)
        assert optouts.active_set(conn, [NUMBER, OTHER]) == {NUMBER}
    assert standing(store, OTHER) != "optout"
    with store.write() as unit:
        assert optouts.lift(unit, clock, NUMBER, source="sms", reason="START")
    assert standing(store, NUMBER) != "optout"


def test_who_may_have_opted_out_stays_out_too(store: Store, clock: FixedClock) -> None:
    fill(store, clock, NUMBER)
    with store.write() as unit:
        holds.put(unit, clock.now(), NUMBER, rule="S1", said="stop it", why="It says so.", message_id=None)
    assert privacy.erase(store, clock, NUMBER, "Ana").kept_out
    assert standing(store, NUMBER) == "optout"


def test_nobody_is_erased_while_a_text_is_on_its_way(store: Store, clock: FixedClock) -> None:
    fill(store, clock, NUMBER)
    with store.write() as unit:
        key = unit.conn.execute(sa.select(t.message.c.id).where(t.message.c.direction == "out")).scalar_one()
        click = unit.conn.execute(
            sa.insert(t.click)
            .values(message_id=key, operator="A", at=0.0, monotonic=0.0, device="mouse", text_hash="")
            .returning(t.click.c.id)
        ).scalar_one()
        unit.conn.execute(
            sa.update(t.message).where(t.message.c.id == key).values(state="clicked", click_id=click)
        )
    before = privacy.everything(store, NUMBER)
    with pytest.raises(privacy.PrivacyError, match="Nothing was erased"):
        privacy.erase(store, clock, NUMBER, "Ana")
    assert privacy.everything(store, NUMBER) == before


def test_everything_about_one_person_is_handed_over(store: Store, clock: FixedClock) -> None:
    fill(store, clock, NUMBER)
    fill(store, clock, OTHER, word="marimba-4411")
    with store.write() as unit:
        optouts.opt_out(unit, clock, NUMBER, source="sms", evidence="STOP", rule="H1")
    found = privacy.everything(store, NUMBER)
    told = io.StringIO()
    privacy.write_json(found, told)
    again = json.loads(told.getvalue())
    assert again["contact"]["name"] == "Maria Ortega"
    assert [row["direction"] for row in again["messages"]] == ["in", "out"]
    assert again["opt_out"][0]["evidence"] == "STOP"
    assert [entry["action"] for entry in again["opt_out_story"]] == ["out"]
    assert "marimba" not in told.getvalue()
    table = io.StringIO()
    privacy.write_csv(found, table)
    rows = list(csv.reader(io.StringIO(table.getvalue())))
    assert ["messages", "1", "text", f"about {SECRET}"] in rows
    numbers = [row[3] for row in rows if row[2] == "number"]
    assert numbers
    assert all(cell == f"'{NUMBER}" for cell in numbers)  # a spreadsheet must not take it for a formula


def test_the_story_of_a_number_is_one_chain(store: Store, clock: FixedClock) -> None:
    with store.write() as unit:
        optouts.opt_out(unit, clock, NUMBER, source="sms", evidence="STOP")
        optouts.lift(unit, clock, NUMBER, source="sms", reason="START")
    optouts_added = [f"+1312555{n:04d}" for n in range(1000, 1900)]
    with store.write() as unit:
        optouts.opt_out_many(unit, clock, optouts_added, source="import", evidence="list.csv", operator="Ana")
    assert [entry.action for entry in ledger.story(store, NUMBER)] == ["out", "in"]
    assert ledger.check(store) is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE opt_out_log SET operator = 'Eve' WHERE id = 2",
        "UPDATE opt_out_log SET at = at + 1 WHERE id = 2",
        "DELETE FROM opt_out_log WHERE id = 2",
        "UPDATE opt_out_log SET action = 'in', hash = 'x' WHERE id = 2",
    ],
)
def test_a_row_that_was_changed_or_taken_out_is_found(store: Store, clock: FixedClock, change: str) -> None:
    for number in (NUMBER, OTHER, "+13125550188"):
        with store.write() as unit:
            optouts.opt_out(unit, clock, number, source="operator", evidence="by phone", operator="Ana")
    assert ledger.check(store) is None
    with store.engine.connect() as conn:
        conn.exec_driver_sql(change)
        conn.commit()
    assert ledger.check(store) in (2, 3)


def test_nobody_finds_a_number_by_trying_all_without_the_key(store: Store, clock: FixedClock) -> None:
    assert ledger.keyed(b"a" * 32, NUMBER) != ledger.keyed(b"b" * 32, NUMBER)
    with store.write() as unit:
        key = ledger.make_key(unit)
    with store.read() as conn:
        assert ledger.key_of(conn) == key


def test_a_further_number_goes_with_the_person_and_a_shared_one_does_not(
    store: Store, clock: FixedClock
) -> None:
    old, shared = "+13125550188", "+13125550189"
    fill(store, clock, NUMBER)
    fill(store, clock, shared, name="Paul Kern", word="marimba-4411")
    with store.read() as conn:
        (maria, _paul) = conn.execute(sa.select(t.contact.c.id).order_by(t.contact.c.id)).scalars()
    contacts.save(store, clock, maria, {"other_numbers": [old, shared]})
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(t.message).values(
                direction="in",
                state="received",
                number=old,
                text=f"old {SECRET}",
                created_at=1.0,
                kind="text",
            )
        )
        optouts.opt_out(unit, clock, old, source="sms", evidence="STOP", rule="H1")
    found = privacy.everything(store, NUMBER)
    assert found["other_numbers"] == [old]
    assert [row["number"] for row in found["messages"]] == [NUMBER, NUMBER, old]
    assert privacy.outlook(store, NUMBER) == privacy.Outlook(3, 1, 0, kept_out=True, copies=0)
    assert privacy.erase(store, clock, NUMBER, "Ana").texts == 3
    after = bytes_of(store)
    for gone in (SECRET, NUMBER, old, "Maria"):
        assert gone.encode() not in after, gone
    assert shared.encode() in after
    with store.read() as conn:
        assert optouts.active_set(conn, [old, NUMBER, shared]) == {old}


def test_the_files_of_a_person_are_their_owners_alone(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    fill(store, clock, NUMBER)
    files = privacy.write_files(store, NUMBER, tmp_path / "maria.json")
    assert [path.name for path in files] == ["maria.json", "maria.csv"]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600, 0o600]
    assert json.loads(files[0].read_text("utf-8"))["contact"]["name"] == "Maria Ortega"
    table = io.StringIO(files[1].read_text("utf-8-sig"))
    cells = [cell for row in csv.reader(table) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]
    assert any(SECRET in cell for cell in cells)


def test_consent_and_what_an_import_says_of_the_erased(store: Store, clock: FixedClock) -> None:
    contacts.add(store, clock, NUMBER, "Maria", consent_source=f"paper {SECRET}")
    with store.write() as unit:
        optouts.opt_out(unit, clock, NUMBER, source="operator", evidence="at the door", operator="Ana")
    assert [row["kind"] for row in privacy.everything(store, NUMBER)["consent"]] == ["given", "withdrawn"]
    privacy.erase(store, clock, NUMBER, "Ana")
    assert SECRET.encode() not in bytes_of(store)
    source = importing.open_source(f"number,name\n{NUMBER},Maria\n{OTHER},Paul\n")
    preview = importing.preview(store, source, "US")
    assert importing.run(store, clock, source, preview.mapping, "US").opted_out == 1
