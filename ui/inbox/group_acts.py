"""What is done in an open group: prepare, send one, skip, stop, and the draft that waits until then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app import undo
from app.conversations import groups, groups_rounds
from app.conversations.groups import GroupError
from app.conversations.groups_rounds import OpenGroup, Prepared, Share
from app.store.engine import Store
from app.texting import clicks
from app.texting.clicks import Press, Refused
from app.undo import Undo
from ui import wording
from ui.widgets import one_line

if TYPE_CHECKING:
    from ui.inbox.groups import Groups
    from ui.inbox.page import InboxPage


class GroupActs(QObject):
    """The acts of the groups of an inbox page; each goes through the page's lane, one after another."""

    def __init__(self, owner: Groups, page: InboxPage) -> None:
        super().__init__(page)
        self._owner, self._page, self._workspace = owner, page, page.workspace
        self._pane = owner.pane
        self._need = 0  # readings from before so many pieces of work are old
        self._pressing = False
        self._to_write = False
        self._pane.composer.prepare_asked.connect(self.prepare)
        self._pane.composer.paused.connect(self.keep_draft)
        self._pane.round.pressed.connect(self.send)
        self._pane.round.skipped.connect(self.skip)
        self._pane.round.stop_asked.connect(self.stop)

    # -- what was read --------------------------------------------------------------------------

    def up_to(self, serial: int) -> bool:
        """Whether what was read after ``serial`` pieces of work may be shown; else it is read again."""
        if self._pressing:
            return False  # the answer to the press brings a reading of its own
        if serial < self._need:
            self._owner.read_again()
            return False
        return True

    def arrived(self, group: OpenGroup, *, first: bool) -> None:
        """Show a group as it was read."""
        had = self._pane.round.isVisible() and self._has_keyboard()
        self._pane.show_group(group)
        if first:
            self._pane.composer.set_text(group.draft)
            self._pane.composer.show_people(len(group.can_get))
        leads = self._pane.round.isVisible()
        if self._to_write or (had and not leads):
            self._to_write = False
            self._pane.to_writing()

    def _has_keyboard(self) -> bool:
        here = self._pane.window().focusWidget()
        return here is not None and (here is self._pane or self._pane.isAncestorOf(here))

    def to_writing(self) -> None:
        """The keyboard goes to what is to be done, once the group is read."""
        if self._owner.group is not None:
            self._pane.to_writing()
        else:
            self._to_write = True

    def _read_on(self) -> None:
        self._need = self._page.lane.finished
        self._owner.read_again()

    # -- the draft ------------------------------------------------------------------------------

    def keep_draft(self) -> None:
        """Save what is typed."""
        key, group, store = self._owner.group_id, self._owner.group, self._workspace.store
        text = self._pane.composer.text()
        if key is not None and group is not None and self._pane.composer.isVisibleTo(self._pane):
            self._page.lane.run(lambda: groups.save_draft(store, key, text), None, self._owner.failed)

    def leave(self) -> None:
        """Another group or a thread comes: what is typed is kept, what is prepared is anyway."""
        group = self._owner.group
        if group is not None and self._pane.composer.text() != group.draft:
            self.keep_draft()
        self._pane.composer.set_text("")
        self._to_write = self._pressing = False

    # -- a text to all --------------------------------------------------------------------------

    def prepare(self, text: str) -> None:
        """Write one message for each member. None of them leaves by this."""
        key, workspace = self._owner.group_id, self._workspace
        if key is None:
            return

        def done(made: Prepared) -> None:
            if key != self._owner.group_id:
                return
            self._pane.composer.set_text("")
            self._to_write = True
            twice = [one_line(name, 60) for name, why in made.left_out if why == groups_rounds.SAME]
            if twice:  # who may not be texted is said above the texts already
                self._pane.show_error(f"Not prepared for {', '.join(twice)}.", groups_rounds.SAME)
            self._read_on()

        def failed(error: Exception) -> None:
            if key == self._owner.group_id:
                said = str(error) if isinstance(error, GroupError) else wording.sentence(error)
                self._pane.composer.refused(said)

        self._page.lane.run(
            lambda: groups_rounds.prepare(workspace.store, workspace.clock, key, text, workspace.operator),
            done,
            failed,
        )

    def send(self, share: Share, press: Press) -> None:
        """Take a real press on one member's Send: exactly that text, to exactly that member."""
        workspace = self._workspace
        self._pressing = True

        def work() -> object:
            return clicks.accept(
                workspace.store,
                workspace.clock,
                share.message_id,
                text_hash=share.text_hash,
                press=press,
                operator=workspace.operator,
                grace=float(workspace.settings.grace_seconds),
            )

        def done(outcome: object) -> None:
            self._pressing = False
            if isinstance(outcome, Refused):
                self._pane.round.refused(outcome.why)
            self._read_on()

        def failed(error: Exception) -> None:
            self._pressing = False
            self._pane.round.refused(wording.sentence(error))
            self._read_on()

        self._page.lane.run(work, done, failed)

    def skip(self, share: Share, reason: str) -> None:
        """Pass one member over; Ctrl+Z puts them back."""
        store = self._workspace.store

        def back(store: Store) -> str:
            gone = "This text waits no more for a decision. Nothing was changed."
            return "" if groups_rounds.unskip(store, share.message_id) else gone

        def done(skipped: bool) -> None:
            if skipped:
                self._push(f"Skipped {one_line(share.called, 60)}", back)
            self._read_on()

        self._page.lane.run(
            lambda: groups_rounds.skip(store, share.message_id, reason), done, self._owner.failed
        )

    def stop(self) -> None:
        """Take out what still waits; Ctrl+Z brings it back."""
        key, store = self._owner.group_id, self._workspace.store
        if key is None:
            return

        def done(gone: tuple[int, ...]) -> None:
            def back(store: Store) -> str:
                return "" if groups_rounds.go_on(store, gone) else "None of them is there to be put back."

            if gone:
                self._push(f"Stopped: {len(gone)} not sent", back)
            self._read_on()

        self._page.lane.run(lambda: groups_rounds.stop(store, key), done, self._owner.failed)

    def take_back(self, message_id: int) -> None:
        """Void a click whose text is not yet on its way; it waits in the group again."""
        workspace = self._workspace

        def done(back: bool) -> None:
            if not back:
                self._pane.show_error("The line was faster: this text is on its way.", "Nothing was changed.")
            self._read_on()

        self._page.lane.run(
            lambda: clicks.take_back(workspace.store, workspace.clock, message_id), done, self._owner.failed
        )

    def _push(self, words: str, back: Callable[[Store], str]) -> None:
        workspace = self._workspace
        undo.of(workspace.store).push(Undo(words, back, workspace.operator, self._owner.read_again))
