"""Above the answer: the canned replies that have a number key, and the way to all of them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.conversations.canned import Offered
from ui import theme
from ui.inbox import gesture
from ui.widgets import ChipButton, KeyButton
from ui.widgets_flow import FlowLayout

#: Rows of chips in a small window and in a tall one; the search has all replies.
FEW, MORE = 2, 3


class CannedBar(QWidget):
    """``chosen`` carries the reply whose chip was pressed; a press fills in and sends nothing."""

    chosen = Signal(object)
    search_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Canned replies")
        self.offers: tuple[Offered, ...] = ()
        self.chips: list[ChipButton] = []
        self.all_button = KeyButton("Replies", "/", self, flat=True)
        self.all_button.setAccessibleName("Search all canned replies")
        self.all_button.setAccessibleDescription("Key: / or Ctrl+Space")
        self.all_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._flow = FlowLayout(self, gap=theme.em(self, 0.4), rows=FEW)
        self._flow.addWidget(self.all_button)
        self.all_button.clicked.connect(self.search_asked)

    def show_offers(self, offers: tuple[Offered, ...]) -> None:
        """The replies of another conversation, or of the same after a change."""
        if offers == self.offers:
            return
        self.offers = offers
        while (item := self._flow.takeAt(1)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.chips = [self._chip(each) for each in offers if each.key]
        self._flow.invalidate()
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._flow.rows = MORE if self.window().height() > theme.em(self, 46) else FEW
        super().resizeEvent(event)

    def _chip(self, offer: Offered) -> ChipButton:
        chip = ChipButton(gesture.chip_words(offer), "warn" if offer.missing else "neutral", self)
        chip.setAccessibleDescription(offer.text)
        chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click must not take the cursor out of the answer
        chip.clicked.connect(lambda: self.chosen.emit(offer))
        self._flow.addWidget(chip)
        chip.show()
        return chip

    def of_key(self, key: int) -> Offered | None:
        """The reply that answers to a number key."""
        return next((each for each in self.offers if each.key == key), None)
