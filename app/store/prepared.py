"""Statements for the few places where a modem waits: compiled once, then given to the driver as they are.

SQLAlchemy builds and caches each of them; running one through it costs ten times what SQLite takes. The same
statement goes the usual way on any engine but SQLite, so nobody needs to know which it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

_CURSOR = "p2p_cursor"


class Prepared:
    """One statement of SQLAlchemy Core whose values are all ``bindparam`` with a name of their own.

    Rows are plain tuples in the order of its columns; a Boolean column gives 0 or 1. What the driver raises
    comes out as SQLAlchemy's own errors.
    """

    __slots__ = ("_defaults", "_order", "_sql", "columns", "statement")

    def __init__(self, statement: sa.sql.ClauseElement) -> None:
        self.statement = statement
        self.columns: tuple[str, ...] = tuple(
            column.key for column in getattr(statement, "exported_columns", ()) or ()
        )
        self._sql = ""
        self._order: tuple[str, ...] = ()
        self._defaults: dict[str, Any] = {}

    def rows(self, conn: sa.Connection, **values: Any) -> Sequence[Sequence[Any]]:
        """Run it and fetch every row."""
        cursor = self._execute(conn, values)
        found: Sequence[Sequence[Any]] = cursor.fetchall()
        return found

    def first(self, conn: sa.Connection, **values: Any) -> Sequence[Any] | None:
        """Run it and fetch the first row; None when there is none."""
        rows = self.rows(conn, **values)
        return rows[0] if rows else None

    def mapping(self, conn: sa.Connection, **values: Any) -> dict[Any, Any] | None:
        """The first row by its columns' names; None when there is none."""
        row = self.first(conn, **values)
        return None if row is None else dict(zip(self.columns, row, strict=True))

    def run(self, conn: sa.Connection, **values: Any) -> int:
        """Run it for what it changes; how many rows it touched."""
        return int(self._execute(conn, values).rowcount)

    def _execute(self, conn: sa.Connection, values: dict[str, Any]) -> Any:
        if conn.dialect.name != "sqlite":
            return conn.execute(self.statement, values)  # type: ignore[call-overload]
        if not self._sql:
            self._compile(conn)
        wanted = {**self._defaults, **values} if self._defaults else values
        bound = tuple([wanted[name] for name in self._order])
        cursor = _cursor(conn)
        try:
            cursor.execute(self._sql, bound)
        except conn.dialect.dbapi.Error as error:  # type: ignore[union-attr]
            raise sa.exc.DBAPIError.instance(
                self._sql,
                bound,
                error,
                conn.dialect.dbapi.Error,  # type: ignore[union-attr]
            ) from error
        return cursor

    def _compile(self, conn: sa.Connection) -> None:
        compiled: Any = self.statement.compile(dialect=conn.dialect)
        self._order = tuple(compiled.positiontup or ())
        self._defaults = {name: value for name, value in compiled.params.items() if value is not None}
        self._sql = str(compiled)


def run_plain(conn: sa.Connection, sql: str) -> None:
    """Give the driver one statement without values."""
    _run(conn, sql, ())


def _run(conn: sa.Connection, sql: str, bound: tuple[Any, ...]) -> Any:
    cursor = _cursor(conn)
    error_type: type[Exception] = conn.dialect.dbapi.Error  # type: ignore[union-attr]
    try:
        cursor.execute(sql, bound)
    except error_type as error:
        raise sa.exc.DBAPIError.instance(sql, bound, error, error_type) from error
    return cursor


def _cursor(conn: sa.Connection) -> Any:
    """The driver's cursor kept for this connection; making one takes longer than a statement."""
    info = conn.info
    cursor = info.get(_CURSOR)
    if cursor is None:
        cursor = info[_CURSOR] = conn.connection.cursor()
    return cursor
