"""A text to a group: one prepared message for each member, which wait for one press each. Nothing here sends.

Closing the window keeps what waits. Whoever opts out meanwhile is blocked as on the desk; whoever may have,
or may not be texted at this hour, is passed over with the gate's reason and stays prepared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import gate, merging
from app.campaigns.gate import Gate
from app.clock import Clock
from app.conversations import groups
from app.conversations.canned import Filler
from app.conversations.groups import GroupError, Member
from app.people import numbers
from app.store.engine import Store, Unit
from app.store.events import MessageChanged
from app.store.tables import contact, conversation, group_message, message, thread_group
from app.store.tables import thread_group_member as member
from app.texting.clicks import MAX_PARTS, text_hash
from modem import sms

#: A reason is cut at so many characters.
MAX_REASON = 200
SAME = "The same person as another member: they get it once."


@dataclass(frozen=True, slots=True)
class Share:
    """One member's message of a text to the group. ``state`` and ``reason`` are those of ``message``;
    ``gate`` says of one that waits whether it could be pressed now."""

    message_id: int
    conversation_id: int
    number: str
    called: str
    text: str
    text_hash: str
    state: str
    reason: str = ""
    gate: Gate = gate.GO

    @property
    def shown(self) -> str:
        """The number as it is read."""
        return numbers.display(self.number)


@dataclass(frozen=True, slots=True)
class Round:
    """The newest text to a group: a share for each member it was prepared for, in their order."""

    shares: tuple[Share, ...]
    prepared_at: float  # UTC seconds

    @property
    def waiting(self) -> tuple[Share, ...]:
        """Those that wait for their press."""
        return tuple(each for each in self.shares if each.state == "queued")

    @property
    def next(self) -> Share | None:
        """The first that could be pressed now."""
        return next((each for each in self.waiting if each.gate.verdict == "go"), None)

    @property
    def held(self) -> tuple[Share, ...]:
        """Those that wait and may not go now."""
        return tuple(each for each in self.waiting if each.gate.verdict != "go")


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """A group as it is opened. ``round`` is None before its first text."""

    id: int
    name: str
    draft: str
    members: tuple[Member, ...]
    round: Round | None = None

    @property
    def can_get(self) -> tuple[Member, ...]:
        """For whom a text would be prepared."""
        return tuple(each for each in self.members if not _left_out(each))


@dataclass(frozen=True, slots=True)
class Prepared:
    """What came of preparing: how many messages wait, and who was left out and why."""

    count: int
    left_out: tuple[tuple[str, str], ...] = ()


def _left_out(member: Member) -> str:
    """Why no text is prepared for a member; who is only held for an hour or a cap is prepared for."""
    return member.gate.why if member.gate.verdict != "go" and member.gate.rule in ("optout", "asked") else ""


# -- reading --------------------------------------------------------------------------------------


def read(store: Store, clock: Clock, group_id: int) -> OpenGroup | None:
    """A group with its members, what each may get now, and its newest text; None where it is gone."""
    now = clock.now()
    with store.read() as conn:
        row = conn.execute(sa.select(thread_group).where(thread_group.c.id == group_id)).first()
        if row is None:
            return None
        return OpenGroup(
            row.id, row.name, row.draft, groups.members(conn, now, group_id), _newest(conn, now, group_id)
        )


def _newest(conn: sa.Connection, now: float, group_id: int) -> Round | None:
    of = group_message.c
    number = conn.execute(sa.select(sa.func.max(of.round)).where(of.group_id == group_id)).scalar()
    if number is None:
        return None
    wanted = (
        sa.select(message, contact.c.name)
        .join(group_message, of.message_id == message.c.id)
        .outerjoin(contact, contact.c.id == message.c.contact_id)
        .where(of.group_id == group_id, of.round == number, message.c.state != "removed")
        .order_by(message.c.id)
    )
    rows = conn.execute(wanted).mappings().all()
    waits = [row for row in rows if row["state"] == "queued"]
    gates = {
        row["id"]: verdict for row, verdict in zip(waits, gate.check_many(conn, now, waits), strict=True)
    }
    shares = tuple(_share(row, gates.get(row["id"], gate.GO)) for row in rows)
    return Round(shares, min((row["created_at"] for row in rows), default=now))


def _share(row: Any, verdict: Gate) -> Share:
    return Share(
        row["id"],
        row["conversation_id"],
        row["number"],
        row["name"] or numbers.display(row["number"]),
        row["text"],
        row["text_hash"],
        row["state"],
        row["reason"],
        verdict,
    )


# -- preparing ------------------------------------------------------------------------------------


def prepare(store: Store, clock: Clock, group_id: int, text: str, operator: str) -> Prepared:
    """Write one message for each member, merged for them; all of them wait, and none leaves by this.

    Members who opted out, or may have, are left out with the reason, and so is the second thread of one
    person. The draft is cleared. Raises :class:`GroupError` while an earlier text still waits, where a field
    is missing, or where nobody is left.
    """
    if not text.strip():
        raise GroupError("The text is empty.")
    now = clock.now()
    with store.write() as unit:
        conn = unit.conn
        before = _newest(conn, now, group_id)
        if before is not None and before.waiting:
            raise GroupError("The text before still waits for some members. Send, skip or stop it first.")
        whole = groups.members(conn, now, group_id)
        people, left_out = _chosen(conn, whole)
        if not people:
            raise GroupError("Nobody in this group may be texted now. Nothing was prepared.")
        merged = _merged(conn, now, people, text, operator)
        _write(unit, now, group_id, people, merged)
        conn.execute(sa.update(thread_group).where(thread_group.c.id == group_id).values(draft=""))
    return Prepared(len(people), left_out)


def _chosen(
    conn: sa.Connection, members: Sequence[Member]
) -> tuple[list[tuple[Member, int | None]], tuple[tuple[str, str], ...]]:
    """For whom to prepare, with their contact's id; and who is left out, and why."""
    ids = _contacts(conn, [each.row.number for each in members])
    seen: set[int] = set()
    people: list[tuple[Member, int | None]] = []
    left_out: list[tuple[str, str]] = []
    for each in members:
        key = ids.get(each.row.number)
        why = _left_out(each) or (SAME if key in seen else "")
        if why:
            left_out.append((each.called, why))
            continue
        people.append((each, key))
        if key is not None:
            seen.add(key)
    return people, tuple(left_out)


def _contacts(conn: sa.Connection, wanted: Sequence[str]) -> dict[str, int]:
    c = conversation.c
    query = sa.select(c.number, c.contact_id).where(c.number.in_(wanted), c.contact_id.is_not(None))
    return {row[0]: int(row[1]) for row in conn.execute(query)}


def _merged(
    conn: sa.Connection,
    now: float,
    people: Sequence[tuple[Member, int | None]],
    text: str,
    operator: str,
) -> list[merging.Merged]:
    found, lacking = [], []
    for each, _key in people:
        merged = Filler(conn, now, each.row.number, operator, None).merged(text)
        if isinstance(merged, merging.Merged):
            found.append(merged)
        else:
            lacking.append(f"{each.called[:60]} has no {', no '.join(merged)}")
    if lacking:
        more = f", and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        raise GroupError(
            f"Nothing was prepared. {'; '.join(lacking[:3])}{more}. Fill it in, or give a fallback such as "
            "{first_name|there}."
        )
    if any(not _can_leave(each.text) for each in found):
        raise GroupError("The text is empty or too long for somebody. Nothing was prepared.")
    return found


def _can_leave(text: str) -> bool:
    return bool(text.strip()) and len(sms.split(text).segments) <= MAX_PARTS


def _write(
    unit: Unit,
    now: float,
    group_id: int,
    people: Sequence[tuple[Member, int | None]],
    merged: Sequence[merging.Merged],
) -> None:
    of = group_message.c
    last = unit.conn.execute(sa.select(sa.func.max(of.round)).where(of.group_id == group_id)).scalar()
    for (each, contact_id), text in zip(people, merged, strict=True):
        made = unit.conn.execute(
            sa.insert(message)
            .values(
                direction="out",
                number=each.row.number,
                conversation_id=each.row.id,
                contact_id=contact_id,
                kind="reply",
                state="queued",
                text=text.text,
                text_hash=text_hash(text.text),
                fresh_until=text.fresh_until,
                created_at=now,
            )
            .returning(message.c.id)
        )
        key = int(made.scalar_one())
        unit.conn.execute(
            sa.insert(group_message).values(message_id=key, group_id=group_id, round=(last or 0) + 1)
        )
        unit.publish(MessageChanged(key, each.row.number, None, each.row.id))


# -- what a person does with a share besides sending it -------------------------------------------


def skip(store: Store, message_id: int, reason: str = "") -> bool:
    """Pass a member over; False where the text no longer waits."""
    return bool(_move(store, [message_id], "queued", "skipped", reason.strip()[:MAX_REASON]))


def unskip(store: Store, message_id: int) -> bool:
    """It waits again; False where it was not skipped."""
    return bool(_move(store, [message_id], "skipped", "queued", ""))


def stop(store: Store, group_id: int) -> tuple[int, ...]:
    """Take out whatever of a group's texts still waits; returns which messages, for :func:`go_on`."""
    of = group_message.c
    with store.read() as conn:
        mine = conn.execute(sa.select(of.message_id).where(of.group_id == group_id)).scalars().all()
    return _move(store, mine, "queued", "removed", "stopped")


def go_on(store: Store, message_ids: Sequence[int]) -> bool:
    """What :func:`stop` took out waits again, save for people who left the group; False where none does."""
    return bool(_move(store, message_ids, "removed", "queued", "", only_members=True))


def _move(
    store: Store, message_ids: Sequence[int], old: str, new: str, reason: str, *, only_members: bool = False
) -> tuple[int, ...]:
    of = group_message.c
    shares = sa.select(of.message_id).where(of.message_id.in_(message_ids))
    if only_members:
        shares = (
            shares.join(message, message.c.id == of.message_id)
            .join(member, member.c.group_id == of.group_id)
            .where(member.c.conversation_id == message.c.conversation_id)
            .correlate(None)
        )
    with store.write() as unit:
        rows = unit.conn.execute(
            sa.update(message)
            .where(message.c.id.in_(shares), message.c.state == old)
            .values(state=new, reason=reason)
            .returning(message.c.id, message.c.number, message.c.conversation_id)
        ).all()
        unit.publish(*(MessageChanged(row.id, row.number, None, row.conversation_id) for row in rows))
        return tuple(int(row.id) for row in rows)
