"""A STOP among waiting clicks: nothing more leaves for that number, and the others are not held up."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.store.tables import hold, message, opt_out

NUMBERS = [f"+1312555{n:04d}" for n in range(100, 125)]
STOPPED = NUMBERS[20]


def test_with_25_clicks_waiting_a_stop_takes_one_out(scene, wait_until):
    emulator = scene.emulator("--latency-ms", "60")
    app = scene.ready_app()
    ids = {number: scene.queue(number) for number in NUMBERS}
    assert app.ask("pause") == "paused"
    for message_id in ids.values():
        assert app.ask(f"press {message_id}").startswith("Clicked")
    assert app.ask("press 1").startswith("Refused")
    app.ask("resume")
    wait_until(lambda: len(scene.submits()) >= 3, "some have left")
    # Announced while the modem waits for the network's answer to another text.
    emulator.ask(f"deliver {STOPPED} Stop!")
    for number, message_id in ids.items():
        assert scene.settled(message_id) == ("blocked" if number == STOPPED else "sent")
    assert scene.submits() == dict.fromkeys((n for n in NUMBERS if n != STOPPED), 1)
    (row,) = scene.rows(sa.select(opt_out))
    assert (row["number"], row["evidence"]) == (STOPPED, "Stop!")


def test_a_stop_that_came_overnight_counts_before_the_first_text(scene, wait_until):
    emulator = scene.emulator()
    first = scene.ready_app()
    first.tell("quit")
    assert first.died() == 0
    emulator.ask(f"deliver {STOPPED} please stop")
    message_id = scene.queue(STOPPED)
    other = scene.queue(NUMBERS[0])
    app = scene.app()
    # Pressed before the line has looked at its SIM, if the press is quick enough.
    app.ask(f"press {message_id}")
    app.ask(f"press {other}")
    assert scene.settled(other) == "sent"
    wait_until(lambda: scene.rows(sa.select(opt_out)), "the opt-out is in force")
    assert scene.state(message_id) in ("blocked", "queued")
    assert scene.submits() == {NUMBERS[0]: 1}


def test_a_start_brings_somebody_back(scene, wait_until):
    emulator = scene.emulator()
    app = scene.ready_app()
    emulator.ask(f"deliver {STOPPED} STOP")
    wait_until(lambda: scene.rows(sa.select(opt_out)), "the opt-out is in force")
    message_id = scene.queue(STOPPED)
    assert app.ask(f"press {message_id}").startswith("Refused")
    emulator.ask(f"deliver {STOPPED} START")
    standing = sa.select(opt_out).where(opt_out.c.lifted_at.is_(None))
    wait_until(lambda: not scene.rows(standing), "the opt-out is lifted")
    assert app.ask(f"press {message_id}").startswith("Clicked")
    assert scene.settled(message_id) == "sent"
    assert len(scene.rows(sa.select(message).where(message.c.direction == "in"))) == 2


@pytest.mark.parametrize("point", ["P2", "P3", "P4", "P5", "P6"])
def test_a_stop_that_waits_on_the_sim_when_a_send_died_counts_first(scene, wait_until, point):
    """The STOP of one and the "may be one" of another come in while the program is dead, at each point."""
    emulator = scene.emulator()
    held = NUMBERS[21]
    ids = [scene.queue(number) for number in (STOPPED, held, NUMBERS[0])]
    app = scene.app(f"{point}:1")
    app.tell("pause")
    for message_id in ids:
        app.tell(f"press {message_id}")
    app.tell("resume")
    assert app.died() == -9
    if point in ("P5", "P6"):
        wait_until(lambda: scene.submits()[STOPPED], "the network has the text")
    before = scene.submits()
    emulator.ask(f"deliver {STOPPED} STOP")
    emulator.ask(f"deliver {held} stop texting me before 9")
    app = scene.ready_app()
    wait_until(lambda: scene.rows(sa.select(opt_out)) and scene.rows(sa.select(hold)), "both are stored")
    for message_id in ids:
        app.ask(f"press {message_id}")
    assert scene.settled(ids[2]) == "sent"
    assert scene.submits() == before + type(before)([NUMBERS[0]])
