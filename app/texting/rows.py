"""Small helpers over the tables that every file of this room uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.store.events import MessageChanged
from app.store.prepared import Prepared
from app.store.tables import message

Row = Mapping[Any, Any]
#: SQL that lets the database use the small index of what is under way.
UNDER_WAY = "message.state IN ('clicked', 'sending')"


def changed(row: Row) -> MessageChanged:
    """The event that says that this row of ``message`` changed."""
    return MessageChanged(row["id"], row["number"], row["campaign_id"], row["conversation_id"])


_MESSAGE = Prepared(sa.select(message).where(message.c.id == sa.bindparam("key")))


def message_row(conn: sa.Connection, message_id: int | None) -> Row | None:
    """The message of that id as a mapping; None when there is none."""
    return _MESSAGE.mapping(conn, key=message_id)


_inserts: dict[tuple[str, ...], Prepared] = {}


def insert(conn: sa.Connection, table: sa.Table, **values: Any) -> int:
    """Insert one row and return its ``id``."""
    kind = (table.name, *values)
    statement = _inserts.get(kind)
    if statement is None:
        given: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in values}
        statement = _inserts[kind] = Prepared(sa.insert(table).values(given).returning(table.c.id))
    (row,) = statement.rows(conn, **{f"new_{name}": value for name, value in values.items()})
    return int(row[0])
