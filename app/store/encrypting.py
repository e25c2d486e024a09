"""Setting and removing the passphrase: the database is written anew beside the old one, which it replaces.

Each step leaves a folder that opens with all rows: with the old state until the new file is renamed over the
old one, with the new state from then on. Which of them it is, the database file itself tells, never a note
beside it. Nobody else may have the database open meanwhile; that is made sure of by SQLite's own lock.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.store import driver, keys
from app.store.engine import APPLICATION_ID, DATABASE_NAME, StoreError

log = logging.getLogger(__name__)

#: What the emulated network of the practice line noted: numbers and texts, in plain words.
PRACTICE_LEDGER = "practice-ledger.jsonl"
NEW = ".new"
_SIDES = ("", "-journal", "-wal", "-shm")
#: After so many of SQLite's instructions progress is told and a cancel is heard.
_INSTRUCTIONS = 20_000
#: How long one waits for another program that has the database open.
BUSY_SECONDS = 5.0

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]
Step = Callable[[str], None]


class CancelledError(StoreError):
    """A person cancelled before anything was replaced."""


@dataclass(frozen=True, slots=True)
class Done:
    """``key`` is the database's key from now on, None without; ``left``: backups that could not be done."""

    key: bytes | None
    left: tuple[str, ...] = ()


def _nothing(*_anything: object) -> None:
    return None


def _never() -> bool:
    return False


# -- the two ways ---------------------------------------------------------------------------------


def encrypt(
    folder: Path,
    passphrase: str,
    *,
    cost: keys.Cost = keys.USUAL,
    progress: Progress = _nothing,
    cancelled: Cancelled = _never,
    step: Step = _nothing,
) -> Done:
    """Encrypt the database and its backups; the store must be closed.

    ``progress`` gets (done, total) in octets; ``cancelled`` is heard until the new file takes the old one's
    place; ``step`` is told the name of each step, for tests that end the process there. Raises
    ``StoreError`` with a sentence; the old state is kept then.
    """
    if keys.needed(folder):
        raise StoreError("A passphrase is set already. Nothing was changed.")
    keys.retire(folder)
    with _words_for_people():
        key = keys.make(folder, passphrase, cost=cost)
        step("key")
        try:
            _convert(folder / DATABASE_NAME, None, key, progress, cancelled, step)
        except BaseException:
            keys.retire(folder)  # keeps the key where the new file is in its place already
            raise
        return Done(key, tidy(folder, key, step))


def decrypt(
    folder: Path,
    key: bytes,
    *,
    progress: Progress = _nothing,
    cancelled: Cancelled = _never,
    step: Step = _nothing,
) -> Done:
    """Write database and backups readable again and put the key away; otherwise as :func:`encrypt`."""
    with _words_for_people():
        # The backups first: as long as the database needs the key, the key is there for them too.
        left = _convert_backups(folder, key, None, step)
        _convert(folder / DATABASE_NAME, key, None, progress, cancelled, step)
        with contextlib.suppress(OSError):  # a key that is left over does no harm
            keys.retire(folder)
        step("key")
    return Done(None, left)


def rewrite(
    folder: Path, key: bytes | None, progress: Progress = _nothing, cancelled: Cancelled = _never
) -> None:
    """Write the database anew under the same key, so that its pages hold nothing but its rows; otherwise as
    :func:`encrypt`. Without the library that encrypts SQLite does it in place, and cannot say how far it is.
    """
    path = folder / DATABASE_NAME
    with _words_for_people():
        if driver.can_encrypt():
            _convert(path, key, key, progress, cancelled, _nothing)
            return
        _check_room(path)
        source = _connect(path, key)
        try:
            _lock_out_others(source)
            source.set_progress_handler(lambda: int(cancelled()), _INSTRUCTIONS)
            source.execute("VACUUM")
        finally:
            source.close()


def tidy(folder: Path, key: bytes | None, step: Step = _nothing) -> tuple[str, ...]:
    """End what a crash cut short: half a copy goes, and with a key no readable backup stays.

    To be called by the program that holds the folder's window lock, as it starts. The names of the backups
    that could not be encrypted.
    """
    with contextlib.suppress(OSError):
        for place in (folder, folder / keys.BACKUPS):
            for path in place.glob(f"*.db{NEW}*"):
                path.unlink(missing_ok=True)
        if key is not None:
            (folder / PRACTICE_LEDGER).unlink(missing_ok=True)
        elif keys.present(folder):
            keys.retire(folder)
    if key is None:
        return ()
    return _convert_backups(folder, None, key, step)


def _convert_backups(folder: Path, old: bytes | None, new: bytes | None, step: Step) -> tuple[str, ...]:
    left = []
    for path in sorted((folder / keys.BACKUPS).glob("*.db")):
        if driver.is_encrypted(path) != (old is not None):
            continue
        try:
            _convert(path, old, new, _nothing, _never, _nothing)
        except (StoreError, OSError, driver.dbapi().Error) as error:
            log.warning("the backup %s could not be converted: %s", path.name, type(error).__name__)
            left.append(path.name)
        step(f"backup {path.name}")
    return tuple(left)


@contextlib.contextmanager
def _words_for_people() -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except (OSError, driver.dbapi().Error) as error:
        words = str(getattr(error, "strerror", "") or error)
        if "interrupted" in words:
            raise CancelledError("Cancelled. The data is as it was before.") from error
        if "locked" in words:
            words = "another p2ptext has the database open: close it"
        raise StoreError(
            f"This could not be done ({words}). The data is as it was before. Try again."
        ) from error


# -- one file -------------------------------------------------------------------------------------


def _convert(
    path: Path, old: bytes | None, new: bytes | None, progress: Progress, cancelled: Cancelled, step: Step
) -> None:
    """Replace ``path`` by the same database under another key (None: readable)."""
    target = path.with_name(path.name + NEW)
    _remove(target)
    _check_room(path)
    source = _connect(path, old)
    try:
        _lock_out_others(source)
        _check_sound(source, path.name)
        step("alone")
        _watch(source, path.stat().st_size, target, progress, cancelled)
        _export(source, target, new)
        step("exported")
        _compare(source, target, new, cancelled)
        step("compared")
        _sync(target)
        step("synced")
        if cancelled():
            raise CancelledError("Cancelled. The data is as it was before.")
        source.set_progress_handler(None, 0)
        if os.name == "nt":  # a file that is open cannot be replaced there
            source.close()
        target.replace(path)
        step("renamed")
        with contextlib.suppress(OSError):  # from here on the new state is what there is
            keys.sync_folder(path.parent)
    finally:
        # Its lock is kept until now: who waited for the old file finds another one in its place.
        source.close()
        _remove(target)
    progress(1, 1)


def _connect(path: Path, key: bytes | None) -> Any:
    connection = driver.dbapi().connect(
        str(path), timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    for pragma in driver.key_pragmas(key):
        connection.execute(pragma)
    return connection


def _lock_out_others(source: Any) -> None:
    """Bring the log into the file and keep everybody else out. Fails while anyone has the file open."""
    source.execute("PRAGMA journal_mode=DELETE").fetchall()
    source.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
    source.execute("BEGIN EXCLUSIVE")
    source.execute("COMMIT")


def _check_sound(source: Any, name: str) -> None:
    if (answer := str(source.execute("PRAGMA quick_check").fetchone()[0])) != "ok":
        raise StoreError(
            f"The database {name} is damaged ({answer}). Nothing was changed. "
            "Put a copy of the data folder aside before anything else, then restore a backup."
        )


def _check_room(path: Path) -> None:
    size = path.stat().st_size
    if shutil.disk_usage(path.parent).free < size * 1.1 + 1_000_000:
        raise StoreError(
            f"There is not enough room on the disk for a second copy of the data ({size / 1e6:,.0f} MB). "
            "Nothing was changed. Make room, then try again."
        )


def _watch(source: Any, size: int, target: Path, progress: Progress, cancelled: Cancelled) -> None:
    def look() -> int:
        if cancelled():
            return 1
        with contextlib.suppress(OSError):
            progress(min(target.stat().st_size, size * 9 // 10), size)
        return 0

    source.set_progress_handler(look, _INSTRUCTIONS)


def _export(source: Any, target: Path, key: bytes | None) -> None:
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    version = int(source.execute("PRAGMA user_version").fetchone()[0])
    words = "" if key is None else f"x'{key.hex()}'"
    source.execute("ATTACH DATABASE ? AS new KEY ?", (str(target), words))
    for pragma in ("journal_mode=OFF", "synchronous=OFF"):  # it is synced whole, or thrown away
        source.execute(f"PRAGMA new.{pragma}").fetchall()
    source.execute("SELECT sqlcipher_export('new')").fetchall()
    source.execute(f"PRAGMA new.application_id={APPLICATION_ID}")
    source.execute(f"PRAGMA new.user_version={version}")
    source.execute("DETACH DATABASE new")


def _compare(source: Any, target: Path, key: bytes | None, cancelled: Cancelled) -> None:
    """The new file, opened on its own, has the same tables, triggers, indexes and counts of rows."""
    made = _connect(target, key)
    try:
        made.set_progress_handler(lambda: int(cancelled()), _INSTRUCTIONS)
        answer = str(made.execute("PRAGMA quick_check").fetchone()[0])
        if answer != "ok" or _contents(source) != _contents(made):
            raise StoreError(
                "The new database does not hold what the old one holds. The old one is kept as it was. "
                "Try again; if it stays, look at the disk."
            )
    finally:
        made.close()
    if driver.is_encrypted(target) != (key is not None):
        raise StoreError("The new database is not as it should be. The old one is kept as it was.")


def _contents(connection: Any) -> tuple[Any, ...]:
    schema = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    counts = []
    for kind, name, _sql in schema:
        if kind == "table" and not name.startswith("sqlite_stat"):
            quoted = '"' + name.replace('"', '""') + '"'
            (count,) = connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()  # noqa: S608 - quoted
            counts.append((name, count))
    return tuple(schema), tuple(counts)


def _sync(path: Path) -> None:
    path.chmod(0o600)
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    for side in _SIDES:
        path.with_name(path.name + side).unlink(missing_ok=True)
