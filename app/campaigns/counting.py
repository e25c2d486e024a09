"""Figures of a campaign, from indexes alone: 100,000 messages are counted in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from app.campaigns import keeping, merging
from app.store.engine import Store
from app.store.tables import campaign, conversation, message, opt_out, people_list, wording


@dataclass(frozen=True, slots=True)
class CampaignSummary:
    """Counts of messages by state. ``sent`` has those on their way in it; ``failed`` are not sent.

    ``delivered`` and ``undelivered`` are among ``sent``. ``replies`` are people who wrote since their text,
    ``opted_out`` people of this campaign who opted out since it started.
    """

    id: int
    name: str
    state: str
    list_name: str
    people: int
    queued: int
    clicked: int
    sent: int
    delivered: int
    undelivered: int
    failed: int
    unknown: int
    skipped: int
    blocked: int
    replies: int
    opted_out: int
    started_at: float | None


def overview(store: Store) -> tuple[CampaignSummary, ...]:
    """All campaigns, the newest first."""
    kept = keeping.of(store)
    found = []
    with store.read() as conn:
        turn = kept.begin(conn)
        for key in conn.execute(sa.select(campaign.c.id).order_by(campaign.c.id.desc())).scalars().all():
            figures = kept.get(key)
            if not isinstance(figures, CampaignSummary):
                figures = _summary(conn, key)
                if _is_quiet(figures):
                    kept.keep(key, figures, turn)
            found.append(figures)
    return tuple(found)


def _is_quiet(figures: CampaignSummary) -> bool:
    waits = figures.queued or figures.clicked
    return figures.state == "done" or (figures.state in ("running", "paused") and not waits)


def summary(store: Store, campaign_id: int) -> CampaignSummary:
    """One campaign's figures. Raises ``LookupError`` when it is gone."""
    with store.read() as conn:
        return _summary(conn, campaign_id)


def _summary(conn: sa.Connection, campaign_id: int) -> CampaignSummary:
    row = (
        conn.execute(
            sa.select(campaign, people_list.c.name.label("list_name"))
            .outerjoin(people_list, people_list.c.id == campaign.c.list_id)
            .where(campaign.c.id == campaign_id)
        )
        .mappings()
        .first()
    )
    if row is None:
        raise LookupError("This campaign is no longer there.")
    states = _states(conn, campaign_id) if row["state"] != "draft" else {}
    delivery = _delivery(conn, campaign_id) if states else {}
    since = row["started_at"]
    people = merging.count(conn, row["list_id"]) if row["state"] == "draft" else sum(states.values())
    return CampaignSummary(
        id=row["id"],
        name=row["name"],
        state=row["state"],
        list_name=row["list_name"] or "",
        people=people,
        queued=states.get("queued", 0),
        clicked=states.get("clicked", 0),
        sent=states.get("sent", 0) + states.get("sending", 0),
        delivered=delivery.get("delivered", 0),
        undelivered=delivery.get("failed", 0),
        failed=states.get("not_sent", 0),
        unknown=states.get("unknown", 0),
        skipped=states.get("skipped", 0),
        blocked=states.get("blocked", 0),
        replies=_replies(conn, campaign_id, since) if since is not None else 0,
        opted_out=_opted_out(conn, campaign_id, since) if since is not None else 0,
        started_at=since,
    )


@dataclass(frozen=True, slots=True)
class WordingCount:
    """Figures of one text of a campaign: over all versions of it. As in :class:`CampaignSummary`."""

    label: str
    version: int  # the latest
    people: int
    queued: int
    sent: int
    delivered: int
    replies: int
    opted_out: int


def by_wording(store: Store, campaign_id: int) -> tuple[WordingCount, ...]:
    """The figures of each of a campaign's texts; () for one that was not started."""
    m, replied, out = message.c, conversation.c, opt_out.c
    answered = (
        sa.select(replied.id).where(replied.number == m.number, replied.last_in_at > m.claimed_at).exists()
    )
    gone = sa.select(out.id).where(
        out.number == m.number, out.lifted_at.is_(None), out.created_at >= m.claimed_at
    )
    figures = (
        sa.select(
            m.wording_id,
            sa.func.count(),
            _sum(m.state == "queued"),
            _sum(m.state.in_(("sent", "sending"))),
            _sum(m.delivery == "delivered"),
            _sum(sa.and_(m.claimed_at.is_not(None), answered)),
            _sum(sa.and_(m.claimed_at.is_not(None), gone.exists())),
        )
        .where(m.campaign_id == campaign_id, m.wording_id.is_not(None))
        .group_by(m.wording_id)
    )
    with store.read() as conn:
        texts = conn.execute(
            sa.select(wording.c.id, wording.c.label, wording.c.version)
            .where(wording.c.campaign_id == campaign_id)
            .order_by(wording.c.label, wording.c.version)
        ).all()
        counted = {row[0]: [int(value or 0) for value in row[1:]] for row in conn.execute(figures)}
    found: dict[str, WordingCount] = {}
    for key, label, version in texts:
        before = found.get(label)
        mine = counted.get(key, [0] * 6)
        if before is not None:
            old = (
                before.people,
                before.queued,
                before.sent,
                before.delivered,
                before.replies,
                before.opted_out,
            )
            mine = [a + b for a, b in zip(mine, old, strict=True)]
        found[label] = WordingCount(label, version, *mine)
    return tuple(found.values())


def _sum(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _states(conn: sa.Connection, campaign_id: int) -> Mapping[str, int]:
    query = (
        sa.select(message.c.state, sa.func.count())
        .where(message.c.campaign_id == campaign_id)
        .group_by(message.c.state)
    )
    # What they answered belongs to the campaign too, and is none of its texts.
    return {str(state): int(count) for state, count in conn.execute(query) if state != "received"}


def _delivery(conn: sa.Connection, campaign_id: int) -> Mapping[str, int]:
    query = (
        sa.select(message.c.delivery, sa.func.count())
        .where(message.c.campaign_id == campaign_id, sa.text("delivery IN ('delivered', 'failed')"))
        .group_by(message.c.delivery)
    )
    return {str(state): int(count) for state, count in conn.execute(query)}


def _replies(conn: sa.Connection, campaign_id: int, since: float) -> int:
    texted = (
        sa.select(message.c.id)
        .where(
            message.c.number == conversation.c.number,
            message.c.direction == "out",
            message.c.campaign_id == campaign_id,
            message.c.claimed_at < conversation.c.last_in_at,
        )
        .exists()
    )
    query = (
        sa.select(sa.func.count()).select_from(conversation).where(conversation.c.last_in_at >= since, texted)
    )
    return int(conn.execute(query).scalar_one())


def _opted_out(conn: sa.Connection, campaign_id: int, since: float) -> int:
    concerned = (
        sa.select(message.c.id)
        .where(
            message.c.number == opt_out.c.number,
            message.c.direction == "out",
            message.c.campaign_id == campaign_id,
        )
        .exists()
    )
    query = (
        sa.select(sa.func.count())
        .select_from(opt_out)
        .where(opt_out.c.lifted_at.is_(None), opt_out.c.created_at >= since, concerned)
    )
    return int(conn.execute(query).scalar_one())
