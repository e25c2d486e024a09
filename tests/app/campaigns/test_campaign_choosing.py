"""Whom a campaign is for: several sources without doubles, exclusions with counts, people left out later."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.campaigns import campaign, choosing
from app.campaigns.choosing import AUDIENCE, LIST, Choice, Source
from app.campaigns.refusing import CampaignError
from app.clock import FixedClock
from app.people import audiences, beside, optouts, reach
from app.people.audiences import Rule, Rules
from app.store.engine import Store
from app.store.tables import click, contact, list_member, message, people_list

DAY = 86400.0
END = " This is {sender}. Shall we? Reply STOP to opt out."
GOOD = {"consent_source": "form", "consent_at": 1_776_000_000.0, "time_zone": "America/Chicago"}


def people(*names: str) -> list[dict[str, Any]]:
    return [{**GOOD, "first_name": name} for name in names]


def number_of(store: Store, name: str) -> str:
    with store.read() as conn:
        return str(conn.execute(sa.select(contact.c.number).where(contact.c.name == name)).scalar_one())


def names_in(store: Store, list_id: int) -> list[str]:
    query = (
        sa.select(contact.c.name)
        .join(list_member, list_member.c.contact_id == contact.c.id)
        .where(list_member.c.list_id == list_id)
        .order_by(list_member.c.position)
    )
    with store.read() as conn:
        return list(conn.execute(query).scalars())


def left(store: Store, number: str, at: float, **values: Any) -> None:
    """A text that left for ``number`` at ``at``."""
    with store.write() as unit:
        key = unit.conn.execute(
            sa.insert(message).values(direction="out", number=number, text="x", state="queued", created_at=at)
        ).inserted_primary_key[0]
        pressed = unit.conn.execute(
            sa.insert(click).values(
                message_id=key, operator="D", at=at, monotonic=at, device="key:Return", text_hash=""
            )
        ).inserted_primary_key[0]
        given = {"state": "sent", "click_id": pressed, "claimed_at": at, **values}
        unit.conn.execute(sa.update(message).where(message.c.id == key).values(**given))


def add(store: Store, list_id: int, name: str) -> None:
    with store.write() as unit:
        who = sa.select(contact.c.id).where(contact.c.name == name).scalar_subquery()
        unit.conn.execute(sa.insert(list_member).values(list_id=list_id, position=90, contact_id=who))


def test_lists_and_audiences_together_have_nobody_twice(
    store: Store, clock: FixedClock, crowd: Any, drafted: Any
) -> None:
    may, june = (
        crowd(*people("Ana", "Ben")),
        crowd(*people("Cleo"), {**GOOD, "first_name": "Dan", "slot": "9"}),
    )
    add(store, june, "Ben")
    with store.write() as unit:
        beside.add_tags(unit.conn, {number_of(store, "Ana"): ["vip"], number_of(store, "Dan"): ["vip"]})
    vip = audiences.save(store, clock, "VIP", Rules((Rule("tag", "is", "vip"),)))
    assert [(o.source, o.people) for o in choosing.offers(store, clock)] == [
        (Source(AUDIENCE, vip), 2),
        (Source(LIST, june), 3),
        (Source(LIST, may), 2),
    ]
    key = drafted(may, "Hi {first_name}." + END)
    choice = Choice((Source(LIST, may), Source(LIST, june), Source(AUDIENCE, vip)))
    counts = choosing.count(store, clock, choice, key)
    assert (counts.people, counts.every, counts.doubles) == (4, 4, 3)
    made = choosing.take(store, clock, key, choice)
    assert names_in(store, made) == ["Ana", "Ben", "Cleo", "Dan"]
    assert "slot" in campaign.fields(store, key)
    assert choosing.chosen(store, key) == choice
    assert Source(LIST, made) not in [offer.source for offer in choosing.offers(store, clock)]
    # chosen again: the same list, filled anew; one list alone is used as it is
    assert choosing.take(store, clock, key, Choice(choice.sources[:2])) == made
    assert names_in(store, made) == ["Ana", "Ben", "Cleo", "Dan"]
    assert choosing.take(store, clock, key, Choice((Source(LIST, may),))) == may
    assert campaign.start(store, clock, key).queued == 2
    with pytest.raises(CampaignError, match="stay as they are"):
        choosing.take(store, clock, key, choice)


def test_exclusions_are_counted_before_they_are_made(
    store: Store, clock: FixedClock, crowd: Any, drafted: Any
) -> None:
    may = crowd(*people("Ana", "Ben", "Cleo", "Dan", "Eve", "Finn"))
    other = crowd(*people("Gus"))
    add(store, other, "Eve")
    campaign.start(store, clock, drafted(other, "One." + END, name="Spring reminders"))
    now = clock.now()
    gone = {"state": "not_sent", "error_code": "CMS 1", "settled_at": now - 30 * DAY}
    left(store, number_of(store, "Dan"), now - 30 * DAY, **gone)  # clicks are numbered in time
    left(store, number_of(store, "Cleo"), now - 9 * DAY)
    left(store, number_of(store, "Ben"), now - 3 * DAY)
    left(store, number_of(store, "Ana"), now - DAY / 2)
    finn = number_of(store, "Finn")
    with store.write() as unit:
        optouts.opt_out(unit, clock, finn, source="operator", operator="Dana")
    key = drafted(None, "Two." + END)

    def counted(**leave: Any) -> choosing.Counts:
        return choosing.count(store, clock, Choice((Source(LIST, may),), **leave), key)

    found = counted()
    assert (found.every, found.people, found.opted_out) == (6, 5, 1)
    assert (found.today, found.week, found.waiting, found.unreachable) == (1, 2, 1, 1)
    assert found.campaigns == (("Spring reminders", 1),)
    assert counted(texted_hours=24).people == 4
    assert counted(texted_hours=168, waiting=True, unreachable=True).people == 1
    everything = Choice((Source(LIST, may),), 168, True, True)
    assert names_in(store, choosing.take(store, clock, key, everything)) == ["Cleo", "Finn"]
    assert campaign.start(store, clock, key).left_out == {"opted out": 1}


def test_nobody_left_keeps_the_people_it_had(
    store: Store, clock: FixedClock, crowd: Any, drafted: Any
) -> None:
    may = crowd(*people("Ana"))
    left(store, number_of(store, "Ana"), clock.now() - 60)
    key = drafted(may, "Hi." + END)
    with pytest.raises(CampaignError, match="Nobody is left"):
        choosing.take(store, clock, key, Choice((Source(LIST, may),), 24))
    assert campaign.get(store, key).list_id == may


def test_the_people_of_a_check_are_left_out_of_this_draft_alone(
    store: Store, clock: FixedClock, crowd: Any, drafted: Any
) -> None:
    may = crowd(*people("Ana", "Ben"), {"first_name": "Cleo", "time_zone": "America/Chicago"})
    left(store, number_of(store, "Ben"), clock.now() - 2 * DAY)
    key = drafted(may, "Hi {first_name}." + END)
    warned = [each for each in campaign.checks(store, clock, key) if each.level == "warn"]
    assert [(each.text, each.kind) for each in warned] == [
        ("1 person has no consent on record", "no consent"),
        ("1 person has a text of the last 7 days from here", "texted this week"),
    ]
    assert [choosing.leave_out(store, clock, key, each.kind) for each in warned] == [1, 1]
    mine = campaign.get(store, key).list_id or 0
    assert names_in(store, mine) == ["Ana"]
    assert names_in(store, may) == ["Ana", "Ben", "Cleo"]
    assert not [each for each in campaign.checks(store, clock, key) if each.level == "warn"]
    left(store, number_of(store, "Ana"), clock.now() - 60)
    with pytest.raises(CampaignError, match="Nobody would be left"):
        choosing.leave_out(store, clock, key, "texted today")
    # a copy shares the list: leaving out makes another one for the draft
    copy = campaign.duplicate(store, clock, key, "Dana")
    choosing.take(store, clock, key, Choice((Source(LIST, may),), 24))
    assert names_in(store, campaign.get(store, copy).list_id or 0) == ["Ana"]


def test_a_person_says_that_a_number_works(store: Store, clock: FixedClock, crowd: Any, drafted: Any) -> None:
    may = crowd(*people("Ana"), {**GOOD, "first_name": "Ben", "number": "+442079460018"})
    ana, ben = (number_of(store, name) for name in ("Ana", "Ben"))
    left(store, ana, 5.0, state="not_sent", error_code="CMS 1", settled_at=6.0)
    with store.read() as conn:
        ids = {row.number: row.id for row in conn.execute(sa.select(contact.c.id, contact.c.number))}
    assert reach.of_contact(store, ids[ana]) == reach.Failure(6.0, "no such number")
    assert "no mobile" in (reach.of_contact(store, ids[ben]) or reach.Failure(0, "")).why
    key = drafted(may, "Hi." + END)
    assert [c.count for c in campaign.checks(store, clock, key) if c.kind in ("bad number", "no mobile")] == [
        1,
        1,
    ]
    for one in ids.values():
        reach.say_it_works(store, clock, one, "Dana")
    assert reach.of_contact(store, ids[ana]) is None
    assert reach.of_contact(store, ids[ben]) is None
    assert not [c for c in campaign.checks(store, clock, key) if c.level == "warn" and "number" in c.text]
    left(store, ana, clock.now() + 60, state="not_sent", error_code="CMS 1", settled_at=clock.now() + 61)
    assert reach.of_contact(store, ids[ana]) is not None  # it failed again


def test_what_looks_made_up_shouts_or_shares_a_code(
    store: Store, clock: FixedClock, crowd: Any, drafted: Any
) -> None:
    rows = [
        {**GOOD, "first_name": "MARIA" if n == 3 else "Jo", "promo_code": f"A{n % 11}"} for n in range(12)
    ]
    key = drafted(crowd(*rows), "Hi {first_name}, your code is {promo_code}." + END)
    found = {c.kind or c.text: c.count for c in campaign.checks(store, clock, key) if c.level == "warn"}
    assert found["made up"] == 12
    assert found["1 person has a name in capitals that would shout in the text"] == 1
    assert found["code promo_code"] == 2
    same = [{**GOOD, "promo_code": "SPRING"} for _ in range(3)]
    again = campaign.checks(store, clock, drafted(crowd(*same), "Code {promo_code}." + END))
    assert not [c for c in again if "promo_code" in c.text]


def test_a_list_that_was_made_goes_with_nobody_else(
    store: Store, clock: FixedClock, crowd: Any, drafted: Any
) -> None:
    """The name of a made list tells what it was made of."""
    may, june = crowd(*people("Ana")), crowd(*people("Ben"))
    key = drafted(None, "Hi." + END)
    made = choosing.take(store, clock, key, Choice((Source(LIST, may), Source(LIST, june))))
    with store.read() as conn:
        name = conn.execute(sa.select(people_list.c.name).where(people_list.c.id == made)).scalar_one()
    assert name == "May.csv + May.csv"
