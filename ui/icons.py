"""The icons: Lucide's SVGs, painted in the colour that the theme asks for.

Qt paints ``currentColor`` black, so the colour is put into the text before it is rendered.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer


@lru_cache(maxsize=128)
def _svg(name: str) -> str:
    return files("resources").joinpath("icons", f"{name}.svg").read_text("utf-8")


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_svg(name).replace("currentColor", colour).encode()))


def paint(painter: QPainter, name: str, rect: QRectF, colour: str) -> None:
    """Draw the icon ``name`` into ``rect``. Raises ``FileNotFoundError`` for an icon that is not there."""
    _renderer(name, QColor(colour).name()).render(painter, rect)


def pixmap(name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon as a pixmap of ``size`` logical pixels at the device's ``ratio``."""
    image = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    paint(painter, name, QRectF(0, 0, size, size), colour)
    painter.end()
    return image


def icon(name: str, colour: str, size: int = 18) -> QIcon:
    """The icon for buttons and lists, sharp at 100 % and 200 %."""
    result = QIcon()
    for ratio in (1.0, 2.0):
        result.addPixmap(pixmap(name, colour, size, ratio))
    return result
