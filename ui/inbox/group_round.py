"""A text to a group, led through member by member: each has a Send of their own, none sends to many."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.clock import Clock
from app.conversations.groups_rounds import Round, Share
from app.texting import measure
from ui import theme
from ui.desk.reason import ReasonLine
from ui.press import PressButton
from ui.widgets import ElidedLabel, KeyButton, Notice, Panel, PlainLabel, one_line
from ui.widgets_message import MessageView

#: What became of a share, in the order in which it is counted up.
COUNTED = (
    ("sent", "sent"), ("sending", "leaving"), ("clicked", "waiting to leave"), ("skipped", "skipped"),
    ("blocked", "opted out"), ("not_sent", "not sent"), ("unknown", "outcome unknown"),
)  # fmt: skip
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_KEYS = (Qt.Key.Key_S, Qt.Key.Key_X)
#: Keys that scroll a long text, by so much of what is seen of it.
_SCROLLS = {
    Qt.Key.Key_Up: -0.3, Qt.Key.Key_Down: 0.3, Qt.Key.Key_PageUp: -0.9, Qt.Key.Key_PageDown: 0.9,
}  # fmt: skip
#: Reasons that are written out; the rest are counted.
SAID = 3


def counted(shares: tuple[Share, ...]) -> str:
    """ "2 sent, 1 skipped": what became of the shares that wait no more; "" for none."""
    states = [share.state for share in shares]
    return ", ".join(f"{states.count(state)} {word}" for state, word in COUNTED if state in states)


def reasons(shares: tuple[Share, ...]) -> str:
    """Who is passed over for now, each with the gate's reason."""
    said = [f"{one_line(share.called, 60)}: {share.gate.why}" for share in shares[:SAID]]
    more = [f"And {len(shares) - SAID} more."] if len(shares) > SAID else []
    return "\n".join((*said, *more))


class RoundPanel(Panel):
    """``pressed(share, press)`` for a real press on Send; ``skipped(share, reason)``; ``stop_asked``.

    Its keys count only while it has the focus.
    """

    pressed = Signal(object, object)
    skipped = Signal(object, str)
    stop_asked = Signal()

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0.7)
        self.share: Share | None = None
        self._sending = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title = ElidedLabel("", self, bold=True)
        self.count = PlainLabel("", self, quiet=True, size="small", wrap=True)
        self.message = MessageView(self, scale="body")
        self.held = PlainLabel("", self, size="small", tone="warn", wrap=True)
        self.problem = Notice("", "warn", parent=self)
        self.measure = PlainLabel("", self, quiet=True, size="small")
        self.reason = ReasonLine(self)
        self.send_button = PressButton("Send", "Enter", clock, self)
        self.skip_button = KeyButton("Skip…", "S", self)
        self.stop_button = KeyButton("Stop", "X", self)
        self._build()
        self.message.painted_new.connect(self._painted)
        self.send_button.pressed_for_real.connect(self._pressed)
        self.skip_button.clicked.connect(self.ask_reason)
        self.stop_button.clicked.connect(self.stop_asked)
        self.reason.kept.connect(self._skip)
        self.reason.dropped.connect(self._keep)
        self.hide()

    def _build(self) -> None:
        self.body.setSpacing(theme.em(self, 0.35))
        for part in (self.title, self.count, self.message, self.held, self.problem, self.reason):
            self.body.addWidget(part)
        self._foot = QWidget(self)
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addWidget(self.measure, 1)
        for button in (self.stop_button, self.skip_button, self.send_button):
            foot.addWidget(button)
        self.body.addWidget(self._foot)

    # -- what the pane asks ---------------------------------------------------------------------

    def show_round(self, of: Round) -> None:
        """Lead to the next member who may have it now; what is on screen already stays armed or not."""
        share, before = of.next, self.share
        self._sending = False
        self.share = share
        place = of.shares.index(share) + 1 if share is not None else 0
        left = len(of.waiting)
        if share is not None:
            number = "" if share.called == share.shown else f" · {share.shown}"
            self.title.setText(f"{place} of {len(of.shares)}: {one_line(share.called, 80)}{number}")
        else:
            self.title.setText(f"{left} {'text waits' if left == 1 else 'texts wait'}; none may go now")
        done = counted(tuple(each for each in of.shares if each.state != "queued"))
        self.count.setText("; ".join(part for part in (f"{left} prepared", done) if part))
        passed = reasons(of.held)
        hint = share.gate.why or share.reason if share is not None else ""  # or why it came back
        self.held.setText("\n".join(part for part in (hint, passed) if part))
        self.held.setVisible(bool(self.held.text()))
        self.setAccessibleName(f"{self.title.text()}. {share.text if share else passed}")
        if share is None or before is None or share.message_id != before.message_id:
            self.problem.say("")
            self._end_reason()
        self._show_text(share)
        self.show()

    def _show_text(self, share: Share | None) -> None:
        for part in (self.message, self.send_button, self.skip_button):
            part.setVisible(share is not None)
        if share is None:
            self.measure.setText("")
            self.send_button.disarm()
            return
        token = (share.message_id, share.text_hash)
        self.send_button.setEnabled(True)
        self.measure.setText(measure.describe(share.text))
        if self.message.painted != token:
            self.send_button.disarm()
            self.message.show_text(share.text, token=token)
            self._fit()
        elif not self.send_button.gate.armed and self.reason.isHidden():
            self.send_button.arm()

    def _fit(self) -> None:
        most = theme.em(self, 12 if self.window().height() > theme.em(self, 46) else 7.5)
        needed = self.message.height_at(max(self.width() - theme.em(self, 2), theme.em(self, 14)))
        self.message.setFixedHeight(min(needed + 4, most))

    def refused(self, why: str) -> None:
        """The press was not taken: say why. The text is still prepared."""
        self._sending = False
        self.problem.say(why, "warn")

    def ask_reason(self) -> None:
        """Ask why the member is skipped; an empty line is an answer."""
        if self.share is not None and not self._sending:
            self.send_button.disarm()
            self._foot.hide()
            self.reason.ask()

    # -- inside ---------------------------------------------------------------------------------

    def _painted(self, token: object) -> None:
        share = self.share
        if share is not None and token == (share.message_id, share.text_hash) and self.reason.isHidden():
            self.send_button.arm()

    def _pressed(self, press: object) -> None:
        share = self.share
        if share is None or self._sending:
            return
        if self.message.painted != (share.message_id, share.text_hash):
            return  # what counts is what was on screen
        self._sending = True
        self.send_button.setEnabled(False)
        self.setFocus()  # a button that is disabled gives the keyboard away
        self.pressed.emit(share, press)

    def _skip(self, reason: str) -> None:
        share = self.share
        self._end_reason()
        self.setFocus()
        if share is not None:
            self.skipped.emit(share, reason)

    def _keep(self) -> None:
        self._end_reason()
        self.setFocus()
        if self.share is not None:
            self.send_button.arm()

    def _end_reason(self) -> None:
        self.reason.hide()
        self._foot.show()

    # -- keys -----------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """The page's own S waits while a text is led through."""
        mine = isinstance(event, QKeyEvent) and event.key() in _KEYS and not event.modifiers()
        if event.type() == QEvent.Type.ShortcutOverride and mine and not self.reason.isVisible():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.share is not None and not self.reason.isVisible():
            self.send_button.take_key(event)
        elif event.key() == Qt.Key.Key_S and not event.modifiers():
            if not event.isAutoRepeat():
                self.ask_reason()
        elif event.key() == Qt.Key.Key_X and not event.modifiers():
            if not event.isAutoRepeat():
                self.stop_asked.emit()
        elif event.key() in _SCROLLS:
            bar = self.message.verticalScrollBar()
            bar.setValue(bar.value() + round(_SCROLLS[Qt.Key(event.key())] * bar.pageStep()))
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self.send_button.take_release(event)
        super().keyReleaseEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.EnabledChange and not self.isEnabled():
            self.send_button.disarm()
        super().changeEvent(event)
