"""A talk with the network by USSD: what it says, and an answer where it asks for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from ui import background, theme, wording
from ui.widgets import KeyButton, PlainLabel, visible

if TYPE_CHECKING:
    from app.texting.asking import UssdReply

_KEPT = 4_000


class UssdDialog(QDialog):
    """A question of the network. ``answer(text)`` runs off the window's thread and gives the next reply."""

    def __init__(
        self,
        parent: QWidget,
        first: UssdReply,
        answer: Callable[[str], UssdReply],
        ended: Callable[[UssdReply], None],
    ) -> None:
        super().__init__(parent)
        self._answer, self._ended = answer, ended
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("The network asks")
        self.setMinimumSize(theme.em(self, 26), theme.em(self, 16))
        layout = QVBoxLayout(self)
        layout.addWidget(PlainLabel("The network asks", self, size="title", bold=True))
        self.words = QPlainTextEdit(self)
        self.words.setReadOnly(True)
        self.words.setTabChangesFocus(True)
        self.words.setAccessibleName("What the network says")
        layout.addWidget(self.words, 1)
        self.field = QLineEdit(self)
        self.field.setMaxLength(182)
        self.field.setPlaceholderText("Your answer, such as 1")
        self.field.setAccessibleName("Your answer")
        self.field.returnPressed.connect(self._send)
        layout.addWidget(self.field)
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        self.problem.hide()
        layout.addWidget(self.problem)
        row = QHBoxLayout()
        row.addStretch(1)
        self.close_button = KeyButton("Close", "Esc", self)
        self.close_button.clicked.connect(self.reject)
        self.send_button = KeyButton("Answer", "Enter", self, primary=True)
        self.send_button.clicked.connect(self._send)
        row.addWidget(self.close_button)
        row.addWidget(self.send_button)
        layout.addLayout(row)
        self._show(first)

    def _show(self, reply: UssdReply) -> None:
        self.words.setPlainText(visible(reply.text, _KEPT) or "(nothing)")
        for widget in (self.field, self.send_button):
            widget.setEnabled(reply.more)
            widget.setVisible(reply.more)
        self.field.clear()
        (self.field if reply.more else self.close_button).setFocus()
        if not reply.more:
            self.setWindowTitle("The network's answer")
            self._ended(reply)

    def _send(self) -> None:
        text = self.field.text().strip()
        if not text or not self.send_button.isEnabled():
            return
        self.problem.hide()
        self.send_button.setEnabled(False)
        background.run(self, lambda _job: self._answer(text), self._show, self._failed)

    def _failed(self, error: Exception) -> None:
        self.send_button.setEnabled(True)
        self.problem.setText(wording.sentence(error))
        self.problem.show()
