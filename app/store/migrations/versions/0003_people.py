"""People: tags, notes, further numbers, typed fields, consent in full, audiences, and imported histories."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _person()
    _beside_a_person()
    op.create_table(
        "audience",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience")),
    )
    _history()


def _person() -> None:
    for name in ("notes", "language", "consent_wording", "consent_frequency"):
        op.add_column("contact", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("contact", sa.Column("consent_until", sa.Float(), nullable=True))
    for name in ("raw_fields", "field_keys"):
        op.add_column("contact", sa.Column(name, sa.Text(), server_default="{}", nullable=False))


def _beside_a_person() -> None:
    op.create_table(
        "contact_number",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_contact_number_contact_id_contact"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", "number", name=op.f("pk_contact_number")),
    )
    op.create_index(op.f("ix_contact_number_number"), "contact_number", ["number"], unique=False)
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("folded", name=op.f("uq_tag_folded")),
    )
    op.create_table(
        "contact_tag",
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_tag_contact_id_contact"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tag.id"], name=op.f("fk_contact_tag_tag_id_tag"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tag_id", "contact_id", name=op.f("pk_contact_tag")),
    )
    op.create_index(op.f("ix_contact_tag_contact_id"), "contact_tag", ["contact_id"], unique=False)
    op.create_table(
        "field_type",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_field_type")),
    )


def _history() -> None:
    op.create_table(
        "imported_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("failed", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint("direction IN ('out', 'in')", name=op.f("ck_imported_text_direction")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_imported_text_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_text")),
        sa.UniqueConstraint("number", "digest", name="uq_imported_text"),
    )
    op.create_index("ix_imported_text_thread", "imported_text", ["conversation_id", "at", "id"], unique=False)
