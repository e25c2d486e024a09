"""What was between us and a person, the newest first: campaigns, answers, consents and opt-outs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from app.people import consents, optouts, stories
from app.people.consents import Entry
from app.people.stories import Step
from app.store import tables as t
from app.store.engine import Store

MOST = 100
_LEFT = ("sending", "sent", "not_sent", "unknown")


@dataclass(frozen=True, slots=True)
class Campaigned:
    """A text of a campaign that left, or may have. ``at`` in UTC seconds; ``line`` is the name of the line
    that it went by; ``state`` as in ``message``."""

    at: float
    campaign: str
    line: str
    state: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a question of a script. ``cleared``: another one stands now, or none."""

    at: float
    question: str
    value: str
    operator: str
    cleared: bool


Happening = Campaigned | Answered | Entry | Step


@dataclass(frozen=True, slots=True)
class Past:
    """``happenings`` the newest first, ``more`` when there are others; ``line`` is the one they are answered
    by (its name and number, "" where none is known yet)."""

    number: str
    happenings: tuple[Happening, ...] = ()
    more: bool = False
    line: str = ""
    line_number: str = ""


def of_number(store: Store, number: str, now: float) -> Past:
    """The past of ``number`` (E.164) at ``now``. Reads only."""
    found: list[Happening] = [*consents.of_number(store, number, MOST)]
    # An opt-out and its end are in the ledger of consents too: told once, where their words are.
    found = [each for each in found if not _told_by_story(each)]
    found += stories.of_number(store, number, now).steps[:MOST]
    with store.read() as conn:
        found += _campaigned(conn, number)
        found += _answered(conn, number)
        line = conn.execute(
            sa.select(t.line.c.name, t.line.c.number)
            .join(t.conversation, t.conversation.c.line_id == t.line.c.id)
            .where(t.conversation.c.number == number)
        ).first()
    found.sort(key=attrgetter("at"), reverse=True)
    name, own = (line.name, line.number) if line is not None else ("", "")
    return Past(number, tuple(found[:MOST]), len(found) > MOST, name, own)


def _told_by_story(each: Happening) -> bool:
    return isinstance(each, Entry) and each.source.startswith(("opted out", *optouts.RETURNED))


def _campaigned(conn: sa.Connection, number: str) -> Iterator[Campaigned]:
    m = t.message.c
    at = sa.func.coalesce(m.claimed_at, m.settled_at, m.created_at)
    query: sa.Select[Any] = (
        sa.select(at, t.campaign.c.name, sa.func.coalesce(t.line.c.name, ""), m.state)
        .join_from(t.message, t.campaign, t.campaign.c.id == m.campaign_id)
        .outerjoin(t.line, t.line.c.id == m.line_id)
        .where(m.number == number, m.direction == "out", m.kind == "first", m.state.in_(_LEFT))
        .order_by(m.id.desc())
        .limit(MOST)
    )
    return (Campaigned(*row) for row in conn.execute(query))


def _answered(conn: sa.Connection, number: str) -> Iterator[Answered]:
    a = t.answer.c
    query: sa.Select[Any] = (
        sa.select(a.at, t.question.c.text, a.value, a.operator, a.cleared_at.is_not(None))
        .join_from(t.answer, t.question, t.question.c.id == a.question_id)
        .where(a.number == number)
        .order_by(a.id.desc())
        .limit(MOST)
    )
    return (Answered(*row) for row in conn.execute(query))
