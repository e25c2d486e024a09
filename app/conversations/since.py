"""Since when somebody waits for an answer: from when they wrote, not from when the SIM was read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.store.prepared import Prepared
from app.store.tables import message, opt_out

#: For so long back the network's clock is believed; a text waits on a SIM for days, seldom for weeks.
BELIEVED_SECONDS = 14 * 86_400.0
#: Behind the opt-out, however long before it was read here they wrote.
_JUST_AFTER = 0.001
_ANY_TIME = 1e300
_NUMBER = sa.bindparam("number", type_=sa.Text)
_STANDING = Prepared(
    sa.select(opt_out.c.created_at, message.c.sent_at)
    .outerjoin(message, message.c.id == opt_out.c.message_id)
    .where(opt_out.c.number == _NUMBER, opt_out.c.lifted_at.is_(None))
    .limit(sa.literal_column("1"))
)


class Since(NamedTuple):
    """What a text of theirs makes of ``conversation.waiting_since``, in UTC seconds.

    A time after ``floor`` that stands there stays, and at most ``most``; without one it is ``since``.
    """

    since: float
    floor: float = -_ANY_TIME
    most: float = _ANY_TIME

    @property
    def counts(self) -> bool:
        """False for a text that an opt-out of its writer followed."""
        return self.most != _ANY_TIME


def after(column: Any, value: Callable[[str], Any]) -> Any:
    """SQL of what becomes of the column by a :class:`Since`; ``value`` binds one of its names."""
    kept = sa.case((column < value("most"), column), else_=value("most"))
    return sa.case((column > value("floor"), kept), else_=value("since"))


def wrote_at(sent_at: float | None, now: float) -> float:
    """When a text was written (UTC seconds): the service centre's time (TS 23.040 9.2.3.11) or ``now``.

    A centre's or a SIM's clock can be absurd: a time that is to come, or more than ``BELIEVED_SECONDS`` ago,
    is not believed.
    """
    return sent_at if sent_at is not None and now - BELIEVED_SECONDS <= sent_at <= now else now


def is_later(conn: sa.Connection, number: str, sent_at: float | None) -> bool:
    """Whether a text was sent after the opt-out that stands: a SIM gives texts back in any order."""
    standing = _STANDING.first(conn, number=number)
    return standing is None or _later(standing, sent_at)


def waits(conn: sa.Connection, number: str, sent_at: float | None, read_at: float) -> Since:
    """Since when the writer of a text that was read then (UTC seconds) waits.

    Of one who is opted out, only what came after that counts: the list of who waits has them where
    ``waiting_since`` is later than the opt-out.
    """
    at = wrote_at(sent_at, read_at)
    standing = _STANDING.first(conn, number=number)
    if standing is None:
        return Since(at, most=at)
    out_at = float(standing[0])
    if read_at <= out_at or not _later(standing, sent_at):
        return Since(min(at, out_at))
    at = max(at, out_at + _JUST_AFTER)
    return Since(at, floor=out_at, most=at)


def _later(standing: Any, sent_at: float | None) -> bool:
    out_at, stop_sent_at = standing
    return sent_at is None or sent_at >= (out_at if stop_sent_at is None else stop_sent_at)
