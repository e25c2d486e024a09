"""Canned replies in the open thread: keys and chips fill the answer, the list is searched, all is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.conversations.canned import Offered
from ui.inbox import gesture
from ui.inbox.gesture import Gesture

if TYPE_CHECKING:
    from ui.inbox.page import InboxPage


class Replying(QObject):
    """Leads between the composer, the chips and the list of an inbox page. Nothing here sends."""

    def __init__(self, page: InboxPage) -> None:
        super().__init__(page)
        self._page, self._pane = page, page.pane
        self._left: dict[int, Gesture] = {}  # of threads that were left before their text was sent
        pane, composer, acts = page.pane, page.pane.composer, page.acts
        composer.set_go_on(page.workspace.settings.go_on)
        composer.sent.connect(acts.send)
        composer.done_asked.connect(acts.done_without_text)
        composer.opt_out_asked.connect(self._ask_sure)
        composer.go_on_changed.connect(self._keep_go_on)
        composer.edit.digit.connect(self.fill_key)
        composer.edit.search_asked.connect(self.search)
        pane.replies.chosen.connect(self.fill)
        pane.replies.search_asked.connect(self.search)
        pane.search.taken.connect(self.fill)
        pane.search.closed.connect(page.to_composer)
        pane.search.manage_asked.connect(self.manage)
        pane.sure.sure.connect(acts.opt_out_by_reply)
        pane.sure.dropped.connect(page.to_composer)

    @property
    def _open(self) -> bool:
        return self._page.ready and not self._pane.composer.locked

    def leave(self) -> None:
        """What a canned reply brought waits with the draft until this thread is open again."""
        composer, thread = self._pane.composer, self._pane.thread_id
        if thread is not None:
            self._left.pop(thread, None)
            if composer.gesture is not None and not composer.sending:
                self._left[thread] = composer.gesture

    def arrive(self, thread: int) -> None:
        """The thread is open again, with its draft."""
        self._pane.composer.restore(self._left.pop(thread, None))

    def fill(self, offer: Offered) -> None:
        """Put a canned reply into the answer, with what goes with it."""
        row = self._page.row
        if row is None or not self._open:
            return
        if offer.missing:
            words = gesture.missing_words(offer, row.name or row.number_display)
            self._pane.composer.problem.say(words, "warn")
            return
        self._pane.composer.fill(gesture.of_reply(offer, self._pane.composer.text()))

    def fill_key(self, key: int) -> None:
        """The same by its number key."""
        offer = self._pane.replies.of_key(key)
        if offer is not None:
            self.fill(offer)

    def search(self) -> None:
        """Open the list of all replies that fit this person."""
        if self._open:
            self._pane.search.open_list(self._pane.replies.offers)

    def manage(self) -> None:
        """Open the dialog that changes replies."""
        from ui.inbox.canned_dialog import CannedDialog

        self._pane.search.close_list()
        dialog = CannedDialog(self._page.workspace, self._page, campaign_id=self._page.campaign_id)
        dialog.changed.connect(self._page.read_again)
        dialog.open()

    def _ask_sure(self) -> None:
        row = self._page.row
        if row is not None:
            self._pane.sure.ask(row.name or row.number_display)

    def _keep_go_on(self, on: bool) -> None:
        workspace = self._page.workspace
        workspace.change_settings(replace(workspace.settings, go_on=on))
