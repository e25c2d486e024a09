"""The strip under the card: what became of the last clicks, and what can still be taken back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.clock import Clock
from ui import theme
from ui.press import PressButton
from ui.widgets import ChipButton, ElidedLabel, KeyButton, Panel, PlainLabel, Rule, isolated
from ui.widgets_flow import FlowLayout
from ui.widgets_message import MessageView

if TYPE_CHECKING:
    from app.campaigns.desk import OutboxItem

#: The longest grace that is counted down; anything else is a clock that was set.
MOST_SECONDS = 60
HINT = "each message left on its own click"
#: What is looked at first stands first.
_ORDER = {"unknown": 0, "sending": 1, "clicked": 2, "not_sent": 3}


def chip_words(item: OutboxItem, now: float = 0.0) -> tuple[str, str]:
    """The words and the tone of an item's chip. ``now`` (UTC seconds) tells how much of a grace is left."""
    name = item.name or item.number_display
    if item.state == "sending":
        part = f" {item.parts_sent} of {item.parts}" if item.parts > 1 and item.parts_sent else ""
        return f"● sending{part} · {name}", "accent"
    if item.state == "clicked":
        left = math.ceil(item.leaves_at - now) if item.leaves_at is not None else 0
        waits = f"waiting {left} s" if 0 < left <= MOST_SECONDS else "waiting"
        return f"{waits} · {name}" + (" · take back" if item.can_take_back else ""), "neutral"
    if item.state == "unknown":
        return f"? outcome unknown · {name} · decide", "warn"
    if item.state == "not_sent":
        return f"✕ {item.reason or 'not sent'} · {name}", "bad"
    if item.delivery == "failed":
        return f"✕ {item.reason or 'not delivered'} · {name}", "bad"
    if item.delivery == "delivered":
        return f"✓✓ delivered · {name}", "good"
    return f"✓ sent · {name}", "good"


class OutboxStrip(Panel):
    """``take_back(message_id)`` and ``decide(item)`` are asked of the page."""

    take_back = Signal(int)
    decide = Signal(object)

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0.9)
        self._clock = clock
        self.setAccessibleName("Outbox")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._items: tuple[OutboxItem, ...] = ()
        self._chips: dict[int, ChipButton] = {}
        self._words: dict[int, tuple[str, str]] = {}  # what each chip says already
        self._head = QWidget(self)
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(PlainLabel("Outbox", self, bold=True))
        self._hint = ElidedLabel(HINT, self, quiet=True)
        head.addWidget(self._hint, 1)
        self.summary = PlainLabel("", self, quiet=True)
        head.addWidget(self.summary)
        self.body.addWidget(self._head)
        self._holder = QWidget(self)
        self._holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._flow = FlowLayout(self._holder, gap=theme.em(self, 0.45), rows=2)
        self.body.addWidget(self._holder)
        self._empty = PlainLabel("Nothing has been sent from here yet.", self, quiet=True, size="small")
        self.body.addWidget(self._empty)
        self._second = QTimer(self)
        self._second.setInterval(1000)
        self._second.timeout.connect(self.count_down)

    def say_pace(self, words: str) -> None:
        """Say how fast clicks are made and texts leave; "" says what the strip is for."""
        self._hint.setText(words or HINT)
        if words:
            self._hint.setAccessibleDescription("In the last minute. Nobody else sees your pace.")

    def pace(self) -> str:
        """The words about the pace."""
        return self._hint.full_text()

    def count_down(self) -> None:
        """Say anew how many seconds the waiting clicks have left."""
        waits = [item for item in self._items if item.state == "clicked" and item.leaves_at is not None]
        for item in waits:
            self._show_chip(item)
        if not any(item.leaves_at is not None and item.leaves_at > self._clock.now() for item in waits):
            self._second.stop()
        elif not self._second.isActive():
            self._second.start()

    def set_rows(self, rows: int) -> None:
        """How many rows of chips are shown."""
        if rows != self._flow.rows:
            self._flow.rows = rows
            self._flow.invalidate()
            self.updateGeometry()

    def set_tight(self, tight: bool) -> None:
        """In a low window the chips stand alone."""
        self._head.setVisible(not tight)
        space = theme.em(self, 0.3 if tight else 0.9)
        self.body.setContentsMargins(space, space, space, space)

    @property
    def items(self) -> tuple[OutboxItem, ...]:
        """What is shown, in order."""
        return self._items

    def show_items(self, items: Sequence[OutboxItem]) -> None:
        """Show ``items``; a chip that stays keeps its widget, and so the focus."""
        ordered = sorted(items, key=lambda item: _ORDER.get(item.state, 4))
        before = [item.message_id for item in self._items]
        self._items = tuple(ordered)
        wanted = {item.message_id for item in ordered}
        for message_id in [key for key in self._chips if key not in wanted]:
            chip = self._chips.pop(message_id)
            self._words.pop(message_id, None)
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        for item in ordered:
            self._show_chip(item)
        if before != [item.message_id for item in ordered]:
            self._flow.set_order([self._chips[item.message_id] for item in ordered])
            self._empty.setVisible(not ordered)
            self._holder.setVisible(bool(ordered))
            self.updateGeometry()
        self._say_summary()
        self.count_down()

    def _show_chip(self, item: OutboxItem) -> None:
        words, tone = said = chip_words(item, self._clock.now())
        if self._words.get(item.message_id) == said:
            return
        self._words[item.message_id] = said
        chip = self._chips.get(item.message_id)
        if chip is None:
            chip = ChipButton(words, tone, self._holder)
            self._chips[item.message_id] = chip
            self._flow.addWidget(chip)
            chip.show()
            chip.clicked.connect(lambda _checked=False, key=item.message_id: self._pressed(key))
        chip.set(words, tone)

    def _pressed(self, message_id: int) -> None:
        item = next((item for item in self._items if item.message_id == message_id), None)
        if item is None:
            return
        if item.can_take_back:
            self.take_back.emit(message_id)
        elif item.state in ("unknown", "not_sent"):
            self.decide.emit(item)

    def _say_summary(self) -> None:
        count = {state: sum(1 for item in self._items if item.state == state) for state in _ORDER}
        words = [
            f"{count['unknown']} to decide (D)" if count["unknown"] else "",
            f"{count['sending']} sending" if count["sending"] else "",
            f"{count['clicked']} waiting, take back (T)" if count["clicked"] else "",
        ]
        self.summary.setText(" · ".join(word for word in words if word))

    def latest_waiting(self) -> OutboxItem | None:
        """The last click that can still be taken back."""
        can = [item for item in self._items if item.can_take_back]
        return max(can, key=lambda item: item.message_id) if can else None

    def first_unknown(self) -> OutboxItem | None:
        """The first text that a person must decide on."""
        return next((item for item in self._items if item.state in ("unknown", "not_sent")), None)


class DecidePanel(Panel):
    """Asks a person what became of a text that may have left, or what to do with one that did not.

    Enter does nothing here by itself: *send again* is ``A`` or a press on its button.
    """

    was_sent = Signal(int)
    again = Signal(int, object)  # message id, Press
    later = Signal()

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.4)
        self.item: OutboxItem | None = None
        self.setAccessibleName("What became of this text?")
        self.title = PlainLabel("", self, size="title", bold=True, wrap=True)
        self.why = PlainLabel("", self, quiet=True, wrap=True)
        self.text_box = Panel(self, inset=True)
        self.message = MessageView(self.text_box)
        self.text_box.body.addWidget(self.message)
        self.advice = PlainLabel("", self, wrap=True)
        for widget in (self.title, self.why):
            self.body.addWidget(widget)
        self.text_box.setMaximumHeight(theme.em(self, 14))
        self.body.addWidget(self.text_box, 3)
        self.body.addWidget(Rule(self))
        self.body.addWidget(self.advice)
        self.body.addStretch(1)
        self.sent_button = KeyButton("It was sent", "Y", self)
        self.again_button = PressButton("Send again", "A", clock, self, keys={int(Qt.Key.Key_A): "key:A"})
        self.later_button = KeyButton("Decide later", "Esc", self)
        foot = QHBoxLayout()
        foot.setSpacing(theme.em(self, 0.6))
        foot.addWidget(self.later_button)
        foot.addStretch(1)
        foot.addWidget(self.sent_button)
        foot.addWidget(self.again_button)
        self.body.addLayout(foot)
        self.message.painted_new.connect(lambda _token: self.again_button.arm())
        self.sent_button.clicked.connect(self._say_sent)
        self.again_button.pressed_for_real.connect(self._say_again)
        self.later_button.clicked.connect(self.later)

    def show_item(self, item: OutboxItem) -> None:
        """Ask about ``item``."""
        self.item = item
        name = isolated(item.name or item.number_display, 80)
        unknown = item.state == "unknown"
        self.title.setText(f"Did this text reach the network? {name}" if unknown else f"Not sent to {name}")
        reason = item.reason or (
            "It was handed to the modem and no answer came." if unknown else "The modem refused it."
        )
        parts = f" {item.parts_sent} of {item.parts} parts left." if item.parts > 1 else ""
        self.why.setText(f"{item.number_display} · {reason}{parts}")
        self.advice.setText(
            "p2ptext never sends it again by itself. If you can see it arrived, say so; if you send again, "
            "they may get it twice."
            if unknown
            else "It stays as it is until you send it again. Nothing is tried by itself."
        )
        self.sent_button.setVisible(unknown)
        self.again_button.disarm()
        self.message.show_text(item.text, token=(item.message_id, "again"))

    def _say_sent(self) -> None:
        if self.item is not None:
            self.was_sent.emit(self.item.message_id)

    def _say_again(self, press: object) -> None:
        if self.item is not None and self.message.painted == (self.item.message_id, "again"):
            self.again.emit(self.item.message_id, press)

    def take_key(self, event: QKeyEvent) -> bool:
        """Y, A and Esc while the panel is in view; True if it was one of them."""
        key = event.key()
        if key == Qt.Key.Key_A:
            return self.again_button.take_key(event)
        if event.isAutoRepeat():
            return key in (Qt.Key.Key_Y, Qt.Key.Key_Escape)
        if key == Qt.Key.Key_Y and not self.sent_button.isHidden():
            self._say_sent()
            return True
        if key == Qt.Key.Key_Escape:
            self.later.emit()
            return True
        return False
