"""Encryption: no file in the data folder can be read without the passphrase, and no crash loses a row."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import diagnosis, passphrases
from app.main import build_parser
from app.store import driver, encrypting, engine, keys, migrate
from app.store.engine import LockedError, Store, StoreError, open_store
from app.store.tables import click, contact, line, message
from app.texting import logs, settling
from app.texting.clicks import text_hash
from app.workspace import open_workspace

ROOT = Path(__file__).parents[3]
CHEAP = keys.Cost(n=16)
PASSPHRASE = "four plain words hère"
NUMBERS = [f"+1312555{n:04d}" for n in range(200)]
TEXT = "Your test at Lakeside Clinic is on Tuesday"

pytestmark = pytest.mark.skipif(not driver.can_encrypt(), reason=driver.NO_CIPHER)


def fill(store: Store) -> None:
    with store.write() as unit:
        people = [{"number": n, "name": "Ana", "created_at": 0.0, "updated_at": 0.0} for n in NUMBERS]
        unit.conn.execute(sa.insert(contact), people)
        texts = [
            {"direction": "out", "number": n, "text": TEXT, "text_hash": text_hash(TEXT), "state": "queued",
             "kind": "reply", "created_at": 0.0}
            for n in NUMBERS
        ]  # fmt: skip
        unit.conn.execute(sa.insert(message), texts)


def rows(store: Store) -> tuple[int, int, str, str]:
    with store.read() as conn:
        return (
            conn.exec_driver_sql("SELECT count(*) FROM contact").scalar(),
            conn.exec_driver_sql("SELECT count(*) FROM message").scalar(),
            conn.exec_driver_sql("SELECT max(number) FROM contact").scalar(),
            conn.exec_driver_sql("SELECT max(text) FROM message").scalar(),
        )


ALL = (len(NUMBERS), len(NUMBERS), NUMBERS[-1], TEXT)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = open_store(tmp_path_factory.mktemp("model") / "data")
    fill(store)
    migrate._copy(store.engine, store.folder / "p2ptext.db", "0001")
    store.close()
    return store.folder


@pytest.fixture
def folder(model: Path, tmp_path: Path) -> Path:
    """A closed data folder with people and texts, and a backup of them."""
    return Path(shutil.copytree(model, tmp_path / "data"))


@pytest.fixture
def opened() -> Iterator[Callable[..., Store]]:
    made: list[Store] = []

    def make(folder: Path, key: bytes | None = None) -> Store:
        made.append(open_store(folder, key))
        return made[-1]

    yield make
    for store in made:
        store.close()


def encrypt(folder: Path, **more: Any) -> bytes:
    done = encrypting.encrypt(folder, PASSPHRASE, cost=CHEAP, **more)
    assert done.key is not None
    assert done.left == ()
    return done.key


def readable(folder: Path) -> list[str]:
    """The files in which a number or a text can be read, in any encoding that SQLite has."""
    secrets = [
        word.encode(code)
        for word in (NUMBERS[0][1:], NUMBERS[-1][1:], TEXT)
        for code in ("utf-8", "utf-16-le")
    ]
    return sorted(
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(word in path.read_bytes() for word in secrets)
    )


# -- what can be read -----------------------------------------------------------------------------


def test_no_file_can_be_read_while_open_and_after(folder: Path, opened: Callable[..., Store]) -> None:
    (folder / encrypting.PRACTICE_LEDGER).write_text(f'{{"to": "{NUMBERS[0]}", "text": "{TEXT}"}}\n')
    assert readable(folder) == ["before-0001.db", "p2ptext.db", "practice-ledger.jsonl"]  # the test can fail
    key = encrypt(folder)
    assert readable(folder) == []
    logs.install(folder)
    try:
        store = opened(folder, key)
        with store.write() as unit:  # stays in the write-ahead log
            unit.conn.execute(sa.update(message).values(text=TEXT, state="skipped"))
        logs.logging.getLogger("p2ptext.test").warning("a text to %s", NUMBERS[0])
        migrate._copy(store.engine, folder / "p2ptext.db", "0002")
        settlement = settling.Settlement(1, "sent", 1, (3,), "", "", 0.0)
        settling._keep_aside(folder, settlement)
        names = {path.name for path in folder.rglob("*") if path.is_file()}
        assert names >= {"p2ptext.db", "p2ptext.db-wal", "p2ptext.db-shm", "reserve.bin", "p2ptext.log"}
        assert names >= {"before-0001.db", "before-0002.db", "key.json", settling.EMERGENCY_NAME}
        assert (folder / "p2ptext.db-wal").stat().st_size > 10_000
        assert readable(folder) == []
        modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
        assert modes == {0o600}
    finally:
        logs.uninstall()
    store.close()
    assert readable(folder) == []


def test_the_backups_open_with_the_same_key(folder: Path, opened: Callable[..., Store]) -> None:
    key = encrypt(folder)
    store = opened(folder, key)
    migrate._copy(store.engine, folder / "p2ptext.db", "0002")
    for name in ("before-0001.db", "before-0002.db"):
        made = engine.make_engine(folder / "backups" / name, key=key)
        with made.connect() as conn:
            assert conn.exec_driver_sql("SELECT count(*) FROM contact").scalar() == len(NUMBERS)
        made.dispose()
        with (
            pytest.raises(sqlite3.DatabaseError),
            contextlib.closing(sqlite3.connect(folder / "backups" / name)) as c,
        ):
            c.execute("SELECT count(*) FROM contact")


def test_the_passphrase_opens_all_rows_and_is_written_nowhere(
    folder: Path, opened: Callable[..., Store]
) -> None:
    before = (folder / "p2ptext.db").read_bytes()
    key = encrypt(folder)
    assert keys.needed(folder)
    assert keys.unlock(folder, PASSPHRASE) == key
    composed = PASSPHRASE.replace("è", "e\u0300")  # as another keyboard types it
    assert keys.unlock(folder, composed) == key
    store = opened(folder, key)
    assert rows(store) == ALL
    with store.read() as conn:
        assert conn.exec_driver_sql("PRAGMA application_id").scalar() == engine.APPLICATION_ID
        assert conn.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    fill_again = opened(folder, key)  # a second one beside it
    assert rows(fill_again) == ALL
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert key not in data
            assert key.hex().encode() not in data
            assert PASSPHRASE.encode() not in data
    assert driver.PLAIN_HEADER in before


# -- wrong, missing, torn -------------------------------------------------------------------------


def test_a_wrong_passphrase_changes_nothing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    key = encrypt(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for wrong in ("", "four plain words here", PASSPHRASE + " ", "x" * 5000):
        with pytest.raises(keys.WrongPassphraseError, match="not the passphrase"):
            keys.unlock(folder, wrong)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    with pytest.raises(LockedError, match="encrypted"):
        open_store(folder)
    with pytest.raises(StoreError, match="another folder"):
        open_store(folder, bytes(32))
    open_store(folder, key).close()
    assert capfd.readouterr() == ("", "")  # the library's own complaints are kept to itself


def test_a_key_for_data_that_needs_none_is_refused(folder: Path) -> None:
    with pytest.raises(StoreError, match="not encrypted"):
        open_store(folder, bytes(32))
    open_store(folder).close()


@pytest.mark.parametrize("harm", ["gone", "empty", "half", "one octet", "not text"])
def test_a_torn_key_file_is_put_back_from_its_copy(folder: Path, harm: str) -> None:
    key = encrypt(folder)
    path = folder / keys.FILE_NAME
    whole = path.read_bytes()
    for victim, other in ((path, folder / "backups" / "key.json"), (folder / "backups" / "key.json", path)):
        if harm == "gone":
            victim.unlink()
        else:
            at = whole.index(b'"box"') + 20
            bad = {"empty": b"", "half": whole[: len(whole) // 2], "not text": b"\xff\x00" * 400}
            victim.write_bytes(bad.get(harm, whole[:at] + b"#" + whole[at + 1 :]))
        assert keys.needed(folder)
        assert keys.unlock(folder, PASSPHRASE) == key
        assert victim.read_bytes() == other.read_bytes() == whole


def test_without_any_key_file_it_says_so_and_changes_nothing(folder: Path) -> None:
    encrypt(folder)
    for path in (folder / "key.json", folder / "backups" / "key.json"):
        path.write_bytes(b"{}")
    before = (folder / "p2ptext.db").read_bytes()
    with pytest.raises(keys.KeyFileError, match="Put it back"):
        keys.unlock(folder, PASSPHRASE)
    for path in (folder / "key.json", folder / "backups" / "key.json"):
        path.unlink()
    with pytest.raises(StoreError, match=r"key\.json, is missing"):
        open_store(folder)
    assert (folder / "p2ptext.db").read_bytes() == before


@pytest.mark.parametrize("cost", [{"n": 2**40}, {"n": 100}, {"n": 0}, {"r": 10**6}, {"p": 1000}, {"n": -2}])
def test_a_key_file_that_asks_for_too_much_is_refused(folder: Path, cost: dict[str, int]) -> None:
    encrypt(folder)
    for path in (folder / "key.json", folder / "backups" / "key.json"):
        values = json.loads(path.read_text()) | cost
        values["check"] = keys._checksum(values)
        path.write_text(json.dumps(values))
    with pytest.raises(keys.KeyFileError):
        keys.unlock(folder, PASSPHRASE)


def test_the_box_of_another_key_file_is_refused(folder: Path, tmp_path: Path) -> None:
    key = encrypt(folder)
    values = json.loads((folder / "key.json").read_text())
    values["id"] = "0" * 16
    values["check"] = keys._checksum(values)
    (folder / "key.json").write_text(json.dumps(values))
    with pytest.raises(keys.WrongPassphraseError):
        keys.unlock(folder, PASSPHRASE)
    assert not keys.fits(folder / "p2ptext.db", bytes(32))
    assert keys.fits(folder / "p2ptext.db", key)


def test_where_there_is_no_cipher_it_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = encrypt(folder)
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    monkeypatch.setitem(sys.modules, "sqlcipher3.dbapi2", None)
    assert not driver.can_encrypt()
    for try_it in (
        lambda: keys.unlock(folder, PASSPHRASE),
        lambda: open_store(folder, key),
        lambda: keys.make(folder, PASSPHRASE, cost=CHEAP),
    ):
        with pytest.raises(StoreError, match="not available on this platform"):
            try_it()


# -- changing and removing ------------------------------------------------------------------------


def test_another_passphrase_opens_the_same_data(folder: Path, opened: Callable[..., Store]) -> None:
    key = encrypt(folder)
    with pytest.raises(keys.WrongPassphraseError):
        keys.change(folder, "not this one", "another good one", cost=CHEAP)
    with pytest.raises(StoreError, match="8 to"):
        keys.change(folder, PASSPHRASE, "short", cost=CHEAP)
    assert keys.unlock(folder, PASSPHRASE) == key
    keys.change(folder, PASSPHRASE, "another good one", cost=CHEAP)
    assert keys.unlock(folder, "another good one") == key
    with pytest.raises(keys.WrongPassphraseError):
        keys.unlock(folder, PASSPHRASE)
    assert rows(opened(folder, key)) == ALL


def test_removing_makes_all_readable_and_leaves_no_key(folder: Path, opened: Callable[..., Store]) -> None:
    key = encrypt(folder)
    done = encrypting.decrypt(folder, key)
    assert done == encrypting.Done(None, ())
    assert not keys.present(folder)
    assert readable(folder) == ["before-0001.db", "p2ptext.db"]
    assert rows(opened(folder)) == ALL


def test_a_backup_that_cannot_be_read_is_told_and_kept(folder: Path) -> None:
    bad = folder / "backups" / "before-0000.db"
    bad.write_bytes(driver.PLAIN_HEADER + b"\xff" * 5000)
    before = bad.read_bytes()
    done = encrypting.encrypt(folder, PASSPHRASE, cost=CHEAP)
    assert done.left == ("before-0000.db",)
    assert bad.read_bytes() == before
    assert driver.is_encrypted(folder / "backups" / "before-0001.db")


def test_a_backup_keeps_the_key_that_it_needs(folder: Path) -> None:
    key = encrypt(folder)
    plain = (folder / "backups" / "before-0001.db").read_bytes()
    encrypting.decrypt(folder, key)
    second = encrypt(folder)
    assert second != key
    encrypted = (folder / "backups" / "before-0001.db").read_bytes()
    encrypting.decrypt(folder, second)
    assert plain != encrypted
    # A person puts a readable database in the place of an encrypted one.
    third = encrypt(folder)
    file = keys.read(folder)
    made = driver.dbapi().connect(str(folder / "other.db"))
    made.execute("CREATE TABLE t (x)")
    made.close()
    (folder / "other.db").replace(folder / "p2ptext.db")
    encrypting.tidy(folder, None)
    assert not (folder / "key.json").exists()
    kept = keys._load(folder / "backups" / f"key-{file.id}.json")
    assert kept == file
    assert keys.fits(folder / "backups" / "before-0001.db", third)


# -- cancelled, refused, full ---------------------------------------------------------------------


def state(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("reserve.bin",)
    }


def test_cancel_is_heard_until_the_new_file_takes_its_place(
    folder: Path, opened: Callable[..., Store]
) -> None:
    heard = []
    for moment in ("key", "alone", "exported", "compared", "synced"):
        said: list[str] = []
        with pytest.raises(encrypting.CancelledError, match="as it was"):
            encrypt(folder, step=said.append, cancelled=lambda moment=moment, said=said: moment in said)
        heard.append(said[-1])
        assert sorted(state(folder)) == ["backups/before-0001.db", "p2ptext.db"]
        assert not keys.needed(folder)
    assert heard[-1] == "synced"
    told: list[tuple[int, int]] = []
    said = []
    key = encrypt(
        folder,
        step=said.append,
        cancelled=lambda: "renamed" in said,
        progress=lambda a, b: told.append((a, b)),
    )
    assert told[-1] == (1, 1)
    assert all(0 <= done <= total for done, total in told)
    assert rows(opened(folder, key)) == ALL


def test_cancel_does_not_wait_for_the_end_of_the_copy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypting, "_INSTRUCTIONS", 50)
    said: list[str] = []
    with pytest.raises(encrypting.CancelledError):
        encrypt(folder, step=said.append, cancelled=lambda: "alone" in said)
    assert said[-1] == "alone"
    assert sorted(state(folder)) == ["backups/before-0001.db", "p2ptext.db"]


def test_while_another_program_has_it_open_it_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encrypting, "BUSY_SECONDS", 0.05)
    store = open_store(folder)
    rows(store)
    with pytest.raises(StoreError, match="has the database open"):
        encrypt(folder)
    assert not keys.present(folder)
    with store.write() as unit:
        unit.conn.execute(sa.update(message).values(text=TEXT))
    store.close()
    key = encrypt(folder)
    store = open_store(folder, key)
    rows(store)
    with pytest.raises(StoreError, match="has the database open"):
        encrypting.decrypt(folder, key)
    assert rows(store) == ALL
    store.close()
    with pytest.raises(StoreError, match="set already"):
        encrypt(folder)


def test_who_waited_for_the_old_file_does_not_get_it(folder: Path) -> None:
    """A command that opened the file before it was replaced would write into a file without a name."""
    answers: list[object] = []

    def waiting() -> None:
        try:
            answers.append(open_store(folder))
        except StoreError as error:
            answers.append(error)

    waiter = threading.Thread(target=waiting)

    def step(name: str) -> None:
        if name == "compared":
            waiter.start()

    encrypt(folder, step=step)
    waiter.join(20)
    (answer,) = answers
    assert isinstance(answer, StoreError)
    with pytest.raises(LockedError):
        open_store(folder)


def test_data_that_was_encrypted_while_it_was_opened_is_not_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = migrate.upgrade

    def slow(made: sa.Engine, path: Path) -> None:
        upgrade(made, path)
        made.dispose()
        encrypt(folder)

    monkeypatch.setattr(migrate, "upgrade", slow)
    with pytest.raises(StoreError, match="set or removed just now"):
        open_store(folder)


def test_without_room_nothing_is_begun(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(folder)
    monkeypatch.setattr(encrypting.shutil, "disk_usage", lambda _path: argparse.Namespace(free=1000))
    with pytest.raises(StoreError, match="not enough room"):
        encrypt(folder)
    assert state(folder) == before


def test_a_disk_that_fails_leaves_the_old(
    folder: Path, opened: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(folder)

    def broken(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(encrypting, "_sync", broken)
    with pytest.raises(StoreError, match="No space left"):
        encrypt(folder)
    assert sorted(state(folder)) == sorted(before)
    assert rows(opened(folder)) == ALL


def test_a_new_file_that_lacks_rows_is_not_used(
    folder: Path, opened: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    export = encrypting._export

    def lossy(source: Any, target: Path, key: bytes | None) -> None:
        export(source, target, key)
        made = encrypting._connect(target, key)
        made.execute("DELETE FROM contact WHERE id = 7")
        made.close()

    monkeypatch.setattr(encrypting, "_export", lossy)
    before = state(folder)
    with pytest.raises(StoreError, match="does not hold what the old one holds"):
        encrypt(folder)
    assert sorted(state(folder)) == sorted(before)
    assert rows(opened(folder)) == ALL


# -- killed between the steps ---------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from app.store import encrypting, keys
folder, way, point = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def step(name):
    if name == point:
        os.kill(os.getpid(), signal.SIGKILL)

cost = keys.Cost(n=16)
if way == "encrypt":
    encrypting.encrypt(folder, sys.argv[4], cost=cost, step=step)
else:
    encrypting.decrypt(folder, keys.unlock(folder, sys.argv[4]), step=step)
"""
STEPS = ("key", "alone", "exported", "compared", "synced", "renamed", "backup before-0001.db")


@pytest.mark.skipif(os.name != "posix", reason="a process is killed")
@pytest.mark.parametrize("way", ["encrypt", "decrypt"])
@pytest.mark.parametrize("point", STEPS)
def test_killed_at_any_step_the_old_or_the_new_opens_with_all_rows(
    folder: Path, opened: Callable[..., Store], way: str, point: str
) -> None:
    if way == "decrypt":
        encrypt(folder)
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(folder), way, point, PASSPHRASE],
        cwd=ROOT, check=False,
    )  # fmt: skip
    assert run.returncode == -signal.SIGKILL, "the step was not reached"
    expected = {
        "encrypt": point in ("renamed", "backup before-0001.db"),
        "decrypt": point not in ("renamed", "key"),
    }
    assert keys.needed(folder) is expected[way]
    key = keys.unlock(folder, PASSPHRASE) if keys.needed(folder) else None
    left = encrypting.tidy(folder, key)
    assert left == ()
    assert rows(opened(folder, key)) == ALL
    assert not list(folder.rglob("*.new*"))
    backup = engine.make_engine(folder / "backups" / "before-0001.db", key=key)
    with backup.connect() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM contact").scalar() == len(NUMBERS)
    backup.dispose()
    if key is None:
        assert not keys.present(folder)
    else:
        opened(folder, key).close()
        assert readable(folder) == []


# -- two processes --------------------------------------------------------------------------------

CLAIMER = """
import sys
from pathlib import Path
from app.clock import FixedClock
from app.store import keys
from app.store.engine import open_store
from app.texting import sending

folder = Path(sys.argv[1])
store = open_store(folder, keys.unlock(folder, sys.stdin.readline().rstrip("\\n")))
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
while (claimed := sending.claim(store, FixedClock(1_800_036_000.0), 1)) is not None:
    sys.stdout.write(f"{claimed.row['id']}\\n")
store.close()
"""


def test_two_processes_share_the_encrypted_data(folder: Path, opened: Callable[..., Store]) -> None:
    key = encrypt(folder)
    store = opened(folder, key)
    with store.write() as unit:
        unit.conn.execute(sa.insert(line).values(id=1, name="Line", url="x", created_at=0.0))
        digest = text_hash(TEXT)
        for message_id in range(1, 51):
            unit.conn.execute(
                sa.insert(click).values(
                    id=message_id,
                    message_id=message_id,
                    operator="Ana",
                    at=0.0,
                    monotonic=0.0,
                    device="mouse",
                    text_hash=digest,
                )
            )
            unit.conn.execute(
                sa.update(message)
                .where(message.c.id == message_id)
                .values(state="clicked", click_id=message_id, line_id=1, clicked_at=0.0)
            )
    claimers = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(CLAIMER), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
        )
        for _ in range(2)
    ]
    for claimer in claimers:
        assert claimer.stdin is not None
        claimer.stdin.write(PASSPHRASE + "\n")
        claimer.stdin.flush()
    for claimer in claimers:
        assert claimer.stdout is not None
        assert claimer.stdout.readline() == "ready\n"
    claimed = [claimer.communicate("go\n", timeout=60)[0].split() for claimer in claimers]
    assert sorted(int(found) for those in claimed for found in those) == list(range(1, 51))
    assert {claimer.returncode for claimer in claimers} == {0}


# -- the keyring ----------------------------------------------------------------------------------


class FakeKeyring:
    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.works = True

    def get(self, name: str) -> str:
        return self.kept.get(name, "")

    def put(self, name: str, value: str) -> bool:
        if self.works:
            self.kept[name] = value
        return self.works

    def forget(self, name: str) -> None:
        self.kept.pop(name, None)


def test_the_keyring_opens_without_asking_and_the_passphrase_always_works(folder: Path) -> None:
    key = encrypt(folder)
    keyring = FakeKeyring()
    assert keys.remembered(folder, keyring) is None
    keyring.works = False
    assert keys.remember(folder, key, keyring) is False
    keyring.works = True
    assert keys.remember(folder, key, keyring) is True
    (name,) = keyring.kept
    assert name == f"database:{keys.read(folder).id}"
    assert keys.remembered(folder, keyring) == key
    keys.change(folder, PASSPHRASE, "another good one", cost=CHEAP)
    assert keys.remembered(folder, keyring) == key
    for bad in ("", "no hex", "00" * 32, "00"):
        keyring.kept[name] = bad
        assert keys.remembered(folder, keyring) is None
    assert keys.unlock(folder, "another good one") == key
    keyring.kept[name] = key.hex()
    keys.forget(folder, keyring)
    assert keyring.kept == {}
    assert keys.remembered(folder, keyring) is None


# -- the commands ---------------------------------------------------------------------------------


def run(*words: str) -> int:
    from app.main import HANDLERS

    options = build_parser().parse_args(words)
    return HANDLERS[options.command](options)


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> FakeKeyring:
    keyring = FakeKeyring()
    monkeypatch.setattr(passphrases, "Secrets", lambda: keyring)
    return keyring


def test_commands_read_the_passphrase_from_a_file_or_standard_input(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    no_keyring: FakeKeyring,
) -> None:  # fmt: skip
    key = encrypt(folder)
    secret = tmp_path / "secret"
    secret.write_text(f"{PASSPHRASE}\r\nand a second line\n", encoding="utf-8-sig")
    words = ("export", "contacts", "--data", str(folder))
    assert run(*words, "--passphrase-file", str(secret)) == 0
    assert NUMBERS[0] in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSPHRASE + "\n"))
    assert run(*words, "--passphrase-file", "-") == 0
    assert NUMBERS[0] in capsys.readouterr().out
    people = tmp_path / "people.csv"
    people.write_text("name,phone\nBo,+13125559999\n")
    given = ("--data", str(folder), "--passphrase-file", str(secret))
    assert run("import", str(people), "--country", "US", *given) == 0
    new = ("campaign", "new", "Spring", "--people", str(people), "--message", "Hi {name}", "--country", "US")
    assert run(*new, "--texter", "Dana", *given) == 0
    capsys.readouterr()
    assert readable(folder) == []
    keys.remember(folder, key, no_keyring)
    assert run(*words) == 0
    assert NUMBERS[0] in capsys.readouterr().out


def test_commands_say_what_to_do_without_the_passphrase(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    no_keyring: FakeKeyring,
) -> None:  # fmt: skip
    encrypt(folder)
    before = state(folder)
    words = ("export", "contacts", "--data", str(folder))
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert run(*words) == 1
    assert "--passphrase-file FILE" in capsys.readouterr().err
    for name, content, said in (
        ("wrong", b"not this one\n", "not the passphrase"),
        ("empty", b"\n", "no passphrase in the first line"),
        ("binary", b"\xff\xfe\x00", "could not be read"),
    ):
        (tmp_path / name).write_bytes(content)
        assert run(*words, "--passphrase-file", str(tmp_path / name)) == 1
        assert said in capsys.readouterr().err
    assert run(*words, "--passphrase-file", str(tmp_path / "absent")) == 1
    assert "No such file" in capsys.readouterr().err
    assert state(folder) == before


def test_a_terminal_is_asked(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, no_keyring: FakeKeyring
) -> None:
    encrypt(folder)
    asked = []

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return PASSPHRASE

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(passphrases.getpass, "getpass", ask)
    assert run("export", "optouts", "--data", str(folder)) == 0
    assert len(asked) == 1
    assert PASSPHRASE not in "".join(capsys.readouterr())


def test_the_doctor_says_whether_it_is_encrypted(folder: Path) -> None:
    def found(key: bytes | None = None) -> set[str]:
        return {finding.key for finding in diagnosis._database(folder, key)}

    assert {"not-encrypted", "database"} <= found()
    key = encrypt(folder)
    assert "database-locked" in found()
    assert not {"database", "database-unreadable"} & found()
    assert {"encrypted", "database"} <= found(key)
    assert {"encrypted", "database-unreadable"} <= found(bytes(32))


def test_a_folder_whose_database_is_gone_begins_anew_under_the_same_key(
    folder: Path, opened: Callable[..., Store]
) -> None:
    key = encrypt(folder)
    (folder / "p2ptext.db").unlink()
    assert keys.needed(folder)
    with pytest.raises(LockedError):
        open_store(folder)
    store = opened(folder, keys.unlock(folder, PASSPHRASE))
    fill(store)
    assert keys.unlock(folder, PASSPHRASE) == key
    assert readable(folder) == []


def test_a_workspace_does_not_show_its_key(folder: Path) -> None:
    key = encrypt(folder)
    workspace = open_workspace(folder, key=key)
    assert workspace.encrypted
    assert key.hex() not in repr(workspace)
    assert repr(key) not in repr(workspace)
    workspace.close()


def test_the_hint_is_about_length_alone() -> None:
    assert keys.hint("aA1!").startswith("Too short")
    assert keys.hint("aaaaaaaaa").startswith("Short")
    assert keys.hint("a" * 16).startswith("Fair")
    assert keys.hint("a" * 24) == "Good."
