"""Texts to somebody who opted out: one confirmation, one for each HELP, one answer; and no way round."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.campaigns import gate
from app.people import confirming, confirming_offers, confirming_permits, holds, ledger, optouts
from app.people.confirming import Texts
from app.store.tables import audit, conversation, line_history, message, opt_out_log, permit
from app.texting import clicks, crash, recovery, sending
from app.texting.clicks import Clicked, Refused
from modem.api import Outcome, Refusal, SendResult, Step

OFFICE = Texts(confirms=True, office="Lakeside Clinic", purpose="We text about your appointments.")
POINTS = {crash.STEPS[step]: step for step in Step}


class Desk:
    """Somebody at the inbox, and a person who writes."""

    def __init__(self, world, number):
        self.world, self.number = world, number
        confirming.save(world.store, OFFICE)

    def says(self, text, *, ago=0.0, number=""):
        return self.world.receive(self.world.pdu(number or self.number, text, ago=ago))

    @property
    def thread(self):
        return self.world.thread(self.number)["id"]

    def offers(self, language=""):
        world = self.world
        with world.store.read() as conn:
            return {
                each.kind: each
                for each in confirming_offers.read(
                    world.store, conn, world.clock, self.thread, language=language
                )
            }

    def press(self, offer, **values):
        world = self.world
        values = {"text_hash": clicks.text_hash(offer.text), "language": offer.language} | values
        return clicks.prepared(
            world.store, world.clock, self.thread, offer.kind, offer.answers_id, press=world.press(),
            operator="Ana", **values,
        )  # fmt: skip

    def answer(self, text="Yes, at nine.", answers=None):
        world = self.world
        key = self.offers()["answer"].answers_id if answers is None else answers
        return clicks.compose(
            world.store, world.clock, self.thread, text, press=world.press(), operator="Ana", answers=key
        )

    def taken(self):
        return [text for number, text, _ in self.world.modem.accepted if number == self.number]

    def logged(self):
        rows = self.world.rows(sa.select(opt_out_log).order_by(opt_out_log.c.id))
        return [(row["action"], row["source"]) for row in rows]


@pytest.fixture
def desk(world, people):
    return Desk(world, people[0])


CONFIRMED = "Lakeside Clinic: you are opted out and will get no more texts from us."
HELPED = "Lakeside Clinic: We text about your appointments. Reply STOP to get no more texts."


# -- the confirmation -----------------------------------------------------------------------------


def test_a_confirmation_waits_for_a_press_and_goes_once(desk, world):
    desk.says("STOP")
    assert desk.taken() == []
    assert not world.send()
    offer = desk.offers()["confirmation"]
    assert (offer.text, offer.said, offer.why_not) == (CONFIRMED, "STOP", "")
    assert offer.leave_by == pytest.approx(world.clock.now() + 300)
    assert isinstance(desk.press(offer), Clicked)
    assert desk.offers() == {}
    assert isinstance(desk.press(offer), Refused)
    assert world.send()
    assert desk.taken() == [CONFIRMED]
    assert desk.offers() == {}
    assert isinstance(desk.press(offer), Refused)
    assert desk.logged() == [("out", "sms"), ("confirmed", "confirmation")]
    assert ledger.check(world.store) is None
    assert isinstance(world.reply(desk.number, "And now this"), Refused)


def test_no_press_counts_while_the_window_is_locked(desk, world):
    desk.says("STOP")
    offer = desk.offers()["confirmation"]
    world.store.locked = True
    assert "locked" in desk.press(offer).why
    world.store.locked = False
    assert isinstance(desk.press(offer), Clicked)


def test_it_is_off_until_a_manager_turns_it_on(desk, world):
    confirming.save(world.store, replace(OFFICE, confirms=False))
    desk.says("STOP")
    assert desk.offers() == {}
    confirming.save(world.store, OFFICE)
    offer = desk.offers()["confirmation"]
    confirming.save(world.store, replace(OFFICE, confirms=False))
    assert isinstance(desk.press(offer), Refused)


@pytest.mark.parametrize("seconds, live", [(0, True), (299, True), (300, False), (3600, False)])
def test_five_minutes_from_the_arrival(desk, world, seconds, live):
    desk.says("STOP")
    world.clock.advance(seconds)
    offer = desk.offers()["confirmation"]
    assert ("five minutes" in offer.why_not) is not live
    assert isinstance(desk.press(offer), Clicked if live else Refused)
    assert world.send() is live


@pytest.mark.parametrize("ago, live", [(-90, True), (299, True), (300, False), (86_000, False)])
def test_and_from_the_networks_stamp_where_that_is_earlier(desk, world, ago, live):
    desk.says("STOP", ago=ago)  # the laptop was off, or the centre's clock runs ahead
    offer = desk.offers()["confirmation"]
    assert ("time stamp" in offer.why_not) is not live
    assert isinstance(desk.press(offer), Clicked if live else Refused)


def test_it_is_greyed_for_a_day_and_then_gone(desk, world):
    desk.says("STOP")
    world.clock.advance(86_399)
    assert desk.offers()["confirmation"].why_not
    world.clock.advance(1)
    assert desk.offers() == {}


def test_a_click_that_waits_too_long_for_its_line_does_not_leave(desk, world):
    desk.says("STOP")
    world.clock.advance(290)
    clicked = desk.press(desk.offers()["confirmation"])
    world.clock.advance(11)
    assert not world.send()
    assert desk.taken() == []
    assert "five minutes" in world.row(clicked.message_id)["reason"]
    assert world.thread(desk.number)["draft"] == ""


@pytest.mark.parametrize("back", [30, 200, 4000])
def test_a_clock_that_is_set_back_makes_nothing_younger(desk, world, back):
    desk.says("STOP")
    desk.offers()
    world.clock.advance(299)
    assert not desk.offers()["confirmation"].why_not
    world.clock.jump(-back)
    world.clock.advance(1)
    offer = desk.offers()["confirmation"]
    assert offer.why_not
    assert isinstance(desk.press(offer), Refused)


def test_a_clock_that_jumps_ahead_and_back_gives_no_second_five_minutes(desk, world):
    desk.says("STOP")
    world.clock.jump(7200)
    assert desk.offers()["confirmation"].why_not
    world.clock.jump(-7200)
    world.clock.advance(60)
    # What this process saw first was two hours: it does not take that back.
    assert desk.offers()["confirmation"].why_not


def test_what_the_database_knows_tells_a_clock_that_was_set_back_before_anybody_looked(desk, world):
    desk.says("STOP")
    with world.store.write() as unit:
        unit.conn.execute(
            sa.insert(line_history).values(line_id=world.line_id, at=world.clock.now() + 1000, state="ready")
        )
    assert "clock was set back" in desk.offers()["confirmation"].why_not


def test_a_clock_that_is_set_back_between_click_and_claim_stops_it(desk, world):
    desk.says("STOP")
    world.clock.advance(200)
    clicked = desk.press(desk.offers()["confirmation"])
    world.clock.jump(-150)
    assert not world.send()
    assert "clock was set back" in world.row(clicked.message_id)["reason"]


def test_it_obeys_the_quiet_hours_though_an_answer_would_not(desk, world):
    world.clock.advance(12 * 3600)  # midnight in Chicago
    desk.says("STOP")
    offer = desk.offers()["confirmation"]
    assert offer.why_not == "It is 00:00 in Chicago: nothing but an answer is sent at that hour."
    assert isinstance(desk.press(offer), Refused)
    desk.says("What is this about?")
    assert desk.offers()["answer"].why_not == ""


def test_two_who_press_at_once_send_one(desk, world):
    desk.says("STOP")
    offer = desk.offers()["confirmation"]
    ready, outcomes = threading.Barrier(4), []

    def press():
        ready.wait()
        outcomes.append(desk.press(offer))

    threads = [threading.Thread(target=press) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(type(each).__name__ for each in outcomes) == ["Clicked", "Refused", "Refused", "Refused"]
    while world.send():
        pass
    assert desk.taken() == [CONFIRMED]
    assert len(world.rows(sa.select(permit))) == 1


@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.UNKNOWN, Outcome.NOT_SENT])
def test_a_click_that_was_taken_counts_whatever_became_of_it(desk, world, outcome):
    desk.says("STOP")
    offer = desk.offers()["confirmation"]
    clicked = desk.press(offer)
    world.modem.script.append(outcome)
    world.send()
    assert world.row(clicked.message_id)["state"] == outcome.value
    assert desk.offers() == {}
    assert isinstance(desk.press(offer), Refused)
    again = clicks.send_again(
        world.store, world.clock, clicked.message_id, press=world.press(), operator="Ana"
    )
    assert isinstance(again, Refused)
    assert world.thread(desk.number)["waiting_since"] is None


def test_one_that_was_voided_before_it_left_may_be_pressed_again(desk, world, monkeypatch):
    desk.says("STOP")
    first = desk.press(desk.offers()["confirmation"], grace=5.0)
    assert clicks.take_back(world.store, world.clock, first.message_id)
    assert world.thread(desk.number)["draft"] == ""
    assert world.thread(desk.number)["waiting_since"] is None
    second = desk.press(desk.offers()["confirmation"])
    not_ready = SendResult(Outcome.NOT_SENT, 1, refusal=Refusal.NOT_READY, detail="No network.")
    with monkeypatch.context() as patch:
        patch.setattr(world.modem, "send", lambda *_: not_ready)
        world.send()
    assert world.row(second.message_id)["state"] == "removed"
    assert isinstance(desk.press(desk.offers()["confirmation"]), Clicked)
    world.send()
    assert desk.taken() == [CONFIRMED]
    assert len(world.rows(sa.select(permit))) == 1


def test_a_new_opt_out_is_a_new_event_and_the_same_text_confirms_once(desk, world):
    desk.says("STOP")
    desk.press(desk.offers()["confirmation"])
    world.send()
    stop = world.inbound()[-1]["id"]
    with world.store.write() as unit:
        assert optouts.lift(
            unit,
            world.clock,
            desk.number,
            source="operator",
            reason="phoned",
            evidence="a call",
            operator="Ana",
        )
        optouts.opt_out(
            unit, world.clock, desk.number, source="operator", evidence="after all", message_id=stop
        )
    assert desk.offers() == {}
    world.clock.advance(1)
    desk.says("START")
    world.clock.advance(1)
    desk.says("STOP")
    assert isinstance(desk.press(desk.offers()["confirmation"]), Clicked)
    world.send()
    assert desk.taken() == [CONFIRMED] * 2


@pytest.mark.parametrize(
    "later, point",
    [("STOP", "clicked"), ("STOP", "P3"), ("STOP", "P4"), ("START", "P4"), ("Who is this?", "clicked")],
)
def test_whatever_they_write_between_click_and_octets_stops_it(desk, world, later, point):
    desk.says("STOP")
    world.clock.advance(5)
    clicked = desk.press(desk.offers()["confirmation"])
    world.clock.advance(1)
    if point == "clicked":
        desk.says(later)
    else:
        world.modem.hooks.on_step = lambda step: desk.says(later) if step is POINTS[point] else None
    world.send()
    world.modem.hooks.on_step = lambda step: None
    assert desk.taken() == []
    row = world.row(clicked.message_id)
    assert row["state"] == ("blocked" if point == "clicked" else "not_sent")
    assert row["reason"]
    assert not world.send()


@pytest.mark.parametrize("point", ["clicked", "P4"])
@pytest.mark.parametrize("act", ["lifted", "out"])
def test_what_somebody_decides_by_hand_between_click_and_octets_stops_it(desk, world, act, point):
    desk.says("STOP" if act == "lifted" else "HELP")
    desk.press(desk.offers()["confirmation" if act == "lifted" else "help"])
    by = {"source": "operator", "operator": "Ana", "evidence": "a call"}

    def decide(step=None):
        if step in (None, POINTS["P4"]):
            with world.store.write() as unit:
                if act == "lifted":
                    assert optouts.lift(unit, world.clock, desk.number, reason="phoned", **by)
                else:
                    optouts.opt_out(unit, world.clock, desk.number, **by)

    if point == "clicked":
        decide()
    else:
        world.modem.hooks.on_step = decide
    world.send()
    assert desk.taken() == []


def test_an_event_is_bound_to_one_text_until_that_came_back(desk, world):
    desk.says("STOP")
    event = desk.offers()["confirmation"].event
    rows = [
        world.row(world.queue(desk.number, f"Text {n}", kind="reply", campaign_id=None)) for n in range(3)
    ]
    with world.store.write() as unit:
        assert confirming_permits.put(unit, event, rows[0]) == ""  # it was never pressed
        assert confirming_permits.put(unit, event, rows[1]) == ""
    assert isinstance(world.click(rows[1]["id"]), Clicked)
    with world.store.write() as unit:
        assert "no second" in confirming_permits.put(unit, event, rows[2])
        other = replace(event, answers_id=event.answers_id + 1)  # another text, the same opt-out
        assert "no second" in confirming_permits.put(unit, other, rows[2])
    assert isinstance(world.click(rows[0]["id"]), Refused)
    assert isinstance(world.click(rows[2]["id"]), Refused)


def test_an_opt_out_that_did_not_come_by_text_is_not_confirmed(desk, world):
    desk.says("Hello there")
    with world.store.write() as unit:
        optouts.opt_out(
            unit, world.clock, desk.number, source="operator", evidence="by phone", operator="Ana"
        )
    assert desk.offers() == {}


def test_a_hold_that_somebody_decided_is_confirmed_within_five_minutes_of_the_text(desk, world):
    desk.says("Stop texting me before nine")
    assert desk.offers() == {}
    world.clock.advance(200)
    assert holds.decide(world.store, world.clock, desk.number, "opted out", "Ana")
    offer = desk.offers()["confirmation"]
    assert offer.leave_by == pytest.approx(world.clock.now() + 100)
    assert isinstance(desk.press(offer), Clicked)


def test_it_opens_no_other_text_number_or_campaign(desk, world, people):
    desk.says("STOP")
    desk.says("STOP", number=people[1])
    clicked = desk.press(desk.offers()["confirmation"])
    own = world.row(clicked.message_id)

    def verdict(**values):
        with world.store.read() as conn:
            return gate.check(conn, world.clock.now(), {**own, **values}).verdict

    assert verdict() == "go"
    assert verdict(id=clicked.message_id + 1) == "blocked"
    assert verdict(number=people[1]) == "blocked"
    assert verdict(text_hash=clicks.text_hash("Buy now")) == "blocked"
    assert verdict(campaign_id=world.campaign_id) == "blocked"
    assert verdict(kind="first") == "blocked"
    assert verdict(resend_of=clicked.message_id) == "blocked"
    with world.store.read() as conn:
        assert [each.verdict for each in gate.check_many(conn, world.clock.now(), [own])] == ["go"]
    first = world.queue(desk.number, "Autumn", occasion="2027-01")
    assert isinstance(world.click(first), Refused)
    world.set(message, clicked.message_id, text="Buy now", text_hash=clicks.text_hash("Buy now"))
    assert not world.send()
    assert desk.taken() == []


def test_a_hold_stays_whatever_was_pressed(desk, world):
    desk.says("HELP")
    offer = desk.offers()["help"]
    with world.store.write() as unit:
        holds.put(unit, world.clock.now(), desk.number, rule="S1", said="stop", why="", message_id=None)
    assert "Decide" in desk.offers()["help"].why_not
    assert isinstance(desk.press(offer), Refused)


def test_the_text_that_was_shown_is_the_text_that_goes(desk, world):
    desk.says("baja")
    spanish = desk.offers()["confirmation"]
    assert spanish.language == "es"
    german = desk.offers("de")["confirmation"]
    assert "abgemeldet" in german.text
    assert isinstance(desk.press(spanish, language="de"), Refused)
    confirming.save(world.store, replace(OFFICE, office="Another Clinic"))
    assert isinstance(desk.press(german), Refused)
    assert desk.logged() == [("out", "sms")]  # and a refusal leaves nothing behind
    assert world.rows(sa.select(permit)) == []


@pytest.mark.parametrize("point", ["P2", "P4", "P5", "P6", "P7"])
def test_a_death_on_the_way_never_makes_two(desk, world, died, monkeypatch, point):
    desk.says("STOP")
    offer = desk.offers()["confirmation"]
    clicked = desk.press(offer)

    def die(at):
        if at == point:
            raise died

    if point == "P7":
        world.modem.script.append(Outcome.NOT_SENT)
    monkeypatch.setattr(crash, "reach", die)
    world.modem.hooks.on_step = lambda step: die(crash.STEPS[step])
    with pytest.raises(died):
        world.send()
    monkeypatch.undo()
    world.modem.hooks.on_step = lambda step: None
    world.reopen()
    recovery.recover(world.store, world.clock)
    assert world.row(clicked.message_id)["state"] in ("sent", "unknown")
    assert desk.offers() == {}
    assert isinstance(desk.press(offer), Refused)
    while world.send():
        pass
    assert desk.taken() == [CONFIRMED] * (point in ("P5", "P6"))


def test_a_death_between_click_and_claim_lets_it_be_pressed_again(desk, world):
    desk.says("STOP")
    desk.press(desk.offers()["confirmation"])
    world.reopen()
    recovery.recover(world.store, world.clock)
    assert not world.send()
    assert world.thread(desk.number)["draft"] == ""
    assert isinstance(desk.press(desk.offers()["confirmation"]), Clicked)
    world.send()
    assert desk.taken() == [CONFIRMED]


@pytest.mark.parametrize("first, kind", [("STOP", "confirmation"), ("HELP", "help")])
def test_who_asked_something_meanwhile_goes_on_waiting(desk, world, first, kind):
    desk.says(first)
    world.clock.advance(1)
    desk.says("Could you call me instead?")
    world.clock.advance(1)
    desk.press(desk.offers()[kind])
    world.send()
    assert len(desk.taken()) == 1
    assert world.thread(desk.number)["waiting_since"] is not None


# -- HELP -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words, language", [("HELP", "en"), ("Aide!", "fr"), ("ayuda", "es"), ("Hilfe", "de")]
)
def test_help_is_prepared_in_their_language(desk, world, words, language):
    desk.says(words)
    offer = desk.offers()["help"]
    assert (offer.language, offer.why_not, offer.leave_by) == (language, "", None)
    assert offer.text.startswith("Lakeside Clinic")
    assert "We text about your appointments. " in offer.text
    assert "STOP" in offer.text


def test_help_goes_once_for_each_also_to_somebody_who_opted_out(desk, world):
    desk.says("STOP")
    world.clock.advance(400)
    desk.says("HELP")
    offers = desk.offers()
    assert offers["confirmation"].why_not
    assert "answer" not in offers  # for HELP there is its own text
    assert isinstance(desk.press(offers["help"]), Clicked)
    assert isinstance(desk.press(offers["help"]), Refused)
    assert world.thread(desk.number)["waiting_since"] is None
    world.send()
    assert desk.taken() == [HELPED]
    assert world.thread(desk.number)["waiting_since"] is None
    assert "help" not in desk.offers()
    world.clock.advance(60)
    desk.says("help?")
    assert isinstance(desk.press(desk.offers()["help"]), Clicked)
    world.send()
    assert desk.taken() == [HELPED] * 2


@pytest.mark.parametrize("before, point", [("", "clicked"), ("", "P4"), ("STOP", "clicked"), ("STOP", "P3")])
def test_a_stop_after_the_press_on_help_stops_it(desk, world, before, point):
    if before:
        desk.says(before)
        world.clock.advance(400)
    desk.says("HELP")
    world.clock.advance(1)
    desk.press(desk.offers()["help"])
    if point == "clicked":
        desk.says("STOP")
    else:
        world.modem.hooks.on_step = lambda step: desk.says("STOP") if step is POINTS[point] else None
    world.send()
    world.modem.hooks.on_step = lambda step: None
    assert desk.taken() == []
    assert not world.send()


def test_help_that_may_have_left_is_not_sent_again(desk, world):
    desk.says("HELP")
    clicked = desk.press(desk.offers()["help"])
    world.modem.script.append(Outcome.UNKNOWN)
    world.send()
    assert desk.offers() == {}
    by = {"press": world.press(), "operator": "Ana"}
    assert isinstance(clicks.send_again(world.store, world.clock, clicked.message_id, **by), Refused)
    assert isinstance(world.reply(desk.thread, "We are the clinic."), Clicked)  # what they type is theirs


def test_help_needs_an_office_that_says_who_it_is(desk, world):
    confirming.save(world.store, Texts())
    desk.says("HELP")
    offer = desk.offers()["help"]
    assert "who is writing and what the texts are for" in offer.why_not
    assert isinstance(desk.press(offer), Refused)


def test_help_that_was_answered_or_closed_waits_no_more(desk, world, people):
    desk.says("HELP")
    with world.store.write() as unit:
        unit.conn.execute(sa.update(conversation).values(waiting_since=None))
    assert desk.offers() == {}
    other = Desk(world, people[1])
    other.says("INFO")
    world.clock.advance(1)
    assert isinstance(world.reply(other.number, "We are the clinic."), Clicked)
    world.send()
    assert other.offers() == {}


def test_help_that_came_back_waits_again_and_is_nobodys_draft(desk, world):
    desk.says("HELP")
    clicked = desk.press(desk.offers()["help"], grace=5.0)
    assert desk.offers() == {}
    assert clicks.take_back(world.store, world.clock, clicked.message_id)
    assert world.thread(desk.number)["draft"] == ""
    assert isinstance(desk.press(desk.offers()["help"]), Clicked)


# -- one answer -----------------------------------------------------------------------------------


def test_who_wrote_again_and_asked_gets_one_answer(desk, world):
    desk.says("STOP")
    world.clock.advance(600)
    assert "answer" not in desk.offers()
    desk.says("When is my appointment?")
    assert isinstance(world.reply(desk.thread, "At nine."), Refused)
    offer = desk.offers()["answer"]
    assert (offer.said, offer.why_not, offer.text) == ("When is my appointment?", "", "")
    assert isinstance(desk.answer("At nine."), Clicked)
    assert isinstance(desk.answer("And at ten.", offer.answers_id), Refused)
    world.send()
    assert desk.taken() == ["At nine."]
    assert "answer" not in desk.offers()
    assert isinstance(desk.answer("And at ten.", offer.answers_id), Refused)
    assert isinstance(world.reply(desk.thread, "And at ten."), Refused)
    assert desk.logged()[-1] == ("confirmed", "they wrote first and asked for an answer")
    assert ledger.check(world.store) is None
    said = [
        row["detail"] for row in world.rows(sa.select(audit)) if row["action"] == "answered after an opt-out"
    ]
    assert said == [f"{desk.number}: they wrote first and asked for an answer"]
    world.clock.advance(60)
    desk.says("Thanks, and where?")
    assert isinstance(desk.answer("In Oak Street."), Clicked)
    world.send()
    assert desk.taken() == ["At nine.", "In Oak Street."]


@pytest.mark.parametrize("text", ["STOP", "please stop", "stop it!", "HELP", "START"])
def test_these_ask_for_no_answer(desk, world, text):
    desk.says("STOP")
    world.clock.advance(600)
    desk.says(text)
    assert "answer" not in desk.offers()


def test_what_they_wrote_before_they_opted_out_asks_for_nothing(desk, world):
    desk.says("When is my appointment?")
    question = world.inbound()[-1]["id"]
    world.clock.advance(60)
    desk.says("STOP")
    assert "answer" not in desk.offers()
    assert isinstance(desk.answer("At nine.", question), Refused)


@pytest.mark.parametrize("later, kept", [("STOP", ""), ("Never mind", "At nine.")])
def test_what_they_write_between_click_and_claim_stops_the_answer(desk, world, later, kept):
    desk.says("STOP")
    world.clock.advance(600)
    desk.says("When is my appointment?")
    desk.answer("At nine.")
    world.clock.advance(1)
    desk.says(later)
    assert not world.send()
    assert desk.taken() == []
    assert world.thread(desk.number)["draft"] == kept


def test_the_rest_of_a_long_answer_stays_here(desk, world):
    desk.says("STOP")
    world.clock.advance(600)
    desk.says("When is my appointment?")
    desk.answer("In parts, " * 20)
    world.modem.hooks.on_step = lambda step: desk.says("STOP") if step is Step.ACCEPTED else None
    world.send()
    assert len(desk.taken()) == 1


def test_somebody_who_was_erased_may_be_answered_too(desk, world):
    from app.people import privacy

    desk.says("STOP")
    privacy.erase(world.store, world.clock, desk.number, "Ana")
    assert world.rows(sa.select(permit)) == []
    world.clock.advance(60)
    desk.says("Do you still have my file?")
    assert "confirmation" not in desk.offers()
    assert isinstance(desk.answer("No, it is gone."), Clicked)
    world.send()
    assert desk.taken() == ["No, it is gone."]
    assert isinstance(world.reply(desk.thread, "One more"), Refused)


# -- the wordings ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["confirmation", "help"])
@pytest.mark.parametrize("language", confirming.LANGUAGES)
def test_the_shipped_wordings_take_one_segment(kind, language):
    text = OFFICE.text(kind, language)
    assert len(sending.sms.split(text).segments) == 1
    assert "{" not in text
    assert confirming.wrong_with(OFFICE, kind, language) == ""


@pytest.mark.parametrize(
    "wording, why",
    [
        ("{office}: come back at lakeside.org", "link"),
        ("{office}: you are out. 20% for you", "advertise"),
        ("{office}: out. Our sale goes on", "advertise"),
        ("{office} {purpose}", "not filled in"),
        ("é" * 330, "characters"),
        ("ж" * 200, "segments"),
    ],
)
def test_a_confirmation_says_nothing_else(world, wording, why):
    with pytest.raises(confirming.ConfirmingError, match=why):
        confirming.save(world.store, replace(OFFICE, wordings={"confirmation": {"fr": wording}}))
    assert not confirming.get(world.store).office


def test_the_offices_own_wordings_are_kept_and_the_shipped_ones_are_not_copied(world):
    own = {"confirmation": {"en": "  {office}:  done. ", "de": confirming.CONFIRMATIONS["de"], "xx": "no"}}
    confirming.save(world.store, replace(OFFICE, wordings=own))
    kept = confirming.get(world.store)
    assert kept.wordings["confirmation"] == {"en": "{office}: done."}
    assert kept.text("confirmation", "en") == "Lakeside Clinic: done."
    with pytest.raises(confirming.ConfirmingError, match="who is writing"):
        confirming.save(world.store, replace(OFFICE, office=" "))


def test_a_hostile_name_fills_nothing_in(world):
    texts = replace(OFFICE, office="{purpose}\n{office}")
    confirming.save(world.store, texts)
    assert confirming.get(world.store).text("confirmation", "en").startswith("{purpose} {office}: you are")
