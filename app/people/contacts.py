"""The people that we know: pages of them, one of them, changing and adding; and the lists they came in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.clock import Clock
from app.people.numbers import display, parse
from app.people.optouts import escaped
from app.people.person import clean, split_name, zone
from app.store import tables as t
from app.store.engine import Store
from app.store.events import ContactsChanged

CHANGEABLE = ("name", "first_name", "last_name", "time_zone", "consent_source", "consent_at", "fields")


class ContactError(ValueError):
    """A change that cannot be made; the text is for a person. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A person in a long list. ``last_at``: UTC seconds of the last text in either direction, or None."""

    id: int
    number: str
    name: str
    opted_out: bool
    last_at: float | None


@dataclass(frozen=True, slots=True)
class Contact:
    """All that is known of a person. ``fields`` are the lists' own columns."""

    id: int
    number: str
    name: str
    first_name: str
    last_name: str
    time_zone: str
    fields: dict[str, str]
    consent_source: str
    consent_at: float | None
    created_at: float
    updated_at: float
    opted_out: bool


@dataclass(frozen=True, slots=True)
class ListRow:
    """An imported list: its name, when (UTC seconds), its own columns and how many people are on it."""

    id: int
    name: str
    created_at: float
    columns: tuple[str, ...]
    people: int


_OUT = (
    sa.select(t.opt_out.c.id)
    .where(t.opt_out.c.number == t.contact.c.number, t.opt_out.c.lifted_at.is_(None))
    .correlate(t.contact)
    .exists()
)
_LAST = (
    sa.select(t.conversation.c.last_at)
    .where(t.conversation.c.number == t.contact.c.number)
    .correlate(t.contact)
    .scalar_subquery()
)


def page(
    store: Store,
    *,
    query: str = "",
    after: tuple[str, int] | None = None,
    limit: int = 100,
    list_id: int | None = None,
) -> tuple[ContactRow, ...]:
    """People by name; ``after`` is (name, id) of the last one of the page before."""
    c = t.contact.c
    select = sa.select(c.id, c.number, c.name, _OUT, _LAST).order_by(c.name, c.id).limit(limit)
    select = _narrowed(select, query, list_id)
    if after is not None:
        select = select.where(sa.tuple_(c.name, c.id) > sa.tuple_(*after))
    with store.read() as conn:
        return tuple(ContactRow(row[0], row[1], row[2], bool(row[3]), row[4]) for row in conn.execute(select))


def count(store: Store, query: str = "", list_id: int | None = None) -> int:
    """How many people :func:`page` goes through."""
    select = _narrowed(sa.select(sa.func.count()).select_from(t.contact), query, list_id)
    with store.read() as conn:
        return int(conn.execute(select).scalar_one())


def _narrowed(select: sa.Select[Any], query: str, list_id: int | None) -> sa.Select[Any]:
    if list_id is not None:
        members = sa.select(t.list_member.c.contact_id).where(t.list_member.c.list_id == list_id)
        select = select.where(t.contact.c.id.in_(members))
    words = query.strip()
    if not words:
        return select
    by_name = t.contact.c.name.ilike(f"%{escaped(words)}%", escape="\\")
    digits = "".join(character for character in words if character.isdecimal())
    if not digits:
        return select.where(by_name)
    return select.where(sa.or_(by_name, t.contact.c.number.like(f"%{digits}%")))


def get(store: Store, contact_id: int) -> Contact | None:
    """One person, or None when there is none with that id."""
    with store.read() as conn:
        return _one(conn, t.contact.c.id == contact_id)


def by_number(conn: sa.Connection, number: str) -> Contact | None:
    """The person with that number (E.164), within a transaction."""
    return _one(conn, t.contact.c.number == number)


def _one(conn: sa.Connection, which: sa.ColumnElement[bool]) -> Contact | None:
    row = conn.execute(sa.select(t.contact, _OUT.label("out")).where(which)).first()
    if row is None:
        return None
    return Contact(
        row.id,
        row.number,
        row.name,
        row.first_name,
        row.last_name,
        row.time_zone,
        fields_of(row.fields),
        row.consent_source,
        row.consent_at,
        row.created_at,
        row.updated_at,
        bool(row.out),
    )


def fields_of(text: str) -> dict[str, str]:
    """The fields column as text values; {} when it is not what we write."""
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}


def save(store: Store, clock: Clock, contact_id: int, changes: Mapping[str, Any]) -> Contact:
    """Change a person's ``CHANGEABLE`` columns; ``fields`` replaces all of them. The number stays what it is.

    Raises :class:`ContactError`.
    """
    unknown = [key for key in changes if key not in CHANGEABLE]
    if unknown:
        raise ContactError(f"{unknown[0]!r} cannot be changed here.")
    with store.write() as unit:
        before = _one(unit.conn, t.contact.c.id == contact_id)
        if before is None:
            raise ContactError("This person is no longer there.")
        values = _checked(changes)
        if "name" not in values and ("first_name" in values or "last_name" in values):
            first = values.get("first_name", before.first_name)
            last = values.get("last_name", before.last_name)
            values["name"] = f"{first} {last}".strip()
        values["updated_at"] = clock.now()
        unit.conn.execute(sa.update(t.contact).where(t.contact.c.id == contact_id).values(**values))
        after = _one(unit.conn, t.contact.c.id == contact_id)
        unit.publish(ContactsChanged())
    if after is None:
        raise ContactError("This person is no longer there.")
    return after


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in changes.items():
        if key == "fields":
            values[key] = json.dumps(
                {clean(str(k)): clean(str(v)) for k, v in value.items()}, ensure_ascii=False
            )
        elif key == "consent_at":
            values[key] = None if value is None else float(value)
        elif key == "time_zone":
            values[key] = _zone(str(value))
        else:
            values[key] = clean(str(value))[:500]
    return values


def _zone(text: str) -> str:
    found = zone(text.strip())
    if text.strip() and not found:
        raise ContactError(
            f"There is no time zone {text!r}. Use one like America/Chicago, or leave it empty."
        )
    return found


def add(
    store: Store,
    clock: Clock,
    number: str,
    name: str = "",
    *,
    country: str = "",
    **more: Any,
) -> int:
    """Add one person by hand; returns the id. ``more`` are further ``CHANGEABLE`` columns.

    Raises :class:`~app.people.numbers.NumberError`, or :class:`ContactError` when the number is known.
    """
    normal = parse(number, country)
    values = _checked({"name": name, **more})
    if values["name"] and not values.get("first_name"):
        values["first_name"], values["last_name"] = split_name(values["name"], values.get("last_name", ""))
    elif not values["name"]:
        values["name"] = f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
    now = clock.now()
    with store.write() as unit:
        known = _one(unit.conn, t.contact.c.number == normal)
        if known is not None:
            raise ContactError(f"{display(normal)} is known already: {known.name or 'no name'}.")
        key = unit.conn.execute(
            sa.insert(t.contact).values(number=normal, created_at=now, updated_at=now, **values)
        ).inserted_primary_key
        unit.publish(ContactsChanged())
    if key is None:
        raise ContactError("The person could not be added.")
    return int(key[0])


def lists(store: Store, limit: int = 500) -> tuple[ListRow, ...]:
    """The imported lists, newest first."""
    lst = t.people_list.c
    people = (
        sa.select(sa.func.count())
        .where(t.list_member.c.list_id == lst.id)
        .correlate(t.people_list)
        .scalar_subquery()
    )
    select = (
        sa.select(lst.id, lst.name, lst.created_at, lst.columns, people).order_by(lst.id.desc()).limit(limit)
    )
    with store.read() as conn:
        return tuple(
            ListRow(row[0], row[1], row[2], tuple(json.loads(row[3])), int(row[4]))
            for row in conn.execute(select)
        )
