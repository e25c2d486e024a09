from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app import settings as settings_module
from app.settings import Settings
from app.workspace import Workspace


@pytest.fixture
def main(workspace: Workspace, window: Callable[..., Any], settle: Callable[[], None]) -> Any:
    workspace.change_settings(Settings(theme="light"))
    made = window()
    settle()
    return made


def answer(page: Any) -> None:
    QTest.keyClicks(page.texter, "Dana")
    page.country.set_code("US")
    QTest.keyClick(page.read, Qt.Key.Key_Space)


def test_it_asks_before_anything_else(main: Any) -> None:
    page = main._first_run
    assert page.isVisible()
    assert page.texter.hasFocus()
    assert not main.rail.isEnabled()
    assert not page.practice.isEnabled()
    QTest.keyClick(main, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert main.here == ""
    assert page.isVisible()


def test_the_notice_says_what_a_carrier_may_do(main: Any) -> None:
    from ui.firstrun import CARRIER_NOTICE

    words = " ".join(CARRIER_NOTICE)
    assert "suspend the SIM" in words
    assert "filter" in words
    assert "Read the terms of your SIM" in words
    assert "exempt" not in words


@pytest.mark.parametrize(
    ("button", "page_name", "asked"),
    [("practice", "desk", [("add", "practice:", "Practice line", True)]), ("own", "lines", [])],
)
def test_the_answers_are_kept_and_it_goes_on(
    main: Any,
    workspace: Workspace,
    settle: Callable[[], None],
    lines: Any,
    button: str,
    page_name: str,
    asked: list[Any],
) -> None:
    lines.shown.clear()
    page = main._first_run
    answer(page)
    QTest.mouseClick(getattr(page, button), Qt.MouseButton.LeftButton)
    settle()
    kept = settings_module.load(workspace.folder)
    assert (kept.texter, kept.country, kept.notice_accepted) == ("Dana", "US", True)
    assert main.here == page_name
    assert main.rail.isEnabled()
    assert lines.asked == asked


def test_it_says_what_is_missing(main: Any) -> None:
    page = main._first_run
    page.country.set_code("")
    assert page.missing.label.text() == (
        "Before you start: type who is writing, choose a country, tick that you have read the notice."
    )
    answer(page)
    assert page.missing.isHidden()
    assert page.practice.isEnabled()


@pytest.mark.parametrize(("modifier", "page_name"), [("NoModifier", "desk"), ("ControlModifier", "lines")])
def test_enter_goes_to_what_is_missing_and_then_on(
    main: Any, settle: Callable[[], None], modifier: str, page_name: str
) -> None:
    page = main._first_run
    page.country.set_code("US")
    held = getattr(Qt.KeyboardModifier, modifier)
    QTest.keyClicks(page.texter, "Dana")
    QTest.keyClick(page.texter, Qt.Key.Key_Return, held)
    assert page.read.hasFocus()
    QTest.keyClick(page.read, Qt.Key.Key_Return, held)
    assert main.here == "", "nothing is accepted that was not read"
    QTest.keyClick(page.read, Qt.Key.Key_Space)
    QTest.keyClick(page.read, Qt.Key.Key_Return, held)
    settle()
    assert main.here == page_name
