"""What an operator says a text is about, where the program thought otherwise; kept beside what it thought."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.clock import Clock
from app.conversations import since
from app.conversations.bubbles import labels_of
from app.conversations.listing import URGENT
from app.conversations.triage import learning
from app.conversations.triage.judging import LABELS
from app.store.engine import Store, Unit
from app.store.events import ConversationChanged, MessageChanged
from app.store.tables import conversation, judgement, message


@dataclass(frozen=True, slots=True)
class Before:
    """What stood there: ``corrected`` is None where nobody had corrected it."""

    labels: tuple[str, ...]
    corrected: str | None
    corrected_by: str
    corrected_at: float | None


def correct(
    store: Store, clock: Clock, message_id: int, labels: Iterable[str], operator: str
) -> Before | None:
    """Keep what an operator says, and learn from it. None where the text was never judged.

    The thread's labels follow where it is their newest text. No tier changes: an opt-out is another matter.
    """
    wanted = set(labels)
    ordered = tuple(label for label in LABELS if label in wanted)
    with store.write() as unit:
        now = clock.now()
        values = {"corrected": " ".join(ordered), "corrected_by": operator, "corrected_at": now}
        return _put(unit, message_id, ordered, values)


def take_back(store: Store, message_id: int, before: Before) -> bool:
    """Undo a correction, and what was learned from it. False where the text is gone."""
    stood = {name: getattr(before, name) for name in ("corrected", "corrected_by", "corrected_at")}
    with store.write() as unit:
        return _put(unit, message_id, before.labels, stood) is not None


def _put(unit: Unit, message_id: int, labels: tuple[str, ...], values: dict[str, object]) -> Before | None:
    conn = unit.conn
    row = conn.execute(
        sa.select(
            judgement, message.c.text, message.c.number, message.c.conversation_id, message.c.created_at
        )
        .add_columns(message.c.campaign_id, message.c.sent_at)
        .join(message, message.c.id == judgement.c.message_id)
        .where(judgement.c.message_id == message_id)
    ).first()
    if row is None:
        return None
    was = labels_of(row.labels, row.corrected)
    conn.execute(sa.update(judgement).where(judgement.c.message_id == message_id).values(**values))
    learning.learn(unit, row.text, set(labels) - set(was), set(was) - set(labels))
    newest = (
        sa.select(message.c.id)
        .where(message.c.conversation_id == row.conversation_id, message.c.direction == "in")
        .order_by(message.c.created_at.desc(), message.c.id.desc())
        .limit(1)
    )
    if conn.execute(newest).scalar() == message_id:
        times = since.waits(conn, row.number, row.sent_at, row.created_at)
        _follow(unit, row.conversation_id, was, labels, times)
    unit.publish(
        MessageChanged(message_id, row.number, row.campaign_id, row.conversation_id),
        ConversationChanged(row.conversation_id),
    )
    return Before(was, row.corrected, row.corrected_by, row.corrected_at)


def _follow(
    unit: Unit, thread: int, was: tuple[str, ...], labels: tuple[str, ...], times: since.Since
) -> None:
    c = conversation.c
    urgency = URGENT if "safety" in labels else sa.func.min(c.urgency, URGENT / 2)
    values: dict[str, object] = {"labels": " ".join(labels), "urgency": urgency}
    if was == ("automatic",) and labels != was:
        # A person wrote it, and waits.
        values["waiting_since"] = since.after(
            c.waiting_since, lambda name: sa.literal(getattr(times, name), sa.Float)
        )
    unit.conn.execute(sa.update(conversation).where(c.id == thread).values(**values))
