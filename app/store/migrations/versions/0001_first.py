"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("operator", sa.Text(), server_default="", nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "click",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("monotonic", sa.Float(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("voided_at", sa.Float(), nullable=True),
        sa.Column("void_reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_click")),
        sa.UniqueConstraint("id", "message_id", name="uq_click_id_message"),
    )
    op.create_index(op.f("ix_click_message_id"), "click", ["message_id"], unique=False)
    op.create_table(
        "column_mapping",
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("signature", name=op.f("pk_column_mapping")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("first_name", sa.Text(), server_default="", nullable=False),
        sa.Column("last_name", sa.Text(), server_default="", nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="", nullable=False),
        sa.Column("fields", sa.Text(), server_default="{}", nullable=False),
        sa.Column("consent_source", sa.Text(), server_default="", nullable=False),
        sa.Column("consent_at", sa.Float(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("number", name=op.f("uq_contact_number")),
    )
    op.create_index("ix_contact_name", "contact", ["name", "id"], unique=False)
    op.create_table(
        "line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("imei", sa.Text(), server_default="", nullable=False),
        sa.Column("iccid", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.Column("practice", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("1"), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("concat_reference", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
    )
    op.create_table(
        "operator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("name", name=op.f("uq_operator_name")),
    )
    op.create_table(
        "opt_out",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("operator", sa.Text(), server_default="", nullable=False),
        sa.Column("lifted_at", sa.Float(), nullable=True),
        sa.Column("lifted_source", sa.Text(), server_default="", nullable=False),
        sa.Column("lifted_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("lifted_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_out")),
    )
    op.create_index("ix_opt_out_number", "opt_out", ["number"], unique=False)
    op.create_index(
        "uq_opt_out_standing",
        "opt_out",
        ["number"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "people_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("columns", sa.Text(), server_default="[]", nullable=False),
        sa.Column("report", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_list")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("template", sa.Text(), server_default="", nullable=False),
        sa.Column("texter", sa.Text(), server_default="", nullable=False),
        sa.Column("list_id", sa.Integer(), nullable=True),
        sa.Column("hours", sa.Text(), server_default="", nullable=False),
        sa.Column("hours_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'running', 'paused', 'done')", name=op.f("ck_campaign_state")),
        sa.ForeignKeyConstraint(
            ["list_id"], ["people_list.id"], name=op.f("fk_campaign_list_id_people_list")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_table(
        "conversation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="number", nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("line_id", sa.Integer(), nullable=True),
        sa.Column("last_at", sa.Float(), nullable=False),
        sa.Column("last_text", sa.Text(), server_default="", nullable=False),
        sa.Column("last_direction", sa.Text(), server_default="in", nullable=False),
        sa.Column("unread", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("waiting_since", sa.Float(), nullable=True),
        sa.Column("last_in_at", sa.Float(), nullable=True),
        sa.Column("draft", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('number', 'sender', 'system')", name=op.f("ck_conversation_kind")),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_conversation_contact_id_contact"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["line.id"], name=op.f("fk_conversation_line_id_line"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("number", name=op.f("uq_conversation_number")),
    )
    op.create_index(op.f("ix_conversation_contact_id"), "conversation", ["contact_id"], unique=False)
    op.create_index("ix_conversation_last", "conversation", ["last_at", "id"], unique=False)
    op.create_index(
        "ix_conversation_last_in",
        "conversation",
        ["last_in_at"],
        unique=False,
        sqlite_where=sa.text("last_in_at IS NOT NULL"),
        postgresql_where=sa.text("last_in_at IS NOT NULL"),
    )
    op.create_index(
        "ix_conversation_waiting",
        "conversation",
        ["waiting_since", "id"],
        unique=False,
        sqlite_where=sa.text("waiting_since IS NOT NULL"),
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
    )
    op.create_table(
        "list_member",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_list_member_contact_id_contact"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["people_list.id"],
            name=op.f("fk_list_member_list_id_people_list"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("list_id", "position", name=op.f("pk_list_member")),
    )
    op.create_index(op.f("ix_list_member_contact_id"), "list_member", ["contact_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="reply", nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("edited", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("error_code", sa.Text(), server_default="", nullable=False),
        sa.Column("click_id", sa.Integer(), nullable=True),
        sa.Column("line_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("clicked_at", sa.Float(), nullable=True),
        sa.Column("claimed_at", sa.Float(), nullable=True),
        sa.Column("settled_at", sa.Float(), nullable=True),
        sa.Column("parts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("parts_sent", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("delivery", sa.Text(), server_default="", nullable=False),
        sa.Column("delivered_at", sa.Float(), nullable=True),
        sa.Column("resolution", sa.Text(), server_default="", nullable=False),
        sa.Column("resend_of", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.Float(), nullable=True),
        sa.Column("complete", sa.Boolean(), server_default=sa.text("1"), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(direction = 'in' AND state = 'received') OR (direction = 'out' AND state IN ('queued', 'skipped', 'blocked', 'removed', 'clicked', 'sending', 'sent', 'not_sent', 'unknown'))",
            name=op.f("ck_message_state"),
        ),
        sa.CheckConstraint(
            "direction = 'in' OR state IN ('queued', 'skipped', 'blocked', 'removed') OR click_id IS NOT NULL",
            name=op.f("ck_message_needs_click"),
        ),
        sa.CheckConstraint("direction IN ('out', 'in')", name=op.f("ck_message_direction")),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_message_campaign_id_campaign"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["click_id", "id"], ["click.id", "click.message_id"], name="fk_message_own_click"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_message_contact_id_contact"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_message_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["line.id"], name=op.f("fk_message_line_id_line"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("click_id", name="uq_message_click"),
    )
    op.create_index(
        "ix_message_delivery",
        "message",
        ["campaign_id", "delivery"],
        unique=False,
        sqlite_where=sa.text("delivery IN ('delivered', 'failed')"),
        postgresql_where=sa.text("delivery IN ('delivered', 'failed')"),
    )
    op.create_index(
        "ix_message_incomplete",
        "message",
        ["number", "created_at"],
        unique=False,
        sqlite_where=sa.text("NOT complete"),
        postgresql_where=sa.text("NOT complete"),
    )
    op.create_index(
        "ix_message_line_state",
        "message",
        ["line_id", "state", "clicked_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('clicked', 'sending')"),
        postgresql_where=sa.text("state IN ('clicked', 'sending')"),
    )
    op.create_index("ix_message_number", "message", ["number", "direction", "claimed_at"], unique=False)
    op.create_index("ix_message_queue", "message", ["campaign_id", "state", "position"], unique=False)
    op.create_index("ix_message_thread", "message", ["conversation_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_message_unsettled",
        "message",
        ["state", "settled_at"],
        unique=False,
        sqlite_where=sa.text("direction = 'out' AND state IN ('unknown', 'sending', 'clicked', 'not_sent')"),
        postgresql_where=sa.text(
            "direction = 'out' AND state IN ('unknown', 'sending', 'clicked', 'not_sent')"
        ),
    )
    op.create_index(
        "uq_message_first",
        "message",
        ["campaign_id", "number"],
        unique=True,
        sqlite_where=sa.text("kind = 'first' AND resend_of IS NULL"),
        postgresql_where=sa.text("kind = 'first' AND resend_of IS NULL"),
    )
    op.create_table(
        "inbound_part",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=True),
        sa.Column("sim", sa.Text(), server_default="", nullable=False),
        sa.Column("storage", sa.Text(), server_default="", nullable=False),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("pdu", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("deleted_at", sa.Float(), nullable=True),
        sa.Column("sender", sa.Text(), server_default="", nullable=False),
        sa.Column("sent_at", sa.Float(), nullable=True),
        sa.Column("reference", sa.Integer(), nullable=True),
        sa.Column("reference_bits", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("part", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_inbound_part_message_id_message"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_part")),
    )
    op.create_index(
        "ix_inbound_part_concat",
        "inbound_part",
        ["sender", "reference", "reference_bits", "total"],
        unique=False,
    )
    op.create_index(op.f("ix_inbound_part_message_id"), "inbound_part", ["message_id"], unique=False)
    op.create_index("ix_inbound_part_sha", "inbound_part", ["sha256", "line_id"], unique=False)
    op.create_index(
        "ix_inbound_part_undeleted",
        "inbound_part",
        ["line_id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL AND slot IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NULL AND slot IS NOT NULL"),
    )
    op.create_table(
        "message_part",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.Float(), nullable=False),
        sa.Column("report_status", sa.Integer(), nullable=True),
        sa.Column("reported_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_message_part_message_id_message"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "part", name=op.f("pk_message_part")),
    )
    op.create_index(
        "ix_message_part_reference", "message_part", ["reference", "number", "accepted_at"], unique=False
    )
