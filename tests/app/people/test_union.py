"""Two opt-out lists become one: in rows, and in the database file's own bytes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.main import main
from app.people import about, contacts, holds, ledger, optouts, privacy, union
from app.settings import Settings
from app.store import driver, encrypting, keys
from app.store import tables as t
from app.store.engine import DATABASE_NAME, Store, open_store
from app.workspace import open_workspace

MARIA, PAUL, CY, DEE = "+13125550187", "+15035550101", "+13125550142", "+13125550143"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "now")
    yield opened
    opened.close()


def out(store: Store, clock: FixedClock, number: str, said: str = "STOP") -> None:
    with store.write() as unit:
        optouts.opt_out(unit, clock, number, source="sms", evidence=said, rule="H1")


def standing(store: Store, *numbers: str) -> set[str]:
    with store.read() as conn:
        return optouts.active_set(conn, numbers or (MARIA, PAUL, CY, DEE))


def backup(store: Store, folder: Path) -> Path:
    folder.mkdir()
    with store.engine.connect() as conn:
        conn.connection.driver_connection.execute("VACUUM INTO ?", (str(folder / DATABASE_NAME),))
    return folder / DATABASE_NAME


def merge(store: Store, clock: FixedClock, file: Path, *, purge: bool = True) -> union.Merged:
    with union.beside(file) as room:
        other = open_store(room)
        try:
            return union.merge(store, clock, other, "Ana", evidence="merged", purge=purge)
        finally:
            other.close()


def file_bytes(store: Store) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(store.folder.rglob("*")) if p.is_file() and "db" in p.name)


def test_after_a_restore_the_opt_outs_of_both_stand(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    out(store, clock, PAUL, "Paul says stop")
    old = backup(store, tmp_path / "old")
    out(store, clock, MARIA, "Maria says stop")
    with store.write() as unit:
        holds.put(unit, clock.now(), CY, rule="S1", said="stop it", why="It says so.", message_id=None)
        optouts.lift(
            unit, clock, PAUL, source="operator", reason="asked for it", evidence="her e-mail", operator="Ana"
        )
    newer = backup(store, tmp_path / "newer")
    shutil.copytree(tmp_path / "old", tmp_path / "restored")
    restored = open_store(tmp_path / "restored")
    try:
        assert standing(restored) == {PAUL}
        before = newer.read_bytes()
        assert merge(restored, clock, newer) == union.Merged(1, 1, 0, 0)
        assert standing(restored) == {PAUL, MARIA}
        with restored.read() as conn:
            assert holds.standing_set(conn, [CY, MARIA]) == {CY}
        assert MARIA.encode() in file_bytes(restored)
        assert newer.read_bytes() == before  # the other file is only read
        assert merge(restored, clock, newer) == union.Merged(0, 0, 0, 0)  # again adds nothing
        assert ledger.check(restored) is None
    finally:
        restored.close()
    # And the other way: never fewer, though Paul's was lifted here since.
    assert merge(store, clock, old).opt_outs == 1
    assert standing(store) == {PAUL, MARIA}


def test_who_was_erased_since_the_backup_is_erased_from_it(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    contacts.add(store, clock, MARIA, "Maria Ortega", notes="xylophone-7719")
    contacts.add(store, clock, PAUL, "Paul Kern", notes="marimba-4411")
    contacts.add(store, clock, CY, "Cy Lee", notes="zither-3322")
    out(store, clock, MARIA)
    out(store, clock, DEE)
    backup(store, tmp_path / "old")
    privacy.erase(store, clock, MARIA, "Ana")  # opted out: stays out
    privacy.erase(store, clock, PAUL, "Ana")  # was not: may be texted if he comes again
    privacy.erase(store, clock, CY, "Ana")
    contacts.add(store, clock, CY, "Cy Lee again")  # did come again
    newer = backup(store, tmp_path / "newer")
    restored = open_store(tmp_path / "old")
    try:
        assert b"xylophone-7719" in file_bytes(restored)
        merged = merge(restored, clock, newer)
        assert merged.purged == 2
        after = file_bytes(restored)
        for gone in (MARIA, PAUL, "xylophone", "marimba", "Ortega", "Kern"):
            assert gone.encode() not in after, gone
        assert b"zither-3322" in after
        assert standing(restored) == {MARIA, DEE}
        assert ledger.check(restored) is None
    finally:
        restored.close()


def test_a_trace_of_who_was_erased_is_purged_wherever_it_is(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    contacts.add(store, clock, PAUL, "Paul Kern")
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(t.inbound_part).values(
                pdu="xylophone", sha256="x", kind="report", received_at=1.0, sender=MARIA
            )
        )
        person = unit.conn.execute(sa.select(t.contact.c.id)).scalar_one()
        unit.conn.execute(sa.insert(t.contact_number).values(contact_id=person, number=DEE))
    backup(store, tmp_path / "old")
    privacy.erase(store, clock, MARIA, "Ana")
    privacy.erase(store, clock, DEE, "Ana")
    newer = backup(store, tmp_path / "newer")
    restored = open_store(tmp_path / "old")
    try:
        assert merge(restored, clock, newer).purged == 2
        after = file_bytes(restored)
        for gone in (MARIA, DEE, "xylophone"):
            assert gone.encode() not in after, gone
        assert b"Paul Kern" in after
    finally:
        restored.close()


def test_every_column_with_a_number_is_looked_into() -> None:
    personal = {
        c for table in t.metadata.sorted_tables for c in table.columns if c.name in ("number", "sender")
    }
    others = {
        t.line.c.number,
        t.opt_out_log.c.number,
        t.message_part.c.number,
    }  # ours; the story; of a message
    assert personal - others == set(union._NUMBERS)


def test_who_was_erased_here_does_not_come_back_by_an_old_list(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    contacts.add(store, clock, MARIA, "Maria Ortega")
    out(store, clock, MARIA)
    old = backup(store, tmp_path / "old")
    with store.write() as unit:
        optouts.lift(unit, clock, MARIA, source="sms", reason="START")
    privacy.erase(store, clock, MARIA, "Ana")
    assert standing(store) == set()
    assert merge(store, clock, old).opt_outs == 1
    assert standing(store) == {MARIA}  # never fewer than either had
    assert MARIA.encode() not in file_bytes(store)
    assert ledger.check(store) is None


def test_the_erased_of_another_office_stay_out_here_by_their_codes(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    out(store, clock, PAUL)  # gives this list a key of its own
    theirs = open_store(tmp_path / "theirs")
    out(theirs, clock, MARIA)
    privacy.erase(theirs, clock, MARIA, "Ben")
    file = backup(theirs, tmp_path / "copy")
    theirs.close()
    assert merge(store, clock, file) == union.Merged(0, 0, 0, 1)
    assert standing(store) == {MARIA, PAUL}
    assert MARIA.encode() not in file_bytes(store)
    contacts.add(store, clock, MARIA, "Maria")  # as an import would
    assert standing(store) == {MARIA, PAUL}
    with store.write() as unit:
        assert optouts.lift(unit, clock, MARIA, source="sms", reason="START")
    assert standing(store) == {PAUL}


def test_a_person_whose_text_is_on_its_way_stops_the_whole_merge(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    contacts.add(store, clock, MARIA, "Maria")
    backup(store, tmp_path / "old")
    privacy.erase(store, clock, MARIA, "Ana")
    out(store, clock, PAUL)
    newer = backup(store, tmp_path / "newer")
    restored = open_store(tmp_path / "old")
    try:
        with restored.write() as unit:
            insert = sa.insert(t.message).returning(t.message.c.id)
            key = unit.conn.execute(
                insert.values(direction="out", state="queued", number=MARIA, text="x", created_at=1.0)
            ).scalar_one()
            click = unit.conn.execute(
                sa.insert(t.click)
                .values(message_id=key, operator="A", at=0.0, monotonic=0.0, device="mouse", text_hash="")
                .returning(t.click.c.id)
            ).scalar_one()
            unit.conn.execute(
                sa.update(t.message).where(t.message.c.id == key).values(state="clicked", click_id=click)
            )
        with pytest.raises(privacy.PrivacyError):
            merge(restored, clock, newer)
        assert standing(restored) == set()
    finally:
        restored.close()


# -- at the command line ---------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, clock: FixedClock) -> Path:
    workspace = open_workspace(tmp_path / "data", clock)
    workspace.change_settings(Settings(country="US", texter="Ana", notice_accepted=True))
    contacts.add(workspace.store, clock, MARIA, "Maria Ortega", notes="xylophone-7719")
    out(workspace.store, clock, MARIA)
    out(workspace.store, clock, PAUL)
    workspace.close()
    return tmp_path / "data"


def test_the_chain_is_checked_and_the_first_wrong_row_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["optouts", "check", "--data", str(folder)]) == 0
    assert "whole: 2 rows" in capsys.readouterr().out
    opened = open_store(folder)
    with opened.engine.connect() as conn:
        conn.exec_driver_sql("UPDATE opt_out_log SET source = 'operator' WHERE id = 2")
        conn.commit()
    opened.close()
    assert main(["optouts", "check", "--data", str(folder)]) == 1
    assert "Row 2 does not fit (out, " in capsys.readouterr().out


def test_a_person_is_handed_over_and_erased(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "maria.json"
    assert main(["person", "export", "(312) 555-0187", "--out", str(file), "--data", str(folder)]) == 0
    assert "xylophone-7719" in file.read_text("utf-8")
    assert file.stat().st_mode & 0o777 == file.with_suffix(".csv").stat().st_mode & 0o777 == 0o600
    words = ["person", "erase", "312-555-0187", "--data", str(folder)]
    assert main([*words, "--last-digits", "0188"]) == 1
    assert "Nothing was erased" in capsys.readouterr().err
    assert main(["person", "erase", "12", "--last-digits", "12", "--data", str(folder)]) == 1
    assert b"xylophone-7719" in (folder / DATABASE_NAME).read_bytes()
    assert main([*words, "--last-digits", "0187"]) == 0
    assert b"xylophone-7719" not in b"".join(p.read_bytes() for p in folder.glob("*.db*"))
    opened = open_store(folder)
    assert standing(opened) == {MARIA, PAUL}
    opened.close()


def test_a_list_is_merged_from_the_command_line(
    folder: Path, tmp_path: Path, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    other = open_store(tmp_path / "other")
    out(other, clock, CY)
    other.close()
    words = ["optouts", "merge", str(tmp_path / "other" / DATABASE_NAME), "--data", str(folder)]
    assert main(words) == 0
    assert "1 opt-outs are new here" in capsys.readouterr().out
    opened = open_store(folder)
    assert standing(opened) == {MARIA, PAUL, CY}
    opened.close()
    (tmp_path / "no.db").write_bytes(b"this is no database, and long enough to be looked at " * 40)
    for wrong in ("no.db", "absent.db"):
        assert main(["optouts", "merge", str(tmp_path / wrong), "--data", str(folder)]) == 1
        assert capsys.readouterr().err.startswith("p2ptext: ")


@pytest.mark.skipif(not driver.can_encrypt(), reason="this Python has no SQLCipher")
def test_an_encrypted_backup_is_put_back_and_merged_with_a_passphrase(
    folder: Path, tmp_path: Path, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    encrypting.encrypt(folder, "correct horse battery", cost=keys.Cost(2**10))
    shutil.copytree(folder, tmp_path / "older")
    now = open_store(folder, keys.unlock(folder, "correct horse battery"))
    out(now, clock, CY)
    privacy.erase(now, clock, MARIA, "Ana")
    now.close()
    (tmp_path / "pass").write_text("correct horse battery\n")
    words = ["optouts", "merge", str(folder / DATABASE_NAME), "--data", str(tmp_path / "older")]
    words += ["--passphrase-file", str(tmp_path / "pass")]
    assert main(words) == 0
    assert "1 people who were erased there are erased here too." in capsys.readouterr().out
    older = open_store(tmp_path / "older", keys.unlock(tmp_path / "older", "correct horse battery"))
    try:
        assert standing(older) == {MARIA, PAUL, CY}
        with older.read() as conn:
            for table in about.conditions(about.Theirs((MARIA,), None, ())):
                assert "xylophone" not in str(conn.execute(sa.select(table)).all())
            assert conn.exec_driver_sql("PRAGMA freelist_count").scalar() == 0
    finally:
        older.close()
    assert b"SQLite format" not in (tmp_path / "older" / DATABASE_NAME).read_bytes()[:16]
    # Another office's, with a passphrase of its own: the file that was named opens it.
    encrypting.decrypt(folder, keys.unlock(folder, "correct horse battery"))
    assert main([*words[:2], str(tmp_path / "older" / DATABASE_NAME), "--data", str(folder), *words[5:]]) == 0
