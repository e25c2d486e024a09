"""The dialog that finds modems: progress, cancel, and one key to add."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ui.lines.finding import FindDialog

Click = Qt.MouseButton.LeftButton


@dataclass(frozen=True)
class Found:
    title: str = "Huawei E173"
    words: str = "IMEI ending 3809, at /dev/ttyUSB2. A SIM is in it."
    action: str = "Add it as a line"
    address: str = "imei:356938035643809"


@pytest.fixture
def page(window: Callable[..., Any], settle: Callable[[], None]) -> Any:
    main = window()
    main.go("lines")
    settle()
    return main.page("lines")


def opened(page: Any) -> FindDialog:
    QTest.mouseClick(page.find_button, Click)
    (dialog,) = page.findChildren(FindDialog)
    return dialog


def test_what_is_found_is_added_with_one_key(page: Any, lines: Any, settle: Callable[[], None]) -> None:
    held = Found("<b>ZTE</b>", "ModemManager has its ports.", "Use it through ModemManager", "")
    lines.finder = lambda progress, cancelled: (held, Found())
    dialog = opened(page)
    settle()
    assert dialog.state.text() == "2 devices found, 1 can be added."
    assert not dialog.bar.isVisible()
    (button,) = dialog.add_buttons
    assert button.accessibleName() == "Add Huawei E173"
    assert QApplication.focusWidget() is button
    QTest.keyClick(button, Qt.Key.Key_Space)
    settle()
    assert lines.asked == [("add", "imei:356938035643809", "Huawei E173", False)]


def test_nothing_found_says_what_to_do(page: Any, lines: Any, settle: Callable[[], None]) -> None:
    lines.finder = lambda progress, cancelled: ()
    dialog = opened(page)
    settle()
    assert "Plug it in, wait ten seconds" in dialog.state.text()
    lines.finder = lambda progress, cancelled: (Found(),)
    dialog._finder = lines.finder
    QTest.mouseClick(dialog.again_button, Click)
    settle()
    assert len(dialog.add_buttons) == 1


def test_progress_is_told_and_a_search_can_be_cancelled(
    page: Any, lines: Any, wait: Callable[..., None], settle: Callable[[], None]
) -> None:
    stopped = threading.Event()

    def finder(progress: Any, cancelled: Any) -> tuple[Found, ...]:
        progress("Asking /dev/ttyUSB2")
        while not cancelled():
            stopped.wait(0.005)
        stopped.set()
        return ()

    lines.finder = finder
    dialog = opened(page)
    wait(lambda: dialog.state.text() == "Asking /dev/ttyUSB2")
    assert dialog.bar.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    settle()
    assert stopped.is_set()
    assert lines.asked == []


def test_a_search_that_fails_is_a_sentence(page: Any, lines: Any, settle: Callable[[], None]) -> None:
    def finder(progress: Any, cancelled: Any) -> tuple[Found, ...]:
        raise OSError(13, "Permission denied")

    lines.finder = finder
    dialog = opened(page)
    settle()
    assert "Permission denied" in dialog.state.text()
    assert dialog.again_button.isEnabled()


def test_without_a_search_it_says_so(page: Any, settle: Callable[[], None]) -> None:
    dialog = opened(page)
    settle()
    assert "without a search" in dialog.state.text()
    assert not dialog.again_button.isEnabled()
