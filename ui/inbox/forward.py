"""Forward a text to one's own phone: shown as it would go, with what it costs, and sent by one press."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.clock import Clock
from app.conversations import forwarding
from app.conversations.bubbles import Bubble
from app.conversations.forwarding import Forward
from app.texting import measure
from app.texting.clicks import Press, Refused
from ui import background, theme, wording
from ui.inbox.words import clock_time
from ui.press import PressButton
from ui.widgets import ChipButton, KeyButton, Panel, PlainLabel, isolated

if TYPE_CHECKING:
    from ui.inbox.page import InboxPage


class ForwardPanel(Panel):
    """One text on its way to one's own phone. ``pressed`` comes from a real press alone.

    While it has the keyboard, Enter sends, M masks the number or shows it, Esc leaves it.
    """

    pressed = Signal(object)
    masked = Signal(bool)
    left = Signal()
    settings_asked = Signal()

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0.7)
        self.shown: Forward | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title = PlainLabel("", self, bold=True, wrap=True)
        self.text = PlainLabel("", self, wrap=True)
        self.cost = PlainLabel("", self, quiet=True, size="small", wrap=True)
        self.why = PlainLabel("", self, wrap=True, tone="warn")
        for label in (self.title, self.text, self.cost, self.why):
            self.body.addWidget(label)
        self.mask_chip = ChipButton("M  Only the end of their number", parent=self, checkable=True)
        self.settings_button = KeyButton("Settings", parent=self)
        self.close_button = KeyButton("Not now", "Esc", self, flat=True)
        self.send_button = PressButton("Send to my phone", "Enter", clock, self)
        row = QHBoxLayout()
        row.setSpacing(theme.em(self, 0.5))
        row.addWidget(self.mask_chip)
        row.addStretch(1)
        for button in (self.close_button, self.settings_button, self.send_button):
            row.addWidget(button)
        self.body.addLayout(row)
        self.mask_chip.clicked.connect(self.masked)
        self.settings_button.clicked.connect(self.settings_asked)
        self.close_button.clicked.connect(self.left)
        self.send_button.pressed_for_real.connect(self._pressed)
        self.hide()

    def show_forward(self, found: Forward, *, masked: bool) -> None:
        """Put a text up to be read; a press counts after the dwell, where it may go."""
        self.shown = found
        self.title.setText(
            f"Forward to your phone, {found.to_display}" if found.to else "Forward to your phone"
        )
        self.text.setText(isolated(found.text))
        said = [measure.describe(found.text)]
        said += ["the rest is cut: read it here"] if found.cut else []
        said += [f"it went to your phone already, {clock_time(found.before)}"] if found.before else []
        self.cost.setText(" · ".join(said))
        self.refuse(found.why)
        self.mask_chip.setChecked(masked)
        self.setAccessibleName(f"{self.title.text()}: {self.text.text()}. {self.cost.text()}. {found.why}")
        self.show()

    def refuse(self, why: str) -> None:
        """Say why it cannot go; "" where it can."""
        self.why.setText(why)
        self.why.setVisible(bool(why))
        self.settings_button.setVisible("Settings" in why)
        self.send_button.setVisible(not why)
        if why:
            self.send_button.disarm()
        else:
            self.send_button.setEnabled(True)
            self.send_button.arm()

    def _pressed(self, press: Press) -> None:
        self.send_button.disarm()
        self.send_button.setEnabled(False)
        self.pressed.emit(press)

    def drop(self) -> None:
        """Nothing is forwarded."""
        self.shown = None
        self.send_button.disarm()
        self.hide()

    # -- keys -----------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Esc and M are the panel's own while it has the keyboard."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_M)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() == Qt.Key.Key_M and not event.isAutoRepeat():
            self.masked.emit(not self.mask_chip.isChecked())
        elif not self.send_button.isVisible() or not self.send_button.take_key(event):
            super().keyPressEvent(event)
            return
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.send_button.take_release(event):
            super().keyReleaseEvent(event)


class Forwarding(QObject):
    """What an inbox page does to forward a text."""

    def __init__(self, page: InboxPage) -> None:
        super().__init__(page)
        self._page, self._workspace = page, page.workspace
        self.panel = page.pane.forward
        self.button = KeyButton("Forward", "F", page.person, flat=True)
        self.button.setAccessibleName("Forward to my phone")
        self.button.clicked.connect(lambda _on=False: self.ask())
        self.button.hide()
        page.later.panel.flow.addWidget(self.button)
        for changed in (page.pane.model.opened, page.pane.model.merged):
            changed.connect(lambda: self.button.setVisible(page.pane.view.chosen is not None))
        page.pane.view.forward.connect(self.prepare)
        self.panel.pressed.connect(self.send)
        self.panel.masked.connect(self.mask)
        self.panel.left.connect(self.leave)
        self.panel.settings_asked.connect(lambda: page._navigate("settings"))

    @property
    def _who(self) -> int | None:
        here = self._workspace.signed_in
        return None if here is None else here.id

    def ask(self) -> None:
        """Prepare the text that the keyboard is on, or their newest; nothing where there is none."""
        bubble = self._page.pane.view.chosen
        if bubble is not None and self._page.ready:
            self.prepare(bubble)

    def prepare(self, bubble: Bubble) -> None:
        """Put a text up as it would go."""
        self._prepare(bubble.id)

    def _prepare(self, message_id: int) -> None:
        workspace, thread, who = self._workspace, self._page.pane.thread_id, self._who
        masked = workspace.settings.forward_masked

        def work(_job: background.Job) -> Forward:
            return forwarding.prepare(workspace.store, workspace.clock, message_id, who, masked=masked)

        def done(found: Forward) -> None:
            if thread == self._page.pane.thread_id:
                self.panel.show_forward(found, masked=masked)
                self.panel.setFocus()

        background.run(self, work, done, self._page.failed)

    def mask(self, on: bool) -> None:
        """Only the end of their number, or all of it; kept for this computer."""
        workspace, shown = self._workspace, self.panel.shown
        self.panel.send_button.disarm()

        def work() -> None:
            workspace.change_settings(dataclasses.replace(workspace.settings, forward_masked=on))

        def done(_none: None) -> None:
            if shown is not None and shown is self.panel.shown:
                self._prepare(shown.message_id)

        self._page.lane.run(work, done, self._page.failed)

    def send(self, press: Press) -> None:
        """Take a press on what is shown."""
        workspace, shown, who = self._workspace, self.panel.shown, self._who
        if shown is None:
            return
        masked, grace = self.panel.mask_chip.isChecked(), float(workspace.settings.grace_seconds)

        def work() -> object:
            return forwarding.send(
                workspace.store, workspace.clock, shown, who,
                masked=masked, press=press, operator=workspace.operator, grace=grace,
            )  # fmt: skip

        def done(outcome: object) -> None:
            if shown is not self.panel.shown:  # another thread is open
                if isinstance(outcome, Refused):
                    self._page.pane.show_error("Nothing was forwarded to your phone.", outcome.why)
            elif isinstance(outcome, Refused):
                self.panel.refuse(outcome.why)
            else:
                self.panel.drop()
                self._page.pane.view.to_end()
                self._page.pane.view.setFocus()  # not the answer: Enter may be down still

        def failed(error: Exception) -> None:
            self.panel.refuse(wording.sentence(error))

        self._page.lane.run(work, done, failed)

    def leave(self) -> None:
        """Back to the answer; nothing more is forwarded."""
        self.panel.drop()
        self._page.to_composer()
