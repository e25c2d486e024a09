"""A found text that is longer than its row: whole lines alone are painted, each in its place."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.conversations.search import Hit
from ui.inbox import found

ROOM = QRect(10, 10, 150, 38)
WORD = "mmmmmmmmmmmm"  # one fills a line


def painted(hit: Hit) -> QImage:
    picture = QImage(200, 120, QImage.Format.Format_RGB32)
    picture.fill(0xFFFFFF)
    painter = QPainter(picture)
    found._draw(painter, ROOM, hit, QFont())
    painter.end()
    return picture


def test_a_long_text_is_cut_between_its_lines(qapp: QApplication) -> None:
    hit = Hit(1, 1, "Ana", "+1 312", "A", 0.0, "in", " ".join([WORD] * 2))
    short, long = (
        painted(hit),
        painted(dataclasses.replace(hit, snippet=" ".join([WORD] * 2 + ["XXXXXXXX"] * 9))),
    )
    assert long == short, "what has no room leaves no mark"
    dark = {y for y in range(120) for x in range(200) if long.pixelColor(x, y).lightness() < 200}
    assert dark, "the lines are there"
    assert dark <= set(range(ROOM.top() - 2, ROOM.bottom() + 5))
