"""The desk: one card, one big Send in the same place for every card, one key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.workspace import Workspace
from ui import theme
from ui.bridge import Bridge
from ui.desk import empty
from ui.desk.header import DeskHeader
from ui.desk.keyboard import Keyboard
from ui.desk.outbox import OutboxStrip
from ui.desk.reading import News, line_words
from ui.desk.side import NextPanel, RepliesPanel
from ui.desk.stage import Stage
from ui.desk.work import DeskWork
from ui.widgets import Notice, isolated

if TYPE_CHECKING:
    from app.campaigns.desk import Card
    from app.texting.lines import LineManager
    from ui.pages import Navigate

#: How often hours, local times and held people are looked at again.
TICK_MS = 20_000


class DeskPage(QWidget):
    """The page of the window where a texter lives."""

    card_shown = Signal(object)

    def __init__(
        self, workspace: Workspace, lines: LineManager, bridge: Bridge, navigate: Navigate,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._workspace = workspace
        self._navigate = navigate
        self._news = News()
        self._stale = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Desk")
        self.work = DeskWork(workspace, lines, self)
        self._build()
        self.keyboard = Keyboard(self)
        self._connect(bridge)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._time_passed)
        self._show_empty()

    # -- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self.header = DeskHeader(self)
        whole.addWidget(self.header)
        self._body = QHBoxLayout()
        whole.addLayout(self._body, 1)
        main = QVBoxLayout()
        self._main = main
        self.notice = Notice("", "warn", "Close", self)
        self.notice.say("")
        main.addWidget(self.notice)
        self.stack = Stage(self._workspace, self.work, self)
        self.card_view, self.decide, self.empty = self.stack.card_view, self.stack.decide, self.stack.empty
        main.addWidget(self.stack, 1)
        self.outbox = OutboxStrip(self._workspace.clock, self)
        main.addWidget(self.outbox)
        self._body.addLayout(main, 1)
        self._side = QWidget(self)
        side = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._side)
        side.setContentsMargins(0, 0, 0, 0)
        self.replies = RepliesPanel(self._side)
        self.next_panel = NextPanel(self._side)
        side.addWidget(self.replies)
        side.addWidget(self.next_panel, 1)
        side.addStretch(0)
        self._body.addWidget(self._side)
        for layout in (self._body, main, side):
            layout.setSpacing(theme.em(self, 1))
        for button in self.card_view.findChildren(QPushButton) + self.replies.findChildren(QPushButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a mouse press leaves the keys with the desk

    def _connect(self, bridge: Bridge) -> None:
        card = self.card_view
        card.send.pressed_for_real.connect(self._pressed)
        card.message.painted_new.connect(self._painted)
        card.previous.clicked.connect(self.work.previous)
        card.skip.clicked.connect(self.skip)
        card.edit.clicked.connect(card.start_edit)
        card.opt_out.clicked.connect(card.ask_opt_out)
        card.edit_kept.connect(self._keep_edit)
        card.edit_dropped.connect(self.drop_edit)
        card.opt_out_sure.connect(self.opt_out)
        card.opt_out_dropped.connect(self.keep_in)
        card.skip_sure.connect(self._skip_because)
        card.notice.acted.connect(self.work.leave_review)
        self.work.card_changed.connect(self._show_card)
        self.work.news.connect(self._show_news)
        self.work.said.connect(self._say)
        self.work.between.connect(lambda: self.stack.between(self._news))
        self.work.room_changed.connect(lambda: card.set_rest(self.work.room.full()))
        self.notice.acted.connect(lambda: self.notice.say(""))
        self.outbox.take_back.connect(self.work.take_back)
        self.outbox.decide.connect(self.stack.ask_about)
        self.stack.opened.connect(self.setFocus)
        self.stack.closed.connect(self._shown_again)
        self.stack.answer.connect(lambda key: self._navigate("inbox", conversation_id=key, back="desk"))
        self.next_panel.skipped.connect(self.stack.show_skipped)
        self.header.pause.connect(self.toggle_pause)
        self.header.switched.connect(lambda key: self.open_at(campaign_id=key))
        self.replies.go.connect(self.go_replies)
        self.replies.opened.connect(lambda key: self._navigate("inbox", conversation_id=key))
        self.empty.acted.connect(self.first_step)
        bridge.changed.connect(self._events)

    # -- the shell's calls --------------------------------------------------------------------

    def title(self) -> str:
        """The window's title."""
        return "Desk"

    def refresh(self) -> None:
        """The page came into view."""
        self._tick.start()
        self.stack.came_back()
        self.work.refresh()
        if self._stale:
            self._stale = False
            self.work.refill(whole=True)

    def open_at(self, campaign_id: int | None = None, **_where: Any) -> None:
        """Show the campaign with this id, if it runs."""
        self.work.choose(campaign_id)

    def hideEvent(self, event: QHideEvent) -> None:
        self._tick.stop()
        super().hideEvent(event)

    def _events(self, events: tuple[Any, ...]) -> None:
        if self.isVisible():
            self.work.events(events)
        else:
            self._stale = True

    # -- showing ------------------------------------------------------------------------------

    def _show_news(self, news: News) -> None:
        self._news = news
        self._say_line()
        self.header.show_news(news)
        self.outbox.show_items(news.outbox)
        self.replies.show_rows(news.replies, news.replies_total, news.now)
        skipped = news.campaign.skipped if news.campaign is not None else 0
        self.next_panel.show_rows(news.coming, news.held, skipped)
        self._say_pace()
        self.card_view.set_rest(self.work.room.full())
        self.stack.read_skipped()
        self.next_panel.setVisible(news.campaign is not None and self._wide)
        if self.work.deck.current is None:
            self._show_empty()

    def _show_card(self) -> None:
        card = self.work.deck.current
        if self.card_view.busy:
            if card is not None and self._same(card):
                return
            self.card_view.stop_all()
            self.setFocus()
        if card is None:
            self.card_view.card = None
            self.card_view.send.disarm()
            self._show_empty()
            return
        self.card_view.show_card(card, self.work.deck.refusal(card.message_id), self.work.room.full())
        self.stack.show_card()
        self.card_shown.emit(card)

    def _same(self, card: Card) -> bool:
        old = self.card_view.card
        return old is not None and (old.message_id, old.text_hash) == (card.message_id, card.text_hash)

    def _show_empty(self) -> None:
        said = empty.words(self._news, loaded=self.work.loaded)
        self.empty.show_words(said.title, said.text, said.action, said.icon)
        self.empty.button.set_text(said.action, "Enter" if said.first else "")
        self.stack.show_empty()

    def _painted(self, _token: object) -> None:
        """The card can be read from now on: the dwell begins."""
        if self.card_view.send.isEnabled() and not self.card_view.busy:
            self.card_view.send.arm()

    def _say(self, text: str, tone: str) -> None:
        self.notice.say(text, tone, "Close")

    def _say_line(self) -> None:
        self.card_view.say_line(line_words(self._news))

    # -- what a person does -------------------------------------------------------------------

    def _pressed(self, press: Any) -> None:
        """A real press on Send. What counts is the text that was painted, and only that."""
        card = self.work.deck.current
        view = self.card_view
        if card is None or view.busy or not self.stack.on_card:
            return
        if view.message.painted != (card.message_id, card.text_hash):
            return
        self.notice.say("")
        if self._workspace.settings.second_press and not view.second:
            view.ask_second(wanted=True)
            return
        self.work.press(card, press)

    def skip(self) -> None:
        """Pass over the person on the desk, or put a skipped one back."""
        card = self.work.deck.current
        if card is None:
            return
        if card.state == "skipped":
            self.work.put_back_skipped(card.message_id, card.name or card.number_display, card.reason)
        elif card.state == "queued":
            self.work.skip(card)

    def _keep_edit(self, text: str) -> None:
        card = self.card_view.card
        self.card_view.stop_edit()
        self.setFocus()
        if card is not None and text.strip() and text != card.text:
            self.work.keep_edit(card, text)

    def drop_edit(self) -> None:
        """The text stays as it was."""
        self.card_view.stop_edit()
        self.setFocus()

    def opt_out(self) -> None:
        """The opt-out that was asked about is sure."""
        card = self.card_view.card
        self.card_view.question.say("")
        self.setFocus()
        if card is not None:
            self.work.opt_out(card)

    def keep_in(self) -> None:
        """The person is not opted out after all."""
        self.card_view.stop_asking()
        self.setFocus()

    def ask_reason(self) -> None:
        """Skip, and say why."""
        card = self.work.deck.current
        if card is not None and card.state == "queued":
            self.card_view.ask_reason()

    def _skip_because(self, reason: str) -> None:
        card = self.card_view.card
        self.card_view.stop_all()
        self.setFocus()
        if card is not None:
            self.work.skip(card, reason)

    def _shown_again(self) -> None:
        self._show_card()
        self.setFocus()

    def _time_passed(self) -> None:
        self.stack.time_passed()
        self.work.time_passed()

    def _say_pace(self) -> None:
        mine = self.work.rhythm.per_minute(self._workspace.clock.monotonic())
        words = [f"you {mine}/min"] if mine else []
        words += [f"{isolated(each.name, 40)} {each.per_minute}/min" for each in self._news.paces]
        self.outbox.say_pace(" · ".join(words))

    # -- ways out -----------------------------------------------------------------------------

    def go_replies(self) -> None:
        """To who waits for an answer; from a card that may be an opt-out, to its thread."""
        if self.asked is None:
            self._navigate("inbox")
        else:
            self._navigate("inbox", number=self.asked, back="desk")

    @property
    def asked(self) -> str | None:
        """The number of a shown card that a person must first decide about; None for no such card."""
        card = self.card_view.card if self.stack.on_card else None
        return card.number if card is not None and card.gate.rule == "asked" else None

    @property
    def can_begin(self) -> bool:
        """True while there is no campaign at all, so that Enter may lead to the first list."""
        shown = self.stack.currentWidget() is self.stack.empty_panel
        return shown and empty.words(self._news, loaded=self.work.loaded).first

    def first_step(self) -> None:
        """What the button of an empty desk does."""
        goal = empty.words(self._news, loaded=self.work.loaded).goal
        campaign = self._news.campaign
        if goal == "resume":
            self.toggle_pause()
        elif goal == "import":
            self._navigate("contacts", import_list=True)
        elif goal == "campaign" and campaign is not None:
            self._navigate("campaigns", campaign_id=campaign.id)
        elif goal == "inbox":
            self.go_replies()

    # -- keys ---------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.keyboard.take(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if self.keyboard.take_release(event):
            event.accept()
        else:
            super().keyReleaseEvent(event)

    def take_back_latest(self) -> None:
        """The newest click that still waits."""
        item = self.outbox.latest_waiting()
        if item is not None:
            self.work.take_back(item.message_id)

    def decide_first(self) -> None:
        """The first text whose outcome a person must say."""
        item = self.outbox.first_unknown()
        if item is not None:
            self.stack.ask_about(item)

    def escape(self) -> None:
        """Back to the queue; notices go."""
        self.work.leave_review()
        self.notice.say("")

    def toggle_pause(self) -> None:
        """Pause the campaign on the desk, or resume it."""
        self.work.toggle_pause(self._news)

    # -- room ---------------------------------------------------------------------------------

    @property
    def _wide(self) -> bool:
        return self.width() >= theme.em(self, 44)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._side.setVisible(self._wide)
        self._side.setFixedWidth(min(theme.em(self, 18.5), max(self.width() * 3 // 10, theme.em(self, 13))))
        roomy = self.height() >= theme.em(self, 44)
        tight = self.height() < theme.em(self, 28)
        space = theme.em(self, 1.4 if roomy else 0.3 if tight else 0.7)
        self.card_view.set_tight(tight)
        self.header.set_tight(tight)
        self.outbox.set_tight(tight)
        for layout in (self._main, self._body):
            layout.setSpacing(theme.em(self, 0.3 if tight else 1))
        self._body.setContentsMargins(space, space, space, space)
        self.outbox.set_rows(2 if roomy else 1)
        self.header.set_room(self.width() >= theme.em(self, 60))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
        super().changeEvent(event)
