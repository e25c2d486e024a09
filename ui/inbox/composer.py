"""Where an answer is typed: what it will cost in segments, and Send, which is a click like any other."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.clock import Clock
from app.texting import measure
from ui import theme
from ui.press import PressButton
from ui.widgets import Notice, Panel, PlainLabel

#: A pause in typing of this many milliseconds saves the draft.
DRAFT_PAUSE_MS = 600
#: The longest text that the field takes: more than 255 parts can hold.
LONGEST = 40_000

_ENTER = (int(Qt.Key.Key_Return), int(Qt.Key.Key_Enter))


class ComposerEdit(QPlainTextEdit):
    """The field. Enter is offered to the Send button; Shift+Enter is a new line; Esc leaves."""

    left = Signal()

    def __init__(self, button: PressButton, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._button = button
        self.setObjectName("bare")
        self.setAccessibleName("Your answer")
        self.setAccessibleDescription("Enter sends, Shift and Enter make a new line")
        self.setPlaceholderText("Write an answer…")
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            if event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
                self.insertPlainText("\n")
            else:
                self._button.take_key(event)
            event.accept()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            event.accept()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self._button.take_release(event)
        super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._button.forget_keys()  # the Enter that led here may be let go elsewhere
        super().focusInEvent(event)


class Composer(QWidget):
    """Text field, segment count and Send; or, where nobody may be texted, a sentence that says why.

    ``sent(text, press)`` is emitted for a real press; the owner answers with :meth:`sent_off` or
    :meth:`refused`. ``paused`` says that the draft should be saved.
    """

    sent = Signal(str, object)
    paused = Signal()
    left = Signal()

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
        self._sending = False
        self._quiet = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(DRAFT_PAUSE_MS)
        self._pause.timeout.connect(self.paused)
        self._build()
        self.edit.textChanged.connect(self._typed)
        self.edit.left.connect(self.left)
        self.send_button.pressed_for_real.connect(self._pressed)
        self._look()

    def _build(self) -> None:
        self.box = Panel(self, margin=0.7)
        self.edit.setFixedHeight(theme.em(self, 2.6))
        self.box.body.addWidget(self.edit)
        self.box.body.addWidget(self.hint)
        foot = QHBoxLayout()
        foot.addWidget(self.measure_label, 1)
        foot.addWidget(self.send_button)
        self.box.body.addLayout(foot)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.4))
        for widget in (self.problem, self.locked_notice, self.box):
            layout.addWidget(widget)
        QWidget.setTabOrder(self.edit, self.send_button)

    # -- what the thread view asks --------------------------------------------------------------

    def text(self) -> str:
        """What is typed."""
        return self.edit.toPlainText()

    def set_text(self, text: str) -> None:
        """Put ``text`` in without calling it typed; the cursor goes to its end."""
        self._quiet = True
        self.edit.setPlainText(text)
        self.edit.moveCursor(QTextCursor.MoveOperation.End)
        self._quiet = False
        self._pause.stop()
        self.problem.say("")
        self._look()

    def reset(self) -> None:
        """Another thread: nothing typed, nothing under way here."""
        self._sending = False
        self.edit.setReadOnly(False)
        self.send_button.disarm()
        self.set_text("")

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
        self.edit.setReadOnly(False)
        self.set_text("")

    def refused(self, why: str) -> None:
        """The click was not taken: say why, keep the text."""
        self._sending = False
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
        self.problem.say("")
        self._look()
        self._pause.start()

    def _look(self) -> None:
        text = self.text()
        self.measure_label.setText(measure.describe(text) if text else "")
        ready = bool(text.strip()) and not self._sending and not self.locked
        self.send_button.setEnabled(ready)
        if not ready:
            self.send_button.disarm()
        elif not self.send_button.gate.armed:
            self.send_button.arm()
        lines = min(max(2, self.edit.document().size().height()), 6)
        self.edit.setFixedHeight(round(lines * self.edit.fontMetrics().lineSpacing() + 10))

    def _pressed(self, press: object) -> None:
        self._sending = True
        self._pause.stop()
        self.edit.setReadOnly(True)
        self.send_button.setEnabled(False)
        self.send_button.disarm()
        self.sent.emit(self.text(), press)
