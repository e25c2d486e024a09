"""Answers that are known later, from a file: who came goes to the same questions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app.campaigns import answers_file, hours, script, script_edit
from app.campaigns import campaign as campaigns
from app.campaigns.script import Option, Question, Script, ScriptError
from app.clock import FixedClock
from app.conversations.answers import standing
from app.main import main
from app.people import reading
from app.people.reading import ImportFailure
from app.store import tables as t
from app.store.engine import Store


@pytest.fixture
def begun(store: Store, clock: FixedClock, crowd: Callable[..., int], drafted: Callable[..., int]) -> Script:
    """A campaign of two people in the United States that has a question nobody is asked by text."""
    rows = [{"first_name": "Ann", "number": "+13125550187"}, {"first_name": "Ben", "number": "+13125550119"}]
    key = drafted(crowd(*rows), "Hi {first_name}", hours=hours.parse("00:00-24:00"), hours_reason="a test")
    campaigns.start(store, clock, key)
    options = (Option("Came", words=("yes", "y"), tag="came"), Option("No-show"))
    script_edit.save(store, clock, key, Question("Attended?", options=options))
    script_edit.save(store, clock, key, Question("Points", kind="number"))
    return script.get(store, key)


def load(
    store: Store, clock: FixedClock, found: Script, text: str, question: int = 0
) -> answers_file.AnswersImport:
    return answers_file.load_file(
        store, clock, reading.open_source(text), found.campaign_id, found.questions[question].id,
        country="US", operator="Dana",
    )  # fmt: skip


def said(store: Store, found: Script, number: str) -> list[str]:
    with store.read() as conn:
        return [each.value for each in standing(conn, found.campaign_id, number).values()]


def test_answers_are_kept_and_what_cannot_be_is_refused_with_why(
    store: Store, clock: FixedClock, begun: Script
) -> None:
    text = (
        "name,phone,attended\nAnn,(312) 555-0187,Y\nBen,312-555-0119,no-show\nAnn,+1 312 555 0187,no-show\n"
        "Cy,(312) 555-0100,yes\nDi,12,yes\n"
    )
    done = load(store, clock, begun, text)
    assert (done.total, done.kept, done.same, done.rejected_count) == (5, 2, 0, 3)
    assert [(each.line, each.reason) for each in done.rejects] == [
        (4, "This number stands in the file before."),
        (5, "This number is not in the campaign."),
        (6, "It has too few digits."),
    ]
    assert said(store, begun, "+13125550187") == ["Came"]
    assert said(store, begun, "+13125550119") == ["No-show"]
    again = load(store, clock, begun, "phone,outcome\n(312) 555-0187,came\n(312) 555-0119,Perhaps\n")
    assert (again.kept, again.same, again.rejected_count) == (0, 1, 1)
    assert again.rejects[0].reason == "“Perhaps” is none of the answers: Came, No-show."
    with store.read() as conn:
        assert conn.execute(sa.select(t.tag.c.name)).scalars().all() == ["came"]


def test_numbers_come_from_the_only_other_column(store: Store, clock: FixedClock, begun: Script) -> None:
    done = load(store, clock, begun, "phone,score\n(312) 555-0187,7\n(312) 555-0119,lots\n", 1)
    assert (done.kept, done.rejects[0].reason) == (1, "“lots” is no number.")
    assert said(store, begun, "+13125550187") == ["7"]


def test_a_file_that_cannot_be_read_changes_nothing(store: Store, clock: FixedClock, begun: Script) -> None:
    with pytest.raises(ImportFailure, match="No column is called “answer” or “Attended"):
        load(store, clock, begun, "phone,a,b\n(312) 555-0187,yes,no\n")
    with pytest.raises(ImportFailure, match="No column holds phone numbers"):
        load(store, clock, begun, "a,b\nyes,no\nno,no\n")
    script_edit.remove(store, clock, begun.questions[1].id)
    with pytest.raises(ScriptError, match="no longer in the script"):
        load(store, clock, begun, "phone,score\n(312) 555-0187,7\n", 1)


def test_campaigns_and_questions_are_found_by_number_or_name(
    store: Store, begun: Script, drafted: Callable[..., int]
) -> None:
    assert answers_file.find_campaign(store, "Spring") == begun.campaign_id
    assert answers_file.find_campaign(store, str(begun.campaign_id)) == begun.campaign_id
    assert answers_file.find_question(begun, "attended?").text == "Attended?"
    assert answers_file.find_question(begun, str(begun.questions[1].id)).text == "Points"
    with pytest.raises(ScriptError, match="There is: "):
        answers_file.find_question(begun, "Voted?")
    with pytest.raises(ScriptError, match="no campaign “Autumn”"):
        answers_file.find_campaign(store, "Autumn")
    drafted(None, "Hi")
    with pytest.raises(ScriptError, match="several campaigns “Spring”"):
        answers_file.find_campaign(store, "Spring")


def test_the_command_line_shows_reads_and_writes_answers(
    store: Store, begun: Script, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = store.folder
    file = folder.parent / "came.csv"
    file.write_text("phone,answer\n(312) 555-0187,yes\n(312) 555-0100,yes\n", "utf-8")
    rejects = folder.parent / "rejects.csv"
    data = ("--data", str(folder), "--campaign", "Spring")
    words = ("answers", "import", str(file), "--question", "Attended?", "--country", "US")
    assert main((*words, "--rejects", str(rejects), *data)) == 0
    out = capsys.readouterr().out
    assert "2 rows: 1 answers to “Attended?” kept, 0 there already, 1 refused." in out
    assert "not in the campaign" in rejects.read_text("utf-8-sig")
    assert main(("answers", "show", *data)) == 0
    out = capsys.readouterr().out
    assert "Attended?: 1 answered" in out
    assert main(("export", "answers", *data)) == 0
    assert "Ann,queued,,no," in capsys.readouterr().out
    assert main(("export", "answers", "--mask", "--format", "json", *data)) == 0
    assert '"name": ""' in capsys.readouterr().out
    assert main(("export", "answers", "--data", str(folder))) == 1
    assert "--campaign" in capsys.readouterr().err
    assert main(("answers", "import", str(file), "--question", "Voted?", "--country", "US", *data)) == 1
    assert "There is no question “Voted?”" in capsys.readouterr().err
