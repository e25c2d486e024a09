"""Other people's opt-out lists: every number of a file or a pasted text, onto the one list; none comes off.

Reading and checking hold no lock on the database; storing is done in short transactions. Both can be stopped.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from app.clock import Clock
from app.people import columns, optouts, person, reading
from app.people.numbers import NumberError, parse
from app.people.optouts import Said
from app.people.reading import Source
from app.reports.tables_out import guarded, private_file
from app.store.engine import Store

MAX_REJECTS = 100_000  # that are kept to be listed; all are counted
_SAMPLE = 200
_STEP = 500
_BATCH = 5_000  # in one transaction: a text that comes in meanwhile waits for no longer
#: Columns of the exports of this program that are kept with a number.
_LIFTED, _WORDS, _DAYS = "lifted_at", "evidence", ("said_at", "created_at")

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


class Stopped(Exception):
    """The import was stopped; nothing was changed."""


@dataclass(frozen=True, slots=True)
class OptOutImport:
    """What became of a list of numbers that must not be texted: (line, as written, why) of each refused."""

    total: int
    added: int
    already: int
    rejected_count: int
    rejects: tuple[tuple[int, str, str], ...]
    stopped: bool = False  # ``added`` and ``already`` are those that were stored by then


@dataclass(slots=True)
class _List:
    """What was read: each number once, with what the list says of it."""

    numbers: dict[str, Said] = field(default_factory=dict)
    total: int = 0
    rejected: int = 0
    rejects: list[tuple[int, str, str]] = field(default_factory=list)

    def refuse(self, line: int, raw: str, why: str) -> None:
        self.rejected += 1
        if len(self.rejects) < MAX_REJECTS:
            self.rejects.append((line, raw[:200], why))


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which column is which; None where the list has none."""

    number: int
    lifted: int | None
    words: int | None
    day: int | None


def import_numbers(
    store: Store,
    clock: Clock,
    source: Source,
    country: str,
    operator: str = "",
    *,
    by: str = "import",
    progress: Progress = lambda done, total: None,
    cancelled: Cancelled = lambda: False,
) -> OptOutImport:
    """Add every number of a list (a file or a pasted text) to the opt-out list.

    ``by``: "import", or "carrier" for the list of a carrier or a regulator. Rows that another p2ptext
    exported as lifted are passed over; of the others its words and days are kept. ``progress`` gets (steps
    done, steps there may be). Stopped while it reads, nothing was changed; while it stores, what was stored
    stays, since none of it can be wrong to leave alone. Raises :class:`~app.people.reading.ImportFailure`.
    """
    try:
        found = _read(source, country, progress, cancelled)
    except Stopped:
        return OptOutImport(0, 0, 0, 0, (), stopped=True)
    wanted, added, done = list(found.numbers), 0, 0
    for start in range(0, len(wanted), _BATCH):
        if cancelled():
            break
        some = wanted[start : start + _BATCH]
        with store.write() as unit:
            added += optouts.opt_out_many(
                unit,
                clock,
                some,
                source=by,
                evidence=f"imported list {source.name}",
                operator=operator,
                said=found.numbers,
            )
        done += len(some)
        progress(found.total + done, found.total + len(wanted))
    stopped = done < len(wanted)
    return OptOutImport(found.total, added, done - added, found.rejected, tuple(found.rejects), stopped)


def _read(source: Source, country: str, progress: Progress, cancelled: Cancelled) -> _List:
    layout = reading.inspect(source)
    rows = reading.rows(source, layout)
    sample = list(islice(rows, _SAMPLE))
    plan, header = _plan([cells for _, cells in sample])
    found, place = _List(), 0
    for place, (line, cells) in enumerate(chain(sample[header:], rows), start=1):
        if place % _STEP == 0:
            progress(place, 2 * max(place, layout.estimated_rows))  # storing is the other half
            if cancelled():
                raise Stopped
        _take(found, plan, line, cells, country)
    found.total = place
    if cancelled():
        raise Stopped
    return found


def _plan(sample: list[list[str]]) -> tuple[_Plan, bool]:
    header = columns.has_header(sample[0], sample[1:]) if sample else False
    width = max((len(cells) for cells in sample), default=0)
    names = columns.names(sample[0] if sample else (), header, width)
    index = columns.guess(names, header, sample[1:] if header else sample).number
    if index is None:
        raise reading.ImportFailure("No column holds phone numbers. Nothing was changed.")
    place = {name: where for where, name in reversed(list(enumerate(names)))}
    day = next((place[each] for each in _DAYS if each in place), None)
    return _Plan(index, place.get(_LIFTED), place.get(_WORDS), day), header


def _take(found: _List, plan: _Plan, line: int, cells: list[str], country: str) -> None:
    if _cell(cells, plan.lifted).strip():
        return
    raw = _cell(cells, plan.number)
    try:
        number = parse(raw, country)
    except NumberError as error:
        found.refuse(line, raw, str(error))
        return
    if number not in found.numbers:
        day = _cell(cells, plan.day)
        at = person.moment(day, month_first=False) if day else None
        found.numbers[number] = Said(person.clean(_cell(cells, plan.words))[:500], at)


def _cell(cells: list[str], index: int | None) -> str:
    return cells[index] if index is not None and index < len(cells) else ""


def save_rejects(report: OptOutImport, path: Path) -> int:
    """Write the refused rows as a guarded CSV (line, as written, why), private; returns how many."""
    with private_file(path) as file:
        writer = csv.writer(file)
        writer.writerow(("line", "number", "why"))
        for line, raw, why in report.rejects:
            writer.writerow([guarded(cell) for cell in (str(line), raw, why)])
    return len(report.rejects)
