"""Audiences by answers: who said what to a question of a campaign, and who was texted and did not answer.

A rule names the question by its id. ``said`` has an option's id as its value, or the words themselves.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.people import fields
from app.store import tables as t
from app.store.engine import Store

ASKS = ("said", "said_other", "answered", "unanswered", "more", "less")
_LEFT = ("sending", "sent", "unknown")
#: Questions that are offered, those of the newest campaigns.
OFFERED = 500
Clause = sa.ColumnElement[bool]


def clause(ask: str, question_id: int, value: str) -> Clause:
    """Who of the contacts fits; nobody where the value makes no sense."""
    a = t.answer.c
    standing = sa.select(a.number).where(a.question_id == question_id, a.cleared_at.is_(None))
    number = t.contact.c.number
    if ask == "answered":
        return number.in_(standing)
    if ask == "unanswered":
        return sa.and_(number.in_(_texted(question_id)), number.not_in(standing))
    if ask in ("more", "less"):
        return _by_size(standing, ask, value)
    said = _said(value)
    if ask == "said_other":
        return number.in_(standing.where(sa.not_(said)))
    return number.in_(standing.where(said))


def _said(value: str) -> Clause:
    a = t.answer.c
    words = sa.func.lower(a.value) == value.strip().lower()
    if value.isascii() and value.isdigit() and len(value) < 10:
        # An option's id; where the answer is words or a number it is what was said.
        return sa.or_(
            sa.and_(a.option_id.is_not(None), a.option_id == int(value)), a.option_id.is_(None) & words
        )
    return words


def _by_size(standing: sa.Select[tuple[str]], ask: str, value: str) -> Clause:
    size = fields.amount(value)
    if size is None:
        return sa.false()
    said = sa.cast(sa.func.replace(t.answer.c.value, ",", "."), sa.Float)
    return t.contact.c.number.in_(standing.where(said > size if ask == "more" else said < size))


def _texted(question_id: int) -> sa.Select[tuple[str]]:
    m = t.message.c
    campaign = sa.select(t.question.c.campaign_id).where(t.question.c.id == question_id).scalar_subquery()
    return sa.select(m.number).where(
        m.campaign_id == campaign, m.direction == "out", m.kind == "first", m.state.in_(_LEFT)
    )


def questions(store: Store) -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]:
    """(id, campaign and question, (option id, label)…) of every question, the newest campaigns first.

    Questions and answers that were taken out are offered as well: what was said once can be asked for.
    """
    with store.read() as conn:
        options: dict[int, list[tuple[str, str]]] = {}
        for key, question_id, label in conn.execute(
            sa.select(t.question_option.c.id, t.question_option.c.question_id, t.question_option.c.label)
            .join(t.question, t.question.c.id == t.question_option.c.question_id)
            .where(t.question.c.kind == "choice")
            .order_by(t.question_option.c.position, t.question_option.c.id)
        ):
            options.setdefault(question_id, []).append((str(key), label))
        rows = conn.execute(
            sa.select(t.question.c.id, t.campaign.c.name, t.question.c.text)
            .join(t.campaign, t.campaign.c.id == t.question.c.campaign_id)
            .order_by(t.campaign.c.id.desc(), t.question.c.position)
            .limit(OFFERED)
        ).all()
    return tuple(
        (str(row.id), f"{row.name or 'Campaign'}: {row.text}", tuple(options.get(row.id, ()))) for row in rows
    )
