"""A list of people to print: a page of plain HTML that any browser shows and prints, with a box for each."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa

from app.people import numbers
from app.people.contacts import fields_of
from app.people.finding import Filter, Order, narrowed, sort_key
from app.reports.tables_out import private_file
from app.store import tables as t
from app.store.engine import Store

#: Fields that have a column of their own; paper is not wider.
MOST_FIELDS = 5
_MOST_LETTERS = 200
_PAGE = 1_000
_STYLE = """
@page { margin: 15mm }
body { font: 11pt/1.35 "Inter", "Segoe UI", Arial, sans-serif; color: #000; background: #fff; margin: 2em }
h1 { font-size: 16pt; margin: 0 0 .2em } p { margin: 0 0 1em; color: #444 }
table { border-collapse: collapse; width: 100% } thead { display: table-header-group }
th, td { text-align: left; vertical-align: top; padding: .35em .5em; border-bottom: 1px solid #999 }
tr { break-inside: avoid } td.box { width: 1.2em } td.number { white-space: nowrap }
.box span { display: inline-block; width: .9em; height: .9em; border: 1px solid #000 }
"""


def write(
    store: Store,
    target: Path,
    title: str,
    wanted: Filter,
    *,
    order: Order | None = None,
    fields: Sequence[str] = (),
    day: str = "",
) -> int:
    """Write the people of ``wanted`` to ``target`` (mode 0600, whole or not at all); returns how many.

    Each has a box to tick, name, number and up to ``MOST_FIELDS`` ``fields``. Whatever came from a file or a
    text is written as text: the page runs nothing and loads nothing. Raises ``OSError``.
    """
    columns = tuple(fields)[:MOST_FIELDS]
    with private_file(target, "utf-8") as file:
        return _write(store, file, title, wanted, order or Order(), columns, day)


def _write(
    store: Store, file: TextIO, title: str, wanted: Filter, order: Order, columns: tuple[str, ...], day: str
) -> int:
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    file.write(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>\n<h1>{_text(title)}</h1>\n"
    )
    file.write(f"<p>{_text(day)}</p>\n" if day else "")
    heads = "".join(f"<th>{_text(name)}</th>" for name in ("Name", "Number", *columns))
    file.write(f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>\n")
    count = 0
    for name, number, values in _people(store, wanted, order):
        cells = "".join(f"<td>{_text(values.get(column, ''))}</td>" for column in columns)
        file.write(
            f'<tr><td class="box"><span></span></td><td>{_text(name)}</td>'
            f'<td class="number">{_text(numbers.display(number))}</td>{cells}</tr>\n'
        )
        count += 1
    file.write(f"</tbody></table>\n<p>{count:,} people</p>\n</body></html>\n")
    return count


def _people(store: Store, wanted: Filter, order: Order) -> Iterator[tuple[str, str, dict[str, str]]]:
    c = t.contact.c
    query = narrowed(sa.select(c.name, c.number, c.fields), wanted).order_by(sort_key(order), c.id)
    with store.read() as conn:
        for row in conn.execute(query).yield_per(_PAGE):
            yield row.name, row.number, fields_of(row.fields)


def _text(value: str) -> str:
    """As plain text on one line; a control character or a mark that turns the writing shows as a space."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())
    return html.escape(plain[:_MOST_LETTERS])
