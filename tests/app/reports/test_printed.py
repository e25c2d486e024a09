"""A list to print: everybody whom the search leaves, each value as text and nothing else."""

from __future__ import annotations

import json
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.people.finding import Filter, Order
from app.reports import printed
from app.store.engine import open_store
from app.store.tables import contact, list_member, people_list

HOSTILE = '<script>alert(1)</script><img src=x onerror=y>"&\u202e'


class Reader(HTMLParser):
    """Keeps the tags, and the text of each cell."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


@pytest.fixture
def made(tmp_path: Path):
    store = open_store(tmp_path / "data")
    people = (("Ben", "1", {"seat": "B2"}), ("Ana", "2", {"seat": "A1"}), (HOSTILE, "3", {"seat": HOSTILE}))
    with store.write() as unit:
        key = unit.conn.execute(
            sa.insert(people_list).values(name="Gala", created_at=0, columns='["seat"]')
        ).inserted_primary_key[0]
        for place, (name, digit, fields) in enumerate(people):
            person = unit.conn.execute(
                sa.insert(contact).values(
                    number=f"+1312555014{digit}",
                    name=name,
                    fields=json.dumps(fields),
                    created_at=0,
                    updated_at=0,
                )
            ).inserted_primary_key[0]
            if digit != "1":
                unit.conn.execute(
                    sa.insert(list_member).values(list_id=key, position=place, contact_id=person)
                )
    yield store, key
    store.close()


def test_only_those_who_are_shown_in_their_order_with_fields(made, tmp_path: Path) -> None:
    store, key = made
    path = tmp_path / "gala.html"
    assert printed.write(store, path, "Gala", Filter(list_id=key), fields=("seat",), day="Printed today") == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    reader = Reader()
    reader.feed(path.read_text("utf-8"))
    assert [cell.strip() for cell in reader.cells[:4]] == ["", "Name", "Number", "seat"]
    assert "Ana" in reader.cells
    assert "+1 (312) 555-0142" in reader.cells
    assert "Ben" not in reader.cells
    assert printed.write(store, path, "All", Filter(), order=Order("seat", "text")) == 3


def test_nothing_of_a_list_becomes_markup(made, tmp_path: Path) -> None:
    store, _key = made
    path = tmp_path / "all.html"
    printed.write(store, path, HOSTILE, Filter(), fields=("seat", HOSTILE))
    text = path.read_text("utf-8")
    reader = Reader()
    reader.feed(text)
    assert not {"script", "img", "a", "link", "iframe"} & set(reader.tags)
    assert "default-src 'none'" in text
    assert "\u202e" not in text
    assert any("<script>alert(1)</script>" in cell for cell in reader.cells)  # as text
