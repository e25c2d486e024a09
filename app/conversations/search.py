"""Search over everything that was said: words, names, numbers, and what stands beside a text."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.conversations import who
from app.people import numbers
from app.store import fulltext
from app.store.engine import Store
from app.store.tables import (
    answer,
    campaign,
    contact,
    contact_tag,
    conversation,
    message,
    tag,
)

#: Characters around the first word that was found.
BEFORE, AFTER = 40, 100
MAX_WORDS = 200
_FILTER = re.compile(r'\b(tag|campaign|answer|error|after|until|from):(?:"([^"]*)"|(\S+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed, taken apart. ``after`` and ``until`` are days (local), ``by`` is "me", "them" or ""."""

    words: str = ""
    tag: str = ""
    campaign: str = ""
    answer: str = ""
    error: str = ""
    after: dt.date | None = None
    until: dt.date | None = None
    by: str = ""
    problems: tuple[str, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """Nothing to look for."""
        return self == Wanted(problems=self.problems)


@dataclass(frozen=True, slots=True)
class Hit:
    """One text that was found, or (``message_id`` None) a person. ``at`` in UTC seconds.

    ``snippet`` is a piece of the text around the first word; ``marks`` are the places of the words in it.
    """

    conversation_id: int
    message_id: int | None
    name: str
    number_display: str
    initials: str
    at: float
    direction: str
    snippet: str
    marks: tuple[tuple[int, int], ...] = ()
    campaign: str = ""


def parse(text: str) -> Wanted:
    """Words and filters: ``tag:x campaign:"May clinic" answer:yes error:38 after:2026-05-01 from:them``."""
    found: dict[str, Any] = {}
    problems = []
    for match in _FILTER.finditer(text[:MAX_WORDS]):
        name, value = match[1].lower(), (match[2] if match[2] is not None else match[3]).strip()
        if name in ("after", "until"):
            try:
                found[name] = dt.date.fromisoformat(value)
            except ValueError:
                problems.append(f"“{value}” is no day: write it as 2026-05-12.")
        elif name == "from":
            found["by"] = "them" if value.lower() in ("them", "they") else "me"
        else:
            found[name] = value
    words = " ".join(_FILTER.sub(" ", text[:MAX_WORDS]).split())
    return Wanted(words=words, problems=tuple(problems), **found)


def search(store: Store, text: str, *, before: int | None = None, limit: int = 50) -> tuple[Hit, ...]:
    """Texts that fit, the newest first; ``before`` is the last message id of the page before.

    On the first page the people whose name or number fits stand in front.
    """
    wanted = parse(text)
    if wanted.empty:
        return ()
    with store.read() as conn:
        people = _people(conn, wanted) if before is None else ()
        return (*people, *_texts(conn, wanted, before, limit))


# -- people ----------------------------------------------------------------------------------------


def _people(conn: sa.Connection, wanted: Wanted, limit: int = 5) -> tuple[Hit, ...]:
    if not wanted.words or wanted != Wanted(words=wanted.words, problems=wanted.problems):
        return ()
    fits = [contact.c.name.icontains(wanted.words, autoescape=True)]
    digits = "".join(c for c in wanted.words if c.isdigit())
    if len(digits) >= 3 and not any(c.isalpha() for c in wanted.words):
        fits.append(conversation.c.number.contains(digits))
    query = (
        sa.select(conversation, contact.c.name)
        .outerjoin(contact, contact.c.id == conversation.c.contact_id)
        .where(sa.or_(*fits))
        .order_by(conversation.c.last_at.desc())
        .limit(limit)
    )
    return tuple(
        Hit(
            row.id, None, row.name or "", numbers.display(row.number),
            who.initials(row.name or "", row.number), row.last_at, row.last_direction, row.last_text[:AFTER],
        )
        for row in conn.execute(query)
    )  # fmt: skip


# -- texts -----------------------------------------------------------------------------------------


def _texts(conn: sa.Connection, wanted: Wanted, before: int | None, limit: int) -> tuple[Hit, ...]:
    words = fulltext.query(wanted.words)
    if wanted.words and not words:
        return ()
    index = sa.table(fulltext.TABLE, sa.column("rowid"), sa.column(fulltext.TABLE))
    by_index = bool(words) and conn.dialect.name == "sqlite"
    key = index.c.rowid if by_index else message.c.id
    tables = (
        message.join(conversation, conversation.c.id == message.c.conversation_id)
        .outerjoin(contact, contact.c.number == message.c.number)
        .outerjoin(campaign, campaign.c.id == message.c.campaign_id)
    )
    query = sa.select(message, contact.c.name, campaign.c.name.label("campaign_name"))
    if by_index:
        # The index gives its rows by their id, backwards too: the newest are found without the others.
        query = query.select_from(tables.join(index, index.c.rowid == message.c.id)).where(
            index.c[fulltext.TABLE].match(words)
        )
    else:
        each = (message.c.text.icontains(word, autoescape=True) for word in wanted.words.split())
        query = query.select_from(tables).where(*each)
    query = query.where(*_filters(wanted)).order_by(key.desc()).limit(limit)
    if before is not None:
        query = query.where(key < before)
    return tuple(_hit(row, wanted.words) for row in conn.execute(query))


def _filters(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [
        sa.or_(message.c.direction == "in", message.c.claimed_at.is_not(None))
    ]
    if wanted.by:
        found.append(message.c.direction == ("in" if wanted.by == "them" else "out"))
    if wanted.after:
        found.append(message.c.created_at >= _day(wanted.after))
    if wanted.until:
        found.append(message.c.created_at < _day(wanted.until + dt.timedelta(days=1)))
    if wanted.campaign:
        found.append(campaign.c.name.icontains(wanted.campaign, autoescape=True))
    if wanted.error:
        found.append(
            sa.or_(
                message.c.error_code.icontains(wanted.error, autoescape=True),
                message.c.reason.icontains(wanted.error, autoescape=True),
            )
        )
    if wanted.tag:
        tagged = (
            sa.select(contact_tag.c.contact_id)
            .join(tag, tag.c.id == contact_tag.c.tag_id)
            .where(tag.c.folded == wanted.tag.casefold())
        )
        found.append(contact.c.id.in_(tagged))
    if wanted.answer:
        said = sa.select(answer.c.number).where(
            answer.c.cleared_at.is_(None), answer.c.value.icontains(wanted.answer, autoescape=True)
        )
        found.append(message.c.number.in_(said))
    return found


def _day(day: dt.date) -> float:
    return dt.datetime.combine(day, dt.time()).astimezone().timestamp()


def _hit(row: Any, words: str) -> Hit:
    snippet, marks = cut(row.text, words)
    return Hit(
        row.conversation_id, row.id, row.name or "", numbers.display(row.number),
        who.initials(row.name or "", row.number), row.created_at, row.direction, snippet, marks,
        row.campaign_name or "",
    )  # fmt: skip


def cut(text: str, words: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The piece of a text around the first of the words, on one line, and where the words stand in it."""
    line = " ".join(text.split())
    pieces = [re.escape(word) for word in words.split() if any(c.isalnum() for c in word)]
    pattern = re.compile("|".join(pieces), re.IGNORECASE) if pieces else None
    first = pattern.search(line) if pattern else None
    start = max(0, first.start() - BEFORE) if first else 0
    piece = line[start : start + BEFORE + AFTER]
    shown = ("…" if start else "") + piece + ("…" if start + len(piece) < len(line) else "")
    found = tuple(match.span() for match in pattern.finditer(shown)) if pattern else ()
    return shown, found
