"""The desk under Xvfb with keys and clicks from xdotool, judged by what the emulator's network saw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.x11 import desktop as hands

pytestmark = hands.MARKS


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[hands.Desktop]:
    desktop = hands.Desktop(tmp_path)
    yield desktop
    desktop.close()


def test_three_hundred_presses_are_three_hundred_texts(desktop: hands.Desktop) -> None:
    expected = desktop.prepare_campaign(300)
    desktop.start_app()
    desktop.wait_for_card()
    desktop.keys("Return", 300, 400)
    assert desktop.settled() == 300
    got = {str(row["to"]): str(row["text"]) for row in desktop.submits()}
    assert got == expected
    desktop.keys("Return", 5, 400)
    assert desktop.settled() == 300, "with nothing left, Enter sends nothing"


def test_enter_held_for_five_seconds_sends_one(desktop: hands.Desktop) -> None:
    desktop.prepare_campaign(30)
    desktop.start_app()
    desktop.wait_for_card()
    desktop.hold("Return", 5)
    assert desktop.settled() == 1


def test_a_double_click_on_send_sends_one(desktop: hands.Desktop) -> None:
    desktop.prepare_campaign(30)
    desktop.start_app()
    x, y = desktop.wait_for_card()
    desktop.double_click(x, y)
    hands.wait_for(lambda: bool(desktop.submits()), 20, "the text, whenever the line is ready")
    assert desktop.settled() == 1
