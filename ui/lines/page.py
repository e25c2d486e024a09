"""The lines: each modem's state in plain words, the one action that helps, and the console beside."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.workspace import Workspace
from ui import background, theme
from ui.bridge import Bridge
from ui.lines.acts import Acts
from ui.lines.card import LineCard
from ui.lines.console import ConsolePanel
from ui.lines.dayview import DayPanel
from ui.operators.guard import allowed
from ui.widgets import ChipButton, EmptyState, KeyButton, Notice, PageHeader, clear_layout, row, scrolled

if TYPE_CHECKING:
    from app.texting.history import HistoryRow
    from app.texting.lines import LineManager
    from app.texting.views import LineView
    from ui.pages import Navigate

#: The last day is read again so often while the page is in view.
DAY_EVERY_MS = 30_000
#: Below this width, in lines of text, cards and console do not stand side by side.
WIDE_EM = 58
#: And below this one, as with large text, buttons say less.
COMPACT_EM = 40
_ADDING = (
    ("Find modems", "Find"),
    ("Add by address…", "Address…"),
    ("Add Android phone…", "Phone…"),
    ("Add emulated line", "Emulated"),
)
_TABS = (("cards", "Lines"), ("console", "Console"), ("day", "Last 24 hours"))


class LinesPage(QWidget):
    """The page."""

    def __init__(
        self,
        workspace: Workspace,
        lines: LineManager,
        bridge: Bridge,
        navigate: Navigate,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._lines = lines
        self._navigate = navigate
        self._cards: dict[int, LineCard] = {}
        self._days: dict[int, tuple[HistoryRow, ...]] = {}
        self._days_at = 0.0
        self._here: int | None = None
        self._tab = "console"
        self._wide = True
        self._reader = background.Refresher(self, lambda _job: self._lines.views(), self._show)
        self._day_reader = background.Refresher(self, lambda _job: self._read_days(), self._show_days)
        self.acts = Acts(self, workspace, lines, self._say, self._reader.again)
        self._build()
        self._day_timer = QTimer(self)
        self._day_timer.setInterval(DAY_EVERY_MS)
        self._day_timer.timeout.connect(lambda: self._day_reader.again() if self.isVisible() else None)
        self._day_timer.start()
        bridge.line_changed.connect(lambda _event: self._reader.again() if self.isVisible() else None)
        bridge.message_changed.connect(lambda _event: self._reader.again() if self.isVisible() else None)

    def title(self) -> str:
        """The window's title."""
        return "Lines"

    def refresh(self) -> None:
        """The page came into view."""
        self._reader.again()
        self._day_reader.again()

    # -- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._build_header())
        space = theme.em(self, 1.1)
        inner = QVBoxLayout()
        inner.setContentsMargins(space, space, space, space)
        inner.setSpacing(theme.em(self, 0.7))
        self.notice = Notice("", "warn", "Close", self)
        self.notice.acted.connect(lambda: self.notice.say(""))
        self.notice.say("")
        inner.addWidget(self.notice)
        inner.addWidget(self._build_tabs())
        inner.addLayout(self._build_body(), 1)
        whole.addLayout(inner, 1)
        self._arrange()

    def _build_header(self) -> PageHeader:
        header = PageHeader("Lines", "Modems and phones that this computer texts from", self)
        self.find_button, self.port_button, self.phone_button, self.practice_button = (
            KeyButton(words, parent=header) for words, _short in _ADDING
        )
        for button, act in zip(
            (self.find_button, self.port_button, self.phone_button, self.practice_button),
            (self.acts.find, self.acts.add_port, self.acts.add_phone, self.acts.add_practice),
            strict=True,
        ):
            button.clicked.connect(lambda _checked=False, act=act: act())
            header.buttons.addWidget(button)
        return header

    def _build_tabs(self) -> QWidget:
        self._tab_strip = QWidget(self)
        self.tabs = {name: ChipButton(words, parent=self._tab_strip, checkable=True) for name, words in _TABS}
        for name, button in self.tabs.items():
            button.clicked.connect(lambda _checked=False, name=name: self.show_tab(name))
        self._tab_strip.setLayout(row(*self.tabs.values()))
        return self._tab_strip

    def _build_body(self) -> QHBoxLayout:
        self._column = QVBoxLayout()
        self._column.setSpacing(theme.em(self, 0.9))
        self._area = scrolled(self._fill, self)
        self.console = ConsolePanel(self._lines, self)
        self.console.allowed = partial(allowed, self, self._workspace, "lines")
        self.day = DayPanel(self)
        self._side = QStackedWidget(self)
        self._side.addWidget(self.console)
        self._side.addWidget(self.day)
        body = QHBoxLayout()
        body.setSpacing(theme.em(self, 1.1))
        body.addWidget(self._area, 2)
        body.addWidget(self._side, 3)
        return body

    def _fill(self, layout: QVBoxLayout) -> None:
        self.empty = EmptyState(
            "No line yet",
            "A line is a modem or phone with its SIM. Plug one in and press Find modems, or try everything "
            "with the emulated line first: it sends to nobody.",
            "Add emulated line",
            icon="cable",
        )
        self.empty.acted.connect(self.acts.add_practice)
        self.empty.hide()
        layout.addWidget(self.empty)
        layout.addLayout(self._column)
        layout.addStretch(1)

    # -- what stands where --------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._say_less(self.width() < theme.em(self, COMPACT_EM))
        wide = self.width() >= theme.em(self, WIDE_EM)
        if wide != self._wide:
            self._wide = wide
            self._tab = "cards" if not wide else "console"
            self._arrange()

    def _say_less(self, compact: bool) -> None:
        buttons = (self.find_button, self.port_button, self.phone_button, self.practice_button)
        for button, (words, short) in zip(buttons, _ADDING, strict=True):
            button.set_text(short if compact else words)
            button.setAccessibleName(words)
        self.console.set_compact(compact)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._arrange()

    def show_tab(self, name: str) -> None:
        """Show the cards, the console or the last day; where there is room the cards stay beside it."""
        self._tab = name
        self._arrange()
        if name == "day":
            self._show_day()
            self._day_reader.again()

    def _arrange(self) -> None:
        cards, side = self._tab == "cards" or self._wide, self._tab != "cards" or self._wide
        self._area.setVisible(cards)
        self._side.setVisible(side and bool(self._cards))
        self._side.setCurrentWidget(self.day if self._tab == "day" else self.console)
        self.tabs["cards"].setVisible(not self._wide)
        self._tab_strip.setVisible(bool(self._cards))
        for name, button in self.tabs.items():
            shown = self._tab if self._tab != "cards" or not self._wide else "console"
            button.setChecked(name == shown)

    # -- showing ------------------------------------------------------------------------------

    def _say(self, text: str, tone: str) -> None:
        self.notice.say(text, tone, "Close" if text else "")

    def _show(self, views: tuple[LineView, ...]) -> None:
        """Show the lines; a card that stays keeps its widgets, and so the focus."""
        if [view.id for view in views] != list(self._cards):
            self._make_cards(views)
        for view in views:
            self._cards[view.id].show_view(view)
        self.empty.setVisible(not views)
        self.practice_button.setVisible(not any(view.practice for view in views))
        if self._here not in self._cards:
            self._here = next(iter(self._cards), None)
        self._show_here()

    def _make_cards(self, views: tuple[LineView, ...]) -> None:
        clear_layout(self._column)
        self._cards = {}
        for view in views:
            card = LineCard(view, self)
            card.asked.connect(self._asked)
            card.chosen.connect(self.choose)
            card.show_history(self._days.get(view.id, ()), self._days_at or time.time())
            self._cards[view.id] = card
            self._column.addWidget(card)
        self._arrange()
        self._day_reader.again()

    def choose(self, line_id: int) -> None:
        """Let console and last day follow this line."""
        if line_id in self._cards and line_id != self._here:
            self._here = line_id
            self._show_here()

    def _show_here(self) -> None:
        card = self._cards.get(self._here) if self._here is not None else None
        for key, each in self._cards.items():
            each.set_here(key == self._here and len(self._cards) > 1)
        self.console.show_line(card.view if card is not None else None)
        if self._tab == "day":
            self._show_day()

    def _read_days(self) -> tuple[float, dict[int, tuple[HistoryRow, ...]]]:
        now = self._workspace.clock.now()
        return now, {key: self._lines.history(key) for key in tuple(self._cards)}

    def _show_days(self, result: tuple[float, dict[int, tuple[HistoryRow, ...]]]) -> None:
        self._days_at, self._days = result
        for key, card in self._cards.items():
            card.show_history(self._days.get(key, ()), self._days_at)
        if self._tab == "day":
            self._show_day()

    def _show_day(self) -> None:
        card = self._cards.get(self._here) if self._here is not None else None
        if card is not None:
            self.day.show_day(card.view.name, self._days.get(card.view.id, ()), self._days_at)

    # -- what a person does -------------------------------------------------------------------

    def _asked(self, what: str, line_id: int) -> None:
        card = self._cards.get(line_id)
        if card is None:
            return
        if what == "day":
            self.show_tab("day")
            self.tabs["day"].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.acts.act(what, card.view)
