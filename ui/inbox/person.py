"""Who the open thread is with: number, place and campaigns, around what can be changed where it stands."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.conversations.threads import Thread
from ui import theme
from ui.inbox.side import SidePane
from ui.widgets import Chip, KeyButton, Notice, PlainLabel, Rule, clear_layout, one_line, scrolled
from ui.widgets_flow import FlowLayout


class PersonPane(SidePane):
    """The pane at the right."""

    details_asked = Signal(int)  # contact id
    opt_outs_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("left", parent)
        self.setAccessibleName("Person")
        #: Slots: widgets put in here stay while the rest is written anew.
        self.script, self.details, self.below = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        self._list, self._end = QVBoxLayout(), QVBoxLayout()
        for part in (self._list, self._end):
            part.setSpacing(theme.em(self, 0.35))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 0, 0, 0)
        layout.addWidget(scrolled(self._fill, self))

    def _fill(self, inner: QVBoxLayout) -> None:
        side = theme.em(self, 1.1)
        inner.setContentsMargins(side, side, side, side)
        inner.setSpacing(theme.em(self, 0.8))
        for part in (self.script, self._list, self.details, self.below, self._end):
            inner.addLayout(part)
        inner.addStretch(1)

    def show_thread(self, thread: Thread | None) -> None:
        """Say what is known; None for nobody."""
        clear_layout(self._list)
        clear_layout(self._end)
        if thread is None:
            return
        row = thread.row
        self._title(one_line(row.name or row.number_display))
        if row.name:
            self._line(row.number_display)
        if thread.local_time:
            zone = thread.time_zone or ", ".join(thread.zones[:2])
            self._line(f"{thread.local_time} in {thread.place} ({zone})")
        elif row.kind == "number":
            self._line("Time zone unknown: set it in the details")
        if row.opted_out:
            self._list.addWidget(Notice("Opted out: nothing is sent to this number.", "bad", "", self))
            why = KeyButton("See why", parent=self, flat=True)  # beside the words it would squeeze them
            why.clicked.connect(lambda: self.opt_outs_asked.emit(row.number))
            self._list.addWidget(why, 0, Qt.AlignmentFlag.AlignLeft)
        if row.kind != "number":
            self._line("Not a phone number")
        if row.kind == "number":
            self._list.addSpacing(theme.em(self, 0.4))
            self._list.addWidget(Rule(self))
        self._more(thread)

    def _more(self, thread: Thread) -> None:
        if thread.campaigns:
            self._end.addWidget(Rule(self))
            self._end.addWidget(PlainLabel("Campaigns", self, bold=True))
            holder = QWidget(self)
            flow = FlowLayout(holder, gap=theme.em(self, 0.3))
            for name in thread.campaigns[:20]:
                flow.addWidget(Chip(name or "unnamed", "neutral", holder))
            self._end.addWidget(holder)
        if thread.contact_id is not None:
            button = KeyButton("All details", parent=self)
            button.clicked.connect(lambda: self.details_asked.emit(thread.contact_id))
            self._end.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    def _title(self, text: str) -> None:
        self._list.addWidget(PlainLabel(text, self, bold=True, wrap=True))

    def _line(self, text: str) -> None:
        self._list.addWidget(PlainLabel(text, self, quiet=True, wrap=True))
