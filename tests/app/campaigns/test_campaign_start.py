"""A campaign from draft to desk: what the checks say, who is queued, and what a change does to the queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.campaigns import campaign, desk, hours
from app.campaigns.campaign import StartError
from app.campaigns.hours import HoursError
from app.campaigns.templates import MissingField, TemplateError
from app.clock import FixedClock
from app.people import optouts
from app.store.engine import Store, open_store
from app.store.events import CampaignChanged, Event
from app.store.tables import audit, contact, line, list_member, message, people_list
from app.texting import clicks
from app.texting.clicks import Clicked, Press, Refused

NOON = datetime(2026, 4, 24, 12, tzinfo=ZoneInfo("America/Chicago")).timestamp()
TEMPLATE = "Hi {first_name|there}, this is {sender}. Does {slot} suit you? Reply STOP to opt out."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    with opened.write() as unit:
        unit.conn.execute(sa.insert(line).values(name="Office", url="x", created_at=0))
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


def people(store: Store, *rows: dict[str, Any], columns: tuple[str, ...] = ("slot",)) -> int:
    """A list of those people; who has no number gets one in Chicago."""
    with store.write() as unit:
        key = int(
            unit.conn.execute(
                sa.insert(people_list).values(name="May.csv", created_at=0, columns=json.dumps(columns))
            ).inserted_primary_key[0]
        )
        for position, row in enumerate(rows):
            fields = {name: row[name] for name in columns if name in row}
            number = row.get("number", f"+1312555{1000 * key + position:04d}")
            person = unit.conn.execute(
                sa.insert(contact).values(
                    number=number,
                    first_name=row.get("first_name", ""),
                    name=row.get("name", row.get("first_name", "")),
                    fields=json.dumps(fields),
                    consent_source=row.get("consent_source", ""),
                    created_at=0,
                    updated_at=0,
                )
            ).inserted_primary_key[0]
            unit.conn.execute(
                sa.insert(list_member).values(list_id=key, position=position, contact_id=person)
            )
    return key


ANA, BEN, CARLA = ({"first_name": name, "slot": "10:30"} for name in ("Ana", "Ben", "Carla"))


def draft(
    store: Store, clock: FixedClock, list_id: int | None, template: str = TEMPLATE, **values: Any
) -> int:
    return campaign.create(
        store,
        clock,
        name="Spring",
        list_id=list_id,
        template=template,
        texter="Dana",
        operator="Dana",
        **values,
    )


def queue(store: Store, campaign_id: int) -> list[Any]:
    with store.read() as conn:
        return list(
            conn.execute(
                sa.select(message).where(message.c.campaign_id == campaign_id).order_by(message.c.position)
            )
        )


def press(store: Store, clock: FixedClock, card: desk.Card) -> Clicked | Refused:
    return clicks.accept(
        store,
        clock,
        card.message_id,
        text_hash=card.text_hash,
        press=Press("key:Return", 0.0, 0.0),
        operator="D",
    )


# -- the start ------------------------------------------------------------------------------------


def test_everybody_is_queued_in_the_order_of_the_list(store: Store, clock: FixedClock) -> None:
    key = draft(store, clock, people(store, ANA, BEN, {"slot": "11:00"}))
    events: list[Event] = []
    store.subscribe(events.append)
    result = campaign.start(store, clock, key)
    assert (result.queued, dict(result.left_out)) == (3, {})
    rows = queue(store, key)
    assert [row.text.split(",")[0] for row in rows] == ["Hi Ana", "Hi Ben", "Hi there"]
    assert rows[2].text == "Hi there, this is Dana. Does 11:00 suit you? Reply STOP to opt out."
    for row in rows:
        assert (row.state, row.kind, row.direction, row.click_id) == ("queued", "first", "out", None)
        assert row.text_hash == clicks.text_hash(row.text)
    assert events == [CampaignChanged(key)]
    found = campaign.summary(store, key)
    assert (found.state, found.people, found.queued, found.started_at) == ("running", 3, 3, NOON)


def test_who_opted_out_is_left_out(store: Store, clock: FixedClock) -> None:
    list_id = people(store, ANA, {**BEN, "number": "+13125550107"}, CARLA)
    with store.write() as unit:
        optouts.opt_out(unit, clock, "+13125550107", source="operator")
    key = draft(store, clock, list_id)
    result = campaign.start(store, clock, key)
    assert result.queued == 2
    assert list(result.left_out.values()) == [1]
    assert "+13125550107" not in {row.number for row in queue(store, key)}


@pytest.mark.parametrize(
    ("template", "rows", "columns", "words"),
    [
        ("Hi {nick}", [ANA], ("slot",), ["{nick}"]),
        ("At {slot}", [ANA, {"first_name": "Ben"}, {"number": "+13125550199"}], ("slot",), ["Ben", "slot"]),
        ("", [ANA], ("slot",), ["empty"]),
        ("  ", [ANA], ("slot",), ["empty"]),
        ("Hi {sender}", [], ("slot",), ["nobody"]),
    ],
)
def test_what_stops_the_start_names_it_and_changes_nothing(
    store: Store,
    clock: FixedClock,
    template: str,
    rows: list[Any],
    columns: tuple[str, ...],
    words: list[str],
) -> None:
    key = draft(store, clock, people(store, *rows, columns=columns), template)
    with pytest.raises(StartError) as error:
        campaign.start(store, clock, key)
    for word in words:
        assert word in str(error.value)
    assert queue(store, key) == []
    assert campaign.get(store, key).state == "draft"
    assert any(check.level == "stop" for check in campaign.checks(store, clock, key))


def test_who_lacks_a_field_can_be_shown(store: Store, clock: FixedClock) -> None:
    key = draft(store, clock, people(store, ANA, {"first_name": "Ben"}, {"first_name": "Cy", "slot": "  "}))
    with pytest.raises(StartError) as error:
        campaign.start(store, clock, key)
    with store.read() as conn:
        names = conn.execute(sa.select(contact.c.name).where(contact.c.id.in_(error.value.people))).scalars()
        assert sorted(names) == ["Ben", "Cy"]


def test_a_campaign_starts_once(store: Store, clock: FixedClock) -> None:
    key = draft(store, clock, people(store, ANA))
    campaign.start(store, clock, key)
    with pytest.raises(StartError):
        campaign.start(store, clock, key)
    assert len(queue(store, key)) == 1


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_cancelled_start_changes_nothing(store: Store, clock: FixedClock, after: int) -> None:
    key = draft(store, clock, people(store, *[dict(ANA) for _ in range(1_200)]))
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    events: list[Event] = []
    store.subscribe(events.append)
    assert campaign.start(store, clock, key, cancelled=cancelled).queued == 0
    assert (queue(store, key), campaign.get(store, key).state, events) == ([], "draft", [])
    assert campaign.start(store, clock, key).queued == 1_200


def test_progress_ends_at_all_of_them(store: Store, clock: FixedClock) -> None:
    key = draft(store, clock, people(store, *[dict(ANA) for _ in range(1_100)]))
    seen: list[tuple[int, int]] = []
    campaign.start(store, clock, key, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (1_100, 1_100)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


# -- a change of what waits -----------------------------------------------------------------------


def test_a_changed_message_is_merged_anew_for_who_waits_unedited_and_no_click_is_void(
    store: Store, clock: FixedClock
) -> None:
    key = draft(store, clock, people(store, ANA, BEN, CARLA, {"first_name": "Dee", "slot": "9"}))
    campaign.start(store, clock, key)
    first, second, third, _fourth = desk.cards(store, clock, key)
    assert isinstance(press(store, clock, first), Clicked)
    assert desk.edit(store, second.message_id, "Hi Ben, by hand")
    assert desk.skip(store, third.message_id, "later")
    painted = desk.cards(store, clock, key)[-1]
    campaign.update(store, key, template="New {first_name}: {slot}", operator="Dana", clock=clock)
    rows = queue(store, key)
    assert [row.text for row in rows] == [first.text, "Hi Ben, by hand", "New Carla: 10:30", "New Dee: 9"]
    assert [row.text_hash for row in rows] == [clicks.text_hash(row.text) for row in rows]
    assert (rows[0].state, rows[0].click_id is not None) == ("clicked", True)
    # What was on screen before the change cannot be pressed any more.
    refused = press(store, clock, painted)
    assert isinstance(refused, Refused)
    assert "changed" in refused.why
    assert isinstance(press(store, clock, desk.cards(store, clock, key)[-1]), Clicked)


def test_a_change_that_somebody_has_no_value_for_is_not_kept(store: Store, clock: FixedClock) -> None:
    key = draft(
        store, clock, people(store, ANA, {"first_name": "Ben", "slot": "1"}, columns=("slot", "nick"))
    )
    campaign.start(store, clock, key)
    with pytest.raises(StartError) as error:
        campaign.update(store, key, template="Hi {nick}", operator="Dana", clock=clock)
    assert "nick" in str(error.value)
    assert campaign.get(store, key).template == TEMPLATE
    assert queue(store, key)[0].text.startswith("Hi Ana, this")


def test_a_message_that_cannot_be_read_is_not_kept(store: Store, clock: FixedClock) -> None:
    key = draft(store, clock, people(store, ANA))
    with pytest.raises(TemplateError):
        campaign.update(store, key, template="Hi {first_name", clock=clock)
    with pytest.raises(TemplateError):
        draft(store, clock, None, "Hi }")
    assert campaign.get(store, key).template == TEMPLATE


def test_the_people_of_a_started_campaign_stay(store: Store, clock: FixedClock) -> None:
    key = draft(store, clock, people(store, ANA))
    campaign.update(store, key, list_id=people(store, BEN), clock=clock)
    campaign.start(store, clock, key)
    with pytest.raises(ValueError, match="people"):
        campaign.update(store, key, list_id=people(store, CARLA), clock=clock)
    with pytest.raises(ValueError, match="state"):
        campaign.update(store, key, state="done", clock=clock)


# -- hours ----------------------------------------------------------------------------------------


def logged(store: Store) -> list[tuple[str, str]]:
    with store.read() as conn:
        return [(row.operator, row.action) for row in conn.execute(sa.select(audit).order_by(audit.c.id))]


def test_looser_hours_need_a_reason_and_are_logged(store: Store, clock: FixedClock) -> None:
    always = hours.parse("00:00-24:00")
    for reason in ("", "  ", "x"):
        with pytest.raises(HoursError):
            draft(store, clock, None, hours=always, hours_reason=reason)
    key = draft(store, clock, None, hours=always, hours_reason="all of them asked for it")
    assert logged(store) == [("Dana", "hours loosened")]
    assert (campaign.get(store, key).policy, campaign.get(store, key).hours_reason) == (
        always, "all of them asked for it",
    )  # fmt: skip
    tight = hours.parse("10:00-12:00, Sun 12:00-13:00")
    campaign.update(store, key, hours=tight, operator="Dana", clock=clock)
    assert (campaign.get(store, key).policy, campaign.get(store, key).hours_reason) == (tight, "")
    with pytest.raises(HoursError):
        campaign.update(store, key, hours=always, operator="Dana", clock=clock)
    assert campaign.get(store, key).policy == tight
    assert len(logged(store)) == 1


def test_pause_resume_and_finish(store: Store, clock: FixedClock) -> None:
    key = draft(store, clock, people(store, ANA))
    campaign.pause(store, clock, key, operator="Dana")
    assert campaign.get(store, key).state == "draft"
    campaign.start(store, clock, key)
    (card,) = desk.cards(store, clock, key)
    campaign.pause(store, clock, key, operator="Dana")
    assert desk.cards(store, clock, key) == ()
    refused = press(store, clock, card)
    assert isinstance(refused, Refused)
    assert "paused" in refused.why
    campaign.resume(store, clock, key, operator="Dana")
    assert len(desk.cards(store, clock, key)) == 1
    campaign.finish(store, clock, key, operator="Dana")
    assert desk.cards(store, clock, key) == ()
    assert campaign.summary(store, key).state == "done"


# -- checks and preview ---------------------------------------------------------------------------


def found(store: Store, clock: FixedClock, key: int) -> dict[str, str]:
    return {check.text: check.level for check in campaign.checks(store, clock, key)}


def test_a_good_message_passes(store: Store, clock: FixedClock) -> None:
    good = {**ANA, "consent_source": "form"}
    levels = found(store, clock, draft(store, clock, people(store, good)))
    assert "stop" not in levels.values()
    assert levels["Says who is writing"] == levels["Says how to stop"] == "pass"
    assert levels["Every field is filled for everyone"] == "pass"
    assert levels["1 person: 1 segment"] == "pass"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("Hi {first_name}, reply STOP to opt out", "who is writing"),
        ("Hi, this is {sender}", "how to stop"),
        ("This is {sender}: https://bit.ly/x STOP", "bit.ly"),
        ("{sender}: reply CANCEL to cancel your visit, STOP to stop", "CANCEL"),
        ("{sender} ł STOP " + "x" * 80, "ł"),
        ("{sender} STOP " + "x" * 160, "2 segments"),
    ],
)
def test_what_deserves_a_warning(store: Store, clock: FixedClock, template: str, words: str) -> None:
    levels = found(
        store, clock, draft(store, clock, people(store, {**ANA, "consent_source": "form"}), template)
    )
    assert [level for text, level in levels.items() if words in text] == ["warn"]
    assert "stop" not in levels.values()


def test_checks_count_and_name_people(store: Store, clock: FixedClock) -> None:
    list_id = people(store, ANA, {**BEN, "number": "+88213312345"}, {**CARLA, "number": "+13125550107"})
    with store.write() as unit:
        optouts.opt_out(unit, clock, "+13125550107", source="operator")
    by_words = {check.text: check for check in campaign.checks(store, clock, draft(store, clock, list_id))}
    zone = next(check for text, check in by_words.items() if "time zone" in text)
    assert (zone.level, zone.count, len(zone.people)) == ("warn", 1, 1)
    out = next(check for text, check in by_words.items() if "opted out" in text)
    assert (out.level, out.count) == ("warn", 1)
    consent = next(check for text, check in by_words.items() if "consent" in text)
    assert consent.count == 2


def test_checks_can_be_cancelled(store: Store, clock: FixedClock) -> None:
    key = draft(store, clock, people(store, *[dict(ANA) for _ in range(600)]))
    assert campaign.checks(store, clock, key, cancelled=lambda: True) == ()


def test_the_preview_steps_through_real_people(store: Store, clock: FixedClock) -> None:
    key = draft(store, clock, people(store, ANA, BEN), "Hi {first_name} ł {nick|you}")
    second = campaign.merged(store, key, 1)
    assert second is not None
    assert (second.name, second.text, second.alphabet, second.offending) == (
        "Ben",
        "Hi Ben ł you",
        "UCS-2",
        "ł",
    )
    assert second.spans == ((3, 6, "first_name"), (9, 12, "nick"))
    assert (second.segments, second.units, second.limit) == (1, 12, 70)
    assert campaign.merged(store, key, 2) is None
    campaign.update(store, key, template="{nick}", clock=clock)
    with pytest.raises(MissingField):
        campaign.merged(store, key, 0)


def test_a_campaign_that_nobody_named_is_called_like_its_list(store: Store, clock: FixedClock) -> None:
    key = draft(store, clock, people(store, ANA))
    campaign.update(store, key, name="", clock=clock)
    campaign.start(store, clock, key)
    assert campaign.summary(store, key).name == "May.csv"
