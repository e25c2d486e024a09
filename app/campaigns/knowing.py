"""What is known of numbers before they are texted: opted out, failed for good, texted, waiting elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from app.campaigns.caps import LEFT, WINDOW_SECONDS
from app.people import reach
from app.people.reach import bad_numbers, no_mobile
from app.store.tables import campaign, click, contact, conversation, message, opt_out

__all__ = ["DAY", "WEEK", "Known", "bad_numbers", "load", "no_mobile", "said_to_work", "texted", "waiting"]

DAY = 86_400.0
WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Known:
    """By number. ``recent`` counts unanswered texts of the last 24 h, ``lines`` the line a person keeps,
    ``waiting`` the other campaigns with a text on the desk, ``texted`` when the last text of a week left."""

    opted_out: frozenset[str]
    bad: frozenset[str]
    works: frozenset[str]  # a person said that they can be texted
    waiting: dict[str, tuple[int, ...]]
    names: dict[int, str]  # of those campaigns
    texted: dict[str, float]
    recent: dict[str, int]
    lines: dict[str, int]
    answered: frozenset[str] = frozenset()  # who wrote since a second wave was made for the silent


def load(conn: sa.Connection, campaign_id: int, now: float) -> Known:
    """Read it for everyone at once; for the campaign that is to start."""
    out = conn.execute(sa.select(opt_out.c.number).where(opt_out.c.lifted_at.is_(None))).scalars()
    lines = conn.execute(
        sa.select(conversation.c.number, conversation.c.line_id).where(conversation.c.line_id.is_not(None))
    )
    waits, names = waiting(conn, campaign_id)
    return Known(
        frozenset(out),
        reach.bad_numbers(conn),
        said_to_work(conn),
        waits,
        names,
        texted(conn, now, WEEK),
        _recent(conn, now),
        {str(number): int(key) for number, key in lines},
        _answered(conn, campaign_id),
    )


def said_to_work(conn: sa.Connection) -> frozenset[str]:
    """Numbers of which a person said that they can be texted."""
    query = sa.select(contact.c.number).where(contact.c.works_since.is_not(None))
    return frozenset(conn.execute(query).scalars())


def waiting(conn: sa.Connection, but: int) -> tuple[dict[str, tuple[int, ...]], dict[int, str]]:
    """The campaigns, other than ``but``, that have a text for a number on the desk; and their names."""
    rows = conn.execute(
        sa.select(message.c.number, campaign.c.id, campaign.c.name)
        .join(campaign, campaign.c.id == message.c.campaign_id)
        .where(
            campaign.c.state.in_(("running", "paused")),
            message.c.campaign_id != but,
            message.c.state.in_(("queued", "clicked")),
        )
        .distinct()
    )
    found: dict[str, tuple[int, ...]] = {}
    names: dict[int, str] = {}
    for number, key, name in rows:
        found[number] = (*found.get(number, ()), key)
        names[key] = name
    return found, names


def texted(conn: sa.Connection, now: float, seconds: float) -> dict[str, float]:
    """When the last text left for a number (UTC seconds), for those texted within ``seconds``."""
    rows = conn.execute(
        sa.select(message.c.number, sa.func.max(message.c.claimed_at))
        .where(
            message.c.click_id > _first_click(conn, now - seconds),
            message.c.claimed_at > now - seconds,
            message.c.state.in_(LEFT),
        )
        .group_by(message.c.number)
    )
    return {str(row[0]): float(row[1]) for row in rows}


def _first_click(conn: sa.Connection, since: float) -> int:
    """Clicks are numbered in time: those of a day are found without reading the years before."""
    before = sa.select(click.c.id).where(click.c.at <= since).order_by(click.c.id.desc()).limit(1)
    return conn.execute(before).scalar() or 0


def _answered(conn: sa.Connection, campaign_id: int) -> frozenset[str]:
    made = sa.select(campaign.c.created_at).where(
        campaign.c.id == campaign_id, campaign.c.wave_of.is_not(None)
    )
    since = conn.execute(made).scalar()
    if since is None:
        return frozenset()
    query = sa.select(conversation.c.number).where(conversation.c.last_in_at >= since)
    return frozenset(conn.execute(query).scalars())


def _recent(conn: sa.Connection, now: float) -> dict[str, int]:
    rows = conn.execute(
        sa.select(message.c.number)
        .outerjoin(conversation, conversation.c.number == message.c.number)
        .where(
            message.c.click_id > _first_click(conn, now - WINDOW_SECONDS),
            message.c.claimed_at > now - WINDOW_SECONDS,
            message.c.state.in_(LEFT),
            sa.or_(conversation.c.last_in_at.is_(None), conversation.c.last_in_at < message.c.claimed_at),
        )
    )
    return Counter(rows.scalars())
