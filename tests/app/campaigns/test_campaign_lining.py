"""What the checks say of each line: segments, cost, days by its limits, people who keep another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.campaigns import checking, office
from app.clock import FixedClock
from app.store.engine import Store
from app.store.tables import conversation, line, message
from app.texting import budgets

Draft = Callable[..., int]
END = " This is Dana from Lakeside. Reply STOP to opt out."


@pytest.fixture
def said(
    store: Store, clock: FixedClock, crowd: Draft, drafted: Draft
) -> Callable[..., list[tuple[str, str]]]:
    """``said(people, template)``: level and words of the checks that name a line."""
    draft: dict[str, int] = {}

    def look(
        people: int = 6, template: str = "Hi." + END, chosen: tuple[int, ...] = ()
    ) -> list[tuple[str, str]]:
        if not draft:
            key = crowd(*({"first_name": f"P{n}", "consent_source": "form"} for n in range(people)))
            draft["id"] = drafted(key, template)
        budgets.set_lines(store, draft["id"], chosen)
        found = checking.checks(store, clock, draft["id"])
        names = ("Office", "Blue", "None of the lines")
        return [(c.level, c.text) for c in found if any(name in c.text for name in names)]

    return look


def put(store: Store, key: int = 1, **values: Any) -> None:
    with store.write() as unit:
        unit.conn.execute(sa.update(line).where(line.c.id == key).values(**values))


def blue(store: Store, **values: Any) -> int:
    with store.write() as unit:
        made = unit.conn.execute(sa.insert(line).values(name="Blue", url="y", created_at=0, **values))
        return int(made.inserted_primary_key[0])


def left(store: Store, clock: FixedClock, count: int, first: int = 0) -> None:
    """Texts that left on line 1 just now, to the list's own first people."""
    with store.write() as unit:
        for index in range(first, first + count):
            unit.conn.execute(
                sa.insert(message).values(
                    direction="out", number=f"+1312555{1000 + index:04d}", text="x", state="queued",
                    created_at=0, claimed_at=clock.now() - 60, line_id=1,
                )
            )  # fmt: skip
            # A text that left has a click; for counting its state is enough.
        unit.conn.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        unit.conn.execute(sa.update(message).where(message.c.line_id == 1).values(state="sent"))
        unit.conn.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


def test_one_line_without_limits_needs_no_words(said: Any) -> None:
    assert said() == []


def test_it_fits_into_today_or_needs_days(store: Store, clock: FixedClock, said: Any) -> None:
    put(store, per_day=6)
    assert said() == [("pass", "Office: about 6 people, 6 segments; fits into its 6 of today")]
    put(store, per_day=2)
    assert said() == [("warn", "Office: about 6 people, 6 segments; needs 3 days with 2 a day")]
    left(store, clock, 1)
    # One is left today, then 2, 2 and 1.
    assert said() == [("warn", "Office: about 6 people, 6 segments; needs 4 days with 2 a day")]
    put(store, per_day=1)
    assert said()[0][1].endswith("needs 6 days with 1 a day")
    put(store, per_day=0, per_hour=4)
    assert said()[0][1].endswith("; needs 2 hours with 4 an hour")


def test_a_used_up_day_with_room_for_all_tomorrow(store: Store, clock: FixedClock, said: Any) -> None:
    put(store, per_day=6)
    left(store, clock, 6)
    assert said()[0] == (
        "warn",
        "Office: about 6 people, 6 segments; its 6 of today are used up: from tomorrow on",
    )


def test_who_was_texted_this_month_is_not_new(store: Store, clock: FixedClock, said: Any) -> None:
    put(store, people_month=6)
    assert said()[0][0] == "pass"
    put(store, people_month=4)
    assert said() == [
        (
            "warn",
            "Office: about 6 people, 6 segments; 2 of them are beyond its 4 people of this month, until 1 May",
        )
    ]
    left(store, clock, 3)  # of the list: three new ones and one place remain
    assert "2 of them are beyond" in said()[0][1]
    put(store, people_month=6)
    assert said()[0][0] == "pass"


def test_several_lines_share_the_new_people_and_each_has_its_cost(store: Store, said: Any) -> None:
    key = blue(store, per_day=1)
    office.save(store, office.Office(price=0.05, prices=((key, 0.1),), currency="EUR"))
    assert said()[-2:] == [
        ("pass", "Office: about 3 people, 3 segments, 0.15 EUR"),
        ("warn", "Blue: about 3 people, 3 segments, 0.30 EUR; needs 3 days with 1 a day"),
    ]
    put(store, key, paused=True, per_day=0)
    assert said()[-1] == (
        "warn",
        "Blue: about 3 people, 3 segments, 0.30 EUR; it is paused: resume it on the Lines page",
    )


def test_who_keeps_a_line_that_was_not_chosen(store: Store, said: Any) -> None:
    key = blue(store)
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(conversation),
            [{"number": f"+1312555100{n}", "line_id": 1, "last_at": 0} for n in (0, 1)],
        )
    found = said(chosen=(key,))
    assert found == [
        (
            "warn",
            "2 people have Office, which was not chosen here: a person keeps their line, so their texts "
            "leave by it all the same",
        ),
        ("pass", "Office: about 2 people, 2 segments"),
        ("pass", "Blue: about 4 people, 4 segments"),
    ]
    put(store, key, enabled=False)
    assert said(chosen=(key,)) == [
        ("warn", "None of the lines that were chosen is there: choose others, or all lines")
    ]
