"""The app is killed at every point of a send; nothing is sent twice and nothing is forgotten."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.store.tables import click, message

NUMBERS = [f"+1312555{n:04d}" for n in range(100, 110)]
LONG = "A long text that leaves in parts. " * 10  # three parts
REJECTED = """
[[network]]
numbers = ["+13125550101"]
reject = 21
"""


def states(scene):
    return {row["number"]: row["state"] for row in scene.rows(sa.select(message).order_by(message.c.id))}


def check_nothing_is_sent_again(scene, before, last):
    """After a restart: leftovers are settled, and the next press sends that text and no other."""
    app = scene.ready_app()
    left = states(scene)
    assert not {"sending", "clicked"} & set(left.values())
    assert scene.submits() == before
    message_id = scene.queue(last)
    assert app.ask(f"press {message_id}").startswith("Clicked")
    assert scene.settled(message_id) == "sent"
    assert scene.submits() == before + type(before)([last])
    return left


@pytest.mark.parametrize(
    ("crash", "state", "accepted"),
    [
        ("P2:2", "unknown", 0),
        ("P3:2", "unknown", 0),
        ("P4:2", "unknown", 0),
        ("P5:2", "unknown", 1),
        ("P6:2", "unknown", 1),
    ],
)
def test_kill_9_at_each_point_of_a_send(scene, wait_until, crash, state, accepted):
    scene.emulator()
    ids = [scene.queue(number) for number in NUMBERS[:3]]
    app = scene.app(crash)
    app.tell("pause")
    for message_id in ids:
        app.tell(f"press {message_id}")
    app.tell("resume")
    assert app.died() == -9
    # The modem may still be handing the text over.
    if accepted:
        wait_until(lambda: scene.submits()[NUMBERS[1]], "the network has the text")
    before = scene.submits()
    assert before[NUMBERS[0]] == 1
    assert before[NUMBERS[1]] == accepted
    assert before[NUMBERS[2]] == 0
    left = check_nothing_is_sent_again(scene, before, NUMBERS[9])
    assert [left[number] for number in NUMBERS[:3]] == ["sent", state, "queued"]
    voided = scene.rows(sa.select(click).where(click.c.voided_at.is_not(None)))
    assert [row["message_id"] for row in voided] == [ids[2]]
    assert max(scene.submits().values()) == 1


def test_kill_9_between_a_refusal_and_its_settlement(scene):
    people = scene.folder / "people.toml"
    people.write_text(REJECTED, "utf-8")
    scene.emulator("--people", str(people))
    ids = [scene.queue(number) for number in NUMBERS[:2]]
    app = scene.app("P7")
    for message_id in ids:
        app.tell(f"press {message_id}")
    assert app.died() == -9
    before = scene.submits()
    left = check_nothing_is_sent_again(scene, before, NUMBERS[9])
    assert [left[number] for number in NUMBERS[:2]] == ["sent", "unknown"]
    assert len(scene.ledger("reject")) == 1


def test_a_refusal_that_is_heard_is_not_sent(scene):
    people = scene.folder / "people.toml"
    people.write_text(REJECTED, "utf-8")
    scene.emulator("--people", str(people))
    app = scene.ready_app()
    message_id = scene.queue(NUMBERS[1])
    app.ask(f"press {message_id}")
    assert scene.settled(message_id) == "not_sent"
    assert scene.submits() == {}


def test_kill_9_between_two_parts_of_a_long_text(scene):
    scene.emulator()
    message_id = scene.queue(NUMBERS[0], LONG)
    app = scene.app("P3:2")
    app.tell(f"press {message_id}")
    assert app.died() == -9
    check_nothing_is_sent_again(scene, scene.submits(), NUMBERS[9])
    (row,) = scene.rows(sa.select(message).where(message.c.id == message_id))
    assert (row["state"], row["parts"], row["parts_sent"]) == ("unknown", 3, 1)
    assert "1 of 3 parts known to have left" in row["reason"]
    assert len(scene.ledger("part")) == 1


def test_a_report_settles_what_the_crash_left_open(scene, wait_until):
    scene.emulator("--report-ms", "1500")
    message_id = scene.queue(NUMBERS[0])
    app = scene.app("P5")
    app.tell(f"press {message_id}")
    assert app.died() == -9
    scene.ready_app()
    wait_until(lambda: scene.state(message_id) == "sent", "the report proves it")
    (row,) = scene.rows(sa.select(message).where(message.c.id == message_id))
    assert (row["resolution"], row["delivery"]) == ("report", "delivered")
    assert scene.submits() == {NUMBERS[0]: 1}
