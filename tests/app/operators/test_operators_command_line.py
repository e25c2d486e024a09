"""A manager's PIN at the command line, run as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.main import build_parser
from app.operators import managers, profiles, roles
from app.operators.profiles import OperatorError
from app.store.tables import audit, contact
from app.workspace import open_workspace

ROOT = Path(__file__).resolve().parents[3]


def p2ptext(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.main", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        input=given,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Dana, a manager with a PIN, Sam, one without, and Kim, a texter with one."""
    office = open_workspace(tmp_path / "data")
    profiles.add(office.store, office.clock, "Dana", roles.MANAGER, pin="5083")
    profiles.add(office.store, office.clock, "Sam", roles.MANAGER)
    profiles.add(office.store, office.clock, "Kim", roles.TEXTER, pin="6207")
    office.close()
    return tmp_path / "data"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("first_name,phone\nMaria,+13125550187\n", "utf-8")
    return path


def known(data: Path) -> tuple[int, list[tuple[str, str]]]:
    office = open_workspace(data)
    with office.store.read() as conn:
        count = conn.execute(sa.select(sa.func.count()).select_from(contact)).scalar_one()
        trail = [tuple(row) for row in conn.execute(sa.select(audit.c.operator, audit.c.action))]
    office.close()
    return count, trail


def test_without_a_manager_nothing_is_imported(data: Path, people: Path) -> None:
    done = p2ptext("import", str(people), "--country", "US", "--data", str(data))
    assert done.returncode == 1
    assert "Only a manager may import people. Nothing was changed." in done.stderr
    assert "--pin-file" in done.stderr
    assert known(data)[0] == 0


@pytest.mark.parametrize(
    "words", [("export", "contacts"), ("campaign", "new", "x", "--people", "p", "--message", "m")]
)
def test_exports_and_campaigns_are_a_managers_too(data: Path, words: tuple[str, ...]) -> None:
    office = open_workspace(data)
    with pytest.raises(OperatorError, match="Only a manager may"):
        managers.identify(office, build_parser().parse_args([*words, "--data", str(data)]))
    office.close()


@pytest.mark.parametrize(
    ("name", "pin", "why"),
    [
        ("Dana", "5084", "This PIN is wrong"),
        ("Kim", "6207", "Kim is a texter"),
        ("Sam", "5083", "Sam has no PIN"),
        ("Nobody", "5083", "Nobody called"),
        ("Dana", "", "This PIN is wrong"),
    ],
)
def test_only_a_managers_own_pin_will_do(data: Path, tmp_path: Path, name: str, pin: str, why: str) -> None:
    (tmp_path / "pin").write_text(f"{pin}\n", "utf-8")
    office = open_workspace(data)
    words = ["export", "contacts", "--operator", name, "--pin-file", str(tmp_path / "pin")]
    with pytest.raises(OperatorError, match=why) as refused:
        managers.identify(office, build_parser().parse_args(words))
    assert not pin or pin not in str(refused.value)
    office.close()


def test_a_manager_imports_with_a_pin_from_a_file(data: Path, people: Path, tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_text("5083\n", "utf-8")
    done = p2ptext(
        "import",
        str(people),
        "--country",
        "US",
        "--data",
        str(data),
        "--operator",
        "dana",
        "--pin-file",
        str(pin),
    )
    assert done.returncode == 0, done.stderr
    count, trail = known(data)
    assert count == 1
    assert ("Dana", "signed in") in trail


def test_a_forgotten_pin_is_taken_away_and_written_down(data: Path) -> None:
    done = p2ptext("forget-pin", "DANA", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert ("command line", "PIN removed") in known(data)[1]
    office = open_workspace(data)
    managers.identify(
        office, build_parser().parse_args(["export", "contacts"])
    )  # nobody has a PIN to ask for
    with pytest.raises(OperatorError, match="Nobody"):
        managers.forget_pin(office, "Else")
    office.close()


def test_a_texter_who_is_named_is_refused_where_no_pin_is_asked_too(tmp_path: Path, people: Path) -> None:
    office = open_workspace(tmp_path / "data")
    profiles.add(office.store, office.clock, "Sam", roles.MANAGER)
    profiles.add(office.store, office.clock, "Kim", roles.TEXTER)
    office.close()
    done = p2ptext(
        "import", str(people), "--data", str(tmp_path / "data"), "--country", "US", "--operator", "Kim"
    )
    assert done.returncode == 1
    assert "Kim is a texter" in done.stderr
    assert known(tmp_path / "data")[0] == 0
