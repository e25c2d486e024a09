"""The question of a hold: is this an opt-out? Two answers of one weight, and none of them is the default."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.people.holds import Decision, Hold
from ui import theme
from ui.inbox import words
from ui.widgets import KeyButton, Panel, PlainLabel, one_line

#: The rule by which somebody wrote that the number is another person's.
WRONG_NUMBER = "S5"
LEADS_HERE = "Enter leads here"
_KEYS: dict[int, Decision] = {
    Qt.Key.Key_Y: "opted out",
    Qt.Key.Key_K: "kept",
    Qt.Key.Key_W: "wrong number",
}


class HoldPanel(Panel):
    """``decided`` carries the answer. Its keys count only while it has the focus: K moves the list else."""

    decided = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0.7)
        self.hold: Hold | None = None
        self._asked = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title = PlainLabel("", self, bold=True, wrap=True, tone="warn")
        self.said = PlainLabel("", self, wrap=True)
        self.why = PlainLabel("", self, quiet=True, wrap=True)
        self.wrong_button = KeyButton("Wrong number: remove", "W", self)
        self.out_button = KeyButton("Opt out", "Y", self)
        self.keep_button = KeyButton("Not an opt-out", "K", self)
        self.hint = PlainLabel(LEADS_HERE, self, quiet=True, size="small")
        for label in (self.title, self.said, self.why):
            self.body.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(theme.em(self, 0.5))
        for button, decision in (
            (self.wrong_button, "wrong number"), (self.out_button, "opted out"), (self.keep_button, "kept"),
        ):  # fmt: skip
            row.addWidget(button)
            button.clicked.connect(lambda _on=False, decision=decision: self._decide(decision))
        row.addStretch(1)
        row.addWidget(self.hint)
        self.body.addLayout(row)
        self.hide()

    @property
    def decidable(self) -> bool:
        """Whether a question stands."""
        return self.hold is not None

    def show_hold(self, hold: Hold | None) -> None:
        """Put the question of a hold; None for none. An answer that is on its way is not asked for again."""
        if hold is None or self.hold is None or hold.id != self.hold.id:
            self._asked = False
        self.hold = hold
        if hold is None:
            self.hide()
            return
        day = words.local(hold.created_at)
        since = f"{day.day} {day:%b} {day.year}, {day:%H:%M}"
        title = f"This may be an opt-out. It waits for a decision since {since}."
        if hold.red:
            title += " The legal deadline of ten working days is near: decide now."
        self.title.setText(title)
        self.title.set_tone("bad" if hold.red else "warn")
        self.said.setText(f"Their words: “{one_line(hold.said)}”")
        self.why.setText(f"{one_line(hold.why, 300)} (rule {one_line(hold.rule, 10)})")
        self.wrong_button.setVisible(hold.rule == WRONG_NUMBER)
        self.setAccessibleName(f"{title} {self.said.text()}. {self.why.text()}. Y opts out, K keeps.")
        self.show()

    def ask_again(self) -> None:
        """The answer could not be kept."""
        self._asked = False

    def _decide(self, decision: str) -> None:
        if self.hold is not None and not self._asked:
            self._asked = True  # one answer, however often the key comes
            self.decided.emit(decision)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.hint.setText("Y or K decides" if not self._wrong else "W, Y or K decides")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.hint.setText(LEADS_HERE)

    @property
    def _wrong(self) -> bool:
        return self.hold is not None and self.hold.rule == WRONG_NUMBER

    # -- keys -----------------------------------------------------------------------------------

    def _meant(self, event: QKeyEvent) -> Decision | None:
        if self.hold is None or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return None
        decision = _KEYS.get(event.key())
        return None if decision == "wrong number" and self.hold.rule != WRONG_NUMBER else decision

    def event(self, event: QEvent) -> bool:
        """The page's own K waits while the question has the focus."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._meant(event) is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        decision = self._meant(event)
        if decision is None:
            super().keyPressEvent(event)
            return
        event.accept()
        if not event.isAutoRepeat():
            self._decide(decision)
