"""How replies were judged, numbers that wait for a decision, what a thread is about and whose it is."""

import hashlib
import hmac
import json
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


#: The full-text index and what keeps it; app.store.fulltext says what it is for.
STATEMENTS = (
    "CREATE VIRTUAL TABLE message_text USING fts5(text, content='message', content_rowid='id', tokenize=\"unicode61 remove_diacritics 2\", prefix='2 3 4')",
    "INSERT INTO message_text(rowid, text) SELECT id, text FROM message WHERE (message.direction = 'in' OR message.state IN ('sending', 'sent', 'not_sent', 'unknown'))",
    "CREATE TRIGGER message_text_added AFTER INSERT ON message WHEN (new.direction = 'in' OR new.state IN ('sending', 'sent', 'not_sent', 'unknown')) BEGIN INSERT INTO message_text(rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER message_text_changed AFTER UPDATE OF text, state ON message WHEN (old.direction = 'in' OR old.state IN ('sending', 'sent', 'not_sent', 'unknown')) IS NOT (new.direction = 'in' OR new.state IN ('sending', 'sent', 'not_sent', 'unknown')) OR ((new.direction = 'in' OR new.state IN ('sending', 'sent', 'not_sent', 'unknown')) AND old.text IS NOT new.text) BEGIN INSERT INTO message_text(message_text, rowid, text) SELECT 'delete', old.id, old.text WHERE (old.direction = 'in' OR old.state IN ('sending', 'sent', 'not_sent', 'unknown')); INSERT INTO message_text(rowid, text) SELECT new.id, new.text WHERE (new.direction = 'in' OR new.state IN ('sending', 'sent', 'not_sent', 'unknown')); END",
    "CREATE TRIGGER message_text_removed AFTER DELETE ON message WHEN (old.direction = 'in' OR old.state IN ('sending', 'sent', 'not_sent', 'unknown')) BEGIN INSERT INTO message_text(message_text, rowid, text) VALUES ('delete', old.id, old.text); END",
)

#: Name, columns and which rows, of the indexes behind the inbox's lists.
CONVERSATION_INDEXES = (
    (
        "ix_conversation_waiting",
        (
            "waiting_since",
            "id",
            "kind",
            "urgency",
            "snoozed_until",
            "assigned_to",
            "labels",
            "number",
        ),
        "waiting_since IS NOT NULL",
    ),
    ("ix_conversation_unread", ("last_at", "id", "unread"), "unread > 0"),
    ("ix_conversation_system", ("last_at", "id"), "kind <> 'number'"),
)


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("wording", sa.Text(), server_default="", nullable=False),
        sa.Column("frequency", sa.Text(), server_default="", nullable=False),
        sa.Column("until", sa.Float(), nullable=True),
        sa.Column("given_at", sa.Float(), nullable=True),
        sa.Column("operator", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('given', 'changed', 'withdrawn')", name=op.f("ck_consent_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_number"), "consent", ["number"], unique=False)
    op.create_table(
        "erased",
        sa.Column("number_key", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("number_key", name=op.f("pk_erased")),
    )
    op.create_table(
        "opt_out_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_key", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("evidence_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("operator", sa.Text(), server_default="", nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_out_log")),
    )
    op.create_index("ix_opt_out_log_number", "opt_out_log", ["number_key", "id"], unique=False)
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", sa.Float(), nullable=True),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "decision IN ('', 'opted out', 'kept', 'wrong number')", name=op.f("ck_hold_decision")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_hold_message_id_message"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index("ix_hold_message", "hold", ["message_id"], unique=False)
    op.create_index(
        "ix_hold_standing_since",
        "hold",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_index(
        "uq_hold_standing",
        "hold",
        ["number"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "judgement",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("labels", sa.Text(), server_default="", nullable=False),
        sa.Column("needs_person", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("score", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("corrected", sa.Text(), nullable=True),
        sa.Column("corrected_by", sa.Text(), server_default="", nullable=False),
        sa.Column("corrected_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_judgement_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_judgement")),
    )
    op.add_column("opt_out", sa.Column("lifted_evidence", sa.Text(), server_default="", nullable=False))
    op.add_column("opt_out", sa.Column("said_at", sa.Float(), nullable=True))
    _carry_over()
    op.create_table(
        "permit",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opt_out_id", sa.Integer(), nullable=True),
        sa.Column("answers_id", sa.Integer(), nullable=False),
        sa.Column("seen_id", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("leave_by", sa.Float(), nullable=True),
        sa.CheckConstraint("kind IN ('confirmation', 'help', 'answer')", name=op.f("ck_permit_kind")),
        sa.ForeignKeyConstraint(
            ["answers_id"], ["message.id"], name=op.f("fk_permit_answers_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_permit_message_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["opt_out_id"], ["opt_out.id"], name=op.f("fk_permit_opt_out_id_opt_out"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_permit")),
        sa.UniqueConstraint("answers_id", "kind", name="uq_permit_answers"),
    )
    op.create_index(op.f("ix_permit_opt_out_id"), "permit", ["opt_out_id"], unique=False)
    op.create_index(
        "uq_permit_confirmation",
        "permit",
        ["opt_out_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'confirmation'"),
        postgresql_where=sa.text("kind = 'confirmation'"),
    )
    op.create_table(
        "thread_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("created_by", sa.Text(), server_default="", nullable=False),
        sa.Column("draft", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_group")),
    )
    op.create_table(
        "thread_group_member",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_thread_group_member_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["thread_group.id"],
            name=op.f("fk_thread_group_member_group_id_thread_group"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "conversation_id", name=op.f("pk_thread_group_member")),
    )
    op.create_index(
        "ix_thread_group_member_conversation", "thread_group_member", ["conversation_id"], unique=False
    )
    op.create_table(
        "group_message",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["thread_group.id"],
            name=op.f("fk_group_message_group_id_thread_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_group_message_message_id_message"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_group_message")),
    )
    op.create_index(
        "ix_group_message_round", "group_message", ["group_id", "round", "message_id"], unique=False
    )
    op.add_column("conversation", sa.Column("labels", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "conversation", sa.Column("urgency", sa.Float(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("conversation", sa.Column("assigned_to", sa.Text(), server_default="", nullable=False))
    op.add_column("conversation", sa.Column("snoozed_until", sa.Float(), nullable=True))
    op.drop_index("ix_conversation_waiting", table_name="conversation")
    for name, columns, where in CONVERSATION_INDEXES:
        op.create_index(
            name,
            "conversation",
            list(columns),
            unique=False,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.create_index("ix_message_contact", "message", ["contact_id"], unique=False)
    op.create_index("ix_message_created", "message", ["created_at"], unique=False)
    op.create_index(
        "ix_message_error",
        "message",
        ["error_code", "reason"],
        unique=False,
        sqlite_where=sa.text("error_code <> '' OR reason <> ''"),
        postgresql_where=sa.text("error_code <> '' OR reason <> ''"),
    )
    for statement in STATEMENTS:
        op.execute(statement)


def _carry_over() -> None:
    """The opt-outs that stand and stood are the first rows of the list's story, in the order of their times.

    Written as app.people.ledger wrote a row when this revision was made; it says "carried over", since the
    chain vouches for them only from now on.
    """
    conn = op.get_bind()
    rows = conn.execute(sa.text("SELECT * FROM opt_out ORDER BY id")).mappings().all()
    if not rows:
        return
    key = secrets.token_bytes(32)
    conn.execute(
        sa.text("INSERT INTO office_setting (key, value) VALUES ('number key', :value)"),
        {"value": json.dumps(key.hex())},
    )
    acts = [(row["created_at"], row["id"], 0, row["number"], row) for row in rows]
    acts += [
        (row["lifted_at"], row["id"], 1, row["number"], row) for row in rows if row["lifted_at"] is not None
    ]
    insert = sa.text(
        "INSERT INTO opt_out_log (at, number, number_key, action, source, evidence_hash, operator, before, hash) "
        "VALUES (:at, :number, :number_key, :action, :source, :evidence_hash, :operator, :before, :hash)"
    )
    before = ""
    for at, _id, back, number, row in sorted(acts, key=lambda act: act[:3]):
        words = row["lifted_reason"] if back else row["evidence"]
        made = {
            "at": float(at),
            "number_key": hmac.new(key, number.encode("utf-8"), hashlib.sha256).hexdigest(),
            "action": "in" if back else "out",
            "source": f"{row['lifted_source'] if back else row['source']}, carried over",
            "evidence_hash": hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
            if words
            else "",
            "operator": row["lifted_by"] if back else row["operator"],
            "before": before,
        }
        before = hashlib.sha256(
            json.dumps(list(made.values()), ensure_ascii=True).encode("ascii")
        ).hexdigest()
        conn.execute(insert, {**made, "number": number, "hash": before})
