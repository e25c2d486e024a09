"""Scripts and answers, canned replies, schedules, limits of lines, operators with roles, shifts, training."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("read_at", sa.Float(), nullable=True),
        sa.Column("read_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_shift_operator_id_operator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index(op.f("ix_shift_operator_id"), "shift", ["operator_id"], unique=False)
    op.create_table(
        "training",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.Text(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_training_operator_id_operator"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
    )
    op.create_index(op.f("ix_training_operator_id"), "training", ["operator_id"], unique=False)
    op.create_table(
        "campaign_line",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_campaign_line_campaign_id_campaign"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["line.id"], name=op.f("fk_campaign_line_line_id_line"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "line_id", name=op.f("pk_campaign_line")),
    )
    op.create_table(
        "canned_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("operator", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), server_default="", nullable=False),
        sa.Column("action", sa.Text(), server_default="", nullable=False),
        sa.Column("option_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.CheckConstraint("action IN ('', 'done', 'opt_out')", name=op.f("ck_canned_reply_action")),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_canned_reply_campaign_id_campaign"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_reply")),
    )
    op.create_index(op.f("ix_canned_reply_campaign_id"), "canned_reply", ["campaign_id"], unique=False)
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="choice", nullable=False),
        sa.Column("field", sa.Text(), server_default="", nullable=False),
        sa.Column("next_text", sa.Text(), server_default="", nullable=False),
        sa.Column("next_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.Float(), nullable=True),
        sa.CheckConstraint("kind IN ('choice', 'text', 'number')", name=op.f("ck_question_kind")),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_question_campaign_id_campaign"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index(op.f("ix_question_campaign_id"), "question", ["campaign_id"], unique=False)
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("option_id", sa.Integer(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("operator", sa.Text(), server_default="", nullable=False),
        sa.Column("cleared_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_answer_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_answer_question_id_question"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    op.create_index("ix_answer_campaign", "answer", ["campaign_id", "question_id", "option_id"], unique=False)
    op.create_index(op.f("ix_answer_number"), "answer", ["number"], unique=False)
    op.create_index(
        "uq_answer_standing",
        "answer",
        ["question_id", "number"],
        unique=True,
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "question_option",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("next_text", sa.Text(), server_default="", nullable=False),
        sa.Column("next_id", sa.Integer(), nullable=True),
        sa.Column("opts_out", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("tag", sa.Text(), server_default="", nullable=False),
        sa.Column("tone", sa.Text(), server_default="", nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("removed_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["question.id"],
            name=op.f("fk_question_option_question_id_question"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_option")),
    )
    op.create_index(op.f("ix_question_option_question_id"), "question_option", ["question_id"], unique=False)
    op.add_column("campaign", sa.Column("starts_at", sa.Float(), nullable=True))
    op.add_column("campaign", sa.Column("ends_at", sa.Float(), nullable=True))
    op.add_column("campaign", sa.Column("urgent", sa.Boolean(), server_default=sa.text("0"), nullable=False))
    op.add_column("campaign", sa.Column("due", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "campaign", sa.Column("cap_texts", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "campaign", sa.Column("cap_days", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("campaign", sa.Column("promise_reason", sa.Text(), server_default="", nullable=False))
    op.add_column("line", sa.Column("per_minute", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("line", sa.Column("per_hour", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("line", sa.Column("per_day", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column(
        "line", sa.Column("people_month", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("line", sa.Column("month_day", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("line", sa.Column("paused_why", sa.Text(), server_default="", nullable=False))
    op.add_column("line", sa.Column("watch_from", sa.Float(), nullable=True))
    op.add_column("message", sa.Column("due_at", sa.Float(), nullable=True))
    op.add_column("message", sa.Column("expires_at", sa.Float(), nullable=True))
    op.add_column("message", sa.Column("occasion", sa.Text(), server_default="", nullable=False))
    op.add_column("message", sa.Column("lane", sa.Integer(), server_default=sa.text("2"), nullable=False))
    op.add_column("message", sa.Column("not_before", sa.Float(), nullable=True))
    op.drop_index(
        op.f("ix_message_line_click"),
        table_name="message",
        sqlite_where=sa.text("state IN ('clicked', 'sending')"),
    )
    op.create_index(
        "ix_message_line_click",
        "message",
        ["line_id", "state", "lane", "click_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('clicked', 'sending')"),
        postgresql_where=sa.text("state IN ('clicked', 'sending')"),
    )
    op.drop_index(
        op.f("uq_message_first"),
        table_name="message",
        sqlite_where=sa.text("kind = 'first' AND resend_of IS NULL"),
    )
    op.create_index(
        "uq_message_first",
        "message",
        ["campaign_id", "number", "occasion"],
        unique=True,
        sqlite_where=sa.text("kind = 'first' AND resend_of IS NULL"),
        postgresql_where=sa.text("kind = 'first' AND resend_of IS NULL"),
    )
    op.create_index(
        "ix_message_line_left",
        "message",
        ["line_id", "claimed_at", "number", "state"],
        unique=False,
        sqlite_where=sa.text("direction = 'out' AND claimed_at IS NOT NULL"),
        postgresql_where=sa.text("direction = 'out' AND claimed_at IS NOT NULL"),
    )
    op.add_column("contact", sa.Column("works_since", sa.Float(), nullable=True))
    op.add_column("operator", sa.Column("role", sa.Text(), server_default="manager", nullable=False))
    op.add_column("operator", sa.Column("pin_hash", sa.Text(), server_default="", nullable=False))
    op.add_column("operator", sa.Column("active", sa.Boolean(), server_default=sa.text("1"), nullable=False))
    op.add_column("operator", sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("operator", sa.Column("tried_at", sa.Float(), nullable=True))
