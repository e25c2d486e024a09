"""One canned reply as it is written: its name, its text, and what goes with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.campaigns import templates
from app.conversations import canned
from app.conversations.canned import Draft, Option, Reply
from app.people import beside
from ui import theme
from ui.widgets import KeyButton, PlainLabel, one_line

ACTIONS = {"": "nothing more", "done": "Done: nobody waits any more", "opt_out": "Opt out, nothing is sent"}


class CannedForm(QWidget):
    """``save_asked`` after Ctrl+S or a press; :meth:`draft` is what is written."""

    save_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = PlainLabel("", self, bold=True)
        self.label = QLineEdit(self)
        self.label.setMaxLength(canned.MAX_LABEL)
        self.text = QPlainTextEdit(self)
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText("Of course, {first_name|you}, see you on {slot}.")
        self.tag = QLineEdit(self)
        self.tag.setMaxLength(beside.MAX_TAG)
        self.action = QComboBox(self)
        for key, words in ACTIONS.items():
            self.action.addItem(words, key)
        self.answer = QComboBox(self)
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        self.problem.hide()
        self.save_button = KeyButton("Save", "Ctrl+S", self, primary=True)
        self._lay_out()
        self.text.textChanged.connect(self._look)
        self.action.currentIndexChanged.connect(lambda _index: self._look())
        self.save_button.clicked.connect(self.save_asked)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("Tag", self.tag), ("Afterwards", self.action), ("Answer", self.answer),
        )  # fmt: skip
        self._names: dict[QWidget, PlainLabel] = {}
        for place, (words, edit) in enumerate(rows):
            name = self._names[edit] = PlainLabel(words, self, quiet=True)
            name.setBuddy(edit)
            edit.setAccessibleName(words)
            grid.addWidget(name, place, 0)
            grid.addWidget(edit, place, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.5))
        layout.addWidget(self.title)
        name = PlainLabel("Name, as it stands on its button", self, quiet=True)
        name.setBuddy(self.label)
        self.label.setAccessibleName("Name")
        layout.addWidget(name)
        layout.addWidget(self.label)
        said = PlainLabel("Text, with fields such as {first_name|you}", self, quiet=True)
        said.setBuddy(self.text)
        self.text.setAccessibleName("Text")
        layout.addWidget(said)
        layout.addWidget(self.text, 1)
        layout.addLayout(grid)
        layout.addWidget(self.problem)
        layout.addWidget(self.save_button)
        QWidget.setTabOrder(self.label, self.text)

    def show_options(self, options: tuple[Option, ...]) -> None:
        """The answers of the campaign's script; none hides the choice."""
        self.answer.clear()
        self.answer.addItem("none", None)
        for option in options:
            self.answer.addItem(f"{one_line(option.question, 40)} {one_line(option.label, 40)}", option.id)
        self.answer.setVisible(bool(options))
        self._names[self.answer].setVisible(bool(options))

    def show_reply(self, reply: Reply | None, *, locked: bool = False) -> None:
        """A reply to change; None for a new one. ``locked``: only to read."""
        self.title.setText("New reply" if reply is None else "Change the reply")
        self.label.setText(reply.label if reply is not None else "")
        self.text.setPlainText(reply.text if reply is not None else "")
        self.tag.setText(reply.tag if reply is not None else "")
        self.action.setCurrentIndex(max(0, self.action.findData(reply.action if reply is not None else "")))
        self.answer.setCurrentIndex(
            max(0, self.answer.findData(reply.option_id if reply is not None else None))
        )
        for edit in (self.label, self.text, self.tag):
            edit.setReadOnly(locked)
        for box in (self.action, self.answer):
            box.setEnabled(not locked)
        self.save_button.setEnabled(not locked)
        self._look()

    def draft(self) -> Draft:
        """What is written."""
        text = self.text.toPlainText()[: canned.MAX_TEXT + 1]
        action = canned.ACTIONS[max(0, self.action.currentIndex())]
        option = self.answer.currentData()
        return Draft(
            self.label.text(), text, self.tag.text(), action, option if isinstance(option, int) else None
        )

    def _look(self) -> None:
        """A mistake in the text is said while it is made."""
        problem = ""
        try:
            templates.parse(self.text.toPlainText()[: canned.MAX_TEXT + 1])
        except templates.TemplateError as error:
            problem = str(error)
        if self.action.currentData() == "opt_out" and self.text.toPlainText().strip():
            problem = "Nothing is sent to a person who is opted out: leave the text empty."
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
