"""Plain letters: what makes texts longer than they need be, shown before and after, replaced by one press."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QDialog, QHBoxLayout, QTextEdit, QVBoxLayout, QWidget

from app.campaigns import plain
from app.campaigns.plain import Plain
from ui import theme, wording
from ui.widgets import KeyButton, PlainLabel, one_line, visible


def _names(cleaned: Plain, most: int = 6) -> str:
    letters = list(dict.fromkeys(change.old.strip() or "no-break space" for change in cleaned.changes))
    shown = " ".join(one_line(letter, 16) for letter in letters[:most])
    return shown + (" …" if len(letters) > most else "")


class PlainStrip(QWidget):
    """A line below the message while it has letters with a plain form; ``asked`` opens the difference."""

    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = PlainLabel("", self, tone="warn", wrap=True)
        self.button = KeyButton("Plain letters…", parent=self, flat=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.button)
        self.button.clicked.connect(self.asked)
        self.hide()

    def look(self, template: str) -> None:
        """Say what could be plainer in ``template``."""
        cleaned = plain.clean(template)
        self.setVisible(bool(cleaned.changes))
        if cleaned.changes:
            before, after = plain.segments(template), plain.segments(cleaned.text)
            gain = f": {wording.count(before, 'segment')} instead of {after}" if after < before else ""
            self.words.setText(f"{_names(cleaned)} make the text UCS-2{gain}.")


class PlainDialog(QDialog):
    """Before and after with the places marked; ``taken`` carries the plain text."""

    taken = Signal(str)

    def __init__(self, template: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Plain letters")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.cleaned = plain.clean(template)
        width = parent.window().width() if parent is not None else 900
        self.resize(min(theme.em(self, 48), width - 40), theme.em(self, 24))
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel("Plain letters cost fewer segments", self, bold=True, size="title"))
        said = "Fields and people's own names stay as they are."
        if self.cleaned.left:
            said += f" These have no plain form and stay: {one_line(' '.join(self.cleaned.left), 60)}"
        layout.addWidget(PlainLabel(said, self, quiet=True, wrap=True))
        sides = QHBoxLayout()
        sides.setSpacing(theme.em(self, 1))
        old = [(change.start, change.end) for change in self.cleaned.changes]
        self.before = self._side(sides, "Before", template, old, theme.current().bad.fill)
        self.after = self._side(
            sides, "After", self.cleaned.text, _new_places(self.cleaned), theme.current().good.fill
        )
        layout.addLayout(sides, 1)
        self.replace_button = KeyButton("Use plain letters", "Enter", self, primary=True)
        cancel = KeyButton("Leave as it is", "Esc", self)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.replace_button)
        layout.addLayout(buttons)
        self.replace_button.clicked.connect(self._take)
        cancel.clicked.connect(self.reject)
        self.replace_button.setFocus()

    def _side(
        self, sides: QHBoxLayout, title: str, text: str, places: Iterable[tuple[int, int]], fill: str
    ) -> QTextEdit:
        column = QVBoxLayout()
        size = wording.count(plain.segments(text), "segment")
        column.addWidget(PlainLabel(f"{title}: {size} as written", self, bold=True))
        view = QTextEdit(self)
        view.setReadOnly(True)
        view.setAcceptRichText(False)
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view.setAccessibleName(f"{title}: {size}")
        _fill(view, text, places, fill)
        column.addWidget(view, 1)
        sides.addLayout(column, 1)
        return view

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self._take()
            return
        super().keyPressEvent(event)

    def _take(self) -> None:
        self.accept()
        self.taken.emit(self.cleaned.text)


def _fill(view: QTextEdit, text: str, places: Iterable[tuple[int, int]], fill: str) -> None:
    """Plain text piece by piece, so that marks stand right whatever width a letter has."""
    cursor = QTextCursor(view.document())
    usual, marked = QTextCharFormat(), QTextCharFormat()
    marked.setBackground(QColor(fill))
    marked.setFontWeight(QFont.Weight.Bold)
    last = 0
    for start, end in places:
        cursor.insertText(visible(text[last:start]), usual)
        cursor.insertText(visible(text[start:end]) or "", marked)
        last = end
    cursor.insertText(visible(text[last:]), usual)
    view.moveCursor(QTextCursor.MoveOperation.Start)


def _new_places(cleaned: Plain) -> list[tuple[int, int]]:
    shift = 0
    places = []
    for change in cleaned.changes:
        start = change.start + shift
        places.append((start, start + len(change.plain)))
        shift += len(change.plain) - (change.end - change.start)
    return places
