"""For every test: a new database is a copy of the first that was made, where migrations are not the matter."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.store import driver, migrate

#: Here the migrations themselves are tried.
MIGRATES = "tests/app/store/"


class _Copies:
    """Runs the migrations once; what they made is copied into each database that is new after that."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._made: Any = None  # a connection to what the migrations made, in memory
        self._lock = threading.Lock()

    def run(self, engine: sa.Engine, directory: Any) -> None:
        plain_and_new = self._is_plain_and_new(engine)
        if not plain_and_new or os.environ.get("PYTEST_CURRENT_TEST", "").startswith(MIGRATES):
            self._run(engine, directory)
            return
        with self._lock:
            if self._made is None:
                self._run(engine, directory)
                self._made = driver.dbapi().connect(":memory:", check_same_thread=False)
                _backup(engine, self._made, into_file=False)
            else:
                _backup(engine, self._made, into_file=True)

    def _is_plain_and_new(self, engine: sa.Engine) -> bool:
        with engine.connect() as conn:
            path = conn.exec_driver_sql("PRAGMA database_list").first().file
            keyed = bool(path) and driver.is_encrypted(Path(path))
            return not keyed and conn.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0


def _backup(engine: sa.Engine, made: Any, *, into_file: bool) -> None:
    raw = engine.raw_connection()
    try:
        if into_file:
            made.backup(raw.driver_connection)
        else:
            raw.driver_connection.backup(made)
    finally:
        raw.close()


@pytest.fixture(scope="session", autouse=True)
def new_databases_are_copied() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "_run", _Copies(migrate._run).run)
        yield
