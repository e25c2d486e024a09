"""One question of a script with its answers, edited as a whole and stored in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.campaigns import script_edit
from app.campaigns.script import MAX_TEXT, Option, Question, Script
from app.workspace import Workspace
from ui import background, theme, wording
from ui.campaigns.script_rows import AllSelected, NextBox, OptionRow, TextField
from ui.widgets import ChipButton, KeyButton, PlainLabel, one_line, row, scrolled
from ui.widgets_flow import FlowLayout

KIND_WORDS = {"choice": "one of these answers", "text": "words", "number": "a number"}
_NO_FIELD = "no field"


class QuestionDialog(QDialog):
    """``stored`` carries the question's id."""

    stored = Signal(int)

    def __init__(
        self,
        workspace: Workspace,
        script: Script,
        question: Question | None,
        fields: Sequence[str],
        contact_fields: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        """``fields`` can be in texts; ``contact_fields`` can take an answer."""
        super().__init__(parent)
        self._workspace, self._script = workspace, script
        self._question = question or Question("")
        self._others = [(each.id, each.text) for each in script.questions if each.id != self._question.id]
        self._last: TextField | None = None
        self.rows: list[OptionRow] = []
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("A question of the script")
        self.resize(theme.em(self, 54), theme.em(self, 33))
        self._build(contact_fields)
        self._lay_out(fields)
        for option in (*self._question.choices, Option("")):
            self._add(option)
        self._look()
        self.text.setFocus()

    # -- looks ----------------------------------------------------------------------------------

    def _build(self, contact_fields: Sequence[str]) -> None:
        question = self._question
        self.text = QLineEdit(question.text, self)
        self.text.setMaxLength(MAX_TEXT)
        self.text.setPlaceholderText("What you want to know: Will they come?")
        self.text.setAccessibleName("Question")
        self.kind = QComboBox(self)
        self.kind.setAccessibleName("Answered with")
        for kind, words in KIND_WORDS.items():
            self.kind.addItem(words, kind)
        self.kind.setCurrentIndex(max(0, self.kind.findData(question.kind)))
        self.kind.currentIndexChanged.connect(lambda _index: self._look())
        self.field = QComboBox(self)
        self.field.setEditable(True)
        self.field.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.field.setAccessibleName("Contact field that the answer is written to")
        self.field.addItem(_NO_FIELD)
        self.field.addItems([one_line(name, 60) for name in contact_fields])
        self.field.setCurrentText(question.field or _NO_FIELD)
        edit = self.field.lineEdit()
        if edit is not None:
            edit.setAccessibleName(self.field.accessibleName())
        AllSelected(self.field)
        self.next_text = TextField(question.next_text, self)
        self.next_text.entered.connect(self._entered)
        self.then = NextBox(self._others, question.next_id, self)
        self.problem = PlainLabel("", self, tone="bad", wrap=True)
        self.problem.hide()
        self.cancel_button = KeyButton("Cancel", "Esc", self)
        self.cancel_button.clicked.connect(self.reject)
        self.save_button = KeyButton("Save", "Ctrl+S", self, primary=True)
        QShortcut(QKeySequence("Ctrl+S"), self).activated.connect(self.save)
        self.save_button.clicked.connect(self.save)

    def _lay_out(self, fields: Sequence[str]) -> None:
        head = QGridLayout()
        head.setHorizontalSpacing(theme.em(self, 0.6))
        for place, (words, widget) in enumerate(
            (("Question", self.text), ("Answered with", self.kind), ("Written to the contact's", self.field))
        ):
            head.addWidget(PlainLabel(words, self, bold=True), 0, place)
            head.addWidget(widget, 1, place)
            head.setColumnStretch(place, 3 if place == 0 else 1)
        self.single = QWidget(self)
        single = QHBoxLayout(self.single)
        single.setContentsMargins(0, 0, 0, 0)
        single.addWidget(self.next_text, 3)
        single.addWidget(PlainLabel("→", self, quiet=True))
        single.addWidget(self.then, 2)

        def fill(layout: QVBoxLayout) -> None:
            self._rows_layout = layout
            layout.setSpacing(theme.em(self, 0.3))
            layout.addStretch(1)

        self.choices = scrolled(fill, self)
        chips = FlowLayout(gap=theme.em(self, 0.3), rows=2)
        holder = QWidget(self)
        holder.setLayout(chips)
        for name in fields:
            chip = ChipButton(name, parent=holder)
            chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            chip.setAccessibleName(f"Insert the field {one_line(name)}")
            chip.clicked.connect(lambda _on=False, name=name: self.insert(name))
            chips.addWidget(chip)
        self.hint = PlainLabel("", self, quiet=True, size="small", wrap=True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.save_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.7))
        layout.addLayout(head)
        layout.addLayout(row(PlainLabel("Insert", self, quiet=True), holder, stretch=1))
        layout.addWidget(self.single)
        layout.addWidget(self.choices, 1)
        layout.addWidget(self.hint)
        layout.addWidget(self.problem)
        layout.addStretch(0)
        layout.addLayout(buttons)

    def _look(self) -> None:
        choice = self.kind.currentData() == "choice"
        self.choices.setVisible(choice)
        self.single.setVisible(not choice)
        follows = "Behind the arrow: the question that follows, or the words of a new one."
        more = (
            " Alt+Up and Alt+Down order the answers. A reply of the words beside it suggests an answer; "
            "nothing is kept until it is pressed."
        )
        self.hint.setText(follows + more if choice else follows)

    def _add(self, option: Option) -> None:
        made = OptionRow(option, self._others, self)
        made.changed.connect(self._typed)
        made.dropped.connect(lambda: self._drop(made))
        made.moved.connect(lambda by: self._move(made, by))
        made.text_entered.connect(self._entered)
        self._rows_layout.insertWidget(len(self.rows), made)
        made.show()  # now, not with the next round of events: the next Tab may lead here
        self.rows.append(made)
        self._chain()

    def _chain(self) -> None:
        """Tab goes through the answers in their order, then to the buttons."""
        controls: list[QWidget] = [self.field, self.next_text, self.then]
        for each in self.rows:
            controls += each.controls
        for before, after in pairwise((*controls, self.cancel_button, self.save_button)):
            QWidget.setTabOrder(before, after)

    def _typed(self) -> None:
        if not self.rows or not self.rows[-1].empty:
            self._add(Option(""))

    def _drop(self, gone: OptionRow) -> None:
        place = self.rows.index(gone)
        self.rows.remove(gone)
        gone.hide()
        gone.deleteLater()
        self._typed()
        self.rows[min(place, len(self.rows) - 1)].label.setFocus()

    def _move(self, moved: OptionRow, by: int) -> None:
        place = self.rows.index(moved)
        if moved.empty or not 0 <= place + by < len(self.rows) or self.rows[place + by].empty:
            return
        had = self.focusWidget()
        self.rows.insert(place + by, self.rows.pop(place))
        self._rows_layout.removeWidget(moved)
        self._rows_layout.insertWidget(place + by, moved)
        self._chain()
        if had is not None:
            had.setFocus()

    def _entered(self, field: Any) -> None:
        self._last = field

    def insert(self, name: str) -> None:
        """Put a field into the text that was last in use."""
        texts = [each.text for each in self.rows] if self.choices.isVisible() else [self.next_text]
        target = self._last if self._last in texts else texts[0]
        fallback = "|there" if name in ("first_name", "name") else ""
        target.insert("{" + name + fallback + "}")
        target.setFocus()

    # -- storing --------------------------------------------------------------------------------

    def question(self) -> Question:
        """What is written now."""
        kind = str(self.kind.currentData())
        field = self.field.currentText().strip()
        next_id, then = self.then.answer()
        choices = tuple(each.option() for each in self.rows if not each.empty)
        return replace(
            self._question,
            text=self.text.text(),
            kind=kind,
            field="" if field == _NO_FIELD else field,
            options=choices if kind == "choice" else self._question.options,
            next_text=self.next_text.text(),
            next_id=next_id if kind != "choice" else None,
            then=then if kind != "choice" else "",
        )

    def save(self) -> None:
        """Store it and close, or say what is wrong and stay."""
        if not self.save_button.isEnabled():
            return
        workspace, key, wanted = self._workspace, self._script.campaign_id, self.question()
        self.save_button.setEnabled(False)
        background.run(
            self,
            lambda _job: script_edit.save(workspace.store, workspace.clock, key, wanted),
            self._saved,
            self._not_saved,
        )

    def _saved(self, question_id: int) -> None:
        self.stored.emit(question_id)
        self.accept()

    def _not_saved(self, error: Exception) -> None:
        self.save_button.setEnabled(True)
        self.problem.setText(wording.sentence(error))
        self.problem.show()
