"""One campaign made from another: the same again, or a second wave to those who did not answer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.campaigns import script_edit
from app.campaigns.starting import StartError
from app.clock import Clock
from app.conversations import canned
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged
from app.store.tables import (
    audit,
    campaign,
    conversation,
    list_member,
    message,
    opt_out,
    people_list,
    variant,
)

#: The largest seed of a random split.
MOST_SEED = 2**31 - 1
#: The states of a text that left, so that an answer can be waited for.
_LEFT = ("sent",)
_COPIED = (
    "template", "texter", "list_id", "hours", "hours_reason", "fields", "urgent", "due", "cap_texts",
    "cap_days",
)  # fmt: skip


def seed() -> int:
    """A seed for a random split."""
    return 1 + secrets.randbelow(MOST_SEED)


def duplicate(store: Store, clock: Clock, campaign_id: int, operator: str) -> int:
    """A draft with the same people, texts, script, fields and hours; returns its id."""
    with store.write() as unit:
        row = _row(unit, campaign_id)
        return _copy(unit, clock, row, f"{row['name']} (copy)".strip(), operator)


def silent(conn: sa.Connection, campaign_id: int) -> sa.Select[Any]:
    """The contact ids of those whose text left, who have not written since and did not opt out, in order."""
    answered = (
        sa.select(conversation.c.id)
        .where(conversation.c.number == message.c.number, conversation.c.last_in_at >= message.c.claimed_at)
        .exists()
    )
    out = (
        sa.select(opt_out.c.id)
        .where(opt_out.c.number == message.c.number, opt_out.c.lifted_at.is_(None))
        .exists()
    )
    return (
        sa.select(message.c.contact_id)
        .where(
            message.c.campaign_id == campaign_id,
            message.c.state.in_(_LEFT),
            message.c.kind == "first",
            message.c.contact_id.is_not(None),
            message.c.delivery != "failed",
            ~answered,
            ~out,
        )
        .group_by(message.c.contact_id)
        .order_by(sa.func.min(message.c.position))
    )


def count_silent(store: Store, campaign_id: int) -> int:
    """How many did not answer."""
    with store.read() as conn:
        query = sa.select(sa.func.count()).select_from(silent(conn, campaign_id).subquery())
        return int(conn.execute(query).scalar_one())


def second_wave(store: Store, clock: Clock, campaign_id: int, operator: str) -> int:
    """A draft for those who did not answer, with the same text to be rewritten; returns its id.

    Who answers before it starts is in its list all the same: the list is as of now. Raises
    :class:`StartError` when everybody answered or nothing has left yet.
    """
    with store.write() as unit:
        row = _row(unit, campaign_id)
        people = unit.conn.execute(silent(unit.conn, campaign_id)).scalars().all()
        if not people:
            raise StartError("There is nobody to write to: no text has left, or everyone answered.")
        columns = unit.conn.execute(
            sa.select(people_list.c.columns).where(people_list.c.id == row["list_id"])
        ).scalar()
        name = f"{row['name'] or 'Campaign'}: no answer"
        list_id = int(
            unit.conn.execute(
                sa.insert(people_list)
                .returning(people_list.c.id)
                .values(name=name, created_at=clock.now(), columns=columns or "[]")
            ).scalar_one()
        )
        unit.conn.execute(
            sa.insert(list_member),
            [
                {"list_id": list_id, "position": place, "contact_id": each}
                for place, each in enumerate(people)
            ],
        )
        wave = f"{row['name']} (second wave)".strip()
        return _copy(
            unit,
            clock,
            {**row, "list_id": list_id, "due": ""},
            wave,
            operator,
            of=campaign_id,
            source=campaign_id,
        )


def _copy(
    unit: Unit,
    clock: Clock,
    row: Mapping[Any, Any],
    name: str,
    operator: str,
    *,
    of: int | None = None,
    source: int | None = None,
) -> int:
    values = {key: row[key] for key in _COPIED}
    key = int(
        unit.conn.execute(
            sa.insert(campaign)
            .returning(campaign.c.id)
            .values(
                name=name[:200],
                state="draft",
                created_at=clock.now(),
                split_seed=seed(),
                wave_of=of,
                **values,
            )
        ).scalar_one()
    )
    for each in unit.conn.execute(
        sa.select(variant).where(variant.c.campaign_id == (source or row["id"]))
    ).mappings():
        kept = {name: each[name] for name in ("position", "label", "template", "field", "value")}
        unit.conn.execute(sa.insert(variant).values(campaign_id=key, **kept))
    answers = script_edit.copy(unit.conn, source or row["id"], key)
    canned.copy(unit, clock, source or row["id"], key, answers)
    if row["hours_reason"]:
        unit.conn.execute(
            sa.insert(audit).values(
                at=clock.now(),
                operator=operator,
                action="hours loosened",
                detail=f"campaign {key}: {row['hours']}: {row['hours_reason']}",
            )
        )
    unit.publish(CampaignChanged(key))
    return key


def delete_draft(store: Store, clock: Clock, campaign_id: int, operator: str) -> None:
    """Delete a campaign that was never started; its list stays. Raises :class:`StartError`."""
    with store.write() as unit:
        row = _row(unit, campaign_id)
        if row["state"] != "draft":
            raise StartError("A campaign that was started is kept: its texts are part of the record.")
        unit.conn.execute(sa.delete(variant).where(variant.c.campaign_id == campaign_id))
        unit.conn.execute(sa.delete(campaign).where(campaign.c.id == campaign_id))
        unit.conn.execute(
            sa.insert(audit).values(
                at=clock.now(), operator=operator, action="draft deleted", detail=f"campaign {campaign_id}"
            )
        )
        unit.publish(CampaignChanged(campaign_id))


def _row(unit: Unit, campaign_id: int) -> Any:
    row = unit.conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
    if row is None:
        raise StartError("This campaign is no longer there.")
    return row
