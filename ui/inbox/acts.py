"""What is done in an open thread: sending, deciding, opting out, Done; one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app import undo
from app.conversations import following, threads
from app.store.engine import Store
from app.texting import clicks
from app.texting.clicks import Press, Refused
from app.undo import Undo
from ui import dialogs, wording
from ui.inbox.gesture import Gesture
from ui.optouts.adding import OptOutDialog, Told, opt_out
from ui.widgets import one_line

if TYPE_CHECKING:
    from ui.inbox.page import InboxPage


class Acts(QObject):
    """The acts of an inbox page. ``went_on`` asks for who waits next after the thread of that id."""

    went_on = Signal(int)

    def __init__(self, page: InboxPage) -> None:
        super().__init__(page)
        self._page, self._workspace = page, page.workspace
        self._pane, self._lane = page.pane, page.lane
        self.dialog: dialogs.FormDialog | None = None

    @property
    def _store(self) -> Store:
        return self._workspace.store

    # -- sending --------------------------------------------------------------------------------

    def send(self, text: str, press: Press) -> None:
        """Take a press of Send; then what the canned reply brings, and on to the next if so asked."""
        thread_id, workspace = self._pane.thread_id, self._workspace
        if thread_id is None:
            return
        self._page.drafts.forget()
        gesture, goes_on = self._pane.composer.gesture, self._pane.composer.goes_on
        answers = self._pane.one_answer

        def work() -> object:
            return clicks.compose(
                workspace.store,
                workspace.clock,
                thread_id,
                text,
                press=press,
                operator=workspace.operator,
                grace=float(workspace.settings.grace_seconds),
                answers=answers,
            )

        def done(outcome: object) -> None:
            if isinstance(outcome, Refused):
                self._not_sent(thread_id, text, outcome.why)
                return
            self._follow(thread_id, gesture)
            if thread_id == self._pane.thread_id:
                self._page.drafts.sent()
                self._pane.composer.sent_off()
                self._pane.view.to_end()
                if goes_on:
                    self.went_on.emit(thread_id)

        def failed(error: Exception) -> None:
            self._not_sent(thread_id, text, wording.sentence(error))

        self._lane.run(work, done, failed)

    def _not_sent(self, thread_id: int, text: str, why: str) -> None:
        if thread_id == self._pane.thread_id:
            self._pane.composer.refused(why)
            self._page.drafts.changed()
            return
        # They went on to another thread meanwhile: the text waits as that thread's draft.
        store = self._store
        self._lane.run(lambda: threads.save_draft(store, thread_id, text))
        self._pane.show_error(
            "Your answer in the thread before was not sent.", why, "It is kept there as a draft."
        )

    def _follow(self, thread_id: int, gesture: Gesture | None) -> None:
        if gesture is None:
            return
        workspace, what = self._workspace, gesture.following

        def work() -> str:
            return following.follow(
                workspace.store, workspace.clock, thread_id, what, workspace.operator,
                workspace.settings.country,
            )  # fmt: skip

        def done(problem: str) -> None:
            if problem:
                self._pane.show_error("The text is on its way, but its answer was not kept.", problem)

        self._lane.run(work, done, self._page.failed)

    def done_without_text(self) -> None:
        """Close the conversation with what a canned reply brings; nothing is sent."""
        thread_id, composer = self._pane.thread_id, self._pane.composer
        if thread_id is None or composer.gesture is None:
            return
        gesture, goes_on = composer.gesture, composer.goes_on
        self._follow(thread_id, gesture)
        composer.sent_off()
        self._page.drafts.changed()
        self._lane.run(lambda: None, lambda _none: self._page.read_again())
        if goes_on:
            self.went_on.emit(thread_id)

    # -- opting out -----------------------------------------------------------------------------

    def opt_out_by_reply(self) -> None:
        """The opt-out that a canned reply or an answer asked for is sure: their own words are the proof."""
        thread_id, composer, row = self._pane.thread_id, self._pane.composer, self._page.row
        if thread_id is None or row is None:
            return
        gesture, goes_on = composer.gesture, composer.goes_on
        said = row.last_text.strip() if row.last_direction == "in" else ""
        evidence = f"they wrote: {said[:200]}" if said else "chosen in the inbox"
        composer.sent_off()
        self._page.drafts.changed()
        self._follow(thread_id, gesture)
        self.opt_out(Told(row.number, "operator", evidence))
        if goes_on:
            self.went_on.emit(thread_id)

    def ask_opt_out(self) -> None:
        """Ask how they said it, then take the number out of everything."""
        row = self._page.row
        if row is None:
            return
        name = one_line(row.name or row.number_display)
        self.dialog = dialog = OptOutDialog(self._page, self._workspace, number=row.number, name=name)
        dialog.accepted.connect(lambda: self.opt_out(dialog.told()))
        dialog.open()

    def opt_out(self, told: Told) -> None:
        """Take a number out of everything."""
        workspace = self._workspace
        self._lane.run(
            lambda: opt_out(workspace, told), lambda _blocked: self._page.read_again(), self._page.failed
        )

    # -- what became of a text ------------------------------------------------------------------

    def toggle_done(self) -> None:
        """Nobody waits for an answer here; or somebody does after all."""
        row = self._page.row
        if row is None or row.kind != "number":
            return
        act = threads.reopen if row.done else threads.mark_done
        store, who = self._store, one_line(row.name or row.number_display, 60)

        def undone(store: Store) -> str:
            if row.done:
                threads.mark_done(store, row.id)
            else:
                threads.reopen(store, row.id, row.waiting_since)
            return ""

        def done(_none: None) -> None:
            words = f"Reopened {who}" if row.done else f"Done: {who}"
            undo.of(store).push(Undo(words, undone, self._workspace.operator, self._page.read_again))
            self._page.read_again()

        self._lane.run(lambda: act(store, row.id), done, self._page.failed)

    def take_back(self, message_id: int) -> None:
        """Void a click whose text is not yet on its way; it comes back into the field."""
        self._page.drafts.leave(still=True)
        workspace = self._workspace

        def done(back: bool) -> None:
            self._pane.decide.ask_nothing()
            if not back:
                self._pane.show_error("The line was faster: this text is on its way.", "Nothing was changed.")
            self._page.read_again()

        self._lane.run(
            lambda: clicks.take_back(workspace.store, workspace.clock, message_id), done, self._page.failed
        )

    def was_sent(self, message_id: int) -> None:
        """A person says that an unknown text did leave."""
        workspace = self._workspace

        def work() -> bool:
            return clicks.resolve_sent(workspace.store, workspace.clock, message_id, workspace.operator)

        self._lane.run(work, lambda _changed: self._pane.decide.ask_nothing(), self._page.failed)

    def send_again(self, message_id: int, press: Press) -> None:
        """Take a press of Send again: a new click."""
        workspace = self._workspace

        def work() -> object:
            return clicks.send_again(
                workspace.store,
                workspace.clock,
                message_id,
                press=press,
                operator=workspace.operator,
                grace=float(workspace.settings.grace_seconds),
            )

        def done(outcome: object) -> None:
            self._pane.decide.ask_nothing()
            if isinstance(outcome, Refused):
                self._pane.show_error("It was not sent again.", outcome.why)

        self._lane.run(work, done, self._page.failed)
