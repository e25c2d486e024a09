"""Caps: how often one number may be texted without an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.store.prepared import Prepared
from app.store.tables import conversation, message

LIMIT = 3
WINDOW_SECONDS = 86400.0
#: The states of a text that left, or may have.
LEFT = ("sending", "sent", "unknown")
_CHUNK = 400  # bound variables in one statement


@dataclass(frozen=True, slots=True)
class CapVerdict:
    """Whether one more text may go; ``until`` (UTC seconds) and the sentence ``why`` when it may not."""

    allowed: bool
    until: float | None = None
    why: str = ""


def check(
    conn: sa.Connection, number: str, now: float, limit: int = LIMIT, *, but: int | None = None
) -> CapVerdict:
    """Ask whether fewer than ``limit`` texts left for ``number`` within 24 h since it last wrote.

    Long texts count once. ``but`` is the id of the message that is asked for, which never counts itself.
    """
    left = left_for(conn, number, now, but=but)
    answered = conn.execute(
        sa.select(conversation.c.last_in_at).where(conversation.c.number == number)
    ).scalar_one_or_none()
    return judge(left, answered, now, limit)


def judge(left: Sequence[float], answered: float | None, now: float, limit: int = LIMIT) -> CapVerdict:
    """The rule itself. ``left`` are the times of texts that left, ``answered`` when they last wrote."""
    since = max(now - WINDOW_SECONDS, answered if answered is not None else 0.0)
    counted = sorted((at for at in left if at > since), reverse=True)
    if len(counted) < limit:
        return CapVerdict(True)
    until = counted[limit - 1] + WINDOW_SECONDS
    return CapVerdict(
        False, until, f"{limit} texts in the last 24 hours had no answer. Wait for one, or until tomorrow."
    )


_LEFT_FOR_ONE = Prepared(
    sa.select(message.c.claimed_at).where(
        message.c.number == sa.bindparam("number", type_=sa.Text),
        message.c.direction == sa.literal_column("'out'"),
        message.c.claimed_at > sa.bindparam("since", type_=sa.Float),
        message.c.state.in_([sa.literal_column(f"'{state}'") for state in LEFT]),
        message.c.id != sa.bindparam("but", type_=sa.Integer),
    )
)


def left_for(conn: sa.Connection, number: str, now: float, *, but: int | None) -> tuple[float, ...]:
    """When texts left for ``number`` in the last 24 h; ``but`` is the id of one that is not counted."""
    since = now - WINDOW_SECONDS
    rows = _LEFT_FOR_ONE.rows(conn, number=number, since=since, but=-1 if but is None else but)
    return tuple([row[0] for row in rows])


def recent(conn: sa.Connection, numbers: Iterable[str], now: float) -> dict[str, list[tuple[int, float]]]:
    """(message id, when it left) of the last 24 h, for each of ``numbers`` that has any."""
    wanted = list(numbers)
    found: dict[str, list[tuple[int, float]]] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = conn.execute(
            sa.select(message.c.number, message.c.id, message.c.claimed_at).where(
                message.c.number.in_(wanted[start : start + _CHUNK]),
                message.c.direction == "out",
                message.c.claimed_at > now - WINDOW_SECONDS,
                message.c.state.in_(LEFT),
            )
        )
        for number, key, at in rows:
            found.setdefault(number, []).append((key, at))
    return found
