"""The list of conversations: its filters, their counts, and pages of rows that keep their place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.clock import SystemClock
from app.conversations import joins, who
from app.people import accents, numbers, optouts
from app.store.engine import Store
from app.store.tables import contact, conversation, hold, opt_out

FILTERS = (
    "waiting", "danger", "hold", "question", "positive", "negative", "mine", "snoozed", "unread", "all",
    "join", "optout", "system",
)  # fmt: skip
#: Those that wait for an answer and whose newest text says so.
BY_LABEL = ("question", "positive", "negative")
#: Those that have whoever waits longest first.
LONGEST_FIRST = ("waiting", "danger", *BY_LABEL, "mine", "join")
#: An urgency from which a conversation stands before all others: safety words.
URGENT = 2.0
Row = Any


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """One conversation in the list. ``done`` says that they wrote and nobody waits for an answer.

    ``labels`` are those of their newest text; ``held_since``, ``snoozed_until`` and the other times are UTC
    seconds, None where there is none. ``assigned_to`` is an operator's name.
    ``wrote_again`` says that they are opted out and wrote after that; ``draft`` that an answer was begun.
    """

    id: int
    number: str
    number_display: str
    name: str
    initials: str
    last_text: str
    last_direction: str
    last_at: float
    unread: int
    waiting_since: float | None
    opted_out: bool
    kind: str
    done: bool
    labels: tuple[str, ...] = ()
    urgent: bool = False
    held_since: float | None = None
    snoozed_until: float | None = None
    assigned_to: str = ""
    wrote_again: bool = False
    draft: bool = False


_c = conversation.c
_OUT = sa.exists().where(opt_out.c.number == _c.number, opt_out.c.lifted_at.is_(None))
#: Opted out, and nothing that waits came after that.
_QUIET = sa.exists().where(
    opt_out.c.number == _c.number, opt_out.c.lifted_at.is_(None), opt_out.c.created_at >= _c.waiting_since
)
_OUT_NUMBERS = sa.select(opt_out.c.number).where(opt_out.c.lifted_at.is_(None))
#: From so many opt-outs on, their list is read by time and each thread is asked; below, by the opt-outs.
_MANY = 2_000
# Written out: SQLite takes an index of some rows only where it sees that the same rows are asked for.
_UNREAD: sa.ColumnElement[bool] = sa.literal_column("(conversation.unread > 0)")
_SYSTEM: sa.ColumnElement[bool] = sa.literal_column("(conversation.kind <> 'number')")
_HELD = sa.select(hold.c.number).where(hold.c.decided_at.is_(None))
_HELD_SINCE = (
    sa.select(hold.c.created_at)
    .where(hold.c.number == _c.number, hold.c.decided_at.is_(None))
    .correlate(conversation)
    .scalar_subquery()
)


def _waiting(now: float) -> sa.ColumnElement[bool]:
    awake = sa.or_(_c.snoozed_until.is_(None), _c.snoozed_until <= now)
    return sa.and_(_c.waiting_since.is_not(None), _c.kind == "number", awake, sa.not_(_QUIET))


_URGENT = _c.urgency >= URGENT


def _labelled(label: str) -> sa.ColumnElement[bool]:
    return sa.literal(" ").concat(_c.labels).concat(" ").contains(f" {label} ", autoescape=True)


def _where(now: float, operator: str) -> dict[str, sa.ColumnElement[bool]]:
    """What each filter lists, "join" aside."""
    waiting = _waiting(now)
    return {
        "waiting": waiting,
        "danger": sa.and_(waiting, _URGENT),
        "hold": sa.and_(_c.number.in_(_HELD), sa.not_(_OUT)),
        **{label: sa.and_(waiting, _labelled(label)) for label in BY_LABEL},
        "mine": sa.and_(waiting, _c.assigned_to == operator, _c.assigned_to != ""),
        "snoozed": sa.and_(_c.waiting_since.is_not(None), _c.snoozed_until > now, sa.not_(_QUIET)),
        "unread": _UNREAD,
        "all": sa.true(),
        "optout": _OUT,
        "system": _SYSTEM,
    }


def page(
    store: Store,
    *,
    filter: str = "waiting",
    query: str = "",
    after: ThreadRow | None = None,
    limit: int = 50,
    now: float | None = None,
    operator: str = "",
) -> tuple[ThreadRow, ...]:
    """``limit`` conversations behind ``after``, the last row of the page before.

    Those of ``LONGEST_FIRST`` have safety words first and then whoever waits longest; "hold" what waits
    longest for a decision; the others the newest first. ``now`` (UTC seconds) tells who is snoozed,
    ``operator`` whose "mine" is. ``query`` is looked for in names, numbers and last texts.
    """
    now = SystemClock().now() if now is None else now
    with store.read() as conn:
        every = _where(now, operator)
        where = every[filter] if filter in every else _c.id.in_(joins.wishing(conn))
        if filter == "optout" and _few_out(conn):
            where = _c.number.in_(_OUT_NUMBERS)
        wanted = select_rows().where(where, *_matching(query))
        if filter in LONGEST_FIRST:
            return rows_of(conn, _longest_first(conn, wanted, after, limit))
        if filter == "hold":
            place = sa.tuple_(_HELD_SINCE, _c.id)
            wanted = wanted.order_by(_HELD_SINCE, _c.id)
            wanted = wanted.where(place > sa.tuple_(after.held_since or 0.0, after.id)) if after else wanted
        else:
            place = sa.tuple_(_c.last_at, _c.id)
            wanted = wanted.order_by(_c.last_at.desc(), _c.id.desc())
            wanted = wanted.where(place < sa.tuple_(after.last_at, after.id)) if after else wanted
        return rows_of(conn, conn.execute(wanted.limit(limit)).all())


def _few_out(conn: sa.Connection) -> bool:
    some = _OUT_NUMBERS.limit(_MANY).subquery()
    return int(conn.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()) < _MANY


def _longest_first(
    conn: sa.Connection, wanted: sa.Select[Any], after: ThreadRow | None, limit: int
) -> Sequence[Row]:
    """Both halves by the index of who waits: the urgent ones, then the others."""
    found: list[Row] = []
    for urgent in (True, False):
        if after is not None and after.urgent < urgent:
            continue  # the urgent ones were listed
        half = wanted.where(_URGENT if urgent else _c.urgency < URGENT)
        if after is not None and after.urgent == urgent:
            half = half.where(
                sa.tuple_(_c.waiting_since, _c.id) > sa.tuple_(after.waiting_since or 0.0, after.id)
            )
        half = half.order_by(_c.waiting_since, _c.id).limit(limit - len(found))
        found += conn.execute(half).all()
        if len(found) >= limit:
            break
    return found


def counts(store: Store, query: str = "", *, now: float | None = None, operator: str = "") -> dict[str, int]:
    """How many conversations each filter lists; "join" only where the office has keywords for it."""
    now = SystemClock().now() if now is None else now
    every = _where(now, operator)
    with store.read() as conn:
        waiting = every.pop("waiting")
        mine = sa.and_(_c.assigned_to == operator, _c.assigned_to != "")
        each = (_URGENT, *(_labelled(label) for label in BY_LABEL), mine)
        columns: list[Any] = [sa.func.count(), *(sa.func.count(sa.case((it, 1))) for it in each)]
        row = conn.execute(_from(sa.select(*columns), waiting, query)).one()
        found = dict(zip(("waiting", "danger", *BY_LABEL, "mine"), map(int, row), strict=True))
        every["optout"] = _c.number.in_(_OUT_NUMBERS)
        if joins.load(conn):
            every["join"] = _c.id.in_(joins.wishing(conn))
        for name, where in every.items():
            if name not in found:
                count = sa.select(sa.func.count())
                found[name] = int(conn.execute(_from(count, where, query)).scalar_one())
        return found


def _from(wanted: sa.Select[Any], where: sa.ColumnElement[bool], query: str) -> sa.Select[Any]:
    wanted = wanted.select_from(conversation).where(where)
    if query.strip():
        wanted = wanted.outerjoin(contact, contact.c.id == _c.contact_id)
    return wanted.where(*_matching(query))


_UNREAD_TOTAL = sa.select(sa.func.coalesce(sa.func.sum(_c.unread), 0)).where(_UNREAD)


def unread_total(store: Store) -> int:
    """How many texts nobody has read."""
    with store.read() as conn:
        return int(conn.execute(_UNREAD_TOTAL).scalar_one())


def by_number(store: Store, number: str) -> ThreadRow | None:
    """The conversation of a number, None where there is none."""
    with store.read() as conn:
        rows = conn.execute(select_rows().where(_c.number == number)).all()
        return next(iter(rows_of(conn, rows)), None)


# -- rows -----------------------------------------------------------------------------------------


def select_rows() -> sa.Select[Any]:
    """Conversations with the name of their person, to be handed to :func:`rows_of`."""
    return sa.select(conversation, contact.c.name).outerjoin(contact, contact.c.id == _c.contact_id)


def rows_of(conn: sa.Connection, rows: Iterable[Row]) -> tuple[ThreadRow, ...]:
    """Rows of the list, with what stands about their numbers."""
    rows = list(rows)
    people = [row.number for row in rows if row.kind == "number"]
    out = optouts.active_set(conn, people)
    held: dict[str, float] = {}
    for start in range(0, len(people), 400):
        query = sa.select(hold.c.number, hold.c.created_at).where(
            hold.c.number.in_(people[start : start + 400]), hold.c.decided_at.is_(None)
        )
        held.update((number, since) for number, since in conn.execute(query))
    again = _wrote_again(conn, [row for row in rows if row.number in out and row.waiting_since is not None])
    return tuple(_row(row, row.number in out, held.get(row.number), row.number in again) for row in rows)


def _wrote_again(conn: sa.Connection, rows: Sequence[Row]) -> set[str]:
    """Those of opted-out people that wait since after their opt-out."""
    since = {row.number: row.waiting_since for row in rows}
    numbers_of, found = list(since), set[str]()
    for start in range(0, len(numbers_of), 400):
        query = sa.select(opt_out.c.number, opt_out.c.created_at).where(
            opt_out.c.number.in_(numbers_of[start : start + 400]), opt_out.c.lifted_at.is_(None)
        )
        found.update(number for number, out_at in conn.execute(query) if since[number] > out_at)
    return found


def _row(row: Row, opted_out: bool, held_since: float | None, wrote_again: bool) -> ThreadRow:
    return ThreadRow(
        id=row.id,
        number=row.number,
        number_display=numbers.display(row.number),
        name=row.name or "",
        initials=who.initials(row.name or "", row.number),
        last_text=row.last_text,
        last_direction=row.last_direction,
        last_at=row.last_at,
        unread=row.unread,
        waiting_since=row.waiting_since,
        opted_out=opted_out,
        kind=row.kind,
        done=row.waiting_since is None and row.last_in_at is not None,
        labels=tuple(row.labels.split()),
        urgent=row.urgency >= URGENT,
        held_since=None if opted_out else held_since,
        snoozed_until=row.snoozed_until,
        assigned_to=row.assigned_to,
        wrote_again=wrote_again,
        draft=bool(row.draft),
    )


def _matching(query: str) -> tuple[sa.ColumnElement[bool], ...]:
    words = query.strip()[:100]
    if not words:
        return ()
    found = [
        accents.found_in(contact.c.name, words),
        _c.last_text.icontains(words, autoescape=True),
        _c.number.icontains(words, autoescape=True),
    ]
    digits = "".join(c for c in words if c.isdigit())
    if len(digits) >= 3 and not any(c.isalpha() for c in words):
        found.append(_c.number.contains(digits))
    return (sa.or_(*found),)
