"""Find and replace over a campaign's texts, and how its texts changed from version to version."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.campaigns import campaign, replacing, versions
from app.campaigns.refusing import CampaignError
from app.campaigns.wordings import Variant
from app.clock import FixedClock
from app.store.engine import Store
from app.store.tables import canned_reply, message, question, question_option

END = " Reply STOP to opt out."


@pytest.fixture
def made(store: Store, clock: FixedClock, crowd: Any, drafted: Any) -> int:
    """A campaign that says "Tuesday" in five places, "Wednesday" in none."""
    people = crowd({"first_name": "Ana"}, {"first_name": "Ben"})
    key = int(drafted(people, "Hi {first_name}, Tuesday or TUESDAY? {sender}" + END))
    campaign.save_variant(store, clock, key, Variant("B", "Tuesdays? {sender}" + END))
    with store.write() as unit:
        asked = unit.conn.execute(
            sa.insert(question).values(campaign_id=key, position=0, text="Does Tuesday suit?", kind="choice")
        ).inserted_primary_key[0]
        options = (("Yes", "See you Tuesday, {first_name}!", None), ("Old", "Tuesday it was", 5.0))
        for place, (label, text, removed) in enumerate(options):
            unit.conn.execute(
                sa.insert(question_option).values(
                    question_id=asked, position=place, label=label, next_text=text, removed_at=removed
                )
            )
        for owner in (key, None):
            unit.conn.execute(
                sa.insert(canned_reply).values(
                    campaign_id=owner,
                    position=0,
                    label="When",
                    text="On tuesday.",
                    created_at=0,
                    updated_at=0,
                )
            )
    return key


def test_every_place_is_shown_before_anything_changes(store: Store, made: int) -> None:
    found = replacing.look(store, made, "tuesday", "Wednesday", whole=True)
    assert [(hit.place.where, len(hit.found)) for hit in found] == [
        ("Text A", 2),
        ("Question", 1),
        ("“Does Tuesday suit?”: Yes", 1),
        ("Canned reply “When”", 1),
    ]
    first = found[0]
    assert [first.after[start:end] for start, end in first.put] == ["Wednesday", "Wednesday"]
    assert first.after.startswith("Hi {first_name}, Wednesday or Wednesday?")
    assert campaign.get(store, made).template.startswith("Hi {first_name}, Tuesday")
    assert len(replacing.look(store, made, "tuesday", "x")) == 5  # "Tuesdays" too
    assert len(replacing.look(store, made, "Tuesday", "x", case=True, whole=True)) == 3
    assert replacing.look(store, made, "", "x") == ()
    assert replacing.look(store, made, "first", "x") == ()  # the name of a field
    assert len(replacing.look(store, made, "{first_name}", "{name}")) == 2


def test_what_is_chosen_changes_and_what_waits_is_written_anew(
    store: Store, clock: FixedClock, made: int
) -> None:
    campaign.start(store, clock, made)
    found = replacing.look(store, made, "Tuesday", "Wednesday")
    assert replacing.replace(store, clock, made, [hit for hit in found if hit.place.kind != "reply"]) == 4
    assert [hit.place.where for hit in replacing.look(store, made, "Tuesday", "")] == ["Canned reply “When”"]
    with store.read() as conn:
        texts = list(conn.execute(sa.select(message.c.text)).scalars())
        outside = conn.execute(
            sa.select(canned_reply.c.text).where(canned_reply.c.campaign_id.is_(None))
        ).scalar_one()
    assert len(texts) == 2
    assert all("Tuesday" not in text for text in texts)
    assert outside == "On tuesday."


def test_a_text_that_would_break_or_was_changed_is_refused_whole(
    store: Store, clock: FixedClock, made: int
) -> None:
    broken = replacing.look(store, made, "{first_name}", "{first_name")
    assert [bool(hit.problem) for hit in broken] == [True, True]
    with pytest.raises(CampaignError, match="Nothing was changed"):
        replacing.replace(store, clock, made, broken)
    found = replacing.look(store, made, "Tuesday", "Wednesday")
    campaign.update(store, made, template="Other words, Tuesday. {sender}" + END)
    with pytest.raises(CampaignError, match="changed meanwhile"):
        replacing.replace(store, clock, made, reversed(found))
    assert len(replacing.look(store, made, "Tuesday", "")) == 5


def test_versions_tell_what_went_and_what_came(store: Store, clock: FixedClock, made: int) -> None:
    assert versions.of_campaign(store, made) == ()
    campaign.start(store, clock, made)
    before = campaign.get(store, made).template
    campaign.update(store, made, template=before.replace("{first_name}", "{first_name|there}"))
    found = versions.of_campaign(store, made)
    assert [(each.label, each.version) for each in found] == [("A", 2), ("A", 1), ("B", 1)]
    newest = found[0]
    assert [newest.before[a:b] for a, b in newest.gone] == ["{first_name}"]
    assert [newest.text[a:b] for a, b in newest.new] == ["{first_name|there}"]
    assert sum(each.waiting for each in found) == 2
    assert found[1].waiting == 0
    assert versions.changes("a b", "a c") == (((2, 3),), ((2, 3),))
