"""All texts of a group's members as one story, by time, read from its end in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.conversations import bubbles
from app.conversations.bubbles import Bubble
from app.conversations.forwarding_phones import FORWARD
from app.people import numbers
from app.store.engine import Store
from app.store.prepared import Prepared
from app.store.tables import contact, conversation, group_message, imported_text, message
from app.store.tables import thread_group_member as member

#: Names that are said of one text; the others are counted.
NAMED = 3
Cursor = tuple[float, int]
#: Whom one text left for: names, and whether each is known to have arrived.
Shared = tuple[tuple[str, bool], ...]
_NEVER = 1e300  # later than every text


def latest(
    store: Store, group_id: int, *, before: Cursor | None = None, limit: int = 50
) -> tuple[Bubble, ...]:
    """The newest ``limit`` texts of all members before ``before`` (the ``at`` and ``id`` of a bubble), newest
    last, each with ``who`` wrote it or whom it went to.

    The same text to several members that left is one bubble, which names them; what is under way, did not
    leave or may not have is a bubble for each.
    """
    with store.read() as conn:
        names = _names(conn, group_id)
        found = list(bubbles.of_ids(conn, _keys(conn, group_id, list(names), before, limit)))
        threads = _threads_of(conn, [each.id for each in found])
        shared = _shared(conn, group_id, [each.id for each in found if each.state == "sent"])
        shown = [
            replace(each, who=_who(each, names.get(threads.get(each.id, 0), ""), shared.get(each.id, ())))
            for each in found
        ]
        for key, name in names.items() if _has_old(conn, list(names)) else ():
            shown += [
                replace(each, who=_who(each, name)) for each in bubbles.imported(conn, key, limit, before)
            ]
    return tuple(sorted(shown, key=lambda each: (each.at, each.id))[-limit:])


def thread_of(store: Store, message_id: int) -> int | None:
    """The conversation that a text is in; None where it is gone."""
    with store.read() as conn:
        return _threads_of(conn, [message_id]).get(message_id)


def _names(conn: sa.Connection, group_id: int) -> dict[int, str]:
    """How each member is called, by their conversation."""
    c = conversation.c
    rows = conn.execute(
        sa.select(c.id, c.number, contact.c.name)
        .join(member, member.c.conversation_id == c.id)
        .outerjoin(contact, contact.c.id == c.contact_id)
        .where(member.c.group_id == group_id)
    )
    return {row.id: row.name or numbers.display(row.number) for row in rows}


def _keys(
    conn: sa.Connection, group_id: int, members: Sequence[int], before: Cursor | None, limit: int
) -> list[int]:
    """The ids of the newest texts: of each member's, by the index of threads, what is newer than the oldest
    that was found so far."""
    at, key = before if before is not None else (_NEVER, 0)
    found: list[tuple[float, int]] = []
    for member_id in members:
        floor = found[-1][0] if len(found) == limit else -_NEVER
        rows = _PAGE.rows(
            conn, thread=member_id, of_group=group_id, floor=floor, at=at, same_at=at, key=key, most=limit
        )
        found = sorted([*found, *((row[1], row[0]) for row in rows)], reverse=True)[:limit]
    return [each for _at, each in found]


def _page() -> Prepared:
    m = message.c
    at, key = sa.bindparam("at", type_=sa.Float), sa.bindparam("key", type_=sa.Integer)
    older = sa.or_(
        m.created_at < at, sa.and_(m.created_at == sa.bindparam("same_at", type_=sa.Float), m.id < key)
    )
    return Prepared(
        sa.select(m.id, m.created_at)
        .where(
            m.conversation_id == sa.bindparam("thread", type_=sa.Integer),
            m.created_at >= sa.bindparam("floor", type_=sa.Float),
            m.created_at <= at,
            older,
            sa.text("message.state NOT IN ('removed', 'queued', 'skipped')"),
            sa.text("(message.direction = 'out' OR message.complete OR message.settled_at IS NOT NULL)"),
            ~_told_by_another(sa.bindparam("of_group", type_=sa.Integer)),
        )
        .order_by(m.created_at.desc(), m.id.desc())
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


def _told_by_another(group_id: sa.BindParameter[int]) -> sa.ColumnElement[bool]:
    """Whether a text that left is the same as an earlier member's of the same round, which stands for it. A
    text of somebody who left the group is not shown, and stands for none."""
    mine, other, first = group_message.alias("mine"), group_message.alias("other"), message.alias("first")
    together = sa.and_(other.c.group_id == mine.c.group_id, other.c.round == mine.c.round)
    earlier: sa.Select[Any] = (
        sa.select(sa.literal_column("1"))
        .select_from(
            mine.join(other, together)
            .join(first, first.c.id == other.c.message_id)
            .join(
                member,
                sa.and_(
                    member.c.group_id == mine.c.group_id, member.c.conversation_id == first.c.conversation_id
                ),
            )
        )
        .where(
            mine.c.message_id == message.c.id,
            mine.c.group_id == group_id,
            other.c.message_id < message.c.id,
            first.c.text_hash == message.c.text_hash,
            sa.text("first.state = 'sent' AND first.delivery != 'failed'"),
        )
        .correlate(message)
    )
    return sa.and_(sa.text("message.state = 'sent' AND message.delivery != 'failed'"), sa.exists(earlier))


_PAGE = _page()


def _has_old(conn: sa.Connection, members: Sequence[int]) -> bool:
    """Whether any of them has texts from another program."""
    old = imported_text.c
    return (
        conn.execute(sa.select(old.id).where(old.conversation_id.in_(members)).limit(1)).first() is not None
    )


def _threads_of(conn: sa.Connection, ids: Sequence[int]) -> dict[int, int]:
    rows = conn.execute(sa.select(message.c.id, message.c.conversation_id).where(message.c.id.in_(ids)))
    return {row.id: row.conversation_id for row in rows}


def _shared(
    conn: sa.Connection, group_id: int, ids: Sequence[int]
) -> dict[int, tuple[tuple[str, bool], ...]]:
    """Whom the text of each of these ids left for, and whether it is known to have arrived."""
    mine, other, each = group_message.alias("mine"), group_message.alias("other"), message.alias("each")
    query = (
        sa.select(mine.c.message_id, each.c.number, each.c.delivery, contact.c.name)
        .select_from(
            mine.join(message, message.c.id == mine.c.message_id)
            .join(other, sa.and_(other.c.group_id == mine.c.group_id, other.c.round == mine.c.round))
            .join(each, each.c.id == other.c.message_id)
            .outerjoin(contact, contact.c.id == each.c.contact_id)
        )
        .where(
            mine.c.group_id == group_id,
            mine.c.message_id.in_(ids),
            each.c.state == "sent",
            each.c.delivery != "failed",
            each.c.text_hash == message.c.text_hash,
        )
        .order_by(each.c.id)
    )
    found: dict[int, Shared] = {}
    for key, number, delivery, name in conn.execute(query):
        to = (name or numbers.display(number), delivery == "delivered")
        found[key] = (*found.get(key, ()), to)
    return found


def _who(bubble: Bubble, name: str, shared: Shared = ()) -> str:
    if bubble.kind == FORWARD:  # it went to a phone of ours
        return ""
    if bubble.direction == "in" or len(shared) < 2:
        return name
    names = ", ".join(each[:40] for each, _there in shared[:NAMED])
    more = f" and {len(shared) - NAMED} more" if len(shared) > NAMED else ""
    arrived = sum(there for _each, there in shared)
    return f"{len(shared)} people: {names}{more}" + (f", {arrived} delivered" if arrived else "")
