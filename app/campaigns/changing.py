"""Changing a campaign that has begun: another text, another day, people who come late or are taken out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from app.campaigns import deadlines, merging, wordings
from app.campaigns.merging import Merged, Person
from app.campaigns.starting import (
    StartError,
    StartResult,
    lacking_words,
    merge_all,
    merger_of,
    queue,
    rule_of,
    text_hash,
)
from app.clock import Clock
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged, MessageChanged
from app.store.tables import audit, campaign, contact, list_member, message

_CHUNK = 500
_WAITS = ("queued", "skipped")
#: Texts that are made anew at one time when the day they name is over.
ROLLED = 50
NOT_WANTED = "taken out of the campaign"


def _campaign(conn: sa.Connection, campaign_id: int) -> Any:
    row = conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
    if row is None:
        raise StartError("This campaign is no longer there.")
    return row


# -- another text ---------------------------------------------------------------------------------

_WAITING = (
    sa.select(
        message.c.id, message.c.wording_id, message.c.position, contact.c.id.label("contact_id"),
        message.c.number, contact.c.name, contact.c.first_name, contact.c.last_name, contact.c.time_zone,
        contact.c.consent_source, contact.c.consent_at, contact.c.fields, contact.c.language,
        contact.c.consent_until,
    )
    .join(contact, contact.c.id == message.c.contact_id)
    .where(message.c.state.in_(_WAITS), message.c.kind == "first", ~message.c.edited)
)  # fmt: skip


def rerender(unit: Unit, campaign_id: int, now: float) -> None:
    """Merge changed texts again for everyone who waits on the desk and was not edited by hand.

    Raises :class:`StartError` where someone lacks a field; the change is not kept then.
    """
    row = _campaign(unit.conn, campaign_id)
    texts = wordings.load(unit.conn, row)
    merger = merger_of(unit.conn, row, texts, now)
    before = wordings.labels(unit.conn, campaign_id)
    versions = wordings.keep_versions(unit, campaign_id, texts, now)
    for rows in _waiting(unit.conn, campaign_id):
        changes = []
        for each in rows:
            person = Person._make(each[2:])
            merged = merger.merge(person, before.get(each.wording_id, wordings.FIRST))
            if not isinstance(merged, Merged):
                lacking = {name: [(person.contact_id, person.called)] for name in merged}
                raise StartError(*lacking_words(lacking))
            changes.append(_change(each.id, merged, versions[merged.label]))
        _write(unit.conn, changes)


def _waiting(conn: sa.Connection, campaign_id: int) -> Iterator[Sequence[Any]]:
    after = 0
    while True:
        query = _WAITING.where(message.c.campaign_id == campaign_id, message.c.id > after)
        rows = conn.execute(query.order_by(message.c.id).limit(2_000)).all()
        if rows:
            yield rows
        if len(rows) < 2_000:
            return
        after = int(rows[-1][0])


def _change(key: int, merged: Merged, version: int | None) -> dict[str, Any]:
    return {
        "key": key, "new": merged.text, "hash": text_hash(merged.text), "fresh": merged.fresh_until,
        "version": version,
    }  # fmt: skip


_CHANGE = (
    sa.update(message)
    .where(message.c.id == sa.bindparam("key"))
    .values(
        text=sa.bindparam("new"),
        text_hash=sa.bindparam("hash"),
        fresh_until=sa.bindparam("fresh"),
        wording_id=sa.bindparam("version"),
    )
)


def _write(conn: sa.Connection, changes: list[dict[str, Any]]) -> None:
    if changes:
        conn.execute(_CHANGE, changes)


# -- another day ----------------------------------------------------------------------------------


def freshen(store: Store, clock: Clock, campaign_id: int, ids: Collection[int]) -> None:
    """Write texts anew that name a day which is over; what was painted of them can be pressed no more.

    Whoever lacks a field by now is skipped, with the reason.
    """
    now = clock.now()
    with store.write() as unit:
        row = _campaign(unit.conn, campaign_id)
        texts = wordings.load(unit.conn, row)
        merger = merger_of(unit.conn, row, texts, now)
        labels = wordings.labels(unit.conn, campaign_id)
        query = _WAITING.where(message.c.id.in_(list(ids)[:_CHUNK]), message.c.fresh_until <= now)
        rows = unit.conn.execute(query).all()
        for each in rows:
            person = Person._make(each[2:])
            merged = merger.merge(person, labels.get(each.wording_id, wordings.FIRST))
            if isinstance(merged, Merged):
                _write(unit.conn, [_change(each.id, merged, each.wording_id)])
            else:
                words = f"There is no {merged[0]} for this person any more."
                unit.conn.execute(
                    sa.update(message).where(message.c.id == each.id).values(state="skipped", reason=words)
                )
        if len(rows) == 1:
            unit.publish(MessageChanged(rows[0].id, rows[0].number, campaign_id))
        elif rows:
            unit.publish(CampaignChanged(campaign_id))


def stale(
    conn: sa.Connection, campaign_id: int, now: float, after: int, limit: int = ROLLED
) -> tuple[int, ...]:
    """Of the next ``limit`` texts in the queue, those that name a day which is over."""
    ahead = (
        sa.select(message.c.id, message.c.fresh_until)
        .where(message.c.campaign_id == campaign_id, message.c.state == "queued", message.c.position > after)
        .order_by(message.c.position)
        .limit(limit)
    )
    rows = conn.execute(ahead).all()
    return tuple(row.id for row in rows if row.fresh_until is not None and row.fresh_until <= now)


# -- people who come late, and who are taken out ----------------------------------------------------


def add_people(
    store: Store,
    clock: Clock,
    campaign_id: int,
    list_id: int,
    operator: str,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> StartResult:
    """Queue the people of another list behind those of a campaign that has begun.

    Who is in the campaign already, or opted out, is left out. Raises :class:`StartError` where someone lacks
    a field; nobody is added then. Where texts are made as they become due, people join its list.
    """
    with store.read() as conn:
        row = _open(conn, campaign_id)
    rule = rule_of(row)
    if rule.waits:
        from app.campaigns import late

        return late.join(store, clock, row, rule, list_id, operator)
    stop = cancelled or (lambda: False)
    with store.read() as conn:
        row = _open(conn, campaign_id)
        texts = wordings.load(conn, row)
        known = _numbers(conn, campaign_id)
        fresh = [person for person in merging.people(conn, list_id) if person.number not in known]
        already = merging.count(conn, list_id) - len(fresh)
        merger = merger_of(conn, row, texts, clock.now())
        rows, lacking = merge_all(merger, fresh, len(fresh), progress or (lambda done, total: None), stop)
    if rows is None:
        return StartResult(0)
    if lacking:
        raise StartError(*lacking_words(lacking))
    with store.write() as unit:
        again = _open(unit.conn, campaign_id)
        if dict(again) != dict(row) or wordings.load(unit.conn, again) != texts:
            raise StartError("The campaign was changed meanwhile. Nobody was added; try again.")
        known = _numbers(unit.conn, campaign_id)
        first = _last_position(unit.conn, campaign_id) + 1
        placed = [
            row._replace(position=first + place)
            for place, row in enumerate(row for row in rows if row.number not in known)
        ]
        versions = wordings.keep_versions(unit, campaign_id, texts, clock.now())
        result = queue(unit, clock, campaign_id, placed, versions, stop)
        if result is None:
            unit.conn.rollback()
            return StartResult(0)
        if rule.deadline:
            deadlines.stamp(unit, campaign_id, rule)
        _log(unit, clock, operator, "people added", f"campaign {campaign_id}: {result.queued} people")
        unit.publish(CampaignChanged(campaign_id))
    return StartResult(result.queued, {**({"already in it": already} if already else {}), **result.left_out})


def _open(conn: sa.Connection, campaign_id: int) -> Any:
    row = _campaign(conn, campaign_id)
    if row["state"] not in ("running", "paused"):
        raise StartError("People can be added while a campaign runs or is paused.")
    return row


def _numbers(conn: sa.Connection, campaign_id: int) -> set[str]:
    query = sa.select(message.c.number).where(
        message.c.campaign_id == campaign_id, message.c.direction == "out"
    )
    return set(conn.execute(query).scalars())


def _last_position(conn: sa.Connection, campaign_id: int) -> int:
    query = sa.select(sa.func.max(message.c.position)).where(message.c.campaign_id == campaign_id)
    last = conn.execute(query).scalar()
    return -1 if last is None else int(last)


def remove_people(
    store: Store,
    clock: Clock,
    campaign_id: int,
    contact_ids: Collection[int] | None,
    operator: str,
    *,
    list_id: int | None = None,
) -> int:
    """Take people out whose text has not been pressed: by contact, or all of a list. Returns how many."""
    with store.write() as unit:
        who = (
            message.c.contact_id.in_(
                sa.select(list_member.c.contact_id).where(list_member.c.list_id == list_id)
            )
            if list_id is not None
            else message.c.contact_id.in_(list(contact_ids or ())[:_CHUNK])
        )
        removed = unit.conn.execute(
            sa.update(message)
            .where(message.c.campaign_id == campaign_id, message.c.state.in_(_WAITS), who)
            .values(state="removed", reason=NOT_WANTED)
        ).rowcount
        if removed:
            _log(unit, clock, operator, "people taken out", f"campaign {campaign_id}: {removed} people")
            unit.publish(CampaignChanged(campaign_id))
    return int(removed)


def _log(unit: Unit, clock: Clock, operator: str, action: str, detail: str) -> None:
    unit.conn.execute(
        sa.insert(audit).values(at=clock.now(), operator=operator, action=action, detail=detail)
    )
