"""Numbers that may have opted out: frozen in the write that stores the text, until a person decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from app.clock import Clock
from app.people import ledger, optouts
from app.store.engine import Store, Unit
from app.store.events import OptOutChanged
from app.store.prepared import Prepared
from app.store.tables import contact, hold

Decision = Literal["opted out", "kept", "wrong number"]
_CHUNK = 400
#: A hold turns red two working days before the ten (47 CFR 64.1200(a)(10)) are over.
RED_AFTER_WORKING_DAYS = 8
_DAY = 86400.0

STANDING = Prepared(
    sa.select(hold.c.id).where(
        hold.c.number == sa.bindparam("number", type_=sa.Text), hold.c.decided_at.is_(None)
    )
)


@dataclass(frozen=True, slots=True)
class Hold:
    """A number that waits for a decision. ``created_at``: UTC seconds; ``red``: the deadline is near."""

    id: int
    number: str
    name: str
    created_at: float
    message_id: int | None
    rule: str
    said: str
    why: str
    red: bool = False


def put(
    unit: Unit,
    now: float,
    number: str,
    *,
    rule: str,
    said: str,
    why: str,
    message_id: int | None,
    asked_at: float | None = None,
) -> None:
    """Freeze a number in the caller's transaction; nothing happens where it is frozen or out already.

    The days until the deadline count from ``asked_at`` (UTC seconds), when they wrote, where that is earlier.
    """
    if STANDING.first(unit.conn, number=number) is not None or optouts.active(unit.conn, number):
        return
    at = now if asked_at is None else min(asked_at, now)
    values = {"number": number, "created_at": at, "rule": rule, "said": said[:200], "why": why[:300]}
    unit.conn.execute(sa.insert(hold).values(**values, message_id=message_id))
    ledger.append(unit, now, number, "held", source="sms", evidence=said)
    unit.publish(OptOutChanged(number, active=False))


def put_back(store: Store, clock: Clock, number: str, operator: str) -> bool:
    """Undo "kept": the number is frozen again by the same words. False where it is frozen or out by now."""
    with store.write() as unit:
        if STANDING.first(unit.conn, number=number) is not None or optouts.active(unit.conn, number):
            return False
        newest = sa.select(sa.func.max(hold.c.id)).where(hold.c.number == number).scalar_subquery()
        row = unit.conn.execute(
            sa.update(hold)
            .where(hold.c.id == newest, hold.c.decision == "kept")
            .values(decided_at=None, decided_by="", decision="")
            .returning(hold.c.said)
        ).first()
        if row is None:
            return False
        now = clock.now()
        ledger.append(unit, now, number, "held", source="operator", evidence=row.said, operator=operator)
        optouts.record(unit, now, operator, "may be an opt-out again", f"{number}: {row.said}")
        unit.publish(OptOutChanged(number, active=False))
        return True


def standing_set(conn: sa.Connection, numbers: Iterable[str]) -> set[str]:
    """Which of ``numbers`` are frozen."""
    wanted = list(numbers)
    found: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        query = sa.select(hold.c.number).where(
            hold.c.number.in_(wanted[start : start + _CHUNK]), hold.c.decided_at.is_(None)
        )
        found.update(conn.execute(query).scalars())
    return found


def waiting(store: Store, now: float, *, after: int = 0, limit: int = 100) -> tuple[Hold, ...]:
    """The numbers that wait for a decision, the oldest first, behind the id ``after``."""
    query = (
        sa.select(hold, contact.c.name)
        .outerjoin(contact, contact.c.number == hold.c.number)
        .where(hold.c.decided_at.is_(None), hold.c.id > after)
        .order_by(hold.c.id)
        .limit(limit)
    )
    with store.read() as conn:
        return tuple(_hold(row, now) for row in conn.execute(query))


def counts(store: Store, now: float) -> tuple[int, int]:
    """How many numbers wait for a decision, and how many of them are near the deadline."""
    with store.read() as conn:
        days = [
            working_days(at, now)
            for at in conn.execute(sa.select(hold.c.created_at).where(hold.c.decided_at.is_(None))).scalars()
        ]
    return len(days), sum(each >= RED_AFTER_WORKING_DAYS for each in days)


def of_number(conn: sa.Connection, number: str, now: float) -> Hold | None:
    """The standing hold of a number; None where there is none."""
    query = (
        sa.select(hold, contact.c.name)
        .outerjoin(contact, contact.c.number == hold.c.number)
        .where(hold.c.number == number, hold.c.decided_at.is_(None))
    )
    row = conn.execute(query).first()
    return None if row is None else _hold(row, now)


def _hold(row: sa.Row[tuple[object, ...]], now: float) -> Hold:
    return Hold(
        id=row.id,
        number=row.number,
        name=row.name or "",
        created_at=row.created_at,
        message_id=row.message_id,
        rule=row.rule,
        said=row.said,
        why=row.why,
        red=working_days(row.created_at, now) >= RED_AFTER_WORKING_DAYS,
    )


def working_days(since: float, now: float) -> int:
    """Whole days from Monday to Friday between two moments (UTC seconds)."""
    days = int(max(0.0, now - since) // _DAY)
    weeks, rest = divmod(days, 7)
    # 1 January 1970 was a Thursday.
    first = (int(since // _DAY) + 3) % 7
    return weeks * 5 + sum((first + 1 + day) % 7 < 5 for day in range(rest))


def decide(store: Store, clock: Clock, number: str, decision: Decision, operator: str) -> bool:
    """A person's decision: opt the number out, or let it be texted again. False where none was waiting."""
    now = clock.now()
    with store.write() as unit:
        row = unit.conn.execute(
            sa.update(hold)
            .where(hold.c.number == number, hold.c.decided_at.is_(None))
            .values(decided_at=now, decided_by=operator, decision=decision)
            .returning(hold.c.id, hold.c.said, hold.c.message_id, hold.c.rule)
        ).first()
        if row is None:
            return False
        if decision == "kept":
            ledger.append(unit, now, number, "kept", source="operator", evidence=row.said, operator=operator)
            optouts.record(unit, now, operator, "no opt-out after all", f"{number}: {row.said}")
            unit.publish(OptOutChanged(number, active=False))
        else:
            evidence = row.said if decision == "opted out" else f"wrong number: {row.said}"
            optouts.opt_out(
                unit, clock, number, source="operator", evidence=evidence, rule=row.rule, operator=operator,
                message_id=row.message_id,
            )  # fmt: skip
        return True
