"""Answers: kept at once, cleared with what followed, written to fields and tags, restored, suggested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.campaigns import campaign, script, script_edit
from app.campaigns.script import Option, Question, Script
from app.clock import FixedClock
from app.conversations import answers, asked, suggesting
from app.conversations.answers import AnswerError, Change
from app.people import contacts, optouts
from app.store import tables as t
from app.store.engine import Store, open_store
from app.store.events import AnswerChanged, Event

NOW = 1_794_585_600.0  # Wednesday, 11 November 2026, 16:00 UTC
MARIA = "+13125550100"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


class Desk:
    """A campaign with a script, its first message sent to Maria, and what is kept of her."""

    def __init__(self, store: Store, clock: FixedClock) -> None:
        self.store, self.clock = store, clock
        with store.write() as unit:
            conn = unit.conn
            for name, kind in (("guests", "number"), ("visit", "date")):
                conn.execute(sa.insert(t.field_type).values(name=name, kind=kind))
            conn.execute(
                sa.insert(t.contact).values(
                    number=MARIA, name="Maria Lopez", first_name="Maria", last_name="Lopez", created_at=0, updated_at=0,
                    fields='{"slot": "10:30"}', time_zone="America/Chicago",
                )
            )  # fmt: skip
        self.campaign = self.started("Spring", NOW - 3600)
        save = script_edit.save
        yes = Option(
            "Yes", "Great, {first_name}! See you at {slot}.", tag="coming", then="How many?", words=("ok",)
        )
        maybe = Option("Maybe", "Shall I ask {colour}?", then="How many?")
        no = Option("No", "Thanks.", tag="not coming", opts_out=True, then="Why not?")
        save(store, clock, self.campaign, Question("Will they come?", options=(yes, maybe, no)))
        _first, many, why = script.get(store, self.campaign).questions
        save(
            store,
            clock,
            self.campaign,
            replace(many, kind="number", field="guests", next_text="A table for you."),
        )
        save(store, clock, self.campaign, replace(why, kind="text"))

    def started(self, name: str, sent_at: float) -> int:
        made = campaign.create(
            self.store, self.clock, name=name, list_id=None, template="Hi", texter="Dana", operator="Dana"
        )
        with self.store.write() as unit:
            key = unit.conn.execute(
                sa.insert(t.message).values(
                    direction="out", kind="first", number=MARIA, campaign_id=made, text="Hi", state="queued",
                    created_at=0,
                )
            ).inserted_primary_key[0]  # fmt: skip
            click = unit.conn.execute(
                sa.insert(t.click).values(
                    message_id=key, operator="Dana", at=sent_at, monotonic=1.0, device="mouse", text_hash="x"
                )
            ).inserted_primary_key[0]
            unit.conn.execute(
                sa.update(t.message)
                .where(t.message.c.id == key)
                .values(state="sent", click_id=click, claimed_at=sent_at)
            )
        return made

    @property
    def script(self) -> Script:
        return script.get(self.store, self.campaign)

    def question(self, text: str) -> Question:
        return next(each for each in self.script.every if each.text == text)

    def give(self, text: str, said: str) -> Change:
        self.clock.advance(1)
        asked_for = self.question(text)
        option = next((each.id for each in asked_for.choices if each.label == said), None)
        return answers.give(
            self.store, self.clock, "Dana", self.campaign, MARIA, asked_for.id, option_id=option,
            value=said, country="US",
        )  # fmt: skip

    def clear(self, text: str) -> Change:
        return answers.clear(self.store, self.clock, self.campaign, MARIA, self.question(text).id)

    def writes(self, text: str) -> None:
        self.clock.advance(1)
        with self.store.write() as unit:
            unit.conn.execute(
                sa.insert(t.message).values(
                    direction="in", number=MARIA, kind="text", text=text, state="received",
                    created_at=self.clock.now(),
                )
            )  # fmt: skip

    def sheet(self, campaign_id: int = 0) -> asked.Sheet:
        found = asked.current(self.store, self.clock, campaign_id or self.campaign, MARIA)
        assert found is not None
        return found

    def said(self) -> dict[str, str | None]:
        return {each.question.text: each.answer.value if each.answer else None for each in self.sheet().asked}

    def person(self) -> contacts.Contact:
        with self.store.read() as conn:
            found = contacts.by_number(conn, MARIA)
        assert found is not None
        return found


@pytest.fixture
def desk(store: Store, clock: FixedClock) -> Desk:
    return Desk(store, clock)


def test_answers_lead_from_question_to_question(desk: Desk) -> None:
    assert desk.said() == {"Will they come?": None}
    change = desk.give("Will they come?", "Yes")
    assert (change.label, change.nothing) == ("Will they come? Yes", False)
    assert desk.said() == {"Will they come?": "Yes", "How many?": None}
    first = desk.sheet().asked[0]
    assert first.text == "Great, Maria! See you at 10:30."
    assert first.answer is not None
    assert (first.answer.operator, first.answer.at) == ("Dana", desk.clock.now())
    assert desk.sheet().turn == 1
    desk.give("How many?", "3")
    assert desk.sheet().asked[1].text == "A table for you."
    assert desk.person().fields["guests"] == "3"
    assert desk.person().tags == ("coming",)


def test_another_answer_clears_what_followed_with_its_tag_and_field(desk: Desk) -> None:
    desk.give("Will they come?", "Yes")
    desk.give("How many?", "3")
    assert desk.give("Will they come?", "Yes").nothing  # the same again is none
    change = desk.give("Will they come?", "No")
    assert desk.said() == {"Will they come?": "No", "Why not?": None}
    assert desk.person().tags == ("not coming",)
    assert "guests" not in desk.person().fields
    assert len(change.cleared) == 2
    assert change.restore(desk.store)
    assert desk.said() == {"Will they come?": "Yes", "How many?": "3"}
    assert desk.person().tags == ("coming",)
    assert desk.person().fields["guests"] == "3"
    assert not change.restore(desk.store)  # once is enough
    with desk.store.read() as conn:  # nothing was ever deleted
        assert conn.execute(sa.select(sa.func.count()).select_from(t.answer)).scalar() == 3


def test_what_somebody_changed_since_is_left_alone(desk: Desk) -> None:
    desk.give("Will they come?", "Yes")
    many = desk.give("How many?", "3")
    contacts.save(desk.store, desk.clock, desk.person().id, {"fields": {"guests": "5"}})
    desk.clear("How many?")
    assert desk.person().fields["guests"] == "5"
    desk.give("How many?", "4")
    assert not many.restore(desk.store)  # another answer stands
    assert desk.said()["How many?"] == "4"


def test_clearing_takes_the_answer_and_what_followed_and_can_be_restored(desk: Desk) -> None:
    desk.give("Will they come?", "Maybe")
    desk.give("How many?", "2")
    change = desk.clear("Will they come?")
    assert desk.said() == {"Will they come?": None}
    assert change.restore(desk.store)
    assert desk.said() == {"Will they come?": "Maybe", "How many?": "2"}
    assert desk.clear("Why not?").nothing


@pytest.mark.parametrize(
    ("text", "said", "words"),
    [
        ("Will they come?", "Perhaps", "was taken out of the script"),
        ("How many?", "a few", "is no number"),
        ("How many?", "  ", "no answer to keep"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(desk: Desk, text: str, said: str, words: str) -> None:
    with pytest.raises(AnswerError, match=words):
        desk.give(text, said)
    assert desk.said() == {"Will they come?": None}


def test_a_value_that_does_not_fit_its_field_changes_nothing(desk: Desk) -> None:
    why = desk.question("Why not?")
    script_edit.save(desk.store, desk.clock, desk.campaign, replace(why, text="Which day?", field="visit"))
    desk.give("Will they come?", "No")
    with pytest.raises(AnswerError, match="The field visit: “some day” is not a date"):
        desk.give("Which day?", "some day")
    assert desk.said()["Which day?"] is None
    desk.give("Which day?", "5/12/2026")
    assert desk.person().fields["visit"] == "May 12, 2026"
    desk.clear("Which day?")
    assert "visit" not in desk.person().fields


def test_an_answer_can_fill_a_name(desk: Desk) -> None:
    why = desk.question("Why not?")
    script_edit.save(desk.store, desk.clock, desk.campaign, replace(why, field="last name"))
    desk.give("Will they come?", "No")
    change = desk.give("Why not?", "Ortega")
    assert desk.person().name == "Maria Ortega"
    assert change.restore(desk.store)
    assert desk.person().name == "Maria Lopez"


def test_answers_survive_a_change_of_the_script(desk: Desk) -> None:
    desk.give("Will they come?", "Maybe")
    desk.give("How many?", "2")
    first = desk.question("Will they come?")
    yes, _maybe, no = first.choices
    script_edit.save(
        desk.store, desk.clock, desk.campaign, replace(first, options=(replace(yes, label="Sure"), no))
    )
    assert desk.said() == {"Will they come?": "Maybe", "How many?": "2"}
    script_edit.remove(desk.store, desk.clock, desk.question("How many?").id)
    assert desk.said() == {"Will they come?": "Maybe"}
    with desk.store.read() as conn:
        assert {each.value for each in answers.standing(conn, desk.campaign, MARIA).values()} == {
            "Maybe",
            "2",
        }
    with pytest.raises(AnswerError, match="question was taken out"):
        desk.give("How many?", "4")


def test_answers_stay_when_the_person_is_taken_out(desk: Desk) -> None:
    change = desk.give("Will they come?", "No")
    assert desk.sheet().opts_out
    with desk.store.read() as conn:
        assert not optouts.active(conn, MARIA)  # an answer alone takes nobody out
    with desk.store.write() as unit:
        optouts.opt_out(unit, desk.clock, MARIA, source="operator", evidence="said no", operator="Dana")
    assert desk.said()["Will they come?"] == "No"
    assert not change.nothing


def test_who_is_no_contact_can_answer_too(desk: Desk) -> None:
    with desk.store.write() as unit:
        unit.conn.execute(sa.delete(t.contact))
    change = desk.give("Will they come?", "Yes")
    assert change.note == "This number is no contact, so only the answer itself was kept."
    assert desk.sheet().asked[0].missing == ("first_name", "slot")


def test_a_text_that_lacks_a_field_names_it(desk: Desk) -> None:
    desk.give("Will they come?", "Maybe")
    assert (desk.sheet().asked[0].text, desk.sheet().asked[0].missing) == ("", ("colour",))


def test_a_value_is_put_in_once_and_never_read_again(desk: Desk) -> None:
    with desk.store.write() as unit:
        unit.conn.execute(sa.update(t.contact).values(fields='{"slot": "{number} {{x}}"}'))
    desk.give("Will they come?", "Yes")
    assert desk.sheet().asked[0].text == "Great, Maria! See you at {number} {{x}}."


def test_an_event_says_whose_answer_changed(desk: Desk) -> None:
    seen: list[Event] = []
    desk.store.subscribe(seen.append)
    desk.give("Will they come?", "Maybe")
    assert AnswerChanged(desk.campaign, MARIA) in seen


def test_a_canned_reply_can_fill_in_an_answer_by_its_option(desk: Desk) -> None:
    option = desk.question("Will they come?").choices[1]
    answers.give_option(desk.store, desk.clock, "Dana", MARIA, option.id)
    assert desk.said()["Will they come?"] == "Maybe"
    with pytest.raises(AnswerError, match="taken out"):
        answers.give_option(desk.store, desk.clock, "Dana", MARIA, 999)


def test_the_newest_campaign_that_was_sent_comes_first(desk: Desk) -> None:
    later = desk.started("Autumn", NOW - 60)
    with desk.store.read() as conn:
        assert asked.campaigns(conn, MARIA) == ((desk.campaign, "Spring"),)  # the other has no script
    script_edit.save(desk.store, desk.clock, later, Question("Again?", options=(Option("Yes"),)))
    with desk.store.read() as conn:
        assert asked.campaigns(conn, MARIA) == ((later, "Autumn"), (desk.campaign, "Spring"))
        assert asked.campaigns(conn, "+13125550199") == ()
    assert asked.current(desk.store, desk.clock, 999, MARIA) is None


def test_their_last_text_suggests_and_keeps_nothing(desk: Desk) -> None:
    yes, *_others = desk.question("Will they come?").choices
    assert desk.sheet().asked[0].suggested is None
    desk.writes("Yes please!")
    assert desk.sheet().asked[0].suggested == yes.id
    assert desk.said() == {"Will they come?": None}
    desk.writes("STOP")
    assert desk.sheet().asked[0].suggested is None
    desk.writes("ok")
    desk.give("Will they come?", "Yes")
    assert desk.sheet().asked[1].offer == ""  # what they wrote before is answered
    desk.writes("we will be 3.")
    assert desk.sheet().asked[1].offer == "3"


YES_NO = Question(
    "Q",
    options=(
        Option("Yes", words=("yes", "y", "ok", "👍", "i will come"), id=1),
        Option("No", words=("no", "cant come", "stop"), id=2),
        Option("Other day", words=("another day",), id=3),
    ),
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("yes", 1),
        ("YES!!", 1),
        ("Y", 1),
        ("ok thanks", 1),
        ("👍🏽", 1),
        ("Yés", 1),
        ("I will come", 1),
        ("no", 2),
        ("I can’t come", 2),
        ("another day please", 3),
        ("other day", 3),
        ("not ok", None),
        ("dont think yes", None),
        ("yes and no", None),
        ("maybe", None),
        ("STOP", None),
        ("stop please", None),
        ("", None),
        ("nobody yesterday", None),
        ("well I have thought a lot about this and in the end I would say yes to you", None),
    ],
)
def test_words_suggest_an_answer(text: str, wanted: int | None) -> None:
    assert suggesting.option(YES_NO, text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("3", "3"), ("We are 12!", "12"), ("1,5 maybe", "1,5"), ("2 or 3", ""), ("none", ""), ("at 10:30", "")],
)
def test_a_number_in_a_reply_is_offered(text: str, wanted: str) -> None:
    assert suggesting.number(Question("Q", kind="number"), text) == wanted
    assert suggesting.number(YES_NO, text) == ""
