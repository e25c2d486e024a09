"""docs/capabilities.md stays true: every row once, every test and page that it names there, no row without proof."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"
#: How many rows each of the five guides has.
ROWS = {"S0": 19, "S1": 51, "S2": 67, "S3": 15, "S4": 24}
#: Rows that are open, on purpose. Whoever closes one takes it out of here.
OUT_OF_SCOPE = frozenset({"S1.28", "S1.31", "S2.40"})
NOT_YET = frozenset({"S2.59"})


def rows() -> list[tuple[str, ...]]:
    """Id, what is named, what p2ptext does, what shows it."""
    lines = (DOCS / "capabilities.md").read_text("utf-8").splitlines()
    cells = [
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line[:3] == "| S"
    ]
    assert all(len(row) == 4 for row in cells), [row for row in cells if len(row) != 4]
    return cells


@cache
def functions(path: Path) -> frozenset[str]:
    """The tests of a file."""
    found = ast.parse(path.read_text("utf-8")).body
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef))


def test_every_row_is_there_once_and_in_order() -> None:
    wanted = [f"{guide}.{number}" for guide, count in ROWS.items() for number in range(1, count + 1)]
    assert [row[0] for row in rows()] == wanted


@pytest.mark.parametrize("guide", ROWS)
def test_every_named_test_exists(guide: str) -> None:
    missing = []
    for name, _asked, _does, shown in rows():
        for path, test in re.findall(r"`([\w/]+\.py)::(\w+)`", shown if name.startswith(f"{guide}.") else ""):
            if not (TESTS / path).is_file() or test not in functions(TESTS / path):
                missing.append(f"{name}: {path}::{test}")
    assert missing == []


def test_every_linked_page_exists() -> None:
    linked = re.findall(r"\]\(([\w/.-]+)\)", (DOCS / "capabilities.md").read_text("utf-8"))
    assert [target for target in linked if not (DOCS / target).is_file()] == []


def test_no_row_is_without_proof_but_those_that_say_why() -> None:
    without: dict[str, set[str]] = {"out of scope": set(), "not there yet": set()}
    for name, asked, does, shown in rows():
        assert asked, name
        reason, colon, why = shown.partition(": ")
        if colon and reason in without:
            assert len(why) > 10, f"{name} says why"
            without[reason].add(name)
        else:
            assert does, name
            assert re.search(r"`[\w/]+\.py::test_\w+`|\]\(handbook/", shown), f"{name} has no proof"
    assert without == {"out of scope": OUT_OF_SCOPE, "not there yet": NOT_YET}


def test_every_page_of_the_handbook_is_in_its_index() -> None:
    index = (DOCS / "handbook/index.md").read_text("utf-8")
    pages = {page.name for page in (DOCS / "handbook").glob("*.md")} - {"index.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


def test_every_picture_is_shown_and_small() -> None:
    pages = "".join(page.read_text("utf-8") for page in (DOCS / "handbook").glob("*.md"))
    pictures = list((DOCS / "handbook/pictures").iterdir())
    assert pictures
    for picture in pictures:
        assert f"(pictures/{picture.name})" in pages, picture.name
        assert picture.stat().st_size < 150_000, picture.name
