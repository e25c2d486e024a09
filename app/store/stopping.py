"""Readings that end early when nobody wants their result any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

#: Steps of SQLite's machine between two questions; about a millisecond.
_STEPS = 20_000


class Stopped(Exception):
    """The reading was stopped: there is no result, and nothing went wrong."""


@contextmanager
def stoppable(conn: sa.Connection, stopped: Callable[[], bool] | None) -> Iterator[None]:
    """Ask ``stopped`` about once a millisecond while statements run; raises :class:`Stopped` when it says so.

    An engine that cannot be asked finishes what it does.
    """
    raw: Any = conn.connection.dbapi_connection
    if stopped is None or not hasattr(raw, "set_progress_handler"):
        yield
        return
    raw.set_progress_handler(lambda: int(stopped()), _STEPS)
    try:
        if stopped():
            raise Stopped
        yield
    except sa.exc.OperationalError as error:
        if stopped():
            raise Stopped from error
        raise
    finally:
        raw.set_progress_handler(None, 0)
