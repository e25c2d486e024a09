"""Delivery reports: which part each belongs to, and what they prove (3GPP TS 23.040 9.2.2.3, 9.2.3.15).

A report may come before its text is settled. It is kept (a row of ``inbound_part``) and tried again then.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.store.engine import Unit
from app.store.prepared import Prepared
from app.store.tables import inbound_part, message, message_part
from app.texting import spike
from app.texting.rows import Row, changed

#: A centre keeps trying for some days; an older part with the same reference is another text's.
WINDOW_SECONDS = 7 * 86400.0
#: The centre's clock and ours may differ by this much, wrong time zones included.
CLOCK_SECONDS = 13 * 3600.0
#: For a report to prove that an unknown text left, the centre must have taken it within this time.
PROOF_BEFORE, PROOF_AFTER = 300.0, 1800.0
#: How many parts with the same reference are looked through.
_LOOK = 500
_TAIL, _LEAST_TAIL = 9, 6
_UNSETTLED = "message.direction = 'out' AND message.state IN ('unknown', 'sending', 'clicked', 'not_sent')"

_WHY = {
    0x40: "the centre reports an error",
    0x41: "the phone cannot take it",
    0x42: "the phone refused it",
    0x43: "the number could not be reached",
    0x44: "the network was too busy",
    0x45: "that network cannot be reached from here",
    0x46: "the phone was off or away for too long",
    0x47: "it was withdrawn",
    0x48: "the centre's operator removed it",
    0x49: "the centre no longer knows it",
}


def words(status: int) -> str:
    """Why a text did not arrive, as a sentence. ``status`` is TP-ST."""
    why = _WHY.get(status, "the network gave up")
    return f"Not delivered: {why} (status {status})."


def same_digits(one: str, other: str) -> bool:
    """Whether two ways of writing a recipient mean one: equal, or with the same last digits."""
    a, b = ("".join(c for c in number if c.isdigit()) for number in (one, other))
    if a == b:
        return bool(a)
    length = min(len(a), len(b), _TAIL)
    return length >= _LEAST_TAIL and a[-length:] == b[-length:]


def match(unit: Unit, report: Row) -> int | None:
    """Tie a stored report to its text and write what it says; the message's id, or None for now.

    ``report`` is a row of ``inbound_part``: ``sender`` the recipient, ``reference`` TP-MR, ``sent_at`` when
    the centre took the text, ``note`` TP-ST.
    """
    part = _part(unit.conn, report) or _prove(unit, report)
    if part is None:
        return None
    message_id = int(part["message_id"])
    # A report that comes again, or an intermediate one that comes late, changes nothing.
    unit.conn.execute(
        sa.update(message_part)
        .where(message_part.c.message_id == message_id, message_part.c.part == part["part"], _open())
        .values(report_status=int(report["note"]), reported_at=report["received_at"])
    )
    unit.conn.execute(
        sa.update(inbound_part).where(inbound_part.c.id == report["id"]).values(message_id=message_id)
    )
    _sum_up(unit, message_id, report["received_at"])
    return message_id


_EARLY = Prepared(
    sa.select(inbound_part).where(
        inbound_part.c.message_id.is_(None),
        inbound_part.c.kind == sa.literal_column("'report'"),
        inbound_part.c.line_id == sa.bindparam("line"),
        inbound_part.c.received_at >= sa.bindparam("since"),
    )
)


def match_early(unit: Unit, row: Row) -> None:
    """Try the reports again that came before this text was settled. ``row`` is it as it was claimed."""
    waiting = _EARLY.rows(unit.conn, line=row["line_id"], since=row["claimed_at"] or 0.0)
    for values in waiting:
        report = dict(zip(_EARLY.columns, values, strict=True))
        if same_digits(report["sender"], row["number"]):
            match(unit, report)


def _open() -> Any:
    """SQL: a part that has no final report yet."""
    status = message_part.c.report_status
    return sa.or_(status.is_(None), sa.and_(status >= 0x20, status < 0x40))


def _is_open(part: Row) -> bool:
    status = part["report_status"]
    return status is None or 0x20 <= status < 0x40


def _part(conn: sa.Connection, report: Row) -> Row | None:
    """The part that a report means: its line, reference, recipient and time fit.

    References come round every 256 texts, so several may fit. One without a final report goes first, and
    among those the one that the centre took nearest to the time it tells, the newest where it tells none.
    """
    candidates = conn.execute(
        sa.select(message_part)
        .where(
            message_part.c.reference == report["reference"],
            message_part.c.line_id == report["line_id"],
            message_part.c.accepted_at >= report["received_at"] - WINDOW_SECONDS,
        )
        .order_by(message_part.c.accepted_at.desc(), message_part.c.part)
        .limit(_LOOK)
    ).mappings()
    submitted = report["sent_at"]

    def apart(part: Row) -> float:
        return 0.0 if submitted is None else abs(submitted - part["accepted_at"])

    fitting = [
        part
        for part in candidates
        if apart(part) <= CLOCK_SECONDS and same_digits(part["number"], report["sender"])
    ]
    return min(fitting, key=lambda part: (not _is_open(part), apart(part)), default=None)


def _prove(unit: Unit, report: Row) -> Row | None:
    """A report of a text whose reference we never saw: the one unknown text that it can mean did leave.

    Returns the part that it adds.
    """
    submitted = report["sent_at"]
    if submitted is None:
        return None
    unknown = unit.conn.execute(
        sa.select(message).where(
            sa.text(_UNSETTLED),
            message.c.state == "unknown",
            message.c.line_id == report["line_id"],
            message.c.claimed_at <= submitted + PROOF_BEFORE,
            message.c.claimed_at >= submitted - PROOF_AFTER,
        )
    ).mappings()
    candidates = [row for row in unknown if same_digits(row["number"], report["sender"])]
    if len(candidates) != 1:
        return None
    row = candidates[0]
    part = {"message_id": row["id"], "part": row["parts_sent"] + 1}
    unit.conn.execute(
        sa.insert(message_part).values(
            **part,
            reference=report["reference"],
            line_id=row["line_id"],
            number=row["number"],
            accepted_at=submitted,
        )
    )
    values: dict[str, Any] = {"parts_sent": row["parts_sent"] + 1}
    if row["parts_sent"] + 1 >= row["parts"]:
        values |= {
            "state": "sent",
            "reason": "A delivery report shows that it left.",
            "resolution": row["resolution"] or "report",
            "delivery": "pending",
        }
    unit.conn.execute(sa.update(message).where(message.c.id == row["id"]).values(**values))
    return part


def _sum_up(unit: Unit, message_id: int, at: float) -> None:
    """A text is delivered when every part is, and failed when one is."""
    row = unit.conn.execute(sa.select(message).where(message.c.id == message_id)).mappings().one()
    statuses = list(
        unit.conn.execute(
            sa.select(message_part.c.report_status).where(message_part.c.message_id == message_id)
        ).scalars()
    )
    failed = [status for status in statuses if status is not None and status >= 0x40]
    values: dict[str, Any] = {}
    if row["state"] == "sent" and failed:
        values = {"delivery": "failed", "reason": words(failed[0])}
    elif row["state"] == "sent" and len(statuses) >= row["parts"] and all(_done(s) for s in statuses):
        values = {"delivery": "delivered", "delivered_at": at}
    if values:
        unit.conn.execute(sa.update(message).where(message.c.id == message_id).values(**values))
    if values.get("delivery") == "failed" != row["delivery"]:
        spike.look(unit, row["line_id"], at)
    unit.publish(changed(row))


def _done(status: int | None) -> bool:
    return status is not None and status < 0x20
