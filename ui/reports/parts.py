"""The parts of the Reports page: cards with one figure each, panels with rows, and the two pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QGridLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.people import numbers
from app.reports import figures_out
from app.reports.exports import masked
from app.reports.figures import Day, Figures, Person, Share
from app.reports.figures_out import percent_words, share_words, span_words
from app.reports.figures_walk import Delays
from ui import theme, wording
from ui.reports.charts import Bars, HeatMap
from ui.widgets import ChipButton, ElidedLabel, KeyButton, Panel, PlainLabel, isolated, one_line, row

#: More bars than this are drawn as weeks, and more weeks as months.
MOST_DAYS, MOST_WEEKS = 95, 60
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_words(day: dt.date) -> str:
    """ "3 Nov 2026"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def bars_of(days: Sequence[Day]) -> list[tuple[str, int, int]]:
    """The days as bars: each a day, a week (named by its first day here) or a month."""
    if len(days) <= MOST_DAYS:
        return [(day_words(day.date), day.sent, day.received) for day in days]
    weekly = len(days) <= MOST_WEEKS * 7
    lead = len(days) % 7  # of weeks the first is short, not the newest
    sums: dict[str, list[int]] = {}
    for place, day in enumerate(days):
        first = days[max(0, place - (place - lead) % 7)].date
        name = f"Week from {day_words(first)}" if weekly else f"{_MONTHS[day.date.month - 1]} {day.date.year}"
        held = sums.setdefault(name, [0, 0])
        held[0] += day.sent
        held[1] += day.received
    return [(name, sent, received) for name, (sent, received) in sums.items()]


class FigureCard(Panel):
    """One figure, large, with what it is a part of under it."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0.8)
        self._title = title
        self.body.setSpacing(2)
        self.value = PlainLabel("", self, size="huge", bold=True)
        self.under = PlainLabel("", self, quiet=True, wrap=True)
        self.body.addWidget(PlainLabel(title, self, quiet=True))
        self.body.addWidget(self.value)
        self.body.addWidget(self.under)
        self.body.addStretch(1)

    def say(self, value: str, under: str) -> None:
        """Show another figure."""
        self.value.setText(value)
        self.under.setText(under.replace(" %", "\u00a0%"))  # no line begins with the sign
        self.setAccessibleName(f"{self._title}: {value}. {under}")


class RowsPanel(Panel):
    """A title and rows of words and figures; hidden while it has none."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0.9)
        self.body.addWidget(PlainLabel(title, self, bold=True))
        self._holder = QWidget(self)
        self.body.addWidget(self._holder)
        self.body.addStretch(1)

    def fresh(self) -> QGridLayout:
        """An empty grid for new rows."""
        old, self._holder = self._holder, QWidget(self)
        self.body.replaceWidget(old, self._holder)
        old.hide()
        old.deleteLater()
        grid = QGridLayout(self._holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.em(self, 1))
        grid.setVerticalSpacing(theme.em(self, 0.25))
        grid.setColumnStretch(0, 1)
        return grid

    def show_rows(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show rows of words; the first column takes the room that is left."""
        grid = self.fresh()
        for column, head in enumerate(heads):
            self._put(grid, 0, column, PlainLabel(head, self._holder, quiet=True))
        for place, cells in enumerate(rows, 1):
            for column, cell in enumerate(cells):
                label = PlainLabel(cell, self._holder) if column else ElidedLabel(cell, self._holder)
                self._put(grid, place, column, label)
        self._holder.show()  # with all that is in it; Qt would do so some time later
        self.setVisible(bool(rows))

    @staticmethod
    def _put(grid: QGridLayout, place: int, column: int, label: PlainLabel) -> None:
        if column:
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(label, place, column)


class PeoplePanel(RowsPanel):
    """Those one talks with most; a press opens the thread."""

    def __init__(self, open_thread: Callable[[int], None], parent: QWidget | None = None) -> None:
        super().__init__("People you talk with most", parent)
        self._open = open_thread
        self.buttons: list[KeyButton] = []

    def show_people(self, people: Sequence[Person], *, shown: bool) -> None:
        """Show them, their numbers whole where ``shown``."""
        grid = self.fresh()
        grid.setColumnStretch(0, 0)
        grid.setColumnStretch(4, 1)
        for column, head in enumerate(("Name", "Number", "Sent", "Received")):
            self._put(grid, 0, column, PlainLabel(head, self._holder, quiet=True))
        self.buttons = []
        for place, person in enumerate(people, 1):
            number = numbers.display(person.number) if shown else masked(person.number)
            button = KeyButton(one_line(person.name, 40) or "No name", parent=self._holder, flat=True)
            button.setAccessibleDescription("Open the conversation")
            button.clicked.connect(lambda _checked=False, key=person.conversation_id: self._open(key))
            self.buttons.append(button)
            grid.addWidget(button, place, 0, Qt.AlignmentFlag.AlignLeft)
            for column, cell in enumerate(
                (isolated(number, 40), f"{person.sent:,}", f"{person.received:,}"), 1
            ):
                self._put(grid, place, column, PlainLabel(cell, self._holder))
        self._holder.show()
        self.setVisible(bool(people))


class FiguresTable(QTableWidget):
    """The same counts as a table, for the keyboard and for screen readers."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(theme.em(self, 14))

    def show_rows(self, heads: Sequence[str], rows: Sequence[tuple[str, int, int]]) -> None:
        """Show other rows."""
        self.setHorizontalHeaderLabels(list(heads))
        self.setRowCount(len(rows))
        for place, (name, sent, received) in enumerate(rows):
            for column, words in enumerate((name, f"{sent:,}", f"{received:,}")):
                item = QTableWidgetItem(words)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self.setItem(place, column, item)


class PicturePanel(Panel):
    """A title, a picture, the words of its chosen place, and the same as a table."""

    def __init__(self, title: str, chart: HeatMap | Bars, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0.9)
        self.chart = chart
        self.title = PlainLabel(title, self, bold=True)
        self.told = PlainLabel("", self, quiet=True)
        self.table_chip = ChipButton("As a table", parent=self, checkable=True)
        self.table = FiguresTable(f"{title}, as a table", self)
        self.table.hide()
        self.top = row(self.title)
        self.body.addLayout(self.top)
        self.body.addWidget(chart)
        self.body.addWidget(self.table)
        self.body.addLayout(row(self.told, self.table_chip, stretch=0))
        chart.told.connect(self.told.setText)
        self.table_chip.toggled.connect(self._toggle)

    def _toggle(self, on: bool) -> None:
        self.table.setVisible(on)
        self.chart.setVisible(not on)


class HoursPanel(PicturePanel):
    """When texts are sent and received, by weekday and hour."""

    WHICH = (("both", "Both"), ("sent", "Sent"), ("received", "Received"))

    def __init__(self, parent: QWidget | None = None) -> None:
        self.heat = HeatMap()
        super().__init__("Texts by weekday and hour", self.heat, parent)
        self._found: Figures | None = None
        self.chips: dict[str, ChipButton] = {}
        group = QButtonGroup(self)
        for which, words in self.WHICH:
            chip = ChipButton(words, parent=self, checkable=True)
            chip.setChecked(which == "both")
            chip.clicked.connect(lambda _checked=False, which=which: self._show(which))
            group.addButton(chip)
            self.chips[which] = chip
            self.top.addWidget(chip)

    def _show(self, which: str) -> None:
        if self._found is not None:
            self.heat.show_counts(self._found.heat_sent, self._found.heat_received, which)

    def show_figures(self, found: Figures) -> None:
        """Show other counts."""
        self._found = found
        self.heat.show_counts(found.heat_sent, found.heat_received, self.heat.which)
        rows = [
            (f"{figures_out.WEEKDAYS[day]} {hour:02d}:00", sent, received)
            for day in range(7)
            for hour in range(24)
            for sent, received in ((found.heat_sent[day][hour], found.heat_received[day][hour]),)
            if sent or received
        ]
        self.table.show_rows(("Weekday and hour", "Sent", "Received"), rows)


class DaysPanel(PicturePanel):
    """How many texts were sent and received over time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.bars = Bars()
        super().__init__("Texts over time: sent plain, received striped", self.bars, parent)

    def show_figures(self, found: Figures) -> None:
        """Show other counts."""
        bars = bars_of(found.days)
        self.bars.show_bars(bars)
        self.table.show_rows(("When", "Sent", "Received"), bars)


def card_words(found: Figures) -> dict[str, tuple[str, str]]:
    """What each card says: its figure, and what that is a part of."""

    def percent(share: Share) -> str:
        return percent_words(share) or "–"

    answered, gone = Share(found.answered, found.people), Share(found.opted_out, found.people)
    reached = Share(found.answered_delivered, found.people_delivered)
    gone_reached = Share(found.opted_out_delivered, found.people_delivered)
    delivered = Share(found.delivered, found.asked_report)
    received = wording.count(found.received, "text") + " received"
    if found.by_machines:
        received += f", {found.by_machines:,} of them written by machines"
    texted = wording.count(found.people_delivered, "of them was", "of them were")
    return {
        "People texted": (f"{found.people:,}", f"{texted} surely reached: a report says delivered."),
        "Answered": (
            percent(answered),
            share_words(answered, "people texted") + f"; {share_words(reached, 'surely reached')}.",
        ),
        "Opted out": (
            percent(gone),
            share_words(gone, "people texted") + f"; {share_words(gone_reached, 'surely reached')}.",
        ),
        "Texts sent": (f"{found.sent:,}", received + "."),
        "Delivered": (
            percent(delivered),
            share_words(delivered, "with a report asked for")
            + f"; {found.undelivered:,} reported as not delivered.",
        ),
        "Not sent": (
            f"{found.not_sent:,}",
            f"And {found.unknown:,} unknown: they may have left.",
        ),
        "Until they answered": (
            span_words(found.theirs.median),
            _of_delays(found.theirs),
        ),
        "Until we answered": (
            span_words(found.ours.median),
            _of_delays(found.ours),
        ),
    }


def _of_delays(found: Delays) -> str:
    if not found.count:
        return "No answer in this period."
    return f"Half of {wording.count(found.count, 'answer')}; 9 of 10 within {span_words(found.p90)}."


def cost_rows(found: Figures) -> list[tuple[str, str, str, str]]:
    """Line, texts, segments, cost; and their sum."""

    def money(cost: float | None) -> str:
        return "no price set" if cost is None else f"{cost:,.2f} {found.currency}".strip()

    rows = [(one_line(u.name, 40), f"{u.texts:,}", f"{u.segments:,}", money(u.cost)) for u in found.lines]
    priced = [line.cost for line in found.lines if line.cost is not None]
    if len(rows) > 1:
        texts, segments = sum(u.texts for u in found.lines), sum(u.segments for u in found.lines)
        words = money(sum(priced) if priced else None) + (
            " where a price is set" if priced and len(priced) < len(rows) else ""
        )
        rows.append(("All lines", f"{texts:,}", f"{segments:,}", words))
    return rows


def reason_rows(found: Figures) -> list[tuple[str, str]]:
    """Why texts were not sent, and how many."""
    return [
        (
            one_line(
                " ".join(w for w in (r.words or "no reason given", f"({r.code})" if r.code else "") if w)
            ),
            f"{r.count:,}",
        )
        for r in found.reasons
    ]


def wording_rows(found: Figures) -> list[tuple[str, str, str, str, str]]:
    """Each text of the campaign: people, delivered, answered, opted out."""

    def part(count: int, of: int) -> str:
        end = percent_words(Share(count, of))
        return f"{count:,}" + (f" ({end})" if end else "")

    return [
        (
            one_line(f"{w.label}" + (f", version {w.version}" if w.version > 1 else ""), 60),
            f"{w.people:,}",
            part(w.delivered, w.people),
            part(w.answered, w.people),
            part(w.opted_out, w.people),
        )
        for w in found.wordings
    ]
