"""What is due: prepared once at its moment, gone when that passed, whatever clocks and crashes do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.campaigns import campaign as campaigns
from app.campaigns import deadlines, desk, due, due_memory, due_views, gate, schedule
from app.campaigns.occasions import Rule
from app.campaigns.schedule import Schedule
from app.clock import FixedClock
from app.people import optouts
from app.store.engine import Store
from app.store.events import CampaignChanged, ContactsChanged, Event
from app.store.tables import contact, conversation, list_member, message

HOUR, DAY = 3600.0, 86400.0
CHICAGO = ZoneInfo("America/Chicago")
REMINDER = Rule("date", field="visit", days=-1, at=600)


def at(*parts: int, zone: ZoneInfo = CHICAGO) -> float:
    return datetime(*parts, tzinfo=zone).timestamp()  # type: ignore[misc, arg-type]


Begun = Callable[..., int]


@pytest.fixture
def begun(store: Store, clock: FixedClock, crowd: Any, drafted: Any) -> Begun:
    """``begun(rule, *people, text=...)``: a started campaign with this rule."""

    def make(rule: Rule, *people: dict[str, Any], text: str = "Hi {first_name}.", **more: Any) -> int:
        key: int = drafted(crowd(*people), f"Clinic: {text} Reply STOP to opt out.")
        schedule.save(store, clock, key, Schedule(rule=rule, **more), "Dana")
        campaigns.start(store, clock, key)
        return key

    return make


def rows(store: Store, key: int) -> list[Any]:
    with store.read() as conn:
        query = sa.select(message).where(message.c.campaign_id == key).order_by(message.c.position)
        return list(conn.execute(query))


def states(store: Store, key: int) -> list[tuple[str, str]]:
    return [(row.occasion, row.state) for row in rows(store, key)]


def change(store: Store, number: str, **values: Any) -> None:
    with store.write() as unit:
        unit.conn.execute(sa.update(contact).where(contact.c.number == number).values(**values))
        unit.publish(ContactsChanged())


def go(clock: FixedClock, moment: float) -> None:
    clock.advance(moment - clock.now())


MARIA = {"first_name": "Maria", "number": "+13125550101", "visit": "2026-05-12 10:30"}


def test_a_reminder_comes_to_the_desk_the_day_before_and_leaves_it_at_midnight(
    store: Store, clock: FixedClock, begun: Begun
) -> None:
    later = {"first_name": "Bo", "number": "+13125550102", "visit": "2026-06-01"}
    key = begun(REMINDER, MARIA, later, text="{first_name}, see you {visit:relative} at {visit:time}.")
    assert rows(store, key) == []
    assert campaigns.summary(store, key).state == "running"
    go(clock, at(2026, 5, 11, 9, 59))
    assert due.prepare(store, clock).made == 0
    go(clock, at(2026, 5, 11, 10))
    assert due.prepare(store, clock) == due.Prepared(made=1)
    (row,) = rows(store, key)
    assert row.text == "Clinic: Maria, see you tomorrow at 10:30 AM. Reply STOP to opt out."
    assert (row.state, row.click_id, row.occasion) == ("queued", None, "2026-05-12")
    assert (row.due_at, row.expires_at) == (at(2026, 5, 11, 10), at(2026, 5, 12))
    assert row.fresh_until == at(2026, 5, 12)
    assert due.waiting(store, clock) == 1
    (card,) = desk.cards(store, clock, key)
    assert card.gate.verdict == "go"
    go(clock, at(2026, 5, 12))
    assert due.waiting(store, clock) == 0
    assert desk.cards(store, clock, key) == ()
    assert due.prepare(store, clock).gone == 1
    (row,) = rows(store, key)
    assert (row.state, row.reason) == ("removed", "its time passed (was due Mon 11 May 10:00)")
    assert due_views.gone_count(store, key) == 1
    assert [(each.name, each.reason) for each in due_views.gone(store, key)] == [("Maria", row.reason)]


def test_twice_or_from_another_process_makes_no_second_text(
    store: Store, clock: FixedClock, begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = begun(REMINDER, MARIA)
    go(clock, at(2026, 5, 11, 12))
    found: list[Any] = []
    real = due._insert

    def twice(unit: Any, *args: Any) -> Any:  # what somebody else read before us is written after us
        found.append(real(unit, *args))
        return real(unit, *args)

    monkeypatch.setattr(due, "_insert", twice)
    assert due.prepare(store, clock).made == 0  # the second of the two
    assert found == [due.Prepared(made=1)]
    monkeypatch.undo()
    due_memory.of(store).receive(ContactsChanged())
    assert due.prepare(store, clock) == due.Prepared()
    assert len(rows(store, key)) == 1


def test_a_crash_in_between_makes_all_or_none(
    store: Store, clock: FixedClock, begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"first_name": "Bo", "number": "+13125550102", "visit": "2026-05-12"}
    key = begun(REMINDER, MARIA, other)
    go(clock, at(2026, 5, 11, 12))

    def dies(*_: Any) -> Any:
        raise RuntimeError("power")

    monkeypatch.setattr(due.optouts, "active_set", dies)
    with pytest.raises(RuntimeError):
        due.prepare(store, clock)
    assert rows(store, key) == []
    monkeypatch.undo()
    assert due.prepare(store, clock).made == 2


def test_nothing_is_read_of_people_until_something_may_be_due(
    store: Store, clock: FixedClock, begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = begun(REMINDER, MARIA)
    due.prepare(store, clock)
    looks: list[int] = []
    real = due.find
    monkeypatch.setattr(due, "find", lambda *args, **more: looks.append(1) or real(*args, **more))
    for _ in range(10):
        clock.advance(60)
        due.prepare(store, clock)
    assert looks == []
    change(store, MARIA["number"], fields='{"visit": "2026-04-25 18:00"}')  # tomorrow: due today at 10:00
    assert due.prepare(store, clock).made == 1
    assert looks
    assert states(store, key) == [("2026-04-25", "queued")]


def test_an_appointment_that_moves_takes_its_reminder_along(
    store: Store, clock: FixedClock, begun: Begun
) -> None:
    key = begun(REMINDER, MARIA, text="On {visit:date} at {visit:time}.")
    go(clock, at(2026, 5, 11, 11))
    due.prepare(store, clock)
    before = rows(store, key)[0]
    change(store, MARIA["number"], fields='{"visit": "2026-05-12 16:00"}')
    due.prepare(store, clock)
    (row,) = rows(store, key)
    assert row.text == "Clinic: On May 12 at 4:00 PM. Reply STOP to opt out."
    assert row.text_hash != before.text_hash  # what was painted of it can be pressed no more
    change(store, MARIA["number"], fields='{"visit": "2026-05-14 16:00"}')
    assert due.prepare(store, clock).withdrawn == 1
    assert rows(store, key)[0].reason == due.CHANGED
    change(store, MARIA["number"], fields='{"visit": "2026-05-12 16:00"}')  # a slip of the pen
    assert due.prepare(store, clock).made == 1
    assert states(store, key) == [("2026-05-12", "queued")]
    change(store, MARIA["number"], fields='{"visit": "2026-05-14 16:00"}')
    due.prepare(store, clock)
    go(clock, at(2026, 5, 13, 10))
    due.prepare(store, clock)
    assert states(store, key) == [("2026-05-12", "removed"), ("2026-05-14", "queued")]


def test_a_clock_that_runs_ahead_and_comes_back_loses_and_doubles_nothing(
    store: Store, clock: FixedClock, begun: Begun
) -> None:
    bo = {"first_name": "Bo", "number": "+13125550102", "visit": "2026-05-20"}
    key = begun(REMINDER, MARIA, bo)
    go(clock, at(2026, 5, 11, 10))
    due.prepare(store, clock)
    clock.jump(20 * DAY)  # the battery is empty: it is the last of May
    due.prepare(store, clock)
    assert states(store, key) == [("2026-05-12", "removed"), ("2026-05-20", "removed")]
    clock.jump(-20 * DAY)
    due.prepare(store, clock)
    assert states(store, key) == [("2026-05-20", "removed"), ("2026-05-12", "queued")]
    go(clock, at(2026, 5, 19, 10))
    due.prepare(store, clock)
    assert states(store, key) == [("2026-05-12", "removed"), ("2026-05-20", "queued")]
    clock.jump(-400 * DAY)  # and back to last year: what waits is held, not lost
    due.prepare(store, clock)
    row = rows(store, key)[1]
    with store.read() as conn:
        held = gate.check(conn, clock.now(), row._mapping)
    assert (held.rule, held.until) == ("due", at(2026, 5, 19, 10))
    clock.jump(400 * DAY)
    due.prepare(store, clock)
    assert states(store, key) == [("2026-05-12", "removed"), ("2026-05-20", "queued")]
    assert len(rows(store, key)) == 2


def test_who_opted_out_or_whose_consent_ended_gets_none(
    store: Store, clock: FixedClock, begun: Begun
) -> None:
    out = {"first_name": "Bo", "number": "+13125550102", "visit": "2026-05-12"}
    over = {**MARIA, "number": "+13125550103", "consent_until": at(2026, 5, 1)}
    key = begun(REMINDER, MARIA, out, over)
    with store.write() as unit:
        optouts.opt_out(unit, clock, out["number"], source="operator")
    go(clock, at(2026, 5, 11, 10))
    due.prepare(store, clock)
    assert [row.number for row in rows(store, key)] == [MARIA["number"]]


def test_an_empty_field_waits_for_its_value(store: Store, clock: FixedClock, begun: Begun) -> None:
    key = begun(REMINDER, {**MARIA, "room": ""}, text="Room {room}.")
    go(clock, at(2026, 5, 11, 10))
    assert due.prepare(store, clock).lacking == 1
    assert rows(store, key) == []
    change(store, MARIA["number"], fields='{"visit": "2026-05-12 10:30", "room": "4"}')
    assert due.prepare(store, clock).made == 1


def test_what_passed_while_nobody_looked_is_counted_and_named(
    store: Store, clock: FixedClock, begun: Begun
) -> None:
    old = {"first_name": "Al", "number": "+13125550104", "visit": "2026-03-01"}  # before the campaign began
    key = begun(REMINDER, MARIA, old)
    go(clock, at(2026, 5, 18, 9))  # the office was closed for a week
    assert due.prepare(store, clock) == due.Prepared(gone=1)
    assert [each.name for each in due_views.gone(store, key)] == ["Maria"]
    assert desk.cards(store, clock, key) == ()


def test_birthdays_come_each_year_also_on_the_leap_day(store: Store, clock: FixedClock, begun: Begun) -> None:
    leap = {"first_name": "Lea", "number": "+13125550105", "born": "1992-02-29"}
    bare = {"first_name": "Jo", "number": "+13125550106", "born": "24 December"}
    key = begun(Rule("birthday", field="born", leap="1 Mar", at=540), leap, bare)
    for day in (
        at(2026, 12, 24, 9),
        at(2027, 2, 28, 12),
        at(2027, 3, 1, 9),
        at(2027, 12, 24, 9),
        at(2028, 2, 29, 9),
    ):
        go(clock, day)
        due.prepare(store, clock)
    assert [(row.number[-1], row.occasion) for row in rows(store, key)] == [
        ("6", "2026-12-24"), ("5", "2027-03-01"), ("6", "2027-12-24"), ("5", "2028-02-29"),
    ]  # fmt: skip


def test_a_welcome_comes_once_after_joining(store: Store, clock: FixedClock, begun: Begun) -> None:
    joined = {"first_name": "Ann", "number": "+13125550107", "consent_at": at(2026, 4, 24, 15, 5)}
    listed = {"first_name": "Ben", "number": "+13125550108", "consent_at": 1776988800.0}  # 24 April, no time
    never = {"first_name": "Cy", "number": "+13125550109"}
    key = begun(Rule("joined", days=0, at=600, stale_hours=48), joined, listed, never)
    assert [row.number[-1] for row in rows(store, key)] == ["8"]  # made by the start, at noon
    go(clock, at(2026, 4, 24, 15, 5))
    due.prepare(store, clock)
    assert rows(store, key)[1].expires_at == at(2026, 4, 26, 15, 5)
    change(store, "+13125550107", consent_at=at(2026, 4, 25, 9))  # they agree once more
    go(clock, at(2026, 4, 26, 12))
    due.prepare(store, clock)
    assert len(rows(store, key)) == 2
    assert due_views.forecast(store, clock, key).undated_count == 1


def test_a_follow_up_goes_to_the_silent_ones_alone(
    store: Store, clock: FixedClock, crowd: Any, drafted: Any, begun: Begun
) -> None:
    people = crowd({"first_name": "Ann"}, {"first_name": "Ben"}, {"first_name": "Cy"})
    first = drafted(people, "Clinic: hello. Reply STOP to opt out.")
    campaigns.start(store, clock, first)
    sent = rows(store, first)
    with store.write() as unit:
        for row in sent[:2]:  # Cy's has not left
            key = unit.conn.execute(
                sa.text("INSERT INTO click (message_id, operator, at, monotonic, device, text_hash)"
                        " VALUES (:m, '', 0, 0, 'key', '') RETURNING id"), {"m": row.id},
            ).scalar_one()  # fmt: skip
            unit.conn.execute(
                sa.update(message).where(message.c.id == row.id)
                .values(state="sent", click_id=key, claimed_at=clock.now())
            )  # fmt: skip
    follow = begun(
        Rule("silence", days=2, at=600, source=first), {"first_name": "unused"}, text="Still there?"
    )
    go(clock, at(2026, 4, 26, 12, 30))
    due.prepare(store, clock)
    assert [(row.number, row.state) for row in rows(store, follow)] == [
        (row.number, "queued") for row in sent[:2]
    ]
    card = rows(store, follow)[0]
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(conversation).values(
                number=card.number, last_at=clock.now(), last_in_at=clock.now() + 5
            )
        )
    clock.advance(10)
    with store.read() as conn:
        held = gate.check(conn, clock.now(), card._mapping)
    assert (held.verdict, held.rule) == ("hold", "answered")
    due_memory.of(store).receive(CampaignChanged(follow))
    due.prepare(store, clock)
    assert [(row.state, row.reason) for row in rows(store, follow)] == [
        ("removed", due.ANSWERED), ("queued", ""),
    ]  # fmt: skip


def test_a_paused_or_ended_campaign_prepares_nothing(store: Store, clock: FixedClock, begun: Begun) -> None:
    key = begun(REMINDER, MARIA)
    campaigns.pause(store, clock, key, "Dana")
    go(clock, at(2026, 5, 11, 10))
    assert due.prepare(store, clock) == due.Prepared()
    campaigns.resume(store, clock, key, "Dana")
    schedule.save(store, clock, key, Schedule(ends_at=at(2026, 5, 11), rule=REMINDER), "Dana")
    assert due.prepare(store, clock) == due.Prepared()
    schedule.save(store, clock, key, Schedule(rule=REMINDER), "Dana")
    assert due.prepare(store, clock).made == 1


def test_an_offer_leaves_the_queue_at_its_deadline_and_comes_back_when_that_is_put_off(
    store: Store, clock: FixedClock, begun: Begun
) -> None:
    offer = {"first_name": "Ann", "number": "+13125550107", "ends": "2026-04-24 13:00"}
    whole = {"first_name": "Ben", "number": "+13125550108", "ends": "24 April 2026"}
    open_end = {"first_name": "Cy", "number": "+13125550109", "ends": ""}
    key = begun(Rule(deadline="ends"), offer, whole, open_end)
    assert [row.expires_at for row in rows(store, key)] == [at(2026, 4, 24, 13), at(2026, 4, 25), None]
    go(clock, at(2026, 4, 24, 13))
    assert [card.name for card in desk.cards(store, clock, key)] == ["Ben", "Cy"]
    assert due.prepare(store, clock).gone == 1
    assert rows(store, key)[0].reason == "its time passed (deadline Fri 24 Apr 13:00)"
    change(store, offer["number"], fields='{"ends": "2026-04-24 18:00"}')
    due.prepare(store, clock)
    assert [card.name for card in desk.cards(store, clock, key)] == ["Ann", "Ben", "Cy"]
    assert deadlines.PASSED == due.PASSED


def test_what_becomes_due_is_told(store: Store, clock: FixedClock, begun: Begun) -> None:
    key = begun(REMINDER, MARIA)
    told: list[Event] = []
    store.subscribe(told.append)
    due.prepare(store, clock)
    assert told == []
    go(clock, at(2026, 5, 11, 10))
    due.prepare(store, clock)
    assert CampaignChanged(key) in told


def test_the_coming_days(store: Store, clock: FixedClock, begun: Begun) -> None:
    soon = {"first_name": "Bo", "number": "+13125550102", "visit": "2026-04-28"}
    odd = {"first_name": "Al", "number": "+13125550104", "visit": "soon"}
    key = begun(REMINDER, MARIA, soon, odd)
    found = due_views.forecast(store, clock, key)
    assert found.days == (("2026-04-27", 1),)
    assert (found.undated_count, found.people, found.ahead) == (1, 3, 1)


def test_people_who_come_late_join_and_get_their_text_when_it_is_due(
    store: Store, clock: FixedClock, begun: Begun, crowd: Any
) -> None:
    key = begun(REMINDER, MARIA)
    before = campaigns.get(store, key).list_id
    later = {"first_name": "Bo", "number": "+13125550102", "visit": "2026-05-14"}
    now = {"first_name": "Cy", "number": "+13125550103", "visit": "2026-04-25 18:00"}
    more = crowd(later, now)
    found = campaigns.add_people(store, clock, key, more, "Dana")
    assert (found.queued, found.left_out) == (1, {"who come when they are due": 1})
    assert [row.number for row in rows(store, key)] == [now["number"]]
    go(clock, at(2026, 5, 13, 10))
    due.prepare(store, clock)
    # Maria's day passed while nobody looked; hers is counted, and Bo's waits.
    assert sorted((row.number[-1], row.state) for row in rows(store, key)) == [
        ("1", "removed"), ("2", "queued"), ("3", "removed"),
    ]  # fmt: skip
    again = campaigns.add_people(store, clock, key, more, "Dana")
    assert (again.queued, again.left_out) == (0, {"already in it": 2})
    with store.read() as conn:  # the lists that there were stay as they are
        members = sa.select(sa.func.count()).select_from(list_member)
        assert conn.execute(members.where(list_member.c.list_id == before)).scalar_one() == 1


def test_nobody_joins_a_follow_up_and_late_people_have_their_deadline(
    store: Store, clock: FixedClock, begun: Begun, crowd: Any
) -> None:
    offer = begun(Rule(deadline="ends"), {"first_name": "Ann", "ends": "2026-04-25"})
    late = crowd({"first_name": "Bo", "number": "+13125550102", "ends": "2026-04-24 13:00"})
    campaigns.add_people(store, clock, offer, late, "Dana")
    assert rows(store, offer)[1].expires_at == at(2026, 4, 24, 13)
    follow = begun(Rule("silence", days=1, source=offer), {"first_name": "Cy"})
    with pytest.raises(campaigns.StartError, match="Nobody was added"):
        campaigns.add_people(store, clock, follow, late, "Dana")
