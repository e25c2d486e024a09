"""Conversations: one for each number, over every campaign and line; their list is :mod:`.listing`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.campaigns import gate as gate_module
from app.campaigns import hours
from app.campaigns.gate import Gate
from app.campaigns.local import local
from app.clock import Clock, SystemClock
from app.conversations import bubbles, listing, who
from app.conversations.bubbles import Bubble
from app.conversations.listing import FILTERS as FILTERS
from app.conversations.listing import ThreadRow as ThreadRow
from app.conversations.listing import by_number as by_number
from app.conversations.listing import counts as counts
from app.conversations.listing import page as page
from app.conversations.listing import unread_total as unread_total
from app.store.engine import Store, Unit
from app.store.events import ConversationChanged
from app.store.prepared import Prepared
from app.store.tables import campaign, contact, conversation, line, message


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation as it is opened: its row, the person, and whether a reply may go now (``gate``)."""

    row: ThreadRow
    contact_id: int | None = None
    first_name: str = ""
    last_name: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    consent: str = ""
    time_zone: str = ""  # the person's own; "" where it is guessed by the number
    zones: tuple[str, ...] = ()
    local_time: str = ""
    place: str = ""
    line_id: int | None = None
    line_name: str = ""
    draft: str = ""
    campaigns: tuple[str, ...] = ()
    gate: Gate = gate_module.GO

    @property
    def id(self) -> int:
        """The conversation's id."""
        return self.row.id


# -- writing --------------------------------------------------------------------------------------


_HEAD = Prepared(
    sa.select(conversation.c.id, conversation.c.contact_id, conversation.c.line_id).where(
        conversation.c.number == sa.bindparam("number")
    )
)
_CONTACT = Prepared(sa.select(contact.c.id).where(contact.c.number == sa.bindparam("number")))
_NEW = Prepared(
    sa.insert(conversation)
    .values(
        number=sa.bindparam("number"),
        kind=sa.bindparam("kind"),
        contact_id=sa.bindparam("contact_id"),
        line_id=sa.bindparam("line_id"),
        last_at=sa.bindparam("last_at"),
        last_direction=sa.literal_column("'out'"),
    )
    .returning(conversation.c.id)
)


def ensure(
    unit: Unit, clock: Clock, number: str, kind: str, contact_id: int | None, line_id: int | None
) -> int:
    """The conversation of ``number`` (E.164, or the raw sender of another ``kind``), made if it is new.

    A contact of that number is tied to it. A conversation that has a line keeps it.
    """
    found = _HEAD.first(unit.conn, number=number)
    if kind == "number" and contact_id is None and (found is None or found[1] is None):
        person = _CONTACT.first(unit.conn, number=number)
        contact_id = None if person is None else person[0]
    if found is None:
        return _insert(unit, clock, number, kind, contact_id, line_id)
    key, has_contact, has_line = found
    missing: dict[str, Any] = {}
    if has_contact is None and contact_id is not None:
        missing["contact_id"] = contact_id
    if has_line is None and line_id is not None:
        missing["line_id"] = line_id
    if missing:
        unit.conn.execute(sa.update(conversation).where(conversation.c.id == key).values(**missing))
        unit.publish(ConversationChanged(key))
    return int(key)


def _insert(
    unit: Unit, clock: Clock, number: str, kind: str, contact_id: int | None, line_id: int | None
) -> int:
    (row,) = _NEW.rows(
        unit.conn, number=number, kind=kind, contact_id=contact_id, line_id=line_id, last_at=clock.now()
    )
    key = int(row[0])
    unit.publish(ConversationChanged(key))
    return key


def mark_read(store: Store, conversation_id: int) -> None:
    """Nothing in it is new any more."""
    _change(store, conversation_id, conversation.c.unread != 0, unread=0)


def mark_done(store: Store, conversation_id: int) -> None:
    """Nobody waits for an answer; what was unread is read."""
    waits = sa.or_(conversation.c.waiting_since.is_not(None), conversation.c.unread != 0)
    _change(store, conversation_id, waits, waiting_since=None, unread=0, snoozed_until=None)


def reopen(store: Store, conversation_id: int, since: float | None = None) -> None:
    """They wait for an answer after all, since then (UTC seconds), or else since the last text of theirs."""
    last = sa.func.coalesce(conversation.c.last_in_at, conversation.c.last_at)
    at = last if since is None else since
    _change(store, conversation_id, conversation.c.waiting_since.is_(None), waiting_since=at)


def snooze(store: Store, conversation_id: int, until: float | None) -> None:
    """Put it aside until then (UTC seconds); it comes back by itself, waiting. None brings it back now.

    A new text of theirs brings it back too, and an answer or Done ends it.
    """
    c = conversation.c
    since = sa.func.coalesce(c.waiting_since, c.last_in_at, c.last_at)
    _change(store, conversation_id, c.kind == "number", waiting_since=since, snoozed_until=until, unread=0)


def assign(store: Store, conversation_id: int, name: str) -> None:
    """Whose it is, by the operator's name; "" for everybody's."""
    _change(store, conversation_id, conversation.c.assigned_to != name, assigned_to=name)


def save_draft(store: Store, conversation_id: int, text: str) -> None:
    """Keep what is typed; it sends nothing."""
    _change(store, conversation_id, conversation.c.draft != text, draft=text)


def _change(store: Store, conversation_id: int, when: sa.ColumnElement[bool], **values: Any) -> None:
    with store.write() as unit:
        changed = unit.conn.execute(
            sa.update(conversation).where(conversation.c.id == conversation_id, when).values(**values)
        ).rowcount
        if changed:
            unit.publish(ConversationChanged(conversation_id))


# -- one thread -----------------------------------------------------------------------------------


def get(store: Store, conversation_id: int, clock: Clock | None = None) -> Thread | None:
    """One conversation with its person; None where there is none. ``clock`` tells the time at their place."""
    now = (clock or SystemClock()).now()
    wanted = (
        sa.select(conversation, contact.c.name, contact.c.first_name, contact.c.last_name)
        .add_columns(contact.c.fields, contact.c.time_zone, contact.c.consent_source, contact.c.consent_at)
        .add_columns(line.c.name.label("line_name"))
        .outerjoin(contact, contact.c.id == conversation.c.contact_id)
        .outerjoin(line, line.c.id == conversation.c.line_id)
        .where(conversation.c.id == conversation_id)
    )
    with store.read() as conn:
        row = conn.execute(wanted).first()
        if row is None:
            return None
        head = listing.rows_of(conn, (row,))[0]
        asked = {"id": None, "number": row.number, "kind": "reply", "campaign_id": None, "resend_of": None}
        gate = gate_module.check(conn, now, asked) if row.kind == "number" else gate_module.GO
        campaigns = _campaign_names(conn, row.number)
    zones = hours.zones_of(row.number, row.time_zone or "") if row.kind == "number" else ()
    where = local(zones, now)
    return Thread(
        row=head,
        contact_id=row.contact_id,
        first_name=row.first_name or "",
        last_name=row.last_name or "",
        fields=_fields(row.fields),
        consent=who.consent(row.consent_source or "", row.consent_at),
        time_zone=row.time_zone or "",
        zones=zones,
        local_time=where.time,
        place=where.place,
        line_id=row.line_id,
        line_name=row.line_name or "",
        draft=row.draft,
        campaigns=campaigns,
        gate=gate,
    )


def _fields(text: str | None) -> dict[str, str]:
    try:
        fields = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in fields.items()} if isinstance(fields, dict) else {}


def _campaign_names(conn: sa.Connection, number: str) -> tuple[str, ...]:
    """The campaigns that number is in, newest first: by their first message, never by the whole thread."""
    first = sa.exists().where(
        message.c.campaign_id == campaign.c.id,
        message.c.number == number,
        sa.text("message.kind = 'first' AND message.resend_of IS NULL"),
    )
    return tuple(
        conn.execute(sa.select(campaign.c.name).where(first).order_by(campaign.c.id.desc())).scalars()
    )


def messages(
    store: Store, conversation_id: int, *, before: tuple[float, int] | None = None, limit: int = 50
) -> tuple[Bubble, ...]:
    """The newest ``limit`` messages before ``before`` (the ``at`` and ``id`` of a bubble), newest last."""
    with store.read() as conn:
        return bubbles.latest(conn, conversation_id, limit, before=before)
