"""Checks of a campaign's schedule: start and end, what is due, deadlines, caps and promised frequencies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

import sqlalchemy as sa

from app.campaigns import (
    due_views,
    holding,
    hours,
    local,
    merging,
    occasions,
    promises,
    schedule,
)
from app.campaigns.hours import HoursError, Policy
from app.campaigns.linting import Check
from app.campaigns.looking import Tally
from app.campaigns.merging import Merger, Person
from app.campaigns.occasions import Rule
from app.campaigns.refusing import CampaignError
from app.campaigns.starting import merger_of
from app.campaigns.wordings import Wording
from app.store.tables import contact, list_member

_AT_A_TIME = 400


def of_the_schedule(
    conn: sa.Connection, row: Mapping[Any, Any], texts: tuple[Wording, ...], now: float
) -> tuple[Check, ...]:
    """What there is to say of one campaign's schedule; () for one that has none. Reads only."""
    try:
        plan = schedule.of_row(row)
    except CampaignError as error:
        return (Check("stop", str(error)),)
    found = [*_times(plan, now)]
    strange = [
        name
        for name in dict.fromkeys((plan.rule.field, plan.rule.deadline))
        if name and name not in merging.known_fields(conn, row["id"])
    ]
    if strange:
        words = ", ".join(f"{{{name}}}" for name in strange)
        return (
            *found,
            Check("stop", f"The list has no {words}: choose another field under When and from where"),
        )
    merger = merger_of(conn, row, texts, now)
    if plan.rule.waits:
        found += [*_due(conn, row, plan.rule, now), *_at(row, plan.rule)]
    if plan.rule.deadline:
        found += _deadline(conn, row, plan.rule, merger, now)
    return (*found, *_often(conn, row, plan, now))


def softened(checks: Iterable[Check], row: Mapping[Any, Any]) -> Iterator[Check]:
    """Where texts are made as they become due, an empty field keeps back only its own person."""
    try:
        waits = occasions.from_json(row["due"]).waits
    except CampaignError:
        waits = False
    for check in checks:
        if waits and check.level == "stop" and check.people:
            yield replace(check, level="warn", text=f"{check.text}; due texts wait until it is filled in")
        else:
            yield check


# -- start and end --------------------------------------------------------------------------------


def _times(plan: schedule.Schedule, now: float) -> Iterator[Check]:
    if plan.ends_at is not None and plan.ends_at <= now:
        yield Check("stop", f"It ended {local.moment(plan.ends_at, now)}: set a later end")
    elif plan.starts_at is not None and plan.starts_at <= now:
        yield Check(
            "warn", f"Its start, {local.moment(plan.starts_at, now)}, has passed: texts may go at once"
        )
    elif plan.starts_at is not None or plan.ends_at is not None:
        yield Check("pass", schedule.times_words(plan, now))


# -- what is due ----------------------------------------------------------------------------------


def _due(conn: sa.Connection, row: Mapping[Any, Any], rule: Rule, now: float) -> Iterator[Check]:
    found = due_views.forecast_in(conn, row, rule, now)
    what = f"date in {{{rule.field}}}" if rule.field else "date"
    if found.undated_count:
        words = f"{_people(found.undated_count)} no {what} that can be read: nothing becomes due for them"
        yield Check("warn", words, found.undated, found.undated_count)
    if found.days:
        first = local.day(date.fromisoformat(found.days[0][0]))
        yield Check(
            "pass", f"{_texts(found.ahead)} due in the next {due_views.DAYS_AHEAD} days, the first {first}"
        )
    else:
        yield Check("warn", f"Nothing becomes due in the next {due_views.DAYS_AHEAD} days")


def _at(row: Mapping[Any, Any], rule: Rule) -> Iterator[Check]:
    """A time of day that lies outside the hours: the text waits for them, or is stale before."""
    try:
        policy = Policy.from_json(row["hours"])
    except HoursError:
        return
    names = [name.capitalize() for name in hours.DAY_NAMES]
    closed = [
        names[day]
        for day, span in enumerate(policy.days)
        if span is None or not span[0] <= rule.at < (span[1] if span[1] > span[0] else 24 * 60)
    ]
    if closed:
        days = "every day" if len(closed) == 7 else ", ".join(closed)
        yield Check(
            "warn", f"{hours.clock(rule.at)} is outside the hours on {days}: texts wait until they open"
        )


def _deadline(
    conn: sa.Connection, row: Mapping[Any, Any], rule: Rule, merger: Merger, now: float
) -> Iterator[Check]:
    passed, none = Tally(), Tally()
    for person in merging.people(conn, row["list_id"]):
        value = merger.values(person).get(rule.deadline, "")
        zones = hours.zones_of(person.number, person.time_zone)
        ends = occasions.deadline(value, person.number, zones)
        if ends is None:
            none.add(person)
        elif ends <= now:
            passed.add(person)
    field = f"{{{rule.deadline}}}"
    if passed.count:
        yield passed.check(
            "warn", f"{_people(passed.count)} a {field} that has passed: their text leaves at once"
        )
    if none.count:
        yield none.check("warn", f"{_people(none.count)} no date in {field}: their text has no deadline")


# -- how often ------------------------------------------------------------------------------------


def _often(
    conn: sa.Connection, row: Mapping[Any, Any], plan: schedule.Schedule, now: float
) -> Iterator[Check]:
    terms = holding.terms_of(conn, row["id"])
    capped, unclear = Tally(), Tally()
    for some in _frequencies(conn, row["list_id"], everyone=bool(plan.cap_texts)):
        held = holding.capped(conn, terms, some, now, campaign_only=True)
        for each in some:
            if each["id"] in held:
                capped.add(_person(each))
            if each["consent_frequency"] and promises.read(each["consent_frequency"]) is None:
                unclear.add(_person(each))
    if capped.count:
        yield capped.check(
            "warn", f"{_people(capped.count)} as many texts already as are allowed: each waits"
        )
    if unclear.count:
        words = "a promised frequency that cannot be read: write it as “2 a month”"
        yield unclear.check("warn", f"{_people(unclear.count)} {words}")
    if plan.promise_reason:
        yield Check("warn", f"More than people were promised, because: {plan.promise_reason}")


def _frequencies(
    conn: sa.Connection, list_id: int | None, *, everyone: bool
) -> Iterator[Sequence[Mapping[Any, Any]]]:
    """Who was promised a frequency, or all, some at a time: number, name, the words.

    Their ``id`` is minus the contact's, which is no message's.
    """
    c = contact.c
    query = (
        sa.select((-c.id).label("id"), c.number, c.name, c.consent_frequency)
        .join(list_member, list_member.c.contact_id == c.id)
        .where(list_member.c.list_id == list_id)
        .order_by(list_member.c.position)
    )
    if not everyone:
        query = query.where(c.consent_frequency != "")
    rows = iter(conn.execute(query).mappings().all())
    while some := list(islice(rows, _AT_A_TIME)):
        yield some


def _person(row: Mapping[Any, Any]) -> Person:
    return Person(0, -row["id"], row["number"], row["name"], "", "", "", "", None, "")


def _people(count: int) -> str:
    return "1 person has" if count == 1 else f"{count:,} people have"


def _texts(count: int) -> str:
    return "1 text becomes" if count == 1 else f"{count:,} texts become"
