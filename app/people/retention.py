"""Letting old words go: of texts that are older than some months, and of a campaign that is finished.

That a text came or left, when, to whom and by whose press stays, so that caps, limits and reports stay true;
opt-outs, their words and the ledger stay too. A text that never left goes whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from app.clock import Clock
from app.people import optouts, privacy
from app.store import tables as t
from app.store.engine import Store, Unit
from app.store.events import AnswerChanged, CampaignChanged, ConversationChanged
from app.store.tables import message as _message

#: What stands where the words were.
GONE: Final = "(deleted)"
#: The months that can be chosen; 0 keeps everything.
MONTHS: Final = (0, 3, 6, 12, 24, 36, 60)
_KEY = "retention months"
_MONTH = 30.44 * 86400.0
_CHUNK = 400
_NEVER_LEFT = ("queued", "skipped", "blocked", "removed", "not_sent")
_m = _message.c


Progress = Callable[[int, int], None]


class RetentionError(Exception):
    """It cannot be done now; the text says why, and that nothing was changed."""


@dataclass(frozen=True, slots=True)
class Old:
    """What would go: texts with their words, of so many people, from before ``before`` (UTC seconds).

    ``imported``: texts of a phone's history, which go whole. ``kept``: older texts that wait for an answer or
    a decision, are queued, or of which nobody knows whether they left: those keep their words.
    """

    texts: int
    people: int
    before: float
    imported: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished campaign whose data can go: texts that still have words, and answers."""

    id: int
    name: str
    texts: int
    answers: int


def months(store: Store) -> int:
    """After how many months words are to go; 0 = never."""
    with store.read() as conn:
        stored = conn.execute(sa.select(t.office_setting.c.value).where(t.office_setting.c.key == _KEY))
        value = stored.scalar()
    try:
        found = int(json.loads(value)) if value else 0
    except (ValueError, TypeError):
        return 0
    return found if found in MONTHS else 0


def keep_for(store: Store, clock: Clock, wanted: int, operator: str) -> None:
    """Choose the months (of :data:`MONTHS`). Nothing is deleted by that."""
    if wanted not in MONTHS:
        raise ValueError(f"no such choice: {wanted}")
    s = t.office_setting
    with store.write() as unit:
        change = sa.update(s).where(s.c.key == _KEY).values(value=json.dumps(wanted))
        if not unit.conn.execute(change).rowcount:
            unit.conn.execute(sa.insert(s).values(key=_KEY, value=json.dumps(wanted)))
        optouts.record(unit, clock.now(), operator, "retention", f"{wanted} months")


def old(store: Store, now: float, wanted: int) -> Old:
    """What :func:`forget` would take."""
    before = now - wanted * _MONTH
    if not wanted:
        return Old(0, 0, before)
    query = sa.select(sa.func.count(), sa.func.count(_m.number.distinct())).where(_old(before))
    past = sa.select(sa.func.count()).select_from(t.imported_text).where(t.imported_text.c.at < before)
    every = sa.select(sa.func.count()).where(_m.created_at < before, _m.text != GONE)
    with store.read() as conn:
        texts, people = conn.execute(query).one()
        imported, older = conn.execute(past).scalar_one(), conn.execute(every).scalar_one()
    return Old(int(texts), int(people), before, int(imported), int(older) - int(texts))


def _settled() -> sa.ColumnElement[bool]:
    """Texts that nothing can send any more and nobody has to decide about."""
    waits = sa.exists().where(t.hold.c.message_id == _m.id, t.hold.c.decided_at.is_(None))
    unanswered = sa.exists().where(
        t.conversation.c.id == _m.conversation_id, t.conversation.c.waiting_since <= _m.created_at
    )
    return sa.or_(
        sa.and_(_m.direction == "in", ~waits, ~unanswered),
        _m.state == "sent",
        sa.and_(_m.state == "unknown", _m.resolution != ""),
    )


def _old(before: float) -> sa.ColumnElement[bool]:
    open_campaign = sa.exists().where(t.campaign.c.id == _m.campaign_id, t.campaign.c.state != "done")
    never_left = sa.and_(_m.state.in_(("skipped", "blocked", "removed", "not_sent")), ~open_campaign)
    return sa.and_(_m.created_at < before, _m.text != GONE, sa.or_(_settled(), never_left))


def forget(
    store: Store, clock: Clock, wanted: int, operator: str, *, progress: Progress = lambda done, total: None
) -> int:
    """Delete the words of texts that are older than ``wanted`` months; returns of how many.

    ``progress`` gets (texts done, texts there are).
    """
    if wanted not in MONTHS or not wanted:
        raise ValueError("choose after how many months")
    now = clock.now()
    before = now - wanted * _MONTH
    with store.write() as unit:
        count = _forget(unit, _old(before), progress)
        unit.conn.execute(sa.delete(t.imported_text).where(t.imported_text.c.at < before))
        optouts.record(unit, now, operator, "old texts deleted", f"{count} texts, {wanted} months")
    privacy.finish(store)
    return count


def finished(store: Store) -> tuple[Finished, ...]:
    """The finished campaigns with something to delete, the newest first."""
    texts = (
        sa.select(sa.func.count())
        .where(_m.campaign_id == t.campaign.c.id, _m.text != GONE)
        .correlate(t.campaign)
        .scalar_subquery()
    )
    answers = (
        sa.select(sa.func.count())
        .where(t.answer.c.campaign_id == t.campaign.c.id)
        .correlate(t.campaign)
        .scalar_subquery()
    )
    query = (
        sa.select(t.campaign.c.id, t.campaign.c.name, texts, answers)
        .where(t.campaign.c.state == "done")
        .order_by(t.campaign.c.id.desc())
        .limit(500)
    )
    with store.read() as conn:
        rows = [Finished(*row) for row in conn.execute(query)]
    return tuple(row for row in rows if row.texts or row.answers)


def forget_campaign(
    store: Store,
    clock: Clock,
    campaign_id: int,
    operator: str,
    *,
    progress: Progress = lambda done, total: None,
) -> int:
    """Delete a finished campaign's words and answers; returns of how many texts.

    What waits for an answer or a decision stays until it has one. Raises :class:`RetentionError` where the
    campaign is not finished, or a text of it is on its way.
    """
    now = clock.now()
    with store.write() as unit:
        row = unit.conn.execute(sa.select(t.campaign).where(t.campaign.c.id == campaign_id)).first()
        if row is None or row.state != "done":
            raise RetentionError("Finish the campaign first. Nothing was deleted.")
        under_way = sa.select(_m.id).where(
            _m.campaign_id == campaign_id, _m.state.in_(("clicked", "sending"))
        )
        if unit.conn.execute(under_way.limit(1)).first() is not None:
            raise RetentionError(
                "A text of this campaign is on its way. Nothing was deleted. Try again then."
            )
        gone = sa.or_(_settled(), _m.state.in_(_NEVER_LEFT))
        count = _forget(unit, sa.and_(_m.campaign_id == campaign_id, _m.text != GONE, gone), progress)
        unit.conn.execute(sa.delete(t.answer).where(t.answer.c.campaign_id == campaign_id))
        optouts.record(unit, now, operator, "campaign's data deleted", f"{row.name}: {count} texts")
        unit.publish(CampaignChanged(campaign_id), AnswerChanged(campaign_id, ""))
    privacy.finish(store)
    return count


def _forget(unit: Unit, which: sa.ColumnElement[bool], progress: Progress) -> int:
    conn = unit.conn
    rows = conn.execute(sa.select(_m.id, _m.state, _m.conversation_id).where(which)).all()
    for start in range(0, len(rows), _CHUNK):
        some = rows[start : start + _CHUNK]
        _delete([row.id for row in some if row.state in _NEVER_LEFT], conn)
        _blank([row.id for row in some if row.state not in _NEVER_LEFT], conn)
        progress(start + len(some), len(rows))
    for thread in sorted({row.conversation_id for row in rows if row.conversation_id is not None}):
        _blank_head(conn, thread)
        unit.publish(ConversationChanged(thread))
    return len(rows)


def _delete(ids: list[Any], conn: sa.Connection) -> None:
    conn.execute(sa.delete(_message).where(_m.id.in_(ids)))
    conn.execute(sa.delete(t.click).where(t.click.c.message_id.in_(ids)))


def _blank(ids: list[Any], conn: sa.Connection) -> None:
    conn.execute(sa.update(_message).where(_m.id.in_(ids)).values(text=GONE))
    conn.execute(sa.update(t.judgement).where(t.judgement.c.message_id.in_(ids)).values(reason=""))
    part = t.inbound_part.c
    # The raw form of what is still on the SIM is known by its hash, so that it is not taken for a new text.
    conn.execute(sa.update(t.inbound_part).where(part.message_id.in_(ids)).values(pdu=""))


def _blank_head(conn: sa.Connection, thread: int) -> None:
    """The list shows a thread's last text: that one may be gone now."""
    last = sa.select(_m.text).where(_m.conversation_id == thread).order_by(_m.created_at.desc(), _m.id.desc())
    words = conn.execute(last.limit(1)).scalar()
    if words is None or words == GONE:
        c = t.conversation.c
        conn.execute(sa.update(t.conversation).where(c.id == thread).values(last_text=GONE))
