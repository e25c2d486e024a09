"""Deadlines: a date of a person after which a text that waits for its press leaves the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.campaigns import hours, merging, occasions
from app.campaigns.occasions import PASSED, Rule
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged
from app.store.tables import campaign, contact, message


def keep(store: Store, now: float, campaign_id: int, rule: Rule) -> None:
    """Give texts that wait the deadline that their person's field has now; who has time again comes back."""
    if rule.waits:
        return  # those are given theirs when they are made
    with store.read() as conn:
        changes = _deadlines(conn, campaign_id, rule)
        back = conn.execute(sa.select(message.c.id).where(*_back(campaign_id, now)).limit(1)).first()
    if not changes and back is None:
        return
    with store.write() as unit:
        _write(unit, changes)
        unit.conn.execute(
            sa.update(message).where(*_back(campaign_id, now)).values(state="queued", reason="")
        )
        unit.publish(CampaignChanged(campaign_id))


def _back(campaign_id: int, now: float) -> tuple[sa.ColumnElement[bool], ...]:
    """Texts that were taken off the desk for a deadline that has not passed."""
    m = message.c
    in_time = sa.or_(m.expires_at.is_(None), m.expires_at > now)
    return m.campaign_id == campaign_id, m.state == "removed", m.reason.startswith(PASSED), in_time


def stamp(unit: Unit, campaign_id: int, rule: Rule) -> None:
    """Give the texts of a campaign that starts the deadlines of their people."""
    _write(unit, _deadlines(unit.conn, campaign_id, rule))


def _write(unit: Unit, changes: Sequence[dict[str, Any]]) -> None:
    if changes:
        unit.conn.execute(
            sa.update(message)
            .where(message.c.id == sa.bindparam("key"))
            .values(expires_at=sa.bindparam("expires")),
            list(changes),
        )


def _deadlines(conn: sa.Connection, campaign_id: int, rule: Rule) -> list[dict[str, Any]]:
    own = merging.values_in(
        conn.execute(sa.select(campaign.c.fields).where(campaign.c.id == campaign_id)).scalar()
    )
    rows = conn.execute(
        sa.select(message.c.id, message.c.number, message.c.expires_at, contact.c.fields, contact.c.time_zone)
        .join(contact, contact.c.id == message.c.contact_id)
        .where(
            message.c.campaign_id == campaign_id,
            sa.or_(
                message.c.state.in_(("queued", "skipped")),
                sa.and_(message.c.state == "removed", message.c.reason.startswith(PASSED)),
            ),
        )
    )
    changes = []
    for row in rows:
        value = merging.values_in(row.fields).get(rule.deadline, "").strip() or own.get(rule.deadline, "")
        expires = occasions.deadline(value, row.number, hours.zones_of(row.number, row.time_zone or ""))
        if expires != row.expires_at:
            changes.append({"key": row.id, "expires": expires})
    return changes
