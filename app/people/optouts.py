"""The one opt-out list: keyed by number, over every campaign, line and list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.clock import Clock
from app.store import tables as t
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged, MessageChanged, OptOutChanged

SOURCES = ("sms", "operator", "import")
MAX_EVENTS = 50  # more would flood the window; CampaignChanged makes it read again anyway
_CHUNK = 500  # bound variables in one statement


@dataclass(frozen=True, slots=True)
class OptOutRow:
    """One opt-out, standing (``lifted_at`` None) or lifted. Times are UTC seconds."""

    id: int
    number: str
    name: str
    created_at: float
    source: str
    evidence: str
    rule: str
    operator: str
    message_id: int | None
    lifted_at: float | None
    lifted_source: str
    lifted_reason: str
    lifted_by: str


def active(conn: sa.Connection, number: str) -> bool:
    """True while an opt-out of ``number`` (E.164) stands."""
    query = sa.select(t.opt_out.c.id).where(t.opt_out.c.number == number, t.opt_out.c.lifted_at.is_(None))
    return conn.execute(query).first() is not None


def active_set(conn: sa.Connection, numbers: Iterable[str]) -> set[str]:
    """Which of ``numbers`` have a standing opt-out."""
    wanted = list(numbers)
    found: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        query = sa.select(t.opt_out.c.number).where(
            t.opt_out.c.number.in_(wanted[start : start + _CHUNK]), t.opt_out.c.lifted_at.is_(None)
        )
        found.update(conn.execute(query).scalars())
    return found


def opt_out(
    unit: Unit,
    clock: Clock,
    number: str,
    *,
    source: str,
    evidence: str = "",
    rule: str = "",
    operator: str = "",
    message_id: int | None = None,
) -> int:
    """Take ``number`` (E.164) out of everything, in the caller's transaction. Returns how many were blocked.

    A second opt-out adds no row, but whatever is queued or clicked by then is blocked all the same: a
    click that has not been claimed is voided, one that has is past stopping.
    """
    if source not in SOURCES:
        raise ValueError(f"unknown source of an opt-out: {source!r}")
    now = clock.now()
    if not active(unit.conn, number):
        unit.conn.execute(
            sa.insert(t.opt_out).values(
                number=number,
                created_at=now,
                source=source,
                evidence=evidence,
                rule=rule,
                operator=operator,
                message_id=message_id,
            )
        )
        if source == "operator":
            record(unit, now, operator, "opted out by hand", f"{number}: {evidence}")
    blocked = _block_waiting(unit, now, number)
    unit.publish(OptOutChanged(number, active=True))
    return blocked


def _block_waiting(unit: Unit, now: float, number: str) -> int:
    m = t.message.c
    waiting = unit.conn.execute(
        sa.select(m.id, m.campaign_id, m.conversation_id).where(
            m.number == number, m.direction == "out", m.state.in_(("queued", "clicked"))
        )
    ).all()
    if not waiting:
        return 0
    ids = [row.id for row in waiting]
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        unit.conn.execute(
            sa.update(t.message)
            .where(m.id.in_(some))
            .values(state="blocked", reason="opted out", click_id=None, clicked_at=None, settled_at=now)
        )
        unit.conn.execute(
            sa.update(t.click)
            .where(t.click.c.message_id.in_(some), t.click.c.voided_at.is_(None))
            .values(voided_at=now, void_reason="opted out")
        )
    unit.publish(
        *(
            MessageChanged(row.id, number, row.campaign_id, row.conversation_id)
            for row in waiting[:MAX_EVENTS]
        )
    )
    campaigns = sorted({row.campaign_id for row in waiting if row.campaign_id is not None})
    unit.publish(*(CampaignChanged(campaign) for campaign in campaigns))
    return len(ids)


def lift(unit: Unit, clock: Clock, number: str, *, source: str, reason: str, operator: str = "") -> bool:
    """End the standing opt-out of ``number``; the row stays as history. False when none stood.

    By the person's own text (``source="sms"``, ``reason`` the words), which is a new consent and kept as
    such; or by an operator, who must say why. What was blocked stays blocked.
    """
    if source != "sms" and not reason.strip():
        raise ValueError("lifting an opt-out by hand needs a reason")
    now = clock.now()
    changed = unit.conn.execute(
        sa.update(t.opt_out)
        .where(t.opt_out.c.number == number, t.opt_out.c.lifted_at.is_(None))
        .values(lifted_at=now, lifted_source=source, lifted_reason=reason, lifted_by=operator)
    ).rowcount
    if not changed:
        return False
    if source == "sms":
        unit.conn.execute(
            sa.update(t.contact)
            .where(t.contact.c.number == number)
            .values(consent_source=f"their text: {reason[:40]}", consent_at=now, updated_at=now)
        )
    record(unit, now, operator, "opt-out lifted", f"{number} ({source}): {reason}")
    unit.publish(OptOutChanged(number, active=False))
    return True


def record(unit: Unit, now: float, operator: str, action: str, detail: str) -> None:
    """One line of the audit trail."""
    unit.conn.execute(sa.insert(t.audit).values(at=now, operator=operator, action=action, detail=detail))


# -- reading ------------------------------------------------------------------------------------


def _rows(query: str, standing: bool) -> sa.Select[Any]:
    o = t.opt_out.c
    columns = [
        t.contact.c.name.label("name") if f == "name" else o[f] for f in OptOutRow.__dataclass_fields__
    ]
    select = sa.select(*columns).select_from(t.opt_out.outerjoin(t.contact, t.contact.c.number == o.number))
    if standing:
        select = select.where(o.lifted_at.is_(None))
    return _matching(select, query)


def _matching(select: sa.Select[Any], query: str) -> sa.Select[Any]:
    words = query.strip()
    if not words:
        return select
    digits = "".join(c for c in words if c.isdigit())
    by_name = t.contact.c.name.ilike(f"%{_escaped(words)}%", escape="\\")
    if digits:
        return select.where(sa.or_(by_name, t.opt_out.c.number.like(f"%{digits}%")))
    return select.where(by_name)


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def page(
    store: Store, *, query: str = "", after: int | None = None, limit: int = 100, lifted: bool = False
) -> tuple[OptOutRow, ...]:
    """Opt-outs, newest first; ``after`` is the last id of the page before. ``lifted``: ended ones too."""
    select = _rows(query, standing=not lifted).order_by(t.opt_out.c.id.desc()).limit(limit)
    if after is not None:
        select = select.where(t.opt_out.c.id < after)
    with store.read() as conn:
        return tuple(OptOutRow(*row) for row in conn.execute(select))


def count(store: Store, *, query: str = "", lifted: bool = False) -> int:
    """How many rows :func:`page` goes through."""
    select = _rows(query, standing=not lifted).with_only_columns(sa.func.count(), maintain_column_froms=True)
    with store.read() as conn:
        return int(conn.execute(select).scalar_one())


def lookup(store: Store, number: str) -> tuple[OptOutRow, ...]:
    """The whole story of one number (E.164), newest first; () when it never opted out."""
    select = _rows("", standing=False).where(t.opt_out.c.number == number).order_by(t.opt_out.c.id.desc())
    with store.read() as conn:
        return tuple(OptOutRow(*row) for row in conn.execute(select))
