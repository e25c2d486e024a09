"""The tables of people: contacts and what stands beside them, lists, audiences, opt-outs, old texts."""

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

contact = Table(
    "contact",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),  # as shown: first and last name
    Column("first_name", Text, nullable=False, server_default=""),
    Column("last_name", Text, nullable=False, server_default=""),
    Column("time_zone", Text, nullable=False, server_default=""),  # IANA; "" = guess by number
    Column("fields", Text, nullable=False, server_default="{}"),  # JSON object, text values
    Column("consent_source", Text, nullable=False, server_default=""),
    Column("consent_at", Float),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("notes", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    Column("consent_wording", Text, nullable=False, server_default=""),  # what they agreed to, word for word
    Column("consent_frequency", Text, nullable=False, server_default=""),  # what was promised: "2 a month"
    Column("consent_until", Float),  # UTC seconds; NULL = until they say otherwise
    # ``fields`` has the forms that are shown and merged; these two are JSON objects beside it.
    Column("raw_fields", Text, nullable=False, server_default="{}"),  # as written, where that differs
    Column("field_keys", Text, nullable=False, server_default="{}"),  # numbers, to sort and compare by
    Column("works_since", Float),  # a person said that this number can be texted, whatever failed before
    Index("ix_contact_name", "name", "id"),
)

# The further numbers of a person: listed, never texted.
contact_number = Table(
    "contact_number",
    metadata,
    Column("contact_id", Integer, ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Text, primary_key=True, index=True),
)

tag = Table(
    "tag",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False, unique=True),  # two spellings of a word are one tag
)

contact_tag = Table(
    "contact_tag",
    metadata,
    Column("tag_id", Integer, ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True),
    Column("contact_id", Integer, ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True, index=True),
)

field_type = Table(
    "field_type",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # people.fields.KINDS
)

audience = Table(
    "audience",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("rules", Text, nullable=False, server_default="{}"),  # JSON of people.audiences.Rules
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
)

people_list = Table(
    "people_list",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),  # the file's name, or "Pasted list"
    Column("created_at", Float, nullable=False),
    Column("columns", Text, nullable=False, server_default="[]"),  # JSON: field names in file order
    Column("report", Text, nullable=False, server_default="{}"),  # JSON: the import's counts
)

list_member = Table(
    "list_member",
    metadata,
    Column("list_id", Integer, ForeignKey("people_list.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("contact_id", Integer, ForeignKey("contact.id", ondelete="CASCADE"), nullable=False, index=True),
)

column_mapping = Table(
    "column_mapping",
    metadata,
    Column("signature", Text, primary_key=True),  # SHA-256 of the header row
    Column("mapping", Text, nullable=False),  # JSON
    Column("updated_at", Float, nullable=False),
)

opt_out = Table(
    "opt_out",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("source", Text, nullable=False),  # how they said it: people.optouts.SOURCES
    Column("evidence", Text, nullable=False, server_default=""),  # the words, or how it was said
    Column("rule", Text, nullable=False, server_default=""),  # H1, H2, H3, H4
    Column("message_id", Integer),
    Column("operator", Text, nullable=False, server_default=""),
    Column("lifted_at", Float),
    Column("lifted_source", Text, nullable=False, server_default=""),
    Column("lifted_reason", Text, nullable=False, server_default=""),
    Column("lifted_by", Text, nullable=False, server_default=""),
    Column("lifted_evidence", Text, nullable=False, server_default=""),  # what shows that they asked for it
    Column("said_at", Float),  # when they said it, where that was not when it was noted; UTC seconds
    # One standing opt-out a number; lifted ones stay as history.
    Index(
        "uq_opt_out_standing",
        "number",
        unique=True,
        sqlite_where=text("lifted_at IS NULL"),
        postgresql_where=text("lifted_at IS NULL"),
    ),
    Index("ix_opt_out_number", "number"),
)

# Texts of another program's history, to be read in their threads. They are no messages: nothing that
# sends, counts or reports looks here, and none of them can ever have a click.
imported_text = Table(
    "imported_text",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", Integer, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
    Column("number", Text, nullable=False),
    Column("direction", Text, nullable=False),  # out | in
    Column("text", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("failed", Boolean, nullable=False, server_default=text("0")),
    Column("source", Text, nullable=False, server_default=""),  # the file's name
    Column("digest", Text, nullable=False),  # of direction, time and text: a second import adds nothing
    UniqueConstraint("number", "digest", name="uq_imported_text"),
    CheckConstraint("direction IN ('out', 'in')", name="direction"),
    Index("ix_imported_text_thread", "conversation_id", "at", "id"),
)
