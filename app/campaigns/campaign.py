"""Campaigns: a list of people and a first message, from draft to done. Nothing here sends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import merging, templates, waves, wordings
from app.campaigns.changing import add_people, remove_people, rerender
from app.campaigns.checking import Check, checks
from app.campaigns.counting import CampaignSummary, overview, summary
from app.campaigns.hours import HoursError, Policy
from app.campaigns.refusing import CampaignError
from app.campaigns.starting import StartError, StartResult, merger_of, start
from app.campaigns.waves import count_silent, delete_draft, duplicate, second_wave
from app.campaigns.wordings import Variant
from app.clock import Clock, SystemClock
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged
from app.store.tables import audit, campaign, list_member
from modem import sms

__all__ = [
    "Campaign",
    "CampaignSummary",
    "Check",
    "MergePreview",
    "StartError",
    "StartResult",
    "Variant",
    "add_people",
    "checks",
    "count_silent",
    "create",
    "delete_draft",
    "duplicate",
    "fields",
    "finish",
    "get",
    "merged",
    "overview",
    "pause",
    "remove_people",
    "remove_variant",
    "resume",
    "save_variant",
    "second_wave",
    "start",
    "summary",
    "update",
]

#: The shortest reason for looser hours that says anything.
LEAST_REASON = 3
MAX_NAME = 200
_EDITABLE = frozenset({"name", "template", "texter", "list_id", "hours", "hours_reason", "fields"})


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it stands."""

    id: int
    name: str
    state: str
    template: str
    texter: str
    list_id: int | None
    policy: Policy
    hours_reason: str
    created_at: float
    started_at: float | None
    fields: tuple[tuple[str, str], ...] = ()  # its own: name and value, for everyone
    variants: tuple[Variant, ...] = ()
    wave_of: int | None = None


@dataclass(frozen=True, slots=True)
class MergePreview:
    """The message as one person gets it. ``spans`` as in ``templates.Rendered``; units as in ``sms``."""

    contact_id: int
    name: str
    text: str
    spans: tuple[tuple[int, int, str], ...]
    segments: int
    units: int
    limit: int
    alphabet: str
    offending: str | None
    label: str = wordings.FIRST


def get(store: Store, campaign_id: int) -> Campaign:
    """One campaign. Raises ``LookupError`` when it is gone."""
    with store.read() as conn:
        row = conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
        others = wordings.variants(conn, campaign_id)
    if row is None:
        raise LookupError("This campaign is no longer there.")
    return Campaign(
        id=row["id"],
        name=row["name"],
        state=row["state"],
        template=row["template"],
        texter=row["texter"],
        list_id=row["list_id"],
        policy=Policy.from_json(row["hours"]),
        hours_reason=row["hours_reason"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        fields=tuple(merging.values_in(row["fields"]).items()),
        variants=others,
        wave_of=row["wave_of"],
    )


def fields(store: Store, campaign_id: int) -> tuple[str, ...]:
    """The fields that its people have."""
    with store.read() as conn:
        return merging.known_fields(conn, campaign_id)


def create(
    store: Store,
    clock: Clock,
    *,
    name: str,
    list_id: int | None,
    template: str = "",
    texter: str = "",
    hours: Policy | None = None,
    hours_reason: str = "",
    operator: str = "",
    fields: Mapping[str, str] | None = None,
) -> int:
    """Make a draft and return its id. ``fields`` are values for everyone, by name.

    Raises ``TemplateError`` for a message that cannot be read and ``HoursError`` for hours looser than the
    default without a reason.
    """
    templates.parse(template)
    policy = hours or Policy()
    with store.write() as unit:
        key = unit.conn.execute(
            sa.insert(campaign)
            .returning(campaign.c.id)
            .values(
                name=name[:MAX_NAME],
                state="draft",
                template=template,
                texter=texter,
                list_id=list_id,
                hours=policy.to_json(),
                hours_reason=_reason(policy, hours_reason),
                created_at=clock.now(),
                fields=_own_fields(fields or {}),
                split_seed=waves.seed(),
            )
        ).scalar_one()
        _log_hours(unit, clock, int(key), policy, hours_reason, operator)
        unit.publish(CampaignChanged(int(key)))
    return int(key)


def update(
    store: Store, campaign_id: int, *, operator: str = "", clock: Clock | None = None, **changes: Any
) -> None:
    """Change name, template, texter, list_id, fields, hours (a ``Policy``) or hours_reason.

    A changed message is merged again for everyone who waits on the desk and was not edited by hand; their
    painted texts are old from then on. Raises as :func:`create`, and ``ValueError`` for another name.
    """
    if not set(changes) <= _EDITABLE:
        raise ValueError(f"no such field of a campaign: {sorted(set(changes) - _EDITABLE)}")
    clock = clock or SystemClock()
    if "template" in changes:
        templates.parse(changes["template"])
    stored = dict(changes)
    if "fields" in stored:
        stored["fields"] = _own_fields(stored["fields"])
    policy = stored.get("hours")
    if isinstance(policy, Policy):
        stored["hours_reason"] = _reason(policy, str(stored.get("hours_reason", "")))
        stored["hours"] = policy.to_json()
    with store.write() as unit:
        row = unit.conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().one()
        if "list_id" in stored and row["state"] != "draft" and stored["list_id"] != row["list_id"]:
            raise CampaignError("The people of a started campaign stay as they are.")
        unit.conn.execute(sa.update(campaign).where(campaign.c.id == campaign_id).values(**stored))
        if isinstance(policy, Policy):
            _log_hours(unit, clock, campaign_id, policy, stored["hours_reason"], operator)
        if row["state"] != "draft" and {"template", "texter", "fields"} & stored.keys():
            rerender(unit, campaign_id, clock.now())
        unit.publish(CampaignChanged(campaign_id))


def _reason(policy: Policy, reason: str) -> str:
    if not policy.is_looser_than(Policy()):
        return ""
    if len(reason.strip()) < LEAST_REASON:
        raise HoursError(
            "These hours are looser than the usual ones. Give a reason; it is kept with the campaign."
        )
    return reason.strip()


def _log_hours(
    unit: Unit, clock: Clock, campaign_id: int, policy: Policy, reason: str, operator: str
) -> None:
    if policy.is_looser_than(Policy()):
        unit.conn.execute(
            sa.insert(audit).values(
                at=clock.now(),
                operator=operator,
                action="hours loosened",
                detail=f"campaign {campaign_id}: {policy.to_json()}: {reason.strip()}",
            )
        )


def _own_fields(fields: Mapping[str, str]) -> str:
    """For ``campaign.fields``. Raises ``CampaignError`` for a name that cannot be one."""
    kept: dict[str, str] = {}
    for name, value in fields.items():
        known = templates.key(name)
        if not known:
            raise CampaignError(f"“{name[:40]}” is no name for a field: use letters and digits.")
        if known in merging.OWN_FIELDS:
            raise CampaignError(f"{{{known}}} is a person's own field. Choose another name.")
        kept[known] = str(value)[: templates.MAX_VALUE]
    if len(kept) > merging.MAX_FIELDS:
        raise CampaignError(f"A campaign has at most {merging.MAX_FIELDS} fields of its own.")
    return json.dumps(kept, ensure_ascii=False)


def save_variant(store: Store, clock: Clock, campaign_id: int, each: Variant) -> None:
    """Add a further text or change it; what waits on the desk is merged anew. Raises as :func:`update`."""
    with store.write() as unit:
        wordings.save_variant(unit, campaign_id, each)
        state = unit.conn.execute(sa.select(campaign.c.state).where(campaign.c.id == campaign_id)).scalar()
        if state != "draft":
            rerender(unit, campaign_id, clock.now())
        unit.publish(CampaignChanged(campaign_id))


def remove_variant(store: Store, campaign_id: int, label: str) -> None:
    """Take a further text out of a draft. Raises ``ValueError`` for a started one."""
    with store.write() as unit:
        wordings.remove_variant(unit, campaign_id, label)
        unit.publish(CampaignChanged(campaign_id))


def merged(
    store: Store, campaign_id: int, index: int, label: str = "", *, now: float | None = None
) -> MergePreview | None:
    """How the message reads for the person at ``index`` (from 0) of the list; None when there is none.

    ``label`` shows one of several texts, whoever gets it. Raises ``TemplateError`` or ``MissingField``,
    which say what is wrong.
    """
    with store.read() as conn:
        row = conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
        if row is None:
            raise LookupError("This campaign is no longer there.")
        person = _person_at(conn, row["list_id"], index)
        if person is None:
            return None
        when = SystemClock().now() if now is None else now
        merger = merger_of(conn, row, wordings.load(conn, row), when)
    return preview(merger, person, label)


def preview(merger: merging.Merger, person: merging.Person, label: str = "") -> MergePreview:
    """A person's text with its size. Raises ``MissingField``."""
    found = merger.merge(person, label)
    if not isinstance(found, merging.Merged):
        raise templates.MissingField(found[0])
    cost = sms.split(found.text)
    return MergePreview(
        contact_id=person.contact_id,
        name=person.called,
        text=found.text,
        spans=found.spans,
        segments=len(cost.segments),
        units=cost.units,
        limit=cost.limit,
        alphabet=str(cost.alphabet),
        offending=cost.offending,
        label=found.label,
    )


def _person_at(conn: sa.Connection, list_id: int | None, index: int) -> merging.Person | None:
    # Lists are numbered from 0 without gaps, unless a contact was deleted since.
    found = merging.person_at(conn, list_id, max(0, index))
    if found is None or found.position == index:
        return found
    query = (
        sa.select(list_member.c.position)
        .where(list_member.c.list_id == list_id)
        .order_by(list_member.c.position)
        .limit(1)
        .offset(max(0, index))
    )
    position = conn.execute(query).scalar()
    return None if position is None else merging.person_at(conn, list_id, int(position))


def pause(store: Store, clock: Clock, campaign_id: int, operator: str) -> None:
    """Stop before the next text; clicks that wait go back to the desk when their turn comes."""
    _move(store, clock, campaign_id, operator, ("running",), "paused")


def resume(store: Store, clock: Clock, campaign_id: int, operator: str) -> None:
    """Let a paused campaign go on."""
    _move(store, clock, campaign_id, operator, ("paused", "done"), "running")


def finish(store: Store, clock: Clock, campaign_id: int, operator: str) -> None:
    """End a campaign; what is still queued stays where it is and cannot be sent."""
    _move(store, clock, campaign_id, operator, ("running", "paused"), "done")


def _move(
    store: Store, clock: Clock, campaign_id: int, operator: str, before: tuple[str, ...], after: str
) -> None:
    with store.write() as unit:
        moved = unit.conn.execute(
            sa.update(campaign)
            .where(campaign.c.id == campaign_id, campaign.c.state.in_(before))
            .values(state=after)
        )
        if moved.rowcount:
            unit.conn.execute(
                sa.insert(audit).values(
                    at=clock.now(),
                    operator=operator,
                    action=f"campaign {after}",
                    detail=f"campaign {campaign_id}",
                )
            )
            unit.publish(CampaignChanged(campaign_id))
