"""How a search over a million texts stays quick: which side of it is asked first.

Texts are walked through newest first until a page is full, which is soon done where many fit. Where a filter
leaves few candidates (:data:`FEW`), those are taken instead and asked for the rest. Days are places among the
ids, which grow with time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from app.people import accents
from app.store import fulltext
from app.store.tables import answer, campaign, contact, contact_tag, conversation, judgement, message, tag

if TYPE_CHECKING:
    from app.conversations.search import Wanted

Row = Any
Condition = sa.ColumnElement[bool]
#: From so many candidates on, the newest texts are walked through: of a million, one in 500 fits then.
FEW: Final = 2_000
#: Of so many campaigns the first and the last text are looked for, which bounds the walk.
FEW_CAMPAIGNS: Final = 5
#: So many people are sorted by their last text; where more fit, the newest threads are walked through.
FEW_PEOPLE: Final = 200
#: Rows beside a day's edge whose ids are looked at: a clock that was set back moves a few.
_EDGE: Final = 500
_INDEX = sa.table(fulltext.TABLE, sa.column("rowid"), sa.column(fulltext.TABLE))
_SAID = sa.or_(message.c.direction == "in", message.c.claimed_at.is_not(None))
#: The words of the index of texts that something went wrong with, so that SQLite takes it.
_WRONG = sa.text("(error_code <> '' OR reason <> '')")


@dataclass(slots=True)
class _Plan:
    """What is asked: ``few`` are the candidates of one filter, ``each`` is asked of every text."""

    few: list[Condition] = field(default_factory=list)
    each: list[Condition] = field(default_factory=list)
    first: int | None = None
    last: int | None = None
    none: bool = False

    def within(self, first: int | None, last: int | None) -> None:
        """Only ids from ``first`` to ``last``; None for no bound."""
        if first is not None:
            self.first = first if self.first is None else max(self.first, first)
        if last is not None:
            self.last = last if self.last is None else min(self.last, last)

    def bounds(self, column: sa.ColumnElement[int]) -> list[Condition]:
        """The same as conditions."""
        found = []
        if self.first is not None:
            found.append(column >= self.first)
        if self.last is not None:
            found.append(column <= self.last)
        return found


# -- people ----------------------------------------------------------------------------------------


def people(conn: sa.Connection, words: str, limit: int) -> list[Row]:
    """Threads with the name of their person whose name has every word, or whose number the digits; newest
    first."""
    digits = "".join(c for c in words if c.isdigit())
    if len(digits) >= 3 and not any(c.isalpha() for c in words):
        where: Condition = _has(conn, conversation.c.number, digits)
        if words.startswith("+"):
            where = conversation.c.number.between(f"+{digits}", f"+{digits}:")  # ":" stands behind "9"
        some = sa.select(conversation.c.id).where(where).limit(FEW_PEOPLE + 1)
        key: sa.ColumnElement[int] = conversation.c.id
    else:
        where = sa.and_(*(_named(conn, word) for word in words.split()[:8]))
        some = sa.select(contact.c.id).where(where).limit(FEW_PEOPLE + 1)
        key = conversation.c.contact_id
    found = conn.execute(some).scalars().all()
    if not found:
        return []
    query = sa.select(conversation, contact.c.name)
    if len(found) > FEW_PEOPLE:
        query = query.outerjoin(contact, contact.c.id == conversation.c.contact_id).where(where)
    else:
        query = query.outerjoin(contact, contact.c.id == conversation.c.contact_id).where(key.in_(found))
    return list(conn.execute(query.order_by(conversation.c.last_at.desc()).limit(limit)))


def _named(conn: sa.Connection, word: str) -> Condition:
    """Whether it stands in the name of the person, whatever accents either has."""
    if conn.dialect.name == "sqlite":
        return accents.found_in(contact.c.name, word)
    return _has(conn, contact.c.name, word)


def _has(conn: sa.Connection, column: sa.ColumnElement[str], word: str) -> Condition:
    """Whether it stands anywhere in it. SQLite's LIKE takes capital and small letters as one."""
    if conn.dialect.name == "sqlite":
        return column.contains(word, autoescape=True)
    return column.icontains(word, autoescape=True)


# -- texts -----------------------------------------------------------------------------------------


def texts(conn: sa.Connection, wanted: Wanted, before: int | None, limit: int) -> list[Row]:
    """The newest texts that fit, with the names of person and campaign, before the id ``before``."""
    words = fulltext.query(wanted.words)
    if wanted.words and not words:
        return []
    plan = _plan(conn, wanted)
    if before is not None:
        plan.within(None, before - 1)
    if plan.none:
        return []
    ids = conn.execute(_ids(conn, wanted, words, plan).limit(limit)).scalars().all()
    if not ids:
        return []
    rows = (
        sa.select(message, contact.c.name, campaign.c.name.label("campaign_name"))
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .outerjoin(contact, contact.c.number == message.c.number)
        .outerjoin(campaign, campaign.c.id == message.c.campaign_id)
        .where(message.c.id.in_(ids))
        .order_by(message.c.id.desc())
    )
    return list(conn.execute(rows))


def _ids(conn: sa.Connection, wanted: Wanted, words: str, plan: _Plan) -> sa.Select[Any]:
    m = message.c
    each = [_SAID, m.conversation_id.is_not(None), *plan.each]
    if words and conn.dialect.name == "sqlite":
        matches = _INDEX.c[fulltext.TABLE].match(words)
        if plan.few:
            fits = sa.select(_INDEX.c.rowid).where(matches, *plan.bounds(_INDEX.c.rowid))
            query = sa.select(m.id).where(*plan.few, _plain("message.id").in_(fits), *each)
            return query.order_by(m.id.desc())
        # The index gives its rows by their id, backwards too: the newest are found without the others.
        query = sa.select(m.id).select_from(_INDEX.join(message, _INDEX.c.rowid == m.id))
        query = query.where(matches, *plan.bounds(_INDEX.c.rowid), *each)
        return query.order_by(_INDEX.c.rowid.desc())
    each += [m.text.icontains(word, autoescape=True) for word in wanted.words.split()]
    return sa.select(m.id).where(*plan.few, *plan.bounds(m.id), *each).order_by(m.id.desc())


def _plan(conn: sa.Connection, wanted: Wanted) -> _Plan:
    plan, m = _Plan(), message.c
    if wanted.by:
        plan.each.append(m.direction == ("in" if wanted.by == "them" else "out"))
    if wanted.after:
        _from_day(conn, plan, _start(wanted.after))
    if wanted.until:
        _to_day(conn, plan, _start(wanted.until + dt.timedelta(days=1)))
    if wanted.campaign:
        _campaign(conn, plan, wanted.campaign)
    if wanted.error:
        _error(conn, plan, wanted.error)
    if wanted.tag:
        _tag(conn, plan, wanted.tag)
    if wanted.label:
        _label(conn, plan, wanted.label)
    if wanted.answer:
        _answer(conn, plan, wanted.answer)
    return plan


def _start(day: dt.date) -> float:
    return dt.datetime.combine(day, dt.time()).astimezone().timestamp()


def _from_day(conn: sa.Connection, plan: _Plan, at: float) -> None:
    edge = sa.select(message.c.id).where(message.c.created_at >= at)
    edge = edge.order_by(message.c.created_at).limit(_EDGE)
    first = conn.execute(sa.select(sa.func.min(edge.subquery().c.id))).scalar()
    plan.none |= first is None
    plan.within(first, None)
    plan.each.append(_plain("message.created_at") >= at)


def _to_day(conn: sa.Connection, plan: _Plan, at: float) -> None:
    edge = sa.select(message.c.id).where(message.c.created_at < at)
    edge = edge.order_by(message.c.created_at.desc()).limit(_EDGE)
    last = conn.execute(sa.select(sa.func.max(edge.subquery().c.id))).scalar()
    plan.none |= last is None
    plan.within(None, last)
    plan.each.append(_plain("message.created_at") < at)


def _plain(name: str) -> sa.ColumnElement[Any]:
    """A column that no index is taken for: another one is to be asked first."""
    return sa.literal_column(f"+{name}")


def _campaign(conn: sa.Connection, plan: _Plan, name: str) -> None:
    m = message.c
    keys = conn.execute(sa.select(campaign.c.id).where(_has(conn, campaign.c.name, name))).scalars().all()
    some = conn.execute(sa.select(m.id).where(m.campaign_id.in_(keys)).limit(FEW + 1)).scalars().all()
    if len(some) <= FEW:
        plan.none |= not some
        plan.few.append(m.id.in_(some))
        return
    low, high = sa.func.min(m.id), sa.func.max(m.id)
    if len(keys) <= FEW_CAMPAIGNS:
        ends = conn.execute(sa.select(low, high).where(m.campaign_id.in_(keys))).one()
        plan.within(*ends)
    plan.each.append(_plain("message.campaign_id").in_(keys))


def _error(conn: sa.Connection, plan: _Plan, words: str) -> None:
    fits = sa.or_(_has(conn, message.c.error_code, words), _has(conn, message.c.reason, words))
    some = conn.execute(sa.select(message.c.id).where(_WRONG, fits).limit(FEW + 1)).scalars().all()
    if len(some) <= FEW:
        plan.none |= not some
        plan.few.append(message.c.id.in_(some))
    else:
        plan.each.append(sa.and_(message.c.direction == "out", fits))


def _tag(conn: sa.Connection, plan: _Plan, name: str) -> None:
    key = conn.execute(sa.select(tag.c.id).where(tag.c.folded == name.casefold())).scalar()
    tagged = sa.select(contact.c.number).join(contact_tag, contact_tag.c.contact_id == contact.c.id)
    tagged = tagged.where(contact_tag.c.tag_id == key)
    _of_people(conn, plan, contact.c.number, tagged)


def _label(conn: sa.Connection, plan: _Plan, label: str) -> None:
    """Texts that say so: as a person corrected it, else as the program thinks."""
    j = judgement.c
    said = sa.literal(" ") + sa.func.coalesce(j.corrected, j.labels) + sa.literal(" ")
    fits = said.contains(f" {label} ", autoescape=True)
    some = conn.execute(sa.select(j.message_id).where(fits).limit(FEW + 1)).scalars().all()
    if len(some) <= FEW:
        plan.none |= not some
        plan.few.append(message.c.id.in_(some))
    else:
        plan.each.append(
            sa.select(j.message_id).where(j.message_id == message.c.id, fits).correlate(message).exists()
        )


def _answer(conn: sa.Connection, plan: _Plan, value: str) -> None:
    said = sa.select(answer.c.number).where(answer.c.cleared_at.is_(None), _has(conn, answer.c.value, value))
    _of_people(conn, plan, answer.c.number, said)


def _of_people(
    conn: sa.Connection, plan: _Plan, number: sa.ColumnElement[str], query: sa.Select[Any]
) -> None:
    """Only texts with the people of ``query``, whose column ``number`` says who."""
    some = conn.execute(query.distinct().limit(FEW + 1)).scalars().all()
    if len(some) <= FEW:
        plan.none |= not some
        plan.few.append(message.c.number.in_(some))
    else:
        plan.each.append(query.where(number == message.c.number).correlate(message).exists())
