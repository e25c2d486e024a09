"""The card: one person, the text that will go to them, and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QTextCursor
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.clock import Clock
from ui import theme
from ui.desk.bubbles import History
from ui.desk.editor import LONGEST, Editor
from ui.desk.head import CardHead
from ui.desk.reason import ReasonLine
from ui.press import PressButton
from ui.widgets import (
    ElidedLabel,
    KeyButton,
    Notice,
    Panel,
    PlainLabel,
    Rule,
    isolated,
    one_line,
    scrolled,
)
from ui.widgets_message import MessageView

if TYPE_CHECKING:
    from app.campaigns.desk import Card

STATE_WORDS = {
    "skipped": "Skipped",
    "blocked": "Blocked: opted out",
    "clicked": "Waits for its line",
    "sending": "Being sent",
    "sent": "Sent",
    "not_sent": "Was not sent",
    "unknown": "Outcome unknown",
    "removed": "Taken out",
}


class CardView(Panel):
    """Shows one card. It decides nothing: the page connects its buttons."""

    edit_kept = Signal(str)
    edit_dropped = Signal()
    opt_out_sure = Signal()
    opt_out_dropped = Signal()
    skip_sure = Signal(str)

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.4)
        self.card: Card | None = None
        self.second = False  # one press was made, and a second one is wanted
        self._refusal = self._rests = ""
        self._tight = False
        self.setAccessibleName("Card")
        self._build_head()
        self._build_text()
        self._build_history()
        self._build_question()
        self._build_foot(clock)

    # -- parts --------------------------------------------------------------------------------

    def _build_head(self) -> None:
        self.head = CardHead(self)
        self.avatar, self.name, self.where = self.head.avatar, self.head.name, self.head.where
        self.consent, self.badge, self.tags = self.head.consent, self.head.badge, self.head.tags
        self._chips_below = False
        self.body.addWidget(self.head)

    def _build_text(self) -> None:
        self.inset = Panel(self, margin=1.0, inset=True)
        self.inset.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.message = MessageView(self.inset)
        self.editor = Editor(self.inset)
        self.editor.hide()
        self.editor.kept.connect(lambda: self.edit_kept.emit(self.editor.toPlainText()))
        self.editor.dropped.connect(self.edit_dropped)
        self.inset.body.addWidget(self.message)
        self.inset.body.addWidget(self.editor)
        self.body.addWidget(self.inset, 3)
        self.notice = Notice("", "warn", parent=self)
        self.body.addWidget(self.notice)

    def _build_history(self) -> None:
        self._rule = Rule(self)
        self.body.addWidget(self._rule)
        self.earlier = PlainLabel("", self, quiet=True, size="small")
        self.history = History()
        self._area = scrolled(parent=self)
        self._area.setMinimumHeight(1)  # the message comes first
        holder = self._area.widget()
        inner = holder.layout() if holder is not None else None
        assert isinstance(inner, QVBoxLayout)
        inner.addWidget(self.history)
        inner.addStretch(1)
        self.body.addWidget(self.earlier)
        self.body.addWidget(self._area, 5)

    def _build_question(self) -> None:
        self.question = Notice("", "bad", parent=self)
        self.sure = KeyButton("Opt out", "Y", self.question, danger=True)
        self.keep = KeyButton("Keep", "Esc", self.question)
        layout = self.question.layout()
        assert isinstance(layout, QHBoxLayout)
        layout.addWidget(self.sure)
        layout.addWidget(self.keep)
        self.sure.clicked.connect(self.opt_out_sure)
        self.keep.clicked.connect(self.opt_out_dropped)
        self.body.addWidget(self.question)
        self.reason = ReasonLine(self)
        self.reason.kept.connect(self.skip_sure)
        self.reason.dropped.connect(self.opt_out_dropped)
        self.body.addWidget(self.reason)

    def _build_foot(self, clock: Clock) -> None:
        self.measure = PlainLabel("", self, quiet=True)
        self.from_line = ElidedLabel("", self, quiet=True)
        self._words = QWidget(self)
        words = QVBoxLayout(self._words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(1)
        words.addWidget(self.measure)
        words.addWidget(self.from_line)
        self.previous = KeyButton("Previous", "P", self)
        self.skip = KeyButton("Skip", "S", self)
        self.edit = KeyButton("Edit", "E", self)
        self.opt_out = KeyButton("Opt out", "O", self)
        self.send = PressButton("Send", "Enter", clock, self)
        self.send.setAccessibleDescription("Keys: Enter, Space or semicolon")
        font = self.send.font()
        font.setPointSizeF(theme.points("message"))
        self.send.setFont(font)
        self.send.setMinimumSize(theme.em(self, 9.4), theme.em(self, 2.9))
        self._secondary = QWidget(self)
        buttons = QHBoxLayout(self._secondary)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(theme.em(self, 0.6))
        for button in (self.previous, self.skip, self.edit, self.opt_out):
            buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._foot = QGridLayout()
        self._foot.setSpacing(theme.em(self, 0.6))
        self._foot.setColumnStretch(0, 1)
        self._two_rows: bool | None = None
        self.body.addLayout(self._foot)

    # -- room ---------------------------------------------------------------------------------

    def fit(self) -> None:
        """Arrange the parts for the room there is. Send stays in the lower right corner."""
        room = self.contentsRect().width() - 2 * self.body.contentsMargins().left()
        gap = theme.em(self, 0.6)
        needs = self._secondary.sizeHint().width() + self.send.minimumWidth() + 2 * gap
        two_rows = room < needs + theme.em(self, 9)
        if two_rows != self._two_rows:
            self._two_rows = two_rows
            for widget in (self._words, self._secondary, self.send):
                self._foot.removeWidget(widget)
            row = 1 if two_rows else 0
            right = Qt.AlignmentFlag.AlignRight
            self._foot.addWidget(self._words, row, 0)
            self._foot.addWidget(self._secondary, 0, 0 if two_rows else 1, 1, 2 if two_rows else 1, right)
            self._foot.addWidget(self.send, row, 1 if two_rows else 2, right)
        chips = self.head.chips_width(gap)
        below = room < chips + theme.em(self, 16)
        if below != self._chips_below:
            self._chips_below = below
            self.head.row.removeWidget(self.head.chips)
            self.body.removeWidget(self.head.chips)
            if below:
                self.body.insertWidget(1, self.head.chips)
            else:
                self.head.row.addWidget(self.head.chips, 0, Qt.AlignmentFlag.AlignVCenter)
        self.head.chips.setFixedWidth(room if below else min(chips, room // 2))
        inset = self.inset.body.contentsMargins()
        wanted = self.message.height_at(room - inset.left() - inset.right() - 4) + theme.em(self, 0.3)
        wanted += inset.top() + inset.bottom() + 2
        self.inset.setMinimumHeight(max(min(wanted, self._room_for_text()), theme.em(self, 2.6)))

    def _room_for_text(self) -> int:
        """The height that the other parts, without the history, leave to the text."""
        margins = self.body.contentsMargins()
        used = margins.top() + margins.bottom() + self.body.spacing()
        for index in range(self.body.count()):
            item = self.body.itemAt(index)
            if item is None or item.isEmpty() or item.widget() in (self.inset, self._area):
                continue
            used += item.sizeHint().height() + self.body.spacing()
        return self.height() - used

    def set_tight(self, tight: bool) -> None:
        """A low window: small margins, and no history."""
        self._tight = tight
        self.head.set_tight(tight)
        space = theme.em(self, 0.6 if tight else 1.4)
        self.body.setContentsMargins(space, space, space, space)
        self.body.setSpacing(theme.em(self, 0.3 if tight else 0.6))
        inset = theme.em(self, 0.4 if tight else 1.0)
        self.inset.body.setContentsMargins(inset, inset, inset, inset)
        self.send.setMinimumSize(theme.em(self, 9.4), theme.em(self, 2.2 if tight else 2.9))
        self._show_history()
        if self.card is not None:
            self.head.show_card(self.card)

    def _show_history(self) -> None:
        there = self.card is not None and bool(self.card.history) and not self._tight
        for widget in (self._rule, self.earlier, self._area):
            widget.setVisible(there)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    # -- what is shown ------------------------------------------------------------------------

    def show_card(self, card: Card, refusal: str = "", rests: str = "") -> None:
        """Show ``card``; a text that is on screen already, unchanged, is not painted anew.

        ``refusal`` says why a press on it was not taken, ``rests`` why Send can take none for a moment.
        """
        same = self.card is not None and _token(self.card) == _token(card)
        self.card, self._refusal, self._rests = card, refusal, rests
        self.head.show_card(card)
        if not same:
            self.ask_second(wanted=False)
            self.message.show_text(card.text, ((span[0], span[1]) for span in card.spans), _token(card))
        self._show_measure(card)
        self.history.show_bubbles(card.history)
        first = one_line(card.name.split(" ")[0], 40) if card.name else "this number"
        self.earlier.setText(f"Earlier with {first}")
        self._show_history()
        self._show_state(card)
        self.fit()

    def set_rest(self, rests: str) -> None:
        """Send rests for this reason, or goes on (""). Nothing is sent by it."""
        if self.card is not None and rests != self._rests and not self.busy:
            self._rests = rests
            self._show_state(self.card)

    def _show_measure(self, card: Card) -> None:
        segments = "1 segment" if card.segments == 1 else f"{card.segments} segments"
        self.measure.setText(f"{card.units} / {card.limit} · {segments}")
        odd = getattr(card, "offending", "")
        self.measure.setToolTip("")
        self.measure.setAccessibleName(self.measure.text())
        if odd and card.alphabet != "GSM-7":
            self.measure.setText(f"{card.units} / {card.limit} · {segments} · because of {isolated(odd, 12)}")

    def _show_state(self, card: Card) -> None:
        ready = card.state == "queued" and card.gate.verdict == "go"
        if card.state != "queued":
            words = STATE_WORDS.get(card.state, card.state)
            why = f": {one_line(card.reason, 200)}" if card.state == "skipped" and card.reason else ""
            self.notice.say(f"{words}{why}.", "accent", "Back to the queue (Esc)")
        elif self._refusal:
            self.notice.say(f"Not sent: {self._refusal}", "warn")
        elif not ready:
            self.notice.say(f"Not now: {hold_words(card)}", "warn")
        elif self._rests or not self.notice.isHidden():
            self.notice.say(self._rests, "accent")
        ready = ready and not self._rests
        self.skip.set_text("Put back" if card.state == "skipped" else "Skip")
        self.skip.setEnabled(card.state in ("queued", "skipped"))
        self.edit.setEnabled(card.state == "queued")
        self.opt_out.setEnabled(card.state != "blocked")
        self.send.setEnabled(ready)
        if not ready:
            self.send.disarm()
        elif self.message.painted == _token(card) and not self.send.gate.armed:
            self.send.arm()

    def ask_second(self, *, wanted: bool) -> None:
        """Send asks for a second press, or no longer does."""
        self.second = wanted
        self.send.set_text("Again" if wanted else "Send")
        if wanted:
            self.send.arm()

    def say_line(self, words: str) -> None:
        """Say which line it will leave from."""
        self.from_line.setText(words)

    # -- modes --------------------------------------------------------------------------------

    @property
    def editing(self) -> bool:
        """True while the text is edited."""
        return not self.editor.isHidden()

    def start_edit(self) -> None:
        """Put the editor in the text's place."""
        if self.card is None or self.busy:
            return
        self.editor.setPlainText(self.card.text[:LONGEST])
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self.message.hide()
        self.editor.show()
        self.editor.setFocus()
        self.send.disarm()
        self.send.setEnabled(False)
        self.notice.say("Ctrl+Enter keeps the text for this person alone; Esc leaves it as it was.", "accent")

    def stop_edit(self) -> None:
        """Put the text back in its place."""
        self.editor.hide()
        self.message.show()
        if self.card is not None:
            card, self.card = self.card, None
            self.show_card(card, self._refusal, self._rests)

    @property
    def asking(self) -> bool:
        """True while the opt-out question stands."""
        return not self.question.isHidden()

    @property
    def reasoning(self) -> bool:
        """True while the reason of a skip is asked for."""
        return not self.reason.isHidden()

    @property
    def busy(self) -> bool:
        """True while the card is edited or something is asked about it: Send takes no press then."""
        return self.editing or self.asking or self.reasoning

    def stop_all(self) -> None:
        """No editor and no question: the card as it is."""
        self.question.say("")
        self.reason.hide()
        self.stop_edit()

    def ask_reason(self) -> None:
        """Ask why this person is skipped."""
        if self.card is None or self.busy:
            return
        self.reason.ask()
        self.send.disarm()
        self.send.setEnabled(False)

    def ask_opt_out(self) -> None:
        """Ask before somebody is opted out."""
        if self.card is None:
            return
        self.reason.hide()
        name = isolated(self.card.name or self.card.number_display, 80)
        self.question.say(
            f"Opt {name} out? Nothing will go to {self.card.number_display} any more, from any campaign.",
            "bad",
        )
        self.send.disarm()
        self.send.setEnabled(False)

    def stop_asking(self) -> None:
        """Take the question away."""
        self.question.say("")
        self.reason.hide()
        if self.card is not None:
            self.show_card(self.card, self._refusal, self._rests)
            if self.send.isEnabled():
                self.send.arm()


def _token(card: Card) -> tuple[int, str]:
    return (card.message_id, card.text_hash)


def hold_words(card: Card) -> str:
    """Why a card is held, and until when, on both clocks where they differ."""
    why, ends = card.gate.why, card.held
    if ends.there and ends.there[-5:] in why:  # it is said already, on their clock
        return f"{why} That is {ends.here} on your clock." if ends.here else why
    return f"{why} Held {ends.words}." if ends.words else why
