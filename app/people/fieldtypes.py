"""The kinds of the fields that lists brought: kept by name, changed for everybody at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.people.fields import KINDS, MONTH_FIRST
from app.people.person import typed
from app.store import tables as t
from app.store.engine import Store
from app.store.events import ContactsChanged

_STEP = 2000


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field, its kind, and how many lists brought it."""

    name: str
    kind: str
    lists: int


def kinds(store: Store) -> dict[str, str]:
    """The kind of every field that is known."""
    with store.read() as conn:
        return kinds_of(conn)


def kinds_of(conn: sa.Connection) -> dict[str, str]:
    """The same within a transaction."""
    return {row.name: row.kind for row in conn.execute(sa.select(t.field_type))}


def every(store: Store) -> tuple[FieldRow, ...]:
    """All fields of all lists and those with a kind, by name."""
    with store.read() as conn:
        known = kinds_of(conn)
        found = dict.fromkeys(known, 0)
        for text in conn.execute(sa.select(t.people_list.c.columns)).scalars():
            for name in json.loads(text):
                found[name] = found.get(name, 0) + 1
    return tuple(FieldRow(name, known.get(name, "text"), lists) for name, lists in sorted(found.items()))


def remember(conn: sa.Connection, chosen: Mapping[str, str], country: str) -> None:
    """Keep the kinds that were chosen for a list's fields; where one was another before, it is changed."""
    known = kinds_of(conn)
    for name, kind in chosen.items():
        if known.get(name) == kind:
            continue
        for _done in _convert(conn, name, kind, country):
            pass
        _keep(conn, name, kind)


class _Cancelled(Exception):
    pass


def change(
    store: Store,
    name: str,
    kind: str,
    country: str,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> bool:
    """Make ``name`` of ``kind`` for everybody, from what was written. False: cancelled, nothing changed."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}")
    try:
        with store.write() as unit:
            count = sa.select(sa.func.count()).select_from(t.contact)
            total = int(unit.conn.execute(count).scalar_one())
            for done in _convert(unit.conn, name, kind, country):
                progress(done, total)
                if cancelled():
                    raise _Cancelled
            _keep(unit.conn, name, kind)
            unit.publish(ContactsChanged())
    except _Cancelled:
        return False
    return True


def _keep(conn: sa.Connection, name: str, kind: str) -> None:
    conn.execute(sa.delete(t.field_type).where(t.field_type.c.name == name))
    conn.execute(sa.insert(t.field_type).values(name=name, kind=kind))


def _convert(conn: sa.Connection, name: str, kind: str, country: str) -> Iterator[int]:
    """Show the field ``name`` of everybody as ``kind``; yields how many people were looked at."""
    month_first = country.upper() in MONTH_FIRST
    c = t.contact.c
    after = done = 0
    has = c.fields.contains(json.dumps(name, ensure_ascii=False), autoescape=True)
    while True:
        query = sa.select(c.id, c.fields, c.raw_fields, c.field_keys).where(c.id > after, has)
        rows = conn.execute(query.order_by(c.id).limit(_STEP)).all()
        if not rows:
            return
        changed = [found for row in rows if (found := _changed(row, name, kind, month_first)) is not None]
        if changed:
            conn.execute(sa.update(t.contact).where(c.id == sa.bindparam("whom")), changed)
        after, done = rows[-1].id, done + len(rows)
        yield done


def _changed(row: Any, name: str, kind: str, month_first: bool) -> dict[str, Any] | None:
    shown = json.loads(row.fields)
    if name not in shown:
        return None
    raws, keys = json.loads(row.raw_fields), json.loads(row.field_keys)
    made, raw, key = typed([(name, kind, raws.pop(name, shown[name]))], month_first)
    keys.pop(name, None)
    shown.update(made)
    raws.update(raw)
    keys.update(key)
    return {"whom": row.id, **columns(shown, raws, keys)}


def columns(shown: Mapping[str, str], raw: Mapping[str, str], keys: Mapping[str, float]) -> dict[str, str]:
    """The three columns of a contact that hold its fields."""
    return {
        "fields": json.dumps(dict(shown), ensure_ascii=False),
        "raw_fields": json.dumps(dict(raw), ensure_ascii=False),
        "field_keys": json.dumps(dict(keys)),
    }
