"""People of a list, merged with a message: the one place where values meet a template."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.campaigns import dates, hours, templates
from app.campaigns.dates import Day
from app.campaigns.wordings import Wording
from app.store.tables import campaign, contact, list_member, people_list

#: People read at a time.
CHUNK = 2_000
#: Fields that every person has, besides the columns of the list.
OWN_FIELDS = ("first_name", "last_name", "name", "number", "language", "sender", "sender_first")
#: The most fields that a campaign has of its own.
MAX_FIELDS = 50
#: Who has no known zone is asked about in this one; their texts are made anew before they are shown.
_NO_ZONE = "UTC"


class Person(NamedTuple):
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
    language: str = ""
    consent_until: float | None = None

    @property
    def called(self) -> str:
        """How to name this person to the one who texts."""
        return self.name or self.number


class Merged(NamedTuple):
    """A person's text. ``fresh_until``: when the day that it names is over (UTC seconds), None for none."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    label: str
    fresh_until: float | None


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
    contact.c.language,
    contact.c.consent_until,
)


def person_of(row: Any) -> Person:
    """A row of ``COLUMNS`` as a value."""
    return Person._make(row)


def count(conn: sa.Connection, list_id: int | None) -> int:
    """How many people the list has."""
    query = sa.select(sa.func.count()).select_from(list_member).where(list_member.c.list_id == list_id)
    return int(conn.execute(query).scalar_one())


def people(conn: sa.Connection, list_id: int | None) -> Iterator[Person]:
    """The people of a list in its order, read in chunks."""
    after = -1
    while True:
        rows = conn.execute(_some(list_id).where(list_member.c.position > after).limit(CHUNK)).all()
        yield from map(person_of, rows)
        if len(rows) < CHUNK:
            return
        after = int(rows[-1][0])


def person_at(conn: sa.Connection, list_id: int | None, position: int) -> Person | None:
    """The first person at or behind a position of the list."""
    row = conn.execute(_some(list_id).where(list_member.c.position >= position).limit(1)).first()
    return None if row is None else person_of(row)


def _some(list_id: int | None) -> sa.Select[Any]:
    return (
        sa.select(*COLUMNS)
        .join(contact, contact.c.id == list_member.c.contact_id)
        .where(list_member.c.list_id == list_id)
        .order_by(list_member.c.position)
    )


def values_in(stored: str | None) -> dict[str, str]:
    """A stored JSON object of values by field; what cannot be read is none."""
    if not stored or stored == "{}":
        return {}
    try:
        found = json.loads(stored)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        templates.key(name): value if isinstance(value, str) else str(value) for name, value in found.items()
    }


class Merger:
    """A campaign's texts for its people, as of one moment."""

    def __init__(
        self,
        wordings: tuple[Wording, ...],
        texter: str,
        now: float,
        *,
        fields: Mapping[str, str] | None = None,
        seed: int = 0,
        tagged: Mapping[str, frozenset[int]] | None = None,
    ) -> None:
        """``fields`` are the campaign's own, by key; ``tagged`` the contacts of each tag a wording names."""
        self.wordings = wordings
        self._by_label = {wording.label: wording for wording in wordings}
        self._texter, self._now, self._seed = texter, now, seed
        self._fields = {key: value for key, value in (fields or {}).items() if value.strip()}
        self._tagged = tagged or {}
        self._days: dict[tuple[str, bool], tuple[Day, float]] = {}
        self._one = wordings[0] if len(wordings) == 1 else None
        self._dated = any(wording.template.dated for wording in wordings)

    def values(self, person: Person) -> dict[str, str]:
        """What fields are filled with: the campaign's own, the list's columns, what every person has."""
        found = values_in(person.fields)
        for key, value in self._fields.items():
            if not found.get(key, "").strip():
                found[key] = value
        found["first_name"] = person.first_name or found.get("first_name", "")
        found["last_name"] = person.last_name or found.get("last_name", "")
        found["name"] = person.name
        found["number"] = person.number
        found["language"] = person.language or found.get("language", "")
        found["sender"] = self._texter
        found["sender_first"] = self._texter.partition(" ")[0]
        return found

    def wording(self, person: Person, values: Mapping[str, str] | None = None) -> Wording:
        """Which of the campaign's texts this person gets; the same each time."""
        if self._one is not None:
            return self._one
        for each in self.wordings:
            if each.is_for(person.contact_id, values or self.values(person), self._tagged):
                return each
        split = [each for each in self.wordings if not each.field]
        if not split:
            return self.wordings[0]
        return split[_drawn(self._seed, person.number, len(split))]

    def day(self, person: Person) -> tuple[Day, float] | None:
        """The day where they live and when it ends; only where a text asks for it."""
        if not self._dated:
            return None
        zones = hours.zones_of(person.number, person.time_zone)
        zone = zones[0] if zones else ""
        first = dates.month_first(person.number)
        known = self._days.get((zone, first))
        if known is None:
            found = dates.local_day(zone or _NO_ZONE, self._now) or dates.local_day(_NO_ZONE, self._now)
            if found is None:  # a system without a zone database
                return None
            known = self._days[zone, first] = Day(found[0], first), found[1] if zone else 0.0
        return known

    def past(self, person: Person) -> tuple[str, ...]:
        """The fields of their text whose day is over."""
        here = self.day(person)
        if here is None:
            return ()
        values = self.values(person)
        return self.wording(person, values).template.past(values, here[0])

    def merge(self, person: Person, label: str = "") -> Merged | tuple[str, ...]:
        """The person's text, or the names of the fields that they lack. ``label``: of just this wording."""
        values = self.values(person)
        wording = self._by_label.get(label) or self.wording(person, values)
        here = self.day(person)
        day = here[0] if here is not None else None
        try:
            rendered = wording.template.render(values, day)
        except templates.MissingField:
            return wording.template.missing(values, day)
        until = here[1] if here is not None and wording.template.moves else None
        return Merged(rendered.text, rendered.spans, wording.label, until)


def _drawn(seed: int, number: str, of: int) -> int:
    """A number below ``of`` by chance, but always the same for the same seed and person."""
    import hashlib

    digest = hashlib.blake2b(f"{seed}:{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % of


def known_fields(conn: sa.Connection, campaign_id: int) -> tuple[str, ...]:
    """The field names that a campaign's people have: what every person has first, then the columns."""
    stored = conn.execute(
        sa.select(people_list.c.columns, campaign.c.fields)
        .select_from(campaign.outerjoin(people_list, campaign.c.list_id == people_list.c.id))
        .where(campaign.c.id == campaign_id)
    ).first()
    columns = json.loads(stored[0]) if stored is not None and stored[0] else []
    own = values_in(stored[1]) if stored is not None else {}
    names = ["first_name", "last_name", *(templates.key(str(name)) for name in columns), *own, "sender"]
    return tuple(dict.fromkeys(name for name in names if name))


def strange_fields(conn: sa.Connection, campaign_id: int, wordings: tuple[Wording, ...]) -> tuple[str, ...]:
    """The fields that a campaign's texts name and nobody of its list can have."""
    known = {*known_fields(conn, campaign_id), *OWN_FIELDS}
    named = (name for wording in wordings for name in wording.template.fields)
    return tuple(dict.fromkeys(name for name in named if name not in known))
