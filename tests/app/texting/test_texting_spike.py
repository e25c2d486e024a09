"""A line on which texts keep failing pauses itself, and a person resumes it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.store.events import LineChanged
from app.store.tables import line
from app.texting import spike
from app.texting.lines import LineManager
from app.workspace import Workspace
from modem.api import Outcome, Refusal, SendResult


def failing(world, *codes, kind="CMS", detail="The network refused the text."):
    """Send one text for each code: None is one that left."""
    real = type(world.modem).send.__get__(world.modem)
    for code in codes:
        if code is None:
            world.modem.send = real
        else:
            result = SendResult(Outcome.NOT_SENT, 1, (), kind, code, detail, Refusal.PERMANENT)
            world.modem.send = lambda outgoing, proceed, on_part, result=result: proceed(1) and result
        world.clock.advance(1)
        world.clicked(f"+1312555{300 + world._position:04d}")
        world.send()
    world.modem.send = real


def state(world):
    row = world.one(sa.select(line).where(line.c.id == world.line_id))
    return bool(row["paused"]), row["paused_why"]


def test_five_of_ten_pause_it_and_say_why(world):
    failing(world, None, 38, None, 38, None, 38, None, 38, None)
    assert state(world) == (False, "")
    failing(world, 38)
    assert state(world) == (
        True,
        "5 of the last 10 texts failed: the network refused the text (CMS 38). "
        "Nothing more leaves until a person resumes.",
    )
    assert LineChanged(world.line_id) in world.events
    waiting = world.clicked()
    assert not world.send()
    assert world.row(waiting)["state"] == "clicked"


def test_fewer_do_not(world):
    failing(world, 38, 38, 38, 38, None, None, None, None, None, None, None, 38, 38, 38, 38)
    assert state(world) == (False, "")


def test_the_first_five_are_enough(world):
    failing(world, 38, 38, 41, 41, 41)
    assert state(world)[1].startswith("5 of the last 5 texts failed: the network refused the text (CMS 41).")


@pytest.mark.parametrize(
    "codes", [(1,) * 6, (28,) * 6, (30, 27, 1, 28, 195, 197, 1)], ids=["nobody", "unidentified", "all"]
)
def test_numbers_that_are_nobodys_do_not_count(world, codes):
    failing(world, *codes)
    assert state(world) == (False, "")


def test_what_was_held_back_here_does_not_count(world):
    for _ in range(6):
        message_id = world.clicked(f"+1312555{world._position:04d}")
        world.send(stopping=lambda: True)
        assert world.row(message_id)["state"] == "not_sent"
    assert state(world) == (False, "")


def test_unknown_outcomes_do_not_count(world):
    world.modem.script.extend([Outcome.UNKNOWN] * 6)
    for index in range(6):
        world.clicked(f"+1312555{400 + index:04d}")
        world.send()
    assert state(world) == (False, "")


def test_after_a_resume_the_count_begins_anew(world):
    failing(world, 38, 38, 38, 38, 38)
    assert state(world)[0]
    world.clock.advance(1)
    manager = LineManager(Workspace(world.folder, world.store, clock=world.clock), lambda *_: world.modem)
    assert manager.view(world.line_id).paused_why.startswith("5 of the last 5 texts failed")
    manager.resume(world.line_id)
    assert state(world) == (False, "")
    failing(world, 38, 38, 38, 38)
    assert state(world) == (False, "")
    failing(world, 38)
    assert state(world)[0]


def test_yesterdays_failures_say_nothing_of_today(world):
    failing(world, 38, 38, 38, 38)
    world.clock.advance(spike.WINDOW_SECONDS + 60)
    failing(world, 38)
    assert state(world) == (False, "")


@pytest.mark.parametrize(("status", "paused"), [(0x48, True), (0x45, True), (0x46, False), (0x43, False)])
def test_delivery_reports_of_failure_count_where_they_speak_of_the_network(world, people, status, paused):
    for number in people[:6]:
        world.clicked(number)
        world.send()
    for reference, number in enumerate(people[:6], start=1):
        world.receive(world.report(number, reference, status))
    assert state(world)[0] is paused
    if status == 0x48:
        assert state(world)[1].startswith(
            "5 of the last 6 texts failed: the centre's operator removed it (status 72)."
        )


def test_a_report_that_comes_again_changes_nothing(world, people):
    for number in people[:6]:
        world.clicked(number)
        world.send()
    for _ in range(6):
        world.receive(world.report(people[0], 1, 0x48))
    assert state(world) == (False, "")
