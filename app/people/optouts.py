"""The one opt-out list: keyed by number, over every campaign, line and list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.clock import Clock
from app.people import columns, consents, ledger, reading
from app.people.numbers import NumberError, parse
from app.people.reading import Source
from app.store import tables as t
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged, MessageChanged, OptOutChanged

SOURCES = ("sms", "operator", "import")
_HOW = {"sms": "by text", "operator": "by hand", "import": "from a list"}
MAX_REJECTS = 1000
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
) -> int:
    """Take ``number`` (E.164) out of everything, in the caller's transaction. Returns how many were blocked.

    A second opt-out adds no row, but whatever is queued or clicked by then is blocked all the same: a
    click that has not been claimed is voided, one that has is past stopping.
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
            )
        )
        ledger.append(unit, now, number, "out", source=source, evidence=evidence, operator=operator)
        how = f"opted out, {_HOW[source]}"
        consents.note(unit.conn, now, number, "withdrawn", source=how, wording=evidence, operator=operator)
        if source == "operator":
            record(unit, now, operator, "opted out by hand", f"{number}: {evidence}")
    blocked = _block_waiting(unit, now, [number])
    unit.publish(OptOutChanged(number, active=True))
    return blocked


def opt_out_many(
    unit: Unit, clock: Clock, numbers: Iterable[str], *, source: str, evidence: str, operator: str = ""
) -> int:
    """Opt out many numbers (E.164) at once, as :func:`opt_out` does one. Returns how many are new."""
    now = clock.now()
    wanted = list(dict.fromkeys(numbers))
    standing = active_set(unit.conn, wanted)
    fresh = [number for number in wanted if number not in standing]
    row = {"created_at": now, "source": source, "evidence": evidence, "operator": operator}
    for start in range(0, len(fresh), _CHUNK):
        rows = [{"number": number, **row} for number in fresh[start : start + _CHUNK]]
        unit.conn.execute(sa.insert(t.opt_out), rows)
    ledger.append_many(unit, now, fresh, "out", source=source, evidence=evidence, operator=operator)
    how = f"opted out, {_HOW[source]}"
    consents.withdraw_many(unit.conn, now, fresh, source=how, wording=evidence, operator=operator)
    _block_waiting(unit, now, wanted)
    if wanted:
        record(unit, now, operator, "opt-outs added", f"{len(fresh)} numbers: {evidence}")
        unit.publish(OptOutChanged("", active=True))
    return len(fresh)


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


def lift(unit: Unit, clock: Clock, number: str, *, source: str, reason: str, operator: str = "") -> bool:
    """End the standing opt-out of ``number``; the row stays as history. False when none stood.

    By the person's own text (``source="sms"``, ``reason`` the words), which is a new consent and kept as
    such; or by an operator, who must say why. What was blocked stays blocked.
    """
    if source != "sms" and not reason.strip():
        raise ValueError("lifting an opt-out by hand needs a reason")
    now = clock.now()
    changed = unit.conn.execute(
        sa.update(t.opt_out)
        .where(t.opt_out.c.number == number, t.opt_out.c.lifted_at.is_(None))
        .values(lifted_at=now, lifted_source=source, lifted_reason=reason, lifted_by=operator)
    ).rowcount
    if not changed and not ledger.let_back(unit, number):
        return False
    ledger.append(unit, now, number, "in", source=source, evidence=reason, operator=operator)
    _note_return(unit, now, number, source, reason, operator)
    record(unit, now, operator, "opt-out lifted", f"{number} ({source}): {reason}")
    unit.publish(OptOutChanged(number, active=False))
    return True


def _note_return(unit: Unit, now: float, number: str, source: str, reason: str, operator: str) -> None:
    if source != "sms":
        how = "opt-out lifted by hand"
        consents.note(unit.conn, now, number, "given", source=how, wording=reason, operator=operator)
        return
    how = f"their text: {reason[:40]}"
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
        return select.where(sa.or_(by_name, t.opt_out.c.number.like(f"%{digits}%")))
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


# -- other people's lists -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OptOutImport:
    """What became of a list of numbers that must not be texted: (line, as written, why) of each refused."""

    total: int
    added: int
    already: int
    rejected_count: int
    rejects: tuple[tuple[int, str, str], ...]


def import_numbers(
    store: Store, clock: Clock, source: Source, country: str, operator: str = ""
) -> OptOutImport:
    """Add every number of a list (a file or a pasted text) to the opt-out list, in one transaction.

    Rows that another p2ptext exported as lifted are passed over. Raises
    :class:`~app.people.reading.ImportFailure`.
    """
    numbers, total, rejects = _numbers_of(source, country)
    with store.write() as unit:
        evidence = f"imported list {source.name}"
        added = opt_out_many(unit, clock, numbers, source="import", evidence=evidence, operator=operator)
    return OptOutImport(total, added, len(numbers) - added, len(rejects), tuple(rejects[:MAX_REJECTS]))


def _numbers_of(source: Source, country: str) -> tuple[dict[str, None], int, list[tuple[int, str, str]]]:
    every = list(reading.rows(source, reading.inspect(source)))
    sample = [cells for _, cells in every[:200]]
    header = columns.has_header(sample[0], sample[1:]) if sample else False
    width = max((len(cells) for cells in sample), default=0)
    names = columns.names(sample[0] if sample else (), header, width)
    index = columns.guess(names, header, sample[1:] if header else sample).number
    if index is None:
        raise reading.ImportFailure("No column holds phone numbers. Nothing was changed.")
    lifted = [columns.folded(name) for name in names].index("lifted at") if "lifted_at" in names else None
    numbers: dict[str, None] = {}
    rejects: list[tuple[int, str, str]] = []
    for line, cells in every[1:] if header else every:
        if lifted is not None and lifted < len(cells) and cells[lifted].strip():
            continue
        raw = cells[index] if index < len(cells) else ""
        try:
            numbers[parse(raw, country)] = None
        except NumberError as error:
            rejects.append((line, raw[:200], str(error)))
    return numbers, len(every) - header, rejects
