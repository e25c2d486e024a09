"""The desk under Xvfb with keys and clicks from xdotool, judged by what the emulator's network saw."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


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
]


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[object]:
    desktop = hands.Desktop(tmp_path)
    yield desktop
    desktop.close()


def test_three_hundred_presses_are_three_hundred_texts(desktop) -> None:  # type: ignore[no-untyped-def]
    expected = desktop.prepare_campaign(300)
    desktop.start_app()
    desktop.wait_for_card()
    desktop.keys("Return", 300, 400)
    assert desktop.settled() == 300
    got = {str(row["to"]): str(row["text"]) for row in desktop.submits()}
    assert got == expected
    desktop.keys("Return", 5, 400)
    assert desktop.settled() == 300, "with nothing left, Enter sends nothing"


def test_enter_held_for_five_seconds_sends_one(desktop) -> None:  # type: ignore[no-untyped-def]
    desktop.prepare_campaign(30)
    desktop.start_app()
    desktop.wait_for_card()
    desktop.hold("Return", 5)
    assert desktop.settled() == 1


def test_a_double_click_on_send_sends_one(desktop) -> None:  # type: ignore[no-untyped-def]
    desktop.prepare_campaign(30)
    desktop.start_app()
    x, y = desktop.wait_for_card()
    desktop.double_click(x, y)
    hands.wait_for(lambda: bool(desktop.submits()), 20, "the text, whenever the line is ready")
    assert desktop.settled() == 1
