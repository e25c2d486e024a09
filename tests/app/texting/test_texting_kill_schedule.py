"""Random days with random deaths: the invariants of sending hold whatever happens, in whatever order.

I1 the network is offered a text at most once for each click; I2 what it took is *sent* or *unknown*; I3 of what
is *not sent* it took nothing; I4 nothing leaves after an opt-out, or what may be one, was stored, but one
confirmation of it, one text for each HELP, and one answer that the log of the list names; I5 nothing stays under
way after a start; I6 every unknown is there to be seen.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.people import confirming, confirming_offers, confirming_permits, holds, optouts
from app.store import driver
from app.store.tables import click, conversation, message, message_part, opt_out_log, permit
from app.texting import clicks, crash, inbox, recovery, settling
from modem.api import Outcome, Step

LONG = "In parts, " * 20  # two parts
NUMBERS = 6


class Days:
    """One data folder over many lives of the program; each method is something that can happen."""

    def __init__(self, world, died, people):
        self.world, self.died, self.people = world, died, people[:NUMBERS]
        self.serial = 0
        self.number_of = {}
        self.stopped_at = {}  # number -> texts of it that the network had when its STOP was stored
        self.held_at = {}  # the same, of what may be an opt-out and waits for a decision
        self.pdus = []
        confirming.save(world.store, confirming.Texts(True, "Lakeside", "We text about appointments."))

    # -- what a person does

    def queue_and_press(self, who, long):
        self.serial += 1
        number = self.people[who]
        text = f"#{self.serial} {LONG if long else 'Short.'} #{self.serial}."
        message_id = self.world.queue(number, text, kind="reply")
        self.number_of[message_id] = number
        self.world.click(message_id)

    def press_what_came_back(self):
        for row in self.world.rows(sa.select(message).where(message.c.state == "queued")):
            self.world.click(row["id"])

    def take_back(self):
        for row in self.world.rows(sa.select(message).where(message.c.state == "clicked").limit(1)):
            clicks.take_back(self.world.store, self.world.clock, row["id"])

    def send_again(self):
        query = sa.select(message).where(
            message.c.state.in_(("unknown", "not_sent")), message.c.resolution == ""
        )
        for row in self.world.rows(query.limit(1)):
            clicks.send_again(
                self.world.store, self.world.clock, row["id"], press=self.world.press(), operator="Ana"
            )

    def press_what_is_offered(self, who, outcomes, point, stop):
        """Whatever waits for somebody who opted out or asked for help, as often as it is offered."""
        world, number = self.world, self.people[who]
        for row in world.rows(sa.select(conversation.c.id).where(conversation.c.number == number)):
            with world.store.read() as conn:
                offers = confirming_offers.read(world.store, conn, world.clock, row["id"])
            for offer in offers:
                self._press_offer(row["id"], offer)
                self._press_offer(row["id"], offer)  # and whoever presses twice
        self._send(point, outcomes, stop)

    def press_after_a_stop(self, who, then, outcomes, point, stop):
        """They opt out, perhaps write once more, and whatever waits for them then is pressed."""
        self._store_stop(self.people[who], None)
        if then:
            self.world.clock.advance(1)
            self.world.receive(self.world.pdu(self.people[who], then))
        self.press_what_is_offered(who, outcomes, point, stop)

    def _press_offer(self, thread, offer):
        world = self.world
        by = {"press": world.press(), "operator": "Ana"}
        self.serial += 1
        if offer.kind == "answer":
            text = f"#{self.serial} At nine. #{self.serial}."
            clicks.compose(world.store, world.clock, thread, text, answers=offer.answers_id, **by)
        else:
            made_on = {"text_hash": clicks.text_hash(offer.text), "language": offer.language}
            clicks.prepared(world.store, world.clock, thread, offer.kind, offer.answers_id, **made_on, **by)

    def help_is_asked(self, who):
        self.world.clock.advance(1)
        self.world.receive(self.world.pdu(self.people[who], "HELP"))

    def time_passes(self, minutes):
        self.world.clock.advance(minutes * 60)

    # -- what the line does

    def send_all(self):
        while self.world.send():
            pass

    def send(self, outcomes):
        self._send(None, outcomes, None)

    def send_and_die(self, point, outcomes):
        self._send(point, outcomes, None)

    def press_send_and_die(self, who, long, point, outcomes):
        self.queue_and_press(who, long)
        self._send(point, outcomes, None)

    def press_and_send_into_a_stop(self, who, long, point, outcomes, stop):
        self.queue_and_press(who, long)
        self._send(point, outcomes, stop)

    def _send(self, point, outcomes, stop):
        world = self.world
        world.modem.script.clear()
        world.modem.script.extend(outcomes)
        with pytest.MonkeyPatch.context() as patch:
            self._die_at(patch, point)
            world.modem.hooks.on_step = lambda step: self._step(step, point, stop)
            try:
                world.send()
            except self.died:
                self._restart()
            finally:
                world.modem.hooks.on_step = lambda step: None

    def _die_at(self, patch, point):
        def die(*_):
            raise self.died

        if point == "P2":
            patch.setattr(crash, "reach", lambda at: die() if at == "P2" else None)
        if point == "settle":
            patch.setattr(settling, "settle", die)

    def _step(self, step, point, stop):
        if stop is step:
            waiting = self.world.rows(sa.select(message).where(message.c.state == "sending"))
            self._store_stop(waiting[0]["number"], None)
        if crash.STEPS[step] == point:
            raise self.died

    # -- what comes in

    def a_stop_comes(self, who, point):
        self._store_stop(self.people[who], point)

    def a_hold_comes(self, who):
        number = self.people[who]
        self.world.clock.advance(1)
        self.world.receive(self.world.pdu(number, "stop texting me before 9"))
        if number not in self.stopped_at:  # who is out is not held
            self.held_at.setdefault(number, self._taken()[number])

    def a_person_decides(self, who, decision):
        number = self.people[who]
        if holds.decide(self.world.store, self.world.clock, number, decision, "Ana"):
            before = self.held_at.pop(number)
            if decision != "kept":
                self.stopped_at.setdefault(number, before)

    def a_start_comes(self, who):
        number = self.people[who]
        self.world.clock.advance(1)
        self.world.receive(self.world.pdu(number, "START"))
        self.stopped_at.pop(number, None)

    def an_answer_comes(self, who):
        self.serial += 1
        self.pdus.append(self.world.pdu(self.people[who], f"See you at nine, {self.serial}."))
        self.world.receive(self.pdus[-1])

    def an_answer_comes_again(self, again):
        if self.pdus:
            self.world.direct(self.pdus[again % len(self.pdus)])

    def _store_stop(self, number, point):
        self.world.clock.advance(1)
        pdu = self.world.pdu(number, "STOP")

        def die(at):
            if at == point:
                raise self.died

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(crash, "reach", die)
            try:
                self.world.receive(pdu, 1)
            except self.died:
                self._restart()
        if point == "R2":
            self.world.receive(pdu, 1)  # it is still on the SIM
        elif point == "R3":
            assert not self.world.receive(pdu, 1, delete=False).new
            part = self.world.parts()[-1]["id"]
            inbox.deleted(self.world.store, self.world.clock, [part])
        self.stopped_at.setdefault(number, self._taken()[number])
        self.held_at.pop(number, None)  # it answers the question that the hold asked

    def a_report_comes(self, who, status):
        taken = [each for each in self.world.modem.accepted if each[0] == self.people[who]]
        if taken:
            self.world.receive(self.world.report(taken[-1][0], taken[-1][2], status))

    # -- the end and the beginning

    def the_power_goes(self):
        self._restart()

    def _restart(self):
        self.world.reopen()
        recovery.recover(self.world.store, self.world.clock)
        under_way = message.c.state.in_(("clicked", "sending"))
        assert self.world.rows(sa.select(message.c.id).where(under_way)) == []  # I5

    # -- what always holds

    def _taken(self):
        return Counter(number for number, _, _ in self.world.modem.accepted)

    def _opened(self):
        """The texts that may have left for each number by a permit: one for each event, and logged."""
        columns = (permit.c.kind, permit.c.opt_out_id, permit.c.answers_id)
        query = sa.select(*columns, message.c.number, message.c.state, message.c.text).join(
            message, message.c.id == permit.c.message_id
        )
        rows = [row for row in self.world.rows(query) if row["state"] in confirming_permits.USED]
        assert len({(row["kind"], row["answers_id"]) for row in rows}) == len(rows)
        confirmed = [row["opt_out_id"] for row in rows if row["kind"] == "confirmation"]
        assert len(set(confirmed)) == len(confirmed)
        logged = self.world.rows(
            sa.select(opt_out_log.c.number, opt_out_log.c.source).where(opt_out_log.c.action == "confirmed")
        )
        for number in self.people:
            answered = sum(row["kind"] == "answer" for row in rows if row["number"] == number)
            reasons = [row["source"] for row in logged if row["number"] == number]
            assert answered <= reasons.count(confirming_offers.REASON)
        texts = {number: Counter() for number in self.people}
        for row in rows:
            texts[row["number"]][row["text"]] += 1
        return texts

    def _only_what_was_opened(self, number, before, opened):
        """Of what the network took since then, each is a text that a permit was written for."""
        taken = [text for whom, text, _ in self.world.modem.accepted if whom == number]
        assert len(taken) >= before
        assert Counter(taken[before:]) <= opened.get(number, Counter())

    def all_of_it_holds(self):
        with self.world.store.read() as conn:
            out = list(conn.execute(sa.select(message).where(message.c.direction == "out")).mappings())
            parts = set(conn.execute(sa.select(message_part.c.message_id)).scalars())
            clicks_of = Counter(conn.execute(sa.select(click.c.message_id)).scalars())
            stopped = optouts.active_set(conn, self.people)
            frozen = holds.standing_set(conn, self.people)
            received = list(
                conn.execute(sa.select(message.c.text).where(message.c.direction == "in")).scalars()
            )
        taken = Counter((number, text) for number, text, _ in self.world.modem.accepted)
        for (number, text), times in taken.items():
            rows = [row for row in out if row["number"] == number and text in row["text"]]
            assert times <= sum(bool(clicks_of[row["id"]]) for row in rows)  # I1
            assert times <= sum(row["state"] in ("sent", "unknown") for row in rows)  # I2
        for row in out:
            if row["state"] == "sent":  # and what is sent, it took
                assert any(number == row["number"] and text in row["text"] for number, text in taken)
            if row["state"] == "not_sent":
                assert row["id"] not in parts  # I3
            if row["state"] in ("unknown", "not_sent"):
                assert row["reason"]  # I6
            assert row["state"] != "sending"  # I5
        opened = self._opened()
        for number, before in self.stopped_at.items():  # I4
            assert number in stopped
            self._only_what_was_opened(number, before, opened)
        for number, before in self.held_at.items():
            assert number in stopped | frozen
            if number not in self.stopped_at:
                self._only_what_was_opened(number, before, opened if number in stopped else {})
        answers = [text for text in received if text.startswith("See you at nine")]
        assert len(answers) == len(set(answers)) == len(self.pdus)


POINTS = st.sampled_from(["P2", "P3", "P4", "P5", "P6", "P7", "settle"])
OUTCOMES = st.lists(st.sampled_from([Outcome.SENT, *Outcome]), min_size=2, max_size=2)
STOPS = st.sampled_from([Step.COMMAND_WRITTEN, Step.PDU_HALF_WRITTEN])
WHO = st.integers(0, NUMBERS - 1)
THEN = st.sampled_from(["", "HELP", "When is my appointment?"])


def happens(name, *arguments):
    return st.tuples(st.just(name), *arguments)


HAPPENINGS = [
    happens("queue_and_press", WHO, st.booleans()),
    happens("queue_and_press", WHO, st.booleans()),
    happens("press_what_came_back"),
    happens("take_back"),
    happens("send_again"),
    happens("time_passes", st.integers(1, 300)),
    happens("send_all"),
    happens("send", OUTCOMES),
    happens("press_send_and_die", WHO, st.booleans(), st.none(), OUTCOMES),
    happens("press_send_and_die", WHO, st.booleans(), POINTS, OUTCOMES),
    happens("press_and_send_into_a_stop", WHO, st.booleans(), st.none() | POINTS, OUTCOMES, STOPS),
    happens("a_stop_comes", WHO, st.sampled_from([None, "R2", "R3"])),
    happens("a_hold_comes", WHO),
    happens("a_person_decides", WHO, st.sampled_from(["kept", "opted out", "wrong number"])),
    happens("a_start_comes", WHO),
    happens("a_start_comes", WHO),
    happens("an_answer_comes", WHO),
    happens("an_answer_comes_again", st.integers(0, 99)),
    happens("a_report_comes", WHO, st.sampled_from([0x00, 0x20, 0x46])),
    happens("help_is_asked", WHO),
    happens("press_what_is_offered", WHO, OUTCOMES, st.none() | POINTS, st.none() | STOPS),
    happens("press_after_a_stop", WHO, THEN, OUTCOMES, st.none() | POINTS, st.none() | STOPS),
    happens("the_power_goes"),
]
SCHEDULES = int(os.environ.get("P2PTEXT_SCHEDULES", "200"))


@settings(max_examples=SCHEDULES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(day=st.lists(st.one_of(HAPPENINGS), min_size=5, max_size=20))
def test_random_days_with_random_deaths(make_world, died, people, day):
    with pytest.MonkeyPatch.context() as patch:
        # The process only seems to die, so nothing need reach the disk: this is many times faster.
        pragmas = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF")
        patch.setattr(driver, "journal_pragmas", lambda _: pragmas)
        days = Days(make_world(), died, people)
        for name, *arguments in day:
            getattr(days, name)(*arguments)
            days.all_of_it_holds()
        days.world.store.close()
    shutil.rmtree(days.world.folder)
