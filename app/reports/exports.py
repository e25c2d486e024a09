"""Exports: messages, contacts and opt-outs as CSV or JSON, page by page, private to their owner."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import sqlalchemy as sa

from app.people.contacts import fields_of
from app.reports.tables_out import guarded, private_file
from app.store import tables as t
from app.store.engine import Store

KINDS = ("messages", "contacts", "optouts")
FORMATS = ("csv", "json")
_PAGE = 1000
_MAX_FIELDS = 1000

Record = dict[str, Any]

_MESSAGE_COLUMNS = (
    "id", "direction", "kind", "campaign", "number", "name", "text", "text_hash", "edited", "state",
    "reason", "error_code", "delivery", "delivered_at", "operator", "clicked_at", "click_device",
    "line", "segments", "segments_sent", "created_at", "claimed_at", "settled_at", "centre_time",
    "resolution", "resend_of", "note",
)  # fmt: skip
_OPTOUT_COLUMNS = (
    "number", "name", "created_at", "said_at", "source", "evidence", "rule", "operator", "message_id",
    "lifted_at", "lifted_source", "lifted_reason", "lifted_evidence", "lifted_by",
)  # fmt: skip
_CONTACT_COLUMNS = (
    "number", "name", "first_name", "last_name", "time_zone", "consent_source", "consent_at",
    "opted_out", "added_at", "changed_at",
)  # fmt: skip
#: What is told of people besides; left out where numbers are masked.
_PERSONAL_COLUMNS = (
    "tags", "other_numbers", "language", "notes", "consent_wording", "consent_frequency", "consent_until",
)  # fmt: skip
_SEVERAL = " ::: "


def export(store: Store, what: str, target: Path | TextIO, format: str = "csv", *, mask: bool = False) -> int:
    """Write all "messages", "contacts" or "optouts" to ``target`` as "csv" or "json"; returns the rows.

    A path is written with mode 0600, whole or not at all. Times are ISO 8601 in UTC. ``mask`` leaves three
    digits of numbers, and no names, texts or fields. In CSV no cell can become a formula. Raises ``OSError``.
    """
    if what not in KINDS or format not in FORMATS:
        raise ValueError(f"no export of {what!r} as {format!r}")
    if not isinstance(target, Path):
        return _write(store, what, target, format, mask)
    with private_file(target, "utf-8-sig" if format == "csv" else "utf-8") as file:
        return _write(store, what, file, format, mask)


def _write(store: Store, what: str, file: TextIO, format: str, mask: bool) -> int:
    columns, records = _PLANS[what](store, mask)
    if mask:
        records = (_masked(record) for record in records)
    return _write_csv(file, columns, records) if format == "csv" else _write_json(file, records)


def _write_csv(file: TextIO, columns: Sequence[str], records: Iterator[Record]) -> int:
    writer = csv.writer(file)
    writer.writerow([guarded(column) for column in columns])
    count = 0
    for record in records:
        writer.writerow([guarded(_text(record.get(column))) for column in columns])
        count += 1
    return count


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    # A lone surrogate of a damaged text must not stop the export of the others.
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _write_json(file: TextIO, records: Iterator[Record]) -> int:
    count = 0
    file.write("[")
    for record in records:
        file.write(",\n" if count else "\n")
        clean = {key: _text(value) if isinstance(value, str) else value for key, value in record.items()}
        file.write(json.dumps(clean, ensure_ascii=False))
        count += 1
    file.write("\n]\n")
    return count


def iso(at: float | None) -> str | None:
    """UTC seconds as ISO 8601 with its zone: 2026-11-22T02:09:00+00:00."""
    if at is None:
        return None
    try:
        return dt.datetime.fromtimestamp(at, dt.UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return str(at)


def masked(number: str) -> str:
    """``number`` with only its last three digits, as the log shows it."""
    return "•••" + number[-3:] if len(number) > 3 else "•••"


_PRIVATE = frozenset(
    (
        "name",
        "first_name",
        "last_name",
        "text",
        "evidence",
        "lifted_reason",
        "lifted_evidence",
        "fields",
        "note",
    )
)


def _masked(record: Record) -> Record:
    hidden = {key: "" if key in _PRIVATE else value for key, value in record.items()}
    hidden["number"] = masked(str(record["number"]))
    return hidden


# -- the rows, by keyset pages: no long transaction stands in the way of a received text -------------


def _pages(store: Store, select: sa.Select[Any], key: sa.ColumnElement[Any]) -> Iterator[Any]:
    """Every row of ``select`` in the order of the integer ``key``, up to the last one there is now."""
    with store.read() as conn:
        last = conn.execute(sa.select(sa.func.max(key))).scalar()
    after = 0
    while last is not None and after < last:
        with store.read() as conn:
            rows = conn.execute(
                select.add_columns(key.label("_key"))
                .where(key > after, key <= last)
                .order_by(key)
                .limit(_PAGE)
            ).all()
        if not rows:
            return
        yield from rows
        after = rows[-1]._key


def _messages(store: Store, mask: bool) -> tuple[Sequence[str], Iterator[Record]]:
    m, click = t.message.c, t.click.c
    joined = (
        t.message.outerjoin(t.click, sa.and_(click.id == m.click_id, click.message_id == m.id))
        .outerjoin(t.campaign, t.campaign.c.id == m.campaign_id)
        .outerjoin(t.contact, t.contact.c.number == m.number)
        .outerjoin(t.line, t.line.c.id == m.line_id)
    )
    select = sa.select(
        t.message,
        t.campaign.c.name.label("campaign"),
        t.contact.c.name.label("name"),
        t.line.c.name.label("line"),
        click.operator.label("operator"),
        click.at.label("pressed_at"),
        click.device.label("click_device"),
    ).select_from(joined)
    return _MESSAGE_COLUMNS, map(_message, _pages(store, select, m.id))


def _message(row: Any) -> Record:
    found = row._mapping
    record = {column: found.get(column) for column in _MESSAGE_COLUMNS}
    record["edited"] = bool(found["edited"])
    record["segments"], record["segments_sent"] = found["parts"], found["parts_sent"]
    record["centre_time"] = iso(found["sent_at"])
    record["clicked_at"] = iso(found["pressed_at"])
    for column in ("delivered_at", "created_at", "claimed_at", "settled_at"):
        record[column] = iso(found[column])
    return record


def _optouts(store: Store, mask: bool) -> tuple[Sequence[str], Iterator[Record]]:
    select = sa.select(t.opt_out, t.contact.c.name.label("name")).select_from(
        t.opt_out.outerjoin(t.contact, t.contact.c.number == t.opt_out.c.number)
    )
    return _OPTOUT_COLUMNS, map(_optout, _pages(store, select, t.opt_out.c.id))


def _optout(row: Any) -> Record:
    record = {column: row._mapping[column] for column in _OPTOUT_COLUMNS}
    for column in ("created_at", "said_at", "lifted_at"):
        record[column] = iso(record[column])
    return record


def _contacts(store: Store, mask: bool) -> tuple[Sequence[str], Iterator[Record]]:
    own = {} if mask else _field_columns(store)
    out = (
        sa.select(t.opt_out.c.id)
        .where(t.opt_out.c.number == t.contact.c.number, t.opt_out.c.lifted_at.is_(None))
        .correlate(t.contact)
        .exists()
    )
    tags = (
        sa.select(sa.func.group_concat(t.tag.c.name, _SEVERAL))
        .join(t.contact_tag, t.contact_tag.c.tag_id == t.tag.c.id)
        .where(t.contact_tag.c.contact_id == t.contact.c.id)
        .correlate(t.contact)
        .scalar_subquery()
    )
    numbers = (
        sa.select(sa.func.group_concat(t.contact_number.c.number, _SEVERAL))
        .where(t.contact_number.c.contact_id == t.contact.c.id)
        .correlate(t.contact)
        .scalar_subquery()
    )
    select = sa.select(t.contact, out.label("opted_out"), tags.label("tags"), numbers.label("other_numbers"))
    rows = _pages(store, select, t.contact.c.id)
    columns = _CONTACT_COLUMNS if mask else (*_CONTACT_COLUMNS, *_PERSONAL_COLUMNS)
    return (*columns, *own.values()), (_contact(row, columns, own) for row in rows)


def _contact(row: Any, columns: Sequence[str], own: dict[str, str]) -> Record:
    found = row._mapping
    record: Record = {column: found.get(column) for column in columns}
    if "consent_until" in record:
        record["consent_until"] = iso(row.consent_until)
    record["opted_out"] = bool(row.opted_out)
    record["consent_at"], record["added_at"] = iso(row.consent_at), iso(row.created_at)
    record["changed_at"] = iso(row.updated_at)
    fields = fields_of(row.fields)
    record.update({column: fields.get(field, "") for field, column in own.items()})
    return record


def _field_columns(store: Store) -> dict[str, str]:
    """The lists' own columns, each under a heading that none of ours has."""
    found: dict[str, str] = {}
    for row in _pages(store, sa.select(t.contact.c.fields), t.contact.c.id):
        for field in fields_of(row.fields):
            if field not in found and len(found) < _MAX_FIELDS:
                taken = field in (*_CONTACT_COLUMNS, *_PERSONAL_COLUMNS)
                found[field] = f"field: {field}" if taken else field
    return found


_PLANS: dict[str, Callable[[Store, bool], tuple[Sequence[str], Iterator[Record]]]] = {
    "messages": _messages,
    "contacts": _contacts,
    "optouts": _optouts,
}
