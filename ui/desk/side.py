"""Beside the card: who waits for an answer, and who comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui import theme
from ui.desk.reading import ago
from ui.widgets import (
    Avatar,
    Chip,
    ElidedLabel,
    KeyButton,
    Panel,
    PlainLabel,
    clear_layout,
    isolated,
    one_line,
)

if TYPE_CHECKING:
    from app.campaigns.desk import NextUp
    from app.conversations.threads import ThreadRow


#: A reply should be answered within so many seconds.
LATE_SECONDS = 90.0


class ReplyRow(QWidget):
    """One person who waits. A click opens the thread."""

    opened = Signal(int)

    def __init__(self, row: ThreadRow, age: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._id = row.id
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(Avatar(row.initials, self, size=2.0), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        name = isolated(row.name or row.number_display, 80)
        top = QHBoxLayout()
        top.addWidget(ElidedLabel(name, self, bold=True), 1)
        top.addWidget(PlainLabel(age, self, quiet=True, size="small"))
        words.addLayout(top)
        words.addWidget(ElidedLabel(one_line(row.last_text, 160), self, quiet=True))
        layout.addLayout(words, 1)
        self.setAccessibleName(f"{name}: {one_line(row.last_text, 160)}" + (f", {age} ago" if age else ""))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(self._id)


class RepliesPanel(Panel):
    """Replies waiting. ``go()`` for the inbox, ``opened(conversation_id)`` for one thread."""

    go = Signal()
    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Replies waiting")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.title = PlainLabel("Replies waiting", self, bold=True)
        self.oldest = Chip("", "warn", self)
        self.oldest.hide()
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.oldest)
        self.body.addLayout(head)
        self._shown: object = None
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme.em(self, 0.6))
        self.body.addLayout(self._rows)
        self.nothing = PlainLabel("Nobody waits for an answer.", self, quiet=True, wrap=True)
        self.body.addWidget(self.nothing)
        self.button = KeyButton("Go to replies", "R", self)
        self.button.clicked.connect(self.go)
        self.body.addWidget(self.button)

    def show_rows(self, rows: Sequence[ThreadRow], total: int, now: float) -> None:
        """Show the first who wait, how many there are, and since when. ``now`` is UTC seconds."""
        ages = [max(now - row.waiting_since, 0.0) for row in rows if row.waiting_since is not None]
        late = bool(ages) and max(ages) > LATE_SECONDS
        self.oldest.setText(f"waits {ago(max(ages))}" if late else "")
        self.oldest.setVisible(late)
        words = ["" if row.waiting_since is None else ago(max(now - row.waiting_since, 0.0)) for row in rows]
        shown = (tuple(rows), total, tuple(words))
        if shown == self._shown:
            return
        self._shown = shown
        clear_layout(self._rows)
        for row, age in zip(rows, words, strict=True):
            widget = ReplyRow(row, age, self)
            widget.opened.connect(self.opened)
            self._rows.addWidget(widget)
        self.title.setText(f"Replies waiting · {total}" if total > len(rows) else "Replies waiting")
        self.nothing.setVisible(not rows)


class NextRow(QWidget):
    """One person who comes. It is kept and says something else with each card."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        line = QHBoxLayout()
        line.setSpacing(theme.em(self, 0.5))
        self._name = ElidedLabel("", self)
        self._chip = Chip("", "warn", self)
        self._time = PlainLabel("", self, quiet=True, size="small")
        line.addWidget(self._name, 1)
        line.addWidget(self._chip)
        line.addWidget(self._time)
        whole.addLayout(line)
        self._here = PlainLabel("", self, quiet=True, size="small")
        whole.addWidget(self._here, 0, Qt.AlignmentFlag.AlignRight)
        self._row: NextUp | None = None

    def show_row(self, row: NextUp) -> None:
        """Say who it is."""
        if row == self._row:
            return
        self._row = row
        self._name.setText(isolated(row.name, 80))
        words = f"{row.local_time} · {row.badge}" if row.badge.startswith("held") else row.badge
        self._chip.setText(words)
        self._chip.setVisible(bool(words))
        self._time.setText("" if words else row.local_time)
        self._time.setVisible(not words)
        self._here.setText(f"{row.held.here} on your clock" if row.held.here else "")
        self._here.setVisible(bool(row.held.here))


class NextPanel(Panel):
    """Who comes next, and why somebody is passed over. ``skipped()`` asks who was."""

    skipped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Next")
        self.body.addWidget(PlainLabel("Next", self, bold=True))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme.em(self, 0.55))
        self.body.addLayout(self._rows)
        self.nothing = PlainLabel("", self, quiet=True, wrap=True)
        self.body.addWidget(self.nothing)
        self.body.addStretch(1)
        self.skipped_button = KeyButton("Skipped", "K", self)
        self.skipped_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.skipped_button.clicked.connect(self.skipped)
        self.skipped_button.hide()
        self.body.addWidget(self.skipped_button)
        self._coming: tuple[Sequence[NextUp], int, int] = ((), 0, 0)
        self._shown = 0
        self._people: list[NextRow] = []

    def _room(self) -> int:
        """How many rows fit, with the words under them."""
        used = theme.em(self, 6) + (0 if self.skipped_button.isHidden() else theme.em(self, 3))
        return max((self.height() - used) // theme.em(self, 1.9), 1)

    def show_rows(self, rows: Sequence[NextUp], held: int, skipped: int = 0) -> None:
        """Show who comes; ``held`` people cannot be texted at this hour, ``skipped`` were passed over."""
        self._coming = (rows, held, skipped)
        self._shown = self._room()
        self.skipped_button.set_text(f"Skipped ({skipped:,})")
        self.skipped_button.setVisible(bool(skipped))
        room, used = self._shown, 0
        for row in rows:
            room -= 2 if row.held.here else 1
            if room < 0:
                break
            if used == len(self._people):
                self._people.append(NextRow(self))
                self._rows.addWidget(self._people[used])
            self._people[used].show_row(row)
            used += 1
        while len(self._people) > used:
            left = self._people.pop()
            self._rows.removeWidget(left)
            left.hide()
            left.deleteLater()
        words = "" if rows else "Nobody else is in the queue."
        if held:
            words = f"{held:,} held: outside their hours, texted enough for now, or their consent is over."
        self.nothing.setText(words)
        self.nothing.setVisible(bool(words))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._room() != self._shown:
            self.show_rows(*self._coming)
