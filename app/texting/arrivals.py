"""What one arrived text does: its message, its thread, and the opt-out or the way back that it asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.clock import Clock
from app.conversations import since, threads
from app.conversations.triage import judging, learning
from app.conversations.triage.judging import Judgement
from app.people import holds, matching, optouts
from app.store.engine import Unit
from app.store.events import ConversationChanged, MessageReceived
from app.store.prepared import Prepared
from app.store.tables import contact, conversation, inbound_part, judgement, message
from app.texting import joining
from app.texting.joining import Group
from app.texting.rows import Row, changed, insert, message_row
from app.texting.settling import HEAD_CHARACTERS

REPLACED = "replaced by a later text"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One text that came in. ``number`` is E.164 where ``is_person``, else the sender's name.

    ``thread``/``thread_kind`` name the conversation. ``words`` say what it is where it is no text;
    ``sent_at`` is the centre's time in UTC seconds, None where it gave none.
    """

    number: str
    thread: str
    thread_kind: str
    text: str
    line_id: int
    words: str = ""
    is_person: bool = False
    sent_at: float | None = None
    note: str = ""

    @property
    def shown(self) -> str:
        """The text as the thread shows it."""
        return "\n".join(piece for piece in (self.words, self.text) if piece)


def store(unit: Unit, clock: Clock, arrival: Arrival) -> int:
    """Store a whole text as a message and show it. Returns the message's id."""
    return _store_new(unit, clock, arrival, total=1, there=1, missing=())


def store_group(unit: Unit, clock: Clock, arrival: Arrival, group: Group) -> int:
    """Store a part: the first makes the message, the others complete its text."""
    arrival = replace(arrival, text=group.text)
    total = len(group.parts) + len(group.missing)
    if group.message_id is None:
        if group.missing:
            for surplus in joining.surplus(unit.conn, arrival.number):
                show_incomplete(unit, clock.now(), _row(unit.conn, surplus), close=True)
        return _store_new(unit, clock, arrival, total=total, there=len(group.parts), missing=group.missing)
    _complete(unit, clock, arrival, group, total)
    return group.message_id


def judge(
    unit: Unit, clock: Clock, arrival: Arrival, *, message_id: int | None, whole: bool
) -> matching.Verdict:
    """Apply the opt-out that a text asks for, here and now; a whole new text can also lift one."""
    verdict = matching.classify(arrival.text)
    if not arrival.is_person:
        return verdict
    if verdict.tier == "HARD":
        optouts.opt_out(
            unit,
            clock,
            arrival.number,
            source="sms",
            evidence=arrival.text,
            rule=verdict.rule,
            message_id=message_id,
        )
    elif verdict.tier == "LIFT" and whole and since.is_later(unit.conn, arrival.number, arrival.sent_at):
        optouts.lift(unit, clock, arrival.number, source="sms", reason=arrival.text)
    return verdict


@cache
def warm() -> None:
    """Load what a text is judged by, where no write waits for it: most of a second's work, and once only."""
    judging.judge("Is this about tomorrow?")


def read(unit: Unit, arrival: Arrival) -> Judgement | None:
    """What a whole text of a person is about; None where it is of nobody who could be answered."""
    if not arrival.is_person or arrival.thread_kind != "number":
        return None
    asked = _LAST_TEXT.first(unit.conn, number=arrival.number) if len(arrival.text.strip()) == 1 else None
    return judging.judge(arrival.text, asked=asked[0] if asked else "", learned=learning.load(unit.conn))


def _take_in(
    unit: Unit, now: float, arrival: Arrival, row: Row, verdict: matching.Verdict, *, new: bool
) -> None:
    """Bring a whole text before the people here: its thread on top where it is ``new``, and what it says."""
    found = read(unit, arrival)
    waits = _waits(arrival, verdict) and not (found is not None and found.noise)
    if new:
        _announce(unit, now, row, waits=waits)
    if found is not None:
        triage(unit, now, arrival, row, found, waits=waits)


def triage(unit: Unit, now: float, arrival: Arrival, row: Row, found: Judgement, *, waits: bool) -> None:
    """Keep what a text is about; one that may be an opt-out freezes the number in this same write."""
    _FORGET.run(unit.conn, key=row["id"])
    _JUDGED.run(
        unit.conn,
        key=row["id"],
        tier=found.tier,
        rule=found.rule,
        labels=" ".join(found.labels),
        person=found.needs_person,
        score=found.score,
        reason=found.reason[:500],
    )
    (_LABELLED_NOISE if found.noise else _LABELLED).run(
        unit.conn,
        key=row["conversation_id"],
        labels="" if found.tier == "HARD" else " ".join(found.labels),
        urgency=found.score if waits else 0.0,
    )
    if found.tier == "HOLD":
        holds.put(
            unit,
            now,
            arrival.number,
            asked_at=since.wrote_at(arrival.sent_at, now),
            rule=found.rule,
            said=found.said,
            why=found.reason,
            message_id=row["id"],
        )


def show_incomplete(unit: Unit, now: float, row: Row, *, close: bool) -> None:
    """Put a text with missing parts before the person; ``close`` lets no more parts join it."""
    unit.conn.execute(
        sa.update(message)
        .where(message.c.id == row["id"])
        .values(settled_at=sa.func.coalesce(message.c.settled_at, now), complete=close)
    )
    if row["settled_at"] is None:
        _announce(unit, now, row, waits=_can_be_answered(unit.conn, row))
    unit.publish(changed(row))


def replaced(conn: sa.Connection, number: str, kind: str, message_id: int | None) -> Row | None:
    """The sender's newest text of the same replacing kind (TS 23.040 9.2.3.9), other than ``message_id``."""
    own = sa.true() if message_id is None else message.c.id != message_id
    return (
        conn.execute(
            sa.select(message)
            .join(inbound_part, inbound_part.c.message_id == message.c.id)
            .where(inbound_part.c.sender == number, inbound_part.c.note == kind, own)
            .order_by(inbound_part.c.id.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )


def mark_replaced(unit: Unit, row: Row) -> None:
    """A phone would have thrown the earlier text away; here it stays, and says so."""
    if REPLACED in row["note"]:
        return
    note = "; ".join(filter(None, (row["note"], REPLACED)))
    unit.conn.execute(sa.update(message).where(message.c.id == row["id"]).values(note=note))
    unit.publish(changed(row))


def _store_new(
    unit: Unit, clock: Clock, arrival: Arrival, *, total: int, there: int, missing: tuple[int, ...]
) -> int:
    now = clock.now()
    contact_id = _contact(unit.conn, arrival)
    thread = threads.ensure(unit, clock, arrival.thread, arrival.thread_kind, contact_id, arrival.line_id)
    key = insert(
        unit.conn,
        message,
        direction="in",
        state="received",
        number=arrival.number,
        conversation_id=thread,
        contact_id=contact_id,
        campaign_id=_campaign(unit.conn, arrival),
        kind="system" if arrival.thread_kind == "system" else "text",
        text=arrival.shown,
        line_id=arrival.line_id,
        created_at=now,
        settled_at=None if missing else now,
        parts=total,
        parts_sent=there,
        sent_at=arrival.sent_at,
        complete=not missing,
        note=_note(arrival, missing, total),
    )
    row = _row(unit.conn, key)
    verdict = judge(unit, clock, arrival, message_id=row["id"], whole=not missing)
    if not missing:
        _take_in(unit, now, arrival, row, verdict, new=True)
    unit.publish(changed(row))
    return int(row["id"])


def _complete(unit: Unit, clock: Clock, arrival: Arrival, group: Group, total: int) -> None:
    now, whole = clock.now(), not group.missing
    before = _row(unit.conn, group.message_id)
    unit.conn.execute(
        sa.update(message)
        .where(message.c.id == group.message_id)
        .values(
            text=arrival.shown,
            parts_sent=len(group.parts),
            complete=whole,
            note=_note(arrival, group.missing, total),
            settled_at=sa.func.coalesce(message.c.settled_at, now) if whole else message.c.settled_at,
        )
    )
    verdict = judge(unit, clock, arrival, message_id=group.message_id, whole=whole)
    row = _row(unit.conn, group.message_id)
    if whole:
        _take_in(unit, now, arrival, row, verdict, new=before["settled_at"] is None)
    unit.publish(changed(row))


def _to_the_top(**more: Any) -> Prepared:
    at: Any = sa.bindparam("at", type_=sa.Float)
    return Prepared(
        sa.update(conversation)
        .where(conversation.c.id == sa.bindparam("key"))
        .values(
            last_at=at,
            last_text=sa.bindparam("words"),
            last_direction=sa.literal_column("'in'"),
            last_in_at=at,
            unread=conversation.c.unread + sa.literal_column("1"),
            snoozed_until=sa.null(),
            **more,
        )
    )


_TO_THE_TOP = _to_the_top()
_TO_THE_TOP_WAITING = _to_the_top(
    waiting_since=since.after(conversation.c.waiting_since, lambda name: sa.bindparam(name, type_=sa.Float))
)


def _announce(unit: Unit, now: float, row: Row, *, waits: bool) -> None:
    """Bring a thread to the top, unread, and waiting for an answer where one is due."""
    head = {"key": row["conversation_id"], "at": now, "words": row["text"][:HEAD_CHARACTERS]}
    if waits:
        times = _since(unit.conn, row)
        _TO_THE_TOP_WAITING.run(unit.conn, **head, **times._asdict())
    else:
        _TO_THE_TOP.run(unit.conn, **head)
    unit.publish(
        ConversationChanged(row["conversation_id"]),
        MessageReceived(row["id"], row["number"], row["conversation_id"]),
    )


def _waits(arrival: Arrival, verdict: matching.Verdict) -> bool:
    """A STOP wants no answer, and a sender without a number can be given none."""
    return arrival.thread_kind == "number" and verdict.tier != "HARD"


def _can_be_answered(conn: sa.Connection, row: Row) -> bool:
    kind = conn.execute(
        sa.select(conversation.c.kind).where(conversation.c.id == row["conversation_id"])
    ).scalar_one()
    if kind != "number" or matching.classify(row["text"]).tier == "HARD":
        return False
    return _since(conn, row).counts


def _since(conn: sa.Connection, row: Row) -> since.Since:
    return since.waits(conn, row["number"], row["sent_at"], row["created_at"])


def _note(arrival: Arrival, missing: tuple[int, ...], total: int) -> str:
    return "; ".join(words for words in (arrival.note, joining.note(missing, total)) if words)


_CONTACT = Prepared(sa.select(contact.c.id).where(contact.c.number == sa.bindparam("number")))
_LAST_TO_THEM = Prepared(
    sa.select(message.c.campaign_id)
    .where(
        message.c.number == sa.bindparam("number"),
        message.c.direction == sa.literal_column("'out'"),
        message.c.claimed_at.is_not(None),
    )
    .order_by(message.c.claimed_at.desc())
    .limit(sa.literal_column("1"))
)
_LAST_TEXT = Prepared(
    sa.select(message.c.text)
    .where(
        message.c.number == sa.bindparam("number"),
        message.c.direction == sa.literal_column("'out'"),
        message.c.claimed_at.is_not(None),
    )
    .order_by(message.c.claimed_at.desc())
    .limit(sa.literal_column("1"))
)
_FORGET = Prepared(sa.delete(judgement).where(judgement.c.message_id == sa.bindparam("key")))
_JUDGED = Prepared(
    sa.insert(judgement).values(
        message_id=sa.bindparam("key"),
        tier=sa.bindparam("tier"),
        rule=sa.bindparam("rule"),
        labels=sa.bindparam("labels"),
        needs_person=sa.bindparam("person"),
        score=sa.bindparam("score"),
        reason=sa.bindparam("reason"),
    )
)
_OF_THREAD = sa.update(conversation).where(conversation.c.id == sa.bindparam("key"))
_LABELLED = Prepared(
    _OF_THREAD.values(
        labels=sa.bindparam("labels"),
        # Safety words stay first until somebody has answered, whatever they write next.
        urgency=sa.case(
            (
                conversation.c.unread > sa.literal_column("1"),
                sa.func.max(conversation.c.urgency, sa.bindparam("urgency")),
            ),
            else_=sa.bindparam("urgency"),
        ),
    )
)
#: A machine's text says nothing about what their own text before it was.
_LABELLED_NOISE = Prepared(
    _OF_THREAD.where(conversation.c.waiting_since.is_(None)).values(
        labels=sa.bindparam("labels"), urgency=sa.bindparam("urgency")
    )
)


def _contact(conn: sa.Connection, arrival: Arrival) -> int | None:
    if not arrival.is_person or arrival.thread_kind != "number":
        return None
    row = _CONTACT.first(conn, number=arrival.number)
    return None if row is None else row[0]


def _campaign(conn: sa.Connection, arrival: Arrival) -> int | None:
    """The campaign that the person answers: that of the last text that went to them."""
    if not arrival.is_person:
        return None
    row = _LAST_TO_THEM.first(conn, number=arrival.number)
    return None if row is None else row[0]


def _row(conn: sa.Connection, message_id: int | None) -> Row:
    row = message_row(conn, message_id)
    assert row is not None
    return row
