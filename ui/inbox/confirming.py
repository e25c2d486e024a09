"""The prepared texts of the open thread: what a press on one does, and the one answer that may be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.conversations.opened import Opened
from app.people import confirming_offers
from app.people.confirming_offers import Offer
from app.texting import clicks
from app.texting.clicks import Press, Refused
from ui import background, wording

if TYPE_CHECKING:
    from ui.inbox.page import InboxPage


class Confirming(QObject):
    """Leads between an inbox page and its panel of prepared texts."""

    def __init__(self, page: InboxPage) -> None:
        super().__init__(page)
        self._page, self._panel = page, page.pane.confirm
        self._here: Opened | None = None
        self._language = ""  # chosen by hand, for the open thread
        self._thread: int | None = None
        self._panel.pressed.connect(self.send)
        self._panel.language_asked.connect(self._choose)
        self._panel.answer_asked.connect(self._open_answer)
        self._panel.over.connect(page.read_again)

    def show_person(self, here: Opened | None) -> None:
        """What waits in the open thread; nothing while none is read."""
        self._here = here
        thread = here.thread.id if here is not None else None
        if thread != self._thread:
            self._thread, self._language = thread, ""
        if self._language:
            self._choose(self._language)
        else:
            self._show(here.waiting if here is not None else ())

    def focus(self) -> None:
        """Lead the keyboard to what waits."""
        if self._page.ready and self._panel.actionable:
            self._panel.setFocus()

    def _show(self, offers: tuple[Offer, ...]) -> None:
        pane, panel = self._page.pane, self._panel
        there = any(
            each.kind == "answer" and not each.why_not and each.answers_id == pane.one_answer
            for each in offers
        )
        if pane.one_answer is not None and not there:
            pane.one_answer = None  # it was sent, or they wrote something else
            if self._here is not None:
                pane.show_thread(self._here.thread)
        focused = QApplication.focusWidget()
        inside = focused is not None and (focused is panel or panel.isAncestorOf(focused))
        panel.show_offers(offers, answering=pane.one_answer is not None)
        if self._here is not None and pane.thread_id == self._here.thread.id:
            pane.show_lock(self._here.thread)
        if inside and not panel.actionable:
            self._page.threads.list.setFocus()

    def _choose(self, language: str) -> None:
        """Read the prepared texts anew in a language that was chosen by hand."""
        here, workspace = self._here, self._page.workspace
        if here is None:
            return
        self._language = language

        def work(_job: background.Job) -> tuple[Offer, ...]:
            return confirming_offers.get(workspace.store, workspace.clock, here.thread.id, language=language)

        def done(found: tuple[Offer, ...]) -> None:
            if self._here is here and self._language == language:
                self._show(found)

        background.run(self, work, done, self._page.failed)

    def send(self, offer: Offer, press: Press) -> None:
        """Take a press on a prepared text."""
        thread, workspace = self._page.pane.thread_id, self._page.workspace
        if thread is None or thread != self._thread:
            return

        def work() -> object:
            return clicks.prepared(
                workspace.store,
                workspace.clock,
                thread,
                offer.kind,
                offer.answers_id,
                language=offer.language,
                text_hash=clicks.text_hash(offer.text),
                press=press,
                operator=workspace.operator,
                grace=float(workspace.settings.grace_seconds),
            )

        def done(outcome: object) -> None:
            if thread != self._page.pane.thread_id:
                if isinstance(outcome, Refused):
                    self._page.pane.show_error(
                        "The prepared text in the thread before was not sent.", outcome.why
                    )
                return
            if isinstance(outcome, Refused):
                self._panel.refused(outcome.why)
            else:
                self._page.pane.view.to_end()
            self._page.read_again()

        def failed(error: Exception) -> None:
            self._panel.refused(wording.sentence(error))

        self._page.lane.run(work, done, failed)

    def _open_answer(self, offer: Offer) -> None:
        """Unlock the answer for one text, by what the person at the keyboard says."""
        pane = self._page.pane
        if self._here is None or not self._page.ready or self._thread != pane.thread_id:
            return
        pane.one_answer = offer.answers_id
        pane.show_thread(self._here.thread)
        self._show(self._here.waiting)
        pane.composer.edit.setFocus()
