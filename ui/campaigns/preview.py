"""How the message reads for real people, one after another."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.campaigns.campaign import MergePreview
from ui import background, theme, wording
from ui.widgets import KeyButton, Panel, PlainLabel, one_line, visible


class Bubble(QWidget):
    """An outgoing bubble around plain text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = PlainLabel("", self, wrap=True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QHBoxLayout(self)
        space = theme.em(self, 0.7)
        layout.setContentsMargins(space, space // 2 + 2, space, space // 2 + 2)
        layout.addWidget(self.label)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._dress()
        theme.changes().changed.connect(self._dress)

    def _dress(self) -> None:
        self.label.setStyleSheet(f"color: {theme.current().bubble_out_ink};")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().bubble_out))
        painter.drawRoundedRect(self.rect(), 12, 12)


class PreviewPanel(Panel):
    """A bubble, whose it is, what it costs, and the way to the next person."""

    moved = Signal()

    def __init__(self, read: Callable[[int], MergePreview | None], parent: QWidget | None = None) -> None:
        """``read(index)`` is called off the GUI thread; it raises what the panel should say."""
        super().__init__(parent)
        self._read = read
        self._index, self._people, self._round = 0, 0, 0
        head = QHBoxLayout()
        head.addWidget(PlainLabel("Preview", self, bold=True))
        head.addStretch(1)
        self.back_button = KeyButton("‹", parent=self, flat=True)
        self.back_button.setAccessibleName("Previous person")
        self.place = PlainLabel("", self, quiet=True)
        self.next_button = KeyButton("›", parent=self, flat=True)
        self.next_button.setAccessibleName("Next person")
        for widget in (self.back_button, self.place, self.next_button):
            head.addWidget(widget)
        self.who = PlainLabel("", self, quiet=True, size="small", wrap=True)
        self.bubble = Bubble(self)
        self.cost = PlainLabel("", self, quiet=True, size="small", wrap=True)
        self.cost.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.body.addLayout(head)
        for part in (self.who, self.bubble, self.cost):
            self.body.addWidget(part)
        self.back_button.clicked.connect(lambda: self.step(-1))
        self.next_button.clicked.connect(lambda: self.step(1))

    def show_people(self, count: int) -> None:
        """There are ``count`` people; look at the same place again."""
        self._people = count
        self._index = min(self._index, max(0, count - 1))
        self.again()

    def begin(self) -> None:
        """Another campaign: from the first person."""
        self._index = 0

    def step(self, by: int) -> None:
        """The next person, or the one before; round at the ends."""
        if self._people:
            self._index = (self._index + by) % self._people
            self.again()

    def again(self) -> None:
        """Read the person in view again."""
        self._round += 1
        turn, index = self._round, self._index
        several = self._people > 1
        self.back_button.setEnabled(several)
        self.next_button.setEnabled(several)
        self.place.setText(f"{index + 1:,} of {self._people:,}" if self._people else "")
        if not self._people:
            self._show(None, "Choose the people first: the message is shown as each of them gets it.")
            return

        def done(found: MergePreview | None) -> None:
            if turn == self._round:
                self._show(found, "Write the message to see it here.")

        def failed(error: Exception) -> None:
            if turn == self._round:
                self._show(None, wording.sentence(error))

        background.run(self, lambda _job: self._read(index), done, failed)

    def _show(self, found: MergePreview | None, otherwise: str) -> None:
        has_text = found is not None and bool(found.text)
        self.bubble.setVisible(has_text)
        self.cost.setVisible(has_text)
        if found is None or not has_text:
            self.who.setText(otherwise)
            return
        self.who.setText(one_line(found.name))
        self.bubble.label.setText(visible(found.text))
        self.cost.setText(cost_words(found))


def cost_words(found: MergePreview) -> str:
    """ "146 / 160 · 1 segment · GSM-7"."""
    words = f"{found.units} / {found.limit} · {wording.count(found.segments, 'segment')} · {found.alphabet}"
    return f"{words} because of {one_line(found.offending)}" if found.offending else words
