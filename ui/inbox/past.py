"""Beside a thread: the line it goes by, and what was between us and this person, opened with a key."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.conversations.opened import Opened
from app.people import numbers, past
from app.people.consents import Entry
from app.people.past import Answered, Campaigned, Happening, Past
from app.workspace import Workspace
from ui import background, theme, wording
from ui.contacts.privacy import consent_words
from ui.inbox.details import take_escape
from ui.optouts.words import told
from ui.widgets import KeyButton, PlainLabel, clear_layout, one_line

_STATES = {
    "sending": "on its way", "sent": "sent", "not_sent": "not sent", "unknown": "not known whether it left",
}  # fmt: skip


def words_of(happening: Happening, now: float) -> tuple[str, str]:
    """One thing that happened, and what stands small below it."""
    if isinstance(happening, Entry):
        return consent_words(happening, now)
    if isinstance(happening, Campaigned):
        by = f" by {one_line(happening.line, 40)}" if happening.line else ""
        return f"↗ Texted: {one_line(happening.campaign, 60) or 'unnamed'}", f"{_STATES[happening.state]}{by}"
    if isinstance(happening, Answered):
        by = f"noted by {one_line(happening.operator, 60)}" if happening.operator else ""
        gone = "taken back since" if happening.cleared else ""
        small = ", ".join(part for part in (by, gone) if part)
        return f"✎ {one_line(happening.question, 80)} {one_line(happening.value, 80)}", small
    return told(happening)


class PastPane(QWidget):
    """Closed until it is asked for; then it stays open for every thread. ``left`` leads to the answer."""

    left = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("History")
        self._workspace = workspace
        self._number = ""
        self._opened = False  # it comes into view once it was read
        self._scrolling = QTimer(self)  # the pane's layout takes in the new rows in several steps
        self._scrolling.setSingleShot(True)
        self._scrolling.setInterval(60)
        self._scrolling.timeout.connect(self._come_into_view)
        self.line = PlainLabel("", self, quiet=True, wrap=True)
        self.button = KeyButton("History", "P", self, flat=True)
        self.button.setCheckable(True)
        self.holder = QWidget(self)
        self.holder.setAccessibleName("What was between us, the newest first")
        self.holder.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._list = QVBoxLayout(self.holder)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(theme.em(self, 0.25))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.35))
        layout.addWidget(PlainLabel("Line", self, bold=True))
        layout.addWidget(self.line)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.holder)
        self.holder.hide()
        self.button.toggled.connect(self._toggled)
        self.hide()

    def show_person(self, here: Opened | None) -> None:
        """Another person, or the same after a change; None for nobody."""
        there = here is not None and here.thread.row.kind == "number"
        self.setVisible(there)
        if here is None or not there:
            self._number = ""
            return
        name = one_line(here.thread.line_name, 60)
        self.line.setText(f"Answered by {name}" if name else "None yet: the first free line answers")
        if here.thread.row.number != self._number:
            clear_layout(self._list)
        self._number = here.thread.row.number
        if self.button.isChecked():
            self._read()

    def open(self) -> None:
        """Open it, or close it again."""
        if self.isVisible():
            self.button.toggle()

    def _toggled(self, on: bool) -> None:
        self.holder.setVisible(on)
        if on and self._number:
            self._opened = True
            self.holder.setFocus()  # from here Page Up and Down scroll
            self._read()

    def _read(self) -> None:
        workspace, number = self._workspace, self._number

        def done(found: Past) -> None:
            if found.number == self._number:
                self._show(found)

        background.run(
            self, lambda _job: past.of_number(workspace.store, number, workspace.clock.now()), done
        )

    def _show(self, found: Past) -> None:
        clear_layout(self._list)
        if found.line_number:
            name = one_line(found.line, 60)
            self.line.setText(f"Answered by {name}, {numbers.display(found.line_number)}")
        now = self._workspace.clock.now()
        for happening in found.happenings:
            first, second = words_of(happening, now)
            self._list.addWidget(PlainLabel(wording.day_and_time(happening.at), self, quiet=True))
            self._list.addWidget(PlainLabel(first, self, wrap=True))
            if second:
                self._list.addWidget(PlainLabel(second, self, wrap=True, quiet=True))
        if not found.happenings:
            self._list.addWidget(
                PlainLabel("Nothing yet but the texts of this thread.", self, quiet=True, wrap=True)
            )
        if found.more:
            self._list.addWidget(PlainLabel("Older ones are on their page.", self, quiet=True, wrap=True))

        if self._opened:
            self._opened = False
            self._scrolling.start()

    def _come_into_view(self) -> None:
        area: QWidget | None = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        inner = area.widget() if area is not None else None
        if area is not None and inner is not None:
            area.verticalScrollBar().setValue(self.button.mapTo(inner, QPoint(0, 0)).y())

    def event(self, event: QEvent) -> bool:
        return take_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            event.accept()
            self.left.emit()
            return
        super().keyPressEvent(event)
