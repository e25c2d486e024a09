"""A line's last day, large: the strip, a sentence, and when something changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.texting import history
from app.texting.history import HistoryRow
from app.texting.views import Live
from app.texting.views import words as state_words
from ui import theme, wording
from ui.lines.strip import HistoryStrip
from ui.widgets import Panel, PlainLabel, one_line, scrolled

MOST_CHANGES = 50


class DayPanel(Panel):
    """Shows one line's last 24 hours."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.2)
        head = QHBoxLayout()
        head.addWidget(PlainLabel("Last 24 hours", self, bold=True, size="title"))
        self.name = PlainLabel("", self, quiet=True)
        head.addWidget(self.name)
        head.addStretch(1)
        self.body.addLayout(head)
        self.words = PlainLabel("", self, wrap=True)
        self.body.addWidget(self.words)
        self.strip = HistoryStrip(self, height=6, pressable=False)
        self.body.addWidget(self.strip)
        legend = "Tall bar: good signal. Mark at the foot: waiting. Marks at foot and top: not usable."
        self.body.addWidget(PlainLabel(legend, self, quiet=True, size="small", wrap=True))
        self.body.addWidget(PlainLabel("Changes", self, bold=True))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.em(self, 1))
        self._grid.setVerticalSpacing(theme.em(self, 0.3))
        self._grid.setColumnStretch(1, 1)
        self.body.addWidget(scrolled(self._fill, self), 1)

    def _fill(self, layout: QVBoxLayout) -> None:
        layout.addLayout(self._grid)
        layout.addStretch(1)

    def show_day(self, name: str, rows: Sequence[HistoryRow], now: float) -> None:
        """Show the day that ends ``now``."""
        self.name.setText(one_line(name, 60))
        self.strip.show_rows(rows, now)
        self.words.setText(self.strip.words())
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for place, row in enumerate(history.changes(rows, now, MOST_CHANGES)):
            at = PlainLabel(f"{wording.local(row.at):%H:%M:%S}", self, quiet=True)
            what = PlainLabel(change_words(row), self, wrap=True)
            self._grid.addWidget(at, place, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(what, place, 1)


def change_words(row: HistoryRow) -> str:
    """ "Ready · T-Mobile · LTE · -71 dBm"."""
    text, _ = state_words(Live(state=row.state), paused=False)
    signal = f"{row.signal_dbm} dBm" if row.signal_dbm is not None else ""
    parts = (text, one_line(row.operator, 40), one_line(row.technology, 20), signal)
    return " · ".join(part for part in parts if part)
