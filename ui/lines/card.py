"""One line as a card: what it is, how it does, and the buttons that help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from ui import theme
from ui.lines import words
from ui.lines.strip import HistoryStrip
from ui.rail import line_tone
from ui.widgets import (
    Chip,
    ElidedLabel,
    KeyButton,
    Panel,
    PlainLabel,
    StateDot,
    isolated,
    one_line,
    repolish,
)
from ui.widgets_flow import FlowLayout

if TYPE_CHECKING:
    from app.texting.history import HistoryRow
    from app.texting.views import LineView

_FACTS = ("Number", "Operator", "Signal", "SIM storage", "Sent today", "Balance")
#: States in which the modem answers, so that its figures say something.
_ANSWERS = ("ready", "searching", "denied")


class LineCard(Panel):
    """One line. ``asked(what, line_id)`` for its buttons; ``chosen(line_id)``: the console shall follow."""

    asked = Signal(str, int)
    chosen = Signal(int)

    def __init__(self, view: LineView, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.1)
        self.view = view
        self._build_head()
        self.why = PlainLabel("", self, quiet=True, wrap=True)
        self.warning = PlainLabel("", self, wrap=True, tone="warn")
        self.body.addWidget(self.why)
        self.body.addWidget(self.warning)
        self._build_facts()
        self.lacks = PlainLabel("", self, quiet=True, size="small", wrap=True)
        self.body.addWidget(self.lacks)
        self._build_actions()
        self.show_view(view)

    def _build_head(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.em(self, 0.5))
        self.dot = StateDot(parent=self)
        self.name = ElidedLabel("", self, bold=True, size="title")
        self.chip = Chip("", "neutral", self)
        self.practice = Chip("practice", "accent", self)
        head.addWidget(self.dot)
        head.addWidget(self.name, 1)
        head.addWidget(self.chip)
        head.addWidget(self.practice)
        self.body.addLayout(head)
        self.device = ElidedLabel("", self, quiet=True, size="small")
        self.body.addWidget(self.device)

    def _build_facts(self) -> None:
        self._facts = QWidget(self)
        grid = QGridLayout(self._facts)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(theme.em(self, 0.45))
        grid.setHorizontalSpacing(theme.em(self, 1.2))
        self._values: dict[str, ElidedLabel] = {}
        for index, title in enumerate(_FACTS):
            cell = QVBoxLayout()
            cell.setSpacing(1)
            cell.addWidget(PlainLabel(title, self._facts, quiet=True, size="small"))
            self._values[title] = value = ElidedLabel("", self._facts)
            cell.addWidget(value)
            if title == "SIM storage":
                self.gauge = QProgressBar(self._facts)
                self.gauge.setTextVisible(False)
                self.gauge.setAccessibleName("SIM storage")
                cell.addWidget(self.gauge)
            if title == "Sent today":
                self.sent = QProgressBar(self._facts)
                self.sent.setTextVisible(False)
                self.sent.setAccessibleName("Sent today, of the limit of a day")
                cell.addWidget(self.sent)
                self.budget = PlainLabel("", self._facts, quiet=True, size="small", wrap=True)
                cell.addWidget(self.budget)
            if title == "Balance":
                self.checked = PlainLabel("", self._facts, quiet=True, size="small")
                cell.addWidget(self.checked)
            cell.addStretch(1)
            grid.addLayout(cell, index // 2, index % 2)
            grid.setColumnStretch(index % 2, 1)
        self.strip = HistoryStrip(self._facts)
        self.strip.opened.connect(lambda: self._ask("day"))
        caption = PlainLabel("Last 24 hours", self._facts, quiet=True, size="small")
        grid.addWidget(caption, 3, 0, 1, 2)
        grid.addWidget(self.strip, 4, 0, 1, 2)
        self.body.addWidget(self._facts)

    def _build_actions(self) -> None:
        self.helpers: list[KeyButton] = []
        self.pause = KeyButton("Pause", parent=self)
        self.balance = KeyButton("Check balance…", parent=self)
        self.code = KeyButton("Other code…", parent=self)
        self.limits = KeyButton("Limits…", parent=self)
        self.rename = KeyButton("Name, number…", parent=self)
        self.remove = KeyButton("Remove…", parent=self, danger=True)
        self._row = QWidget(self)
        flow = FlowLayout(self._row, gap=theme.em(self, 0.45))
        for button, what in (
            (self.pause, ""),
            (self.balance, "balance"),
            (self.code, "code"),
            (self.limits, "limits"),
            (self.rename, "rename"),
            (self.remove, "remove"),
        ):
            flow.addWidget(button)
            if what:
                button.clicked.connect(lambda _checked=False, what=what: self._ask(what))
        self.pause.clicked.connect(lambda: self._ask("resume" if self.view.paused else "pause"))
        self._help_row = QWidget(self)
        FlowLayout(self._help_row, gap=theme.em(self, 0.45))
        self.body.addWidget(self._help_row)
        self.body.addWidget(self._row)

    def _ask(self, what: str) -> None:
        self.chosen.emit(self.view.id)
        self.asked.emit(what, self.view.id)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self.view.id)
        super().mousePressEvent(event)

    def set_here(self, here: bool) -> None:
        """Mark the card whose console is shown."""
        if self.property("here") != here:
            self.setProperty("here", here)
            repolish(self)

    def show_history(self, rows: Sequence[HistoryRow], now: float) -> None:
        """Show the line's last day."""
        self.strip.show_rows(rows, now)

    def show_view(self, view: LineView) -> None:
        """Show the line as it is now."""
        self.view = view
        name = isolated(view.name, 60)
        self.setAccessibleName(f"Line {name}: {view.state_text}")
        self.dot.set_tone(line_tone(view))
        self.name.setText(name)
        self.chip.set(view.state_text, line_tone(view))
        self.practice.setVisible(view.practice)
        self.device.setText(words.device_words(view))
        # What a line that paused by itself asks for stands in its reason.
        action = "" if view.paused_why else words.sentence(view.action_text)
        why = " ".join(part for part in (view.detail, action) if part)
        self._say(self.why, why)
        self._say(self.warning, self._warnings(view))
        self._say(self.lacks, " ".join(view.lacks) if str(view.state) in _ANSWERS else "")
        self._show_facts(view)
        self._show_actions(view, name)

    @staticmethod
    def _say(label: PlainLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))

    @staticmethod
    def _warnings(view: LineView) -> str:
        # A hint about the storage, or another trouble, comes first; what to do about it is said once.
        full = words.FULL_WORDS if words.almost_full(view) and "full" not in view.hint.lower() else ""
        parts = (view.paused_why, view.hold, view.hint, full, words.clock_words(view.clock_off), view.note)
        return " ".join(words.sentence(part) for part in parts if part)

    def _show_facts(self, view: LineView) -> None:
        balance, checked = words.balance_words(view)
        operator = " · ".join(p for p in (one_line(view.operator, 40), one_line(view.technology, 20)) if p)
        values = {
            "Number": one_line(view.number, 40) or "not on the SIM",
            "Operator": operator or "unknown",
            "Signal": words.signal_words(view),
            "SIM storage": f"{view.storage_used} of {view.storage_total}"
            if view.storage_total
            else "unknown",
            "Sent today": words.today_words(view),
            "Balance": balance,
        }
        for title, value in values.items():
            self._values[title].setText(value)
            self._values[title].setAccessibleName(f"{title}: {value}")
        self.checked.setText(checked)
        self.checked.setVisible(bool(checked))
        self.gauge.setVisible(bool(view.storage_total))
        self.gauge.setRange(0, max(view.storage_total, 1))
        self.gauge.setValue(min(view.storage_used, max(view.storage_total, 1)))
        self._show_limits(view)
        self._facts.setVisible(str(view.state) in _ANSWERS)

    def _show_limits(self, view: LineView) -> None:
        most = view.limits.per_day
        self.sent.setVisible(bool(most))
        self.sent.setRange(0, max(most, 1))
        self.sent.setValue(min(view.sent_today, max(most, 1)))
        self._say(self.budget, words.budget_words(view))

    def _show_actions(self, view: LineView, name: str) -> None:
        wanted = [action.words for action in view.actions]
        if wanted != [button.text().replace("&&", "&") for button in self.helpers]:
            self._make_helpers(view)
        for button in self.helpers:
            button.setAccessibleName(f"{button.text().rstrip('…')}: {name}")
        self._help_row.setVisible(bool(self.helpers))
        self.pause.set_text("Resume" if view.paused else "Pause")
        self.balance.set_text(words.balance_button(view))
        answers = str(view.state) in _ANSWERS
        self.balance.setVisible(view.ussd and answers)
        self.code.setVisible(view.ussd and answers and bool(view.balance_code))
        for button in (self.pause, self.balance, self.code, self.limits, self.rename, self.remove):
            button.setAccessibleName(f"{button.text().rstrip('…')} {name}")
        self._row.updateGeometry()

    def _make_helpers(self, view: LineView) -> None:
        layout = self._help_row.layout()
        assert layout is not None
        for button in self.helpers:
            layout.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.helpers = []
        for index, action in enumerate(view.actions):
            button = KeyButton(action.words, parent=self._help_row, primary=index == 0)
            button.clicked.connect(lambda _checked=False, what=action.name: self._ask(what))
            layout.addWidget(button)
            button.show()
            self.helpers.append(button)
        self._help_row.updateGeometry()
