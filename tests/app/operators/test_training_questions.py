"""The test on the rules: what is drawn, when it is passed, and what it opens."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from app.operators import profiles, roles, training
from app.store import tables as t
from app.store.prepared import Prepared
from app.texting import clicks
from app.workspace import Workspace, open_workspace


class Noon(SystemClock):
    def now(self) -> float:
        return 1_794_592_800.0  # a Wednesday, noon in Chicago


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Workspace]:
    made = open_workspace(tmp_path / "data", Noon())
    with made.store.write() as unit:
        for key, practice in ((1, False), (2, True)):
            unit.conn.execute(
                sa.insert(t.line).values(
                    id=key, name=str(key), url=str(key), practice=practice, enabled=True, created_at=1.0
                )
            )
    yield made
    made.close()


def why_not(office: Workspace, name: str, line_id: int = 1) -> str:
    with office.store.read() as conn:
        return training.why_not(conn, name, line_id)


def answered(office: Workspace, operator_id: int, right: int) -> training.Result:
    asked = training.draw(random.Random(1))
    chosen = [each.right if i < right else (each.right + 1) % 4 for i, each in enumerate(asked)]
    return training.record(office.store, office.clock, operator_id, asked, chosen)


def test_the_pool_is_large_and_each_question_sound() -> None:
    pool = training.pool()
    assert len(pool) >= 20
    assert len({each.id for each in pool}) == len({each.text for each in pool}) == len(pool)
    for each in pool:
        assert len(each.answers) == len(set(each.answers)) == 4
        assert 0 <= each.right < 4
        assert each.why.endswith(".")


def test_ten_are_drawn_and_the_right_answer_moves() -> None:
    drawn = [training.draw(random.Random(seed)) for seed in range(40)]
    assert all(len({d.question.id for d in each}) == 10 for each in drawn)
    places = {d.right for each in drawn for d in each}
    assert places == {0, 1, 2, 3}
    assert all(d.answers[d.right] == d.question.answers[d.question.right] for each in drawn for d in each)


@pytest.mark.parametrize(("right", "passed"), [(7, False), (8, True), (10, True)])
def test_eight_of_ten_pass(office: Workspace, right: int, passed: bool) -> None:
    kim = profiles.add(office.store, office.clock, "Kim")
    result = answered(office, kim.id, right)
    assert (result.right, result.passed) == (right, passed)
    with office.store.read() as conn:
        row = conn.execute(sa.select(t.training)).mappings().one()
    assert sum(each["right"] for each in json.loads(row["answers"])) == right


def test_a_short_test_is_not_passed(office: Workspace) -> None:
    kim = profiles.add(office.store, office.clock, "Kim")
    asked = training.draw(count=9)
    chosen = [d.right for d in asked]
    assert not training.record(office.store, office.clock, kim.id, asked, chosen).passed


def test_a_pass_counts_though_a_later_test_failed(office: Workspace) -> None:
    kim = profiles.add(office.store, office.clock, "Kim")
    answered(office, kim.id, 9)
    answered(office, kim.id, 2)
    assert training.results(office.store)[kim.id].right == 9


def test_only_what_is_required_of_a_texter_on_a_real_line_stops_a_text(office: Workspace) -> None:
    kim = profiles.add(office.store, office.clock, "Kim")
    profiles.add(office.store, office.clock, "Dana", roles.MANAGER)
    assert why_not(office, "Kim") == ""
    training.set_required(office.store, office.clock, True, by="Dana")
    assert "do the training" in why_not(office, "Kim")
    assert why_not(office, "nobody")
    assert why_not(office, "Dana") == why_not(office, "Kim", 2) == ""
    answered(office, kim.id, 7)
    assert why_not(office, "Kim")
    answered(office, kim.id, 8)
    assert why_not(office, "Kim") == ""
    training.set_required(office.store, office.clock, False)
    assert why_not(office, "nobody") == ""


def queued(office: Workspace, number: str = "+13125550100") -> int:
    with office.store.write() as unit:
        key = unit.conn.execute(
            sa.insert(t.message).values(
                direction="out",
                number=number,
                kind="reply",
                text="Hello",
                text_hash=clicks.text_hash("Hello"),
                state="queued",
                created_at=office.clock.now(),
            )
        ).inserted_primary_key[0]
        return int(key)


def test_a_press_is_no_click_before_the_training(office: Workspace) -> None:
    kim = profiles.add(office.store, office.clock, "Kim")
    training.set_required(office.store, office.clock, True)
    message_id = queued(office)

    def press(line_id: int) -> clicks.Clicked | clicks.Refused:
        return clicks.accept(
            office.store, office.clock, message_id, text_hash=clicks.text_hash("Hello"),
            press=clicks.Press("mouse", 0.0, 0.0), operator="Kim", line_id=line_id,
        )  # fmt: skip

    refused = press(1)
    assert isinstance(refused, clicks.Refused)
    assert "training" in refused.why
    with office.store.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(t.click)).scalar() == 0
        assert conn.execute(sa.select(t.message.c.state)).scalar() == "queued"
    answered(office, kim.id, 10)
    assert isinstance(press(1), clicks.Clicked)


def test_where_it_is_not_required_it_costs_one_look(
    office: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Any] = []
    ask = Prepared.rows

    def counted(self: Prepared, conn: sa.Connection, **values: Any) -> Any:
        looks.append(values)
        return ask(self, conn, **values)

    monkeypatch.setattr(Prepared, "rows", counted)
    with office.store.read() as conn:
        assert training.why_not(conn, "Kim", 1) == ""
    assert len(looks) == 1
