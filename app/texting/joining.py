"""Long texts: which parts belong together. They are joined in the database, so that a restart loses none.

A part is of the newest group with its sender, reference, reference width and number of parts whose last part
came within a day (3GPP TS 23.040 9.2.3.24.1 gives no more to go by). The same part again is a repeat; the
same part with another body, or any part once the group is whole, begins a new group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.store.tables import inbound_part, message
from app.texting.rows import Row
from modem import sms
from modem.sms import Concat, Deliver

GENERATION_SECONDS = 86400.0
#: A text that is still missing parts is shown after this time.
SHOW_AFTER_SECONDS = 600.0
#: Open groups beyond these numbers close the oldest: a flood of first parts must not grow for ever.
MAX_OPEN_BY_SENDER = 50
MAX_OPEN = 500

_INCOMPLETE = "NOT message.complete"


@dataclass(frozen=True, slots=True)
class Group:
    """The message that a part belongs to (None: a new one), and all its parts by now, this one included."""

    message_id: int | None
    parts: tuple[Deliver, ...]

    @property
    def text(self) -> str:
        """The parts that are there, in order."""
        first = self.parts[0]
        return first.text if first.concat is None else sms.join(self.parts)

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers of the parts that are not there."""
        there = {part.concat.part for part in self.parts if part.concat is not None}
        total = max((part.concat.total for part in self.parts if part.concat is not None), default=0)
        return tuple(number for number in range(1, total + 1) if number not in there)


def place(conn: sa.Connection, now: float, sender: str, part: Deliver) -> Group | None:
    """The group of a part, or None when the group has this very part already."""
    concat = part.concat
    if concat is None or concat.total <= 1:
        return Group(None, (part,))
    newest = _newest_group(conn, now, sender, concat)
    if newest is None:
        return Group(None, (part,))
    there = _parts(conn, newest["id"])
    same = [other for other in there if other.concat is not None and other.concat.part == concat.part]
    if any(_same_body(other, part) for other in same) and (not newest["complete"] or part in same):
        return None
    if same or newest["complete"]:
        return Group(None, (part,))
    return Group(newest["id"], (*there, part))


def note(missing: tuple[int, ...], total: int) -> str:
    """ "part 2 of 3 missing", "parts 2, 3 of 4 missing", or "" for a whole text."""
    if not missing:
        return ""
    shown = ", ".join(str(number) for number in missing[:5]) + (", ..." if len(missing) > 5 else "")
    return f"{'part' if len(missing) == 1 else 'parts'} {shown} of {total} missing"


def surplus(conn: sa.Connection, sender: str) -> tuple[int, ...]:
    """The messages to close before one more group of this sender opens."""
    of_sender = _open(conn, message.c.number == sender, MAX_OPEN_BY_SENDER)
    return of_sender or _open(conn, sa.true(), MAX_OPEN)


def overdue(conn: sa.Connection, now: float) -> tuple[Row, ...]:
    """The messages with missing parts that are to be shown, or closed, now."""
    late = sa.or_(
        sa.and_(message.c.settled_at.is_(None), message.c.created_at <= now - SHOW_AFTER_SECONDS),
        message.c.created_at <= now - GENERATION_SECONDS,
    )
    query = sa.select(message).where(sa.text(_INCOMPLETE), late)
    return tuple(conn.execute(query).mappings().all())


def _newest_group(conn: sa.Connection, now: float, sender: str, concat: Concat) -> Row | None:
    query = (
        sa.select(message.c.id, message.c.complete)
        .join(inbound_part, inbound_part.c.message_id == message.c.id)
        .where(
            inbound_part.c.sender == sender,
            inbound_part.c.reference == concat.reference,
            inbound_part.c.reference_bits == concat.bits,
            inbound_part.c.total == concat.total,
            inbound_part.c.kind.in_(("text", "system")),
            inbound_part.c.received_at >= now - GENERATION_SECONDS,
        )
        .order_by(inbound_part.c.id.desc())
        .limit(1)
    )
    return conn.execute(query).mappings().first()


def _parts(conn: sa.Connection, message_id: int) -> tuple[Deliver, ...]:
    pdus = conn.execute(
        sa.select(inbound_part.c.pdu)
        .where(inbound_part.c.message_id == message_id, inbound_part.c.kind.in_(("text", "system")))
        .order_by(inbound_part.c.id)
    ).scalars()
    decoded = (sms.decode_incoming(pdu) for pdu in pdus)
    return tuple(part for part in decoded if isinstance(part, Deliver))


def _same_body(one: Deliver, other: Deliver) -> bool:
    return (one.alphabet, one.data, one.text) == (other.alphabet, other.data, other.text)


def _open(conn: sa.Connection, where: Any, limit: int) -> tuple[int, ...]:
    query = (
        sa.select(message.c.id)
        .where(sa.text(_INCOMPLETE), where)
        .order_by(message.c.created_at, message.c.id)
    )
    found = tuple(conn.execute(query.limit(limit + 50)).scalars())
    return found[: max(0, len(found) - limit + 1)]
