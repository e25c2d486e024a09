"""Where a text to a group is typed. It prepares one text for each member, and sends none."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QWidget

from app.conversations.groups import LONGEST
from app.texting import measure
from ui import theme
from ui.inbox import composer
from ui.widgets import KeyButton, Notice, Panel, PlainLabel

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class GroupEdit(QPlainTextEdit):
    """The field: Ctrl+Enter prepares, Enter is a new line, Esc leaves."""

    entered = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bare")
        self.setAccessibleName("A text to the group")
        self.setAccessibleDescription(
            "Ctrl and Enter prepare one text for each member. Nothing is sent by that: each has its own Send."
        )
        self.setPlaceholderText("Write to the group… {first_name|there} is filled in for each person.")
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if not event.isAutoRepeat():
                self.entered.emit()
            event.accept()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            event.accept()
        else:
            super().keyPressEvent(event)


class GroupComposer(Panel):
    """``prepare_asked(text)``; ``paused`` says that the draft should be saved; ``left`` leads to the list."""

    prepare_asked = Signal(str)
    paused = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0.7)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._people = 0
        self._busy = self._quiet = False
        self.edit = GroupEdit(self)
        self.problem = Notice("", "warn", parent=self)
        self.measure_label = PlainLabel("", self, quiet=True, size="small", wrap=True)
        self.prepare_button = KeyButton("", "Ctrl+Enter", self, primary=True)
        self.body.addWidget(self.problem)
        self.body.addWidget(self.edit)
        foot = QHBoxLayout()
        foot.addWidget(self.measure_label, 1)
        foot.addWidget(self.prepare_button)
        self.body.addLayout(foot)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(composer.DRAFT_PAUSE_MS)
        self._pause.timeout.connect(self.paused)
        self.edit.textChanged.connect(self._typed)
        self.edit.entered.connect(self._ask)
        self.edit.left.connect(self.left)
        self.prepare_button.clicked.connect(self._ask)
        self.show_people(0)

    # -- what the pane asks ---------------------------------------------------------------------

    def text(self) -> str:
        """What is typed."""
        return self.edit.toPlainText()

    def set_text(self, text: str) -> None:
        """Put ``text`` in without calling it typed."""
        self._quiet = True
        self.edit.setPlainText(text)
        self._quiet = False
        self._pause.stop()
        self._busy = False
        self.problem.say("")
        self._look()

    def show_people(self, count: int) -> None:
        """For how many a text would be prepared."""
        self._people = count
        self.prepare_button.set_text(f"Prepare for {count} {'person' if count == 1 else 'people'}")
        self._look()

    def refused(self, why: str) -> None:
        """Nothing was prepared: say why, keep the text."""
        self._busy = False
        self.problem.say(why, "warn")
        self._look()

    # -- inside ---------------------------------------------------------------------------------

    def _typed(self) -> None:
        if self._quiet:
            return
        if self.edit.document().characterCount() > LONGEST + 1:
            self.set_text(self.text()[:LONGEST])
        self.problem.say("")
        self._look()
        self._pause.start()

    def _look(self) -> None:
        text = self.text()
        each = "Each person then has a Send of their own."
        self.measure_label.setText(f"{measure.describe(text)}. {each}" if text else each)
        self.prepare_button.setEnabled(bool(text.strip()) and self._people > 0 and not self._busy)
        lines = min(max(2, self.edit.document().size().height()), 5)
        self.edit.setFixedHeight(round(lines * self.edit.fontMetrics().lineSpacing() + theme.em(self, 0.7)))

    def _ask(self) -> None:
        if self.prepare_button.isEnabled():
            self._busy = True
            self._pause.stop()
            self._look()
            self.prepare_asked.emit(self.text())
