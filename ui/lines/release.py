"""Plain steps for what this program cannot do by itself: freeing a port, and the right to use it."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from ui import theme
from ui.widgets import KeyButton, PlainLabel

RELEASE = "How to release the modem"
PERMISSION = "How to get permission"

_RELEASE_LINUX = """\
1. Close other programs that use the modem: the maker's own, minicom, gammu, smsd.
2. Is it ModemManager? Then either text through it (the button on the card, which needs nothing else), or \
stop it until the next start of the computer:
      sudo systemctl stop ModemManager
   To keep it away from this modem for good, “p2ptext doctor” prints a udev rule.
3. Is it brltty? On computers without a braille display:
      sudo systemctl mask --now brltty-udev.service
4. Unplug the modem, wait ten seconds, plug it in again.
5. Press Try again."""
_RELEASE_OTHER = """\
1. Close other programs that use the modem: the maker's own dial-up program often starts by itself and sits \
beside the clock.
2. Unplug the modem, wait ten seconds, plug it in again.
3. Press Try again."""
_PERMISSION_LINUX = """\
1. The port belongs to a group, most often dialout (uucp on some systems). Join it:
      sudo usermod -aG dialout "$USER"
2. Log out and in again: a running session does not notice. On some desktops only a restart does it.
3. Open p2ptext and press Try again.
“p2ptext doctor” tells which group it is."""
_PERMISSION_OTHER = """\
1. Close other programs that use the modem: a port that another program holds is refused in the same words.
2. Start p2ptext as the person who plugged the modem in.
3. Press Try again."""


def steps(title: str, platform: str = sys.platform) -> str:
    """The steps on this kind of computer."""
    linux = platform.startswith("linux")
    if title == RELEASE:
        return _RELEASE_LINUX if linux else _RELEASE_OTHER
    return _PERMISSION_LINUX if linux else _PERMISSION_OTHER


def steps_dialog(parent: QWidget, title: str, what: str) -> QDialog:
    """An open dialog; its commands can be copied. ``what`` is what the modem layer said."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setMinimumSize(theme.em(dialog, 36), theme.em(dialog, 20))
    layout = QVBoxLayout(dialog)
    layout.addWidget(PlainLabel(title, dialog, size="title", bold=True))
    layout.addWidget(PlainLabel(what, dialog, quiet=True, wrap=True))
    text = QPlainTextEdit(dialog)
    text.setReadOnly(True)
    text.setTabChangesFocus(True)
    text.setAccessibleName(title)
    text.setPlainText(steps(title))
    layout.addWidget(text, 1)
    row = QHBoxLayout()
    row.addStretch(1)
    close = KeyButton("Close", "Esc", dialog)
    close.clicked.connect(dialog.reject)
    row.addWidget(close)
    layout.addLayout(row)
    dialog.open()
    close.setFocus()
    return dialog
