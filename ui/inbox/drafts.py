"""Drafts: what is typed in a thread is kept, after a pause, on leaving, and over a restart."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.conversations import threads
from app.store.engine import Store
from ui.inbox.composer import Composer
from ui.lane import Lane


class Drafts(QObject):
    """Keeps the composer and the stored draft of the open thread the same, in both directions."""

    def __init__(self, store: Store, lane: Lane, composer: Composer, parent: QObject) -> None:
        super().__init__(parent)
        self._store, self._lane, self._composer = store, lane, composer
        self._thread_id: int | None = None
        self._stored = ""  # what the database has, as far as we know
        composer.paused.connect(self.changed)

    def arrived(self, thread_id: int, draft: str, *, first: bool, serial: int) -> None:
        """The stored draft was read, when ``serial`` pieces of the lane's work were done.

        A draft read before or while one was being saved is old and says nothing.
        """
        if first or self._thread_id != thread_id:
            self._thread_id, self._stored = thread_id, draft
            if not self._composer.text():
                self._composer.set_text(draft)
            return
        if draft == self._stored or not self._lane.idle or serial != self._lane.finished:
            return
        typed, before = self._composer.text(), self._stored
        self._stored = draft
        if typed == before:
            self._composer.set_text(draft)
        elif draft.endswith(before):  # a text was given back into the draft while one typed on
            self._composer.set_text(draft[: len(draft) - len(before)] + typed)
            self.changed()

    def changed(self) -> None:
        """Save what is typed."""
        self._composer.stop_pause()
        thread_id, text, store = self._thread_id, self._composer.text(), self._store
        if thread_id is None or text == self._stored:
            return
        self._stored = text
        self._lane.run(lambda: threads.save_draft(store, thread_id, text))

    def leave(self, *, still: bool = False, now: bool = False) -> None:
        """The thread is left (``still``: it stays open): save at once. ``now``: before this returns."""
        if self._thread_id is not None and now and not self._composer.sending:
            self._composer.stop_pause()
            if self._composer.text() != self._stored:
                self._stored = self._composer.text()
                threads.save_draft(self._store, self._thread_id, self._stored)
        elif self._thread_id is not None and not self._composer.sending:
            self.changed()
        if not still:
            self._thread_id, self._stored = None, ""

    def forget(self) -> None:
        """The text is being sent: saving it as a draft now would bring it back afterwards."""
        self._composer.stop_pause()

    def sent(self) -> None:
        """It was sent; the database cleared the draft with it."""
        self._stored = ""
