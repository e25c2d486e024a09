"""What only a person can answer: did a text of unknown outcome leave, and is one to be sent again."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.clock import Clock
from app.conversations.bubbles import Bubble
from ui import theme
from ui.press import PressButton
from ui.widgets import KeyButton, Panel, PlainLabel, one_line


class DecidePanel(Panel):
    """One text and its answers. ``send_again(message_id, press)`` comes from a real press alone."""

    take_back = Signal(int)
    was_sent = Signal(int)
    send_again = Signal(int, object)
    closed = Signal()

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0.7)
        self.message_id: int | None = None
        self._state = ""
        self.words = PlainLabel("", self, wrap=True)
        self.quote = PlainLabel("", self, quiet=True, wrap=True)
        self.take_back_button = KeyButton("Take back", parent=self)
        self.was_sent_button = KeyButton("It was sent", parent=self)
        self.again_button = PressButton("Send again", "", clock, self)
        self.close_button = KeyButton("Later", parent=self, flat=True)
        self.body.addWidget(self.words)
        self.body.addWidget(self.quote)
        row = QHBoxLayout()
        row.setSpacing(theme.em(self, 0.5))
        for button in (self.take_back_button, self.was_sent_button, self.again_button):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        self.body.addLayout(row)
        self.take_back_button.clicked.connect(lambda: self.take_back.emit(self.message_id))
        self.was_sent_button.clicked.connect(lambda: self.was_sent.emit(self.message_id))
        self.again_button.pressed_for_real.connect(lambda press: self.send_again.emit(self.message_id, press))
        self.close_button.clicked.connect(self.ask_nothing)
        self.hide()

    def ask(self, bubble: Bubble) -> None:
        """Put the question that ``bubble`` raises."""
        if self.message_id == bubble.id and self.isVisible() and self._state == bubble.state:
            return
        self.message_id, self._state = bubble.id, bubble.state
        waiting, unknown = bubble.state == "clicked", bubble.state == "unknown"
        if waiting:
            words = "This text waits for its line. It can still be taken back."
        elif unknown:
            words = (
                "It cannot be known whether this text left: ask the person, or look at the SIM's bill. "
                "Nothing is sent again unless you press it."
            )
        else:
            words = f"This text did not leave. {bubble.reason}".strip()
        self.words.setText(words)
        self.quote.setText(one_line(bubble.text))
        self.take_back_button.setVisible(waiting)
        self.was_sent_button.setVisible(unknown)
        self.again_button.setVisible(not waiting)
        self.again_button.setEnabled(not waiting)
        self.show()
        if waiting:
            self.again_button.disarm()
            self.take_back_button.setFocus()
        else:
            self.again_button.arm()
            (self.was_sent_button if unknown else self.again_button).setFocus()

    def ask_nothing(self) -> None:
        """The question is answered, or left for later."""
        self.message_id, self._state = None, ""
        self.again_button.disarm()
        if self.isVisible():
            self.hide()
            self.closed.emit()
