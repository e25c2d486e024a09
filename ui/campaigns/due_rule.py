"""The fields of a rule for what is due: a date of the person, so many days before or after it, at a time."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTime, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QSpinBox, QTimeEdit, QVBoxLayout, QWidget

from app.campaigns import occasions
from app.campaigns.occasions import Rule
from ui import theme
from ui.widgets import PlainLabel, one_line

_KINDS = (
    ("Everyone at once, when it starts", occasions.EVERYONE),
    ("By a date of theirs", occasions.DATE),
    ("On their birthday", occasions.BIRTHDAY),
    ("After they joined", occasions.JOINED),
    ("When they have not answered", occasions.SILENCE),
)
_STALE = (
    ("leaves at the end of that day", 0), ("leaves 1 hour later", 1), ("leaves 2 hours later", 2),
    ("leaves 4 hours later", 4), ("leaves 8 hours later", 8), ("leaves 24 hours later", 24),
    ("leaves 48 hours later", 48), ("leaves a week later", 168),
)  # fmt: skip


class RuleFields(QWidget):
    """Two lines of fields; only those that the kind asks for are shown."""

    changed = Signal()

    def __init__(
        self, rule: Rule, fields: Sequence[str], sources: Sequence[tuple[int, str]], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.kind = self._combo("What makes a text due", _KINDS, rule.kind)
        self.days = QSpinBox(self)
        self.days.setRange(0, occasions.MOST_DAYS)
        self.days.setValue(abs(rule.days))
        self.days.setMinimumHeight(theme.em(self, 1.8))
        self.days.setAccessibleName("Days")
        self.side = self._combo("Before or after", (("before", -1), ("after", 1)), -1 if rule.days < 0 else 1)
        self.field = self._combo(
            "Field with the date", [(f"{{{name}}}", name) for name in fields], rule.field
        )
        self.since = self._combo(
            "Counted from", (("their consent", "consent"), ("being added", "added")), rule.since
        )
        self.source = self._combo(
            "Campaign without an answer", [(one_line(name, 40), key) for key, name in sources], rule.source
        )
        self.at = QTimeEdit(QTime(rule.at // 60, rule.at % 60), self)
        self.at.setDisplayFormat("HH:mm")
        self.at.setMinimumHeight(theme.em(self, 1.8))
        self.at.setAccessibleName("Time of day where they live")
        self.stale = self._combo("When it is too late", _STALE, rule.stale_hours)
        if self.stale.currentData() != rule.stale_hours:
            self.stale.addItem(f"leaves {rule.stale_hours} hours later", rule.stale_hours)
            self.stale.setCurrentIndex(self.stale.count() - 1)
        leaps = tuple((f"29 February is {day} in other years", day) for day in occasions.LEAP)
        self.leap = self._combo("Birthdays on 29 February", leaps, rule.leap)
        self._of, self._at = PlainLabel("after", self), PlainLabel("at", self)
        self._lines()
        self._wire()
        self._show()

    def _combo(self, name: str, items: Sequence[tuple[str, object]], chosen: object) -> QComboBox:
        combo = QComboBox(self)
        combo.setAccessibleName(name)
        combo.setMinimumHeight(theme.em(self, 1.8))
        for words, value in items:
            combo.addItem(words, value)
        combo.setCurrentIndex(max(0, combo.findData(chosen)))
        return combo

    def _lines(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.35))
        layout.addWidget(self.kind)
        self._what, self._when = QWidget(self), QWidget(self)
        for box, widgets in (
            (self._what, (self.days, self.side, self._of, self.field, self.since, self.source)),
            (self._when, (self._at, self.at, self.stale, self.leap)),
        ):
            inside = QHBoxLayout(box)
            inside.setContentsMargins(0, 0, 0, 0)
            for widget in widgets:
                widget.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
                inside.addWidget(widget)
            inside.addStretch(1)
            layout.addWidget(box)

    def _wire(self) -> None:
        for combo in (self.kind, self.side, self.field, self.since, self.source, self.stale, self.leap):
            combo.currentIndexChanged.connect(self._show)
        self.days.valueChanged.connect(self._show)
        self.at.timeChanged.connect(self._show)

    def rule(self) -> Rule:
        """What was set, without a deadline."""
        kind = str(self.kind.currentData())
        if kind == occasions.EVERYONE:
            return Rule()
        dated = kind in (occasions.DATE, occasions.BIRTHDAY)
        sign = int(self.side.currentData()) if dated else 1
        return Rule(
            kind=kind,
            field=str(self.field.currentData() or "") if dated else "",
            days=sign * self.days.value(),
            at=self.at.time().hour() * 60 + self.at.time().minute(),
            stale_hours=int(self.stale.currentData()),
            leap=str(self.leap.currentData()) if kind == occasions.BIRTHDAY else occasions.LEAP[0],
            since=str(self.since.currentData()) if kind == occasions.JOINED else occasions.SINCE[0],
            source=int(self.source.currentData() or 0) if kind == occasions.SILENCE else 0,
        )

    def source_name(self) -> str:
        """The name of the campaign that a follow-up is to."""
        return self.source.currentText()

    def _show(self) -> None:
        kind = self.kind.currentData()
        waits, dated = kind != occasions.EVERYONE, kind in (occasions.DATE, occasions.BIRTHDAY)
        self.days.setSuffix(" day" if self.days.value() == 1 else " days")
        self._what.setVisible(waits)
        self._when.setVisible(waits)
        self.side.setVisible(dated)
        self.field.setVisible(dated)
        self._of.setVisible(not dated)
        self.since.setVisible(kind == occasions.JOINED)
        self.source.setVisible(kind == occasions.SILENCE)
        self.leap.setVisible(kind == occasions.BIRTHDAY)
        self.changed.emit()
