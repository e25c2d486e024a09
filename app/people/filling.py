"""One field of one person, filled with what they said: typed, and taken back as long as nobody changed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.people import fields, fieldtypes
from app.people.contacts import fields_of
from app.people.person import clean, typed
from app.store import tables as t
from app.store.engine import Unit

#: Columns of a contact that can be filled like a field.
OWN = ("first_name", "last_name", "language")
_MOST = 500
#: What a value of a kind looks like, for who wrote another.
_EXAMPLES = {
    "number": "a number, for example 3",
    "date": "a date, for example 12 May 2026",
    "time": "a time, for example 10:30",
    "money": "an amount, for example 25.00",
}


class FillError(ValueError):
    """A value that does not fit its field; the text is a sentence for a person. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a field was and what it is now, as written; "" for empty."""

    field: str
    before: str
    after: str


def misfit(kind: str, value: str, country: str) -> str:
    """Why a field of ``kind`` cannot take ``value``, as a sentence; "" when it can."""
    if kind not in _EXAMPLES or not value:
        return ""
    if fields.convert(kind, value, country.upper() in fields.MONTH_FIRST)[1] is not None:
        return ""
    return f"“{value[:60]}” is not {_EXAMPLES[kind]}. Nothing was changed."


def fill(unit: Unit, now: float, number: str, field: str, value: str, country: str) -> Filled | None:
    """Write ``value`` into a field of the contact of ``number`` (E.164); None where there is no contact.

    Raises :class:`FillError` where the field has a kind that the value does not fit.
    """
    value = clean(value)[:_MOST]
    row = unit.conn.execute(sa.select(t.contact).where(t.contact.c.number == number)).mappings().first()
    if row is None:
        return None
    if field in OWN:
        before = str(row[field])
        changes = _own(row, field, value)
    else:
        kind = fieldtypes.kinds_of(unit.conn).get(field, "text")
        if problem := misfit(kind, value, country):
            raise FillError(problem)
        before, changes = _one_field(row, field, kind, value, country)
    if value == before:
        return Filled(field, before, value)
    unit.conn.execute(
        sa.update(t.contact).where(t.contact.c.id == row["id"]).values(updated_at=now, **changes)
    )
    return Filled(field, before, value)


def _own(row: Any, field: str, value: str) -> dict[str, str]:
    changes = {field: value}
    if field != "language":
        both = {name: str(row[name]) for name in ("first_name", "last_name")} | changes
        changes["name"] = f"{both['first_name']} {both['last_name']}".strip()
    return changes


def _one_field(row: Any, field: str, kind: str, value: str, country: str) -> tuple[str, dict[str, str]]:
    shown, raws = fields_of(row["fields"]), fields_of(row["raw_fields"])
    keys: dict[str, float] = {key: float(each) for key, each in fields_of(row["field_keys"]).items()}
    before = raws.pop(field, shown.get(field, ""))
    keys.pop(field, None)
    shown.pop(field, None)
    new, raw, key = typed([(field, kind, value)], country.upper() in fields.MONTH_FIRST)
    return before, fieldtypes.columns({**shown, **new}, {**raws, **raw}, {**keys, **key})


def take_back(unit: Unit, now: float, number: str, done: Filled, country: str) -> bool:
    """Put a field back as it was, unless it was changed since. False where it was."""
    row = unit.conn.execute(sa.select(t.contact).where(t.contact.c.number == number)).mappings().first()
    if row is None:
        return False
    if done.field in OWN:
        here = str(row[done.field])
    else:
        here = fields_of(row["raw_fields"]).get(done.field, fields_of(row["fields"]).get(done.field, ""))
    if here != done.after:
        return False
    try:
        fill(unit, now, number, done.field, done.before, country)
    except FillError:  # what was there before its kind was set
        return False
    return True
