"""The bell at the rail's foot: whether it is quiet and until when, and the menu that makes it so."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu

from app.conversations import notices
from ui import background
from ui.pages import PageKind
from ui.rail import RailButton

if TYPE_CHECKING:
    from ui.shell import MainWindow

KEY = "Ctrl+B"
_BELL = PageKind("quiet", "", "bell", "B", "", "")
_NO_BELL = dataclasses.replace(_BELL, icon="bell-off")


class QuietButton(RailButton):
    """Says "Quiet until 15:40" while it is; its menu begins a quiet and ends it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(_BELL, window)
        self._main, self._workspace = window, window.workspace
        self.choices: QMenu | None = None
        self.setCheckable(False)
        self.clicked.connect(self.show_menu)
        shortcut = QShortcut(QKeySequence(KEY), window)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(self.show_menu)
        self.show_quiet()

    def show_quiet(self) -> None:
        """Show how it is now."""
        settings, now = self._workspace.settings, self._workspace.clock.now()
        words = notices.quiet_words(settings, now)
        off = settings.notify == "off" and not settings.notify_sound
        self.kind = _NO_BELL if words or off else _BELL
        said = words or ("Notices off" if off else "Notices")
        if said != self.text():
            self.setText(said)
        spoken = words or ("Notifications are off" if off else "Notifications are on")
        self.setAccessibleName(spoken)
        self.setAccessibleDescription(f"Be quiet for a while. Key: {KEY}")
        self.setToolTip(f"{spoken} ({KEY})")
        self.update()

    def set_compact(self, compact: bool) -> None:
        """Show the icon alone; the words are the tooltip."""
        super().set_compact(compact)
        self.show_quiet()

    def show_menu(self) -> None:
        """Offer how long it is to be quiet."""
        from ui.inbox.later import DigitMenu

        settings, now = self._workspace.settings, self._workspace.clock.now()
        menu = DigitMenu(self._main, "Be quiet")
        for place, (words, until) in enumerate(notices.choices(now), 1):
            menu.add(str(place), f"Quiet {words[0].lower()}{words[1:]}", partial(self.be_quiet, until))
        if notices.quiet(settings, now):
            menu.add("0", "End the quiet", partial(self.be_quiet, 0.0))
        menu.add("", "Settings…", lambda: self._main.go("settings"))
        self.choices = menu
        menu.popup(self.mapToGlobal(QPoint(self.width(), self.height() - menu.sizeHint().height())))
        menu.setActiveAction(menu.actions()[0])

    def be_quiet(self, until: float) -> None:
        """No notification and no sound before ``until`` (UTC seconds; 0 ends it, ``ALWAYS`` lasts)."""
        workspace = self._workspace

        def work(_job: background.Job) -> None:
            workspace.change_settings(dataclasses.replace(workspace.settings, quiet_until=float(until)))

        background.run(self, work, lambda _none: self._changed(), urgent=True)

    def _changed(self) -> None:
        from ui.notify_settings import NotifySettings

        self.show_quiet()
        for panel in self._main.findChildren(NotifySettings):
            panel.refresh()
