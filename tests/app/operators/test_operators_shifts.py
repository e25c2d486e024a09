"""Shifts: they begin with whoever signs in, end with a note, and the note is there until it is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from app.operators import profiles, shifts
from app.operators.profiles import Profile
from app.store import tables as t
from app.workspace import Workspace, open_workspace


class Clock(SystemClock):
    at = 1_794_585_600.0

    def now(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Workspace]:
    made = open_workspace(tmp_path / "data", clock)
    yield made
    made.close()


@pytest.fixture
def dana(office: Workspace) -> Profile:
    return profiles.ensure_first(office.store, office.clock, "Dana")[0]


@pytest.fixture
def kim(office: Workspace, dana: Profile) -> Profile:
    return profiles.add(office.store, office.clock, "Kim")


def text(office: Workspace, who: str, *, kind: str = "first", state: str = "sent") -> None:
    """One text that ``who`` clicked just now."""
    now = office.clock.now()
    with office.store.write() as unit:
        key = unit.conn.execute(
            sa.insert(t.message).values(
                direction="out", number="+13125550100", kind=kind, text="x", state="queued", created_at=now
            )
        ).inserted_primary_key[0]
        click = unit.conn.execute(
            sa.insert(t.click).values(
                message_id=key, operator=who, at=now, monotonic=0.0, device="mouse", text_hash=""
            )
        ).inserted_primary_key[0]
        unit.conn.execute(
            sa.update(t.message).where(t.message.c.id == key).values(state=state, click_id=click)
        )


def test_figures_are_of_this_person_and_this_shift(
    office: Workspace, dana: Profile, kim: Profile, clock: Clock
) -> None:
    text(office, "Dana")
    clock.at += 60
    shifts.begin(office.store, clock, dana)
    for who, kind, state in (
        ("Dana", "first", "sent"),
        ("Dana", "first", "sent"),
        ("Dana", "reply", "sent"),
        ("Dana", "first", "unknown"),
        ("Dana", "first", "clicked"),
        ("Kim", "first", "sent"),
    ):
        text(office, who, kind=kind, state=state)
    found = shifts.figures(office.store, clock, dana)
    assert (found.sent, found.answered, found.unknown, found.clicked) == (2, 1, 1, 1)
    assert dict(found.lines())["Sent in this shift"] == 2


def test_a_note_waits_for_the_next_person_and_is_read_once(
    office: Workspace, dana: Profile, kim: Profile, clock: Clock
) -> None:
    shifts.begin(office.store, clock, dana)
    text(office, "Dana")
    clock.at += 3600
    shifts.end(office.store, clock, dana, "  Mrs Lee calls back at four.  ")
    clock.at += 10
    assert shifts.unread(office.store, dana) == ()  # nobody needs their own
    (note,) = shifts.unread(office.store, kim)
    assert (note.name, note.text, note.sent) == ("Dana", "Mrs Lee calls back at four.", 1)
    assert note.ended_at - note.started_at == 3600
    shifts.mark_read(office.store, clock, kim, (note,))
    assert shifts.unread(office.store, kim) == ()
    with office.store.read() as conn:
        assert conn.execute(sa.select(t.shift.c.read_by)).scalars().all() == ["Kim"]


def test_a_shift_goes_on_after_a_lock_and_ends_when_another_comes(
    office: Workspace, dana: Profile, kim: Profile, clock: Clock
) -> None:
    first = shifts.begin(office.store, clock, dana)
    clock.at += 600
    assert shifts.begin(office.store, clock, dana) == first
    shifts.begin(office.store, clock, kim)
    clock.at += 30 * 3600  # the computer was turned off without a word
    shifts.begin(office.store, clock, kim)
    with office.store.read() as conn:
        rows = conn.execute(
            sa.select(t.shift.c.operator_id, t.shift.c.ended_at - t.shift.c.started_at).order_by(t.shift.c.id)
        ).all()
    assert [tuple(row) for row in rows] == [(dana.id, 600.0), (kim.id, 16 * 3600.0), (kim.id, None)]


def test_a_note_without_a_shift_is_kept_too(office: Workspace, dana: Profile, kim: Profile) -> None:
    shifts.end(office.store, office.clock, dana, "x" * 5_000)
    (note,) = shifts.unread(office.store, kim)
    assert len(note.text) == shifts.MAX_NOTE
