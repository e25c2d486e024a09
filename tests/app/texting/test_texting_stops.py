"""A STOP, or what may be one, stored at every point of a send, with and without a crash there.

From its commit on nothing goes to that number, whatever a person presses afterwards; others are not held up.
"""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa

from app.people import holds
from app.store.tables import message
from app.texting import clicks, crash, recovery, sending
from app.texting.clicks import Refused
from modem.api import Outcome, Step

LONG = "In parts, " * 20  # two parts
STOP, HOLD = "please stop", "stop texting me before 9"
STEPS = {crash.STEPS[step]: step for step in Step}
POINTS = ["clicked", "P2", "P3", "P4", "P5", "P6", "P7", "settle"]


class Sending:
    """A text under way to somebody, one clicked and one queued behind it, and one to somebody else."""

    def __init__(self, world, died, people):
        self.world, self.died, self.number, self.other = world, died, people[0], people[1]
        self.before = None  # texts that the network had of them when it was stored

    def taken(self):
        return Counter(number for number, _, _ in self.world.modem.accepted)

    def store(self, text, *, die):
        if self.before is not None:
            return
        self.world.clock.advance(1)
        self.world.receive(self.world.pdu(self.number, text))
        self.before = self.taken()[self.number]
        if die:
            raise self.died

    def run(self, point, text, *, die, long):
        world = self.world
        world.clicked(self.number, LONG if long else "First")
        world.click(world.queue(self.number, "Second", occasion="2027-02-01"))
        world.queue(self.number, "Third", kind="reply", campaign_id=None)
        world.clicked(self.other, "Hello")
        if point == "P7":
            world.modem.script.append(Outcome.NOT_SENT)
        with pytest.MonkeyPatch.context() as patch:
            self._inject(patch, point, text, die)
            try:
                if point == "clicked":
                    self.store(text, die=die)
                while world.send():
                    pass
            except self.died:
                world.reopen()
                recovery.recover(world.store, world.clock)
            finally:
                world.modem.hooks.on_step = lambda step: None
        assert self.before is not None, "the point was never reached"

    def _inject(self, patch, point, text, die):
        def reach(at):
            if at == point:
                self.store(text, die=die)

        def settle(*arguments, **options):
            self.store(text, die=die)
            return settled(*arguments, **options)

        settled = sending._settle_and_claim
        if point == "settle":
            patch.setattr(sending, "_settle_and_claim", settle)
        elif point == "P2":
            patch.setattr(crash, "reach", reach)
        elif point in STEPS:
            self.world.modem.hooks.on_step = lambda step: (
                self.store(text, die=die) if step is STEPS[point] else None
            )

    def press_everything(self):
        """All that a person could press, and then again."""
        world = self.world
        for _ in range(2):
            for row in world.rows(sa.select(message).where(message.c.direction == "out")):
                if row["state"] == "queued":
                    world.click(row["id"])
                elif row["state"] in ("unknown", "not_sent") and not row["resolution"]:
                    clicks.send_again(
                        world.store, world.clock, row["id"], press=world.press(), operator="Ana"
                    )
            world.reply(self.number, "One more")
            while world.send():
                pass


@pytest.mark.parametrize("die", [False, True], ids=["lives", "dies"])
@pytest.mark.parametrize("text", [STOP, HOLD])
@pytest.mark.parametrize("point", POINTS)
def test_nothing_leaves_after_its_commit(world, died, people, point, text, die):
    day = Sending(world, died, people)
    day.run(point, text, die=die, long=False)
    day.press_everything()
    assert day.taken()[day.number] == day.before
    assert day.before == (1 if point in ("P5", "P6", "settle") else 0)
    assert day.taken()[day.other] == 1
    assert not world.rows(sa.select(message).where(message.c.state.in_(("clicked", "sending"))))
    assert isinstance(world.reply(day.number, "And one more"), Refused)


@pytest.mark.parametrize("text", [STOP, HOLD])
@pytest.mark.parametrize("point", ["P3", "P4", "P5", "P6"])
def test_the_rest_of_a_long_text_stays_here(world, died, people, point, text):
    day = Sending(world, died, people)
    day.run(point, text, die=False, long=True)
    day.press_everything()
    assert day.taken()[day.number] == day.before == (1 if point in ("P5", "P6") else 0)


@pytest.mark.parametrize("point", POINTS)
def test_a_decision_lets_them_be_texted_again(world, died, people, point):
    day = Sending(world, died, people)
    day.run(point, HOLD, die=True, long=False)
    assert holds.decide(world.store, world.clock, day.number, "kept", "Ana")
    day.press_everything()
    assert day.taken()[day.number] > day.before
