"""What is due is prepared while the window is open: at its start, each minute, and when people change."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QTimer, Signal

from app.campaigns import due
from app.workspace import Workspace
from ui import background
from ui.bridge import Bridge

log = logging.getLogger(__name__)

EVERY_MS = 60_000
COUNT_MS = 800  # after a text that left, what still waits is counted again
QUICK = 0.2


def _log(error: Exception) -> None:
    log.error("what is due could not be looked at: %s", error)


class DueTicker(QObject):
    """Prepares off the GUI thread; nothing here sends.

    ``prepared`` carries what one run did, ``waiting`` how many due texts wait on the desk.
    """

    prepared = Signal(object)
    waiting = Signal(int)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._took = 0.0  # seconds, of the last run

        def prepare(_job: background.Job) -> due.Prepared:
            began = workspace.clock.monotonic()
            done = due.prepare(workspace.store, workspace.clock)
            self._took = workspace.clock.monotonic() - began
            return done

        self._work = background.Refresher(
            self,
            prepare,
            self._done,
            _log,
        )
        self._waits = False
        self._count = background.Refresher(
            self, lambda _job: due.waiting(workspace.store, workspace.clock), self._counted, _log
        )
        self._count_soon = QTimer(self)
        self._count_soon.setSingleShot(True)
        self._count_soon.setInterval(COUNT_MS)
        self._count_soon.setObjectName("later")
        self._count_soon.timeout.connect(self._count.again)
        bridge.message_changed.connect(lambda _event: self._message_changed())
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._work.again)
        self._timer.start()
        for signal in (bridge.contacts_changed, bridge.campaign_changed, bridge.changed_elsewhere):
            signal.connect(lambda _event: self._soon())
        self._work.again()

    def _done(self, done: due.Prepared) -> None:
        self.prepared.emit(done)
        self._count.again()

    def _counted(self, count: int) -> None:
        self._waits = bool(count)
        self.waiting.emit(count)

    def _message_changed(self) -> None:
        if self._waits:
            self._count_soon.start()

    def _soon(self) -> None:
        """Look at once where that is quick; among very many people the next minute is soon enough."""
        if self._took < QUICK:
            self._work.again()
