"""Groups: a text is prepared for each member and leaves by one press each; whoever stops is passed over."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.conversations import groups, groups_rounds, groups_texts
from app.conversations.groups import GroupError
from app.people import holds, optouts, privacy
from app.store import tables as t
from app.texting import clicks, recovery
from app.texting.clicks import Clicked, Refused
from modem.api import Outcome

NAMES = ("Maria Lopez", "Jon Park", "Li Wei")
DAY = 86_400.0


class Office:
    """Three people who wrote today, in one group."""

    def __init__(self, world, people):
        self.world, self.people = world, people[:3]
        for number, name in zip(self.people, NAMES, strict=True):
            self.add(number, name)
        self.group = groups.save(world.store, world.clock, " Street   team ", self.people, operator="Ana")

    def add(self, number, name):
        first, _, last = name.partition(" ")
        with self.world.store.write() as unit:
            unit.conn.execute(
                sa.insert(t.contact).values(
                    number=number, name=name, first_name=first, last_name=last, created_at=0, updated_at=0
                )
            )

    @property
    def store(self):
        return self.world.store

    def prepare(self, text="Meet at 6, {first_name}"):
        return groups_rounds.prepare(self.store, self.world.clock, self.group, text, "Ana")

    def read(self):
        return groups_rounds.read(self.store, self.world.clock, self.group)

    def press(self):
        share = self.read().round.next
        return self.world.click(share.message_id, text_hash=share.text_hash)

    def drain(self):
        while self.world.send():
            pass
        return [(number, text) for number, text, _ in self.world.modem.accepted]

    def story(self, **options):
        return [(b.who, b.text) for b in groups_texts.latest(self.store, self.group, **options)]

    def states(self):
        return [share.state for share in self.read().round.shares]


@pytest.fixture
def office(world, people):
    return Office(world, people)


def test_a_text_is_prepared_for_each_and_leaves_by_one_press_each(office, world):
    assert office.prepare() == groups_rounds.Prepared(3)
    assert [share.text for share in office.read().round.shares] == [
        "Meet at 6, Maria", "Meet at 6, Jon", "Meet at 6, Li",
    ]  # fmt: skip
    assert office.drain() == [], "nothing leaves by preparing"
    for so_far in range(1, 4):
        assert isinstance(office.press(), Clicked)
        assert len(office.drain()) == so_far, "one press, one text"
    assert [number for number, _ in office.drain()] == office.people
    clicked = world.rows(sa.select(t.click))
    assert len(clicked) == 3
    assert len({row["message_id"] for row in clicked}) == 3
    assert office.read().round.next is None
    assert office.states() == ["sent"] * 3


def test_no_text_but_the_one_that_was_seen_goes_by_a_press(office, world):
    office.prepare()
    first, second, _third = office.read().round.shares
    assert isinstance(world.click(first.message_id, text_hash=second.text_hash), Refused)
    assert isinstance(world.click(first.message_id), Clicked)
    assert isinstance(world.click(first.message_id), Refused), "a second press finds nothing to send"
    assert office.drain() == [(office.people[0], "Meet at 6, Maria")]


def test_what_waits_is_there_after_the_program_died(office, world, died):
    office.prepare()
    office.press()
    office.drain()
    office.press()  # taken, and not yet on its way
    world.reopen()
    recovery.recover(world.store, world.clock)
    assert office.states() == ["sent", "queued", "queued"]
    assert office.read().round.next.called == "Jon Park"
    assert office.read().round.next.reason == recovery.PRESS_AGAIN
    assert world.thread(office.people[1])["draft"] == ""
    assert len(office.drain()) == 1


def test_a_press_that_is_taken_back_waits_in_the_group_again(office, world):
    office.prepare()
    office.press()
    first = office.read().round.shares[0]
    assert clicks.take_back(world.store, world.clock, first.message_id)
    assert office.read().round.next == office.read().round.shares[0]
    assert (office.states(), world.thread(office.people[0])["draft"]) == (["queued"] * 3, "")


def test_who_opts_out_or_may_have_is_passed_over_with_the_reason(office, world):
    office.prepare()
    world.receive(world.pdu(office.people[0], "please stop"))
    world.receive(world.pdu(office.people[1], "stop texting me before 9"))
    here = office.read()
    assert [share.state for share in here.round.shares] == ["blocked", "queued", "queued"]
    assert [(share.called, share.gate.rule) for share in here.round.held] == [("Jon Park", "asked")]
    assert here.round.next.called == "Li Wei"
    assert [member.gate.rule for member in here.members] == ["optout", "asked", ""]
    held = here.round.held[0]
    assert isinstance(world.click(held.message_id, text_hash=held.text_hash), Refused)
    office.press()
    assert [number for number, _ in office.drain()] == [office.people[2]]
    world.clock.advance(1)
    with pytest.raises(GroupError, match="still waits"):
        office.prepare("Another")
    groups_rounds.stop(office.store, office.group)
    assert office.prepare("Another").left_out == (
        ("Maria Lopez", here.members[0].gate.why), ("Jon Park", here.members[1].gate.why),
    )  # fmt: skip


def test_a_stop_between_the_press_and_the_claim_keeps_the_text_here(office, world):
    office.prepare()
    office.press()
    world.receive(world.pdu(office.people[0], "STOP"))
    assert office.drain() == []
    assert office.states() == ["blocked", "queued", "queued"]


def test_at_night_nobody_is_led_to_and_all_stays_prepared(office, world):
    office.prepare()
    world.clock.advance(11 * 3600)  # 23:00 in Chicago
    here = office.read()
    assert here.round.next is None
    assert [share.gate.rule for share in here.round.held] == ["hours"] * 3
    world.clock.advance(13 * 3600)
    assert office.read().round.next.called == "Maria Lopez"


def test_skip_stop_and_their_ways_back(office):
    office.prepare()
    first = office.read().round.shares[0].message_id
    assert groups_rounds.skip(office.store, first, " said it in person ")
    assert not groups_rounds.skip(office.store, first)
    assert (office.states()[0], office.read().round.shares[0].reason) == ("skipped", "said it in person")
    assert groups_rounds.unskip(office.store, first)
    gone = groups_rounds.stop(office.store, office.group)
    assert len(gone) == 3
    assert office.read().round.waiting == ()
    groups.unlink(office.store, office.world.clock, office.group, office.people[2])
    assert groups_rounds.go_on(office.store, gone)
    assert [share.called for share in office.read().round.waiting] == ["Maria Lopez", "Jon Park"]
    assert office.drain() == []


def test_the_story_has_all_texts_by_time_and_who_wrote_each(office, world):
    office.prepare("Rain tomorrow")
    for _ in range(3):
        office.press()
    office.drain()
    world.clock.advance(60)
    world.receive(world.pdu(office.people[1], "Ok"))
    world.clock.advance(60)
    world.receive(world.pdu(office.people[0], "Where?"))
    assert office.story() == [
        ("3 people: Maria Lopez, Jon Park, Li Wei", "Rain tomorrow"), ("Jon Park", "Ok"),
        ("Maria Lopez", "Where?"),
    ]  # fmt: skip
    newest = groups_texts.latest(office.store, office.group, limit=1)
    assert [b.text for b in newest] == ["Where?"]
    older = groups_texts.latest(office.store, office.group, before=(newest[0].at, newest[0].id), limit=1)
    assert [b.text for b in older] == ["Ok"]
    (row,) = groups.page(office.store)
    assert (row.name, row.size, row.last_who, row.last_text) == ("Street team", 3, "Maria Lopez", "Where?")
    assert (row.unread, row.waiting, row.prepared) == (2, 2, 0)


def test_what_did_not_leave_or_may_not_have_stands_for_itself(office, world):
    office.prepare("Rain tomorrow")
    world.modem.script.extend([Outcome.UNKNOWN, Outcome.NOT_SENT])
    for _ in range(3):
        office.press()
        world.send()
    assert sorted(who for who, _ in office.story()) == sorted(NAMES)
    assert sorted(office.states()) == ["not_sent", "sent", "unknown"]


def test_fields_that_somebody_lacks_prepare_nothing(office, world, people):
    world.receive(world.pdu(people[5], "Hi"))
    groups.link(office.store, world.clock, office.group, people[5])
    with pytest.raises(GroupError, match=r"has no first_name.*fallback"):
        office.prepare()
    assert office.read().round is None
    assert office.prepare("Meet at 6, {first_name|friend}").count == 4
    assert office.read().round.shares[3].text == "Meet at 6, friend"


def test_one_person_with_two_threads_gets_it_once(office, world, people):
    with world.store.write() as unit:
        key = unit.conn.execute(sa.select(t.contact.c.id).where(t.contact.c.number == people[0])).scalar_one()
        unit.conn.execute(
            sa.insert(t.conversation).values(number=people[7], contact_id=key, last_at=world.clock.now())
        )
    groups.link(office.store, world.clock, office.group, people[7])
    assert office.prepare("Hi") == groups_rounds.Prepared(3, (("Maria Lopez", groups_rounds.SAME),))


def test_bounds_names_and_who_can_be_in_it(office, world, people):
    def make(name, wanted):
        return groups.save(world.store, world.clock, name, wanted)

    for name, wanted, why in (
        ("", people[:2], "name"), ("x" * 81, people[:2], "80"), ("One", people[:1] * 2, "two"),
        ("Many", people[:31], "at most 30"),
    ):  # fmt: skip
        with pytest.raises(GroupError, match=why):
            make(name, wanted)
    with world.store.write() as unit:
        unit.conn.execute(sa.insert(t.conversation).values(number="INFO", kind="sender", last_at=0))
    with pytest.raises(GroupError, match="INFO"):
        make("Odd", [people[0], "INFO"])
    assert groups.count(world.store) == 1, "what was refused left nothing"
    assert len(groups_rounds.read(world.store, world.clock, make("Full", people[:30])).members) == 30
    with pytest.raises(GroupError, match="at least two"):
        groups.unlink(world.store, world.clock, make("Two", people[:2]), people[0])


def test_members_change_the_group_goes_and_threads_stay(office, world):
    office.prepare()
    groups.save(world.store, world.clock, "Team", office.people[1:], group_id=office.group)
    here = office.read()
    assert (here.name, [member.called for member in here.members]) == ("Team", ["Jon Park", "Li Wei"])
    assert [share.called for share in here.round.waiting] == ["Jon Park", "Li Wei"]
    groups.dissolve(world.store, office.group)
    assert office.read() is None
    assert world.rows(sa.select(t.message.c.id).where(t.message.c.state == "queued")) == []
    assert len(world.rows(sa.select(t.conversation))) == 3


def test_who_is_erased_is_gone_from_the_group_and_its_texts(office, world):
    office.prepare("Rain tomorrow")
    told = privacy.everything(world.store, office.people[0])
    assert [group["name"] for group in told["groups"]] == ["Street team"]
    privacy.erase(world.store, world.clock, office.people[0], "Ana")
    here = office.read()
    assert [member.called for member in here.members] == ["Jon Park", "Li Wei"]
    assert [share.called for share in here.round.shares] == ["Jon Park", "Li Wei"]
    assert len(world.rows(sa.select(t.group_message))) == 2


def test_candidates_are_known_people_those_who_wrote_and_a_number(office, world, people):
    world.receive(world.pdu(people[40], "Hi"))

    def found(query):
        return [(each.number, each.name) for each in groups.candidates(world.store, query, country="US")]

    assert found("park") == [(people[1], "Jon Park")]
    assert found(people[40][-7:]) == [(people[40], "")]
    assert found("(312) 555-0199") == [("+13125550199", "")]
    assert found("  ") == []
    assert found("Park%") == [], "a sign of SQL is a letter"


def test_a_hold_that_is_decided_lets_the_member_have_it(office, world):
    office.prepare()
    world.receive(world.pdu(office.people[0], "stop texting me before 9"))
    assert office.read().round.next.called == "Jon Park"
    holds.decide(world.store, world.clock, office.people[0], "kept", "Ana")
    assert office.read().round.next.called == "Maria Lopez"


def test_a_group_of_nobody_who_may_be_texted_prepares_nothing(office, world):
    for number in office.people:
        with world.store.write() as unit:
            optouts.opt_out(unit, world.clock, number, source="operator", evidence="said so", operator="Ana")
    with pytest.raises(GroupError, match="Nobody"):
        office.prepare()
    assert office.read().can_get == ()


def test_the_story_is_read_in_pages_to_its_beginning(office, world):
    """Every text comes once and in its order, also those that came in one moment."""
    for i in range(40):
        world.clock.advance(i % 3)
        world.receive(world.pdu(office.people[i % 3], f"Text {i}"))
    pages, before = [], None
    while page := groups_texts.latest(office.store, office.group, before=before, limit=7):
        pages[:0] = page
        before = (page[0].at, page[0].id)
    assert [bubble.text for bubble in pages] == [f"Text {i}" for i in range(40)]
    assert pages[4].who == "Jon Park"
