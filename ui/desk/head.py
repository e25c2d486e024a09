"""The head of the card: who it is, where and when they are, and what one should know before pressing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui import theme
from ui.widgets import Avatar, Chip, ElidedLabel, isolated
from ui.widgets_flow import FlowLayout

if TYPE_CHECKING:
    from app.campaigns.desk import Card


class CardHead(QWidget):
    """``chips`` may be moved below by who lays out the card."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tight = False
        head = QHBoxLayout(self)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(theme.em(self, 0.6))
        self.avatar = Avatar("", self, size=2.6)
        self.name = ElidedLabel("", self, size="name", bold=True)
        self.where = ElidedLabel("", self, quiet=True)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.name)
        words.addWidget(self.where)
        head.addWidget(self.avatar)
        head.addLayout(words, 1)
        self.chips = QWidget(self)
        self.consent = Chip("", "good", self.chips)
        self.badge = Chip("", "neutral", self.chips)
        self.tags = Chip("", "neutral", self.chips)
        flow = FlowLayout(self.chips, gap=theme.em(self, 0.5))
        for chip in (self.consent, self.badge, self.tags):
            flow.addWidget(chip)
        self.row = head
        head.addWidget(self.chips, 0, Qt.AlignmentFlag.AlignVCenter)

    def chips_width(self, gap: int) -> int:
        """The width that the chips take in one row."""
        shown = [chip for chip in (self.consent, self.badge, self.tags) if not chip.isHidden()]
        return sum(chip.sizeHint().width() + gap for chip in shown) + gap

    def set_tight(self, tight: bool) -> None:
        """A low window: no avatar, and the chips' words in the line below the name."""
        self._tight = tight
        self.avatar.setVisible(not tight)

    def show_card(self, card: Card) -> None:
        """Show who ``card`` is for."""
        self.avatar.set_initials(card.initials)
        self.name.setText(isolated(card.name or card.number_display, 120))
        words = [self._say_consent(card), self._say_badge(card), self._say_tags(card)]
        self.chips.setVisible(not self._tight and any(words))
        place = f"{card.local_time} in {isolated(card.place, 60)}" if card.place else card.local_time
        parts = [card.number_display if card.name else "", place]
        if self._tight:  # no room for chips
            parts += words
        self.where.setText(" · ".join(part for part in parts if part))

    def _say_consent(self, card: Card) -> str:
        sign = "✕" if card.consent_ended else "✓"
        words = " · ".join(part for part in (card.consent, card.consent_from) if part)
        words = f"{sign} {words}" if card.consent else ""
        self.consent.set(words, "bad" if card.consent_ended else "good")
        self.consent.setVisible(bool(words))
        return words

    def _say_badge(self, card: Card) -> str:
        words = " · ".join(part for part in (card.badge, "edited" if card.edited else "") if part)
        self.badge.setText(words)
        self.badge.setVisible(bool(words))
        return words

    def _say_tags(self, card: Card) -> str:
        names = ", ".join(name[:24] for name in card.tags)
        words = f"tags: {names}" if names else ""
        self.tags.setText(words)
        self.tags.setVisible(bool(words))
        return words
