"""Labels, panels and layout helpers. Import them from :mod:`ui.widgets`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui import icons, theme
from ui.widgets_text import label_text, one_line, visible


def repolish(widget: QWidget) -> None:
    """Let the style sheet look at the widget's properties again."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


class PlainLabel(QLabel):
    """A label that shows plain text and nothing else; what cannot be seen gets a badge.

    ``size`` is a name of :data:`ui.theme.SIZES`; ``quiet`` greys it; ``tone`` colours it.
    """

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        size: str = "body",
        bold: bool = False,
        quiet: bool = False,
        wrap: bool = False,
        tone: str = "",
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("textSize", size)
        if bold:
            self.setProperty("weight", "bold")
        if quiet:
            self.setProperty("quiet", True)
        if tone:
            self.setProperty("tone", tone)
        if wrap:
            self.setWordWrap(True)
            self.setMinimumWidth(1)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show ``text``."""
        super().setText(label_text(text))

    def set_tone(self, tone: str) -> None:
        """Colour it as a tone of the theme; "" is the normal ink."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            repolish(self)


class ElidedLabel(PlainLabel):
    """One line that ends in "…" when there is no room; the whole text is its tooltip then."""

    def __init__(
        self, text: str = "", parent: QWidget | None = None, *, size: str = "body", bold: bool = False,
        quiet: bool = False,
    ) -> None:  # fmt: skip
        self._full = ""
        super().__init__(text, parent, size=size, bold=bold, quiet=quiet)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(theme.em(self, 2))

    def setText(self, text: str) -> None:
        """Show ``text``, folded to one line."""
        self._full = label_text(" ".join(text.split()))
        self.setAccessibleName(self._full)
        self._elide()

    def full_text(self) -> str:
        """The text before it was cut."""
        return self._full

    def _elide(self) -> None:
        fits = self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, max(self.width(), 1))
        super(PlainLabel, self).setText(fits)
        # A tooltip may be read as HTML: only text that cannot be is put there.
        cut = fits != self._full and "<" not in self._full and "&" not in self._full
        self.setToolTip(self._full if cut else "")

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._full) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.em(self, 2), self.fontMetrics().height() + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()


class Chip(QLabel):
    """A small rounded word in a tone: neutral, accent, good, warn, bad. The word says it, not the colour."""

    def __init__(self, text: str = "", tone: str = "neutral", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(label_text(one_line(text, 60)))

    def set(self, text: str, tone: str) -> None:
        """Change the word and its tone."""
        self.setText(text)
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            repolish(self)


class Panel(QFrame):
    """A rounded panel with a column layout, :attr:`body`."""

    def __init__(self, parent: QWidget | None = None, *, margin: float = 1.0, inset: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("inset" if inset else "panel")
        self.body = QVBoxLayout(self)
        space = theme.em(self, margin)
        self.body.setContentsMargins(space, space, space, space)
        self.body.setSpacing(theme.em(self, 0.6))


class Rule(QFrame):
    """A thin line across."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rule")
        self.setFixedHeight(1)


class Avatar(QWidget):
    """A round field with a person's initials."""

    def __init__(self, initials: str = "", parent: QWidget | None = None, *, size: float = 2.4) -> None:
        super().__init__(parent)
        self._initials = visible(initials)[:3]
        edge = theme.em(self, size)
        self.setFixedSize(edge, edge)

    def set_initials(self, initials: str) -> None:
        """Show other initials."""
        self._initials = visible(initials)[:3]
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = theme.current().accented
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tone.fill))
        painter.drawEllipse(self.rect())
        font = QFont(self.font())
        font.setPixelSize(max(round(self.height() * 0.34), 6))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(tone.ink))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self._initials)


class StateDot(QWidget):
    """A small dot in a tone; a word always stands beside it."""

    def __init__(self, tone: str = "neutral", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        edge = theme.em(self, 0.55)
        self.setFixedSize(edge, edge)

    def set_tone(self, tone: str) -> None:
        """Change its tone."""
        self._tone = tone
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().dot(self._tone)))
        painter.drawEllipse(QPointF(self.width() / 2, self.height() / 2), self.width() / 2, self.height() / 2)


class IconSign(QWidget):
    def __init__(self, icon: str, size: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        edge = theme.em(self, size)
        self.setFixedSize(edge, edge)

    def set_icon(self, icon: str) -> None:
        self._icon = icon
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._icon:
            painter = QPainter(self)
            icons.paint(painter, self._icon, QRectF(self.rect()), theme.current().muted)


def clear_layout(layout: QBoxLayout) -> None:
    """Take every widget and layout out and delete them."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif isinstance(inner, QBoxLayout):
            clear_layout(inner)


def row(*widgets: QWidget, stretch: int | None = None) -> QHBoxLayout:
    """A row layout without margins; ``stretch`` is the index of the widget that takes the room left."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    for index, widget in enumerate(widgets):
        layout.addWidget(widget, 1 if index == stretch else 0)
    if stretch is None:
        layout.addStretch(1)
    return layout


def column(*widgets: QWidget) -> QVBoxLayout:
    """A column layout without margins."""
    layout = QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget)
    return layout


def scrolled(fill: Callable[[QVBoxLayout], None] | None = None, parent: QWidget | None = None) -> QScrollArea:
    """A vertical scroll area around a column; ``fill`` gets the column's layout. Its widget is "scrolled"."""
    area = QScrollArea(parent)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    inner = QWidget()
    inner.setObjectName("scrolled")
    layout = QVBoxLayout(inner)
    layout.setContentsMargins(0, 0, 0, 0)
    if fill is not None:
        fill(layout)
    area.setWidget(inner)
    return area
