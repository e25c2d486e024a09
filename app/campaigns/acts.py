"""What a person does with a card besides sending it, each with its way back. None of them makes a click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import campaign as campaigns
from app.clock import Clock
from app.people import optouts
from app.store.engine import Store
from app.store.events import CampaignChanged, MessageChanged
from app.store.tables import audit, campaign, contact, message, opt_out
from modem import sms

MAX_SEGMENTS = 255
MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class TextBefore:
    """A message's text before somebody changed it, and the hash of what it was changed to."""

    text: str
    text_hash: str
    edited: bool
    fresh_until: float | None
    now_hash: str


@dataclass(frozen=True, slots=True)
class OptedOut:
    """An opt-out made by hand: its row, and the messages that were queued or clicked until then."""

    id: int
    number: str
    at: float
    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """Somebody who was passed over. ``reason`` is what the texter wrote, or ""."""

    message_id: int
    number: str
    name: str
    reason: str
    position: int


# -- skip -----------------------------------------------------------------------------------------


def skip(store: Store, message_id: int, reason: str) -> bool:
    """Pass a person over; they can be put back. False when the text is no longer queued."""
    return _change(
        store, message_id, message.c.state == "queued", state="skipped", reason=reason.strip()[:MAX_REASON]
    )


def unskip(store: Store, message_id: int) -> bool:
    """Put a skipped person back into their place."""
    return _change(store, message_id, message.c.state == "skipped", state="queued", reason="")


def skipped(store: Store, campaign_id: int, limit: int = 200) -> tuple[SkippedRow, ...]:
    """Who was skipped in a campaign, in the order of the list."""
    query = (
        sa.select(message.c.id, message.c.number, contact.c.name, message.c.reason, message.c.position)
        .outerjoin(contact, contact.c.id == message.c.contact_id)
        .where(message.c.campaign_id == campaign_id, message.c.state == "skipped")
        .order_by(message.c.position)
        .limit(limit)
    )
    with store.read() as conn:
        return tuple(SkippedRow(row[0], row[1], row[2] or "", row[3], row[4]) for row in conn.execute(query))


# -- the text of one person -----------------------------------------------------------------------


def edit(store: Store, message_id: int, text: str) -> bool:
    """Another text for this one person; whatever was painted before is void. False when not queued.

    Raises ``ValueError`` with a sentence for an empty or endless text.
    """
    return change_text(store, message_id, text) is not None


def change_text(store: Store, message_id: int, text: str) -> TextBefore | None:
    """As :func:`edit`; returns what it was before, for :func:`restore_text`. None when not queued."""
    from app.texting.clicks import text_hash

    if not text.strip():
        raise ValueError("The text is empty. Nothing was changed.")
    if len(sms.split(text).segments) > MAX_SEGMENTS:
        raise ValueError("The text is too long to send. Nothing was changed.")
    m = message.c
    with store.read() as conn:
        old = conn.execute(
            sa.select(m.text, m.text_hash, m.edited, m.fresh_until).where(m.id == message_id)
        ).first()
    if old is None:
        return None
    now_hash = text_hash(text)
    same = sa.and_(m.state == "queued", m.text_hash == old.text_hash)
    changed = _change(store, message_id, same, text=text, text_hash=now_hash, edited=True, fresh_until=None)
    return TextBefore(old.text, old.text_hash, old.edited, old.fresh_until, now_hash) if changed else None


def restore_text(store: Store, message_id: int, before: TextBefore) -> str:
    """Undo :func:`change_text`; a sentence when the text went, or was changed again, meanwhile."""
    as_changed = sa.and_(message.c.state == "queued", message.c.text_hash == before.now_hash)
    back = _change(
        store,
        message_id,
        as_changed,
        text=before.text,
        text_hash=before.text_hash,
        edited=before.edited,
        fresh_until=before.fresh_until,
    )
    return "" if back else "This text is no longer as you left it. Nothing was changed."


# -- opting out by hand ---------------------------------------------------------------------------


def opt_out_person(
    store: Store, clock: Clock, number: str, operator: str, evidence: str = "on the desk"
) -> OptedOut | None:
    """Opt a number (E.164) out of everything; None when it had opted out before."""
    m = message.c
    with store.write() as unit:
        stood = optouts.active(unit.conn, number)
        waiting = tuple(
            unit.conn.execute(
                sa.select(m.id).where(
                    m.number == number,
                    m.direction == "out",
                    m.kind == "first",
                    m.resend_of.is_(None),
                    m.state.in_(("queued", "clicked")),
                )
            ).scalars()
        )
        optouts.opt_out(unit, clock, number, source="operator", evidence=evidence, operator=operator)
        if stood:
            return None
        row = unit.conn.execute(
            sa.select(opt_out.c.id, opt_out.c.created_at).where(
                opt_out.c.number == number, opt_out.c.lifted_at.is_(None)
            )
        ).one()
        return OptedOut(row.id, number, row.created_at, waiting)


def undo_opt_out(store: Store, clock: Clock, made: OptedOut, operator: str) -> str:
    """Lift an opt-out that was just made by hand and put its cards back; a sentence when it is too late.

    It is too late once the person wrote, or a list of opt-outs was added: it may be their own word by then.
    A text that was clicked waits on the desk again, for a new click.
    """
    m = message.c
    with store.write() as unit:
        conn = unit.conn
        stands = conn.execute(
            sa.select(opt_out.c.id).where(opt_out.c.id == made.id, opt_out.c.lifted_at.is_(None))
        ).first()
        if stands is None:
            return "This opt-out was ended already. Nothing was changed."
        wrote = sa.select(m.id).where(m.number == made.number, m.direction == "in", m.created_at >= made.at)
        listed = sa.select(audit.c.id).where(audit.c.action == "opt-outs added", audit.c.at >= made.at)
        if conn.execute(wrote.limit(1)).first() or conn.execute(listed.limit(1)).first():
            return "They may have opted out themselves since. Nothing was changed; look on the Opt-outs page."
        optouts.lift(
            unit, clock, made.number, source="undo", reason="opted out by mistake, undone", operator=operator
        )
        back = conn.execute(
            sa.update(message)
            .where(m.id.in_(made.message_ids), m.state == "blocked", m.reason == "opted out")
            .values(state="queued", reason="", settled_at=None)
            .returning(m.id, m.number, m.campaign_id, m.conversation_id)
        ).all()
        for row in back:
            unit.publish(MessageChanged(*row))
        unit.publish(*(CampaignChanged(key) for key in {row.campaign_id for row in back} if key is not None))
    return ""


# -- pause ----------------------------------------------------------------------------------------


def undo_pause(store: Store, clock: Clock, campaign_id: int, operator: str, *, paused: bool) -> str:
    """Undo a pause (``paused``) or a resumption; a sentence when the campaign is in another state by now."""
    with store.read() as conn:
        state = conn.execute(sa.select(campaign.c.state).where(campaign.c.id == campaign_id)).scalar()
    if state != ("paused" if paused else "running"):
        return "This campaign was changed since. Nothing was changed."
    (campaigns.resume if paused else campaigns.pause)(store, clock, campaign_id, operator)
    return ""


def _change(store: Store, message_id: int, when: sa.ColumnElement[bool], **values: Any) -> bool:
    with store.write() as unit:
        row = unit.conn.execute(
            sa.update(message)
            .where(message.c.id == message_id, when)
            .values(**values)
            .returning(message.c.number, message.c.campaign_id, message.c.conversation_id)
        ).first()
        if row is None:
            return False
        unit.publish(MessageChanged(message_id, row.number, row.campaign_id, row.conversation_id))
        return True
