"""When texts may leave, where the person lives, and from which lines. Looser hours need a typed reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTime, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from app.campaigns import hours
from app.campaigns.hours import Policy
from ui import theme
from ui.dialogs import LEAST_REASON
from ui.widgets import KeyButton, Panel, PlainLabel, one_line

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Span = tuple[int, int] | None
MIDNIGHT = 24 * 60


def clock(minute: int) -> str:
    """Minutes after midnight as "9:00"; 1440 is "24:00"."""
    return f"{minute // 60}:{minute % 60:02}"


def policy_words(policy: Policy) -> tuple[str, ...]:
    """ "Monday to Saturday 9:00 to 20:00", "Sunday 12:00 to 20:00": days alike stand together."""
    runs: list[tuple[int, int, Span]] = []
    for day, span in enumerate(policy.days):
        if runs and runs[-1][2] == span:
            runs[-1] = (runs[-1][0], day, span)
        else:
            runs.append((day, day, span))
    return tuple(_run_words(*run) for run in runs)


def _run_words(first: int, last: int, span: Span) -> str:
    days = DAYS[first] if first == last else f"{DAYS[first]} to {DAYS[last]}"
    if (first, last) == (0, 6):
        days = "Every day"
    if span is None:
        return f"{days}: not at all"
    return f"{days} {clock(span[0])} to {clock(span[1])}"


class HoursPanel(Panel):
    """The hours and the lines in words, and the way to change the hours."""

    change_asked = Signal()

    def __init__(self, parent: QWidget | None = None, *, bare: bool = False) -> None:
        """``bare``: a part of another panel, without a frame of its own."""
        super().__init__(parent, margin=0.0 if bare else 1.0)
        if bare:
            self.setObjectName("")
        self.body.addWidget(PlainLabel("When and from where", self, bold=True))
        self.words = PlainLabel("", self, quiet=True, wrap=True)
        self.body.addWidget(self.words)
        self.change_button = KeyButton("Change hours…", parent=self)
        self.body.addWidget(self.change_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch(1)
        self.change_button.clicked.connect(self.change_asked)

    def show_hours(self, policy: Policy, reason: str, lines: Sequence[str]) -> None:
        """Say when, why so, and from where."""
        words = [f"{line}, where they live" if not i else line for i, line in enumerate(policy_words(policy))]
        if reason:
            words.append(f"Looser than usual because: {one_line(reason)}")
        if lines:
            names = ", ".join(one_line(name) for name in lines)
            words.append(f"Lines: {names} — a person keeps their line")
        else:
            words.append("No line yet: add a modem on the Lines page before you send.")
        self.words.setText("\n".join(words))


class HoursDialog(QDialog):
    """Seven days with from and to. ``policy()`` and ``reason()`` after ``accepted``."""

    def __init__(self, policy: Policy, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Hours")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel("When may texts leave?", self, size="title", bold=True))
        words = "Counted where the person lives. Whoever's time zone is unknown waits until you set it."
        layout.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        grid = QGridLayout()
        self._rows = [self._row(grid, day, span) for day, span in enumerate(policy.days)]
        layout.addLayout(grid)
        self.warning = PlainLabel("", self, tone="warn", wrap=True)
        self.reason_edit = QLineEdit(self)
        self.reason_edit.setMaxLength(300)
        self.reason_edit.setAccessibleName("Why these hours")
        self.reason_edit.setPlaceholderText("Why these hours, for whoever reads the log later")
        layout.addWidget(self.warning)
        layout.addWidget(self.reason_edit)
        buttons = QHBoxLayout()
        self.usual_button = KeyButton("Usual hours", parent=self)
        self.cancel_button = KeyButton("Cancel", "Esc", self)
        self.ok_button = KeyButton("Use these hours", parent=self, primary=True)
        buttons.addWidget(self.usual_button)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.ok_button)
        layout.addLayout(buttons)
        self.usual_button.clicked.connect(self._usual)
        self.cancel_button.clicked.connect(self.reject)
        self.ok_button.clicked.connect(self.accept)
        self.reason_edit.textChanged.connect(self._look)
        self._look()

    def _row(self, grid: QGridLayout, day: int, span: Span) -> tuple[QCheckBox, QTimeEdit, QTimeEdit]:
        box = QCheckBox(DAYS[day], self)
        start, end = QTimeEdit(self), QTimeEdit(self)
        for edit, word in ((start, "from"), (end, "until")):
            edit.setDisplayFormat("HH:mm")
            edit.setAccessibleName(f"{DAYS[day]} {word}")
            edit.setMinimumHeight(theme.em(self, 1.7))
            edit.timeChanged.connect(self._look)
        box.toggled.connect(self._look)
        grid.addWidget(box, day, 0)
        grid.addWidget(start, day, 1)
        grid.addWidget(PlainLabel("to", self, quiet=True), day, 2)
        grid.addWidget(end, day, 3)
        self._fill((box, start, end), span)
        return box, start, end

    @staticmethod
    def _fill(row: tuple[QCheckBox, QTimeEdit, QTimeEdit], span: Span) -> None:
        box, start, end = row
        box.setChecked(span is not None)
        first, last = span or (9 * 60, 20 * 60)
        start.setTime(_time(first))
        end.setTime(_time(last))

    def _usual(self) -> None:
        for row, span in zip(self._rows, hours.Policy().days, strict=True):
            self._fill(row, span)

    def policy(self) -> Policy:
        """The hours as set; an end of 00:00 is midnight at the day's end."""
        return hours.Policy(days=tuple(_span(*row) for row in self._rows))

    def reason(self) -> str:
        """Why, "" where it need not be said."""
        return self.reason_edit.text().strip() if self._looser() else ""

    def _looser(self) -> bool:
        return self.policy().is_looser_than(hours.Policy())

    def _look(self) -> None:
        if not hasattr(self, "ok_button"):
            return
        for box, start, end in self._rows:
            start.setEnabled(box.isChecked())
            end.setEnabled(box.isChecked())
        wrong = [
            DAYS[day] for day, row in enumerate(self._rows) if row[0].isChecked() and _span(*row) is None
        ]
        looser = not wrong and self._looser()
        words = (
            "These hours are looser than the usual ones. Say why: it is kept in the log." if looser else ""
        )
        if wrong:
            words = f"{wrong[0]} ends when it begins."
        self.warning.setText(words)
        self.warning.setVisible(bool(words))
        self.reason_edit.setVisible(looser)
        self.ok_button.setEnabled(not wrong and (not looser or len(self.reason()) >= LEAST_REASON))


def _time(minute: int) -> QTime:
    return QTime(0, 0) if minute >= MIDNIGHT else QTime(minute // 60, minute % 60)


def _span(box: QCheckBox, start: QTimeEdit, end: QTimeEdit) -> Span:
    if not box.isChecked():
        return None
    first = start.time().hour() * 60 + start.time().minute()
    last = end.time().hour() * 60 + end.time().minute() or MIDNIGHT
    return (first, last) if first != last else None
