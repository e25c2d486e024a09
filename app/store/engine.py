"""One database of one workspace: opening, transactions, and events after the commit."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from app.store import driver
from app.store.events import ChangedElsewhere, Event
from app.store.prepared import Prepared, run_plain

log = logging.getLogger(__name__)

DATABASE_NAME = "p2ptext.db"
RESERVE_NAME = "reserve.bin"
RESERVE_BYTES = 1024 * 1024
APPLICATION_ID = 0x70327074  # "p2pt"

T = TypeVar("T")

#: The key in office_setting of a workspace that was handed over; its value says to what.
AWAY = "handed_over"
_BEGIN = "p2p_begin"
_DATA_VERSION = Prepared(sa.text("PRAGMA data_version"))
_AWAY_WORDS = (
    "This data was handed over to another computer, so nothing leaves from here. If the package was never "
    "unpacked, a manager can take it back at the top of the window"
)


class StoreError(Exception):
    """The database cannot be used; the text says what happened, what was kept and what to do."""


class LockedError(StoreError):
    """The database is encrypted and no key was given."""


class Unit:
    """One write transaction: run statements on ``conn``, ``publish`` what they changed.

    The events reach the subscribers after the commit, in order; with a rollback they are dropped.
    """

    __slots__ = ("_events", "conn")

    def __init__(self, conn: sa.Connection) -> None:
        self.conn = conn
        self._events: list[Event] = []

    def publish(self, *events: Event) -> None:
        """Say what this transaction changes."""
        self._events.extend(events)

    @property
    def events(self) -> tuple[Event, ...]:
        """What was published so far."""
        return tuple(self._events)


class Store:
    """The database of one data folder. Safe to use from any thread; a write waits for the one before it."""

    def __init__(self, folder: Path, engine: sa.Engine) -> None:
        self.folder = folder
        self.engine = engine
        self._writer = threading.RLock()
        self._subscribers: list[Callable[[Event], None]] = []
        self._own = threading.local()
        self._seen_version = self._file_version()
        self._elsewhere = False
        #: While the window is locked: no press is taken as a click then.
        self.locked = False
        #: Why no press is taken here, as a sentence: the data was handed over. "" = it was not.
        self.away = ""

    def look_away(self) -> None:
        """Read anew whether the data was handed over."""
        query = sa.text("SELECT value FROM office_setting WHERE key = :key")
        with self.read() as conn:
            gone = conn.execute(query, {"key": AWAY}).scalar()
        self.away = "" if gone is None else _AWAY_WORDS

    # -- transactions -------------------------------------------------------------------------

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A consistent view; writes through it are refused by the database."""
        with self._connection("BEGIN") as conn, conn.begin():
            yield conn

    @contextlib.contextmanager
    def write(self) -> Iterator[Unit]:
        """One transaction that takes the write lock at once, so that what it reads cannot change under it."""
        with self._writer:
            with self._connection("BEGIN IMMEDIATE") as conn, conn.begin():
                self._elsewhere |= self._file_version() != self._seen_version
                unit = Unit(conn)
                yield unit
            self._seen_version = self._file_version()
        for event in unit.events:
            self._publish(event)

    @contextlib.contextmanager
    def own_connection(self) -> Iterator[None]:
        """Keep one connection for this thread: its caches stay warm, and :meth:`mark` works on it."""
        with self.engine.connect() as conn:
            self._own.conn = conn
            try:
                yield
            finally:
                self._own.conn = None

    @contextlib.contextmanager
    def _connection(self, begin: str) -> Iterator[sa.Connection]:
        own: sa.Connection | None = getattr(self._own, "conn", None)
        if own is not None and not own.in_transaction():
            own.info[_BEGIN] = begin
            yield own
            return
        with self.engine.connect() as conn:
            conn.info[_BEGIN] = begin
            yield conn

    def mark(self) -> int | None:
        """What :meth:`untouched` compares with, taken inside a write of a thread with its own connection.

        None where the database has no such thing or the thread has no connection of its own.
        """
        own: sa.Connection | None = getattr(self._own, "conn", None)
        if own is None or own.dialect.name != "sqlite":
            return None
        (row,) = _DATA_VERSION.rows(own)
        return int(row[0])

    def untouched(self, mark: int | None) -> bool:
        """Whether nobody but this thread's own connection has committed anything since ``mark``.

        SQLite's data_version counts the commits of every other connection, other programs' included.
        """
        return mark is not None and self.mark() == mark

    def write_vital(self, work: Callable[[Unit], T]) -> T:
        """Run ``work`` in a write transaction that may use the disk reserve.

        For what must not be lost when the disk is full: received texts, opt-outs and the outcome of a
        send. ``work`` may run twice; the first run was rolled back by then.
        """
        try:
            with self.write() as unit:
                return work(unit)
        except sa.exc.OperationalError as error:
            if not _disk_full(error) or not self._free_reserve():
                raise
        with self.write() as unit:
            return work(unit)

    # -- events -------------------------------------------------------------------------------

    def subscribe(self, receiver: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``receiver`` with every event, on the thread that committed. Returns the way to stop."""
        self._subscribers.append(receiver)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self._subscribers.remove(receiver)

        return stop

    def announce(self, *events: Event) -> None:
        """Publish what changed outside the database, such as a line's signal."""
        for event in events:
            self._publish(event)

    def _publish(self, event: Event) -> None:
        for receiver in tuple(self._subscribers):
            try:
                receiver(event)
            except Exception:  # one broken reader must not keep the news from the others
                log.exception("a subscriber failed on %s", type(event).__name__)

    def check_elsewhere(self) -> None:
        """Publish ``ChangedElsewhere`` if another process has written since the last call."""
        with self._writer:
            version = self._file_version()
            elsewhere = self._elsewhere or version != self._seen_version
            self._seen_version, self._elsewhere = version, False
        if elsewhere:
            self._publish(ChangedElsewhere())

    def _file_version(self) -> int:
        # PRAGMA data_version would count our own threads' writes as well; the time of the last write
        # to the file, noted after each write of ours, tells the others' apart.
        return _last_write(self.folder)

    # -- the disk -----------------------------------------------------------------------------

    def make_reserve(self) -> None:
        """Put the reserve file back when there is room for it."""
        path = self.folder / RESERVE_NAME
        if path.exists():
            return
        with contextlib.suppress(OSError):
            path.write_bytes(os.urandom(RESERVE_BYTES))
            path.chmod(0o600)

    def _free_reserve(self) -> bool:
        try:
            (self.folder / RESERVE_NAME).unlink()
        except OSError:
            return False
        log.warning("the disk is full: the reserve was freed for what must not be lost")
        return True

    def tidy(self) -> None:
        """Move the write-ahead log into the database, as far as nobody is in the way; for idle moments."""
        with contextlib.suppress(sa.exc.OperationalError), self.engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Close every connection. Idempotent."""
        self.engine.dispose()


def _last_write(folder: Path) -> int:
    try:
        wal = folder / (DATABASE_NAME + "-wal")
        target = wal if wal.exists() else folder / DATABASE_NAME
        return target.stat().st_mtime_ns
    except OSError:
        return 0


def _disk_full(error: sa.exc.OperationalError) -> bool:
    return "full" in str(error.orig)


def sqlite_version() -> driver.Version:
    """The version of the SQLite that the store runs on."""
    info = driver.dbapi().sqlite_version_info
    return (int(info[0]), int(info[1]), int(info[2]))


def make_engine(path: Path, *, key: bytes | None = None, version: driver.Version | None = None) -> sa.Engine:
    """An engine for ``path`` with the pragmas of this SQLite; ``version`` lets a test force a branch.

    ``key`` is the 32 octets that the file is encrypted with, None for a plain one. Raises
    :class:`StoreError` where a key is given and encryption is not available.
    """
    if key is not None and not driver.can_encrypt():
        raise StoreError(driver.NO_CIPHER)
    module = driver.dbapi()
    pragmas = (*driver.key_pragmas(key), *driver.journal_pragmas(version or sqlite_version()))

    def connect() -> Any:
        connection = module.connect(str(path), timeout=5.0, check_same_thread=False, isolation_level=None)
        cursor = connection.cursor()
        for pragma in (*pragmas, *driver.COMMON_PRAGMAS):
            cursor.execute(pragma)
        cursor.close()
        return connection

    engine = sa.create_engine(
        "sqlite+pysqlite://",
        creator=connect,
        module=module,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=8,
        pool_use_lifo=True,
    )

    @sa.event.listens_for(engine, "begin")
    def begin(conn: sa.Connection) -> None:
        options = conn.get_execution_options()
        run_plain(conn, options.get(_BEGIN) or conn.info.pop(_BEGIN, "BEGIN"))

    return engine


def open_store(folder: Path, key: bytes | None = None) -> Store:
    """Open the workspace in ``folder``, making or migrating its database.

    ``key`` is the database's key where a passphrase is set (:mod:`app.store.keys`), else None. The folder
    is private (0700) and the files 0600. Raises :class:`LockedError` when a key is missing and
    :class:`StoreError` with a sentence for a person when the database cannot be used.
    """
    from app.store.migrate import upgrade

    prepare_folder(folder)
    path = folder / DATABASE_NAME
    _check_key(path, key)
    engine = make_engine(path, key=key)
    try:
        upgrade(engine, path)
    except sa.exc.DatabaseError as error:
        engine.dispose()
        raise StoreError(_why_not(path, key, str(error.orig))) from error
    if driver.is_encrypted(path) != (key is not None):
        # Another p2ptext set or removed the passphrase just now, and this is the file from before.
        engine.dispose()
        raise StoreError("The passphrase was set or removed just now. Nothing was changed. Try again.")
    make_private(folder)
    store = Store(folder, engine)
    store.look_away()
    store.make_reserve()
    return store


def _check_key(path: Path, key: bytes | None) -> None:
    """Raise where the key that was given, or its absence, cannot be right."""
    from app.store import keys

    needed = keys.needed(path.parent)
    if needed and key is None:
        raise LockedError(
            f"The data in {path.parent} is encrypted and was not opened. Nothing was changed. "
            "Its passphrase opens it."
        )
    if key is not None and not needed:
        raise StoreError(
            "This data is not encrypted, so it needs no passphrase. Nothing was changed. Try again."
        )


def _why_not(path: Path, key: bytes | None, error: str) -> str:
    if "locked" in error:
        return (
            f"The database {path.name} is in use by another p2ptext, which may be setting or removing its "
            "passphrase. Nothing was changed. Try again in a moment."
        )
    words = (
        f"The database {path.name} cannot be read ({error}). Nothing in it was changed. "
        "Put a copy of the data folder aside before anything else, then restore a backup."
    )
    if key is None and driver.is_encrypted(path):
        words += (
            " If a passphrase was set: the file that holds the key, key.json, is missing. "
            "Put it back from a copy of the data folder; without it nobody can read the data."
        )
    elif key is not None:
        words += " If key.json was copied from another folder, put this folder's own back."
    return words


def prepare_folder(folder: Path) -> None:
    """Make the data folder private. Raises :class:`StoreError` where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        raise StoreError(
            f"The data folder {folder} cannot be used: {error.strerror}. Nothing was written. "
            "Choose another folder with --data."
        ) from error


def make_private(folder: Path) -> None:
    """Give every file of the workspace mode 0600 and every folder 0700."""
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            if not path.is_symlink():
                path.chmod(0o700 if path.is_dir() else 0o600)
