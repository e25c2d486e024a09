"""A text of another program's history, and the people who are in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.people.reading import Row

#: Of one history; more would not be read by anybody.
MAX_TEXTS = 300_000
MAX_CHARS = 255 * 153

HEADER = ["Name", "Mobile", "Texts received", "Texts sent", "Last text"]


@dataclass(frozen=True, slots=True)
class OldText:
    """``address`` as the file has it; ``at`` UTC seconds; ``line`` where in the file it is."""

    line: int
    address: str
    name: str
    received: bool
    failed: bool
    text: str
    at: float


@dataclass(slots=True)
class _Person:
    line: int
    name: str = ""
    received: int = 0
    sent: int = 0
    last: float = 0.0


def people(texts: Iterable[OldText]) -> Iterator[Row]:
    """The header, then a row for each address in the order in which they come."""
    from app.conversations.who import day

    found: dict[str, _Person] = {}
    for text in texts:
        person = found.setdefault(text.address, _Person(text.line))
        person.name = person.name or text.name
        person.received += text.received
        person.sent += not text.received
        person.last = max(person.last, text.at)
    yield 1, list(HEADER)
    for address, person in found.items():
        cells = [person.name, address, str(person.received), str(person.sent), day(person.last)]
        yield person.line, cells
