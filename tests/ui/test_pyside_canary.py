"""PySide6 6.12.0 drops a reference to None in nearly every void call on Python 3.11: the process dies."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QAbstractListModel, QByteArray, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

ROUNDS = 1000


class Silent(QAbstractListModel):
    def rowCount(self, *_parent: object) -> int:
        return 1

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> object:
        return None


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_void_calls_keep_their_hands_off_none(qapp: QApplication) -> None:
    widget, image, model = QWidget(), QImage(8, 8, QImage.Format.Format_RGB32), Silent()
    index = model.index(0)

    def round_trip() -> None:
        widget.resize(10, 10)
        widget.setToolTip("x")
        widget.setProperty("p", 1)
        painter = QPainter(image)
        painter.setPen(QColor("red"))
        painter.save()
        painter.restore()
        painter.end()
        model.data(index, Qt.ItemDataRole.DisplayRole)
        model.itemData(index)
        QByteArray(b"x").clear()

    round_trip()
    before = sys.getrefcount(None)
    for _ in range(ROUNDS):
        round_trip()
    lost = before - sys.getrefcount(None)
    assert lost < ROUNDS, f"{lost} references to None were lost in {ROUNDS} rounds"
