"""Writing an import: contacts, the list and its members, in small steps of the caller's one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from app.people import consents
from app.people.optouts import active_set
from app.people.person import Person
from app.store import tables as t

_STEP = 1000
_LOOKUP = 500  # bound variables in one statement
_PLAIN = (
    "name", "first_name", "last_name", "time_zone", "consent_source", "consent_at", "notes", "language",
    "consent_wording", "consent_frequency", "consent_until",
)  # fmt: skip
_FIELDS = ("fields", "raw_fields", "field_keys")


@dataclass(frozen=True, slots=True)
class Stored:
    """What a stored list came to."""

    list_id: int
    new: int
    updated: int
    opted_out: int


def store(
    conn: sa.Connection,
    now: float,
    people: Mapping[str, Sequence[Any]],
    *,
    name: str,
    fields: Sequence[str],
    keep: str,
    step: Callable[[int], None],
    operator: str = "",
) -> Stored:
    """Store ``people`` (by number, in order, the values of a ``Person``) as the list ``name``.

    ``step`` is told how many are done and may raise to stop: the caller's transaction then keeps nothing.
    """
    list_id = _new_list(conn, now, name, fields)
    any_known = conn.execute(sa.select(t.contact.c.id).limit(1)).first() is not None
    any_out = any(
        conn.execute(sa.select(column).limit(1)).first() is not None
        for column in (t.opt_out.c.id, t.erased.c.number_key)
    )
    new = updated = opted_out = position = 0
    entries = iter(people.items())
    while chunk := {number: Person(*values) for number, values in islice(entries, _STEP)}:
        known = _known(conn, list(chunk)) if any_known else {}
        fresh = [_values(number, person, now) for number, person in chunk.items() if number not in known]
        ids = _insert(conn, fresh) if fresh else {}
        ids.update((number, row.id) for number, row in known.items())
        new += len(fresh)
        updated += _update(conn, now, chunk, known, keep, operator)
        consents.note_many(conn, _given(fresh, now, operator))
        if any_out:
            opted_out += len(active_set(conn, chunk))
        _members(conn, list_id, position, [ids[number] for number in chunk])
        position += len(chunk)
        step(position)
    return Stored(list_id, new, updated, opted_out)


def remember(conn: sa.Connection, now: float, signature: str, mapping: str) -> None:
    """Keep a mapping for the next list with the same header."""
    insert: Any = sqlite.insert
    if conn.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # its import costs every start; few need it

        insert = postgresql.insert
    values = {"mapping": mapping, "updated_at": now}
    conn.execute(
        insert(t.column_mapping)
        .values(signature=signature, **values)
        .on_conflict_do_update(index_elements=["signature"], set_=values)
    )


def _new_list(conn: sa.Connection, now: float, name: str, fields: Sequence[str]) -> int:
    key = conn.execute(
        sa.insert(t.people_list).values(name=name, created_at=now, columns=json.dumps(list(fields)))
    ).inserted_primary_key
    if key is None:
        raise RuntimeError("the database gave the new list no id")
    return int(key[0])


def _values(number: str, person: Person, now: float) -> dict[str, Any]:
    return {"number": number, **person._asdict(), "created_at": now, "updated_at": now}


def _given(fresh: list[dict[str, Any]], now: float, operator: str) -> list[dict[str, Any]]:
    """The rows of the consent ledger for people who come with a consent."""
    names = tuple(consents.COLUMNS)
    with_one = (values for values in fresh if any(values[name] for name in names))
    changes = (consents.change(now, values["number"], {}, values, operator) for values in with_one)
    return [row for row in changes if row is not None]


def _insert(conn: sa.Connection, fresh: list[dict[str, Any]]) -> dict[str, int]:
    """Add contacts; their ids by number. All of them come after the highest id of before."""
    highest = conn.execute(sa.select(sa.func.max(t.contact.c.id))).scalar() or 0
    conn.execute(sa.insert(t.contact), fresh)
    query = sa.select(t.contact.c.number, t.contact.c.id).where(t.contact.c.id > highest)
    return {row.number: row.id for row in conn.execute(query).all()}


def _members(conn: sa.Connection, list_id: int, position: int, ids: Sequence[int]) -> None:
    places = enumerate(ids, position)
    conn.execute(
        sa.insert(t.list_member),
        [{"list_id": list_id, "position": place, "contact_id": contact} for place, contact in places],
    )


def _known(conn: sa.Connection, numbers: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for start in range(0, len(numbers), _LOOKUP):
        query = sa.select(t.contact).where(t.contact.c.number.in_(numbers[start : start + _LOOKUP]))
        found.update((row.number, row) for row in conn.execute(query))
    return found


def _update(
    conn: sa.Connection,
    now: float,
    chunk: Mapping[str, Person],
    known: dict[str, Any],
    keep: str,
    operator: str,
) -> int:
    changed, noted = [], []
    for number, row in known.items():
        values = merged(row._mapping, chunk[number], keep)
        if values:
            base = {name: row._mapping[name] for name in (*_PLAIN, *_FIELDS)}
            changed.append({**base, **values, "updated_at": now, "whom": row.id})
            if values.keys() & consents.COLUMNS.keys():
                change = consents.change(now, number, row._mapping, {**row._mapping, **values}, operator)
                noted += [change] if change is not None else []
    consents.note_many(conn, noted)
    if changed:
        conn.execute(sa.update(t.contact).where(t.contact.c.id == sa.bindparam("whom")), changed)
    return len(changed)


def merged(row: Mapping[str, Any], person: Person, keep: str) -> dict[str, Any]:
    """What changes in a known contact when a list has ``person`` for it; {} when nothing does."""
    given = person._asdict()
    file_wins = keep == "file"
    open_to_change = [name for name in _PLAIN if file_wins or row[name] in ("", None)]
    values = {
        name: given[name]
        for name in open_to_change
        if given[name] not in ("", None) and given[name] != row[name]
    }
    if not file_wins and (row["name"] or row["first_name"] or row["last_name"]):
        # A name is one thing: half of it from here and half from there would be a third person's.
        for name in ("name", "first_name", "last_name"):
            values.pop(name, None)
    if person.fields != "{}":
        values.update(_merged_fields(row, given, file_wins))
    return values


def _merged_fields(row: Mapping[str, Any], given: Mapping[str, Any], file_wins: bool) -> dict[str, Any]:
    """The three columns of fields, where they change: each field is as a whole from here or from there."""
    before, theirs = _object(row["fields"]), _object(given["fields"])
    taken = [name for name in theirs if file_wins or not before.get(name)]
    if all(before.get(name) == theirs[name] for name in taken):
        return {}
    values: dict[str, Any] = {}
    for column in _FIELDS:
        ours, new = _object(row[column]), _object(given[column])
        merged = {name: value for name, value in ours.items() if name not in taken}
        merged.update((name, new[name]) for name in taken if name in new)
        values[column] = json.dumps(merged, ensure_ascii=False)
    return values


def _object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
