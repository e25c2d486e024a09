"""An emulated modem and the app without its window, each in a process of its own that can be killed."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.campaigns import hours
from app.store.engine import Store, open_store
from app.store.tables import campaign, message
from app.texting.clicks import text_hash

ROOT = Path(__file__).parents[2]
SECONDS = 60.0


def until(condition: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """Wait for a condition, with a deadline; gives what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.01)
    return found


class Process:
    """A child that is told lines and answers with lines."""

    def __init__(self, arguments: list[str], **environment: str) -> None:
        self.child = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )
        self.first = self.read()

    def read(self) -> str:
        assert self.child.stdout is not None
        return self.child.stdout.readline().strip()

    def tell(self, command: str) -> None:
        """Say a line; nothing happens when the child is dead by then."""
        with contextlib.suppress(BrokenPipeError):
            assert self.child.stdin is not None
            self.child.stdin.write(command + "\n")
            self.child.stdin.flush()

    def ask(self, command: str) -> str:
        """Say a line and read the answer, "" from a dead child."""
        self.tell(command)
        return self.read()

    def died(self, seconds: float = SECONDS) -> int:
        return self.child.wait(seconds)

    def kill(self) -> None:
        self.child.kill()
        self.child.wait(SECONDS)

    def end(self) -> None:
        for pipe in (self.child.stdin, self.child.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


class Scene:
    """One data folder, one emulated modem, and the app on it as often as it is started."""

    def __init__(self, folder: Path, link: Path | None = None, ledger: Path | None = None) -> None:
        self.folder, self.data = folder, folder / "data"
        self.link, self.ledger_path = link or folder / "modem", ledger or folder / "ledger.jsonl"
        self.store: Store = open_store(self.data)
        with self.store.write() as unit:
            always = hours.parse("00:00-24:00").to_json()
            self.campaign_id = unit.conn.execute(
                sa.insert(campaign).values(name="Autumn", state="running", hours=always, created_at=0.0)
            ).inserted_primary_key[0]
        self._processes: list[Process] = []
        self._position = 0

    def emulator(self, *options: str) -> Process:
        arguments = ["--link", str(self.link), "--ledger", str(self.ledger_path), "--until-eof", *options]
        return self._keep(Process(["-m", "modem.emulator", *arguments]))

    def app(self, crash: str = "") -> Process:
        """Start the app; ``crash`` is where it is to die."""
        script = str(Path(__file__).parent / "headless.py")
        return self._keep(Process([script, str(self.data), str(self.link)], P2PTEXT_CRASH=crash))

    def ready_app(self) -> Process:
        app = self.app()
        until(lambda: app.ask("state").startswith("ready"), "the line is ready")
        return app

    def _keep(self, process: Process) -> Process:
        self._processes.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self._processes):
            process.end()
        self.store.close()

    # -- the database

    def queue(self, number: str, text: str = "Hello") -> int:
        self._position += 1
        with self.store.write() as unit:
            return int(
                unit.conn.execute(
                    sa.insert(message).values(
                        direction="out",
                        number=number,
                        campaign_id=self.campaign_id,
                        kind="first",
                        position=self._position,
                        text=text,
                        text_hash=text_hash(text),
                        state="queued",
                        created_at=time.time(),
                    )
                ).inserted_primary_key[0]
            )

    def rows(self, query: Any) -> list[Any]:
        with self.store.read() as conn:
            return list(conn.execute(query).mappings())

    def state(self, message_id: int) -> str:
        (row,) = self.rows(sa.select(message.c.state).where(message.c.id == message_id))
        return str(row["state"])

    def settled(self, message_id: int) -> str:
        """The state of a text once it has one that stays."""
        until(lambda: self.state(message_id) not in ("clicked", "sending"), "the text is settled")
        return self.state(message_id)

    # -- the network

    def ledger(self, event: str) -> list[dict[str, Any]]:
        lines = self.ledger_path.read_text("utf-8").splitlines()
        return [entry for entry in map(json.loads, lines) if entry["event"] == event]

    def submits(self) -> Counter[str]:
        """How many texts the network took for each number."""
        return Counter(entry["to"] for entry in self.ledger("submit"))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A data folder with a running campaign; processes are ended afterwards."""
    made = Scene(tmp_path)
    yield made
    made.close()


@pytest.fixture
def two_scenes(tmp_path: Path) -> Iterator[tuple[Process, Scene, Scene]]:
    """Two data folders on the two modems of one network, and the emulator that serves it."""
    links, ledger = tmp_path / "modems", tmp_path / "ledger.jsonl"
    options = ["--count", "2", "--number", "+13125550100", "--until-eof", "--report-ms", "50"]
    emulator = Process(["-m", "modem.emulator", "--link", str(links), "--ledger", str(ledger), *options])
    scenes = [Scene(tmp_path / name, links / name, ledger) for name in ("modem1", "modem2")]
    yield emulator, scenes[0], scenes[1]
    for scene in scenes:
        scene.close()
    emulator.end()


@pytest.fixture
def wait_until() -> Callable[..., Any]:
    """Waits for a condition, with a deadline."""
    return until
