"""The passphrase and the lock under Xvfb with real keys, judged by what the emulator's network saw."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from app.store import driver, encrypting, keys


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("p2ptext_x11_desktop", Path(__file__).parent / "desktop.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hands = _load()
missing = hands.missing_programs()
pytestmark = [
    pytest.mark.x11,
    pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)} (tools/x11.sh says how)"),
    pytest.mark.skipif(not driver.can_encrypt(), reason=driver.NO_CIPHER),
]
PASSPHRASE = "four plain words here"


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[object]:
    desktop = hands.Desktop(tmp_path)
    yield desktop
    desktop.close()


def wait_for_title(desktop, wanted: str) -> None:  # type: ignore[no-untyped-def]
    def look() -> bool:
        done = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", wanted],
            env=desktop.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        windows = done.stdout.split()
        if windows:
            desktop._hands("windowfocus", "--sync", windows[-1])
        return bool(windows)

    hands.wait_for(look, 20, f"a window called {wanted}")


def enter(desktop, words: str) -> None:  # type: ignore[no-untyped-def]
    desktop._hands("type", "--delay", "30", words)
    desktop.key("Return")


def test_asked_for_locked_and_unlocked_with_real_keys(desktop) -> None:  # type: ignore[no-untyped-def]
    desktop.prepare_campaign(10)
    encrypting.encrypt(desktop.data, PASSPHRASE, cost=keys.Cost(n=2**10))
    desktop.start_app()
    wait_for_title(desktop, "^Locked")
    enter(desktop, PASSPHRASE)
    wait_for_title(desktop, "^Desk")
    desktop.wait_for_card()
    desktop.key("ctrl+l")
    wait_for_title(desktop, "^Locked")
    for name in ("Return", "space", "semicolon", "KP_Enter", "ctrl+1", "ctrl+2", "Escape", "Tab", "Return"):
        desktop.keys(name, 3, 300)
    assert desktop.settled() == 0, "nothing can be sent while it is locked"
    desktop.picture(desktop.folder / "locked.png")
    desktop._hands("mousemove", "720", "455", "click", "1")  # into the field, wherever Tab led
    desktop.key("ctrl+a")
    enter(desktop, PASSPHRASE)
    wait_for_title(desktop, "^Desk")
    desktop.wait_for_card()
    desktop.keys("Return", 2, 600)
    assert desktop.settled() == 2
