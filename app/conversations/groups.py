"""Groups: conversations that stand together under a name. What is written to one goes press by press."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import gate
from app.campaigns.gate import Gate
from app.clock import Clock
from app.conversations import listing, threads, who
from app.conversations.listing import ThreadRow
from app.people import numbers
from app.store.engine import Store, Unit
from app.store.events import ConversationChanged, MessageChanged
from app.store.tables import contact, conversation, group_message, message, thread_group, thread_group_member

#: The fewest and the most members that a group is made with.
LEAST, MOST = 2, 30
NAME_LENGTH = 80
#: The longest text that may be typed to a group.
LONGEST = 40_000


class GroupError(ValueError):
    """It cannot be done as asked; the text says why, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group in the list. ``last_who`` is the member of its newest text, ``waiting`` how many members wait
    for an answer, ``prepared`` how many texts wait for their press; ``last_at`` in UTC seconds."""

    id: int
    name: str
    size: int
    last_at: float
    last_who: str = ""
    last_text: str = ""
    last_direction: str = ""
    unread: int = 0
    waiting: int = 0
    prepared: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a group; ``gate`` says whether a text to them could be pressed now, and if not, why."""

    row: ThreadRow
    gate: Gate = gate.GO

    @property
    def called(self) -> str:
        """Their name, else their number."""
        return self.row.name or self.row.number_display


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who can be taken into a group."""

    number: str  # E.164
    name: str
    shown: str  # the number as it is read

    @property
    def called(self) -> str:
        """Their name, else their number."""
        return self.name or self.shown


g, m = thread_group.c, thread_group_member.c


# -- making and changing --------------------------------------------------------------------------


def save(
    store: Store,
    clock: Clock,
    name: str,
    wanted: Sequence[str],
    *,
    group_id: int | None = None,
    operator: str = "",
) -> int:
    """Make a group, or give one another name and other members; returns its id.

    ``wanted``: numbers (E.164) of all members. Somebody without a conversation gets an empty one. What was
    prepared for a member who is taken out is taken out too; threads stay. Raises :class:`GroupError`.
    """
    called, people = _checked(name, wanted)
    with store.write() as unit:
        members = [threads.ensure(unit, clock, number, "number", None, None) for number in people]
        _only_people(unit.conn, members)
        if group_id is None:
            group_id = _insert(unit, clock, called, operator)
        elif not unit.conn.execute(
            sa.update(thread_group).where(g.id == group_id).values(name=called)
        ).rowcount:
            raise GroupError("This group is no longer there.")
        before = set(_members(unit.conn, group_id))
        _take_out(unit, group_id, before - set(members))
        fresh = [key for key in members if key not in before]
        if fresh:
            now = clock.now()
            unit.conn.execute(
                sa.insert(thread_group_member),
                [{"group_id": group_id, "conversation_id": key, "added_at": now} for key in fresh],
            )
        unit.publish(*(ConversationChanged(key) for key in {*members, *before}))
        return group_id


def _checked(name: str, wanted: Sequence[str]) -> tuple[str, list[str]]:
    called, people = " ".join(name.split()), list(dict.fromkeys(wanted))
    if not called:
        raise GroupError("Give the group a name.")
    if len(called) > NAME_LENGTH:
        raise GroupError(f"A group's name has at most {NAME_LENGTH} characters.")
    if len(people) < LEAST:
        raise GroupError("A group has at least two people.")
    if len(people) > MOST:
        raise GroupError(
            f"A group has at most {MOST} people; these are {len(people)}. A campaign is for more than that."
        )
    return called, people


def _only_people(conn: sa.Connection, members: Sequence[int]) -> None:
    other = sa.select(conversation.c.number).where(
        conversation.c.id.in_(members), conversation.c.kind != "number"
    )
    found = conn.execute(other.limit(1)).scalar()
    if found is not None:
        raise GroupError(f"{found[:40]} is no phone number that can be answered.")


def _insert(unit: Unit, clock: Clock, name: str, operator: str) -> int:
    made = unit.conn.execute(
        sa.insert(thread_group).values(name=name, created_at=clock.now(), created_by=operator).returning(g.id)
    )
    return int(made.scalar_one())


def link(store: Store, clock: Clock, group_id: int, number: str) -> None:
    """Take one more person (E.164) into a group. Raises :class:`GroupError`."""
    name, there = _as_it_is(store, group_id)
    save(store, clock, name, [*there, number], group_id=group_id)


def unlink(store: Store, clock: Clock, group_id: int, number: str) -> None:
    """Take a person out of a group; their thread stays. Raises :class:`GroupError` at the last two."""
    name, there = _as_it_is(store, group_id)
    save(store, clock, name, [each for each in there if each != number], group_id=group_id)


def _as_it_is(store: Store, group_id: int) -> tuple[str, list[str]]:
    with store.read() as conn:
        name = conn.execute(sa.select(g.name).where(g.id == group_id)).scalar()
        if name is None:
            raise GroupError("This group is no longer there.")
        query = sa.select(conversation.c.number).join(
            thread_group_member, m.conversation_id == conversation.c.id
        )
        return name, list(conn.execute(query.where(m.group_id == group_id).order_by(m.added_at)).scalars())


def dissolve(store: Store, group_id: int) -> None:
    """Undo the group: its members' threads stay as they are, and what was prepared is taken out."""
    with store.write() as unit:
        members = _members(unit.conn, group_id)
        _take_out(unit, group_id, set(members))
        unit.conn.execute(sa.delete(thread_group).where(g.id == group_id))
        unit.publish(*(ConversationChanged(key) for key in members))


def save_draft(store: Store, group_id: int, text: str) -> None:
    """Keep what is typed to a group; it sends nothing and prepares nothing."""
    with store.write() as unit:
        unit.conn.execute(sa.update(thread_group).where(g.id == group_id).values(draft=text[:LONGEST]))


def _members(conn: sa.Connection, group_id: int) -> list[int]:
    query = sa.select(m.conversation_id).where(m.group_id == group_id).order_by(m.added_at)
    return list(conn.execute(query).scalars())


def _take_out(unit: Unit, group_id: int, gone: set[int]) -> None:
    """Members leave, and what waits for their press with them; what was pressed goes its way."""
    mine = sa.select(group_message.c.message_id).where(group_message.c.group_id == group_id)
    changed = unit.conn.execute(
        sa.update(message)
        .where(message.c.id.in_(mine), message.c.conversation_id.in_(gone), message.c.state == "queued")
        .values(state="removed", reason="taken out of the group")
        .returning(message.c.id, message.c.number, message.c.conversation_id)
    ).all()
    unit.conn.execute(
        sa.delete(thread_group_member).where(m.group_id == group_id, m.conversation_id.in_(gone))
    )
    unit.publish(*(MessageChanged(row.id, row.number, None, row.conversation_id) for row in changed))


# -- the list -------------------------------------------------------------------------------------


def count(store: Store) -> int:
    """How many groups there are."""
    with store.read() as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(thread_group)).scalar_one())


def page(store: Store, *, after: GroupRow | None = None, limit: int = 50) -> tuple[GroupRow, ...]:
    """``limit`` groups behind ``after``, those with the newest text first."""
    c = conversation.c
    last = sa.func.coalesce(sa.func.max(c.last_at), g.created_at).label("last")
    waits = sa.case((sa.and_(c.waiting_since.is_not(None), c.kind == "number"), 1), else_=0)
    wanted = (
        sa.select(
            g.id,
            g.name,
            sa.func.count(c.id).label("size"),
            last,
            sa.func.coalesce(sa.func.sum(c.unread), 0).label("unread"),
            sa.func.coalesce(sa.func.sum(waits), 0).label("waiting"),
        )
        .select_from(
            thread_group.outerjoin(thread_group_member, m.group_id == g.id).outerjoin(
                conversation, c.id == m.conversation_id
            )
        )
        .group_by(g.id, g.name, g.created_at)
        .order_by(sa.desc("last"), g.id.desc())
        .limit(limit)
    )
    if after is not None:
        wanted = wanted.having(sa.tuple_(last, g.id) < sa.tuple_(after.last_at, after.id))
    with store.read() as conn:
        rows = conn.execute(wanted).all()
        ids = [row.id for row in rows]
        heads, prepared = _heads(conn, ids), _prepared(conn, ids)
    return tuple(
        GroupRow(
            row.id, row.name, row.size, row.last, *heads.get(row.id, ("", "", "")),
            unread=int(row.unread), waiting=int(row.waiting), prepared=prepared.get(row.id, 0),
        )
        for row in rows
    )  # fmt: skip


def _heads(conn: sa.Connection, ids: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """Whose newest text it was, the text, and which way it went; of each group."""
    c = conversation.c
    query = (
        sa.select(m.group_id, c.number, contact.c.name, c.last_text, c.last_direction)
        .select_from(thread_group_member.join(conversation, c.id == m.conversation_id))
        .outerjoin(contact, contact.c.id == c.contact_id)
        .where(m.group_id.in_(ids), c.last_text != "")
        .order_by(c.last_at, c.id)  # the newest comes last and stays
    )
    return {
        row.group_id: (row.name or numbers.display(row.number), row.last_text, row.last_direction)
        for row in conn.execute(query)
    }


def _prepared(conn: sa.Connection, ids: Sequence[int]) -> dict[int, int]:
    query = (
        sa.select(group_message.c.group_id, sa.func.count())
        .join(message, message.c.id == group_message.c.message_id)
        .where(group_message.c.group_id.in_(ids), message.c.state == "queued")
        .group_by(group_message.c.group_id)
    )
    return {row[0]: int(row[1]) for row in conn.execute(query)}


def of_thread(store: Store, conversation_id: int) -> tuple[tuple[int, str, bool], ...]:
    """Every group by its name: id, name, and whether this conversation is in it."""
    inside = sa.exists().where(m.group_id == g.id, m.conversation_id == conversation_id)
    with store.read() as conn:
        rows = conn.execute(sa.select(g.id, g.name, inside).order_by(g.name, g.id).limit(200))
        return tuple((row[0], row[1], bool(row[2])) for row in rows)


# -- members --------------------------------------------------------------------------------------


def members(conn: sa.Connection, now: float, group_id: int) -> tuple[Member, ...]:
    """Who is in a group, in the order in which they came, each with what the gate says at ``now``."""
    wanted = (
        listing.select_rows()
        .join(thread_group_member, m.conversation_id == conversation.c.id)
        .where(m.group_id == group_id)
        .order_by(m.added_at, conversation.c.id)
    )
    rows = listing.rows_of(conn, conn.execute(wanted).all())
    gates = gate.check_many(conn, now, [_asked(row.number) for row in rows])
    return tuple(Member(row, verdict) for row, verdict in zip(rows, gates, strict=True))


def _asked(number: str) -> dict[str, Any]:
    return {"id": None, "number": number, "kind": "reply", "campaign_id": None, "resend_of": None}


def candidates(store: Store, query: str, *, country: str = "", limit: int = 12) -> tuple[Candidate, ...]:
    """People whose name or number has ``query``: those of the contacts, those who wrote, and a number that
    is typed whole. They are told apart by their numbers."""
    words = query.strip()[:100]
    if not words:
        return ()
    found, digits = _typed(words, country), _digits(words)
    c = contact.c
    fits = c.number.contains(digits) if digits else c.name.icontains(words, autoescape=True)
    known = sa.select(c.number, c.name).where(fits).order_by(c.name, c.number).limit(limit)
    strangers = sa.select(conversation.c.number).where(
        conversation.c.number.contains(digits), conversation.c.kind == "number", _is_stranger()
    )
    with store.read() as conn:
        found |= {row.number: row.name for row in conn.execute(known)}
        if digits:
            found |= dict.fromkeys(conn.execute(strangers.limit(limit)).scalars(), "")
    return tuple(
        Candidate(number, name, numbers.display(number)) for number, name in list(found.items())[:limit]
    )


def _is_stranger() -> sa.ColumnElement[bool]:
    return ~sa.exists().where(contact.c.number == conversation.c.number)


def _typed(words: str, country: str) -> dict[str, str]:
    try:
        return {numbers.parse(words, country): ""}
    except numbers.NumberError:
        return {}


def _digits(words: str) -> str:
    digits = "".join(each for each in words if each.isdigit())
    return digits if len(digits) >= 3 and not any(each.isalpha() for each in words) else ""


def candidate(row: ThreadRow) -> Candidate:
    """The person of a conversation."""
    return Candidate(row.number, row.name, row.number_display)


def initials(name: str) -> str:
    """Two letters for a group's round sign."""
    return who.initials(name, "")
