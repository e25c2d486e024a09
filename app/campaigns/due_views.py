"""What is due, for screens: how many wait, whose time passed, and what the coming days bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import finding_due, occasions
from app.campaigns.local import here
from app.campaigns.occasions import PASSED, Rule
from app.clock import Clock
from app.people import numbers
from app.store.engine import Store
from app.store.tables import campaign, contact, message

#: People that are kept to be shown.
KEPT = 1_000
DAYS_AHEAD = 14


@dataclass(frozen=True, slots=True)
class Gone:
    """Somebody whose text left the desk because its time passed; ``reason`` says when it was due."""

    contact_id: int | None
    name: str
    reason: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """``days``: (day as "2026-05-04" on this computer's calendar, how many become due), 14 days ahead.

    ``undated`` are contact ids of people whose field has no date that is surely one, ``undated_count`` all
    of them, ``people`` all who were looked at.
    """

    days: tuple[tuple[str, int], ...] = ()
    undated: tuple[int, ...] = ()
    undated_count: int = 0
    people: int = 0

    @property
    def ahead(self) -> int:
        """How many become due in these days."""
        return sum(count for _day, count in self.days)


def waiting(store: Store, clock: Clock) -> int:
    """How many texts are due now and wait on the desk, over all running campaigns. From indexes."""
    now, m = clock.now(), message.c
    with store.read() as conn:
        running = conn.execute(
            sa.select(campaign.c.id).where(campaign.c.state == "running", campaign.c.due != "")
        ).scalars()
        keys = list(running)
        if not keys:
            return 0
        query = (
            sa.select(sa.func.count())
            .select_from(message)
            .where(m.campaign_id.in_(keys), m.state == "queued", m.due_at <= now, m.expires_at > now)
        )
        return int(conn.execute(query).scalar_one())


def gone_count(store: Store, campaign_id: int) -> int:
    """How many texts of a campaign left the desk because their time passed."""
    with store.read() as conn:
        query = sa.select(sa.func.count()).select_from(message).where(*_gone(campaign_id))
        return int(conn.execute(query).scalar_one())


def gone(store: Store, campaign_id: int) -> tuple[Gone, ...]:
    """Who they were, the latest first; at most 1,000."""
    query = (
        sa.select(
            message.c.contact_id, message.c.number, message.c.reason, message.c.expires_at, contact.c.name
        )
        .outerjoin(contact, contact.c.id == message.c.contact_id)
        .where(*_gone(campaign_id))
        .order_by(message.c.expires_at.desc(), message.c.id.desc())
        .limit(KEPT)
    )
    with store.read() as conn:
        return tuple(
            Gone(row.contact_id, row.name or numbers.display(row.number), row.reason, row.expires_at)
            for row in conn.execute(query)
        )


def _gone(campaign_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    m = message.c
    return m.campaign_id == campaign_id, m.state == "removed", m.reason.startswith(PASSED)


def forecast(store: Store, clock: Clock, campaign_id: int) -> Forecast:
    """Look at everyone by the campaign's rule. Raises ``CampaignError``."""
    now = clock.now()
    with store.read() as conn:
        row = conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
        if row is None:
            return Forecast()
        rule = occasions.from_json(row["due"])
        if not rule.waits or (row["list_id"] is None and rule.kind != occasions.SILENCE):
            return Forecast()
        return forecast_in(conn, row, rule, now)


def forecast_in(conn: sa.Connection, row: Mapping[Any, Any], rule: Rule, now: float) -> Forecast:
    """The same within a reading."""
    days: dict[str, int] = {}
    undated: list[int] = []
    missing = people = 0
    for person, occasion in finding_due.every(conn, row, rule, now):
        people += 1
        if occasion is None:
            missing += 1
            if len(undated) < KEPT:
                undated.append(person.contact_id)
        elif occasion.due_at < now + DAYS_AHEAD * 86400.0 and occasion.expires_at > now:
            day = here(max(occasion.due_at, now)).date().isoformat()
            days[day] = days.get(day, 0) + 1
    return Forecast(tuple(sorted(days.items())), tuple(undated), missing, people)
