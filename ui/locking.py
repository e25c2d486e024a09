"""The lock of the window: after idle minutes, or Ctrl+L at once. Receiving goes on; nothing can be sent.

An opaque page takes the window's place, dialogs are hidden, shortcuts are off, and the store refuses presses
as clicks, so that whatever reaches a Send button cannot send. The passphrase takes the page away, and where
several people work or one has a PIN, somebody says who they are. With neither there is no lock.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShortcut, QWindow
from PySide6.QtWidgets import QApplication, QDialog, QFrame, QGridLayout, QWidget

from app.operators.profiles import Profile
from app.workspace import Workspace
from ui import theme
from ui.operators.signin import SignIn
from ui.press import PressButton
from ui.unlock import UnlockForm
from ui.widgets import Panel

if TYPE_CHECKING:
    from ui.shell import MainWindow

CHOICES = (0, 5, 15, 60)  # minutes; 0: never
#: How often idleness is looked at.
TICK_MS = 5_000
_INPUT = frozenset(
    (
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    )
)


class LockPage(QFrame):
    """Covers the window: nothing is seen through it. ``unlocked(Profile | None)`` says who took it away.

    ``opened``: the passphrase was typed just now, so that only who is there is asked.
    """

    unlocked = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget, *, opened: bool = False) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.setAutoFillBackground(True)
        self.setObjectName("lockpage")
        self.setAccessibleName("Locked")
        self._panel = panel = Panel(self, margin=1.6)
        panel.setFixedWidth(theme.em(self, 30))
        self.form = UnlockForm(
            workspace.folder,
            "p2ptext is locked",
            "Texts are still received and kept. Nothing can be sent until the passphrase is typed.",
            panel,
        )
        panel.body.addWidget(self.form)
        grid = QGridLayout(self)
        grid.addWidget(panel, 1, 1)
        for edge in (0, 2):
            grid.setRowStretch(edge, 1)
            grid.setColumnStretch(edge, 1)
        self.form.unlocked.connect(self._check)
        self.sign_in: SignIn | None = None
        if opened or not workspace.encrypted:
            self._ask_who()

    def _check(self, key: bytes) -> None:
        if self._workspace.key is None or not hmac.compare_digest(key, self._workspace.key):
            self.form.problem.setText("This passphrase belongs to other data. Nothing was changed.")
        elif self._workspace.asks_who:
            self._ask_who()
        else:
            self.unlocked.emit(None)

    def _ask_who(self) -> None:
        self.form.hide()
        self.sign_in = SignIn(self._workspace, self._panel)
        self.sign_in.done.connect(self.unlocked)
        self._panel.body.addWidget(self.sign_in)
        self.sign_in.show()
        self.take_focus()

    def take_focus(self) -> None:
        """The keyboard goes to what is asked."""
        (self.sign_in or self.form).setFocus()


class Locker(QObject):
    """Watches for idleness and locks ``window``. Lives as long as the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._workspace = window.workspace
        self.page: LockPage | None = None
        self._hidden: list[QWidget] = []
        self._covered: list[QWidget] = []
        self._off: list[QShortcut] = []
        self._armed: list[PressButton] = []
        #: The dialogs of people who are not there now, by who they are: they come back with their person.
        self._left: dict[int, list[QWidget]] = {}
        window.locker = self
        self._touch()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.look)
        self._app = QApplication.instance()
        self.rearm()

    @property
    def can_lock(self) -> bool:
        """Whether there is something to lock with: a passphrase, or people who say who they are."""
        return self._workspace.encrypted or self._workspace.asks_who

    def rearm(self) -> None:
        """Begin to watch, if there is something to lock with and nobody watches yet."""
        if not self.can_lock or self._timer.isActive() or not isinstance(self._app, QApplication):
            return
        self._timer.start()
        # The windows themselves are watched: few events come by there, and each that a person makes.
        self._app.focusWindowChanged.connect(self._watch)
        self._watch(self._app.focusWindow())

    def ask_who(self) -> None:
        """At the start: nobody is there yet. Nothing happens where nobody is asked."""
        if self._workspace.asks_who:
            self._workspace.sign_in(None)
            self.lock(opened=True)

    @property
    def locked(self) -> bool:
        """Whether the window is locked."""
        return self.page is not None

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)

    def _touch(self) -> None:
        clock = self._workspace.clock
        self._last = (clock.monotonic(), clock.now())

    def look(self) -> None:
        """Lock when nobody has touched anything for long enough; a sleeping computer counts as idle."""
        minutes = self._workspace.settings.lock_minutes
        clock = self._workspace.clock
        idle = max(clock.monotonic() - self._last[0], clock.now() - self._last[1])
        if minutes > 0 and idle >= minutes * 60:
            self.lock()

    # -- locking ------------------------------------------------------------------------------

    def lock(self, *, opened: bool = False) -> None:
        """Lock now. Nothing happens where there is nothing to lock with, or twice.

        ``opened``: the data was opened with its passphrase just now.
        """
        if self.locked or not self.can_lock:
            return
        self._workspace.store.locked = True
        active = QApplication.activeWindow() is not None
        page = self.page = LockPage(self._workspace, self._window, opened=opened)
        page.unlocked.connect(self._unlock)
        self._window.setWindowTitle("Locked – p2ptext")
        self._off = [s for s in self._window.findChildren(QShortcut) if s.isEnabled()]
        for shortcut in self._off:
            shortcut.setEnabled(False)
        self._armed = [button for button in self._window.findChildren(PressButton) if button.gate.armed]
        for button in self._armed:
            button.disarm()
        for widget in QApplication.topLevelWidgets():
            self._hide(widget)
        # Hidden, and not only covered: what is hidden takes no key, and is read out by no screen reader.
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        self._covered = [
            child
            for child in self._window.findChildren(QWidget, options=direct)
            if child is not page and not child.isWindow() and not child.isHidden()
        ]
        for child in self._covered:
            child.hide()
        self._cover()
        page.show()
        page.raise_()
        if active:  # perhaps a dialog was, which is hidden now
            self._window.activateWindow()
        page.take_focus()
        if self._app is not None:
            self._app.installEventFilter(self)

    def _cover(self) -> None:
        if self.page is not None:
            self.page.setGeometry(self._window.rect())

    def _hide(self, widget: QWidget) -> None:
        if not self.locked or not self._window.isVisible() or not shiboken6.isValid(widget):
            return
        if widget is not self._window and widget.isVisible():
            widget.hide()
            if isinstance(widget, QDialog):
                self._hidden.append(widget)

    def _unlock(self, who: Profile | None = None) -> None:
        before = self._workspace.signed_in
        if who is not None:
            if before is not None and before.id != who.id:
                self._left.setdefault(before.id, []).extend(self._hidden)
                self._hidden = []
            self._workspace.sign_in(who)
            self._hidden = [*self._left.pop(who.id, []), *self._hidden]
        page, self.page = self.page, None
        if self._app is not None:
            self._app.removeEventFilter(self)
        self._workspace.store.locked = False
        self._touch()
        for child in filter(shiboken6.isValid, self._covered):
            child.show()
        for shortcut in filter(shiboken6.isValid, self._off):
            shortcut.setEnabled(True)
        if page is not None:
            page.hide()
            page.deleteLater()
        self._window.show_who()
        if self._window.here:
            self._window.go(self._window.here)
        for button in filter(shiboken6.isValid, self._armed):
            button.forget_keys()  # what was pressed meanwhile was not meant for it
            button.arm()  # and the dwell begins anew
        hidden, self._hidden = self._hidden, []
        for widget in filter(shiboken6.isValid, hidden):
            widget.show()

    # -- Qt's events --------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _INPUT and isinstance(watched, QWindow):
            self._touch()
            if isinstance(event, QKeyEvent) and _is_lock_key(event) and self.can_lock:
                QTimer.singleShot(0, self, self.lock)
                return True
        elif self.locked:
            if kind == QEvent.Type.Resize and watched is self._window:
                self._cover()
            elif kind == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                # A dialog that work in the background opens now waits until the window is unlocked.
                QTimer.singleShot(0, self, lambda: self._hide(watched))
        return False


def _is_lock_key(event: QKeyEvent) -> bool:
    control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
    return control and event.key() == Qt.Key.Key_L and event.type() == QEvent.Type.KeyPress
