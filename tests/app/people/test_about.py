"""Every table that can be about a person is handed over and erased: in rows, in bytes, and with a passphrase."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.conversations.triage import learning
from app.people import about, examining, optouts, privacy, privacy_file
from app.store import driver, encrypting, keys
from app.store import tables as t
from app.store.base import metadata
from app.store.engine import Store, open_store
from app.workspace import open_workspace

MARIA, OLD, PAUL, PHONE = "+13125550187", "+13125550188", "+15035550101", "+13125550999"
SECRET, OTHERS = "xylophone", "marimba"
#: Tables whose words are not the filler's: the opt-out's own, and those with a number alone.
_BARE = ("opt_out", "opt_out_log", "erased", "audit", "contact_number", "message_part")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


class Filler:
    """Puts a row about a person into every table that can have one, with their word in every column of words."""

    def __init__(self, store: Store, word: str) -> None:
        self._store, self._word = store, word

    def add(self, table: sa.Table, **values: Any) -> Any:
        """A row whose words are the secret one where nothing else is given."""
        fixed = {"kind", "direction", "state", "decision", "action", "number_key", "before", "hash", "tier"}
        fixed |= {
            "time_zone",
            "fields",
            "raw_fields",
            "field_keys",
            "labels",
            "corrected",
            "delivery",
            "occasion",
        }
        word = "office" if table.name in about.NOT_ABOUT and table is not t.tag else self._word
        row = {
            c.name: f"{word} {table.name} {c.name}"
            for c in table.columns
            if isinstance(c.type, sa.Text) and c.name not in fixed and not c.foreign_keys
        }
        with self._store.write() as unit:
            made = unit.conn.execute(sa.insert(table).values({**row, **values}))
            return made.inserted_primary_key[0] if made.inserted_primary_key else None

    def fill(self, clock: FixedClock, number: str, other: str) -> None:
        word, at = self._word, clock.now()
        contact = self.add(
            t.contact, number=number, created_at=at, updated_at=at, fields=json.dumps({"slot": f"=1+{word}"})
        )
        self.add(t.contact_number, contact_id=contact, number=other)
        self.add(t.contact_tag, contact_id=contact, tag_id=self.add(t.tag))
        people = self.add(t.people_list, name="The list", columns="[]", report="{}", created_at=at)
        self.add(t.list_member, list_id=people, position=1, contact_id=contact)
        thread = self.add(t.conversation, number=number, kind="number", last_direction="in", last_at=at)
        group = self.add(t.thread_group, name="Team", created_by="", draft="", created_at=at)
        self.add(t.thread_group_member, group_id=group, conversation_id=thread, added_at=at)
        campaign = self.add(t.campaign, name="C", template="", state="done", created_at=at)
        question = self.add(t.question, campaign_id=campaign, position=1, text="?", kind="choice")
        said = self._text(thread, number, "in", at)
        sent = self._text(thread, other, "out", at)
        self._text(thread, PHONE, "out", at)  # forwarded: it has another number and stands in their thread
        self.add(t.group_message, message_id=sent, group_id=group)
        self.add(t.message_part, message_id=sent, part=1, reference=1, number=other, accepted_at=at)
        self.add(t.inbound_part, kind="text", received_at=at, message_id=said, sender=number)
        self.add(t.inbound_part, kind="report", received_at=at, sender=number)
        self.add(t.judgement, message_id=said, tier="NONE", labels="question", corrected="positive")
        self.add(t.answer, question_id=question, campaign_id=campaign, number=number, at=at)
        self.add(t.hold, number=number, created_at=at, decided_at=at, decision="kept")
        self.add(t.consent, number=number, at=at, kind="given")
        self.add(t.imported_text, conversation_id=thread, number=number, direction="in", at=at)
        self.add(t.audit, at=at, detail=f"{number}: {word}", action="noted", operator="Ana")
        with self._store.write() as unit:
            optouts.opt_out(
                unit, clock, number, source="paper", evidence=f"{word} stop", operator="Ana", said_at=at
            )
            out = unit.conn.execute(
                sa.select(t.opt_out.c.id).where(t.opt_out.c.number == number)
            ).scalar_one()
            learning.learn(unit, f"{word} thanks", {"positive"}, {"question"})
            known = sa.select(t.erased.c.number_key)
            if unit.conn.execute(known).first() is None:  # as somebody who was erased before, and came again
                (key, *_more) = about.theirs(unit.conn, number).keys
                unit.conn.execute(sa.insert(t.erased).values(number_key=key, at=at))
        self.add(
            t.permit,
            message_id=sent,
            kind="help",
            opt_out_id=out,
            answers_id=said,
            seen_id=said,
            received_at=at,
        )

    def _text(self, thread: int, number: str, direction: str, at: float) -> int:
        inbound = direction == "in"
        key = int(
            self.add(
                t.message, direction=direction, state="received" if inbound else "queued", number=number,
                conversation_id=thread, text=f"{self._word} thanks", created_at=at,
                kind="text" if inbound else "reply",
            )
        )  # fmt: skip
        click = self.add(t.click, message_id=key, at=at, monotonic=0.0)
        if not inbound:
            with self._store.write() as unit:
                change = sa.update(t.message).where(t.message.c.id == key)
                unit.conn.execute(change.values(state="sent", click_id=click))
        return key


def everywhere(store: Store) -> str:
    """Every cell of every table, the full-text index's own too: what a passphrase hides from the bytes."""
    found = []
    with store.read() as conn:
        names = conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        for name in names:
            for row in conn.exec_driver_sql(f'SELECT * FROM "{name}"'):
                found += [
                    each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in row
                ]
    return "\n".join(found)


def file_bytes(store: Store) -> bytes:
    paths = [
        path for path in sorted(store.folder.rglob("*")) if path.is_file() and path.name != "reserve.bin"
    ]
    assert [path for path in paths if path.name.endswith("-wal")]
    return b"".join(path.read_bytes() for path in paths)


def test_every_table_is_known_to_be_about_somebody_or_nobody() -> None:
    """A new table that is about people must be added to the plan, or nobody would erase it."""
    planned = {table.name for table in about.conditions(about.Theirs((MARIA,), 1, ("x",)))}
    assert planned | set(about.NOT_ABOUT) == {table.name for table in metadata.sorted_tables}
    assert not planned & set(about.NOT_ABOUT)
    personal = {"sender", "message_id", "contact_id", "conversation_id", "number_key", "answers_id"}
    people = {"contact", "conversation", "message", "click", "contact_number", "opt_out"}
    for table in metadata.sorted_tables:
        points = {key.column.table.name for column in table.columns for key in column.foreign_keys}
        names = {column.name for column in table.columns}
        if (points & people) or (names & personal) or ("number" in names and table.name != "line"):
            assert table.name in planned, table.name


def test_what_is_handed_over_has_a_row_of_every_table(store: Store, clock: FixedClock) -> None:
    Filler(store, SECRET).fill(clock, MARIA, OLD)
    Filler(store, OTHERS).fill(clock, PAUL, "+15035550102")
    found = privacy.everything(store, MARIA)
    with store.read() as conn:
        who = about.theirs(conn, MARIA)
        assert who.numbers == (MARIA, OLD)
        for table in about.conditions(who):
            assert about.rows(conn, who, table), f"the test puts nothing into {table.name}"
    told = json.dumps(found, default=str)
    assert OTHERS not in told
    for table in about.conditions(who):
        words = [c.name for c in table.columns if f"{SECRET} {table.name} {c.name}" in told]
        free = [c for c in table.columns if isinstance(c.type, sa.Text)]
        assert words or not free or table.name in _BARE
    assert (found["lists"], found["tags"]) == (["The list"], [f"{SECRET} tag name"])
    assert len(found["messages"]) == 3


def test_of_who_was_erased_no_table_and_no_byte_is_left(
    store: Store, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (store.folder / "backups").mkdir(exist_ok=True)
    (store.folder / "backups" / "before-0005.db").write_bytes(SECRET.encode())
    Filler(store, SECRET).fill(clock, MARIA, OLD)
    Filler(store, OTHERS).fill(clock, PAUL, "+15035550102")
    before = everywhere(store)
    assert before.count(SECRET) > 40
    with store.read() as conn:
        assert SECRET in learning.load(conn)
        kept = {table.name: len(about.rows(conn, about.theirs(conn, PAUL), table)) for table in metadata.sorted_tables
                if table.name not in about.NOT_ABOUT}  # fmt: skip
        who = about.theirs(conn, MARIA)
    done = privacy.erase(store, clock, MARIA, "Ana")
    assert done == privacy.Erased(True, 3, True, 1, True)
    after, raw = everywhere(store), file_bytes(store)
    for gone in (SECRET, MARIA, OLD, MARIA[2:], OLD[2:]):
        assert gone not in after, gone
        assert gone.encode() not in raw, gone
        assert gone not in caplog.text
    with store.read() as conn:
        for table in about.conditions(who):
            left = about.rows(conn, who, table)
            assert not left or table.name in ("opt_out_log", "erased"), table.name
        assert set(learning.load(conn)) == {OTHERS, "thanks"}  # what somebody else's text taught too stays
        for name, count in kept.items():
            assert len(about.rows(conn, about.theirs(conn, PAUL), metadata.tables[name])) == count, name
        assert optouts.active_set(conn, [MARIA, OLD, PAUL]) == {MARIA, PAUL}
    assert examining.examine(store, clock).whole


@pytest.mark.skipif(not driver.can_encrypt(), reason="this Python has no SQLCipher")
def test_with_a_passphrase_nothing_is_left_behind_it_either(tmp_path: Path, clock: FixedClock) -> None:
    folder = tmp_path / "data"
    open_store(folder).close()
    encrypting.encrypt(folder, "correct horse battery", cost=keys.Cost(2**10))
    store = open_store(folder, keys.unlock(folder, "correct horse battery"))
    try:
        Filler(store, SECRET).fill(clock, MARIA, OLD)
        assert SECRET in everywhere(store)
        assert SECRET.encode() not in file_bytes(store)
        assert privacy.erase(store, clock, MARIA, "Ana").clean
        for gone in (SECRET, MARIA, OLD):
            assert gone not in everywhere(store)
        with store.read() as conn:
            free = conn.exec_driver_sql("PRAGMA freelist_count").scalar()
            assert optouts.active(conn, MARIA)
        assert free == 0  # no page is left that the rows once stood on
        assert (folder / "p2ptext.db-wal").stat().st_size < 20_000  # only the note that it is done
    finally:
        store.close()


def test_a_reader_in_the_way_leaves_it_due_and_the_next_start_does_it(
    store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Filler(store, SECRET).fill(clock, MARIA, OLD)

    def full(*_anything: object) -> bool:
        raise driver.dbapi().OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(privacy_file, "scrub", full)
        assert not privacy.erase(store, clock, MARIA, "Ana").clean
    assert privacy.due(store)
    store.tidy()
    workspace = open_workspace(store.folder, clock)
    try:
        assert not privacy.due(workspace.store)
        assert SECRET.encode() not in file_bytes(workspace.store)
    finally:
        workspace.close()


def test_where_somebody_typed_the_number_is_told_before(store: Store, clock: FixedClock) -> None:
    Filler(store, SECRET).fill(clock, MARIA, OLD)
    Filler(store, OTHERS).fill(clock, PAUL, "+15035550102")
    assert privacy.outlook(store, MARIA).mentions == {}
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(t.canned_reply).values(
                position=1, label="x", text=f"Ask {MARIA}", created_at=0.0, updated_at=0.0
            )
        )
        unit.conn.execute(
            sa.update(t.contact).where(t.contact.c.number == PAUL).values(notes=f"see {OLD[3:]}")
        )
    assert privacy.outlook(store, MARIA).mentions == {"canned_reply": 1, "contact": 1}
