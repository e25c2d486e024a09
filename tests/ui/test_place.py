"""Where the window opens: within the screen, and where it stood when it was closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, QSize

from app import settings as kept
from app.workspace import Workspace
from ui import place
from ui.shell import MainWindow

SMALL, BIG = QRect(0, 0, 1024, 600), QRect(0, 0, 2560, 1440)


@pytest.mark.parametrize(
    ("wanted", "screens", "found"),
    [
        (QRect(0, 0, 1440, 900), [BIG], QRect(0, 0, 1440, 900)),
        (QRect(0, 0, 1440, 900), [SMALL], SMALL),
        (QRect(0, 0, 1440, 900), [QRect(0, 28, 1024, 572)], QRect(0, 28, 1024, 572)),  # beside a panel
        (QRect(900, 500, 800, 520), [SMALL], QRect(224, 80, 800, 520)),  # moved, not shrunk
        (QRect(3000, 100, 900, 600), [BIG], QRect(1660, 100, 900, 600)),  # its screen is gone
        (QRect(2600, 50, 1400, 500), [SMALL, QRect(2560, 0, 1280, 1024)], QRect(2560, 50, 1280, 500)),
        (QRect(-700, -40, 800, 520), [SMALL], QRect(0, 0, 800, 520)),
        (QRect(5, 6, 800, 520), [], QRect(5, 6, 800, 520)),
    ],
)
def test_a_place_is_within_a_screen_that_is_there(wanted: QRect, screens: list[QRect], found: QRect) -> None:
    assert place.bounded(wanted, screens) == found


@pytest.mark.parametrize("words", ["", "a b c d", "1 2 3", "1 2 -3 4", "1 2 0 0", "1 2 999999999 4"])
def test_words_that_are_no_place_are_none(words: str) -> None:
    assert place.read(words) is None
    assert place.read("1 -2 900 600 maximized") == (QRect(1, -2, 900, 600), True)
    assert place.read("1 -2 900 600 large") == (QRect(1, -2, 900, 600), False)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> QRect:
    """A computer with one small screen."""
    monkeypatch.setattr(place, "screens", lambda: [SMALL])
    return SMALL


def test_it_opens_within_the_screen_and_again_where_it_was_closed(
    workspace: Workspace, lines: Any, small: QRect, settle: Callable[[], None]
) -> None:
    first = MainWindow(workspace, lines)
    first.show()
    settle()
    assert first.frameGeometry() == small
    first.setGeometry(QRect(40, 30, 900, 540))
    settle()
    first.close()
    again = MainWindow(workspace, lines)
    again.show()
    settle()
    assert again.geometry() == QRect(40, 30, 900, 540)
    again.close()
    assert kept.load(workspace.folder).window == "40 30 900 540"
    workspace.change_settings(replace(workspace.settings, window="5000 4000 9000 9000"))
    far = MainWindow(workspace, lines)  # its screen was unplugged
    far.show()
    settle()
    assert small.contains(far.frameGeometry())
    far.close()


def test_a_frame_that_stands_out_is_drawn_in(
    workspace: Workspace, lines: Any, small: QRect, settle: Callable[[], None]
) -> None:
    main = MainWindow(workspace, lines)
    main.show()
    settle()
    main.move(QPoint(40, 60))
    place.draw_in(main, QSize(1, 1))  # somebody gave it another size
    assert not small.contains(main.frameGeometry())
    place.draw_in(main, main.size())
    assert small.contains(main.frameGeometry())
    main.close()
