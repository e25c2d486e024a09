"""Several texts of a campaign: who gets which, what is kept of it, and what a change does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.campaigns import campaign, counting, desk, merging
from app.campaigns.campaign import StartError, Variant
from app.campaigns.refusing import CampaignError
from app.campaigns.templates import TemplateError, parse
from app.campaigns.wordings import TAG, Wording
from app.clock import FixedClock
from app.store.engine import Store
from app.store.tables import contact, contact_tag, message, tag, wording

Crowd = Callable[..., int]
A, B = "A {first_name|you}. {sender}, STOP", "B {first_name|you}. {sender}, STOP"


def texts(store: Store) -> list[str]:
    with store.read() as conn:
        return list(conn.execute(sa.select(message.c.text).order_by(message.c.position)).scalars())


def test_by_a_field_by_a_tag_and_the_rest(
    store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd
) -> None:
    list_id = crowd(
        {"first_name": "Ana", "area": "North "}, {"first_name": "Ben", "area": "south"},
        {"first_name": "Cy", "area": "north"}, {"first_name": "Di", "language": "es"},
    )  # fmt: skip
    with store.write() as unit:
        unit.conn.execute(sa.insert(tag).values(id=1, name="VIP", folded="vip"))
        third = unit.conn.execute(sa.select(contact.c.id).where(contact.c.first_name == "Ben")).scalar()
        unit.conn.execute(sa.insert(contact_tag).values(tag_id=1, contact_id=third))
    key = drafted(list_id, A)
    campaign.save_variant(store, clock, key, Variant("B", B, "area", "NORTH"))
    campaign.save_variant(store, clock, key, Variant("C", "C {sender} STOP", TAG, "Vip"))
    campaign.save_variant(store, clock, key, Variant("D", "D {sender} STOP", "language", "es"))
    said = [check.text for check in campaign.checks(store, clock, key)]
    assert "Text A: 0 · Text B: 2 · Text C: 1 · Text D: 1. Nobody gets text A" in said
    campaign.start(store, clock, key)
    assert [text[0] for text in texts(store)] == ["B", "C", "B", "D"]


def test_a_share_by_chance_is_fair_and_always_the_same() -> None:
    both = tuple(Wording(label, label, parse(label)) for label in "AB")

    def drawn(seed: int) -> list[str]:
        merger = merging.Merger(both, "Dana", 0.0, seed=seed)
        people = (
            merging.Person(n, n, f"+1312555{n:04d}", "", "", "", "", "", None, "{}") for n in range(2_000)
        )
        return [merger.wording(person).label for person in people]

    first = drawn(7)
    assert drawn(7) == first != drawn(8)
    assert 900 < Counter(first)["A"] < 1_100
    even, odd = Counter(first[::2])["A"], Counter(first[1::2])["A"]
    assert abs(even - odd) < 120  # neighbours' numbers do not decide


def test_the_version_is_kept_with_each_message(
    store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd
) -> None:
    key = drafted(crowd({"first_name": "Ana", "area": "n"}, {"first_name": "Ben"}), A)
    campaign.save_variant(store, clock, key, Variant("B", B, "area", "n"))
    campaign.start(store, clock, key)
    with store.write() as unit:  # Ana's text leaves, then B is changed
        unit.conn.execute(
            sa.insert(wording).values(campaign_id=key, label="Z", version=1, template="", created_at=0)
        )
        unit.conn.execute(sa.update(message).where(message.c.text.like("A%")).values(edited=True))
    campaign.save_variant(store, clock, key, Variant("B", "New " + B, "area", "n"))
    campaign.update(store, key, template=A, clock=clock)  # no change, no version
    assert [text[:5] for text in texts(store)] == ["New B", "A Ben"]
    with store.read() as conn:
        query = (
            sa.select(wording.c.label, wording.c.version)
            .join(message, message.c.wording_id == wording.c.id)
            .order_by(message.c.position)
        )
        assert [tuple(row) for row in conn.execute(query)] == [("B", 2), ("A", 1)]
    found = {each.label: (each.version, each.people, each.queued) for each in counting.by_wording(store, key)}
    assert found == {"A": (1, 1, 1), "B": (2, 1, 1), "Z": (1, 0, 0)}
    (ana, ben) = desk.cards(store, clock, key)
    assert (ana.spans, ben.spans) == (((6, 9, "first_name"), (11, 15, "sender")), ())


def test_who_gets_what_is_fixed_by_the_start(
    store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd
) -> None:
    key = drafted(crowd({"first_name": "Ana"}), A)
    campaign.save_variant(store, clock, key, Variant("B", B))
    campaign.start(store, clock, key)
    for each in (Variant("B", B, "area", "n"), Variant("C", B)):
        with pytest.raises(CampaignError, match="stays as it was"):
            campaign.save_variant(store, clock, key, each)
    with pytest.raises(CampaignError, match="stays"):
        campaign.remove_variant(store, key, "B")


def test_what_a_text_must_be(store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd) -> None:
    key = drafted(crowd({"first_name": "Ana"}), A)
    with pytest.raises(CampaignError, match="which value"):
        campaign.save_variant(store, clock, key, Variant("B", B, "area", " "))
    with pytest.raises(CampaignError, match="at most"):
        campaign.save_variant(store, clock, key, Variant("Q", B))
    with pytest.raises(TemplateError):
        campaign.save_variant(store, clock, key, Variant("B", "{"))
    campaign.save_variant(store, clock, key, Variant("B", ""))
    with pytest.raises(StartError, match="Text B is empty"):
        campaign.start(store, clock, key)
    assert [c.text for c in campaign.checks(store, clock, key) if c.level == "stop"] == ["Text B is empty"]
    campaign.remove_variant(store, key, "B")
    assert campaign.get(store, key).variants == ()
    assert campaign.start(store, clock, key).queued == 1


def test_the_campaigns_own_fields(store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd) -> None:
    list_id = crowd({"first_name": "Ana", "place": "Hall"}, {"first_name": "Ben", "place": " "})
    key = drafted(
        list_id,
        "{sender_first}: {Place}, {when it is}",
        texter="Dana Ray",
        fields={"place": "Park", "When it is": "{x}"},
    )
    assert campaign.get(store, key).fields == (("place", "Park"), ("when_it_is", "{x}"))
    assert "when_it_is" in campaign.fields(store, key)
    campaign.start(store, clock, key)
    assert texts(store) == ["Dana: Hall, {x}", "Dana: Park, {x}"]
    (first, _second) = desk.cards(store, clock, key)
    assert [name for _, _, name in first.spans] == ["sender_first", "place", "when_it_is"]
    campaign.update(store, key, fields={"place": "Gym", "when it is": "8"}, clock=clock)
    assert texts(store) == ["Dana: Hall, 8", "Dana: Gym, 8"]
    for name, words in (("!", "no name"), ("Name", "person's own")):
        with pytest.raises(CampaignError, match=words):
            campaign.update(store, key, fields={name: "x"}, clock=clock)
    many: dict[str, Any] = {f"f{n}": "x" for n in range(merging.MAX_FIELDS + 1)}
    with pytest.raises(CampaignError, match="at most"):
        campaign.update(store, key, fields=many, clock=clock)
