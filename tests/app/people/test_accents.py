"""People are found by their names without accents, and in either case of any alphabet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.conversations import search, threads
from app.people import accents, contacts
from app.store.engine import Store, open_store

NAMES = ("María Núñez", "Maria Lind", "Łukasz Żak", "Søren Øst", "Ольга", "Ngô Thị Bích", "100% [a]^-*? Ünal")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(Path(tmp_path_factory.mktemp("accents")) / "data")
    for place, name in enumerate(NAMES):
        number = f"+131255501{place:02d}"
        contacts.add(opened, FixedClock(), number, name)
        with opened.write() as unit:
            threads.ensure(unit, FixedClock(), number, "number", None, None)
    yield opened
    opened.close()


FOUND = [
    ("maria", [0, 1]),
    ("MARÍA", [0, 1]),
    ("Mari\u0301a", [0, 1]),  # as some keyboards write it
    ("nunez", [0]),
    ("lukasz zak", [2]),
    ("soren ost", [3]),
    ("ОЛЬГА", [4]),
    ("ngo thi bich", [5]),
    ("100% [A]^-*? unal", [6]),
    ("[a-z]", []),
    ("m*a", []),
    ("^", [6]),
    ("?", [6]),
    ("]", [6]),
    ("_", []),
    ("\u0301", []),
]


@pytest.mark.parametrize(("query", "places"), FOUND)
def test_names_are_found_without_their_accents(store: Store, query: str, places: list[int]) -> None:
    rows = contacts.page(store, query=query, limit=20)
    assert sorted(row.name for row in rows) == sorted(NAMES[place] for place in places)


@pytest.mark.parametrize(("query", "places"), [each for each in FOUND if each[0].isalpha()])
def test_the_inbox_finds_them_too(store: Store, query: str, places: list[int]) -> None:
    hits = search.search(store, query, limit=20)
    assert sorted(hit.name for hit in hits) == sorted(NAMES[place] for place in places)


def test_what_is_looked_for_stays_within_what_sqlite_compares(store: Store) -> None:
    assert contacts.page(store, query="ö" * 5_000, limit=5) == ()
    assert accents.folded("ẞtraße Ǻ İ") == accents.folded("SSTRASSE a i")
