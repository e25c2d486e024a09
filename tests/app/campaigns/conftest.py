"""A store with one line, a clock at noon in Chicago, lists of people and drafts for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.campaigns import campaign
from app.clock import FixedClock
from app.store.engine import Store, open_store
from app.store.tables import contact, line, list_member, people_list

#: Friday, 24 April 2026.
NOON = datetime(2026, 4, 24, 12, tzinfo=ZoneInfo("America/Chicago")).timestamp()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    with opened.write() as unit:
        unit.conn.execute(sa.insert(line).values(name="Office", url="x", created_at=0))
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def crowd(store: Store) -> Callable[..., int]:
    """``crowd(*rows)``: a list; a row's keys that are no column of a contact are fields of the list."""
    plain = {c.name for c in contact.c} - {"fields"}

    def make(*rows: dict[str, Any]) -> int:
        columns = list(dict.fromkeys(key for row in rows for key in row if key not in plain))
        with store.write() as unit:
            key = int(
                unit.conn.execute(
                    sa.insert(people_list).values(name="May.csv", created_at=0, columns=json.dumps(columns))
                ).inserted_primary_key[0]
            )
            for position, row in enumerate(rows):
                values = {
                    "number": f"+1312555{1000 * key + position:04d}",
                    "name": row.get("first_name", ""),
                    "created_at": 0,
                    "updated_at": 0,
                    **{name: value for name, value in row.items() if name in plain},
                    "fields": json.dumps({name: row[name] for name in columns if name in row}),
                }
                person = unit.conn.execute(sa.insert(contact).values(**values)).inserted_primary_key[0]
                unit.conn.execute(
                    sa.insert(list_member).values(list_id=key, position=position, contact_id=person)
                )
        return key

    return make


@pytest.fixture
def drafted(store: Store, clock: FixedClock) -> Callable[..., int]:
    """``drafted(list_id, template)``: a draft's id."""

    def make(list_id: int | None, template: str, **values: Any) -> int:
        given = {"name": "Spring", "texter": "Dana", "operator": "Dana", **values}
        return campaign.create(store, clock, list_id=list_id, template=template, **given)

    return make
