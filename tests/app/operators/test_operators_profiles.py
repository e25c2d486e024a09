"""People, roles and PINs: what is kept, what is refused, and what a wrong PIN costs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from app.operators import pins, profiles, roles
from app.operators.profiles import OperatorError, WrongPinError
from app.store.tables import audit, operator
from app.workspace import Workspace, open_workspace


class Clock(SystemClock):
    at = 1_794_585_600.0

    def now(self) -> float:
        return self.at


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that takes its time is for people's PINs, not for tests."""
    monkeypatch.setattr(pins, "_COST", 4)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Workspace]:
    made = open_workspace(tmp_path / "data", Clock())
    yield made
    made.close()


def trail(office: Workspace) -> list[tuple[str, str, str]]:
    with office.store.read() as conn:
        rows = conn.execute(sa.select(audit.c.operator, audit.c.action, audit.c.detail).order_by(audit.c.id))
        return [tuple(row) for row in rows]


def column(office: Workspace, name: str) -> list[object]:
    with office.store.read() as conn:
        return list(conn.execute(sa.select(operator.c[name]).order_by(operator.c.id)).scalars())


def test_the_one_person_of_the_settings_is_a_manager_and_is_never_asked(office: Workspace) -> None:
    (dana,) = profiles.ensure_first(office.store, office.clock, " Dana  Smith ")
    assert (dana.name, dana.role, dana.has_pin) == ("Dana Smith", roles.MANAGER, False)
    assert not profiles.asks_who((dana,))
    (renamed,) = profiles.ensure_first(office.store, office.clock, "Dana Jones")
    assert (renamed.id, renamed.name) == (dana.id, "Dana Jones")
    profiles.add(office.store, office.clock, "Kim")
    assert [p.name for p in profiles.ensure_first(office.store, office.clock, "Else")] == [
        "Dana Jones",
        "Kim",
    ]
    assert profiles.asks_who(profiles.everyone(office.store))


def test_who_left_asks_nobody_and_a_pin_asks_one(office: Workspace) -> None:
    (dana,) = profiles.ensure_first(office.store, office.clock, "Dana")
    kim = profiles.add(office.store, office.clock, "Kim", by="Dana")
    profiles.change(office.store, office.clock, kim.id, active=False, by="Dana")
    assert not profiles.asks_who(profiles.everyone(office.store))
    profiles.set_pin(office.store, office.clock, dana.id, "4711", by="Dana")
    assert profiles.asks_who(profiles.everyone(office.store))
    assert [row[1] for row in trail(office)] == ["operator added", "operator changed", "PIN set"]


@pytest.mark.parametrize("name", ["dana", " DANA ", "Da\u200bna", "Ｄana"])
def test_two_people_cannot_have_names_that_look_alike(office: Workspace, name: str) -> None:
    profiles.ensure_first(office.store, office.clock, "Dana")
    with pytest.raises(OperatorError, match="There is a Dana already"):
        profiles.add(office.store, office.clock, name)


@pytest.mark.parametrize("name", ["", "  ", "\u202e", "x" * 61])
def test_a_name_is_a_name(office: Workspace, name: str) -> None:
    with pytest.raises(OperatorError):
        profiles.add(office.store, office.clock, name)


def test_the_last_manager_stays(office: Workspace) -> None:
    (dana,) = profiles.ensure_first(office.store, office.clock, "Dana")
    kim = profiles.add(office.store, office.clock, "Kim")
    for change in ({"role": roles.TEXTER}, {"active": False}):
        with pytest.raises(OperatorError, match="last manager"):
            profiles.change(office.store, office.clock, dana.id, **change)
    profiles.change(office.store, office.clock, kim.id, role=roles.MANAGER)
    profiles.change(office.store, office.clock, dana.id, role=roles.TEXTER, by="Kim")
    assert trail(office)[-1] == ("Kim", "operator changed", "Dana: is now a texter")


@pytest.mark.parametrize("pin", ["123", "1" * 13, "12a4", "１２３４", "0000", "1234", "9876"])
def test_a_pin_that_will_not_do_changes_nothing(office: Workspace, pin: str) -> None:
    (dana,) = profiles.ensure_first(office.store, office.clock, "Dana")
    with pytest.raises(OperatorError, match="PIN"):
        profiles.set_pin(office.store, office.clock, dana.id, pin)
    assert column(office, "pin_hash") == [""]


def test_a_pin_is_salted_and_found_in_no_file(office: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    one = profiles.add(office.store, office.clock, "One", pin="80231947")
    profiles.add(office.store, office.clock, "Two", pin="80231947")
    with pytest.raises(WrongPinError):
        profiles.check_pin(office.store, office.clock, one.id, "80231948")
    assert profiles.check_pin(office.store, office.clock, one.id, "80231947").name == "One"
    first, second = column(office, "pin_hash")
    assert first != second
    office.close()
    for path in office.folder.rglob("*"):
        assert b"8023194" not in (path.read_bytes() if path.is_file() else b"")
    assert "8023194" not in caplog.text


def test_wrong_pins_are_counted_and_then_wait_longer_and_longer(office: Workspace) -> None:
    clock = office.clock
    assert isinstance(clock, Clock)
    kim = profiles.add(office.store, clock, "Kim", pin="5083")
    waits = []
    for _ in range(7):
        with pytest.raises(WrongPinError) as wrong:
            profiles.check_pin(office.store, clock, kim.id, "5084")
        waits.append(wrong.value.wait)
        clock.at += wrong.value.wait
    assert waits == [0, 0, 0, 0, 30, 60, 120]
    assert "4 more tries" not in str(wrong.value)
    assert [row[1] for row in trail(office)].count("PIN wait") == 3
    clock.at -= 1
    with pytest.raises(WrongPinError, match="waits 1 seconds"):
        profiles.check_pin(office.store, clock, kim.id, "5083")  # the right one has to wait too
    assert column(office, "tries") == [7]  # what was not looked at is no try
    clock.at += 1
    assert profiles.check_pin(office.store, clock, kim.id, "5083").name == "Kim"
    assert column(office, "tries") == [0]


def test_a_wait_outlives_a_restart_and_a_clock_that_was_set_back(tmp_path: Path) -> None:
    clock = Clock()
    office = open_workspace(tmp_path / "data", clock)
    kim = profiles.add(office.store, clock, "Kim", pin="5083")
    for _ in range(5):
        with pytest.raises(WrongPinError):
            profiles.check_pin(office.store, clock, kim.id, "5084")
    office.close()
    clock.at -= 86_400
    office = open_workspace(tmp_path / "data", clock)
    with pytest.raises(WrongPinError) as wrong:
        profiles.check_pin(office.store, clock, kim.id, "5083")
    assert wrong.value.wait == 30
    profiles.set_pin(office.store, clock, kim.id, "6207", by="Dana")  # a manager's help ends the wait
    assert profiles.check_pin(office.store, clock, kim.id, "6207").name == "Kim"
    office.close()


def test_a_broken_hash_lets_nobody_in() -> None:
    for kept in ("", "x", "scrypt$30$8$1$00$00", "scrypt$14$8$1$zz$00", "plain$1$1$1$00$00"):
        assert not pins.matches("5083", kept)


def test_a_texter_is_told_who_may(office: Workspace) -> None:
    assert all(roles.why_not(roles.TEXTER, act) for act in roles.MANAGERS_ONLY)
    assert not any(roles.why_not(roles.MANAGER, act) for act in roles.MANAGERS_ONLY)
    profiles.add(office.store, office.clock, "Kim", roles.TEXTER)
    with pytest.raises(OperatorError, match="Kim is a texter"):
        profiles.manager_of(office.store, "kim")
    with pytest.raises(OperatorError, match="Nobody"):
        profiles.manager_of(office.store, "Else")
