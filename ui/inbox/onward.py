"""On to the next conversation, after one was answered or decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.conversations import listing
from ui import background

if TYPE_CHECKING:
    from ui.inbox.page import InboxPage

#: The lists that one goes on in; from any other, to whoever waits longest of all.
LISTS = (*listing.LONGEST_FIRST, "hold")


class Onward(QObject):
    """Leads an inbox page to who waits longest in its list.

    Whoever it led to and who was left without an answer comes again after all the others: a question that
    this person cannot decide does not stand in the way of everybody behind it. Words of danger insist.
    """

    def __init__(self, page: InboxPage) -> None:
        super().__init__(page)
        self._page = page
        self._led_to: set[int] = set()
        page.acts.went_on.connect(self.go_on)

    def go_on(self, after: int) -> None:
        """Open who is next, other than the conversation ``after``, which was dealt with."""
        page = self._page
        name = page.threads.filter if page.threads.filter in LISTS else "waiting"
        self._led_to.discard(after)
        passed = frozenset(self._led_to)

        def done(found: int | None) -> None:
            if after != page.pane.thread_id:
                return
            if found in passed:
                self._led_to.clear()  # all the others were dealt with, or passed over too
            if found is not None:
                self._led_to.add(found)
            page.go_to(found, "" if name == "waiting" else " in this list")

        background.run(page, lambda _job: self._next(name, after, passed), done, page.failed)

    def _next(self, name: str, after: int, passed: frozenset[int]) -> int | None:
        workspace = self._page.workspace
        rows = listing.page(
            workspace.store,
            filter=name,
            limit=len(passed) + 2,  # with one more than can be left out
            now=workspace.clock.now(),
            operator=workspace.operator,
        )
        there = [row for row in rows if row.id != after]
        fresh = [row for row in there if row.urgent or row.id not in passed]
        return next((row.id for row in (*fresh, *there)), None)
