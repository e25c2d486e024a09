"""What came of an import: the counts, and each row that was refused with its line and reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ui import theme, wording
from ui.widgets import KeyButton, Notice, PlainLabel, one_line

#: Rows of the table; a saved report has more.
SHOWN = 500


class ResultPage(QWidget):
    """Counts, rejects, and what can be done next."""

    closed = Signal()
    save_asked = Signal()
    campaign_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report: Any = None
        self.title = PlainLabel("", self, size="title", bold=True, wrap=True)
        self.counts = PlainLabel("", self, wrap=True)
        self.rule = PlainLabel("", self, quiet=True, wrap=True)
        self.rejects_title = PlainLabel("", self, bold=True)
        self.table = QTableWidget(0, 3, self)
        self.table.setAccessibleName("Rows that were refused")
        self.table.setHorizontalHeaderLabels(["Line", "Number", "Reason"])
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.table.setTabKeyNavigation(False)
        self.notice = Notice("", "good", parent=self)
        self.save_button = KeyButton("Save rejects…", parent=self)
        self.close_button = KeyButton("Close", "Esc", self)
        self.campaign_button = KeyButton("Make a campaign with this list", parent=self, primary=True)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        for widget in (self.title, self.counts, self.rule, self.rejects_title):
            layout.addWidget(widget)
        layout.addWidget(self.table, 1)
        layout.addStretch(0)
        layout.addWidget(self.notice)
        last = QHBoxLayout()
        last.addWidget(self.save_button)
        last.addStretch(1)
        last.addWidget(self.close_button)
        last.addWidget(self.campaign_button)
        layout.addLayout(last)
        self.save_button.clicked.connect(self.save_asked)
        self.close_button.clicked.connect(self.closed)
        self.campaign_button.clicked.connect(self.campaign_asked)

    def show_report(self, report: Any) -> None:
        """Show an ``ImportReport``."""
        self.report = report
        self.notice.say("")
        self.title.setText(f"{wording.count(report.imported, 'person', 'people')} imported")
        self.counts.setText(summary(report))
        self.rule.setText(report.kept_rule)
        refused = report.rejected_count
        shown = report.rejects[:SHOWN]
        words = f"{wording.count(refused, 'row')} refused"
        if refused > len(shown):
            words += f"; the first {len(shown):,} are shown, the saved report has {len(report.rejects):,}"
        self.rejects_title.setText(words)
        for widget in (self.rejects_title, self.table, self.save_button):
            widget.setVisible(bool(refused))
        self.table.setRowCount(len(shown))
        for place, reject in enumerate(shown):
            for column, text in enumerate(
                (str(reject.line), one_line(reject.value, 60), one_line(reject.reason))
            ):
                item = QTableWidgetItem(text)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self.table.setItem(place, column, item)
        self.table.setColumnWidth(0, theme.em(self, 4))
        self.table.setColumnWidth(1, theme.em(self, 10))
        self.campaign_button.setVisible(bool(report.imported))
        (self.campaign_button if report.imported else self.close_button).setFocus()

    def saved(self, path: Path) -> None:
        """The rejects are in a file."""
        self.notice.say(f"Saved as {path.name}. Correct it and import it: it can be read back.", "good")


def summary(report: Any) -> str:
    """The counts in words."""
    pieces = [
        f"{wording.count(report.total, 'row')} read",
        f"{report.new:,} new",
        f"{report.updated:,} known already",
        f"{wording.count(report.duplicates, 'duplicate')} in the list",
        f"{report.opted_out:,} opted out (on the list, never texted)",
        f"{report.rejected_count:,} refused",
    ]
    if report.households:
        pieces.append(f"{wording.count(report.households, 'number')} with two names")
    if report.other_numbers:
        pieces.append(f"{wording.count(report.other_numbers, 'further number')} listed")
    if report.texts or report.texts_known:
        pieces.append(f"{wording.count(report.texts, 'old text')} in their threads")
    if report.texts_known:
        pieces.append(f"{wording.count(report.texts_known, 'old text')} known already")
    if report.texts_left:
        pieces.append(f"{wording.count(report.texts_left, 'old text')} of senders without a number left out")
    if report.opted_out_before:
        pieces.append(f"{report.opted_out_before:,} opted out by an old text of theirs")
    return " · ".join(pieces)
