"""How many numbers wait for a decision, for the rail: counted at the start, at each change, and each hour."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.people import holds
from app.workspace import Workspace
from ui import background
from ui.bridge import Bridge

_HOUR_MS = 3_600_000


class HoldCount(QObject):
    """``waiting`` carries the number; it is said again only by what changed."""

    waiting = Signal(int)

    def __init__(self, workspace: Workspace, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._reader = background.Refresher(self, lambda _job: self._read(), self.waiting.emit)
        bridge.opt_out_changed.connect(lambda _event: self._reader.again())
        bridge.changed_elsewhere.connect(lambda _event: self._reader.again())
        self._timer = QTimer(self)
        self._timer.setInterval(_HOUR_MS)
        self._timer.timeout.connect(self._reader.again)
        self._timer.start()
        self._reader.again()

    def _read(self) -> int:
        return holds.counts(self._workspace.store, self._workspace.clock.now())[0]
