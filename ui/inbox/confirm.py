"""What waits in a thread for one press: a confirmation of the opt-out, the answer to HELP, or one answer."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.clock import Clock
from app.people.confirming import LANGUAGES
from app.people.confirming_offers import Offer
from app.texting import measure
from ui import theme
from ui.press import PressButton
from ui.widgets import KeyButton, Panel, PlainLabel, isolated, one_line

LEADS_HERE = "H leads here"
#: What one must say to answer somebody who opted out; it stands in the log of the opt-out list.
ASKED = "They wrote first and asked for an answer"
_TITLES = {
    "confirmation": "They opted out. One confirmation may go.",
    "help": "They ask who is writing. One answer is prepared.",
}
_GREYED = {
    "confirmation": "They opted out. No confirmation can go.",
    "help": "They ask who is writing. The prepared answer cannot go.",
}
_OVER = "Too late for a confirmation: the five minutes are over. The opt-out stands all the same."
_PRESS, _LANGUAGE, _ANSWER = int(Qt.Key.Key_Y), int(Qt.Key.Key_L), int(Qt.Key.Key_O)


class ConfirmPanel(Panel):
    """``pressed`` carries the offer and the press, ``answer_asked`` the offer of one answer.

    Its keys count only while it has the focus. ``over`` says that the five minutes passed while it was seen.
    """

    pressed = Signal(object, object)
    language_asked = Signal(str)
    answer_asked = Signal(object)
    over = Signal()

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0.7)
        self._clock = clock
        self._sending = False
        self._ends = math.inf  # by the monotonic clock
        self._problem = ""  # why the last press was not taken
        #: The prepared text in view; None for none.
        self.offer: Offer | None = None
        #: The one answer that may be asked for; None for none.
        self.asked: Offer | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title = PlainLabel("", self, bold=True, wrap=True)
        self.text = PlainLabel("", self, wrap=True)
        self.cost = PlainLabel("", self, quiet=True, size="small", wrap=True)
        self.why = PlainLabel("", self, wrap=True, tone="warn")
        self.send_button = PressButton("Send this text", "Y", clock, self, keys={_PRESS: "key:Y"})
        self.language_button = KeyButton("", "L", self, flat=True)
        self.hint = PlainLabel(LEADS_HERE, self, quiet=True, size="small")
        self.said = PlainLabel("", self, wrap=True)
        self.answer_button = KeyButton(ASKED, "O", self)
        self._build()
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._count_down)
        self.send_button.pressed_for_real.connect(self._pressed)
        self.language_button.clicked.connect(self._next_language)
        self.answer_button.clicked.connect(self._ask)
        self.hide()

    def _build(self) -> None:
        self._frame = Panel(self, margin=0.5, inset=True)
        self._frame.body.addWidget(self.text)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.hint, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        for widget in (self._frame, self.why):
            self.body.addWidget(widget)
        row = QHBoxLayout()
        row.setSpacing(theme.em(self, 0.5))
        for button in (self.send_button, self.language_button):
            row.addWidget(button)
        row.addWidget(self.cost, 1)
        self.body.addLayout(row)
        self.body.addWidget(self.said)
        asks = QHBoxLayout()
        asks.addWidget(self.answer_button)
        asks.addStretch(1)
        self.body.addLayout(asks)

    @property
    def actionable(self) -> bool:
        """Whether anything here can be pressed now."""
        return not self.isHidden() and (self._live or self.asked is not None)

    @property
    def offers(self) -> bool:
        """Whether a text can leave from here now."""
        asked = self.asked is not None and not self.asked.why_not
        return not self.isHidden() and (self._live or asked)

    @property
    def _live(self) -> bool:
        return self.offer is not None and not self.offer.why_not and not self._sending and not self._late()

    # -- what the page asks ---------------------------------------------------------------------

    def show_offers(self, offers: tuple[Offer, ...], *, answering: bool = False) -> None:
        """Show what waits; () for nothing. ``answering``: the one answer is being typed already."""
        texts = [each for each in offers if each.kind != "answer"]
        before = self.offer
        self.offer = next((each for each in texts if not each.why_not), texts[0] if texts else None)
        asked = next((each for each in offers if each.kind == "answer"), None)
        self.asked = None if answering else asked
        if self.offer is None or before is None or not _same(before, self.offer):
            self._sending, self._problem = False, ""
            self.send_button.disarm()
        if self.offer is not None and self.offer.leave_by is not None and not self.offer.why_not:
            self._ends = self._clock.monotonic() + self.offer.leave_by - self._clock.now()
        else:
            self._ends = math.inf
        self._look()

    def refused(self, why: str) -> None:
        """The press was not taken: say why."""
        self._sending, self._problem = False, why
        self._look()

    # -- inside ---------------------------------------------------------------------------------

    def _late(self) -> bool:
        return self._clock.monotonic() >= self._ends

    def _look(self) -> None:
        offer, live = self.offer, self._live
        self.setVisible(offer is not None or self.asked is not None)
        for widget in (self._frame, self.send_button, self.language_button, self.cost):
            widget.setVisible(offer is not None and bool(offer.text))
        self._show_title()
        if offer is not None:
            self.text.setText(isolated(offer.text))
            self.cost.setText(measure.describe(offer.text))
            self.language_button.set_text(LANGUAGES.get(offer.language, "Language"))
            self.language_button.setAccessibleName(f"Language: {LANGUAGES.get(offer.language, '')}")
            self.why.setText(offer.why_not or (_OVER if self._late() else self._problem))
        self.why.setVisible(offer is not None and bool(self.why.text()))
        self.language_button.setEnabled(live)
        self.send_button.setEnabled(live)
        if live and not self.send_button.gate.armed:
            self.send_button.arm()
        self._show_asked()
        counts = live and not math.isinf(self._ends)
        if counts != self._tick.isActive():
            (self._tick.start if counts else self._tick.stop)()

    def _show_title(self) -> None:
        offer = self.offer
        title = "They wrote after they opted out."
        if offer is not None:
            title = _GREYED[offer.kind] if offer.why_not or self._late() else _TITLES[offer.kind]
        if not math.isinf(self._ends) and self._live:
            left = max(0, math.ceil(self._ends - self._clock.monotonic()))
            title += f" {left // 60}:{left % 60:02} left."
        self.title.setText(title)

    def _show_asked(self) -> None:
        asked = self.asked
        self.answer_button.setVisible(asked is not None)
        self.said.setVisible(asked is not None)
        if asked is not None:
            words = f"They wrote afterwards: “{one_line(asked.said, 200)}”"
            self.said.setText(f"{words} {asked.why_not}".strip())
            self.answer_button.setEnabled(not asked.why_not)
        keys = [
            name for name, on in (("Y sends it", self._live), ("O opens one answer", asked is not None)) if on
        ]
        self._keys = ", ".join(keys)
        self.hint.setText(self._keys if self.hasFocus() else LEADS_HERE)
        self.hint.setVisible(bool(keys))
        told = (
            self.title.text(),
            self.text.text() if self.offer is not None else "",
            self.why.text(),
            self._keys,
        )
        self.setAccessibleName(" ".join(each for each in told if each))

    def _count_down(self) -> None:
        if self._late():
            self._look()
            self.over.emit()
        else:
            self._show_title()

    def _pressed(self, press: object) -> None:
        if self.offer is None or not self._live:
            return
        self._sending, self._problem = True, ""
        offer = self.offer
        self._look()
        self.pressed.emit(offer, press)

    def _next_language(self) -> None:
        if self.offer is not None and self._live:
            names = list(LANGUAGES)
            place = names.index(self.offer.language) if self.offer.language in names else -1
            self.language_asked.emit(names[(place + 1) % len(names)])

    def _ask(self) -> None:
        if self.asked is not None and not self.asked.why_not:
            self.answer_asked.emit(self.asked)

    # -- keys -----------------------------------------------------------------------------------

    def _means(self, event: QKeyEvent) -> bool:
        keys = (_PRESS, _LANGUAGE, _ANSWER)
        return event.modifiers() == Qt.KeyboardModifier.NoModifier and event.key() in keys

    def event(self, event: QEvent) -> bool:
        """The page's own letters wait while this has the focus."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._means(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._means(event):
            super().keyPressEvent(event)
            return
        event.accept()
        if event.key() == _PRESS:
            self.send_button.take_key(event)
        elif not event.isAutoRepeat():
            (self._next_language if event.key() == _LANGUAGE else self._ask)()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() != _PRESS or not self.send_button.take_release(event):
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.send_button.forget_keys()  # a Y that led here may be let go elsewhere
        self.hint.setText(self._keys)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.hint.setText(LEADS_HERE)


def _same(one: Offer, other: Offer) -> bool:
    return (one.event.kind, one.answers_id, one.text) == (other.event.kind, other.answers_id, other.text)
