"""What can be put into a message besides plain fields, in words: days that are counted, and text for some."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QMenu, QPlainTextEdit

from ui.widgets import KeyButton, one_line

#: words -> what is written
DAYS = (
    ("Today's date", "{today:date}"),
    ("Tomorrow's weekday", "{today+1d:weekday}"),
    ("The date in a week", "{today+7d:date}"),
    ("The date in 30 days", "{today+30d:date}"),
    ("The date in 60 days", "{today+60d:date}"),
)
#: of a column with a date
FORMS = (
    ("today, tomorrow, on Monday", "relative"),
    ("the weekday", "weekday"),
    ("the date", "date"),
    ("the time", "time"),
)
_SLOT = "…"  # stands where the person goes on writing
_MOST = 40  # fields in a submenu


class InsertMenu(QObject):
    """The menu below its button; what is chosen goes where the cursor is, around what is selected."""

    def __init__(self, button: KeyButton, edit: QPlainTextEdit) -> None:
        super().__init__(button)
        self._button, self._edit = button, edit
        self.fields: Sequence[str] = ()
        self.menu = QMenu(button)
        button.clicked.connect(self.show)

    def show(self) -> None:
        """Open it."""
        self.fill()
        self.menu.popup(self._button.mapToGlobal(QPoint(0, self._button.height())))
        self.menu.setActiveAction(self.menu.actions()[0])

    def fill(self) -> None:
        """Its entries for the fields that there are now."""
        self.menu.clear()
        for words, text in DAYS:
            self._add(self.menu, words, text)
        self.menu.addSeparator()
        fields = self.fields[:_MOST]
        days = self.menu.addMenu("A column as a day")
        for field in fields:
            of = days.addMenu(_escaped(field))
            for words, form in FORMS:
                self._add(of, words, f"{{{field}:{form}}}")
        for title, pattern in (
            ("Text for those who have", "{{if {0}}}" + _SLOT + "{{end}}"),
            ("One text for those who have, another for the rest", "{{if {0}}}" + _SLOT + "{{else}}{{end}}"),
        ):
            sub = self.menu.addMenu(title)
            for field in fields:
                self._add(sub, _escaped(field), pattern.format(field))

    def _add(self, menu: QMenu, words: str, text: str) -> None:
        menu.addAction(words).triggered.connect(lambda: self.put(text))

    def put(self, text: str) -> None:
        """Write ``text`` at the cursor; what is selected comes into its gap, and the cursor behind that."""
        cursor = self._edit.textCursor()
        before, gap, after = text.partition(_SLOT)
        inner = cursor.selectedText().replace("\u2029", "\n") if gap else ""
        cursor.insertText(before + inner + after)
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.MoveAnchor, len(after))
        if gap:
            self._edit.setTextCursor(cursor)
        self._edit.setFocus()


def _escaped(words: str) -> str:
    """As a menu shows it: "&" is no mnemonic."""
    return one_line(words, 40).replace("&", "&&")
