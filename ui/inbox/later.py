"""Put a conversation aside until a time, and say whose it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from app import undo
from app.conversations import later, threads
from app.conversations.opened import Opened
from app.conversations.threads import ThreadRow
from app.store.engine import Store
from app.undo import Undo
from ui import theme
from ui.inbox.labels import back_at
from ui.widgets import KeyButton, PlainLabel, one_line
from ui.widgets_flow import FlowLayout

if TYPE_CHECKING:
    from ui.inbox.page import InboxPage

#: So often (milliseconds) the list is read again, for those whose time has come and for the ages.
LOOK_MS = 20_000


class DigitMenu(QMenu):
    """A menu whose lines answer to the digit that stands before them."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def add(self, key: str, words: str, act: Callable[[], object]) -> None:
        """A line; no digit where ``key`` is ""."""
        shown = words.replace("&", "&&")
        action = self.addAction(f"{key}  {shown}" if key else shown)
        action.setData(key)
        action.triggered.connect(lambda _on=False: act())

    def event(self, event: QEvent) -> bool:
        """While the menu is open its keys are its own: the page's letters and digits wait."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        chosen = next((each for each in self.actions() if each.data() and each.data() == event.text()), None)
        if chosen is None or event.isAutoRepeat():
            super().keyPressEvent(event)
            return
        event.accept()
        chosen.trigger()
        self.close()


class LaterPanel(QWidget):
    """Who has the conversation, until when it is put aside, and the buttons for that and for groups."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = PlainLabel("", self, quiet=True, wrap=True)
        self.snooze_button = KeyButton("Snooze", "S", self, flat=True)
        self.give_button = KeyButton("Give", "G", self, flat=True)
        self.give_button.setAccessibleName("Give to somebody")
        self.link_button = KeyButton("Groups", "L", self, flat=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.2))
        layout.addWidget(self.words)
        holder = QWidget(self)
        #: The buttons beside each other; others of the open thread are put in here too.
        self.flow = FlowLayout(
            holder, gap=0
        )  # they have room around their words; so two fit where it is narrow
        for button in (self.snooze_button, self.give_button, self.link_button):
            self.flow.addWidget(button)
        layout.addWidget(holder)
        self.hide()

    def show_row(self, row: ThreadRow | None, now: float) -> None:
        """The state of a conversation; None for none."""
        self.setVisible(row is not None)
        for button in (self.snooze_button, self.give_button, self.link_button):
            button.setVisible(row is not None and row.kind == "number")
        if row is None:
            return
        said = []
        if row.snoozed_until is not None and row.snoozed_until > now:
            said.append(f"Put aside; back {back_at(row.snoozed_until, now)}")
        if row.assigned_to:
            said.append(f"Given to {one_line(row.assigned_to, 60)}")
        self.words.setText(". ".join(said))
        self.words.setVisible(bool(said))


class Later(QObject):
    """Snooze and giving away, of an inbox page."""

    def __init__(self, page: InboxPage) -> None:
        super().__init__(page)
        self._page = page
        self.menu: DigitMenu | None = None
        self.panel = LaterPanel(page.person)
        self.panel.snooze_button.clicked.connect(self.ask_when)
        self.panel.give_button.clicked.connect(self.ask_who)
        self.panel.flow.addWidget(page.sorting.panel.button)
        page.person.details.insertWidget(1, self.panel)
        timer = QTimer(self)
        timer.setInterval(LOOK_MS)
        timer.timeout.connect(self.look)
        timer.start()

    def look(self) -> None:
        """Read the list again: somebody's time may have come."""
        if self._page.isVisible():
            self._page.threads.refresh()

    def show_person(self, here: Opened | None) -> None:
        """The open conversation."""
        row = here.thread.row if here is not None else None
        self.panel.show_row(row, self._page.workspace.clock.now())

    # -- asking ---------------------------------------------------------------------------------

    def ask_when(self) -> None:
        """Offer the times."""
        row, now = self._row(), self._page.workspace.clock.now()
        if row is None:
            return
        menu = self._menu("Put aside until")
        for place, (words, at) in enumerate(later.choices(now), 1):
            menu.add(str(place), words, partial(self.snooze, row, at))
        if row.snoozed_until is not None and row.snoozed_until > now:
            menu.add("0", "Bring it back now", partial(self.snooze, row, None))
        self.popup(menu, self.panel.snooze_button)

    def ask_who(self) -> None:
        """Offer the people who work here."""
        row, workspace = self._row(), self._page.workspace
        if row is None:
            return
        others = [each.name for each in workspace.people if each.active and each.name != workspace.operator]
        menu = self._menu("Give to")
        for place, name in enumerate((workspace.operator, *others)):
            you = " (you)" if not place else ""
            menu.add(
                str(place + 1) if place < 9 else "", one_line(name, 60) + you, partial(self.give, row, name)
            )
        if row.assigned_to:
            menu.add("0", "Everybody", partial(self.give, row, ""))
        self.popup(menu, self.panel.give_button)

    def _row(self) -> ThreadRow | None:
        row = self._page.row
        return row if row is not None and row.kind == "number" and self._page.ready else None

    def _menu(self, name: str) -> DigitMenu:
        self.menu = DigitMenu(self._page, name)
        return self.menu

    def popup(self, menu: QMenu, button: QWidget) -> None:
        """Open a menu below its button, or at the top where that is hidden."""
        at = button if button.isVisible() else self._page.pane.head.done_button
        menu.popup(at.mapToGlobal(QPoint(0, at.height())))
        menu.setActiveAction(menu.actions()[0])

    # -- doing ----------------------------------------------------------------------------------

    def snooze(self, row: ThreadRow, until: float | None) -> None:
        """Put a conversation aside; it comes back by itself."""
        page, workspace = self._page, self._page.workspace
        who = one_line(row.name or row.number_display, 60)

        def back(store: Store) -> str:
            if row.waiting_since is None:
                threads.mark_done(store, row.id)
            else:
                threads.snooze(store, row.id, row.snoozed_until)
            return ""

        words = f"Put aside: {who}" if until is not None else f"Brought back: {who}"
        page.lane.run(
            lambda: threads.snooze(workspace.store, row.id, until),
            lambda _none: self._done(words, back),
            page.failed,
        )

    def give(self, row: ThreadRow, name: str) -> None:
        """Say whose a conversation is; "" for everybody's."""
        page, workspace = self._page, self._page.workspace
        who = one_line(row.name or row.number_display, 60)

        def back(store: Store) -> str:
            threads.assign(store, row.id, row.assigned_to)
            return ""

        words = f"Gave {who} to {one_line(name, 60) or 'everybody'}"
        page.lane.run(
            lambda: threads.assign(workspace.store, row.id, name),
            lambda _none: self._done(words, back),
            page.failed,
        )

    def _done(self, words: str, back: Callable[[Store], str]) -> None:
        page = self._page
        undo.of(page.workspace.store).push(Undo(words, back, page.workspace.operator, page.read_again))
        page.read_again()
