"""A campaign that goes on: people who come late or are taken out, a copy, a second wave, a draft deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app.campaigns import campaign, hours
from app.campaigns.campaign import StartError, Variant
from app.clock import FixedClock
from app.people import optouts
from app.store.engine import Store
from app.store.tables import audit, click, contact, conversation, list_member, message, variant

Crowd = Callable[..., int]
TEXT = "{sender} to {first_name|you}. STOP"


def rows(store: Store, key: int) -> list[tuple[str, str]]:
    with store.read() as conn:
        query = sa.select(message.c.text, message.c.state).where(message.c.campaign_id == key)
        return [tuple(row) for row in conn.execute(query.order_by(message.c.position))]


def test_people_who_come_late(store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd) -> None:
    key = drafted(crowd({"first_name": "Ana"}, {"first_name": "Ben"}), TEXT)
    later = crowd({"first_name": "Cy"}, {"first_name": "Out", "number": "+13125550107"}, {"first_name": "Di"})
    with pytest.raises(StartError, match="while a campaign runs"):
        campaign.add_people(store, clock, key, later, "Dana")
    campaign.start(store, clock, key)
    with store.write() as unit:
        optouts.opt_out(unit, clock, "+13125550107", source="operator")
        ana = unit.conn.execute(sa.select(contact.c.id).where(contact.c.first_name == "Ana")).scalar()
        unit.conn.execute(sa.insert(list_member).values(list_id=later, position=9, contact_id=ana))
    assert campaign.add_people(store, clock, key, later, "Dana", cancelled=lambda: True).queued == 0
    result = campaign.add_people(store, clock, key, later, "Dana")
    assert (result.queued, result.left_out) == (2, {"already in it": 1, "opted out": 1})
    assert [text for text, _ in rows(store, key)] == [
        f"Dana to {n}. STOP" for n in ("Ana", "Ben", "Cy", "Di")
    ]
    # A change of the text reaches those from the other list too.
    campaign.update(store, key, template="Now " + TEXT, clock=clock)
    assert rows(store, key)[-1][0] == "Now Dana to Di. STOP"
    assert campaign.add_people(store, clock, key, later, "Dana").queued == 0


def test_late_people_who_lack_a_field_add_nobody(
    store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd
) -> None:
    key = drafted(crowd({"first_name": "Ana", "slot": "9"}), "{sender} {slot} STOP")
    campaign.start(store, clock, key)
    with pytest.raises(StartError, match="Ben has no slot"):
        campaign.add_people(store, clock, key, crowd({"first_name": "Ben"}), "Dana")
    assert len(rows(store, key)) == 1


def test_people_are_taken_out_as_far_as_nobody_pressed(
    store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd
) -> None:
    list_id = crowd({"first_name": "Ana"}, {"first_name": "Ben"}, {"first_name": "Cy"})
    key = drafted(list_id, TEXT)
    campaign.start(store, clock, key)
    sent(store, clock, key, "Ana")
    with store.read() as conn:
        ben = conn.execute(sa.select(contact.c.id).where(contact.c.first_name == "Ben")).scalar_one()
    assert campaign.remove_people(store, clock, key, [ben], "Dana") == 1
    assert [state for _, state in rows(store, key)] == ["sent", "removed", "queued"]
    assert campaign.remove_people(store, clock, key, None, "Dana", list_id=list_id) == 1
    assert [state for _, state in rows(store, key)] == ["sent", "removed", "removed"]


def sent(store: Store, clock: FixedClock, key: int, *names: str) -> None:
    with store.write() as unit:
        for name in names:
            where = sa.and_(message.c.campaign_id == key, message.c.text.contains(f" {name}."))
            found = unit.conn.execute(sa.select(message).where(where)).one()
            made = unit.conn.execute(
                sa.insert(click).values(
                    message_id=found.id,
                    operator="D",
                    at=clock.now(),
                    monotonic=0,
                    device="mouse",
                    text_hash=found.text_hash,
                )
            ).inserted_primary_key[0]
            values = {"state": "sent", "click_id": made, "claimed_at": clock.now()}
            unit.conn.execute(sa.update(message).where(message.c.id == found.id).values(**values))


def test_a_second_wave_goes_to_those_who_were_silent(
    store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd
) -> None:
    names = ("Ana", "Ben", "Cy", "Di", "Ed", "Flo")
    always = hours.parse("00:00-24:00")
    key = drafted(
        crowd(*({"first_name": n, "slot": "1"} for n in names)), TEXT, hours=always, hours_reason="asked"
    )
    campaign.save_variant(store, clock, key, Variant("B", "B " + TEXT, "slot", "2"))
    campaign.start(store, clock, key)
    with pytest.raises(StartError, match="nobody to write to"):
        campaign.second_wave(store, clock, key, "Dana")
    sent(store, clock, key, "Ana", "Ben", "Cy", "Di", "Ed")  # Flo still waits
    numbers = dict(zip(names, (row for row in _numbers(store, key)), strict=True))
    with store.write() as unit:
        for name, at in (("Ben", clock.now() + 5), ("Cy", clock.now() - 5)):
            unit.conn.execute(sa.insert(conversation).values(number=numbers[name], last_at=0, last_in_at=at))
        optouts.opt_out(unit, clock, numbers["Di"], source="operator")
        unit.conn.execute(
            sa.update(message).where(message.c.number == numbers["Ed"]).values(delivery="failed")
        )
    assert campaign.count_silent(store, key) == 2
    wave = campaign.second_wave(store, clock, key, "Dana")
    found = campaign.get(store, wave)
    assert (found.state, found.wave_of, found.name, found.template) == (
        "draft",
        key,
        "Spring (second wave)",
        TEXT,
    )
    assert (found.hours_reason, [v.label for v in found.variants]) == ("asked", ["B"])
    assert "slot" in campaign.fields(store, wave)
    with store.write() as unit:  # one of them writes before the second wave is started
        unit.conn.execute(
            sa.insert(conversation).values(number=numbers["Ana"], last_at=0, last_in_at=clock.now())
        )
    said = {check.text.split(":")[0]: check.count for check in campaign.checks(store, clock, wave)}
    assert said["1 person has written since this second wave was made"] == 1
    assert campaign.start(store, clock, wave).queued == 2
    assert [text for text, _ in rows(store, wave)] == ["Dana to Ana. STOP", "Dana to Cy. STOP"]


def _numbers(store: Store, key: int) -> list[str]:
    with store.read() as conn:
        query = sa.select(message.c.number).where(message.c.campaign_id == key)
        return list(conn.execute(query.order_by(message.c.position)).scalars())


def test_a_copy_is_a_draft_of_its_own(store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd) -> None:
    key = drafted(crowd({"first_name": "Ana"}), TEXT, fields={"place": "Park"})
    campaign.save_variant(store, clock, key, Variant("B", "B " + TEXT))
    campaign.start(store, clock, key)
    copy = campaign.duplicate(store, clock, key, "Dana")
    found = campaign.get(store, copy)
    assert (found.name, found.state, found.fields) == ("Spring (copy)", "draft", (("place", "Park"),))
    campaign.save_variant(store, clock, copy, Variant("B", "Other"))
    assert campaign.get(store, key).variants[0].text == "B " + TEXT
    assert rows(store, copy) == []


def test_only_a_draft_can_be_deleted(store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd) -> None:
    list_id = crowd({"first_name": "Ana"})
    key, gone = drafted(list_id, TEXT), drafted(list_id, TEXT)
    campaign.save_variant(store, clock, gone, Variant("B", "B"))
    campaign.delete_draft(store, clock, gone, "Dana")
    with pytest.raises(LookupError):
        campaign.get(store, gone)
    with pytest.raises(StartError, match="no longer there"):
        campaign.delete_draft(store, clock, gone, "Dana")
    campaign.start(store, clock, key)
    with pytest.raises(StartError, match="is kept"):
        campaign.delete_draft(store, clock, key, "Dana")
    with store.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(variant)).scalar() == 0
        assert conn.execute(sa.select(audit.c.action)).scalars().all() == ["draft deleted"]
    assert len(rows(store, key)) == 1


def test_a_finished_campaign_can_go_on(store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd) -> None:
    key = drafted(crowd({"first_name": "Ana"}), TEXT)
    campaign.start(store, clock, key)
    campaign.finish(store, clock, key, "Dana")
    assert campaign.get(store, key).state == "done"
    campaign.resume(store, clock, key, "Dana")
    assert campaign.get(store, key).state == "running"
