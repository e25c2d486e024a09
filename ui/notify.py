"""Desktop notifications of texts that came in: gathered, quiet where it is asked for, and never their words.

Shown by the tray where there is one, else by the desktop's message bus, else the window asks for attention.
What they may say is in :mod:`app.conversations.notices`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from app.conversations import notices
from app.conversations.notices import News, Words
from app.store.events import MessageReceived
from ui import background
from ui.notify_bus import DesktopBus, session_bus
from ui.notify_quiet import QuietButton
from ui.notify_sound import Sound
from ui.notify_tray import Tray

if TYPE_CHECKING:
    from ui.shell import MainWindow

#: What comes in within so many milliseconds is one notification.
GATHER_MS = 800
#: Old texts (a SIM full of yesterday's) are told of when none came in for so many seconds.
CALM = 8.0
#: Seconds between two notifications, safety words aside.
GAP = 20.0
#: How often (milliseconds) it is looked whether a quiet is over.
LOOK_MS = 15_000
_NO_DESKTOP = ("offscreen", "minimal", "vnc")


class Player(Protocol):
    """What makes the sound."""

    def play(self) -> None:
        """Once, without waiting for its end."""

    def close(self) -> None:
        """Let go of what it holds."""


class Desktop(QObject):
    """What can show a notification here: the tray, the bus, or the window that asks for attention."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.tray: Tray | None = None
        self.bus: DesktopBus | None = None
        if QGuiApplication.platformName() in _NO_DESKTOP:
            return
        if QSystemTrayIcon.isSystemTrayAvailable():
            self.tray = Tray(window)
        address = session_bus()
        if address:
            self.bus = DesktopBus(address, self)

    def show_words(self, words: Words) -> None:
        """Show a notification in the place of the one before."""
        if self.tray is not None and QSystemTrayIcon.supportsMessages():
            self.tray.show_message(words.title, words.body, urgent=words.urgent)
        elif self.bus is not None and self.bus.can_notify:
            self.bus.show(words.title, words.body, urgent=words.urgent)
        QApplication.alert(self._window)  # nothing happens where it has the focus

    def withdraw(self) -> None:
        """Somebody came to read."""
        if self.bus is not None:
            self.bus.withdraw()

    def set_count(self, count: int) -> None:
        """How many texts nobody has read: at the icon, and at the tray's."""
        app = QApplication.instance()
        if isinstance(app, QApplication) and app.platformName() not in _NO_DESKTOP:
            app.setBadgeNumber(count)
        if self.tray is not None:
            self.tray.set_count(count)

    def close(self) -> None:
        """Take everything away."""
        if self.tray is not None:
            self.tray.close()
        if self.bus is not None:
            self.bus.close()


class Notifier(QObject):
    """Lives as long as the window, and hears of its own store alone: a training has another."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._main, self._workspace = window, window.workspace
        self.desktop = Desktop(window)
        self.sound: Player = Sound()
        self._ids: list[int] = []  # came in, not announced yet
        self._opens: int | None = None  # what a click on the notification shows
        self._count = 0
        self._last = self._came_in = float("-inf")  # monotonic: the last notification, the last text
        self._screen_locked = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setObjectName("later")
        self._timer.timeout.connect(self.look)
        self.quiet = QuietButton(window)
        look = QTimer(self)
        look.setInterval(LOOK_MS)
        look.timeout.connect(self.quiet.show_quiet)
        look.start()
        window.bridge.message_received.connect(self._received)
        window.windowTitleChanged.connect(lambda _title: self._show())  # locking changes it too
        if self.desktop.tray is not None:
            self.desktop.tray.clicked.connect(self.open_news)
            self.desktop.tray.opened.connect(self.come_forward)
        if self.desktop.bus is not None:
            self.desktop.bus.clicked.connect(self.open_news)
            self.desktop.bus.locked.connect(self._lock_changed)

    # -- what came in ---------------------------------------------------------------------------

    def _received(self, event: MessageReceived) -> None:
        self._ids.append(event.message_id)
        self._came_in = self._workspace.clock.monotonic()
        if not self._timer.isActive():
            self._timer.start(GATHER_MS)

    def look(self) -> None:
        """Read what came in, and say it if it is time to."""
        ids, self._ids = self._ids, []
        if not ids:
            return
        store = self._workspace.store

        def done(found: tuple[News, ...]) -> None:
            self._read(ids, found)

        background.run(self, lambda _job: notices.read(store, ids), done)

    def _read(self, ids: list[int], found: tuple[News, ...]) -> None:
        news = tuple(one for one in found if not self._seen(one.conversation_id))
        if not news:
            return
        urgent = any(one.urgent for one in news)
        clock = self._workspace.clock
        due = self._last + GAP
        if all(one.old for one in news):
            due = max(due, self._came_in + CALM)
        rest = due - clock.monotonic()
        if rest > 0 and not urgent:
            self._ids = ids + self._ids
            self._timer.start(round(rest * 1000))
        else:
            self._last = clock.monotonic()
            self._announce(news, urgent=urgent)

    def _seen(self, conversation_id: int) -> bool:
        """Whether a person has that conversation before them."""
        window = self._main
        if not window.isActiveWindow() or window.here != "inbox" or self._locked:
            return False
        pane = getattr(window.page("inbox"), "pane", None)
        return pane is not None and pane.thread_id == conversation_id and pane.view.at_end

    @property
    def _locked(self) -> bool:
        return self._workspace.store.locked or self._screen_locked

    # -- saying it ------------------------------------------------------------------------------

    def _announce(self, news: tuple[News, ...], *, urgent: bool) -> None:
        settings, now = self._workspace.settings, self._workspace.clock.now()
        level = settings.notify if settings.notify in notices.LEVELS else "somebody"
        if level != "off" and (urgent or not notices.quiet(settings, now)):
            words = notices.words(news, level, locked=self._locked)
            self._opens = words.conversation_id
            self.desktop.show_words(words)
        if not notices.silent(settings, now):
            self.sound.play()

    def set_count(self, count: int) -> None:
        """So many texts are unread."""
        self._count = count
        self._show_count()

    def _show(self) -> None:
        self.quiet.show_quiet()
        self._show_count()
        if self._locked:
            self.desktop.withdraw()  # it may have names

    def _show_count(self) -> None:
        self.desktop.set_count(0 if self._locked else self._count)

    def _lock_changed(self, locked: bool) -> None:
        self._screen_locked = locked
        self._show()

    # -- a click on it --------------------------------------------------------------------------

    def open_news(self) -> None:
        """Show what the notification was about: the conversation, or who waits."""
        opens, self._opens = self._opens, None
        if not self.come_forward():
            return
        if opens is None:
            self._main.go("inbox")
        else:
            self._main.go("inbox", conversation_id=opens)

    def come_forward(self) -> bool:
        """Bring the window before the person; False where something else must be answered first."""
        window = self._main
        window.setWindowState(window.windowState() & ~window.windowState().WindowMinimized)
        window.show()
        window.raise_()
        modal = QApplication.activeModalWidget()
        (modal or window).activateWindow()
        self.desktop.withdraw()
        return modal is None and not self._workspace.store.locked

    def came(self) -> None:
        """The window has the focus: whoever is there sees who waits."""
        self.desktop.withdraw()

    def close(self) -> None:
        """The window closes."""
        self._timer.stop()
        self.desktop.close()
        self.sound.close()
