"""People of a list, merged with a message: the one place where values meet a template."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import templates
from app.campaigns.templates import Template
from app.store.tables import campaign, contact, list_member, people_list

#: People read at a time.
CHUNK = 2_000
#: Fields that every person has, besides the columns of the list.
OWN_FIELDS = ("first_name", "last_name", "name", "number", "sender")


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a list, as merging needs them. ``fields`` is the stored JSON."""

    position: int
    contact_id: int
    number: str
    name: str
    first_name: str
    last_name: str
    time_zone: str
    consent_source: str
    consent_at: float | None
    fields: str

    @property
    def called(self) -> str:
        """How to name this person to the one who texts."""
        return self.name or self.number


COLUMNS = (
    list_member.c.position,
    contact.c.id.label("contact_id"),
    contact.c.number,
    contact.c.name,
    contact.c.first_name,
    contact.c.last_name,
    contact.c.time_zone,
    contact.c.consent_source,
    contact.c.consent_at,
    contact.c.fields,
)


def person_of(row: Any) -> Person:
    """A row of ``COLUMNS`` as a value."""
    return Person(*row)


def count(conn: sa.Connection, list_id: int | None) -> int:
    """How many people the list has."""
    query = sa.select(sa.func.count()).select_from(list_member).where(list_member.c.list_id == list_id)
    return int(conn.execute(query).scalar_one())


def people(conn: sa.Connection, list_id: int | None) -> Iterator[Person]:
    """The people of a list in its order, read in chunks."""
    after = -1
    while True:
        query = (
            sa.select(*COLUMNS)
            .join(contact, contact.c.id == list_member.c.contact_id)
            .where(list_member.c.list_id == list_id, list_member.c.position > after)
            .order_by(list_member.c.position)
            .limit(CHUNK)
        )
        rows = conn.execute(query).all()
        for row in rows:
            yield person_of(row)
        if len(rows) < CHUNK:
            return
        after = int(rows[-1][0])


def values(person: Person, texter: str) -> dict[str, str]:
    """What the fields of a template are filled with: the list's columns, then what every person has."""
    found = {templates.key(name): str(value) for name, value in _extra(person.fields).items()}
    found.update(
        first_name=person.first_name or found.get("first_name", ""),
        last_name=person.last_name or found.get("last_name", ""),
        name=person.name,
        number=person.number,
        sender=texter,
    )
    return found


def _extra(stored: str) -> Mapping[str, Any]:
    if stored in ("", "{}"):
        return {}
    found = json.loads(stored)
    return found if isinstance(found, dict) else {}


def known_fields(conn: sa.Connection, campaign_id: int) -> tuple[str, ...]:
    """The field names that a campaign's people have: what every person has first, then the columns."""
    stored = conn.execute(
        sa.select(people_list.c.columns)
        .join(campaign, campaign.c.list_id == people_list.c.id)
        .where(campaign.c.id == campaign_id)
    ).scalar()
    columns = json.loads(stored) if stored else []
    names = ["first_name", "last_name", *(templates.key(str(name)) for name in columns), "sender"]
    return tuple(dict.fromkeys(name for name in names if name))


def render(template: Template, person: Person, texter: str) -> templates.Rendered:
    """The person's text. Raises ``MissingField``."""
    return template.render(values(person, texter))
