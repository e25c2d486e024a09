"""What takes the card's place for a moment: a reply that waits, a break, and who was skipped.

None of them can send. Each takes its own keys while it is in view, so the rhythm of sending goes nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from app.clock import Clock
from ui import theme
from ui.desk import keys
from ui.desk.reading import ago
from ui.press import DWELL
from ui.widgets import IconSign, KeyButton, Panel, PlainLabel, isolated, one_line

if TYPE_CHECKING:
    from app.campaigns.acts import SkippedRow
    from app.conversations.threads import ThreadRow

#: Seconds of a break.
BREAK_SECONDS = 300.0


class Aside(Panel):
    """A calm panel with a title, words and buttons in the middle. ``closed()`` asks for the card."""

    closed = Signal()

    def __init__(self, clock: Clock, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.4)
        self._clock = clock
        self._shown_at = 0.0
        middle = Qt.AlignmentFlag.AlignHCenter
        self.body.addStretch(2)
        self.body.addWidget(IconSign(icon, 2.2, self), 0, middle)
        self.title = PlainLabel("", self, size="title", bold=True, wrap=True)
        self.words = PlainLabel("", self, quiet=True, wrap=True)
        for label in (self.title, self.words):
            label.setAlignment(middle)
            self.body.addWidget(label)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(theme.em(self, 0.6))
        self._buttons.addStretch(1)
        self.body.addLayout(self._buttons)
        self._buttons.addStretch(1)
        self.body.addStretch(3)

    def add_button(self, button: KeyButton) -> KeyButton:
        """Put a button into the row."""
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._buttons.insertWidget(self._buttons.count() - 1, button)
        return button

    def say(self, title: str, words: str) -> None:
        """Show these words, from now on."""
        self.title.setText(title)
        self.words.setText(words)
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
        self._shown_at = self._clock.monotonic()

    @property
    def fresh(self) -> bool:
        """True while nobody can have read it: a press now was meant for the card before."""
        return self._clock.monotonic() - self._shown_at < 2 * DWELL

    def take_key(self, event: QKeyEvent) -> bool:
        """Offer a key; True if it was the panel's."""
        if event.key() == Qt.Key.Key_Escape:
            if not event.isAutoRepeat():
                self.closed.emit()
            return True
        return False


class LeadPanel(Aside):
    """Leads to the reply that waits longest. ``answer(conversation_id)``."""

    answer = Signal(int)

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(clock, "inbox", parent)
        self._oldest: int | None = None
        self.answer_button = self.add_button(KeyButton("Answer now", "Enter", self, primary=True))
        self.on_button = self.add_button(KeyButton("Go on", "Esc", self))
        self.answer_button.clicked.connect(self._answer)
        self.on_button.clicked.connect(self.closed)

    def show_waiting(self, rows: Sequence[ThreadRow], total: int, now: float) -> None:
        """Say how many wait and for how long the first does. ``now`` is UTC seconds."""
        first = rows[0]
        self._oldest = first.id
        people = "1 person waits" if total == 1 else f"{total:,} people wait"
        age = ago(now - first.waiting_since) if first.waiting_since is not None else ""
        since = (f", for {age}" if total == 1 else f", the oldest for {age}") if age else ""
        name = isolated(first.name or first.number_display, 60)
        self.say(f"{people} for an answer{since}", f"{name}: {one_line(first.last_text, 160)}")

    def _answer(self) -> None:
        if self._oldest is not None:
            self.answer.emit(self._oldest)

    def take_key(self, event: QKeyEvent) -> bool:
        if event.key() in (*keys.ENTER, Qt.Key.Key_R):
            if not event.isAutoRepeat() and not self.fresh:
                self._answer()
            return True
        return super().take_key(event)


class BreakPanel(Aside):
    """Suggests a break after long work, and keeps the card away during one. Nothing is blocked by it."""

    rested = Signal()

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(clock, "clock", parent)
        self._until: float | None = None
        self.rest_button = self.add_button(KeyButton("Rest for 5 minutes", "B", self))
        self.on_button = self.add_button(KeyButton("Go on", "Esc", self))
        self.rest_button.clicked.connect(self._rest)
        self.on_button.clicked.connect(self.closed)

    @property
    def resting(self) -> bool:
        """True during a break."""
        return self._until is not None

    def suggest(self, minutes: int) -> None:
        """Say how long it has been."""
        self._until = None
        self.rest_button.show()
        self.say(
            f"You have worked for {minutes} minutes",
            "Your eyes and hands may like a few minutes off. Nothing is lost: the next card waits.",
        )

    def _rest(self) -> None:
        self._until = self._clock.monotonic() + BREAK_SECONDS
        self.rest_button.hide()
        self.say("A break", "The card comes back in 5 minutes, or with any key.")
        self.rested.emit()

    def over(self) -> bool:
        """Whether a break that was begun is over."""
        return self._until is not None and self._clock.monotonic() >= self._until

    def take_key(self, event: QKeyEvent) -> bool:
        if event.isAutoRepeat():
            return True
        if self.resting:
            if not self.fresh:
                self.closed.emit()
            return True
        if event.key() == Qt.Key.Key_B:
            self._rest()
            return True
        return super().take_key(event)


class SkippedPanel(Panel):
    """Who was passed over, and why. ``put_back(row)``; ``closed()`` asks for the card."""

    closed = Signal()
    put_back = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.4)
        self.rows: tuple[SkippedRow, ...] = ()
        self.title = PlainLabel("", self, size="title", bold=True)
        self.body.addWidget(self.title)
        self.body.addWidget(
            PlainLabel(
                "Whoever is put back comes to the desk next. Nothing is sent by it.",
                self,
                quiet=True,
                wrap=True,
            )
        )
        self.list = QListWidget(self)
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list.setAccessibleName("People who were skipped")
        self.list.setUniformItemSizes(True)
        self.list.setWordWrap(False)
        self.body.addWidget(self.list, 1)
        self.back_button = KeyButton("Put back", "Enter", self, primary=True)
        self.close_button = KeyButton("Close", "Esc", self)
        foot = QHBoxLayout()
        foot.addWidget(self.close_button)
        foot.addStretch(1)
        foot.addWidget(self.back_button)
        self.body.addLayout(foot)
        for button in (self.back_button, self.close_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.clicked.connect(self.closed)
        self.back_button.clicked.connect(self._put_back)
        self.list.itemActivated.connect(lambda _item: self._put_back())

    def show_rows(self, rows: tuple[SkippedRow, ...]) -> None:
        """Show who was skipped."""
        at = max(self.list.currentRow(), 0)
        self.rows = rows
        self.title.setText(f"Skipped · {len(rows):,}" if rows else "Nobody is skipped")
        self.setAccessibleName(self.title.text())
        self.list.clear()
        for row in rows:
            words = isolated(row.name or row.number, 80)
            words += f"  –  {one_line(row.reason, 160)}" if row.reason else ""
            self.list.addItem(QListWidgetItem(words))
        if rows:
            self.list.setCurrentRow(min(at, len(rows) - 1))
        self.back_button.setEnabled(bool(rows))

    def _put_back(self) -> None:
        at = self.list.currentRow()
        if 0 <= at < len(self.rows):
            self.put_back.emit(self.rows[at])

    def take_key(self, event: QKeyEvent) -> bool:
        """Up, Down, Enter and Esc."""
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = -1 if key == Qt.Key.Key_Up else 1
            self.list.setCurrentRow(min(max(self.list.currentRow() + step, 0), len(self.rows) - 1))
        elif key in keys.ENTER:
            if not event.isAutoRepeat():
                self._put_back()
        elif key == Qt.Key.Key_Escape:
            if not event.isAutoRepeat():
                self.closed.emit()
        else:
            return False
        return True
