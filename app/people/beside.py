"""What stands beside a person: tags and further numbers, added to many at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from app.store import tables as t
from app.store.engine import Store
from app.store.events import ContactsChanged

MAX_TAG = 60
_CHUNK = 500
_BIG = 5000


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag and how many people have it."""

    id: int
    name: str
    people: int


def tidy(tag: str) -> str:
    """A tag as it is kept: one line, no commas, not too long."""
    return " ".join(tag.replace(",", " ").split())[:MAX_TAG]


def folded(tag: str) -> str:
    """What makes two spellings one tag."""
    return unicodedata.normalize("NFKC", tidy(tag)).casefold()


def tags(store: Store) -> tuple[TagRow, ...]:
    """Every tag by name, with its people; those that nobody has are left out."""
    count = sa.func.count()
    query = (
        sa.select(t.tag.c.id, t.tag.c.name, count)
        .join(t.contact_tag, t.contact_tag.c.tag_id == t.tag.c.id)
        .group_by(t.tag.c.id)
        .order_by(t.tag.c.folded)
    )
    with store.read() as conn:
        return tuple(TagRow(*row) for row in conn.execute(query))


def tag_ids(conn: sa.Connection, names: Iterable[str]) -> dict[str, int]:
    """The ids of tags by their folded name; those that are new are made."""
    wanted: dict[str, str] = {}
    for name in names:
        if tidy(name):
            wanted.setdefault(folded(name), tidy(name))
    found: dict[str, int] = {}
    keys = list(wanted)
    for start in range(0, len(keys), _CHUNK):
        query = sa.select(t.tag.c.folded, t.tag.c.id).where(t.tag.c.folded.in_(keys[start : start + _CHUNK]))
        found.update((row.folded, row.id) for row in conn.execute(query))
    for key, name in wanted.items():
        if key not in found:
            made = conn.execute(sa.insert(t.tag).values(name=name, folded=key)).inserted_primary_key
            found[key] = int(made[0]) if made else 0
    return found


def ids_of(conn: sa.Connection, numbers: Sequence[str]) -> dict[str, int]:
    """The contacts of numbers (E.164)."""
    found: dict[str, int] = {}
    for start in range(0, len(numbers), _CHUNK):
        query = sa.select(t.contact.c.number, t.contact.c.id).where(
            t.contact.c.number.in_(numbers[start : start + _CHUNK])
        )
        found.update((row.number, row.id) for row in conn.execute(query))
    return found


def add_tags(conn: sa.Connection, by_number: Mapping[str, Iterable[str]]) -> int:
    """Give people (by number) tags besides those that they have. Returns how many were new."""
    if not by_number:
        return 0
    ids = tag_ids(conn, {name for names in by_number.values() for name in names})
    people = ids_of(conn, list(by_number))
    pairs = {
        (ids[folded(name)], people[number])
        for number, names in by_number.items()
        if number in people
        for name in names
        if tidy(name)
    }
    rows = [{"tag_id": tag, "contact_id": contact} for tag, contact in pairs]
    return _insert(conn, t.contact_tag, rows)


def add_numbers(conn: sa.Connection, by_number: Mapping[str, Iterable[str]]) -> int:
    """Give people (by number) further numbers. Returns how many were new."""
    if not by_number:
        return 0
    people = ids_of(conn, list(by_number))
    rows = [
        {"contact_id": people[number], "number": other}
        for number, others in by_number.items()
        if number in people
        for other in others
        if other != number
    ]
    return _insert(conn, t.contact_number, rows)


def _insert(
    conn: sa.Connection, table: sa.Table, rows: list[dict[str, int]] | list[dict[str, object]]
) -> int:
    new = 0
    insert = sqlite.insert(table).on_conflict_do_nothing()
    for start in range(0, len(rows), _BIG):
        new += max(0, conn.execute(insert, rows[start : start + _BIG]).rowcount)
    return new


def tag_people(
    store: Store, contacts: Sequence[int], *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> int:
    """Add and take away tags of many people in one transaction. Returns how many rows changed."""
    with store.write() as unit:
        changed = 0
        for tag in tag_ids(unit.conn, add).values():
            rows = [{"tag_id": tag, "contact_id": contact} for contact in contacts]
            changed += _insert(unit.conn, t.contact_tag, rows)
        gone = [folded(name) for name in remove]
        of_tags = sa.select(t.tag.c.id).where(t.tag.c.folded.in_(gone))
        for start in range(0, len(contacts) if gone else 0, _CHUNK):
            some = contacts[start : start + _CHUNK]
            changed += unit.conn.execute(
                sa.delete(t.contact_tag).where(
                    t.contact_tag.c.tag_id.in_(of_tags), t.contact_tag.c.contact_id.in_(some)
                )
            ).rowcount
        unit.publish(ContactsChanged())
    return changed


def set_tags(conn: sa.Connection, contact: int, names: Iterable[str]) -> None:
    """Make ``names`` the tags of one person."""
    ids = tag_ids(conn, names)
    conn.execute(sa.delete(t.contact_tag).where(t.contact_tag.c.contact_id == contact))
    _insert(conn, t.contact_tag, [{"tag_id": tag, "contact_id": contact} for tag in ids.values()])


def tags_of(conn: sa.Connection, contact: int) -> tuple[str, ...]:
    """The tags of one person, by name."""
    query = (
        sa.select(t.tag.c.name)
        .join(t.contact_tag, t.contact_tag.c.tag_id == t.tag.c.id)
        .where(t.contact_tag.c.contact_id == contact)
        .order_by(t.tag.c.folded)
    )
    return tuple(conn.execute(query).scalars())


def numbers_of(conn: sa.Connection, contact: int) -> tuple[str, ...]:
    """The further numbers of one person."""
    query = sa.select(t.contact_number.c.number).where(t.contact_number.c.contact_id == contact)
    return tuple(conn.execute(query.order_by(t.contact_number.c.number)).scalars())


def set_numbers(conn: sa.Connection, contact: int, numbers: Iterable[str]) -> None:
    """Make ``numbers`` (E.164) the further ones of one person."""
    conn.execute(sa.delete(t.contact_number).where(t.contact_number.c.contact_id == contact))
    _insert(conn, t.contact_number, [{"contact_id": contact, "number": number} for number in numbers])


def tags_of_many(conn: sa.Connection, contacts: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The tags of a page of people, by name."""
    found: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(contacts), _CHUNK):
        query = (
            sa.select(t.contact_tag.c.contact_id, t.tag.c.name)
            .join(t.tag, t.tag.c.id == t.contact_tag.c.tag_id)
            .where(t.contact_tag.c.contact_id.in_(contacts[start : start + _CHUNK]))
            .order_by(t.tag.c.folded)
        )
        for contact, name in conn.execute(query):
            found[contact] = (*found.get(contact, ()), name)
    return found
