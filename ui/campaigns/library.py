"""The template library: choose a text by use, look at it, take it; keep own ones."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.campaigns import library
from app.campaigns.library import PURPOSES, LibraryText
from app.workspace import Workspace
from ui import background, theme, wording
from ui.campaigns.preview import Bubble
from ui.lane import Lane
from ui.listrows import RowDelegate, RowWords
from ui.paged import ROW_ROLE
from ui.widgets import KeyButton, PlainLabel, SearchBox, one_line, visible


def row_words(each: LibraryText) -> RowWords:
    """One template as a row."""
    purpose = PURPOSES.get(each.purpose, "")
    words = one_line(each.text, 400)
    chips = ((("own", "accent"),) if each.is_own else ()) + (
        (("favourite", "good"),) if each.favourite else ()
    )
    return RowWords(one_line(each.name), words, purpose, chips=chips)


class LibraryDialog(QDialog):
    """See the module. ``taken`` carries the text."""

    taken = Signal(str)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Templates")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        width = parent.window().width() if parent is not None else 1000
        height = parent.window().height() if parent is not None else 700
        self.resize(min(theme.em(self, 60), width - 40), min(theme.em(self, 40), height - 60))
        self._workspace = workspace
        self._lane = Lane(self)
        self._wanted = self._shown = ""
        self._take_next = False
        self.search = SearchBox("Search templates", self)
        self.search.setAccessibleName("Search templates")
        self.list = QListWidget(self)
        self.list.setAccessibleName("Templates")
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(RowDelegate(row_words, self.list))
        self.name = PlainLabel("", self, bold=True, wrap=True, size="title")
        self.hint = PlainLabel("", self, quiet=True, wrap=True)
        self.bubble = Bubble(self)
        self.problem = PlainLabel("", self, tone="bad", wrap=True)
        self.problem.hide()
        self._build()
        self.search.searched.connect(lambda _text: self.again())
        self.list.currentItemChanged.connect(lambda _new, _old: self._look())
        self.list.itemDoubleClicked.connect(lambda _item: self.take())
        self.again()
        self.search.setFocus()

    def _build(self) -> None:
        self.use_button = KeyButton("Use this text", "Enter", self, primary=True)
        self.like_button = KeyButton("Favourite", "Ctrl+D", self)
        self.copy_button = KeyButton("Duplicate", parent=self)
        self.delete_button = KeyButton("Delete", parent=self, danger=True)
        self.close_button = KeyButton("Close", "Esc", self)
        right = QVBoxLayout()
        right.setSpacing(theme.em(self, 0.6))
        for part in (self.name, self.hint, self.bubble, self.problem):
            right.addWidget(part)
        right.addStretch(1)
        body = QHBoxLayout()
        body.setSpacing(theme.em(self, 1))
        body.addWidget(self.list, 3)
        body.addLayout(right, 2)
        buttons = QHBoxLayout()
        for button in (self.use_button, self.like_button, self.copy_button, self.delete_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addLayout(body, 1)
        layout.addLayout(buttons)
        self.use_button.clicked.connect(self.take)
        self.like_button.clicked.connect(self._like)
        QShortcut(QKeySequence("Ctrl+D"), self).activated.connect(self._like)
        self.copy_button.clicked.connect(self._copy)
        self.delete_button.clicked.connect(self._delete)
        self.close_button.clicked.connect(self.reject)

    # -- what is shown --------------------------------------------------------------------------

    def again(self) -> None:
        """Read the library anew."""
        store, query = self._workspace.store, self.search.text()
        background.run(
            self,
            lambda _job: library.texts(store, query),
            lambda found: self._show(found, query),
            self._failed,
        )

    def _show(self, texts: Sequence[LibraryText], query: str) -> None:
        if query != self.search.text():
            self.again()  # another word was typed meanwhile
            return
        self._shown = query
        current = self.current()
        here = self._wanted or (current.key if current is not None else "")
        self._wanted = ""
        self.list.clear()
        for each in texts:
            item = QListWidgetItem()
            item.setData(ROW_ROLE, each)
            words = row_words(each)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{words.title}, {words.right}, {words.second}")
            self.list.addItem(item)
            if each.key == here:
                self.list.setCurrentItem(item)
        if self.list.currentItem() is None and self.list.count():
            self.list.setCurrentRow(0)
        self._look()
        if self._take_next:
            self._take_next = False
            self.take()

    def current(self) -> LibraryText | None:
        """The template in view."""
        item = self.list.currentItem()
        each = item.data(ROW_ROLE) if item is not None else None
        return each if isinstance(each, LibraryText) else None

    def _look(self) -> None:
        each = self.current()
        for button in (self.use_button, self.like_button, self.copy_button):
            button.setEnabled(each is not None)
        self.delete_button.setVisible(each is not None and each.is_own)
        self.bubble.setVisible(each is not None)
        self.problem.hide()
        if each is None:
            self.name.setText("No template fits")
            self.hint.setText("Search for another word, or write a text of your own and keep it.")
            return
        self.name.setText(one_line(each.name))
        self.hint.setText(each.hint)
        self.hint.setVisible(bool(each.hint))
        self.bubble.label.setText(visible(each.text))
        self.like_button.set_text("No favourite" if each.favourite else "Favourite")

    # -- what a person does ---------------------------------------------------------------------

    def take(self) -> None:
        """Use the text in view; after a word that was just typed, the first that fits it."""
        if self.search.text() != self._shown:
            self._take_next = True
            self.again()
            return
        each = self.current()
        if each is not None:
            self.accept()
            self.taken.emit(each.text)

    def _like(self) -> None:
        each = self.current()
        if each is not None:
            store, liked = self._workspace.store, not each.favourite
            self._wanted = each.key
            self._lane.run(
                lambda: library.like(store, each.key, liked=liked), lambda _n: self.again(), self._failed
            )

    def _copy(self) -> None:
        each = self.current()
        if each is not None:
            workspace = self._workspace
            self._lane.run(
                lambda: library.duplicate(workspace.store, workspace.clock, each), self._copied, self._failed
            )

    def _copied(self, key: str) -> None:
        self._wanted = key
        self.again()

    def _delete(self) -> None:
        each = self.current()
        if each is not None and each.is_own:
            store = self._workspace.store
            self._lane.run(lambda: library.delete(store, each.key), lambda _n: self.again(), self._failed)

    def _failed(self, error: Exception) -> None:
        self.problem.setText(wording.sentence(error))
        self.problem.show()

    # -- Qt's events ----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.take()
            event.accept()
            return
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            by = 1 if event.key() == Qt.Key.Key_Down else -1
            self.list.setCurrentRow(max(0, min(self.list.currentRow() + by, self.list.count() - 1)))
            event.accept()
            return
        super().keyPressEvent(event)


class SaveTemplateDialog(QDialog):
    """Keep a campaign's text as a template: a name and what it is for."""

    def __init__(self, suggested: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keep as a template")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name = QLineEdit(one_line(suggested, library.MAX_NAME), self)
        self.name.setMaxLength(library.MAX_NAME)
        self.name.setAccessibleName("Name of the template")
        self.purpose = QComboBox(self)
        self.purpose.setAccessibleName("What it is for")
        for key, name in PURPOSES.items():
            self.purpose.addItem(name, key)
        self.ok_button = KeyButton("Keep it", "Enter", self, primary=True)
        cancel = KeyButton("Cancel", "Esc", self)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.ok_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel("Keep this text as a template", self, bold=True, size="title"))
        for words, field in (("Name", self.name), ("For", self.purpose)):
            label = PlainLabel(words, self, quiet=True)
            label.setBuddy(field)
            layout.addWidget(label)
            layout.addWidget(field)
        layout.addLayout(buttons)
        self.setMinimumWidth(theme.em(self, 26))
        self.name.textChanged.connect(lambda text: self.ok_button.setEnabled(bool(text.strip())))
        self.name.returnPressed.connect(self._accept)
        self.ok_button.setEnabled(bool(self.name.text().strip()))
        self.ok_button.clicked.connect(self._accept)
        cancel.clicked.connect(self.reject)

    def _accept(self) -> None:
        if self.name.text().strip():
            self.accept()

    def values(self) -> tuple[str, str]:
        """Name and purpose."""
        return self.name.text().strip(), str(self.purpose.currentData())
