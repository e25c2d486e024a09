"""The answers of a campaign as a table: one row for each person, one column for each question."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import sqlalchemy as sa

from app.campaigns import script
from app.campaigns.refusing import CampaignError
from app.campaigns.script import Question
from app.reports.exports import iso, masked
from app.reports.tables_out import guarded, private_file
from app.store import tables as t
from app.store.engine import Store

FORMATS = ("csv", "json")
_PAGE = 1000
_OWN = ("number", "name", "first_message", "first_message_at", "opted_out", "last_answer_at")


def export(
    store: Store, campaign_id: int, target: Path | TextIO, format: str = "csv", *, mask: bool = False
) -> int:
    """Write a campaign's answers; returns the rows.

    Everybody of the campaign has a row, and everybody else who was given an answer. A path is written with
    mode 0600, whole or not at all; in CSV no cell can become a formula. ``mask`` leaves three digits of
    numbers, and no names or words of people. Raises ``CampaignError`` for a campaign that is not there, and
    ``OSError``.
    """
    if format not in FORMATS:
        raise ValueError(f"no export of answers as {format!r}")
    with store.read() as conn:
        there = conn.execute(sa.select(t.campaign.c.id).where(t.campaign.c.id == campaign_id)).first()
        found = script.load(conn, campaign_id)
    if there is None:
        raise CampaignError(f"There is no campaign {campaign_id}.")
    columns = columns_of(store, found.every, campaign_id)
    if not isinstance(target, Path):
        return _write(store, campaign_id, columns, target, format, mask)
    with private_file(target, "utf-8-sig" if format == "csv" else "utf-8") as file:
        return _write(store, campaign_id, columns, file, format, mask)


def columns_of(store: Store, questions: tuple[Question, ...], campaign_id: int) -> dict[int, str]:
    """The heading of each question, no two alike; one that was taken out has a column if it was answered."""
    with store.read() as conn:
        answered = set(
            conn.execute(
                sa.select(t.answer.c.question_id)
                .where(t.answer.c.campaign_id == campaign_id, t.answer.c.cleared_at.is_(None))
                .distinct()
            ).scalars()
        )
    found: dict[int, str] = {}
    for each in questions:
        if each.removed and each.id not in answered:
            continue
        name, number = each.text, 2
        while name in _OWN or name in found.values():
            name, number = f"{each.text} ({number})", number + 1
        found[each.id] = name
    return found


def _write(
    store: Store, campaign_id: int, columns: dict[int, str], file: TextIO, format: str, mask: bool
) -> int:
    words = _in_words(store, campaign_id) if mask else set()
    rows = _rows(store, campaign_id, columns)
    records = (_masked(row, columns, words) for row in rows) if mask else rows
    heads = (*_OWN, *columns.values())
    count = 0
    if format == "json":
        file.write("[")
        for record in records:
            file.write(",\n" if count else "\n")
            file.write(json.dumps({head: record.get(head) for head in heads}, ensure_ascii=False))
            count += 1
        file.write("\n]\n")
        return count
    writer = csv.writer(file)
    writer.writerow([guarded(head) for head in heads])
    for record in records:
        writer.writerow([guarded(_cell(record.get(head))) for head in heads])
        count += 1
    return count


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _in_words(store: Store, campaign_id: int) -> set[int]:
    """The ids of questions that are answered in a person's own words."""
    with store.read() as conn:
        query = sa.select(t.question.c.id).where(
            t.question.c.campaign_id == campaign_id, t.question.c.kind == "text"
        )
        return set(conn.execute(query).scalars())


def _masked(row: dict[str, Any], columns: dict[int, str], words: set[int]) -> dict[str, Any]:
    hidden = {**row, "number": masked(str(row["number"])), "name": ""}
    for key, head in columns.items():
        if key in words and row.get(head):
            hidden[head] = "(answered)"
    return hidden


def _rows(store: Store, campaign_id: int, columns: dict[int, str]) -> Iterator[dict[str, Any]]:
    """Pages of people by number: no long transaction stands in the way of a received text."""
    m, a = t.message.c, t.answer.c
    firsts = sa.select(m.number).where(m.campaign_id == campaign_id, m.direction == "out", m.kind == "first")
    answering = sa.select(a.number).where(a.campaign_id == campaign_id, a.cleared_at.is_(None))
    everybody = sa.union(firsts, answering).subquery()
    with store.read() as conn:  # their numbers once; looking for each page anew would take the most time
        numbers = conn.execute(sa.select(everybody.c.number).order_by(everybody.c.number)).scalars().all()
    for start in range(0, len(numbers), _PAGE):
        with store.read() as conn:
            found = _some(conn, campaign_id, list(numbers[start : start + _PAGE]), columns)
        yield from found


def _unindexed(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """The column without its index: a page is found by its numbers, not by going through the campaign."""
    return sa.literal_column(f"+{column.table.name}.{column.name}", column.type)


def _some(
    conn: sa.Connection, campaign_id: int, numbers: list[str], columns: dict[int, str]
) -> list[dict[str, Any]]:
    m, a, c, o = t.message.c, t.answer.c, t.contact.c, t.opt_out.c
    named = sa.select(c.number, c.name).where(c.number.in_(numbers))
    names: dict[str, str] = {row.number: row.name for row in conn.execute(named)}
    out = set(conn.execute(sa.select(o.number).where(o.number.in_(numbers), o.lifted_at.is_(None))).scalars())
    rows: dict[str, dict[str, Any]] = {
        number: {"number": number, "name": names.get(number, ""), "opted_out": number in out}
        for number in numbers
    }
    first = sa.select(m.number, m.state, m.claimed_at).where(
        _unindexed(m.campaign_id) == campaign_id,
        m.direction == "out",
        m.kind == "first",
        m.number.in_(numbers),
    )
    for number, state, at in conn.execute(first.order_by(m.id)):
        rows[number].update(first_message=state, first_message_at=iso(at))
    answers = sa.select(a.number, a.question_id, a.value, a.at).where(
        _unindexed(a.campaign_id) == campaign_id, a.cleared_at.is_(None), a.number.in_(numbers)
    )
    for number, question_id, value, at in conn.execute(answers.order_by(a.at)):
        if question_id in columns:
            rows[number][columns[question_id]] = value
            rows[number]["last_answer_at"] = iso(at)
    return list(rows.values())
