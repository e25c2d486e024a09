"""The one crossing from the app's events to Qt signals.

Events are published on whatever thread committed. They are gathered and handed over on the GUI thread,
each distinct one once, at most every :data:`EVERY_MS` milliseconds.
"""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.store import events
from app.store.engine import Store
from app.store.events import Event

EVERY_MS = 25


class Bridge(QObject):
    """``changed`` carries a tuple of distinct events; the other signals carry one event each."""

    changed = Signal(object)
    message_changed = Signal(object)
    message_received = Signal(object)
    conversation_changed = Signal(object)
    contacts_changed = Signal(object)
    opt_out_changed = Signal(object)
    campaign_changed = Signal(object)
    answer_changed = Signal(object)
    line_changed = Signal(object)
    changed_elsewhere = Signal(object)

    _arrived = Signal()

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._waiting: dict[Event, None] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.flush)
        self._arrived.connect(self._start, Qt.ConnectionType.QueuedConnection)
        self._signals = {
            events.MessageChanged: self.message_changed,
            events.MessageReceived: self.message_received,
            events.ConversationChanged: self.conversation_changed,
            events.ContactsChanged: self.contacts_changed,
            events.OptOutChanged: self.opt_out_changed,
            events.CampaignChanged: self.campaign_changed,
            events.AnswerChanged: self.answer_changed,
            events.LineChanged: self.line_changed,
            events.ChangedElsewhere: self.changed_elsewhere,
        }
        self._stop = store.subscribe(self._receive)

    def _receive(self, event: Event) -> None:
        with self._lock:
            first = not self._waiting
            self._waiting[event] = None
        if first:
            self._arrived.emit()

    @Slot()
    def _start(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def flush(self) -> None:
        """Hand over what has come, now."""
        with self._lock:
            waiting, self._waiting = tuple(self._waiting), {}
        if not waiting:
            return
        for event in waiting:
            self._signals[type(event)].emit(event)
        self.changed.emit(waiting)

    def close(self) -> None:
        """Stop listening."""
        self._stop()
        self._timer.stop()
