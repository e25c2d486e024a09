"""The Inbox: threads, the thread, the person. The thread that is open never moves under the one who reads."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.conversations import threads
from app.conversations.threads import Thread, ThreadRow
from app.people import optouts
from app.store.events import ConversationChanged, MessageChanged, OptOutChanged
from app.texting import clicks
from app.texting.clicks import Press, Refused
from app.workspace import Workspace
from ui import background, dialogs, theme, wording
from ui.bridge import Bridge
from ui.inbox.drafts import Drafts
from ui.inbox.person import PersonPane
from ui.inbox.thread import ThreadPane
from ui.inbox.threads_pane import ThreadsPane
from ui.lane import Lane
from ui.widgets import one_line

#: Changes that come together are read together, this many milliseconds after the first.
GATHER_MS = 60


def soon(timer: QTimer) -> None:
    """Start it unless it runs: a steady stream of changes must not put it off for ever."""
    if not timer.isActive():
        timer.start()


class InboxPage(QWidget):
    """See the module. ``open_at(conversation_id=…)`` or ``open_at(number=…)`` opens a thread."""

    def __init__(
        self, workspace: Workspace, lines: object, bridge: Bridge, navigate: Callable[..., None]
    ) -> None:
        super().__init__()
        self.workspace, self._navigate = workspace, navigate
        self._row: ThreadRow | None = None
        self._thread: Thread | None = None
        self._started = False
        self._wanted: int | None = None
        self._person_wanted = True
        self.lane = Lane(self)
        self.threads = ThreadsPane(workspace, self)
        self.pane = ThreadPane(workspace.clock, self)
        self.person = PersonPane(self)
        self.drafts = Drafts(workspace.store, self.lane, self.pane.composer, self)
        self._reader = background.Refresher(self, self._read_thread, self._show_thread, self._failed)
        self._build()
        self._wire(bridge)

    # -- looks ----------------------------------------------------------------------------------

    def _build(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.threads)
        layout.addWidget(self.pane, 1)
        layout.addWidget(self.person)
        self.setFocusProxy(self.threads.list)
        self._show_nothing()

    def _wire(self, bridge: Bridge) -> None:
        self.threads.chosen.connect(self._chosen)
        self.threads.entered.connect(lambda _row: self._to_composer())
        self.threads.loaded.connect(self._list_loaded)
        self.threads.failed.connect(self._failed)
        self.pane.model.failed.connect(self._failed)
        self.pane.composer.sent.connect(self._send)
        self.pane.composer.left.connect(self.threads.list.setFocus)
        self.pane.done_asked.connect(self.toggle_done)
        self.pane.opt_out_asked.connect(self.ask_opt_out)
        self.pane.head.person_button.toggled.connect(self._toggle_person)
        self.pane.decide.take_back.connect(self._take_back)
        self.pane.decide.was_sent.connect(self._was_sent)
        self.pane.decide.send_again.connect(self._send_again)
        self.person.details_asked.connect(lambda key: self._navigate("contacts", contact_id=key))
        self.person.opt_outs_asked.connect(lambda number: self._navigate("optouts", number=number))
        self._list_timer = self._timer(self.threads.refresh)
        self._thread_timer = self._timer(self._reader.again)
        self._tail_timer = self._timer(self.pane.model.update_tail)
        bridge.message_changed.connect(self._message_changed)
        bridge.conversation_changed.connect(self._conversation_changed)
        bridge.opt_out_changed.connect(self._opt_out_changed)
        bridge.contacts_changed.connect(lambda _event: self._all_changed())
        bridge.changed_elsewhere.connect(lambda _event: self._all_changed())
        for keys, action in (
            ("Ctrl+K", self.threads.search.setFocus),
            ("D", self.toggle_done),
            ("J", lambda: self.threads.list.step(1)),
            ("K", lambda: self.threads.list.step(-1)),
            ("Esc", self._escape),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(action)

    def _timer(self, action: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(GATHER_MS)
        timer.timeout.connect(lambda: action() if self.isVisible() else None)  # else refresh() does it
        return timer

    # -- the page -------------------------------------------------------------------------------

    def title(self) -> str:
        """The window's title."""
        return "Inbox"

    def refresh(self) -> None:
        """Read again what is shown."""
        if not self.isVisible():
            return
        if not self._started:
            self._started = True
            self.threads.restart()
        else:
            self.threads.refresh()
        if self._row is not None:
            self._reader.again()
            self.pane.model.update_tail()

    def open_at(self, conversation_id: int | None = None, number: str = "") -> None:
        """Open a thread, by its id or by the number it is with (which may have none yet)."""
        if number:
            background.run(self, lambda _job: self._thread_of(number), self._open_wanted, self._failed)
        elif conversation_id is not None:
            self._open_wanted(conversation_id)

    def _thread_of(self, number: str) -> int:
        with self.workspace.store.write() as unit:
            return threads.ensure(unit, self.workspace.clock, number, "number", None, None)

    def _open_wanted(self, conversation_id: int) -> None:
        self._started = True
        self._wanted = conversation_id
        self.threads.set_filter("all")

    def _list_loaded(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None and not self.threads.select(wanted):
            self._open(wanted)  # further down than what is loaded
            self.threads.list.clearSelection()
        elif self.pane.thread_id is not None and not self.threads.list.currentIndex().isValid():
            self.threads.select(self.pane.thread_id)

    def _show_nothing(self) -> None:
        self._row = self._thread = None
        self.pane.show_nothing("Choose a conversation", "Up and Down or J and K move through the list.")
        self.person.show_thread(None)
        self._arrange()

    # -- the open thread ------------------------------------------------------------------------

    def _chosen(self, row: ThreadRow) -> None:
        if self.pane.thread_id != row.id:
            self._row = row
            self._open(row.id)

    def _open(self, thread_id: int) -> None:
        self.drafts.leave()
        self._thread = None
        self.threads.pin(thread_id)
        self.pane.open(thread_id)
        self.person.show_thread(None)
        store = self.workspace.store
        self.pane.model.open(
            lambda before, limit: threads.messages(store, thread_id, before=before, limit=limit)
        )
        self._reader.again()
        self.lane.run(lambda: threads.mark_read(store, thread_id))
        soon(self._list_timer)  # the thread before may go now from where it was held
        self._arrange()

    def _read_thread(self, _job: background.Job) -> tuple[Thread | None, int]:
        serial = self.lane.finished
        thread_id = self.pane.thread_id
        if thread_id is None:
            return None, serial
        return threads.get(self.workspace.store, thread_id, self.workspace.clock), serial

    def _show_thread(self, found: tuple[Thread | None, int]) -> None:
        thread, serial = found
        if thread is None or thread.id != self.pane.thread_id:
            if self.pane.thread_id is not None and thread is not None:
                self._reader.again()
            return
        first = self._thread is None
        self._thread, self._row = thread, thread.row
        self.pane.show_thread(thread)
        self.person.show_thread(thread)
        self.drafts.arrived(thread.id, thread.draft, first=first, serial=serial)
        if thread.row.unread and self.isVisible() and self.pane.view.at_end:
            store = self.workspace.store
            self.lane.run(lambda: threads.mark_read(store, thread.id))
        self._arrange()

    def _escape(self) -> None:
        if self.pane.decide.isVisible():
            self.pane.decide.ask_nothing()
        else:
            self.threads.list.setFocus()

    def _to_composer(self) -> None:
        if not self.pane.composer.locked:
            self.pane.composer.edit.setFocus()

    # -- what can be done -----------------------------------------------------------------------

    def toggle_done(self) -> None:
        """Nobody waits for an answer here; or somebody does after all."""
        row = self._row
        if row is None or row.kind != "number":
            return
        act = threads.reopen if row.done else threads.mark_done
        store = self.workspace.store
        self.lane.run(lambda: act(store, row.id), lambda _none: self._reader.again(), self._failed)

    def ask_opt_out(self) -> None:
        """Ask how they said it, then take the number out of everything."""
        row = self._row
        if row is None:
            return
        self._dialog = dialog = dialogs.FormDialog(
            self,
            f"Opt out {one_line(row.name or row.number_display)}?",
            "It takes effect at once, for every campaign and line. What waits for this number is not sent.",
            (("How they said it", "Their words, or by phone, in person…", dialogs.LEAST_REASON),),
            "Opt out",
            danger=True,
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._opt_out(row.number, dialog.values()[0]))
        dialog.open()

    def _opt_out(self, number: str, evidence: str) -> None:
        workspace = self.workspace

        def work() -> int:
            with workspace.store.write() as unit:
                return optouts.opt_out(
                    unit, workspace.clock, number, source="operator", evidence=evidence,
                    operator=workspace.operator,
                )  # fmt: skip

        self.lane.run(work, lambda _blocked: self._reader.again(), self._failed)

    def _send(self, text: str, press: Press) -> None:
        thread_id, workspace = self.pane.thread_id, self.workspace
        if thread_id is None:
            return
        self.drafts.forget()

        def work() -> object:
            return clicks.compose(
                workspace.store, workspace.clock, thread_id, text, press=press, operator=workspace.operator
            )

        def done(outcome: object) -> None:
            if isinstance(outcome, Refused):
                self._not_sent(thread_id, text, outcome.why)
            elif thread_id == self.pane.thread_id:
                self.drafts.sent()
                self.pane.composer.sent_off()
                self.pane.view.to_end()

        def failed(error: Exception) -> None:
            self._not_sent(thread_id, text, wording.sentence(error))

        self.lane.run(work, done, failed)

    def _not_sent(self, thread_id: int, text: str, why: str) -> None:
        if thread_id == self.pane.thread_id:
            self.pane.composer.refused(why)
            self.drafts.changed()
            return
        # They went on to another thread meanwhile: the text waits as that thread's draft.
        store = self.workspace.store
        self.lane.run(lambda: threads.save_draft(store, thread_id, text))
        self.pane.show_error(
            "Your answer in the thread before was not sent.", why, "It is kept there as a draft."
        )

    def _take_back(self, message_id: int) -> None:
        self.drafts.leave(still=True)
        workspace = self.workspace

        def done(back: bool) -> None:
            self.pane.decide.ask_nothing()
            if not back:
                self.pane.show_error("The line was faster: this text is on its way.", "Nothing was changed.")
            self._reader.again()

        self.lane.run(
            lambda: clicks.take_back(workspace.store, workspace.clock, message_id), done, self._failed
        )

    def _was_sent(self, message_id: int) -> None:
        workspace = self.workspace

        def work() -> bool:
            return clicks.resolve_sent(workspace.store, workspace.clock, message_id, workspace.operator)

        self.lane.run(work, lambda _changed: self.pane.decide.ask_nothing(), self._failed)

    def _send_again(self, message_id: int, press: Press) -> None:
        workspace = self.workspace

        def work() -> object:
            return clicks.send_again(
                workspace.store, workspace.clock, message_id, press=press, operator=workspace.operator
            )

        def done(outcome: object) -> None:
            self.pane.decide.ask_nothing()
            if isinstance(outcome, Refused):
                self.pane.show_error("It was not sent again.", outcome.why)

        self.lane.run(work, done, self._failed)

    def _failed(self, error: Exception) -> None:
        self.pane.show_error(wording.sentence(error))

    # -- what changed ---------------------------------------------------------------------------

    def _message_changed(self, event: MessageChanged) -> None:
        soon(self._list_timer)
        here = self._row.number if self._row is not None else None
        if event.conversation_id == self.pane.thread_id or event.number == here:
            soon(self._tail_timer)
            soon(self._thread_timer)

    def _conversation_changed(self, event: ConversationChanged) -> None:
        soon(self._list_timer)
        if event.conversation_id == self.pane.thread_id:
            soon(self._thread_timer)
            soon(self._tail_timer)

    def _opt_out_changed(self, event: OptOutChanged) -> None:
        soon(self._list_timer)
        if self._row is not None and event.number in ("", self._row.number):
            soon(self._thread_timer)

    def _all_changed(self) -> None:
        for timer in (self._list_timer, self._thread_timer, self._tail_timer):
            soon(timer)

    # -- the three panes ------------------------------------------------------------------------

    def _toggle_person(self, on: bool) -> None:
        self._person_wanted = on
        self._arrange()

    def _arrange(self) -> None:
        """Where there is no room for three panes, the person waits behind a button."""
        em = theme.em(self)
        wide = self.width() >= 62 * em
        there = self.pane.thread_id is not None
        button = self.pane.head.person_button
        button.setVisible(not wide)
        self.threads.setFixedWidth(max(14 * em, min(20 * em, round(self.width() * 0.27))))
        self.person.setFixedWidth(round((17 if wide else 14) * em))
        self.person.setVisible(there and (wide or button.isChecked()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        super().resizeEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.drafts.leave(still=True, now=not self.window().isVisible())
        super().hideEvent(event)
