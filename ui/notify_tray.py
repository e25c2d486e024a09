"""The icon in the desktop's tray: a bubble, with a dot while texts wait, and the notification it can show."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from ui import icons, theme

#: Milliseconds that a notification is asked to stay; most desktops decide that themselves.
STAY_MS, STAY_URGENT_MS = 8_000, 30_000
_EDGE = 64


def picture(*, waiting: bool) -> QIcon:
    """The icon: it is seen on light trays and on dark ones."""
    colours = theme.current()
    image = QPixmap(_EDGE, _EDGE)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.accent_fill))
    painter.drawRoundedRect(QRectF(2, 2, _EDGE - 4, _EDGE - 4), 14, 14)
    icons.paint(painter, "message-circle", QRectF(13, 13, _EDGE - 26, _EDGE - 26), colours.accent_ink)
    if waiting:
        painter.setBrush(QColor(colours.badge))
        painter.drawEllipse(QRectF(_EDGE - 27, 1, 26, 26))
    painter.end()
    return QIcon(image)


class Tray(QObject):
    """Shown as long as the window lives. ``clicked`` for the notification, ``opened`` for the icon."""

    clicked = Signal()
    opened = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.icon = QSystemTrayIcon(picture(waiting=False), self)
        self.menu = QMenu(window)
        self.menu.addAction("Open p2ptext").triggered.connect(lambda _on=False: self.opened.emit())
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self.clicked)
        self.set_count(0)
        self.icon.show()

    def set_count(self, count: int) -> None:
        """How many texts nobody has read; the number is in the icon's tip."""
        self.icon.setIcon(picture(waiting=count > 0))
        self.icon.setToolTip(f"p2ptext: {count:,} not read" if count else "p2ptext")

    def show_message(self, title: str, body: str, *, urgent: bool) -> None:
        """Show a notification."""
        kind = QSystemTrayIcon.MessageIcon.Warning if urgent else QSystemTrayIcon.MessageIcon.NoIcon
        self.icon.showMessage(title, body, kind, STAY_URGENT_MS if urgent else STAY_MS)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.opened.emit()

    def close(self) -> None:
        """Take the icon away."""
        self.icon.hide()
