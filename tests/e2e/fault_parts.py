"""What :mod:`fault_world` is made of: a ledger in memory, a store that dies with its program, a clock."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.campaigns import hours
from app.store.engine import DATABASE_NAME, Store, Unit, make_engine, open_store
from app.store.tables import campaign, line
from modem.emulator.ledger import Ledger

EPOCH = 1_795_000_000.0


class Died(BaseException):
    """The program is no more: nothing catches this."""


class Book(Ledger):
    """The network's ledger, kept in memory with the moment of each event."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(None)
        self._now = now
        self.events: list[dict[str, Any]] = []

    def write(self, event: str, line: int | None = None, **fields: object) -> None:
        self.events.append({"event": event, "t": self._now(), **fields})


def quick_engine(folder: Path) -> sa.Engine:
    """The database as ever, but not waiting for the disk: a program dies here, never the computer."""
    engine = make_engine(folder / DATABASE_NAME)

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return engine


class MortalStore(Store):
    """A store that a dead program cannot use."""

    def __init__(self, folder: Path, engine: sa.Engine, alive: Callable[[], None]) -> None:
        super().__init__(folder, engine)
        self._alive = alive

    @contextlib.contextmanager
    def write(self) -> Iterator[Unit]:
        self._alive()
        with super().write() as unit:
            yield unit

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        self._alive()
        with super().read() as conn:
            yield conn


class Complaints(logging.Handler):
    """What the program logged as an error: nothing may go that way."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        words = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            words += f" ({record.exc_info[1]!r})"
        self.said.append(words)


class AppClock:
    """The world's time as the app asks for it."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic

    def now(self) -> float:
        """UTC seconds since the epoch."""
        return EPOCH + self.monotonic()


def prepare(folder: Path) -> None:
    """A data folder with one line and a running campaign, to be copied for each world."""
    store = open_store(folder)
    with store.write() as unit:
        always = hours.parse("00:00-24:00").to_json()
        unit.conn.execute(
            sa.insert(campaign).values(name="Autumn", state="running", hours=always, created_at=0.0)
        )
        unit.conn.execute(sa.insert(line).values(name="Line", url="/dev/modem", enabled=True, created_at=0.0))
    store.close()
