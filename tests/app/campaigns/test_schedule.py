"""Start, end, caps and promises of a campaign; every hold says when it ends or what a person must do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.campaigns import campaign as campaigns
from app.campaigns import caps, desk, gate, holding, hours, occasions, promises, schedule
from app.campaigns.caps import Left, Limits
from app.campaigns.gate import Facts
from app.campaigns.local import moment, moment_there
from app.campaigns.occasions import Rule
from app.campaigns.promises import Promise
from app.campaigns.refusing import CampaignError
from app.campaigns.schedule import Schedule
from app.clock import FixedClock
from app.people import consents
from app.store.engine import Store
from app.store.tables import audit, contact, message
from app.texting import clicks, sending
from app.texting.clicks import Clicked, Press

NOON = datetime(2026, 4, 24, 12, tzinfo=ZoneInfo("America/Chicago")).timestamp()
HOUR, DAY = 3600.0, 86400.0
TEXT = "Clinic: hello {first_name}. Reply STOP to opt out."


@pytest.fixture(autouse=True)
def in_chicago(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This computer's clock."""
    monkeypatch.setenv("TZ", "America/Chicago")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def running(store: Store, clock: FixedClock, crowd: Any, drafted: Any) -> Callable[..., int]:
    def make(count: int = 2, **values: Any) -> int:
        people = [{"first_name": f"P{n}", **values.pop("person", {})} for n in range(count)]
        key: int = drafted(crowd(*people), TEXT)
        schedule.save(store, clock, key, Schedule(**values), "Dana")
        campaigns.start(store, clock, key)
        return key

    return make


def first(store: Store, key: int) -> Any:
    with store.read() as conn:
        query = sa.select(message).where(message.c.campaign_id == key).order_by(message.c.position)
        return conn.execute(query).mappings().first()


def press(store: Store, clock: FixedClock, row: Any) -> clicks.Clicked | clicks.Refused:
    made = Press("key:Return", clock.monotonic(), clock.now())
    return clicks.accept(store, clock, row["id"], text_hash=row["text_hash"], press=made, operator="Dana")


def left(store: Store, clock: FixedClock, number: str, ago: float, campaign_id: int) -> None:
    """A first text of another campaign left some seconds ago."""
    with store.write() as unit:
        key = unit.conn.execute(
            sa.insert(message).returning(message.c.id).values(
                direction="out", number=number, campaign_id=campaign_id, kind="first", text="x",
                state="queued", created_at=0, occasion=f"{ago}",
            )
        ).scalar_one()  # fmt: skip
        click = unit.conn.execute(
            sa.text(
                "INSERT INTO click (message_id, operator, at, monotonic, device, text_hash)"
                " VALUES (:m, '', 0, 0, 'key', '') RETURNING id"
            ),
            {"m": key},
        ).scalar_one()
        unit.conn.execute(
            sa.update(message)
            .where(message.c.id == key)
            .values(state="sent", click_id=click, claimed_at=clock.now() - ago)
        )


# -- every hold -----------------------------------------------------------------------------------

_FREE = Facts("+13125550142", is_reply=False, campaign_state="running")
_THREE = tuple(Left(NOON - back * HOUR, True) for back in (1, 2, 3))
_NEVER = hours.Policy((None,) * 7).to_json()
#: rule -> facts that it holds, when it ends, and the words that say so or say what to do
HOLDS = [
    ("campaign", replace(_FREE, campaign_state="draft"), None, "Start it first"),
    ("campaign", replace(_FREE, campaign_state="paused"), None, "Resume it"),
    ("asked", replace(_FREE, held=True), None, "Decide in the inbox first; until then"),
    ("campaign", replace(_FREE, campaign_state="done"), None, "Resume it"),
    ("consent", replace(_FREE, consent=consents.why_not(NOON - DAY, None, NOON)), None, "Note a new one on their page"),
    ("start", replace(_FREE, starts_at=NOON + 3 * DAY), NOON + 3 * DAY, "until Mon 27 Apr 12:00"),
    ("end", replace(_FREE, ends_at=NOON - DAY), None, "ended Thu 23 Apr 12:00; set a later end"),
    ("due", replace(_FREE, due_at=NOON + DAY), NOON + DAY, "until 12:00 tomorrow where they are"),
    ("stale", replace(_FREE, expires_at=NOON - DAY), None, "(Thu 23 Apr 12:00 where they are): it leaves the desk"),
    ("answered", replace(_FREE, unless_answered_since=NOON - 9, last_in_at=NOON - 5), None, "read it in the inbox"),
    ("caps", replace(_FREE, left=_THREE), NOON + 21 * HOUR, "until 9:00 tomorrow, or their answer"),
    ("caps", replace(_FREE, left=_THREE[:1], limits=Limits(1, 7)), NOON + 7 * DAY - HOUR, "until Fri 1 May 11:00"),
    (
        "caps",
        replace(_FREE, left=_THREE[1:], limits=Limits(promised="2 a month")),
        NOON + 30 * DAY - 3 * HOUR,
        "until Sun 24 May 9:00, unless a manager gives a reason",
    ),
    ("hours", replace(_FREE, time_zone="Asia/Tokyo"), None, "until Sat 09:00 there"),
    ("hours", replace(_FREE, number="+88213312345"), None, "set the time zone"),
    ("hours", replace(_FREE, campaign_hours=_NEVER), None, "set other hours"),
    ("hours", replace(_FREE, campaign_hours="{]"), None, "Set them again"),
    ("day", replace(_FREE, fresh_until=NOON), None, "read it again, then press"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "facts", "until", "words"), HOLDS, ids=[f"{r[0]}-{r[3][:24]}" for r in HOLDS]
)
def test_every_hold_says_when_it_ends_or_what_to_do(
    rule: str, facts: Facts, until: float | None, words: str
) -> None:
    held = gate.judge(facts, NOON)
    assert (held.verdict, held.rule) == ("hold", rule)
    assert words in held.why
    assert held.why.endswith(".")
    assert len(held.why) < 200
    if until is not None:
        assert held.until == until
    if held.until is not None:
        assert "until" in held.why
        at_its_end = gate.judge(facts, held.until)
        assert at_its_end.rule != rule or at_its_end.until != held.until  # it was no empty promise


def test_no_rule_is_without_a_row_above() -> None:
    assert {row[0] for row in HOLDS} | {"optout"} >= set(gate.RULES)
    assert gate.judge(_FREE, NOON) == gate.GO
    far = hours.check(
        hours.Policy((None, None, (540, 600), None, None, None, None)), ("America/Chicago",), NOON - 86400
    )
    assert (
        "until Wed 29 Apr"
        in hours.check(hours.parse("Wed 9:00-10:00"), ("America/Chicago",), NOON - 2 * DAY).why
    )
    assert "until Wed 09:00" in far.why


def test_moments_in_words() -> None:
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=ZoneInfo("America/Chicago")).timestamp()
    assert moment(new_year, new_year - HOUR) == "23:30 today"
    assert moment(new_year + HOUR, new_year) == "0:30 tomorrow"
    assert moment(new_year + 3 * DAY, new_year) == "Sun 3 Jan 2027 23:30"
    assert moment_there(new_year, new_year, "Asia/Kathmandu") == "11:15 today"
    assert moment_there(new_year, new_year, "Mars/Olympus") == "23:30 today"
    assert moment(1e18, 0.0) == "a day that no calendar has"


# -- start and end --------------------------------------------------------------------------------


def test_a_started_campaign_waits_for_its_start_and_stops_at_its_end(
    store: Store, clock: FixedClock, running: Any
) -> None:
    key = running(starts_at=NOON + 2 * HOUR, ends_at=NOON + 5 * HOUR)
    assert desk.cards(store, clock, key) == ()
    assert holding.held(store, clock, key) == holding.Held(2, NOON + 2 * HOUR)
    refused = press(store, clock, first(store, key))
    assert refused == clicks.Refused("This campaign starts later: held until 14:00 today.")
    clock.advance(2 * HOUR)
    assert len(desk.cards(store, clock, key)) == 2
    assert holding.held(store, clock, key) == holding.Held()
    clock.advance(3 * HOUR)
    assert desk.cards(store, clock, key) == ()
    held = holding.held(store, clock, key)
    assert (held.count, held.until) == (2, None)
    assert held.why == "This campaign ended 17:00 today; set a later end to go on."
    schedule.save(store, clock, key, Schedule(ends_at=NOON + 6 * HOUR), "Dana")
    clock.advance(60)
    assert len(desk.cards(store, clock, key)) == 2
    with store.read() as conn:
        logged = conn.execute(sa.select(audit.c.action, audit.c.operator, audit.c.detail)).all()
    assert ("campaign rescheduled", "Dana", f"campaign {key}: Ends 18:00 today") in logged


def test_a_start_at_night_is_reckoned_with_the_hours(store: Store, clock: FixedClock, running: Any) -> None:
    key = running(starts_at=NOON + 10 * HOUR)  # 22:00, when nobody may be texted
    assert holding.held(store, clock, key) == holding.Held(2, NOON + 21 * HOUR)


def test_a_click_that_waits_when_the_end_comes_is_given_back(
    store: Store, clock: FixedClock, running: Any
) -> None:
    key = running(ends_at=NOON + 60)
    row = first(store, key)
    assert isinstance(press(store, clock, row), Clicked)
    clock.advance(60)
    assert sending.claim(store, clock, 1) is None
    row = first(store, key)
    assert (row["state"], row["click_id"]) == ("queued", None)
    assert row["reason"].startswith("This campaign ended")


def test_the_end_between_the_claim_and_the_last_octets_keeps_the_text_here(
    store: Store, clock: FixedClock, running: Any
) -> None:
    key = running(ends_at=NOON + 60)
    press(store, clock, first(store, key))
    claimed = sending.claim(store, clock, 1)
    assert claimed is not None
    clock.advance(60)
    watch = sending._Watch(store, clock, 1, claimed, sending.never)
    assert not watch.proceed(1)
    assert watch.objection.startswith("This campaign ended")
    clock.advance(-1)
    assert watch.proceed(1)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Schedule(starts_at=NOON, ends_at=NOON), "before the start"),
        (Schedule(cap_texts=2), "in how many days"),
        (Schedule(cap_texts=-1), "at most"),
        (Schedule(promise_reason="x"), "Say why"),
        (Schedule(rule=Rule("date")), "Choose the field"),
        (Schedule(rule=Rule("silence", days=2)), "Choose the campaign"),
        (Schedule(rule=Rule("silence", source=1)), "at least one day"),
        (Schedule(rule=Rule("joined", days=-1)), "not before"),
        (Schedule(rule=Rule("never")), "not known"),
        (Schedule(rule=Rule("date", field="x", at=1440)), "time of day"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_in_words(
    store: Store, clock: FixedClock, crowd: Any, drafted: Any, wrong: Schedule, words: str
) -> None:
    key = drafted(crowd({"first_name": "Ann"}), TEXT)
    with pytest.raises(CampaignError, match=words):
        schedule.save(store, clock, key, wrong, "Dana")
    assert schedule.get(store, key) == Schedule()


def test_a_schedule_is_kept_as_it_was_set(store: Store, clock: FixedClock, crowd: Any, drafted: Any) -> None:
    key = drafted(crowd({"first_name": "Ann"}), TEXT)
    rule = Rule("birthday", "born", -3, 510, 6, "1 Mar", "added", 0, "offer_ends")
    wanted = Schedule(NOON, NOON + DAY, True, 2, 7, "urgent recall", rule)
    schedule.save(store, clock, key, wanted, "Dana")
    assert schedule.get(store, key) == wanted
    assert schedule.times_words(wanted, NOON) == "Started 12:00 today, ends 12:00 tomorrow"
    assert (
        schedule.cap_words(wanted) == "At most 2 campaign texts a week to a person, other campaigns counted"
    )
    for stored in ("[]", "{", '{"kind": 5}', '{"kind": "date", "days": []}'):
        with pytest.raises(CampaignError):
            occasions.from_json(stored)


def test_a_started_campaign_keeps_its_way(store: Store, clock: FixedClock, running: Any) -> None:
    key = running()
    with pytest.raises(CampaignError, match="Duplicate it"):
        schedule.save(store, clock, key, Schedule(rule=Rule("date", field="visit")), "Dana")


# -- caps and promises ----------------------------------------------------------------------------


def test_a_cap_counts_the_texts_of_all_campaigns_but_no_replies(
    store: Store, clock: FixedClock, running: Any, drafted: Any, crowd: Any
) -> None:
    other = drafted(crowd({"first_name": "Bo"}), TEXT)
    key = running(cap_texts=1, cap_days=7)
    row = first(store, key)
    left(store, clock, row["number"], 6 * DAY, other)
    with store.read() as conn:
        held = gate.check(conn, clock.now(), row)
        many = gate.check_many(conn, clock.now(), [row])
    assert many == [held]
    assert (held.rule, held.until) == ("caps", NOON + DAY)
    assert [card.name for card in desk.cards(store, clock, key)] == ["P1"]
    assert holding.held(store, clock, key) == holding.Held(1, NOON + DAY)
    reply = {**row, "kind": "reply"}
    with store.read() as conn:
        assert gate.check(conn, clock.now(), reply).verdict == "go"
        assert gate.check(conn, NOON + DAY, row).verdict == "go"
        again = {**row, "resend_of": 5}
        assert gate.check(conn, clock.now(), again).verdict == "go"


def test_what_was_promised_is_kept_unless_a_manager_says_why(
    store: Store, clock: FixedClock, running: Any, drafted: Any, crowd: Any
) -> None:
    other = drafted(crowd({"first_name": "Bo"}), TEXT)
    key = running(1, person={"consent_frequency": "up to 2 texts a month"})
    row = first(store, key)
    left(store, clock, row["number"], 20 * DAY, other)
    assert len(desk.cards(store, clock, key)) == 1
    left(store, clock, row["number"], 2 * DAY, other)
    assert desk.cards(store, clock, key) == ()
    assert holding.held(store, clock, key) == holding.Held(1, NOON + 10 * DAY)
    schedule.save(store, clock, key, Schedule(promise_reason="a recall"), "Mo")
    assert len(desk.cards(store, clock, key)) == 1
    with store.read() as conn:
        logged = conn.execute(sa.select(audit.c.action, audit.c.operator, audit.c.detail)).all()
    assert ("promise exceeded", "Mo", f"campaign {key}: a recall") in logged


@pytest.mark.parametrize(
    ("words", "promise"),
    [
        ("2 a month", Promise(2, 30)), ("weekly", Promise(1, 7)), ("up to 4 msgs/month", Promise(4, 30)),
        ("Once a week", Promise(1, 7)), ("2-3 texts a week", Promise(3, 7)), ("every 2 weeks", Promise(1, 14)),
        ("two texts every month", Promise(2, 30)), ("every other week", Promise(1, 14)),
        ("No more than three times a week", Promise(3, 7)), ("daily", Promise(1, 1)), ("4 msgs/mo", Promise(4, 30)),
        ("Msg frequency varies", None), ("", None), ("recurring messages", None), ("0 a week", None),
        ("9" * 5000, None),
    ],
)  # fmt: skip
def test_promises_as_people_write_them(words: str, promise: Promise | None) -> None:
    assert promises.read(words) == promise


def test_twenty_thousand_who_are_all_capped_do_not_stop_the_desk(
    store: Store, clock: FixedClock, drafted: Any, crowd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held people are found for many at a time, not one card at a time, and are remembered."""
    asked: list[int] = []
    recent = caps.recent

    def counted(conn: sa.Connection, numbers: Any, since: float) -> Any:
        asked.append(len(numbers))
        return recent(conn, numbers, since)

    monkeypatch.setattr(caps, "recent", counted)
    single = gate.check
    cards: list[Any] = []
    monkeypatch.setattr(gate, "check", lambda *args: cards.append(args) or single(*args))
    one = drafted(crowd({"first_name": "Bo"}), TEXT)
    with store.write() as unit:
        numbers = [f"+1312{5_000_000 + n}" for n in range(20_000)]
        unit.conn.execute(
            sa.insert(contact),
            [{"number": number, "created_at": 0, "updated_at": 0} for number in numbers],
        )
        common = {"direction": "out", "text": "x", "kind": "first", "created_at": 0}
        unit.conn.execute(
            sa.insert(message),
            [{**common, "campaign_id": one, "number": n, "position": p, "state": "queued"}
             for p, n in enumerate(numbers)],
        )  # fmt: skip
        unit.conn.execute(sa.text("PRAGMA ignore_check_constraints = ON"))
        unit.conn.execute(
            sa.insert(message),
            [{**common, "number": n, "campaign_id": one, "occasion": "before", "state": "sent",
              "claimed_at": clock.now() - DAY / 2} for n in numbers],
        )  # fmt: skip
        unit.conn.execute(sa.text("PRAGMA ignore_check_constraints = OFF"))
        unit.conn.execute(sa.text("UPDATE campaign SET state = 'running', cap_texts = 1, cap_days = 1"))
    assert desk.cards(store, clock, one) == ()
    assert (sum(asked), cards) == (20_000, [])
    assert len(asked) <= 100
    assert desk.cards(store, clock, one) == ()  # they are remembered
    assert (sum(asked), cards) == (20_000, [])
    assert holding.held(store, clock, one) == holding.Held(20_000, NOON + DAY / 2)


# -- checks before the start ------------------------------------------------------------------------


def said(store: Store, clock: FixedClock, key: int) -> list[tuple[str, str, int]]:
    return [(check.level, check.text, check.count) for check in campaigns.checks(store, clock, key)]


def test_checks_of_start_and_end(store: Store, clock: FixedClock, crowd: Any, drafted: Any) -> None:
    key = drafted(crowd({"first_name": "Ann"}), TEXT)
    for plan, wanted in (
        (Schedule(starts_at=NOON + DAY), ("pass", "Starts 12:00 tomorrow", 0)),
        (Schedule(starts_at=NOON - DAY), ("warn", "Its start, Thu 23 Apr 12:00, has passed: texts may go at once", 0)),
        (Schedule(ends_at=NOON), ("stop", "It ended 12:00 today: set a later end", 0)),
    ):  # fmt: skip
        schedule.save(store, clock, key, plan, "Dana")
        assert wanted in said(store, clock, key)


def test_checks_of_what_is_due_name_who_has_no_date(
    store: Store, clock: FixedClock, crowd: Any, drafted: Any
) -> None:
    people = crowd(
        {"first_name": "Ann", "visit": "2026-04-28", "room": "4"},
        {"first_name": "Bo", "visit": "soon", "room": ""},
    )
    key = drafted(people, "Clinic: {first_name}, room {room}. Reply STOP to opt out.")
    schedule.save(store, clock, key, Schedule(rule=Rule("date", field="visit", days=-1, at=480)), "Dana")
    found = said(store, clock, key)
    assert (
        "warn",
        "1 person has no date in {visit} that can be read: nothing becomes due for them",
        1,
    ) in found
    assert ("pass", "1 text becomes due in the next 14 days, the first Mon 27 Apr", 0) in found
    assert ("warn", "8:00 is outside the hours on every day: texts wait until they open", 0) in found
    (lacking,) = [each for each in found if "room" in each[1]]
    assert lacking[0] == "warn"
    assert lacking[1].endswith("; due texts wait until it is filled in")
    schedule.save(store, clock, key, Schedule(rule=Rule("date", field="visti")), "Dana")
    assert any(each[0] == "stop" and "{visti}" in each[1] for each in said(store, clock, key))


def test_checks_of_deadlines(store: Store, clock: FixedClock, crowd: Any, drafted: Any) -> None:
    people = crowd({"first_name": "Ann", "ends": "2026-04-23"}, {"first_name": "Bo", "ends": ""})
    key = drafted(people, TEXT)
    schedule.save(store, clock, key, Schedule(rule=Rule(deadline="ends")), "Dana")
    found = said(store, clock, key)
    assert ("warn", "1 person has a {ends} that has passed: their text leaves at once", 1) in found
    assert ("warn", "1 person has no date in {ends}: their text has no deadline", 1) in found


def test_checks_of_caps_and_promises(store: Store, clock: FixedClock, crowd: Any, drafted: Any) -> None:
    other = drafted(crowd({"first_name": "Xa"}), TEXT)
    key = drafted(
        crowd(
            {"first_name": "Ann", "consent_frequency": "1 a month", "number": "+13125550171"},
            {"first_name": "Bo", "consent_frequency": "now and then", "number": "+13125550172"},
            {"first_name": "Cy", "number": "+13125550173"},
        ),
        TEXT,
    )
    left(store, clock, "+13125550171", 9 * DAY, other)
    left(store, clock, "+13125550173", 2 * DAY, other)
    found = said(store, clock, key)
    assert ("warn", "1 person has as many texts already as are allowed: each waits", 1) in found
    words = "1 person has a promised frequency that cannot be read: write it as “2 a month”"
    assert ("warn", words, 1) in found
    schedule.save(store, clock, key, Schedule(cap_texts=1, cap_days=7, promise_reason="recall"), "Dana")
    found = said(store, clock, key)
    assert (
        "warn",
        "1 person has as many texts already as are allowed: each waits",
        1,
    ) in found  # Cy, by the cap
    assert ("warn", "More than people were promised, because: recall", 0) in found


def test_a_copy_keeps_rule_and_caps_but_not_its_days(store: Store, clock: FixedClock, running: Any) -> None:
    key = running(cap_texts=1, cap_days=7, urgent=True, ends_at=NOON + DAY, rule=Rule(deadline="ends"))
    copied = schedule.get(store, campaigns.duplicate(store, clock, key, "Dana"))
    assert copied == Schedule(cap_texts=1, cap_days=7, urgent=True, rule=Rule(deadline="ends"))


def test_a_text_that_is_sent_again_keeps_its_deadline(store: Store, clock: FixedClock, running: Any) -> None:
    row = first(store, running())
    press(store, clock, row)
    with store.write() as unit:
        unit.conn.execute(
            sa.update(message)
            .where(message.c.id == row["id"])
            .values(state="unknown", claimed_at=clock.now(), expires_at=NOON + HOUR)
        )
    made = Press("key:A", clock.monotonic(), clock.now())
    clock.advance(HOUR)
    late = clicks.send_again(store, clock, row["id"], press=made, operator="Dana")
    assert isinstance(late, clicks.Refused)
    assert late.why.startswith("Its time passed")
    clock.advance(-1)
    assert isinstance(clicks.send_again(store, clock, row["id"], press=made, operator="Dana"), Clicked)
