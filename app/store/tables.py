"""The tables. Times are UTC seconds since the epoch (float); numbers are E.164 text ("+15035550100").

A message that is ``sending`` or beyond has a click of its own: ``ck_message_needs_click`` asks for a
click, ``uq_message_click`` lets no two messages share one, and the composite foreign key
``fk_message_own_click`` lets it be no other message's.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from app.store.base import metadata as metadata
from app.store.campaign_tables import office_setting as office_setting
from app.store.campaign_tables import text_template as text_template
from app.store.campaign_tables import text_template_favourite as text_template_favourite
from app.store.campaign_tables import variant as variant
from app.store.campaign_tables import wording as wording
from app.store.desk_tables import answer as answer
from app.store.desk_tables import campaign_line as campaign_line
from app.store.desk_tables import canned_reply as canned_reply
from app.store.desk_tables import operator as operator
from app.store.desk_tables import question as question
from app.store.desk_tables import question_option as question_option
from app.store.desk_tables import shift as shift
from app.store.desk_tables import training as training
from app.store.group_tables import group_message as group_message
from app.store.group_tables import thread_group as thread_group
from app.store.group_tables import thread_group_member as thread_group_member
from app.store.people_tables import audience as audience
from app.store.people_tables import column_mapping as column_mapping
from app.store.people_tables import contact as contact
from app.store.people_tables import contact_number as contact_number
from app.store.people_tables import contact_tag as contact_tag
from app.store.people_tables import field_type as field_type
from app.store.people_tables import imported_text as imported_text
from app.store.people_tables import list_member as list_member
from app.store.people_tables import opt_out as opt_out
from app.store.people_tables import people_list as people_list
from app.store.people_tables import tag as tag
from app.store.reply_tables import consent as consent
from app.store.reply_tables import erased as erased
from app.store.reply_tables import hold as hold
from app.store.reply_tables import judgement as judgement
from app.store.reply_tables import opt_out_log as opt_out_log
from app.store.reply_tables import permit as permit

#: The states of an outgoing message that need no click.
UNCLICKED_STATES = ("queued", "skipped", "blocked", "removed")
#: All of them. ``clicked`` waits for its line and can be taken back; the rest is in architecture 2.
OUT_STATES = (*UNCLICKED_STATES, "clicked", "sending", "sent", "not_sent", "unknown")


def _quoted(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


line = Table(
    "line",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("imei", Text, nullable=False, server_default=""),
    Column("iccid", Text, nullable=False, server_default=""),
    Column("number", Text, nullable=False, server_default=""),
    Column("practice", Boolean, nullable=False, server_default=text("0")),
    Column("enabled", Boolean, nullable=False, server_default=text("1")),
    Column("paused", Boolean, nullable=False, server_default=text("0")),
    Column("created_at", Float, nullable=False),
    # The next 8-bit concatenation reference; random at the start (TS 23.040 9.2.3.24.1).
    Column("concat_reference", Integer, nullable=False, server_default=text("0")),
    # The most texts that may leave in a minute, an hour and a day, and people in a month; 0 = no limit.
    Column("per_minute", Integer, nullable=False, server_default=text("0")),
    Column("per_hour", Integer, nullable=False, server_default=text("0")),
    Column("per_day", Integer, nullable=False, server_default=text("0")),
    Column("people_month", Integer, nullable=False, server_default=text("0")),
    Column("month_day", Integer, nullable=False, server_default=text("1")),  # the day its month begins
    Column("paused_why", Text, nullable=False, server_default=""),  # of a line that paused by itself
    Column("watch_from", Float),  # failures before this are not counted towards a pause
)

# What is remembered of a SIM, whichever modem it is in.
sim = Table(
    "sim",
    metadata,
    Column("iccid", Text, primary_key=True),
    Column("balance_code", Text, nullable=False, server_default=""),  # the USSD code, such as *100#
    Column("balance_text", Text, nullable=False, server_default=""),  # the operator's last answer
    Column("balance_at", Float),
)

# How a line stood: a row when something changed, and now and then; a day of them is kept.
line_history = Table(
    "line_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("line_id", Integer, ForeignKey("line.id", ondelete="CASCADE"), nullable=False),
    Column("at", Float, nullable=False),
    Column("state", Text, nullable=False),  # modem.api.LineState
    Column("signal_dbm", Integer),
    Column("operator", Text, nullable=False, server_default=""),
    Column("technology", Text, nullable=False, server_default=""),
    Index("ix_line_history", "line_id", "at"),
)

campaign = Table(
    "campaign",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="draft"),
    Column("template", Text, nullable=False, server_default=""),
    Column("texter", Text, nullable=False, server_default=""),  # the value of {sender}
    Column("list_id", Integer, ForeignKey("people_list.id")),
    Column("hours", Text, nullable=False, server_default=""),  # JSON of hours.Policy; "" = default
    Column("hours_reason", Text, nullable=False, server_default=""),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("fields", Text, nullable=False, server_default="{}"),  # JSON: values for everyone
    Column("split_seed", Integer, nullable=False, server_default=text("0")),  # of the random split
    Column("wave_of", Integer),  # the campaign whose silent people this one writes to
    Column("starts_at", Float),  # nothing leaves before; UTC seconds
    Column("ends_at", Float),  # nothing leaves from then on
    Column("urgent", Boolean, nullable=False, server_default=text("0")),  # ahead of other campaigns
    Column("due", Text, nullable=False, server_default=""),  # JSON of due.Rule; "" = everyone at once
    # At most so many campaign texts to a person, of this campaign or another, in so many days; 0 = no cap.
    Column("cap_texts", Integer, nullable=False, server_default=text("0")),
    Column("cap_days", Integer, nullable=False, server_default=text("0")),
    # Why people may get more texts than they were promised; "" = the promise is kept.
    Column("promise_reason", Text, nullable=False, server_default=""),
    CheckConstraint("state IN ('draft', 'running', 'paused', 'done')", name="state"),
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Text, nullable=False, unique=True),  # E.164, or the raw sender of a "sender" thread
    Column("kind", Text, nullable=False, server_default="number"),  # number | sender (no reply) | system
    Column("contact_id", Integer, ForeignKey("contact.id", ondelete="SET NULL"), index=True),
    Column("line_id", Integer, ForeignKey("line.id", ondelete="SET NULL")),  # a person keeps their line
    Column("last_at", Float, nullable=False),
    Column("last_text", Text, nullable=False, server_default=""),
    Column("last_direction", Text, nullable=False, server_default="in"),
    Column("unread", Integer, nullable=False, server_default=text("0")),
    Column("waiting_since", Float),  # the oldest text of theirs that nobody answered; NULL = none waits
    Column("last_in_at", Float),
    Column("draft", Text, nullable=False, server_default=""),
    Column("labels", Text, nullable=False, server_default=""),  # of what waits for an answer
    Column("urgency", Float, nullable=False, server_default=text("0")),  # 2 = safety words; sorts first
    Column("assigned_to", Text, nullable=False, server_default=""),  # an operator's name
    Column("snoozed_until", Float),
    CheckConstraint("kind IN ('number', 'sender', 'system')", name="kind"),
    Index(
        "ix_conversation_last_in",
        "last_in_at",
        sqlite_where=text("last_in_at IS NOT NULL"),
        postgresql_where=text("last_in_at IS NOT NULL"),
    ),
    Index("ix_conversation_last", "last_at", "id"),
    # Everything that the lists of who waits ask: none of the rows themselves is read to count or to sort.
    Index(
        "ix_conversation_waiting",
        "waiting_since",
        "id",
        "kind",
        "urgency",
        "snoozed_until",
        "assigned_to",
        "labels",
        "number",
        sqlite_where=text("waiting_since IS NOT NULL"),
        postgresql_where=text("waiting_since IS NOT NULL"),
    ),
    Index(
        "ix_conversation_unread",
        "last_at",
        "id",
        "unread",
        sqlite_where=text("unread > 0"),
        postgresql_where=text("unread > 0"),
    ),
    Index(
        "ix_conversation_system",
        "last_at",
        "id",
        sqlite_where=text("kind <> 'number'"),
        postgresql_where=text("kind <> 'number'"),
    ),
)

click = Table(
    "click",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("message_id", Integer, nullable=False, index=True),
    Column("operator", Text, nullable=False),
    Column("at", Float, nullable=False),  # wall clock, UTC seconds
    Column("monotonic", Float, nullable=False),  # seconds; tells a wrong wall clock
    Column("device", Text, nullable=False),  # "key:Return", "key:Space", "mouse", "touch"
    Column("text_hash", Text, nullable=False),  # SHA-256 of the text that was on screen
    Column("voided_at", Float),
    Column("void_reason", Text, nullable=False, server_default=""),
    UniqueConstraint("id", "message_id", name="uq_click_id_message"),
)

message = Table(
    "message",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("direction", Text, nullable=False),  # out | in
    Column("number", Text, nullable=False),
    Column("conversation_id", Integer, ForeignKey("conversation.id", ondelete="CASCADE")),
    Column("contact_id", Integer, ForeignKey("contact.id", ondelete="SET NULL")),
    Column("campaign_id", Integer, ForeignKey("campaign.id", ondelete="SET NULL")),
    Column("kind", Text, nullable=False, server_default="reply"),  # first | reply | forward | text | system
    Column("position", Integer, nullable=False, server_default=text("0")),  # order on the desk
    Column("text", Text, nullable=False),
    Column("text_hash", Text, nullable=False, server_default=""),
    Column("edited", Boolean, nullable=False, server_default=text("0")),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),  # why blocked, skipped, not sent, unknown
    Column("error_code", Text, nullable=False, server_default=""),  # "CMS 38"
    Column("click_id", Integer),
    Column("line_id", Integer, ForeignKey("line.id", ondelete="SET NULL")),
    Column("created_at", Float, nullable=False),
    Column("clicked_at", Float),
    Column("claimed_at", Float),
    Column("settled_at", Float),
    Column("parts", Integer, nullable=False, server_default=text("0")),
    Column("parts_sent", Integer, nullable=False, server_default=text("0")),
    Column("delivery", Text, nullable=False, server_default=""),  # "" | pending | delivered | failed
    Column("delivered_at", Float),
    Column("resolution", Text, nullable=False, server_default=""),  # person_sent | person_again | report
    Column("resend_of", Integer),
    Column("wording_id", Integer),  # wording.id of a campaign's first message
    Column("fresh_until", Float),  # its text names a day: from then on it says another one
    Column("due_at", Float),  # it comes to the desk then; NULL = at once
    Column("expires_at", Float),  # from then on it is stale and leaves the desk
    Column("occasion", Text, nullable=False, server_default=""),  # what it is due for: "2026-05-12"
    Column(
        "lane", Integer, nullable=False, server_default=text("2")
    ),  # of clicks: 0 urgent, 1 reply, 2 other
    Column("not_before", Float),  # a click's grace: its line leaves it alone until then
    # inbound
    Column("sent_at", Float),  # the centre's time stamp (SCTS)
    Column("complete", Boolean, nullable=False, server_default=text("1")),
    Column("note", Text, nullable=False, server_default=""),  # "part 2 of 3 missing", "flash", "repeat"
    UniqueConstraint("click_id", name="uq_message_click"),
    ForeignKeyConstraint(["click_id", "id"], ["click.id", "click.message_id"], name="fk_message_own_click"),
    CheckConstraint("direction IN ('out', 'in')", name="direction"),
    CheckConstraint(
        f"(direction = 'in' AND state = 'received')"
        f" OR (direction = 'out' AND state IN ({_quoted(OUT_STATES)}))",
        name="state",
    ),
    CheckConstraint(
        f"direction = 'in' OR state IN ({_quoted(UNCLICKED_STATES)}) OR click_id IS NOT NULL",
        name="needs_click",
    ),
    Index("ix_message_queue", "campaign_id", "state", "position"),
    Index(
        "ix_message_line_click",
        "line_id",
        "state",
        "lane",
        "click_id",
        sqlite_where=text("state IN ('clicked', 'sending')"),
        postgresql_where=text("state IN ('clicked', 'sending')"),
    ),
    Index("ix_message_thread", "conversation_id", "created_at", "id"),
    Index("ix_message_number", "number", "direction", "claimed_at"),
    Index("ix_message_contact", "contact_id"),  # whom SQLite looks for when a contact goes
    Index("ix_message_created", "created_at"),  # the days of a search, as places among the ids
    Index(
        "ix_message_error",
        "error_code",
        "reason",
        sqlite_where=text("error_code <> '' OR reason <> ''"),
        postgresql_where=text("error_code <> '' OR reason <> ''"),
    ),
    Index(
        "ix_message_unsettled",
        "state",
        "settled_at",
        sqlite_where=text("direction = 'out' AND state IN ('unknown', 'sending', 'clicked', 'not_sent')"),
        postgresql_where=text("direction = 'out' AND state IN ('unknown', 'sending', 'clicked', 'not_sent')"),
    ),
    # Texts of which parts are still missing: few, and looked for with every part.
    Index(
        "ix_message_incomplete",
        "number",
        "created_at",
        sqlite_where=text("NOT complete"),
        postgresql_where=text("NOT complete"),
    ),
    Index(
        "ix_message_delivery",
        "campaign_id",
        "delivery",
        sqlite_where=text("delivery IN ('delivered', 'failed')"),
        postgresql_where=text("delivery IN ('delivered', 'failed')"),
    ),
    # What left on a line, counted against its limits.
    Index(
        "ix_message_line_left",
        "line_id",
        "claimed_at",
        "number",
        "state",
        sqlite_where=text("direction = 'out' AND claimed_at IS NOT NULL"),
        postgresql_where=text("direction = 'out' AND claimed_at IS NOT NULL"),
    ),
    # A person gets a campaign's first message once, or once for each occasion; a deliberate second one
    # says which it follows.
    Index(
        "uq_message_first",
        "campaign_id",
        "number",
        "occasion",
        unique=True,
        sqlite_where=text("kind = 'first' AND resend_of IS NULL"),
        postgresql_where=text("kind = 'first' AND resend_of IS NULL"),
    ),
)

message_part = Table(
    "message_part",
    metadata,
    Column("message_id", Integer, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True),
    Column("part", Integer, primary_key=True),  # 1-based
    Column("reference", Integer, nullable=False),  # TP-MR, 0..255
    Column("line_id", Integer),
    Column("number", Text, nullable=False),
    Column("accepted_at", Float, nullable=False),
    Column("report_status", Integer),  # TP-ST of the last report
    Column("reported_at", Float),
    Index("ix_message_part_reference", "reference", "number", "accepted_at"),
)

inbound_part = Table(
    "inbound_part",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("line_id", Integer),
    Column("sim", Text, nullable=False, server_default=""),  # ICCID
    Column("storage", Text, nullable=False, server_default=""),  # "" when routed directly
    Column("slot", Integer),
    Column("pdu", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("kind", Text, nullable=False),  # text | report | system | unreadable | repeat
    Column("received_at", Float, nullable=False),
    Column("deleted_at", Float),  # gone from the SIM; NULL with a slot = still to delete
    Column("sender", Text, nullable=False, server_default=""),
    Column("sent_at", Float),
    Column("reference", Integer),
    Column("reference_bits", Integer),
    Column("total", Integer, nullable=False, server_default=text("1")),
    Column("part", Integer, nullable=False, server_default=text("1")),
    Column("message_id", Integer, ForeignKey("message.id", ondelete="CASCADE"), index=True),
    Column("note", Text, nullable=False, server_default=""),
    Index("ix_inbound_part_sha", "sha256", "line_id"),
    Index("ix_inbound_part_concat", "sender", "reference", "reference_bits", "total"),
    # Stored here and still on the SIM.
    Index(
        "ix_inbound_part_undeleted",
        "line_id",
        sqlite_where=text("deleted_at IS NULL AND slot IS NOT NULL"),
        postgresql_where=text("deleted_at IS NULL AND slot IS NOT NULL"),
    ),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("operator", Text, nullable=False, server_default=""),
    Column("action", Text, nullable=False),  # "hours loosened", "opt-out lifted" ...
    Column("detail", Text, nullable=False, server_default=""),
)
