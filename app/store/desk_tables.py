"""The tables of the work at the desk: scripts and answers, canned replies, lines of a campaign, operators."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from app.store.base import metadata

operator = Table(
    "operator",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("role", Text, nullable=False, server_default="manager"),  # manager | texter
    Column("pin_hash", Text, nullable=False, server_default=""),  # "" = no PIN
    Column("active", Boolean, nullable=False, server_default=text("1")),
    Column("tries", Integer, nullable=False, server_default=text("0")),  # wrong PINs since the last right one
    Column("tried_at", Float),
)

# What the texter asks in a campaign. A question or an option that was taken out keeps its row, so that the
# answers given stay what they were.
question = Table(
    "question",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign_id", Integer, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default="choice"),
    Column("field", Text, nullable=False, server_default=""),  # the contact field that the answer goes to
    # Of a question that is answered with words or a number; a choice has these in its options.
    Column("next_text", Text, nullable=False, server_default=""),
    Column("next_id", Integer),  # the question that follows
    Column("removed_at", Float),
    CheckConstraint("kind IN ('choice', 'text', 'number')", name="kind"),
)

question_option = Table(
    "question_option",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("question_id", Integer, ForeignKey("question.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("next_text", Text, nullable=False, server_default=""),
    Column("next_id", Integer),
    Column("opts_out", Boolean, nullable=False, server_default=text("0")),
    Column("tag", Text, nullable=False, server_default=""),
    Column("tone", Text, nullable=False, server_default=""),  # good | bad | "": how its chip looks
    Column("words", Text, nullable=False, server_default=""),  # one on a line: a reply of these suggests it
    Column("removed_at", Float),
)

# One standing answer of a number to a question; what was answered before stays as history.
answer = Table(
    "answer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("question_id", Integer, ForeignKey("question.id", ondelete="CASCADE"), nullable=False),
    Column("campaign_id", Integer, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("number", Text, nullable=False, index=True),
    Column("option_id", Integer),
    Column("value", Text, nullable=False),  # the option's label as it was then, the words, or the number
    Column("at", Float, nullable=False),
    Column("operator", Text, nullable=False, server_default=""),
    Column("cleared_at", Float),
    Index(
        "uq_answer_standing",
        "question_id",
        "number",
        unique=True,
        sqlite_where=text("cleared_at IS NULL"),
        postgresql_where=text("cleared_at IS NULL"),
    ),
    Index("ix_answer_campaign", "campaign_id", "question_id", "option_id"),
)

# Of a campaign, of one operator, or (neither) of everybody.
canned_reply = Table(
    "canned_reply",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign_id", Integer, ForeignKey("campaign.id", ondelete="CASCADE"), index=True),
    Column("operator", Text, nullable=False, server_default=""),
    Column("position", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("tag", Text, nullable=False, server_default=""),
    Column("action", Text, nullable=False, server_default=""),
    Column("option_id", Integer),  # the answer that it fills in
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    CheckConstraint("action IN ('', 'done', 'opt_out')", name="action"),
)

# The lines that a campaign may leave by; none = all of them.
campaign_line = Table(
    "campaign_line",
    metadata,
    Column("campaign_id", Integer, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
    Column("line_id", Integer, ForeignKey("line.id", ondelete="CASCADE"), primary_key=True),
)

shift = Table(
    "shift",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("operator_id", Integer, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("note", Text, nullable=False, server_default=""),  # for who comes next
    Column("read_at", Float),
    Column("read_by", Text, nullable=False, server_default=""),
)

training = Table(
    "training",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("operator_id", Integer, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("right", Integer, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("answers", Text, nullable=False, server_default="[]"),  # JSON: question, answer, right
)
