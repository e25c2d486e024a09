"""Page headers, empty screens, notices and errors. Import them from :mod:`ui.widgets`."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui import icons, theme
from ui.widgets_base import ElidedLabel, IconSign, PlainLabel, repolish
from ui.widgets_buttons import KeyButton


class EmptyState(QWidget):
    """What an empty screen says: what it is, what to do first, and the button for it."""

    acted = Signal()

    def __init__(
        self,
        title: str,
        text: str = "",
        action: str = "",
        parent: QWidget | None = None,
        *,
        icon: str = "",
        key: str = "",
    ) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addStretch(2)
        self._icon = IconSign(icon, 2.2, self)
        self._icon.setVisible(bool(icon))
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        self.title_label = PlainLabel(title, self, size="title", bold=True, wrap=True)
        self.text_label = PlainLabel(text, self, quiet=True, wrap=True)
        for label in (self.title_label, self.text_label):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        self.button = KeyButton(action, key, self, primary=True)
        self.button.setVisible(bool(action))
        self.button.clicked.connect(self.acted)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the wrapped words their width and the height that they need in it."""
        width = max(min(theme.em(self, 34), self.width() - theme.em(self, 2)), theme.em(self, 8))
        for label in (self.title_label, self.text_label):
            label.setFixedWidth(width)
            label.setMinimumHeight(0)  # or the old height would be the least that is asked for
            label.setFixedHeight(max(label.heightForWidth(width), 1) if label.text() else 0)

    def show_words(self, title: str, text: str = "", action: str = "", icon: str = "") -> None:
        """Say something else."""
        self.title_label.setText(title)
        self.text_label.setText(text)
        self.button.set_text(action)
        self.button.setVisible(bool(action))
        if icon:
            self._icon.set_icon(icon)
            self._icon.show()
        self._fit()


class Notice(QFrame):
    """A coloured strip with a sign, a sentence and, where there is one, an action."""

    acted = Signal()
    SIGNS = {"good": "check", "warn": "triangle-alert", "bad": "triangle-alert", "accent": "info"}

    def __init__(
        self, text: str = "", tone: str = "accent", action: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        layout = QHBoxLayout(self)
        space = theme.em(self, 0.6)
        layout.setContentsMargins(space, space // 2, space, space // 2)
        self._sign = _ToneIcon(self)
        self.label = PlainLabel("", self, wrap=True)
        self.button = KeyButton(action, parent=self, flat=True)
        self.button.clicked.connect(self.acted)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.button)
        self.say(text, tone, action)

    def say(self, text: str, tone: str = "accent", action: str = "") -> None:
        """Show ``text`` in ``tone``; an empty text hides the strip."""
        self.setProperty("tone", tone)
        repolish(self)
        self.label.setText(text)
        self.label.set_tone(tone)
        self._sign.set_icon(self.SIGNS.get(tone, "info"), tone)
        self.button.set_text(action)
        self.button.setVisible(bool(action))
        self.setAccessibleName(text)
        self.setVisible(bool(text))


class _ToneIcon(IconSign):
    def __init__(self, parent: QWidget) -> None:
        super().__init__("", 1.1, parent)
        self._tone = "neutral"

    def set_icon(self, icon: str, tone: str = "neutral") -> None:
        self._tone = tone
        super().set_icon(icon)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._icon:
            painter = QPainter(self)
            icons.paint(painter, self._icon, QRectF(self.rect()), theme.current().tone(self._tone).ink)


class ErrorPanel(Notice):
    """An error for a person: what happened, what was kept, what to do."""

    def __init__(
        self, what: str = "", kept: str = "", do: str = "", action: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(" ".join(s for s in (what, kept, do) if s), "bad", action, parent)

    def show_error(self, what: str, kept: str = "", do: str = "", action: str = "") -> None:
        """Show another error."""
        self.say(" ".join(s for s in (what, kept, do) if s), "bad", action)


class PageHeader(QFrame):
    """The strip at the top of a page: title, a line under it, and :attr:`buttons` at the right."""

    def __init__(self, title: str, subtitle: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        side, top = theme.em(self, 1.4), theme.em(self, 0.7)
        layout.setContentsMargins(side, top, side, top)
        layout.setSpacing(theme.em(self, 0.6))
        words = QVBoxLayout()
        words.setSpacing(1)
        self.title = ElidedLabel(title, self, size="title", bold=True)
        self.subtitle = ElidedLabel(subtitle, self, quiet=True)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        words.addStretch(1)
        layout.addLayout(words, 1)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(theme.em(self, 0.6))
        layout.addLayout(self.buttons)
        self.setMinimumHeight(theme.em(self, 4.2))

    def set_words(self, title: str, subtitle: str = "") -> None:
        """Change both lines."""
        self.title.setText(title)
        self.subtitle.setText(subtitle)
