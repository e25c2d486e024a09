"""Scripted subscribers: the same seed, the same answers; the shipped cast; files with mistakes."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from modem.emulator.people import People, PeopleError, Person, Rule, load_people

CAST = (
    Person("silent", weight=1),
    Person("yes", weight=2, replies=(("Yes", "Sure", "OK then"),)),
    Person("stop", weight=1, replies=(("STOP",),)),
)
NUMBERS = [f"+1555{n:07d}" for n in range(300)]


def _answers(people: People) -> list[object]:
    return [people.hears(number) for number in NUMBERS]


def test_the_same_seed_gives_the_same_answers_whatever_the_order():
    first = _answers(People(CAST, seed=7))
    again = People(CAST, seed=7)
    backwards = [again.hears(number) for number in reversed(NUMBERS)]
    assert first == backwards[::-1]
    assert first != _answers(People(CAST, seed=8))


def test_weights_are_kept_about():
    people = People(CAST, seed=1)
    names = [people.person(number).name for number in NUMBERS]
    assert 110 < names.count("yes") < 190
    assert 45 < names.count("stop") < 110


def test_an_exact_number_comes_before_a_pattern_before_the_cast():
    people = People(
        (*CAST, Person("family", numbers=("+1555000*",)), Person("mother", numbers=("+15550001",)))
    )
    assert people.person("+15550001").name == "mother"
    assert people.person("+15550002").name == "family"
    assert people.person("+1666").name in ("silent", "yes", "stop")


def test_nobody_answers_where_nobody_is():
    assert People().hears("+15550123") is None
    assert People((Person("one", numbers=("+1",), replies=(("x",),)),)).hears("+2") is None


def test_speed_divides_the_delay():
    person = Person("p", after=(10.0, 10.0), replies=(("x",),))
    assert People((person,), speed=20).hears("+1").delay == pytest.approx(0.5)


def test_the_first_rule_that_names_a_number_counts():
    people = People(rules=(Rule(("+15?",), reject=1), Rule(("+1*",), reject=2)))
    assert [people.rule(number).reject for number in ("+155", "+1555")] == [1, 2]
    assert people.rule("+2") is None


def test_the_shipped_cast_answers_stops_asks_and_writes_in_other_alphabets():
    with resources.as_file(resources.files("resources") / "people.toml") as path:
        people = load_people(path, seed=1)
    texts = [reply.text for n in range(3000) if (reply := people.hears(f"+1555{n:07d}"))]
    silent = 3000 - len(texts)
    assert 800 < silent < 1600
    assert any(text.upper().startswith("STOP") for text in texts)
    assert any(text.endswith("?") for text in texts)
    assert any("а" <= char <= "я" for text in texts for char in text)
    assert any("\u0600" <= char <= "\u06ff" for text in texts for char in text)
    assert any(char > "\uffff" for text in texts for char in text)
    assert any(len(text) > 160 for text in texts)
    assert people.rule("+12025550199").reject == 1
    assert people.rule("+12025550198").report == 0x46
    assert people.rule("+12025550196") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("person = 1", r"\[\[person\]\]"),
        ("[[person]]\nafter = [1]", "after"),
        ("[[person]]\nafter = [-1, 2]", "after"),
        ("[[person]]\nweight = 0", "weight"),
        ('[[person]]\nreplies = ["x"]', "replies"),
        ("[[person]]\nnumbers = [1]", "numbers"),
        ("[[network]]\nreject = 1", "network"),
        ('[[network]]\nnumbers = ["1"]\nreject = 5000', "999"),
        ('[[network]]\nnumbers = ["1"]\nreport = "perhaps"', "report"),
        ("[[person", "TOML"),
    ],
)
def test_a_file_with_a_mistake_says_which(tmp_path: Path, text: str, says: str):
    path = tmp_path / "people.toml"
    path.write_text(text)
    with pytest.raises(PeopleError, match=says):
        load_people(path)


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(PeopleError, match="cannot be read"):
        load_people(tmp_path / "none.toml")
