"""Lists of opt-outs from files, and the list at the command line: by other channels, lifted, written, read back."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.main import main
from app.options_optouts import CHANNELS
from app.people import examining, optout_list, optouts, reading
from app.reports import exports
from app.settings import Settings
from app.store.engine import Store, open_store
from app.workspace import open_workspace

ANA, BEN, CY = "+13125550101", "+13125550102", "+13125550103"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workspace = open_workspace(tmp_path / "data", FixedClock())
    workspace.change_settings(Settings(country="US", texter="Ana", notice_accepted=True))
    workspace.close()
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    opened = open_store(folder)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def test_a_list_is_read_with_progress_and_its_bad_lines_are_named(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    lines = [f"(312) 2{n // 10000:02d}-{n % 10000:04d},No {n}" for n in range(3_000)]
    lines[7] = "=cmd(),No 7"
    lines[2_500] = "12,No 2500"
    lines[2_999] = "1 312 200 0001,twice"
    (tmp_path / "dnc.csv").write_text("phone,name\n" + "\n".join(lines) + "\n")
    seen: list[tuple[int, int]] = []
    found = optout_list.import_numbers(
        store, clock, reading.open_source(tmp_path / "dnc.csv"), "US", "Ana", by="carrier",
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert (found.total, found.added, found.already, found.rejected_count) == (3_000, 2_997, 0, 2)
    assert [(line, raw) for line, raw, _why in found.rejects] == [(9, "=cmd()"), (2_502, "12")]
    assert seen[0][0] == 500
    assert seen[-1] == (5_997, 5_997)
    assert all(done <= total for done, total in seen)
    assert optout_list.save_rejects(found, tmp_path / "refused.csv") == 2
    rows = list(csv.reader((tmp_path / "refused.csv").read_text("utf-8-sig").splitlines()))
    assert [row[:2] for row in rows] == [["line", "number"], ["9", "'=cmd()"], ["2502", "12"]]
    assert examining.examine(store, clock).rows == 2_997
    assert {row.source for row in optouts.page(store)} == {"carrier"}


@pytest.mark.parametrize(("after", "stored"), [(0, 0), (2, 0), (4, 1_000)])
def test_a_list_that_is_stopped_keeps_what_was_stored(
    store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, after: int, stored: int
) -> None:
    monkeypatch.setattr("app.people.optout_list._BATCH", 1_000)
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > after

    source = reading.open_source("\n".join(f"+1312{n:07d}" for n in range(2_000_000, 2_001_200)))
    found = optout_list.import_numbers(store, clock, source, "US", cancelled=cancelled)
    assert (found.stopped, found.added) == (True, stored)
    assert optouts.count(store) == stored
    assert examining.examine(store, clock).rows == stored
    again = optout_list.import_numbers(store, clock, source, "US")
    assert (again.added, again.already, again.stopped) == (1_200 - stored, stored, False)


def test_an_export_is_read_back_with_its_words_and_days(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    with store.write() as unit:
        optouts.opt_out(unit, clock, ANA, source="sms", evidence="=STOP", rule="H1")
        optouts.opt_out(
            unit, clock, BEN, source="paper", evidence="a form", operator="Ana", said_at=clock.now() - 86_400
        )
        optouts.opt_out(unit, clock, CY, source="sms", evidence="STOP")
        optouts.lift(unit, clock, CY, source="sms", reason="START")
    assert exports.export(store, "optouts", tmp_path / "all.csv") == 3
    assert "'=STOP" in (tmp_path / "all.csv").read_text("utf-8-sig")
    other = open_store(tmp_path / "other")
    try:
        clock.advance(500_000)
        done = optout_list.import_numbers(
            other, clock, reading.open_source(tmp_path / "all.csv"), "US", "Ben"
        )
        assert (done.added, done.rejected_count) == (2, 0)
        ana, ben = sorted(optouts.page(other), key=lambda row: row.number)
        assert (ana.number, ana.evidence) == (ANA, "imported list all.csv: =STOP")
        assert (ben.number, ben.evidence) == (BEN, "imported list all.csv: a form")
        assert ben.said_at == clock.now() - 586_400
        assert examining.examine(other, clock).whole
    finally:
        other.close()


# -- at the command line ---------------------------------------------------------------------------


def test_a_number_is_opted_out_by_another_channel_shown_and_lifted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(folder)]
    show = ["optouts", "show", "312-555-0101", *data]
    assert main(show) == 0
    assert "may be texted" in capsys.readouterr().out
    add = ["optouts", "add", "312-555-0101", "--by", "phone", *data]
    for wrong in (
        ["--said", " "],
        ["--said", "no more", "--day", "yesterday"],
        ["--said", "x", "--day", "2999-01-01"],
    ):
        assert main([*add, *wrong]) == 1
        assert "Nothing was changed" in capsys.readouterr().err
    assert main(show) == 0
    assert main([*add, "--said", "no more\x1b[2J, to Dana", "--day", "2026-01-02"]) == 0
    capsys.readouterr()
    assert main(show) == 1
    told = capsys.readouterr().out
    assert "opted out." in told
    assert "by phone or voicemail · no more [2J, to Dana · noted by Ana" in told
    lift = ["optouts", "lift", "312-555-0101", "--reason", "asked again", *data]
    assert main([*lift, "--evidence", "  "]) == 1
    assert main(show) == 1
    assert main([*lift, "--evidence", "her e-mail of 3 May"]) == 0
    assert main([*lift, "--evidence", "her e-mail of 3 May"]) == 1
    capsys.readouterr()
    assert main(show) == 0
    assert "asked again · her e-mail of 3 May" in capsys.readouterr().out


def test_the_story_is_written_and_compared(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(folder)]
    (tmp_path / "list.txt").write_text("312 555 0101\n312 555 0102\nnobody\n")
    imported = ["optouts", "import", str(tmp_path / "list.txt"), "--rejects", str(tmp_path / "no.csv"), *data]
    assert main(imported) == 0
    assert "2 numbers opted out, 0 were on the list already." in capsys.readouterr().out
    assert "nobody" in (tmp_path / "no.csv").read_text("utf-8-sig")
    shutil.copytree(folder, tmp_path / "older")
    assert main(["optouts", "add", "3125550103", "--by", "email", "--said", "out", *data]) == 0
    story = str(tmp_path / "story.csv")
    assert main(["optouts", "story", "--out", story, *data]) == 0
    assert main(["optouts", "check", "--against", story, *data]) == 0
    older = ["optouts", "check", "--data", str(tmp_path / "older")]
    assert main(older) == 0
    capsys.readouterr()
    assert main([*older, "--against", story]) == 1
    assert "newest rows are gone" in capsys.readouterr().out
    assert main([*older, "--head", "three"]) == 1
    assert "Nothing was changed" in capsys.readouterr().err


def test_an_export_is_masked_where_that_was_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(folder)]
    assert main(["optouts", "add", "3125550101", "--by", "paper", "--said", "a yellow form", *data]) == 0
    capsys.readouterr()
    for what in ("optouts", "contacts", "messages"):
        assert main(["export", what, "--mask", *data]) == 0
        told = capsys.readouterr().out
        assert ANA not in told
        assert "yellow" not in told
        assert ("•••101" in told) == (what == "optouts")


def test_the_channels_of_the_command_line_are_all_there_are() -> None:
    assert tuple(optouts.CHANNELS) == CHANNELS
