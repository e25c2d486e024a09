"""Proofs: which people each preset finds, and what is said of each message."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app.campaigns import campaign, proof
from app.campaigns.campaign import Variant
from app.clock import FixedClock
from app.people import optouts
from app.store.engine import Store
from app.store.tables import list_member

Crowd = Callable[..., int]
TEXT = "{sender}: {first_name}, {slot}. STOP"


def test_presets_find_who_deserves_a_look(
    store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd
) -> None:
    list_id = crowd(
        {"first_name": "Ana", "slot": "9"},
        {"first_name": "Ben"},
        {"first_name": "Łucja", "slot": "10"},
        {"first_name": "Di", "slot": "x" * 200},
        {"first_name": "Ed", "slot": "9", "time_zone": "Asia/Tokyo"},
        {"first_name": "Flo", "slot": "9", "number": "+13125550107"},
    )
    with store.write() as unit:
        optouts.opt_out(unit, clock, "+13125550107", source="operator")
    key = drafted(list_id, TEXT)
    found = proof.look(store, clock, key)
    assert found is not None
    places = {
        preset: [found.position(preset, n) for n in range(found.count(preset))] for preset in proof.PRESETS
    }
    assert places == {
        "everyone": [0, 1, 2, 3, 4, 5], "longest": [3, 2, 0, 5, 4], "segments": [3], "missing": [1],
        "letters": [2], "held": [4], "blocked": [5],
    }  # fmt: skip
    assert (found.index_of("longest", 5), found.index_of("missing", 5), found.several) == (3, 0, False)
    ana, ben, lucja, di, ed, flo = (proof.read(store, clock, key, place) for place in range(6))
    assert None not in (ana, ben, lucja, di, ed, flo)
    assert (ana.text, ana.segments, ana.units, ana.limit, ana.alphabet) == (
        "Dana: Ana, 9. STOP",
        1,
        18,
        160,
        "GSM-7",
    )
    assert (ben.text, ben.lacking) == ("", ("slot",))
    assert (lucja.offending, lucja.alphabet, lucja.limit) == ("Ł", "UCS-2", 70)
    assert (di.segments, di.limit) == (2, 306)
    assert "Tokyo" in ed.held
    assert (flo.blocked, ana.blocked) == (True, False)


def test_places_with_gaps_and_people_who_are_gone(
    store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd
) -> None:
    key = drafted(crowd(*({"first_name": n, "slot": "1"} for n in "ABC")), TEXT)
    with store.write() as unit:
        unit.conn.execute(sa.delete(list_member).where(list_member.c.position == 1))
    found = proof.look(store, clock, key)
    assert found is not None
    assert [found.position("everyone", n) for n in range(found.count("everyone"))] == [0, 2]
    assert proof.read(store, clock, key, 3) is None
    second = campaign.merged(store, key, 1)
    assert second is not None
    assert second.name == "C"


def test_several_texts_progress_and_cancel(
    store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd
) -> None:
    key = drafted(crowd(*({"first_name": "A", "slot": str(n % 2)} for n in range(600))), TEXT)
    campaign.save_variant(store, clock, key, Variant("B", "B " + TEXT, "slot", "1"))
    seen: list[tuple[int, int]] = []
    found = proof.look(store, clock, key, progress=lambda done, total: seen.append((done, total)))
    assert found is not None
    assert found.several
    assert seen == [(500, 600)]
    assert [getattr(proof.read(store, clock, key, n), "label", "") for n in range(2)] == ["A", "B"]
    assert proof.look(store, clock, key, cancelled=lambda: True) is None
    with pytest.raises(LookupError):
        proof.look(store, clock, 99)
