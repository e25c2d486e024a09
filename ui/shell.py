"""The window: the rail, the pages, and the way between them."""

from __future__ import annotations

import gc
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QDialog,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.workspace import Workspace
from ui import background, pages, place, theme, warming
from ui.away import AwayNotice
from ui.bridge import Bridge
from ui.due import DueTicker
from ui.hold_count import HoldCount
from ui.notify import Notifier
from ui.operators.who import WhoButton
from ui.rail import Rail
from ui.undo import UndoBar
from ui.widgets import ErrorPanel

if TYPE_CHECKING:
    from app.texting.lines import LineManager
    from ui.locking import Locker

log = logging.getLogger(__name__)

#: The smallest window that everything fits into at 100 % text.
SMALLEST = QSize(800, 520)


#: After so many milliseconds everything that lives as long as the program has been made.
FREEZE_MS = 3000


def _freeze() -> None:
    """Take what is there now out of the garbage collector's rounds, each of which would stall the window."""
    gc.collect()
    gc.freeze()


class MainWindow(QWidget):
    """The one window. ``lines`` is the line manager; it is started and stopped by who made it."""

    page_shown = Signal(str)

    def __init__(self, workspace: Workspace, lines: LineManager, parent: QWidget | None = None) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, workspace.settings.theme)  # before any widget measures its font
        super().__init__(parent)
        self.workspace = workspace
        self.lines = lines
        self.setWindowTitle("p2ptext")
        self.bridge = Bridge(workspace.store, self)
        self._pages: dict[str, QWidget] = {}
        self._kinds = {kind.name: kind for kind in pages.PAGES}
        self._here, self._unread = "", 0
        self._first_run: QWidget | None = None
        #: What locks the window and asks who is there; it says so itself.
        self.locker: Locker | None = None
        self._line_reader = background.Refresher(
            self, lambda _job: self.lines.views(), lambda views: self.rail.show_lines(views)
        )
        self._build()
        self.bridge.line_changed.connect(lambda _event: self._lines_timer.start())
        self.bridge.changed.connect(self._count_again)
        self._counts = background.Refresher(self, lambda _job: self._read_unread(), self._show_unread)
        background.on_failure(self._show_failure)
        theme.changes().changed.connect(self._repaint_all)
        self._line_reader.again()
        self.due = DueTicker(workspace, self.bridge, self)
        self.due.waiting.connect(self.rail.buttons["desk"].set_count)
        self.holds = HoldCount(workspace, self.bridge, self)
        self.holds.waiting.connect(self.rail.buttons["optouts"].set_count)
        self.notifier = Notifier(self)
        self.rail.add_foot(self.notifier.quiet)
        self._put = place.put(self, workspace.settings.window)

    def _build(self) -> None:
        self.setMinimumSize(SMALLEST)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.rail = Rail(self)
        self.rail.chosen.connect(self.go)
        layout.addWidget(self.rail)
        self.who = WhoButton(self.workspace, self)
        self.rail.add_foot(self.who)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        self.error_panel = ErrorPanel(action="Close", parent=self)
        self.error_panel.acted.connect(self.error_panel.hide)
        self.error_panel.hide()
        right.addWidget(self.error_panel)
        self.away = AwayNotice(self.workspace, self._show_failure, self)
        right.addWidget(self.away)
        self._stack = QStackedWidget(self)
        right.addWidget(self._stack, 1)
        frame = QFrame(self)
        frame.setLayout(right)
        layout.addWidget(frame, 1)
        self.undo_bar = UndoBar(self.workspace, self, lambda: self._undo_slot())
        self._lines_timer = QTimer(self)
        self._lines_timer.setSingleShot(True)
        self._lines_timer.setInterval(50)
        self._lines_timer.timeout.connect(self._line_reader.again)
        # What was sent today stands at the rail's foot too; it need not be counted at every text.
        self._sent_timer = QTimer(self)
        self._sent_timer.setSingleShot(True)
        self._sent_timer.setInterval(800)
        self._sent_timer.setObjectName("later")
        self._sent_timer.timeout.connect(self._line_reader.again)
        self.bridge.message_changed.connect(lambda _event: self._count_sent_soon())
        for kind in pages.PAGES:
            shortcut = QShortcut(QKeySequence(f"Ctrl+{kind.key}"), self)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(lambda name=kind.name: self.go(name))

    # -- pages --------------------------------------------------------------------------------

    @property
    def here(self) -> str:
        """The name of the page in view."""
        return self._here

    def page(self, name: str) -> QWidget:
        """The page called ``name``, made at its first use. Raises ``KeyError`` for an unknown name."""
        if name not in self._pages:
            warming.wait()
            page = pages.make(self._kinds[name], self.workspace, self.lines, self.bridge, self.go)
            self._pages[name] = page
            self._stack.addWidget(page)
            badge = getattr(page, "badge", None)
            if badge is not None:
                badge.connect(self.rail.buttons[name].set_count)
        return self._pages[name]

    def go(self, name: str, **where: Any) -> None:
        """Bring a page into view; ``where`` is handed to its ``open_at``. The first run comes first."""
        if self._first_run is not None:
            return
        page = self.page(name)
        self._here = name
        self._stack.setCurrentWidget(page)
        self.rail.show_page(name)
        self._say_title()
        open_at = getattr(page, "open_at", None)
        if where and callable(open_at):
            open_at(**where)
        refresh = getattr(page, "refresh", None)
        if callable(refresh):
            refresh()
        page.setFocus()
        self.page_shown.emit(name)
        self.undo_bar.place_again()

    def _undo_slot(self) -> QBoxLayout | None:
        """Where the page in view has room for the word of an undo; None for the gap below its heading."""
        slot = getattr(self._pages.get(self._here), "undo_slot", None)
        found = slot() if callable(slot) else None
        return found if isinstance(found, QBoxLayout) else None

    # -- who is there -------------------------------------------------------------------------

    def show_who(self) -> None:
        """Somebody signed in, or who works here changed."""
        self.who.show_who()
        for page in self._pages.values():
            somebody_else = getattr(page, "somebody_else", None)
            if callable(somebody_else):
                somebody_else()
        if self.locker is not None:
            self.locker.rearm()

    # -- what is always in view ---------------------------------------------------------------

    def _count_sent_soon(self) -> None:
        if not self._sent_timer.isActive():
            self._sent_timer.start()

    def _count_again(self, _events: object) -> None:
        self._counts.again()

    def _read_unread(self) -> int:
        from app.conversations import threads

        return int(threads.unread_total(self.workspace.store))

    def _show_unread(self, count: int) -> None:
        self.rail.buttons["inbox"].set_count(count)
        self._unread = count
        self._say_title()
        self.notifier.set_count(count)

    def _say_title(self) -> None:
        """The page in view, and before it how many texts nobody has read. A locked window does not say."""
        if not self._here or (self.locker is not None and self.locker.locked):
            return
        title = getattr(self._pages[self._here], "title", None)
        count = f"({self._unread:,}) " if self._unread else ""
        self.setWindowTitle(f"{count}{title()} – p2ptext" if callable(title) else "p2ptext")

    def _show_failure(self, error: Exception) -> None:
        """An error nobody expected: said in a panel, kept in the log, never a bare traceback."""
        if shiboken6.isValid(self.error_panel):
            self.error_panel.show_error(
                f"Something went wrong while reading or saving ({type(error).__name__}: {error}).",
                "What was saved before is kept.",
                "Try again; if it stays, restart p2ptext and look into its log.",
                "Close",
            )

    def _repaint_all(self) -> None:
        for widget in self.findChildren(QWidget):
            widget.update()

    # -- Qt's events --------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        compact = self.width() < theme.em(self, 50)
        self.rail.set_compact(compact)
        self.who.set_compact(compact)
        self.notifier.quiet.set_compact(compact)
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            background.run(self, lambda _job: self.workspace.store.check_elsewhere())
            self.notifier.came()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        for training in self.findChildren(QDialog, "training"):
            training.close()  # its emulator ends, and its folder goes
        self._keep_place()
        self.bridge.close()
        self.notifier.close()
        background.on_failure(None)
        for reader in self.findChildren(background.Refresher):
            reader.stop()
        background.stop_all()
        super().closeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        if not self._here and self._first_run is None:
            self.start()
        super().showEvent(event)
        QTimer.singleShot(0, self, lambda: place.draw_in(self, self._put))

    def start(self) -> None:
        """Show the first page: the first-run questions, or the desk."""
        self._counts.again()
        QTimer.singleShot(warming.AFTER_MS, self, self._warm)
        QTimer.singleShot(FREEZE_MS, self, _freeze)
        if self.workspace.settings.first_run_done:
            self.go("desk")
            self.show_who()
            if self.locker is not None:
                self.locker.ask_who()
            return
        from ui.firstrun import FirstRunPage

        page = self._first_run = FirstRunPage(self.workspace, self)
        page.answered.connect(self._first_run_done)
        self.rail.setEnabled(False)
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        self.setWindowTitle(f"{page.title()} – p2ptext")
        page.texter.setFocus()

    def _warm(self) -> None:
        background.run(self, lambda _job: warming.warm())

    def _keep_place(self) -> None:
        """The next start opens where this one was closed."""
        settings, here = self.workspace.settings, place.words_of(self)
        if not settings.first_run_done or here == settings.window:
            return
        try:
            self.workspace.change_settings(replace(settings, window=here))
        except OSError as error:  # a full disk, a folder that is gone: it opens as before
            log.warning("where the window stood is not kept: %s", error)

    def _first_run_done(self, practice: bool) -> None:
        self.rail.setEnabled(True)
        first, self._first_run = self._first_run, None
        self.go("desk" if practice else "lines")
        if first is not None:
            self._stack.removeWidget(first)
            first.deleteLater()
        if practice:
            from ui.lines import PRACTICE_URL

            background.run(
                self, lambda _job: self.lines.add(PRACTICE_URL, "Practice line", practice=True), urgent=True
            )
