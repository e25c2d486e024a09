"""The figures of triage on labelled replies, as guards: each is a little under what is reached."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.conversations.triage import judge
from app.people.matching import _load

sys.path.insert(0, str(Path(__file__).parent))

from score import Pairs, f1, figures, load

#: Least values on the replies to tune by and on those to tell by: HARD+HOLD precision and recall, a person's recall,
#: the macro-F1 of positive, negative and question.
LEAST = {
    "dev": (0.97, 0.98, 0.98, 0.87),
    "test": (0.81, 0.92, 0.96, 0.84),
    "unseen": (0.89, 0.93, 0.97, 0.83),
}


@pytest.fixture(scope="module")
def judged() -> dict[str, Pairs]:
    return {name: [(reply, judge(reply.text)) for reply in load(name)] for name in LEAST}


@pytest.mark.parametrize("name", LEAST)
def test_the_figures_stay_where_they_are(judged: dict[str, Pairs], name: str) -> None:
    found = figures(judged[name])
    precise, complete, person, macro = LEAST[name]
    assert found["HARD+HOLD"][0].value >= precise
    assert found["HARD+HOLD"][1].value >= complete
    assert found["needs a person"][1].value >= person
    assert sum(f1(*found[label]) for label in ("positive", "negative", "question")) / 3 >= macro


@pytest.mark.parametrize("name", LEAST)
def test_what_acts_without_a_person_is_an_opt_out(judged: dict[str, Pairs], name: str) -> None:
    assert figures(judged[name])["HARD is an opt-out"][0].value >= 0.995


@pytest.mark.parametrize("name", LEAST)
def test_few_replies_are_held_or_warned_of_for_nothing(judged: dict[str, Pairs], name: str) -> None:
    plain = [found for reply, found in judged[name] if reply.tier == "NONE"]
    assert sum(found.tier == "HINT" for found in plain) / len(plain) <= 0.15
    assert sum(found.tier in ("HARD", "HOLD") for found in plain) / len(plain) <= 0.05


DRESSES = (
    "{}",
    "{}.",
    "{}!!!",
    " {} \n",
    "“{}”",
    "({})",
    "*{}*",
    "{} 🛑",
    "\u200b{}\u200d",
    "please {}",
    "{}\n\nSent from my iPhone",
)


def test_every_keyword_of_eight_languages_is_hard_however_it_is_dressed() -> None:
    words = sorted(_load().keywords | {"stop"})
    assert len(words) > 50
    for word in words:
        for dress in DRESSES:
            for said in (word, word.upper(), word.capitalize()):
                text = dress.format(said)
                assert judge(text).tier == "HARD", text
