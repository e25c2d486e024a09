"""Where the window stands: inside a screen that is there, and where it stood the last time."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

#: The size of a first start, where the screen has room for it.
WANTED = QSize(1440, 900)
_MAXIMIZED = "maximized"


def bounded(wanted: QRect, there: Sequence[QRect]) -> QRect:
    """``wanted`` moved and shrunk into the screen that shows most of it, the first if none does.

    ``there`` are the screens' available places, the main one first; all in device-independent pixels.
    """
    if not there:
        return wanted
    screen = max(there, key=lambda each: _area(each.intersected(wanted)))
    size = wanted.size().boundedTo(screen.size())
    left = min(max(wanted.left(), screen.left()), screen.right() + 1 - size.width())
    top = min(max(wanted.top(), screen.top()), screen.bottom() + 1 - size.height())
    return QRect(left, top, size.width(), size.height())


def _area(place: QRect) -> int:
    return max(0, place.width()) * max(0, place.height())


def read(words: str) -> tuple[QRect, bool] | None:
    """A place that :func:`words_of` wrote, and whether it filled the screen; None for anything else."""
    pieces = words.split()
    try:
        left, top, width, height = (int(piece) for piece in pieces[:4])
    except ValueError:
        return None
    if not (0 < width < 100_000 and 0 < height < 100_000 and abs(left) < 100_000 and abs(top) < 100_000):
        return None
    return QRect(left, top, width, height), pieces[4:] == [_MAXIMIZED]


def words_of(window: QWidget) -> str:
    """Where a window stands, to be kept: "left top width height", and "maximized" where it fills a screen."""
    filled = window.isMaximized() or window.isFullScreen()
    place = window.normalGeometry() if filled else window.geometry()
    if not place.isValid():
        place = window.geometry()
    words = f"{place.x()} {place.y()} {place.width()} {place.height()}"
    return f"{words} {_MAXIMIZED}" if filled else words


def put(window: QWidget, words: str) -> QSize:
    """Before it is shown: where it stood (``words``, "" for nowhere yet), within the screens there are.

    Returns the size that it gave.
    """
    there = screens()
    kept = read(words)
    if kept is None:
        corner = there[0].topLeft() if there else QPoint()
        window.resize(bounded(QRect(corner, WANTED), there).size())
        return window.size()
    place, filled = kept
    window.setGeometry(bounded(place, there))
    if filled:
        window.setWindowState(window.windowState() | Qt.WindowState.WindowMaximized)
    return window.normalGeometry().size() if filled else window.size()


def draw_in(window: QWidget, given: QSize) -> None:
    """Once it is shown, with its frame: nothing of it stays outside of its screen.

    A window that somebody gave another size than ``given`` meanwhile keeps it.
    """
    if window.size() != given or window.isMaximized() or window.isFullScreen():
        return
    frame, inner = window.frameGeometry(), window.geometry()
    inside = bounded(frame, screens())
    if inside == frame:
        return
    edges = frame.size() - inner.size()
    window.resize(inside.size() - edges)
    window.move(inside.topLeft())


def screens() -> list[QRect]:
    """The available places of the screens there are, the main one first."""
    main = QGuiApplication.primaryScreen()
    if main is None:
        return []
    others = [each for each in QGuiApplication.screens() if each is not main]
    return [each.availableGeometry() for each in (main, *others)]
