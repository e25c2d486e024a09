"""The rows of one import, checked: people by number in the file's order, and what was left out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from app.people import columns as cols
from app.people import reading
from app.people.columns import Mapping
from app.people.households import Household, joined
from app.people.numbers import NumberError, parse
from app.people.person import Person, Reader

MAX_REJECTS = 10_000  # kept with their rows; all are counted
STEP = 1000  # rows between two looks at the cancel button
SAMPLE_ROWS = 200
_PAUSE = 0.0  # lets other threads run

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was left out: its line in the file, the number as written, why, and the row itself."""

    line: int
    value: str
    reason: str
    cells: tuple[str, ...] = ()


class Stopped(Exception):
    """The import was cancelled."""


class Batch:
    """The rows of one import, checked: people by number in the file's order, and what was left out."""

    def __init__(
        self,
        mapping: Mapping,
        country: str,
        estimate: int,
        progress: Progress,
        cancelled: Cancelled,
        household: str = "first",
    ) -> None:
        # Plain tuples of plain values: the garbage collector does not go through those.
        self.people: dict[str, tuple[Any, ...]] = {}
        self.tags: dict[str, tuple[str, ...]] = {}
        self.others: dict[str, tuple[str, ...]] = {}
        self.shared: dict[str, Household] = {}  # numbers that the list gives to several names
        self.flagged: list[str] = []  # the list itself says that they have opted out
        self.rejects: list[Reject] = []
        self.rejected = 0
        self.duplicates = 0
        self.total = 0
        self.columns: tuple[str, ...] = ()
        self.mapping = mapping
        self._reader = Reader(mapping, country)
        self._country = country
        self._household = household
        self._has_flags = mapping.opted_out is not None
        self._has_more = mapping.tags is not None or mapping.other_numbers is not None
        self._estimate = max(1, estimate)
        self._progress = progress
        self._cancelled = cancelled

    def read(self, rows: Iterator[reading.Row]) -> list[str]:
        """Take in every row. Returns the header, [] when there is none."""
        sample = list(islice(rows, SAMPLE_ROWS))
        header: list[str] = []
        if sample and self._has_header([cells for _, cells in sample]):
            header = sample.pop(0)[1]
        width = max([len(header), *(len(cells) for _, cells in sample)])
        self.columns = cols.names(header, bool(header), width)
        every = chain(sample, rows)
        while chunk := list(islice(every, STEP)):
            self._take(chunk)
            self._estimate = max(self._estimate, self.total)
            self.step(self.total, 2 * self._estimate)
        return header

    def _has_header(self, sample: list[list[str]]) -> bool:
        if self.mapping.has_header is not None:
            return self.mapping.has_header
        return cols.has_header(sample[0], sample[1:])

    def _take(self, chunk: list[reading.Row]) -> None:
        people, country, index, person = self.people, self._country, self.mapping.number, self._reader.person
        for line, cells in chunk:
            if isinstance(cells, reading.BadRow):
                self._reject(line, cells.value, cells.reason, cells)
                continue
            raw = cells[index] if index is not None and index < len(cells) else ""
            try:
                number = parse(raw, country)
            except NumberError as error:
                found = self._another(cells)
                if not found:
                    self._reject(line, raw, str(error), cells)
                    continue
                number = found
            if self._has_flags and self._reader.opted_out(cells):
                self.flagged.append(number)
            if self._has_more:
                self._more(number, cells)
            if number in people:
                self.duplicates += 1
                self._again(number, person(cells))
            else:
                people[number] = tuple(person(cells))
        self.total += len(chunk)

    def _another(self, cells: list[str]) -> str:
        """The first of the row's further numbers that can be texted; "" when there is none."""
        return next((number for number in map(self._parsed, self._reader.others(cells)) if number), "")

    def _parsed(self, raw: str) -> str:
        try:
            return parse(raw, self._country)
        except NumberError:
            return ""

    def _more(self, number: str, cells: list[str]) -> None:
        """Tags and further numbers; those of a double come to those of the first."""
        tags = self._reader.tags(cells)
        if tags:
            self.tags[number] = tuple(dict.fromkeys((*self.tags.get(number, ()), *tags)))
        others = [
            found for found in map(self._parsed, self._reader.others(cells)) if found and found != number
        ]
        if others:
            self.others[number] = tuple(dict.fromkeys((*self.others.get(number, ()), *others)))

    def _again(self, number: str, person: Person) -> None:
        """A number for the second time: with the same name it is a double, with another a household."""
        kept = Person(*self.people[number])
        shared = self.shared.get(number)
        names = shared.names if shared else ((kept.name, kept.first_name, kept.last_name),)
        name = (person.name, person.first_name, person.last_name)
        if not person.name or not names[0][0] or person.name.casefold() in {n[0].casefold() for n in names}:
            return
        self.shared[number] = Household((*names, name))
        if self._household == "last":
            self.people[number] = tuple(person)
        elif self._household == "merge":
            self.people[number] = tuple(joined(kept, self.shared[number]))

    def _reject(self, line: int, raw: str, reason: str, cells: list[str]) -> None:
        self.rejected += 1
        if len(self.rejects) < MAX_REJECTS:
            self.rejects.append(Reject(line, raw[:200], reason, tuple(cells)))

    def step(self, done: int, total: int) -> None:
        """Say how far it is; stop here if so asked."""
        if self._cancelled():
            raise Stopped
        self._progress(done, total)
        time.sleep(_PAUSE)
