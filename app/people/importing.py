"""A list of people, from a file or the clipboard into the database: all of it or, when cancelled, nothing."""

from __future__ import annotations

import contextlib
import csv
import gc
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.clock import Clock
from app.people import columns as cols
from app.people import optouts, reading, storing
from app.people.columns import Mapping
from app.people.numbers import NumberError, known_country, parse
from app.people.person import Reader, clean
from app.people.reading import ImportFailure, Source, open_source
from app.reports.tables_out import guarded, private_file
from app.store import tables as t
from app.store.engine import Store
from app.store.events import ContactsChanged

__all__ = [
    "ImportFailure",
    "ImportReport",
    "Mapping",
    "Preview",
    "Reject",
    "open_source",
    "preview",
    "run",
    "save_rejects",
]

MAX_REJECTS = 10_000  # kept with their rows; all are counted
STEP = 1000  # rows between two looks at the cancel button
_SAMPLE_ROWS = 200
_PAUSE = 0.0  # lets other threads run

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a source holds and how it would be read. ``rows`` are the first five, as wide as ``columns``."""

    columns: tuple[str, ...]
    has_header: bool
    rows: tuple[tuple[str, ...], ...]
    mapping: Mapping
    remembered: bool
    signature: str
    encoding: str
    delimiter: str
    total_rows_estimate: int


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was left out: its line in the file, the number as written, why, and the row itself."""

    line: int
    value: str
    reason: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of each row: total = imported + duplicates + rejected_count; the opted out are imported."""

    list_id: int
    name: str
    total: int
    imported: int
    new: int
    updated: int
    duplicates: int
    opted_out: int
    rejected_count: int
    rejects: tuple[Reject, ...]
    cancelled: bool
    kept_rule: str
    columns: tuple[str, ...] = ()
    seconds: float = 0.0

    def counts(self) -> dict[str, int | str | bool]:
        """The figures, for keeping with the list."""
        names = ("total", "imported", "new", "updated", "duplicates", "opted_out", "rejected_count")
        return {name: getattr(self, name) for name in names} | {"kept_rule": self.kept_rule}


class _Cancelled(Exception):
    pass


# -- preview ------------------------------------------------------------------------------------


def preview(store: Store, source: Source, country: str, *, has_header: bool | None = None) -> Preview:
    """How ``source`` would be read, with the mapping that was used before for the same header, if any.

    ``has_header`` overrules what was found. Raises :class:`ImportFailure`.
    """
    layout = reading.inspect(source)
    sample = [row for _, row in islice(reading.rows(source, layout), _SAMPLE_ROWS)]
    if not sample:
        raise ImportFailure("There is nothing in this list.")
    header = cols.has_header(sample[0], sample[1:]) if has_header is None else has_header
    width = max(len(row) for row in sample)
    names = cols.names(sample[0], header, width)
    data = sample[1:] if header else sample
    signature = cols.signature(sample[0]) if header else ""
    kept = _remembered(store, signature, width)
    mapping = kept or replace(cols.guess(names, header, data), has_header=has_header)
    whole = len(sample) < _SAMPLE_ROWS
    return Preview(
        columns=names,
        has_header=header,
        rows=tuple(tuple(row + [""] * (width - len(row))) for row in data[:5]),
        mapping=mapping,
        remembered=kept is not None,
        signature=signature,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        total_rows_estimate=len(data) if whole else max(layout.estimated_rows, len(data)),
    )


def _remembered(store: Store, signature: str, width: int) -> Mapping | None:
    if not signature:
        return None
    query = sa.select(t.column_mapping.c.mapping).where(t.column_mapping.c.signature == signature)
    with store.read() as conn:
        text = conn.execute(query).scalar()
    return Mapping.from_json(text, width) if text else None


# -- the import ---------------------------------------------------------------------------------


def run(
    store: Store,
    clock: Clock,
    source: Source,
    mapping: Mapping,
    country: str,
    *,
    name: str = "",
    keep: str = "existing",
    progress: Progress = lambda done, total: None,
    cancelled: Cancelled = lambda: False,
) -> ImportReport:
    """Import ``source`` as a list called ``name`` (default: the file's name).

    ``keep`` says what stays where a person is known already: "existing" values (the file fills what is
    empty) or the "file"'s. Within the file the first row of a number stays. ``country`` (ISO 3166) is
    what numbers without a country code are read with. Reading and checking hold no lock on the database;
    storing is one transaction. Raises :class:`ImportFailure`.
    """
    if keep not in ("existing", "file"):
        raise ValueError(f"unknown rule {keep!r}")
    if country and not known_country(country):
        raise ImportFailure(f"There is no country {country!r}. Choose the country of the numbers.")
    if mapping.number is None:
        raise ImportFailure("No column holds the phone numbers. Choose which one does.")
    started = time.monotonic()
    layout = reading.inspect(source)
    batch = _Batch(mapping, country, layout.estimated_rows, progress, cancelled)
    name = clean(name) or source.name
    rule = _rule(keep)
    try:
        with _short_collections():
            header = batch.read(reading.rows(source, layout))
            if not batch.people:
                raise ImportFailure(_nobody(batch))
            stored = _store(store, clock, batch, header, name, keep)
    except _Cancelled:
        said = "The import was cancelled: nothing was kept."
        return ImportReport(0, name, 0, 0, 0, 0, 0, 0, 0, (), cancelled=True, kept_rule=said)
    report = batch.report(stored, name, rule)
    return replace(report, seconds=time.monotonic() - started)


@contextlib.contextmanager
def _short_collections() -> Iterator[None]:
    """Keep the garbage collector's full rounds to what is made from here on.

    An import sets off a handful of them, each goes through every object of the program and stops all threads
    meanwhile: tens of milliseconds with a window open.
    """
    if gc.get_freeze_count():  # somebody has done so already, and for longer
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _rule(keep: str) -> str:
    within = "Where a number is in the list twice, its first row stays."
    if keep == "existing":
        return f"{within} Where a person is known already, what is known stays; the list fills the gaps."
    return f"{within} Where a person is known already, the list's values replace the known ones."


def _nobody(batch: _Batch) -> str:
    if not batch.total:
        return "There are no rows in this list."
    first = batch.rejects[0]
    return (
        f"None of the {batch.total:,} rows has a phone number that can be texted. Line {first.line}: "
        f"{first.value[:40]!r}: {first.reason} Check which column holds the numbers and which country "
        "is set. Nothing was imported."
    )


class _Batch:
    """The rows of one import, checked: people by number in the file's order, and what was left out."""

    def __init__(
        self, mapping: Mapping, country: str, estimate: int, progress: Progress, cancelled: Cancelled
    ) -> None:
        # Plain tuples of plain values: the garbage collector does not go through those.
        self.people: dict[str, tuple[Any, ...]] = {}
        self.flagged: list[str] = []  # the list itself says that they have opted out
        self.rejects: list[Reject] = []
        self.rejected = 0
        self.duplicates = 0
        self.total = 0
        self.columns: tuple[str, ...] = ()
        self.mapping = mapping
        self._reader = Reader(mapping, country)
        self._country = country
        self._has_flags = mapping.opted_out is not None
        self._estimate = max(1, estimate)
        self._progress = progress
        self._cancelled = cancelled

    def read(self, rows: Iterator[reading.Row]) -> list[str]:
        """Take in every row. Returns the header, [] when there is none."""
        sample = list(islice(rows, _SAMPLE_ROWS))
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
            raw = cells[index] if index is not None and index < len(cells) else ""
            try:
                number = parse(raw, country)
            except NumberError as error:
                self._reject(line, raw, str(error), cells)
                continue
            if self._has_flags and self._reader.opted_out(cells):
                self.flagged.append(number)
            if number in people:
                self.duplicates += 1
            else:
                people[number] = tuple(person(cells))
        self.total += len(chunk)

    def _reject(self, line: int, raw: str, reason: str, cells: list[str]) -> None:
        self.rejected += 1
        if len(self.rejects) < MAX_REJECTS:
            self.rejects.append(Reject(line, raw[:200], reason, tuple(cells)))

    def step(self, done: int, total: int) -> None:
        """Say how far it is; stop here if so asked."""
        if self._cancelled():
            raise _Cancelled
        self._progress(done, total)
        time.sleep(_PAUSE)

    def report(self, stored: storing.Stored, name: str, rule: str) -> ImportReport:
        """The report, after storing."""
        return ImportReport(
            list_id=stored.list_id,
            name=name,
            total=self.total,
            imported=len(self.people),
            new=stored.new,
            updated=stored.updated,
            duplicates=self.duplicates,
            opted_out=stored.opted_out,
            rejected_count=self.rejected,
            rejects=tuple(self.rejects),
            cancelled=False,
            kept_rule=rule,
            columns=self.columns,
        )


def _store(
    store: Store, clock: Clock, batch: _Batch, header: list[str], name: str, keep: str
) -> storing.Stored:
    total = batch.total
    base = 2 * total - len(batch.people)

    def step(done: int) -> None:
        batch.step(min(base + done, 2 * total), 2 * total)

    with store.write() as unit:
        now = clock.now()
        if batch.flagged:
            evidence = f"marked as opted out in the list {name}"
            optouts.opt_out_many(unit, clock, batch.flagged, source="import", evidence=evidence)
        fields = [field for _, field in batch.mapping.fields]
        stored = storing.store(unit.conn, now, batch.people, name=name, fields=fields, keep=keep, step=step)
        report = json.dumps(batch.report(stored, name, _rule(keep)).counts())
        unit.conn.execute(
            sa.update(t.people_list).where(t.people_list.c.id == stored.list_id).values(report=report)
        )
        if header:
            storing.remember(unit.conn, now, cols.signature(header), batch.mapping.to_json())
        unit.publish(ContactsChanged())
    return stored


# -- rejects ------------------------------------------------------------------------------------


def save_rejects(report: ImportReport, path: Path) -> int:
    """Write the rows that were left out, each with its line and reason, as a CSV that can be imported again
    when it is corrected. Returns how many were written. Raises ``OSError``."""
    width = max([len(report.columns), *(len(reject.cells) for reject in report.rejects)])
    names = list(cols.names(report.columns, header=True, width=width))
    with private_file(path) as file:
        writer = csv.writer(file)
        writer.writerow([guarded(name) for name in (*names, *cols.REPORT_COLUMNS)])
        for reject in report.rejects:
            cells = [*reject.cells, *[""] * (width - len(reject.cells))]
            writer.writerow([guarded(cell) for cell in cells] + [str(reject.line), reject.reason])
    return len(report.rejects)
