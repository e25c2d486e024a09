"""The people that we know: pages of them, one of them, changing and adding; and the lists they came in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.clock import Clock
from app.people import beside, consents, fieldtypes
from app.people.fields import MONTH_FIRST
from app.people.finding import Filter, Order, narrowed, shown_value, sort_key
from app.people.numbers import NumberError, display, parse
from app.people.person import MAX_NOTES, clean, split_name, typed, zone
from app.store import tables as t
from app.store.engine import Store
from app.store.events import ContactsChanged

CHANGEABLE = (
    "name", "first_name", "last_name", "time_zone", "language", "notes", "consent_source", "consent_at",
    "consent_wording", "consent_frequency", "consent_until", "fields", "tags", "other_numbers",
)  # fmt: skip
_LENGTHS = {"notes": MAX_NOTES, "consent_wording": 2000}


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
    tags: tuple[str, ...] = ()
    value: str = ""  # of the field that they are ordered by
    place: Any = ""  # with the id: where the next page begins


@dataclass(frozen=True, slots=True)
class Contact:
    """All that is known of a person. ``fields`` are the lists' own columns as shown, ``raw_fields`` as
    written where that differs; ``other_numbers`` (E.164) are never texted."""

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
    notes: str = ""
    language: str = ""
    consent_wording: str = ""
    consent_frequency: str = ""
    consent_until: float | None = None
    tags: tuple[str, ...] = ()
    other_numbers: tuple[str, ...] = ()
    raw_fields: dict[str, str] = field(default_factory=dict)


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
    after: tuple[Any, int] | None = None,
    limit: int = 100,
    list_id: int | None = None,
    tag_id: int | None = None,
    order: Order = Order(),  # noqa: B008  frozen
) -> tuple[ContactRow, ...]:
    """People by name or by a field; ``after`` is (place, id) of the last one of the page before."""
    c, key = t.contact.c, sort_key(order)
    columns = (c.id, c.number, c.name, _OUT, _LAST, shown_value(order), key)
    select = sa.select(*columns).order_by(key, c.id).limit(limit)
    select = narrowed(select, Filter(query, tag_id, list_id))
    if after is not None:
        select = select.where(sa.tuple_(key, c.id) > sa.tuple_(*after))
    with store.read() as conn:
        rows = conn.execute(select).all()
        tags = beside.tags_of_many(conn, [row[0] for row in rows])
    return tuple(
        ContactRow(
            row[0], row[1], row[2], bool(row[3]), row[4], tags.get(row[0], ()), str(row[5]), row[6]
        )
        for row in rows
    )  # fmt: skip


def count(store: Store, query: str = "", list_id: int | None = None, tag_id: int | None = None) -> int:
    """How many people :func:`page` goes through."""
    select = narrowed(sa.select(sa.func.count()).select_from(t.contact), Filter(query, tag_id, list_id))
    with store.read() as conn:
        return int(conn.execute(select).scalar_one())


def ids(store: Store, wanted: Filter) -> list[int]:
    """Everybody whom a filter leaves."""
    with store.read() as conn:
        return list(conn.execute(narrowed(sa.select(t.contact.c.id), wanted)).scalars())


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
        row.notes,
        row.language,
        row.consent_wording,
        row.consent_frequency,
        row.consent_until,
        beside.tags_of(conn, row.id),
        beside.numbers_of(conn, row.id),
        fields_of(row.raw_fields),
    )


def fields_of(text: str) -> dict[str, str]:
    """The fields column as text values; {} when it is not what we write."""
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}


def save(
    store: Store,
    clock: Clock,
    contact_id: int,
    changes: Mapping[str, Any],
    country: str = "",
    operator: str = "",
) -> Contact:
    """Change a person's ``CHANGEABLE`` columns; ``fields``, ``tags`` and ``other_numbers`` replace all of
    them. The number stays what it is. ``country`` completes numbers and orders the parts of dates; a change
    of consent is noted as ``operator``'s.

    Raises :class:`ContactError`.
    """
    unknown = [key for key in changes if key not in CHANGEABLE]
    if unknown:
        raise ContactError(f"{unknown[0]!r} cannot be changed here.")
    with store.write() as unit:
        before = _one(unit.conn, t.contact.c.id == contact_id)
        if before is None:
            raise ContactError("This person is no longer there.")
        values = _checked({k: v for k, v in changes.items() if k not in ("fields", "tags", "other_numbers")})
        if "fields" in changes:
            values.update(_fields(unit.conn, before, changes["fields"], country))
        if "tags" in changes:
            beside.set_tags(unit.conn, contact_id, changes["tags"])
        if "other_numbers" in changes:
            beside.set_numbers(unit.conn, contact_id, _others(changes["other_numbers"], before, country))
        if "name" not in values and ("first_name" in values or "last_name" in values):
            first = values.get("first_name", before.first_name)
            last = values.get("last_name", before.last_name)
            values["name"] = f"{first} {last}".strip()
        values["updated_at"] = now = clock.now()
        stood = {column: getattr(before, column) for column in consents.COLUMNS}
        consents.note_change(unit.conn, now, before.number, stood, {**stood, **values}, operator)
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
            values.update(_columns({clean(str(k)): clean(str(v)) for k, v in value.items()}, {}, ""))
        elif key in ("consent_at", "consent_until"):
            values[key] = None if value is None else float(value)
        elif key == "time_zone":
            values[key] = _zone(str(value))
        else:
            values[key] = clean(str(value))[: _LENGTHS.get(key, 500)]
    return values


def _fields(conn: sa.Connection, before: Contact, given: Mapping[str, str], country: str) -> dict[str, str]:
    """The columns of fields. What was not changed keeps the text that it was made from."""
    written = {
        clean(str(name)): before.raw_fields[name]
        if name in before.raw_fields and before.fields.get(name) == value
        else clean(str(value))
        for name, value in given.items()
    }
    return _columns(written, fieldtypes.kinds_of(conn), country)


def _columns(written: Mapping[str, str], kinds: Mapping[str, str], country: str) -> dict[str, str]:
    values = ((name, kinds.get(name, "text"), value) for name, value in written.items())
    shown, raw, keys = typed(values, country.upper() in MONTH_FIRST)
    empty = {name: "" for name, value in written.items() if not value}
    return fieldtypes.columns({**shown, **empty}, raw, keys)


def _others(given: Iterable[str], before: Contact, country: str) -> list[str]:
    """Further numbers, checked. Raises :class:`ContactError`."""
    found = []
    for raw in given:
        try:
            number = parse(raw, country)
        except NumberError as error:
            raise ContactError(f"{raw[:40]!r} is no further number of theirs: {error}") from error
        if number != before.number:
            found.append(number)
    return list(dict.fromkeys(found))


def text_instead(store: Store, clock: Clock, contact_id: int, number: str, operator: str = "") -> Contact:
    """Make the further number ``number`` (E.164) the one that is texted; the other is listed from now on.

    Raises :class:`ContactError` where it is another person's, or where messages to the old number wait.
    """
    with store.write() as unit:
        before = _one(unit.conn, t.contact.c.id == contact_id)
        if before is None or number not in before.other_numbers:
            raise ContactError("This number is no longer there.")
        taken = _one(unit.conn, t.contact.c.number == number)
        if taken is not None:
            raise ContactError(f"{display(number)} is known already: {taken.name or 'no name'}.")
        m = t.message.c
        waits = sa.select(m.id).where(
            m.number == before.number, m.state.in_(("queued", "clicked", "sending"))
        )
        if unit.conn.execute(waits.limit(1)).first() is not None:
            raise ContactError("A message to the present number waits on the desk. Send or skip it first.")
        others = [other for other in before.other_numbers if other != number] + [before.number]
        beside.set_numbers(unit.conn, contact_id, others)
        unit.conn.execute(
            sa.update(t.contact)
            .where(t.contact.c.id == contact_id)
            .values(number=number, updated_at=clock.now(), works_since=None)
        )
        after = _one(unit.conn, t.contact.c.id == contact_id)
        stands = {column: getattr(before, column) for column in consents.COLUMNS}
        consents.note_change(unit.conn, clock.now(), number, {}, stands, operator)
        unit.publish(ContactsChanged())
    if after is None:
        raise ContactError("This person is no longer there.")
    return after


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
    operator: str = "",
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
        consents.note_change(unit.conn, now, normal, {}, values, operator)
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
