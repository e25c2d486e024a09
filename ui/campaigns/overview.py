"""All campaigns with their states and counts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QStackedLayout, QVBoxLayout, QWidget

from app.campaigns.campaign import CampaignSummary
from ui import theme, wording
from ui.listrows import RowDelegate, RowWords
from ui.paged import ROW_ROLE
from ui.widgets import EmptyState, KeyButton, PageHeader, Panel, one_line

STATES = {
    "draft": ("draft", "neutral"),
    "running": ("running", "good"),
    "paused": ("paused", "warn"),
    "done": ("done", "neutral"),
}


def row_words(summary: CampaignSummary) -> RowWords:
    """One campaign as a row."""
    people = wording.count(summary.people, "person", "people")
    of = f"{people} from {one_line(summary.list_name)}" if summary.list_name else "no people chosen yet"
    pieces = [of]
    if summary.state != "draft":
        pieces = [
            f"{summary.sent:,} sent",
            f"{summary.queued:,} to go",
            wording.count(summary.replies, "reply", "replies"),
            f"{summary.opted_out:,} opted out",
        ]
        if summary.unknown:
            pieces.append(f"{summary.unknown:,} of unknown outcome")
        if summary.failed:
            pieces.append(f"{summary.failed:,} failed")
    right = "" if summary.state == "draft" else people
    return RowWords(
        one_line(summary.name) or "New campaign", " · ".join(pieces), right, chips=(STATES[summary.state],)
    )


class CampaignList(QListWidget):
    """Few enough to be held whole."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Campaigns")
        self.setUniformItemSizes(True)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setItemDelegate(RowDelegate(row_words, self))
        self.itemClicked.connect(self._choose)

    def show_campaigns(self, campaigns: Sequence[CampaignSummary]) -> None:
        """Show them, keeping the cursor where it is."""
        here = self.currentItem().data(ROW_ROLE).id if self.currentItem() is not None else None
        self.clear()
        for summary in campaigns:
            item = QListWidgetItem()
            item.setData(ROW_ROLE, summary)
            words = row_words(summary)
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole, f"{words.title}, {words.chips[0][0]}, {words.second}"
            )
            self.addItem(item)
            if summary.id == here:
                self.setCurrentItem(item)
        if self.currentItem() is None and self.count():
            self.setCurrentRow(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentItem() is not None and not event.isAutoRepeat():
                self._choose(self.currentItem())
            event.accept()
            return
        if (
            event.key() in (Qt.Key.Key_J, Qt.Key.Key_K)
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
        ):
            by = 1 if event.key() == Qt.Key.Key_J else -1
            self.setCurrentRow(max(0, min(self.currentRow() + by, self.count() - 1)))
            event.accept()
            return
        super().keyPressEvent(event)

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(ROW_ROLE).id)


class CampaignsOverview(QWidget):
    """The list, or what to do first."""

    new_asked = Signal()
    import_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = PageHeader(
            "Campaigns", "A first message to a list of people, sent one press at a time.", self
        )
        self.new_button = KeyButton("New campaign", "Ctrl+N", self, primary=True)
        self.header.buttons.addWidget(self.new_button)
        self.list = CampaignList(self)
        self.empty = EmptyState(
            "No campaign yet",
            "A campaign is a list of people and a first message. Import the people, write the message, "
            "and the desk shows each text for one press of Send.",
            "New campaign",
            icon="megaphone",
        )
        space = theme.em(self, 1)
        panel = Panel(self, margin=0.3)
        inside = QWidget(panel)
        self._stack = QStackedLayout(inside)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.list)
        panel.body.addWidget(inside)
        body = QHBoxLayout()
        body.setContentsMargins(space, space, space, space)
        body.addWidget(panel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addLayout(body, 1)
        self.new_button.clicked.connect(self.new_asked)
        self.empty.acted.connect(self.new_asked)
        self.setFocusProxy(self.list)

    def show_campaigns(self, campaigns: Sequence[CampaignSummary]) -> None:
        """Show what there is."""
        self.list.show_campaigns(campaigns)
        self._stack.setCurrentWidget(self.list if campaigns else self.empty)
        self.new_button.setVisible(bool(campaigns))
