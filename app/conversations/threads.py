"""Conversations: one for each number, over every campaign and line; read in pages, never whole."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.campaigns import gate as gate_module
from app.campaigns import hours
from app.campaigns.gate import Gate
from app.campaigns.local import local
from app.clock import Clock, SystemClock
from app.conversations import bubbles, joins, who
from app.conversations.bubbles import Bubble
from app.people import numbers, optouts
from app.store.engine import Store, Unit
from app.store.events import ConversationChanged
from app.store.prepared import Prepared
from app.store.tables import campaign, contact, conversation, line, message, opt_out

FILTERS = ("waiting", "all", "unread", "join", "optout", "system")
Row = Any


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """One conversation in the list. ``done`` says that they wrote and nobody waits for an answer."""

    id: int
    number: str
    number_display: str
    name: str
    initials: str
    last_text: str
    last_direction: str
    last_at: float
    unread: int
    waiting_since: float | None
    opted_out: bool
    kind: str
    done: bool


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
    _change(store, conversation_id, waits, waiting_since=None, unread=0)


def reopen(store: Store, conversation_id: int) -> None:
    """They wait for an answer after all, since the last text of theirs."""
    since = sa.func.coalesce(conversation.c.last_in_at, conversation.c.last_at)
    _change(store, conversation_id, conversation.c.waiting_since.is_(None), waiting_since=since)


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


# -- the list -------------------------------------------------------------------------------------

_STANDING = sa.exists().where(opt_out.c.number == conversation.c.number, opt_out.c.lifted_at.is_(None))
_WAITING = sa.and_(
    conversation.c.waiting_since.is_not(None), conversation.c.kind == "number", sa.not_(_STANDING)
)
_WHERE: dict[str, sa.ColumnElement[bool]] = {
    "waiting": _WAITING,
    "all": sa.true(),
    "unread": conversation.c.unread > 0,
    "optout": _STANDING,
    "system": conversation.c.kind == "system",
}


def page(
    store: Store,
    *,
    filter: str = "waiting",
    query: str = "",
    after: ThreadRow | tuple[float, int] | None = None,
    limit: int = 50,
) -> tuple[ThreadRow, ...]:
    """``limit`` conversations behind ``after`` (the last row of the page before, or its place).

    "waiting" and "join" have those first who wait longest, the place is (waiting_since, id); the others the
    newest first, the place is (last_at, id). ``query`` is looked for in names, numbers and last texts.
    """
    longest_first = filter in ("waiting", "join")
    key = conversation.c.waiting_since if longest_first else conversation.c.last_at
    place = sa.tuple_(key, conversation.c.id)
    wanted = _select_rows().where(*_matching(query))
    if isinstance(after, ThreadRow):
        after = ((after.waiting_since or 0.0) if longest_first else after.last_at, after.id)
    if longest_first:
        wanted = wanted.order_by(key, conversation.c.id)
        wanted = wanted.where(place > sa.tuple_(*after)) if after else wanted
    else:
        wanted = wanted.order_by(key.desc(), conversation.c.id.desc())
        wanted = wanted.where(place < sa.tuple_(*after)) if after else wanted
    with store.read() as conn:
        where = _WHERE[filter] if filter in _WHERE else conversation.c.id.in_(joins.wishing(conn))
        return _thread_rows(conn, conn.execute(wanted.where(where).limit(limit)).all())


def counts(store: Store, query: str = "") -> dict[str, int]:
    """How many conversations each filter lists; "join" only where the office has keywords for it."""
    with store.read() as conn:
        every = dict(_WHERE)
        if joins.load(conn):
            every["join"] = conversation.c.id.in_(joins.wishing(conn))
        return {name: int(conn.execute(_count(where, query)).scalar_one()) for name, where in every.items()}


def _count(where: sa.ColumnElement[bool], query: str) -> sa.Select[int]:
    wanted = sa.select(sa.func.count()).select_from(conversation).where(where)
    if query.strip():
        wanted = wanted.outerjoin(contact, contact.c.id == conversation.c.contact_id)
    return wanted.where(*_matching(query))


def unread_total(store: Store) -> int:
    """How many texts nobody has read."""
    with store.read() as conn:
        return int(
            conn.execute(sa.select(sa.func.coalesce(sa.func.sum(conversation.c.unread), 0))).scalar_one()
        )


def by_number(store: Store, number: str) -> ThreadRow | None:
    """The conversation of a number, None where there is none."""
    with store.read() as conn:
        rows = conn.execute(_select_rows().where(conversation.c.number == number)).all()
        return next(iter(_thread_rows(conn, rows)), None)


def _select_rows() -> sa.Select[Any]:
    return sa.select(conversation, contact.c.name).outerjoin(
        contact, contact.c.id == conversation.c.contact_id
    )


def _thread_rows(conn: sa.Connection, rows: Iterable[Row]) -> tuple[ThreadRow, ...]:
    rows = list(rows)
    out = optouts.active_set(conn, [row.number for row in rows if row.kind == "number"])
    return tuple(_thread_row(row, row.number in out) for row in rows)


def _thread_row(row: Row, opted_out: bool) -> ThreadRow:
    return ThreadRow(
        id=row.id,
        number=row.number,
        number_display=numbers.display(row.number),
        name=row.name or "",
        initials=who.initials(row.name or "", row.number),
        last_text=row.last_text,
        last_direction=row.last_direction,
        last_at=row.last_at,
        unread=row.unread,
        waiting_since=row.waiting_since,
        opted_out=opted_out,
        kind=row.kind,
        done=row.waiting_since is None and row.last_in_at is not None,
    )


def _matching(query: str) -> tuple[sa.ColumnElement[bool], ...]:
    words = query.strip()[:100]
    if not words:
        return ()
    found = [
        contact.c.name.icontains(words, autoescape=True),
        conversation.c.last_text.icontains(words, autoescape=True),
        conversation.c.number.icontains(words, autoescape=True),
    ]
    digits = "".join(c for c in words if c.isdigit())
    if len(digits) >= 3 and not any(c.isalpha() for c in words):
        found.append(conversation.c.number.contains(digits))
    return (sa.or_(*found),)


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
        head = _thread_rows(conn, (row,))[0]
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
