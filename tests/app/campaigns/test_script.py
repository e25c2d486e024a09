"""The script of a campaign: kept, changed, copied, checked; never a circle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.campaigns import checking, script, script_checks, script_edit, waves
from app.campaigns.script import Option, Question, Script, ScriptError
from app.campaigns.templates import TemplateError
from app.clock import FixedClock
from app.store.engine import Store
from app.store.tables import campaign, field_type, people_list

COMING = Question(
    "Will they come?",
    options=(
        Option(
            "Yes", "Great! See you at {slot}.", tone="good", words=("yes", "Ok "), then="Bringing someone?"
        ),
        Option("Other day", "Which day suits you?", tag="other day"),
        Option("No", "Thanks for telling me.", tone="bad", opts_out=True),
    ),
)


@pytest.fixture
def draft(crowd: Callable[..., int], drafted: Callable[..., int]) -> int:
    return drafted(crowd({"first_name": "Maria", "slot": "10:30"}), "Hi {first_name}")


@pytest.fixture
def made(store: Store, clock: FixedClock, draft: int) -> Script:
    script_edit.save(store, clock, draft, COMING)
    return script.get(store, draft)


def checks(store: Store, campaign_id: int) -> list[tuple[str, str]]:
    with store.read() as conn:
        row = conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().one()
        return [(each.level, each.text) for each in script_checks.checks(conn, row)]


def test_a_question_is_kept_with_its_answers_and_what_follows(made: Script) -> None:
    first, second = made.questions
    assert made.first == first
    assert [each.label for each in first.choices] == ["Yes", "Other day", "No"]
    yes, other, no = first.choices
    assert (yes.words, yes.tone, yes.next_id) == (("yes", "ok"), "good", second.id)
    assert (other.tag, no.opts_out) == ("other day", True)
    assert second.text == "Bringing someone?"
    assert made.after(first.id) == (second.id,)
    assert made.depth(second.id) == 1


def test_a_name_of_a_question_that_is_there_leads_to_it(
    store: Store, clock: FixedClock, made: Script
) -> None:
    first, second = made.questions
    options = (*first.choices[:2], replace(first.choices[2], then="bringing SOMEONE?"))
    script_edit.save(store, clock, made.campaign_id, replace(first, options=options))
    again = script.get(store, made.campaign_id)
    assert len(again.questions) == 2
    assert [each.next_id for each in again.questions[0].choices] == [second.id, None, second.id]


def test_a_circle_is_refused_with_the_way_it_goes(store: Store, clock: FixedClock, made: Script) -> None:
    second = made.questions[1]
    back = replace(second, options=(Option("Family", next_id=made.questions[0].id),))
    with pytest.raises(ScriptError, match="“Will they come\\?” → “Bringing someone\\?” → “Will they come"):
        script_edit.save(store, clock, made.campaign_id, back)
    assert script.get(store, made.campaign_id) == made
    itself = replace(second, kind="text", next_id=second.id)
    with pytest.raises(ScriptError, match="cannot lead back"):
        script_edit.save(store, clock, made.campaign_id, itself)


def test_what_was_taken_out_comes_back_unless_it_would_make_a_circle(
    store: Store, clock: FixedClock, made: Script
) -> None:
    first, second = made.questions
    script_edit.save(
        store, clock, made.campaign_id, replace(second, options=(Option("Family", then="Who?"),))
    )
    third = script.get(store, made.campaign_id).questions[2]
    assert script_edit.remove(store, clock, second.id)
    assert not script_edit.remove(store, clock, second.id)
    without = script.get(store, made.campaign_id)
    assert [each.text for each in without.questions] == ["Will they come?", "Who?"]
    assert without.get(second.id) is None
    assert [each.text for each in without.every if each.removed] == ["Bringing someone?"]
    script_edit.save(store, clock, made.campaign_id, replace(third, kind="text", next_id=first.id))
    with pytest.raises(ScriptError, match="cannot lead back"):
        script_edit.restore(store, second.id)
    script_edit.save(store, clock, made.campaign_id, replace(third, kind="text", next_id=None))
    assert script_edit.restore(store, second.id)
    assert script.get(store, made.campaign_id).after(first.id) == (second.id, third.id)


def test_an_answer_that_is_left_out_is_taken_out_and_keeps_its_row(
    store: Store, clock: FixedClock, made: Script
) -> None:
    first = made.questions[0]
    script_edit.save(store, clock, made.campaign_id, replace(first, options=first.choices[:2]))
    again = script.get(store, made.campaign_id).questions[0]
    assert [each.label for each in again.choices] == ["Yes", "Other day"]
    assert again.option(first.choices[2].id).label == "No"
    # as words for a while, then a choice again: its answers are as they were
    script_edit.save(store, clock, made.campaign_id, replace(again, kind="text", options=()))
    words = script.get(store, made.campaign_id).questions[0]
    assert (words.kind, words.choices) == ("text", ())
    script_edit.save(store, clock, made.campaign_id, replace(words, kind="choice"))
    assert [each.label for each in script.get(store, made.campaign_id).questions[0].choices] == [
        "Yes",
        "Other day",
    ]


def test_the_order_says_what_is_asked_first(store: Store, clock: FixedClock, made: Script) -> None:
    second = made.questions[1]
    assert not script_edit.move(store, second.id, 1)
    assert script_edit.move(store, second.id, -1)
    assert script.get(store, made.campaign_id).first.text == "Bringing someone?"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Question("  "), "Write the question"),
        (Question("Q", options=(Option("Yes"), Option("yes"))), "two answers “yes”"),
        (Question("Q", options=(Option("Yes", next_id=999),)), "no longer there"),
        (Question("Q", options=tuple(Option(f"A{n}") for n in range(21))), "at most 20"),
        (Question("Gone", id=999), "taken out meanwhile"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    store: Store, clock: FixedClock, draft: int, wanted: Question, words: str
) -> None:
    with pytest.raises(ScriptError, match=words):
        script_edit.save(store, clock, draft, wanted)
    assert script.get(store, draft).every == ()


def test_a_text_with_a_mistake_is_refused(store: Store, clock: FixedClock, draft: int) -> None:
    with pytest.raises(TemplateError, match="lone"):
        script_edit.save(store, clock, draft, Question("Q", options=(Option("Yes", "See you at {slot"),)))
    with pytest.raises(ScriptError, match="campaign is no longer there"):
        script_edit.save(store, clock, 999, Question("Q"))


def test_a_copy_has_the_script_and_not_what_was_taken_out(
    store: Store, clock: FixedClock, made: Script
) -> None:
    first, second = made.questions
    script_edit.save(store, clock, made.campaign_id, replace(first, options=first.choices[:2]))
    script_edit.save(store, clock, made.campaign_id, Question("How many?", kind="number", next_id=second.id))
    other = script.get(store, waves.duplicate(store, clock, made.campaign_id, "Dana"))
    assert [each.text for each in other.questions] == ["Will they come?", "Bringing someone?", "How many?"]
    assert [each.label for each in other.first.options] == ["Yes", "Other day"]
    assert other.first.choices[0].next_id == other.questions[1].id != second.id
    assert other.questions[2].next_id == other.questions[1].id
    assert other.first.choices[0].words == ("yes", "ok")


def test_checks_say_what_is_wrong_and_nothing_without_a_script(
    store: Store, clock: FixedClock, draft: int, made: Script
) -> None:
    assert checks(store, draft) == [("warn", "Script: “Bringing someone?” has no answers to choose from")]
    first, second = made.questions
    with store.write() as unit:
        unit.conn.execute(sa.insert(field_type).values(name="guests", kind="number"))
    script_edit.save(
        store,
        clock,
        draft,
        replace(second, field="Guests", options=(Option("Two"), Option("3", "{colour}?"))),
    )
    clash = replace(first.choices[2], words=("stop", "ok"))
    script_edit.save(store, clock, draft, replace(first, options=(*first.choices[:2], clash)))
    script_edit.save(store, clock, draft, Question("Did they come?", kind="text"))
    said = dict.fromkeys(text for _level, text in checks(store, draft))
    assert [text.removeprefix("Script") for text in said] == [
        ", Bringing someone? → 3: the list has no {colour}, so this text is not offered",
        ": a reply “stop” takes people out, so it never suggests “No”",
        ": “ok” suggests both “Yes” and “No”",
        ": no answer leads to “Did they come?”, so texters do not see it; a file can fill it in",
        ": {guests} is a number, and “Two” would not fit into it",
    ]


def test_a_good_script_passes_and_none_says_nothing(store: Store, clock: FixedClock, draft: int) -> None:
    assert checks(store, draft) == []
    script_edit.save(store, clock, draft, Question("Q", options=(Option("Yes", "At {slot}"),)))
    assert checks(store, draft) == [("pass", "The script holds together: 1 question")]


def test_answers_can_go_to_the_lists_own_fields_first(store: Store, draft: int) -> None:
    with store.write() as unit:
        unit.conn.execute(sa.update(people_list).values(columns='["slot", "area"]'))
        unit.conn.execute(sa.insert(field_type).values(name="birthday", kind="date"))
    assert script.fields_for(store, draft)[:3] == ("slot", "area", "birthday")


def test_the_checks_before_a_start_speak_of_the_script(store: Store, clock: FixedClock, made: Script) -> None:
    said = [each.text for each in checking.checks(store, clock, made.campaign_id)]
    assert "Script: “Bringing someone?” has no answers to choose from" in said
