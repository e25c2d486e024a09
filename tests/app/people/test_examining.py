"""The story of the opt-out list: what a check finds, and what it says of rows from before there was one."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.main import main
from app.people import examining, holds, ledger, optouts, privacy, stories
from app.store.engine import DATABASE_NAME, Store, open_store

ANA, BEN, CY, DEE = "+13125550101", "+13125550102", "+13125550103", "+13125550104"
DATABASES = Path(__file__).parents[2] / "databases"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, which each test gets a copy of: making one takes half a second."""
    folder = tmp_path_factory.mktemp("empty")
    open_store(folder).close()
    return folder / DATABASE_NAME


@pytest.fixture
def store(tmp_path: Path, empty: Path) -> Iterator[Store]:
    (tmp_path / "data").mkdir(mode=0o700)
    shutil.copy(empty, tmp_path / "data" / DATABASE_NAME)
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def filled(store: Store, clock: FixedClock) -> Store:
    """Rows 1 to 5: Ana out, Ben out and in again, Cy held, Dee out by phone."""
    for act in (
        lambda u: optouts.opt_out(u, clock, ANA, source="sms", evidence="STOP", rule="H1"),
        lambda u: optouts.opt_out(u, clock, BEN, source="operator", evidence="said so", operator="Eve"),
        lambda u: optouts.lift(
            u, clock, BEN, source="operator", reason="asked again", evidence="a form", operator="Eve"
        ),
        lambda u: holds.put(
            u, clock.now(), CY, rule="S2", said="stop it", why="It says so.", message_id=None
        ),
        lambda u: optouts.opt_out(
            u, clock, DEE, source="phone", evidence="to Eve", operator="Eve", said_at=clock.now() - 9.0
        ),
    ):
        clock.advance(60)
        with store.write() as unit:
            act(unit)
    return store


def tamper(store: Store, *statements: str) -> None:
    with store.engine.connect() as conn:
        for statement in statements:
            conn.exec_driver_sql(statement)
        conn.commit()


def wrong(store: Store, clock: FixedClock, *against: examining.Head) -> str:
    return " ".join(examining.examine(store, clock, against).problems)


def test_a_story_that_nobody_touched_is_whole_and_its_head_is_kept(filled: Store, clock: FixedClock) -> None:
    found = examining.examine(filled, clock)
    assert (found.rows, found.problems, found.carried, found.before) == (5, (), 0, 0)
    assert found.head is not None
    assert found.sentence.endswith(f"Row 5, {found.head.hash[:12]} is its newest.")
    kept = examining.kept(filled.folder)
    assert kept == examining.Head(5, found.head.hash, clock.now())
    assert (filled.folder / examining.HEAD_FILE).stat().st_mode & 0o777 == 0o600


SWAP = (
    "UPDATE opt_out_log SET id = 99 WHERE id = 2",
    "UPDATE opt_out_log SET id = 2 WHERE id = 3",
    "UPDATE opt_out_log SET id = 3 WHERE id = 99",
)
FORGED = (
    "INSERT INTO opt_out_log (at, number, number_key, action, source, before, hash) "
    "SELECT at, number, number_key, 'in', 'operator', hash, 'ab' FROM opt_out_log ORDER BY id DESC LIMIT 1"
)
SHIFT = (
    "UPDATE opt_out_log SET id = id + 100 WHERE id > 2",
    "UPDATE opt_out_log SET id = id - 99 WHERE id > 100",
    "INSERT INTO opt_out_log SELECT 3, at, number, number_key, action, source, evidence_hash, operator, hash, hash "
    "FROM opt_out_log WHERE id = 2",
)


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (("UPDATE opt_out_log SET operator = 'Ann' WHERE id = 2",), "Row 2 does not fit.*was changed"),
        (("UPDATE opt_out_log SET at = at + 1 WHERE id = 1",), "Row 1 does not fit.*was changed"),
        (("UPDATE opt_out_log SET action = 'in' WHERE id = 5",), "Row 5 does not fit.*was changed"),
        ((f"UPDATE opt_out_log SET number = '{ANA}' WHERE id = 2",), "Row 2 does not fit.*number was changed"),
        (("DELETE FROM opt_out_log WHERE id = 1",), "Row 2 does not fit.*taken out"),
        (("DELETE FROM opt_out_log WHERE id = 3",), "Row 4 does not fit.*taken out"),
        (SWAP, "Row 2 does not fit.*moved"),
        (SHIFT, "Row 3 does not fit.*was changed"),
        ((FORGED,), "Row 6 does not fit.*was changed"),
        ((f"DELETE FROM opt_out WHERE number = '{ANA}'",), "Opt-outs ended without a row: 1"),
        ((f"UPDATE opt_out SET lifted_at = 5 WHERE number = '{ANA}'",), "Opt-outs ended without a row: 1"),
        ((f"DELETE FROM hold WHERE number = '{CY}'",), "free without one: 1"),
        ((f"UPDATE hold SET decided_at = 5, decision = 'kept' WHERE number = '{CY}'",), "free without one: 1"),
        ((f"UPDATE opt_out SET evidence = 'x' WHERE number = '{ANA}'",), "ends in 101 has other words"),
        ((f"UPDATE opt_out SET said_at = 1 WHERE number = '{DEE}'",), "ends in 104 has other words"),
        ((f"UPDATE opt_out SET lifted_evidence = 'x' WHERE number = '{BEN}'",), "ends in 102 was lifted for another"),
        ((f"UPDATE opt_out SET lifted_at = NULL WHERE number = '{BEN}'",), "ends in 102 stands, and the story"),
    ],
)  # fmt: skip
def test_each_way_of_tampering_is_found(
    filled: Store, clock: FixedClock, statements: tuple[str, ...], said: str
) -> None:
    tamper(filled, *statements)
    found = examining.examine(filled, clock)
    assert not found.whole
    assert not found.cut
    assert re.search(said, found.sentence), found.sentence
    assert examining.kept(filled.folder) is None  # a head is kept of what fits alone


def test_a_row_at_the_end_is_missed_by_every_head_that_was_kept(
    filled: Store, clock: FixedClock, tmp_path: Path
) -> None:
    whole = examining.examine(filled, clock).head
    assert whole is not None
    story = tmp_path / "story.csv"
    assert examining.write_story(filled, story) == 5
    tamper(filled, f"DELETE FROM opt_out WHERE number = '{DEE}'", "DELETE FROM opt_out_log WHERE id = 5")
    found = examining.examine(filled, clock)  # by the head beside the database
    assert found.cut
    assert "newest rows are gone" in found.sentence
    (filled.folder / examining.HEAD_FILE).unlink()
    assert wrong(filled, clock) == ""  # nothing that is here can tell: that is what heads elsewhere are for
    assert "Row 5, " in wrong(filled, clock, *examining.heads_of(story))
    assert "Row 5, " in wrong(filled, clock, examining.head_from(f"5:{whole.hash[:12]}"))
    with filled.write() as unit:  # and a new row in the place of the old one is another
        optouts.opt_out(unit, clock, ANA[:-1] + "9", source="sms", evidence="STOP")
    assert "Row 5, " in wrong(filled, clock, *examining.heads_of(story))
    (filled.folder / examining.HEAD_FILE).unlink(missing_ok=True)
    assert examining.examine(filled, clock).whole


def test_an_older_copy_that_was_put_back_on_purpose_is_taken_with_a_reason(
    filled: Store, clock: FixedClock
) -> None:
    examining.examine(filled, clock)
    tamper(filled, f"DELETE FROM opt_out WHERE number = '{DEE}'", "DELETE FROM opt_out_log WHERE id = 5")
    with pytest.raises(ValueError, match="reason"):
        examining.accept(filled, clock, " ", "Ana")
    assert examining.examine(filled, clock).cut
    examining.accept(filled, clock, "restored after the disk failed", "Ana")
    assert examining.examine(filled, clock).whole
    with filled.read() as conn:
        told = conn.exec_driver_sql("SELECT operator, detail FROM audit ORDER BY id DESC").first()
    assert tuple(told) == ("Ana", "4 rows: restored after the disk failed")


def test_the_story_as_a_file_shows_a_break_and_no_number(
    filled: Store, clock: FixedClock, tmp_path: Path
) -> None:
    tamper(filled, "UPDATE opt_out_log SET operator = '=1+1' WHERE id = 2")
    examining.write_story(filled, tmp_path / "story.csv")
    lines = (tmp_path / "story.csv").read_text("utf-8-sig").splitlines()
    assert [line.rpartition(",")[2] for line in lines[1:]] == ["yes", "it was changed", "yes", "yes", "yes"]
    assert ",'=1+1," in lines[2]
    assert ANA not in "".join(lines)
    assert (tmp_path / "story.csv").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("words", ["", "5", "five:abc", "5:zzzzzzzzzz", "5:ab"])
def test_a_head_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(examining.ExaminingError, match="Nothing was changed"):
        examining.head_from(words)


def test_a_file_that_is_no_story_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.csv").write_text("phone\n(312) 555-0187\n")
    (tmp_path / "short.csv").write_text("row,hash\n5,abcd\n")
    for name in ("no.csv", "short.csv", "absent.csv"):
        with pytest.raises(examining.ExaminingError, match="Nothing was changed"):
            examining.heads_of(tmp_path / name)


def test_erasing_and_keeping_out_leave_the_story_whole(filled: Store, clock: FixedClock) -> None:
    privacy.erase(filled, clock, ANA, "Ana")
    privacy.erase(filled, clock, CY, "Ana")
    assert examining.examine(filled, clock).whole
    tamper(filled, "DELETE FROM erased")
    assert "Opt-outs ended without a row" not in wrong(filled, clock)
    assert "kept erased people out" in wrong(filled, clock)


# -- from before there was a story -----------------------------------------------------------------


@pytest.mark.parametrize("released", sorted(DATABASES.glob("*.db")), ids=lambda path: path.stem)
def test_opt_outs_of_a_released_database_are_carried_over(
    tmp_path: Path, clock: FixedClock, released: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(released, folder / DATABASE_NAME)
    old = sqlite3.connect(folder / DATABASE_NAME)
    old.execute(
        "INSERT INTO opt_out (number, created_at, source, evidence, rule, operator, lifted_at, lifted_source, "
        "lifted_reason, lifted_by) VALUES ('+13125550199', 1.5, 'operator', 'by phone', '', 'Ana', 3.0, 'sms', "
        "'START', '')"
    )
    old.commit()
    old.close()
    opened = open_store(folder)
    try:
        assert ledger.check(opened) is None
        found = examining.examine(opened, clock)
        assert (found.rows, found.carried, found.before, found.problems) == (3, 3, 0, ())
        assert "3 of them were carried over" in found.sentence
        acts = stories.of_number(opened, "+13125550199", clock.now()).steps
        assert [(step.at, step.action, step.source, step.said) for step in acts] == [
            (3.0, "in", "sms", "START"), (1.5, "out", "operator", "by phone"),
        ]  # fmt: skip
        (stop,) = stories.of_number(opened, "+13125550102", clock.now()).steps
        assert (stop.source, stop.said, stop.rule) == ("sms", "STOP", "H1")
        with opened.write() as unit:
            optouts.opt_out(unit, clock, ANA, source="sms", evidence="STOP")
        assert examining.examine(opened, clock).rows == 4
    finally:
        opened.close()
    assert main(["optouts", "check", "--data", str(folder)]) == 0
    assert "3 of them were carried over" in capsys.readouterr().out
    old = sqlite3.connect(folder / DATABASE_NAME)
    old.execute("DELETE FROM opt_out_log WHERE id = 2")
    old.commit()
    old.close()
    assert main(["optouts", "check", "--data", str(folder)]) == 1
