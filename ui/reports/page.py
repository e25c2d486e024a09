"""The Reports page: the figures of a period, read off the window's thread, copied or exported as shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.campaigns.local import here
from app.reports import figures, figures_out
from app.reports.figures import PERIODS, Asked, Figures
from app.store.stopping import Stopped
from app.workspace import Workspace
from ui import background, dialogs, theme, wording
from ui.bridge import Bridge
from ui.operators.guard import allowed
from ui.reports import parts
from ui.widgets import (
    ChipButton,
    EmptyState,
    ErrorPanel,
    KeyButton,
    Notice,
    PageHeader,
    Panel,
    PlainLabel,
    one_line,
    repolish,
    row,
    scrolled,
)

SENTENCE = "What was sent, who answered, how soon, when and at what cost."
#: Reading that takes longer shows how far it is.
PATIENCE_MS = 500
_ALL = "All campaigns"


class ReportsPage(QWidget):
    """See the module."""

    def __init__(
        self, workspace: Workspace, lines: object, bridge: Bridge, navigate: Callable[..., None]
    ) -> None:
        super().__init__()
        self.workspace, self._navigate = workspace, navigate
        self.asked = Asked()
        self.found: Figures | None = None
        self._job: background.Job | None = None
        self._stale = True
        self._campaigns: tuple[tuple[int, str], ...] = ()
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(lambda: self.waiting.show())
        self._build()
        bridge.changed.connect(lambda _events: self._mark_stale())

    # -- looks ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.header = PageHeader("Reports", SENTENCE, self)
        self.again_button = KeyButton("Read again", "F5", self)
        self.copy_button = KeyButton("Copy as text", "Ctrl+Shift+C", self)
        self.export_button = KeyButton("Export…", "Ctrl+E", self)
        for button, act in (
            (self.again_button, self.read),
            (self.copy_button, self.copy),
            (self.export_button, self.ask_export),
        ):
            self.header.buttons.addWidget(button)
            button.clicked.connect(lambda _checked=False, act=act: act())
            QShortcut(QKeySequence(button.accessibleDescription()[5:]), self).activated.connect(button.click)
        self.notice = Notice("", "good", "Close", self)
        self.notice.acted.connect(self.notice.hide)
        self.error = ErrorPanel(action="Close", parent=self)
        self.error.acted.connect(self.error.hide)
        self.error.hide()
        self._build_waiting()
        self._build_body()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self.header, self.error, self.notice):
            layout.addWidget(widget)
        layout.addLayout(self._choices())
        layout.addWidget(self.waiting)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.area, 1)
        self.empty.hide()
        self.area.hide()
        self.setFocusProxy(self.periods[self.asked.days])

    def _choices(self) -> QHBoxLayout:
        self.periods: dict[int, KeyButton] = {}
        for key, (days, words) in enumerate(PERIODS, 1):
            button = KeyButton(words, str(key), self)
            button.clicked.connect(lambda _checked=False, days=days: self.choose_period(days))
            shortcut = QShortcut(QKeySequence(str(key)), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(button.click)
            self.periods[days] = button
        self.campaign_box = QComboBox(self)
        self.campaign_box.setAccessibleName("Campaign")
        self.campaign_box.addItem(_ALL, None)
        self.campaign_box.setMinimumWidth(theme.em(self, 6))
        self.campaign_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.campaign_box.activated.connect(lambda _index: self._choose_campaign())
        self.numbers_chip = ChipButton("Show numbers", parent=self, checkable=True)
        self.numbers_chip.toggled.connect(lambda _on: self._show_people())
        line = row(*self.periods.values(), self.campaign_box, self.numbers_chip, stretch=len(PERIODS))
        side = theme.em(self, 1)
        line.setContentsMargins(side, theme.em(self, 0.6), side, theme.em(self, 0.6))
        line.setSpacing(theme.em(self, 0.5))
        self._say_period()
        return line

    def _build_waiting(self) -> None:
        self.waiting = QWidget(self)
        self.bar = QProgressBar(self.waiting)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Counting")
        self.stop_button = KeyButton("Stop", "Ctrl+.", self.waiting)
        self.stop_button.clicked.connect(self.stop)
        QShortcut(QKeySequence("Ctrl+."), self).activated.connect(self.stop)
        line = row(PlainLabel("Counting…", self.waiting, quiet=True), self.bar, self.stop_button, stretch=1)
        line.setContentsMargins(theme.em(self, 1), 0, theme.em(self, 1), theme.em(self, 0.6))
        self.waiting.setLayout(line)
        self.waiting.hide()

    def _build_body(self) -> None:
        self.empty = EmptyState("", "", "", icon="chart-column")
        self.empty.acted.connect(lambda: self.choose_period(0))
        self.cards: dict[str, parts.FigureCard] = {}
        self.hours, self.days = parts.HoursPanel(), parts.DaysPanel()
        self.reasons = parts.RowsPanel("Why texts were not sent")
        self.lines = parts.RowsPanel("Segments and cost by line")
        self.wordings = parts.RowsPanel("By wording of the campaign")
        self.people = parts.PeoplePanel(lambda key: self._navigate("inbox", conversation_id=key))
        self.rules = Panel(margin=0.9)
        self.rules.body.addWidget(PlainLabel("How it is counted", self.rules, bold=True))
        for rule in figures.RULES:
            self.rules.body.addWidget(PlainLabel(rule, self.rules, quiet=True, wrap=True))
        self.practice = PlainLabel("", self.rules, quiet=True, wrap=True)
        self.rules.body.addWidget(self.practice)
        self.area: QScrollArea = scrolled(self._fill, self)
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.area.setAccessibleName("Figures")

    def _fill(self, layout: QVBoxLayout) -> None:
        side = theme.em(self, 1)
        layout.setContentsMargins(side, 0, side, side)
        layout.setSpacing(side)
        self.drops = [Notice("", "warn") for _ in range(5)]
        for notice in self.drops:
            layout.addWidget(notice)
        self._grid = QGridLayout()
        self._grid.setSpacing(side)
        layout.addLayout(self._grid)
        layout.addWidget(self.hours)
        layout.addWidget(self.days)
        self._lower = QGridLayout()
        self._lower.setSpacing(side)
        for place, panel in enumerate((self.lines, self.reasons)):
            self._lower.addWidget(panel, 0, place)
            self._lower.setColumnStretch(place, 1)
        self._lower.addWidget(self.wordings, 1, 0, 1, 2)
        self._lower.addWidget(self.people, 2, 0, 1, 2)
        layout.addLayout(self._lower)
        layout.addWidget(self.rules)
        layout.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_cards()

    def _lay_cards(self) -> None:
        """As many cards beside each other as there is room for."""
        columns = max(2, min(4, self.width() // theme.em(self, 14)))
        for place, card in enumerate(self.cards.values()):
            self._grid.addWidget(card, place // columns, place % columns)
        for column in range(4):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    # -- the page -------------------------------------------------------------------------------

    def title(self) -> str:
        """The window's title."""
        return "Reports"

    def refresh(self) -> None:
        """Read where something happened since; what is shown stays until then."""
        if self.isVisible() and self._stale and self._job is None:
            self.read()

    def _mark_stale(self) -> None:
        self._stale = True

    def choose_period(self, days: int) -> None:
        """Read another period."""
        self.asked = Asked(days, self.asked.campaign_id)
        self._say_period()
        self.setFocusProxy(self.periods[days])
        if any(button.hasFocus() for button in self.periods.values()):
            self.periods[days].setFocus()
        self.read()

    def _choose_campaign(self) -> None:
        self.asked = Asked(self.asked.days, self.campaign_box.currentData())
        self.read()

    def _say_period(self) -> None:
        for days, words in PERIODS:
            button, chosen = self.periods[days], days == self.asked.days
            button.set_text(f"✓ {words}" if chosen else words)
            button.setProperty("primary", chosen)
            repolish(button)

    # -- reading --------------------------------------------------------------------------------

    def read(self) -> None:
        """Count anew; what was being counted is given up."""
        if self._job is not None:
            self._job.cancel()
        workspace, asked = self.workspace, self.asked
        self._stale = False

        def work(job: background.Job) -> tuple[Figures, tuple[tuple[int, str], ...]]:
            found = figures.read(
                workspace.store, workspace.clock, asked, progress=job.progress, stopped=job.is_cancelled
            )
            return found, figures.campaigns(workspace.store)

        self.bar.setRange(0, 0)
        self._patience.start()
        self._job = job = background.run(
            self,
            work,
            lambda result: self._arrived(job, *result),
            lambda error: self._broke(job, error),
            self._progress,
        )

    def stop(self) -> None:
        """Give up the counting that is under way."""
        if self._job is not None:
            self._job.cancel()

    def _progress(self, done: int, total: int) -> None:
        if self._job is not None and not self._job.cancelled:
            self.bar.setRange(0, total)
            self.bar.setValue(done)

    def _ended(self, job: background.Job) -> bool:
        """Whether ``job`` is the one that was waited for."""
        if job is not self._job:
            return False
        self._job = None
        self._patience.stop()
        self.waiting.hide()
        return True

    def _broke(self, job: background.Job, error: Exception) -> None:
        if not self._ended(job):
            return
        self._stale = True
        if isinstance(error, Stopped):
            kept = "What is shown is as it was before." if self.found is not None else ""
            self.notice.say(f"Stopped. {kept}".strip(), "warn", "Close")
        elif isinstance(error, LookupError):
            self.campaign_box.setCurrentIndex(0)
            self.asked = Asked(self.asked.days, None)
            self.error.show_error(str(error), "All campaigns are shown instead.", action="Close")
            self.read()
        else:
            self.failed(error)

    def failed(self, error: Exception) -> None:
        """Say what went wrong."""
        self.error.show_error(wording.sentence(error), action="Close")

    def _arrived(self, job: background.Job, found: Figures, campaigns: tuple[tuple[int, str], ...]) -> None:
        if not self._ended(job):
            return
        self.error.hide()
        self._show_campaigns(campaigns)
        self.show_figures(found)

    def _show_campaigns(self, campaigns: tuple[tuple[int, str], ...]) -> None:
        if campaigns == self._campaigns:
            return
        self._campaigns = campaigns
        self.campaign_box.clear()
        self.campaign_box.addItem(_ALL, None)
        for key, name in campaigns:
            self.campaign_box.addItem(one_line(name, 60), key)
        self.campaign_box.setCurrentIndex(max(0, self.campaign_box.findData(self.asked.campaign_id)))

    def show_figures(self, found: Figures) -> None:
        """Show what was counted."""
        self.found = found
        words = one_line(figures_out.period_words(found), 120)
        self.header.set_words("Reports", f"{words} · read at {here(found.at):%H:%M} ({found.zone})")
        self.area.setVisible(not found.empty)
        self.empty.setVisible(found.empty)
        if found.empty:
            self._say_empty(found)
        for place, notice in enumerate(self.drops):
            told = figures_out.drop_words(found.drops[place], found) if place < len(found.drops) else ""
            notice.say(told, "warn")
        for title, said in parts.card_words(found).items():
            if title not in self.cards:
                self.cards[title] = parts.FigureCard(title)
            self.cards[title].say(*said)
        self._lay_cards()
        self.hours.show_figures(found)
        self.days.show_figures(found)
        self.lines.show_rows(("Line", "Texts", "Segments", "Cost"), parts.cost_rows(found))
        self.reasons.show_rows(("Reason", "Texts"), parts.reason_rows(found))
        heads = ("Text", "People", "Delivered", "Answered", "Opted out")
        self.wordings.show_rows(heads, parts.wording_rows(found))
        count = wording.count(found.practice, "text")
        self.practice.setText(f"Here: {count} on a practice line left out." if found.practice else "")
        self.practice.setVisible(bool(found.practice))
        self._show_people()

    def _show_people(self) -> None:
        if self.found is not None:
            self.people.show_people(self.found.top, shown=self.numbers_chip.isChecked())

    def _say_empty(self, found: Figures) -> None:
        practised = (
            f" {wording.count(found.practice, 'text')} left on a practice line." if found.practice else ""
        )
        if found.asked.days:
            self.empty.show_words(
                "No texts in this period",
                f"Choose a longer one, or another campaign.{practised}",
                "All time",
            )
        else:
            self.empty.show_words(
                "No texts yet",
                "When texts are sent and received, this page says who answers, how soon and at what "
                f"hours.{practised}",
            )

    # -- taking it along --------------------------------------------------------------------------

    def copy(self) -> None:
        """Put the figures into the clipboard as text, with numbers as they are shown."""
        shown = self.numbers_chip.isChecked()
        if self.found is None or (shown and not allowed(self, self.workspace, "export", self.copy)):
            return
        QGuiApplication.clipboard().setText(figures_out.text(self.found, mask=not shown))
        self.notice.say("The figures are in the clipboard.", "good", "Close")

    def ask_export(self) -> None:
        """Ask where to; a manager's."""
        if self.found is None or not allowed(self, self.workspace, "export", self.ask_export):
            return
        path = dialogs.save_file(self, "Export figures", "figures.csv", "CSV (*.csv);;JSON (*.json)")
        if path is not None:
            self.write(path)

    def write(self, path: Path) -> None:
        """Write the figures that are shown, with numbers as they are shown."""
        found, shown = self.found, self.numbers_chip.isChecked()
        if found is None:
            return
        kind = "json" if path.suffix.lower() == ".json" else "csv"

        def done(count: int) -> None:
            self.notice.say(f"{wording.count(count, 'row')} written to {path.name}.", "good", "Close")

        background.run(
            self, lambda _job: figures_out.write(found, path, kind, mask=not shown), done, self.failed
        )
