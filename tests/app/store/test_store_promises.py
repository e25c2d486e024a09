"""The store: no sending without a click, private files, durable commits, and room for what must not be lost."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.store import driver, engine, migrate
from app.store.engine import StoreError, make_engine, open_store
from app.store.events import ChangedElsewhere, ContactsChanged
from app.store.tables import UNCLICKED_STATES, audit, click, contact, line, message, metadata
from app.texting.clicks import text_hash

ROOT = Path(__file__).parents[3]


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def insert(store, table, **values):
    with store.write() as unit:
        return unit.conn.execute(sa.insert(table).values(**values)).inserted_primary_key[0]


def queue(store, **values):
    row = {"direction": "out", "number": "+13125550100", "text": "Hi", "state": "queued", "created_at": 0.0}
    return insert(store, message, **(row | values))


def click_for(store, message_id):
    return insert(
        store,
        click,
        message_id=message_id,
        operator="Ana",
        at=0.0,
        monotonic=0.0,
        device="mouse",
        text_hash="",
    )


def change(store, message_id, **values):
    with store.write() as unit:
        unit.conn.execute(sa.update(message).where(message.c.id == message_id).values(**values))


# -- the click ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["clicked", "sending", "sent", "not_sent", "unknown"])
def test_no_text_is_sending_or_beyond_without_a_click(store, state):
    message_id = queue(store)
    with pytest.raises(sa.exc.IntegrityError, match="needs_click"):
        change(store, message_id, state=state)
    with pytest.raises(sa.exc.IntegrityError, match="needs_click"):
        queue(store, state=state)
    change(store, message_id, state=state, click_id=click_for(store, message_id))


def test_a_click_is_no_other_texts(store):
    one, two = queue(store), queue(store)
    theirs = click_for(store, one)
    with pytest.raises(sa.exc.IntegrityError):
        change(store, two, state="clicked", click_id=theirs)
    with pytest.raises(sa.exc.IntegrityError):
        change(store, two, state="clicked", click_id=999)
    change(store, one, state="clicked", click_id=theirs)
    with pytest.raises(sa.exc.IntegrityError):
        change(store, two, state="clicked", click_id=theirs)


@pytest.mark.parametrize("state", UNCLICKED_STATES)
def test_the_other_states_need_none(store, state):
    assert queue(store, state=state)


def test_states_and_directions_are_the_known_ones(store):
    for values in ({"state": "gone"}, {"state": "received"}, {"direction": "up"}, {"direction": "in"}):
        with pytest.raises(sa.exc.IntegrityError):
            queue(store, **values)


# -- files ----------------------------------------------------------------------------------------


def test_everything_in_the_folder_is_private(tmp_path):
    before = os.umask(0o022)
    try:
        opened = open_store(tmp_path / "data")
        queue(opened)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in opened.folder.iterdir()}
        opened.close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert {"p2ptext.db", "p2ptext.db-wal", "p2ptext.db-shm", "reserve.bin"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_a_folder_that_was_too_open_is_closed(tmp_path):
    folder = tmp_path / "data"
    open_store(folder).close()
    folder.chmod(0o755)
    (folder / "p2ptext.db").chmod(0o644)
    (folder / "more").mkdir(mode=0o755)
    (folder / "link").symlink_to("/etc/passwd")
    open_store(folder).close()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "p2ptext.db", folder / "more")]
    assert modes == [0o700, 0o600, 0o700]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="Choose another folder"):
        open_store(tmp_path / "file" / "data")


@pytest.mark.parametrize(
    "content",
    [b"not a database at all, but long enough to be read" * 100, b"SQLite format 3\0" + b"\xff" * 4096],
)
def test_a_damaged_file_is_told_and_left_alone(tmp_path, content):
    (tmp_path / "p2ptext.db").write_bytes(content)
    with pytest.raises(StoreError, match="restore a backup"):
        open_store(tmp_path)
    assert (tmp_path / "p2ptext.db").read_bytes() == content


# -- the journal ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 6, 23), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_the_write_ahead_log_is_used_where_it_is_safe(tmp_path, version, safe):
    assert driver.wal_is_safe(version) is safe
    made = make_engine(tmp_path / "x.db", version=version)
    with made.connect() as conn:
        mode = conn.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = conn.exec_driver_sql("PRAGMA synchronous").scalar()
        assert (mode, synchronous) == (("wal", 2) if safe else ("delete", 3))  # FULL, EXTRA
        assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert conn.exec_driver_sql("PRAGMA trusted_schema").scalar() == 0
    made.dispose()


def test_the_sqlite_that_is_here_is_asked(store):
    with store.read() as conn:
        running = conn.exec_driver_sql("SELECT sqlite_version()").scalar()
    assert running == ".".join(map(str, engine.sqlite_version()))


def test_the_interpreters_sqlite_is_used_where_there_is_no_other(monkeypatch):
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    monkeypatch.setitem(sys.modules, "sqlcipher3.dbapi2", None)
    assert driver.dbapi().__name__ == "sqlite3"


# -- the schema -----------------------------------------------------------------------------------


def _ours(name, type_, parent_names):
    """The full-text index and the tables that SQLite makes for it are no tables of ours."""
    return not (type_ == "table" and name.startswith("message_text"))


def test_the_migrations_make_the_tables(store):
    with store.engine.connect() as conn:
        opts = {"compare_type": True, "include_name": _ours}
        context = MigrationContext.configure(conn, opts=opts)
        assert compare_metadata(context, metadata) == []
        made = {
            row[0]: " ".join(str(row[1]).split())
            for row in conn.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql LIKE '%CHECK%'")
        }
        assert conn.exec_driver_sql("PRAGMA application_id").scalar() == engine.APPLICATION_ID
    # What the comparison does not see: the checks and the defaults.
    fresh = sa.create_engine("sqlite://")
    metadata.create_all(fresh)
    for name in metadata.tables:
        with store.engine.connect() as ours, fresh.connect() as theirs:
            query = f"PRAGMA table_info({name})"
            columns = [sorted(row[1:] for row in conn.exec_driver_sql(query)) for conn in (ours, theirs)]
        assert columns[0] == columns[1]
    fresh.dispose()
    for table in metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, sa.CheckConstraint):
                assert " ".join(str(constraint.sqltext).split()) in made[table.name]


def test_the_partial_indexes_are_the_tables_own(store):
    with store.read() as conn:
        made = dict(conn.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index'").all())
    partial = [
        (index.name, str(index.dialect_options["sqlite"]["where"]))
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    ]
    assert len(partial) >= 6
    for name, where in partial:
        assert where in made[name]


DATABASES = Path(__file__).parents[2] / "databases"


@pytest.mark.parametrize("released", sorted(DATABASES.glob("*.db")), ids=lambda path: path.stem)
def test_every_released_schema_is_brought_up_with_all_its_rows(tmp_path, released):
    shutil.copy(released, tmp_path / "p2ptext.db")
    opened = open_store(tmp_path)
    assert migrate.current(opened.engine) == migrate.HEAD
    with opened.read() as conn:
        for name in ("line", "contact", "opt_out", "click", "message_part", "inbound_part"):
            assert conn.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() == 1
        states = conn.exec_driver_sql("SELECT state FROM message ORDER BY id").scalars().all()
    assert states == ["sent", "received"]
    opened.close()
    assert (tmp_path / "backups" / f"before-{released.stem}.db").exists()


def test_a_newer_programs_folder_is_left_alone(tmp_path):
    opened = open_store(tmp_path)
    with opened.write() as unit:
        unit.conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    opened.close()
    with pytest.raises(StoreError, match="newer p2ptext"):
        open_store(tmp_path)
    assert not (tmp_path / "backups").exists()


def test_a_copy_is_made_before_a_migration(tmp_path):
    opened = open_store(tmp_path)
    queue(opened)
    for n in range(migrate.KEEP_COPIES + 2):
        migrate._copy(opened.engine, tmp_path / "p2ptext.db", f"000{n}")
    migrate._copy(opened.engine, tmp_path / "p2ptext.db", "0004")  # again over the old one
    copies = list((tmp_path / "backups").iterdir())
    assert len(copies) == migrate.KEEP_COPIES
    assert {stat.S_IMODE(path.stat().st_mode) for path in copies} == {0o600}
    with make_engine(tmp_path / "backups" / "before-0004.db").connect() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM message").scalar() == 1
        conn.engine.dispose()
    opened.close()


# -- transactions and events ----------------------------------------------------------------------


def test_events_come_after_the_commit_and_not_after_a_rollback(store):
    seen = []

    def look(event):
        with store.read() as conn:
            seen.append((event, conn.execute(sa.select(sa.func.count()).select_from(contact)).scalar_one()))

    stop = store.subscribe(look)
    with store.write() as unit:
        unit.conn.execute(sa.insert(contact).values(number="+13125550100", created_at=0.0, updated_at=0.0))
        unit.publish(ContactsChanged())
        assert seen == []
    assert seen == [(ContactsChanged(), 1)]

    def fail(unit):
        unit.publish(ContactsChanged())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.write_vital(fail)
    store.announce(ContactsChanged())
    assert len(seen) == 2
    stop()
    stop()
    store.announce(ContactsChanged())
    assert len(seen) == 2


def test_a_reader_that_fails_keeps_the_news_from_nobody(store, caplog):
    seen = []
    store.subscribe(lambda event: 1 / 0)
    store.subscribe(seen.append)
    store.announce(ContactsChanged())
    assert seen == [ContactsChanged()]
    assert "a subscriber failed" in caplog.text


def test_another_process_writing_is_noticed(store):
    seen = []
    store.subscribe(seen.append)
    queue(store)
    store.check_elsewhere()
    assert seen == []
    other = open_store(store.folder)
    queue(other)
    other.close()
    store.check_elsewhere()
    store.check_elsewhere()
    assert seen == [ChangedElsewhere()]


# -- a full disk ----------------------------------------------------------------------------------


def fill(store):
    """Let the database grow no more, as on a full disk, until the reserve is freed."""
    with store.engine.connect() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar()

    def limit(connection, *_):
        full = (store.folder / engine.RESERVE_NAME).exists()
        connection.execute(f"PRAGMA max_page_count={pages if full else 1_000_000}")

    sa.event.listen(store.engine, "checkout", limit)


def test_the_reserve_lets_what_must_not_be_lost_in(store):
    fill(store)
    long = "x" * 200_000

    def work(unit):
        return unit.conn.execute(
            sa.insert(audit).values(at=0.0, action="a", detail=long)
        ).inserted_primary_key[0]

    with pytest.raises(sa.exc.OperationalError, match="full"), store.write() as unit:
        work(unit)
    assert (store.folder / engine.RESERVE_NAME).stat().st_size == engine.RESERVE_BYTES
    assert store.write_vital(work) == 1
    assert not (store.folder / engine.RESERVE_NAME).exists()
    store.make_reserve()
    assert stat.S_IMODE((store.folder / engine.RESERVE_NAME).stat().st_mode) == 0o600
    # A second time there is nothing more to free once the reserve is gone.
    (store.folder / engine.RESERVE_NAME).unlink()
    calls = []

    def fail(unit):
        calls.append(1)
        raise sa.exc.OperationalError("INSERT", {}, Exception("database or disk is full"))

    with pytest.raises(sa.exc.OperationalError):
        store.write_vital(fail)
    assert calls == [1]


def test_another_failure_frees_nothing(store):
    def fail(unit):
        raise sa.exc.OperationalError("INSERT", {}, Exception("disk I/O error"))

    with pytest.raises(sa.exc.OperationalError):
        store.write_vital(fail)
    assert (store.folder / engine.RESERVE_NAME).exists()


# -- two processes --------------------------------------------------------------------------------

CLAIMER = """
import sys
from pathlib import Path
from app.clock import FixedClock
from app.store.engine import open_store
from app.texting import sending

store = open_store(Path(sys.argv[1]))
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
while (claimed := sending.claim(store, FixedClock(1_800_036_000.0), 1)) is not None:
    sys.stdout.write(f"{claimed.row['id']}\\n")
store.close()
"""


def test_two_processes_claim_each_text_once(store):
    line_id = insert(store, line, name="Line", url="x", created_at=0.0)
    for n in range(100):
        number, digest = f"+1312555{n:04d}", text_hash("Hi")
        message_id = queue(store, number=number, text_hash=digest, kind="reply")
        key = click_for(store, message_id)
        with store.write() as unit:
            unit.conn.execute(sa.update(click).where(click.c.id == key).values(text_hash=digest))
        change(store, message_id, state="clicked", click_id=key, line_id=line_id, clicked_at=0.0)
    claimers = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(CLAIMER), str(store.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(2)
    ]
    for claimer in claimers:
        assert claimer.stdout.readline() == "ready\n"
    for claimer in claimers:
        claimer.stdin.write("go\n")
        claimer.stdin.flush()
    claimed = [claimer.communicate(timeout=60)[0].split() for claimer in claimers]
    assert sorted(int(key) for keys in claimed for key in keys) == list(range(1, 101))
    assert {claimer.returncode for claimer in claimers} == {0}
