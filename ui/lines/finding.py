"""The dialog that looks for modems: what is plugged in, in plain words, and one key to add it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from ui import background, theme, wording
from ui.widgets import KeyButton, Panel, PlainLabel, clear_layout, isolated, one_line, scrolled

if TYPE_CHECKING:
    from app.texting.views import Finder, FoundModem

_NOTHING = (
    "No modem was found. Plug it in, wait ten seconds and look again. If it stays so, add it by its address; "
    "“p2ptext doctor” tells what this computer sees."
)
MOST_SHOWN = 40


class _Words(QObject):
    """Carries what is looked at from the searching thread to the window."""

    said = Signal(str)


class FindDialog(QDialog):
    """Looks as soon as it opens. ``chosen(address, title)`` when one is to be added."""

    chosen = Signal(str, str)

    def __init__(self, finder: Finder | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._finder = finder
        self._job: background.Job | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Find modems")
        self.setMinimumSize(theme.em(self, 34), theme.em(self, 22))
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel("Find modems", self, size="title", bold=True))
        self.state = PlainLabel("", self, quiet=True, wrap=True)
        layout.addWidget(self.state)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Looking for modems")
        layout.addWidget(self.bar)
        self._column = QVBoxLayout()
        self._column.setSpacing(theme.em(self, 0.5))
        layout.addWidget(scrolled(self._fill, self), 1)
        self.add_buttons: list[KeyButton] = []
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        self.again_button = KeyButton("Look again", parent=self)
        self.again_button.clicked.connect(self.look)
        self.close_button = KeyButton("Cancel", "Esc", self)
        self.close_button.clicked.connect(self.reject)
        buttons.addWidget(self.again_button)
        buttons.addWidget(self.close_button)
        layout.addLayout(buttons)
        self._words = _Words(self)
        self._words.said.connect(self._say)
        self.look()

    def _fill(self, layout: QVBoxLayout) -> None:
        layout.addLayout(self._column)
        layout.addStretch(1)

    def look(self) -> None:
        """Look (again)."""
        finder = self._finder
        if finder is None:
            self._end("This program was started without a search for modems. Add them by their address.")
            return
        if self._job is not None:
            return
        clear_layout(self._column)
        self.add_buttons = []
        self.bar.show()
        self.again_button.setEnabled(False)
        self.close_button.set_text("Cancel")
        self._say("Looking at what is plugged in…")
        said = self._words.said

        def tell(words: str) -> None:
            said.emit(words)

        self._job = background.run(
            self, lambda job: tuple(finder(tell, job.is_cancelled)), self._show, self._failed
        )

    def _say(self, words: str) -> None:
        if self._job is not None or not words.endswith("."):
            self.state.setText(one_line(words, 200))

    def _end(self, words: str) -> None:
        self._job = None
        self.bar.hide()
        self.state.setText(words)
        self.again_button.setEnabled(self._finder is not None)
        self.close_button.set_text("Close")

    def _failed(self, error: Exception) -> None:
        self._end(wording.sentence(error))

    def _show(self, found: Sequence[FoundModem]) -> None:
        here = sum(bool(item.address) for item in found)
        words = f"{wording.count(len(found), 'device')} found, {here} can be added." if found else _NOTHING
        self._end(words)
        for item in found[:MOST_SHOWN]:
            self._column.addWidget(self._card(item))
        if self.add_buttons:
            first = self.add_buttons[0]
            QTimer.singleShot(0, first, first.setFocus)  # when it is shown; Space adds it then
        else:
            self.close_button.setFocus()

    def _card(self, item: FoundModem) -> Panel:
        panel = Panel(self, margin=0.8, inset=True)
        title = one_line(item.title, 80)
        panel.setAccessibleName(title)
        panel.body.addWidget(PlainLabel(title, panel, bold=True))
        panel.body.addWidget(PlainLabel(isolated(item.words, 500), panel, quiet=True, wrap=True))
        if item.address:
            button = KeyButton("Add", "Space", panel, primary=not self.add_buttons)
            button.setAccessibleName(f"Add {title}")
            address, name = item.address, item.title
            button.clicked.connect(lambda: self._add(address, name))
            self.add_buttons.append(button)
            row = QHBoxLayout()
            row.addWidget(button)
            row.addStretch(1)
            panel.body.addLayout(row)
        elif item.action:
            panel.body.addWidget(PlainLabel(isolated(item.action, 500), panel, wrap=True))
        return panel

    def _add(self, address: str, name: str) -> None:
        self.chosen.emit(address, " ".join(name.split())[:60])
        self.accept()

    def done(self, result: int) -> None:
        """Close; a search under way is told to stop."""
        if self._job is not None:
            self._job.cancel()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._job is not None:
            self._job.cancel()
        super().closeEvent(event)
