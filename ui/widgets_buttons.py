"""Buttons with their key printed on them, chips that can be pressed, the search field.

Import them from :mod:`ui.widgets`.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from ui import icons, theme
from ui.widgets_base import repolish
from ui.widgets_text import one_line, visible


class ChipButton(QPushButton):
    """A chip that can be pressed: filters, field names, the outbox's chips that ask something."""

    def __init__(
        self, text: str, tone: str = "neutral", parent: QWidget | None = None, *, checkable: bool = False
    ) -> None:
        super().__init__(_button_text(one_line(text, 60)), parent)
        self.setProperty("tone", tone)
        self.setCheckable(checkable)
        self.setAutoDefault(False)
        self.setAccessibleName(visible(text))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)

    def set(self, text: str, tone: str = "neutral") -> None:
        """Change the word and its tone."""
        self.setText(_button_text(one_line(text, 60)))
        self.setAccessibleName(visible(text))
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            repolish(self)


def _button_text(text: str) -> str:
    """Button text in which "&" is a letter and no mnemonic."""
    return text.replace("&", "&&")


class KeyButton(QPushButton):
    """A button with its key printed on it. Never a dialog's default, so Enter cannot press it from afar."""

    def __init__(
        self,
        text: str,
        key: str = "",
        parent: QWidget | None = None,
        *,
        primary: bool = False,
        danger: bool = False,
        flat: bool = False,
        icon: str = "",
    ) -> None:
        super().__init__(_button_text(text), parent)
        self._key = key
        self._icon = icon
        self.setAutoDefault(False)
        self.setDefault(False)
        self.setProperty("primary", primary)
        self.setProperty("danger", danger)
        self.setProperty("flat", flat)
        self._name()

    def set_text(self, text: str, key: str | None = None) -> None:
        """Change the words, and the key if given."""
        self.setText(_button_text(text))
        if key is not None:
            self._key = key
        self._name()
        self.updateGeometry()
        self.update()

    def _name(self) -> None:
        self.setAccessibleName(self.text().replace("&&", "&"))
        self.setAccessibleDescription(f"Key: {self._key}" if self._key else "")

    def _key_font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(max(self.font().pointSizeF() * 0.78, 6.0))
        return font

    def _key_width(self) -> int:
        metrics = QFontMetrics(self._key_font())
        return metrics.horizontalAdvance(self._key) + round(metrics.height() * 0.75) if self._key else 0

    def _gap(self) -> int:
        return round(self.fontMetrics().height() * 0.5)

    def _icon_size(self) -> int:
        return round(self.fontMetrics().height() * 0.95) if self._icon else 0

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        extra = (self._key_width() + self._gap() if self._key else 0) + (
            self._icon_size() + (self._gap() if self.text() else 0) if self._icon else 0
        )
        words = self.fontMetrics().horizontalAdvance(self.text()) + 2
        return QSize(max(hint.width() + extra, words + extra + self._gap() * 2), hint.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        words = self.text().replace("&&", "&")
        width = self.fontMetrics().horizontalAdvance(words)
        total = width + (self._key_width() + self._gap() if self._key else 0)
        total += self._icon_size() + (self._gap() if words else 0) if self._icon else 0
        left = (self.width() - total) / 2
        ink = self._ink()
        if self._icon:
            size = self._icon_size()
            icons.paint(painter, self._icon, QRectF(left, (self.height() - size) / 2, size, size), ink.name())
            left += size + self._gap()
        painter.setPen(ink)
        painter.drawText(QRectF(left, 0, width + 2, self.height()), int(Qt.AlignmentFlag.AlignVCenter), words)
        if self._key:
            self._paint_key(painter, left + width + self._gap(), ink)

    def _ink(self) -> QColor:
        colours = theme.current()
        if not self.isEnabled():
            return QColor(colours.muted if self.property("primary") else colours.disabled)
        if self.property("primary"):
            return QColor(colours.accent_ink)
        if self.property("danger"):
            return QColor(colours.bad.ink)
        return QColor(colours.accent if self.property("flat") else colours.ink)

    def _paint_key(self, painter: QStylePainter, left: float, ink: QColor) -> None:
        font = self._key_font()
        height = QFontMetrics(font).height() * 1.15
        box = QRectF(left, (self.height() - height) / 2, self._key_width(), height)
        painter.setFont(font)
        faded = QColor(ink)
        faded.setAlphaF(0.75)
        painter.setPen(faded)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(ink)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self._key)


class SearchBox(QLineEdit):
    """A search field. Emits ``searched(text)`` ``delay_ms`` after the last key, and at once on Enter."""

    searched = Signal(str)

    def __init__(self, placeholder: str, parent: QWidget | None = None, *, delay_ms: int = 150) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setClearButtonEnabled(True)
        self.setMaxLength(200)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay_ms)
        self._timer.timeout.connect(self._emit)
        self.textChanged.connect(lambda _text: self._timer.start())
        self.returnPressed.connect(self._emit)

    def _emit(self) -> None:
        self._timer.stop()
        self.searched.emit(self.text())
