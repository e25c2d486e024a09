"""The first message as it is written: plain text in which fields stand out, and chips that put them in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QWidget

from app.campaigns import templates
from app.campaigns.wordings import FIRST, Variant
from ui import theme, wording
from ui.campaigns.inserting import InsertMenu
from ui.campaigns.plain import PlainStrip
from ui.campaigns.variants import AudienceRow, VariantBar
from ui.widgets import ChipButton, KeyButton, Panel, PlainLabel, one_line, row
from ui.widgets_flow import FlowLayout

#: "{{" and "}}" are braces, "{name}" and "{name|else}" fields; any other brace is a mistake.
_PIECES = re.compile(
    r"\{\{|\}\}|(?P<block>\{(?:if\s[^{}\n]+|else|end)\})|(?P<field>\{[^{}|\n]+(?:\|[^{}\n]*)?\})|(?P<wrong>[{}])",
    re.IGNORECASE,
)


class FieldHighlighter(QSyntaxHighlighter):
    """Gives fields the look of chips, and unfinished ones the look of a mistake."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.known: frozenset[str] = frozenset()

    def highlightBlock(self, text: str) -> None:
        colours = theme.current()
        before = 0  # Qt counts UTF-16 units, Python characters
        units = 0
        for match in _PIECES.finditer(text):
            if match.lastgroup is None:
                continue
            units += _units(text[before : match.start()])
            before = match.start()
            tone = colours.accented if self._good(match) else colours.bad
            look = QTextCharFormat()
            look.setForeground(QColor(tone.ink))
            look.setBackground(QColor(tone.fill))
            look.setFontWeight(QFont.Weight.Medium)
            self.setFormat(units, _units(match.group()), look)

    def _good(self, match: re.Match[str]) -> bool:
        if match.group("block"):
            return True
        field = match.group("field")
        if not field:
            return False
        try:
            names = templates.parse(field).fields
        except templates.TemplateError:
            return False
        return not self.known or all(name in self.known for name in names)


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


class MessageEdit(QPlainTextEdit):
    """The field for the message."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("First message")
        self.setPlaceholderText("Hi {first_name|there}, this is {sender} from … Reply STOP to opt out.")
        self.setTabChangesFocus(True)
        font = QFont(self.font())
        font.setPointSizeF(theme.points("title"))
        self.setFont(font)
        self.highlighter = FieldHighlighter(self.document())
        theme.changes().changed.connect(self.highlighter.rehighlight)


class MessagePanel(Panel):
    """Title, the chips of the fields, the message, and what it costs."""

    changed = Signal()
    library_asked = Signal()
    fields_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = MessageEdit(self)
        self.variants = VariantBar(self)
        self.audience = AudienceRow(self)
        self.plain = PlainStrip(self)
        self.segments = PlainLabel("", self, quiet=True, wrap=True)
        self.problem = PlainLabel("", self, tone="bad", wrap=True)
        self.problem.hide()
        head = QHBoxLayout()
        title = PlainLabel("First message", self, bold=True)
        title.setBuddy(self.edit)
        head.addWidget(title)
        head.addWidget(self.variants)
        head.addStretch(1)
        self.library_button = KeyButton("Templates…", "Ctrl+T", self, flat=True)
        self.fields_button = KeyButton("Fields…", parent=self, flat=True)
        self.fields_button.setAccessibleName("Fields of this campaign")
        self.more_button = KeyButton("Days, conditions…", "Ctrl+I", self, flat=True)
        self.more_button.setAccessibleName("Insert a day that is counted, or text for some people")
        self.inserting = InsertMenu(self.more_button, self.edit)
        head.addWidget(self.library_button)
        self._chips = FlowLayout(gap=theme.em(self, 0.35))
        holder = QWidget(self)
        holder.setLayout(self._chips)
        self.body.addLayout(head)
        self.body.addWidget(self.audience)
        self.body.addLayout(
            row(PlainLabel("Insert", self, quiet=True), holder, self.fields_button, stretch=1)
        )
        self.body.addLayout(row(self.more_button))
        self.body.addWidget(self.edit, 1)
        self.body.addWidget(self.problem)
        self.body.addWidget(self.plain)
        self.body.addWidget(self.segments)
        self.save_button = KeyButton("Save the change", "Ctrl+S", self, primary=True)
        self.undo_button = KeyButton("Undo", parent=self)
        self.body.addLayout(row(self.save_button, self.undo_button))
        self.ask_to_save(None)
        self.setMaximumHeight(theme.em(self, 18))
        self._last = ""
        self.edit.textChanged.connect(self._look)
        self.audience.changed.connect(self.changed)
        self.library_button.clicked.connect(self.library_asked)
        self.fields_button.clicked.connect(self.fields_asked)

    def _look(self) -> None:
        # Colouring the fields anew tells of a change as well; a change of the words is what counts.
        text = self.edit.toPlainText()
        if text != self._last:
            self._last = text
            self.plain.look(self.text())
            self.changed.emit()

    def text(self) -> str:
        """The message as written."""
        return self.edit.toPlainText()[: templates.MAX_TEMPLATE + 1]

    def set_text(self, text: str) -> None:
        """Another campaign's message."""
        if self.edit.toPlainText() != text:
            self.edit.setPlainText(text)

    def show_texts(self, texts: Mapping[str, Variant], fields: Sequence[str], *, started: bool) -> None:
        """These texts, by label; the one in view stays in view."""
        self.variants.show_texts(tuple(texts), started=started)
        label = self.variants.label
        self.audience.show_variant(None if label == FIRST else texts[label], fields, started=started)

    def show_fields(self, fields: Sequence[str]) -> None:
        """The fields that this list has, as chips to insert."""
        if frozenset(fields) == self.edit.highlighter.known and self._chips.count():
            return
        while (item := self._chips.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for field in fields:
            chip = ChipButton(field, parent=self)
            chip.setAccessibleName(f"Insert the field {one_line(field)}")
            chip.clicked.connect(lambda _on=False, name=field: self.insert(name))
            self._chips.addWidget(chip)
        self.inserting.fields = tuple(fields)
        self.edit.highlighter.known = frozenset(fields)
        self.edit.highlighter.rehighlight()

    def replace(self, text: str) -> None:
        """Another text in the place of the whole, in one step that Ctrl+Z takes back."""
        cursor = self.edit.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        self.edit.setFocus()

    def insert(self, field: str) -> None:
        """Put a field where the cursor is, with a word for those who have none where that is usual."""
        fallback = "|there" if field in ("first_name", "name") else ""
        self.edit.insertPlainText("{" + field + fallback + "}")
        self.edit.setFocus()

    def ask_to_save(self, waiting: int | None) -> None:
        """``waiting`` texts on the desk would change with the message. None: nothing to ask."""
        for button in (self.save_button, self.undo_button):
            button.setVisible(waiting is not None)
        if waiting is not None:
            self.save_button.set_text(f"Save for {wording.count(waiting, 'text')} still to go")

    def say_problem(self, text: str) -> None:
        """What is wrong with the message as written; "" for nothing."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
