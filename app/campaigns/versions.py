"""How the texts of a campaign changed: each version that messages were made from, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

import sqlalchemy as sa

from app.store.engine import Store
from app.store.tables import message, wording

Span = tuple[int, int]
_WORDS = re.compile(r"\{[^{}]*\}|\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Version:
    """One version. ``at``: UTC seconds; ``left`` and ``waiting``: messages of it that left, that wait.

    ``before`` is the version ahead of it ("" for the first); ``gone`` are the spans of ``before`` that went,
    ``new`` those of ``text`` that came.
    """

    label: str
    version: int
    text: str
    at: float
    left: int
    waiting: int
    before: str = ""
    gone: tuple[Span, ...] = ()
    new: tuple[Span, ...] = ()


def of_campaign(store: Store, campaign_id: int) -> tuple[Version, ...]:
    """All versions, the newest first within each text; none before the start."""
    state = message.c.state
    counts = (
        sa.select(
            message.c.wording_id,
            sa.func.sum(sa.case((state.in_(("sent", "unknown", "sending")), 1), else_=0)).label("left"),
            sa.func.sum(sa.case((state.in_(("queued", "clicked")), 1), else_=0)).label("waiting"),
        )
        .where(message.c.campaign_id == campaign_id, message.c.kind == "first")
        .group_by(message.c.wording_id)
    )
    query = sa.select(wording).where(wording.c.campaign_id == campaign_id)
    with store.read() as conn:
        by_id = {row.wording_id: row for row in conn.execute(counts)}
        rows = conn.execute(query.order_by(wording.c.label, wording.c.version)).all()
    found: list[Version] = []
    last: dict[str, str] = {}
    for row in rows:
        counted = by_id.get(row.id)
        before = last.get(row.label, "")
        gone, new = changes(before, row.template) if row.label in last else ((), ())
        left, waiting = (int(counted.left), int(counted.waiting)) if counted is not None else (0, 0)
        found.append(
            Version(row.label, row.version, row.template, row.created_at, left, waiting, before, gone, new)
        )
        last[row.label] = row.template
    return tuple(sorted(found, key=lambda each: (each.label, -each.version)))


def changes(before: str, after: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The spans of words that went from ``before``, and of those that came into ``after``.

    A field in braces is one word, so that a diff never shows half of it.
    """
    old, new = (list(_WORDS.finditer(text)) for text in (before, after))
    matcher = SequenceMatcher(None, [m.group() for m in old], [m.group() for m in new], autojunk=False)
    gone: list[Span] = []
    came: list[Span] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            if a < b:
                gone.append((old[a].start(), old[b - 1].end()))
            if c < d:
                came.append((new[c].start(), new[d - 1].end()))
    return tuple(gone), tuple(came)
