"""The tables of replies: what was read out of each, which numbers wait for a person's decision."""

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
    UniqueConstraint,
    text,
)

from app.store.base import metadata

# How one inbound text was judged. The operator's correction stands beside what the program thought.
judgement = Table(
    "judgement",
    metadata,
    Column("message_id", Integer, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True),
    Column("tier", Text, nullable=False),  # HARD | HOLD | HINT | NONE
    Column("rule", Text, nullable=False, server_default=""),
    Column("labels", Text, nullable=False, server_default=""),  # with spaces between: "question negative"
    Column("needs_person", Boolean, nullable=False, server_default=text("0")),
    Column("score", Float, nullable=False, server_default=text("0")),
    Column("reason", Text, nullable=False, server_default=""),
    Column("corrected", Text),  # labels as an operator set them; NULL = not corrected
    Column("corrected_by", Text, nullable=False, server_default=""),
    Column("corrected_at", Float),
)

# A number that may have opted out: nothing leaves for it until a person has decided. It never lapses.
hold = Table(
    "hold",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("message_id", Integer, ForeignKey("message.id", ondelete="SET NULL")),
    Column("rule", Text, nullable=False),
    Column("said", Text, nullable=False, server_default=""),  # the words that did it
    Column("why", Text, nullable=False, server_default=""),
    Column("decided_at", Float),
    Column("decided_by", Text, nullable=False, server_default=""),
    Column("decision", Text, nullable=False, server_default=""),
    CheckConstraint("decision IN ('', 'opted out', 'kept', 'wrong number')", name="decision"),
    Index("ix_hold_message", "message_id"),
    Index(
        "uq_hold_standing",
        "number",
        unique=True,
        sqlite_where=text("decided_at IS NULL"),
        postgresql_where=text("decided_at IS NULL"),
    ),
    Index(
        "ix_hold_standing_since",
        "created_at",
        sqlite_where=text("decided_at IS NULL"),
        postgresql_where=text("decided_at IS NULL"),
    ),
)

# What was ever done to the opt-out list, row upon row: each holds the hash of the one before it.
opt_out_log = Table(
    "opt_out_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("number", Text, nullable=False),  # E.164; "" once the person was erased
    Column("number_key", Text, nullable=False),  # keyed hash of the number, which the chain is made over
    Column("action", Text, nullable=False),  # out | in | held | kept | erased | confirmed
    Column("source", Text, nullable=False, server_default=""),
    Column("evidence_hash", Text, nullable=False, server_default=""),  # SHA-256 of the words
    Column("operator", Text, nullable=False, server_default=""),
    Column("before", Text, nullable=False),  # hash of the row before, "" for the first
    Column("hash", Text, nullable=False),
    Index("ix_opt_out_log_number", "number_key", "id"),
)

# A text that may go to somebody although they opted out: bound to the one opt-out and the one text of theirs
# that it answers. A later text of theirs than ``seen_id``, or another opt-out, and it may not.
permit = Table(
    "permit",
    metadata,
    Column("message_id", Integer, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, nullable=False),  # confirmation | help | answer
    Column("opt_out_id", Integer, ForeignKey("opt_out.id", ondelete="CASCADE"), index=True),
    Column("answers_id", Integer, ForeignKey("message.id", ondelete="CASCADE"), nullable=False),
    Column("seen_id", Integer, nullable=False),  # their newest text when it was pressed
    Column("text_hash", Text, nullable=False),
    Column("received_at", Float, nullable=False),  # UTC seconds; by the centre's clock where that is earlier
    Column("leave_by", Float),  # from then on it may not leave; NULL = no such moment
    CheckConstraint("kind IN ('confirmation', 'help', 'answer')", name="kind"),
    UniqueConstraint("answers_id", "kind", name="uq_permit_answers"),
    Index(
        "uq_permit_confirmation",
        "opt_out_id",
        unique=True,
        sqlite_where=text("kind = 'confirmation'"),
        postgresql_where=text("kind = 'confirmation'"),
    ),
)

# Consent as it was given and taken back, never changed afterwards; what stands is on the contact.
consent = Table(
    "consent",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Text, nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("kind", Text, nullable=False),  # given | changed | withdrawn
    Column("source", Text, nullable=False, server_default=""),
    Column("wording", Text, nullable=False, server_default=""),
    Column("frequency", Text, nullable=False, server_default=""),
    Column("until", Float),
    Column("given_at", Float),  # the day that it is said to be of; ``at`` is when it was noted
    Column("operator", Text, nullable=False, server_default=""),
    CheckConstraint("kind IN ('given', 'changed', 'withdrawn')", name="kind"),
)

# People who were erased and may not be texted: nothing of them but a keyed hash of the number.
erased = Table(
    "erased",
    metadata,
    Column("number_key", Text, primary_key=True),
    Column("at", Float, nullable=False),
    Column("source", Text, nullable=False, server_default=""),  # of the opt-out; "erased" without one
)
