"""The desk's header: the campaign, its counts, how far it is, Pause."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QProgressBar, QVBoxLayout, QWidget

from ui import theme
from ui.desk.reading import News, duration
from ui.widgets import KeyButton, PageHeader, PlainLabel, isolated


class DeskHeader(PageHeader):
    """``pause()`` asks for pause or resume, ``switched(campaign_id)`` for another campaign."""

    pause = Signal()
    switched = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Desk", "", parent)
        self._news = News()
        self._wide = True
        holder = QWidget(self)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.em(self, 0.3))
        self.pace = PlainLabel("", holder, quiet=True)
        self.pace.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.bar = QProgressBar(holder)
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName("Progress of the campaign")
        column.addStretch(1)
        column.addWidget(self.pace)
        column.addWidget(self.bar)
        column.addStretch(1)
        self._progress = holder
        self.other = KeyButton("Other campaign", parent=self)
        self.other.clicked.connect(self._offer)
        self.pause_button = KeyButton("Pause", "Ctrl+P", self)
        self.pause_button.clicked.connect(self.pause)
        for button in (self.other, self.pause_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.buttons.addWidget(holder)
        self.buttons.addWidget(self.other)
        self.buttons.addWidget(self.pause_button)

    def set_room(self, wide: bool) -> None:
        """A narrow window has a shorter bar."""
        self._progress.setFixedWidth(theme.em(self, 20 if wide else 11))
        if wide != self._wide:
            self._wide = wide
            self.show_news(self._news)

    def set_tight(self, tight: bool) -> None:
        """A low window has one line of words."""
        self.subtitle.setVisible(not tight)
        self.setMinimumHeight(theme.em(self, 2.2 if tight else 4.2))
        layout = self.layout()
        if layout is not None:
            margins = layout.contentsMargins()
            margins.setTop(theme.em(self, 0.2 if tight else 0.7))
            margins.setBottom(margins.top())
            layout.setContentsMargins(margins)

    def show_news(self, news: News) -> None:
        """Show the counts of ``news``."""
        self._news = news
        here = news.campaign
        open_ones = [each for each in news.campaigns if each.state in ("running", "paused")]
        self.other.setVisible(len(open_ones) > 1)
        running = here is not None and here.state in ("running", "paused")
        self._progress.setVisible(running)
        self.pause_button.setVisible(running)
        if here is None:
            self.set_words("Desk", "One card, one press, one text")
            return
        counts = (
            (news.due_now, "due now", False),
            (here.sent, "sent", True),
            (here.clicked, "waiting", False),
            (here.queued, "to go", True),
            (here.replies, "reply" if here.replies == 1 else "replies", True),
            (here.opted_out, "opted out", True),
            (here.failed, "not sent", False),
            (here.unknown, "unknown", False),
        )
        words = [f"{count:,} {what}" for count, what, always in counts if count or always]
        urgent = "Urgent: " if any(each.id == here.id for each in news.urgent) else ""
        self.set_words(urgent + isolated(here.name, 120), " · ".join(words))
        over = here.people - here.queued - here.clicked
        share = over / here.people if here.people else 0.0
        self.bar.setValue(round(share * 1000))
        pace = f"{share:.0%}"
        if here.state == "paused":
            pace += " · paused"
        elif news.eta_seconds is not None and here.queued:
            pace += f" · {duration(news.eta_seconds)}" + (" at this pace" if self._wide else "")
        self.pace.setText(pace)
        self.pause_button.set_text("Resume" if here.state == "paused" else "Pause")

    def _offer(self) -> None:
        menu = QMenu(self)
        for each in self._news.campaigns:
            if each.state in ("running", "paused"):
                action = menu.addAction(isolated(each.name, 80).replace("&", "&&"))
                action.triggered.connect(lambda _checked=False, key=each.id: self.switched.emit(key))
        menu.exec(self.other.mapToGlobal(self.other.rect().bottomLeft()))
