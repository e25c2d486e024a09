"""The suggestion in a thread: they wrote JOIN. One press puts them on the list; the welcome waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.conversations import joins
from app.conversations.joins import Welcome, Wish
from app.conversations.opened import Opened
from ui.inbox.gesture import Gesture
from ui.widgets import one_line

if TYPE_CHECKING:
    from ui.inbox.page import InboxPage


class Joining(QObject):
    """The notice of an inbox page about a join keyword, and what its button does."""

    def __init__(self, page: InboxPage) -> None:
        super().__init__(page)
        self._page, self._notice = page, page.pane.wish
        self._wish: Wish | None = None
        self._notice.button.set_text("", "A")
        self._notice.acted.connect(self.accept)

    def show_person(self, here: Opened | None) -> None:
        """Say what the newest text asks for."""
        self._wish = here.wish if here is not None else None
        if here is None or self._wish is None:
            self._notice.say("")
            return
        row, join = here.thread.row, self._wish.join
        who = one_line(row.name or row.number_display, 60)
        if self._wish.opted_out:
            words = f"{who} wrote {join.keyword}, and is opted out: only START brings them back."
            self._notice.say(words, "warn")
            return
        consent = one_line(join.consent_source, 80)
        words = f"{who} wrote {join.keyword}: add them to “{one_line(join.list_name, 60)}” with consent"
        self._notice.say(f"{words} ({consent}, today)?", "accent", "Add")
        self._notice.button.set_text("Add", "A")

    def accept(self) -> None:
        """Put them on the list, with consent; the welcome comes into the answer."""
        wish, thread, workspace = self._wish, self._page.pane.thread_id, self._page.workspace
        if wish is None or wish.opted_out or thread is None or not self._page.ready:
            return
        self._wish = None

        def work() -> Welcome:
            return joins.accept(workspace.store, workspace.clock, thread, wish, workspace.operator)

        def done(welcome: Welcome) -> None:
            if thread == self._page.pane.thread_id:
                self._welcome(wish, welcome)
                self._page.read_again()

        self._page.lane.run(work, done, self._page.failed)

    def _welcome(self, wish: Wish, welcome: Welcome) -> None:
        composer = self._page.pane.composer
        name = one_line(wish.join.list_name, 60)
        self._page.pane.next_notice.say(f"They are on “{name}”, with their consent on record.", "good")
        if welcome.text:
            composer.fill(Gesture(welcome.text))
        elif welcome.missing:
            missing = one_line(" and no ".join(welcome.missing))
            composer.problem.say(f"The welcome was not filled in: they have no {missing}.", "warn")
