"""What stands beside the texts of a period: opt-outs, reasons, lines and prices, names, wordings."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from app.campaigns import office
from app.reports.figures_walk import Scope
from app.store import tables as t
from app.texting.budgets import LEFT

REASONS = 8
TOP = 20
GONE_LINE = "A line that was taken out"

_m = t.message.c


def to_people() -> sa.ColumnElement[bool]:
    """Texts of ours that left, or may have, to the person of their thread."""
    return sa.and_(_m.direction == "out", _m.state.in_(LEFT), _m.kind != "forward")


def campaign_name(conn: sa.Connection, campaign_id: int | None) -> str:
    """Its name, "" for none. Raises ``LookupError`` when it is gone."""
    if campaign_id is None:
        return ""
    name = conn.execute(sa.select(t.campaign.c.name).where(t.campaign.c.id == campaign_id)).scalar()
    if name is None:
        raise LookupError("This campaign is no longer there.")
    return str(name)


def opted_out(conn: sa.Connection, scope: Scope) -> tuple[int, int, frozenset[int]]:
    """How many people texted opted out after it; how many of those a text reached; and their threads."""
    o, c = t.opt_out.c, t.conversation.c

    def text_before(*more: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        theirs = (_m.conversation_id == c.id, _m.created_at <= o.created_at)
        texts = sa.select(_m.id).where(*theirs, to_people(), *scope.texts(), *more)
        return texts.correlate(t.opt_out, t.conversation).exists()

    query = (
        sa.select(c.id, sa.func.max(sa.case((text_before(_m.delivery == "delivered"), 1), else_=0)))
        .select_from(t.opt_out.join(t.conversation, c.number == o.number))
        .where(o.created_at >= scope.period.start, o.created_at < scope.period.end, text_before())
        .group_by(c.id)
    )
    rows = conn.execute(query).all()
    return len(rows), sum(1 for row in rows if row[1]), frozenset(int(row[0]) for row in rows)


def reasons(conn: sa.Connection, scope: Scope) -> list[tuple[str, str, int]]:
    """Why texts were not sent: the commonest reasons, with the modem's code and how many."""
    count = sa.func.count()
    query = (
        sa.select(_m.reason, _m.error_code, count)
        .where(_m.direction == "out", _m.state == "not_sent", *scope.texts())
        .group_by(_m.reason, _m.error_code)
        .order_by(count.desc(), _m.reason, _m.error_code)
        .limit(REASONS)
    )
    return [(str(words), str(code), int(number)) for words, code, number in conn.execute(query)]


def lines(
    conn: sa.Connection, segments: dict[int, tuple[int, int]]
) -> tuple[list[tuple[str, int, int, float | None, float | None]], str]:
    """Each line with its texts, segments, price of one and cost; and the currency."""
    prices = office.load(conn)
    own = dict(prices.prices)
    names = {row.id: row.name for row in conn.execute(sa.select(t.line.c.id, t.line.c.name))}
    found = []
    for key in sorted(segments, key=lambda each: (each == 0, each)):
        texts, parts = segments[key]
        price = own.get(key, prices.price) if key in names else None
        cost = None if price is None else price * parts
        found.append((names.get(key, GONE_LINE), texts, parts, price, cost))
    return found, prices.currency


def people(conn: sa.Connection, top: Iterable[tuple[int, int, int]]) -> list[tuple[int, str, str, int, int]]:
    """Those of ``top`` (thread, sent, received) who are people, with name and number."""
    counted = list(top)
    c = t.conversation.c
    query = (
        sa.select(c.id, c.number, t.contact.c.name)
        .outerjoin(t.contact, t.contact.c.id == c.contact_id)
        .where(c.id.in_([key for key, _, _ in counted]), c.kind == "number")
    )
    known = {row.id: (row.name or "", row.number) for row in conn.execute(query)}
    return [(key, *known[key], sent, received) for key, sent, received in counted if key in known][:TOP]


def wordings(
    conn: sa.Connection, scope: Scope, answered: Collection[int], gone: Collection[int]
) -> list[tuple[str, int, int, int, int, int]]:
    """What came of each of a campaign's texts: label, version, people, delivered, answered, opted out."""
    if scope.campaign_id is None:
        return []
    w = t.wording.c
    known = conn.execute(
        sa.select(w.id, w.label, w.version)
        .where(w.campaign_id == scope.campaign_id)
        .order_by(w.label, w.version)
    ).all()
    if not known:
        return []
    label_of = {row.id: row.label for row in known}
    version = {row.label: row.version for row in known}  # the latest comes last
    sent: dict[str, set[int]] = {label: set() for label in version}
    reached: dict[str, set[int]] = {label: set() for label in version}
    query = sa.select(_m.wording_id, _m.conversation_id, _m.delivery).where(
        to_people(), _m.wording_id.is_not(None), *scope.texts()
    )
    for key, thread, delivery in conn.execute(query):
        if key in label_of:
            sent[label_of[key]].add(thread)
            if delivery == "delivered":
                reached[label_of[key]].add(thread)
    return [
        (
            label,
            version[label],
            len(sent[label]),
            len(reached[label]),
            sum(1 for each in sent[label] if each in answered),
            sum(1 for each in sent[label] if each in gone),
        )
        for label in version
    ]


def practice(conn: sa.Connection, scope: Scope) -> int:
    """How many texts left on a practice line in the period, of all campaigns."""
    if not scope.practice:
        return 0
    query = sa.select(sa.func.count()).where(
        _m.line_id.in_(scope.practice),
        sa.text(
            "message.direction = 'out' AND message.claimed_at IS NOT NULL"
        ),  # words of ix_message_line_left
        _m.state.in_(LEFT),
        _m.claimed_at >= scope.period.start,
        _m.claimed_at < scope.period.end,
    )
    return int(conn.execute(query).scalar_one())
