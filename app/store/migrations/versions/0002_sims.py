"""What is remembered of a SIM, how each line stood during the last day, and clicked texts in their order."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sim",
        sa.Column("iccid", sa.Text(), nullable=False),
        sa.Column("balance_code", sa.Text(), server_default="", nullable=False),
        sa.Column("balance_text", sa.Text(), server_default="", nullable=False),
        sa.Column("balance_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("iccid", name=op.f("pk_sim")),
    )
    op.create_table(
        "line_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("signal_dbm", sa.Integer(), nullable=True),
        sa.Column("operator", sa.Text(), server_default="", nullable=False),
        sa.Column("technology", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["line.id"], name=op.f("fk_line_history_line_id_line"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_history")),
    )
    op.create_index("ix_line_history", "line_history", ["line_id", "at"], unique=False)
    op.drop_index("ix_message_line_state", table_name="message")
    op.create_index(
        "ix_message_line_click",
        "message",
        ["line_id", "state", "click_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('clicked', 'sending')"),
        postgresql_where=sa.text("state IN ('clicked', 'sending')"),
    )
