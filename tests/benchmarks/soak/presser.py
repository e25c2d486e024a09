"""The app of the soak, without its window: one line on a port, and somebody who presses at a steady pace.

``FOLDER URL PER_SECOND``. Standard input: ``rest`` ends the pressing, ``state`` tells how the line is,
``figures`` what was pressed, ``quit`` ends it well. Each is answered by one line.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.campaigns import hours
from app.clock import SystemClock
from app.settings import Settings
from app.store.tables import campaign, message
from app.texting import clicks, logs, recovery
from app.texting.lines import LineManager
from app.workspace import Workspace, open_workspace
from modem.factory import open_modem

EMOJI = "\N{GRINNING FACE}"


def words(turn: int, chance: random.Random) -> str:
    """What the card of this turn says: mostly short, now and then long or with an emoji."""
    kind = chance.random()
    if kind < 0.8:
        return f"Hi! It is Ana, asking about Tuesday. ({turn})"
    if kind < 0.9:
        return f"Hi {EMOJI} it is Ana. Can we count on you? ({turn})"
    return f"Hi! It is Ana. ({turn}) " + "We meet on Tuesday at the library, at seven. " * chance.randint(
        4, 9
    )


class Hand(threading.Thread):
    """Presses one card after the other, each with a click of its own, until told to rest."""

    def __init__(self, workspace: Workspace, lines: LineManager, per_second: float) -> None:
        super().__init__(daemon=True)
        self._lines = lines
        self._workspace, self._pace = workspace, 1.0 / per_second
        self._chance = random.Random(3)
        self._resting = threading.Event()
        self.pressed = self.refused = 0
        with workspace.store.write() as unit:
            always = hours.parse("00:00-24:00").to_json()
            made = sa.insert(campaign).values(name="Soak", state="running", hours=always, created_at=0.0)
            self._campaign = unit.conn.execute(made).inserted_primary_key[0]

    def run(self) -> None:
        turn = 0
        while not self._resting.is_set():
            turn += 1
            self._press(*self._card(turn))

    def rest(self) -> None:
        """No further press; the last one has been made when this returns."""
        self._resting.set()
        self.join()

    def _card(self, turn: int) -> tuple[int, str]:
        text = words(turn, self._chance)
        digest = clicks.text_hash(text)
        with self._workspace.store.write() as unit:
            values = {
                "direction": "out",
                "number": f"+1312{200 + turn // 10_000:03d}{turn % 10_000:04d}",
                "campaign_id": self._campaign,
                "kind": "first",
                "position": turn,
                "text": text,
                "text_hash": digest,
                "state": "queued",
                "created_at": time.time(),
            }
            key = unit.conn.execute(sa.insert(message).values(**values)).inserted_primary_key[0]
        return int(key), digest

    def _press(self, key: int, digest: str) -> None:
        """Press until the click is taken: it is refused while too many others wait for the line."""
        clock = SystemClock()
        while not self._resting.wait(self._pace):
            press = clicks.Press("key:Return", clock.monotonic(), clock.now())
            taken = clicks.accept(
                self._workspace.store, clock, key, text_hash=digest, press=press, operator="Ana"
            )
            if isinstance(taken, clicks.Clicked):
                self.pressed += 1
                return
            self.refused += 1
            self._resume()

    def _resume(self) -> None:
        """A line that paused itself, as the soak's refusals make it, is resumed by hand."""
        for view in self._lines.views():
            if view.paused_why:
                self._lines.resume(view.id)


def bound_page_cache(engine: sa.Engine) -> None:
    """Give each connection a page cache that is full within minutes.

    It may hold 8 MB and would fill for hours, as the database grows, which looks just like a leak.
    """

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, record: object) -> None:
        connection.execute("PRAGMA cache_size=-500")

    engine.dispose()


def say(line: str) -> None:
    """One line to whoever started this."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(folder: Path, url: str, per_second: float) -> None:
    """Run until told to quit, or until standard input ends."""
    logs.install(folder)
    workspace = open_workspace(folder)
    bound_page_cache(workspace.store.engine)
    workspace.settings = Settings(country="US", texter="Ana")
    recovery.recover(workspace.store, workspace.clock)
    lines = LineManager(workspace, open_modem)
    line_id = lines.add(url, "Line")
    lines.start_all()
    hand = Hand(workspace, lines, per_second)
    hand.start()
    say("started")
    for command in map(str.strip, sys.stdin):
        if command == "rest":
            hand.rest()
            say("resting")
        elif command == "state":
            view = lines.view(line_id)
            say(f"{view.state} {view.detail}" if view else "gone")
        elif command == "figures":
            say(json.dumps({"pressed": hand.pressed, "refused": hand.refused}))
        elif command == "quit":
            break
    lines.stop_all()
    workspace.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
