"""Erasing from a large file: in short steps, beside other writers, with room on the disk, and to the last octet."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.main import main
from app.people import contacts, examining, optouts, privacy, privacy_file, retention
from app.store import driver, encrypting, keys
from app.store import tables as t
from app.store.engine import Store, open_store
from app.workspace import open_workspace

MARIA, PAUL, WORD = "+13125550187", "+15035550101", "xylophone"
YEAR = 365.25 * 86400.0


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is one that is too large to be written anew while others wait."""
    monkeypatch.setattr(privacy_file, "SMALL", 0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def fill(store: Store, clock: FixedClock, texts: int, number: str = MARIA, word: str = WORD) -> None:
    contacts.add(store, clock, number, f"{word} Ortega")
    with store.write() as unit:
        thread = unit.conn.execute(
            sa.insert(t.conversation).values(number=number, last_at=0.0, last_text=word)
        ).inserted_primary_key[0]  # type: ignore[index]
        rows = [
            {"direction": "in", "state": "received", "number": number, "text": f"{word} {word}{key % 97}",
             "kind": "text", "created_at": clock.now() - 2 * YEAR + key, "conversation_id": thread}
            for key in range(texts)
        ]  # fmt: skip
        unit.conn.execute(sa.insert(t.message), rows)
        keys_of = unit.conn.execute(sa.select(t.message.c.id).where(t.message.c.number == number)).scalars()
        parts = [
            {"pdu": f"{word} pdu", "sha256": str(key), "kind": "text", "received_at": 0.0, "sender": number,
             "message_id": key}
            for key in keys_of
        ]  # fmt: skip
        unit.conn.execute(sa.insert(t.inbound_part), parts)


def file_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and "db" in path.name)


def test_rows_index_and_log_are_clean_at_once_and_the_file_is_due(
    store: Store, clock: FixedClock, large: None
) -> None:
    fill(store, clock, 450)
    fill(store, clock, 450, PAUL, "marimba")
    seen: list[tuple[int, int]] = []
    done = privacy.erase(store, clock, MARIA, "Ana", progress=lambda *far: seen.append(far))
    assert (done.texts, done.clean) == (450, False)
    assert seen[:2] == [(200, 450), (400, 450)]
    assert privacy.due(store)
    assert (store.folder / "p2ptext.db-wal").stat().st_size < 40_000  # only the note that more is due
    with store.read() as conn:
        (count,) = conn.exec_driver_sql(
            "SELECT count(*) FROM message_text WHERE message_text MATCH ?", (WORD,)
        ).one()
        blocks = conn.exec_driver_sql("SELECT block FROM message_text_data").scalars().all()
    assert count == 0
    assert WORD.encode() not in b"".join(blocks)
    assert MARIA.encode() not in b"".join(blocks)
    assert examining.examine(store, clock).whole


@pytest.mark.parametrize("secret", [False, True])
def test_the_start_writes_a_large_file_anew(
    tmp_path: Path, clock: FixedClock, large: None, secret: bool
) -> None:
    if secret and not driver.can_encrypt():
        pytest.skip("this Python has no SQLCipher")
    folder, key = tmp_path / "data", None
    open_store(folder).close()
    if secret:
        encrypting.encrypt(folder, "correct horse battery", cost=keys.Cost(2**10))
        key = keys.unlock(folder, "correct horse battery")
    store = open_store(folder, key)
    fill(store, clock, 30)
    fill(store, clock, 30, PAUL, "marimba")
    assert not privacy.erase(store, clock, MARIA, "Ana").clean
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(encrypting, "BUSY_SECONDS", 0.0)
        assert "close it" in privacy_file.try_write_anew(folder, key)  # it is open here
        store.close()
        assert "Cancelled" in privacy_file.try_write_anew(folder, key, cancelled=lambda: True)
        patched.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1000))
        assert "not enough room" in privacy_file.try_write_anew(folder, key)
    open_workspace(folder, clock, key).close()  # other commands leave a large file to the window
    far: list[tuple[int, int]] = []
    assert privacy_file.try_write_anew(folder, key, lambda *each: far.append(each)) == ""
    assert far[-1] == (1, 1)
    raw = file_bytes(folder)
    for gone in (WORD, MARIA, MARIA[2:]):
        assert gone.encode() not in raw
    assert (b"marimba" in raw) is not secret
    store = open_store(folder, key)
    try:
        assert not privacy.due(store)
        with store.read() as conn:
            assert conn.exec_driver_sql("PRAGMA freelist_count").scalar() == 0
            assert conn.execute(sa.select(sa.func.count()).select_from(t.message)).scalar() == 30
        assert examining.examine(store, clock).whole
    finally:
        store.close()


def test_another_program_that_waits_for_nothing_can_write_between_the_steps(
    store: Store, clock: FixedClock, large: None
) -> None:
    """A second connection with no patience at all: a received text and a STOP are stored while one erases."""
    fill(store, clock, 900)
    fill(store, clock, 900, PAUL, "marimba")
    other = driver.dbapi().connect(str(store.folder / "p2ptext.db"), timeout=0.0, isolation_level=None)
    stored: list[tuple[int, int]] = []

    def write(done: int, total: int) -> None:
        other.execute(
            "INSERT INTO message (direction, state, number, text, kind, created_at) "
            "VALUES ('in', 'received', ?, 'STOP', 'text', 1.0)",
            (PAUL,),
        )
        with_own = threading.Thread(target=stop)
        with_own.start()
        with_own.join(10)
        stored.append((done, total))

    def stop() -> None:
        with store.write() as unit:
            optouts.opt_out(unit, clock, PAUL, source="sms", evidence="STOP", rule="H1")

    try:
        done = privacy.erase(store, clock, MARIA, "Ana", progress=write)
    finally:
        other.close()
    assert done.texts == 900
    assert len(stored) > 4
    with store.read() as conn:
        assert optouts.active(conn, PAUL)
        query = sa.select(sa.func.count()).where(t.message.c.text == "STOP")
        assert conn.execute(query).scalar() == len(stored)


def test_a_reader_keeps_no_writer_waiting(store: Store, clock: FixedClock, large: None) -> None:
    """The log cannot be cut off while somebody reads it; that is left for later, and waited for by nobody."""
    fill(store, clock, 3)
    with store.read() as conn:
        conn.execute(sa.select(t.message)).all()
        assert not privacy.erase(store, clock, MARIA, "Ana").clean
        fill(store, clock, 3, PAUL, "marimba")
    assert privacy.due(store)


def test_without_room_on_the_disk_nothing_is_erased(
    store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, clock, 300)
    before = privacy.everything(store, MARIA)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1_200_000))
    with pytest.raises(privacy.PrivacyError, match=r"needs \d+ MB, and 1 MB are free. Nothing was erased"):
        privacy.erase(store, clock, MARIA, "Ana")
    with pytest.raises(retention.RetentionError, match="Nothing was deleted"):
        retention.forget(store, clock, 12, "Ana")
    assert privacy.everything(store, MARIA) == before


def test_a_cancel_before_the_first_text_erases_nothing_and_a_later_one_leaves_the_file(
    store: Store, clock: FixedClock, large: None
) -> None:
    fill(store, clock, 300)
    before = privacy.everything(store, MARIA)
    with pytest.raises(privacy.CancelledError, match="Nothing was erased"):
        privacy.erase(store, clock, MARIA, "Ana", cancelled=lambda: True)
    assert privacy.everything(store, MARIA) == before
    begun: list[int] = []
    done = privacy.erase(
        store,
        clock,
        MARIA,
        "Ana",
        progress=lambda far, _total: begun.append(far),
        cancelled=lambda: bool(begun),
    )
    assert (done.texts, done.clean) == (300, False)
    assert privacy.everything(store, MARIA)["messages"] == []


def test_what_a_crash_cut_short_is_carried_on_at_the_start(
    store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, clock, 450)

    def crash(far: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        privacy.erase(store, clock, MARIA, "Ana", progress=crash)
    assert len(privacy.everything(store, MARIA)["messages"]) == 250
    workspace = open_workspace(store.folder, clock)
    try:
        assert privacy.everything(workspace.store, MARIA)["contact"] is None
        assert MARIA.encode() not in file_bytes(store.folder)
        assert not privacy.due(workspace.store)
    finally:
        workspace.close()


def test_groups_and_drafts_that_name_them_are_told(store: Store, clock: FixedClock) -> None:
    contacts.add(store, clock, MARIA, "María Ortega")
    groups = [("Ortega family", ""), ("Te\x1bam", "ask\nmaría first"), ("Tortegas", "call 312 555 01 88")]
    with store.write() as unit:
        for name, draft in groups:
            unit.conn.execute(sa.insert(t.thread_group).values(name=name, draft=draft, created_at=0.0))
        unit.conn.execute(
            sa.insert(t.conversation).values(number=PAUL, last_at=0.0, draft="her number is (312) 555-0187")
        )
        unit.conn.execute(sa.insert(t.conversation).values(number=MARIA, last_at=0.0, draft="Hi Ortega"))
    assert privacy.outlook(store, MARIA).named == (
        "the name of the group “Ortega family”",
        "the draft of the group “Te am”: “ask maría first”",
        "the draft to +1 (503) 555-0101: “her number is (312) 555-0187”",
    )


def test_the_command_line_shows_first_and_deletes_with_yes(
    store: Store, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(store, clock, 2)
    with store.write() as unit:
        campaign = unit.conn.execute(
            sa.insert(t.campaign).values(name="Autumn", state="done", created_at=0.0)
        ).inserted_primary_key[0]  # type: ignore[index]
        unit.conn.execute(
            sa.insert(t.message).values(
                direction="in", state="received", number=PAUL, text="zither", kind="text",
                created_at=clock.now(), campaign_id=campaign,
            )
        )  # fmt: skip

    def left() -> list[str]:
        with store.read() as conn:
            return sorted(conn.execute(sa.select(t.message.c.text)).scalars())

    data = ["--data", str(store.folder)]
    words = left()
    assert main(["old", "texts", *data]) == 1  # no months were chosen
    assert "Nothing was deleted" in capsys.readouterr().err
    assert main(["old", "texts", "--months", "12", *data]) == 0
    assert "2 texts with 1 people are older than 12 months" in capsys.readouterr().out
    assert main(["old", "campaign", "Autumn", *data]) == 0
    assert "Autumn: 1 texts with words and 0 answers" in capsys.readouterr().out
    assert left() == words
    assert main(["old", "texts", "--months", "12", "--yes", *data]) == 0
    assert left() == [retention.GONE, retention.GONE, "zither"]
    assert main(["old", "campaign", "Autumn", "--yes", *data]) == 0
    assert left() == [retention.GONE] * 3
    assert main(["old", "campaign", "Autumn", "--yes", *data]) == 1
    assert main(["old", "clean", *data]) == 0
    assert "nothing to clean" in capsys.readouterr().out
    assert f"{WORD} pdu".encode() not in (store.folder / "p2ptext.db").read_bytes()  # their name stays
    assert b"zither" not in (store.folder / "p2ptext.db").read_bytes()


def test_a_large_file_is_cleaned_from_the_command_line(
    tmp_path: Path, clock: FixedClock, large: None, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "other"
    store = open_store(folder)
    fill(store, clock, 3)
    assert retention.forget(store, clock, 12, "Ana") == 3
    store.close()
    data = ["--data", str(folder)]
    assert main(["old", "clean", *data]) == 0
    assert "to be written anew" in capsys.readouterr().out
    assert main(["old", "clean", "--yes", *data]) == 0
    assert "Clean" in capsys.readouterr().out
    assert f"{WORD} pdu".encode() not in file_bytes(folder)
