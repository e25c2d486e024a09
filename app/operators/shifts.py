"""Shifts: who worked from when to when, and what they leave for whoever comes next."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.campaigns import desk
from app.clock import Clock
from app.conversations import threads
from app.operators.profiles import Profile
from app.store.engine import Store
from app.store.tables import campaign, click, conversation, message, operator, shift

MAX_NOTE = 2_000
#: A shift that was open for longer was forgotten when the computer was turned off.
LONGEST = 16 * 3600.0
_MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class Figures:
    """``sent`` and ``answered`` are one person's since the shift began; the rest is how things stand now.

    ``sent`` are texts of campaigns and ``answered`` texts in threads, each with its own click.
    """

    sent: int = 0
    answered: int = 0
    waiting: int = 0  # replies that nobody answered
    unknown: int = 0  # texts of which a person has to say whether they left
    drafts: int = 0
    queued: int = 0  # cards on the desk
    held: int = 0  # of these, those that may not be texted now
    clicked: int = 0  # clicks that wait for their line

    def lines(self) -> tuple[tuple[str, int], ...]:
        """The figures with their words, in the order in which they matter."""
        return (
            ("Sent in this shift", self.sent),
            ("Answered in this shift", self.answered),
            ("Replies that wait", self.waiting),
            ("Unknown, to decide", self.unknown),
            ("Drafts left", self.drafts),
            ("Cards on the desk", self.queued),
            ("Held until later", self.held),
            ("Clicks waiting for a line", self.clicked),
        )


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody left. Times are UTC seconds."""

    shift_id: int
    name: str
    started_at: float
    ended_at: float
    text: str
    sent: int
    answered: int


def begin(store: Store, clock: Clock, who: Profile) -> int:
    """Start a shift, or go on with the open one of the same person. Others' open shifts end."""
    now = clock.now()
    with store.write() as unit:
        rows = unit.conn.execute(sa.select(shift).where(shift.c.ended_at.is_(None))).mappings().all()
        own = 0
        for row in rows:
            if row["operator_id"] == who.id and 0 <= now - row["started_at"] < LONGEST:
                own = int(row["id"])
            else:
                end = min(now, row["started_at"] + LONGEST)
                unit.conn.execute(
                    sa.update(shift)
                    .where(shift.c.id == row["id"])
                    .values(ended_at=max(end, row["started_at"]))
                )
        if own:
            return own
        key = unit.conn.execute(
            sa.insert(shift).values(operator_id=who.id, started_at=now)
        ).inserted_primary_key
        assert key is not None
        return int(key[0])


def end(store: Store, clock: Clock, who: Profile, note: str = "") -> None:
    """End the person's shift, with what they want to say to whoever comes next ("" = nothing)."""
    note = note.strip()[:MAX_NOTE]
    now = clock.now()
    with store.write() as unit:
        mine = (shift.c.operator_id == who.id, shift.c.ended_at.is_(None))
        done = unit.conn.execute(sa.update(shift).where(*mine).values(ended_at=now, note=note))
        if note and not done.rowcount:
            unit.conn.execute(
                sa.insert(shift).values(operator_id=who.id, started_at=now, ended_at=now, note=note)
            )


def figures(store: Store, clock: Clock, who: Profile) -> Figures:
    """How the person's shift went, and how things stand. Reads; some milliseconds."""
    with store.read() as conn:
        began = conn.execute(
            sa.select(sa.func.max(shift.c.started_at)).where(
                shift.c.operator_id == who.id, shift.c.ended_at.is_(None)
            )
        ).scalar()
        sent, answered = _done(conn, who.name, began, None) if began is not None else (0, 0)
        running = conn.execute(sa.select(campaign.c.id).where(campaign.c.state == "running")).scalars().all()
        by_state: dict[str, int] = dict(
            conn.execute(
                sa.select(message.c.state, sa.func.count())
                .where(
                    message.c.direction == "out",
                    message.c.state.in_(("clicked", "sending", "unknown")),
                    message.c.resolution == "",
                )
                .group_by(message.c.state)
            ).all()
        )
        drafts = conn.execute(
            sa.select(sa.func.count()).select_from(conversation).where(conversation.c.draft != "")
        ).scalar_one()
        queued = conn.execute(
            sa.select(sa.func.count())
            .select_from(message)
            .where(message.c.campaign_id.in_(running), message.c.state == "queued")
        ).scalar_one()
    return Figures(
        sent=sent,
        answered=answered,
        waiting=threads.counts(store)["waiting"],
        unknown=int(by_state.get("unknown", 0)),
        drafts=int(drafts),
        queued=int(queued),
        held=sum(desk.held_count(store, clock, key) for key in running),
        clicked=int(by_state.get("clicked", 0)) + int(by_state.get("sending", 0)),
    )


def unread(store: Store, reader: Profile) -> tuple[Note, ...]:
    """What others left that nobody has read yet, the oldest first."""
    with store.read() as conn:
        rows = conn.execute(
            sa.select(shift, operator.c.name)
            .join(operator, operator.c.id == shift.c.operator_id)
            .where(
                shift.c.note != "",
                shift.c.ended_at.is_not(None),
                shift.c.read_at.is_(None),
                shift.c.operator_id != reader.id,
            )
            .order_by(shift.c.ended_at)
            .limit(_MOST_NOTES)
        ).mappings()
        found = []
        for row in rows.all():
            sent, answered = _done(conn, row["name"], row["started_at"], row["ended_at"])
            found.append(
                Note(row["id"], row["name"], row["started_at"], row["ended_at"], row["note"], sent, answered)
            )
        return tuple(found)


def mark_read(store: Store, clock: Clock, reader: Profile, notes: tuple[Note, ...]) -> None:
    """These notes were read."""
    with store.write() as unit:
        unit.conn.execute(
            sa.update(shift)
            .where(shift.c.id.in_([note.shift_id for note in notes]), shift.c.read_at.is_(None))
            .values(read_at=clock.now(), read_by=reader.name)
        )


def _done(conn: sa.Connection, name: str, since: float, until: float | None) -> tuple[int, int]:
    """How many of a person's clicks let a text of a campaign go, and one in a thread."""
    rows = conn.execute(
        sa.select(message.c.kind == "first", sa.func.count())
        .select_from(click)
        .join(message, message.c.click_id == click.c.id)
        .where(
            click.c.operator == name,
            click.c.at >= since,
            click.c.at <= (until if until is not None else 1e18),
            click.c.voided_at.is_(None),
            message.c.state == "sent",
        )
        .group_by(message.c.kind == "first")
    ).all()
    counted = {bool(first): int(count) for first, count in rows}
    return counted.get(True, 0), counted.get(False, 0)
