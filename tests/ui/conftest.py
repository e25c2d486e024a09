"""Fixtures for the window's tests: offscreen, a real store in a temporary folder, lines that are only views."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.clock import SystemClock
from app.settings import Settings
from app.workspace import Workspace, open_workspace
from ui import background, theme


class TestClock(SystemClock):
    """The computer's clocks, with a wall clock that stands still on a Wednesday at 16:00 UTC if asked."""

    __test__ = False

    def __init__(self) -> None:
        self.fixed: float | None = None
        self.ahead = 0.0

    def now(self) -> float:
        return self.fixed if self.fixed is not None else super().now()

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead

    def pass_time(self, seconds: float) -> None:
        """Let monotonic time pass without waiting: a dwell, a double-click time."""
        self.ahead += seconds
        if self.fixed is not None:
            self.fixed += seconds


@pytest.fixture
def clock() -> TestClock:
    clock = TestClock()
    clock.fixed = 1_794_585_600.0  # Wednesday, 11 November 2026, 16:00 UTC: 10:00 in Chicago
    return clock


@pytest.fixture
def workspace(tmp_path: Path, clock: TestClock, qapp: QApplication) -> Iterator[Workspace]:
    """An empty workspace whose first run is answered."""
    workspace = open_workspace(tmp_path / "data", clock)
    workspace.change_settings(
        Settings(
            country="US", texter="Dana", organisation="Lakeside Clinic", theme="light", notice_accepted=True
        )
    )
    yield workspace
    assert background.stop_all()
    qapp.processEvents()
    workspace.close()


@dataclass
class FakeView:
    """The attributes of app.texting.lines.LineView that the window shows."""

    id: int = 1
    name: str = "Office SIM"
    url: str = "/dev/ttyUSB2"
    number: str = "+15550100"
    state: str = "ready"
    state_text: str = "Ready"
    action_text: str = ""
    detail: str = ""
    operator: str = "T-Mobile"
    technology: str = "LTE"
    signal_dbm: int | None = -71
    bars: int = 4
    storage_used: int = 2
    storage_total: int = 50
    sent_today: int = 212
    paused: bool = False
    practice: bool = False
    waiting: int = 0
    manufacturer: str = "Huawei"
    model: str = "E173"
    firmware: str = ""
    imei: str = ""
    iccid: str = ""
    smsc: str = ""


@dataclass
class FakeLines:
    """A line manager that has no modems: it keeps what was asked of it."""

    shown: list[FakeView] = field(default_factory=lambda: [FakeView()])
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def views(self) -> tuple[FakeView, ...]:
        return tuple(self.shown)

    states = views

    def wake(self, line_id: int | None = None) -> None:
        self.asked.append(("wake", line_id))

    def add(self, url: str, name: str = "", practice: bool = False) -> int:
        self.asked.append(("add", url, name, practice))
        self.shown.append(FakeView(id=len(self.shown) + 1, name=name or url, url=url, practice=practice))
        return len(self.shown)

    def remove(self, line_id: int) -> None:
        self.asked.append(("remove", line_id))
        self.shown = [view for view in self.shown if view.id != line_id]

    def pause(self, line_id: int) -> None:
        self.asked.append(("pause", line_id))

    def resume(self, line_id: int) -> None:
        self.asked.append(("resume", line_id))


@pytest.fixture
def lines() -> FakeLines:
    return FakeLines()


@pytest.fixture
def settle(qapp: QApplication) -> Callable[[], None]:
    """Wait until no work is under way and every event is handled."""

    def wait() -> None:
        for _ in range(3):
            assert QTest.qWaitFor(lambda: not background.busy(), 10_000)
            qapp.processEvents()

    return wait


@pytest.fixture
def build(qapp: QApplication, qtbot: Any) -> Iterator[Callable[..., QWidget]]:
    """Show a widget in light colours, wait until it is painted, and close it afterwards."""
    theme.apply(qapp, "light")

    def show(widget: QWidget, width: int = 1200, height: int = 800) -> QWidget:
        qtbot.addWidget(widget)
        widget.resize(width, height)
        with qtbot.waitExposed(widget):
            widget.show()
        widget.activateWindow()
        return widget

    yield show
    assert background.stop_all()
    theme.apply(qapp, "light")


@pytest.fixture
def window(workspace: Workspace, lines: FakeLines, build: Callable[..., QWidget]) -> Callable[..., Any]:
    """Build the whole window: ``window(width=1440, height=900)``."""
    from ui.shell import MainWindow

    def make(width: int = 1440, height: int = 900) -> MainWindow:
        made = MainWindow(workspace, lines)  # type: ignore[arg-type]
        made.start()
        build(made, width, height)
        return made

    return make
