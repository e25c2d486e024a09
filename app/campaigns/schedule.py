"""When a campaign begins and ends, what it comes before, how often it may write, and what is due when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.campaigns import caps, occasions
from app.campaigns.local import moment
from app.campaigns.occasions import Rule
from app.campaigns.refusing import CampaignError
from app.clock import Clock
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged
from app.store.tables import audit, campaign

#: The shortest reason that says anything.
LEAST_REASON = 3
#: Caps by name: so many texts in so many days, over all campaigns.
CAP_PRESETS = (("No cap", 0, 0), ("1 a day", 1, 1), ("1 a week", 1, 7))


@dataclass(frozen=True, slots=True)
class Schedule:
    """Moments are UTC seconds, None for none; ``cap_texts`` in ``cap_days`` to one person, 0 for no cap."""

    starts_at: float | None = None
    ends_at: float | None = None
    urgent: bool = False
    cap_texts: int = 0
    cap_days: int = 0
    promise_reason: str = ""  # why more texts go than people were promised; "" = the promise is kept
    rule: Rule = field(default_factory=Rule)


def of_row(row: Any) -> Schedule:
    """The schedule in a row of ``campaign``; raises :class:`CampaignError` for a rule that cannot be read."""
    return Schedule(
        row["starts_at"], row["ends_at"], bool(row["urgent"]), row["cap_texts"], row["cap_days"],
        row["promise_reason"], occasions.from_json(row["due"]),
    )  # fmt: skip


def get(store: Store, campaign_id: int) -> Schedule:
    """One campaign's schedule. Raises ``LookupError`` when it is gone."""
    with store.read() as conn:
        row = conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
    if row is None:
        raise LookupError("This campaign is no longer there.")
    return of_row(row)


def save(store: Store, clock: Clock, campaign_id: int, new: Schedule, operator: str) -> None:
    """Keep a schedule; what is due is made anew at once by :func:`app.campaigns.due.prepare`.

    Raises :class:`CampaignError` with a sentence; nothing is changed then.
    """
    reason = new.promise_reason.strip()
    _refuse(new, reason)
    with store.write() as unit:
        row = unit.conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
        if row is None:
            raise CampaignError("This campaign is no longer there.")
        _refuse_started(row, new)
        unit.conn.execute(
            sa.update(campaign)
            .where(campaign.c.id == campaign_id)
            .values(
                starts_at=new.starts_at,
                ends_at=new.ends_at,
                urgent=new.urgent,
                cap_texts=new.cap_texts,
                cap_days=new.cap_days if new.cap_texts else 0,
                promise_reason=reason,
                due=new.rule.to_json(),
                list_id=_people(unit, row, new.rule),
            )
        )
        if reason and reason != row["promise_reason"]:
            _log(unit, clock, operator, "promise exceeded", f"campaign {campaign_id}: {reason}")
        if row["state"] != "draft" and (new.starts_at, new.ends_at) != (row["starts_at"], row["ends_at"]):
            words = f"campaign {campaign_id}: {times_words(new, clock.now()) or 'no start, no end'}"
            _log(unit, clock, operator, "campaign rescheduled", words)
        unit.publish(CampaignChanged(campaign_id))


def _refuse(new: Schedule, reason: str) -> None:
    if new.starts_at is not None and new.ends_at is not None and new.ends_at <= new.starts_at:
        raise CampaignError("The end lies before the start. Set a later end.")
    if not (0 <= new.cap_texts <= caps.MOST_TEXTS and 0 <= new.cap_days <= caps.MOST_DAYS):
        raise CampaignError(f"A cap has at most {caps.MOST_TEXTS} texts and {caps.MOST_DAYS} days.")
    if new.cap_texts and not new.cap_days:
        raise CampaignError("Say in how many days that many texts may go.")
    if reason and len(reason) < LEAST_REASON:
        raise CampaignError("Say why people get more texts than they were promised; it is kept in the log.")
    if problem := new.rule.problem():
        raise CampaignError(problem)


def _people(unit: Unit, row: Any, rule: Rule) -> int | None:
    """A follow-up has the people of the campaign that it follows, unless it has a list of its own."""
    if row["list_id"] is not None or rule.kind != occasions.SILENCE:
        return row["list_id"]  # type: ignore[no-any-return]
    return unit.conn.execute(sa.select(campaign.c.list_id).where(campaign.c.id == rule.source)).scalar()


def _refuse_started(row: Any, new: Schedule) -> None:
    if row["state"] == "draft":
        return
    try:
        waited = occasions.from_json(row["due"]).waits
    except CampaignError:
        return
    if waited != new.rule.waits:
        raise CampaignError(
            "A campaign that was started stays as it is: to everyone at once, or as texts become due. "
            "Duplicate it to change that."
        )


def _log(unit: Unit, clock: Clock, operator: str, action: str, detail: str) -> None:
    unit.conn.execute(
        sa.insert(audit).values(at=clock.now(), operator=operator, action=action, detail=detail)
    )


# -- in words -------------------------------------------------------------------------------------


def times_words(found: Schedule, now: float) -> str:
    """ "Starts Mon 27 Apr 9:00, ends Fri 8 May 18:00"; past ones in the past tense; "" without either."""
    said = []
    if found.starts_at is not None:
        said.append(f"{'Starts' if found.starts_at > now else 'Started'} {moment(found.starts_at, now)}")
    if found.ends_at is not None:
        verb = "ends" if found.ends_at > now else "ended"
        said.append(f"{verb if said else verb.capitalize()} {moment(found.ends_at, now)}")
    return ", ".join(said)


def cap_words(found: Schedule) -> str:
    """ "At most 1 campaign text a week to a person"; "" without a cap."""
    if not found.cap_texts:
        return ""
    what = "1 campaign text" if found.cap_texts == 1 else f"{found.cap_texts} campaign texts"
    days = {1: "a day", 7: "a week"}.get(found.cap_days, f"in {found.cap_days} days")
    return f"At most {what} {days} to a person, other campaigns counted"
