"""What is due: texts that a started campaign prepares when their moment comes, gone when it is over.

Nothing here sends. A text becomes due, waits on the desk for its own press, and is taken off the desk when
its time passed. Each is made once for a person and an occasion, however often this runs, wherever it was
interrupted and whatever the computer's clock did meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import deadlines, due_memory, hours, occasions, wordings
from app.campaigns.due_views import waiting
from app.campaigns.finding_due import LOOK_BACK, Candidate, find
from app.campaigns.local import moment_there
from app.campaigns.merging import Merged, Merger
from app.campaigns.occasions import PASSED, Rule
from app.campaigns.refusing import CampaignError
from app.campaigns.starting import merger_of, text_hash
from app.campaigns.templates import TemplateError
from app.clock import Clock
from app.people import optouts
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged
from app.store.tables import campaign, contact, message

__all__ = ["Prepared", "prepare", "prepare_one", "waiting"]

log = logging.getLogger(__name__)

#: Why a text is taken off the desk that is not due any more. It comes back when it is due after all.
CHANGED = "what it was due for changed"
ANSWERED = "they answered meanwhile"
_MOST = 5_000  # texts that are made in one transaction


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one run did: texts ``made``, ``gone`` because their time passed, ``withdrawn`` or written anew."""

    made: int = 0
    gone: int = 0
    withdrawn: int = 0
    lacking: int = 0  # due now, but a field of their text is empty

    def __add__(self, other: Prepared) -> Prepared:
        return Prepared(
            self.made + other.made, self.gone + other.gone, self.withdrawn + other.withdrawn,
            self.lacking + other.lacking,
        )  # fmt: skip


def prepare(store: Store, clock: Clock) -> Prepared:
    """Make what is due, take off the desk what is too late. Reads only, when there is nothing to do."""
    with store.read() as conn:
        rows = conn.execute(
            sa.select(campaign).where(campaign.c.due != "", campaign.c.state.in_(("running", "paused")))
        )
        campaigns = rows.mappings().all()
    done = Prepared()
    for row in campaigns:
        try:
            rule = occasions.from_json(row["due"])
            done += _prepare(store, clock, row, rule)
        except (CampaignError, TemplateError) as error:
            log.warning("campaign %s: what is due could not be prepared: %s", row["id"], error)
    return done


def prepare_one(store: Store, clock: Clock, campaign_id: int) -> Prepared:
    """The same for one campaign. Raises ``CampaignError`` and ``TemplateError``."""
    with store.read() as conn:
        row = conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
    if row is None or row["state"] not in ("running", "paused"):
        return Prepared()
    return _prepare(store, clock, row, occasions.from_json(row["due"]))


def _prepare(store: Store, clock: Clock, row: Mapping[Any, Any], rule: Rule) -> Prepared:
    memory = due_memory.of(store)
    with memory.own_changes():
        return _look_and_write(store, clock.now(), memory, row, rule)


def _look_and_write(
    store: Store, now: float, memory: due_memory.Memory, row: Mapping[Any, Any], rule: Rule
) -> Prepared:
    turn = memory.turn(rule.kind == occasions.SILENCE)
    done = Prepared()
    runs = row["state"] == "running" and (row["ends_at"] is None or row["ends_at"] > now)
    if runs and memory.must_look(row["id"], turn, now):
        if rule.deadline:
            deadlines.keep(store, now, row["id"], rule)
        next_at = None
        if rule.waits:
            done, next_at = _make(store, now, row, rule)
        memory.looked(row["id"], turn, now, next_at)
    return done + Prepared(gone=_take_away(store, now, row["id"], rule))


# -- made -----------------------------------------------------------------------------------------


def _make(store: Store, now: float, row: Mapping[Any, Any], rule: Rule) -> tuple[Prepared, float | None]:
    with store.read() as conn:
        # A clock that was ahead at the start must not put it off.
        since = max(min(row["started_at"] or 0.0, now), row["starts_at"] or 0.0, now - LOOK_BACK)
        if since > now:
            return Prepared(), since
        merger = merger_of(conn, row, wordings.load(conn, row), now)
        found = find(conn, row, rule, merger, since=since, now=now)
        fresh = _unmade(conn, row["id"], found.due)
        stands = _standing(conn, row["id"], now)
    done = Prepared()
    for start in range(0, len(fresh), _MOST):
        with store.write() as unit:
            done += _insert(unit, now, row, merger, fresh[start : start + _MOST])
    if stands:
        with store.write() as unit:
            done += _look_over(unit, now, row, merger, rule, found.everyone, stands)
    return done, found.next_at


def _unmade(conn: sa.Connection, campaign_id: int, due: Sequence[Candidate]) -> list[Candidate]:
    """Those of whom no text was made for this occasion, in the order in which they become due."""
    known = _made_keys(conn, campaign_id, {each.person.number for each in due})
    fresh: dict[tuple[str, str], Candidate] = {}
    for each in sorted(due, key=lambda one: (one.occasion.due_at, one.person.position)):
        key = (each.person.number, each.occasion.key)
        if key not in known:
            fresh.setdefault(key, each)
    return list(fresh.values())


def _made_keys(conn: sa.Connection, campaign_id: int, numbers: Collection[str]) -> set[tuple[str, str]]:
    query = sa.select(message.c.number, message.c.occasion).where(
        message.c.campaign_id == campaign_id, message.c.kind == "first", message.c.resend_of.is_(None)
    )
    found: set[tuple[str, str]] = set()
    wanted = list(numbers)
    for start in range(0, len(wanted), 400):
        rows = conn.execute(query.where(message.c.number.in_(wanted[start : start + 400])))
        found.update((number, occasion) for number, occasion in rows)
    return found


def _insert(
    unit: Unit, now: float, row: Mapping[Any, Any], merger: Merger, some: Sequence[Candidate]
) -> Prepared:
    """Put texts on the desk; asks again, in this transaction, which of them exist by now."""
    numbers = {each.person.number for each in some}
    state = unit.conn.execute(sa.select(campaign.c.state).where(campaign.c.id == row["id"])).scalar()
    if state != "running":
        return Prepared()
    known, out = _made_keys(unit.conn, row["id"], numbers), optouts.active_set(unit.conn, numbers)
    versions = wordings.keep_versions(unit, row["id"], merger.wordings, now)
    place = _last_position(unit.conn, row["id"])
    rows, made, gone, lacking = [], 0, 0, 0
    for each in some:
        person, occasion = each.person, each.occasion
        if (person.number, occasion.key) in known or person.number in out:
            continue
        merged = merger.merge(person)
        late = occasion.expires_at <= now
        if not isinstance(merged, Merged):
            lacking += 1
            if not late:
                continue  # made as soon as the field is filled in
            merged = Merged("", (), wordings.FIRST, None)
        place += 1
        made, gone = made + (not late), gone + late
        rows.append(
            {
                "direction": "out",
                "campaign_id": row["id"],
                "kind": "first",
                "created_at": now,
                "number": person.number,
                "contact_id": person.contact_id,
                "position": place,
                "state": "removed" if late else "queued",
                "reason": passed_words(each, now) if late else "",
                "wording_id": versions.get(merged.label),
                "occasion": occasion.key,
                "due_at": occasion.due_at,
                "expires_at": occasion.expires_at,
                **_text(merged),
            }
        )
    if rows:
        unit.conn.execute(sa.insert(message), rows)
        unit.publish(CampaignChanged(row["id"]))
    return Prepared(made, gone, 0, lacking)


def _text(merged: Merged) -> dict[str, Any]:
    return {"text": merged.text, "text_hash": text_hash(merged.text), "fresh_until": merged.fresh_until}


def _last_position(conn: sa.Connection, campaign_id: int) -> int:
    query = sa.select(sa.func.max(message.c.position)).where(message.c.campaign_id == campaign_id)
    last = conn.execute(query).scalar()
    return -1 if last is None else int(last)


# -- looked over ----------------------------------------------------------------------------------


def _standing(conn: sa.Connection, campaign_id: int, now: float) -> list[Any]:
    """What waits on the desk, and what left it for its time although that has not passed by today's clock."""
    m = message.c
    query = sa.select(
        m.id, m.number, m.occasion, m.text_hash, m.due_at, m.expires_at, m.state, m.edited, m.wording_id
    ).where(
        m.campaign_id == campaign_id,
        m.kind == "first",
        m.resend_of.is_(None),
        sa.or_(
            m.state == "queued",
            sa.and_(
                m.state == "removed",
                m.expires_at > now,
                m.due_at <= now,
                sa.or_(m.reason.startswith(PASSED), m.reason.in_((CHANGED, ANSWERED))),
            ),
        ),
    )
    return list(conn.execute(query))


def _look_over(
    unit: Unit,
    now: float,
    row: Mapping[Any, Any],
    merger: Merger,
    rule: Rule,
    everyone: Mapping[tuple[str, str], Candidate],
    stands: Sequence[Any],
) -> Prepared:
    """Write anew what stands on the desk and says or means something else by now; withdraw what is off."""
    versions: Mapping[str, int] | None = None
    labels = wordings.labels(unit.conn, row["id"])
    place, withdrawn, made = _last_position(unit.conn, row["id"]), 0, 0
    for old in stands:
        each = everyone.get((old.number, old.occasion))
        if each is None:
            off = old.state == "queued" and _is_off(old.due_at, now)
            values: dict[str, Any] = {"state": "removed", "reason": _off_words(rule)} if off else {}
            withdrawn += off
        else:
            merged = merger.merge(each.person, labels.get(old.wording_id, ""))
            values = _moments(each, old)
            if not isinstance(merged, Merged) and not old.edited:
                values = {}
            elif isinstance(merged, Merged) and not old.edited and text_hash(merged.text) != old.text_hash:
                versions = versions or wordings.keep_versions(unit, row["id"], merger.wordings, now)
                values |= _text(merged) | {"wording_id": versions[merged.label]}
            if old.state == "removed" and each.occasion.expires_at > now and _has_text(merged, old):
                made += 1
                values |= {"state": "queued", "reason": "", "position": place + made}
        if values:
            unit.conn.execute(
                sa.update(message)
                .where(message.c.id == old.id, message.c.state == old.state)
                .values(**values)
            )
            unit.publish(CampaignChanged(row["id"]))
    return Prepared(made=made, withdrawn=withdrawn)


def _off_words(rule: Rule) -> str:
    return ANSWERED if rule.kind == occasions.SILENCE else CHANGED


def _has_text(merged: Merged | tuple[str, ...], old: Any) -> bool:
    return bool(old.edited) or isinstance(merged, Merged)


def _moments(each: Candidate, old: Any) -> dict[str, Any]:
    now = {"due_at": each.occasion.due_at, "expires_at": each.occasion.expires_at}
    return now if (old.due_at, old.expires_at) != tuple(now.values()) else {}


def _is_off(due_at: float | None, now: float) -> bool:
    """Whether a text would have been found if it still were due, however wrong the clock is."""
    return due_at is not None and abs(now - due_at) < LOOK_BACK


# -- taken away -----------------------------------------------------------------------------------


def _take_away(store: Store, now: float, campaign_id: int, rule: Rule) -> int:
    """Take off the desk what is too late, with the moment in the reason."""
    m = message.c
    late = sa.and_(
        m.campaign_id == campaign_id, m.state.in_(("queued", "skipped")), m.expires_at.is_not(None),
        m.expires_at <= now,
    )  # fmt: skip
    with store.read() as conn:
        if conn.execute(sa.select(m.id).where(late).limit(1)).first() is None:
            return 0
    with store.write() as unit:
        rows = unit.conn.execute(
            sa.select(m.id, m.number, m.due_at, m.expires_at, contact.c.time_zone)
            .outerjoin(contact, contact.c.id == m.contact_id)
            .where(late)
        ).all()
        for row in rows:
            at = row.expires_at if row.due_at is None else row.due_at
            zones = hours.zones_of(row.number, row.time_zone or "")
            words = _passed(row.due_at is not None, at, zones, now)
            unit.conn.execute(sa.update(message).where(m.id == row.id).values(state="removed", reason=words))
        if rows:
            unit.publish(CampaignChanged(campaign_id))
    return len(rows)


def passed_words(each: Candidate, now: float) -> str:
    """Why a text that is too late is not on the desk: "its time passed (was due Sat 9 May 10:00)"."""
    zones = hours.zones_of(each.person.number, each.person.time_zone)
    return _passed(True, each.occasion.due_at, zones, now)


def _passed(was_due: bool, at: float, zones: tuple[str, ...], now: float) -> str:
    # Seen from long ago, so that the day is always named.
    when = moment_there(at, at - 30 * 86400.0, zones[0] if zones else "")
    return f"{PASSED} ({'was due' if was_due else 'deadline'} {when})"
