"""The rail: the pages, and every line's state at its foot, always in view."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from ui import icons, theme
from ui.pages import PAGES, PageKind
from ui.widgets import ElidedLabel, PlainLabel, StateDot, clear_layout, isolated, scrolled

if TYPE_CHECKING:
    from app.texting.views import LineView

#: A line's state as a tone of the theme.
STATE_TONES = {
    "ready": "good",
    "connecting": "warn",
    "searching": "warn",
    "needs_pin": "warn",
    "needs_puk": "bad",
    "no_sim": "bad",
    "denied": "bad",
    "failed": "bad",
    "offline": "bad",
}


def line_tone(view: LineView) -> str:
    """The tone of a line's dot and chip."""
    if view.paused:
        return "bad" if view.paused_why else "neutral"
    return STATE_TONES.get(str(view.state), "neutral")


def rail_words(view: LineView) -> str:
    """What stands at the rail's foot: "T-Mobile · 212 / 400", or how the line is."""
    if view.paused:
        return "Paused by itself" if view.paused_why else "Paused"
    if str(view.state) != "ready":
        return view.state_text
    limits = view.limits
    count = f"{view.sent_today:,} / {limits.per_day:,}" if limits.per_day else f"{view.sent_today:,} today"
    return " · ".join(part for part in (isolated(view.operator, 40), count) if part)


class RailButton(QPushButton):
    """One page in the rail, with its icon and its count."""

    def __init__(self, kind: PageKind, parent: QWidget | None = None) -> None:
        super().__init__(kind.words, parent)
        self.kind = kind
        self._count = 0
        self.compact = False
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._name()

    def set_count(self, count: int) -> None:
        """The number in the red badge; 0 hides it."""
        if count != self._count:
            self._count = count
            self._name()
            self.update()

    def set_compact(self, compact: bool) -> None:
        """Show the icon alone; the word is the tooltip."""
        self.compact = compact
        self.setToolTip(self.kind.words if compact else "")
        self.update()

    def _name(self) -> None:
        count = f", {self._count} waiting" if self._count else ""
        self.setAccessibleName(self.kind.words + count)
        self.setAccessibleDescription(f"Key: Ctrl+{self.kind.key}")

    def sizeHint(self) -> QSize:
        return QSize(theme.em(self, 10), theme.em(self, 2.1))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.em(self, 2.4), theme.em(self, 1.7))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        colours = theme.current()
        ink = colours.rail_ink_here if self.isChecked() else colours.rail_ink
        edge = theme.em(self, 0.95)
        left = (self.width() - edge) / 2 if self.compact else theme.em(self, 0.65)
        icons.paint(painter, self.kind.icon, QRectF(left, (self.height() - edge) / 2, edge, edge), ink)
        if not self.compact:
            words = QRectF(left + edge + theme.em(self, 0.7), 0, self.width(), self.height())
            painter.setPen(QColor(ink))
            painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), self.text())
        if self._count:
            self._paint_count(painter)

    def _paint_count(self, painter: QPainter) -> None:
        colours = theme.current()
        words = str(self._count) if self._count < 1000 else "999+"
        font = self.font()
        font.setPointSizeF(theme.points("small") * (0.8 if self.compact else 0.95))
        font.setBold(True)
        painter.setFont(font)
        height = painter.fontMetrics().height()
        width = max(painter.fontMetrics().horizontalAdvance(words) + height * 0.7, height)
        top = 2.0 if self.compact else (self.height() - height) / 2
        right = self.width() - (2 if self.compact else theme.em(self, 0.6))
        box = QRectF(right - width, top, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.badge))
        painter.drawRoundedRect(box, height / 2, height / 2)
        painter.setPen(QColor(colours.badge_ink))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)


class LineFoot(QFrame):
    """One line's state at the rail's foot: a dot, its name, and what it does in plain words."""

    chosen = Signal(int)

    def __init__(self, view: LineView, parent: QWidget | None = None, *, compact: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("railCard")
        self.line_id = view.id
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        layout = QVBoxLayout(self)
        space = theme.em(self, 0.45)
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(1)
        top = QHBoxLayout()
        top.setSpacing(space)
        self._dot = StateDot(parent=self)
        self._name = ElidedLabel("", self, size="small", bold=True)
        self._state = ElidedLabel("", self, size="small", quiet=True)
        top.addWidget(self._dot)
        top.addWidget(self._name, 1)
        layout.addLayout(top)
        layout.addWidget(self._state)
        self._name.setVisible(not compact)
        self._state.setVisible(not compact)
        self.show_view(view)

    def show_view(self, view: LineView) -> None:
        """Show the line as it is now."""
        self._dot.set_tone(line_tone(view))
        name = isolated(view.name, 60) + (f" · {view.number}" if view.number else "")
        words = rail_words(view)
        self._name.setText(name)
        self._state.setText(words)
        self.setAccessibleName(f"Line {view.name}: {'paused' if view.paused else view.state_text}")
        self.setAccessibleDescription(
            " ".join(part for part in (words, view.paused_why or view.hold) if part)
        )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self.line_id)


class Rail(QFrame):
    """The rail. ``chosen(name)`` when a page is picked."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self._compact = False
        self._views: tuple[LineView, ...] = ()
        layout = QVBoxLayout(self)
        self._layout = layout
        layout.setSpacing(2)
        self._mark = PlainLabel("p2ptext", self, size="title", bold=True)
        self._mark.setIndent(theme.em(self, 0.65))
        layout.addWidget(self._mark)
        layout.addSpacing(theme.em(self, 0.5))
        self._group = QButtonGroup(self)
        self.buttons: dict[str, RailButton] = {}
        for kind in PAGES:
            button = RailButton(kind, self)
            button.clicked.connect(lambda _checked=False, name=kind.name: self.chosen.emit(name))
            self._group.addButton(button)
            self.buttons[kind.name] = button
            layout.addWidget(button)
        layout.addStretch(1)
        self._feet = QVBoxLayout()
        self._feet.setContentsMargins(0, 0, 0, 0)
        self._feet.setSpacing(theme.em(self, 0.35))
        self._area = scrolled(lambda inner: inner.addLayout(self._feet), self)
        self._area.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        layout.addWidget(self._area)
        self._set_margins()

    def _set_margins(self) -> None:
        side = theme.em(self, 0.3 if self._compact else 0.75)
        self._layout.setContentsMargins(side, theme.em(self, 1), side, theme.em(self, 0.75))
        self.setFixedWidth(theme.em(self, 3.2 if self._compact else 12.2))
        self._mark.setVisible(not self._compact)

    def add_foot(self, widget: QWidget) -> None:
        """Put something below the lines, at the very foot."""
        self._layout.addWidget(widget)

    def set_compact(self, compact: bool) -> None:
        """Icons alone, for a narrow window."""
        if compact == self._compact:
            return
        self._compact = compact
        for button in self.buttons.values():
            button.set_compact(compact)
        self._set_margins()
        self.show_lines(self._views)

    def show_page(self, name: str) -> None:
        """Mark the page that is in view."""
        button = self.buttons.get(name)
        if button is not None:
            button.setChecked(True)

    def show_lines(self, views: Iterable[LineView]) -> None:
        """Show the lines' states."""
        self._views = tuple(views)
        clear_layout(self._feet)
        for view in self._views:
            foot = LineFoot(view, self, compact=self._compact)
            foot.chosen.connect(lambda _id: self.chosen.emit("lines"))
            self._feet.addWidget(foot)
            foot.show()  # the height below counts only what is shown
        if not self._views and not self._compact:
            self._feet.addWidget(PlainLabel("No line yet", self, size="small", quiet=True))
        wanted = self._feet.sizeHint().height() + 2
        self._area.setFixedHeight(min(wanted, theme.em(self, 11)))
        self._area.setVisible(bool(self._feet.count()))
