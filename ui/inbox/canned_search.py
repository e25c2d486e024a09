"""All canned replies of a conversation in a short list: type to search, Enter fills in, Esc closes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QSizePolicy, QWidget

from app.conversations import canned
from app.conversations.canned import Offered
from ui import theme
from ui.inbox import gesture
from ui.listrows import RowDelegate, RowWords
from ui.paged import ROW_ROLE
from ui.widgets import KeyButton, Panel, PlainLabel, SearchBox, one_line

_MOVES = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 5, Qt.Key.Key_PageUp: -5}


def row_words(offer: Offered) -> RowWords:
    """One reply as a row."""
    shelf = offer.reply.shelf
    whose = "mine" if shelf.personal else "campaign" if shelf.campaign_id is not None else "everyone"
    chips = (("missing a field", "warn"),) if offer.missing else ()
    text = offer.text if not offer.missing else f"no {', '.join(offer.missing)}"
    return RowWords(gesture.chip_words(offer), one_line(text or "no text", 300), whose, chips=chips)


class CannedSearch(Panel):
    """``taken`` carries the reply that was chosen; ``manage_asked`` asks for the dialog that changes them."""

    taken = Signal(object)
    opened = Signal()
    closed = Signal()
    manage_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0.5)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._offers: tuple[Offered, ...] = ()
        self.search = SearchBox("Search canned replies", self)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Canned replies that fit")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(RowDelegate(row_words, self.list))
        self.nothing = PlainLabel("", self, quiet=True, wrap=True)
        self.manage_button = KeyButton("Change the replies…", "Ctrl+R", self, flat=True)
        self.close_button = KeyButton("Close", "Esc", self, flat=True)
        foot = QHBoxLayout()
        foot.addWidget(self.manage_button)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        self.body.addWidget(self.list)
        self.body.addWidget(self.nothing)
        self.body.addWidget(self.search)
        self.body.addLayout(foot)
        self.search.textChanged.connect(lambda _text: self._fill())  # all of it is here: no need to wait
        self.search.installEventFilter(self)
        self.list.itemClicked.connect(lambda _item: self._take())
        self.manage_button.clicked.connect(self.manage_asked)
        self.close_button.clicked.connect(self.close_list)
        self.hide()

    def open_list(self, offers: tuple[Offered, ...]) -> None:
        """Show the list and search in it."""
        self._offers = offers
        self.search.clear()
        self._fill()
        self.opened.emit()
        self.show()
        self.search.setFocus()

    def show_offers(self, offers: tuple[Offered, ...]) -> None:
        """They changed while the list is open."""
        if self.isVisible() and offers != self._offers:
            self._offers = offers
            self._fill()

    def close_list(self) -> None:
        """Back to the answer."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def current(self) -> Offered | None:
        """The reply that Enter takes."""
        item = self.list.currentItem()
        offer = item.data(ROW_ROLE) if item is not None else None
        return offer if isinstance(offer, Offered) else None

    def _fill(self) -> None:
        fits = canned.found(self._offers, self.search.text())
        self.list.clear()
        for offer in fits:
            item = QListWidgetItem(self.list)
            item.setData(ROW_ROLE, offer)
            words = row_words(offer)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{words.title}, {words.right}, {words.second}")
        self.list.setCurrentRow(0)
        self.list.setVisible(bool(fits))
        height = self.list.sizeHintForRow(0) if fits else 0
        most = 4 if self.window().height() > theme.em(self, 46) else 2
        self.list.setFixedHeight(min(max(len(fits), 1), most) * max(height, theme.em(self, 2)))
        self.nothing.setVisible(not fits)
        none = "No reply has these words." if self._offers else "There are no canned replies yet."
        self.nothing.setText(none)

    def _take(self) -> None:
        offer = self.current()
        if offer is not None:
            self.hide()
            self.closed.emit()
            self.taken.emit(offer)

    def eventFilter(self, _watched: object, event: object) -> bool:
        """Keys of the search field that belong to the list."""
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() == QKeyEvent.Type.ShortcutOverride:
            if event.key() == Qt.Key.Key_Escape:
                event.accept()  # the page has an Esc of its own
                return True
            return False
        return event.type() == QKeyEvent.Type.KeyPress and self._key(event)

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() in _MOVES:
            row = self.list.currentRow() + _MOVES[Qt.Key(event.key())]
            self.list.setCurrentRow(max(0, min(row, self.list.count() - 1)))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self._take()
        elif event.key() == Qt.Key.Key_Escape:
            self.close_list()
        elif event.key() == Qt.Key.Key_R and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.manage_asked.emit()
        else:
            return False
        return True
