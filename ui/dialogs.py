"""Small dialogs: a typed reason, and the files to read and write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ui import theme
from ui.widgets import KeyButton, PlainLabel

#: A reason shorter than this says nothing to whoever reads the log later.
LEAST_REASON = 4


class FormDialog(QDialog):
    """A dialog of labelled fields with a primary button that waits until they are filled.

    Nothing is done here: the caller reads :meth:`values` after ``accepted``.
    """

    def __init__(
        self, parent: QWidget, title: str, text: str, fields: tuple[tuple[str, str, int], ...], action: str,
        *, danger: bool = False, check: Callable[[tuple[str, ...]], str] | None = None,
    ) -> None:  # fmt: skip
        """``fields``: (label, placeholder, least number of characters). ``check`` says what is wrong."""
        super().__init__(parent)
        self._check = check
        self.setWindowTitle(title)
        self.setMinimumWidth(theme.em(self, 28))
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel(title, self, size="title", bold=True, wrap=True))
        if text:
            layout.addWidget(PlainLabel(text, self, quiet=True, wrap=True))
        self.fields: list[QLineEdit] = []
        self._least = [least for _label, _hint, least in fields]
        for label, hint, _least in fields:
            layout.addWidget(self._field(label, hint))
            layout.addWidget(self.fields[-1])
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        self.problem.hide()
        layout.addWidget(self.problem)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        self.cancel_button = KeyButton("Cancel", "Esc", self)
        self.cancel_button.clicked.connect(self.reject)
        self.ok_button = KeyButton(action, "Enter", self, primary=not danger, danger=danger)
        self.ok_button.clicked.connect(self._accept)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.ok_button)
        layout.addLayout(buttons)
        self._look()

    def _field(self, label: str, hint: str) -> PlainLabel:
        edit = QLineEdit(self)
        edit.setMaxLength(300)
        edit.setPlaceholderText(hint)
        edit.setAccessibleName(label)
        edit.textChanged.connect(self._look)
        edit.returnPressed.connect(self._accept)
        self.fields.append(edit)
        words = PlainLabel(label, self, bold=True)
        words.setBuddy(edit)
        return words

    def values(self) -> tuple[str, ...]:
        """What was typed, without the spaces around it."""
        return tuple(edit.text().strip() for edit in self.fields)

    def complain(self, text: str) -> None:
        """Say why it cannot be done as typed; "" takes it back."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def _filled(self) -> bool:
        return all(len(v) >= least for v, least in zip(self.values(), self._least, strict=True))

    def _look(self) -> None:
        self.ok_button.setEnabled(self._filled())

    def _accept(self) -> None:
        if not self._filled():
            return
        problem = self._check(self.values()) if self._check is not None else ""
        self.complain(problem)
        if not problem:
            self.accept()


def ask_reason(parent: QWidget, title: str, text: str, action: str, *, danger: bool = False) -> FormDialog:
    """An open dialog for one typed reason; connect to its ``accepted``."""
    fields = (("Why", "The reason, for whoever reads the log later", LEAST_REASON),)
    dialog = FormDialog(parent, title, text, fields, action, danger=danger)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


def open_file(parent: QWidget, title: str, kinds: str) -> Path | None:
    """A file that a person chose to read, None for none."""
    name, _kind = QFileDialog.getOpenFileName(parent, title, "", kinds)
    return Path(name) if name else None


def save_file(parent: QWidget, title: str, suggested: str, kinds: str) -> Path | None:
    """A place that a person chose to write, None for none."""
    name, _kind = QFileDialog.getSaveFileName(parent, title, suggested, kinds)
    return Path(name) if name else None
