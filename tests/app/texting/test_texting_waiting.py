"""How a line waits before it tries its port again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.texting.waking import LOOK_SECONDS, wait_out


class Nudge(threading.Event):
    """Never set; notes how long it was waited for, and calls something meanwhile."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.waited: list[float | None] = []
        self._meanwhile = meanwhile

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        self._meanwhile()
        return False


def test_a_port_that_comes_back_is_tried_at_once(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB2"
    nudge = Nudge(lambda: port.touch() if len(nudge.waited) == 2 else None)
    assert wait_out(nudge, str(port), 30.0)
    assert nudge.waited == [LOOK_SECONDS, LOOK_SECONDS]


@pytest.mark.parametrize("url", ["{there}", "COM5", "socket://127.0.0.1:5000", "gammu:/dev/ttyUSB2", ""])
@pytest.mark.parametrize("seconds", [30.0, None])
def test_any_other_line_waits_its_time(tmp_path: Path, url: str, seconds: float | None) -> None:
    nudge = Nudge()
    assert not wait_out(nudge, url.format(there=tmp_path), seconds)
    assert nudge.waited == [seconds]


def test_a_nudge_ends_it_and_so_does_the_time(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    nudged = threading.Event()
    nudged.set()
    assert wait_out(nudged, absent, 30.0)
    assert not wait_out(Nudge(), absent, 0.001)
    assert not wait_out(Nudge(), absent, 0.0)
