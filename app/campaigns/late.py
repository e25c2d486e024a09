"""People who come late to a campaign whose texts become due join its people; no text is made yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.campaigns import due, merging, occasions
from app.campaigns.occasions import Rule
from app.campaigns.starting import StartError, StartResult
from app.clock import Clock
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged
from app.store.tables import audit, campaign, list_member, people_list

_CHUNK = 5_000


def join(
    store: Store, clock: Clock, row: Mapping[Any, Any], rule: Rule, list_id: int, operator: str
) -> StartResult:
    """Give the campaign a list of its own with the people of both; the lists that there are stay as they are.

    What is due by now is made at once. Raises :class:`StartError` for a follow-up, which has its people from
    the campaign that it follows.
    """
    if rule.kind == occasions.SILENCE:
        raise StartError(
            "A follow-up writes to the people of the campaign that it follows. Nobody was added."
        )
    with store.write() as unit:
        here = [person.contact_id for person in merging.people(unit.conn, row["list_id"])]
        known = set(here)
        fresh = [p.contact_id for p in merging.people(unit.conn, list_id) if p.contact_id not in known]
        already = merging.count(unit.conn, list_id) - len(fresh)
        if fresh:
            key = _both(unit, clock.now(), row["list_id"], list_id, [*here, *fresh])
            unit.conn.execute(sa.update(campaign).where(campaign.c.id == row["id"]).values(list_id=key))
            detail = f"campaign {row['id']}: {len(fresh)} people"
            unit.conn.execute(
                sa.insert(audit).values(
                    at=clock.now(), operator=operator, action="people added", detail=detail
                )
            )
            unit.publish(CampaignChanged(row["id"]))
    made = due.prepare_one(store, clock, row["id"]).made
    left_out = {"already in it": already, "who come when they are due": len(fresh) - made}
    return StartResult(made, {reason: count for reason, count in left_out.items() if count > 0})


def _both(unit: Unit, now: float, first: int | None, second: int, people: list[int]) -> int:
    rows = unit.conn.execute(
        sa.select(people_list.c.id, people_list.c.name, people_list.c.columns).where(
            people_list.c.id.in_([first, second])
        )
    ).all()
    rows = sorted(rows, key=lambda row: row.id != first)
    columns = dict.fromkeys(name for row in rows for name in json.loads(row.columns))
    key = int(
        unit.conn.execute(
            sa.insert(people_list)
            .returning(people_list.c.id)
            .values(
                name=" + ".join(row.name for row in rows)[:200],
                created_at=now,
                columns=json.dumps(list(columns), ensure_ascii=False),
            )
        ).scalar_one()
    )
    for start in range(0, len(people), _CHUNK):
        unit.conn.execute(
            sa.insert(list_member),
            [
                {"list_id": key, "position": start + place, "contact_id": contact}
                for place, contact in enumerate(people[start : start + _CHUNK])
            ],
        )
    return key
