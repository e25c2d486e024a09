"""The middle of the inbox: who it is, the messages, what is to decide, and the answer that is typed."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from app.clock import Clock
from app.conversations.bubbles import Bubble
from app.conversations.canned import Offered
from app.conversations.threads import Thread
from ui import theme
from ui.inbox import words
from ui.inbox.canned_bar import CannedBar
from ui.inbox.canned_search import CannedSearch
from ui.inbox.composer import Composer
from ui.inbox.confirm import ASKED, ConfirmPanel
from ui.inbox.decide import DecidePanel
from ui.inbox.forward import ForwardPanel
from ui.inbox.hold_panel import HoldPanel
from ui.inbox.messages import MessageView
from ui.inbox.sure import SurePanel
from ui.inbox.window import BubbleModel
from ui.widgets import Avatar, ElidedLabel, EmptyState, ErrorPanel, KeyButton, Notice, one_line


class ThreadHead(QFrame):
    """Name, number, their time, the line; Done and Opt out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.avatar = Avatar("", self)
        self.name = ElidedLabel("", self, size="title", bold=True)
        self.about = ElidedLabel("", self, quiet=True)
        self.person_button = KeyButton("Details", parent=self)
        self.person_button.setCheckable(True)
        self.done_button = KeyButton("Done", "D", self)
        self.opt_out_button = KeyButton("Opt out", parent=self)
        layout = QHBoxLayout(self)
        side, top = theme.em(self, 1.2), theme.em(self, 0.7)
        layout.setContentsMargins(side, top, side, top)
        layout.setSpacing(theme.em(self, 0.6))
        names = QVBoxLayout()
        names.setSpacing(1)
        names.addWidget(self.name)
        names.addWidget(self.about)
        layout.addWidget(self.avatar)
        layout.addLayout(names, 1)
        for button in (self.person_button, self.done_button, self.opt_out_button):
            layout.addWidget(button)
        self.setMinimumHeight(theme.em(self, 4.2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.avatar.setVisible(self.width() >= theme.em(self, 27))
        super().resizeEvent(event)

    def show_thread(self, thread: Thread) -> None:
        """Say who this is."""
        row = thread.row
        self.avatar.set_initials(row.initials)
        self.name.setText(one_line(row.name or row.number_display))
        number = row.number_display if row.name else ""
        place = f"{thread.local_time} in {thread.place}" if thread.local_time and thread.place else ""
        via = f"via {thread.line_name}" if thread.line_name else ""
        self.about.setText(" · ".join(one_line(part) for part in (number, place, via) if part))
        self.done_button.set_text("Reopen" if row.done else "Done")
        self.done_button.setVisible(row.kind == "number")
        self.opt_out_button.setVisible(row.kind == "number" and not row.opted_out)


class ThreadPane(QWidget):
    """Everything of one open thread; it asks for actions by signals and shows what it is given."""

    done_asked = Signal()
    opt_out_asked = Signal()

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.thread_id: int | None = None
        self.head = ThreadHead(self)
        self.model = BubbleModel(lambda: self._today(clock), self)
        self.view = MessageView(self.model, self)
        self.error = ErrorPanel(action="Close", parent=self)
        self.error.acted.connect(self.error.hide)
        self.error.hide()
        self.newest_button = KeyButton("New text below", parent=self, icon="chevron-right")
        self.newest_button.hide()
        self.decide = DecidePanel(clock, self)
        self.composer = Composer(clock, self)
        self.replies = CannedBar(self)
        self.search = CannedSearch(self)
        self.sure = SurePanel(self)
        self.hold = HoldPanel(self)
        self.confirm = ConfirmPanel(clock, self)
        #: The id of the text that one answer is open for, though its writer opted out; None for none.
        self.one_answer: int | None = None
        self.forward = ForwardPanel(clock, self)
        self.next_notice = Notice("", "good", parent=self)
        self.wish = Notice("", "accent", parent=self)
        self.empty = EmptyState("Choose a conversation", "Its messages are shown here.", icon="inbox")
        self._build()
        self.view.action.connect(self.decide.ask)
        self.decide.closed.connect(self._focus_after_decision)
        self.view.missed.connect(self.newest_button.show)
        self.view.end_reached.connect(self.newest_button.hide)
        self.newest_button.clicked.connect(self.view.to_end)
        self.model.merged.connect(self._decision_over)
        self.search.opened.connect(self.replies.hide)  # the list says all that the chips say
        self.search.closed.connect(lambda: self.replies.setVisible(not self.composer.locked))
        self.head.done_button.clicked.connect(self.done_asked)
        self.head.opt_out_button.clicked.connect(self.opt_out_asked)

    @staticmethod
    def _today(clock: Clock) -> date:
        return words.local(clock.now()).date()

    def _build(self) -> None:
        inner = QWidget(self)
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(self.error)
        layout.addWidget(self.view, 1)
        foot = QVBoxLayout()
        side = theme.em(self, 1.4)
        foot.setContentsMargins(side, theme.em(self, 0.4), side, theme.em(self, 1))
        foot.setSpacing(theme.em(self, 0.4))
        self._foot = foot
        foot.addWidget(self.newest_button)
        for part in (
            self.next_notice,
            self.wish,
            self.hold,
            self.confirm,
            self.forward,
            self.decide,
            self.sure,
            self.search,
            self.replies,
        ):
            foot.addWidget(part)
        foot.addWidget(self.composer)
        layout.addLayout(foot)
        self._inner = inner
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(inner)

    # -- what it shows --------------------------------------------------------------------------

    def undo_slot(self) -> QVBoxLayout | None:
        """Above the answer, where a word moves nothing below it; None while no thread is open."""
        return self._foot if self._inner.isVisible() else None

    def show_nothing(self, title: str, text: str, action: str = "") -> None:
        """No thread is open."""
        self.thread_id = None
        self.model.open(None)
        self.decide.ask_nothing()
        self.forward.drop()
        self.empty.show_words(title, text, action)
        self._stack.setCurrentWidget(self.empty)

    def open(self, thread_id: int) -> None:
        """Another thread: nothing of the one before stays on screen."""
        self.thread_id = thread_id
        self.error.hide()
        self.newest_button.hide()
        self.decide.ask_nothing()
        self.sure.hide()
        self.hold.show_hold(None)
        self.confirm.show_offers(())
        self.one_answer = None
        self.forward.drop()
        self.search.hide()
        self.next_notice.say("")
        self.wish.say("")
        self.replies.show_offers(())
        self.composer.reset()
        self.composer.setEnabled(False)
        self._stack.setCurrentWidget(self._inner)

    def show_thread(self, thread: Thread) -> None:
        """The person's data arrived or changed."""
        self.head.show_thread(thread)
        opened = self.one_answer is not None
        self.show_lock(thread)
        why = f"One answer may go: {ASKED[0].lower()}{ASKED[1:]}." if opened else thread.gate.why
        self.composer.warn(why if not self.composer.locked else "")
        self.composer.setEnabled(True)
        if self.composer.locked:
            self.search.hide()
            self.sure.hide()
        self.replies.setVisible(not self.composer.locked and not self.search.isVisible())

    def show_lock(self, thread: Thread) -> None:
        """Why no answer may be typed; it knows of what waits above for a press."""
        opened = self.one_answer is not None
        self.composer.lock("" if opened else lock_words(thread, offered=self.confirm.offers))

    def show_offers(self, offers: tuple[Offered, ...]) -> None:
        """The canned replies that fit this person."""
        self.replies.show_offers(offers)
        self.search.show_offers(offers)
        self.composer.edit.keys = frozenset(each.key for each in offers if each.key)

    def show_error(self, what: str, kept: str = "", do: str = "") -> None:
        """Say what went wrong above the messages."""
        self.error.show_error(what, kept, do, "Close")

    # -- inside ---------------------------------------------------------------------------------

    def _decision_over(self) -> None:
        """A question about a text that went on meanwhile is no question."""
        if self.decide.message_id is None:
            return
        bubble = next((b for b in self.model.rows if b.id == self.decide.message_id), None)
        if bubble is None or not self._still_open(bubble):
            self.decide.ask_nothing()
        else:
            self.decide.ask(bubble)

    @staticmethod
    def _still_open(bubble: Bubble) -> bool:
        from ui.inbox.bubbles import action_of

        return bool(action_of(bubble))

    def _focus_after_decision(self) -> None:
        if not self.composer.locked:
            self.composer.edit.setFocus()
        else:
            self.view.setFocus()


def lock_words(thread: Thread, *, offered: bool = False) -> str:
    """Why nobody may be texted in this thread; "" where one may. ``offered``: something waits for a press."""
    row = thread.row
    if row.opted_out:
        who = one_line(row.name or row.number_display)
        nothing = "Apart from what is offered above, nothing" if offered else "Nothing"
        return (
            f"{who} opted out. {nothing} can be sent to this number until they write START, "
            "or the opt-out is lifted on the Opt-outs page with a reason."
        )
    if thread.gate.rule == "asked":
        return "Nothing can be sent to this number until somebody has decided whether this is an opt-out."
    if row.kind == "sender":
        return "This sender is a name or a short code, not a phone number. It cannot be answered by text."
    if row.kind == "system":
        return "These are notes from the SIM and the network. There is nobody to answer."
    return ""
