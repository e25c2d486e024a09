"""The Inbox: threads, the thread, the person. The thread that is open never moves under the one who reads."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.conversations import opened, threads
from app.conversations.opened import Opened
from app.conversations.search import Hit
from app.conversations.threads import Thread, ThreadRow
from app.store.events import ConversationChanged, MessageChanged, OptOutChanged
from app.workspace import Workspace
from ui import background, theme, wording
from ui.bridge import Bridge
from ui.inbox import keys
from ui.inbox.acts import Acts
from ui.inbox.confirming import Confirming
from ui.inbox.drafts import Drafts
from ui.inbox.forward import Forwarding
from ui.inbox.groups import Groups
from ui.inbox.holding import Holding
from ui.inbox.joining import Joining
from ui.inbox.keeping import Keeping
from ui.inbox.later import Later
from ui.inbox.onward import Onward
from ui.inbox.person import PersonPane
from ui.inbox.replying import Replying
from ui.inbox.script_pane import ScriptPane
from ui.inbox.sorting import Sorting
from ui.inbox.thread import ThreadPane
from ui.inbox.threads_pane import ThreadsPane
from ui.lane import Lane

#: Changes that come together are read together, this many milliseconds after the first.
GATHER_MS = 60
#: Where the inbox may be opened from, and what the way back is called.
BACK = {"desk": "Back to the desk", "campaigns": "Back to the campaign"}


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
        self.campaign_id: int | None = None  # whose script and replies this thread has
        self._back = ""
        self._to_write = False  # the thread that comes into view is to be answered
        self.lane = Lane(self)
        self.threads = ThreadsPane(workspace, self)
        self.pane = ThreadPane(workspace.clock, self)
        self.undo_slot = self.pane.undo_slot
        self.person = PersonPane(self)
        self.script = ScriptPane(workspace, bridge, self)
        self.person.script.addWidget(self.script)
        self.drafts = Drafts(workspace.store, self.lane, self.pane.composer, self)
        self.acts = Acts(self)
        self.replying = Replying(self)
        self.keeping = Keeping(self)
        self.joining = Joining(self)
        self.holding = Holding(self)
        self.confirming = Confirming(self)
        self.sorting = Sorting(self)
        self.later = Later(self)
        self.forwarding = Forwarding(self)
        self.onward = Onward(self)
        self._reader = background.Refresher(self, self._read_thread, self._show_thread, self.failed)
        self._build()
        self._wire(bridge)
        self.groups = Groups(self, bridge)

    # -- looks ----------------------------------------------------------------------------------

    def _build(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.threads)
        layout.addWidget(self.pane, 1)
        layout.addWidget(self.person)
        self.setFocusProxy(self.threads.list)
        self.close_thread()

    def _wire(self, bridge: Bridge) -> None:
        self.threads.chosen.connect(self._chosen)
        self.threads.entered.connect(lambda _row: self.to_composer())
        self.threads.loaded.connect(self._list_loaded)
        self.threads.found.chosen.connect(self._open_found)
        self.threads.failed.connect(self.failed)
        self.pane.model.failed.connect(self.failed)
        self.pane.done_asked.connect(self.toggle_done)
        self.pane.opt_out_asked.connect(self.acts.ask_opt_out)
        self.pane.head.person_button.toggled.connect(self._toggle_person)
        self.pane.decide.take_back.connect(self.acts.take_back)
        self.pane.decide.was_sent.connect(self.acts.was_sent)
        self.pane.decide.send_again.connect(self.acts.send_again)
        self.threads.back_button.clicked.connect(self.go_back)
        self.pane.composer.left.connect(self.escape)
        self.pane.next_notice.acted.connect(self.go_back)
        self.script.suggested.connect(self.pane.composer.suggest)
        self.script.opt_out_wanted.connect(self.pane.composer.want_opt_out)
        self.script.left.connect(self.to_composer)
        self.script.reveal.connect(lambda: self.pane.head.person_button.setChecked(True))
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
        keys.wire(self)

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

    @property
    def ready(self) -> bool:
        """Whether the open thread is read: until then no key means it."""
        return self._thread is not None

    @property
    def row(self) -> ThreadRow | None:
        """The open thread's row."""
        return self._row

    def read_again(self) -> None:
        """The open thread changed."""
        self._reader.again()

    def open_at(self, conversation_id: int | None = None, number: str = "", back: str = "") -> None:
        """Open a thread, by its id or by the number it is with (which may have none yet).

        ``back`` names the page that Esc leads back to, "" for none.
        """
        self._back = back if back in BACK else ""
        self.threads.say_back(BACK.get(self._back, ""))
        if number:
            background.run(self, lambda _job: self._thread_of(number), self._open_wanted, self.failed)
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

    def close_thread(self) -> None:
        """Nothing is open."""
        self._row = self._thread = None
        self.campaign_id = None
        self.pane.show_nothing("Choose a conversation", "Up and Down or J and K move through the list.")
        self._show_person(None)
        self._arrange()

    # -- the open thread ------------------------------------------------------------------------

    def _chosen(self, row: ThreadRow) -> None:
        if self.pane.thread_id != row.id:
            self._row = row
            self._open(row.id)

    def _open_found(self, hit: Hit) -> None:
        """Open a conversation at the text that was found."""
        self._open(hit.conversation_id, None if hit.message_id is None else (hit.at, hit.message_id))
        if not self.threads.select(hit.conversation_id):
            self.threads.list.clearSelection()  # the list marks nobody but who is open
        self.pane.view.setFocus()

    def _open(self, thread_id: int, at: tuple[float, int] | None = None) -> None:
        self.replying.leave()
        self.drafts.leave()
        self._thread = None
        self.threads.pin(thread_id)
        self.pane.open(thread_id)
        self._show_person(None)
        store = self.workspace.store
        self.pane.model.open(
            lambda before, limit: threads.messages(store, thread_id, before=before, limit=limit),
            at,
        )
        self._reader.again()
        self.lane.run(lambda: threads.mark_read(store, thread_id))
        soon(self._list_timer)  # the thread before may go now from where it was held
        self._arrange()

    def _read_thread(self, _job: background.Job) -> tuple[Opened | None, int]:
        serial = self.lane.finished
        thread_id, workspace = self.pane.thread_id, self.workspace
        if thread_id is None:
            return None, serial
        return opened.read(workspace.store, workspace.clock, thread_id, workspace.operator), serial

    def _show_thread(self, found: tuple[Opened | None, int]) -> None:
        here, serial = found
        if here is None or here.thread.id != self.pane.thread_id:
            if self.pane.thread_id is not None and here is not None:
                self._reader.again()
            return
        thread, first = here.thread, self._thread is None
        self._thread, self._row, self.campaign_id = thread, thread.row, here.campaign_id
        self.threads.model.put(thread.row)  # it stays in the list, also where it belongs there no more
        self.pane.show_thread(thread)
        self.pane.show_offers(here.offers)
        self._show_person(here)
        self.drafts.arrived(thread.id, thread.draft, first=first, serial=serial)
        if first:
            self.replying.arrive(thread.id)
        if self._to_write or (first and self._back and self.pane.hold.decidable):
            self._to_write = False
            self.to_composer()
        if thread.row.unread and self.isVisible() and self.pane.view.at_end:
            store = self.workspace.store
            self.lane.run(lambda: threads.mark_read(store, thread.id))
        self._arrange()

    def _show_person(self, here: Opened | None) -> None:
        thread = here.thread if here is not None else None
        self.person.show_thread(thread)
        self.script.show_thread(thread)
        for part in (self.keeping, self.joining, self.holding, self.confirming, self.sorting, self.later):
            part.show_person(here)

    def step(self, by: int) -> None:
        """Move the cursor of the list."""
        if self._to_write or self.groups.step(by):
            return  # a letter of the next answer, typed before its thread is there; or it moved in the groups
        (self.threads.found if self.threads.searching else self.threads).list.step(by)

    def escape(self) -> None:
        """One thing at a time: a question, the list of replies, what a reply filled in, then out of here."""
        if self.pane.decide.isVisible():
            self.pane.decide.ask_nothing()
        elif self.pane.sure.isVisible():
            self.pane.sure.drop()
        elif self.pane.forward.isVisible():
            self.forwarding.leave()
        elif self.pane.search.isVisible():
            self.pane.search.close_list()
        elif self.threads.searching:
            self.threads.leave_search()
            self.threads.list.setFocus()
        elif not self.pane.composer.take_back() and not self.go_back():
            self.threads.list.setFocus()

    def write_when_read(self) -> None:
        """To the answer, once the thread is read again."""
        self._to_write = True
        self._reader.again()

    def to_composer(self) -> None:
        """Write an answer, where one may be written; while the thread is read, as soon as it is."""
        if not self.ready:
            self._to_write = self.pane.thread_id is not None
        elif self.pane.hold.decidable:
            self.pane.hold.setFocus()
        elif self.pane.composer.locked:
            (self.pane.confirm if self.pane.confirm.actionable else self.threads.list).setFocus()
        else:
            self.pane.composer.edit.setFocus()

    # -- what can be done -----------------------------------------------------------------------

    def toggle_done(self) -> None:
        """Nobody waits for an answer here; or somebody does after all."""
        if self.ready:  # not while the thread is only coming into view
            self.acts.toggle_done()

    # -- on to the next, and back ---------------------------------------------------------------

    def go_to(self, found: int | None, where: str = "") -> None:
        """Open the conversation to be answered next; None: nobody else waits, with the words for where."""
        if found is None:
            action = f"{BACK.get(self._back, '')} (Esc)" if self._back else ""
            self.pane.next_notice.say(f"Nobody else waits for an answer{where}.", "good", action)
            self.to_composer()
            return
        self._to_write = True
        if not self.threads.select(found):
            self._open(found)
            self.threads.list.clearSelection()

    def go_back(self) -> bool:
        """To where the inbox was opened from; False where it was opened by itself."""
        back, self._back = self._back, ""
        self.threads.say_back("")
        if back:
            self._navigate(back)
        return bool(back)

    def failed(self, error: Exception) -> None:
        """Say what went wrong above the messages."""
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
        if not event.spontaneous():  # another page came into view: the way back is over
            self._back = ""
            self.threads.say_back("")
        super().hideEvent(event)
