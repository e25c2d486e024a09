"""The figures as words and as files: denominators in each, no formula, no numbers where they are masked."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from app.main import main
from app.reports import figures_out
from app.reports.figures import (
    RULES,
    Asked,
    Day,
    Figures,
    LineUse,
    OfWording,
    Person,
    Reason,
    Share,
    period_of,
)
from app.reports.figures_drops import Drop
from app.reports.figures_walk import Delays
from app.workspace import open_workspace

NOW = 1_794_585_600.0
HEAT = tuple(tuple(day + hour if hour == 9 else 0 for hour in range(24)) for day in range(7))

FOUND = Figures(
    asked=Asked(30, 2), period=period_of(30, NOW, dt.UTC), campaign="=Spring", zone="CST", at=NOW,
    sent=1300, unknown=3, not_sent=4, reasons=(Reason("=busy", "CMS 38", 4),), asked_report=1000, delivered=996,
    undelivered=4, received=500, by_machines=20, people=1280, people_delivered=980, answered=412,
    answered_delivered=400, opted_out=3, opted_out_delivered=2,
    lines=(LineUse("@Office SIM", 1303, 1400, 0.1, 140.0), LineUse("Spare", 2, 2, None, None)), currency="EUR",
    theirs=Delays(412, 90.0, 7200.0), ours=Delays(0, None, None), heat_sent=HEAT, heat_received=HEAT,
    days=(Day(dt.date(2026, 11, 12), 1300, 490), Day(dt.date(2026, 11, 13), 3, 10)),
    top=(Person(1, "Mia\ud800 =1", "+13125550187", 9, 8), Person(2, "", "+13125550119", 5, 5)),
    wordings=(OfWording("Plain", 2, 640, 500, 212, 1),),
    drops=(Drop("tag", "Nurses", 48, 80, 56, 70, 5.2, 33.4),), practice=7,
)  # fmt: skip


def cells(mask: bool = True) -> list[list[str]]:
    file = io.StringIO()
    figures_out.write(FOUND, file, "csv", mask=mask)
    return list(csv.reader(io.StringIO(file.getvalue())))


def test_shares_are_said_with_what_they_are_a_part_of() -> None:
    assert figures_out.share_words(Share(412, 1280), "people texted") == "412 of 1,280 people texted, 32 %"
    assert figures_out.share_words(Share(0, 0), "people texted") == "0 of 0 people texted"
    assert [figures_out.percent_words(Share(n, 1000)) for n in (0, 4, 500, 996, 1000)] == [
        "0 %", "0.4 %", "50 %", "99.6 %", "100 %",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"), (0, "0 seconds"), (1, "1 second"), (90, "1 min 30 s"), (120, "2 min"), (3599.6, "1 h"),
        (7500, "2 h 5 min"), (86_400, "1 day"), (273_600, "3 days 4 h"),
    ],
)  # fmt: skip
def test_times_are_said_in_words(seconds: float | None, words: str) -> None:
    assert figures_out.span_words(seconds) == words


def test_a_drop_is_said_with_its_interval_and_what_helps() -> None:
    words = figures_out.drop_words(FOUND.drops[0], FOUND)
    assert "tagged “Nurses”" in words
    assert "48 of 80 people texted, 60 %" in words
    assert "in the 30 days before, 56 of 70 people texted, 80 %" in words
    assert "20 percentage points fewer (between 5 and 33, 95 % sure)" in words
    assert words.endswith("write to them less often.")


def test_no_cell_of_the_csv_is_a_formula_and_the_rules_are_in_it() -> None:
    found = cells(mask=False)
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in found for cell in row)
    assert ["Answer times", "Until they answered", "Median seconds", "90.0"] in found
    assert ["People", "Answered, of people texted", "Percent", "32.19"] in found
    assert ["Texts by weekday and hour", "Tuesday 09:00", "Sent", "10"] in found
    assert [row[3] for row in found if row[0] == "Rule"] == list(RULES)
    assert ["Period", "", "texts_on_practice_lines_not_counted", "7"] in found


def test_numbers_and_names_are_masked_unless_they_are_shown() -> None:
    for words in (json.dumps(cells()), figures_out.text(FOUND)):
        assert "Mia" not in words
        assert "555" not in words.replace("1,555", "")
    shown = figures_out.text(FOUND, mask=False)
    assert "Mia" in shown
    assert "+1 (312) 555-0187" in shown
    assert ["People one talks with most", "2", "Number", "'+1 (312) 555-0119"] in cells(mask=False)


def test_the_text_has_every_part_and_every_rule() -> None:
    words = figures_out.text(FOUND)
    assert words.startswith("Figures: 30 days, =Spring\n")
    assert "Answered, of people texted: 412 of 1,280, 32.19 %" in words
    assert "Until they answered: half within 1 min 30 s, 9 of 10 within 2 h (412 answers)" in words
    assert all(rule in words for rule in RULES)


def test_json_has_the_same_parts_and_survives_damaged_names(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    figures_out.write(FOUND, path, "json", mask=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = json.loads(path.read_text("utf-8"))
    parts = {part["title"]: part["rows"] for part in found["parts"]}
    assert parts["People"][2] == {
        "What": "Answered, of people texted", "Count": 412, "Of": 1280, "Percent": 32.19,
    }  # fmt: skip
    assert parts["People one talks with most"][0]["Name"] == "Mia? =1"
    assert found["from"] == "2026-10-15T00:00:00+00:00"
    everything = replace(FOUND, period=period_of(0, NOW))
    figures_out.write(everything, path, "json")
    assert json.loads(path.read_text("utf-8"))["from"] is None
    with pytest.raises(ValueError, match="no figures as"):
        figures_out.write(FOUND, path, "xlsx")


def test_the_command_line_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_workspace(tmp_path / "data").close()
    out = tmp_path / "figures.csv"
    assert (
        main(["export", "figures", "--data", str(tmp_path / "data"), "--days", "0", "--out", str(out)]) == 0
    )
    assert "rows written" in capsys.readouterr().err
    assert "Texts,Sent,Count,0" in out.read_text("utf-8-sig")
    assert main(["export", "figures", "--data", str(tmp_path / "data"), "--campaign", "nothing"]) == 1
    assert "nothing" in capsys.readouterr().err
