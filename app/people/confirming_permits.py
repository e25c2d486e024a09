"""What lets one text go to somebody who opted out: a permit, bound to the very event that it answers.

A permit is written in the transaction of the press, read in the one that claims, and again before the octets
that cannot be called back. It names the text by its hash, the opt-out that stands, the text of theirs that is
answered, and the newest text they had sent by then. If any of these is another one, nothing leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa

from app.store.engine import Unit
from app.store.prepared import Prepared
from app.store.tables import click, line_history, message, opt_out, permit

Kind = Literal["confirmation", "help", "answer"]
#: Seconds from receipt in which a confirmation may leave (47 CFR 64.1200(a)(12): five minutes).
CONFIRM_SECONDS: Final = 300.0
#: Seconds by which a clock may be set back without that being told from its being set right.
SLACK: Final = 2.0
_DAY = 86_400.0
#: A text in one of these states used its permit up, also where nobody knows whether it left.
USED: Final = ("clicked", "sending", "sent", "not_sent", "unknown")

_TOO_LATE = "It is more than five minutes since their text came: a confirmation may no longer be sent."
CLOCK: Final = (
    "This computer's clock was set back since their text came, so nobody can tell how long ago that was: "
    "no confirmation is sent."
)
_OTHERS = "It was pressed for another text, or another number. Nothing was sent."
_ANEW = "They opted out anew, or came back in, after this was pressed. Nothing was sent."
_WROTE = "They wrote again after this was pressed. Read it first; nothing was sent."
_ONCE: Final[Mapping[Kind, str]] = {
    "confirmation": "This opt-out was confirmed already: there is one confirmation for each, and no second.",
    "help": "This was answered already: one text goes for each HELP, and no second.",
    "answer": "One answer was pressed for this text of theirs already, and there is no second.",
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the permit of one text says. ``why_not`` is a sentence, "" while it stands.

    ``leave_by``: from then on (UTC seconds) it may not leave, None for no such moment. ``known_at`` is the
    latest time that the database knows of: a clock that shows less was set back.
    """

    kind: Kind
    why_not: str = ""
    received_at: float = 0.0
    leave_by: float | None = None
    known_at: float = 0.0

    def refusal(self, now: float) -> str:
        """Why the text may not leave at ``now``; "" where it may."""
        if self.why_not or self.leave_by is None:
            return self.why_not
        if now < max(self.received_at, self.known_at) - SLACK:
            return CLOCK
        return _TOO_LATE if now >= self.leave_by else ""


@dataclass(frozen=True, slots=True)
class Event:
    """What one text is allowed for: the text of theirs ``answers_id``, and the opt-out that stands."""

    kind: Kind
    answers_id: int
    opt_out_id: int | None
    received_at: float  # UTC seconds
    leave_by: float | None = None  # when a confirmation is too late


_OF_MESSAGE = Prepared(
    sa.select(
        permit.c.kind,
        permit.c.opt_out_id,
        permit.c.answers_id,
        permit.c.seen_id,
        permit.c.text_hash,
        permit.c.received_at,
        permit.c.leave_by,
        message.c.number,
        message.c.direction,
    )
    .select_from(permit.join(message, message.c.id == permit.c.answers_id))
    .where(permit.c.message_id == sa.bindparam("key", type_=sa.Integer))
)
_KIND = Prepared(
    sa.select(permit.c.kind, permit.c.received_at).where(
        permit.c.message_id == sa.bindparam("key", type_=sa.Integer)
    )
)
_STANDING = Prepared(
    sa.select(opt_out.c.id).where(
        opt_out.c.number == sa.bindparam("number", type_=sa.Text), opt_out.c.lifted_at.is_(None)
    )
)
_NEWEST_IN = Prepared(
    sa.select(sa.func.max(message.c.id)).where(
        message.c.number == sa.bindparam("number", type_=sa.Text),
        message.c.direction == sa.literal_column("'in'"),
    )
)
_KNOWN = Prepared(
    sa.select(
        sa.select(click.c.at).order_by(click.c.id.desc()).limit(sa.literal_column("1")).scalar_subquery(),
        sa.select(sa.func.max(line_history.c.at)).scalar_subquery(),
        sa.select(opt_out.c.created_at)
        .order_by(opt_out.c.id.desc())
        .limit(sa.literal_column("1"))
        .scalar_subquery(),
    )
)


def standing(conn: sa.Connection, number: str) -> int | None:
    """The id of the opt-out that stands for ``number`` (E.164); None where none does."""
    row = _STANDING.first(conn, number=number)
    return None if row is None else int(row[0])


def newest_in(conn: sa.Connection, number: str) -> int:
    """The id of their newest text; 0 where they never wrote."""
    row = _NEWEST_IN.first(conn, number=number)
    return int(row[0] or 0) if row is not None else 0


def known_at(conn: sa.Connection, received_at: float) -> float:
    """The latest moment (UTC seconds) in the day after ``received_at`` that the database tells of, as far as
    that is quick to find: what is later yet, a clock that ran ahead once has left."""
    until = received_at + _DAY
    row = _KNOWN.first(conn, until=until)
    return max((float(each) for each in row or () if each is not None and each <= until), default=0.0)


def check(conn: sa.Connection, row: Mapping[Any, Any], *, out: bool) -> Allowed | None:
    """The permit of one row of ``message``; None where it has none. Reads only.

    ``out``: whether the number may not be texted otherwise.
    """
    if row["kind"] != "reply" or row["id"] is None:
        return None
    found = _OF_MESSAGE.first(conn, key=row["id"])
    if found is None:
        return None
    kind, opt_out_id, _answers, seen, made_on, received, leave_by, number, direction = found
    ours = made_on == row["text_hash"] and row["campaign_id"] is None and row["resend_of"] is None
    why = ""
    if not ours or number != row["number"] or direction != "in":
        why = _OTHERS
    elif standing(conn, number) != opt_out_id or (kind != "help" and not out):
        why = _ANEW
    elif newest_in(conn, number) != seen:
        why = _WROTE
    # The press itself is the newest click, and tells the clock of that moment.
    known = known_at(conn, received) if leave_by is not None else 0.0
    return Allowed(kind, why, received, leave_by, known)


def used(conn: sa.Connection, event: Event) -> bool:
    """Whether a press for this event was taken and not given back before its text left."""
    return _used(conn, event) is not None


def _same(event: Event) -> sa.ColumnElement[bool]:
    same: sa.ColumnElement[bool] = sa.and_(
        permit.c.kind == event.kind, permit.c.answers_id == event.answers_id
    )
    if event.kind == "confirmation":
        of_it = sa.and_(permit.c.kind == event.kind, permit.c.opt_out_id == event.opt_out_id)
        return sa.or_(same, of_it)
    return same


def _used(conn: sa.Connection, event: Event) -> int | None:
    query = (
        sa.select(permit.c.message_id)
        .join(message, message.c.id == permit.c.message_id)
        .where(_same(event), message.c.state.in_(USED))
    )
    found = conn.execute(query.limit(1)).scalar()
    return None if found is None else int(found)


def put(unit: Unit, event: Event, row: Mapping[Any, Any]) -> str:
    """Bind a text that was just written (a row of ``message``) to an event, in the caller's transaction.

    Returns why it may not be, as a sentence; "" where it is bound. One that came back takes its place anew.
    """
    conn = unit.conn
    if used(conn, event):
        return _ONCE[event.kind]
    conn.execute(sa.delete(permit).where(_same(event)))
    conn.execute(
        sa.insert(permit).values(
            message_id=row["id"],
            kind=event.kind,
            opt_out_id=event.opt_out_id,
            answers_id=event.answers_id,
            seen_id=newest_in(conn, row["number"]),
            text_hash=row["text_hash"],
            received_at=event.received_at,
            leave_by=event.leave_by,
        )
    )
    return ""


def prepared(conn: sa.Connection, message_id: int) -> str:
    """ "confirmation" or "help" where the program prepared this text, so that it is nobody's draft and goes
    once; "" where a person typed it."""
    row = _KIND.first(conn, key=message_id)
    return str(row[0]) if row is not None and row[0] != "answer" else ""


def answers_until(conn: sa.Connection, message_id: int) -> float | None:
    """Up to which of their texts (UTC seconds) a prepared text answers them: HELP is answered, and nothing
    by a confirmation (0); None where a person typed the text, having read the thread."""
    row = _KIND.first(conn, key=message_id)
    if row is None or row[0] == "answer":
        return None
    return float(row[1]) if row[0] == "help" else 0.0
