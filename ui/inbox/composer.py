"""Where an answer is typed: what it will cost in segments, and Send, which is a click like any other.

What a canned reply fills in is there to be read, changed and sent, or taken back whole with Esc.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.clock import Clock
from app.texting import measure
from ui import theme
from ui.inbox.gesture import Gesture
from ui.press import PressButton
from ui.widgets import ChipButton, KeyButton, Notice, Panel, PlainLabel, one_line

#: A pause in typing of this many milliseconds saves the draft.
DRAFT_PAUSE_MS = 600
#: The longest text that the field takes: more than 255 parts can hold.
LONGEST = 40_000
#: Below this width, in em, the count has a line of its own.
NARROW = 27

_ENTER = (int(Qt.Key.Key_Return), int(Qt.Key.Key_Enter))
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
_CONTROL = Qt.KeyboardModifier.ControlModifier


class ComposerEdit(QPlainTextEdit):
    """The field. Enter is offered to :attr:`entered`; Shift+Enter is a new line; Esc leaves.

    While it is empty, a digit asks for a canned reply and / for the list of them.
    """

    left = Signal()
    entered = Signal(object)  # the QKeyEvent of an Enter
    digit = Signal(int)
    search_asked = Signal()

    def __init__(self, button: PressButton, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._button = button
        #: The number keys that a canned reply answers to.
        self.keys: frozenset[int] = frozenset()
        self._typing: set[int] = set()  # keys that went down as letters of the text
        self.setObjectName("bare")
        self.setAccessibleName("Your answer")
        self.setAccessibleDescription(
            "Enter sends, Shift and Enter make a new line. While it is empty, 1 to 9 fill in a canned reply."
        )
        self.setPlaceholderText("Write an answer…")
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            if event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
                self.insertPlainText("\n")
            else:
                self.entered.emit(event)
            event.accept()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            event.accept()
            return
        if self._for_replies(event) or (event.isAutoRepeat() and event.key() not in self._typing):
            event.accept()  # a key that is held since it meant something else types nothing
            return
        self._typing.add(event.key())
        super().keyPressEvent(event)

    def _for_replies(self, event: QKeyEvent) -> bool:
        """Take a key that asks for a canned reply; none does while there is a text."""
        if event.key() == Qt.Key.Key_Space and event.modifiers() == _CONTROL:
            self.search_asked.emit()
            return True
        if self.toPlainText() or self.isReadOnly() or event.isAutoRepeat():
            return False
        if event.text() == "/":
            self.search_asked.emit()
            return True
        key = event.key() - int(Qt.Key.Key_0)
        if key in self.keys and event.modifiers() in _PLAIN:
            self.digit.emit(key)
            return True
        return False

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self._button.take_release(event)
        if not event.isAutoRepeat():
            self._typing.discard(event.key())
        super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._button.forget_keys()  # the Enter that led here may be let go elsewhere
        self._typing.clear()
        super().focusInEvent(event)


class Composer(QWidget):
    """Text field, segment count and Send; or, where nobody may be texted, a sentence that says why.

    ``sent(text, press)`` is emitted for a real press; the owner answers with :meth:`sent_off` or
    :meth:`refused`. ``paused`` says that the draft should be saved. Where a canned reply asks for another
    end than a send, ``done_asked`` or ``opt_out_asked`` is emitted instead, and nothing is sent.
    """

    sent = Signal(str, object)
    paused = Signal()
    left = Signal()
    done_asked = Signal()
    opt_out_asked = Signal()
    go_on_changed = Signal(bool)

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.send_button = PressButton("Send", "Enter", clock, self)
        self.edit = ComposerEdit(self.send_button, self)
        self.measure_label = PlainLabel("", self, quiet=True, size="small", wrap=True)
        self.problem = Notice("", "warn", parent=self)
        self.locked_notice = Notice("", "warn", parent=self)
        self.hint = PlainLabel("", self, size="small", tone="warn", wrap=True)
        self.hint.hide()
        self.with_it = PlainLabel("", self, size="small", wrap=True)
        self.take_back_button = KeyButton("Take back", "Esc", self, flat=True)
        self.done_button = KeyButton("Done", "Enter", self, primary=True)
        self.opt_out_button = KeyButton("Opt out", "Enter", self, danger=True)
        self.go_on_chip = ChipButton("", parent=self, checkable=True)
        #: What a canned reply brought; None while the text is only typed.
        self.gesture: Gesture | None = None
        #: Whether the press that is under way leads on to who waits next.
        self.goes_on = False
        self._sending = False
        self._quiet = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(DRAFT_PAUSE_MS)
        self._pause.timeout.connect(self.paused)
        self._build()
        self.edit.textChanged.connect(self._typed)
        self.edit.left.connect(self.left)
        self.edit.entered.connect(self._entered)
        self.send_button.pressed_for_real.connect(self._pressed)
        self.take_back_button.clicked.connect(self.take_back)
        self.done_button.clicked.connect(self.done_asked)
        self.opt_out_button.clicked.connect(self.opt_out_asked)
        self.go_on_chip.clicked.connect(self._go_on_chosen)
        self.problem.acted.connect(self._use_suggestion)
        self._suggestion = ""
        self.set_go_on(False)
        self._look()

    def _build(self) -> None:
        self.box = Panel(self, margin=0.7)
        self.edit.setFixedHeight(theme.em(self, 2.6))
        self.box.body.addWidget(self.edit)
        self.box.body.addWidget(self.hint)
        with_it = QHBoxLayout()
        with_it.addWidget(self.with_it, 1)
        with_it.addWidget(self.take_back_button, 0, Qt.AlignmentFlag.AlignRight)  # also when it is alone
        self.box.body.addLayout(with_it)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.go_on_chip, self.send_button, self.done_button, self.opt_out_button):
            buttons.addWidget(button)
        self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._foot.addWidget(self.measure_label, 1)
        self._foot.addLayout(buttons)
        self.box.body.addLayout(self._foot)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.4))
        for widget in (self.problem, self.locked_notice, self.box):
            layout.addWidget(widget)
        QWidget.setTabOrder(self.edit, self.send_button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow the count stands above the buttons, or it would be squeezed to a column."""
        narrow = self.width() < theme.em(self, NARROW)
        ways = QBoxLayout.Direction
        self._foot.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)
        super().resizeEvent(event)

    # -- what the thread view asks --------------------------------------------------------------

    def text(self) -> str:
        """What is typed."""
        return self.edit.toPlainText()

    def set_text(self, text: str) -> None:
        """Put ``text`` in without calling it typed; the cursor goes to its end."""
        self._put(text)
        self._pause.stop()
        self.problem.say("")
        self._look()

    def _put(self, text: str) -> None:
        self._quiet = True
        self.edit.setPlainText(text)
        self.edit.moveCursor(QTextCursor.MoveOperation.End)
        self._quiet = False

    def reset(self) -> None:
        """Another thread: nothing typed, nothing under way here."""
        self._sending = False
        self.gesture = None
        self.edit.setReadOnly(False)
        self.send_button.disarm()
        self.set_text("")

    # -- canned replies and suggestions ---------------------------------------------------------

    def fill(self, gesture: Gesture, *, focus: bool = True) -> None:
        """Put in what one key brings. What was typed before comes back with :meth:`take_back`."""
        if self._sending or self.locked:
            return
        before = self.gesture.before if self.gesture is not None else self.text()
        self.gesture = replace(gesture, before=before)
        self._changed_by_us(gesture.text)
        if focus:
            self.edit.setFocus()

    def restore(self, gesture: Gesture | None) -> None:
        """The thread is open again whose text this gesture had filled in."""
        if gesture is not None and (self.text() or not gesture.text):
            self.gesture = gesture
            self._look()

    def suggest(self, text: str) -> None:
        """A text that would follow now. It never takes the place of words that a person typed."""
        if not text or self._sending or self.locked:
            return
        typed = self.text()
        if not typed or (self.gesture is not None and typed == self.gesture.text):
            self.fill(Gesture(text))
        elif typed != text:
            self._suggestion = text
            self.problem.say(f"The script suggests: {one_line(text, 160)}", "accent", "Use it")

    def want_opt_out(self, wanted: bool) -> None:
        """The answer that was given asks to be taken out; or it does so no longer."""
        if wanted and not self.locked:
            self.fill(Gesture(self.text(), action="opt_out"), focus=False)
        elif not wanted and self.opts_out and self.gesture is not None and not self.gesture.answer:
            self.take_back()

    def take_back(self) -> bool:
        """Undo what a canned reply filled in, all of it; False where there is nothing to take back."""
        if self.gesture is None or self._sending:
            return False
        before, self.gesture = self.gesture.before, None
        self._changed_by_us(before)
        self.edit.setFocus()
        return True

    def _changed_by_us(self, text: str) -> None:
        self._put(text)
        self.problem.say("")
        self._look()
        self._pause.start()  # the draft follows

    def _use_suggestion(self) -> None:
        text, self._suggestion = self._suggestion, ""
        if text:
            self.fill(Gesture(text))

    @property
    def opts_out(self) -> bool:
        """Whether Enter asks for an opt-out instead of sending."""
        return self.gesture is not None and self.gesture.action == "opt_out"

    @property
    def only_done(self) -> bool:
        """Whether Enter closes the conversation without a text."""
        return self.gesture is not None and self.gesture.action == "done" and not self.text().strip()

    def set_go_on(self, on: bool) -> None:
        """Whether Enter leads on to who waits next; Ctrl+Enter does the other thing."""
        self.goes_on = on
        self.go_on_chip.setChecked(on)
        self.go_on_chip.set("Enter: send and next" if on else "Ctrl+Enter: send and next")
        other = "Ctrl+Enter sends and stays" if on else "Enter sends and stays"
        self.go_on_chip.setAccessibleDescription(f"{other}. Press to change it.")

    def _go_on_chosen(self, on: bool) -> None:
        self.set_go_on(on)
        self.go_on_changed.emit(on)
        self.edit.setFocus()

    def lock(self, why: str) -> None:
        """Nobody may be texted here: ``why`` is shown instead of the field. "" unlocks."""
        self.locked_notice.say(why, "warn")
        self.box.setVisible(not why)
        self._look()

    def warn(self, words: str) -> None:
        """What to know before sending (their hour, how often they were texted); "" for nothing."""
        self.hint.setText(words)
        self.hint.setVisible(bool(words))

    @property
    def locked(self) -> bool:
        """True while only a sentence is shown."""
        return not self.box.isVisibleTo(self)

    @property
    def sending(self) -> bool:
        """True between a press and its answer."""
        return self._sending

    def stop_pause(self) -> None:
        """The draft is being saved, or must not be."""
        self._pause.stop()

    @property
    def unsaved(self) -> bool:
        """True between a key and the draft's saving."""
        return self._pause.isActive()

    def sent_off(self) -> None:
        """The click was taken: the field is empty for the next."""
        self._sending = False
        self.goes_on = self.go_on_chip.isChecked()
        self.gesture = None
        self.edit.setReadOnly(False)
        self.set_text("")

    def refused(self, why: str) -> None:
        """The click was not taken: say why, keep the text."""
        self._sending = False
        self.goes_on = self.go_on_chip.isChecked()
        self.edit.setReadOnly(False)
        self.problem.say(why, "warn")
        self._look()

    # -- inside ---------------------------------------------------------------------------------

    def _typed(self) -> None:
        if self._quiet:
            return
        if self.edit.document().characterCount() > LONGEST + 1:
            cut = self.text()[:LONGEST]
            self.set_text(cut)
        if self.gesture is not None and self.gesture.text and not self.text():
            self.gesture = None  # whoever empties the field wants none of it
        self.problem.say("")
        self._look()
        self._pause.start()

    def _look(self) -> None:
        text = self.text()
        self.measure_label.setText(measure.describe(text) if text else "")
        ready = bool(text.strip()) and not self._sending and not self.locked and not self.opts_out
        self._show_end()
        self.send_button.setEnabled(ready)
        if not ready:
            self.send_button.disarm()
        elif not self.send_button.gate.armed:
            self.send_button.arm()
        lines = min(max(2, self.edit.document().size().height()), 6)
        self.edit.setFixedHeight(round(lines * self.edit.fontMetrics().lineSpacing() + 10))

    def _show_end(self) -> None:
        """Which button ends it, and what goes with it."""
        opts_out, only_done = self.opts_out, self.only_done
        words = self.gesture.words if self.gesture is not None else ""
        self.with_it.setText(f"With it: {words}" if words else "")
        self.with_it.setVisible(bool(words))
        self.take_back_button.setVisible(self.gesture is not None)
        self.send_button.setVisible(not opts_out and not only_done)
        self.done_button.setVisible(only_done)
        self.opt_out_button.setVisible(opts_out)
        self.go_on_chip.setVisible(not opts_out)

    def _entered(self, event: QKeyEvent) -> None:
        """An Enter in the field: with Ctrl it goes on, or stays where plain Enter goes on."""
        self.goes_on = self.go_on_chip.isChecked() != bool(event.modifiers() & _CONTROL)
        if self.opts_out or self.only_done:
            if not event.isAutoRepeat() and not self._sending:
                (self.opt_out_asked if self.opts_out else self.done_asked).emit()
            return
        self.send_button.take_key(event, held=_CONTROL)
        if not self._sending:  # it did not count
            self.goes_on = self.go_on_chip.isChecked()

    def _pressed(self, press: object) -> None:
        self._sending = True
        self._pause.stop()
        self.edit.setReadOnly(True)
        self.send_button.setEnabled(False)
        self.send_button.disarm()
        self.sent.emit(self.text(), press)
