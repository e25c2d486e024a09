"""Groups in the inbox: their chip and list at the left, and the open group where a thread stands else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout

from app.conversations import groups, groups_rounds, groups_texts, threads
from app.conversations.bubbles import Bubble
from app.conversations.groups import Candidate, GroupError, GroupRow
from app.conversations.groups_rounds import OpenGroup
from app.store.events import ConversationChanged, MessageChanged, OptOutChanged
from ui import background, wording
from ui.bridge import Bridge
from ui.inbox.bubbles import action_of
from ui.inbox.group_acts import GroupActs
from ui.inbox.group_dialog import GroupDialog
from ui.inbox.group_list import GroupsList
from ui.inbox.group_pane import GroupPane
from ui.inbox.later import DigitMenu
from ui.widgets import ChipButton, one_line
from ui.widgets_flow import FlowLayout

if TYPE_CHECKING:
    from ui.inbox.page import InboxPage

#: Changes that come together are read together, this many milliseconds after the first.
GATHER_MS = 60


class Groups(QObject):
    """Leads between the groups and the threads of an inbox page."""

    def __init__(self, page: InboxPage, bridge: Bridge) -> None:
        super().__init__(page)
        self._page, self._workspace = page, page.workspace
        self.group_id: int | None = None
        self.group: OpenGroup | None = None
        self.menu: DigitMenu | None = None
        self.dialog: GroupDialog | None = None
        self.list = GroupsList(self._workspace, page.threads)
        self.pane = GroupPane(self._workspace.clock, page)
        self.acts = GroupActs(self, page)
        self.chip = ChipButton("Groups", parent=page.threads, checkable=True)
        self._reader = background.Refresher(self, self._read, self._show, self.failed)
        self._counts = background.Refresher(self, self._count, self._show_count, self.failed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(GATHER_MS)
        self._timer.timeout.connect(self.refresh)
        self._place()
        self._wire(bridge)

    def _place(self) -> None:
        threads = self._page.threads
        chips = threads.chips["all"]
        holder = chips.parentWidget()
        flow = holder.layout() if holder is not None else None
        if isinstance(flow, FlowLayout):
            flow.addWidget(self.chip)
        chips.group().addButton(self.chip)
        left, middle = threads.layout(), self._page.layout()
        if isinstance(left, QVBoxLayout) and isinstance(middle, QBoxLayout):
            left.addWidget(self.list, 1)
            middle.insertWidget(middle.indexOf(self._page.pane) + 1, self.pane, 1)
        self._under = threads.list.parentWidget()

    def _wire(self, bridge: Bridge) -> None:
        page, pane = self._page, self.pane
        self.chip.toggled.connect(self._toggled)
        self.list.chosen.connect(self._chosen)
        self.list.entered.connect(self._entered)
        self.list.new_asked.connect(self.ask_new)
        self.list.failed.connect(page.failed)
        self.list.model.loaded.connect(self._mark)
        pane.thread_asked.connect(self.open_thread)
        pane.members_asked.connect(self.ask_members)
        pane.left.connect(self.list.to_list)
        pane.composer.left.connect(self.list.to_list)
        pane.model.failed.connect(self.failed)
        pane.view.action.connect(self._act_on)
        page.threads.found.chosen.connect(lambda _hit: self.leave())
        page.threads.search.searched.connect(lambda _text: self._arrange())
        page.later.panel.link_button.clicked.connect(self.ask_link)
        page.installEventFilter(self)
        for signal in (bridge.message_changed, bridge.conversation_changed, bridge.opt_out_changed):
            signal.connect(self._changed)
        for signal in (bridge.contacts_changed, bridge.changed_elsewhere):
            signal.connect(lambda _event: self._soon())
        for words, action in (
            ("Ctrl+G", self.show_groups), ("Ctrl+N", self.ask_new), ("L", self.ask_link),
            ("M", self.ask_members),
        ):  # fmt: skip
            shortcut = QShortcut(QKeySequence(words), page)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(action)

    # -- where one is ---------------------------------------------------------------------------

    @property
    def shown(self) -> bool:
        """Whether the groups stand where the conversations stand else."""
        return self.chip.isChecked()

    def step(self, by: int) -> bool:
        """Move the cursor where the groups are listed; False where something else is."""
        if self.list.isVisible():
            self.list.list.step(by)
        return self.list.isVisible()

    def show_groups(self) -> None:
        """To the list of groups."""
        self.chip.setChecked(True)
        self.list.to_list()

    def open_group(self, group_id: int) -> None:
        """Open a group, whatever was open."""
        self.chip.setChecked(True)
        self._open(group_id)
        self.list.model.restart()

    def _mark(self) -> None:
        """The list's cursor stands on what is open."""
        row = self.list.list.current_row()
        if self.group_id is not None and (row is None or row.id != self.group_id):
            self.list.select(self.group_id)

    def leave(self) -> None:
        """A thread is to be read: the conversations come back."""
        if self.shown:
            self._page.threads.set_filter("all")

    def _toggled(self, on: bool) -> None:
        if on:
            self._page.threads.leave_search()
            self.list.model.restart()
        else:
            self._close()
        self._arrange()

    def _arrange(self) -> None:
        here = self.shown and not self._page.threads.searching
        self.list.setVisible(here)
        self._page.setFocusProxy(self.list.list if here else self._page.threads.list)
        if self._under is not None:
            self._under.setVisible(not here)
        opened = self.group_id is not None
        self.pane.setVisible(opened)
        self._page.pane.setVisible(not opened)

    def _chosen(self, row: GroupRow) -> None:
        if row.id != self.group_id:
            self._open(row.id)

    def _entered(self, row: GroupRow) -> None:
        self._chosen(row)
        self.acts.to_writing()

    def _open(self, group_id: int) -> None:
        self.acts.leave()
        page, store = self._page, self._workspace.store
        page.replying.leave()
        page.drafts.leave()
        page.threads.pin(None)
        page.close_thread()
        page.threads.list.setCurrentIndex(QModelIndex())  # or the same thread could not be chosen again
        self.group_id, self.group = group_id, None
        self.list.model.pinned = group_id  # it keeps its place in the list while it is open
        self.pane.open_anew()
        self.pane.model.open(
            lambda before, limit: groups_texts.latest(store, group_id, before=before, limit=limit)
        )
        self._arrange()
        self._reader.again()

    def _close(self) -> None:
        self.acts.leave()
        self.group_id, self.group, self.list.model.pinned = None, None, None
        self.pane.model.open(None)
        self.list.select(None)

    def open_thread(self, conversation_id: int) -> None:
        """A member's own thread."""
        self._page.open_at(conversation_id=conversation_id)

    # -- reading --------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read again what is shown."""
        if not self._page.isVisible():
            return
        self._counts.again()
        if self.shown:
            self.list.model.refresh()
        if self.group_id is not None:
            self._reader.again()
            self.pane.model.update_tail()

    def read_again(self) -> None:
        """The open group changed by what was done here."""
        self._reader.again()
        self._soon()

    def _read(self, _job: background.Job) -> tuple[int | None, int, OpenGroup | None]:
        key, serial, workspace = self.group_id, self._page.lane.finished, self._workspace
        found = None if key is None else groups_rounds.read(workspace.store, workspace.clock, key)
        return key, serial, found

    def _show(self, read: tuple[int | None, int, OpenGroup | None]) -> None:
        key, serial, found = read
        if key is None or key != self.group_id or not self.acts.up_to(serial):
            return
        if found is None:
            self._gone()
            return
        first, self.group = self.group is None, found
        self.acts.arrived(found, first=first)
        self._mark_read(found)

    def _mark_read(self, here: OpenGroup) -> None:
        """What came is read where it is seen: in the group as in its own thread."""
        store = self._workspace.store
        new = [member.row.id for member in here.members if member.row.unread]
        if new and self.pane.isVisible() and self.pane.view.at_end:
            for key in new:
                self._page.lane.run(partial(threads.mark_read, store, key))

    def _gone(self) -> None:
        self._close()
        self._page.close_thread()
        self._arrange()
        self.list.model.refresh()

    def _count(self, _job: background.Job) -> int:
        return groups.count(self._workspace.store)

    def _show_count(self, count: int) -> None:
        self.chip.set(f"Groups {count:,}")

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _changed(self, event: MessageChanged | ConversationChanged | OptOutChanged) -> None:
        here = self.group
        if here is None or not self.shown:
            if self.shown:
                self._soon()
            return
        if isinstance(event, OptOutChanged):
            mine = event.number in ("", *(member.row.number for member in here.members))
        else:
            mine = event.conversation_id in {member.row.id for member in here.members}
        if mine or self.list.isVisible():
            self._soon()

    def failed(self, error: Exception) -> None:
        """Say what went wrong above the texts."""
        said = str(error) if isinstance(error, GroupError) else wording.sentence(error)
        (self._page.pane if self.group_id is None else self.pane).show_error(said)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """The page comes into view: what changed meanwhile is read."""
        if event.type() == QEvent.Type.Show:
            self._soon()
        elif event.type() == QEvent.Type.Hide:
            self.acts.keep_draft()
        return False

    # -- making and changing --------------------------------------------------------------------

    def ask_new(self, people: tuple[Candidate, ...] = ()) -> None:
        """The dialog for a new group."""
        self._ask(GroupDialog(self._workspace, self._page, people=people))

    def ask_members(self) -> None:
        """The dialog that changes the open group."""
        if self.group is not None:
            self._ask(GroupDialog(self._workspace, self._page, self.group))

    def _ask(self, dialog: GroupDialog) -> None:
        self.dialog = dialog
        dialog.saved.connect(self.open_group)
        dialog.dissolve_sure.connect(self._dissolve)
        dialog.open()

    def _dissolve(self) -> None:
        key, store = self.group_id, self._workspace.store
        if key is not None:
            self._page.lane.run(lambda: groups.dissolve(store, key), lambda _none: self._gone(), self.failed)

    def ask_link(self) -> None:
        """Offer the groups that the open thread's person can come into, or leave."""
        row, store = self._page.row, self._workspace.store
        if row is None or row.kind != "number" or not self._page.ready:
            return

        def done(found: tuple[tuple[int, str, bool], ...]) -> None:
            if self._page.row is None or self._page.row.id != row.id:
                return
            self.menu = menu = DigitMenu(self._page, "Groups")
            for place, (key, name, inside) in enumerate(found[:20], 1):
                words = f"Take out of {one_line(name, 60)}" if inside else f"Add to {one_line(name, 60)}"
                act = partial(self._unlink if inside else self._link, key, row.number)
                menu.add(str(place) if place < 10 else "", words, act)
            menu.add("0", "New group…", lambda: self.ask_new((groups.candidate(row),)))
            self._page.later.popup(menu, self._page.later.panel.link_button)

        background.run(self, lambda _job: groups.of_thread(store, row.id), done, self._page.failed)

    def _link(self, key: int, number: str) -> None:
        store, clock, page = self._workspace.store, self._workspace.clock, self._page
        page.lane.run(
            lambda: groups.link(store, clock, key, number), lambda _none: page.read_again(), self.failed
        )

    def _unlink(self, key: int, number: str) -> None:
        store, clock, page = self._workspace.store, self._workspace.clock, self._page
        page.lane.run(
            lambda: groups.unlink(store, clock, key, number), lambda _none: page.read_again(), self.failed
        )

    # -- a text of the story --------------------------------------------------------------------

    def _act_on(self, bubble: Bubble) -> None:
        """What waits to leave is taken back here; what is to be decided is decided in its thread."""
        if bubble.state == "clicked":
            self.acts.take_back(bubble.id)
        elif action_of(bubble):
            store = self._workspace.store
            background.run(
                self,
                lambda _job: groups_texts.thread_of(store, bubble.id),
                lambda key: self.open_thread(key) if key is not None else None,
                self.failed,
            )
