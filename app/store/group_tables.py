"""The tables of groups: conversations that stand together under a name, and the texts prepared for them."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table, Text, text

from app.store.base import metadata

thread_group = Table(
    "thread_group",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
    Column("draft", Text, nullable=False, server_default=""),  # what is typed and not yet prepared
)

# A conversation may be in several groups, and leaves them with itself: when its person is erased.
thread_group_member = Table(
    "thread_group_member",
    metadata,
    Column("group_id", Integer, ForeignKey("thread_group.id", ondelete="CASCADE"), primary_key=True),
    Column("conversation_id", Integer, ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True),
    Column("added_at", Float, nullable=False),
    Index("ix_thread_group_member_conversation", "conversation_id"),
)

# Which messages are one member's share of a text that was written to a group. Each still needs its own click.
group_message = Table(
    "group_message",
    metadata,
    Column("message_id", Integer, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True),
    Column("group_id", Integer, ForeignKey("thread_group.id", ondelete="CASCADE"), nullable=False),
    Column("round", Integer, nullable=False, server_default=text("1")),  # counts a group's texts
    Index("ix_group_message_round", "group_id", "round", "message_id"),
)
