"""What their newest text says and why, at the side of the thread; and a person's correction of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import undo
from app.conversations.bubbles import Bubble
from app.conversations.opened import Opened
from app.conversations.triage import correcting
from app.conversations.triage.correcting import Before
from app.store.engine import Store
from app.undo import Undo
from ui import theme
from ui.inbox.labels import WORDS
from ui.inbox.labels_dialog import LabelsDialog
from ui.paged import ROW_ROLE
from ui.widgets import Chip, KeyButton, PlainLabel, one_line
from ui.widgets_flow import FlowLayout

if TYPE_CHECKING:
    from ui.inbox.page import InboxPage


class WhyPanel(QWidget):
    """The labels of their newest text, and the reason in plain words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said: Bubble | None = None
        self._holder = QWidget(self)
        self._flow = FlowLayout(self._holder, gap=theme.em(self, 0.3))
        self.why = PlainLabel("", self, quiet=True, wrap=True)
        self.button = KeyButton("Correct", "C", self, flat=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.35))
        layout.addWidget(PlainLabel("Their newest text", self, bold=True))
        layout.addWidget(self._holder)
        layout.addWidget(self.why)
        self.hide()

    def show_said(self, said: Bubble | None) -> None:
        """Say what was read out of a text; None, or one that nobody judged, for nothing."""
        labels = said.labels if said is not None else None
        self.setVisible(labels is not None)
        self.button.setVisible(labels is not None)  # it stands with the other buttons
        if said is None or labels is None or said == self._said:
            return
        self._said = said
        while (item := self._flow.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for word, tone in (WORDS[label] for label in labels if label in WORDS):
            chip = Chip(word, tone, self._holder)
            self._flow.addWidget(chip)
            chip.show()
        self._holder.setVisible(bool(labels))
        self._flow.invalidate()
        self.why.setText(one_line(said.why, 300))


class Sorting(QObject):
    """The why and the correction of an inbox page."""

    def __init__(self, page: InboxPage) -> None:
        super().__init__(page)
        self._page = page
        self._said: Bubble | None = None
        self.panel = WhyPanel(page.person)
        self.panel.button.clicked.connect(self.correct)
        page.person.details.insertWidget(0, self.panel)

    def show_person(self, here: Opened | None) -> None:
        """The open thread's newest text."""
        self._said = here.said if here is not None else None
        self.panel.show_said(self._said)

    def correct(self) -> None:
        """Ask what the text says: the one that the keyboard is on in the thread, else their newest."""
        bubble, view = self._said, self._page.pane.view
        here = view.currentIndex().data(ROW_ROLE) if view.hasFocus() else None
        if isinstance(here, Bubble) and here.labels is not None:
            bubble = here
        if bubble is None or bubble.labels is None or not self._page.ready:
            return
        dialog = LabelsDialog(self._page, bubble)
        key, shown = bubble.id, bubble.labels
        dialog.accepted.connect(lambda: self.keep(key, dialog.chosen()) if dialog.chosen() != shown else None)
        dialog.open()

    def keep(self, message_id: int, labels: tuple[str, ...]) -> None:
        """Keep a correction; Ctrl+Z takes it back."""
        page, workspace, row = self._page, self._page.workspace, self._page.row
        who = f": {one_line(row.name or row.number_display, 60)}" if row is not None else ""

        def work() -> Before | None:
            return correcting.correct(
                workspace.store, workspace.clock, message_id, labels, workspace.operator
            )

        def done(before: Before | None) -> None:
            if before is None:
                return

            def back(store: Store) -> str:
                return "" if correcting.take_back(store, message_id, before) else "This text is gone."

            words = ", ".join(WORDS[label][0] for label in labels) or "no label"
            undo.of(workspace.store).push(
                Undo(f"Corrected to {words}{who}", back, workspace.operator, page.read_again)
            )
            page.read_again()

        page.lane.run(work, done, page.failed)
