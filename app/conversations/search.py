"""Search over everything that was said: words, names, numbers, and what stands beside a text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.conversations import looking, who
from app.people import numbers
from app.store.engine import Store
from app.store.stopping import Stopped as Stopped
from app.store.stopping import stoppable

#: What may be typed after ``label:``, and the label that a text has in the store.
SHOWN = {
    "danger": "safety", "hostile": "hostile", "wrong-number": "wrong_number", "question": "question",
    "no": "negative", "yes": "positive", "automatic": "automatic",
}  # fmt: skip
LABELS = {**SHOWN, **{label: label for label in SHOWN.values()}, "wrong number": "wrong_number"}
#: Characters around the first word that was found.
BEFORE, AFTER = 40, 100
MAX_WORDS = 200
_FILTER = re.compile(
    r'\b(tag|label|campaign|answer|error|after|until|from):(?:"([^"]*)"|(\S+))', re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed, taken apart. ``after`` and ``until`` are days (local), ``by`` is "me", "them" or ""."""

    words: str = ""
    tag: str = ""
    label: str = ""
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
    """Words and filters: ``tag:x label:no campaign:"May clinic" answer:yes error:38 after:2026-05-01``."""
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
        elif name == "label":
            found[name] = LABELS.get(value.casefold(), "")
            if not found[name]:
                problems.append(f"“{value}” is no label: write one of {', '.join(SHOWN)}.")
        else:
            found[name] = value
    words = " ".join(_FILTER.sub(" ", text[:MAX_WORDS]).split())
    return Wanted(words=words, problems=tuple(problems), **found)


def search(
    store: Store,
    text: str,
    *,
    before: int | None = None,
    limit: int = 50,
    stopped: Callable[[], bool] | None = None,
) -> tuple[Hit, ...]:
    """Texts that fit, the newest first; ``before`` is the last message id of the page before.

    On the first page the people whose name or number fits stand in front. ``stopped`` is asked again and
    again meanwhile; ``store.stopping.Stopped`` is raised when it says that nobody waits any more.
    """
    wanted = parse(text)
    if wanted.empty:
        return ()
    with store.read() as conn, stoppable(conn, stopped):
        people = _people(conn, wanted) if before is None else ()
        texts = looking.texts(conn, wanted, before, limit)
    return (*people, *(_hit(row, wanted.words) for row in texts))


def _people(conn: sa.Connection, wanted: Wanted, limit: int = 5) -> tuple[Hit, ...]:
    if not wanted.words or wanted != Wanted(words=wanted.words, problems=wanted.problems):
        return ()
    return tuple(
        Hit(
            row.id, None, row.name or "", numbers.display(row.number),
            who.initials(row.name or "", row.number), row.last_at, row.last_direction, row.last_text[:AFTER],
        )
        for row in looking.people(conn, wanted.words, limit)
    )  # fmt: skip


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
