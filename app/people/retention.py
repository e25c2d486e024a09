"""Letting old words go: of texts that are older than some months, and of a campaign that is finished.

That a text came or left, when, to whom and by whose press stays, so that caps, limits and reports stay true;
opt-outs, their words and the ledger stay too. A text that never left goes whole.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from app.clock import Clock
from app.people import optouts, privacy_file
from app.people.privacy_file import Cancelled, Progress, never, nothing
from app.store import tables as t
from app.store.engine import Store
from app.store.events import AnswerChanged, CampaignChanged, ConversationChanged
from app.store.tables import message as _message

#: What stands where the words were.
GONE: Final = "(deleted)"
#: The months that can be chosen; 0 keeps everything.
MONTHS: Final = (0, 3, 6, 12, 24, 36, 60)
_KEY = "retention months"
_MONTH = 30.44 * 86400.0
#: Rows of one transaction: about 50 ms in which others wait.
_CHUNK = 200
_NEVER_LEFT = ("queued", "skipped", "blocked", "removed", "not_sent")
_m = _message.c


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
    store: Store,
    clock: Clock,
    wanted: int,
    operator: str,
    *,
    progress: Progress = nothing,
    cancelled: Cancelled = never,
) -> int:
    """Delete the words of texts that are older than ``wanted`` months; returns of how many.

    In short transactions, so that nobody who has to write waits long. ``progress`` gets (texts done, texts
    there are); ``cancelled`` keeps the words of the rest. Raises :class:`RetentionError` where the disk has
    no room.
    """
    if wanted not in MONTHS or not wanted:
        raise ValueError("choose after how many months")
    now = clock.now()
    before = now - wanted * _MONTH
    _need_room(store)
    count = _forget(store, _old(before), progress, cancelled)
    past = sa.select(t.imported_text.c.id).where(t.imported_text.c.at < before).limit(_CHUNK)
    _delete_in_steps(store, t.imported_text, past, cancelled)
    with store.write() as unit:
        optouts.record(unit, now, operator, "old texts deleted", f"{count} texts, {wanted} months")
        privacy_file.note_due(unit)
    privacy_file.finish(store, cancelled=cancelled)
    return count


def _need_room(store: Store) -> None:
    if words := privacy_file.lacking(store):
        raise RetentionError(words.replace("erased", "deleted"))


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
    progress: Progress = nothing,
    cancelled: Cancelled = never,
) -> int:
    """Delete a finished campaign's words and answers; returns of how many texts. Otherwise as :func:`forget`.

    What waits for an answer or a decision stays until it has one. Raises :class:`RetentionError` where the
    campaign is not finished, a text of it is on its way, or the disk has no room.
    """
    now = clock.now()
    c = t.campaign.c
    _need_room(store)
    with store.read() as conn:
        row = conn.execute(sa.select(t.campaign).where(c.id == campaign_id)).first()
        if row is None or row.state != "done":
            raise RetentionError("Finish the campaign first. Nothing was deleted.")
        under_way = sa.select(_m.id).where(
            _m.campaign_id == campaign_id, _m.state.in_(("clicked", "sending"))
        )
        if conn.execute(under_way.limit(1)).first() is not None:
            raise RetentionError(
                "A text of this campaign is on its way. Nothing was deleted. Try again then."
            )
    still = sa.exists().where(c.id == campaign_id, c.state == "done")
    gone = sa.or_(_settled(), _m.state.in_(_NEVER_LEFT))
    which = sa.and_(_m.campaign_id == campaign_id, _m.text != GONE, gone, still)
    count = _forget(store, which, progress, cancelled)
    answers = sa.select(t.answer.c.id).where(t.answer.c.campaign_id == campaign_id, still).limit(_CHUNK)
    _delete_in_steps(store, t.answer, answers, cancelled)
    with store.write() as unit:
        optouts.record(unit, now, operator, "campaign's data deleted", f"{row.name}: {count} texts")
        unit.publish(CampaignChanged(campaign_id), AnswerChanged(campaign_id, ""))
        privacy_file.note_due(unit)
    privacy_file.finish(store, cancelled=cancelled)
    return count


def _forget(store: Store, which: sa.ColumnElement[bool], progress: Progress, cancelled: Cancelled) -> int:
    """Some texts in each transaction; what waits for somebody by then is not ``which`` any more."""
    with store.read() as conn:
        total = int(conn.execute(sa.select(sa.func.count()).where(which)).scalar_one())
    query = sa.select(_m.id, _m.state, _m.conversation_id).where(which).order_by(_m.id).limit(_CHUNK)
    last = done = 0
    while not cancelled():
        began = time.monotonic()
        with store.write() as unit:
            some = unit.conn.execute(query.where(_m.id > last)).all()
            _delete([row.id for row in some if row.state in _NEVER_LEFT], unit.conn)
            _blank([row.id for row in some if row.state not in _NEVER_LEFT], unit.conn)
            for thread in sorted({row.conversation_id for row in some if row.conversation_id is not None}):
                _blank_head(unit.conn, thread)
                unit.publish(ConversationChanged(thread))
        if not some:
            break
        last, done = some[-1].id, done + len(some)
        progress(done, max(done, total))
        privacy_file.pause(began)
    return done


def _delete_in_steps(
    store: Store, table: sa.Table, some: sa.Select[tuple[Any]], cancelled: Cancelled
) -> None:
    (key,) = table.primary_key.columns
    while not cancelled():
        began = time.monotonic()
        with store.write() as unit:
            ids = unit.conn.execute(some).scalars().all()
            unit.conn.execute(sa.delete(table).where(key.in_(ids)))
        if not ids:
            return
        privacy_file.pause(began)


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
