"""The tables of campaigns besides the campaign itself; :mod:`app.store.tables` has them all."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Integer, Table, Text, UniqueConstraint

from app.store.base import metadata

# Other texts of a campaign. Its own template is "A"; these are "B", "C" ... in the order of ``position``.
variant = Table(
    "variant",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign_id", Integer, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("template", Text, nullable=False, server_default=""),
    # Who gets it: those whose field has the value; with no field, a share of everyone else by chance.
    Column("field", Text, nullable=False, server_default=""),
    Column("value", Text, nullable=False, server_default=""),
    UniqueConstraint("campaign_id", "label", name="uq_variant_label"),
)

# Every wording that a started campaign had; a message names the one it was made from.
wording = Table(
    "wording",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign_id", Integer, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("label", Text, nullable=False),  # "A", "B" ...
    Column("version", Integer, nullable=False),  # 1 at the start, one more with each change
    Column("template", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("campaign_id", "label", "version", name="uq_wording_version"),
)

# Templates of one's own; those that are shipped are files.
text_template = Table(
    "text_template",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
)

text_template_favourite = Table(
    "text_template_favourite",
    metadata,
    Column("key", Text, primary_key=True),  # "own:3", or "reminder/visit" of a shipped one
)

# What an office set for its campaigns: words and links it looks for, what a segment costs.
office_setting = Table(
    "office_setting",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),  # JSON
)
