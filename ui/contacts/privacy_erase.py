"""Erase a person: what goes and what stays, and a yes that cannot slip out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from app.people import numbers, privacy
from app.people.privacy import Erased, Outlook
from app.workspace import Workspace
from ui import background, theme, wording
from ui.unlock import buttons_row
from ui.widgets import KeyButton, PlainLabel, one_line

#: Where somebody may have typed a number, by the table.
_PLACES = {
    "contact": "notes and fields of other people",
    "message": "texts with other people",
    "canned_reply": "canned replies",
    "shift": "notes of a shift",
    "campaign": "campaigns",
    "audience": "audiences",
    "people_list": "names of lists",
    "text_template": "templates",
    "thread_group": "groups",
    "office_setting": "settings of the office",
    "tag": "tags",
}
#: The rows are gone, and the file has still to be written anew.
NOT_CLEAN = (
    "The rest is done when p2ptext starts next, before it opens a line: the file is written anew, which "
    "needs as much free disk as the data has, so that none of its old pages is left."
)


def goes(found: Outlook) -> str:
    """What an erasure takes."""
    parts = [wording.count(found.texts, "text"), "their name, details, notes, tags and consents"]
    parts += [wording.count(found.answers, "answer")] if found.answers else []
    parts += (
        [f"{wording.count(found.waiting, 'text')} that still waited on the desk"] if found.waiting else []
    )
    parts += ["older copies of the whole database beside it"] if found.copies else []
    return f"What goes, for good: {', '.join(parts)}."


def stays(found: Outlook) -> str:
    """What an erasure leaves."""
    words = "What stays: that somebody was erased, when and by whom."
    if found.kept_out:
        words += (
            " They opted out, or may have: a code that cannot be read back stays, so that nobody texts them."
        )
    if found.mentions:
        where = ", ".join(f"{_PLACES.get(name, name)} ({count:,})" for name, count in found.mentions.items())
        words += f" Somebody typed their number elsewhere, where you can change it: {where}."
    if found.named:
        places = "; ".join(one_line(each, 200) for each in found.named)
        words += f" What may be about them and is not changed: {places}."
    return words + " Files that were exported, and backups elsewhere, are not reached: delete those yourself."


class EraseDialog(QDialog):
    """Asks for the number's last four digits, or Y twice. ``erased(number, what went)`` follows."""

    erased = Signal(str, object)

    def __init__(self, workspace: Workspace, number: str, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace, self._number = workspace, number
        self._yes = 0
        self._busy = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Erase a person – p2ptext")
        self.setMinimumWidth(theme.em(self, 30))
        shown = numbers.display(number)
        layout = QVBoxLayout(self)
        space = theme.em(self, 1.2)
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(theme.em(self, 0.6))
        title = f"Erase {one_line(name, 60)}, {shown}?" if name else f"Erase {shown}?"
        layout.addWidget(PlainLabel(title, self, size="title", bold=True, wrap=True))
        self.goes = PlainLabel("Looking what is kept of them…", self, wrap=True)
        self.stays = PlainLabel("", self, wrap=True, quiet=True)
        self.digits = QLineEdit(self)
        self.digits.setMaxLength(4)
        self.digits.setAccessibleName("The last four digits of the number")
        self.digits.setPlaceholderText("The last four digits of the number, or press Y twice")
        self.problem = PlainLabel("", self, wrap=True, tone="bad")
        self.problem.setMinimumHeight(theme.em(self, 1.6))
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Erasing")
        self.progress.setRange(0, 0)
        self.progress.hide()
        for widget in (self.goes, self.stays, self.digits, self.problem, self.progress):
            layout.addWidget(widget)
        self.cancel = KeyButton("Leave it", "Esc", self)
        self.button = KeyButton("Erase", "Y Y", self, danger=True)
        layout.addLayout(buttons_row(self.cancel, self.button))
        self.cancel.clicked.connect(self.reject)
        self.button.clicked.connect(self.erase)
        self.digits.textChanged.connect(lambda _text: self._look())
        self.digits.installEventFilter(self)
        self._look()
        background.run(
            self, lambda _job: privacy.outlook(workspace.store, number), self._show_outlook, self._failed
        )

    def _show_outlook(self, found: Outlook) -> None:
        self.goes.setText(goes(found))
        self.stays.setText(stays(found))
        self.adjustSize()

    def _sure(self) -> bool:
        return self._yes >= 2 or self.digits.text() == self._number[-4:]

    def _look(self) -> None:
        self.button.setEnabled(self._sure() and not self._busy)
        if self._yes == 1:
            self.problem.setText("Press Y once more to erase.")

    def eventFilter(self, watched: object, event: object) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QKeyEvent.Type.KeyPress:
            return False
        return self._key(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._key(event):
            super().keyPressEvent(event)

    def _key(self, event: QKeyEvent) -> bool:
        """Whether this was a key of ours: Y, or Enter when they are sure."""
        if event.key() == Qt.Key.Key_Y and not event.modifiers():
            if not event.isAutoRepeat() and not self._busy:
                self._yes += 1
                self._look()
                if self._yes >= 2:
                    self.erase()
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.erase()
            return True
        return False

    def erase(self) -> None:
        """Erase, off this thread: a large file takes its time to be written anew."""
        if not self._sure() or self._busy:
            return
        self._busy = True
        self.problem.setText("")
        self.progress.setRange(0, 0)
        self.progress.show()
        self.digits.setEnabled(False)
        self.cancel.setText("Stop")
        self._look()
        workspace, number = self._workspace, self._number
        self._job = background.run(
            self,
            lambda job: privacy.erase(
                workspace.store, workspace.clock, number, workspace.operator,
                progress=job.progress, cancelled=job.is_cancelled,
            ),
            self._done,
            self._failed,
            self._far,
        )  # fmt: skip

    def _far(self, done: int, total: int) -> None:
        if self._busy and not self._job.cancelled:
            self.progress.setRange(0, total)
            self.progress.setValue(done)
            self.cancel.setText("Do the rest later")

    def reject(self) -> None:
        """Esc: before the first text goes nothing is erased; later the file is left to the next start."""
        if not self._busy:
            super().reject()
            return
        self._job.cancel()
        self.cancel.setEnabled(False)
        self.progress.setRange(0, 0)

    def _done(self, done: Erased) -> None:
        self._busy = False
        self.erased.emit(self._number, done)
        self.accept()

    def _failed(self, error: Exception) -> None:
        self._busy, self._yes = False, 0
        self.progress.hide()
        self.digits.setEnabled(True)
        self.cancel.setText("Leave it")
        self.cancel.setEnabled(True)
        self.problem.setText(wording.sentence(error))
        self._look()
        self.digits.setFocus()
