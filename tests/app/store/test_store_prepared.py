"""Statements given to the driver as they are, and a thread's own connection."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from app.store.engine import open_store
from app.store.prepared import Prepared
from app.store.tables import contact

BY_NUMBER = Prepared(
    sa.select(contact.c.name, contact.c.number).where(contact.c.number == sa.bindparam("number"))
)
RENAME = Prepared(
    sa.update(contact).where(contact.c.number == sa.bindparam("whose")).values(name=sa.bindparam("new_name"))
)


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path)
    with opened.write() as unit:
        for number in ("+13125550101", "+13125550102"):
            unit.conn.execute(sa.insert(contact).values(number=number, name="A", created_at=0, updated_at=0))
    yield opened
    opened.close()


def test_it_says_what_sqlalchemy_says(store):
    with store.read() as conn:
        found = BY_NUMBER.mapping(conn, number="+13125550101")
        assert found == dict(conn.execute(BY_NUMBER.statement, {"number": "+13125550101"}).mappings().one())
        assert BY_NUMBER.first(conn, number="+1999") is None
        assert BY_NUMBER.mapping(conn, number="+1999") is None
        assert BY_NUMBER.rows(conn, number="'; DROP TABLE contact; --") == []


def test_it_tells_how_many_rows_it_touched_and_is_part_of_the_transaction(store):
    touched = []

    def rename_and_fail():
        with store.write() as unit:
            touched.append(RENAME.run(unit.conn, whose="+13125550101", new_name="B"))
            touched.append(RENAME.run(unit.conn, whose="+1999", new_name="B"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        rename_and_fail()
    assert touched == [1, 0]
    with store.read() as conn:
        assert BY_NUMBER.mapping(conn, number="+13125550101")["name"] == "A"


def test_what_the_driver_raises_is_sqlalchemys_error(store):
    broken = Prepared(sa.text("SELECT nothing FROM nowhere"))
    with store.read() as conn, pytest.raises(sa.exc.OperationalError, match="nowhere"):
        broken.rows(conn)
    twice = Prepared(sa.insert(contact).values(number=sa.bindparam("number"), created_at=0, updated_at=0))
    with pytest.raises(sa.exc.IntegrityError), store.write() as unit:
        twice.run(unit.conn, number="+13125550101")


def test_a_thread_of_its_own_connection_sees_what_everybody_writes(store, tmp_path):
    with store.own_connection():
        with store.write() as unit:
            RENAME.run(unit.conn, whose="+13125550101", new_name="B")
            mark = store.mark()
        # Its own commit is no news; neither is a read, nor a write of its own that was rolled back.
        assert store.untouched(mark)
        with store.read() as conn:
            assert BY_NUMBER.mapping(conn, number="+13125550101")["name"] == "B"
            # A read within a read takes another connection.
            with store.read() as other:
                assert other is not conn
        assert store.untouched(mark)
        _elsewhere(store)
        assert not store.untouched(mark)
        mark = store.mark()
        program = open_store(tmp_path)
        with program.write() as unit:
            RENAME.run(unit.conn, whose="+13125550102", new_name="D")
        program.close()
        assert not store.untouched(mark)


def _elsewhere(store):
    def write():
        with store.write() as unit:
            RENAME.run(unit.conn, whose="+13125550102", new_name="C")

    thread = threading.Thread(target=write)
    thread.start()
    thread.join(10)


def test_without_its_own_connection_nothing_is_promised(store):
    with store.write():
        assert store.mark() is None
    assert not store.untouched(None)
    assert not store.untouched(1)
