"""A message as it will be read: plain text, merged fields and hidden characters marked.

The widget knows which message was really painted; a press is bound to that, not to what is meant to be
on screen.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from ui import theme
from ui.widgets_text import badge_spans, shown_spans, visible

#: Per cent of the font's own line height.
LINE_HEIGHT = 120.0


class MessageView(QTextEdit):
    """Shows one text. ``painted_new(token)`` is emitted when a text is painted for the first time.

    ``token`` is whatever :meth:`show_text` was given with it: on the desk (message id, hash of the text).
    """

    painted_new = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, scale: str = "message") -> None:
        super().__init__(parent)
        self.setObjectName("messageView")
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.document().setDocumentMargin(0)
        self._scale = scale
        self._token: object = None
        self._painted: object = None
        self._marks: tuple[tuple[int, int], ...] = ()
        self._badges: tuple[tuple[int, int], ...] = ()
        font = self.font()
        font.setPointSizeF(theme.points(scale))
        self.setFont(font)
        self.document().setDefaultFont(font)
        theme.changes().changed.connect(self._mark)

    @property
    def painted(self) -> object:
        """The token of the text that stands on screen; None until it was painted."""
        return self._painted

    def show_text(self, text: str, spans: Iterable[tuple[int, int]] = (), token: object = None) -> None:
        """Show ``text`` with the ``spans`` (start, end in characters) marked as merged fields."""
        self._token = token
        self._painted = None
        self._marks = shown_spans(text, spans)
        self._badges = badge_spans(text)
        self.setPlainText(visible(text))
        self.setAccessibleName(visible(text))
        self._space_lines()
        self._mark()
        self.viewport().update()

    def _space_lines(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        block = QTextBlockFormat()
        block.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.mergeBlockFormat(block)

    def _mark(self) -> None:
        colours = theme.current()
        selections = []
        for spans, tone in ((self._marks, colours.accented), (self._badges, colours.warn)):
            for start, end in spans:
                selection = QTextEdit.ExtraSelection()
                cursor = QTextCursor(self.document())
                cursor.setPosition(min(start, self.document().characterCount() - 1))
                cursor.setPosition(
                    min(end, self.document().characterCount() - 1), QTextCursor.MoveMode.KeepAnchor
                )
                style = QTextCharFormat()
                style.setBackground(QColor(tone.fill))
                style.setForeground(QColor(tone.ink))
                selection.cursor = cursor
                selection.format = style
                selections.append(selection)
        self.setExtraSelections(selections)

    def height_at(self, width: int) -> int:
        """The height in pixels that the whole text needs in ``width`` pixels."""
        document = self.document().clone()
        document.setTextWidth(max(width, 1))
        height = round(document.size().height())
        document.deleteLater()
        return height

    def sizeHint(self) -> QSize:
        return QSize(theme.em(self, 20), theme.em(self, 5.5))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.em(self, 8), theme.em(self, 2.6))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._painted is None and self._token is not None:
            self._painted = self._token
            self.painted_new.emit(self._token)
