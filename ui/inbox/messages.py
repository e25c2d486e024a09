"""The thread itself: bubbles in a list that stays where it is read while texts come in below and above."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QMenu, QWidget

from app.conversations import forwarding
from app.conversations.bubbles import Bubble
from ui.inbox.bubbles import BubbleDelegate, action_of
from ui.inbox.window import BubbleModel
from ui.paged import ROW_ROLE

#: Pixels from an end at which the next chunk is read.
NEAR = 300


class MessageView(QListView):
    """Bubbles over a :class:`BubbleModel`. ``action`` carries a bubble whose action word was chosen,
    ``forward`` one that is to go to one's own phone."""

    action = Signal(object)
    forward = Signal(object)
    end_reached = Signal()
    missed = Signal()  # a text came in below what is being read

    def __init__(self, model: BubbleModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bubbles = model
        self.setStyleSheet("QListView { background: transparent; }")
        self.setAccessibleName("Messages")
        self.setModel(model)
        self.delegate = BubbleDelegate(self)
        self.delegate.action.connect(self.action)
        self.setItemDelegate(self.delegate)
        self.setMouseTracking(True)  # why a text was judged shows where the pointer is
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalScrollBar().setSingleStep(24)
        self._stick = True
        self._moving = False
        self._anchor: tuple[QPersistentModelIndex, int] | None = None
        self._last_id = 0
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._scrolled)
        bar.rangeChanged.connect(self._range_changed)
        model.opened.connect(self._opened)
        model.about_to_prepend.connect(self._remember)
        model.prepended.connect(self._restore)
        model.about_to_merge.connect(self._remember)
        model.merged.connect(self._merged)

    # -- where it stands ------------------------------------------------------------------------

    @property
    def at_end(self) -> bool:
        """True while the newest text is in view."""
        bar = self.verticalScrollBar()
        return not self.bubbles.has_newer and bar.value() >= bar.maximum() - 4

    def to_end(self) -> None:
        """Show the newest."""
        self._stick = True
        if self.bubbles.has_newer:
            self.bubbles.reopen()
            return
        self._moving = True
        self.doItemsLayout()
        self.scrollToBottom()
        self._moving = False
        self.end_reached.emit()

    def _opened(self) -> None:
        self._last_id = self._newest_id()
        if self.bubbles.target >= 0:
            self._to_place(self.bubbles.index(self.bubbles.target))
            return
        self.to_end()
        if self.bubbles.rowCount():
            self.selectionModel().setCurrentIndex(
                self.bubbles.index(self.bubbles.rowCount() - 1),
                self.selectionModel().SelectionFlag.NoUpdate,
            )

    def _to_place(self, index: QModelIndex) -> None:
        """Show one message, in the middle, with the keyboard's mark on it."""
        self._stick = False
        self._moving = True
        self.doItemsLayout()
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        self._moving = False
        self._stick = self.at_end

    def _newest_id(self) -> int:
        return max((bubble.id for bubble in self.bubbles.rows), default=0)

    def _remember(self) -> None:
        index = self.indexAt(QPoint(self.viewport().width() // 2, 2))
        if not index.isValid() and self.bubbles.rowCount():
            index = self.bubbles.index(0)
        self._anchor = (
            (QPersistentModelIndex(index), self.visualRect(index).top()) if index.isValid() else None
        )
        self._moving = True

    def _restore(self) -> None:
        anchor, self._anchor = self._anchor, None
        if anchor is not None and anchor[0].isValid():
            self.doItemsLayout()
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.visualRect(self.bubbles.index(anchor[0].row())).top() - anchor[1])
        self._moving = False

    def _merged(self) -> None:
        newest, self._last_id = self._last_id, self._newest_id()
        if self._stick:
            self._moving = False
            self.to_end()
            return
        self._restore()
        if self._last_id > newest:
            self.missed.emit()

    def _scrolled(self, value: int) -> None:
        if self._moving:
            return
        self._stick = self.at_end
        if self._stick:
            self.end_reached.emit()
        QTimer.singleShot(0, self, self._read_more)

    def _read_more(self) -> None:
        bar = self.verticalScrollBar()
        if bar.value() < NEAR:
            self.bubbles.load_older()
        elif bar.value() > bar.maximum() - NEAR:
            self.bubbles.load_newer()

    def _range_changed(self, _low: int, _high: int) -> None:
        if self._stick and not self._moving and not self.bubbles.has_newer:
            self._moving = True
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
            self._moving = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        moving, self._moving = self._moving, True
        super().resizeEvent(event)
        self._moving = moving
        if self._stick:
            self.to_end()

    # -- keys -----------------------------------------------------------------------------------

    @property
    def chosen(self) -> Bubble | None:
        """The text that the keyboard is on while the messages have it, else the newest of theirs."""
        here = (
            self.currentIndex().data(ROW_ROLE) if self.hasFocus() and self.currentIndex().isValid() else None
        )
        if isinstance(here, Bubble) and forwardable(here):
            return here
        theirs = [bubble for bubble in self.bubbles.rows if forwardable(bubble)]
        return max(theirs, key=lambda bubble: (bubble.at, bubble.id), default=None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bubble = self.currentIndex().data(ROW_ROLE) if self.currentIndex().isValid() else None
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy(bubble)
            event.accept()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if isinstance(bubble, Bubble) and action_of(bubble) and not event.isAutoRepeat():
                self.action.emit(bubble)
            elif not event.isAutoRepeat():
                self.delegate.toggle(self.currentIndex())
            event.accept()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are shortcuts of the page."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The last bubble is where reading by keyboard begins."""
        if not self.currentIndex().isValid() and self.bubbles.rowCount():
            self.setCurrentIndex(self.bubbles.index(self.bubbles.rowCount() - 1))
        super().focusInEvent(event)

    def copy(self, bubble: object) -> None:
        """The whole text, as it is, to the clipboard."""
        if isinstance(bubble, Bubble):
            QGuiApplication.clipboard().setText(bubble.text)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        bubble = index.data(ROW_ROLE) if index.isValid() else None
        if not isinstance(bubble, Bubble):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy text").triggered.connect(lambda: self.copy(bubble))
        if action_of(bubble):
            menu.addAction(action_of(bubble).capitalize()).triggered.connect(lambda: self.action.emit(bubble))
        if forwardable(bubble):
            forward = menu.addAction("Forward to my phone\tF")
            forward.triggered.connect(lambda: self.forward.emit(bubble))
        menu.popup(self.visualRect(index).center() if by_key else event.globalPos())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.scheduleDelayedItemsLayout()
        super().changeEvent(event)


def forwardable(bubble: Bubble) -> bool:
    """Whether it is a text of theirs that can go to one's own phone."""
    return forwarding.forwardable(bubble.direction, bubble.id, bubble.text)
