"""The dialog for start and end, what is due when, deadlines and caps of a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QDateTime, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.campaigns import caps, occasions
from app.campaigns.schedule import CAP_PRESETS, LEAST_REASON, Schedule
from ui import theme
from ui.campaigns.due_rule import RuleFields
from ui.widgets import KeyButton, PlainLabel, one_line

_OWN = "Own cap"


class WhenDialog(QDialog):
    """Nothing is stored here: read :meth:`schedule` after ``accepted``."""

    def __init__(
        self,
        plan: Schedule,
        fields: Sequence[str],
        sources: Sequence[tuple[int, str]],
        now: float,
        parent: QWidget | None = None,
    ) -> None:
        """``fields`` may hold dates, ``sources`` are campaigns (id, name); ``now`` is UTC seconds."""
        super().__init__(parent)
        self.setWindowTitle("When")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.em(self, 36))
        self._now = now
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.5))
        layout.addWidget(PlainLabel("When do these texts come to the desk?", self, size="title", bold=True))
        words = "Nothing leaves by itself: each text waits on the desk for your press, and inside its hours."
        layout.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        self.starts, self.starts_at = self._moment(grid, 0, "Starts", plan.starts_at, 1)
        self.ends, self.ends_at = self._moment(grid, 1, "Ends", plan.ends_at, 8)
        self.rule = RuleFields(plan.rule, fields, sources, self)
        label = PlainLabel("Comes", self)
        label.setBuddy(self.rule.kind)
        grid.addWidget(label, 2, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.rule, 2, 1)
        self.deadline = _combo(self, "Deadline", [("No deadline", "")] + [(f"{{{n}}}", n) for n in fields])
        self.deadline.setCurrentIndex(max(0, self.deadline.findData(plan.rule.deadline)))
        self._labelled(grid, 3, "Leaves the desk after", self.deadline)
        self._caps(grid, plan)
        self._promise(grid, plan)
        self.urgent = QCheckBox("Urgent: its cards come before those of other campaigns", self)
        self.urgent.setChecked(plan.urgent)
        grid.addWidget(self.urgent, 7, 0, 1, 2)
        layout.addLayout(grid)
        self.said = PlainLabel("", self, quiet=True, wrap=True)
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        layout.addWidget(self.said)
        layout.addWidget(self.problem)
        self._buttons(layout)
        self._watch()
        self._look()

    # -- looks ----------------------------------------------------------------------------------

    def _labelled(self, grid: QGridLayout, place: int, words: str, field: QWidget) -> None:
        label = PlainLabel(words, self)
        label.setBuddy(field)
        grid.addWidget(label, place, 0)
        grid.addWidget(field, place, 1)

    def _moment(
        self, grid: QGridLayout, place: int, words: str, at: float | None, days: int
    ) -> tuple[QCheckBox, QDateTimeEdit]:
        box = QCheckBox(words, self)
        edit = QDateTimeEdit(self)
        edit.setDisplayFormat("ddd d MMM yyyy  HH:mm")
        edit.setCalendarPopup(True)
        edit.setAccessibleName(f"{words}: day and time by this computer's clock")
        edit.setMinimumHeight(theme.em(self, 1.8))
        box.setAccessibleName(f"{words} at a set time")
        hour = self._now - self._now % 3600.0 + days * 86400.0
        edit.setDateTime(QDateTime.fromSecsSinceEpoch(int(hour if at is None else at)))
        box.setChecked(at is not None)
        grid.addWidget(box, place, 0)
        grid.addWidget(edit, place, 1)
        return box, edit

    def _caps(self, grid: QGridLayout, plan: Schedule) -> None:
        self.cap = _combo(self, "At most", [(name, (texts, days)) for name, texts, days in CAP_PRESETS])
        self.cap.addItem(_OWN, None)
        self.cap_texts, self.cap_days = QSpinBox(self), QSpinBox(self)
        self.cap_texts.setRange(1, caps.MOST_TEXTS)
        self.cap_days.setRange(1, caps.MOST_DAYS)
        self.cap_texts.setAccessibleName("Campaign texts to one person")
        self.cap_days.setAccessibleName("In so many days")
        self.cap_days.setSuffix(" days")
        known = [index for index, (_n, texts, days) in enumerate(CAP_PRESETS) if (texts, days) == _cap(plan)]
        self.cap.setCurrentIndex(known[0] if known else self.cap.count() - 1)
        self.cap_texts.setValue(plan.cap_texts or 2)
        self.cap_days.setValue(plan.cap_days or 7)
        self._in = PlainLabel("in", self)
        box = QWidget(self)
        inside = QHBoxLayout(box)
        inside.setContentsMargins(0, 0, 0, 0)
        for widget in (self.cap, self.cap_texts, self._in, self.cap_days):
            widget.setMinimumHeight(theme.em(self, 1.8))
            inside.addWidget(widget)
        inside.addStretch(1)
        label = PlainLabel("At most, to a person", self)
        label.setBuddy(self.cap)
        grid.addWidget(label, 4, 0)
        grid.addWidget(box, 4, 1)

    def _promise(self, grid: QGridLayout, plan: Schedule) -> None:
        choices = [("Wait, where more was not promised", False), ("Send more than promised, because:", True)]
        self.promise = _combo(self, "What people were promised", choices)
        self.promise.setCurrentIndex(int(bool(plan.promise_reason)))
        self.reason = QLineEdit(plan.promise_reason, self)
        self.reason.setMaxLength(300)
        self.reason.setAccessibleName("Why more than was promised")
        self.reason.setPlaceholderText("Why; it is kept in the log")
        self._labelled(grid, 5, "Promised frequency", self.promise)
        grid.addWidget(self.reason, 6, 1)

    def _buttons(self, layout: QVBoxLayout) -> None:
        self.cancel_button = KeyButton("Cancel", "Esc", self)
        self.ok_button = KeyButton("Use this", "Ctrl+Enter", self, primary=True)
        self.cancel_button.clicked.connect(self.reject)
        self.ok_button.clicked.connect(self._accept)
        for key in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(self._accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.ok_button)
        layout.addLayout(buttons)

    def _watch(self) -> None:
        for box in (self.starts, self.ends, self.urgent):
            box.toggled.connect(self._look)
        for edit in (self.starts_at, self.ends_at):
            edit.dateTimeChanged.connect(self._look)
        for combo in (self.deadline, self.cap, self.promise):
            combo.currentIndexChanged.connect(self._look)
        for spin in (self.cap_texts, self.cap_days):
            spin.valueChanged.connect(self._look)
        self.reason.textChanged.connect(self._look)
        self.rule.changed.connect(self._look)

    # -- values ---------------------------------------------------------------------------------

    def schedule(self) -> Schedule:
        """What was set."""
        texts, days = self.cap.currentData() or (self.cap_texts.value(), self.cap_days.value())
        return Schedule(
            starts_at=float(self.starts_at.dateTime().toSecsSinceEpoch())
            if self.starts.isChecked()
            else None,
            ends_at=float(self.ends_at.dateTime().toSecsSinceEpoch()) if self.ends.isChecked() else None,
            urgent=self.urgent.isChecked(),
            cap_texts=texts,
            cap_days=days,
            promise_reason=self.reason.text().strip() if self.promise.currentData() else "",
            rule=replace(self.rule.rule(), deadline=str(self.deadline.currentData() or "")),
        )

    def _look(self) -> None:
        self.starts_at.setEnabled(self.starts.isChecked())
        self.ends_at.setEnabled(self.ends.isChecked())
        own = self.cap.currentData() is None
        for widget in (self.cap_texts, self._in, self.cap_days):
            widget.setVisible(own)
        self.reason.setVisible(bool(self.promise.currentData()))
        plan = self.schedule()
        problem = self._problem(plan)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        said = occasions.words(plan.rule, self.rule.source_name()) if not problem else ""
        self.said.setText(one_line(said, 300))
        self.said.setVisible(bool(said))
        self.ok_button.setEnabled(not problem)

    def _problem(self, plan: Schedule) -> str:
        if plan.starts_at is not None and plan.ends_at is not None and plan.ends_at <= plan.starts_at:
            return "The end lies before the start. Set a later end."
        if plan.ends_at is not None and plan.ends_at <= self._now:
            return "The end has passed already. Set a later end."
        if self.promise.currentData() and len(plan.promise_reason) < LEAST_REASON:
            return "Say why people get more texts than they were promised."
        return plan.rule.problem()

    def _accept(self) -> None:
        if self.ok_button.isEnabled():
            self.accept()


def _cap(plan: Schedule) -> tuple[int, int]:
    return (plan.cap_texts, plan.cap_days) if plan.cap_texts else (0, 0)


def _combo(parent: QWidget, name: str, items: Sequence[tuple[str, object]]) -> QComboBox:
    combo = QComboBox(parent)
    combo.setAccessibleName(name)
    combo.setMinimumHeight(theme.em(parent, 1.8))
    for words, value in items:
        combo.addItem(one_line(words, 60), value)
    return combo
