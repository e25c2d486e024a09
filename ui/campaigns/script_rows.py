"""One answer of a question while it is edited: its name, what is said and asked next, what suggests it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.campaigns import templates
from app.campaigns.script import MAX_LABEL, MAX_TEXT, Option
from app.people.beside import MAX_TAG
from ui import theme
from ui.widgets import KeyButton, PlainLabel, one_line

TONE_WORDS = {"": "neither", "good": "in favour", "bad": "against"}
NOWHERE = "nothing more"


class TextField(QLineEdit):
    """A text that is said next; it tells when it has the focus, so that a field's chip knows where to go."""

    entered = Signal(object)

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setMaxLength(templates.MAX_TEMPLATE)
        self.setPlaceholderText("What is said next, with fields like {first_name}")
        self.setAccessibleName("What is said next")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.entered.emit(self)


class AllSelected(QObject):
    """What stands in an editable ``box`` is selected at each focus, by the mouse too: typing replaces it."""

    def __init__(self, box: QComboBox) -> None:
        super().__init__(box)
        box.installEventFilter(self)  # the box has the focus for its line

    def eventFilter(self, box: QObject, event: QEvent) -> bool:
        edit = box.lineEdit() if isinstance(box, QComboBox) else None
        if event.type() == QEvent.Type.FocusIn and edit is not None:
            QTimer.singleShot(0, edit, edit.selectAll)  # after the press of the mouse, which sets the cursor
        return False


class NextBox(QComboBox):
    """Which question follows: one that is there, or the words of a new one."""

    def __init__(self, questions: Sequence[tuple[int, str]], chosen: int | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName("What is asked next")
        self.setToolTip("A question that is there, or the words of a new one")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.addItem(NOWHERE, None)
        for key, text in questions:
            self.addItem(one_line(text, 80), key)
        self.setCurrentIndex(max(0, self.findData(chosen)))
        edit = self.lineEdit()
        if edit is not None:
            edit.setMaxLength(MAX_TEXT)
            edit.setAccessibleName("What is asked next")
        AllSelected(self)

    def answer(self) -> tuple[int | None, str]:
        """The id of a question that is there, or the words of one to be made."""
        typed = " ".join(self.currentText().split())
        if not typed or typed.casefold() == NOWHERE:
            return None, ""
        if typed == " ".join(self.itemText(self.currentIndex()).split()):
            key = self.currentData()
            return (None if key is None else int(key)), ""
        return None, typed


class OptionRow(QWidget):
    """See the module. ``changed`` when something was typed; ``dropped``; ``moved(by)``."""

    changed = Signal()
    dropped = Signal()
    moved = Signal(int)
    text_entered = Signal(object)

    def __init__(self, option: Option, questions: Sequence[tuple[int, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self._option = option
        self.label = QLineEdit(option.label, self)
        self.label.setMaxLength(MAX_LABEL)
        self.label.setPlaceholderText("Answer")
        self.label.setAccessibleName("Answer")
        self.text = TextField(option.next_text, self)
        self.then = NextBox(questions, option.next_id, self)
        self.words = QLineEdit(", ".join(option.words), self)
        self.words.setMaxLength(1000)
        self.words.setPlaceholderText("Replies that suggest it: yes, y, ok")
        self.words.setAccessibleName("Replies that suggest it")
        self.tag = QLineEdit(option.tag, self)
        self.tag.setMaxLength(MAX_TAG)
        self.tag.setPlaceholderText("Tag")
        self.tag.setAccessibleName("Tag that it sets")
        self.tone = QComboBox(self)
        self.tone.setAccessibleName("In favour or against")
        for tone, words in TONE_WORDS.items():
            self.tone.addItem(words, tone)
        self.tone.setCurrentIndex(max(0, self.tone.findData(option.tone)))
        self.opts_out = QCheckBox("asks to be taken out", self)
        self.opts_out.setChecked(option.opts_out)
        self.drop = KeyButton("Take out", parent=self, flat=True)
        self.drop.setAccessibleName("Take this answer out")
        self._lay_out()
        self.label.textEdited.connect(lambda _text: self.changed.emit())
        self.text.entered.connect(self.text_entered)
        self.drop.clicked.connect(self.dropped)

    def _lay_out(self) -> None:
        gap = theme.em(self, 0.4)
        first, second = QHBoxLayout(), QHBoxLayout()
        self.label.setFixedWidth(theme.em(self, 9))
        first.addWidget(self.label)
        first.addWidget(self.text, 3)
        first.addWidget(PlainLabel("→", self, quiet=True))
        first.addWidget(self.then, 2)
        second.addSpacing(theme.em(self, 1.5))
        second.addWidget(self.words, 2)
        self.tag.setFixedWidth(theme.em(self, 7))
        for widget in (self.tag, self.tone, self.opts_out, self.drop):
            second.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, gap)
        layout.setSpacing(gap)
        layout.addLayout(first)
        layout.addLayout(second)

    @property
    def controls(self) -> tuple[QWidget, ...]:
        """What Tab leads to, in order."""
        return (
            self.label, self.text, self.then, self.words, self.tag, self.tone, self.opts_out, self.drop,
        )  # fmt: skip

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if by is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.moved.emit(by)
            event.accept()
            return
        super().keyPressEvent(event)

    @property
    def empty(self) -> bool:
        """True while nobody gave the answer a name."""
        return not self.label.text().strip()

    def option(self) -> Option:
        """What the row says now."""
        next_id, then = self.then.answer()
        words = tuple(word.strip() for word in self.words.text().split(",") if word.strip())
        return Option(
            label=self.label.text(),
            next_text=self.text.text(),
            next_id=next_id,
            then=then,
            opts_out=self.opts_out.isChecked(),
            tag=self.tag.text(),
            tone=str(self.tone.currentData()),
            words=words,
            id=self._option.id,
        )
