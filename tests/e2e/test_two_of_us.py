"""Two p2ptext programs on two modems of one network write to each other, one press for each text."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from app.store.tables import message, message_part, opt_out
from modem.sms import split

ANA, BEN = "+13125550100", "+13125550101"
LONG = ("It goes on and on, with an emoji \N{GRINNING FACE} at times. " * 4).strip()


def _received(scene) -> list[tuple[str, str]]:
    query = sa.select(message).where(message.c.direction == "in", message.c.complete).order_by(message.c.id)
    return [(row["number"], row["text"]) for row in scene.rows(query)]


def _reported(scene) -> list[int | None]:
    return [row["report_status"] for row in scene.rows(sa.select(message_part.c.report_status))]


def test_a_press_here_arrives_there_and_the_answer_comes_back(two_scenes, wait_until):
    _, ana, ben = two_scenes
    first, second = ana.ready_app(), ben.ready_app()
    hello = ana.queue(BEN, "Hello Ben")
    assert first.ask(f"press {hello}").startswith("Clicked")
    assert ana.settled(hello) == "sent"
    wait_until(lambda: _received(ben) == [(ANA, "Hello Ben")], "it arrives")

    assert second.ask(f"write {ANA} {LONG}").startswith("Clicked")
    wait_until(lambda: _received(ana) == [(BEN, LONG)], "the long answer arrives in one piece")
    assert second.ask(f"write {ANA} Once more").startswith("Clicked")
    assert first.ask(f"write {BEN} Gladly").startswith("Clicked")
    wait_until(lambda: len(_received(ana)) == 2 and len(_received(ben)) == 2, "both arrive")
    assert _received(ana)[1:] == [(BEN, "Once more")]
    assert _received(ben)[1:] == [(ANA, "Gladly")]
    parts = len(split(LONG).segments) + 1
    assert parts > 3
    wait_until(lambda: _reported(ana) == [0] * 2 and _reported(ben) == [0] * parts, "each part is reported")
    assert ana.submits() == Counter({ANA: 2, BEN: 2})


def test_a_stop_there_is_in_force_here(two_scenes, wait_until):
    _, ana, ben = two_scenes
    first, second = ana.ready_app(), ben.ready_app()
    assert first.ask(f"press {ana.queue(BEN, 'Hello Ben')}").startswith("Clicked")
    wait_until(lambda: _received(ben), "it arrives")
    assert second.ask(f"write {ANA} STOP").startswith("Clicked")
    wait_until(lambda: ana.rows(sa.select(opt_out)), "the opt-out is in force")
    (row,) = ana.rows(sa.select(opt_out))
    assert (row["number"], row["evidence"]) == (BEN, "STOP")
    assert first.ask(f"write {BEN} But listen").startswith("Refused")
    assert ben.rows(sa.select(opt_out)) == []
    assert second.ask(f"write {ANA} I changed my mind: START").startswith("Clicked")
    wait_until(lambda: len(_received(ana)) == 2, "it arrives")
    assert ana.submits() == Counter({ANA: 2, BEN: 1})
    assert [row["line"] for row in ana.ledger("submit")] == [1, 2, 2]


def test_a_text_waits_for_somebody_whose_modem_is_away(two_scenes, wait_until):
    emulator, ana, ben = two_scenes
    first = ana.ready_app()
    assert emulator.ask("@2 fault no-sim") == "ok fault no-sim"
    assert first.ask(f"press {ana.queue(BEN, 'Are you there?')}").startswith("Clicked")
    wait_until(lambda: ana.ledger("submit"), "it has left")
    emulator.ask("@2 fault clear")
    ben.ready_app()
    wait_until(lambda: _received(ben) == [(ANA, "Are you there?")], "it arrives")
