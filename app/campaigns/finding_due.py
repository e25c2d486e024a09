"""Who a campaign's text is due for: its people looked at by its rule. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from app.campaigns import dates, hours, merging, occasions
from app.campaigns.merging import Merger, Person
from app.campaigns.occasions import Occasion, Rule
from app.store.tables import contact, conversation, message, people_list

#: What became due longer ago than so many seconds is not looked for.
LOOK_BACK = 35 * 86400.0
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person and the occasion that a text of theirs is due for."""

    person: Person
    occasion: Occasion


@dataclass(slots=True)
class Found:
    """``due`` by now; ``everyone`` by number and occasion; ``next_at`` is when the next becomes due."""

    due: list[Candidate] = field(default_factory=list)
    everyone: dict[tuple[str, str], Candidate] = field(default_factory=dict)
    next_at: float | None = None
    unreadable: list[Person] = field(default_factory=list)  # the rule's field has no date for them


def find(
    conn: sa.Connection, row: Mapping[Any, Any], rule: Rule, merger: Merger, *, since: float, now: float
) -> Found:
    """Look at everyone. Who may still be texted after ``since`` (UTC seconds) counts, the rest is history.

    ``everyone`` has the occasions of 35 days back and ahead.
    """
    found = Found()
    for person, occasion in every(conn, row, rule, now):
        if occasion is None:
            found.unreadable.append(person)
            continue
        occasion = _until_deadline(rule, merger, person, occasion)
        if occasion.expires_at <= since or occasion.due_at > now + LOOK_BACK:
            if occasion.due_at > now:
                found.next_at = min(found.next_at or occasion.due_at, occasion.due_at)
            continue
        each = Candidate(person, occasion)
        found.everyone[person.number, occasion.key] = each
        if occasion.due_at <= now:
            found.due.append(each)
        else:
            found.next_at = min(found.next_at or occasion.due_at, occasion.due_at)
    return found


def _until_deadline(rule: Rule, merger: Merger, person: Person, occasion: Occasion) -> Occasion:
    if not rule.deadline:
        return occasion
    value = merger.values(person).get(rule.deadline, "")
    ends = occasions.deadline(value, person.number, hours.zones_of(person.number, person.time_zone))
    return occasion if ends is None else replace(occasion, expires_at=min(ends, occasion.expires_at))


def every(
    conn: sa.Connection, row: Mapping[Any, Any], rule: Rule, now: float
) -> Iterator[tuple[Person, Occasion | None]]:
    """Each person with each of their occasions around ``now``; None where the field has no date.

    Whose consent has ended is passed over.
    """
    if rule.kind == occasions.SILENCE:
        yield from _silent(conn, rule, now)
        return
    everyones = merging.values_in(row["fields"]).get(rule.field, "").strip()
    added = _added(conn, row["list_id"]) if rule.kind == occasions.JOINED else {}
    for person in merging.people(conn, row["list_id"]):
        if person.consent_until is not None and person.consent_until <= now:
            continue
        zones = hours.zones_of(person.number, person.time_zone)
        if rule.kind == occasions.JOINED:
            at = person.consent_at if rule.since == "consent" else added.get(person.contact_id)
            yield person, None if at is None else occasions.after(rule, "joined", at, zones)
            continue
        yield from ((person, each) for each in _by_field(rule, everyones, person, zones, now))


def _by_field(
    rule: Rule, everyones: str, person: Person, zones: tuple[str, ...], now: float
) -> Iterable[Occasion | None]:
    value = merging.values_in(person.fields).get(rule.field, "").strip() or everyones
    first = dates.month_first(person.number)
    if rule.kind == occasions.DATE:
        return (occasions.dated(rule, value, first, zones),)
    year = datetime.fromtimestamp(now, UTC).year
    reach = abs(rule.days) // 365 + 1
    years = range(year - reach, year + reach + 1)
    return occasions.birthdays(rule, value, first, zones, years) or (None,)


def _added(conn: sa.Connection, list_id: int | None) -> dict[int, float]:
    """When each person came: into p2ptext or into the list, whichever was later."""
    made = (
        conn.execute(sa.select(people_list.c.created_at).where(people_list.c.id == list_id)).scalar() or 0.0
    )
    rows = conn.execute(sa.select(contact.c.id, contact.c.created_at))
    return {int(key): max(float(at), float(made)) for key, at in rows}


_PERSON = tuple(column for column in merging.COLUMNS if column.name != "position")


def _silent(conn: sa.Connection, rule: Rule, now: float) -> Iterator[tuple[Person, Occasion | None]]:
    """Who got the first text of another campaign and has not written since."""
    m = message.c
    answered = sa.exists().where(conversation.c.number == m.number, conversation.c.last_in_at >= m.claimed_at)
    rows = conn.execute(
        sa.select(m.claimed_at, m.position, *_PERSON)
        .join(contact, contact.c.id == m.contact_id)
        .where(
            m.campaign_id == rule.source,
            m.kind == "first",
            m.state == "sent",
            m.delivery != "failed",
            m.claimed_at.is_not(None),
            ~answered,
            sa.or_(contact.c.consent_until.is_(None), contact.c.consent_until > now),
        )
        .order_by(m.claimed_at)
    )
    key = occasions.silence_key(rule.source)
    latest: dict[str, tuple[Person, float]] = {}
    for at, *values in rows:
        person = merging.person_of(values)
        latest[person.number] = (person, float(at))
    for person, at in latest.values():
        zones = hours.zones_of(person.number, person.time_zone)
        yield person, occasions.after(rule, key, at, zones)
