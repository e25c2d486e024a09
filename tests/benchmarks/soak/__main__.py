"""``python -m tests.benchmarks.soak --minutes 60``: an hour of presses and answers while things go wrong.

An emulated modem with the faults of ``resources/faults/soak.toml`` and people who answer, and the app without
its window, each in a process of its own. Nothing is restarted. Ends with a table and a verdict; the exit code
is 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.store.engine import Store, open_store
from app.store.tables import message
from tests.benchmarks.modems.rig import wait_for
from tests.benchmarks.soak.processes import App, Emulator

SAMPLE_SECONDS = 10.0
WARM_SECONDS = 300.0
GROWTH = 0.05  # of the memory, after the warm-up
DATABASE_FILES = 12  # of the pool's connections
RESYNC_SECONDS = 3.0
SWALLOWED = 10.0  # an answer that was swallowed is waited for so long before anything else is asked
#: How the line is brought out of step at the end: the fault, after how many seconds it is over, and what may
#: pass besides before a text leaves.
TROUBLES = (
    ("fault deaf for=4", 4.0, SWALLOWED),
    ("fault one-byte for=3", 3.0, 0.0),
    ("fault noise for=3", 3.0, 0.0),
    ("fault garbage for=3", 3.0, SWALLOWED),
    ("fault mute for=2", 2.0, SWALLOWED),
    ("fault registration searching for=5", 5.0, 0.0),
    ("fault sim-busy for=4", 4.0, 0.0),
    ("reboot", 0.0, 0.0),
    ("hangup 1", 1.0, 0.0),
    ("hangup 4", 4.0, 0.0),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """The app's process at one moment. ``rss`` in KiB; ``at`` seconds from the start; ``files`` the database's."""

    at: float
    rss: int
    files: int
    descriptors: int
    threads: int
    states: dict[str, int]
    received: int

    def row(self) -> str:
        """A line of the table."""
        states = " ".join(f"{self.states.get(name, 0):>7}" for name in STATES)
        return f"{self.at:7.0f} {self.rss / 1024:8.1f} {self.files:5} {self.descriptors:4} {self.threads:4} {states} {self.received:8}"


STATES = ("clicked", "sending", "sent", "not_sent", "unknown", "queued")
HEAD = (
    f"{'s':>7} {'RSS MiB':>8} {'db':>5} {'fds':>4} {'thr':>4} "
    + " ".join(f"{name:>7}" for name in STATES)
    + " received"
)


class Soak:
    """One run, in a folder of its own."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._options = options
        self.emulator = Emulator(folder, options.seed, options.latency_ms)
        self._data = folder / "data"
        self.app = App(self._data, self.emulator.link, options.per_second)
        self._store: Store = open_store(self._data)
        self._began = time.monotonic()
        self.samples: list[Sample] = []
        self.resync: dict[str, float] = {}

    def run(self) -> list[str]:
        """The whole of it. Returns what was broken, in sentences."""
        print(HEAD, flush=True)
        self._steady(self._options.minutes * 60)
        self._sample()
        self.emulator.ask("fault clear")
        self._troubles()
        self.emulator.ask("fault clear")
        self.app.ask("rest")
        if not wait_for(self._idle, 240):
            print(f"still not idle: {self.emulator.ask('status')}, line {self.app.ask('state')}")
        broken = self._judge_memory() + self._judge_texts()
        self.app.end()
        self._store.close()
        self.emulator.end()
        return broken

    def _steady(self, seconds: float) -> None:
        """Presses go on by themselves; here texts come in, and the process is looked at."""
        sample_due, turn = 0.0, 0
        while (now := time.monotonic() - self._began) < seconds:
            if now >= sample_due:
                self._sample()
                sample_due += SAMPLE_SECONDS
            turn += 1
            long = " and so on" * 30 if turn % 5 == 0 else ""
            self.emulator.ask(f"deliver +1773555{turn % 10_000:04d} Something that came, number {turn}{long}")
            time.sleep(1.0)

    def _troubles(self) -> None:
        """While presses go on: how long after each trouble the next text leaves."""
        wait_for(lambda: self.app.ask("state").startswith("ready"), 200)
        for command, seconds, _besides in TROUBLES:
            self._leaves(200)
            self.emulator.ask(command)
            time.sleep(seconds)
            self.resync[command] = self._leaves(200)

    def _leaves(self, patience: float) -> float:
        """Seconds until the network takes one more text."""
        before, began = self.emulator.count("submit"), time.monotonic()
        wait_for(lambda: self.emulator.count("submit") > before, patience)
        return time.monotonic() - began

    def _sample(self) -> None:
        states, received = self._counts()
        at = time.monotonic() - self._began
        sample = Sample(at, *self.app.figures(), states, received)
        self.samples.append(sample)
        print(sample.row(), flush=True)

    # -- the database

    def _counts(self) -> tuple[dict[str, int], int]:
        query = sa.select(message.c.direction, message.c.state, sa.func.count()).group_by(
            message.c.direction, message.c.state
        )
        with self._store.read() as conn:
            rows = list(conn.execute(query))
        out = {row[1]: row[2] for row in rows if row[0] == "out"}
        return out, sum(row[2] for row in rows if row[0] == "in")

    def _idle(self) -> bool:
        states, _ = self._counts()
        quiet = not states.get("clicked") and not states.get("sending")
        return quiet and self.emulator.ask("status").endswith("sim 0/20 waiting 0")

    # -- the verdict

    def _judge_memory(self) -> list[str]:
        """The first and the last samples after the warm-up; the database keeps a few connections open."""
        warm = [one for one in self.samples if one.at >= WARM_SECONDS] or self.samples
        some = max(1, len(warm) // 10)
        first, last = warm[:some], warm[-some:]
        before, after = (statistics.median(one.rss for one in each) for each in (first, last))
        growth = after / before - 1
        print(f"RSS {before / 1024:.1f} MiB after warm-up, {after / 1024:.1f} at the end: {growth:+.1%}")
        broken = [f"The memory grew by {growth:.1%}."] if growth >= GROWTH else []
        for name, most in (("files", DATABASE_FILES), ("descriptors", 0), ("threads", 0)):
            seen = [[getattr(one, name) for one in each] for each in (first, last)]
            print(f"{name} at most {max(seen[0])} then {max(seen[1])}")
            if max(seen[1]) > max(max(seen[0]), most):
                broken.append(f"{name.capitalize()} went from {max(seen[0])} to {max(seen[1])}.")
        return broken

    def _judge_texts(self) -> list[str]:
        events = self.emulator.events()
        with self._store.read() as conn:
            rows = conn.execute(sa.select(message)).mappings().all()
        broken = [*judge_sent(events, rows), *judge_received(events, rows)]
        for command, _lasts, besides in TROUBLES:
            seconds = self.resync[command]
            print(f"{seconds:6.2f} s until a text left after: {command}")
            if seconds > RESYNC_SECONDS + besides:
                broken.append(f"After {command} it took {seconds:.1f} s until a text left.")
        print(f"pressed {self.app.ask('figures')}")
        faults = Counter(
            str(e["name"]).split()[0] for e in events if e["event"] == "fault" and not e.get("over")
        )
        print(
            f"{sum(faults.values())} faults: " + ", ".join(f"{name} {n}" for name, n in faults.most_common())
        )
        return broken


def judge_sent(events: list[dict[str, Any]], rows: Any) -> list[str]:
    """No text twice for one click, and every text is said to be what it is."""
    taken = Counter((e["to"], e["text"]) for e in events if e["event"] == "submit")
    begun = {e["to"] for e in events if e["event"] in ("submit", "part")}
    out = [row for row in rows if row["direction"] == "out"]
    print("texts: " + ", ".join(f"{n} {state}" for state, n in Counter(row["state"] for row in out).items()))
    unknown = [row for row in out if row["state"] == "unknown"]
    left = sum(1 for row in unknown if (row["number"], row["text"]) in taken)
    print(f"of {len(unknown)} unknown the network had taken {left}")
    broken = [f"{key[0]} got a text {n} times." for key, n in taken.items() if n > 1]
    for row in out:
        key, state = (row["number"], row["text"]), row["state"]
        if key in taken and state not in ("sent", "unknown"):
            broken.append(f"Text {row['id']} left and is {state}.")
        if state == "sent" and key not in taken:
            broken.append(f"Text {row['id']} is sent and did not leave.")
        if state == "not_sent" and row["number"] in begun:
            broken.append(f"A part of text {row['id']} left and it is not_sent.")
        if state in ("clicked", "sending"):
            broken.append(f"Text {row['id']} is still {state}: {row['reason']}")
    return broken


def judge_received(events: list[dict[str, Any]], rows: Any) -> list[str]:
    """Each text that the modem was given is shown once.

    A text of one part that the network gave twice (``parts-doubled``) lies twice on the SIM, and nothing tells
    it from two texts that are the same: both are shown while both lie there.
    """
    given = [e for e in events if e["event"] == "deliver"]
    least = Counter((e["from"], e["text"]) for e in given)
    most = least + Counter((e["from"], e["text"]) for e in given if e.get("order") == [1, 1])
    shown = Counter(
        (row["number"], row["text"])
        for row in rows
        if row["direction"] == "in" and row["kind"] == "text" and row["complete"]
    )
    parts = Counter(row["complete"] for row in rows if row["direction"] == "in")
    twice = sum(most.values()) - sum(least.values())
    print(
        f"received: given {sum(least.values())} and {twice} of one part again, "
        f"shown {sum(shown.values())}, unfinished {parts[False]}"
    )
    broken = [
        f"Given {n} times, shown {shown[key]} times: {key}"
        for key, n in least.items()
        if not n <= shown[key] <= most[key]
    ]
    return broken + [f"Shown and never given: {key}" for key in shown if key not in least]


def main(argv: list[str]) -> int:
    """Run, print, judge."""
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description=__doc__)
    made.add_argument("--minutes", type=float, default=60.0)
    made.add_argument("--per-second", type=float, default=4.0, help="presses (default %(default)s)")
    made.add_argument("--latency-ms", default="20-120", help="the network's (default %(default)s)")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--folder", type=Path, help="keep everything here, for a look afterwards")
    options = made.parse_args(argv)
    if options.folder is not None:
        options.folder.mkdir(parents=True)
        broken = Soak(options.folder, options).run()
    else:
        with tempfile.TemporaryDirectory(prefix="soak") as folder:
            broken = Soak(Path(folder), options).run()
    print("\n".join([f"BROKEN: {len(broken)}", *broken[:50]]) if broken else "every promise was kept")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
