"""The keys of the desk that more than one of its parts speaks of."""

from __future__ import annotations

from PySide6.QtCore import Qt

#: Modifiers that typing a letter or a digit may need; with any other one a key is not the desk's.
TYPED = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
#: How far each key scrolls a long card, in steps.
SCROLL = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -4, Qt.Key.Key_PageDown: 4}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
