"""The one place where a human's press becomes a click.

A :class:`PressButton` emits ``pressed_for_real`` with an :class:`app.texting.clicks.Press` for a key or
mouse press that a person made, and for nothing else:

- ``click()``, ``animateClick()`` and events made by code are no presses;
- key auto-repeat is none, and a send key must be let go before the next press counts; a display server
  that tells repetition as release and press in the same instant is seen through;
- the second press of a double click is none, nor any that follows another within the double-click time;
- a press within the dwell after :meth:`PressButton.arm` is none: nobody has read the card by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QInputDevice, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.clock import Clock
from ui.widgets import KeyButton

if TYPE_CHECKING:
    pass

#: Seconds between a card's first painting and the first press that counts.
DWELL = 0.150

#: Seconds between letting a key go and pressing it again below which no finger did it. X11 tells auto-repeat
#: as such pairs, and Qt takes them for real when the second half comes in late.
FINGER_GAP = 0.040

#: The keys that press a focused button or, on the desk, Send.
SEND_KEYS = {
    int(Qt.Key.Key_Return): "key:Return",
    int(Qt.Key.Key_Enter): "key:Enter",
    int(Qt.Key.Key_Space): "key:Space",
    int(Qt.Key.Key_Semicolon): "key:Semicolon",
}
_BARE = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class PressGate:
    """The rules, without a widget. Times are seconds of the monotonic clock."""

    def __init__(self, dwell: float = DWELL) -> None:
        self.dwell = dwell
        self._armed_at: float | None = None
        self._held: set[int] = set()
        self._let_go: dict[int, tuple[float, float]] = {}  # key -> its last release: our clock, the event's
        self._last_mouse: float | None = None
        self._used = False

    @property
    def armed(self) -> bool:
        """True while a press could count."""
        return self._armed_at is not None and not self._used

    def arm(self, now: float) -> None:
        """A new card is to be seen; one press may count after the dwell."""
        self._armed_at = now
        self._used = False

    def disarm(self) -> None:
        """No press counts until :meth:`arm`."""
        self._armed_at = None

    def forget_keys(self, now: float) -> None:
        """The window came back: releases may have gone elsewhere. The dwell starts anew."""
        self._held.clear()
        if self._armed_at is not None:
            self._armed_at = now

    def key_press(self, key: int, *, repeat: bool, now: float, stamp: float = 0.0) -> bool:
        """True if this key press is to count. ``stamp`` is the event's own time in seconds, 0 for none."""
        if repeat:
            return False
        free = not self._held and not self._still_down(key, now, stamp)
        self._held.add(key)
        return free and self._take(now)

    def key_release(self, key: int, *, repeat: bool, now: float = 0.0, stamp: float = 0.0) -> None:
        """A key was let go."""
        if not repeat:
            self._held.discard(key)
            self._let_go[key] = (now, stamp)

    def _still_down(self, key: int, now: float, stamp: float) -> bool:
        """Whether the last release of ``key`` was half of a repetition and not a finger's."""
        at, its_stamp = self._let_go.get(key, (float("-inf"), 0.0))
        # The display server's own times tell the truth even when the events come in late.
        gap = stamp - its_stamp if stamp and its_stamp else now - at
        return 0 <= gap < FINGER_GAP

    def mouse_press(self, *, double: bool, now: float, double_time: float) -> bool:
        """True if the release of this mouse press may count."""
        before, self._last_mouse = self._last_mouse, now
        return not double and (before is None or now - before >= double_time) and self._ready(now)

    def mouse_release(self, now: float) -> bool:
        """True if the release inside the button is to count; :meth:`mouse_press` said yes before."""
        return self._take(now)

    def _ready(self, now: float) -> bool:
        return self.armed and self._armed_at is not None and now - self._armed_at >= self.dwell

    def _take(self, now: float) -> bool:
        if not self._ready(now):
            return False
        self._used = True
        return True


class PressButton(KeyButton):
    """A button whose press is a human's click: connect ``pressed_for_real``, never ``clicked``."""

    pressed_for_real = Signal(object)  # app.texting.clicks.Press

    def __init__(
        self,
        text: str,
        key: str,
        clock: Clock,
        parent: QWidget | None = None,
        *,
        keys: dict[int, str] | None = None,
    ) -> None:
        """``keys`` are Qt keys with their device names that press it besides :data:`SEND_KEYS`."""
        super().__init__(text, key, parent, primary=True)
        self._clock = clock
        self._keys = {**SEND_KEYS, **(keys or {})}
        self.gate = PressGate()
        self._mouse_counts = False

    def arm(self) -> None:
        """Something new is to be seen and may be sent with one press, after the dwell."""
        self.gate.arm(self._clock.monotonic())

    def disarm(self) -> None:
        """Nothing can be sent now."""
        self.gate.disarm()
        self._mouse_counts = False

    def forget_keys(self) -> None:
        """Call when the window becomes active again."""
        self.gate.forget_keys(self._clock.monotonic())

    def take_key(
        self, event: QKeyEvent, *, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> bool:
        """Offer a key press from the page; True if it was a send key (whether or not it counted).

        ``held`` are modifiers that may be held down with it.
        """
        device = self._keys.get(event.key())
        if device is None or event.modifiers() & ~held not in _BARE:
            return False
        real = event.spontaneous() and self.isEnabled() and self.isVisible()
        counts = self.gate.key_press(
            event.key(),
            repeat=event.isAutoRepeat(),
            now=self._clock.monotonic(),
            stamp=event.timestamp() / 1000,
        )
        if counts and real:
            self._emit(device)
        return True

    def take_release(self, event: QKeyEvent) -> bool:
        """Offer a key release from the page; True if it was a send key's."""
        if event.key() not in self._keys:
            return False
        self.gate.key_release(
            event.key(),
            repeat=event.isAutoRepeat(),
            now=self._clock.monotonic(),
            stamp=event.timestamp() / 1000,
        )
        return True

    def _emit(self, device: str) -> None:
        from app.texting.clicks import Press

        self.pressed_for_real.emit(
            Press(device=device, monotonic=self._clock.monotonic(), at=self._clock.now())
        )

    # -- Qt's events --------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.take_key(event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.take_release(event):
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._mouse_down(event, double=False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._mouse_down(event, double=True)

    def _mouse_down(self, event: QMouseEvent, *, double: bool) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        counts = self.gate.mouse_press(
            double=double,
            now=self._clock.monotonic(),
            double_time=QApplication.doubleClickInterval() / 1000,
        )
        self._mouse_counts = counts and event.spontaneous()
        self.setDown(True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.setDown(self.rect().contains(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setDown(False)
        counts, self._mouse_counts = self._mouse_counts, False
        inside = self.rect().contains(event.position().toPoint())
        if counts and inside and event.spontaneous() and self.gate.mouse_release(self._clock.monotonic()):
            touch = event.pointingDevice().type() == QInputDevice.DeviceType.TouchScreen
            self._emit("touch" if touch else "mouse")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.forget_keys()
        super().changeEvent(event)
