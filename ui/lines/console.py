"""The console: what the modem and the program say to each other, live, and a prompt for AT commands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QHideEvent,
    QKeyEvent,
    QShowEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMessageBox, QPlainTextEdit, QWidget

from ui import background, dialogs, theme, wording
from ui.widgets import Chip, ElidedLabel, KeyButton, Panel, PlainLabel, Rule, one_line

if TYPE_CHECKING:
    from app.texting.lines import LineManager
    from app.texting.trace import TraceRow
    from app.texting.views import LineView

EVERY_MS = 200
MOST_ROWS = 2_000
MOST_RECALLED = 100
#: Where what a line means begins, in characters after the arrow.
MEANING_AT = 27
LONGEST_SHOWN = 400
_SECRET = re.compile(r"PIN|PUK|PWD|CLCK|SLCK|CARDLOCK|CSIM|\*\*0[45]", re.IGNORECASE)
_ARROWS = {">": "→", "<": "←", "+": "←", "!": "·"}
SENDS = "Only a click sends: commands that send or store a text are not run from here."
SAVE = "Save as emulator script"
_KINDS = "Emulator scripts (*.txt)"


def monospaced(widget: QWidget) -> QFont:
    """The desktop's font of equal widths at the size of small text."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPointSizeF(theme.points("small"))
    return font


class Prompt(QLineEdit):
    """One AT command. ``entered(text)`` on Enter; Up and Down bring back what was typed before."""

    entered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._typed: list[str] = []
        self._place = 0
        self._draft = ""
        self.setMaxLength(200)
        self.setPlaceholderText("AT")
        self.setAccessibleName("AT command")
        self.setAccessibleDescription("Enter sends it to the modem, Up recalls")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._recall(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.text().strip() and not event.isAutoRepeat():
                self.entered.emit(self.text().strip())
        else:
            super().keyPressEvent(event)

    def put_back(self, text: str) -> None:
        """It was not run: let it stand in the field again, unless something newer does."""
        if not self.text():
            self.setText(text)

    def done(self, text: str) -> None:
        """It was run: remember it, unless a PIN or a password may stand in it."""
        secret = _SECRET.search(text) is not None
        if not secret and (not self._typed or self._typed[-1] != text):
            self._typed = [*self._typed, text][-MOST_RECALLED:]
        self._place = len(self._typed)

    def _recall(self, step: int) -> None:
        if self._place == len(self._typed):
            self._draft = self.text()
        self._place = min(max(self._place + step, 0), len(self._typed))
        self.setText(self._draft if self._place == len(self._typed) else self._typed[self._place])


class ConsolePanel(Panel):
    """One line's console. Reads only while it is to be seen; numbers are hidden again when it is not."""

    def __init__(self, lines: LineManager, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0)
        self.body.setSpacing(0)
        self._lines = lines
        self._view: LineView | None = None
        self._last = 0
        self._numbers = False
        self._busy = False
        #: Whether who is signed in may talk to the modem; the page says.
        self.allowed: Callable[[Callable[[], object]], bool] = lambda _again: True
        self._box: QMessageBox | None = None
        self._reader: background.Refresher[tuple[tuple[int, bool], tuple[TraceRow, ...]]] = (
            background.Refresher(self, lambda _job: self._read(), self._show_rows)
        )
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._look)
        theme.changes().changed.connect(self._again)

    def _build(self) -> None:
        side, top = theme.em(self, 1), theme.em(self, 0.6)
        head = QHBoxLayout()
        head.setContentsMargins(side, top, side, top)
        head.setSpacing(theme.em(self, 0.6))
        self.name = ElidedLabel("", self, quiet=True)
        self.hidden_chip = Chip("numbers hidden", "neutral", self)
        self.numbers_button = KeyButton("Show numbers", parent=self)
        self.numbers_button.clicked.connect(lambda: self.show_numbers(not self._numbers))
        self.save_button = KeyButton(SAVE, parent=self)
        self.save_button.clicked.connect(self._save)
        head.addWidget(PlainLabel("Console", self, bold=True))
        head.addWidget(self.name, 1)
        for widget in (self.hidden_chip, self.numbers_button, self.save_button):
            head.addWidget(widget)
        self.body.addLayout(head)
        self.body.addWidget(Rule(self))
        self.text = QPlainTextEdit(self)
        self.text.setObjectName("bare")
        self.text.setReadOnly(True)
        self.text.setUndoRedoEnabled(False)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setMaximumBlockCount(MOST_ROWS)
        self.text.setFont(monospaced(self))
        self.text.document().setDocumentMargin(side)
        self.text.setTabChangesFocus(True)
        self.text.setCornerWidget(QWidget(self.text))
        self.text.setPlaceholderText(
            "Nothing was said yet. What the modem and p2ptext say to each other will stand here."
        )
        self.text.setAccessibleName("What the modem and the program say to each other")
        self.body.addWidget(self.text, 1)
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        self.problem.setContentsMargins(side, top // 2, side, top // 2)
        self.problem.hide()
        self.body.addWidget(self.problem)
        self.body.addWidget(Rule(self))
        foot = QHBoxLayout()
        foot.setContentsMargins(side, top, side, top)
        foot.setSpacing(theme.em(self, 0.6))
        self.prompt = Prompt(self)
        self.prompt.setFont(monospaced(self))
        self.prompt.entered.connect(self._enter)
        self.keys = PlainLabel("Enter sends · Up recalls", self, quiet=True, size="small")
        foot.addWidget(self.prompt, 1)
        foot.addWidget(self.keys)
        self.body.addLayout(foot)

    def set_compact(self, compact: bool) -> None:
        """Fewer words where large text leaves little room."""
        self.hidden_chip.setVisible(not compact)
        self.keys.setVisible(not compact)
        self.save_button.set_text("Save…" if compact else SAVE)
        self.save_button.setAccessibleName(SAVE)

    # -- which line ---------------------------------------------------------------------------

    @property
    def line_id(self) -> int | None:
        """The line that is shown."""
        return self._view.id if self._view is not None else None

    def show_line(self, view: LineView | None) -> None:
        """Show the conversation of this line; None for none."""
        another = (view.id if view else None) != self.line_id
        self._view = view
        self.name.setText(one_line(view.name, 60) if view is not None else "")
        can = view is not None and view.commands and str(view.state) != "off"
        self.prompt.setEnabled(can)
        self.prompt.setPlaceholderText("AT" if can else "No commands on this line")
        self.save_button.setEnabled(view is not None)
        if another:
            self.say("")
            self.show_numbers(False)
            self._again()

    def show_numbers(self, shown: bool) -> None:
        """Show numbers and PDUs as they are, or hide them."""
        if shown != self._numbers:
            self._numbers = shown
            self._again()
        self.numbers_button.set_text("Hide numbers" if shown else "Show numbers")
        self.hidden_chip.set("numbers shown" if shown else "numbers hidden", "warn" if shown else "neutral")

    # -- reading ------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        self.show_numbers(False)
        super().hideEvent(event)

    def _again(self) -> None:
        """From the first row on, as after a switch of the line."""
        self._last = 0
        self.text.clear()
        if self.isVisible():
            self._look()

    def _look(self) -> None:
        line_id = self.line_id
        if line_id is None or self._reader.reading:
            return
        end = self._lines.trace_end(line_id)
        if end < self._last:  # the line was taken up anew and counts from 1 again
            self._last = 0
            self.text.clear()
        if end > self._last:
            self._reader.again()

    def _read(self) -> tuple[tuple[int, bool], tuple[TraceRow, ...]]:
        line_id, after, numbers = self.line_id or 0, self._last, self._numbers
        return (line_id, numbers), self._lines.trace(line_id, after, numbers=numbers)

    def _show_rows(self, result: tuple[tuple[int, bool], tuple[TraceRow, ...]]) -> None:
        whose, rows = result
        if whose != (self.line_id or 0, self._numbers):
            return  # another line was chosen, or numbers are hidden again: this is not for the screen
        rows = tuple(row for row in rows if row.id > self._last)
        if not rows:
            return
        self._last = rows[-1].id
        bar = self.text.verticalScrollBar()
        follow = bar.value() >= bar.maximum() - 2
        self._write(rows[-MOST_ROWS:])
        if follow:
            bar.setValue(bar.maximum())

    def _write(self, rows: tuple[TraceRow, ...]) -> None:
        said, meant = QTextCharFormat(), QTextCharFormat()
        said.setForeground(QColor(theme.current().ink))
        meant.setForeground(QColor(theme.current().muted))
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for row in rows:
            if not self.text.document().isEmpty():
                cursor.insertBlock()
            cursor.insertText(f"{clock(row.at)}  ", meant)
            words = f"{_ARROWS.get(row.direction, '·')} {one_line(row.text, LONGEST_SHOWN)}"
            cursor.insertText(words, said)
            if row.meaning:
                gap = " " * max(MEANING_AT - len(row.text), 2)
                cursor.insertText(f"{gap}{one_line(row.meaning, LONGEST_SHOWN)}", meant)
        cursor.endEditBlock()

    # -- the prompt ---------------------------------------------------------------------------

    def say(self, text: str, tone: str = "bad") -> None:
        """A sentence above the prompt; "" takes it away."""
        self.problem.set_tone(tone)
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.keys.setText("The modem is asked…" if busy else "Enter sends · Up recalls")

    def _enter(self, text: str) -> None:
        line_id = self.line_id
        if line_id is None or self._busy:
            return
        if not self.allowed(lambda: self._enter(text)):
            return
        self.say("")
        self.prompt.clear()
        self._work(
            text,
            lambda: self._lines.danger(line_id, text),
            lambda danger: self._confirm(line_id, text, danger) if danger else self._run(line_id, text),
        )

    def _confirm(self, line_id: int, text: str, danger: str) -> None:
        self._box = box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Run this command?")
        box.setText(f"Run {one_line(text, 100)}?")
        box.setInformativeText(danger)
        run = box.addButton("Run it", QMessageBox.ButtonRole.DestructiveRole)
        leave = box.addButton("Leave it", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(leave)
        box.setEscapeButton(leave)

        def ended(_code: int) -> None:
            pressed, self._box = box.clickedButton(), None
            if pressed is run:
                self._run(line_id, text)
            else:
                self.prompt.put_back(text)

        box.finished.connect(ended)
        box.open()

    def _run(self, line_id: int, text: str) -> None:
        def done(_answer: object) -> None:
            self.prompt.done(text)
            self._look()

        self._work(text, lambda: self._lines.command(line_id, text), done)

    def _work(self, text: str, work: Callable[[], object], done: Callable[[str], None]) -> None:
        """One question at a time: each keeps a thread waiting for the modem."""

        def finished(result: object) -> None:
            self._set_busy(False)
            done(result if isinstance(result, str) else "")

        def failed(error: Exception) -> None:
            self._set_busy(False)
            self.prompt.put_back(text)
            words = wording.sentence(error)
            self.say(SENDS if "by a click" in words else words)

        self._set_busy(True)
        background.run(self, lambda _job: work(), finished, failed)

    # -- saving -------------------------------------------------------------------------------

    def _save(self) -> None:
        line_id = self.line_id
        if line_id is None:
            return
        path = dialogs.save_file(self, SAVE, "modem.txt", _KINDS)
        if path is not None:
            self.save_to(line_id, path)

    def save_to(self, line_id: int, path: Path) -> None:
        """Write the script off the window's thread, and say what came of it."""

        def saved(count: int) -> None:
            self.say(
                f"{wording.count(count, 'line')} saved, with every number and text made up. "
                "“p2ptext emulate --replay” plays it as a modem.",
                "good",
            )

        background.run(
            self,
            lambda _job: self._lines.save_transcript(line_id, path),
            saved,
            lambda error: self.say(wording.sentence(error)),
        )


def clock(at: float) -> str:
    """ "10:42:07.113" on this computer's clock."""
    then = wording.local(at)
    return f"{then:%H:%M:%S}.{then.microsecond // 1000:03d}"
