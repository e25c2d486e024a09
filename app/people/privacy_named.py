"""Where an erased person's name or number may still stand: names of groups, and drafts to other people.

Whose a name is, nobody can tell but a person who reads it; so those places are told, and left.
"""

from __future__ import annotations

import re
from typing import Final

import sqlalchemy as sa

from app.people import numbers
from app.people.about import Theirs
from app.store import tables as t

#: So many places are told one by one.
MOST: Final = 6
_SHORTEST: Final = 3
_SHOWN: Final = 60
_LOOKED_AT: Final = 20_000


def named(conn: sa.Connection, who: Theirs) -> tuple[str, ...]:
    """The groups and drafts that hold their name, a part of it of three letters or more as a word, or one of
    their numbers, each as one line; at most :data:`MOST` and one that says how many more there are."""
    c, group, thread = t.contact.c, t.thread_group.c, t.conversation.c
    found: list[str] = []
    row = conn.execute(sa.select(c.name, c.first_name, c.last_name).where(c.id == who.contact)).first()
    holds = _Matcher(() if row is None else tuple(row), who.numbers)
    for each in conn.execute(sa.select(group.name, group.draft).limit(_LOOKED_AT)):
        if holds(each.name):
            found.append(f"the name of the group {_quoted(each.name)}")
        if holds(each.draft):
            found.append(f"the draft of the group {_quoted(each.name)}: {_quoted(each.draft)}")
    others = sa.select(thread.number, thread.draft).where(
        thread.draft != "", thread.number.not_in(who.numbers)
    )
    for each in conn.execute(others.limit(_LOOKED_AT)):
        if holds(each.draft):
            found.append(f"the draft to {numbers.display(each.number)}: {_quoted(each.draft)}")
    if len(found) > MOST:
        found[MOST:] = [f"{len(found) - MOST:,} more"]
    return tuple(found)


class _Matcher:
    def __init__(self, names: tuple[str, ...], theirs: tuple[str, ...]) -> None:
        parts = {part for name in names for part in re.findall(r"[^\W\d_]+", name) if len(part) >= _SHORTEST}
        words = "|".join(re.escape(part) for part in sorted(parts))
        self._words = re.compile(rf"\b(?:{words})\b", re.IGNORECASE) if parts else None
        self._ends = tuple(number[-9:] for number in theirs if len(number) > 9)

    def __call__(self, text: str) -> bool:
        digits = re.sub(r"[\s().\-/]", "", text)
        return bool(self._words and self._words.search(text)) or any(end in digits for end in self._ends)


def _quoted(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"“{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}”"
