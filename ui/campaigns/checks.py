"""What is looked at before a campaign starts: each line passes, warns or stops, with a sign and a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.campaigns import campaign as campaigns
from app.campaigns.campaign import Check
from app.people import contacts, numbers
from app.workspace import Workspace
from ui import background, theme
from ui.listrows import RowDelegate, RowWords
from ui.paged import PagedList, PagedModel
from ui.widgets import KeyButton, Panel, PlainLabel, clear_layout, one_line, row

#: level -> sign, word for a screen reader, tone
LEVELS = {
    "pass": ("✓", "passes", "good"),
    "warn": ("⚠", "look at this", "warn"),
    "stop": ("✕", "stops the start", "bad"),
}


class ChecksPanel(Panel):
    """The list of checks; ``show_asked`` and ``leave_asked`` carry the one whose people are to be seen, or
    to be left out of the campaign."""

    show_asked = Signal(object)
    leave_asked = Signal(object)
    office_asked = Signal()
    proof_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        head = QHBoxLayout()
        head.addWidget(PlainLabel("Before it starts", self, bold=True))
        head.addStretch(1)
        self.state = PlainLabel("", self, quiet=True, size="small")
        head.addWidget(self.state)
        self.proof_button = KeyButton("Every message…", "Ctrl+P", self, flat=True)
        self.office_button = KeyButton("Lists…", parent=self, flat=True)
        self.office_button.setAccessibleName("What the checks look for, and what a segment costs")
        self.proof_button.clicked.connect(self.proof_asked)
        self.office_button.clicked.connect(self.office_asked)
        self.body.addLayout(head)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Checks")
        self.bar.hide()
        self.body.addWidget(self.bar)
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.em(self, 0.45))
        self.body.addLayout(self._list)
        self.body.addLayout(row(self.proof_button, self.office_button))
        self.checks: tuple[Check, ...] = ()

    def show_busy(self, done: int, total: int) -> None:
        """The checks are being made."""
        self.state.setText("looking…")
        self.bar.setRange(0, max(1, total))
        self.bar.setValue(done)
        self.bar.setVisible(total > 2000)

    def show_checks(self, checks: Sequence[Check]) -> None:
        """What was found."""
        self.checks = tuple(checks)
        self.state.setText("")
        self.bar.hide()
        clear_layout(self._list)
        for check in self.checks:
            self._list.addWidget(self._line(check))

    @property
    def stops(self) -> tuple[Check, ...]:
        """The lines that keep the campaign from starting."""
        return tuple(check for check in self.checks if check.level == "stop")

    def _line(self, check: Check) -> QWidget:
        sign, word, tone = LEVELS.get(check.level, LEVELS["warn"])
        line = QWidget(self)
        layout = QHBoxLayout(line)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.5))
        mark = PlainLabel(sign, line, bold=True, tone=tone)
        mark.setAccessibleName(word)
        mark.setFixedWidth(theme.em(self, 0.9))
        layout.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        text = PlainLabel(check.text, line, wrap=True)
        text.setAccessibleName(f"{word}: {check.text}")
        text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        buttons = (
            [self._button(line, check, "show", "Show the people", self.show_asked)] if check.people else []
        )
        if check.kind:
            words = "Leave these people out of this campaign"
            buttons.append(self._button(line, check, "leave out", words, self.leave_asked))
        if len(buttons) > 1:  # beside the words they would leave no room for them
            words_above = QVBoxLayout()
            words_above.setSpacing(0)
            words_above.addWidget(text)
            words_above.addLayout(row(*buttons))
            layout.addLayout(words_above, 1)
        else:
            layout.addWidget(text, 1)
            for button in buttons:
                layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return line

    def _button(self, line: QWidget, check: Check, words: str, spoken: str, asked: Any) -> KeyButton:
        button = KeyButton(words, parent=line, flat=True)
        button.setAccessibleName(f"{spoken}: {check.text}")
        button.clicked.connect(lambda: asked.emit(check))
        return button


class Looker(QObject):
    """Makes the checks off the GUI thread; a newer look replaces an older one."""

    def __init__(
        self,
        workspace: Workspace,
        panel: ChecksPanel,
        done: Callable[[tuple[Check, ...]], None],
        failed: Callable[[Exception], None],
    ) -> None:
        super().__init__(panel)
        self._workspace, self._panel = workspace, panel
        self._done, self._failed = done, failed
        self._job: background.Job | None = None

    def look(self, campaign_id: int) -> None:
        """Look at the campaign and at everyone in it."""
        if self._job is not None:
            self._job.cancel()
        store, clock = self._workspace.store, self._workspace.clock

        def work(job: background.Job) -> tuple[Check, ...]:
            return campaigns.checks(
                store, clock, campaign_id, progress=job.progress, cancelled=job.is_cancelled
            )

        self._panel.show_busy(0, 1)
        mine: background.Job | None = None

        def done(found: tuple[Check, ...]) -> None:
            if mine is self._job and mine is not None and not mine.cancelled:
                self._job = None
                self._done(found)

        mine = self._job = background.run(self, work, done, self._failed, self._panel.show_busy)


class PeopleDialog(QDialog):
    """The people that one check speaks of."""

    chosen = Signal(int)  # contact id

    def __init__(
        self, workspace: Workspace, title: str, ids: Sequence[int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("People")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(theme.em(self, 26), theme.em(self, 30))
        people = tuple(ids)
        places = {contact: place for place, contact in enumerate(people)}

        def read(after: contacts.Contact | None, limit: int) -> list[contacts.Contact]:
            start = places[after.id] + 1 if after is not None else 0
            found = (contacts.get(workspace.store, contact) for contact in people[start : start + limit])
            return [contact for contact in found if contact is not None]

        def row(contact: contacts.Contact) -> RowWords:
            number = numbers.display(contact.number)
            return RowWords(one_line(contact.name) or number, number if contact.name else "")

        model = PagedModel(
            read,
            key=lambda contact: contact.id,
            text=lambda c: f"{row(c).title}, {row(c).second}",
            parent=self,
        )
        self.list = PagedList(model, "People", self)
        self.list.setItemDelegate(RowDelegate(row, self.list))
        self.list.activated_row.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.addWidget(PlainLabel(title, self, bold=True, wrap=True))
        if len(people) >= 1000:
            layout.addWidget(PlainLabel("The first 1,000 are shown.", self, quiet=True))
        layout.addWidget(self.list, 1)
        buttons = QHBoxLayout()
        open_button = KeyButton("Open in Contacts", "Enter", self)
        open_button.clicked.connect(lambda: self._choose(self.list.current_row()))
        close = KeyButton("Close", "Esc", self)
        close.clicked.connect(self.reject)
        buttons.addWidget(open_button)
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout.addLayout(buttons)
        model.loaded.connect(self._begin)
        model.restart()
        self.list.setFocus()

    def _begin(self) -> None:
        if not self.list.currentIndex().isValid():
            self.list.step(0)

    def _choose(self, contact: contacts.Contact | None) -> None:
        if contact is not None:
            self.accept()
            self.chosen.emit(contact.id)


def left_out_words(left_out: dict[str, int]) -> str:
    """ "11 opted out, 4 duplicates"."""
    return ", ".join(f"{count:,} {one_line(reason)}" for reason, count in left_out.items() if count)
