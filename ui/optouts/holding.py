"""The numbers that wait for a decision: their list, and what an answer does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app import undo
from app.people import holds, numbers
from app.people.holds import Decision, Hold
from app.store.engine import Store
from app.undo import Undo
from app.workspace import Workspace
from ui import background, wording
from ui.listrows import RowDelegate, RowWords
from ui.paged import PagedList, PagedModel
from ui.widgets import one_line

if TYPE_CHECKING:
    from ui.optouts.page import OptOutsPage

TOO_LATE = "Nothing was changed: somebody has decided about this number meanwhile."


def row_words(hold: Hold) -> RowWords:
    """One number that waits."""
    shown = numbers.display(hold.number)
    title = f"{one_line(hold.name)} · {shown}" if hold.name else shown
    chip = ("deadline is near", "bad") if hold.red else ("to decide", "warn")
    return RowWords(title, f"“{one_line(hold.said)}”", wording.day(hold.created_at), chips=(chip,))


def row_spoken(hold: Hold) -> str:
    """The same for a screen reader."""
    words = row_words(hold)
    return f"{words.title}, {words.second}, since {words.right}, {words.chips[0][0]}"


def hold_list(workspace: Workspace, parent: QWidget) -> PagedList:
    """The list, the oldest first: that is the one whose deadline is next."""

    def read(after: Hold | None, limit: int) -> Sequence[Hold]:
        last = after.id if after is not None else 0
        return holds.waiting(workspace.store, workspace.clock.now(), after=last, limit=limit)

    model = PagedModel(read, key=lambda hold: hold.id, text=row_spoken, page=100, parent=parent)
    found = PagedList(model, "Numbers that wait for a decision", parent)
    found.setItemDelegate(RowDelegate(row_words, found))
    return found


class Deciding(QObject):
    """Keeps the answers that the story panel of an opt-outs page gives."""

    def __init__(self, page: OptOutsPage) -> None:
        super().__init__(page)
        self._page, self._workspace = page, page.workspace
        page.story.decided.connect(self.decide)

    def decide(self, hold: Hold, decision: str) -> None:
        """Keep the answer. "Not an opt-out" can be undone with Ctrl+Z, an opt-out with Lift."""
        page, workspace, operator = self._page, self._workspace, self._workspace.operator

        def work(_job: background.Job) -> bool:
            wanted = cast(Decision, decision)
            return holds.decide(workspace.store, workspace.clock, hold.number, wanted, operator)

        def done(decided: bool) -> None:
            if not decided:
                page.error.show_error(TOO_LATE, action="Close")
            elif decision == "kept":
                self._push_undo(hold, operator)
            if decided:
                page.notice.say(self._words(hold, decision), "good", "Close")
            page.tell(hold.number)
            page.refresh()
            page.hold_list.setFocus()

        def failed(error: Exception) -> None:
            page.story.hold.ask_again()
            page.failed(error)

        background.run(page, work, done, failed, urgent=True)

    def _words(self, hold: Hold, decision: str) -> str:
        shown = numbers.display(hold.number)
        return f"{shown} may be texted again." if decision == "kept" else f"{shown} is opted out."

    def _push_undo(self, hold: Hold, operator: str) -> None:
        workspace = self._workspace

        def back(store: Store) -> str:
            return "" if holds.put_back(store, workspace.clock, hold.number, operator) else TOO_LATE

        words = f"Not an opt-out: {one_line(hold.name or hold.number, 60)}"
        undo.of(workspace.store).push(Undo(words, back, operator, self._page.refresh))


def chip_words(counted: tuple[int, int]) -> str:
    """ "To decide: 3, one near its deadline"."""
    waiting, red = counted
    if not waiting:
        return "Nothing to decide"
    return f"To decide: {waiting:,}" + (f" · {red:,} near the deadline" if red else "")
