"""Audiences by answers, the tally of a campaign, and the table of its answers."""

from __future__ import annotations

import csv
import io
import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.campaigns import campaign, script, script_edit, tally
from app.campaigns.refusing import CampaignError
from app.campaigns.script import Option, Question
from app.clock import FixedClock
from app.conversations import answers
from app.people import answered, audiences, optouts
from app.people.audiences import Rule, Rules
from app.reports import answers_out
from app.store import tables as t
from app.store.engine import Store, open_store

NAMES = ("Ann", "Ben", "Cy", "Di", "Eve")


class Poll:
    """Five people, four of them texted; a script with a choice, a number and words."""

    def __init__(self, store: Store, clock: FixedClock) -> None:
        self.store, self.clock = store, clock
        self.campaign = campaign.create(
            store, clock, name="Spring", list_id=None, template="Hi", texter="Dana", operator="Dana"
        )
        with store.write() as unit:
            for place, name in enumerate(NAMES):
                unit.conn.execute(
                    sa.insert(t.contact).values(
                        number=self.number(name), name=name, created_at=0, updated_at=0
                    )
                )
                if name != "Eve":
                    self._text(unit.conn, place, name)
        options = (Option("Yes", tone="good", then="How many?"), Option("Maybe"), Option("No", tone="bad"))
        script_edit.save(store, clock, self.campaign, Question("Coming?", options=options))
        many = script.get(store, self.campaign).questions[1]
        script_edit.save(store, clock, self.campaign, replace(many, kind="number"))
        script_edit.save(store, clock, self.campaign, Question("name", kind="text"))

    def number(self, name: str) -> str:
        return f"+1312555010{NAMES.index(name)}"

    def _text(self, conn: sa.Connection, place: int, name: str) -> None:
        key = conn.execute(
            sa.insert(t.message).values(
                direction="out", kind="first", number=self.number(name), campaign_id=self.campaign,
                position=place, text="Hi", state="queued", created_at=0,
            )
        ).inserted_primary_key[0]  # fmt: skip
        click = conn.execute(
            sa.insert(t.click).values(
                message_id=key, operator="Dana", at=1.0, monotonic=1.0, device="mouse", text_hash="x"
            )
        ).inserted_primary_key[0]
        conn.execute(
            sa.update(t.message)
            .where(t.message.c.id == key)
            .values(state="sent", click_id=click, claimed_at=1_794_000_000.0)
        )

    def question(self, text: str) -> Question:
        return next(each for each in script.get(self.store, self.campaign).every if each.text == text)

    def option(self, label: str) -> int:
        return next(each.id for each in self.question("Coming?").options if each.label == label)

    def say(self, name: str, question: str, said: str) -> None:
        found = self.question(question)
        option = self.option(said) if found.kind == "choice" else None
        answers.give(
            self.store, self.clock, "Dana", self.campaign, self.number(name), found.id, option_id=option,
            value=said,
        )  # fmt: skip

    def who(self, ask: str, question: str, value: str = "") -> list[str]:
        rules = Rules((Rule("answer", ask, value, str(self.question(question).id)),))
        with self.store.read() as conn:
            ids = audiences.people(conn, Rules.from_json(rules.to_json()), self.clock.now())
            return [
                conn.execute(sa.select(t.contact.c.name).where(t.contact.c.id == i)).scalar() for i in ids
            ]


@pytest.fixture
def poll(tmp_path: Path) -> Iterator[Poll]:
    store = open_store(tmp_path / "data")
    made = Poll(store, FixedClock())
    made.say("Ann", "Coming?", "Yes")
    made.say("Ann", "How many?", "3")
    made.say("Ben", "Coming?", "Maybe")
    made.say("Cy", "Coming?", "Yes")
    made.say("Cy", "How many?", "2,5")
    yield made
    store.close()


def test_people_are_found_by_what_they_answered(poll: Poll) -> None:
    yes = str(poll.option("Yes"))
    assert poll.who("said", "Coming?", yes) == ["Ann", "Cy"]
    assert poll.who("said", "Coming?", "maybe") == ["Ben"]  # by its words too
    assert poll.who("said_other", "Coming?", yes) == ["Ben"]
    assert poll.who("answered", "Coming?") == ["Ann", "Ben", "Cy"]
    assert poll.who("unanswered", "Coming?") == ["Di"]  # Eve was never texted
    assert poll.who("said", "How many?", "3") == ["Ann"]
    assert poll.who("more", "How many?", "2") == ["Ann", "Cy"]
    assert poll.who("less", "How many?", "3") == ["Cy"]
    assert poll.who("more", "How many?", "many") == []


def test_an_answer_taken_back_counts_no_more_and_who_opted_out_is_in_no_audience(poll: Poll) -> None:
    poll.say("Ann", "Coming?", "No")
    with poll.store.write() as unit:
        optouts.opt_out(unit, poll.clock, poll.number("Cy"), source="operator", evidence="said so")
    assert poll.who("said", "Coming?", str(poll.option("Yes"))) == []
    assert poll.who("answered", "How many?") == []


def test_an_answer_renamed_or_taken_out_still_finds_its_people(poll: Poll) -> None:
    found = poll.question("Coming?")
    options = tuple(replace(each, label="Sure") if each.label == "Yes" else each for each in found.choices)
    yes = poll.option("Yes")
    script_edit.save(poll.store, poll.clock, poll.campaign, replace(found, options=options[:1]))
    assert poll.who("said", "Coming?", str(yes)) == ["Ann", "Cy"]
    (_name, rest, *_others) = answered.questions(poll.store)
    assert [label for _key, label in answered.questions(poll.store)[0][2]] == ["Sure", "Maybe", "No"]
    assert rest[1] == "Spring: How many?"


def test_the_tally_names_its_denominators(poll: Poll) -> None:
    found = tally.tally(poll.store, poll.campaign)
    coming, many, words = found.questions
    assert (found.texted, coming.answered, many.answered, words.answered) == (4, 3, 2, 0)
    assert [(line.label, line.count, line.tone) for line in coming.lines] == [
        ("Yes", 2, "good"), ("Maybe", 1, ""), ("No", 0, "bad"),
    ]  # fmt: skip
    assert (many.total, coming.total) == (5.5, None)
    assert (coming.has_tones, coming.toned("good"), coming.toned("bad"), coming.toned("")) == (True, 2, 0, 1)
    assert not many.has_tones
    assert [(line.label, line.count) for line in many.lines] == [("2,5", 1), ("3", 1)]
    assert tally.share(3, 4) == "3 of 4, 75 %"
    assert tally.share(0, 0) == "0"


def test_what_was_taken_out_counts_while_it_has_answers(poll: Poll) -> None:
    script_edit.remove(poll.store, poll.clock, poll.question("How many?").id)
    script_edit.remove(poll.store, poll.clock, poll.question("name").id)
    found = tally.tally(poll.store, poll.campaign)
    assert [(each.text, each.removed) for each in found.questions] == [
        ("Coming?", False),
        ("How many?", True),
    ]


def test_answers_are_exported_one_row_a_person(poll: Poll, tmp_path: Path) -> None:
    poll.say("Ben", "name", "=cmd()")
    path = tmp_path / "answers.csv"
    assert answers_out.export(poll.store, poll.campaign, path) == 4
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    assert list(rows[0])[-3:] == ["Coming?", "How many?", "name (2)"]
    ann, ben, _cy, di = rows
    assert (ann["name"], ann["Coming?"], ann["How many?"], ann["first_message"]) == (
        "Ann",
        "Yes",
        "3",
        "sent",
    )
    assert ann["first_message_at"].startswith("2026-11-")
    assert ben["name (2)"] == "'=cmd()"
    assert (di["Coming?"], di["last_answer_at"], di["opted_out"]) == ("", "", "no")


def test_a_masked_export_has_no_names_and_no_words(poll: Poll) -> None:
    poll.say("Ben", "name", "call me at home")
    out = io.StringIO()
    assert answers_out.export(poll.store, poll.campaign, out, "json", mask=True) == 4
    ann, ben, *_rest = json.loads(out.getvalue())
    assert (ann["number"], ann["name"], ann["Coming?"]) == ("•••100", "", "Yes")
    assert ben["name (2)"] == "(answered)"
    assert "+1312" not in out.getvalue()
    with pytest.raises(CampaignError, match="There is no campaign 99"):
        answers_out.export(poll.store, 99, out)
