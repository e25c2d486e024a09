"""The field for a PIN, and the wait after wrong ones, counted down."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QRegularExpression, QTimer, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QWidget

from app.clock import Clock
from app.operators import pins
from app.operators.profiles import WrongPinError
from ui import theme
from ui.wording import sentence

_DIGITS = QRegularExpression("[0-9]*")


class PinField(QLineEdit):
    """Dots for digits; takes nothing else, and offers nothing to copy."""

    def __init__(self, parent: QWidget, name: str = "PIN") -> None:
        super().__init__(parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setMaxLength(pins.MOST_DIGITS)
        self.setValidator(QRegularExpressionValidator(_DIGITS, self))
        self.setAccessibleName(name)
        self.setMinimumHeight(theme.em(parent, 2))


class Waiting(QObject):
    """Counts the seconds down that somebody has to wait. ``changed(sentence)``; "" when it is over."""

    changed = Signal(str)

    def __init__(self, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._clock = clock
        self._until = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(250)
        self._timer.timeout.connect(self.look)

    @property
    def waits(self) -> bool:
        """Whether the wait goes on."""
        return self._timer.isActive()

    def after(self, error: Exception) -> None:
        """Say what was wrong, and begin to count where there is a wait."""
        wait = error.wait if isinstance(error, WrongPinError) else 0.0
        self._until = self._clock.monotonic() + wait
        if wait > 0:
            self._timer.start()
            self.look()
        else:
            self._timer.stop()
            self.changed.emit(sentence(error))

    def forget(self) -> None:
        """Another person was chosen: their own wait is told by the next try."""
        self._timer.stop()
        self.changed.emit("")

    def look(self) -> None:
        """Say how long it still is."""
        left = math.ceil(self._until - self._clock.monotonic())
        if left <= 0:
            self.forget()
            return
        seconds = "1 second" if left == 1 else f"{left} seconds"
        self.changed.emit(f"Too many wrong PINs. The next try waits {seconds}.")
