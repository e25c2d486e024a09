"""A line on which texts keep failing pauses itself and says why; a person resumes it.

Counted are refusals with a code, and delivery reports of failure, that speak of the line or the network. What
speaks of one number alone (nobody there, a landline, a phone that is off) does not count, nor does a text
that this program held back, nor one whose outcome is unknown: a person decides on each of those.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from app.store.engine import Unit
from app.store.events import LineChanged
from app.store.prepared import Prepared
from app.store.tables import line, message, message_part

log = logging.getLogger(__name__)

#: So many failures among so many texts.
FAILURES, AMONG = 5, 10
#: Older texts say nothing of how the line does now.
WINDOW_SECONDS = 86400.0
#: Refusals of one number or one text: unassigned, out of order, unidentified, unknown (3GPP TS 24.011 E-2),
#: no address (23.040 9.2.3.22), and the centre's "this very text again".
OF_ONE = frozenset({"CMS 1", "CMS 27", "CMS 28", "CMS 30", "CMS 195", "CMS 197", "RESULT_ERROR_NULL_PDU"})
#: TP-Status that speaks of one phone (3GPP TS 23.040 9.2.3.15): incompatible, refused by it, not obtainable,
#: off for too long, withdrawn, unknown there; busy, silent, in error.
OF_ONE_PHONE = frozenset({0x41, 0x42, 0x43, 0x46, 0x47, 0x49, 0x61, 0x62, 0x65})

_LAST = Prepared(
    sa.select(message.c.id, message.c.state, message.c.error_code, message.c.reason, message.c.delivery)
    .where(
        message.c.line_id == sa.bindparam("line_id", type_=sa.Integer),
        message.c.direction == sa.literal_column("'out'"),
        message.c.claimed_at >= sa.bindparam("since", type_=sa.Float),
        message.c.state != sa.literal_column("'sending'"),
    )
    .order_by(message.c.claimed_at.desc())
    .limit(sa.literal_column(str(AMONG)))
)


@dataclass(frozen=True, slots=True)
class _Failure:
    code: str  # "CMS 38", "status 72"
    words: str


def look(unit: Unit, line_id: int | None, now: float) -> bool:
    """After a failure, in the transaction that writes it: pause the line if too many failed. True if so."""
    query = sa.select(line.c.paused, line.c.watch_from).where(line.c.id == line_id)
    row = unit.conn.execute(query).first()
    if row is None or row.paused:
        return False
    since = max(row.watch_from or 0.0, now - WINDOW_SECONDS)
    last = _LAST.rows(unit.conn, line_id=line_id, since=since)
    failures = [found for each in last if (found := _failure(unit.conn, *each)) is not None]
    if len(failures) < FAILURES:
        return False
    why = _why(failures, len(last))
    unit.conn.execute(sa.update(line).where(line.c.id == line_id).values(paused=True, paused_why=why))
    unit.publish(LineChanged(int(line_id or 0)))
    log.warning("line %s paused itself: %d of its last %d texts failed", line_id, len(failures), len(last))
    return True


def counts(state: str, error_code: str) -> bool:
    """Whether an outcome is a failure of the line, not of one number. Without a code nobody refused it."""
    return state == "not_sent" and bool(error_code) and error_code not in OF_ONE


def _failure(
    conn: sa.Connection, key: int, state: str, error_code: str, reason: str, reported: str
) -> _Failure | None:
    if counts(state, error_code):
        return _Failure(error_code, reason)
    if state != "sent" or reported != "failed":
        return None
    statuses = conn.execute(
        sa.select(message_part.c.report_status).where(
            message_part.c.message_id == key, message_part.c.report_status >= 0x40
        )
    ).scalars()
    status = next((each for each in statuses if each not in OF_ONE_PHONE), None)
    return None if status is None else _Failure(f"status {status}", reason)


def _why(failures: list[_Failure], among: int) -> str:
    ((code, _count),) = Counter(each.code for each in failures).most_common(1)
    said = next(each.words for each in failures if each.code == code)
    first = said.split(". ")[0].rstrip(".").removeprefix("Not delivered: ").removesuffix(f" ({code})")
    words = first[:1].lower() + first[1:] if first[1:2].islower() else first
    named = f" ({code})" if code not in words else ""
    return (
        f"{len(failures)} of the last {among} texts failed: {words or 'they were refused'}{named}. "
        "Nothing more leaves until a person resumes."
    )
