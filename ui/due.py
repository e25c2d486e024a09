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


class DueTicker(QObject):
    """Prepares off the GUI thread; nothing here sends. ``prepared`` carries what one run did."""

    prepared = Signal(object)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._work = background.Refresher(
            self,
            lambda _job: due.prepare(workspace.store, workspace.clock),
            self.prepared.emit,
            lambda error: log.error("what is due could not be prepared: %s", error),
        )
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._work.again)
        self._timer.start()
        bridge.contacts_changed.connect(lambda _event: self._work.again())
        bridge.campaign_changed.connect(lambda _event: self._work.again())
        bridge.changed_elsewhere.connect(lambda _event: self._work.again())
        self._work.again()
