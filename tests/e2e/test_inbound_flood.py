"""A thousand texts over a SIM of twenty places, with the app killed on the way: each is shown once."""

from __future__ import annotations

import random
import threading
from collections import Counter

import sqlalchemy as sa

from app.store.tables import conversation, inbound_part, message
from modem import sms

COUNT = 1000
NUMBERS = [f"+1312555{n:04d}" for n in range(100, 200)]


def texts():
    """Who writes what, and in which order the parts of it come (None: as they are)."""
    chance = random.Random(7)
    for n in range(COUNT):
        number = NUMBERS[n % len(NUMBERS)]
        if n % 4:
            yield number, f"Message number {n}, a short one.", None
            continue
        long = f"Message number {n}. " + "It goes on and on. " * chance.randint(10, 20)
        if n % 3 == 0:
            long = f"Message number {n} \N{GRINNING FACE} " + "It goes on \N{GRINNING FACE}. " * 12
        yield number, long.strip(), chance


def order(parts, chance):
    """A permutation of the parts with some of them twice."""
    numbers = list(range(1, parts + 1))
    chance.shuffle(numbers)
    for again in chance.sample(numbers, chance.randint(0, parts)):
        numbers.insert(chance.randint(numbers.index(again) + 1, len(numbers)), again)
    return ",".join(map(str, numbers))


def flood(emulator, wanted):
    """Deliver all of it, noting what the network was given."""
    for number, text, chance in texts():
        wanted[(number, text)] += 1
        if chance is None:
            emulator.ask(f"deliver {number} {text}")
        else:
            parts = len(sms.split(text).segments)
            assert emulator.ask(f"deliver-parts {number} order={order(parts, chance)} {text}").startswith(
                "ok"
            )


def shown(scene):
    query = sa.select(message.c.number, message.c.text).where(message.c.direction == "in", message.c.complete)
    return Counter((row["number"], row["text"]) for row in scene.rows(query))


def test_a_thousand_texts_over_twenty_places_with_two_kills(scene, wait_until):
    emulator = scene.emulator("--sim-slots", "20")
    wanted: Counter[tuple[str, str]] = Counter()
    app = scene.app("R2:300")
    writer = threading.Thread(target=flood, args=(emulator, wanted))
    writer.start()
    # Once before a commit, once between a commit and its delete.
    assert app.died() == -9
    app = scene.app("R3:300")
    assert app.died() == -9
    app = scene.app()
    writer.join()
    wait_until(lambda: sum(shown(scene).values()) >= COUNT, "all are there", 90)
    wait_until(lambda: "sim 0/20 waiting 0" in emulator.ask("status"), "the SIM is empty")
    assert shown(scene) == wanted
    assert scene.rows(sa.select(message).where(message.c.direction == "in", ~message.c.complete)) == []
    assert sum(row["unread"] for row in scene.rows(sa.select(conversation))) == COUNT
    kinds = Counter(row["kind"] for row in scene.rows(sa.select(inbound_part.c.kind)))
    assert set(kinds) == {"text", "repeat"}
    app.tell("quit")
    assert app.died() == 0
    on_sim = sa.select(inbound_part).where(inbound_part.c.deleted_at.is_(None))
    assert scene.rows(on_sim) == []
