"""Cables pulled and put back in another order: each line comes back by identity and drains before it sends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from app.finding import Finder
from app.settings import Settings
from app.store.tables import line, message
from app.texting import clicks
from app.texting.lines import LineManager
from app.wiring import sim_of
from app.workspace import Workspace
from modem.discovery.discover import Machine
from modem.factory import open_modem

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="pseudo-terminals and /proc")
ANN, BOB, CEE = "+13125550101", "+13125550102", "+13125550103"


class Hub:
    """Two emulated modems on one network, plugged into names like ttyUSB0 that can be changed."""

    def __init__(self, scene: Any) -> None:
        self.scene = scene
        self.modems = scene.folder / "modem"
        self.dev = scene.folder / "dev"
        self.dev.mkdir()
        self.emulator = scene.emulator("--count", "2")
        self.links = sorted(self.modems.iterdir())
        assert len(self.links) == 2
        self.plug(0, 1)
        self.machine = Machine(list_ports=self._list, sysfs=scene.folder / "no-usb")
        self.workspace = Workspace(scene.folder, scene.store)
        self.workspace.settings = Settings(country="US", texter="Ana")
        self.lines = LineManager(
            self.workspace, open_modem, backoff=(0.05,), find=Finder(self.machine, sim_of=sim_of(scene.store))
        )

    def port(self, number: int) -> str:
        return str(self.dev / f"ttyUSB{number}")

    def plug(self, *order: int) -> None:
        """``order[n]`` is the modem that is now called ttyUSBn."""
        self.unplug()
        for number, modem in enumerate(order):
            (self.dev / f"ttyUSB{number}").symlink_to(self.links[modem])

    def unplug(self) -> None:
        for path in self.dev.iterdir():
            path.unlink()

    def pull(self) -> None:
        """Both cables out: the open ports hang up and the names are gone."""
        self.unplug()
        for number in (1, 2):
            assert self.emulator.ask(f"@{number} hangup 0.2").startswith("ok")

    def press(self, number: str, line_id: int) -> int:
        """One click on one text of this line."""
        store = self.scene.store
        message_id = int(self.scene.queue(number))
        (row,) = self.scene.rows(sa.select(message).where(message.c.id == message_id))
        clock = SystemClock()
        answer = clicks.accept(
            store,
            self.workspace.clock,
            message_id,
            text_hash=row["text_hash"],
            press=clicks.Press("key:Return", clock.monotonic(), clock.now()),
            operator="Ana",
            line_id=line_id,
        )
        assert isinstance(answer, clicks.Clicked), answer
        assert answer.line_id == line_id
        return message_id

    def ready(self, *line_ids: int) -> bool:
        views = {view.id: view for view in self.lines.views()}
        return all(views[line_id].state == "ready" for line_id in line_ids)

    def _list(self) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(
                device=str(path),
                vid=0x1199,
                pid=0x0025,
                location=f"1-{path.name}",
                product="",
                serial_number="",
            )
            for path in sorted(self.dev.iterdir())
            if os.path.exists(path)
        ]


@pytest.fixture
def hub(scene: Any) -> Iterator[Hub]:
    made = Hub(scene)
    yield made
    assert made.lines.stop_all(10)


def imei_of(hub: Hub, line_id: int) -> str:
    (row,) = hub.scene.rows(sa.select(line.c.imei).where(line.c.id == line_id))
    return str(row["imei"])


def test_cables_in_another_order(hub: Hub, wait_until: Callable[..., Any]) -> None:
    first, second = (hub.lines.add(hub.port(number), f"Line {number}") for number in (0, 1))
    hub.lines.start_all()
    wait_until(lambda: hub.ready(first, second), "both lines are ready")
    known = imei_of(hub, first), imei_of(hub, second)
    assert known[0] != known[1]
    assert hub.scene.settled(hub.press(CEE, first)) == "sent"

    hub.pull()
    wait_until(lambda: not hub.ready(first) and not hub.ready(second), "both lines are offline")
    wait_until(lambda: "not plugged in" in hub.lines.view(first).detail, "it says so in words")
    assert known[0][-4:] in hub.lines.view(first).detail
    # While the cable is out Ann says STOP, and somebody presses Send on a text to her.
    assert hub.emulator.ask(f"@1 deliver {ANN} STOP").startswith("ok")
    to_ann, to_bob = hub.press(ANN, first), hub.press(BOB, first)
    wait_until(lambda: all(link.exists() for link in hub.links), "the modems have started again")
    hub.plug(1, 0)

    wait_until(lambda: hub.ready(first, second), "both lines are back")
    assert hub.scene.settled(to_bob) == "sent"
    assert hub.scene.settled(to_ann) == "blocked", "the SIM was read before the first text left"
    assert (imei_of(hub, first), imei_of(hub, second)) == known
    sent = hub.scene.ledger("submit")
    assert [entry["to"] for entry in sent] == [CEE, BOB]
    assert len({entry["line"] for entry in sent}) == 1, "both texts left through the same SIM"


def test_a_line_by_imei_follows_its_modem(hub: Hub, wait_until: Callable[..., Any]) -> None:
    scout = hub.lines.add(hub.port(0), "Scout")
    hub.lines.start_all()
    wait_until(lambda: hub.ready(scout), "the line is ready")
    imei = imei_of(hub, scout)
    hub.lines.remove(scout)
    by_imei = hub.lines.add(f"imei:{imei}", "Wherever")
    wait_until(lambda: hub.ready(by_imei), "found by its number")
    hub.pull()
    wait_until(lambda: not hub.ready(by_imei), "the line is offline")
    began = time.monotonic()
    wait_until(lambda: all(link.exists() for link in hub.links), "the modems have started again")
    hub.plug(1, 0)
    wait_until(lambda: hub.ready(by_imei), "found again at the other name")
    assert imei_of(hub, by_imei) == imei
    assert time.monotonic() - began < 30
