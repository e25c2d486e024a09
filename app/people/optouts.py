"""The one opt-out list: keyed by number, over every campaign, line and list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from app.clock import Clock
from app.people import consents, ledger
from app.store import tables as t
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged, MessageChanged, OptOutChanged

#: How a person can say it other than by text, for whoever notes it (47 CFR 64.1200(a)(11): any way counts).
CHANNELS: Final = {
    "phone": "by phone or voicemail",
    "email": "by e-mail",
    "person": "in person",
    "paper": "on paper",
    "carrier": "by a carrier's or regulator's list",
    "other": "in another way",
}
#: Every source of an opt-out, in words.
HOW: Final = {"sms": "by text", "operator": "by hand", "import": "from a list", **CHANNELS}
SOURCES: Final = tuple(HOW)
#: How the source of a consent begins that came with the end of an opt-out: by hand, by text.
RETURNED: Final = ("opt-out lifted by hand", "their text: ")
MAX_EVENTS = 50  # more would flood the window; CampaignChanged makes it read again anyway
_CHUNK = 500  # bound variables in one statement


@dataclass(frozen=True, slots=True)
class OptOutRow:
    """One opt-out, standing (``lifted_at`` None) or lifted. Times are UTC seconds."""

    id: int
    number: str
    name: str
    created_at: float
    source: str
    evidence: str
    rule: str
    operator: str
    message_id: int | None
    lifted_at: float | None
    lifted_source: str
    lifted_reason: str
    lifted_by: str
    lifted_evidence: str = ""
    said_at: float | None = None  # when they said it, where that was before it was noted


@dataclass(frozen=True, slots=True)
class Said:
    """What a list says of one number: the words, and when they were said (UTC seconds); None: not known."""

    words: str = ""
    at: float | None = None


def active(conn: sa.Connection, number: str) -> bool:
    """True while an opt-out of ``number`` (E.164) stands."""
    query = sa.select(t.opt_out.c.id).where(t.opt_out.c.number == number, t.opt_out.c.lifted_at.is_(None))
    return conn.execute(query).first() is not None or bool(ledger.erased_among(conn, (number,)))


def active_set(conn: sa.Connection, numbers: Iterable[str]) -> set[str]:
    """Which of ``numbers`` have a standing opt-out."""
    wanted = list(numbers)
    found: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        query = sa.select(t.opt_out.c.number).where(
            t.opt_out.c.number.in_(wanted[start : start + _CHUNK]), t.opt_out.c.lifted_at.is_(None)
        )
        found.update(conn.execute(query).scalars())
    return found | ledger.erased_among(conn, wanted)


def opt_out(
    unit: Unit,
    clock: Clock,
    number: str,
    *,
    source: str,
    evidence: str = "",
    rule: str = "",
    operator: str = "",
    message_id: int | None = None,
    said_at: float | None = None,
) -> int:
    """Take ``number`` (E.164) out of everything, in the caller's transaction. Returns how many were blocked.

    A second opt-out adds no row, but whatever is queued or clicked by then is blocked all the same: a
    click that has not been claimed is voided, one that has is past stopping. ``source`` is of
    :data:`SOURCES`; ``said_at`` (UTC seconds) when they said it, where that was earlier.
    """
    if source not in SOURCES:
        raise ValueError(f"unknown source of an opt-out: {source!r}")
    now = clock.now()
    if not active(unit.conn, number):
        unit.conn.execute(
            sa.insert(t.opt_out).values(
                number=number,
                created_at=now,
                source=source,
                evidence=evidence,
                rule=rule,
                operator=operator,
                message_id=message_id,
                said_at=said_at,
            )
        )
        told = sealed(evidence, said_at)
        ledger.append(unit, now, number, "out", source=source, evidence=told, operator=operator)
        how = f"opted out, {HOW[source]}"
        consents.note(
            unit.conn,
            now,
            number,
            "withdrawn",
            source=how,
            wording=evidence,
            given_at=said_at,
            operator=operator,
        )
        if source == "operator" or source in CHANNELS:
            record(unit, now, operator, "opted out by hand", f"{number}: {HOW[source]}, {evidence}")
    blocked = _block_waiting(unit, now, [number])
    unit.publish(OptOutChanged(number, active=True))
    return blocked


def opt_out_many(
    unit: Unit,
    clock: Clock,
    numbers: Iterable[str],
    *,
    source: str,
    evidence: str,
    operator: str = "",
    said: Mapping[str, Said] = MappingProxyType({}),
) -> int:
    """Opt out many numbers (E.164) at once, as :func:`opt_out` does one. Returns how many are new.

    ``said``: what a list tells of some of them besides.
    """
    if source not in SOURCES:
        raise ValueError(f"unknown source of an opt-out: {source!r}")
    now = clock.now()
    wanted = list(dict.fromkeys(numbers))
    standing = active_set(unit.conn, wanted)
    fresh = [number for number in wanted if number not in standing]
    rows = [_row_of(number, said.get(number, Said()), evidence) for number in fresh]
    row = {"created_at": now, "source": source, "operator": operator}
    for start in range(0, len(rows), _CHUNK):
        unit.conn.execute(sa.insert(t.opt_out), [{**each, **row} for each in rows[start : start + _CHUNK]])
    told = [(each["number"], sealed(each["evidence"], each["said_at"])) for each in rows]
    ledger.append_many(unit, now, told, "out", source=source, operator=operator)
    how = f"opted out, {HOW[source]}"
    consents.withdraw_many(unit.conn, now, rows, source=how, operator=operator)
    _block_waiting(unit, now, wanted)
    if wanted:
        record(unit, now, operator, "opt-outs added", f"{len(fresh)} numbers: {evidence}")
        unit.publish(OptOutChanged("", active=True))
    return len(fresh)


def _row_of(number: str, said: Said, evidence: str) -> dict[str, Any]:
    words = f"{evidence}: {said.words}" if said.words else evidence
    return {"number": number, "evidence": words, "said_at": said.at}


def _block_waiting(unit: Unit, now: float, numbers: list[str]) -> int:
    m = t.message.c
    waiting: list[Any] = []
    for start in range(0, len(numbers), _CHUNK):
        some = numbers[start : start + _CHUNK]
        # Who is out needs no decision any more; after a lift the old question would stand again.
        unit.conn.execute(
            sa.update(t.hold)
            .where(t.hold.c.number.in_(some), t.hold.c.decided_at.is_(None))
            .values(decided_at=now, decision="opted out")
        )
        query = sa.select(m.id, m.number, m.campaign_id, m.conversation_id).where(
            m.number.in_(some), m.direction == "out", m.state.in_(("queued", "clicked"))
        )
        waiting.extend(unit.conn.execute(query))
    for start in range(0, len(waiting), _CHUNK):
        _block(unit, now, [row.id for row in waiting[start : start + _CHUNK]])
    for row in waiting[:MAX_EVENTS]:
        unit.publish(MessageChanged(row.id, row.number, row.campaign_id, row.conversation_id))
    campaigns = sorted({row.campaign_id for row in waiting if row.campaign_id is not None})
    unit.publish(*(CampaignChanged(campaign) for campaign in campaigns))
    return len(waiting)


def _block(unit: Unit, now: float, ids: list[int]) -> None:
    unit.conn.execute(
        sa.update(t.message)
        .where(t.message.c.id.in_(ids))
        .values(state="blocked", reason="opted out", click_id=None, clicked_at=None, settled_at=now)
    )
    unit.conn.execute(
        sa.update(t.click)
        .where(t.click.c.message_id.in_(ids), t.click.c.voided_at.is_(None))
        .values(voided_at=now, void_reason="opted out")
    )


def sealed(evidence: str, said_at: float | None) -> str:
    """What the ledger's hash of an opt-out is made over: the words, and the day they are said to be of."""
    return evidence if said_at is None else f"{evidence}\n{said_at!r}"


def reason_of(reason: str, evidence: str) -> str:
    """Why an opt-out was lifted and what shows it, in one."""
    return f"{reason}; shown by: {evidence}" if evidence else reason


def lift(
    unit: Unit, clock: Clock, number: str, *, source: str, reason: str, evidence: str = "", operator: str = ""
) -> bool:
    """End the standing opt-out of ``number``; the row stays as history. False when none stood.

    By the person's own text (``source="sms"``, ``reason`` the words), which is a new consent and kept as
    such; by an operator, who must say why and what shows that the person asked for it (``evidence``); or
    ``source="undo"``, of one that was made by mistake a moment ago. What was blocked stays blocked.
    """
    if source != "sms" and not reason.strip():
        raise ValueError("lifting an opt-out by hand needs a reason")
    if source not in ("sms", "undo") and not evidence.strip():
        raise ValueError("lifting an opt-out by hand needs what shows that the person asked for it")
    now = clock.now()
    changed = unit.conn.execute(
        sa.update(t.opt_out)
        .where(t.opt_out.c.number == number, t.opt_out.c.lifted_at.is_(None))
        .values(
            lifted_at=now,
            lifted_source=source,
            lifted_reason=reason,
            lifted_evidence=evidence,
            lifted_by=operator,
        )
    ).rowcount
    if not changed and not ledger.let_back(unit, number):
        return False
    why = reason_of(reason, evidence)
    ledger.append(unit, now, number, "in", source=source, evidence=why, operator=operator)
    _note_return(unit, now, number, source, why, operator)
    record(unit, now, operator, "opt-out lifted", f"{number} ({source}): {why}")
    unit.publish(OptOutChanged(number, active=False))
    return True


def _note_return(unit: Unit, now: float, number: str, source: str, reason: str, operator: str) -> None:
    if source != "sms":
        how = RETURNED[0]
        consents.note(unit.conn, now, number, "given", source=how, wording=reason, operator=operator)
        return
    how = f"{RETURNED[1]}{reason[:40]}"
    unit.conn.execute(
        sa.update(t.contact)
        .where(t.contact.c.number == number)
        .values(consent_source=how, consent_at=now, consent_until=None, updated_at=now)
    )
    consents.note(unit.conn, now, number, "given", source=how, wording=reason, given_at=now)


def record(unit: Unit, now: float, operator: str, action: str, detail: str) -> None:
    """One line of the audit trail."""
    unit.conn.execute(sa.insert(t.audit).values(at=now, operator=operator, action=action, detail=detail))


# -- reading ------------------------------------------------------------------------------------


def _rows(query: str, standing: bool) -> sa.Select[Any]:
    o = t.opt_out.c
    columns = [
        t.contact.c.name.label("name") if f == "name" else o[f] for f in OptOutRow.__dataclass_fields__
    ]
    select = sa.select(*columns).select_from(t.opt_out.outerjoin(t.contact, t.contact.c.number == o.number))
    if standing:
        select = select.where(o.lifted_at.is_(None))
    return _matching(select, query)


def _matching(select: sa.Select[Any], query: str) -> sa.Select[Any]:
    words = query.strip()
    if not words:
        return select
    digits = "".join(c for c in words if c.isdigit())
    by_name = t.contact.c.name.ilike(f"%{escaped(words)}%", escape="\\")
    if digits:
        # With the 0 that many countries dial first, or without it: +44 7400 … is 07400 … there.
        parts = {digits, digits.lstrip("0") or digits}
        by_number = (t.opt_out.c.number.like(f"%{part}%") for part in sorted(parts))
        return select.where(sa.or_(by_name, *by_number))
    return select.where(by_name)


def escaped(words: str) -> str:
    """``words`` for a LIKE pattern with \\ as its escape."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def page(
    store: Store, *, query: str = "", after: int | None = None, limit: int = 100, lifted: bool = False
) -> tuple[OptOutRow, ...]:
    """Opt-outs, newest first; ``after`` is the last id of the page before. ``lifted``: ended ones too."""
    select = _rows(query, standing=not lifted).order_by(t.opt_out.c.id.desc()).limit(limit)
    if after is not None:
        select = select.where(t.opt_out.c.id < after)
    with store.read() as conn:
        return tuple(OptOutRow(*row) for row in conn.execute(select))


def count(store: Store, *, query: str = "", lifted: bool = False) -> int:
    """How many rows :func:`page` goes through."""
    select = _rows(query, standing=not lifted).with_only_columns(sa.func.count(), maintain_column_froms=True)
    with store.read() as conn:
        return int(conn.execute(select).scalar_one())


def lookup(store: Store, number: str) -> tuple[OptOutRow, ...]:
    """The whole story of one number (E.164), newest first; () when it never opted out."""
    select = _rows("", standing=False).where(t.opt_out.c.number == number).order_by(t.opt_out.c.id.desc())
    with store.read() as conn:
        return tuple(OptOutRow(*row) for row in conn.execute(select))
