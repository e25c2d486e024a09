"""Which people a search, a tag or a list leaves, and in what order; for the long list of contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.people import accents
from app.people.optouts import escaped
from app.store import tables as t

_LAST_TEXT = "\U0010ffff"  # behind every word
_LAST_NUMBER = 1e300
_TYPED = ("number", "date", "time", "money")


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for: words in names, numbers, tags and notes; a tag; a list; all of them at once."""

    query: str = ""
    tag_id: int | None = None
    list_id: int | None = None

    @property
    def empty(self) -> bool:
        """True when everybody is meant."""
        return not self.query.strip() and self.tag_id is None and self.list_id is None


@dataclass(frozen=True, slots=True)
class Order:
    """By name, or by the field ``field`` of ``kind`` (``fields.KINDS``)."""

    field: str = ""
    kind: str = "text"


def narrowed(select: sa.Select[Any], wanted: Filter) -> sa.Select[Any]:
    """``select`` over contacts, with the people of ``wanted`` alone."""
    key = t.contact.c.id
    if wanted.list_id is not None:
        members = sa.select(t.list_member.c.contact_id).where(t.list_member.c.list_id == wanted.list_id)
        select = select.where(key.in_(members))
    if wanted.tag_id is not None:
        tagged = sa.select(t.contact_tag.c.contact_id).where(t.contact_tag.c.tag_id == wanted.tag_id)
        select = select.where(key.in_(tagged))
    words = wanted.query.strip()
    return select.where(sa.or_(*_places(words))) if words else select


def _places(words: str) -> list[sa.ColumnElement[bool]]:
    """Where words may stand. Digits are looked for in numbers, the further ones too."""
    pattern = f"%{escaped(words)}%"
    tagged = (
        sa.select(t.contact_tag.c.contact_id)
        .join(t.tag, t.tag.c.id == t.contact_tag.c.tag_id)
        .where(t.tag.c.folded.like(f"%{escaped(words.casefold())}%", escape="\\"))
    )
    places: list[sa.ColumnElement[bool]] = [
        accents.found_in(t.contact.c.name, words),
        t.contact.c.notes.ilike(pattern, escape="\\"),
        t.contact.c.id.in_(tagged),
    ]
    digits = "".join(character for character in words if character.isdecimal())
    if digits and not any(character.isalpha() for character in words):
        further = sa.select(t.contact_number.c.contact_id).where(
            t.contact_number.c.number.like(f"%{digits}%")
        )
        places += [t.contact.c.number.like(f"%{digits}%"), t.contact.c.id.in_(further)]
    return places


def json_path(field: str) -> str:
    """SQLite's path of a field in a JSON object."""
    return '$."' + field.replace('"', "") + '"'


def sort_key(order: Order) -> sa.ColumnElement[Any]:
    """What people are ordered by; those without a value come last."""
    if not order.field:
        return t.contact.c.name
    path = json_path(order.field)
    if order.kind in _TYPED:
        return sa.func.coalesce(sa.func.json_extract(t.contact.c.field_keys, path), _LAST_NUMBER)
    return sa.func.lower(sa.func.coalesce(sa.func.json_extract(t.contact.c.fields, path), _LAST_TEXT))


def shown_value(order: Order) -> sa.ColumnElement[Any]:
    """The value that people are ordered by, as it is shown."""
    if not order.field:
        return sa.literal("")
    return sa.func.coalesce(sa.func.json_extract(t.contact.c.fields, json_path(order.field)), "")
