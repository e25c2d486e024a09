"""The passphrase and the lock under Xvfb with real keys, judged by what the emulator's network saw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store import driver, encrypting, keys
from tests.x11 import desktop as hands

pytestmark = [*hands.MARKS, pytest.mark.skipif(not driver.can_encrypt(), reason=driver.NO_CIPHER)]
PASSPHRASE = "four plain words here"


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[hands.Desktop]:
    desktop = hands.Desktop(tmp_path)
    yield desktop
    desktop.close()


def enter(desktop: hands.Desktop, words: str) -> None:
    desktop._hands("type", "--delay", "30", words)
    desktop.key("Return")


def test_asked_for_locked_and_unlocked_with_real_keys(desktop: hands.Desktop) -> None:
    desktop.prepare_campaign(10)
    encrypting.encrypt(desktop.data, PASSPHRASE, cost=keys.Cost(n=2**10))
    desktop.start_app()
    desktop.focus("^Locked")
    enter(desktop, PASSPHRASE)
    desktop.focus("^Desk")
    desktop.wait_for_card()
    desktop.key("ctrl+l")
    desktop.focus("^Locked")
    for name in ("Return", "space", "semicolon", "KP_Enter", "ctrl+1", "ctrl+2", "Escape", "Tab", "Return"):
        desktop.keys(name, 3, 300)
    assert desktop.settled() == 0, "nothing can be sent while it is locked"
    desktop.picture(desktop.folder / "locked.png")
    desktop._hands("mousemove", "720", "455", "click", "1")  # into the field, wherever Tab led
    desktop.key("ctrl+a")
    enter(desktop, PASSPHRASE)
    desktop.focus("^Desk")
    desktop.wait_for_card()
    desktop.keys("Return", 2, 600)
    assert desktop.settled() == 2
