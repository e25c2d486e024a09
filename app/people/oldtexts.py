"""Another program's history in its threads: old texts to be read. They are no messages and cannot be sent.

A second import of the same history adds nothing. A person who once asked for no more texts, and not for more
since, is opted out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from app.clock import Clock
from app.people import matching, optouts
from app.people.formats.oldtext import OldText
from app.people.numbers import NumberError, parse
from app.store import tables as t
from app.store.engine import Unit
from app.store.events import ConversationChanged

_CHUNK = 400
_BIG = 5000
_MAX_EVENTS = 50
_SAME = 600.0  # seconds between our record of a text and the phone's


@dataclass(frozen=True, slots=True)
class Past:
    """One text of a history, by number (E.164)."""

    number: str
    received: bool
    failed: bool
    text: str
    at: float

    @property
    def digest(self) -> str:
        """What is the same when the same text is imported again."""
        words = f"{'in' if self.received else 'out'}\x1f{self.at:.3f}\x1f{self.text}"
        return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class History:
    """What is to be stored: by number and time. ``left``: texts of senders that have no number."""

    texts: tuple[Past, ...] = ()
    left: int = 0


NONE = History()


@dataclass(slots=True)
class Told:
    """What came of storing a history."""

    new: int = 0
    known: int = 0
    opted_out: int = 0
    threads: list[int] = field(default_factory=list)


def read(texts: Iterable[OldText], country: str) -> History:
    """A history by numbers. Nothing of the database is touched."""
    numbers: dict[str, str] = {}
    found: list[Past] = []
    left = 0
    for old in texts:
        if old.address not in numbers:
            numbers[old.address] = _number(old.address, country)
        number = numbers[old.address]
        if number:
            found.append(Past(number, old.received, old.failed, old.text, old.at))
        else:
            left += 1
    found.sort(key=lambda past: (past.number, past.at))
    return History(tuple(found), left)


def _number(address: str, country: str) -> str:
    try:
        return parse(address, country)
    except NumberError:
        return ""


def store(
    unit: Unit, clock: Clock, history: History, source: str, *, step: Callable[[], None] = lambda: None
) -> Told:
    """Put a history into its threads, within the caller's transaction; ``step`` may raise to stop."""
    told = Told()
    threads = [
        (number, list(texts)) for number, texts in groupby(history.texts, key=lambda past: past.number)
    ]
    for start in range(0, len(threads), _CHUNK):
        some = threads[start : start + _CHUNK]
        known = _conversations(unit, clock, [number for number, _ in some])
        for rows in _rows(unit, some, known, source, told):
            insert = sqlite.insert(t.imported_text).on_conflict_do_nothing()
            told.new += max(0, unit.conn.execute(insert, rows).rowcount)
        for number, texts in some:
            _head(unit, known[number], texts[-1])
            told.opted_out += _stop(unit, clock, number, texts)
        told.threads += [known[number] for number, _ in some]
        step()
    told.known = len(history.texts) - told.new
    unit.publish(*(ConversationChanged(key) for key in told.threads[:_MAX_EVENTS]))
    return told


def _conversations(unit: Unit, clock: Clock, numbers: Sequence[str]) -> dict[str, int]:
    """The threads of numbers; those that are new are made, with the oldest of times as their last."""
    c = t.conversation.c
    query = sa.select(c.number, c.id).where(c.number.in_(numbers))
    found = {row.number: row.id for row in unit.conn.execute(query)}
    fresh = [number for number in numbers if number not in found]
    if fresh:
        people = sa.select(t.contact.c.number, t.contact.c.id).where(t.contact.c.number.in_(fresh))
        ids = {row.number: row.id for row in unit.conn.execute(people)}
        rows = [{"number": n, "kind": "number", "contact_id": ids.get(n), "last_at": 0.0} for n in fresh]
        unit.conn.execute(sa.insert(t.conversation), rows)
        found.update((row.number, row.id) for row in unit.conn.execute(query))
    return found


def _rows(
    unit: Unit, threads: list[tuple[str, list[Past]]], ids: dict[str, int], source: str, told: Told
) -> Iterator[list[dict[str, Any]]]:
    ours = _ours(unit, [number for number, _ in threads])
    rows: list[dict[str, Any]] = []
    for number, texts in threads:
        for past in texts:
            direction = "in" if past.received else "out"
            if any(abs(at - past.at) < _SAME for at in ours.get((number, direction, past.text), ())):
                continue
            rows.append({
                "conversation_id": ids[number], "number": number, "direction": direction, "text": past.text,
                "at": past.at, "failed": past.failed, "source": source[:120], "digest": past.digest,
            })  # fmt: skip
            if len(rows) >= _BIG:
                yield rows
                rows = []
    if rows:
        yield rows


def _ours(unit: Unit, numbers: Sequence[str]) -> dict[tuple[str, str, str], list[float]]:
    """When our own messages to and from ``numbers`` were, by what they say."""
    m = t.message.c
    query = sa.select(m.number, m.direction, m.text, m.created_at, m.settled_at, m.sent_at).where(
        m.number.in_(numbers), m.state.in_(("received", "sent", "unknown", "not_sent"))
    )
    found: dict[tuple[str, str, str], list[float]] = {}
    for row in unit.conn.execute(query):
        times = [at for at in (row.created_at, row.settled_at, row.sent_at) if at is not None]
        found.setdefault((row.number, row.direction, row.text), []).extend(times)
    return found


def _head(unit: Unit, conversation: int, last: Past) -> None:
    """The thread's row shows the newest text, be it an old one."""
    c = t.conversation.c
    unit.conn.execute(
        sa.update(t.conversation)
        .where(c.id == conversation, c.last_at < last.at)
        .values(last_at=last.at, last_text=last.text[:200], last_direction="in" if last.received else "out")
    )


def _stop(unit: Unit, clock: Clock, number: str, texts: Sequence[Past]) -> bool:
    """Opt ``number`` out when the last word of theirs on it was a STOP, and nothing here lifted it since."""
    for past in reversed(texts):
        if not past.received or len(past.text) > matching.H3_MAX_CHARS:
            continue
        verdict = matching.classify(past.text)
        if verdict.tier == matching.LIFT:
            return False
        if verdict.tier == matching.HARD:
            return _opt_out(unit, clock, past, verdict.rule)
    return False


def _opt_out(unit: Unit, clock: Clock, past: Past, rule: str) -> bool:
    o = t.opt_out.c
    since = sa.select(o.id).where(
        o.number == past.number, sa.or_(o.lifted_at.is_(None), o.lifted_at > past.at)
    )
    if unit.conn.execute(since.limit(1)).first() is not None:
        return False
    evidence = f"their old text, imported: {past.text[:160]}"
    optouts.opt_out(unit, clock, past.number, source="import", evidence=evidence, rule=rule)
    return True
