"""Small helpers over the tables that every file of this room uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.store.events import MessageChanged
from app.store.prepared import Prepared
from app.store.tables import message

Row = Mapping[Any, Any]


def changed(row: Row) -> MessageChanged:
    """The event that says that this row of ``message`` changed."""
    return MessageChanged(row["id"], row["number"], row["campaign_id"], row["conversation_id"])


_MESSAGE = Prepared(sa.select(message).where(message.c.id == sa.bindparam("key")))


def message_row(conn: sa.Connection, message_id: int | None) -> Row | None:
    """The message of that id as a mapping; None when there is none."""
    return _MESSAGE.mapping(conn, key=message_id)


def insert(conn: sa.Connection, table: sa.Table, **values: Any) -> int:
    """Insert one row and return its ``id``."""
    return int(conn.execute(sa.insert(table).values(**values).returning(table.c.id)).scalar_one())
