"""A list of people, from a file or the clipboard into the database: all of it or, when cancelled, nothing."""

from __future__ import annotations

import contextlib
import csv
import gc
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from app.clock import Clock
from app.people import beside, fields, fieldtypes, formats, oldtexts, optouts, reading, storing
from app.people import columns as cols
from app.people.batch import SAMPLE_ROWS, Batch, Cancelled, Progress, Reject, Stopped
from app.people.columns import Mapping
from app.people.numbers import known_country
from app.people.person import clean
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

HOUSEHOLDS = ("first", "last", "merge")


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
    format: str = "table"


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
    format: str = "table"
    households: int = 0  # numbers that the list gives to several names
    other_numbers: int = 0
    texts: int = 0  # old texts that came into threads
    texts_known: int = 0  # and those that were there already
    texts_left: int = 0  # of senders without a number
    opted_out_before: int = 0  # people whose old texts ask for no more

    def counts(self) -> dict[str, int | str | bool]:
        """The figures, for keeping with the list."""
        names = (
            "total", "imported", "new", "updated", "duplicates", "opted_out", "rejected_count", "format",
            "households", "other_numbers", "texts",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names} | {"kept_rule": self.kept_rule}


# -- preview ------------------------------------------------------------------------------------


def preview(store: Store, source: Source, country: str, *, has_header: bool | None = None) -> Preview:
    """How ``source`` would be read, with the mapping that was used before for the same header, if any.

    ``has_header`` overrules what was found. Raises :class:`ImportFailure`.
    """
    layout = reading.inspect(source)
    sample = [row for _, row in islice(reading.rows(source, layout), SAMPLE_ROWS)]
    bad = next((row.reason for row in sample if isinstance(row, reading.BadRow)), "")
    sample = [row for row in sample if not isinstance(row, reading.BadRow)]
    if bad and len(sample) < 2:
        raise ImportFailure(f"Nothing in {source.name} can be read. {bad}")
    if not sample:
        raise ImportFailure("There is nothing in this list.")
    header = cols.has_header(sample[0], sample[1:]) if has_header is None else has_header
    width = max(len(row) for row in sample)
    names = cols.names(sample[0], header, width)
    data = sample[1:] if header else sample
    signature = cols.signature(sample[0]) if header else ""
    kept = _remembered(store, signature, width)
    guessed = cols.guess(names, header, data, table=layout.format == "table")
    mapping = kept or replace(guessed, has_header=has_header)
    mapping = replace(mapping, kinds=_kinds(store, mapping, data, country))
    whole = len(sample) < SAMPLE_ROWS
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
        format=layout.format,
    )


def _kinds(
    store: Store, mapping: Mapping, data: list[list[str]], country: str
) -> tuple[tuple[str, str], ...]:
    """The kinds of the list's own fields: as they are known, as chosen before, else as the cells look."""
    known, chosen = fieldtypes.kinds(store), dict(mapping.kinds)
    month_first = country.upper() in fields.MONTH_FIRST
    found = []
    for index, name in mapping.fields:
        cells = (clean(row[index]) for row in data if index < len(row))
        kind = known.get(name) or chosen.get(name) or fields.guess(cells, month_first)
        if kind != "text":
            found.append((name, kind))
    return tuple(found)


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
    household: str = "first",
    history: bool = True,
    operator: str = "",
    progress: Progress = lambda done, total: None,
    cancelled: Cancelled = lambda: False,
) -> ImportReport:
    """Import ``source`` as a list called ``name`` (default: the file's name).

    ``keep`` says what stays where a person is known already: "existing" values (the file fills what is
    empty) or the "file"'s. Within the file the first row of a number stays; where a number has several
    names, ``household`` says whose it is: the "first", the "last", or all of them, "merge" ("Ana and Ben").
    ``history``: the old texts of a phone's backup come into their threads. ``country`` (ISO 3166) is what
    numbers without a country code are read with; consents and opt-outs are noted as ``operator``'s. Reading
    and checking hold no lock on the database; storing is one transaction. Raises :class:`ImportFailure`.
    """
    if keep not in ("existing", "file"):
        raise ValueError(f"unknown rule {keep!r}")
    if household not in HOUSEHOLDS:
        raise ValueError(f"unknown rule {household!r}")
    if country and not known_country(country):
        raise ImportFailure(f"There is no country {country!r}. Choose the country of the numbers.")
    if mapping.number is None:
        raise ImportFailure("No column holds the phone numbers. Choose which one does.")
    started = time.monotonic()
    layout = reading.inspect(source)
    batch = Batch(mapping, country, layout.estimated_rows, progress, cancelled, household)
    name = clean(name) or source.name
    try:
        with _short_collections():
            header = batch.read(reading.rows(source, layout))
            if not batch.people:
                raise ImportFailure(_nobody(batch))
            past = oldtexts.read(reading.old_texts(source, layout), country) if history else oldtexts.NONE
            plan = _Plan(
                source.name,
                layout.format,
                name,
                keep,
                _rule(keep, household),
                header,
                past,
                country,
                operator,
            )
            report = _store(store, clock, batch, plan)
    except Stopped:
        said = "The import was cancelled: nothing was kept."
        return ImportReport(0, name, 0, 0, 0, 0, 0, 0, 0, (), cancelled=True, kept_rule=said)
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


_HOUSEHOLD_RULES = {
    "first": "",
    "last": " Where it has two names, the last row's stays.",
    "merge": " Where it has two names, both are kept as one (“Ana and Ben”).",
}


def _rule(keep: str, household: str = "first") -> str:
    within = "Where a number is in the list twice, its first row stays." + _HOUSEHOLD_RULES[household]
    if keep == "existing":
        return f"{within} Where a person is known already, what is known stays; the list fills the gaps."
    return f"{within} Where a person is known already, the list's values replace the known ones."


def _nobody(batch: Batch) -> str:
    if not batch.total:
        return "There are no rows in this list."
    first = batch.rejects[0]
    return (
        f"None of the {batch.total:,} rows has a phone number that can be texted. Line {first.line}: "
        f"{first.value[:40]!r}: {first.reason} Check which column holds the numbers and which country "
        "is set. Nothing was imported."
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a checked list is to be stored."""

    file: str
    format: str
    name: str
    keep: str
    rule: str
    header: list[str]
    past: oldtexts.History
    country: str
    operator: str


def _store(store: Store, clock: Clock, batch: Batch, plan: _Plan) -> ImportReport:
    total = batch.total
    base = 2 * total - len(batch.people)

    def step(done: int) -> None:
        batch.step(min(base + done, 2 * total), 2 * total)

    with store.write() as unit:
        now = clock.now()
        if batch.flagged:
            by = "" if plan.format == "table" else f" ({formats.NAMES[plan.format]})"
            evidence = f"marked as opted out in the list {plan.name}{by}"
            optouts.opt_out_many(
                unit, clock, batch.flagged, source="import", evidence=evidence, operator=plan.operator
            )
        own = [field for _, field in batch.mapping.fields]
        fieldtypes.remember(unit.conn, dict(batch.mapping.kinds), plan.country)
        stored = storing.store(
            unit.conn, now, batch.people, name=plan.name, fields=own, keep=plan.keep, step=step,
            operator=plan.operator,
        )  # fmt: skip
        others = beside.add_numbers(unit.conn, batch.others)
        beside.add_tags(unit.conn, batch.tags)
        told = oldtexts.store(unit, clock, plan.past, plan.file, step=lambda: step(len(batch.people)))
        report = _report(batch, stored, plan, others, told)
        unit.conn.execute(
            sa.update(t.people_list)
            .where(t.people_list.c.id == stored.list_id)
            .values(report=json.dumps(report.counts()))
        )
        if plan.header:
            storing.remember(unit.conn, now, cols.signature(plan.header), batch.mapping.to_json())
        unit.publish(ContactsChanged())
    return report


def _report(
    batch: Batch, stored: storing.Stored, plan: _Plan, others: int, told: oldtexts.Told
) -> ImportReport:
    return ImportReport(
        list_id=stored.list_id,
        name=plan.name,
        total=batch.total,
        imported=len(batch.people),
        new=stored.new,
        updated=stored.updated,
        duplicates=batch.duplicates,
        opted_out=stored.opted_out,
        rejected_count=batch.rejected,
        rejects=tuple(batch.rejects),
        cancelled=False,
        kept_rule=plan.rule,
        columns=batch.columns,
        format=plan.format,
        households=len(batch.shared),
        other_numbers=others,
        texts=told.new,
        texts_known=told.known,
        texts_left=plan.past.left,
        opted_out_before=told.opted_out,
    )


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
