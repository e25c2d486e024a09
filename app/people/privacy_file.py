"""Taking what was erased out of the file's bytes as well, so that nobody who has to write waits long for it.

At once, in short steps: the search index is merged, and the write-ahead log is moved and cut. Freed pages are
zeroed as they are freed (``secure_delete``). What SQLite may leave beside rows in pages that are in use goes
when the file is written anew: a small one at once, a large one before the next start opens a line.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from app.store import driver, encrypting
from app.store import tables as t
from app.store.engine import DATABASE_NAME, Store, StoreError, Unit, open_store

#: Octets up to which a file is written anew at once: less than a second in which others wait.
SMALL = 8_000_000
_DUE: Final = "scrub due"
#: Pages of the index that one step merges; about 40 ms in which others wait.
_PAGES: Final = 200
_LONGEST_PAUSE: Final = 0.05
_INDEX: Final = "INSERT INTO message_text(message_text, rank) VALUES ('merge', ?)"

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]

log = logging.getLogger(__name__)


def nothing(_done: int, _total: int) -> None:
    """Progress that nobody looks at."""


def never() -> bool:
    """A work that nobody cancels."""
    return False


def size(store: Store) -> int:
    """Octets of the database file."""
    return (store.folder / DATABASE_NAME).stat().st_size


def lacking(store: Store) -> str:
    """A sentence where the disk has no room to erase anything; "" where it has.

    Asked before anything is changed: for a small file a second copy and its log, for a large one the merged
    index and the log, a quarter of the file.
    """
    octets = size(store)
    needed = 2.2 * octets + 2_000_000 if octets <= SMALL else 0.25 * octets + 20_000_000
    free = shutil.disk_usage(store.folder).free
    if free >= needed:
        return ""
    return (
        f"There is not enough room on the disk: this needs {needed / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB "
        "are free. Nothing was erased. Make room, then try again."
    )


def pause(began: float) -> None:
    """Let whoever waits to write go first: as long as the step took that ``began`` (monotonic seconds)."""
    time.sleep(min(time.monotonic() - began, _LONGEST_PAUSE))


# -- what is due -----------------------------------------------------------------------------------


def note_due(unit: Unit) -> None:
    """The file is to be written anew; also if the program ends before that is done."""
    s = t.office_setting
    if not unit.conn.execute(sa.update(s).where(s.c.key == _DUE).values(value="true")).rowcount:
        unit.conn.execute(sa.insert(s).values(key=_DUE, value="true"))


def due(store: Store) -> bool:
    """Whether something was erased and the file was not yet written anew since."""
    with store.read() as conn:
        query = sa.select(t.office_setting.c.value).where(t.office_setting.c.key == _DUE)
        return conn.execute(query).first() is not None


def finish(store: Store, progress: Progress = nothing, cancelled: Cancelled = never) -> bool:
    """Take what was erased out of the file; True where nothing of it can be left in it or beside it.

    False where the rest is done at the next start: the file is large, another program reads it, the disk is
    full, or ``cancelled``. The rows themselves are gone by then.
    """
    try:
        clean = scrub(store, progress, cancelled)
    except (sa.exc.OperationalError, driver.dbapi().OperationalError, OSError) as error:
        log.warning("the file was not written anew: %s", type(error).__name__)
        clean = False
    with store.write() as unit:
        if clean:
            unit.conn.execute(sa.delete(t.office_setting).where(t.office_setting.c.key == _DUE))
        else:
            note_due(unit)
    return clean


def scrub(store: Store, progress: Progress = nothing, cancelled: Cancelled = never) -> bool:
    """The same, without keeping whether it is due."""
    remove_copies(store.folder)
    merged = _merge_index(store, progress, cancelled)
    whole = merged and size(store) <= SMALL
    if whole:
        raw = store.engine.raw_connection()
        try:
            raw.cursor().execute("VACUUM")
        finally:
            raw.close()
    return _empty_log(store) and whole


def _merge_index(store: Store, progress: Progress, cancelled: Cancelled) -> bool:
    """Merge the search index into one piece, which holds nothing of what was deleted (sqlite.org/fts5.html
    6.8); False where it was cancelled before the end."""
    with store.read() as conn:
        blocks = int(conn.exec_driver_sql("SELECT count(*) FROM message_text_data").scalar_one())
    steps, pages = max(1, blocks // _PAGES), -_PAGES
    for step in range(50 * steps + 100):
        if cancelled():
            return False
        began = time.monotonic()
        with store.write() as unit:
            raw: Any = unit.conn.connection.dbapi_connection
            before = raw.total_changes
            unit.conn.exec_driver_sql(_INDEX, (pages,))
            moved = raw.total_changes - before
        if moved < 2:
            break
        pages = _PAGES
        progress(min(step + 1, steps), steps + 1)
        pause(began)
    return True


def _empty_log(store: Store) -> bool:
    """Move the write-ahead log into the file while others go on, then cut it off; False if somebody reads it.

    Cutting waits for nobody: it would keep every writer out for as long.
    """
    raw = store.engine.raw_connection()
    try:
        cursor = raw.cursor()
        for _try in range(20):
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            cursor.execute("PRAGMA busy_timeout=0").fetchall()
            try:
                if not cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    return True
            finally:
                cursor.execute("PRAGMA busy_timeout=5000").fetchall()
            time.sleep(_LONGEST_PAUSE)
        return False
    finally:
        raw.close()


# -- at the start, before any line is open ---------------------------------------------------------


def write_anew(
    folder: Path, key: bytes | None, progress: Progress = nothing, cancelled: Cancelled = never
) -> None:
    """Write the file anew where that is due, beside the old one, which it replaces when it is whole.

    Nobody may have the data open. ``progress`` gets octets done and in all; ``cancelled`` is heard until the
    new file takes its place. Raises :class:`~app.store.engine.StoreError` with a sentence: the old file
    stays then, and it stays due.
    """
    store = open_store(folder, key)
    try:
        merged = _merge_index(store, nothing, cancelled)
        remove_copies(folder)
    finally:
        store.close()
    if not merged:
        raise encrypting.CancelledError("Cancelled. The data is as it was before.")
    encrypting.rewrite(folder, key, progress, cancelled)
    store = open_store(folder, key)
    try:
        with store.write() as unit:
            unit.conn.execute(sa.delete(t.office_setting).where(t.office_setting.c.key == _DUE))
    finally:
        store.close()


def try_write_anew(
    folder: Path, key: bytes | None, progress: Progress = nothing, cancelled: Cancelled = never
) -> str:
    """The same; returns why it could not be done, "" when it is."""
    try:
        write_anew(folder, key, progress, cancelled)
    except StoreError as error:
        return str(error)
    return ""


def copies(folder: Path) -> list[Path]:
    """Copies of the database from before changes of schema."""
    return list((folder / "backups").glob("before-*.db"))


def remove_copies(folder: Path) -> None:
    """Remove them: they hold whoever was erased since."""
    for copy in copies(folder):
        with contextlib.suppress(FileNotFoundError):
            copy.unlink()
