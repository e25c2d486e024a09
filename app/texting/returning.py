"""A click that is taken back: by the person, by a rule, or because the program stopped."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.conversations.forwarding_phones import FORWARD
from app.people import confirming_permits
from app.store.engine import Unit
from app.store.events import ConversationChanged
from app.store.tables import click, conversation, group_message, message
from app.texting.rows import Row, changed, message_row


def void_click(conn: sa.Connection, click_id: int, now: float, reason: str) -> None:
    """The click stays as a record, and authorises nothing any more."""
    conn.execute(
        sa.update(click)
        .where(click.c.id == click_id, click.c.voided_at.is_(None))
        .values(voided_at=now, void_reason=reason)
    )


def give_back(unit: Unit, now: float, row: Row, reason: str) -> None:
    """Turn a clicked message into what it was before the click; no text is lost.

    A campaign's message waits on the desk again, and one member's share of a text to a group in the group. A
    reply's text goes back into the draft of its thread; one that was prepared there waits as it did.
    A text that was to be sent again leaves the decision open at the first one.
    """
    void_click(unit.conn, row["click_id"], now, reason)
    is_again = row["resend_of"] is not None
    is_reply = row["kind"] == "reply" and not _is_share(unit.conn, row["id"])
    unit.conn.execute(
        sa.update(message)
        .where(message.c.id == row["id"])
        .values(
            state="removed" if is_again or is_reply or row["kind"] == FORWARD else "queued",
            reason=reason,
            click_id=None,
            clicked_at=None,
            line_id=None,
            not_before=None,
        )
    )
    unit.publish(changed(row))
    if is_again:
        _reopen_first(unit, row["resend_of"])
    elif is_reply and row["conversation_id"] is not None:
        prepared = confirming_permits.prepared(unit.conn, row["id"])
        if prepared == "confirmation":  # whoever wrote STOP waits for nothing
            unit.publish(ConversationChanged(row["conversation_id"]))
        else:
            _into_draft(unit, row["conversation_id"], "" if prepared else row["text"])


def _is_share(conn: sa.Connection, message_id: int) -> bool:
    query = sa.select(group_message.c.group_id).where(group_message.c.message_id == message_id)
    return conn.execute(query).first() is not None


def block(unit: Unit, now: float, row: Row, reason: str) -> None:
    """Turn a clicked message into one that will not be sent at all."""
    void_click(unit.conn, row["click_id"], now, reason)
    unit.conn.execute(
        sa.update(message)
        .where(message.c.id == row["id"])
        .values(state="blocked", reason=reason, click_id=None, clicked_at=None)
    )
    unit.publish(changed(row))


def unclaim(conn: sa.Connection, row: Row) -> None:
    """Take away what the claim wrote; a thread that it made and that holds nothing goes again."""
    gone = row["kind"] == "first" and _is_empty(conn, row)
    values: dict[str, Any] = {"claimed_at": None, "parts": 0} | ({"conversation_id": None} if gone else {})
    conn.execute(sa.update(message).where(message.c.id == row["id"]).values(**values))
    if gone:
        conn.execute(sa.delete(conversation).where(conversation.c.id == row["conversation_id"]))


def _is_empty(conn: sa.Connection, row: Row) -> bool:
    others = sa.exists().where(message.c.conversation_id == conversation.c.id, message.c.id != row["id"])
    empty = sa.and_(conversation.c.last_text == "", conversation.c.draft == "", ~others)
    query = sa.select(conversation.c.id).where(conversation.c.id == row["conversation_id"], empty)
    return conn.execute(query).first() is not None


def waits_again() -> Any:
    """SQL: the time since which the person waits, once the answer to their last text did not leave."""
    return sa.case(
        (
            conversation.c.last_direction == "in",
            sa.func.coalesce(conversation.c.waiting_since, conversation.c.last_in_at),
        ),
        else_=conversation.c.waiting_since,
    )


def _reopen_first(unit: Unit, message_id: int) -> None:
    unit.conn.execute(
        sa.update(message)
        .where(message.c.id == message_id, message.c.resolution == "person_again")
        .values(resolution="")
    )
    first = message_row(unit.conn, message_id)
    if first is not None:
        unit.publish(changed(first))


def _into_draft(unit: Unit, conversation_id: int, text: str) -> None:
    draft = conversation.c.draft
    unit.conn.execute(
        sa.update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(
            draft=sa.case((draft == "", text), else_=sa.literal(text + "\n" * bool(text)) + draft),
            waiting_since=waits_again(),
        )
    )
    unit.publish(ConversationChanged(conversation_id))
