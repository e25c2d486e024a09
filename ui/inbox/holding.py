"""A person's decision about what may be an opt-out, one number at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app import undo
from app.conversations.opened import Opened
from app.people import holds
from app.people.holds import Decision
from app.store.engine import Store
from app.undo import Undo
from ui.widgets import one_line

if TYPE_CHECKING:
    from ui.inbox.page import InboxPage

TOO_LATE = "Nothing was changed: somebody has decided about this number meanwhile."


class Holding(QObject):
    """The hold panel of an inbox page, and what its answers do."""

    def __init__(self, page: InboxPage) -> None:
        super().__init__(page)
        self._page, self._panel = page, page.pane.hold
        self._panel.decided.connect(self.decide)

    def show_person(self, here: Opened | None) -> None:
        """The open thread's question; nobody's while none is read."""
        self._panel.show_hold(here.hold if here is not None else None)

    def decide(self, decision: str) -> None:
        """Keep the answer. "Not an opt-out" can be undone here, an opt-out on the Opt-outs page."""
        hold, page = self._panel.hold, self._page
        if hold is None:
            return
        workspace, thread = page.workspace, page.pane.thread_id
        focused = QApplication.focusWidget()
        had_focus = focused is not None and (focused is self._panel or self._panel.isAncestorOf(focused))
        wanted = cast(Decision, decision)

        def work() -> bool:
            return holds.decide(workspace.store, workspace.clock, hold.number, wanted, workspace.operator)

        def back(store: Store) -> str:
            again = holds.put_back(store, workspace.clock, hold.number, workspace.operator)
            return "" if again else TOO_LATE

        def done(decided: bool) -> None:
            if decided and decision == "kept":
                who = one_line(hold.name or hold.number, 60)
                words = f"Not an opt-out: {who}"
                undo.of(workspace.store).push(Undo(words, back, workspace.operator, page.read_again))
            if thread == page.pane.thread_id:
                if not decided:
                    page.pane.show_error(TOO_LATE)
                self._after(decision, had_focus=had_focus)

        def failed(error: Exception) -> None:
            self._panel.ask_again()
            page.failed(error)

        page.lane.run(work, done, failed)

    def _after(self, decision: str, *, had_focus: bool) -> None:
        page, thread = self._page, self._page.pane.thread_id
        self._panel.show_hold(None)
        page.read_again()
        if not had_focus or thread is None:
            return
        if decision == "kept":
            page.write_when_read()
        elif page.pane.composer.goes_on:
            page.acts.went_on.emit(thread)
        else:
            page.threads.list.setFocus()
